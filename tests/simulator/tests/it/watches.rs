//! Watches: window, bookmarks, streaming lists, selectors, replicas, ends.

use k8bit_simulator::api::{ApiOptions, Resource, Window};
use serde_json::json;

use crate::support::Sim;

const MERGE: &str = "application/merge-patch+json";

#[test]
fn events_come_in_order_from_a_version_on() {
    let mut sim = Sim::with_pods(1);
    let version = sim.api.resource_version();
    let id = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={version}"));
    assert!(sim.told(id).is_empty());
    sim.create_pod("a");
    let patch = json!({"metadata": {"labels": {"x": "y"}}});
    sim.write("PATCH", "/api/v1/namespaces/default/pods/a", MERGE, &patch);
    sim.api
        .delete(sim.now, Resource::Pods, "default", "p000", &Default::default())
        .unwrap();
    let (events, ended) = sim.events(id);
    assert!(!ended);
    let versions: Vec<u64> = events
        .iter()
        .map(|event| {
            event["object"]["metadata"]["resourceVersion"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    assert_eq!(versions, [version + 1, version + 2, version + 3]);
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["ADDED", "MODIFIED", "DELETED"]);
    assert_eq!(events[2]["object"]["kind"], "Pod");
    // A write that changes nothing is no event.
    sim.write("PATCH", "/api/v1/namespaces/default/pods/a", MERGE, &patch);
    assert!(sim.told(id).is_empty());
}

#[test]
fn without_a_version_the_state_comes_first() {
    let mut sim = Sim::with_pods(2);
    let plain = sim.watch("/api/v1/pods?watch=1");
    assert_eq!(sim.told(plain), ["ADDED p000", "ADDED p001"]);
    let streaming = sim.watch(
        "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
    );
    assert_eq!(sim.told(streaming), ["ADDED p000", "ADDED p001", "BOOKMARK 6 end"]);
    sim.create_pod("p002");
    assert_eq!(sim.told(plain), ["ADDED p002"]);
    assert_eq!(sim.told(streaming), ["ADDED p002"]);
}

#[test]
fn the_window_is_bounded() {
    let mut sim = Sim::new(ApiOptions {
        window: Window {
            watch_events_min: 2,
            watch_events_max: 5,
            ..Window::default()
        },
        ..ApiOptions::default()
    });
    sim.create_pod("a");
    let version = sim.api.resource_version();
    let slow = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={version}"));
    for number in 0..5 {
        sim.create_pod(&format!("b{number}"));
    }
    let early = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={version}"));
    assert_eq!(sim.told(early).len(), 5);
    sim.create_pod("c");
    let late = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={version}"));
    let (events, ended) = sim.events(late);
    assert!(ended);
    assert_eq!(events[0]["type"], "ERROR");
    assert_eq!(events[0]["object"]["code"], 410);
    assert_eq!(events[0]["object"]["reason"], "Expired");
    // The watcher that never read has lost its place: a clean end.
    let (events, ended) = sim.events(slow);
    assert!(events.is_empty() && ended);
    // Age alone empties the window down to the minimum.
    sim.advance(80);
    sim.create_pod("d");
    sim.create_pod("e");
    let version = sim.api.resource_version();
    for (behind, expected) in [(1, false), (2, false), (3, true)] {
        let id = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={}", version - behind));
        assert_eq!(sim.events(id).1, expected, "{behind} behind");
    }
}

#[test]
fn bookmarks_come_every_minute_and_before_the_end() {
    let mut sim = Sim::with_pods(1);
    let version = sim.api.resource_version();
    let id = sim.watch(&format!(
        "/api/v1/pods?watch=1&resourceVersion={version}&allowWatchBookmarks=true&timeoutSeconds=150"
    ));
    let bare = sim.watch(&format!(
        "/api/v1/pods?watch=1&resourceVersion={version}&timeoutSeconds=150"
    ));
    sim.advance(61);
    // Nothing happened at all: no bookmark, as the version is the one the watch started from.
    assert!(sim.told(id).is_empty());
    // Something happened elsewhere: the bookmark moves on.
    sim.api
        .create(sim.now, Resource::Nodes, None, k8bit_simulator::sample::node("n"))
        .unwrap();
    let mark = format!("BOOKMARK {}", version + 1);
    let mut seen = vec![];
    for second in 62..150 {
        sim.advance(1);
        for told in sim.told(id) {
            assert_eq!(told, mark);
            seen.push(second);
        }
    }
    assert_eq!(seen, [121, 148]);
    sim.advance(1);
    assert_eq!(sim.events(id), (vec![], true));
    assert_eq!(sim.events(bare), (vec![], true));
    assert_eq!(sim.api.open_watches(), 0);
}

#[test]
fn a_selector_makes_objects_come_and_go() {
    let mut sim = Sim::with_pods(1);
    let version = sim.api.resource_version();
    let labelled = sim.watch(&format!(
        "/api/v1/pods?watch=1&resourceVersion={version}&labelSelector=on%3Dyes"
    ));
    let bound = sim.watch(&format!(
        "/api/v1/pods?watch=1&resourceVersion={version}&fieldSelector=spec.nodeName%3Dn1"
    ));
    let label = |sim: &mut Sim, value: &str| {
        let patch = json!({"metadata": {"labels": {"on": value}}});
        sim.write("PATCH", "/api/v1/namespaces/default/pods/p000", MERGE, &patch);
    };
    label(&mut sim, "yes");
    sim.api.bind(sim.now, "default", "p000", "n1").unwrap();
    label(&mut sim, "no");
    label(&mut sim, "never");
    let (events, _) = sim.events(labelled);
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["ADDED", "MODIFIED", "DELETED"]);
    // The last state that matched, under the version at which it stopped.
    let gone = &events[2]["object"];
    assert_eq!(gone["metadata"]["labels"]["on"], "yes");
    assert_eq!(gone["metadata"]["resourceVersion"], (version + 3).to_string());
    assert_eq!(sim.told(bound), ["ADDED p000", "MODIFIED p000", "MODIFIED p000"]);
}

#[test]
fn a_watch_from_the_future_is_silent_until_then() {
    let mut sim = Sim::with_pods(1);
    let version = sim.api.resource_version();
    let id = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={}", version + 2));
    for name in ["a", "b", "c"] {
        sim.create_pod(name);
    }
    assert_eq!(sim.told(id), ["ADDED c"]);
}

#[test]
fn restart_and_restore_do_what_they_do_to_a_real_cluster() {
    let mut sim = Sim::with_pods(1);
    let backup = sim.api.snapshot();
    let old = sim.api.resource_version();
    let open = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={old}"));
    sim.create_pod("a");
    sim.api.restart();
    assert!(sim.events(open).1);
    let resumed = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={old}"));
    assert_eq!(sim.told(resumed), ["ERROR Expired"]);

    let newest = sim.api.resource_version();
    sim.api.restore(&backup);
    assert_eq!(sim.api.resource_version(), old);
    assert_eq!(sim.api.objects(Resource::Pods).len(), 1);
    // Accepted, and silent: the client is ahead of a server that went back in time.
    let ahead = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={newest}"));
    sim.create_pod("b");
    assert_eq!(sim.events(ahead), (vec![], false));
}

#[test]
fn a_lagging_replica_tells_late() {
    let mut sim = Sim::new(ApiOptions {
        replica_lags: vec![std::time::Duration::from_secs(5)],
        ..ApiOptions::default()
    });
    sim.advance(60);
    let version = sim.api.resource_version();
    let id = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={version}"));
    sim.create_pod("a");
    assert!(sim.told(id).is_empty());
    let deadline = sim.api.watch_deadline(sim.now, id).unwrap();
    assert_eq!(deadline.as_second() - sim.now.as_second(), 5);
    sim.advance(5);
    assert_eq!(sim.told(id), ["ADDED a"]);
}
