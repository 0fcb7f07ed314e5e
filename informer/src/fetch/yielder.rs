//! Letting the page do something else between two slices of work.
//!
//! A timer will not do: browsers hold one that was set from another back for four milliseconds, which is half as long as
//! a slice. A message comes as soon as what waits has had its turn.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

/// Lets other tasks run between the slices of one. Each task that waits has its own.
#[derive(Debug)]
pub struct Yielder {
    /// `None` where the browser has none to give, and then nobody waits.
    channel: Option<MessageChannel>,
}

impl Yielder {
    /// The yielder of a task that begins.
    #[must_use]
    pub fn new() -> Self {
        Self {
            channel: MessageChannel::new().ok(),
        }
    }

    /// Comes back in a later macrotask; microtasks would keep the page from being drawn.
    pub async fn next(&self) {
        let Some(channel) = &self.channel else { return };
        let turn = Promise::new(&mut |resolve, _| {
            channel.port1().set_onmessage(Some(&resolve));
            if channel.port2().post_message(&JsValue::NULL).is_err() {
                // Nothing will come: better not to wait for it.
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        // Never rejected.
        let _ = JsFuture::from(turn).await;
    }
}

impl Default for Yielder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Yielder {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            // An open port keeps itself and its handler alive.
            channel.port1().close();
        }
    }
}
