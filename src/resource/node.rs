//! The projection of `v1.Node`.

use std::fmt;

use k8bit_informer::{json, protobuf, resource::expect_kind, wire::Str};

use super::{
    DecodeError, Intern as _, Meta, Resource, ResourceInterner, ResourceVersion, SharedStr, Timestamp,
    condition::{self, Verdict},
    template::{Amounts, Labels},
    wire,
};

/// A node, reduced to the shown fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Identity and version.
    pub meta: Meta,
    /// The STATUS column of `kubectl get nodes`: `Ready`, `NotReady,SchedulingDisabled`.
    pub status: SharedStr,
    /// The condition behind it.
    pub health: NodeHealth,
    /// `spec.unschedulable`.
    pub cordoned: bool,
    /// The ROLES column, sorted; empty where kubectl prints `<none>`.
    pub roles: Vec<SharedStr>,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `spec.taints`, but for the one that cordoning adds, if the node is cordoned.
    pub taints: Vec<Taint>,
    /// `status.allocatable.pods`.
    pub allocatable_pods: Option<u32>,
    /// `status.allocatable` of CPU and memory; zero if absent.
    pub allocatable: Amounts,
    /// The types of the bad conditions, by [`condition::of_node`] and except `Ready`: each once, in the order of [`condition::rank`] and then of names.
    pub troubles: Vec<SharedStr>,
    /// The types of the conditions that are worth a notice, in their order.
    pub notices: Vec<SharedStr>,
    /// The types of the conditions of which nobody says whether they are good or bad, although `Ready` is known: status
    /// `Unknown`. Where the kubelet sends no heartbeats every condition is, which [`NodeHealth::Unknown`] says once.
    pub unknowns: Vec<SharedStr>,
    /// When `Ready` last changed.
    pub health_since: Option<Timestamp>,
    /// `topology.kubernetes.io/zone`, or the label that it had before Kubernetes 1.17.
    pub zone: Option<SharedStr>,
    /// `node.kubernetes.io/instance-type`, or the label that it had before Kubernetes 1.17.
    pub instance_type: Option<SharedStr>,
    /// `status.nodeInfo.kubeletVersion`.
    pub version: Option<SharedStr>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: set while finalizers hold it.
    pub deleted: Option<Timestamp>,
}

impl Node {
    /// Whether it is not ready, or has a bad condition.
    #[must_use]
    pub fn is_troubled(&self) -> bool {
        self.health != NodeHealth::Ready || !self.troubles.is_empty()
    }

    /// The types of its [pressures](condition::is_pressure).
    pub fn pressures(&self) -> impl Iterator<Item = &SharedStr> {
        self.troubles.iter().filter(|kind| condition::is_pressure(kind))
    }

    /// Whether a taint repeats the state of the node.
    #[must_use]
    pub fn is_as_tainted(&self, taint: &Taint) -> bool {
        let has = |kinds: &[&str]| self.troubles.iter().any(|kind| kinds.contains(&kind.as_str()));
        match taint.key.strip_prefix("node.kubernetes.io/") {
            Some("not-ready" | "unreachable") => self.health != NodeHealth::Ready,
            Some("memory-pressure") => has(&["MemoryPressure"]),
            Some("disk-pressure") => has(&["DiskPressure"]),
            Some("pid-pressure") => has(&["PIDPressure"]),
            Some("network-unavailable") => has(&["NetworkUnavailable"]),
            Some("memory-contention-pressure") => {
                has(&["SystemMemoryContentionPressure", "KubepodsMemoryContentionPressure"])
            }
            Some("disk-contention-pressure") => {
                has(&["SystemDiskContentionPressure", "KubepodsDiskContentionPressure"])
            }
            _ => false,
        }
    }
}

/// A taint: it repels pods without a matching toleration;
/// <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// `dedicated`.
    pub key: SharedStr,
    /// Often empty.
    pub value: SharedStr,
    /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
    pub effect: SharedStr,
}

impl Taint {
    /// Its meaning for the node, in words; `None` for a taint that only selects pods, and for a custom one. <https://kubernetes.io/docs/reference/labels-annotations-taints/>
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        Some(match self.key.as_str() {
            "node.kubernetes.io/not-ready" => "tainted not-ready",
            "node.kubernetes.io/unreachable" => "tainted unreachable",
            "node.kubernetes.io/unschedulable" => "tainted unschedulable",
            "node.kubernetes.io/memory-pressure" => "tainted memory-pressure",
            "node.kubernetes.io/disk-pressure" => "tainted disk-pressure",
            "node.kubernetes.io/pid-pressure" => "tainted pid-pressure",
            "node.kubernetes.io/network-unavailable" => "tainted network-unavailable",
            "node.kubernetes.io/memory-contention-pressure" => "tainted memory-contention-pressure",
            "node.kubernetes.io/disk-contention-pressure" => "tainted disk-contention-pressure",
            "node.kubernetes.io/out-of-service" => "out of service",
            "node.cloudprovider.kubernetes.io/shutdown" => "shut down",
            "node.cloudprovider.kubernetes.io/uninitialized" => "not initialized",
            "ToBeDeletedByClusterAutoscaler" => "being removed by the autoscaler",
            "karpenter.sh/disrupted" | "karpenter.sh/disruption" => "being removed by Karpenter",
            "karpenter.sh/unregistered" => "not registered by Karpenter",
            _ => return None,
        })
    }
}

/// `dedicated=gpu:NoSchedule`, as kubectl writes it.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{}", self.key, self.value, self.effect)
    }
}

/// The `Ready` condition of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeHealth {
    /// `True`.
    Ready,
    /// `False`.
    NotReady,
    /// `Unknown`, or no such condition: its kubelet sends no heartbeats.
    Unknown,
}

impl Resource for Node {
    type Interner = ResourceInterner;

    fn decode(json: &[u8], interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        Self::of_json(&json::from_slice(json).map_err(DecodeError::Json)?, interner)
    }

    fn decode_first(json: &[u8], interner: &mut ResourceInterner) -> Option<(Self, usize)> {
        let (node, length) = json::first_of(json)?;
        Some((Self::of_json(&node, interner).ok()?, length))
    }

    fn decode_protobuf(message: &[u8], interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        let node = protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?;
        Self::of(&node, interner)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.meta.resource_version = version;
    }
}

impl Node {
    fn of_json(node: &wire::Node<'_>, interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        expect_kind::<k8s_openapi::api::core::v1::Node>(&node.kind, &node.api_version)?;
        Self::of(node, interner)
    }

    fn of(node: &wire::Node<'_>, interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        let wire::Node {
            metadata, spec, status, ..
        } = node;
        let ready = ready_condition(&status.conditions);
        let labels = &metadata.labels;
        let object_labels = Labels::intern(&labels.0, &mut interner.strings);
        let mut intern = |text: &str| interner.intern(text);
        Ok(Self {
            labels: object_labels,
            taints: taints(spec, &mut intern),
            status: intern(print_status(ready, spec.unschedulable)),
            health: health(ready),
            cordoned: spec.unschedulable,
            roles: print_roles(labels).into_iter().map(&mut intern).collect(),
            allocatable_pods: status
                .allocatable
                .pods
                .map(|pods| u32::try_from(pods.value().max(0)).unwrap_or(u32::MAX)),
            allocatable: Amounts::of(&status.allocatable),
            troubles: troubles(&status.conditions).into_iter().map(&mut intern).collect(),
            notices: with_verdict(&status.conditions, Verdict::Notice)
                .map(&mut intern)
                .collect(),
            unknowns: unknowns(ready, &status.conditions).map(&mut intern).collect(),
            health_since: ready.and_then(|ready| ready.last_transition),
            zone: first_label(labels, ZONE).map(&mut intern),
            instance_type: first_label(labels, INSTANCE_TYPE).map(&mut intern),
            version: status.info.kubelet_version.non_empty().map(&mut intern),
            created: metadata.created,
            deleted: metadata.deleted,
            meta: Meta::new("", &metadata.name, &metadata.uid, &metadata.resource_version, interner)?,
        })
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
fn print_roles<'n>(labels: &'n wire::LabelMap<'_>) -> Vec<&'n str> {
    let role = |(key, value): &'n (Str<'_>, Str<'_>)| match &**key {
        "kubernetes.io/role" => Some(&**value),
        key => key.strip_prefix("node-role.kubernetes.io/"),
    };
    let mut roles: Vec<&str> = labels
        .0
        .iter()
        .filter_map(role)
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort();
    roles.dedup();
    roles
}

/// Taints in their order, without `unschedulable` if `spec.unschedulable` says so already.
fn taints(spec: &wire::NodeSpec<'_>, intern: &mut impl FnMut(&str) -> SharedStr) -> Vec<Taint> {
    let told = spec
        .taints
        .iter()
        .filter(|taint| !spec.unschedulable || &*taint.key != "node.kubernetes.io/unschedulable");
    let mut of = |taint: &wire::Taint<'_>| Taint {
        key: intern(&taint.key),
        value: intern(&taint.value),
        effect: intern(&taint.effect),
    };
    told.map(&mut of).collect()
}

/// The types of the conditions of this verdict.
fn with_verdict<'n>(conditions: &'n [wire::NodeCondition<'_>], verdict: Verdict) -> impl Iterator<Item = &'n str> {
    conditions
        .iter()
        .filter(move |it| condition::of_node(&it.kind).verdict(&it.status) == verdict)
        .map(|it| &*it.kind)
}

/// The types of the conditions that are unknown while `Ready` is not.
fn unknowns<'n>(
    ready: Option<&wire::NodeCondition<'_>>,
    conditions: &'n [wire::NodeCondition<'_>],
) -> impl Iterator<Item = &'n str> {
    let is_heard = health(ready) != NodeHealth::Unknown;
    with_verdict(conditions, Verdict::Unknown).filter(move |_| is_heard)
}

/// The types of the bad conditions, in order. `Ready` is the node's [`NodeHealth`].
fn troubles<'n>(conditions: &'n [wire::NodeCondition<'_>]) -> Vec<&'n str> {
    let mut troubles: Vec<&str> = with_verdict(conditions, Verdict::Bad)
        .filter(|kind| *kind != "Ready")
        .collect();
    troubles.sort_by(|a, b| condition::rank(a).cmp(&condition::rank(b)).then_with(|| a.cmp(b)));
    troubles.dedup();
    troubles
}

/// A label, and its name before Kubernetes 1.17.
type LabelKeys = [&'static str; 2];

const ZONE: LabelKeys = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
const INSTANCE_TYPE: LabelKeys = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];

/// The value of the first of the labels that has one.
fn first_label<'n>(labels: &'n wire::LabelMap<'_>, keys: LabelKeys) -> Option<&'n str> {
    keys.iter()
        .find_map(|key| labels.get(key).filter(|value| !value.is_empty()))
}
