//! Writing messages from JSON, as the tables say: byte by byte what Go's generated code writes.
//!
//! Fields come in the order of their numbers, entries of maps in the order of their keys, and values that are no
//! pointers in Go are written even when they are zero. What JSON has and the table does not is left out.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::tables::{Field, Rule, Shape};

/// Wire types, the lowest bits of a tag.
const VARINT: u64 = 0;
const BYTES: u64 = 2;

/// Appends the fields of a message.
pub(super) fn message(fields: &[Field], object: &Map<String, Value>, out: &mut Vec<u8>) {
    for (number, name, shape, rule) in fields {
        match (rule, shape) {
            (Rule::Inline, Shape::Message(inner)) => nest(*number, out, |out| message(inner, object, out)),
            (Rule::Many, _) => {
                for item in object.get(*name).and_then(Value::as_array).into_iter().flatten() {
                    field(*number, *shape, item, out);
                }
            }
            (Rule::Maybe, _) => {
                if let Some(value) = object.get(*name).filter(|value| !value.is_null()) {
                    field(*number, *shape, value, out);
                }
            }
            _ => field(*number, *shape, object.get(*name).unwrap_or(&Value::Null), out),
        }
    }
}

/// Appends a field, zero if the value is none.
fn field(number: u64, shape: Shape, value: &Value, out: &mut Vec<u8>) {
    match shape {
        Shape::Text => bytes(number, value.as_str().unwrap_or_default().as_bytes(), out),
        Shape::Int => integer(number, value.as_i64().unwrap_or_default(), out),
        Shape::Bool => integer(number, value.as_bool().unwrap_or_default().into(), out),
        Shape::Message(fields) => nest(number, out, |out| match value {
            Value::Object(object) => message(fields, object, out),
            _ => message(fields, &Map::new(), out),
        }),
        Shape::Texts | Shape::Quantities => {
            let mut entries: Vec<(&String, &Value)> = value.as_object().into_iter().flatten().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in entries {
                nest(number, out, |out| {
                    bytes(1, key.as_bytes(), out);
                    match shape {
                        Shape::Quantities => field(2, Shape::Quantity, value, out),
                        _ => field(2, Shape::Text, value, out),
                    }
                });
            }
        }
        Shape::Quantity => nest(number, out, |out| match value {
            Value::String(text) => bytes(1, text.as_bytes(), out),
            // JSON may hold a quantity as a number.
            Value::Number(amount) => bytes(1, amount.to_string().as_bytes(), out),
            _ => bytes(1, b"0", out),
        }),
        Shape::IntOrString => nest(number, out, |out| {
            integer(1, value.is_string().into(), out);
            integer(2, value.as_i64().unwrap_or_default(), out);
            bytes(3, value.as_str().unwrap_or_default().as_bytes(), out);
        }),
        Shape::Time => nest(number, out, |out| time(value, 1_000_000_000, out)),
        Shape::MicroTime => nest(number, out, |out| time(value, 1_000, out)),
        Shape::FieldsV1 => nest(number, out, |out| bytes(1, value.to_string().as_bytes(), out)),
    }
}

/// Appends the fields of a time, cut to a multiple of this many nanoseconds; none if there is no time.
fn time(value: &Value, unit: i32, out: &mut Vec<u8>) {
    let Some(time) = value.as_str().and_then(|text| text.parse::<Timestamp>().ok()) else {
        return;
    };
    let (mut seconds, mut nanos) = (time.as_second(), time.subsec_nanosecond());
    // Before 1970, the seconds and their fraction are negative; Go counts the fraction up.
    if nanos < 0 {
        seconds -= 1;
        nanos += 1_000_000_000;
    }
    integer(1, seconds, out);
    integer(2, (nanos - nanos % unit).into(), out);
}

/// Appends a number, or a truth value as 0 or 1.
fn integer(number: u64, value: i64, out: &mut Vec<u8>) {
    varint(number << 3 | VARINT, out);
    varint(value.cast_unsigned(), out);
}

/// Appends a field of bytes.
pub(super) fn bytes(number: u64, bytes: &[u8], out: &mut Vec<u8>) {
    open(number, bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Appends the tag and the length of a field of bytes.
pub(in crate::api) fn open(number: u64, length: usize, out: &mut Vec<u8>) {
    varint(number << 3 | BYTES, out);
    varint(length as u64, out);
}

/// How long a field of this many bytes is with its tag and length.
pub(in crate::api) fn length(number: u64, length: usize) -> usize {
    varint_length(number << 3) + varint_length(length as u64) + length
}

/// Appends a message whose length is known when it is written.
pub(super) fn nest(number: u64, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    varint(number << 3 | BYTES, out);
    let start = out.len();
    out.push(0);
    write(out);
    let length = (out.len() - start - 1) as u64;
    if length < 0x80 {
        out[start] = low_byte(length);
    } else {
        let mut prefix = Vec::with_capacity(varint_length(length));
        varint(length, &mut prefix);
        out.splice(start..=start, prefix);
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

/// The lowest seven bits.
fn low_byte(value: u64) -> u8 {
    (value & 0x7f) as u8
}

fn varint_length(value: u64) -> usize {
    // Seven bits to a byte; zero takes one as well.
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}
