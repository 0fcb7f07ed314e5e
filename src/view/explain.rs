//! Explains the state of a pod or node: what it waits for, since when, and what happens next.
//!
//! Reads whole objects, as the details fetch them. Before they have arrived, [`known_pod`] and [`known_node`] say what
//! the projections tell. The server's own messages are quoted, never rewritten.

use serde_json::Value;

use crate::{
    resource::{
        Node, Pod, Resource, ResourceInterner, Timestamp,
        condition::{self, Verdict},
        node::{NodeHealth, Taint},
        status::Family,
    },
    view::{
        Tone,
        api_error::ApiError,
        container::{Container, MemoryLimit, Role, containers, items},
        format::{ago, counted, spoken_duration},
        visible::{visible, visible_lines},
    },
};

/// Longest last words of a container that are quoted, in characters.
const MAX_LAST_WORDS: usize = 240;

/// A state in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// How it is meant.
    pub tone: Tone,
    /// What is wrong, one sentence.
    pub title: String,
    /// Why, since when, and what happens next; may be empty.
    pub text: String,
}

impl Explanation {
    fn new(tone: Tone, title: impl Into<String>, sentences: &[String]) -> Self {
        let sentences: Vec<&str> = sentences
            .iter()
            .map(|sentence| sentence.trim())
            .filter(|sentence| !sentence.is_empty())
            .collect();
        Self {
            tone,
            title: visible(&title.into()).into_owned(),
            text: visible_lines(&sentences.join(" ")).into_owned(),
        }
    }

    /// Says one more thing, if it is one.
    fn add(&mut self, sentence: String) {
        let sentence = sentence.trim();
        if !sentence.is_empty() {
            let space = if self.text.is_empty() { "" } else { " " };
            self.text = format!("{}{space}{}", self.text, visible_lines(sentence));
        }
    }
}

/// Why a pod is as it is.
#[must_use]
pub fn pod(pod: &Value, now: Timestamp) -> Explanation {
    let mut explanation = state_of_pod(pod, now);
    let is_over = pod["metadata"]["deletionTimestamp"].is_string() || is_finished(pod);
    if !is_over {
        explanation.add(disruption(pod));
        for (tone, sentence) in resize(pod, now) {
            explanation.add(sentence);
            if explanation.tone == Tone::Good {
                explanation.tone = tone;
            }
        }
    }
    explanation
}

fn is_finished(pod: &Value) -> bool {
    matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// That somebody is about to remove it; <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/>.
fn disruption(pod: &Value) -> String {
    let Some(target) = holding(pod, "DisruptionTarget") else {
        return String::new();
    };
    let who = match target["reason"].as_str() {
        Some("PreemptionByScheduler") => "The scheduler is preempting it for a pod of higher priority.",
        Some("DeletionByTaintManager") => {
            "It is about to be deleted, because it does not tolerate a taint of its node."
        }
        Some("EvictionByEvictionAPI") => "It is about to be evicted, for example by a drain of its node.",
        Some("DeletionByPodGC") => "It is about to be deleted, because its node is gone.",
        Some("TerminationByKubelet") => "Its kubelet is about to terminate it.",
        _ => "It is about to be removed.",
    };
    format!("{who} {}", said(&target["message"])).trim_end().to_owned()
}

/// What is said of a resize in place, and how it is meant. One may be waited for while another one is applied.
fn resize(pod: &Value, now: Timestamp) -> Vec<(Tone, String)> {
    let since = |condition: &Value| match time(&condition["lastTransitionTime"]) {
        Some(since) => format!(" for {}", lasting(since, now)),
        None => String::new(),
    };
    let pending = holding(pod, "PodResizePending").map(|pending| {
        let (since, message) = (since(pending), said(&pending["message"]));
        let sentence = match pending["reason"].as_str() {
            Some("Infeasible") => {
                format!(
                    "Resize infeasible{since}: the node cannot grant it. The pod keeps its current resources. {message}"
                )
            }
            _ => format!("Resize deferred{since}: the node has no room for it now. {message}"),
        };
        (Tone::Warning, sentence)
    });
    let in_progress = holding(pod, "PodResizeInProgress").map(|progress| {
        let (since, message) = (since(progress), said(&progress["message"]));
        match progress["reason"].as_str() {
            Some("Error") => (
                Tone::Warning,
                format!("Resize in progress{since}, with an error. {message}"),
            ),
            _ => (Tone::Quiet, format!("Resize in progress{since}. {message}")),
        }
    });
    pending.into_iter().chain(in_progress).collect()
}

/// A condition of an object's status, if it is `True`.
fn holding<'o>(object: &'o Value, kind: &str) -> Option<&'o Value> {
    condition(object, kind).filter(|condition| condition["status"] == "True")
}

fn state_of_pod(pod: &Value, now: Timestamp) -> Explanation {
    let containers = containers(pod);
    if pod["metadata"]["deletionTimestamp"].is_string() {
        return going(pod, now);
    }
    match pod["status"]["phase"].as_str().unwrap_or_default() {
        "Failed" => failed(pod, &containers, now),
        "Succeeded" => succeeded(&containers, now),
        "Unknown" => Explanation::new(
            Tone::Bad,
            "Status unknown.",
            &["Its node does not answer.".to_owned(), said(&pod["status"]["message"])],
        ),
        _ if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) => unscheduled(pod, now),
        _ => on_its_node(pod, &containers, now),
    }
}

/// A pod that is being deleted. Its `deletionTimestamp` is when its grace period ends.
fn going(pod: &Value, now: Timestamp) -> Explanation {
    let metadata = &pod["metadata"];
    let grace = metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
    let Some(end) = time(&metadata["deletionTimestamp"]) else {
        return Explanation::new(Tone::Quiet, "Terminating.", &[]);
    };
    let asked = Timestamp(end.0.saturating_sub(grace));
    let title = format!("Terminating for {}.", lasting(asked, now));
    let finalizers: Vec<&str> = items(&metadata["finalizers"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let held = match &finalizers[..] {
        [] => String::new(),
        [one] => format!("The finalizer {one} blocks the deletion until it is removed."),
        many => format!(
            "These finalizers block the deletion until they are removed: {}.",
            many.join(", ")
        ),
    };
    if end > now {
        let left = spoken_duration(now.seconds_until(end));
        let grace = if is_finished(pod) {
            "Its containers have ended.".to_owned()
        } else {
            format!("The grace period ends in {left}. Then its containers are killed.")
        };
        return Explanation::new(Tone::Quiet, title, &[grace, held]);
    }
    let over = end.seconds_until(now);
    if over < LATE_SECONDS && finalizers.is_empty() {
        return Explanation::new(
            Tone::Quiet,
            title,
            &["The grace period has ended; deletion is imminent.".to_owned()],
        );
    }
    let late = format!("The grace period ended {} ago.", spoken_duration(over));
    let why = if finalizers.is_empty() {
        "The kubelet has not confirmed that its containers have ended: the node may be down, or a volume or process may hang.".to_owned()
    } else {
        String::new()
    };
    Explanation::new(Tone::Bad, "Stuck terminating.", &[late, held, why])
}

/// How long after its grace period a pod may still be there without being called stuck.
const LATE_SECONDS: u64 = 30;

/// A pod that failed for good. It is over, so nothing about it is alarming any more, whatever the reason.
fn failed(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let status = &pod["status"];
    let reason = status["reason"].as_str().unwrap_or_default();
    let message = said(&status["message"]);
    match reason {
        "Evicted" => {
            return Explanation::new(Tone::Quiet, "Evicted by the kubelet.", &[message, replaced(pod)]);
        }
        "DeadlineExceeded" => return Explanation::new(Tone::Quiet, "It exceeded its active deadline.", &[message]),
        "NodeShutdown" | "Shutdown" | "Terminated" => {
            return Explanation::new(Tone::Quiet, "Terminated by a shutdown of its node.", &[message]);
        }
        "Preempting" => {
            return Explanation::new(Tone::Quiet, "Preempted by a pod of higher priority.", &[message]);
        }
        "" => {}
        "NodeAffinity" => {
            let title = "Its node rejected it: the node's labels do not match its node selector or affinity.";
            return Explanation::new(Tone::Quiet, title, &[message, replaced(pod)]);
        }
        "UnexpectedAdmissionError" => {
            return Explanation::new(Tone::Quiet, "Its node rejected it.", &[message, replaced(pod)]);
        }
        short if short.starts_with("OutOf") => {
            let title = format!("Its node rejected it: not enough {} left.", &short["OutOf".len()..]);
            return Explanation::new(Tone::Quiet, title, &[message, replaced(pod)]);
        }
        other if containers.iter().all(|container| container.terminated().is_null()) => {
            return Explanation::new(Tone::Quiet, format!("It failed: {other}."), &[message]);
        }
        _ => {}
    }
    // How sidecars end does not count: they are killed when the others have ended.
    let culprit = containers.iter().find(|container| {
        matches!(container.role, Role::Init | Role::Main)
            && container.terminated()["exitCode"]
                .as_i64()
                .is_some_and(|code| code != 0)
    });
    let Some(culprit) = culprit else {
        return Explanation::new(Tone::Quiet, "It failed.", &[message]);
    };
    let policy = match pod["spec"]["restartPolicy"].as_str() {
        Some(policy @ ("Never" | "OnFailure")) => format!("It is not restarted (restartPolicy {policy})."),
        _ => String::new(),
    };
    Explanation::new(
        Tone::Quiet,
        format!("“{}” failed.", culprit.name),
        &[ending("It", culprit, culprit.terminated(), now), message, policy],
    )
}

/// What becomes of a pod that failed for good.
fn replaced(pod: &Value) -> String {
    let is_controlled = items(&pod["metadata"]["ownerReferences"])
        .iter()
        .any(|owner| owner["controller"] == true);
    match is_controlled {
        true => "It is not restarted; its owner creates another pod.".to_owned(),
        false => "It is not restarted, and nothing replaces it: no controller owns it.".to_owned(),
    }
}

fn succeeded(containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let last = containers
        .iter()
        .filter_map(|container| time(&container.terminated()["finishedAt"]))
        .max();
    let when = last.map(|last| format!("The last container ended {}.", ago(last, now)));
    Explanation::new(
        Tone::Quiet,
        "Completed: every container succeeded.",
        &[when.unwrap_or_default()],
    )
}

/// A pod without a node.
fn unscheduled(pod: &Value, now: Timestamp) -> Explanation {
    let gates: Vec<&str> = items(&pod["spec"]["schedulingGates"])
        .iter()
        .filter_map(|gate| gate["name"].as_str())
        .collect();
    if !gates.is_empty() {
        let plural = if gates.len() == 1 {
            "this scheduling gate is removed"
        } else {
            "these scheduling gates are removed"
        };
        let which = format!("The scheduler waits until {plural}: {}.", gates.join(", "));
        return Explanation::new(Tone::Warning, "Scheduling is gated.", &[which]);
    }
    let since = time(&pod["metadata"]["creationTimestamp"]);
    let for_long = since.map(|since| format!("Waiting for {}.", lasting(since, now)));
    let for_long = for_long.unwrap_or_default();
    let nominated = match pod["status"]["nominatedNodeName"].as_str() {
        Some(node) if !node.is_empty() => format!("The scheduler is preempting pods on {node} for it."),
        _ => String::new(),
    };
    match condition(pod, "PodScheduled") {
        Some(condition) if condition["status"] == "False" => {
            let message = said(&condition["message"]);
            let next = "The scheduler tries again when a node or pod changes.".to_owned();
            Explanation::new(Tone::Bad, "No node fits.", &[message, nominated, for_long, next])
        }
        _ => Explanation::new(
            Tone::Warning,
            "Waiting for the scheduler.",
            &[for_long, nominated, unknown_scheduler(pod)],
        ),
    }
}

/// A scheduler of another name may not exist, and nothing else would tell.
fn unknown_scheduler(pod: &Value) -> String {
    match pod["spec"]["schedulerName"].as_str() {
        None | Some("" | "default-scheduler") => String::new(),
        Some(name) => format!("Its scheduler is {name}: check that it runs."),
    }
}

/// A pod that is bound to a node and has not ended.
fn on_its_node(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    if pod["status"]["reason"] == "NodeLost" {
        return Explanation::new(
            Tone::Bad,
            "Its node does not answer.",
            &[
                "It may still be running there.".to_owned(),
                said(&pod["status"]["message"]),
            ],
        );
    }
    let inits: Vec<&Container<'_>> = containers
        .iter()
        .filter(|it| matches!(it.role, Role::Init | Role::Sidecar))
        .collect();
    if let Some((index, init)) = inits.iter().enumerate().find(|(_, init)| !is_through(init)) {
        return initialising(init, index, inits.len(), now);
    }
    let rest = || {
        containers
            .iter()
            .filter(|it| matches!(it.role, Role::Main | Role::Sidecar))
    };
    // The worst first: what cannot go on, then what has ended, then what only is not ready.
    if let Some(stuck) = rest().find(|container| is_stuck(container)) {
        return waiting(stuck, now);
    }
    let is_bad_end = |it: &&Container<'_>| it.terminated().is_object() && it.terminated()["exitCode"] != 0;
    if let Some(ended) = rest().find(is_bad_end) {
        let next = match ended.restart_policy() {
            "Never" => "It is not restarted (restartPolicy Never).".to_owned(),
            _ => "It is about to be restarted.".to_owned(),
        };
        let title = format!("“{}” has ended.", ended.name);
        return Explanation::new(Tone::Bad, title, &[ending("It", ended, ended.terminated(), now), next]);
    }
    if let Some(starting) = rest().find(|container| container.running().is_null() && container.terminated().is_null()) {
        return waiting_or_new(pod, starting, now);
    }
    if condition(pod, "Ready").is_some_and(|ready| ready["status"] == "True") {
        return running(pod, containers, now);
    }
    not_ready(pod, containers, now)
}

/// Whether an init container lets the next one start: it has ended well, or it is a sidecar that has started.
fn is_through(init: &Container<'_>) -> bool {
    match init.role {
        Role::Sidecar => init.status["started"] == true,
        _ => init.terminated()["exitCode"] == 0,
    }
}

fn is_stuck(container: &Container<'_>) -> bool {
    let reason = container.waiting()["reason"].as_str();
    reason.is_some_and(|reason| !matches!(reason, "" | "ContainerCreating" | "PodInitializing"))
}

fn initialising(init: &Container<'_>, index: usize, count: usize, now: Timestamp) -> Explanation {
    let place = match count {
        1 => String::new(),
        _ => format!(" ({} of {count})", index + 1),
    };
    let what = if init.role == Role::Sidecar {
        "sidecar"
    } else {
        "init container"
    };
    if is_stuck(init) {
        let mut explanation = waiting(init, now);
        explanation.text = format!("{} The other containers wait for this {what}{place}.", explanation.text);
        explanation.text = explanation.text.trim_start().to_owned();
        return explanation;
    }
    if init.terminated().is_object() {
        return Explanation::new(
            Tone::Bad,
            format!("The {what} “{}”{place} failed.", init.name),
            &[
                ending("It", init, init.terminated(), now),
                "The other containers wait until it succeeds.".to_owned(),
            ],
        );
    }
    match time(&init.running()["startedAt"]) {
        Some(since) => Explanation::new(
            Tone::Warning,
            format!("The {what} “{}”{place} is running.", init.name),
            &[format!(
                "Running for {}. The other containers start when it has {}.",
                lasting(since, now),
                if init.role == Role::Sidecar {
                    "started"
                } else {
                    "succeeded"
                }
            )],
        ),
        None => Explanation::new(
            Tone::Warning,
            format!("The {what} “{}”{place} is starting.", init.name),
            &[],
        ),
    }
}

/// A container that waits for a reason that somebody has to know.
fn waiting(container: &Container<'_>, now: Timestamp) -> Explanation {
    let name = container.name;
    let waiting = container.waiting();
    let reason = waiting["reason"].as_str().unwrap_or_default();
    let message = said(&waiting["message"]);
    let image = container.spec["image"].as_str().unwrap_or_default();
    match reason {
        "CrashLoopBackOff" => crash_loop(container, now),
        "ErrImagePull"
        | "ImagePullBackOff"
        | "RegistryUnavailable"
        | "ImageInspectError"
        | "SignatureValidationFailed" => {
            let image = format!("The image is {image}.");
            let check = match reason {
                "ErrImagePull" | "ImagePullBackOff" => {
                    "Check its name and tag, and the image pull secrets of the pod.".to_owned()
                }
                _ => String::new(),
            };
            let next = "The kubelet retries with increasing delays, up to 5 min.".to_owned();
            Explanation::new(
                Tone::Bad,
                format!("The image of “{name}” cannot be pulled."),
                &[message, image, check, next],
            )
        }
        "ErrImageNeverPull" => Explanation::new(
            Tone::Bad,
            format!("The image of “{name}” is not on the node, and its pull policy is Never."),
            &[format!("The image is {image}."), message],
        ),
        "InvalidImageName" => Explanation::new(
            Tone::Bad,
            format!("The image name of “{name}” is invalid."),
            &[format!("It is {image}."), message],
        ),
        "CreateContainerConfigError" => Explanation::new(
            Tone::Bad,
            format!("The configuration of “{name}” is invalid or incomplete."),
            &[message, "The kubelet retries until this is corrected.".to_owned()],
        ),
        "CreateContainerError" | "RunContainerError" | "StartError" | "ContainerCannotRun" => {
            Explanation::new(Tone::Bad, format!("“{name}” cannot be started."), &[message])
        }
        other => Explanation::new(Tone::Bad, format!("“{name}” is waiting: {other}."), &[message]),
    }
}

fn crash_loop(container: &Container<'_>, now: Timestamp) -> Explanation {
    let last = container.last_terminated();
    let what = if last["exitCode"] == 0 { "ending" } else { "crashing" };
    let restarts = match container.restarts() {
        0 => String::new(),
        restarts => format!(" ({})", counted(restarts, "restart", "restarts")),
    };
    let title = format!("“{}” keeps {what}{restarts}.", container.name);
    let ended = ending("It", container, last, now);
    let pause = back_off_seconds(container.waiting()["message"].as_str().unwrap_or_default());
    let next = match (pause, time(&last["finishedAt"])) {
        (Some(pause), Some(finished)) => {
            let due = Timestamp(finished.0.saturating_add(pause));
            match now.seconds_until(due) {
                0 => "The next restart is due.".to_owned(),
                left => format!("Next restart in about {}.", spoken_duration(left)),
            }
        }
        (Some(pause), None) => format!("The back-off is {}.", spoken_duration(pause.unsigned_abs())),
        (None, _) => String::new(),
    };
    Explanation::new(Tone::Bad, title, &[ended, next])
}

/// How a run ended: `It ended 40 s ago with exit 137, OOMKilled: it used more than its limit of 256Mi.`
pub(super) fn ending(subject: &str, container: &Container<'_>, terminated: &Value, now: Timestamp) -> String {
    if !terminated.is_object() {
        return String::new();
    }
    let when = time(&terminated["finishedAt"]).map(|finished| format!(" {}", ago(finished, now)));
    let when = when.unwrap_or_default();
    let code = terminated["exitCode"].as_i64().unwrap_or(0);
    let reason = terminated["reason"].as_str().unwrap_or_default();
    let named = match reason {
        "" | "Error" | "Completed" => String::new(),
        reason => format!(", {reason}"),
    };
    let why = match (reason, code) {
        ("OOMKilled", _) => match container.memory_limit() {
            Some(MemoryLimit::Container(limit)) => format!(": it used more than its limit of {limit}"),
            Some(MemoryLimit::Pod(limit)) => format!(": the pod reached its own limit of {limit}"),
            None => ": the node ran out of memory".to_owned(),
        },
        (_, 126) => ": its command cannot be executed".to_owned(),
        (_, 127) => ": its command was not found".to_owned(),
        (_, 129..=159) => match signal_name(code - 128) {
            Some(signal) => format!(" ({signal})"),
            None => String::new(),
        },
        _ => String::new(),
    };
    let last_words = terminated["message"].as_str().map(str::trim).unwrap_or_default();
    let last_words = match last_words {
        "" => String::new(),
        words => format!(" Termination message: {}", clipped(words)),
    };
    format!("{subject} ended{when} with exit {code}{named}{why}.{last_words}")
}

/// The signals that end programs, by number.
fn signal_name(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// The pause of `back-off 2m40s restarting failed container=…`, as the kubelet writes it.
fn back_off_seconds(message: &str) -> Option<i64> {
    let text = message.strip_prefix("back-off ")?.split_whitespace().next()?;
    let mut seconds = 0_i64;
    let mut number = 0_i64;
    let mut has_digits = false;
    for character in text.chars() {
        let unit = match character {
            '0'..='9' => {
                number = number
                    .checked_mul(10)?
                    .checked_add(i64::from(character.to_digit(10)?))?;
                has_digits = true;
                continue;
            }
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        if !has_digits {
            return None;
        }
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        (number, has_digits) = (0, false);
    }
    (!has_digits && seconds > 0).then_some(seconds)
}

/// A container that has not started and gives no reason to worry, yet.
fn waiting_or_new(pod: &Value, container: &Container<'_>, now: Timestamp) -> Explanation {
    let since = time(&pod["status"]["startTime"]).or_else(|| time(&pod["metadata"]["creationTimestamp"]));
    let since = since.map(|since| format!("On its node for {}.", lasting(since, now)));
    let message = said(&container.waiting()["message"]);
    let what = "The kubelet pulls the image and mounts volumes first.".to_owned();
    Explanation::new(
        Tone::Warning,
        format!("“{}” is starting.", container.name),
        &[message, since.unwrap_or_default(), what],
    )
}

fn not_ready(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let lags = |it: &&Container<'_>| matches!(it.role, Role::Main | Role::Sidecar) && !it.is_ready();
    let is_completed = |it: &&Container<'_>| it.terminated()["exitCode"] == 0;
    // One that has completed holds nobody up, unless there is no other.
    let (completed, running): (Vec<_>, Vec<_>) = containers.iter().filter(lags).partition(is_completed);
    let lagging: Vec<&Container<'_>> = if running.is_empty() { completed } else { running };
    let ready = condition(pod, "Ready");
    let since = ready.and_then(|ready| time(&ready["lastTransitionTime"]));
    let since = since.map(|since| format!("Not ready for {}.", lasting(since, now)));
    let since = since.unwrap_or_default();
    match &lagging[..] {
        [] => {
            let gates: Vec<&str> = items(&pod["spec"]["readinessGates"])
                .iter()
                .filter_map(|gate| gate["conditionType"].as_str())
                .filter(|kind| condition(pod, kind).is_none_or(|condition| condition["status"] != "True"))
                .collect();
            let why = match &gates[..] {
                [] => ready.map(|ready| said(&ready["message"])).unwrap_or_default(),
                gates => format!("Waiting for the readiness gate {}.", gates.join(", ")),
            };
            Explanation::new(Tone::Warning, "Running, but not ready.", &[why, since])
        }
        [one, rest @ ..] => {
            let others = match rest.len() {
                0 => String::new(),
                1 => format!(" “{}” is not ready either.", rest[0].name),
                more => format!(" {more} other containers are not ready either."),
            };
            let is_starting = one.status["started"] == false && one.spec["startupProbe"].is_object();
            let why = if one.terminated().is_object() {
                ending("It", one, one.terminated(), now)
            } else if is_starting {
                "Its startup probe has not succeeded yet.".to_owned()
            } else if one.spec["readinessProbe"].is_object() {
                "Its readiness probe fails, so Services send it no traffic.".to_owned()
            } else {
                String::new()
            };
            let title = format!("“{}” is running, but not ready.", one.name);
            let title = if one.terminated().is_object() {
                format!("“{}” has ended.", one.name)
            } else {
                title
            };
            Explanation::new(Tone::Warning, title, &[why, others, since])
        }
    }
}

fn running(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let since = condition(pod, "Ready").and_then(|ready| time(&ready["lastTransitionTime"]));
    let title = match since {
        Some(since) => format!("Running and ready for {}.", lasting(since, now)),
        None => "Running and ready.".to_owned(),
    };
    let troubled = containers
        .iter()
        .filter(|container| container.restarts() > 0)
        .max_by_key(|container| time(&container.last_terminated()["finishedAt"]));
    let Some(troubled) = troubled else {
        return Explanation::new(Tone::Good, title, &[]);
    };
    let times = match troubled.restarts() {
        1 => "once".to_owned(),
        restarts => format!("{restarts} times"),
    };
    let restarts = format!("“{}” was restarted {times}.", troubled.name);
    let last = ending("The previous container", troubled, troubled.last_terminated(), now);
    Explanation::new(Tone::Good, title, &[restarts, last])
}

/// Why a node is as it is.
#[must_use]
pub fn node(node: &Value, now: Timestamp) -> Explanation {
    let mut sentences = Vec::new();
    let ready = condition(node, "Ready");
    let since = ready.and_then(|ready| time(&ready["lastTransitionTime"]));
    let for_so_long = since
        .map(|since| format!(" for {}", lasting(since, now)))
        .unwrap_or_default();
    let status = ready.and_then(|ready| ready["status"].as_str());
    // Where the kubelet sends no heartbeats, every condition is unknown, which the title says.
    let is_heard = matches!(status, Some("True" | "False"));
    let (mut tone, mut title) = match status {
        Some("True") => (Tone::Good, format!("Ready{for_so_long}.")),
        Some("False") => (Tone::Bad, format!("Not ready{for_so_long}, as its kubelet reports.")),
        Some(_) => (Tone::Bad, format!("No heartbeat from its kubelet{for_so_long}.")),
        None => (Tone::Bad, "Its kubelet has never reported a status.".to_owned()),
    };
    if tone == Tone::Bad {
        sentences.extend(ready.map(|ready| said(&ready["message"])));
        sentences.push(
            "The scheduler assigns no new pods to it. Its pods are evicted after 5 min, unless they tolerate it longer."
                .to_owned(),
        );
    }
    let cordoned = (node["spec"]["unschedulable"] == true)
        .then(|| "Cordoned: the scheduler assigns no new pods to it. Its pods keep running.".to_owned());
    let deleted = time(&node["metadata"]["deletionTimestamp"]).map(|since| {
        let held: Vec<&str> = items(&node["metadata"]["finalizers"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let held = match &held[..] {
            [] => String::new(),
            held => format!(" Finalizers that block it: {}.", held.join(", ")),
        };
        format!("Being deleted for {}.{held}", spoken_duration(since.seconds_until(now)))
    });
    let told = conditions_of_node(node, is_heard, now)
        .into_iter()
        .chain(deleted)
        .chain(cordoned);
    for text in told.chain(telling_taints(node)) {
        if tone == Tone::Good {
            (tone, title) = (Tone::Warning, text);
        } else {
            sentences.push(text);
        }
    }
    Explanation::new(tone, title, &sentences)
}

/// The conditions that are not as they should be, then those that are worth a word, and, while the kubelet sends heartbeats,
/// those that are unknown; each in a sentence.
fn conditions_of_node(node: &Value, is_heard: bool, now: Timestamp) -> Vec<String> {
    let mut told: Vec<(usize, String)> = Vec::new();
    for condition in items(&node["status"]["conditions"]) {
        let (kind, status) = (text_of(condition, "type"), text_of(condition, "status"));
        let verdict = condition::of_node(kind).verdict(status);
        let rank = match verdict {
            Verdict::Bad if kind != "Ready" => condition::rank(kind),
            Verdict::Unknown if is_heard => condition::rank(kind),
            Verdict::Notice => usize::MAX,
            _ => continue,
        };
        let name = match verdict {
            Verdict::Bad => condition::trouble(kind),
            Verdict::Unknown => condition::unknown(kind),
            _ => kind.to_owned(),
        };
        let since = time(&condition["lastTransitionTime"]).map(|since| lasting(since, now));
        let since = since.map(|since| format!(" for {since}")).unwrap_or_default();
        let message = said(&condition["message"]);
        let meaning = if verdict == Verdict::Unknown {
            None
        } else {
            meaning_of(kind)
        };
        let text = match meaning {
            // The kubelet's own messages say the same once more.
            Some(meaning) if condition::PRESSURES.contains(&kind) => format!("{meaning} ({name}{since})."),
            Some(meaning) => format!("{meaning} ({name}{since}). {message}"),
            None => format!("It has the condition {name}{since}. {message}"),
        };
        told.push((rank, text.trim_end().to_owned()));
    }
    told.sort_by_key(|(a, _)| *a);
    told.into_iter().map(|(_, text)| text).collect()
}

/// What a condition says that is not as it should be, or worth a word.
fn meaning_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "MemoryPressure" => "It is low on memory and evicts pods",
        "DiskPressure" => "It is low on disk space, evicts pods and removes images",
        "PIDPressure" => "It is running too many processes",
        "NetworkUnavailable" => "Its network is not set up",
        "SystemMemoryContentionPressure" => "Its system services wait for memory",
        "SystemDiskContentionPressure" => "Its system services wait for the disk",
        "KubepodsMemoryContentionPressure" => "Its pods wait for memory",
        "KubepodsDiskContentionPressure" => "Its pods wait for the disk",
        "KernelReady" => "Something is wrong with its kernel",
        "StorageReady" => "Something is wrong with its storage",
        "NetworkingReady" => "Something is wrong with its network",
        "ContainerRuntimeReady" => "Something is wrong with its container runtime",
        "AcceleratedHardwareReady" => "Something is wrong with its accelerators",
        "KernelDeadlock" => "Its kernel is stuck",
        "ReadonlyFilesystem" => "One of its filesystems is read-only",
        "FilesystemCorruptionProblem" => "One of its filesystems is damaged",
        "DrainInProgress" => "It is being drained",
        "Drained" => "It is drained",
        "MaintenancePlanned" => "Maintenance is planned",
        "MaintenanceInProgress" => "It is in maintenance",
        "GracefulNodeShutdownInProgress" => "It is shutting down",
        _ => return None,
    })
}

/// The taints that tell of the node what nothing else does.
fn telling_taints(node: &Value) -> impl Iterator<Item = String> {
    let projection = Node::decode(node.to_string().as_bytes(), &mut ResourceInterner::default()).ok();
    let told = projection.map(|node| {
        let telling = node.taints.iter().filter(|taint| !node.is_as_tainted(taint));
        let sentence = |taint: &Taint| Some(format!("It is {} (taint {taint}).", taint.meaning()?));
        telling.filter_map(sentence).collect::<Vec<_>>()
    });
    told.into_iter().flatten()
}

fn text_of<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// What the projection of a pod tells, until the object has been fetched.
#[must_use]
pub fn known_pod(pod: &Pod) -> Explanation {
    let tone = match pod.status.family {
        _ if pod.is_finished() => Tone::Quiet,
        Family::Healthy => Tone::Good,
        Family::Done | Family::Gone => Tone::Quiet,
        Family::Starting | Family::NotReady => Tone::Warning,
        Family::Blocked | Family::Failing => Tone::Bad,
    };
    let message = pod.message.as_deref().map(sentence).unwrap_or_default();
    Explanation::new(tone, format!("{}.", pod.status.text.as_str()), &[message])
}

/// What the projection of a node tells, until the object has been fetched.
#[must_use]
pub fn known_node(node: &Node) -> Explanation {
    let tone = match node.health {
        NodeHealth::Ready
            if node.cordoned || node.deleted.is_some() || !node.troubles.is_empty() || !node.unknowns.is_empty() =>
        {
            Tone::Warning
        }
        NodeHealth::Ready => Tone::Good,
        NodeHealth::NotReady | NodeHealth::Unknown => Tone::Bad,
    };
    let troubles = node.troubles.iter().map(|kind| condition::trouble(kind));
    let unknowns = node.unknowns.iter().map(|kind| condition::unknown(kind));
    let words: Vec<String> = troubles.chain(unknowns).collect();
    Explanation::new(tone, format!("{}.", node.status.as_str()), &[words.join(", ")])
}

/// A node that only pods speak of.
#[must_use]
pub fn no_such_node(are_nodes_known: bool) -> Explanation {
    if are_nodes_known {
        let why = "Pods are still bound to it. The control plane deletes them.".to_owned();
        Explanation::new(Tone::Bad, "There is no such node.", &[why])
    } else {
        let why = "The nodes are not listed, so only its pods are known.".to_owned();
        Explanation::new(Tone::Quiet, "Node status unknown.", &[why])
    }
}

/// Why a subject is as it is, from what is known of it: the object that was fetched, else what the picture knows, else why
/// nothing is.
#[must_use]
pub fn subject(
    is_pod: bool,
    object: Option<&Value>,
    known: Option<Explanation>,
    api_error: Option<&ApiError>,
    now: Timestamp,
) -> Explanation {
    match (object, known, api_error) {
        (Some(object), ..) if is_pod => pod(object, now),
        (Some(object), ..) => node(object, now),
        (None, Some(explanation), _) => explanation,
        (None, None, Some(api_error)) if api_error.is_not_found() => absent(is_pod),
        (None, None, Some(api_error)) => Explanation {
            tone: Tone::Bad,
            title: "The object could not be read.".to_owned(),
            text: api_error.words(if is_pod { "get pods" } else { "get nodes" }),
        },
        (None, None, None) => unread(),
    }
}

/// A subject that has been deleted.
#[must_use]
pub fn gone(is_pod: bool, since: Timestamp, now: Timestamp) -> Explanation {
    let what = if is_pod { "pod" } else { "node" };
    let title = format!("This {what} was deleted {}.", ago(since, now));
    let text = "Its last known state is shown.".to_owned();
    Explanation::new(Tone::Quiet, title, &[text])
}

/// A subject that the server does not know.
#[must_use]
pub fn absent(is_pod: bool) -> Explanation {
    let (what, when) = if is_pod {
        (
            "pod",
            "It may have been deleted. Its owner creates new pods under other names.",
        )
    } else {
        ("node", "It may have been deleted.")
    };
    Explanation::new(Tone::Quiet, format!("There is no such {what}."), &[when.to_owned()])
}

/// A subject of which nothing is known so far.
#[must_use]
pub fn unread() -> Explanation {
    Explanation::new(Tone::Quiet, "Reading…", &[])
}

/// A condition of an object's status.
#[must_use]
pub fn condition<'o>(object: &'o Value, kind: &str) -> Option<&'o Value> {
    items(&object["status"]["conditions"])
        .iter()
        .find(|condition| condition["type"] == kind)
}

/// A time of the API.
#[must_use]
pub fn time(value: &Value) -> Option<Timestamp> {
    Timestamp::parse(value.as_str()?)
}

/// `40 s`.
fn lasting(since: Timestamp, now: Timestamp) -> String {
    spoken_duration(since.seconds_until(now))
}

/// A message of the server as a sentence.
fn said(value: &Value) -> String {
    value.as_str().map(sentence).unwrap_or_default()
}

/// Ends with a full stop, as sentences do.
fn sentence(message: &str) -> String {
    let message = message.trim();
    if message.is_empty() || message.ends_with(['.', '!', '?', ':']) {
        return message.to_owned();
    }
    format!("{message}.")
}

/// The beginning of long last words; they may be a whole log.
fn clipped(words: &str) -> String {
    match words.char_indices().nth(MAX_LAST_WORDS) {
        None => sentence(words),
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
    }
}
