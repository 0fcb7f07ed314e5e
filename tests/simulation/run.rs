//! One seed, one run: a server that changes, a network that fails, a page that keeps up.

use std::{collections::VecDeque, mem, sync::Arc, time::Duration};

use jiff::Timestamp;
use k8bit::{
    clock::Moment,
    cluster::Cluster,
    cluster_cache::{Action, ClusterCache, CollectionId},
    config::Config,
    connection::ConnectionState,
    limits::{CLOCK_JUMP, MAX_TRANSITIONS},
    resource::{Node, Pod, Resource as _, ResourceInterner, ResourceVersion},
};
use k8bit_informer::{
    InformerConfig, InitialList,
    api_path::Segment,
    limits::FASTEST_RESTORE,
    request::Request,
    transport::{Carrier, TransportState},
};
use k8bit_simulator::api::{
    ApiOptions, ApiServer, DeleteOptions, Object, Part, PatchKind, Resource, Snapshot, StreamingLists, Window,
};
use serde_json::json;

use crate::{
    faults::{Coverage, Fault, Faults, Way},
    network::{Delivery, Network, Outage},
    seen::Seen,
    truth::{self, Truth},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// How long faults last, in virtual time.
const FAULTY: Duration = Duration::from_secs(600);
/// How long after the last fault the picture may still differ: a silent watch is found when its time is up, and waits
/// that had grown long have to end.
const CONVERGENCE: Duration = Duration::from_secs(900);
/// The same after what leaves no trace. Lost events are found by their count, if the counts differ. After a restore the
/// consistency check finds that the server's versions are older than ours, unless they have overtaken ours by then. Otherwise the
/// next planned list repairs.
const LATE_CONVERGENCE: Duration = Duration::from_secs(InformerConfig::DEFAULT.relist_interval.as_secs() + 600);
/// How long a change may take once the picture was right: a watch that has died by then is found when its time is up.
const FOLLOWING: Duration = Duration::from_secs(300);
/// Far more steps than a run can need: beyond it, something happens without time passing.
const MAX_STEPS: u64 = 200_000;
/// Most pods at a time: enough for several pages, few enough for many seeds.
const MAX_PODS: usize = 40;
/// Objects on a page.
const PAGE: u32 = 3;

/// Why a page does not look after its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    /// It was told to let go.
    Hidden,
    /// It was stopped without a word.
    Frozen,
}

/// Requests of the last minute.
#[derive(Clone, Debug, Default)]
struct Requests {
    /// Pages of lists after the first.
    pages: VecDeque<Duration>,
    others: VecDeque<Duration>,
}

/// What the picture should be.
struct Expected {
    /// As of this version.
    version: u64,
    pods: Vec<Pod>,
    nodes: Vec<Node>,
}

pub(crate) struct Run {
    seed: u64,
    now: Duration,
    random: fastrand::Rng,
    api: ApiServer,
    network: Network,
    cache: ClusterCache,
    truth: Truth,
    backup: Option<Snapshot>,
    next_write: Duration,
    next_disaster: Duration,
    /// Until when nothing gets through.
    outage_until: Option<Duration>,
    /// The API server is down: nothing is written.
    is_server_down: bool,
    /// The page is away, since when and until when.
    away: Option<(Away, Duration, Duration)>,
    /// By how many seconds the wall clock was set.
    wall_offset: i64,
    /// Requests of the last minute, for each informer.
    requests: Vec<Requests>,
    /// How many events the stores had been handed when they were last checked.
    checked: (u64, u64),
    /// The pods as they were then.
    pods: Seen<Pod>,
    /// The nodes as they were then.
    nodes: Seen<Node>,
    /// The pods were published once: from now on the store is never empty.
    published: bool,
    /// The same of the nodes.
    published_nodes: bool,
    /// From which list on each informer knows again what it was not told.
    told_with: Vec<u64>,
    steps: u64,
    /// What happens is printed.
    told: bool,
    /// The faults of the seed, for the report; those of the network end before the run does.
    faults: Faults,
}

impl Run {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let epoch: Timestamp = "2026-11-23T08:00:00Z".parse().expect("a time");
        let faults = Faults::of_seed(seed, &mut random);
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
            api.load(epoch, Resource::Nodes, small_node(&format!("node-{number}")));
        }
        for number in 0..5 {
            api.load(
                epoch,
                Resource::Pods,
                small_pod("demo", &format!("pod-{number}"), "node-1"),
            );
        }
        let initial = [InitialList::Unlimited, InitialList::Pages(PAGE), InitialList::Stream][random.usize(0..3)];
        let namespaces = if random.u8(0..4) == 0 {
            ["demo", "shop"]
                .map(|name| Segment::namespace(name).expect("a namespace"))
                .to_vec()
        } else {
            Vec::new()
        };
        let config = Config {
            initial,
            namespaces,
            ..Config::default()
        };
        let streams = 1 + config.namespaces.len().max(1);
        let network_seed = random.u64(..);
        let mut cache = ClusterCache::new(&config, random.u64(..));
        if faults.way.known {
            cache.set_transport(TransportState::PROMPT);
        }
        Self {
            seed,
            now: Duration::from_millis(1),
            api,
            network: Network::new(faults.clone(), epoch, network_seed),
            cache,
            random,
            truth: Truth::default(),
            backup: None,
            next_write: Duration::ZERO,
            next_disaster: Duration::from_secs(1),
            outage_until: None,
            is_server_down: false,
            away: None,
            wall_offset: 0,
            requests: vec![Requests::default(); streams],
            checked: (0, 0),
            pods: Seen::default(),
            nodes: Seen::default(),
            published: false,
            published_nodes: false,
            told_with: vec![0; streams],
            steps: 0,
            told: false,
            faults,
        }
    }

    /// A quiet cluster and a network without faults, behind this way.
    pub(crate) fn quiet(way: Way) -> Self {
        let mut run = Self::new(0);
        run.faults = Faults {
            latency_ms: 5,
            way,
            ..Faults::default()
        };
        run.network.faults = run.faults.clone();
        run.cache = ClusterCache::new(&Config::default(), 1);
        run.requests = vec![Requests::default(); 2];
        run.told_with = vec![0; 2];
        run.api.set_options(|options| {
            options.bookmark_interval = MINUTE;
            options.replica_lags.clear();
        });
        run.next_write = Duration::MAX;
        run.next_disaster = Duration::MAX;
        run.truth.record(&run.api);
        run.drive(|cache, clock, tasks| cache.resume(clock, tasks));
        run
    }

    /// Goes on for so long. Never may the page have called itself live for longer than `most` with a picture that is older
    /// than the last change; how long it was live at all.
    pub(crate) fn watch_liveness(&mut self, time: Duration, most: Duration) -> Duration {
        let until = self.now + time;
        let (mut live, mut lied) = (Duration::ZERO, Duration::ZERO);
        while self.now < until {
            let (before, is_live) = (self.now, self.is_live());
            let is_right = self.cache.pods().len() == self.api.objects(Resource::Pods).len();
            self.step((before + Duration::from_millis(100)).min(until));
            let passed = self.now - before;
            if is_live {
                live += passed;
            }
            lied = if is_live && !is_right {
                lied + passed
            } else {
                Duration::ZERO
            };
            assert!(
                lied <= most,
                "{}",
                self.failure(&format!("live for {lied:?} with an old picture"))
            );
        }
        live
    }

    /// One more pod.
    pub(crate) fn change(&mut self, name: &str) {
        self.create_pod("demo", name);
    }

    /// From now on no request is answered, and what is open is silent.
    pub(crate) fn fall_silent(&mut self) {
        self.network.faults.hang = 1.0;
        self.network.sleep();
    }

    pub(crate) fn is_live(&self) -> bool {
        self.cache.connection(self.clock()).state == ConnectionState::Live
    }

    /// What is open over each kind of carrier.
    pub(crate) fn carriers(&self) -> Vec<Option<Carrier>> {
        let pods = self.cache.pod_informers().map(k8bit_informer::Informer::carrier);
        std::iter::once(self.cache.node_informer().carrier())
            .chain(pods)
            .collect()
    }

    /// Prints what happens: for a seed that is looked at.
    pub(crate) fn told(mut self) -> Self {
        self.told = true;
        self
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        if self.told {
            println!("{:>9.3} s  {}", self.now.as_secs_f64(), what());
        }
    }

    /// Runs to the end. Panics with what went wrong and how to see it again.
    pub(crate) fn finish(mut self) -> Coverage {
        self.truth.record(&self.api);
        self.drive(|cache, clock, tasks| cache.resume(clock, tasks));
        while self.now < FAULTY {
            self.step(FAULTY);
        }
        self.end_faults();
        let coverage = &self.network.coverage;
        let is_late = coverage.get(Fault::Rewound) > 0 || coverage.get(Fault::Lost) > 0;
        self.converge(if is_late { LATE_CONVERGENCE } else { CONVERGENCE });
        self.network.coverage.converged(self.now - FAULTY);
        // Converged is not enough: it must go on.
        self.create_pod("demo", "after-the-storm");
        self.converge(FOLLOWING);
        self.delete_pod("demo", "after-the-storm", 0);
        self.converge(FOLLOWING);
        self.check_cluster();
        let transitions = self.cache.diagnostics(self.clock()).log.len();
        assert!(transitions <= MAX_TRANSITIONS, "{}", self.failure("a log without end"));
        self.network.coverage
    }

    fn converge(&mut self, limit: Duration) {
        let deadline = self.now + limit;
        let mut expected = self.expected();
        loop {
            if expected.version != self.api.resource_version() {
                expected = self.expected();
            }
            let Some(difference) = self.difference(&expected) else {
                return;
            };
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
            self.cache.node_informer().counters(),
            self.cache.node_informer().resource_version(),
            self.api.resource_version(),
            self.seed
        )
    }

    fn clock(&self) -> Moment {
        let wall = self.network.time(self.now).as_second() + self.wall_offset;
        Moment {
            monotonic: self.now,
            wall: k8bit::resource::Timestamp(wall),
        }
    }

    /// The next thing happens, `until` at the latest.
    fn step(&mut self, until: Duration) {
        let now = self.now;
        self.steps += 1;
        assert!(self.steps < MAX_STEPS, "{}", self.failure("time stands still"));
        let is_here = self.away.is_none();
        let next = [
            self.cache.next_timeout().filter(|_| is_here),
            self.network.next_arrival().filter(|_| is_here),
            self.network.next_watch(&self.api, now),
            self.api.next_wakeup().map(|at| self.network.since_epoch(at)),
            (now < FAULTY).then_some(self.next_write.min(self.next_disaster)),
            self.away.map(|(_, _, until)| until),
        ];
        self.now = next.into_iter().flatten().min().unwrap_or(until).clamp(now, until);
        if self.now < FAULTY {
            self.write();
            self.strike();
        }
        self.api.step(self.network.time(self.now));
        self.truth.record(&self.api);
        self.network.poll_watches(&mut self.api, self.now);
        self.come_back();
        if self.away.is_none() {
            self.drive(|cache, clock, tasks| cache.handle_timeout(clock, tasks));
            while let Some((stream, attempt, delivery)) = self.network.poll(self.now) {
                self.tell(|| format!("{} is sent {delivery:?}", stream.0));
                self.drive(|cache, clock, tasks| match delivery {
                    Delivery::Head(head) => cache.handle_response(clock, stream, attempt, head, tasks),
                    Delivery::Body(bytes) => cache.handle_body(clock, stream, attempt, &bytes, tasks),
                    Delivery::End(end) => cache.handle_end(clock, stream, attempt, end, tasks),
                    Delivery::NoCarrier => cache.handle_no_carrier(clock, stream, attempt, tasks),
                });
            }
        }
        let open = self.network.open();
        // Where nothing is known of the way, a probe runs beside a watch.
        let probes = if self.faults.way.known { 0 } else { self.requests.len() };
        assert!(
            open <= self.requests.len() + probes,
            "{}",
            self.failure(&format!("{open} requests open"))
        );
        if self.now == now && self.network.next_watch(&self.api, now).is_some_and(|at| at <= now) {
            self.now += Duration::from_millis(1);
        }
    }

    fn drive(&mut self, happen: impl FnOnce(&mut ClusterCache, Moment, &mut Vec<Action>)) {
        let mut tasks = Vec::new();
        let clock = self.clock();
        happen(&mut self.cache, clock, &mut tasks);
        let is_new = !tasks.is_empty();
        for task in tasks {
            match task {
                Action::Send(stream, request) => {
                    self.tell(|| format!("{} asks {} ({:?})", stream.0, request.url, request.carrier));
                    self.count_request(stream, &request);
                    self.network.send(&mut self.api, self.now, stream, &request);
                }
                Action::Abort(stream, attempt) => {
                    self.tell(|| format!("{} gives up", stream.0));
                    self.network.abort(&mut self.api, stream, attempt);
                }
            }
        }
        if is_new {
            // What the server has to say at once.
            self.network.poll_watches(&mut self.api, self.now);
        }
        self.check();
    }

    // The cluster.

    fn write(&mut self) {
        if self.now < self.next_write {
            return;
        }
        self.next_write = self.now + Duration::from_millis(self.random.u64(10..4_000));
        if self.is_server_down {
            return;
        }
        for _ in 0..self.random.u8(1..4) {
            self.write_once();
        }
    }

    fn write_once(&mut self) {
        let time = self.network.time(self.now);
        let pods: Vec<Arc<Object>> = self.api.objects(Resource::Pods).cloned().collect();
        let pod = &pods[self.random.usize(..pods.len())];
        match self.random.u8(0..10) {
            0..=3 if pods.len() < MAX_PODS => {
                let namespace = if self.random.bool() { "demo" } else { "shop" };
                // Names are used again: another object under the same name.
                let name = format!("pod-{}", self.random.u8(0..30));
                self.create_pod(namespace, &name);
            }
            4..=6 => {
                let phase = ["Pending", "Running", "Failed", "Succeeded"][self.random.usize(0..4)];
                let patch = json!({"status": {"phase": phase, "message": "Grün ☸ 🦀"}});
                self.patch(time, Resource::Pods, pod, &patch);
            }
            // What is being deleted goes by itself; the last of the others stay, so that an empty store is always a
            // lie.
            7..=8 if pods.iter().filter(|pod| !is_going(pod)).count() > 3 => {
                let grace_period = self.random.i64(0..3);
                self.delete_pod(&pod.namespace, &pod.name, grace_period);
            }
            _ => self.write_node(time),
        }
    }

    fn delete_pod(&mut self, namespace: &str, name: &str, grace_period_seconds: i64) {
        let time = self.network.time(self.now);
        let options = DeleteOptions {
            grace_period_seconds: Some(grace_period_seconds),
            ..DeleteOptions::default()
        };
        // Refused for what is gone meanwhile.
        let _ = self.api.delete(time, Resource::Pods, namespace, name, &options);
    }

    fn create_pod(&mut self, namespace: &str, name: &str) {
        let node = format!("node-{}", self.random.u8(0..5));
        let time = self.network.time(self.now);
        // Refused while another pod has the name.
        let pod = small_pod(namespace, name, &node);
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
                let _ = self.api.create(time, Resource::Nodes, None, small_node(&name));
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
        self.next_disaster = self.now + SECOND;
        if self.outage_until.is_some_and(|until| until <= self.now) {
            self.end_outage();
        }
        if !self.is_server_down && (self.backup.is_none() || self.random.u8(0..30) == 0) {
            self.backup = Some(self.api.snapshot());
        }
        self.strike_server();
        self.strike_page();
    }

    /// Whether something of this probability happens now; counted if it does.
    fn happens(&mut self, probability: f64, fault: Fault) -> bool {
        let happens = self.random.f64() < probability;
        if happens {
            self.tell(|| format!("-- {} (server at {})", fault.name(), self.api.resource_version()));
            self.network.coverage.count(fault);
        }
        happens
    }

    fn strike_server(&mut self) {
        let faults = self.network.faults.clone();
        if self.is_server_down {
            return;
        }
        if self.happens(faults.compact, Fault::Compaction) {
            self.api.compact();
            self.api.expire_watch_window();
        }
        let is_watched = self.network.watches() > 0;
        if is_watched && self.random.f64() < faults.expire {
            self.network.expire(&mut self.api);
        }
        if is_watched && self.happens(faults.terminate, Fault::Terminated) {
            self.api.end_watches();
        }
        if self.happens(faults.restart, Fault::Restart) {
            self.api.restart();
        }
        if is_watched && self.happens(faults.lose, Fault::Lost) {
            self.write_once();
            self.api.lose_events();
            self.leave_untold(0);
        }
        if self.outage_until.is_none() && self.happens(faults.outage, Fault::Outage) {
            // Of the way there, or of the server.
            self.is_server_down = self.random.bool();
            self.begin_outage(SECOND);
        }
        let has_time = self.outage_until.is_none() && self.now + FASTEST_RESTORE < FAULTY;
        if has_time && self.happens(faults.rewind, Fault::Rewound) {
            // All API servers have to be stopped for it.
            self.is_server_down = true;
            if let Some(backup) = &self.backup {
                self.api.restore(backup);
            }
            // Once the versions have overtaken theirs, they cannot know that they missed something.
            self.leave_untold(self.api.resource_version());
            self.begin_outage(FASTEST_RESTORE);
        }
    }

    /// Who has come further than this version does not get to know what happens after it, before the next list. The one
    /// under way may have been answered before.
    fn leave_untold(&mut self, since: u64) {
        let (nodes, pods) = self.cache.resource_versions();
        let pods_listing = self.cache.pod_informers().map(|informer| informer.listing().is_some());
        let listing = std::iter::once(self.cache.node_informer().listing().is_some()).chain(pods_listing);
        let informers = std::iter::once(nodes).chain(pods).zip(listing).zip(self.lists());
        let told_with = |(index, ((version, listing), lists)): (usize, ((Option<&ResourceVersion>, bool), u64))| {
            let has_passed = version.is_none_or(|version| version.as_str().parse().is_ok_and(|it: u64| it > since));
            let is_under_way = listing || self.network.is_awaited(CollectionId(index));
            match has_passed || is_under_way {
                true => lists + 1 + u64::from(is_under_way),
                false => self.told_with[index],
            }
        };
        self.told_with = informers.enumerate().map(told_with).collect();
    }

    fn begin_outage(&mut self, least: Duration) {
        self.outage_until = Some(self.now + least + SECOND * self.random.u32(0..60));
        self.network.outage = Some(match self.random.bool() {
            true => Outage::Unreachable,
            false => Outage::Proxied,
        });
        self.network.break_off(&mut self.api, self.now);
    }

    fn end_outage(&mut self) {
        if self.outage_until.take().is_some() {
            self.tell(|| format!("-- the outage is over (server at {})", self.api.resource_version()));
        }
        self.network.outage = None;
        if mem::take(&mut self.is_server_down) {
            // Whoever asks for what was before the restart is told that it is gone, but for what is in the future.
            self.api.restart();
        }
    }

    fn strike_page(&mut self) {
        let faults = self.network.faults.clone();
        if self.happens(faults.sleep, Fault::Slept) {
            self.network.sleep();
            self.now = (self.now + SECOND * self.random.u32(10..400)).min(FAULTY);
            self.truth.record(&self.api);
            self.resume();
        }
        if self.happens(faults.clock_jump, Fault::ClockJump) {
            let seconds = self.random.i64(-3_600..=3_600);
            self.wall_offset += seconds;
            if seconds > 0 {
                // It cannot be told from sleep.
                self.resume();
            }
        }
        if self.away.is_none() && self.happens(faults.hide, Fault::Hidden) {
            self.drive(|cache, clock, tasks| cache.pause(clock, tasks));
            self.leave(Away::Hidden, 200);
        }
        if self.away.is_none() && self.happens(faults.freeze, Fault::Frozen) {
            self.leave(Away::Frozen, 120);
        }
    }

    fn leave(&mut self, away: Away, most_seconds: u32) {
        let seconds = self.random.u32(1..most_seconds);
        self.away = Some((away, self.now, self.now + SECOND * seconds));
    }

    /// The page doubts its connections, unless nobody looks.
    fn resume(&mut self) {
        if self.away.is_none() {
            self.drive(|cache, clock, tasks| cache.resume(clock, tasks));
        }
    }

    /// The page is looked at again, if it is time.
    fn come_back(&mut self) {
        let Some((away, since, _)) = self.away.take_if(|(_, _, until)| *until <= self.now) else {
            return;
        };
        // A page that was frozen is not told; it notices when its clock is late.
        if away == Away::Hidden || self.now - since >= CLOCK_JUMP {
            self.resume();
        }
    }

    fn end_faults(&mut self) {
        self.network.faults = self.faults.over();
        self.end_outage();
        self.api.set_options(|options| options.replica_lags.clear());
    }

    // What must hold.

    fn count_request(&mut self, stream: CollectionId, request: &Request) {
        let now = self.now;
        let way = self.faults.way;
        let is_none = match request.carrier {
            Carrier::SharedFetch => way.no_streams,
            Carrier::Socket => way.no_sockets,
            Carrier::Fetch => false,
        };
        if is_none {
            // An unavailable carrier is requested once before each available one.
            return;
        }
        let kinds = &mut self.requests[stream.0];
        let is_page = request.url.contains("continue=");
        let recent = if is_page { &mut kinds.pages } else { &mut kinds.others };
        recent.push_back(now);
        while recent.front().is_some_and(|at| *at + MINUTE <= now) {
            recent.pop_front();
        }
        let count = recent.len();
        let bound = (MINUTE.as_secs() / InformerConfig::DEFAULT.request_interval.as_secs()) as usize
            + InformerConfig::DEFAULT.request_burst as usize
            + 1;
        // How many pages a list of all pods has.
        let bound = if is_page {
            bound * MAX_PODS / PAGE as usize
        } else {
            bound
        };
        assert!(
            count <= bound,
            "{}",
            self.failure(&format!("{count} requests in a minute"))
        );
    }

    /// What must hold after everything that happens.
    fn check(&mut self) {
        let handled = (self.cache.pods().handled(), self.cache.nodes().handled());
        if handled == mem::replace(&mut self.checked, handled) {
            return;
        }
        let (pods, nodes) = (self.cache.pods().sorted(), self.cache.nodes().sorted());
        let are_told: Vec<bool> = self
            .lists()
            .zip(&self.told_with)
            .map(|(lists, with)| lists >= *with)
            .collect();
        let all_told = are_told[1..].iter().all(|is_told| *is_told);
        // The parts of a first list are shown as they come: of several tries a later one may know less.
        let all_listed = self.cache.pod_informers().all(k8bit_informer::Informer::is_synced);
        let pods_settled = all_told && all_listed;
        let nodes_settled = are_told[0] && self.cache.node_informer().is_synced();
        let lie = self.pods.lie(&pods, pods_settled, |pod| self.truth.knows_pod(pod));
        let lie = lie.or_else(|| {
            self.nodes
                .lie(&nodes, nodes_settled, |node| self.truth.knows_node(node))
        });
        assert!(lie.is_none(), "{}", self.failure(&lie.unwrap_or_default()));
        let (held, groups) = (pods.len() + nodes.len(), self.cache.pods().capacity());
        assert!(
            held <= 4 * MAX_PODS && groups <= 16 * MAX_PODS,
            "{}",
            self.failure(&format!("{held} objects held, room for {groups} pods"))
        );
        // Whoever was not told of what was created may rightly believe that nothing is left.
        let went_empty =
            self.published_nodes && nodes.is_empty() && are_told[0] || self.published && pods.is_empty() && all_told;
        assert!(!went_empty, "{}", self.failure("the picture went empty"));
        self.published |= all_listed && !pods.is_empty();
        self.published_nodes |= !nodes.is_empty();
        self.pods.see(&pods, pods_settled);
        self.nodes.see(&nodes, nodes_settled);
    }

    /// How many lists each informer has completed.
    fn lists(&self) -> impl Iterator<Item = u64> {
        let pods = self.cache.pod_informers().map(|informer| informer.counters().lists);
        std::iter::once(self.cache.node_informer().counters().lists).chain(pods)
    }

    /// What the server holds now, as the page should show it.
    fn expected(&self) -> Expected {
        let mut interner = ResourceInterner::default();
        let all = self
            .cache
            .pod_informers()
            .any(|it| it.collection().namespace().is_none());
        let is_shown = |pod: &&Arc<Object>| all || ["demo", "shop"].contains(&&*pod.namespace);
        let pods = self.api.objects(Resource::Pods).filter(is_shown);
        let mut expected = Expected {
            version: self.api.resource_version(),
            pods: pods.map(|pod| truth::decode(pod, &mut interner)).collect(),
            nodes: self
                .api
                .objects(Resource::Nodes)
                .map(|node| truth::decode(node, &mut interner))
                .collect(),
        };
        expected.pods.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
        expected.nodes.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
        expected
    }

    /// In what the picture differs from the truth.
    fn difference(&self, expected: &Expected) -> Option<String> {
        let held = self.cache.pods().sorted();
        if !held.iter().map(|pod| &***pod).eq(&expected.pods) {
            let is_held = |pod: &&Pod| held.iter().any(|held| ***held == **pod);
            let missing = expected.pods.iter().find(|pod| !is_held(pod));
            let ghost = held.iter().find(|held| !expected.pods.contains(held));
            return Some(format!("pods: missing {missing:?}, ghost {ghost:?}"));
        }
        let held = self.cache.nodes().sorted();
        if !held.iter().map(|node| &***node).eq(&expected.nodes) {
            let is_held = |node: &&Node| held.iter().any(|held| ***held == **node);
            let missing = expected.nodes.iter().find(|node| !is_held(node));
            let ghost = held.iter().find(|held| !expected.nodes.contains(held));
            return Some(format!("nodes: missing {missing:?}, ghost {ghost:?}"));
        }
        let connection = self.cache.connection(self.clock());
        (connection.state != ConnectionState::Live).then(|| format!("not live: {connection:?}"))
    }

    /// The cluster that was kept up event by event is the one that would be built from scratch.
    fn check_cluster(&self) {
        let nodes = self.cache.nodes().sorted().into_iter().cloned();
        let pods = self.cache.pods().sorted().into_iter().cloned();
        let rebuilt = Cluster::rebuild(nodes, pods);
        let facts = |cluster: &Cluster| {
            let groups: Vec<_> = cluster
                .groups()
                .chain([cluster.unscheduled()])
                .map(|entry| {
                    let mut pods: Vec<_> = entry.pods().iter().map(|(_, pod)| pod.meta().key.clone()).collect();
                    pods.sort();
                    // A change of nothing but the version is not handed on.
                    let node = entry
                        .node()
                        .map(|node| (node.status.clone(), node.meta.uid.clone(), node.created));
                    (entry.group_key().clone(), node, pods)
                })
                .collect();
            let statuses: Vec<_> = cluster.statuses().cloned().collect();
            (groups, statuses, format!("{:?}", cluster.totals()))
        };
        assert_eq!(
            facts(self.cache.cluster()),
            facts(&rebuilt),
            "{}",
            self.failure("cluster")
        );
        assert!(self.truth.len() > 0);
    }
}

/// Whether a pod is being deleted.
fn is_going(pod: &Object) -> bool {
    memchr::memmem::find(pod.json(), b"\"deletionTimestamp\"").is_some()
}

/// A pod that runs, and nothing of it that nobody looks at: writing is most of what a run costs.
fn small_pod(namespace: &str, name: &str, node: &str) -> serde_json::Value {
    json!({
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"nodeName": node, "containers": [{"name": "app", "resources": {"requests": {"cpu": "100m"}}}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0}]}
    })
}

/// A node that is ready.
fn small_node(name: &str) -> serde_json::Value {
    json!({
        "metadata": {"name": name},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi"},
            "conditions": [{"type": "Ready", "status": "True"}]
        }
    })
}
