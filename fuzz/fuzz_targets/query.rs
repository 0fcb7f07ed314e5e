//! Whatever is typed is a query or is explained; a query prints as itself and finds something or does not; colors and
//! suggestions are parts of the text.
#![no_main]

use std::{cell::OnceCell, sync::Arc};

use k8bit::{
    cluster::{Criterion, Work},
    limits::{MAX_OBJECT_STEPS, MAX_QUERY_BYTES, MAX_SUGGESTIONS},
    resource::{ResourceInterner, Node, Pod, Resource, Timestamp},
    view::{
        problems,
        query::{
            Query, highlight, hint,
            suggest::{Vocabulary, suggest},
        },
    },
};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp(1_795_423_383);

const POD: &str = r#"{
    "metadata": {
        "namespace": "shop", "name": "web-7f8fbb96d-227zt", "uid": "1", "resourceVersion": "8",
        "creationTimestamp": "2026-11-23T08:00:00Z", "labels": {"app": "web", "tier": "front"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web-7f8fbb96d", "controller": true}]
    },
    "spec": {"nodeName": "worker-1", "containers": [{"name": "web", "image": "docker.io/library/nginx:1.27"}]},
    "status": {"phase": "Running", "podIP": "10.244.7.19", "qosClass": "Burstable"}
}"#;

const NODE: &str = r#"{
    "metadata": {"name": "worker-1", "uid": "2", "resourceVersion": "7", "labels": {"topology.kubernetes.io/zone": "eu-1a"}},
    "status": {"allocatable": {"cpu": "4", "memory": "16Gi"}, "conditions": [{"type": "Ready", "status": "True"}]}
}"#;

struct World {
    pod: Arc<Pod>,
    node: Arc<Node>,
    vocabulary: Vocabulary,
}

fn world() -> World {
    let mut interner = ResourceInterner::default();
    let pod = Arc::new(Pod::decode(POD.as_bytes(), &mut interner).expect("a pod"));
    let node = Arc::new(Node::decode(NODE.as_bytes(), &mut interner).expect("a node"));
    let vocabulary = Vocabulary::of([&pod], 1, [&node]);
    World { pod, node, vocabulary }
}

thread_local! {
    static WORLD: OnceCell<World> = const { OnceCell::new() };
}

fuzz_target!(|text: &str| WORLD.with(|cell| check(text, cell.get_or_init(world))));

fn check(text: &str, world: &World) {
    let (spans, error) = highlight(text);
    let mut end = 0;
    for span in &spans {
        assert!(span.range.start >= end, "{spans:?}");
        assert!(
            text.get(span.range.clone()).is_some_and(|part| !part.is_empty()),
            "{spans:?}"
        );
        end = span.range.end;
    }
    // At a place that the text itself chooses, so that all of them are tried.
    let cursor = text.bytes().map(usize::from).sum::<usize>() % (text.len() + 1);
    for cursor in [cursor, text.len()] {
        let suggestions = suggest(text, cursor, &world.vocabulary);
        assert!(suggestions.len() <= MAX_SUGGESTIONS);
        for suggestion in suggestions {
            assert!(text.get(suggestion.replaces.clone()).is_some());
            let (applied, cursor) = suggestion.apply(text);
            assert!(applied.is_char_boundary(cursor));
        }
    }
    match Query::parse(text) {
        Err(refused) => {
            assert!(text.get(refused.span.clone()).is_some(), "{refused:?}");
            assert!(!refused.message.is_empty());
            assert_eq!(error, Some(refused));
        }
        Ok(query) => {
            assert_eq!(error, None);
            let node = Some(&*world.node);
            let work = Work::default();
            let found = query.is_pod(&world.pod, node, NOW, &work);
            // Of a pod that is as others are, everything is compared.
            assert_eq!(work.cuts(), 0);
            assert!(work.done() < MAX_OBJECT_STEPS, "{} steps", work.done());
            let _ = query.matches_node(&world.node, NOW);
            let printed = query.to_string();
            // What is written out in full may be too long, or hold more expressions than are read.
            if printed.len() > MAX_QUERY_BYTES {
                return;
            }
            match Query::parse(&printed) {
                Ok(again) => {
                    assert_eq!(again, query, "{printed}");
                    assert_eq!(again.matches(&world.pod, node, NOW), found);
                }
                Err(error) => panic!("{text} is printed as {printed}: {error}"),
            }
            if let Some(hint) = hint(text) {
                assert!(hint.ends_with('.'), "{hint}");
            }
            // Counters set the query.
            let toggled = problems::toggle(text, "is:stuck", |_| false);
            Query::parse(&toggled).unwrap_or_else(|error| panic!("{text} is toggled to {toggled}: {error}"));
        }
    }
}
