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
    let pods = matching_pods(cluster, query, now).map(|pod| {
        let subject = Subject::Pod(pod.meta.key.clone());
        (subject, block::label(pod))
    });
    let mut matches: Vec<(Subject, String)> = pods.collect();
    if matches.is_empty() {
        let nodes = matching_nodes(cluster, query, now).map(|node| {
            let subject = Subject::Node(node.meta.key.name.as_str().into());
            (subject, format!("node {}, {}", node.meta.key.name, node.status))
        });
        matches = nodes.collect();
    }
    let total = matches.len();
    let last = total.checked_sub(1)?;
    let at = from.and_then(|from| matches.iter().position(|(subject, _)| subject == from));
    let index = match (at, step) {
        (None, Step::Next) => 0,
        (None, Step::Previous) => last,
        (Some(at), Step::Next) => (at + 1) % total,
        (Some(at), Step::Previous) => at.checked_sub(1).unwrap_or(last),
    };
    let (subject, label) = matches.swap_remove(index);
    Some(Match {
        subject,
        position: index + 1,
        total,
        label,
    })
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
