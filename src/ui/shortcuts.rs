//! Keys that work anywhere on the page, but not where somebody writes, nor in a dialog. Letters are shortcuts, so that typing
//! leads nowhere: `/` comes first.

use crate::view::problems::Step;
use leptos::web_sys::{Element, KeyboardEvent};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{Page, dom, help, query_bar, toolbar};

/// Listens for the keys, before anything else on the page does.
pub(super) fn install(page: &Page) {
    let page = page.clone();
    let listener: Closure<dyn Fn(KeyboardEvent)> = Closure::new(move |event: KeyboardEvent| {
        if is_for_the_page(&event) && handle(&page, &event.key()) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    // As long as the page. Fails only for a callback that is no function.
    let _ = dom::document().add_event_listener_with_callback_and_bool(
        "keydown",
        listener.into_js_value().unchecked_ref(),
        true,
    );
}

/// Whether the key was one of ours.
fn handle(page: &Page, key: &str) -> bool {
    match key {
        "n" => page.walk_aloud(Step::Next),
        "p" => page.walk_aloud(Step::Previous),
        "?" => help::open(),
        "0" => page.zoom(toolbar::Step::Fit),
        "+" | "=" => page.zoom(toolbar::Step::In),
        "-" => page.zoom(toolbar::Step::Out),
        "/" if !page.is_kiosk() => query_bar::open(page),
        "Escape" if page.is_kiosk() => page.navigate(|state| state.kiosk = false),
        _ => return false,
    }
    true
}

fn is_for_the_page(event: &KeyboardEvent) -> bool {
    let is_free = !(event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented());
    let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
    let takes_keys = "input, textarea, select, [contenteditable], dialog[open], dialog[open] *";
    let is_page_inert = dom::document().query_selector("dialog:modal").ok().flatten().is_some();
    is_free && !is_page_inert && target.is_none_or(|target| target.closest(takes_keys).ok().flatten().is_none())
}
