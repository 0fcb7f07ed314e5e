//! What the conditions of nodes and pods mean: a table of those that are known.
//!
//! A condition is a type and a status, `True`, `False` or `Unknown`; which of them is as it should be depends on the type,
//! and nothing in the object says so. Of a type that is not in the table nobody can tell, and neither does the page: it is
//! shown, and it is neither good nor bad.

/// What it means that a condition is `True`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// It is as it should be: `Ready`.
    Good,
    /// It is not: `MemoryPressure`.
    Bad,
    /// Somebody does something that is worth a word, and no trouble: `DrainInProgress`.
    Notice,
    /// The type is not known.
    Neutral,
}

/// What a condition tells with the status that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Nothing that matters.
    Neutral,
    /// Worth a word.
    Notice,
    /// It cannot be told whether it is as it should be.
    Unknown,
    /// Not as it should be.
    Bad,
}

impl Polarity {
    /// What a condition of this polarity tells with this status.
    #[must_use]
    pub fn verdict(self, status: &str) -> Verdict {
        match (self, status) {
            (Self::Good, "True") | (Self::Bad, "False") => Verdict::Good,
            (Self::Good, "False") | (Self::Bad, "True") => Verdict::Bad,
            (Self::Good | Self::Bad, _) => Verdict::Unknown,
            (Self::Notice, "True") => Verdict::Notice,
            (Self::Notice | Self::Neutral, _) => Verdict::Neutral,
        }
    }
}

/// The conditions of nodes that say that the node is short of something, in the order of the API's documentation.
pub const PRESSURES: [&str; 4] = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

/// What the names of conditions by Pressure Stall Information end in, as in `SystemMemoryContentionPressure`;
/// <https://www.kubernetes.dev/resources/keps/5394/>.
const CONTENTION: &str = "ContentionPressure";

/// Conditions that are as they should be while they are `True`. Beside the kubelet's own, those of Amazon's
/// [node monitoring agent](https://github.com/aws/eks-node-monitoring-agent) and of k3s.
const GOOD_NODE: [&str; 8] = [
    "Ready",
    "KernelReady",
    "StorageReady",
    "NetworkingReady",
    "ContainerRuntimeReady",
    "AcceleratedHardwareReady",
    "InstanceStoreReady",
    "EtcdIsVoter",
];

/// Conditions that tell of trouble while they are `True`, beside the [`PRESSURES`] and those of contention: most are of the
/// [node problem detector](https://github.com/kubernetes/node-problem-detector) and of what clouds make of it.
const BAD_NODE: [&str; 18] = [
    "KernelDeadlock",
    "ReadonlyFilesystem",
    "FilesystemCorruptionProblem",
    "XfsShutdown",
    "CperHardwareErrorFatal",
    "CorruptDockerOverlay2",
    "CorruptDockerImage",
    "KubeletUnhealthy",
    "KubeletProblem",
    "ContainerRuntimeUnhealthy",
    "ContainerRuntimeProblem",
    "FrequentKubeletRestart",
    "FrequentContainerdRestart",
    "FrequentDockerRestart",
    "FrequentUnregisterNetDevice",
    "NTPProblem",
    "FDPressure",
    "OutOfDisk",
];

/// Conditions of the node's lifecycle, <https://kubernetes.io/docs/reference/node/node-lifecycle-conditions/>, and Azure's
/// notice of an event of the machine.
const NOTICE_NODE: [&str; 6] = [
    "DrainInProgress",
    "Drained",
    "MaintenancePlanned",
    "MaintenanceInProgress",
    "GracefulNodeShutdownInProgress",
    "VMEventScheduled",
];

/// The conditions of pods that are as they should be while they are `True`;
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions>.
const GOOD_POD: [&str; 5] = [
    "PodScheduled",
    "PodReadyToStartContainers",
    "Initialized",
    "ContainersReady",
    "Ready",
];

/// Those that tell of trouble while they are `True`.
const BAD_POD: [&str; 1] = ["DisruptionTarget"];

/// Those that tell what is being done, or waited for.
const NOTICE_POD: [&str; 3] = ["PodResizePending", "PodResizeInProgress", "AllContainersRestarting"];

/// What a condition of a node means.
#[must_use]
pub fn of_node(kind: &str) -> Polarity {
    if GOOD_NODE.contains(&kind) {
        Polarity::Good
    } else if is_pressure(kind) || BAD_NODE.contains(&kind) {
        Polarity::Bad
    } else if NOTICE_NODE.contains(&kind) {
        Polarity::Notice
    } else {
        Polarity::Neutral
    }
}

/// What a condition of a pod means. Those that its readiness gates name are as they should be while they are `True`.
#[must_use]
pub fn of_pod(kind: &str, is_readiness_gate: bool) -> Polarity {
    if is_readiness_gate || GOOD_POD.contains(&kind) {
        Polarity::Good
    } else if BAD_POD.contains(&kind) {
        Polarity::Bad
    } else if NOTICE_POD.contains(&kind) {
        Polarity::Notice
    } else {
        Polarity::Neutral
    }
}

/// Whether a condition of a node says that it is short of something.
#[must_use]
pub fn is_pressure(kind: &str) -> bool {
    PRESSURES.contains(&kind) || kind.ends_with(CONTENTION)
}

/// Where a condition of a node that tells of trouble stands among the others: pressures first.
#[must_use]
pub fn rank(kind: &str) -> usize {
    let known = PRESSURES.iter().chain(&GOOD_NODE).chain(&BAD_NODE);
    let len = PRESSURES.len() + GOOD_NODE.len() + BAD_NODE.len();
    known.into_iter().position(|known| *known == kind).unwrap_or(len)
}

/// A condition of a node that tells of trouble, as it is written on the page: `MemoryPressure`, `NetworkingReady=False`.
#[must_use]
pub fn trouble(kind: &str) -> String {
    match of_node(kind) {
        Polarity::Good => format!("{kind}=False"),
        _ => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_is_in_the_table_twice() {
        let mut all: Vec<&str> = PRESSURES.to_vec();
        all.extend(GOOD_NODE.iter().chain(&BAD_NODE).chain(&NOTICE_NODE));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_status_means_what_its_type_says() {
        use Verdict::{Bad, Good, Neutral, Notice, Unknown};
        for (kind, verdicts) in [
            ("Ready", [Good, Bad, Unknown]),
            ("NetworkingReady", [Good, Bad, Unknown]),
            ("MemoryPressure", [Bad, Good, Unknown]),
            ("KubepodsDiskContentionPressure", [Bad, Good, Unknown]),
            ("KernelDeadlock", [Bad, Good, Unknown]),
            ("DrainInProgress", [Notice, Neutral, Neutral]),
            ("example.com/Blessed", [Neutral, Neutral, Neutral]),
        ] {
            let found = ["True", "False", "Unknown"].map(|status| of_node(kind).verdict(status));
            assert_eq!(found, verdicts, "{kind}");
        }
        assert_eq!(of_pod("lb.example/registered", true), Polarity::Good);
        assert_eq!(of_pod("lb.example/registered", false), Polarity::Neutral);
    }
}
