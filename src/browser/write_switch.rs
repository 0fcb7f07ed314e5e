//! Whether the user has allowed changes in this tab, and whether the page is a tab's own.

use std::cell::Cell;

use wasm_bindgen::JsValue;
use web_sys::Storage;

use crate::view::write::WriteAccess;

/// Where it is remembered: for the tab, and not in the address, which a link could set. The value is the root of the API
/// that it holds for, because a link can choose another one.
const KEY: &str = "k8bit-writes";

/// The switch that a page with `?write=1` offers.
#[derive(Debug)]
pub struct WriteSwitch {
    is_asked: bool,
    is_framed: bool,
    root: String,
    is_allowed: Cell<bool>,
}

impl WriteSwitch {
    /// As it was left in this tab for this root of the API. `is_asked`: the address asks for changes.
    #[must_use]
    pub fn new(is_asked: bool, root: String) -> Self {
        let left = storage().and_then(|storage| storage.get_item(KEY).ok()?);
        Self {
            is_asked,
            is_framed: is_framed(),
            is_allowed: Cell::new(left.as_deref() == Some(&root)),
            root,
        }
    }

    /// What the page may do now.
    #[must_use]
    pub fn access(&self) -> WriteAccess {
        WriteAccess::of(self.is_asked, self.is_framed, self.is_allowed.get())
    }

    /// Allows changes, or forbids them again. Where nothing can be stored it holds until the page is loaded again.
    pub fn allow(&self, is_allowed: bool) {
        self.is_allowed.set(is_allowed);
        if let Some(storage) = storage() {
            let _ = match is_allowed {
                true => storage.set_item(KEY, &self.root),
                false => storage.remove_item(KEY),
            };
        }
    }
}

/// Whether the page is shown within another one.
fn is_framed() -> bool {
    let Some(window) = web_sys::window() else { return true };
    let top = window.top().ok().flatten();
    top.is_none_or(|top| JsValue::from(top) != JsValue::from(window))
}

/// `None` where storing is forbidden.
fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}
