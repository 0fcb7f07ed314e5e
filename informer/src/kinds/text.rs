//! The text of an object, without what no reader wants.

use std::{hash::BuildHasher, ops::Range};

use crate::{
    error::DecodeError,
    json::{self, JsonStr, Read, Reader},
    meta::Meta,
    resource::expect_kind,
    shared_str::Intern,
};

/// The JSON text of an object, without its type and `metadata.managedFields`, and the identity that it states.
///
/// It is for kinds that leave the rest of an object to another parser. That parser has half of the work then: the
/// managed fields, which are often more than half of an object, are passed over at the speed of memory.
///
/// ```
/// use k8bit_informer::{kinds::ObjectText, shared_str::Interner};
///
/// let json = br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","managedFields":[{}]},"spec":{}}"#;
/// let object = ObjectText::read(json, &mut Interner::default())?;
/// assert_eq!(object.as_str()?, r#"{"metadata":{"name":"a"},"spec":{}}"#);
/// assert_eq!(object.meta().key.to_string(), "a");
/// # Ok::<(), k8bit_informer::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ObjectText<'a> {
    meta: Meta,
    sent: SentObject<'a>,
}

/// An object as it is read.
#[derive(Clone, Debug, Default)]
struct SentObject<'a> {
    kind: JsonStr<'a>,
    api_version: JsonStr<'a>,
    metadata: SentMetadata<'a>,
    /// All other fields, and the metadata.
    text: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
struct SentMetadata<'a> {
    namespace: JsonStr<'a>,
    name: JsonStr<'a>,
    uid: JsonStr<'a>,
    resource_version: JsonStr<'a>,
    /// Where it is in the text.
    range: Range<usize>,
    /// Where the resourceVersion is in the text.
    version_range: Range<usize>,
}

impl<'a> ObjectText<'a> {
    /// Reads an object of any kind.
    ///
    /// The rest of its text has been searched for its end, and no more: whoever parses it finds what is wrong with it.
    ///
    /// # Errors
    /// When the bytes are not a JSON object with readable metadata and a name.
    pub fn read(json: &'a [u8], interner: &mut impl Intern) -> Result<Self, DecodeError> {
        Self::of(json::from_slice(json).map_err(DecodeError::Json)?, interner)
    }

    /// Reads the object that `json` begins with, and says how long it is; `None` where it is not complete, or not as
    /// [`ObjectText::read`] wants it. For [`Resource::decode_first`](crate::Resource::decode_first).
    #[must_use]
    pub fn read_first(json: &'a [u8], interner: &mut impl Intern) -> Option<(Self, usize)> {
        let (sent, length) = json::first_of(json)?;
        Some((Self::of(sent, interner).ok()?, length))
    }

    fn of(sent: SentObject<'a>, interner: &mut impl Intern) -> Result<Self, DecodeError> {
        let SentMetadata {
            namespace,
            name,
            uid,
            resource_version,
            ..
        } = &sent.metadata;
        let meta = Meta::new(namespace, name, uid, resource_version, interner)?;
        Ok(Self { meta, sent })
    }

    /// Identity and version.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Identity and version, by themselves.
    #[must_use]
    pub fn into_meta(self) -> Meta {
        self.meta
    }

    /// The text, as bytes that nobody has checked.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.sent.text
    }

    /// The text.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn as_str(&self) -> Result<&str, DecodeError> {
        std::str::from_utf8(self.as_bytes()).map_err(|error| DecodeError::Json(error.to_string()))
    }

    /// The text of its metadata; empty if it has none.
    #[must_use]
    pub fn metadata(&self) -> &[u8] {
        &self.sent.text[self.sent.metadata.range.clone()]
    }

    /// A hash of everything in the text but the resourceVersion: two states of an object that have the same one differ in
    /// nothing else.
    #[must_use]
    pub fn content_hash(&self, hasher: &impl BuildHasher) -> u64 {
        let version = &self.sent.metadata.version_range;
        let text = self.as_bytes();
        hasher.hash_one((&text[..version.start], &text[version.end..]))
    }

    /// Refuses an object that says of itself that it is of another kind.
    pub(super) fn expect_kind<K: k8s_openapi::Resource>(&self) -> Result<(), DecodeError> {
        expect_kind::<K>(&self.sent.kind, &self.sent.api_version)
    }
}

impl<'a> Read<'a> for SentObject<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        let is_null = reader.null()?;
        reader.want("an object", (!is_null).then_some(()))?;
        self.text.push(b'{');
        reader.fields(|reader, key| match &*key {
            "kind" => self.kind.read(reader),
            "apiVersion" => self.api_version.read(reader),
            "metadata" => {
                begin_field(&mut self.text, &key);
                // Of metadata that stands twice, the last counts.
                self.metadata = SentMetadata::default();
                self.metadata.read(reader, &mut self.text)
            }
            _ => {
                begin_field(&mut self.text, &key);
                copy(reader, &mut self.text).map(drop)
            }
        })?;
        self.text.push(b'}');
        Some(())
    }
}

impl<'a> SentMetadata<'a> {
    fn read(&mut self, reader: &mut Reader<'a>, text: &mut Vec<u8>) -> Option<()> {
        let begin = text.len();
        text.push(b'{');
        reader.fields(|reader, key| {
            let field = match &*key {
                "managedFields" => return reader.skip(),
                "namespace" => &mut self.namespace,
                "name" => &mut self.name,
                "uid" => &mut self.uid,
                "resourceVersion" => &mut self.resource_version,
                _ => {
                    begin_field(text, &key);
                    return copy(reader, text).map(drop);
                }
            };
            begin_field(text, &key);
            let value_begin = text.len();
            let value = copy(reader, text)?;
            if key == "resourceVersion" {
                self.version_range = value_begin..text.len();
            }
            let is_string = field.read(&mut Reader::new(value));
            reader.want("a string", is_string)
        })?;
        text.push(b'}');
        self.range = begin..text.len();
        Some(())
    }
}

/// Writes the key of a field, and what stands before and behind it.
fn begin_field(text: &mut Vec<u8>, key: &JsonStr<'_>) {
    // Nothing but an object that was just opened ends so.
    if text.last() != Some(&b'{') {
        text.push(b',');
    }
    match key {
        JsonStr::Borrowed(plain) => {
            text.push(b'"');
            text.extend_from_slice(plain.as_bytes());
            text.push(b'"');
        }
        // It was spelt with escapes.
        JsonStr::Owned(key) => text.extend_from_slice(serde_json::Value::from(key.as_str()).to_string().as_bytes()),
    }
    text.push(b':');
}

/// Copies a value, whatever it is, and returns it.
fn copy<'a>(reader: &mut Reader<'a>, text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let value = reader.raw()?;
    text.extend_from_slice(value);
    Some(value)
}

#[cfg(test)]
mod tests {
    use hashbrown::DefaultHashBuilder;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{meta::ResourceVersion, shared_str::Interner};

    fn read(json: &str) -> Result<(String, Meta), DecodeError> {
        let object = ObjectText::read(json.as_bytes(), &mut Interner::default())?;
        Ok((object.as_str()?.to_owned(), object.into_meta()))
    }

    #[test]
    fn types_and_managed_fields_are_left_out_and_nothing_else() {
        for (json, expected) in [
            (r#"{"metadata":{"name":"a"}}"#, r#"{"metadata":{"name":"a"}}"#),
            (
                r#" { "kind" : "Pod" , "metadata" : { "managedFields" : [ {"kind":"}"} ] , "name" : "a" } , "apiVersion" : "v1" } "#,
                r#"{"metadata":{"name":"a"}}"#,
            ),
            (
                r#"{"a":[{"kind":"x","managedFields":1}],"metadata":{"name":"a","labels":{"kind":"k","managedFields":"m"}}}"#,
                r#"{"a":[{"kind":"x","managedFields":1}],"metadata":{"name":"a","labels":{"kind":"k","managedFields":"m"}}}"#,
            ),
            // A key is what its escapes say.
            (
                r#"{"\u006bind":"Pod","metadata":{"n\u0061me":"a","managed\u0046ields":[]},"a\"b":1}"#,
                r#"{"metadata":{"name":"a"},"a\"b":1}"#,
            ),
            (
                r#"{"metadata":{"name":"a","uid":null,"namespace":null}}"#,
                r#"{"metadata":{"name":"a","uid":null,"namespace":null}}"#,
            ),
            (
                r#"{"managedFields":1,"metadata":{"name":"a"}}"#,
                r#"{"managedFields":1,"metadata":{"name":"a"}}"#,
            ),
        ] {
            assert_eq!(read(json).expect(json).0, expected);
        }
    }

    #[test]
    fn the_identity_is_that_of_the_last_metadata() {
        let (text, meta) = read(
            r#"{"metadata":{"name":"a","uid":"u","resourceVersion":"7"},"metadata":{"name":"\u0062","namespace":"n"}}"#,
        )
        .expect("an object");
        assert_eq!((meta.key.to_string().as_str(), meta.resource_version), ("n/b", None));
        let parsed: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(parsed, json!({"metadata": {"name": "b", "namespace": "n"}}));
    }

    #[test]
    fn what_is_no_object_with_a_name_is_refused() {
        for json in [
            "{}",
            r#"{"metadata":null}"#,
            r#"{"metadata":{}}"#,
            r#"{"metadata":{"name":""}}"#,
        ] {
            assert!(matches!(read(json), Err(DecodeError::NoName)), "{json}");
        }
        for json in [
            "",
            "null",
            "7",
            "[]",
            r#"{"metadata":[]}"#,
            r#"{"metadata":{"name":7}}"#,
            r#"{"metadata":{"name":"a"}"#,
            r#"{"metadata":{"name":"a"}}}"#,
            r#"{"metadata":{"name":"a","managedFields":[}}"#,
            r#"{"metadata":{"name":"a"},"kind":7}"#,
        ] {
            assert!(matches!(read(json), Err(DecodeError::Json(_))), "{json}");
        }
        let invalid = b"{\"metadata\":{\"name\":\"a\"},\"b\":\"\xff\"}";
        let object = ObjectText::read(invalid, &mut Interner::default()).expect("its end is found");
        assert!(object.as_str().is_err());
    }

    #[test]
    fn a_hash_is_of_all_but_the_version() {
        let hasher = DefaultHashBuilder::default();
        let hash = |json: &str| {
            let object = ObjectText::read(json.as_bytes(), &mut Interner::default()).expect("an object");
            object.content_hash(&hasher)
        };
        let first = hash(r#"{"metadata":{"name":"a","resourceVersion":"7","managedFields":[1]},"spec":{"x":1}}"#);
        assert_eq!(
            first,
            hash(r#"{"metadata":{"name":"a","resourceVersion":"88"},"spec":{"x":1},"kind":"A"}"#)
        );
        assert_ne!(
            first,
            hash(r#"{"metadata":{"name":"a","resourceVersion":"7"},"spec":{"x":2}}"#)
        );
        assert_ne!(
            first,
            hash(r#"{"metadata":{"name":"b","resourceVersion":"7"},"spec":{"x":1}}"#)
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a\"\\\\\u{e9}\\n]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let key = prop_oneof![
                Just("managedFields".to_owned()),
                Just("kind".to_owned()),
                "[a\"\\\\]{0,3}"
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// What another parser reads of the text is what it would read of the whole, without the fields that are left out.
        #[test]
        fn nothing_else_is_lost(spec in value(), labels in value(), managed in value(), pretty in any::<bool>()) {
            let whole = json!({
                "apiVersion": "v1", "kind": "Pod", "spec": spec,
                "metadata": {"labels": labels, "managedFields": managed, "name": "a", "resourceVersion": "7"},
            });
            let json = if pretty { format!("{whole:#}") } else { whole.to_string() };
            let (text, meta) = read(&json).expect("an object");
            let parsed: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(parsed, json!({
                "spec": spec, "metadata": {"labels": labels, "name": "a", "resourceVersion": "7"},
            }));
            prop_assert_eq!(meta.resource_version.as_ref().map(ResourceVersion::as_str), Some("7"));
        }
    }
}
