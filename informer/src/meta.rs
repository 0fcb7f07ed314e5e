//! Identity and version of an object.

use std::{cmp::Ordering, fmt};

use compact_str::CompactString;

use crate::{
    error::DecodeError,
    json, protobuf,
    shared_str::{Intern, SharedStr},
    wire,
};

/// Where an object is found: `namespace` (empty for kinds without one) and `name`.
///
/// A key finds an object, a [`Uid`] identifies it: the same key may later name another object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// `metadata.namespace`; empty for cluster-scoped kinds.
    pub namespace: SharedStr,
    /// `metadata.name`.
    pub name: CompactString,
}

/// `namespace/name`, or `name` where there is no namespace, as client-go's `MetaNamespaceKeyFunc` writes it.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// `metadata.uid`: one object's identity for all time.
///
/// Displays as exactly the string that the server sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Uid {
    /// The usual form, a lower-case hyphenated UUID, in 16 bytes.
    Uuid(uuid::Uuid),
    /// Any other text of an aggregated API server; empty when absent.
    Other(SharedStr),
}

impl Uid {
    /// The uid that is written `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // `try_parse` also takes braces, capitals and bare digits, which would not display as they came.
        let canonical = text.len() == 36
            && text.bytes().enumerate().all(|(index, byte)| match index {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        match uuid::Uuid::try_parse(text) {
            Ok(uuid) if canonical => Self::Uuid(uuid),
            _ => Self::Other(SharedStr::new(text)),
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(uuid) => uuid.as_hyphenated().fmt(f),
            Self::Other(text) => text.fmt(f),
        }
    }
}

/// `metadata.resourceVersion`: an opaque string, never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceVersion(CompactString);

impl ResourceVersion {
    /// The version that is written `text`; `None` when that is empty, which to the API means "none".
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The string to send back.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of two versions is newer; `None` where one cannot tell.
    ///
    /// The rule of KEP-5504: positive decimal integers without leading zeros, of any length, compare as numbers. Others
    /// are equal to themselves and compare with nothing. Only versions of the same kind may be compared at all.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let (this, that) = (self.as_str(), other.as_str());
        if this == that {
            return Some(Ordering::Equal);
        }
        let is_number = |text: &str| !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        (is_number(this) && is_number(that)).then(|| this.len().cmp(&that.len()).then_with(|| this.cmp(that)))
    }
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identity and version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Where the object is found.
    pub key: ObjectKey,
    /// Which object it is.
    pub uid: Uid,
    /// Which version of it this is; `None` when the server sent none.
    pub resource_version: Option<ResourceVersion>,
}

impl Meta {
    /// Reads the metadata of an object of any kind and looks at nothing else.
    ///
    /// For use when [`Resource::decode`](crate::Resource::decode) fails: it names the object that cannot be shown, and the
    /// version from which the watch continues.
    ///
    /// # Errors
    /// When the bytes are not a JSON object with readable metadata and a name.
    pub fn decode(json: &[u8], interner: &mut impl Intern) -> Result<Self, DecodeError> {
        Self::of(&json::from_slice(json).map_err(DecodeError::Json)?, interner)
    }

    /// The same of a protobuf message of any kind.
    ///
    /// # Errors
    /// When the bytes are not a message with readable metadata and a name.
    pub fn decode_protobuf(message: &[u8], interner: &mut impl Intern) -> Result<Self, DecodeError> {
        Self::of(&protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?, interner)
    }

    fn of(wire::Object { metadata }: &wire::Object<'_>, interner: &mut impl Intern) -> Result<Self, DecodeError> {
        Self::new(
            &metadata.namespace,
            &metadata.name,
            &metadata.uid,
            &metadata.resource_version,
            interner,
        )
    }

    /// Of the fields of `metadata` as they were read.
    ///
    /// # Errors
    /// [`DecodeError::NoName`] when the name is empty.
    pub fn new(
        namespace: &str,
        name: &str,
        uid: &str,
        resource_version: &str,
        interner: &mut impl Intern,
    ) -> Result<Self, DecodeError> {
        if name.is_empty() {
            return Err(DecodeError::NoName);
        }
        Ok(Self {
            key: ObjectKey {
                namespace: interner.intern(namespace),
                name: name.into(),
            },
            uid: Uid::new(uid),
            resource_version: ResourceVersion::new(resource_version),
        })
    }
}

/// The object of a `BOOKMARK` event: a mark on the stream, not an object of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// Every event up to this version has been sent.
    pub resource_version: ResourceVersion,
    /// Whether this ends the initial events of a streaming list: the annotation `k8s.io/initial-events-end` is
    /// exactly `true`.
    pub initial_events_end: bool,
}

impl Bookmark {
    /// Reads what a bookmark says. It may carry an otherwise empty object of the watched kind, whose `null`s and
    /// missing fields do not matter.
    ///
    /// # Errors
    /// When the bytes are not a JSON object or there is no resourceVersion in it.
    pub fn decode(json: &[u8]) -> Result<Self, DecodeError> {
        Self::of(&json::from_slice(json).map_err(DecodeError::Json)?)
    }

    /// The same of a protobuf message.
    ///
    /// # Errors
    /// When the bytes are not a message or there is no resourceVersion in it.
    pub fn decode_protobuf(message: &[u8]) -> Result<Self, DecodeError> {
        Self::of(&protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?)
    }

    fn of(wire::Bookmark { metadata }: &wire::Bookmark<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            resource_version: ResourceVersion::new(&metadata.resource_version).ok_or(DecodeError::NoResourceVersion)?,
            initial_events_end: &*metadata.annotations.initial_events_end == "true",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_display_as_they_came() {
        for (text, is_uuid) in [
            ("6a79f797-6ba8-4e8f-9a23-7179bbebc9e7", true),
            ("00000000-0000-0000-0000-000000000000", true),
            ("6A79F797-6BA8-4E8F-9A23-7179BBEBC9E7", false),
            ("6a79f7976ba84e8f9a237179bbebc9e7", false),
            ("{6a79f797-6ba8-4e8f-9a23-7179bbebc9e7}", false),
            ("6a79f797-6ba8-4e8f-9a23-7179bbebc9eé", false),
            ("node-1", false),
            ("", false),
        ] {
            let uid = Uid::new(text);
            assert_eq!(uid.to_string(), text);
            assert_eq!(matches!(uid, Uid::Uuid(_)), is_uuid, "{text}");
        }
    }

    #[test]
    fn keys_display_like_client_go() {
        let key = |namespace: &str| {
            ObjectKey {
                namespace: namespace.into(),
                name: "web".into(),
            }
            .to_string()
        };
        assert_eq!(key("demo"), "demo/web");
        assert_eq!(key(""), "web");
    }

    #[test]
    fn resource_versions_compare_by_kep_5504() {
        use Ordering::{Equal, Greater, Less};
        for (this, that, expected) in [
            ("1", "2", Some(Less)),
            ("2", "1", Some(Greater)),
            ("9", "10", Some(Less)),
            ("65087", "65087", Some(Equal)),
            ("18446744073709551615", "18446744073709551616", Some(Less)),
            (
                "1000000000000000000000000000000",
                "999999999999999999999999999999",
                Some(Greater),
            ),
            ("0", "1", None),
            ("01", "1", None),
            ("1", "-1", None),
            ("1", "+2", None),
            ("1", "1.5", None),
            ("1", "١", None),
            ("1", "abc", None),
            ("0", "0", Some(Equal)),
            ("abc", "abc", Some(Equal)),
            ("abc", "abd", None),
        ] {
            let version = |text| ResourceVersion::new(text).unwrap();
            assert_eq!(version(this).compare(&version(that)), expected, "{this} against {that}");
            assert_eq!(
                version(that).compare(&version(this)),
                expected.map(Ordering::reverse),
                "{that} against {this}"
            );
        }
        assert_eq!(ResourceVersion::new(""), None);
    }

    #[test]
    fn bookmarks() {
        let decode = |json: &str| Bookmark::decode(json.as_bytes());
        let plain = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"65099"},
            "spec":{"containers":null},"status":{}}"#;
        assert_eq!(
            decode(plain).unwrap(),
            Bookmark {
                resource_version: ResourceVersion("65099".into()),
                initial_events_end: false
            }
        );
        for (annotations, ends) in [
            (r#"{"k8s.io/initial-events-end":"true"}"#, true),
            (r#"{"k8s.io/initial-events-end":"false"}"#, false),
            (r#"{"k8s.io/initial-events-end":"True"}"#, false),
            (r#"{"k8s.io/initial-events-end":""}"#, false),
            (r#"{"other":["true"]}"#, false),
            ("null", false),
        ] {
            let json = format!(r#"{{"metadata":{{"resourceVersion":"7","annotations":{annotations}}}}}"#);
            assert_eq!(decode(&json).unwrap().initial_events_end, ends, "{annotations}");
        }
        for json in ["{}", r#"{"metadata":null}"#, r#"{"metadata":{"resourceVersion":""}}"#] {
            assert!(matches!(decode(json), Err(DecodeError::NoResourceVersion)), "{json}");
        }
        for json in ["", "[]", "7", r#"{"metadata":{"resourceVersion":7}}"#] {
            assert!(matches!(decode(json), Err(DecodeError::Json(_))), "{json}");
        }
    }
}
