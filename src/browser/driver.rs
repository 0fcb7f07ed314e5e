//! Drives the cluster cache: its requests with `fetch` or a WebSocket, its timeouts with timers, its picture once per animation
//! frame.

use std::{
    cell::{Cell, RefCell, RefMut},
    rc::Rc,
    time::Duration,
};

use gloo_timers::callback::{Interval, Timeout};
use k8bit_informer::{
    failure::ResponseHead,
    fetch::Yielder,
    request::{Request, RequestId},
};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Event, EventTarget};

use super::{
    clock,
    exchange::{self, ExchangeOutcome, Sink},
    task, token, transport,
};
use crate::{
    clock::Moment,
    cluster_cache::{Action, ClusterCache, CollectionId},
    diagnostics::Diagnostics,
    limits::{
        FILLING_COMMIT_INTERVAL, HIDDEN_PAUSE, INGEST_PIECE_BYTES, INGEST_SLICE, MAX_DRAWING_PAUSE, SMOOTH_FRAME,
    },
    sleep,
};

/// The unit in which a WebAssembly memory is measured.
const WASM_PAGE_BYTES: u64 = 64 << 10;

/// Runs for as long as the page. Held by its own callbacks.
pub struct Driver {
    cache: RefCell<ClusterCache>,
    /// A few at a time. Dropping one gives it up.
    requests: RefCell<Vec<Open>>,
    timeout: RefCell<Option<Planned>>,
    /// What leads to the next drawing, while something does.
    next_frame: RefCell<NextFrame>,
    /// Something changed that has not been drawn.
    is_undrawn: Cell<bool>,
    /// The frame before drew, at this time: the next one shows how long that took.
    drawn: Cell<Option<Duration>>,
    /// No drawing before this.
    pause_until: Cell<Duration>,
    on_frame: RefCell<Option<Closure<dyn FnMut()>>>,
    /// Draws what became dirty.
    commit: RefCell<Option<Commit>>,
    /// When the picture was last drawn.
    last_commit: Cell<Duration>,
    /// There were pods in it.
    pods_drawn: Cell<bool>,
    /// When the last tick was, to notice sleep: by the monotonic clock and by the browser's own on the wall.
    last_tick: Cell<Moment>,
    /// Since when the page has been hidden.
    hidden_since: Cell<Option<Duration>>,
    /// The streams were given up until the page is shown again.
    is_paused: Cell<bool>,
    /// Bodies of which a part has arrived that the cluster cache has not seen.
    ingesting: Cell<u32>,
    /// How long bodies have been decoded since the page last let others run.
    slice: Cell<Duration>,
}

/// What draws.
type Commit = Rc<dyn Fn()>;

/// What leads to the next drawing.
#[derive(Default)]
enum NextFrame {
    #[default]
    None,
    /// An animation frame that has not come.
    Requested,
    /// A list is arriving, of which a part was drawn a moment ago. Frames that draw nothing would still be made by the browser,
    /// which takes them from the time that decoding has.
    Waiting(#[expect(dead_code, reason = "dropping it cancels it")] Timeout),
}

/// A timer.
struct Planned {
    due: Duration,
    /// Dropping it cancels what has not rung, and lets go of what has.
    _timer: Timeout,
}

/// A request under way.
struct Open {
    /// Whose request it is, and which of them.
    of: (CollectionId, RequestId),
    #[expect(dead_code, reason = "dropping it gives the request up")]
    task: task::Task,
}

/// Hands what comes of one request to the cluster cache.
struct CacheSink {
    driver: Rc<Driver>,
    stream: CollectionId,
    attempt: RequestId,
    yielder: Yielder,
}

impl Sink for CacheSink {
    async fn head(&self, head: ResponseHead) {
        self.driver
            .drive(|cache, clock, tasks| cache.handle_response(clock, self.stream, self.attempt, head, tasks));
    }

    async fn body(&self, bytes: &[u8]) {
        self.driver
            .ingest(self.stream, self.attempt, bytes, &self.yielder)
            .await;
    }
}

/// Counts a piece that is being decoded, also where its request is given up meanwhile.
struct Ingesting<'a>(&'a Cell<u32>);

impl<'a> Ingesting<'a> {
    fn begin(count: &'a Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Ingesting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Driver {
    /// A driver that begins with [`Driver::run`].
    #[must_use]
    pub fn new(mut cache: ClusterCache) -> Rc<Self> {
        cache.set_transport(transport::known());
        Rc::new(Self {
            cache: RefCell::new(cache),
            requests: RefCell::default(),
            timeout: RefCell::default(),
            next_frame: RefCell::default(),
            is_undrawn: Cell::new(false),
            drawn: Cell::new(None),
            pause_until: Cell::new(Duration::ZERO),
            on_frame: RefCell::default(),
            commit: RefCell::default(),
            last_commit: Cell::new(Duration::ZERO),
            pods_drawn: Cell::new(false),
            last_tick: Cell::new(clock::browser()),
            // A page that opens hidden is told of it by no event.
            hidden_since: Cell::new(is_hidden().then(|| clock::now().monotonic)),
            is_paused: Cell::new(false),
            ingesting: Cell::new(0),
            slice: Cell::new(Duration::ZERO),
        })
    }

    /// Begins. `commit` draws what became dirty: at most once per animation frame when something changed, and once a
    /// second for what shows the time.
    pub fn run(self: &Rc<Self>, commit: impl Fn() + 'static) {
        self.commit.replace(Some(Rc::new(commit)));
        let driver = Rc::clone(self);
        let on_frame = Closure::new(move || {
            let now = clock::monotonic();
            if driver.may_draw(now) && driver.rest(now).is_none() && driver.is_undrawn.get() {
                driver.drawn.set(Some(now));
                driver.draw(now);
            }
            driver.next_frame.take();
            if driver.is_undrawn.get() || driver.drawn.get().is_some() {
                driver.await_frame();
            }
        });
        self.on_frame.replace(Some(on_frame));
        self.listen();
        self.drive(|cache, clock, tasks| cache.resume(clock, tasks));
    }

    fn draw(&self, now: Duration) {
        self.is_undrawn.set(false);
        self.last_commit.set(now);
        self.pods_drawn.set(!self.cache.borrow().pods().is_empty());
        let commit = self.commit.borrow().clone();
        if let Some(commit) = commit {
            commit();
        }
    }

    /// How long nothing more is drawn, while pods were drawn a moment ago of a list that is arriving: the rest is waiting for
    /// the time that drawing takes.
    fn rest(&self, now: Duration) -> Option<Duration> {
        if !self.pods_drawn.get() || !self.cache.borrow().is_filling() {
            return None;
        }
        (self.last_commit.get() + FILLING_COMMIT_INTERVAL)
            .checked_sub(now)
            .filter(|rest| !rest.is_zero())
    }

    /// The cluster cache. Not to be kept: the driver needs it for everything that happens.
    pub fn cache(&self) -> RefMut<'_, ClusterCache> {
        self.cache.borrow_mut()
    }

    /// What a bug report needs to know, with what the cluster cache cannot know: the memory.
    #[must_use]
    pub fn diagnostics(&self) -> Diagnostics {
        let mut diagnostics = self.cache.borrow().diagnostics(clock::now());
        diagnostics.memory_bytes = Some(core::arch::wasm32::memory_size::<0>() as u64 * WASM_PAGE_BYTES);
        diagnostics.browser_clock_ahead_seconds = Some(clock::browser_ahead());
        diagnostics
    }

    /// Whether something has arrived that is still to be drawn.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.is_undrawn.get() || self.ingesting.get() > 0
    }

    /// Once a second the clocks on the page move on; what shows that time was lost leads to a look at every connection,
    /// because nothing tells a page that the machine slept. And a page that nobody looks at lets its streams go, for
    /// others to have.
    fn listen(self: &Rc<Self>) {
        let driver = Rc::clone(self);
        Interval::new(1_000, move || driver.tick()).forget();
        self.on_window("online", |driver, _| {
            if !driver.is_paused.get() {
                driver.drive(|cache, clock, tasks| cache.resume(clock, tasks));
            }
        });
        let driver = Rc::clone(self);
        // The open streams were opened with another token, perhaps of somebody with other rights.
        token::on_entry(move || {
            if !driver.is_paused.get() {
                driver.drive(|cache, clock, tasks| cache.resume(clock, tasks));
            }
        });
        let driver = Rc::clone(self);
        token::on_other_user(move || {
            driver.drive(|cache, clock, tasks| cache.start_over(clock, tasks));
            if !driver.is_paused.get() {
                driver.drive(|cache, clock, tasks| cache.resume(clock, tasks));
            }
        });
        self.on_window("pagehide", |driver, _| driver.pause());
        self.on_document("freeze", |driver, _| driver.pause());
        self.on_document("resume", |driver, _| driver.resume());
        self.on_document("visibilitychange", |driver, _| {
            // Whatever is measured between the frames of before and after is no drawing.
            driver.drawn.set(None);
            if is_hidden() {
                driver.hidden_since.set(Some(clock::now().monotonic));
            } else {
                driver.hidden_since.set(None);
                driver.resume();
                // Perhaps the user comes back from a login.
                driver.drive(|cache, clock, tasks| cache.retry_sign_in(clock, tasks));
                driver.request_frame();
            }
        });
        self.on_window("pageshow", |driver, event| {
            // The first pageshow belongs to the load; a later one brings a page back from the cache.
            let persisted = js_sys::Reflect::get(event, &"persisted".into()).is_ok_and(|value| value.is_truthy());
            if persisted {
                driver.resume();
            }
        });
    }

    fn tick(self: &Rc<Self>) {
        let hidden_for = |now: Moment| self.hidden_since.get().map(|since| now.monotonic.saturating_sub(since));
        let mut now = clock::browser();
        let lost = sleep::lost_between(self.last_tick.get(), now, hidden_for(now).is_some());
        if !lost.unnoticed.is_zero() {
            clock::sleep(lost.unnoticed);
            now = clock::browser();
            // It stood still as well.
            drop(self.timeout.take());
        }
        self.last_tick.set(now);
        let hidden_for = hidden_for(now);
        if lost.is_jump {
            clock::doubt();
        }
        if hidden_for.is_some_and(|time| time >= HIDDEN_PAUSE) {
            self.pause();
        } else if lost.is_jump {
            self.drive(|cache, clock, tasks| cache.resume(clock, tasks));
        } else {
            self.drive(|cache, clock, tasks| cache.handle_timeout(clock, tasks));
        }
        // A hidden page has no frames, and a title and an icon that are seen.
        if hidden_for.is_some() {
            self.draw(clock::monotonic());
        } else {
            self.request_frame();
        }
    }

    fn pause(self: &Rc<Self>) {
        if !self.is_paused.replace(true) {
            self.drive(|cache, clock, tasks| cache.pause(clock, tasks));
            // No frame comes any more, and the first thing that is seen of a page that comes back is what was drawn last.
            self.draw(clock::monotonic());
        }
    }

    fn resume(self: &Rc<Self>) {
        if self.is_paused.replace(false) {
            self.drive(|cache, clock, tasks| cache.resume(clock, tasks));
        }
    }

    fn on_window(self: &Rc<Self>, event: &str, handle: fn(&Rc<Self>, &Event)) {
        if let Some(window) = web_sys::window() {
            self.on(&window, event, handle);
        }
    }

    fn on_document(self: &Rc<Self>, event: &str, handle: fn(&Rc<Self>, &Event)) {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            self.on(&document, event, handle);
        }
    }

    fn on(self: &Rc<Self>, target: &EventTarget, event: &str, handle: fn(&Rc<Self>, &Event)) {
        let driver = Rc::clone(self);
        let closure = Closure::<dyn FnMut(Event)>::new(move |event| handle(&driver, &event));
        // Fails for no event that the DOM knows.
        let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        closure.forget();
    }

    /// Lets something happen to the cluster cache, and does what it then wants.
    fn drive(self: &Rc<Self>, happen: impl FnOnce(&mut ClusterCache, Moment, &mut Vec<Action>)) {
        let mut tasks = Vec::new();
        happen(&mut self.cache.borrow_mut(), clock::now(), &mut tasks);
        self.carry_out(tasks);
    }

    /// Not part of [`Driver::drive`], which is compiled for each thing that may happen.
    fn carry_out(self: &Rc<Self>, tasks: Vec<Action>) {
        for task in tasks {
            match task {
                Action::Send(stream, request) => {
                    let of = (stream, request.attempt);
                    // Begins in a later microtask, so that it is there to be given up.
                    let task = task::Task::spawn(Rc::clone(self).exchange(stream, request));
                    self.requests.borrow_mut().push(Open { of, task });
                }
                Action::Abort(stream, attempt) => drop(self.take_request(stream, attempt)),
            }
        }
        transport::learn(self.cache.borrow().transport());
        self.schedule();
        self.request_frame();
    }

    fn take_request(&self, stream: CollectionId, attempt: RequestId) -> Option<Open> {
        let mut requests = self.requests.borrow_mut();
        let index = requests.iter().position(|open| open.of == (stream, attempt))?;
        Some(requests.swap_remove(index))
    }

    async fn exchange(self: Rc<Self>, stream: CollectionId, request: Request) {
        let attempt = request.attempt;
        let sink = CacheSink {
            driver: Rc::clone(&self),
            stream,
            attempt,
            yielder: Yielder::new(),
        };
        let outcome = exchange::carry(&request, &sink).await;
        let own = self.take_request(stream, attempt);
        self.drive(|cache, clock, tasks| match outcome {
            ExchangeOutcome::Ended(end) => cache.handle_end(clock, stream, attempt, end, tasks),
            ExchangeOutcome::NoCarrier => cache.handle_no_carrier(clock, stream, attempt, tasks),
        });
        // It is this task.
        drop(own);
    }

    /// Hands bytes on in slices of time, so that the page stays responsive however much has arrived. A macrotask lies
    /// between two slices, because microtasks would keep the page from being drawn; and as a piece that the browser holds
    /// ready is read in a microtask, a slice is one of all pieces and streams together.
    async fn ingest(self: &Rc<Self>, stream: CollectionId, attempt: RequestId, bytes: &[u8], yielder: &Yielder) {
        let _ingesting = Ingesting::begin(&self.ingesting);
        for piece in bytes.chunks(INGEST_PIECE_BYTES) {
            let began = clock::now().monotonic;
            self.drive(|cache, clock, tasks| cache.handle_body(clock, stream, attempt, piece, tasks));
            let took = clock::now().monotonic.saturating_sub(began);
            self.slice.set(self.slice.get() + took);
            if self.slice.get() >= INGEST_SLICE {
                yielder.next().await;
                self.slice.set(Duration::ZERO);
            }
        }
    }

    /// Plans the call for the next timeout. One that is planned for earlier stays: deadlines move with every piece of a
    /// body, and a timer that rings too early does nothing but plan the next.
    fn schedule(self: &Rc<Self>) {
        let now = clock::now().monotonic;
        let Some(due) = self.cache.borrow().next_timeout() else {
            self.timeout.replace(None);
            return;
        };
        if self.timeout.borrow().as_ref().is_some_and(|planned| planned.due <= due) {
            return;
        }
        let driver = Rc::clone(self);
        let timer = Timeout::new(clock::milliseconds(due.saturating_sub(now)), move || {
            // It has rung; after sleep perhaps before the tick that would have noticed that.
            drop(driver.timeout.take());
            driver.tick();
        });
        // Dropping the old one cancels it.
        self.timeout.replace(Some(Planned { due, _timer: timer }));
    }

    /// Whether a frame may draw. What the browser does with a drawing, its layout and its painting, cannot be measured but
    /// by how late the next frame comes; so that at most half of the time goes into it, however much changes, a frame
    /// that was slow is followed by some that draw nothing.
    fn may_draw(&self, now: Duration) -> bool {
        if let Some(drawn) = self.drawn.take() {
            let took = now.saturating_sub(drawn);
            if took > SMOOTH_FRAME {
                self.pause_until.set(now + took.min(MAX_DRAWING_PAUSE));
            }
        }
        now >= self.pause_until.get()
    }

    /// Asks for one animation frame in which what is dirty is drawn.
    pub(super) fn request_frame(self: &Rc<Self>) {
        self.is_undrawn.set(true);
        self.await_frame();
    }

    fn await_frame(self: &Rc<Self>) {
        let mut next_frame = self.next_frame.borrow_mut();
        if matches!(*next_frame, NextFrame::Requested) {
            return;
        }
        let rest = match self.drawn.get() {
            None => self.rest(clock::now().monotonic),
            // The frame after a drawing shows how long that took.
            Some(_) => None,
        };
        *next_frame = match rest {
            Some(_) if matches!(*next_frame, NextFrame::Waiting(_)) => return,
            Some(rest) => {
                let driver = Rc::clone(self);
                NextFrame::Waiting(Timeout::new(clock::milliseconds(rest), move || {
                    drop(driver.next_frame.take());
                    driver.await_frame();
                }))
            }
            None => {
                let on_frame = self.on_frame.borrow();
                if let (Some(window), Some(on_frame)) = (web_sys::window(), &*on_frame) {
                    // Fails only without a window, and then there is nothing to draw on.
                    let _ = window.request_animation_frame(on_frame.as_ref().unchecked_ref());
                }
                NextFrame::Requested
            }
        };
    }
}

fn is_hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
}
