//! An informer and its store, with the test in the place of network and clock.

use std::time::Duration;

use k8bit::{
    clock::Moment,
    connection::{self, ConnectionState, KindConnection},
    resource::Timestamp,
};
use k8bit_informer::{
    Informer, InformerConfig, InitialList, Output,
    failure::{Cause, End, ResponseHead},
    request::{Collection, RequestId},
    store::{Change, Scope, Store},
    transport::{Carrier, TransportState},
};

use crate::kinds::Kind;

/// What the informer asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) attempt: RequestId,
    pub(crate) url: String,
    pub(crate) carrier: Carrier,
    pub(crate) at: Duration,
}

/// See the [module](self).
pub(crate) struct Rig<K: Kind> {
    pub(crate) informer: Informer<K>,
    pub(crate) store: Store<K>,
    pub(crate) now: Duration,
    /// Requests that the test has not looked at.
    asked: Vec<Asked>,
    /// Probes, which run beside the others.
    pub(crate) probes: Vec<Asked>,
    /// The newest request that is no probe.
    attempt: RequestId,
    pub(crate) aborted: Vec<RequestId>,
    pub(crate) changes: Vec<Change<K>>,
    interner: K::Interner,
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

impl<K: Kind> Rig<K> {
    pub(crate) fn new() -> Self {
        Self::with(InitialList::Unlimited, 7)
    }

    /// Behind a way that is known to deliver at once.
    pub(crate) fn with(initial: InitialList, seed: u64) -> Self {
        Self::behind(TransportState::PROMPT, initial, seed)
    }

    pub(crate) fn behind(transport: TransportState, initial: InitialList, seed: u64) -> Self {
        let collection = Collection::of::<k8s_openapi::api::core::v1::Pod>();
        let mut rig = Self {
            informer: {
                let mut informer = Informer::new(collection, InformerConfig::listing(initial), seed);
                informer.set_transport(transport);
                informer
            },
            store: Store::default(),
            now: SECOND,
            asked: Vec::new(),
            probes: Vec::new(),
            attempt: RequestId(0),
            aborted: Vec::new(),
            changes: Vec::new(),
            interner: K::Interner::default(),
        };
        rig.resume();
        rig
    }

    /// A rig whose watch is open, from version 100, with these pods.
    pub(crate) fn live(names: &[&str]) -> Self {
        let mut rig = Self::new();
        rig.relist(names, 100);
        rig.open_watch(100);
        rig
    }

    fn drain(&mut self) {
        while let Some(output) = self.informer.poll_output() {
            match output {
                Output::Send(request) => {
                    let asked = Asked {
                        attempt: request.attempt,
                        url: request.url,
                        carrier: request.carrier,
                        at: self.now,
                    };
                    if asked.url.contains("&resourceVersion=0&") {
                        self.probes.push(asked);
                    } else {
                        self.attempt = asked.attempt;
                        self.asked.push(asked);
                    }
                }
                Output::Abort(attempt) => self.aborted.push(attempt),
                Output::Event(event) => self.store.handle(&Scope::Cluster, event, &mut self.changes),
                Output::Count(counted) => self.informer.compare_count(self.now, self.store.len(), counted),
            }
        }
    }

    // The network.

    pub(crate) fn answer(&mut self, code: u16) {
        self.answer_after(code, None);
    }

    pub(crate) fn answer_after(&mut self, code: u16, retry_after: Option<u64>) {
        let head = ResponseHead {
            code,
            retry_after: retry_after.map(Duration::from_secs),
            ..ResponseHead::default()
        };
        self.informer.handle_response(self.now, self.attempt, head);
        self.drain();
    }

    /// A page of HTML in place of objects.
    pub(crate) fn answer_with_page(&mut self, code: u16, page: &str) {
        let head = ResponseHead {
            code,
            is_page: true,
            ..ResponseHead::default()
        };
        self.informer.handle_response(self.now, self.attempt, head);
        self.drain();
        self.body(page);
        self.end();
    }

    /// Answers that the body is compressed.
    pub(crate) fn answer_compressed(&mut self) {
        let head = ResponseHead {
            code: 200,
            is_compressed: true,
            ..ResponseHead::default()
        };
        self.informer.handle_response(self.now, self.attempt, head);
        self.drain();
    }

    /// The requested carrier is not available.
    pub(crate) fn no_carrier(&mut self) {
        self.informer.handle_no_carrier(self.now, self.attempt);
        self.drain();
    }

    /// The one probe that was asked for since the last look.
    #[track_caller]
    pub(crate) fn probe(&mut self) -> Asked {
        assert_eq!(self.probes.len(), 1, "one probe was expected: {:?}", self.probes);
        self.probes.remove(0)
    }

    /// The headers of another answer than that to the newest request.
    pub(crate) fn answer_of(&mut self, attempt: RequestId, code: u16) {
        let head = ResponseHead {
            code,
            ..ResponseHead::default()
        };
        self.informer.handle_response(self.now, attempt, head);
        self.drain();
    }

    /// The end of another answer than that to the newest request.
    pub(crate) fn cut_of(&mut self, attempt: RequestId) {
        let end = End::Broken("network error".into());
        self.informer.handle_end(self.now, attempt, end, &mut self.interner);
        self.drain();
    }

    /// Whole objects come as the kind is sent; parts of them are to be cut from [`Kind::sent`].
    pub(crate) fn body(&mut self, text: &str) {
        self.body_of(self.attempt, K::sent(text).as_bytes());
    }

    pub(crate) fn body_of(&mut self, attempt: RequestId, bytes: &[u8]) {
        self.informer.handle_body(self.now, attempt, bytes, &mut self.interner);
        self.drain();
    }

    pub(crate) fn end(&mut self) {
        self.end_with(End::Clean);
    }

    pub(crate) fn cut(&mut self) {
        self.cut_with("network error");
    }

    pub(crate) fn cut_with(&mut self, words: &str) {
        self.end_with(End::Broken(words.into()));
    }

    fn end_with(&mut self, end: End) {
        self.informer
            .handle_end(self.now, self.attempt, end, &mut self.interner);
        self.drain();
    }

    /// A whole answer.
    pub(crate) fn respond(&mut self, code: u16, body: &str) {
        self.answer(code);
        self.body(body);
        self.end();
    }

    /// Answers the list that was asked for.
    pub(crate) fn relist(&mut self, names: &[&str], version: u64) {
        let asked = self.asked_one();
        assert!(!asked.url.contains("watch="), "a list was expected: {}", asked.url);
        self.respond(200, &list(names, version, ""));
    }

    /// Answers the consistency check that comes before a watch, from a server whose history goes on, and waits for the watch.
    #[track_caller]
    pub(crate) fn pass_consistency_check(&mut self, consistency_check: &Asked) -> Asked {
        assert!(
            consistency_check.url.ends_with("?pretty=false&limit=1"),
            "an audit was expected: {}",
            consistency_check.url
        );
        let version = self.version().parse().expect("a number");
        self.respond(200, &list(&["a"], version, ""));
        self.wait_for_request(SECOND * 2).1
    }

    /// Answers the watch that was asked for, and leaves it open.
    pub(crate) fn open_watch(&mut self, version: u64) {
        let asked = self.asked_one();
        assert!(asked.url.contains("watch=1"), "a watch was expected: {}", asked.url);
        assert!(
            asked.url.contains(&format!("&resourceVersion={version}&")),
            "from {version}: {}",
            asked.url
        );
        self.answer(200);
    }

    // The page.

    pub(crate) fn resume(&mut self) {
        self.informer.resume(self.now);
        self.drain();
    }

    pub(crate) fn retry_sign_in(&mut self) {
        self.informer.retry_sign_in(self.now);
        self.drain();
    }

    pub(crate) fn pause(&mut self) {
        self.informer.pause(self.now);
        self.drain();
    }

    // Time.

    /// Lets time pass, and lets everything happen that is due meanwhile.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.informer.next_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.informer.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// Lets time pass until something is asked for, which has to be within `limit`, and says how long it took.
    pub(crate) fn wait_for_request(&mut self, limit: Duration) -> (Duration, Asked) {
        let from = self.now;
        while self.asked.is_empty() {
            let due = self.informer.next_timeout().expect("something is planned");
            assert!(due <= from + limit, "nothing was asked for within {limit:?}");
            self.now = self.now.max(due);
            self.informer.handle_timeout(self.now);
            self.drain();
        }
        (self.now - from, self.asked_one())
    }

    // What came of it.

    /// Everything that was asked for since the last look.
    pub(crate) fn asked(&mut self) -> Vec<Asked> {
        std::mem::take(&mut self.asked)
    }

    /// The one thing that was asked for since the last look.
    #[track_caller]
    pub(crate) fn asked_one(&mut self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "one request was expected: {asked:?}");
        asked[0].clone()
    }

    #[track_caller]
    pub(crate) fn assert_idle(&mut self) {
        let asked = self.asked();
        assert!(asked.is_empty(), "no request was expected: {asked:?}");
    }

    /// The pods that are published: of a list that is complete.
    #[track_caller]
    pub(crate) fn names(&self) -> Vec<String> {
        let is_listed = self.store.is_listed(&Scope::Cluster);
        assert_eq!(is_listed, self.informer.is_synced());
        if is_listed { self.all_names() } else { Vec::new() }
    }

    /// The pods that are shown although no list is complete. They are known to be a part, and nothing calls them live.
    #[track_caller]
    pub(crate) fn provisional(&self) -> Vec<String> {
        assert!(!self.store.is_listed(&Scope::Cluster) && !self.is_live());
        let state = connection::state_of(&self.informer, self.now);
        assert_eq!(state, ConnectionState::Listing);
        self.all_names()
    }

    fn all_names(&self) -> Vec<String> {
        self.store
            .sorted()
            .iter()
            .map(|pod| pod.meta().key.name.to_string())
            .collect()
    }

    pub(crate) fn version(&self) -> &str {
        self.informer.resource_version().map_or("", |version| version.as_str())
    }

    pub(crate) fn cause(&self) -> Option<Cause> {
        self.informer.failure().map(|failure| failure.cause)
    }

    /// What the page says of it: its state, and what is wrong.
    pub(crate) fn said(&self) -> (ConnectionState, String) {
        let kind = self.connection();
        (
            kind.state,
            kind.problem.map(|problem| problem.sentence).unwrap_or_default(),
        )
    }

    /// Why the page says that it watches in another way than usual.
    pub(crate) fn detour(&self) -> String {
        connection::detour(&self.informer)
    }

    /// Of when the picture is, as the page says, in seconds of the monotonic clock.
    pub(crate) fn stale_since(&self) -> Option<i64> {
        self.connection().stale_since.map(|time| time.0)
    }

    /// What the page knows of the connection, on a wall whose clock is the monotonic one.
    fn connection(&self) -> KindConnection {
        let clock = Moment {
            monotonic: self.now,
            wall: Timestamp(i64::try_from(self.now.as_secs()).expect("not for ages")),
        };
        connection::of_informer(&self.informer, clock)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.informer.lost_since(self.now).is_none()
    }

    /// Fails the newest request in the same way until `tries` have failed, and says how long each next one waited.
    pub(crate) fn delays(&mut self, tries: usize, fail: impl Fn(&mut Self)) -> Vec<Duration> {
        (0..tries)
            .map(|_| {
                fail(self);
                self.wait_for_request(SECOND * 120).0
            })
            .collect()
    }
}

/// A pod as the API writes it.
pub(crate) fn pod(name: &str, uid: &str, version: u64) -> String {
    format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"demo","uid":"{uid}","resourceVersion":"{version}"}},"spec":{{}},"status":{{"phase":"Running"}}}}"#
    )
}

/// A list; the uid of each pod is its name.
pub(crate) fn list(names: &[&str], version: u64, continue_token: &str) -> String {
    let items: Vec<_> = names.iter().map(|name| pod(name, name, 1)).collect();
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}","continue":"{continue_token}"}},"items":[{}]}}"#,
        items.join(",")
    )
}

/// A line of a watch.
pub(crate) fn event(event_type: &str, name: &str, version: u64) -> String {
    format!(
        "{{\"type\":\"{event_type}\",\"object\":{}}}\n",
        pod(name, name, version)
    )
}

/// A bookmark.
pub(crate) fn bookmark(version: u64) -> String {
    format!(
        "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{{\"resourceVersion\":\"{version}\"}},\"spec\":{{\"containers\":null}},\"status\":{{}}}}}}\n"
    )
}

/// A `Status`; `rest` is the part of it that matters.
pub(crate) fn status(rest: &str) -> String {
    format!(r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure",{rest}}}"#)
}

/// An ERROR event.
pub(crate) fn error(rest: &str) -> String {
    format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status(rest))
}
