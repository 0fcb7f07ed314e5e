//! Changes of pods of the simulated cluster.

use jiff::Timestamp;
use k8bit_simulator::api::{ApiServer, Part, PatchKind, Resource, Status};
use serde_json::{Value, json};

/// Merges something into the status of a pod.
///
/// # Errors
/// When there is no such pod.
pub fn patch_status(
    api: &mut ApiServer,
    now: Timestamp,
    (namespace, name): (&str, &str),
    status: &Value,
) -> Result<(), Status> {
    let (part, kind) = (Part::Status, PatchKind::Merge);
    let patch = json!({"status": status});
    api.patch(now, Resource::Pods, namespace, name, part, kind, &patch)
        .map(drop)
}
