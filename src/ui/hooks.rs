//! `window.k8bit`: what tests and power users may rely on. `docs/hooks.md` documents it.
//!
//! - `version`: the version of K8bit.
//! - `snapshot()`: what is known, as plain JSON, whatever is visible.
//! - `diagnostics()`: what a bug report needs to know of the connection, as plain JSON.
//! - `settled()`: a promise that is fulfilled when what is known now has been drawn and no block of it moves any more.

use gloo_timers::future::TimeoutFuture;
use js_sys::{JSON, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

use super::{cluster::Motion, dom, frame::Frame};

/// How often `settled()` looks, in milliseconds: a frame, also where frames are not drawn because the tab is hidden.
const LOOK_MS: u32 = 16;

/// Puts `k8bit` on the window, for as long as the caller's owner lives.
pub(super) fn install(frame: Frame, motion: Motion) {
    let snapshot: Closure<dyn Fn() -> JsValue> = Closure::new(move || plain(&frame.snapshot()));
    let diagnostics: Closure<dyn Fn() -> JsValue> = Closure::new(move || plain(&frame.diagnostics()));
    let settled: Closure<dyn Fn() -> Promise> = Closure::new(move || {
        future_to_promise(async move {
            settled(frame, motion).await;
            Ok(JsValue::UNDEFINED)
        })
    });
    let hooks = Object::new();
    for (name, value) in [
        ("version", &JsValue::from_str(env!("CARGO_PKG_VERSION"))),
        ("snapshot", snapshot.as_ref()),
        ("diagnostics", diagnostics.as_ref()),
        ("settled", settled.as_ref()),
    ] {
        // Fails only on a frozen object, and this one is new.
        let _ = Reflect::set(&hooks, &name.into(), value);
    }
    let _ = Reflect::set(&dom::window(), &"k8bit".into(), &hooks);
    // Functions end with what they call.
    let functions = StoredValue::new_local(Some((snapshot, diagnostics, settled)));
    on_cleanup(move || {
        let _ = Reflect::delete_property(&dom::window(), &"k8bit".into());
        functions.try_update_value(Option::take);
    });
}

/// By way of text: the browser's own parser makes objects faster than many calls from here.
fn plain(json: &str) -> JsValue {
    JSON::parse(json).unwrap_or(JsValue::NULL)
}

/// Waits until what was known at the call has been drawn and has come to rest. What arrives later is left to later
/// calls: a cluster that never rests must not keep anybody waiting for ever.
async fn settled(frame: Frame, motion: Motion) {
    let advances = frame.advances();
    // Once at least, so that effects of the last advance have run.
    TimeoutFuture::new(LOOK_MS).await;
    while (frame.is_pending() && frame.advances() == advances) || frame.is_drawing() {
        TimeoutFuture::new(LOOK_MS).await;
    }
    let now = dom::milliseconds();
    while motion.is_moving_since(now) {
        TimeoutFuture::new(LOOK_MS).await;
    }
}
