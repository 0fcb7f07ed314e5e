//! STATUS, READY and RESTARTS exactly as `kubectl get` prints them.

use super::{Text, Timestamp};

/// What `kubectl get pod` prints of a pod's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodStatus {
    /// The STATUS column, `CrashLoopBackOff` or `Init:0/2`.
    pub text: Text,
    /// The left number of READY.
    pub ready: u16,
    /// The right number of READY.
    pub containers: u16,
    /// The RESTARTS column without its age.
    pub restarts: u32,
    /// When the last restart happened: `3 (5m ago)`.
    pub last_restart: Option<Timestamp>,
    /// The family that decides hue, lightness and glyph.
    pub family: Family,
}

/// The seven families of pod status; each has a hue, a lightness and a glyph of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Running, every container ready.
    Healthy,
    /// Running, but not every container is ready.
    NotReady,
    /// Bound to a node and on its way up: `Pending`, `ContainerCreating`, `PodInitializing`, `Init:1/2`.
    Starting,
    /// Cannot start until something else changes: unschedulable or `SchedulingGated`.
    Blocked,
    /// Failed, or failing again and again: `CrashLoopBackOff`, `ImagePullBackOff`, `Error`, `Evicted`.
    Failing,
    /// Ended as intended: `Completed`, `Succeeded`.
    Done,
    /// `Terminating`, or lost with its node: `Unknown`, `NodeLost`.
    Gone,
}
