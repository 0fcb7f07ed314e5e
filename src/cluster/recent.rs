//! What changed in the last minute.

use std::ops::AddAssign;

use crate::{limits::RECENT_SECONDS, resource::Timestamp};

/// How many objects were created, deleted and changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Objects that were not there before.
    pub created: u32,
    /// Objects that are gone.
    pub deleted: u32,
    /// Times that an object changed visibly.
    pub changed: u32,
}

impl AddAssign for ChangeCounts {
    fn add_assign(&mut self, other: Self) {
        self.created = self.created.saturating_add(other.created);
        self.deleted = self.deleted.saturating_add(other.deleted);
        self.changed = self.changed.saturating_add(other.changed);
    }
}

/// The changes of the last [`RECENT_SECONDS`], by second.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// The counts of second `t`, with that second, is at `t` modulo the length, if nothing later is.
    seconds: [(Timestamp, ChangeCounts); RECENT_SECONDS],
    /// Since when every change is received; `None` while it is not.
    heard_since: Option<Timestamp>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            seconds: [(Timestamp(i64::MIN), ChangeCounts::default()); RECENT_SECONDS],
            heard_since: None,
        }
    }
}

impl History {
    /// Says whether changes are received from `now` on. What was counted before a gap says nothing of the last minute.
    pub(super) fn set_heard(&mut self, is_heard: bool, now: Timestamp) {
        if is_heard == self.heard_since.is_some() {
            return;
        }
        *self = Self {
            heard_since: is_heard.then_some(now),
            ..Self::default()
        };
    }

    /// For how many seconds up to `now` every change was received, [`RECENT_SECONDS`] at most; `None` while it is not.
    pub(super) fn heard_seconds(&self, now: Timestamp) -> Option<u64> {
        let since = self.heard_since?;
        Some(since.seconds_until(now).min(RECENT_SECONDS as u64))
    }

    /// Counts what happened at `now`. Seconds that a clock set back brings again begin again.
    pub(super) fn add(&mut self, now: Timestamp, counts: ChangeCounts) {
        if counts == ChangeCounts::default() {
            return;
        }
        let (second, counted) = &mut self.seconds[now.0.rem_euclid(RECENT_SECONDS as i64) as usize];
        if *second != now {
            (*second, *counted) = (now, ChangeCounts::default());
        }
        *counted += counts;
    }

    /// What happened in the seconds up to `now`.
    pub(super) fn sum(&self, now: Timestamp) -> ChangeCounts {
        let mut sum = ChangeCounts::default();
        for (second, counts) in &self.seconds {
            if *second <= now && second.seconds_until(now) < RECENT_SECONDS as u64 {
                sum += *counts;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creations at these seconds, and how many are recent at `now`.
    #[track_caller]
    fn check(created_at: &[i64], now: i64, expected: u32) {
        let mut history = History::default();
        for second in created_at {
            history.add(
                Timestamp(*second),
                ChangeCounts {
                    created: 1,
                    ..ChangeCounts::default()
                },
            );
        }
        assert_eq!(
            history.sum(Timestamp(now)),
            ChangeCounts {
                created: expected,
                ..ChangeCounts::default()
            }
        );
    }

    #[test]
    fn counts_one_minute() {
        check(&[], 1_000, 0);
        check(&[1_000, 1_000, 1_001], 1_001, 3);
        check(&[1_000, 1_030], 1_059, 2);
        check(&[1_000, 1_030], 1_060, 1);
        check(&[1_000, 1_060], 1_060, 1);
        check(&[1_000], 100_000, 0);
        check(&[-1, -60], -1, 2);
        check(&[i64::MIN, i64::MAX], i64::MAX, 1);
    }

    #[test]
    fn what_was_not_heard_is_not_known() {
        let mut history = History::default();
        let created = |number| ChangeCounts {
            created: number,
            ..ChangeCounts::default()
        };
        assert_eq!(history.heard_seconds(Timestamp(1_000)), None);
        history.set_heard(true, Timestamp(1_000));
        history.add(Timestamp(1_002), created(2));
        history.set_heard(true, Timestamp(1_003));
        assert_eq!(history.heard_seconds(Timestamp(1_012)), Some(12));
        assert_eq!(history.sum(Timestamp(1_012)), created(2));
        assert_eq!(history.heard_seconds(Timestamp(2_000)), Some(60));
        // An outage, and what a list then brings, which may be of any time.
        history.set_heard(false, Timestamp(2_000));
        assert_eq!(history.heard_seconds(Timestamp(2_001)), None);
        history.add(Timestamp(2_030), created(7));
        history.set_heard(true, Timestamp(2_030));
        assert_eq!(history.heard_seconds(Timestamp(2_031)), Some(1));
        assert_eq!(history.sum(Timestamp(2_031)), ChangeCounts::default());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_count_the_future() {
        check(&[5_000], 4_000, 0);
        check(&[5_000, 4_000], 4_000, 1);
    }
}
