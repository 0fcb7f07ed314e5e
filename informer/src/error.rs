//! Why an object could not be decoded.

/// Why an object could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not JSON, or a field that is read is not of its documented type.
    /// [`Meta::decode`](crate::Meta::decode) may still tell which object it is.
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
