//! Kiosk mode: large numbers, the time, the state of the connection, and one highlighted problem after the other. With a
//! query, all of that is about what matches it.

use leptos::{ev, prelude::*};
use leptos_use_event_listener::use_event_listener;

use super::{block_icon::BlockIcon, connection_badge::Indicator, family_counters::FailedPods, header::ShownRoot};
use crate::{
    browser::wake_lock::ScreenLock,
    resource::{Timestamp, status::Family},
    ui::{
        dom,
        frame::Frame,
        name_parts::NameParts,
        signals::{Clock, Kiosk as KioskSignals, Liveness, QuerySignals, Totals},
        state::State,
    },
    view::{
        block::FAMILIES_BY_URGENCY,
        families::FamilyWords,
        format::{clock, known, unit},
        kiosk,
        problems::Problem,
    },
};

/// The head in kiosk mode: the name, the connection, large numbers and the time.
#[component]
pub(in crate::ui) fn KioskHeader() -> impl IntoView {
    let state = expect_context::<State>();
    let root = expect_context::<Frame>().shown_root();
    let Clock { wall, .. } = expect_context();
    let Liveness { badge, scene, .. } = expect_context();
    let warning = expect_context::<KioskSignals>().wake_lock;
    let Totals { summary, problems, .. } = expect_context();
    let QuerySignals { in_force, .. } = expect_context();
    let query = move || state.with(|state| in_force.with(|in_force| kiosk::query_words(&state.query, in_force)));
    // "None" is shown only if everything is known.
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
                {root.map(|root| view! { <ShownRoot root id="wall-api-root"/> })}
                <span class="wall-query" id="wall-query">{query}</span>
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
    let words = move || summary.with(|summary| FamilyWords::of(family, summary.pods_of(family), summary.over));
    view! {
        <li>
            <BlockIcon family/>
            <span class="number">{move || known(words().pods)}</span>
            <span class="unit">{family.label()}</span>
            <FailedPods words=Signal::derive(words)/>
        </li>
    }
}

/// The highlighted problem, below the picture.
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
        .appearance
        .map(|appearance| view! { <BlockIcon family=appearance.family glyph=appearance.glyph/> });
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

/// Enters and leaves kiosk mode with the address: the look of the root, the drift of the picture, the hidden pointer
/// when it rests, and the screen that stays awake.
pub(in crate::ui) fn use_kiosk(is_kiosk: Memo<bool>, now: Signal<Timestamp>) {
    Effect::new(move |_| dom::with_root(|root| dom::set_present(root, "data-kiosk", is_kiosk.get())));
    on_cleanup(|| dom::with_root(|root| dom::unset(root, "data-kiosk")));
    use_screen_lock(is_kiosk);
    use_drift(is_kiosk, now);
    use_pointer_rest(is_kiosk, now);
}

/// Keeps the screen awake in the kiosk, until the caller's owner ends.
fn use_screen_lock(is_kiosk: Memo<bool>) {
    let KioskSignals { wake_lock, .. } = expect_context();
    let lock = StoredValue::new_local(ScreenLock::new(move |state| {
        let _ = wake_lock.try_set(state);
    }));
    Effect::new(move |was_kiosk: Option<bool>| {
        let is_kiosk = is_kiosk.get();
        match (was_kiosk.unwrap_or(false), is_kiosk) {
            (false, true) => lock.with_value(ScreenLock::keep_awake),
            (true, false) => lock.with_value(ScreenLock::let_sleep),
            _ => {}
        }
        is_kiosk
    });
    // The browser takes the lock back whenever the page is hidden.
    let _ = use_event_listener(dom::document(), ev::visibilitychange, move |_| {
        if is_kiosk.get_untracked() && !dom::document().hidden() {
            lock.with_value(ScreenLock::keep_awake);
        }
    });
}

/// Moves the picture by one pixel, without motion. Elsewhere nothing is moved, not even by nothing: what is fixed to the window
/// would be fixed to what is moved.
fn use_drift(is_kiosk: Memo<bool>, now: Signal<Timestamp>) {
    let drift = Memo::new(move |_| is_kiosk.get().then(|| kiosk::drift(now.get())));
    Effect::new(move |_| {
        let translate = match drift.get() {
            Some((right, down)) => format!("{right}px {down}px"),
            None => "none".to_owned(),
        };
        dom::set_style(&dom::app_root(), "translate", &translate);
    });
}

/// Hides the pointer when it rests in the kiosk.
fn use_pointer_rest(is_kiosk: Memo<bool>, now: Signal<Timestamp>) {
    // When the pointer moved last, in milliseconds since the page was opened; that the kiosk begins counts as well.
    let moved = RwSignal::new(0.0);
    let is_idle = Memo::new(move |_| {
        now.track();
        is_kiosk.get() && dom::milliseconds() - moved.get() > kiosk::POINTER_REST_MS
    });
    Effect::new(move |_| {
        if is_kiosk.get() {
            moved.set(dom::milliseconds());
        }
    });
    Effect::new(move |_| dom::with_root(|root| dom::set_present(root, "data-idle", is_idle.get())));
    on_cleanup(|| dom::with_root(|root| dom::unset(root, "data-idle")));
    let _ = use_event_listener(dom::document(), ev::pointermove, move |_| {
        if is_kiosk.get_untracked() {
            moved.set(dom::milliseconds());
        }
    });
}
