//! Counts that are kept up to date, one object at a time.

use crate::resource::{
    Node, Text,
    node::{NodeHealth, PRESSURES},
    status::{Family, PodStatus},
};

/// How many pods there are of each family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Families([u32; Family::ALL.len()]);

impl Families {
    /// How many pods are of this family.
    #[must_use]
    pub fn get(&self, family: Family) -> u32 {
        self.0[family as usize]
    }

    /// How many pods there are.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// Each family with its number, zero included, in the order of [`Family::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Family, u32)> {
        Family::ALL.into_iter().map(|family| (family, self.get(family)))
    }

    pub(super) fn add(&mut self, family: Family) {
        self.0[family as usize] += 1;
    }

    pub(super) fn subtract(&mut self, family: Family) {
        self.0[family as usize] -= 1;
    }
}

/// How many nodes there are, by health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeTotals {
    /// Nodes whose `Ready` condition is `True`.
    pub ready: u32,
    /// Nodes whose `Ready` condition is `False`.
    pub not_ready: u32,
    /// Nodes that have not been heard of.
    pub unknown: u32,
    /// Nodes of any health that take no new pods: `SchedulingDisabled`.
    pub cordoned: u32,
    /// Nodes of any health with each of the [`PRESSURES`].
    pub pressures: [u32; PRESSURES.len()],
    /// Nodes that are not ready, or have one of the [`PRESSURES`], or both.
    pub troubled: u32,
    /// Names to which pods are bound although no such node exists; in none of the numbers above.
    /// Left to the cluster.
    pub ghosts: u32,
}

impl NodeTotals {
    /// How many nodes exist.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.ready + self.not_ready + self.unknown
    }

    pub(super) fn add(&mut self, node: &Node) {
        *self.health(node.health) += 1;
        self.cordoned += u32::from(node.cordoned);
        self.troubled += u32::from(node.is_troubled());
        for (count, has) in self.pressures.iter_mut().zip(node.pressures()) {
            *count += u32::from(has);
        }
    }

    pub(super) fn subtract(&mut self, node: &Node) {
        *self.health(node.health) -= 1;
        self.cordoned -= u32::from(node.cordoned);
        self.troubled -= u32::from(node.is_troubled());
        for (count, has) in self.pressures.iter_mut().zip(node.pressures()) {
            *count -= u32::from(has);
        }
    }

    fn health(&mut self, health: NodeHealth) -> &mut u32 {
        match health {
            NodeHealth::Ready => &mut self.ready,
            NodeHealth::NotReady => &mut self.not_ready,
            NodeHealth::Unknown => &mut self.unknown,
        }
    }
}

/// The whole cluster in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Its nodes.
    pub nodes: NodeTotals,
    /// Its pods, those that wait for a node included.
    pub pods: Families,
}

/// How many pods there are of each STATUS.
///
/// By family too, because the same text may belong to two: a pod that is `Running` is healthy or not ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statuses(
    /// By family, sorted by text; there are not many. No number is zero, so that what nobody has any more is not kept.
    [Vec<(Text, u32)>; Family::ALL.len()],
);

impl Statuses {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Family, &Text, u32)> {
        let texts = |family: Family| {
            self.0[family as usize]
                .iter()
                .map(move |(text, count)| (family, text, *count))
        };
        Family::ALL.into_iter().flat_map(texts)
    }

    pub(super) fn add(&mut self, status: &PodStatus) {
        let texts = &mut self.0[status.family as usize];
        match find(texts, &status.text) {
            Ok(index) => texts[index].1 += 1,
            Err(index) => texts.insert(index, (status.text.clone(), 1)),
        }
    }

    pub(super) fn subtract(&mut self, status: &PodStatus) {
        let texts = &mut self.0[status.family as usize];
        let index = find(texts, &status.text).expect("every pod that leaves was counted");
        texts[index].1 -= 1;
        if texts[index].1 == 0 {
            texts.remove(index);
        }
    }
}

/// Where a text stands, or belongs.
fn find(texts: &[(Text, u32)], text: &Text) -> Result<usize, usize> {
    texts.binary_search_by(|(known, _)| known.cmp(text))
}
