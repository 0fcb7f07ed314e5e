//! Lists: paging, versions, formats, selectors.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::Request;
use k8bit_simulator::api::{ApiOptions, Resource};
use serde_json::Value;

use crate::support::Sim;

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn pages_are_one_snapshot_while_the_cluster_changes() {
    let mut sim = Sim::with_pods(7);
    let first = sim.get("/api/v1/pods?limit=3").json();
    assert_eq!(names(&first), ["p000", "p001", "p002"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 4);
    let version = first["metadata"]["resourceVersion"].clone();

    // Behind, inside and before what was read.
    sim.create_pod("p003a");
    sim.api
        .delete(sim.now, Resource::Pods, "default", "p005", &Default::default())
        .unwrap();
    sim.create_pod("p000a");

    let mut all = names(&first);
    let mut token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    let mut pages = 1;
    while !token.is_empty() {
        let page = sim.get(&format!("/api/v1/pods?limit=3&continue={token}")).json();
        assert_eq!(page["metadata"]["resourceVersion"], version);
        all.extend(names(&page));
        token = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
        pages += 1;
    }
    assert_eq!(pages, 3);
    assert_eq!(all, ["p000", "p001", "p002", "p003", "p004", "p005", "p006"]);
    let now = names(&sim.get("/api/v1/pods").json());
    assert_eq!(now, ["p000", "p000a", "p001", "p002", "p003", "p003a", "p004", "p006"]);
}

#[test]
fn list_bytes_are_as_on_the_wire() {
    let mut sim = Sim::with_pods(2);
    let text = sim.get("/api/v1/pods?limit=1").text();
    assert!(
        text.starts_with(r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"6","continue":""#),
        "{text}"
    );
    assert!(text.contains(r#""remainingItemCount":1},"items":[{"metadata":{"name":"p000","namespace":"default","#));
    assert!(text.ends_with("]}\n"));
    let item = &sim.get("/api/v1/pods").json()["items"][0];
    assert!(item.get("kind").is_none() && item.get("apiVersion").is_none());
}

#[test]
fn versions_follow_their_rules() {
    let mut sim = Sim::with_pods(3);
    let version = sim.api.resource_version();
    sim.create_pod("later");
    for (query, code, count) in [
        (String::new(), 200, 4),
        ("resourceVersion=0&limit=1".into(), 200, 4),
        (format!("resourceVersion={version}"), 200, 4),
        (format!("resourceVersion={version}&limit=10"), 200, 3),
        (format!("resourceVersion={version}&resourceVersionMatch=Exact"), 200, 3),
        (
            format!("resourceVersion={version}&resourceVersionMatch=NotOlderThan&limit=10"),
            200,
            4,
        ),
        ("resourceVersion=1000".into(), 504, 0),
        ("resourceVersion=x".into(), 422, 0),
        ("resourceVersion=0&resourceVersionMatch=Exact".into(), 422, 0),
        ("resourceVersionMatch=Exact".into(), 422, 0),
        ("resourceVersion=1&resourceVersionMatch=Latest".into(), 422, 0),
        ("sendInitialEvents=true".into(), 422, 0),
        ("continue=nonsense".into(), 400, 0),
        ("labelSelector=a+b".into(), 400, 0),
        ("fieldSelector=spec.hostname%3Dx".into(), 400, 0),
    ] {
        let answer = sim.get(&format!("/api/v1/pods?{query}"));
        assert_eq!(answer.status.as_u16(), code, "{query}: {}", answer.text());
        if code == 200 {
            assert_eq!(names(&answer.json()).len(), count, "{query}");
        }
    }
    sim.api.compact();
    let answer = sim.get(&format!("/api/v1/pods?resourceVersion={version}&limit=10"));
    assert_eq!(answer.status, 410);
}

#[test]
fn selectors_and_namespaces_choose() {
    let mut sim = Sim::with_pods(3);
    for (uri, expected) in [
        ("/api/v1/pods?labelSelector=app%3Dp001", vec!["p001"]),
        ("/api/v1/pods?labelSelector=app+in+(p001,p002)", vec!["p001", "p002"]),
        ("/api/v1/pods?fieldSelector=metadata.name!%3Dp001", vec!["p000", "p002"]),
        (
            "/api/v1/pods?fieldSelector=spec.nodeName%3D",
            vec!["p000", "p001", "p002"],
        ),
        (
            "/api/v1/namespaces/default/pods?limit=2&labelSelector=app",
            vec!["p000", "p001"],
        ),
        ("/api/v1/namespaces/kube-system/pods", vec![]),
    ] {
        let list = sim.get(uri).json();
        assert_eq!(names(&list), expected, "{uri}");
        assert!(list["metadata"].get("remainingItemCount").is_none(), "{uri}");
    }
}

#[test]
fn browsers_get_indented_json_unless_they_ask_otherwise() {
    let mut sim = Sim::with_pods(3);
    let mut ask = |agent: &str, query: &str| {
        let uri = format!("/api/v1/pods{query}");
        let request = Request::get(uri)
            .header("user-agent", agent)
            .body(Bytes::new())
            .unwrap();
        sim.send(request)
    };
    let browser = "Mozilla/5.0 (X11; Linux x86_64)";
    let (pretty, compact) = (ask(browser, ""), ask(browser, "?pretty=false"));
    assert_eq!(pretty.json(), compact.json());
    assert!(pretty.text().starts_with("{\n  \"kind\": \"PodList\",\n"));
    assert_eq!(compact.text().lines().count(), 1);
    assert!(pretty.body.len() * 10 > compact.body.len() * 15);
    assert_eq!(ask("kubectl/v1.36", "").body, compact.body);
    assert_eq!(ask("kubectl/v1.36", "?pretty=true").body, pretty.body);
}

#[test]
fn large_lists_are_compressed_for_those_who_take_it() {
    let options = ApiOptions {
        object_bytes: 8192,
        ..ApiOptions::default()
    };
    let mut sim = Sim::new(options);
    for number in 0..40 {
        sim.create_pod(&format!("p{number}"));
    }
    let plain = sim.get("/api/v1/pods");
    let request = Request::get("/api/v1/pods").header("accept-encoding", "gzip, br");
    let packed = sim.send(request.body(Bytes::new()).unwrap());
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let mut unpacked = vec![];
    GzDecoder::new(packed.body.as_slice())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
    for item in plain.json()["items"].as_array().unwrap() {
        let length = item.to_string().len();
        assert!((7900..8300).contains(&length), "{length}");
    }
    let request = Request::get("/api/v1/pods/?limit=2").header("accept-encoding", "gzip");
    let small = sim.send(request.body(Bytes::new()).unwrap());
    assert!(!small.headers.contains_key("content-encoding"));
}

#[test]
fn a_lagging_replica_shows_the_past_but_lists_consistently() {
    let options = ApiOptions {
        replica_lags: vec![std::time::Duration::ZERO, std::time::Duration::from_secs(10)],
        ..ApiOptions::default()
    };
    let mut sim = Sim::new(options);
    sim.advance(60);
    sim.create_pod("new");
    let version = sim.api.resource_version();
    let ask = |sim: &mut Sim, query: &str| {
        let request = Request::get(format!("/api/v1/pods?{query}"))
            .body(Bytes::new())
            .unwrap();
        sim.api.handle_at(1, sim.now, &request).status().as_u16()
    };
    let list = |sim: &mut Sim, query: &str| {
        let request = Request::get(format!("/api/v1/pods?{query}"))
            .body(Bytes::new())
            .unwrap();
        let response = sim.api.handle_at(1, sim.now, &request);
        match response.into_body() {
            k8bit_simulator::api::Payload::Body(body) => {
                names(&serde_json::from_slice::<Value>(&body.collect()).unwrap())
            }
            _ => panic!("not a list"),
        }
    };
    assert_eq!(list(&mut sim, ""), ["new"]);
    assert_eq!(list(&mut sim, "resourceVersion=0"), Vec::<String>::new());
    assert_eq!(ask(&mut sim, &format!("resourceVersion={version}")), 504);
    sim.advance(11);
    assert_eq!(list(&mut sim, "resourceVersion=0"), ["new"]);
    assert_eq!(ask(&mut sim, &format!("resourceVersion={version}")), 200);
}
