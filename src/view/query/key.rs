//! The words before `:`, `=` and `>`.

use crate::resource::status::Family;

/// What a term asks about.
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
    /// `owner`: who controls the pod, and who controls that.
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
    /// `pressure`: what the node is short of.
    Pressure,
    /// `condition`: the conditions of the node that are not as they should be, or worth a word.
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

/// What is written behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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

    /// What it is, for the list of suggestions.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Name => "name of the pod or node",
            Self::Node => "name of the node",
            Self::Status => "STATUS as kubectl prints it",
            Self::Owner => "workload, such as deploy/web",
            Self::Image => "image of a container",
            Self::Ip => "address of the pod",
            Self::Qos => "QoS class",
            Self::Zone => "zone of the node",
            Self::Role => "role of the node",
            Self::InstanceType => "instance type of the node",
            Self::Version => "kubelet's version on the node",
            Self::Taint => "taint of the node",
            Self::Pressure => "what the node is short of",
            Self::Condition => "condition of the node that matters",
            Self::Label => "label",
            Self::Has => "label, whatever its value",
            Self::Family => "colour of the block",
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

    /// What is written behind it.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Label | Self::Has => Kind::LabelKey,
            Self::Family | Self::Is => Kind::Name,
            Self::Restarts | Self::Ready | Self::Age | Self::Restarted | Self::Cpu | Self::Memory => Kind::Number,
            _ => Kind::Text,
        }
    }

    /// Something that may stand behind it, as an example.
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
pub enum State {
    /// A family of STATUS.
    Family(Family),
    /// Running, and its condition `Ready` does not say otherwise; of a node: that condition is `True`.
    Ready,
    /// What the walk through the problems stops at: failing, unless it is over; blocked, lost, stuck, or slow. Of a
    /// node: not ready or under pressure.
    Problem,
    /// Its phase is `Pending`: on its way up, or kept from it.
    Pending,
    /// Not bound to a node.
    Unscheduled,
    /// No node fits, says the scheduler.
    Unschedulable,
    /// Starting or not ready for long.
    Slow,
    /// A container restarted lately.
    Restarted,
    /// Evicted by the kubelet.
    Evicted,
    /// Its phase is `Failed`: over, and nothing is tried again.
    Failed,
    /// Its phase is `Succeeded` or `Failed`.
    Finished,
    /// Its resources are to be changed in place, or are being changed.
    Resizing,
    /// On its way down; of a node: it is being deleted.
    Terminating,
    /// Still terminating well after its grace period.
    Stuck,
    /// Lost with its node.
    Lost,
    /// On a node, or a node, that takes no new pods.
    Cordoned,
    /// On a node, or a node, that is short of memory, disk or process ids.
    Pressure,
    /// On a node, or a node, whose kubelet says that it is not ready.
    NodeNotReady,
    /// On a node, or a node, whose kubelet has not been heard of.
    NodeSilent,
    /// Bound to the name of a node that is not there.
    NodeMissing,
}

impl State {
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
        Self::NodeSilent,
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
            Self::NodeSilent => "node-silent",
            Self::NodeMissing => "node-missing",
        }
    }

    /// The state of this name; case does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|state| state.as_str().eq_ignore_ascii_case(text))
    }
}
