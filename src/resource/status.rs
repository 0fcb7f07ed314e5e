//! STATUS, READY and RESTARTS exactly as `kubectl get pods` prints them.
//!
//! The API server prints them, in `printPod` of `pkg/printers/internalversion/printers.go`; this follows the one of
//! Kubernetes 1.36. Where that keeps the STATUS in a string and looks for `"Completed"` in it, a closed enum says which of
//! the rules was the last to decide: from it follow the text, the [`Family`] and the message that explains the state.
//! Pure functions over the wire model; nothing is stored here.

use std::borrow::Cow;

use super::{SharedStr, Timestamp, duration, wire};

/// What `kubectl get pod` prints of a pod's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodStatus {
    /// The STATUS column, `CrashLoopBackOff` or `Init:0/2`.
    pub text: SharedStr,
    /// The left number of READY.
    pub ready: u16,
    /// The right number of READY.
    pub containers: u16,
    /// The RESTARTS column without its age.
    pub restarts: u32,
    /// When the last restart happened: `3 (5m ago)`; `None` while there was none, or where the kubelet does not know.
    pub last_restart: Option<Timestamp>,
    /// The family that decides hue, lightness and glyph.
    pub family: Family,
    /// What the pod is within its family.
    pub variant: Variant,
}

impl PodStatus {
    /// Whether both stand under the same counters.
    #[must_use]
    pub fn is_counted_like(&self, other: &Self) -> bool {
        (self.family, self.variant, &self.text) == (other.family, other.variant, &other.text)
    }

    /// The READY column: `1/2`.
    #[must_use]
    pub fn ready_column(&self) -> String {
        format!("{}/{}", self.ready, self.containers)
    }

    /// The RESTARTS column: `0`, or `3 (5m ago)`, or `3` where the time of the last restart is not known.
    #[must_use]
    pub fn restarts_column(&self, now: Timestamp) -> String {
        match self.last_restart {
            Some(_) => format!("{} ({} ago)", self.restarts, duration::age(self.last_restart, now)),
            None => self.restarts.to_string(),
        }
    }
}

/// `status.phase`; <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Accepted, and not every container was started; also a pod whose status nobody has written yet.
    #[default]
    Pending,
    /// Bound to a node; at least one container runs, starts or restarts.
    Running,
    /// Every container ended with 0. Nothing is started again.
    Succeeded,
    /// Every container ended, and at least one of them failed; or the node refused, evicted or shut down the pod.
    Failed,
    /// The node does not answer, or the phase is none of these.
    Unknown,
}

impl Phase {
    fn of(text: &str) -> Self {
        match text {
            "" | "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }

    /// Whether the pod has ended for good.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// What a pod is within its [`Family`], whatever its STATUS says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Of [`Family::Failing`]: its phase is `Failed`, so that it is over and nothing is tried again.
    Over,
    /// Of [`Family::Blocked`]: the scheduler found no node. The others wait for a scheduling gate.
    Unschedulable,
    /// Of [`Family::Gone`]: its node does not answer. The others are terminating.
    Lost,
}

/// What the kubelet says of a resize in place;
/// <https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resize {
    /// `PodResizePending` with the reason `Infeasible`: its node can never grant it.
    Infeasible,
    /// `PodResizePending` with the reason `Deferred`, or another: its node cannot grant it now, and tries again.
    Deferred,
    /// `PodResizeInProgress`: granted, and being applied.
    InProgress,
}

impl Resize {
    /// What it is called on the page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Infeasible => "infeasible",
            Self::Deferred => "deferred",
            Self::InProgress => "in progress",
        }
    }
}

/// The seven families of pod status; each has a hue, a lightness and a glyph of its own.
///
/// A family says what the pod is, where STATUS is the text that kubectl prints. The phase decides for a pod that has
/// ended, whatever its containers say. Of any other pod, a container that does not get any further makes it
/// [`Failing`](Self::Failing), even where STATUS is another container's `Completed` or `ContainerCreating`. Then comes what
/// STATUS says, and the facts behind it: readiness for `Running`, the scheduler's verdict for `Pending`, the exit code for a
/// container that gave no reason. A reason that nobody has foreseen is [`Failing`](Self::Failing), because healthy pods have
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Running, every container ready, and the pod's condition `Ready` does not say otherwise.
    Healthy,
    /// Running, but not ready.
    NotReady,
    /// Bound to a node and on its way up, or about to be: `Pending`, `ContainerCreating`, `PodInitializing`, `Init:1/2`.
    Starting,
    /// Cannot start until something else changes: unschedulable or `SchedulingGated`.
    Blocked,
    /// Failed, or failing again and again: `CrashLoopBackOff`, `ImagePullBackOff`, `Error`, `Evicted`.
    Failing,
    /// Ended as intended: phase `Succeeded`, or every container `Completed`.
    Done,
    /// `Terminating`, or lost with its node: `Unknown`, `NodeLost`.
    Gone,
}

impl Family {
    /// Every family, in the order of a legend.
    pub const ALL: [Self; 7] = [
        Self::Healthy,
        Self::NotReady,
        Self::Starting,
        Self::Blocked,
        Self::Failing,
        Self::Done,
        Self::Gone,
    ];

    /// The name for programs: the value of `data-family`, of a CSS class, of a query.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::NotReady => "not-ready",
            Self::Starting => "starting",
            Self::Blocked => "blocked",
            Self::Failing => "failing",
            Self::Done => "done",
            Self::Gone => "gone",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::NotReady => "Not ready",
            Self::Starting => "Starting",
            Self::Blocked => "Blocked",
            Self::Failing => "Failing",
            Self::Done => "Done",
            Self::Gone => "Going or lost",
        }
    }
}

/// A pod's row of the table that kubectl prints, and what is told from the same facts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PodRow<'p> {
    /// STATUS.
    pub(super) status: Cow<'p, str>,
    /// The left number of READY.
    pub(super) ready: usize,
    /// The right number of READY.
    pub(super) containers: usize,
    /// RESTARTS without its age.
    pub(super) restarts: i64,
    /// The age of RESTARTS; `None` where kubectl prints none.
    pub(super) last_restart: Option<Timestamp>,
    pub(super) family: Family,
    pub(super) variant: Variant,
    pub(super) phase: Phase,
    /// The sentence that explains STATUS; empty if there is none.
    pub(super) message: &'p str,
}

/// `printPod` of Kubernetes 1.36.
pub(super) fn print_pod<'p>(pod: &'p wire::Pod<'_>) -> PodRow<'p> {
    let sidecars = Sidecars::of(&pod.spec);
    let mut counts = ContainerCounts::default();
    let mut sidecar_restarts = Restarts::default();
    let mut verdict = print_phase(&pod.status);

    let initializing = print_init_containers(pod, &sidecars, &mut counts, &mut sidecar_restarts);
    let initialized = initializing.is_none();
    verdict = initializing.unwrap_or(verdict);

    // Once set, the condition stays while a sidecar, which counts as an init container, restarts.
    if initialized || is_initialized(&pod.status) {
        counts.restarts = sidecar_restarts;
        verdict = print_containers(&pod.status, verdict, &mut counts);
    }

    let phase = Phase::of(&pod.status.phase);
    if pod.metadata.deleted.is_some() && &*pod.status.reason == NODE_LOST {
        verdict = StatusVerdict::without_message(StatusRule::Lost);
    } else if pod.metadata.deleted.is_some() && !phase.is_finished() {
        verdict = StatusVerdict::without_message(StatusRule::Terminating);
    }

    let containers = pod.spec.containers.len() + sidecars.count();
    let is_ready = counts.ready >= containers && !is_unready(&pod.status);
    let (family, variant) = standing(&verdict.cause, pod, is_ready);
    PodRow {
        status: verdict.cause.text(),
        ready: counts.ready,
        containers,
        restarts: counts.restarts.count,
        last_restart: counts.restarts.last.filter(|_| counts.restarts.count != 0),
        family,
        variant,
        phase,
        message: message(pod, verdict.message, family),
    }
}

/// The reason that the node lifecycle controller gives a pod whose node does not answer.
const NODE_LOST: &str = "NodeLost";

/// The rule that decided STATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StatusRule<'p> {
    /// `status.phase`.
    Phase(&'p str),
    /// `status.reason`, which goes before the phase.
    Reason(&'p str),
    /// Waits for its scheduling gates to be removed.
    SchedulingGated,
    /// An init container is at work: how many have ended, out of how many.
    Initializing { done: usize, total: usize },
    /// An init container does not get any further.
    Init(ContainerStop<'p>),
    /// A container is not running.
    Container(ContainerStop<'p>),
    /// Some containers are running, the others have completed, and the pod counts as ready.
    Running,
    /// Some containers are running, the others have completed, and the pod does not count as ready.
    NotReady,
    /// Deleted, with a node that does not answer.
    Lost,
    /// Deleted, and not ended yet.
    Terminating,
}

/// Why a container is not running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContainerStop<'p> {
    /// The reason of a waiting or a terminated container.
    Reason(&'p str),
    /// Terminated by a signal, for no reason given.
    Signal(i32),
    /// Terminated with an exit code, for no reason given.
    ExitCode(i32),
}

/// A cause, and the message that came with it.
#[derive(Clone, Copy, Debug)]
struct StatusVerdict<'p> {
    cause: StatusRule<'p>,
    /// Of the container that decided; empty if there is none.
    message: &'p str,
}

/// What is counted on the way.
#[derive(Clone, Copy, Debug, Default)]
struct ContainerCounts {
    ready: usize,
    restarts: Restarts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Restarts {
    count: i64,
    last: Option<Timestamp>,
}

/// The names of the init containers that run as long as the pod, sorted.
struct Sidecars<'p>(Vec<&'p str>);

/// The phase, unless there is a reason, unless the pod is gated.
fn print_phase<'p>(status: &'p wire::PodStatus<'_>) -> StatusVerdict<'p> {
    let is_gated =
        |condition: &wire::Condition<'_>| &*condition.kind == "PodScheduled" && &*condition.reason == "SchedulingGated";
    StatusVerdict::without_message(if status.conditions.iter().any(is_gated) {
        StatusRule::SchedulingGated
    } else if let Some(reason) = status.reason.non_empty() {
        StatusRule::Reason(reason)
    } else {
        StatusRule::Phase(&status.phase)
    })
}

/// Stops at the first init container that is neither done nor a started sidecar; `None` if there is no such.
fn print_init_containers<'p>(
    pod: &'p wire::Pod<'_>,
    sidecars: &Sidecars<'_>,
    counts: &mut ContainerCounts,
    sidecar_restarts: &mut Restarts,
) -> Option<StatusVerdict<'p>> {
    for (index, container) in pod.status.init_containers.iter().enumerate() {
        let is_sidecar = sidecars.contains(&container.name);
        counts.restarts.add(container);
        if is_sidecar {
            sidecar_restarts.add(container);
        }

        let state = &container.state;
        if state
            .terminated
            .as_ref()
            .is_some_and(|terminated| terminated.exit_code == 0)
        {
            continue;
        }
        if is_sidecar && container.started {
            counts.ready += usize::from(container.ready);
            continue;
        }
        if let Some(terminated) = &state.terminated {
            return Some(StatusVerdict {
                cause: StatusRule::Init(ContainerStop::of(terminated)),
                message: &terminated.message,
            });
        }
        if let Some((waiting, reason)) = waiting(state).filter(|&(_, reason)| reason != "PodInitializing") {
            return Some(StatusVerdict {
                cause: StatusRule::Init(ContainerStop::Reason(reason)),
                message: &waiting.message,
            });
        }
        let total = pod.spec.init_containers.len();
        return Some(StatusVerdict::without_message(StatusRule::Initializing {
            done: index,
            total,
        }));
    }
    None
}

/// From the last container to the first: each one that is not running overrules the verdict.
fn print_containers<'p>(
    status: &'p wire::PodStatus<'_>,
    verdict: StatusVerdict<'p>,
    counts: &mut ContainerCounts,
) -> StatusVerdict<'p> {
    let mut verdict = verdict;
    let mut failure = None;
    let mut any_running = false;
    for container in status.containers.iter().rev() {
        counts.restarts.add(container);
        let state = &container.state;
        if let Some((waiting, reason)) = waiting(state) {
            verdict = StatusVerdict {
                cause: StatusRule::Container(ContainerStop::Reason(reason)),
                message: &waiting.message,
            };
        } else if let Some(terminated) = &state.terminated {
            verdict = StatusVerdict {
                cause: StatusRule::Container(ContainerStop::of(terminated)),
                message: &terminated.message,
            };
            if terminated.exit_code != 0 {
                failure = Some(verdict);
            }
        } else if container.ready && state.running.0 {
            any_running = true;
            counts.ready += 1;
        }
    }

    // That one container has completed does not say how the pod is: the others do.
    if verdict.cause.text() != "Completed" {
        verdict
    } else if any_running && is_ready(status) {
        StatusVerdict::without_message(StatusRule::Running)
    } else if let Some(failure) = failure {
        failure
    } else if any_running {
        StatusVerdict::without_message(StatusRule::NotReady)
    } else {
        verdict
    }
}

/// The state and its reason, if it is waiting and says why.
fn waiting<'s, 'de>(state: &'s wire::ContainerState<'de>) -> Option<(&'s wire::Waiting<'de>, &'s str)> {
    let waiting = state.waiting.as_ref()?;
    Some((waiting, waiting.reason.non_empty()?))
}

/// Whether any condition says that the pod is ready.
fn is_ready(status: &wire::PodStatus<'_>) -> bool {
    status
        .conditions
        .iter()
        .any(|condition| &*condition.kind == "Ready" && &*condition.status == "True")
}

/// Whether the first condition about it says that the pod is not ready. Before anybody has looked there is none.
fn is_unready(status: &wire::PodStatus<'_>) -> bool {
    condition(status, "Ready").is_some_and(|ready| &*ready.status != "True")
}

/// What is said of a resize in place; the most that stands in its way where two conditions are there.
pub(super) fn resize(status: &wire::PodStatus<'_>) -> Option<Resize> {
    let holds = |kind| condition(status, kind).filter(|it| &*it.status == "True");
    let pending = holds("PodResizePending").map(|it| match &*it.reason {
        "Infeasible" => Resize::Infeasible,
        _ => Resize::Deferred,
    });
    pending.or_else(|| holds("PodResizeInProgress").map(|_| Resize::InProgress))
}

/// Since when it is not ready; `None` while it is, and before anybody has looked.
pub(super) fn unready_since(status: &wire::PodStatus<'_>) -> Option<Timestamp> {
    condition(status, "Ready")
        .filter(|ready| &*ready.status != "True")
        .and_then(|ready| ready.last_transition)
}

/// Whether the first condition about it says that the pod is initialized.
fn is_initialized(status: &wire::PodStatus<'_>) -> bool {
    condition(status, "Initialized").is_some_and(|initialized| &*initialized.status == "True")
}

/// The first condition of that type.
fn condition<'s, 'de>(status: &'s wire::PodStatus<'de>, kind: &str) -> Option<&'s wire::Condition<'de>> {
    status.conditions.iter().find(|condition| &*condition.kind == kind)
}

/// The condition by which the scheduler says that it found no node, as long as there is none.
fn unschedulable<'s, 'de>(pod: &'s wire::Pod<'de>) -> Option<&'s wire::Condition<'de>> {
    condition(&pod.status, "PodScheduled")
        .filter(|scheduled| &*scheduled.status == "False" && pod.spec.node_name.is_empty())
}

/// What a pod is whose STATUS was decided by `cause`. The rule is closed: every cause has its family here.
fn standing(cause: &StatusRule<'_>, pod: &wire::Pod<'_>, is_ready: bool) -> (Family, Variant) {
    let status = &pod.status;
    match Phase::of(&status.phase) {
        Phase::Succeeded => return (Family::Done, Variant::Plain),
        Phase::Failed => return (Family::Failing, Variant::Over),
        Phase::Pending | Phase::Running | Phase::Unknown => {}
    }
    if pod.metadata.deleted.is_none() && is_stuck(status) {
        return (Family::Failing, Variant::Plain);
    }
    let plain = |family| (family, Variant::Plain);
    let running = plain(if is_ready { Family::Healthy } else { Family::NotReady });
    match *cause {
        StatusRule::Running => running,
        StatusRule::NotReady => plain(Family::NotReady),
        StatusRule::Lost => (Family::Gone, Variant::Lost),
        StatusRule::Terminating => plain(Family::Gone),
        StatusRule::SchedulingGated => plain(Family::Blocked),
        StatusRule::Initializing { .. } => plain(Family::Starting),
        StatusRule::Init(stop) | StatusRule::Container(stop) => plain(beside_others(stop.family(), status)),
        StatusRule::Phase(text) | StatusRule::Reason(text) => match text {
            "Running" => running,
            "Unknown" | NODE_LOST => (Family::Gone, Variant::Lost),
            _ if unschedulable(pod).is_some() => (Family::Blocked, Variant::Unschedulable),
            // A pod is without a phase for as long as nobody has written its status.
            "Pending" | "" => plain(Family::Starting),
            reason => plain(beside_others(ContainerStop::Reason(reason).family(), status)),
        },
    }
}

/// Whether a container waits for something that does not come by itself, behind whatever STATUS says of another one.
fn is_stuck(status: &wire::PodStatus<'_>) -> bool {
    let mut containers = status.init_containers.iter().chain(&status.containers);
    containers.any(|container| {
        waiting(&container.state).is_some_and(|(_, reason)| ContainerStop::Reason(reason).family() == Family::Failing)
    })
}

/// That a container has completed says nothing of the others of a pod that has not ended.
fn beside_others(family: Family, status: &wire::PodStatus<'_>) -> Family {
    let mut others = status
        .containers
        .iter()
        .filter(|container| container.state.terminated.is_none());
    let is_running = others.clone().any(|container| container.state.running.0);
    match family {
        Family::Done if is_running => Family::NotReady,
        Family::Done if others.next().is_some() => Family::Starting,
        family => family,
    }
}

/// The sentence that explains the state: the pod's own, else that of the container that decided STATUS, else the
/// scheduler's, else why the pod does not count as ready.
fn message<'p>(pod: &'p wire::Pod<'_>, of_container: &'p str, family: Family) -> &'p str {
    if let Some(message) = pod.status.message.non_empty() {
        return message;
    }
    if !of_container.is_empty() {
        return of_container;
    }
    let condition = match family {
        Family::Starting | Family::Blocked => unschedulable(pod),
        Family::NotReady => condition(&pod.status, "Ready").filter(|ready| &*ready.status != "True"),
        Family::Healthy | Family::Failing | Family::Done | Family::Gone => None,
    };
    condition.map_or("", |condition| &condition.message)
}

impl<'p> StatusRule<'p> {
    /// The STATUS column.
    fn text(&self) -> Cow<'p, str> {
        match *self {
            Self::Phase(text) | Self::Reason(text) => Cow::Borrowed(text),
            Self::SchedulingGated => Cow::Borrowed("SchedulingGated"),
            Self::Initializing { done, total } => Cow::Owned(format!("Init:{done}/{total}")),
            Self::Init(stop) => Cow::Owned(format!("Init:{}", stop.text())),
            Self::Container(stop) => stop.text(),
            Self::Running => Cow::Borrowed("Running"),
            Self::NotReady => Cow::Borrowed("NotReady"),
            Self::Lost => Cow::Borrowed("Unknown"),
            Self::Terminating => Cow::Borrowed("Terminating"),
        }
    }
}

impl<'p> ContainerStop<'p> {
    fn of(terminated: &'p wire::Terminated<'_>) -> Self {
        match terminated.reason.non_empty() {
            Some(reason) => Self::Reason(reason),
            None if terminated.signal != 0 => Self::Signal(terminated.signal),
            None => Self::ExitCode(terminated.exit_code),
        }
    }

    fn text(self) -> Cow<'p, str> {
        match self {
            Self::Reason(reason) => Cow::Borrowed(reason),
            Self::Signal(signal) => Cow::Owned(format!("Signal:{signal}")),
            Self::ExitCode(code) => Cow::Owned(format!("ExitCode:{code}")),
        }
    }

    fn family(self) -> Family {
        match self {
            Self::Reason("ContainerCreating" | "PodInitializing") => Family::Starting,
            Self::Reason("Completed") | Self::ExitCode(0) => Family::Done,
            Self::Reason(_) | Self::Signal(_) | Self::ExitCode(_) => Family::Failing,
        }
    }
}

impl<'p> StatusVerdict<'p> {
    fn without_message(cause: StatusRule<'p>) -> Self {
        Self { cause, message: "" }
    }
}

impl Restarts {
    fn add(&mut self, container: &wire::ContainerStatus<'_>) {
        self.count += i64::from(container.restart_count);
        self.last = self.last.max(container.last_state.terminated.finished_at);
    }
}

impl<'p> Sidecars<'p> {
    fn of(spec: &'p wire::PodSpec<'_>) -> Self {
        let mut names: Vec<&str> = spec
            .init_containers
            .iter()
            .filter(|container| container.is_sidecar())
            .map(|container| &*container.name)
            .collect();
        names.sort();
        Self(names)
    }

    fn contains(&self, name: &str) -> bool {
        self.0.binary_search(&name).is_ok()
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}
