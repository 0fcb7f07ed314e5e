//! The scheduler: the least loaded node that a pod fits on, or a condition and an Event that say why none does.
//!
//! Looks at cordons, taints, node selectors and requests of CPU, memory and pods. No affinity, no preemption,
//! no priorities.

use std::collections::BTreeMap;
use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::Value;

use super::{NodeState, PodState, World};
use crate::api::subresource::set_condition;
use crate::api::{ApiServer, Key, Part, Resource};

/// Pods that do not fit are tried again after so long even if nothing changed.
const RETRY_EVERY: Duration = Duration::from_secs(30);

impl World {
    /// Schedules what waits for it.
    pub(super) fn schedule_pods(&mut self, now: Timestamp, api: &mut ApiServer) {
        for key in std::mem::take(&mut self.unscheduled) {
            let Some(pod) = api.get(Resource::Pods, &key.0, &key.1).cloned() else {
                continue;
            };
            let Some(state) = self.pods.get(&key) else { continue };
            if !state.node.is_empty() || state.deleting || pod.field("spec.schedulerName") != "default-scheduler" {
                continue;
            }
            match self.choose_node(&pod.value(), state) {
                Ok(node) => {
                    if api.bind(now, &key.0, &key.1, &node).is_ok() {
                        let message = format!("Successfully assigned {}/{} to {node}", key.0, key.1);
                        self.recorder
                            .record(now, api, &pod, false, "Scheduled", &message, "default-scheduler", "");
                        // The next pod must find the node as full as it is now.
                        self.observe(now, api);
                    }
                }
                Err(message) => self.refuse(now, api, &key, &message),
            }
        }
    }

    fn choose_node(&self, pod: &Value, state: &PodState) -> Result<CompactString, String> {
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let mut best: Option<(i64, &CompactString)> = None;
        for (name, node) in &self.nodes {
            match fits(node, pod, state) {
                Ok(score) => {
                    if best.is_none_or(|(best, _)| score > best) {
                        best = Some((score, name));
                    }
                }
                Err(why) => {
                    for reason in why {
                        *reasons.entry(reason).or_default() += 1;
                    }
                }
            }
        }
        if let Some((_, name)) = best {
            return Ok(name.clone());
        }
        Err(no_node_message(self.nodes.len(), &reasons))
    }

    fn refuse(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key, message: &str) {
        self.unschedulable.insert(key.clone());
        self.retry_scheduling_at(now + RETRY_EVERY);
        let Some(pod) = api.get(Resource::Pods, &key.0, &key.1).cloned() else {
            return;
        };
        let mut value = pod.value();
        set_condition(
            &mut value["status"],
            "PodScheduled",
            false,
            now,
            "Unschedulable",
            message,
        );
        // Writing the same again changes nothing and makes no event.
        let _ = api.update(now, Resource::Pods, &key.0, &key.1, Part::All, value);
        self.recorder.record(
            now,
            api,
            &pod,
            true,
            "FailedScheduling",
            message,
            "default-scheduler",
            "",
        );
    }
}

/// How well a pod fits on a node (more is better), or why it does not.
fn fits(node: &NodeState, pod: &Value, state: &PodState) -> Result<i64, Vec<String>> {
    let tolerations = pod["spec"]["tolerations"].as_array().map_or(&[][..], Vec::as_slice);
    if node.unschedulable && !is_tolerated(tolerations, "node.kubernetes.io/unschedulable", "", "NoSchedule") {
        return Err(vec!["node(s) were unschedulable".to_owned()]);
    }
    let untolerated = node
        .taints
        .iter()
        .any(|(key, value, effect)| effect != "PreferNoSchedule" && !is_tolerated(tolerations, key, value, effect));
    if untolerated {
        return Err(vec!["node(s) had untolerated taint(s)".to_owned()]);
    }
    let selector = pod["spec"]["nodeSelector"].as_object().into_iter().flatten();
    let selected = selector.into_iter().all(|(key, value)| {
        let label = node.labels.get(key.as_str()).map(CompactString::as_str);
        label == value.as_str()
    });
    if !selected {
        return Err(vec!["node(s) didn't match Pod's node affinity/selector".to_owned()]);
    }
    let mut why = vec![];
    if node.used_pods + 1 > node.pods {
        why.push("Too many pods".to_owned());
    }
    if node.used_cpu_millis + state.cpu_millis > node.cpu_millis {
        why.push("Insufficient cpu".to_owned());
    }
    if node.used_memory_millis + state.memory_millis > node.memory_millis {
        why.push("Insufficient memory".to_owned());
    }
    if !why.is_empty() {
        return Err(why);
    }
    let free = |used: i64, total: i64| (total - used).saturating_mul(1000) / total.max(1);
    Ok(free(node.used_cpu_millis, node.cpu_millis)
        + free(node.used_memory_millis, node.memory_millis)
        + free(node.used_pods, node.pods))
}

/// <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>
pub(super) fn is_tolerated(tolerations: &[Value], key: &str, value: &str, effect: &str) -> bool {
    tolerations.iter().any(|toleration| {
        let text = |field: &str| toleration[field].as_str().unwrap_or_default();
        let exists = text("operator") == "Exists";
        (text("effect").is_empty() || text("effect") == effect)
            && ((text("key").is_empty() && exists) || text("key") == key)
            && (exists || text("value") == value)
    })
}

fn no_node_message(nodes: usize, reasons: &BTreeMap<String, usize>) -> String {
    if nodes == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let mut parts: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    parts.sort();
    let full = |reason: &str| reason.starts_with("Insufficient") || reason.starts_with("Too many");
    let helpless: usize = reasons
        .iter()
        .filter(|(reason, _)| !full(reason))
        .map(|(_, count)| count)
        .sum();
    let mut preemption = vec![];
    if helpless > 0 {
        preemption.push(format!("{helpless} Preemption is not helpful for scheduling"));
    }
    if nodes > helpless {
        let count = nodes - helpless;
        preemption.push(format!("{count} No preemption victims found for incoming pod"));
    }
    format!(
        "0/{nodes} nodes are available: {}. preemption: 0/{nodes} nodes are available: {}.",
        parts.join(", "),
        preemption.join(", ")
    )
}
