//! Text from the cluster: exact, whatever its alphabet and however its bytes are cut; and never more than text.

use std::time::Duration;

use k8bit_simulator::{
    api::LOG_LINES,
    http::{Faults, Refusal, RequestFilter, ServerOptions},
};
use serde_json::{Value, json};

use crate::{
    drawer::{click, until_gone, until_there},
    harness::{
        cluster::Cluster,
        objects,
        stage::{Stage, Turn},
        wait::SOON,
    },
    writes::allow_writes,
};

/// Characters of two, three and four bytes, joined ones among them.
const POLYGLOT: &str = "☸ Kübernetes 映像を取得中 👩‍🚀🏳️‍🌈 ñ\u{301}";

#[browser_test::in_chromium]
async fn multi_byte_text_survives_any_cut_of_the_bytes() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("multi-byte text", ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    cluster.api.create_pod(&polyglot("listed", &node)).await;
    cluster
        .api
        .patch_pod_status("listed", &objects::waiting_status(POLYGLOT, POLYGLOT))
        .await;
    // Every character is cut: single bytes, each written and flushed on its own.
    cluster.simulator().set_faults(Faults {
        applies_to: RequestFilter::default().containing("/pods?"),
        chunk_bytes: Some(1),
        ..Faults::default()
    });
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let api = stage.cluster.api.clone();
    let page = stage.open("").await;
    page.until("the list is exact", |seen| {
        seen.is_live() && seen.is_pod("listed", POLYGLOT)
    })
    .await;

    api.create_pod(&polyglot("watched", &node)).await;
    api.patch_pod_status("watched", &objects::waiting_status(POLYGLOT, POLYGLOT))
        .await;
    page.until("the event is exact", |seen| seen.is_pod("watched", POLYGLOT))
        .await;
    for pod in ["listed", "watched"] {
        assert_eq!(page.block(&stage.key(pod)).await.status, POLYGLOT);
        page.point_at_pod(&stage.key(pod)).await;
        page.until_text("#tooltip", POLYGLOT, SOON).await;
    }

    // Pieces that are no divisor of anything, with time between them, so that each arrives on its own.
    stage.cluster.simulator().set_faults(Faults {
        applies_to: RequestFilter::watches().containing("/pods?"),
        chunk_bytes: Some(7),
        chunk_delay: Duration::from_millis(1),
        ..Faults::default()
    });
    stage.cluster.simulator().cut_watches();
    let turned: String = POLYGLOT.chars().rev().filter(|char| !char.is_control()).collect();
    api.patch_pod_status("watched", &objects::waiting_status(&turned, ""))
        .await;
    page.until("it is exact again", |seen| seen.is_pod("watched", &turned))
        .await;
    page.assert_clean().await;
}

fn polyglot(name: &str, node: &str) -> Value {
    let mut pod = objects::bound_pod(name, node);
    pod["metadata"]["annotations"] = json!({"example.com/note": POLYGLOT});
    pod
}

/// What an attacker writes who may only create pods. Each would set `window.hacked` if it were taken for markup.
const HOSTILE: [&str; 5] = [
    "<img src=x onerror=\"window.hacked = 1\">",
    "\"><script>window.hacked = 1</script>",
    "'-window.hacked=1-'",
    "javascript:window.hacked=1",
    "</style><svg onload=window.hacked=1>${window.hacked = 1}",
];

#[browser_test::in_chromium]
async fn hostile_text_is_shown_and_does_nothing() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let page = stage.open("").await;
    page.until("the node is there", |seen| seen.is_live() && seen.node(&node).is_some())
        .await;

    // Annotations of nodes, and every text of a node's status that is free.
    api.patch_node(
        &node,
        &json!({"metadata": {"annotations": {"example.com/note": HOSTILE[0]}}}),
    )
    .await;
    let mut status = objects::ready_node_status();
    status["nodeInfo"]["kubeletVersion"] = json!(HOSTILE[0]);
    status["nodeInfo"]["osImage"] = json!(HOSTILE[1]);
    status["conditions"][0]["message"] = json!(HOSTILE[1]);
    api.patch_node_status(&node, &status).await;

    for (index, hostile) in HOSTILE.into_iter().enumerate() {
        let name = format!("hostile-{index}");
        let mut pod = objects::bound_pod(&name, &node);
        pod["metadata"]["annotations"] = json!({"example.com/note": hostile});
        pod["spec"]["containers"][0]["image"] = json!("registry.example/app:1");
        api.create_pod(&pod).await;
        // The reason is what STATUS shows, the message what the tooltip shows.
        api.patch_pod_status(&name, &objects::waiting_status(hostile, hostile))
            .await;
    }
    page.until("all of it is shown", |seen| {
        HOSTILE
            .iter()
            .enumerate()
            .all(|(index, hostile)| seen.is_pod(&format!("hostile-{index}"), hostile))
    })
    .await;
    for (index, hostile) in HOSTILE.into_iter().enumerate() {
        let key = stage.key(&format!("hostile-{index}"));
        assert_eq!(page.block(&key).await.status, hostile);
        page.point_at_pod(&key).await;
        page.until_text("#tooltip", hostile, SOON).await;
    }
    page.point_at_node(&node).await;
    page.until_text("#tooltip", HOSTILE[0], SOON).await;
    page.until_text("#summary", HOSTILE[1], SOON).await;

    // In the tray as well, which has a text of its own.
    api.create_pod(&objects::pod("waiting")).await;
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": HOSTILE[0],
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    api.patch_pod_status("waiting", &json!({"phase": "Pending", "conditions": [condition]}))
        .await;
    page.until_text("#unscheduled", HOSTILE[0], SOON).await;

    assert_harmless(&page).await;
}

/// In everything that the drawer reads of one object, and in the server's words about a write.
#[browser_test::in_chromium]
async fn hostile_text_in_the_drawer_does_nothing() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("hostile text in the drawer", ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let all = HOSTILE.join(" ");
    let mut pod = objects::bound_pod("web", &node);
    pod["metadata"]["labels"] = json!({ "app": all });
    pod["metadata"]["annotations"] = json!({ "note": all, LOG_LINES: format!("{all}\n") });
    pod["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "example.com/v1", "kind": all, "name": all, "uid": "u", "controller": true}]);
    pod["spec"]["containers"][0]["image"] = json!(all);
    let uid = api.create_pod(&pod).await;
    let mut status = objects::running_status(3);
    status["conditions"] = json!([{"type": "Ready", "status": "False", "reason": all, "message": all}]);
    status["containerStatuses"][0]["lastState"] =
        json!({"terminated": {"exitCode": 1, "reason": all, "message": all, "finishedAt": "2026-01-01T00:00:40Z"}});
    api.patch_pod_status("web", &status).await;
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1"},
        "involvedObject": {"kind": "Pod", "name": "web", "namespace": stage.cluster.namespace, "uid": uid},
        "type": "Warning", "reason": all, "message": all, "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z", "source": {"component": all},
    });
    api.create("api/v1/events", &event).await;

    let page = stage.open(&format!("?write=1#sel=pod:{}", stage.key("web"))).await;
    let shows = async |selector: &str| {
        for hostile in HOSTILE {
            page.until_text(selector, hostile, SOON).await;
        }
    };
    for selector in ["owners", "labels", "image", "conditions", "last"] {
        shows(&format!("#drawer .{selector}")).await;
    }
    click(&page, "#tab-events").await;
    for selector in ["reason", "message", "top"] {
        shows(&format!("#drawer .event .{selector}")).await;
    }
    click(&page, "#tab-logs").await;
    shows("#log-view").await;
    click(&page, "#tab-yaml").await;
    // The others hold characters that YAML escapes.
    page.until_text("#yaml", "javascript:window.hacked=1", SOON).await;
    assert_harmless(&page).await;

    // The server refuses the dry run with words of somebody's making.
    allow_writes(&page).await;
    let refusal = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": all, "reason": "Invalid", "code": 422,
    });
    stage.cluster.simulator().set_faults(Faults {
        applies_to: RequestFilter::default().containing("pods/web"),
        refuse: Some(Refusal {
            status: 422,
            content_type: "application/json",
            body: refusal.to_string(),
            retry_after_seconds: None,
        }),
        ..Faults::default()
    });
    click(&page, "#drawer [data-action=delete]").await;
    until_there(&page, "#write-dialog[data-stage=refused]").await;
    shows("#write-dialog .refusal").await;
    let hacked: Value = page.eval("return window.hacked ?? null", &[]).await;
    assert_eq!(hacked, Value::Null);
    until_gone(&page, "#write-dialog :is(img, svg, script)").await;
}

/// The server's own words are shown when it refuses: they are no more to be trusted.
#[browser_test::in_chromium]
async fn hostile_text_in_an_error_does_nothing() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("hostile text in a refusal", ServerOptions::default()).await else {
        return;
    };
    let mut refusal = Refusal::api_server_down();
    refusal.body = HOSTILE.join("\n");
    cluster.simulator().set_faults(Faults {
        refuse: Some(refusal),
        ..Faults::default()
    });
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("").await;
    page.until_said(HOSTILE[0]).await;
    assert_harmless(&page).await;
}

async fn assert_harmless(page: &crate::harness::page::Page<'_>) {
    page.assert_clean().await;
    let hacked: Value = page.eval("return window.hacked ?? null", &[]).await;
    assert_eq!(hacked, Value::Null);
    let foreign = "return [...document.querySelectorAll('img, iframe, object, embed, svg[onload], [onerror], a[href^=javascript]')].map((it) => it.outerHTML)";
    assert_eq!(page.eval::<Vec<String>>(foreign, &[]).await, Vec::<String>::new());
    let scripts = "return [...document.scripts].map((it) => it.src || it.outerHTML)";
    let scripts: Vec<String> = page.eval(scripts, &[]).await;
    let origin: String = page.eval("return location.origin", &[]).await;
    assert!(
        scripts
            .iter()
            .all(|script| script.starts_with(&format!("{origin}/static/"))),
        "{scripts:?}"
    );
}
