//! Where in its box each pod is drawn.

use std::{cmp::Reverse, collections::BinaryHeap, mem, sync::Arc};

use crate::resource::Pod;

/// The pods of one place, each in a slot that it keeps until it leaves.
///
/// The eye cannot follow blocks that move whenever another pod comes or goes. So a pod that leaves frees its slot and no
/// other moves; a new pod takes the lowest free slot. The slot of a pod depends only on the order in which pods came and
/// went.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// By slot; the last one is never free, so that the box shrinks with its pods.
    slots: Vec<Option<Arc<Pod>>>,
    /// By slot: whether the filter lets the pod through; a free slot's is of no account.
    matches: Vec<bool>,
    /// How many pods the filter lets through.
    matched: usize,
    /// How many slots are taken.
    taken: usize,
    /// The free slots, the lowest on top, and some that were free: they are passed over when they come up.
    free: BinaryHeap<Reverse<usize>>,
}

impl Slots {
    /// How many pods there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.taken
    }

    /// Whether there is no pod.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// How many slots there are, free ones included: the number of cells to draw.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.slots.len()
    }

    /// The pod in this slot; `None` where it is free or beyond the last one.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&Arc<Pod>> {
        self.slots.get(slot)?.as_ref()
    }

    /// The pods with their slots, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Pod>)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(slot, pod)| Some((slot, pod.as_ref()?)))
    }

    /// Whether the filter lets the pod in this slot through.
    #[must_use]
    pub fn is_match(&self, slot: usize) -> bool {
        self.matches.get(slot).copied().unwrap_or(false)
    }

    /// How many pods the filter lets through.
    #[must_use]
    pub fn matched(&self) -> usize {
        self.matched
    }

    /// Decides again which pods the filter lets through, from a slot on, until `is_enough`. Whether that changed anything, and
    /// the slot to go on from.
    pub(super) fn refilter(
        &mut self,
        from: usize,
        mut is_match: impl FnMut(&Pod) -> bool,
        mut is_enough: impl FnMut() -> bool,
    ) -> (bool, Option<usize>) {
        let mut changed = false;
        for slot in from..self.slots.len() {
            let Some(pod) = &self.slots[slot] else { continue };
            let is_match = is_match(pod);
            let was_match = mem::replace(&mut self.matches[slot], is_match);
            self.matched = self.matched + usize::from(is_match) - usize::from(was_match);
            changed |= is_match != was_match;
            if is_enough() {
                return (changed, Some(slot + 1));
            }
        }
        (changed, None)
    }

    /// Puts a pod into the lowest free slot.
    pub(super) fn insert(&mut self, pod: Arc<Pod>, is_match: bool) -> usize {
        let slot = self.lowest_free().unwrap_or_else(|| {
            self.slots.push(None);
            self.matches.push(false);
            self.slots.len() - 1
        });
        self.slots[slot] = Some(pod);
        self.matches[slot] = is_match;
        self.matched += usize::from(is_match);
        self.taken += 1;
        slot
    }

    fn lowest_free(&mut self) -> Option<usize> {
        std::iter::from_fn(|| self.free.pop())
            .map(|Reverse(slot)| slot)
            .find(|slot| matches!(self.slots.get(*slot), Some(None)))
    }

    /// Puts a later state of the pod in its slot; gives back the former.
    pub(super) fn replace(&mut self, slot: usize, pod: Arc<Pod>, is_match: bool) -> Arc<Pod> {
        self.matched -= usize::from(mem::replace(&mut self.matches[slot], is_match));
        self.matched += usize::from(is_match);
        let occupied = self.slots[slot]
            .as_mut()
            .expect("only a slot that is taken is replaced");
        mem::replace(occupied, pod)
    }

    /// Frees a slot; gives back its pod.
    pub(super) fn remove(&mut self, slot: usize) -> Arc<Pod> {
        let pod = self.slots[slot].take().expect("only a slot that is taken is freed");
        self.free.push(Reverse(slot));
        self.taken -= 1;
        self.matched -= usize::from(self.matches[slot]);
        while self.slots.last().is_some_and(Option::is_none) {
            self.slots.pop();
            self.matches.pop();
        }
        if self.slots.is_empty() {
            self.free.clear();
        }
        if self.slots.capacity() > 4 * self.slots.len() + 16 {
            self.slots.shrink_to(2 * self.slots.len());
            self.matches.shrink_to(2 * self.slots.len());
        }
        pod
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;
    use crate::resource::{Resource as _, ResourceInterner};

    proptest! {
        #[test]
        fn a_newcomer_takes_the_lowest_free_slot(steps in vec((any::<bool>(), any::<Index>()), 0..60)) {
            let json = br#"{"metadata":{"name":"a"}}"#;
            let pod = Arc::new(Pod::decode(json, &mut ResourceInterner::default()).expect("a pod"));
            let (mut slots, mut taken) = (Slots::default(), BTreeSet::new());
            for (comes, which) in steps {
                if comes || taken.is_empty() {
                    let lowest = (0..).find(|slot| !taken.contains(slot));
                    let slot = slots.insert(Arc::clone(&pod), true);
                    prop_assert_eq!(Some(slot), lowest);
                    taken.insert(slot);
                } else {
                    let slot = *which.get(&taken.iter().copied().collect::<Vec<usize>>());
                    slots.remove(slot);
                    taken.remove(&slot);
                }
                let found: Vec<usize> = slots.iter().map(|(slot, _)| slot).collect();
                prop_assert_eq!(found, taken.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!((slots.len(), slots.matched()), (taken.len(), taken.len()));
                prop_assert_eq!(slots.slot_count(), taken.last().map_or(0, |last| last + 1));
            }
        }
    }
}
