//! Which port, and that it stays.

use std::net::TcpListener;

use crate::support::{Place, cluster};

#[test]
fn a_context_keeps_its_port() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url()), ("other", &cluster.url())]);
    let port = |arguments: &[&str]| place.start(arguments).port();
    let first = port(&[]);
    assert_ne!(port(&["--context=other"]), first);
    assert_eq!(port(&["--context=one"]), first);
    // A port that was given becomes the context's own; any free one does not.
    let given = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(port(&["--port", &given.to_string()]), given);
    assert_ne!(port(&["--port=0"]), given);
    assert_eq!(port(&[]), given);
}

#[test]
fn a_second_one_is_shown_beside_the_first() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let first = place.start(&[]);
    let second = place.start(&[]);
    assert_ne!(first.port(), second.port());
    let note = format!("Port {}, where this context is usually shown, is taken", first.port());
    // Said on the standard error, whose lines may come after the address.
    second.until_said(&note);
    for program in [&first, &second] {
        assert_eq!(program.shows_pod(&program.api_prefix(), "web"), Ok(()));
    }
    // Each has paths of its own, and its end is not the other's.
    assert_eq!(second.get(&first.www_prefix()).status, 404);
    drop(second);
    assert_eq!(first.shows_pod(&first.api_prefix(), "web"), Ok(()));
    let own = first.port();
    drop(first);
    assert_eq!(place.start(&[]).port(), own, "the port that stood in is not remembered");
}

#[test]
fn two_clusters_are_shown_at_once() {
    let (place, one, other) = (Place::new(), cluster("web-of-one"), cluster("web-of-other"));
    place.kubeconfig(&[("one", &one.url()), ("other", &other.url())]);
    let programs = [place.start(&["--context=one"]), place.start(&["--context=other"])];
    for (program, pod, not) in [
        (&programs[0], "web-of-one", "web-of-other"),
        (&programs[1], "web-of-other", "web-of-one"),
    ] {
        let api = program.api_prefix();
        assert_eq!(program.shows_pod(&api, pod), Ok(()));
        assert!(program.shows_pod(&api, not).is_err());
    }
}
