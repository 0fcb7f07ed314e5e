//! What a bug report is made of: `window.k8bit.diagnostics()`, and the same on the page.

use k8bit_simulator::http::ServerOptions;
use serde_json::Value;

use crate::harness::{
    cluster::Cluster,
    stage::{Stage, Turn},
    wait::SOON,
};

const DIAGNOSTICS: &str = "return k8bit.diagnostics()";

/// A selector's element has the focus.
const HAS_FOCUS: &str = "return document.activeElement?.matches(arguments[0]) ?? false";

#[browser_test::in_chromium]
async fn a_cut_watch_is_logged_and_the_report_is_reached_by_keyboard() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("diagnostics", ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until("the pod is live", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;

    stage.cluster.api.create_running_pod("second", &node).await;
    page.until("an event has come", |seen| seen.is_pod("second", "Running"))
        .await;
    stage.cluster.simulator().cut_watches();
    let logged = "return k8bit.diagnostics().log.some((entry) => entry.kind === 'pods' && entry.from === 'live' \
                  && entry.to === 'reconnecting' && entry.reason.startsWith('watch: '))";
    page.until_true("the cut is logged", logged, &[]).await;
    page.until_live().await;
    let back = "const log = k8bit.diagnostics().log.filter((entry) => entry.kind === 'pods'); \
                return log.at(-1).to === 'live'";
    page.until_true("that it is live again is logged", back, &[]).await;

    let seen: Value = page.eval(DIAGNOSTICS, &[]).await;
    let pods = &seen["kinds"][1];
    assert_eq!(pods["what"], "pods");
    assert_eq!(pods["state"], "live");
    assert_eq!(pods["attempts"], 0);
    assert_eq!(pods["relists"], 0);
    assert_eq!(pods["lastError"]["verb"], "watch");
    assert_eq!(pods["transport"], "fetch");
    assert_eq!(pods["encoding"], "protobuf");
    assert!(pods["resourceVersion"].is_string(), "{pods:#}");
    for number in ["lastEventSeconds", "lastHeardSeconds"] {
        assert!(pods[number].is_u64(), "{number}: {pods:#}");
    }
    for counter in ["requests", "failures", "bytes", "events", "lists"] {
        assert!(pods["counters"][counter].as_u64() > Some(0), "{counter}: {pods:#}");
    }
    for counter in ["bookmarks", "consistencyChecks", "repairs"] {
        assert!(pods["counters"][counter].is_u64(), "{counter}: {pods:#}");
    }
    assert_eq!(seen["stores"][1]["objects"], 2, "{seen:#}");
    assert!(seen["memoryBytes"].as_u64() > Some(0), "{seen:#}");

    // By keyboard alone: Enter opens, Tab goes on, Escape closes and goes back.
    let press = async |key: &str, code: u32, text: &str| {
        for kind in ["keyDown", "keyUp"] {
            let mut event = serde_json::json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            page.devtools("Input.dispatchKeyEvent", event).await;
        }
    };
    page.eval::<()>("document.querySelector('#connection').focus(); return null", &[])
        .await;
    press("Enter", 13, "\r").await;
    let is_shown = "return document.querySelector('#connection-details').checkVisibility()";
    page.until_true("the details are shown", is_shown, &[]).await;
    page.eval::<()>(
        "document.querySelector('#diagnostics > summary').focus(); return null",
        &[],
    )
    .await;
    press("Enter", 13, "\r").await;
    page.until_text("#report", "live > reconnecting", SOON).await;
    for part in [
        "memory: ",
        "pods: live, fetch, protobuf, resourceVersion ",
        "failed attempts 0",
        "last event, seconds ago ",
        "last error: ",
        "relists 0",
        "bytes ",
        "events ",
        "repairs 0",
        "store of pods: 2 objects",
    ] {
        page.until_text("#report", part, SOON).await;
    }
    press("Tab", 9, "").await;
    page.until_true("the button is next", HAS_FOCUS, &["#copy-report".into()])
        .await;
    press("Enter", 13, "\r").await;
    let is_said = "return document.querySelector('#diagnostics [role=status]').textContent !== ''";
    page.until_true("what came of copying is said", is_said, &[]).await;
    let is_selected = "return getSelection().toString().includes('transitions:')";
    page.until_true("the report is selected", is_selected, &[]).await;
    press("Escape", 27, "").await;
    let is_hidden = "return !document.querySelector('#connection-details').checkVisibility()";
    page.until_true("the details are hidden", is_hidden, &[]).await;
    page.until_true("the focus is back", HAS_FOCUS, &["#connection".into()])
        .await;
    page.assert_clean().await;
}
