//! Resizing a pod in place, as the kubelet tells of it:
//! <https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/>.

use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::Value;

use super::{Task, World};
use crate::api::subresource::set_condition;
use crate::api::{ApiServer, Key, Part, Resource};

/// What becomes of a resize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is granted, and applied after a while.
    Granted,
    /// The node has no room; later it has.
    Deferred,
    /// The node can never grant it, and somebody takes it back.
    Infeasible,
}

/// The conditions that tell of a resize.
const CONDITIONS: [&str; 2] = ["PodResizePending", "PodResizeInProgress"];

impl World {
    /// Somebody asks for twice the CPU of a running pod.
    pub(super) fn resize(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key) {
        let outcome = match self.rng.u32(..4) {
            0 => Outcome::Infeasible,
            1 => Outcome::Deferred,
            _ => Outcome::Granted,
        };
        let Some(pod) = api.get(Resource::Pods, &key.0, &key.1).cloned() else {
            return;
        };
        let mut value = pod.value();
        let resources = value["spec"]["containers"][0]["resources"].clone();
        let Some(millis) = millis(&resources["requests"]["cpu"]).filter(|_| !is_resizing(&value)) else {
            return;
        };
        let wanted = match outcome {
            Outcome::Infeasible => 1_000 * millis,
            Outcome::Granted | Outcome::Deferred => 2 * millis,
        };
        value["spec"]["containers"][0]["resources"]["requests"]["cpu"] = format!("{wanted}m").into();
        let specs = pod.value()["spec"]["containers"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let status = &mut value["status"];
        for (index, spec) in specs.iter().enumerate() {
            let container = &mut status["containerStatuses"][index];
            container["allocatedResources"] = spec["resources"]["requests"].clone();
            container["resources"] = spec["resources"].clone();
        }
        match outcome {
            Outcome::Granted => set_condition(status, CONDITIONS[1], true, now, "", ""),
            Outcome::Deferred => {
                let message = "Node didn't have enough resource: cpu";
                set_condition(status, CONDITIONS[0], true, now, "Deferred", message);
            }
            Outcome::Infeasible => {
                let message = "Node didn't have enough capacity: cpu";
                set_condition(status, CONDITIONS[0], true, now, "Infeasible", message);
            }
        }
        let uid = CompactString::from(pod.uid.as_str());
        if api
            .update(now, Resource::Pods, &key.0, &key.1, Part::All, value)
            .is_ok()
        {
            let seconds = self.rng.u64(8..45);
            self.schedule_task(now + Duration::from_secs(seconds), Task::EndResize(key.clone(), uid));
        }
    }

    /// The pod has what it asks for; or what it could never have is not asked for any more.
    pub(super) fn end_resize(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key, uid: &str) {
        let pod = api.get(Resource::Pods, &key.0, &key.1).cloned();
        let Some(pod) = pod.filter(|pod| pod.uid == uid) else {
            return;
        };
        let mut value = pod.value();
        let container = value["status"]["containerStatuses"][0].clone();
        if container["resources"].is_object() {
            if is_infeasible(&value) {
                value["spec"]["containers"][0]["resources"] = container["resources"].clone();
            } else {
                let resources = value["spec"]["containers"][0]["resources"].clone();
                let container = &mut value["status"]["containerStatuses"][0];
                container["allocatedResources"] = resources["requests"].clone();
                container["resources"] = resources;
            }
        }
        if let Some(conditions) = value["status"]["conditions"].as_array_mut() {
            conditions.retain(|condition| !CONDITIONS.iter().any(|kind| condition["type"] == *kind));
        }
        // It may have been deleted.
        let _ = api.update(now, Resource::Pods, &key.0, &key.1, Part::All, value);
    }
}

/// Whether a pod asks for what its node can never grant.
pub(super) fn is_infeasible(pod: &Value) -> bool {
    condition(pod, CONDITIONS[0]).is_some_and(|it| it["reason"] == "Infeasible")
}

fn is_resizing(pod: &Value) -> bool {
    CONDITIONS.iter().any(|kind| condition(pod, kind).is_some())
}

fn condition<'p>(pod: &'p Value, kind: &str) -> Option<&'p Value> {
    let conditions = pod["status"]["conditions"].as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)
}

/// Thousandths of a core, of the amounts that the world's own pods request.
fn millis(cpu: &Value) -> Option<u64> {
    let text = cpu.as_str()?;
    match text.strip_suffix('m') {
        Some(millis) => millis.parse().ok(),
        None => text.parse::<u64>().ok().map(|cores| 1_000 * cores),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_read_as_the_world_writes_them() {
        for (text, expected) in [("250m", Some(250)), ("2", Some(2_000)), ("many", None)] {
            assert_eq!(millis(&json!(text)), expected, "{text}");
        }
    }
}
