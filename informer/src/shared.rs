//! One informer for many readers, over any HTTP client.
//!
//! ```no_run
//! # #[cfg(all(feature = "hyper", not(target_arch = "wasm32")))]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use futures_util::StreamExt as _;
//! use k8bit_informer::{
//!     InformerConfig, hyper::HyperTransport, kinds::Typed, request::Collection, shared::SharedInformer, store::Change,
//! };
//! use k8s_openapi::api::apps::v1::Deployment;
//!
//! let transport = HyperTransport::http("http://127.0.0.1:8001")?; // kubectl proxy
//! let all = Collection::of::<Deployment>();
//! let deployments = SharedInformer::<Typed<Deployment>>::spawn(transport, all, InformerConfig::default());
//! deployments.ready().await?;
//! println!("{} deployments", deployments.store().len());
//! let mut changes = deployments.subscribe();
//! while let Some(change) = changes.next().await {
//!     if let Change::Modified { new, .. } = change {
//!         println!("{:?}", new.status);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`SharedInformer`] is a handle: its clones look at the same objects, and one list and one watch serve them all. It
//! runs as long as a handle, a reader or a subscription of it is there.
//!
//! A [`Subscription`] begins with the objects that exist, as [`Change::Listed`], and goes on with exactly what changes. A
//! reader that is slower than the server holds up nobody and misses nothing: what it has not taken is merged, object by
//! object, so that it gets fewer changes and ends with the truth. So every queue is bounded.
//!
//! A program with one reader does not need it. K8bit's own page drives [`Informer`]s and [`Store`]s directly, because its
//! stores and what it derives from them change in one step, without a lock or a queue between them. Everything that keeps a
//! store true is in the informer, and is the same here and there.
//!
//! Nothing here depends on a runtime. [`SharedInformer::new`] returns a future that lets the informer run, and needs a
//! [`Transport`].

mod drive;
mod queue;
mod transport;

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_core::Stream;

use crate::{
    config::InformerConfig,
    failure::Failure,
    informer::{Counters, Informer, ListProgress, Output},
    limits::STALE_AFTER,
    meta::{ObjectKey, ResourceVersion},
    request::{Collection, Request, RequestId},
    resource::Resource,
    store::{Change, Scope, Store},
    transport::TransportState,
};
use drive::Arrival;
use queue::ChangeQueue;
pub use transport::{NoResponse, StreamedResponse, Transport};

/// Changes that a subscription keeps one by one before it merges those of one object.
pub const SUBSCRIPTION_CHANGES: usize = 10_000;

/// The informer's future ended, because its last handle was dropped or the runtime gave it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the informer was stopped")]
pub struct InformerStopped;

/// A handle of an informer and its store. See the [module](self).
pub struct SharedInformer<K: Resource> {
    handle: Arc<Handle<K>>,
}

/// What a shared informer is worth at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct InformerStatus {
    /// A list was complete: the store is no part of what there is, but all of it at some moment.
    pub is_ready: bool,
    /// A watch is open and the store is current.
    pub is_live: bool,
    /// For how long the store may have been outdated; `None` while it is live.
    pub lost_for: Option<Duration>,
    /// Progress of the list under way.
    pub listing: Option<ListProgress>,
    /// The last failure since it was last live.
    pub last_failure: Option<Failure>,
    /// Failed attempts since it was last live.
    pub failures: u32,
    /// When the next attempt begins, while it waits for one.
    pub next_attempt_in: Option<Duration>,
    /// Objects in the store.
    pub objects: usize,
    /// Objects for which there was no room: see [`InformerConfig::max_objects`].
    pub left_out: u64,
    /// The version from which the next watch goes on.
    pub resource_version: Option<ResourceVersion>,
    /// What was learnt of the way to the server.
    pub transport: TransportState,
    /// What was counted.
    pub counters: Counters,
}

/// Reads the store of a shared informer. Each call looks at the present content.
pub struct StoreReader<K: Resource> {
    handle: Arc<Handle<K>>,
}

/// The changes of a store, as a stream. It ends when the informer was stopped.
pub struct Subscription<K: Resource> {
    handle: Arc<Handle<K>>,
    number: u64,
}

/// Told whenever the worth of the store changes: ready, live, or another failure. It begins with the present status.
pub struct StatusStream<K: Resource> {
    handle: Arc<Handle<K>>,
    /// The change of status that was told last.
    told: Option<u64>,
}

/// Whoever holds one keeps the informer running.
struct Handle<K: Resource> {
    shared: Arc<SharedState<K>>,
    now: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl<K: Resource> Drop for Handle<K> {
    fn drop(&mut self) {
        self.shared.lock().close();
    }
}

/// What handles and the running future share.
struct SharedState<K: Resource>(Mutex<SharedParts<K>>);

struct SharedParts<K: Resource> {
    informer: Informer<K>,
    store: Store<K>,
    scope: Scope,
    interner: K::Interner,
    subscribers: Vec<Subscriber<K>>,
    subscriptions: u64,
    /// Who waits for another status.
    waiting: Vec<Waker>,
    /// Counts changes of the status.
    status_changes: u64,
    /// Ready, live, and the failure, as they were last told.
    told: (bool, bool, Option<Failure>),
    calls: VecDeque<Call>,
    is_paused: bool,
    /// When it was last called.
    settled: Duration,
    driver: Option<Waker>,
    is_closed: bool,
    is_stopped: bool,
}

struct Subscriber<K: Resource> {
    number: u64,
    queue: ChangeQueue<K>,
    waker: Option<Waker>,
}

/// What a handle wants of the informer.
enum Call {
    Pause,
    Resume,
    RetrySignIn,
}

/// What the running future is to do.
#[derive(Default)]
struct Requests {
    sent: Vec<Request>,
    aborted: Vec<RequestId>,
}

impl<K: Resource> SharedState<K> {
    /// A reader that panicked has changed nothing.
    fn lock(&self) -> MutexGuard<'_, SharedParts<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Resource> SharedParts<K> {
    fn begin(&mut self, now: Duration) {
        self.settled = now;
        self.informer.resume(now);
    }

    /// Does what handles have called for, and hands on what the informer says.
    fn settle(&mut self, now: Duration) -> Requests {
        while let Some(call) = self.calls.pop_front() {
            match call {
                Call::Pause => {
                    self.is_paused = true;
                    self.informer.pause(now);
                }
                Call::Resume => {
                    self.is_paused = false;
                    self.informer.resume(now);
                }
                Call::RetrySignIn => self.informer.retry_sign_in(now),
            }
        }
        // Nothing tells a program that the machine slept, but that it was not called.
        let has_slept = now.saturating_sub(mem::replace(&mut self.settled, now)) > STALE_AFTER;
        if has_slept && !self.is_paused {
            self.informer.resume(now);
        }
        self.informer.handle_timeout(now);
        let mut requests = Requests::default();
        let mut changes = Vec::new();
        while let Some(output) = self.informer.poll_output() {
            match output {
                Output::Send(request) => requests.sent.push(request),
                Output::Abort(attempt) => {
                    requests.sent.retain(|request| request.attempt != attempt);
                    requests.aborted.push(attempt);
                }
                Output::Event(event) => self.store.handle(&self.scope, event, &mut changes),
                Output::Count(counted) => {
                    let held = self.store.count(&self.scope);
                    self.informer.compare_count(now, held, counted);
                }
            }
        }
        if !changes.is_empty() {
            for subscriber in &mut self.subscribers {
                changes.iter().for_each(|change| subscriber.queue.push(change.clone()));
                subscriber.wake();
            }
        }
        self.tell_status(now);
        requests
    }

    fn tell_status(&mut self, now: Duration) {
        let failure = self.informer.failure();
        let (is_ready, is_live, told) = &self.told;
        let is_same = *is_ready == self.informer.is_synced()
            && *is_live == self.informer.lost_since(now).is_none()
            && told.as_ref() == failure;
        if !is_same {
            let is_live = self.informer.lost_since(now).is_none();
            self.told = (self.informer.is_synced(), is_live, failure.cloned());
            self.status_changes += 1;
            self.waiting.drain(..).for_each(Waker::wake);
        }
    }

    fn next_timeout(&self, now: Duration) -> Duration {
        let due = self.informer.next_timeout().into_iter().chain(self.informer.loses_at());
        due.filter(|due| *due > now).min().unwrap_or(Duration::MAX)
    }

    fn receive(&mut self, now: Duration, attempt: RequestId, arrival: Arrival) {
        let (informer, interner) = (&mut self.informer, &mut self.interner);
        match arrival {
            Arrival::Head(head) => informer.handle_response(now, attempt, head),
            Arrival::Piece(bytes) => informer.handle_body(now, attempt, &bytes, interner),
            Arrival::NoCarrier => informer.handle_no_carrier(now, attempt),
            Arrival::End(end) => informer.handle_end(now, attempt, end, interner),
        }
    }

    /// Whether there is something to do before anything arrives; otherwise `waker` is called when there is.
    fn is_called(&mut self, waker: &Waker) -> bool {
        self.driver = Some(waker.clone());
        self.is_closed || !self.calls.is_empty()
    }

    fn call(&mut self, call: Call) {
        self.calls.push_back(call);
        self.driver.take().into_iter().for_each(Waker::wake);
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.driver.take().into_iter().for_each(Waker::wake);
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn stop(&mut self) {
        self.is_stopped = true;
        self.waiting.drain(..).for_each(Waker::wake);
        self.subscribers.iter_mut().for_each(Subscriber::wake);
    }

    fn subscriber(&mut self, number: u64) -> Option<&mut Subscriber<K>> {
        self.subscribers.iter_mut().find(|it| it.number == number)
    }
}

impl<K: Resource> Subscriber<K> {
    fn wake(&mut self) {
        self.waker.take().into_iter().for_each(Waker::wake);
    }
}

impl<K> SharedInformer<K>
where
    K: Resource + Send + Sync,
    K::Interner: Send,
{
    /// An informer of `collection`, and the future that lets it run. The future ends when the last handle, reader and
    /// subscription is dropped; to drop the future stops the informer at once.
    pub fn new<T: Transport>(
        transport: T,
        collection: Collection,
        config: InformerConfig,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let transport = Arc::new(transport);
        let mut informer = Informer::new(collection, config, transport.seed());
        informer.set_transport(transport.state());
        let parts = SharedParts {
            scope: Scope::of(informer.collection()),
            store: Store::with_limit(informer.config().max_objects),
            informer,
            interner: K::Interner::default(),
            subscribers: Vec::new(),
            subscriptions: 0,
            waiting: Vec::new(),
            status_changes: 0,
            told: (false, false, None),
            calls: VecDeque::new(),
            is_paused: false,
            settled: Duration::ZERO,
            driver: None,
            is_closed: false,
            is_stopped: false,
        };
        let shared = Arc::new(SharedState(Mutex::new(parts)));
        let clock = Arc::clone(&transport);
        let handle = Handle {
            shared: Arc::clone(&shared),
            now: Box::new(move || clock.now()),
        };
        let informer = Self {
            handle: Arc::new(handle),
        };
        (informer, drive::drive(transport, shared))
    }
}

impl<K: Resource> SharedInformer<K> {
    /// The store.
    #[must_use]
    pub fn store(&self) -> StoreReader<K> {
        StoreReader {
            handle: Arc::clone(&self.handle),
        }
    }

    /// All objects that exist, and then what changes.
    #[must_use]
    pub fn subscribe(&self) -> Subscription<K> {
        self.subscribe_with(SUBSCRIPTION_CHANGES)
    }

    /// The same for a reader of which at most `changes` are kept one by one while it does not take them.
    #[must_use]
    pub fn subscribe_with(&self, changes: usize) -> Subscription<K> {
        let mut parts = self.handle.shared.lock();
        parts.subscriptions += 1;
        let number = parts.subscriptions;
        let mut queue = ChangeQueue::new(changes);
        for object in parts.store.sorted() {
            queue.push(Change::Listed(Arc::clone(object)));
        }
        parts.subscribers.push(Subscriber {
            number,
            queue,
            waker: None,
        });
        Subscription {
            handle: Arc::clone(&self.handle),
            number,
        }
    }

    /// Waits until the store holds a complete list.
    ///
    /// A server that is gone, or that refuses, is asked again and again: wait no longer than makes sense, and see
    /// [`SharedInformer::status`] for the reason.
    ///
    /// # Errors
    /// When the informer was stopped before.
    pub async fn ready(&self) -> Result<(), InformerStopped> {
        poll_fn(|context| {
            let mut parts = self.handle.shared.lock();
            if parts.informer.is_synced() {
                return Poll::Ready(Ok(()));
            }
            if parts.is_stopped {
                return Poll::Ready(Err(InformerStopped));
            }
            parts.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// What the store is worth now, and the last failure.
    #[must_use]
    pub fn status(&self) -> InformerStatus {
        self.handle.status()
    }

    /// The status now, and whenever it changes.
    #[must_use]
    pub fn statuses(&self) -> StatusStream<K> {
        StatusStream {
            handle: Arc::clone(&self.handle),
            told: None,
        }
    }

    /// Gives the open request up until [`SharedInformer::resume`]. The store stays as it is.
    pub fn pause(&self) {
        self.handle.shared.lock().call(Call::Pause);
    }

    /// Goes on after a pause, or repeats the open request: when the network is back, or the machine wakes.
    pub fn resume(&self) {
        self.handle.shared.lock().call(Call::Resume);
    }

    /// Tries at once again if the server wanted other credentials.
    pub fn retry_sign_in(&self) {
        self.handle.shared.lock().call(Call::RetrySignIn);
    }
}

impl<K: Resource> Handle<K> {
    fn status(&self) -> InformerStatus {
        let now = (self.now)();
        let parts = self.shared.lock();
        let informer = &parts.informer;
        let lost = informer.lost_since(now);
        InformerStatus {
            is_ready: informer.is_synced(),
            is_live: lost.is_none(),
            lost_for: lost.map(|since| now.saturating_sub(since)),
            listing: informer.listing(),
            last_failure: informer.failure().cloned(),
            failures: informer.failures(),
            next_attempt_in: informer.next_attempt().map(|next| next.saturating_sub(now)),
            objects: parts.store.len(),
            left_out: parts.store.left_out(),
            resource_version: informer.resource_version().cloned(),
            transport: informer.transport(),
            counters: informer.counters(),
        }
    }
}

impl<K: Resource> StoreReader<K> {
    /// The object of this name; kinds without namespaces have an empty one.
    #[must_use]
    pub fn find(&self, namespace: &str, name: &str) -> Option<Arc<K>> {
        self.with(|store| store.find(namespace, name).cloned())
    }

    /// The object of this key.
    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.with(|store| store.get(key).cloned())
    }

    /// All objects, by namespace and name.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<K>> {
        self.with(|store| store.sorted().into_iter().map(Arc::clone).collect())
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.with(Store::len)
    }

    /// Whether there is no object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.with(Store::is_empty)
    }

    /// Looks at the store as it is at one moment. The informer waits meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&Store<K>) -> T) -> T {
        look(&self.handle.shared.lock().store)
    }
}

impl<K: Resource> Subscription<K> {
    /// The next change, if there is one already.
    pub fn try_next(&mut self) -> Option<Change<K>> {
        self.handle.shared.lock().subscriber(self.number)?.queue.pop()
    }

    /// Changes that wait to be taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let mut parts = self.handle.shared.lock();
        parts.subscriber(self.number).map_or(0, |it| it.queue.len())
    }

    /// Changes that were merged into others because this reader was slow.
    #[must_use]
    pub fn merged(&self) -> u64 {
        let mut parts = self.handle.shared.lock();
        parts.subscriber(self.number).map_or(0, |it| it.queue.merged())
    }
}

impl<K: Resource> Stream for Subscription<K> {
    type Item = Change<K>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change<K>>> {
        let mut parts = self.handle.shared.lock();
        let is_stopped = parts.is_stopped;
        let Some(subscriber) = parts.subscriber(self.number) else {
            return Poll::Ready(None);
        };
        match subscriber.queue.pop() {
            Some(change) => Poll::Ready(Some(change)),
            None if is_stopped => Poll::Ready(None),
            None => {
                subscriber.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<K: Resource> Drop for Subscription<K> {
    fn drop(&mut self) {
        let mut parts = self.handle.shared.lock();
        parts.subscribers.retain(|it| it.number != self.number);
    }
}

impl<K: Resource> Stream for StatusStream<K> {
    type Item = InformerStatus;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<InformerStatus>> {
        let mut parts = self.handle.shared.lock();
        let changes = parts.status_changes;
        if self.told == Some(changes) {
            if parts.is_stopped {
                return Poll::Ready(None);
            }
            parts.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        drop(parts);
        self.told = Some(changes);
        Poll::Ready(Some(self.handle.status()))
    }
}

impl<K: Resource> Clone for SharedInformer<K> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
        }
    }
}

impl<K: Resource> Clone for StoreReader<K> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
        }
    }
}

/// Handles print what they are worth, and not a cluster.
macro_rules! debug_as_status {
    ($($handle:ident),*) => {
        $(impl<K: Resource> std::fmt::Debug for $handle<K> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($handle)).field(&self.handle.status()).finish()
            }
        })*
    };
}

debug_as_status!(SharedInformer, StoreReader, Subscription, StatusStream);
