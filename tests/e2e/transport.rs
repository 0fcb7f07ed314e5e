//! What carries the watches: browsers whose `fetch` is late, proxies that buffer, servers that compress or are too fast.

use std::net::SocketAddr;

use k8bit_simulator::{
    api::ApiOptions,
    http::{RequestRecord, ServerOptions},
};
use serde_json::{Value, json};

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    page::Page,
    reverse_proxy::{Behaviour, ReverseProxy},
    stage::{Stage, Turn},
    suite::{Engine, engine},
    wait::{SOON, eventually},
};

/// What a buffering proxy holds.
const HELD_BYTES: usize = 8 << 10;

/// A `fetch` as that of Firefox: it has no headers of a watch before the first byte of the body.
const LATE_FETCH: &str = "const real = window.fetch; \
    window.fetch = async (request, init) => { \
        const response = await real(request, init); \
        if (!(request.url ?? request).includes('watch=1') || !response.ok) return response; \
        const [body, copy] = response.body.tee(); \
        await copy.getReader().read(); \
        return new Response(body, { status: response.status, headers: response.headers }); \
    }";

/// The sockets of the page, for a test to speak in their place.
const KEEP_SOCKETS: &str = "window.sockets = []; const Real = WebSocket; \
    window.WebSocket = class extends Real { constructor(...of) { super(...of); sockets.push(this); } }";

/// A simulated cluster with a node and a running pod.
async fn cluster_with_pod(test: &str, api: ApiOptions) -> Option<(Cluster, String)> {
    let options = ServerOptions {
        api,
        ..ServerOptions::default()
    };
    let cluster = Cluster::simulated(test, options).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("first", &node).await;
    Some((cluster, node))
}

/// What carries nodes and pods, and why not as usual.
async fn carried(page: &Page<'_>) -> (Vec<String>, Vec<String>) {
    let script = "const { kinds } = k8bit.diagnostics(); \
                  return [kinds.map((kind) => kind.transport), kinds.map((kind) => kind.detour)]";
    page.eval(script, &[]).await
}

async fn until_carried(page: &Page<'_>, by: &str) {
    let script = "return k8bit.diagnostics().kinds.every((kind) => kind.transport === arguments[0]) \
                  || JSON.stringify(k8bit.diagnostics().kinds)";
    page.until_true(&format!("watches use {by}"), script, &[json!(by)])
        .await;
}

/// Changes of a quiet cluster are shown, or the page is not called live; and it is live in the end.
async fn assert_follows(page: &Page<'_>, cluster: &Cluster, node: &str) {
    for name in ["second", "third"] {
        cluster.api.create_running_pod(name, node).await;
        page.until("a change of a quiet cluster is shown", |seen| {
            seen.is_live() && seen.is_pod(name, "Running")
        })
        .await;
    }
}

async fn assert_follows_deletion(page: &Page<'_>, cluster: &Cluster) {
    cluster.api.delete_pod("second").await;
    page.until("a deletion is shown", |seen| {
        seen.is_live() && seen.pod("second").is_none()
    })
    .await;
}

/// Watches that the page asked for, with whether over a WebSocket. Probes are none.
fn watches(cluster: &Cluster) -> Vec<(String, bool)> {
    let is_watch = |record: &RequestRecord| {
        record.path_and_query.contains("watch=1") && !record.path_and_query.contains("resourceVersion=0&")
    };
    let requests = cluster.simulator().requests().into_iter().filter(is_watch);
    requests
        .map(|record| (record.path_and_query, record.websocket))
        .collect()
}

#[browser_test::in_every_browser]
async fn row_89_a_compressed_streaming_list_comes_over_a_websocket() {
    let turn = Turn::take().await;
    let api = ApiOptions {
        compresses_streams: true,
        ..ApiOptions::default()
    };
    let Some((cluster, node)) = cluster_with_pod("compressed streaming lists", api).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("?list=stream").await;
    let seen = page.until_live().await;
    assert_eq!((seen.nodes.len(), seen.pods.len()), (1, 1));
    let (transports, detours) = carried(&page).await;
    assert_eq!(transports, ["websocket", "websocket"]);
    for detour in detours {
        assert!(detour.contains("compresses streaming lists"), "{detour}");
    }
    // Told on the page, too, and without a failure: nothing had to be waited for.
    page.eval::<()>("document.querySelector('#connection').click(); return null", &[])
        .await;
    page.until_text("#connection-details", "They use WebSockets.", SOON)
        .await;
    let failures: u64 = page
        .eval(
            "return k8bit.diagnostics().kinds.reduce((sum, kind) => sum + kind.counters.failures, 0)",
            &[],
        )
        .await;
    assert_eq!(failures, 0);
    assert_follows(&page, &stage.cluster, &node).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn row_90_over_fetch_that_delivers_at_once_watches_stay() {
    let turn = Turn::take().await;
    let Some((cluster, node)) = cluster_with_pod("a prompt way", ApiOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until_live().await;
    // Proven by a probe of each kind, which is given up when it has served.
    eventually("a probe of each kind was asked for", SOON, async || {
        let requests = stage.cluster.simulator().requests();
        let probes = requests
            .iter()
            .filter(|record| record.path_and_query.contains("resourceVersion=0&"));
        let open = stage.cluster.simulator().open_watches();
        match (probes.count(), open) {
            (2, 2) => Ok(()),
            seen => Err(format!("{seen:?} probes, and open watches")),
        }
    })
    .await;
    assert_follows(&page, &stage.cluster, &node).await;
    assert_eq!(
        carried(&page).await,
        (vec!["fetch".to_owned(); 2], vec![String::new(); 2])
    );
    assert_eq!(watches(&stage.cluster).len(), 2);
    page.assert_clean().await;
}

/// The page behind a proxy that passes headers on at once and holds bodies back.
async fn check_held_back(no_sockets: bool, by: &str, said: &str) {
    let turn = Turn::take().await;
    let Some((cluster, node)) = cluster_with_pod("a proxy that holds bodies back", ApiOptions::default()).await else {
        return;
    };
    let api: SocketAddr = cluster
        .url()
        .trim_start_matches("http://")
        .parse()
        .expect("an address of this machine");
    let behaviour = Behaviour {
        held_bytes: HELD_BYTES,
        no_sockets,
    };
    let proxy = ReverseProxy::start_with("/k8bit/", api, behaviour).await;
    let browser = Browser::start().await;
    let page = Page::open(&browser, &format!("{}/k8bit/", proxy.url()), Some(&cluster.namespace)).await;
    page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    // At once, while the kind of proxy is unknown.
    assert_follows(&page, &cluster, &node).await;
    until_carried(&page, by).await;
    for detour in carried(&page).await.1 {
        // Firefox has no headers of a body that is held back.
        let reason = match engine() {
            Engine::Firefox => "Over fetch, this browser or a proxy",
            Engine::Chromium | Engine::Webkit => "A proxy holds back",
        };
        assert!(detour.starts_with(reason) && detour.ends_with(said), "{detour}");
    }
    page.until_live().await;
    assert_follows_deletion(&page, &cluster).await;
    let lists: u64 = page
        .eval(
            "return k8bit.diagnostics().kinds.reduce((sum, kind) => sum + kind.relists, 0)",
            &[],
        )
        .await;
    assert_eq!(lists, 0, "nothing had to be listed again");
    page.assert_clean().await;
    drop((browser, proxy, cluster, turn));
}

#[browser_test::in_every_browser]
async fn row_90_a_proxy_that_holds_bodies_back_is_worked_around_by_websockets() {
    check_held_back(false, "websocket", "Watches use WebSockets.").await;
}

#[browser_test::in_every_browser]
async fn row_90_a_proxy_that_also_refuses_websockets_is_worked_around_by_short_watches() {
    check_held_back(true, "fetch", "The API server is asked for changes every 5 s.").await;
}

/// A quiet cluster, whose watches say nothing before their first bookmark.
#[browser_test::in_every_browser]
async fn row_91_the_page_is_live_at_once_on_a_quiet_cluster_and_stays_so() {
    let turn = Turn::take().await;
    let Some((cluster, node)) = cluster_with_pod("a quiet cluster", ApiOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    if engine() == Engine::Firefox {
        until_carried(&page, "websocket").await;
    }
    assert_follows(&page, &stage.cluster, &node).await;
    // Once it is known how the browser is, every watch is opened once.
    let before = watches(&stage.cluster).len();
    page.driver().refresh().await.expect("the page can be loaded again");
    page.until("it is live again", |seen| seen.is_live() && seen.pods.len() == 3)
        .await;
    assert_follows_deletion(&page, &stage.cluster).await;
    let after = watches(&stage.cluster).split_off(before);
    let (transports, detours) = carried(&page).await;
    match engine() {
        Engine::Firefox => {
            assert_eq!(transports, ["websocket", "websocket"]);
            assert_eq!(after.len(), 2, "{after:?}");
        }
        Engine::Chromium | Engine::Webkit if detours.iter().all(String::is_empty) => {
            assert_eq!(transports, ["fetch", "fetch"]);
            assert_eq!(after.len(), 2, "{after:?}");
        }
        // On a machine that is busy enough, headers are late in every browser, and the page says so.
        Engine::Chromium | Engine::Webkit => {
            for (transport, detour) in transports.iter().zip(&detours) {
                assert_eq!(transport == "websocket", detour.starts_with("Over fetch"), "{detour}");
            }
        }
    }
    let never_lost = "return k8bit.diagnostics().log.every((entry) => !['stale', 'reconnecting'].includes(entry.to)) \
                      || JSON.stringify(k8bit.diagnostics().log)";
    page.until_true("it was never stale", never_lost, &[]).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn row_91_where_fetch_has_late_headers_a_quiet_cluster_is_live_and_the_browser_remembers() {
    let turn = Turn::take().await;
    let Some((cluster, node)) = cluster_with_pod("late headers", ApiOptions::default()).await else {
        return;
    };
    let browser = Browser::start().await;
    browser.prepare(LATE_FETCH).await;
    let stage = Stage::build_for(turn, cluster, browser, &[]).await;
    let page = stage.open("").await;
    page.until_live().await;
    until_carried(&page, "websocket").await;
    assert_follows(&page, &stage.cluster, &node).await;
    let (_, detours) = carried(&page).await;
    assert!(
        detours
            .iter()
            .all(|detour| detour.starts_with("Over fetch, this browser")),
        "{detours:?}"
    );
    // From then on nothing is waited for: no watch is tried over fetch.
    let before = watches(&stage.cluster).len();
    page.driver().refresh().await.expect("the page can be loaded again");
    page.until("it is live again", |seen| seen.is_live() && seen.pods.len() == 3)
        .await;
    let after = watches(&stage.cluster).split_off(before);
    assert_eq!(after.len(), 2, "{after:?}");
    assert!(after.iter().all(|(_, is_socket)| *is_socket), "{after:?}");
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn row_92_a_websocket_that_is_faster_than_the_page_is_opened_again() {
    let turn = Turn::take().await;
    let Some((cluster, node)) = cluster_with_pod("a fast WebSocket", ApiOptions::default()).await else {
        return;
    };
    let browser = Browser::start().await;
    browser.prepare(LATE_FETCH).await;
    browser.prepare(KEEP_SOCKETS).await;
    let stage = Stage::build_for(turn, cluster, browser, &[]).await;
    let page = stage.open("").await;
    page.until("all of it is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    until_carried(&page, "websocket").await;
    // 64 MiB in one go, which the page cannot read meanwhile.
    let flood = "const socket = sockets.filter((it) => it.url.includes('/pods?')).at(-1); \
        const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'flood', namespace: arguments[0], uid: 'f', \
            resourceVersion: '1', annotations: { filler: 'x'.repeat(65536) } }, spec: {}, status: { phase: 'Running' } }; \
        const data = JSON.stringify({ type: 'MODIFIED', object: pod }); \
        for (let sent = 0; sent < 1024; sent += 1) socket.dispatchEvent(new MessageEvent('message', { data })); \
        return sockets.length";
    let before: u64 = page.eval(flood, &[json!(stage.cluster.namespace)]).await;
    let is_broken = "const { kinds, log } = k8bit.diagnostics(); const said = kinds[1].lastError?.detail ?? ''; \
        return sockets.length > arguments[0] && said === 'more than 32 MiB were received than could be read' \
            && log.some((entry) => entry.reason.includes(said)) || JSON.stringify([sockets.length, kinds[1]])";
    page.until_true("the stream ended as broken, and says why", is_broken, &[json!(before)])
        .await;
    // It goes on where it ended.
    page.until_live().await;
    assert_follows(&page, &stage.cluster, &node).await;
    let seen: Value = page.eval("return k8bit.diagnostics()", &[]).await;
    assert_eq!(seen["kinds"][1]["relists"], 0, "{seen:#}");
    let memory = seen["memoryBytes"].as_u64().expect("the page knows its memory");
    assert!(memory < 160 << 20, "{memory} bytes");
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn row_92_an_object_that_is_too_large_is_refused_in_a_sentence() {
    let turn = Turn::take().await;
    let Some((cluster, _)) = cluster_with_pod("a huge object", ApiOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until("the pod is there", |seen| seen.is_live() && seen.pods.len() == 1)
        .await;
    stage
        .cluster
        .simulator()
        .with_api(|api| api.set_options(|options| options.object_bytes = 20 << 20));
    let show = "location.hash = arguments[0]; return null";
    let address = format!("#sel=pod:{}&tab=yaml", stage.key("first"));
    page.eval::<()>(show, &[json!(address)]).await;
    let said = "The response is too large for this page. It has more than 16 MiB.";
    page.until_text("#drawer", said, SOON).await;
    stage
        .cluster
        .simulator()
        .with_api(|api| api.set_options(|options| options.object_bytes = 0));
    page.until_text("#yaml", "kind: Pod", SOON).await;
    page.assert_clean().await;
}
