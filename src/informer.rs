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
//! | open, list | any other failure | waiting, backed off: the same page again after a cut, a timeout, a 429 or no answer, otherwise from the beginning; what is published stays |
//! | open, watch | an event | open; the resourceVersion moves |
//! | open, watch | a clean end, or its time is up, after [`HEALTHY_WATCH`] | open: watch from the last resourceVersion; audit, if none was within [`AUDIT_INTERVAL`]; list, if none was within [`RELIST_INTERVAL`] |
//! | open, watch | a clean end before that | waiting, backed off if it brought no event: watch from the last resourceVersion |
//! | open, watch | silence longer than bookmarks ever were apart | open: a new watch from the last resourceVersion |
//! | open, watch | an abrupt end, an error, an unreadable line | waiting, backed off: watch from the last resourceVersion; list, if none was within [`RELIST_INTERVAL`] |
//! | open, watch | 410, 404 or 400, as status or as event; repeated empty or unreadable streams | waiting: list; what is published stays |
//! | open, watch | 405 | waiting: list again every [`POLL_INTERVAL`] |
//! | open, watch | any failure, time after time, but 401, a login in between, 429 and no answer | waiting, backed off: list, if none was within [`UNWATCHED_RELIST_INTERVAL`] |
//! | open, streaming list | the end bookmark | [`Event::InitDone`]; open: the same stream goes on as a watch |
//! | open, streaming list | cut, 401, a login in between, 429, no answer | waiting, backed off: stream again |
//! | open, streaming list | any other refusal, no end bookmark, or cut more than [`MAX_BROKEN_STREAMS`] times | waiting: list, and never stream from this server again |
//! | open, watch or audit | no answer, or a proxy's that nothing answers it | waiting, backed off: audit, because the server may come back from a backup |
//! | any | a watch would begin, and nothing was heard for [`FASTEST_RESTORE`] | open: audit, for the same reason |
//! | open, audit | the server's version is older than ours | open: list; what is published stays |
//! | open, audit or watch | the count of an audit differs, the second time in a row | open: list; what is published stays |
//! | open, audit | the server's version is not older | open: watch from the last resourceVersion |
//! | open, audit | a failure, when the server may have come back from a backup | waiting, backed off: audit |
//! | open, audit | a failure, otherwise | waiting, backed off: watch from the last resourceVersion |
//! | waiting, after a 401 or a login in between | [`Informer::retry_sign_in`] | open: the request is sent at once |
//! | any | [`Informer::pause`] | paused, the request aborted |
//! | any | [`Informer::resume`] | open: what was open is doubted and begun anew |
//!
//! Follows client-go's `tools/cache/reflector.go` where that is right, and `conformance` in the tests where it is not.

pub mod backoff;
pub mod encoding;
pub mod failure;
pub mod frame_buffer;
pub mod line_buffer;
pub mod list_decoder;
pub mod list_message;
pub mod request;
mod rhythm;
pub mod watch_event;

use std::{cmp::Ordering, collections::VecDeque, mem, ops::ControlFlow, time::Duration};

use k8s_openapi::ListableResource as _;

use crate::{
    limits::{
        AUDIT_INTERVAL, FASTEST_RESTORE, HEADER_DEADLINE, HEALTHY_WATCH, LIST_IDLE_DEADLINE, MAX_BROKEN_STREAMS,
        MAX_EMPTY_WATCHES, MAX_ERROR_BODY_BYTES, MAX_UNREADABLE_LINES, PAGE_LIMIT, POLL_INTERVAL,
        PROMPT_HEADER_DEADLINE, PROMPT_HEADERS, RELIST_INTERVAL, REOPEN_GRACE, STREAM_LIST_DEADLINE,
        UNWATCHED_FAILURES, UNWATCHED_RELIST_INTERVAL, WATCH_DEADLINE_MARGIN, WATCH_TIMEOUT_SECONDS,
    },
    resource::{Bookmark, Interner, Meta, Resource, ResourceVersion},
};
use backoff::{Backoff, Policy, RateLimit};
use encoding::{Encoding, ListBody, WatchBody};
use failure::{Cause, End, Failure, ResponseHead, Verb};
use list_decoder::ListEnvelope;
use request::{Attempt, Collection, Request};
use rhythm::BookmarkRhythm;
use watch_event::WatchEvent;

/// What an informer says of its objects, in order; the vocabulary of kube-rs' `watcher::Event`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<K: Resource> {
    /// A list begins. What was known stays valid until [`Event::InitDone`].
    Init,
    /// An object of the list. Before [`Event::InitDone`] it belongs to no picture but a provisional one.
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
    /// The server holds this many objects, as far as it says: for [`Informer::compare_count`].
    Count(u64),
}

/// How the first objects are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialList {
    /// One list without a limit, compressed, decoded while it arrives. The fastest by far: see the [reasons](crate).
    #[default]
    Unlimited,
    /// Lists in pages of so many objects.
    Pages(u32),
    /// The watch itself begins with every object (`sendInitialEvents`, KEP-3157): never compressed, but the lightest
    /// for the server. A server that cannot is listed instead.
    Stream,
}

/// What was counted since the informer began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests sent.
    pub requests: u64,
    /// Attempts that failed.
    pub failures: u64,
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
    /// Events that the stream had passed already.
    pub replayed_events: u64,
    /// Audits.
    pub audits: u64,
    /// Lists that an audit called for: the server's history was rewound, or events were lost.
    pub repairs: u64,
}

/// How far a list has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    initial: InitialList,
    /// A list has been published.
    synced: bool,
    /// An object of a list was handed on.
    provided: bool,
    /// It has been live.
    was_live: bool,
    /// Since when the picture is not known to be current; `None` while it is. In the future while a watch that ended
    /// by itself is being reopened.
    lost: Option<Duration>,
    /// When the last byte came.
    last_heard: Duration,
    /// When the history was last known to be the server's: it spoke on a watch or ended it, or answered a list or an
    /// audit.
    confirmed: Duration,
    /// Failed attempts since it was last live.
    failures: u32,
    /// The last failure since it was last live.
    failure: Option<Failure>,
    /// Watches since then that were refused, or otherwise failed where a list may not.
    unwatched: u32,
    outage: Outage,
    rhythm: BookmarkRhythm,
    /// This server was seen to send the headers of a watch at once.
    prompt_headers: bool,
    /// Watches in a row that ended early and without an event.
    empty_watches: u32,
    /// Unreadable lines in a row, without an event between.
    unreadable_lines: u32,
    audit: Audit,
    counters: Counters,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing is under way and nothing is planned.
    #[default]
    Paused,
    /// The next request is planned.
    Waiting { until: Duration, step: Step },
    /// A request is under way.
    Open(Exchange),
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A list, or a page of it.
    List,
    /// A watch that begins with every object.
    Stream,
    /// A watch from the last resourceVersion.
    Watch,
    /// A list of one object, for its envelope.
    Audit,
}

impl Step {
    fn verb(self) -> Verb {
        match self {
            Self::List | Self::Audit => Verb::List,
            Self::Stream | Self::Watch => Verb::Watch,
        }
    }
}

/// A request under way.
#[derive(Debug)]
struct Exchange {
    step: Step,
    sent: Duration,
    /// When to give it up.
    deadline: Duration,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
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
    /// When the client ends it, should the server not.
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
    /// The next page.
    continue_token: Option<String>,
    /// Of the first page.
    version: Option<ResourceVersion>,
    progress: ListProgress,
    /// This list failed in the middle of its body, so often.
    broken: u32,
}

/// When the picture was last compared with what the server says of it.
#[derive(Debug, Default)]
struct Audit {
    /// The last audit, or the last list.
    last: Duration,
    /// The last list.
    listed: Duration,
    /// How many objects the server holds at a version that the stream has not reached yet.
    expected: Option<(ResourceVersion, u64)>,
    trust: CountTrust,
}

/// Nothing answered: who answers next may be a server that was restored from a backup meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outage {
    /// There was none since the last audit.
    #[default]
    None,
    /// Nothing answers.
    Ongoing,
    /// Something answers again, or there was nobody to notice an outage, and no audit is complete.
    Over,
}

/// What a count that differs is taken for.
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
    /// An informer that begins with [`Informer::resume`]. `initial` is how it begins; other ways are fallen back to when
    /// the server or the link asks for them. `seed` decides all jitter.
    #[must_use]
    pub fn new(collection: Collection, initial: InitialList, seed: u64) -> Self {
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
            initial,
            synced: false,
            provided: false,
            was_live: false,
            lost: Some(Duration::ZERO),
            last_heard: Duration::ZERO,
            confirmed: Duration::ZERO,
            failures: 0,
            failure: None,
            unwatched: 0,
            outage: Outage::None,
            rhythm: BookmarkRhythm::default(),
            prompt_headers: false,
            empty_watches: 0,
            unreadable_lines: 0,
            audit: Audit::default(),
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

    /// Whether there is something to show and it is a part: no list has been complete yet.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.provided && !self.synced
    }

    /// Since when the picture is not known to be current; `None` while it is.
    #[must_use]
    pub fn lost_since(&self, now: Duration) -> Option<Duration> {
        self.lost.filter(|since| *since <= now)
    }

    /// Whether the picture was ever known to be current, and was so until [`Informer::lost_since`].
    #[must_use]
    pub fn was_live(&self) -> bool {
        self.was_live
    }

    /// When something last arrived; zero before anything did.
    #[must_use]
    pub fn last_heard(&self) -> Duration {
        self.last_heard
    }

    /// How far the list has come that is under way.
    #[must_use]
    pub fn listing(&self) -> Option<ListProgress> {
        let under_way = matches!(
            &self.state,
            State::Open(Exchange { step, answer: Answer::List(_), .. }) if *step != Step::Audit
        );
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

    /// How the answer is written that is coming in.
    #[must_use]
    pub fn encoding(&self) -> Option<Encoding> {
        match &self.state {
            State::Open(Exchange { answer, .. }) => match answer {
                Answer::List(body) => Some(body.encoding()),
                Answer::Watch(watch) => Some(watch.body.encoding()),
                Answer::Awaited | Answer::Refused(..) => None,
            },
            State::Paused | State::Waiting { .. } => None,
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
                Answer::Watch(Watch {
                    initial: Some(deadline),
                    ..
                }) => *deadline,
                Answer::Watch(watch) => match self.rhythm.silence() {
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
        let step = match self.close() {
            State::Paused => self.next_step(),
            State::Waiting { step, .. } => step,
            State::Open(exchange) => {
                self.lose(now);
                self.next_step_after(exchange.step)
            }
        };
        self.wait(now, Duration::ZERO, step);
    }

    /// What waits because nobody was logged in is asked for at once: the reader may have logged in meanwhile.
    pub fn retry_sign_in(&mut self, now: Duration) {
        let waits_for_reader =
            matches!(&self.failure, Some(failure) if matches!(failure.cause, Cause::SignIn | Cause::Unauthorized));
        if let State::Waiting { step, .. } = self.state
            && waits_for_reader
        {
            self.wait(now, Duration::ZERO, step);
        }
    }

    /// Gives up what is open until [`Informer::resume`]. What is published stays.
    pub fn pause(&mut self, now: Duration) {
        self.close();
        self.lose(now);
    }

    /// The store holds `held` objects where [`Output::Count`] said `counted`. One difference may be the server's estimate;
    /// two in a row are lost events, and the next request is a list.
    pub fn compare_count(&mut self, now: Duration, held: usize, counted: u64) {
        self.audit.trust = match (self.audit.trust, held as u64 == counted) {
            // A list did not bring the counts together: this server's counts are no counts.
            (CountTrust::None, _) | (CountTrust::Repaired, false) => CountTrust::None,
            (_, true) => CountTrust::Full,
            (CountTrust::Full, false) => CountTrust::Doubted,
            (CountTrust::Doubted, false) => {
                self.counters.repairs += 1;
                self.close();
                self.forget_history();
                self.lose(now + REOPEN_GRACE);
                self.wait(now, Duration::ZERO, self.next_step());
                CountTrust::Repaired
            }
        };
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.next_timeout().is_none_or(|due| due > now) {
            return;
        }
        match self.close() {
            State::Paused => {}
            State::Waiting { step, .. } => {
                self.rate_limit.take(now);
                self.send(now, step);
            }
            State::Open(Exchange {
                step,
                answer: Answer::Watch(watch),
                ..
            }) => {
                if watch.initial.is_some() {
                    self.fail(
                        now,
                        step,
                        Failure::new(Cause::TimedOut, "the end of the initial events did not come"),
                    );
                } else if now >= watch.end_by {
                    self.end_watch(now, &watch);
                } else {
                    // Silent. A second silence in a row means that the kind is quiet, not that the connection is dead.
                    if self.rhythm.doubt() {
                        self.lose(now + REOPEN_GRACE);
                    }
                    self.wait(now, Duration::ZERO, Step::Watch);
                }
            }
            State::Open(exchange) => {
                let waited = now.saturating_sub(exchange.sent).as_secs();
                self.fail(
                    now,
                    exchange.step,
                    Failure::new(Cause::TimedOut, &format!("no answer for {waited} s")),
                );
            }
        }
    }

    /// The headers of a response have come.
    pub fn handle_response(&mut self, now: Duration, attempt: Attempt, head: ResponseHead) {
        let Some(mut exchange) = self.take(attempt) else { return };
        self.last_heard = now;
        if head.is_ok() {
            self.end_outage();
        }
        exchange.deadline = now + LIST_IDLE_DEADLINE;
        exchange.answer = match (head.is_ok(), exchange.step) {
            (true, Step::List) => {
                self.begin_list();
                Answer::List(ListBody::new(head.encoding))
            }
            (true, Step::Audit) => Answer::List(ListBody::new(head.encoding)),
            (true, step @ (Step::Watch | Step::Stream)) => {
                self.prompt_headers = now.saturating_sub(exchange.sent) <= PROMPT_HEADERS;
                self.rhythm.begin();
                let initial = (step == Step::Stream).then(|| now + STREAM_LIST_DEADLINE);
                match initial {
                    Some(_) => self.begin_list(),
                    None => self.become_live(),
                }
                Answer::Watch(Watch {
                    body: WatchBody::new(head.encoding),
                    opened: now,
                    end_by: now + Duration::from_secs(WATCH_TIMEOUT_SECONDS.end.into()) + WATCH_DEADLINE_MARGIN,
                    useful: false,
                    initial,
                })
            }
            (false, _) => Answer::Refused(head, Vec::new()),
        };
        self.state = State::Open(exchange);
    }

    /// A piece of the body has come. Cut anywhere, of any size.
    pub fn handle_body(&mut self, now: Duration, attempt: Attempt, bytes: &[u8], interner: &mut Interner) {
        let Some(mut exchange) = self.take(attempt) else { return };
        self.last_heard = now;
        self.counters.bytes += bytes.len() as u64;
        exchange.deadline = now + LIST_IDLE_DEADLINE;
        let step = exchange.step;
        let failure = match &mut exchange.answer {
            Answer::List(decoder) => self.decode_list(decoder, step, bytes, interner).err(),
            Answer::Watch(watch) => {
                self.confirmed = now;
                self.decode_watch(now, watch, bytes, interner).err()
            }
            Answer::Refused(_, body) => {
                let room = MAX_ERROR_BODY_BYTES.saturating_sub(body.len());
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                None
            }
            Answer::Awaited => None, // A body before its headers is the driver's mistake, and harmless.
        };
        self.state = State::Open(exchange);
        if let Some(failure) = failure {
            self.close();
            self.fail(now, step, failure);
        }
    }

    /// The response is over, or there was none.
    pub fn handle_end(&mut self, now: Duration, attempt: Attempt, end: End, interner: &mut Interner) {
        let Some(Exchange { step, answer, .. }) = self.take(attempt) else {
            return;
        };
        let failure = match (answer, end) {
            (Answer::List(decoder), end) => match (decoder.finish(), end) {
                (Ok(envelope), _) if step == Step::Audit => return self.end_audit(now, &envelope),
                (Ok(envelope), _) => return self.end_page(now, envelope),
                (Err(_), End::Broken(words)) => Failure::new(Cause::Cut, &words),
                (Err(error), End::Clean) => error.into(),
            },
            (Answer::Watch(mut watch), end) => {
                // A last line that lacks only its newline is complete; anything less never happened.
                let encoding = watch.body.encoding();
                let rest = mem::replace(&mut watch.body, WatchBody::new(encoding)).finish();
                let last = watch_event::decode(encoding, &rest, interner).ok();
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
            (Answer::Refused(head, body), _) => Failure::from_response(&head, &body),
            (Answer::Awaited, End::Broken(words)) => Failure::new(Cause::Unreachable, &words),
            (Answer::Awaited, End::Clean) => Failure::new(Cause::Unreachable, ""),
        };
        self.fail(now, step, failure);
    }

    // Lists.

    fn begin_list(&mut self) {
        if !mem::replace(&mut self.list.begun, true) {
            self.outputs.push_back(Output::Event(Event::Init));
        }
    }

    fn decode_list(
        &mut self,
        decoder: &mut ListBody,
        step: Step,
        bytes: &[u8],
        interner: &mut Interner,
    ) -> Result<(), Failure> {
        let used = decoder.begin(bytes)?;
        if used > 0
            && let Some(envelope) = decoder.envelope()
        {
            // Before the first object is handed on: of another kind, none may be.
            check_kind::<K>(&envelope)?;
            self.list.progress.remaining = envelope.metadata.and_then(|metadata| metadata.remaining_item_count);
        }
        let (outputs, list, counters) = (&mut self.outputs, &mut self.list, &mut self.counters);
        let provided = &mut self.provided;
        let encoding = decoder.encoding();
        let flow = decoder.feed(&bytes[used..], |element| {
            if step == Step::Audit {
                return ControlFlow::Continue(());
            }
            list.progress.received += 1;
            match encoding.decode::<K>(element, interner) {
                Ok(object) => {
                    *provided = true;
                    outputs.push_back(Output::Event(Event::InitApply(object)));
                }
                Err(_) if encoding.is_sound(element) => counters.malformed_objects += 1,
                // Bytes were lost or changed, and with them perhaps the seam between two objects.
                Err(error) => return ControlFlow::Break(Failure::new(Cause::Unreadable, &error.to_string())),
            }
            ControlFlow::Continue(())
        })?;
        match flow {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(failure) => Err(failure),
        }
    }

    fn end_page(&mut self, now: Duration, envelope: ListEnvelope) {
        if let Err(failure) = check_kind::<K>(&envelope) {
            return self.fail(now, Step::List, failure);
        }
        let metadata = envelope.metadata.unwrap_or_default();
        let version = metadata.resource_version.as_deref().and_then(ResourceVersion::new);
        let version = self.list.version.take().or(version);
        match (metadata.continue_token.filter(|token| !token.is_empty()), version) {
            (Some(token), version) => {
                self.list.version = version;
                self.list.continue_token = Some(token);
                self.list.broken = 0;
                self.send(now, Step::List);
            }
            (None, None) => {
                self.fail(
                    now,
                    Step::List,
                    Failure::new(Cause::Unreadable, "the list has no resourceVersion"),
                );
            }
            (None, Some(version)) => {
                self.publish(now, version);
                // At once, but on account of what follows.
                self.rate_limit.take(now);
                self.send(now, Step::Watch);
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
        self.audit = Audit {
            last: now,
            listed: now,
            expected: None,
            trust: self.audit.trust,
        };
    }

    // Watches.

    fn decode_watch(
        &mut self,
        now: Duration,
        watch: &mut Watch,
        bytes: &[u8],
        interner: &mut Interner,
    ) -> Result<(), Failure> {
        let encoding = watch.body.encoding();
        let mut body = mem::replace(&mut watch.body, WatchBody::new(encoding));
        let flow = body.feed(bytes, |event| {
            let handled = match watch_event::decode(encoding, event, interner) {
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
                self.list.progress.received += 1;
                self.provided = true;
                self.outputs.push_back(Output::Event(Event::InitApply(object)));
            }
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
            WatchEvent::Bookmark(bookmark) => {
                self.counters.bookmarks += 1;
                self.rhythm.hear_bookmark(now);
                self.handle_bookmark(now, watch, bookmark);
            }
            WatchEvent::Error(status) => return Err(Failure::from_status(&status)),
            WatchEvent::Ignored => self.counters.ignored_events += 1,
        }
        if let Some(deadline) = &mut watch.initial {
            *deadline = now + STREAM_LIST_DEADLINE;
        }
        Ok(())
    }

    /// Whether the stream has already passed the event's version, as far as the order can be told. A server sends only
    /// what came after the version that was asked for; a proxy that repeats itself could bring the deleted back. What
    /// expires together is deleted under one version, as etcd's leases do with Events.
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

    /// An event was applied: the stream is worth something, and the next one begins behind it. Before the end of the
    /// initial events the order of versions means nothing.
    fn move_on(&mut self, watch: &mut Watch, version: Option<ResourceVersion>) {
        watch.useful = true;
        self.rhythm.hear();
        self.counters.events += 1;
        self.empty_watches = 0;
        self.unreadable_lines = 0;
        self.backoff.reset();
        if let (Some(version), None) = (version, watch.initial) {
            self.settle_count(&version, &[Ordering::Greater]);
            self.move_version(version);
        }
    }

    /// Never back, where the order of two versions can be told: a replayed event does not rewind the stream.
    fn move_version(&mut self, version: ResourceVersion) {
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
            if now.saturating_sub(self.audit.listed) >= RELIST_INTERVAL {
                self.forget_history();
                self.wait(now, Duration::ZERO, self.next_step());
            } else if now.saturating_sub(self.audit.last) >= AUDIT_INTERVAL {
                self.wait(now, Duration::ZERO, Step::Audit);
            } else {
                self.wait(now, Duration::ZERO, Step::Watch);
            }
        } else if watch.useful {
            self.wait(now, Duration::ZERO, Step::Watch);
        } else {
            self.empty_watches += 1;
            let delay = self.backoff.next(REOPEN, None);
            if self.empty_watches >= MAX_EMPTY_WATCHES {
                self.forget_history();
            }
            self.wait(now, delay, self.next_step());
        }
    }

    // Audits.

    /// The envelope of a list of one object tells what the server believes the present to be.
    fn end_audit(&mut self, now: Duration, envelope: &ListEnvelope) {
        self.audit.last = now;
        self.outage = Outage::None;
        self.confirmed = now;
        self.counters.audits += 1;
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
            } else if self.audit.trust != CountTrust::None
                && let Some(remaining) = metadata.remaining_item_count
            {
                self.audit.expected = Some((theirs.clone(), remaining + 1));
                if order == Some(Ordering::Equal) {
                    // Nothing is on its way. A server where nothing happens would not say so again.
                    self.settle_count(&theirs, &[Ordering::Equal]);
                }
            }
        }
        self.wait(now, Duration::ZERO, self.next_step());
    }

    /// The stream is about to leave, or has just reached, the version of the last audit: what the store holds now is
    /// what the server counted then.
    fn settle_count(&mut self, version: &ResourceVersion, orders: &[Ordering]) {
        let is_due = |(counted, _): &mut (ResourceVersion, u64)| {
            version.compare(counted).is_some_and(|order| orders.contains(&order))
        };
        if let Some((_, count)) = self.audit.expected.take_if(is_due) {
            self.outputs.push_back(Output::Count(count));
        }
    }

    // Requests.

    fn next_step(&self) -> Step {
        match (&self.version, self.initial) {
            (Some(_), _) if self.outage != Outage::None => Step::Audit,
            (Some(_), _) => Step::Watch,
            (None, InitialList::Stream) => Step::Stream,
            (None, InitialList::Unlimited | InitialList::Pages(_)) => Step::List,
        }
    }

    /// A page that was under way is asked for again; anything else begins anew.
    fn next_step_after(&mut self, step: Step) -> Step {
        if step != Step::List {
            self.list = List::default();
        }
        self.next_step()
    }

    /// What was published stays; the next request is a list.
    fn forget_history(&mut self) {
        self.version = None;
        self.empty_watches = 0;
        self.unreadable_lines = 0;
        self.list = List::default();
    }

    /// What to ask for instead of a watch, if a whole restore may have gone unnoticed: while the page was hidden, the
    /// machine slept, a connection was dead, or a delay was long. A watch would be accepted, and once the server's
    /// versions have overtaken ours, nothing tells any more that what it leaves out is missing.
    fn doubt_history(&mut self, now: Duration, step: Step) -> Step {
        if step == Step::Watch && now.saturating_sub(self.confirmed) >= FASTEST_RESTORE {
            self.outage = Outage::Over;
            return Step::Audit;
        }
        step
    }

    fn send(&mut self, now: Duration, step: Step) {
        let step = self.doubt_history(now, step);
        if matches!(step, Step::List | Step::Stream) && self.list.continue_token.is_none() {
            // From its beginning, and so is what is staged: what came of a try that was given up may be gone by now.
            self.list = List {
                broken: self.list.broken,
                ..List::default()
            };
        }
        let mut timeout_seconds = || self.random.u32(WATCH_TIMEOUT_SECONDS);
        let url = match (step, &self.version) {
            (Step::Watch, Some(version)) => self.collection.watch_url::<K>(version, timeout_seconds()),
            (Step::Stream, _) => self.collection.stream_url::<K>(timeout_seconds()),
            (Step::Audit, _) => self.collection.list_url::<K>(Some(1), None),
            (Step::List | Step::Watch, _) => {
                let limit = match self.initial {
                    InitialList::Pages(limit) => Some(limit),
                    InitialList::Unlimited | InitialList::Stream => None,
                };
                self.collection
                    .list_url::<K>(limit, self.list.continue_token.as_deref())
            }
        };
        self.attempt.0 += 1;
        self.counters.requests += 1;
        let patience = if self.prompt_headers {
            PROMPT_HEADER_DEADLINE
        } else {
            HEADER_DEADLINE
        };
        self.state = State::Open(Exchange {
            step,
            sent: now,
            deadline: now + patience,
            answer: Answer::Awaited,
        });
        self.outputs.push_back(Output::Send(Request {
            attempt: self.attempt,
            verb: step.verb(),
            url,
        }));
    }

    fn wait(&mut self, now: Duration, delay: Duration, step: Step) {
        let until = self.rate_limit.next(now + delay);
        self.state = State::Waiting { until, step };
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
        self.was_live = true;
        self.lost = None;
        self.failures = 0;
        self.failure = None;
        self.unwatched = 0;
    }

    /// Not known to be current from `at` on, unless it was not before.
    fn lose(&mut self, at: Duration) {
        self.lost = Some(self.lost.map_or(at, |since| since.min(at)));
    }

    fn fail(&mut self, now: Duration, step: Step, failure: Failure) {
        if step == Step::Watch && failure.cause == Cause::WatchUnsupported {
            // Not a failure but a kind that has to be polled. Current as of now.
            self.become_live();
            self.forget_history();
            return self.wait(now, POLL_INTERVAL, Step::List);
        }
        self.lose(now);
        self.failures = self.failures.saturating_add(1);
        self.counters.failures += 1;
        if matches!(failure.cause, Cause::Unreachable | Cause::ApiServerDown) {
            self.outage = Outage::Ongoing;
        } else {
            self.end_outage();
        }
        let delay = self.backoff.next(failure.policy(), failure.retry_after);
        match step {
            Step::List => self.recover_list(failure.cause),
            Step::Stream => self.recover_stream(failure.cause),
            Step::Audit => self.audit.last = now,
            Step::Watch => self.recover_watch(now + delay, failure.cause),
        }
        self.failure = Some(Failure {
            verb: step.verb(),
            ..failure
        });
        self.wait(now, delay, self.next_step());
    }

    /// Something answered: however long it took, what it says is the first of its kind.
    fn end_outage(&mut self) {
        if self.outage == Outage::Ongoing {
            self.outage = Outage::Over;
            self.backoff.reset();
        }
    }

    /// Decides whether the next watch can go on where this one ended. Where watches fail and lists may not, as by a right
    /// to `list` alone or behind a proxy that holds streams back, the picture is as old as its list. `next` is when the next
    /// request is due.
    fn recover_watch(&mut self, next: Duration, cause: Cause) {
        if matches!(
            cause,
            Cause::Unreachable | Cause::ApiServerDown | Cause::Unauthorized | Cause::SignIn | Cause::TooManyRequests
        ) {
            return; // A list would fare no better.
        }
        self.unwatched = self.unwatched.saturating_add(1);
        let patience = if self.unwatched < UNWATCHED_FAILURES {
            RELIST_INTERVAL
        } else {
            UNWATCHED_RELIST_INTERVAL
        };
        let is_old = next.saturating_sub(self.audit.listed) >= patience;
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
        self.initial = InitialList::Pages(PAGE_LIMIT);
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

fn check_kind<K: Resource>(envelope: &ListEnvelope) -> Result<(), Failure> {
    match envelope.kind.as_deref() {
        Some(kind) if kind == K::Full::LIST_KIND => Ok(()),
        Some(kind) => Err(Failure::new(Cause::NotKubernetes, &format!("the answer is a {kind}"))),
        None => Err(Failure::new(
            Cause::NotKubernetes,
            "the answer is JSON, but not a Kubernetes list",
        )),
    }
}
