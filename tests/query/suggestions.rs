//! What is suggested.

use std::sync::Arc;

use k8bit::{
    limits::{MAX_SUGGESTED_FROM_PODS, MAX_SUGGESTIONS},
    resource::{Node, Pod},
    view::{
        direction::WalkDirection,
        query::suggest::{Vocabulary, next_choice, suggest, suggest_others},
    },
};
use serde_json::json;

use super::{node, parse, pod};

fn pods() -> Vec<Arc<Pod>> {
    vec![
        pod(&json!({})),
        pod(&json!({ "metadata": { "name": "web-7f8fbb96d-aaaaa" } })),
        pod(&json!({ "metadata": { "name": "db-0", "namespace": "payments", "labels": { "app": "db" } } })),
        pod(&json!({ "metadata": { "name": "x" }, "spec": { "nodeName": "worker-2" } })),
    ]
}

fn vocabulary() -> Vocabulary {
    let nodes: [Arc<Node>; 2] = [node(&json!({})), node(&json!({ "metadata": { "name": "spare-1" } }))];
    Vocabulary::of(&pods(), 4, &nodes)
}

/// The suggestions where `|` stands in the text.
#[track_caller]
fn check(marked: &str, expected: &[(&str, &str)]) {
    let cursor = marked.find('|').expect("a cursor");
    let text = marked.replacen('|', "", 1);
    let suggestions = suggest(&text, cursor, &vocabulary());
    let found: Vec<_> = suggestions
        .iter()
        .map(|suggestion| (suggestion.text.as_str(), suggestion.detail.as_str()))
        .collect();
    assert_eq!(
        found.get(..expected.len()).unwrap_or(&found),
        expected,
        "{marked}: {found:?}"
    );
}

#[track_caller]
fn check_applied(marked: &str, expected: &str) {
    let cursor = marked.find('|').expect("a cursor");
    let text = marked.replacen('|', "", 1);
    let first = suggest(&text, cursor, &vocabulary())
        .into_iter()
        .next()
        .expect("a suggestion");
    let (applied, cursor) = first.apply(&text);
    assert_eq!(
        format!("{}|{}", &applied[..cursor], &applied[cursor..]),
        expected,
        "{marked}"
    );
}

#[test]
fn keys_come_first() {
    check(
        "|",
        &[
            ("ns:", "namespace"),
            ("name:", "name of the pod or node"),
            ("node:", "name of the node"),
        ],
    );
    check("web |", &[("ns:", "namespace")]);
    check("!sta|", &[("status:", "STATUS as kubectl prints it")]);
    check(
        "re|",
        &[
            ("restarts>", "number of restarts"),
            ("restarted<", "time since the last restart"),
            ("ready<", "number of ready containers"),
        ],
    );
    check(
        "(ap|",
        &[("app=", "label, 4 pods"), ("app.kubernetes.io/name=", "label, 4 pods")],
    );
}

#[test]
fn what_kubectl_calls_an_absent_label_is_suggested() {
    check(
        "!ap|",
        &[
            ("has:app", "no such label"),
            ("has:app.kubernetes.io/name", "no such label"),
            ("app=", "label, 4 pods"),
        ],
    );
    check("-ap|", &[("app=", "label, 4 pods")]);
    check_applied("!app|", "!has:app |");
}

#[test]
fn free_text_is_suggested_as_what_it_is() {
    check("runn|", &[("status:Running", "4 pods")]);
    check("pay|", &[("ns:payments", "1 pod")]);
    check("spare|", &[("node:spare-1", "0 pods")]);
    check("prob|", &[("is:problem", "state")]);
}

#[test]
fn values_come_with_their_numbers_the_most_frequent_first() {
    check("ns:|", &[("shop", "3 pods"), ("payments", "1 pod")]);
    check("ns:shop,|", &[("shop", "3 pods"), ("payments", "1 pod")]);
    check("ns:PAY|", &[("payments", "1 pod")]);
    check("x ns!=p|", &[("payments", "1 pod"), ("shop", "3 pods")]);
    check("ns in (shop, p|", &[("payments", "1 pod")]);
    check(
        "node:|",
        &[("worker-1", "3 pods"), ("worker-2", "1 pod"), ("spare-1", "0 pods")],
    );
    check("owner:|", &[("deploy/web", "4 pods")]);
    check("owner:we|", &[("deploy/web", "4 pods")]);
    check("image:ngi|", &[("docker.io/library/nginx:1.27", "4 pods")]);
    check("app=|", &[("web", "3 pods"), ("db", "1 pod")]);
    check("label:app=d|", &[("db", "1 pod")]);
    check("app in (d|", &[("db", "1 pod")]);
    check("empty=|", &[("\"\"", "4 pods")]);
    check("has:ow|", &[("owner", "4 pods")]);
    check("zone:|", &[("eu-1a", "2 nodes")]);
    check("is:fai|", &[("failing", ""), ("failed", "")]);
    check("age<|", &[("10m", ""), ("1h", "")]);
    check("ns:\"sh|", &[("shop", "3 pods")]);
}

#[test]
fn nothing_is_suggested_where_nothing_fits() {
    for text in ["ns:zzz|", "/we|", "\"we|", "foo:a b|", "ns:\"shop\"|"] {
        let cursor = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        assert_eq!(suggest(&text, cursor, &vocabulary()), [], "{text}");
    }
}

#[test]
fn a_suggestion_takes_the_place_of_the_word_at_the_cursor() {
    check_applied("sta|", "status:|");
    check_applied("ns:sh|", "ns:shop |");
    check_applied("ns:sh|op web", "ns:shop| web");
    check_applied("ns:shop,pa|", "ns:shop,payments |");
    check_applied("!sh|o web", "!ns:shop| web");
    check_applied("runn|", "status:Running |");
}

#[test]
fn what_is_suggested_can_be_read() {
    for text in [
        "ns:", "node:", "owner:", "image:", "app=", "empty=", "has:", "zone:", "type:", "taint:", "qos:", "is:",
        "cpu>", "ready<", "name:",
    ] {
        let suggestions = suggest(text, text.len(), &vocabulary());
        assert!((1..=MAX_SUGGESTIONS).contains(&suggestions.len()), "{text}");
        for suggestion in suggestions {
            parse(&suggestion.apply(text).0);
        }
    }
}

#[test]
fn of_a_large_cluster_a_part_is_counted() {
    let pod = pod(&json!({}));
    let count = 3 * MAX_SUGGESTED_FROM_PODS;
    let vocabulary = Vocabulary::of(std::iter::repeat_n(&pod, count), count, &[]);
    let first = &suggest("ns:", 3, &vocabulary)[0];
    assert_eq!(
        (first.text.as_str(), first.detail.clone()),
        ("shop", format!("about {count} pods"))
    );
}

#[test]
fn what_is_there_already_is_no_suggestion() {
    let whole = suggest("ns:payments", 11, &vocabulary());
    assert!(
        whole.iter().any(|suggestion| suggestion.text == "payments"),
        "{whole:?}"
    );
    let others = suggest_others("ns:payments", 11, &vocabulary());
    assert!(
        others.iter().all(|suggestion| suggestion.text != "payments"),
        "{others:?}"
    );
}

#[test]
fn the_arrow_keys_go_round_by_way_of_none() {
    let walk = |step, count| {
        let mut active = None;
        std::iter::from_fn(|| {
            active = next_choice(active, step, count);
            Some(active)
        })
        .take(4)
        .collect::<Vec<_>>()
    };
    assert_eq!(walk(WalkDirection::Next, 2), [Some(0), Some(1), None, Some(0)]);
    assert_eq!(walk(WalkDirection::Previous, 2), [Some(1), Some(0), None, Some(1)]);
    assert_eq!(walk(WalkDirection::Previous, 0), [None; 4]);
}
