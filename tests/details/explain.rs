//! Pods and nodes in words: a table of states, each with the sentences that are to be read.

use k8bit::{
    resource::Timestamp,
    view::{Tone, api_error::ApiError, explain},
};
use serde_json::{Value, json};

/// 2026-11-23T08:43:03Z.
const NOW: Timestamp = Timestamp(1_795_423_383);

/// A time this many seconds before now.
fn ago(seconds: i64) -> String {
    Timestamp(NOW.0 - seconds).to_string()
}

/// A pod on a node with one container, whose status has this state.
fn pod_with(state: Value) -> Value {
    json!({
        "metadata": {"namespace": "shop", "name": "web-1", "creationTimestamp": ago(840)},
        "spec": {
            "nodeName": "worker-7",
            "restartPolicy": "Always",
            "containers": [{
                "name": "web",
                "image": "registry.example/web:1",
                "resources": {"requests": {"memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "readinessProbe": {"httpGet": {"path": "/"}},
            }],
        },
        "status": {
            "phase": "Running",
            "startTime": ago(840),
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": ago(40)}],
            "containerStatuses": [{"name": "web", "ready": false, "restartCount": 5, "state": state}],
        },
    })
}

/// The same, changed by a merge patch.
fn patched(mut object: Value, patch: &Value) -> Value {
    merge(&mut object, patch);
    object
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    for (field, value) in fields {
        merge(&mut target[field], value);
    }
}

#[track_caller]
fn check(pod: &Value, tone: Tone, title: &str, text: &str) {
    let found = explain::pod(pod, NOW);
    assert_eq!(
        (found.title.as_str(), found.text.as_str(), found.tone),
        (title, text, tone)
    );
}

#[test]
fn a_crash_loop_says_why_and_when_it_is_tried_again() {
    let waiting = |message: &str| json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}});
    let crashed = |last: Value, message: &str| {
        let mut pod = pod_with(waiting(message));
        pod["status"]["containerStatuses"][0]["lastState"] = json!({"terminated": last});
        pod
    };
    let back_off = "back-off 2m0s restarting failed container=web pod=web-1_shop(u)";
    let killed = json!({"exitCode": 137, "reason": "OOMKilled", "finishedAt": ago(40)});
    check(
        &crashed(killed.clone(), back_off),
        Tone::Bad,
        "“web” keeps crashing (5 restarts).",
        "It ended 40 s ago with exit 137, OOMKilled: it used more than its limit of 256Mi. Next restart in about \
         1 min 20 s.",
    );
    let mut unlimited = crashed(killed, back_off);
    unlimited["spec"]["containers"][0]["resources"] = json!({});
    assert!(
        explain::pod(&unlimited, NOW)
            .text
            .contains("OOMKilled: the node ran out of memory.")
    );
    for (last, message, expected) in [
        (
            json!({"exitCode": 1, "reason": "Error", "finishedAt": ago(200)}),
            back_off,
            "It ended 3 min 20 s ago with exit 1. The next restart is due.",
        ),
        (
            json!({"exitCode": 139, "reason": "Error", "finishedAt": ago(3)}),
            "back-off 5m0s restarting failed container=web",
            "It ended 3 s ago with exit 139 (SIGSEGV). Next restart in about 4 min 57 s.",
        ),
        (
            json!({"exitCode": 127, "reason": "Error", "finishedAt": ago(3), "message": "sh: nginy: not found\n"}),
            "no pause is named here",
            "It ended 3 s ago with exit 127: its command was not found. Termination message: sh: nginy: not found.",
        ),
        (
            json!({"exitCode": 128, "reason": "StartError"}),
            "back-off 10s restarting failed container=web",
            "It ended with exit 128, StartError. The back-off is 10 s.",
        ),
        (json!(null), "", ""),
    ] {
        check(
            &crashed(last, message),
            Tone::Bad,
            "“web” keeps crashing (5 restarts).",
            expected,
        );
    }
}

#[test]
fn a_loop_says_how_often_and_whether_it_crashes() {
    for (restarts, exit, expected) in [
        (0, 1, "“web” keeps crashing."),
        (1, 1, "“web” keeps crashing (1 restart)."),
        (1_200, 137, "“web” keeps crashing (1,200 restarts)."),
        (3, 0, "“web” keeps ending (3 restarts)."),
    ] {
        let mut pod = pod_with(json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(restarts);
        pod["status"]["containerStatuses"][0]["lastState"] = json!({"terminated": {"exitCode": exit}});
        assert_eq!(explain::pod(&pod, NOW).title, expected);
    }
}

#[test]
fn a_pod_without_a_node_quotes_the_scheduler() {
    let unbound = |status: Value| {
        json!({
            "metadata": {"creationTimestamp": ago(130)},
            "spec": {"containers": [{"name": "web"}]},
            "status": status,
        })
    };
    let unschedulable = json!({"phase": "Pending", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/24 nodes are available: 24 Insufficient memory",
    }]});
    check(
        &unbound(unschedulable.clone()),
        Tone::Bad,
        "No node fits.",
        "0/24 nodes are available: 24 Insufficient memory. Waiting for 2 min 10 s. The scheduler tries again when a \
         node or pod changes.",
    );
    check(
        &unbound(patched(unschedulable, &json!({"nominatedNodeName": "worker-3"}))),
        Tone::Bad,
        "No node fits.",
        "0/24 nodes are available: 24 Insufficient memory. The scheduler is preempting pods on worker-3 for it. Waiting for \
         2 min 10 s. The scheduler tries again when a node or pod changes.",
    );
    check(
        &unbound(json!({"phase": "Pending"})),
        Tone::Warning,
        "Waiting for the scheduler.",
        "Waiting for 2 min 10 s.",
    );
    check(
        &patched(
            unbound(json!({"phase": "Pending"})),
            &json!({"spec": {"schedulerName": "volcano"}}),
        ),
        Tone::Warning,
        "Waiting for the scheduler.",
        "Waiting for 2 min 10 s. Its scheduler is volcano: check that it runs.",
    );
    check(
        &patched(
            unbound(json!({"phase": "Pending"})),
            &json!({"spec": {"schedulingGates": [{"name": "a.example/quota"}, {"name": "b"}]}}),
        ),
        Tone::Warning,
        "Scheduling is gated.",
        "The scheduler waits until these scheduling gates are removed: a.example/quota, b.",
    );
}

#[test]
fn a_container_that_cannot_start_says_what_it_lacks() {
    let waiting = |reason: &str, message: &str| pod_with(json!({"waiting": {"reason": reason, "message": message}}));
    for (reason, message, title, text) in [
        (
            "ImagePullBackOff",
            "Back-off pulling image \"registry.example/web:1\"",
            "The image of “web” cannot be pulled.",
            "Back-off pulling image \"registry.example/web:1\". The image is registry.example/web:1. Check its \
             name and tag, and the image pull secrets of the pod. The kubelet retries with increasing delays, up to 5 min.",
        ),
        (
            "ErrImagePull",
            "",
            "The image of “web” cannot be pulled.",
            "The image is registry.example/web:1. Check its name and tag, and the image pull secrets of the pod. The kubelet \
             retries with increasing delays, up to 5 min.",
        ),
        (
            "InvalidImageName",
            "couldn't parse image reference",
            "The image name of “web” is invalid.",
            "It is registry.example/web:1. couldn't parse image reference.",
        ),
        (
            "ErrImageNeverPull",
            "",
            "The image of “web” is not on the node, and its pull policy is Never.",
            "The image is registry.example/web:1.",
        ),
        (
            "CreateContainerConfigError",
            "secret \"db\" not found",
            "The configuration of “web” is invalid or incomplete.",
            "secret \"db\" not found. The kubelet retries until this is corrected.",
        ),
        (
            "RunContainerError",
            "exec: no such file",
            "“web” cannot be started.",
            "exec: no such file.",
        ),
        (
            "PostStartHookError",
            "it broke",
            "“web” is waiting: PostStartHookError.",
            "it broke.",
        ),
    ] {
        check(&waiting(reason, message), Tone::Bad, title, text);
    }
    check(
        &waiting("ContainerCreating", ""),
        Tone::Warning,
        "“web” is starting.",
        "On its node for 14 min. The kubelet pulls the image and mounts volumes first.",
    );
}

#[test]
fn init_containers_come_first() {
    let pod = |status: Value| {
        let mut pod = pod_with(json!({"waiting": {"reason": "PodInitializing"}}));
        pod["spec"]["initContainers"] = json!([{"name": "fetch"}, {"name": "migrate"}]);
        pod["status"]["phase"] = json!("Pending");
        pod["status"]["initContainerStatuses"] = json!([
            {"name": "fetch", "state": {"terminated": {"exitCode": 0}}},
            status,
        ]);
        pod
    };
    check(
        &pod(json!({"name": "migrate", "state": {"running": {"startedAt": ago(40)}}})),
        Tone::Warning,
        "The init container “migrate” (2 of 2) is running.",
        "Running for 40 s. The other containers start when it has succeeded.",
    );
    check(
        &pod(json!({"name": "migrate", "state": {"terminated": {"exitCode": 1, "finishedAt": ago(5)}}})),
        Tone::Bad,
        "The init container “migrate” (2 of 2) failed.",
        "It ended 5 s ago with exit 1. The other containers wait until it succeeds.",
    );
    check(
        &pod(json!({"name": "migrate", "restartCount": 0, "state": {"waiting": {"reason": "CrashLoopBackOff"}}})),
        Tone::Bad,
        "“migrate” keeps crashing.",
        "The other containers wait for this init container (2 of 2).",
    );
    check(
        &pod(json!({"name": "migrate", "state": {"waiting": {"reason": "PodInitializing"}}})),
        Tone::Warning,
        "The init container “migrate” (2 of 2) is starting.",
        "",
    );
}

#[test]
fn a_sidecar_lets_the_others_start_once_it_has_started() {
    let pod = |started: bool| {
        let mut pod = pod_with(json!({"running": {"startedAt": ago(40)}}));
        pod["spec"]["initContainers"] = json!([{"name": "proxy", "restartPolicy": "Always"}]);
        pod["status"]["initContainerStatuses"] = json!([
            {"name": "proxy", "started": started, "ready": started, "state": {"running": {"startedAt": ago(50)}}},
        ]);
        pod
    };
    check(
        &pod(false),
        Tone::Warning,
        "The sidecar “proxy” is running.",
        "Running for 50 s. The other containers start when it has started.",
    );
    assert_eq!(explain::pod(&pod(true), NOW).title, "“web” is running, but not ready.");
}

#[test]
fn running_is_not_ready() {
    let running = || pod_with(json!({"running": {"startedAt": ago(40)}}));
    check(
        &running(),
        Tone::Warning,
        "“web” is running, but not ready.",
        "Its readiness probe fails, so Services send it no traffic. Not ready for 40 s.",
    );
    let mut starting = running();
    starting["spec"]["containers"][0]["startupProbe"] = json!({});
    starting["status"]["containerStatuses"][0]["started"] = json!(false);
    assert!(
        explain::pod(&starting, NOW)
            .text
            .starts_with("Its startup probe has not succeeded yet.")
    );
    let gated = patched(
        running(),
        &json!({
            "spec": {"readinessGates": [{"conditionType": "lb.example/registered"}]},
            "status": {"containerStatuses": [{"name": "web", "ready": true, "state": {"running": {}}}]},
        }),
    );
    check(
        &gated,
        Tone::Warning,
        "Running, but not ready.",
        "Waiting for the readiness gate lb.example/registered. Not ready for 40 s.",
    );
}

#[test]
fn running_and_ready_tells_of_restarts() {
    let mut pod = pod_with(json!({"running": {"startedAt": ago(40)}}));
    pod["status"]["conditions"][0]["status"] = json!("True");
    pod["status"]["containerStatuses"][0] = json!({
        "name": "web", "ready": true, "restartCount": 1, "state": {"running": {"startedAt": ago(39)}},
        "lastState": {"terminated": {"exitCode": 143, "reason": "Error", "finishedAt": ago(41)}},
    });
    check(
        &pod,
        Tone::Good,
        "Running and ready for 40 s.",
        "“web” was restarted once. The previous container ended 41 s ago with exit 143 (SIGTERM).",
    );
    pod["status"]["containerStatuses"][0]["restartCount"] = json!(0);
    check(&pod, Tone::Good, "Running and ready for 40 s.", "");
}

#[test]
fn pods_that_are_over_say_how_they_ended() {
    let over = |phase: &str, status: Value| {
        let pod = pod_with(json!({"terminated": {"exitCode": 3, "reason": "Error", "finishedAt": ago(60)}}));
        let pod = patched(
            pod,
            &json!({"status": {"phase": phase}, "spec": {"restartPolicy": "Never"}}),
        );
        patched(pod, &json!({"status": status}))
    };
    check(
        &over("Failed", json!({})),
        Tone::Quiet,
        "“web” failed.",
        "It ended 1 min ago with exit 3. It is not restarted (restartPolicy Never).",
    );
    check(
        &over(
            "Failed",
            json!({"reason": "Evicted", "message": "The node was low on resource: memory."}),
        ),
        Tone::Quiet,
        "Evicted by the kubelet.",
        "The node was low on resource: memory. It is not restarted, and nothing replaces it: no controller owns it.",
    );
    check(
        &over(
            "Failed",
            json!({"reason": "UnexpectedAdmissionError", "containerStatuses": []}),
        ),
        Tone::Quiet,
        "Its node rejected it.",
        "It is not restarted, and nothing replaces it: no controller owns it.",
    );
    check(
        &over("Succeeded", json!({})),
        Tone::Quiet,
        "Completed: every container succeeded.",
        "The last container ended 1 min ago.",
    );
    check(
        &over("Unknown", json!({"message": "Node is gone"})),
        Tone::Bad,
        "Status unknown.",
        "Its node does not answer. Node is gone.",
    );
}

#[test]
fn a_pod_that_is_deleted_is_going_or_stuck() {
    let going = |ends_in: i64, finalizers: Value| {
        let pod = pod_with(json!({"running": {}}));
        let metadata = json!({
            "deletionTimestamp": ago(-ends_in), "deletionGracePeriodSeconds": 30, "finalizers": finalizers,
        });
        patched(pod, &json!({"metadata": metadata}))
    };
    check(
        &going(18, json!([])),
        Tone::Quiet,
        "Terminating for 12 s.",
        "The grace period ends in 18 s. Then its containers are killed.",
    );
    check(
        &going(-5, json!([])),
        Tone::Quiet,
        "Terminating for 35 s.",
        "The grace period has ended; deletion is imminent.",
    );
    check(
        &going(-300, json!([])),
        Tone::Bad,
        "Stuck terminating.",
        "The grace period ended 5 min ago. The kubelet has not confirmed that its containers have ended: the node may be \
         down, or a volume or process may hang.",
    );
    check(
        &going(-300, json!(["a.example/hold"])),
        Tone::Bad,
        "Stuck terminating.",
        "The grace period ended 5 min ago. The finalizer a.example/hold blocks the deletion until it is removed.",
    );
}

/// A pod of a native sidecar and a container that have both ended.
fn with_sidecar(phase: &str, main_exit: i64) -> Value {
    let ended = |code: i64| json!({"terminated": {"exitCode": code, "reason": if code == 0 { "Completed" } else { "Error" }, "finishedAt": ago(60)}});
    json!({
        "metadata": {"name": "job"},
        "spec": {
            "nodeName": "worker-7", "restartPolicy": "Never",
            "initContainers": [{"name": "proxy", "restartPolicy": "Always"}],
            "containers": [{"name": "main"}],
        },
        "status": {
            "phase": phase,
            "initContainerStatuses": [{"name": "proxy", "state": ended(137)}],
            "containerStatuses": [{"name": "main", "state": ended(main_exit)}],
        },
    })
}

#[test]
fn how_a_sidecar_ends_explains_nothing() {
    check(
        &with_sidecar("Failed", 1),
        Tone::Quiet,
        "“main” failed.",
        "It ended 1 min ago with exit 1. It is not restarted (restartPolicy Never).",
    );
    check(
        &with_sidecar("Succeeded", 0),
        Tone::Quiet,
        "Completed: every container succeeded.",
        "The last container ended 1 min ago.",
    );
    // Whatever else made it fail, the sidecar did not.
    check(&with_sidecar("Failed", 0), Tone::Quiet, "It failed.", "");
    // While the pod lives, a sidecar is started again whatever the policy of its pod.
    let mut pod = with_sidecar("Running", 0);
    pod["status"]["initContainerStatuses"][0]["started"] = json!(true);
    pod["status"]["containerStatuses"][0] =
        json!({"name": "main", "ready": true, "state": {"running": {"startedAt": ago(90)}}});
    check(
        &pod,
        Tone::Bad,
        "“proxy” has ended.",
        "It ended 1 min ago with exit 137 (SIGKILL). It is about to be restarted.",
    );
}

#[test]
fn a_node_that_refused_a_pod_says_what_it_lacked() {
    let refused = |reason: &str| {
        json!({
            "metadata": {"name": "job", "ownerReferences": [{"kind": "Job", "name": "job", "controller": true}]},
            "spec": {"nodeName": "worker-7", "containers": [{"name": "main"}]},
            "status": {"phase": "Failed", "reason": reason, "message": "Pod was rejected: no room"},
        })
    };
    let text = "Pod was rejected: no room. It is not restarted; its owner creates another pod.";
    for (reason, title) in [
        ("OutOfcpu", "Its node rejected it: not enough cpu left."),
        ("OutOfmemory", "Its node rejected it: not enough memory left."),
        (
            "NodeAffinity",
            "Its node rejected it: the node's labels do not match its node selector or affinity.",
        ),
        ("UnexpectedAdmissionError", "Its node rejected it."),
    ] {
        check(&refused(reason), Tone::Quiet, title, text);
    }
}

#[test]
fn memory_runs_out_at_the_limit_that_was_reached() {
    let killed = |spec: Value, status: Value| {
        let mut pod = pod_with(json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        pod["status"]["containerStatuses"][0]["lastState"] =
            json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
        pod["spec"]["containers"][0]["resources"] = json!({});
        explain::pod(&patched(pod, &json!({"spec": spec, "status": status})), NOW).text
    };
    let limit = |memory: &str| json!({"limits": {"memory": memory}});
    let own = |memory: &str| json!([{"name": "web", "resources": limit(memory)}]);
    for (spec, status, expected) in [
        (json!({}), json!({}), "the node ran out of memory."),
        (
            json!({"resources": limit("200Mi")}),
            json!({}),
            "the pod reached its own limit of 200Mi.",
        ),
        (
            json!({"containers": own("100Mi")}),
            json!({}),
            "it used more than its limit of 100Mi.",
        ),
        (
            json!({"containers": own("100Mi"), "resources": limit("200Mi")}),
            json!({}),
            "it used more than its limit of 100Mi.",
        ),
        (
            json!({"containers": own("1Gi"), "resources": limit("200Mi")}),
            json!({}),
            "the pod reached its own limit of 200Mi.",
        ),
        // While it is resized, what is enforced counts, and not what is asked for.
        (
            json!({"resources": limit("64Gi")}),
            json!({"resources": limit("4Gi")}),
            "the pod reached its own limit of 4Gi.",
        ),
    ] {
        let text = killed(spec, status);
        assert!(text.contains(&format!("OOMKilled: {expected}")), "{text}");
    }
}

#[test]
fn a_resize_is_explained() {
    let resizing = |conditions: Value| {
        let pod = pod_with(json!({"running": {}}));
        let mut all = vec![json!({"type": "Ready", "status": "True", "lastTransitionTime": ago(840)})];
        all.extend(conditions.as_array().cloned().unwrap_or_default());
        let status =
            json!({"conditions": all, "containerStatuses": [{"name": "web", "ready": true, "state": {"running": {}}}]});
        patched(pod, &json!({"status": status}))
    };
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": ago(70)});
    let title = "Running and ready for 14 min.";
    check(
        &resizing(json!([condition(
            "PodResizePending",
            "Deferred",
            "Node didn't have enough resource: cpu"
        )])),
        Tone::Warning,
        title,
        "Resize deferred for 1 min 10 s: the node has no room for it now. Node didn't have enough resource: cpu.",
    );
    check(
        &resizing(json!([condition(
            "PodResizePending",
            "Infeasible",
            "Node didn't have enough capacity: memory"
        )])),
        Tone::Warning,
        title,
        "Resize infeasible for 1 min 10 s: the node cannot grant it. The pod keeps its current resources. Node didn't have \
         enough capacity: memory.",
    );
    check(
        &resizing(json!([condition("PodResizeInProgress", "", "")])),
        Tone::Quiet,
        title,
        "Resize in progress for 1 min 10 s.",
    );
    check(
        &resizing(json!([
            condition("PodResizeInProgress", "Error", "cgroup write failed"),
            condition("PodResizePending", "Deferred", ""),
        ])),
        Tone::Warning,
        title,
        "Resize deferred for 1 min 10 s: the node has no room for it now. Resize in progress for \
         1 min 10 s, with an error. cgroup write failed.",
    );
    // What is over is not resized any more.
    let over = patched(
        resizing(json!([condition("PodResizePending", "Deferred", "")])),
        &json!({"status": {"phase": "Succeeded"}}),
    );
    assert!(!explain::pod(&over, NOW).text.contains("resize"));
}

#[test]
fn a_pod_that_is_about_to_be_removed_says_so() {
    let mut pod = pod_with(json!({"running": {}}));
    pod["status"]["conditions"] = json!([
        {"type": "Ready", "status": "True"},
        {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"},
    ]);
    pod["status"]["containerStatuses"][0] = json!({"name": "web", "ready": true, "state": {"running": {}}});
    check(
        &pod,
        Tone::Good,
        "Running and ready.",
        "It is about to be evicted, for example by a drain of its node. Eviction API: evicting.",
    );
}

#[test]
fn the_container_that_is_not_ready_is_named_and_not_the_one_that_has_completed() {
    let mut pod = pod_with(json!({"running": {"startedAt": ago(900)}}));
    pod["spec"]["restartPolicy"] = json!("OnFailure");
    pod["spec"]["containers"] = json!([{"name": "good"}, {"name": "bad", "readinessProbe": {}}]);
    pod["status"]["containerStatuses"] = json!([
        {"name": "good", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
        {"name": "bad", "ready": false, "state": {"running": {"startedAt": ago(900)}}},
    ]);
    check(
        &pod,
        Tone::Warning,
        "“bad” is running, but not ready.",
        "Its readiness probe fails, so Services send it no traffic. Not ready for 40 s.",
    );
}

#[track_caller]
fn check_node(node: &Value, tone: Tone, title: &str, text: &str) {
    let found = explain::node(node, NOW);
    assert_eq!(
        (found.title.as_str(), found.text.as_str(), found.tone),
        (title, text, tone)
    );
}

#[test]
fn nodes_in_words() {
    let node = |ready: &str, spec: Value, more: Value| {
        let mut conditions = vec![json!({
            "type": "Ready", "status": ready, "lastTransitionTime": ago(240), "message": "Kubelet stopped posting node status.",
        })];
        conditions.extend(more.as_array().cloned().unwrap_or_default());
        json!({"metadata": {}, "spec": spec, "status": {"conditions": conditions}})
    };
    let pressure = json!([{"type": "MemoryPressure", "status": "True", "lastTransitionTime": ago(60)}]);
    check_node(&node("True", json!({}), json!([])), Tone::Good, "Ready for 4 min.", "");
    let moved =
        "The scheduler assigns no new pods to it. Its pods are evicted after 5 min, unless they tolerate it longer.";
    check_node(
        &node("Unknown", json!({}), json!([])),
        Tone::Bad,
        "No heartbeat from its kubelet for 4 min.",
        &format!("Kubelet stopped posting node status. {moved}"),
    );
    check_node(
        &node("False", json!({"unschedulable": true}), json!([])),
        Tone::Bad,
        "Not ready for 4 min, as its kubelet reports.",
        &format!(
            "Kubelet stopped posting node status. {moved} Cordoned: the scheduler assigns no new pods to it. Its pods keep running."
        ),
    );
    check_node(
        &node("True", json!({"unschedulable": true}), json!([])),
        Tone::Warning,
        "Cordoned: the scheduler assigns no new pods to it. Its pods keep running.",
        "",
    );
    check_node(
        &node("True", json!({"unschedulable": true}), pressure),
        Tone::Warning,
        "It is low on memory and evicts pods (MemoryPressure for 1 min).",
        "Cordoned: the scheduler assigns no new pods to it. Its pods keep running.",
    );
    check_node(&json!({}), Tone::Bad, "Its kubelet has never reported a status.", moved);
    // Conditions that others set mean what their types say.
    let agent = |networking: &str| {
        json!([
            {"type": "KernelReady", "status": "True"}, {"type": "StorageReady", "status": "True"},
            {"type": "NetworkingReady", "status": networking, "lastTransitionTime": ago(60), "message": "IPAM-D is not ready"},
            {"type": "ContainerRuntimeReady", "status": "True"}, {"type": "example.com/Blessed", "status": "False"},
        ])
    };
    check_node(
        &node("True", json!({}), agent("True")),
        Tone::Good,
        "Ready for 4 min.",
        "",
    );
    check_node(
        &node("True", json!({}), agent("False")),
        Tone::Warning,
        "Something is wrong with its network (NetworkingReady=False for 1 min). IPAM-D is not ready.",
        "",
    );
    check_node(
        &node("True", json!({}), agent("Unknown")),
        Tone::Warning,
        "It has the condition NetworkingReady=Unknown for 1 min. IPAM-D is not ready.",
        "",
    );
    let lifecycle = json!([
        {"type": "DrainInProgress", "status": "True", "lastTransitionTime": ago(60), "message": "Kernel update"},
        {"type": "Drained", "status": "False"},
        {"type": "SystemMemoryContentionPressure", "status": "True", "lastTransitionTime": ago(120)},
        {"type": "CperHardwareErrorFatal", "status": "True"},
    ]);
    check_node(
        &node("True", json!({}), lifecycle),
        Tone::Warning,
        "It has the condition CperHardwareErrorFatal.",
        "Its system services wait for memory (SystemMemoryContentionPressure for 2 min). It is being drained (DrainInProgress \
         for 1 min). Kernel update.",
    );
}

#[test]
fn taints_and_deletion_of_a_node_are_told() {
    let node = |metadata: Value, spec: Value| {
        let ready = json!({"type": "Ready", "status": "True", "lastTransitionTime": ago(240)});
        json!({"metadata": patched(json!({"name": "n"}), &metadata), "spec": spec, "status": {"conditions": [ready]}})
    };
    check_node(
        &node(
            json!({"deletionTimestamp": ago(90), "finalizers": ["karpenter.sh/termination"]}),
            json!({}),
        ),
        Tone::Warning,
        "Being deleted for 1 min 30 s. Finalizers that block it: karpenter.sh/termination.",
        "",
    );
    check_node(
        &node(
            json!({}),
            json!({"taints": [
                {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}, {"key": "gpu", "effect": "NoSchedule"},
            ]}),
        ),
        Tone::Warning,
        "It is tainted not-ready (taint node.kubernetes.io/not-ready:NoExecute).",
        "",
    );
}

#[test]
fn whatever_is_sent_is_explained_somehow() {
    for object in [
        json!(null),
        json!([]),
        json!("x"),
        json!({"status": 3, "spec": [], "metadata": "x"}),
    ] {
        assert!(!explain::pod(&object, NOW).title.is_empty());
        assert!(!explain::node(&object, NOW).title.is_empty());
    }
    // Times and numbers at their ends.
    for time in ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"] {
        let mut pod = pod_with(json!({"waiting": {
            "reason": "CrashLoopBackOff", "message": "back-off 9223372036854775807h restarting",
        }}));
        pod["status"]["containerStatuses"][0]["lastState"] =
            json!({"terminated": {"exitCode": -9_223_372_036_854_775_808_i64, "finishedAt": time}});
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(i64::MAX);
        assert!(!explain::pod(&pod, NOW).title.is_empty());
        pod["metadata"]["deletionTimestamp"] = json!(time);
        pod["metadata"]["deletionGracePeriodSeconds"] = json!(i64::MIN);
        assert!(!explain::pod(&pod, NOW).title.is_empty());
    }
}

#[test]
fn the_object_comes_first_then_the_cluster_then_the_error() {
    let object = pod_with(json!({"running": {}}));
    let known = || Some(explain::absent(true));
    let (forbidden, not_found) = (
        ApiError::of_response(403, b"no"),
        ApiError::of_response(404, br#"{"kind":"Status","reason":"NotFound"}"#),
    );
    let subject = |object, known, api_error| explain::subject(true, object, known, api_error, NOW);
    assert_eq!(
        subject(Some(&object), known(), Some(&forbidden)),
        explain::pod(&object, NOW)
    );
    assert_eq!(
        subject(None, Some(explain::unread()), Some(&forbidden)),
        explain::unread()
    );
    assert_eq!(subject(None, None, Some(&not_found)), explain::absent(true));
    let refused = subject(None, None, Some(&forbidden));
    assert_eq!((refused.tone, refused.text), (Tone::Bad, forbidden.words("get pods")));
    assert_eq!(subject(None, None, None), explain::unread());
}
