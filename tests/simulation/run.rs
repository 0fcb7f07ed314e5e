//! One seed, one run: a server that changes, a network that fails, a page that keeps up.

use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;
use k8bit::{
    cluster::Cluster,
    config::Config,
    informer::InitialList,
    limits::{RELIST_INTERVAL, REQUEST_BURST, REQUEST_INTERVAL},
    mirror::{Clock, Mirror, StreamId, Task},
    resource::{Interner, Node, Pod, Resource as _},
};
use k8bit_simulator::{
    api::{ApiOptions, ApiServer, DeleteOptions, Object, Part, PatchKind, Resource, Snapshot, StreamingLists, Window},
    sample,
};
use serde_json::json;

use crate::{
    faults::{Coverage, Faults},
    network::{Delivery, Network},
    truth::{self, Truth},
};

/// How long faults last, in virtual time.
const FAULTY: Duration = Duration::from_secs(600);
/// How long after the last fault the picture may still differ: a silent watch is found when its time is up, and waits
/// that had grown long have to end.
const CONVERGENCE: Duration = Duration::from_secs(900);
/// The same once the history was rewound: an audit notices only while the server's versions are older than ours, and a
/// busy server has overtaken them soon. Then the next planned list repairs.
const CONVERGENCE_AFTER_REWIND: Duration = Duration::from_secs(RELIST_INTERVAL.as_secs() + 600);
/// Far more steps than a run can need: beyond it, something happens without time passing.
const MAX_STEPS: u64 = 200_000;
/// Most pods at a time: enough for several pages, few enough for many seeds.
const MAX_PODS: usize = 40;

pub(crate) struct Run {
    seed: u64,
    now: Duration,
    random: fastrand::Rng,
    api: ApiServer,
    network: Network,
    mirror: Mirror,
    truth: Truth,
    backup: Option<Snapshot>,
    next_write: Duration,
    next_disaster: Duration,
    /// Until when the page is hidden.
    hidden_until: Option<Duration>,
    /// Requests of the last minute, for each informer, without the pages of lists.
    requests: Vec<VecDeque<Duration>>,
    /// The pods were published once: from now on the store is never empty.
    published: bool,
    created: u64,
    steps: u64,
    /// The faults of the seed, for the report; those of the network end before the run does.
    faults: Faults,
}

impl Run {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let epoch: Timestamp = "2026-11-23T08:00:00Z".parse().expect("a time");
        let faults = Faults::of_seed(&mut random);
        let lag = Duration::from_millis(faults.lag_ms);
        let mut api = ApiServer::new(
            epoch,
            ApiOptions {
                seed,
                window: Window {
                    watch_events_min: 5,
                    watch_events_max: 60,
                    watch_age: Duration::from_secs(20),
                    compaction_age: Duration::from_secs(30),
                    ..Window::default()
                },
                bookmark_interval: Duration::from_secs(random.u64(5..90)),
                streaming_lists: [
                    StreamingLists::Supported,
                    StreamingLists::Refused,
                    StreamingLists::Ignored,
                ][random.usize(0..3)],
                replica_lags: vec![Duration::ZERO, lag],
                ..ApiOptions::default()
            },
        );
        for number in 0..3 {
            api.load(epoch, Resource::Nodes, sample::node(&format!("node-{number}")));
        }
        for number in 0..5 {
            api.load(
                epoch,
                Resource::Pods,
                sample::running_pod("demo", &format!("pod-{number}"), "node-1"),
            );
        }
        let initial = [InitialList::Unlimited, InitialList::Pages(3), InitialList::Stream][random.usize(0..3)];
        let namespaces = if random.u8(0..4) == 0 {
            vec!["demo".into(), "shop".into()]
        } else {
            Vec::new()
        };
        let config = Config {
            initial,
            namespaces,
            ..Config::default()
        };
        let streams = 1 + config.namespaces.len().max(1);
        Self {
            seed,
            now: Duration::from_millis(1),
            api,
            network: Network::new(faults.clone(), epoch, random.u64(..)),
            mirror: Mirror::new(&config, random.u64(..)),
            random,
            truth: Truth::default(),
            backup: None,
            next_write: Duration::ZERO,
            next_disaster: Duration::from_secs(1),
            hidden_until: None,
            requests: vec![VecDeque::new(); streams],
            published: false,
            created: 5,
            steps: 0,
            faults,
        }
    }

    /// Runs to the end. Panics with what went wrong and how to see it again.
    pub(crate) fn finish(mut self) -> Coverage {
        self.truth.record(&self.api);
        if self.network.faults.lag_ms > 0 {
            self.network.coverage.count("lagging replica");
        }
        if self.network.faults.piece_bytes == 1 {
            self.network.coverage.count("pieces of one byte");
        }
        self.drive(|mirror, clock, tasks| mirror.resume(clock, tasks));
        while self.now < FAULTY {
            self.step(FAULTY);
        }
        self.end_faults();
        self.converge();
        // Converged is not enough: it must go on.
        self.create_pod("demo", "after-the-storm");
        self.converge();
        self.check_cluster();
        self.network.coverage
    }

    fn converge(&mut self) {
        let rewound = self.network.coverage.get("history rewound") > 0;
        let deadline = self.now + if rewound { CONVERGENCE_AFTER_REWIND } else { CONVERGENCE };
        while let Some(difference) = self.difference() {
            assert!(
                self.now < deadline,
                "{}",
                self.failure(&format!("no convergence: {difference}"))
            );
            self.step(deadline);
        }
    }

    fn failure(&self, what: &str) -> String {
        format!(
            "seed {} at {:?}: {what}\n  {:?}\n  nodes: {:?} at {:?}, server at {}\n  replay with: make simulate SEED={}",
            self.seed,
            self.now,
            self.faults,
            self.mirror.node_informer().counters(),
            self.mirror.node_informer().resource_version(),
            self.api.resource_version(),
            self.seed
        )
    }

    fn clock(&self) -> Clock {
        Clock {
            monotonic: self.now,
            wall: k8bit::resource::Timestamp(self.network.time(self.now).as_second()),
        }
    }

    /// The next thing happens, `until` at the latest.
    fn step(&mut self, until: Duration) {
        let now = self.now;
        self.steps += 1;
        assert!(self.steps < MAX_STEPS, "{}", self.failure("time stands still"));
        let next = [
            self.mirror.next_timeout().filter(|_| self.hidden_until.is_none()),
            self.network.next_event(&self.api, now),
            self.api
                .next_wakeup()
                .map(|at| Duration::try_from(at.duration_since(self.network.time(Duration::ZERO))).unwrap_or(now)),
            (now < FAULTY).then_some(self.next_write.min(self.next_disaster)),
            self.hidden_until,
            Some(until),
        ];
        self.now = next.into_iter().flatten().min().unwrap_or(until).clamp(now, until);
        if self.now < FAULTY {
            self.write();
            self.strike();
        }
        self.api.step(self.network.time(self.now));
        self.truth.record(&self.api);
        self.network.poll_watches(&mut self.api, self.now);
        if self.hidden_until.is_some_and(|until| until <= self.now) {
            self.hidden_until = None;
            self.drive(|mirror, clock, tasks| mirror.resume(clock, tasks));
        }
        if self.hidden_until.is_none() {
            self.drive(|mirror, clock, tasks| mirror.handle_timeout(clock, tasks));
            while let Some((stream, attempt, delivery)) = self.network.poll(self.now) {
                self.drive(|mirror, clock, tasks| match delivery {
                    Delivery::Head(head) => mirror.handle_response(clock, stream, attempt, head, tasks),
                    Delivery::Body(bytes) => mirror.handle_body(clock, stream, attempt, &bytes, tasks),
                    Delivery::End(end) => mirror.handle_end(clock, stream, attempt, end, tasks),
                });
            }
        }
        self.check();
        if self.now == now && self.network.next_event(&self.api, now).is_some_and(|at| at <= now) {
            self.now += Duration::from_millis(1);
        }
    }

    fn drive(&mut self, happen: impl FnOnce(&mut Mirror, Clock, &mut Vec<Task>)) {
        let mut tasks = Vec::new();
        let clock = self.clock();
        happen(&mut self.mirror, clock, &mut tasks);
        let is_new = !tasks.is_empty();
        for task in tasks {
            match task {
                Task::Send(stream, request) => {
                    if !request.url.contains("continue=") {
                        self.count_request(stream);
                    }
                    self.network.send(&mut self.api, self.now, stream, &request);
                }
                Task::Abort(stream, attempt) => self.network.abort(&mut self.api, stream, attempt),
            }
        }
        if is_new {
            // What the server has to say at once.
            self.network.poll_watches(&mut self.api, self.now);
        }
    }

    // The cluster.

    fn write(&mut self) {
        if self.now < self.next_write {
            return;
        }
        self.next_write = self.now + Duration::from_millis(self.random.u64(10..4_000));
        for _ in 0..self.random.u8(1..6) {
            self.write_once();
        }
    }

    fn write_once(&mut self) {
        let time = self.network.time(self.now);
        let pods: Vec<_> = self.api.objects(Resource::Pods).cloned().collect();
        // What is being deleted goes by itself; the last of the others stay, so that an empty store is always a lie.
        let staying = pods
            .iter()
            .filter(|pod| pod.value()["metadata"]["deletionTimestamp"].is_null())
            .count();
        let some_pod = |random: &mut fastrand::Rng| pods[random.usize(..pods.len())].clone();
        match self.random.u8(0..10) {
            0..=3 if pods.len() < MAX_PODS => {
                let namespace = if self.random.bool() { "demo" } else { "shop" };
                // Names are used again: another object under the same name.
                let name = format!("pod-{}", self.random.u8(0..30));
                self.create_pod(namespace, &name);
            }
            4..=6 => {
                let pod = some_pod(&mut self.random);
                let phase = ["Pending", "Running", "Failed", "Succeeded"][self.random.usize(0..4)];
                let patch = json!({"status": {"phase": phase, "message": "Grün ☸ 🦀"}});
                self.patch(time, Resource::Pods, &pod, &patch);
            }
            7..=8 if staying > 3 => {
                let pod = some_pod(&mut self.random);
                let options = DeleteOptions {
                    grace_period_seconds: Some(self.random.i64(0..3)),
                    ..DeleteOptions::default()
                };
                let _ = self
                    .api
                    .delete(time, Resource::Pods, &pod.namespace, &pod.name, &options);
            }
            _ => self.write_node(time),
        }
    }

    fn create_pod(&mut self, namespace: &str, name: &str) {
        self.created += 1;
        let node = format!("node-{}", self.random.u8(0..5));
        let time = self.network.time(self.now);
        // Refused while another pod has the name.
        let pod = sample::running_pod(namespace, name, &node);
        let _ = self.api.create(time, Resource::Pods, Some(namespace), pod);
    }

    fn patch(&mut self, time: Timestamp, resource: Resource, object: &Object, patch: &serde_json::Value) {
        let (namespace, name) = (&object.namespace, &object.name);
        // Refused for what is gone meanwhile.
        let _ = self
            .api
            .patch(time, resource, namespace, name, Part::Status, PatchKind::Merge, patch);
    }

    fn write_node(&mut self, time: Timestamp) {
        let name = format!("node-{}", self.random.u8(0..5));
        match self.api.get(Resource::Nodes, "", &name).cloned() {
            None => {
                let _ = self.api.create(time, Resource::Nodes, None, sample::node(&name));
            }
            Some(node) if self.random.u8(0..3) == 0 && self.api.objects(Resource::Nodes).len() > 1 => {
                let _ = self
                    .api
                    .delete(time, Resource::Nodes, "", &node.name, &DeleteOptions::default());
            }
            Some(node) => {
                let status = if self.random.bool() { "True" } else { "False" };
                let patch = json!({"status": {"conditions": [{"type": "Ready", "status": status}]}});
                self.patch(time, Resource::Nodes, &node, &patch);
            }
        }
    }

    // Disasters.

    fn strike(&mut self) {
        if self.now < self.next_disaster {
            return;
        }
        self.next_disaster = self.now + Duration::from_secs(1);
        let faults = self.network.faults.clone();
        if self.backup.is_none() || self.random.u8(0..30) == 0 {
            self.backup = Some(self.api.snapshot());
        }
        let mut happens = |probability: f64, kind: &'static str| {
            let happens = self.random.f64() < probability;
            if happens {
                self.network.coverage.count(kind);
            }
            happens
        };
        if happens(faults.compact, "compaction") {
            self.api.compact();
            self.api.expire_watch_window();
        }
        if happens(faults.expire, "410 in the stream") {
            self.api.expire_open_watches();
        }
        if happens(faults.terminate, "slow watchers terminated") {
            self.api.end_watches();
        }
        if happens(faults.restart, "API server restart") {
            self.api.restart();
        }
        let rewind = happens(faults.rewind, "history rewound");
        let sleep = happens(faults.sleep, "sleep");
        let hide = happens(faults.hide, "page hidden");
        if let Some(backup) = self.backup.as_ref().filter(|_| rewind) {
            self.api.restore(backup);
        }
        if sleep {
            self.network.sleep();
            self.now += Duration::from_secs(self.random.u64(10..400));
            self.now = self.now.min(FAULTY);
            self.truth.record(&self.api);
            if self.hidden_until.is_none() {
                self.drive(|mirror, clock, tasks| mirror.resume(clock, tasks));
            }
        }
        if hide && self.hidden_until.is_none() {
            self.hidden_until = Some(self.now + Duration::from_secs(self.random.u64(1..200)));
            self.drive(|mirror, clock, tasks| mirror.pause(clock, tasks));
        }
    }

    fn end_faults(&mut self) {
        let (latency_ms, piece_bytes) = (self.network.faults.latency_ms, self.network.faults.piece_bytes);
        self.network.faults = Faults {
            latency_ms,
            piece_bytes,
            ..Faults::default()
        };
        self.api.set_options(|options| options.replica_lags.clear());
    }

    // What must hold.

    fn count_request(&mut self, stream: StreamId) {
        let now = self.now;
        let requests = &mut self.requests[stream.0];
        requests.push_back(now);
        requests.retain(|at| *at + Duration::from_secs(60) > now);
        let bound = usize::try_from(60 / REQUEST_INTERVAL.as_secs()).expect("small") + REQUEST_BURST as usize;
        let count = requests.len();
        assert!(
            count <= bound + 1,
            "{}",
            self.failure(&format!("{count} requests in a minute"))
        );
    }

    fn check(&mut self) {
        for pod in self.mirror.pods().sorted() {
            assert!(
                self.truth.knows_pod(pod),
                "{}",
                self.failure(&format!("never true: {pod:?}"))
            );
        }
        for node in self.mirror.nodes().sorted() {
            assert!(
                self.truth.knows_node(node),
                "{}",
                self.failure(&format!("never true: {node:?}"))
            );
        }
        let held = self.mirror.pods().len();
        assert!(held <= 4 * MAX_PODS, "{}", self.failure(&format!("{held} pods held")));
        let all_listed = self.mirror.pod_informers().all(k8bit::informer::Informer::is_synced);
        assert!(
            !(self.published && held == 0),
            "{}",
            self.failure("the picture went empty")
        );
        self.published |= all_listed && held > 0;
        assert!(
            self.network.open() <= self.requests.len(),
            "{}",
            self.failure("more requests open than informers")
        );
    }

    /// In what the picture differs from the truth.
    fn difference(&self) -> Option<String> {
        let mut interner = Interner::default();
        let shown = |namespace: &str| match &self.mirror.pod_informers().next()?.collection().namespace {
            None => Some(()),
            Some(_) => (namespace == "demo" || namespace == "shop").then_some(()),
        };
        let mut pods: Vec<Pod> = self
            .api
            .objects(Resource::Pods)
            .filter(|pod| shown(&pod.namespace).is_some())
            .map(|pod| truth::decode(pod, &mut interner))
            .collect();
        pods.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
        let mut nodes: Vec<Node> = self
            .api
            .objects(Resource::Nodes)
            .map(|node| truth::decode(node, &mut interner))
            .collect();
        nodes.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
        let held: Vec<Pod> = self
            .mirror
            .pods()
            .sorted()
            .into_iter()
            .map(|pod| (**pod).clone())
            .collect();
        let held_nodes: Vec<Node> = self
            .mirror
            .nodes()
            .sorted()
            .into_iter()
            .map(|node| (**node).clone())
            .collect();
        let live = self.mirror.connection(self.clock()).state == k8bit::connection::ConnectionState::Live;
        if held != pods {
            let missing = pods
                .iter()
                .find(|pod| !held.contains(pod))
                .map(|pod| pod.meta().key.to_string());
            let ghost = held
                .iter()
                .find(|pod| !pods.contains(pod))
                .map(|pod| pod.meta().key.to_string());
            return Some(format!("pods: missing {missing:?}, ghost {ghost:?}"));
        }
        if held_nodes != nodes {
            return Some("nodes".into());
        }
        (!live).then(|| format!("not live: {:?}", self.mirror.connection(self.clock())))
    }

    /// The cluster that was kept up event by event is the one that would be built from scratch.
    fn check_cluster(&self) {
        let nodes = self.mirror.nodes().sorted().into_iter().cloned();
        let pods = self.mirror.pods().sorted().into_iter().cloned();
        let rebuilt = Cluster::rebuild(nodes, pods);
        let facts = |cluster: &Cluster| {
            let places: Vec<_> = cluster
                .places()
                .chain([cluster.unscheduled()])
                .map(|entry| {
                    let mut pods: Vec<_> = entry.pods().iter().map(|(_, pod)| pod.meta().key.clone()).collect();
                    pods.sort();
                    // A change of nothing but the version is not handed on.
                    let node = entry
                        .node()
                        .map(|node| (node.status.clone(), node.meta.uid.clone(), node.created));
                    (entry.place().clone(), node, pods)
                })
                .collect();
            let statuses: Vec<_> = cluster
                .statuses()
                .map(|(family, status, count)| (family, status.clone(), count))
                .collect();
            (places, statuses, format!("{:?}", cluster.totals()))
        };
        assert_eq!(
            facts(self.mirror.cluster()),
            facts(&rebuilt),
            "{}",
            self.failure("cluster")
        );
        assert!(self.truth.len() > 0);
    }
}
