//! axe-core finds nothing in any view and theme.

use std::{fs, path::Path};

use k8bit_simulator::http::ServerOptions;
use serde_json::{Value, json};

use crate::harness::{
    cluster::Cluster,
    objects,
    page::Page,
    stage::{Stage, Turn},
    wait::{LATER, SOON},
};
use crate::{drawer, writes};

const THEMES: [&str; 4] = ["light", "dark", "contrast", "crt"];

fn axe() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("node_modules/axe-core: {error}. `make setup` installs it, with npm."))
}

/// Asserts that axe-core finds no violation in what is shown. It is loaded once a page.
pub(crate) async fn check(page: &Page<'_>, view: &str) {
    // Movements end first: halfway through one, colors are neither.
    page.settled().await;
    if !page.eval::<bool>("return window.axe !== undefined", &[]).await {
        page.eval::<Value>(&format!("{}; window.axe = axe; return null", axe()), &[])
            .await;
    }
    let run = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations, passes }) => done({
            passes: passes.length,
            violations: violations.map((it) => ({ rule: it.id, help: it.help, nodes: it.nodes.slice(0, 5).map((node) => node.html.slice(0, 160) + ' :: ' + node.failureSummary) })),
        }),
        (error) => done({ error: String(error) }))";
    let result = page.driver().execute_async(run, Vec::new()).await.expect("axe runs");
    let result = result.json();
    assert_eq!(result["violations"], json!([]), "{view}: {result:#}");
    assert!(
        result["passes"].as_u64() > Some(10),
        "{view}: axe looked at nothing: {result:#}"
    );
}

async fn stage_with_everything() -> Stage {
    let stage = Stage::build().await;
    let (cluster, api) = (&stage.cluster, &stage.cluster.api);
    let node = cluster.create_node("a").await;
    let cordoned = cluster.create_node("b").await;
    api.patch_node(&cordoned, &json!({"spec": {"unschedulable": true}}))
        .await;
    for (name, status) in [
        ("running", objects::running_status(0)),
        ("restarted", objects::running_status(3)),
        ("creating", objects::waiting_status("ContainerCreating", "")),
        (
            "crashing",
            objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting failed container"),
        ),
        ("done", json!({"phase": "Succeeded"})),
        (
            "evicted",
            json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."}),
        ),
    ] {
        api.create_running_pod(name, &node).await;
        api.patch_pod_status(name, &status).await;
    }
    api.create_pod(&objects::pod("no-room")).await;
    stage
}

#[browser_test::in_chromium]
async fn axe_finds_nothing_in_any_theme() {
    let stage = stage_with_everything().await;
    for theme in THEMES {
        let page = stage.open(&format!("?{theme}#theme={theme}")).await;
        page.until("all of it is there", |seen| seen.is_live() && seen.pods.len() == 7)
            .await;
        page.until_text("#counters", "CrashLoopBackOff", SOON).await;
        check(&page, &format!("boxes, {theme}")).await;
        page.point_at_pod(&stage.key("crashing")).await;
        page.eval::<()>(
            "document.querySelector('#counters button').click(); document.querySelector('#connection').click(); return null",
            &[],
        )
        .await;
        page.until_true(
            "a counter is pressed",
            "return document.querySelector('#counters [aria-pressed=true]') !== null",
            &[],
        )
        .await;
        check(
            &page,
            &format!("a counter pressed, the connection's details and a tooltip, {theme}"),
        )
        .await;
        // The query has a counter's term by now.
        let write = "const box = document.querySelector('#query'); box.focus(); box.value = arguments[0];
            box.dispatchEvent(new Event('input', { bubbles: true })); return null";
        for (text, what, expected) in [
            ("!web | ns:", "#query-error", "Write a value after ns"),
            ("ns:/^a/ sta", "#suggestions", "status:"),
        ] {
            page.eval::<()>(write, &[json!(text)]).await;
            page.until_text(what, expected, SOON).await;
            check(&page, &format!("query {text:?}, {theme}")).await;
        }
        page.eval::<()>("document.querySelector('#open-views').click(); return null", &[])
            .await;
        page.until_text("#views-menu", "No saved views", SOON).await;
        check(&page, &format!("saved views, {theme}")).await;
        page.eval::<()>("document.querySelector('#open-help').click(); return null", &[])
            .await;
        check(&page, &format!("help, {theme}")).await;
        // With a query, a wall is about what matches.
        page.eval::<()>(write, &[json!("")]).await;
        page.eval::<()>("document.querySelector('#open-kiosk').click(); return null", &[])
            .await;
        page.until_text("#spotlight", "CrashLoopBackOff", SOON).await;
        check(&page, &format!("on a wall, {theme}")).await;
        page.assert_clean().await;
    }
}

#[browser_test::in_chromium]
async fn axe_finds_nothing_in_the_drawer() {
    let stage = stage_with_everything().await;
    let node = stage.cluster.node("b");
    for theme in THEMES {
        let page = stage.open(&format!("?write=1&{theme}#theme={theme}")).await;
        page.until("all of it is there", |seen| seen.is_live() && seen.pods.len() == 7)
            .await;
        // The tab remembers it from one theme to the next.
        if page.text("#write-mark").await.is_empty() {
            check(&page, &format!("the offer to allow changes, {theme}")).await;
            writes::allow_writes(&page).await;
        }
        drawer::open_pod(&page, &stage.key("crashing")).await;
        drawer::until_there(&page, "#drawer [data-container=app]").await;
        check(&page, &format!("the drawer of a pod, {theme}")).await;
        for (tab, shows) in [
            ("events", "#events-state[data-listed]"),
            ("logs", "#log-state"),
            ("yaml", "#yaml"),
        ] {
            drawer::click(&page, &format!("#tab-{tab}")).await;
            drawer::until_there(&page, shows).await;
            check(&page, &format!("{tab} of a pod, {theme}")).await;
        }
        drawer::click(&page, "#drawer [data-action=delete]").await;
        drawer::until_there(&page, "#write-dialog[data-stage=confirm]").await;
        check(&page, &format!("the question before a deletion, {theme}")).await;
        drawer::click(&page, "#write-dialog [data-action=cancel]").await;
        drawer::click(&page, &format!("#map [data-node=\"{node}\"] button.node")).await;
        drawer::until_there(&page, &format!("#drawer[data-subject=\"node:{node}\"]")).await;
        drawer::click(&page, "#tab-overview").await;
        drawer::until_there(&page, "#drawer .resources").await;
        check(&page, &format!("the drawer of a node, {theme}")).await;
        page.assert_clean().await;
    }
}

#[browser_test::in_chromium]
async fn axe_finds_nothing_on_the_map_and_in_groups() {
    let stage = stage_with_everything().await;
    for theme in THEMES {
        for (view, fragment, shown) in [
            ("map", "zoom=6", "#map[data-zoom=map] canvas#fleet"),
            (
                "map of namespaces",
                "zoom=6&group=namespace",
                "#map[data-zoom=map] canvas#fleet",
            ),
            (
                "boxes of owners",
                "group=owner&color=restarts",
                "#map .card[data-state=group]",
            ),
        ] {
            let page = stage.open(&format!("?{theme}#theme={theme}&{fragment}")).await;
            page.until("all of it is there", |seen| seen.is_live() && seen.pods.len() == 7)
                .await;
            drawer::until_there(&page, shown).await;
            check(&page, &format!("{view}, {theme}")).await;
            page.assert_clean().await;
        }
    }
}

#[browser_test::in_chromium]
async fn axe_finds_nothing_in_an_empty_cluster() {
    let name = "axe_finds_nothing_in_an_empty_cluster";
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated(name, ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    for theme in THEMES {
        let page = stage.open(&format!("?{theme}#theme={theme}")).await;
        page.until_text("#map", "An empty cluster", SOON).await;
        check(&page, &format!("empty, {theme}")).await;
    }
}

/// Failed from the start, and old because the server has gone.
#[browser_test::in_chromium]
async fn axe_finds_nothing_where_nothing_works() {
    let stage = stage_with_everything().await;
    for theme in THEMES {
        let page = stage.open(&format!("?api=/nowhere/&{theme}#theme={theme}")).await;
        page.until_text("#map", "Nothing to show yet", SOON).await;
        check(&page, &format!("failed, {theme}")).await;
    }
    let url = format!("{}/static/", stage.proxy.url());
    let page = Page::open(&stage.browser, &url, Some(&stage.cluster.namespace)).await;
    page.until("all of it is there", |seen| seen.is_live() && seen.pods.len() == 7)
        .await;
    stage.proxy.kill().await;
    page.until_text("#map", "stale since", LATER).await;
    for theme in THEMES {
        let choose = "document.documentElement.dataset.theme = arguments[0]; return null";
        page.eval::<()>(choose, &[json!(theme)]).await;
        check(&page, &format!("stale, {theme}")).await;
    }
}
