//! Kubernetes' protobuf: reading the bodies that kubectl sends, and answering with pods, nodes and events.
//!
//! Typed clients of Kubernetes write protobuf even where they read JSON, and read it where they can. A body is
//! `k8s\0` and a `runtime.Unknown` message around the object (`apimachinery/pkg/runtime/generated.proto`). The fields
//! of the messages stand in tables, by which JSON is turned into them and they into JSON. What is written is byte by
//! byte what the real server writes. Fields that are not in the tables are left out in both directions.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::padding::Padding;
use super::resource::{Kind, Resource};
use super::status::Status;

mod decode;
pub(super) mod encode;
mod tables;
#[cfg(test)]
mod tests;

use decode::{Reader, Wire, read};

/// The content type of bodies.
pub(super) const CONTENT_TYPE: &str = "application/vnd.kubernetes.protobuf";
/// The content type of watches.
pub(super) const WATCH_CONTENT_TYPE: &str = "application/vnd.kubernetes.protobuf;stream=watch";

const MAGIC: &[u8] = b"k8s\0";
/// How `runtime.Unknown` ends: the texts contentEncoding and contentType, both empty.
const UNKNOWN_END: &[u8] = &[3 << 3 | 2, 0, 4 << 3 | 2, 0];

/// Whether a resource is answered in protobuf.
pub(super) fn is_spoken(resource: Resource) -> bool {
    let kind = resource.kind();
    kind.group.is_empty() && tables::answered(kind.kind).is_some()
}

/// Reads a body.
///
/// # Errors
/// 400 for bytes that are no such message, 415 for a kind that is not in the tables.
pub(super) fn decode(body: &[u8]) -> Result<Value, Status> {
    let malformed = || Status::bad_request("the object provided is unrecognized: malformed protobuf");
    let (types, raw) = unwrap(body).ok_or_else(malformed)?;
    let kind = types.get("kind").and_then(Value::as_str).unwrap_or_default();
    let fields = tables::read(kind).ok_or_else(Status::unsupported_media_type)?;
    let mut object = read(fields, raw).ok_or_else(malformed)?;
    object.extend(types);
    Ok(Value::Object(object))
}

/// The types and the message in the wrapping.
fn unwrap(body: &[u8]) -> Option<(Map<String, Value>, &[u8])> {
    let mut wrapped = Reader(body.strip_prefix(MAGIC)?);
    let (mut types, mut raw) = (Map::new(), &[][..]);
    while !wrapped.0.is_empty() {
        match wrapped.field()? {
            (1, Wire::Bytes(bytes)) => types = read(tables::TYPE_META, bytes)?,
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    Some((types, raw))
}

/// Where the items of a list stand: the offset of the tag of each in a whole body of a list. Empty if that is none.
#[must_use]
pub fn item_offsets(list_body: &[u8]) -> Vec<usize> {
    let Some((_, list)) = unwrap(list_body) else {
        return vec![];
    };
    let start = list.as_ptr().addr() - list_body.as_ptr().addr();
    let mut reader = Reader(list);
    let mut offsets = vec![];
    while !reader.0.is_empty() {
        let offset = start + list.len() - reader.0.len();
        match reader.field() {
            Some((2, Wire::Bytes(_))) => offsets.push(offset),
            Some(_) => {}
            None => break,
        }
    }
    offsets
}

/// An object in protobuf, as [`Object::json`](super::Object::json) holds it in JSON: `managedFields` come in at the end
/// of `metadata` when it is written out, and change the length in front of it.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    /// The fields of `metadata`, then those of the object that come after `metadata`.
    bytes: Box<[u8]>,
    metadata_end: usize,
}

impl Encoded {
    /// Turns an object into protobuf; into its `metadata` alone if its kind is not in the tables.
    pub(super) fn of(kind: &str, value: &Value) -> Self {
        let empty = Map::new();
        let object = value.as_object().unwrap_or(&empty);
        let metadata = value["metadata"].as_object().unwrap_or(&empty);
        let mut out = Vec::with_capacity(1024);
        encode::message(tables::OBJECT_META, metadata, &mut out);
        let metadata_end = out.len();
        if let Some([_metadata, rest @ ..]) = tables::answered(kind) {
            encode::message(rest, object, &mut out);
        }
        Self {
            bytes: out.into_boxed_slice(),
            metadata_end,
        }
    }

    /// The length with this many bytes of `managedFields`.
    pub(super) fn length(&self, padding: usize) -> usize {
        encode::length(1, self.metadata_end + padding) + self.bytes.len() - self.metadata_end
    }

    /// Appends the message, with `managedFields` of this many bytes that `pad` writes.
    pub(super) fn write(&self, padding: usize, pad: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
        let (metadata, rest) = self.bytes.split_at(self.metadata_end);
        encode::open(1, metadata.len() + padding, out);
        out.extend_from_slice(metadata);
        pad(out);
        out.extend_from_slice(rest);
    }
}

/// A `ManagedFieldsEntry` without its field of that number: what comes before it, and what after it.
pub(super) fn managed_fields_around(number: u64, entry: &Map<String, Value>) -> [Vec<u8>; 2] {
    let before = tables::MANAGED_FIELDS_ENTRY.iter().take_while(|field| field.0 < number);
    let (before, rest) = tables::MANAGED_FIELDS_ENTRY.split_at(before.count());
    [before, &rest[1..]].map(|fields| {
        let mut part = vec![];
        encode::message(fields, entry, &mut part);
        part
    })
}

/// Appends a body: the wrapping of a message of this many bytes that `write` writes.
fn wrap(kind: &str, api_version: &str, length: usize, write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    open_wrapping(kind, api_version, length, out);
    write(out);
    out.extend_from_slice(UNKNOWN_END);
}

/// Appends a body up to where its message of this many bytes begins.
fn open_wrapping(kind: &str, api_version: &str, length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(MAGIC);
    encode::nest(1, out, |out| {
        encode::bytes(1, api_version.as_bytes(), out);
        encode::bytes(2, kind.as_bytes(), out);
    });
    encode::open(2, length, out);
}

/// Appends the body of one object.
pub(super) fn write_object(object: &super::Object, padding: &Padding, out: &mut Vec<u8>) {
    let kind = object.resource.kind();
    let length = object.protobuf_length(padding);
    let write = |out: &mut Vec<u8>| object.write_protobuf(padding, out);
    wrap(kind.kind, &kind.api_version(), length, write, out);
}

/// The body of a list up to where its items begin, which are this many bytes. [`LIST_END`] comes after them.
pub(super) fn list_head(kind: &Kind, metadata: &Map<String, Value>, items: usize) -> Vec<u8> {
    let mut list = vec![];
    encode::nest(1, &mut list, |out| encode::message(tables::LIST_META, metadata, out));
    let mut out = vec![];
    open_wrapping(
        &format!("{}List", kind.kind),
        &kind.api_version(),
        list.len() + items,
        &mut out,
    );
    out.extend_from_slice(&list);
    out
}

/// The end of the body of a list.
pub(super) const LIST_END: &[u8] = UNKNOWN_END;

/// How many bytes an object is as an item of a list.
pub(super) fn item_length(object: &super::Object, padding: &Padding) -> usize {
    encode::length(2, object.protobuf_length(padding))
}

/// Appends an object as an item of a list.
pub(super) fn write_item(object: &super::Object, padding: &Padding, out: &mut Vec<u8>) {
    encode::open(2, object.protobuf_length(padding), out);
    object.write_protobuf(padding, out);
}

/// The body of an error.
pub(super) fn status(status: &Status) -> Vec<u8> {
    // The text is JSON because it was written a line above.
    let value: Value = serde_json::from_str(&status.to_json()).unwrap_or_default();
    let mut message = vec![];
    encode::message(tables::STATUS, value.as_object().unwrap_or(&Map::new()), &mut message);
    let mut out = vec![];
    let write = |out: &mut Vec<u8>| out.extend_from_slice(&message);
    wrap("Status", "v1", message.len(), write, &mut out);
    out
}

/// The body of an object of which only `metadata` is known, as bookmarks carry it.
pub(super) fn bookmark(kind: &Kind, metadata: Value) -> Vec<u8> {
    let mut object = Map::new();
    object.insert("metadata".to_owned(), metadata);
    let encoded = Encoded::of(kind.kind, &Value::Object(object));
    let mut out = vec![];
    let write = |out: &mut Vec<u8>| encoded.write(0, |_| {}, out);
    wrap(kind.kind, &kind.api_version(), encoded.length(0), write, &mut out);
    out
}

/// One event of a watch: its length in four bytes, then a `WatchEvent` around the body of an object or an error.
pub(super) fn frame(event: &str, body: &[u8]) -> Bytes {
    let object = encode::length(1, body.len());
    let message = encode::length(1, event.len()) + encode::length(2, object);
    let mut out = Vec::with_capacity(message + 4);
    let length = u32::try_from(message).expect("an object is smaller than 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    encode::bytes(1, event.as_bytes(), &mut out);
    encode::open(2, object, &mut out);
    encode::bytes(1, body, &mut out);
    out.into()
}
