//! Objects of the API as they may be shown: what [`k8bit_informer::visible`] does to a text, it does to all of them.

use std::borrow::Cow;

pub use k8bit_informer::visible::{is_hidden, push_code, visible, visible_lines};
use serde_json::Value;

/// An object of the API, with all of its texts and keys as they may be shown. Messages may have several lines.
#[must_use]
pub fn object(object: &Value) -> Cow<'_, Value> {
    if is_clean(object, false) {
        Cow::Borrowed(object)
    } else {
        Cow::Owned(cleaned(object, false))
    }
}

/// Fields of the API that hold sentences, or what a container has written.
const SENTENCES: [&str; 2] = ["message", "note"];

fn is_clean(value: &Value, has_lines: bool) -> bool {
    match value {
        Value::String(text) => matches!(shown(text, has_lines), Cow::Borrowed(_)),
        Value::Array(items) => items.iter().all(|item| is_clean(item, has_lines)),
        Value::Object(fields) => fields.iter().all(|(key, value)| {
            matches!(visible(key), Cow::Borrowed(_)) && is_clean(value, SENTENCES.contains(&key.as_str()))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn cleaned(value: &Value, has_lines: bool) -> Value {
    match value {
        Value::String(text) => Value::String(shown(text, has_lines).into_owned()),
        Value::Array(items) => items.iter().map(|item| cleaned(item, has_lines)).collect(),
        Value::Object(fields) => {
            let clean = |(key, value): (&String, &Value)| {
                let value = cleaned(value, SENTENCES.contains(&key.as_str()));
                (visible(key).into_owned(), value)
            };
            fields.iter().map(clean).collect()
        }
        other => other.clone(),
    }
}

fn shown(text: &str, has_lines: bool) -> Cow<'_, str> {
    match has_lines {
        true => visible_lines(text),
        false => visible(text),
    }
}
