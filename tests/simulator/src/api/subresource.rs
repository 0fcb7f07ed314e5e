//! Subresources other than `status`: binding, eviction, scale, log; and access reviews.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::object::Object;
use super::patch::PatchKind;
use super::query::Query;
use super::resource::Resource;
use super::status::Status;
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
        let object = self.existing(resource, namespace, name)?.value();
        let metadata = &object["metadata"];
        let labels = object["spec"]["selector"]["matchLabels"].as_object();
        let selector: Vec<String> = labels
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect();
        Ok(json!({
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": {
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
                "creationTimestamp": metadata["creationTimestamp"]
            },
            "spec": {"replicas": object["spec"]["replicas"].as_i64().unwrap_or(0)},
            "status": {
                "replicas": object["status"]["replicas"].as_i64().unwrap_or(0),
                "selector": selector.join(",")
            }
        }))
    }

    pub(super) fn set_scale(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        scale: &Value,
    ) -> Result<Value, Status> {
        let patch = json!({
            "metadata": {"resourceVersion": scale["metadata"]["resourceVersion"]},
            "spec": {"replicas": scale["spec"]["replicas"].as_i64().unwrap_or(0)}
        });
        self.patch(now, resource, namespace, name, Part::Main, PatchKind::Merge, &patch)?;
        self.scale(resource, namespace, name)
    }

    /// The log of one container: made up from the container's start, a line every few seconds.
    pub(super) fn log(&self, now: Timestamp, namespace: &str, name: &str, query: &Query) -> Result<String, Status> {
        let pod = self.existing(Resource::Pods, namespace, name)?;
        let value = pod.value();
        let (containers, all) = container_names(&value);
        let asked = query.text("container");
        let container = match asked {
            "" if containers.len() == 1 => containers[0].clone(),
            "" => {
                return Err(Status::bad_request(format!(
                    "a container name must be specified for pod {name}, choose one of: [{}]",
                    containers.join(" ")
                )));
            }
            asked if all.iter().any(|known| known == asked) => asked.to_owned(),
            asked => {
                return Err(Status::bad_request(format!(
                    "container {asked} is not valid for pod {name}"
                )));
            }
        };
        let status = container_status(&value, &container);
        let state = match query.flag("previous") {
            true => status.map(|status| &status["lastState"]),
            false => status.map(|status| &status["state"]),
        };
        let state = state.unwrap_or(&Value::Null);
        let run = [&state["running"], &state["terminated"]]
            .into_iter()
            .find(|run| run.is_object());
        let Some(run) = run else {
            let why = match query.flag("previous") {
                true => format!("previous terminated container \"{container}\" in pod \"{name}\" not found"),
                false => format!(
                    "container \"{container}\" in pod \"{name}\" is waiting to start: {}",
                    state["waiting"]["reason"].as_str().unwrap_or("ContainerCreating")
                ),
            };
            return Err(Status::bad_request(why));
        };
        Ok(log_lines(&pod, &container, run, now, query))
    }

    pub(super) fn review_access(&self, mut review: Value) -> Value {
        let attributes = &review["spec"]["resourceAttributes"];
        let text = |field: &str| attributes[field].as_str().unwrap_or_default();
        let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
        let allowed = self.access.allows(text("verb"), text("resource"), namespace);
        review["kind"] = "SelfSubjectAccessReview".into();
        review["apiVersion"] = "authorization.k8s.io/v1".into();
        review["status"] = json!({"allowed": allowed});
        review
    }
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

fn container_names(pod: &Value) -> (Vec<String>, Vec<String>) {
    let names = |field: &str| -> Vec<String> {
        pod["spec"][field]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|container| container["name"].as_str().map(str::to_owned))
            .collect()
    };
    let containers = names("containers");
    let all = names("initContainers").into_iter().chain(containers.clone()).collect();
    (containers, all)
}

fn container_status<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    ["initContainerStatuses", "containerStatuses"]
        .iter()
        .filter_map(|field| pod["status"][*field].as_array())
        .flatten()
        .find(|status| status["name"] == name)
}

fn log_lines(pod: &Object, container: &str, run: &Value, now: Timestamp, query: &Query) -> String {
    /// A line is written so often.
    const LINE_EVERY_SECONDS: i64 = 3;
    /// A container is never older than this many lines, however long it runs.
    const LINES_MAX: i64 = 5_000;
    let time = |field: &str| run[field].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let start = time("startedAt").unwrap_or(now);
    let end = time("finishedAt").unwrap_or(now);
    let count = (end.as_second() - start.as_second()) / LINE_EVERY_SECONDS + 1;
    let since = query
        .number("sinceSeconds")
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map_or(i64::MIN, |seconds| now.as_second() - seconds);
    let tail = query.number("tailLines").and_then(|lines| i64::try_from(lines).ok());
    let first = (count - LINES_MAX).max(0).max(tail.map_or(0, |tail| count - tail));
    let mut text = String::new();
    for number in first..count {
        let at = start.as_second() + number * LINE_EVERY_SECONDS;
        if at < since {
            continue;
        }
        let at = Timestamp::from_second(at).map(format_time).unwrap_or_default();
        if query.flag("timestamps") {
            text.push_str(&format!("{at} "));
        }
        text.push_str(&match number {
            0 => format!("starting {container} in {}/{}\n", pod.namespace, pod.name),
            _ => format!("level=info msg=\"handled request\" container={container} number={number} status=200\n"),
        });
    }
    if let Some(code) = run["exitCode"].as_i64().filter(|code| *code != 0) {
        text.push_str(&format!("level=fatal msg=\"giving up\" code={code}\n"));
    }
    text
}
