//! Objects written by somebody who wants the page to show something else than there is: whatever the page says of them, no
//! character is hidden and none changes the order of others.

use std::{fmt::Debug, sync::Arc};

use k8bit::{
    cluster::{Cluster, Filter, GroupKey},
    metrics::Usage,
    resource::{Node, Pod, Resource, Timestamp},
    view::{
        api_error::ApiError,
        arrange, block,
        card::{Card, Tray},
        color::{ColorContext, Legend},
        details::{self, Fact, Overview},
        direction::WalkDirection,
        explain, find,
        problems::{self, ProblemScope},
        query::{Query, QueryError, suggest},
        state::{Color, Group, Subject},
        tooltip::tooltip,
        workload_spread::WorkloadSpread,
        yaml,
    },
};
use serde_json::{Value, json};

/// 2026-11-23T08:43:03Z.
const NOW: Timestamp = Timestamp(1_795_423_383);

/// Turns the rest of a line around.
const TRICK: char = '\u{202e}';

/// Appends the trick to every text but those that say what the object is, and to every key that is a name.
fn tricked(value: &Value) -> Value {
    const KEPT: &[&str] = &[
        "apiVersion",
        "kind",
        "phase",
        "status",
        "qosClass",
        "restartPolicy",
        "operator",
        "creationTimestamp",
        "startedAt",
        "finishedAt",
        "lastTransitionTime",
        "uid",
        "cpu",
        "memory",
    ];
    match value {
        Value::String(text) => json!(format!("{text}{TRICK}")),
        Value::Array(items) => items.iter().map(tricked).collect(),
        Value::Object(fields) => {
            let entries = fields.iter().map(|(key, value)| match value {
                Value::String(_) if KEPT.contains(&key.as_str()) => (key.clone(), value.clone()),
                // What there is a meaning for.
                Value::String(text) if key == "type" && text != "Own" => (key.clone(), value.clone()),
                // A label, a resource.
                _ if key.contains('/') => (format!("{key}{TRICK}"), tricked(value)),
                _ => (key.clone(), tricked(value)),
            });
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

fn pod() -> Value {
    tricked(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "namespace": "shop", "name": "web-1", "uid": "1", "creationTimestamp": "2026-11-23T08:00:00Z",
            "labels": {"app": "web", "example.com/team": "shop"}, "finalizers": ["example.com/keep"],
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true}],
        },
        "spec": {
            "nodeName": "worker-1", "schedulerName": "mine", "priorityClassName": "high", "serviceAccountName": "web",
            "schedulingGates": [{"name": "example.com/gate"}],
            "tolerations": [{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}],
            "containers": [{
                "name": "app", "image": "registry.example/web:1", "ports": [{"containerPort": 80, "name": "http", "protocol": "SCTP"}],
                "resources": {"limits": {"cpu": "1", "example.com/gpu": "2"}},
            }],
        },
        "status": {
            "phase": "Running", "qosClass": "Burstable", "reason": "Reason", "message": "A message.", "podIP": "10.0.0.7", "hostIP": "10.0.0.1",
            "nominatedNodeName": "worker-2",
            "conditions": [
                {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "not ready: [app]"},
                {"type": "Own", "status": "True"},
                {"type": "PodScheduled", "status": "False", "reason": "Why", "message": "0/3 nodes are available"},
            ],
            "containerStatuses": [{
                "name": "app", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "Waiting", "message": "back-off"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Because", "message": "last words", "finishedAt": "2026-11-23T08:40:00Z"}},
            }],
        },
    }))
}

fn node() -> Value {
    tricked(&json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": "worker-1", "uid": "2", "creationTimestamp": "2026-11-11T08:43:03Z",
            "labels": {"example.com/pool": "blue"},
        },
        "spec": {
            "taints": [{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}], "podCIDR": "10.0.0.0/24", "providerID": "aws:///x",
        },
        "status": {
            "capacity": {"cpu": "4", "memory": "16Gi", "example.com/gpu": "2"}, "allocatable": {"cpu": "4", "memory": "16Gi", "example.com/gpu": "2"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "conditions": [
                {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "runtime is down", "lastTransitionTime": "2026-11-23T08:39:00Z"},
                {"type": "MemoryPressure", "status": "True", "reason": "Why", "message": "memory is short"},
            ],
            "nodeInfo": {"kubeletVersion": "v1.36.2", "osImage": "Linux", "kernelVersion": "6", "containerRuntimeVersion": "containerd://2"},
        },
    }))
}

fn decode<K: Resource>(object: &Value) -> Arc<K> {
    Arc::new(K::decode(object.to_string().as_bytes(), &mut K::Interner::default()).expect("an object of the test"))
}

/// Fails where something holds the trick.
#[track_caller]
fn check(shown: &impl Debug) {
    let shown = format!("{shown:#?}");
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("\\u{202e}")).collect();
    assert!(lines.is_empty(), "these are not written out: {lines:#?}");
}

#[track_caller]
fn check_facts(facts: &[Fact]) {
    for part in facts.iter().flat_map(|fact| &fact.parts) {
        check(&part.text);
    }
}

#[track_caller]
fn check_overview(overview: &Overview, told: &[&str]) {
    check(overview);
    let all = format!("{overview:?}");
    for told in told {
        assert!(all.contains(told), "{told} is shown, and written out: {all}");
    }
}

#[test]
fn the_details_show_what_there_is() {
    check_overview(
        &details::pod(&pod()),
        &[
            "registry.example/web:1<U+202E>",
            "app<U+202E>",
            "example.com/team<U+202E>",
            "shop<U+202E>",
            "not ready: [app]<U+202E>",
            "example.com/gpu<U+202E> 2<U+202E>",
            "dedicated<U+202E>",
            "http<U+202E>",
            "A message.<U+202E>",
            "Own<U+202E>",
        ],
    );
    check_overview(
        &details::node(&node()),
        &[
            "gpu<U+202E>:NoSchedule<U+202E>",
            "runtime is down<U+202E>",
            "example.com/gpu<U+202E>",
            "blue<U+202E>",
            "Linux<U+202E>",
        ],
    );
    // Escaped, so that it reads back as the same object.
    for object in [pod(), node()] {
        let text = yaml::of_object(&object);
        assert!(
            text.contains("web-1\\u202E\"") || text.contains("worker-1\\u202E\""),
            "{text}"
        );
        assert!(!text.contains(TRICK));
        assert_eq!(serde_norway::from_str::<Value>(&text).expect("YAML"), object);
    }
}

#[test]
fn explanations_quote_what_there_is() {
    let mut quoted = String::new();
    let mut explain = |change: &dyn Fn(&mut Value)| {
        let mut pod = pod();
        change(&mut pod);
        let explanation = explain::pod(&pod, NOW);
        check(&explanation);
        quoted.push_str(&format!("{} {} ", explanation.title, explanation.text));
    };
    explain(&|_| {});
    explain(&|pod| pod["status"]["phase"] = json!("Failed"));
    explain(&|pod| pod["status"]["phase"] = json!("Unknown"));
    explain(&|pod| pod["metadata"]["deletionTimestamp"] = json!("2026-11-23T08:00:00Z"));
    explain(&|pod| pod["spec"]["nodeName"] = Value::Null);
    explain(&|pod| {
        pod["spec"]["nodeName"] = Value::Null;
        pod["spec"]["schedulingGates"] = Value::Null;
    });
    explain(&|pod| pod["status"]["containerStatuses"][0]["state"] = json!({"running": {}}));
    explain(&|pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = json!("ImagePullBackOff"));
    explain(&|pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = json!("CrashLoopBackOff"));
    for told in [
        "“app<U+202E>”",
        "back-off<U+202E>",
        "last words<U+202E>",
        "example.com/keep<U+202E>",
        "0/3 nodes are available<U+202E>",
    ] {
        assert!(quoted.contains(told), "{told} is quoted: {quoted}");
    }
    let explanation = explain::node(&node(), NOW);
    check(&explanation);
    assert!(explanation.text.contains("runtime is down<U+202E>"), "{explanation:?}");
}

#[test]
fn the_picture_names_what_there_is() {
    let (pod, node) = (decode::<Pod>(&pod()), decode::<Node>(&node()));
    let mut waiting = self::pod();
    waiting["metadata"]["name"] = json!(format!("new{TRICK}"));
    waiting["metadata"]["uid"] = json!("3");
    waiting["spec"]["nodeName"] = Value::Null;
    waiting["status"]["phase"] = json!("Pending");
    let mut cluster = Cluster::rebuild([Arc::clone(&node)], [Arc::clone(&pod), decode(&waiting)]);
    let key = pod.meta.key.clone();
    let (of_pod, of_node) = (
        Subject::Pod(key.clone()),
        Subject::Node(node.meta.key.name.as_str().into()),
    );

    assert!(
        block::label(&pod).starts_with("shop<U+202E>/web-1<U+202E>, Waiting<U+202E>"),
        "{}",
        block::label(&pod)
    );
    for subject in [&of_pod, &of_node] {
        check(&tooltip(&cluster, subject, NOW).expect("it is there"));
    }
    let entry = cluster
        .pod_group(&GroupKey::Node(node.meta.key.name.as_str().into()))
        .expect("it is there");
    check(&Card::of(&cluster, entry, NOW));
    check(&Tray::of(&cluster));
    check_facts(&details::known_pod(&cluster, &pod));
    check_facts(&details::known_node(&node));
    check(&explain::known_pod(&pod));
    check(&explain::known_node(&node));
    check(&WorkloadSpread::of(&cluster, &key).expect("it has a workload"));
    let label = Group::Label(format!("example.com/pool{TRICK}").as_str().into());
    check(&label.label());
    assert_eq!(arrange::title(&label, entry), "example.com/pool<U+202E>=blue<U+202E>");
    for color in [Color::Namespace, Color::Owner] {
        let light = ColorContext {
            color,
            usage: &Usage::default(),
            now: NOW,
        };
        check(&Legend::of([&*pod], &light));
    }
    for counter in problems::counters(&cluster, NOW) {
        check(&(counter.kind.text(), counter.kind.meaning()));
        // It finds what it counts, all the same.
        assert!(Query::parse(&counter.term).is_ok(), "{}", counter.term);
    }
    let stop = problems::step(&cluster, ProblemScope::All, None, WalkDirection::Next, NOW).expect("there is a problem");
    check(&problems::problem(&cluster, ProblemScope::All, &stop, NOW));
    cluster.set_filter(Some(Filter::new(std::rc::Rc::new(
        Query::parse("web").expect("a query"),
    ))));
    cluster.filter_some(NOW, || false);
    check(
        &find::step(&cluster, None, WalkDirection::Next)
            .expect("it is found")
            .announcement(),
    );
    let vocabulary = suggest::Vocabulary::of([&pod], 1, [&node]);
    for suggestion in suggest::suggest("ns:", 3, &vocabulary) {
        assert_eq!(suggestion.label(), "shop<U+202E>");
        assert_eq!(suggestion.text, format!("shop{TRICK}"), "what is written finds it");
    }
}

#[test]
fn errors_quote_the_server() {
    let body =
        json!({"kind": "Status", "reason": "Forbidden", "message": format!("pods is forbidden{TRICK}: no\nnever")});
    let api_error = ApiError::of_response(403, body.to_string().as_bytes());
    assert_eq!(
        api_error.words("get pods"),
        "You may not get pods. It says: pods is forbidden<U+202E>: no\nnever"
    );
    let QueryError { message, .. } = Query::parse(&format!("na{TRICK}me:x")).expect_err("no key");
    check(&message);
}
