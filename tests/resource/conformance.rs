//! The projections keep what the full types of the API hold of every field that is shown.

use std::collections::BTreeMap;

use k8bit::resource::{
    Amounts, Meta, Node, Owner, Pod, QosClass, Resource, Timestamp, Uid, node::NodeHealth, status::Family,
};
use k8s_openapi::{
    api::core::v1 as api,
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{ObjectMeta, OwnerReference, Time},
    },
    jiff,
};

use crate::{decode, fixture, items};

fn seconds(second: i64) -> Option<Time> {
    Some(Time(jiff::Timestamp::from_second(second).unwrap()))
}

fn some<T: From<&'static str>>(text: &'static str) -> Option<T> {
    Some(text.into())
}

fn metadata(name: &'static str) -> ObjectMeta {
    ObjectMeta {
        name: some(name),
        uid: some("0c1a72e8-6dc6-4ed0-b068-6c35209896fe"),
        resource_version: some("65053"),
        creation_timestamp: seconds(1_000),
        labels: Some(BTreeMap::from([("app".into(), "web".into())])),
        annotations: Some(BTreeMap::from([("note".into(), "naïve \"café\" \n".into())])),
        ..ObjectMeta::default()
    }
}

fn check_meta(meta: &Meta, full: &ObjectMeta) {
    assert_eq!(meta.key.name.as_str(), full.name.as_deref().unwrap());
    assert_eq!(&*meta.key.namespace, full.namespace.as_deref().unwrap_or(""));
    assert_eq!(meta.uid.to_string(), full.uid.as_deref().unwrap_or(""));
    assert_eq!(
        meta.resource_version.as_ref().map(|version| version.as_str()),
        full.resource_version.as_deref()
    );
}

fn stamp(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|Time(time)| Timestamp(time.as_second()))
}

/// What needs no rule of kubectl: each field against its source.
fn check_pod(pod: &Pod, full: &api::Pod) {
    check_meta(&pod.meta, &full.metadata);
    let spec = full.spec.as_ref().unwrap();
    assert_eq!(pod.node.as_deref(), spec.node_name.as_deref());
    assert_eq!(pod.created, stamp(full.metadata.creation_timestamp.as_ref()));
    assert_eq!(pod.deleted, stamp(full.metadata.deletion_timestamp.as_ref()));

    let mut owners = full.metadata.owner_references.iter().flatten();
    let controller = owners.find(|owner| owner.controller == Some(true));
    assert_eq!(
        pod.owner().map(|owner| (&*owner.kind, &*owner.name)),
        controller.map(|owner| (&*owner.kind, &*owner.name))
    );

    let labels: Vec<_> = pod
        .template
        .labels
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    let full_labels = full.metadata.labels.iter().flatten();
    assert_eq!(
        labels,
        full_labels.map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>()
    );
    let all_containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    for image in all_containers.filter_map(|container| container.image.as_deref()) {
        assert!(pod.template.images.iter().any(|known| &**known == image), "{image}");
    }

    let init_containers = spec.init_containers.iter().flatten();
    let sidecars = init_containers.filter(|container| container.restart_policy.as_deref() == Some("Always"));
    assert_eq!(
        usize::from(pod.status.containers),
        spec.containers.len() + sidecars.count()
    );

    let status = full.status.as_ref().unwrap();
    let ips: Vec<String> = pod.ips.iter().map(|ip| ip.to_string()).collect();
    let pod_ips = status.pod_ips.iter().flatten().map(|it| it.ip.clone());
    assert_eq!(ips, pod_ips.collect::<Vec<_>>());
    assert_eq!(ips.first().map(String::as_str), status.pod_ip.as_deref());
    assert_eq!(pod.template.qos.map(QosClass::as_str), status.qos_class.as_deref());
    if status.message.is_some() {
        assert_eq!(pod.message.as_deref(), status.message.as_deref());
    }
}

#[test]
fn every_field_of_a_pod_that_is_shown() {
    let terminated = |exit_code, second| api::ContainerStateTerminated {
        exit_code,
        finished_at: seconds(second),
        reason: some("Error"),
        message: some("panicked"),
        signal: Some(6),
        ..api::ContainerStateTerminated::default()
    };
    let status = |name: &str, started, ready, restart_count, state| api::ContainerStatus {
        name: name.to_owned(),
        ready,
        restart_count,
        started: Some(started),
        state: Some(state),
        last_state: Some(api::ContainerState {
            terminated: Some(terminated(1, 2_000 + i64::from(restart_count))),
            ..api::ContainerState::default()
        }),
        ..api::ContainerStatus::default()
    };
    let running = || api::ContainerState {
        running: Some(api::ContainerStateRunning {
            started_at: seconds(1_500),
        }),
        ..api::ContainerState::default()
    };
    let condition = |kind: &str, status: &str| api::PodCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: some("Reason"),
        message: some("message of a condition"),
        last_transition_time: seconds(1_200),
        ..api::PodCondition::default()
    };
    let container = |name: &str, restart_policy: Option<&str>| api::Container {
        name: name.to_owned(),
        image: some("nginx:1.29"),
        restart_policy: restart_policy.map(str::to_owned),
        ..api::Container::default()
    };
    let full = api::Pod {
        metadata: ObjectMeta {
            namespace: some("demo"),
            owner_references: Some(vec![
                OwnerReference {
                    kind: "Team".into(),
                    name: "payments".into(),
                    ..OwnerReference::default()
                },
                OwnerReference {
                    api_version: "apps/v1".into(),
                    kind: "ReplicaSet".into(),
                    name: "web-5d4".into(),
                    controller: Some(true),
                    ..OwnerReference::default()
                },
            ]),
            ..metadata("web-5d4-x7x")
        },
        spec: Some(api::PodSpec {
            node_name: some("node-1"),
            init_containers: Some(vec![container("setup", None), container("proxy", Some("Always"))]),
            containers: vec![container("web", None), container("metrics", None)],
            ..api::PodSpec::default()
        }),
        status: Some(api::PodStatus {
            phase: some("Running"),
            conditions: Some(vec![
                condition("PodScheduled", "True"),
                condition("Initialized", "True"),
                condition("Ready", "False"),
            ]),
            pod_ip: some("10.244.7.19"),
            pod_ips: Some(
                ["10.244.7.19", "fd00:10:244:7::13"]
                    .map(|ip| api::PodIP { ip: ip.to_owned() })
                    .to_vec(),
            ),
            qos_class: some("Burstable"),
            init_container_statuses: Some(vec![
                status(
                    "setup",
                    false,
                    true,
                    7,
                    api::ContainerState {
                        terminated: Some(terminated(0, 1_100)),
                        ..api::ContainerState::default()
                    },
                ),
                status("proxy", true, true, 4, running()),
            ]),
            container_statuses: Some(vec![
                status(
                    "web",
                    false,
                    false,
                    3,
                    api::ContainerState {
                        waiting: Some(api::ContainerStateWaiting {
                            reason: some("CrashLoopBackOff"),
                            message: some("back-off 1m20s restarting \"web\""),
                        }),
                        ..api::ContainerState::default()
                    },
                ),
                status("metrics", true, true, 0, running()),
            ]),
            ..api::PodStatus::default()
        }),
    };

    let json = serde_json::to_string(&full).unwrap();
    let pod: Pod = decode(&json).unwrap();
    check_pod(&pod, &full);
    assert!(matches!(pod.meta.uid, Uid::Uuid(_)));
    assert_eq!(
        pod.owner(),
        Some(&Owner {
            api_version: "apps/v1".into(),
            kind: "ReplicaSet".into(),
            name: "web-5d4".into()
        })
    );
    assert_eq!(pod.status.text.as_str(), "CrashLoopBackOff");
    assert_eq!(pod.status.ready_column(), "2/3");
    assert_eq!(
        (pod.status.restarts, pod.status.last_restart),
        (7, Some(Timestamp(2_004)))
    );
    assert_eq!(pod.status.family, Family::Failing);
    assert_eq!(pod.message.as_deref(), Some("back-off 1m20s restarting \"web\""));

    let evicted = api::Pod {
        metadata: ObjectMeta {
            deletion_timestamp: seconds(3_000),
            ..full.metadata
        },
        status: Some(api::PodStatus {
            phase: some("Failed"),
            reason: some("Evicted"),
            pod_ip: some("10.244.7.19"),
            pod_ips: Some(vec![api::PodIP {
                ip: "10.244.7.19".into(),
            }]),
            message: some("The node was low on resource: memory."),
            ..api::PodStatus::default()
        }),
        ..full
    };
    let pod: Pod = decode(&serde_json::to_string(&evicted).unwrap()).unwrap();
    check_pod(&pod, &evicted);
    assert_eq!(
        (pod.status.text.as_str(), pod.status.family),
        ("Evicted", Family::Failing)
    );
}

#[test]
fn every_field_of_a_node_that_is_shown() {
    let condition = |kind: &str, status: &str| api::NodeCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        last_transition_time: seconds(2_000),
        ..api::NodeCondition::default()
    };
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let taint = |key: &str, value: &'static str, effect: &str| api::Taint {
        key: key.to_owned(),
        value: some(value),
        effect: effect.to_owned(),
        ..api::Taint::default()
    };
    let full = api::Node {
        metadata: ObjectMeta {
            labels: Some(BTreeMap::from([
                label("topology.kubernetes.io/zone", "eu-1a"),
                label("node.kubernetes.io/instance-type", "m5.large"),
                label("node-role.kubernetes.io/worker", ""),
                label("kubernetes.io/role", "edge"),
            ])),
            ..metadata("node-1")
        },
        spec: Some(api::NodeSpec {
            unschedulable: Some(true),
            taints: Some(vec![
                taint("node.kubernetes.io/unschedulable", "", "NoSchedule"),
                taint("dedicated", "gpu", "NoExecute"),
                taint("spot", "", "PreferNoSchedule"),
            ]),
            ..api::NodeSpec::default()
        }),
        status: Some(api::NodeStatus {
            allocatable: Some(BTreeMap::from([
                ("pods".into(), Quantity("110".into())),
                ("cpu".into(), Quantity("15800m".into())),
                ("memory".into(), Quantity("60Gi".into())),
            ])),
            conditions: Some(vec![
                condition("DiskPressure", "True"),
                condition("MemoryPressure", "False"),
                condition("Ready", "False"),
            ]),
            node_info: Some(api::NodeSystemInfo {
                kubelet_version: "v1.36.2".into(),
                ..api::NodeSystemInfo::default()
            }),
            ..api::NodeStatus::default()
        }),
    };

    let node: Node = decode(&serde_json::to_string(&full).unwrap()).unwrap();
    check_meta(&node.meta, &full.metadata);
    assert_eq!(node.created, stamp(full.metadata.creation_timestamp.as_ref()));
    assert_eq!(
        (node.status.as_str(), node.health),
        ("NotReady,SchedulingDisabled", NodeHealth::NotReady)
    );
    assert!(node.cordoned);
    assert_eq!(node.roles, ["edge".into(), "worker".into()]);
    assert_eq!(node.allocatable_pods, Some(110));
    assert_eq!(
        node.allocatable,
        Amounts {
            cpu_millis: 15_800,
            memory_bytes: 60 << 30
        }
    );
    assert_eq!(node.labels.get("kubernetes.io/role").map(|role| &**role), Some("edge"));
    assert_eq!(node.labels.len(), 4);
    let taints: Vec<_> = node.taints.iter().map(ToString::to_string).collect();
    assert_eq!(taints, ["dedicated=gpu:NoExecute", "spot:PreferNoSchedule"]);
    assert_eq!(
        (node.troubles.as_slice(), node.notices.len()),
        (&["DiskPressure".into()][..], 0)
    );
    assert_eq!(node.deleted, None);
    assert_eq!(node.health_since, Some(Timestamp(2_000)));
    assert_eq!(node.zone.as_deref(), Some("eu-1a"));
    assert_eq!(node.instance_type.as_deref(), Some("m5.large"));
    assert_eq!(node.version.as_deref(), Some("v1.36.2"));
}

#[test]
fn recorded_pods_and_nodes() {
    for list in ["status-zoo/list.json", "list-demo.json"] {
        for item in items(&fixture(list)) {
            let full: api::Pod = serde_json::from_str(item.get()).unwrap();
            let pod: Pod = decode(item.get()).unwrap();
            check_pod(&pod, &full);
            // The full type writes more keys, in another order.
            assert_eq!(decode::<Pod>(&serde_json::to_string(&full).unwrap()).unwrap(), pod);
        }
    }
    for item in items(&fixture("list-nodes-page-1.json")) {
        let full: api::Node = serde_json::from_str(item.get()).unwrap();
        let node: Node = decode(item.get()).unwrap();
        check_meta(node.meta(), &full.metadata);
        assert_eq!(decode::<Node>(&serde_json::to_string(&full).unwrap()).unwrap(), node);
    }
}
