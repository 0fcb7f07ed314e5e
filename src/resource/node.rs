//! The projection of `v1.Node`.

use super::{Meta, Text, Timestamp};

/// A node, cut down to what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Identity and version.
    pub meta: Meta,
    /// The STATUS column of `kubectl get nodes`: `Ready`, `NotReady,SchedulingDisabled`.
    pub status: Text,
    /// The condition behind it.
    pub health: NodeHealth,
    /// `spec.unschedulable`.
    pub cordoned: bool,
    /// The ROLES column, sorted; empty where kubectl prints `<none>`.
    pub roles: Vec<Text>,
    /// `status.allocatable.pods`.
    pub allocatable_pods: Option<u32>,
    /// Pressure conditions that are `True`: `MemoryPressure`, `DiskPressure`, `PIDPressure`, `NetworkUnavailable`.
    pub pressure: Vec<Text>,
    /// When `Ready` last changed.
    pub health_since: Option<Timestamp>,
    /// `topology.kubernetes.io/zone`.
    pub zone: Option<Text>,
    /// `node.kubernetes.io/instance-type`.
    pub instance_type: Option<Text>,
    /// `status.nodeInfo.kubeletVersion`.
    pub version: Option<Text>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
}

/// The `Ready` condition of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeHealth {
    /// `True`.
    Ready,
    /// `False`.
    NotReady,
    /// `Unknown`, or no such condition: its kubelet has not been heard of.
    Unknown,
}
