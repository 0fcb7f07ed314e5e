//! Whatever happens to nodes and pods, the cluster that was told of each change equals one that is built from scratch,
//! pods keep their slots, and what is not dirty did not change.

use std::{collections::BTreeMap, sync::Arc};

use k8bit::{
    cluster::{Cluster, ClusterTotals, Criterion, Filter, GroupBy, GroupKey, PodGroup, StatusCount, Work},
    limits::MAX_UNMEASURED_STEPS,
    resource::{Node, ObjectKey, Pod, SharedStr, Timestamp, status::Family},
};
use k8bit_informer::{
    Event,
    store::{Change, Scope, Store},
};
use proptest::{collection::vec, prelude::*, sample::Index, sample::select};

use crate::{NOW, node, objects::event};

/// Everything that a cluster says, slots apart.
#[derive(Debug, PartialEq)]
struct Content {
    groups: Vec<GroupContent>,
    totals: ClusterTotals,
    statuses: Vec<StatusCount>,
}

#[derive(Clone, Debug, PartialEq)]
struct GroupContent {
    group_key: GroupKey,
    node: Option<Arc<Node>>,
    is_ghost: bool,
    pods: BTreeMap<ObjectKey, Pod>,
    families: Vec<(Family, u32)>,
}

fn content(cluster: &Cluster) -> Content {
    let pod_groups = [cluster.unscheduled()].into_iter().chain(cluster.groups());
    Content {
        groups: pod_groups.map(|pod_group| group_content(cluster, pod_group)).collect(),
        totals: cluster.totals(),
        statuses: cluster.statuses().cloned().collect(),
    }
}

fn group_content(cluster: &Cluster, pod_group: &PodGroup) -> GroupContent {
    // Versions that show nothing new stay in the store.
    let without_version = |pod: &Arc<Pod>| {
        let mut pod = Pod::clone(pod);
        pod.meta.resource_version = None;
        (pod.meta.key.clone(), pod)
    };
    GroupContent {
        group_key: pod_group.group_key().clone(),
        node: pod_group.node().cloned(),
        is_ghost: cluster.is_ghost(pod_group),
        pods: pod_group.pods().iter().map(|(_, pod)| without_version(pod)).collect(),
        families: pod_group.families().iter().collect(),
    }
}

/// Where each pod is; by uid too, because a pod that is recreated may have another slot.
type Slots = BTreeMap<(ObjectKey, String), (GroupKey, usize)>;

fn slots(cluster: &Cluster) -> Slots {
    let pod_groups = [cluster.unscheduled()].into_iter().chain(cluster.groups());
    let pods = pod_groups.flat_map(|pod_group| {
        pod_group
            .pods()
            .iter()
            .map(move |(slot, pod)| (pod_group.group_key().clone(), slot, pod))
    });
    pods.map(|(group_key, slot, pod)| ((pod.meta.key.clone(), pod.meta.uid.to_string()), (group_key, slot)))
        .collect()
}

fn check_slots(cluster: &Cluster, before: &Slots) {
    for pod_group in [cluster.unscheduled()].into_iter().chain(cluster.groups()) {
        let pods = pod_group.pods();
        assert_eq!(pods.iter().count(), pods.len());
        assert_eq!(pods.is_empty(), pods.iter().next().is_none());
        if let Some(last) = pods.slot_count().checked_sub(1) {
            assert!(pods.get(last).is_some(), "the last slot is free");
        }
        assert_eq!(pods.get(pods.slot_count()), None);
        for (slot, pod) in pods.iter() {
            assert_eq!(GroupKey::of(pod), *pod_group.group_key());
            let (found_in, found_at, found) = cluster.pod(&pod.meta.key).expect("every pod is found");
            assert_eq!((found_in.group_key(), found_at), (pod_group.group_key(), slot));
            assert!(Arc::ptr_eq(found, pod));
        }
    }
    for (pod, (group_key, slot)) in slots(cluster) {
        if let Some((group_before, slot_before)) = before.get(&pod)
            && *group_before == group_key
        {
            assert_eq!(slot, *slot_before, "{pod:?} moved");
        }
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// An event of the pods in one scope, as a line.
    Pods(Index, String),
    /// A complete list of the pods in one scope.
    PodList(Index, Vec<String>),
    Node(String),
    NodeGone(String),
    NodeList(Vec<String>),
    NodesKnown(bool),
}

const NODES: [&str; 4] = ["worker-1", "worker-2", "worker-10", "edge"];

fn any_pod() -> impl Strategy<Value = String> {
    let key = select(vec!["a/v", "a/w", "a/x", "b/v", "b/w", "b/x", "b/y"]);
    let uid = select(vec!["A", "B"]);
    let version = 1..100_u32;
    let status = select(vec!["Pending", "Running", "CrashLoopBackOff", "Terminating"]);
    let node = prop_oneof![1 => Just(""), 3 => select(NODES.to_vec())];
    (key, uid, version, status, node)
        .prop_map(|(key, uid, version, status, node)| format!("{key} {uid} {version} {status} {node}"))
}

fn any_node() -> impl Strategy<Value = String> {
    let words = select(vec!["", "not-ready", "unknown", "cordoned", "not-ready cordoned"]);
    (select(NODES.to_vec()), words).prop_map(|(name, words)| format!("{name} {words}"))
}

fn any_step() -> impl Strategy<Value = Step> {
    let scope = any::<Index>;
    let identity = |pod: String| pod.split(' ').take(3).collect::<Vec<_>>().join(" ");
    prop_oneof![
        8 => (scope(), any_pod()).prop_map(|(scope, pod)| Step::Pods(scope, format!("APPLY {pod}"))),
        4 => (scope(), any_pod()).prop_map(move |(scope, pod)| Step::Pods(scope, format!("DELETE {}", identity(pod)))),
        1 => (scope(), vec(any_pod(), 0..8)).prop_map(|(scope, pods)| Step::PodList(scope, once_each(pods))),
        3 => any_node().prop_map(Step::Node),
        2 => select(NODES.to_vec()).prop_map(|name| Step::NodeGone(name.to_owned())),
        1 => vec(any_node(), 0..4).prop_map(Step::NodeList),
        1 => any::<bool>().prop_map(Step::NodesKnown),
    ]
}

/// One pod of each name: a server has no two, and a first list, which is shown as it comes, would show one after the other.
fn once_each(pods: Vec<String>) -> Vec<String> {
    let name = |pod: &String| pod.split(' ').next().map(str::to_owned);
    let by_name: BTreeMap<_, _> = pods.into_iter().map(|pod| (name(&pod), pod)).collect();
    by_name.into_values().collect()
}

/// Stores and the cluster that is told of their changes.
#[derive(Default)]
struct World {
    nodes: Store<Node>,
    pods: Store<Pod>,
    nodes_known: bool,
    cluster: Cluster,
}

impl World {
    /// Changes reach the cluster `slice` at a time.
    fn step(&mut self, step: &Step, scopes: &[Scope], slice: usize) {
        match step {
            Step::Pods(scope, line) => self.tell_pods(scope.get(scopes), vec![event(line)], slice),
            Step::PodList(scope, pods) => {
                let items = pods.iter().map(|pod| event(&format!("ITEM {pod}")));
                self.tell_pods(scope.get(scopes), list(items), slice);
            }
            Step::Node(line) => self.tell_nodes(vec![Event::Apply(node(line))]),
            Step::NodeGone(name) => self.tell_nodes(vec![Event::Delete(node(name).meta)]),
            Step::NodeList(nodes) => self.tell_nodes(list(nodes.iter().map(|line| Event::InitApply(node(line))))),
            Step::NodesKnown(known) => {
                self.nodes_known = *known;
                self.cluster.set_nodes_known(*known);
            }
        }
    }

    fn tell_pods(&mut self, scope: &Scope, events: Vec<Event<Pod>>, slice: usize) {
        let mut changes: Vec<Change<Pod>> = Vec::new();
        for event in events {
            self.pods.handle(scope, event, &mut changes);
        }
        for slice in changes.chunks(slice) {
            self.cluster.apply_pods(slice, NOW);
        }
    }

    fn tell_nodes(&mut self, events: Vec<Event<Node>>) {
        let mut changes = Vec::new();
        for event in events {
            self.nodes.handle(&Scope::Cluster, event, &mut changes);
        }
        self.cluster.apply_nodes(&changes, NOW);
    }

    fn rebuilt(&self) -> Cluster {
        let nodes = self.nodes.sorted().into_iter().cloned();
        let mut rebuilt = Cluster::rebuild(nodes, self.pods.sorted().into_iter().cloned());
        rebuilt.set_nodes_known(self.nodes_known);
        rebuilt
    }
}

fn list<K: k8bit::resource::Resource>(items: impl Iterator<Item = Event<K>>) -> Vec<Event<K>> {
    [Event::Init]
        .into_iter()
        .chain(items)
        .chain([Event::InitDone])
        .collect()
}

/// What changed is marked; so the page may keep everything else as it is.
fn check_dirty(world: &mut World, before: &Content, before_slots: &Slots) {
    let after = content(&world.cluster);
    let after_slots = slots(&world.cluster);
    let dirty = world.cluster.take_dirty();
    assert!(dirty.groups.is_sorted_by(|a, b| a < b), "{:?}", dirty.groups);
    assert!(
        dirty
            .groups
            .iter()
            .all(|group_key| world.cluster.pod_group(group_key).is_some()),
        "{:?}",
        dirty.groups
    );

    let order = |content: &Content| {
        content
            .groups
            .iter()
            .map(|group_key| group_key.group_key.clone())
            .collect::<Vec<_>>()
    };
    assert!(dirty.order_changed || order(&after) == order(before));
    assert!(dirty.totals || (after.totals == before.totals && after.statuses == before.statuses));
    for group_key in after
        .groups
        .iter()
        .filter(|group_key| !dirty.groups.contains(&group_key.group_key))
    {
        assert!(
            before.groups.contains(group_key),
            "{:?} changed and is not dirty",
            group_key.group_key
        );
        let at = |slots: &Slots| {
            slots
                .iter()
                .filter(|(_, at)| at.0 == group_key.group_key)
                .map(|(pod, at)| (pod.clone(), at.1))
                .collect::<Vec<_>>()
        };
        assert_eq!(at(before_slots), at(&after_slots));
    }
}

proptest! {
    #[test]
    fn incremental_equals_rebuilt(
        by_namespace in any::<bool>(),
        slice in 1..5_usize,
        steps in vec(any_step(), 0..60),
    ) {
        let namespaces = ["a", "b"].map(|name| Scope::Namespace(SharedStr::new(name)));
        let scopes = if by_namespace { namespaces.to_vec() } else { vec![Scope::Cluster] };
        let mut world = World::default();
        world.cluster.take_dirty();
        for step in &steps {
            let before = content(&world.cluster);
            let before_slots = slots(&world.cluster);
            world.step(step, &scopes, slice);

            prop_assert_eq!(content(&world.cluster), content(&world.rebuilt()));
            prop_assert!(world.cluster.groups().map(PodGroup::group_key).is_sorted());
            prop_assert_eq!(world.cluster.groups().count(), world.cluster.group_count());
            check_slots(&world.cluster, &before_slots);
            check_dirty(&mut world, &before, &before_slots);
        }
    }

    /// The filter may be asked in slices, of any size and in the midst of everything, on any board.
    #[test]
    fn filtered_in_slices_equals_filtered_at_once(
        steps in vec((any_step(), any_look()), 0..40),
    ) {
        let mut world = World::default();
        let mut filter = None;
        for (step, look) in &steps {
            world.step(step, &[Scope::Cluster], usize::MAX);
            world.cluster.take_dirty();
            let before = matches(&world.cluster);
            let by = world.cluster.shown().by();
            world.look(look, &mut filter);

            let matched = world.cluster.groups().chain([world.cluster.unscheduled()]);
            let matched: usize = matched.map(|pod_group| pod_group.pods().matched()).sum();
            prop_assert_eq!(world.cluster.matched() as usize, matched);
            let nodes = world.cluster.groups().filter(|pod_group| pod_group.is_node_match()).count();
            prop_assert_eq!(world.cluster.matched_nodes() as usize, nodes);
            // What came was asked about as it came, or the cluster says that it was not.
            if world.cluster.is_filtered() && !matches!(filter, Some(Wanted::OnCordonedNodes)) {
                for (pod_group, pod, slot) in world.cluster.shown().pods() {
                    let expected = filter.is_none_or(|filter: Wanted| filter.wants(pod, None));
                    prop_assert_eq!(pod_group.pods().is_match(slot), expected, "{:?}", pod.meta.key);
                }
            }
            let dirty = world.cluster.take_dirty();
            if world.cluster.shown().by() == by {
                for (pod, (group_key, is_match)) in matches(&world.cluster) {
                    let was = before.get(&pod).map(|(_, was)| *was);
                    prop_assert!(was == Some(is_match) || dirty.groups.contains(&group_key), "{:?} is not dirty", group_key);
                }
            }
        }
        // What a change of its node makes of a pod is told once the filter is doubted.
        world.cluster.invalidate_filter();
        while !world.cluster.is_filtered() {
            world.cluster.filter_some(NOW, || true);
        }
        let cluster = &world.cluster;
        for grouping in [GroupBy::Node, cluster.shown().by()] {
            let mut cluster = cluster.clone();
            cluster.show(grouping);
            for pod_group in cluster.groups() {
                let wants = |node: &Arc<Node>| filter.is_none_or(|filter: Wanted| filter.wants_node(node));
                prop_assert_eq!(pod_group.is_node_match(), pod_group.node().is_some_and(wants));
            }
            for (pod_group, pod, slot) in cluster.shown().pods() {
                let node = pod.node.as_ref().and_then(|name| world.nodes.find("", name));
                let expected = filter.is_none_or(|filter: Wanted| filter.wants(pod, node.map(|node| &**node)));
                prop_assert_eq!(pod_group.pods().is_match(slot), expected, "{:?} by {:?}", pod.meta.key, grouping);
            }
        }
    }
}

/// What a filter lets through.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Running,
    OnCordonedNodes,
}

impl Wanted {
    fn wants(self, pod: &Pod, node: Option<&Node>) -> bool {
        match self {
            Self::Running => &*pod.status.text == "Running",
            Self::OnCordonedNodes => node.is_some_and(|node| node.cordoned),
        }
    }

    fn wants_node(self, node: &Node) -> bool {
        match self {
            Self::Running => &*node.status == "Ready",
            Self::OnCordonedNodes => node.cordoned,
        }
    }
}

/// Each object takes as long as a slice may go on without a look at the clock.
impl Criterion for Wanted {
    fn is_pod(&self, pod: &Pod, node: Option<&Node>, _: Timestamp, work: &Work) -> bool {
        work.add(MAX_UNMEASURED_STEPS as usize);
        self.wants(pod, node)
    }

    fn is_node(&self, node: &Node, _: Timestamp, work: &Work) -> bool {
        work.add(MAX_UNMEASURED_STEPS as usize);
        self.wants_node(node)
    }
}

/// What the user does.
#[derive(Clone, Debug)]
enum Appearance {
    Filter(Option<Wanted>),
    Doubt,
    FilterSome(usize),
    FilterFirst(&'static str),
    Show(GroupBy),
}

fn any_look() -> impl Strategy<Value = Appearance> {
    prop_oneof![
        2 => select(vec![None, Some(Wanted::Running), Some(Wanted::OnCordonedNodes)]).prop_map(Appearance::Filter),
        1 => Just(Appearance::Doubt),
        4 => (1..6_usize).prop_map(Appearance::FilterSome),
        2 => select(NODES.to_vec()).prop_map(Appearance::FilterFirst),
        1 => select(vec![GroupBy::Node, GroupBy::Namespace, GroupBy::Workload]).prop_map(Appearance::Show),
    ]
}

impl World {
    fn look(&mut self, look: &Appearance, filter: &mut Option<Wanted>) {
        let cluster = &mut self.cluster;
        match look {
            Appearance::Filter(wanted) => {
                *filter = *wanted;
                cluster.set_filter(wanted.map(|wanted| Filter::new(std::rc::Rc::new(wanted))));
            }
            Appearance::Doubt => cluster.invalidate_filter(),
            Appearance::FilterSome(objects) => {
                let mut asked = 0;
                cluster.filter_some(NOW, || {
                    asked += 1;
                    asked >= *objects
                });
                assert!(asked <= *objects, "a slice ends when it is enough");
            }
            Appearance::FilterFirst(node) => cluster.filter_first([&GroupKey::Node(SharedStr::new(node))]),
            Appearance::Show(by) => cluster.show(*by),
        }
    }
}

/// Where each pod of the shown board is, and whether the filter lets it through.
fn matches(cluster: &Cluster) -> BTreeMap<ObjectKey, (GroupKey, bool)> {
    let pods = cluster.shown().pods();
    pods.map(|(pod_group, pod, slot)| {
        (
            pod.meta.key.clone(),
            (pod_group.group_key().clone(), pod_group.pods().is_match(slot)),
        )
    })
    .collect()
}
