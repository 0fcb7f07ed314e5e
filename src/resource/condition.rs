//! What the conditions of nodes and pods mean: a table of those that are known.
//!
//! A condition is a type and a status, `True`, `False` or `Unknown`; which of them is good depends on the type, and
//! the object does not say. A type that is not in the table is shown, and is neither good nor bad.

/// What it means that a condition is `True`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Good: `Ready`.
    Good,
    /// Bad: `MemoryPressure`.
    Bad,
    /// Worth a notice, but not a problem: `DrainInProgress`.
    Notice,
    /// The type is not known.
    Neutral,
}

/// The verdict on a condition with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Good.
    Good,
    /// Irrelevant.
    Neutral,
    /// Worth a notice.
    Notice,
    /// Unknown.
    Unknown,
    /// Bad.
    Bad,
}

impl Polarity {
    /// The verdict on a condition of this polarity with this status.
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

/// The pressure conditions of nodes, in the order of the API's documentation.
pub const PRESSURES: [&str; 4] = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

/// What the names of conditions by Pressure Stall Information end in, as in `SystemMemoryContentionPressure`;
/// <https://www.kubernetes.dev/resources/keps/5394/>.
const CONTENTION: &str = "ContentionPressure";

/// Conditions that are good while `True`. Beside the kubelet's own, those of Amazon's
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

/// Conditions that are bad while `True`, beside the [`PRESSURES`] and those of contention: most are of the
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

/// The conditions of pods that are good while `True`;
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions>.
const GOOD_POD: [&str; 5] = [
    "PodScheduled",
    "PodReadyToStartContainers",
    "Initialized",
    "ContainersReady",
    "Ready",
];

/// Those that are bad while `True`.
const BAD_POD: [&str; 1] = ["DisruptionTarget"];

/// Those about something in progress or waited for.
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

/// What a condition of a pod means. Those that its readiness gates name are good while `True`.
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

/// Whether a condition of a node is about pressure.
#[must_use]
pub fn is_pressure(kind: &str) -> bool {
    PRESSURES.contains(&kind) || kind.ends_with(CONTENTION)
}

/// Sort key of a bad condition of a node: pressures first.
#[must_use]
pub fn rank(kind: &str) -> usize {
    let known = PRESSURES.iter().chain(&GOOD_NODE).chain(&BAD_NODE);
    let len = PRESSURES.len() + GOOD_NODE.len() + BAD_NODE.len();
    known.into_iter().position(|known| *known == kind).unwrap_or(len)
}

/// A bad condition of a node, as the page writes it: `MemoryPressure`, `NetworkingReady=False`.
#[must_use]
pub fn trouble(kind: &str) -> String {
    match of_node(kind) {
        Polarity::Good => format!("{kind}=False"),
        _ => kind.to_owned(),
    }
}

/// A condition of a node that is unknown, as the page writes it: `NetworkingReady=Unknown`.
#[must_use]
pub fn unknown(kind: &str) -> String {
    format!("{kind}=Unknown")
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
