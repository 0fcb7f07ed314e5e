//! Cut connections, lost history, servers that come back: the picture stays, says how old it is, and catches up.

use std::time::{Duration, Instant};

use k8bit_simulator::{
    api::ApiOptions,
    http::{Expiry, Faults, RequestFilter, ServerHandle, ServerOptions},
    port::HeldPort,
};
use serde_json::json;

use crate::harness::{
    api::Api,
    browser::Browser,
    cluster::{Cluster, start_simulator},
    kubectl::KubectlProxy,
    objects,
    page::{Page, Snapshot},
    stage::{Stage, Turn},
    suite, tools,
    wait::{LATER, SOON, eventually},
};

/// How soon the page is to be live once `kubectl proxy` is back.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// Bookmark periods within which a half-open connection is to be noticed.
const NOTICED_WITHIN_PERIODS: f64 = 2.5;

/// The bookmark period of that test; the real server's is a minute.
const BOOKMARKS: Duration = Duration::from_secs(4);

/// A stage with one node and two running pods.
async fn stage_with_pods(test: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    for name in ["stays", "goes"] {
        cluster.api.create_running_pod(name, &node).await;
    }
    Some(Stage::build_with(turn, cluster, &[]).await)
}

/// Opens the page, waits until it is live, and marks the document so that a reload would show.
async fn open(stage: &Stage) -> Page<'_> {
    let page = stage.open("").await;
    page.until("both pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    page.eval::<()>("window.mark = 'not reloaded'; return null", &[]).await;
    page.watch_blocks().await;
    page
}

async fn assert_not_reloaded(page: &Page<'_>) {
    let mark: String = page.eval("return window.mark ?? ''", &[]).await;
    assert_eq!(mark, "not reloaded");
}

/// The picture was there all the time: never fewer blocks than this, after no change of the document.
async fn assert_never_fewer_blocks(page: &Page<'_>, blocks: usize) {
    let fewest = page.probe().await.fewest_blocks.expect("the blocks were watched");
    assert!(
        fewest >= blocks,
        "only {fewest} blocks at some time, instead of at least {blocks}"
    );
}

/// How often pods were listed and watched. A consistency check asks for one pod, and is neither.
fn pod_requests(cluster: &Cluster) -> (usize, usize) {
    let requests = cluster.simulator().requests();
    let of_pods = requests
        .iter()
        .filter(|it| it.method == "GET" && it.path_and_query.contains("/api/v1/pods?"));
    let (mut lists, mut watches) = (0, 0);
    for request in of_pods {
        let is_watch = request.path_and_query.contains("watch=1");
        watches += usize::from(is_watch);
        lists += usize::from(!is_watch && !request.path_and_query.contains("&limit=1"));
    }
    (lists, watches)
}

fn has(seen: &Snapshot, names: &[&str]) -> bool {
    let mut there: Vec<&str> = seen.pods.iter().map(|pod| pod.name.as_str()).collect();
    there.sort_unstable();
    there == names
}

#[browser_test::in_every_browser(firefox = "it watches over WebSockets, whose messages are whole or not there")]
async fn kubectl_proxy_is_killed_in_the_middle_of_a_line_and_comes_back() {
    check_killed("kubectl proxy killed mid-line", true).await;
}

#[browser_test::in_every_browser]
async fn kubectl_proxy_is_killed_between_two_events_and_comes_back() {
    check_killed("kubectl proxy killed", false).await;
}

/// `kubectl proxy` is killed when the pod `whole` has come and, unless it is cut in its middle, nothing of the pod `torn`.
async fn check_killed(test: &str, is_cut: bool) {
    let Some(mut stage) = stage_with_pods(test).await else {
        return;
    };
    if is_cut {
        // The first line of the watch passes; the second, far longer, stops in its middle.
        stage.cluster.simulator().set_faults(Faults {
            applies_to: RequestFilter::watches().containing("/pods?"),
            stall_after_bytes: Some(16_000),
            ..Faults::default()
        });
    }
    let api = stage.cluster.api.clone();
    let url = stage.cluster.url().to_owned();
    let browser = stage.browser;
    let page = Page::open(
        &browser,
        &format!("{}/static/", stage.proxy.url()),
        Some(&stage.cluster.namespace),
    )
    .await;
    page.until("both pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    page.eval::<()>("window.mark = 'not reloaded'; return null", &[]).await;
    page.watch_blocks().await;
    // Both at once, so that the whole line and the torn one arrive together.
    stage.cluster.simulator().stall_watches(is_cut);
    api.create_pod(&objects::pod("whole")).await;
    if !is_cut {
        page.until("the event has arrived", |seen| has(seen, &["goes", "stays", "whole"]))
            .await;
        stage.cluster.simulator().stall_watches(true);
    }
    let mut torn = objects::pod("torn");
    torn["metadata"]["annotations"] = json!({"example.com/long": "☸".repeat(20_000)});
    api.create_pod(&torn).await;
    if is_cut {
        stage.cluster.simulator().stall_watches(false);
    }
    page.until("the whole line has arrived", |seen| {
        has(seen, &["goes", "stays", "whole"])
    })
    .await;

    let port = stage.proxy.kill().await;
    page.until_state(&["reconnecting"], SOON).await;
    page.until_text("#problems", "kubectl proxy is not running", SOON).await;
    api.delete_pod("goes").await;
    page.until_state(&["stale"], LATER).await;
    let seen = page.snapshot().await;
    assert!(
        has(&seen, &["goes", "stays", "whole"]),
        "the old picture stays: {seen:#?}"
    );
    assert_eq!(page.blocks().await.len(), 3);
    page.until_text("#stale", "stale since", SOON).await;

    stage.cluster.simulator().clear_faults();
    stage.cluster.simulator().stall_watches(false);
    stage.proxy = KubectlProxy::start_on(port, &url, &[]).await;
    let seen = page
        .until("it has caught up", |seen| {
            seen.is_live() && has(seen, &["stays", "torn", "whole"])
        })
        .await;
    assert_eq!(
        seen.connection
            .kinds
            .iter()
            .filter(|kind| kind.problem.is_some())
            .count(),
        0,
        "{seen:#?}"
    );
    assert_eq!(page.blocks().await.len(), 3);
    assert_never_fewer_blocks(&page, 2).await;
    assert_not_reloaded(&page).await;
    // Nothing was lost, so nothing was listed again.
    assert_eq!(pod_requests(&stage.cluster).0, 1, "lists of pods");

    // And it goes on.
    api.create_pod(&objects::pod("after")).await;
    page.until("an event after it", |seen| {
        has(seen, &["after", "stays", "torn", "whole"])
    })
    .await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn watches_that_end_are_resumed_without_a_list() {
    let Some(stage) = stage_with_pods("watches that end").await else {
        return;
    };
    let page = open(&stage).await;
    let simulator = stage.cluster.simulator();
    for (round, end) in ["cleanly", "abruptly", "with the connection"].into_iter().enumerate() {
        let watches = pod_requests(&stage.cluster).1;
        match end {
            "cleanly" => simulator.end_watches(),
            "abruptly" => simulator.cut_watches(),
            _ => simulator.cut_connections(),
        }
        let name = format!("after-{round}");
        // On a connection of its own: that of the client may be among those that were just cut.
        let api = Api::new(stage.cluster.url(), &stage.cluster.namespace);
        api.create_pod(&objects::pod(&name)).await;
        page.until(&format!("the event after a watch that ended {end}"), |seen| {
            seen.is_live() && seen.pod(&name).is_some()
        })
        .await;
        let (lists, watches_now) = pod_requests(&stage.cluster);
        assert_eq!(lists, 1, "lists of pods after a watch that ended {end}");
        assert!(watches_now > watches, "a new watch after one that ended {end}");
    }
    Api::new(stage.cluster.url(), &stage.cluster.namespace)
        .delete_pod("goes")
        .await;
    page.until("a deletion arrives", |seen| {
        seen.pod("goes").is_none() && seen.pods.len() == 4
    })
    .await;
    assert_never_fewer_blocks(&page, 2).await;
    assert_not_reloaded(&page).await;
    page.assert_clean().await;
}

/// 410 in both of its forms: the history is lost, a new list comes, and the old picture stays until it is there.
async fn check_expired(test: &str, expiry: Expiry) {
    let Some(stage) = stage_with_pods(test).await else {
        return;
    };
    let page = open(&stage).await;
    let simulator = stage.cluster.simulator();
    let (lists, _) = pod_requests(&stage.cluster);
    simulator.stall_watches(true);
    stage.cluster.api.delete_pod("goes").await;
    stage.cluster.api.create_pod(&objects::pod("new")).await;
    // Only now: a page that is still finding out what carries its watches would spend the fault on one that is cut here.
    simulator.set_faults(Faults {
        applies_to: RequestFilter::watches().containing("/pods?"),
        requests: Some(1),
        expire_watches: Some(expiry),
        ..Faults::default()
    });
    simulator.cut_watches();
    simulator.stall_watches(false);
    page.until("the new list is there", |seen| {
        seen.is_live() && has(seen, &["new", "stays"])
    })
    .await;
    assert_eq!(pod_requests(&stage.cluster).0, lists + 1, "one new list");
    assert_never_fewer_blocks(&page, 2).await;
    assert_not_reloaded(&page).await;
    page.assert_clean().await;
}

/// Over `fetch`: the simulator has this fault for bodies of responses, not for WebSockets.
#[browser_test::in_chromium]
async fn an_expired_watch_in_the_stream_is_listed_again() {
    check_expired("410 in the stream", Expiry::InStream).await;
}

#[browser_test::in_chromium]
async fn an_expired_watch_as_http_status_is_listed_again() {
    check_expired("410 as HTTP status", Expiry::Http).await;
}

/// The real reason for 410, and a list that takes its time.
#[browser_test::in_every_browser]
async fn while_it_resyncs_the_old_picture_stays() {
    let Some(stage) = stage_with_pods("resyncing").await else {
        return;
    };
    let page = open(&stage).await;
    let simulator = stage.cluster.simulator();
    simulator.set_faults(Faults {
        applies_to: RequestFilter::lists().containing("/pods?"),
        latency: Duration::from_secs(3),
        ..Faults::default()
    });
    simulator.expire_watches();
    page.until_state(&["resyncing"], SOON).await;
    assert_eq!(page.blocks().await.len(), 2);
    stage.cluster.api.delete_pod("goes").await;
    page.until("the new list is there", |seen| seen.is_live() && has(seen, &["stays"]))
        .await;
    assert_never_fewer_blocks(&page, 1).await;
    assert_not_reloaded(&page).await;
}

#[browser_test::in_chromium]
async fn an_api_server_that_is_down_at_first_is_shown_once_it_is_there() {
    let turn = Turn::take().await;
    if tools::given_server().is_some() {
        suite::skip("the API server has to be down at first, and K8BIT_E2E_SERVER names one that is up");
        return;
    }
    let port = HeldPort::hold(0).expect("a free port");
    let proxy = KubectlProxy::start(&format!("http://127.0.0.1:{}", port.number()), &[]).await;
    let browser = Browser::start().await;
    let page = Page::open(&browser, &format!("{}/static/", proxy.url()), None).await;
    page.until_state(&["failed"], SOON).await;
    page.until_text("#problems", "cannot reach the API server", SOON).await;
    page.until_said("connection refused").await;
    page.eval::<()>("window.mark = 'not reloaded'; return null", &[]).await;

    let options = ServerOptions {
        port: port.number(),
        ..ServerOptions::default()
    };
    let simulator = start_simulator(options).await;
    drop(port);
    let api = Api::new(&simulator.url(), "default");
    api.create_node("first").await;
    api.create_running_pod("web", "first").await;
    page.until_within("the cluster is shown", LATER, |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    assert_eq!(page.text("#problems").await, "");
    assert_not_reloaded(&page).await;

    // And the same again while it is shown.
    simulator.set_reachable(false).expect("the port can be closed");
    page.until_text("#problems", "cannot reach the API server", SOON).await;
    assert_eq!(page.blocks().await.len(), 1);
    simulator.set_reachable(true).expect("the port can be opened again");
    page.until_live().await;
    assert_eq!(page.text("#problems").await, "");
    drop(turn);
}

#[browser_test::in_chromium]
async fn row_45_when_kubectl_proxy_comes_back_the_page_is_live_within_two_seconds() {
    let Some(mut stage) = stage_with_pods("kubectl proxy comes back").await else {
        return;
    };
    let url = stage.cluster.url().to_owned();
    let browser = stage.browser;
    let page = Page::open(
        &browser,
        &format!("{}/static/", stage.proxy.url()),
        Some(&stage.cluster.namespace),
    )
    .await;
    page.until("both pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;
    // A short outage, and one that is long enough for delays to have grown.
    for state in ["reconnecting", "stale"] {
        let port = stage.proxy.kill().await;
        page.until_state(&[state], LATER).await;
        let name = format!("while-{state}");
        stage.cluster.api.create_pod(&objects::pod(&name)).await;
        stage.proxy = KubectlProxy::start_on(port, &url, &[]).await;
        let back = Instant::now();
        page.until_state(&["live"], SOON).await;
        let what = format!("row 45: kubectl proxy came back while the page was {state}: live");
        tools::measured(&what, back.elapsed(), BACK_WITHIN);
        page.until("what happened meanwhile is there", |seen| seen.pod(&name).is_some())
            .await;
    }
    assert_eq!(pod_requests(&stage.cluster).0, 1, "lists of pods");
}

/// The connection stays open and nothing comes any more. `host` decides what carries the watches.
async fn check_half_open(host: &str, transport: &str) {
    let turn = Turn::take().await;
    let options = ServerOptions {
        api: ApiOptions {
            bookmark_interval: BOOKMARKS,
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("half-open connections", options).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    let proxy = KubectlProxy::start(cluster.url(), &["--accept-hosts=^(127\\.0\\.0\\.1|k8bit\\.test)$"]).await;
    let browser = Browser::start_with(&["--host-resolver-rules=MAP k8bit.test 127.0.0.1"]).await;
    let url = format!("{}/static/", proxy.url()).replace("127.0.0.1", host);
    let page = Page::open(&browser, &url, Some(&cluster.namespace)).await;
    page.until_live().await;
    cluster.api.create_running_pod("before", &node).await;
    // Where other streams of the page had those that are shared, a kind may be watched over a WebSocket.
    let script = "const { kinds } = k8bit.diagnostics();
                  return kinds.some((kind) => kind.transport === arguments[0]) \
                  && kinds.every((kind) => kind.counters.bookmarks >= 3) || JSON.stringify(k8bit.diagnostics())";
    page.until_true("the rhythm of the bookmarks is known", script, &[json!(transport)])
        .await;

    let watches = |simulator: &ServerHandle| {
        let requests = simulator.requests();
        requests
            .iter()
            .filter(|record| record.path_and_query.contains("watch=1"))
            .count()
    };
    let simulator = cluster.simulator();
    let before = watches(simulator);
    simulator.stall_watches(true);
    let silent = Instant::now();
    cluster.api.create_running_pod("unheard", &node).await;
    eventually("both watches are doubted and opened again", LATER, async || {
        let opened = watches(simulator) - before;
        (opened >= 2)
            .then_some(())
            .ok_or_else(|| format!("{opened} were opened"))
    })
    .await;
    let noticed = silent.elapsed();
    simulator.stall_watches(false);
    page.until("what was not heard is there", |seen| {
        seen.is_live() && seen.pod("unheard").is_some()
    })
    .await;
    let what = format!("row 59: half-open over {transport}: both kinds noticed");
    tools::measured(&what, noticed, BOOKMARKS.mul_f64(NOTICED_WITHIN_PERIODS));
    drop((browser, proxy, cluster, turn));
}

#[browser_test::in_chromium]
async fn row_59_a_half_open_fetch_is_noticed_within_two_and_a_half_bookmark_periods() {
    check_half_open("127.0.0.1", "fetch").await;
}

#[browser_test::in_chromium]
async fn row_59_a_half_open_websocket_is_noticed_within_two_and_a_half_bookmark_periods() {
    check_half_open("k8bit.test", "websocket").await;
}

/// Shortest time between two announcements, in milliseconds: `ui::announce` has 3,000, and a frame may be late.
const QUIET_MS: f64 = 2_900.0;

/// How often the connection flickers.
const FLICKERS: usize = 6;

/// Notes what is read out of the connection, and when; and every state that its indicator shows.
const LISTEN: &str = "const region = document.querySelector('[role=status][aria-live=polite]:not([id])');
    const badge = document.querySelector('#connection');
    window.heard = [];
    window.states = [badge.dataset.state];
    new MutationObserver(() => heard.push([performance.now(), region.textContent]))
        .observe(region, { childList: true, characterData: true, subtree: true });
    new MutationObserver(() => states.push(badge.dataset.state)).observe(badge, { attributeFilter: ['data-state'] });
    return region.textContent";

#[browser_test::in_chromium]
async fn a_connection_that_flickers_is_read_out_seldom_and_as_it_is_in_the_end() {
    let Some(stage) = stage_with_pods("what is read out").await else {
        return;
    };
    let page = open(&stage).await;
    let simulator = stage.cluster.simulator();
    let live = "Live: the page is current.";
    let said =
        "return document.querySelector('[role=status][aria-live=polite]:not([id])').textContent === arguments[0]";
    page.until_true("it is live, and that is said", said, &[json!(live)])
        .await;
    assert_eq!(page.eval::<String>(LISTEN, &[]).await, live);
    for _ in 0..FLICKERS {
        simulator.set_reachable(false).expect("it can be stopped");
        page.until_state(&["reconnecting"], SOON).await;
        simulator.set_reachable(true).expect("its port is still free");
        page.until_state(&["live"], SOON).await;
    }
    // What lasts is said, and then what is.
    simulator.set_reachable(false).expect("it can be stopped");
    let is_lost = "return /^(Reconnecting|Stale)/.test(heard.at(-1)?.[1] ?? '')";
    page.until_true("the loss is said", is_lost, &[]).await;
    simulator.set_reachable(true).expect("its port is still free");
    page.until_state(&["live"], LATER).await;
    page.until_true("what is in the end is said", said, &[json!(live)])
        .await;

    let (heard, states): (Vec<(f64, String)>, Vec<String>) = page.eval("return [heard, states]", &[]).await;
    tools::report(&format!(
        "{} states, of which {} were read out",
        states.len(),
        heard.len()
    ));
    assert!(states.len() > 2 * FLICKERS, "{states:?}");
    assert_eq!(states.last().map(String::as_str), Some("live"));
    assert_eq!(heard.last().map(|(_, words)| words.as_str()), Some(live));
    for pair in heard.windows(2) {
        let [(first, words), (second, others)] = pair else {
            continue;
        };
        assert!(second - first >= QUIET_MS && words != others, "{heard:?}");
    }
    page.assert_clean().await;
}
