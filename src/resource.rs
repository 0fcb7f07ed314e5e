//! Kubernetes kinds as the rest of the program sees them: trimmed projections of the API types.
//!
//! A projection keeps what is shown and nothing else, because a whole `Pod` is about eight kilobytes of JSON and the
//! tab has to hold 150,000 of them. This module knows nothing of requests, streams or stores; [`Resource`] is the seam
//! between a kind and the generic informer and store.

pub mod node;
pub mod pod;
pub mod status;

mod meta;
mod text;
mod timestamp;

use std::fmt::Debug;

pub use meta::{Meta, ObjectKey, ResourceVersion, Uid};
pub use node::Node;
pub use pod::Pod;
pub use text::{Interner, Text};
pub use timestamp::Timestamp;

/// What the informer and the store need to know of a kind.
///
/// Kind, API group and URL path come from the full type of `k8s_openapi`, so that none of them is written twice.
pub trait Resource: Sized + Clone + PartialEq + Debug + 'static {
    /// The full API type this projection is cut from.
    type Full: k8s_openapi::Resource;

    /// Decodes one object as it stands in a list's `items` (without `kind` and `apiVersion`) or in a watch event.
    ///
    /// Strings that many objects share are interned. Fields that are absent or `null` take the API's default.
    ///
    /// # Errors
    /// When the JSON is not an object of this shape; the caller then falls back to [`Meta::decode`], so that one bad
    /// object costs that object alone.
    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError>;

    /// Identity and version of the object.
    fn meta(&self) -> &Meta;

    /// The same, to be changed: the store compares two versions of an object without their resourceVersions.
    fn meta_mut(&mut self) -> &mut Meta;
}

/// Why an object could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not JSON, or not of the shape that the API documents.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// An object without a name cannot be told from another.
    #[error("metadata.name is missing")]
    NoName,
}
