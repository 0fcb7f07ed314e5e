//! The cluster: where pods are, which slots they have, what is counted, and what there is to draw again.

mod properties;

use std::sync::Arc;

use k8bit::{
    cluster::{ChangeCounts, Cluster, Dirty, GroupKey, Recent},
    resource::{
        Amounts, Labels, Meta, Node, ObjectKey, Pod, SharedStr, Timestamp, Uid, node::NodeHealth, status::Family,
    },
};
use k8bit_informer::store::Change;
use k8bit_test_support::{
    objects,
    objects::{lines, pod},
};

const NOW: Timestamp = Timestamp(1_795_423_383);

/// A node from its name and the words that hold of it: `not-ready`, `unknown`, `cordoned`.
fn node(line: &str) -> Node {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a node has a name");
    let words: Vec<_> = words.collect();
    let health = match &words[..] {
        ["not-ready", ..] => NodeHealth::NotReady,
        ["unknown", ..] => NodeHealth::Unknown,
        _ => NodeHealth::Ready,
    };
    let key = ObjectKey {
        namespace: SharedStr::new(""),
        name: name.into(),
    };
    Node {
        meta: Meta {
            key,
            uid: Uid::new(name),
            resource_version: None,
        },
        status: SharedStr::new(&words.join(",")),
        health,
        cordoned: words.contains(&"cordoned"),
        roles: Vec::new(),
        labels: Labels::default(),
        taints: Vec::new(),
        allocatable_pods: None,
        allocatable: Amounts::default(),
        troubles: Vec::new(),
        notices: Vec::new(),
        unknowns: Vec::new(),
        health_since: None,
        zone: None,
        instance_type: None,
        version: None,
        created: None,
        deleted: None,
    }
}

/// A cluster that is told of changes, one a line: `+`, `-` and a pod, or `node`, `+`, `-` and a node. A `+` of what is
/// there is a later state of it.
fn told(script: &str) -> Cluster {
    let mut cluster = Cluster::default();
    cluster.set_nodes_known(true);
    tell(&mut cluster, script);
    cluster
}

fn tell(cluster: &mut Cluster, script: &str) {
    for line in lines(script) {
        match line.split_at(2) {
            ("+ ", line) => {
                let new = Arc::new(pod(line));
                let change = match cluster.pod(&new.meta.key) {
                    Some((_, _, old)) => Change::Modified {
                        old: Arc::clone(old),
                        new,
                    },
                    None => Change::Added(new),
                };
                cluster.apply_pods(&[change], NOW);
            }
            ("- ", line) => cluster.apply_pods(&[Change::Deleted(Arc::new(pod(line)))], NOW),
            ("N ", line) => cluster.apply_nodes(&[Change::Added(Arc::new(node(line)))], NOW),
            ("n ", line) => cluster.apply_nodes(&[Change::Deleted(Arc::new(node(line)))], NOW),
            _ => panic!("not a change: {line}"),
        }
    }
}

/// Every place that is there, one a line: its name, `ghost` if it is one, and its slots, `.` where one is free.
fn picture(cluster: &Cluster) -> Vec<String> {
    let boxes = cluster.groups().map(|pod_group| {
        (
            pod_group,
            pod_group.group_key().node_name().expect("a box has a name").to_string(),
        )
    });
    let tray = (cluster.unscheduled(), "tray".to_owned());
    let draw = |(pod_group, name): (&k8bit::cluster::PodGroup, String)| {
        let mut line = name;
        if cluster.is_ghost(pod_group) {
            line += " ghost";
        }
        line += ":";
        for slot in 0..pod_group.pods().slot_count() {
            line += " ";
            line += pod_group.pods().get(slot).map_or(".", |pod| &pod.meta.key.name);
        }
        line
    };
    boxes.chain([tray]).map(draw).filter(|line| line != "tray:").collect()
}

#[track_caller]
fn check(script: &str, expected: &[&str]) {
    assert_eq!(picture(&told(script)), expected);
}

#[test]
fn that_the_pods_are_known_is_news_of_the_tray_too() {
    let mut cluster = Cluster::default();
    cluster.set_nodes_known(true);
    cluster.take_dirty();
    cluster.set_pods_known();
    assert_eq!(cluster.take_dirty().groups, [GroupKey::Unscheduled]);
    cluster.set_pods_known();
    assert_eq!(cluster.take_dirty(), Dirty::default());
}

#[test]
fn pods_that_have_ended_do_not_count_against_what_a_node_takes() {
    let mut cluster = told(
        "
        N worker-1
        + a/1 1 1 Running worker-1
        + a/2 2 1 Completed worker-1
        + a/3 3 1 Evicted worker-1
        + a/4 4 1 Terminating worker-1
        + a/5 5 1 Pending worker-1
        ",
    );
    let running = |cluster: &Cluster| cluster.groups().next().expect("a node").running();
    assert_eq!(running(&cluster), 3);
    // One ends, one goes, one that has ended goes, and one moves away.
    tell(&mut cluster, "+ a/1 1 2 Completed worker-1");
    assert_eq!(running(&cluster), 2);
    tell(&mut cluster, "- a/4 4 1 Terminating worker-1");
    assert_eq!(running(&cluster), 1);
    tell(&mut cluster, "- a/2 2 1 Completed worker-1");
    assert_eq!(running(&cluster), 1);
    tell(&mut cluster, "+ a/5 5 2 Running worker-2");
    assert_eq!(running(&cluster), 0);
}

#[test]
fn an_empty_cluster_has_an_empty_tray() {
    let cluster = Cluster::default();
    assert_eq!(cluster.group_count(), 0);
    assert!(cluster.unscheduled().pods().is_empty());
    assert_eq!(cluster.totals(), k8bit::cluster::ClusterTotals::default());
}

#[test]
fn nodes_without_pods_are_shown_in_natural_order() {
    check(
        "N worker-10
         N worker-2
         N control-plane
         + shop/web A 1 Running worker-3",
        &["control-plane:", "worker-2:", "worker-3 ghost: web", "worker-10:"],
    );
}

#[test]
fn a_pod_appears_on_its_node_when_it_is_bound() {
    let unbound = "
        N worker-1
        + shop/api B 1 Pending
        + shop/web A 1 Pending";
    check(unbound, &["worker-1:", "tray: api web"]);
    check(
        &format!("{unbound}\n+ shop/api B 2 Pending worker-1"),
        &["worker-1: api", "tray: . web"],
    );
}

#[test]
fn a_ghost_comes_with_its_first_pod_and_goes_with_its_last() {
    let ghost = "
        N worker-1
        + shop/web A 1 Running worker-1
        n worker-1";
    check(ghost, &["worker-1 ghost: web"]);
    check(&format!("{ghost}\n- shop/web A 1 Running worker-1"), &[]);
    check(&format!("{ghost}\nN worker-1"), &["worker-1: web"]);
    check(
        &format!("{ghost}\n+ shop/web A 2 Running worker-2"),
        &["worker-2 ghost: web"],
    );
}

#[test]
fn boxes_are_no_ghosts_while_nodes_are_not_known() {
    let mut cluster = told("+ shop/web A 1 Running worker-1");
    assert_eq!(cluster.totals().nodes.ghosts, 1);
    cluster.take_dirty();
    cluster.set_nodes_known(false);
    assert_eq!(picture(&cluster), ["worker-1: web"]);
    assert_eq!(cluster.totals().nodes.ghosts, 0);
    let worker_1 = GroupKey::Node(SharedStr::new("worker-1"));
    let dirty = Dirty {
        groups: vec![worker_1],
        order_changed: false,
        totals: true,
    };
    assert_eq!(cluster.take_dirty(), dirty);
    cluster.set_nodes_known(false);
    assert_eq!(cluster.take_dirty(), Dirty::default());
}

#[test]
fn pods_keep_their_slots() {
    let full = "
        + shop/a A 1 Running
        + shop/b B 1 Running
        + shop/c C 1 Running
        + shop/d D 1 Running";
    check(full, &["tray: a b c d"]);
    check(&format!("{full}\n+ shop/b B 2 Failed"), &["tray: a b c d"]);
    check(
        &format!("{full}\n- shop/b B 1 Running\n- shop/a A 1 Running"),
        &["tray: . . c d"],
    );
    check(
        &format!("{full}\n- shop/b B 1 Running\n- shop/d D 1 Running"),
        &["tray: a . c"],
    );
    check(
        &format!("{full}\n- shop/b B 1 Running\n- shop/c C 1 Running\n- shop/d D 1 Running"),
        &["tray: a"],
    );
    let refilled = format!("{full}\n- shop/c C 1 Running\n- shop/b B 1 Running\n+ shop/e E 1 Running");
    check(&refilled, &["tray: a e . d"]);
    check(
        &format!("{refilled}\n+ shop/f F 1 Running\n+ shop/g G 1 Running"),
        &["tray: a e f d g"],
    );
}

#[test]
fn a_first_list_is_drawn_by_namespace_and_name() {
    let pods = ["shop/b B 1 Running", "bank/z Z 1 Running", "shop/a A 1 Running"];
    let cluster = Cluster::rebuild([], pods.map(|line| Arc::new(pod(line))));
    assert_eq!(picture(&cluster), ["tray: z a b"]);
}

#[test]
fn totals_count_what_is_there() {
    let cluster = told(
        "N worker-1
         N worker-2 not-ready
         N worker-3 unknown cordoned
         N worker-3 cordoned
         N worker-4
         n worker-4
         + shop/a A 1 Running worker-1
         + shop/b B 1 Pending
         + shop/b B 2 CrashLoopBackOff worker-2
         + shop/c C 1 CrashLoopBackOff worker-9
         + shop/d D 1 Error worker-9
         + shop/e E 1 Running worker-8
         - shop/e E 1 Running worker-8",
    );
    let totals = cluster.totals();
    let nodes = totals.nodes;
    assert_eq!(
        (
            nodes.ready,
            nodes.not_ready,
            nodes.unknown,
            nodes.cordoned,
            nodes.ghosts
        ),
        (2, 1, 0, 1, 1)
    );
    assert_eq!(nodes.total(), 3);
    assert_eq!(
        (
            totals.pods.get(Family::Healthy),
            totals.pods.get(Family::Failing),
            totals.pods.total()
        ),
        (1, 3, 4)
    );
    let statuses: Vec<_> = cluster
        .statuses()
        .map(|status| (status.text.as_str(), status.pods))
        .collect();
    assert_eq!(statuses, [("Running", 1), ("CrashLoopBackOff", 2), ("Error", 1)]);
    let ghost = cluster
        .pod_group(&GroupKey::Node(SharedStr::new("worker-9")))
        .expect("two pods are there");
    assert_eq!(ghost.families().get(Family::Failing), 2);
}

#[test]
fn dirty_is_what_changed_since_it_was_asked() {
    let group_key = |name: &str| GroupKey::Node(SharedStr::new(name));
    let mut cluster = told("N worker-2\nN worker-10\n+ shop/b B 1 Pending");
    let all = vec![GroupKey::Unscheduled, group_key("worker-2"), group_key("worker-10")];
    assert_eq!(
        cluster.take_dirty(),
        Dirty {
            groups: all,
            order_changed: true,
            totals: true
        }
    );
    assert_eq!(cluster.take_dirty(), Dirty::default());

    tell(&mut cluster, "+ shop/b B 2 Pending worker-10");
    let dirty = cluster.take_dirty();
    assert_eq!(dirty.groups, [GroupKey::Unscheduled, group_key("worker-10")]);
    assert!(!dirty.order_changed);

    // The same STATUS: one block is to be drawn, no number changed.
    tell(&mut cluster, "+ shop/b C 3 Pending worker-10");
    assert_eq!(
        cluster.take_dirty(),
        Dirty {
            groups: vec![group_key("worker-10")],
            order_changed: false,
            totals: false
        }
    );

    tell(
        &mut cluster,
        "n worker-2\n+ shop/c D 1 Running worker-3\n- shop/c D 1 Running worker-3",
    );
    assert_eq!(
        cluster.take_dirty(),
        Dirty {
            groups: vec![],
            order_changed: true,
            totals: true
        }
    );
}

#[test]
fn recent_counts_what_is_new_and_not_what_was_listed() {
    let mut cluster = Cluster::default();
    let at = |seconds: i64| Timestamp(NOW.0 + seconds);
    let [a, b] = ["shop/a A 1 Running", "shop/b B 1 Pending"].map(|line| Arc::new(pod(line)));
    cluster.apply_pods(&[Change::Listed(Arc::clone(&a)), Change::Listed(Arc::clone(&b))], at(0));
    // No change was received before the list.
    assert_eq!(cluster.recent(at(0)), Recent::default());
    cluster.set_heard(true, true, at(0));
    let heard = |seconds| Recent {
        pods_heard_seconds: Some(seconds),
        ..Recent::default()
    };
    assert_eq!(cluster.recent(at(0)), heard(0));

    let changed = Change::Modified {
        old: Arc::clone(&b),
        new: Arc::new(pod("shop/b B 2 Running")),
    };
    cluster.apply_pods(
        &[
            changed,
            Change::Deleted(a),
            Change::Added(Arc::new(pod("shop/c C 3 Pending"))),
        ],
        at(1),
    );
    cluster.apply_nodes(&[Change::Added(Arc::new(node("worker-1")))], at(30));
    let pods = ChangeCounts {
        created: 1,
        deleted: 1,
        changed: 1,
    };
    let nodes = ChangeCounts {
        created: 1,
        ..ChangeCounts::default()
    };
    assert_eq!(
        cluster.recent(at(30)),
        Recent {
            nodes,
            pods,
            ..heard(30)
        }
    );
    assert_eq!(
        cluster.recent(at(60)),
        Recent {
            nodes,
            pods,
            ..heard(60)
        }
    );
    assert_eq!(cluster.recent(at(61)), Recent { nodes, ..heard(60) });
    assert_eq!(cluster.recent(at(1_000)), heard(60));
    // While it is stale, and right after that.
    cluster.set_heard(true, false, at(1_010));
    assert_eq!(cluster.recent(at(1_020)), Recent::default());
    cluster.set_heard(true, true, at(1_030));
    assert_eq!(cluster.recent(at(1_035)), heard(5));
}

#[test]
fn that_the_pods_are_known_is_drawn_everywhere_in_the_empty_tray_too() {
    let mut cluster = told("N worker-1");
    cluster.take_dirty();
    cluster.set_pods_known();
    let groups = cluster.take_dirty().groups;
    assert_eq!(
        groups,
        [GroupKey::Unscheduled, GroupKey::Node(SharedStr::new("worker-1"))]
    );
}

#[test]
fn a_pod_is_found_by_key() {
    let cluster = told("+ shop/a A 1 Running worker-1\n+ shop/b B 1 Running worker-1");
    let find = |pod: Pod| {
        let (pod_group, slot, found) = cluster.pod(&pod.meta.key)?;
        assert_eq!(**found, pod);
        Some((pod_group.group_key().clone(), slot))
    };
    assert_eq!(
        find(pod("shop/b B 1 Running worker-1")),
        Some((GroupKey::Node(SharedStr::new("worker-1")), 1))
    );
    assert_eq!(find(pod("shop/x X 1 Running worker-1")), None);
}

#[test]
fn room_is_given_back() {
    let changes = |from, to, change: fn(Arc<Pod>) -> Change<Pod>| -> Vec<_> {
        (from..to)
            .map(|index| change(Arc::new(pod(&format!("shop/{index} U 1 Running")))))
            .collect()
    };
    let mut cluster = Cluster::default();
    cluster.apply_pods(&changes(0, 20_000, Change::Added), NOW);
    cluster.apply_pods(&changes(10, 20_000, Change::Deleted), NOW);
    assert_eq!(cluster.unscheduled().pods().slot_count(), 10);
    assert!((0..10).all(|index| {
        cluster
            .pod(&pod(&format!("shop/{index} U 1 Running")).meta.key)
            .is_some()
    }));
}
