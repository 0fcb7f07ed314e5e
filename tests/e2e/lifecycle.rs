//! The life of a page in a browser: left and come back to, frozen and thawed.
//!
//! The browser's own events are dispatched by script, because no driver can put a page into the back/forward cache on
//! demand; what the page does upon them is real, down to the connections of `kubectl proxy`.

use k8bit_simulator::http::ServerOptions;

use crate::harness::{
    cluster::Cluster,
    page::Page,
    stage::{Stage, Turn},
    wait::{SOON, eventually},
};

/// Lets `leave` happen to the page, deletes a pod and creates another, lets `come_back` happen.
async fn check(test: &str, leave: &str, come_back: &str) {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated(test, ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    for name in ["stays", "goes"] {
        cluster.api.create_running_pod(name, &node).await;
    }
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until("both pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    page.eval::<()>("window.mark = 'not reloaded'; return null", &[]).await;

    page.eval::<()>(leave, &[]).await;
    eventually("every watch is given up", SOON, async || {
        let open = stage.cluster.simulator().open_watches();
        (open == 0).then_some(()).ok_or_else(|| format!("{open} are open"))
    })
    .await;
    assert_ne!(page.state().await, "live", "what nobody keeps up is not called live");
    stage.cluster.api.delete_pod("goes").await;
    stage.cluster.api.create_running_pod("comes", &node).await;

    page.eval::<()>(come_back, &[]).await;
    let seen = until_right(&page).await;
    assert!(seen, "the picture is right again");
    let mark: String = page.eval("return window.mark ?? ''", &[]).await;
    assert_eq!(mark, "not reloaded");
}

async fn until_right(page: &Page<'_>) -> bool {
    let seen = page
        .until("the new pod is there and the deleted one is gone", |seen| {
            seen.is_live() && seen.pod("comes").is_some() && seen.pod("goes").is_none()
        })
        .await;
    page.settled().await;
    page.blocks().await.len() == seen.pods.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_a_page_that_was_hidden_and_frozen_is_right_when_it_is_shown() {
    check(
        "frozen and thawed",
        "document.dispatchEvent(new Event('freeze')); return null",
        "document.dispatchEvent(new Event('resume')); return null",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_85_a_page_from_the_back_forward_cache_has_no_ghosts() {
    check(
        "left and come back to",
        "window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })); return null",
        "window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })); return null",
    )
    .await;
}
