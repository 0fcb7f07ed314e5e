//! What a bug report needs to know of the connection: numbers and a log of its changes of state.
//!
//! Pure: the cluster cache feeds it, the page shows it. Holds nothing of the cluster's objects, but what servers said of
//! failures is in it, word for word, and that may name users and namespaces.

use std::{collections::VecDeque, fmt, fmt::Write as _, time::Duration};

use k8bit_informer::{
    Counters, Informer,
    encoding::Encoding,
    failure::Failure,
    store::{Ignored, Store},
    transport::Carrier,
};
use serde::{Serialize, Serializer};

use crate::{
    clock::Moment,
    connection::{self, ConnectionState},
    limits::MAX_TRANSITIONS,
    metrics::MetricsDiagnostics,
    resource::{Resource, Timestamp},
};

/// Everything at one moment. As JSON it is `window.k8bit.diagnostics()`; `docs/hooks.md` documents the fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostics {
    /// The version of K8bit.
    pub version: &'static str,
    /// The moment, by the cluster's clock.
    #[serde(serialize_with = "as_text")]
    pub time: Timestamp,
    /// How many seconds the browser's clock is ahead of the cluster's; negative where it is behind. Only the driver knows it.
    pub browser_clock_ahead_seconds: Option<i64>,
    /// The program's memory, which never shrinks. Only the driver knows it.
    pub memory_bytes: Option<u64>,
    /// Each watched collection, nodes first.
    pub kinds: Vec<KindDiagnostics>,
    /// Each store, nodes first. Collections of one kind share theirs.
    pub stores: Vec<StoreDiagnostics>,
    /// The poller of metrics, which has no part in the state of the connection. Its driver fills it in.
    pub metrics: MetricsDiagnostics,
    /// Changes of state, oldest first.
    pub log: Vec<Transition>,
    /// Changes that are older than the log reaches.
    pub forgotten_transitions: u64,
}

/// One watched collection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KindDiagnostics {
    /// `nodes`, `pods`, `pods in shop`.
    pub what: String,
    /// Its state.
    #[serde(serialize_with = "as_slug")]
    pub state: ConnectionState,
    /// What carries the request under way, `none` where there is none.
    pub transport: &'static str,
    /// Why it is carried in another way than usual; empty where it is not.
    pub detour: String,
    /// How its objects are written: `protobuf` or `json`; none before an answer has begun.
    pub encoding: Option<&'static str>,
    /// Attempts that failed since it was last live.
    pub attempts: u32,
    /// Seconds until the next attempt, while waiting for one.
    pub retry_in_seconds: Option<u64>,
    /// What went wrong last, however long ago.
    pub last_error: Option<LastError>,
    /// Seconds since the last event that was no bookmark.
    pub last_event_seconds: Option<u64>,
    /// Seconds since the last byte.
    pub last_heard_seconds: Option<u64>,
    /// Where the next watch begins.
    pub resource_version: Option<String>,
    /// Complete lists after the first.
    pub relists: u64,
    /// What was counted since the page was opened.
    #[serde(serialize_with = "as_counters")]
    pub counters: Counters,
}

/// A failure, and when it was.
#[derive(Clone, Debug, PartialEq)]
pub struct LastError {
    /// When.
    pub time: Timestamp,
    /// What.
    pub failure: Failure,
}

/// One store.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreDiagnostics {
    /// `nodes`, `pods`.
    pub what: &'static str,
    /// Objects held.
    pub objects: usize,
    /// Events that changed nothing, and why.
    #[serde(serialize_with = "as_ignored")]
    pub ignored: Ignored,
}

/// A change of state, or another failure in the same state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transition {
    /// When, by the wall clock.
    #[serde(serialize_with = "as_text")]
    pub time: Timestamp,
    /// The collection, as [`KindDiagnostics::what`] names it.
    pub kind: String,
    /// The state before; none at the beginning.
    #[serde(serialize_with = "as_optional_slug")]
    pub from: Option<ConnectionState>,
    /// The state from then on.
    #[serde(serialize_with = "as_slug")]
    pub to: ConnectionState,
    /// The failure, or what the state means.
    pub reason: String,
}

/// The last [`MAX_TRANSITIONS`] changes of state.
#[derive(Debug, Default)]
pub struct TransitionLog {
    entries: VecDeque<Transition>,
    forgotten: u64,
    reading: ClockReading,
}

/// How the wall clock stood against the monotonic one when it was last looked at. The cluster's time is known only from its
/// first answer on; what was written down before that is corrected then.
#[derive(Debug, Default)]
struct ClockReading(Option<Moment>);

impl ClockReading {
    /// By how many seconds the wall clock was corrected since the last look. Differences that rounding makes are none.
    fn correction(&mut self, clock: Moment) -> i64 {
        let Some(last) = self.0.replace(clock) else { return 0 };
        let passed = clock.monotonic.saturating_sub(last.monotonic).as_secs();
        let correction = clock.wall.0.saturating_sub(last.wall.0.saturating_add_unsigned(passed));
        if correction.abs() > 1 { correction } else { 0 }
    }
}

fn correct(time: &mut Timestamp, seconds: i64) {
    time.0 = time.0.saturating_add(seconds);
}

/// What was last seen of one informer.
#[derive(Debug, Default)]
pub struct Observer {
    state: Option<ConnectionState>,
    failures: u64,
    events: u64,
    last_event: Option<Duration>,
    last_error: Option<LastError>,
    reading: ClockReading,
}

impl TransitionLog {
    /// Moves what is written down, where the wall clock was corrected since then.
    fn follow(&mut self, clock: Moment) {
        let correction = self.reading.correction(clock);
        if correction != 0 {
            for entry in &mut self.entries {
                correct(&mut entry.time, correction);
            }
        }
    }

    /// Appends a change; the oldest one goes where there is no room.
    pub fn push(&mut self, transition: Transition) {
        if self.entries.len() == MAX_TRANSITIONS {
            self.entries.pop_front();
            self.forgotten += 1;
        }
        self.entries.push_back(transition);
    }
}

impl Observer {
    /// Compares the informer with what was last seen of it. To be called after everything that happens to it, which
    /// costs a few comparisons: only what differs is put into words.
    pub fn observe<K: Resource>(&mut self, informer: &Informer<K>, clock: Moment, log: &mut TransitionLog) {
        log.follow(clock);
        let correction = self.reading.correction(clock);
        if let Some(last) = &mut self.last_error {
            correct(&mut last.time, correction);
        }
        let Counters { events, failures, .. } = informer.counters();
        if events != self.events {
            self.events = events;
            self.last_event = Some(clock.monotonic);
        }
        let mut is_other_failure = false;
        if failures != self.failures {
            self.failures = failures;
            if let Some(failure) = informer.failure() {
                let last = self.last_error.as_ref().map(|last| last.failure.cause);
                is_other_failure = last != Some(failure.cause);
                self.last_error = Some(LastError {
                    time: clock.wall,
                    failure: failure.clone(),
                });
            }
        }
        let state = connection::state_of(informer, clock.monotonic);
        if self.state != Some(state) || is_other_failure {
            log.push(Transition {
                time: clock.wall,
                kind: connection::name_of(informer),
                from: self.state,
                to: state,
                reason: informer.failure().map_or_else(|| meaning(state).to_owned(), words),
            });
            self.state = Some(state);
        }
    }

    /// What is known of the informer now.
    #[must_use]
    pub fn diagnose<K: Resource>(&self, informer: &Informer<K>, clock: Moment) -> KindDiagnostics {
        let now = clock.monotonic;
        let since = |time: Duration| now.saturating_sub(time).as_secs();
        let counters = informer.counters();
        KindDiagnostics {
            what: connection::name_of(informer),
            state: connection::state_of(informer, now),
            transport: informer.carrier().map_or("none", Carrier::name),
            detour: connection::detour(informer),
            encoding: informer.encoding().map(Encoding::name),
            attempts: informer.failures(),
            retry_in_seconds: informer
                .next_attempt()
                .map(|at| at.saturating_sub(now).as_secs_f64().ceil() as u64),
            last_error: self.last_error.clone(),
            last_event_seconds: self.last_event.map(since),
            last_heard_seconds: (counters.bytes > 0).then(|| since(informer.last_heard())),
            resource_version: informer.resource_version().map(ToString::to_string),
            relists: counters.lists.saturating_sub(1),
            counters,
        }
    }
}

impl StoreDiagnostics {
    /// What is known of a store. `what` is its kind's plural.
    #[must_use]
    pub fn of<K: Resource>(what: &'static str, store: &Store<K>) -> Self {
        Self {
            what,
            objects: store.len(),
            ignored: store.ignored(),
        }
    }
}

impl Diagnostics {
    /// Puts together what is known at `time`.
    #[must_use]
    pub fn new(
        time: Timestamp,
        kinds: Vec<KindDiagnostics>,
        stores: Vec<StoreDiagnostics>,
        log: &TransitionLog,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            time,
            browser_clock_ahead_seconds: None,
            memory_bytes: None,
            kinds,
            stores,
            metrics: MetricsDiagnostics::default(),
            log: log.entries.iter().cloned().collect(),
            forgotten_transitions: log.forgotten,
        }
    }

    /// The same as plain text, for people: a bug report.
    #[must_use]
    pub fn report(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "K8bit {}, {}", self.version, self.time)?;
        if let Some(ahead) = self.browser_clock_ahead_seconds {
            writeln!(f, "browser clock ahead of the cluster's: {ahead} s")?;
        }
        if let Some(bytes) = self.memory_bytes {
            writeln!(f, "memory: {bytes} bytes")?;
        }
        for kind in &self.kinds {
            write!(f, "\n{kind}")?;
        }
        for store in &self.stores {
            writeln!(f, "\nstore of {}: {} objects; ignored:", store.what, store.objects)?;
            list(f, &ignored(&store.ignored))?;
        }
        write!(f, "\n{}", self.metrics)?;
        writeln!(f, "\ntransitions:")?;
        if self.forgotten_transitions > 0 {
            writeln!(f, "  {} older ones are forgotten", self.forgotten_transitions)?;
        }
        for Transition {
            time,
            kind,
            from,
            to,
            reason,
        } in &self.log
        {
            let from = from.map_or("-", ConnectionState::slug);
            writeln!(f, "  {time} {kind}: {from} > {}: {reason}", to.slug())?;
        }
        Ok(())
    }
}

impl fmt::Display for KindDiagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.resource_version.as_deref().unwrap_or("-");
        let (what, state, transport) = (&self.what, self.state.slug(), self.transport);
        let encoding = self.encoding.unwrap_or("-");
        writeln!(f, "{what}: {state}, {transport}, {encoding}, resourceVersion {version}")?;
        write!(f, "  failed attempts {}", self.attempts)?;
        for (name, seconds) in [
            ("next in", self.retry_in_seconds),
            ("last event, seconds ago", self.last_event_seconds),
            ("last byte, seconds ago", self.last_heard_seconds),
        ] {
            if let Some(seconds) = seconds {
                write!(f, ", {name} {seconds}")?;
            }
        }
        writeln!(f)?;
        if !self.detour.is_empty() {
            writeln!(f, "  {}", self.detour)?;
        }
        if let Some(LastError { time, failure }) = &self.last_error {
            writeln!(f, "  last error: {time} {}", words(failure))?;
        }
        writeln!(f, "  relists {}", self.relists)?;
        list(f, &counters(&self.counters))
    }
}

/// Writes numbers with their names, a line each few.
fn list(f: &mut fmt::Formatter<'_>, numbers: &[(&str, u64)]) -> fmt::Result {
    for row in numbers.chunks(4) {
        for (index, (name, number)) in row.iter().enumerate() {
            let separator = if index == 0 { "  " } else { ", " };
            write!(f, "{separator}{name} {number}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// Every counter of an informer under its name in JSON.
fn counters(counters: &Counters) -> [(&'static str, u64); 12] {
    let Counters {
        requests,
        failures,
        bytes,
        events,
        bookmarks,
        lists,
        malformed_objects,
        unreadable_lines,
        ignored_events,
        replayed_events,
        consistency_checks,
        repairs,
    } = *counters;
    [
        ("requests", requests),
        ("failures", failures),
        ("bytes", bytes),
        ("events", events),
        ("bookmarks", bookmarks),
        ("lists", lists),
        ("consistencyChecks", consistency_checks),
        ("repairs", repairs),
        ("malformedObjects", malformed_objects),
        ("unreadableLines", unreadable_lines),
        ("ignoredEvents", ignored_events),
        ("replayedEvents", replayed_events),
    ]
}

/// Every counter of a store under its name in JSON.
fn ignored(ignored: &Ignored) -> [(&'static str, u64); 7] {
    let Ignored {
        stale,
        duplicate,
        unknown_delete,
        foreign_delete,
        out_of_scope,
        unstaged,
        over_limit,
    } = *ignored;
    [
        ("stale", stale),
        ("duplicate", duplicate),
        ("unknownDelete", unknown_delete),
        ("foreignDelete", foreign_delete),
        ("outOfScope", out_of_scope),
        ("unstaged", unstaged),
        ("overLimit", over_limit),
    ]
}

/// `watch: Expired (HTTP 410): too old resource version`.
fn words(failure: &Failure) -> String {
    let mut words = format!("{}: {}", failure.verb.name(), failure.cause.name());
    // Writing to a string cannot fail.
    if let Some(code) = failure.code {
        let _ = write!(words, " (HTTP {code})");
    }
    if !failure.detail.is_empty() {
        // One line: it stands in a table of lines.
        words.push(':');
        for word in failure.detail.split_whitespace() {
            words.push(' ');
            words.push_str(word);
        }
    }
    words
}

/// What a state says where no failure led to it.
fn meaning(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Live => "the picture is current",
        ConnectionState::Connecting => "the first list or the first watch is being asked for",
        ConnectionState::Listing => "the first list is arriving",
        ConnectionState::Resyncing => "a new list is arriving",
        ConnectionState::Reconnecting => "no failure; K8bit opens the watch again",
        ConnectionState::Stale => "not live for a while",
        ConnectionState::Failed => "there is nothing to show",
    }
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

fn as_slug<S: Serializer>(state: &ConnectionState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.slug())
}

fn as_optional_slug<S: Serializer>(state: &Option<ConnectionState>, serializer: S) -> Result<S::Ok, S::Error> {
    state.map(ConnectionState::slug).serialize(serializer)
}

fn as_counters<S: Serializer>(numbers: &Counters, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counters(numbers))
}

fn as_ignored<S: Serializer>(numbers: &Ignored, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(ignored(numbers))
}

impl Serialize for LastError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct DiagnosticsFields<'a> {
            #[serde(serialize_with = "as_text")]
            time: Timestamp,
            verb: &'static str,
            cause: &'static str,
            code: Option<u16>,
            detail: &'a str,
        }
        DiagnosticsFields {
            time: self.time,
            verb: self.failure.verb.name(),
            cause: self.failure.cause.name(),
            code: self.failure.code,
            detail: &self.failure.detail,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        cluster_cache::{Action, ClusterCache, CollectionId},
        config::Config,
    };
    use k8bit_informer::{
        failure::{End, ResponseHead},
        request::RequestId,
        transport::TransportState,
    };

    const PODS: CollectionId = CollectionId(1);
    const LIST: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]}"#;
    const EVENT: &str = r#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a",
        "namespace":"b","uid":"6f0b3a0e-0000-4000-8000-000000000001","resourceVersion":"8"}}}"#;

    const UNAUTHORIZED: &str = r#"{"kind":"Status","apiVersion":"v1","reason":"Unauthorized","code":401}"#;

    fn at(seconds: u64) -> Moment {
        Moment {
            monotonic: Duration::from_secs(seconds),
            wall: Timestamp(1_795_423_383 + i64::try_from(seconds).unwrap()),
        }
    }

    /// A cluster cache and the newest request for pods.
    struct Scene {
        cache: ClusterCache,
        attempt: RequestId,
    }

    impl Scene {
        fn new() -> Self {
            let mut cache = ClusterCache::new(&Config::default(), 1);
            cache.set_transport(TransportState::PROMPT);
            let mut scene = Self {
                cache,
                attempt: RequestId(0),
            };
            scene.happen(|cache, tasks| cache.resume(at(0), tasks));
            scene
        }

        fn happen(&mut self, happen: impl FnOnce(&mut ClusterCache, &mut Vec<Action>)) {
            let mut tasks = Vec::new();
            happen(&mut self.cache, &mut tasks);
            for task in tasks {
                if let Action::Send(PODS, request) = task {
                    self.attempt = request.attempt;
                }
            }
        }

        fn answer(&mut self, second: u64, code: u16, body: &str) {
            let (attempt, head) = (
                self.attempt,
                ResponseHead {
                    code,
                    ..ResponseHead::default()
                },
            );
            self.happen(|cache, tasks| cache.handle_response(at(second), PODS, attempt, head, tasks));
            self.happen(|cache, tasks| cache.handle_body(at(second), PODS, attempt, body.as_bytes(), tasks));
        }

        fn end(&mut self, second: u64, end: End) {
            let attempt = self.attempt;
            self.happen(|cache, tasks| cache.handle_end(at(second), PODS, attempt, end, tasks));
        }

        fn wait(&mut self, second: u64) {
            self.happen(|cache, tasks| cache.handle_timeout(at(second), tasks));
        }

        /// `from > to` of every change of the pods.
        fn path(&self) -> Vec<(Option<&'static str>, &'static str)> {
            let log = self.cache.diagnostics(at(0)).log;
            let pods = log.iter().filter(|entry| entry.kind == "pods");
            pods.map(|entry| (entry.from.map(ConnectionState::slug), entry.to.slug()))
                .collect()
        }
    }

    /// Listed, watched, one event, cut, and live again.
    fn cut_once() -> Scene {
        let mut scene = Scene::new();
        scene.answer(1, 200, LIST);
        scene.end(1, End::Clean);
        scene.answer(2, 200, &format!("{}\n", EVENT.replace('\n', " ")));
        scene.end(4, End::Broken("network\n error".to_owned()));
        scene.wait(9);
        scene.answer(9, 200, "");
        scene
    }

    #[test]
    fn logs_every_change_of_state() {
        let scene = cut_once();
        let path = scene.path();
        assert_eq!(path.first(), Some(&(None, "connecting")));
        assert!(path.contains(&(Some("live"), "reconnecting")), "{path:?}");
        assert_eq!(path.last(), Some(&(Some("reconnecting"), "live")), "{path:?}");
        for pair in path.windows(2) {
            assert_eq!(
                pair[1].0,
                Some(pair[0].1),
                "each change begins where the one before ended"
            );
        }
    }

    #[test]
    fn notices_what_only_time_changes() {
        let mut scene = cut_once();
        scene.end(10, End::Broken(String::new()));
        for second in 11..24 {
            scene.wait(second);
        }
        assert_eq!(scene.path().last(), Some(&(Some("reconnecting"), "stale")));
    }

    #[test]
    fn times_from_before_the_clusters_time_was_known_are_corrected() {
        let browser = |seconds| Moment {
            wall: Timestamp(at(seconds).wall.0 + 600),
            ..at(seconds)
        };
        let mut scene = Scene::new();
        scene.happen(|cache, tasks| cache.resume(browser(0), tasks));
        let attempt = scene.attempt;
        scene.happen(|cache, tasks| cache.handle_end(browser(1), PODS, attempt, End::Broken(String::new()), tasks));
        scene.wait(9);
        scene.answer(9, 200, LIST);
        let diagnostics = scene.cache.diagnostics(at(9));
        let times: Vec<i64> = diagnostics
            .log
            .iter()
            .map(|entry| entry.time.0 - at(0).wall.0)
            .collect();
        assert!(
            times.is_sorted() && times.iter().all(|time| (0..=9).contains(time)),
            "{times:?}"
        );
        let error = diagnostics.kinds[1].last_error.as_ref().map(|last| last.time);
        assert_eq!(error, Some(at(1).wall));
    }

    #[test]
    fn is_plain_json() {
        let diagnostics = cut_once().cache.diagnostics(at(12));
        let json: Value = serde_json::to_value(&diagnostics).unwrap();
        assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(json["time"], "2026-11-23T08:43:15Z");
        let pods = &json["kinds"][1];
        for (field, expected) in [
            ("what", json!("pods")),
            ("state", json!("live")),
            ("transport", json!("fetch")),
            ("detour", json!("")),
            ("encoding", json!("json")),
            ("attempts", json!(0)),
            ("retryInSeconds", Value::Null),
            ("lastEventSeconds", json!(10)),
            ("resourceVersion", json!("8")),
            ("relists", json!(0)),
        ] {
            assert_eq!(pods[field], expected, "{field}");
        }
        assert_eq!(
            pods["lastError"],
            json!({"time": "2026-11-23T08:43:07Z", "verb": "watch", "cause": "Cut", "code": null, "detail": "network\n error"})
        );
        for (counter, expected) in [("requests", 3), ("failures", 1), ("events", 1), ("lists", 1)] {
            assert_eq!(pods["counters"][counter], expected, "{counter}");
        }
        assert_eq!(json["stores"][1]["objects"], 1);
        assert_eq!(json["stores"][1]["ignored"]["unknownDelete"], 0);
        assert_eq!(json["forgottenTransitions"], 0);
        assert_eq!(json["log"][0]["from"], Value::Null);
    }

    #[test]
    fn is_a_report() {
        let report = cut_once().cache.diagnostics(at(12)).report();
        for line in [
            "pods: live, fetch, json, resourceVersion 8",
            "  last error: 2026-11-23T08:43:07Z watch: Cut: network error",
            "  2026-11-23T08:43:07Z pods: live > reconnecting: watch: Cut: network error",
            "store of pods: 1 objects; ignored:",
        ] {
            assert!(report.lines().any(|it| it == line), "{line:?} is not in\n{report}");
        }
    }

    #[test]
    fn another_failure_in_the_same_state_is_logged_and_its_repetition_is_not() {
        let mut scene = cut_once();
        scene.end(10, End::Broken(String::new()));
        let before = scene.path().len();
        for (second, code) in [(15, 401), (45, 401), (90, 401)] {
            for step in second - 5..=second {
                scene.wait(step);
            }
            scene.answer(second, code, UNAUTHORIZED);
            scene.end(second, End::Clean);
        }
        let path = scene.path();
        let same = path[before..].iter().filter(|(from, to)| *from == Some(*to)).count();
        assert!(same <= 1, "{path:?}");
        let report = scene.cache.diagnostics(at(90)).report();
        assert!(report.contains("watch: Unauthorized (HTTP 401)"), "{report}");
    }

    #[test]
    fn forgets_the_oldest_and_says_so() {
        let mut log = TransitionLog::default();
        for second in 0..=MAX_TRANSITIONS as i64 {
            log.push(Transition {
                time: Timestamp(second),
                kind: "pods".to_owned(),
                from: None,
                to: ConnectionState::Live,
                reason: String::new(),
            });
        }
        let diagnostics = Diagnostics::new(Timestamp(0), Vec::new(), Vec::new(), &log);
        assert_eq!(diagnostics.log.len(), MAX_TRANSITIONS);
        assert_eq!(diagnostics.log[0].time, Timestamp(1));
        assert_eq!(diagnostics.forgotten_transitions, 1);
    }
}
