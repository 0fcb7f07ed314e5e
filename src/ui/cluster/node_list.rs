//! The boxes under their headings. Of a large cluster only those near the window exist.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use leptos_use_resize_observer::use_resize_observer;

use super::{cluster_map::ClusterMap, node_card::NodeCard, scene::Skeleton};
use crate::{
    cluster::GroupBy,
    ui::{
        dom,
        frame::Frame,
        name_parts::NameParts,
        signals::{Clock, Liveness, NodeList as Signals},
        state::State,
        viewport::Viewport,
    },
    view::{arrangement::PlacedHeading, connection::Scene, format::pixels, state::Closeness},
};

/// See the [module](self).
#[component]
pub(super) fn NodeList() -> impl IntoView {
    let Signals {
        cards,
        headings,
        height,
        scale,
        enlarged_blocks,
        is_measured,
        group_by,
        ..
    } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let frame = expect_context::<Frame>();
    let root = frame.viewport.root();
    use_measuring(frame);
    let label = move || match group_by.get() {
        GroupBy::Node => "Nodes",
        GroupBy::Namespace => "Namespaces",
        GroupBy::Workload => "Workloads",
    };
    let has_boxes = Memo::new(move |_| scene.with(Scene::has_boxes));
    let is_map = Memo::new(move |_| scale.get().is_map());
    let chips = move || match scale.get() {
        Closeness::Names(size) => Some(size.slug()),
        Closeness::Boxes | Closeness::Map(_) => None,
    };
    let headings = move || {
        headings
            .get()
            .into_iter()
            .map(|placed| view! { <SectionHeading placed/> })
            .collect_view()
    };
    view! {
        <section class="cards" aria-label=label data-chips=chips
            data-enlarged=move || enlarged_blocks.get().is_some().then_some("")
            style:--block=move || enlarged_blocks.get().map(|(block, _)| pixels(block))
            style:--gap=move || enlarged_blocks.get().map(|(_, gap)| pixels(gap))
            style:height=move || pixels(height.get()) node_ref=root>
            {move || (has_boxes.get() && !is_measured.get()).then(|| view! { <Skeleton/> })}
            {headings}
            <For each=move || cards.get() key=|node| node.id children=|node| view! { <NodeCard node/> }/>
            {move || is_map.get().then(|| view! { <ClusterMap/> })}
        </section>
    }
}

#[component]
fn SectionHeading(placed: PlacedHeading) -> impl IntoView {
    let heading = placed.heading;
    view! {
        <div class="heading section-heading" style:top=pixels(placed.top)>
            <h2 class="name-parts"><NameParts name=heading.title/></h2>
            <span class="count">{heading.facts}</span>
            <span class="trouble" data-tone="bad">{heading.trouble}</span>
        </div>
    }
}

/// Tells the frame how much room there is, and where the window is.
fn use_measuring(frame: Frame) {
    let Signals {
        is_measured,
        is_measuring,
        has_tray,
        ..
    } = frame.signals.list;
    let Liveness { scene, .. } = expect_context();
    let Clock { wall, .. } = expect_context();
    let state = expect_context::<State>();
    let viewport: Viewport = frame.viewport;
    let measure = move || {
        if !frame.is_mounted() {
            return;
        }
        let room = viewport.room(state.with_untracked(|state| state.kiosk));
        if let Some(room) = room.filter(|_| is_measured.get_untracked()) {
            frame.set_room(room);
        }
    };
    // As soon as there are boxes. In tasks of their own: to lay the page out in order to measure it takes as long as to draw
    // them.
    Effect::new(move |_| {
        if !scene.with(Scene::has_boxes) || is_measured.get() || is_measuring.get_untracked() {
            return;
        }
        is_measuring.set(true);
        spawn_local(async move {
            TimeoutFuture::new(0).await;
            let room = frame
                .is_mounted()
                .then(|| viewport.room(state.with_untracked(|state| state.kiosk)))
                .flatten();
            TimeoutFuture::new(0).await;
            if !frame.is_mounted() {
                return;
            }
            is_measuring.set(false);
            if let Some(room) = room {
                is_measured.set(true);
                frame.set_room(room);
            }
        });
    });
    // Not within the observer's own turn, which the browser reports as an error; right after the frame, because then to
    // measure costs no layout.
    let _ = use_resize_observer(viewport.root(), move |_, _| set_timeout(measure, Duration::ZERO));
    let _ = use_event_listener(dom::window(), ev::scroll, move |_| frame.follow_window());
    let _ = use_event_listener(dom::window(), ev::resize, move |_| {
        measure();
        frame.follow_window();
    });
    // The tray may have come, or the words above be more.
    Effect::new(move |had_tray: Option<bool>| {
        wall.track();
        let has_tray = has_tray.get();
        if state.with(|state| state.kiosk) || had_tray.is_some_and(|had| had != has_tray) {
            set_timeout(measure, Duration::ZERO);
        }
        has_tray
    });
}
