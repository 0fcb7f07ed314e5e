//! What the browser keeps for this page. Storage may be forbidden or full; then a choice lasts as long as the page.

use web_sys::Storage;

/// What is kept under a key.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a text under a key; whether it could be kept.
pub fn set(key: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
