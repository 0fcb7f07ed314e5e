//! One object written once and stored many times, with other names in it.
//!
//! A cluster of 150,000 pods is put in within seconds because its pods are not built, but filled in.

use compact_str::CompactString;
use serde_json::Value;

use super::object::Object;
use super::resource::Resource;

/// Marks a gap; a character that JSON does not escape and no name holds.
const MARK: char = '\u{f8ff}';

/// An object with gaps. Gap 0 is `metadata.resourceVersion`, gap 1 `metadata.uid`; the others are the caller's.
#[derive(Clone, Debug)]
pub struct Template {
    prototype: Object,
    head: Vec<Piece>,
    tail: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Box<str>),
    Gap(usize),
}

impl Template {
    /// The text that stands for a gap in a string of the object. There are at most ten.
    #[must_use]
    pub fn gap(number: usize) -> String {
        format!("{MARK}{}{MARK}", number % 10)
    }

    /// Makes a template of an object.
    #[must_use]
    pub fn new(resource: Resource, mut object: Value) -> Self {
        object["metadata"]["resourceVersion"] = Self::gap(0).into();
        object["metadata"]["uid"] = Self::gap(1).into();
        let prototype = Object::new(resource, &object);
        let (head, tail) = prototype.halves();
        Self {
            head: pieces(&String::from_utf8_lossy(head)),
            tail: pieces(&String::from_utf8_lossy(tail)),
            prototype,
        }
    }

    /// The object with its gaps, for what is to be known of all copies.
    #[must_use]
    pub fn prototype(&self) -> &Object {
        &self.prototype
    }

    /// A copy. Values must be plain text: names, addresses, times.
    pub(super) fn fill(&self, resource_version: u64, values: &[&str]) -> Object {
        let mut json = Vec::with_capacity(self.prototype.json().len() + 64);
        write(&self.head, values, &mut json);
        let metadata_end = json.len();
        write(&self.tail, values, &mut json);
        let fill = |text: &CompactString| match text.contains(MARK) {
            true => {
                let mut filled = vec![];
                write(&pieces(text), values, &mut filled);
                CompactString::from_utf8_lossy(&filled)
            }
            false => text.clone(),
        };
        let of = &self.prototype;
        let mut object = Object::of_parts(of.resource, json, metadata_end);
        object.namespace = fill(&of.namespace);
        object.name = fill(&of.name);
        object.uid = fill(&of.uid);
        object.resource_version = resource_version;
        object.labels = of
            .labels
            .iter()
            .map(|(key, value)| (key.clone(), fill(value)))
            .collect();
        object.fields = of.fields.iter().map(|(path, value)| (*path, fill(value))).collect();
        object
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    // Between marks, texts and gaps take turns.
    let parts = text.split(MARK).enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => Piece::Text(part.into()),
            _ => Piece::Gap(part.parse().unwrap_or(0)),
        })
        .collect()
}

fn write(pieces: &[Piece], values: &[&str], out: &mut Vec<u8>) {
    for piece in pieces {
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Gap(number) => values.get(*number).copied().unwrap_or_default(),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filled_template_is_the_object_written_out() {
        let object = |version: &str, uid: &str, name: &str, node: &str| {
            json!({
                "metadata": {"name": name, "namespace": "d", "uid": uid, "resourceVersion": version, "labels": {"of": name}},
                "spec": {"nodeName": node, "note": "é"}, "status": {"phase": "Running"}
            })
        };
        let template = Template::new(Resource::Pods, object("", "", &Template::gap(2), &Template::gap(3)));
        let filled = template.fill(7, &["7", "u-1", "p", "n"]);
        let written = Object::new(Resource::Pods, &object("7", "u-1", "p", "n"));
        assert_eq!(format!("{filled:?}"), format!("{written:?}"));
    }
}
