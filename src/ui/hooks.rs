//! `window.k8bit`: what tests and power users may rely on. The README documents it.
//!
//! - `version`: the version of K8bit.
//! - `snapshot()`: what is known, as plain JSON, whatever is visible.
//! - `diagnostics()`: what a bug report needs to know of the connection, as plain JSON.
//! - `settled()`: a promise that is fulfilled when what is known now has been drawn and no block of it moves any more.

use crate::view::snapshot::Snapshot;
use js_sys::{JSON, Object, Promise, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::{Page, dom};

/// How often `settled()` looks, in milliseconds: a frame, also where frames are not drawn because the tab is hidden.
const LOOK_MS: i32 = 16;

/// Puts `k8bit` on the window.
pub(super) fn install(page: &Page) {
    let hooks = Object::new();
    let for_snapshot = page.clone();
    let snapshot: Closure<dyn Fn() -> JsValue> = Closure::new(move || snapshot(&for_snapshot));
    let for_diagnostics = page.clone();
    let diagnostics: Closure<dyn Fn() -> JsValue> =
        Closure::new(move || plain(&for_diagnostics.0.source.diagnostics()));
    let for_settled = page.clone();
    let settled: Closure<dyn Fn() -> Promise> = Closure::new(move || {
        let page = for_settled.clone();
        future_to_promise(async move { settled(page).await })
    });
    for (name, value) in [
        ("version", JsValue::from_str(env!("CARGO_PKG_VERSION"))),
        ("snapshot", snapshot.into_js_value()),
        ("diagnostics", diagnostics.into_js_value()),
        ("settled", settled.into_js_value()),
    ] {
        // Fails only on a frozen object, and this one is new.
        let _ = Reflect::set(&hooks, &name.into(), &value);
    }
    let _ = Reflect::set(&dom::window(), &"k8bit".into(), &hooks);
}

fn snapshot(page: &Page) -> JsValue {
    let connection = page.0.source.connection();
    let versions = page.0.source.resource_versions();
    let mut snapshot = JsValue::NULL;
    page.0.source.with_cluster(&mut |cluster| {
        snapshot = plain(&Snapshot::of(cluster, &connection, &versions));
    });
    snapshot
}

/// By way of text: the browser's own parser makes objects faster than so many calls from here.
fn plain(value: &impl Serialize) -> JsValue {
    let json = serde_json::to_string(value).unwrap_or_default();
    JSON::parse(&json).unwrap_or(JsValue::NULL)
}

/// Waits until what was known at the call has been drawn and has come to rest. What arrives later is left to later
/// calls: a cluster that never rests must not keep anybody waiting for ever.
async fn settled(page: Page) -> Result<JsValue, JsValue> {
    let commits = page.0.commits.get();
    // Once at least, so that effects of the last commit have run.
    turn().await?;
    while (page.0.source.is_pending() && page.0.commits.get() == commits)
        || page.is_drawing()
        || page.0.totals_pace.is_held()
    {
        turn().await?;
    }
    let now = dom::milliseconds();
    while page.is_moving_since(now) {
        turn().await?;
    }
    Ok(JsValue::UNDEFINED)
}

/// A turn of the event loop and about a frame.
async fn turn() -> Result<(), JsValue> {
    let turn = Promise::new(&mut |resolve, _| {
        let resolve: js_sys::Function = resolve.unchecked_into();
        dom::after(LOOK_MS, move || {
            // A promise's own resolver does not throw.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
    });
    JsFuture::from(turn).await.map(drop)
}
