//! The projections of `k8bit::resource` against recorded bytes, the rules of kubectl, the full API types, and rubbish.

#![allow(clippy::unwrap_used, reason = "a test states its expectations")]

mod conformance;
mod golden;
mod malformed;
mod nodes;
mod print_pod;
mod template;

use k8bit::resource::{DecodeError, Pod, Resource, Timestamp};
use serde_json::{Value, value::RawValue};

/// The text of a file below `tests/fixtures`.
fn fixture(path: &str) -> String {
    let path = format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The `items` of a list, as they stand in it.
fn items(list: &str) -> Vec<Box<RawValue>> {
    #[derive(serde::Deserialize)]
    struct List {
        items: Vec<Box<RawValue>>,
    }
    serde_json::from_str::<List>(list).unwrap().items
}

fn decode<R: Resource>(json: &str) -> Result<R, DecodeError> {
    R::decode(json.as_bytes(), &mut R::Interner::default())
}

fn decode_value<R: Resource>(value: &Value) -> Result<R, DecodeError> {
    decode(&value.to_string())
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// The columns that say how a pod is: `1/2 CrashLoopBackOff 4 (6s ago)`.
fn columns(pod: &Pod, now: Timestamp) -> String {
    let status = &pod.status;
    format!(
        "{} {} {}",
        status.ready_column(),
        status.text,
        status.restarts_column(now)
    )
}
