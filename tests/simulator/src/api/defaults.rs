//! What the server fills in and refuses when objects are created or changed.
//!
//! As much of `pkg/apis/*/v1/defaults.go` and of validation as clients here can see; no more.

use serde_json::{Value, json};

use super::resource::{Kind, Resource};
use super::status::{Cause, Status};

/// Fills in the defaults of a new object.
pub(super) fn fill(resource: Resource, object: &mut Value) {
    match resource {
        Resource::Pods => {
            fill_pod_spec(&mut object["spec"]);
            tolerate_node_trouble(&mut object["spec"]);
            let class = qos_class(&object["spec"]);
            let gated = object["spec"]["schedulingGates"]
                .as_array()
                .is_some_and(|gates| !gates.is_empty());
            let status = &mut object["status"];
            default(status, "phase", json!("Pending"));
            default(status, "qosClass", class.into());
            if gated {
                let condition = json!([{
                    "type": "PodScheduled", "status": "False", "lastProbeTime": null, "lastTransitionTime": null,
                    "reason": "SchedulingGated",
                    "message": "Scheduling is blocked due to non-empty scheduling gates"
                }]);
                default(status, "conditions", condition);
            }
        }
        Resource::Deployments => {
            let spec = &mut object["spec"];
            default(spec, "replicas", json!(1));
            default(spec, "revisionHistoryLimit", json!(10));
            default(spec, "progressDeadlineSeconds", json!(600));
            default(spec, "strategy", json!({"type": "RollingUpdate"}));
            if spec["strategy"]["type"].as_str().unwrap_or("RollingUpdate") == "RollingUpdate" {
                default(&mut spec["strategy"], "type", json!("RollingUpdate"));
                default(&mut spec["strategy"], "rollingUpdate", json!({}));
                default(&mut spec["strategy"]["rollingUpdate"], "maxSurge", json!("25%"));
                default(&mut spec["strategy"]["rollingUpdate"], "maxUnavailable", json!("25%"));
            }
            fill_pod_spec(&mut spec["template"]["spec"]);
            default(object, "status", json!({}));
        }
        Resource::ReplicaSets | Resource::StatefulSets => {
            default(&mut object["spec"], "replicas", json!(1));
            fill_pod_spec(&mut object["spec"]["template"]["spec"]);
            default(object, "status", json!({"replicas": 0}));
        }
        Resource::DaemonSets => {
            fill_pod_spec(&mut object["spec"]["template"]["spec"]);
            default(object, "status", json!({}));
        }
        Resource::Jobs => {
            let uid = object["metadata"]["uid"].clone();
            let spec = &mut object["spec"];
            default(spec, "parallelism", json!(1));
            default(spec, "completions", json!(1));
            default(spec, "backoffLimit", json!(6));
            default(spec, "suspend", json!(false));
            if spec["selector"].is_null() {
                let labels = json!({"batch.kubernetes.io/controller-uid": uid});
                spec["selector"] = json!({"matchLabels": labels});
                let name = object["metadata"]["name"].clone();
                let spec = &mut object["spec"];
                let template_labels = &mut spec["template"]["metadata"]["labels"];
                default(template_labels, "batch.kubernetes.io/controller-uid", uid);
                default(template_labels, "batch.kubernetes.io/job-name", name.clone());
                default(template_labels, "job-name", name);
            }
            fill_pod_spec(&mut object["spec"]["template"]["spec"]);
            default(object, "status", json!({}));
        }
        Resource::Namespaces => {
            let name = object["metadata"]["name"].clone();
            default(&mut object["metadata"]["labels"], "kubernetes.io/metadata.name", name);
            default(&mut object["spec"], "finalizers", json!(["kubernetes"]));
            default(&mut object["status"], "phase", json!("Active"));
        }
        Resource::Nodes => {
            default(object, "spec", json!({}));
            default(object, "status", json!({}));
        }
        Resource::Services => {
            default(&mut object["spec"], "type", json!("ClusterIP"));
            default(&mut object["spec"], "sessionAffinity", json!("None"));
            default(object, "status", json!({"loadBalancer": {}}));
        }
        Resource::Events | Resource::ConfigMaps | Resource::Leases | Resource::Rollouts => {}
    }
}

fn default(object: &mut Value, field: &str, value: Value) {
    if object.is_null() {
        *object = json!({});
    }
    if let Value::Object(fields) = object
        && fields.get(field).is_none_or(Value::is_null)
    {
        fields.insert(field.to_owned(), value);
    }
}

fn fill_pod_spec(spec: &mut Value) {
    default(spec, "restartPolicy", json!("Always"));
    default(spec, "terminationGracePeriodSeconds", json!(30));
    default(spec, "dnsPolicy", json!("ClusterFirst"));
    default(spec, "securityContext", json!({}));
    default(spec, "schedulerName", json!("default-scheduler"));
    for field in ["initContainers", "containers"] {
        for container in spec[field].as_array_mut().into_iter().flatten() {
            let image = container["image"].as_str().unwrap_or_default();
            let latest = image.ends_with(":latest") || !image.rsplit('/').next().unwrap_or_default().contains(':');
            let policy = if latest { "Always" } else { "IfNotPresent" };
            default(container, "imagePullPolicy", json!(policy));
            default(container, "resources", json!({}));
            default(container, "terminationMessagePath", json!("/dev/termination-log"));
            default(container, "terminationMessagePolicy", json!("File"));
        }
    }
    // Indexing above may have left a null where nothing was.
    if let Value::Object(fields) = spec {
        fields.retain(|_, value| !value.is_null());
    }
}

fn tolerate_node_trouble(spec: &mut Value) {
    default(spec, "enableServiceLinks", json!(true));
    default(spec, "priority", json!(0));
    default(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
    default(spec, "tolerations", json!([]));
    let Some(tolerations) = spec["tolerations"].as_array_mut() else {
        return;
    };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = tolerations.iter().any(|toleration| {
            toleration["key"] == key || (toleration["key"].is_null() && toleration["operator"] == "Exists")
        });
        if !tolerated {
            tolerations
                .push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
}

/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>
fn qos_class(spec: &Value) -> &'static str {
    let containers = || spec["containers"].as_array().into_iter().flatten();
    let set = |container: &Value, kind: &str, name: &str| container["resources"][kind][name].is_string();
    let names = ["cpu", "memory"];
    let any = containers().any(|container| {
        names
            .iter()
            .any(|name| set(container, "requests", name) || set(container, "limits", name))
    });
    let guaranteed = containers().all(|container| {
        let resources = &container["resources"];
        names.iter().all(|name| {
            let (request, limit) = (&resources["requests"][*name], &resources["limits"][*name]);
            limit.is_string() && (request.is_null() || request == limit)
        })
    });
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// Refuses a new object that lacks what it cannot do without.
pub(super) fn validate_new(resource: Resource, object: &Value) -> Result<(), Status> {
    let kind = resource.kind();
    let mut causes = Vec::from_iter(validate_name(object));
    match resource {
        Resource::Pods => causes.extend(validate_containers(&object["spec"], "spec")),
        Resource::Deployments | Resource::ReplicaSets | Resource::DaemonSets | Resource::StatefulSets => {
            causes.extend(validate_containers(
                &object["spec"]["template"]["spec"],
                "spec.template.spec",
            ));
            let selector = &object["spec"]["selector"]["matchLabels"];
            let labels = &object["spec"]["template"]["metadata"]["labels"];
            if selector.as_object().is_none_or(serde_json::Map::is_empty) {
                causes.push(Cause::required("spec.selector"));
            } else if selector
                .as_object()
                .into_iter()
                .flatten()
                .any(|(key, value)| labels[key] != *value)
            {
                causes.push(Cause::invalid(
                    "spec.template.metadata.labels",
                    &labels.to_string(),
                    "`selector` does not match template `labels`",
                ));
            }
        }
        Resource::Jobs => causes.extend(validate_containers(
            &object["spec"]["template"]["spec"],
            "spec.template.spec",
        )),
        _ => {}
    }
    refuse(kind, object, &causes)
}

/// Refuses a change of what cannot change.
pub(super) fn validate_change(resource: Resource, old: &Value, new: &Value) -> Result<(), Status> {
    let kind = resource.kind();
    let mut causes = vec![];
    match resource {
        Resource::Pods if old["spec"] != new["spec"] && fixed_pod_spec(old) != fixed_pod_spec(new) => causes.push(Cause::forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        )),
        Resource::Deployments | Resource::ReplicaSets | Resource::DaemonSets
            if old["spec"]["selector"] != new["spec"]["selector"] =>
        {
            causes.push(Cause::invalid(
                "spec.selector",
                &new["spec"]["selector"].to_string(),
                "field is immutable",
            ));
        }
        _ => {}
    }
    if new["spec"]["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
        causes.push(Cause::invalid(
            "spec.replicas",
            &new["spec"]["replicas"].to_string(),
            "must be greater than or equal to 0",
        ));
    }
    refuse(kind, new, &causes)
}

/// A pod's spec without the parts that may change.
fn fixed_pod_spec(pod: &Value) -> Value {
    let mut spec = pod["spec"].clone();
    for field in ["initContainers", "containers"] {
        for container in spec[field].as_array_mut().into_iter().flatten() {
            if let Value::Object(container) = container {
                // The resources of a running pod change through a subresource; being lenient here hurts nobody.
                container.remove("image");
                container.remove("imagePullPolicy");
                container.remove("resources");
            }
        }
    }
    if let Value::Object(spec) = &mut spec {
        for field in [
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
            "schedulingGates",
            "nodeSelector",
        ] {
            spec.remove(field);
        }
    }
    spec
}

fn validate_name(object: &Value) -> Option<Cause> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Some(Cause {
            message: "Required value: name or generateName is required".to_owned(),
            ..Cause::required("metadata.name")
        });
    }
    let valid = name.len() <= 253
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    (!valid).then(|| {
        Cause::invalid(
            "metadata.name",
            name,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        )
    })
}

fn validate_containers(spec: &Value, path: &str) -> Vec<Cause> {
    let containers = spec["containers"].as_array();
    let Some(containers) = containers.filter(|containers| !containers.is_empty()) else {
        return vec![Cause::required(&format!("{path}.containers"))];
    };
    containers
        .iter()
        .enumerate()
        .flat_map(|(index, container)| {
            ["name", "image"].into_iter().filter_map(move |field| {
                let absent = container[field].as_str().is_none_or(str::is_empty);
                absent.then(|| Cause::required(&format!("{path}.containers[{index}].{field}")))
            })
        })
        .collect()
}

fn refuse(kind: &Kind, object: &Value, causes: &[Cause]) -> Result<(), Status> {
    if causes.is_empty() {
        return Ok(());
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    Err(Status::invalid(kind, name, causes))
}
