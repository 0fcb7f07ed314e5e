//! Where a pod is: its node, the tray, a node that is gone; and who it is, when its name comes back.

use std::collections::{BTreeMap, BTreeSet};

use k8bit_simulator::http::ServerOptions;
use serde_json::{Value, json};

use crate::harness::{
    cluster::Cluster,
    objects,
    stage::{Stage, Turn},
    wait::SOON,
};

#[browser_test::in_every_browser]
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

#[browser_test::in_chromium]
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

#[browser_test::in_chromium]
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

/// One reason where all pods have it, otherwise how many have which.
#[browser_test::in_chromium]
async fn the_tray_says_how_many_pods_have_which_reason() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let wait = async |name: &str, message: &str| {
        api.create_pod(&objects::pod(name)).await;
        let condition = json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        });
        api.patch_pod_status(name, &json!({"phase": "Pending", "conditions": [condition]}))
            .await;
    };
    wait("big-1", "Insufficient memory.").await;
    let page = stage.open(&format!("?namespace={}", stage.cluster.namespace)).await;
    let says = "const said = document.querySelector('#unscheduled .reason')?.innerText;
        return said === arguments[0] || said";
    for (name, message, reason) in [
        ("big-2", "Insufficient memory.", "Insufficient memory."),
        (
            "busy",
            "Insufficient cpu.",
            "2 pods: Insufficient memory. · 1 pod: Insufficient cpu.",
        ),
    ] {
        wait(name, message).await;
        page.until_true(&format!("{name} is counted"), says, &[json!(reason)])
            .await;
    }
    page.assert_clean().await;
}

/// Where boxes stand for something else, an unscheduled pod is in one of them, and there alone.
#[browser_test::in_chromium]
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
        page.until_true(
            &format!("n leads to it by {group}"),
            has_focus,
            std::slice::from_ref(&key),
        )
        .await;
    }
    page.assert_clean().await;
}

#[browser_test::in_chromium]
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

#[browser_test::in_chromium]
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

/// Notes every place that a block or a box that is there now takes up from now on, other than its first.
const WATCH_PLACES: &str = "const place = ({ x, y, width, height }) => [x, y, width, height].join();
    window.placeOf = (it) => place(it.getBoundingClientRect());
    window.blockOf = (pod) => document.querySelector(`.card [data-pod=\"${pod}\"]`);
    window.moved = [];
    const first = new Map([...document.querySelectorAll('.card, .card [data-pod]')].map((it) => [it, placeOf(it)]));
    const look = () => {
        for (const [it, place] of first) {
            // A block that leaves has no name any more, and shrinks.
            if (!it.isConnected || it.matches('.pod:not([data-pod])')) first.delete(it);
            else if (placeOf(it) !== place) moved.push([it.dataset.pod ?? it.dataset.node, place, placeOf(it)]);
        }
        requestAnimationFrame(look);
    };
    look();
    return Object.fromEntries([...first].filter(([it]) => it.dataset.pod).map(([it, place]) => [it.dataset.pod, place]))";

#[browser_test::in_every_browser]
async fn blocks_keep_their_places_while_others_come_and_go() {
    let stage = Stage::build().await;
    let nodes = [
        stage.cluster.create_node("a").await,
        stage.cluster.create_node("b").await,
    ];
    let api = &stage.cluster.api;
    for number in 10..22 {
        api.create_running_pod(&format!("stays-{number}"), &nodes[0]).await;
    }
    api.create_running_pod("neighbour", &nodes[1]).await;
    let page = stage.open("").await;
    page.until("the pods are there", |seen| seen.is_live() && seen.pods.len() == 13)
        .await;
    let places: BTreeMap<String, String> = page.eval(WATCH_PLACES, &[]).await;
    let place = |pod: &str| places[&stage.key(pod)].clone();
    assert_eq!(places.values().collect::<BTreeSet<_>>().len(), 13, "{places:#?}");

    // From the middle, the beginning and the end; one after the other, and two at once.
    for (round, goes) in [
        &["stays-14"][..],
        &["stays-10"],
        &["stays-21"],
        &["stays-12", "stays-17"],
    ]
    .into_iter()
    .enumerate()
    {
        for pod in goes {
            api.delete_pod(pod).await;
        }
        page.until("they are gone", |seen| goes.iter().all(|pod| seen.pod(pod).is_none()))
            .await;
        let is_free = "const [x, y, width, height] = arguments[0].split(',').map(Number);
            return document.elementFromPoint(x + width / 2, y + height / 2)?.closest('[data-pod]') === null";
        for pod in goes {
            page.until_true("its place is free", is_free, &[json!(place(pod))])
                .await;
        }
        // The first that comes takes the first free place.
        for (index, pod) in goes.iter().enumerate() {
            let name = format!("comes-{round}-{index}");
            api.create_running_pod(&name, &nodes[0]).await;
            let is_there =
                "const block = blockOf(arguments[0]); return block !== null && placeOf(block) === arguments[1]";
            page.until_true(
                &format!("{name} is where {pod} was"),
                is_there,
                &[json!(stage.key(&name)), json!(place(pod))],
            )
            .await;
        }
    }
    page.settled().await;
    let moved: Value = page.eval("return moved", &[]).await;
    assert_eq!(moved, json!([]), "blocks or boxes that moved");
    let stays: BTreeMap<String, String> = page
        .eval(
            "return Object.fromEntries([...document.querySelectorAll('.card [data-pod]')].map((it) => [it.dataset.pod, placeOf(it)]))",
            &[],
        )
        .await;
    let kept = stays.iter().filter(|(pod, place)| places.get(*pod) == Some(place));
    assert_eq!((stays.len(), kept.count()), (13, 8), "{stays:#?}");
    page.assert_clean().await;
}
