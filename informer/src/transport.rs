//! What carries a watch, and what was learnt of it.
//!
//! `fetch` is the better carrier: it brings protobuf, the status of a refusal, and a server that waits for a slow page. But
//! a watch that is open says nothing while nothing happens, and then two things look alike from here:
//!
//! | where | headers of a watch | an event |
//! |---|---|---|
//! | Chromium and WebKit, behind `kubectl proxy` | at once | at once |
//! | Firefox | with the first byte of the body: on a quiet cluster after a minute | at once |
//! | behind a proxy that buffers responses | at once, or with the body | when some KiB have come together, or at the end |
//!
//! So headers that do not come within [`SOCKET_PATIENCE`] lead to a WebSocket, whose handshake is answered at once
//! everywhere and after which nobody buffers. Headers that do come are not believed: a *probe* asks beside the watch for the
//! event that the server has to send at once, the present state of one object. Where it does not arrive whole within
//! [`PROBE_DEADLINE`](crate::limits::PROBE_DEADLINE), it is a WebSocket again.
//!
//! Where WebSockets are refused as well, watches are *short*: the server ends each after
//! [`SHORT_WATCH_SECONDS`](crate::limits::SHORT_WATCH_SECONDS), and with its end everything has arrived. The picture is then
//! known to be current at each end, and not for much longer.

use std::time::Duration;

use crate::limits::{MAX_REFUSED_HANDSHAKES, SOCKET_PATIENCE, SOCKET_PATIENCE_FACTOR};

/// What is to carry a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// `fetch`.
    Fetch,
    /// `fetch`, as one of the few streams that all pages of a server have between them, and not
    /// at all if none is free.
    SharedFetch,
    /// A WebSocket.
    Socket,
}

impl Carrier {
    /// Its name in diagnostics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetch | Self::SharedFetch => "fetch",
            Self::Socket => "websocket",
        }
    }
}

/// When what a server sends on a watch arrives over `fetch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// Nothing is known.
    #[default]
    Unknown,
    /// At once: a probe has shown it.
    Prompt,
    /// A probe could not show it.
    Unproven,
    /// Headers do not come before the body, as in Firefox.
    LateHeaders,
    /// Something holds bodies back.
    HeldBodies,
}

/// What was learnt of the way between a page and its server. A copy can be kept, and handed to other informers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportState {
    /// How `fetch` delivers.
    pub fetch: Delivery,
    /// Handshakes of WebSockets in a row that were refused, although `fetch` was answered. A proxy that is just starting
    /// refuses one; something in between that does not know WebSockets refuses them all.
    pub refused_handshakes: u32,
}

impl TransportState {
    /// Of a way that is known to deliver at once.
    pub const PROMPT: Self = Self {
        fetch: Delivery::Prompt,
        refused_handshakes: 0,
    };

    /// Whether WebSockets are available, as far as is known.
    #[must_use]
    pub fn has_sockets(self) -> bool {
        self.refused_handshakes < MAX_REFUSED_HANDSHAKES
    }

    /// What two informers of one page know together: the worse of it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            fetch: self.fetch.max(other.fetch),
            refused_handshakes: self.refused_handshakes.max(other.refused_handshakes),
        }
    }
}

/// How long the headers of a watch may be awaited before a WebSocket is tried, where the headers of the list before it took
/// `latency`. They come as soon as those, or with the body.
pub(crate) fn socket_patience(latency: Option<Duration>) -> Duration {
    let longest = *SOCKET_PATIENCE.end();
    latency.map_or(longest, |latency| {
        latency
            .saturating_mul(SOCKET_PATIENCE_FACTOR)
            .clamp(*SOCKET_PATIENCE.start(), longest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_follows_what_the_server_showed() {
        let of = |milliseconds| socket_patience(Some(Duration::from_millis(milliseconds))).as_millis();
        assert_eq!((of(0), of(100), of(500), of(5_000)), (1_000, 1_000, 2_500, 5_000));
        assert_eq!(socket_patience(None), Duration::from_secs(5));
    }

    #[test]
    fn the_worse_of_two_is_known() {
        let late = TransportState {
            fetch: Delivery::LateHeaders,
            refused_handshakes: 1,
        };
        assert_eq!(TransportState::PROMPT.and(late), late);
        assert_eq!(
            TransportState::default().and(TransportState::PROMPT),
            TransportState::PROMPT
        );
        assert!(late.has_sockets());
        let refused = TransportState {
            refused_handshakes: MAX_REFUSED_HANDSHAKES,
            ..late
        };
        assert!(!refused.and(TransportState::PROMPT).has_sockets());
    }
}
