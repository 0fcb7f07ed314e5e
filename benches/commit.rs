//! What one watch event costs at two sizes of the cluster: in store and cluster alone, and from its bytes on.
//!
//! `cargo bench --bench commit` compares 1,000 pods with 100,000; `cargo bench --bench commit -- 1500 150000` others.
//! The sizes take turns within one run and medians are compared, because machines are noisy: the ratios mean something
//! on any of them, the nanoseconds only on this one. Work that grew with the cluster would show as a ratio of about a
//! hundred; what remains above one is memory that does not fit into the caches.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use k8bit::{
    cluster::Cluster,
    informer::Event,
    resource::{Interner, Pod, Resource, Timestamp},
    store::{Change, Scope, Store},
};

/// Events of one measurement.
const EVENTS: usize = 2_000;
/// Measurements of each kind and size.
const ROUNDS: usize = 25;
/// Events that are committed together, as many as arrive within a frame at 4,000 a second.
const EVENTS_PER_FRAME: usize = 64;
const PODS_PER_NODE: usize = 30;
const NOW: Timestamp = Timestamp(1_795_423_383);

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if let [small, large] = sizes[..] {
        [small, large]
    } else {
        [1_000, 100_000]
    };

    let template = Template::new();
    println!(
        "{EVENTS} events of {} bytes at a time, medians of {ROUNDS} rounds",
        template.0.len()
    );
    let mut worlds = sizes.map(|pods| World::new(&template, pods));
    let mut committed = [const { Vec::new() }; 2];
    let mut ingested = [const { Vec::new() }; 2];
    // The first round warms up.
    for round in 0..=ROUNDS {
        for (index, world) in worlds.iter_mut().enumerate() {
            let times = (world.commit(&template), world.ingest(&template));
            if round > 0 {
                committed[index].push(times.0);
                ingested[index].push(times.1);
            }
        }
    }

    println!(
        "{:>9} {:>24} {:>24} {:>24}",
        "pods", "first list, ns a pod", "commit, ns an event", "from bytes, ns an event"
    );
    let lists = worlds
        .each_ref()
        .map(|world| world.list.as_nanos() as f64 / world.generations.len() as f64);
    let commits = committed.map(nanoseconds_per_event);
    let ingests = ingested.map(nanoseconds_per_event);
    for index in 0..2 {
        println!(
            "{:>9} {:>24.0} {:>24.0} {:>24.0}",
            sizes[index], lists[index], commits[index], ingests[index]
        );
    }
    let ratio = |[small, large]: [f64; 2]| large / small;
    println!(
        "{:>9} {:>24.2} {:>24.2} {:>24.2}",
        "ratio",
        ratio(lists),
        ratio(commits),
        ratio(ingests)
    );
}

fn nanoseconds_per_event(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_nanos() as f64 / EVENTS as f64
}

/// The JSON of a real pod, with marks in place of what differs between pods and versions.
struct Template(String);

impl Template {
    fn new() -> Self {
        let list = include_str!("../tests/fixtures/list-demo.json");
        let list: serde_json::Value = serde_json::from_str(list).expect("the recorded list is JSON");
        let items = list["items"].as_array().expect("a list has items");
        let is_running = |pod: &&serde_json::Value| pod["status"]["phase"] == "Running";
        let mut pod = items
            .iter()
            .find(is_running)
            .expect("a recorded pod is running")
            .clone();
        pod["metadata"]["name"] = "<name>".into();
        pod["metadata"]["uid"] = "<uid>".into();
        pod["metadata"]["resourceVersion"] = "<version>".into();
        pod["spec"]["nodeName"] = "<node>".into();
        pod["status"]["containerStatuses"][0]["restartCount"] = "<restarts>".into();
        Self(pod.to_string().replace("\"<restarts>\"", "<restarts>"))
    }

    /// The pod of this number; another `generation` is another uid and another node.
    fn pod(&self, index: usize, generation: usize, version: usize, nodes: usize) -> String {
        self.0
            .replace("<name>", &format!("checkout-service-{:07x}-{index:05x}", index / 7))
            .replace(
                "<uid>",
                &format!("6a79f797-6ba8-4e8f-{:04x}-{index:012x}", generation & 0xffff),
            )
            .replace("<version>", &version.to_string())
            .replace("<node>", &format!("worker-{}", (index + generation) % nodes))
            .replace("<restarts>", &version.to_string())
    }
}

/// One size of cluster.
struct World {
    store: Store<Pod>,
    cluster: Cluster,
    interner: Interner,
    /// How often each pod was recreated.
    generations: Vec<usize>,
    nodes: usize,
    version: usize,
    random: fastrand::Rng,
    /// How long store and cluster took for the first list.
    list: Duration,
}

impl World {
    fn new(template: &Template, pods: usize) -> Self {
        let mut world = Self {
            store: Store::default(),
            cluster: Cluster::default(),
            interner: Interner::default(),
            generations: vec![0; pods],
            nodes: pods.div_ceil(PODS_PER_NODE),
            version: 1,
            random: fastrand::Rng::with_seed(pods as u64),
            list: Duration::ZERO,
        };
        let mut changes = Vec::new();
        world.store.handle(&Scope::Cluster, Event::Init, &mut changes);
        for index in 0..pods {
            let event = Event::InitApply(world.decode(&template.pod(index, 0, 1, world.nodes)));
            let start = Instant::now();
            world.store.handle(&Scope::Cluster, event, &mut changes);
            world.list += start.elapsed();
        }
        let start = Instant::now();
        world.store.handle(&Scope::Cluster, Event::InitDone, &mut changes);
        world.cluster.apply_pods(&changes, NOW);
        world.list += start.elapsed();
        world
    }

    fn decode(&mut self, json: &str) -> Pod {
        Pod::decode(json.as_bytes(), &mut self.interner).expect("the template is a pod")
    }

    /// What the next event says: of eight in ten a new state of some pod, of two the deletion of one and, under the
    /// same name, its successor.
    fn lines(&mut self, template: &Template) -> Vec<(bool, String)> {
        let mut lines = Vec::with_capacity(EVENTS);
        while lines.len() < EVENTS {
            let index = self.random.usize(..self.generations.len());
            self.version += 1;
            if lines.len() % 10 == 0 {
                lines.push((
                    true,
                    template.pod(index, self.generations[index], self.version, self.nodes),
                ));
                self.generations[index] += 1;
                self.version += 1;
            }
            lines.push((
                false,
                template.pod(index, self.generations[index], self.version, self.nodes),
            ));
        }
        lines.truncate(EVENTS);
        lines
    }

    fn event(&mut self, (is_deletion, json): &(bool, String)) -> Event<Pod> {
        let pod = self.decode(json);
        if *is_deletion {
            Event::Delete(pod.meta)
        } else {
            Event::Apply(pod)
        }
    }

    /// Store and cluster alone: the events are decoded before.
    fn commit(&mut self, template: &Template) -> Duration {
        let lines = self.lines(template);
        let mut events = Vec::with_capacity(lines.len());
        for line in &lines {
            events.push(self.event(line));
        }
        drop(lines);
        let mut changes = Vec::new();
        let start = Instant::now();
        let mut events = events.into_iter();
        while events.len() > 0 {
            for event in events.by_ref().take(EVENTS_PER_FRAME) {
                self.store.handle(&Scope::Cluster, event, &mut changes);
            }
            self.frame(&mut changes);
        }
        start.elapsed()
    }

    /// The whole way of an event from its bytes.
    fn ingest(&mut self, template: &Template) -> Duration {
        let lines = self.lines(template);
        let mut changes = Vec::new();
        let start = Instant::now();
        for lines in lines.chunks(EVENTS_PER_FRAME) {
            for line in lines {
                let event = self.event(line);
                self.store.handle(&Scope::Cluster, event, &mut changes);
            }
            self.frame(&mut changes);
        }
        start.elapsed()
    }

    fn frame(&mut self, changes: &mut Vec<Change<Pod>>) {
        self.cluster.apply_pods(changes, NOW);
        changes.clear();
        black_box(self.cluster.take_dirty());
    }
}
