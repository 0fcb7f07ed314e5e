//! The informer: follows one collection of one kind, by list and watch.
//!
//! It is sans-IO. It makes no request, reads no clock and spawns nothing: a driver makes the requests it asks for
//! ([`Informer::poll_output`]) and passes on the responses ([`Informer::handle_response`], [`Informer::handle_body`],
//! [`Informer::handle_end`]) and the time ([`Informer::handle_timeout`], when [`Informer::next_timeout`] says so). Changes
//! come out as [`Event`]s for a [`Store`](crate::store::Store). So a test can simulate a whole faulty network on virtual
//! time.
//!
//! Time is a [`Duration`] since an origin of the driver's choice that never goes back.
//!
//! # Transitions
//!
//! | state | input | next state |
//! |---|---|---|
//! | waiting | its time comes | open: the request is sent |
//! | open, list | the page is complete, with a continue token | open: the next page |
//! | open, list | the list is complete | [`Event::InitDone`]; open: watch from the list's resourceVersion |
//! | open, list | 410 on a page | waiting: list from the beginning, without pages |
//! | open, list | 429 without pages, or broken off twice | waiting: list in pages |
//! | open, list | any other failure | waiting, backed off: the same page again after a cut, a timeout, a 429 or no answer, otherwise from the beginning; what is published stays |
//! | open, watch | an event | open; the resourceVersion moves |
//! | open, watch | a clean end, or its time is up, after [`healthy_watch`](InformerConfig::healthy_watch) | open: watch from the last resourceVersion; consistency check, if none was within [`consistency_check_interval`](InformerConfig::consistency_check_interval); list, if none was within [`relist_interval`](InformerConfig::relist_interval) |
//! | open, watch | a clean end before that | waiting, backed off if it brought no event: watch from the last resourceVersion |
//! | open, watch | silence longer than bookmarks ever were apart | open: a new watch from the last resourceVersion |
//! | open, watch | an abrupt end, an error, an unreadable line | waiting, backed off: watch from the last resourceVersion; list, if none was within [`relist_interval`](InformerConfig::relist_interval) |
//! | open, watch | 410, 404 or 400, as status or as event; repeated empty or unreadable streams | waiting: list; what is published stays |
//! | open, watch | 405 | waiting: list again every [`poll_interval`](InformerConfig::poll_interval) |
//! | open, watch | any failure, time after time, but 401, a login in between, 429 and no answer | waiting, backed off: list, if none was within [`unwatched_relist_interval`](InformerConfig::unwatched_relist_interval) |
//! | open, streaming list | the end bookmark | [`Event::InitDone`]; open: the same stream goes on as a watch |
//! | open, streaming list | cut, 401, a login in between, 429, no answer | waiting, backed off: stream again |
//! | open, streaming list | any other refusal, no end bookmark, or cut more than [`MAX_BROKEN_STREAMS`] times | waiting: list, and never stream from this server again |
//! | open, watch or consistency check | no answer, or a proxy's that nothing answers it | waiting, backed off: consistency check, because the server may come back from a backup |
//! | any | a watch would begin, and nothing was heard for [`FASTEST_RESTORE`] | open: consistency check, for the same reason |
//! | open, consistency check | the server's version is older than ours | open: list; what is published stays |
//! | open, consistency check or watch | the count of a consistency check differs, the second time in a row | open: list; what is published stays |
//! | open, consistency check | the server's version is not older | open: watch from the last resourceVersion |
//! | open, consistency check | a failure, when the server may have come back from a backup | waiting, backed off: consistency check |
//! | open, consistency check | a failure, otherwise | waiting, backed off: watch from the last resourceVersion |
//! | open, watch | no headers over `fetch` for as long as they may take | open: the same watch over a WebSocket |
//! | open, watch | headers over `fetch`, and nothing is known of the way | open; a probe beside it |
//! | open, watch | a probe that does not arrive at once | open: the same watch over a WebSocket |
//! | open, watch | no shared stream is free, or a handshake is refused | open: the same watch over the other carrier |
//! | open, short watch | a clean end | open: a short watch from the last resourceVersion; live until its end is due |
//! | open, streaming list | its headers say that it is compressed | open: the same over a WebSocket; where there is none, list |
//! | waiting, after a 401 or a login in between | [`Informer::retry_sign_in`] | open: the request is sent at once |
//! | any | [`Informer::pause`] | paused, the request aborted |
//! | any | [`Informer::resume`] | open: the open request is made again |
//!
//! What carries a watch, and when its silence means nothing, is in [`transport`](crate::transport).
//!
//! Follows client-go's `tools/cache/reflector.go` where that is right, and `conformance` in the tests where it is not.

use std::{cmp::Ordering, collections::VecDeque, mem, ops::ControlFlow, time::Duration};

use crate::{
    backoff::{Backoff, Policy, RateLimit},
    bookmark_interval::BookmarkInterval,
    config::{InformerConfig, InitialList},
    encoding::{Encoding, ListBody, WatchBody},
    failure::{Cause, End, Failure, ResponseHead, Verb},
    limits::{
        FASTEST_RESTORE, MAX_BROKEN_PROBES, MAX_BROKEN_STREAMS, MAX_EMPTY_WATCHES, MAX_ERROR_BODY_BYTES,
        MAX_LATE_HEADERS, MAX_REFUSED_HANDSHAKES, MAX_UNREADABLE_LINES, PROBE_DEADLINE, PROMPT_HEADERS,
        SHORT_WATCH_MARGIN, SHORT_WATCH_SECONDS, SOCKET_DEADLINE, SOCKET_PATIENCE, SOCKET_PATIENCE_SLACK, SOCKET_RETRY,
        STALE_AFTER, UNWATCHED_FAILURES,
    },
    list_decoder::ListEnvelope,
    meta::{Bookmark, Meta, ObjectKey, ResourceVersion},
    part_reader::PartReader,
    representation::Representation,
    request::{Collection, Request, RequestId},
    resource::{ObjectType, Resource},
    transport::{Carrier, Delivery, TransportState, socket_patience},
    watch_event::{self, WatchEvent},
};

/// Events of an informer, in order; the vocabulary of kube-rs' `watcher::Event`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<K: Resource> {
    /// A list begins. What was known stays valid until [`Event::InitDone`].
    Init,
    /// An object of the list. Until [`Event::InitDone`] it is provisional.
    InitApply(K),
    /// The list is complete: exactly the objects since [`Event::Init`] exist.
    InitDone,
    /// An object was added or modified.
    Apply(K),
    /// An object was deleted, or no longer matches. Its identity is enough: the store knows the last state.
    Delete(Meta),
}

/// Instructions and results for the driver, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<K: Resource> {
    /// Make this request and pass on its response.
    Send(Request),
    /// Abort this request. What still arrives of it is ignored.
    Abort(RequestId),
    /// An event for the store.
    Event(Event<K>),
    /// The server holds this many objects, as far as it says: for [`Informer::compare_count`].
    Count(u64),
}

/// Counts since the informer began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests sent.
    pub requests: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
    /// Watch events applied, without bookmarks.
    pub events: u64,
    /// Bookmarks.
    pub bookmarks: u64,
    /// Complete lists.
    pub lists: u64,
    /// Objects that could not be decoded, each of which cost only itself.
    pub malformed_objects: u64,
    /// Lines of a watch that were not events; each ended its stream.
    pub unreadable_lines: u64,
    /// Events of unknown type, of another kind or without a name.
    pub ignored_events: u64,
    /// Events that the stream had already passed.
    pub replayed_events: u64,
    /// Consistency checks.
    pub consistency_checks: u64,
    /// Lists that a consistency check called for: the server's history was rewound, or events were lost.
    pub repairs: u64,
}

/// Progress of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListProgress {
    /// Objects received.
    pub received: u64,
    /// Objects on later pages, if the server says how many.
    pub remaining: Option<u64>,
}

/// Follows one collection. See the [module](self).
#[derive(Debug)]
pub struct Informer<K: Resource> {
    collection: Collection,
    config: InformerConfig,
    /// What objects and lists must say of themselves.
    expected: ObjectType,
    state: InformerState,
    /// The number of the newest request.
    last_attempt: RequestId,
    /// Beside what is open.
    probe: Option<Probe>,
    /// Probes in a row that broke off.
    broken_probes: u32,
    /// An object that exists, as far as is known: what a probe asks for.
    witness: Option<ObjectKey>,
    transport: TransportState,
    /// The last handshake was refused, and there was no response over `fetch` since: the server may be down.
    handshake_refused: bool,
    /// Since when WebSockets are not used.
    sockets_refused: Duration,
    /// This server's streaming lists are compressed.
    streams_compressed: bool,
    /// Watches in a row whose headers were not waited for.
    late_headers: u32,
    /// How long the headers of the last list took.
    list_latency: Option<Duration>,
    outputs: VecDeque<Output<K>>,
    random: fastrand::Rng,
    backoff: Backoff,
    rate_limit: RateLimit,
    /// Where the next watch begins; `None` until a list is complete, and after its history was lost.
    version: Option<ResourceVersion>,
    list: List,
    initial: InitialList,
    /// A list has been published.
    synced: bool,
    /// An object of a list was handed on.
    provided: bool,
    /// It has been live.
    was_live: bool,
    /// Since when the state may be outdated; `None` while it is current. In the future while a watch that ended by itself is
    /// being reopened.
    lost: Option<Duration>,
    /// When the driver last called it, at least every second.
    awake: Duration,
    /// When the last byte came.
    last_heard: Duration,
    /// When the history was last confirmed: by a watch, a list or a consistency check.
    confirmed: Duration,
    /// Failed attempts since it was last live.
    failures: u32,
    /// The last failure since it was last live.
    failure: Option<Failure>,
    /// Watches since then that were refused, or failed in a way that a list may not.
    unwatched: u32,
    outage: Outage,
    bookmarks: BookmarkInterval,
    /// This server was seen to send the headers of a watch at once.
    prompt_headers: bool,
    /// Watches in a row that ended early and without an event.
    empty_watches: u32,
    /// Consecutive unreadable lines without an event between them.
    unreadable_lines: u32,
    consistency_check: ConsistencyCheck,
    counters: Counters,
}

#[derive(Debug, Default)]
enum InformerState {
    /// Nothing is under way and nothing is planned.
    #[default]
    Paused,
    /// The next request is planned.
    Waiting { until: Duration, step: RequestKind },
    /// A request is under way.
    Open(InFlight),
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestKind {
    /// A list, or a page of it.
    List,
    /// A watch that begins with every object.
    Stream,
    /// A watch from the last resourceVersion.
    Watch,
    /// A list of one object, for its envelope.
    ConsistencyCheck,
}

impl RequestKind {
    fn verb(self) -> Verb {
        match self {
            Self::List | Self::ConsistencyCheck => Verb::List,
            Self::Stream | Self::Watch => Verb::Watch,
        }
    }
}

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    carrier: Carrier,
    /// A watch of some seconds: only its end is sure to arrive in time.
    is_short: bool,
}

impl Way {
    const FETCH: Self = Self::of(Carrier::Fetch);
    const SHARED_FETCH: Self = Self::of(Carrier::SharedFetch);
    const SOCKET: Self = Self::of(Carrier::Socket);
    const SHORT: Self = Self {
        carrier: Carrier::Fetch,
        is_short: true,
    };

    const fn of(carrier: Carrier) -> Self {
        Self {
            carrier,
            is_short: false,
        }
    }

    fn is_socket(self) -> bool {
        self.carrier == Carrier::Socket
    }
}

/// A watch of one object, whose state the server must send at once.
#[derive(Debug)]
struct Probe {
    attempt: RequestId,
    deadline: Duration,
    /// `None` before its headers.
    body: Option<WatchBody>,
}

/// A request under way.
#[derive(Debug)]
struct InFlight {
    attempt: RequestId,
    way: Way,
    step: RequestKind,
    sent: Duration,
    /// When to give it up.
    deadline: Duration,
    answer: ResponseState,
}

impl InFlight {
    /// Whether the browser or a proxy may keep the headers of a watch that is open.
    fn may_have_late_headers(&self) -> bool {
        let is_over_fetch = !self.way.is_socket() && !self.way.is_short;
        self.step.verb() == Verb::Watch && is_over_fetch && matches!(self.answer, ResponseState::Awaited)
    }
}

#[derive(Debug)]
enum ResponseState {
    /// No headers so far.
    Awaited,
    List(ListBody),
    Watch(Watch),
    /// An error status; its body is being collected.
    Refused(ResponseHead, Vec<u8>),
}

/// An open watch.
#[derive(Debug)]
struct Watch {
    body: WatchBody,
    opened: Duration,
    /// See [`Way::is_short`].
    is_short: bool,
    /// When the client ends it if the server does not.
    end_by: Duration,
    /// An event was applied.
    useful: bool,
    /// A streaming list whose end bookmark has not come: when to stop waiting for it.
    initial: Option<Duration>,
}

/// A list that may span several requests.
#[derive(Debug, Default)]
struct List {
    /// [`Event::Init`] has been said.
    begun: bool,
    /// Of the body that is being read, `kind` has not come before the objects.
    is_unnamed: bool,
    /// The next page.
    continue_token: Option<String>,
    /// Of the first page.
    version: Option<ResourceVersion>,
    progress: ListProgress,
    /// How often this list failed in the middle of its body.
    broken: u32,
}

/// When the state was last compared with the server's.
#[derive(Debug, Default)]
struct ConsistencyCheck {
    /// The last consistency check, or the last list.
    last: Duration,
    /// The last list.
    listed: Duration,
    /// How many objects the server holds at a version that the stream has not reached yet.
    expected: Option<(ResourceVersion, u64)>,
    trust: CountTrust,
}

/// There was no response: the next one may come from a server that was restored from a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outage {
    /// There was none since the last consistency check.
    #[default]
    None,
    /// Nothing answers.
    Ongoing,
    /// The server answers again, or an outage may have been missed, and no consistency check is complete.
    Over,
}

/// What a different count means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CountTrust {
    /// The last one agreed.
    #[default]
    Full,
    /// The last one differed.
    Doubted,
    /// The last two differed, and a list was made for it.
    Repaired,
    /// They differ even so: the server only estimates.
    None,
}

impl<K: Resource> Informer<K> {
    /// An informer that begins with [`Informer::resume`]. Its first list is requested as `config` says; it falls back to
    /// other ways when the server or the network requires it. `seed` decides all jitter.
    #[must_use]
    pub fn new(collection: Collection, config: InformerConfig, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let config = config.within_bounds();
        Self {
            expected: collection.object_type().clone().in_representation(K::REPRESENTATION),
            collection,
            state: InformerState::Paused,
            last_attempt: RequestId(0),
            probe: None,
            broken_probes: 0,
            witness: None,
            transport: TransportState::default(),
            handshake_refused: false,
            sockets_refused: Duration::ZERO,
            streams_compressed: false,
            late_headers: 0,
            list_latency: None,
            outputs: VecDeque::new(),
            backoff: Backoff::new(random.u64(..)),
            random,
            rate_limit: RateLimit::new(config.request_burst, config.request_interval),
            version: None,
            list: List::default(),
            initial: config.initial,
            config,
            synced: false,
            provided: false,
            was_live: false,
            lost: Some(Duration::ZERO),
            awake: Duration::ZERO,
            last_heard: Duration::ZERO,
            confirmed: Duration::ZERO,
            failures: 0,
            failure: None,
            unwatched: 0,
            outage: Outage::None,
            bookmarks: BookmarkInterval::default(),
            prompt_headers: false,
            empty_watches: 0,
            unreadable_lines: 0,
            consistency_check: ConsistencyCheck::default(),
            counters: Counters::default(),
        }
    }

    // What it knows of itself.

    /// The collection.
    #[must_use]
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// What was chosen, within its bounds.
    #[must_use]
    pub fn config(&self) -> &InformerConfig {
        &self.config
    }

    /// Whether a list has been published.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// Whether a part of a first list was passed on, and no list has been complete yet.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.provided && !self.synced
    }

    /// Since when the state may be outdated; `None` while it is current.
    #[must_use]
    pub fn lost_since(&self, now: Duration) -> Option<Duration> {
        self.lost.filter(|since| *since <= now)
    }

    /// When the state counts as outdated, unless something arrives before; `None` while nothing is known to end it.
    #[must_use]
    pub fn loses_at(&self) -> Option<Duration> {
        self.lost
    }

    /// Whether the state was ever current, until [`Informer::lost_since`].
    #[must_use]
    pub fn was_live(&self) -> bool {
        self.was_live
    }

    /// When something last arrived; zero before anything did.
    #[must_use]
    pub fn last_heard(&self) -> Duration {
        self.last_heard
    }

    /// Progress of the list under way.
    #[must_use]
    pub fn listing(&self) -> Option<ListProgress> {
        let under_way = matches!(
            &self.state,
            InformerState::Open(InFlight { step, answer: ResponseState::List(_), .. }) if *step != RequestKind::ConsistencyCheck
        );
        (under_way || self.list.begun).then_some(self.list.progress)
    }

    /// When the next attempt begins, while it waits for one.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Duration> {
        match self.state {
            InformerState::Waiting { until, .. } => Some(until),
            InformerState::Paused | InformerState::Open(_) => None,
        }
    }

    /// Failed attempts since it was last live.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The last failure since it was last live.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// How the next list is requested: as at the beginning, or as the server or the network requires.
    #[must_use]
    pub fn initial_list(&self) -> InitialList {
        self.initial
    }

    /// What is known of the transport.
    #[must_use]
    pub fn transport(&self) -> TransportState {
        self.transport
    }

    /// Takes over what another informer, or an earlier page, knows of the transport.
    pub fn set_transport(&mut self, transport: TransportState) {
        self.transport = transport;
    }

    /// The carrier of the request under way.
    #[must_use]
    pub fn carrier(&self) -> Option<Carrier> {
        match &self.state {
            InformerState::Open(exchange) => Some(exchange.way.carrier),
            InformerState::Paused | InformerState::Waiting { .. } => None,
        }
    }

    /// Whether the server compresses streaming lists, so that they were not read over `fetch`.
    #[must_use]
    pub fn has_compressed_streams(&self) -> bool {
        self.streams_compressed
    }

    /// The encoding of the response under way.
    #[must_use]
    pub fn encoding(&self) -> Option<Encoding> {
        match &self.state {
            InformerState::Open(InFlight { answer, .. }) => match answer {
                ResponseState::List(body) => Some(body.encoding()),
                ResponseState::Watch(watch) => Some(watch.body.encoding()),
                ResponseState::Awaited | ResponseState::Refused(..) => None,
            },
            InformerState::Paused | InformerState::Waiting { .. } => None,
        }
    }

    /// The resourceVersion that the next watch begins after.
    #[must_use]
    pub fn resource_version(&self) -> Option<&ResourceVersion> {
        self.version.as_ref()
    }

    /// What was counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    // What it wants.

    /// The next output.
    pub fn poll_output(&mut self) -> Option<Output<K>> {
        self.outputs.pop_front()
    }

    /// When [`Informer::handle_timeout`] is to be called, unless something comes first.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        let probe = self.probe.as_ref().map(|probe| probe.deadline);
        probe.into_iter().chain(self.next_timeout_of_state()).min()
    }

    fn next_timeout_of_state(&self) -> Option<Duration> {
        match &self.state {
            InformerState::Paused => None,
            InformerState::Waiting { until, .. } => Some(*until),
            InformerState::Open(exchange) => Some(match &exchange.answer {
                ResponseState::Watch(Watch {
                    initial: Some(deadline),
                    ..
                }) => *deadline,
                ResponseState::Watch(watch) => match self.bookmarks.silence() {
                    Some(silence) if !watch.is_short => watch.end_by.min(self.last_heard.max(watch.opened) + silence),
                    _ => watch.end_by,
                },
                ResponseState::Awaited | ResponseState::List(_) | ResponseState::Refused(..) => exchange.deadline,
            }),
        }
    }

    // What happens to it.

    /// Begins, continues after a pause, or repeats the open request: after sleep, when the page is shown again, when the
    /// network is back. Costs one request.
    pub fn resume(&mut self, now: Duration) {
        self.give_up_probe();
        // A page that slept has received nothing since it fell asleep.
        let asleep = now.saturating_sub(self.awake) > STALE_AFTER;
        let since = if asleep { self.awake } else { now };
        self.awake = now;
        let step = match self.close() {
            InformerState::Paused => self.next_step(),
            InformerState::Waiting { step, .. } => step,
            InformerState::Open(exchange) => {
                self.lose(since);
                self.next_step_after(exchange.step)
            }
        };
        self.wait(now, Duration::ZERO, step);
    }

    /// Retries a request that waits for a login at once: the user may have logged in meanwhile.
    pub fn retry_sign_in(&mut self, now: Duration) {
        let waits_for_reader =
            matches!(&self.failure, Some(failure) if matches!(failure.cause, Cause::SignIn | Cause::Unauthorized));
        if let InformerState::Waiting { step, .. } = self.state
            && waits_for_reader
        {
            self.wait(now, Duration::ZERO, step);
        }
    }

    /// Aborts the open request until [`Informer::resume`]. Published state stays.
    pub fn pause(&mut self, now: Duration) {
        self.give_up_probe();
        self.close();
        self.lose(now);
    }

    /// Gives up the open request, and forgets what is known of the collection: whoever asks from now on is another user, who
    /// may see less. The store is emptied by the events of an empty list; [`Informer::resume`] begins again with a list.
    pub fn start_over(&mut self, now: Duration) {
        self.pause(now);
        let mut fresh = Self::new(self.collection.clone(), self.config.clone(), self.random.u64(..));
        fresh.outputs = mem::take(&mut self.outputs);
        fresh.outputs.extend([Event::Init, Event::InitDone].map(Output::Event));
        // Answers to earlier requests may still arrive, and what was learnt of the way to the server holds for everybody.
        fresh.last_attempt = self.last_attempt;
        fresh.transport = self.transport;
        fresh.awake = now;
        *self = fresh;
    }

    /// The store holds `held` objects where [`Output::Count`] said `counted`. One difference may be the server's estimate;
    /// two in a row are lost events, and the next request is a list.
    pub fn compare_count(&mut self, now: Duration, held: usize, counted: u64) {
        self.consistency_check.trust = match (self.consistency_check.trust, held as u64 == counted) {
            // A list did not bring the counts together: this server's counts are no counts.
            (CountTrust::None, _) | (CountTrust::Repaired, false) => CountTrust::None,
            (_, true) => CountTrust::Full,
            (CountTrust::Full, false) => CountTrust::Doubted,
            (CountTrust::Doubted, false) => {
                self.counters.repairs += 1;
                self.close();
                self.forget_history();
                self.lose(now + self.config.reopen_grace);
                self.wait(now, Duration::ZERO, self.next_step());
                CountTrust::Repaired
            }
        };
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.awake = now;
        if let Some(probe) = self.probe.as_ref().filter(|probe| probe.deadline <= now) {
            let delivery = match probe.body {
                Some(_) => Delivery::HeldBodies,
                None => Delivery::Unproven,
            };
            self.settle_delivery(now, delivery);
        }
        if self.next_timeout_of_state().is_none_or(|due| due > now) || self.was_held_up(now) {
            return;
        }
        match self.close() {
            InformerState::Paused => {}
            InformerState::Waiting { step, .. } => {
                self.rate_limit.take(now);
                self.send(now, step);
            }
            InformerState::Open(InFlight {
                step,
                answer: ResponseState::Watch(watch),
                ..
            }) => {
                if watch.initial.is_some() {
                    self.fail(
                        now,
                        step,
                        Failure::new(Cause::TimedOut, "the end of the initial events did not come"),
                    );
                } else if watch.is_short {
                    self.fail(
                        now,
                        step,
                        Failure::new(Cause::TimedOut, "the end of the watch did not come"),
                    );
                } else if now >= watch.end_by {
                    self.end_watch(now, &watch);
                } else {
                    // Silent. A second silence in a row means that the kind is quiet, not that the connection is dead.
                    if self.bookmarks.doubt() {
                        self.lose(now + self.config.reopen_grace);
                    }
                    self.wait(now, Duration::ZERO, RequestKind::Watch);
                }
            }
            InformerState::Open(exchange) if exchange.may_have_late_headers() => {
                self.do_without_headers(now, exchange.step)
            }
            InformerState::Open(exchange) => {
                // As where something swallows handshakes; if so, `fetch` is answered next.
                self.handshake_refused |= exchange.way.is_socket();
                let waited = now.saturating_sub(exchange.sent).as_secs();
                self.fail(
                    now,
                    exchange.step,
                    Failure::new(Cause::TimedOut, &format!("no answer for {waited} s")),
                );
            }
        }
    }

    /// Takes the headers of a response.
    pub fn handle_response(&mut self, now: Duration, attempt: RequestId, head: ResponseHead) {
        if self.is_probe(attempt) {
            return self.handle_probe_response(now, &head);
        }
        let Some(mut exchange) = self.take(attempt) else { return };
        (self.awake, self.last_heard) = (now, now);
        let latency = now.saturating_sub(exchange.sent);
        if head.is_ok() {
            self.end_outage();
        }
        exchange.deadline = now + self.config.list_idle_deadline;
        let (step, way) = (exchange.step, exchange.way);
        exchange.answer = match (head.is_ok(), step) {
            (true, RequestKind::Stream) if head.is_compressed && !way.is_socket() => {
                self.state = InformerState::Open(exchange);
                self.close();
                self.streams_compressed = true;
                return self.send(now, RequestKind::Stream);
            }
            (true, RequestKind::List) => {
                self.list_latency = Some(latency);
                self.begin_list();
                ResponseState::List(ListBody::new(head.encoding, K::REPRESENTATION))
            }
            (true, RequestKind::ConsistencyCheck) => {
                ResponseState::List(ListBody::new(head.encoding, K::REPRESENTATION))
            }
            (true, RequestKind::Watch | RequestKind::Stream) => {
                self.learn_of_sockets(now, way);
                self.prompt_headers |= !way.is_short && latency <= PROMPT_HEADERS;
                self.bookmarks.begin();
                let initial = (step == RequestKind::Stream).then(|| now + self.config.stream_list_deadline);
                match initial {
                    Some(_) => self.begin_list(),
                    // Of a short one, only the end tells.
                    None if way.is_short => {}
                    None => self.become_live(),
                }
                let longest = match way.is_short {
                    true => Duration::from_secs(SHORT_WATCH_SECONDS.into()) + SHORT_WATCH_MARGIN,
                    false => {
                        Duration::from_secs(self.config.watch_timeout_seconds.end.into())
                            + self.config.watch_deadline_margin
                    }
                };
                ResponseState::Watch(Watch {
                    body: WatchBody::new(head.encoding),
                    opened: if way.is_short { exchange.sent } else { now },
                    is_short: way.is_short,
                    end_by: now + longest,
                    useful: false,
                    initial,
                })
            }
            (false, _) => {
                // Whatever refuses the request over `fetch` has refused the handshake, too: WebSockets may well be had.
                self.handshake_refused = false;
                ResponseState::Refused(head, Vec::new())
            }
        };
        let is_open_watch = step == RequestKind::Watch && matches!(exchange.answer, ResponseState::Watch(_));
        self.state = InformerState::Open(exchange);
        if is_open_watch {
            self.doubt_delivery(now);
        }
    }

    /// Takes a piece of the body, cut anywhere and of any size.
    pub fn handle_body(&mut self, now: Duration, attempt: RequestId, bytes: &[u8], interner: &mut K::Interner) {
        if self.is_probe(attempt) {
            return self.handle_probe_body(now, bytes);
        }
        let Some(mut exchange) = self.take(attempt) else { return };
        (self.awake, self.last_heard) = (now, now);
        self.counters.bytes += bytes.len() as u64;
        exchange.deadline = now + self.config.list_idle_deadline;
        let failure = match &mut exchange.answer {
            ResponseState::List(decoder) => self.decode_list(decoder, exchange.step, bytes, interner).err(),
            ResponseState::Watch(watch) => {
                self.confirmed = now;
                self.decode_watch(now, watch, bytes, interner).err()
            }
            ResponseState::Refused(_, body) => {
                let room = MAX_ERROR_BODY_BYTES.saturating_sub(body.len());
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                None
            }
            ResponseState::Awaited => None, // A body before its headers is the driver's mistake, and harmless.
        };
        let is_listed = matches!(&exchange.answer, ResponseState::Watch(watch) if watch.initial.is_none());
        let was_initial = is_listed && mem::replace(&mut exchange.step, RequestKind::Watch) == RequestKind::Stream;
        let step = exchange.step;
        self.state = InformerState::Open(exchange);
        if let Some(failure) = failure {
            self.close();
            self.fail(now, step, failure);
        } else if was_initial {
            self.doubt_delivery(now);
        }
    }

    /// The carrier that the request names is not available: no shared stream is free, or the handshake was refused.
    pub fn handle_no_carrier(&mut self, now: Duration, attempt: RequestId) {
        if self.is_probe(attempt) {
            return self.handle_probe_end(now);
        }
        let Some(exchange) = self.take(attempt) else { return };
        match exchange.way.carrier {
            Carrier::SharedFetch if self.may_use_sockets() => self.send_by(now, exchange.step, Way::SOCKET),
            Carrier::SharedFetch => self.send_by(now, exchange.step, Way::FETCH),
            // A refused handshake tells nothing. The same is asked for with `fetch`, which does.
            Carrier::Socket => {
                self.handshake_refused = true;
                self.send(now, exchange.step);
            }
            Carrier::Fetch => self.fail(now, exchange.step, Failure::new(Cause::Unreachable, "")),
        }
    }

    /// Ends the response, or says that there was none.
    pub fn handle_end(&mut self, now: Duration, attempt: RequestId, end: End, interner: &mut K::Interner) {
        if self.is_probe(attempt) {
            return self.handle_probe_end(now);
        }
        let Some(InFlight { step, answer, .. }) = self.take(attempt) else {
            return;
        };
        let failure = match (answer, end) {
            (ResponseState::List(decoder), end) => match (decoder.finish(), end) {
                (Ok(envelope), _) if step == RequestKind::ConsistencyCheck => {
                    return self.end_consistency_check(now, &envelope);
                }
                (Ok(envelope), _) => return self.end_page(now, envelope),
                (Err(_), End::Broken(words)) => Failure::new(Cause::Cut, &words),
                (Err(error), End::Clean) => error.into(),
            },
            (ResponseState::Watch(mut watch), end) => {
                // A last line that lacks only its newline is complete; anything less never happened.
                let encoding = watch.body.encoding();
                let rest = mem::replace(&mut watch.body, WatchBody::new(encoding)).finish();
                let last = watch_event::decode(encoding, &rest, &self.expected, interner).ok();
                match (
                    last.and_then(|event| self.handle_event(now, &mut watch, event).err()),
                    end,
                ) {
                    (Some(failure), _) => failure,
                    (None, End::Clean) if watch.initial.is_none() => {
                        self.confirmed = now;
                        return self.end_watch(now, &watch);
                    }
                    (None, End::Clean) => Failure::new(Cause::Cut, "the stream ended before its initial events did"),
                    (None, End::Broken(words)) => Failure::new(Cause::Cut, &words),
                }
            }
            (ResponseState::Refused(head, body), _) => Failure::from_response(&head, &body),
            (ResponseState::Awaited, End::Broken(words)) => Failure::new(Cause::Unreachable, &words),
            (ResponseState::Awaited, End::Clean) => Failure::new(Cause::Unreachable, ""),
        };
        self.fail(now, step, failure);
    }

    // Lists.

    fn begin_list(&mut self) {
        self.witness = None;
        if !mem::replace(&mut self.list.begun, true) {
            self.outputs.push_back(Output::Event(Event::Init));
        }
    }

    fn decode_list(
        &mut self,
        decoder: &mut ListBody,
        step: RequestKind,
        bytes: &[u8],
        interner: &mut K::Interner,
    ) -> Result<(), Failure> {
        let used = decoder.begin(bytes)?;
        if used > 0
            && let Some(envelope) = decoder.envelope()
        {
            // Lists of custom resources are written in the order of the alphabet, `items` before `kind`. Then the objects
            // say themselves what they are.
            self.list.is_unnamed = envelope.kind.is_none() && K::REPRESENTATION != Representation::Table;
            if !self.list.is_unnamed {
                // Before the first object is handed on: of another kind, none may be.
                check_kind(&self.expected, &envelope)?;
            }
            self.list.progress.remaining = envelope.metadata.and_then(|metadata| metadata.remaining_item_count);
            if K::REPRESENTATION == Representation::Table
                && let Some(json) = decoder.envelope_json()
            {
                K::read_envelope(&json, interner);
            }
        }
        if step == RequestKind::ConsistencyCheck {
            // Only the envelope is wanted.
            let _: ControlFlow<()> = decoder.feed_to(&bytes[used..], &mut |_: &[u8]| ControlFlow::Continue(()))?;
            return Ok(());
        }
        let encoding = decoder.encoding();
        let mut objects = ListedObjects {
            informer: self,
            encoding,
            interner,
        };
        match decoder.feed_to(&bytes[used..], &mut objects)? {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(failure) => Err(failure),
        }
    }

    fn handle_listed(&mut self, object: K) {
        self.provided = true;
        self.witness.get_or_insert_with(|| object.meta().key.clone());
        self.outputs.push_back(Output::Event(Event::InitApply(object)));
    }

    fn end_page(&mut self, now: Duration, envelope: ListEnvelope) {
        if let Err(failure) = check_kind(&self.expected, &envelope) {
            return self.fail(now, RequestKind::List, failure);
        }
        let metadata = envelope.metadata.unwrap_or_default();
        let version = metadata.resource_version.as_deref().and_then(ResourceVersion::new);
        let version = self.list.version.take().or(version);
        match (metadata.continue_token.filter(|token| !token.is_empty()), version) {
            (Some(token), version) => {
                self.list.version = version;
                self.list.continue_token = Some(token);
                self.list.broken = 0;
                self.send(now, RequestKind::List);
            }
            (None, None) => {
                self.fail(
                    now,
                    RequestKind::List,
                    Failure::new(Cause::Unreadable, "the list has no resourceVersion"),
                );
            }
            (None, Some(version)) => {
                self.publish(now, version);
                // At once, but on account of what follows.
                self.rate_limit.take(now);
                self.send(now, RequestKind::Watch);
            }
        }
    }

    /// The list is complete.
    fn publish(&mut self, now: Duration, version: ResourceVersion) {
        self.outputs.push_back(Output::Event(Event::InitDone));
        self.list = List::default();
        self.counters.lists += 1;
        self.version = Some(version);
        self.outage = Outage::None;
        self.confirmed = now;
        // It was, just now.
        self.lost = self.lost.map(|since| since.max(now));
        self.synced = true;
        self.unreadable_lines = 0;
        if self.way(RequestKind::Watch).is_short {
            // Current until the end of the first short watch is due, and that is all that there will ever be.
            self.be_live_until_the_next_end(now);
        }
        self.consistency_check = ConsistencyCheck {
            last: now,
            listed: now,
            expected: None,
            trust: self.consistency_check.trust,
        };
    }

    // Watches.

    fn decode_watch(
        &mut self,
        now: Duration,
        watch: &mut Watch,
        bytes: &[u8],
        interner: &mut K::Interner,
    ) -> Result<(), Failure> {
        let encoding = watch.body.encoding();
        let mut body = mem::replace(&mut watch.body, WatchBody::new(encoding));
        let mut events = WatchEvents {
            informer: self,
            now,
            watch,
            encoding,
            interner,
        };
        let flow = body.feed_to(bytes, &mut events);
        watch.body = body;
        match flow {
            Ok(ControlFlow::Continue(())) => Ok(()),
            Ok(ControlFlow::Break(failure)) => Err(failure),
            Err(too_long) => {
                // It would be as long the next time: only a list can help.
                self.unreadable_lines = MAX_UNREADABLE_LINES;
                Err(Failure::new(Cause::Unreadable, &too_long.to_string()))
            }
        }
    }

    fn handle_event(&mut self, now: Duration, watch: &mut Watch, event: WatchEvent<K>) -> Result<(), Failure> {
        if self.is_replayed(watch, &event) {
            self.counters.replayed_events += 1;
            return Ok(());
        }
        match event {
            WatchEvent::Apply(object) if watch.initial.is_some() => {
                self.witness.get_or_insert_with(|| object.meta().key.clone());
                self.list.progress.received += 1;
                self.provided = true;
                self.outputs.push_back(Output::Event(Event::InitApply(object)));
            }
            WatchEvent::Apply(object) => {
                let version = object.meta().resource_version.clone();
                self.witness.get_or_insert_with(|| object.meta().key.clone());
                self.move_on(watch, version);
                self.outputs.push_back(Output::Event(Event::Apply(object)));
            }
            WatchEvent::Delete(meta) => {
                self.move_on(watch, meta.resource_version.clone());
                self.witness.take_if(|witness| *witness == meta.key);
                self.outputs.push_back(Output::Event(Event::Delete(meta)));
            }
            WatchEvent::Malformed(meta) => {
                self.counters.malformed_objects += 1;
                self.move_on(watch, meta.resource_version);
            }
            WatchEvent::Bookmark(bookmark) => {
                self.counters.bookmarks += 1;
                self.bookmarks.hear_bookmark(now);
                self.handle_bookmark(now, watch, bookmark);
            }
            WatchEvent::Error(status) => return Err(Failure::from_status(&status)),
            WatchEvent::Ignored => self.counters.ignored_events += 1,
        }
        if let Some(deadline) = &mut watch.initial {
            *deadline = now + self.config.stream_list_deadline;
        }
        Ok(())
    }

    /// Whether the stream has already passed the event's version, as far as versions can be compared. A server sends only
    /// newer events; a proxy that repeats itself could bring deleted objects back. Objects that expire together are deleted
    /// under one version, as Events are by etcd's leases.
    fn is_replayed(&self, watch: &Watch, event: &WatchEvent<K>) -> bool {
        let version = match event {
            WatchEvent::Apply(object) => object.meta().resource_version.as_ref(),
            WatchEvent::Delete(meta) | WatchEvent::Malformed(meta) => meta.resource_version.as_ref(),
            WatchEvent::Bookmark(_) | WatchEvent::Error(_) | WatchEvent::Ignored => None,
        };
        let order = version
            .zip(self.version.as_ref())
            .and_then(|(version, passed)| version.compare(passed));
        let is_passed = match event {
            WatchEvent::Delete(_) => order == Some(Ordering::Less),
            _ => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        };
        watch.initial.is_none() && is_passed
    }

    fn handle_bookmark(&mut self, now: Duration, watch: &mut Watch, bookmark: Bookmark) {
        if watch.initial.is_none() {
            self.settle_count(&bookmark.resource_version, &[Ordering::Greater, Ordering::Equal]);
            self.move_version(bookmark.resource_version);
        } else if bookmark.initial_events_end {
            watch.initial = None;
            self.publish(now, bookmark.resource_version);
            self.become_live();
        }
    }

    /// Notes an applied event: the next watch begins after it. Before the end of the initial events the order of versions
    /// means nothing.
    fn move_on(&mut self, watch: &mut Watch, version: Option<ResourceVersion>) {
        watch.useful = true;
        self.bookmarks.hear();
        self.counters.events += 1;
        self.empty_watches = 0;
        self.unreadable_lines = 0;
        self.backoff.reset();
        if let (Some(version), None) = (version, watch.initial) {
            self.settle_count(&version, &[Ordering::Greater]);
            self.move_version(version);
        }
    }

    /// Never goes back, if two versions can be compared: a replayed event does not rewind the stream.
    fn move_version(&mut self, version: ResourceVersion) {
        let is_older = self.version.as_ref().and_then(|current| version.compare(current)) == Some(Ordering::Less);
        if !is_older {
            self.version = Some(version);
        }
    }

    /// A watch ended normally: its timeout expired, the server is restarting, or the client was too slow.
    fn end_watch(&mut self, now: Duration, watch: &Watch) {
        let lasted = now.saturating_sub(watch.opened);
        let is_whole = watch.is_short && lasted >= Duration::from_secs(SHORT_WATCH_SECONDS.into()) / 2;
        if is_whole {
            self.be_live_until_the_next_end(now);
            self.retry_sockets(now);
        } else {
            self.lose(now + self.config.reopen_grace);
        }
        if is_whole || lasted >= self.config.healthy_watch {
            self.backoff.reset();
            self.empty_watches = 0;
            if now.saturating_sub(self.consistency_check.listed) >= self.config.relist_interval {
                self.forget_history();
                self.wait(now, Duration::ZERO, self.next_step());
            } else if now.saturating_sub(self.consistency_check.last) >= self.config.consistency_check_interval {
                self.wait(now, Duration::ZERO, RequestKind::ConsistencyCheck);
            } else {
                self.wait(now, Duration::ZERO, RequestKind::Watch);
            }
        } else if watch.useful {
            self.wait(now, Duration::ZERO, RequestKind::Watch);
        } else {
            self.empty_watches += 1;
            let delay = self.backoff.next(REOPEN, None);
            if self.empty_watches >= MAX_EMPTY_WATCHES {
                self.forget_history();
            }
            self.wait(now, delay, self.next_step());
        }
    }

    // Consistency checks.

    /// The metadata of a list of one object shows the server's current version.
    fn end_consistency_check(&mut self, now: Duration, envelope: &ListEnvelope) {
        self.consistency_check.last = now;
        self.outage = Outage::None;
        self.confirmed = now;
        self.counters.consistency_checks += 1;
        let metadata = envelope.metadata.clone().unwrap_or_default();
        if let (Some(theirs), Some(ours)) = (
            metadata.resource_version.as_deref().and_then(ResourceVersion::new),
            &self.version,
        ) {
            let order = theirs.compare(ours);
            if order == Some(Ordering::Less) {
                // etcd was restored: a watch from our version would be accepted, and silent until theirs catches up.
                self.counters.repairs += 1;
                self.forget_history();
            } else if self.consistency_check.trust != CountTrust::None
                && let Some(remaining) = metadata.remaining_item_count
            {
                self.consistency_check.expected = Some((theirs.clone(), remaining + 1));
                if order == Some(Ordering::Equal) {
                    // Nothing is on its way. A server where nothing happens would not say so again.
                    self.settle_count(&theirs, &[Ordering::Equal]);
                }
            }
        }
        self.wait(now, Duration::ZERO, self.next_step());
    }

    /// The stream is about to leave, or has just reached, the version of the last consistency check: what the store holds now is
    /// what the server counted then.
    fn settle_count(&mut self, version: &ResourceVersion, orders: &[Ordering]) {
        let is_due = |(counted, _): &mut (ResourceVersion, u64)| {
            version.compare(counted).is_some_and(|order| orders.contains(&order))
        };
        if let Some((_, count)) = self.consistency_check.expected.take_if(is_due) {
            self.outputs.push_back(Output::Count(count));
        }
    }

    // What carries a watch.

    fn may_use_sockets(&self) -> bool {
        self.transport.has_sockets() && !self.handshake_refused && !K::REPRESENTATION.needs_accept()
    }

    /// Whether a streaming list can be read to its end.
    fn may_stream(&self) -> bool {
        if K::REPRESENTATION == Representation::Table {
            return false; // The end bookmark is a table, too, which has no annotations.
        }
        let needs_socket =
            self.streams_compressed || matches!(self.transport.fetch, Delivery::HeldBodies | Delivery::Unproven);
        !needs_socket || self.may_use_sockets()
    }

    fn way(&self, step: RequestKind) -> Way {
        match (step, self.transport.fetch) {
            (RequestKind::List | RequestKind::ConsistencyCheck, _) => Way::FETCH,
            // It speaks at once, and so its headers come.
            (RequestKind::Stream, Delivery::LateHeaders | Delivery::Prompt | Delivery::Unknown)
                if !self.streams_compressed =>
            {
                Way::SHARED_FETCH
            }
            (RequestKind::Watch, Delivery::Prompt) => Way::SHARED_FETCH,
            // A probe is possible.
            (RequestKind::Watch, Delivery::Unknown) if self.witness.is_some() => Way::SHARED_FETCH,
            _ if self.may_use_sockets() => Way::SOCKET,
            _ => Way::SHORT,
        }
    }

    /// A watch may be open over `fetch` although its headers do not come. Once is an accident if they were prompt before.
    fn do_without_headers(&mut self, now: Duration, step: RequestKind) {
        self.late_headers += 1;
        if self.transport.fetch == Delivery::Unknown || self.late_headers >= MAX_LATE_HEADERS {
            self.transport.fetch = Delivery::LateHeaders;
        }
        if self.may_use_sockets() {
            self.send_by(now, step, Way::SOCKET);
        } else if step == RequestKind::Stream || self.transport.fetch == Delivery::Prompt {
            self.fail(
                now,
                step,
                Failure::new(Cause::TimedOut, "the headers of the watch did not come"),
            );
        } else {
            self.send(now, step);
        }
    }

    /// Whether a missing response is noticed so late that the page itself was delayed, for example by the list before it. What
    /// arrived meanwhile is then passed on only now.
    fn was_held_up(&mut self, now: Duration) -> bool {
        let InformerState::Open(exchange) = &self.state else {
            return false;
        };
        let patience = exchange.deadline.saturating_sub(exchange.sent);
        let is_late = exchange.may_have_late_headers() && now >= exchange.deadline + SOCKET_PATIENCE_SLACK;
        if is_late && let InformerState::Open(exchange) = &mut self.state {
            exchange.deadline = now + patience.min(*SOCKET_PATIENCE.end());
        }
        is_late
    }

    /// How long the headers of a request may take.
    fn header_patience(&self, step: RequestKind, way: Way) -> Duration {
        if way.is_socket() {
            SOCKET_DEADLINE
        } else if way.is_short {
            Duration::from_secs(SHORT_WATCH_SECONDS.into()) + SHORT_WATCH_MARGIN
        } else if step.verb() == Verb::Watch {
            match self.transport.fetch {
                Delivery::Unknown => socket_patience(self.list_latency),
                // It would be the first time.
                _ => *SOCKET_PATIENCE.end(),
            }
        } else if self.prompt_headers {
            self.config.prompt_header_deadline
        } else {
            self.config.header_deadline
        }
    }

    /// A watch was answered.
    fn learn_of_sockets(&mut self, now: Duration, way: Way) {
        if way.is_socket() {
            self.transport.refused_handshakes = 0;
            return;
        }
        if !way.is_short {
            self.late_headers = 0;
        }
        if mem::take(&mut self.handshake_refused) {
            self.transport.refused_handshakes += 1;
            self.sockets_refused = now;
        }
    }

    /// With WebSockets again, short watches are no longer needed.
    fn retry_sockets(&mut self, now: Duration) {
        if !self.transport.has_sockets() && now.saturating_sub(self.sockets_refused) >= SOCKET_RETRY {
            self.transport.refused_handshakes = MAX_REFUSED_HANDSHAKES - 1;
        }
    }

    /// A short watch has ended, or the list before the first one: the state is current, and the next end brings the next news.
    fn be_live_until_the_next_end(&mut self, now: Duration) {
        self.become_live();
        self.lose(now + Duration::from_secs(SHORT_WATCH_SECONDS.into()) + SHORT_WATCH_MARGIN);
    }

    /// A watch is open over `fetch`: unless events are known to arrive at once, a probe must show it.
    fn doubt_delivery(&mut self, now: Duration) {
        if !self.is_delivery_in_doubt() || self.probe.is_some() {
            return;
        }
        let Some(witness) = &self.witness else {
            return self.settle_delivery(now, Delivery::Unproven);
        };
        let url = self.collection.probe_url(&witness.name);
        // On account of what follows.
        self.rate_limit.take(now);
        let attempt = self.number_request();
        self.probe = Some(Probe {
            attempt,
            deadline: now + PROBE_DEADLINE,
            body: None,
        });
        self.outputs.push_back(Output::Send(Request {
            attempt,
            verb: Verb::Watch,
            accept: K::REPRESENTATION.accept_watch(),
            carrier: Carrier::Fetch,
            url,
        }));
    }

    fn is_delivery_in_doubt(&self) -> bool {
        let is_over_fetch = matches!(&self.state, InformerState::Open(InFlight { way, answer: ResponseState::Watch(_), .. })
            if !way.is_socket() && !way.is_short);
        is_over_fetch && self.transport.fetch == Delivery::Unknown
    }

    fn is_probe(&self, attempt: RequestId) -> bool {
        self.probe.as_ref().is_some_and(|probe| probe.attempt == attempt)
    }

    fn handle_probe_response(&mut self, now: Duration, head: &ResponseHead) {
        if !(200..300).contains(&head.code) {
            return self.settle_delivery(now, Delivery::Unproven);
        }
        if let Some(probe) = &mut self.probe {
            probe.body = Some(WatchBody::new(head.encoding));
        }
    }

    /// Waits for one complete event; a part of one may be the overflow of a proxy's buffer.
    fn handle_probe_body(&mut self, now: Duration, bytes: &[u8]) {
        let Some(body) = self.probe.as_mut().and_then(|probe| probe.body.as_mut()) else {
            return;
        };
        let is_whole = !matches!(
            body.feed_to(bytes, &mut |_: &[u8]| ControlFlow::Break(())),
            Ok(ControlFlow::Continue(()))
        );
        if is_whole {
            self.settle_delivery(now, Delivery::Prompt);
        }
    }

    /// The probe was cut off, which shows nothing.
    fn handle_probe_end(&mut self, now: Duration) {
        self.probe = None;
        if !self.is_delivery_in_doubt() {
            return;
        }
        self.broken_probes += 1;
        if self.broken_probes < MAX_BROKEN_PROBES {
            self.doubt_delivery(now);
        } else {
            self.settle_delivery(now, Delivery::Unproven);
        }
    }

    fn give_up_probe(&mut self) {
        if let Some(probe) = self.probe.take() {
            self.outputs.push_back(Output::Abort(probe.attempt));
        }
    }

    /// How `fetch` delivers is known. A watch over the wrong carrier is opened again.
    fn settle_delivery(&mut self, now: Duration, delivery: Delivery) {
        self.give_up_probe();
        self.broken_probes = 0;
        self.transport.fetch = delivery;
        let step = match &self.state {
            InformerState::Open(InFlight {
                step,
                way,
                answer: ResponseState::Watch(watch),
                ..
            }) if delivery != Delivery::Prompt && !way.is_socket() && watch.initial.is_none() => *step,
            _ => return,
        };
        self.close();
        self.lose(now + self.config.reopen_grace);
        let step = self.next_step_after(step);
        self.wait(now, Duration::ZERO, step);
    }

    // Requests.

    fn number_request(&mut self) -> RequestId {
        self.last_attempt.0 += 1;
        self.counters.requests += 1;
        self.last_attempt
    }

    fn next_step(&self) -> RequestKind {
        match (&self.version, self.initial) {
            (Some(_), _) if self.outage != Outage::None => RequestKind::ConsistencyCheck,
            (Some(_), _) => RequestKind::Watch,
            (None, InitialList::Stream) => RequestKind::Stream,
            (None, InitialList::Unlimited | InitialList::Pages(_)) => RequestKind::List,
        }
    }

    /// Requests the page under way again; anything else begins again.
    fn next_step_after(&mut self, step: RequestKind) -> RequestKind {
        if step != RequestKind::List {
            self.list = List::default();
        }
        self.next_step()
    }

    /// Published state stays; the next request is a list.
    fn forget_history(&mut self) {
        self.version = None;
        self.empty_watches = 0;
        self.unreadable_lines = 0;
        self.list = List::default();
    }

    /// What to request instead of a watch, if a restore from a backup may have been missed: while the page was hidden, the
    /// machine slept, a connection was dead, or a delay was long. The server would accept a watch, and once its versions have
    /// overtaken ours, nothing shows what the watch leaves out.
    fn doubt_history(&mut self, now: Duration, step: RequestKind) -> RequestKind {
        if step == RequestKind::Watch && now.saturating_sub(self.confirmed) >= FASTEST_RESTORE {
            self.outage = Outage::Over;
            return RequestKind::ConsistencyCheck;
        }
        step
    }

    fn send(&mut self, now: Duration, step: RequestKind) {
        let mut step = self.doubt_history(now, step);
        if step == RequestKind::Stream && !self.may_stream() {
            self.initial = InitialList::Unlimited;
            step = RequestKind::List;
        }
        self.send_by(now, step, self.way(step));
    }

    fn send_by(&mut self, now: Duration, step: RequestKind, way: Way) {
        if matches!(step, RequestKind::List | RequestKind::Stream) && self.list.continue_token.is_none() {
            // From its beginning, and so is what is staged: what came of a try that was given up may be gone by now.
            self.list = List {
                broken: self.list.broken,
                ..List::default()
            };
        }
        let mut timeout_seconds = || match way.is_short {
            true => SHORT_WATCH_SECONDS,
            false => self.random.u32(self.config.watch_timeout_seconds.clone()),
        };
        let url = match (step, &self.version) {
            (RequestKind::Watch, Some(version)) => self.collection.watch_url(version, timeout_seconds()),
            (RequestKind::Stream, _) => self.collection.stream_url(timeout_seconds()),
            (RequestKind::ConsistencyCheck, _) => self.collection.list_url(Some(1), None),
            (RequestKind::List | RequestKind::Watch, _) => {
                let limit = match self.initial {
                    InitialList::Pages(limit) => Some(limit),
                    InitialList::Unlimited | InitialList::Stream => None,
                };
                self.collection.list_url(limit, self.list.continue_token.as_deref())
            }
        };
        let attempt = self.number_request();
        self.state = InformerState::Open(InFlight {
            attempt,
            way,
            step,
            sent: now,
            deadline: now + self.header_patience(step, way),
            answer: ResponseState::Awaited,
        });
        self.outputs.push_back(Output::Send(Request {
            attempt,
            verb: step.verb(),
            accept: match step.verb() {
                Verb::List => K::REPRESENTATION.accept_list(),
                Verb::Watch => K::REPRESENTATION.accept_watch(),
            },
            carrier: way.carrier,
            url,
        }));
    }

    fn wait(&mut self, now: Duration, delay: Duration, step: RequestKind) {
        let until = self.rate_limit.next(now + delay);
        self.state = InformerState::Waiting { until, step };
        if until <= now {
            self.handle_timeout(now);
        }
    }

    /// The request under way, if `attempt` is its number.
    fn take(&mut self, attempt: RequestId) -> Option<InFlight> {
        match mem::take(&mut self.state) {
            InformerState::Open(exchange) if exchange.attempt == attempt => Some(exchange),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Leaves the state, and aborts the request under way.
    fn close(&mut self) -> InformerState {
        let state = mem::take(&mut self.state);
        if let InformerState::Open(exchange) = &state {
            self.outputs.push_back(Output::Abort(exchange.attempt));
        }
        state
    }

    // Success and failure.

    fn become_live(&mut self) {
        self.was_live = true;
        self.lost = None;
        self.failures = 0;
        self.failure = None;
        self.unwatched = 0;
    }

    /// The state may be outdated from `at` on, unless it was before.
    fn lose(&mut self, at: Duration) {
        self.lost = Some(self.lost.map_or(at, |since| since.min(at)));
    }

    fn fail(&mut self, now: Duration, step: RequestKind, failure: Failure) {
        if step == RequestKind::Watch && failure.cause == Cause::WatchUnsupported {
            // Not a failure but a kind that has to be polled. Current as of now.
            self.become_live();
            self.forget_history();
            return self.wait(now, self.config.poll_interval, RequestKind::List);
        }
        self.lose(now);
        self.failures = self.failures.saturating_add(1);
        self.counters.failures += 1;
        if matches!(failure.cause, Cause::Unreachable | Cause::ApiServerDown) {
            self.outage = Outage::Ongoing;
        } else {
            self.end_outage();
        }
        let asked = match failure.cause {
            // The second that it asks for is for those who insist on their version, which no request here does.
            Cause::TooLargeResourceVersion => None,
            _ => failure.retry_after,
        };
        let delay = self.backoff.next(failure.policy(), asked);
        match step {
            RequestKind::List => self.recover_list(failure.cause),
            RequestKind::Stream => self.recover_stream(failure.cause),
            RequestKind::ConsistencyCheck => self.consistency_check.last = now,
            RequestKind::Watch => self.recover_watch(now + delay, failure.cause),
        }
        self.failure = Some(Failure {
            verb: step.verb(),
            ..failure
        });
        self.wait(now, delay, self.next_step());
    }

    /// There was a response.
    fn end_outage(&mut self) {
        if self.outage == Outage::Ongoing {
            self.outage = Outage::Over;
            self.backoff.reset();
        }
    }

    /// Decides whether the next watch can continue where this one ended. If watches fail and lists may not, for example with
    /// the permission to `list` only or behind a proxy that buffers streams, the state is as old as its list. `next` is when
    /// the next request is due.
    fn recover_watch(&mut self, next: Duration, cause: Cause) {
        if matches!(
            cause,
            Cause::Unreachable | Cause::ApiServerDown | Cause::Unauthorized | Cause::SignIn | Cause::TooManyRequests
        ) {
            return; // A list would fare no better.
        }
        self.unwatched = self.unwatched.saturating_add(1);
        let patience = if self.unwatched < UNWATCHED_FAILURES {
            self.config.relist_interval
        } else {
            self.config.unwatched_relist_interval
        };
        let is_old = next.saturating_sub(self.consistency_check.listed) >= patience;
        let history_is_lost = match cause {
            Cause::Expired | Cause::Invalid | Cause::NotFound => true,
            Cause::Unreadable => self.unreadable_lines >= MAX_UNREADABLE_LINES || is_old,
            _ => is_old,
        };
        if history_is_lost {
            self.forget_history();
        }
    }

    /// Decides how the list goes on: the same page again, from the beginning, or in pages of another size.
    fn recover_list(&mut self, cause: Cause) {
        let paged = self.list.continue_token.is_some();
        let broken = self.list.broken + 1;
        match cause {
            Cause::Expired => {
                if paged {
                    // Another round of pages could expire in the same way.
                    self.initial = InitialList::Unlimited;
                }
                self.list = List::default();
            }
            // A server whose cache is still filling answers pages, but not a list without a limit; a link that breaks
            // often brings a page over where it would not bring a list.
            Cause::TooManyRequests if self.initial == InitialList::Unlimited => self.list_in_pages(),
            Cause::Cut | Cause::TimedOut if self.initial == InitialList::Unlimited && broken >= 2 => {
                self.list_in_pages();
            }
            Cause::Cut | Cause::TimedOut if paged => self.list.broken = broken,
            Cause::Cut | Cause::TimedOut => {
                self.list = List {
                    broken,
                    ..List::default()
                }
            }
            Cause::Unreachable | Cause::ApiServerDown | Cause::TooManyRequests if paged => {}
            _ => self.list = List::default(),
        }
    }

    fn list_in_pages(&mut self) {
        self.initial = InitialList::Pages(self.config.page_limit);
        self.list = List::default();
    }

    /// Decides whether to stream again, or to list from now on.
    fn recover_stream(&mut self, cause: Cause) {
        let broken = self.list.broken + 1;
        let is_transient = matches!(
            cause,
            Cause::Unreachable
                | Cause::ApiServerDown
                | Cause::TooManyRequests
                | Cause::Unauthorized
                | Cause::SignIn
                | Cause::Cut
        );
        if !is_transient || broken > MAX_BROKEN_STREAMS {
            self.initial = InitialList::Unlimited;
        }
        self.list = List {
            broken,
            ..List::default()
        };
    }
}

/// Delays before a watch is reopened that ended early and without an event.
const REOPEN: Policy = Policy {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(30),
};

fn check_kind(expected: &ObjectType, envelope: &ListEnvelope) -> Result<(), Failure> {
    match envelope.kind.as_deref() {
        Some(kind) if expected.is_list(kind) => Ok(()),
        Some(kind) => Err(Failure::new(Cause::NotKubernetes, &format!("the answer is a {kind}"))),
        None => Err(not_a_list()),
    }
}

/// Reads the objects of a list for the informer.
struct ListedObjects<'i, K: Resource> {
    informer: &'i mut Informer<K>,
    encoding: Encoding,
    interner: &'i mut K::Interner,
}

impl<K: Resource> PartReader<Failure> for ListedObjects<'_, K> {
    fn read(&mut self, element: &[u8]) -> ControlFlow<Failure> {
        let informer = &mut *self.informer;
        if informer.list.is_unnamed && !watch_event::says_kind(&informer.expected, element) {
            return ControlFlow::Break(not_a_list());
        }
        informer.list.progress.received += 1;
        match self.encoding.decode::<K>(element, self.interner) {
            Ok(object) => informer.handle_listed(object),
            Err(_) if self.encoding.is_sound(element) => informer.counters.malformed_objects += 1,
            // Bytes were lost or changed, and with them perhaps the seam between two objects.
            Err(error) => return ControlFlow::Break(Failure::new(Cause::Unreadable, &error.to_string())),
        }
        ControlFlow::Continue(())
    }

    fn read_first(&mut self, rest: &[u8]) -> Option<(usize, ControlFlow<Failure>)> {
        if self.informer.list.is_unnamed {
            return None; // Each object is asked for its kind first.
        }
        let (object, length) = K::decode_first(rest, self.interner)?;
        self.informer.list.progress.received += 1;
        self.informer.handle_listed(object);
        Some((length, ControlFlow::Continue(())))
    }
}

/// Reads the events of a watch for the informer.
struct WatchEvents<'i, K: Resource> {
    informer: &'i mut Informer<K>,
    now: Duration,
    watch: &'i mut Watch,
    encoding: Encoding,
    interner: &'i mut K::Interner,
}

impl<K: Resource> WatchEvents<'_, K> {
    fn handle(&mut self, event: WatchEvent<K>) -> ControlFlow<Failure> {
        match self.informer.handle_event(self.now, self.watch, event) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => ControlFlow::Break(failure),
        }
    }
}

impl<K: Resource> PartReader<Failure> for WatchEvents<'_, K> {
    fn read(&mut self, event: &[u8]) -> ControlFlow<Failure> {
        match watch_event::decode(self.encoding, event, &self.informer.expected, self.interner) {
            Ok(event) => self.handle(event),
            Err(error) => {
                self.informer.unreadable_lines += 1;
                self.informer.counters.unreadable_lines += 1;
                ControlFlow::Break(Failure::new(Cause::Unreadable, &error.to_string()))
            }
        }
    }

    fn read_first(&mut self, rest: &[u8]) -> Option<(usize, ControlFlow<Failure>)> {
        let (event, length) = watch_event::decode_first(rest, &self.informer.expected, self.interner)?;
        Some((length, self.handle(event)))
    }
}

fn not_a_list() -> Failure {
    Failure::new(Cause::NotKubernetes, "the answer is JSON, but not a Kubernetes list")
}
