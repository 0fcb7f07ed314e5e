//! What a screen reader hears of the connection: each lasting change, not each flicker.

use std::cell::{Cell, RefCell};

use crate::{
    connection::{Connection, ConnectionState},
    view::connection::sentence,
};

use super::{Page, dom, parts::Part, sketch::Node};

/// Shortest time between two announcements, in milliseconds.
const QUIET_MS: f64 = 3_000.0;

/// The element that is read out.
pub(super) const REGION: &str = "<p class=sr-only role=status aria-live=polite></p>";

/// Says the state of the connection when it has changed and some time has passed.
pub(super) struct Announcer {
    text: RefCell<String>,
    said: Cell<Option<ConnectionState>>,
    last: Cell<f64>,
}

impl Default for Announcer {
    fn default() -> Self {
        Self {
            text: RefCell::default(),
            said: Cell::default(),
            last: Cell::new(-QUIET_MS),
        }
    }
}

impl Page {
    /// Says how the connection is, unless that was said already or something was said a moment ago.
    pub(super) fn announce(&self, connection: &Connection, utc_offset_minutes: i32) {
        let announcer = &self.0.announcer;
        let now = dom::milliseconds();
        if announcer.said.get() == Some(connection.state) || now - announcer.last.get() < QUIET_MS {
            return;
        }
        announcer.last.set(now);
        announcer.said.set(Some(connection.state));
        announcer.text.replace(sentence(connection, utc_offset_minutes));
        self.touch(Part::Announcement);
    }

    /// What is read out.
    pub(super) fn announcement(&self) -> Node {
        let mut node = Node::new(REGION);
        node.text(&self.0.announcer.text.borrow());
        node
    }
}
