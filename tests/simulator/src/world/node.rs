//! Nodes: what the world knows of them, and what happens when they are cordoned, lost, under pressure or gone.

use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{NodeState, Task, World};
use crate::api::subresource::set_condition;
use crate::api::{ApiServer, DeleteOptions, Key, Object, Part, Resource, format_time};
use crate::quantity;

/// Pods on a node that does not exist are removed after so long, as by the pod garbage collector.
pub(super) const REMOVE_GHOSTS_AFTER: Duration = Duration::from_secs(40);
/// Pods of a lost node are given up after so long: the default toleration of `unreachable:NoExecute`.
const GIVE_UP_AFTER: Duration = Duration::from_secs(300);
/// Nodes report their status so often when nothing changes.
pub(super) const HEARTBEAT_EVERY: Duration = Duration::from_secs(300);

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

impl World {
    pub(super) fn see_node(&mut self, now: Timestamp, object: &Object, gone: bool) {
        let name = object.name.clone();
        let before = self.nodes.remove(&name);
        self.dirty
            .extend(self.daemon_sets.iter().map(|key| (Resource::DaemonSets, key.clone())));
        if gone {
            let pods: Vec<Key> = self.on_node.get(&name).into_iter().flatten().cloned().collect();
            for key in pods {
                let Some(state) = self.pods.get_mut(&key) else { continue };
                let task = Task::RemoveGhost(key.clone(), state.uid.clone());
                if let Some(timer) = state.timer.take() {
                    self.timers.remove(&timer);
                }
                let timer = self.schedule_task(now + REMOVE_GHOSTS_AFTER, task);
                if let Some(state) = self.pods.get_mut(&key) {
                    state.timer = Some(timer);
                }
            }
            return;
        }
        let mut state = node_state(&object.value());
        state.down = before.as_ref().is_some_and(|before| before.down);
        match &before {
            Some(before) => {
                state.used_cpu_millis = before.used_cpu_millis;
                state.used_memory_millis = before.used_memory_millis;
                state.used_pods = before.used_pods;
            }
            // Pods may have been bound to it before it was there.
            None => {
                for key in self.on_node.get(&name).into_iter().flatten() {
                    if let Some(pod) = self.pods.get(key).filter(|pod| pod.uses_node()) {
                        state.used_cpu_millis += pod.cpu_millis;
                        state.used_memory_millis += pod.memory_millis;
                        state.used_pods += 1;
                    }
                }
            }
        }
        let changed = before
            .as_ref()
            .is_none_or(|before| before.unschedulable != state.unschedulable || before.taints != state.taints);
        let untainted = state.unschedulable != state.taints.iter().any(|(key, ..)| key == UNSCHEDULABLE);
        let is_new = before.is_none();
        self.nodes.insert(name.clone(), state);
        if changed {
            self.retry_scheduling(now);
        }
        if untainted {
            self.dirty.insert((Resource::Nodes, ("".into(), name.clone())));
        }
        if is_new {
            // Pods that waited for it as ghosts come to life: look at them again.
            self.wake_pods
                .extend(self.on_node.get(&name).into_iter().flatten().cloned());
        }
    }

    /// Keeps the taint of a cordoned node in step with its spec.
    pub(super) fn reconcile_node(&mut self, now: Timestamp, api: &mut ApiServer, name: &str) {
        let Some(node) = api.get(Resource::Nodes, "", name) else {
            return;
        };
        let mut value = node.value();
        let cordoned = value["spec"]["unschedulable"] == true;
        set_taint(&mut value, UNSCHEDULABLE, "NoSchedule", cordoned, now);
        // The node may be gone.
        let _ = api.update(now, Resource::Nodes, "", name, Part::All, value);
    }

    pub(super) fn set_cordon(&mut self, now: Timestamp, api: &mut ApiServer, name: &str, cordon: bool) {
        let Some(node) = api.get(Resource::Nodes, "", name).cloned() else {
            return;
        };
        let mut value = node.value();
        match cordon {
            true => value["spec"]["unschedulable"] = true.into(),
            false => {
                value["spec"].as_object_mut().map(|spec| spec.remove("unschedulable"));
            }
        }
        let _ = api.update(now, Resource::Nodes, "", name, Part::All, value);
        let reason = if cordon {
            "NodeNotSchedulable"
        } else {
            "NodeSchedulable"
        };
        let message = format!("Node {name} status is now: {reason}");
        self.recorder
            .record(now, api, &node, false, reason, &message, "kubelet", name);
    }

    /// The node's kubelet stops answering: its pods stand still, and the node is marked.
    pub(super) fn lose_node(&mut self, now: Timestamp, api: &mut ApiServer, name: &str, away: Duration) {
        let Some(node) = api.get(Resource::Nodes, "", name).cloned() else {
            return;
        };
        let Some(state) = self.nodes.get_mut(name) else { return };
        state.down = true;
        let mut value = node.value();
        for kind in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
            set_node_condition(
                &mut value,
                kind,
                "Unknown",
                "NodeStatusUnknown",
                "Kubelet stopped posting node status.",
                now,
            );
        }
        set_taint(&mut value, UNREACHABLE, "NoSchedule", true, now);
        set_taint(&mut value, UNREACHABLE, "NoExecute", true, now);
        let _ = api.update(now, Resource::Nodes, "", name, Part::All, value);
        let message = format!("Node {name} status is now: NodeNotReady");
        self.recorder
            .record(now, api, &node, false, "NodeNotReady", &message, "node-controller", "");
        self.set_ready_of_pods(now, api, name, false);
        self.schedule_task(now + GIVE_UP_AFTER, Task::EvictFromLostNode(name.into()));
        self.schedule_task(now + away, Task::NodeReturns(name.into()));
    }

    pub(super) fn return_node(&mut self, now: Timestamp, api: &mut ApiServer, name: &str) {
        self.timers
            .retain(|_, task| *task != Task::EvictFromLostNode(name.into()));
        let Some(node) = api.get(Resource::Nodes, "", name).cloned() else {
            return;
        };
        if let Some(state) = self.nodes.get_mut(name) {
            state.down = false;
        }
        let mut value = node.value();
        for (kind, status, reason, message) in CONDITIONS {
            set_node_condition(&mut value, kind, status, reason, message, now);
        }
        set_taint(&mut value, UNREACHABLE, "NoSchedule", false, now);
        set_taint(&mut value, UNREACHABLE, "NoExecute", false, now);
        let _ = api.update(now, Resource::Nodes, "", name, Part::All, value);
        let message = format!("Node {name} status is now: NodeReady");
        self.recorder
            .record(now, api, &node, false, "NodeReady", &message, "kubelet", name);
        self.set_ready_of_pods(now, api, name, true);
        self.wake_pods
            .extend(self.on_node.get(name).into_iter().flatten().cloned());
    }

    /// Ready conditions of pods follow the node, while their containers stay as they were.
    fn set_ready_of_pods(&mut self, now: Timestamp, api: &mut ApiServer, node: &str, answers: bool) {
        let pods: Vec<Key> = self.on_node.get(node).into_iter().flatten().cloned().collect();
        for (namespace, name) in pods {
            let Some(pod) = api.get(Resource::Pods, &namespace, &name) else {
                continue;
            };
            if pod.field("status.phase") != "Running" {
                continue;
            }
            let mut value = pod.value();
            match answers {
                true => super::kubelet::settle(&mut value, now),
                false => set_condition(&mut value["status"], "Ready", false, now, "NodeNotReady", ""),
            }
            let _ = api.update(now, Resource::Pods, &namespace, &name, Part::All, value);
        }
    }

    /// Deletes the pods of a lost node. They stay Terminating until the node is back.
    pub(super) fn evict_from_lost_node(&mut self, now: Timestamp, api: &mut ApiServer, node: &str) {
        let pods: Vec<Key> = self.on_node.get(node).into_iter().flatten().cloned().collect();
        for (namespace, name) in pods {
            let Some(pod) = api.get(Resource::Pods, &namespace, &name).cloned() else {
                continue;
            };
            let value = pod.value();
            // Daemon pods tolerate it for ever.
            let tolerations = value["spec"]["tolerations"].as_array().map_or(&[][..], Vec::as_slice);
            let for_ever = tolerations.iter().any(|toleration| {
                toleration["tolerationSeconds"].is_null()
                    && super::scheduler::is_tolerated(std::slice::from_ref(toleration), UNREACHABLE, "", "NoExecute")
            });
            if for_ever {
                continue;
            }
            let message = format!("Marking for deletion Pod {namespace}/{name}");
            self.recorder.record(
                now,
                api,
                &pod,
                false,
                "TaintManagerEviction",
                &message,
                "taint-eviction-controller",
                "",
            );
            let _ = api.delete(now, Resource::Pods, &namespace, &name, &DeleteOptions::default());
        }
    }

    pub(super) fn set_memory_pressure(&mut self, now: Timestamp, api: &mut ApiServer, name: &str, pressed: bool) {
        let Some(node) = api.get(Resource::Nodes, "", name).cloned() else {
            return;
        };
        let mut value = node.value();
        let (status, reason, message) = match pressed {
            true => (
                "True",
                "KubeletHasInsufficientMemory",
                "kubelet has insufficient memory available",
            ),
            false => (
                "False",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
        };
        set_node_condition(&mut value, "MemoryPressure", status, reason, message, now);
        set_taint(
            &mut value,
            "node.kubernetes.io/memory-pressure",
            "NoSchedule",
            pressed,
            now,
        );
        let _ = api.update(now, Resource::Nodes, "", name, Part::All, value);
        let reason = if pressed {
            "NodeHasInsufficientMemory"
        } else {
            "NodeHasSufficientMemory"
        };
        let message = format!("Node {name} status is now: {reason}");
        self.recorder
            .record(now, api, &node, pressed, reason, &message, "kubelet", name);
    }

    /// Evicts a pod because its node lacks memory: it fails with reason Evicted and stays to be looked at.
    pub(super) fn evict(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key) {
        let Some(pod) = api.get(Resource::Pods, &key.0, &key.1).cloned() else {
            return;
        };
        let mut value = pod.value();
        let message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 71820Ki. ";
        let status = &mut value["status"];
        status["phase"] = "Failed".into();
        status["reason"] = "Evicted".into();
        status["message"] = message.into();
        status["containerStatuses"] = json!([]);
        for kind in ["Ready", "ContainersReady"] {
            set_condition(status, kind, false, now, "PodFailed", "");
        }
        set_condition(status, "DisruptionTarget", true, now, "TerminationByKubelet", message);
        if let Some(status) = status.as_object_mut() {
            status.remove("containerStatuses");
            status.remove("initContainerStatuses");
        }
        let node = pod.field("spec.nodeName").to_owned();
        let _ = api.update(now, Resource::Pods, &key.0, &key.1, Part::All, value);
        self.recorder
            .record(now, api, &pod, true, "Evicted", message, "kubelet", &node);
    }

    pub(super) fn remove_ghost(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key, uid: &str) {
        let Some(state) = self.pods.get_mut(key).filter(|state| state.uid == uid) else {
            return;
        };
        state.timer = None;
        if self.nodes.contains_key(&state.node) {
            self.wake_pods.insert(key.clone());
            return;
        }
        let options = DeleteOptions {
            uid: Some(uid.to_owned()),
            ..DeleteOptions::now()
        };
        let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &options);
    }

    /// All kubelets that answer report in.
    pub(super) fn beat(&mut self, now: Timestamp, api: &mut ApiServer) {
        let up: Vec<CompactString> = self
            .nodes
            .iter()
            .filter(|(_, node)| !node.down)
            .map(|(name, _)| name.clone())
            .collect();
        for name in up {
            let Some(node) = api.get(Resource::Nodes, "", &name) else {
                continue;
            };
            let mut value = node.value();
            for condition in value["status"]["conditions"].as_array_mut().into_iter().flatten() {
                condition["lastHeartbeatTime"] = format_time(now).into();
            }
            let _ = api.update(now, Resource::Nodes, "", &name, Part::All, value);
        }
    }
}

const CONDITIONS: [(&str, &str, &str, &str); 4] = [
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    (
        "DiskPressure",
        "False",
        "KubeletHasNoDiskPressure",
        "kubelet has no disk pressure",
    ),
    (
        "PIDPressure",
        "False",
        "KubeletHasSufficientPID",
        "kubelet has sufficient PID available",
    ),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
];

fn node_state(node: &Value) -> NodeState {
    let (spec, status) = (&node["spec"], &node["status"]);
    let allocatable = |what: &str| {
        let text = status["allocatable"][what]
            .as_str()
            .or(status["capacity"][what].as_str());
        text.and_then(quantity::millis)
    };
    let text = |value: &Value| -> CompactString { value.as_str().unwrap_or_default().into() };
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    NodeState {
        cpu_millis: allocatable("cpu").unwrap_or(0),
        memory_millis: allocatable("memory").unwrap_or(0),
        pods: allocatable("pods").unwrap_or(110_000) / 1000,
        unschedulable: spec["unschedulable"] == true,
        ready: items(&status["conditions"])
            .iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True"),
        ip: items(&status["addresses"])
            .iter()
            .find(|address| address["type"] == "InternalIP")
            .map(|address| text(&address["address"]))
            .unwrap_or_default(),
        labels: node["metadata"]["labels"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.into(), text(value)))
            .collect(),
        taints: items(&spec["taints"])
            .iter()
            .map(|taint| (text(&taint["key"]), text(&taint["value"]), text(&taint["effect"])))
            .collect(),
        ..NodeState::default()
    }
}

fn set_node_condition(node: &mut Value, kind: &str, status: &str, reason: &str, message: &str, now: Timestamp) {
    let time = format_time(now);
    let mut condition = json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastHeartbeatTime": time, "lastTransitionTime": time
    });
    if !node["status"]["conditions"].is_array() {
        node["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = node["status"]["conditions"].as_array_mut() else {
        return;
    };
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(present) => {
            if present["status"] == status {
                condition["lastTransitionTime"] = present["lastTransitionTime"].clone();
            }
            *present = condition;
        }
        None => conditions.push(condition),
    }
}

fn set_taint(node: &mut Value, key: &str, effect: &str, there: bool, now: Timestamp) {
    let mut taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let is_it = |taint: &Value| taint["key"] == key && taint["effect"] == effect;
    let present = taints.iter().any(is_it);
    if there && !present {
        taints.push(json!({"key": key, "effect": effect, "timeAdded": format_time(now)}));
    } else if !there {
        taints.retain(|taint| !is_it(taint));
    }
    if taints.is_empty() {
        node["spec"].as_object_mut().map(|spec| spec.remove("taints"));
    } else {
        node["spec"]["taints"] = taints.into();
    }
}
