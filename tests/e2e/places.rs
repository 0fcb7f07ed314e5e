//! Where a pod is: its node, the tray, a node that is gone; and who it is, when its name comes back.

use k8bit_simulator::http::ServerOptions;
use serde_json::json;

use crate::harness::{
    cluster::Cluster,
    objects,
    stage::{Stage, Turn},
    wait::SOON,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_recreated_under_its_name_is_another_pod() {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    let first = api.create_running_pod("web", &node).await;
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_pod("web", "Running"))
        .await;
    assert_eq!(page.block(&stage.key("web")).await.uid, first);

    api.delete_pod("web").await;
    let second = api.create_running_pod("web", &node).await;
    assert_ne!(first, second);
    page.until("the new pod is there", |seen| {
        seen.pod("web").is_some_and(|pod| pod.uid == second)
    })
    .await;
    // One block, and it is the new one's.
    assert_eq!(page.block(&stage.key("web")).await.uid, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_look_alike_are_kept_apart() {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    // The article's key `namespace-name` is the same for both: e2e-x/web and e2e/x-web.
    let other = format!("{}-x", stage.cluster.namespace);
    api.create_namespace(&other).await;
    let others = api.in_namespace(&other);
    api.create_running_pod("x-web", &node).await;
    others.create_running_pod("web", &node).await;
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_pod("x-web", "Running"))
        .await;
    let both = "return ['/x-web', '-x/web'].every((end) => document.querySelectorAll(`[data-pod=\"${arguments[0]}${end}\"]`).length === 1)";
    page.until_true("both have a block", both, &[json!(stage.cluster.namespace)])
        .await;

    others.delete_pod("web").await;
    let gone = "return document.querySelector(`[data-pod=\"${arguments[0]}\"]`) === null";
    page.until_true("one is gone", gone, &[json!(format!("{other}/web"))])
        .await;
    page.block(&stage.key("x-web")).await;
    others.delete_namespace().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unscheduled_pod_waits_in_the_tray_and_moves_to_its_node() {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    let page = stage.open("").await;
    page.until("the node is there", |seen| seen.is_live() && seen.node(&node).is_some())
        .await;

    let uid = api.create_pod(&objects::pod("waiting")).await;
    let message = "0/1 nodes are available: 1 Insufficient cpu.";
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    api.patch_pod_status("waiting", &json!({"phase": "Pending", "conditions": [condition]}))
        .await;
    page.until("the pod waits", |seen| {
        seen.pod("waiting").is_some_and(|pod| pod.family == "blocked")
    })
    .await;
    let block = page.block(&stage.key("waiting")).await;
    assert_eq!(
        (block.node, block.uid.as_str(), block.status.as_str()),
        (None, uid.as_str(), "Pending")
    );
    page.until_text("#unscheduled", message, SOON).await;

    api.bind("waiting", &node).await;
    page.until("it is bound", |seen| {
        seen.pod("waiting").is_some_and(|pod| pod.node.is_some())
    })
    .await;
    let block = page.block(&stage.key("waiting")).await;
    assert_eq!((block.node.as_ref(), block.uid), (Some(&node), uid));
}

/// Where boxes stand for something else, an unscheduled pod is in one of them, and there alone.
#[tokio::test(flavor = "multi_thread")]
async fn an_unscheduled_pod_has_one_block_whatever_the_boxes_stand_for() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    api.create_pod(&objects::pod("waiting")).await;
    let condition = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable"});
    api.patch_pod_status("waiting", &json!({"phase": "Pending", "conditions": [condition]}))
        .await;
    let page = stage.open(&format!("?namespace={}", stage.cluster.namespace)).await;
    page.until("the pod waits", |seen| {
        seen.is_live() && seen.is_pod("waiting", "Pending")
    })
    .await;
    let key = json!(stage.key("waiting"));
    for (group, is_in_tray) in [("owner", false), ("none", true), ("namespace", false), ("zone", true)] {
        let place = "location.hash = `group=${arguments[0]}`; return null";
        page.eval::<()>(place, &[json!(group)]).await;
        let stands = "const found = [...document.querySelectorAll(`#map [data-pod=\"${arguments[0]}\"]`)];
            const places = found.map((it) => [it.closest('#unscheduled') !== null, it.checkVisibility()]);
            return JSON.stringify(places) === JSON.stringify([[arguments[1], true]]) || places";
        page.until_true(
            &format!("one block by {group}"),
            stands,
            &[key.clone(), json!(is_in_tray)],
        )
        .await;
        // The way from problem to problem leads to the block that is seen.
        let walk = "document.activeElement.blur();
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true })); return null";
        page.eval::<()>(walk, &[]).await;
        let has_focus = "return document.activeElement.dataset.pod === arguments[0]";
        page.until_true(&format!("n leads to it by {group}"), has_focus, std::slice::from_ref(&key))
            .await;
    }
    page.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_come_go_and_leave_a_ghost_while_they_have_pods() {
    let stage = Stage::build().await;
    let (cluster, api) = (&stage.cluster, &stage.cluster.api);
    let (full, bare) = (cluster.create_node("full").await, cluster.create_node("bare").await);
    api.create_running_pod("web", &full).await;
    let page = stage.open("").await;
    page.until("all is there", |seen| {
        seen.is_live() && seen.pods.len() == 1 && seen.nodes.len() == 2
    })
    .await;
    // A node without pods has its box.
    let bare_box = page.node_box(&bare).await;
    assert_eq!(bare_box.status, "Ready");
    assert!(bare_box.text.contains("0/110"), "{bare_box:?}");

    api.patch_node(&bare, &json!({"spec": {"unschedulable": true}})).await;
    let cordoned = "Ready,SchedulingDisabled";
    page.until("it is cordoned", |seen| {
        seen.node(&bare).is_some_and(|node| node.status == cordoned)
    })
    .await;
    assert_eq!(page.node_box(&bare).await.status, cordoned);

    api.delete_node(&bare).await;
    api.delete_node(&full).await;
    page.until("both nodes are gone", |seen| seen.nodes.is_empty()).await;
    // The box of the one stays with its pod, as a ghost; the other goes.
    let boxes = page.boxes().await;
    assert_eq!(boxes.len(), 1, "{boxes:?}");
    assert_eq!(
        (boxes[0].node.as_str(), boxes[0].status.as_str()),
        (full.as_str(), "Ghost")
    );
    assert!(boxes[0].text.contains("no such node"), "{boxes:?}");
    assert_eq!(page.block(&stage.key("web")).await.node.as_ref(), Some(&full));

    // It comes back, and the pod has never left.
    api.create_node(&full).await;
    page.until("the node is back", |seen| {
        seen.node(&full).is_some_and(|node| node.status == "Ready")
    })
    .await;
    assert_eq!(page.node_box(&full).await.status, "Ready");

    api.delete_node(&full).await;
    api.delete_pod("web").await;
    page.until("nothing is left", |seen| seen.nodes.is_empty() && seen.pods.is_empty())
        .await;
    assert_eq!(page.boxes().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_cluster_says_that_it_is_empty() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("an empty cluster", ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    let seen = page.until_live().await;
    assert!(seen.pods.is_empty() && seen.nodes.is_empty());
    page.until_text("#map", "empty cluster", SOON).await;

    let node = stage.cluster.create_node("first").await;
    page.until("the first node is there", |seen| seen.node(&node).is_some())
        .await;
    assert!(!page.text("#map").await.contains("empty cluster"));
}
