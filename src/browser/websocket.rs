//! A watch over a WebSocket of this server, with the user's token where requests carry one.

use k8bit_informer::fetch::{Socket, socket_url};

use super::token::{self, Credentials};
use crate::limits::MAX_UNREAD_SOCKET_BYTES;

/// Begins the handshake. `path` begins with a slash. `None` if the browser refuses to try, or a token is missing.
pub(super) fn open(path: &str) -> Option<Socket> {
    let url = socket_url("", path)?;
    let open = |protocols| Socket::open(&url, protocols, MAX_UNREAD_SOCKET_BYTES).ok();
    match token::credentials(path) {
        Credentials::None => open(None),
        Credentials::Missing => None,
        Credentials::Token(token) => open(Some(&token::subprotocols(&token))),
    }
}
