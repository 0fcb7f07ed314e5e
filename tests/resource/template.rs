//! What the scheduler reserves for a pod, and what pods share.

use std::sync::Arc;

use k8bit::resource::{Amounts, Pod, QosClass, Resource, ResourceInterner};
use serde_json::{Value, json};

use crate::decode_value;

/// A container from `NAME CPU MEMORY`, a sidecar with `+` before its name.
fn container(words: &str) -> Value {
    let words: Vec<_> = words.split_whitespace().collect();
    let [name, cpu, memory] = words[..] else {
        panic!("not a container: {words:?}")
    };
    json!({
        "name": name.trim_start_matches('+'),
        "restartPolicy": name.starts_with('+').then_some("Always"),
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    })
}

fn containers(list: &[&str]) -> Vec<Value> {
    list.iter().map(|words| container(words)).collect()
}

#[track_caller]
fn check_spec(spec: Value, cpu_millis: u64, mebibytes: u64) {
    let pod: Pod = decode_value(&json!({"metadata": {"name": "web"}, "spec": spec})).unwrap();
    let expected = Amounts {
        cpu_millis,
        memory_bytes: mebibytes << 20,
    };
    assert_eq!(pod.template.requests, expected, "{spec}");
}

#[track_caller]
fn check(init: &[&str], regular: &[&str], cpu_millis: u64, mebibytes: u64) {
    let spec = json!({"initContainers": containers(init), "containers": containers(regular)});
    check_spec(spec, cpu_millis, mebibytes);
}

#[test]
fn containers_are_added_up() {
    check(&[], &[], 0, 0);
    check(&[], &["web 250m 128Mi"], 250, 128);
    check(&[], &["web 1 128Mi", "metrics 0.1 64Mi"], 1_100, 192);
}

#[test]
fn init_containers_run_one_after_the_other() {
    check(&["setup 2 16Mi"], &["web 250m 128Mi"], 2_000, 128);
    check(&["a 1 1Gi", "b 3 16Mi"], &["web 250m 128Mi"], 3_000, 1_024);
}

#[test]
fn sidecars_run_beside_both() {
    check(&["+proxy 100m 64Mi"], &["web 250m 128Mi"], 350, 192);
    // Before the sidecar began, an init container has the node to itself; after it, it has not.
    check(&["a 2 16Mi", "+proxy 100m 64Mi"], &["web 250m 128Mi"], 2_000, 192);
    check(&["+proxy 100m 64Mi", "a 2 16Mi"], &["web 250m 128Mi"], 2_100, 192);
    check(
        &["+one 1 1Mi", "a 2 1Mi", "+two 1 1Mi", "b 2 1Mi"],
        &["web 1 1Mi"],
        4_000,
        3,
    );
}

#[test]
fn the_whole_pod_may_ask_for_itself_and_has_overhead() {
    let spec = |resources: Value, overhead: Value| {
        json!({
            "containers": containers(&["web 250m 128Mi"]),
            "resources": {"requests": resources},
            "overhead": overhead,
        })
    };
    check_spec(spec(json!({"cpu": "2"}), json!({})), 2_000, 128);
    check_spec(spec(json!({"memory": "1Gi"}), json!({"cpu": "50m"})), 300, 1_024);
    check_spec(spec(json!({}), json!({"cpu": "50m", "memory": "12Mi"})), 300, 140);
}

/// A pod whose container is resized in place, by words as of [`container`]: what it asks for, was allocated and has.
#[track_caller]
fn check_resize(list: &str, words: [&str; 3], reason: &str, cpu_millis: u64, mebibytes: u64) {
    let [asked, allocated, actual] = words.map(container);
    let pod = json!({
        "metadata": {"name": "web"},
        "spec": {list: [asked]},
        "status": {
            "conditions": [{"type": "PodResizePending", "status": "True", "reason": reason}],
            if list == "containers" { "containerStatuses" } else { "initContainerStatuses" }: [{
                "name": allocated["name"],
                "allocatedResources": allocated["resources"]["requests"],
                "resources": actual["resources"],
            }],
        },
    });
    let decoded: Pod = decode_value(&pod).unwrap();
    let expected = Amounts {
        cpu_millis,
        memory_bytes: mebibytes << 20,
    };
    assert_eq!(decoded.template.requests, expected, "{pod}");
}

#[test]
fn while_a_container_is_resized_the_most_of_it_is_held() {
    let grows = ["web 2 128Mi", "web 1 256Mi", "web 1 64Mi"];
    check_resize("containers", grows, "Deferred", 2_000, 256);
    check_resize(
        "containers",
        ["web 1 1Mi", "web 1 2Mi", "web 3 1Mi"],
        "Deferred",
        3_000,
        2,
    );
    // No node can ever give what it asks for.
    check_resize("containers", grows, "Infeasible", 1_000, 256);
    let sidecar = ["+web 2 128Mi", "web 1 256Mi", "web 1 64Mi"];
    check_resize("initContainers", sidecar, "Deferred", 2_000, 256);
    check_resize("initContainers", sidecar, "Infeasible", 1_000, 256);
    // An init container that ends is not resized, and a status is that of its own container.
    check_resize("initContainers", grows, "Infeasible", 2_000, 128);
    let other = ["web 2 128Mi", "proxy 3 256Mi", "proxy 3 64Mi"];
    check_resize("containers", other, "Deferred", 2_000, 128);
}

/// A pod that asks for something as a whole and is resized: its requests, `allocatedResources`, and what it has.
#[track_caller]
fn check_whole(asked: Value, allocated: Value, actual: Value, reason: Option<&str>, cpu_millis: u64, mebibytes: u64) {
    let condition = reason.map(|reason| json!({"type": "PodResizePending", "status": "True", "reason": reason}));
    let pod = json!({
        "metadata": {"name": "web"},
        "spec": {
            "containers": containers(&["web 250m 128Mi"]),
            "resources": {"requests": asked},
            "overhead": {"memory": "1Mi"},
        },
        "status": {
            "conditions": Vec::from_iter(condition),
            "allocatedResources": allocated,
            "resources": if actual.is_null() { Value::Null } else { json!({"requests": actual}) },
        },
    });
    let decoded: Pod = decode_value(&pod).unwrap();
    let expected = Amounts {
        cpu_millis,
        memory_bytes: (mebibytes + 1) << 20,
    };
    assert_eq!(decoded.template.requests, expected, "{pod}");
}

#[test]
fn while_a_whole_pod_is_resized_the_most_of_it_is_held() {
    let memory = |amount: &str| json!({"memory": amount});
    let four = || memory("4Gi");
    // It shrinks, and has not given anything back so far.
    check_whole(memory("1Gi"), four(), four(), None, 250, 4_096);
    check_whole(memory("1Gi"), four(), memory("2Gi"), Some("Deferred"), 250, 4_096);
    // It grows, as soon as there is room...
    check_whole(memory("64Gi"), four(), four(), Some("Deferred"), 250, 65_536);
    // ...or never.
    check_whole(memory("64Gi"), four(), four(), Some("Infeasible"), 250, 4_096);
    check_whole(memory("64Gi"), Value::Null, four(), Some("Infeasible"), 250, 4_096);
    // Without `status.resources` nothing is known but what is asked for.
    check_whole(memory("1Gi"), four(), Value::Null, None, 250, 1_024);
    check_whole(
        memory("64Gi"),
        Value::Null,
        Value::Null,
        Some("Infeasible"),
        250,
        65_536,
    );
    let both = json!({"cpu": "3", "memory": "2Gi"});
    check_whole(memory("1Gi"), both.clone(), both.clone(), None, 3_000, 2_048);
    // Of a pod that asks for nothing as a whole, the status repeats the sum of its containers.
    check_whole(json!({}), both.clone(), both, None, 250, 128);
}

#[test]
fn what_nobody_requests_is_zero() {
    for resources in [
        Value::Null,
        json!({}),
        json!({"requests": null}),
        json!({"limits": {"cpu": "1"}}),
    ] {
        check_spec(json!({"containers": [{"name": "web", "resources": resources}]}), 0, 0);
    }
    check_spec(json!({"containers": [null, {"name": "web"}]}), 0, 0);
}

fn sibling(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut pod = json!({
        "metadata": {
            "name": name,
            "labels": {"pod-template-hash": "5d4", "app": "web"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4", "controller": true}],
        },
        "spec": {"initContainers": [{"image": "setup:1"}], "containers": [{"image": "web:1"}, {"image": "web:1"}]},
        "status": {"qosClass": "BestEffort"},
    });
    change(&mut pod);
    pod.to_string()
}

#[test]
fn siblings_share_their_template() {
    let mut interner = ResourceInterner::default();
    let mut decode = |json: String| Pod::decode(json.as_bytes(), &mut interner).unwrap().template;
    let one = decode(sibling("web-1", |_| {}));
    let two = decode(sibling("web-2", |_| {}));
    assert!(Arc::ptr_eq(&one, &two));
    let labels: Vec<_> = one.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(labels, ["app=web", "pod-template-hash=5d4"]);
    assert_eq!(
        one.images.iter().map(|image| &**image).collect::<Vec<_>>(),
        ["setup:1", "web:1"]
    );
    assert_eq!(one.qos, Some(QosClass::BestEffort));

    for change in [
        |pod: &mut Value| pod["metadata"]["labels"]["app"] = "db".into(),
        |pod: &mut Value| pod["metadata"]["ownerReferences"][0]["name"] = "web-6e5".into(),
        |pod: &mut Value| pod["spec"]["containers"][0]["image"] = "web:2".into(),
        |pod: &mut Value| pod["spec"]["overhead"] = json!({"cpu": "1"}),
        |pod: &mut Value| pod["status"]["qosClass"] = "Guaranteed".into(),
    ] {
        let other = decode(sibling("web-3", change));
        assert!(!Arc::ptr_eq(&one, &other), "{other:?}");
    }
}

#[test]
fn templates_that_nobody_holds_are_released() {
    let mut interner = ResourceInterner::default();
    let pod = Pod::decode(sibling("web-1", |_| {}).as_bytes(), &mut interner).unwrap();
    interner.release();
    assert!(!interner.is_empty());
    drop(pod);
    interner.release();
    assert!(interner.is_empty());
}
