//! Noticing that the machine slept: nothing tells a page, but time was lost.

use std::time::Duration;

use crate::{
    clock::Moment,
    limits::{CLOCK_JUMP, HIDDEN_CLOCK_JUMP},
};

/// What a tick that comes every second tells of the time since the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// For how long the monotonic clock stood still, as that of some browsers does during sleep. What is measured against
    /// the network has to know.
    pub unnoticed: Duration,
    /// Whether so much time was lost that every connection is to be doubted.
    pub is_jump: bool,
}

/// Compares the time of a tick with that of the one before. Either clock alone may stand still during sleep; a wall clock
/// that is set back is nothing to a page. Timers of a hidden page come up to a minute late.
#[must_use]
pub fn lost_between(before: Moment, now: Moment, is_hidden: bool) -> Lost {
    let passed = now.monotonic.saturating_sub(before.monotonic);
    let on_the_wall = Duration::from_secs(before.wall.seconds_until(now.wall));
    let unnoticed = match on_the_wall >= passed + CLOCK_JUMP {
        true => on_the_wall - passed,
        false => Duration::ZERO,
    };
    let jump = if is_hidden { HIDDEN_CLOCK_JUMP } else { CLOCK_JUMP };
    Lost {
        unnoticed,
        is_jump: passed + unnoticed >= jump,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Timestamp;

    fn at(monotonic: u64, wall: i64) -> Moment {
        Moment {
            monotonic: Duration::from_secs(monotonic),
            wall: Timestamp(1_795_423_383 + wall),
        }
    }

    #[track_caller]
    fn check(monotonic: u64, wall: i64, is_hidden: bool, unnoticed: u64, is_jump: bool) {
        let lost = lost_between(at(100, 0), at(100 + monotonic, wall), is_hidden);
        let expected = Lost {
            unnoticed: Duration::from_secs(unnoticed),
            is_jump,
        };
        assert_eq!(lost, expected, "{monotonic} s, {wall} s on the wall");
    }

    #[test]
    fn time_that_either_clock_lost_is_noticed() {
        check(1, 1, false, 0, false);
        check(4, 4, false, 0, false);
        check(1_800, 1_800, false, 0, true);
        check(1, 1_800, false, 1_799, true);
        check(1_800, 1, false, 0, true);
        // Set back, or a little forward.
        check(1, -3_600, false, 0, false);
        check(1, 9, false, 0, false);
    }

    #[test]
    fn a_hidden_page_has_late_timers() {
        check(60, 60, true, 0, false);
        check(150, 150, true, 0, true);
        check(1, 1_800, true, 1_799, true);
        check(1, 61, true, 60, false);
    }
}
