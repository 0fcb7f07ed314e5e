//! How many a query finds, and the way from one match to the next.

use k8bit::{
    cluster::Cluster,
    view::{
        find::{Found, step},
        problems::Step,
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

#[track_caller]
fn check(query: &str, words: &str, sentence: &str, way: &[&str]) {
    let (cluster, query) = (cluster(), parse(query));
    let found = Found::of(&cluster, &query, NOW);
    assert_eq!(
        (found.words(), found.sentence()),
        (words.to_owned(), sentence.to_owned())
    );
    let walk = |direction| {
        let mut at: Option<Subject> = None;
        let steps = 0..way.len() + 1;
        let names: Vec<String> = steps
            .map_while(|_| {
                at = step(&cluster, &query, at.as_ref(), direction, NOW).map(|found| found.subject);
                at.as_ref().map(ToString::to_string)
            })
            .collect();
        names
    };
    let mut expected: Vec<&str> = way.iter().chain(way.first()).copied().collect();
    assert_eq!(walk(Step::Next), expected);
    expected.pop();
    expected.reverse();
    expected.extend(way.last());
    assert_eq!(walk(Step::Previous), expected);
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
    check("moon", "0 of 4 pods", "Nothing matches, of 4 pods.", &[]);
}

#[test]
fn a_match_is_told_in_words() {
    let cluster = cluster();
    let from = Subject::parse("pod:shop/web-10");
    let found = step(&cluster, &parse("web"), from.as_ref(), Step::Next, NOW).expect("there are three");
    assert_eq!(found.announcement(), "Match 3 of 3: shop/web-2, Running, 2 of 2 ready.");
    let node = step(&cluster, &parse("node:spare-1"), None, Step::Next, NOW).expect("there is one");
    assert_eq!(node.announcement(), "Match 1 of 1: node spare-1, Ready.");
    // What matches no more is begun anew from.
    let gone = Subject::parse("pod:shop/gone");
    let first = step(&cluster, &parse("web"), gone.as_ref(), Step::Next, NOW).expect("there are three");
    assert_eq!(first.position, 1);
}
