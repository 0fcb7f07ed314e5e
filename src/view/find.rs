//! What a query finds in the cluster: how many, in words, and the way from one match to the next.

use std::rc::Rc;

use crate::{
    cluster::{Cluster, Entry, Place},
    resource::{Node, Pod, Timestamp},
    view::{
        block,
        format::{count, counted},
        problems::Step,
        query::Query,
        state::Subject,
    },
};

/// How many match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Pods that match.
    pub pods: u32,
    /// Pods there are.
    pub of_pods: u32,
    /// Nodes that match.
    pub nodes: u32,
}

impl Found {
    /// Looks at every pod and every node.
    #[must_use]
    pub fn of(cluster: &Cluster, query: &Query, now: Timestamp) -> Self {
        let pods = matching_pods(cluster, query, now).count();
        Self::with_pods(cluster, query, now, u32::try_from(pods).unwrap_or(u32::MAX))
    }

    /// Looks at the nodes alone, where the pods were counted already.
    #[must_use]
    pub fn with_pods(cluster: &Cluster, query: &Query, now: Timestamp, pods: u32) -> Self {
        let nodes = matching_nodes(cluster, query, now).count();
        Self {
            pods,
            of_pods: cluster.totals().pods.total(),
            nodes: u32::try_from(nodes).unwrap_or(u32::MAX),
        }
    }

    /// `37 of 541 pods`; the nodes too, where no pod matches.
    #[must_use]
    pub fn words(self) -> String {
        let pods = format!("{} of {}", count(self.pods.into()), pods(self.of_pods));
        match (self.pods, self.nodes) {
            (0, 1..) => format!("{pods}, {}", counted(self.nodes.into(), "node", "nodes")),
            _ => pods,
        }
    }

    /// The same as a sentence, for whoever hears it.
    #[must_use]
    pub fn sentence(self) -> String {
        match (self.pods, self.nodes) {
            (0, 0) => format!("Nothing matches, of {}.", pods(self.of_pods)),
            _ => format!("Found {}.", self.words()),
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

/// The match after or before another, round and round, in the order of the page; the first or the last where there was
/// none before, or where it matches no more. Pods; nodes where no pod matches.
#[must_use]
pub fn step(cluster: &Cluster, query: &Query, from: Option<&Subject>, step: Step, now: Timestamp) -> Option<Match> {
    let pods: Vec<_> = matching_pods(cluster, query, now).collect();
    if !pods.is_empty() {
        let is_it = |pod: &&Rc<Pod>| matches!(from, Some(Subject::Pod(key)) if *key == pod.meta.key);
        let index = next(pods.len(), pods.iter().position(is_it), step);
        return Some(Match {
            subject: Subject::Pod(pods[index].meta.key.clone()),
            position: index + 1,
            total: pods.len(),
            label: block::label(pods[index]),
        });
    }
    let nodes: Vec<_> = matching_nodes(cluster, query, now).collect();
    if nodes.is_empty() {
        return None;
    }
    let is_it = |node: &&Rc<Node>| matches!(from, Some(Subject::Node(name)) if **name == *node.meta.key.name);
    let index = next(nodes.len(), nodes.iter().position(is_it), step);
    let name = &nodes[index].meta.key.name;
    Some(Match {
        subject: Subject::Node(name.as_str().into()),
        position: index + 1,
        total: nodes.len(),
        label: format!("node {name}, {}", nodes[index].status),
    })
}

/// The index after or before another, of `total` that are at least one.
fn next(total: usize, at: Option<usize>, step: Step) -> usize {
    match (at, step) {
        (None, Step::Next) => 0,
        (None, Step::Previous) => total - 1,
        (Some(at), Step::Next) => (at + 1) % total,
        (Some(at), Step::Previous) => at.checked_sub(1).unwrap_or(total - 1),
    }
}

/// The pods that match: first those without a node, as on the page.
fn matching_pods<'c>(cluster: &'c Cluster, query: &'c Query, now: Timestamp) -> impl Iterator<Item = &'c Rc<Pod>> {
    let entries = std::iter::once(cluster.unscheduled()).chain(cluster.places());
    entries.flat_map(move |entry| {
        let node = entry.node().map(|node| &**node);
        let pods = entry.pods().iter().map(|(_, pod)| pod);
        pods.filter(move |pod| query.matches(pod, node, now))
    })
}

fn matching_nodes<'c>(cluster: &'c Cluster, query: &'c Query, now: Timestamp) -> impl Iterator<Item = &'c Rc<Node>> {
    let is_node = |entry: &&Entry| matches!(entry.place(), Place::Node(_));
    let nodes = cluster.places().filter(is_node).filter_map(Entry::node);
    nodes.filter(move |node| query.matches_node(node, now))
}
