//! Kubernetes kinds as the rest of the program sees them: trimmed projections of the API types.
//!
//! A projection keeps what is shown and nothing else, because a whole `Pod` is about eight kilobytes of JSON and the
//! tab has to hold 150,000 of them. This module knows nothing of requests, streams or stores; [`Resource`] is the seam
//! between a kind and the generic informer and store.

pub mod condition;
pub mod duration;
pub mod event;
pub mod metrics;
pub mod node;
pub mod pod;
pub mod status;
pub mod template;
pub mod workload;

mod meta;
mod quantity;
mod text;
mod timestamp;
mod wire;

use std::fmt::Debug;

pub use event::ObjectEvent;
pub use meta::{Bookmark, Meta, ObjectKey, ResourceVersion, Uid};
pub use node::Node;
pub use pod::Pod;
pub use quantity::Quantity;
pub use template::{Amounts, Labels, Owner, PodTemplate, QosClass};
pub use text::{Interner, Text};
pub use timestamp::Timestamp;
pub use workload::{Workload, guess};

use crate::limits::MAX_MESSAGE_CHARS;

/// What the informer and the store need to know of a kind.
///
/// Kind, API group and URL path come from the full type of `k8s_openapi`, so that none of them is written twice.
pub trait Resource: Sized + Clone + PartialEq + Debug + 'static {
    /// The full API type this projection is cut from.
    type Full: k8s_openapi::ListableResource;

    /// Decodes one object as it stands in a list's `items` (without `kind` and `apiVersion`) or in a watch event.
    ///
    /// Strings that many objects share are interned. Fields that are absent or `null` take the API's default; fields
    /// that are not read may hold anything.
    ///
    /// # Errors
    /// When the JSON is not an object of this shape or has no name; the caller then falls back to [`Meta::decode`], so
    /// that one bad object costs that object alone. Not so for [`DecodeError::Kind`]: such an object is no concern of
    /// this kind at all.
    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError>;

    /// Decodes the same object from its protobuf message, of which kind and version are known already.
    ///
    /// # Errors
    /// As [`Resource::decode`], with [`Meta::decode_protobuf`] to fall back to.
    fn decode_protobuf(message: &[u8], interner: &mut Interner) -> Result<Self, DecodeError>;

    /// Identity and version of the object.
    fn meta(&self) -> &Meta;

    /// The same, to be changed: the store compares two versions of an object without their resourceVersions.
    fn meta_mut(&mut self) -> &mut Meta;
}

/// Why an object could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not JSON, or a field that is read is not of its documented type. [`Meta::decode`] may still tell
    /// which object it is.
    #[error("{0}")]
    Json(String),
    /// The bytes are not a protobuf message, or a field that is read is not of its documented type.
    #[error("it is not the protobuf message of its kind")]
    Protobuf,
    /// An object without a name cannot be told from another.
    #[error("metadata.name is missing")]
    NoName,
    /// A bookmark without a version marks nothing.
    #[error("metadata.resourceVersion is missing")]
    NoResourceVersion,
    /// The object says of itself that it is of another kind. It is nothing that the informer asked for, so that its
    /// metadata means nothing to it either.
    #[error("{found} instead of {expected}")]
    Kind {
        /// Kind and version that were asked for: `v1 Pod`.
        expected: String,
        /// Kind and version that came.
        found: String,
    },
}

impl DecodeError {
    fn kind<K: k8s_openapi::Resource>(kind: &str, api_version: &str) -> Self {
        let found = format!("{api_version} {kind}");
        Self::Kind {
            expected: format!("{} {}", K::API_VERSION, K::KIND),
            found: text::clip(found.trim(), MAX_MESSAGE_CHARS).into_owned(),
        }
    }
}
