//! The table: medians, ratios, and the targets beside them.

use std::{env, fmt::Write as _, fs, process::Command};

use serde_json::Value;

use crate::{Options, informers::Engine};

/// Ours, from protobuf: what the page asks for.
pub(crate) const STORE: &str = "ours, store, protobuf";
pub(crate) const STORE_JSON: &str = "ours, store, JSON";
pub(crate) const KUBE_RS: &str = "kube-rs, native, JSON into k8s_openapi::Pod, pages of 500";
pub(crate) const KUBE_RS_STREAMING: &str = "kube-rs, native, JSON into k8s_openapi::Pod, streaming list";
pub(crate) const EMPTY_PACED: &str = "empty reader, protobuf, throttled to 125 MB/s";
pub(crate) const STORE_PACED: &str = "ours, store, protobuf, throttled to 125 MB/s";
pub(crate) const EVENTS: &str = "ours, events, protobuf";
pub(crate) const EVENTS_JSON: &str = "ours, events, JSON";
/// With what each keeps of a pod.
pub(crate) const PEER_EVENTS: [(&str, &str); 2] = [
    ("JavaScript, events, JSON", "whole"),
    ("JavaScript, events, JSON, projection", "projection"),
];
const BOXES: &str = "ours, boxes";

/// The unit of a longest task, in milliseconds.
const TASK: &str = "task";

/// The shortest task that browsers report.
const LONG_TASK_MS: f64 = 50.0;

/// Something that took its turn in every round.
#[derive(Debug, Default)]
struct Laps {
    name: &'static str,
    milliseconds: Vec<f64>,
    /// With the start-up of WebAssembly before them.
    with_start_up: Vec<f64>,
    longest_task: f64,
    /// What the tab has computed, on all its threads.
    cpu_milliseconds: Vec<f64>,
    /// Bytes, pods, events: as the last lap said.
    facts: Value,
    error: Option<String>,
}

/// An informer that is compared with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InformerRow {
    pub(crate) name: &'static str,
    pub(crate) engine: Engine,
    pub(crate) encoding: &'static str,
}

/// What an informer took, in milliseconds.
#[derive(Debug, Default)]
struct InformerTimes {
    list: Vec<f64>,
    events: Vec<f64>,
    /// Pods in the end.
    pods: f64,
    error: Option<String>,
}

/// A ratio or a number, and what it should be.
#[derive(Debug)]
struct FindResult {
    what: String,
    value: f64,
    unit: &'static str,
    target: Target,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
    None,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Report {
    options: Options,
    laps: Vec<Laps>,
    informers: Vec<(InformerRow, InformerTimes)>,
    pictures: Vec<Value>,
    /// Of the cluster of `make demo`, from the navigation to the first boxes, and to the complete picture.
    first_boxes: (Vec<f64>, Vec<f64>),
    findings: Vec<FindResult>,
    notes: Vec<String>,
    /// How busy the machine was before.
    load: String,
}

impl Report {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            laps: Vec::new(),
            informers: Vec::new(),
            pictures: Vec::new(),
            first_boxes: Default::default(),
            findings: Vec::new(),
            notes: Vec::new(),
            load: load(),
        }
    }

    /// A result of bench.js.
    pub(crate) fn lap(&mut self, name: &'static str, result: Result<Value, String>) {
        let index = self.laps.iter().position(|laps| laps.name == name).unwrap_or_else(|| {
            self.laps.push(Laps {
                name,
                ..Laps::default()
            });
            self.laps.len() - 1
        });
        let laps = &mut self.laps[index];
        match result {
            Ok(result) => {
                laps.milliseconds.push(number(&result, "ms"));
                laps.with_start_up.push(
                    result["withStartUpMs"]
                        .as_f64()
                        .unwrap_or_else(|| number(&result, "ms")),
                );
                laps.cpu_milliseconds.extend(result["cpuMs"].as_f64());
                laps.longest_task = laps.longest_task.max(number(&result, "longestTask"));
                eprintln!("  {name}: {:.0} ms", number(&result, "ms"));
                laps.facts = result;
            }
            Err(error) => {
                eprintln!("  {name}: {error}");
                laps.error = Some(error);
            }
        }
    }

    /// What an informer took for a list and for a watch.
    pub(crate) fn informer(&mut self, row: InformerRow, result: Result<Value, String>) {
        let index = self
            .informers
            .iter()
            .position(|(known, _)| *known == row)
            .unwrap_or_else(|| {
                self.informers.push((row, InformerTimes::default()));
                self.informers.len() - 1
            });
        let times = &mut self.informers[index].1;
        let of = format!("{}, {}, {}", row.name, row.engine.name(), row.encoding);
        match result {
            Ok(result) => {
                let (list, events) = (number(&result, "listMs"), number(&result, "eventsMs"));
                eprintln!("  {of}: {list:.0} ms, {events:.0} ms");
                times.list.push(list);
                times.events.push(events);
                times.pods = number(&result, "pods");
            }
            Err(error) => {
                eprintln!("  {of}: {error}");
                times.error = Some(error.trim().replace('\n', " "));
            }
        }
    }

    /// Ratios of informers that run in the same engine.
    pub(crate) fn compare_informers(&mut self) {
        use Engine::{Chromium, Native, Node};
        const MAPS: [&str; 2] = ["JSON.parse and a Map", "JSON.parse and a Map of projections"];
        const KUBE_RS: [&str; 1] = ["kube-rs, reflector of Pod"];
        const CLIENT: [&str; 1] = ["@kubernetes/client-node, over loopback"];
        let pods: Vec<f64> = self
            .informers
            .iter()
            .filter(|(_, times)| times.error.is_none())
            .map(|(_, times)| times.pods)
            .collect();
        let is_same = pods.windows(2).all(|pair| pair[0] == pair[1]);
        assert!(
            is_same,
            "the informers do not end with the same pods: {:?}",
            self.informers
        );
        for (what, engine, theirs, ours, target) in [
            (
                "best JSON.parse and a Map / ours, projections",
                Chromium,
                &MAPS[..],
                "ours, projections",
                Target::AtLeast(4.0),
            ),
            (
                "JSON.parse and a Map / npm package, both of whole objects",
                Chromium,
                &MAPS[..1],
                "npm package",
                Target::AtLeast(1.0),
            ),
            (
                "kube-rs / ours, serde",
                Native,
                &KUBE_RS,
                "ours, serde: Typed<Pod>",
                Target::AtLeast(1.0),
            ),
            (
                "kube-rs / ours, projections",
                Native,
                &KUBE_RS,
                "ours, projections",
                Target::None,
            ),
            (
                "kube-rs / ours, dynamic",
                Native,
                &KUBE_RS,
                "ours, dynamic",
                Target::None,
            ),
            (
                "JSON.parse and a Map / npm package, both of whole objects",
                Node,
                &MAPS[..1],
                "npm package",
                Target::None,
            ),
            (
                "client-node, over loopback / npm package, from memory",
                Node,
                &CLIENT,
                "npm package",
                Target::None,
            ),
        ] {
            for (verb, times) in [
                ("list", (|times| &times.list) as fn(&InformerTimes) -> &Vec<f64>),
                ("events", |times| &times.events),
            ] {
                let of = |name: &str| {
                    let mut rows = self.informers.iter();
                    let row = rows.find(|(row, _)| row.name == name && row.engine == engine && row.encoding == "JSON");
                    row.map_or(f64::NAN, |(_, it)| median(&mut times(it).clone()))
                };
                let best = theirs.iter().map(|name| of(name)).fold(f64::NAN, f64::min);
                let value = best / of(ours);
                self.find(
                    format!("informers, {verb}, JSON, {}: {what}", engine.name()),
                    value,
                    "x",
                    target,
                );
            }
        }
    }

    /// What the page's observer noted; all times are from the navigation on.
    pub(crate) fn picture(&mut self, seen: Value) {
        self.lap("ours, live", Ok(lap_of(&seen, "live")));
        self.lap("ours, picture (a map)", Ok(lap_of(&seen, "picture")));
        self.pictures.push(seen);
    }

    /// The same where it shows boxes.
    pub(crate) fn boxes(&mut self, seen: &Value) {
        self.lap(BOXES, Ok(lap_of(seen, "picture")));
    }

    /// The same in a small cluster.
    pub(crate) fn first_boxes(&mut self, seen: &Value) {
        self.first_boxes.0.push(number(seen, "firstBlocks"));
        self.first_boxes.1.push(number(seen, "picture"));
    }

    /// Of the store, the cluster and all that leads to them, without a page.
    pub(crate) fn store_memory(&mut self, pods: usize, store: &Value) {
        self.find(
            format!("wasm memory for each pod without a page, at {} pods", thousands(pods)),
            number(store, "wasmBytes") / pods as f64,
            "bytes",
            Target::AtMost(500.0),
        );
    }

    pub(crate) fn memory(&mut self, pods: usize, wasm: f64, heap: f64, tab: f64, seen: &Value) {
        let megabytes = |bytes: f64| bytes / 1e6;
        let at = format!("at {} pods", thousands(pods));
        self.find(
            format!("wasm memory for each pod, {at}"),
            wasm / pods as f64,
            "bytes",
            Target::AtMost(500.0),
        );
        self.find(format!("JavaScript heap, {at}"), megabytes(heap), "MB", Target::None);
        self.find(
            format!("tab above an empty page, {at}"),
            megabytes(tab),
            "MB",
            Target::AtMost(150.0),
        );
        let first = first_blocks(seen);
        self.find(
            format!("first blocks after the first byte, {at}"),
            first,
            "ms",
            Target::AtMost(300.0),
        );
        let longest = number(seen, "longestTask");
        self.find(
            format!("longest task until the picture is complete, {at}"),
            longest,
            TASK,
            Target::AtMost(LONG_TASK_MS),
        );
        let picture = number(seen, "picture");
        self.find(
            format!("navigation to the complete picture, {at}"),
            picture / 1e3,
            "s",
            Target::None,
        );
    }

    /// What the page's observer noted while the API server sent as fast as a real one.
    pub(crate) fn paced_picture(&mut self, pods: usize, seen: &Value) {
        let at = format!("at {} pods, throttled to 125 MB/s", thousands(pods));
        for (what, value, unit, most) in [
            ("first blocks after the first byte", first_blocks(seen), "ms", 300.0),
            (
                "longest task until the picture is complete",
                number(seen, "longestTask"),
                TASK,
                LONG_TASK_MS,
            ),
        ] {
            self.find(format!("{what}, {at}"), value, unit, Target::AtMost(most));
        }
    }

    /// From the writing of an event to the frame that shows it.
    pub(crate) fn latency(&mut self, rate: f64, sorted: &[f64], seen: &Value) {
        let at = |part: f64| {
            let index = (sorted.len().saturating_sub(1)) as f64 * part;
            sorted.get(index.round() as usize).copied().unwrap_or(f64::NAN)
        };
        self.notes.push(format!(
            "Events to picture: {} of {rate:.0} events a second measured.",
            sorted.len()
        ));
        self.find(
            "event to picture, p50".to_owned(),
            at(0.5),
            "ms",
            Target::AtMost(1000.0 / 60.0),
        );
        self.find("event to picture, p99".to_owned(), at(0.99), "ms", Target::AtMost(50.0));
        self.find(
            "longest task meanwhile".to_owned(),
            number(seen, "longestTask"),
            TASK,
            Target::AtMost(LONG_TASK_MS),
        );
    }

    /// From a keystroke or a click to the end of the frame that shows what came of it.
    pub(crate) fn interaction(&mut self, keystrokes: &[f64], drawers: &[f64], seen: &Value) {
        let worst = |sorted: &[f64]| sorted.last().copied().unwrap_or(f64::NAN);
        let middle = |sorted: &[f64]| median(&mut sorted.to_vec());
        let (nodes, pods) = (crate::interaction::NODES, thousands(crate::interaction::PODS));
        self.notes.push(format!(
            "Interaction: {} keystrokes and {} clicks at {nodes} nodes and {pods} pods, with {} events a second.",
            keystrokes.len(),
            drawers.len(),
            crate::interaction::EVENTS_PER_SECOND,
        ));
        for (what, sorted, most) in [
            ("keystroke of the query to picture", keystrokes, 50.0),
            ("click to the details of a pod, its containers included", drawers, 100.0),
        ] {
            self.find(format!("{what}, median"), middle(sorted), "ms", Target::AtMost(most));
            self.find(format!("{what}, longest"), worst(sorted), "ms", Target::AtMost(most));
        }
        let longest = number(seen, "longestTask");
        self.find(
            "longest task while in use".to_owned(),
            longest,
            TASK,
            Target::AtMost(LONG_TASK_MS),
        );
    }

    /// What it was to look at the close-up while its pods changed.
    pub(crate) fn names(&mut self, looked: &Value) {
        use crate::names::{EVENTS_PER_SECOND, NODES, PODS, SECONDS};
        self.find(
            format!("longest task in the close-up of {PODS} pods, {EVENTS_PER_SECOND} events a second"),
            number(looked, "longestTask"),
            TASK,
            Target::AtMost(LONG_TASK_MS),
        );
        self.notes.push(format!(
            "Close-up: {} chips on {NODES} nodes for {SECONDS} s, with {} events; frames that came more than 33 ms after the \
             one before, without a GPU: {} of {}.",
            number(looked, "chips"),
            number(looked, "events"),
            number(looked, "late"),
            number(looked, "frames"),
        ));
    }

    /// What it was to look around in the largest cluster.
    pub(crate) fn roaming(&mut self, pods: usize, roamed: &Value) {
        let mut frames = Vec::new();
        for (what, seen) in roamed.as_object().into_iter().flatten() {
            self.find(
                format!("longest task while {what}, at {} pods", thousands(pods)),
                number(seen, "longestTask"),
                TASK,
                Target::AtMost(LONG_TASK_MS),
            );
            let late = number(seen, "late");
            frames.push(format!("{what}, {late} of {}", number(seen, "frames")));
        }
        self.notes.push(format!(
            "Looking around at {} pods, with {} events a second: frames that came more than 33 ms after the one before, without a GPU: {}.",
            thousands(pods),
            crate::interaction::EVENTS_PER_SECOND,
            frames.join("; ")
        ));
    }

    /// Prints the table, and writes it where `RESULTS` says.
    pub(crate) fn finish(mut self) {
        if self.options.wants("boxes") {
            self.compare_boxes();
        }
        if self.options.only.is_none() {
            self.compare();
        }
        let text = self.text();
        println!("{text}");
        if let Some(path) = env::var_os("RESULTS").filter(|path| !path.is_empty()) {
            fs::write(&path, text).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
        }
    }

    fn compare_boxes(&mut self) {
        let (nodes, pods) = (crate::DEMO_NODES, crate::DEMO_PODS);
        let (mut first, mut complete) = std::mem::take(&mut self.first_boxes);
        let at = format!("{nodes} nodes and {pods} pods");
        let (first, complete) = (median(&mut first), median(&mut complete));
        self.find(
            format!("navigation to the first boxes, {at}"),
            first,
            "ms",
            Target::None,
        );
        self.find(
            format!("navigation to the complete picture, {at}"),
            complete,
            "ms",
            Target::None,
        );
        let best = self.best(crate::BOX_PEERS.map(|peer| peer.name));
        self.find(
            format!(
                "navigation to the complete picture of boxes, {} pods: best JavaScript / ours",
                thousands(crate::interaction::PODS)
            ),
            best / self.median(BOXES),
            "x",
            Target::AtLeast(1.0),
        );
    }

    fn compare(&mut self) {
        let empty = self.best(crate::EMPTY_READERS.map(|(name, ..)| name));
        let map = self.best(crate::MAP_PEERS.map(|peer| peer.name));
        let native = self.best([KUBE_RS, KUBE_RS_STREAMING]);
        let events = self.best(PEER_EVENTS.map(|(name, _)| name));
        let ratios = [
            (
                "list to complete store, JSON, with start-up: best JavaScript into a Map / ours",
                map / self.with_start_up(STORE_JSON),
                Target::AtLeast(2.5),
            ),
            (
                "list to complete store, with start-up: best JavaScript on JSON / ours on protobuf (another encoding)",
                map / self.with_start_up(STORE),
                Target::None,
            ),
            (
                "events a second, JSON: ours / best JavaScript into a Map",
                events / self.median(EVENTS_JSON),
                Target::AtLeast(4.0),
            ),
            (
                "events a second: ours on protobuf / best JavaScript on JSON (another encoding)",
                events / self.median(EVENTS),
                Target::None,
            ),
            (
                "list to complete store, JSON: kube-rs, native, whole objects / ours, projections",
                native / self.median(STORE_JSON),
                Target::AtLeast(1.0),
            ),
            (
                "list to complete store / the fastest empty reader, protobuf, from a server without limits",
                self.median(STORE) / empty,
                Target::AtMost(1.2),
            ),
            (
                "list to complete store / empty reader, both throttled to 125 MB/s (shows only that ours keeps up)",
                self.median(STORE_PACED) / self.median(EMPTY_PACED),
                Target::None,
            ),
            (
                "cost of an event, in the largest cluster / at 1,500 pods",
                self.per_event(crate::EVENTS_OF_LARGE) / self.per_event(crate::EVENTS_OF_SMALL),
                Target::AtMost(1.2),
            ),
        ];
        for (what, value, target) in ratios {
            self.find(what.to_owned(), value, "x", target);
        }
        let start_up = self.with_start_up(STORE) - self.median(STORE);
        self.find("start-up of WebAssembly".to_owned(), start_up, "ms", Target::None);
        let mut first: Vec<f64> = self.pictures.iter().map(first_blocks).collect();
        let first = median(&mut first);
        self.find(
            "first blocks after the first byte".to_owned(),
            first,
            "ms",
            Target::AtMost(300.0),
        );
    }

    /// The smallest median.
    fn best<const N: usize>(&self, names: [&str; N]) -> f64 {
        names
            .map(|name| self.median(name))
            .into_iter()
            .fold(f64::INFINITY, f64::min)
    }

    fn with_start_up(&self, name: &str) -> f64 {
        self.of(name, |laps| &laps.with_start_up)
    }

    fn find(&mut self, what: String, value: f64, unit: &'static str, target: Target) {
        self.findings.push(FindResult {
            what,
            value,
            unit,
            target,
        });
    }

    fn median(&self, name: &str) -> f64 {
        self.of(name, |laps| &laps.milliseconds)
    }

    fn of(&self, name: &str, times: impl Fn(&Laps) -> &Vec<f64>) -> f64 {
        let laps = self.laps.iter().find(|laps| laps.name == name);
        laps.map_or(f64::NAN, |laps| median(&mut times(laps).clone()))
    }

    fn per_event(&self, name: &str) -> f64 {
        let laps = self.laps.iter().find(|laps| laps.name == name);
        laps.map_or(f64::NAN, |laps| self.median(name) / number(&laps.facts, "events"))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let options = &self.options;
        let proxy = if options.kubectl_proxy {
            "kubectl proxy"
        } else {
            "the simulator itself"
        };
        let mut line = |words: String| writeln!(text, "{words}").expect("a string can be written to");
        line("# Results of `make bench`\n".to_owned());
        line("Written by a run; not to be edited. Ratios are of medians of the same run.\n".to_owned());
        line(format!(
            "{} pods on {} nodes, 8 KB of JSON each; seed {}, {} rounds, served by {proxy}; commit {}; {}; load before: {}.\n",
            thousands(options.pods),
            thousands(options.nodes),
            options.seed,
            options.rounds,
            commit(),
            machine(),
            self.load,
        ));
        line("| what | value | target | reached |".to_owned());
        line("|---|---:|---:|---|".to_owned());
        for finding in &self.findings {
            line(finding.row());
        }
        line("\nFrom the request on; pictures, boxes and elements from the navigation on, with the start-up of WebAssembly.\n\n| what | median | fastest | CPU of the tab | longest task | of |".to_owned());
        line("|---|---:|---:|---:|---:|---|".to_owned());
        for laps in &self.laps {
            line(laps.row());
        }
        if !self.informers.is_empty() {
            line("\nInformers on the same recorded bytes, out of memory in pieces of 64 KB: from the first byte of a list to the complete store, and from the first byte of a watch to its last event. Rows of different engines are not compared.\n\n| informer | runs in | encoding | list, median | events, median | pods in the end |".to_owned());
            line("|---|---|---|---:|---:|---:|".to_owned());
        }
        for (row, times) in &self.informers {
            line(times.row(row));
        }
        for note in &self.notes {
            line(format!("\n{note}"));
        }
        text
    }
}

impl Laps {
    fn row(&self) -> String {
        if let (Some(error), true) = (&self.error, self.milliseconds.is_empty()) {
            return format!("| {} | fails | | | | {error} |", self.name);
        }
        let fastest = self.milliseconds.iter().copied().fold(f64::INFINITY, f64::min);
        let facts = ["pods", "events", "bytes", "wasmBytes", "peakBytes", "startUpMs"]
            .into_iter()
            .filter_map(|name| {
                let value = self.facts.get(name)?.as_f64()?;
                Some(format!("{} {name}", thousands(value as usize)))
            });
        let cpu = match median(&mut self.cpu_milliseconds.clone()) {
            cpu if cpu.is_nan() => String::new(),
            cpu => format!("{cpu:.0} ms"),
        };
        format!(
            "| {} | {:.0} ms | {fastest:.0} ms | {cpu} | {} | {} |",
            self.name,
            median(&mut self.milliseconds.clone()),
            longest(self.longest_task),
            facts.collect::<Vec<_>>().join(", "),
        )
    }
}

impl InformerTimes {
    fn row(&self, row: &InformerRow) -> String {
        let InformerRow { name, engine, encoding } = row;
        let begin = format!("| {name} | {} | {encoding} |", engine.name());
        if let (Some(error), true) = (&self.error, self.list.is_empty()) {
            return format!("{begin} | | {error} |");
        }
        let [list, events] = [&self.list, &self.events].map(|times| median(&mut times.clone()));
        format!(
            "{begin} {list:.0} ms | {events:.0} ms | {} |",
            thousands(self.pods as usize)
        )
    }
}

impl FindResult {
    fn row(&self) -> String {
        let (target, reached) = match self.target {
            Target::AtMost(most) => (format!("at most {most:.4}"), Some(self.value <= most)),
            Target::AtLeast(least) => (format!("at least {least:.4}"), Some(self.value >= least)),
            Target::None => (String::new(), None),
        };
        // Not more digits than a target was written with.
        let target = target.trim_end_matches('0').trim_end_matches('.').to_owned();
        let reached = match reached {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let digits = if self.value < 20.0 { 2 } else { 0 };
        let value = match self.unit {
            _ if self.value.is_nan() => "not measured".to_owned(),
            TASK => longest(self.value),
            unit => format!("{:.digits$} {unit}", self.value),
        };
        format!("| {} | {value} | {target} | {reached} |", self.what)
    }
}

/// A time that the page's observer noted, as a lap.
fn lap_of(seen: &Value, name: &str) -> Value {
    serde_json::json!({"ms": seen[name], "longestTask": seen["longestTask"], "cpuMs": seen["cpuMs"]})
}

fn first_blocks(seen: &Value) -> f64 {
    number(seen, "firstBlocks") - number(seen, "responseStart")
}

/// The longest task: browsers report none that is shorter than [`LONG_TASK_MS`].
fn longest(milliseconds: f64) -> String {
    match milliseconds {
        0.0 => format!("< {LONG_TASK_MS:.0} ms"),
        milliseconds => format!("{milliseconds:.0} ms"),
    }
}

pub(crate) fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or(f64::NAN)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if !changes.is_empty() => format!("{commit} with changes"),
        _ => commit,
    }
}

/// The average number of running processes in the last minute.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let kilobytes: f64 = memory.trim_end_matches(" kB").parse().unwrap_or(0.0);
    format!("{processor}, {cores} cores, {:.0} GB of memory", kilobytes / 1e6)
}
