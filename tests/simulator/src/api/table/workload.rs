//! Rows of workloads, events, services and namespaces.

use jiff::Timestamp;
use serde_json::Value;

use super::{AGE, Column, NAME, count, items, name, number, or_none, parse_time, since, text, wide};

pub(super) const DEPLOYMENT_COLUMNS: &[Column] = &[
    NAME,
    text("Ready"),
    number("Up-to-date"),
    number("Available"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn deployment(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    vec![
        name(object),
        format!("{}/{}", count(&status["readyReplicas"]), desired(object)).into(),
        count(&status["updatedReplicas"]).into(),
        count(&status["availableReplicas"]).into(),
        super::age(object, now),
        containers(object, "name").into(),
        containers(object, "image").into(),
        selector(object).into(),
    ]
}

pub(super) const REPLICA_SET_COLUMNS: &[Column] = &[
    NAME,
    number("Desired"),
    number("Current"),
    number("Ready"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn replica_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    vec![
        name(object),
        desired(object).into(),
        count(&status["replicas"]).into(),
        count(&status["readyReplicas"]).into(),
        super::age(object, now),
        containers(object, "name").into(),
        containers(object, "image").into(),
        selector(object).into(),
    ]
}

pub(super) const DAEMON_SET_COLUMNS: &[Column] = &[
    NAME,
    number("Desired"),
    number("Current"),
    number("Ready"),
    number("Up-to-date"),
    number("Available"),
    text("Node Selector"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn daemon_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    vec![
        name(object),
        count(&status["desiredNumberScheduled"]).into(),
        count(&status["currentNumberScheduled"]).into(),
        count(&status["numberReady"]).into(),
        count(&status["updatedNumberScheduled"]).into(),
        count(&status["numberAvailable"]).into(),
        labels(&object["spec"]["template"]["spec"]["nodeSelector"]).into(),
        super::age(object, now),
        containers(object, "name").into(),
        containers(object, "image").into(),
        selector(object).into(),
    ]
}

pub(super) const STATEFUL_SET_COLUMNS: &[Column] = &[NAME, text("Ready"), AGE, wide("Containers"), wide("Images")];

pub(super) fn stateful_set(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        name(object),
        format!("{}/{}", count(&object["status"]["readyReplicas"]), desired(object)).into(),
        super::age(object, now),
        containers(object, "name").into(),
        containers(object, "image").into(),
    ]
}

pub(super) const JOB_COLUMNS: &[Column] = &[
    NAME,
    text("Status"),
    text("Completions"),
    text("Duration"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn job(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    let holds = |kind: &str| {
        items(&status["conditions"])
            .iter()
            .any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    let state = match (holds("Complete"), holds("Failed"), holds("Suspended")) {
        (true, _, _) => "Complete",
        (_, true, _) => "Failed",
        (_, _, true) => "Suspended",
        _ if object["metadata"]["deletionTimestamp"].is_string() => "Terminating",
        _ => "Running",
    };
    let completions = object["spec"]["completions"].as_i64().unwrap_or(1);
    let start = parse_time(&status["startTime"]);
    let duration = start.map_or(String::new(), |start| {
        let end = parse_time(&status["completionTime"]).unwrap_or(now);
        super::human_duration(end.as_second() - start.as_second())
    });
    vec![
        name(object),
        state.into(),
        format!("{}/{completions}", count(&status["succeeded"])).into(),
        duration.into(),
        super::age(object, now),
        containers(object, "name").into(),
        containers(object, "image").into(),
        selector(object).into(),
    ]
}

pub(super) const EVENT_COLUMNS: &[Column] = &[
    text("Last Seen"),
    text("Type"),
    text("Reason"),
    text("Object"),
    wide("Subobject"),
    wide("Source"),
    text("Message"),
    wide("First Seen"),
    wide("Count"),
    ("Name", "string", "name", 1),
];

pub(super) fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let first_of = |fields: &[&str]| {
        let time = fields.iter().map(|field| &object[*field]).find(|time| time.is_string());
        since(time.unwrap_or(&Value::Null), now)
    };
    let involved = &object["involvedObject"];
    let kind = involved["kind"].as_str().unwrap_or_default().to_lowercase();
    let source = object["source"]["component"]
        .as_str()
        .or_else(|| object["reportingComponent"].as_str());
    vec![
        first_of(&["lastTimestamp", "eventTime", "firstTimestamp"]).into(),
        object["type"].clone(),
        object["reason"].clone(),
        format!("{kind}/{}", involved["name"].as_str().unwrap_or_default()).into(),
        involved["fieldPath"].as_str().unwrap_or_default().into(),
        source.unwrap_or_default().into(),
        object["message"].as_str().unwrap_or_default().trim().into(),
        first_of(&["firstTimestamp", "eventTime"]).into(),
        object["count"].as_i64().unwrap_or(1).into(),
        name(object),
    ]
}

pub(super) const SERVICE_COLUMNS: &[Column] = &[
    NAME,
    text("Type"),
    text("Cluster-IP"),
    text("External-IP"),
    text("Port(s)"),
    AGE,
    wide("Selector"),
];

pub(super) fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let ports: Vec<String> = items(&spec["ports"])
        .iter()
        .map(|port| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            format!("{}/{protocol}", count(&port["port"]))
        })
        .collect();
    vec![
        name(object),
        spec["type"].as_str().unwrap_or("ClusterIP").into(),
        or_none(&spec["clusterIP"]),
        "<none>".into(),
        if ports.is_empty() {
            "<none>".to_owned()
        } else {
            ports.join(",")
        }
        .into(),
        super::age(object, now),
        labels(&spec["selector"]).into(),
    ]
}

pub(super) const NAMESPACE_COLUMNS: &[Column] = &[NAME, text("Status"), AGE];

pub(super) fn namespace(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        name(object),
        object["status"]["phase"].as_str().unwrap_or_default().into(),
        super::age(object, now),
    ]
}

fn desired(object: &Value) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

fn containers(object: &Value, field: &str) -> String {
    let containers = items(&object["spec"]["template"]["spec"]["containers"]);
    let texts: Vec<&str> = containers.iter().filter_map(|c| c[field].as_str()).collect();
    texts.join(",")
}

fn selector(object: &Value) -> String {
    labels(&object["spec"]["selector"]["matchLabels"])
}

fn labels(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if pairs.is_empty() {
        "<none>".to_owned()
    } else {
        pairs.join(",")
    }
}
