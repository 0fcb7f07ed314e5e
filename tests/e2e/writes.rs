//! Changes: only where they are asked for, permitted, rehearsed and confirmed; and told by what the watch shows.

use std::time::Duration;

use k8bit_simulator::{
    api::{Access, Denial, Scope},
    http::{Faults, RequestFilter, Requests, ServerOptions},
};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{
    drawer::{click, create_owned_pod, open_pod, until_gone, until_there, workload},
    harness::{
        cluster::Cluster,
        page::Page,
        stage::{Stage, Turn},
        wait::SOON,
    },
};

async fn simulated(name: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated(name, ServerOptions::default()).await?;
    Some(Stage::build_with(turn, cluster, &[]).await)
}

async fn open<'a>(stage: &'a Stage, query: &str, pod: &str) -> Page<'a> {
    let page = stage.open(query).await;
    page.until("it is there", |seen| seen.is_live() && seen.is_pod(pod, "Running"))
        .await;
    page
}

/// What was sent that changes something, as `METHOD path`.
fn changes(stage: &Stage) -> Vec<String> {
    let requests = stage.cluster.simulator().requests();
    let of_page = requests.into_iter().filter(|it| {
        matches!(it.method.as_str(), "DELETE" | "PATCH") || it.path_and_query.contains("selfsubjectaccessreviews")
    });
    of_page
        .map(|it| format!("{} {}", it.method, it.path_and_query))
        .collect()
}

async fn until_asked(page: &Page<'_>, question: &str) {
    until_there(page, "#write-dialog[open][data-stage=confirm]").await;
    page.until_text("#write-dialog", question, SOON).await;
}

#[browser_test::in_chromium]
async fn nothing_can_be_changed_unless_the_address_asks_for_it() {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    stage.cluster.api.create_running_pod("web", &node).await;
    let page = open(&stage, "", "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    until_gone(&page, "#write-mark").await;
    until_gone(&page, "#drawer .actions").await;
    until_gone(&page, "#write-dialog").await;

    let page = open(&stage, "?write=1", "web").await;
    page.until_text("#write-mark", "can write", SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn a_pod_is_deleted_after_a_rehearsal_and_a_question() {
    let Some(stage) = simulated("deleting a pod").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    let uid = api.create_running_pod("web", &node).await;
    let page = open(&stage, "?write=1", "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    let before = changes(&stage).len();

    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    page.until_text("#write-dialog", "Nothing owns it", SOON).await;
    page.until_text("#write-dialog", "killed at once", SOON).await;
    let path = format!("/api/v1/namespaces/{}/pods/web", stage.cluster.namespace);
    let review = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned();
    let rehearsal = format!("DELETE {path}?dryRun=All");
    assert_eq!(changes(&stage)[before..], [review.clone(), rehearsal.clone()]);

    // Whoever thinks again has changed nothing.
    click(&page, "#write-dialog [data-action=cancel]").await;
    until_gone(&page, "#write-dialog[open]").await;
    assert_eq!(api.get("api/v1/pods", "web").await["metadata"]["uid"], json!(uid));

    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    click(&page, "#write-dialog [data-action=confirm]").await;
    until_there(&page, "#write-outcome [data-write=delete][data-outcome=seen]").await;
    page.until_text("#write-outcome", "It is gone.", SOON).await;
    until_there(&page, "#drawer[data-gone]").await;
    assert_eq!(
        changes(&stage)[before + 2..],
        [review, rehearsal, format!("DELETE {path}")]
    );
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn what_is_sent_is_done_even_if_the_drawer_is_closed() {
    let Some(stage) = simulated("a change that is on its way").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    stage.cluster.api.create_running_pod("web", &node).await;
    let page = open(&stage, "?write=1", "web").await;
    open_pod(&page, &stage.key("web")).await;
    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    // The server takes its time, and the reader does not wait for it.
    stage.cluster.simulator().set_faults(Faults {
        applies_to: RequestFilter {
            requests: Requests::NoWatches,
            contains: Some("pods/web".to_owned()),
        },
        latency: Duration::from_millis(500),
        ..Faults::default()
    });
    click(&page, "#write-dialog [data-action=confirm]").await;
    press(&page, &String::from(char::from(Key::Escape))).await;
    click(&page, "#drawer [data-action=close]").await;
    until_gone(&page, "#drawer").await;
    page.until("the pod is gone", |seen| seen.pod("web").is_none()).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn what_is_forbidden_is_said_and_not_tried() {
    let Some(stage) = simulated("a forbidden change").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    stage.cluster.api.create_running_pod("web", &node).await;
    let page = open(&stage, "?write=1", "web").await;
    stage.cluster.simulator().with_api(|api| {
        api.set_access(Access {
            denied: vec![Denial::new("delete", "pods", Scope::Everywhere)],
            ..Access::default()
        });
    });
    let before = changes(&stage).len();
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    click(&page, "#drawer [data-action=delete]").await;
    until_there(&page, "#write-dialog[data-stage=refused]").await;
    let words = format!("You may not delete pods in {}.", stage.cluster.namespace);
    page.until_text("#write-dialog", &words, SOON).await;
    assert_eq!(changes(&stage).len(), before + 1, "{:?}", changes(&stage));
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_pod_that_was_replaced_meanwhile_is_not_deleted() {
    let Some(stage) = simulated("another pod of the name").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    api.create_running_pod("web", &node).await;
    let page = open(&stage, "?write=1", "web").await;
    open_pod(&page, &stage.key("web")).await;
    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    api.delete_pod("web").await;
    let second = api.create_running_pod("web", &node).await;
    click(&page, "#write-dialog [data-action=confirm]").await;
    until_there(&page, "#write-dialog[data-stage=refused]").await;
    page.until_text("#write-dialog", "UID", SOON).await;
    assert_eq!(api.get("api/v1/pods", "web").await["metadata"]["uid"], json!(second));
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_node_is_cordoned_and_uncordoned() {
    let Some(stage) = simulated("cordoning").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    stage.cluster.api.create_running_pod("web", &node).await;
    let page = open(&stage, "?write=1", "web").await;
    click(&page, &format!("#map [data-node=\"{node}\"] button.node")).await;
    for (action, question, says, status) in [
        ("cordon", "Cordon", "It is cordoned.", "Ready,SchedulingDisabled"),
        ("uncordon", "Uncordon", "It takes new pods again.", "Ready"),
    ] {
        click(&page, &format!("#drawer [data-action={action}]")).await;
        until_asked(&page, &format!("{question} {node}?")).await;
        click(&page, "#write-dialog [data-action=confirm]").await;
        until_there(
            &page,
            &format!("#write-outcome [data-write={action}][data-outcome=seen]"),
        )
        .await;
        page.until_text("#write-outcome", says, SOON).await;
        page.until("the node shows it", |seen| {
            seen.node(&node).is_some_and(|node| node.status == status)
        })
        .await;
    }
    page.assert_clean().await;
}

async fn ask_for(page: &Page<'_>, number: &str) {
    click(page, "#drawer [data-action=scale]").await;
    until_there(page, "#write-dialog[data-stage=number]").await;
    let script = "const it = document.querySelector('#write-number'); it.value = arguments[0]; it.dispatchEvent(new Event('input', {bubbles: true})); return null";
    page.eval::<()>(script, &[json!(number)]).await;
    click(page, "#write-dialog [data-action=check]").await;
}

async fn replicas(stage: &Stage) -> Value {
    stage.cluster.api.get("apis/apps/v1/deployments", "web").await["spec"]["replicas"].clone()
}

async fn press(page: &Page<'_>, keys: &str) {
    let keys = page.driver().action_chain().send_keys(keys);
    keys.perform().await.expect("keys can be pressed");
}

#[browser_test::in_every_browser]
async fn the_dialog_is_used_by_keyboard() {
    let Some(stage) = simulated("scaling by keyboard").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    workload(&stage.cluster.api, &node, "web").await;
    let page = open(&stage, "?write=1", "web-5d4-1").await;
    open_pod(&page, &stage.key("web-5d4-1")).await;
    click(&page, "#drawer [data-action=scale]").await;
    until_there(&page, "#write-number:focus").await;
    press(&page, &format!("3{}", char::from(Key::Enter))).await;
    until_asked(&page, "Scale the Deployment web from 1 to 3?").await;
    until_there(&page, "#write-dialog button:focus").await;
    // Neither the page's keys nor the drawer's.
    press(&page, "l?").await;
    until_gone(&page, "#help[open]").await;
    until_there(&page, "#tab-overview[aria-selected=true]").await;
    press(&page, &String::from(char::from(Key::Escape))).await;
    until_gone(&page, "#write-dialog[open]").await;
    until_there(&page, "#drawer").await;
    assert_eq!(replicas(&stage).await, 1);
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn the_owner_is_scaled_and_its_pods_tell() {
    let Some(stage) = simulated("scaling").await else {
        return;
    };
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let set_uid = json!(workload(api, &node, "web").await);
    let page = open(&stage, "?write=1", "web-5d4-1").await;
    open_pod(&page, &stage.key("web-5d4-1")).await;

    ask_for(&page, "3").await;
    until_asked(&page, "Scale the Deployment web from 1 to 3?").await;
    page.until_text("#write-dialog", "It makes 2 more pods.", SOON).await;
    assert_eq!(replicas(&stage).await, 1, "the rehearsal has changed nothing");
    click(&page, "#write-dialog [data-action=confirm]").await;
    until_there(&page, "#write-outcome [data-write=scale][data-outcome=pending]").await;
    assert_eq!(replicas(&stage).await, 3);
    // Accepted is not done: no controller has made a pod yet.
    page.until_text("#write-outcome", "It has 1 pod; 3 are asked for.", SOON)
        .await;
    for number in [2, 3] {
        create_owned_pod(api, &node, "web-5d4", &set_uid, "web", number).await;
    }
    until_there(&page, "#write-outcome [data-outcome=seen]").await;
    page.until_text("#write-outcome", "It has 3 pods now.", SOON).await;

    // Somebody else was faster: what was confirmed would not be what happens.
    ask_for(&page, "5").await;
    until_asked(&page, "from 3 to 5?").await;
    api.patch("apis/apps/v1/deployments", "web", &json!({"spec": {"replicas": 9}}))
        .await;
    click(&page, "#write-dialog [data-action=confirm]").await;
    until_there(&page, "#write-dialog[data-stage=refused]").await;
    assert_eq!(replicas(&stage).await, 9);
    click(&page, "#write-dialog [data-action=cancel]").await;

    // No number, no question.
    ask_for(&page, "many").await;
    page.until_text("#write-dialog", "Write a whole number", SOON).await;
    page.assert_clean().await;
}
