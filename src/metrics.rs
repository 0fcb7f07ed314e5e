//! Asks `metrics.k8s.io` for what nodes and pods use, again and again, as a state machine without I/O.
//!
//! Metrics cannot be watched. Each collection (the nodes', and the pods' of each namespace) is asked for every
//! [`METRICS_INTERVAL`], one request at a time over all of them, so that they take one connection at most. Usage that has
//! not been renewed for [`METRICS_STALE_AFTER`] is forgotten: a bar without a fill is better than an old one.
//!
//! A cluster need not have metrics. Absence is no failure: it is told in one
//! quiet sentence and looked for again every [`METRICS_PROBE_INTERVAL`]. So that no request fails by design, `/apis` is
//! asked before a collection that has never been answered, or was absent then: it says whether there are metrics. Where `/apis`
//! cannot be read, the collection itself has to tell.
//!
//! | phase of a collection | what happens | next |
//! |---|---|---|
//! | waiting, once answered | its time has come | asking |
//! | waiting, otherwise | its time has come, and `/apis` lists metrics or tells nothing | asking |
//! | waiting, otherwise | its time has come, and `/apis` lists none, or says that they do not answer | waiting for the probe interval, absent |
//! | asking | a list | waiting for the interval |
//! | asking | 401, 403, 404, 405, 503 | waiting for the probe interval, absent |
//! | asking | a login page | waiting for [`SIGN_IN_RETRY`] |
//! | asking | anything else, or nothing for [`METRICS_DEADLINE`] | waiting, each time twice as long |
//!
//! [`Poller::pause`] gives everything up; [`Poller::resume`] asks at once.

mod discovery;
pub mod list;
pub mod usage;

use std::{collections::VecDeque, fmt, time::Duration};

use k8bit_informer::{
    api_path::{ApiPath, ApiResource, Segment},
    list_decoder::ListError,
};
use serde::Serialize;

use crate::{
    config::Config,
    limits::{
        MAX_METRICS_BYTES, METRICS_DEADLINE, METRICS_INTERVAL, METRICS_PROBE_INTERVAL, METRICS_STALE_AFTER,
        SIGN_IN_RETRY,
    },
    resource::{
        ResourceInterner, SharedStr, Timestamp,
        metrics::{NodeMetrics, PodMetrics},
    },
};
use discovery::Availability;
use list::MetricsList;
pub use usage::Usage;

/// The API group of metrics, and the version of it that is read.
const GROUP: &str = "metrics.k8s.io";
const VERSION: &str = "v1beta1";

/// What is accepted of lists of metrics.
const ACCEPT: &str = "application/json";

/// The number of a request; what arrives of an older one is ignored.
pub type PollId = u64;

/// What the driver is to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollAction {
    /// Make this request, with this `Accept`, and hand back what comes of it under this number: the pieces of a body with
    /// status 200, then the end.
    Get(PollId, String, &'static str),
    /// Give it up.
    Abort(PollId),
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    /// A response is complete; this is its HTTP status.
    Response(u16),
    /// A login page, or a redirect to one.
    SignIn,
    /// The body has more than [`MAX_METRICS_BYTES`].
    TooLarge,
    /// There was none, or it broke off.
    Broken,
}

/// Why there are no metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absence {
    /// 404: not installed.
    NotInstalled,
    /// 401 or 403.
    Forbidden,
    /// 503: they are installed, and do not answer.
    Unavailable,
    /// 405, or a list that is larger than a page can take in.
    Unusable,
}

/// How one collection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Not answered yet.
    Unknown,
    /// The last answer was a list.
    Present,
    /// There are none.
    Absent(Absence),
    /// The user must log in first.
    SignIn,
    /// Something else went wrong this many times in a row.
    Failing(u32),
}

/// See the [module](self).
#[derive(Debug)]
pub struct Poller {
    collections: Vec<PolledCollection>,
    /// Of `/apis`.
    groups_url: String,
    /// Until when the response of `/apis` counts as current: it listed metrics, or was unclear.
    may_ask_until: Option<Duration>,
    /// The one request under way.
    asking: Option<Asking>,
    last_attempt: PollId,
    is_paused: bool,
    interner: ResourceInterner,
    requests: u64,
    malformed: u64,
}

#[derive(Debug)]
struct PolledCollection {
    what: What,
    url: String,
    condition: Condition,
    /// It has been answered since it was last absent.
    is_served: bool,
    /// When it is due.
    due: Duration,
    /// How many measurements of the last list were too old to be shown.
    old: u64,
    /// When the last list came, while its usage is known.
    renewed: Option<Duration>,
}

/// What a collection holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Nodes,
    Pods(Option<Segment>),
}

impl What {
    fn path(&self) -> ApiPath {
        let (plural, namespace) = match self {
            Self::Nodes => ("nodes", None),
            Self::Pods(namespace) => ("pods", namespace.as_ref()),
        };
        let resource = ApiResource::known(GROUP, VERSION, plural);
        // Servers indent for browsers unless they are told not to, which doubles the bytes.
        ApiPath::collection(&resource, namespace).with("pretty", "false")
    }
}

#[derive(Debug)]
struct Asking {
    attempt: PollId,
    deadline: Duration,
    about: Requested,
}

/// What is requested.
#[derive(Debug)]
enum Requested {
    /// `/apis`; what has come of it.
    ApiGroups(Vec<u8>),
    /// A collection; what has come of its list, `None` once that was no list.
    Collection(usize, Option<Incoming>),
}

/// A list on its way in.
#[derive(Debug)]
enum Incoming {
    Nodes(MetricsList<NodeMetrics>),
    /// Of one namespace, or of all.
    Pods(Option<SharedStr>, MetricsList<PodMetrics>),
}

impl Incoming {
    fn of(what: &What) -> Self {
        match what {
            What::Nodes => Self::Nodes(MetricsList::default()),
            What::Pods(namespace) => Self::Pods(
                namespace.as_ref().map(|namespace| namespace.text().clone()),
                MetricsList::default(),
            ),
        }
    }

    fn feed(&mut self, bytes: &[u8], interner: &mut ResourceInterner) -> Result<(), ListError> {
        match self {
            Self::Nodes(list) => list.feed(bytes, interner),
            Self::Pods(_, list) => list.feed(bytes, interner),
        }
    }

    /// Replaces the last list's usage by this one's: how many elements could not be read, and how many are
    /// too old.
    fn finish(self, wall: Timestamp, usage: &mut Usage) -> Result<(u64, u64), ListError> {
        match self {
            Self::Nodes(list) => list.finish(wall).map(|list| {
                usage.set_nodes(list.items);
                (list.malformed, list.old)
            }),
            Self::Pods(namespace, list) => list.finish(wall).map(|list| {
                usage.set_pods(namespace.as_deref(), list.items);
                (list.malformed, list.old)
            }),
        }
    }
}

impl Poller {
    /// A poller that begins with [`Poller::resume`].
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let collection = |what: What| PolledCollection {
            url: what.path().below(&config.root),
            what,
            condition: Condition::Unknown,
            is_served: false,
            due: Duration::ZERO,
            old: 0,
            renewed: None,
        };
        let pods = match &config.namespaces[..] {
            [] => vec![What::Pods(None)],
            namespaces => namespaces.iter().cloned().map(Some).map(What::Pods).collect(),
        };
        Self {
            collections: std::iter::once(What::Nodes).chain(pods).map(collection).collect(),
            groups_url: ApiPath::groups().with("pretty", "false").below(&config.root),
            may_ask_until: None,
            asking: None,
            last_attempt: 0,
            is_paused: true,
            interner: ResourceInterner::default(),
            requests: 0,
            malformed: 0,
        }
    }

    /// How many measurements of the last lists were too old to be shown.
    #[must_use]
    pub fn too_old(&self) -> u64 {
        self.collections.iter().map(|collection| collection.old).sum()
    }

    /// How the collections are doing, nodes first.
    pub fn conditions(&self) -> impl Iterator<Item = Condition> {
        self.collections.iter().map(|collection| collection.condition)
    }

    /// When [`Poller::handle_timeout`] is to be called, unless something comes first.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        let stale = self.collections.iter().filter_map(PolledCollection::stale_at);
        let next = match &self.asking {
            Some(asking) => Some(asking.deadline),
            None if self.is_paused => None,
            None => self.collections.iter().map(|collection| collection.due).min(),
        };
        stale.chain(next).min()
    }

    /// The page is shown: requests everything at once, except what is absent or current.
    pub fn resume(&mut self, now: Duration, tasks: &mut VecDeque<PollAction>) {
        if std::mem::take(&mut self.is_paused) {
            for collection in &mut self.collections {
                if collection.renewed.is_none() && !matches!(collection.condition, Condition::Absent(_)) {
                    collection.due = now;
                }
            }
        }
        self.ask(now, tasks);
    }

    /// The page is hidden: makes no requests.
    pub fn pause(&mut self, tasks: &mut VecDeque<PollAction>) {
        self.is_paused = true;
        if let Some(Asking { attempt, .. }) = self.asking.take() {
            tasks.push_back(PollAction::Abort(attempt));
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration, usage: &mut Usage, tasks: &mut VecDeque<PollAction>) {
        if let Some(asking) = self.asking.take_if(|asking| asking.deadline <= now) {
            tasks.push_back(PollAction::Abort(asking.attempt));
            match asking.about {
                Requested::ApiGroups(_) => self.each_due(now, |collection| collection.fail(now)),
                Requested::Collection(index, _) => self.collections[index].fail(now),
            }
        }
        for collection in &mut self.collections {
            collection.forget_if_stale(now, usage);
        }
        self.ask(now, tasks);
    }

    /// A piece of the body of a response with status 200 has come.
    pub fn handle_body(&mut self, attempt: PollId, bytes: &[u8]) {
        let Some(asking) = self.asking.as_mut().filter(|asking| asking.attempt == attempt) else {
            return;
        };
        match &mut asking.about {
            Requested::ApiGroups(body) => body.extend_from_slice(bytes),
            Requested::Collection(_, list) => {
                list.take_if(|list| list.feed(bytes, &mut self.interner).is_err());
            }
        }
    }

    /// An answer is over. One to an older request, or after it was given up, changes nothing. `wall` is the time that what was
    /// measured is compared with.
    pub fn handle_answer(
        &mut self,
        (now, wall): (Duration, Timestamp),
        attempt: PollId,
        answer: &PollOutcome,
        usage: &mut Usage,
        tasks: &mut VecDeque<PollAction>,
    ) {
        let Some(asking) = self.asking.take_if(|asking| asking.attempt == attempt) else {
            return;
        };
        match asking.about {
            Requested::ApiGroups(body) => self.settle_groups((now, wall), answer, &body, usage),
            Requested::Collection(index, list) => {
                self.malformed += self.collections[index].settle((now, wall), answer, list, usage);
            }
        }
        self.interner.release();
        self.ask(now, tasks);
    }

    /// Takes in what `/apis` says.
    fn settle_groups(
        &mut self,
        (now, wall): (Duration, Timestamp),
        answer: &PollOutcome,
        body: &[u8],
        usage: &mut Usage,
    ) {
        let missing = match answer {
            PollOutcome::Response(200) => match discovery::presence(body) {
                Some(Availability::Missing) => Some(Absence::NotInstalled),
                Some(Availability::Stale) => Some(Absence::Unavailable),
                Some(Availability::Served) | None => None,
            },
            // Perhaps it is only this that may not be read.
            PollOutcome::Response(_) | PollOutcome::TooLarge => None,
            PollOutcome::SignIn | PollOutcome::Broken => {
                return self.each_due(now, |collection| {
                    collection.settle((now, wall), answer, None, usage);
                });
            }
        };
        match missing {
            Some(absence) => self.each_due(now, |collection| collection.miss(now, absence, usage)),
            None => self.may_ask_until = Some(now + METRICS_INTERVAL),
        }
    }

    fn each_due(&mut self, now: Duration, mut settle: impl FnMut(&mut PolledCollection)) {
        let due = self.collections.iter_mut().filter(|collection| collection.due <= now);
        due.filter(|collection| !collection.is_served).for_each(&mut settle);
    }

    /// What a bug report needs to know.
    #[must_use]
    pub fn diagnose(&self, now: Duration) -> MetricsDiagnostics {
        let collections = self.collections.iter().map(|collection| CollectionDiagnostics {
            what: collection.what.name(),
            condition: collection.condition.slug(),
            next_in_seconds: (!self.is_paused).then(|| collection.due.saturating_sub(now).as_secs()),
            renewed_seconds: collection.renewed.map(|renewed| now.saturating_sub(renewed).as_secs()),
        });
        MetricsDiagnostics {
            paused: self.is_paused,
            requests: self.requests,
            malformed_objects: self.malformed,
            collections: collections.collect(),
        }
    }

    /// Begins the request that has been due for longest, if none is under way.
    fn ask(&mut self, now: Duration, tasks: &mut VecDeque<PollAction>) {
        if self.is_paused || self.asking.is_some() {
            return;
        }
        let due = self.collections.iter().enumerate();
        let Some((index, collection)) = due
            .filter(|(_, collection)| collection.due <= now)
            .min_by_key(|(_, collection)| collection.due)
        else {
            return;
        };
        let may_ask = collection.is_served || self.may_ask_until.is_some_and(|until| now < until);
        let (url, accept, about) = match may_ask {
            true => {
                let list = Incoming::of(&collection.what);
                (collection.url.clone(), ACCEPT, Requested::Collection(index, Some(list)))
            }
            false => (
                self.groups_url.clone(),
                discovery::ACCEPT,
                Requested::ApiGroups(Vec::new()),
            ),
        };
        self.last_attempt += 1;
        self.requests += 1;
        tasks.push_back(PollAction::Get(self.last_attempt, url, accept));
        self.asking = Some(Asking {
            attempt: self.last_attempt,
            deadline: now + METRICS_DEADLINE,
            about,
        });
    }
}

impl PolledCollection {
    /// Takes in an answer, and says how many elements could not be read.
    fn settle(
        &mut self,
        (now, wall): (Duration, Timestamp),
        answer: &PollOutcome,
        list: Option<Incoming>,
        usage: &mut Usage,
    ) -> u64 {
        let list = list.ok_or(ListError::Incomplete);
        let missing = match answer {
            PollOutcome::Response(200) => match list.and_then(|list| list.finish(wall, usage)) {
                Ok((malformed, old)) => {
                    (self.condition, self.is_served) = (Condition::Present, true);
                    self.old = old;
                    self.due = now + METRICS_INTERVAL;
                    self.renewed = Some(now);
                    return malformed;
                }
                Err(_) => None,
            },
            PollOutcome::Response(code) => absence(*code),
            PollOutcome::SignIn => {
                self.condition = Condition::SignIn;
                self.due = now + SIGN_IN_RETRY;
                return 0;
            }
            PollOutcome::TooLarge => Some(Absence::Unusable),
            PollOutcome::Broken => None,
        };
        match missing {
            Some(absence) => self.miss(now, absence, usage),
            None => self.fail(now),
        }
        0
    }

    /// There are none: what was known before is not true any more.
    fn miss(&mut self, now: Duration, absence: Absence, usage: &mut Usage) {
        (self.condition, self.is_served) = (Condition::Absent(absence), false);
        self.due = now + METRICS_PROBE_INTERVAL;
        self.forget(usage);
    }

    fn fail(&mut self, now: Duration) {
        let failures = match self.condition {
            Condition::Failing(failures) => failures.saturating_add(1),
            _ => 1,
        };
        self.condition = Condition::Failing(failures);
        let wait = METRICS_INTERVAL.saturating_mul(1 << (failures - 1).min(16));
        self.due = now + wait.min(METRICS_PROBE_INTERVAL);
    }

    fn stale_at(&self) -> Option<Duration> {
        self.renewed.map(|renewed| renewed + METRICS_STALE_AFTER)
    }

    fn forget_if_stale(&mut self, now: Duration, usage: &mut Usage) {
        if self.stale_at().is_some_and(|stale| stale <= now) {
            self.forget(usage);
        }
    }

    fn forget(&mut self, usage: &mut Usage) {
        (self.renewed, self.old) = (None, 0);
        match &self.what {
            What::Nodes => usage.forget_nodes(),
            What::Pods(namespace) => usage.forget_pods(namespace.as_ref().map(Segment::as_str)),
        }
    }
}

impl What {
    fn name(&self) -> String {
        match self {
            Self::Nodes => "nodes".to_owned(),
            Self::Pods(None) => "pods".to_owned(),
            Self::Pods(Some(namespace)) => format!("pods in {namespace}"),
        }
    }
}

/// What a status other than 200 says about whether there are metrics; `None` where it says nothing.
fn absence(code: u16) -> Option<Absence> {
    match code {
        401 | 403 => Some(Absence::Forbidden),
        404 => Some(Absence::NotInstalled),
        503 => Some(Absence::Unavailable),
        405 => Some(Absence::Unusable),
        _ => None,
    }
}

impl Condition {
    /// Its name for programs.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Present => "present",
            Self::Absent(Absence::NotInstalled) => "not-installed",
            Self::Absent(Absence::Forbidden) => "forbidden",
            Self::Absent(Absence::Unavailable) => "unavailable",
            Self::Absent(Absence::Unusable) => "unusable",
            Self::SignIn => "sign-in",
            Self::Failing(_) => "failing",
        }
    }

    /// Why there is no usage, the beginning of a sentence.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Unknown | Self::Present => None,
            Self::Absent(Absence::NotInstalled) => Some("metrics.k8s.io is not installed"),
            Self::Absent(Absence::Forbidden) => Some("you may not read metrics.k8s.io"),
            Self::Absent(Absence::Unavailable) => Some("metrics.k8s.io does not answer"),
            Self::Absent(Absence::Unusable) => Some("metrics.k8s.io cannot be read here"),
            Self::SignIn => Some("you have to sign in again"),
            Self::Failing(_) => Some("metrics.k8s.io could not be read; the page tries again"),
        }
    }
}

/// The poller in a bug report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsDiagnostics {
    /// The page is hidden.
    pub paused: bool,
    /// Requests so far.
    pub requests: u64,
    /// Elements of lists that could not be read.
    pub malformed_objects: u64,
    /// Each collection, nodes first.
    pub collections: Vec<CollectionDiagnostics>,
}

/// A collection in a bug report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionDiagnostics {
    /// `nodes`, `pods`, `pods in shop`.
    pub what: String,
    /// How it is doing.
    pub condition: &'static str,
    /// Seconds until the next request.
    pub next_in_seconds: Option<u64>,
    /// Seconds since the last list, while its usage is shown.
    pub renewed_seconds: Option<u64>,
}

impl fmt::Display for MetricsDiagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paused = if self.paused { "paused, " } else { "" };
        let (requests, malformed) = (self.requests, self.malformed_objects);
        writeln!(f, "metrics: {paused}requests {requests}, malformedObjects {malformed}")?;
        for collection in &self.collections {
            write!(f, "  {}: {}", collection.what, collection.condition)?;
            for (name, seconds) in [
                ("next in", collection.next_in_seconds),
                ("renewed, seconds ago", collection.renewed_seconds),
            ] {
                if let Some(seconds) = seconds {
                    write!(f, ", {name} {seconds}")?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Whether a body is too large to go on reading.
#[must_use]
pub fn is_too_large(bytes: usize) -> bool {
    bytes > MAX_METRICS_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::usage;

    const NODES: &str = r#"{"items": [{"metadata": {"name": "a"}, "usage": {"cpu": "250m", "memory": "1Gi"}}]}"#;
    const PODS: &str = r#"{"items": [{"metadata": {"name": "web", "namespace": "shop"}, "containers": []}, 7]}"#;

    const SERVED: &str =
        r#"{"kind":"APIGroupList","groups":[{"name":"metrics.k8s.io","versions":[{"version":"v1beta1"}]}]}"#;
    const MISSING: &str = r#"{"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"version":"v1"}]}]}"#;
    const STALE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"metrics.k8s.io"},
        "versions":[{"version":"v1beta1","freshness":"Stale"}]}]}"#;

    /// 2026-11-23T08:43:03Z, whatever second of the scene it is.
    const WALL: Timestamp = Timestamp(1_795_423_383);

    /// A poller, what it has found out, and what it wants.
    struct Scene {
        poller: Poller,
        usage: Usage,
        tasks: VecDeque<PollAction>,
        /// The time.
        second: u64,
        /// The response of `/apis`.
        groups: CannedResponse,
        /// How often it was.
        discoveries: u32,
    }

    impl Scene {
        fn new(query: &str) -> Self {
            Self {
                second: 0,
                groups: ok(SERVED),
                discoveries: 0,
                poller: Poller::new(&Config::parse(query, None).expect("a query of the test")),
                usage: Usage::default(),
                tasks: VecDeque::new(),
            }
        }

        fn resume(&mut self, second: u64) {
            self.second = second;
            self.poller.resume(Duration::from_secs(second), &mut self.tasks);
        }

        fn wait(&mut self, second: u64) {
            let now = Duration::from_secs(second);
            self.second = second;
            self.poller.handle_timeout(now, &mut self.usage, &mut self.tasks);
        }

        /// The number and the path of the request that is wanted now; `None` where none is. `/apis` is answered.
        fn asked(&mut self) -> Option<(PollId, String)> {
            loop {
                match self.tasks.pop_front()? {
                    PollAction::Get(attempt, url, accept) if url.ends_with("/apis?pretty=false") => {
                        assert_eq!(accept, discovery::ACCEPT);
                        self.discoveries += 1;
                        let groups = self.groups.clone();
                        self.hand_back(self.second, attempt, groups);
                    }
                    PollAction::Get(attempt, url, accept) => {
                        assert_eq!(accept, "application/json");
                        return Some((attempt, url));
                    }
                    PollAction::Abort(attempt) => panic!("{attempt} is given up"),
                }
            }
        }

        #[track_caller]
        fn answer(&mut self, second: u64, path: &str, answer: CannedResponse) {
            let (attempt, url) = self.asked().expect("something is asked for");
            assert_eq!(url, format!("/apis/metrics.k8s.io/v1beta1/{path}?pretty=false"));
            self.hand_back(second, attempt, answer);
        }

        fn hand_back(&mut self, second: u64, attempt: PollId, (answer, body): CannedResponse) {
            let now = Duration::from_secs(second);
            self.second = second;
            if answer == PollOutcome::Response(200) {
                for piece in body.as_bytes().chunks(9) {
                    self.poller.handle_body(attempt, piece);
                }
            }
            self.poller
                .handle_answer((now, WALL), attempt, &answer, &mut self.usage, &mut self.tasks);
        }

        /// Asked and answered at this second, both collections.
        fn round(&mut self, second: u64) {
            self.wait(second);
            self.answer(second, "nodes", ok(NODES));
            self.answer(second, "pods", ok(PODS));
            assert_eq!(self.asked(), None);
        }

        fn next(&self) -> Option<u64> {
            self.poller.next_timeout().map(|next| next.as_secs())
        }

        fn conditions(&self) -> Vec<&'static str> {
            self.poller.conditions().map(Condition::slug).collect()
        }
    }

    /// How an answer ended, and its body.
    type CannedResponse = (PollOutcome, &'static str);

    fn ok(body: &'static str) -> CannedResponse {
        code(200, body)
    }

    fn code(code: u16, body: &'static str) -> CannedResponse {
        (PollOutcome::Response(code), body)
    }

    #[test]
    fn both_are_asked_for_one_after_the_other_every_15_seconds() {
        let mut scene = Scene::new("");
        assert_eq!((scene.next(), scene.asked()), (None, None));
        scene.resume(1);
        scene.answer(1, "nodes", ok(NODES));
        scene.answer(2, "pods", ok(PODS));
        assert_eq!((scene.asked(), scene.next()), (None, Some(16)));
        assert_eq!(scene.conditions(), ["present", "present"]);
        assert_eq!(scene.usage.node("a").map(|usage| usage.cpu_millis), Some(250));
        assert_eq!(scene.usage.len(), (1, 1));
        assert_eq!(
            usage::note(&scene.poller, &scene.usage),
            "Usage of 1 node and 1 pod, every 15 s."
        );
        assert_eq!(scene.poller.diagnose(Duration::from_secs(4)).malformed_objects, 1);
        scene.wait(15);
        assert_eq!(scene.asked(), None);
        scene.round(17);
    }

    #[test]
    fn what_is_not_installed_is_not_asked_for() {
        for (groups, slug) in [(MISSING, "not-installed"), (STALE, "unavailable")] {
            let mut scene = Scene::new("");
            scene.groups = ok(groups);
            scene.resume(0);
            assert_eq!((scene.asked(), scene.discoveries), (None, 1), "{slug}");
            assert_eq!(scene.conditions(), [slug, slug]);
            for probe in 1..=3 {
                scene.wait(300 * probe - 1);
                assert_eq!(scene.asked(), None);
                scene.wait(300 * probe);
                assert_eq!((scene.asked(), scene.discoveries), (None, 1 + probe as u32), "{slug}");
            }
            // They are installed in the meantime.
            scene.groups = ok(SERVED);
            scene.round(1_200);
            assert_eq!((scene.conditions(), scene.discoveries), (vec!["present", "present"], 5));
            // What is present is asked for itself from then on.
            scene.round(1_215);
            scene.wait(1_230);
            scene.answer(1_230, "nodes", code(404, ""));
            scene.answer(1_230, "pods", ok(PODS));
            assert_eq!(
                (scene.conditions(), scene.discoveries),
                (vec!["not-installed", "present"], 5)
            );
        }
    }

    #[test]
    fn where_discovery_tells_nothing_the_collections_do() {
        for groups in [
            code(403, "{}"),
            code(404, ""),
            code(500, ""),
            ok("<html>"),
            (PollOutcome::TooLarge, ""),
        ] {
            let mut scene = Scene::new("");
            scene.groups = groups;
            scene.resume(0);
            scene.answer(0, "nodes", ok(NODES));
            scene.answer(0, "pods", ok(PODS));
            assert_eq!((scene.conditions(), scene.discoveries), (vec!["present", "present"], 1));
        }
    }

    #[test]
    fn discovery_that_does_not_come_is_tried_again() {
        let mut scene = Scene::new("");
        scene.groups = (PollOutcome::Broken, "");
        scene.resume(0);
        assert_eq!(scene.asked(), None);
        assert_eq!(
            (scene.conditions(), scene.next()),
            (vec!["failing", "failing"], Some(15))
        );
        // It is unknown whether there are any.
        scene.groups = ok(SERVED);
        scene.wait(15);
        scene.answer(15, "nodes", ok(NODES));
        assert_eq!(scene.discoveries, 2);
        // Or not in time.
        let mut scene = Scene::new("");
        scene.resume(0);
        let Some(PollAction::Get(first, ..)) = scene.tasks.pop_front() else {
            panic!("the groups are asked for")
        };
        scene.wait(10);
        assert_eq!(scene.tasks.pop_front(), Some(PollAction::Abort(first)));
        assert_eq!(
            (scene.conditions(), scene.next()),
            (vec!["failing", "failing"], Some(25))
        );
        // Or only after a login.
        let mut scene = Scene::new("");
        scene.groups = (PollOutcome::SignIn, "");
        scene.resume(0);
        assert_eq!(scene.asked(), None);
        assert_eq!(
            (scene.conditions(), scene.next()),
            (vec!["sign-in", "sign-in"], Some(30))
        );
    }

    #[test]
    fn namespaces_are_asked_for_by_name_below_the_prefix() {
        let mut scene = Scene::new("?api=/k8s/&namespace=shop,pay");
        scene.resume(0);
        for path in ["nodes", "namespaces/shop/pods", "namespaces/pay/pods"] {
            let (attempt, url) = scene.asked().expect("it is asked for");
            assert_eq!(url, format!("/k8s/apis/metrics.k8s.io/v1beta1/{path}?pretty=false"));
            scene.hand_back(0, attempt, ok("{}"));
        }
    }

    #[test]
    fn absence_is_quiet_and_looked_at_again_after_five_minutes() {
        for (status, slug, reason) in [
            (404, "not-installed", "is not installed"),
            (403, "forbidden", "you may not read"),
            (401, "forbidden", "you may not read"),
            (503, "unavailable", "does not answer"),
            (405, "unusable", "cannot be read"),
        ] {
            let mut scene = Scene::new("");
            scene.resume(0);
            scene.answer(0, "nodes", code(status, "{}"));
            scene.answer(0, "pods", code(status, "{}"));
            assert_eq!(scene.conditions(), [slug, slug]);
            assert!(usage::note(&scene.poller, &scene.usage).contains(reason), "{status}");
            scene.wait(299);
            assert_eq!((scene.asked(), scene.next()), (None, Some(300)));
            // They are installed in the meantime.
            scene.round(300);
            assert_eq!(scene.conditions(), ["present", "present"]);
        }
    }

    #[test]
    fn while_a_login_is_wanted_it_is_asked_for_slowly_and_usage_grows_old() {
        let mut scene = Scene::new("");
        scene.resume(0);
        scene.round(0);
        scene.wait(15);
        scene.answer(15, "nodes", (PollOutcome::SignIn, ""));
        scene.answer(15, "pods", (PollOutcome::SignIn, ""));
        assert_eq!(scene.conditions(), ["sign-in", "sign-in"]);
        assert!(scene.usage.node("a").is_some());
        scene.wait(44);
        assert_eq!((scene.asked(), scene.next()), (None, Some(45)));
        scene.wait(45);
        scene.answer(45, "nodes", (PollOutcome::SignIn, ""));
        scene.answer(45, "pods", (PollOutcome::SignIn, ""));
        scene.wait(60);
        assert!(scene.usage.is_empty());
        let note = usage::note(&scene.poller, &scene.usage);
        assert_eq!(note, "No usage: you have to sign in again. Bars show requests only.");
        scene.round(75);
        assert_eq!(scene.conditions(), ["present", "present"]);
    }

    #[test]
    fn what_goes_away_is_not_shown_any_more() {
        let mut scene = Scene::new("");
        scene.resume(0);
        scene.round(0);
        scene.usage.take_dirty_nodes();
        scene.wait(15);
        scene.answer(15, "nodes", code(404, ""));
        assert_eq!(scene.usage.node("a"), None);
        assert_eq!(scene.usage.take_dirty_nodes().len(), 1);
    }

    #[test]
    fn failures_are_tried_again_ever_more_slowly_and_usage_grows_old() {
        let mut scene = Scene::new("");
        let broken = [
            code(500, ""),
            (PollOutcome::Broken, ""),
            ok("<html>"),
            code(429, ""),
            code(302, ""),
        ];
        let mut answers = std::iter::once(ok(NODES)).chain(broken.into_iter().cycle());
        let mut asked_at = Vec::new();
        scene.resume(0);
        for second in 0..800 {
            scene.wait(second);
            while let Some((attempt, url)) = scene.asked() {
                let is_of_nodes = url.contains("/nodes?");
                asked_at.extend(is_of_nodes.then_some(second));
                let answer = if is_of_nodes { answers.next() } else { None };
                scene.hand_back(second, attempt, answer.unwrap_or_else(|| ok(PODS)));
            }
            assert_eq!(scene.usage.node("a").is_some(), second < 60, "after {second} s");
        }
        assert_eq!(asked_at, [0, 15, 30, 60, 120, 240, 480, 780]);
        assert_eq!(scene.conditions(), ["failing", "present"]);
    }

    #[test]
    fn what_was_measured_long_ago_is_not_shown_and_said() {
        let measured = |time: &str| {
            let json =
                format!(r#"{{"items": [{{"metadata": {{"name": "a"}}, "timestamp": "{time}", "usage": {{}}}}]}}"#);
            // As long as the test.
            ok(json.leak())
        };
        let mut scene = Scene::new("");
        scene.resume(0);
        scene.answer(0, "nodes", measured("2026-11-23T08:30:00Z"));
        scene.answer(0, "pods", ok(r#"{"items": []}"#));
        let note = "No usage: it was measured more than 3 min ago. Bars show requests only.";
        assert_eq!(
            (scene.usage.node("a"), usage::note(&scene.poller, &scene.usage).as_str()),
            (None, note)
        );
        scene.wait(15);
        scene.answer(15, "nodes", measured("2026-11-23T08:30:00Z"));
        scene.answer(15, "pods", ok(PODS));
        let note = "Usage of 0 nodes and 1 pod, every 15 s. 1 measurement from more than 3 min ago left out.";
        assert_eq!(usage::note(&scene.poller, &scene.usage), note);
        scene.wait(30);
        scene.answer(30, "nodes", measured("2026-11-23T08:43:00Z"));
        scene.answer(30, "pods", ok(PODS));
        assert_eq!(scene.usage.node("a"), Some(Default::default()));
        assert_eq!(
            usage::note(&scene.poller, &scene.usage),
            "Usage of 1 node and 1 pod, every 15 s."
        );
    }

    #[test]
    fn a_request_without_an_answer_is_given_up() {
        let mut scene = Scene::new("");
        scene.resume(0);
        let (first, _) = scene.asked().expect("the nodes are asked for");
        scene.wait(9);
        assert_eq!((scene.asked(), scene.next()), (None, Some(10)));
        scene.wait(10);
        assert_eq!(scene.tasks.pop_front(), Some(PollAction::Abort(first)));
        scene.answer(11, "pods", ok(PODS));
        // Too late.
        scene.hand_back(12, first, ok(NODES));
        assert_eq!(scene.usage.node("a"), None);
        assert_eq!(scene.conditions(), ["failing", "present"]);
    }

    #[test]
    fn a_hidden_page_asks_for_nothing_and_a_shown_one_at_once() {
        let mut scene = Scene::new("");
        scene.resume(0);
        scene.round(0);
        scene.wait(15);
        let (attempt, _) = scene.asked().expect("the nodes are asked for");
        scene.poller.pause(&mut scene.tasks);
        assert_eq!(scene.tasks.pop_front(), Some(PollAction::Abort(attempt)));
        // Nothing is left to happen but that usage grows old.
        assert_eq!(scene.next(), Some(60));
        scene.wait(61);
        assert_eq!((scene.asked(), scene.next()), (None, None));
        assert!(scene.usage.is_empty());
        scene.resume(1_000);
        scene.round(1_000);
    }

    #[test]
    fn what_is_too_large_is_not_asked_for_again_soon() {
        let mut scene = Scene::new("");
        scene.resume(0);
        scene.answer(0, "nodes", ok(NODES));
        scene.answer(0, "pods", (PollOutcome::TooLarge, ""));
        assert_eq!(scene.conditions(), ["present", "unusable"]);
        let note = "Usage of nodes only: metrics.k8s.io cannot be read here for pods.";
        assert_eq!(usage::note(&scene.poller, &scene.usage), note);
    }
}
