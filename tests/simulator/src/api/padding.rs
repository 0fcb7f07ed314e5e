//! `metadata.managedFields` of a wished size, shared by all objects.
//!
//! Real objects are mostly managedFields: a pod of 8 KB of JSON holds about 6 KB of them. Here one text is
//! cut to the size that an object still lacks, at write-out, so that 150,000 padded pods cost no memory.
//! The text is no record of who wrote what.

use serde_json::Value;

use super::protobuf::{self, encode};
use super::resource::Resource;

const OPEN: &str = r#","managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"v1","time":"2026-11-23T08:40:48Z","fieldsType":"FieldsV1","fieldsV1":"#;
const FIELDS_OPEN: &str = r#"{"f:status":{"f:phase":{}"#;
const FIELDS_CLOSE: &str = "}}";
const CLOSE: &str = r#"}},"subresource":"status"}]"#;

/// The number of `managedFields` in `ObjectMeta`.
const MANAGED_FIELDS: u64 = 17;
/// The number of `fieldsV1` in `ManagedFieldsEntry`.
const FIELDS_V1: u64 = 7;

/// The shared text and the places where it may be cut.
#[derive(Clone, Debug, Default)]
pub struct Padding {
    object_bytes: usize,
    text: String,
    cuts: Vec<usize>,
    /// The entry in protobuf before `fieldsV1`, and after it.
    entry: [Vec<u8>; 2],
}

impl Padding {
    /// No managedFields at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Pads pods and nodes to about `object_bytes` bytes of compact JSON each; 0 is [`Self::none`].
    #[must_use]
    pub fn to(object_bytes: usize) -> Self {
        let mut text = format!("{OPEN}{FIELDS_OPEN}");
        let mut cuts = vec![];
        let names = ["ContainersReady", "Initialized", "PodScheduled", "Ready"];
        while object_bytes > 0 && text.len() < object_bytes {
            let number = cuts.len();
            let name = names[number % names.len()];
            text.push_str(&format!(
                r#","k:{{\"type\":\"{name}{number}\"}}":{{".":{{}},"f:lastProbeTime":{{}},"f:status":{{}}}}"#
            ));
            cuts.push(text.len());
        }
        Self {
            object_bytes,
            text,
            cuts,
            entry: entry(),
        }
    }

    /// Appends `,"managedFields":[…]` for an object of `length` bytes, or nothing if it is large enough.
    pub fn write(&self, resource: Resource, length: usize, out: &mut Vec<u8>) {
        if let Some(text) = self.cut(resource, length) {
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(CLOSE.as_bytes());
        }
    }

    /// How many bytes [`Self::write_protobuf`] appends.
    pub(super) fn protobuf_length(&self, resource: Resource, length: usize) -> usize {
        self.cut(resource, length)
            .map_or(0, |text| encode::length(MANAGED_FIELDS, self.entry_length(text)))
    }

    /// Appends the same to `ObjectMeta` in protobuf, where `fieldsV1` is JSON as well. `length` is that of the JSON.
    pub(super) fn write_protobuf(&self, resource: Resource, length: usize, out: &mut Vec<u8>) {
        let Some(text) = self.cut(resource, length) else {
            return;
        };
        let [before, after] = &self.entry;
        encode::open(MANAGED_FIELDS, self.entry_length(text), out);
        out.extend_from_slice(before);
        let raw = text.len() - OPEN.len() + FIELDS_CLOSE.len();
        encode::open(FIELDS_V1, encode::length(1, raw), out);
        encode::open(1, raw, out);
        out.extend_from_slice(&text.as_bytes()[OPEN.len()..]);
        out.extend_from_slice(FIELDS_CLOSE.as_bytes());
        out.extend_from_slice(after);
    }

    fn entry_length(&self, text: &str) -> usize {
        let [before, after] = &self.entry;
        let raw = text.len() - OPEN.len() + FIELDS_CLOSE.len();
        before.len() + encode::length(FIELDS_V1, encode::length(1, raw)) + after.len()
    }

    /// The text up to where it is cut for an object of `length` bytes; none if the object is large enough.
    fn cut(&self, resource: Resource, length: usize) -> Option<&str> {
        if !matches!(resource, Resource::Pods | Resource::Nodes) {
            return None;
        }
        let wanted = self.object_bytes.saturating_sub(length + CLOSE.len());
        let fitting = self.cuts.partition_point(|cut| *cut <= wanted);
        Some(&self.text[..*self.cuts.get(fitting.checked_sub(1)?)?])
    }
}

/// The entry in protobuf around `fieldsV1`.
fn entry() -> [Vec<u8>; 2] {
    let json = format!(r#"{{"name":""{OPEN}{FIELDS_OPEN}{CLOSE}}}"#);
    let metadata: Value = serde_json::from_str(&json).expect("the parts of the text fit together");
    let entry = metadata["managedFields"][0].as_object().expect("it is an entry");
    protobuf::managed_fields_around(FIELDS_V1, entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_to_the_wished_size_with_valid_json() {
        let padding = Padding::to(8192);
        for length in [10, 1000, 8000, 9000] {
            let mut out = Vec::new();
            padding.write(Resource::Pods, length, &mut out);
            let total = length + out.len();
            if length < 7000 {
                assert!((8192 - 100..=8192).contains(&total), "{total}");
            }
            if !out.is_empty() {
                let text = format!(r#"{{"a":1{}}}"#, String::from_utf8_lossy(&out));
                serde_json::from_str::<serde_json::Value>(&text).expect("valid JSON");
            }
        }
        let mut out = Vec::new();
        Padding::none().write(Resource::Pods, 1, &mut out);
        assert!(out.is_empty());
    }
}
