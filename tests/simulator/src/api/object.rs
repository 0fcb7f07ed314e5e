//! A stored object: its JSON as bytes, and the few fields that listing and selecting need.
//!
//! Bytes, because a list of 30,000 pods must be served at the speed of memory. They hold neither `kind` nor
//! `apiVersion` (list items carry none) and end `metadata` at a known place, so that `managedFields` of any
//! size can be shared by all objects and put in when the object is written out. Its protobuf is made at the first
//! answer that needs it, and kept.

use std::sync::OnceLock;

use compact_str::CompactString;
use serde_json::{Map, Value};

use super::padding::Padding;
use super::protobuf::Encoded;
use super::resource::Resource;

/// Namespace (empty for cluster-scoped objects) and name; orders as etcd orders keys.
pub type Key = (CompactString, CompactString);

/// The order of `metadata` in the Go type, which is the order on the wire.
const METADATA_ORDER: [&str; 13] = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
];

/// One version of one object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Which resource it belongs to.
    pub resource: Resource,
    /// Empty for cluster-scoped objects.
    pub namespace: CompactString,
    /// `metadata.name`.
    pub name: CompactString,
    /// `metadata.uid`.
    pub uid: CompactString,
    /// `metadata.resourceVersion`, which is decimal in this server.
    pub resource_version: u64,
    /// `metadata.labels`, sorted.
    pub labels: Box<[(CompactString, CompactString)]>,
    /// The selectable fields that are set, as (path, value).
    pub fields: Box<[(&'static str, CompactString)]>,
    json: Box<[u8]>,
    metadata_end: u32,
    protobuf: OnceLock<Encoded>,
}

impl Object {
    /// Takes an object apart. `metadata` must hold name, uid and resourceVersion by now; `kind`, `apiVersion`
    /// and `metadata.managedFields` are left out of the bytes.
    #[must_use]
    pub fn new(resource: Resource, value: &Value) -> Self {
        let metadata = &value["metadata"];
        let text = |field: &str| CompactString::new(metadata[field].as_str().unwrap_or_default());
        let labels = metadata["labels"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.into(), value.as_str().unwrap_or_default().into()))
            .collect();
        let fields = resource
            .kind()
            .selectable
            .iter()
            .filter_map(|path| field_text(value, path).map(|text| (*path, text)))
            .collect();
        let (json, metadata_end) = encode(value);
        Self {
            resource,
            namespace: text("namespace"),
            name: text("name"),
            uid: text("uid"),
            resource_version: metadata["resourceVersion"]
                .as_str()
                .and_then(|version| version.parse().ok())
                .unwrap_or_default(),
            labels,
            fields,
            json: json.into_boxed_slice(),
            metadata_end,
            protobuf: OnceLock::new(),
        }
    }

    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.namespace.clone(), self.name.clone())
    }

    /// The value of a selectable field; `""` when it is unset, as field selectors see it.
    #[must_use]
    pub fn field(&self, path: &str) -> &str {
        match path {
            "metadata.name" => &self.name,
            "metadata.namespace" => &self.namespace,
            _ => self
                .fields
                .iter()
                .find(|(name, _)| *name == path)
                .map_or("", |(_, value)| value.as_str()),
        }
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The object parsed, without `kind` and `apiVersion`.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.json).expect("the bytes were written by encode")
    }

    /// The object parsed, with `kind` and `apiVersion`.
    #[must_use]
    pub fn full_value(&self) -> Value {
        let mut value = self.value();
        let kind = self.resource.kind();
        value["kind"] = kind.kind.into();
        value["apiVersion"] = kind.api_version().into();
        value
    }

    /// The JSON up to the end of what is in `metadata`, and from there on.
    pub(super) fn halves(&self) -> (&[u8], &[u8]) {
        self.json.split_at(self.metadata_end as usize)
    }

    /// An object of these bytes, of which nothing else is known.
    pub(super) fn of_parts(resource: Resource, json: Vec<u8>, metadata_end: usize) -> Self {
        Self {
            resource,
            namespace: CompactString::default(),
            name: CompactString::default(),
            uid: CompactString::default(),
            resource_version: 0,
            labels: Box::default(),
            fields: Box::default(),
            json: json.into_boxed_slice(),
            metadata_end: u32::try_from(metadata_end).expect("an object is smaller than 4 GiB"),
            protobuf: OnceLock::new(),
        }
    }

    /// The JSON as it stands in a list, without `managedFields`.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// Appends the object as an item of a list.
    pub fn write_item(&self, padding: &Padding, out: &mut Vec<u8>) {
        let (head, tail) = self.halves();
        out.extend_from_slice(head);
        padding.write(self.resource, self.json.len(), out);
        out.extend_from_slice(tail);
    }

    /// Appends the object as it stands alone or in a watch event: with `kind` and `apiVersion`.
    pub fn write_full(&self, padding: &Padding, out: &mut Vec<u8>) {
        let kind = self.resource.kind();
        out.extend_from_slice(br#"{"kind":""#);
        out.extend_from_slice(kind.kind.as_bytes());
        out.extend_from_slice(br#"","apiVersion":""#);
        if !kind.group.is_empty() {
            out.extend_from_slice(kind.group.as_bytes());
            out.push(b'/');
        }
        out.extend_from_slice(kind.version.as_bytes());
        out.extend_from_slice(br#"","#);
        let (head, tail) = self.halves();
        out.extend_from_slice(&head[1..]);
        padding.write(self.resource, self.json.len(), out);
        out.extend_from_slice(tail);
    }

    /// Appends a `PartialObjectMetadata` of the object.
    pub fn write_metadata(&self, padding: &Padding, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","#);
        out.extend_from_slice(&self.json[1..self.metadata_end as usize]);
        padding.write(self.resource, self.json.len(), out);
        out.extend_from_slice(b"}}");
    }

    fn protobuf(&self) -> &Encoded {
        self.protobuf
            .get_or_init(|| Encoded::of(self.resource.kind().kind, &self.value()))
    }

    /// How many bytes the object is as a message of protobuf.
    pub(super) fn protobuf_length(&self, padding: &Padding) -> usize {
        let padding = padding.protobuf_length(self.resource, self.json.len());
        self.protobuf().length(padding)
    }

    /// Appends the object as a message of protobuf, without `kind` and `apiVersion`.
    pub(super) fn write_protobuf(&self, padding: &Padding, out: &mut Vec<u8>) {
        let length = padding.protobuf_length(self.resource, self.json.len());
        let pad = |out: &mut Vec<u8>| padding.write_protobuf(self.resource, self.json.len(), out);
        self.protobuf().write(length, pad, out);
    }

    /// The same state under another resourceVersion: what DELETED carries when an object stops matching.
    #[must_use]
    pub fn with_resource_version(&self, resource_version: u64) -> Self {
        let mut value = self.value();
        value["metadata"]["resourceVersion"] = resource_version.to_string().into();
        Self::new(self.resource, &value)
    }
}

fn field_text(value: &Value, path: &str) -> Option<CompactString> {
    // The selector `source` means the component in it.
    let path = if path == "source" { "source.component" } else { path };
    let found = path.split('.').try_fold(value, |value, part| value.get(part))?;
    match found {
        Value::String(text) => Some(text.into()),
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// Writes `{"metadata":{…},…}`, and says where the contents of `metadata` end.
fn encode(value: &Value) -> (Vec<u8>, u32) {
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    let metadata = value["metadata"].as_object().unwrap_or(&empty);
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(br#"{"metadata":{"#);
    let mut separate = false;
    for field in METADATA_ORDER {
        if let Some(value) = metadata.get(field) {
            write_field(&mut out, &mut separate, field, value);
        }
    }
    for (field, value) in metadata {
        if !METADATA_ORDER.contains(&field.as_str()) && field != "managedFields" && field != "selfLink" {
            write_field(&mut out, &mut separate, field, value);
        }
    }
    let metadata_end = u32::try_from(out.len()).expect("an object is smaller than 4 GiB");
    out.push(b'}');
    separate = true;
    for (field, value) in object {
        if !["kind", "apiVersion", "metadata"].contains(&field.as_str()) {
            write_field(&mut out, &mut separate, field, value);
        }
    }
    out.push(b'}');
    (out, metadata_end)
}

fn write_field(out: &mut Vec<u8>, separate: &mut bool, field: &str, value: &Value) {
    if *separate {
        out.push(b',');
    }
    *separate = true;
    serde_json::to_writer(&mut *out, field).expect("writing to memory does not fail");
    out.push(b':');
    serde_json::to_writer(out, value).expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_comes_first_in_the_order_of_the_wire() {
        // What follows it keeps its order, or is sorted, as serde_json is built.
        let object = Object::new(
            Resource::Pods,
            &json!({
                "apiVersion": "v1", "kind": "Pod", "spec": {"nodeName": "n1"}, "status": {"phase": "Running"},
                "metadata": {"uid": "u", "labels": {"app": "x"}, "name": "p", "namespace": "d", "resourceVersion": "7",
                             "managedFields": [{}]}
            }),
        );
        assert_eq!(
            String::from_utf8_lossy(object.json()),
            r#"{"metadata":{"name":"p","namespace":"d","uid":"u","resourceVersion":"7","labels":{"app":"x"}},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}"#
        );
        assert_eq!(object.field("spec.nodeName"), "n1");
        assert_eq!(object.field("status.podIP"), "");
        assert_eq!(object.label("app"), Some("x"));
        let mut full = Vec::new();
        object.write_full(&Padding::none(), &mut full);
        assert_eq!(
            serde_json::from_slice::<Value>(&full).expect("valid JSON"),
            object.full_value()
        );
    }
}
