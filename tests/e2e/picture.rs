//! The picture by the user's choice: what is looked for, groups, colors, the highlighted workload, and the map from afar.

use serde_json::{Value, json};

use crate::harness::{
    objects,
    page::Page,
    stage::{Stage, Turn},
};
use k8bit_simulator::{http::ServerOptions, world::WorldOptions};

use crate::harness::cluster::Cluster;

/// How many elements a selector finds.
async fn count(page: &Page<'_>, selector: &str) -> u64 {
    page.eval(
        "return document.querySelectorAll(arguments[0]).length",
        &[json!(selector)],
    )
    .await
}

async fn until_count(page: &Page<'_>, selector: &str, expected: u64) {
    page.until_true(
        &format!("{expected} of {selector}"),
        "return document.querySelectorAll(arguments[0]).length === arguments[1]",
        &[json!(selector), json!(expected)],
    )
    .await;
}

async fn go_to_fragment(page: &Page<'_>, fragment: &str) {
    let _: Value = page
        .eval("location.hash = arguments[0]; return null", &[json!(fragment)])
        .await;
}

/// Two nodes in two zones, two workloads of two pods each, one on each node.
async fn two_workloads(stage: &Stage) -> [String; 2] {
    let api = &stage.cluster.api;
    let mut nodes = Vec::new();
    for (name, zone) in [("a", "eu-1a"), ("b", "eu-1b")] {
        let node = stage.cluster.create_node(name).await;
        let labels = json!({"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}});
        api.patch_node(&node, &labels).await;
        nodes.push(node);
    }
    for workload in ["web", "api"] {
        for (index, node) in nodes.iter().enumerate() {
            let mut pod = objects::bound_pod(&format!("{workload}-{index}"), node);
            pod["metadata"]["ownerReferences"] = json!([{
                "apiVersion": "apps/v1", "kind": "StatefulSet", "name": workload, "controller": true,
                "uid": "0c1a72e8-6dc6-4ed0-b068-6c35209896fe",
            }]);
            api.create_pod(&pod).await;
            api.patch_pod_status(&format!("{workload}-{index}"), &objects::running_status(0))
                .await;
        }
    }
    nodes.try_into().expect("two nodes")
}

#[browser_test::in_chromium]
async fn what_is_not_looked_for_is_dimmed_or_hidden_and_back_leads_back() {
    let stage = Stage::build().await;
    let nodes = two_workloads(&stage).await;
    let page = stage.open("").await;
    page.until("all pods run", |seen| seen.is_pod("api-1", "Running")).await;
    until_count(&page, ".card [data-pod]", 4).await;
    until_count(&page, ".card [data-pod][data-dim]", 0).await;

    go_to_fragment(&page, "q=owner:web").await;
    until_count(&page, ".card [data-pod][data-dim]", 2).await;
    go_to_fragment(&page, "q=owner:web&hide=1").await;
    until_count(&page, ".card [data-pod]", 2).await;
    // A pod that begins to match appears, and the boxes say how full they are whatever is looked for.
    stage
        .cluster
        .api
        .patch_pod("api-0", &json!({"metadata": {"labels": {"find": "me"}}}))
        .await;
    go_to_fragment(&page, "q=find=me&hide=1").await;
    until_count(&page, ".card [data-pod]", 1).await;
    let in_box = page.text(&format!("[data-node=\"{}\"] .count b", nodes[0])).await;
    assert_eq!(in_box, "2");

    let _: Value = page.eval("history.back(); return null", &[]).await;
    until_count(&page, ".card [data-pod]", 2).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn boxes_stand_in_groups_and_stand_for_other_things() {
    let stage = Stage::build().await;
    two_workloads(&stage).await;
    let page = stage.open("#group=zone").await;
    page.until("all pods run", |seen| seen.is_pod("api-1", "Running")).await;
    page.until_text(".section-heading h2", "eu-1a", crate::harness::wait::SOON)
        .await;
    until_count(&page, ".section-heading", 2).await;
    let facts = page.text(".section-heading .count").await;
    assert!(facts.starts_with("1 node · 2 pods"), "{facts}");

    go_to_fragment(&page, "group=owner").await;
    until_count(&page, "[data-group]", 2).await;
    until_count(&page, "[data-node]", 0).await;
    let boxes =
        "return [...document.querySelectorAll('[data-group]')].map((box) => box.querySelectorAll('[data-pod]').length)";
    page.until_true(
        "each workload has its pods in one box",
        &boxes
            .replace("return ", "const found = ")
            .replace("length)", "length); return found.join() === '2,2'"),
        &[],
    )
    .await;
    // A pod that comes is put into the box of its workload, which is new.
    stage.cluster.api.create_pod(&objects::pod("alone")).await;
    until_count(&page, "[data-group]", 3).await;

    go_to_fragment(&page, "group=namespace&color=namespace").await;
    until_count(&page, "[data-group]", 1).await;
    until_count(&page, ".card [data-pod][data-tint]", 5).await;
    page.until_text("#tints", &stage.cluster.namespace, crate::harness::wait::SOON)
        .await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn the_focus_puts_a_workload_into_the_light() {
    let stage = Stage::build().await;
    two_workloads(&stage).await;
    let page = stage.open("").await;
    page.until("all pods run", |seen| seen.is_pod("api-1", "Running")).await;
    page.settled().await;
    page.focus(&stage.key("web-0")).await;
    until_count(&page, "[data-mark=chosen]", 1).await;
    until_count(&page, "[data-mark=sibling]", 1).await;
    page.until_text(
        "#spread",
        "web: 2 of 2 ready over 2 nodes, 2 zones",
        crate::harness::wait::SOON,
    )
    .await;
    page.assert_clean().await;
}

/// 400 nodes with 9,000 pods, in which nothing moves by itself.
async fn large(test: &str) -> Option<Cluster> {
    let world = WorldOptions {
        nodes: 400,
        pods: 9_000,
        churn: 0.0,
        ..WorldOptions::default()
    };
    let options = ServerOptions {
        world: Some(world),
        ..ServerOptions::default()
    };
    Cluster::simulated(test, options).await
}

#[browser_test::in_chromium]
async fn a_large_cluster_is_a_map_at_first_and_boxes_near_the_window() {
    let Some(cluster) = large("a_large_cluster_is_a_map_at_first").await else {
        return;
    };
    let stage = Stage::build_with(Turn::take().await, cluster, &[]).await;
    let page = stage.open("").await;
    page.until_live().await;
    let sizes = "const { nodes, pods } = window.k8bit.snapshot(); return [nodes.length, pods.length]";
    let [nodes, pods]: [usize; 2] = page.eval(sizes, &[]).await;
    assert!(nodes == 400 && pods >= 8_900, "{nodes} nodes, {pods} pods");
    until_count(&page, "#map[data-zoom=map] canvas#fleet", 1).await;
    assert_eq!(count(&page, "[data-node]").await, 0);
    page.settled().await;
    // It is painted, and fits the window.
    let colors =
        "const canvas = document.getElementById('fleet'); const data = canvas.getContext('2d').getImageData(0, 0, \
        canvas.width, canvas.height).data; const seen = new Set(); for (let at = 0; at < data.length; at += 4) \
        seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]); return seen.size"
            .replace("\\\n        ", "");
    let colors: u64 = page.eval(&colors, &[]).await;
    assert!(colors > 4, "{colors} colors");
    let fits: bool = page
        .eval("return document.documentElement.scrollHeight <= innerHeight + 64", &[])
        .await;
    assert!(fits);

    // By keyboard: a ring, a description, and Enter leads to the box.
    let _: Value = page
        .eval("document.getElementById('fleet').focus(); return null", &[])
        .await;
    press(&page, "Home").await;
    press(&page, "ArrowRight").await;
    page.until_true(
        "the cursor is described",
        "return document.getElementById('fleet-cursor').textContent.includes('STATUS')",
        &[],
    )
    .await;
    press(&page, "Enter").await;
    page.until_true(
        "a block of the boxes has the focus",
        "return document.querySelector('#map').dataset.zoom === 'boxes' && document.activeElement.matches('[data-pod]')",
        &[],
    )
    .await;

    // Only the boxes near the window exist.
    let boxes = count(&page, "[data-node]").await;
    assert!((4..300).contains(&boxes), "{boxes} boxes");
    let last: String = page.eval("return window.k8bit.snapshot().nodes.at(-1).name", &[]).await;
    let _: Value = page
        .eval("scrollTo(0, document.documentElement.scrollHeight); return null", &[])
        .await;
    page.until_true(
        "the last box is there, with its blocks",
        "const box = document.querySelector(`[data-node=\"${arguments[0]}\"]`); return box !== null && box.querySelector('[data-pod]') !== null",
        &[json!(last)],
    )
    .await;
    press_on_page(&page, "0").await;
    until_count(&page, "canvas#fleet", 1).await;
    page.assert_clean().await;
}

/// Presses a key where the focus is.
async fn press(page: &Page<'_>, key: &str) {
    let body = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true, cancelable: true})); return null";
    let _: Value = page.eval(body, &[json!(key)]).await;
}

async fn press_on_page(page: &Page<'_>, key: &str) {
    let body = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true, cancelable: true})); return null";
    let _: Value = page.eval(body, &[json!(key)]).await;
}

/// A box that needs more room moves others: the map is then what it would be if it were painted from the beginning.
#[browser_test::in_every_browser]
async fn the_map_is_painted_again_where_boxes_have_moved() {
    let stage = Stage::build().await;
    let nodes = [
        stage.cluster.create_node("a").await,
        stage.cluster.create_node("b").await,
    ];
    let api = &stage.cluster.api;
    for node in &nodes {
        api.create_running_pod(&format!("first-{node}"), node).await;
    }
    let page = stage.open("#zoom=12").await;
    page.until("the pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    until_count(&page, "canvas#fleet", 1).await;
    for number in 0..30 {
        api.create_running_pod(&format!("more-{number}"), &nodes[0]).await;
    }
    page.until("the box has grown", |seen| seen.pods.len() == 32).await;
    let painted = "const fleet = document.querySelector('#fleet'), seen = fleet.toDataURL();
        dispatchEvent(new Event('resize'));
        return seen === fleet.toDataURL()";
    page.until_true("nothing is left of before", painted, &[]).await;
    // In other colors as well.
    let choose = "window.before = document.querySelector('#fleet').toDataURL();
        const menu = document.querySelector('#theme'); menu.value = 'contrast';
        menu.dispatchEvent(new Event('change', {bubbles: true})); return null";
    page.eval::<()>(choose, &[]).await;
    let is_other = "return window.before !== document.querySelector('#fleet').toDataURL()";
    page.until_true("the map has the new colors", is_other, &[]).await;
    page.until_true("nothing is left of the old ones", painted, &[]).await;
    // The text for screen readers is for them alone.
    let hidden = "return document.querySelector('#fleet-cursor').getBoundingClientRect().width <= 1";
    page.until_true("what is said is not written", hidden, &[]).await;

    // A finger presses without having pointed before.
    let find = "const fleet = document.querySelector('#fleet'); fleet.focus();
        const right = () => fleet.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
        right(); right();
        return null";
    page.eval::<()>(find, &[]).await;
    let is_ringed = "return document.querySelector('.ring').getBoundingClientRect().width > 0";
    page.until_true("the ring is there", is_ringed, &[]).await;
    let tap = "const fleet = document.querySelector('#fleet');
        const { left, top, width, height } = document.querySelector('.ring').getBoundingClientRect();
        fleet.blur();
        fleet.dispatchEvent(new MouseEvent('click',
            {clientX: left + width / 2, clientY: top + height / 2, bubbles: true}));
        return null";
    page.eval::<()>(tap, &[]).await;
    page.until_true(
        "the block that was pressed has the focus",
        "return document.activeElement?.matches('.card [data-pod], .card') || document.activeElement?.outerHTML",
        &[],
    )
    .await;
    page.assert_clean().await;
}
