//! Pods at places by one rule, each in a slot.

use std::{hash::BuildHasher, sync::Arc};

use hashbrown::DefaultHashBuilder;
use k8bit_informer::hashed::Hashed;

use super::{
    Slots,
    places::{Ask, Entry, Matched, Place, PlaceBy, PlaceRef, Places, Refiltered},
};
use crate::resource::{Node, ObjectKey, Pod};

/// Every pod in exactly one slot of exactly one place, and what became dirty since it was last asked.
#[derive(Clone, Debug)]
pub struct Board {
    by: PlaceBy,
    places: Places,
    /// Where each pod is, by the hash of its key; the key itself is in the pod alone.
    index: Hashed<Location>,
    /// Seeded, because users who create pods choose the names.
    hasher: DefaultHashBuilder,
    /// Ids of places about which the filter, as it is now, was not asked, or not in full; the next one last. Some have been
    /// asked about meanwhile, or are gone.
    unfiltered: Vec<usize>,
}

/// Where a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Location {
    /// An id of [`Places`].
    place: u32,
    slot: u32,
}

/// The state of a pod that another one, or none, has taken the place of.
#[derive(Clone, Debug)]
pub(super) struct Former {
    pub(super) pod: Arc<Pod>,
    /// Whether the filter let it through.
    pub(super) is_match: bool,
}

impl Board {
    pub(super) fn new(by: PlaceBy) -> Self {
        Self {
            by,
            places: Places::default(),
            index: Hashed::default(),
            hasher: DefaultHashBuilder::default(),
            unfiltered: Vec::new(),
        }
    }

    /// The rule.
    #[must_use]
    pub fn by(&self) -> PlaceBy {
        self.by
    }

    /// The boxes in [natural order](super::natural::compare).
    pub fn places(&self) -> impl Iterator<Item = &Entry> {
        self.places.iter()
    }

    /// How many boxes there are.
    #[must_use]
    pub fn place_count(&self) -> usize {
        self.places.len()
    }

    /// The tray of the pods that are not bound to a node; empty by any other rule.
    #[must_use]
    pub fn unscheduled(&self) -> &Entry {
        self.places.get(Places::UNSCHEDULED)
    }

    /// What is at this place; `None` when there is no such box.
    #[must_use]
    pub fn entry(&self, place: &Place) -> Option<&Entry> {
        self.places.find(place.as_ref()).map(|id| self.places.get(id))
    }

    /// The pod of this key, and where it is: its place and its slot there.
    #[must_use]
    pub fn pod(&self, key: &ObjectKey) -> Option<(&Entry, usize, &Arc<Pod>)> {
        let location = self.find(self.hash(key), key)?;
        let entry = self.places.get(location.place as usize);
        Some((entry, location.slot as usize, pod_at(&self.places, location)))
    }

    /// Every pod with its place and its slot there, in the order of places and slots.
    pub fn pods(&self) -> impl Iterator<Item = (&Entry, &Arc<Pod>, usize)> {
        let all = std::iter::once(self.unscheduled()).chain(self.places());
        all.flat_map(|entry| entry.pods().iter().map(move |(slot, pod)| (entry, pod, slot)))
    }

    /// The node of this name, if it is known.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        let id = self.places.find(PlaceRef::Node(name))?;
        self.places.get(id).node().map(|node| &**node)
    }

    /// The places that changed since the last call, in order, and whether places came or went.
    pub(super) fn take_dirty(&mut self) -> (Vec<Place>, bool) {
        self.places.take_dirty()
    }

    /// The filter has to be asked about every pod and every node.
    pub(super) fn doubt_filter(&mut self) {
        self.unfiltered = self.places.ids().collect();
        for id in &self.unfiltered {
            self.places.doubt(*id, 0);
        }
    }

    /// Whether the filter was asked about all of them.
    pub(super) fn is_filtered(&self) -> bool {
        self.unfiltered.is_empty()
    }

    /// Asks the filter about one more place, or a part of it. `None` where there is nothing left to ask about.
    pub(super) fn filter_next(&mut self, ask: &impl Ask) -> Option<Refiltered> {
        while let Some(id) = self.unfiltered.last() {
            let refiltered = self.places.refilter(*id, ask);
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
    pub(super) fn filter_first(&mut self, place: &Place) {
        let id = self.places.find(place.as_ref());
        self.unfiltered
            .extend(id.filter(|id| self.places.get(*id).unasked.is_some()));
    }

    /// The filter has to be asked about what is in this slot.
    fn doubt(&mut self, id: usize, slot: usize) {
        if self.places.doubt(id, slot) {
            self.unfiltered.push(id);
        }
    }

    pub(super) fn touch_nodeless(&mut self) {
        self.places.touch(|entry| entry.node().is_none());
    }

    /// Marks the box of a node as changed.
    pub(super) fn touch_node(&mut self, name: &str) {
        if let Some(id) = self.places.find(PlaceRef::Node(name)) {
            self.places.get_mut(id);
        }
    }

    pub(super) fn touch_all(&mut self) {
        self.places.touch_all();
    }

    /// Gives a node to its box; the state of it that was known before, and how many nodes the filter let through there.
    /// `is_match` says whether it lets this one through; without it, the filter has to be asked.
    pub(super) fn put_node(
        &mut self,
        node: &Arc<Node>,
        is_match: Option<bool>,
    ) -> (Option<Arc<Node>>, Matched, Matched) {
        let id = self.places.find_or_insert(PlaceRef::Node(&node.meta.key.name));
        let entry = self.places.get_mut(id);
        let before = Matched::of(entry);
        let old = entry.node.replace(Arc::clone(node));
        entry.is_node_match = is_match.unwrap_or(before.nodes > 0);
        let after = Matched::of(entry);
        if is_match.is_none() {
            self.doubt(id, 0);
        }
        (old, before, after)
    }

    /// Takes a node out of its box; what was known of it, and whether the filter let it through.
    pub(super) fn remove_node(&mut self, name: &str) -> Option<(Arc<Node>, bool)> {
        let id = self.places.find(PlaceRef::Node(name))?;
        let entry = self.places.get_mut(id);
        let was_match = entry.is_node_match();
        let old = entry.node.take()?;
        self.places.remove_if_empty(id);
        Some((old, was_match))
    }

    /// Puts a pod, or a later state of it, where the rule wants it; what was there of it before. `is_match` says whether
    /// the filter lets it through; without it, the filter has to be asked, and meanwhile it is as it was.
    pub(super) fn put(&mut self, pod: &Arc<Pod>, is_match: Option<bool>) -> Option<Former> {
        let hash = self.hash(&pod.meta.key);
        match self.find(hash, &pod.meta.key) {
            Some(location) if self.is_at(location, pod) => {
                let (id, slot) = (location.place as usize, location.slot as usize);
                let entry = self.places.get_mut(id);
                let was_match = entry.pods().is_match(slot);
                let old = Former {
                    is_match: was_match,
                    pod: entry.replace(slot, Arc::clone(pod), is_match.unwrap_or(was_match)),
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
    pub(super) fn remove(&mut self, key: &ObjectKey) -> Option<Former> {
        let hash = self.hash(key);
        let location = self.find(hash, key)?;
        Some(self.take(hash, location))
    }

    /// Makes room for a whole list at once: the index grows once, not at each power of two.
    pub(super) fn reserve(&mut self, newcomers: usize) {
        self.index.reserve(newcomers);
    }

    fn find(&self, hash: u64, key: &ObjectKey) -> Option<Location> {
        let is_it = |location: &Location| pod_at(&self.places, *location).meta.key == *key;
        self.index.find(hash, is_it).copied()
    }

    fn is_at(&self, location: Location, pod: &Pod) -> bool {
        let place = self.places.get(location.place as usize).place();
        place.as_ref() == PlaceRef::of(self.by, pod)
    }

    fn add(&mut self, hash: u64, pod: &Arc<Pod>, is_match: Option<bool>, was_match: bool) {
        let id = self.places.find_or_insert(PlaceRef::of(self.by, pod));
        let slot = self
            .places
            .get_mut(id)
            .insert(Arc::clone(pod), is_match.unwrap_or(was_match));
        if is_match.is_none() {
            self.doubt(id, slot);
        }
        let location = Location {
            place: narrow(id),
            slot: narrow(slot),
        };
        self.index.insert(hash, location);
    }

    fn take(&mut self, hash: u64, location: Location) -> Former {
        self.index.remove(hash, |found| *found == location);
        self.shrink();
        let (id, slot) = (location.place as usize, location.slot as usize);
        let entry = self.places.get_mut(id);
        let former = Former {
            is_match: entry.pods().is_match(slot),
            pod: entry.remove(slot),
        };
        self.places.remove_if_empty(id);
        former
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

fn pod_at(places: &Places, location: Location) -> &Arc<Pod> {
    let pods: &Slots = places.get(location.place as usize).pods();
    pods.get(location.slot as usize)
        .expect("the index names slots that are taken")
}

/// An index into memory that holds an object for each.
fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("four billion objects do not fit into the address space of the program")
}
