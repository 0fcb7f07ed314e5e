//! The ways to serve the page, and what it asks the network for.

use std::{collections::BTreeMap, net::SocketAddr};

use k8bit_simulator::{
    api::{Access, ApiOptions},
    http::ServerOptions,
};
use serde_json::{Value, json};

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    files::{File, FileServer},
    kubectl::KubectlProxy,
    page::{Page, Snapshot},
    reverse_proxy::ReverseProxy,
    stage::{Stage, Turn},
    tools,
    wait::{LATER, SOON},
};
use crate::{drawer, writes};

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

/// All that the README's section on security advises, at once: the page needs no more.
#[browser_test::in_chromium]
async fn it_works_with_every_remedy_of_the_readme() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("the remedies", ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    // Without the identity everything is allowed, with it reading alone.
    cluster
        .simulator()
        .with_api(|api| api.set_identity(READER, Access::read_only()));
    let options = [
        "--api-prefix=/7f3c9e1a5b/",
        "--reject-methods=POST|PUT|PATCH|DELETE",
        "--reject-paths=^/api/.*/secrets,^/api/.*/(pods|services|nodes)/[^/]*/(exec|attach|portforward|proxy)",
        &format!("--as={READER}"),
    ];
    let stage = Stage::build_with(turn, cluster, &options).await;
    let root = format!("{}/7f3c9e1a5b", stage.proxy.url());

    // Who does not know the prefix finds no API, and who does reads alone.
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let status = async |method: reqwest::Method, url: String| {
        let answer = client.request(method, &url).send().await;
        answer
            .unwrap_or_else(|error| panic!("{url}: {error}"))
            .status()
            .as_u16()
    };
    let get = reqwest::Method::GET;
    assert_eq!(
        status(get.clone(), format!("{}/api/v1/pods", stage.proxy.url())).await,
        404
    );
    assert_eq!(status(get.clone(), format!("{root}/api/v1/pods")).await, 200);
    for path in ["secrets", "pods/web/exec", "services/x:80/proxy/"] {
        let path = format!("{root}/api/v1/namespaces/e2e/{path}");
        assert_eq!(status(get.clone(), path.clone()).await, 403, "{path}");
    }
    let pod = format!("{root}/api/v1/namespaces/e2e/pods/web");
    assert_eq!(status(reqwest::Method::DELETE, pod).await, 403);

    let page = stage.open("?api=/7f3c9e1a5b/&write=1").await;
    assert_works(&page).await;
    page.until_text("#api-root", "API at /7f3c9e1a5b/", SOON).await;
    // The details, their events and their log, too.
    drawer::open_pod(&page, &stage.key("web")).await;
    for (tab, shows) in [
        ("overview", "#drawer [data-container=app]"),
        ("events", "#events-state[data-listed]"),
        ("logs", "#log-state[data-state=following]"),
        ("yaml", "#yaml"),
    ] {
        drawer::click(&page, &format!("#tab-{tab}")).await;
        drawer::until_there(&page, shows).await;
    }
    // What is changed elsewhere is seen.
    stage.cluster.api.create_running_pod("more", &node).await;
    page.until("it is there", |seen| seen.is_live() && seen.is_pod("more", "Running"))
        .await;
    // A change is refused with a sentence, whatever the address says.
    writes::allow_writes(&page).await;
    drawer::click(&page, "#drawer [data-action=delete]").await;
    drawer::until_there(&page, "#write-dialog[data-stage=refused]").await;
    page.until_text(
        "#write-dialog",
        "kubectl proxy refuses this request (--reject-methods",
        SOON,
    )
    .await;
    page.assert_clean().await;

    // Without the filter of methods the API server refuses, for the identity may only read.
    let proxy = KubectlProxy::start(stage.cluster.url(), &[&format!("--as={READER}")]).await;
    page.go_to(&format!("{}/static/?write=1", proxy.url())).await;
    page.until("the pod is there", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    writes::allow_writes(&page).await;
    drawer::open_pod(&page, &stage.key("web")).await;
    drawer::click(&page, "#drawer [data-action=delete]").await;
    drawer::until_there(&page, "#write-dialog[data-stage=refused]").await;
    page.until_text("#write-dialog", "You may not delete pods in e2e.", SOON)
        .await;
}

/// On a cluster without metrics, too: discovery says that there are none.
#[browser_test::in_chromium]
async fn no_request_fails_and_nothing_is_said_in_the_console() {
    let turn = Turn::take().await;
    for aggregated_discovery in [true, false] {
        let api = ApiOptions {
            aggregated_discovery,
            ..ApiOptions::default()
        };
        let options = ServerOptions {
            api,
            ..ServerOptions::default()
        };
        let Some(cluster) = Cluster::simulated("requests that fail", options).await else {
            return;
        };
        let node = cluster.create_node("a").await;
        cluster.api.create_running_pod("web", &node).await;
        let proxy = KubectlProxy::start(cluster.url(), &[]).await;
        let browser = Browser::start().await;
        let page = Page::open(&browser, &format!("{}/static/", proxy.url()), Some(&cluster.namespace)).await;
        page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
            .await;
        let is_known = "return k8bit.diagnostics().metrics.collections.every((it) => it.condition === 'not-installed') \
                        || JSON.stringify(k8bit.diagnostics().metrics)";
        page.until_true("it is known that there are no metrics", is_known, &[])
            .await;
        page.eval::<()>("document.querySelector('#connection').click(); return null", &[])
            .await;
        page.until_text("#usage", "metrics.k8s.io is not installed", SOON).await;
        let requests = cluster.simulator().requests();
        let refused: Vec<_> = requests.iter().filter(|record| record.status >= 400).collect();
        assert!(refused.is_empty(), "{refused:#?}");
        assert_eq!(failed_requests(&page, &proxy.url()).await, Vec::<String>::new());
        let console = page
            .driver()
            .get_log("browser")
            .await
            .expect("the browser keeps the log");
        assert!(console.is_empty(), "{console:#?}");
        page.assert_clean().await;
    }
    drop(turn);
}

/// Requests of the page to its server that failed or were refused, as the browser's network stack saw it; not those that the
/// page gave up.
async fn failed_requests(page: &Page<'_>, origin: &str) -> Vec<String> {
    let log = page
        .driver()
        .get_log("performance")
        .await
        .expect("the browser keeps the log");
    let (mut asked, mut failed) = (BTreeMap::new(), Vec::new());
    for entry in log {
        let event: Value = serde_json::from_str(&entry.message).expect("an event is JSON");
        let (method, parameters) = (&event["message"]["method"], &event["message"]["params"]);
        let id = parameters["requestId"].as_str().unwrap_or_default().to_owned();
        let is_failed = match method.as_str() {
            Some("Network.requestWillBeSent") => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default();
                // What the browser itself shows in a new tab comes from elsewhere.
                if url.starts_with(origin) {
                    asked.insert(id.clone(), url.to_owned());
                }
                false
            }
            Some("Network.loadingFailed") => parameters["canceled"] != true,
            Some("Network.responseReceived") => parameters["response"]["status"].as_u64() >= Some(400),
            _ => false,
        };
        if let (true, Some(url)) = (is_failed, asked.get(&id)) {
            failed.push(format!("{url}: {parameters}"));
        }
    }
    assert!(
        asked.values().any(|url| url.contains("/apis?")),
        "discovery is among {asked:?}"
    );
    failed
}

/// A ServiceAccount, as kubectl's `--as` names it.
const READER: &str = "system:serviceaccount:default:k8bit";

/// A server that takes `boot.js` for plain text, and a browser that therefore does not run it.
#[browser_test::in_every_browser]
async fn a_page_whose_program_is_not_accepted_says_so() {
    let _turn = Turn::take().await;
    let browser = Browser::start().await;
    let all_plain = |name: &str, _| {
        let mut file = File::of_dist(name)?;
        if !file.headers.contains(&("content-type", "text/html; charset=utf-8")) {
            file.headers = vec![("content-type", "text/plain"), ("x-content-type-options", "nosniff")];
        }
        Some(file)
    };
    let boot_plain = |name: &str, _| {
        let mut file = File::of_dist(name)?;
        if name.starts_with("boot") {
            file.headers = vec![("content-type", "text/plain"), ("x-content-type-options", "nosniff")];
        }
        Some(file)
    };
    for server in [FileServer::start(boot_plain).await, FileServer::start(all_plain).await] {
        let page = Page::open(&browser, &format!("{}/", server.url()), None).await;
        // `innerText` leaves out what is not visible.
        page.until_text("body", "K8bit has not started yet.", LATER).await;
        page.until_text("body", "as text/javascript", SOON).await;
        assert!(page.try_snapshot().await.is_none());
    }
    // Where the program starts, the words go.
    let server = FileServer::start(|name, _| File::of_dist(name)).await;
    let page = Page::open(&browser, &format!("{}/", server.url()), None).await;
    let runs = "return window.k8bit !== undefined && document.querySelector('#boot-late') === null";
    page.until_true("the program runs", runs, &[]).await;
    // Before that they are not to be seen, at first.
    let rule = "const late = document.createElement('p'); late.className = 'late'; document.body.append(late);
        return getComputedStyle(late).visibility";
    assert_eq!(page.eval::<String>(rule, &[]).await, "hidden");
}

/// index.html as an earlier build had it, with files that are gone.
fn old_index() -> File {
    let mut file = File::of_dist("index.html").expect("index.html");
    let html = String::from_utf8(file.content).expect("text");
    let start = html.find("data-js=\"").expect("a bundle") + "data-js=\"".len();
    let js = html[start..].split('"').next().expect("a name");
    let stem = js.trim_start_matches("./").trim_end_matches(".js");
    file.content = html.replace(stem, "k8bit-0000000000000000").into_bytes();
    // So that the browser keeps it without asking.
    file.headers.push(("cache-control", "max-age=3600"));
    file
}

#[browser_test::in_every_browser]
async fn a_page_of_an_earlier_build_recovers_by_itself_once() {
    let _turn = Turn::take().await;
    let browser = Browser::start().await;
    // The browser has kept the page of an earlier build; the server has been upgraded since.
    let server = FileServer::start(|name, before| match (name, before) {
        ("", 0) => Some(old_index()),
        _ => File::of_dist(name),
    })
    .await;
    let page = Page::open(&browser, &format!("{}/", server.url()), None).await;
    page.until_true("the program runs", "return window.k8bit !== undefined", &[])
        .await;
    assert_eq!(page.text("#boot-error").await, "");
    let left = "return sessionStorage.getItem('k8bit-reloaded')";
    assert_eq!(page.eval::<Option<String>>(left, &[]).await, None);

    // Where that does not help, it says what to do, and loads itself no more.
    let server = FileServer::start(|name, _| match name {
        "" => Some(old_index()),
        _ => File::of_dist(name),
    })
    .await;
    let page = Page::open(&browser, &format!("{}/", server.url()), None).await;
    page.until_text("#boot-error", "a file of this build no longer exists", SOON)
        .await;
    page.until_text("#boot-error", "Reload the page", SOON).await;
    let asked = server.count("");
    assert!(asked <= 3, "{asked}");
    // Nor when the user does: nothing has changed.
    page.driver().refresh().await.expect("the page can be loaded again");
    page.until_text("#boot-error", "a file of this build no longer exists", SOON)
        .await;
    assert!(server.count("") <= asked + 1, "{}", server.count(""));
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
