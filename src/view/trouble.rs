//! What is wrong with a pod or a node: what `is:problem` finds and `n` stops at.

use crate::{
    cluster::{
        Cluster, PodGroup,
        deadlines::{slow_from, stuck_from},
    },
    resource::{
        Pod, Timestamp,
        node::NodeHealth,
        status::{Family, Variant},
    },
};

/// What is wrong with a pod or a node, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// A node that is not ready, unreachable or missing.
    NodeDown,
    /// A node with a condition that tells of trouble, such as pressure.
    NodeTrouble,
    /// A pod that fails.
    Failing,
    /// A pod that cannot be scheduled.
    Blocked,
    /// A pod that is lost with its node.
    Lost,
    /// A pod that is stuck terminating.
    Stuck,
    /// A pod that has been starting or not ready for long.
    Slow,
}

impl Trouble {
    /// What is wrong with a pod.
    #[must_use]
    pub fn of_pod(pod: &Pod, now: Timestamp) -> Option<Self> {
        let has_come = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
        let status = &pod.status;
        match status.family {
            Family::Failing if status.variant != Variant::Over => Some(Self::Failing),
            Family::Blocked => Some(Self::Blocked),
            Family::Gone if status.variant == Variant::Lost => Some(Self::Lost),
            _ if has_come(stuck_from(pod)) => Some(Self::Stuck),
            _ => has_come(slow_from(pod)).then_some(Self::Slow),
        }
    }

    /// What is wrong with a node, or with the place of one that is missing.
    #[must_use]
    pub fn of_node(cluster: &Cluster, entry: &PodGroup) -> Option<Self> {
        match entry.node() {
            None => cluster.is_ghost(entry).then_some(Self::NodeDown),
            Some(node) if node.health != NodeHealth::Ready => Some(Self::NodeDown),
            Some(node) => (!node.troubles.is_empty()).then_some(Self::NodeTrouble),
        }
    }
}
