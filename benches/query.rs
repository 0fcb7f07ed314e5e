//! What a query costs on the largest cluster that Kubernetes supports: 150,000 pods on 5,000 nodes.
//!
//! `cargo bench --bench query` prints, for each query, how long it takes to ask about every pod, and how many match; then
//! what the suggestions of the search box cost.

use std::{sync::Arc, time::Instant};

use k8bit::{
    resource::{Node, Pod, Resource, ResourceInterner, Timestamp},
    view::query::{
        Query,
        suggest::{Vocabulary, suggest},
    },
};
use serde_json::json;

const PODS: usize = 150_000;

/// 2026-11-23T08:43:03Z.
const NOW: Timestamp = Timestamp(1_795_423_383);

fn pods() -> Vec<Arc<Pod>> {
    let mut interner = ResourceInterner::default();
    let pod = |index: usize| {
        let (workload, node) = (index % 3_000, index % 5_000);
        let (namespace, image) = (workload % 40, workload % 500);
        let object = json!({
            "metadata": {
                "namespace": format!("team-{namespace}"),
                "name": format!("service-{workload}-7f8fbb96d-{index:05x}"),
                "uid": format!("6a79f797-6ba8-4e8f-9a23-7179bb{index:06x}"),
                "labels": { "app": format!("service-{workload}"), "pod-template-hash": "7f8fbb96d", "tier": "backend" },
                "ownerReferences": [{ "kind": "ReplicaSet", "name": format!("service-{workload}-7f8fbb96d"), "controller": true }],
            },
            "spec": {
                "nodeName": format!("ip-10-0-{}-{}.eu-central-1.compute.internal", node / 250, node % 250),
                "containers": [{ "name": "main", "image": format!("registry.example.com/team/service-{image}:v1.{image}.0") }],
            },
            "status": {
                "phase": "Running",
                "podIP": format!("10.{}.{}.{}", index / 65_536, index / 256 % 256, index % 256),
                "containerStatuses": [{ "name": "main", "ready": true, "restartCount": index % 7, "state": { "running": {} } }],
            },
        });
        Arc::new(Pod::decode(object.to_string().as_bytes(), &mut interner).expect("a pod"))
    };
    (0..PODS).map(pod).collect()
}

fn main() {
    let pods = pods();
    let object = json!({ "metadata": { "name": "worker-1", "uid": "1" } });
    let node = Node::decode(object.to_string().as_bytes(), &mut ResourceInterner::default()).expect("a node");
    let node = Arc::new(node);
    for text in [
        "ns:team-7",
        "status:Running restarts>3",
        "app=service-7",
        "owner:deploy/service-7",
        "service-77",
        "zebra",
        "10.1.2",
        "image:service-7",
        "ns:team-1,team-2,team-3 !status:Completed (restarts>3 | is:problem)",
        "/^service-7.*-7f8/",
        "/zebra/",
        "/(a|b|c)*d[0-9]{1,20}x/",
    ] {
        let query = Query::parse(text).expect("a query");
        let start = Instant::now();
        let found = pods.iter().filter(|pod| query.matches(pod, Some(&node), NOW)).count();
        let took = start.elapsed();
        println!("{:>9.1} ms, {found:>6} of {PODS}: {text}", took.as_secs_f64() * 1e3);
    }

    let start = Instant::now();
    let vocabulary = Vocabulary::of(&pods, pods.len(), [&node]);
    println!("{:>9.1} ms: the vocabulary", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let suggestions = suggest("serv", 4, &vocabulary);
    println!(
        "{:>9.1} ms: {} suggestions",
        start.elapsed().as_secs_f64() * 1e3,
        suggestions.len()
    );
}
