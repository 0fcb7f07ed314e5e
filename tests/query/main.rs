//! The query language: what is read, what is found, what is said of mistakes, and what is suggested.

mod errors;
mod finds;
mod found;
mod press;
mod properties;
mod suggestions;

use std::sync::Arc;

use k8bit::{
    resource::{Node, Pod, Resource, Timestamp},
    view::query::{Query, help, hint},
};
use serde_json::{Value, json};

/// 2026-11-23T08:43:03Z.
const NOW: Timestamp = Timestamp(1_795_423_383);

fn decode<K: Resource>(object: &Value) -> Arc<K> {
    Arc::new(K::decode(object.to_string().as_bytes(), &mut K::Interner::default()).expect("an object of the test"))
}

fn merge(target: &mut Value, changes: &Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            for (key, change) in changes {
                merge(target.entry(key).or_insert(Value::Null), change);
            }
        }
        (target, change) => *target = change.clone(),
    }
}

/// `shop/web-7f8fbb96d-227zt` of the Deployment `web`, running and ready on `worker-1`, with changes merged into it.
fn pod(changes: &Value) -> Arc<Pod> {
    let mut pod = json!({
        "metadata": {
            "namespace": "shop",
            "name": "web-7f8fbb96d-227zt",
            "uid": "1",
            "resourceVersion": "8",
            "creationTimestamp": "2026-11-23T08:00:00Z",
            "labels": {
                "app": "web",
                "app.kubernetes.io/name": "Web",
                "owner": "Me",
                "empty": "",
                "pod-template-hash": "7f8fbb96d",
            },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": "web-7f8fbb96d", "controller": true }],
        },
        "spec": {
            "nodeName": "worker-1",
            "containers": [
                {
                    "name": "web",
                    "image": "docker.io/library/nginx:1.27",
                    "resources": { "requests": { "cpu": "500m", "memory": "1Gi" } },
                },
                { "name": "proxy", "image": "envoy" },
            ],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.244.7.19",
            "qosClass": "Burstable",
            "containerStatuses": [
                { "name": "web", "ready": true, "restartCount": 0, "state": { "running": {} } },
                { "name": "proxy", "ready": true, "restartCount": 0, "state": { "running": {} } },
            ],
        },
    });
    merge(&mut pod, changes);
    decode(&pod)
}

/// `worker-1`, ready, with changes merged into it.
fn node(changes: &Value) -> Arc<Node> {
    let mut node = json!({
        "metadata": {
            "name": "worker-1",
            "uid": "2",
            "resourceVersion": "7",
            "creationTimestamp": "2026-11-11T08:43:03Z",
            "labels": {
                "disk": "ssd",
                "node-role.kubernetes.io/worker": "",
                "node.kubernetes.io/instance-type": "m5.xlarge",
                "topology.kubernetes.io/zone": "eu-1a",
            },
        },
        "spec": { "taints": [{ "key": "dedicated", "value": "gpu", "effect": "NoSchedule" }] },
        "status": {
            "allocatable": { "pods": "10", "cpu": "4", "memory": "16Gi" },
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T08:39:00Z" }],
            "nodeInfo": { "kubeletVersion": "v1.36.2" },
        },
    });
    merge(&mut node, changes);
    decode(&node)
}

#[track_caller]
fn parse(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_example_of_the_help_is_a_query() {
    for example in help() {
        let query = parse(example.query);
        assert!(!query.is_empty(), "{}", example.query);
        assert!(!example.meaning.is_empty(), "{}", example.query);
    }
}

#[test]
fn the_documentation_has_every_example_of_the_help() {
    let documentation = include_str!("../../docs/query.md");
    for example in help() {
        let query = example.query.replace('|', "\\|");
        let row = format!("| `{query}` | {} |", example.meaning);
        assert!(documentation.contains(&row), "docs/query.md lacks this row:\n{row}");
    }
}

#[test]
fn former_names_of_states_still_work() {
    assert_eq!(parse("is:node-silent"), parse("is:node-unreachable"));
}

#[test]
fn what_is_parsed_prints_as_a_query_that_is_the_same() {
    for (text, printed) in [
        ("", ""),
        ("  ", ""),
        ("Web", "Web"),
        ("ns:shop,payments", "ns:shop | ns:payments"),
        ("namespace=shop web", "ns:shop web"),
        ("!status:Completed", "!status:Completed"),
        ("-status:Completed", "!status:Completed"),
        ("status!=Completed", "!status:Completed"),
        ("!!web", "web"),
        ("app!=web,api", "!(app=web | app=api)"),
        ("app notin ( web , api )", "!(app=web | app=api)"),
        ("app == web", "app=web"),
        ("label:app", "has:app"),
        ("label:app=web", "app=web"),
        ("label:owner!=me", "!label:owner=me"),
        ("label:owner in (a,b)", "label:owner=a | label:owner=b"),
        ("app=\"\"", "app=\"\""),
        ("a | b c | (d | e)", "a | b c | d | e"),
        ("(a b) c (d | e)", "a b c (d | e)"),
        ("!(a b)", "!(a b)"),
        ("\"a \\\"b\\\\\"", "\"a \\\"b\\\\\""),
        ("\"in\"", "\"in\""),
        ("/a\\/b|[c d]/", "/a\\/b|[c d]/"),
        ("ns:/^a/", "ns:/^a/"),
        ("owner:deployments/web", "owner:deployment/web"),
        ("restarts > 3", "restarts>3"),
        ("restarts:3", "restarts=3"),
        ("family:Failing", "is:failing"),
        ("STATUS:x", "status:x"),
        ("NotReady,SchedulingDisabled", "\"NotReady,SchedulingDisabled\""),
        ("!FD00::1", "!\"FD00::1\""),
        ("fd00:10:* | ::1", "fd00:10:* | \"::1\""),
    ] {
        let query = parse(text);
        assert_eq!(query.to_string(), printed, "{text}");
        assert_eq!(parse(printed), query, "{text}");
        assert_eq!(query.is_empty(), printed.is_empty());
    }
}

#[test]
fn whoever_writes_as_for_kubectl_gets_a_hint() {
    // Row 27 of what users met.
    assert_eq!(
        hint("ns:shop !app").as_deref(),
        Some("!app excludes everything that contains the text “app”. For pods without the label app, write !has:app.")
    );
    assert!(
        hint("!app.kubernetes.io/name | web").is_some_and(|hint| hint.ends_with("write !has:app.kubernetes.io/name."))
    );
    for text in [
        "",
        "app",
        "-app",
        "!has:app",
        "!\"app\"",
        "!app=web",
        "!(app web)",
        "!app (",
        "! app",
    ] {
        assert_eq!(hint(text), None, "{text}");
    }
}
