//! What is read out of the connection.

use leptos::prelude::*;

use crate::{
    connection::Connection,
    ui::{dom, signals::Liveness},
    view::{announce::Announcer, connection::sentence},
};

/// Announces the state of the connection, unless it was announced or another announcement is recent.
pub(super) fn announce(
    announcer: &mut Announcer,
    liveness: Liveness,
    connection: &Connection,
    utc_offset_minutes: i32,
) {
    if announcer.is_due(connection.state, dom::milliseconds()) {
        liveness.announcement.set(sentence(connection, utc_offset_minutes));
    }
}
