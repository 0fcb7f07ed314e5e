//! The ways to serve the page, and what it asks the network for.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    kubectl::KubectlProxy,
    page::{Page, Snapshot},
    reverse_proxy::ReverseProxy,
    stage::{Stage, Turn},
    tools,
    wait::SOON,
};

/// A cluster with one node and one running pod.
async fn cluster_with_pod() -> Cluster {
    let cluster = Cluster::start().await;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    cluster
}

async fn assert_works(page: &Page<'_>) {
    page.until("the pod is shown", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    assert_eq!(page.blocks().await.len(), 1);
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn row_88_it_works_below_any_prefix_of_kubectl_proxy() {
    let turn = Turn::take().await;
    let cluster = cluster_with_pod().await;
    let browser = Browser::start().await;
    for (options, path) in [
        (&["--www-prefix=/k8bit/"][..], "/k8bit/"),
        (&["--api-prefix=/k8s/"], "/static/?api=/k8s/"),
        (&["--api-prefix=/k8s/", "--www-prefix=/"], "/?api=/k8s"),
        (
            &["--api-prefix=/k8s/", "--www-prefix=/a/b/"],
            "/a/b/index.html?api=/k8s/",
        ),
    ] {
        let proxy = KubectlProxy::start(cluster.url(), options).await;
        let page = Page::open(&browser, &format!("{}{path}", proxy.url()), Some(&cluster.namespace)).await;
        assert_works(&page).await;
    }
    drop((browser, cluster, turn));
}

/// Some browsers have no byte streams: they hand on bodies in pieces of their own, which may be larger than the page's.
#[browser_test::in_chromium]
async fn bodies_that_are_no_byte_streams_are_read_too() {
    const HEAVY_PODS: usize = 8;
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let heavy = json!({"metadata": {"annotations": {"weight": "x".repeat(200_000)}}});
    for index in 0..HEAVY_PODS {
        let name = format!("heavy-{index}");
        stage.cluster.api.create_running_pod(&name, &node).await;
        stage.cluster.api.patch_pod(&name, &heavy).await;
    }
    let is_there = |seen: &Snapshot| seen.is_live() && seen.pods.len() == HEAVY_PODS;
    for script in ["", "delete window.ReadableStreamBYOBReader;"] {
        stage.browser.prepare(script).await;
        let page = stage.open("").await;
        page.until("all pods are there", is_there).await;
        let has_byte_streams: bool = page.eval("return 'ReadableStreamBYOBReader' in window", &[]).await;
        assert_eq!(has_byte_streams, script.is_empty());
        page.assert_clean().await;
    }
}

/// The prefix written into index.html, for those who do not want it in the address.
#[browser_test::in_chromium]
async fn the_api_prefix_is_read_from_the_meta_tag() {
    let turn = Turn::take().await;
    let cluster = cluster_with_pod().await;
    let www = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(tools::dist()).expect("dist/ can be read") {
        let file = entry.expect("dist/ can be read").path();
        // A build under way has a folder of its own in there.
        if file.is_file() {
            let name = file.file_name().expect("a file has a name");
            std::fs::copy(&file, www.path().join(name)).expect("a copy");
        }
    }
    let index = www.path().join("index.html");
    let html = std::fs::read_to_string(&index).expect("index.html can be read");
    let tag = "<meta name=\"k8bit-api\" content=\"/\">";
    assert!(html.contains(tag), "no {tag} in index.html");
    std::fs::write(&index, html.replace(tag, "<meta name=\"k8bit-api\" content=\"/k8s/\">")).expect("a file");

    let www_option = format!("--www={}", www.path().display());
    let proxy = KubectlProxy::start(cluster.url(), &["--api-prefix=/k8s/", &www_option]).await;
    let browser = Browser::start().await;
    let page = Page::open(&browser, &format!("{}/static/", proxy.url()), Some(&cluster.namespace)).await;
    assert_works(&page).await;
    drop((browser, proxy, cluster, turn));
}

#[browser_test::in_chromium]
async fn it_works_behind_a_plain_reverse_proxy() {
    let turn = Turn::take().await;
    let cluster = cluster_with_pod().await;
    let api: SocketAddr = cluster
        .url()
        .trim_start_matches("http://")
        .parse()
        .expect("an address of this machine");
    let proxy = ReverseProxy::start("/tools/k8bit/", api).await;
    let browser = Browser::start().await;
    let page = Page::open(
        &browser,
        &format!("{}/tools/k8bit/", proxy.url()),
        Some(&cluster.namespace),
    )
    .await;
    assert_works(&page).await;
    drop((browser, proxy, cluster, turn));
}

#[browser_test::in_chromium]
async fn nothing_is_asked_for_elsewhere_and_the_policy_is_kept() {
    let stage = Stage::build().await;
    let (cluster, api) = (&stage.cluster, &stage.cluster.api);
    let node = cluster.create_node("a").await;
    let page = stage.open("").await;
    page.until("the node is there", |seen| seen.is_live() && seen.node(&node).is_some())
        .await;
    // Everything that the page can do is done once, so that whatever would violate the policy has had its chance.
    api.create_running_pod("web", &node).await;
    page.until("the pod is there", |seen| seen.is_pod("web", "Running"))
        .await;
    page.point_at_pod(&stage.key("web")).await;
    page.until_text("#tooltip", "web", SOON).await;
    for selector in [
        "#connection",
        "#theme",
        "#families button",
        "#open-help",
        "#open-kiosk",
        ".leave",
    ] {
        page.eval::<()>(
            "document.querySelector(arguments[0]).click(); return null",
            &[json!(selector)],
        )
        .await;
        page.settled().await;
    }
    api.delete_pod("web").await;
    page.until("the pod is gone", |seen| seen.pods.is_empty()).await;

    let policy = "return document.querySelector('meta[http-equiv=Content-Security-Policy]')?.content ?? ''";
    let policy: String = page.eval(policy, &[]).await;
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    for weak in ["'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*"] {
        assert!(!policy.split([' ', ';']).any(|word| word == weak), "{weak} in {policy}");
    }
    page.assert_clean().await;
    // A policy that is not enforced would be kept by anything.
    let refused =
        "const done = arguments[0]; fetch('http://127.0.0.1:1/').then(() => done('fetched'), () => done('refused'))";
    let refused = page
        .driver()
        .execute_async(refused, Vec::new())
        .await
        .expect("the script runs");
    assert_eq!(refused.json(), "refused");
    assert_eq!(page.probe().await.violations.len(), 1, "the policy is enforced");

    let origin = stage.proxy.url();
    let requests = requested_urls(&page).await;
    assert!(requests.iter().any(|url| url.contains("/api/v1/pods")), "{requests:?}");
    let is_ours = |url: &str| {
        // What the browser itself shows in a new tab comes from within it.
        let inside = ["data:", "chrome:"].iter().any(|scheme| url.starts_with(scheme));
        inside || url.starts_with(&format!("{origin}/")) || url == "http://127.0.0.1:1/"
    };
    let foreign: Vec<&String> = requests.iter().filter(|url| !is_ours(url)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

/// Every request of the tab, as the browser's network stack saw it.
async fn requested_urls(page: &Page<'_>) -> Vec<String> {
    let log = page
        .driver()
        .get_log("performance")
        .await
        .expect("the browser keeps the log");
    let urls = log.iter().filter_map(|entry| {
        let event: Value = serde_json::from_str(&entry.message).ok()?;
        let message = &event["message"];
        let is_request = message["method"] == "Network.requestWillBeSent";
        is_request.then(|| message["params"]["request"]["url"].as_str().map(str::to_owned))?
    });
    urls.collect()
}
