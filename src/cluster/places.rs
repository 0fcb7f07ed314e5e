//! The places where pods are, by name and in order.

use std::{cmp::Ordering, collections::BTreeSet, hash::BuildHasher, sync::Arc};

use hashbrown::DefaultHashBuilder;
use k8bit_informer::hashed::Hashed;
use slab::Slab;

use super::{Families, Slots, natural};
use crate::resource::{Amounts, Node, Pod, Text, Workload, status::Variant};

/// The rule by which pods are put into boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceBy {
    /// A box for each node, and the tray for pods without one.
    #[default]
    Node,
    /// A box for each namespace.
    Namespace,
    /// A box for each workload of each namespace.
    Workload,
}

/// Where pods are drawn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The tray of the pods that are not bound to a node.
    Unscheduled,
    /// The box of the node of this name, whether or not there is such a node.
    Node(Text),
    /// The box of a namespace.
    Namespace(Text),
    /// The box of a workload.
    Workload {
        /// The namespace of its pods.
        namespace: Text,
        /// `Deployment`; empty for pods without an owner.
        kind: Text,
        /// Its name; of a pod without an owner, the pod's.
        name: Text,
    },
}

/// A [`Place`] that need not exist, to look it up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PlaceRef<'p> {
    Unscheduled,
    Node(&'p str),
    Namespace(&'p str),
    Workload {
        namespace: &'p str,
        kind: &'p str,
        name: &'p str,
    },
}

impl Place {
    /// Where this pod is among the nodes.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        pod.node.clone().map_or(Self::Unscheduled, Self::Node)
    }

    /// The node's name; `None` for other places.
    #[must_use]
    pub fn node_name(&self) -> Option<&Text> {
        match self {
            Self::Node(name) => Some(name),
            Self::Unscheduled | Self::Namespace(_) | Self::Workload { .. } => None,
        }
    }

    /// What it is called; empty for the tray.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unscheduled => "",
            Self::Node(name) | Self::Namespace(name) | Self::Workload { name, .. } => name,
        }
    }

    pub(super) fn as_ref(&self) -> PlaceRef<'_> {
        match self {
            Self::Unscheduled => PlaceRef::Unscheduled,
            Self::Node(name) => PlaceRef::Node(name),
            Self::Namespace(name) => PlaceRef::Namespace(name),
            Self::Workload { namespace, kind, name } => PlaceRef::Workload { namespace, kind, name },
        }
    }
}

impl<'p> PlaceRef<'p> {
    /// Where the rule puts this pod.
    pub(super) fn of(by: PlaceBy, pod: &'p Pod) -> Self {
        let namespace = &*pod.meta.key.namespace;
        match by {
            PlaceBy::Node => pod.node.as_deref().map_or(Self::Unscheduled, Self::Node),
            PlaceBy::Namespace => Self::Namespace(namespace),
            PlaceBy::Workload => match Workload::of(pod) {
                Some(Workload { kind, name }) => Self::Workload { namespace, kind, name },
                None => Self::Workload {
                    namespace,
                    kind: "",
                    name: &pod.meta.key.name,
                },
            },
        }
    }

    fn to_place(self) -> Place {
        match self {
            Self::Unscheduled => Place::Unscheduled,
            Self::Node(name) => Place::Node(Text::new(name)),
            Self::Namespace(name) => Place::Namespace(Text::new(name)),
            Self::Workload { namespace, kind, name } => Place::Workload {
                namespace: Text::new(namespace),
                kind: Text::new(kind),
                name: Text::new(name),
            },
        }
    }

    /// The rank among kinds of places, and the words to compare by.
    fn rank(self) -> (u8, [&'p str; 3]) {
        match self {
            Self::Unscheduled => (0, [""; 3]),
            Self::Node(name) => (1, [name, "", ""]),
            Self::Namespace(name) => (2, [name, "", ""]),
            Self::Workload { namespace, kind, name } => (3, [namespace, name, kind]),
        }
    }
}

/// The order of the page: the tray, then boxes in [natural order](natural::compare), workloads by namespace first.
impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((this, words), (that, others)) = (self.as_ref().rank(), other.as_ref().rank());
        words.iter().zip(others).fold(this.cmp(&that), |order, (word, other)| {
            order.then_with(|| natural::compare(word, other))
        })
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A place and what is in it.
#[derive(Clone, Debug)]
pub struct Entry {
    place: Place,
    /// `None` for the tray, and for a name to which pods are bound although no such node is known.
    pub(super) node: Option<Arc<Node>>,
    pods: Slots,
    /// Equal to counting `pods`.
    families: Families,
    /// Equal to counting those of the `pods` that have not ended.
    running: u32,
    /// Equal to counting those of the `pods` that failed and are over.
    over: u32,
    /// Equal to adding up what the `pods` hold.
    requests: Amounts,
    /// Whether it changed since it was last asked; exactly then its id is among the dirty ones.
    is_dirty: bool,
    /// Its position among the boxes; the tray is before all of them. Right while the order is not dirty.
    rank: u32,
    /// Whether the filter lets the node through; of no account without one.
    pub(super) is_node_match: bool,
    /// The slot from which on the filter, as it is now, was not asked about the pods. From the first one, it was not asked
    /// about the node either.
    pub(super) unasked: Option<usize>,
}

impl Entry {
    fn new(place: Place) -> Self {
        Self {
            place,
            node: None,
            pods: Slots::default(),
            families: Families::default(),
            running: 0,
            over: 0,
            requests: Amounts::default(),
            is_dirty: false,
            rank: 0,
            is_node_match: false,
            unasked: None,
        }
    }

    /// Which place it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The node, if it is known.
    #[must_use]
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.node.as_ref()
    }

    /// The pods in their slots.
    #[must_use]
    pub fn pods(&self) -> &Slots {
        &self.pods
    }

    /// Whether there is a node, and the filter lets it through.
    #[must_use]
    pub fn is_node_match(&self) -> bool {
        self.node.is_some() && self.is_node_match
    }

    /// The pods by family.
    #[must_use]
    pub fn families(&self) -> &Families {
        &self.families
    }

    /// How many of the pods have not ended: those that count against what a node allows, as `Non-terminated Pods` of
    /// `kubectl describe node`.
    #[must_use]
    pub fn running(&self) -> u32 {
        self.running
    }

    /// How many of the pods failed and are over: of those of [`Family::Failing`](crate::resource::status::Family::Failing),
    /// they are no trouble any more.
    #[must_use]
    pub fn over(&self) -> u32 {
        self.over
    }

    /// What the pods that have not ended reserve together.
    #[must_use]
    pub fn requests(&self) -> Amounts {
        self.requests
    }

    /// Puts a pod into the lowest free slot.
    pub(super) fn insert(&mut self, pod: Arc<Pod>, is_match: bool) -> usize {
        self.families.add(pod.status.family);
        self.running += u32::from(!pod.is_finished());
        self.over += u32::from(is_over(&pod));
        self.requests = self.requests.plus(pod.reserved());
        self.pods.insert(pod, is_match)
    }

    /// Puts a later state of the pod in its slot; gives back the former.
    pub(super) fn replace(&mut self, slot: usize, pod: Arc<Pod>, is_match: bool) -> Arc<Pod> {
        let (family, reserved) = (pod.status.family, pod.reserved());
        let (runs, over) = (!pod.is_finished(), is_over(&pod));
        let old = self.pods.replace(slot, pod, is_match);
        self.running = self.running + u32::from(runs) - u32::from(!old.is_finished());
        self.over = self.over + u32::from(over) - u32::from(is_over(&old));
        self.families.subtract(old.status.family);
        self.families.add(family);
        self.requests = self.requests.minus(old.reserved()).plus(reserved);
        old
    }

    /// Frees a slot; gives back its pod.
    pub(super) fn remove(&mut self, slot: usize) -> Arc<Pod> {
        let old = self.pods.remove(slot);
        self.families.subtract(old.status.family);
        self.running -= u32::from(!old.is_finished());
        self.over -= u32::from(is_over(&old));
        self.requests = self.requests.minus(old.reserved());
        old
    }
}

fn is_over(pod: &Pod) -> bool {
    pod.status.variant == Variant::Over
}

/// How many a filter lets through: pods, and nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    pub(super) pods: usize,
    pub(super) nodes: usize,
}

impl Matched {
    /// Those of an entry.
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            pods: entry.pods.matched(),
            nodes: usize::from(entry.is_node_match()),
        }
    }
}

/// What a filter says, and for how long it is asked.
pub(super) trait Ask {
    fn pod(&self, pod: &Pod, node: Option<&Node>) -> bool;
    fn node(&self, node: &Node) -> bool;
    fn is_enough(&self) -> bool;
}

/// What became of an entry that the filter was asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refiltered {
    pub(super) before: Matched,
    pub(super) after: Matched,
    /// Whether the filter was asked about all of it.
    pub(super) is_done: bool,
}

/// The tray, and the boxes by name and in order.
///
/// A box exists while its node is known or a pod is in it; the tray always does.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// By id; the tray is [`Self::UNSCHEDULED`]. Ids of places that are gone are used again.
    entries: Slab<Entry>,
    /// The ids of all boxes, by the hash of their place.
    by_name: Hashed<usize>,
    /// All boxes in the order of the page, with their ids.
    order: BTreeSet<(Place, usize)>,
    hasher: DefaultHashBuilder,
    /// The ids of the entries that are dirty, each once, in no order.
    dirty: Vec<usize>,
    /// Whether a box appeared or went since it was last asked.
    is_order_dirty: bool,
}

impl Default for Places {
    fn default() -> Self {
        let mut entries = Slab::new();
        let id = entries.insert(Entry::new(Place::Unscheduled));
        debug_assert_eq!(id, Self::UNSCHEDULED);
        Self {
            entries,
            by_name: Hashed::default(),
            order: BTreeSet::new(),
            hasher: DefaultHashBuilder::default(),
            dirty: Vec::new(),
            is_order_dirty: false,
        }
    }
}

impl Places {
    /// The tray.
    pub(super) const UNSCHEDULED: usize = 0;

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The boxes in the order of the page.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().map(|(_, id)| &self.entries[*id])
    }

    pub(super) fn get(&self, id: usize) -> &Entry {
        &self.entries[id]
    }

    pub(super) fn get_mut(&mut self, id: usize) -> &mut Entry {
        let entry = &mut self.entries[id];
        if !entry.is_dirty {
            entry.is_dirty = true;
            self.dirty.push(id);
        }
        entry
    }

    /// The id of this place.
    pub(super) fn find(&self, place: PlaceRef<'_>) -> Option<usize> {
        if place == PlaceRef::Unscheduled {
            return Some(Self::UNSCHEDULED);
        }
        let hash = self.hasher.hash_one(place);
        let is_it = |id: &usize| self.entries[*id].place.as_ref() == place;
        self.by_name.find(hash, is_it).copied()
    }

    /// The id of this place, which exists from now on.
    pub(super) fn find_or_insert(&mut self, place: PlaceRef<'_>) -> usize {
        self.find(place).unwrap_or_else(|| self.insert(place.to_place()))
    }

    fn insert(&mut self, place: Place) -> usize {
        let id = self.entries.insert(Entry::new(place.clone()));
        self.by_name.insert(self.hasher.hash_one(place.as_ref()), id);
        self.order.insert((place, id));
        self.is_order_dirty = true;
        id
    }

    /// The ids of all entries.
    pub(super) fn ids(&self) -> impl Iterator<Item = usize> {
        self.entries.iter().map(|(id, _)| id)
    }

    /// Asks the filter about what it was not asked about in an entry, until it is enough. `None` where there is nothing, or
    /// no such entry any more.
    pub(super) fn refilter(&mut self, id: usize, ask: &impl Ask) -> Option<Refiltered> {
        let entry = self.entries.get_mut(id)?;
        let from = entry.unasked?;
        let before = Matched::of(entry);
        let node = entry.node.clone();
        let mut is_changed = false;
        if let Some(node) = node.as_ref().filter(|_| from == 0) {
            entry.is_node_match = ask.node(node);
            is_changed |= Matched::of(entry) != before;
        }
        let node = node.as_deref();
        let (is_other, next) = entry.pods.refilter(from, |pod| ask.pod(pod, node), || ask.is_enough());
        is_changed |= is_other;
        entry.unasked = next;
        let refiltered = Refiltered {
            before,
            after: Matched::of(entry),
            is_done: next.is_none(),
        };
        if is_changed {
            self.get_mut(id);
        }
        Some(refiltered)
    }

    /// The filter has to be asked about the pods of an entry, from a slot on; whether it had been asked about all of them.
    pub(super) fn doubt(&mut self, id: usize, from: usize) -> bool {
        let unasked = &mut self.entries[id].unasked;
        let was_asked = unasked.is_none();
        *unasked = Some(unasked.map_or(from, |before| before.min(from)));
        was_asked
    }

    /// Removes a box that has neither node nor pods; anything else stays.
    pub(super) fn remove_if_empty(&mut self, id: usize) -> bool {
        let entry = &self.entries[id];
        if id == Self::UNSCHEDULED || entry.node.is_some() || !entry.pods.is_empty() {
            return false;
        }
        let hash = self.hasher.hash_one(entry.place.as_ref());
        self.by_name.remove(hash, |found| *found == id);
        let entry = self.entries.remove(id);
        if entry.is_dirty {
            self.dirty.retain(|dirty| *dirty != id);
        }
        self.order.remove(&(entry.place, id));
        self.is_order_dirty = true;
        true
    }

    /// Marks every box of which `is_touched` holds as changed.
    pub(super) fn touch(&mut self, is_touched: impl Fn(&Entry) -> bool) {
        let boxes = self.order.iter().map(|(_, id)| *id);
        let touched: Vec<_> = boxes.filter(|id| is_touched(&self.entries[*id])).collect();
        for id in touched {
            self.get_mut(id);
        }
    }

    /// Marks everything as changed, the tray and the order too.
    pub(super) fn touch_all(&mut self) {
        self.get_mut(Self::UNSCHEDULED);
        self.touch(|_| true);
        self.is_order_dirty = true;
    }

    /// The places that changed since the last call, in order, and whether places came or went.
    pub(super) fn take_dirty(&mut self) -> (Vec<Place>, bool) {
        let is_order_dirty = std::mem::take(&mut self.is_order_dirty);
        if is_order_dirty {
            self.rank();
        }
        // Comparing names is dear, and all boxes are in order already.
        let ranked = self.dirty.drain(..).map(|id| (self.entries[id].rank, id));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_unstable();
        let clean = |(_, id): (u32, usize)| {
            let entry = &mut self.entries[id];
            entry.is_dirty = false;
            entry.place.clone()
        };
        (ranked.into_iter().map(clean).collect(), is_order_dirty)
    }

    /// Gives every box its position.
    fn rank(&mut self) {
        for (rank, (_, id)) in (1..).zip(&self.order) {
            self.entries[*id].rank = rank;
        }
    }
}
