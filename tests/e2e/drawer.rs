//! The drawer: what is the matter, all about a pod or node, its events, its log, its YAML; and that nothing stays open.

use std::time::Duration;

use jiff::Timestamp;
use k8bit_simulator::{
    api::{Access, ApiOptions},
    http::ServerOptions,
};
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::{By, TypingData, prelude::Key};

use crate::harness::{
    cluster::Cluster,
    objects,
    page::Page,
    stage::{Stage, Turn},
    tools,
    wait::{SOON, eventually},
};

/// Presses keys where the focus is.
pub(crate) async fn press(page: &Page<'_>, keys: impl Into<TypingData>) {
    page.driver()
        .action_chain()
        .send_keys(keys)
        .perform()
        .await
        .expect("keys can be pressed");
}

/// Clicks on what a selector finds, as soon as it is there.
pub(crate) async fn click(page: &Page<'_>, selector: &str) {
    let script = "const it = document.querySelector(arguments[0]); it?.click(); return it !== null";
    page.until_true(&format!("there is {selector}"), script, &[json!(selector)])
        .await;
}

/// Waits until there is such an element.
pub(crate) async fn until_there(page: &Page<'_>, selector: &str) {
    let script = "return document.querySelector(arguments[0]) !== null || document.querySelector('#drawer')?.outerHTML.slice(0, 4000)";
    page.until_true(&format!("there is {selector}"), script, &[json!(selector)])
        .await;
}

/// Waits until there is no such element.
pub(crate) async fn until_gone(page: &Page<'_>, selector: &str) {
    let script = "return document.querySelector(arguments[0])?.innerText ?? true";
    page.until_true(&format!("there is no {selector}"), script, &[json!(selector)])
        .await;
}

/// Opens the drawer of a pod by a click on its block.
pub(crate) async fn open_pod(page: &Page<'_>, key: &str) {
    click(page, &format!("#map button[data-pod=\"{key}\"]")).await;
    until_there(page, &format!("#drawer[data-subject=\"pod:{key}\"]")).await;
}

async fn fragment(page: &Page<'_>) -> String {
    page.eval("return location.hash", &[]).await
}

/// The key of the pod that has the focus, or the id or tag of what else has.
async fn focused(page: &Page<'_>) -> String {
    let script = "const it = document.activeElement; return it?.dataset?.pod || it?.id || it?.tagName || ''";
    page.eval(script, &[]).await
}

async fn until_focused(page: &Page<'_>, what: &str) {
    eventually(&format!("the focus is on {what}"), SOON, async || {
        let focused = focused(page).await;
        if focused == what { Ok(()) } else { Err(focused) }
    })
    .await;
}

/// The status of a container that was killed for its memory and waits to be started again.
fn crash_status() -> Value {
    let mut status = objects::waiting_status(
        "CrashLoopBackOff",
        "back-off 2m40s restarting failed container=app pod=crash_e2e",
    );
    let ended = json!({"terminated": {
        "exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:40Z",
    }});
    status["phase"] = json!("Running");
    status["containerStatuses"][0]["lastState"] = ended;
    status["containerStatuses"][0]["restartCount"] = json!(4);
    status
}

#[browser_test::in_every_browser]
async fn a_click_opens_the_drawer_and_the_address_says_so() {
    let stage = Stage::build().await;
    let (cluster, api) = (&stage.cluster, &stage.cluster.api);
    let node = cluster.create_node("a").await;
    api.create_running_pod("well", &node).await;
    api.create_running_pod("crash", &node).await;
    api.patch_pod_status("crash", &crash_status()).await;
    let page = stage.open("").await;
    page.until("both are there", |seen| {
        seen.is_pod("crash", "CrashLoopBackOff") && seen.is_pod("well", "Running")
    })
    .await;
    let (crash, well) = (stage.key("crash"), stage.key("well"));
    let drawer = |key: &str| format!("#drawer[data-subject=\"pod:{key}\"][data-tab=\"overview\"]");

    open_pod(&page, &crash).await;
    until_there(&page, &drawer(&crash)).await;
    page.until_text("#explanation", "“app” keeps crashing (4 restarts).", SOON)
        .await;
    page.until_text("#explanation", "exit 137, OOMKilled", SOON).await;
    page.until_text("#drawer [data-container=app]", "CrashLoopBackOff", SOON)
        .await;
    page.until_text("#drawer [data-container=app] .last", "exit 137, OOMKilled", SOON)
        .await;
    page.until_text("#drawer [data-condition=Ready]", "False", SOON).await;
    page.until_text("#drawer .labels", "app", SOON).await;
    page.until_text(
        "#drawer .commands",
        &format!("kubectl logs -n {} crash", cluster.namespace),
        SOON,
    )
    .await;
    assert_eq!(fragment(&page).await, format!("#sel=pod:{crash}"));
    // The focus goes into it, and the block that it is about is marked.
    until_focused(&page, "drawer-name").await;
    until_there(&page, &format!("#map [data-pod=\"{crash}\"][data-selected]")).await;

    // Another pod takes its place; the way back leads to the first.
    open_pod(&page, &well).await;
    page.until_text("#explanation", "Running", SOON).await;
    page.eval::<()>("history.back(); return null", &[]).await;
    until_there(&page, &drawer(&crash)).await;
    page.eval::<()>("history.forward(); return null", &[]).await;
    until_there(&page, &drawer(&well)).await;

    // It follows its pod.
    api.patch_pod_status("well", &crash_status()).await;
    page.until_text("#explanation", "OOMKilled", SOON).await;

    // A colleague sees the same.
    page.driver().refresh().await.expect("the page can be loaded again");
    until_there(&page, &drawer(&well)).await;
    page.until_text("#explanation", "OOMKilled", SOON).await;

    // Closed, the focus is where it came from, as soon as that has been drawn.
    until_there(&page, &format!("#map [data-pod=\"{well}\"]")).await;
    click(&page, "#drawer-name").await;
    page.eval::<()>("document.querySelector('#drawer-name').focus(); return null", &[])
        .await;
    press(&page, Key::Escape).await;
    until_gone(&page, "#drawer").await;
    until_focused(&page, &well).await;
    assert_eq!(fragment(&page).await, "");
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn keys_open_its_tabs() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    api.create_running_pod("web", &node).await;
    let page = stage.open("").await;
    page.until("it is there", |seen| seen.is_pod("web", "Running")).await;
    let key = stage.key("web");
    for (letter, tab) in [("e", "events"), ("y", "yaml"), ("l", "logs")] {
        page.focus(&key).await;
        press(&page, letter).await;
        until_there(&page, &format!("#drawer[data-subject=\"pod:{key}\"][data-tab={tab}]")).await;
        until_there(&page, &format!("#tab-{tab}[aria-selected=true]")).await;
    }
    // The same letters within the drawer.
    until_focused(&page, "drawer-name").await;
    press(&page, "y").await;
    until_there(&page, "#drawer[data-tab=yaml]").await;
    // Arrows go through the tabs, as ARIA has it.
    page.eval::<()>("document.querySelector('#tab-yaml').focus(); return null", &[])
        .await;
    press(&page, Key::Right).await;
    until_there(&page, "#drawer[data-tab=overview]").await;
    until_focused(&page, "tab-overview").await;
    press(&page, Key::End).await;
    until_focused(&page, "tab-yaml").await;
    // What is typed into a field is text.
    press(&page, Key::Left).await;
    until_there(&page, "#drawer[data-tab=logs]").await;
    // The focus follows to the tab, and would leave the field again.
    until_focused(&page, "tab-logs").await;
    click(&page, "#log-search").await;
    page.eval::<()>("document.querySelector('#log-search').focus(); return null", &[])
        .await;
    press(&page, "yen").await;
    page.until_true(
        "the field holds it",
        "return document.querySelector('#log-search').value === 'yen'",
        &[],
    )
    .await;
    until_there(&page, "#drawer[data-tab=logs]").await;
    // First the search, then the drawer.
    press(&page, Key::Escape).await;
    page.until_true(
        "the field is empty",
        "return document.querySelector('#log-search')?.value === ''",
        &[],
    )
    .await;
    press(&page, Key::Escape).await;
    until_gone(&page, "#drawer").await;

    // Enter opens the node, too; it has no log.
    page.eval::<()>("document.querySelector('#map button.node').focus(); return null", &[])
        .await;
    press(&page, Key::Enter).await;
    until_there(&page, &format!("#drawer[data-subject=\"node:{node}\"]")).await;
    until_gone(&page, "#tab-logs").await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_node_is_explained() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    api.create_running_pod("web", &node).await;
    let page = stage.open("").await;
    page.until("it is there", |seen| seen.is_pod("web", "Running")).await;
    open_pod(&page, &stage.key("web")).await;
    // From the pod to its node.
    click(&page, &format!("#drawer [data-leads-to=\"node:{node}\"]")).await;
    until_there(&page, &format!("#drawer[data-subject=\"node:{node}\"]")).await;
    page.until_text("#drawer .taints", "k8bit.test/e2e=true:NoSchedule", SOON)
        .await;
    page.until_text("#drawer .resources", "memory", SOON).await;
    page.until_text("#drawer [data-condition=Ready]", "True", SOON).await;
    page.until_text("#drawer .panel", "v1.36.0", SOON).await;

    api.patch_node(&node, &json!({"spec": {"unschedulable": true}})).await;
    page.until_text("#explanation", "ordoned", SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn owners_are_told_by_the_name_and_confirmed_by_the_api() {
    let Some(cluster) = Cluster::simulated("owners", ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(Turn::take().await, cluster, &[]).await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    workload(api, &node, "web").await;
    let page = stage.open("").await;
    page.until("it is there", |seen| seen.is_pod("web-5d4-1", "Running"))
        .await;
    open_pod(&page, &stage.key("web-5d4-1")).await;
    until_there(&page, "#drawer [data-owner=\"ReplicaSet/web-5d4\"][data-certain=true]").await;
    until_there(&page, "#drawer [data-owner=\"Deployment/web\"][data-certain=true]").await;
    page.until_text("#workload", "web: 1 of 1 ready over 1 node", SOON)
        .await;
    // Both lead to the pods of the workload, and the ReplicaSet to its own.
    let asks = "return decodeURIComponent(location.hash.slice(1).replaceAll('+', ' ')).includes(`q=ns:${arguments[0]} owner:${arguments[1]}`)
        && document.querySelector('#matches').innerText.includes('1 of 1 pod') || location.hash + document.querySelector('#matches').innerText";
    for (name, owner) in [
        (
            "#drawer [data-owner=\"ReplicaSet/web-5d4\"] [data-action=find]",
            "rs/web-5d4",
        ),
        (
            "#drawer [data-owner=\"Deployment/web\"] [data-action=find]",
            "deploy/web",
        ),
        (
            "#drawer [data-owner=\"ReplicaSet/web-5d4\"] [data-action=find]",
            "rs/web-5d4",
        ),
        ("#workload [data-action=find]", "deploy/web"),
    ] {
        click(&page, name).await;
        let wanted = [json!(stage.cluster.namespace), json!(owner)];
        page.until_true(&format!("{name} asks for {owner}"), asks, &wanted)
            .await;
    }
    page.assert_clean().await;
}

/// A Deployment of one pod, `NAME-5d4-1`, as its controllers would have made it.
pub(crate) async fn workload(api: &crate::harness::api::Api, node: &str, name: &str) -> String {
    let template = json!({
        "metadata": {"labels": {"app": name, "pod-template-hash": "5d4"}},
        "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]},
    });
    let selector = json!({"matchLabels": {"app": name}});
    let owned = |kind: &str, name: &str, uid: &Value| json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true}]);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 1, "selector": selector, "template": template},
    });
    let deployment = api.create("apis/apps/v1/deployments", &deployment).await;
    let set_name = format!("{name}-5d4");
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": set_name, "ownerReferences": owned("Deployment", name, &deployment["metadata"]["uid"])},
        "spec": {"replicas": 1, "selector": selector, "template": template},
    });
    let set = api.create("apis/apps/v1/replicasets", &set).await;
    let set_uid = set["metadata"]["uid"].clone();
    create_owned_pod(api, node, &set_name, &set_uid, name, 1).await;
    set_uid.as_str().expect("a uid").to_owned()
}

/// Pod number so-and-so of a ReplicaSet.
pub(crate) async fn create_owned_pod(
    api: &crate::harness::api::Api,
    node: &str,
    set: &str,
    set_uid: &Value,
    app: &str,
    number: u32,
) {
    let name = format!("{set}-{number}");
    let mut pod = objects::bound_pod(&name, node);
    pod["metadata"]["labels"] = json!({"app": app, "pod-template-hash": "5d4"});
    pod["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": set_uid, "controller": true}]);
    api.create_pod(&pod).await;
    api.patch_pod_status(&name, &objects::running_status(0)).await;
}

#[browser_test::in_chromium]
async fn events_are_followed_while_they_are_looked_at() {
    let Some(cluster) = Cluster::simulated("events", ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(Turn::take().await, cluster, &[]).await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let uid = api.create_running_pod("web", &node).await;
    let other = api.create_running_pod("other", &node).await;
    let event = |name: &str, uid: &str, reason: &str, count: u32, last: &str| {
        json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": name},
            "involvedObject": {"kind": "Pod", "name": "web", "namespace": stage.cluster.namespace, "uid": uid},
            "type": "Warning", "reason": reason, "message": format!("said of {uid}"), "count": count,
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": format!("2026-01-01T00:0{last}:00Z"),
            "source": {"component": "kubelet"},
        })
    };
    api.create("api/v1/events", &event("web.1", &uid, "Pulled", 1, "1"))
        .await;
    api.create("api/v1/events", &event("other.1", &other, "Killing", 1, "1"))
        .await;
    let page = stage.open("").await;
    page.until("they are there", |seen| seen.is_live() && seen.is_pod("web", "Running"))
        .await;
    let simulator = stage.cluster.simulator();
    let before = simulator.open_watches();
    open_pod(&page, &stage.key("web")).await;
    press(&page, "e").await;
    until_there(&page, "#drawer .event[data-reason=Pulled]").await;
    until_gone(&page, "#drawer .event[data-reason=Killing]").await;
    eventually("one more watch is open", SOON, async || {
        match simulator.open_watches() {
            open if open == before + 1 => Ok(()),
            open => Err(open.to_string()),
        }
    })
    .await;

    // A new one comes on top, and a repeated one is counted.
    api.create("api/v1/events", &event("web.2", &uid, "BackOff", 1, "2"))
        .await;
    page.until_text("#drawer .event:first-child", "BackOff", SOON).await;
    api.patch(
        "api/v1/events",
        "web.2",
        &json!({"count": 6, "lastTimestamp": "2026-01-01T00:03:00Z"}),
    )
    .await;
    until_there(
        &page,
        "#drawer .event:first-child[data-reason=BackOff][data-count=\"6\"]",
    )
    .await;
    page.until_text("#drawer .event:first-child", "×6", SOON).await;

    // Nothing stays open: neither behind another tab nor behind a closed drawer.
    for leave in ["#tab-overview", "#drawer [data-action=close]"] {
        click(&page, "#tab-events").await;
        until_there(&page, "#drawer .event").await;
        click(&page, leave).await;
        eventually("the watch has ended", SOON, async || match simulator.open_watches() {
            open if open == before => Ok(()),
            open => Err(open.to_string()),
        })
        .await;
    }
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn events_of_a_mirror_pod_are_those_of_its_kubelet() {
    let Some(cluster) = Cluster::simulated("a mirror pod", ServerOptions::default()).await else {
        return;
    };
    let stage = Stage::build_with(Turn::take().await, cluster, &[]).await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let uid = "9aac5b5c8815def09a2ef9e37b89da55";
    let mut pod = objects::bound_pod("etcd-cp1", &node);
    pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": uid, "kubernetes.io/config.hash": uid});
    api.create_pod(&pod).await;
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "etcd-cp1.1"},
        "involvedObject": {"kind": "Pod", "name": "etcd-cp1", "namespace": stage.cluster.namespace, "uid": uid},
        "type": "Warning", "reason": "BackOff", "message": "Back-off restarting failed container etcd", "count": 3,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:01:00Z",
        "source": {"component": "kubelet"},
    });
    api.create("api/v1/events", &event).await;
    let page = stage
        .open(&format!("#sel=pod:{}&tab=events", stage.key("etcd-cp1")))
        .await;
    until_there(&page, "#drawer .event[data-reason=BackOff][data-count=\"3\"]").await;
    page.assert_clean().await;
}

/// A stage with the pod `web`, which has begun to write lines just now, one every so often.
async fn stage_with_log(name: &str, interval: Duration) -> Option<Stage> {
    let options = ServerOptions {
        api: ApiOptions {
            log_line_interval: interval,
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    };
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(name, options).await?;
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let node = stage.cluster.create_node("a").await;
    begin_to_write(&stage, &node).await;
    Some(stage)
}

/// Creates the pod `web`, which has begun to write lines just now.
async fn begin_to_write(stage: &Stage, node: &str) {
    stage.cluster.api.create_running_pod("web", node).await;
    let mut status = objects::running_status(0);
    status["containerStatuses"][0]["state"]["running"]["startedAt"] =
        json!(k8bit_simulator::api::format_time(Timestamp::now()));
    stage.cluster.api.patch_pod_status("web", &status).await;
}

/// Numbers in the rows of the log that are in the document.
async fn numbers(page: &Page<'_>) -> Vec<u64> {
    let script = "return [...document.querySelectorAll('#log-view .row')].map((row) => /number=(\\d+)/.exec(row.textContent)?.[1]).filter(Boolean).map(Number)";
    page.eval(script, &[]).await
}

async fn open_log<'a>(stage: &'a Stage, query: &str) -> Page<'a> {
    let page = stage
        .open(&format!("{query}#sel=pod:{}&tab=logs", stage.key("web")))
        .await;
    until_there(&page, "#drawer[data-tab=logs] #log-view").await;
    // A row for each line, so that none is cut within its number.
    click(&page, "#drawer [data-action=wrap]").await;
    page
}

async fn until_logs_open(stage: &Stage, wanted: usize) {
    let simulator = stage.cluster.simulator();
    eventually(&format!("{wanted} logs are followed"), SOON, async || {
        match simulator.open_logs() {
            open if open == wanted => Ok(()),
            open => Err(open.to_string()),
        }
    })
    .await;
}

#[browser_test::in_every_browser]
async fn a_log_is_followed_searched_held_and_taken_up_again() {
    let Some(stage) = stage_with_log("a log", Duration::from_millis(50)).await else {
        return;
    };
    let page = open_log(&stage, "").await;
    until_there(&page, "#log-state[data-state=following]").await;
    until_logs_open(&stage, 1).await;
    eventually("lines come", SOON, async || match numbers(&page).await.last() {
        Some(last) if *last > 20 => Ok(()),
        last => Err(format!("{last:?}")),
    })
    .await;

    // Held, the picture stands still and says what has come meanwhile.
    click(&page, "#drawer [data-action=pause]").await;
    let held = numbers(&page).await;
    let select = "getSelection().selectAllChildren(document.querySelector('#log-view .row'));
        window.heldWords = document.querySelector('#log-held').textContent;
        return getSelection().toString()";
    let selected: String = page.eval(select, &[]).await;
    assert!(!selected.is_empty());
    page.until_text("#log-held", "new lines", SOON).await;
    let has_grown = "return document.querySelector('#log-held').textContent !== window.heldWords";
    page.until_true("more is held back", has_grown, &[]).await;
    assert_eq!(numbers(&page).await, held);
    let selection: String = page.eval("return getSelection().toString()", &[]).await;
    assert_eq!(selection, selected, "what is selected stays so");
    click(&page, "#drawer [data-action=pause]").await;
    eventually("it goes on", SOON, async || {
        let now = numbers(&page).await;
        if now.last() > held.last() {
            Ok(())
        } else {
            Err(format!("{now:?}"))
        }
    })
    .await;

    // Cut, it goes on where it was: no line twice, none missing.
    stage.cluster.simulator().cut_connections();
    let before = numbers(&page).await;
    eventually("it goes on after a cut", SOON, async || {
        let now = numbers(&page).await;
        let is_on = now.first() > before.last();
        if is_on { Ok(()) } else { Err(format!("{now:?}")) }
    })
    .await;
    let script = "document.querySelector('#log-view').scrollTop = 0; return null";
    page.eval::<()>(script, &[]).await;
    let first = eventually("the beginning is shown", SOON, async || {
        let now = numbers(&page).await;
        if now.first() == Some(&1) {
            Ok(now)
        } else {
            Err(format!("{now:?}"))
        }
    })
    .await;
    assert!(first.windows(2).all(|pair| pair[1] == pair[0] + 1), "{first:?}");
    let all = all_numbers(&page).await;
    assert!(
        all.len() > 40 && all.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{all:?}"
    );

    // Searched.
    let script = "const it = document.querySelector('#log-search'); it.value = 'NUMBER=1'; it.dispatchEvent(new Event('input', {bubbles: true})); return null";
    page.eval::<()>(script, &[]).await;
    page.until_text("#log-matches", "lines", SOON).await;
    click(&page, "#drawer [data-action=match-next]").await;
    page.until_text("#log-matches", " of ", SOON).await;
    until_there(&page, "#log-view .row[data-current] mark").await;
    assert_eq!(page.text("#log-view mark").await, "number=1");

    // Copied whole by a page that has no clipboard, although few of its rows are in the document.
    click(&page, "#drawer [data-action=pause]").await;
    let all = all_numbers(&page).await;
    let script = "Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined });
        addEventListener('copy', (event) => { window.copied = event.clipboardData.getData('text/plain'); });
        return null";
    page.eval::<()>(script, &[]).await;
    let copy = page.driver().find(By::Css("#drawer [data-action=copy]")).await;
    copy.expect("a button").click().await.expect("it can be pressed");
    page.until_true("it is copied", "return window.copied !== undefined", &[])
        .await;
    let copied: String = page.eval("return window.copied", &[]).await;
    assert_eq!(numbers_in(&copied), all);

    // Closed, nothing is read any more.
    click(&page, "#drawer [data-action=close]").await;
    until_logs_open(&stage, 0).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_log_outlives_a_refusal_and_begins_again_with_another_pod() {
    let Some(stage) = stage_with_log("a log that is refused", Duration::from_millis(100)).await else {
        return;
    };
    let simulator = stage.cluster.simulator();
    let page = open_log(&stage, "").await;
    let until_following = async || until_there(&page, "#log-state[data-state=following]").await;
    until_following().await;

    // Credentials expire, and whoever watches logs in again elsewhere.
    let refused = Access {
        unauthenticated: true,
        ..Access::default()
    };
    simulator.with_api(|api| api.set_access(refused));
    simulator.cut_connections();
    until_there(&page, "#log-state[data-state=waiting]").await;
    page.until_text("#log-state", "rejected your credentials", SOON).await;
    simulator.with_api(|api| api.set_access(Access::default()));
    until_following().await;
    let before = eventually("thirty lines", SOON, async || {
        let all = all_numbers(&page).await;
        if all.len() >= 30 {
            Ok(all)
        } else {
            Err(format!("{all:?}"))
        }
    })
    .await;
    assert!(before.iter().copied().eq(1..=before.len() as u64), "{before:?}");

    // The log of a pod that is gone stays, and another pod of the same name has one of its own.
    stage.cluster.api.delete_pod("web").await;
    until_there(&page, "#drawer[data-gone]").await;
    let last = all_numbers(&page).await;
    assert!(last.starts_with(&before), "{last:?}");
    begin_to_write(&stage, &stage.cluster.node("a")).await;
    let after = eventually("the log of the new pod", SOON, async || {
        let all = all_numbers(&page).await;
        let is_new = !all.is_empty() && all.len() < last.len();
        if is_new { Ok(all) } else { Err(format!("{all:?}")) }
    })
    .await;
    assert!(after.iter().copied().eq(1..=after.len() as u64), "{after:?}");
    until_following().await;
    page.assert_clean().await;
}

/// Of all lines that are kept, by way of the copy button.
async fn all_numbers(page: &Page<'_>) -> Vec<u64> {
    let script = "const done = arguments[0];
        let text = null;
        Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: async (it) => { text = it; } } });
        document.querySelector('#drawer [data-action=copy]').click();
        const wait = () => (text === null ? setTimeout(wait, 10) : done(text));
        wait();";
    let result = page
        .driver()
        .execute_async(script, Vec::new())
        .await
        .expect("it can be copied");
    numbers_in(result.json().as_str().unwrap_or_default())
}

/// Of each line of a log.
fn numbers_in(log: &str) -> Vec<u64> {
    log.lines()
        .filter_map(|line| line.split("number=").nth(1)?.split(' ').next()?.parse().ok())
        .collect()
}

#[browser_test::in_chromium]
async fn the_run_before_and_other_containers_have_logs_of_their_own() {
    let Some(stage) = stage_with_log("another log", Duration::from_secs(3)).await else {
        return;
    };
    let api = &stage.cluster.api;
    let node = stage.cluster.node("a");
    let mut pod = objects::bound_pod("two", &node);
    pod["spec"]["containers"] = json!([
        {"name": "app", "image": "registry.example/app:1"}, {"name": "proxy", "image": "registry.example/proxy:1"},
    ]);
    api.create_pod(&pod).await;
    let mut status = crash_status();
    let mut proxy = objects::running_status(0)["containerStatuses"][0].clone();
    proxy["name"] = json!("proxy");
    let statuses = status["containerStatuses"].as_array_mut().expect("a list");
    statuses.push(proxy);
    api.patch_pod_status("two", &status).await;
    let page = stage.open(&format!("#sel=pod:{}&tab=logs", stage.key("two"))).await;
    page.until_text("#log-view", "container=app", SOON).await;
    click(&page, "#drawer [data-action=previous]").await;
    until_there(&page, "#log-state[data-state=complete]").await;
    page.until_text("#log-view", "giving up", SOON).await;
    let script = "const it = document.querySelector('#log-container'); it.value = 'proxy'; it.dispatchEvent(new Event('change', {bubbles: true})); return null";
    page.eval::<()>(script, &[]).await;
    page.until_text("#log-view", "container=proxy", SOON).await;
    until_there(&page, "#drawer [data-action=previous][disabled]").await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn without_a_stream_the_log_is_asked_for_and_says_so() {
    let Some(stage) = stage_with_log("no stream", Duration::from_millis(100)).await else {
        return;
    };
    let page = stage.open("").await;
    page.until_live().await;
    // As other tabs would: every stream that is left is taken.
    let script = "for (let n = 0; n < 9; n++) navigator.locks.request(`k8bit-stream-${n}`, { ifAvailable: true }, () => new Promise(() => {})); return null";
    page.eval::<()>(script, &[]).await;
    open_pod(&page, &stage.key("web")).await;
    press(&page, "l").await;
    until_there(&page, "#log-state[data-state=polling]").await;
    page.until_text("#log-state", "Other tabs use all streams", SOON).await;
    let first = eventually("lines are there", SOON, async || {
        numbers(&page).await.last().copied().ok_or_else(String::new)
    })
    .await;
    eventually("more are asked for", SOON, async || match numbers(&page).await.last() {
        Some(last) if *last > first => Ok(()),
        last => Err(format!("{last:?}")),
    })
    .await;
    assert_eq!(stage.cluster.simulator().open_logs(), 0);
    page.assert_clean().await;
}

/// What a log at full speed does to the page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Speed {
    frames: u32,
    seconds: f64,
    longest_ms: f64,
    rows: usize,
    /// `#log-lines` at the beginning and at the end.
    first: String,
    last: String,
}

/// How many lines have come so far, of `10,000 lines; 20,352 older lines dropped`.
fn lines_so_far(told: &str) -> f64 {
    let numbers = told.replace(',', "");
    let numbers = numbers.split(' ').filter_map(|word| word.parse::<f64>().ok());
    numbers.sum()
}

/// How long a thousand lines may take of 5,000 a second, on a machine that does nothing else.
const A_THOUSAND_LINES_WITHIN: Duration = Duration::from_micros(222_222);

#[browser_test::in_chromium]
async fn five_thousand_lines_a_second_are_followed() {
    let Some(stage) = stage_with_log("a fast log", Duration::from_micros(200)).await else {
        return;
    };
    let page = open_log(&stage, "").await;
    until_there(&page, "#log-state[data-state=following]").await;
    page.until_text("#log-lines", "10,000 lines", SOON).await;
    let script = "const done = arguments[0];
        const told = () => document.querySelector('#log-lines').textContent;
        const start = performance.now(); const first = told();
        let frames = 0; let before = start; let longest = 0;
        const frame = (now) => {
            frames += 1; longest = Math.max(longest, now - before); before = now;
            if (now - start < 4000) return requestAnimationFrame(frame);
            done({ frames, seconds: (now - start) / 1000, longestMs: longest, first, last: told(),
                rows: document.querySelectorAll('#log-view .row').length });
        };
        requestAnimationFrame(frame);";
    let result = page.driver().execute_async(script, Vec::new()).await;
    let speed: Speed = result
        .expect("it can be measured")
        .convert()
        .expect("what was measured");
    let lines = (lines_so_far(&speed.last) - lines_so_far(&speed.first)) / speed.seconds;
    tools::report(&format!(
        "log: {lines:.0} lines/s shown, {:.0} frames/s, longest frame {:.0} ms, {} row elements",
        f64::from(speed.frames) / speed.seconds,
        speed.longest_ms,
        speed.rows
    ));
    assert!(speed.rows < 200, "{speed:?}");
    assert!(speed.last.starts_with("10,000 lines"), "{speed:?}");
    // It goes on. Whether it keeps up is seen where nothing else runs: of a stream that falls behind fewer are shown.
    assert!(lines > 0.0, "{speed:?}");
    let for_a_thousand = Duration::from_secs_f64(1_000.0 / lines);
    tools::measured(
        "log: the time that 1,000 lines take",
        for_a_thousand,
        A_THOUSAND_LINES_WITHIN,
    );
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn yaml_is_what_kubectl_writes() {
    let options = ServerOptions {
        api: ApiOptions {
            object_bytes: 8_192,
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    };
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("YAML", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    api.create_running_pod("web", &node).await;
    let page = stage.open(&format!("#sel=pod:{}&tab=yaml", stage.key("web"))).await;
    page.until_text("#yaml", "kind: Pod", SOON).await;
    let text = page.text("#yaml").await;
    assert!(!text.contains("managedFields"), "{text}");
    let shown: Value = serde_norway::from_str(&text).expect("YAML");
    let mut stored = api.get("api/v1/pods", "web").await;
    assert!(
        stored["metadata"]["managedFields"].is_array(),
        "there is something to leave out"
    );
    stored["metadata"]
        .as_object_mut()
        .expect("metadata")
        .remove("managedFields");
    assert_eq!(shown, stored);
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_deleted_pod_keeps_its_last_state() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    api.create_running_pod("web", &node).await;
    let page = stage.open("").await;
    page.until("it is there", |seen| seen.is_pod("web", "Running")).await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    api.delete_pod("web").await;
    until_there(&page, "#drawer[data-gone]").await;
    page.until_text("#explanation", "deleted", SOON).await;
    until_there(&page, "#drawer [data-container=app]").await;

    // One that never was.
    let page = stage.open("#sel=pod:e2e/nobody").await;
    page.until_text("#explanation", "no such pod", SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn on_a_phone_it_is_a_sheet() {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    stage.cluster.api.create_running_pod("web", &node).await;
    let page = stage.open("").await;
    page.devtools(
        "Emulation.setDeviceMetricsOverride",
        json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true}),
    )
    .await;
    page.until("it is there", |seen| seen.is_pod("web", "Running")).await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    for tab in ["overview", "events", "logs", "yaml"] {
        click(&page, &format!("#tab-{tab}")).await;
        let script = "const it = document.querySelector('#drawer').getBoundingClientRect();
            const page = document.documentElement;
            return (it.left === 0 && it.top === 0 && it.width === innerWidth && it.height === innerHeight && page.scrollWidth <= innerWidth)
                || JSON.stringify([it, innerWidth, innerHeight, page.scrollWidth])";
        page.until_true(&format!("{tab} fills the screen"), script, &[]).await;
    }
    page.assert_clean().await;
}

/// Where details take a third of the width, boxes stand in fewer columns and the page is higher.
#[browser_test::in_chromium]
async fn the_chosen_pod_stays_in_the_window() {
    let turn = Turn::take().await;
    let options = ServerOptions {
        world: Some(k8bit_simulator::world::WorldOptions {
            nodes: 60,
            pods: 1_200,
            churn: 0.0,
            ..k8bit_simulator::world::WorldOptions::default()
        }),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("the chosen pod", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = stage.open("#zoom=boxes").await;
    page.until_live().await;
    page.settled().await;
    let scroll = "scrollTo(0, document.documentElement.scrollHeight); return scrollY > innerHeight";
    page.until_true("the window is at the end", scroll, &[]).await;
    page.settled().await;
    let press = "const seen = [...document.querySelectorAll('#map .card [data-pod]')].filter((it) => {
            const { top, bottom } = it.getBoundingClientRect();
            return top > 100 && bottom < innerHeight - 100;
        });
        const block = seen.at(-1);
        window.before = document.querySelector('#map .cards').clientHeight;
        block.click();
        return block.dataset.pod";
    let pod: String = page.eval(press, &[]).await;
    until_there(&page, &format!("#drawer[data-subject=\"pod:{pod}\"]")).await;
    let is_higher = "return document.querySelector('#map .cards').clientHeight > before";
    page.until_true("the boxes stand in fewer columns", is_higher, &[])
        .await;
    page.settled().await;
    let is_seen = "const it = document.querySelector('#map [data-selected]');
        const { top, bottom } = it.getBoundingClientRect();
        return it.dataset.pod === arguments[0] && top > 0 && bottom < innerHeight || `${top} to ${bottom}`";
    page.until_true("the pod is in the window", is_seen, &[json!(pod)])
        .await;
    // So are the details, however far the page is scrolled.
    let is_fixed = "const { top, bottom } = document.querySelector('#drawer').getBoundingClientRect();
        return scrollY > 0 && top >= 0 && bottom === innerHeight || `${top} to ${bottom} at ${scrollY}`";
    page.until_true("the details are in the window", is_fixed, &[]).await;
    page.assert_clean().await;
}

/// How soon the drawer is to be there, on a machine that does nothing else.
const OPEN_WITHIN: Duration = Duration::from_millis(100);

/// Measures the time from a click to the frame after the drawer, of some clicks.
#[browser_test::in_chromium]
async fn it_opens_with_one_click_after_the_other_in_a_large_cluster() {
    let turn = Turn::take_alone().await;
    let options = ServerOptions {
        world: Some(k8bit_simulator::world::WorldOptions {
            nodes: 100,
            pods: 3_000,
            churn: 0.0,
            ..k8bit_simulator::world::WorldOptions::default()
        }),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("opening the drawer", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = Page::open(&stage.browser, &format!("{}/static/", stage.proxy.url()), None).await;
    page.until("all are there", |seen| seen.is_live() && seen.pods.len() >= 2_900)
        .await;
    let script = "const done = arguments[0];
        const blocks = [...document.querySelectorAll('#map button[data-pod]')];
        const times = []; let n = 0;
        const next = () => {
            if (n === 15) return done(times);
            const block = blocks[(n * 97) % blocks.length]; n += 1;
            const start = performance.now();
            block.click();
            const wait = () => {
                const it = document.querySelector('#drawer');
                const isThere = it?.dataset.subject === `pod:${block.dataset.pod}` && it.querySelector('#explanation .title').textContent !== '';
                if (!isThere) return requestAnimationFrame(wait);
                // The frame after it: by then it has been painted.
                requestAnimationFrame(() => { times.push(performance.now() - start); setTimeout(next, 150); });
            };
            requestAnimationFrame(wait);
        };
        next();";
    let result = page
        .driver()
        .execute_async(script, Vec::new())
        .await
        .expect("it can be measured");
    let mut times: Vec<f64> = result.convert().expect("times");
    times.sort_by(f64::total_cmp);
    assert_eq!(times.len(), 15, "{times:?}");
    let median = Duration::from_secs_f64(times[times.len() / 2] / 1_000.0);
    tools::measured(
        "drawer: open and painted, in 100 nodes and 3,000 pods",
        median,
        OPEN_WITHIN,
    );
    page.assert_clean().await;
}
