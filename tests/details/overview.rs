//! The overview: what it shows of a pod and of a node.

use std::time::Duration;

use k8bit::{
    limits::{OBJECT_READ_INTERVAL, OBJECT_RETRY_INTERVAL, SIGN_IN_RETRY},
    resource::{Meta, Pod, Resource, ResourceInterner, Timestamp},
    view::{
        Tone,
        api_error::ApiError,
        container::{Role, with_previous_log},
        details::{self, Fact, Overview, is_read_due},
        state::Subject,
    },
};
use serde_json::{Value, json};

fn fact<'f>(facts: &'f [Fact], name: &str) -> Option<&'f str> {
    let fact = facts.iter().find(|fact| fact.name == name)?;
    Some(fact.parts[0].text.as_str())
}

#[track_caller]
fn check(overview: &Overview, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(fact(&overview.facts, name), Some(*value), "{name}");
    }
}

fn pod() -> Value {
    json!({
        "metadata": {"namespace": "shop", "name": "web-1", "labels": {"app": "web", "tier": "front"}},
        "spec": {
            "serviceAccountName": "web", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "priorityClassName": "high", "hostNetwork": true,
            "tolerations": [
                {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"operator": "Exists"},
                {"key": "team", "value": "a"},
            ],
            "initContainers": [{"name": "fetch", "image": "fetch:1"}, {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}],
            "containers": [{
                "name": "web", "image": "web:1",
                "ports": [{"containerPort": 8080, "name": "http"}, {"containerPort": 53, "protocol": "UDP"}],
                "resources": {
                    "requests": {"cpu": "100m", "memory": "128Mi"},
                    "limits": {"memory": "256Mi", "nvidia.com/gpu": "1"},
                },
            }],
        },
        "status": {
            "qosClass": "Burstable", "podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}, {"ip": "fd00::7"}], "hostIP": "192.0.2.4",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "web", "lastTransitionTime": "2026-11-23T08:42:03Z"}],
            "initContainerStatuses": [
                {"name": "fetch", "state": {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": "2026-11-23T08:42:03Z"}}},
                {"name": "proxy", "ready": true, "started": true, "state": {"running": {"startedAt": "2026-11-23T08:42:03Z"}}},
            ],
            "containerStatuses": [{
                "name": "web", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-23T08:43:03Z"}},
            }],
        },
    })
}

#[test]
fn a_pod_has_its_containers_in_the_order_of_their_start() {
    let overview = details::pod(&pod());
    check(
        &overview,
        &[
            ("QoS class", "Burstable"),
            ("Priority class", "high"),
            ("Service account", "web"),
            ("Restart policy", "Always"),
            ("IP", "10.0.0.7, fd00::7"),
            ("Node IP", "192.0.2.4 (the pod's, too)"),
            ("Tolerates", "gpu:NoSchedule, everything, team=a"),
        ],
    );
    assert_eq!(fact(&overview.facts, "Scheduler"), None);
    let [fetch, proxy, web] = &overview.containers[..] else {
        panic!("{:?}", overview.containers)
    };
    assert_eq!(
        (fetch.role, fetch.is_ready, fetch.state.text.as_str()),
        (Role::Init, None, "exit 0, Completed")
    );
    assert_eq!(
        (proxy.role, proxy.is_ready, proxy.state.tone),
        (Role::Sidecar, Some(true), Some(Tone::Good))
    );
    assert_eq!((web.role, web.is_ready, web.restarts), (Role::Main, Some(false), 3));
    assert_eq!(web.state.text, "waiting: CrashLoopBackOff");
    let last = web.last.as_ref().expect("it has run before");
    assert_eq!(
        (last.text.as_str(), last.since),
        ("exit 137, OOMKilled", Some(Timestamp(1_795_423_383)))
    );
    for (name, value) in [
        ("CPU", "requests 100m"),
        ("Memory", "requests 128Mi · limit 256Mi"),
        ("Devices", "nvidia.com/gpu 1"),
        ("Ports", "8080 (http), 53/UDP"),
    ] {
        assert_eq!(fact(&web.facts, name), Some(value));
    }
    assert_eq!(overview.conditions[0].status.tone, Some(Tone::Bad));
    assert_eq!(overview.conditions[0].text, "ContainersNotReady: web");
    assert_eq!(
        overview.labels,
        [("app".into(), "web".into()), ("tier".into(), "front".into())]
    );
}

#[test]
fn a_node_has_what_it_offers() {
    let node = json!({
        "metadata": {"labels": {"kubernetes.io/arch": "amd64"}},
        "spec": {
            "podCIDR": "10.1.0.0/24", "providerID": "kind://x",
            "taints": [{"key": "gpu", "value": "true", "effect": "NoSchedule"}, {"key": "drained", "effect": "NoExecute"}],
        },
        "status": {
            "addresses": [{"type": "InternalIP", "address": "192.0.2.4"}, {"type": "Hostname", "address": "worker-1"}],
            "capacity": {"cpu": "8", "memory": "32890112Ki", "hugepages-2Mi": "0", "pods": "110"},
            "allocatable": {"cpu": "7910m", "memory": "1000Ki", "hugepages-2Mi": "0", "pods": "110"},
            "conditions": [
                {"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}, {"type": "PIDPressure", "status": "True"},
            ],
            "nodeInfo": {"osImage": "Debian", "kernelVersion": "6.12", "containerRuntimeVersion": "containerd://2.1",
                         "operatingSystem": "linux", "architecture": "amd64"},
        },
    });
    let overview = details::node(&node);
    check(
        &overview,
        &[
            ("Internal IP", "192.0.2.4"),
            ("Host name", "worker-1"),
            ("System", "Debian"),
            ("Kernel", "6.12"),
            ("Runtime", "containerd://2.1"),
            ("Platform", "linux/amd64"),
            ("Pod CIDR", "10.1.0.0/24"),
            ("Provider", "kind://x"),
        ],
    );
    let rows: Vec<_> = overview
        .resources
        .iter()
        .map(|row| (row.name.as_str(), row.capacity.as_str(), row.allocatable.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("cpu", "8", "7910m"),
            ("memory", "31.3Gi", "1000Ki"),
            ("pods", "110", "110")
        ]
    );
    assert_eq!(overview.taints, ["gpu=true:NoSchedule", "drained:NoExecute"]);
    let tones: Vec<_> = overview.conditions.iter().map(|row| row.status.tone).collect();
    assert_eq!(tones, [Some(Tone::Good), Some(Tone::Good), Some(Tone::Bad)]);
}

#[test]
fn a_log_of_the_run_before_is_there_only_after_one() {
    let pod = |statuses: Value| {
        json!({
            "spec": {
                "initContainers": [{"name": "proxy", "restartPolicy": "Always"}],
                "containers": [{"name": "web"}, {"name": "metrics"}],
            },
            "status": {"initContainerStatuses": [statuses[0]], "containerStatuses": [statuses[1], statuses[2]]},
        })
    };
    let first = |name: &str| json!({"name": name, "restartCount": 0, "state": {"running": {}}});
    let again = |name: &str| json!({"name": name, "restartCount": 2, "state": {"running": {}}});
    let ended = |name: &str| json!({"name": name, "restartCount": 0, "lastState": {"terminated": {"exitCode": 1}}});
    for (statuses, expected) in [
        (json!([first("proxy"), first("web"), first("metrics")]), None),
        (json!([again("proxy"), first("web"), first("metrics")]), Some("proxy")),
        (json!([again("proxy"), first("web"), again("metrics")]), Some("metrics")),
        (json!([first("proxy"), ended("web"), again("metrics")]), Some("web")),
    ] {
        assert_eq!(with_previous_log(&pod(statuses.clone())), expected, "{statuses}");
    }
}

/// The tones of the conditions, by their types.
fn tones(overview: &Overview) -> Vec<(&str, Tone)> {
    let rows = overview.conditions.iter();
    rows.map(|row| (row.kind.as_str(), row.status.tone.expect("a condition has a tone")))
        .collect()
}

#[test]
fn conditions_are_good_bad_or_neither() {
    let conditions = |list: &[(&str, &str)]| -> Vec<Value> {
        list.iter()
            .map(|(kind, status)| json!({"type": kind, "status": status}))
            .collect()
    };
    let node = |list: &[(&str, &str)]| details::node(&json!({"status": {"conditions": conditions(list)}}));
    assert_eq!(
        tones(&node(&[
            ("Ready", "True"),
            ("KernelReady", "True"),
            ("StorageReady", "True"),
            ("NetworkingReady", "False"),
            ("ContainerRuntimeReady", "Unknown"),
            ("KernelDeadlock", "False"),
            ("ReadonlyFilesystem", "True"),
            ("KubepodsMemoryContentionPressure", "True"),
            ("DrainInProgress", "True"),
            ("Drained", "False"),
            ("MemoryPressure", "Unknown"),
            ("example.com/Blessed", "False"),
        ])),
        [
            ("Ready", Tone::Good),
            ("KernelReady", Tone::Good),
            ("StorageReady", Tone::Good),
            ("NetworkingReady", Tone::Bad),
            ("ContainerRuntimeReady", Tone::Warning),
            ("KernelDeadlock", Tone::Good),
            ("ReadonlyFilesystem", Tone::Bad),
            ("KubepodsMemoryContentionPressure", Tone::Bad),
            ("DrainInProgress", Tone::Warning),
            ("Drained", Tone::Quiet),
            ("MemoryPressure", Tone::Warning),
            ("example.com/Blessed", Tone::Quiet),
        ]
    );
    let list = [
        ("Ready", "False"),
        ("lb.example/registered", "False"),
        ("other.example/seen", "False"),
        ("DisruptionTarget", "True"),
        ("PodResizePending", "True"),
    ];
    let pod = |phase: &str| {
        details::pod(&json!({
            "spec": {"readinessGates": [{"conditionType": "lb.example/registered"}]},
            "status": {"phase": phase, "conditions": conditions(&list)},
        }))
    };
    let running = [Tone::Bad, Tone::Bad, Tone::Quiet, Tone::Bad, Tone::Warning];
    let found: Vec<Tone> = tones(&pod("Running")).into_iter().map(|(_, tone)| tone).collect();
    assert_eq!(found, running);
    // A pod that has ended is not ready, which is as it should be.
    let found = pod("Succeeded");
    assert!(tones(&found).iter().all(|(_, tone)| *tone != Tone::Bad), "{found:?}");
}

#[test]
fn a_resize_shows_what_is_asked_for_allocated_and_there() {
    let resources = |cpu: &str, memory: &str, limit: &str| json!({"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}});
    let pod = json!({
        "spec": {
            "resources": {"requests": {"memory": "64Gi"}, "limits": {"memory": "64Gi"}},
            "containers": [
                {"name": "web", "resources": resources("2", "1Gi", "2Gi")},
                {"name": "same", "resources": resources("500m", "1Gi", "2Gi")},
            ],
        },
        "status": {
            "phase": "Running",
            "allocatedResources": {"memory": "4Gi"},
            "resources": {"requests": {"memory": "4Gi"}, "limits": {"memory": "4Gi"}},
            "containerStatuses": [
                {"name": "web", "allocatedResources": {"cpu": "1", "memory": "1Gi"}, "resources": resources("1", "1Gi", "1Gi")},
                {"name": "same", "allocatedResources": {"cpu": "0.5", "memory": "1024Mi"}, "resources": resources("0.5", "1Gi", "2Gi")},
            ],
        },
    });
    let overview = details::pod(&pod);
    let texts = |facts: &[Fact], name: &str| -> Vec<String> {
        let fact = facts
            .iter()
            .find(|fact| fact.name == name)
            .unwrap_or_else(|| panic!("{name}"));
        fact.parts.iter().map(|part| part.text.clone()).collect()
    };
    let [web, same] = &overview.containers[..] else {
        panic!("{:?}", overview.containers)
    };
    assert_eq!(
        texts(&web.facts, "CPU"),
        ["requests 2", "allocated 1", "actual requests 1"]
    );
    assert_eq!(
        texts(&web.facts, "Memory"),
        ["requests 1Gi · limit 2Gi", "actual requests 1Gi · limit 1Gi"]
    );
    // The same amount in other words is the same amount.
    assert_eq!(texts(&same.facts, "CPU"), ["requests 500m"]);
    assert_eq!(texts(&same.facts, "Memory"), ["requests 1Gi · limit 2Gi"]);
    assert_eq!(
        texts(&overview.facts, "Pod memory"),
        [
            "requests 64Gi · limit 64Gi",
            "allocated 4Gi",
            "actual requests 4Gi · limit 4Gi"
        ]
    );
    assert_eq!(fact(&overview.facts, "Pod CPU"), None);
}

#[test]
fn how_a_sidecar_ends_does_not_count_at_the_end_of_its_pod() {
    let pod = |phase: &str| {
        details::pod(&json!({
            "spec": {
                "initContainers": [{"name": "proxy", "restartPolicy": "Always"}],
                "containers": [{"name": "main"}, {"name": "old"}],
            },
            "status": {
                "phase": phase,
                "initContainerStatuses": [{"name": "proxy", "state": {"terminated": {"exitCode": 137, "reason": "Error"}}}],
                "containerStatuses": [
                    {"name": "main", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}},
                    {"name": "old", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
                ],
            },
        }))
    };
    for (phase, expected) in [
        ("Failed", [Tone::Quiet, Tone::Bad, Tone::Quiet]),
        ("Running", [Tone::Bad, Tone::Bad, Tone::Bad]),
    ] {
        let overview = pod(phase);
        let tones: Vec<_> = overview.containers.iter().filter_map(|card| card.state.tone).collect();
        assert_eq!(tones, expected, "{phase}");
        // Of one that has ended for good, nobody waits for readiness.
        let is_ready = overview.containers.iter().any(|card| card.is_ready.is_some());
        assert_eq!(is_ready, phase == "Running");
    }
}

#[test]
fn an_address_leads_to_objects_alone() {
    for (subject, expected) in [
        ("pod:shop/web-1", Some("api/v1/namespaces/shop/pods/web-1")),
        ("node:worker-1.example", Some("api/v1/nodes/worker-1.example")),
        ("pod:shop/..", None),
        ("pod:shop/web?watch=1", None),
        ("pod:../web", None),
        ("pod:shop/web/log", None),
        ("pod:Shop/web", None),
        ("pod:shop/-web", None),
        ("node:..", None),
        ("node:--selector=kubernetes.io/os=linux", None),
        ("node:a b", None),
    ] {
        let subject = Subject::parse(subject).expect("it is written like a subject");
        let path = details::path(&subject).ok().map(|path| path.to_string());
        assert_eq!(path.as_deref(), expected);
    }
}

/// What the picture knows of a pod of this version.
fn meta(version: &str) -> Meta {
    let pod = json!({"metadata": {"namespace": "shop", "name": "web-1", "resourceVersion": version}}).to_string();
    let pod = Pod::decode(pod.as_bytes(), &mut ResourceInterner::default()).expect("a pod");
    pod.meta
}

#[test]
fn an_object_is_read_once_and_again_when_the_picture_knows_another_version() {
    let read = |version: &str| Some(details::version(&json!({"metadata": {"resourceVersion": version}})));
    assert!(is_read_due(None, None, None, Duration::ZERO));
    assert!(!is_read_due(read("7"), None, Some(&meta("7")), OBJECT_READ_INTERVAL));
    assert!(is_read_due(read("7"), None, Some(&meta("8")), OBJECT_READ_INTERVAL));
    assert!(!is_read_due(
        read("7"),
        None,
        Some(&meta("8")),
        OBJECT_READ_INTERVAL - Duration::from_millis(1)
    ));
    assert!(!is_read_due(read("7"), None, None, OBJECT_READ_INTERVAL));
}

#[test]
fn what_was_refused_is_asked_for_again_while_that_may_help() {
    let (forbidden, busy) = (ApiError::of_response(403, b"no"), ApiError::of_response(503, b""));
    let is_due = |api_error, meta: Option<&Meta>, waited| is_read_due(None, Some(api_error), meta, waited);
    assert!(is_due(&busy, None, OBJECT_RETRY_INTERVAL));
    assert!(!is_due(&busy, None, Duration::ZERO));
    // Nothing tells that there is such a pod.
    assert!(!is_due(&forbidden, None, SIGN_IN_RETRY));
    assert!(is_due(&forbidden, Some(&meta("7")), OBJECT_RETRY_INTERVAL));
}
