//! The map: the tray of unscheduled pods, a card per node, and what stands there when there are none.

use crate::view::{
    connection::{Progress, Scene},
    format::{count, divided},
    navigate::Rect,
    state::Tab,
};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, FocusEvent, KeyboardEvent, MouseEvent, PointerEvent},
};

use super::{
    Page, PageRef, dom, drawer, fleet,
    picture::{CardHandle, PlacedHeading},
    tooltip,
};

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
    let (scene, shown, headings, height, block) = page.with_value(|page| {
        let picture = page.picture();
        (
            page.0.connection.scene.clone(),
            picture.shown.clone(),
            picture.headings.clone(),
            picture.height.clone(),
            picture.map_block.clone(),
        )
    });
    let boxes_label = page.with_value(Page::state);
    let boxes_label = move || match boxes_label.with(|state| crate::view::arrange::place_by(&state.group)) {
        crate::cluster::PlaceBy::Node => "Nodes",
        crate::cluster::PlaceBy::Namespace => "Namespaces",
        crate::cluster::PlaceBy::Workload => "Workloads",
    };
    let zoom = move || if block.get().is_some() { "map" } else { "boxes" };
    let height = move || format!("{}px", height.get());
    let scene_slug = {
        let scene = scene.clone();
        move || scene.with(slug)
    };
    let hover = move |event: PointerEvent| point(page, &event);
    let leave = move |_: PointerEvent| hide(page);
    let focus = move |event: FocusEvent| {
        if let Some(element) = dom::subject_of(&event) {
            page.with_value(|page| {
                page.0.roving.take(&element);
                page.spotlight(tooltip::subject(&element));
            });
        }
        point(page, &event);
    };
    let blur = move |_: FocusEvent| {
        page.with_value(|page| {
            page.0.roving.blur();
            page.spotlight(None);
        });
        hide(page);
    };
    let click = move |event: MouseEvent| {
        if let Some(element) = dom::subject_of(&event) {
            page.with_value(|page| page.open_drawer(&element, Tab::default()));
        }
    };
    let key = move |event: KeyboardEvent| {
        if let (Some(tab), Some(element)) = (drawer::tab_of_key(&event), dom::subject_of(&event)) {
            event.prevent_default();
            // Not for whoever searches as one types.
            event.stop_propagation();
            page.with_value(|page| page.open_drawer(&element, tab));
        } else if page.with_value(|page| page.0.roving.handle_key(&event)) {
            event.prevent_default();
        }
    };
    view! {
        <main
            id="map"
            class="map"
            data-scene=scene_slug
            data-zoom=zoom
            on:pointerover=hover
            on:pointerleave=leave
            on:focusin=focus
            on:focusout=blur
            on:click=click
            on:keydown=key
        >
            {scene_view(scene)}
            {tray(page)}
            <section class="cards" aria-label=boxes_label style:height=height use:attach_picture=page>
                {move || headings.get().into_iter().map(heading).collect_view()}
                <For each=move || shown.get() key=|key| key.clone() children=move |key| card(page, key)/>
                {fleet::fleet(page)}
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
    let tray = page.with_value(|page| page.picture().tray.clone());
    let pods = {
        let tray = tray.clone();
        move || match tray.with(|tray| tray.pods) {
            0 => "none".to_owned(),
            pods => crate::view::format::counted(u64::from(pods), "pod", "pods"),
        }
    };
    let reason = move || tray.with(|tray| tray.reason.clone());
    let has_tray = page.with_value(|page| page.picture().has_tray.clone());
    view! {
        <section
            id="unscheduled"
            class="tray"
            role="group"
            aria-labelledby="unscheduled-name"
            hidden=move || !has_tray.get()
        >
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

/// The heading of a section, where it stands.
fn heading(PlacedHeading { top, heading }: PlacedHeading) -> impl IntoView {
    view! {
        <div class="heading section-heading" style:top=format!("{top}px")>
            <h2>{heading.title}</h2>
            <span class="count">{heading.facts}</span>
            <span class="trouble" data-tone="bad">{heading.trouble}</span>
        </div>
    }
}

fn card(page: PageRef, key: String) -> impl IntoView {
    let Some(CardHandle { card, rect, place, .. }) = page.with_value(|page| page.card(&key)) else {
        return ().into_any();
    };
    macro_rules! part {
        ($of:expr) => {{
            let card = card.clone();
            move || card.with($of)
        }};
    }
    let side = |of: fn(Rect) -> f64| {
        let rect = rect.clone();
        move || format!("{}px", of(rect.get()))
    };
    let label = part!(|card| card.label.clone());
    let status = part!(|card| card.status.clone());
    let state = part!(|card| card.state.slug());
    let pods = part!(|card| count(u64::from(card.pods)));
    let allocatable = part!(|card| card.allocatable.map(|pods| format!("/{}", count(u64::from(pods)))));
    let crowded = part!(|card| card.is_crowded().then_some(""));
    let (beginning, end) = divided(place.name());
    let name = view! {
        <span>{beginning.to_owned()}</span>
        <span>{end.to_owned()}</span>
    };
    // Only nodes have something to say of themselves; the boxes of namespaces and workloads are but boxes.
    let node = place.node_name().map(ToString::to_string);
    let name = match &node {
        Some(node) => view! {
            <button type="button" class="node" tabindex="-1" aria-label=node.clone()>
                {name}
            </button>
        }
        .into_any(),
        None => view! { <span class="node">{name}</span> }.into_any(),
    };
    let group = node.is_none().then(|| key.clone());
    view! {
        <div
            class="card"
            role="group"
            data-node=node
            data-group=group
            data-status=status
            data-state=state
            aria-label=label
            style:left=side(|rect| rect.left)
            style:top=side(|rect| rect.top)
            style:width=side(|rect| rect.width)
            style:height=side(|rect| rect.height)
        >
            <div class="top">
                <h2 class="name">{name}</h2>
                <span class="count" data-crowded=crowded>
                    <b>{pods}</b>
                    {allocatable}
                </span>
            </div>
            {super::card_head::words(&card)}
            {super::card_head::bars(&card)}
            <div class="screen">
                <div class="blocks" use:attach=(page, Some(key))></div>
            </div>
        </div>
    }
    .into_any()
}

fn attach_picture(element: Element, page: PageRef) {
    page.with_value(|page| page.attach_picture(&element));
}

/// Gives an element to the blocks of a box, or of the tray.
fn attach(element: Element, (page, key): (PageRef, Option<String>)) {
    page.with_value(|page| match key {
        None => page.picture().tray_blocks.borrow_mut().attach(element),
        Some(key) => {
            if let Some(handle) = page.card(&key) {
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
