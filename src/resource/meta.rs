//! Identity and version of an object.

use std::cmp::Ordering;

use compact_str::CompactString;

use super::{DecodeError, Interner, Text};

/// Where an object is found: `namespace` (empty for kinds without one) and `name`.
///
/// A key finds an object, a [`Uid`] identifies it: the same key may later name another object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// `metadata.namespace`; empty for cluster-scoped kinds.
    pub namespace: Text,
    /// `metadata.name`.
    pub name: CompactString,
}

/// `metadata.uid`: one object's identity for all time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Uid {
    /// The usual form, a lower-case hyphenated UUID, in 16 bytes.
    Uuid(uuid::Uuid),
    /// Whatever else an aggregated API server sends; empty when absent.
    Other(Text),
}

/// `metadata.resourceVersion`: an opaque string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceVersion(CompactString);

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
