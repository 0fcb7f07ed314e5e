//! The rules of `printPod` one by one, beyond the rows that happened to be recorded.
//!
//! A case is a line of a table: a pod in words, its init containers, its containers (each in words, parted by `;`), and
//! what is printed. Words of a pod: `phase=P reason=R message=M deleted unbound cond=TYPE:STATUS:REASON:MESSAGE`. Words
//! of a container: `sidecar started ready running waiting=REASON:MESSAGE exit=CODE:REASON:MESSAGE signal=N restarts=N
//! last=SECONDS_AGO`, and `-` for none; it has the state that it names.

use k8bit::resource::{
    Pod, Timestamp,
    status::{Family, Resize, Variant},
};
use serde_json::{Value, json};

use crate::{columns, decode_value, time};

const NOW: &str = "2026-11-23T12:00:00Z";

fn ago(seconds: i64) -> String {
    k8s_openapi::jiff::Timestamp::from_second(time(NOW).0 - seconds)
        .unwrap()
        .to_string()
}

/// `key=a:b:c` as `(key, [a, b, c])`; what is missing is empty.
fn word(word: &str) -> (&str, [&str; 4]) {
    let (key, values) = word.split_once('=').unwrap_or((word, ""));
    let mut parts = values.splitn(4, ':');
    (key, std::array::from_fn(|_| parts.next().unwrap_or("")))
}

fn container(name: &str, words: &str) -> (Value, Value) {
    let mut spec = json!({ "name": name });
    let mut status = json!({ "name": name, "ready": false, "restartCount": 0, "state": {}, "lastState": {} });
    for (key, [first, second, third, _]) in words.split(' ').map(word) {
        match key {
            "-" => {}
            "sidecar" => spec["restartPolicy"] = "Always".into(),
            "on-failure" => spec["restartPolicy"] = "OnFailure".into(),
            "started" | "ready" => status[key] = true.into(),
            "running" => status["state"]["running"] = json!({ "startedAt": ago(100) }),
            "waiting" => status["state"]["waiting"] = json!({ "reason": first, "message": second }),
            "exit" => {
                let code: i32 = first.parse().unwrap();
                status["state"]["terminated"] = json!({ "exitCode": code, "reason": second, "message": third });
            }
            "signal" => status["state"]["terminated"]["signal"] = first.parse::<i32>().unwrap().into(),
            "restarts" => status["restartCount"] = first.parse::<i32>().unwrap().into(),
            "last" => status["lastState"]["terminated"] = json!({ "finishedAt": ago(first.parse().unwrap()) }),
            other => panic!("{other}"),
        }
    }
    (spec, status)
}

fn pod(words: &str, init_containers: &str, containers: &str) -> Pod {
    let named = |kind: &str, containers: &str| -> (Vec<Value>, Vec<Value>) {
        let containers = containers.split(';').map(str::trim).filter(|words| !words.is_empty());
        containers
            .enumerate()
            .map(|(index, words)| container(&format!("{kind}-{index}"), words))
            .unzip()
    };
    let (init_specs, init_statuses) = named("init", init_containers);
    let (specs, statuses) = named("main", containers);
    let mut pod = json!({
        "metadata": { "name": "web", "namespace": "demo" },
        "spec": { "nodeName": "node-1", "initContainers": init_specs, "containers": specs },
        "status": { "conditions": [], "initContainerStatuses": init_statuses, "containerStatuses": statuses },
    });
    for (key, [first, second, third, fourth]) in words.split(' ').map(word) {
        match key {
            "" => {}
            "phase" | "reason" | "message" => pod["status"][key] = first.into(),
            "deleted" => pod["metadata"]["deletionTimestamp"] = ago(0).into(),
            "unbound" => pod["spec"]["nodeName"] = Value::Null,
            "cond" => {
                let condition = json!({ "type": first, "status": second, "reason": third, "message": fourth });
                pod["status"]["conditions"].as_array_mut().unwrap().push(condition);
            }
            other => panic!("{other}"),
        }
    }
    decode_value(&pod).unwrap()
}

/// Checks each line of a table but for empty ones and remarks: a pod, and what is printed of it.
fn check_by(table: &str, print: impl Fn(&Pod) -> String) {
    let lines = table
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let &[words, init_containers, containers, expected] = cells.as_slice() else {
            panic!("{line}")
        };
        assert_eq!(print(&pod(words, init_containers, containers)), expected, "{line}");
    }
}

/// READY, STATUS, RESTARTS and the family.
fn check(table: &str) {
    check_by(table, |pod| {
        format!("{} {}", columns(pod, time(NOW)), pod.status.family.slug())
    });
}

#[test]
fn phase_and_reason() {
    check(
        "
        phase=Pending                                                |  | -                      | 0/1 Pending 0 starting
        phase=Pending unbound                                        |  | -                      | 0/1 Pending 0 starting
        phase=Pending unbound cond=PodScheduled:False:Unschedulable  |  | -                      | 0/1 Pending 0 blocked
        phase=Pending unbound cond=PodScheduled:False:SchedulerError |  | -                      | 0/1 Pending 0 blocked
        phase=Pending cond=PodScheduled:False:Unschedulable          |  | -                      | 0/1 Pending 0 starting
        phase=Pending unbound cond=PodScheduled:True                 |  | -                      | 0/1 Pending 0 starting
                                                                     |  | -                      | 0/1  0 starting
        unbound cond=PodScheduled:False:Unschedulable                |  | -                      | 0/1  0 blocked
        phase=Running                                                |  | ready running          | 1/1 Running 0 healthy
        phase=Running                                                |  | ready running; running | 1/2 Running 0 not-ready
        phase=Running                                                |  | ready running; ready   | 1/2 Running 0 not-ready
        phase=Running                                                |  |                        | 0/0 Running 0 healthy
        phase=Succeeded                                              |  | -                      | 0/1 Succeeded 0 done
        phase=Failed                                                 |  | -                      | 0/1 Failed 0 failing
        phase=Unknown                                                |  | -                      | 0/1 Unknown 0 gone
        phase=Hibernating                                            |  | -                      | 0/1 Hibernating 0 failing
        phase=Failed reason=Evicted                                  |  | -                      | 0/1 Evicted 0 failing
        phase=Failed reason=DeadlineExceeded                         |  | -                      | 0/1 DeadlineExceeded 0 failing
        phase=Failed reason=OutOfcpu                                 |  | -                      | 0/1 OutOfcpu 0 failing
        phase=Failed reason=NodeAffinity                             |  | -                      | 0/1 NodeAffinity 0 failing
        phase=Failed reason=Unforeseen                               |  | -                      | 0/1 Unforeseen 0 failing
        phase=Running reason=NodeLost                                |  | -                      | 0/1 NodeLost 0 gone
        phase=Succeeded reason=Completed                             |  | -                      | 0/1 Completed 0 done
        # `status.reason` goes through the same rule as a container's.
        phase=Running reason=Completed                               |  | ready running          | 1/1 NotReady 0 not-ready
        phase=Running reason=Completed cond=Ready:True               |  | ready running          | 1/1 Running 0 healthy
        ",
    );
}

#[test]
fn scheduling_gates() {
    check(
        "
        phase=Pending unbound cond=PodScheduled:False:SchedulingGated       |  | -                        | 0/1 SchedulingGated 0 blocked
        phase=Failed reason=Evicted cond=PodScheduled:False:SchedulingGated |  | -                        | 0/1 SchedulingGated 0 failing
        phase=Pending cond=Ready:False:SchedulingGated                      |  | -                        | 0/1 Pending 0 starting
        # A container that says something is heard last.
        phase=Running cond=PodScheduled:False:SchedulingGated               |  | waiting=CrashLoopBackOff | 0/1 CrashLoopBackOff 0 failing
        phase=Pending deleted cond=PodScheduled:False:SchedulingGated       |  | -                        | 0/1 Terminating 0 gone
        ",
    );
}

#[test]
fn containers() {
    check(
        "
        phase=Pending   |  | waiting=ContainerCreating          | 0/1 ContainerCreating 0 starting
        phase=Pending   |  | waiting=PodInitializing            | 0/1 PodInitializing 0 starting
        phase=Pending   |  | waiting                            | 0/1 Pending 0 starting
        phase=Pending   |  | waiting=ErrImagePull               | 0/1 ErrImagePull 0 failing
        phase=Pending   |  | waiting=ImagePullBackOff           | 0/1 ImagePullBackOff 0 failing
        phase=Pending   |  | waiting=ErrImageNeverPull          | 0/1 ErrImageNeverPull 0 failing
        phase=Pending   |  | waiting=InvalidImageName           | 0/1 InvalidImageName 0 failing
        phase=Pending   |  | waiting=CreateContainerConfigError | 0/1 CreateContainerConfigError 0 failing
        phase=Pending   |  | waiting=CreateContainerError       | 0/1 CreateContainerError 0 failing
        phase=Pending   |  | waiting=RunContainerError          | 0/1 RunContainerError 0 failing
        phase=Pending   |  | waiting=Unforeseen                 | 0/1 Unforeseen 0 failing
        phase=Running   |  | exit=1:Error                       | 0/1 Error 0 failing
        phase=Running   |  | exit=137:OOMKilled                 | 0/1 OOMKilled 0 failing
        phase=Running   |  | exit=0:OOMKilled                   | 0/1 OOMKilled 0 failing
        phase=Running   |  | exit=137:ContainerStatusUnknown    | 0/1 ContainerStatusUnknown 0 failing
        phase=Succeeded |  | exit=0:Completed                   | 0/1 Completed 0 done
        phase=Failed    |  | exit=0:Completed                   | 0/1 Completed 0 failing
        phase=Running   |  | exit=3                             | 0/1 ExitCode:3 0 failing
        phase=Succeeded |  | exit=0                             | 0/1 ExitCode:0 0 done
        phase=Running   |  | exit=137 signal=9                  | 0/1 Signal:9 0 failing
        phase=Running   |  | exit=137:Error signal=9            | 0/1 Error 0 failing
        phase=Running   |  | exit=-1                            | 0/1 ExitCode:-1 0 failing
        # A terminated container is never ready, whatever it says.
        phase=Running   |  | exit=0:Completed ready             | 0/1 Completed 0 done
        phase=Running   |  | waiting=CrashLoopBackOff ready     | 0/1 CrashLoopBackOff 0 failing
        # One that waits for no reason counts as running if it says so.
        phase=Running   |  | waiting running ready              | 1/1 Running 0 healthy
        ",
    );
}

#[test]
fn the_first_container_that_is_not_running_decides() {
    check(
        "
        phase=Running |  | waiting=A; waiting=B     | 0/2 A 0 failing
        phase=Running |  | running ready; waiting=B | 1/2 B 0 failing
        phase=Running |  | exit=1:Error; waiting=B  | 0/2 Error 0 failing
        phase=Running |  | waiting; exit=2          | 0/2 ExitCode:2 0 failing
        ",
    );
}

#[test]
fn completed_containers_beside_others() {
    check(
        "
        phase=Running cond=Ready:True                  |  | exit=0:Completed; ready running                    | 1/2 Running 0 not-ready
        phase=Running cond=Ready:True                  |  | ready running; exit=0:Completed                    | 1/2 Running 0 not-ready
        phase=Running                                  |  | exit=0:Completed; ready running                    | 1/2 NotReady 0 not-ready
        phase=Running cond=Ready:False                 |  | exit=0:Completed; ready running                    | 1/2 NotReady 0 not-ready
        # Any condition will do, not just the first.
        phase=Running cond=Ready:False cond=Ready:True |  | exit=0:Completed; ready running                    | 1/2 Running 0 not-ready
        # A container that runs but is not ready does not help.
        phase=Running cond=Ready:True                  |  | exit=0:Completed; running                          | 0/2 Completed 0 not-ready
        # A failure is not hidden behind a completion (kubernetes/kubernetes#124766)...
        phase=Failed                                   |  | exit=0:Completed; exit=1:Error                     | 0/2 Error 0 failing
        phase=Failed                                   |  | exit=1:Error; exit=0:Completed                     | 0/2 Error 0 failing
        phase=Failed                                   |  | exit=0:Completed; exit=137:OOMKilled; exit=1:Error | 0/3 OOMKilled 0 failing
        phase=Failed                                   |  | exit=0:Completed; exit=3                           | 0/2 ExitCode:3 0 failing
        phase=Failed                                   |  | exit=0:Completed; exit=139 signal=11               | 0/2 Signal:11 0 failing
        phase=Running                                  |  | exit=0:Completed; exit=1:Error; ready running      | 1/3 Error 0 failing
        # ...except behind a pod that counts as ready.
        phase=Running cond=Ready:True                  |  | exit=0:Completed; exit=1:Error; ready running      | 1/3 Running 0 not-ready
        # A waiting container is no failure of that kind.
        phase=Running                                  |  | exit=0:Completed; waiting=CrashLoopBackOff         | 0/2 Completed 0 failing
        ",
    );
}

/// What a pod is, beside what kubectl prints of it.
#[test]
fn a_pod_that_has_ended_is_what_its_phase_says() {
    let check = |table: &str| {
        check_by(table, |pod| {
            let variant = match pod.status.variant {
                Variant::Plain => "",
                Variant::Over => ", over",
                Variant::Unschedulable => ", unschedulable",
                Variant::Lost => ", lost",
            };
            let evicted = if pod.is_evicted { ", evicted" } else { "" };
            format!("{}: {}{variant}{evicted}", pod.status.text, pod.status.family.slug())
        });
    };
    check(
        "
        phase=Failed reason=OutOfcpu                 | | -                                | OutOfcpu: failing, over
        phase=Failed reason=OutOfmemory              | | -                                | OutOfmemory: failing, over
        phase=Failed reason=NodeAffinity             | | -                                | NodeAffinity: failing, over
        phase=Failed reason=Terminated               | | -                                | Terminated: failing, over
        phase=Failed reason=UnexpectedAdmissionError | | -                                | UnexpectedAdmissionError: failing, over
        phase=Failed                                 | | exit=1:Error                     | Error: failing, over
        # What an old container status says does not count any more.
        phase=Failed                                 | | waiting=CrashLoopBackOff         | CrashLoopBackOff: failing, over
        phase=Succeeded                              | | exit=1:Error                     | Error: done
        phase=Succeeded                              | | waiting=ImagePullBackOff         | ImagePullBackOff: done
        phase=Succeeded | sidecar exit=137:Error     | exit=0:Completed                   | Init:Error: done
        phase=Succeeded cond=Initialized:True | sidecar exit=137:Error | exit=0:Completed | Completed: done
        # The kubelet keeps the containers of what it evicts.
        phase=Failed reason=Evicted                  | | exit=137:Error                   | Error: failing, over, evicted
        phase=Failed reason=Evicted                  | | exit=0:Completed                 | Completed: failing, over, evicted
        phase=Failed reason=Evicted deleted          | | exit=137:ContainerStatusUnknown  | ContainerStatusUnknown: failing, over, evicted
        # Not over.
        phase=Running                                | | exit=1:Error                     | Error: failing
        phase=Running deleted                        | | waiting=CrashLoopBackOff         | Terminating: gone
        phase=Running deleted reason=NodeLost        | | running                          | Unknown: gone, lost
        phase=Unknown                                | | -                                | Unknown: gone, lost
        phase=Pending unbound cond=PodScheduled:False:Unschedulable | | -                 | Pending: blocked, unschedulable
        phase=Pending unbound reason=Quota cond=PodScheduled:False:Unschedulable | | -    | Quota: blocked, unschedulable
        phase=Pending unbound cond=PodScheduled:False:SchedulingGated            | | -    | SchedulingGated: blocked
        ",
    );
}

#[test]
fn what_cannot_go_on_is_failing_behind_any_status() {
    check(
        "
        phase=Running cond=Ready:False |  | exit=0:Completed; waiting=CrashLoopBackOff restarts=9  | 0/2 Completed 9 failing
        phase=Pending                  |  | waiting=ContainerCreating; waiting=ImagePullBackOff    | 0/2 ContainerCreating 0 failing
        phase=Running cond=Ready:True  |  | exit=0:Completed; waiting=CrashLoopBackOff; running ready | 1/3 Running 0 failing
        phase=Running cond=Initialized:True | sidecar waiting=CrashLoopBackOff | exit=0:Completed; running ready | 1/3 NotReady 0 failing
        # One has completed, another one is not ready, or not there yet.
        phase=Running cond=Ready:False |  | exit=0:Completed; running                              | 0/2 Completed 0 not-ready
        phase=Running cond=Ready:False |  | exit=0:Completed; waiting=ContainerCreating            | 0/2 Completed 0 starting
        phase=Running cond=Ready:False |  | exit=0:Completed; exit=0:Completed                     | 0/2 Completed 0 done
        # Every container is ready, and the pod is not: a readiness gate, or its node.
        phase=Running cond=Ready:False |  | running ready                                          | 1/1 Running 0 not-ready
        phase=Running cond=Ready:True  |  | running ready                                          | 1/1 Running 0 healthy
        ",
    );
}

#[test]
fn a_resize_is_what_its_conditions_say() {
    for (conditions, expected) in [
        ("", None),
        ("cond=PodResizePending:True:Deferred", Some(Resize::Deferred)),
        ("cond=PodResizePending:True:Infeasible", Some(Resize::Infeasible)),
        ("cond=PodResizePending:True:Unforeseen", Some(Resize::Deferred)),
        ("cond=PodResizeInProgress:True", Some(Resize::InProgress)),
        (
            "cond=PodResizeInProgress:True cond=PodResizePending:True:Infeasible",
            Some(Resize::Infeasible),
        ),
        (
            "cond=PodResizePending:False:Deferred cond=PodResizeInProgress:False",
            None,
        ),
    ] {
        let pod = pod(&format!("phase=Running {conditions}"), "", "running ready");
        assert_eq!(pod.resize, expected, "{conditions}");
    }
}

#[test]
fn init_containers() {
    check(
        "
        phase=Pending | waiting=PodInitializing | waiting=PodInitializing | 0/1 Init:0/1 0 starting
        phase=Pending | running; - | - | 0/1 Init:0/2 0 starting
        phase=Pending | exit=0:Completed; running | - | 0/1 Init:1/2 0 starting
        phase=Pending | exit=0:Completed; - | - | 0/1 Init:1/2 0 starting
        phase=Pending | waiting | - | 0/1 Init:0/1 0 starting
        phase=Pending | waiting=ContainerCreating | - | 0/1 Init:ContainerCreating 0 starting
        phase=Pending | waiting=CrashLoopBackOff | - | 0/1 Init:CrashLoopBackOff 0 failing
        phase=Pending | waiting=ImagePullBackOff | - | 0/1 Init:ImagePullBackOff 0 failing
        phase=Pending | exit=1:Error | - | 0/1 Init:Error 0 failing
        phase=Pending | exit=7 | - | 0/1 Init:ExitCode:7 0 failing
        phase=Pending | exit=-1 | - | 0/1 Init:ExitCode:-1 0 failing
        phase=Pending | exit=137 signal=9 | - | 0/1 Init:Signal:9 0 failing
        phase=Failed | exit=1:Error | waiting=PodInitializing | 0/1 Init:Error 0 failing
        # What the containers say counts once initialization is over.
        phase=Pending | exit=0:Completed | waiting=PodInitializing | 0/1 PodInitializing 0 starting
        phase=Running | exit=0:Completed | running ready | 1/1 Running 0 healthy
        phase=Running cond=Initialized:True | running | running ready | 1/1 Init:0/1 0 starting
        phase=Running cond=Initialized:True | exit=1:Error | exit=2:Error | 0/1 Error 0 failing
        # The first condition about it counts.
        phase=Running cond=Initialized:False cond=Initialized:True | running | running ready | 0/1 Init:0/1 0 starting
        ",
    );
}

#[test]
fn sidecars() {
    check(
        "
        phase=Pending | sidecar | - | 0/2 Init:0/1 0 starting
        phase=Pending | sidecar running | waiting=PodInitializing | 0/2 Init:0/1 0 starting
        phase=Pending | sidecar running ready | - | 0/2 Init:0/1 0 starting
        phase=Pending | sidecar started running; running | - | 0/2 Init:1/2 0 starting
        phase=Pending | sidecar started running ready; running | - | 1/2 Init:1/2 0 starting
        phase=Running | sidecar started running ready | running ready | 2/2 Running 0 healthy
        phase=Running | sidecar started running | running ready | 1/2 Running 0 not-ready
        phase=Running | sidecar started waiting=CrashLoopBackOff | running ready | 1/2 Running 0 failing
        # One that crashes before it has started holds the pod back...
        phase=Pending | sidecar waiting=CrashLoopBackOff | - | 0/2 Init:CrashLoopBackOff 0 failing
        phase=Pending | sidecar exit=1:Error | - | 0/2 Init:Error 0 failing
        # ...unless the pod has been initialized before.
        phase=Running cond=Initialized:True | sidecar waiting=CrashLoopBackOff | running ready | 1/2 Init:CrashLoopBackOff 0 failing
        phase=Running cond=Initialized:True | sidecar waiting=CrashLoopBackOff | exit=1:Error | 0/2 Error 0 failing
        # One that has ended with 0 is not ready any more.
        phase=Succeeded | sidecar started ready exit=0:Completed | exit=0:Completed | 0/2 Completed 0 done
        # Any other restart policy makes an ordinary init container.
        phase=Running | on-failure started ready running | running ready | 0/1 Init:0/1 0 starting
        phase=Running | exit=0:Completed; sidecar started ready running | running ready | 2/2 Running 0 healthy
        ",
    );
}

#[test]
fn restarts() {
    check(
        "
        phase=Running |  | running ready restarts=3 | 1/1 Running 3 healthy
        phase=Running |  | running ready restarts=3 last=300 | 1/1 Running 3 (5m ago) healthy
        phase=Running |  | running ready last=300 | 1/1 Running 0 healthy
        # The sum, and the age of the latest.
        phase=Running |  | running ready restarts=3 last=300; running ready restarts=1 last=71; running ready restarts=2 last=90000 | 3/3 Running 6 (71s ago) healthy
        phase=Running |  | running ready restarts=1 last=-1 | 1/1 Running 1 (0s ago) healthy
        phase=Running |  | running ready restarts=1 last=-2 | 1/1 Running 1 (<invalid> ago) healthy
        # Those of init containers count only while they are at work...
        phase=Pending | waiting=CrashLoopBackOff restarts=4 last=60 | restarts=1 last=10 | 0/1 Init:CrashLoopBackOff 4 (60s ago) failing
        phase=Running | exit=0:Completed restarts=4 last=60 | running ready | 1/1 Running 0 healthy
        phase=Running | exit=0:Completed restarts=4 last=60 | running ready restarts=1 last=120 | 1/1 Running 1 (2m ago) healthy
        # ...and only up to the one that is at work...
        phase=Pending | running restarts=4 last=60; restarts=7 last=30 | - | 0/1 Init:0/2 4 (60s ago) starting
        # ...whereas those of sidecars count always.
        phase=Running | sidecar started ready running restarts=4 last=60 | running ready restarts=1 last=120 | 2/2 Running 5 (60s ago) healthy
        phase=Running | exit=0:Completed restarts=9 last=30; sidecar started ready running restarts=4 last=60 | running ready restarts=1 last=50 | 2/2 Running 5 (50s ago) healthy
        phase=Pending | sidecar started running restarts=4 last=60; waiting=CrashLoopBackOff restarts=2 last=50 | - | 0/2 Init:CrashLoopBackOff 6 (50s ago) failing
        ",
    );
}

#[test]
fn deletion() {
    check(
        "
        phase=Running deleted                 |         | running ready restarts=3 | 1/1 Terminating 3 gone
        phase=Pending deleted                 | running | -                        | 0/1 Terminating 0 gone
        phase=Unknown deleted                 |         | -                        | 0/1 Terminating 0 gone
        phase=Running deleted reason=NodeLost |         | waiting=Error            | 0/1 Unknown 0 gone
        phase=Failed deleted reason=NodeLost  |         | -                        | 0/1 Unknown 0 failing
        # A pod that has ended keeps its reason.
        phase=Succeeded deleted               |         | exit=0:Completed         | 0/1 Completed 0 done
        phase=Failed deleted reason=Evicted   |         | -                        | 0/1 Evicted 0 failing
        phase=Failed deleted                  |         | exit=1:Error             | 0/1 Error 0 failing
        ",
    );
}

#[test]
fn the_message_explains_the_status() {
    check_by(
        "
        phase=Running                                | | running ready                              | none
        phase=Failed reason=Evicted message=low-memory | | waiting=A:ignored                        | low-memory
        phase=Running                                | | waiting=CrashLoopBackOff:back-off          | back-off
        phase=Running                                | | waiting=A:first; waiting=B:second          | first
        phase=Running                                | | exit=1:Error:panic                         | panic
        phase=Failed                                 | | exit=0:Completed:bye; exit=1:Error:panic   | panic
        phase=Running cond=Ready:True                | | exit=0:Completed:bye; ready running        | none
        phase=Pending      | waiting=ErrImagePull:not-found | waiting=PodInitializing:ignored       | not-found
        phase=Pending      | exit=1:Error:panic             | -                                     | panic
        phase=Pending unbound cond=PodScheduled:False:Unschedulable:no-node   | | -                 | no-node
        phase=Pending unbound cond=PodScheduled:False:SchedulingGated:gates   | | -                 | gates
        phase=Pending cond=PodScheduled:False:Unschedulable:no-node           | | -                 | none
        phase=Pending unbound cond=PodScheduled:False:Unschedulable:no-node deleted | | -           | none
        phase=Running deleted                                                 | | waiting=A:ignored | none
        phase=Running cond=Ready:False:ContainersNotReady:unready             | | running           | unready
        phase=Running cond=Ready:False:ContainersNotReady:unready             | | exit=1:Error      | none
        ",
        |pod| pod.message.as_deref().unwrap_or("none").to_owned(),
    );
}

#[test]
fn families_have_names() {
    let slugs = Family::ALL.map(Family::slug);
    assert_eq!(
        slugs,
        ["healthy", "not-ready", "starting", "blocked", "failing", "done", "gone"]
    );
    let mut labels = Family::ALL.map(Family::label);
    labels.sort_unstable();
    assert!(labels.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn absurd_numbers_are_cut() {
    let pod = pod("phase=Running", "", &["restarts=2147483647"; 3].join(";"));
    assert_eq!(pod.status.restarts, u32::MAX);
    assert_eq!(pod.status.restarts_column(Timestamp(0)), u32::MAX.to_string());
}
