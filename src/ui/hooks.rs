//! What `window.k8bit` gives: see [`Hooks`].

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;

use super::{cluster::Motion, dom, frame::Frame};
use crate::browser::hooks::Hooks;

/// How often `settled()` looks, in milliseconds: a frame, also where frames are not drawn because the tab is hidden.
const LOOK_MS: u32 = 16;

/// Puts `k8bit` on the window, for as long as the caller's owner lives.
pub(super) fn install(frame: Frame, motion: Motion) {
    let hooks = Hooks::install(
        move || frame.snapshot(),
        move || frame.diagnostics(),
        move || settled(frame, motion),
    );
    // Ends with its owner.
    StoredValue::new_local(hooks);
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
