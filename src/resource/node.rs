//! The projection of `v1.Node`.

use super::{DecodeError, Interner, Meta, Resource, Text, Timestamp, wire};

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
    /// `topology.kubernetes.io/zone`, or the label that it had before Kubernetes 1.17.
    pub zone: Option<Text>,
    /// `node.kubernetes.io/instance-type`, or the label that it had before Kubernetes 1.17.
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

impl Resource for Node {
    type Full = k8s_openapi::api::core::v1::Node;

    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        let node: wire::Node<'_> = serde_json::from_slice(json)?;
        wire::expect_kind::<Self::Full>(&node.kind, &node.api_version)?;

        let wire::Node {
            metadata, spec, status, ..
        } = &node;
        let ready = ready_condition(&status.conditions);
        let mut intern = |text: &str| interner.intern(text);
        Ok(Self {
            status: intern(print_status(ready, spec.unschedulable)),
            health: health(ready),
            cordoned: spec.unschedulable,
            roles: print_roles(&metadata.labels).into_iter().map(&mut intern).collect(),
            allocatable_pods: status
                .allocatable
                .pods
                .map(|pods| u32::try_from(pods.value().max(0)).unwrap_or(u32::MAX)),
            pressure: pressure(&status.conditions).map(&mut intern).collect(),
            health_since: ready.and_then(|ready| ready.last_transition),
            zone: first_label(&metadata.labels.zone, &metadata.labels.legacy_zone).map(&mut intern),
            instance_type: first_label(&metadata.labels.instance_type, &metadata.labels.legacy_instance_type)
                .map(&mut intern),
            version: status.info.kubelet_version.non_empty().map(&mut intern),
            created: metadata.created,
            meta: Meta::new("", &metadata.name, &metadata.uid, &metadata.resource_version, interner)?,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

/// The last condition of type `Ready`, as `printNode` of `pkg/printers/internalversion/printers.go` takes it.
fn ready_condition<'n, 'de>(conditions: &'n [wire::NodeCondition<'de>]) -> Option<&'n wire::NodeCondition<'de>> {
    conditions.iter().rev().find(|condition| &*condition.kind == "Ready")
}

/// STATUS by `printNode`: a condition that is `Unknown` prints as `NotReady`, a missing one as `Unknown`.
fn print_status(ready: Option<&wire::NodeCondition<'_>>, unschedulable: bool) -> &'static str {
    match (ready.map(|ready| &*ready.status), unschedulable) {
        (Some("True"), false) => "Ready",
        (Some("True"), true) => "Ready,SchedulingDisabled",
        (Some(_), false) => "NotReady",
        (Some(_), true) => "NotReady,SchedulingDisabled",
        (None, false) => "Unknown",
        (None, true) => "Unknown,SchedulingDisabled",
    }
}

fn health(ready: Option<&wire::NodeCondition<'_>>) -> NodeHealth {
    match ready.map(|ready| &*ready.status) {
        Some("True") => NodeHealth::Ready,
        Some("False") => NodeHealth::NotReady,
        _ => NodeHealth::Unknown,
    }
}

/// ROLES by `findNodeRoles`: the rest of each label `node-role.kubernetes.io/…` and the value of `kubernetes.io/role`.
fn print_roles<'n>(labels: &'n wire::NodeLabels<'_>) -> Vec<&'n str> {
    let mut roles: Vec<&str> = labels.roles.iter().map(|role| &**role).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// The conditions that are bad when they are `True`, in the order of the API's documentation.
fn pressure(conditions: &[wire::NodeCondition<'_>]) -> impl Iterator<Item = &'static str> {
    ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"]
        .into_iter()
        .filter(|&kind| {
            conditions
                .iter()
                .any(|condition| &*condition.kind == kind && &*condition.status == "True")
        })
}

/// The value of a label, else that of its older name.
fn first_label<'n>(label: &'n Option<wire::Str<'_>>, legacy: &'n Option<wire::Str<'_>>) -> Option<&'n str> {
    label.iter().chain(legacy).find_map(wire::Str::non_empty)
}
