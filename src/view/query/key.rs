//! The words before `:`, `=` and `>`.

use crate::resource::status::Family;

/// The key of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `ns`: the namespace.
    Namespace,
    /// `name`: the pod's or the node's name.
    Name,
    /// `node`: the name of the pod's node.
    Node,
    /// `status`: STATUS as kubectl prints it.
    Status,
    /// `owner`: the controller of the pod, and the controller's owner.
    Owner,
    /// `image`: the images of all its containers.
    Image,
    /// `ip`: the pod's address.
    Ip,
    /// `qos`: the QoS class.
    Qos,
    /// `zone`: the zone of the node.
    Zone,
    /// `role`: the roles of the node.
    Role,
    /// `type`: the instance type of the node.
    InstanceType,
    /// `version`: the kubelet's version on the node.
    Version,
    /// `taint`: the taints of the node.
    Taint,
    /// `pressure`: the pressure conditions of the node.
    Pressure,
    /// `condition`: the conditions of the node that show a problem, a drain or maintenance.
    Condition,
    /// `label`: a label by its key, or by `KEY=VALUE`.
    Label,
    /// `has`: a label by its key.
    Has,
    /// `family`: one of the seven families of STATUS.
    Family,
    /// `is`: a state by its name.
    Is,
    /// `restarts`: a number.
    Restarts,
    /// `ready`: how many containers are ready.
    Ready,
    /// `age`: the time since it was created.
    Age,
    /// `restarted`: the time since the last restart.
    Restarted,
    /// `cpu`: requested processor time.
    Cpu,
    /// `memory`: requested memory.
    Memory,
}

/// The kind of value that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Texts that are compared.
    Text,
    /// The keys of labels.
    LabelKey,
    /// Names out of a closed set.
    Name,
    /// A comparison with a number.
    Number,
}

impl Key {
    /// Every key, in the order of the documentation.
    pub const ALL: [Self; 25] = [
        Self::Namespace,
        Self::Name,
        Self::Node,
        Self::Status,
        Self::Owner,
        Self::Image,
        Self::Label,
        Self::Has,
        Self::Is,
        Self::Family,
        Self::Restarts,
        Self::Restarted,
        Self::Age,
        Self::Ready,
        Self::Cpu,
        Self::Memory,
        Self::Qos,
        Self::Ip,
        Self::Zone,
        Self::Role,
        Self::InstanceType,
        Self::Taint,
        Self::Pressure,
        Self::Condition,
        Self::Version,
    ];

    /// How it is written: `ns`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "ns",
            Self::Name => "name",
            Self::Node => "node",
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Image => "image",
            Self::Ip => "ip",
            Self::Qos => "qos",
            Self::Zone => "zone",
            Self::Role => "role",
            Self::InstanceType => "type",
            Self::Version => "version",
            Self::Taint => "taint",
            Self::Pressure => "pressure",
            Self::Condition => "condition",
            Self::Label => "label",
            Self::Has => "has",
            Self::Family => "family",
            Self::Is => "is",
            Self::Restarts => "restarts",
            Self::Ready => "ready",
            Self::Age => "age",
            Self::Restarted => "restarted",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    /// Its meaning, for the list of suggestions.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Name => "name of the pod or node",
            Self::Node => "name of the node",
            Self::Status => "STATUS as kubectl prints it",
            Self::Owner => "workload, such as deploy/web",
            Self::Image => "image of a container",
            Self::Ip => "IP of the pod",
            Self::Qos => "QoS class",
            Self::Zone => "zone of the node",
            Self::Role => "role of the node",
            Self::InstanceType => "instance type of the node",
            Self::Version => "kubelet version of the node",
            Self::Taint => "taint of the node",
            Self::Pressure => "pressure of the node",
            Self::Condition => "condition of the node",
            Self::Label => "label",
            Self::Has => "label with any value",
            Self::Family => "family of STATUS",
            Self::Is => "state, such as is:problem",
            Self::Restarts => "number of restarts",
            Self::Ready => "number of ready containers",
            Self::Age => "time since it was created",
            Self::Restarted => "time since the last restart",
            Self::Cpu => "requested CPU",
            Self::Memory => "requested memory",
        }
    }

    /// The key of this name, or of its longer one; case does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let alias = match text.to_ascii_lowercase().as_str() {
            "namespace" => Self::Namespace,
            "pod" => Self::Name,
            "mem" => Self::Memory,
            other => return Self::ALL.into_iter().find(|key| key.as_str() == other),
        };
        Some(alias)
    }

    /// The kind of value that it takes.
    pub(super) const fn kind(self) -> ValueKind {
        match self {
            Self::Label | Self::Has => ValueKind::LabelKey,
            Self::Family | Self::Is => ValueKind::Name,
            Self::Restarts | Self::Ready | Self::Age | Self::Restarted | Self::Cpu | Self::Memory => ValueKind::Number,
            _ => ValueKind::Text,
        }
    }

    /// An example of a term with it.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Namespace => "ns:shop",
            Self::Name => "name:web-*",
            Self::Node => "node:worker-1",
            Self::Status => "status:Running",
            Self::Owner => "owner:deploy/web",
            Self::Image => "image:nginx",
            Self::Ip => "ip:10.0.*",
            Self::Qos => "qos:Burstable",
            Self::Zone => "zone:eu-1a",
            Self::Role => "role:control-plane",
            Self::InstanceType => "type:m5.*",
            Self::Version => "version:v1.36.*",
            Self::Taint => "taint:dedicated*",
            Self::Pressure => "pressure:memory",
            Self::Condition => "condition:KernelDeadlock",
            Self::Label => "label:app",
            Self::Has => "has:app",
            Self::Family => "family:failing",
            Self::Is => "is:problem",
            Self::Restarts => "restarts>3",
            Self::Ready => "ready<1",
            Self::Age => "age<10m",
            Self::Restarted => "restarted<10m",
            Self::Cpu => "cpu>500m",
            Self::Memory => "memory>1Gi",
        }
    }
}

/// A state that has a name: `is:problem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedState {
    /// A family of STATUS.
    Family(Family),
    /// Running, and its condition `Ready` is not `False`; of a node: that condition is `True`.
    Ready,
    /// A problem that `n` stops at: failing, blocked, lost, stuck or slow. Of a node: not ready or under pressure.
    Problem,
    /// Its phase is `Pending`.
    Pending,
    /// Not bound to a node.
    Unscheduled,
    /// The scheduler found no node that fits.
    Unschedulable,
    /// Starting or not ready for long.
    Slow,
    /// A container was restarted recently.
    Restarted,
    /// Evicted by the kubelet.
    Evicted,
    /// Its phase is `Failed`: it is not restarted.
    Failed,
    /// Its phase is `Succeeded` or `Failed`.
    Finished,
    /// Its resources are being resized in place, or will be.
    Resizing,
    /// Terminating; of a node: it is being deleted.
    Terminating,
    /// Still terminating well after its grace period.
    Stuck,
    /// Lost with its node.
    Lost,
    /// On a cordoned node, or a cordoned node.
    Cordoned,
    /// On a node, or a node, under memory, disk or PID pressure.
    Pressure,
    /// On a node, or a node, whose kubelet says that it is not ready.
    NodeNotReady,
    /// On a node, or a node, whose kubelet sends no heartbeats.
    NodeUnreachable,
    /// Bound to a node that does not exist.
    NodeMissing,
}

impl NamedState {
    /// The states that are no families, in the order of the documentation.
    pub const OTHERS: [Self; 19] = [
        Self::Problem,
        Self::Ready,
        Self::Pending,
        Self::Unscheduled,
        Self::Unschedulable,
        Self::Slow,
        Self::Restarted,
        Self::Evicted,
        Self::Failed,
        Self::Finished,
        Self::Resizing,
        Self::Terminating,
        Self::Stuck,
        Self::Lost,
        Self::Cordoned,
        Self::Pressure,
        Self::NodeNotReady,
        Self::NodeUnreachable,
        Self::NodeMissing,
    ];

    /// Every state.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OTHERS.into_iter().chain(Family::ALL.map(Self::Family))
    }

    /// How it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Family(family) => family.slug(),
            Self::Ready => "ready",
            Self::Problem => "problem",
            Self::Pending => "pending",
            Self::Unscheduled => "unscheduled",
            Self::Unschedulable => "unschedulable",
            Self::Slow => "slow",
            Self::Restarted => "restarted",
            Self::Evicted => "evicted",
            Self::Failed => "failed",
            Self::Finished => "finished",
            Self::Resizing => "resizing",
            Self::Terminating => "terminating",
            Self::Stuck => "stuck",
            Self::Lost => "lost",
            Self::Cordoned => "cordoned",
            Self::Pressure => "pressure",
            Self::NodeNotReady => "node-not-ready",
            Self::NodeUnreachable => "node-unreachable",
            Self::NodeMissing => "node-missing",
        }
    }

    /// The state of this name, or of its former one; case does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("node-silent") {
            return Some(Self::NodeUnreachable);
        }
        Self::all().find(|state| state.as_str().eq_ignore_ascii_case(text))
    }
}
