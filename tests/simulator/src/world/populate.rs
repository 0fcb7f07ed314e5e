//! What is there at the start: nodes in pools and zones, and workloads that have run for a while.
//!
//! Put in without events, as if it had always been there. Pods are placed round robin over the nodes with room, so
//! that 150,000 of them take seconds.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{PodState, World, kubelet, names, workload};
use crate::api::{ApiServer, Object, Resource, Template, format_time};
use crate::quantity;
use crate::sample;

/// A deployment has at most this many pods at the start; where more are needed, there are more deployments.
const REPLICAS_MAX: usize = 60;

/// A node with what is left of it.
struct Room {
    name: String,
    ip: String,
    cpu_millis: i64,
    memory_millis: i64,
    pods: i64,
}

impl World {
    pub(super) fn populate(&mut self, now: Timestamp, api: &mut ApiServer) {
        let created = now - Duration::from_secs(41 * 86_400);
        for name in names::NAMESPACES {
            api.load(created, Resource::Namespaces, sample::namespace(name));
        }
        let mut rooms = self.populate_nodes(now, api);
        if rooms.is_empty() {
            return;
        }
        let mut left = self.options.pods;
        for (namespace, name, image) in names::DAEMONS {
            if left >= rooms.len() * 2 {
                left -= rooms.len();
                self.populate_daemon_set(now, api, &mut rooms, namespace, name, image);
            }
        }
        let mut next = 0;
        for (namespace, name, image, replicas) in names::STATEFUL {
            if left >= 40 {
                left -= replicas;
                self.populate_stateful_set(now, api, &mut rooms, &mut next, (namespace, name, image, replicas));
            }
        }
        self.populate_deployments(now, api, &mut rooms, &mut next, left);
    }

    fn populate_nodes(&mut self, now: Timestamp, api: &mut ApiServer) -> Vec<Room> {
        let total = self.options.nodes;
        let mut rooms = vec![];
        let others: usize = names::POOLS[1..].iter().map(|pool| total * pool.percent / 100).sum();
        for (index, pool) in names::POOLS.iter().enumerate() {
            let many = match index {
                0 => total - others,
                _ => total * pool.percent / 100,
            };
            for number in 0..many {
                let zone = names::ZONES[number % names::ZONES.len()];
                let name = format!("{}-{}-{number:04}", pool.name, zone.rsplit('-').next().unwrap_or(zone));
                let ip = format!("10.{}.{}.{}", 16 + index, number / 250, number % 250 + 1);
                let mut node = sample::node_of(&name, pool.cores, pool.memory_gib);
                let age = Duration::from_secs(self.rng.u64(3_600..40 * 86_400));
                let since = format_time(now - age);
                node["metadata"]["creationTimestamp"] = since.clone().into();
                let labels = &mut node["metadata"]["labels"];
                labels["node.kubernetes.io/instance-type"] = pool.instance_type.into();
                labels["topology.kubernetes.io/region"] = names::REGION.into();
                labels["topology.kubernetes.io/zone"] = zone.into();
                labels["example.com/pool"] = pool.name.into();
                labels[format!("node-role.kubernetes.io/{}", pool.role)] = "".into();
                if pool.role == "spot" {
                    labels["karpenter.sh/capacity-type"] = "spot".into();
                }
                node["status"]["addresses"][0]["address"] = ip.clone().into();
                for condition in node["status"]["conditions"].as_array_mut().into_iter().flatten() {
                    condition["lastTransitionTime"] = since.clone().into();
                    condition["lastHeartbeatTime"] = format_time(now).into();
                }
                let allocatable = |what: &str| {
                    let text = node["status"]["allocatable"][what].as_str();
                    text.and_then(quantity::millis).unwrap_or(0)
                };
                rooms.push(Room {
                    ip,
                    cpu_millis: allocatable("cpu"),
                    memory_millis: allocatable("memory"),
                    pods: allocatable("pods") / 1000,
                    name,
                });
                let node = api.load(now, Resource::Nodes, node);
                self.see_node(now, &node, false);
            }
        }
        rooms
    }

    fn populate_daemon_set(
        &mut self,
        now: Timestamp,
        api: &mut ApiServer,
        rooms: &mut [Room],
        namespace: &str,
        name: &str,
        image: &str,
    ) {
        let created = now - Duration::from_secs(40 * 86_400);
        let labels = json!({"app.kubernetes.io/name": name});
        let template = json!({
            "metadata": {"labels": labels},
            "spec": {
                "containers": [{
                    "name": name, "image": image,
                    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}
                }],
                "tolerations": [{"operator": "Exists"}]
            }
        });
        let set = api.load(
            created,
            Resource::DaemonSets,
            json!({
                "metadata": {"name": name, "namespace": namespace, "labels": labels},
                "spec": {"selector": {"matchLabels": labels}, "template": template}
            }),
        );
        let template = set.value()["spec"]["template"].clone();
        let hash = workload::template_hash(&template);
        let mut pod = workload::pod_of(&set, &template, Some(("controller-revision-hash", &hash)));
        workload::tolerate_everything(&mut pod);
        let mould = Mould::new(now, &pod);
        for room in rooms.iter_mut() {
            let name = self.name(name);
            self.load_running(now, api, room, &mould, &name);
        }
    }

    fn populate_stateful_set(
        &mut self,
        now: Timestamp,
        api: &mut ApiServer,
        rooms: &mut [Room],
        next: &mut usize,
        (namespace, name, image, replicas): (&str, &str, &str, usize),
    ) {
        let created = now - Duration::from_secs(39 * 86_400);
        let labels = json!({"app.kubernetes.io/name": name});
        let set = api.load(
            created,
            Resource::StatefulSets,
            json!({
                "metadata": {"name": name, "namespace": namespace, "labels": labels},
                "spec": {
                    "replicas": replicas, "serviceName": name, "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"containers": [{
                            "name": name, "image": image,
                            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}
                        }]}
                    }
                }
            }),
        );
        let template = set.value()["spec"]["template"].clone();
        let hash = workload::template_hash(&template);
        for ordinal in 0..replicas {
            let mut pod = workload::pod_of(&set, &template, Some(("controller-revision-hash", &hash)));
            let pod_name = format!("{name}-{ordinal}");
            pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] = pod_name.as_str().into();
            pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = ordinal.to_string().into();
            if let Some(room) = find_room(rooms, next, 500, 1 << 30) {
                let mould = Mould::new(now, &pod);
                self.load_running(now, api, room, &mould, &pod_name);
            }
        }
    }

    fn populate_deployments(
        &mut self,
        now: Timestamp,
        api: &mut ApiServer,
        rooms: &mut [Room],
        next: &mut usize,
        pods: usize,
    ) {
        let shares: usize = names::APPS.iter().map(|app| app.share).sum();
        let rounded: usize = names::APPS.iter().map(|app| pods * app.share / shares).sum();
        for (index, app) in names::APPS.iter().enumerate() {
            // What rounding down left over goes to the first.
            let rest = if index == 0 { pods - rounded } else { 0 };
            let mut wanted = pods * app.share / shares + rest;
            let mut number = 0;
            while wanted > 0 {
                let replicas = wanted.min(REPLICAS_MAX);
                wanted -= replicas;
                let name = match number {
                    0 => app.name.to_owned(),
                    _ => format!("{}-{}", app.name, number + 1),
                };
                number += 1;
                self.populate_deployment(now, api, rooms, next, app, &name, replicas);
            }
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "they describe one deployment and where it goes"
    )]
    fn populate_deployment(
        &mut self,
        now: Timestamp,
        api: &mut ApiServer,
        rooms: &mut [Room],
        next: &mut usize,
        app: &names::App,
        name: &str,
        replicas: usize,
    ) {
        let created = now - Duration::from_secs(self.rng.u64(86_400..38 * 86_400));
        let mut value = sample::deployment(app.namespace, name, "", 0);
        let version = format!("1.{}.{}", self.rng.u32(1..40), self.rng.u32(..10));
        value["metadata"]["labels"]["app.kubernetes.io/part-of"] = app.namespace.into();
        value["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
        value["spec"]["replicas"] = replicas.into();
        let spec = &mut value["spec"]["template"]["spec"];
        spec["containers"] = json!([{
            "name": app.name,
            "image": format!("registry.example.com/{}/{}:{version}", app.namespace, app.name),
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "env": [{"name": "LOG_LEVEL", "value": "info"}],
            "resources": {
                "requests": {"cpu": app.cpu, "memory": app.memory}, "limits": {"memory": app.memory}
            },
            "readinessProbe": {
                "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
                "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3
            }
        }]);
        if app.sidecar {
            spec["initContainers"] = json!([
                {"name": "migrate", "image": format!("registry.example.com/{}/migrate:3.1.0", app.namespace)},
                {
                    "name": "proxy", "image": "docker.io/envoyproxy/envoy:v1.33.0", "restartPolicy": "Always",
                    "resources": {"requests": {"cpu": "20m", "memory": "48Mi"}}
                }
            ]);
        }
        let deployment = api.load(created, Resource::Deployments, value);
        self.fleet
            .push((deployment.key(), i64::try_from(replicas).unwrap_or(i64::MAX)));
        let value = deployment.value();
        let hash = workload::template_hash(&value["spec"]["template"]);
        let set = workload::replica_set_of(&deployment, &value, &hash, replicas, 1);
        let set = api.load(created, Resource::ReplicaSets, set);
        let pod = workload::pod_of(&set, &set.value()["spec"]["template"], None);
        let mould = Mould::new(now, &pod);
        let cpu = quantity::millis(app.cpu).unwrap_or(0);
        let memory = quantity::millis(app.memory).unwrap_or(0) / 1000;
        for _ in 0..replicas {
            let Some(room) = find_room(rooms, next, cpu, memory) else {
                // The cluster is full; the replica set will make the rest, and they will wait.
                return;
            };
            let name = self.name(&set.name);
            self.load_running(now, api, room, &mould, &name);
        }
    }

    fn name(&mut self, prefix: &str) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut name = format!("{prefix}-");
        for _ in 0..5 {
            name.push(char::from(ALPHABET[self.rng.usize(..ALPHABET.len())]));
        }
        name
    }

    /// Puts in a pod that has run for a while.
    fn load_running(&mut self, now: Timestamp, api: &mut ApiServer, room: &mut Room, mould: &Mould, name: &str) {
        room.cpu_millis -= mould.calm.1.cpu_millis;
        room.memory_millis -= mould.calm.1.memory_millis;
        room.pods -= 1;
        let created = now - Duration::from_secs(self.rng.u64(600..20 * 86_400));
        let started = created + Duration::from_secs(3);
        let restarted = now - Duration::from_secs(self.rng.u64(300..600));
        let chance = format!("{:032x}", self.rng.u128(..));
        let (template, state) = match self.rng.u32(..12) {
            0 => &mould.restarted,
            _ => &mould.calm,
        };
        let pod = api.load_from(
            template,
            &[
                name,
                &room.name,
                &room.ip,
                &kubelet::pod_ip(&chance),
                &format_time(created),
                &format_time(started),
                &format_time(restarted),
                &chance,
            ],
        );
        let state = PodState {
            uid: pod.uid.clone(),
            node: room.name.as_str().into(),
            created,
            since: now,
            ..state.clone()
        };
        self.adopt(&pod, state);
    }

    /// Workloads that are in trouble from the start, each in another way.
    pub(super) fn populate_troubles(&mut self, now: Timestamp, api: &mut ApiServer) {
        let troubles = [
            (
                "shop",
                "promo-banner",
                "registry.example.com/shop/promo-banner:does-not-exist",
                "100m",
            ),
            (
                "media",
                "transcoder",
                "registry.example.com/media/transcoder-oom:2.0.1",
                "100m",
            ),
            (
                "data",
                "sessionizer",
                "registry.example.com/data/sessionizer-crash:0.9.3",
                "100m",
            ),
            (
                "search",
                "embeddings",
                "registry.example.com/search/embeddings:1.0.0",
                "96",
            ),
        ];
        for (namespace, name, image, cpu) in troubles {
            let mut deployment = sample::deployment(namespace, name, image, 1);
            deployment["spec"]["template"]["spec"]["containers"][0]["resources"] =
                json!({"requests": {"cpu": cpu, "memory": "128Mi"}});
            api.create(now, Resource::Deployments, Some(namespace), deployment)
                .expect("the name is free and the object is whole");
        }
        let mut gated = sample::pod("data", "backfill");
        gated["spec"]["schedulingGates"] = json!([{"name": "example.com/quota"}]);
        let _: std::sync::Arc<Object> = api
            .create(now, Resource::Pods, Some("data"), gated)
            .expect("the name is free and the object is whole");
    }
}

/// Pods that have run for a while, to be put in many times: without and with restarts.
struct Mould {
    calm: (Template, PodState),
    restarted: (Template, PodState),
}

/// What differs between pods of one mould, as gaps of their template.
mod gap {
    pub(super) const NAME: usize = 2;
    pub(super) const NODE: usize = 3;
    pub(super) const HOST_IP: usize = 4;
    pub(super) const POD_IP: usize = 5;
    pub(super) const CREATED: usize = 6;
    pub(super) const STARTED: usize = 7;
    pub(super) const RESTARTED: usize = 8;
    pub(super) const CHANCE: usize = 9;
}

impl Mould {
    fn new(now: Timestamp, pod: &Value) -> Self {
        let make = |restarts: u32| {
            let pod = ApiServer::with_defaults(Resource::Pods, running(pod, restarts));
            let template = Template::new(Resource::Pods, pod.clone());
            let owner = super::controller(&pod);
            let state = super::pod_state(&pod, template.prototype(), owner, now);
            (template, state)
        };
        Self {
            calm: make(0),
            restarted: make(2),
        }
    }
}

/// A pod that runs, with gaps.
fn running(pod: &Value, restarts: u32) -> Value {
    let gap = Template::gap;
    let ended = |at: usize, code: i32, reason: &str| {
        json!({"terminated": {
            "exitCode": code, "reason": reason, "startedAt": gap(gap::STARTED), "finishedAt": gap(at),
            "containerID": format!("containerd://{0}{0}", gap(gap::CHANCE))
        }})
    };
    let statuses = |containers: &Value, init: bool| -> Value {
        let containers = containers.as_array().into_iter().flatten();
        containers
            .map(|container| {
                let image = container["image"].as_str().unwrap_or_default();
                let ends = init && container["restartPolicy"] != "Always";
                let restarts = if init { 0 } else { restarts };
                let since = if restarts > 0 { gap::RESTARTED } else { gap::STARTED };
                let state = match ends {
                    true => ended(gap::STARTED, 0, "Completed"),
                    false => json!({"running": {"startedAt": gap(since)}}),
                };
                let last = match restarts {
                    0 => json!({}),
                    _ => ended(gap::RESTARTED, 137, "OOMKilled"),
                };
                json!({
                    "name": container["name"], "image": image,
                    "imageID": format!("{image}@sha256:{0}{0}", gap(gap::CHANCE)),
                    "containerID": format!("containerd://{0}{0}", gap(gap::CHANCE)), "ready": true, "started": !ends,
                    "restartCount": restarts, "state": state, "lastState": last
                })
            })
            .collect()
    };
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": gap(gap::STARTED)});
    let mut pod = pod.clone();
    let metadata = &mut pod["metadata"];
    metadata["name"] = gap(gap::NAME).into();
    metadata["creationTimestamp"] = gap(gap::CREATED).into();
    pod["spec"]["nodeName"] = gap(gap::NODE).into();
    pod["status"] = json!({
        "phase": "Running",
        "conditions": [
            condition("PodReadyToStartContainers"), condition("Initialized"), condition("Ready"),
            condition("ContainersReady"), condition("PodScheduled")
        ],
        "hostIP": gap(gap::HOST_IP), "hostIPs": [{"ip": gap(gap::HOST_IP)}],
        "podIP": gap(gap::POD_IP), "podIPs": [{"ip": gap(gap::POD_IP)}],
        "startTime": gap(gap::CREATED),
        "containerStatuses": statuses(&pod["spec"]["containers"], false)
    });
    if pod["spec"]["initContainers"].is_array() {
        pod["status"]["initContainerStatuses"] = statuses(&pod["spec"]["initContainers"], true);
    }
    pod
}

/// The next node with room, round robin.
fn find_room<'a>(rooms: &'a mut [Room], next: &mut usize, cpu_millis: i64, memory_bytes: i64) -> Option<&'a mut Room> {
    let fits =
        |room: &Room| room.pods > 0 && room.cpu_millis >= cpu_millis && room.memory_millis >= memory_bytes * 1000;
    let many = rooms.len();
    let found = (0..many)
        .map(|step| (*next + step) % many)
        .find(|index| fits(&rooms[*index]))?;
    *next = found + 1;
    rooms.get_mut(found)
}
