//! Proxies in between that want a login, and clocks that differ.

use jiff::{SignedDuration, Timestamp};
use k8bit_simulator::http::ServerOptions;
use serde_json::{Value, json};

use crate::{
    drawer::{click, open_pod, until_there},
    harness::{
        browser::Browser,
        cluster::Cluster,
        objects,
        page::Page,
        reverse_proxy::{Login, ReverseProxy},
        stage::{Stage, Turn},
        wait::{SOON, eventually},
    },
};

/// A name that the browser resolves to this machine. Its pages are no secure context, so that watches are WebSockets.
const HOST_NAME: &str = "k8bit.test";

/// A cluster with one pod behind a reverse proxy, and a browser.
struct Site {
    browser: Browser,
    proxy: ReverseProxy,
    cluster: Cluster,
    _turn: Turn,
}

impl Site {
    /// `browser`: arguments of Chromium; none for any browser.
    async fn build(test: &str, browser: &[&str]) -> Option<Self> {
        let turn = Turn::take().await;
        let cluster = Cluster::simulated(test, ServerOptions::default()).await?;
        let node = cluster.create_node("a").await;
        cluster.api.create_running_pod("web", &node).await;
        let proxy = ReverseProxy::start("/dash/", cluster.simulator().address()).await;
        Some(Self {
            browser: Browser::start_with(browser).await,
            proxy,
            cluster,
            _turn: turn,
        })
    }

    /// Opens the page and waits until its watches are open.
    async fn open(&self, fragment: &str) -> Page<'_> {
        self.open_under("127.0.0.1", fragment).await
    }

    /// The same, with another name of this machine.
    async fn open_under(&self, host: &str, fragment: &str) -> Page<'_> {
        let url = format!("{}/dash/{fragment}", self.proxy.url()).replace("127.0.0.1", host);
        let page = Page::open(&self.browser, &url, Some(&self.cluster.namespace)).await;
        page.until("the pod is shown", |seen| {
            seen.is_live() && seen.is_pod("web", "Running")
        })
        .await;
        page
    }

    /// The login expires, and the watches end.
    async fn expire(&self, login: Login, page: &Page<'_>) {
        self.proxy.set_login(Some(login));
        self.cluster.simulator().cut_watches();
        page.until("both kinds say so", |seen| {
            let says_so = |problem: &str| problem.starts_with("Sign in again: a login page answers");
            let mut kinds = seen.connection.kinds.iter();
            kinds.all(|kind| kind.problem.as_ref().is_some_and(|problem| says_so(&problem.sentence)))
        })
        .await;
        page.until_text("#problems h2", "Sign in again", SOON).await;
        // The picture stays, and nobody is told to start a proxy that runs.
        assert_eq!(page.blocks().await.len(), 1, "{login:?}");
        let said = page.text("#problems").await;
        assert!(!said.contains("kubectl proxy"), "{login:?}: {said}");
    }
}

#[browser_test::in_every_browser]
async fn an_expired_login_says_so_and_keeps_the_picture() {
    let Some(site) = Site::build("an expired login", &[]).await else {
        return;
    };
    for login in [Login::Elsewhere, Login::Here, Login::Page, Login::Unauthorized] {
        let page = site.open("").await;
        site.expire(login, &page).await;
        // Whoever logs in elsewhere and comes back needs no reload.
        site.proxy.set_login(None);
        let shown = "document.dispatchEvent(new Event('visibilitychange')); return null";
        page.eval::<()>(shown, &[]).await;
        page.until_live().await;
        eventually("nothing is said any more", SOON, async || {
            let said = page.text("#problems").await;
            said.is_empty().then_some(()).ok_or(said)
        })
        .await;
        // Firefox reports a redirect to another origin as blocked by the policy, although nobody follows it.
        if !matches!(login, Login::Elsewhere) {
            page.assert_clean().await;
        }
    }
}

#[browser_test::in_chromium]
async fn an_expired_login_is_told_of_websockets_too() {
    let resolver = format!("--host-resolver-rules=MAP {HOST_NAME} 127.0.0.1");
    let Some(site) = Site::build("an expired login of WebSockets", &[&resolver]).await else {
        return;
    };
    for login in [Login::Elsewhere, Login::Page] {
        let page = site.open_under(HOST_NAME, "").await;
        let script = "return k8bit.diagnostics().kinds.every((kind) => kind.transport === 'websocket')";
        page.until_true("it watches over WebSockets", script, &[]).await;
        site.expire(login, &page).await;
        site.proxy.set_login(None);
        let shown = "document.dispatchEvent(new Event('visibilitychange')); return null";
        page.eval::<()>(shown, &[]).await;
        // Refused handshakes were the login's, so WebSockets are not given up.
        page.until_live().await;
        page.until_true("it watches over WebSockets again", script, &[]).await;
    }
}

#[browser_test::in_every_browser]
async fn signing_in_again_leads_to_the_login_and_back_to_the_same_view() {
    let Some(site) = Site::build("signing in again", &[]).await else {
        return;
    };
    let fragment = "#q=web&color=owner";
    let page = site.open(fragment).await;
    site.expire(Login::Here, &page).await;
    click(&page, "#problems [data-action=sign-in]").await;
    page.until_text("h1", "Sign in", SOON).await;
    // The login page leads back without the fragment, which no server ever sees.
    page.go_to(&site.proxy.login_url()).await;
    page.until("the pod is shown", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    assert_eq!(page.eval::<String>("return location.hash", &[]).await, fragment);
    let query = "return document.querySelector('#query').textContent || document.querySelector('#query').value";
    assert_eq!(page.eval::<String>(query, &[]).await, "web");
    // Once: whoever leaves it out later means it.
    page.go_to(&format!("{}/dash/", site.proxy.url())).await;
    page.until_live().await;
    assert_eq!(page.eval::<String>("return location.hash", &[]).await, "");
}

/// Watches that are open outlive a login; what is asked for meanwhile says so.
#[browser_test::in_every_browser]
async fn details_logs_and_events_say_that_a_login_is_wanted() {
    let Some(site) = Site::build("single requests and a login", &[]).await else {
        return;
    };
    let key = format!("{}/web", site.cluster.namespace);
    for login in [Login::Elsewhere, Login::Page] {
        let page = site.open("").await;
        site.proxy.set_login(Some(login));
        open_pod(&page, &key).await;
        page.until_text("#drawer .refusal", "Sign in again: a login page answers", SOON)
            .await;
        page.until_text("#problems [data-action=sign-in]", "Sign in again", SOON)
            .await;
        assert_eq!(page.state().await, "live", "the watches are open");
        site.proxy.set_login(None);
        page.go_to("about:blank").await;

        // With the object there, but not its log and its events.
        for (tab, part) in [("logs", "#log-state"), ("events", "#events-state")] {
            let page = site.open("").await;
            open_pod(&page, &key).await;
            until_there(&page, "#drawer [data-container]").await;
            site.proxy.set_login(Some(login));
            click(&page, &format!("#tab-{tab}")).await;
            page.until_text(part, "Sign in", SOON).await;
            assert!(!page.text("#drawer").await.contains("<title>"), "a page is no log");
            site.proxy.set_login(None);
            page.go_to("about:blank").await;
        }
    }
}

/// A pod that has not been ready since this many seconds before `now`.
async fn create_unready_pod(cluster: &Cluster, name: &str, node: &str, now: Timestamp, seconds: i64) {
    cluster.api.create_pod(&objects::bound_pod(name, node)).await;
    let since = (now - SignedDuration::from_secs(seconds))
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let mut status = objects::running_status(0);
    status["conditions"] = json!([{"type": "Ready", "status": "False", "lastTransitionTime": since}]);
    status["containerStatuses"][0]["ready"] = json!(false);
    cluster.api.patch_pod_status(name, &status).await;
}

/// `ahead`: how many seconds the cluster's clock is ahead of the browser's.
async fn check_clocks(test: &str, ahead: i64, direction: &str) {
    let turn = Turn::take().await;
    let options = ServerOptions {
        clock_ahead: SignedDuration::from_secs(ahead),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated(test, options).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    let now = cluster.simulator().now();
    // Five minutes are long: of these two, one is slow, whatever the computer's clock says.
    create_unready_pod(&cluster, "since-long", &node, now, 450).await;
    create_unready_pod(&cluster, "since-now", &node, now, 5).await;
    cluster.api.create_running_pod("web", &node).await;
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until("all is there", |seen| seen.is_live() && seen.pods.len() == 3)
        .await;

    let note = format!("This computer's clock is 10 min {direction} the cluster's.");
    page.until_text("#problems", &note, SOON).await;
    click(&page, "#connection").await;
    page.until_text("#clock-line", &note, SOON).await;
    let told: Value = page.eval("return k8bit.diagnostics()", &[]).await;
    // As exact as the answers were fast.
    let told_ahead = told["browserClockAheadSeconds"].as_i64().expect("a number");
    assert!((told_ahead + ahead).abs() < 20, "{told}");
    let time: Timestamp = told["time"].as_str().expect("a time").parse().expect("RFC 3339");
    let error = stage.cluster.simulator().now().duration_since(time);
    assert!(error.abs() < SignedDuration::from_secs(60), "{error} wrong");
    // The log of the connection began before anybody knew the cluster's time.
    let first: Timestamp = told["log"][0]["time"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    assert!(
        time.duration_since(first) < SignedDuration::from_mins(5),
        "{first} to {time}"
    );

    let slow = "return document.querySelector('[data-term=\"is:slow\"] .number')?.textContent ?? 'none'";
    let is_one = format!("const slow = (() => {{ {slow} }})(); return slow === '1' || slow");
    page.until_true("one pod has not been ready for long", &is_one, &[])
        .await;
    assert_eq!(page.text("#counters").await.matches("Stuck").count(), 0);

    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container]").await;
    let details = page.text("#drawer").await;
    assert!(!details.contains("invalid"), "{details}");
    page.until_text("#explanation", "Running and ready for", SOON).await;

    // The clock of a wall is the cluster's, too.
    page.eval::<()>("location.hash = 'kiosk=1'; return null", &[]).await;
    let is_right =
        "const [hours, minutes, seconds] = document.querySelector('#wall-clock').innerText.split(':').map(Number);
        const now = new Date(Date.now() + arguments[0] * 1000);
        const behind = (now.getHours() - hours) * 3600 + (now.getMinutes() - minutes) * 60 + now.getSeconds() - seconds;
        return Math.abs(behind) < 20 || Math.abs(behind) > 86_380 || behind";
    page.until_true("the clock on the wall is the cluster's", is_right, &[json!(ahead)])
        .await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn a_computer_whose_clock_is_ahead_follows_the_clusters() {
    check_clocks("a clock that is ahead", -630, "ahead of").await;
}

#[browser_test::in_every_browser]
async fn a_computer_whose_clock_is_behind_follows_the_clusters() {
    check_clocks("a clock that is behind", 630, "behind").await;
}

#[browser_test::in_every_browser]
async fn of_clocks_that_agree_nothing_is_said() {
    let stage = Stage::build().await;
    let page = stage.open("").await;
    page.until_live().await;
    assert_eq!(page.text("#problems").await, "");
    let line = "return document.querySelector('#clock-line').textContent";
    assert_eq!(page.eval::<String>(line, &[]).await, "");
}
