//! The messages as tables: for each field its number, name, shape and rule.
//!
//! Numbers are those of the `generated.proto` files, names those of JSON, and the rules follow from the Go types: they
//! say what is written when JSON holds nothing. The kinds that are answered in protobuf are complete but for fields of
//! alpha features of the latest release. Of the others there are the fields that kubectl sends for simple objects.

mod affinity;
mod container;
mod event;
mod meta;
mod node;
mod pod_spec;
mod pod_status;
mod request;
mod resources;
mod volume;

pub(super) use meta::{LIST_META, MANAGED_FIELDS_ENTRY, OBJECT_META, STATUS};

/// How the bytes of a field are read and written.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    /// `int32` or `int64`, which are written alike.
    Int,
    Bool,
    /// A map of texts.
    Texts,
    /// A map of quantities.
    Quantities,
    Quantity,
    /// `intstr.IntOrString`.
    IntOrString,
    /// To the second.
    Time,
    /// To the microsecond.
    MicroTime,
    /// JSON as it is.
    FieldsV1,
    Message(&'static [Field]),
}

/// What a field is in Go, which says what stands for it when it has no value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// A value: protobuf has it always, JSON not when it is zero.
    One,
    /// A value that JSON has as well when it is zero.
    Always,
    /// A pointer: absent in both.
    Maybe,
    /// A list: absent in both.
    Many,
    /// A message of its own in protobuf whose fields JSON has in the message around it.
    Inline,
}

/// Number, name, shape, rule.
pub(super) type Field = (u64, &'static str, Shape, Rule);

const fn one(number: u64, name: &'static str, shape: Shape) -> Field {
    (number, name, shape, Rule::One)
}

const fn always(number: u64, name: &'static str, shape: Shape) -> Field {
    (number, name, shape, Rule::Always)
}

const fn maybe(number: u64, name: &'static str, shape: Shape) -> Field {
    (number, name, shape, Rule::Maybe)
}

const fn many(number: u64, name: &'static str, shape: Shape) -> Field {
    (number, name, shape, Rule::Many)
}

const fn inline(number: u64, fields: &'static [Field]) -> Field {
    (number, "", Shape::Message(fields), Rule::Inline)
}

/// `apiVersion` and `kind` in `runtime.Unknown`.
pub(super) const TYPE_META: &[Field] = &[one(1, "apiVersion", Shape::Text), one(2, "kind", Shape::Text)];

/// The table of a kind that is answered in protobuf. `metadata` is its first field.
pub(super) fn answered(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "Pod" => pod_spec::POD,
        "Node" => node::NODE,
        "Event" => event::EVENT,
        _ => return None,
    })
}

/// The table of a kind that is read.
pub(super) fn read(kind: &str) -> Option<&'static [Field]> {
    answered(kind).or_else(|| request::table(kind))
}
