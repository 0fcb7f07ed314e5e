//! Which boxes there are, in which order, under which headings.
//!
//! From the shown board and the user's choice to sections of places. A change of a pod does not change them, except in
//! orders by pods: the caller requests those again from time to time.

use std::cmp::{Ordering, Reverse};

use crate::{
    cluster::{Cluster, GroupBy, GroupKey, PodGroup, natural},
    resource::{Amounts, Node, Timestamp, node::NodeHealth, status::Family},
    view::{
        card::pods_in,
        format::{count, counted},
        state::{Group, Sort, ViewState},
        visible::visible,
    },
};

/// Boxes under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The zone, the pool, the namespace…; empty if there is only one section.
    pub title: String,
    /// Its boxes in order.
    pub groups: Vec<GroupKey>,
}

/// The content of a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// The section's title.
    pub title: String,
    /// `8 nodes · 240 pods · cpu 61% · mem 58%`.
    pub facts: String,
    /// Problems of its nodes: `1 NotReady`; empty if there are none.
    pub trouble: String,
}

/// The labels that providers set for the pool of a node, the most specific first.
const POOL_LABELS: &[&str] = &[
    "karpenter.sh/nodepool",
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "doks.digitalocean.com/node-pool",
    "ibm-cloud.kubernetes.io/worker-pool-name",
    "k8s.scaleway.com/pool-name",
    "kops.k8s.io/instancegroup",
    "node-pool",
    "pool",
];

/// The board for a grouping.
#[must_use]
pub fn group_by(group: &Group) -> GroupBy {
    match group {
        Group::Namespace => GroupBy::Namespace,
        Group::Owner => GroupBy::Workload,
        Group::None | Group::Zone | Group::Pool | Group::Role | Group::InstanceType | Group::Label(_) => GroupBy::Node,
    }
}

/// The sections of the shown board. If pods that do not match are hidden, boxes without a match are left out.
#[must_use]
pub fn arrange(cluster: &Cluster, state: &ViewState, is_searching: bool) -> Vec<Section> {
    let hides = is_searching && state.hides;
    let is_kept = |pod_group: &PodGroup| !hides || pod_group.pods().matched() > 0 || pod_group.is_node_match();
    let mut boxes: Vec<(String, SortKey, &PodGroup)> = cluster
        .shown()
        .groups()
        .filter(|pod_group| is_kept(pod_group))
        .map(|pod_group| {
            (
                title(&state.group, pod_group),
                SortKey::of(state.sort, pod_group),
                pod_group,
            )
        })
        .collect();
    // Stable: what is equal keeps the natural order of the board.
    boxes.sort_by(|(title, key, _), (other_title, other_key, _)| {
        compare_titles(title, other_title).then_with(|| key.cmp(other_key))
    });
    let mut sections: Vec<Section> = Vec::new();
    for (title, _, pod_group) in boxes {
        match sections.last_mut().filter(|section| section.title == title) {
            Some(section) => section.groups.push(pod_group.group_key().clone()),
            None => sections.push(Section {
                title,
                groups: vec![pod_group.group_key().clone()],
            }),
        }
    }
    sections
}

/// Whether an order depends on pods, and not only on which boxes exist.
#[must_use]
pub fn follows_pods(state: &ViewState) -> bool {
    let by_pods = matches!(state.sort, Sort::Pods | Sort::Cpu | Sort::Memory | Sort::Problems);
    by_pods || (state.hides && !state.query.trim().is_empty())
}

/// The section that a box belongs to.
#[must_use]
pub fn title(group: &Group, pod_group: &PodGroup) -> String {
    visible(&raw_title(group, pod_group)).into_owned()
}

fn raw_title(group: &Group, pod_group: &PodGroup) -> String {
    let node = pod_group.node().map(|node| &**node);
    let of_node = |value: fn(&Node) -> Option<String>, none: &str| match node {
        None => "no node".to_owned(),
        Some(node) => value(node).unwrap_or_else(|| none.to_owned()),
    };
    match group {
        Group::None | Group::Namespace => String::new(),
        Group::Zone => of_node(|node| node.zone.as_deref().map(str::to_owned), "no zone"),
        Group::Pool => of_node(|node| pool(node).map(str::to_owned), "no pool"),
        Group::InstanceType => of_node(
            |node| node.instance_type.as_deref().map(str::to_owned),
            "no instance type",
        ),
        Group::Role => of_node(
            |node| {
                let roles: Vec<&str> = node.roles.iter().map(|role| role.as_str()).collect();
                (!roles.is_empty()).then(|| roles.join(", "))
            },
            "no role",
        ),
        Group::Label(key) => match node {
            None => "no node".to_owned(),
            Some(node) => match node.labels.get(key) {
                Some(value) => format!("{key}={value}"),
                None => format!("no {key}"),
            },
        },
        Group::Owner => match pod_group.group_key() {
            GroupKey::Workload { namespace, .. } => namespace.to_string(),
            _ => String::new(),
        },
    }
}

/// The pool of a node, by the first of the providers' labels.
#[must_use]
pub fn pool(node: &Node) -> Option<&str> {
    POOL_LABELS
        .iter()
        .find_map(|key| node.labels.get(key).map(|pool| &**pool))
}

/// Missing values come last.
fn compare_titles(this: &str, that: &str) -> Ordering {
    let is_missing = |title: &str| title.starts_with("no ");
    is_missing(this)
        .cmp(&is_missing(that))
        .then_with(|| natural::compare(this, that))
}

/// Sort key of the boxes of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Natural,
    Created(Reverse<Option<Timestamp>>),
    Most(Reverse<u64>),
}

impl SortKey {
    fn of(sort: Sort, pod_group: &PodGroup) -> Self {
        let most = |number: u64| Self::Most(Reverse(number));
        match sort {
            Sort::Name => Self::Natural,
            Sort::Age => Self::Created(Reverse(created(pod_group))),
            Sort::Pods => most(pods_in(pod_group).into()),
            Sort::Cpu => most(share(pod_group, |amounts| amounts.cpu_millis)),
            Sort::Memory => most(share(pod_group, |amounts| amounts.memory_bytes)),
            Sort::Problems => {
                let is_bad = pod_group.node().is_some_and(|node| node.health != NodeHealth::Ready);
                most(u64::from(troubled(pod_group)) + if is_bad { 1 << 32 } else { 0 })
            }
        }
    }
}

/// When the node joined; for a box of something else, its youngest pod.
fn created(pod_group: &PodGroup) -> Option<Timestamp> {
    match pod_group.node() {
        Some(node) => node.created,
        None => pod_group.pods().iter().filter_map(|(_, pod)| pod.created).max(),
    }
}

/// Requests: in thousandths of allocatable, or absolute without a node.
fn share(pod_group: &PodGroup, of: fn(Amounts) -> u64) -> u64 {
    let requested = of(pod_group.requests());
    match pod_group.node() {
        Some(node) => requested
            .saturating_mul(1_000)
            .checked_div(of(node.allocatable))
            .unwrap_or(0),
        None => requested,
    }
}

/// The number of pods with problems in a box; failed pods do not count.
#[must_use]
pub fn troubled(pod_group: &PodGroup) -> u32 {
    let families = [Family::Failing, Family::Blocked, Family::NotReady];
    let troubled: u32 = families
        .into_iter()
        .map(|family| pod_group.families().get(family))
        .sum();
    troubled - pod_group.over()
}

/// The heading of a section.
#[must_use]
pub fn heading(cluster: &Cluster, section: &Section) -> Heading {
    let pod_groups = || {
        section
            .groups
            .iter()
            .filter_map(|group_key| cluster.shown().pod_group(group_key))
    };
    let pods: usize = pod_groups().map(|pod_group| pod_group.pods().len()).sum();
    let boxes = section.groups.len() as u64;
    let mut facts = vec![
        match cluster.shown().by() {
            GroupBy::Node => counted(boxes, "node", "nodes"),
            GroupBy::Namespace => counted(boxes, "namespace", "namespaces"),
            GroupBy::Workload => counted(boxes, "workload", "workloads"),
        },
        counted(pods as u64, "pod", "pods"),
    ];
    let requested = pod_groups()
        .map(PodGroup::requests)
        .fold(Amounts::default(), Amounts::plus);
    let allocatable = pod_groups()
        .filter_map(|pod_group| Some(pod_group.node()?.allocatable))
        .fold(Amounts::default(), Amounts::plus);
    for (name, part, whole) in [
        ("cpu", requested.cpu_millis, allocatable.cpu_millis),
        ("mem", requested.memory_bytes, allocatable.memory_bytes),
    ] {
        if let Some(percent) = part.saturating_mul(100).checked_div(whole) {
            facts.push(format!("{name} {percent}%"));
        }
    }
    let not_ready = pod_groups()
        .filter_map(PodGroup::node)
        .filter(|node| node.health != NodeHealth::Ready)
        .count();
    Heading {
        title: section.title.clone(),
        facts: facts.join(" · "),
        trouble: if not_ready == 0 {
            String::new()
        } else {
            format!("{} NotReady", count(not_ready as u64))
        },
    }
}
