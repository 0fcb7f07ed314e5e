//! The page beside two others in JavaScript, in one Chromium and one run, and kube-rs' reflector beside them: `make bench`.
//!
//! Like is compared with like: a store with a Map, on the same encoding; a picture of boxes with a picture of boxes, from
//! the navigation on, so that the start-up of WebAssembly counts. Where two encodings meet in a ratio, its name says so.
//!
//! The cluster is the simulator, whose objects are as large as real ones: 8 KB of JSON a pod with its managedFields,
//! compact for who asks for `pretty=false` and indented for a browser that does not, compressed where the browser takes
//! it. Everything that is compared takes turns within the run and medians are compared, because machines are noisy: the
//! ratios mean something on any of them, the milliseconds only on one that does nothing else.
//!
//! | variable | what it is |
//! |---|---|
//! | `PODS`, `NODES` | size of the cluster; 30,000 and 1,000 |
//! | `LARGE` | pods of the cluster on which memory is measured a second time; 150,000, and 0 leaves it out |
//! | `ROUNDS` | how often everything takes its turn; 3 |
//! | `SEED` | of the cluster; 1 |
//! | `ONLY` | `blocks`, `lists`, `informers`, `boxes`, `watches`, `latency`, `interaction`, `names`, `memory`, `roaming` or `growth`: that alone, and no ratios; everything |
//! | `PROXY` | `kubectl` puts a real `kubectl proxy` between browser and cluster |
//! | `RESULTS` | where the table is written besides standard output; nowhere unless it is given |

mod blocks;
mod cluster;
mod informers;
mod interaction;
mod latency;
mod memory;
mod names;
mod native;
mod renderer;
mod replayed;
mod report;
mod tab;

use std::{env, path::Path};

use cluster::{Bench, JSON, PROTOBUF, Pace};
use k8bit_test_support::harness::{browser::Browser, suite};
use native::Way;
use report::Report;
use tab::Tab;

/// Ways to read all objects and count their bytes: the encoding, and whether into one buffer that goes back and forth.
pub(crate) const EMPTY_READERS: [(&str, &str, bool); 3] = [
    ("empty reader, protobuf", "protobuf", false),
    ("empty reader, protobuf into one buffer", "protobuf", true),
    ("empty reader, JSON into one buffer", "json", true),
];

/// A way in which JavaScript lists all pods: into a Map, or into a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// A function of peer.js.
    pub(crate) how: &'static str,
    /// Pods in a page.
    pub(crate) limit: usize,
    /// What it keeps of a pod.
    pub(crate) keeps: &'static str,
}

impl Peer {
    const fn new(name: &'static str, how: &'static str, limit: usize, keeps: &'static str) -> Self {
        Self {
            name,
            how,
            limit,
            keeps,
        }
    }
}

/// Ways into a Map.
pub(crate) const MAP_PEERS: [Peer; 5] = [
    Peer::new("JavaScript, one list", "list", 0, "whole"),
    Peer::new("JavaScript, one list, projection", "list", 0, "projection"),
    Peer::new("JavaScript, pages of 500, projection", "pages", 500, "projection"),
    Peer::new("JavaScript, pages of 5,000, projection", "pages", 5_000, "projection"),
    Peer::new(
        "JavaScript, worker, pages of 5,000, projection",
        "worker",
        5_000,
        "projection",
    ),
];

/// Ways into boxes, at [`interaction::PODS`] pods, where the page shows boxes, too.
pub(crate) const BOX_PEERS: [Peer; 3] = [
    Peer::new("JavaScript, one list, boxes", "list", 0, "projection"),
    Peer::new("JavaScript, pages of 500, boxes", "pages", 500, "projection"),
    Peer::new("JavaScript, worker, pages of 500, boxes", "worker", 500, "projection"),
];

/// The peer's way into elements at the full size, where the page shows a map.
const ELEMENTS_PEER: Peer = Peer::new(
    "JavaScript, pages of 5,000, an element a pod",
    "pages",
    5_000,
    "projection",
);

/// The cluster that somebody sees who tries the page: see `make demo`.
pub(crate) const DEMO_NODES: usize = 24;
pub(crate) const DEMO_PODS: usize = 540;

/// Pods of the cluster that the largest is compared with.
const SMALL_PODS: usize = 1_500;

pub(crate) const EVENTS_OF_SMALL: &str = "ours, events in a small cluster";
pub(crate) const EVENTS_OF_LARGE: &str = "ours, events in the largest cluster";

/// What to measure.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) pods: usize,
    pub(crate) nodes: usize,
    pub(crate) large: usize,
    pub(crate) rounds: usize,
    pub(crate) seed: u64,
    pub(crate) kubectl_proxy: bool,
    /// The one part to measure, where it is not all of them.
    pub(crate) only: Option<String>,
}

impl Options {
    fn from_environment() -> Self {
        let number = |name: &str, default: usize| match env::var(name).ok().filter(|text| !text.is_empty()) {
            None => default,
            Some(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")),
        };
        Self {
            pods: number("PODS", 30_000),
            nodes: number("NODES", 1_000),
            large: number("LARGE", 150_000),
            rounds: number("ROUNDS", 3).max(1),
            seed: number("SEED", 1) as u64,
            kubectl_proxy: env::var("PROXY").is_ok_and(|proxy| proxy == "kubectl"),
            only: env::var("ONLY").ok().filter(|only| !only.is_empty()),
        }
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }

    /// The same at another size.
    fn sized(&self, nodes: usize, pods: usize) -> Self {
        Self {
            pods,
            nodes,
            ..self.clone()
        }
    }

    /// The same at another size, with as many pods on a node.
    fn resized(&self, pods: usize) -> Self {
        self.sized((self.nodes * pods / self.pods.max(1)).max(1), pods)
    }
}

fn main() {
    // `cargo test --benches` runs benches to see that they build.
    if env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [native::ARGUMENT, way, url] => runtime.block_on(native::run(way, url)),
        [replayed::ARGUMENT, way, folder] => runtime.block_on(replayed::run(way, Path::new(folder))),
        _ => runtime.block_on(suite::in_chromium(run(Options::from_environment()))),
    }
}

async fn run(options: Options) {
    let mut report = Report::new(options.clone());
    // Each cluster in a browser of its own: what others have left behind in one slows down whoever comes after them.
    if ["lists", "watches", "informers", "latency"]
        .iter()
        .any(|part| options.wants(part))
    {
        let browser = open_browser().await;
        let bench = Bench::start(&options).await;
        let tab = Tab::new(&browser, &bench);
        if options.wants("lists") {
            lists(&tab, &bench, &options, &mut report).await;
        }
        if options.wants("watches") || options.wants("informers") {
            eprintln!("recording events");
            bench.record(&[JSON, PROTOBUF]).await;
        }
        if options.wants("watches") {
            watches(&tab, &options, &mut report).await;
        }
        if options.wants("informers") {
            informers::measure(&tab, &bench.recorded(), options.rounds, &mut report).await;
        }
        if options.wants("latency") {
            latency::measure(&tab, &bench, &mut report).await;
        }
    }
    if options.wants("boxes") {
        let browser = open_browser().await;
        let bench = Bench::start(&options.sized(DEMO_NODES, DEMO_PODS)).await;
        first_boxes(&Tab::new(&browser, &bench), &options, &mut report).await;
    }
    // Of the program's own parts, not of the page: only for who asks.
    if options.only.as_deref() == Some("blocks") {
        let browser = open_browser().await;
        let bench = Bench::start(&options.sized(DEMO_NODES, DEMO_PODS)).await;
        blocks::measure(&Tab::new(&browser, &bench), options.rounds).await;
        return;
    }
    if ["boxes", "interaction"].iter().any(|part| options.wants(part)) {
        let browser = open_browser().await;
        let bench = Bench::start(&options.sized(interaction::NODES, interaction::PODS)).await;
        let tab = Tab::new(&browser, &bench);
        if options.wants("boxes") {
            boxes(&tab, &options, &mut report).await;
        }
        if options.wants("interaction") {
            interaction::measure(&tab, &bench, &mut report).await;
        }
    }
    if options.wants("names") {
        let browser = open_browser().await;
        let bench = Bench::start(&options.sized(names::NODES, names::PODS)).await;
        names::measure(&Tab::new(&browser, &bench), &bench, &mut report).await;
    }
    if options.large > 0 && ["memory", "roaming", "growth"].iter().any(|part| options.wants(part)) {
        let browser = open_browser().await;
        let bench = Bench::start(&options.resized(options.large)).await;
        let tab = Tab::new(&browser, &bench);
        if options.wants("memory") {
            memory::measure(&tab, &bench, options.large, &mut report).await;
            bench.set_pace(Pace::Real);
            report.paced_picture(options.large, &tab.picture("").await);
            bench.set_pace(Pace::Unlimited);
        }
        if options.wants("roaming") {
            interaction::roam(&tab, &bench, options.large, &mut report).await;
        }
        if options.wants("growth") {
            growth(&browser, &bench, &options, &mut report).await;
        }
    }
    report.finish();
}

/// A browser with the observer in every page.
pub(crate) async fn open_browser() -> Browser {
    Browser::launch(&[], false, include_str!("observer.js")).await
}

/// From the request to the complete store or picture.
async fn lists(tab: &Tab<'_>, bench: &Bench, options: &Options, report: &mut Report) {
    for round in 0..options.rounds {
        eprintln!("lists, round {} of {}", round + 1, options.rounds);
        for (name, encoding, into_one_buffer) in EMPTY_READERS {
            let empty = tab.measure("empty", &[encoding.into(), into_one_buffer.into()]).await;
            report.lap(name, empty);
        }
        report.lap(report::STORE, tab.measure("store", &["protobuf".into()]).await);
        report.lap(report::STORE_JSON, tab.measure("store", &["json".into()]).await);
        for Peer {
            name,
            how,
            limit,
            keeps,
        } in MAP_PEERS
        {
            let parameters = [how.into(), limit.into(), keeps.into()];
            report.lap(name, tab.measure("peer", &parameters).await);
        }
        report.picture(tab.picture("").await);
        report.lap(ELEMENTS_PEER.name, tab.peer_picture(&ELEMENTS_PEER).await);
        report.lap(report::KUBE_RS, native::measure(&bench.url(), Way::Pages).await);
        report.lap(
            report::KUBE_RS_STREAMING,
            native::measure(&bench.url(), Way::Stream).await,
        );
    }
    // What this shows is that decoding keeps up with such a server; both rows take as long as it sends.
    bench.set_pace(Pace::Real);
    for round in 0..options.rounds {
        eprintln!(
            "lists at the pace of a real API server, round {} of {}",
            round + 1,
            options.rounds
        );
        let empty = tab.measure("empty", &["protobuf".into(), true.into()]).await;
        report.lap(report::EMPTY_PACED, empty);
        report.lap(report::STORE_PACED, tab.measure("store", &["protobuf".into()]).await);
    }
    bench.set_pace(Pace::Unlimited);
    memory::measure(tab, bench, options.pods, report).await;
    eprintln!("the article's code");
    report.lap("the article's code", tab.measure("article", &[]).await);
}

/// From the navigation to the first boxes, in a cluster as `make demo` has it.
async fn first_boxes(tab: &Tab<'_>, options: &Options, report: &mut Report) {
    for round in 0..options.rounds.max(7) {
        eprintln!("first boxes, round {}", round + 1);
        report.first_boxes(&tab.picture("").await);
    }
}

/// From the navigation to the complete picture, where both sides show boxes.
async fn boxes(tab: &Tab<'_>, options: &Options, report: &mut Report) {
    for round in 0..options.rounds.max(5) {
        eprintln!("boxes, round {}", round + 1);
        report.boxes(&tab.picture("#zoom=boxes").await);
        for peer in &BOX_PEERS {
            report.lap(peer.name, tab.peer_picture(peer).await);
        }
    }
}

/// Recorded events into a store.
async fn watches(tab: &Tab<'_>, options: &Options, report: &mut Report) {
    for round in 0..options.rounds {
        eprintln!("watches, round {} of {}", round + 1, options.rounds);
        report.lap(report::EVENTS, tab.measure("replay", &["protobuf".into()]).await);
        report.lap(report::EVENTS_JSON, tab.measure("replay", &["json".into()]).await);
        for (name, keeps) in report::PEER_EVENTS {
            report.lap(name, tab.measure("parse", &[keeps.into()]).await);
        }
    }
}

/// The same number of events in a small cluster and in the largest.
async fn growth(browser: &Browser, large: &Bench, options: &Options, report: &mut Report) {
    let small = Bench::start(&options.resized(SMALL_PODS)).await;
    eprintln!("recording events");
    for bench in [&small, large] {
        bench.record(&[PROTOBUF]).await;
    }
    for round in 0..options.rounds {
        eprintln!("events at two sizes, round {} of {}", round + 1, options.rounds);
        for (name, bench) in [(EVENTS_OF_SMALL, &small), (EVENTS_OF_LARGE, large)] {
            let tab = Tab::new(browser, bench);
            report.lap(name, tab.measure("replay", &["protobuf".into()]).await);
        }
    }
}
