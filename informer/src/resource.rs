//! What the informer and the store need to know of a kind.

use std::fmt::Debug;

use crate::{
    error::DecodeError,
    limits::MAX_MESSAGE_CHARS,
    meta::{Meta, ResourceVersion},
    representation::Representation,
    shared_str::{Intern, SharedStr, clip},
};

/// A kind, as far as the informer and the store need to know it: what is kept of an object, and how it is read.
///
/// Where its objects are found, and what they say of their type, is said by the
/// [`Collection`](crate::request::Collection).
pub trait Resource: Sized + Clone + PartialEq + Debug + 'static {
    /// What keeps one copy of what the objects of this kind have in common: [`Interner`](crate::Interner), or whatever knows
    /// more of the kind than its strings.
    type Interner: Intern + Default + Debug;

    /// The form in which the objects are asked for.
    const REPRESENTATION: Representation = Representation::Protobuf;

    /// Decodes one object as it stands in a list's `items` (without `kind` and `apiVersion`) or in a watch event.
    ///
    /// Strings that many objects share are interned. Fields that are absent or `null` take the API's default; fields
    /// that are not read may hold anything.
    ///
    /// # Errors
    /// When the JSON is not an object of this shape or has no name; the caller then falls back to [`Meta::decode`], so
    /// that one bad object costs that object alone. Not so for [`DecodeError::Kind`]: such an object is no concern of
    /// this kind at all.
    fn decode(json: &[u8], interner: &mut Self::Interner) -> Result<Self, DecodeError>;

    /// Decodes the object that `json` begins with and is followed by anything, and says how long it is: what
    /// [`Resource::decode`] says of these bytes alone. `None` where it is not complete, where anything is wrong with it, or
    /// for a kind that cannot tell; its end is then searched for, and [`Resource::decode`] asked.
    ///
    /// So an object is read once, and not once for its end and once for its fields.
    fn decode_first(_json: &[u8], _interner: &mut Self::Interner) -> Option<(Self, usize)> {
        None
    }

    /// Decodes the same object from its protobuf message, of which kind and version are known already. For kinds that ask
    /// for [`Representation::Protobuf`].
    ///
    /// # Errors
    /// As [`Resource::decode`], with [`Meta::decode_protobuf`] to fall back to.
    fn decode_protobuf(_message: &[u8], _interner: &mut Self::Interner) -> Result<Self, DecodeError> {
        Err(DecodeError::Protobuf)
    }

    /// Decodes the identity of an object as it stands in a watch event.
    ///
    /// # Errors
    /// As [`Meta::decode`].
    fn decode_meta(json: &[u8], interner: &mut Self::Interner) -> Result<Meta, DecodeError> {
        Meta::decode(json, interner)
    }

    /// Reads what stands in a list before its first object, as a list without objects. Nothing of it concerns most kinds.
    fn read_envelope(_json: &[u8], _interner: &mut Self::Interner) {}

    /// Identity and version of the object.
    fn meta(&self) -> &Meta;

    /// Gives the object another resourceVersion, wherever it keeps one: the store compares two states of an object without
    /// their resourceVersions.
    fn set_resource_version(&mut self, version: Option<ResourceVersion>);
}

/// The type that the objects of a collection say they are of, as far as it is known before the first of them arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectType {
    api_version: SharedStr,
    names: Option<KindNames>,
    /// The form in which they come.
    representation: Representation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct KindNames {
    /// `Pod`.
    object: SharedStr,
    /// `PodList`.
    list: SharedStr,
}

impl ObjectType {
    /// Of a type that `k8s_openapi` names.
    #[must_use]
    pub fn of<F: k8s_openapi::ListableResource>() -> Self {
        Self {
            api_version: SharedStr::new(F::API_VERSION),
            names: Some(KindNames {
                object: SharedStr::new(F::KIND),
                list: SharedStr::new(F::LIST_KIND),
            }),
            representation: Representation::default(),
        }
    }

    /// Of objects of which only the version of their API group is known: `v1`, `apps/v1`.
    #[must_use]
    pub fn of_version(api_version: &str) -> Self {
        Self {
            api_version: SharedStr::new(api_version),
            names: None,
            representation: Representation::default(),
        }
    }

    /// The same in another form.
    pub(crate) fn in_representation(self, representation: Representation) -> Self {
        Self { representation, ..self }
    }

    /// The same, whose objects are of this kind.
    #[must_use]
    pub fn with_kind(self, kind: &str) -> Self {
        let names = KindNames {
            object: SharedStr::new(kind),
            list: SharedStr::new(&format!("{kind}List")),
        };
        Self {
            names: Some(names),
            ..self
        }
    }

    /// The kind: `Pod`.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.names.as_ref().map(|names| names.object.as_str())
    }

    /// Whether an object that says it is of this kind may be one. Of an unknown kind, anything but an error may.
    pub(crate) fn is_object(&self, kind: &str) -> bool {
        self.representation.is_object(kind)
            || self.representation != Representation::Table
                && match &self.names {
                    Some(names) => *names.object == *kind,
                    None => kind != "Status" && !kind.ends_with("List"),
                }
    }

    /// The same of a list.
    pub(crate) fn is_list(&self, kind: &str) -> bool {
        self.representation.is_list(kind)
            || self.representation != Representation::Table
                && match &self.names {
                    Some(names) => *names.list == *kind,
                    None => kind.ends_with("List"),
                }
    }

    /// Whether a protobuf message may be one of the objects.
    pub(crate) fn is_message(&self, kind: &str, api_version: &str) -> bool {
        self.is_object(kind) && *self.api_version == *api_version
    }
}

/// Refuses an object that says of itself that it is of another kind; one in a list's `items` says nothing.
///
/// # Errors
/// [`DecodeError::Kind`].
pub fn expect_kind<K: k8s_openapi::Resource>(kind: &str, api_version: &str) -> Result<(), DecodeError> {
    let same = |found: &str, expected: &str| found.is_empty() || found == expected;
    if same(kind, K::KIND) && same(api_version, K::API_VERSION) {
        return Ok(());
    }
    let found = format!("{api_version} {kind}");
    Err(DecodeError::Kind {
        expected: format!("{} {}", K::API_VERSION, K::KIND),
        found: clip(found.trim(), MAX_MESSAGE_CHARS).into_owned(),
    })
}
