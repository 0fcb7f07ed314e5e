//! The page on a wall: no chrome, large numbers, the time, how live it is, and one problem after the other in the light.
//!
//! Everything that happens in time happens in [`Page::tick`], which the driver calls once a second whatever else goes on;
//! there is no timer here that could be forgotten, and nothing that is kept but the state below.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    cluster::Cluster,
    resource::Timestamp,
    view::{
        block::FAMILIES_BY_URGENCY,
        format::{clock, count},
        kiosk,
        problems::{Problem, Step},
    },
};
use js_sys::{Function, Promise, Reflect};
use leptos::{
    prelude::*,
    web_sys::{Element, VisibilityState},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{Page, PageRef, dom, set_if_changed};

/// What a kiosk needs to remember.
pub(super) struct Kiosk {
    time: ArcRwSignal<String>,
    spotlight: ArcRwSignal<Option<Problem>>,
    /// The turn in which the problem in the light came there.
    turn: Cell<i64>,
    drift: Cell<(i64, i64)>,
    /// When the pointer moved last, in milliseconds since the page was opened.
    pointer_moved: Cell<f64>,
    lock: Rc<Lock>,
}

/// What holds the screen awake.
#[derive(Default)]
struct Lock {
    /// Whether it is to be held: a request may be answered when nobody wants it any more.
    is_wanted: Cell<bool>,
    /// `None` where the browser refuses, as it does on pages that came over plain HTTP from elsewhere.
    sentinel: RefCell<Option<JsValue>>,
}

impl Default for Kiosk {
    fn default() -> Self {
        Self {
            time: ArcRwSignal::new(String::new()),
            spotlight: ArcRwSignal::new(None),
            turn: Cell::new(i64::MIN),
            drift: Cell::new((0, 0)),
            pointer_moved: Cell::new(0.0),
            lock: Rc::default(),
        }
    }
}

impl Page {
    /// Whether the page is on a wall.
    pub(super) fn is_kiosk(&self) -> bool {
        self.state().with_untracked(|state| state.kiosk)
    }

    /// Keeps the time, the place of the picture and the words of the problem in the light up to date.
    pub(super) fn tick_kiosk(&self, cluster: &Cluster, now: Timestamp) {
        if !self.is_kiosk() {
            return;
        }
        let kiosk = &self.0.kiosk;
        set_if_changed(&kiosk.time, clock(now, dom::utc_offset_minutes()));
        kiosk.place(kiosk::drift(now));
        if dom::milliseconds() - kiosk.pointer_moved.get() > kiosk::POINTER_REST_MS {
            with_root(|root| dom::set(root, "data-idle", ""));
        }
        let turn = kiosk::turn(now);
        let current = self.current_problem(cluster, now);
        // Where one is mended, or the first is known, the next has its turn at once.
        let is_due = current.is_none() && self.0.problems.total().get_untracked() > 0;
        if kiosk.turn.replace(turn) == turn && !is_due {
            set_if_changed(&kiosk.spotlight, current);
            return;
        }
        // Not now: the cluster is being visited, and the walk visits it.
        let page = self.clone();
        dom::after(0, move || {
            if page.is_kiosk() {
                let problem = page.walk(Step::Next);
                set_if_changed(&page.0.kiosk.spotlight, problem);
            }
        });
    }

    fn enter_kiosk(&self) {
        with_root(|root| dom::set(root, "data-kiosk", ""));
        self.0.kiosk.pointer_moved.set(dom::milliseconds());
        self.0.kiosk.turn.set(i64::MIN);
        self.0.kiosk.keep_awake();
        let now = self.0.source.now();
        self.0.kiosk.time.set(clock(now, dom::utc_offset_minutes()));
    }

    fn leave_kiosk(&self) {
        with_root(|root| {
            dom::unset(root, "data-kiosk");
            dom::unset(root, "data-idle");
        });
        self.0.kiosk.place((0, 0));
        self.0.kiosk.spotlight.set(None);
        self.0.kiosk.let_sleep();
    }
}

impl Kiosk {
    /// Moves the picture. At once and by a pixel: that is no motion that anybody could mind.
    fn place(&self, drift: (i64, i64)) {
        if self.drift.replace(drift) == drift {
            return;
        }
        let style = dom::app_root().style();
        // Fails never for a property that exists.
        let _ = style.set_property("translate", &format!("{}px {}px", drift.0, drift.1));
    }

    /// Asks for a wake lock. The browser takes it back whenever the page is hidden.
    fn keep_awake(&self) {
        self.lock.is_wanted.set(true);
        let navigator: JsValue = dom::window().navigator().into();
        let Some(wake_lock) = get(&navigator, "wakeLock") else {
            return;
        };
        let Some(request) = get(&wake_lock, "request").and_then(|request| request.dyn_into::<Function>().ok()) else {
            return;
        };
        let Ok(promise) = request.call1(&wake_lock, &"screen".into()) else {
            return;
        };
        let lock = Rc::clone(&self.lock);
        spawn_local(async move {
            // Refused when the battery is low, or while the page is hidden; asked for again when it is shown.
            let Ok(sentinel) = JsFuture::from(promise.unchecked_into::<Promise>()).await else {
                return;
            };
            if let Some(older) = lock.sentinel.replace(Some(sentinel)) {
                release(&older);
            }
            if !lock.is_wanted.get() {
                lock.give_back();
            }
        });
    }

    fn let_sleep(&self) {
        self.lock.is_wanted.set(false);
        self.lock.give_back();
    }
}

impl Lock {
    fn give_back(&self) {
        if let Some(sentinel) = self.sentinel.take() {
            release(&sentinel);
        }
    }
}

fn release(sentinel: &JsValue) {
    if let Some(release) = get(sentinel, "release").and_then(|release| release.dyn_into::<Function>().ok()) {
        // A lock that was taken back already is released in vain.
        let _ = release.call0(sentinel);
    }
}

/// A property that is there and not `undefined`.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn with_root(change: impl FnOnce(&Element)) {
    if let Some(root) = dom::document().document_element() {
        change(&root);
    }
}

/// Follows the address into the kiosk and out of it, and listens for what a wall needs to know.
pub(super) fn follow(page: PageRef) {
    let state = page.with_value(Page::state);
    let is_kiosk = Memo::new(move |_| state.with(|state| state.kiosk));
    Effect::new(move |was_kiosk: Option<bool>| {
        let is_kiosk = is_kiosk.get();
        page.with_value(|page| match (was_kiosk.unwrap_or(false), is_kiosk) {
            (false, true) => page.enter_kiosk(),
            (true, false) => page.leave_kiosk(),
            _ => {}
        });
        is_kiosk
    });
    let moved = move || {
        page.with_value(|page| {
            if page.is_kiosk() {
                page.0.kiosk.pointer_moved.set(dom::milliseconds());
                with_root(|root| dom::unset(root, "data-idle"));
            }
        });
    };
    let shown = move || {
        let is_visible = dom::document().visibility_state() == VisibilityState::Visible;
        page.with_value(|page| {
            if is_visible && page.is_kiosk() {
                page.0.kiosk.keep_awake();
            }
        });
    };
    listen("pointermove", moved);
    listen("visibilitychange", shown);
}

/// Listens on the document, as long as the page.
fn listen(event: &str, listener: impl Fn() + 'static) {
    let listener: Closure<dyn Fn()> = Closure::new(listener);
    // Fails only for a callback that is no function.
    let _ = dom::document().add_event_listener_with_callback(event, listener.into_js_value().unchecked_ref());
}

/// What stands on top of the picture: who this is, how live it is, the large numbers and the time.
pub(super) fn head(page: PageRef) -> impl IntoView {
    let is_kiosk = is_kiosk(page);
    move || is_kiosk.get().then(|| head_view(page))
}

fn head_view(page: PageRef) -> impl IntoView {
    let (badge, summary, time, problems) = page.with_value(|page| {
        (
            page.0.connection.badge.clone(),
            page.0.summary.clone(),
            page.0.kiosk.time.clone(),
            page.0.problems.total(),
        )
    });
    macro_rules! part {
        ($signal:ident, $of:expr) => {{
            let signal = $signal.clone();
            move || signal.with($of)
        }};
    }
    let families = FAMILIES_BY_URGENCY.map(|family| {
        let pods = part!(summary, |summary| {
            let mut families = summary.families.iter();
            let pods = families
                .find(|(other, _)| *other == family)
                .map_or(0, |(_, pods)| *pods);
            count(u64::from(pods))
        });
        view! {
            <li>
                <span class="pod" data-family=family.slug()></span>
                <span class="number">{pods}</span>
                <span class="unit">{family.label()}</span>
            </li>
        }
    });
    view! {
        <header class="wall" aria-label="Overview">
            <div class="wall-top">
                <h1>
                    <span class="wordmark">"K8BIT"</span>
                </h1>
                <span class="badge" id="wall-badge" data-state=part!(badge, |badge| badge.state.slug())>
                    <span class="lamp"></span>
                    <strong>{part!(badge, |badge| badge.title)}</strong>
                    <span class="detail">{part!(badge, |badge| badge.detail.clone())}</span>
                </span>
                <span class="spacer"></span>
                <button
                    type="button"
                    class="button leave"
                    on:click=move |_| page.with_value(|page| page.navigate(|state| state.kiosk = false))
                >
                    "Leave: Esc"
                </button>
                <time class="clock" id="wall-clock">{move || time.get()}</time>
            </div>
            <div class="wall-figures">
                <p class="wall-figure" data-any=part!(problems, |problems| (*problems > 0).then_some("")) id="wall-problems">
                    <span class="number">{part!(problems, |problems| count(u64::from(*problems)))}</span>
                    <span class="unit">{part!(problems, |problems| if *problems == 1 { "problem" } else { "problems" })}</span>
                </p>
                <p class="wall-figure" id="wall-nodes">
                    <span class="number">{part!(summary, |summary| count(u64::from(summary.nodes)))}</span>
                    <span class="unit">"nodes"</span>
                </p>
                <p class="wall-figure" id="wall-pods">
                    <span class="number">{part!(summary, |summary| count(u64::from(summary.pods)))}</span>
                    <span class="unit">"pods"</span>
                </p>
                <ul class="wall-families">{families.into_iter().collect_view()}</ul>
            </div>
        </header>
    }
}

/// The problem in the light, below the picture.
pub(super) fn spotlight(page: PageRef) -> impl IntoView {
    let is_kiosk = is_kiosk(page);
    let (spotlight, problems) = page.with_value(|page| (page.0.kiosk.spotlight.clone(), page.0.problems.total()));
    move || {
        let (spotlight, problems) = (spotlight.clone(), problems.clone());
        is_kiosk.get().then(move || {
            view! {
                <footer class="spotlight" id="spotlight" data-calm=move || (problems.get() == 0).then_some("")>
                    {move || spotlight.with(|problem| problem.as_ref().map(in_the_light))}
                </footer>
            }
        })
    }
}

fn in_the_light(problem: &Problem) -> impl IntoView + use<> {
    let block = problem.look.map(|look| {
        view! { <span class="pod" data-family=look.family.slug() data-glyph=look.glyph.slug()></span> }
    });
    view! {
        <p class="headline">
            {block}
            <b>{problem.name.clone()}</b>
            <span class="where">{problem.place.clone()}</span>
            <span class="what">{problem.headline.clone()}</span>
            <span class="position">{problem.position.clone()}</span>
        </p>
        <p class="why">{problem.sentence.clone()}</p>
    }
}

fn is_kiosk(page: PageRef) -> Memo<bool> {
    let state = page.with_value(Page::state);
    Memo::new(move |_| state.with(|state| state.kiosk))
}
