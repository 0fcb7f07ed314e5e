//! The simulated cluster.

use nix::sys::signal::Signal;

use crate::support::{Place, Program};

#[test]
fn the_demo_needs_nothing_but_itself() {
    let place = Place::new();
    let mut command = place.command(&["--demo", "--no-open"]);
    let mut program = Program::start(command.env("PATH", place.path("bin")).env_remove("K8BIT_KUBECTL"));
    let api = program.api_prefix();
    let pods = program.get(&format!("{api}api/v1/pods"));
    assert_eq!(pods.status, 200);
    assert!(
        pods.body.matches("\"nodeName\"").count() > 300,
        "a cluster with many pods"
    );
    assert_eq!(
        program.get(&format!("{api}apis/metrics.k8s.io/v1beta1/nodes")).status,
        200
    );
    for path in ["/", "/static/", "/api/v1/pods"] {
        assert_eq!(program.get(path).status, 404, "{path}");
    }
    let port = program.port();
    program.signal(Signal::SIGINT);
    assert!(program.until_ended().success());
    let left: Vec<_> = std::fs::read_dir(place.path("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    // Views that were saved in the demo are found again, too.
    let mut command = place.command(&["--demo", "--no-open"]);
    assert_eq!(Program::start(&mut command).port(), port);
}
