//! What a screen reader hears of the connection: each lasting change, not each flicker.

use std::cell::{Cell, RefCell};

use crate::{
    connection::{Connection, ConnectionState},
    view::connection::sentence,
};
use leptos::prelude::*;

use super::{PageRef, dom};

/// Shortest time between two announcements, in milliseconds.
const QUIET_MS: f64 = 3_000.0;

/// Says the state of the connection when it has changed and some time has passed.
pub(super) struct Announcer {
    text: ArcRwSignal<String>,
    said: RefCell<Option<ConnectionState>>,
    last: Cell<f64>,
}

impl Default for Announcer {
    fn default() -> Self {
        Self {
            text: ArcRwSignal::new(String::new()),
            said: RefCell::default(),
            last: Cell::new(-QUIET_MS),
        }
    }
}

impl Announcer {
    /// Says how the connection is, unless that was said already or something was said a moment ago.
    pub(super) fn announce(&self, connection: &Connection, utc_offset_minutes: i32) {
        let now = dom::milliseconds();
        if *self.said.borrow() == Some(connection.state) || now - self.last.get() < QUIET_MS {
            return;
        }
        self.last.set(now);
        self.said.replace(Some(connection.state));
        self.text.set(sentence(connection, utc_offset_minutes));
    }
}

/// The element that is read out.
pub(super) fn live_region(page: PageRef) -> impl IntoView {
    let text = page.with_value(|page| page.0.announcer.text.clone());
    view! { <p class="sr-only" role="status" aria-live="polite">{move || text.get()}</p> }
}
