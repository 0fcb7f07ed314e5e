//! The places where pods are, by name and in order.

use std::{cmp::Ordering, collections::BTreeSet, hash::BuildHasher, sync::Arc};

use hashbrown::DefaultHashBuilder;
use k8bit_informer::hash_index::HashIndex;
use slab::Slab;

use super::{Families, Slots, natural};
use crate::resource::{Amounts, Node, Pod, SharedStr, Workload, status::Variant};

/// The rule by which pods are put into boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupBy {
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
pub enum GroupKey {
    /// The tray of the pods that are not bound to a node.
    Unscheduled,
    /// The box of the node of this name, whether or not there is such a node.
    Node(SharedStr),
    /// The box of a namespace.
    Namespace(SharedStr),
    /// The box of a workload.
    Workload {
        /// The namespace of its pods.
        namespace: SharedStr,
        /// `Deployment`; empty for pods without an owner.
        kind: SharedStr,
        /// Its name; of a pod without an owner, the pod's.
        name: SharedStr,
    },
}

/// A [`GroupKey`] that need not exist, to look it up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum GroupKeyRef<'p> {
    Unscheduled,
    Node(&'p str),
    Namespace(&'p str),
    Workload {
        namespace: &'p str,
        kind: &'p str,
        name: &'p str,
    },
}

impl GroupKey {
    /// Where this pod is among the nodes.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        pod.node.clone().map_or(Self::Unscheduled, Self::Node)
    }

    /// The node's name; `None` for other places.
    #[must_use]
    pub fn node_name(&self) -> Option<&SharedStr> {
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

    pub(super) fn as_ref(&self) -> GroupKeyRef<'_> {
        match self {
            Self::Unscheduled => GroupKeyRef::Unscheduled,
            Self::Node(name) => GroupKeyRef::Node(name),
            Self::Namespace(name) => GroupKeyRef::Namespace(name),
            Self::Workload { namespace, kind, name } => GroupKeyRef::Workload { namespace, kind, name },
        }
    }
}

impl<'p> GroupKeyRef<'p> {
    /// Where the rule puts this pod.
    pub(super) fn of(by: GroupBy, pod: &'p Pod) -> Self {
        let namespace = &*pod.meta.key.namespace;
        match by {
            GroupBy::Node => pod.node.as_deref().map_or(Self::Unscheduled, Self::Node),
            GroupBy::Namespace => Self::Namespace(namespace),
            GroupBy::Workload => match Workload::of(pod) {
                Some(Workload { kind, name }) => Self::Workload { namespace, kind, name },
                None => Self::Workload {
                    namespace,
                    kind: "",
                    name: &pod.meta.key.name,
                },
            },
        }
    }

    fn to_group(self) -> GroupKey {
        match self {
            Self::Unscheduled => GroupKey::Unscheduled,
            Self::Node(name) => GroupKey::Node(SharedStr::new(name)),
            Self::Namespace(name) => GroupKey::Namespace(SharedStr::new(name)),
            Self::Workload { namespace, kind, name } => GroupKey::Workload {
                namespace: SharedStr::new(namespace),
                kind: SharedStr::new(kind),
                name: SharedStr::new(name),
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
impl Ord for GroupKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((this, words), (that, others)) = (self.as_ref().rank(), other.as_ref().rank());
        words.iter().zip(others).fold(this.cmp(&that), |order, (word, other)| {
            order.then_with(|| natural::compare(word, other))
        })
    }
}

impl PartialOrd for GroupKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A place and what is in it.
#[derive(Clone, Debug)]
pub struct PodGroup {
    group_key: GroupKey,
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

impl PodGroup {
    fn new(group_key: GroupKey) -> Self {
        Self {
            group_key,
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
    pub fn group_key(&self) -> &GroupKey {
        &self.group_key
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
    pub(super) fn of(pod_group: &PodGroup) -> Self {
        Self {
            pods: pod_group.pods.matched(),
            nodes: usize::from(pod_group.is_node_match()),
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
pub(super) struct PodGroups {
    /// By id; the tray is [`Self::UNSCHEDULED`]. Ids of places that are gone are used again.
    pod_groups: Slab<PodGroup>,
    /// The ids of all boxes, by the hash of their place.
    by_name: HashIndex<usize>,
    /// All boxes in the order of the page, with their ids.
    order: BTreeSet<(GroupKey, usize)>,
    hasher: DefaultHashBuilder,
    /// The ids of the entries that are dirty, each once, in no order.
    dirty: Vec<usize>,
    /// Whether a box appeared or went since it was last asked.
    is_order_dirty: bool,
}

impl Default for PodGroups {
    fn default() -> Self {
        let mut pod_groups = Slab::new();
        let id = pod_groups.insert(PodGroup::new(GroupKey::Unscheduled));
        debug_assert_eq!(id, Self::UNSCHEDULED);
        Self {
            pod_groups,
            by_name: HashIndex::default(),
            order: BTreeSet::new(),
            hasher: DefaultHashBuilder::default(),
            dirty: Vec::new(),
            is_order_dirty: false,
        }
    }
}

impl PodGroups {
    /// The tray.
    pub(super) const UNSCHEDULED: usize = 0;

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The boxes in the order of the page.
    pub(super) fn iter(&self) -> impl Iterator<Item = &PodGroup> {
        self.order.iter().map(|(_, id)| &self.pod_groups[*id])
    }

    pub(super) fn get(&self, id: usize) -> &PodGroup {
        &self.pod_groups[id]
    }

    pub(super) fn get_mut(&mut self, id: usize) -> &mut PodGroup {
        let pod_group = &mut self.pod_groups[id];
        if !pod_group.is_dirty {
            pod_group.is_dirty = true;
            self.dirty.push(id);
        }
        pod_group
    }

    /// The id of this place.
    pub(super) fn find(&self, group_key: GroupKeyRef<'_>) -> Option<usize> {
        if group_key == GroupKeyRef::Unscheduled {
            return Some(Self::UNSCHEDULED);
        }
        let hash = self.hasher.hash_one(group_key);
        let is_it = |id: &usize| self.pod_groups[*id].group_key.as_ref() == group_key;
        self.by_name.find(hash, is_it).copied()
    }

    /// The id of this place, which exists from now on.
    pub(super) fn find_or_insert(&mut self, group_key: GroupKeyRef<'_>) -> usize {
        self.find(group_key)
            .unwrap_or_else(|| self.insert(group_key.to_group()))
    }

    fn insert(&mut self, group_key: GroupKey) -> usize {
        let id = self.pod_groups.insert(PodGroup::new(group_key.clone()));
        self.by_name.insert(self.hasher.hash_one(group_key.as_ref()), id);
        self.order.insert((group_key, id));
        self.is_order_dirty = true;
        id
    }

    /// The ids of all entries.
    pub(super) fn ids(&self) -> impl Iterator<Item = usize> {
        self.pod_groups.iter().map(|(id, _)| id)
    }

    /// Asks the filter about what it was not asked about in an entry, until it is enough. `None` where there is nothing, or
    /// no such entry any more.
    pub(super) fn refilter(&mut self, id: usize, ask: &impl Ask) -> Option<Refiltered> {
        let pod_group = self.pod_groups.get_mut(id)?;
        let from = pod_group.unasked?;
        let before = Matched::of(pod_group);
        let node = pod_group.node.clone();
        let mut is_changed = false;
        if let Some(node) = node.as_ref().filter(|_| from == 0) {
            pod_group.is_node_match = ask.node(node);
            is_changed |= Matched::of(pod_group) != before;
        }
        let node = node.as_deref();
        let (is_other, next) = pod_group
            .pods
            .refilter(from, |pod| ask.pod(pod, node), || ask.is_enough());
        is_changed |= is_other;
        pod_group.unasked = next;
        let refiltered = Refiltered {
            before,
            after: Matched::of(pod_group),
            is_done: next.is_none(),
        };
        if is_changed {
            self.get_mut(id);
        }
        Some(refiltered)
    }

    /// The filter has to be asked about the pods of an entry, from a slot on; whether it had been asked about all of them.
    pub(super) fn doubt(&mut self, id: usize, from: usize) -> bool {
        let unasked = &mut self.pod_groups[id].unasked;
        let was_asked = unasked.is_none();
        *unasked = Some(unasked.map_or(from, |before| before.min(from)));
        was_asked
    }

    /// Removes a box that has neither node nor pods; anything else stays.
    pub(super) fn remove_if_empty(&mut self, id: usize) -> bool {
        let pod_group = &self.pod_groups[id];
        if id == Self::UNSCHEDULED || pod_group.node.is_some() || !pod_group.pods.is_empty() {
            return false;
        }
        let hash = self.hasher.hash_one(pod_group.group_key.as_ref());
        self.by_name.remove(hash, |found| *found == id);
        let pod_group = self.pod_groups.remove(id);
        if pod_group.is_dirty {
            self.dirty.retain(|dirty| *dirty != id);
        }
        self.order.remove(&(pod_group.group_key, id));
        self.is_order_dirty = true;
        true
    }

    /// Marks every box of which `is_touched` holds as changed.
    pub(super) fn invalidate(&mut self, is_touched: impl Fn(&PodGroup) -> bool) {
        let boxes = self.order.iter().map(|(_, id)| *id);
        let touched: Vec<_> = boxes.filter(|id| is_touched(&self.pod_groups[*id])).collect();
        for id in touched {
            self.get_mut(id);
        }
    }

    /// Marks everything as changed, the tray and the order too.
    pub(super) fn touch_all(&mut self) {
        self.get_mut(Self::UNSCHEDULED);
        self.invalidate(|_| true);
        self.is_order_dirty = true;
    }

    /// The places that changed since the last call, in order, and whether places came or went.
    pub(super) fn take_dirty(&mut self) -> (Vec<GroupKey>, bool) {
        let is_order_dirty = std::mem::take(&mut self.is_order_dirty);
        if is_order_dirty {
            self.rank();
        }
        // Comparing names is dear, and all boxes are in order already.
        let ranked = self.dirty.drain(..).map(|id| (self.pod_groups[id].rank, id));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_unstable();
        let clean = |(_, id): (u32, usize)| {
            let pod_group = &mut self.pod_groups[id];
            pod_group.is_dirty = false;
            pod_group.group_key.clone()
        };
        (ranked.into_iter().map(clean).collect(), is_order_dirty)
    }

    /// Gives every box its position.
    fn rank(&mut self) {
        for (rank, (_, id)) in (1..).zip(&self.order) {
            self.pod_groups[*id].rank = rank;
        }
    }
}
