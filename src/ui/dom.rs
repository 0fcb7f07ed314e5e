//! What the parts of the page need of the browser beside what Leptos has: elements, attributes, lengths, preferences.

use std::time::Duration;

use leptos::{
    prelude::{request_animation_frame, set_timeout},
    web_sys::{Element, Event, HtmlElement},
};
use wasm_bindgen::{JsCast, JsValue};

pub(super) use leptos::prelude::{document, window};

use crate::view::{format::number, layout::Lengths, navigate::Rect};

/// Changes the root of the document, where the style sheet finds what holds for the whole page.
pub(super) fn with_root(change: impl FnOnce(&Element)) {
    if let Some(root) = document().document_element() {
        change(&root);
    }
}

/// `#app`, or the body where there is none.
pub(super) fn app_root() -> HtmlElement {
    let app = document()
        .get_element_by_id("app")
        .and_then(|element| element.dyn_into().ok());
    app.or_else(|| document().body())
        .expect("a document that runs scripts has a body")
}

/// Milliseconds since the page was opened; never goes back.
pub(super) fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Minutes by which the user's clock is ahead of UTC.
pub(super) fn utc_offset_minutes() -> i32 {
    // Whole minutes in every zone of today; the cast saturates.
    -(js_sys::Date::new_0().get_timezone_offset() as i32)
}

/// Whether a media query holds.
pub(super) fn matches_media(query: &str) -> bool {
    let query = window().match_media(query).ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// Whether changes may move: without reduced motion, and while the page is visible.
pub(super) fn wants_motion() -> bool {
    !matches_media("(prefers-reduced-motion: reduce)") && !document().hidden()
}

/// Runs `task` after the next frame; soon, if the page is hidden and draws none.
pub(super) fn after_frame(task: impl FnOnce() + 'static) {
    let soon = || set_timeout(task, Duration::ZERO);
    if document().hidden() {
        soon();
    } else {
        request_animation_frame(soon);
    }
}

/// The size of the window, in CSS pixels.
pub(super) fn window_size() -> (f64, f64) {
    let length = |length: Result<JsValue, JsValue>| length.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
    (length(window().inner_width()), length(window().inner_height()))
}

/// Where in the window an element is.
pub(super) fn rect_of(element: &Element) -> Rect {
    let rect = element.get_bounding_client_rect();
    Rect {
        left: rect.left(),
        top: rect.top(),
        width: rect.width(),
        height: rect.height(),
    }
}

/// What an event happened to.
pub(super) fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Gives the focus to the element of an id, if there is one.
pub(super) fn focus_on(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that takes no focus leaves it where it was.
        let _ = element.focus();
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

/// Sets an attribute to a value.
pub(super) fn set(element: &Element, name: &str, value: &str) {
    // Fails only for names that are no names.
    let _ = element.set_attribute(name, value);
}

/// Sets an attribute without a value, or removes it.
pub(super) fn set_present(element: &Element, name: &str, is_present: bool) {
    let _ = element.toggle_attribute_with_force(name, is_present);
}

/// Sets an attribute to a value, or removes it.
pub(super) fn set_some(element: &Element, name: &str, value: Option<&str>) {
    match value {
        Some(value) => set(element, name, value),
        None => unset(element, name),
    }
}

/// Removes an attribute.
pub(super) fn unset(element: &Element, name: &str) {
    let _ = element.remove_attribute(name);
}

/// Sets a style. Through the object model: the page's policy forbids the attribute.
pub(super) fn set_style(element: &HtmlElement, name: &str, value: &str) {
    // Fails only for a style that cannot be set.
    let _ = element.style().set_property(name, value);
}

/// How far the page is scrolled, in CSS pixels.
pub(super) fn scroll_top() -> f64 {
    window().scroll_y().unwrap_or(0.0)
}

/// The lengths that the style sheet decides on, as they are at this size of window.
pub(super) fn lengths() -> Lengths {
    let usual = Lengths::default();
    let style = document()
        .document_element()
        .and_then(|root| window().get_computed_style(&root).ok().flatten());
    let Some(style) = style else { return usual };
    let pixels = |name: &str, usual: f64| {
        let text = style.get_property_value(name).unwrap_or_default();
        number(text.trim().trim_end_matches("px")).unwrap_or(usual)
    };
    Lengths {
        block: pixels("--block", usual.block),
        gap: pixels("--gap", usual.gap),
        unit: pixels("--u", usual.unit),
        rem: pixels("font-size", usual.rem),
        rows: pixels("--rows", usual.rows),
    }
}

/// How many columns a grid has.
pub(super) fn grid_columns(element: &Element) -> usize {
    let style = window().get_computed_style(element).ok().flatten();
    let tracks = style.and_then(|style| style.get_property_value("grid-template-columns").ok());
    tracks.map_or(1, |tracks| tracks.split_whitespace().count())
}
