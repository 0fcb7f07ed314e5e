//! How many a query finds, and the way from one match to the next.

use std::rc::Rc;

use k8bit::{
    cluster::{Cluster, Filter},
    view::{
        direction::WalkDirection,
        find::{Found, step},
        state::Subject,
    },
};
use serde_json::{Value, json};

use super::{NOW, node, parse, pod};

fn cluster() -> Cluster {
    let named = |namespace: &str, name: &str, node: Value| {
        pod(&json!({ "metadata": { "namespace": namespace, "name": name, "uid": name }, "spec": { "nodeName": node } }))
    };
    Cluster::rebuild(
        [
            node(&json!({})),
            node(&json!({ "metadata": { "name": "spare-1", "uid": "3" } })),
        ],
        [
            named("shop", "web-2", json!("worker-1")),
            named("shop", "web-10", json!("worker-1")),
            named("pay", "api", json!("worker-1")),
            named("shop", "web-new", Value::Null),
        ],
    )
}

/// The same, with the filter of a query.
fn filtered(query: &str) -> Cluster {
    let mut cluster = cluster();
    cluster.set_filter(Some(Filter::new(Rc::new(parse(query)))));
    cluster.filter_some(NOW, || false);
    cluster
}

#[track_caller]
fn check(query: &str, words: &str, sentence: &str, way: &[&str]) {
    let cluster = filtered(query);
    let found = Found::of(&cluster).expect("all were asked about");
    assert_eq!(
        (found.words(), found.sentence()),
        (words.to_owned(), sentence.to_owned())
    );
    let walk = |direction| {
        let mut at: Option<Subject> = None;
        let steps = 0..way.len() + 1;
        let names: Vec<String> = steps
            .map_while(|_| {
                at = step(&cluster, at.as_ref(), direction).map(|found| found.subject);
                at.as_ref().map(ToString::to_string)
            })
            .collect();
        names
    };
    let mut expected: Vec<&str> = way.iter().chain(way.first()).copied().collect();
    assert_eq!(walk(WalkDirection::Next), expected);
    expected.pop();
    expected.reverse();
    expected.extend(way.last());
    assert_eq!(walk(WalkDirection::Previous), expected);
}

#[test]
fn matches_are_counted_and_walked_through() {
    check(
        "web",
        "3 of 4 pods",
        "Found 3 of 4 pods.",
        &["pod:shop/web-new", "pod:shop/web-10", "pod:shop/web-2"],
    );
    check("ns:pay", "1 of 4 pods", "Found 1 of 4 pods.", &["pod:pay/api"]);
    check(
        "node:spare-1",
        "0 of 4 pods, 1 node",
        "Found 0 of 4 pods, 1 node.",
        &["node:spare-1"],
    );
    check("moon", "0 of 4 pods", "No match among 4 pods.", &[]);
}

#[test]
fn a_match_is_told_in_words() {
    let cluster = filtered("web");
    let from = Subject::parse("pod:shop/web-10");
    let found = step(&cluster, from.as_ref(), WalkDirection::Next).expect("there are three");
    assert_eq!(found.announcement(), "Match 3 of 3: shop/web-2, Running, 2 of 2 ready.");
    let node = step(&filtered("node:spare-1"), None, WalkDirection::Next).expect("there is one");
    assert_eq!(node.announcement(), "Match 1 of 1: node spare-1, Ready.");
    // The walk continues from a match that is gone.
    let gone = Subject::parse("pod:shop/gone");
    let first = step(&cluster, gone.as_ref(), WalkDirection::Next).expect("there are three");
    assert_eq!(first.position, 1);
}

/// Pods of the namespace `shop` without a node.
fn many(pods: usize, changes: &Value) -> Cluster {
    let pods = (0..pods).map(|number| {
        let mut pod_changes = json!({ "metadata": { "name": format!("web-{number}"), "uid": number.to_string() }, "spec": { "nodeName": null } });
        super::merge(&mut pod_changes, changes);
        pod(&pod_changes)
    });
    Cluster::rebuild([node(&json!({}))], pods)
}

/// In how many slices all are asked about, where each ends as soon as it is asked whether that is enough.
fn slices(cluster: &mut Cluster, query: &str) -> usize {
    cluster.set_filter(Some(Filter::new(Rc::new(parse(query)))));
    let mut slices = 0;
    while !cluster.is_filtered() {
        assert_eq!(Found::of(cluster), None, "unknown yet");
        cluster.filter_some(NOW, || true);
        slices += 1;
    }
    slices
}

#[test]
fn a_slice_has_so_much_work_and_not_so_many_pods() {
    // All of them at one place: a slice ends within it.
    let mut cluster = many(2_000, &json!({}));
    let cheap = slices(&mut cluster, "web-7");
    let dear = slices(&mut cluster, "/(.?){30}[!]/");
    assert!(cheap <= 3, "{cheap}");
    assert!(dear > 500, "{dear}");
    assert_eq!(
        Found::of(&cluster).map(|found| (found.pods, found.is_cut)),
        Some((0, false))
    );
    assert_eq!(slices(&mut cluster, "ns:shop"), cheap);
    assert_eq!(Found::of(&cluster).map(|found| found.pods), Some(2_000));
}

#[test]
fn what_comes_is_asked_about_later_where_it_is_too_much() {
    let mut cluster = many(10, &json!({}));
    slices(&mut cluster, "/(.?){30}/");
    let come = (0..2_000).map(|number| {
        let name = format!("new-x-{number}");
        k8bit_informer::store::Change::Added(pod(
            &json!({ "metadata": { "name": name, "uid": name }, "spec": { "nodeName": null } }),
        ))
    });
    cluster.apply_pods(&come.collect::<Vec<_>>(), NOW);
    assert!(!cluster.is_filtered());
    assert!((10..1_000).contains(&cluster.matched()), "{}", cluster.matched());
    while !cluster.is_filtered() {
        cluster.filter_some(NOW, || true);
    }
    assert_eq!(cluster.matched(), 2_010);
}

#[test]
fn what_is_too_long_to_compare_is_said() {
    let image = format!("registry.example/{}", "a".repeat(1_400_000));
    let hostile = json!({ "spec": { "containers": [{ "name": "app", "image": image }] } });
    let mut cluster = many(1, &hostile);
    let sentence = |cluster: &Cluster| Found::of(cluster).expect("all were asked about").sentence();
    slices(&mut cluster, "/(.?){30}[!]/");
    assert_eq!(
        sentence(&cluster),
        "No match among 1 pod. Some objects have texts that are too long to compare; they count as no match."
    );
    // Nor is it found by what it is not.
    slices(&mut cluster, "!/(.?){30}[!]/");
    assert_eq!(cluster.matched(), 0);
    // What tells more cheaply is not in doubt.
    slices(&mut cluster, "ns:shop | /(.?){30}[!]/");
    assert_eq!(cluster.matched(), 1);
    slices(&mut cluster, "web-0");
    assert_eq!(sentence(&cluster), "Found 1 of 1 pod.");
}

#[test]
fn a_query_finds_nothing_where_neither_a_pod_nor_a_node_matches() {
    let is_nothing = |pods, nodes| {
        let found = Found {
            pods,
            nodes,
            of_pods: Some(9),
            is_cut: false,
        };
        found.is_nothing()
    };
    assert!(is_nothing(0, 0));
    assert!(!is_nothing(1, 0) && !is_nothing(0, 1));
}
