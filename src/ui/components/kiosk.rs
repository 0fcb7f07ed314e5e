//! The page on a wall: no chrome, large numbers, the time, how live it is, and one problem after the other in the light.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Function, Promise, Reflect};
use leptos::{ev, prelude::*, task::spawn_local, web_sys::VisibilityState};
use leptos_use_event_listener::use_event_listener;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{block_icon::BlockIcon, connection_badge::Indicator, name::NameParts};
use crate::{
    resource::{Timestamp, status::Family},
    ui::{
        dom,
        signals::{Clock, Kiosk as KioskSignals, Liveness, Totals},
        state::State,
    },
    view::{
        block::FAMILIES_BY_URGENCY,
        format::{clock, known, unit},
        kiosk::{self, WakeLock},
        problems::Problem,
    },
};

/// What stands on top of the picture: who this is, how live it is, the large numbers and the time.
#[component]
pub(in crate::ui) fn KioskHeader() -> impl IntoView {
    let state = expect_context::<State>();
    let Clock { wall, .. } = expect_context();
    let Liveness { badge, scene, .. } = expect_context();
    let warning = expect_context::<KioskSignals>().wake_lock;
    let Totals { summary, problems, .. } = expect_context();
    // None can be said only where everything is known.
    let known_problems = move || {
        let problems = problems.get();
        let may_be_calm = scene.with(|scene| summary.with(|summary| summary.may_be_calm(scene)));
        (problems > 0 || may_be_calm).then_some(problems)
    };
    view! {
        <header class="wall" aria-label="Overview">
            <div class="wall-top">
                <h1><span class="wordmark">"K8BIT"</span></h1>
                <span class="badge" id="wall-badge" data-state=move || badge.with(|badge| badge.state.slug())>
                    <Indicator/>
                </span>
                <span class="spacer"></span>
                <button type="button" class="button leave"
                    on:click=move |_| state.navigate(|state| state.kiosk = false)>
                    "Leave: Esc"
                </button>
                <time class="clock" id="wall-clock">{move || clock(wall.get(), dom::utc_offset_minutes())}</time>
            </div>
            <p class="wall-warning" id="wall-warning">{move || warning.get().warning()}</p>
            <div class="wall-figures">
                <p class="wall-figure" id="wall-problems" data-any=move || (problems.get() > 0).then_some("")>
                    <span class="number">{move || known(known_problems())}</span>
                    <span class="unit">{move || unit(known_problems(), "problem", "problems")}</span>
                </p>
                <p class="wall-figure" id="wall-nodes">
                    <span class="number">{move || known(summary.with(|summary| summary.nodes))}</span>
                    <span class="unit">{move || unit(summary.with(|summary| summary.nodes), "node", "nodes")}</span>
                </p>
                <p class="wall-figure" id="wall-pods">
                    <span class="number">{move || known(summary.with(|summary| summary.pods))}</span>
                    <span class="unit">{move || unit(summary.with(|summary| summary.pods), "pod", "pods")}</span>
                </p>
                <ul class="wall-families">
                    {FAMILIES_BY_URGENCY.map(|family| view! { <FamilyFigure family/> }).collect_view()}
                </ul>
            </div>
        </header>
    }
}

#[component]
fn FamilyFigure(family: Family) -> impl IntoView {
    let Totals { summary, .. } = expect_context();
    view! {
        <li>
            <BlockIcon family/>
            <span class="number">{move || known(summary.with(|summary| summary.pods_of(family)))}</span>
            <span class="unit">{family.label()}</span>
        </li>
    }
}

/// The problem in the light, below the picture.
#[component]
pub(in crate::ui) fn KioskProblem() -> impl IntoView {
    let KioskSignals { problem, .. } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let Totals { summary, problems, .. } = expect_context();
    let may_be_calm = move || scene.with(|scene| summary.with(|summary| summary.may_be_calm(scene)));
    view! {
        <footer class="spotlight" id="spotlight" data-calm=move || (problems.get() == 0).then_some("")
            data-partial=move || (!may_be_calm()).then_some("")>
            {move || problem.get().map(|problem| view! { <ProblemWords problem/> })}
        </footer>
    }
}

#[component]
fn ProblemWords(problem: Problem) -> impl IntoView {
    let icon = problem
        .look
        .map(|look| view! { <BlockIcon family=look.family glyph=look.glyph/> });
    view! {
        <p class="headline">
            {icon}
            <b class="name-parts"><NameParts name=problem.name/></b>
            <span class="where">{problem.place}</span>
            <span class="what">{problem.headline}</span>
            <span class="position">{problem.position}</span>
        </p>
        <p class="why">{problem.sentence}</p>
    }
}

/// Follows the address into the kiosk and out of it: the look of the root, the drift of the picture, the pointer that hides
/// when it rests, and the screen that stays awake.
pub(in crate::ui) fn use_kiosk(is_kiosk: Memo<bool>, now: Signal<Timestamp>) {
    let lock = StoredValue::new_local(Rc::new(Lock::new(expect_context::<KioskSignals>().wake_lock)));
    // When the pointer moved last, in milliseconds since the page was opened.
    let pointer_moved = StoredValue::new(0.0);
    Effect::new(move |was_kiosk: Option<bool>| {
        let is_kiosk = is_kiosk.get();
        if is_kiosk != was_kiosk.unwrap_or(false) {
            dom::with_root(|root| dom::set_present(root, "data-kiosk", is_kiosk));
            if is_kiosk {
                pointer_moved.set_value(dom::milliseconds());
                lock.with_value(Lock::keep_awake);
            } else {
                dom::with_root(|root| dom::unset(root, "data-idle"));
                lock.with_value(|lock| lock.let_sleep());
            }
        }
        is_kiosk
    });
    // At once and by a pixel: that is no motion that anybody could mind.
    let drift = Memo::new(move |_| {
        if is_kiosk.get() {
            kiosk::drift(now.get())
        } else {
            (0, 0)
        }
    });
    Effect::new(move |_| {
        let (right, down) = drift.get();
        let style = dom::app_root().style();
        // Fails never for a property that exists.
        let _ = style.set_property("translate", &format!("{right}px {down}px"));
    });
    Effect::new(move |_| {
        now.track();
        if is_kiosk.get() && dom::milliseconds() - pointer_moved.get_value() > kiosk::POINTER_REST_MS {
            dom::with_root(|root| dom::set(root, "data-idle", ""));
        }
    });
    let _ = use_event_listener(dom::document(), ev::pointermove, move |_| {
        if is_kiosk.get_untracked() {
            pointer_moved.set_value(dom::milliseconds());
            dom::with_root(|root| dom::unset(root, "data-idle"));
        }
    });
    // The browser takes the lock back whenever the page is hidden.
    let _ = use_event_listener(dom::document(), ev::visibilitychange, move |_| {
        if is_kiosk.get_untracked() && dom::document().visibility_state() == VisibilityState::Visible {
            lock.with_value(Lock::keep_awake);
        }
    });
}

/// What holds the screen awake.
struct Lock {
    /// Whether it is to be held: a request may be answered when nobody wants it any more.
    is_wanted: Cell<bool>,
    sentinel: RefCell<Option<JsValue>>,
    /// What the browser said to the last request.
    state: RwSignal<WakeLock>,
}

impl Lock {
    fn new(state: RwSignal<WakeLock>) -> Self {
        Self {
            is_wanted: Cell::default(),
            sentinel: RefCell::default(),
            state,
        }
    }

    fn keep_awake(self: &Rc<Self>) {
        self.is_wanted.set(true);
        let navigator: JsValue = dom::window().navigator().into();
        let Some(wake_lock) = get(&navigator, "wakeLock") else {
            self.state.set(if dom::window().is_secure_context() {
                WakeLock::Unsupported
            } else {
                WakeLock::Insecure
            });
            return;
        };
        let Some(request) = get(&wake_lock, "request").and_then(|request| request.dyn_into::<Function>().ok()) else {
            return;
        };
        let Ok(promise) = request.call1(&wake_lock, &"screen".into()) else {
            return;
        };
        let lock = Rc::clone(self);
        spawn_local(async move {
            // Refused when the battery is low, or while the page is hidden; asked for again when it is shown.
            let Ok(sentinel) = JsFuture::from(promise.unchecked_into::<Promise>()).await else {
                let is_seen = dom::document().visibility_state() == VisibilityState::Visible;
                lock.state
                    .set(if is_seen { WakeLock::Refused } else { WakeLock::Unknown });
                return;
            };
            lock.state.set(WakeLock::Held);
            if let Some(older) = lock.sentinel.replace(Some(sentinel)) {
                release(&older);
            }
            if !lock.is_wanted.get() {
                lock.let_sleep();
            }
        });
    }

    fn let_sleep(&self) {
        self.is_wanted.set(false);
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
