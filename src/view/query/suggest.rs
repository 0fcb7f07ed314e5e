//! Suggestions at the cursor: keys, and values of the cluster.
//!
//! The values are counted once, in a [`Vocabulary`], when the user begins to write; a keystroke then searches only the
//! distinct ones. In a large cluster only some of the pods are counted.

use std::{borrow::Cow, cmp::Reverse, ops::Range, sync::Arc};

use hashbrown::HashMap;

use super::{
    key::{Key, NamedState, ValueKind},
    parse::{self, About},
    pattern,
};
use crate::{
    limits::{MAX_SUGGESTED_FROM_NODES, MAX_SUGGESTED_FROM_PODS, MAX_SUGGESTED_VALUES, MAX_SUGGESTIONS},
    resource::{Node, Pod, SharedStr, Workload, status::Family},
    view::{direction::WalkDirection, visible::visible},
};

/// A suggestion, and the text that it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The inserted text: `ns:`, `shop`.
    pub text: String,
    /// What it is: `namespace`, `37 pods`.
    pub detail: String,
    /// The bytes of the query that it replaces.
    pub replaces: Range<usize>,
    /// Whether a term is complete with it, so that a space may follow.
    pub ends_term: bool,
}

impl Suggestion {
    /// What is put in, as it may be shown.
    #[must_use]
    pub fn label(&self) -> Cow<'_, str> {
        visible(&self.text)
    }

    /// The query with the suggestion in its place, and the byte at which the cursor then stands.
    #[must_use]
    pub fn apply(&self, query: &str) -> (String, usize) {
        let before = query.get(..self.replaces.start).unwrap_or(query);
        let behind = query.get(self.replaces.end..).unwrap_or_default();
        let space = if self.ends_term && behind.is_empty() { " " } else { "" };
        let text = format!("{before}{}{space}{behind}", self.text);
        (text, before.len() + self.text.len() + space.len())
    }
}

/// The same as [`suggest`] without what is there already.
#[must_use]
pub fn suggest_others(query: &str, cursor: usize, vocabulary: &Vocabulary) -> Vec<Suggestion> {
    let mut found = suggest(query, cursor, vocabulary);
    found.retain(|suggestion| query.get(suggestion.replaces.clone()) != Some(suggestion.text.as_str()));
    found
}

/// The next of `count` suggestions, round and round by way of none.
#[must_use]
pub fn next_choice(active: Option<usize>, step: WalkDirection, count: usize) -> Option<usize> {
    let next = match (active, step) {
        (None, WalkDirection::Next) => Some(0),
        (None, WalkDirection::Previous) => count.checked_sub(1),
        (Some(at), WalkDirection::Next) => Some(at + 1),
        (Some(at), WalkDirection::Previous) => at.checked_sub(1),
    };
    next.filter(|&next| next < count)
}

/// The values that the cluster has for the keys of the language, and how many pods (or nodes) have each; the most frequent
/// first.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// By [`Key`].
    values: Vec<Vec<(SharedStr, usize)>>,
    labels: Vec<Label<Vec<(SharedStr, usize)>>>,
    /// How many pods each counted pod stands for.
    stride: usize,
}

/// A label, how many have it, and its values.
#[derive(Clone, Debug)]
struct Label<V> {
    key: SharedStr,
    count: usize,
    values: V,
}

impl Vocabulary {
    /// Counts what these pods and nodes have. `pod_count` is how many pods there are, so that of too many only every
    /// second, third, … is looked at.
    #[must_use]
    pub fn of<'c>(
        pods: impl IntoIterator<Item = &'c Arc<Pod>>,
        pod_count: usize,
        nodes: impl IntoIterator<Item = &'c Arc<Node>>,
    ) -> Self {
        let stride = pod_count.div_ceil(MAX_SUGGESTED_FROM_PODS).max(1);
        let mut counts = Counts {
            values: vec![HashMap::new(); Key::ALL.len()],
            ..Counts::default()
        };
        // With one of its pods, and how many it has.
        let mut templates: Vec<(&Pod, usize)> = Vec::new();
        // By address.
        let mut groups: HashMap<usize, usize> = HashMap::new();
        for pod in pods.into_iter().step_by(stride).take(MAX_SUGGESTED_FROM_PODS) {
            let template = &*pod.template;
            let place = *groups
                .entry(std::ptr::from_ref(template).addr())
                .or_insert(templates.len());
            match templates.get_mut(place) {
                Some((_, count)) => *count += stride,
                None => templates.push((pod, stride)),
            }
            counts.add(Key::Namespace, &pod.meta.key.namespace, stride);
            counts.add(Key::Status, &pod.status.text, stride);
            if let Some(node) = &pod.node {
                counts.add(Key::Node, node, stride);
            }
        }
        for (pod, count) in templates {
            counts.add_template(pod, count);
        }
        for node in nodes.into_iter().take(MAX_SUGGESTED_FROM_NODES) {
            counts.add_node(node);
        }
        counts.into_vocabulary(stride)
    }

    fn values(&self, key: Key) -> &[(SharedStr, usize)] {
        self.values.get(key as usize).map(Vec::as_slice).unwrap_or_default()
    }

    fn count_words(&self, key: Key, count: usize) -> String {
        let about = if self.stride > 1 && !is_of_nodes(key) {
            "about "
        } else {
            ""
        };
        let what = if is_of_nodes(key) { "node" } else { "pod" };
        let plural = if count == 1 { "" } else { "s" };
        format!("{about}{count} {what}{plural}")
    }
}

/// Whether a key is counted by nodes.
fn is_of_nodes(key: Key) -> bool {
    matches!(
        key,
        Key::Zone | Key::Role | Key::InstanceType | Key::Taint | Key::Pressure | Key::Condition | Key::Version
    )
}

/// A vocabulary while it is counted.
#[derive(Default)]
struct Counts {
    /// By [`Key`].
    values: Vec<HashMap<SharedStr, usize>>,
    labels: Vec<Label<HashMap<SharedStr, usize>>>,
    /// Where each label is.
    label_places: HashMap<SharedStr, usize>,
}

impl Counts {
    fn add(&mut self, key: Key, value: &SharedStr, count: usize) {
        add(&mut self.values[key as usize], value, count);
    }

    fn add_label(&mut self, key: &SharedStr, value: &SharedStr, count: usize) {
        let next = self.labels.len();
        let place = match self.label_places.get(key) {
            Some(&place) => place,
            None if next < MAX_SUGGESTED_VALUES => {
                self.label_places.insert(key.clone(), next);
                self.labels.push(Label {
                    key: key.clone(),
                    count: 0,
                    values: HashMap::new(),
                });
                next
            }
            None => return,
        };
        let label = &mut self.labels[place];
        label.count += count;
        add(&mut label.values, value, count);
    }

    /// Counts what a pod shares with its siblings.
    fn add_template(&mut self, pod: &Pod, count: usize) {
        let template = &*pod.template;
        for image in &template.images {
            self.add(Key::Image, image, count);
        }
        if let Some(class) = template.qos {
            self.add(Key::Qos, &SharedStr::new(class.as_str()), count);
        }
        if let Some(Workload { kind, name }) = Workload::of(pod) {
            self.add(
                Key::Owner,
                &SharedStr::new(&format!("{}/{name}", short_kind(kind))),
                count,
            );
            self.add(Key::Name, &SharedStr::new(&format!("{name}-*")), count);
        }
        for (key, value) in template.labels.iter() {
            self.add_label(key, value, count);
        }
    }

    fn add_node(&mut self, node: &Node) {
        let single = [
            (Key::Zone, &node.zone),
            (Key::InstanceType, &node.instance_type),
            (Key::Version, &node.version),
        ];
        for (key, value) in single {
            if let Some(value) = value {
                self.add(key, value, 1);
            }
        }
        for role in &node.roles {
            self.add(Key::Role, role, 1);
        }
        for pressure in node.pressures() {
            self.add(Key::Pressure, pressure, 1);
        }
        for kind in node.troubles.iter().chain(&node.notices).chain(&node.unknowns) {
            self.add(Key::Condition, kind, 1);
        }
        for taint in &node.taints {
            self.add(Key::Taint, &taint.key, 1);
        }
        // A node without pods can be found, too.
        self.add(Key::Node, &SharedStr::new(&node.meta.key.name), 0);
    }

    fn into_vocabulary(self, stride: usize) -> Vocabulary {
        let mut labels: Vec<Label<Vec<(SharedStr, usize)>>> = Vec::with_capacity(self.labels.len());
        for Label { key, count, values } in self.labels {
            let at = labels.partition_point(|other| (Reverse(other.count), &other.key) < (Reverse(count), &key));
            let values = by_count(values);
            labels.insert(at, Label { key, count, values });
        }
        Vocabulary {
            values: self.values.into_iter().map(by_count).collect(),
            labels,
            stride,
        }
    }
}

/// Counts a value, unless there are too many others.
fn add(counts: &mut HashMap<SharedStr, usize>, value: &SharedStr, count: usize) {
    let is_full = counts.len() >= MAX_SUGGESTED_VALUES;
    match counts.get_mut(value) {
        Some(known) => *known += count,
        None if !is_full => drop(counts.insert(value.clone(), count)),
        None => {}
    }
}

fn by_count(counts: HashMap<SharedStr, usize>) -> Vec<(SharedStr, usize)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    counts
}

/// The name that kubectl takes for a kind.
pub(super) fn short_kind(kind: &str) -> String {
    let short = match kind {
        "Deployment" => "deploy",
        "ReplicaSet" => "rs",
        "DaemonSet" => "ds",
        "StatefulSet" => "sts",
        "CronJob" => "cj",
        "ReplicationController" => "rc",
        other => return other.to_ascii_lowercase(),
    };
    short.to_owned()
}

/// The suggestions for the cursor, `cursor` bytes into the query: the best first, at most
/// [`MAX_SUGGESTIONS`].
#[must_use]
pub fn suggest(query: &str, cursor: usize, vocabulary: &Vocabulary) -> Vec<Suggestion> {
    let Some(before) = query.get(..cursor) else {
        return Vec::new();
    };
    let slot = parse::parse(before).slot;
    let Some(written) = before.get(slot.start..) else {
        return Vec::new();
    };
    let is_quoted = written.starts_with('"');
    let prefix = written.trim_start_matches('"');
    let is_over = written.starts_with('/') || !is_quoted && written.contains(char::is_whitespace);
    if is_over || is_quoted && prefix.contains('"') {
        return Vec::new();
    }
    let behind = &query[cursor..];
    let word_end = behind
        .find(|character: char| character.is_whitespace() || "|()\",:=<>!".contains(character))
        .unwrap_or(behind.len());
    let mut found = BestSuggestions {
        replaces: slot.start..cursor + word_end,
        prefix: prefix.to_ascii_lowercase(),
        ranked: Vec::new(),
    };
    match &slot.about {
        About::Term if is_quoted => {}
        About::Term => {
            if before[..slot.start].ends_with('!') {
                found.add_absent_labels(vocabulary);
            }
            found.add_terms(vocabulary);
        }
        About::Value(key) => found.add_values(*key, vocabulary),
        About::LabelValue(key) => {
            let label = vocabulary.labels.iter().find(|label| *label.key == **key);
            for (value, count) in label.iter().flat_map(|label| &label.values) {
                found.add_value(value, vocabulary.count_words(Key::Label, *count), *count);
            }
        }
    }
    found.ranked.into_iter().map(|(_, suggestion)| suggestion).collect()
}

/// The best suggestions so far.
struct BestSuggestions {
    replaces: Range<usize>,
    /// What is written already, in lower case.
    prefix: String,
    /// The best first.
    ranked: Vec<(Rank, Suggestion)>,
}

/// The lower, the better.
type Rank = (MatchPlace, Reverse<usize>);

/// How a suggestion relates to what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchPlace {
    /// It begins so.
    Start,
    /// One of its words begins so.
    Word,
    /// It holds it somewhere.
    Inside,
}

impl BestSuggestions {
    fn place(&self, text: &str) -> Option<MatchPlace> {
        if text
            .get(..self.prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(&self.prefix))
        {
            return Some(MatchPlace::Start);
        }
        let folded = text.to_ascii_lowercase();
        let at = folded.find(&self.prefix)?;
        let is_word = folded[..at].ends_with(|before: char| !before.is_alphanumeric());
        Some(if is_word { MatchPlace::Word } else { MatchPlace::Inside })
    }

    fn push(&mut self, rank: Option<MatchPlace>, count: usize, text: String, detail: String, ends_term: bool) {
        let Some(place) = rank else { return };
        let rank = (place, Reverse(count));
        let at = self.ranked.partition_point(|(other, _)| *other <= rank);
        if at >= MAX_SUGGESTIONS {
            return;
        }
        let suggestion = Suggestion {
            text,
            detail,
            replaces: self.replaces.clone(),
            ends_term,
        };
        self.ranked.insert(at, (rank, suggestion));
        self.ranked.truncate(MAX_SUGGESTIONS);
    }

    /// A value behind its key.
    fn add_value(&mut self, value: &str, detail: String, count: usize) {
        let place = self.place(value);
        self.push(place, count, value_text(value), detail, true);
    }

    fn add_values(&mut self, key: Key, vocabulary: &Vocabulary) {
        match key.kind() {
            ValueKind::Name => {
                let families = Family::ALL.map(NamedState::Family);
                let states = NamedState::all().filter(|state| key == Key::Is || families.contains(state));
                // A family is meant more often than another state that begins alike: `failing` before `failed`.
                let is_begun = !self.prefix.is_empty();
                for state in states {
                    let is_family = matches!(state, NamedState::Family(_));
                    self.add_value(state.as_str(), String::new(), usize::from(is_begun && is_family));
                }
            }
            ValueKind::Number => {
                for number in examples_of(key) {
                    self.add_value(number, String::new(), 0);
                }
            }
            ValueKind::LabelKey => {
                for Label { key: label, count, .. } in &vocabulary.labels {
                    self.add_value(label, vocabulary.count_words(key, *count), *count);
                }
            }
            ValueKind::Text => {
                for (value, count) in vocabulary.values(key) {
                    self.add_value(value, vocabulary.count_words(key, *count), *count);
                }
            }
        }
    }

    /// Behind `!`: labels that pods do not have, which kubectl writes as `!app`.
    fn add_absent_labels(&mut self, vocabulary: &Vocabulary) {
        if self.prefix.is_empty() {
            return;
        }
        for Label { key, .. } in &vocabulary.labels {
            let place = self.place(key).filter(|&place| place == MatchPlace::Start);
            self.push(
                place,
                usize::MAX,
                format!("has:{key}"),
                "no such label".to_owned(),
                true,
            );
        }
    }

    /// Keys, labels, and once something is written, values with their keys.
    fn add_terms(&mut self, vocabulary: &Vocabulary) {
        for key in Key::ALL {
            let place = self.place(key.as_str()).filter(|&place| place == MatchPlace::Start);
            let relation = match key {
                Key::Age | Key::Restarted | Key::Ready => '<',
                _ if key.kind() == ValueKind::Number => '>',
                _ => ':',
            };
            let text = format!("{}{relation}", key.as_str());
            // Before any value that begins so.
            self.push(place, usize::MAX, text, key.meaning().to_owned(), false);
        }
        if self.prefix.is_empty() {
            return;
        }
        for Label { key: label, count, .. } in &vocabulary.labels {
            let place = self.place(label);
            let detail = format!("label, {}", vocabulary.count_words(Key::Label, *count));
            self.push(place, *count, format!("{label}="), detail, false);
        }
        for state in NamedState::OTHERS {
            let place = self.place(state.as_str()).filter(|&place| place == MatchPlace::Start);
            self.push(
                place,
                usize::MAX,
                format!("is:{}", state.as_str()),
                "state".to_owned(),
                true,
            );
        }
        for key in [Key::Status, Key::Namespace, Key::Owner, Key::Node, Key::Zone] {
            for (value, count) in vocabulary.values(key) {
                let place = self.place(value);
                let text = format!("{}:{}", key.as_str(), value_text(value));
                self.push(place, *count, text, vocabulary.count_words(key, *count), true);
            }
        }
    }
}

/// The byte at which a text field has its cursor: browsers count UTF-16 units.
#[must_use]
pub fn byte_of(text: &str, utf16_units: usize) -> usize {
    let mut units = 0;
    let at = text.char_indices().find(|(_, character)| {
        let is_there = units >= utf16_units;
        units += character.len_utf16();
        is_there
    });
    at.map_or(text.len(), |(index, _)| index)
}

/// The same the other way round.
#[must_use]
pub fn utf16_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).encode_utf16().count()
}

/// A value as it has to be written.
fn value_text(value: &str) -> String {
    let is_special = |character: char| character.is_whitespace() || "|()\",".contains(character);
    if value.is_empty() || value.starts_with(['!', '-', '/']) || value.contains(is_special) {
        return pattern::Pattern::literal(value).to_string();
    }
    value.to_owned()
}

/// Frequent numbers.
fn examples_of(key: Key) -> &'static [&'static str] {
    match key {
        Key::Restarts => &["0", "3", "10"],
        Key::Ready => &["1", "100%"],
        Key::Age | Key::Restarted => &["10m", "1h", "1d"],
        Key::Cpu => &["100m", "500m", "1", "25%"],
        Key::Memory => &["128Mi", "1Gi", "25%"],
        _ => &[],
    }
}
