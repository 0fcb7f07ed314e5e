//! What a query finds in the cluster: how many, in words, and the way from one match to the next.
//!
//! Nothing is compared with the query here: the cluster's [filter](Cluster::set_filter) has done that in slices, and while it
//! has not, the number of matches is unknown.

use std::sync::Arc;

use crate::{
    cluster::{Cluster, GroupKey, PodGroup},
    resource::{Node, Pod},
    view::{
        block,
        direction::WalkDirection,
        format::{count, counted},
        query::suggest::Vocabulary,
        state::Subject,
        visible::visible,
    },
};

/// How many match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Pods that match.
    pub pods: u32,
    /// Pods there are; `None` where it is not known.
    pub of_pods: Option<u32>,
    /// Nodes that match.
    pub nodes: u32,
    /// Whether some were not compared in full, because their texts are too long.
    pub is_cut: bool,
}

impl Found {
    /// What the cluster's filter has found; `None` until it was asked about every pod and every node.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Option<Self> {
        cluster.is_filtered().then(|| Self {
            pods: cluster.matched(),
            of_pods: cluster.are_pods_known().then(|| cluster.totals().pods.total()),
            nodes: cluster.matched_nodes(),
            is_cut: cluster.is_filter_cut(),
        })
    }

    /// `37 of 541 pods`; the nodes too, where no pod matches.
    #[must_use]
    pub fn words(self) -> String {
        let nodes = counted(self.nodes.into(), "node", "nodes");
        let Some(of_pods) = self.of_pods else {
            return format!("{nodes}; pods unknown");
        };
        let pods = format!("{} of {}", count(self.pods.into()), pods(of_pods));
        match (self.pods, self.nodes) {
            (0, 1..) => format!("{pods}, {nodes}"),
            _ => pods,
        }
    }

    /// Whether neither a pod nor a node matches.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        (self.pods, self.nodes) == (0, 0)
    }

    /// The same as a sentence, for whoever hears it.
    #[must_use]
    pub fn sentence(self) -> String {
        let found = match (self.pods, self.nodes, self.of_pods) {
            (0, 0, Some(of_pods)) => format!("No match among {}.", pods(of_pods)),
            (0, 0, None) => "No node matches; pods unknown.".to_owned(),
            _ => format!("Found {}.", self.words()),
        };
        format!("{found} {}", self.note()).trim_end().to_owned()
    }

    /// What is not known; empty where all is.
    #[must_use]
    pub fn note(self) -> &'static str {
        if self.is_cut {
            "Some objects have texts that are too long to compare; they count as no match."
        } else {
            ""
        }
    }
}

fn pods(number: u32) -> String {
    counted(number.into(), "pod", "pods")
}

/// A match on the way from one to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What matches.
    pub subject: Subject,
    /// Which one it is, from one on.
    pub position: usize,
    /// How many there are.
    pub total: usize,
    /// Its name and state.
    label: String,
}

impl Match {
    /// What is read out.
    #[must_use]
    pub fn announcement(&self) -> String {
        format!("Match {} of {}: {}.", self.position, self.total, self.label)
    }
}

/// What came of the wish to see a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindResult {
    /// Nothing is looked for.
    Nowhere,
    /// It is still being counted.
    Counting,
    /// Nothing matches.
    Nothing,
    /// There it is.
    Match(Match),
}

/// The match after or before another, round and round, in the order of the page; the first or the last where there was
/// none before, or where it matches no more. Pods; nodes where no pod matches. [`Found::of`] tells whether there are any.
#[must_use]
pub fn step(cluster: &Cluster, from: Option<&Subject>, step: WalkDirection) -> Option<Match> {
    let total = cluster.matched() as usize;
    if total > 0 {
        let is_it = |pod: &Arc<Pod>| matches!(from, Some(Subject::Pod(key)) if *key == pod.meta.key);
        let index = next(total, matching_pods(cluster).position(is_it), step);
        let pod = matching_pods(cluster).nth(index)?;
        return Some(Match {
            subject: Subject::Pod(pod.meta.key.clone()),
            position: index + 1,
            total,
            label: block::label(pod),
        });
    }
    let total = cluster.matched_nodes() as usize;
    if total == 0 {
        return None;
    }
    let is_it = |node: &Arc<Node>| matches!(from, Some(Subject::Node(name)) if **name == *node.meta.key.name);
    let index = next(total, matching_nodes(cluster).position(is_it), step);
    let node = matching_nodes(cluster).nth(index)?;
    let name = &node.meta.key.name;
    Some(Match {
        subject: Subject::Node(name.as_str().into()),
        position: index + 1,
        total,
        label: format!("node {}, {}", visible(name), visible(&node.status)),
    })
}

/// The index after or before another, of `total` that are at least one.
fn next(total: usize, at: Option<usize>, step: WalkDirection) -> usize {
    match (at, step) {
        (None, WalkDirection::Next) => 0,
        (None, WalkDirection::Previous) => total - 1,
        (Some(at), WalkDirection::Next) => (at + 1) % total,
        (Some(at), WalkDirection::Previous) => at.checked_sub(1).unwrap_or(total - 1),
    }
}

/// The pods that match: first those without a node, as on the page.
fn matching_pods(cluster: &Cluster) -> impl Iterator<Item = &Arc<Pod>> {
    let pod_groups = std::iter::once(cluster.unscheduled()).chain(cluster.groups());
    pod_groups.flat_map(|pod_group| {
        let pods = pod_group.pods();
        // Most boxes have none.
        let slots = (pods.matched() > 0).then(|| pods.iter()).into_iter().flatten();
        slots.filter(|(slot, _)| pods.is_match(*slot)).map(|(_, pod)| pod)
    })
}

fn matching_nodes(cluster: &Cluster) -> impl Iterator<Item = &Arc<Node>> {
    let is_match =
        |pod_group: &&PodGroup| matches!(pod_group.group_key(), GroupKey::Node(_)) && pod_group.is_node_match();
    cluster.groups().filter(is_match).filter_map(PodGroup::node)
}

/// What there is to suggest.
#[must_use]
pub fn vocabulary(cluster: &Cluster) -> Vocabulary {
    let pod_groups = || std::iter::once(cluster.unscheduled()).chain(cluster.groups());
    let pods = pod_groups().flat_map(|pod_group| pod_group.pods().iter().map(|(_, pod)| pod));
    let count = cluster.totals().pods.total() as usize;
    Vocabulary::of(pods, count, pod_groups().filter_map(PodGroup::node))
}
