//! Objects as the tests send them.
//!
//! They name a scheduler that does not exist, so that in a real cluster, too, nothing happens to them by itself.

use serde_json::{Value, json};

/// The scheduler that nobody runs.
pub(crate) const SCHEDULER: &str = "k8bit-e2e";

/// A node. Its taint keeps the pods of a real cluster away.
pub(crate) fn node(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "spec": {"taints": [{"key": "k8bit.test/e2e", "value": "true", "effect": "NoSchedule"}]},
    })
}

/// The status of a node that is ready.
pub(crate) fn ready_node_status() -> Value {
    let capacity = json!({"cpu": "8", "memory": "32Gi", "pods": "110"});
    json!({
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [{
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "kubelet is posting ready status",
            "lastHeartbeatTime": "2026-01-01T00:00:00Z",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }],
        "nodeInfo": {
            "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "containerd://2.1.4", "kernelVersion": "6.12.0",
            "kubeProxyVersion": "", "kubeletVersion": "v1.36.0", "machineID": "", "operatingSystem": "linux",
            "osImage": "Debian GNU/Linux", "systemUUID": "",
        },
    })
}

/// A pod with one container.
pub(crate) fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": pod_spec(),
    })
}

/// A pod that was put on a node by whoever made it.
pub(crate) fn bound_pod(name: &str, node: &str) -> Value {
    let mut pod = pod(name);
    pod["spec"]["nodeName"] = json!(node);
    pod
}

/// What every pod of the tests has in its spec.
pub(crate) fn pod_spec() -> Value {
    json!({
        "schedulerName": SCHEDULER,
        "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": false,
        "containers": [{"name": "app", "image": "registry.example/app:1"}],
    })
}

/// The status of a pod whose container runs and is ready.
pub(crate) fn running_status(restarts: u32) -> Value {
    status(
        restarts,
        true,
        &json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}),
    )
}

/// The status of a pod whose container waits for a reason, with a message.
pub(crate) fn waiting_status(reason: &str, message: &str) -> Value {
    status(0, false, &json!({"waiting": {"reason": reason, "message": message}}))
}

fn status(restarts: u32, is_ready: bool, state: &Value) -> Value {
    let ready = if is_ready { "True" } else { "False" };
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z"});
    json!({
        "phase": if is_ready { "Running" } else { "Pending" },
        "conditions": [
            condition("PodScheduled", "True"),
            condition("Initialized", "True"),
            condition("ContainersReady", ready),
            condition("Ready", ready),
        ],
        "containerStatuses": [{
            "name": "app",
            "image": "registry.example/app:1",
            "imageID": "",
            "ready": is_ready,
            "started": is_ready,
            "restartCount": restarts,
            "state": state,
        }],
    })
}
