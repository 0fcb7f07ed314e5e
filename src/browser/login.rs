//! A login that has expired: whether one is required, and how the page goes there and comes back.

use std::cell::Cell;

use k8bit_informer::failure::ResponseHead;
use wasm_bindgen::JsValue;
use web_sys::Storage;

/// Where the fragment of the address is kept while the user signs in. It is the tab's own.
const STORAGE_KEY: &str = "k8bit-signing-in";

thread_local! {
    static IS_WANTED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a login page answered the last request: open watches outlive a login.
#[must_use]
pub fn is_wanted() -> bool {
    IS_WANTED.get()
}

/// Takes in an answer to any request to the API.
pub(super) fn observe(head: &ResponseHead) {
    if head.is_login() {
        IS_WANTED.set(true);
    } else if head.is_ok() {
        IS_WANTED.set(false);
    }
}

/// Takes in that a WebSocket was opened: no login page accepts one.
pub(super) fn observe_websocket() {
    IS_WANTED.set(false);
}

/// Loads the page again, so that a login page appears. Only a navigation may lead to a login page.
/// The fragment, which says what is shown, gets lost on the way through one, so it is kept here.
pub fn sign_in() {
    let Some(window) = web_sys::window() else { return };
    let location = window.location();
    if let (Some(storage), Ok(fragment)) = (storage(), location.hash()) {
        // Without storage, the browser keeps the fragment if there is no redirect.
        let _ = storage.set_item(STORAGE_KEY, &fragment);
    }
    // Fails only for a document without a window.
    let _ = location.reload();
}

/// Restores the fragment from before the login. To be called before the address is read.
pub fn restore_address() {
    let Some((window, storage)) = web_sys::window().zip(storage()) else {
        return;
    };
    let Ok(Some(fragment)) = storage.get_item(STORAGE_KEY) else {
        return;
    };
    // Once: a later address without it is meant so.
    let _ = storage.remove_item(STORAGE_KEY);
    let has_none = window.location().hash().is_ok_and(|hash| hash.is_empty());
    if has_none && let Ok(history) = window.history() {
        // Fails where the address may not be changed, as in a file.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment));
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}
