//! The summary at the top: numbers of nodes and pods, and recent changes.

use crate::{
    cluster::{ChangeCounts, Cluster, PodGroup, Recent},
    resource::{
        Timestamp,
        status::{Family, Variant},
    },
    view::{
        Tone, Word,
        block::FAMILIES_BY_URGENCY,
        connection::Scene,
        format::{count, counted},
        problems::ProblemScope,
    },
};

/// What the summary shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Nodes, without ghosts; `None` if unknown.
    pub nodes: Option<u32>,
    /// How the nodes are: `22 ready`, `1 NotReady`, `1 cordoned`, `2 ghosts`.
    pub node_words: Vec<Word>,
    /// Pods; `None` if unknown.
    pub pods: Option<u32>,
    /// Pods by family, the most urgent first, none left out.
    pub families: Vec<(Family, u32)>,
    /// Of the pods of [`Family::Failing`], those that failed for good: they are over, and no alarm.
    pub over: u32,
    /// What happened to pods in the last minute, a sentence.
    pub recent: String,
    /// What happened to nodes in the last minute; may be empty.
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
            (nodes.unknown, Tone::Bad, "unreachable", "unreachable"),
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
            over: cluster.groups().map(PodGroup::over).sum::<u32>() + cluster.unscheduled().over(),
            recent: if pods_known { sentence(&recent) } else { String::new() },
            recent_nodes: match recent.nodes {
                ChangeCounts {
                    created: 0, deleted: 0, ..
                } => String::new(),
                counts => format!("nodes: {}", changes(counts)),
            },
        }
    }
}

impl Summary {
    /// The same with the numbers of what is in a scope. The sentences are about the whole cluster.
    #[must_use]
    pub fn within(cluster: &Cluster, scope: ProblemScope, now: Timestamp) -> Self {
        let whole = Self::of(cluster, now);
        if scope == ProblemScope::All {
            return whole;
        }
        let nodes = cluster
            .groups()
            .filter(|entry| entry.node().is_some() && scope.has_node(entry));
        let (mut families, mut over) = (FAMILIES_BY_URGENCY.map(|family| (family, 0)), 0);
        for pod in cluster
            .groups()
            .chain([cluster.unscheduled()])
            .flat_map(|entry| scope.pods(entry))
        {
            over += u32::from(pod.status.variant == Variant::Over);
            for (family, pods) in &mut families {
                *pods += u32::from(*family == pod.status.family);
            }
        }
        Self {
            nodes: whole.nodes.and_then(|_| u32::try_from(nodes.count()).ok()),
            pods: whole.pods.map(|_| cluster.matched()),
            families: families.to_vec(),
            over,
            ..whole
        }
    }

    /// The sentence if nothing is wrong: as of when, and what is unknown.
    #[must_use]
    pub fn calm_words(&self, scene: &Scene) -> String {
        let (verb, when) = match scene {
            Scene::Stale(since) if since.is_empty() => ("was", " before the connection was lost".to_owned()),
            Scene::Stale(since) => ("was", format!(" as of {since}")),
            _ => ("is", String::new()),
        };
        match (self.nodes, self.pods) {
            (Some(_), Some(_)) => format!("Nothing {verb} wrong{when}."),
            (None, Some(_)) => format!("Nothing {verb} wrong with the pods{when}; the nodes are unknown."),
            (Some(_), None) => format!("Nothing {verb} wrong with the nodes{when}; the pods are unknown."),
            (None, None) => "Nodes and pods are unknown.".to_owned(),
        }
    }

    /// Whether "nothing is wrong" can be said: everything is known and current.
    #[must_use]
    pub fn may_be_calm(&self, scene: &Scene) -> bool {
        self.is_complete() && scene.is_current()
    }

    /// Whether both nodes and pods are known, so that nothing wrong can be hidden.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.nodes.is_some() && self.pods.is_some()
    }

    /// How many pods are of a family; `None` if unknown.
    #[must_use]
    pub fn pods_of(&self, family: Family) -> Option<u32> {
        self.pods?;
        let mut families = self.families.iter();
        families.find(|(other, _)| *other == family).map(|(_, pods)| *pods)
    }

    /// What stands beside the number of pods: that it is not known, or nothing.
    #[must_use]
    pub fn pods_note(&self) -> &'static str {
        if self.pods.is_some() { "" } else { UNKNOWN }
    }
}

/// What stands beside an unknown number.
const UNKNOWN: &str = "not known";

/// `+2 created, 1 deleted in the last minute`: the question that the article's reader had to parse output for. Of a minute
/// that was not heard of as a whole, no more is said than what was heard.
fn sentence(recent: &Recent) -> String {
    let when = match recent.pods_heard_seconds {
        None => return "recent changes not known".to_owned(),
        Some(60..) => "minute".to_owned(),
        Some(0 | 1) => "second".to_owned(),
        Some(seconds) => format!("{seconds} s"),
    };
    match recent.pods {
        ChangeCounts {
            created: 0, deleted: 0, ..
        } => format!("none created or deleted in the last {when}"),
        counts => format!("{} in the last {when}", changes(counts)),
    }
}

fn changes(counts: ChangeCounts) -> String {
    let number = |number: u32| count(u64::from(number));
    match (counts.created, counts.deleted) {
        (created, 0) => format!("+{} created", number(created)),
        (0, deleted) => format!("{} deleted", number(deleted)),
        (created, deleted) => format!("+{} created, {} deleted", number(created), number(deleted)),
    }
}
