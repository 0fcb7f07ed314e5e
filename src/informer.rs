//! The informer: keeps up with one collection of one kind, by list and watch.
//!
//! It is sans-IO. It makes no request, reads no clock and spawns nothing: a driver makes the requests it asks for
//! ([`Informer::poll_output`]) and hands it what came back ([`Informer::handle_response`], [`Informer::handle_body`],
//! [`Informer::handle_end`]) and the time ([`Informer::handle_timeout`], when [`Informer::next_timeout`] says so). What
//! it learns comes out as [`Event`]s for a [`Store`](crate::store::Store). A whole faulty network then fits into a
//! test on virtual time.
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
//! | open, list | any other failure | waiting, backed off: the same page again; what is published stays |
//! | open, watch | an event | open; the resourceVersion moves |
//! | open, watch | a clean end, or its time is up | waiting, not long: watch from the last resourceVersion |
//! | open, watch | silence longer than bookmarks ever were apart | open: a new watch from the last resourceVersion |
//! | open, watch | an abrupt end, an error, an unreadable line | waiting, backed off: watch from the last resourceVersion |
//! | open, watch | 410, as status or as event; repeated empty or unreadable streams | waiting: list; what is published stays |
//! | open, watch | 405 | waiting: list again every [`POLL_INTERVAL`] |
//! | any | [`Informer::pause`] | paused, the request aborted |
//! | any | [`Informer::resume`] | open: what was open is doubted and begun anew |
//!
//! Follows client-go's `tools/cache/reflector.go` where that is right, and `conformance` in the tests where it is not.

pub mod backoff;
pub mod failure;
pub mod line_buffer;
pub mod list_decoder;
pub mod request;
pub mod watch_event;

use std::{cmp::Ordering, collections::VecDeque, mem, ops::ControlFlow, time::Duration};

use k8s_openapi::ListableResource as _;

use crate::{
    limits::{
        BOOKMARK_PERIOD, HEADER_DEADLINE, HEALTHY_WATCH, LIST_IDLE_DEADLINE, MAX_EMPTY_WATCHES, MAX_ERROR_BODY_BYTES,
        MAX_LINE_BYTES, MAX_UNREADABLE_LINES, PAGE_LIMIT, POLL_INTERVAL, PROMPT_HEADER_DEADLINE, PROMPT_HEADERS,
        REOPEN_GRACE, SILENT_BOOKMARK_PERIODS, WATCH_DEADLINE_MARGIN, WATCH_TIMEOUT_SECONDS,
    },
    resource::{Bookmark, Interner, Meta, Resource, ResourceVersion},
};
use backoff::{Backoff, Policy, RateLimit};
use failure::{Cause, End, Failure, ResponseHead, Verb};
use line_buffer::LineBuffer;
use list_decoder::{ListDecoder, ListEnvelope};
use request::{Attempt, Collection, Request};
use watch_event::WatchEvent;

/// What an informer says of its objects, in order; the vocabulary of kube-rs' `watcher::Event`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<K: Resource> {
    /// A list begins. What was known stays valid until [`Event::InitDone`].
    Init,
    /// An object of the list. Belongs to no picture before [`Event::InitDone`].
    InitApply(K),
    /// The list is complete: exactly the objects since [`Event::Init`] exist.
    InitDone,
    /// An object was added or modified.
    Apply(K),
    /// An object was deleted, or no longer matches. Its identity is enough: the store knows the last state.
    Delete(Meta),
}

/// What the informer wants of its driver, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<K: Resource> {
    /// Make this request and hand back what comes of it.
    Send(Request),
    /// Give this request up. What still arrives of it is ignored.
    Abort(Attempt),
    /// Something was learned.
    Event(Event<K>),
}

/// What was counted since the informer began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
    /// Watch events applied, bookmarks not among them.
    pub events: u64,
    /// Bookmarks.
    pub bookmarks: u64,
    /// Complete lists.
    pub lists: u64,
    /// Objects that could not be decoded, each of which cost only itself.
    pub malformed_objects: u64,
    /// Lines of a watch that were no event; each ended its stream.
    pub unreadable_lines: u64,
    /// Events of unknown type, of another kind or without a name.
    pub ignored_events: u64,
}

/// How far a list has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListProgress {
    /// Objects received.
    pub received: u64,
    /// Objects that the server expects to follow on later pages, where it says so.
    pub remaining: Option<u64>,
}

/// Keeps up with one collection. See the [module](self).
#[derive(Debug)]
pub struct Informer<K: Resource> {
    collection: Collection,
    state: State,
    /// The number of the newest request.
    attempt: Attempt,
    outputs: VecDeque<Output<K>>,
    random: fastrand::Rng,
    backoff: Backoff,
    rate_limit: RateLimit,
    /// Where the next watch begins; `None` until a list is complete, and after its history was lost.
    version: Option<ResourceVersion>,
    list: List,
    /// Page size of lists; `None` is one unlimited list.
    limit: Option<u32>,
    /// A list has been published.
    synced: bool,
    /// Since when the picture is not known to be current; `None` while it is. In the future while a watch that ended
    /// by itself is being reopened.
    lost: Option<Duration>,
    /// When the last byte came.
    last_heard: Duration,
    /// Failed attempts since it was last live.
    failures: u32,
    /// The last failure since it was last live.
    failure: Option<Failure>,
    bookmarks: BookmarkRhythm,
    /// This server was seen to send the headers of a watch at once.
    prompt_headers: bool,
    /// Watches in a row that ended early and without an event.
    empty_watches: u32,
    /// Unreadable lines in a row, without an event between.
    unreadable_lines: u32,
    counters: Counters,
}

#[derive(Debug)]
enum State {
    /// Nothing is under way and nothing is planned.
    Paused,
    /// The next request is planned.
    Waiting { until: Duration, verb: Verb },
    /// A request is under way.
    Open(Exchange),
}

/// A request under way.
#[derive(Debug)]
struct Exchange {
    verb: Verb,
    sent: Duration,
    /// When to give it up.
    deadline: Duration,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    /// No headers so far.
    Awaited,
    List(ListDecoder),
    Watch(Watch),
    /// An error status; its body is being collected.
    Refused(ResponseHead, Vec<u8>),
}

/// An open watch.
#[derive(Debug)]
struct Watch {
    lines: LineBuffer,
    opened: Duration,
    /// When the client ends it, should the server not.
    end_by: Duration,
    /// An event was applied.
    useful: bool,
}

/// A list that may span several requests.
#[derive(Debug, Default)]
struct List {
    /// [`Event::Init`] has been said.
    begun: bool,
    /// The next page.
    continue_token: Option<String>,
    /// Of the first page.
    version: Option<ResourceVersion>,
    progress: ListProgress,
    /// This list failed in the middle of its body, so often.
    broken: u32,
}

/// How far apart bookmarks are, learnt from those that came. Silence is no proof of death, because a quiet kind has
/// no bookmarks; so a silent watch is reopened, and if the next one is silent too the rhythm is forgotten.
#[derive(Debug, Default)]
struct BookmarkRhythm {
    /// The longest time between two bookmarks of one watch.
    period: Option<Duration>,
    /// The last bookmark of this watch.
    last: Option<Duration>,
    /// This watch was opened because the one before was silent, and nothing has come since.
    suspicious: bool,
}

impl Default for ListProgress {
    fn default() -> Self {
        Self { received: 0, remaining: None }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::Paused
    }
}

impl<K: Resource> Informer<K> {
    /// An informer that begins with [`Informer::resume`]. `limit` is the page size of lists; `None`, one unlimited
    /// list, is the fastest, and pages are fallen back to when the server or the link asks for them. `seed` decides
    /// all jitter.
    #[must_use]
    pub fn new(collection: Collection, limit: Option<u32>, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        Self {
            collection,
            state: State::Paused,
            attempt: Attempt(0),
            outputs: VecDeque::new(),
            backoff: Backoff::new(random.u64(..)),
            random,
            rate_limit: RateLimit::new(),
            version: None,
            list: List::default(),
            limit,
            synced: false,
            lost: Some(Duration::ZERO),
            last_heard: Duration::ZERO,
            failures: 0,
            failure: None,
            bookmarks: BookmarkRhythm::default(),
            prompt_headers: false,
            empty_watches: 0,
            unreadable_lines: 0,
            counters: Counters::default(),
        }
    }

    // What it knows of itself.

    /// The collection.
    #[must_use]
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// Whether a list has been published: what the store holds was the truth once.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// Since when the picture is not known to be current; `None` while it is.
    #[must_use]
    pub fn lost_since(&self, now: Duration) -> Option<Duration> {
        self.lost.filter(|since| *since <= now)
    }

    /// When something last arrived; zero before anything did.
    #[must_use]
    pub fn last_heard(&self) -> Duration {
        self.last_heard
    }

    /// How far the list has come that is under way.
    #[must_use]
    pub fn listing(&self) -> Option<ListProgress> {
        let under_way = matches!(&self.state, State::Open(exchange) if matches!(exchange.answer, Answer::List(_)));
        (under_way || self.list.begun).then_some(self.list.progress)
    }

    /// When the next attempt begins, while it waits for one.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Duration> {
        match self.state {
            State::Waiting { until, .. } => Some(until),
            State::Paused | State::Open(_) => None,
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

    /// The next thing to do or to know.
    pub fn poll_output(&mut self) -> Option<Output<K>> {
        self.outputs.pop_front()
    }

    /// When [`Informer::handle_timeout`] is to be called, unless something comes first.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        match &self.state {
            State::Paused => None,
            State::Waiting { until, .. } => Some(*until),
            State::Open(exchange) => Some(match &exchange.answer {
                Answer::Watch(watch) => match self.bookmarks.silence() {
                    Some(silence) => watch.end_by.min(self.last_heard.max(watch.opened) + silence),
                    None => watch.end_by,
                },
                Answer::Awaited | Answer::List(_) | Answer::Refused(..) => exchange.deadline,
            }),
        }
    }

    // What happens to it.

    /// Begins, or goes on after a pause, or doubts what is open: after sleep, when the page is shown again, when the
    /// network is back. Costs one request.
    pub fn resume(&mut self, now: Duration) {
        let verb = match self.close() {
            State::Paused => self.next_verb(),
            State::Waiting { verb, .. } => verb,
            State::Open(exchange) => {
                self.lose(now);
                exchange.verb
            }
        };
        self.wait(now, Duration::ZERO, verb);
        self.handle_timeout(now);
    }

    /// Gives up what is open until [`Informer::resume`]. What is published stays.
    pub fn pause(&mut self, now: Duration) {
        self.close();
        self.lose(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.next_timeout().is_none_or(|due| due > now) {
            return;
        }
        match self.close() {
            State::Paused => {}
            State::Waiting { verb, .. } => self.send(now, verb),
            State::Open(Exchange { answer: Answer::Watch(watch), .. }) => {
                if now >= watch.end_by {
                    self.end_watch(now, &watch);
                } else if self.bookmarks.doubt() {
                    self.lose(now + REOPEN_GRACE);
                    self.send(now, Verb::Watch);
                } else {
                    // Silent twice: the kind is quiet, not the connection. Open again, and without suspicion.
                    self.send(now, Verb::Watch);
                }
            }
            State::Open(exchange) => {
                let waited = now.saturating_sub(exchange.sent).as_secs();
                self.fail(now, exchange.verb, Failure::new(Cause::TimedOut, &format!("no answer for {waited} s")));
            }
        }
    }

    /// The headers of a response have come.
    pub fn handle_response(&mut self, now: Duration, attempt: Attempt, head: ResponseHead) {
        let Some(mut exchange) = self.take(attempt) else { return };
        self.last_heard = now;
        exchange.deadline = now + LIST_IDLE_DEADLINE;
        exchange.answer = match (head.code, exchange.verb) {
            (200..300, Verb::List) => {
                if !mem::replace(&mut self.list.begun, true) {
                    self.outputs.push_back(Output::Event(Event::Init));
                }
                Answer::List(ListDecoder::default())
            }
            (200..300, Verb::Watch) => {
                self.prompt_headers = now.saturating_sub(exchange.sent) <= PROMPT_HEADERS;
                self.become_live();
                Answer::Watch(Watch {
                    lines: LineBuffer::new(MAX_LINE_BYTES),
                    opened: now,
                    end_by: now + Duration::from_secs(WATCH_TIMEOUT_SECONDS.end.into()) + WATCH_DEADLINE_MARGIN,
                    useful: false,
                })
            }
            _ => Answer::Refused(head, Vec::new()),
        };
        self.state = State::Open(exchange);
    }

    /// A piece of the body has come. Cut anywhere, of any size.
    pub fn handle_body(&mut self, now: Duration, attempt: Attempt, bytes: &[u8], interner: &mut Interner) {
        let Some(mut exchange) = self.take(attempt) else { return };
        self.last_heard = now;
        self.counters.bytes += bytes.len() as u64;
        exchange.deadline = now + LIST_IDLE_DEADLINE;
        let failure = match &mut exchange.answer {
            Answer::List(decoder) => self.decode_list(decoder, bytes, interner).err(),
            Answer::Watch(watch) => self.decode_watch(now, watch, bytes, interner).err(),
            Answer::Refused(_, body) => {
                let room = MAX_ERROR_BODY_BYTES.saturating_sub(body.len());
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                None
            }
            Answer::Awaited => None, // A body before its headers is the driver's mistake, and harmless.
        };
        let verb = exchange.verb;
        self.state = State::Open(exchange);
        if let Some(failure) = failure {
            self.close();
            self.fail(now, verb, failure);
        }
    }

    /// The response is over, or there was none.
    pub fn handle_end(&mut self, now: Duration, attempt: Attempt, end: End, interner: &mut Interner) {
        let Some(exchange) = self.take(attempt) else { return };
        match (exchange.answer, end) {
            (Answer::List(decoder), end) => match (decoder.finish(), end) {
                (Ok(envelope), _) => self.end_page(now, envelope),
                (Err(_), End::Broken(words)) => self.fail(now, Verb::List, Failure::new(Cause::Cut, &words)),
                (Err(error), End::Clean) => self.fail(now, Verb::List, error.into()),
            },
            (Answer::Watch(mut watch), end) => {
                // A last line that lacks only its newline is complete; anything less never happened.
                let rest = mem::replace(&mut watch.lines, LineBuffer::new(0)).finish();
                let complete = watch_event::decode(&rest, interner).ok();
                let failure = complete.and_then(|event| self.handle_event(now, &mut watch, event).err());
                match (failure, end) {
                    (Some(failure), _) => self.fail(now, Verb::Watch, failure),
                    (None, End::Clean) => self.end_watch(now, &watch),
                    (None, End::Broken(words)) => self.fail(now, Verb::Watch, Failure::new(Cause::Cut, &words)),
                }
            }
            (Answer::Refused(head, body), _) => {
                self.fail(now, exchange.verb, Failure::from_response(&head, &body));
            }
            (Answer::Awaited, End::Broken(words)) => {
                self.fail(now, exchange.verb, Failure::new(Cause::Unreachable, &words));
            }
            (Answer::Awaited, End::Clean) => self.fail(now, exchange.verb, Failure::new(Cause::Unreachable, "")),
        }
    }

    // Lists.

    fn decode_list(
        &mut self,
        decoder: &mut ListDecoder,
        bytes: &[u8],
        interner: &mut Interner,
    ) -> Result<(), Failure> {
        let (outputs, progress, counters) = (&mut self.outputs, &mut self.list.progress, &mut self.counters);
        let items_had_begun = decoder.items_have_begun();
        let _ = decoder.feed(bytes, |element| {
            progress.received += 1;
            match K::decode(element, interner) {
                Ok(object) => outputs.push_back(Output::Event(Event::InitApply(object))),
                Err(_) => counters.malformed_objects += 1,
            }
            ControlFlow::<()>::Continue(())
        })?;
        if !items_had_begun && let Some(envelope) = decoder.envelope() {
            check_kind::<K>(&envelope)?;
            progress.remaining = envelope.metadata.and_then(|metadata| metadata.remaining_item_count);
        }
        Ok(())
    }

    fn end_page(&mut self, now: Duration, envelope: ListEnvelope) {
        if let Err(failure) = check_kind::<K>(&envelope) {
            return self.fail(now, Verb::List, failure);
        }
        let metadata = envelope.metadata.unwrap_or_default();
        let version = metadata.resource_version.as_deref().and_then(ResourceVersion::new);
        let version = self.list.version.take().or(version);
        match metadata.continue_token.filter(|token| !token.is_empty()) {
            Some(token) => {
                self.list.version = version;
                self.list.continue_token = Some(token);
                self.list.broken = 0;
                self.send(now, Verb::List);
            }
            None if version.is_none() => {
                self.fail(now, Verb::List, Failure::new(Cause::Unreadable, "the list has no resourceVersion"));
            }
            None => {
                self.outputs.push_back(Output::Event(Event::InitDone));
                self.list = List::default();
                self.counters.lists += 1;
                self.version = version;
                self.synced = true;
                self.unreadable_lines = 0;
                self.send(now, Verb::Watch);
            }
        }
    }

    // Watches.

    fn decode_watch(
        &mut self,
        now: Duration,
        watch: &mut Watch,
        bytes: &[u8],
        interner: &mut Interner,
    ) -> Result<(), Failure> {
        let mut lines = mem::replace(&mut watch.lines, LineBuffer::new(0));
        let flow = lines.feed(bytes, |line| {
            let handled = match watch_event::decode(line, interner) {
                Ok(event) => self.handle_event(now, watch, event),
                Err(error) => {
                    self.unreadable_lines += 1;
                    self.counters.unreadable_lines += 1;
                    Err(Failure::new(Cause::Unreadable, &error.to_string()))
                }
            };
            match handled {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => ControlFlow::Break(failure),
            }
        });
        watch.lines = lines;
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
        self.bookmarks.suspicious = false;
        match event {
            WatchEvent::Apply(object) => {
                let version = object.meta().resource_version.clone();
                self.move_on(watch, version);
                self.outputs.push_back(Output::Event(Event::Apply(object)));
            }
            WatchEvent::Delete(meta) => {
                self.move_on(watch, meta.resource_version.clone());
                self.outputs.push_back(Output::Event(Event::Delete(meta)));
            }
            WatchEvent::Malformed(meta) => {
                self.counters.malformed_objects += 1;
                self.move_on(watch, meta.resource_version);
            }
            WatchEvent::Bookmark(Bookmark { resource_version, .. }) => {
                self.counters.bookmarks += 1;
                self.bookmarks.hear(now);
                self.move_version(Some(resource_version));
            }
            WatchEvent::Error(status) => return Err(Failure::from_status(&status)),
            WatchEvent::Ignored => self.counters.ignored_events += 1,
        }
        Ok(())
    }

    /// An event was applied: the stream is worth something, and the next one begins behind it.
    fn move_on(&mut self, watch: &mut Watch, version: Option<ResourceVersion>) {
        watch.useful = true;
        self.counters.events += 1;
        self.empty_watches = 0;
        self.unreadable_lines = 0;
        self.backoff.reset();
        self.move_version(version);
    }

    /// Never back, where the order of two versions can be told: a replayed event does not rewind the stream.
    fn move_version(&mut self, version: Option<ResourceVersion>) {
        let Some(version) = version else { return };
        let is_older = self.version.as_ref().and_then(|current| version.compare(current)) == Some(Ordering::Less);
        if !is_older {
            self.version = Some(version);
        }
    }

    /// A watch ended as watches do: the server's time was up, it is restarting, or we were too slow for it.
    fn end_watch(&mut self, now: Duration, watch: &Watch) {
        self.lose(now + REOPEN_GRACE);
        if now.saturating_sub(watch.opened) >= HEALTHY_WATCH {
            self.backoff.reset();
            self.empty_watches = 0;
        } else if !watch.useful {
            self.empty_watches += 1;
            let delay = self.backoff.next(REOPEN, None);
            if self.empty_watches >= MAX_EMPTY_WATCHES {
                self.forget_history();
            }
            return self.wait(now, delay, self.next_verb());
        }
        self.wait(now, Duration::ZERO, Verb::Watch);
    }

    // Requests.

    fn next_verb(&self) -> Verb {
        if self.version.is_some() { Verb::Watch } else { Verb::List }
    }

    /// What was published stays; the next request is a list.
    fn forget_history(&mut self) {
        self.version = None;
        self.empty_watches = 0;
        self.unreadable_lines = 0;
        self.list = List::default();
    }

    fn send(&mut self, now: Duration, verb: Verb) {
        let (url, verb) = match (verb, &self.version) {
            (Verb::Watch, Some(version)) => {
                let timeout_seconds = self.random.u32(WATCH_TIMEOUT_SECONDS);
                (self.collection.watch_url::<K>(version, timeout_seconds), Verb::Watch)
            }
            _ => (self.collection.list_url::<K>(self.limit, self.list.continue_token.as_deref()), Verb::List),
        };
        self.attempt.0 += 1;
        self.counters.requests += 1;
        self.bookmarks.last = None;
        let patience = if self.prompt_headers { PROMPT_HEADER_DEADLINE } else { HEADER_DEADLINE };
        self.state = State::Open(Exchange { verb, sent: now, deadline: now + patience, answer: Answer::Awaited });
        self.outputs.push_back(Output::Send(Request { attempt: self.attempt, url }));
    }

    fn wait(&mut self, now: Duration, delay: Duration, verb: Verb) {
        let until = self.rate_limit.admit(now + delay);
        self.state = State::Waiting { until, verb };
        if until <= now {
            self.handle_timeout(now);
        }
    }

    /// The exchange under way, if `attempt` is its number.
    fn take(&mut self, attempt: Attempt) -> Option<Exchange> {
        if attempt != self.attempt {
            return None;
        }
        match mem::take(&mut self.state) {
            State::Open(exchange) => Some(exchange),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Leaves the state, and aborts what was under way.
    fn close(&mut self) -> State {
        let state = mem::take(&mut self.state);
        if matches!(state, State::Open(_)) {
            self.outputs.push_back(Output::Abort(self.attempt));
        }
        state
    }

    // Success and failure.

    fn become_live(&mut self) {
        self.lost = None;
        self.failures = 0;
        self.failure = None;
    }

    /// Not known to be current from `at` on, unless it was not before.
    fn lose(&mut self, at: Duration) {
        self.lost = Some(self.lost.map_or(at, |since| since.min(at)));
    }

    fn fail(&mut self, now: Duration, verb: Verb, failure: Failure) {
        if verb == Verb::Watch && failure.cause == Cause::WatchUnsupported {
            // Not a failure but a kind that has to be polled. Current as of now.
            self.become_live();
            self.forget_history();
            return self.wait(now, POLL_INTERVAL, Verb::List);
        }
        self.lose(now);
        self.failures = self.failures.saturating_add(1);
        let delay = self.backoff.next(failure.policy(), failure.retry_after);
        match verb {
            Verb::List => self.recover_list(failure.cause),
            Verb::Watch => {
                let history_is_lost = match failure.cause {
                    Cause::Expired | Cause::Invalid | Cause::NotFound => true,
                    Cause::Unreadable => self.unreadable_lines >= MAX_UNREADABLE_LINES,
                    _ => false,
                };
                if history_is_lost {
                    self.forget_history();
                }
            }
        }
        self.failure = Some(Failure { verb, ..failure });
        self.wait(now, delay, self.next_verb());
    }

    /// Decides how the list goes on: the same page again, from the beginning, or in pages of another size.
    fn recover_list(&mut self, cause: Cause) {
        let paged = self.list.continue_token.is_some();
        match cause {
            Cause::Expired => {
                if paged {
                    // Another round of pages could expire in the same way.
                    self.limit = None;
                }
                self.list = List::default();
            }
            Cause::TooManyRequests if self.limit.is_none() => {
                // A server whose cache is still filling answers pages, but not a list without a limit.
                self.limit = Some(PAGE_LIMIT);
                self.list = List::default();
            }
            Cause::Cut | Cause::TimedOut => {
                self.list.broken += 1;
                if self.list.broken >= 2 && self.limit.is_none() {
                    self.limit = Some(PAGE_LIMIT);
                    self.list = List::default();
                } else if !paged {
                    self.list = List { broken: self.list.broken, ..List::default() };
                }
            }
            Cause::Unreachable | Cause::ApiServerDown | Cause::TooManyRequests if paged => {}
            _ => self.list = List::default(),
        }
    }
}

/// Delays before a watch is reopened that ended early and without an event.
const REOPEN: Policy = Policy { first: Duration::from_millis(500), longest: Duration::from_secs(30) };

impl BookmarkRhythm {
    /// A bookmark came.
    fn hear(&mut self, now: Duration) {
        if let Some(last) = self.last.replace(now) {
            let apart = now.saturating_sub(last);
            // The server sends one more just before the end of a watch, so the longest time is the period.
            if BOOKMARK_PERIOD.contains(&apart) && self.period.is_none_or(|period| period < apart) {
                self.period = Some(apart);
            }
        }
    }

    /// The silence that is doubted.
    fn silence(&self) -> Option<Duration> {
        self.period.map(|period| period.mul_f64(SILENT_BOOKMARK_PERIODS))
    }

    /// A watch was silent for too long. Whether that is worth doubt; the second time in a row it is not.
    fn doubt(&mut self) -> bool {
        if mem::replace(&mut self.suspicious, true) {
            *self = Self::default();
        }
        self.suspicious
    }
}

fn check_kind<K: Resource>(envelope: &ListEnvelope) -> Result<(), Failure> {
    match envelope.kind.as_deref() {
        Some(kind) if kind == K::Full::LIST_KIND => Ok(()),
        Some(kind) => Err(Failure::new(Cause::NotKubernetes, &format!("the answer is a {kind}"))),
        None => Err(Failure::new(Cause::NotKubernetes, "the answer is JSON, but not a Kubernetes list")),
    }
}
