//! Problems in the cluster: counters, and the walk from one problem to the next.
//!
//! The counters come from numbers that the cluster keeps, so that they cost the same in a cluster of any size. The walk
//! looks at every pod, but only at a step. A problem can still be fixed: pods whose phase is
//! `Failed` and recent restarts are counted, but they are no problems. In kiosk mode both have the query as their [`ProblemScope`].

use std::{cmp::Ordering, sync::Arc};

use crate::{
    cluster::{Cluster, GroupKey, PodGroup, StatusCount, natural},
    limits::{COUNTER_LINGERS_SECONDS, MAX_FAILING_COUNTERS, SLOW_AFTER_SECONDS},
    resource::{
        Node, ObjectKey, Pod, SharedStr, Timestamp,
        condition::{self, PRESSURES},
        node::NodeHealth,
        status::{Family, Variant},
    },
    view::{
        Tone,
        block::{self, Glyph},
        card,
        direction::WalkDirection,
        format::{ago, coarse_duration, count, counted, spoken_duration},
        query::{self, Query},
        state::Subject,
        trouble::Trouble,
        visible::{visible, visible_lines},
    },
};

/// Rows of counters, unless the user has all of them shown.
const COUNTER_ROWS: usize = 2;

/// What a counter counts, the most urgent first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CounterKind {
    /// Nodes whose kubelet says that they are not ready.
    NodesNotReady,
    /// Nodes whose kubelet sends no heartbeats.
    NodesUnreachable,
    /// Names to which pods are bound although there is no such node.
    NodesMissing,
    /// Nodes with a condition that tells of trouble, by its rank and its type.
    Condition(usize, String),
    /// Pods of [`Family::Failing`] that are not over, by STATUS.
    Failing(String),
    /// All of those, where there are too many statuses for a counter each.
    AllFailing,
    /// Pods for which the scheduler found no node.
    Unschedulable,
    /// Pods that may not be scheduled yet, by STATUS.
    Gated(String),
    /// Pods that are lost with their node.
    Lost,
    /// Pods that are stuck terminating.
    Stuck,
    /// Pods that have been starting or not ready for long.
    Slow,
    /// Pods with a container that was restarted recently.
    Restarted,
    /// Pods whose phase is `Failed`, by STATUS.
    Over(String),
    /// All of those, where there are too many statuses for a counter each.
    AllOver,
}

/// A number of the strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What it counts.
    pub kind: CounterKind,
    /// How many.
    pub count: u32,
    /// The query that finds what is counted; where nodes are, with the pods on them.
    pub term: String,
}

impl CounterKind {
    /// What it says on the counter.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::NodesNotReady => "NotReady nodes".to_owned(),
            Self::NodesUnreachable => "Unreachable nodes".to_owned(),
            Self::NodesMissing => "Missing nodes".to_owned(),
            Self::Condition(_, kind) => visible(&condition::trouble(kind)).into_owned(),
            Self::Failing(status) | Self::Gated(status) | Self::Over(status) => visible(status).into_owned(),
            Self::AllFailing => "All failing".to_owned(),
            Self::AllOver => "All failed".to_owned(),
            Self::Unschedulable => "Unschedulable".to_owned(),
            Self::Lost => "Lost with node".to_owned(),
            Self::Stuck => "Stuck terminating".to_owned(),
            Self::Slow => "Not ready for long".to_owned(),
            Self::Restarted => "Restarted recently".to_owned(),
        }
    }

    /// What is counted, in a sentence.
    #[must_use]
    pub fn meaning(&self) -> String {
        match self {
            Self::NodesNotReady => "Nodes whose kubelet says that they are not ready.".to_owned(),
            Self::NodesUnreachable => "Nodes whose kubelet sends no heartbeats.".to_owned(),
            Self::NodesMissing => "Nodes that do not exist but have pods bound to them.".to_owned(),
            Self::Condition(_, kind) => format!("Nodes with the condition {}.", visible(&condition::trouble(kind))),
            Self::Failing(status) => format!("Failing pods whose STATUS is {}.", visible(status)),
            Self::AllFailing => "Failing pods of any STATUS: there are too many for one counter each.".to_owned(),
            Self::AllOver => "Failed pods of any STATUS: there are too many for one counter each.".to_owned(),
            Self::Unschedulable => "Pending pods for which the scheduler found no node.".to_owned(),
            Self::Gated(status) => {
                format!("Blocked pods whose STATUS is {}.", visible(status))
            }
            Self::Lost => "Pods whose node does not answer.".to_owned(),
            Self::Stuck => "Pods that are still terminating 30 s after the end of their grace period.".to_owned(),
            Self::Slow => format!(
                "Pods that have been starting or not ready for more than {}.",
                coarse_duration(SLOW_AFTER_SECONDS.unsigned_abs())
            ),
            Self::Restarted => "Pods with a container that was restarted in the last 10 min.".to_owned(),
            Self::Over(status) => format!(
                "Failed pods whose STATUS is {}. They are not restarted.",
                visible(status)
            ),
        }
    }

    /// The query that finds what is counted. Where pods of another kind have the same STATUS, it has to tell them apart.
    fn term(&self, has_others: bool) -> String {
        let term = match self {
            Self::NodesNotReady => "is:node-not-ready".to_owned(),
            Self::NodesUnreachable => "is:node-unreachable".to_owned(),
            Self::NodesMissing => "is:node-missing".to_owned(),
            Self::Condition(_, kind) if PRESSURES.contains(&kind.as_str()) => format!("pressure:{kind}"),
            Self::Condition(_, kind) => format!("condition:{}", query::literal(kind)),
            Self::Failing(status) | Self::Gated(status) | Self::Over(status) => {
                format!("status:{}", query::literal(status))
            }
            Self::AllFailing => "is:failing".to_owned(),
            Self::AllOver => "is:failed".to_owned(),
            Self::Unschedulable => "is:unschedulable".to_owned(),
            Self::Lost => "is:lost".to_owned(),
            Self::Stuck => "is:stuck".to_owned(),
            Self::Slow => "is:slow".to_owned(),
            Self::Restarted => "is:restarted".to_owned(),
        };
        let apart = match self {
            Self::Failing(_) => " family:failing !is:failed",
            Self::AllFailing => " !is:failed",
            Self::Over(_) => " is:failed",
            Self::Gated(_) => " family:blocked !is:unschedulable",
            _ => "",
        };
        if has_others { term + apart } else { term }
    }

    /// How it is meant.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match self {
            Self::NodesNotReady | Self::NodesUnreachable | Self::NodesMissing | Self::Failing(_) | Self::AllFailing => {
                Tone::Bad
            }
            Self::Restarted | Self::Over(_) | Self::AllOver => Tone::Quiet,
            _ => Tone::Warning,
        }
    }

    /// The family and the glyph of the block that stands before the words; `None` for nodes.
    #[must_use]
    pub fn appearance(&self) -> Option<(Family, Glyph)> {
        match self {
            Self::NodesNotReady | Self::NodesUnreachable | Self::NodesMissing | Self::Condition(..) => None,
            Self::Failing(_) | Self::AllFailing => Some((Family::Failing, Glyph::Plain)),
            Self::Over(_) | Self::AllOver => Some((Family::Failing, Glyph::Over)),
            Self::Unschedulable | Self::Gated(_) => Some((Family::Blocked, Glyph::Plain)),
            Self::Lost => Some((Family::Gone, Glyph::Lost)),
            Self::Stuck => Some((Family::Gone, Glyph::Plain)),
            Self::Slow => Some((Family::NotReady, Glyph::Plain)),
            Self::Restarted => Some((Family::Healthy, Glyph::Restarted)),
        }
    }

    fn of_status(status: &StatusCount) -> Option<Self> {
        let text = || status.text.to_string();
        match (status.family, status.variant) {
            (Family::Failing, Variant::Over) => Some(Self::Over(text())),
            (Family::Failing, _) => Some(Self::Failing(text())),
            (Family::Blocked, Variant::Unschedulable) => Some(Self::Unschedulable),
            (Family::Blocked, _) => Some(Self::Gated(text())),
            (Family::Gone, Variant::Lost) => Some(Self::Lost),
            _ => None,
        }
    }
}

/// What the strip counts, the most urgent first, none of them zero.
#[must_use]
pub fn counters(cluster: &Cluster, now: Timestamp) -> Vec<Counter> {
    let nodes = cluster.totals().nodes;
    let overdue = cluster.overdue(now);
    let mut counters: Vec<Counter> = Vec::new();
    let mut put = |kind: CounterKind, count: u32, has_others: bool| match counters
        .iter_mut()
        .find(|counter| counter.kind == kind)
    {
        _ if count == 0 => {}
        Some(counter) => counter.count += count,
        None => counters.push(Counter {
            term: kind.term(has_others),
            kind,
            count,
        }),
    };
    put(CounterKind::NodesNotReady, nodes.not_ready, false);
    put(CounterKind::NodesUnreachable, nodes.unknown, false);
    put(CounterKind::NodesMissing, nodes.ghosts, false);
    for (kind, count) in cluster.node_troubles() {
        put(
            CounterKind::Condition(condition::rank(kind), kind.to_string()),
            count,
            false,
        );
    }
    // The number of statuses and of pods, for those that can still recover and for those that are over.
    let mut failed = [(0, 0); 2];
    for status in cluster.statuses() {
        let Some(kind) = CounterKind::of_status(status) else {
            continue;
        };
        let is_over = status.variant == Variant::Over;
        if status.family == Family::Failing {
            let (statuses, pods) = &mut failed[usize::from(is_over)];
            (*statuses, *pods) = (*statuses + 1, *pods + status.pods);
            if *statuses > MAX_FAILING_COUNTERS {
                continue;
            }
        }
        let is_alike = |other: &StatusCount| (other.family, other.variant) == (status.family, status.variant);
        let has_others = cluster
            .statuses()
            .any(|other| other.text == status.text && !is_alike(other));
        put(kind, status.pods, has_others);
    }
    let [failing, over] = failed;
    for (kind, (statuses, pods)) in [(CounterKind::AllFailing, failing), (CounterKind::AllOver, over)] {
        if statuses > MAX_FAILING_COUNTERS {
            put(kind, pods, over.0 > 0);
        }
    }
    put(CounterKind::Stuck, overdue.stuck, false);
    put(CounterKind::Slow, overdue.slow, false);
    put(CounterKind::Restarted, overdue.restarted, false);
    counters.sort_by(|a, b| a.kind.cmp(&b.kind));
    counters
}

/// Which problems are counted and shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProblemScope {
    /// All problems of the cluster.
    #[default]
    All,
    /// Those of the pods that match the query, and of the nodes that match it or have a pod that does.
    Matches,
}

impl ProblemScope {
    /// The scope where only matches count, or all.
    #[must_use]
    pub fn of(only_matches: bool) -> Self {
        if only_matches { Self::Matches } else { Self::All }
    }

    /// Whether a node, or the place of a missing one, belongs to it.
    #[must_use]
    pub fn has_node(self, entry: &PodGroup) -> bool {
        self == Self::All || entry.is_node_match() || entry.pods().matched() > 0
    }

    /// The pods of a place that belong to it.
    pub fn pods(self, entry: &PodGroup) -> impl Iterator<Item = &Arc<Pod>> {
        let pods = entry.pods();
        // Most places have none.
        let slots = (self == Self::All || pods.matched() > 0).then(|| pods.iter());
        let slots = slots.into_iter().flatten();
        slots.filter_map(move |(slot, pod)| (self == Self::All || pods.is_match(slot)).then_some(pod))
    }
}

/// How many problems there are: as many as the walk has stops.
#[must_use]
pub fn total(cluster: &Cluster, scope: ProblemScope, now: Timestamp) -> u32 {
    if scope == ProblemScope::Matches {
        return u32::try_from(stops(cluster, scope, now).count()).unwrap_or(u32::MAX);
    }
    let nodes = cluster.totals().nodes;
    let overdue = cluster.overdue(now);
    let by_status = cluster.statuses().filter_map(|status| {
        let kind = CounterKind::of_status(status)?;
        (!matches!(kind, CounterKind::Over(_))).then_some(status.pods)
    });
    nodes.troubled + nodes.ghosts + overdue.stuck + overdue.slow + by_status.sum::<u32>()
}

/// The counters in places of their own.
///
/// A counter keeps its place for as long as it counts anything and a while longer, and a new one takes the first free
/// place: nobody presses another counter than the one that they have aimed at. Only where there is no room for all of
/// them, a counter takes the place of one that [says less](Strip::make_room).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    groups: Vec<Option<HeldCounter>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HeldCounter {
    counter: Counter,
    /// Since when it counts nothing.
    idle_since: Option<Timestamp>,
}

/// How little a place says: by tone, then those that count nothing, then free ones.
fn weight(place: &Option<HeldCounter>) -> u8 {
    let Some(HeldCounter { counter, .. }) = place else {
        return 4;
    };
    match counter.kind.tone() {
        _ if counter.count == 0 => 3,
        Tone::Bad => 0,
        Tone::Warning => 1,
        _ => 2,
    }
}

impl Strip {
    /// Takes in the counters as they are now.
    pub fn update(&mut self, counters: Vec<Counter>, now: Timestamp) {
        let mut counters = counters;
        for place in &mut self.groups {
            let Some(held) = place else { continue };
            let found = counters.iter().position(|counter| counter.kind == held.counter.kind);
            if let Some(index) = found {
                held.counter = counters.remove(index);
                held.idle_since = None;
                continue;
            }
            let since = *held.idle_since.get_or_insert(now);
            held.counter.count = 0;
            if since.seconds_until(now) >= COUNTER_LINGERS_SECONDS || since > now {
                *place = None;
            }
        }
        for counter in counters {
            let held = Some(HeldCounter {
                counter,
                idle_since: None,
            });
            match self.groups.iter_mut().find(|place| place.is_none()) {
                Some(place) => *place = held,
                None => self.groups.push(held),
            }
        }
        self.trim();
    }

    /// How many places there are, the free ones between others included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether nothing is wrong, and nothing was a moment ago.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many places are shown in rows of `columns` cells, and how many counters the others hold. A cell is left for the
    /// button that shows them.
    #[must_use]
    pub fn fitting(&self, columns: usize) -> (usize, usize) {
        let shown = self.shown(columns);
        (shown, self.groups[shown..].iter().flatten().count())
    }

    fn shown(&self, columns: usize) -> usize {
        let cells = columns.max(1).saturating_mul(COUNTER_ROWS);
        if self.groups.len() <= cells {
            self.groups.len()
        } else {
            cells - 1
        }
    }

    /// Lets no counter hide behind one that says less, in rows of `columns` cells. A hidden counter and the shown one that
    /// says least change places; all others keep theirs.
    pub fn make_room(&mut self, columns: usize) {
        let shown = self.shown(columns);
        let (seen, hidden) = self.groups.split_at_mut(shown);
        loop {
            // The last of equals goes, the first of equals comes.
            let least = seen.iter_mut().max_by_key(|place| weight(place));
            let most = hidden.iter_mut().min_by_key(|place| weight(place));
            match (least, most) {
                (Some(least), Some(most)) if weight(most) < weight(least) => std::mem::swap(least, most),
                _ => break,
            }
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.groups.last().is_some_and(Option::is_none) {
            self.groups.pop();
        }
    }

    /// The counter at a place; `None` where it is free.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Counter> {
        self.groups.get(place)?.as_ref().map(|held| &held.counter)
    }

    /// The counters in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Counter> {
        self.groups.iter().flatten().map(|held| &held.counter)
    }
}

/// The query after a counter was pressed: with its term in place of any other counter's, or without it if it was there.
/// A term may be several pieces that white space divides; `is_of_counter` says whether one of them is of a counter.
#[must_use]
pub fn toggle(query: &str, term: &str, is_of_counter: impl Fn(&str) -> bool) -> String {
    let pieces = tokens(term);
    let is_replaced = |token: &str| is_of_counter(token) || pieces.contains(&token);
    let term = if is_pressed(query, term) { "" } else { term };
    replaced(query, term, is_replaced)
}

/// A query with a term in place of some of its tokens; without them, if the term is empty.
#[must_use]
pub fn replaced(query: &str, term: &str, is_replaced: impl Fn(&str) -> bool) -> String {
    let kept = tokens(query).into_iter().filter(|token| !is_replaced(token));
    let mut kept = kept.collect::<Vec<_>>().join(" ");
    if Query::parse(&kept).is_err() {
        // The token was one of several alternatives.
        kept.clear();
    }
    if term.is_empty() {
        return kept;
    }
    // A space binds more closely than a bar.
    let [plain, grouped] = [format!("{kept} {term}"), format!("({kept}) {term}")];
    match (Query::parse(&plain), Query::parse(&grouped)) {
        (Ok(without), Ok(with)) if without != with => grouped,
        (Ok(_), Ok(_)) if !kept.is_empty() => plain,
        // Nothing is left, or there is no room for the term.
        _ => term.to_owned(),
    }
}

/// Whether a query holds a counter's term, in full.
#[must_use]
pub fn is_pressed(query: &str, term: &str) -> bool {
    let held = tokens(query);
    tokens(term).iter().all(|piece| held.contains(piece))
}

/// A query in pieces that white space outside of quotes divides.
#[must_use]
pub fn tokens(query: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let divides = |character: char| {
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = is_quoted && character == '\\' && !is_escaped;
        !is_quoted && character.is_whitespace()
    };
    query.split(divides).filter(|token| !token.is_empty()).collect()
}

/// A stop of the walk. Stops are in the order of urgency, and where that is the same in the order of places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    trouble: Trouble,
    /// `None` for the tray.
    node: Option<SharedStr>,
    /// `None` for the node itself.
    pod: Option<ObjectKey>,
}

impl Stop {
    fn of_pod(pod: &Pod, trouble: Trouble) -> Self {
        Self {
            trouble,
            node: pod.node.clone(),
            pod: Some(pod.meta.key.clone()),
        }
    }

    fn of_node(name: &SharedStr, trouble: Trouble) -> Self {
        Self {
            trouble,
            node: Some(name.clone()),
            pod: None,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match (&self.pod, &self.node) {
            (Some(key), _) => Subject::Pod(key.clone()),
            (None, name) => Subject::Node(name.clone().unwrap_or_else(|| "".into())),
        }
    }

    /// What is wrong there.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        self.trouble
    }
}

impl Ord for Stop {
    fn cmp(&self, other: &Self) -> Ordering {
        let names = |a: &Option<SharedStr>, b: &Option<SharedStr>| match (a, b) {
            (Some(a), Some(b)) => natural::compare(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let keys = |a: &ObjectKey, b: &ObjectKey| {
            natural::compare(&a.namespace, &b.namespace).then_with(|| natural::compare(&a.name, &b.name))
        };
        let pods = |a: &Option<ObjectKey>, b: &Option<ObjectKey>| match (a, b) {
            (Some(a), Some(b)) => keys(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        self.trouble
            .cmp(&other.trouble)
            .then_with(|| names(&self.node, &other.node))
            .then_with(|| pods(&self.pod, &other.pod))
    }
}

impl PartialOrd for Stop {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Every stop of the walk, in no order.
pub fn stops(cluster: &Cluster, scope: ProblemScope, now: Timestamp) -> impl Iterator<Item = Stop> {
    let nodes = cluster.groups().filter(move |entry| scope.has_node(entry));
    let nodes = nodes.filter_map(move |entry| {
        let GroupKey::Node(name) = entry.group_key() else {
            return None;
        };
        Some(Stop::of_node(name, Trouble::of_node(cluster, entry)?))
    });
    let entries = std::iter::once(cluster.unscheduled()).chain(cluster.groups());
    let pods = entries
        .flat_map(move |entry| scope.pods(entry))
        .filter_map(move |pod| Some(Stop::of_pod(pod, Trouble::of_pod(pod, now)?)));
    nodes.chain(pods)
}

/// The stop after or before another, round and round; the first or the last where there was none before.
///
/// The other need not be there any more: the walk goes on from where it was.
#[must_use]
pub fn step(
    cluster: &Cluster,
    scope: ProblemScope,
    from: Option<&Stop>,
    step: WalkDirection,
    now: Timestamp,
) -> Option<Stop> {
    let is_ahead = |stop: &Stop| match (from, step) {
        (None, _) => true,
        (Some(from), WalkDirection::Next) => stop > from,
        (Some(from), WalkDirection::Previous) => stop < from,
    };
    // Where nothing is ahead, everything is: the walk begins again.
    let nearest = |a: Stop, b: Stop| match step {
        WalkDirection::Next => a.min(b),
        WalkDirection::Previous => a.max(b),
    };
    stops(cluster, scope, now)
        .filter(is_ahead)
        .reduce(nearest)
        .or_else(|| stops(cluster, scope, now).reduce(nearest))
}

/// A problem in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `2 of 7`.
    pub position: String,
    /// `shop/web-1`, `worker-9`.
    pub name: String,
    /// Where a pod is: `on worker-9`; empty for a node.
    pub place: String,
    /// The block that stands beside a pod's name.
    pub appearance: Option<block::Appearance>,
    /// In a word or two: `CrashLoopBackOff`, `NotReady for 4m`.
    pub headline: String,
    /// What is known of the reason; may be empty.
    pub sentence: String,
}

impl Problem {
    /// All of it, to be read out.
    #[must_use]
    pub fn announcement(&self) -> String {
        let Self {
            position,
            name,
            place,
            headline,
            sentence,
            ..
        } = self;
        let place = if place.is_empty() {
            String::new()
        } else {
            format!(" {place}")
        };
        format!("Problem {position}: {name}{place}, {headline}. {sentence}")
            .trim_end()
            .to_owned()
    }
}

/// A stop in words; `None` when what it is about is gone, well again or no longer in the scope.
#[must_use]
pub fn problem(cluster: &Cluster, scope: ProblemScope, stop: &Stop, now: Timestamp) -> Option<Problem> {
    let (mut before, mut all) = (0_u64, 0_u64);
    let mut is_in_scope = false;
    for other in stops(cluster, scope, now) {
        all += 1;
        before += u64::from(other < *stop);
        // A pod may have got a node since.
        is_in_scope |= other.pod == stop.pod && (stop.pod.is_some() || other.node == stop.node);
    }
    if !is_in_scope {
        return None;
    }
    let position = format!("{} of {}", count(before + 1), count(all));
    let problem = match &stop.pod {
        Some(key) => {
            let (_, _, pod) = cluster.pod(key)?;
            let trouble = Trouble::of_pod(pod, now)?;
            Problem {
                position,
                name: key.to_string(),
                place: pod
                    .node
                    .as_ref()
                    .map_or_else(|| "unscheduled".to_owned(), |node| format!("on {node}")),
                appearance: Some(block::Appearance::of(pod)),
                headline: pod_headline(pod, trouble, now),
                sentence: pod_sentence(pod, now),
            }
        }
        None => {
            let name = stop.node.clone()?;
            let entry = cluster.pod_group(&GroupKey::Node(name.clone()))?;
            Trouble::of_node(cluster, entry)?;
            let number = cluster.are_pods_known().then(|| card::pods_in(entry));
            let pods = number.map(|number| counted(number.into(), "pod", "pods"));
            let on_it = match &pods {
                Some(pods) => format!("{pods} on it."),
                None => "Its pods are unknown.".to_owned(),
            };
            Problem {
                position,
                name: name.to_string(),
                place: String::new(),
                appearance: None,
                headline: node_headline(entry.node().map(|node| &**node), now),
                sentence: match entry.node() {
                    Some(node) if node.health == NodeHealth::Unknown => {
                        format!("No heartbeat from its kubelet. {on_it}")
                    }
                    Some(_) => on_it,
                    // Only its pods tell of it.
                    None if number == Some(1) => "There is no such node, but 1 pod is bound to it.".to_owned(),
                    None => format!(
                        "There is no such node, but {} are bound to it.",
                        pods.unwrap_or_default()
                    ),
                },
            }
        }
    };
    let shown = |text: &str| visible(text).into_owned();
    Some(Problem {
        name: shown(&problem.name),
        place: shown(&problem.place),
        headline: shown(&problem.headline),
        sentence: visible_lines(&problem.sentence).into_owned(),
        ..problem
    })
}

fn pod_headline(pod: &Pod, trouble: Trouble, now: Timestamp) -> String {
    let status = &pod.status;
    match trouble {
        Trouble::Blocked if status.variant == Variant::Unschedulable => "Unschedulable".to_owned(),
        Trouble::Stuck => {
            let since = pod.deleted.map(|since| format!(" {}", ago(since, now)));
            format!(
                "{}, stuck since its grace period ended{}",
                status.text.as_str(),
                since.unwrap_or_default()
            )
        }
        Trouble::Slow => {
            let since = pod.unready_since.or(pod.created);
            let since = since.map(|since| format!(" for {}", spoken_duration(since.seconds_until(now))));
            format!("{}, not ready{}", status.text.as_str(), since.unwrap_or_default())
        }
        // STATUS is that of another container, which hides what is wrong.
        Trouble::Failing if matches!(&*status.text, "Completed" | "ContainerCreating" | "PodInitializing") => {
            format!("{}, but a container cannot go on", status.text.as_str())
        }
        _ => status.text.to_string(),
    }
}

fn pod_sentence(pod: &Pod, now: Timestamp) -> String {
    let status = &pod.status;
    let mut sentences = Vec::new();
    if status.restarts > 0 {
        let last = match status.last_restart {
            Some(last) => format!(", last {}", ago(last, now)),
            None => String::new(),
        };
        sentences.push(format!(
            "{}{last}.",
            counted(u64::from(status.restarts), "restart", "restarts")
        ));
    }
    sentences.extend(pod.message.as_deref().map(str::to_owned));
    sentences.join(" ")
}

fn node_headline(node: Option<&Node>, now: Timestamp) -> String {
    let Some(node) = node else {
        return "Missing".to_owned();
    };
    let health = match node.health {
        NodeHealth::Ready => None,
        NodeHealth::NotReady => Some("NotReady"),
        NodeHealth::Unknown => Some("unreachable"),
    };
    let health = health.map(|word| match node.health_since {
        Some(since) => format!("{word} for {}", coarse_duration(since.seconds_until(now))),
        None => word.to_owned(),
    });
    let words: Vec<String> = health
        .into_iter()
        .chain(node.troubles.iter().map(|kind| condition::trouble(kind)))
        .collect();
    words.join(", ")
}
