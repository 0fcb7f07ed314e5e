//! What is the matter with a pod or a node, in plain sentences: what it waits for, since when, and what happens next.
//!
//! Reads whole objects, as the details fetch them. Before they have arrived, [`known_pod`] and [`known_node`] say what
//! the projections tell. The server's own messages are quoted, never rewritten.

use serde_json::Value;

use crate::{
    resource::{Node, Pod, Timestamp, node::NodeHealth, status::Family},
    view::{
        Tone,
        container::{Container, Role, containers, items},
        format::spoken_duration,
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
    /// What is the matter, one sentence.
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
}

/// Why a pod is as it is.
#[must_use]
pub fn pod(pod: &Value, now: Timestamp) -> Explanation {
    let containers = containers(pod);
    if pod["metadata"]["deletionTimestamp"].is_string() {
        return going(pod, now);
    }
    match pod["status"]["phase"].as_str().unwrap_or_default() {
        "Failed" => failed(pod, &containers, now),
        "Succeeded" => succeeded(&containers, now),
        "Unknown" => Explanation::new(
            Tone::Bad,
            "Nobody knows how it is.",
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
        return Explanation::new(Tone::Quiet, "It is being deleted.", &[]);
    };
    let asked = Timestamp(end.0.saturating_sub(grace));
    let title = format!("It was asked to end {}.", ago(asked, now));
    let finalizers: Vec<&str> = items(&metadata["finalizers"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let held = match &finalizers[..] {
        [] => String::new(),
        [one] => format!("The finalizer {one} holds it until somebody removes it."),
        many => format!(
            "These finalizers hold it until somebody removes them: {}.",
            many.join(", ")
        ),
    };
    if end > now {
        let left = spoken_duration(now.seconds_until(end));
        let grace = format!("Its containers have {left} left to end by themselves; then they are killed.");
        return Explanation::new(Tone::Quiet, title, &[grace, held]);
    }
    let over = end.seconds_until(now);
    if over < LATE_SECONDS && finalizers.is_empty() {
        return Explanation::new(Tone::Quiet, title, &["Its time is up; it goes any moment.".to_owned()]);
    }
    let late = format!("It should have been gone {} ago.", spoken_duration(over));
    let why = if finalizers.is_empty() {
        "Its kubelet has not confirmed its end: the node may be down, or a volume or process may hang.".to_owned()
    } else {
        String::new()
    };
    Explanation::new(Tone::Bad, "It is stuck while being deleted.", &[late, held, why])
}

/// How long after its grace period a pod may still be there without being called stuck.
const LATE_SECONDS: u64 = 30;

fn failed(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let status = &pod["status"];
    let reason = status["reason"].as_str().unwrap_or_default();
    let message = said(&status["message"]);
    match reason {
        "Evicted" => {
            return Explanation::new(
                Tone::Bad,
                "Its node evicted it.",
                &[
                    message,
                    "It does not come back; its owner makes another one.".to_owned(),
                ],
            );
        }
        "DeadlineExceeded" => return Explanation::new(Tone::Bad, "It took longer than it may.", &[message]),
        "NodeShutdown" | "Shutdown" | "Terminated" => {
            return Explanation::new(Tone::Bad, "It ended because its node was shut down.", &[message]);
        }
        "Preempting" => {
            return Explanation::new(Tone::Bad, "It made room for a pod of higher priority.", &[message]);
        }
        "" => {}
        other if containers.iter().all(|container| container.terminated().is_null()) => {
            return Explanation::new(Tone::Bad, format!("It failed: {other}."), &[message]);
        }
        _ => {}
    }
    let culprit = containers.iter().find(|container| {
        container.terminated()["exitCode"]
            .as_i64()
            .is_some_and(|code| code != 0)
    });
    let Some(culprit) = culprit else {
        return Explanation::new(Tone::Bad, "It failed.", &[message]);
    };
    let policy = match pod["spec"]["restartPolicy"].as_str() {
        Some(policy @ ("Never" | "OnFailure")) => format!("It is not started again (restartPolicy {policy})."),
        _ => String::new(),
    };
    Explanation::new(
        Tone::Bad,
        format!("“{}” failed.", culprit.name),
        &[ending("It", culprit, culprit.terminated(), now), message, policy],
    )
}

fn succeeded(containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let last = containers
        .iter()
        .filter_map(|container| time(&container.terminated()["finishedAt"]))
        .max();
    let when = last.map(|last| format!("The last one ended {}.", ago(last, now)));
    Explanation::new(
        Tone::Quiet,
        "It is done: every container ended as intended.",
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
            "this scheduling gate"
        } else {
            "these scheduling gates"
        };
        let which = format!("Somebody has to remove {plural}: {}.", gates.join(", "));
        return Explanation::new(Tone::Warning, "It is held back from the scheduler.", &[which]);
    }
    let since = time(&pod["metadata"]["creationTimestamp"]);
    let for_long = since.map(|since| format!("It has waited for {}.", lasting(since, now)));
    let for_long = for_long.unwrap_or_default();
    let nominated = match pod["status"]["nominatedNodeName"].as_str() {
        Some(node) if !node.is_empty() => format!("Room is being made for it on {node}."),
        _ => String::new(),
    };
    match condition(pod, "PodScheduled") {
        Some(condition) if condition["status"] == "False" => {
            let message = said(&condition["message"]);
            let next = "It is tried again whenever a node or pod changes.".to_owned();
            Explanation::new(Tone::Bad, "No node takes it.", &[message, nominated, for_long, next])
        }
        _ => Explanation::new(
            Tone::Warning,
            "It waits for the scheduler.",
            &[for_long, nominated, unknown_scheduler(pod)],
        ),
    }
}

/// A scheduler of another name may not exist, and nothing else would tell.
fn unknown_scheduler(pod: &Value) -> String {
    match pod["spec"]["schedulerName"].as_str() {
        None | Some("" | "default-scheduler") => String::new(),
        Some(name) => format!("Its scheduler is named {name}."),
    }
}

/// A pod that is bound to a node and has not ended.
fn on_its_node(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    if pod["status"]["reason"] == "NodeLost" {
        return Explanation::new(
            Tone::Bad,
            "Its node does not answer.",
            &[
                "It may still run there, or not.".to_owned(),
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
        let policy = pod["spec"]["restartPolicy"].as_str().unwrap_or("Always");
        let next = match policy {
            "Never" => "It is not started again (restartPolicy Never).".to_owned(),
            _ => "It is about to be started again.".to_owned(),
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
        explanation.text = format!("{} It is the {what}{place} that the others wait for.", explanation.text);
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
            format!("The {what} “{}”{place} is at work.", init.name),
            &[format!(
                "It has run for {}; the other containers start when it is done.",
                lasting(since, now)
            )],
        ),
        None => Explanation::new(
            Tone::Warning,
            format!("The {what} “{}”{place} is being started.", init.name),
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
            let next = "It is tried again with growing pauses, five minutes at most.".to_owned();
            Explanation::new(
                Tone::Bad,
                format!("The image of “{name}” cannot be pulled."),
                &[message, image, next],
            )
        }
        "ErrImageNeverPull" => Explanation::new(
            Tone::Bad,
            format!("The image of “{name}” is not on the node, and it may not be pulled."),
            &[format!("The image is {image}, its pull policy is Never."), message],
        ),
        "InvalidImageName" => Explanation::new(
            Tone::Bad,
            format!("“{name}” has an image name that cannot be read."),
            &[format!("It says {image}."), message],
        ),
        "CreateContainerConfigError" => Explanation::new(
            Tone::Bad,
            format!("“{name}” lacks something that its configuration names."),
            &[message, "It starts as soon as that is there.".to_owned()],
        ),
        "CreateContainerError" | "RunContainerError" | "StartError" | "ContainerCannotRun" => {
            Explanation::new(Tone::Bad, format!("“{name}” cannot be started."), &[message])
        }
        other => Explanation::new(Tone::Bad, format!("“{name}” waits: {other}."), &[message]),
    }
}

fn crash_loop(container: &Container<'_>, now: Timestamp) -> Explanation {
    // `restartCount` counts the starts after the first.
    let next_start = container.restarts() + 2;
    let title = format!(
        "Waiting to start “{}” for the {} time.",
        container.name,
        ordinal(next_start)
    );
    let last = container.last_terminated();
    let ended = ending("Its last run", container, last, now);
    let pause = back_off_seconds(container.waiting()["message"].as_str().unwrap_or_default());
    let next = match (pause, time(&last["finishedAt"])) {
        (Some(pause), Some(finished)) => {
            let due = Timestamp(finished.0.saturating_add(pause));
            match now.seconds_until(due) {
                0 => "The next try is due.".to_owned(),
                left => format!("Next try in about {}.", spoken_duration(left)),
            }
        }
        (Some(pause), None) => format!(
            "The pause between two tries is {} now.",
            spoken_duration(pause.unsigned_abs())
        ),
        (None, _) => String::new(),
    };
    Explanation::new(Tone::Bad, title, &[ended, next])
}

/// How a run ended: `Its last run ended 40 s ago with exit 137, OOMKilled: it used more than its limit of 256Mi.`
fn ending(subject: &str, container: &Container<'_>, terminated: &Value, now: Timestamp) -> String {
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
        ("OOMKilled", _) => match container.resource("limits", "memory") {
            Some(limit) => format!(": it used more than its limit of {limit}"),
            None => ": the memory of its node ran out".to_owned(),
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
        words => format!(" Its last words: {}", clipped(words)),
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
    let since = since.map(|since| format!("Its node has had it for {}.", lasting(since, now)));
    let message = said(&container.waiting()["message"]);
    let what = "The image is pulled and volumes are mounted first.".to_owned();
    Explanation::new(
        Tone::Warning,
        format!("“{}” is being started.", container.name),
        &[message, since.unwrap_or_default(), what],
    )
}

fn not_ready(pod: &Value, containers: &[Container<'_>], now: Timestamp) -> Explanation {
    let lagging: Vec<&Container<'_>> = containers
        .iter()
        .filter(|it| matches!(it.role, Role::Main | Role::Sidecar) && !it.is_ready())
        .collect();
    let ready = condition(pod, "Ready");
    let since = ready.and_then(|ready| time(&ready["lastTransitionTime"]));
    let since = since.map(|since| format!("It has been so for {}.", lasting(since, now)));
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
                gates => format!("It waits for the readiness gate {}.", gates.join(", ")),
            };
            Explanation::new(Tone::Warning, "It runs, but it is not ready.", &[why, since])
        }
        [one, rest @ ..] => {
            let others = match rest.len() {
                0 => String::new(),
                1 => format!(" “{}” is not ready, either.", rest[0].name),
                more => format!(" {more} other containers are not ready, either."),
            };
            let is_starting = one.status["started"] == false && one.spec["startupProbe"].is_object();
            let why = if one.terminated().is_object() {
                ending("It", one, one.terminated(), now)
            } else if is_starting {
                "Its startup probe has not succeeded so far.".to_owned()
            } else if one.spec["readinessProbe"].is_object() {
                "Its readiness probe does not succeed, so Services send it nothing.".to_owned()
            } else {
                String::new()
            };
            let title = format!("“{}” runs, but it is not ready.", one.name);
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
        Some(since) => format!("It has been running and ready for {}.", lasting(since, now)),
        None => "It is running and ready.".to_owned(),
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
    let last = ending("Its run before", troubled, troubled.last_terminated(), now);
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
    let (mut tone, mut title) = match ready.and_then(|ready| ready["status"].as_str()) {
        Some("True") => (Tone::Good, format!("It has been ready{for_so_long}.")),
        Some("False") => (
            Tone::Bad,
            format!("Its kubelet has said{for_so_long} that it is not ready."),
        ),
        Some(_) => (Tone::Bad, format!("Its kubelet has not been heard of{for_so_long}.")),
        None => (Tone::Bad, "Its kubelet has never said how it is.".to_owned()),
    };
    if tone == Tone::Bad {
        sentences.extend(ready.map(|ready| said(&ready["message"])));
        sentences.push(
            "No new pods come to it. After five minutes, its pods are moved away unless they tolerate it for longer."
                .to_owned(),
        );
    }
    for (kind, sentence) in PRESSURES {
        let Some(condition) = condition(node, kind).filter(|condition| condition["status"] == "True") else {
            continue;
        };
        let since = time(&condition["lastTransitionTime"]).map(|since| lasting(since, now));
        let since = since
            .map(|since| format!(" ({kind} for {since})"))
            .unwrap_or_else(|| format!(" ({kind})"));
        let text = format!("{sentence}{since}.");
        if tone == Tone::Good {
            (tone, title) = (Tone::Warning, text);
        } else {
            sentences.push(text);
        }
    }
    if node["spec"]["unschedulable"] == true {
        let text = "It is cordoned: it takes no new pods; those that it has go on.";
        if tone == Tone::Good {
            (tone, title) = (Tone::Warning, text.to_owned());
        } else {
            sentences.push(text.to_owned());
        }
    }
    if node["metadata"]["deletionTimestamp"].is_string() {
        sentences.push("It is being deleted.".to_owned());
    }
    Explanation::new(tone, title, &sentences)
}

/// Conditions of a node that are bad when they hold.
const PRESSURES: [(&str, &str); 4] = [
    ("MemoryPressure", "Its memory is running out, so it evicts pods"),
    (
        "DiskPressure",
        "Its disk is running out, so it evicts pods and removes images",
    ),
    ("PIDPressure", "It is running too many processes"),
    ("NetworkUnavailable", "Its network is not set up"),
];

/// What the projection of a pod tells, until the object has been fetched.
#[must_use]
pub fn known_pod(pod: &Pod) -> Explanation {
    let tone = match pod.status.family {
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
        NodeHealth::Ready if node.cordoned || !node.pressure.is_empty() => Tone::Warning,
        NodeHealth::Ready => Tone::Good,
        NodeHealth::NotReady | NodeHealth::Unknown => Tone::Bad,
    };
    let pressure: Vec<&str> = node.pressure.iter().map(|pressure| pressure.as_str()).collect();
    Explanation::new(tone, format!("{}.", node.status.as_str()), &[pressure.join(", ")])
}

/// A node that only pods speak of.
#[must_use]
pub fn no_such_node(is_known: bool) -> Explanation {
    if is_known {
        let why = "Pods are bound to it all the same; they go when the control plane notices.".to_owned();
        Explanation::new(Tone::Bad, "There is no such node.", &[why])
    } else {
        let why = "You may not list nodes, so nothing but its pods is known.".to_owned();
        Explanation::new(Tone::Quiet, "Whether it is there cannot be read.", &[why])
    }
}

/// A subject that has been deleted.
#[must_use]
pub fn gone(is_pod: bool, since: Timestamp, now: Timestamp) -> Explanation {
    let what = if is_pod { "pod" } else { "node" };
    let title = format!("This {what} was deleted {}.", ago(since, now));
    let text = "What is shown is its last known state.".to_owned();
    Explanation::new(Tone::Quiet, title, &[text])
}

/// A subject that the server does not know.
#[must_use]
pub fn absent(is_pod: bool) -> Explanation {
    let (what, when) = if is_pod {
        (
            "pod",
            "It may have been deleted: pods are replaced by others with other names.",
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

/// `40 s ago`. Clocks may disagree: what lies ahead was a moment ago.
fn ago(since: Timestamp, now: Timestamp) -> String {
    match since.seconds_until(now) {
        0 => "a moment ago".to_owned(),
        seconds => format!("{} ago", spoken_duration(seconds)),
    }
}

/// `40 s`.
fn lasting(since: Timestamp, now: Timestamp) -> String {
    spoken_duration(since.seconds_until(now))
}

/// `1st`, `2nd`, `3rd`, `11th`.
fn ordinal(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
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
