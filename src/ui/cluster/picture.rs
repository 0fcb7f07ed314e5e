//! The picture: messages, the tray, the boxes or the map, and the tooltip.
//!
//! It has one listener for each kind of event, because blocks are many.

use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent, PointerEvent},
    prelude::*,
    web_sys::Element,
};

use super::{node_list::NodeList, scene::SceneNote, tray::Tray};
use crate::{
    ui::{
        components::Tooltip,
        details::{open_details, tab_of_key},
        dom,
        focus::Roving,
        frame::Frame,
        pointing::Target,
        signals::{Liveness, NodeList as Signals},
    },
    view::state::Tab,
};

/// See the [module](self).
#[component]
pub(in crate::ui) fn Picture() -> impl IntoView {
    let Liveness { scene, .. } = expect_context();
    let Signals { scale, .. } = expect_context();
    let zoom = move || scale.get().slug();
    let frame = expect_context::<Frame>();
    let roving = expect_context::<Roving>();
    let point = move |subject: Option<Element>| frame.point(subject.as_ref().and_then(Target::of));
    let hover = move |event: PointerEvent| point(dom::subject_of(&event));
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
            on:pointerover=hover on:pointerleave=move |_| frame.point(None) on:focusin=focus on:focusout=blur
            on:click=open on:keydown=move |event| handle_key(frame, roving, &event)>
            <SceneNote/>
            <Tray/>
            <NodeList/>
            <Tooltip/>
        </main>
    }
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
