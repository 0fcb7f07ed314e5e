//! The page beside two others in JavaScript, in one Chromium and one run, and kube-rs' reflector beside them: `make bench`.
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
//! | `ONLY` | `lists`, `watches`, `latency`, `interaction` or `memory`: that alone, and no ratios; everything |
//! | `PROXY` | `kubectl` puts a real `kubectl proxy` between browser and cluster |
//! | `RESULTS` | where the table is written besides standard output; nowhere unless it is given |

mod cluster;
mod harness;
mod interaction;
mod latency;
mod memory;
mod native;
mod renderer;
mod report;
mod tab;

use std::env;

use cluster::Bench;
use native::Way;
use report::Report;
use tab::Tab;

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

    /// The same at another size, with as many pods on a node.
    fn resized(&self, pods: usize) -> Self {
        Self {
            pods,
            nodes: (self.nodes * pods / self.pods.max(1)).max(1),
            ..self.clone()
        }
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
        _ => runtime.block_on(run(Options::from_environment())),
    }
}

async fn run(options: Options) {
    let mut report = Report::new(options.clone());
    let browser = harness::browser::Browser::launch(&[], false, include_str!("observer.js")).await;
    if ["lists", "watches", "latency"].iter().any(|part| options.wants(part)) {
        let bench = Bench::start(&options).await;
        let tab = Tab::new(&browser, &bench);
        if options.wants("lists") {
            lists(&tab, &bench, &options, &mut report).await;
        }
        if options.wants("watches") {
            watches(&tab, &bench, &options, &mut report).await;
        }
        if options.wants("latency") {
            latency::measure(&tab, &bench, &mut report).await;
        }
    }
    if options.wants("interaction") {
        let bench = Bench::start(&Options {
            pods: interaction::PODS,
            nodes: interaction::NODES,
            ..options.clone()
        })
        .await;
        interaction::measure(&Tab::new(&browser, &bench), &bench, &mut report).await;
    }
    if options.large > 0 && options.wants("memory") {
        let bench = Bench::start(&options.resized(options.large)).await;
        let tab = Tab::new(&browser, &bench);
        memory::measure(&tab, options.large, &mut report).await;
    }
    report.finish();
}

/// From the request to the complete store or picture.
async fn lists(tab: &Tab<'_>, bench: &Bench, options: &Options, report: &mut Report) {
    let dom = true.into();
    for round in 0..options.rounds {
        eprintln!("lists, round {} of {}", round + 1, options.rounds);
        report.lap(
            "empty reader, protobuf",
            tab.measure("empty", &["protobuf".into()]).await,
        );
        report.lap("empty reader, JSON", tab.measure("empty", &["json".into()]).await);
        report.lap("ours, store", tab.measure("store", &["".into()]).await);
        report.picture(tab.picture("").await);
        report.lap("JavaScript, one list", tab.measure("list", &[false.into()]).await);
        report.lap(
            "JavaScript, one list, DOM",
            tab.measure("list", std::slice::from_ref(&dom)).await,
        );
        let pages = tab.measure("pages", &[500.into(), dom.clone()]).await;
        report.lap("JavaScript, pages of 500, DOM", pages);
        let pages = tab.measure("pages", &[5000.into(), dom.clone()]).await;
        report.lap("JavaScript, pages of 5,000, DOM", pages);
        report.lap("kube-rs, native", native::measure(&bench.url(), Way::Pages).await);
        report.lap(
            "kube-rs, native, streaming",
            native::measure(&bench.url(), Way::Stream).await,
        );
    }
    memory::measure(tab, options.pods, report).await;
    eprintln!("the article's code");
    report.lap("the article's code", tab.measure("article", &[]).await);
}

/// Recorded events into a store.
async fn watches(tab: &Tab<'_>, bench: &Bench, options: &Options, report: &mut Report) {
    eprintln!("recording events");
    bench.record().await;
    for round in 0..options.rounds {
        eprintln!("watches, round {} of {}", round + 1, options.rounds);
        report.lap("ours, events", tab.measure("replay", &["protobuf".into()]).await);
        report.lap("ours, events in JSON", tab.measure("replay", &["json".into()]).await);
        report.lap("JavaScript, events", tab.measure("parse", &[]).await);
    }
}
