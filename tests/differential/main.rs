//! kube-rs' informer and ours, against the same server and the same faults: who ends up with the truth, and when.
//!
//! Each client gets a simulated API server of its own, from the same seed and with the same script of writes and
//! faults, and speaks HTTP/1.1 with it over a pipe in memory. The clock of the runtime is paused: it moves only while
//! everybody waits, so deadlines are the real ones and half an hour costs nothing. Ours has to be right in every
//! scenario; what becomes of kube-rs is written down, not asserted.
//!
//! `make differential` writes the table to docs/differential.md.

mod kube_client;
mod ours;
mod scenario;
mod stage;

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use k8bit::resource::{Pod, Resource as _, ResourceInterner};
use k8bit_informer::{InformerConfig, InitialList};
use k8bit_simulator::{
    api::{ApiServer, Object, Resource as Kind},
    http::{Server, ServerOptions},
    sample,
};
use k8bit_test_support::{in_memory::Connector, kube_rs};
use kube::runtime::watcher;
use serde_json::Value;
use tokio::{io::DuplexStream, task::LocalSet, time::Instant};

use ours::{Connect, Ours};
use scenario::Scenario;
use stage::Stage;

/// How long after the last fault a client may still differ from the truth.
const LIMIT: Duration = Duration::from_secs(InformerConfig::DEFAULT.relist_interval.as_secs() + 600);

impl Connect for Connector {
    type Stream = DuplexStream;

    async fn connect(&self) -> io::Result<DuplexStream> {
        self.0.connect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Ours,
    KubeRs,
}

/// A client that runs.
enum Running {
    Ours(Ours),
    KubeRs(kube_rs::Reflector),
}

/// How a scenario ended for a client.
#[derive(Debug)]
struct Outcome {
    /// How long after the script the picture was the truth; or in what it still differed when the time was up.
    truth: Result<Duration, Difference>,
    /// Requests from the beginning to that moment.
    requests: usize,
    /// Most of them within a minute.
    requests_per_minute: usize,
}

/// Pods that are not as they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Difference {
    missing: usize,
    ghosts: usize,
    outdated: usize,
}

impl Difference {
    /// Between what is held, each with its name, and what is true.
    fn between<'a, T: PartialEq + 'a>(
        held: impl Iterator<Item = (&'a str, &'a T)>,
        truth: &BTreeMap<String, T>,
    ) -> Self {
        let mut difference = Self::default();
        let mut known = 0;
        for (name, pod) in held {
            match truth.get(name) {
                None => difference.ghosts += 1,
                Some(true_pod) => {
                    known += 1;
                    difference.outdated += usize::from(true_pod != pod);
                }
            }
        }
        difference.missing = truth.len() - known;
        difference
    }
}

/// The truth as each of the clients would hold it.
struct Truth {
    ours: BTreeMap<String, Pod>,
    kube_rs: BTreeMap<String, k8s_openapi::api::core::v1::Pod>,
}

impl Truth {
    fn of(pods: Vec<(String, Value)>) -> Self {
        let mut interner = ResourceInterner::default();
        let mut truth = Self {
            ours: BTreeMap::new(),
            kube_rs: BTreeMap::new(),
        };
        for (name, pod) in pods {
            let ours = Pod::decode(pod.to_string().as_bytes(), &mut interner);
            truth.ours.insert(name.clone(), ours.expect("the server's pods decode"));
            let theirs = serde_json::from_value(pod);
            truth.kube_rs.insert(name, theirs.expect("the server's pods decode"));
        }
        truth
    }
}

/// Every pod of a server, with its name, as a client gets to see it.
fn pods(api: &ApiServer) -> Vec<(String, Value)> {
    let named = |pod: &Arc<Object>| (pod.name.to_string(), pod.full_value());
    api.objects(Kind::Pods).map(named).collect()
}

impl Running {
    fn start(client: Client, scenario: Scenario, stage: &Stage) -> Self {
        match client {
            Client::Ours => Self::Ours(Ours::start(stage.connector(), scenario.initial(), 7)),
            Client::KubeRs => {
                let config = match scenario.initial() {
                    InitialList::Stream => watcher::Config::default().streaming_lists(),
                    InitialList::Pages(size) => watcher::Config::default().page_size(size),
                    InitialList::Unlimited => watcher::Config::default(),
                };
                Self::KubeRs(kube_rs::Reflector::start(
                    kube_client::kube_client(stage.connector()),
                    config,
                ))
            }
        }
    }

    fn difference(&self, truth: &Truth) -> Difference {
        match self {
            Self::Ours(ours) => ours.with(|state| {
                let held = state.store.sorted();
                let held = held.iter().map(|pod| (pod.meta.key.name.as_str(), &***pod));
                Difference::between(held, &truth.ours)
            }),
            Self::KubeRs(reflector) => {
                let held = reflector.pods();
                let held = held
                    .iter()
                    .map(|pod| (pod.metadata.name.as_deref().unwrap_or_default(), &**pod));
                Difference::between(held, &truth.kube_rs)
            }
        }
    }
}

/// Plays a scenario with a client, on a clock of its own.
fn play(scenario: Scenario, client: Client) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let mut stage = Stage::new(|options| scenario.options(options));
        scenario.prepare(&stage);
        let running = Running::start(client, scenario, &stage);
        scenario.play(&mut stage).await;
        let truth = wait_for_truth(&running, &stage).await;
        let times: Vec<_> = stage
            .server
            .requests()
            .into_iter()
            .map(|request| request.time)
            .collect();
        let minute = Duration::from_secs(60);
        let in_minute_from = |start: usize| {
            times[start..]
                .iter()
                .take_while(|time| **time < times[start] + minute)
                .count()
        };
        Outcome {
            truth,
            requests: times.len(),
            requests_per_minute: (0..times.len()).map(in_minute_from).max().unwrap_or(0),
        }
    })
}

/// Looks often at first, and less often later. The truth does not change meanwhile.
async fn wait_for_truth(running: &Running, stage: &Stage) -> Result<Duration, Difference> {
    let begun = Instant::now();
    let truth = Truth::of(stage.server.with_api(|api| pods(api)));
    loop {
        let difference = running.difference(&truth);
        let waited = begun.elapsed();
        if difference == Difference::default() {
            return Ok(waited);
        }
        if waited > LIMIT {
            return Err(difference);
        }
        tokio::time::sleep((waited / 100).max(Duration::from_millis(10))).await;
    }
}

/// Plays every scenario with both clients, on all cores.
fn play_all() -> Vec<(Scenario, [Outcome; 2])> {
    let queue = Mutex::new(Scenario::ALL.iter().copied().enumerate());
    let results = Mutex::new(BTreeMap::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some((index, scenario)) = queue.lock().expect("no panic holds it").next() else {
                        return;
                    };
                    let outcomes = [Client::Ours, Client::KubeRs].map(|client| play(scenario, client));
                    results
                        .lock()
                        .expect("no panic holds it")
                        .insert(index, (scenario, outcomes));
                }
            });
        }
    });
    results.into_inner().expect("no panic holds it").into_values().collect()
}

/// The result in words.
fn verdict(outcome: &Outcome) -> String {
    match outcome.truth {
        Ok(_) => "right".to_owned(),
        Err(Difference {
            missing,
            ghosts,
            outdated,
        }) => {
            let parts = [(missing, "missing"), (ghosts, "ghosts"), (outdated, "outdated")];
            let parts: Vec<_> = parts
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{count} {word}"))
                .collect();
            format!("**wrong**: {}", parts.join(", "))
        }
    }
}

fn time(outcome: &Outcome) -> String {
    match outcome.truth {
        Ok(time) if time < Duration::from_secs(100) => format!("{:.1} s", time.as_secs_f64()),
        Ok(time) => format!("{:.0} s", time.as_secs_f64()),
        Err(_) => format!("not in {} min", LIMIT.as_secs() / 60),
    }
}

fn table(results: &[(Scenario, [Outcome; 2])]) -> String {
    let mut table = String::from(
        "| row | scenario | ours | kube-rs | requests, ours | requests, kube-rs | time to truth, ours | time to truth, \
         kube-rs |\n|---|---|---|---|---:|---:|---:|---:|\n",
    );
    for (scenario, [ours, kube]) in results {
        let (rows, title) = scenario.title();
        let cells = [
            rows.to_owned(),
            title.to_owned(),
            verdict(ours),
            verdict(kube),
            ours.requests.to_string(),
            kube.requests.to_string(),
            time(ours),
            time(kube),
        ];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

/// What the scenarios leave out: kube-rs' client as it comes, sockets, and the machine's clock.
#[test]
fn both_hold_the_truth_over_a_real_socket() {
    let server = Server::start(ServerOptions::default()).expect("a free port");
    let now = server.now();
    server.with_api(|api| {
        for number in 0..20 {
            api.load(
                now,
                Kind::Pods,
                sample::running_pod("default", &format!("pod-{number}"), "node-1"),
            );
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let ours = Ours::start(server.address(), InitialList::Unlimited, 7);
        let kube_rs = kube_rs::Reflector::start(kube_rs::client(&server.url()), watcher::Config::default());
        kube_rs.wait_until_ready().await;
        let truth = Truth::of(server.with_api(|api| pods(api)));
        let clients = [Running::Ours(ours), Running::KubeRs(kube_rs)];
        let is_right = |client: &Running| client.difference(&truth) == Difference::default();
        let wait = async {
            while !clients.iter().all(is_right) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .expect("both are right within 30 s");
    });
}

#[test]
fn ours_is_right_in_every_scenario() {
    let results = play_all();
    let table = table(&results);
    println!("{table}");
    if let Some(path) = std::env::var_os("K8BIT_DIFFERENTIAL_TABLE") {
        std::fs::write(path, &table).expect("the table can be written");
    }
    for (scenario, [ours, _]) in &results {
        assert!(ours.truth.is_ok(), "{scenario:?}: {}", verdict(ours));
        // Pages of a list count as one request for the limit: here there are two at most.
        assert!(
            ours.requests_per_minute <= 2 * (60 + InformerConfig::DEFAULT.request_burst as usize),
            "{scenario:?}: {} requests in a minute",
            ours.requests_per_minute
        );
    }
}
