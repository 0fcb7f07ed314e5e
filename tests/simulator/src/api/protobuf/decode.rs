//! Reading messages into JSON, as the tables say.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::tables::{Field, Rule, Shape};

/// The contents of a field.
pub(super) enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// What is left of a message.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next field's number and contents; `None` if the bytes are malformed.
    pub(super) fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Number(self.varint()?),
            1 => {
                self.take(8)?;
                Wire::Other
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Wire::Other
            }
            _ => return None,
        };
        Some((tag >> 3, wire))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Reads a message; `None` if the bytes are malformed. Fields that are not in the table are left out.
pub(super) fn read(fields: &[Field], bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    read_into(fields, bytes, &mut object)?;
    Some(object)
}

fn read_into(fields: &[Field], bytes: &[u8], object: &mut Map<String, Value>) -> Option<()> {
    let mut reader = Reader(bytes);
    while !reader.0.is_empty() {
        let (number, wire) = reader.field()?;
        let Some((_, name, shape, rule)) = fields.iter().find(|field| field.0 == number) else {
            continue;
        };
        let value = match (shape, wire) {
            (Shape::Text, Wire::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?.into(),
            // Two's complement, as protobuf writes int32 and int64.
            (Shape::Int, Wire::Number(number)) => number.cast_signed().into(),
            (Shape::Bool, Wire::Number(number)) => (number != 0).into(),
            (Shape::Message(fields), Wire::Bytes(bytes)) if *rule == Rule::Inline => {
                read_into(fields, bytes, object)?;
                continue;
            }
            (Shape::Message(fields), Wire::Bytes(bytes)) => Value::Object(read(fields, bytes)?),
            (Shape::IntOrString, Wire::Bytes(bytes)) => int_or_string(bytes)?,
            (Shape::Quantity, Wire::Bytes(bytes)) => quantity(bytes)?,
            (Shape::Time, Wire::Bytes(bytes)) => match time(bytes)? {
                Some(time) => format!("{time:.0}").into(),
                None => continue,
            },
            (Shape::MicroTime, Wire::Bytes(bytes)) => match time(bytes)? {
                Some(time) => format!("{time:.6}").into(),
                None => continue,
            },
            (Shape::FieldsV1, Wire::Bytes(bytes)) => match only(bytes)? {
                Some(json) => serde_json::from_slice(json).ok()?,
                None => continue,
            },
            (Shape::Texts | Shape::Quantities, Wire::Bytes(bytes)) => {
                let (key, value) = entry(bytes, matches!(shape, Shape::Quantities))?;
                let map = object.entry((*name).to_owned()).or_insert_with(|| Map::new().into());
                map.as_object_mut()?.insert(key, value);
                continue;
            }
            _ => return None,
        };
        match rule {
            // Go writes zeros as well; JSON leaves them out.
            Rule::One if value == "" || value == 0 || value == false => {}
            Rule::Many => {
                let items = object.entry((*name).to_owned()).or_insert_with(|| Value::Array(vec![]));
                items.as_array_mut()?.push(value);
            }
            _ => {
                object.insert((*name).to_owned(), value);
            }
        }
    }
    Some(())
}

fn int_or_string(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader(bytes);
    let (mut is_text, mut number, mut text) = (false, 0, "");
    while !reader.0.is_empty() {
        match reader.field()? {
            (1, Wire::Number(kind)) => is_text = kind == 1,
            (2, Wire::Number(value)) => number = value.cast_signed(),
            (3, Wire::Bytes(bytes)) => text = std::str::from_utf8(bytes).ok()?,
            _ => {}
        }
    }
    Some(if is_text { text.into() } else { number.into() })
}

fn quantity(bytes: &[u8]) -> Option<Value> {
    let text = only(bytes)?.unwrap_or_default();
    Some(std::str::from_utf8(text).ok()?.into())
}

/// A time; none if it is Go's zero, which is an empty message.
fn time(bytes: &[u8]) -> Option<Option<Timestamp>> {
    let mut reader = Reader(bytes);
    let (mut seconds, mut nanos) = (0, 0);
    while !reader.0.is_empty() {
        match reader.field()? {
            (1, Wire::Number(number)) => seconds = number.cast_signed(),
            (2, Wire::Number(number)) => nanos = i32::try_from(number.cast_signed()).ok()?,
            _ => {}
        }
    }
    match bytes {
        [] => Some(None),
        _ => Timestamp::new(seconds, nanos).ok().map(Some),
    }
}

/// The entry of a map.
fn entry(bytes: &[u8], quantities: bool) -> Option<(String, Value)> {
    let mut reader = Reader(bytes);
    let (mut key, mut value) = (String::new(), Value::from(""));
    while !reader.0.is_empty() {
        match reader.field()? {
            (1, Wire::Bytes(bytes)) => key = std::str::from_utf8(bytes).ok()?.to_owned(),
            (2, Wire::Bytes(bytes)) if quantities => value = quantity(bytes)?,
            (2, Wire::Bytes(bytes)) => value = std::str::from_utf8(bytes).ok()?.into(),
            _ => {}
        }
    }
    Some((key, value))
}

/// The bytes of field 1, which is all that the message has; none if it is not there.
fn only(bytes: &[u8]) -> Option<Option<&[u8]>> {
    let mut reader = Reader(bytes);
    let mut found = None;
    while !reader.0.is_empty() {
        if let (1, Wire::Bytes(bytes)) = reader.field()? {
            found = Some(bytes);
        }
    }
    Some(found)
}
