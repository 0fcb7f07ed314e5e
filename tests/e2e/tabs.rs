//! Any number of tabs: the browser has six connections for all pages of `kubectl proxy`, and every one of ours stays live.

use std::time::{Duration, Instant};

use k8bit_simulator::http::ServerOptions;
use serde_json::json;
use thirtyfour::WindowHandle;

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    page::Page,
    stage::{Stage, Turn},
    tools,
    wait::{SOON, eventually},
};

/// A request beside the streams, which would wait without end if they held every connection.
const ANSWERS: &str = "the API answers beside the streams";
const ANSWERS_SCRIPT: &str = "window.answered ??= fetch('/version').then(() => { window.isAnswered = true; }); \
                              return window.isAnswered === true";

/// A stage with one node and one running pod.
async fn stage_with_pod(test: &str) -> Option<(Stage, String)> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("first", &node).await;
    Some((Stage::build_with(turn, cluster, &[]).await, node))
}

/// Opens the page in another tab, and waits until it is live.
async fn open_tab(page: &Page<'_>, url: &str) -> WindowHandle {
    let tab = page.driver().new_tab().await.expect("a new tab");
    page.driver()
        .switch_to_window(tab.clone())
        .await
        .expect("the tab is there");
    page.go_to(url).await;
    page.until_live().await;
    tab
}

async fn look_at(page: &Page<'_>, tab: &WindowHandle) {
    page.driver()
        .switch_to_window(tab.clone())
        .await
        .expect("the tab is there");
}

/// Every tab sees a pod that is created now.
async fn assert_all_follow(stage: &Stage, page: &Page<'_>, tabs: &[WindowHandle], pod: &str, node: &str) {
    stage.cluster.api.create_running_pod(pod, node).await;
    for tab in tabs {
        look_at(page, tab).await;
        page.until("the new pod is there", |seen| seen.is_live() && seen.pod(pod).is_some())
            .await;
    }
}

#[browser_test::in_every_browser]
async fn row_81_ten_tabs_stay_live_and_an_eleventh_page_loads() {
    let Some((stage, node)) = stage_with_pod("ten tabs").await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    let url: String = page.eval("return location.href", &[]).await;
    let mut tabs = vec![page.driver().window().await.expect("a window")];
    for _ in 1..10 {
        tabs.push(open_tab(&page, &url).await);
    }
    assert_all_follow(&stage, &page, &tabs, "second", &node).await;
    // With six streams over fetch, this one would wait without end; and so would a request of any tab.
    tabs.push(open_tab(&page, &url).await);
    page.until_true(ANSWERS, ANSWERS_SCRIPT, &[]).await;
    assert_all_follow(&stage, &page, &tabs, "third", &node).await;
}

/// How soon the others must have what a tab held that is gone, on a machine that does nothing else.
const FREED_WITHIN: Duration = Duration::from_secs(2);

/// And for how long no tab may wait for another: Chromium's cache would let one wait for 20 s.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// How a tab is lost.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Closed,
    Frozen,
    Crashed,
}

/// There is no leader among the tabs: each has streams of its own, and three of all streams may be `fetch`, which is
/// what locks are for. So what a lost tab can take from the others is the locks that it held.
async fn check_lost(loss: Loss) {
    let test = format!("a tab is {loss:?}");
    let Some((stage, node)) = stage_with_pod(&test).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    let url: String = page.eval("return location.href", &[]).await;
    let first = page.driver().window().await.expect("a window");
    assert_eq!(transports(&page).await, ["fetch", "fetch"], "the first tab");
    let tabs = [open_tab(&page, &url).await, open_tab(&page, &url).await];
    assert_eq!(transports(&page).await, ["websocket", "websocket"], "the last tab");
    assert_eq!(held_locks(&page).await, 3);

    look_at(&page, &first).await;
    match loss {
        Loss::Closed => page.driver().close_window().await.expect("a tab can be closed"),
        Loss::Frozen => {
            page.devtools("Page.setWebLifecycleState", json!({"state": "frozen"}))
                .await;
        }
        // There is nobody left to answer.
        Loss::Crashed => drop(page.driver().cdp().send_raw("Page.crash", json!({})).await),
    }
    let lost = Instant::now();
    look_at(&page, &tabs[1]).await;
    eventually("the locks are free", SOON, async || match held_locks(&page).await {
        1 => Ok(()),
        held => Err(format!("{held} are held")),
    })
    .await;
    let freed = lost.elapsed();
    stage.cluster.api.create_running_pod("second", &node).await;
    for tab in &tabs {
        look_at(&page, tab).await;
        page.until("the new pod is there", |seen| {
            seen.is_live() && seen.pods.len() == 2 && seen.pod("second").is_some()
        })
        .await;
        assert_eq!(page.blocks().await.len(), 2, "a block for each pod");
    }
    let seen = lost.elapsed();
    let row = format!("row 82: a tab is {loss:?}");
    tools::measured(&format!("{row}: its locks are free"), freed, FREED_WITHIN);
    tools::measured(&format!("{row}: the others have the next pod"), seen, FREED_WITHIN);
    // And a new tab takes the place that became free.
    let next = open_tab(&page, &url).await;
    assert_eq!(transports(&page).await, ["fetch", "fetch"], "the next tab");
    assert_all_follow(&stage, &page, &[next], "third", &node).await;
}

/// What carries the nodes and what the pods.
async fn transports(page: &Page<'_>) -> Vec<String> {
    page.eval("return k8bit.diagnostics().kinds.map((kind) => kind.transport)", &[])
        .await
}

/// How many locks all tabs of the page hold.
async fn held_locks(page: &Page<'_>) -> usize {
    let script = "const done = arguments[0]; navigator.locks.query().then(({ held }) => done(held.length))";
    let held = page.driver().execute_async(script, Vec::new()).await;
    let held = held.expect("the browser answers");
    held.convert().expect("a number")
}

#[browser_test::in_chromium]
async fn row_82_a_tab_that_held_streams_is_closed_and_the_others_go_on() {
    check_lost(Loss::Closed).await;
}

#[browser_test::in_chromium]
async fn row_82_a_tab_that_held_streams_is_frozen_and_the_others_go_on() {
    check_lost(Loss::Frozen).await;
}

#[browser_test::in_chromium]
async fn row_82_a_tab_that_held_streams_crashes_and_the_others_go_on() {
    check_lost(Loss::Crashed).await;
}

/// Locks are for secure contexts alone, and a host name over plain HTTP is none. Without locks a tab does not know the
/// others, so every watch is a WebSocket.
#[browser_test::in_chromium]
async fn row_81_tabs_of_a_plain_host_name_stay_live_without_locks() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("a plain host name", ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("first", &node).await;
    let browser = Browser::start_with(&["--host-resolver-rules=MAP k8bit.test 127.0.0.1"]).await;
    let stage = Stage::build_for(turn, cluster, browser, &["--accept-hosts=^k8bit\\.test$"]).await;
    let url = format!("{}/static/", stage.proxy.url()).replace("127.0.0.1", "k8bit.test");
    let page = Page::open(&stage.browser, &url, Some(&stage.cluster.namespace)).await;
    page.until_live().await;
    let is_plain = "return !isSecureContext && navigator.locks === undefined";
    assert!(page.eval::<bool>(is_plain, &[]).await, "{url} has locks");
    let mut tabs = vec![page.driver().window().await.expect("a window")];
    for _ in 1..7 {
        tabs.push(open_tab(&page, &url).await);
        assert_eq!(transports(&page).await, ["websocket", "websocket"]);
    }
    page.until_true(ANSWERS, ANSWERS_SCRIPT, &[]).await;
    assert_all_follow(&stage, &page, &tabs, "second", &node).await;
}

#[browser_test::in_chromium]
async fn row_83_two_tabs_with_the_same_address_do_not_wait_for_each_other() {
    let Some((stage, _)) = stage_with_pod("two tabs").await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    let url: String = page.eval("return location.href", &[]).await;
    open_tab(&page, &url).await;
    // From the page's own clock: the browser's cache would hold the second of two equal requests for twenty seconds.
    let slowest: f64 = page
        .eval(
            "return Math.max(...performance.getEntriesByType('resource').map(entry => entry.responseStart - entry.startTime))",
            &[],
        )
        .await;
    let slowest = Duration::from_secs_f64(slowest / 1_000.0);
    tools::measured(
        "row 83: the slowest answer to one of two tabs",
        slowest,
        ANSWERED_WITHIN,
    );
}
