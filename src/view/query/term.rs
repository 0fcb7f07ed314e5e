//! Terms of a query, compared with a pod or a node.
//!
//! A term about a property of pods does not apply to nodes: `None`, which stays `None` when it is negated.

use std::{
    fmt::{self, Write as _},
    net::IpAddr,
};

use super::{
    candidate::Candidate,
    key::{Key, NamedState},
    number::Comparison,
    pattern::{Pattern, Reach},
};
use crate::{
    cluster::{
        Work,
        deadlines::{restart_is_news_until, slow_from, stuck_from},
    },
    resource::{
        Node, Owner, Pod, SharedStr, Timestamp, Workload,
        node::NodeHealth,
        status::{Family, Phase, Variant},
    },
    view::trouble::Trouble,
};

/// The smallest part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// `web`: anywhere in what names the object.
    Free(Pattern),
    /// `ns:shop`.
    Field(Key, Pattern),
    /// `owner:deploy/web`; the kind is the API's, in lower case.
    OwnerOfKind { kind: Box<str>, name: Pattern },
    /// `app=web`.
    Label { key: Box<str>, value: Pattern },
    /// `has:app`.
    HasLabel(Box<str>),
    /// `is:problem`.
    Is(NamedState),
    /// `restarts>3`.
    Compare(Comparison),
}

/// Minimum of steps for a term.
const STEPS_OF_TERM: usize = 4;

impl Term {
    /// Whether the term is true of the subject; `None` if it does not apply to it, or if comparing would take too much work.
    pub(super) fn holds(&self, subject: Candidate<'_>, now: Timestamp, work: &Work) -> Option<bool> {
        work.add(STEPS_OF_TERM);
        let cuts = work.cuts();
        let holds = self.compare(subject, now, work);
        // A match is certain; no match may be due to text that was not compared.
        holds.filter(|holds| *holds || work.cuts() == cuts)
    }

    fn compare(&self, subject: Candidate<'_>, now: Timestamp, work: &Work) -> Option<bool> {
        match self {
            Self::Free(pattern) => Some(free_text(pattern, subject, work)),
            Self::Field(key, pattern) => field(*key, pattern, subject, work),
            Self::OwnerOfKind { kind, name } => pod_only(subject, |pod| {
                let is_kind = |of: &str| of.eq_ignore_ascii_case(kind);
                owners(pod).any(|(of, owner)| is_kind(of) && name.matches(owner, Reach::Whole, work))
            }),
            Self::Label { key, value } => label(subject, key, |found| value.is(found, work)),
            Self::HasLabel(key) => label(subject, key, |_| true),
            Self::Is(state) => is(*state, subject, now),
            Self::Compare(comparison) => comparison.holds(subject, now),
        }
    }
}

fn pod_only(subject: Candidate<'_>, holds: impl FnOnce(&Pod) -> bool) -> Option<bool> {
    match subject {
        Candidate::Pod(pod, _) => Some(holds(pod)),
        Candidate::Node(_) => None,
    }
}

/// A node without the label is neither a match nor not: `app!=web` is about pods.
fn label(subject: Candidate<'_>, key: &str, holds: impl FnOnce(&SharedStr) -> bool) -> Option<bool> {
    let found = match subject {
        Candidate::Pod(pod, _) => pod.template.labels.get(key),
        Candidate::Node(node) => node.labels.get(key),
    };
    match (subject, found) {
        (_, Some(value)) => Some(holds(value)),
        (Candidate::Pod(..), None) => Some(false),
        (Candidate::Node(_), None) => None,
    }
}

/// The owner and what it belongs to itself, as kinds and names.
fn owners(pod: &Pod) -> impl Iterator<Item = (&str, &str)> {
    let own = pod.owner().map(|Owner { kind, name, .. }| (&**kind, &**name));
    let above = Workload::of(pod).map(|workload| (workload.kind, workload.name));
    own.into_iter().chain(above.filter(move |above| Some(*above) != own))
}

fn free_text(pattern: &Pattern, subject: Candidate<'_>, work: &Work) -> bool {
    let is_in = |text: &str| pattern.matches(text, Reach::Part, work);
    match subject {
        Candidate::Pod(pod, _) => {
            is_in(&pod.meta.key.name)
                || is_in(&pod.meta.key.namespace)
                || pod.node.as_deref().is_some_and(is_in)
                || is_in(&pod.status.text)
                || pod.template.images.iter().any(|image| is_in(image))
                || address(pod, pattern, Reach::Part, work)
                || is_in_key(pattern, &pod.meta.key.namespace, &pod.meta.key.name)
        }
        Candidate::Node(node) => {
            let more = [&node.zone, &node.instance_type, &node.version];
            is_in(&node.meta.key.name)
                || is_in(&node.status)
                || more.into_iter().flatten().any(|text| is_in(text))
                || node.roles.iter().any(|role| is_in(role))
        }
    }
}

/// `shop/web` is part of the key `shop/web-1`.
fn is_in_key(pattern: &Pattern, namespace: &str, name: &str) -> bool {
    let Some((end, start)) = pattern.as_literal().and_then(|text| text.split_once('/')) else {
        return false;
    };
    let ends = namespace
        .len()
        .checked_sub(end.len())
        .and_then(|at| namespace.get(at..));
    let starts = name.get(..start.len());
    ends.is_some_and(|text| text.eq_ignore_ascii_case(end))
        && starts.is_some_and(|text| text.eq_ignore_ascii_case(start))
}

fn field(key: Key, pattern: &Pattern, subject: Candidate<'_>, work: &Work) -> Option<bool> {
    let is = |text: &str| pattern.matches(text, Reach::Whole, work);
    let is_some = |text: Option<&SharedStr>| text.is_some_and(|text| is(text));
    match (key, subject) {
        (Key::Namespace, Candidate::Pod(pod, _)) => Some(is(&pod.meta.key.namespace)),
        (Key::Name, Candidate::Pod(pod, _)) => Some(is(&pod.meta.key.name)),
        (Key::Name | Key::Node, Candidate::Node(node)) => Some(is(&node.meta.key.name)),
        (Key::Node, Candidate::Pod(pod, _)) => Some(is_some(pod.node.as_ref())),
        (Key::Status, Candidate::Pod(pod, _)) => Some(is(&pod.status.text)),
        (Key::Status, Candidate::Node(node)) => Some(is(&node.status) || node.status.split(',').any(is)),
        (Key::Owner, Candidate::Pod(pod, _)) => Some(owners(pod).any(|(_, name)| is(name))),
        (Key::Image, Candidate::Pod(pod, _)) => {
            let mut images = pod.template.images.iter();
            Some(images.any(|image| pattern.matches(image, Reach::Parts, work)))
        }
        (Key::Ip, Candidate::Pod(pod, _)) => Some(address(pod, pattern, Reach::Whole, work)),
        (Key::Qos, Candidate::Pod(pod, _)) => Some(pod.template.qos.is_some_and(|class| is(class.as_str()))),
        (_, Candidate::Pod(_, node)) => {
            Some(node.is_some_and(|node| node_field(key, pattern, node, work) == Some(true)))
        }
        (_, Candidate::Node(node)) => node_field(key, pattern, node, work),
    }
}

/// What a pod has through its node.
fn node_field(key: Key, pattern: &Pattern, node: &Node, work: &Work) -> Option<bool> {
    let is = |text: &str| pattern.matches(text, Reach::Whole, work);
    let is_some = |text: Option<&SharedStr>| text.is_some_and(|text| is(text));
    match key {
        Key::Zone => Some(is_some(node.zone.as_ref())),
        Key::Role => Some(node.roles.iter().any(|role| is(role))),
        Key::InstanceType => Some(is_some(node.instance_type.as_ref())),
        Key::Version => Some(is_some(node.version.as_ref())),
        Key::Taint => {
            let is_taint = |taint: &crate::resource::node::Taint| is(&taint.key) || is(&taint.to_string());
            Some(node.taints.iter().any(is_taint))
        }
        // `pressure:memory` is `pressure:MemoryPressure`.
        Key::Pressure => {
            let is_pressure = |kind: &str| is(kind) || kind.strip_suffix("Pressure").is_some_and(is);
            Some(node.pressures().any(|kind| is_pressure(kind)))
        }
        Key::Condition => {
            let mut kinds = node.troubles.iter().chain(&node.notices).chain(&node.unknowns);
            Some(kinds.any(|kind| is(kind)))
        }
        _ => None,
    }
}

fn is(state: NamedState, subject: Candidate<'_>, now: Timestamp) -> Option<bool> {
    match subject {
        Candidate::Pod(pod, node) => Some(is_pod(state, pod, node, now)),
        Candidate::Node(node) => is_node(state, node),
    }
}

fn is_pod(state: NamedState, pod: &Pod, node: Option<&Node>, now: Timestamp) -> bool {
    let has_come = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
    let status = &pod.status;
    match state {
        NamedState::Family(family) => status.family == family,
        NamedState::Ready => status.family == Family::Healthy,
        NamedState::Problem => Trouble::of_pod(pod, now).is_some(),
        NamedState::Pending => pod.phase == Phase::Pending && pod.deleted.is_none(),
        NamedState::Unscheduled => pod.node.is_none(),
        NamedState::Unschedulable => status.variant == Variant::Unschedulable,
        NamedState::Slow => has_come(slow_from(pod)),
        NamedState::Restarted => restart_is_news_until(pod).is_some_and(|end| end > now),
        NamedState::Evicted => pod.is_evicted,
        NamedState::Failed => pod.phase == Phase::Failed,
        NamedState::Finished => pod.is_finished(),
        NamedState::Resizing => pod.resize.is_some(),
        NamedState::Terminating => pod.deleted.is_some(),
        NamedState::Stuck => has_come(stuck_from(pod)),
        NamedState::Lost => status.variant == Variant::Lost,
        NamedState::NodeMissing => pod.node.is_some() && node.is_none(),
        NamedState::Cordoned | NamedState::Pressure | NamedState::NodeNotReady | NamedState::NodeUnreachable => {
            node.is_some_and(|node| is_node(state, node) == Some(true))
        }
    }
}

fn is_node(state: NamedState, node: &Node) -> Option<bool> {
    let is_ready = node.health == NodeHealth::Ready;
    match state {
        NamedState::Ready => Some(is_ready),
        NamedState::Family(Family::NotReady) => Some(!is_ready),
        NamedState::Problem => Some(node.is_troubled()),
        NamedState::Cordoned => Some(node.cordoned),
        NamedState::Pressure => Some(node.pressures().next().is_some()),
        NamedState::Terminating => Some(node.deleted.is_some()),
        NamedState::NodeNotReady => Some(node.health == NodeHealth::NotReady),
        NamedState::NodeUnreachable => Some(node.health == NodeHealth::Unknown),
        _ => None,
    }
}

/// Whether one of the pod's addresses matches; written out on the stack.
fn address(pod: &Pod, pattern: &Pattern, reach: Reach, work: &Work) -> bool {
    let is_match = |ip: IpAddr| {
        // There are several ways to write an address of IPv6.
        let is_same = |text: &str| text.contains(':') && text.parse() == Ok(ip);
        pattern.matches(Address::of(ip).as_str(), reach, work) || pattern.as_literal().is_some_and(is_same)
    };
    pattern.may_match_address() && pod.ips.iter().any(is_match)
}

/// An address as text.
struct Address {
    bytes: [u8; Self::MAX_BYTES],
    len: usize,
}

impl Address {
    /// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
    const MAX_BYTES: usize = 45;

    fn of(ip: IpAddr) -> Self {
        let mut written = Self {
            bytes: [0; Self::MAX_BYTES],
            len: 0,
        };
        // Fails never: no address is longer.
        let _ = write!(written, "{ip}");
        written
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for Address {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// The kind that kubectl means by a short or plural name, in lower case; unknown ones are kinds of their own.
pub(super) fn owner_kind(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    // `rollouts.argoproj.io`, as kubectl takes it.
    let text = text.split('.').next().unwrap_or_default();
    let kind = match text {
        "deploy" | "deployments" => "deployment",
        "rs" | "replicasets" => "replicaset",
        "ds" | "daemonsets" => "daemonset",
        "sts" | "statefulsets" => "statefulset",
        "jobs" => "job",
        "cj" | "cronjobs" => "cronjob",
        "rc" | "replicationcontrollers" => "replicationcontroller",
        "no" | "nodes" => "node",
        other => other,
    };
    kind.to_owned()
}

/// As the parser reads it.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free(pattern) => pattern.fmt(f),
            Self::Field(key, pattern) => write!(f, "{}:{pattern}", key.as_str()),
            Self::OwnerOfKind { kind, name } => match name.as_literal() {
                // Quotes stand around the whole.
                Some(name) => write!(f, "owner:{}", Pattern::literal(&format!("{kind}/{name}"))),
                None => write!(f, "owner:{kind}/{name}"),
            },
            Self::Label { key, value } if Key::parse(key).is_some() => write!(f, "label:{key}={value}"),
            Self::Label { key, value } => write!(f, "{key}={value}"),
            Self::HasLabel(key) => write!(f, "has:{key}"),
            Self::Is(state) => write!(f, "is:{}", state.as_str()),
            Self::Compare(comparison) => comparison.fmt(f),
        }
    }
}
