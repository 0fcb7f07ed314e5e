//! What this page knows of the way to its server, and what this browser remembers of it.
//!
//! Only one thing is remembered: that `fetch` brings headers late, which is how Firefox is. That something holds bodies back
//! is another matter behind each server, and found out within seconds.

use std::cell::Cell;

use k8bit_informer::transport::{Delivery, TransportState};
use web_sys::Storage;

use crate::limits::REMEMBERED_DELIVERY;

/// Where it is remembered, with the time in milliseconds since 1970.
const KEY: &str = "k8bit-late-headers";

thread_local! {
    /// `None` until somebody asks.
    static KNOWN: Cell<Option<TransportState>> = const { Cell::new(None) };
}

/// What is known.
pub(super) fn known() -> TransportState {
    KNOWN.get().unwrap_or_else(|| {
        let transport = TransportState {
            fetch: match remembers() {
                true => Delivery::LateHeaders,
                false => Delivery::Unknown,
            },
            ..TransportState::default()
        };
        KNOWN.set(Some(transport));
        transport
    })
}

/// Something was learnt.
pub(super) fn learn(transport: TransportState) {
    let before = known();
    if transport == before {
        return;
    }
    KNOWN.set(Some(transport));
    if transport.fetch == before.fetch {
        return;
    }
    // A browser that keeps nothing finds out again.
    let Some(storage) = storage() else { return };
    let _ = match transport.fetch {
        Delivery::LateHeaders => storage.set_item(KEY, &js_sys::Date::now().to_string()),
        _ => storage.remove_item(KEY),
    };
}

fn remembers() -> bool {
    let since = || storage()?.get_item(KEY).ok()??.parse::<f64>().ok();
    since().is_some_and(|since| {
        let age = (js_sys::Date::now() - since) / 1_000.0;
        (0.0..REMEMBERED_DELIVERY.as_secs_f64()).contains(&age)
    })
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
