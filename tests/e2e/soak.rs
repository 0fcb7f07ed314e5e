//! An hour of a lively cluster, and a page whose memory does not grow.
//!
//! The page's clocks and timers run [`Pace::speed`] times as fast, and the cluster in front of it lives as many times as
//! fast: events, bookmarks, ends of watches, cuts and lost histories are as many as in the whole time, and so are the
//! page's ticks and its own relists. What is not hastened is the browser's drawing: there are as many animation frames as
//! the screen has in the shorter time, each with more events in it. `make soak SPEED=1` hastens nothing.

use std::{
    env, fmt,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use k8bit_simulator::{
    api::{ApiOptions, ApiServer, DeleteOptions, Part, PatchKind, Resource},
    http::ServerOptions,
    sample,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::interval;

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    page::Page,
    stage::{Stage, Turn},
    tools,
    wait::{LATER, eventually},
};

const NODES: usize = 40;
const PODS: usize = 1_000;
const NAMESPACES: usize = 12;

/// Events of a lively cluster of that size.
const EVENTS_PER_SECOND: f64 = 20.0;

/// The real server's time between bookmarks.
const BOOKMARKS: Duration = Duration::from_secs(60);

/// Watches end by themselves about this often, are cut, and lose their history.
const ENDS: Duration = Duration::from_secs(215);
const CUTS: Duration = Duration::from_secs(5 * 60);
const EXPIRIES: Duration = Duration::from_secs(8 * 60);

/// How often somebody points at a pod and opens and closes the details.
const VISITS: Duration = Duration::from_secs(60);

/// Looks at the memory. The first third is warm-up; the second is compared with the last.
const SAMPLES: u32 = 18;

/// How much more the last third may have than the second. The looks themselves leave some kilobytes each behind.
const GROWTH: f64 = 1.05;

/// Or so many bytes more of WebAssembly memory, which is never given back: a table that doubles once, at a moment of its own, is no leak. One of
/// 120 bytes an event would be more in ten minutes, one of 20 in an hour.
const WASM_STEP: f64 = 512.0 * 1024.0;

/// Time between two batches of events.
const BATCH: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_a_page_stays_flat() {
    let pace = Pace::asked_for();
    let turn = Turn::take().await;
    let options = ServerOptions {
        api: ApiOptions {
            bookmark_interval: pace.real(BOOKMARKS),
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("soak", options).await else {
        return;
    };
    let mut life = Life::begin(&cluster);
    let stage = Stage::build_for(turn, cluster, Browser::start_with(&[]).await, &[]).await;
    let page = open(&stage, pace).await;
    let mut samples = Vec::new();
    for number in 1..=SAMPLES {
        life.go_on(&stage, &page, pace, pace.time * number / SAMPLES).await;
        life.until_shown(&page).await;
        samples.push(Sample::take(&page, life.began.elapsed().mul_f64(pace.speed)).await);
    }
    page.assert_clean().await;
    tools::report(&table(pace, &life, &samples));
    let growths = growths(&samples);
    assert!(growths.iter().all(Growth::is_allowed), "{growths:#?}");
    let expected = EVENTS_PER_SECOND * pace.time.as_secs_f64();
    assert!(life.events as f64 > 0.9 * expected, "only {} events", life.events);
}

/// Opens the page with its clocks hastened.
async fn open<'a>(stage: &'a Stage, pace: Pace) -> Page<'a> {
    let hasten = json!({"source": format!("k8bitProbe.hasten({})", pace.speed)});
    let cdp = stage.browser.driver().cdp();
    let added = cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", hasten).await;
    added.expect("the browser takes a script");
    let page = Page::open(&stage.browser, &format!("{}/static/", stage.proxy.url()), None).await;
    page.until_within("everything is listed", LATER, |seen| {
        seen.is_live() && seen.pods.len() == PODS && seen.nodes.len() == NODES
    })
    .await;
    page
}

/// How long the cluster lives, and how much faster than a real one.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// By the page's clocks.
    time: Duration,
    speed: f64,
}

impl Pace {
    fn asked_for() -> Self {
        let number = |variable: &str, otherwise: f64| {
            let given = env::var(variable).ok().filter(|text| !text.is_empty());
            given.map_or(otherwise, |text| {
                text.parse()
                    .unwrap_or_else(|_| panic!("{variable} is to be a number, and is {text:?}"))
            })
        };
        Self {
            time: Duration::from_secs_f64(60.0 * number("K8BIT_SOAK_MINUTES", 10.0)),
            speed: number("K8BIT_SOAK_SPEED", 20.0),
        }
    }

    /// How long it takes what has so long by the page's clocks.
    fn real(self, time: Duration) -> Duration {
        time.div_f64(self.speed)
    }
}

/// What happens to the cluster. As many pods and nodes as at the beginning, and ever new ones.
struct Life {
    began: Instant,
    random: fastrand::Rng,
    nodes: Vec<String>,
    /// Namespace and name.
    pods: Vec<(String, String)>,
    /// Pods so far, for their names.
    born: usize,
    events: u64,
    ends: Every,
    cuts: Every,
    expiries: Every,
    visits: Every,
}

/// Something that happens again and again, by the page's clocks.
struct Every {
    period: Duration,
    times: u32,
}

impl Every {
    fn new(period: Duration) -> Self {
        Self { period, times: 0 }
    }

    fn is_due(&mut self, time: Duration) -> bool {
        let is_due = time >= self.period * (self.times + 1);
        self.times += u32::from(is_due);
        is_due
    }
}

impl Life {
    fn begin(cluster: &Cluster) -> Self {
        let mut life = Self {
            began: Instant::now(),
            random: fastrand::Rng::with_seed(86),
            nodes: Vec::new(),
            pods: Vec::new(),
            born: 0,
            events: 0,
            ends: Every::new(ENDS),
            cuts: Every::new(CUTS),
            expiries: Every::new(EXPIRIES),
            visits: Every::new(VISITS),
        };
        let now = cluster.simulator().now();
        cluster.simulator().with_api(|api| {
            for number in 0..NAMESPACES {
                api.create(now, Resource::Namespaces, None, sample::namespace(&namespace(number)))
                    .expect("a new namespace");
            }
            for _ in 0..NODES {
                life.add_node(now, api);
            }
            for _ in 0..PODS {
                life.add_pod(now, api);
            }
        });
        life.events = 0;
        life
    }

    /// Lives on until the page's clocks say `until`.
    async fn go_on(&mut self, stage: &Stage, page: &Page<'_>, pace: Pace, until: Duration) {
        let simulator = stage.cluster.simulator();
        let mut ticks = interval(BATCH);
        loop {
            ticks.tick().await;
            let time = self.began.elapsed().mul_f64(pace.speed);
            if time >= until {
                return;
            }
            let now = simulator.now();
            let due = (time.as_secs_f64() * EVENTS_PER_SECOND) as u64;
            simulator.with_api(|api| {
                while self.events < due {
                    self.step(now, api);
                }
            });
            if self.ends.is_due(time) {
                simulator.end_watches();
            }
            if self.cuts.is_due(time) {
                simulator.cut_watches();
            }
            if self.expiries.is_due(time) {
                simulator.expire_watches();
            }
            if self.visits.is_due(time) {
                visit(page).await;
            }
        }
    }

    /// The page has seen all of it.
    async fn until_shown(&self, page: &Page<'_>) {
        let mut names: Vec<String> = self
            .pods
            .iter()
            .map(|(namespace, name)| format!("{namespace}/{name}"))
            .collect();
        names.sort_unstable();
        let script = "(({ connection, pods }) => ({ state: connection.state, \
                      pods: pods.map((pod) => `${pod.namespace}/${pod.name}`) }))(k8bit.snapshot())";
        eventually("the page shows the cluster", LATER, async || {
            let mut seen: Seen = page.evaluate(script).await;
            seen.pods.sort_unstable();
            if seen.state == "live" && seen.pods == names {
                Ok(())
            } else {
                Err(format!("{}, {} pods of {}", seen.state, seen.pods.len(), names.len()))
            }
        })
        .await;
        page.evaluate::<()>("k8bit.settled().then(() => null)").await;
    }

    fn step(&mut self, now: Timestamp, api: &mut ApiServer) {
        match self.random.u32(..1_000) {
            0..2 => self.replace_node(now, api),
            2..300 => self.crash(now, api),
            300..500 => self.beat(now, api),
            _ => {
                let index = self.random.usize(..self.pods.len());
                self.remove_pod(now, api, index);
                self.add_pod(now, api);
            }
        }
    }

    /// Created, scheduled, started.
    fn add_pod(&mut self, now: Timestamp, api: &mut ApiServer) {
        let namespace = namespace(self.random.usize(..NAMESPACES));
        let node = &self.nodes[self.random.usize(..self.nodes.len())];
        self.born += 1;
        let name = format!("app-{:08x}-{:05}", self.random.u32(..), self.born);
        api.create(now, Resource::Pods, Some(&namespace), sample::pod(&namespace, &name))
            .expect("a new pod");
        let running = sample::running_pod(&namespace, &name, node);
        let mut starting = running.clone();
        starting["status"]["phase"] = "Pending".into();
        starting["status"]["containerStatuses"][0]["ready"] = false.into();
        starting["status"]["containerStatuses"][0]["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
        for object in [starting, running] {
            api.update(now, Resource::Pods, &namespace, &name, Part::All, object)
                .expect("the pod is there");
        }
        self.events += 3;
        self.pods.push((namespace, name));
    }

    /// Asked to end, and ended.
    fn remove_pod(&mut self, now: Timestamp, api: &mut ApiServer, index: usize) {
        let (namespace, name) = self.pods.swap_remove(index);
        for options in [DeleteOptions::default(), DeleteOptions::now()] {
            api.delete(now, Resource::Pods, &namespace, &name, &options)
                .expect("the pod is there");
        }
        self.events += 2;
    }

    /// A container ends, waits, and runs again.
    fn crash(&mut self, now: Timestamp, api: &mut ApiServer) {
        let (namespace, name) = &self.pods[self.random.usize(..self.pods.len())];
        let restarts = self.random.u32(1..50);
        for (is_ready, state) in [
            (false, json!({"waiting": {"reason": "CrashLoopBackOff"}})),
            (true, json!({"running": {"startedAt": sample::CREATED}})),
        ] {
            let status = json!([{"name": "app", "image": "app", "imageID": "", "ready": is_ready, "started": is_ready,
                                 "restartCount": restarts, "state": state}]);
            let patch = json!({"status": {"containerStatuses": status}});
            api.patch(
                now,
                Resource::Pods,
                namespace,
                name,
                Part::Status,
                PatchKind::Merge,
                &patch,
            )
            .expect("the pod is there");
        }
        self.events += 2;
    }

    /// A node says that it is well.
    fn beat(&mut self, now: Timestamp, api: &mut ApiServer) {
        let node = &self.nodes[self.random.usize(..self.nodes.len())];
        let patch = json!({"metadata": {"annotations": {"example.com/beat": self.random.u32(..).to_string()}}});
        api.patch(now, Resource::Nodes, "", node, Part::Main, PatchKind::Merge, &patch)
            .expect("the node is there");
        self.events += 1;
    }

    /// A node leaves with its pods, and another comes.
    fn replace_node(&mut self, now: Timestamp, api: &mut ApiServer) {
        let node = self.nodes.swap_remove(self.random.usize(..self.nodes.len()));
        self.add_node(now, api);
        let mut left = 0;
        for index in (0..self.pods.len()).rev() {
            let (namespace, name) = &self.pods[index];
            let pod = api.get(Resource::Pods, namespace, name).expect("the pod is there");
            if pod.field("spec.nodeName") == node {
                self.remove_pod(now, api, index);
                left += 1;
            }
        }
        api.delete(now, Resource::Nodes, "", &node, &DeleteOptions::now())
            .expect("the node is there");
        self.events += 1;
        for _ in 0..left {
            self.add_pod(now, api);
        }
    }

    fn add_node(&mut self, now: Timestamp, api: &mut ApiServer) {
        let name = format!("node-{:08x}", self.random.u32(..));
        api.create(now, Resource::Nodes, None, sample::node(&name))
            .expect("a new node");
        self.events += 1;
        self.nodes.push(name);
    }
}

/// What the page shows, as far as it is compared.
#[derive(Deserialize)]
struct Seen {
    state: String,
    pods: Vec<String>,
}

fn namespace(number: usize) -> String {
    format!("team-{number}")
}

/// Somebody points at a pod, opens the details with the diagnostics, and closes both.
async fn visit(page: &Page<'_>) {
    let script = "(() => { const block = document.querySelector('#map [data-pod]');
        block.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
        document.querySelector('#map').dispatchEvent(new PointerEvent('pointerleave'));
        const report = document.querySelector('#diagnostics');
        for (let times = 0; times < 2; times++) {
            document.querySelector('#connection').click();
            report.open = !report.open;
        }
        return null; })()";
    page.evaluate::<()>(script).await;
}

/// What the page holds at one moment, after the browser has collected its garbage.
#[derive(Clone, Copy, Debug)]
struct Sample {
    time: Duration,
    wasm_bytes: f64,
    heap_bytes: f64,
    nodes: f64,
    listeners: f64,
    events: u64,
    bookmarks: u64,
    requests: u64,
    relists: u64,
}

impl Sample {
    async fn take(page: &Page<'_>, time: Duration) -> Self {
        let diagnostics: Value = page.evaluate("k8bit.diagnostics()").await;
        let devtools = async |method| page.devtools(method, json!({})).await;
        // Twice: what only finalizers let go is garbage the second time.
        for _ in 0..2 {
            devtools("HeapProfiler.collectGarbage").await;
        }
        let heap = devtools("Runtime.getHeapUsage").await;
        let document = devtools("Memory.getDOMCounters").await;
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"));
        let sum = |field: &str| -> u64 {
            let kinds = diagnostics["kinds"].as_array().expect("a list");
            kinds
                .iter()
                .map(|kind| {
                    kind["counters"][field]
                        .as_u64()
                        .or(kind[field].as_u64())
                        .expect("a number")
                })
                .sum()
        };
        Self {
            time,
            wasm_bytes: number(&diagnostics["memoryBytes"]),
            heap_bytes: number(&heap["usedSize"]),
            nodes: number(&document["nodes"]),
            listeners: number(&document["jsEventListeners"]),
            events: sum("events"),
            bookmarks: sum("bookmarks"),
            requests: sum("requests"),
            relists: sum("relists"),
        }
    }
}

/// One of the measures, in the second third and in the last: medians.
#[derive(Debug)]
struct Growth {
    what: &'static str,
    before: f64,
    after: f64,
    /// How much more it may be in any case.
    step: f64,
}

impl Growth {
    fn is_allowed(&self) -> bool {
        self.after <= (self.before * GROWTH).max(self.before + self.step)
    }

    fn percent(&self) -> f64 {
        (self.after / self.before - 1.0) * 100.0
    }
}

fn growths(samples: &[Sample]) -> [Growth; 4] {
    let third = samples.len() / 3;
    let (before, after) = samples[third..].split_at(third);
    let growth = |what, step, of: fn(&Sample) -> f64| {
        let median = |samples: &[Sample]| {
            let mut values: Vec<f64> = samples.iter().map(of).collect();
            values.sort_unstable_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (before, after) = (median(before), median(after));
        Growth {
            what,
            before,
            after,
            step,
        }
    };
    [
        growth("WebAssembly memory", WASM_STEP, |sample| sample.wasm_bytes),
        growth("JavaScript heap", 0.0, |sample| sample.heap_bytes),
        growth("nodes of the document", 0.0, |sample| sample.nodes),
        growth("event listeners", 0.0, |sample| sample.listeners),
    ]
}

/// What is printed.
fn table(pace: Pace, life: &Life, samples: &[Sample]) -> String {
    let mut text = format!(
        "soak: {:.0} minutes of {PODS} pods on {NODES} nodes in {:.0} s (speed {}): {} events made, {} pods created, watches \
         ended {} times, cut {} times, expired {} times\n\n\
         | minute | WebAssembly KB | JS heap KB | DOM nodes | listeners | events | bookmarks | requests | relists |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        pace.time.as_secs_f64() / 60.0,
        life.began.elapsed().as_secs_f64(),
        pace.speed,
        life.events,
        life.born,
        life.ends.times,
        life.cuts.times,
        life.expiries.times,
    );
    for sample in samples {
        text += &format!("{sample}\n");
    }
    text += &format!(
        "\nmedians of the second third and of the last, which may be {GROWTH} times as much, or {:.0} KB more of WebAssembly \
         memory:\n",
        WASM_STEP / 1024.0
    );
    for growth in growths(samples) {
        text += &format!(
            "  {}: {:.0}, {:.0} ({:+.2} %)\n",
            growth.what,
            growth.before,
            growth.after,
            growth.percent()
        );
    }
    text
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {:.1} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} | {} | {} |",
            self.time.as_secs_f64() / 60.0,
            self.wasm_bytes / 1024.0,
            self.heap_bytes / 1024.0,
            self.nodes,
            self.listeners,
            self.events,
            self.bookmarks,
            self.requests,
            self.relists,
        )
    }
}
