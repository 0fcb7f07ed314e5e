//! Drives the poller of metrics: its requests with `fetch`, its timeouts with timers, its rest while the page is hidden.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use gloo_timers::callback::Timeout;
use k8bit_informer::{failure::End, fetch::Yielder};
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal, Document, EventTarget};

use super::{
    clock,
    driver::Driver,
    fetch::{self, body_of},
    token,
};
use crate::{
    config::Config,
    metrics::{MetricsDiagnostics, PollAction, PollId, PollOutcome, Poller, Usage, is_too_large},
    view::usage,
};

/// Runs for as long as the page. Held by its own callbacks.
pub struct MetricsDriver {
    /// Whose cluster learns what is used.
    driver: Rc<Driver>,
    poller: RefCell<Poller>,
    open: RefCell<Option<(PollId, AbortController)>>,
    timeout: RefCell<Option<Timeout>>,
}

impl MetricsDriver {
    /// A driver that begins with [`MetricsDriver::run`].
    #[must_use]
    pub fn new(driver: Rc<Driver>, config: &Config) -> Rc<Self> {
        Rc::new(Self {
            driver,
            poller: RefCell::new(Poller::new(config)),
            open: RefCell::default(),
            timeout: RefCell::default(),
        })
    }

    /// Begins, after the other driver has begun. A page that opens hidden asks for nothing until it is shown.
    pub fn run(self: &Rc<Self>) {
        self.listen();
        self.follow_visibility();
        let metrics = Rc::clone(self);
        token::on_entry(move || {
            metrics.drive(|poller, _, _, tasks| poller.pause(tasks));
            metrics.follow_visibility();
        });
    }

    /// What is known of usage, and a sentence on it.
    #[must_use]
    pub fn note(&self) -> String {
        let cache = self.driver.cache();
        usage::note(&self.poller.borrow(), cache.cluster().usage())
    }

    /// What a bug report needs to know.
    #[must_use]
    pub fn diagnostics(&self) -> MetricsDiagnostics {
        self.poller.borrow().diagnose(clock::now().monotonic)
    }

    fn listen(self: &Rc<Self>) {
        let window = web_sys::window();
        let document = window.as_ref().and_then(web_sys::Window::document);
        let targets: [(Option<&EventTarget>, &str); 4] = [
            (document.as_ref().map(AsRef::as_ref), "visibilitychange"),
            (document.as_ref().map(AsRef::as_ref), "resume"),
            (window.as_ref().map(AsRef::as_ref), "pageshow"),
            (window.as_ref().map(AsRef::as_ref), "online"),
        ];
        for (target, event) in targets {
            let Some(target) = target else { continue };
            let metrics = Rc::clone(self);
            let closure = Closure::<dyn FnMut()>::new(move || metrics.follow_visibility());
            // Fails for no event that the DOM knows.
            let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
            closure.forget();
        }
    }

    fn follow_visibility(self: &Rc<Self>) {
        let is_hidden = document().is_some_and(|document| document.hidden());
        self.drive(|poller, now, _, tasks| {
            if is_hidden {
                poller.pause(tasks);
            } else {
                poller.resume(now, tasks);
            }
        });
    }

    /// Lets something happen to the poller, and does what it then wants.
    fn drive(self: &Rc<Self>, happen: impl FnOnce(&mut Poller, Duration, &mut Usage, &mut VecDeque<PollAction>)) {
        let now = clock::now().monotonic;
        let mut tasks = VecDeque::new();
        let mut poller = self.poller.borrow_mut();
        self.driver
            .cache()
            .cluster_mut()
            .update_usage(|usage| happen(&mut poller, now, usage, &mut tasks));
        drop(poller);
        for task in tasks {
            match task {
                PollAction::Get(attempt, url, accept) => self.get(attempt, url, accept),
                PollAction::Abort(attempt) => {
                    let open = self.open.borrow_mut().take_if(|(open, _)| *open == attempt);
                    if let Some((_, controller)) = open {
                        controller.abort();
                    }
                }
            }
        }
        self.schedule(now);
        self.driver.request_frame();
    }

    fn get(self: &Rc<Self>, attempt: PollId, url: String, accept: &'static str) {
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        self.open.replace(Some((attempt, controller)));
        let metrics = Rc::clone(self);
        spawn_local(async move {
            let answer = metrics.receive(attempt, &url, accept, &signal).await;
            metrics.open.borrow_mut().take_if(|(open, _)| *open == attempt);
            let wall = clock::now().wall;
            metrics.drive(|poller, now, usage, tasks| {
                poller.handle_answer((now, wall), attempt, &answer, usage, tasks);
            });
        });
    }

    /// Hands on a body as it comes, as long as it is not too large, in slices of time.
    async fn receive(&self, attempt: PollId, url: &str, accept: &str, signal: &AbortSignal) -> PollOutcome {
        let Ok(response) = fetch::get(url, accept, signal).await else {
            return PollOutcome::Broken;
        };
        if fetch::head(&response).is_login() || response.status() == 401 {
            return PollOutcome::SignIn;
        }
        let mut body = body_of(&response);
        let yielder = Yielder::new();
        let mut length = 0;
        loop {
            let piece = match body.read().await {
                Ok(piece) => piece,
                Err(End::Clean) => return PollOutcome::Response(response.status()),
                Err(_) => return PollOutcome::Broken,
            };
            length += piece.len();
            if is_too_large(length) {
                body.cancel();
                return PollOutcome::TooLarge;
            }
            if response.status() == 200 {
                self.poller.borrow_mut().handle_body(attempt, piece);
                yielder.next().await;
            }
        }
    }

    fn schedule(self: &Rc<Self>, now: Duration) {
        let due = self.poller.borrow().next_timeout();
        let timeout = due.map(|due| {
            let metrics = Rc::clone(self);
            Timeout::new(clock::milliseconds(due.saturating_sub(now)), move || {
                metrics.drive(|poller, now, usage, tasks| poller.handle_timeout(now, usage, tasks));
            })
        });
        // Dropping the old one cancels it.
        self.timeout.replace(timeout);
    }
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}
