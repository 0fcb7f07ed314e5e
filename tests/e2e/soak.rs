//! An hour of a lively cluster, and a page whose memory does not grow: on a desk, and on a wall.
//!
//! The page's clocks and timers run [`Pace::speed`] times as fast, and the cluster in front of it lives as many times as
//! fast: events, bookmarks, ends of watches, cuts and lost histories are as many as in the whole time, and so are the
//! page's ticks and its own relists. What is not hastened is the browser's drawing: there are as many animation frames as
//! the screen has in the shorter time, each with more events in it. `make soak SPEED=1` hastens nothing.
//!
//! On a wall problems come and stay for a while, the proxy goes away now and then, and with every look at the memory a day
//! has passed: the page's clock is put to just before midnight.

use std::{
    collections::VecDeque,
    env, fmt,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use k8bit_simulator::{
    api::{ApiOptions, ApiServer, DeleteOptions, Part, PatchKind, Resource},
    http::ServerOptions,
    sample,
};
use k8bit_test_support::pods::patch_status;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::interval;

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    kubectl::KubectlProxy,
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

/// On a wall, how often a pod begins to crash for good, and how many do at most: then the first of them is well again.
const TROUBLES: Duration = Duration::from_secs(15);
const MAX_ILL: usize = 6;

/// How long the proxy is away.
const AWAY: Duration = Duration::from_secs(40);

/// How late a clock may be that is looked at from outside, in its seconds: what a tick and a frame take, hastened.
const MAX_LATE_SECONDS: f64 = 30.0;

/// How often somebody points at a pod and opens and closes the details.
const VISITS: Duration = Duration::from_secs(60);

/// Looks at the memory. The first third is warm-up; the second is compared with the last.
const SAMPLES: u32 = 18;

/// How much more the last third may have than the second. The looks themselves leave some kilobytes each behind.
const GROWTH: f64 = 1.05;

/// Or this many bytes more of WebAssembly memory, which is never given back: a table that doubles once, at a moment of its own, is no leak. One of
/// 120 bytes an event would be more in ten minutes, one of 20 in an hour.
const WASM_STEP: f64 = 512.0 * 1024.0;

/// Time between two batches of events.
const BATCH: Duration = Duration::from_millis(20);

#[browser_test::in_chromium]
async fn the_memory_of_a_page_stays_flat() {
    let pace = Pace::asked_for();
    let Some((stage, mut life)) = begin("soak", pace).await else {
        return;
    };
    let page = open(&stage, "").await;
    let mut samples = Vec::new();
    for number in 1..=SAMPLES {
        life.go_on(&stage.cluster, &page, pace.time * number / SAMPLES).await;
        life.until_shown(&page).await;
        samples.push(Sample::take(&page, life.time()).await);
    }
    page.assert_clean().await;
    conclude("page", &life, &samples);
}

#[browser_test::in_chromium]
async fn the_memory_of_a_wall_stays_flat() {
    let pace = Pace::asked_for();
    let Some((mut stage, mut life)) = begin("soak of a wall", pace).await else {
        return;
    };
    stage.browser.prepare(WATCH_WALL).await;
    life.troubles = Some(Every::new(TROUBLES));
    let url = stage.cluster.url().to_owned();
    let address = format!("{}/static/#kiosk=1", stage.proxy.url());
    let page = Page::open(&stage.browser, &address, None).await;
    until_listed(&page).await;
    let mut samples = Vec::new();
    for number in 1..=SAMPLES {
        life.go_on(&stage.cluster, &page, pace.time * number / SAMPLES).await;
        if number % 4 == 0 {
            let port = stage.proxy.kill().await;
            until_away(&page).await;
            life.go_on(&stage.cluster, &page, life.time() + AWAY).await;
            stage.proxy = KubectlProxy::start_on(port, &url, &[]).await;
        }
        life.until_shown(&page).await;
        until_wall_is_right(&page, life.ill.len()).await;
        samples.push(Sample::take(&page, life.time()).await);
        put_clock_before_midnight(&page).await;
    }
    life.heal_all(&stage.cluster);
    life.until_shown(&page).await;
    until_wall_is_right(&page, 0).await;
    let wall: Wall = page.evaluate("wall").await;
    let visited = wall.visited;
    assert!(visited >= SAMPLES, "only {visited} problems were in the light");
    // The last may not have come yet.
    assert!(wall.midnights >= SAMPLES - 1, "only {} midnights", wall.midnights);
    assert!(wall.asked > life.visits.times, "{} wake locks", wall.asked);
    assert_eq!(wall.held, 1, "one wake lock is held");
    page.assert_clean().await;
    conclude("wall", &life, &samples);
}

/// A cluster that is about to live, and a browser in front of it whose pages are hastened.
async fn begin(test: &str, pace: Pace) -> Option<(Stage, Life)> {
    let turn = Turn::take().await;
    let options = ServerOptions {
        api: ApiOptions {
            bookmark_interval: pace.real(BOOKMARKS),
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    };
    let cluster = Cluster::simulated(test, options).await?;
    let life = Life::begin(&cluster, pace);
    let browser = Browser::start_with(&[]).await;
    browser.hasten(pace.speed).await;
    Some((Stage::build_for(turn, cluster, browser, &[]).await, life))
}

async fn open<'a>(stage: &'a Stage, fragment: &str) -> Page<'a> {
    let address = format!("{}/static/{fragment}", stage.proxy.url());
    let page = Page::open(&stage.browser, &address, None).await;
    until_listed(&page).await;
    page
}

async fn until_listed(page: &Page<'_>) {
    page.until_within("everything is listed", LATER, |seen| {
        seen.is_live() && seen.pods.len() == PODS && seen.nodes.len() == NODES
    })
    .await;
}

/// Prints what was measured, and asserts that it is flat and that the cluster has lived.
fn conclude(what: &str, life: &Life, samples: &[Sample]) {
    tools::report(&table(what, life, samples));
    let growths = growths(samples);
    assert!(growths.iter().all(Growth::is_allowed), "{what}: {growths:#?}");
    let expected = EVENTS_PER_SECOND * life.pace.time.as_secs_f64();
    assert!(life.events as f64 > 0.9 * expected, "only {} events", life.events);
}

/// Counts from the beginning what a wall does that leaves no trace.
const WATCH_WALL: &str = "window.wall = { visited: 0, midnights: 0, asked: 0, held: 0, time: '' };
    const request = navigator.wakeLock.request.bind(navigator.wakeLock);
    navigator.wakeLock.request = async (kind) => {
        const lock = await request(kind);
        wall.asked += 1;
        wall.held += 1;
        lock.addEventListener('release', () => { wall.held -= 1; }, { once: true });
        return lock;
    };
    let name = '';
    const look = () => {
        const seen = document.querySelector('#spotlight b')?.textContent ?? '';
        if (seen !== name && seen !== '') wall.visited += 1;
        name = seen;
        const now = document.querySelector('#wall-clock')?.textContent ?? '';
        if (wall.time.startsWith('23:59') && now.startsWith('00:0')) wall.midnights += 1;
        wall.time = now;
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });";

/// What [`WATCH_WALL`] has counted.
#[derive(Debug, Deserialize)]
struct Wall {
    visited: u32,
    midnights: u32,
    asked: u32,
    held: u32,
}

/// Waits until the wall does not call itself live any more.
async fn until_away(page: &Page<'_>) {
    let state = "document.querySelector('#wall-badge').dataset.state";
    eventually("the wall says that nobody answers", LATER, async || {
        match page.evaluate::<String>(state).await.as_str() {
            "live" => Err("live".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
}

/// What a wall says.
const WALL: &str = "(() => {
    const number = (id) => Number(document.querySelector(`#wall-${id} .number`).textContent.replace(/[^0-9]/g, ''));
    const [hours, minutes, seconds] = document.querySelector('#wall-clock').textContent.split(':').map(Number);
    const day = 86400, now = new Date(Date.now());
    const secondsOf = (hours, minutes, seconds) => hours * 3600 + minutes * 60 + seconds;
    return {
        pods: number('pods'), nodes: number('nodes'), problems: number('problems'),
        late: (secondsOf(now.getHours(), now.getMinutes(), now.getSeconds()) - secondsOf(hours, minutes, seconds) + day) % day,
        badge: document.querySelector('#wall-badge').dataset.state,
        isCalm: document.querySelector('#spotlight').hasAttribute('data-calm'),
    };
})()";

/// Waits until the large numbers, the clock and the light say what is.
async fn until_wall_is_right(page: &Page<'_>, problems: usize) {
    eventually("the wall is right", LATER, async || {
        let seen: Value = page.evaluate(WALL).await;
        let is_right = seen["pods"] == PODS
            && seen["nodes"] == NODES
            && seen["problems"] == problems
            && seen["badge"] == "live"
            && seen["isCalm"] == (problems == 0)
            && seen["late"].as_f64() < Some(MAX_LATE_SECONDS);
        if is_right {
            Ok(())
        } else {
            Err(format!("{seen}, {problems} are ill"))
        }
    })
    .await;
}

/// The page's clock on the wall says 23:59:50 of the next day, and is seen to; what it measures times with goes on as ever.
async fn put_clock_before_midnight(page: &Page<'_>) {
    let script = "(() => {
        const now = new Date(Date.now());
        const isBefore = now.getHours() === 23 && now.getMinutes() === 59;
        if (isBefore) return wall.time.startsWith('23:59');
        const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 2).getTime();
        k8bitProbe.skip(0, midnight - 10_000 - now.getTime());
        return false;
    })()";
    page.until_true(
        "the last midnight has passed",
        "return !wall.time.startsWith('23:59')",
        &[],
    )
    .await;
    eventually("the clock is seen before midnight", LATER, async || {
        // The ten seconds may be over before they were drawn, and then it is put there once more.
        match page.evaluate::<bool>(script).await {
            true => Ok(()),
            false => Err("it is not".to_owned()),
        }
    })
    .await;
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
    pace: Pace,
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
    /// `None` where no pod stays ill.
    troubles: Option<Every>,
    /// Namespace and name of those that crash, the first one first.
    ill: VecDeque<(String, String)>,
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
    fn begin(cluster: &Cluster, pace: Pace) -> Self {
        let mut life = Self {
            began: Instant::now(),
            pace,
            random: fastrand::Rng::with_seed(86),
            nodes: Vec::new(),
            pods: Vec::new(),
            born: 0,
            events: 0,
            ends: Every::new(ENDS),
            cuts: Every::new(CUTS),
            expiries: Every::new(EXPIRIES),
            visits: Every::new(VISITS),
            troubles: None,
            ill: VecDeque::new(),
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

    /// How long it has lived, by the page's clocks.
    fn time(&self) -> Duration {
        self.began.elapsed().mul_f64(self.pace.speed)
    }

    /// Lives on until the page's clocks say `until`.
    async fn go_on(&mut self, cluster: &Cluster, page: &Page<'_>, until: Duration) {
        let simulator = cluster.simulator();
        let mut ticks = interval(BATCH);
        loop {
            ticks.tick().await;
            // However late this tick comes, all that is due until then happens.
            let time = self.time().min(until);
            let now = simulator.now();
            let due = (time.as_secs_f64() * EVENTS_PER_SECOND) as u64;
            simulator.with_api(|api| {
                while self.events < due {
                    self.step(now, api);
                }
                if self.troubles.as_mut().is_some_and(|troubles| troubles.is_due(time)) {
                    self.fall_ill(now, api);
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
            if time == until {
                return;
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
        self.ill.retain(|(_, ill)| *ill != name);
        for options in [DeleteOptions::default(), DeleteOptions::now()] {
            api.delete(now, Resource::Pods, &namespace, &name, &options)
                .expect("the pod is there");
        }
        self.events += 2;
    }

    /// A container ends, waits, and runs again.
    fn crash(&mut self, now: Timestamp, api: &mut ApiServer) {
        let pod = self.pods[self.random.usize(..self.pods.len())].clone();
        self.ill.retain(|ill| *ill != pod);
        for is_ready in [false, true] {
            self.set_ready(now, api, &pod, is_ready);
        }
    }

    /// A container ends and waits, for a while.
    fn fall_ill(&mut self, now: Timestamp, api: &mut ApiServer) {
        if self.ill.len() == MAX_ILL {
            self.heal(now, api);
        }
        let pod = self.pods[self.random.usize(..self.pods.len())].clone();
        if !self.ill.contains(&pod) {
            self.set_ready(now, api, &pod, false);
            self.ill.push_back(pod);
        }
    }

    /// What has been ill for longest is well again.
    fn heal(&mut self, now: Timestamp, api: &mut ApiServer) {
        if let Some(pod) = self.ill.pop_front() {
            self.set_ready(now, api, &pod, true);
        }
    }

    fn heal_all(&mut self, cluster: &Cluster) {
        let now = cluster.simulator().now();
        cluster.simulator().with_api(|api| {
            while !self.ill.is_empty() {
                self.heal(now, api);
            }
        });
    }

    /// The container of a pod runs, or waits to be started again.
    fn set_ready(&mut self, now: Timestamp, api: &mut ApiServer, (namespace, name): &(String, String), is_ready: bool) {
        let state = match is_ready {
            false => json!({"waiting": {"reason": "CrashLoopBackOff"}}),
            true => json!({"running": {"startedAt": sample::CREATED}}),
        };
        let status = json!([{"name": "app", "image": "app", "imageID": "", "ready": is_ready, "started": is_ready,
                             "restartCount": self.random.u32(1..50), "state": state}]);
        let status = json!({"containerStatuses": status});
        patch_status(api, now, (namespace, name), &status).expect("the pod is there");
        self.events += 1;
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

/// Somebody points at a pod, opens the details with the diagnostics, and closes both; or, where there is a wall, comes by
/// and moves the pointer, and the page is shown again, as after a look at another tab.
async fn visit(page: &Page<'_>) {
    let script = "(() => {
        if (document.querySelector('.wall')) {
            document.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
            document.dispatchEvent(new Event('visibilitychange'));
            return null;
        }
        const block = document.querySelector('#map [data-pod]');
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
fn table(what: &str, life: &Life, samples: &[Sample]) -> String {
    let pace = life.pace;
    let mut text = format!(
        "soak of a {what}: {:.0} minutes of {PODS} pods on {NODES} nodes in {:.0} s (speed {}): {} events made, {} pods created, watches \
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
