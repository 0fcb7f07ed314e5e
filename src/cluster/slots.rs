//! Where in its box each pod is drawn.

use std::{collections::BTreeSet, mem, rc::Rc};

use crate::resource::Pod;

/// The pods of one place, each in a slot that it keeps until it leaves.
///
/// Blocks that jump aside whenever another pod comes or goes cannot be followed by eye. So a pod that leaves frees its
/// slot and nobody moves up; a newcomer takes the lowest free slot. Which slot a pod has depends on nothing but the order
/// in which pods came and went.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// By slot; the last one is never free, so that the box shrinks with its pods.
    slots: Vec<Option<Rc<Pod>>>,
    /// By slot: whether the filter lets the pod through; a free slot's is of no account.
    matches: Vec<bool>,
    /// How many pods the filter lets through.
    matched: usize,
    /// Exactly the free slots.
    free: BTreeSet<usize>,
}

impl Slots {
    /// How many pods there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
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
    pub fn get(&self, slot: usize) -> Option<&Rc<Pod>> {
        self.slots.get(slot)?.as_ref()
    }

    /// The pods with their slots, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Rc<Pod>)> {
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

    /// Decides anew which pods the filter lets through; whether that changed anything.
    pub(super) fn refilter(&mut self, mut is_match: impl FnMut(&Pod) -> bool) -> bool {
        let mut changed = false;
        self.matched = 0;
        for (pod, matches) in self.slots.iter().zip(&mut self.matches) {
            let Some(pod) = pod else { continue };
            let is_match = is_match(pod);
            self.matched += usize::from(is_match);
            changed |= mem::replace(matches, is_match) != is_match;
        }
        changed
    }

    /// Puts a pod into the lowest free slot.
    pub(super) fn insert(&mut self, pod: Rc<Pod>, is_match: bool) -> usize {
        let slot = self.free.pop_first().unwrap_or_else(|| {
            self.slots.push(None);
            self.matches.push(false);
            self.slots.len() - 1
        });
        self.slots[slot] = Some(pod);
        self.matches[slot] = is_match;
        self.matched += usize::from(is_match);
        slot
    }

    /// Puts a later state of the pod in its slot; gives back the former.
    pub(super) fn replace(&mut self, slot: usize, pod: Rc<Pod>, is_match: bool) -> Rc<Pod> {
        self.matched -= usize::from(mem::replace(&mut self.matches[slot], is_match));
        self.matched += usize::from(is_match);
        let occupied = self.slots[slot]
            .as_mut()
            .expect("only a slot that is taken is replaced");
        mem::replace(occupied, pod)
    }

    /// Frees a slot; gives back its pod.
    pub(super) fn remove(&mut self, slot: usize) -> Rc<Pod> {
        let pod = self.slots[slot].take().expect("only a slot that is taken is freed");
        self.free.insert(slot);
        self.matched -= usize::from(self.matches[slot]);
        while self.slots.last().is_some_and(Option::is_none) {
            self.slots.pop();
            self.matches.pop();
            self.free.remove(&self.slots.len());
        }
        if self.slots.capacity() > 4 * self.slots.len() + 16 {
            self.slots.shrink_to(2 * self.slots.len());
            self.matches.shrink_to(2 * self.slots.len());
        }
        pod
    }
}
