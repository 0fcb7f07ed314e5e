//! What is forbidden or wrong: each has its own sentence and says what to do.

use k8bit_simulator::{
    api::{Access, Denial, Scope},
    http::{Faults, Refusal, ServerOptions},
};
use serde_json::{Value, json};

use crate::harness::{
    cluster::Cluster,
    stage::{Stage, Turn},
    wait::{SOON, eventually},
};

/// A stage with one node and one running pod, under an access policy.
async fn stage_under(test: &str, access: Access, proxy_options: &[&str]) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    cluster.simulator().with_api(|api| api.set_access(access));
    Some(Stage::build_with(turn, cluster, proxy_options).await)
}

#[browser_test::in_chromium]
async fn nodes_that_are_forbidden_are_drawn_from_pods() {
    let access = Access::deny_cluster_wide("nodes");
    let Some(stage) = stage_under("nodes forbidden", access, &[]).await else {
        return;
    };
    let page = stage.open("").await;
    page.until("the pods are live", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    page.until_text("#problems", "You may not list nodes.", SOON).await;
    let block = page.block(&stage.key("web")).await;
    assert_eq!(block.node, Some(stage.cluster.node("a")));
    // It is unknown whether that node exists: it is no ghost.
    assert_eq!(page.node_box(&stage.cluster.node("a")).await.status, "Unknown");
    assert!(page.snapshot().await.nodes.is_empty());
}

#[browser_test::in_chromium]
async fn nodes_that_may_be_listed_but_not_watched_are_nodes() {
    let access = Access {
        denied: vec![Denial::new("watch", "nodes", Scope::Everywhere)],
        ..Access::default()
    };
    let Some(stage) = stage_under("nodes not to be watched", access, &[]).await else {
        return;
    };
    let page = stage.open("").await;
    page.until("nodes and pods are there", |seen| {
        seen.nodes.len() == 1 && seen.is_pod("web", "Running")
    })
    .await;
    page.until_text("#problems", "You may not watch nodes.", SOON).await;
    page.until_text("#problems", "listed again about every minute", SOON)
        .await;
    assert_eq!(page.node_box(&stage.cluster.node("a")).await.status, "Ready");
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn pods_that_are_forbidden_over_all_namespaces_are_shown_by_namespace() {
    let access = Access::deny_cluster_wide("pods");
    let Some(stage) = stage_under("pods forbidden", access, &[]).await else {
        return;
    };
    let api = &stage.cluster.api;
    // The fault is for the page: what the test does, it does in a namespace.
    api.create_namespace("e2e-b").await;
    api.in_namespace("e2e-b")
        .create_running_pod("other", &stage.cluster.node("a"))
        .await;
    api.create_namespace("e2e-c").await;
    api.in_namespace("e2e-c")
        .create_running_pod("hidden", &stage.cluster.node("a"))
        .await;

    let page = stage.open("").await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "You may not list pods in all namespaces.", SOON)
        .await;
    page.until_text("#problems", "?namespace=a,b", SOON).await;
    // What may be seen is seen.
    page.until("the node is there", |seen| seen.nodes.len() == 1).await;

    page.go_to(&format!("{}/static/?namespace=e2e,e2e-b", stage.proxy.url()))
        .await;
    page.until("the pod is there", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    assert_eq!(page.text("#problems").await, "");
    let keys = "return [...document.querySelectorAll('#map [data-pod]')].map((block) => block.dataset.pod).sort()";
    assert_eq!(page.eval::<Vec<String>>(keys, &[]).await, ["e2e-b/other", "e2e/web"]);

    // Both are watched.
    api.in_namespace("e2e-b").delete_pod("other").await;
    api.delete_pod("web").await;
    let gone = "return document.querySelectorAll('#map [data-pod]').length === 0";
    page.until_true("both pods are gone", gone, &[]).await;
}

#[browser_test::in_chromium]
async fn credentials_that_are_not_accepted_are_said_to_be_that() {
    let access = Access {
        unauthenticated: true,
        ..Access::default()
    };
    let Some(stage) = stage_under("unauthorized", access, &[]).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "rejected your credentials", SOON).await;
    page.until_text("#problems", "log in until kubectl get nodes works", SOON)
        .await;
    page.until_text("#problems [data-action=sign-in]", "Sign in again", SOON)
        .await;
}

#[browser_test::in_chromium]
async fn the_host_filter_of_kubectl_proxy_is_said_to_be_that() {
    let options = ["--accept-hosts=^only\\.example$"];
    let Some(stage) = stage_under("the host filter", Access::default(), &options).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "refuses requests under this host name", SOON)
        .await;
    page.until_text("#problems", "--accept-hosts", SOON).await;
}

/// An unknown number is not zero, and the page does not say that nothing is wrong.
#[browser_test::in_chromium]
async fn pods_that_cannot_be_read_are_not_counted() {
    let options = ["--reject-paths=^/api/v1/pods,^/api/v1/namespaces"];
    let Some(stage) = stage_under("the path filter", Access::default(), &options).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "or to this path", SOON).await;
    page.until_text("#problems", "--reject-paths", SOON).await;
    let texts = "const texts = {};
        for (const selector of ['#total-nodes .number', '#total-pods .number', '#total-pods .words', '#recent',
            '.counters .calm', '.family .number', '#unscheduled .count', '.card .count b', '.card .percent',
            '#wall-problems .number', '#wall-nodes .number', '#wall-pods .number', '.wall-families .number'])
            if (document.querySelector(selector)?.checkVisibility())
                texts[selector] = document.querySelector(selector).textContent;
        return texts";
    let until_texts = async |what: &str, expected: Value| {
        eventually(what, SOON, async || {
            let seen: Value = page.eval(texts, &[]).await;
            if seen == expected {
                Ok(())
            } else {
                Err(format!("{seen:#}"))
            }
        })
        .await;
    };
    let expected = json!({
        "#total-nodes .number": "1",
        "#total-pods .number": "?",
        "#total-pods .words": "not known",
        "#recent": "",
        ".counters .calm": "Nothing is wrong with the nodes; the pods are unknown.",
        "#unscheduled .count": "not known",
        ".card .count b": "?",
        ".card .percent": "?",
    });
    until_texts("what is known and what is not", expected).await;
    page.eval::<()>("location.hash = 'kiosk=1'; return null", &[]).await;
    let expected = json!({
        "#unscheduled .count": "not known",
        ".card .count b": "?",
        ".card .percent": "?",
        "#wall-problems .number": "?",
        "#wall-nodes .number": "1",
        "#wall-pods .number": "?",
        ".wall-families .number": "?",
    });
    until_texts("the same on a wall", expected).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_wrong_api_prefix_is_said_to_be_that() {
    let options = ["--api-prefix=/k8s/"];
    let Some(stage) = stage_under("a wrong API prefix", Access::default(), &options).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "is not from a Kubernetes API", SOON).await;
    page.until_text("#problems", "?api=/k8s/", SOON).await;

    assert_eq!(page.text("#api-root").await, "");

    // The advice helps. A link can choose the root, so the page shows it.
    page.go_to(&format!("{}/static/?api=/k8s/", stage.proxy.url())).await;
    page.until("the pod is there", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    page.until_text("#api-root", "API at /k8s/", SOON).await;
}

#[browser_test::in_chromium]
async fn a_login_page_in_between_is_said_to_be_that() {
    let Some(stage) = stage_under("a login page", Access::default(), &[]).await else {
        return;
    };
    let portal = Faults {
        refuse: Some(Refusal::captive_portal()),
        ..Faults::default()
    };
    stage.cluster.simulator().set_faults(portal);
    let page = stage.open("").await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "Sign in: a login page", SOON).await;
    page.until_text("#problems", "check the API prefix", SOON).await;
}

#[browser_test::in_chromium]
async fn an_address_that_cannot_be_used_is_explained() {
    let Some(stage) = stage_under("a wrong address", Access::default(), &[]).await else {
        return;
    };
    for (query, sentence) in [
        ("?api=//evil.example/", "is not a path of this server"),
        ("?namespace=Shop", "is not the name of a namespace"),
        // What answers there may be anybody's.
        (
            "?api=/api/v1/namespaces/e2e/services/evil:80/proxy/",
            "leads through the API server to a service, a pod or a node",
        ),
    ] {
        let page = stage.open(query).await;
        page.until_text("body", sentence, SOON).await;
    }
    let asked = stage.cluster.simulator().requests();
    assert!(!asked.iter().any(|it| it.path_and_query.contains("evil")), "{asked:?}");
}
