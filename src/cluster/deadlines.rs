//! Changes that happen with time alone: pods become stuck or slow, and restarts stop being recent.
//!
//! A terminating pod is stuck some time after its grace period, and a restart is recent for a while; no event says so. Each
//! pod that has such a moment ahead or behind it stands in a list by that moment, and what has passed is counted. A change
//! costs the logarithm of the list's length; a query costs what has passed since the last change.

use std::collections::BTreeSet;

use crate::{
    limits::{RESTART_IS_NEWS_SECONDS, SLOW_AFTER_SECONDS, STUCK_AFTER_SECONDS},
    resource::{
        ObjectKey, Pod, Timestamp,
        status::{Family, Variant},
    },
};

/// How many pods are overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// Pods that are still there [`STUCK_AFTER_SECONDS`] after their grace period.
    pub stuck: u32,
    /// Pods that have not been ready for [`SLOW_AFTER_SECONDS`], although nothing in particular has failed.
    pub slow: u32,
    /// Pods that have not ended, and of which a container was restarted in the last [`RESTART_IS_NEWS_SECONDS`].
    pub restarted: u32,
}

/// When a pod that was deleted counts as stuck, ended or not; `None` for any other. A pod that is lost with its node is no
/// such pod.
#[must_use]
pub fn stuck_from(pod: &Pod) -> Option<Timestamp> {
    let is_waited_for = match pod.status.family {
        Family::Gone => pod.status.variant != Variant::Lost,
        Family::Failing => pod.status.variant == Variant::Over,
        Family::Done => true,
        Family::Healthy | Family::NotReady | Family::Starting | Family::Blocked => false,
    };
    later(pod.deleted.filter(|_| is_waited_for), STUCK_AFTER_SECONDS)
}

/// When a pod that is starting or not ready counts as slow; `None` for any other. So does one whose containers have all
/// completed, although its phase says that it has not ended.
#[must_use]
pub fn slow_from(pod: &Pod) -> Option<Timestamp> {
    let is_awaited = pod.deleted.is_none()
        && match pod.status.family {
            Family::NotReady | Family::Starting => true,
            Family::Done => !pod.is_finished(),
            Family::Healthy | Family::Blocked | Family::Failing | Family::Gone => false,
        };
    let since = pod.unready_since.or(pod.created);
    later(since.filter(|_| is_awaited), SLOW_AFTER_SECONDS)
}

/// When the last restart of a pod stops being recent; `None` where there was none, or the pod has ended.
#[must_use]
pub fn restart_is_news_until(pod: &Pod) -> Option<Timestamp> {
    let is_news = pod.status.restarts > 0 && !pod.is_finished();
    later(pod.status.last_restart.filter(|_| is_news), RESTART_IS_NEWS_SECONDS)
}

/// Whether a container of a pod was restarted in the last [`RESTART_IS_NEWS_SECONDS`].
#[must_use]
pub fn restarted_lately(pod: &Pod, now: Timestamp) -> bool {
    restart_is_news_until(pod).is_some_and(|until| until > now)
}

fn later(moment: Option<Timestamp>, seconds: i64) -> Option<Timestamp> {
    moment.map(|moment| Timestamp(moment.0.saturating_add(seconds)))
}

/// Deadlines of pods. See the [module](self).
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    stuck: Moments,
    slow: Moments,
    restarted: Moments,
}

impl Deadlines {
    /// Takes in a pod that is not on the list.
    pub(super) fn add(&mut self, pod: &Pod) {
        let key = &pod.meta.key;
        self.stuck.insert(stuck_from(pod), key);
        self.slow.insert(slow_from(pod), key);
        self.restarted.insert(restart_is_news_until(pod), key);
    }

    /// Takes out a pod exactly as it was taken in.
    pub(super) fn remove(&mut self, pod: &Pod) {
        let key = &pod.meta.key;
        self.stuck.remove(stuck_from(pod), key);
        self.slow.remove(slow_from(pod), key);
        self.restarted.remove(restart_is_news_until(pod), key);
    }

    /// Takes in a later state of a pod in place of the one that was taken in. Few changes move a moment.
    pub(super) fn replace(&mut self, old: &Pod, new: &Pod) {
        let key = &new.meta.key;
        self.stuck.replace(stuck_from(old), stuck_from(new), key);
        self.slow.replace(slow_from(old), slow_from(new), key);
        self.restarted
            .replace(restart_is_news_until(old), restart_is_news_until(new), key);
    }

    /// Notes the time, so that asking stays cheap.
    pub(super) fn advance(&mut self, now: Timestamp) {
        for moments in [&mut self.stuck, &mut self.slow, &mut self.restarted] {
            moments.advance(now);
        }
    }

    /// The counts at a time.
    pub(super) fn overdue(&self, now: Timestamp) -> Overdue {
        Overdue {
            stuck: self.stuck.passed(now),
            slow: self.slow.passed(now),
            restarted: narrow(self.restarted.times.len()) - self.restarted.passed(now),
        }
    }
}

/// Moments of pods, and how many of them have passed.
#[derive(Clone, Debug)]
struct Moments {
    times: BTreeSet<(Timestamp, ObjectKey)>,
    /// Up to when `passed` counts, that second included.
    now: Timestamp,
    passed: u32,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            times: BTreeSet::new(),
            now: Timestamp(i64::MIN),
            passed: 0,
        }
    }
}

impl Moments {
    fn insert(&mut self, moment: Option<Timestamp>, key: &ObjectKey) {
        let Some(moment) = moment else { return };
        if self.times.insert((moment, key.clone())) {
            self.passed += u32::from(moment <= self.now);
        }
    }

    fn remove(&mut self, moment: Option<Timestamp>, key: &ObjectKey) {
        let Some(moment) = moment else { return };
        if self.times.remove(&(moment, key.clone())) {
            self.passed -= u32::from(moment <= self.now);
        }
    }

    fn replace(&mut self, old: Option<Timestamp>, new: Option<Timestamp>, key: &ObjectKey) {
        if old != new {
            self.remove(old, key);
            self.insert(new, key);
        }
    }

    fn advance(&mut self, now: Timestamp) {
        self.passed = self.passed(now);
        self.now = now;
    }

    /// How many moments have passed at `now`; a clock may also have been set back.
    fn passed(&self, now: Timestamp) -> u32 {
        if now >= self.now {
            self.passed + self.between(self.now, now)
        } else {
            self.passed - self.between(now, self.now)
        }
    }

    /// How many moments come after `from` and not after `to`.
    fn between(&self, from: Timestamp, to: Timestamp) -> u32 {
        let Some(first) = from.0.checked_add(1) else { return 0 };
        // No key sorts before the empty one.
        let empty = ObjectKey {
            namespace: "".into(),
            name: "".into(),
        };
        let passed = self
            .times
            .range((Timestamp(first), empty)..)
            .take_while(|(moment, _)| *moment <= to);
        narrow(passed.count())
    }
}

/// As many as there are pods.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(name: u8) -> ObjectKey {
        ObjectKey {
            namespace: "a".into(),
            name: format!("{name}").into(),
        }
    }

    proptest! {
        /// Whatever comes, goes and however the clock runs, what has passed equals counting.
        #[test]
        fn passed_equals_counting(steps in proptest::collection::vec((0_u8..4, 0_u8..6, -20_i64..20), 0..80)) {
            let mut moments = Moments::default();
            let mut known = BTreeSet::new();
            for (what, name, time) in steps {
                let moment = Timestamp(time);
                match what {
                    0 | 1 => {
                        moments.insert(Some(moment), &key(name));
                        known.insert((time, name));
                    }
                    2 => {
                        moments.remove(Some(moment), &key(name));
                        known.remove(&(time, name));
                    }
                    _ => moments.advance(moment),
                }
                for now in [i64::MIN, -30, -3, 0, time, 30, i64::MAX] {
                    let passed = known.iter().filter(|(moment, _)| *moment <= now).count();
                    prop_assert_eq!(moments.passed(Timestamp(now)) as usize, passed, "at {}", now);
                }
            }
        }
    }
}
