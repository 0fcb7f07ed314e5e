//! What a query costs on the largest cluster that Kubernetes supports. The numbers are printed; the bound is generous, so
//! that it fails for a wrong order of magnitude and not for a busy machine.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use k8bit::{
    resource::{Interner, Pod, Resource},
    view::query::suggest::{Vocabulary, suggest},
};
use serde_json::json;

use super::{NOW, node, parse};

const PODS: usize = 150_000;

/// Far above what was measured, even without optimisation and beside many other programs; see the module.
const AT_MOST: Duration = Duration::from_secs(60);

fn pods() -> Vec<Rc<Pod>> {
    let mut interner = Interner::default();
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
        Rc::new(Pod::decode(object.to_string().as_bytes(), &mut interner).expect("a pod"))
    };
    (0..PODS).map(pod).collect()
}

#[test]
fn a_query_over_a_large_cluster() {
    let pods = pods();
    let node = node(&json!({}));
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
        let query = parse(text);
        let start = Instant::now();
        let found = pods.iter().filter(|pod| query.matches(pod, Some(&node), NOW)).count();
        let took = start.elapsed();
        println!("{:>9.1} ms, {found:>6} of {PODS}: {text}", took.as_secs_f64() * 1e3);
        assert!(took < AT_MOST, "{text} took {took:?}");
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
    assert!(!suggestions.is_empty());
}
