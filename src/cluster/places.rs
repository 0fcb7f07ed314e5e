//! The places where pods are, by name and in the order of the page.

use std::{cmp::Ordering, collections::BTreeSet, hash::BuildHasher, rc::Rc};

use hashbrown::{DefaultHashBuilder, HashTable};
use slab::Slab;

use super::{Families, Slots, natural};
use crate::resource::{Node, Pod, Text};

/// Where pods are drawn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The tray of the pods that are not bound to a node.
    Unscheduled,
    /// The box of the node of this name, whether or not there is such a node.
    Node(Text),
}

impl Place {
    /// Where this pod is.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        pod.node.clone().map_or(Self::Unscheduled, Self::Node)
    }

    /// The node's name; `None` for the tray.
    #[must_use]
    pub fn node_name(&self) -> Option<&Text> {
        match self {
            Self::Unscheduled => None,
            Self::Node(name) => Some(name),
        }
    }
}

/// The order of the page: the tray, then nodes in [natural order](natural::compare).
impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Node(a), Self::Node(b)) => natural::compare(a, b),
            (Self::Unscheduled, Self::Unscheduled) => Ordering::Equal,
            (Self::Unscheduled, Self::Node(_)) => Ordering::Less,
            (Self::Node(_), Self::Unscheduled) => Ordering::Greater,
        }
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
    pub(super) place: Place,
    /// `None` for the tray, and for a name to which pods are bound although no such node is known.
    pub(super) node: Option<Rc<Node>>,
    pub(super) pods: Slots,
    /// Equal to counting `pods`.
    pub(super) families: Families,
    /// Whether it changed since it was last asked; exactly then its id is among the dirty ones.
    is_dirty: bool,
}

impl Entry {
    fn new(place: Place) -> Self {
        Self {
            place,
            node: None,
            pods: Slots::default(),
            families: Families::default(),
            is_dirty: false,
        }
    }

    /// Which place it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The node, if it is known.
    #[must_use]
    pub fn node(&self) -> Option<&Rc<Node>> {
        self.node.as_ref()
    }

    /// The pods in their slots.
    #[must_use]
    pub fn pods(&self) -> &Slots {
        &self.pods
    }

    /// The pods by family.
    #[must_use]
    pub fn families(&self) -> &Families {
        &self.families
    }
}

/// The tray, and the boxes by name and in order.
///
/// A box exists while its node is known or a pod is in it; the tray always does.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// By id; the tray is [`Self::UNSCHEDULED`]. Ids of places that are gone are used again.
    entries: Slab<Entry>,
    /// The ids of all boxes, by the hash of the node's name.
    by_name: HashTable<usize>,
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
            by_name: HashTable::new(),
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

    /// The id of the box of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let hash = self.hasher.hash_one(name);
        self.by_name.find(hash, |id| self.entries[*id].name() == name).copied()
    }

    /// The id of the box of this name, which exists from now on, or of the tray.
    pub(super) fn find_or_insert(&mut self, name: Option<&Text>) -> usize {
        let Some(name) = name else { return Self::UNSCHEDULED };
        self.find(name).unwrap_or_else(|| self.insert(name.clone()))
    }

    pub(super) fn insert(&mut self, name: Text) -> usize {
        let place = Place::Node(name);
        let id = self.entries.insert(Entry::new(place.clone()));
        let Self {
            entries,
            by_name,
            hasher,
            ..
        } = self;
        let hash = |id: &usize| hasher.hash_one(entries[*id].name());
        by_name.insert_unique(hash(&id), id, hash);
        self.order.insert((place, id));
        self.is_order_dirty = true;
        id
    }

    /// Removes a box that has neither node nor pods; anything else stays.
    pub(super) fn remove_if_empty(&mut self, id: usize) -> bool {
        let entry = &self.entries[id];
        if id == Self::UNSCHEDULED || entry.node.is_some() || !entry.pods.is_empty() {
            return false;
        }
        let hash = self.hasher.hash_one(entry.name());
        if let Ok(found) = self.by_name.find_entry(hash, |found| *found == id) {
            found.remove();
        }
        let entry = self.entries.remove(id);
        if entry.is_dirty {
            self.dirty.retain(|dirty| *dirty != id);
        }
        self.order.remove(&(entry.place, id));
        self.is_order_dirty = true;
        true
    }

    /// Marks every box without a node as changed.
    pub(super) fn touch_nodeless(&mut self) {
        let nodeless: Vec<_> = self
            .order
            .iter()
            .map(|(_, id)| *id)
            .filter(|id| self.entries[*id].node.is_none())
            .collect();
        for id in nodeless {
            self.get_mut(id);
        }
    }

    /// The places that changed since the last call, in order, and whether places came or went.
    pub(super) fn take_dirty(&mut self) -> (Vec<Place>, bool) {
        let mut places = Vec::with_capacity(self.dirty.len());
        for id in std::mem::take(&mut self.dirty) {
            let entry = &mut self.entries[id];
            entry.is_dirty = false;
            places.push(entry.place.clone());
        }
        places.sort_unstable();
        (places, std::mem::take(&mut self.is_order_dirty))
    }
}

impl Entry {
    /// The node's name; empty for the tray.
    fn name(&self) -> &str {
        self.place.node_name().map_or("", |name| name)
    }
}
