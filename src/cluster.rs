//! Nodes joined with their pods; totals, and recent changes.
//!
//! A pod is at the place that its `spec.nodeName` names: in the box of its node, or in the tray while it has none. The
//! user may also choose boxes of namespaces or of workloads; then a second [`Grouping`] holds the same pods by that rule. The
//! cluster is told of [`Change`]s and keeps everything that the page counts, in work that is proportional to the change
//! and not to the cluster; [`Cluster::take_dirty`] then says what to draw again. It shares the
//! objects of the stores. It does not know what is visible, or where a box is on the page.
//!
//! Invariants, which the property tests check by comparison with [`Cluster::rebuild`]:
//!
//! - Every pod is in exactly one slot of exactly one place of each board, and its place is the board's rule applied to it.
//! - A box exists while its node is known or a pod is in it.
//! - Every count equals counting.
//!
//! Only the slots depend on history: see [`Slots`].

pub mod natural;

pub mod deadlines;
mod filter;
mod grouping;
mod groups;
mod recent;
mod slots;
mod totals;
mod usage;

use std::{
    cell::{Cell, RefCell},
    mem,
    sync::Arc,
};

use k8bit_informer::store::Change;

use crate::{
    limits::{MAX_ARRIVAL_STEPS, MAX_UNMEASURED_STEPS},
    metrics::Usage,
    resource::{Node, ObjectKey, Pod, Resource, SharedStr, Timestamp},
};
use deadlines::{Deadlines, Overdue};
pub use filter::{Criterion, Filter, Work};
use filter::{lets_node, lets_pod};
pub use grouping::Grouping;
use groups::{Ask, Matched};
pub use groups::{GroupBy, GroupKey, PodGroup};
pub use recent::ChangeCounts;
use recent::History;
pub use slots::Slots;
pub use totals::{ClusterTotals, Families, NodeTotals, StatusCount};
use totals::{NodeTroubles, Statuses};

/// Nodes, pods and their totals.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Every node and every pod.
    by_node: Grouping,
    /// The pods by another rule, while the user has chosen other boxes.
    grouped: Option<Grouping>,
    filter: Option<Filter>,
    /// Pods that match the filter.
    matched: u32,
    /// Nodes that match the filter.
    matched_nodes: u32,
    /// Whether some object was not compared with the filter in full.
    is_filter_cut: bool,
    /// Work of the filter for arriving objects since the last frame.
    arrivals: Work,
    /// Of the nodes that are known.
    nodes: NodeTotals,
    node_troubles: NodeTroubles,
    pods: Families,
    statuses: Statuses,
    /// Whether the nodes are known, so that a box without one is a ghost.
    nodes_known: bool,
    /// Whether the pods are known.
    pods_known: bool,
    are_totals_dirty: bool,
    recent_nodes: History,
    recent_pods: History,
    usage: Usage,
    deadlines: Deadlines,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            by_node: Grouping::new(GroupBy::Node),
            grouped: None,
            filter: None,
            matched: 0,
            matched_nodes: 0,
            is_filter_cut: false,
            arrivals: Work::default(),
            nodes: NodeTotals::default(),
            node_troubles: NodeTroubles::default(),
            pods: Families::default(),
            statuses: Statuses::default(),
            nodes_known: false,
            pods_known: false,
            are_totals_dirty: false,
            recent_nodes: History::default(),
            recent_pods: History::default(),
            usage: Usage::default(),
            deadlines: Deadlines::default(),
        }
    }
}

/// What changed in the last minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Nodes that joined, left and changed.
    pub nodes: ChangeCounts,
    /// Pods that were created, deleted and changed.
    pub pods: ChangeCounts,
    /// For how many seconds, up to a minute, every change of a pod was received; `None` while it is not.
    pub pods_heard_seconds: Option<u64>,
}

/// What to draw again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    /// The places whose node or pods changed, in the order of the board, each once. All of them exist.
    pub groups: Vec<GroupKey>,
    /// Boxes appeared or disappeared, so that [`Grouping::groups`] has to be read again.
    pub order_changed: bool,
    /// [`Cluster::totals`] or [`Cluster::statuses`] changed.
    pub totals: bool,
}

impl Cluster {
    /// The cluster of exactly these objects, all nodes known and everything heard of for ever, pods in slots by namespace and name.
    #[must_use]
    pub fn rebuild(nodes: impl IntoIterator<Item = Arc<Node>>, pods: impl IntoIterator<Item = Arc<Pod>>) -> Self {
        let mut cluster = Self::default();
        // Nothing is counted as recent in a first list, so any time is right.
        let now = Timestamp(0);
        cluster.apply_nodes(&listed(nodes), now);
        cluster.apply_pods(&listed(pods), now);
        cluster.set_nodes_known(true);
        cluster.set_pods_known();
        cluster.set_heard(true, true, Timestamp(i64::MIN));
        cluster
    }

    /// Applies changes of nodes at `now`, for [`Cluster::recent`].
    pub fn apply_nodes(&mut self, changes: &[Change<Node>], now: Timestamp) {
        for change in changes {
            match change {
                Change::Listed(node) | Change::Added(node) | Change::Modified { new: node, .. } => {
                    self.put_node(node, now)
                }
                Change::Deleted(node) => self.remove_node(node),
            }
        }
        self.recent_nodes.add(now, counts(changes));
    }

    /// Applies changes of pods at `now`, for [`Cluster::recent`].
    ///
    /// The changes of one call of [`Store::handle`](k8bit_informer::store::Store::handle) may come in several parts, so that a
    /// long list can be taken in over several time slices.
    pub fn apply_pods(&mut self, changes: &[Change<Pod>], now: Timestamp) {
        let newcomers = changes
            .iter()
            .filter(|change| matches!(change, Change::Listed(_) | Change::Added(_)))
            .count();
        for grouping in self.groupings() {
            grouping.reserve(newcomers);
        }
        for change in changes {
            match change {
                Change::Listed(pod) | Change::Added(pod) | Change::Modified { new: pod, .. } => self.put_pod(pod, now),
                Change::Deleted(pod) => self.remove_pod(pod),
            }
        }
        self.recent_pods.add(now, counts(changes));
        self.watch(changes, now);
        if !changes.is_empty() {
            self.set_pods_known();
        }
    }

    /// Says that the pods are known, even if there are none. Before that, and before any has come, their number and
    /// requests are unknown.
    pub fn set_pods_known(&mut self) {
        if !mem::replace(&mut self.pods_known, true) {
            for grouping in self.groupings() {
                grouping.touch_all();
            }
            self.are_totals_dirty = true;
        }
    }

    /// Says that nothing is known any more: nodes, pods, their usage and what changed lately.
    pub fn set_unknown(&mut self) {
        self.set_nodes_known(false);
        self.pods_known = false;
        self.are_totals_dirty = true;
        (self.recent_nodes, self.recent_pods) = Default::default();
        self.update_usage(|usage| *usage = Usage::default());
        for grouping in self.groupings() {
            grouping.touch_all();
        }
    }

    /// Says whether every change of nodes and pods is received from `now` on, for [`Cluster::recent`].
    pub fn set_heard(&mut self, nodes: bool, pods: bool, now: Timestamp) {
        self.recent_nodes.set_heard(nodes, now);
        self.recent_pods.set_heard(pods, now);
    }

    /// Whether the pods are known.
    #[must_use]
    pub fn are_pods_known(&self) -> bool {
        self.pods_known
    }

    /// Whether the nodes are known.
    #[must_use]
    pub fn are_nodes_known(&self) -> bool {
        self.nodes_known || self.nodes.total() > 0
    }

    /// Says whether the nodes are known: not before their first list is complete, nor while reading them is forbidden.
    /// Boxes are then made from pods alone, and a box without a node is no ghost.
    pub fn set_nodes_known(&mut self, nodes_known: bool) {
        if self.nodes_known == nodes_known {
            return;
        }
        self.nodes_known = nodes_known;
        self.by_node.touch_nodeless();
        self.are_totals_dirty = true;
    }

    /// The boxes of nodes and of names without a node, in [natural order](natural::compare).
    pub fn groups(&self) -> impl Iterator<Item = &PodGroup> {
        self.by_node.groups()
    }

    /// How many boxes of nodes there are.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.by_node.group_count()
    }

    /// The tray of the pods that are not bound to a node.
    #[must_use]
    pub fn unscheduled(&self) -> &PodGroup {
        self.by_node.unscheduled()
    }

    /// The entry at this place among the nodes, if there is such a box.
    #[must_use]
    pub fn pod_group(&self, group_key: &GroupKey) -> Option<&PodGroup> {
        self.by_node.pod_group(group_key)
    }

    /// The board that the user has chosen.
    #[must_use]
    pub fn shown(&self) -> &Grouping {
        self.grouped.as_ref().unwrap_or(&self.by_node)
    }

    /// Chooses the board. A new rule visits every pod.
    pub fn show(&mut self, by: GroupBy) {
        if self.shown().by() == by {
            return;
        }
        self.grouped = (by != GroupBy::Node).then(|| {
            let mut grouping = Grouping::new(by);
            grouping.reserve(self.pods.total() as usize);
            for (pod_group, pod, slot) in self.by_node.pods() {
                grouping.put(pod, Some(pod_group.pods().is_match(slot)));
            }
            if !self.by_node.is_filtered() {
                grouping.invalidate_filter();
            }
            grouping
        });
        self.by_node.touch_all();
    }

    /// Whether pods are bound to this name although there is no such node.
    #[must_use]
    pub fn is_ghost(&self, pod_group: &PodGroup) -> bool {
        self.nodes_known && pod_group.node.is_none() && matches!(pod_group.group_key(), GroupKey::Node(_))
    }

    /// The pod of this key, and where it is among the nodes: its place and its slot there.
    #[must_use]
    pub fn pod(&self, key: &ObjectKey) -> Option<(&PodGroup, usize, &Arc<Pod>)> {
        self.by_node.pod(key)
    }

    /// Every pod, in no particular order.
    pub fn pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.by_node.pods().map(|(_, pod, _)| pod)
    }

    /// Sets the filter; `None` matches everything. Objects are compared later: see [`Cluster::filter_some`].
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        self.filter = filter;
        self.is_filter_cut = false;
        self.invalidate_filter();
    }

    /// Invalidates the filter's results, because time has passed or nodes have changed.
    pub fn invalidate_filter(&mut self) {
        for grouping in self.groupings() {
            grouping.invalidate_filter();
        }
    }

    /// Whether every pod and node was compared with the filter. One that arrived or changed after the filter was set was,
    /// unless too many arrived at once.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.by_node.is_filtered() && self.grouped.as_ref().is_none_or(Grouping::is_filtered)
    }

    /// Compares more pods and nodes with the filter, visible ones first, until `is_enough` or all are done. `is_enough` is
    /// called after at most [`MAX_UNMEASURED_STEPS`] and one object: the caller has the clock.
    pub fn filter_some(&mut self, now: Timestamp, is_enough: impl FnMut() -> bool) {
        let slice = Slice {
            filter: self.filter.clone(),
            now,
            work: Work::default(),
            looked: Cell::new(0),
            is_enough: RefCell::new(is_enough),
            is_over: Cell::new(false),
        };
        while !slice.is_enough() {
            let by_node = &self.by_node;
            if let Some(grouping) = &mut self.grouped {
                let ask = Grouped { slice: &slice, by_node };
                if grouping.filter_next(&ask).is_some() {
                    continue;
                }
            }
            let Some(refiltered) = self.by_node.filter_next(&slice) else {
                break;
            };
            self.count_matches(refiltered.before, refiltered.after);
        }
        self.is_filter_cut |= slice.work.cuts() > 0;
    }

    /// Compares these places of the shown board with the filter before others, for example visible ones.
    pub fn filter_first<'p>(&mut self, groups: impl IntoIterator<Item = &'p GroupKey>) {
        let grouping = self.grouped.as_mut().unwrap_or(&mut self.by_node);
        for group_key in groups {
            grouping.filter_first(group_key);
        }
    }

    fn count_matches(&mut self, before: Matched, after: Matched) {
        self.matched = self.matched + narrow(after.pods) - narrow(before.pods);
        self.matched_nodes = self.matched_nodes + narrow(after.nodes) - narrow(before.nodes);
        self.are_totals_dirty |= before != after;
    }

    /// How many nodes match the filter; as [`Cluster::matched`].
    #[must_use]
    pub fn matched_nodes(&self) -> u32 {
        self.matched_nodes
    }

    /// Whether some pod or node was not compared in full, because its texts are too long. It counts as no match.
    #[must_use]
    pub fn is_filter_cut(&self) -> bool {
        self.is_filter_cut
    }

    /// How many pods match the filter: all without one. Exact once the cluster [is filtered](Cluster::is_filtered).
    #[must_use]
    pub fn matched(&self) -> u32 {
        self.matched
    }

    /// The whole cluster in numbers.
    #[must_use]
    pub fn totals(&self) -> ClusterTotals {
        let ghosts = if self.nodes_known {
            u32::try_from(self.by_node.group_count())
                .unwrap_or(u32::MAX)
                .saturating_sub(self.nodes.total())
        } else {
            0
        };
        ClusterTotals {
            nodes: NodeTotals { ghosts, ..self.nodes },
            pods: self.pods,
        }
    }

    /// How many nodes have a bad condition, by its type: in the order of types, none of them zero.
    pub fn node_troubles(&self) -> impl Iterator<Item = (&SharedStr, u32)> {
        self.node_troubles.iter()
    }

    /// How many pods there are of each family, variant and STATUS; in that order, none of them zero.
    pub fn statuses(&self) -> impl Iterator<Item = &StatusCount> {
        self.statuses.iter()
    }

    /// What changed in the minute up to `now`. Changes with time alone, so it is never dirty: ask once a second.
    ///
    /// Objects of a first list are not new, and neither are changes during an outage; changes that a later list reveals are.
    #[must_use]
    pub fn recent(&self, now: Timestamp) -> Recent {
        Recent {
            nodes: self.recent_nodes.sum(now),
            pods: self.recent_pods.sum(now),
            pods_heard_seconds: self.recent_pods.heard_seconds(now),
        }
    }

    /// The deadlines of pods.
    fn watch(&mut self, changes: &[Change<Pod>], now: Timestamp) {
        self.deadlines.advance(now);
        for change in changes {
            match change {
                Change::Listed(pod) | Change::Added(pod) => self.deadlines.add(pod),
                Change::Modified { old, new } => self.deadlines.replace(old, new),
                Change::Deleted(pod) => self.deadlines.remove(pod),
            }
        }
    }

    /// How many pods are overdue at `now`. Never dirty, like [`Cluster::recent`].
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Overdue {
        self.deadlines.overdue(now)
    }

    /// What changed on the shown board since the last call.
    pub fn take_dirty(&mut self) -> Dirty {
        self.is_filter_cut |= self.arrivals.cuts() > 0;
        self.arrivals = Work::default();
        let (groups, order_changed) = match &mut self.grouped {
            Some(grouping) => grouping.take_dirty(),
            None => self.by_node.take_dirty(),
        };
        Dirty {
            groups,
            order_changed,
            totals: mem::take(&mut self.are_totals_dirty),
        }
    }

    fn groupings(&mut self) -> impl Iterator<Item = &mut Grouping> {
        std::iter::once(&mut self.by_node).chain(&mut self.grouped)
    }

    fn put_node(&mut self, node: &Arc<Node>, now: Timestamp) {
        let is_match = self
            .may_ask()
            .then(|| lets_node(self.filter.as_ref(), node, now, &self.arrivals));
        let (old, before, after) = self.by_node.put_node(node, is_match);
        if let Some(old) = old {
            self.uncount_node(&old);
        }
        self.nodes.add(node);
        self.node_troubles.add(node);
        self.count_matches(before, after);
        self.are_totals_dirty = true;
    }

    fn remove_node(&mut self, node: &Node) {
        if let Some((old, was_match)) = self.by_node.remove_node(&node.meta.key.name) {
            self.uncount_node(&old);
            self.matched_nodes -= u32::from(was_match);
            self.are_totals_dirty = true;
        }
    }

    fn uncount_node(&mut self, node: &Node) {
        self.nodes.subtract(node);
        self.node_troubles.subtract(node);
    }

    fn put_pod(&mut self, pod: &Arc<Pod>, now: Timestamp) {
        let is_match = self.may_ask().then(|| {
            let node = || node_of(&self.by_node, pod);
            lets_pod(self.filter.as_ref(), pod, node, now, &self.arrivals)
        });
        if let Some(grouping) = &mut self.grouped {
            grouping.put(pod, is_match);
        }
        let boxes = self.by_node.group_count();
        let previous = self.by_node.put(pod, is_match);
        let was_match = previous.as_ref().is_some_and(|previous| previous.is_match);
        let is_match = is_match.unwrap_or(was_match);
        self.are_totals_dirty |= boxes != self.by_node.group_count() || was_match != is_match;
        self.matched = self.matched + u32::from(is_match) - u32::from(was_match);
        match previous {
            Some(previous) if previous.pod.status.is_counted_like(&pod.status) => {}
            Some(previous) => {
                self.uncount(&previous.pod);
                self.count(pod);
            }
            None => self.count(pod),
        }
    }

    /// Whether there is time to compare arriving objects with the filter.
    fn may_ask(&self) -> bool {
        self.filter.is_none() || self.arrivals.done() < MAX_ARRIVAL_STEPS
    }

    fn remove_pod(&mut self, pod: &Pod) {
        if let Some(grouping) = &mut self.grouped {
            grouping.remove(&pod.meta.key);
        }
        if let Some(previous) = self.by_node.remove(&pod.meta.key) {
            self.matched -= u32::from(previous.is_match);
            self.uncount(&previous.pod);
        }
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
}

/// Asks a filter until it is enough.
struct Slice<E> {
    filter: Option<Filter>,
    now: Timestamp,
    work: Work,
    /// How much was done when it was last asked whether that is enough.
    looked: Cell<u64>,
    is_enough: RefCell<E>,
    is_over: Cell<bool>,
}

impl<E: FnMut() -> bool> Ask for Slice<E> {
    fn pod(&self, pod: &Pod, node: Option<&Node>) -> bool {
        lets_pod(self.filter.as_ref(), pod, || node, self.now, &self.work)
    }

    fn node(&self, node: &Node) -> bool {
        lets_node(self.filter.as_ref(), node, self.now, &self.work)
    }

    fn is_enough(&self) -> bool {
        if self.work.done() - self.looked.get() >= MAX_UNMEASURED_STEPS {
            self.looked.set(self.work.done());
            self.is_over.set((self.is_enough.borrow_mut())());
        }
        self.is_over.get()
    }
}

/// The same for boxes of something else than nodes: the nodes of their pods are on the other board.
struct Grouped<'c, E> {
    slice: &'c Slice<E>,
    by_node: &'c Grouping,
}

impl<E: FnMut() -> bool> Ask for Grouped<'_, E> {
    fn pod(&self, pod: &Pod, _: Option<&Node>) -> bool {
        self.slice.pod(pod, node_of(self.by_node, pod))
    }

    fn node(&self, _: &Node) -> bool {
        false
    }

    fn is_enough(&self) -> bool {
        self.slice.is_enough()
    }
}

/// The node that a pod is bound to, if it is known.
fn node_of<'n>(by_node: &'n Grouping, pod: &Pod) -> Option<&'n Node> {
    by_node.node(pod.node.as_ref()?)
}

/// As many as there are pods.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn counts<K: Resource>(changes: &[Change<K>]) -> ChangeCounts {
    let mut counts = ChangeCounts::default();
    for change in changes {
        match change {
            Change::Listed(_) => {}
            Change::Added(_) => counts.created += 1,
            Change::Modified { .. } => counts.changed += 1,
            Change::Deleted(_) => counts.deleted += 1,
        }
    }
    counts
}

fn listed<K: Resource>(objects: impl IntoIterator<Item = Arc<K>>) -> Vec<Change<K>> {
    let mut objects: Vec<_> = objects.into_iter().collect();
    objects.sort_by(|a, b| a.meta().key.cmp(&b.meta().key));
    objects.into_iter().map(Change::Listed).collect()
}
