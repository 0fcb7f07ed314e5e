//! The world, on virtual time: what people do to it, what it does by itself, and that a seed replays it.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use k8bit_simulator::api::{ApiOptions, DeleteOptions, Part, Payload, Resource, summarise_pod};
use k8bit_simulator::sample;
use k8bit_simulator::world::{World, WorldOptions};
use serde_json::Value;

use crate::support::Sim;

struct Cluster {
    sim: Sim,
    world: World,
}

impl Cluster {
    /// A world in which nothing happens by itself.
    fn quiet(nodes: usize) -> Self {
        Self::new(WorldOptions {
            nodes,
            pods: 0,
            churn: 0.0,
            troubles: false,
            ..WorldOptions::default()
        })
    }

    fn new(options: WorldOptions) -> Self {
        let mut sim = Sim::new(ApiOptions {
            seed: options.seed,
            ..ApiOptions::default()
        });
        let world = World::new(sim.now, options, &mut sim.api);
        Self { sim, world }
    }

    /// Lets time pass, stopping wherever something is to be done.
    fn run(&mut self, seconds: u64) {
        let end = self.sim.now + Duration::from_secs(seconds);
        loop {
            self.sim.api.step(self.sim.now);
            self.world.step(self.sim.now, &mut self.sim.api);
            let next = [self.world.next_wakeup(), self.sim.api.next_wakeup()];
            let next = next
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(end)
                .max(self.sim.now + Duration::from_millis(1));
            if next > end {
                break;
            }
            self.sim.now = next;
        }
        self.sim.now = end;
    }

    /// `NAME READY STATUS` of all pods in `default`.
    fn pods(&self) -> Vec<String> {
        self.sim
            .api
            .objects(Resource::Pods)
            .filter(|pod| pod.namespace == "default")
            .map(|pod| {
                let summary = summarise_pod(&pod.value(), self.sim.now);
                format!("{} {} {}", pod.name, summary.ready, summary.status)
            })
            .collect()
    }

    /// Every STATUS that a pod had, in order, each once in a row.
    fn statuses(&self, name: &str, since: u64) -> Vec<String> {
        let mut statuses: Vec<String> = vec![];
        for change in self.sim.api.changes_after(Resource::Pods, since) {
            if change.object.name == name {
                let summary = summarise_pod(&change.object.value(), change.time);
                if statuses.last() != Some(&summary.status) {
                    statuses.push(summary.status);
                }
            }
        }
        statuses
    }

    fn create(&mut self, resource: Resource, object: Value) {
        self.sim.api.create(self.sim.now, resource, None, object).unwrap();
    }

    fn pod_of_image(&mut self, name: &str, image: &str) {
        let mut pod = sample::pod("default", name);
        pod["spec"]["containers"][0]["image"] = image.into();
        self.create(Resource::Pods, pod);
    }
}

#[test]
fn a_pod_lives_and_dies_as_in_a_cluster() {
    let mut cluster = Cluster::quiet(2);
    let since = cluster.sim.api.resource_version();
    cluster.pod_of_image("web", "nginx");
    cluster.run(10);
    assert_eq!(cluster.pods(), ["web 1/1 Running"]);
    let api = &mut cluster.sim.api;
    api.delete(
        cluster.sim.now,
        Resource::Pods,
        "default",
        "web",
        &DeleteOptions::default(),
    )
    .unwrap();
    cluster.run(10);
    assert!(cluster.pods().is_empty());
    let statuses = cluster.statuses("web", since);
    assert_eq!(
        statuses,
        ["Pending", "ContainerCreating", "Running", "Terminating", "Completed"]
    );
}

#[test]
fn images_decide_what_becomes_of_a_pod() {
    for (image, expected) in [
        (
            "nginx:does-not-exist",
            vec!["Pending", "ContainerCreating", "ErrImagePull", "ImagePullBackOff"],
        ),
        ("Nginx", vec!["Pending", "ContainerCreating", "InvalidImageName"]),
        (
            "shop/crash:1",
            vec![
                "Pending",
                "ContainerCreating",
                "Running",
                "Error",
                "Running",
                "Error",
                "CrashLoopBackOff",
            ],
        ),
        (
            "shop/oom:1",
            vec![
                "Pending",
                "ContainerCreating",
                "Running",
                "OOMKilled",
                "Running",
                "OOMKilled",
                "CrashLoopBackOff",
            ],
        ),
    ] {
        let mut cluster = Cluster::quiet(1);
        let since = cluster.sim.api.resource_version();
        cluster.pod_of_image("x", image);
        cluster.run(60);
        let statuses = cluster.statuses("x", since);
        assert!(
            statuses.starts_with(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()),
            "{image}: {statuses:?}"
        );
    }
}

#[test]
fn init_containers_and_sidecars_come_first() {
    let mut cluster = Cluster::quiet(1);
    let since = cluster.sim.api.resource_version();
    let mut pod = sample::pod("default", "x");
    pod["spec"]["initContainers"] = serde_json::json!([
        {"name": "migrate", "image": "migrate:1"},
        {"name": "proxy", "image": "envoy:1", "restartPolicy": "Always"},
        {"name": "warm-up", "image": "warm-up:1"}
    ]);
    cluster.create(Resource::Pods, pod);
    cluster.run(40);
    assert_eq!(cluster.pods(), ["x 2/2 Running"]);
    assert_eq!(
        cluster.statuses("x", since),
        [
            "Pending",
            "Init:0/3",
            "Init:1/3",
            "Init:2/3",
            "PodInitializing",
            "Running"
        ]
    );
}

#[test]
fn a_changed_image_restarts_the_container() {
    let mut cluster = Cluster::quiet(1);
    cluster.pod_of_image("x", "nginx:1");
    cluster.run(10);
    let mut pod = cluster.sim.api.get(Resource::Pods, "default", "x").unwrap().value();
    pod["spec"]["containers"][0]["image"] = "nginx:2".into();
    let now = cluster.sim.now;
    cluster
        .sim
        .api
        .update(now, Resource::Pods, "default", "x", Part::Main, pod)
        .unwrap();
    cluster.run(10);
    let pod = cluster.sim.api.get(Resource::Pods, "default", "x").unwrap().value();
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 1);
    assert_eq!(pod["status"]["containerStatuses"][0]["image"], "nginx:2");
    assert_eq!(cluster.pods(), ["x 1/1 Running"]);
}

#[test]
fn pods_that_fit_nowhere_say_why_and_go_when_there_is_room() {
    let mut cluster = Cluster::quiet(3);
    let mut pod = sample::pod("default", "big");
    pod["spec"]["containers"][0]["resources"]["requests"]["memory"] = "100Gi".into();
    cluster.create(Resource::Pods, pod);
    cluster.run(2);
    let pod = cluster.sim.api.get(Resource::Pods, "default", "big").unwrap().value();
    let condition = &pod["status"]["conditions"][0];
    assert_eq!(
        (condition["type"].as_str(), condition["reason"].as_str()),
        (Some("PodScheduled"), Some("Unschedulable"))
    );
    let message = condition["message"].as_str().unwrap();
    assert!(
        message.starts_with("0/3 nodes are available: 3 Insufficient memory."),
        "{message}"
    );
    let told = cluster
        .sim
        .api
        .objects(Resource::Events)
        .any(|event| event.field("reason") == "FailedScheduling" && event.field("involvedObject.name") == "big");
    assert!(told);
    cluster.create(Resource::Nodes, sample::node_of("huge", 64, 512));
    cluster.run(12);
    assert_eq!(cluster.pods(), ["big 1/1 Running"]);
}

#[test]
fn deployments_scale_and_roll() {
    let mut cluster = Cluster::quiet(3);
    cluster.create(
        Resource::Deployments,
        sample::deployment("default", "web", "nginx:1", 4),
    );
    cluster.run(15);
    assert_eq!(cluster.pods().len(), 4);
    let update = |cluster: &mut Cluster, change: &dyn Fn(&mut Value)| {
        let mut value = cluster
            .sim
            .api
            .get(Resource::Deployments, "default", "web")
            .unwrap()
            .value();
        change(&mut value);
        let now = cluster.sim.now;
        cluster
            .sim
            .api
            .update(now, Resource::Deployments, "default", "web", Part::Main, value)
            .unwrap();
    };
    update(&mut cluster, &|value| value["spec"]["replicas"] = 8.into());
    cluster.run(15);
    assert!(
        cluster.pods().iter().all(|pod| pod.ends_with("1/1 Running")),
        "{:?}",
        cluster.pods()
    );
    assert_eq!(cluster.pods().len(), 8);

    update(&mut cluster, &|value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2".into()
    });
    // maxUnavailable and maxSurge are 25 % of 8.
    for _ in 0..300 {
        cluster.run(0);
        cluster.sim.now += Duration::from_millis(200);
        let deployment = cluster
            .sim
            .api
            .get(Resource::Deployments, "default", "web")
            .unwrap()
            .value();
        let ready = deployment["status"]["readyReplicas"].as_u64().unwrap_or(0);
        let all = deployment["status"]["replicas"].as_u64().unwrap_or(0);
        assert!(ready >= 6 && all <= 10, "{ready} ready of {all}");
    }
    let pods: Vec<Value> = cluster.sim.api.objects(Resource::Pods).map(|pod| pod.value()).collect();
    assert_eq!(pods.len(), 8);
    assert!(
        pods.iter()
            .all(|pod| pod["spec"]["containers"][0]["image"] == "nginx:2")
    );
    // Rolling to what does not work stops half-way; going back uses the old set.
    update(&mut cluster, &|value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:missing".into()
    });
    cluster.run(60);
    let running = cluster.pods().iter().filter(|pod| pod.ends_with("1/1 Running")).count();
    assert!(running >= 6 && cluster.pods().len() > running, "{:?}", cluster.pods());
    update(&mut cluster, &|value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2".into()
    });
    cluster.run(60);
    assert_eq!(cluster.pods().len(), 8);
    assert!(
        cluster.pods().iter().all(|pod| pod.ends_with("1/1 Running")),
        "{:?}",
        cluster.pods()
    );
    // Without its deployment, all of it goes.
    let now = cluster.sim.now;
    cluster
        .sim
        .api
        .delete(now, Resource::Deployments, "default", "web", &DeleteOptions::default())
        .unwrap();
    cluster.run(10);
    assert!(cluster.pods().is_empty());
    assert_eq!(cluster.sim.api.objects(Resource::ReplicaSets).len(), 0);
}

#[test]
fn jobs_finish() {
    let mut cluster = Cluster::quiet(1);
    let job = |name: &str, command: &str| {
        serde_json::json!({
            "metadata": {"name": name},
            "spec": {"completions": 2, "backoffLimit": 1, "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "c", "image": "busybox", "command": ["sh", "-c", command]}]
            }}}
        })
    };
    cluster.create(Resource::Jobs, job("good", "sleep 3"));
    cluster.create(Resource::Jobs, job("bad", "exit 3"));
    cluster.run(60);
    let status = |name: &str| cluster.sim.api.get(Resource::Jobs, "default", name).unwrap().value()["status"].clone();
    assert_eq!(status("good")["succeeded"], 2);
    assert_eq!(status("bad")["failed"], 2);
    let ends: Vec<String> = cluster
        .pods()
        .iter()
        .map(|pod| pod.rsplit(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(ends, ["Error", "Error", "Completed", "Completed"]);
}

#[test]
fn pods_on_missing_nodes_are_ghosts_for_a_while() {
    let mut cluster = Cluster::quiet(2);
    cluster.create(Resource::Pods, sample::running_pod("default", "ghost", "nowhere"));
    cluster.run(30);
    assert_eq!(cluster.pods(), ["ghost 1/1 Running"]);
    cluster.run(30);
    assert!(cluster.pods().is_empty());
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed: u64| {
        let mut cluster = Cluster::new(WorldOptions {
            nodes: 6,
            pods: 60,
            churn: 10.0,
            seed,
            ..WorldOptions::default()
        });
        cluster.run(40);
        let mut bytes = vec![];
        for path in [
            "/api/v1/pods",
            "/api/v1/nodes",
            "/api/v1/events",
            "/apis/apps/v1/deployments",
        ] {
            let request = Request::get(path).body(Bytes::new()).unwrap();
            match cluster.sim.api.handle(cluster.sim.now, &request).into_body() {
                Payload::Body(body) => bytes.extend(body.collect()),
                _ => panic!("no list"),
            }
        }
        bytes
    };
    let first = run(7);
    assert!(first == run(7));
    assert!(first != run(8));
}

/// What the conditions of pods say of resizes.
fn resizes(cluster: &Cluster) -> Vec<String> {
    let pods = cluster.sim.api.objects(Resource::Pods);
    let conditions = pods.flat_map(|pod| {
        pod.value()["status"]["conditions"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    });
    conditions
        .filter_map(|condition| {
            let kind = condition["type"].as_str()?.strip_prefix("PodResize")?.to_owned();
            Some(
                format!("{kind} {}", condition["reason"].as_str().unwrap_or_default())
                    .trim_end()
                    .to_owned(),
            )
        })
        .collect()
}

#[test]
fn pods_are_resized_in_place() {
    let mut cluster = Cluster::new(WorldOptions {
        nodes: 12,
        pods: 120,
        churn: 10.0,
        seed: 5,
        troubles: false,
    });
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..150 {
        cluster.run(1);
        seen.extend(resizes(&cluster));
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["InProgress", "Pending Deferred", "Pending Infeasible"]
    );
    let busy: Timestamp = cluster.sim.now;
    cluster.world.set_churn(busy, 0.0);
    cluster.run(120);
    assert_eq!(resizes(&cluster), Vec::<String>::new());
    for pod in cluster.sim.api.objects(Resource::Pods) {
        let value = pod.value();
        let actual = &value["status"]["containerStatuses"][0]["resources"];
        if actual.is_object() {
            assert_eq!(*actual, value["spec"]["containers"][0]["resources"], "{}", pod.name);
        }
    }
}

/// Whatever happens, the world's books agree with the API, and once nothing happens any more all comes to rest.
#[test]
fn a_busy_world_comes_to_rest() {
    let mut cluster = Cluster::new(WorldOptions {
        nodes: 12,
        pods: 60,
        churn: 10.0,
        seed: 3,
        troubles: false,
    });
    cluster.run(60);
    let busy: Timestamp = cluster.sim.now;
    cluster.world.set_churn(busy, 0.0);
    cluster.run(900);
    for deployment in cluster.sim.api.objects(Resource::Deployments) {
        let value = deployment.value();
        let wanted = &value["spec"]["replicas"];
        assert_eq!(&value["status"]["readyReplicas"], wanted, "{}", deployment.name);
        assert_eq!(&value["status"]["updatedReplicas"], wanted, "{}", deployment.name);
    }
    for pod in cluster.sim.api.objects(Resource::Pods) {
        assert!(pod.value()["metadata"]["deletionTimestamp"].is_null(), "{}", pod.name);
    }
    let version = cluster.sim.api.resource_version();
    cluster.run(200);
    let written = cluster.sim.api.resource_version() - version;
    // Nodes report in, and nothing else.
    assert!(written <= 12, "{written} writes in a world at rest");
}
