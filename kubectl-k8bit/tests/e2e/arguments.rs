//! What the options do.

use std::fs;

use crate::support::{Place, Program, cluster, eventually, text};

#[test]
fn the_version_is_the_projects() {
    let output = Place::new().command(&["--version"]).output().unwrap();
    let expected = concat!("kubectl-k8bit ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn the_browser_is_started_with_the_address_unless_it_must_not() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let opened = place.path("opened");
    let browser = place.script("bin/browser", &format!("echo \"$1\" > '{}'", text(&opened)));
    let arguments = ["--kiosk", "--write", "--namespace=shop,payments"];
    let start = |more: &[&str]| {
        let mut command = place.command(&arguments);
        Program::start(command.args(more).env("BROWSER", &browser))
    };
    let program = start(&["--no-open"]);
    let expected = format!(
        "http://127.0.0.1:{}{}?namespace=shop%2Cpayments&write=1#kiosk=1",
        program.port(),
        program.www_prefix()
    );
    assert_eq!(program.address, expected);
    drop(program);
    assert!(!opened.exists());

    let program = start(&[]);
    let seen = eventually("the browser was started", || match fs::read_to_string(&opened) {
        Ok(seen) if seen.ends_with('\n') => Ok(seen),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(seen.trim(), program.address);
}

#[test]
fn a_browser_that_cannot_be_started_is_no_obstacle() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let program = Program::start(place.command(&[]).env("BROWSER", place.path("nowhere")));
    program.until_said("Open the address above in one.");
    assert_eq!(program.shows_pod(&program.api_prefix(), "web"), Ok(()));
}

#[test]
fn another_kubeconfig_and_options_of_the_proxy_reach_kubectl() {
    let (place, cluster) = (Place::new(), cluster("web"));
    let kubeconfig = place.kubeconfig(&[("one", &cluster.url())]);
    let other = place.path("other-kubeconfig");
    fs::rename(kubeconfig, &other).unwrap();
    let option = format!("--kubeconfig={}", text(&other));
    let program = place.start(&[&option]);
    let pods = format!("{}api/v1/pods", program.api_prefix());
    assert_eq!(
        program.send("GET", &pods, &[("Host", "wall.example")]).unwrap().status,
        403
    );
    drop(program);

    let mut command = place.command(&[&option, "--no-open"]);
    let program = Program::start(command.args(["--", "--accept-hosts=^wall\\.example$,^127\\.0\\.0\\.1$"]));
    let pods = format!("{}api/v1/pods", program.api_prefix());
    assert_eq!(
        program.send("GET", &pods, &[("Host", "wall.example")]).unwrap().status,
        200
    );
}

#[test]
fn a_server_that_is_named_needs_no_kubeconfig() {
    let (place, cluster) = (Place::new(), cluster("web"));
    let mut command = place.command(&["--no-open"]);
    let program = Program::start(command.args(["--", &format!("--server={}", cluster.url())]));
    assert_eq!(program.shows_pod(&program.api_prefix(), "web"), Ok(()));
}
