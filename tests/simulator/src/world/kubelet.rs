//! A kubelet's view of one pod: what happens to it next, and when; and what its status is then.
//!
//! Pure: everything is read off the pod as it stands in the API, so a restart of the simulator, a restored
//! snapshot or a test that writes a status by hand needs no memory here. Probes always succeed after a while.
//! Follows <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/>.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::behaviour::{self, Pull, between, chance};
use crate::api::format_time;
use crate::api::subresource::set_condition;

/// Restarts wait at most so long.
const BACK_OFF_MAX: Duration = Duration::from_secs(300);

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The kubelet takes the pod on.
    Start,
    /// Something happens to a container.
    Container(List, usize, Action),
    /// All containers end because the pod is being deleted.
    Stop,
    /// The pod's object goes.
    Remove,
}

/// Which containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    /// `initContainers`, sidecars among them.
    Init,
    /// `containers`.
    App,
}

impl List {
    fn spec(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::App => "containers",
        }
    }

    fn status(self) -> &'static str {
        match self {
            Self::Init => "initContainerStatuses",
            Self::App => "containerStatuses",
        }
    }
}

/// What happens to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Run,
    FailPull,
    BackOffPull,
    BecomeReady,
    Exit,
    BackOff,
    Replace,
}

/// Something to tell in an Event: whether it is a warning, reason, message.
pub(super) type Note = (bool, &'static str, String);

/// What happens next to a bound pod, and when. `since` is when its kubelet last did something to it.
pub(super) fn next(pod: &Value, since: Timestamp) -> Option<(Timestamp, Step)> {
    let (metadata, spec, status) = (&pod["metadata"], &pod["spec"], &pod["status"]);
    let uid = metadata["uid"].as_str().unwrap_or_default();
    let started = status["startTime"].is_string();
    if let Some(end) = time(&metadata["deletionTimestamp"]) {
        let grace = metadata["deletionGracePeriodSeconds"].as_u64().unwrap_or(0);
        let asked = end - Duration::from_secs(grace);
        if !started || !is_any_running(status) {
            return Some((since.max(asked) + between(uid, "remove", 100, 400), Step::Remove));
        }
        let takes = between(uid, "stop", 400, 2_500).min(Duration::from_secs(grace));
        return Some((asked + takes, Step::Stop));
    }
    if is_finished(status) {
        return None;
    }
    if !started {
        return Some((since + between(uid, "start", 50, 300), Step::Start));
    }
    let restarts = spec["restartPolicy"].as_str().unwrap_or("Always");
    let mut due = vec![];
    let mut candidate = |list: List, index: usize, container: &Value, policy: &str, ends: bool| {
        let status = &status[list.status()][index];
        if let Some((at, action)) = next_of_container(uid, container, status, since, policy, ends) {
            due.push((at, Step::Container(list, index, action)));
        }
    };
    let mut initialized = true;
    for (index, container) in items(&spec["initContainers"]).iter().enumerate() {
        let sidecar = container["restartPolicy"] == "Always";
        let state = &status["initContainerStatuses"][index];
        if !sidecar && state["state"]["terminated"]["exitCode"] == 0 {
            continue;
        }
        let policy = match (sidecar, restarts) {
            (true, _) => "Always",
            (false, "Never") => "Never",
            (false, _) => "OnFailure",
        };
        candidate(List::Init, index, container, policy, !sidecar);
        if !sidecar || state["started"] != true {
            initialized = false;
            break;
        }
    }
    if initialized {
        for (index, container) in items(&spec["containers"]).iter().enumerate() {
            candidate(List::App, index, container, restarts, restarts != "Always");
        }
    }
    due.into_iter().min()
}

fn next_of_container(
    uid: &str,
    container: &Value,
    status: &Value,
    since: Timestamp,
    policy: &str,
    ends: bool,
) -> Option<(Timestamp, Action)> {
    let name = container["name"].as_str().unwrap_or_default();
    let image = container["image"].as_str().unwrap_or_default();
    let restarts = status["restartCount"].as_u64().unwrap_or(0);
    let after = |purpose: &str, from: u64, to: u64| since + between(uid, &format!("{name} {purpose}"), from, to);
    let state = &status["state"];
    let running = &state["running"];
    let terminated = &state["terminated"];
    if running.is_object() {
        let started = time(&running["startedAt"])?;
        if status["image"] != image {
            return Some((after("replace", 300, 900), Action::Replace));
        }
        let exit = behaviour::exit(uid, container, ends).map(|exit| (started + exit.after, Action::Exit));
        let ready = (status["ready"] != true)
            .then(|| {
                (
                    started + between(uid, &format!("{name} ready"), 600, 2_600),
                    Action::BecomeReady,
                )
            })
            // A container that is expected to end has no readiness worth showing.
            .filter(|_| !ends);
        return [exit, ready].into_iter().flatten().min();
    }
    if terminated.is_object() {
        let failed = terminated["exitCode"] != 0;
        let again = policy == "Always" || (policy == "OnFailure" && failed);
        let finished = time(&terminated["finishedAt"])?;
        let action = if restarts == 0 { Action::Run } else { Action::BackOff };
        return again.then(|| (finished + Duration::from_millis(1_000), action));
    }
    let pulled = behaviour::pull(image);
    Some(
        match (state["waiting"]["reason"].as_str().unwrap_or_default(), pulled) {
            ("CrashLoopBackOff", Pull::Done) => {
                let finished = time(&status["lastState"]["terminated"]["finishedAt"]).unwrap_or(since);
                (finished + back_off(restarts), Action::Run)
            }
            ("InvalidImageName", Pull::InvalidName) => return None,
            ("ErrImagePull", Pull::Missing) => (after("err", 3_000, 6_000), Action::BackOffPull),
            ("ImagePullBackOff", Pull::Missing) => (after("again", 15_000, 40_000), Action::FailPull),
            (_, Pull::InvalidName) => (after("name", 100, 300), Action::FailPull),
            (_, Pull::Missing) => (after("missing", 800, 2_500), Action::FailPull),
            (_, Pull::Done) => (after("pull", 250, 2_000), Action::Run),
        },
    )
}

/// 10 s, doubled with each restart. <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy>
fn back_off(restarts: u64) -> Duration {
    let doublings = u32::try_from(restarts.saturating_sub(1).min(6)).unwrap_or(6);
    (Duration::from_secs(10) * 2_u32.pow(doublings)).min(BACK_OFF_MAX)
}

/// Lets a step happen: changes the pod's status, and says what to tell about it. [`Step::Remove`] changes
/// nothing.
pub(super) fn apply(pod: &mut Value, step: Step, host_ip: &str, now: Timestamp) -> Vec<Note> {
    let mut notes = vec![];
    if step != Step::Remove {
        complete_statuses(pod);
    }
    match step {
        Step::Start => start(pod, host_ip, now),
        Step::Container(list, index, action) => {
            let uid = pod["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
            let whole = format!(
                "{}_{}({uid})",
                pod["metadata"]["name"].as_str().unwrap_or_default(),
                pod["metadata"]["namespace"].as_str().unwrap_or_default()
            );
            let container = pod["spec"][list.spec()][index].clone();
            let ends = list == List::Init && container["restartPolicy"] != "Always"
                || pod["spec"]["restartPolicy"] != "Always";
            if action == Action::Run && pod["status"]["podIP"].is_null() {
                let ip = pod_ip(&uid);
                pod["status"]["podIPs"] = json!([{"ip": ip}]);
                pod["status"]["podIP"] = ip.into();
                set_condition(&mut pod["status"], "PodReadyToStartContainers", true, now, "", "");
            }
            let status = &mut pod["status"][list.status()][index];
            notes = act(status, &container, action, &uid, &whole, ends, now);
        }
        Step::Stop => {
            for list in [List::Init, List::App] {
                let containers = pod["spec"][list.spec()].clone();
                for (index, container) in items(&containers).iter().enumerate() {
                    let name = container["name"].as_str().unwrap_or_default();
                    let status = &mut pod["status"][list.status()][index];
                    if status["state"]["running"].is_object() {
                        terminate(status, 0, "Completed", now);
                        notes.push((false, "Killing", format!("Stopping container {name}")));
                    }
                }
            }
        }
        Step::Remove => return notes,
    }
    settle(pod, now);
    notes
}

fn start(pod: &mut Value, host_ip: &str, now: Timestamp) {
    let spec = pod["spec"].clone();
    let has_init = !items(&spec["initContainers"]).is_empty();
    let waiting = |reason: &str, containers: &Value| -> Value {
        items(containers)
            .iter()
            .map(|container| waiting_status(container, reason))
            .collect()
    };
    let status = &mut pod["status"];
    status["hostIP"] = host_ip.into();
    status["hostIPs"] = json!([{"ip": host_ip}]);
    status["startTime"] = format_time(now).into();
    status["phase"] = "Pending".into();
    if has_init {
        status["initContainerStatuses"] = waiting("PodInitializing", &spec["initContainers"]);
    }
    let reason = if has_init {
        "PodInitializing"
    } else {
        "ContainerCreating"
    };
    status["containerStatuses"] = waiting(reason, &spec["containers"]);
    set_condition(status, "PodReadyToStartContainers", false, now, "", "");
}

/// Gives every container a status, where a pod that somebody else wrote lacks some.
fn complete_statuses(pod: &mut Value) {
    for list in [List::Init, List::App] {
        let containers = items(&pod["spec"][list.spec()]).to_vec();
        if containers.is_empty() {
            continue;
        }
        let statuses = &mut pod["status"][list.status()];
        if !statuses.is_array() {
            *statuses = json!([]);
        }
        let Some(statuses) = statuses.as_array_mut() else {
            continue;
        };
        for container in &containers[statuses.len().min(containers.len())..] {
            statuses.push(waiting_status(container, "ContainerCreating"));
        }
    }
}

fn waiting_status(container: &Value, reason: &str) -> Value {
    json!({
        "name": container["name"], "image": container["image"], "imageID": "", "ready": false, "started": false,
        "restartCount": 0, "lastState": {}, "state": {"waiting": {"reason": reason}}
    })
}

fn act(
    status: &mut Value,
    container: &Value,
    action: Action,
    uid: &str,
    pod: &str,
    ends: bool,
    now: Timestamp,
) -> Vec<Note> {
    let name = container["name"].as_str().unwrap_or_default();
    let image = container["image"].as_str().unwrap_or_default();
    let wait = |status: &mut Value, reason: &str, message: String| {
        status["state"] = json!({"waiting": {"reason": reason, "message": message}});
        status["ready"] = false.into();
        status["started"] = false.into();
    };
    match action {
        Action::Run => {
            let terminated = status["state"]["terminated"].clone();
            let again = terminated.is_object() || status["lastState"]["terminated"].is_object();
            if terminated.is_object() {
                status["lastState"] = json!({"terminated": terminated});
            }
            if again {
                let restarts = status["restartCount"].as_u64().unwrap_or(0) + 1;
                status["restartCount"] = restarts.into();
            }
            run(status, image, uid, name, now);
            vec![
                (
                    false,
                    "Pulled",
                    format!("Container image \"{image}\" already present on machine"),
                ),
                (false, "Created", format!("Created container: {name}")),
                (false, "Started", format!("Started container {name}")),
            ]
        }
        Action::FailPull => {
            status["image"] = image.into();
            match behaviour::pull(image) {
                Pull::InvalidName => {
                    let message = format!(
                        "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": invalid reference format"
                    );
                    wait(status, "InvalidImageName", message.clone());
                    vec![(true, "InspectFailed", message)]
                }
                Pull::Missing | Pull::Done => {
                    let message = format!(
                        "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
                    );
                    wait(status, "ErrImagePull", message.clone());
                    vec![
                        (false, "Pulling", format!("Pulling image \"{image}\"")),
                        (true, "Failed", format!("Failed to pull image \"{image}\": {message}")),
                        (true, "Failed", "Error: ErrImagePull".to_owned()),
                    ]
                }
            }
        }
        Action::BackOffPull => {
            wait(
                status,
                "ImagePullBackOff",
                format!("Back-off pulling image \"{image}\""),
            );
            vec![(false, "BackOff", format!("Back-off pulling image \"{image}\""))]
        }
        Action::BecomeReady => {
            status["ready"] = true.into();
            status["started"] = true.into();
            vec![]
        }
        Action::Exit => {
            if let Some(exit) = behaviour::exit(uid, container, ends) {
                terminate(status, exit.code, exit.reason, now);
            }
            vec![]
        }
        Action::BackOff => {
            let restarts = status["restartCount"].as_u64().unwrap_or(0);
            let terminated = status["state"]["terminated"].clone();
            status["lastState"] = json!({"terminated": terminated});
            let message = format!(
                "back-off {} restarting failed container={name} pod={pod}",
                human(back_off(restarts))
            );
            wait(status, "CrashLoopBackOff", message);
            vec![(
                true,
                "BackOff",
                format!("Back-off restarting failed container {name} in pod {pod}"),
            )]
        }
        Action::Replace => {
            terminate(status, 0, "Completed", now);
            let mut notes = vec![(
                false,
                "Killing",
                format!("Container {name} definition changed, will be restarted"),
            )];
            if behaviour::pull(image) == Pull::Done {
                notes.extend(act(status, container, Action::Run, uid, pod, ends, now));
            } else {
                let terminated = status["state"]["terminated"].clone();
                status["lastState"] = json!({"terminated": terminated});
                notes.extend(act(status, container, Action::FailPull, uid, pod, ends, now));
            }
            notes
        }
    }
}

fn run(status: &mut Value, image: &str, uid: &str, name: &str, now: Timestamp) {
    let restarts = status["restartCount"].as_u64().unwrap_or(0);
    let digest = |purpose: &str| {
        let mut chance = chance(purpose, image);
        format!("{:032x}{:032x}", chance.u128(..), chance.u128(..))
    };
    let repository = image.rsplit_once(':').map_or(image, |(repository, _)| repository);
    status["image"] = image.into();
    status["imageID"] = format!("{repository}@sha256:{}", digest("image")).into();
    status["containerID"] = format!("containerd://{}", digest(&format!("{uid}{name}{restarts}"))).into();
    status["state"] = json!({"running": {"startedAt": format_time(now)}});
    status["ready"] = false.into();
    status["started"] = true.into();
}

fn terminate(status: &mut Value, code: i32, reason: &str, now: Timestamp) {
    let started = status["state"]["running"]["startedAt"].clone();
    status["state"] = json!({"terminated": {
        "exitCode": code,
        "reason": reason,
        "startedAt": started,
        "finishedAt": format_time(now),
        "containerID": status["containerID"]
    }});
    status["ready"] = false.into();
    status["started"] = false.into();
}

/// Works out phase and conditions from the containers' states.
pub(super) fn settle(pod: &mut Value, now: Timestamp) {
    let policy = pod["spec"]["restartPolicy"].as_str().unwrap_or("Always").to_owned();
    let deleting = pod["metadata"]["deletionTimestamp"].is_string();
    let sidecars: Vec<bool> = items(&pod["spec"]["initContainers"])
        .iter()
        .map(|container| container["restartPolicy"] == "Always")
        .collect();
    let status = &mut pod["status"];
    let init = items(&status["initContainerStatuses"]).to_vec();
    let apps = items(&status["containerStatuses"]).to_vec();
    let is_sidecar = |index: usize| sidecars.get(index).copied().unwrap_or(false);
    let terminated = |status: &Value| status["state"]["terminated"].is_object();
    let code = |status: &Value| status["state"]["terminated"]["exitCode"].as_i64();
    let incomplete: Vec<&str> = init
        .iter()
        .enumerate()
        .filter(|(index, status)| match is_sidecar(*index) {
            true => status["started"] != true && !deleting,
            false => code(status) != Some(0),
        })
        .filter_map(|(_, status)| status["name"].as_str())
        .collect();
    let init_failed = policy == "Never"
        && init
            .iter()
            .enumerate()
            .any(|(index, status)| !is_sidecar(index) && code(status).is_some_and(|code| code != 0));
    let over = |status: &Value| {
        terminated(status) && (deleting || policy == "Never" || (policy == "OnFailure" && code(status) == Some(0)))
    };
    let begun = |status: &Value| {
        status["state"]["running"].is_object() || terminated(status) || status["lastState"]["terminated"].is_object()
    };
    let phase = if init_failed || (!apps.is_empty() && apps.iter().all(over)) {
        match init_failed || apps.iter().any(|status| code(status) != Some(0)) {
            true => "Failed",
            false => "Succeeded",
        }
    } else if incomplete.is_empty() && apps.iter().any(begun) {
        "Running"
    } else {
        "Pending"
    };
    status["phase"] = phase.into();
    let finished = ["Succeeded", "Failed"].contains(&phase);
    let unready: Vec<&str> = apps
        .iter()
        .filter(|status| status["ready"] != true)
        .filter_map(|status| status["name"].as_str())
        .collect();
    let sidecars_ready = init
        .iter()
        .enumerate()
        .all(|(index, status)| !is_sidecar(index) || status["ready"] == true);
    match incomplete.is_empty() {
        true => set_condition(status, "Initialized", true, now, "", ""),
        false => {
            let message = format!("containers with incomplete status: [{}]", incomplete.join(" "));
            set_condition(status, "Initialized", false, now, "ContainersNotInitialized", &message);
        }
    }
    let ready = unready.is_empty() && sidecars_ready && incomplete.is_empty() && !finished;
    for kind in ["Ready", "ContainersReady"] {
        match (ready, finished) {
            (true, _) => set_condition(status, kind, true, now, "", ""),
            (false, true) => {
                let reason = if phase == "Succeeded" {
                    "PodCompleted"
                } else {
                    "PodFailed"
                };
                set_condition(status, kind, false, now, reason, "");
            }
            (false, false) => {
                let message = format!("containers with unready status: [{}]", unready.join(" "));
                set_condition(status, kind, false, now, "ContainersNotReady", &message);
            }
        }
    }
}

fn is_finished(status: &Value) -> bool {
    status["phase"] == "Succeeded" || status["phase"] == "Failed"
}

fn is_any_running(status: &Value) -> bool {
    ["initContainerStatuses", "containerStatuses"]
        .iter()
        .flat_map(|field| items(&status[*field]))
        .any(|status| status["state"]["running"].is_object())
}

/// An address of the pod network that depends on the pod alone. Two pods may share one; nothing routes here.
pub(super) fn pod_ip(uid: &str) -> String {
    let mut chance = chance(uid, "ip");
    format!("10.{}.{}.{}", chance.u8(128..=191), chance.u8(..), chance.u8(1..=254))
}

fn human(duration: Duration) -> String {
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs() % 60);
    match minutes {
        0 => format!("{seconds}s"),
        _ => format!("{minutes}m{seconds}s"),
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
