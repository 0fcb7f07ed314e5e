//! The life of a page in a browser: behind another tab, frozen and thawed, left and come back to, and clocks that jump.
//!
//! The browser does all of it itself. Only time is not waited for: where twenty minutes or an hour are to pass, the
//! clocks that the page reads are put forward. `K8BIT_HIDDEN_SECONDS=1200` hides the page for that long instead.

use std::{env, time::Duration};

use k8bit_simulator::http::{RequestRecord, ServerOptions};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::harness::{
    browser,
    cluster::Cluster,
    objects,
    page::Page,
    stage::{Stage, Turn},
    suite::{self, Engine},
    tools,
    wait::{SOON, eventually},
};

/// How soon a page that is shown again has to be right, on a machine that does nothing else.
const RIGHT_WITHIN: Duration = Duration::from_secs(1);

/// Long enough for a hidden page to give its streams up, in milliseconds.
const TWENTY_MINUTES_MS: u32 = 20 * 60 * 1_000;

/// How often a page is left before one has to come out of the back/forward cache.
const ATTEMPTS: u32 = 5;

/// What the probe saw of a page that came back.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComeBack {
    /// Whether the page came out of the back/forward cache; `None` for other returns.
    persisted: Option<bool>,
    /// From the browser's event to the right picture.
    right_ms: Option<f64>,
    /// The page called itself live in a frame that did not show what is.
    lied: bool,
}

/// A stage whose page shows the pods `stays` and `goes` and is live.
async fn stage_with_pods(test: &str) -> Option<(Stage, String)> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    for name in ["stays", "goes"] {
        cluster.api.create_running_pod(name, &node).await;
    }
    Some((Stage::build_with(turn, cluster, &[]).await, node))
}

async fn open(stage: &Stage) -> Page<'_> {
    let page = stage.open("").await;
    page.until("both pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    page.eval::<()>("window.mark = 'not reloaded'; return null", &[]).await;
    page
}

/// While nobody looks, `goes` is deleted and `comes` is created.
async fn change_pods(stage: &Stage, node: &str) {
    stage.cluster.api.delete_pod("goes").await;
    stage.cluster.api.create_running_pod("comes", node).await;
}

/// From the next time that the browser fires `event` on, the probe looks for what [`change_pods`] leaves.
async fn watch_return(page: &Page<'_>, target: &str, event: &str) {
    let script = format!("k8bitProbe.watchReturn({target}, arguments[0], ['comes', 'stays']); return null");
    page.eval::<()>(&script, &[json!(event)]).await;
}

/// The page is right, was so in time, and never called itself live before. What the probe saw.
async fn assert_came_back(what: &str, page: &Page<'_>) -> ComeBack {
    let seen = page
        .until("the new pod is there and the deleted one is gone", |seen| {
            seen.is_live() && seen.pod("comes").is_some() && seen.pod("goes").is_none()
        })
        .await;
    assert_eq!(page.blocks().await.len(), seen.pods.len(), "blocks");
    let mark: String = page.eval("return window.mark ?? ''", &[]).await;
    assert_eq!(mark, "not reloaded");
    let script = "return k8bitProbe.comeBack?.rightMs === null ? null : k8bitProbe.comeBack";
    let back = eventually("the probe has seen it", SOON, async || {
        let back: Option<ComeBack> = page.eval(script, &[]).await;
        back.ok_or_else(|| "the event of the browser, or the right picture, has not come".to_owned())
    })
    .await;
    let right_ms = back.right_ms.expect("the script waits for it");
    assert!(!back.lied, "{what}: it called itself live before it was right");
    let right = Duration::from_secs_f64(right_ms / 1_000.0);
    tools::measured(&format!("{what}: right after the browser's event"), right, RIGHT_WITHIN);
    page.assert_clean().await;
    back
}

async fn until_open_watches(stage: &Stage, wanted: usize, patience: Duration) {
    eventually(&format!("{wanted} watches are open"), patience, async || {
        let open = stage.cluster.simulator().open_watches();
        (open == wanted).then_some(()).ok_or_else(|| format!("{open} are open"))
    })
    .await;
}

/// Has the browser hide the page, to which commands still go: behind another tab in Chromium, where DevTools alone can do
/// that; minimized in the others.
pub(crate) async fn hide(page: &Page<'_>) {
    match suite::engine() {
        Engine::Chromium => {
            let other = page.driver().new_tab().await.expect("a new tab");
            page.devtools("Target.activateTarget", json!({"targetId": other.to_string()}))
                .await;
        }
        Engine::Firefox | Engine::Webkit => {
            let minimized = page.driver().minimize_window().await;
            minimized.expect("the window can be minimized");
        }
    }
    page.until_true("the browser hides the page", "return document.hidden", &[])
        .await;
}

/// Has the browser show the page again.
pub(crate) async fn show(page: &Page<'_>) {
    match suite::engine() {
        Engine::Chromium => drop(page.devtools("Page.bringToFront", json!({})).await),
        Engine::Firefox | Engine::Webkit => browser::size_window(page.driver()).await,
    }
    page.until_true("the browser shows the page", "return !document.hidden", &[])
        .await;
}

async fn skip(page: &Page<'_>, monotonic_ms: i64, wall_ms: i64) {
    let script = "k8bitProbe.skip(arguments[0], arguments[1]); return null";
    page.eval::<()>(script, &[json!(monotonic_ms), json!(wall_ms)]).await;
}

#[browser_test::in_every_browser(
    webkit = "a minimized MiniBrowser does not always close the connections of aborted requests"
)]
async fn row_84_a_page_that_was_hidden_for_twenty_minutes_is_right_when_it_is_shown() {
    let Some((stage, node)) = stage_with_pods("hidden for twenty minutes").await else {
        return;
    };
    let page = open(&stage).await;
    hide(&page).await;
    match env::var("K8BIT_HIDDEN_SECONDS").ok().filter(|text| !text.is_empty()) {
        None => {
            skip(&page, TWENTY_MINUTES_MS.into(), TWENTY_MINUTES_MS.into()).await;
            // A hidden page's timers may be a minute late.
            until_open_watches(&stage, 0, Duration::from_secs(90)).await;
        }
        Some(seconds) => {
            let seconds = seconds.parse().expect("K8BIT_HIDDEN_SECONDS is a number of seconds");
            sleep(Duration::from_secs(seconds)).await;
            assert_eq!(stage.cluster.simulator().open_watches(), 0, "open watches");
        }
    }
    change_pods(&stage, &node).await;
    assert_ne!(
        page.snapshot().await.connection.state,
        "live",
        "what nobody keeps up is not called live"
    );
    watch_return(&page, "document", "visibilitychange").await;
    show(&page).await;
    assert_came_back("row 84: hidden for twenty minutes", &page).await;
}

#[browser_test::in_every_browser]
async fn row_84_a_page_that_is_hidden_for_a_moment_keeps_its_streams() {
    let Some((stage, node)) = stage_with_pods("hidden for a moment").await else {
        return;
    };
    let page = open(&stage).await;
    let before = stage.cluster.simulator().requests().len();
    hide(&page).await;
    // Of a hidden page, the title is all that is seen.
    let (api, name) = (&stage.cluster.api, "fails-meanwhile");
    api.create_running_pod(name, &node).await;
    api.patch_pod_status(
        name,
        &objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting"),
    )
    .await;
    let title = "return document.title === arguments[0] || document.title";
    page.until_true("the title counts", title, &[json!("(1!) K8bit")]).await;
    api.delete_pod(name).await;
    page.until_true("the title is calm", title, &[json!("K8bit")]).await;
    watch_return(&page, "document", "visibilitychange").await;
    change_pods(&stage, &node).await;
    show(&page).await;
    assert_came_back("row 84: hidden for a moment", &page).await;
    assert_eq!(gets(&stage, before), Vec::<String>::new(), "requests of the page");
}

#[browser_test::in_chromium]
async fn row_84_a_page_that_the_browser_froze_is_right_when_it_is_thawed() {
    let Some((stage, node)) = stage_with_pods("frozen and thawed").await else {
        return;
    };
    let page = open(&stage).await;
    // It is hidden between a drawing and the frame after that.
    let draw = async {
        for reason in ["ErrImagePull", "ImagePullBackOff"].into_iter().cycle() {
            let status = objects::waiting_status(reason, "");
            stage.cluster.api.patch_pod_status("stays", &status).await;
        }
    };
    tokio::select! {
        () = hide(&page) => {}
        () = draw => {}
    }
    watch_return(&page, "document", "resume").await;
    page.devtools("Page.setWebLifecycleState", json!({"state": "frozen"}))
        .await;
    until_open_watches(&stage, 0, SOON).await;
    change_pods(&stage, &node).await;
    page.devtools("Page.setWebLifecycleState", json!({"state": "active"}))
        .await;
    show(&page).await;
    assert_came_back("row 84: frozen", &page).await;
}

#[browser_test::in_every_browser]
async fn row_85_a_page_from_the_back_forward_cache_has_no_ghosts() {
    let Some((stage, node)) = stage_with_pods("left and come back to").await else {
        return;
    };
    for attempt in 1.. {
        let page = open(&stage).await;
        watch_return(&page, "window", "pageshow").await;
        // The page's own doing: a command to it on its way into the cache may throw it out.
        let leave = "const [to] = arguments; setTimeout(() => { location.href = to; }, 100); return null";
        page.eval::<()>(leave, &[json!(format!("{}/readyz", stage.proxy.url()))])
            .await;
        until_open_watches(&stage, 0, SOON).await;
        change_pods(&stage, &node).await;
        // Firefox tells a page that it goes before the next one is there, and nothing leads back yet.
        let left = "return location.pathname.endsWith('/readyz') && document.readyState === 'complete'";
        page.until_true("the other page is there", left, &[]).await;
        page.driver().back().await.expect("there is a page to go back to");
        page.until_true(
            "the page is back",
            "return 'k8bit' in window || `${document.URL} ${document.readyState}: ${document.body?.innerText}`",
            &[],
        )
        .await;
        let is_reloaded: bool = page.eval("return window.mark === undefined", &[]).await;
        if !is_reloaded {
            let back = assert_came_back("row 85", &page).await;
            assert_eq!(back.persisted, Some(true), "it came out of the cache");
            return;
        }
        // Now and then the browser does not keep a page, and then there is nothing to see. It does not do so time after time.
        let reasons = "return performance.getEntriesByType('navigation')[0].notRestoredReasons ?? null";
        let reasons: Value = page.eval(reasons, &[]).await;
        if attempt >= ATTEMPTS && suite::engine() != Engine::Chromium {
            return suite::skip("the browser kept no page, and does not say why");
        }
        assert!(attempt < ATTEMPTS, "not in the cache because of {reasons}");
        tools::report(&format!("row 85: not in the cache, because of {reasons}"));
        stage.cluster.api.delete_pod("comes").await;
        stage.cluster.api.create_running_pod("goes", &node).await;
    }
}

#[browser_test::in_every_browser]
async fn row_87_clocks_that_jump_an_hour_cost_one_probe_of_each_kind() {
    let Some((stage, node)) = stage_with_pods("clocks that jump").await else {
        return;
    };
    let page = open(&stage).await;
    let hour = 3_600_000;
    // Both clocks, the monotonic one alone, that on the wall alone: each is what some browser does after sleep.
    for (monotonic, wall) in [(hour, hour), (hour, 0), (0, hour)] {
        let before = stage.cluster.simulator().requests().len();
        skip(&page, monotonic, wall).await;
        eventually("every watch is opened again", SOON, async || {
            let asked = gets(&stage, before);
            let watches = asked.iter().filter(|path| path.contains("watch=1")).count();
            if watches >= 2 && page.state().await == "live" {
                Ok(())
            } else {
                Err(format!("{asked:?}"))
            }
        })
        .await;
        // And then nothing more.
        pass_ticks(&page).await;
        let asked = gets(&stage, before);
        let (watches, consistency_checks): (Vec<_>, Vec<_>) = asked.iter().partition(|path| path.contains("watch=1"));
        assert_eq!(watches.len(), 2, "a watch of nodes and one of pods: {asked:?}");
        assert!(
            consistency_checks.len() == 2
                && consistency_checks
                    .iter()
                    .all(|path| path.ends_with("?pretty=false&limit=1")),
            "an audit of each: {asked:?}"
        );
    }
    // A clock that is set back is nothing to the page. Ticks have passed when the next event has come.
    let before = stage.cluster.simulator().requests().len();
    skip(&page, 0, -hour).await;
    pass_ticks(&page).await;
    change_pods(&stage, &node).await;
    page.until("events go on", |seen| seen.is_live() && seen.pod("comes").is_some())
        .await;
    assert_eq!(gets(&stage, before), Vec::<String>::new(), "requests of the page");
}

/// Waits until the page's own clock, which ticks every second, has ticked: what it notices, it has noticed then.
async fn pass_ticks(page: &Page<'_>) {
    let begin = "window.ticked = 0; window.ticks ??= setInterval(() => { window.ticked += 1; }, 1000); return null";
    page.eval::<()>(begin, &[]).await;
    page.until_true("three seconds pass", "return window.ticked >= 3", &[])
        .await;
}

/// What was asked for after this many requests, other than by the test.
fn gets(stage: &Stage, after: usize) -> Vec<String> {
    let requests = stage.cluster.simulator().requests();
    let asked = requests.into_iter().skip(after);
    asked
        .filter(|RequestRecord { method, .. }| method == "GET")
        .map(|record| record.path_and_query)
        .collect()
}
