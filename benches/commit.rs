//! What one watch event costs at two sizes of the cluster.
//!
//! `cargo bench --bench commit` compares 1,000 pods with 100,000; `cargo bench --bench commit -- 1500 150000` others.
//!
//! | column | what it is, in nanoseconds |
//! |---|---|
//! | `ns/listed` | store and cluster, for each pod of the first list |
//! | `its end` | of that, [`Event::InitDone`], which is one step |
//! | `ns/commit` | store and cluster, for each event of a watch |
//! | `ns/event` | the same, with the decoding of its JSON |
//!
//! The sizes take turns within one run and medians are compared, because machines are noisy: the ratios mean something
//! on any of them, the nanoseconds only on this one. Work that grew with the cluster would show as a ratio of about a
//! hundred; what remains above one is memory that does not fit into the caches.
//!
//! Instructions are free of that and of noise. `make bench-instructions` has callgrind count those in `decode` and
//! `commit`; with one size alone nothing is timed, and what is counted is printed: `cargo bench --bench commit -- 1500`.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use k8bit::{
    cluster::Cluster,
    resource::{Pod, Resource, ResourceInterner, Timestamp},
};
use k8bit_informer::{
    Event,
    store::{Change, Scope, Store},
};

/// Events of one measurement.
const EVENTS: usize = 2_000;
/// Measurements of each kind and size, unless a third argument says otherwise.
const ROUNDS: usize = 25;
/// Events that are committed together, as many as arrive within a frame at 4,000 a second.
const EVENTS_PER_FRAME: usize = 64;
const PODS_PER_NODE: usize = 30;
const NOW: Timestamp = Timestamp(1_795_423_383);

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (sizes, rounds) = match numbers[..] {
        [size] => return count(size),
        [small, large] => ([small, large], ROUNDS),
        [small, large, rounds] => ([small, large], rounds.max(1)),
        _ => ([1_000, 100_000], ROUNDS),
    };

    let template = Template::new();
    println!(
        "{EVENTS} events of {} bytes at a time, medians of {rounds} rounds",
        template.0.len()
    );
    let mut worlds = sizes.map(|pods| World::new(&template, pods));
    let mut committed = [const { Vec::new() }; 2];
    let mut ingested = [const { Vec::new() }; 2];
    // The first round warms up.
    for round in 0..=rounds {
        for (index, world) in worlds.iter_mut().enumerate() {
            let times = (world.commit(&template), world.ingest(&template));
            if round > 0 {
                committed[index].push(times.0);
                ingested[index].push(times.1);
            }
        }
    }

    let lists = worlds
        .each_ref()
        .map(|world| nanoseconds(world.list, world.generations.len()));
    let list_ends = worlds
        .each_ref()
        .map(|world| nanoseconds(world.list_end, world.generations.len()));
    let commits = committed.map(|times| nanoseconds(median(times), EVENTS));
    let ingests = ingested.map(|times| nanoseconds(median(times), EVENTS));
    row(["pods", "ns/listed", "its end", "ns/commit", "ns/event"]);
    for index in 0..2 {
        let cell = |values: [f64; 2]| format!("{:.0}", values[index]);
        row([
            &sizes[index].to_string(),
            &cell(lists),
            &cell(list_ends),
            &cell(commits),
            &cell(ingests),
        ]);
    }
    let ratio = |[small, large]: [f64; 2]| format!("{:.2}", large / small);
    row([
        "ratio",
        &ratio(lists),
        &ratio(list_ends),
        &ratio(commits),
        &ratio(ingests),
    ]);
}

/// For whoever counts instructions: how often each function was called, or how many events it was given.
fn count(size: usize) {
    let template = Template::new();
    let mut world = World::new(&template, size);
    world.commit(&template);
    println!("decode {}", size + EVENTS);
    println!("commit {EVENTS}");
}

fn row([size, list, list_end, commit, ingest]: [&str; 5]) {
    println!("{size:>9} {list:>12} {list_end:>12} {commit:>12} {ingest:>12}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn nanoseconds(time: Duration, count: usize) -> f64 {
    time.as_nanos() as f64 / count as f64
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
    interner: ResourceInterner,
    /// How often each pod was recreated.
    generations: Vec<usize>,
    nodes: usize,
    version: usize,
    random: fastrand::Rng,
    /// How long store and cluster took for the first list, in all, and for its end: one step that cannot be divided.
    list: Duration,
    list_end: Duration,
}

impl World {
    fn new(template: &Template, pods: usize) -> Self {
        let mut world = Self {
            store: Store::default(),
            cluster: Cluster::default(),
            interner: ResourceInterner::default(),
            generations: vec![0; pods],
            nodes: pods.div_ceil(PODS_PER_NODE),
            version: 1,
            random: fastrand::Rng::with_seed(pods as u64),
            list: Duration::ZERO,
            list_end: Duration::ZERO,
        };
        let mut changes = Vec::new();
        world.store.handle(&Scope::Cluster, Event::Init, &mut changes);
        let items: Vec<_> = (0..pods)
            .map(|index| world.decode(&template.pod(index, 0, 1, world.nodes)))
            .collect();
        let start = Instant::now();
        for item in items {
            world
                .store
                .handle(&Scope::Cluster, Event::InitApply(item), &mut changes);
        }
        let end = Instant::now();
        world.store.handle(&Scope::Cluster, Event::InitDone, &mut changes);
        world.list_end = end.elapsed();
        world.cluster.apply_pods(&changes, NOW);
        world.list = start.elapsed();
        world
    }

    fn decode(&mut self, json: &str) -> Pod {
        decode(json.as_bytes(), &mut self.interner)
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
        let start = Instant::now();
        commit(&mut self.store, &mut self.cluster, events);
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
            frame(&mut self.cluster, &mut changes);
        }
        start.elapsed()
    }
}

/// Not inlined, so that callgrind can tell it apart.
#[inline(never)]
fn decode(json: &[u8], interner: &mut ResourceInterner) -> Pod {
    Pod::decode(json, interner).expect("the template is a pod")
}

/// Not inlined, so that callgrind can collect inside of it alone.
#[inline(never)]
fn commit(store: &mut Store<Pod>, cluster: &mut Cluster, events: Vec<Event<Pod>>) {
    let mut changes = Vec::new();
    let mut events = events.into_iter();
    while events.len() > 0 {
        for event in events.by_ref().take(EVENTS_PER_FRAME) {
            store.handle(&Scope::Cluster, event, &mut changes);
        }
        frame(cluster, &mut changes);
    }
}

fn frame(cluster: &mut Cluster, changes: &mut Vec<Change<Pod>>) {
    cluster.apply_pods(changes, NOW);
    changes.clear();
    black_box(cluster.take_dirty());
}
