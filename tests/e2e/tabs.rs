//! Any number of tabs: the browser has six connections for all pages of `kubectl proxy`, and every one of ours stays live.

use k8bit_simulator::http::ServerOptions;
use thirtyfour::WindowHandle;

use crate::harness::{
    cluster::Cluster,
    page::Page,
    stage::{Stage, Turn},
};

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

#[tokio::test(flavor = "multi_thread")]
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
    page.until_true(
        "the API answers beside the streams",
        "window.answered ??= fetch('/version').then(() => { window.isAnswered = true; }); return window.isAnswered === true",
        &[],
    )
    .await;
    assert_all_follow(&stage, &page, &tabs, "third", &node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_82_the_tab_that_held_the_streams_is_closed_and_the_others_go_on() {
    let Some((stage, node)) = stage_with_pod("a tab is closed").await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    let url: String = page.eval("return location.href", &[]).await;
    let first = page.driver().window().await.expect("a window");
    let tabs = [
        open_tab(&page, &url).await,
        open_tab(&page, &url).await,
        open_tab(&page, &url).await,
    ];
    look_at(&page, &first).await;
    page.driver().close_window().await.expect("the first tab can be closed");
    assert_all_follow(&stage, &page, &tabs, "second", &node).await;
    // And a new tab takes the place that became free.
    look_at(&page, &tabs[0]).await;
    let next = open_tab(&page, &url).await;
    assert_all_follow(&stage, &page, &[next], "third", &node).await;
}

#[tokio::test(flavor = "multi_thread")]
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
    assert!(slowest < 15_000.0, "a request waited {slowest} ms for its answer");
}
