//! Subresources other than `status` and `log`: binding, eviction, scale; and access reviews.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::patch::PatchKind;
use super::resource::Resource;
use super::status::{Cause, Status};
use super::write::{DeleteOptions, Part};
use super::{ApiServer, format_time};

/// The answer to writes that return no object.
pub(super) fn success() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}

impl ApiServer {
    /// Assigns a pod to a node, as the scheduler does.
    ///
    /// # Errors
    /// 404 without the pod, 409 if it is assigned already.
    pub fn bind(&mut self, now: Timestamp, namespace: &str, name: &str, node: &str) -> Result<(), Status> {
        let before = self.existing(Resource::Pods, namespace, name)?;
        let bound = before.field("spec.nodeName");
        if !bound.is_empty() {
            let why = format!("pod {name} is already assigned to node {bound:?}");
            return Err(Status::conflict(Resource::Pods.kind(), name, &why));
        }
        let mut pod = before.value();
        pod["spec"]["nodeName"] = node.into();
        set_condition(&mut pod["status"], "PodScheduled", true, now, "", "");
        self.update(now, Resource::Pods, namespace, name, Part::All, pod)?;
        Ok(())
    }

    pub(super) fn post_binding(
        &mut self,
        now: Timestamp,
        namespace: &str,
        name: &str,
        binding: &Value,
    ) -> Result<Value, Status> {
        let Some(node) = binding["target"]["name"].as_str().filter(|node| !node.is_empty()) else {
            return Err(Status::bad_request("target.name: Required value"));
        };
        self.bind(now, namespace, name, node)?;
        Ok(success())
    }

    pub(super) fn post_eviction(
        &mut self,
        now: Timestamp,
        namespace: &str,
        name: &str,
        eviction: &Value,
    ) -> Result<Value, Status> {
        let options = DeleteOptions::from_value(&eviction["deleteOptions"]);
        self.delete(now, Resource::Pods, namespace, name, &options)?;
        Ok(success())
    }

    pub(super) fn scale(&self, resource: Resource, namespace: &str, name: &str) -> Result<Value, Status> {
        Ok(scale_of(&self.existing(resource, namespace, name)?.value()))
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of one request")]
    pub(super) fn set_scale(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        scale: &Value,
        dry_run: bool,
    ) -> Result<Value, Status> {
        let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let cause = Cause::invalid(
                "spec.replicas",
                &replicas.to_string(),
                "must be greater than or equal to 0",
            );
            return Err(Status::invalid(resource.kind(), name, &[cause]));
        }
        let patch = json!({
            "metadata": {"resourceVersion": scale["metadata"]["resourceVersion"]},
            "spec": {"replicas": replicas}
        });
        let kind = PatchKind::Merge;
        let object = self.patch_with(now, resource, namespace, name, Part::Main, kind, &patch, dry_run)?;
        Ok(scale_of(&object.value()))
    }

    pub(super) fn review_access(&self, mut review: Value) -> Value {
        let attributes = &review["spec"]["resourceAttributes"];
        let text = |field: &str| attributes[field].as_str().unwrap_or_default();
        let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
        let resource = match text("subresource") {
            "" => text("resource").to_owned(),
            subresource => format!("{}/{subresource}", text("resource")),
        };
        let allowed = self.access.allows(text("verb"), text("group"), &resource, namespace);
        review["kind"] = "SelfSubjectAccessReview".into();
        review["apiVersion"] = "authorization.k8s.io/v1".into();
        review["status"] = json!({"allowed": allowed});
        review
    }

    pub(super) fn review_rules(&self, mut review: Value) -> Value {
        let status = self
            .access
            .rules_in(review["spec"]["namespace"].as_str().unwrap_or_default());
        review["kind"] = "SelfSubjectRulesReview".into();
        review["apiVersion"] = "authorization.k8s.io/v1".into();
        review["status"] = status;
        review
    }
}

/// The scale of a workload.
fn scale_of(object: &Value) -> Value {
    let metadata = &object["metadata"];
    // As Go leaves a zero out.
    let spec = match object["spec"]["replicas"].as_i64() {
        None | Some(0) => json!({}),
        Some(replicas) => json!({"replicas": replicas}),
    };
    let labels = object["spec"]["selector"]["matchLabels"].as_object();
    let selector: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
            "creationTimestamp": metadata["creationTimestamp"]
        },
        "spec": spec,
        "status": {
            "replicas": object["status"]["replicas"].as_i64().unwrap_or(0),
            "selector": selector.join(",")
        }
    })
}

/// Sets a condition of a status; the transition time moves when the state does.
pub(crate) fn set_condition(status: &mut Value, kind: &str, holds: bool, now: Timestamp, reason: &str, message: &str) {
    let state = if holds { "True" } else { "False" };
    let mut condition = json!({
        "type": kind, "status": state, "lastProbeTime": null, "lastTransitionTime": format_time(now)
    });
    if !reason.is_empty() {
        condition["reason"] = reason.into();
    }
    if !message.is_empty() {
        condition["message"] = message.into();
    }
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(conditions) = status["conditions"].as_array_mut() else {
        return;
    };
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(present) => {
            if present["status"] == state {
                condition["lastTransitionTime"] = present["lastTransitionTime"].clone();
            }
            *present = condition;
        }
        None => conditions.push(condition),
    }
}
