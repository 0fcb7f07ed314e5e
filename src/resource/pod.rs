//! The projection of `v1.Pod`.

use super::{Meta, Text, Timestamp, status::PodStatus};

/// A pod, cut down to what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Identity and version.
    pub meta: Meta,
    /// `spec.nodeName`; `None` until the pod is bound.
    pub node: Option<Text>,
    /// What kubectl prints.
    pub status: PodStatus,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: when the pod is to be gone; set while it is terminating.
    pub deleted: Option<Timestamp>,
    /// The controlling owner reference.
    pub owner: Option<Owner>,
    /// The sentence that explains the state: the scheduler's, a waiting container's, the eviction's.
    pub message: Option<Text>,
}

/// The owner reference with `controller: true`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// `ReplicaSet`, `Job`, `Node` for a static pod.
    pub kind: Text,
    /// Its name.
    pub name: Text,
}
