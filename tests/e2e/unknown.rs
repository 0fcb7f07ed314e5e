//! What is not known is not zero, not calm, and does not go on.

use serde_json::json;

use crate::{
    drawer::{open_pod, until_there},
    harness::{
        browser::Browser,
        cluster::Cluster,
        kubectl::KubectlProxy,
        objects,
        page::Page,
        stage::{Stage, Turn},
        wait::{LATER, SOON},
    },
};
use k8bit_simulator::http::ServerOptions;

async fn stage_with_pod(test: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    Some(Stage::build_with(turn, cluster, &[]).await)
}

#[browser_test::in_every_browser]
async fn right_after_loading_no_more_is_said_than_is_known() {
    let Some(stage) = stage_with_pod("what is known right after loading").await else {
        return;
    };
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    // The pod is seconds old.
    let recent = "const text = document.querySelector('#recent').innerText;
        return /^none created or deleted in the last \\d+ s$/.test(text) || text";
    page.until_true("only what was heard is spoken of", recent, &[]).await;
    // Nobody has ever been there.
    let has_tray = "return document.querySelector('#unscheduled').checkVisibility()";
    assert!(!page.eval::<bool>(has_tray, &[]).await, "there is no tray");
    page.until_text(".counters .calm", "Nothing is wrong.", SOON).await;
}

#[browser_test::in_every_browser]
async fn while_nothing_is_heard_nothing_is_calm_and_nothing_goes_on() {
    let Some(stage) = stage_with_pod("what is known while stale").await else {
        return;
    };
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container]").await;
    page.until_text("#explanation", "Running and ready for", SOON).await;
    stage
        .cluster
        .simulator()
        .set_reachable(false)
        .expect("its port can be closed");
    page.until_state(&["stale"], LATER).await;
    page.until_text(".counters .calm", "Nothing was wrong as of", SOON)
        .await;
    let is_gray = "return document.querySelector('.counters .calm').hasAttribute('data-partial')";
    page.until_true("and it is not green", is_gray, &[]).await;
    page.until_text("#recent", "recent changes not known", SOON).await;
    let title = "return document.title === '(?) K8bit' || document.title";
    page.until_true("the title says so", title, &[]).await;

    // Durations and ages stand still, on a page whose badge counts on.
    let texts =
        "return [document.querySelector('#explanation').innerText, document.querySelector('#drawer .facts').innerText]";
    let before: Vec<String> = page.eval(texts, &[]).await;
    let later = "window.before ??= performance.now(); return performance.now() - before > 4000";
    page.until_true("four seconds pass", later, &[]).await;
    assert_eq!(page.eval::<Vec<String>>(texts, &[]).await, before);

    page.eval::<()>("location.hash = 'kiosk=1'; return null", &[]).await;
    page.until_text("#wall-problems .number", "?", SOON).await;
    let is_grey = "const light = document.querySelector('#spotlight');
        return light.hasAttribute('data-calm') && light.hasAttribute('data-partial')";
    page.until_true("the wall is not calm", is_grey, &[]).await;
    let clock = "const clock = document.querySelector('#wall-clock').innerText;
        window.firstClock ??= clock; return clock !== firstClock";
    page.until_true("its clock goes on", clock, &[]).await;

    stage.cluster.simulator().set_reachable(true).expect("its port is free");
    page.until_live().await;
    page.until_text("#wall-problems .number", "0", SOON).await;
    page.eval::<()>("location.hash = ''; return null", &[]).await;
    page.until_text(".counters .calm", "Nothing is wrong.", SOON).await;
    page.until_text("#recent", " s", SOON).await;
}

/// Every family that has pods is seen whole, on every width, with and without the details beside the picture; and no other.
#[browser_test::in_chromium]
async fn the_families_fit_every_window() {
    let Some(stage) = stage_with_every_family("families that fit").await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    page.until("all of them are there", |seen| seen.pods.len() == 7).await;
    let fits = "const box = document.querySelector('.families');
        const summary = document.querySelector('#summary').getBoundingClientRect();
        const cut = [...box.querySelectorAll('.family')].filter((it) => {
            const { left, right, top, bottom } = it.getBoundingClientRect();
            const at = (x, y) => it.contains(document.elementFromPoint(x, y));
            return left < 0 || right > innerWidth || bottom > summary.bottom
                || it.scrollWidth > it.clientWidth + 1 || !at(left + 2, top + 2) || !at(right - 3, bottom - 3);
        });
        const shown = [...box.querySelectorAll('.family')].filter((it) => it.checkVisibility());
        const isWhole = box.scrollWidth <= box.clientWidth && shown.length === 7 && cut.length === 0;
        return isWhole || `${box.scrollWidth} in ${box.clientWidth}, cut: ${cut.map((it) => it.innerText)}`";
    for drawer in [false, true] {
        if drawer {
            open_pod(&page, &stage.key("healthy")).await;
        }
        // Up to 64rem the drawer is over the picture.
        let widths: &[u32] = if drawer {
            &[1_100, 1_280, 1_440, 1_920]
        } else {
            &[360, 480, 768, 1_024, 1_280, 1_440, 1_920]
        };
        for width in widths {
            let screen = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
            page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
            let what = format!("the families fit {width} pixels, drawer: {drawer}");
            page.until_true(&what, fits, &[]).await;
        }
    }
    // The numbers beside the signs are the pods of each; one that is pressed is looked for.
    let is_counted =
        "const shown = [...document.querySelectorAll('#families .family')].filter((it) => it.checkVisibility());
        return shown.every((it) => it.querySelector('.number').textContent === '1')";
    page.until_true("each has one pod", is_counted, &[]).await;
    // Its part stands over its words, in its color.
    let is_legend = "return [...document.querySelectorAll('#families .family')].every((it) => {
        const color = getComputedStyle(it).borderBlockStartColor;
        return color === getComputedStyle(it.querySelector('.pod')).color || `${it.innerText}: ${color}`;
    })";
    page.until_true("parts have the color of their sign", is_legend, &[])
        .await;
    page.assert_clean().await;
}

/// A family without pods keeps its room, so that nothing moves when one comes; in a narrow window it steps aside. The help
/// explains it in any.
#[browser_test::in_chromium]
async fn families_without_pods_keep_their_room_where_there_is_enough() {
    let Some(stage) = stage_with_pod("families without pods").await else {
        return;
    };
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    for (width, shown) in [(360, 1), (1_280, 7)] {
        let screen = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        let is_so =
            "const shown = [...document.querySelectorAll('#families .family')].filter((it) => it.checkVisibility());
            const counted = shown.filter((it) => it.dataset.idle === undefined).map((it) => it.dataset.term).join();
            return counted === 'is:healthy' && shown.length === arguments[0] || `${counted} of ${shown.length}`";
        page.until_true(&format!("one has pods at {width} pixels"), is_so, &[json!(shown)])
            .await;
    }
    let explained: usize = page
        .eval(
            "return new Set([...document.querySelectorAll('#help .blocks-legend .pod')].map((it) => it.dataset.family)).size",
            &[],
        )
        .await;
    assert_eq!(explained, 7);
    page.assert_clean().await;
}

/// A pod of each family.
async fn stage_with_every_family(test: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    let api = &cluster.api;
    let mut half = objects::running_status(0);
    half["containerStatuses"][0]["ready"] = json!(false);
    half["conditions"][3]["status"] = json!("False");
    for (name, status) in [
        ("healthy", objects::running_status(0)),
        ("half", half),
        ("creating", objects::waiting_status("ContainerCreating", "")),
        ("crashing", objects::waiting_status("CrashLoopBackOff", "back-off 40s")),
        ("done", json!({"phase": "Succeeded"})),
        ("lost", json!({"phase": "Unknown"})),
    ] {
        api.create_pod(&objects::bound_pod(name, &node)).await;
        api.patch_pod_status(name, &status).await;
    }
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available.",
    });
    api.create_pod(&objects::pod("gated")).await;
    api.patch_pod_status("gated", &json!({"phase": "Pending", "conditions": [condition]}))
        .await;
    Some(Stage::build_with(turn, cluster, &[]).await)
}

/// A plain-http host name is no secure context, and its screen may go dark.
#[browser_test::in_chromium]
async fn a_wall_that_may_go_dark_says_so() {
    let turn = Turn::take().await;
    let cluster = Cluster::start().await;
    let proxy = KubectlProxy::start(cluster.url(), &["--accept-hosts=^(127\\.0\\.0\\.1|k8bit\\.test)$"]).await;
    let browser = Browser::start_with(&["--host-resolver-rules=MAP k8bit.test 127.0.0.1"]).await;
    let url = format!("{}/static/#kiosk=1", proxy.url()).replace("127.0.0.1", "k8bit.test");
    let page = Page::open(&browser, &url, Some(&cluster.namespace)).await;
    page.until_live().await;
    page.until_text("#wall-warning", "This screen may go dark: over plain http", SOON)
        .await;
    let said = "return document.querySelector('#context-line').textContent";
    let said: String = page.eval(said, &[]).await;
    assert!(said.contains("no locks between tabs"), "{said}");

    let page = Page::open(
        &browser,
        &format!("{}/static/#kiosk=1", proxy.url()),
        Some(&cluster.namespace),
    )
    .await;
    page.until_live().await;
    let line = "return document.querySelector('#context-line').textContent";
    assert_eq!(page.eval::<String>(line, &[]).await, "");
    let warning: String = page.text("#wall-warning").await;
    assert!(!warning.contains("plain http"), "{warning}");
    drop((browser, proxy, cluster, turn));
}
