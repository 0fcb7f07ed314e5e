//! Kiosk mode: the position of the picture, and which problem is highlighted.
//!
//! Pure: from the time alone, so that nothing has to be kept for weeks.

use crate::{resource::Timestamp, view::visible::visible};

/// How long a problem is highlighted, in seconds: long enough to read its sentence from across the room.
pub const HIGHLIGHT_SECONDS: i64 = 8;

/// How long the picture stands in one place, in seconds.
pub const DRIFT_SECONDS: i64 = 60;

/// How long the pointer may rest before it is hidden, in milliseconds.
pub const POINTER_REST_MS: f64 = 3_000.0;

/// How far the picture goes from its place, in CSS pixels.
const DRIFT: i64 = 4;

/// Where the picture stands: a few pixels to the right and down. Each time by one pixel, so that nobody sees it move, and
/// along a way on which every place within reach is visited, so that no pixel of a screen shows the same for long.
#[must_use]
pub fn drift(now: Timestamp) -> (i64, i64) {
    let width = 2 * DRIFT + 1;
    // There and back again: each row in turn, alternately to the right and to the left.
    let step = now.0.div_euclid(DRIFT_SECONDS).rem_euclid(2 * width * width);
    let place = if step < width * width {
        step
    } else {
        2 * width * width - 1 - step
    };
    let (row, column) = (place / width, place % width);
    let column = if row % 2 == 0 { column } else { width - 1 - column };
    (column - DRIFT, row - DRIFT)
}

/// The number of the turn in which a problem is highlighted: the next problem's turn has another number.
#[must_use]
pub fn turn(now: Timestamp) -> i64 {
    now.0.div_euclid(HIGHLIGHT_SECONDS)
}

/// The query in kiosk mode: the one in force, and that the text of the address is no query, if that is so. Empty where
/// everything is shown because there is none.
#[must_use]
pub fn query_words(text: &str, in_force: &str) -> String {
    match (visible(text.trim()), visible(in_force.trim())) {
        (text, in_force) if text == in_force => in_force.into_owned(),
        (text, in_force) if in_force.is_empty() => format!("Invalid query: {text}. The page shows everything."),
        (text, in_force) => format!("Invalid query: {text}. The page applies the query {in_force}."),
    }
}

/// What keeps the screen on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WakeLock {
    /// Not known yet: the browser has not answered, or was not asked.
    #[default]
    Unknown,
    /// The browser keeps it on.
    Held,
    /// The page is not a secure context: it came over plain http from a host name. Browsers give it no such lock.
    Insecure,
    /// The browser has no such locks.
    Unsupported,
    /// The browser refused, for example because the battery is low.
    Refused,
}

impl WakeLock {
    /// The warning that the screen may go dark, and what helps; empty while it cannot.
    #[must_use]
    pub fn warning(self) -> &'static str {
        match self {
            Self::Unknown | Self::Held => "",
            Self::Insecure => {
                "This screen may go dark: over plain http, browsers keep it on for localhost only. Open the page over https or \
                 as localhost, or turn off the power saving of this computer."
            }
            Self::Unsupported => {
                "This screen may go dark: this browser cannot keep it on. Turn off the power saving of this computer."
            }
            Self::Refused => {
                "This screen may go dark: the browser refuses to keep it on, perhaps because the battery is low. Turn off the \
                 power saving of this computer."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_picture_drifts_by_a_pixel_and_visits_every_place() {
        let groups: Vec<_> = (-200..400).map(|minute| drift(Timestamp(minute * 60))).collect();
        for pair in groups.windows(2) {
            let distance = (pair[0].0 - pair[1].0).abs() + (pair[0].1 - pair[1].1).abs();
            assert!(distance <= 1, "{pair:?}");
        }
        let visited: BTreeSet<_> = groups.iter().copied().collect();
        assert_eq!(visited.len(), 81);
        assert!(groups.iter().all(|(x, y)| x.abs() <= 4 && y.abs() <= 4));
        assert_eq!(drift(Timestamp(0)), drift(Timestamp(59)));
    }

    #[test]
    fn a_wall_says_which_query_applies() {
        for (text, in_force, words) in [
            ("", "", ""),
            (" ns:shop ", "ns:shop", "ns:shop"),
            ("ns:", "", "Invalid query: ns:. The page shows everything."),
            ("ns:", "web", "Invalid query: ns:. The page applies the query web."),
            ("a\u{202e}b", "a\u{202e}b", "a<U+202E>b"),
        ] {
            assert_eq!(query_words(text, in_force), words);
        }
    }

    #[test]
    fn a_screen_that_may_go_dark_says_so_with_the_reason() {
        for (lock, reason) in [
            (WakeLock::Insecure, "plain http"),
            (WakeLock::Unsupported, "this browser cannot"),
            (WakeLock::Refused, "refuses"),
        ] {
            let warning = lock.warning();
            assert!(
                warning.starts_with("This screen may go dark: ") && warning.contains(reason),
                "{warning}"
            );
            assert!(warning.contains("power saving"), "{warning}");
        }
        assert_eq!((WakeLock::Held.warning(), WakeLock::Unknown.warning()), ("", ""));
    }

    #[test]
    fn each_problem_has_eight_seconds() {
        assert_eq!(turn(Timestamp(16)), turn(Timestamp(23)));
        assert_ne!(turn(Timestamp(23)), turn(Timestamp(24)));
    }
}
