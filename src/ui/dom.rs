//! What the parts of the page need of the document: that of [`browser::dom`](crate::browser::dom), and what waits for a frame.

use std::time::Duration;

use leptos::{
    prelude::{request_animation_frame, set_timeout},
    web_sys::{Element, Event},
};

pub(super) use crate::browser::dom::*;

/// Runs `task` after the next frame; soon, if the page is hidden and draws none.
pub(super) fn after_frame(task: impl FnOnce() + 'static) {
    let soon = || set_timeout(task, Duration::ZERO);
    if document().hidden() {
        soon();
    } else {
        request_animation_frame(soon);
    }
}

/// Gives the focus to the element of an id, once it has been drawn.
pub(super) fn focus_soon(id: String) {
    request_animation_frame(move || focus_on(&id));
}

/// The element that stands for a pod or a node and holds the target of an event.
pub(super) fn subject_of(event: &Event) -> Option<Element> {
    target(event)?.closest(SUBJECTS).ok().flatten()
}

/// Blocks, and the names of nodes.
pub(super) const SUBJECTS: &str = "button[data-pod], button.node";
