//! Texts of the cluster that hide or turn around what stands beside them: the page shows them as they are, everywhere.

use jiff::Timestamp;
use k8bit_simulator::{
    api::{LOG_LINES, format_time},
    http::ServerOptions,
};
use serde_json::{Value, json};

use crate::{
    drawer::{click, press},
    harness::{
        cluster::Cluster,
        objects,
        page::Page,
        stage::{Stage, Turn},
        wait::{SOON, eventually},
    },
};

/// Turns the rest of a line around, and hides.
const TRICKS: &str = "\u{202e}\u{200b}\u{ad}";
/// As they are to be shown.
const SHOWN: &str = "<U+202E><U+200B><U+00AD>";

/// The texts and names in the document that hold a character that shows nothing.
const HIDDEN: &str = r"
    const hides = (text) => /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]|(?![\n\t])\p{Cc}/u.test(text ?? '');
    const found = [];
    const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode;
        if (node.nodeType === Node.TEXT_NODE) {
            if (!['SCRIPT', 'STYLE'].includes(node.parentElement.tagName) && hides(node.data)) found.push(node.data);
        } else {
            for (const name of ['title', 'aria-label', 'aria-description', 'placeholder', 'alt']) {
                if (hides(node.getAttribute(name))) found.push(`${name}: ${node.getAttribute(name)}`);
            }
        }
    }
    if (hides(document.title)) found.push(`title of the page: ${document.title}`);
    return found";

async fn assert_nothing_hides(page: &Page<'_>, place: &str) {
    let hidden: Vec<String> = page.eval(HIDDEN, &[]).await;
    assert!(hidden.is_empty(), "{place}: {hidden:?}");
}

/// Waits until an element shows a text with the tricks written out.
async fn until_shown(page: &Page<'_>, selector: &str, text: &str) {
    page.until_text(selector, &format!("{text}{SHOWN}"), SOON).await;
}

fn tricked(text: &str) -> Value {
    json!(format!("{text}{TRICKS}"))
}

#[browser_test::in_every_browser]
async fn hostile_text_is_shown_as_what_it_is() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("hidden text", ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let mut pod = objects::bound_pod("web", &node);
    pod["metadata"]["labels"] = json!({ "app": tricked("web") });
    pod["metadata"]["annotations"] = json!({ "note": tricked("see"), LOG_LINES: format!("said{TRICKS}\u{1}\n") });
    pod["metadata"]["ownerReferences"] = json!([
        {"apiVersion": "example.com/v1", "kind": "Owner", "name": tricked("boss"), "uid": "u", "controller": true},
    ]);
    pod["spec"]["containers"][0]["image"] = tricked("registry.example/app:1");
    let uid = api.create_pod(&pod).await;
    let mut status = objects::running_status(3);
    status["message"] = tricked("a message");
    status["conditions"] =
        json!([{"type": "Ready", "status": "False", "reason": tricked("Why"), "message": tricked("because")}]);
    let container = &mut status["containerStatuses"][0];
    container["ready"] = json!(false);
    container["state"]["running"]["startedAt"] = json!(format_time(Timestamp::now()));
    container["lastState"] = json!({"terminated": {
        "exitCode": 1, "reason": tricked("Because"), "message": tricked("last words"), "finishedAt": "2026-01-01T00:00:40Z",
    }});
    api.patch_pod_status("web", &status).await;
    // One that waits for a hostile reason, on the map and in the counters.
    api.create_pod(&objects::bound_pod("odd", &node)).await;
    let odd = objects::waiting_status(&format!("Odd{TRICKS}"), &format!("odd message{TRICKS}"));
    api.patch_pod_status("odd", &odd).await;
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1"},
        "involvedObject": {"kind": "Pod", "name": "web", "namespace": stage.cluster.namespace, "uid": uid},
        "type": "Warning", "reason": tricked("BackOff"), "message": tricked("it was said"), "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z",
        "source": {"component": tricked("kubelet")},
    });
    api.create("api/v1/events", &event).await;

    let key = stage.key("web");
    let page = stage.open(&format!("#sel=pod:{key}")).await;
    until_shown(&page, "#drawer .owners", "boss").await;
    until_shown(&page, "#drawer .labels", "web").await;
    until_shown(&page, "#drawer .image", "registry.example/app:1").await;
    until_shown(&page, "#drawer .conditions", &format!("Why{SHOWN}: because")).await;
    until_shown(&page, "#drawer .last", "exit 1, Because").await;
    until_shown(&page, "#counters", "Odd").await;
    assert_nothing_hides(&page, "the overview").await;

    click(&page, "#tab-events").await;
    until_shown(&page, "#drawer .event .reason", "BackOff").await;
    until_shown(&page, "#drawer .event .message", "it was said").await;
    until_shown(&page, "#drawer .event .top", "kubelet").await;
    assert_nothing_hides(&page, "the events").await;

    click(&page, "#tab-logs").await;
    until_shown(&page, "#log-view", "said").await;
    page.until_text("#log-view", "<U+0001>", SOON).await;
    assert_nothing_hides(&page, "the log").await;

    // In YAML it is escaped, so that it is still the same object.
    click(&page, "#tab-yaml").await;
    page.until_text("#yaml", "image: \"registry.example/app:1\\u202E\\u200B\\xAD\"", SOON)
        .await;
    assert_nothing_hides(&page, "the YAML").await;
    let text = page.text("#yaml").await;
    let shown: Value = serde_norway::from_str(&text).expect("YAML");
    assert_eq!(
        shown["spec"]["containers"][0]["image"],
        tricked("registry.example/app:1")
    );

    // The tooltip, the walk through the problems, the legend, and what the query suggests.
    page.point_at_pod(&stage.key("odd")).await;
    until_shown(&page, "#tooltip", "Odd").await;
    assert_nothing_hides(&page, "the tooltip").await;
    press(&page, "n").await;
    until_shown(&page, "#walk", "Odd").await;
    for rest in ["#color=owner", "#group=owner", "#q=status:"] {
        let page = stage.open(&format!("?again={}{rest}", rest.len())).await;
        page.until_live().await;
        if rest.contains("q=") {
            click(&page, "#query").await;
            page.eval::<()>("document.querySelector('#query').focus(); return null", &[])
                .await;
            until_shown(&page, "#suggestions", "Odd").await;
        } else {
            eventually("the owner is shown", SOON, async || {
                // A name that can be cut in its middle is in pieces.
                let all = page.text("body").await.replace('\n', "");
                if all.contains(&format!("boss{SHOWN}")) {
                    Ok(())
                } else {
                    Err(all)
                }
            })
            .await;
        }
        assert_nothing_hides(&page, rest).await;
        page.assert_clean().await;
    }
}
