//! As many events as a large cluster ever sends: 5,000 a second; or more, where that is asked for.
//!
//! The events are made within the test's own process, in the simulator, because no client of an API writes that fast; on
//! their way to the page they pass its socket, `kubectl proxy` and the browser as ever. A few seconds of it are part of
//! all tests; `make torrent` lasts the full minute.

use std::{
    env, fmt,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use k8bit_simulator::{
    api::{ApiOptions, ApiServer, DeleteOptions, Resource, Template, Window},
    http::ServerOptions,
    sample,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{interval, sleep};

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    page::{Page, Snapshot},
    stage::{Stage, Turn},
    tools,
    wait::{LATER, eventually},
};

const NODES: usize = 50;
const PODS: usize = 2_500;

/// Events a second, unless `K8BIT_TORRENT_EVENTS` says otherwise.
const EVENTS_PER_SECOND: u64 = 5_000;

/// How long, unless `K8BIT_TORRENT_SECONDS` says otherwise.
const SECONDS: u64 = 8;

/// Bytes of a pod as JSON, unless `K8BIT_TORRENT_BYTES` says otherwise: what a real one has, with its managedFields.
const POD_BYTES: u64 = 8_192;

/// For how long the server keeps events. A watch that falls further behind is ended, as by the real server, which keeps up
/// to 102,400.
const WINDOW_SECONDS: u64 = 8;

/// Time between two batches of events.
const BATCH: Duration = Duration::from_millis(10);

/// A pod's restarts before it begins again: each is a template.
const RESTARTS: usize = 8;

/// From one pod to the next: over all nodes in turn, and, having no divisor with the number of pods, over all pods.
const STRIDE: usize = 7;

/// Frames in a second that the row demands.
const FRAMES_PER_SECOND: f64 = 30.0;

#[browser_test::in_chromium]
async fn row_86_five_thousand_events_a_second_are_drawn_and_none_is_lost() {
    let turn = Turn::take_alone().await;
    let Some(cluster) = Cluster::simulated("5,000 events a second", options()).await else {
        return;
    };
    let mut torrent = Torrent::prepare(&cluster);
    let stage = Stage::build_for(turn, cluster, Browser::start_with(&[]).await, &[]).await;
    let page = stage.open("?list=unlimited").await;
    page.until_within("all pods are listed", LATER, |seen| {
        seen.is_live() && seen.pods.len() == PODS
    })
    .await;
    let idle = Frames::watch(&page, Duration::from_secs(1)).await;
    let reset = "Object.assign(k8bitProbe, { longestTaskMs: 0, longTasks: 0, longTasksMs: 0 }); \
                 k8bitProbe.watchFrames(); return null";
    page.eval::<()>(reset, &[]).await;
    let (before, watches) = (Received::of(&page).await, watches_of_pods(&stage));
    page.devtools("Performance.enable", json!({})).await;
    let work = Work::of(&page).await;

    let Sent { lasted, most_behind } = torrent.run(&stage, &page, before).await;
    let sent = torrent.events;
    eventually("all events have arrived", LATER, async || {
        let arrived = Received::of(&page).await.events - before.events;
        (arrived >= sent)
            .then_some(())
            .ok_or_else(|| format!("{arrived} of {sent}"))
    })
    .await;
    let caught_up = torrent.last.elapsed();
    let frames = Frames::take(&page).await;
    let work = Work::of(&page).await.since(&work);
    let received = Received::of(&page).await;
    page.until_within("the picture is the truth", LATER, |seen| {
        seen.is_live() && torrent.is_shown_by(seen)
    })
    .await;
    assert_eq!(page.blocks().await.len(), PODS, "blocks");
    let probe = page.assert_clean().await;

    let rate = sent as f64 / lasted.as_secs_f64();
    let bytes = (received.bytes - before.bytes) as f64;
    tools::report(&format!(
        "row 86: {sent} events in {:.1} s ({rate:.0} a second, {:.1} MB a second), at most {most_behind} behind, all there \
         {} ms after the last; {frames} (before them {idle}); {} long tasks of {:.0} ms together, the longest {:.0} ms; {work}",
        lasted.as_secs_f64(),
        bytes / 1e6 / lasted.as_secs_f64(),
        caught_up.as_millis(),
        probe.long_tasks,
        probe.long_tasks_ms,
        probe.longest_task_ms,
    ));
    assert_eq!(received.events - before.events, sent, "events");
    assert_eq!(watches_of_pods(&stage), watches, "the watch was ended, or opened again");
    assert_eq!(received.lists, before.lists, "lists");
    // They are taken in and drawn while they come, and not when they have ended.
    assert!(
        most_behind < sent && frames.count > 0,
        "{most_behind} of {sent} behind, {frames}"
    );
    if tools::is_measuring() {
        let wanted = asked_for("K8BIT_TORRENT_EVENTS", EVENTS_PER_SECOND) as f64;
        assert!(rate > 0.95 * wanted, "no load was made: {rate:.0} events a second");
        assert!(frames.per_second >= FRAMES_PER_SECOND, "{frames}");
    }
}

fn options() -> ServerOptions {
    ServerOptions {
        api: ApiOptions {
            object_bytes: asked_for("K8BIT_TORRENT_BYTES", POD_BYTES) as usize,
            window: Window {
                watch_events_max: (WINDOW_SECONDS * asked_for("K8BIT_TORRENT_EVENTS", EVENTS_PER_SECOND)) as usize,
                ..Window::default()
            },
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    }
}

fn asked_for(variable: &str, otherwise: u64) -> u64 {
    let given = env::var(variable).ok().filter(|text| !text.is_empty());
    given.map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is to be a number, and is {text:?}"))
    })
}

/// Watches of pods that were opened so far.
fn watches_of_pods(stage: &Stage) -> usize {
    let requests = stage.cluster.simulator().requests();
    requests
        .iter()
        .filter(|record| record.path_and_query.contains("/pods?") && record.path_and_query.contains("watch=1"))
        .count()
}

/// What makes the events.
struct Torrent {
    /// A pod after this many restarts.
    templates: Vec<Template>,
    pods: Vec<Truth>,
    namespace: String,
    next: usize,
    /// Events so far.
    events: u64,
    /// When the last one was made.
    last: Instant,
}

/// A pod as it is.
struct Truth {
    name: String,
    node: String,
    uid: String,
    restarts: usize,
}

/// How the making of events went.
struct Sent {
    lasted: Duration,
    /// Most events that were made and had not arrived.
    most_behind: u64,
}

impl Torrent {
    fn prepare(cluster: &Cluster) -> Self {
        let namespace = cluster.namespace.clone();
        let templates: Vec<Template> = (0..RESTARTS).map(|restarts| template(&namespace, restarts)).collect();
        let simulator = cluster.simulator();
        let now = simulator.now();
        let pods = simulator.with_api(|api| {
            for index in 0..NODES {
                let name = cluster.node(&format!("{index:02}"));
                api.load(now, Resource::Nodes, sample::node(&name));
            }
            let pods = (0..PODS).map(|index| {
                let name = format!("pod-{index:04}");
                let node = cluster.node(&format!("{:02}", index % NODES));
                let uid = api.load_from(&templates[0], &[&name, &node]).uid.to_string();
                Truth {
                    name,
                    node,
                    uid,
                    restarts: 0,
                }
            });
            pods.collect()
        });
        Self {
            templates,
            pods,
            namespace,
            next: 0,
            events: 0,
            last: Instant::now(),
        }
    }

    /// Makes events at an even pace.
    async fn run(&mut self, stage: &Stage, page: &Page<'_>, before: Received) -> Sent {
        let began = Instant::now();
        let end = Duration::from_secs(asked_for("K8BIT_TORRENT_SECONDS", SECONDS));
        let rate = asked_for("K8BIT_TORRENT_EVENTS", EVENTS_PER_SECOND);
        let mut most_behind = 0;
        let mut look_at = Duration::from_secs(1);
        let mut pace = interval(BATCH);
        while began.elapsed() < end {
            pace.tick().await;
            let due = rate * began.elapsed().as_millis() as u64 / 1_000;
            let now = stage.cluster.simulator().now();
            stage.cluster.simulator().with_api(|api| {
                while self.events < due {
                    self.step(now, api);
                }
            });
            self.last = Instant::now();
            if began.elapsed() >= look_at {
                look_at += Duration::from_secs(1);
                let sent = self.events;
                let arrived = Received::of(page).await.events - before.events;
                most_behind = most_behind.max(sent.saturating_sub(arrived));
            }
        }
        Sent {
            lasted: began.elapsed(),
            most_behind,
        }
    }

    /// One change; every tenth deletes a pod and creates it again under its name.
    fn step(&mut self, now: Timestamp, api: &mut ApiServer) {
        let round = self.next;
        self.next += 1;
        let pod = &mut self.pods[round * STRIDE % PODS];
        pod.restarts = (pod.restarts + 1) % RESTARTS;
        if round % 10 == 9 {
            api.delete(now, Resource::Pods, &self.namespace, &pod.name, &DeleteOptions::now())
                .expect("the pod is there");
            self.events += 1;
            pod.uid = format!("00000000-0000-4000-8000-{round:012x}");
        }
        api.put_from(now, &self.templates[pod.restarts], &pod.uid, &[&pod.name, &pod.node]);
        self.events += 1;
    }

    fn is_shown_by(&self, seen: &Snapshot) -> bool {
        // The page's order is that of the names.
        let rows = seen
            .pods
            .iter()
            .map(|pod| (pod.name.as_str(), pod.uid.as_str(), pod.restarts as usize));
        rows.eq(self
            .pods
            .iter()
            .map(|pod| (pod.name.as_str(), pod.uid.as_str(), pod.restarts)))
    }
}

/// A pod after this many restarts: its name is gap 2, its node gap 3. With every second one it is not ready.
fn template(namespace: &str, restarts: usize) -> Template {
    let mut pod = sample::running_pod(namespace, &Template::gap(2), &Template::gap(3));
    let status = &mut pod["status"]["containerStatuses"][0];
    status["restartCount"] = json!(restarts);
    status["ready"] = json!(restarts.is_multiple_of(2));
    Template::new(Resource::Pods, ApiServer::with_defaults(Resource::Pods, pod))
}

/// What the page has received of pods.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Received {
    events: u64,
    bytes: u64,
    lists: u64,
}

impl Received {
    async fn of(page: &Page<'_>) -> Self {
        page.evaluate("k8bit.diagnostics().kinds[1].counters").await
    }
}

/// What the page's main thread was busy with, in seconds.
struct Work {
    script: f64,
    style: f64,
    layout: f64,
    all: f64,
}

impl Work {
    async fn of(page: &Page<'_>) -> Self {
        let answer = page.devtools("Performance.getMetrics", json!({})).await;
        let metric = |name: &str| {
            let metrics = answer["metrics"].as_array().expect("a list");
            let metric = metrics.iter().find(|metric| metric["name"] == name);
            metric.expect("the browser measures it")["value"]
                .as_f64()
                .expect("a number")
        };
        Self {
            script: metric("ScriptDuration"),
            style: metric("RecalcStyleDuration"),
            layout: metric("LayoutDuration"),
            all: metric("TaskDuration"),
        }
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            script: self.script - before.script,
            style: self.style - before.style,
            layout: self.layout - before.layout,
            all: self.all - before.all,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "main thread busy for {:.1} s (script {:.1}, style {:.1}, layout {:.1})",
            self.all, self.script, self.style, self.layout
        )
    }
}

/// How smoothly the page ran: animation frames of its main thread, which is where all of its work is done.
struct Frames {
    count: usize,
    per_second: f64,
    late_percent: f64,
    longest_ms: f64,
}

impl Frames {
    async fn watch(page: &Page<'_>, time: Duration) -> Self {
        page.eval::<()>("k8bitProbe.watchFrames(); return null", &[]).await;
        sleep(time).await;
        Self::take(page).await
    }

    /// Ends what `k8bitProbe.watchFrames()` began.
    async fn take(page: &Page<'_>) -> Self {
        let mut gaps: Vec<f64> = page.eval("return k8bitProbe.takeFrames()", &[]).await;
        gaps.sort_unstable_by(f64::total_cmp);
        let frames = gaps.len();
        let count = frames as f64;
        let late = gaps.iter().filter(|gap| **gap > 1_000.0 / FRAMES_PER_SECOND).count() as f64;
        Self {
            count: frames,
            per_second: count * 1_000.0 / gaps.iter().sum::<f64>(),
            late_percent: late * 100.0 / count,
            longest_ms: gaps.last().copied().unwrap_or(f64::INFINITY),
        }
    }
}

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} frames a second, {:.1} % of them after more than 33 ms, the longest after {:.0} ms",
            self.per_second, self.late_percent, self.longest_ms
        )
    }
}
