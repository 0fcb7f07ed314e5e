//! A pod's row: `printPod` of `pkg/printers/internalversion/printers.go`.
//!
//! Written from the rules and the Go source, apart from the dashboard's own port, so that the two can be
//! compared.

use jiff::Timestamp;
use serde_json::Value;

use super::{AGE, Column, NAME, count, items, name, or_none, parse_time, text, wide};

pub(super) const COLUMNS: &[Column] = &[
    NAME,
    text("Ready"),
    text("Status"),
    text("Restarts"),
    AGE,
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let summary = summarise_pod(pod, now);
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let ip = match items(&status["podIPs"]).first() {
        Some(first) => &first["ip"],
        None => &status["podIP"],
    };
    vec![
        name(pod),
        summary.ready.into(),
        summary.status.into(),
        summary.restarts.into(),
        super::age(pod, now),
        or_none(ip),
        or_none(&spec["nodeName"]),
        or_none(&status["nominatedNodeName"]),
        readiness_gates(pod).into(),
    ]
}

/// What kubectl shows of a pod's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSummary {
    /// `1/2`.
    pub ready: String,
    /// `Running`, `CrashLoopBackOff`, …
    pub status: String,
    /// `4 (6s ago)`.
    pub restarts: String,
}

/// READY, STATUS and RESTARTS of a pod.
#[must_use]
pub fn summarise_pod(pod: &Value, now: Timestamp) -> PodSummary {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let phase = status["phase"].as_str().unwrap_or_default();
    let mut reason = non_empty(&status["reason"]).unwrap_or(phase).to_owned();
    if items(&status["conditions"])
        .iter()
        .any(|condition| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated")
    {
        reason = "SchedulingGated".to_owned();
    }
    let sidecar = |container: &Value| container["restartPolicy"] == "Always";
    let is_sidecar = |name: &Value| {
        items(&spec["initContainers"])
            .iter()
            .any(|container| container["name"] == *name && sidecar(container))
    };
    let sidecars = items(&spec["initContainers"]).iter().filter(|c| sidecar(c)).count();
    let total = items(&spec["containers"]).len() + sidecars;

    let (mut all, mut of_sidecars) = (Restarts::default(), Restarts::default());
    let mut ready = 0;
    let mut initializing = false;
    for (index, container) in items(&status["initContainerStatuses"]).iter().enumerate() {
        all.add(container);
        let sidecar = is_sidecar(&container["name"]);
        if sidecar {
            of_sidecars.add(container);
        }
        let terminated = container["state"].get("terminated").filter(|state| state.is_object());
        if terminated.is_some_and(|state| count(&state["exitCode"]) == 0) {
            continue;
        }
        if sidecar && container["started"] == true {
            ready += usize::from(container["ready"] == true);
            continue;
        }
        let waiting = non_empty(&container["state"]["waiting"]["reason"]);
        reason = match (terminated, waiting) {
            (Some(state), _) => format!("Init:{}", termination(state)),
            (None, Some(waiting)) if waiting != "PodInitializing" => format!("Init:{waiting}"),
            _ => format!("Init:{index}/{}", items(&spec["initContainers"]).len()),
        };
        initializing = true;
        break;
    }

    if !initializing || condition_is_true(status, "Initialized") {
        all = of_sidecars;
        let mut running = false;
        let mut failure = None;
        for container in items(&status["containerStatuses"]).iter().rev() {
            all.add(container);
            let state = &container["state"];
            if let Some(waiting) = non_empty(&state["waiting"]["reason"]) {
                reason = waiting.to_owned();
            } else if state["terminated"].is_object() {
                reason = termination(&state["terminated"]);
                if count(&state["terminated"]["exitCode"]) != 0 {
                    failure = Some(reason.clone());
                }
            } else if container["ready"] == true && state["running"].is_object() {
                running = true;
                ready += 1;
            }
        }
        // That one container has completed does not say how the pod is: the others do.
        if reason == "Completed" {
            reason = match (running, failure) {
                (true, _) if condition_is_true(status, "Ready") => "Running".to_owned(),
                (_, Some(failure)) => failure,
                (true, None) => "NotReady".to_owned(),
                (false, None) => reason,
            };
        }
    }

    if pod["metadata"]["deletionTimestamp"].is_string() {
        if status["reason"] == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if !["Succeeded", "Failed"].contains(&phase) {
            reason = "Terminating".to_owned();
        }
    }
    PodSummary {
        ready: format!("{ready}/{total}"),
        status: reason,
        restarts: all.print(now),
    }
}

#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i64,
    last: Option<Timestamp>,
}

impl Restarts {
    fn add(&mut self, container: &Value) {
        self.count += count(&container["restartCount"]);
        self.last = self
            .last
            .max(parse_time(&container["lastState"]["terminated"]["finishedAt"]));
    }

    fn print(self, now: Timestamp) -> String {
        match self.last {
            Some(last) if self.count != 0 => {
                let ago = super::human_duration(now.as_second() - last.as_second());
                format!("{} ({ago} ago)", self.count)
            }
            _ => self.count.to_string(),
        }
    }
}

fn termination(terminated: &Value) -> String {
    match (non_empty(&terminated["reason"]), count(&terminated["signal"])) {
        (Some(reason), _) => reason.to_owned(),
        (None, 0) => format!("ExitCode:{}", count(&terminated["exitCode"])),
        (None, signal) => format!("Signal:{signal}"),
    }
}

fn condition_is_true(status: &Value, kind: &str) -> bool {
    items(&status["conditions"])
        .iter()
        .any(|condition| condition["type"] == kind && condition["status"] == "True")
}

fn readiness_gates(pod: &Value) -> String {
    let gates = items(&pod["spec"]["readinessGates"]);
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let fulfilled = gates
        .iter()
        .filter(|gate| {
            gate["conditionType"]
                .as_str()
                .is_some_and(|kind| condition_is_true(&pod["status"], kind))
        })
        .count();
    format!("{fulfilled}/{}", gates.len())
}

fn non_empty(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}
