//! kube-rs' informer and ours, against the same server and the same faults: who ends up with the truth, and when.
//!
//! Each client gets a simulated API server of its own, from the same seed and with the same script of writes and
//! faults, and speaks HTTP/1.1 with it over a pipe in memory. The clock of the runtime is paused: it moves only while
//! everybody waits, so deadlines are the real ones and half an hour costs nothing. Ours has to be right in every
//! scenario; what becomes of kube-rs is written down, not asserted.
//!
//! `make differential` writes the table to docs/differential.md.

mod kube_rs;
mod ours;
mod scenario;
mod socket;
mod stage;

use std::{collections::BTreeMap, io, sync::Mutex, thread, time::Duration};

use k8bit::{
    informer::InitialList,
    limits::{RELIST_INTERVAL, REQUEST_BURST},
    resource::{Interner, Pod, Resource as _},
};
use kube::runtime::watcher;
use serde_json::Value;
use tokio::{io::DuplexStream, task::LocalSet, time::Instant};

use ours::{Connect, Ours};
use scenario::Scenario;
use socket::Connector;
use stage::Stage;

/// How long after the last fault a client may still differ from the truth.
const LIMIT: Duration = Duration::from_secs(RELIST_INTERVAL.as_secs() + 600);

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
    fn between<T: PartialEq>(held: &BTreeMap<String, T>, truth: &BTreeMap<String, T>) -> Self {
        let outdated = held
            .iter()
            .filter(|(name, pod)| truth.get(*name).is_some_and(|true_pod| true_pod != *pod));
        Self {
            missing: truth.keys().filter(|name| !held.contains_key(*name)).count(),
            ghosts: held.keys().filter(|name| !truth.contains_key(*name)).count(),
            outdated: outdated.count(),
        }
    }
}

impl Running {
    fn start(client: Client, scenario: Scenario, stage: &Stage) -> Self {
        match client {
            Client::Ours => Self::Ours(Ours::start(stage.connector(), scenario.initial(), 7)),
            Client::KubeRs => {
                let config = match scenario.initial() {
                    InitialList::Stream => watcher::Config::default().streaming_lists(),
                    InitialList::Unlimited | InitialList::Pages(_) => watcher::Config::default(),
                };
                Self::KubeRs(kube_rs::Reflector::start(
                    socket::kube_client(stage.connector()),
                    config,
                ))
            }
        }
    }

    fn difference(&self, truth: BTreeMap<String, Value>) -> Difference {
        match self {
            Self::Ours(ours) => ours.with(|state| {
                let held = state.store.sorted().into_iter();
                let held = held
                    .map(|pod| (pod.meta.key.name.to_string(), Pod::clone(pod)))
                    .collect();
                let mut interner = Interner::default();
                let decode = |pod: Value| {
                    Pod::decode(&serde_json::to_vec(&pod).expect("JSON"), &mut interner)
                        .expect("the server's pods decode")
                };
                Difference::between(&held, &decoded(truth, decode))
            }),
            Self::KubeRs(reflector) => {
                let held = reflector.pods().into_iter();
                let held = held
                    .map(|pod| (pod.metadata.name.clone().unwrap_or_default(), (*pod).clone()))
                    .collect();
                let decode = |pod| serde_json::from_value(pod).expect("the server's pods decode");
                Difference::between(&held, &decoded(truth, decode))
            }
        }
    }
}

fn decoded<T>(truth: BTreeMap<String, Value>, mut decode: impl FnMut(Value) -> T) -> BTreeMap<String, T> {
    truth.into_iter().map(|(name, pod)| (name, decode(pod))).collect()
}

/// Plays a scenario with a client, on a clock of its own.
fn play(scenario: Scenario, client: Client) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let mut stage = Stage::new(scenario.pods(), |options| scenario.options(options));
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

/// Looks often at first, and less often later.
async fn wait_for_truth(running: &Running, stage: &Stage) -> Result<Duration, Difference> {
    let begun = Instant::now();
    loop {
        let difference = running.difference(stage.truth());
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
            ours.requests_per_minute <= 2 * (60 + REQUEST_BURST as usize),
            "{scenario:?}: {} requests in a minute",
            ours.requests_per_minute
        );
    }
}
