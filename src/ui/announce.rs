//! What a screen reader hears of the connection.

use std::cell::{Cell, RefCell};

use crate::{
    connection::Connection,
    view::{announce, connection::sentence},
};

use super::{Page, dom, parts::Part, sketch::Node};

/// The element that is read out.
pub(super) const REGION: &str = "<p class=sr-only role=status aria-live=polite></p>";

/// Says the state of the connection when it has changed.
#[derive(Default)]
pub(super) struct Announcer {
    text: RefCell<String>,
    moment: Cell<announce::Announcer>,
}

impl Page {
    /// Says how the connection is, unless that was said already or something was said a moment ago.
    pub(super) fn announce(&self, connection: &Connection, utc_offset_minutes: i32) {
        let announcer = &self.0.announcer;
        let mut moment = announcer.moment.get();
        if !moment.is_due(connection.state, dom::milliseconds()) {
            return;
        }
        announcer.moment.set(moment);
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
