//! What the informer and the store need to know of a kind.

use std::fmt::Debug;

use crate::{
    error::DecodeError,
    limits::MAX_MESSAGE_CHARS,
    meta::Meta,
    text::{Intern, clip},
};

/// A kind, as far as the informer and the store need to know it.
///
/// Kind, API group and URL path come from the full type of `k8s_openapi`, so that none of them is written twice.
pub trait Resource: Sized + Clone + PartialEq + Debug + 'static {
    /// The full API type this projection is cut from.
    type Full: k8s_openapi::ListableResource;

    /// What keeps one copy of what the objects of this kind have in common: [`Texts`](crate::Texts), or whatever knows
    /// more of the kind than its strings.
    type Interner: Intern + Default + Debug;

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

    /// Decodes the same object from its protobuf message, of which kind and version are known already.
    ///
    /// # Errors
    /// As [`Resource::decode`], with [`Meta::decode_protobuf`] to fall back to.
    fn decode_protobuf(message: &[u8], interner: &mut Self::Interner) -> Result<Self, DecodeError>;

    /// Identity and version of the object.
    fn meta(&self) -> &Meta;

    /// The same, to be changed: the store compares two versions of an object without their resourceVersions.
    fn meta_mut(&mut self) -> &mut Meta;
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
