//! `Table` representations, which kubectl prints: columns per resource, one row per object.
//!
//! Follows `pkg/printers/internalversion/printers.go` of Kubernetes for the resources that people look at
//! here; all others have NAME and AGE.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::negotiate::Include;
use super::object::Object;
use super::padding::Padding;
use super::resource::Resource;

mod age;
mod node;
mod pod;
mod workload;

pub use age::human_duration;
use age::{parse_time, since};
pub use pod::{PodSummary, summarise_pod};

/// A column: name, type, format, priority (1 is shown with `-o wide` alone).
type Column = (&'static str, &'static str, &'static str, u8);

const NAME: Column = ("Name", "string", "name", 0);
const AGE: Column = ("Age", "string", "", 0);

/// A text column.
const fn text(name: &'static str) -> Column {
    (name, "string", "", 0)
}

/// A text column of `-o wide`.
const fn wide(name: &'static str) -> Column {
    (name, "string", "", 1)
}

/// A numeric column.
const fn number(name: &'static str) -> Column {
    (name, "integer", "", 0)
}

fn columns(resource: Resource) -> &'static [Column] {
    match resource {
        Resource::Pods => pod::COLUMNS,
        Resource::Nodes => node::COLUMNS,
        Resource::Deployments => workload::DEPLOYMENT_COLUMNS,
        Resource::ReplicaSets => workload::REPLICA_SET_COLUMNS,
        Resource::DaemonSets => workload::DAEMON_SET_COLUMNS,
        Resource::StatefulSets => workload::STATEFUL_SET_COLUMNS,
        Resource::Jobs => workload::JOB_COLUMNS,
        Resource::Events => workload::EVENT_COLUMNS,
        Resource::Services => workload::SERVICE_COLUMNS,
        Resource::Namespaces => workload::NAMESPACE_COLUMNS,
        Resource::ConfigMaps | Resource::Leases | Resource::Rollouts => &[NAME, AGE],
    }
}

/// The cells of an object's row.
#[must_use]
pub(super) fn cells(resource: Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    match resource {
        Resource::Pods => pod::cells(object, now),
        Resource::Nodes => node::cells(object, now),
        Resource::Deployments => workload::deployment(object, now),
        Resource::ReplicaSets => workload::replica_set(object, now),
        Resource::DaemonSets => workload::daemon_set(object, now),
        Resource::StatefulSets => workload::stateful_set(object, now),
        Resource::Jobs => workload::job(object, now),
        Resource::Events => workload::event(object, now),
        Resource::Services => workload::service(object, now),
        Resource::Namespaces => workload::namespace(object, now),
        Resource::ConfigMaps | Resource::Leases | Resource::Rollouts => vec![name(object), age(object, now)],
    }
}

/// `columnDefinitions` as JSON.
#[must_use]
pub(super) fn column_definitions(resource: Resource) -> Value {
    columns(resource)
        .iter()
        .map(|(name, kind, format, priority)| {
            json!({"name": name, "type": kind, "format": format, "description": "", "priority": priority})
        })
        .collect()
}

/// Appends one row of a table.
pub(super) fn write_row(object: &Object, include: Include, now: Timestamp, padding: &Padding, out: &mut Vec<u8>) {
    let cells = Value::Array(cells(object.resource, &object.value(), now));
    out.extend_from_slice(format!(r#"{{"cells":{cells},"object":"#).as_bytes());
    match include {
        Include::None => out.extend_from_slice(b"null"),
        Include::Metadata => object.write_metadata(padding, out),
        Include::Object => object.write_full(padding, out),
    }
    out.push(b'}');
}

/// Appends a whole table of one row, as a single object or a watch event carries it.
///
/// `headers` is whether the columns are named: in a watch, only the first event does so.
pub(super) fn write_single(
    object: &Object,
    include: Include,
    headers: bool,
    now: Timestamp,
    padding: &Padding,
    out: &mut Vec<u8>,
) {
    let columns = if headers {
        column_definitions(object.resource)
    } else {
        Value::Null
    };
    let version = object.resource_version;
    out.extend_from_slice(
        format!(
            r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"{version}"}},"columnDefinitions":{columns},"rows":["#
        )
        .as_bytes(),
    );
    write_row(object, include, now, padding, out);
    out.extend_from_slice(b"]}");
}

fn name(object: &Value) -> Value {
    object["metadata"]["name"].clone()
}

fn age(object: &Value, now: Timestamp) -> Value {
    age::since(&object["metadata"]["creationTimestamp"], now).into()
}

/// A text, or `<none>`.
fn or_none(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.into(),
        _ => "<none>".into(),
    }
}

fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// The items of a JSON array; none if it is no array.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
