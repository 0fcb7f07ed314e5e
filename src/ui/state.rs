//! What the reader has chosen, bound to the fragment of the address.

use crate::view::state::{Subject, ViewState};
use leptos::{
    prelude::*,
    web_sys::{History, HtmlElement},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{Page, dom};

/// The state that the address asks for.
pub(super) fn of_address() -> ViewState {
    ViewState::parse(&dom::window().location().hash().unwrap_or_default())
}

impl Page {
    /// What the reader has chosen.
    pub(super) fn state(&self) -> RwSignal<ViewState, LocalStorage> {
        self.0.state
    }

    /// Chooses something else; the way back leads to what was chosen before.
    pub(super) fn navigate(&self, change: impl FnOnce(&mut ViewState)) {
        let mut state = self.0.state.get_untracked();
        change(&mut state);
        if self.0.state.with_untracked(|old| *old == state) {
            return;
        }
        self.follow_amendment();
        self.note(&state, |history, url| {
            history.push_state_with_url(&JsValue::NULL, "", Some(url))
        });
        self.0.state.set(state);
    }

    /// Chooses something else in place of what was chosen last: the way back leads to what was before that. The address
    /// follows after the frame, because to note it takes longer than to draw what was typed.
    pub(super) fn amend(&self, change: impl FnOnce(&mut ViewState)) {
        let mut state = self.0.state.get_untracked();
        change(&mut state);
        if self.0.state.with_untracked(|old| *old == state) {
            return;
        }
        self.0.state.set(state);
        if !self.0.is_address_old.replace(true) {
            let page = self.clone();
            dom::after_frame(move || page.follow_amendment());
        }
    }

    /// Notes in the address what was amended last.
    fn follow_amendment(&self) {
        if self.0.is_address_old.take() {
            self.note(&self.0.state.get_untracked(), |history, url| {
                history.replace_state_with_url(&JsValue::NULL, "", Some(url))
            });
        }
    }

    fn note(&self, state: &ViewState, note: fn(&History, &str) -> Result<(), JsValue>) {
        if let Ok(history) = dom::window().history() {
            // Fails where the address may not be changed, as in a file; then the state lasts as long as the page.
            let _ = note(&history, &format!("#{state}"));
        }
    }

    /// Shows a pod or a node and gives it the focus.
    pub(super) fn reveal(&self, subject: &Subject) {
        if self.picture().map_block.get().is_some() {
            return self.reveal_on_map(subject);
        }
        let mut place = None;
        self.0.source.with_cluster(&mut |cluster| {
            let at = self.locate(cluster, subject);
            place = at.and_then(|(index, slot)| {
                self.with_layout(|layout, _| layout.block_rect(index, slot.unwrap_or(0)).or(layout.rect(index)))
            });
        });
        if let Some(rect) = place {
            self.scroll_to(rect);
        }
        self.focus_on(subject);
    }

    /// Gives the focus to the element of a pod or a node, if there is one.
    fn focus_on(&self, subject: &Subject) {
        self.draw_touched();
        self.draw_pending();
        let found = match subject {
            Subject::Pod(key) => element("#map button[data-pod]", "data-pod", &key.to_string()),
            Subject::Node(name) => element("#map [data-node]", "data-node", name)
                .and_then(|card| card.query_selector("button.node").ok()?),
        };
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    }
}

/// The element among those of a selector that has an attribute of this value, whatever is in the value.
fn element(selector: &str, attribute: &str, value: &str) -> Option<leptos::web_sys::Element> {
    let list = dom::document().query_selector_all(selector).ok()?;
    (0..list.length())
        .filter_map(|index| list.item(index)?.dyn_into::<leptos::web_sys::Element>().ok())
        .find(|element| element.get_attribute(attribute).as_deref() == Some(value))
}

/// Follows the address, which back and forward change.
pub(super) fn follow_address(page: &Page) {
    let page = page.clone();
    let listener: Closure<dyn Fn()> = Closure::new(move || {
        // The entry that was amended has been left.
        page.0.is_address_old.set(false);
        let state = of_address();
        if page.0.state.with_untracked(|old| *old != state) {
            page.0.state.set(state);
        }
    });
    let listener = listener.into_js_value();
    for event in ["popstate", "hashchange"] {
        // Fails only for a callback that is no function.
        let _ = dom::window().add_event_listener_with_callback(event, listener.unchecked_ref());
    }
}
