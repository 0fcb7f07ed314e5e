//! The strip on top: how many of what, and what changed lately.

use crate::{
    cluster::{Cluster, Tally},
    resource::{Timestamp, status::Family},
    view::{
        Tone, Word,
        block::FAMILIES_BY_URGENCY,
        format::{count, counted},
    },
};

/// What the strip shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Nodes, without ghosts; `None` where nobody knows.
    pub nodes: Option<u32>,
    /// How the nodes are: `22 ready`, `1 NotReady`, `1 cordoned`, `2 ghosts`.
    pub node_words: Vec<Word>,
    /// Pods; `None` where nobody knows.
    pub pods: Option<u32>,
    /// Pods by family, the most urgent first, none left out.
    pub families: Vec<(Family, u32)>,
    /// What happened to pods in the last minute, a sentence.
    pub recent: String,
    /// What happened to nodes in the last minute; empty when nothing did.
    pub recent_nodes: String,
}

impl Summary {
    /// The summary of a cluster.
    #[must_use]
    pub fn of(cluster: &Cluster, now: Timestamp) -> Self {
        let totals = cluster.totals();
        let recent = cluster.recent(now);
        let nodes = totals.nodes;
        let (nodes_known, pods_known) = (cluster.are_nodes_known(), cluster.are_pods_known());
        let node_words = [
            (nodes.ready, Tone::Quiet, "ready", "ready"),
            (nodes.not_ready, Tone::Bad, "NotReady", "NotReady"),
            (nodes.unknown, Tone::Bad, "silent", "silent"),
            (nodes.cordoned, Tone::Warning, "cordoned", "cordoned"),
            (nodes.ghosts, Tone::Bad, "missing", "missing"),
        ]
        .into_iter()
        .enumerate()
        .filter(|(index, (number, ..))| *index == 0 || *number > 0)
        .map(|(_, (number, tone, one, many))| Word::new(tone, counted(u64::from(number), one, many)));
        let unknown = vec![Word::new(Tone::Quiet, UNKNOWN)];
        Self {
            nodes: nodes_known.then_some(nodes.ready + nodes.not_ready + nodes.unknown),
            node_words: if nodes_known { node_words.collect() } else { unknown },
            pods: pods_known.then(|| totals.pods.total()),
            families: FAMILIES_BY_URGENCY
                .map(|family| (family, totals.pods.get(family)))
                .to_vec(),
            recent: if pods_known {
                sentence(recent.pods)
            } else {
                String::new()
            },
            recent_nodes: match recent.nodes {
                Tally {
                    created: 0, deleted: 0, ..
                } => String::new(),
                tally => format!("nodes: {}", changes(tally)),
            },
        }
    }
}

impl Summary {
    /// What stands where nothing is wrong: that, as far as everything is known.
    #[must_use]
    pub fn calm_words(&self) -> &'static str {
        match (self.nodes, self.pods) {
            (Some(_), Some(_)) => "Nothing is wrong.",
            (None, Some(_)) => "Nothing is wrong with the pods; the nodes are not known.",
            (Some(_), None) => "Nothing is wrong with the nodes; the pods are not known.",
            (None, None) => "Nothing is known.",
        }
    }

    /// Whether both nodes and pods are known, so that nothing wrong can be hidden.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.nodes.is_some() && self.pods.is_some()
    }

    /// How many pods are of a family; `None` where nobody knows.
    #[must_use]
    pub fn pods_of(&self, family: Family) -> Option<u32> {
        self.pods?;
        let mut families = self.families.iter();
        families.find(|(other, _)| *other == family).map(|(_, pods)| *pods)
    }

    /// The words beside the number of pods: `512 ready`.
    #[must_use]
    pub fn ready_words(&self) -> String {
        self.pods_of(Family::Healthy).map_or_else(
            || UNKNOWN.to_owned(),
            |healthy| format!("{} ready", count(u64::from(healthy))),
        )
    }
}

/// What stands beside a number that nobody knows.
const UNKNOWN: &str = "not known";

/// `+2 created, 1 deleted in the last minute`: the question that the article's reader had to parse output for.
fn sentence(tally: Tally) -> String {
    match tally {
        Tally {
            created: 0, deleted: 0, ..
        } => "none created or deleted in the last minute".to_owned(),
        tally => format!("{} in the last minute", changes(tally)),
    }
}

fn changes(tally: Tally) -> String {
    let number = |number: u32| count(u64::from(number));
    match (tally.created, tally.deleted) {
        (created, 0) => format!("+{} created", number(created)),
        (0, deleted) => format!("{} deleted", number(deleted)),
        (created, deleted) => format!("+{} created, {} deleted", number(created), number(deleted)),
    }
}
