//! Logs that misbehave: what a terminal makes of their lines, what a kubelet says of its own, and their end.

use jiff::Timestamp;
use k8bit_simulator::{
    api::{LOG_LINES, LOG_NOTE, format_time},
    http::ServerOptions,
};
use serde_json::{Value, json};

use crate::{
    drawer::{click, until_there},
    harness::{
        browser::Browser,
        cluster::Cluster,
        objects,
        page::Page,
        stage::{Stage, Turn},
        wait::{SOON, eventually},
    },
};

/// What a kubelet says that has no inotify instances left.
const NOTE: &str = "failed to create fsnotify watcher: too many open files";

/// A stage with the pod `web` that runs and has written this, and with what its kubelet says of its own.
async fn stage_with(name: &str, lines: &str, note: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(name, ServerOptions::default()).await?;
    let stage = Stage::build_with(turn, cluster, &[]).await;
    create_web(&stage, lines, note).await;
    Some(stage)
}

async fn create_web(stage: &Stage, lines: &str, note: &str) {
    let node = stage.cluster.create_node("a").await;
    let mut pod = objects::bound_pod("web", &node);
    pod["metadata"]["annotations"] = json!({ LOG_LINES: lines, LOG_NOTE: note });
    stage.cluster.api.create_pod(&pod).await;
    stage.cluster.api.patch_pod_status("web", &running()).await;
}

fn running() -> Value {
    let mut status = objects::running_status(0);
    status["containerStatuses"][0]["state"]["running"]["startedAt"] = json!(format_time(Timestamp::now()));
    status
}

async fn open_log<'a>(stage: &'a Stage) -> Page<'a> {
    let page = stage.open(&format!("#sel=pod:{}&tab=logs", stage.key("web"))).await;
    until_there(&page, "#drawer[data-tab=logs] #log-view").await;
    page
}

/// The rows that are in the document.
async fn rows(page: &Page<'_>) -> Vec<String> {
    let script = "return [...document.querySelectorAll('#log-view .row')].map((row) => row.textContent)";
    page.eval(script, &[]).await
}

async fn until_rows(page: &Page<'_>, expected: &[&str]) {
    eventually("these are the rows", SOON, async || match rows(page).await {
        rows if rows == expected => Ok(()),
        rows => Err(format!("{rows:?}")),
    })
    .await;
}

async fn until_requests(page: &Page<'_>, at_least: usize) {
    eventually("the log was requested again", SOON, async || {
        match page.count_requests(&["/web/log?"]).await {
            count if count >= at_least => Ok(()),
            count => Err(count.to_string()),
        }
    })
    .await;
}

#[browser_test::in_every_browser]
async fn lines_read_as_in_a_terminal() {
    let long = format!("{} needle", "x".repeat(5_000));
    let lines = [
        "\u{1b}[31mERROR\u{1b}(B\u{1b}[m done",
        "charset\u{1b})0 \u{1b}#8dcs\u{1b}P1$r0m\u{1b}\\ c1\u{9b}31m",
        " 10%\r 55%\r100%",
        "nginx\u{202e}gpj.exe",
        &long,
    ]
    .join("\n");
    let Some(stage) = stage_with("a log of a terminal", &format!("{lines}\n"), "").await else {
        return;
    };
    let page = open_log(&stage).await;
    click(&page, "#drawer [data-action=wrap]").await;
    eventually("the lines are there", SOON, async || {
        let rows = rows(&page).await;
        let texts: Vec<&str> = rows.iter().map(String::as_str).take(4).collect();
        let is_right = texts == ["ERROR done", "charset dcs c1", "100%", "nginx<U+202E>gpj.exe"];
        if is_right { Ok(()) } else { Err(format!("{texts:?}")) }
    })
    .await;
    // A long line is whole for the search, and the way to what was found leads there.
    let search = "const it = document.querySelector('#log-search'); it.value = 'NEEDLE'; it.dispatchEvent(new Event('input', {bubbles: true})); return null";
    page.eval::<()>(search, &[]).await;
    page.until_text("#log-matches", "1 line", SOON).await;
    click(&page, "#drawer [data-action=match-next]").await;
    page.until_text("#log-view .row mark", "needle", SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn what_a_kubelet_says_of_its_own_is_shown_once() {
    let Some(stage) = stage_with("a kubelet's own words", "hello\n", NOTE).await else {
        return;
    };
    let page = open_log(&stage).await;
    until_rows(&page, &["hello", NOTE]).await;
    until_requests(&page, 3).await;
    assert_eq!(rows(&page).await, ["hello", NOTE]);
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn the_log_of_a_container_that_has_ended_has_an_end() {
    let Some(stage) = stage_with("a log with an end", "hello\nbye\n", "").await else {
        return;
    };
    let page = open_log(&stage).await;
    until_there(&page, "#log-state[data-state=following]").await;
    let mut status = stage.cluster.api.get("api/v1/pods", "web").await["status"].take();
    let started = status["containerStatuses"][0]["state"]["running"]["startedAt"].take();
    status["phase"] = json!("Succeeded");
    status["containerStatuses"][0]["ready"] = json!(false);
    status["containerStatuses"][0]["state"] = json!({"terminated": {
        "exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": format_time(Timestamp::now()),
    }});
    stage.cluster.api.patch_pod_status("web", &status).await;
    until_there(&page, "#log-state[data-state=ended]").await;
    page.until_text("#log-state", "End of the log: the container has ended.", SOON)
        .await;
    until_rows(&page, &["hello", "bye"]).await;
    assert_eq!(stage.cluster.simulator().open_logs(), 0);
    // The stream is given back: all of those that tabs share, but for those of the watches.
    let held = "return navigator.locks.query().then((locks) => locks.held.filter((lock) => lock.name.startsWith('k8bit-stream-')).length <= 2)";
    page.until_true("the log's stream is free", held, &[]).await;
    // Nothing is asked for any more: longer than the longest pause before the first reconnects.
    let requests = page.count_requests(&["/web/log?"]).await;
    let has_waited = "window.since ??= performance.now(); return performance.now() - window.since > 4000";
    page.until_true("some seconds pass", has_waited, &[]).await;
    assert_eq!(page.count_requests(&["/web/log?"]).await, requests);

    // Opened again, one request is enough.
    page.driver().refresh().await.expect("the page can be loaded again");
    until_there(&page, "#log-state[data-state=ended]").await;
    until_rows(&page, &["hello", "bye"]).await;
    assert_eq!(page.count_requests(&["/web/log?"]).await, 1);
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn the_log_says_which_container_it_is_of() {
    let Some(stage) = stage_with("whose log it is", "", "").await else {
        return;
    };
    let api = &stage.cluster.api;
    let waiting = objects::waiting_status("ErrImagePull", "pull access denied");
    api.patch_pod_status("web", &waiting).await;
    let page = open_log(&stage).await;
    let not_started = "No log yet: the container has not started (ErrImagePull). The Events tab may say why.";
    page.until_text("#log-run", not_started, SOON).await;
    api.patch_pod_status("web", &running()).await;
    page.until_text("#log-run", "The container started ", SOON).await;
    let mut crashing = objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting");
    let time = format_time(Timestamp::now());
    crashing["containerStatuses"][0]["restartCount"] = json!(3);
    crashing["containerStatuses"][0]["lastState"] = json!({"terminated": {
        "exitCode": 1, "reason": "Error", "startedAt": time, "finishedAt": time,
    }});
    api.patch_pod_status("web", &crashing).await;
    let both = "It waits to restart (CrashLoopBackOff), so Log and Previous show the same log.";
    page.until_text("#log-run", both, SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn by_a_host_name_over_plain_http_the_true_reason_for_polling_is_given() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("an insecure context", ServerOptions::default()).await else {
        return;
    };
    let browser = Browser::start_with(&["--host-resolver-rules=MAP k8bit.test 127.0.0.1"]).await;
    let stage = Stage::build_for(turn, cluster, browser, &["--accept-hosts=^k8bit\\.test$"]).await;
    create_web(&stage, "hello\n", "").await;
    let url = stage.proxy.url().replace("127.0.0.1", "k8bit.test");
    let url = format!("{url}/static/#sel=pod:{}&tab=logs", stage.key("web"));
    let page = Page::open(&stage.browser, &url, Some(&stage.cluster.namespace)).await;
    until_there(&page, "#log-state[data-state=polling]").await;
    page.until_text("#log-state", "no secure context", SOON).await;
    until_rows(&page, &["hello"]).await;
    until_requests(&page, 2).await;
    page.assert_clean().await;
}
