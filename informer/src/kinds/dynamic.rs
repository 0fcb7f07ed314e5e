//! Objects as JSON.

use serde_json::{Map, Value};

use super::{ObjectText, parse, version_text};
use crate::{
    error::DecodeError,
    meta::{Meta, ResourceVersion},
    representation::Representation,
    resource::Resource,
    shared_str::Interner,
};

/// A whole object of any kind as JSON: a custom resource, or a kind that is only known at run time.
///
/// The objects of one collection are all of one type, which a list says once and not for each of them. So `kind` and
/// `apiVersion` are not part of an object here: they are those of its
/// [`Collection`](crate::request::Collection::object_type).
///
/// ```
/// use k8bit_informer::{Resource, kinds::DynamicObject, shared_str::Interner};
///
/// let json = br#"{"kind":"Rocket","apiVersion":"space.example.com/v1","metadata":{"name":"r1"},"spec":{"fuel":17}}"#;
/// let rocket = DynamicObject::decode(json, &mut Interner::default())?;
/// assert_eq!(rocket.pointer("/spec/fuel"), Some(&17.into()));
/// assert_eq!(rocket.fields()["metadata"]["name"], "r1");
/// # Ok::<(), k8bit_informer::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicObject {
    meta: Meta,
    fields: Map<String, Value>,
}

impl DynamicObject {
    fn of(text: ObjectText<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            fields: parse(text.as_bytes())?,
            meta: text.into_meta(),
        })
    }

    /// The fields of the object: `metadata`, `spec`, `status` and whatever else its kind has.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The same as a value of their own.
    #[must_use]
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }

    /// A field by its path, as JSON pointers write it: `/spec/fuel`, `/metadata/labels/app`.
    #[must_use]
    pub fn pointer(&self, path: &str) -> Option<&Value> {
        let (first, rest) = match path.strip_prefix('/')?.split_once('/') {
            Some((first, _)) => (first, &path[first.len() + 1..]),
            None => (&path[1..], ""),
        };
        let field = self.fields.get(&first.replace("~1", "/").replace("~0", "~"))?;
        field.pointer(rest)
    }
}

impl Resource for DynamicObject {
    type Interner = Interner;

    const REPRESENTATION: Representation = Representation::Json;

    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        Self::of(ObjectText::read(json, interner)?)
    }

    fn decode_first(json: &[u8], interner: &mut Interner) -> Option<(Self, usize)> {
        let (text, length) = ObjectText::read_first(json, interner)?;
        Some((Self::of(text).ok()?, length))
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        if let Some(Value::Object(metadata)) = self.fields.get_mut("metadata") {
            match version_text(version.as_ref()) {
                Some(version) => metadata.insert("resourceVersion".to_owned(), version.into()),
                None => metadata.remove("resourceVersion"),
            };
        }
        self.meta.resource_version = version;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_paths() {
        let json =
            br#"{"metadata":{"name":"a","labels":{"k8s.io/x":"y"},"managedFields":[{}]},"spec":{"list":[1,{"b":2}]}}"#;
        let object = DynamicObject::decode(json, &mut Interner::default()).expect("an object");
        for (path, expected) in [
            ("/metadata/labels/k8s.io~1x", Some(Value::from("y"))),
            ("/spec/list/1/b", Some(2.into())),
            ("/spec/list/0", Some(1.into())),
            ("/spec/none", None),
            ("/metadata/managedFields", None),
            ("spec", None),
            ("", None),
        ] {
            assert_eq!(object.pointer(path), expected.as_ref(), "{path}");
        }
        assert!(object.pointer("/spec").is_some_and(Value::is_object));
    }

    #[test]
    fn what_has_no_name_or_is_no_object_is_refused() {
        let decode = |json: &str| DynamicObject::decode(json.as_bytes(), &mut Interner::default());
        for json in ["{}", r#"{"metadata":null}"#] {
            assert!(matches!(decode(json), Err(DecodeError::NoName)), "{json}");
        }
        let deep = format!(r#"{{"metadata":{{"name":"a"}},"spec":{}}}"#, "[".repeat(100_000));
        for json in [
            "",
            "[]",
            "7",
            "null",
            r#"{"metadata":{"name":7}}"#,
            r#"{"metadata":[]}"#,
            &deep,
        ] {
            assert!(matches!(decode(json), Err(DecodeError::Json(_))));
        }
    }
}
