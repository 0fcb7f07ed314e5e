//! The document: elements, attributes, lengths, preferences, and where things are.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, HtmlElement, Window};

use crate::view::{format::number, layout::Lengths, navigate::Rect};

/// The window of the page.
#[must_use]
pub fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The document of the page.
#[must_use]
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Changes the root of the document, where the style sheet finds what holds for the whole page.
pub fn with_root(change: impl FnOnce(&Element)) {
    if let Some(root) = document().document_element() {
        change(&root);
    }
}

/// `#app`, or the body where there is none.
#[must_use]
pub fn app_root() -> HtmlElement {
    let app = document()
        .get_element_by_id("app")
        .and_then(|element| element.dyn_into().ok());
    app.or_else(|| document().body())
        .expect("a document that runs scripts has a body")
}

/// Milliseconds since the page was opened; never goes back.
#[must_use]
pub fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Minutes by which the user's clock is ahead of UTC.
#[must_use]
pub fn utc_offset_minutes() -> i32 {
    // Whole minutes in every zone of today; the cast saturates.
    -(js_sys::Date::new_0().get_timezone_offset() as i32)
}

/// Whether a media query holds.
#[must_use]
pub fn matches_media(query: &str) -> bool {
    let query = window().match_media(query).ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// Whether changes may move: without reduced motion, and while the page is visible.
#[must_use]
pub fn wants_motion() -> bool {
    !matches_media("(prefers-reduced-motion: reduce)") && !document().hidden()
}

/// The size of the window, in CSS pixels.
#[must_use]
pub fn window_size() -> (f64, f64) {
    let length = |length: Result<JsValue, JsValue>| length.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
    (length(window().inner_width()), length(window().inner_height()))
}

/// Where in the window an element is.
#[must_use]
pub fn rect_of(element: &Element) -> Rect {
    let rect = element.get_bounding_client_rect();
    Rect {
        left: rect.left(),
        top: rect.top(),
        width: rect.width(),
        height: rect.height(),
    }
}

/// What an event happened to.
#[must_use]
pub fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Gives the focus to the element of an id, if there is one.
pub fn focus_on(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that takes no focus leaves it where it was.
        let _ = element.focus();
    }
}

/// Sets an attribute to a value.
pub fn set(element: &Element, name: &str, value: &str) {
    // Fails only for names that are no names.
    let _ = element.set_attribute(name, value);
}

/// Sets an attribute without a value, or removes it.
pub fn set_present(element: &Element, name: &str, is_present: bool) {
    let _ = element.toggle_attribute_with_force(name, is_present);
}

/// Sets an attribute to a value, or removes it.
pub fn set_some(element: &Element, name: &str, value: Option<&str>) {
    match value {
        Some(value) => set(element, name, value),
        None => unset(element, name),
    }
}

/// Removes an attribute.
pub fn unset(element: &Element, name: &str) {
    let _ = element.remove_attribute(name);
}

/// Sets a style. Through the object model: the page's policy forbids the attribute.
pub fn set_style(element: &HtmlElement, name: &str, value: &str) {
    // Fails only for a style that cannot be set.
    let _ = element.style().set_property(name, value);
}

/// How far the page is scrolled, in CSS pixels.
#[must_use]
pub fn scroll_top() -> f64 {
    window().scroll_y().unwrap_or(0.0)
}

/// The lengths that the style sheet decides on, as they are at this size of window.
#[must_use]
pub fn lengths() -> Lengths {
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
#[must_use]
pub fn grid_columns(element: &Element) -> usize {
    let style = window().get_computed_style(element).ok().flatten();
    let tracks = style.and_then(|style| style.get_property_value("grid-template-columns").ok());
    tracks.map_or(1, |tracks| tracks.split_whitespace().count())
}
