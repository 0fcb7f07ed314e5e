//! What is wrong with a cluster: what is counted, what time adds to it, and the way from problem to problem.

use std::{collections::BTreeMap, sync::Arc};

use compact_str::CompactString;
use k8bit::{
    cluster::{Cluster, Filter, PodGroup},
    resource::{
        Amounts, Labels, Meta, Node, ObjectKey, Pod, ResourceVersion, SharedStr, Timestamp, Uid,
        condition::{self, PRESSURES},
        node::NodeHealth,
        status::{Family, Phase, Variant},
    },
    view::{
        Tone,
        direction::WalkDirection,
        problems::{
            Counter, CounterKind, ProblemScope, Stop, Strip, counters, is_pressed, problem, step, stops, toggle, total,
        },
        query::Query,
        state::Subject,
        summary::Summary,
        trouble::Trouble,
    },
};
use k8bit_informer::store::Change;
use k8bit_test_support::objects;
use proptest::{collection::vec, prelude::*, sample::select};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn ago(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp(NOW.0 - seconds))
}

/// A pod from `NAMESPACE/NAME STATUS NODE`, `-` for none, and what else is the matter: `blocked`, `not-ready`, `deleted:40`,
/// `unready:400`, `created:10`, `restarted:20`, each with the seconds since.
fn pod(line: &str) -> Arc<Pod> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [key, status, node, rest @ ..] = &words[..] else {
        panic!("not a pod: {line}")
    };
    let node = if *node == "-" { "" } else { node };
    let mut pod = objects::pod(&format!("{key} {key} 1 {status} {node}"));
    for word in rest {
        let (word, seconds) = word.split_once(':').unwrap_or((word, "0"));
        let since = ago(seconds.parse().expect("seconds"));
        match word {
            "blocked" => {
                pod.status.family = Family::Blocked;
                if status == &"Pending" {
                    pod.status.variant = Variant::Unschedulable;
                }
            }
            "lost" => (pod.status.family, pod.status.variant) = (Family::Gone, Variant::Lost),
            "over" => {
                pod.phase = Phase::Failed;
                (pod.status.family, pod.status.variant) = (Family::Failing, Variant::Over);
            }
            "succeeded" => {
                pod.phase = Phase::Succeeded;
                (pod.status.family, pod.status.variant) = (Family::Done, Variant::Plain);
            }
            "failing" => (pod.phase, pod.status.family) = (Phase::Running, Family::Failing),
            "not-ready" => pod.status.family = Family::NotReady,
            "deleted" => pod.deleted = since,
            "unready" => pod.unready_since = since,
            "created" => pod.created = since,
            "restarted" => (pod.status.restarts, pod.status.last_restart) = (3, since),
            _ => panic!("what is {word}?"),
        }
    }
    Arc::new(pod)
}

/// A node from its name and what is the matter: `not-ready`, `silent`, conditions that tell of trouble.
fn node(line: &str) -> Arc<Node> {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a node has a name");
    let words: Vec<&str> = words.collect();
    let health = match () {
        () if words.contains(&"not-ready") => NodeHealth::NotReady,
        () if words.contains(&"silent") => NodeHealth::Unknown,
        () => NodeHealth::Ready,
    };
    Arc::new(Node {
        meta: Meta {
            key: ObjectKey {
                namespace: SharedStr::new(""),
                name: CompactString::from(name),
            },
            uid: Uid::new(name),
            resource_version: ResourceVersion::new("1"),
        },
        status: SharedStr::new("Ready"),
        health,
        cordoned: false,
        roles: Vec::new(),
        labels: Labels::default(),
        taints: Vec::new(),
        allocatable_pods: None,
        allocatable: Amounts::default(),
        troubles: {
            let mut troubles: Vec<&str> = words
                .iter()
                .copied()
                .filter(|word| condition::of_node(word) != condition::Polarity::Neutral)
                .collect();
            troubles.sort_by_key(|kind| condition::rank(kind));
            troubles.dedup();
            troubles.into_iter().map(SharedStr::new).collect()
        },
        notices: Vec::new(),
        unknowns: Vec::new(),
        health_since: ago(240),
        zone: None,
        instance_type: None,
        version: None,
        created: None,
        deleted: None,
    })
}

fn cluster(nodes: &[&str], pods: &[&str]) -> Cluster {
    Cluster::rebuild(nodes.iter().map(|line| node(line)), pods.iter().map(|line| pod(line)))
}

/// The counters as `TEXT NUMBER`.
fn texts(cluster: &Cluster, now: Timestamp) -> Vec<String> {
    let counters = counters(cluster, now);
    let texts = counters
        .iter()
        .map(|counter| format!("{} {}", counter.kind.text(), counter.count));
    texts.collect()
}

const NODES: [&str; 4] = [
    "worker-1",
    "worker-2 not-ready MemoryPressure",
    "worker-10 silent",
    "edge DiskPressure",
];

const PODS: [&str; 14] = [
    "a/ok Running worker-1",
    "a/crash-2 CrashLoopBackOff worker-1 restarted:20",
    "a/crash-10 CrashLoopBackOff worker-1 restarted:900",
    "a/pull ImagePullBackOff worker-2",
    "a/evicted Evicted worker-2",
    "a/no-room Pending - blocked",
    "a/gated SchedulingGated - blocked",
    "a/stuck Terminating worker-1 deleted:31",
    "a/going Terminating worker-1 deleted:29",
    "a/lost Unknown worker-10 lost deleted:500",
    "a/slow Running worker-1 not-ready unready:300",
    "a/warming Running worker-1 not-ready unready:299",
    "a/creating Pending worker-1 created:301",
    "a/haunted Running gone-1",
];

#[test]
fn everything_that_is_wrong_is_counted() {
    let cluster = cluster(&NODES, &PODS);
    assert_eq!(
        texts(&cluster, NOW),
        [
            "NotReady nodes 1",
            "Unreachable nodes 1",
            "Missing nodes 1",
            "MemoryPressure 1",
            "DiskPressure 1",
            "CrashLoopBackOff 2",
            "ImagePullBackOff 1",
            "Unschedulable 1",
            "SchedulingGated 1",
            "Lost with node 1",
            "Stuck terminating 1",
            "Not ready for long 2",
            "Restarted recently 1",
            "Evicted 1",
        ]
    );
    // Four nodes, whatever the number of their conditions; neither what is over nor what is only news.
    assert_eq!(total(&cluster, ProblemScope::All, NOW), 4 + 3 + 2 + 1 + 1 + 2);
    assert_eq!(total(&Cluster::default(), ProblemScope::All, NOW), 0);
    assert_eq!(texts(&Cluster::default(), NOW), Vec::<String>::new());
}

#[test]
fn time_alone_makes_and_mends_trouble() {
    let cluster = cluster(&["worker-1"], &PODS);
    let at = |seconds: i64, wanted: &str| {
        let texts = texts(&cluster, Timestamp(NOW.0 + seconds));
        texts
            .into_iter()
            .find_map(|text| text.strip_prefix(wanted)?.trim().parse().ok())
            .unwrap_or(0)
    };
    for (seconds, stuck, slow, restarted) in [
        (-2, 0, 0, 1),
        (0, 1, 2, 1),
        (1, 2, 3, 1),
        (579, 2, 3, 1),
        (580, 2, 3, 0),
        (0, 1, 2, 1),
    ] {
        assert_eq!(at(seconds, "Stuck terminating"), stuck, "{seconds} s later");
        assert_eq!(at(seconds, "Not ready for long"), slow, "{seconds} s later");
        assert_eq!(at(seconds, "Restarted recently"), restarted, "{seconds} s later");
    }
}

#[test]
fn statuses_that_are_too_many_share_a_counter() {
    let pods: Vec<Arc<Pod>> = (0..40)
        .map(|code| pod(&format!("a/p{code} ExitCode:{code:02} n")))
        .collect();
    let cluster = Cluster::rebuild([node("n")], pods);
    let counters = counters(&cluster, NOW);
    assert_eq!(counters.len(), 17);
    assert_eq!((&counters[16].kind, counters[16].count), (&CounterKind::AllFailing, 40));
    assert_eq!(total(&cluster, ProblemScope::All, NOW), 40);
    for counter in counters {
        assert_eq!(found(&cluster, &counter, NOW), counter.count as usize, "{counter:?}");
    }
}

#[test]
fn pods_that_have_ended_are_no_problem() {
    let over = [
        "OutOfcpu",
        "OutOfmemory",
        "NodeAffinity",
        "Terminated",
        "UnexpectedAdmissionError",
        "Error",
    ];
    let mut lines: Vec<String> = (0..30).map(|index| format!("a/cpu-{index} OutOfcpu n over")).collect();
    lines.extend(
        over[1..]
            .iter()
            .map(|status| format!("a/{} {status} n over restarted:20", status.to_lowercase())),
    );
    // What a container said last does not count.
    lines.push("a/old CrashLoopBackOff n over restarted:20".to_owned());
    lines.push("a/sidecar Init:Error n succeeded restarted:20".to_owned());
    let cluster = Cluster::rebuild([node("n")], lines.iter().map(|line| pod(line)));
    assert_eq!(total(&cluster, ProblemScope::All, NOW), 0);
    assert_eq!(walk(&cluster, WalkDirection::Next, 1), ["nothing"]);
    assert_eq!(
        texts(&cluster, NOW),
        [
            "CrashLoopBackOff 1",
            "Error 1",
            "NodeAffinity 1",
            "OutOfcpu 30",
            "OutOfmemory 1",
            "Terminated 1",
            "UnexpectedAdmissionError 1"
        ]
    );
    for counter in counters(&cluster, NOW) {
        assert_eq!(
            (counter.kind.tone(), found(&cluster, &counter, NOW)),
            (Tone::Quiet, counter.count as usize)
        );
    }
    // But one that was deleted and does not go is.
    let cluster = Cluster::rebuild(
        [node("n")],
        [pod("a/held Evicted n deleted:31"), pod("a/going Evicted n deleted:29")],
    );
    assert_eq!(
        (
            total(&cluster, ProblemScope::All, NOW),
            walk(&cluster, WalkDirection::Next, 1)
        ),
        (1, vec!["held".to_owned()])
    );
}

#[test]
fn a_status_of_pods_that_are_over_and_of_others_is_counted_apart() {
    let cluster = Cluster::rebuild(
        [node("n")],
        [
            pod("a/first-try Error n over"),
            pod("a/second-try Error n over"),
            pod("a/crashing Error n"),
            pod("a/hidden Completed n failing"),
            pod("a/done Completed n"),
        ],
    );
    let counters = counters(&cluster, NOW);
    let terms: Vec<(String, u32, &str)> = counters
        .iter()
        .map(|counter| (counter.kind.text(), counter.count, counter.term.as_str()))
        .collect();
    assert_eq!(
        terms,
        [
            ("Completed".to_owned(), 1, "status:Completed family:failing !is:failed"),
            ("Error".to_owned(), 1, "status:Error family:failing !is:failed"),
            ("Error".to_owned(), 2, "status:Error is:failed"),
        ]
    );
    for counter in &counters {
        assert_eq!(found(&cluster, counter, NOW), counter.count as usize, "{counter:?}");
    }
    assert_eq!(total(&cluster, ProblemScope::All, NOW), 2);
    let hidden = stops(&cluster, ProblemScope::All, NOW)
        .find(|stop| name(Some(stop)) == "hidden")
        .expect("it is a problem");
    let said = problem(&cluster, ProblemScope::All, &hidden, NOW)
        .expect("it is there")
        .announcement();
    assert!(said.contains("Completed, but a container cannot go on"), "{said}");
    // Both terms are pressed and released whole.
    let is_counter = |token: &str| {
        counters
            .iter()
            .any(|counter| counter.term.split(' ').any(|piece| piece == token))
    };
    let over = toggle("ns:a", &counters[2].term, is_counter);
    assert_eq!(over, "ns:a status:Error is:failed");
    assert!(is_pressed(&over, &counters[2].term) && !is_pressed(&over, &counters[1].term));
    let running = toggle(&over, &counters[1].term, is_counter);
    assert_eq!(running, "ns:a status:Error family:failing !is:failed");
    assert_eq!(toggle(&running, &counters[1].term, is_counter), "ns:a");
}

#[test]
fn a_pod_that_has_completed_in_part_is_slow_like_any_other() {
    let cluster = cluster(
        &["n"],
        &[
            "a/part Completed n not-ready unready:900",
            "a/all Completed n succeeded unready:900",
        ],
    );
    assert_eq!(texts(&cluster, NOW), ["Not ready for long 1"]);
    assert_eq!(walk(&cluster, WalkDirection::Next, 2), ["part", "part"]);
}

#[test]
fn conditions_that_tell_of_trouble_are_counted_by_their_type() {
    let cluster = cluster(
        &[
            "a KernelDeadlock",
            "b NetworkingReady DiskPressure",
            "c NetworkingReady",
            "d",
        ],
        &["a/1 Running b", "a/2 Running d"],
    );
    assert_eq!(
        texts(&cluster, NOW),
        ["DiskPressure 1", "NetworkingReady=False 2", "KernelDeadlock 1"]
    );
    for counter in counters(&cluster, NOW) {
        assert_eq!(found(&cluster, &counter, NOW), counter.count as usize, "{counter:?}");
    }
    assert_eq!(total(&cluster, ProblemScope::All, NOW), 3);
    let stop = step(&cluster, ProblemScope::All, None, WalkDirection::Next, NOW).expect("a node");
    let said = problem(&cluster, ProblemScope::All, &stop, NOW)
        .expect("it is there")
        .announcement();
    assert_eq!(said, "Problem 1 of 3: a, KernelDeadlock. 0 pods on it.");
}

/// Where a walk leads: the names, from the first step on.
fn walk(cluster: &Cluster, direction: WalkDirection, steps: usize) -> Vec<String> {
    let mut at: Option<Stop> = None;
    (0..steps)
        .map(|_| {
            at = step(cluster, ProblemScope::All, at.as_ref(), direction, NOW);
            name(at.as_ref())
        })
        .collect()
}

fn name(stop: Option<&Stop>) -> String {
    match stop.map(Stop::subject) {
        Some(Subject::Pod(key)) => key.name.to_string(),
        Some(Subject::Node(name)) => name.to_string(),
        None => "nothing".to_owned(),
    }
}

#[test]
fn the_walk_goes_by_urgency_and_place_round_and_round() {
    let cluster = cluster(&NODES, &PODS);
    let mut way = [
        "gone-1",
        "worker-2",
        "worker-10",
        "edge",
        "crash-2",
        "crash-10",
        "pull",
        "no-room",
        "gated",
        "lost",
        "stuck",
        "creating",
        "slow",
    ];
    // In the tray, by name.
    way[7..9].sort_unstable();
    assert_eq!(way.len(), total(&cluster, ProblemScope::All, NOW) as usize);
    let mut there = way.map(str::to_owned).to_vec();
    there.push("gone-1".to_owned());
    assert_eq!(walk(&cluster, WalkDirection::Next, 14), there);
    there.pop();
    there.reverse();
    assert_eq!(walk(&cluster, WalkDirection::Previous, 13), there);
    assert_eq!(walk(&Cluster::default(), WalkDirection::Next, 1), ["nothing"]);
}

#[test]
fn the_walk_goes_on_from_where_a_problem_was() {
    let mut cluster = cluster(&["n"], &["a/x-1 Error n", "a/x-2 Error n", "a/x-3 Error n"]);
    let first = step(&cluster, ProblemScope::All, None, WalkDirection::Next, NOW);
    let second = step(&cluster, ProblemScope::All, first.as_ref(), WalkDirection::Next, NOW);
    assert_eq!(name(second.as_ref()), "x-2");
    cluster.apply_pods(&[Change::Deleted(pod("a/x-2 Error n"))], NOW);
    assert_eq!(
        name(step(&cluster, ProblemScope::All, second.as_ref(), WalkDirection::Next, NOW).as_ref()),
        "x-3"
    );
    assert_eq!(
        name(
            step(
                &cluster,
                ProblemScope::All,
                second.as_ref(),
                WalkDirection::Previous,
                NOW
            )
            .as_ref()
        ),
        "x-1"
    );
    assert_eq!(
        problem(&cluster, ProblemScope::All, &second.expect("a stop"), NOW),
        None
    );
}

/// The query has the cluster's filter done.
fn filtered(cluster: &mut Cluster, query: &str) {
    let query = Query::parse(query).expect("a query");
    cluster.set_filter(Some(Filter::new(std::rc::Rc::new(query))));
    cluster.filter_some(NOW, || false);
}

#[test]
fn a_wall_with_a_query_counts_and_shows_what_matches() {
    let mut cluster = cluster(
        &["worker-1", "worker-2 not-ready", "worker-3 not-ready"],
        &[
            "shop/web Running worker-1",
            "shop/db Running worker-2",
            "shop/crash CrashLoopBackOff worker-1",
            "shop/evicted Evicted worker-2 over",
            "shop/no-room Pending - blocked",
            "batch/crash CrashLoopBackOff worker-3",
            "batch/haunted Running gone-1",
        ],
    );
    filtered(&mut cluster, "ns:shop");
    let (scope, next) = (ProblemScope::Matches, WalkDirection::Next);
    // A node that is not ready counts where a pod of the query is on it.
    let shown = [
        "Problem 1 of 3: worker-2, NotReady for 4 min. 1 pod on it.",
        "Problem 2 of 3: shop/crash on worker-1, CrashLoopBackOff.",
        "Problem 3 of 3: shop/no-room unscheduled, Unschedulable.",
    ];
    let mut at = None;
    for expected in shown.iter().cycle().take(4) {
        at = step(&cluster, scope, at.as_ref(), next, NOW);
        let told = problem(&cluster, scope, at.as_ref().expect("a problem"), NOW).expect("it is there");
        assert_eq!(told.announcement(), *expected);
    }
    assert_eq!(total(&cluster, scope, NOW), 3);
    let summary = Summary::within(&cluster, scope, NOW);
    assert_eq!((summary.nodes, summary.pods, summary.over), (Some(2), Some(5), 1));
    let pods = |family: Family| summary.pods_of(family);
    assert_eq!(
        [Family::Healthy, Family::Failing, Family::Blocked, Family::Gone].map(pods),
        [Some(2), Some(2), Some(1), Some(0)]
    );
    // What was shown goes when another query applies, and without a query all is in scope.
    filtered(&mut cluster, "ns:batch");
    assert_eq!(problem(&cluster, scope, &at.expect("a problem"), NOW), None);
    assert_eq!(
        total(&cluster, scope, NOW),
        3,
        "a crash, and a node of each of the two pods"
    );
    assert_eq!(total(&cluster, ProblemScope::All, NOW), 6);
    cluster.set_filter(None);
    cluster.filter_some(NOW, || false);
    assert_eq!(total(&cluster, scope, NOW), 6);
}

#[test]
fn a_problem_is_told_in_words() {
    let cluster = cluster(&NODES, &PODS);
    let said: BTreeMap<String, String> = stops(&cluster, ProblemScope::All, NOW)
        .map(|stop| {
            (
                name(Some(&stop)),
                problem(&cluster, ProblemScope::All, &stop, NOW)
                    .expect("it is there")
                    .announcement(),
            )
        })
        .collect();
    for (name, expected) in [
        (
            "gone-1",
            "Problem 1 of 13: gone-1, Missing. There is no such node, but 1 pod is bound to it.",
        ),
        (
            "worker-2",
            "Problem 2 of 13: worker-2, NotReady for 4 min, MemoryPressure. 1 pod on it.",
        ),
        (
            "crash-2",
            "Problem 5 of 13: a/crash-2 on worker-1, CrashLoopBackOff. 3 restarts, last 20 s ago.",
        ),
        ("no-room", "Problem 9 of 13: a/no-room unscheduled, Unschedulable."),
        (
            "stuck",
            "Problem 11 of 13: a/stuck on worker-1, Terminating, stuck since its grace period ended 31 s ago.",
        ),
        (
            "slow",
            "Problem 13 of 13: a/slow on worker-1, Running, not ready for 5 min.",
        ),
    ] {
        assert_eq!(said[name], expected);
    }
}

#[test]
fn a_counter_keeps_its_place() {
    let at = |seconds: i64| Timestamp(NOW.0 + seconds);
    let numbers = |strip: &Strip| -> Vec<String> {
        let place = |place| match strip.get(place) {
            Some(counter) => format!("{} {}", counter.kind.text(), counter.count),
            None => "free".to_owned(),
        };
        (0..strip.len()).map(place).collect()
    };
    let of = |pods: &[&str]| counters(&cluster(&["n"], pods), NOW);
    let mut strip = Strip::default();
    strip.update(of(&["a/1 Error n", "a/2 OOMKilled n"]), at(0));
    assert_eq!(numbers(&strip), ["Error 1", "OOMKilled 1"]);
    // More urgent by name, and yet behind.
    strip.update(of(&["a/2 OOMKilled n", "a/1 CrashLoopBackOff n"]), at(1));
    assert_eq!(numbers(&strip), ["Error 0", "OOMKilled 1", "CrashLoopBackOff 1"]);
    strip.update(of(&["a/1 Error n", "a/2 OOMKilled n"]), at(30));
    assert_eq!(numbers(&strip), ["Error 1", "OOMKilled 1", "CrashLoopBackOff 0"]);
    strip.update(of(&["a/2 OOMKilled n"]), at(60));
    strip.update(of(&["a/2 OOMKilled n"]), at(119));
    assert_eq!(numbers(&strip), ["Error 0", "OOMKilled 1"]);
    strip.update(of(&["a/2 OOMKilled n"]), at(120));
    assert_eq!(numbers(&strip), ["free", "OOMKilled 1"]);
    strip.update(of(&["a/2 OOMKilled n", "a/3 Evicted n"]), at(121));
    assert_eq!(numbers(&strip), ["Evicted 1", "OOMKilled 1"]);
    strip.update(Vec::new(), at(121));
    strip.update(Vec::new(), at(300));
    assert!(strip.is_empty());
}

#[test]
fn no_counter_hides_behind_one_that_says_less() {
    let at = |seconds: i64| Timestamp(NOW.0 + seconds);
    let of = |pods: &[&str]| counters(&cluster(&["n"], pods), NOW);
    let shown = |strip: &Strip, columns: usize| -> Vec<String> {
        let place = |place| match strip.get(place) {
            Some(counter) => format!("{} {}", counter.kind.text(), counter.count),
            None => "free".to_owned(),
        };
        (0..strip.fitting(columns).0).map(place).collect()
    };
    let mut strip = Strip::default();
    let quiet = [
        "a/1 Pending - blocked",
        "a/2 SchedulingGated - blocked",
        "a/3 Running n restarted:20",
        "a/4 Error n over",
    ];
    strip.update(of(&quiet), at(0));
    strip.make_room(2);
    let before = [
        "Unschedulable 1",
        "SchedulingGated 1",
        "Restarted recently 1",
        "Error 1",
    ];
    assert_eq!(shown(&strip, 2), before);
    // Red ones come last, and yet are seen: a grey one makes room, then a yellow one. The others keep their places.
    let mut pods = quiet.to_vec();
    pods.push("a/5 ImagePullBackOff n");
    strip.update(of(&pods), at(1));
    strip.make_room(2);
    assert_eq!(
        shown(&strip, 2),
        ["Unschedulable 1", "SchedulingGated 1", "ImagePullBackOff 1"]
    );
    pods.push("a/6 OOMKilled n");
    strip.update(of(&pods), at(2));
    strip.make_room(2);
    assert_eq!(
        shown(&strip, 2),
        ["Unschedulable 1", "OOMKilled 1", "ImagePullBackOff 1"]
    );
    assert_eq!(strip.fitting(2), (3, 3));
    // One that counts nothing any more says least of all.
    pods.pop();
    pods.push("a/6 CrashLoopBackOff n");
    strip.update(of(&pods), at(3));
    strip.make_room(2);
    assert_eq!(
        shown(&strip, 2),
        ["Unschedulable 1", "CrashLoopBackOff 1", "ImagePullBackOff 1"]
    );
    assert!(
        strip
            .iter()
            .any(|counter| counter.kind == CounterKind::Failing("OOMKilled".to_owned()) && counter.count == 0)
    );
    // Where all have room, none moves.
    let all = strip.clone();
    strip.make_room(usize::MAX);
    assert_eq!((strip == all, strip.fitting(usize::MAX)), (true, (strip.len(), 0)));
}

#[test]
fn a_counter_is_pressed_and_released() {
    let is_counter = |term: &str| ["status:Error", "is:stuck", "status:\"Two words\""].contains(&term);
    for (query, term, expected) in [
        ("", "is:stuck", "is:stuck"),
        ("is:stuck", "is:stuck", ""),
        ("status:Error", "is:stuck", "is:stuck"),
        (
            "ns:shop  status:Error restarts>3",
            "is:stuck",
            "ns:shop restarts>3 is:stuck",
        ),
        ("ns:shop is:stuck", "is:stuck", "ns:shop"),
        ("\"a is:stuck b\" is:stuck", "is:stuck", "\"a is:stuck b\""),
        ("status:\"Two words\" x", "status:\"Two words\"", "x"),
        ("web | api", "is:stuck", "(web | api) is:stuck"),
        ("(web | api) is:stuck", "is:stuck", "(web | api)"),
        ("(web | api)", "is:stuck", "(web | api) is:stuck"),
        ("a | is:stuck", "is:stuck", ""),
        ("\"a \\\" b\" is:stuck", "is:stuck", "\"a \\\" b\""),
    ] {
        assert_eq!(toggle(query, term, is_counter), expected, "{query:?} and {term:?}");
        assert_ne!(
            is_pressed(query, term),
            is_pressed(expected, term),
            "{query:?} and {term:?}"
        );
    }
}

fn any_pod() -> impl Strategy<Value = String> {
    let name = select(vec!["a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7", "b/1"]);
    let status = select(vec![
        "Running",
        "Running",
        "Pending",
        "Error",
        "Evicted",
        "Error over",
        "Error succeeded",
        "Completed",
        "Completed failing",
        "Terminating",
        "Unknown lost",
        "Pending blocked",
        "SchedulingGated blocked",
        "ExitCode:3",
        "Running not-ready",
    ]);
    let node = select(vec!["worker-1", "worker-10", "-"]);
    let times = vec(
        (
            select(vec!["deleted", "unready", "created", "restarted"]),
            select(vec![0, 29, 30, 299, 300, 599, 600]),
        ),
        0..3,
    );
    (name, status, node, times).prop_map(|(name, status, node, times)| {
        let (status, family) = status.split_once(' ').unwrap_or((status, ""));
        let times: Vec<String> = times.into_iter().map(|(what, ago)| format!("{what}:{ago}")).collect();
        format!("{name} {status} {node} {family} {}", times.join(" "))
    })
}

fn any_node() -> impl Strategy<Value = String> {
    let name = select(vec!["worker-1", "worker-2"]);
    let health = select(vec!["", "", "not-ready", "silent"]);
    let kinds: Vec<&str> = PRESSURES
        .into_iter()
        .chain(["KernelDeadlock", "NetworkingReady"])
        .collect();
    let pressures = vec(select(kinds), 0..3);
    (name, health, pressures).prop_map(|(name, health, pressures)| format!("{name} {health} {}", pressures.join(" ")))
}

/// How many there are of what a term finds: pods, or the nodes that a counter of nodes counts.
fn found(cluster: &Cluster, Counter { kind, term, .. }: &Counter, now: Timestamp) -> usize {
    let query = Query::parse(term).unwrap_or_else(|error| panic!("{term}: {error}"));
    let pods = |entry: &PodGroup| {
        let pods = entry.pods().iter().map(|(_, pod)| pod);
        pods.filter(|pod| query.matches(pod, entry.node().map(|node| &**node), now))
            .count()
    };
    match kind {
        CounterKind::NodesNotReady | CounterKind::NodesUnreachable | CounterKind::Condition(..) => cluster
            .groups()
            .filter_map(PodGroup::node)
            .filter(|node| query.matches_node(node, now))
            .count(),
        // There is no node to find, but every pod on it is.
        CounterKind::NodesMissing => cluster.groups().filter(|entry| pods(entry) > 0).count(),
        _ => pods(cluster.unscheduled()) + cluster.groups().map(pods).sum::<usize>(),
    }
}

proptest! {
    /// Pressing a counter finds exactly what it counts.
    #[test]
    fn a_counter_counts_what_its_query_finds(
        nodes in vec(any_node(), 0..3),
        pods in vec(any_pod(), 0..20),
        later in select(vec![0, 1, 299, 300, 601, -700]),
    ) {
        let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
        let pods: BTreeMap<ObjectKey, Arc<Pod>> =
            pods.iter().map(|line| pod(line)).map(|pod| (pod.meta.key.clone(), pod)).collect();
        let nodes: BTreeMap<CompactString, Arc<Node>> =
            nodes.iter().map(|line| node(line)).map(|node| (node.meta.key.name.clone(), node)).collect();
        let cluster = Cluster::rebuild(nodes.into_values(), pods.into_values());
        let now = Timestamp(NOW.0 + later);
        let mut problems = cluster.totals().nodes.ghosts;
        for counter in counters(&cluster, now) {
            prop_assert_eq!(found(&cluster, &counter, now), counter.count as usize, "{:?}", counter);
        }
        // And `is:problem` finds the stops of the walk, but for the nodes that are missing.
        let query = Query::parse("is:problem").unwrap();
        for entry in cluster.groups().chain([cluster.unscheduled()]) {
            let node = entry.node().map(|node| &**node);
            problems += u32::from(node.is_some_and(|node| query.matches_node(node, now)));
            problems += entry.pods().iter().filter(|(_, pod)| query.matches(pod, node, now)).count() as u32;
        }
        prop_assert_eq!(problems, total(&cluster, ProblemScope::All, now));
    }

    /// The numbers that are kept equal counting, whatever happened and however late it is; the walk visits as many.
    #[test]
    fn what_is_counted_is_what_is_there(
        steps in vec((any_pod(), 0_i64..400), 1..40),
        later in select(vec![0, 1, 299, 300, 601, -700]),
    ) {
        let mut cluster = cluster(&["worker-1"], &[]);
        let mut pods: BTreeMap<ObjectKey, Arc<Pod>> = BTreeMap::new();
        let mut now = NOW.0;
        for (line, wait) in steps {
            now += wait;
            let pod = pod(&line);
            let change = match pods.insert(pod.meta.key.clone(), Arc::clone(&pod)) {
                None => Change::Added(pod),
                // Every other time it goes.
                Some(old) if wait % 2 == 0 => {
                    pods.remove(&old.meta.key);
                    Change::Deleted(old)
                }
                Some(old) => Change::Modified { old, new: pod },
            };
            cluster.apply_pods(&[change], Timestamp(now));
            let now = Timestamp(now + later);
            let troubles = pods.values().filter_map(|pod| Trouble::of_pod(pod, now)).count();
            let ghosts = cluster.totals().nodes.ghosts;
            prop_assert_eq!(total(&cluster, ProblemScope::All, now), u32::try_from(troubles).unwrap() + ghosts);
            prop_assert_eq!(stops(&cluster, ProblemScope::All, now).count(), total(&cluster, ProblemScope::All, now) as usize);
            let restarted = pods.values().filter(|pod| {
                !pod.is_finished() && pod.status.last_restart.is_some_and(|last| last.0 + 600 > now.0)
            });
            prop_assert_eq!(cluster.overdue(now).restarted, u32::try_from(restarted.count()).unwrap());
        }
    }
}
