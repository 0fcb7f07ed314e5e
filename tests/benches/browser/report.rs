//! The table: medians, ratios, and the targets beside them.

use std::{env, fmt::Write as _, fs, process::Command};

use serde_json::Value;

use crate::Options;

/// Something that took its turn in every round.
#[derive(Debug, Default)]
struct Laps {
    name: &'static str,
    milliseconds: Vec<f64>,
    longest_task: f64,
    /// What the tab has computed, on all its threads.
    cpu_milliseconds: Vec<f64>,
    /// Bytes, pods, events: as the last lap said.
    facts: Value,
    error: Option<String>,
}

/// A ratio or a number, and what it should be.
#[derive(Debug)]
struct Finding {
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
    pictures: Vec<Value>,
    findings: Vec<Finding>,
    notes: Vec<String>,
    /// How busy the machine was before.
    load: String,
}

impl Report {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            laps: Vec::new(),
            pictures: Vec::new(),
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

    /// What the page's observer noted.
    pub(crate) fn picture(&mut self, seen: Value) {
        let since = |name| number(&seen, name) - number(&seen, "startTime");
        let (task, cpu) = (number(&seen, "longestTask"), number(&seen, "cpuMs"));
        let lap = |ms: f64| serde_json::json!({"ms": ms, "longestTask": task, "cpuMs": cpu});
        self.lap("ours, live", Ok(lap(since("live"))));
        self.lap("ours, picture", Ok(lap(since("picture"))));
        self.pictures.push(seen);
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
        let first = number(seen, "firstBlocks") - number(seen, "responseStart");
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
            "ms",
            Target::AtMost(50.0),
        );
        let picture = number(seen, "picture") - number(seen, "startTime");
        self.find(
            format!("picture complete after, {at}"),
            picture / 1e3,
            "s",
            Target::None,
        );
    }

    /// What the page's observer noted while the API server sent as fast as a real one.
    pub(crate) fn paced_picture(&mut self, pods: usize, seen: &Value) {
        let at = format!("at {} pods and the pace of a real API server", thousands(pods));
        let first = number(seen, "firstBlocks") - number(seen, "responseStart");
        for (what, value, most) in [
            ("first blocks after the first byte", first, 300.0),
            (
                "longest task until the picture is complete",
                number(seen, "longestTask"),
                50.0,
            ),
        ] {
            self.find(format!("{what}, {at}"), value, "ms", Target::AtMost(most));
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
            "ms",
            Target::AtMost(50.0),
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
            ("click to the details of a pod", drawers, 100.0),
        ] {
            self.find(format!("{what}, median"), middle(sorted), "ms", Target::AtMost(most));
            self.find(format!("{what}, longest"), worst(sorted), "ms", Target::AtMost(most));
        }
        let longest = number(seen, "longestTask");
        self.find(
            "longest task while in use".to_owned(),
            longest,
            "ms",
            Target::AtMost(50.0),
        );
    }

    /// What it was to look around in the largest cluster.
    pub(crate) fn roaming(&mut self, pods: usize, roamed: &Value) {
        let mut frames = Vec::new();
        for (what, seen) in roamed.as_object().into_iter().flatten() {
            self.find(
                format!("longest task while {what}, at {} pods", thousands(pods)),
                number(seen, "longestTask"),
                "ms",
                Target::AtMost(50.0),
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
        if self.options.only.is_none() {
            self.compare();
        }
        let text = self.text();
        println!("{text}");
        if let Some(path) = env::var_os("RESULTS").filter(|path| !path.is_empty()) {
            fs::write(&path, text).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
        }
    }

    fn compare(&mut self) {
        let empty = crate::EMPTY_READERS.map(|(name, ..)| self.median(name));
        let empty = empty.into_iter().fold(f64::INFINITY, f64::min);
        let best = ["one list, DOM", "pages of 500, DOM", "pages of 5,000, DOM"]
            .map(|way| self.median(&format!("JavaScript, {way}")))
            .into_iter()
            .fold(f64::INFINITY, f64::min);
        let native = self
            .median("kube-rs, native")
            .min(self.median("kube-rs, native, streaming"));
        let ratios = [
            (
                "list to complete store / the fastest empty reader, from a server without limits",
                self.median("ours, store") / empty,
                Target::AtMost(1.2),
            ),
            (
                "list to complete store / an empty reader, at the pace of a real API server",
                self.median("ours, store, paced") / self.median("empty reader, paced"),
                Target::AtMost(1.2),
            ),
            (
                "best JavaScript with DOM / ours to complete store",
                best / self.median("ours, store"),
                Target::AtLeast(2.5),
            ),
            (
                "kube-rs, native / ours to complete store",
                native / self.median("ours, store"),
                Target::AtLeast(1.0),
            ),
            (
                "best JavaScript with DOM / ours to the page's complete picture",
                best / self.median("ours, picture"),
                Target::None,
            ),
            (
                "cost of an event, in the largest cluster / at 1,500 pods",
                self.per_event(crate::EVENTS_OF_LARGE) / self.per_event(crate::EVENTS_OF_SMALL),
                Target::AtMost(1.2),
            ),
            (
                "events a second, ours / JSON.parse and a Map",
                self.median("JavaScript, events") / self.median("ours, events"),
                Target::AtLeast(4.0),
            ),
        ];
        for (what, value, target) in ratios {
            self.find(what.to_owned(), value, "x", target);
        }
        let first = |seen: &Value| number(seen, "firstBlocks") - number(seen, "responseStart");
        let mut first: Vec<f64> = self.pictures.iter().map(first).collect();
        let first = median(&mut first);
        self.find(
            "first blocks after the first byte".to_owned(),
            first,
            "ms",
            Target::AtMost(300.0),
        );
    }

    fn find(&mut self, what: String, value: f64, unit: &'static str, target: Target) {
        self.findings.push(Finding {
            what,
            value,
            unit,
            target,
        });
    }

    fn median(&self, name: &str) -> f64 {
        let laps = self.laps.iter().find(|laps| laps.name == name);
        laps.map_or(f64::NAN, |laps| median(&mut laps.milliseconds.clone()))
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
        line("\n| from the request on | median | fastest | CPU of the tab | longest task | of |".to_owned());
        line("|---|---:|---:|---:|---:|---|".to_owned());
        for laps in &self.laps {
            line(laps.row());
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
        let facts = ["pods", "events", "bytes", "wasmBytes", "peakBytes"]
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
            "| {} | {:.0} ms | {fastest:.0} ms | {cpu} | {:.0} ms | {} |",
            self.name,
            median(&mut self.milliseconds.clone()),
            self.longest_task,
            facts.collect::<Vec<_>>().join(", "),
        )
    }
}

impl Finding {
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
        format!(
            "| {} | {:.digits$} {} | {target} | {reached} |",
            self.what, self.value, self.unit
        )
    }
}

fn number(value: &Value, name: &str) -> f64 {
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
