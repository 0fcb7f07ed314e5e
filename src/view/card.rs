//! A node as a card: its edge, its name, the words beside it and how much of it is taken.
//!
//! The blocks inside are not part of it: they are drawn from the entry's slots, one by one.

use crate::{
    cluster::{Cluster, GroupKey, PodGroup},
    limits::COUNTER_LINGERS_SECONDS,
    resource::{Node, Timestamp, Workload, condition, node::NodeHealth},
    view::{
        Tone, Word,
        bar::Bar,
        block,
        format::{coarse_duration, counted, known, percent},
        visible::visible,
    },
};

/// From the upper edge of a card to the screen with its blocks, without border and padding, in CSS pixels at the usual
/// size of letters: `--card-head` of `style.css`. It never changes, so that nothing on the page moves while data stream in.
pub const HEAD_PIXELS: f64 = 74.0;

/// What a card shows around its blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The node's name.
    pub name: String,
    /// State shown by the edge.
    pub state: CardState,
    /// The STATUS column of `kubectl get nodes`; `Ghost` for a node that is gone, `Unknown` where nodes are not readable.
    pub status: String,
    /// What is wrong, in words; empty if nothing is.
    pub words: Vec<Word>,
    /// Roles except `worker`, instance type and zone, if known.
    pub traits: String,
    /// Pods in the box; on a node, those that have not ended, because they count against its limit. `None` if unknown.
    pub pods: Option<u32>,
    /// Allocatable pods, if known.
    pub allocatable: Option<u32>,
    /// Processor time and memory.
    pub bars: [Bar; 2],
    /// The card's accessible name.
    pub label: String,
}

/// The state of a node, as its edge shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// Ready for pods.
    Ready,
    /// Ready, but cordoned.
    Cordoned,
    /// Its kubelet says that it is not ready.
    NotReady,
    /// Its kubelet sends no heartbeats.
    Unknown,
    /// Pods are bound to it, but there is no such node.
    Ghost,
    /// Pods are bound to it; whether it exists cannot be read.
    Assumed,
    /// Not a node: the box of a namespace or workload.
    Group,
}

impl CardState {
    /// Returns the state of an entry's node.
    #[must_use]
    pub fn of(cluster: &Cluster, pod_group: &PodGroup) -> CardState {
        match pod_group.node() {
            None if !matches!(pod_group.group_key(), GroupKey::Node(_)) => CardState::Group,
            None if cluster.is_ghost(pod_group) => CardState::Ghost,
            None => CardState::Assumed,
            Some(node) => match node.health {
                NodeHealth::NotReady => CardState::NotReady,
                NodeHealth::Unknown => CardState::Unknown,
                NodeHealth::Ready if node.cordoned => CardState::Cordoned,
                NodeHealth::Ready => CardState::Ready,
            },
        }
    }

    /// The value of `data-state`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Cordoned => "cordoned",
            Self::NotReady => "not-ready",
            Self::Unknown => "unknown",
            Self::Ghost => "ghost",
            Self::Assumed => "assumed",
            Self::Group => "group",
        }
    }
}

/// From this share of the allocatable pods on, their number is a warning.
const CROWDED_PERCENT: u32 = 90;

impl Card {
    /// The card of a node's entry.
    #[must_use]
    pub fn of(cluster: &Cluster, pod_group: &PodGroup, now: Timestamp) -> Self {
        let name = pod_group.group_key().name();
        let state = CardState::of(cluster, pod_group);
        let words = words(pod_group.node().map(|node| &**node), state, now);
        let status = match (pod_group.node(), state) {
            (Some(node), _) => node.status.as_str(),
            (None, CardState::Ghost) => "Ghost",
            (None, CardState::Group) => "",
            (None, _) => "Unknown",
        };
        let pods = cluster.are_pods_known().then(|| pods_in(pod_group));
        let allocatable = pod_group.node().and_then(|node| node.allocatable_pods);
        let what = match pod_group.group_key() {
            GroupKey::Unscheduled => "unscheduled".to_owned(),
            GroupKey::Node(_) => format!("node {name}, {status}"),
            GroupKey::Namespace(_) => format!("namespace {name}"),
            GroupKey::Workload { namespace, kind, .. } => {
                let guess = if Workload::is_guessed(kind) {
                    " (as names suggest)"
                } else {
                    ""
                };
                format!("{kind} {name} in {namespace}{guess}").trim_start().to_owned()
            }
        };
        let number = match allocatable {
            Some(allocatable) => format!("{} of {}", known(pods), counted(allocatable.into(), "pod", "pods")),
            None => pods.map_or_else(|| "? pods".to_owned(), |pods| counted(pods.into(), "pod", "pods")),
        };
        let mut label = format!("{what}, {number}");
        for word in words.iter().filter(|word| !status.contains(&word.text)) {
            label.push_str(", ");
            label.push_str(&word.text);
        }
        let traits = match pod_group.group_key() {
            GroupKey::Workload { namespace, kind, .. } if kind.is_empty() => namespace.to_string(),
            // A guess from names is marked.
            GroupKey::Workload { namespace, kind, .. } if Workload::is_guessed(kind) => {
                format!("{kind}? · {namespace}")
            }
            GroupKey::Workload { namespace, kind, .. } => format!("{kind} · {namespace}"),
            _ => pod_group.node().map(|node| traits(node)).unwrap_or_default(),
        };
        let shown = |text: &str| visible(text).into_owned();
        Self {
            name: shown(name),
            state,
            status: shown(status),
            words,
            traits: shown(&traits),
            pods,
            allocatable,
            bars: bars(cluster, pod_group),
            label: shown(&label),
        }
    }

    /// Whether the node takes no more pods, or hardly any; CPU and memory do not show this.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        let percent = percent(
            u64::from(self.pods.unwrap_or(0)),
            u64::from(self.allocatable.unwrap_or(0)),
        );
        percent.is_some_and(|percent| percent >= CROWDED_PERCENT)
    }
}

/// A box's name among all boxes, unique whatever they stand for: the value of `data-group`.
#[must_use]
pub fn group_slug(group_key: &GroupKey) -> String {
    match group_key {
        GroupKey::Unscheduled => String::new(),
        GroupKey::Node(name) => format!("node/{name}"),
        GroupKey::Namespace(name) => format!("namespace/{name}"),
        GroupKey::Workload { namespace, kind, name } => format!("workload/{namespace}/{kind}/{name}"),
    }
}

/// Whether a card's words contain a duration, so that it changes without an event.
#[must_use]
pub fn ticks(pod_group: &PodGroup) -> bool {
    pod_group.node().is_some_and(|node| node.health != NodeHealth::Ready)
}

fn words(node: Option<&Node>, state: CardState, now: Timestamp) -> Vec<Word> {
    let mut words = Vec::new();
    match state {
        CardState::Ready | CardState::Cordoned | CardState::Assumed | CardState::Group => {}
        CardState::Ghost => words.push(Word::new(Tone::Bad, "no such node")),
        CardState::NotReady | CardState::Unknown => {
            let since = node.and_then(|node| node.health_since);
            let status = node.map_or("NotReady", |node| node.status.split(',').next().unwrap_or_default());
            let since = since
                .map(|since| format!(" {}", coarse_duration(since.seconds_until(now))))
                .unwrap_or_default();
            words.push(Word::new(Tone::Bad, format!("{status}{since}")));
            if state == CardState::Unknown {
                words.push(Word::new(Tone::Bad, "unreachable"));
            }
        }
    }
    let Some(node) = node else { return words };
    words.extend(troubles(node).into_iter().map(|text| Word::new(Tone::Warning, text)));
    let notices = node.notices.iter().map(ToString::to_string);
    words.extend(notices.map(|text| Word::new(Tone::Warning, text)));
    let unknowns = node.unknowns.iter().map(|kind| condition::unknown(kind));
    words.extend(unknowns.map(|text| Word::new(Tone::Warning, visible(&text).into_owned())));
    if node.deleted.is_some() {
        words.push(Word::new(Tone::Warning, "being deleted"));
    }
    if node.cordoned {
        words.push(Word::new(Tone::Warning, "cordoned"));
    }
    // Taints that repeat the words before are left out; the tooltip has them all.
    let own = node.taints.iter().filter(|taint| !node.is_as_tainted(taint));
    let (telling, others): (Vec<_>, Vec<_>) = own.partition(|taint| taint.meaning().is_some());
    words.extend(
        telling
            .into_iter()
            .filter_map(|taint| Some(Word::new(Tone::Warning, taint.meaning()?))),
    );
    if !others.is_empty() {
        words.push(Word::new(Tone::Quiet, counted(others.len() as u64, "taint", "taints")));
    }
    words
}

/// The conditions by the API's names, pressures in one word: there is no room for three.
fn troubles(node: &Node) -> Vec<String> {
    let is_alike = |kind: &&str| condition::PRESSURES.contains(kind) && kind.ends_with("Pressure");
    let kinds = node.troubles.iter().map(|kind| kind.as_str());
    let (alike, others): (Vec<&str>, Vec<&str>) = kinds.partition(is_alike);
    let alike: Vec<&str> = alike.iter().map(|kind| kind.trim_end_matches("Pressure")).collect();
    let joined = (!alike.is_empty()).then(|| format!("{}Pressure", alike.join("+")));
    joined
        .into_iter()
        .chain(
            others
                .into_iter()
                .map(|kind| visible(&condition::trouble(kind)).into_owned()),
        )
        .collect()
}

/// The number of pods in a box; of a node, those that have not ended.
pub(super) fn pods_in(pod_group: &PodGroup) -> u32 {
    match pod_group.group_key() {
        GroupKey::Node(_) => pod_group.running(),
        _ => u32::try_from(pod_group.pods().len()).unwrap_or(u32::MAX),
    }
}

/// How full the node is; `None` for the tray and for ghosts.
pub(super) fn bars(cluster: &Cluster, pod_group: &PodGroup) -> [Bar; 2] {
    let allocatable = pod_group.node().map(|node| node.allocatable).unwrap_or_default();
    let used = pod_group
        .group_key()
        .node_name()
        .and_then(|name| cluster.usage().node(name));
    let requested = cluster.are_pods_known().then(|| pod_group.requests());
    Bar::both(requested, used, allocatable)
}

fn traits(node: &Node) -> String {
    // Most nodes are workers: naming the role on each would push the zone off the card.
    let roles = node
        .roles
        .iter()
        .map(|role| role.as_str())
        .filter(|&role| role != "worker");
    let rest = [node.instance_type.as_deref(), node.zone.as_deref()];
    let parts: Vec<&str> = roles.chain(rest.into_iter().flatten()).collect();
    parts.join(" · ")
}

/// The text beside the blocks of the tray of unscheduled pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tray {
    /// Pods without a node; `None` if unknown.
    pub pods: Option<u32>,
    /// Their message if all have the same, otherwise how many have which.
    pub reason: String,
}

/// Whether the tray is there: while it has pods or may have some, and for a while after the last one, so that nothing jumps
/// where pods come and are bound all the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrayPresence {
    /// When it had pods last.
    had_pods: Option<Timestamp>,
}

impl TrayPresence {
    /// Takes in how many pods there are now, `None` if unknown; whether the tray is there.
    pub fn update(&mut self, pods: Option<u32>, now: Timestamp) -> bool {
        if pods.unwrap_or(0) > 0 {
            self.had_pods = Some(now);
        }
        let is_recent = |had: &Timestamp| *had <= now && had.seconds_until(now) < COUNTER_LINGERS_SECONDS;
        self.had_pods = self.had_pods.filter(is_recent);
        pods.is_none() || self.had_pods.is_some()
    }
}

/// Maximum of pods whose message is read for [`Tray::reason`]; a tray of thousands has one reason or two.
const MAX_MESSAGES: usize = 256;

/// Maximum of messages in [`Tray::reason`]; the row has room for few.
const MAX_REASONS: usize = 3;

impl Tray {
    /// How many pods have no node; `None` if unknown.
    #[must_use]
    pub fn count(cluster: &Cluster) -> Option<u32> {
        let pods = cluster.unscheduled().pods().len();
        cluster
            .are_pods_known()
            .then(|| u32::try_from(pods).unwrap_or(u32::MAX))
    }

    /// The tray of the cluster.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Self {
        let pod_group = cluster.unscheduled();
        let mut reasons: Vec<(&str, u32)> = Vec::new();
        for (_, pod) in pod_group.pods().iter().take(MAX_MESSAGES) {
            let Some(message) = pod.message.as_deref() else {
                continue;
            };
            match reasons.iter_mut().find(|(reason, _)| *reason == message) {
                Some((_, count)) => *count += 1,
                None => reasons.push((message, 1)),
            }
        }
        // The sort keeps the order of equals, so that it does not flicker.
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Self {
            pods: Self::count(cluster),
            reason: reason(&reasons, pod_group.pods().len()),
        }
    }
}

/// The message that all of this many pods have, or how many have which: `2 pods: Insufficient cpu. · 1 pod: no message`.
fn reason(reasons: &[(&str, u32)], pods: usize) -> String {
    let of = |number: usize| counted(number as u64, "pod", "pods");
    let told: usize = reasons.iter().map(|(_, count)| *count as usize).sum();
    if let [(message, _)] = reasons
        && told == pods
    {
        return visible(message).into_owned();
    }
    let mut parts: Vec<String> = reasons
        .iter()
        .take(MAX_REASONS)
        .map(|(message, count)| format!("{}: {}", of(*count as usize), visible(message)))
        .collect();
    let others: usize = reasons.iter().skip(MAX_REASONS).map(|(_, count)| *count as usize).sum();
    if others > 0 {
        parts.push(format!("{}: other messages", of(others)));
    }
    let read = pods.min(MAX_MESSAGES);
    // Nothing is said of pods that all have no message.
    if told > 0 && read > told {
        parts.push(format!("{}: no message", of(read - told)));
    }
    if told > 0 && pods > read {
        parts.push(format!("{}: not compared", of(pods - read)));
    }
    parts.join(" · ")
}

/// The families on a card in words, for its accessible description: `1 failing, 2 failed, 29 healthy`.
#[must_use]
pub fn families(pod_group: &PodGroup) -> String {
    let parts = block::counted_families(pod_group);
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(number, words, _)| format!("{number} {words}"))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tray_is_there_while_it_has_pods_and_a_minute_longer() {
        let mut tray = TrayPresence::default();
        for (pods, second, expected) in [
            (Some(0), 0, false),
            (Some(2), 10, true),
            (Some(2), 500, true),
            (Some(0), 501, true),
            (Some(0), 559, true),
            (Some(0), 560, false),
            (Some(0), 561, false),
            (Some(1), 600, true),
            (None, 601, true),
            (Some(0), 602, true),
            (Some(0), 660, false),
            (None, 900, true),
            (Some(0), 901, false),
        ] {
            assert_eq!(tray.update(pods, Timestamp(second)), expected, "{pods:?} at {second} s");
        }
    }
}
