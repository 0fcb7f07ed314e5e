//! Announcements of the connection for screen readers: each lasting change, not each flicker.

use crate::connection::ConnectionState;

/// Shortest time between two announcements of a connection that flickers, in milliseconds.
const QUIET_MS: f64 = 3_000.0;

/// Which state is announced, and when.
#[derive(Clone, Copy, Debug, Default)]
pub struct Announcer {
    /// The last announcement, and when it was made, in milliseconds since an origin of the page's choice.
    said: Option<(ConnectionState, f64)>,
}

impl Announcer {
    /// Whether to announce the state now. An announcement is not repeated, and a state that may pass soon waits for a quiet
    /// moment. After a long outage, `live` is announced at once: until then, the last announcement is false.
    pub fn is_due(&mut self, state: ConnectionState, now_ms: f64) -> bool {
        let is_due = match self.said {
            None => true,
            Some((said, _)) if said == state => false,
            Some((said, at)) => {
                let was_lasting = matches!(
                    said,
                    ConnectionState::Connecting
                        | ConnectionState::Listing
                        | ConnectionState::Stale
                        | ConnectionState::Failed
                );
                now_ms - at >= QUIET_MS || was_lasting && state == ConnectionState::Live
            }
        };
        if is_due {
            self.said = Some((state, now_ms));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConnectionState::{Connecting, Failed, Listing, Live, Reconnecting, Stale};

    /// States and the milliseconds from which on they hold, looked at ten times a second: what is said, and when.
    #[track_caller]
    fn check(states: &[(ConnectionState, u32)], end: u32, expected: &[(ConnectionState, u32)]) {
        let mut announcer = Announcer::default();
        let mut said = Vec::new();
        for now in (0..end).step_by(100) {
            let holds = states.iter().rev().find(|(_, from)| *from <= now);
            let (state, _) = holds.expect("the first holds from the beginning");
            if announcer.is_due(*state, f64::from(now)) {
                said.push((*state, now));
            }
        }
        assert_eq!(said, expected);
    }

    #[test]
    fn live_is_said_at_once_after_the_first_list() {
        check(
            &[(Connecting, 0), (Listing, 100), (Connecting, 900), (Live, 1_000)],
            9_000,
            &[(Connecting, 0), (Live, 1_000)],
        );
        check(
            &[(Connecting, 0), (Listing, 300), (Live, 3_500)],
            9_000,
            &[(Connecting, 0), (Listing, 3_000), (Live, 3_500)],
        );
        check(
            &[(Failed, 0), (Listing, 200), (Live, 400)],
            9_000,
            &[(Failed, 0), (Live, 400)],
        );
    }

    #[test]
    fn a_flicker_is_said_seldom_and_what_is_in_the_end_is_said() {
        check(
            &[
                (Live, 0),
                (Reconnecting, 4_000),
                (Live, 4_300),
                (Reconnecting, 4_600),
                (Live, 4_900),
            ],
            20_000,
            &[(Live, 0), (Reconnecting, 4_000), (Live, 7_000)],
        );
        check(
            &[(Live, 0), (Reconnecting, 5_000), (Stale, 15_000), (Live, 16_000)],
            20_000,
            &[(Live, 0), (Reconnecting, 5_000), (Stale, 15_000), (Live, 16_000)],
        );
    }
}
