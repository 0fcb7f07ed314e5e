//! The pods by family, as counters that are the legend at the same time.

use crate::{
    limits::COUNTER_LINGERS_SECONDS,
    resource::{Timestamp, status::Family},
    view::{block::FAMILIES_BY_URGENCY, format::count, summary::Summary},
};

/// The families, the most urgent first, and which of them have pods.
///
/// A family counts as present for a while after its last pod: where only those are shown, counters beside it do not move
/// although pods start and end all the time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilyCounters {
    /// By the order of [`FAMILIES_BY_URGENCY`]: since when each has no pods; `None` for one that is absent.
    held: [Option<HeldFamily>; FAMILIES_BY_URGENCY.len()],
    over: u32,
    is_known: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HeldFamily {
    pods: u32,
    empty_since: Option<Timestamp>,
}

impl FamilyCounters {
    /// Takes in the numbers as they are now. Unknown numbers are not shown.
    pub fn update(&mut self, summary: &Summary, now: Timestamp) {
        self.over = summary.over;
        self.is_known = summary.pods.is_some();
        for (held, family) in self.held.iter_mut().zip(FAMILIES_BY_URGENCY) {
            *held = match (summary.pods_of(family), *held) {
                (None, _) | (Some(0), None) => None,
                (Some(0), Some(HeldFamily { empty_since, .. })) => {
                    let since = empty_since.unwrap_or(now);
                    let is_over = since.seconds_until(now) >= COUNTER_LINGERS_SECONDS || since > now;
                    (!is_over).then_some(HeldFamily {
                        pods: 0,
                        empty_since: Some(since),
                    })
                }
                (Some(pods), _) => Some(HeldFamily {
                    pods,
                    empty_since: None,
                }),
            };
        }
    }

    /// What a family's counter says; `None` while the numbers are unknown.
    #[must_use]
    pub fn words_of(&self, family: Family) -> Option<FamilyWords> {
        let pods = self.pods_of(family).unwrap_or(0);
        self.is_known.then(|| FamilyWords::of(family, Some(pods), self.over))
    }

    /// How many pods a family has; `None` where it is absent.
    #[must_use]
    pub fn pods_of(&self, family: Family) -> Option<u32> {
        let index = FAMILIES_BY_URGENCY.iter().position(|other| *other == family)?;
        self.held[index].map(|held| held.pods)
    }
}

/// The words of a family's counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FamilyWords {
    /// Its pods, but for those that are over; `None` if unknown.
    pub pods: Option<u32>,
    /// Its pods that failed for good, of which none is an alarm.
    pub over: u32,
}

impl FamilyWords {
    /// The words for a family of `pods`, where `over` pods of the cluster failed for good.
    #[must_use]
    pub fn of(family: Family, pods: Option<u32>, over: u32) -> Self {
        let over = if family == Family::Failing { over } else { 0 };
        Self {
            pods: pods.map(|pods| pods.saturating_sub(over)),
            over: pods.map_or(0, |pods| over.min(pods)),
        }
    }

    /// `30 failed`, or nothing: a number of its own, beside the other.
    #[must_use]
    pub fn failed(self) -> Option<String> {
        (self.over > 0).then(|| format!("{} failed", count(self.over.into())))
    }

    /// Whether all of them are over.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.pods == Some(0) && self.over > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(pods: Option<[u32; FAMILIES_BY_URGENCY.len()]>) -> Summary {
        let families = FAMILIES_BY_URGENCY.into_iter().zip(pods.unwrap_or_default());
        Summary {
            nodes: Some(1),
            node_words: Vec::new(),
            pods: pods.map(|pods| pods.iter().sum()),
            families: families.collect(),
            over: 0,
            recent: String::new(),
            recent_nodes: String::new(),
        }
    }

    fn shown(counters: &FamilyCounters) -> Vec<(Family, u32)> {
        let families = FAMILIES_BY_URGENCY.into_iter();
        families
            .filter_map(|family| Some((family, counters.pods_of(family)?)))
            .collect()
    }

    #[test]
    fn families_without_pods_step_aside_after_a_while() {
        let mut counters = FamilyCounters::default();
        counters.update(&summary(Some([1, 0, 0, 0, 0, 0, 9])), Timestamp(100));
        assert_eq!(shown(&counters), [(Family::Failing, 1), (Family::Healthy, 9)]);
        let absent = counters.words_of(Family::Done).expect("all families are counted");
        assert_eq!((absent.pods, counters.pods_of(Family::Done)), (Some(0), None));
        let calm = summary(Some([0, 0, 0, 0, 0, 0, 10]));
        counters.update(&calm, Timestamp(110));
        assert_eq!(shown(&counters), [(Family::Failing, 0), (Family::Healthy, 10)]);
        counters.update(&calm, Timestamp(169));
        assert_eq!(counters.pods_of(Family::Failing), Some(0));
        counters.update(&calm, Timestamp(170));
        assert_eq!(shown(&counters), [(Family::Healthy, 10)]);
    }

    #[test]
    fn what_is_over_does_not_count_as_failing() {
        let words = |failing: Option<u32>, over: u32| {
            let words = FamilyWords::of(Family::Failing, failing, over);
            (words.pods, words.failed(), words.is_over())
        };
        let failed = Some("30 failed".to_owned());
        assert_eq!(words(Some(34), 30), (Some(4), failed.clone(), false));
        assert_eq!(words(Some(30), 30), (Some(0), failed, true));
        assert_eq!(words(Some(4), 0), (Some(4), None, false));
        assert_eq!(words(Some(0), 0), (Some(0), None, false));
        assert_eq!(words(None, 0), (None, None, false));
        let healthy = FamilyWords::of(Family::Healthy, Some(9), 3);
        assert_eq!((healthy.pods, healthy.over), (Some(9), 0));
    }

    #[test]
    fn a_family_that_has_pods_again_stays() {
        let mut counters = FamilyCounters::default();
        let calm = summary(Some([0, 0, 0, 0, 0, 0, 1]));
        let troubled = summary(Some([2, 0, 0, 0, 0, 0, 1]));
        counters.update(&troubled, Timestamp(0));
        counters.update(&calm, Timestamp(10));
        counters.update(&troubled, Timestamp(60));
        counters.update(&calm, Timestamp(100));
        assert_eq!(counters.pods_of(Family::Failing), Some(0));
    }

    #[test]
    fn of_unknown_pods_nothing_is_counted() {
        let mut counters = FamilyCounters::default();
        counters.update(&summary(Some([1; FAMILIES_BY_URGENCY.len()])), Timestamp(0));
        counters.update(&summary(None), Timestamp(1));
        assert_eq!(shown(&counters), []);
        assert_eq!(counters.words_of(Family::Healthy), None);
    }
}
