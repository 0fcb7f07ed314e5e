//! What the box of a node says: how much of it is requested and used, and what is the matter with it.

use k8bit_simulator::{api::Access, http::ServerOptions};
use serde_json::{Value, json};

use crate::{
    harness::{
        browser::Browser,
        cluster::Cluster,
        objects,
        page::Page,
        stage::{Stage, Turn},
        wait::{SOON, eventually},
    },
    lifecycle,
};

/// What stands in the head of a node's box, and how high that is.
const HEAD: &str = "const box = document.querySelector(`#map [data-node=\"${arguments[0]}\"]`); if (!box) return null;
    const bar = (name) => { const row = box.querySelector(`[data-resource=${name}]`), track = row.querySelector('.track');
      return [row.querySelector('.percent').textContent, +track.style.getPropertyValue('--requested'),
              +track.style.getPropertyValue('--used'), row.dataset.level]; };
    return { cpu: bar('cpu'), mem: bar('mem'), words: box.querySelector('.words').innerText,
             head: box.querySelector('.screen').getBoundingClientRect().top - box.getBoundingClientRect().top }";

/// A pod on a node that requests something.
fn requesting(name: &str, node: &str, cpu: &str, memory: &str) -> Value {
    let mut pod = objects::bound_pod(name, node);
    pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu, "memory": memory}});
    pod
}

async fn until_bars(page: &Page<'_>, what: &str, node: &str, cpu: Value, mem: Value) {
    let script = format!(
        "const head = (() => {{ {HEAD} }})();
         return JSON.stringify([head?.cpu, head?.mem]) === JSON.stringify(arguments[1])"
    );
    page.until_true(what, &script, &[json!(node), json!([cpu, mem])]).await;
}

#[browser_test::in_chromium]
async fn bars_add_up_what_is_requested_by_pods_that_have_not_ended() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    // 8 cores and 32 Gi.
    let node = stage.cluster.create_node("a").await;
    let page = stage.open("").await;
    until_bars(
        &page,
        "nothing is requested",
        &node,
        json!(["0% requested", 0, 0, "usual"]),
        json!(["0% requested", 0, 0, "usual"]),
    )
    .await;

    api.create_pod(&requesting("web", &node, "2", "8Gi")).await;
    api.create_pod(&requesting("batch", &node, "4", "20Gi")).await;
    let mut heavy = requesting("heavy", &node, "400m", "1Gi");
    // What an init container takes at its height, and a sidecar beside it.
    heavy["spec"]["initContainers"] = json!([
        {"name": "proxy", "image": "registry.example/proxy:1", "restartPolicy": "Always",
         "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}}},
        {"name": "setup", "image": "registry.example/setup:1", "resources": {"requests": {"cpu": "1340m"}}},
    ]);
    api.create_pod(&heavy).await;
    // 2 + 4 + 1.44 of 8 cores, 8 + 20 + 2 of 32 Gi.
    until_bars(
        &page,
        "all is requested",
        &node,
        json!(["93% requested", 93, 0, "usual"]),
        json!(["93% requested", 93, 0, "usual"]),
    )
    .await;

    api.patch_pod_status("batch", &json!({"phase": "Succeeded"})).await;
    until_bars(
        &page,
        "the ended one is left out",
        &node,
        json!(["43% requested", 43, 0, "usual"]),
        json!(["31% requested", 31, 0, "usual"]),
    )
    .await;
    page.point_at_node(&node).await;
    page.until_text("#tooltip", "3.4 of 8 cores requested (43%)", SOON)
        .await;
    page.until_text("#tooltip", "10Gi of 32Gi requested (31%)", SOON).await;

    api.delete_pod("web").await;
    until_bars(
        &page,
        "the deleted one is left out",
        &node,
        json!(["18% requested", 18, 0, "usual"]),
        json!(["6% requested", 6, 0, "usual"]),
    )
    .await;
    page.assert_clean().await;
}

/// A stage with a node and a running pod, with metrics.
async fn stage_with_metrics(test: &str, access: Access) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated_with_metrics(test).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_pod(&requesting("web", &node, "4", "16Gi")).await;
    cluster.api.patch_pod_status("web", &objects::running_status(0)).await;
    cluster.simulator().with_api(|api| api.set_access(access));
    Some(Stage::build_with(turn, cluster, &[]).await)
}

async fn until_usage_is_said(page: &Page<'_>, sentence: &str) {
    let script = "return document.querySelector('#usage')?.textContent.trim() === arguments[0]";
    page.until_true(&format!("{sentence:?} is said"), script, &[json!(sentence)])
        .await;
}

#[browser_test::in_chromium]
async fn bars_are_filled_as_far_as_metrics_say() {
    let Some(stage) = stage_with_metrics("metrics", Access::default()).await else {
        return;
    };
    let node = stage.cluster.node("a");
    let page = stage.open("").await;
    page.until_live().await;
    let filled = format!("const head = (() => {{ {HEAD} }})(); return head?.cpu[2] > 0 && head?.mem[2] > 0");
    page.until_true("the bars are filled", &filled, &[json!(node)]).await;
    let head: Value = page.eval(HEAD, &[json!(node)]).await;
    assert_eq!((&head["cpu"][1], &head["mem"][1]), (&json!(50), &json!(50)), "{head}");
    // The simulator's nodes use more than their pods, which use at most 120 % of what they request.
    let used = head["cpu"][2].as_f64();
    assert!(used > Some(10.0) && used < Some(62.0), "{head}");
    // The number of the fill, and that of the outline.
    let percent = head["cpu"][2].as_u64().unwrap_or_default();
    assert_eq!(head["cpu"][0], format!("{percent}% used, 50% requested"), "{head}");
    page.point_at_node(&node).await;
    page.until_text("#tooltip", "4 of 8 cores requested (50%), ", SOON)
        .await;
    page.until_text("#tooltip", " used", SOON).await;
    until_usage_is_said(&page, "Usage of 1 node and 1 pod, every 15 s.").await;
    let seen: Value = page.eval("return k8bit.diagnostics().metrics", &[]).await;
    assert_eq!(seen["collections"][0]["condition"], "present", "{seen:#}");
    assert_eq!(seen["collections"][1]["condition"], "present", "{seen:#}");
    assert_eq!((&seen["paused"], &seen["malformedObjects"]), (&json!(false), &json!(0)));
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn metrics_that_may_not_be_read_are_no_alarm() {
    let Some(stage) = stage_with_metrics("metrics forbidden", Access::deny_metrics()).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    until_usage_is_said(
        &page,
        "No usage: you may not read metrics.k8s.io. Bars show requests only.",
    )
    .await;
    until_bars(
        &page,
        "the bars show requests",
        &stage.cluster.node("a"),
        json!(["50% requested", 50, 0, "usual"]),
        json!(["50% requested", 50, 0, "usual"]),
    )
    .await;
    assert_eq!(page.text("#problems").await, "");
    assert_eq!(page.state().await, "live");
    let seen: Value = page.eval("return k8bit.diagnostics().metrics.collections", &[]).await;
    assert_eq!(seen[0]["condition"], "forbidden", "{seen:#}");
    // Not soon again.
    assert!(seen[0]["nextInSeconds"].as_u64() > Some(200), "{seen:#}");
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_cluster_without_metrics_is_no_alarm() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("no metrics", ServerOptions::default()).await else {
        return;
    };
    cluster.create_node("a").await;
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until_live().await;
    until_usage_is_said(
        &page,
        "No usage: metrics.k8s.io is not installed. Bars show requests only.",
    )
    .await;
    assert_eq!(page.text("#problems").await, "");
    assert_eq!(page.state().await, "live");
    page.assert_clean().await;
}

/// How much faster the clocks of a page run that is to be hidden for long: metrics are due every three seconds then.
const HASTE: f64 = 5.0;

/// How fast they run while the page is shown again: metrics would be due after 25 minutes, so what is asked for soon is
/// asked for because the page is shown.
const NEARLY_STILL: f64 = 0.01;

#[browser_test::in_every_browser]
async fn metrics_are_asked_for_only_while_the_page_is_shown() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated_with_metrics("metrics of a hidden page").await else {
        return;
    };
    let node = cluster.create_node("a").await;
    let browser = Browser::start().await;
    browser.hasten(HASTE).await;
    let stage = Stage::build_for(turn, cluster, browser, &[]).await;
    let (api, simulator) = (&stage.cluster.api, stage.cluster.simulator());
    let asked = || {
        let requests = simulator.requests();
        let metrics = requests
            .iter()
            .filter(|it| it.path_and_query.contains("/apis/metrics.k8s.io/"));
        metrics.count()
    };
    let until_asked = async |what: &str, least: usize| {
        eventually(what, SOON, async || {
            let asked = asked();
            if asked >= least {
                Ok(())
            } else {
                Err(format!("asked {asked} times"))
            }
        })
        .await;
    };
    let hasten = async |page: &Page<'_>, speed: f64| {
        page.eval::<()>("k8bitProbe.hasten(arguments[0]); return null", &[json!(speed)])
            .await;
    };
    let show_and_ask = async |page: &Page<'_>| {
        let before = asked();
        hasten(page, NEARLY_STILL).await;
        lifecycle::show(page).await;
        until_asked("it asks because it is shown", before + 1).await;
        // And goes on, at its pace.
        lifecycle::hide(page).await;
        hasten(page, HASTE).await;
        lifecycle::show(page).await;
        until_asked("it goes on", before + 6).await;
    };
    let is_paused = "return window.k8bit?.diagnostics().metrics.paused ?? false";

    let page = stage.open("").await;
    page.until_live().await;
    until_asked("nodes and pods, again and again", 6).await;
    lifecycle::hide(&page).await;
    page.until_true("it is paused", is_paused, &[]).await;
    let before = asked();
    let is_later =
        "window.hiddenMs ??= performance.now(); return performance.now() - hiddenMs >= 40_000 || performance.now()";
    page.until_true("40 s pass by its clock", is_later, &[]).await;
    // It is awake: what the watch says is still heard.
    api.create_running_pod("unseen", &node).await;
    let is_known = "return k8bit.snapshot().pods.some((pod) => pod.name === 'unseen')";
    page.until_true("it knows the new pod", is_known, &[]).await;
    assert_eq!(asked(), before, "requests of a hidden page");
    show_and_ask(&page).await;

    // Opened where nobody looks.
    lifecycle::hide(&page).await;
    page.until_true("it is paused", is_paused, &[]).await;
    let before = asked();
    page.driver().refresh().await.expect("the page loads again");
    page.until_true(
        "it knows the pod",
        &format!("if (!window.k8bit) return false; {is_known}"),
        &[],
    )
    .await;
    page.until_true(
        "it is hidden and paused",
        &format!("if (!document.hidden) return 'shown'; {is_paused}"),
        &[],
    )
    .await;
    assert_eq!(asked(), before, "requests of a page that was opened hidden");
    show_and_ask(&page).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn cordoned_not_ready_pressed_and_tainted_are_told_apart_in_a_head_of_constant_height() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let page = stage.open("").await;
    page.until("the node is there", |seen| seen.is_live() && seen.node(&node).is_some())
        .await;
    let mut heads = Vec::new();
    let mut until_words = async |what: &str, words: &[&str], others: &[&str]| {
        let script = format!(
            "const words = (() => {{ {HEAD} }})()?.words ?? '';
             return arguments[1].every((word) => words.includes(word)) && !arguments[2].some((word) => words.includes(word))"
        );
        page.until_true(what, &script, &[json!(node), json!(words), json!(others)])
            .await;
        let head: Value = page.eval(HEAD, &[json!(node)]).await;
        heads.push(head["head"].clone());
    };
    // The taint of the tests' nodes.
    until_words("it is fine", &["1 taint"], &["cordoned", "NotReady", "Pressure"]).await;

    api.patch_node(&node, &json!({"spec": {"unschedulable": true}})).await;
    until_words("it is cordoned", &["cordoned"], &["NotReady", "Pressure"]).await;

    api.patch_node(&node, &json!({"spec": {"unschedulable": false}})).await;
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let conditions = [
        condition("Ready", "True"),
        condition("MemoryPressure", "True"),
        condition("DiskPressure", "True"),
    ];
    api.patch_node_status(&node, &json!({"conditions": conditions})).await;
    until_words("it is pressed", &["Memory+DiskPressure"], &["NotReady", "cordoned"]).await;

    api.patch_node_status(&node, &json!({"conditions": [condition("Ready", "False")]}))
        .await;
    until_words("it is not ready", &["NotReady"], &["Pressure", "cordoned"]).await;
    page.point_at_node(&node).await;
    page.until_text("#tooltip", "k8bit.test/e2e=true:NoSchedule", SOON)
        .await;

    for name in ["web", "db"] {
        api.create_running_pod(name, &node).await;
    }
    page.until("the pods are there", |seen| seen.pods.len() == 2).await;
    until_words("nothing else is said", &["NotReady"], &["Pressure"]).await;
    heads.dedup();
    assert_eq!(heads.len(), 1, "{heads:?}");
    page.assert_clean().await;
}
