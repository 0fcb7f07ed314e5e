//! The picture: messages, the tray, the boxes or the map, and the tooltip.
//!
//! It has one listener for each kind of event, because blocks are many.

use leptos::{
    ev::{self, FocusEvent, KeyboardEvent, MouseEvent, PointerEvent},
    prelude::*,
    web_sys::Element,
};
use leptos_use_event_listener::use_event_listener;

use super::{
    node_list::NodeList,
    scene::{NothingFound, SceneNote},
    tray::Tray,
};
use crate::{
    browser::pointing::Target,
    ui::{
        components::Tooltip,
        details::{open_details, tab_of_key},
        dom,
        focus::Roving,
        frame::Frame,
        signals::{Liveness, NodeList as Signals},
        state::State,
    },
    view::{hover::Hover, state::Tab},
};

/// See the [module](self).
#[component]
pub(in crate::ui) fn ClusterView() -> impl IntoView {
    let Liveness { scene, .. } = expect_context();
    let Signals { scale, .. } = expect_context();
    let zoom = move || scale.get().slug();
    let frame = expect_context::<Frame>();
    let roving = expect_context::<Roving>();
    let point = move |subject: Option<Element>| frame.point(subject.as_ref().and_then(Target::of));
    let pointer = RwSignal::new(Hover::default());
    use_rest(frame, pointer);
    let hover = move |event: PointerEvent| {
        if pointer.try_update(|pointer| pointer.comes(place_of(&event))) == Some(true) {
            point(dom::subject_of(&event));
        }
    };
    let moved = move |event: PointerEvent| {
        if pointer.try_update(|pointer| pointer.wakes(place_of(&event))) == Some(true) {
            point(dom::subject_of(&event));
        }
    };
    let focus = move |event: FocusEvent| {
        let subject = dom::subject_of(&event);
        if let Some(element) = &subject {
            roving.take(element);
            frame.highlight(Target::of(element).map(|target| target.subject));
        }
        point(subject);
    };
    let blur = move |_: FocusEvent| {
        roving.blur();
        frame.highlight(None);
        frame.point(None);
    };
    let open = move |event: MouseEvent| {
        if let Some(element) = dom::subject_of(&event) {
            open_details(frame, &element, Tab::default());
        }
    };
    view! {
        <main id="map" class="map" data-scene=move || scene.with(|scene| scene.slug()) data-zoom=zoom
            data-resting=move || pointer.with(Hover::is_resting).then_some("")
            on:pointerover=hover on:pointermove=moved on:pointerleave=move |_| frame.point(None) on:focusin=focus on:focusout=blur
            on:click=open on:keydown=move |event| handle_key(frame, roving, &event)>
            <SceneNote/>
            <Tray/>
            <NothingFound/>
            <NodeList/>
            <Tooltip/>
        </main>
    }
}

/// Hides the tooltip when the user opens or closes something that gives everything another place; there it is shown again
/// when the pointer moves or the focus does.
fn use_rest(frame: Frame, pointer: RwSignal<Hover>) {
    let state = expect_context::<State>();
    let layout = Memo::new(move |_| {
        state.with(|state| {
            let choice = (state.zoom, state.hides, state.group.clone(), state.sort);
            (state.selected.clone(), state.kiosk, choice)
        })
    });
    let rest = move || {
        pointer.update(Hover::rest);
        frame.leave_map();
        frame.point(None);
    };
    Effect::new(move |is_again: Option<()>| {
        // To track it alone would not have it followed: it has yet to be asked for the first time.
        layout.with(|_| ());
        if is_again.is_some() {
            rest();
        }
    });
    let _ = use_event_listener(dom::window(), ev::resize, move |_| rest());
    // The pointer comes from somewhere else, too.
    let _ = use_event_listener(dom::window(), ev::pointermove, move |event| {
        pointer.update_untracked(|pointer| pointer.passes(place_of(&event)));
    });
}

/// Where in the window a pointer is.
fn place_of(event: &PointerEvent) -> (i32, i32) {
    (event.client_x(), event.client_y())
}

fn handle_key(frame: Frame, roving: Roving, event: &KeyboardEvent) {
    if let Some((tab, element)) = tab_of_key(event).zip(dom::subject_of(event)) {
        event.prevent_default();
        // Not while the user types into a field.
        event.stop_propagation();
        open_details(frame, &element, tab);
    } else if roving.handle_key(event) {
        event.prevent_default();
    }
}
