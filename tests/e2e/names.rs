//! The close-up: a small cluster whose pods have names and words.

use k8bit_simulator::{http::ServerOptions, world::WorldOptions};
use serde_json::{Value, json};
use thirtyfour::prelude::Key;

use crate::{
    drawer::press,
    harness::{
        cluster::Cluster,
        objects,
        page::Page,
        stage::{Stage, Turn},
        tools,
        wait::SOON,
    },
};

/// Events of the cluster that moves.
const EVENTS: u64 = 500;

/// Two pods that are well, whose names differ at their end alone, one that was restarted, and one that crashes.
const PODS: [&str; 4] = [
    "a-workload-with-a-very-long-name-for-one-chip-7f8fbb96d5-aaaaa",
    "a-workload-with-a-very-long-name-for-one-chip-7f8fbb96d5-bbbbb",
    "search-0",
    "payments-5c9",
];

async fn stage_of_four() -> Stage {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    for name in PODS {
        api.create_running_pod(name, &node).await;
    }
    let mut restarted = objects::running_status(3);
    let now = jiff::Timestamp::now().to_string();
    restarted["containerStatuses"][0]["lastState"] =
        json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": now}});
    api.patch_pod_status("search-0", &restarted).await;
    let crashing = objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting failed container");
    api.patch_pod_status("payments-5c9", &crashing).await;
    stage
}

async fn open<'a>(stage: &'a Stage, query: &str) -> Page<'a> {
    let page = stage.open(query).await;
    page.until("all of it is there", |seen| {
        seen.is_live()
            && seen.pods.len() == PODS.len()
            && seen.is_pod("payments-5c9", "CrashLoopBackOff")
            && seen.pod("search-0").is_some_and(|pod| pod.restarts == 3)
    })
    .await;
    page
}

async fn until_zoom(page: &Page<'_>, zoom: &str) {
    let script = "const { zoom } = document.querySelector('#map').dataset; return zoom === arguments[0] || zoom";
    page.until_true(&format!("the picture shows {zoom}"), script, &[json!(zoom)])
        .await;
    page.settled().await;
}

/// What the page says of every pod to tests and scripts, in the order of the slots.
const HOOKS: &str = "return [...document.querySelectorAll('#map [data-pod]')].map((it) => {
    const { pod, uid, status, family } = it.dataset;
    return [pod, uid, status, family, it.closest('[data-node]')?.dataset.node, it.hasAttribute('data-restarted')];
})";

#[browser_test::in_every_browser]
async fn a_small_cluster_is_shown_by_names() {
    let stage = stage_of_four().await;
    let page = open(&stage, "").await;
    until_zoom(&page, "names").await;
    let crashing = format!("#map [data-pod=\"{}\"]", stage.key("payments-5c9"));
    page.until_text(&format!("{crashing} .why"), "CrashLoopBackOff: back-off 40s", SOON)
        .await;
    page.until_text(&format!("{crashing} .facts"), "0/1 · ", SOON).await;
    page.until_text(
        &format!("{crashing} .namespace"),
        &format!("{}/", stage.cluster.namespace),
        SOON,
    )
    .await;
    let restarted = format!("#map [data-pod=\"{}\"]", stage.key("search-0"));
    page.until_text(&format!("{restarted} .facts"), "1/1 ×3 · ", SOON).await;
    page.until_text(&format!("{restarted} .why"), "Restarted ", SOON).await;
    let quiet = "return document.querySelector(arguments[0]).querySelector('.why') === null";
    let well = format!("#map [data-pod=\"{}\"]", stage.key(PODS[0]));
    page.until_true("nothing is said of what is well", quiet, &[json!(well)])
        .await;

    // A change is a change of the words.
    let api = &stage.cluster.api;
    api.patch_pod_status("payments-5c9", &objects::running_status(0)).await;
    page.until_text(&format!("{crashing} .facts"), "1/1 · ", SOON).await;
    page.until_true("nothing is said of it now", quiet, &[json!(crashing)])
        .await;
    api.delete_pod("payments-5c9").await;
    let is_gone = "return document.querySelector(arguments[0]) === null";
    page.until_true("its chip is gone", is_gone, &[json!(crashing)]).await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn names_and_blocks_have_the_same_slots_keys_and_hooks() {
    let stage = stage_of_four().await;
    let page = open(&stage, "#zoom=names").await;
    until_zoom(&page, "names").await;
    let as_names: Value = page.eval(HOOKS, &[]).await;
    let focused = "return document.activeElement?.dataset?.pod ?? ''";
    page.focus(as_names[0][0].as_str().expect("a pod")).await;
    press(&page, Key::Right).await;
    assert_eq!(page.eval::<Value>(focused, &[]).await, as_names[1][0]);
    press(&page, Key::Enter).await;
    let open = "return document.querySelector('#drawer')?.dataset.subject === `pod:${arguments[0]}`";
    page.until_true("its details are open", open, &[as_names[1][0].clone()])
        .await;
    press(&page, Key::Escape).await;
    // Farther, and closer again.
    press(&page, "-").await;
    until_zoom(&page, "boxes").await;
    assert_eq!(page.eval::<Value>(HOOKS, &[]).await, as_names);
    assert_eq!(page.eval::<String>("return location.hash", &[]).await, "#zoom=boxes");
    page.eval::<()>("document.querySelector('#zoom-in').click(); return null", &[])
        .await;
    until_zoom(&page, "names").await;
    assert_eq!(page.eval::<String>("return location.hash", &[]).await, "#zoom=names");
    assert_eq!(page.eval::<Value>(HOOKS, &[]).await, as_names);
    // The query dims what it does not find.
    page.eval::<()>("location.hash = 'q=search'; return null", &[]).await;
    let dimmed = "return document.querySelectorAll('#map [data-pod][data-dim]').length === 3
        && document.querySelectorAll('#map .chip').length === 4";
    page.until_true("three are dimmed", dimmed, &[]).await;
    page.assert_clean().await;
}

/// On a phone, on a wall, and everywhere between: chips stand in their box, and nothing leaves the window.
#[browser_test::in_chromium]
async fn names_fit_their_box_on_a_phone_and_on_a_wall() {
    let stage = stage_of_four().await;
    let page = open(&stage, "").await;
    let fits = "const box = document.querySelector('.card').getBoundingClientRect();
        const chips = [...document.querySelectorAll('#map .chip')].map((it) => it.getBoundingClientRect());
        const outside = chips.filter(({ left, right, top, bottom }) =>
            left < box.left || right > box.right || top < box.top || bottom > box.bottom || right > innerWidth);
        const cut = [...document.querySelectorAll('#map .chip')].filter((it) => it.scrollWidth > it.clientWidth);
        return document.documentElement.scrollWidth <= innerWidth && chips.length === 4 && outside.length === 0 && cut.length === 0
            || JSON.stringify({ box, outside, cut: cut.map((it) => it.innerText), page: document.documentElement.scrollWidth })";
    for (fragment, width, height) in [
        ("", 360, 740),
        ("", 390, 844),
        ("", 1_280, 720),
        ("", 1_440, 900),
        ("", 3_840, 2_160),
        ("kiosk=1", 1_280, 720),
        ("kiosk=1", 1_920, 1_080),
    ] {
        page.eval::<()>("location.hash = arguments[0]; return null", &[json!(fragment)])
            .await;
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        until_zoom(&page, "names").await;
        page.until_true(&format!("names fit {width} by {height}, {fragment:?}"), fits, &[])
            .await;
    }
    page.assert_clean().await;
}

/// Two long names that differ at their end look different, wherever they are cut.
#[browser_test::in_chromium]
async fn ends_of_long_names_are_seen() {
    let stage = stage_of_four().await;
    let page = open(&stage, "").await;
    // The letters that are within every box around them.
    let seen = "const seen = (pod) => {
            const name = document.querySelector(`#map [data-pod=\"${pod}\"] .name-parts`);
            const range = document.createRange();
            let text = '';
            const walker = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const node = walker.currentNode, clip = node.parentElement.getBoundingClientRect(), whole = name.getBoundingClientRect();
                for (let at = 0; at < node.length; at += 1) {
                    range.setStart(node, at);
                    range.setEnd(node, at + 1);
                    const { left, right } = range.getBoundingClientRect();
                    if (right <= Math.min(clip.right, whole.right) + 0.5 && left >= clip.left - 0.5) text += node.data[at];
                }
            }
            return text;
        };
        const [one, other] = [...arguments].map(seen);
        return one !== other && one.endsWith('-aaaaa') && other.endsWith('-bbbbb') && one.length < arguments[0].length - 5
            || JSON.stringify([one, other])";
    for width in [360, 1_280] {
        let screen = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        until_zoom(&page, "names").await;
        let keys = [json!(stage.key(PODS[0])), json!(stage.key(PODS[1]))];
        page.until_true(&format!("ends are seen at {width} px"), seen, &keys)
            .await;
    }
    page.assert_clean().await;
}

/// A hundred pods of which fifty change every second.
#[browser_test::in_chromium]
async fn a_hundred_names_keep_pace_with_fifty_events_a_second() {
    let turn = Turn::take().await;
    let world = WorldOptions {
        nodes: 3,
        pods: 100,
        churn: 40.0,
        ..WorldOptions::default()
    };
    let options = ServerOptions {
        world: Some(world),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("names that move", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("#zoom=names").await;
    page.until_live().await;
    until_zoom(&page, "names").await;
    let reset = "Object.assign(k8bitProbe, { longestTaskMs: 0, longTasks: 0, longTasksMs: 0 }); return null";
    page.eval::<()>(reset, &[]).await;
    let events = "const { kinds } = k8bit.diagnostics();
        return kinds.reduce((sum, { counters }) => sum + (counters?.events ?? 0), 0)";
    let before: u64 = page.eval(events, &[]).await;
    let has_come = format!("return (() => {{ {events} }})() >= arguments[0]");
    page.until_true("events come", &has_come, &[json!(before + EVENTS)])
        .await;
    page.settled().await;
    let is_whole = "const { pods } = k8bit.snapshot();
        const chips = [...document.querySelectorAll('#map .chip')];
        return pods.filter(({ node }) => node).every(({ uid, status }) => chips.some((it) => it.dataset.uid === uid && it.dataset.status === status))";
    page.until_true("every pod has its chip", is_whole, &[]).await;
    let probe = page.assert_clean().await;
    tools::report(&format!(
        "names: {EVENTS} events over 100 pods, {} long tasks, the longest {:.0} ms",
        probe.long_tasks, probe.longest_task_ms
    ));
    if tools::is_measuring() {
        assert_eq!(probe.long_tasks, 0, "the longest took {} ms", probe.longest_task_ms);
    }
}
