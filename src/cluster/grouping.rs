//! Pods at places by one rule, each in a slot.

use std::{hash::BuildHasher, sync::Arc};

use hashbrown::DefaultHashBuilder;
use k8bit_informer::hash_index::HashIndex;

use super::{
    Slots,
    groups::{Ask, GroupBy, GroupKey, GroupKeyRef, Matched, PodGroup, PodGroups, Refiltered},
};
use crate::resource::{Node, ObjectKey, Pod};

/// Every pod in exactly one slot of exactly one place, and what became dirty since it was last asked.
#[derive(Clone, Debug)]
pub struct Grouping {
    by: GroupBy,
    groups: PodGroups,
    /// Where each pod is, by the hash of its key; the key itself is in the pod alone.
    index: HashIndex<Location>,
    /// Seeded, because users who create pods choose the names.
    hasher: DefaultHashBuilder,
    /// Ids of places about which the filter, as it is now, was not asked, or not in full; the next one last. Some have been
    /// asked about meanwhile, or are gone.
    unfiltered: Vec<usize>,
}

/// Where a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Location {
    /// An id of [`PodGroups`].
    group_key: u32,
    slot: u32,
}

/// The state of a pod that another one, or none, has taken the place of.
#[derive(Clone, Debug)]
pub(super) struct PreviousPod {
    pub(super) pod: Arc<Pod>,
    /// Whether the filter let it through.
    pub(super) is_match: bool,
}

impl Grouping {
    pub(super) fn new(by: GroupBy) -> Self {
        Self {
            by,
            groups: PodGroups::default(),
            index: HashIndex::default(),
            hasher: DefaultHashBuilder::default(),
            unfiltered: Vec::new(),
        }
    }

    /// The rule.
    #[must_use]
    pub fn by(&self) -> GroupBy {
        self.by
    }

    /// The boxes in [natural order](super::natural::compare).
    pub fn groups(&self) -> impl Iterator<Item = &PodGroup> {
        self.groups.iter()
    }

    /// How many boxes there are.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// The tray of the pods that are not bound to a node; empty by any other rule.
    #[must_use]
    pub fn unscheduled(&self) -> &PodGroup {
        self.groups.get(PodGroups::UNSCHEDULED)
    }

    /// What is at this place; `None` when there is no such box.
    #[must_use]
    pub fn pod_group(&self, group_key: &GroupKey) -> Option<&PodGroup> {
        self.groups.find(group_key.as_ref()).map(|id| self.groups.get(id))
    }

    /// The pod of this key, and where it is: its place and its slot there.
    #[must_use]
    pub fn pod(&self, key: &ObjectKey) -> Option<(&PodGroup, usize, &Arc<Pod>)> {
        let location = self.find(self.hash(key), key)?;
        let pod_group = self.groups.get(location.group_key as usize);
        Some((pod_group, location.slot as usize, pod_at(&self.groups, location)))
    }

    /// Every pod with its place and its slot there, in the order of places and slots.
    pub fn pods(&self) -> impl Iterator<Item = (&PodGroup, &Arc<Pod>, usize)> {
        let all = std::iter::once(self.unscheduled()).chain(self.groups());
        all.flat_map(|pod_group| pod_group.pods().iter().map(move |(slot, pod)| (pod_group, pod, slot)))
    }

    /// The node of this name, if it is known.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        let id = self.groups.find(GroupKeyRef::Node(name))?;
        self.groups.get(id).node().map(|node| &**node)
    }

    /// The places that changed since the last call, in order, and whether places came or went.
    pub(super) fn take_dirty(&mut self) -> (Vec<GroupKey>, bool) {
        self.groups.take_dirty()
    }

    /// The filter has to be asked about every pod and every node.
    pub(super) fn invalidate_filter(&mut self) {
        self.unfiltered = self.groups.ids().collect();
        for id in &self.unfiltered {
            self.groups.doubt(*id, 0);
        }
    }

    /// Whether the filter was asked about all of them.
    pub(super) fn is_filtered(&self) -> bool {
        self.unfiltered.is_empty()
    }

    /// Asks the filter about one more place, or a part of it. `None` where there is nothing left to ask about.
    pub(super) fn filter_next(&mut self, ask: &impl Ask) -> Option<Refiltered> {
        while let Some(id) = self.unfiltered.last() {
            let refiltered = self.groups.refilter(*id, ask);
            if refiltered.is_none_or(|refiltered| refiltered.is_done) {
                self.unfiltered.pop();
            }
            if refiltered.is_some() {
                return refiltered;
            }
        }
        None
    }

    /// Asks the filter about this place before others, if it has to be asked about it.
    pub(super) fn filter_first(&mut self, group_key: &GroupKey) {
        let id = self.groups.find(group_key.as_ref());
        self.unfiltered
            .extend(id.filter(|id| self.groups.get(*id).unasked.is_some()));
    }

    /// The filter has to be asked about what is in this slot.
    fn doubt(&mut self, id: usize, slot: usize) {
        if self.groups.doubt(id, slot) {
            self.unfiltered.push(id);
        }
    }

    pub(super) fn touch_nodeless(&mut self) {
        self.groups.invalidate(|pod_group| pod_group.node().is_none());
    }

    /// Marks the box of a node as changed.
    pub(super) fn touch_node(&mut self, name: &str) {
        if let Some(id) = self.groups.find(GroupKeyRef::Node(name)) {
            self.groups.get_mut(id);
        }
    }

    pub(super) fn touch_all(&mut self) {
        self.groups.touch_all();
    }

    /// Gives a node to its box; the state of it that was known before, and how many nodes the filter let through there.
    /// `is_match` says whether it lets this one through; without it, the filter has to be asked.
    pub(super) fn put_node(
        &mut self,
        node: &Arc<Node>,
        is_match: Option<bool>,
    ) -> (Option<Arc<Node>>, Matched, Matched) {
        let id = self.groups.find_or_insert(GroupKeyRef::Node(&node.meta.key.name));
        let pod_group = self.groups.get_mut(id);
        let before = Matched::of(pod_group);
        let old = pod_group.node.replace(Arc::clone(node));
        pod_group.is_node_match = is_match.unwrap_or(before.nodes > 0);
        let after = Matched::of(pod_group);
        if is_match.is_none() {
            self.doubt(id, 0);
        }
        (old, before, after)
    }

    /// Takes a node out of its box; what was known of it, and whether the filter let it through.
    pub(super) fn remove_node(&mut self, name: &str) -> Option<(Arc<Node>, bool)> {
        let id = self.groups.find(GroupKeyRef::Node(name))?;
        let pod_group = self.groups.get_mut(id);
        let was_match = pod_group.is_node_match();
        let old = pod_group.node.take()?;
        self.groups.remove_if_empty(id);
        Some((old, was_match))
    }

    /// Puts a pod, or a later state of it, where the rule wants it; what was there of it before. `is_match` says whether
    /// the filter lets it through; without it, the filter has to be asked, and meanwhile it is as it was.
    pub(super) fn put(&mut self, pod: &Arc<Pod>, is_match: Option<bool>) -> Option<PreviousPod> {
        let hash = self.hash(&pod.meta.key);
        match self.find(hash, &pod.meta.key) {
            Some(location) if self.is_at(location, pod) => {
                let (id, slot) = (location.group_key as usize, location.slot as usize);
                let pod_group = self.groups.get_mut(id);
                let was_match = pod_group.pods().is_match(slot);
                let old = PreviousPod {
                    is_match: was_match,
                    pod: pod_group.replace(slot, Arc::clone(pod), is_match.unwrap_or(was_match)),
                };
                if is_match.is_none() {
                    self.doubt(id, slot);
                }
                Some(old)
            }
            Some(location) => {
                let old = self.take(hash, location);
                self.add(hash, pod, is_match, old.is_match);
                Some(old)
            }
            None => {
                self.add(hash, pod, is_match, false);
                None
            }
        }
    }

    /// Takes a pod away; what was there of it.
    pub(super) fn remove(&mut self, key: &ObjectKey) -> Option<PreviousPod> {
        let hash = self.hash(key);
        let location = self.find(hash, key)?;
        Some(self.take(hash, location))
    }

    /// Makes room for a whole list at once: the index grows once, not at each power of two.
    pub(super) fn reserve(&mut self, newcomers: usize) {
        self.index.reserve(newcomers);
    }

    fn find(&self, hash: u64, key: &ObjectKey) -> Option<Location> {
        let is_it = |location: &Location| pod_at(&self.groups, *location).meta.key == *key;
        self.index.find(hash, is_it).copied()
    }

    fn is_at(&self, location: Location, pod: &Pod) -> bool {
        let group_key = self.groups.get(location.group_key as usize).group_key();
        group_key.as_ref() == GroupKeyRef::of(self.by, pod)
    }

    fn add(&mut self, hash: u64, pod: &Arc<Pod>, is_match: Option<bool>, was_match: bool) {
        let id = self.groups.find_or_insert(GroupKeyRef::of(self.by, pod));
        let slot = self
            .groups
            .get_mut(id)
            .insert(Arc::clone(pod), is_match.unwrap_or(was_match));
        if is_match.is_none() {
            self.doubt(id, slot);
        }
        let location = Location {
            group_key: narrow(id),
            slot: narrow(slot),
        };
        self.index.insert(hash, location);
    }

    fn take(&mut self, hash: u64, location: Location) -> PreviousPod {
        self.index.remove(hash, |found| *found == location);
        self.shrink();
        let (id, slot) = (location.group_key as usize, location.slot as usize);
        let pod_group = self.groups.get_mut(id);
        let previous = PreviousPod {
            is_match: pod_group.pods().is_match(slot),
            pod: pod_group.remove(slot),
        };
        self.groups.remove_if_empty(id);
        previous
    }

    /// Gives back the room that a larger past took.
    fn shrink(&mut self) {
        if self.index.capacity() > 4 * self.index.len() + 1_024 {
            self.index.shrink_to(2 * self.index.len());
        }
    }

    fn hash(&self, key: &ObjectKey) -> u64 {
        self.hasher.hash_one((&*key.namespace, key.name.as_str()))
    }
}

fn pod_at(groups: &PodGroups, location: Location) -> &Arc<Pod> {
    let pods: &Slots = groups.get(location.group_key as usize).pods();
    pods.get(location.slot as usize)
        .expect("the index names slots that are taken")
}

/// An index into memory that holds an object for each.
fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("four billion objects do not fit into the address space of the program")
}
