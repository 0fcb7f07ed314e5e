//! What is refused, and to whom.

use crate::support::{Answer, Place, Program, cluster};

/// A WebSocket as a page of another site asks for it.
const HANDSHAKE: [(&str, &str); 5] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Origin", "https://evil.example"),
];

/// Where something is to be found behind `kubectl proxy` and other programs as they are usually started.
const KNOWN_PATHS: [&str; 12] = [
    "/",
    "/static/",
    "/static/index.html",
    "/index.html",
    "/k8bit/",
    "/api",
    "/api/v1/pods",
    "/apis",
    "/version",
    "/metrics",
    "/openapi/v2",
    "/k8s/api/v1/pods",
];

fn send(program: &Program, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    program.send(method, path, headers).unwrap()
}

#[test]
fn known_paths_lead_nowhere_whoever_asks() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let program = place.start(&[]);
    let before = cluster.requests().len();
    for headers in [
        &[][..],
        &[("Host", "evil.example")],
        &[("Origin", "https://evil.example")],
        &HANDSHAKE,
    ] {
        for path in KNOWN_PATHS {
            let answer = send(&program, "GET", path, headers);
            assert_eq!(answer.status, 404, "{path} {headers:?}: {answer:?}");
            assert!(
                !answer.body.contains("k8bit") && !answer.body.contains("web"),
                "{answer:?}"
            );
        }
    }
    assert_eq!(cluster.requests().len(), before, "nothing has reached the cluster");
}

#[test]
fn a_foreign_host_gets_nothing_from_the_api_even_where_it_is() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let program = place.start(&[]);
    let pods = format!("{}api/v1/pods", program.api_prefix());
    let before = cluster.requests().len();
    for host in [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
    ] {
        assert_eq!(send(&program, "GET", &pods, &[("Host", host)]).status, 403, "{host}");
        let handshake = [&HANDSHAKE[..], &[("Host", host)]].concat();
        assert_eq!(
            send(&program, "GET", &format!("{pods}?watch=1"), &handshake).status,
            403,
            "{host}"
        );
    }
    assert_eq!(cluster.requests().len(), before, "nothing has reached the cluster");
    assert_eq!(program.get(&pods).status, 200, "the page's own requests pass");
}

/// What keeps a foreign page away from the WebSockets of `kubectl proxy`, which accepts every Origin, is that it does not
/// know the path; and what keeps it from reading answers is that nothing allows it to.
#[test]
fn a_foreign_origin_gets_nothing() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let program = place.start(&[]);
    let api = program.api_prefix();
    let watch = "api/v1/pods?watch=1";
    let wrong_prefix: String = api.chars().rev().collect();
    for prefix in ["/", "/k8s/", &wrong_prefix] {
        assert_eq!(
            send(&program, "GET", &format!("{prefix}{watch}"), &HANDSHAKE).status,
            404,
            "{prefix}"
        );
    }
    // The handshake is a good one: with the secret it would be accepted.
    assert_eq!(send(&program, "GET", &format!("{api}{watch}"), &HANDSHAKE).status, 101);

    let www = program.www_prefix();
    for path in [format!("{api}api/v1/pods"), www.clone()] {
        let answer = send(&program, "GET", &path, &[("Origin", "https://evil.example")]);
        assert!(
            !answer.head.to_lowercase().contains("access-control-allow"),
            "{}",
            answer.head
        );
    }
    // Neither does the page give the path away to where it links.
    let page = program.get(&www).body;
    assert!(
        page.contains(r#"<meta name="referrer" content="no-referrer">"#),
        "{page}"
    );
}

#[test]
fn each_start_has_paths_of_its_own() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let paths = || {
        let program = place.start(&[]);
        [program.www_prefix(), program.api_prefix()]
    };
    let [first, second] = [paths(), paths()];
    let all: std::collections::BTreeSet<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), 4, "{first:?} {second:?}");
    assert!(all.iter().all(|path| path.len() == 34), "128 bits each: {all:?}");
}

#[test]
fn nothing_that_writes_passes_unless_asked_for() {
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let program = place.start(&[]);
    let api = program.api_prefix();
    let pod = format!("{api}api/v1/namespaces/default/pods/web");
    let before = cluster.requests().len();
    for method in ["POST", "PUT", "PATCH", "DELETE", "delete"] {
        assert_eq!(send(&program, method, &pod, &[]).status, 403, "{method}");
    }
    assert_eq!(cluster.requests().len(), before, "nothing has reached the cluster");
    assert_eq!(program.get(&pod).status, 200);
    drop(program);

    let program = place.start(&["--write"]);
    assert!(program.address.ends_with("/?write=1"), "{}", program.address);
    let pod = format!("{}api/v1/namespaces/default/pods/web", program.api_prefix());
    assert_eq!(send(&program, "DELETE", &pod, &[]).status, 200);
    assert!(cluster.requests().iter().any(|request| request.method == "DELETE"));
}

/// They are GETs that run commands or reach into the cluster's network, so `--reject-methods` lets them through.
#[test]
fn nothing_reaches_into_containers_or_through_the_api_server() {
    let (place, cluster) = (Place::new(), cluster("exec"));
    place.kubeconfig(&[("one", &cluster.url())]);
    for arguments in [&[][..], &["--write"]] {
        let program = place.start(arguments);
        let api = program.api_prefix();
        let before = cluster.requests().len();
        for path in [
            "api/v1/namespaces/default/pods/web/exec?command=id&stdout=1",
            "api/v1/namespaces/default/pods/web/attach",
            "api/v1/namespaces/default/pods/web/portforward?ports=80",
            "api/v1/namespaces/default/pods/web/proxy/",
            "api/v1/namespaces/default/pods/web:80/proxy/admin",
            "api/v1/namespaces/default/services/web:80/proxy/admin",
            "api/v1/namespaces/default/services/https:web:443/proxy",
            "api/v1/nodes/node-1/proxy/exec/default/web/app",
            "api/v1/namespaces/default/pods/web/%65xec",
        ] {
            for headers in [&[][..], &HANDSHAKE] {
                assert_eq!(
                    send(&program, "GET", &format!("{api}{path}"), headers).status,
                    403,
                    "{path}"
                );
            }
        }
        assert_eq!(cluster.requests().len(), before, "nothing has reached the cluster");
        // Pods and namespaces may be named like that.
        for path in [
            "api/v1/namespaces/default/pods/exec",
            "api/v1/namespaces/proxy/pods",
            "api/v1/nodes/node-1",
        ] {
            assert_eq!(program.get(&format!("{api}{path}")).status, 200, "{path}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_else_can_read_the_unpacked_page() {
    use std::os::unix::fs::PermissionsExt as _;
    let (place, cluster) = (Place::new(), cluster("web"));
    place.kubeconfig(&[("one", &cluster.url())]);
    let _program = place.start(&[]);
    let folders: Vec<_> = std::fs::read_dir(place.path("tmp"))
        .unwrap()
        .map_while(Result::ok)
        .collect();
    assert_eq!(folders.len(), 1);
    assert_eq!(folders[0].metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
