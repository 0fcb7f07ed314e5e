//! What the page says of a cluster: cards, blocks, counters, tooltip, liveness and snapshot.

use std::{sync::Arc, time::Duration};

use k8bit::{
    bearer_token::TokenState,
    cluster::{Cluster, GroupBy, GroupKey},
    connection::{Connection, ConnectionProblem, ConnectionState, KindConnection, Remedy},
    resource::{
        Amounts, Node, Pod, Resource, ResourceVersion, SharedStr, Timestamp,
        metrics::{NodeMetrics, PodMetrics},
        status::{Family, Phase},
    },
    view::{
        Tone, Word,
        bar::Level,
        block::{self, Appearance, Glyph},
        block_style::BlockStyle,
        card::{self, Card, CardState, Tray},
        chip::Chip,
        connection::{self, LoadProgress, Scene},
        details,
        owner::Link,
        snapshot::{ResourceVersions, Snapshot},
        state::Subject,
        summary::Summary,
        tooltip::tooltip,
        workload_spread::{self, WorkloadSpread},
    },
};
use k8bit_informer::store::Change;
use serde_json::{Value, json};

/// 2026-11-23T08:43:03Z.
const NOW: Timestamp = Timestamp(1_795_423_383);

fn decode<K: Resource>(object: &Value) -> Arc<K> {
    Arc::new(K::decode(object.to_string().as_bytes(), &mut K::Interner::default()).expect("an object of the test"))
}

/// A node that is `Ready`, with changes merged into it.
fn node(name: &str, changes: &Value) -> Arc<Node> {
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
fn pod(name: &str, node: Option<&str>, changes: &Value) -> Arc<Pod> {
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
            Appearance::of(&pod),
            Appearance {
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
fn a_chip_says_what_is_not_as_it_should_be() {
    #[track_caller]
    fn check(node: Option<&str>, changes: &Value, facts: &str, why: Option<(Tone, &str)>) {
        let chip = Chip::of(&pod("web-1", node, changes), BlockStyle::default(), NOW);
        let said = chip.why.as_ref().map(|why| (why.tone, why.text.as_str()));
        let facts_and_age = format!("{} · {}", chip.facts, chip.age);
        assert_eq!((facts_and_age.as_str(), said), (facts, why));
        assert_eq!((chip.namespace.as_str(), chip.name.as_str()), ("shop/", "web-1"));
        let words = why.map(|(_, text)| format!(". {text}")).unwrap_or_default();
        assert!(chip.label.ends_with(&words), "{}", chip.label);
    }
    let a = Some("a");
    check(a, &json!({}), "1/1 · 43m", None);
    let mut crash = waiting("CrashLoopBackOff", 14);
    crash["status"]["containerStatuses"][0]["state"]["waiting"]["message"] =
        json!("back-off 40s restarting failed container=web pod=web-1_shop(u)");
    check(
        a,
        &crash,
        "0/1 ×14 · 43m",
        Some((
            Tone::Bad,
            "CrashLoopBackOff: back-off 40s restarting failed container=web",
        )),
    );
    check(a, &not_ready(), "1/2 · 43m", Some((Tone::Warning, "Not ready")));
    let mut lagging = not_ready();
    let ready = json!({
        "type": "Ready", "status": "False", "reason": "ContainersNotReady",
        "lastTransitionTime": "2026-11-23T08:41:03Z", "message": "containers with unready status: [proxy log]",
    });
    lagging["status"]["conditions"] = json!([ready]);
    let named = Some((Tone::Warning, "Not ready for 2 min: proxy, log"));
    check(a, &lagging, "1/2 · 43m", named);
    check(a, &initializing(1, 4), "0/1 · 43m", Some((Tone::Warning, "Init:1/4")));
    let message = "0/3 nodes are available.";
    let no_node = Some((Tone::Warning, "Unschedulable: 0/3 nodes are available."));
    check(None, &unschedulable(message), "0/1 · 43m", no_node);
    let terminating = json!({ "metadata": { "deletionTimestamp": "2026-11-23T08:43:33Z" } });
    let leaving = Some((Tone::Quiet, "Terminating: the grace period ends in 30 s."));
    check(a, &terminating, "1/1 · 43m", leaving);
    let status = |restarts: u32| {
        json!({ "status": { "containerStatuses": [{
            "name": "web", "ready": true, "restartCount": restarts, "state": { "running": {} },
            "lastState": { "terminated": { "exitCode": 1, "finishedAt": "2026-11-23T08:38:03Z" } },
        }] } })
    };
    let restarted = Some((Tone::Warning, "Restarted 5 min ago"));
    check(a, &status(3), "1/1 ×3 · 43m", restarted);
    let over = json!({ "terminated": { "exitCode": 0, "reason": "Completed" } });
    let done = json!({ "status": { "phase": "Succeeded", "containerStatuses": [
        { "name": "web", "ready": false, "restartCount": 0, "state": over },
    ] } });
    check(a, &done, "0/1 · 43m", Some((Tone::Quiet, "Completed")));
    let stays = "Evicted: The node was low on resource: memory. <img src=x onerror=alert(1)>";
    check(a, &evicted(), "0/1 · 43m", Some((Tone::Quiet, stays)));
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
    fn check(node: Option<Arc<Node>>, state: CardState, status: &str, words: &[(Tone, &str)], label: &str) {
        let pods = [pod("web-1", Some("a"), &json!({})), pod("web-2", Some("a"), &json!({}))];
        let cluster = Cluster::rebuild(node, pods);
        let pod_group = cluster
            .pod_group(&GroupKey::Node("a".into()))
            .expect("pods make a place");
        let card = Card::of(&cluster, pod_group, NOW);
        assert_eq!(
            (card.state, card.status.as_str(), card.label.as_str()),
            (state, status, label)
        );
        let found: Vec<(Tone, &str)> = card.words.iter().map(|word| (word.tone, word.text.as_str())).collect();
        assert_eq!(found, words);
        assert_eq!(
            card::ticks(pod_group),
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
        &[(Tone::Bad, "NotReady 4 min")],
        "node a, NotReady, 2 of 10 pods, NotReady 4 min",
    );
    check(
        changed(json!({ "status": { "conditions": [condition("Ready", "Unknown")] } })),
        CardState::Unknown,
        "NotReady",
        &[(Tone::Bad, "NotReady 4 min"), (Tone::Bad, "unreachable")],
        "node a, NotReady, 2 of 10 pods, NotReady 4 min, unreachable",
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
    let pod_group = cluster
        .pod_group(&GroupKey::Node("a".into()))
        .expect("pods make a place");
    let card = Card::of(&cluster, pod_group, NOW);
    assert_eq!((card.state, card.status.as_str()), (CardState::Assumed, "Unknown"));
    assert_eq!(card.words, []);
    assert_eq!(card.bars.map(|bar| bar.level()), [Level::Unknown; 2]);
}

#[test]
fn a_card_shows_traits_and_whether_it_is_crowded() {
    for (count, is_crowded) in [(4, false), (8, false), (9, true), (10, true)] {
        let pods = (0..count).map(|index| pod(&format!("web-{index}"), Some("a"), &json!({})));
        let cluster = Cluster::rebuild([node("a", &json!({}))], pods);
        let card = Card::of(&cluster, cluster.groups().next().expect("a node"), NOW);
        assert_eq!(card.traits, "m5.xlarge · eu-1a");
        assert_eq!((card.pods, card.allocatable), (Some(count), Some(10)));
        assert_eq!(card.is_crowded(), is_crowded, "{count} pods");
    }

    let labels = json!({ "metadata": { "labels": { "node-role.kubernetes.io/control-plane": "" } } });
    let cluster = Cluster::rebuild([node("a", &labels)], []);
    let card = Card::of(&cluster, cluster.groups().next().expect("a node"), NOW);
    assert_eq!(card.traits, "control-plane · m5.xlarge · eu-1a");
}

/// A pod on the node `a` in a phase, one container of which requests this much.
fn requesting(name: &str, phase: &str, cpu: &str, memory: &str) -> Arc<Pod> {
    let requests = json!({ "requests": { "cpu": cpu, "memory": memory } });
    let spec = json!({ "containers": [{ "name": "web", "resources": requests }] });
    pod(
        name,
        Some("a"),
        &json!({ "spec": spec, "status": { "phase": phase, "containerStatuses": [] } }),
    )
}

#[test]
fn bars_count_every_pod_that_has_not_ended() {
    let allocatable = json!({ "status": { "allocatable": { "cpu": "15800m", "memory": "64Gi" } } });
    let pods = [
        requesting("web-1", "Running", "4", "16Gi"),
        requesting("web-2", "Pending", "2800m", "1Gi"),
        requesting("batch-1", "Succeeded", "8", "32Gi"),
        requesting("batch-2", "Failed", "8", "32Gi"),
    ];
    let cluster = Cluster::rebuild([node("a", &allocatable)], pods);
    let card = Card::of(&cluster, cluster.groups().next().expect("a node"), NOW);
    assert_eq!(
        card.bars.map(|bar| bar.sentence()),
        ["6.8 of 15.8 cores requested (43%)", "17Gi of 64Gi requested (26%)"]
    );
    assert_eq!(card.bars.map(|bar| bar.level()), [Level::Usual; 2]);
}

#[test]
fn usage_fills_the_bars_of_the_nodes_whose_usage_changed() {
    let allocatable = json!({ "status": { "allocatable": { "cpu": "4", "memory": "16Gi" } } });
    let mut cluster = Cluster::rebuild(["a", "b"].map(|name| node(name, &allocatable)), []);
    cluster.take_dirty();
    let metrics = |name: &str, cpu_millis| NodeMetrics {
        name: name.into(),
        usage: Amounts {
            cpu_millis,
            memory_bytes: 8 << 30,
        },
        measured: None,
    };
    let mut learn = |list: Vec<NodeMetrics>, dirty: &[&str], sentence: &str| {
        cluster.update_usage(|usage| usage.set_nodes(list));
        let groups: Vec<GroupKey> = dirty.iter().map(|name| GroupKey::Node((*name).into())).collect();
        assert_eq!(cluster.take_dirty().groups, groups);
        let card = Card::of(&cluster, cluster.groups().next().expect("a node"), NOW);
        assert_eq!(card.bars[0].sentence(), sentence);
    };
    let both = || vec![metrics("a", 3_700), metrics("b", 100), metrics("gone", 1)];
    learn(both(), &["a", "b"], "0 of 4 cores requested (0%), 3.7 used (92%)");
    learn(both(), &[], "0 of 4 cores requested (0%), 3.7 used (92%)");
    learn(
        vec![metrics("a", 3_700), metrics("b", 200)],
        &["b"],
        "0 of 4 cores requested (0%), 3.7 used (92%)",
    );
    learn(Vec::new(), &["a", "b"], "0 of 4 cores requested (0%)");
}

#[test]
fn cordons_pressures_and_taints_are_told_apart() {
    #[track_caller]
    fn check(taints: &[(&str, &str)], conditions: &[&str], words: &[(Tone, &str)]) {
        let taints: Vec<Value> = taints
            .iter()
            .map(|(key, effect)| json!({ "key": key, "effect": effect }))
            .collect();
        let ready = condition("Ready", "True");
        let conditions = conditions.iter().map(|kind| condition(kind, "True"));
        let conditions: Vec<Value> = conditions.chain([ready]).collect();
        let changes = json!({ "spec": { "taints": taints }, "status": { "conditions": conditions } });
        let cluster = Cluster::rebuild([node("a", &changes)], []);
        let card = Card::of(&cluster, cluster.groups().next().expect("a node"), NOW);
        let found: Vec<(Tone, &str)> = card.words.iter().map(|word| (word.tone, word.text.as_str())).collect();
        assert_eq!(found, words);
    }
    check(&[("gpu", "NoSchedule")], &[], &[(Tone::Quiet, "1 taint")]);
    check(
        &[("gpu", "NoSchedule"), ("spot", "NoExecute")],
        &["DiskPressure"],
        &[(Tone::Warning, "DiskPressure"), (Tone::Quiet, "2 taints")],
    );
    check(
        &[("node.kubernetes.io/memory-pressure", "NoSchedule")],
        &["MemoryPressure", "PIDPressure", "NetworkUnavailable"],
        &[
            (Tone::Warning, "Memory+PIDPressure"),
            (Tone::Warning, "NetworkUnavailable"),
        ],
    );
    check(
        &[("node.kubernetes.io/out-of-service", "NoExecute")],
        &[],
        &[(Tone::Warning, "out of service")],
    );
    // The only sign of something: nothing else says it.
    check(
        &[("node.kubernetes.io/not-ready", "NoExecute"), ("gpu", "NoSchedule")],
        &[],
        &[(Tone::Warning, "tainted not-ready"), (Tone::Quiet, "1 taint")],
    );
    check(
        &[("node.kubernetes.io/unschedulable", "NoSchedule")],
        &[],
        &[(Tone::Warning, "tainted unschedulable")],
    );
    check(
        &[("ToBeDeletedByClusterAutoscaler", "NoSchedule")],
        &[],
        &[(Tone::Warning, "being removed by the autoscaler")],
    );
    check(
        &[("node.kubernetes.io/memory-contention-pressure", "NoSchedule")],
        &["SystemMemoryContentionPressure"],
        &[(Tone::Warning, "SystemMemoryContentionPressure")],
    );
    check(
        &[],
        &[
            "DrainInProgress",
            "KernelDeadlock",
            "StorageReady",
            "example.com/Blessed",
        ],
        &[(Tone::Warning, "KernelDeadlock"), (Tone::Warning, "DrainInProgress")],
    );
}

#[test]
fn a_node_that_is_being_deleted_says_so() {
    let changes = json!({ "metadata": { "deletionTimestamp": "2026-11-23T08:40:00Z", "finalizers": ["karpenter.sh/termination"] } });
    let cluster = Cluster::rebuild([node("a", &changes)], []);
    let card = Card::of(&cluster, cluster.groups().next().expect("a node"), NOW);
    assert_eq!(card.words, [Word::new(Tone::Warning, "being deleted")]);
}

#[test]
fn pods_that_have_ended_are_not_counted_against_a_node() {
    let pods = (0..9).map(|index| pod(&format!("web-{index}"), Some("a"), &json!({})));
    let done = (0..6).map(|index| {
        pod(
            &format!("job-{index}"),
            Some("a"),
            &json!({ "status": { "phase": "Succeeded" } }),
        )
    });
    let allocatable = json!({ "status": { "allocatable": { "pods": "20" } } });
    let cluster = Cluster::rebuild([node("a", &allocatable)], pods.chain(done));
    let pod_group = cluster.groups().next().expect("a node");
    let card = Card::of(&cluster, pod_group, NOW);
    assert_eq!((card.pods, card.is_crowded()), (Some(9), false));
    assert_eq!(card.label, "node a, Ready, 9 of 20 pods");
    let fact = details::pods_of(&cluster, pod_group);
    let parts: Vec<&str> = fact.parts.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(parts, ["9 of 20", "6 done", "9 healthy"]);
    let pods = tooltip(&cluster, &Subject::Node("a".into()), NOW).expect("the node is there");
    let pods = pods.facts.iter().find(|fact| fact.column == "PODS").expect("its pods");
    assert_eq!(pods.value, "9 of 20");
}

#[test]
fn one_pod_is_no_plural() {
    let cluster = Cluster::rebuild([], [pod("web-1", Some("a"), &json!({}))]);
    let card = Card::of(&cluster, cluster.groups().next().expect("a box"), NOW);
    assert_eq!(card.label, "node a, Ghost, 1 pod, no such node");
}

#[test]
fn a_workload_that_is_guessed_is_marked() {
    let mut cluster = Cluster::rebuild(
        [],
        [replica("web-1", None, "5d4", true), replica("lone", None, "", true)],
    );
    cluster.show(GroupBy::Workload);
    let cards: Vec<Card> = cluster
        .shown()
        .groups()
        .map(|pod_group| Card::of(&cluster, pod_group, NOW))
        .collect();
    let told: Vec<(&str, &str)> = cards
        .iter()
        .map(|card| (card.traits.as_str(), card.label.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("Deployment? · shop", "Deployment web in shop (as names suggest), 1 pod"),
            ("ReplicaSet · shop", "ReplicaSet web- in shop, 1 pod"),
        ]
    );
}

#[test]
fn the_tray_gives_a_reason_only_of_the_pods_that_have_it() {
    let check = |messages: &[&str], expected: &str| {
        let pods = messages.iter().enumerate().map(|(index, message)| {
            let changes = if message.is_empty() {
                json!({})
            } else {
                unschedulable(message)
            };
            pod(&format!("pod-{index}"), None, &changes)
        });
        let tray = Tray::of(&Cluster::rebuild([], pods));
        let pods = u32::try_from(messages.len()).ok();
        assert_eq!((tray.pods, tray.reason.as_str()), (pods, expected));
    };
    check(&["Insufficient cpu.", "Insufficient cpu."], "Insufficient cpu.");
    check(
        &["Insufficient cpu.", "Insufficient memory.", "Insufficient memory."],
        "2 pods: Insufficient memory. · 1 pod: Insufficient cpu.",
    );
    check(&["Gated.", ""], "1 pod: Gated. · 1 pod: no message");
    check(&["", ""], "");
    check(
        &["a", "b", "c", "d", "e", "d"],
        "2 pods: d · 1 pod: a · 1 pod: b · 2 pods: other messages",
    );
    let many = vec!["Insufficient cpu."; 300];
    check(&many, "256 pods: Insufficient cpu. · 44 pods: not compared");
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
        Change::Added(Arc::clone(&born)),
        Change::Added(pod("web-5", Some("a"), &json!({}))),
        Change::Deleted(born),
    ];
    cluster.apply_pods(&changes, NOW);
    let summary = Summary::of(&cluster, NOW);
    assert_eq!(summary.recent, "+2 created, 1 deleted in the last minute");
    assert_eq!((summary.nodes, summary.pods), (Some(2), Some(4)));
    let words: Vec<&str> = summary.node_words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["2 ready", "1 cordoned"]);
    assert_eq!(summary.pods_note(), "");
    assert_eq!(
        Some(summary.families.iter().map(|(_, pods)| pods).sum::<u32>()),
        summary.pods
    );

    assert_eq!(summary.over, 0);

    let later = Timestamp(NOW.0 + 120);
    assert_eq!(
        Summary::of(&cluster, later).recent,
        "none created or deleted in the last minute"
    );
}

#[test]
fn of_a_minute_that_was_not_heard_as_a_whole_no_more_is_said_than_what_was_heard() {
    let mut cluster = Cluster::default();
    cluster.apply_pods(&[Change::Listed(pod("web-1", None, &json!({})))], NOW);
    let recent = |cluster: &Cluster, seconds: i64| Summary::of(cluster, Timestamp(NOW.0 + seconds)).recent;
    assert_eq!(recent(&cluster, 0), "recent changes not known");
    cluster.set_heard(true, true, NOW);
    assert_eq!(recent(&cluster, 0), "none created or deleted in the last second");
    assert_eq!(recent(&cluster, 12), "none created or deleted in the last 12 s");
    cluster.apply_pods(&[Change::Added(pod("web-2", None, &json!({})))], Timestamp(NOW.0 + 20));
    assert_eq!(recent(&cluster, 21), "+1 created in the last 21 s");
    assert_eq!(recent(&cluster, 60), "+1 created in the last minute");
    cluster.set_heard(false, false, Timestamp(NOW.0 + 60));
    assert_eq!(recent(&cluster, 61), "recent changes not known");
}

#[test]
fn nobody_is_calm_about_what_is_not_known() {
    let cluster = Cluster::rebuild([node("a", &json!({}))], [pod("web-1", Some("a"), &json!({}))]);
    let summary = Summary::of(&cluster, NOW);
    let stale = Scene::Stale("08:43:03".to_owned());
    for (scene, words, may_be_calm) in [
        (Scene::Current, "Nothing is wrong.", true),
        (stale.clone(), "Nothing was wrong as of 08:43:03.", false),
        (Scene::Failed, "Nothing is wrong.", false),
    ] {
        assert_eq!(summary.may_be_calm(&scene), may_be_calm, "{scene:?}");
        if scene != Scene::Failed {
            assert_eq!(summary.calm_words(&scene), words);
        }
    }
    let mut without_nodes = Cluster::default();
    without_nodes.apply_pods(&[Change::Listed(pod("web-1", Some("a"), &json!({})))], NOW);
    let summary = Summary::of(&without_nodes, NOW);
    assert!(!summary.may_be_calm(&Scene::Current));
    assert_eq!(
        summary.calm_words(&stale),
        "Nothing was wrong with the pods as of 08:43:03; the nodes are unknown."
    );
}

#[test]
fn the_tooltip_has_kubectls_columns_and_the_reason() {
    let failing = pod("web-1", Some("a"), &waiting("CrashLoopBackOff", 3));
    let cluster = Cluster::rebuild([node("a", &json!({}))], [Arc::clone(&failing)]);

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

    // What it requests and uses, as far as there is something to say.
    let hungry = requesting("web-2", "Running", "300m", "0");
    let mut fed = Cluster::rebuild([node("a", &json!({}))], [Arc::clone(&hungry)]);
    let usage = PodMetrics {
        key: hungry.meta.key.clone(),
        usage: Amounts {
            cpu_millis: 12,
            memory_bytes: 251 << 20,
        },
        measured: None,
    };
    let amounts = |cluster: &Cluster| {
        let found = tooltip(cluster, &Subject::Pod(hungry.meta.key.clone()), NOW).expect("the pod is there");
        let facts = found.facts.into_iter().skip(5);
        facts
            .map(|fact| format!("{} {}", fact.column, fact.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(amounts(&fed), ["CPU 0.3 cores requested"]);
    fed.update_usage(|known| known.set_pods(None, vec![usage]));
    assert_eq!(
        amounts(&fed),
        ["CPU 0.3 cores requested, 0.01 used", "MEMORY 0 requested, 251Mi used"]
    );

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
            ("CPU", "0 cores requested"),
            ("MEMORY", "0 requested"),
        ]
    );
    assert_eq!(found.message, "1 failing");
    assert_eq!(tooltip(&cluster, &Subject::Node(SharedStr::new("b")), NOW), None);
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

fn gone() -> ConnectionProblem {
    ConnectionProblem {
        sentence: "Nothing answers at this address.".to_owned(),
        advice: "Start `kubectl proxy --www=dist` again.".to_owned(),
        detail: "TypeError: Failed to fetch".to_owned(),
        remedy: None,
    }
}

fn connected(state: ConnectionState, kinds: Vec<KindConnection>) -> Connection {
    Connection {
        state,
        kinds,
        events_per_second: 1_063,
        browser_clock_ahead: 0,
        wants_login: false,
        token: TokenState::Unused,
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

    let mut passing = vec![with_problem("pods", ConnectionState::Reconnecting)];
    assert_eq!(
        connection::notes(&connected(ConnectionState::Reconnecting, passing.clone())),
        []
    );
    // But what waits for the user is.
    passing[0].problem = Some(ConnectionProblem {
        remedy: Some(Remedy::SignIn),
        ..gone()
    });
    let notes = connection::notes(&connected(ConnectionState::Reconnecting, passing));
    assert_eq!(notes.len(), 1);
}

#[test]
fn an_expired_login_is_said_once_also_while_the_watches_go_on() {
    let mut live = connected(ConnectionState::Live, vec![kind("pods", ConnectionState::Live, |_| {})]);
    assert_eq!(connection::notes(&live), []);
    live.wants_login = true;
    let notes = connection::notes(&live);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].problem.remedy, Some(Remedy::SignIn));
    assert!(notes[0].problem.sentence.starts_with("Sign in again"), "{notes:?}");

    let mut lost = connected(
        ConnectionState::Stale,
        vec![kind("pods", ConnectionState::Stale, |kind| {
            kind.problem = Some(ConnectionProblem {
                remedy: Some(Remedy::SignIn),
                ..gone()
            });
        })],
    );
    lost.wants_login = true;
    assert_eq!(connection::notes(&lost).len(), 1);
}

/// Where the page carries the user's token, 401 means another token, and not that a proxy wants a login.
#[test]
fn a_token_that_is_not_accepted_is_asked_for_again() {
    let refused = |what| {
        kind(what, ConnectionState::Stale, |kind| {
            kind.problem = Some(ConnectionProblem {
                remedy: Some(Remedy::Credentials),
                ..gone()
            });
        })
    };
    let lost = connected(ConnectionState::Stale, vec![refused("nodes"), refused("pods")]);
    for (token, sentence, is_asked) in [
        (TokenState::Unused, "Nothing answers at this address.", false),
        (TokenState::Missing, "Enter a token: this page reads", true),
        (
            TokenState::Unproven,
            "The API server did not accept the previous token.",
            false,
        ),
        (
            TokenState::Refused,
            "Enter another token: the API server does not accept this one.",
            true,
        ),
        (
            TokenState::Expired,
            "Enter a new token: the API server no longer accepts the previous one.",
            true,
        ),
    ] {
        let notes = connection::notes(&lost.clone().with_token(token));
        let [note] = &notes[..] else {
            panic!("{token:?}: {notes:?}")
        };
        assert!(note.problem.sentence.starts_with(sentence), "{token:?}: {note:?}");
        let remedy = note.problem.remedy.map(Remedy::label);
        let expected = match token {
            TokenState::Unused => Some("Sign in again"),
            _ => is_asked.then_some("Enter a token"),
        };
        assert_eq!(remedy, expected, "{token:?}");
    }
    // What else is wrong stays what it is.
    let other = connected(
        ConnectionState::Stale,
        vec![kind("pods", ConnectionState::Stale, |kind| {
            kind.problem = Some(ConnectionProblem {
                remedy: Some(Remedy::SignIn),
                ..gone()
            });
        })],
    );
    let notes = connection::notes(&other.with_token(TokenState::Accepted));
    assert_eq!(notes[0].problem.remedy, Some(Remedy::SignIn));

    // While the watches go on, it is said once that nothing else does.
    let live = connected(ConnectionState::Live, vec![kind("pods", ConnectionState::Live, |_| {})]);
    for (token, notes) in [
        (TokenState::Unused, 0),
        (TokenState::Unproven, 0),
        (TokenState::Accepted, 0),
        (TokenState::Expired, 1),
    ] {
        let noted = connection::notes(&live.clone().with_token(token));
        assert_eq!(noted.len(), notes, "{noted:?}");
        assert!(
            noted.iter().all(|note| note.problem.remedy == Some(Remedy::EnterToken)),
            "{noted:?}"
        );
    }
}

#[test]
fn clocks_that_differ_are_mentioned_and_from_half_a_minute_on_warned_of() {
    #[track_caller]
    fn check(ahead: i64, line: &str, notes: usize) {
        let connection = Connection {
            browser_clock_ahead: ahead,
            ..connected(ConnectionState::Live, vec![kind("pods", ConnectionState::Live, |_| {})])
        };
        assert_eq!(connection::clock_line(&connection), line);
        let noted = connection::notes(&connection);
        assert_eq!(noted.len(), notes, "{noted:?}");
        if let [note] = &noted[..] {
            assert!(line.starts_with(&note.problem.sentence), "{note:?}");
            assert_eq!(note.tone, Tone::Warning);
        }
    }
    check(0, "", 0);
    check(-1, "", 0);
    check(
        5,
        "This computer's clock is 5 s ahead of the cluster's. Ages and times on this page follow the cluster's clock.",
        0,
    );
    check(
        600,
        "This computer's clock is 10 min ahead of the cluster's. Ages and times on this page follow the cluster's clock.",
        1,
    );
    check(
        -3_660,
        "This computer's clock is 1 h 1 min behind the cluster's. Ages and times on this page follow the cluster's clock.",
        1,
    );
}

#[test]
fn each_state_has_its_scene() {
    use ConnectionState as State;
    let stale = |kind: &mut KindConnection| {
        kind.stale_since = Some(NOW);
        kind.is_stale = !matches!(kind.state, State::Reconnecting);
    };
    let nothing = LoadProgress {
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
        // It is unknown whether the cluster is still empty.
        (State::Stale, true, true, Scene::Stale("08:43:03".to_owned())),
        // A new list that takes its time.
        (State::Resyncing, false, true, Scene::Stale("08:43:03".to_owned())),
        (State::Resyncing, false, false, Scene::Current),
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
    let progress = LoadProgress {
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

/// A pod of a ReplicaSet of the Deployment `web`.
fn replica(name: &str, node: Option<&str>, hash: &str, ready: bool) -> Arc<Pod> {
    pod(
        name,
        node,
        &json!({
            "metadata": {
                "labels": { "pod-template-hash": hash },
                "ownerReferences": [{ "kind": "ReplicaSet", "name": format!("web-{hash}"), "controller": true }],
            },
            "status": { "containerStatuses": [
                { "name": "web", "ready": ready, "restartCount": 0, "state": { "running": {} } },
            ] },
        }),
    )
}

#[test]
fn a_workload_is_found_over_the_whole_cluster() {
    let zone = |zone: &str| json!({ "metadata": { "labels": { "topology.kubernetes.io/zone": zone } } });
    let nodes = [
        node("a", &zone("eu-1a")),
        node("b", &zone("eu-1a")),
        node("c", &zone("eu-1b")),
    ];
    let elsewhere = json!({
        "metadata": { "namespace": "other", "labels": { "pod-template-hash": "5d4" },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": "web-5d4", "controller": true }] },
    });
    let evicted = {
        let mut evicted = (*replica("web-5d4-e", Some("a"), "5d4", false)).clone();
        evicted.phase = Phase::Failed;
        Arc::new(evicted)
    };
    let pods = [
        replica("web-5d4-a", Some("a"), "5d4", true),
        replica("web-5d4-b", Some("b"), "5d4", true),
        replica("web-6e5-c", Some("c"), "6e5", true),
        replica("web-6e5-d", Some("c"), "6e5", false),
        replica("web-6e5-e", None, "6e5", false),
        evicted,
        pod("web-5d4-f", Some("b"), &elsewhere),
        pod("bare", Some("a"), &json!({})),
    ];
    let chosen = Arc::clone(&pods[2]);
    let bare = pods[7].meta.key.clone();
    let cluster = Cluster::rebuild(nodes, pods);
    let spread = WorkloadSpread::of(&cluster, &chosen.meta.key).expect("it has an owner");
    assert_eq!((spread.kind.as_str(), spread.name.as_str()), ("Deployment", "web"));
    // A guess is marked until the controller has been read.
    let link = |kind: &str, is_certain: bool| Link {
        kind: kind.to_owned(),
        api_version: "apps/v1".to_owned(),
        name: "web".to_owned(),
        uid: String::new(),
        is_certain,
    };
    assert_eq!(spread.heading(&[]), "web?");
    assert_eq!(
        spread.heading(&[link("Deployment", false), link("ReplicaSet", true)]),
        "web?"
    );
    assert_eq!(spread.heading(&[link("Deployment", true)]), "web");
    assert_eq!(
        spread.sentence(),
        "3 of 5 ready over 3 nodes, 2 zones, 1 not scheduled, 1 ended"
    );
    let mut names: Vec<&str> = workload_spread::siblings(&cluster, &chosen)
        .map(|pod| pod.meta.key.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "web-5d4-a",
            "web-5d4-b",
            "web-5d4-e",
            "web-6e5-c",
            "web-6e5-d",
            "web-6e5-e"
        ]
    );

    // Nobody controls it: it stands alone.
    assert_eq!(WorkloadSpread::of(&cluster, &bare), None);
    let (_, _, bare) = cluster.pod(&bare).expect("it is there");
    assert_eq!(workload_spread::siblings(&cluster, bare).count(), 1);
}

#[test]
fn a_spread_leaves_out_what_says_nothing() {
    let spread = |pods, ready, finished, nodes, zones, unscheduled| WorkloadSpread {
        pods,
        ready,
        finished,
        nodes,
        zones,
        unscheduled,
        ..WorkloadSpread::default()
    };
    for (spread, sentence) in [
        (spread(12, 12, 0, 5, 3, 0), "12 of 12 ready over 5 nodes, 3 zones"),
        (spread(1, 1, 0, 1, 1, 0), "1 of 1 ready over 1 node, 1 zone"),
        (spread(1, 0, 0, 1, 0, 0), "0 of 1 ready over 1 node"),
        (spread(2, 0, 0, 0, 0, 2), "0 of 2 ready, 2 not scheduled"),
        (spread(0, 0, 7, 0, 0, 0), "7 ended"),
    ] {
        assert_eq!(spread.sentence(), sentence);
    }
}
