//! Two nodes and their pods, as an API server tells of them.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::harness::{PODS_PATH, send};

/// Pods and their nodes.
const PODS: [(&str, &str); 4] = [
    ("web-0", "node-0"),
    ("web-1", "node-0"),
    ("api-0", "node-1"),
    ("gone", "node-1"),
];

thread_local! {
    static VERSION: Cell<u32> = const { Cell::new(100) };
}

/// The list of nodes.
pub(crate) fn nodes() -> String {
    let node = |name: &str| {
        json!({
            "kind": "Node", "apiVersion": "v1",
            "metadata": {"name": name, "uid": uid(name), "resourceVersion": "10"},
            "spec": {},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            },
        })
    };
    list("NodeList", vec![node("node-0"), node("node-1")])
}

/// The list of pods.
pub(crate) fn pods() -> String {
    let items = PODS.iter().map(|(name, node)| pod(name, node, "Running", 10));
    list("PodList", items.collect())
}

/// With the kind before the items, as servers write it and the page wants it: `json!` writes in alphabetical order.
fn list(kind: &str, items: Vec<Value>) -> String {
    let items = Value::from(items);
    format!(r#"{{"kind":"{kind}","apiVersion":"v1","metadata":{{"resourceVersion":"100"}},"items":{items}}}"#)
}

/// A pod comes.
pub(crate) fn add(name: &str, node: &str) {
    event("ADDED", name, node, "Running");
}

/// A pod goes.
pub(crate) fn delete(name: &str) {
    event("DELETED", name, node_of(name), "Running");
}

/// A pod fails.
pub(crate) fn fail(name: &str) {
    event("MODIFIED", name, node_of(name), "Failed");
}

/// A pod runs again.
pub(crate) fn restore(name: &str) {
    event("MODIFIED", name, node_of(name), "Running");
}

fn node_of(name: &str) -> &'static str {
    let known = PODS.iter().find(|(known, _)| *known == name);
    known.map_or("node-0", |(_, node)| node)
}

fn event(kind: &str, name: &str, node: &str, phase: &str) {
    let version = VERSION.get() + 1;
    VERSION.set(version);
    let object = pod(name, node, phase, version);
    let line = format!(r#"{{"type":"{kind}","object":{object}}}"#);
    send(PODS_PATH, version, &line);
}

fn pod(name: &str, node: &str, phase: &str, version: u32) -> Value {
    let is_running = phase == "Running";
    let state = match is_running {
        true => json!({"running": {"startedAt": "2026-11-23T08:00:00Z"}}),
        false => json!({"terminated": {"exitCode": 1, "reason": "Error"}}),
    };
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"namespace": "shop", "name": name, "uid": uid(name), "resourceVersion": version.to_string(),
            "creationTimestamp": "2026-11-23T08:00:00Z"},
        "spec": {"nodeName": node, "restartPolicy": "Never", "containers": [{"name": "web", "image": "web:1"}]},
        "status": {
            "phase": phase, "startTime": "2026-11-23T08:00:00Z",
            "conditions": [{"type": "Ready", "status": if is_running { "True" } else { "False" }}],
            "containerStatuses": [{"name": "web", "image": "web:1", "ready": is_running, "restartCount": 0, "state": state}],
        },
    })
}

/// One for each name.
fn uid(name: &str) -> String {
    let number = name.bytes().fold(0_u64, |number, byte| number * 31 + u64::from(byte));
    format!("00000000-0000-4000-8000-{:012x}", number & 0xffff_ffff_ffff)
}
