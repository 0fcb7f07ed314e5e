//! STATUS and ROLES by `printNode`, and the rest of what is shown of a node.

use k8bit::resource::{Node, SharedStr, node::NodeHealth};
use serde_json::{Value, json};

use crate::{decode, decode_value, fixture, items, time};

fn node(labels: Value, spec: Value, status: Value) -> Node {
    decode_value(&json!({ "metadata": { "name": "node-1", "labels": labels }, "spec": spec, "status": status }))
        .unwrap()
}

fn texts(texts: &[SharedStr]) -> Vec<&str> {
    texts.iter().map(SharedStr::as_str).collect()
}

#[test]
fn status() {
    use NodeHealth::{NotReady, Ready, Unknown};
    for (conditions, unschedulable, expected, health) in [
        ("Ready=True", false, "Ready", Ready),
        ("Ready=False", false, "NotReady", NotReady),
        ("Ready=Unknown", false, "NotReady", Unknown),
        ("Ready=Perhaps", false, "NotReady", Unknown),
        ("", false, "Unknown", Unknown),
        ("DiskPressure=True", false, "Unknown", Unknown),
        ("Ready=True", true, "Ready,SchedulingDisabled", Ready),
        ("Ready=False", true, "NotReady,SchedulingDisabled", NotReady),
        ("", true, "Unknown,SchedulingDisabled", Unknown),
        // The last one counts.
        ("Ready=True Ready=False", false, "NotReady", NotReady),
    ] {
        let conditions: Value = conditions
            .split_whitespace()
            .filter_map(|condition| condition.split_once('='))
            .map(|(kind, status)| json!({ "type": kind, "status": status }))
            .collect();
        let node = node(
            json!({}),
            json!({ "unschedulable": unschedulable }),
            json!({ "conditions": conditions }),
        );
        assert_eq!(
            (node.status.as_str(), node.health, node.cordoned),
            (expected, health, unschedulable)
        );
    }
}

#[test]
fn roles() {
    for (labels, expected) in [
        (json!(null), vec![]),
        (json!({}), vec![]),
        (
            json!({ "node-role.kubernetes.io/control-plane": "" }),
            vec!["control-plane"],
        ),
        (
            json!({ "node-role.kubernetes.io/worker": "true", "node-role.kubernetes.io/gpu": "" }),
            vec!["gpu", "worker"],
        ),
        (
            json!({ "kubernetes.io/role": "master", "node-role.kubernetes.io/a": null }),
            vec!["a", "master"],
        ),
        (
            json!({ "kubernetes.io/role": "master", "node-role.kubernetes.io/master": "" }),
            vec!["master"],
        ),
        (
            json!({ "kubernetes.io/role": "", "node-role.kubernetes.io/": "" }),
            vec![],
        ),
        (
            json!({ "kubernetes.io/role": null, "role": "x", "node-role.example.com/x": "" }),
            vec![],
        ),
        // The value of such a label is not read.
        // A key with an escape in it.
        (
            serde_json::from_str(r#"{ "node-role.kubernetes.io\/caf\u00e9": "" }"#).unwrap(),
            vec!["café"],
        ),
    ] {
        assert_eq!(
            texts(&node(labels.clone(), json!({}), json!({})).roles),
            expected,
            "{labels}"
        );
    }
    let escaped = r#"{"metadata":{"name":"n","labels":{"node-role.kubernetes.io\/caf\u00e9":""}}}"#;
    assert_eq!(texts(&decode::<Node>(escaped).unwrap().roles), ["café"]);
}

#[test]
fn allocatable_pods() {
    for (pods, expected) in [
        (json!("110"), Some(110)),
        (json!("1k"), Some(1000)),
        (json!("1500m"), Some(2)),
        (json!(250), Some(250)),
        (json!("0"), Some(0)),
        (json!("-5"), Some(0)),
        (json!("1E"), Some(u32::MAX)),
        (json!(u64::MAX), Some(u32::MAX)),
        (json!(null), None),
    ] {
        let node = node(
            json!({}),
            json!({}),
            json!({ "allocatable": { "pods": pods, "ephemeral-storage": false } }),
        );
        assert_eq!(node.allocatable_pods, expected, "{pods}");
    }
    assert_eq!(node(json!({}), json!({}), json!({})).allocatable_pods, None);
    for pods in [json!("many"), json!(1.5), json!({})] {
        let value = json!({ "metadata": { "name": "n" }, "status": { "allocatable": { "pods": pods } } });
        assert!(decode_value::<Node>(&value).is_err(), "{pods}");
    }
}

#[test]
fn labels_old_and_new() {
    const ZONE: &str = "topology.kubernetes.io/zone";
    const OLD_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
    const TYPE: &str = "node.kubernetes.io/instance-type";
    const OLD_TYPE: &str = "beta.kubernetes.io/instance-type";
    for (labels, zone, instance_type) in [
        (json!({}), None, None),
        (json!({ ZONE: "a", TYPE: "m" }), Some("a"), Some("m")),
        (json!({ OLD_ZONE: "b", OLD_TYPE: "n" }), Some("b"), Some("n")),
        (
            json!({ OLD_ZONE: "b", ZONE: "a", OLD_TYPE: "n", TYPE: "m" }),
            Some("a"),
            Some("m"),
        ),
        (json!({ OLD_ZONE: "b", ZONE: "", TYPE: "" }), Some("b"), None),
        (json!({ ZONE: null }), None, None),
    ] {
        let node = node(labels.clone(), json!({}), json!({}));
        assert_eq!(
            (node.zone.as_deref(), node.instance_type.as_deref()),
            (zone, instance_type),
            "{labels}"
        );
    }
}

/// The troubles and the notices of a node with these conditions, `TYPE=STATUS` each.
#[track_caller]
fn check_conditions(conditions: &str, troubles: &[&str], notices: &[&str]) {
    let list: Vec<Value> = conditions
        .split_whitespace()
        .filter_map(|condition| condition.split_once('='))
        .map(|(kind, status)| json!({ "type": kind, "status": status }))
        .collect();
    let node = node(json!({}), json!({}), json!({ "conditions": list }));
    assert_eq!(
        (texts(&node.troubles), texts(&node.notices)),
        (troubles.to_vec(), notices.to_vec())
    );
    assert!(node.unknowns.is_empty(), "{conditions}");
    let is_ready = node.health == NodeHealth::Ready;
    assert_eq!(node.is_troubled(), !is_ready || !troubles.is_empty());
}

#[test]
fn conditions_mean_what_their_types_say() {
    let pressures = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];
    for (status, expected) in [("True", &pressures[..]), ("False", &[]), ("Unknown", &[])] {
        // In another order than that of the table.
        let conditions = pressures.iter().rev().map(|kind| format!("{kind}={status} "));
        check_conditions(&conditions.collect::<String>(), expected, &[]);
    }
    // Amazon's monitoring agent: True is good there.
    let agent = "KernelReady=True StorageReady=True NetworkingReady=True ContainerRuntimeReady=True";
    check_conditions(&format!("Ready=True {agent}"), &[], &[]);
    let broken = agent.replace("NetworkingReady=True", "NetworkingReady=False");
    check_conditions(&format!("Ready=True {broken}"), &["NetworkingReady"], &[]);
    // The node problem detector: False is good there.
    let detector = "KernelDeadlock=False ReadonlyFilesystem=False FrequentKubeletRestart=False";
    check_conditions(&format!("Ready=True {detector}"), &[], &[]);
    let broken = detector.replace("ReadonlyFilesystem=False", "ReadonlyFilesystem=True");
    check_conditions(
        &format!("{broken} Ready=True DiskPressure=True"),
        &["DiskPressure", "ReadonlyFilesystem"],
        &[],
    );
    // Pressure Stall Information.
    check_conditions(
        "Ready=True SystemMemoryContentionPressure=False KubepodsDiskContentionPressure=True",
        &["KubepodsDiskContentionPressure"],
        &[],
    );
    // Who drains a node does so on purpose.
    check_conditions(
        "Ready=True DrainInProgress=True Drained=False MaintenancePlanned=True",
        &[],
        &["DrainInProgress", "MaintenancePlanned"],
    );
    // Unknown conditions are not mentioned.
    check_conditions("Ready=True FrequentRestarts=True example.com/Blessed=False", &[], &[]);
    check_conditions("Ready=False", &[], &[]);
    check_conditions("DiskPressure=True DiskPressure=True", &["DiskPressure"], &[]);
}

#[test]
fn what_is_unknown_is_told_once() {
    let unknowns = |conditions: Value| {
        let node = node(json!({}), json!({}), json!({ "conditions": conditions }));
        node.unknowns.iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    let conditions = |ready: &str| {
        json!([
            {"type": "Ready", "status": ready}, {"type": "NetworkingReady", "status": "Unknown"},
            {"type": "DiskPressure", "status": "Unknown"}, {"type": "example.com/Blessed", "status": "Unknown"},
        ])
    };
    // The only sign of a trouble that the kubelet does not know of.
    assert_eq!(unknowns(conditions("True")), ["NetworkingReady", "DiskPressure"]);
    assert_eq!(unknowns(conditions("False")), ["NetworkingReady", "DiskPressure"]);
    // Without heartbeats every condition becomes unknown.
    assert_eq!(unknowns(conditions("Unknown")), Vec::<String>::new());
    assert_eq!(
        unknowns(json!([{"type": "KernelReady", "status": "Unknown"}])),
        Vec::<String>::new()
    );
}

#[test]
fn a_taint_is_left_out_only_where_the_node_says_the_same() {
    let taints = |unschedulable: bool| {
        let taints = json!([{ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }]);
        let node = node(
            json!({}),
            json!({ "unschedulable": unschedulable, "taints": taints }),
            json!({}),
        );
        node.taints.len()
    };
    assert_eq!((taints(true), taints(false)), (0, 1));
    let deleted = json!({ "metadata": { "name": "n", "deletionTimestamp": "2026-11-23T08:23:10Z" } });
    assert_eq!(
        decode_value::<Node>(&deleted).unwrap().deleted,
        Some(time("2026-11-23T08:23:10Z"))
    );
}

#[test]
fn recorded_nodes() {
    let nodes: Vec<Node> = items(&fixture("list-nodes-page-1.json"))
        .iter()
        .map(|item| decode(item.get()).unwrap())
        .collect();
    let [node, _] = nodes.as_slice() else {
        panic!("two nodes were recorded")
    };
    assert_eq!(node.meta.key.to_string(), "node-0000");
    assert_eq!(node.meta.uid.to_string(), "fa179a88-e64f-477c-9b72-84ea78de1b77");
    assert_eq!(node.meta.resource_version.as_ref().unwrap().as_str(), "283");
    assert_eq!(
        (node.status.as_str(), node.health, node.cordoned),
        ("Ready", NodeHealth::Ready, false)
    );
    assert_eq!(node.health_since, Some(time("2026-11-23T08:23:10Z")));
    assert_eq!(node.created, Some(time("2026-11-23T08:23:10Z")));
    assert_eq!(node.allocatable_pods, Some(110));
    assert_eq!(node.zone.as_deref(), Some("eu-1a"));
    assert_eq!(node.instance_type.as_deref(), Some("m5.4xlarge"));
    assert_eq!(node.version.as_deref(), Some("v1.36.2"));
    assert!(node.roles.is_empty() && node.troubles.is_empty());
}
