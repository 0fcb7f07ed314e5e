//! Counts that are kept up to date, one object at a time.

use crate::resource::{
    Node, SharedStr,
    node::NodeHealth,
    status::{Family, PodStatus, Variant},
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
    /// Nodes whose kubelet sends no heartbeats.
    pub unknown: u32,
    /// Nodes of any health that take no new pods: `SchedulingDisabled`.
    pub cordoned: u32,
    /// Nodes that are not ready or have a bad condition.
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
    }

    pub(super) fn subtract(&mut self, node: &Node) {
        *self.health(node.health) -= 1;
        self.cordoned -= u32::from(node.cordoned);
        self.troubled -= u32::from(node.is_troubled());
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
pub struct ClusterTotals {
    /// Its nodes.
    pub nodes: NodeTotals,
    /// Its pods, those that wait for a node included.
    pub pods: Families,
}

/// How many nodes have a bad condition, by its type; sorted, none of them zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeTroubles(Vec<(SharedStr, u32)>);

impl NodeTroubles {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&SharedStr, u32)> {
        self.0.iter().map(|(kind, nodes)| (kind, *nodes))
    }

    pub(super) fn add(&mut self, node: &Node) {
        for kind in &node.troubles {
            match self.find(kind) {
                Ok(index) => self.0[index].1 += 1,
                Err(index) => self.0.insert(index, (kind.clone(), 1)),
            }
        }
    }

    pub(super) fn subtract(&mut self, node: &Node) {
        for kind in &node.troubles {
            let index = self.find(kind).expect("every node that leaves was counted");
            self.0[index].1 -= 1;
            if self.0[index].1 == 0 {
                self.0.remove(index);
            }
        }
    }

    fn find(&self, kind: &SharedStr) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(kind))
    }
}

/// How many pods there are of a STATUS that are alike otherwise, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCount {
    /// Their family.
    pub family: Family,
    /// What they are within it.
    pub variant: Variant,
    /// Their STATUS.
    pub text: SharedStr,
    /// How many there are.
    pub pods: u32,
}

/// How many pods there are of each STATUS.
///
/// By family and variant too, because the same text may belong to several: a pod that is `Running` is healthy or not
/// ready, and one with the STATUS `Error` may be over or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statuses(
    /// Sorted by family, variant and text; there are not many. No number is zero, so that what nobody has any more is not
    /// kept.
    Vec<StatusCount>,
);

impl Statuses {
    pub(super) fn iter(&self) -> impl Iterator<Item = &StatusCount> {
        self.0.iter()
    }

    pub(super) fn add(&mut self, status: &PodStatus) {
        match self.find(status) {
            Ok(index) => self.0[index].pods += 1,
            Err(index) => self.0.insert(
                index,
                StatusCount {
                    family: status.family,
                    variant: status.variant,
                    text: status.text.clone(),
                    pods: 1,
                },
            ),
        }
    }

    pub(super) fn subtract(&mut self, status: &PodStatus) {
        let index = self.find(status).expect("every pod that leaves was counted");
        self.0[index].pods -= 1;
        if self.0[index].pods == 0 {
            self.0.remove(index);
        }
    }

    /// Where a status stands, or belongs.
    fn find(&self, status: &PodStatus) -> Result<usize, usize> {
        let wanted = (status.family, status.variant, &status.text);
        self.0
            .binary_search_by(|known| (known.family, known.variant, &known.text).cmp(&wanted))
    }
}
