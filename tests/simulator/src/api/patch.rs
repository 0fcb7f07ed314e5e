//! The kinds of patch: JSON patch, JSON merge patch, strategic merge patch, and apply read as the last.
//!
//! Strategic merge follows
//! <https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md>
//! for the lists that Kubernetes merges by key. Field ownership of server-side apply is not kept.

use serde_json::{Map, Value};

use super::status::Status;

/// How the body of a PATCH is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, which merges some lists by key.
    Strategic,
    /// Server-side apply; creates what is absent.
    Apply,
}

impl PatchKind {
    /// Chooses by content type.
    ///
    /// # Errors
    /// 415 for any other.
    pub fn of_content_type(content_type: &str) -> Result<Self, Status> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            _ => Err(Status::unsupported_media_type()),
        }
    }

    /// Applies a patch.
    ///
    /// # Errors
    /// 400 for a patch that cannot be read, 422 for one that cannot be applied.
    pub fn apply(self, target: &mut Value, patch: &Value) -> Result<(), Status> {
        match self {
            Self::Json => {
                let operations: json_patch::Patch = serde_json::from_value(patch.clone())
                    .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
                json_patch::patch(target, &operations).map_err(|error| {
                    let mut status = Status::bad_request(format!("the server rejected our request: {error}"));
                    status.code = 422;
                    status.reason = "Invalid";
                    status
                })
            }
            Self::Merge => {
                json_patch::merge(target, patch);
                Ok(())
            }
            Self::Strategic | Self::Apply => {
                merge_value(target, patch, "");
                Ok(())
            }
        }
    }
}

/// The key by which a list of objects is merged; `None` if the list is replaced.
fn merge_key(field: &str, items: &[Value]) -> Option<&'static str> {
    Some(match field {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => "name",
        "ports" if items.iter().any(|item| item.get("containerPort").is_some()) => "containerPort",
        "ports" => "port",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "conditions" | "addresses" => "type",
        "taints" => "key",
        "ownerReferences" => "uid",
        "hostAliases" | "podIPs" | "hostIPs" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        _ => return None,
    })
}

fn merge_value(target: &mut Value, patch: &Value, field: &str) {
    match patch {
        Value::Object(patch) => merge_object(target, patch),
        Value::Array(items) => merge_list(target, items, field),
        _ => *target = patch.clone(),
    }
}

fn merge_object(target: &mut Value, patch: &Map<String, Value>) {
    if patch.get("$patch").is_some_and(|directive| directive == "replace") {
        *target = Value::Object(without_directives(patch));
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else { return };
    if let Some(Value::Array(kept)) = patch.get("$retainKeys") {
        object.retain(|key, _| kept.iter().any(|kept| kept == key));
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(items)), Value::Array(gone)) = (object.get_mut(list), value) {
                items.retain(|item| !gone.contains(item));
            }
        } else if key.starts_with('$') {
            // $setElementOrder and the directives that were handled above.
        } else if value.is_null() {
            object.remove(key);
        } else {
            merge_value(object.entry(key.clone()).or_insert(Value::Null), value, key);
        }
    }
}

fn merge_list(target: &mut Value, patch: &[Value], field: &str) {
    let Value::Array(items) = target else {
        *target = patch
            .iter()
            .filter(|item| item.get("$patch").is_none())
            .cloned()
            .collect();
        return;
    };
    if field == "finalizers" {
        for item in patch {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return;
    }
    let replaced = patch
        .iter()
        .any(|item| item.get("$patch").is_some_and(|directive| directive == "replace"));
    let key = merge_key(field, patch).filter(|_| !replaced);
    let Some(key) = key else {
        *items = patch
            .iter()
            .filter(|item| item.get("$patch").is_none())
            .cloned()
            .collect();
        return;
    };
    for item in patch {
        let same = items.iter().position(|present| present.get(key) == item.get(key));
        let delete = item.get("$patch").is_some_and(|directive| directive == "delete");
        match (same, delete) {
            (Some(index), true) => {
                items.remove(index);
            }
            (None, true) => {}
            (Some(index), false) => merge_value(&mut items[index], item, ""),
            (None, false) => items.push(item.clone()),
        }
    }
}

fn without_directives(object: &Map<String, Value>) -> Map<String, Value> {
    object
        .iter()
        .filter(|(key, _)| !key.starts_with('$'))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: PatchKind, mut target: Value, patch: &Value, expected: &Value) {
        kind.apply(&mut target, patch).expect("applies");
        assert_eq!(&target, expected, "{kind:?} {patch}");
    }

    #[test]
    fn patches() {
        let pod = json!({"spec": {"containers": [{"name": "a", "image": "x:1", "env": [{"name": "E", "value": "1"}]},
                                                 {"name": "b", "image": "y:1"}]}});
        check(
            PatchKind::Strategic,
            pod.clone(),
            &json!({"spec": {"$setElementOrder/containers": [{"name": "a"}], "containers": [{"name": "a", "image": "x:2"}]}}),
            &json!({"spec": {"containers": [{"name": "a", "image": "x:2", "env": [{"name": "E", "value": "1"}]},
                                            {"name": "b", "image": "y:1"}]}}),
        );
        check(
            PatchKind::Strategic,
            pod.clone(),
            &json!({"spec": {"containers": [{"name": "b", "$patch": "delete"}]}}),
            &json!({"spec": {"containers": [{"name": "a", "image": "x:1", "env": [{"name": "E", "value": "1"}]}]}}),
        );
        check(
            PatchKind::Merge,
            pod.clone(),
            &json!({"spec": {"containers": [{"name": "c"}]}, "x": null}),
            &json!({"spec": {"containers": [{"name": "c"}]}}),
        );
        check(
            PatchKind::Json,
            pod,
            &json!([{"op": "remove", "path": "/spec/containers/0"}, {"op": "add", "path": "/a", "value": 1}]),
            &json!({"spec": {"containers": [{"name": "b", "image": "y:1"}]}, "a": 1}),
        );
        check(
            PatchKind::Strategic,
            json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"unschedulable": true}}),
            &json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}, "spec": {"unschedulable": null}}),
            &json!({"metadata": {"finalizers": ["b"]}, "spec": {}}),
        );
        check(
            PatchKind::Strategic,
            json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}),
            &json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}),
            &json!({"strategy": {"type": "Recreate"}}),
        );
    }
}
