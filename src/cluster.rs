//! Nodes joined with their pods; totals, and what changed lately.
//!
//! A pod is at the place that its `spec.nodeName` names: in the box of its node, or in the tray while it has none. The
//! cluster is told of [`Change`]s and keeps everything that the page counts, in work that is proportional to the change
//! and not to the cluster; [`Cluster::take_dirty`] then says what there is to draw anew. It holds the same objects as the
//! stores, not copies. It does not know what is visible, nor where a box is on the page.
//!
//! Invariants, which the property tests check by comparison with [`Cluster::rebuild`]:
//!
//! - Every pod is in exactly one slot of exactly one place, and its place is [`Place::of`] it.
//! - A box exists while its node is known or a pod is in it.
//! - Every count equals counting.
//!
//! Only the slots depend on history: see [`Slots`].

pub mod natural;

mod places;
mod recent;
mod slots;
mod totals;
mod usage;
pub mod watchlist;

use std::{hash::BuildHasher, rc::Rc};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    metrics::Usage,
    resource::{Node, ObjectKey, Pod, Resource, Text, Timestamp, status::Family},
    store::Change,
};
use places::Places;
pub use places::{Entry, Place};
use recent::History;
pub use recent::Tally;
pub use slots::Slots;
use totals::Statuses;
pub use totals::{Families, NodeTotals, Totals};
use watchlist::{Overdue, Watchlist};

/// Nodes, pods, and what they come to.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    places: Places,
    /// Where each pod is, by the hash of its key; the key itself is in the pod alone.
    index: HashTable<Location>,
    /// Seeded, because whoever may create pods chooses the names.
    hasher: DefaultHashBuilder,
    /// Of the nodes that are known; its `ghosts` counts the boxes without a node, ghosts or not.
    nodes: NodeTotals,
    pods: Families,
    statuses: Statuses,
    /// Whether the nodes are known, so that a box without one is a ghost.
    nodes_known: bool,
    are_totals_dirty: bool,
    recent_nodes: History,
    recent_pods: History,
    usage: Usage,
    watchlist: Watchlist,
}

/// Where a pod is.
#[derive(Clone, Copy, Debug)]
struct Location {
    /// An id of [`Places`].
    place: u32,
    slot: u32,
}

/// What changed in the last minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Nodes that joined, left and changed.
    pub nodes: Tally,
    /// Pods that were created, deleted and changed.
    pub pods: Tally,
}

/// What there is to draw anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    /// The places whose node or pods changed, in the order of the page, each once. All of them exist.
    pub places: Vec<Place>,
    /// Boxes came or went, so that [`Cluster::places`] has to be read anew.
    pub order_changed: bool,
    /// [`Cluster::totals`] or [`Cluster::statuses`] changed.
    pub totals: bool,
}

impl Cluster {
    /// The cluster of exactly these objects, all nodes known, pods in slots by namespace and name.
    #[must_use]
    pub fn rebuild(nodes: impl IntoIterator<Item = Rc<Node>>, pods: impl IntoIterator<Item = Rc<Pod>>) -> Self {
        let mut cluster = Self::default();
        // Nothing is counted as recent in a first list, so any time will do.
        let now = Timestamp(0);
        cluster.apply_nodes(&listed(nodes), now);
        cluster.apply_pods(&listed(pods), now);
        cluster.set_nodes_known(true);
        cluster
    }

    /// Takes in what changed among the nodes; `now` is when, for [`Cluster::recent`].
    pub fn apply_nodes(&mut self, changes: &[Change<Node>], now: Timestamp) {
        for change in changes {
            match change {
                Change::Listed(node) | Change::Added(node) | Change::Modified { new: node, .. } => self.put_node(node),
                Change::Deleted(node) => self.remove_node(node),
            }
        }
        self.recent_nodes.add(now, tally(changes));
    }

    /// Takes in what changed among the pods; `now` is when, for [`Cluster::recent`].
    ///
    /// The changes of one call of [`Store::handle`](crate::store::Store::handle) may come in several parts, so that a
    /// long list can be taken in over several time slices.
    pub fn apply_pods(&mut self, changes: &[Change<Pod>], now: Timestamp) {
        let newcomers = changes
            .iter()
            .filter(|change| matches!(change, Change::Listed(_) | Change::Added(_)))
            .count();
        self.reserve(newcomers);
        for change in changes {
            match change {
                Change::Listed(pod) | Change::Added(pod) | Change::Modified { new: pod, .. } => self.put_pod(pod),
                Change::Deleted(pod) => self.remove_pod(pod),
            }
        }
        self.recent_pods.add(now, tally(changes));
        self.watch(changes, now);
    }

    /// Says whether the nodes are known: not before their first list is complete, nor while reading them is forbidden.
    /// Boxes are then made from pods alone, and a box without a node is no ghost.
    pub fn set_nodes_known(&mut self, nodes_known: bool) {
        if self.nodes_known == nodes_known {
            return;
        }
        self.nodes_known = nodes_known;
        self.places.touch_nodeless();
        self.are_totals_dirty = true;
    }

    /// The boxes in the order of the page: nodes and names without a node, in [natural order](natural::compare).
    pub fn places(&self) -> impl Iterator<Item = &Entry> {
        self.places.iter()
    }

    /// How many boxes there are.
    #[must_use]
    pub fn place_count(&self) -> usize {
        self.places.len()
    }

    /// The tray of the pods that are not bound to a node.
    #[must_use]
    pub fn unscheduled(&self) -> &Entry {
        self.places.get(Places::UNSCHEDULED)
    }

    /// What is at this place; `None` when there is no such box.
    #[must_use]
    pub fn entry(&self, place: &Place) -> Option<&Entry> {
        match place {
            Place::Unscheduled => Some(self.unscheduled()),
            Place::Node(name) => self.places.find(name).map(|id| self.places.get(id)),
        }
    }

    /// Whether pods are bound to this name although there is no such node.
    #[must_use]
    pub fn is_ghost(&self, entry: &Entry) -> bool {
        self.nodes_known && entry.node.is_none() && entry.place != Place::Unscheduled
    }

    /// The pod of this key, and where it is: its place and its slot there.
    #[must_use]
    pub fn pod(&self, key: &ObjectKey) -> Option<(&Entry, usize, &Rc<Pod>)> {
        let location = self.index.find(self.hash(key), |location| {
            pod_at(&self.places, *location).meta.key == *key
        })?;
        let slot = location.slot as usize;
        Some((
            self.places.get(location.place as usize),
            slot,
            pod_at(&self.places, *location),
        ))
    }

    /// The whole cluster in numbers.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let ghosts = if self.nodes_known { self.nodes.ghosts } else { 0 };
        Totals {
            nodes: NodeTotals { ghosts, ..self.nodes },
            pods: self.pods,
        }
    }

    /// How many pods there are of each family and STATUS; in the order of families, then of texts, none of them zero.
    pub fn statuses(&self) -> impl Iterator<Item = (Family, &Text, u32)> {
        self.statuses.iter()
    }

    /// What changed in the minute up to `now`. Changes with time alone, so it is never dirty: ask once a second.
    ///
    /// What a first list brings is not new; what a later list turns out to have missed is.
    #[must_use]
    pub fn recent(&self, now: Timestamp) -> Recent {
        Recent {
            nodes: self.recent_nodes.sum(now),
            pods: self.recent_pods.sum(now),
        }
    }

    /// Keeps track of what time will make of the pods.
    fn watch(&mut self, changes: &[Change<Pod>], now: Timestamp) {
        self.watchlist.advance(now);
        for change in changes {
            match change {
                Change::Listed(pod) | Change::Added(pod) => self.watchlist.add(pod),
                Change::Modified { old, new } => {
                    self.watchlist.remove(old);
                    self.watchlist.add(new);
                }
                Change::Deleted(pod) => self.watchlist.remove(pod),
            }
        }
    }

    /// How many pods time has made noteworthy by `now`. Never dirty, as [`Cluster::recent`] is not.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Overdue {
        self.watchlist.overdue(now)
    }

    /// What changed since the last call.
    pub fn take_dirty(&mut self) -> Dirty {
        let (places, order_changed) = self.places.take_dirty();
        Dirty {
            places,
            order_changed,
            totals: std::mem::take(&mut self.are_totals_dirty),
        }
    }

    fn put_node(&mut self, node: &Rc<Node>) {
        let name = &node.meta.key.name;
        let id = self.places.find(name).unwrap_or_else(|| {
            self.nodes.ghosts += 1;
            self.places.insert(Text::new(name))
        });
        match self.places.get_mut(id).node.replace(Rc::clone(node)) {
            Some(old) => self.nodes.subtract(&old),
            None => self.nodes.ghosts -= 1,
        }
        self.nodes.add(node);
        self.are_totals_dirty = true;
    }

    fn remove_node(&mut self, node: &Node) {
        let Some(id) = self.places.find(&node.meta.key.name) else {
            return;
        };
        let Some(old) = self.places.get_mut(id).node.take() else {
            return;
        };
        self.nodes.subtract(&old);
        self.nodes.ghosts += 1;
        self.remove_if_empty(id);
        self.are_totals_dirty = true;
    }

    fn put_pod(&mut self, pod: &Rc<Pod>) {
        let key = &pod.meta.key;
        let hash = self.hash(key);
        let places = &self.places;
        let known = self
            .index
            .find(hash, |location| pod_at(places, *location).meta.key == *key)
            .copied();
        match known {
            Some(location) if places.get(location.place as usize).holds(pod) => self.replace_pod(location, pod),
            Some(location) => {
                self.take_pod(hash, location);
                self.add_pod(hash, pod);
            }
            None => self.add_pod(hash, pod),
        }
    }

    fn remove_pod(&mut self, pod: &Pod) {
        let key = &pod.meta.key;
        let hash = self.hash(key);
        let places = &self.places;
        let known = self
            .index
            .find(hash, |location| pod_at(places, *location).meta.key == *key)
            .copied();
        if let Some(location) = known {
            self.take_pod(hash, location);
        }
    }

    /// A later state of a pod that stays where it is.
    fn replace_pod(&mut self, location: Location, pod: &Rc<Pod>) {
        let entry = self.places.get_mut(location.place as usize);
        let old = entry.pods.replace(location.slot as usize, Rc::clone(pod));
        if (old.status.family, &old.status.text) == (pod.status.family, &pod.status.text) {
            return;
        }
        entry.families.subtract(old.status.family);
        entry.families.add(pod.status.family);
        self.uncount(&old);
        self.count(pod);
    }

    fn add_pod(&mut self, hash: u64, pod: &Rc<Pod>) {
        let before = self.places.len();
        let id = self.places.find_or_insert(pod.node.as_ref());
        self.nodes.ghosts += u32::from(self.places.len() > before);
        let entry = self.places.get_mut(id);
        let slot = entry.pods.insert(Rc::clone(pod));
        entry.families.add(pod.status.family);
        self.count(pod);

        let location = Location {
            place: narrow(id),
            slot: narrow(slot),
        };
        let Self {
            index, places, hasher, ..
        } = self;
        index.insert_unique(hash, location, |location| {
            hash_of(hasher, &pod_at(places, *location).meta.key)
        });
    }

    fn take_pod(&mut self, hash: u64, location: Location) {
        let found = self.index.find_entry(hash, |found| {
            (found.place, found.slot) == (location.place, location.slot)
        });
        if let Ok(found) = found {
            found.remove();
        }
        self.shrink();
        let id = location.place as usize;
        let entry = self.places.get_mut(id);
        let old = entry.pods.remove(location.slot as usize);
        entry.families.subtract(old.status.family);
        self.uncount(&old);
        self.remove_if_empty(id);
    }

    fn remove_if_empty(&mut self, id: usize) {
        self.nodes.ghosts -= u32::from(self.places.remove_if_empty(id));
    }

    fn count(&mut self, pod: &Pod) {
        self.pods.add(pod.status.family);
        self.statuses.add(&pod.status);
        self.are_totals_dirty = true;
    }

    fn uncount(&mut self, pod: &Pod) {
        self.pods.subtract(pod.status.family);
        self.statuses.subtract(&pod.status);
        self.are_totals_dirty = true;
    }

    /// Makes room for a whole list at once: the index grows once, not at each power of two.
    fn reserve(&mut self, newcomers: usize) {
        let Self {
            index, places, hasher, ..
        } = self;
        index.reserve(newcomers, |location| {
            hash_of(hasher, &pod_at(places, *location).meta.key)
        });
    }

    /// Gives back the room that a larger past took.
    fn shrink(&mut self) {
        if self.index.capacity() > 4 * self.index.len() + 1_024 {
            let Self {
                index, places, hasher, ..
            } = self;
            index.shrink_to(2 * index.len(), |location| {
                hash_of(hasher, &pod_at(places, *location).meta.key)
            });
        }
    }

    fn hash(&self, key: &ObjectKey) -> u64 {
        hash_of(&self.hasher, key)
    }
}

impl Entry {
    /// Whether this is the place of the pod.
    fn holds(&self, pod: &Pod) -> bool {
        self.place.node_name() == pod.node.as_ref()
    }
}

fn pod_at(places: &Places, location: Location) -> &Rc<Pod> {
    let pods = places.get(location.place as usize).pods();
    pods.get(location.slot as usize)
        .expect("the index names slots that are taken")
}

fn hash_of(hasher: &DefaultHashBuilder, key: &ObjectKey) -> u64 {
    hasher.hash_one((&*key.namespace, key.name.as_str()))
}

/// An index into memory that holds an object for each.
fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("four billion objects do not fit into the address space of the program")
}

fn tally<K: Resource>(changes: &[Change<K>]) -> Tally {
    let mut tally = Tally::default();
    for change in changes {
        match change {
            Change::Listed(_) => {}
            Change::Added(_) => tally.created += 1,
            Change::Modified { .. } => tally.changed += 1,
            Change::Deleted(_) => tally.deleted += 1,
        }
    }
    tally
}

fn listed<K: Resource>(objects: impl IntoIterator<Item = Rc<K>>) -> Vec<Change<K>> {
    let mut objects: Vec<_> = objects.into_iter().collect();
    objects.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
    objects.into_iter().map(Change::Listed).collect()
}
