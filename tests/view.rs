//! What the page says of a cluster: cards, blocks, counters, tooltip, liveness and snapshot.

use std::{rc::Rc, time::Duration};

use k8bit::{
    cluster::{Cluster, Place},
    connection::{Connection, ConnectionState, KindConnection, Problem},
    resource::{Interner, Node, Pod, Resource, ResourceVersion, Text, Timestamp, status::Family},
    store::Change,
    view::{
        Tone,
        block::{self, Glyph, Look},
        card::{self, Card, CardState, Tray},
        connection::{self, Progress, Scene},
        snapshot::{ResourceVersions, Snapshot},
        state::Subject,
        summary::Summary,
        tooltip::tooltip,
    },
};
use serde_json::{Value, json};

/// 2026-11-23T08:43:03Z.
const NOW: Timestamp = Timestamp(1_795_423_383);

fn decode<K: Resource>(object: &Value) -> Rc<K> {
    Rc::new(K::decode(object.to_string().as_bytes(), &mut Interner::default()).expect("an object of the test"))
}

/// A node that is `Ready`, with changes merged into it.
fn node(name: &str, changes: &Value) -> Rc<Node> {
    let mut node = json!({
        "metadata": {
            "name": name,
            "uid": format!("uid-of-{name}"),
            "resourceVersion": "7",
            "creationTimestamp": "2026-11-11T08:43:03Z",
            "labels": {
                "node-role.kubernetes.io/worker": "",
                "node.kubernetes.io/instance-type": "m5.xlarge",
                "topology.kubernetes.io/zone": "eu-1a",
            },
        },
        "status": {
            "allocatable": { "pods": "10" },
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T08:39:00Z" }],
            "nodeInfo": { "kubeletVersion": "v1.36.2" },
        },
    });
    merge(&mut node, changes);
    decode(&node)
}

fn condition(kind: &str, status: &str) -> Value {
    json!({ "type": kind, "status": status, "lastTransitionTime": "2026-11-23T08:39:00Z" })
}

/// A pod of one container that runs and is ready, with changes merged into it.
fn pod(name: &str, node: Option<&str>, changes: &Value) -> Rc<Pod> {
    let mut pod = json!({
        "metadata": {
            "namespace": "shop",
            "name": name,
            "uid": format!("uid-of-{name}"),
            "resourceVersion": "8",
            "creationTimestamp": "2026-11-23T08:00:00Z",
        },
        "spec": { "nodeName": node, "containers": [{ "name": "web" }] },
        "status": {
            "phase": "Running",
            "containerStatuses": [{ "name": "web", "ready": true, "restartCount": 0, "state": { "running": {} } }],
        },
    });
    merge(&mut pod, changes);
    decode(&pod)
}

fn merge(target: &mut Value, changes: &Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            for (key, change) in changes {
                merge(target.entry(key.clone()).or_insert(Value::Null), change);
            }
        }
        (target, changes) => *target = changes.clone(),
    }
}

fn waiting(reason: &str, restarts: u32) -> Value {
    json!({ "status": { "phase": "Running", "containerStatuses": [{
        "name": "web", "ready": false, "restartCount": restarts,
        "state": { "waiting": { "reason": reason, "message": "back-off 40s restarting failed container" } },
        "lastState": { "terminated": { "exitCode": 1, "finishedAt": "2026-11-23T08:38:03Z" } },
    }] } })
}

fn not_ready() -> Value {
    json!({
        "spec": { "containers": [{ "name": "web" }, { "name": "proxy" }] },
        "status": { "containerStatuses": [
            { "name": "web", "ready": false, "restartCount": 0, "state": { "running": {} } },
            { "name": "proxy", "ready": true, "restartCount": 0, "state": { "running": {} } },
        ] },
    })
}

fn initializing(done: usize, all: usize) -> Value {
    let containers: Vec<Value> = (0..all)
        .map(|index| json!({ "name": format!("init-{index}") }))
        .collect();
    let statuses: Vec<Value> = (0..all)
        .map(|index| {
            let over = json!({ "terminated": { "exitCode": 0 } });
            let state = if index < done { over } else { json!({ "running": {} }) };
            json!({ "name": format!("init-{index}"), "restartCount": 0, "state": state })
        })
        .collect();
    json!({
        "spec": { "initContainers": containers },
        "status": { "phase": "Pending", "initContainerStatuses": statuses, "containerStatuses": [] },
    })
}

fn unschedulable(message: &str) -> Value {
    json!({ "status": { "phase": "Pending", "containerStatuses": [], "conditions": [
        { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message },
    ] } })
}

fn evicted() -> Value {
    let message = "The node was low on resource: memory. <img src=x onerror=alert(1)>";
    json!({ "status": { "phase": "Failed", "reason": "Evicted", "message": message, "containerStatuses": [] } })
}

#[test]
fn a_block_looks_like_its_pod() {
    #[track_caller]
    fn check(changes: &Value, family: Family, glyph: Glyph, filled_percent: u8, label: &str) {
        let pod = pod("web-1", Some("a"), changes);
        assert_eq!(
            Look::of(&pod),
            Look {
                family,
                glyph,
                filled_percent
            }
        );
        assert_eq!(block::label(&pod), label);
    }
    check(
        &json!({}),
        Family::Healthy,
        Glyph::Plain,
        100,
        "shop/web-1, Running, 1 of 1 ready",
    );
    check(
        &not_ready(),
        Family::NotReady,
        Glyph::Plain,
        50,
        "shop/web-1, Running, 1 of 2 ready",
    );
    check(
        &initializing(1, 4),
        Family::Starting,
        Glyph::Plain,
        25,
        "shop/web-1, Init:1/4, 0 of 1 ready",
    );
    check(
        &waiting("CrashLoopBackOff", 1),
        Family::Failing,
        Glyph::Plain,
        100,
        "shop/web-1, CrashLoopBackOff, 0 of 1 ready, 1 restart",
    );
    check(
        &evicted(),
        Family::Failing,
        Glyph::Over,
        100,
        "shop/web-1, Evicted, 0 of 1 ready",
    );
    let terminating = json!({ "metadata": { "deletionTimestamp": "2026-11-23T08:43:33Z" } });
    check(
        &terminating,
        Family::Gone,
        Glyph::Plain,
        100,
        "shop/web-1, Terminating, 1 of 1 ready",
    );
    let lost =
        json!({ "metadata": { "deletionTimestamp": "2026-11-23T08:43:33Z" }, "status": { "reason": "NodeLost" } });
    check(
        &lost,
        Family::Gone,
        Glyph::Lost,
        100,
        "shop/web-1, Unknown, 1 of 1 ready",
    );
}

#[test]
fn families_are_told_apart_by_name_and_urgency() {
    let mut families = block::FAMILIES_BY_URGENCY.to_vec();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), Family::ALL.len());
    for family in Family::ALL {
        assert!(block::meaning(family).ends_with('.'));
    }
}

#[test]
fn a_card_says_how_its_node_is() {
    #[track_caller]
    fn check(node: Option<Rc<Node>>, state: CardState, status: &str, words: &[(Tone, &str)], label: &str) {
        let pods = [pod("web-1", Some("a"), &json!({})), pod("web-2", Some("a"), &json!({}))];
        let cluster = Cluster::rebuild(node, pods);
        let entry = cluster.entry(&Place::Node("a".into())).expect("pods make a place");
        let card = Card::of(&cluster, entry, NOW);
        assert_eq!(
            (card.state, card.status.as_str(), card.label.as_str()),
            (state, status, label)
        );
        let found: Vec<(Tone, &str)> = card.words.iter().map(|word| (word.tone, word.text.as_str())).collect();
        assert_eq!(found, words);
        assert_eq!(
            card::ticks(entry),
            matches!(state, CardState::NotReady | CardState::Unknown)
        );
    }
    let changed = |changes: Value| Some(node("a", &changes));
    check(
        changed(json!({})),
        CardState::Ready,
        "Ready",
        &[],
        "node a, Ready, 2 of 10 pods",
    );
    check(
        changed(json!({ "spec": { "unschedulable": true } })),
        CardState::Cordoned,
        "Ready,SchedulingDisabled",
        &[(Tone::Warning, "cordoned")],
        "node a, Ready,SchedulingDisabled, 2 of 10 pods, cordoned",
    );
    check(
        changed(
            json!({ "status": { "conditions": [condition("MemoryPressure", "True"), condition("Ready", "True")] } }),
        ),
        CardState::Ready,
        "Ready",
        &[(Tone::Warning, "MemoryPressure")],
        "node a, Ready, 2 of 10 pods, MemoryPressure",
    );
    check(
        changed(json!({ "status": { "conditions": [condition("Ready", "False")] } })),
        CardState::NotReady,
        "NotReady",
        &[(Tone::Bad, "NotReady 4m")],
        "node a, NotReady, 2 of 10 pods, NotReady 4m",
    );
    check(
        changed(json!({ "status": { "conditions": [condition("Ready", "Unknown")] } })),
        CardState::Unknown,
        "NotReady",
        &[(Tone::Bad, "NotReady 4m"), (Tone::Bad, "silent")],
        "node a, NotReady, 2 of 10 pods, NotReady 4m, silent",
    );
    check(
        None,
        CardState::Ghost,
        "Ghost",
        &[(Tone::Bad, "no such node")],
        "node a, Ghost, 2 pods, no such node",
    );
}

#[test]
fn where_nodes_cannot_be_read_nothing_is_called_a_ghost() {
    let mut cluster = Cluster::default();
    cluster.apply_pods(&[Change::Listed(pod("web-1", Some("a"), &json!({})))], NOW);
    let entry = cluster.entry(&Place::Node("a".into())).expect("pods make a place");
    let card = Card::of(&cluster, entry, NOW);
    assert_eq!((card.state, card.status.as_str()), (CardState::Assumed, "Unknown"));
    assert_eq!((card.words.len(), card.fullness_percent()), (0, None));
}

#[test]
fn a_card_shows_traits_and_fullness() {
    let pods = (0..4).map(|index| pod(&format!("web-{index}"), Some("a"), &json!({})));
    let cluster = Cluster::rebuild([node("a", &json!({}))], pods);
    let card = Card::of(&cluster, cluster.places().next().expect("a node"), NOW);
    assert_eq!(card.traits, "m5.xlarge · eu-1a");
    assert_eq!(
        (card.pods, card.allocatable, card.fullness_percent()),
        (4, Some(10), Some(40))
    );

    let labels = json!({ "metadata": { "labels": { "node-role.kubernetes.io/control-plane": "" } } });
    let cluster = Cluster::rebuild([node("a", &labels)], []);
    let card = Card::of(&cluster, cluster.places().next().expect("a node"), NOW);
    assert_eq!(card.traits, "control-plane · m5.xlarge · eu-1a");
}

#[test]
fn the_tray_gives_the_commonest_reason() {
    let pods = [
        pod(
            "a",
            None,
            &unschedulable("0/1 nodes are available: 1 Insufficient cpu."),
        ),
        pod(
            "b",
            None,
            &unschedulable("0/1 nodes are available: 1 Insufficient memory."),
        ),
        pod(
            "c",
            None,
            &unschedulable("0/1 nodes are available: 1 Insufficient memory."),
        ),
    ];
    let tray = Tray::of(&Cluster::rebuild([], pods));
    assert_eq!(
        tray,
        Tray {
            pods: 3,
            reason: "0/1 nodes are available: 1 Insufficient memory.".to_owned()
        }
    );
    assert_eq!(Tray::of(&Cluster::default()), Tray::default());
}

#[test]
fn the_summary_answers_how_many_more_pods_were_created() {
    let mut cluster = Cluster::rebuild(
        [
            node("a", &json!({})),
            node("b", &json!({ "spec": { "unschedulable": true } })),
        ],
        [
            pod("web-1", Some("a"), &json!({})),
            pod("web-2", Some("a"), &not_ready()),
            pod("web-3", Some("b"), &waiting("CrashLoopBackOff", 3)),
        ],
    );
    assert_eq!(
        Summary::of(&cluster, NOW).recent,
        "none created or deleted in the last minute"
    );

    let born = pod("web-4", Some("a"), &json!({}));
    let changes = [
        Change::Added(Rc::clone(&born)),
        Change::Added(pod("web-5", Some("a"), &json!({}))),
        Change::Deleted(born),
    ];
    cluster.apply_pods(&changes, NOW);
    let summary = Summary::of(&cluster, NOW);
    assert_eq!(summary.recent, "+2 created, 1 deleted in the last minute");
    assert_eq!((summary.nodes, summary.pods), (2, 4));
    let words: Vec<&str> = summary.node_words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["2 ready", "1 cordoned"]);
    assert_eq!(summary.ready_words(), "2 ready");
    let statuses: Vec<(String, u32)> = summary
        .statuses
        .iter()
        .map(|entry| (entry.text(), entry.pods))
        .collect();
    let expected = [("CrashLoopBackOff", 1), ("Running, not ready", 1), ("Running", 2)];
    assert_eq!(statuses, expected.map(|(text, pods)| (text.to_owned(), pods)));
    assert_eq!(summary.families.iter().map(|(_, pods)| pods).sum::<u32>(), summary.pods);

    let later = Timestamp(NOW.0 + 120);
    assert_eq!(
        Summary::of(&cluster, later).recent,
        "none created or deleted in the last minute"
    );
}

#[test]
fn the_tooltip_has_kubectls_columns_and_the_reason() {
    let failing = pod("web-1", Some("a"), &waiting("CrashLoopBackOff", 3));
    let cluster = Cluster::rebuild([node("a", &json!({}))], [Rc::clone(&failing)]);

    let found = tooltip(&cluster, &Subject::Pod(failing.meta.key.clone()), NOW).expect("the pod is there");
    assert_eq!((found.namespace.as_str(), found.name.as_str()), ("shop/", "web-1"));
    let facts: Vec<(&str, &str)> = found
        .facts
        .iter()
        .map(|fact| (fact.column, fact.value.as_str()))
        .collect();
    assert_eq!(
        facts,
        [
            ("STATUS", "CrashLoopBackOff"),
            ("READY", "0/1"),
            ("RESTARTS", "3 (5m ago)"),
            ("AGE", "43m"),
            ("NODE", "a"),
        ]
    );
    assert_eq!(found.message, "back-off 40s restarting failed container");

    let found = tooltip(&cluster, &Subject::Node("a".into()), NOW).expect("the node is there");
    let facts: Vec<(&str, &str)> = found
        .facts
        .iter()
        .map(|fact| (fact.column, fact.value.as_str()))
        .collect();
    assert_eq!(
        facts,
        [
            ("STATUS", "Ready"),
            ("ROLES", "worker"),
            ("AGE", "12d"),
            ("VERSION", "v1.36.2"),
            ("TYPE", "m5.xlarge"),
            ("ZONE", "eu-1a"),
            ("PODS", "1 of 10"),
        ]
    );
    assert_eq!(found.message, "1 failing");
    assert_eq!(tooltip(&cluster, &Subject::Node(Text::new("b")), NOW), None);
}

/// A kind in a state, with changes.
fn kind(what: &str, state: ConnectionState, change: impl FnOnce(&mut KindConnection)) -> KindConnection {
    let mut kind = KindConnection {
        state,
        problem: None,
        ..KindConnection::failed(what, gone())
    };
    change(&mut kind);
    kind
}

fn gone() -> Problem {
    Problem {
        sentence: "Nothing answers at this address.".to_owned(),
        advice: "Start `kubectl proxy --www=dist` again.".to_owned(),
        detail: "TypeError: Failed to fetch".to_owned(),
    }
}

fn connected(state: ConnectionState, kinds: Vec<KindConnection>) -> Connection {
    Connection {
        state,
        kinds,
        events_per_second: 1_063,
    }
}

#[test]
fn the_badge_says_what_matters_in_each_state() {
    use ConnectionState as State;
    #[track_caller]
    fn check(state: State, pods: KindConnection, title: &str, detail: &str) {
        let connection = connected(state, vec![kind("nodes", State::Live, |_| {}), pods]);
        let badge = connection::badge(&connection, 60);
        assert_eq!(
            (badge.state, badge.title, badge.detail.as_str()),
            (state, title, detail)
        );
        assert!(connection::sentence(&connection, 60).ends_with('.'));
    }
    let waiting = |kind: &mut KindConnection| {
        kind.attempt = 3;
        kind.retry_in = Some(Duration::from_millis(3_200));
        kind.stale_since = Some(NOW);
    };
    let listing = |kind: &mut KindConnection| (kind.listed, kind.remaining) = (1_204, Some(1_796));
    check(State::Live, kind("pods", State::Live, |_| {}), "LIVE", "1,063 ev/s");
    check(
        State::Connecting,
        kind("pods", State::Connecting, |_| {}),
        "CONNECTING",
        "",
    );
    check(
        State::Listing,
        kind("pods", State::Listing, listing),
        "LISTING",
        "1,204 of about 3,000 pods",
    );
    check(
        State::Resyncing,
        kind("pods", State::Resyncing, |kind| kind.listed = 12),
        "RESYNCING",
        "12 pods",
    );
    check(
        State::Reconnecting,
        kind("pods", State::Reconnecting, waiting),
        "RECONNECTING",
        "next try in 4 s",
    );
    check(
        State::Stale,
        kind("pods", State::Stale, waiting),
        "STALE",
        "since 09:43:03",
    );
    check(
        State::Failed,
        kind("pods", State::Failed, waiting),
        "FAILED",
        "next try in 4 s",
    );
}

#[test]
fn a_line_per_kind_says_attempt_next_try_and_reason() {
    let connection = connected(
        ConnectionState::Stale,
        vec![
            kind("nodes", ConnectionState::Live, |_| {}),
            kind("pods", ConnectionState::Stale, |kind| {
                kind.attempt = 3;
                kind.retry_in = Some(Duration::from_secs(4));
                kind.stale_since = Some(NOW);
                kind.problem = Some(gone());
            }),
        ],
    );
    let lines = connection::lines(&connection, 0);
    assert_eq!((lines[0].facts.as_str(), lines[0].reason.as_str()), ("", ""));
    assert_eq!(lines[1].facts, "attempt 3 · next try in 4 s · stale since 08:43:03");
    assert_eq!(lines[1].reason, "Nothing answers at this address.");
}

#[test]
fn a_problem_is_shown_once_and_not_while_it_passes() {
    let with_problem = |what, state| kind(what, state, |kind| kind.problem = Some(gone()));
    let both = vec![
        with_problem("nodes", ConnectionState::Stale),
        with_problem("pods", ConnectionState::Stale),
    ];
    let notes = connection::notes(&connected(ConnectionState::Stale, both));
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].whats, "nodes, pods");

    let passing = vec![with_problem("pods", ConnectionState::Reconnecting)];
    assert_eq!(
        connection::notes(&connected(ConnectionState::Reconnecting, passing)),
        []
    );
}

#[test]
fn each_state_has_its_scene() {
    use ConnectionState as State;
    let stale = |kind: &mut KindConnection| kind.stale_since = Some(NOW);
    let nothing = Progress {
        text: String::new(),
        percent: None,
    };
    for (state, is_blank, is_stale, expected) in [
        (State::Connecting, true, false, Scene::Loading(nothing.clone())),
        (State::Failed, true, false, Scene::Failed),
        (State::Live, true, false, Scene::Empty),
        (State::Live, false, false, Scene::Current),
        (State::Reconnecting, false, true, Scene::Current),
        (State::Reconnecting, true, true, Scene::Empty),
        (State::Stale, false, true, Scene::Stale("08:43:03".to_owned())),
        (State::Failed, false, false, Scene::Current),
    ] {
        let pods = kind("pods", state, |kind| {
            if is_stale {
                stale(kind)
            }
        });
        let connection = connected(state, vec![pods]);
        assert_eq!(
            connection::scene(&connection, is_blank, 0),
            expected,
            "{state:?}, blank: {is_blank}"
        );
    }
    let listing = kind("pods", State::Listing, |kind| {
        (kind.listed, kind.remaining) = (500, Some(1_500))
    });
    let progress = Progress {
        text: "500 of about 2,000 pods".to_owned(),
        percent: Some(25),
    };
    assert_eq!(
        connection::scene(&connected(State::Listing, vec![listing]), true, 0),
        Scene::Loading(progress)
    );
}

#[test]
fn the_snapshot_is_sorted_and_plain() {
    let cluster = Cluster::rebuild(
        [node("worker-10", &json!({})), node("worker-2", &json!({}))],
        [
            pod("web-2", Some("worker-2"), &waiting("CrashLoopBackOff", 3)),
            pod("web-1", Some("gone"), &json!({})),
            pod("new", None, &unschedulable("0/2 nodes are available.")),
        ],
    );
    let live = connected(ConnectionState::Live, vec![kind("pods", ConnectionState::Live, |_| {})]);
    let versions = ResourceVersions {
        nodes: ResourceVersion::new("41"),
        pods: vec![ResourceVersion::new("42")],
    };
    let snapshot = serde_json::to_value(Snapshot::of(&cluster, &live, &versions)).expect("plain JSON");
    let nodes: Vec<&Value> = snapshot["nodes"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(nodes, ["worker-10", "worker-2"]);
    assert_eq!(snapshot["nodes"][0]["status"], "Ready");
    let pods: Vec<&Value> = snapshot["pods"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(pods, ["new", "web-1", "web-2"]);
    assert_eq!(
        snapshot["pods"][2],
        json!({
            "namespace": "shop", "name": "web-2", "uid": "uid-of-web-2", "node": "worker-2",
            "status": "CrashLoopBackOff", "family": "failing", "ready": "0/1", "restarts": 3,
        })
    );
    assert_eq!(snapshot["pods"][0]["node"], Value::Null);
    assert_eq!(snapshot["pods"][1]["node"], "gone");
    assert_eq!(snapshot["connection"]["state"], "live");
    assert_eq!(snapshot["connection"]["kinds"][0]["what"], "pods");
    assert_eq!(snapshot["resourceVersion"], json!({ "nodes": "41", "pods": "42" }));
}
