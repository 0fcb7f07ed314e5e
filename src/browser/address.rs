//! The user's choices in the fragment of the address, and its history.

use wasm_bindgen::JsValue;
use web_sys::History;

use super::dom;
use crate::view::state::ViewState;

/// What the address asks for.
#[must_use]
pub fn read() -> ViewState {
    ViewState::parse(&dom::window().location().hash().unwrap_or_default())
}

/// Makes an entry of the history: the way back leads to what was there before.
pub fn push(state: &ViewState) {
    note(state, |history, url| {
        history.push_state_with_url(&JsValue::NULL, "", Some(url))
    });
}

/// Changes the last entry of the history.
pub fn replace(state: &ViewState) {
    note(state, |history, url| {
        history.replace_state_with_url(&JsValue::NULL, "", Some(url))
    });
}

fn note(state: &ViewState, note: fn(&History, &str) -> Result<(), JsValue>) {
    if let Ok(history) = dom::window().history() {
        // Fails where the address may not be changed, as in a file; then the state lasts as long as the page.
        let _ = note(&history, &format!("#{state}"));
    }
}
