//! What goes wrong, in sentences, and with no proxy left behind.

use std::net::TcpListener;

use k8bit_simulator::{
    api::Status,
    http::{Faults, Refusal},
};

use crate::support::{Place, cluster, fails, kubectl, text};

#[track_caller]
fn check(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}

#[test]
fn without_kubectl_it_says_where_to_get_it() {
    let place = Place::new();
    let empty = place.path("bin");
    let mut command = place.command(&[]);
    let said = fails(command.env("PATH", &empty).env_remove("K8BIT_KUBECTL"));
    check(
        &said,
        &[
            "error: kubectl was not found on PATH.",
            "https://kubernetes.io/docs/tasks/tools/",
            "--demo",
        ],
    );

    let nowhere = place.path("nowhere");
    let said = fails(place.command(&[]).env("K8BIT_KUBECTL", &nowhere));
    check(&said, &[text(&nowhere), "cannot be started"]);
}

#[test]
fn an_old_kubectl_is_not_tried() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let old = place.script(
        "bin/old",
        &format!(
            "case $1 in version) echo '{{\"clientVersion\": {{\"gitVersion\": \"v1.11.3\"}}}}' ;; *) '{}' \"$@\" ;; esac",
            kubectl().display()
        ),
    );
    let said = fails(place.command(&[]).env("K8BIT_KUBECTL", &old));
    check(
        &said,
        &["error: kubectl v1.11.3 is too old: K8bit needs 1.20 or later."],
    );
    // gcloud's kubectl asks every cluster for its version, whatever it is to do.
    let mut requests = cluster.requests();
    requests.retain(|request| !request.path_and_query.starts_with("/version"));
    assert_eq!(requests, []);
}

#[test]
fn without_a_context_it_says_how_to_choose_one() {
    let place = Place::new();
    check(
        &place.fails(&[]),
        &[
            "error: kubectl has no current context",
            "kubectl config use-context",
            "--demo",
        ],
    );
}

#[test]
fn a_context_or_file_that_is_not_there_is_named() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let said = place.fails(&["--context=production"]);
    check(
        &said,
        &[
            "error: kubectl cannot use this configuration",
            "production",
            "kubectl config get-contexts",
        ],
    );
    let said = place.fails(&["--kubeconfig=/nowhere/config"]);
    check(
        &said,
        &["error: kubectl cannot use this configuration: there is no file /nowhere/config."],
    );
    place.file("kubeconfig", "apiVersion: [");
    check(
        &place.fails(&[]),
        &["error: kubectl cannot use this configuration", "kubeconfig"],
    );
}

#[test]
fn what_the_credential_plugin_says_is_passed_on() {
    let (place, cluster) = (Place::new(), cluster("web"));
    let plugin = place.script(
        "bin/plugin",
        "echo 'Your session has expired. Run: sso login' >&2\nexit 3",
    );
    let kubeconfig = place.kubeconfig(&[("one", &cluster.url().replace("http:", "https:"))]);
    let config = std::fs::read_to_string(&kubeconfig).unwrap();
    let user = format!(
        "user: {{exec: {{apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: Never, command: \"{}\"}}}}",
        text(&plugin)
    );
    std::fs::write(&kubeconfig, config.replace("user: {}", &user)).unwrap();
    let said = place.fails(&[]);
    check(
        &said,
        &[
            "Your session has expired. Run: sso login",
            "error: kubectl could not get the credentials for context “one”",
            "failed with exit code 3",
            "Sign in again",
        ],
    );
    assert_eq!(cluster.requests().len(), 0);
}

#[test]
fn credentials_that_the_server_refuses_are_told_from_a_cluster_that_is_away() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    cluster.set_faults(Faults {
        refuse: Some(Refusal::of_status(&Status::unauthorized())),
        ..Faults::default()
    });
    let said = place.fails(&[]);
    check(
        &said,
        &[
            "error: The API server of context “one”",
            "rejected your credentials: Unauthorized.",
            "Sign in again",
        ],
    );

    let url = cluster.url();
    drop(cluster);
    let said = place.fails(&[]);
    check(
        &said,
        &[
            "error: The API server of context “one”",
            &url,
            "cannot be reached",
            "connection refused",
            "network or VPN",
        ],
    );
}

#[test]
fn a_port_that_is_taken_is_not_replaced_where_it_was_asked_for() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for arguments in [
        &["--port", &port.to_string()][..],
        &["--demo", "--port", &port.to_string()],
    ] {
        let said = place.fails(arguments);
        check(
            &said,
            &[
                &format!("error: Port {port} on 127.0.0.1 is taken by another program"),
                "leave --port out",
            ],
        );
    }
}

#[test]
fn options_that_the_proxy_refuses_are_explained() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let mut command = place.command(&["--no-open"]);
    check(
        &fails(command.args(["--", "--nonsense"])),
        &["error: `kubectl proxy` ended before it served the page", "--nonsense"],
    );
    let mut command = place.command(&["--no-open"]);
    check(
        &fails(command.args(["--", "--www-prefix=/x/"])),
        &["error: --www-prefix cannot be passed on", "sets it itself"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_failure_leaves_nothing_behind() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    drop(cluster);
    place.fails(&[]);
    assert_eq!(place.processes(), []);
    place.until_nothing_is_left();
}
