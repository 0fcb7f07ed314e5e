//! The map: the tray of unscheduled pods, a card per node, and what stands there when there are none.

use crate::view::{
    connection::{Progress, Scene},
    format::{count, divided},
    state::Tab,
};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, FocusEvent, KeyboardEvent, MouseEvent, PointerEvent},
};

use super::{CardHandle, PageRef, dom, drawer, tooltip};

/// How many cards the skeleton has.
const SKELETON_CARDS: usize = 12;

/// The value of `data-scene`.
pub(super) fn slug(scene: &Scene) -> &'static str {
    match scene {
        Scene::Loading(_) => "loading",
        Scene::Failed => "failed",
        Scene::Empty => "empty",
        Scene::Current => "current",
        Scene::Stale(_) => "stale",
    }
}

/// The map. One listener for each kind of event, whatever the number of blocks.
pub(super) fn map(page: PageRef) -> impl IntoView {
    let (scene, names) = page.with_value(|page| (page.0.connection.scene.clone(), page.0.names.clone()));
    let scene_slug = {
        let scene = scene.clone();
        move || scene.with(slug)
    };
    let hover = move |event: PointerEvent| point(page, &event);
    let leave = move |_: PointerEvent| hide(page);
    let focus = move |event: FocusEvent| {
        if let Some(element) = dom::subject_of(&event) {
            page.with_value(|page| page.0.roving.take(&element));
        }
        point(page, &event);
    };
    let blur = move |_: FocusEvent| {
        page.with_value(|page| page.0.roving.blur());
        hide(page);
    };
    let click = move |event: MouseEvent| {
        if let Some(element) = dom::subject_of(&event) {
            drawer::open(page, &element, Tab::default());
        }
    };
    let key = move |event: KeyboardEvent| {
        if let (Some(tab), Some(element)) = (drawer::tab_of_key(&event), dom::subject_of(&event)) {
            event.prevent_default();
            // Not for whoever searches as one types.
            event.stop_propagation();
            drawer::open(page, &element, tab);
        } else if page.with_value(|page| page.0.roving.handle_key(&event)) {
            event.prevent_default();
        }
    };
    view! {
        <main
            id="map"
            class="map"
            data-scene=scene_slug
            on:pointerover=hover
            on:pointerleave=leave
            on:focusin=focus
            on:focusout=blur
            on:click=click
            on:keydown=key
        >
            {scene_view(scene)}
            {tray(page)}
            <section class="cards" aria-label="Nodes">
                <For each=move || names.get() key=|name| name.clone() children=move |name| card(page, name)/>
            </section>
            {tooltip::tooltip(page)}
        </main>
    }
}

/// Shows what the event is about, or nothing.
fn point(page: PageRef, event: &Event) {
    match dom::subject_of(event) {
        Some(element) => page.with_value(|page| page.point_at(&element)),
        None => hide(page),
    }
}

fn hide(page: PageRef) {
    page.with_value(|page| page.0.tooltip.hide());
}

fn tray(page: PageRef) -> impl IntoView {
    let tray = page.with_value(|page| page.0.tray.clone());
    let pods = {
        let tray = tray.clone();
        move || match tray.with(|tray| tray.pods) {
            0 => "none".to_owned(),
            pods => crate::view::format::counted(u64::from(pods), "pod", "pods"),
        }
    };
    let reason = move || tray.with(|tray| tray.reason.clone());
    view! {
        <section id="unscheduled" class="tray" role="group" aria-labelledby="unscheduled-name">
            <div class="heading">
                <h2 id="unscheduled-name">"Unscheduled"</h2>
                <span class="count">{pods}</span>
                <span class="reason">{reason}</span>
            </div>
            <div class="screen">
                <div class="blocks" use:attach=(page, None)></div>
            </div>
        </section>
    }
}

fn card(page: PageRef, name: String) -> impl IntoView {
    let Some(CardHandle { card, .. }) = page.with_value(|page| page.card(&name)) else {
        return ().into_any();
    };
    macro_rules! part {
        ($of:expr) => {{
            let card = card.clone();
            move || card.with($of)
        }};
    }
    let label = part!(|card| card.label.clone());
    let status = part!(|card| card.status.clone());
    let state = part!(|card| card.state.slug());
    let pods = part!(|card| count(u64::from(card.pods)));
    let allocatable = part!(|card| card.allocatable.map(|pods| format!("/{}", count(u64::from(pods)))));
    let crowded = part!(|card| card.is_crowded().then_some(""));
    let (beginning, end) = divided(&name);
    let (beginning, end) = (beginning.to_owned(), end.to_owned());
    let (for_data, for_blocks) = (name.clone(), Some(name.clone()));
    view! {
        <div class="card" role="group" data-node=for_data data-status=status data-state=state aria-label=label>
            <div class="top">
                <h2 class="name">
                    <button type="button" class="node" tabindex="-1" aria-label=name>
                        <span>{beginning}</span>
                        <span>{end}</span>
                    </button>
                </h2>
                <span class="count" data-crowded=crowded>
                    <b>{pods}</b>
                    {allocatable}
                </span>
            </div>
            {super::card_head::words(&card)}
            {super::card_head::bars(&card)}
            <div class="screen">
                <div class="blocks" use:attach=(page, for_blocks)></div>
            </div>
        </div>
    }
    .into_any()
}

/// Gives an element to the blocks of a node, or of the tray.
fn attach(element: Element, (page, name): (PageRef, Option<String>)) {
    page.with_value(|page| match name {
        None => page.0.tray_blocks.borrow_mut().attach(element),
        Some(name) => {
            if let Some(handle) = page.card(&name) {
                handle.blocks.borrow_mut().attach(element);
            }
        }
    });
}

fn scene_view(scene: ArcRwSignal<Scene>) -> impl IntoView {
    move || {
        scene.with(|scene| match scene {
            Scene::Current => ().into_any(),
            Scene::Stale(since) => stale(since).into_any(),
            Scene::Loading(progress) => loading(progress).into_any(),
            Scene::Failed => failed().into_any(),
            Scene::Empty => empty().into_any(),
        })
    }
}

fn stale(since: &str) -> impl IntoView + use<> {
    let text = if since.is_empty() {
        "stale".to_owned()
    } else {
        format!("stale since {since}")
    };
    view! {
        <p class="stale-note" id="stale">
            {text}
        </p>
    }
}

fn loading(progress: &Progress) -> impl IntoView + use<> {
    let text = if progress.text.is_empty() {
        "Asking for nodes and pods…".to_owned()
    } else {
        progress.text.clone()
    };
    let part = progress.percent.unwrap_or(0).to_string();
    let cards = (0..SKELETON_CARDS)
        .map(|index| view! { <div style=("--fade", index.to_string())><span class="screen"></span></div> });
    view! {
        <div class="progress" id="progress">
            <div class="track" data-unknown=progress.percent.is_none().then_some("")>
                <span style=("--part", part)></span>
            </div>
            <span>{text}</span>
        </div>
        <div class="skeleton" aria-hidden="true">{cards.collect_view()}</div>
    }
}

fn failed() -> impl IntoView {
    view! {
        <div class="scene">
            <span class="invader"></span>
            <h2>"Nothing to show yet"</h2>
            <p>"As soon as the API server answers, the cluster appears here by itself. No reload is needed."</p>
        </div>
    }
}

fn empty() -> impl IntoView {
    view! {
        <div class="scene">
            <span class="invader"></span>
            <h2>"An empty cluster"</h2>
            <p>
                "The API server is there and has neither nodes nor pods. The first ones appear here within a moment of "
                <code>"kubectl run web --image=nginx"</code>
                "."
            </p>
        </div>
    }
}
