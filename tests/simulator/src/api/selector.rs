//! `labelSelector` and `fieldSelector`: parsing, and matching against a stored object.
//!
//! Follows `apimachinery/pkg/labels/selector.go` and `apimachinery/pkg/fields/selector.go`
//! (<https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>).

use serde_json::Value;

use super::object::Object;
use super::resource::Kind;
use super::status::Status;

/// One requirement on labels.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LabelTerm {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    NotExists(String),
    Greater(String, i64),
    Less(String, i64),
}

/// One requirement on a field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldTerm {
    path: String,
    value: String,
    equal: bool,
}

/// What a list or watch selects. All terms must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    namespace: Option<String>,
    labels: Vec<LabelTerm>,
    fields: Vec<FieldTerm>,
}

impl Selector {
    /// Parses both selectors of a request.
    ///
    /// # Errors
    /// 400 for a text that is no selector, or for a field that the kind does not support.
    pub fn parse(kind: &Kind, namespace: Option<&str>, labels: &str, fields: &str) -> Result<Self, Status> {
        Ok(Self {
            namespace: namespace.filter(|_| kind.namespaced).map(str::to_owned),
            labels: parse_labels(labels)?,
            fields: parse_fields(kind, fields)?,
        })
    }

    /// The selector of a `matchLabels`/`matchExpressions` object, as workloads hold it.
    #[must_use]
    pub fn from_label_selector(namespace: &str, selector: &Value) -> Self {
        let strings = |value: &Value| -> Vec<String> {
            value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let equal = selector["matchLabels"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| LabelTerm::In(key.clone(), vec![value.as_str().unwrap_or_default().to_owned()]));
        let expressions = selector["matchExpressions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|term| {
                let key = term["key"].as_str()?.to_owned();
                Some(match term["operator"].as_str()? {
                    "In" => LabelTerm::In(key, strings(&term["values"])),
                    "NotIn" => LabelTerm::NotIn(key, strings(&term["values"])),
                    "Exists" => LabelTerm::Exists(key),
                    "DoesNotExist" => LabelTerm::NotExists(key),
                    _ => return None,
                })
            });
        Self {
            namespace: Some(namespace.to_owned()),
            labels: equal.chain(expressions).collect(),
            fields: vec![],
        }
    }

    /// Whether the object is selected.
    #[must_use]
    pub fn matches(&self, object: &Object) -> bool {
        self.namespace
            .as_ref()
            .is_none_or(|namespace| object.namespace == namespace.as_str())
            && self.labels.iter().all(|term| term.matches(object))
            && self
                .fields
                .iter()
                .all(|term| (object.field(&term.path) == term.value) == term.equal)
    }

    /// Whether anything but the namespace is asked for, in which case lists give no `remainingItemCount`.
    #[must_use]
    pub fn is_filtering(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }

    /// The namespace asked for.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

impl LabelTerm {
    fn matches(&self, object: &Object) -> bool {
        let number = |key: &str| object.label(key).and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::In(key, values) => object
                .label(key)
                .is_some_and(|label| values.iter().any(|value| value == label)),
            Self::NotIn(key, values) => object
                .label(key)
                .is_none_or(|label| values.iter().all(|value| value != label)),
            Self::Exists(key) => object.label(key).is_some(),
            Self::NotExists(key) => object.label(key).is_none(),
            Self::Greater(key, bound) => number(key).is_some_and(|value| value > *bound),
            Self::Less(key, bound) => number(key).is_some_and(|value| value < *bound),
        }
    }
}

fn parse_labels(text: &str) -> Result<Vec<LabelTerm>, Status> {
    split_outside_parentheses(text)
        .into_iter()
        .map(str::trim)
        .filter(|term| !term.is_empty())
        .map(|term| {
            parse_label_term(term)
                .ok_or_else(|| Status::bad_request(format!("unable to parse requirement: {}", Value::from(term))))
        })
        .collect()
}

fn parse_label_term(term: &str) -> Option<LabelTerm> {
    let key = |text: &str| {
        let text = text.trim();
        let valid = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        valid.then(|| text.to_owned())
    };
    if let Some(open) = term.find('(') {
        let (head, list) = term.split_at(open);
        let values = list.strip_prefix('(')?.strip_suffix(')')?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let (name, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => Some(LabelTerm::In(key(name)?, values)),
            "notin" => Some(LabelTerm::NotIn(key(name)?, values)),
            _ => None,
        };
    }
    if let Some((name, value)) = term.split_once("!=") {
        return Some(LabelTerm::NotIn(key(name)?, vec![value.trim().to_owned()]));
    }
    if let Some((name, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Some(LabelTerm::In(key(name)?, vec![value.trim().to_owned()]));
    }
    if let Some((name, bound)) = term.split_once('>') {
        return Some(LabelTerm::Greater(key(name)?, bound.trim().parse().ok()?));
    }
    if let Some((name, bound)) = term.split_once('<') {
        return Some(LabelTerm::Less(key(name)?, bound.trim().parse().ok()?));
    }
    match term.strip_prefix('!') {
        Some(name) => Some(LabelTerm::NotExists(key(name)?)),
        None => Some(LabelTerm::Exists(key(term)?)),
    }
}

fn parse_fields(kind: &Kind, text: &str) -> Result<Vec<FieldTerm>, Status> {
    text.split(',')
        .filter(|term| !term.is_empty())
        .map(|term| {
            let (path, value, equal) = if let Some((path, value)) = term.split_once("!=") {
                (path, value, false)
            } else if let Some((path, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                (path, value, true)
            } else {
                return Err(Status::bad_request(format!(
                    "invalid selector: '{text}'; can't understand '{term}'"
                )));
            };
            let known = path == "metadata.name"
                || (path == "metadata.namespace" && kind.namespaced)
                || kind.selectable.contains(&path);
            if !known {
                return Err(Status::bad_request(format!("field label not supported: {path}")));
            }
            Ok(FieldTerm {
                path: path.to_owned(),
                value: value.to_owned(),
                equal,
            })
        })
        .collect()
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let mut start = 0;
    let mut parts = vec![];
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::resource::Resource;
    use super::*;

    fn check(labels: &str, fields: &str, expected: bool) {
        let object = Object::new(
            Resource::Pods,
            &json!({
                "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web", "tier": "front", "n": "5"}},
                "spec": {"nodeName": "node-1"}, "status": {"phase": "Running"}
            }),
        );
        let selector = Selector::parse(Resource::Pods.kind(), None, labels, fields).expect("parses");
        assert_eq!(
            selector.matches(&object),
            expected,
            "labels {labels:?} fields {fields:?}"
        );
    }

    #[test]
    fn selects_by_labels_and_fields() {
        for (labels, fields, expected) in [
            ("", "", true),
            ("app=web", "", true),
            ("app==web,tier!=back", "", true),
            ("app=api", "", false),
            ("other!=x", "", true),
            ("app in (api, web),!canary", "", true),
            ("app notin (web)", "", false),
            ("tier", "", true),
            ("canary", "", false),
            ("n>4,n<6", "", true),
            ("n>5", "", false),
            ("", "spec.nodeName=node-1,status.phase!=Failed", true),
            ("", "metadata.name=web-2", false),
            ("", "metadata.namespace==shop", true),
            ("", "status.podIP=", true),
        ] {
            check(labels, fields, expected);
        }
    }

    #[test]
    fn refuses_what_is_no_selector() {
        for (labels, fields) in [("a=b=(", ""), ("a b", ""), ("", "spec.hostname=x"), ("", "nonsense")] {
            let error = Selector::parse(Resource::Pods.kind(), None, labels, fields).expect_err("refused");
            assert_eq!(error.code, 400, "{labels} {fields}");
        }
    }
}
