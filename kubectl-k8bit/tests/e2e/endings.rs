//! How it ends, and what is left then: nothing.
#![cfg(target_os = "linux")]

use nix::sys::signal::Signal;

use crate::support::{Place, Process, Program, cluster, eventually, kubectl, send, text};

/// The only supervisor, or the only proxy.
fn only(place: &Place, supervisor: bool) -> Process {
    let mut running = place.running(supervisor);
    assert_eq!(running.len(), 1, "{running:?}");
    running.remove(0)
}

fn is_closed(port: u16) {
    eventually("the port is closed", || match send(port, "GET", "/", &[]) {
        Err(_) => Ok(()),
        Ok(answer) => Err(format!("{answer:?}")),
    });
}

#[test]
fn ctrl_c_and_its_like_end_everything() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let mut program = place.start(&[]);
        assert_eq!(place.running(false).len(), 1);
        program.signal(signal);
        assert!(program.until_ended().success(), "{signal}: {}", program.said());
        // All of it is gone by then.
        assert_eq!(place.processes(), []);
        place.until_nothing_is_left();
        is_closed(program.port());
    }
}

#[test]
fn a_program_that_is_killed_leaves_no_proxy() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let mut program = place.start(&[]);
    program.signal(Signal::SIGKILL);
    program.until_ended();
    place.until_nothing_is_left();
    is_closed(program.port());
}

/// `pkill -9 kubectl-k8bit` meets the supervisor as well.
#[test]
fn a_program_that_is_killed_together_with_its_supervisor_leaves_no_proxy() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let mut program = place.start(&[]);
    let supervisor = only(&place, true);
    // The supervisor first: it must not see the program's end.
    supervisor.kill();
    program.signal(Signal::SIGKILL);
    program.until_ended();
    eventually("no process is left", || match place.processes() {
        left if left.is_empty() => Ok(()),
        left => Err(format!("{left:?}")),
    });
    is_closed(program.port());
}

/// Many have a wrapper of that name, which chooses a version or logs in.
#[test]
fn a_wrapper_around_kubectl_leaves_no_proxy() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let wrapper = place.script("bin/wrapper", &format!("'{}' \"$@\"\nexit $?", kubectl().display()));
    let start = || Program::start(place.command(&["--no-open"]).env("K8BIT_KUBECTL", &wrapper));
    let mut program = start();
    assert_eq!(place.running(false).len(), 2, "the wrapper and kubectl");
    program.signal(Signal::SIGKILL);
    program.until_ended();
    place.until_nothing_is_left();
    is_closed(program.port());
}

#[test]
fn a_proxy_that_dies_is_started_again_in_the_same_place() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let program = place.start(&[]);
    let (www, api) = (program.www_prefix(), program.api_prefix());
    for victim in ["proxy", "supervisor", "proxy"] {
        let before = only(&place, victim == "supervisor");
        before.kill();
        eventually("another one serves", || {
            program.shows_pod(&api, "web")?;
            match place.running(victim == "supervisor") {
                running if running.len() == 1 && running[0].pid != before.pid => Ok(()),
                running => Err(format!("{running:?}")),
            }
        });
        assert_eq!(program.get(&www).status, 200);
    }
    program.until_said("`kubectl proxy` has ended (by signal 9). It is started again.");
    program.until_said("`kubectl proxy` serves the page again.");
    assert_eq!(place.running(false).len(), 1);
}

#[test]
fn it_ends_while_it_waits() {
    let place = Place::new();
    place.kubeconfig(&[("one", "http://127.0.0.1:1")]);
    // A proxy that never serves anything.
    let started = place.path("started");
    let idle = place.script(
        "bin/idle",
        &format!(
            "case $1 in proxy) touch '{}'; sleep 600 ;; *) '{}' \"$@\" ;; esac",
            text(&started),
            kubectl().display()
        ),
    );
    let mut child = place
        .command(&["--no-open"])
        .env("K8BIT_KUBECTL", &idle)
        .spawn()
        .unwrap();
    eventually("it has started the proxy", || match started.exists() {
        true => Ok(()),
        false => Err("it has not".to_owned()),
    });
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, Signal::SIGINT).unwrap();
    assert!(child.wait().unwrap().success());
    place.until_nothing_is_left();
}
