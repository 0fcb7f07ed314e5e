//! Small objects to start a test from: as complete as a server would have them, easy to change as JSON.
//!
//! Plain [`Value`]s without `kind` and `apiVersion`; the API knows the resource it is given. They say nothing of
//! how a cluster moves; that is [`crate::world`].

use serde_json::{Value, json};

/// Times in sample objects that have no better one.
pub const CREATED: &str = "2026-11-23T08:00:00Z";

/// An active namespace.
#[must_use]
pub fn namespace(name: &str) -> Value {
    json!({"metadata": {"name": name}})
}

/// A node that is ready: 16 cores, 64 GiB, 110 pods.
#[must_use]
pub fn node(name: &str) -> Value {
    node_of(name, 16, 64)
}

/// A ready node with this many cores and so much memory in GiB. What is reserved for the system is not
/// allocatable.
#[must_use]
pub fn node_of(name: &str, cores: u32, memory_gib: u32) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": CREATED, "lastTransitionTime": CREATED
        })
    };
    json!({
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux"
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"}
        },
        "spec": {},
        "status": {
            "capacity": {
                "cpu": cores.to_string(), "ephemeral-storage": "100Gi", "memory": format!("{memory_gib}Gi"), "pods": "110"
            },
            "allocatable": {
                "cpu": format!("{}m", cores * 1000 - 200),
                "ephemeral-storage": "90Gi",
                "memory": format!("{}Mi", memory_gib * 1024 - 1024),
                "pods": "110"
            },
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
            ],
            "addresses": [
                {"type": "InternalIP", "address": "10.0.0.1"},
                {"type": "Hostname", "address": name}
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "machineID": "3f1c8d6f2d5e4b6f9a35f3a8d4c7b2a1",
                "systemUUID": "3f1c8d6f-2d5e-4b6f-9a35-f3a8d4c7b2a1",
                "bootID": "a1b2c3d4-0000-4000-8000-000000000000",
                "kernelVersion": "6.12.8",
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kubeletVersion": "v1.36.2",
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64"
            }
        }
    })
}

/// A pod of one container `app`, not bound to a node.
#[must_use]
pub fn pod(namespace: &str, name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "containers": [{
                "name": "app",
                "image": "registry.k8s.io/pause:3.10",
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}
            }]
        }
    })
}

/// A pod of one container `app` that runs and is ready on a node.
#[must_use]
pub fn running_pod(namespace: &str, name: &str, node: &str) -> Value {
    let mut pod = pod(namespace, name);
    pod["spec"]["nodeName"] = node.into();
    let condition =
        |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": CREATED});
    pod["status"] = json!({
        "phase": "Running",
        "conditions": [
            condition("PodReadyToStartContainers"),
            condition("Initialized"),
            condition("Ready"),
            condition("ContainersReady"),
            condition("PodScheduled")
        ],
        "hostIP": "10.0.0.1",
        "hostIPs": [{"ip": "10.0.0.1"}],
        "podIP": "10.244.0.2",
        "podIPs": [{"ip": "10.244.0.2"}],
        "startTime": CREATED,
        "containerStatuses": [{
            "name": "app",
            "state": {"running": {"startedAt": CREATED}},
            "lastState": {},
            "ready": true,
            "restartCount": 0,
            "image": "registry.k8s.io/pause:3.10",
            "imageID": "registry.k8s.io/pause@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a",
            "containerID": "containerd://0000000000000000000000000000000000000000000000000000000000000000",
            "started": true
        }]
    });
    pod
}

/// A deployment of one container.
#[must_use]
pub fn deployment(namespace: &str, name: &str, image: &str, replicas: u32) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "app", "image": image}]}
            }
        }
    })
}
