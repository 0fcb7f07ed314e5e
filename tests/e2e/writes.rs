//! Changes: only where they are asked for, allowed by the user, permitted, rehearsed and confirmed; and told by what the
//! watch shows.

use std::time::Duration;

use k8bit_simulator::{
    api::{Access, Denial, Scope},
    http::{Faults, Refusal, RequestFilter, Requests, ServerOptions},
};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{
    drawer::{click, create_owned_pod, open_pod, press, until_gone, until_there, workload},
    harness::{
        cluster::Cluster,
        files::{File, FileServer},
        objects,
        page::Page,
        stage::{Stage, Turn},
        tools,
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

/// Opens the page and allows changes in its tab.
async fn open_to_write<'a>(stage: &'a Stage, pod: &str) -> Page<'a> {
    let page = open(stage, "?write=1", pod).await;
    allow_writes(&page).await;
    page
}

/// Presses the switch.
pub(crate) async fn allow_writes(page: &Page<'_>) {
    click(page, "[data-action=enable-writes]").await;
    page.until_text("#write-mark", "can write", SOON).await;
}

/// Presses the button that confirms, once it can be pressed.
async fn confirm(page: &Page<'_>) {
    click(page, "#write-dialog [data-action=confirm]:not([disabled])").await;
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

    // The address alone allows nothing: a link can have it.
    let page = open(&stage, "?write=1", "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    until_there(&page, "[data-action=enable-writes]").await;
    nothing_can_be_written(&page).await;
    allow_writes(&page).await;
    until_there(&page, "#drawer [data-action=delete]").await;
    assert!(!page.eval::<String>("return location.href", &[]).await.contains("allow"));
    // It holds in this tab, and the user can take it back.
    page.driver().refresh().await.expect("the page can be loaded again");
    page.until_text("#write-mark", "can write", SOON).await;
    until_there(&page, "#drawer [data-action=delete]").await;
    click(&page, "[data-action=disable-writes]").await;
    until_there(&page, "[data-action=enable-writes]").await;
    nothing_can_be_written(&page).await;
    page.driver().refresh().await.expect("the page can be loaded again");
    until_there(&page, "[data-action=enable-writes]").await;
    until_there(&page, "#drawer [data-container=app]").await;
    nothing_can_be_written(&page).await;

    page.assert_clean().await;

    // Another tab asks again.
    allow_writes(&page).await;
    let tab = page.driver().new_tab().await.expect("a tab");
    page.driver().switch_to_window(tab).await.expect("the tab is there");
    let page = open(&stage, "?write=1", "web").await;
    until_there(&page, "[data-action=enable-writes]").await;
    until_gone(&page, "#write-mark").await;
}

/// No action that writes is on the page.
async fn nothing_can_be_written(page: &Page<'_>) {
    for selector in ["#drawer .actions", "#write-dialog", "#write-mark"] {
        until_gone(page, selector).await;
    }
    for action in ["delete", "scale", "cordon", "uncordon", "confirm"] {
        until_gone(page, &format!("[data-action={action}]")).await;
    }
}

/// A folder with `dist/` and a page that shows it in a frame.
fn www_with_frame() -> tempfile::TempDir {
    let www = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(tools::dist()).expect("dist/ can be read") {
        let file = entry.expect("dist/ can be read").path();
        if file.is_file() {
            let name = file.file_name().expect("a file has a name");
            std::fs::copy(&file, www.path().join(name)).expect("a copy");
        }
    }
    let frame = "<!doctype html><iframe width=1200 height=800 src='./?write=1'></iframe>";
    std::fs::write(www.path().join("frame.html"), frame).expect("a file");
    www
}

/// Whoever shows the page in a frame can lay something over its buttons, and the user presses what is not to be seen.
#[browser_test::in_chromium]
async fn in_a_frame_the_page_shows_everything_and_changes_nothing() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("a frame", ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    let www = www_with_frame();
    let stage = Stage::build_with(turn, cluster, &[&format!("--www={}", www.path().display())]).await;
    let page = open_to_write(&stage, "web").await;
    let before = changes(&stage).len();

    // A page of this server, in the same tab, where changes are allowed; and a page of another server.
    let proxy = stage.proxy.url();
    let elsewhere = FileServer::start(move |_, _| {
        let html = format!("<!doctype html><iframe width=1200 height=800 src='{proxy}/static/?write=1'></iframe>");
        Some(File::html(&html))
    })
    .await;
    for outside in [
        format!("{}/static/frame.html", stage.proxy.url()),
        format!("{}/", elsewhere.url()),
    ] {
        page.go_to(&outside).await;
        page.driver().enter_frame(0).await.expect("a frame");
        page.until("it is live", |seen| seen.is_live() && seen.is_pod("web", "Running"))
            .await;
        page.until_text("#write-mark", "read-only in a frame", SOON).await;
        open_pod(&page, &stage.key("web")).await;
        until_there(&page, "#drawer [data-container=app]").await;
        until_gone(&page, "[data-action=enable-writes]").await;
        until_gone(&page, "#drawer .actions").await;
        until_gone(&page, "#write-dialog").await;
        page.assert_clean().await;
        page.driver().enter_default_frame().await.expect("the page around it");
    }
    assert_eq!(changes(&stage).len(), before);
}

/// A click that was meant for what was there a moment ago does not confirm.
#[browser_test::in_chromium]
async fn the_button_that_confirms_waits_for_the_readers_eyes() {
    let Some(stage) = simulated("the waiting button").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    stage.cluster.api.create_running_pod("web", &node).await;
    let page = open_to_write(&stage, "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    // As if another window were in front.
    page.eval::<()>("document.hasFocus = () => false; return null", &[])
        .await;
    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    let script = "window.asked ??= performance.now();
        const button = document.querySelector('#write-dialog [data-action=confirm]');
        button.click();
        return button.disabled ? performance.now() - window.asked > 1500 : 'it can be pressed'";
    page.until_true("it cannot be pressed for three times as long", script, &[])
        .await;
    assert!(
        !changes(&stage)
            .iter()
            .any(|it| it.starts_with("DELETE") && !it.contains("dryRun"))
    );

    page.eval::<()>(
        "delete document.hasFocus; window.back = performance.now(); return null",
        &[],
    )
    .await;
    let script = "const button = document.querySelector('#write-dialog [data-action=confirm]');
        if (!button.disabled) window.ready ??= performance.now();
        return window.ready !== undefined";
    page.until_true("it can be pressed", script, &[]).await;
    let waited: f64 = page.eval("return window.ready - window.back", &[]).await;
    assert!(waited >= 490.0, "{waited}");
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-outcome=seen]").await;
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
    let page = open_to_write(&stage, "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    let before = changes(&stage).len();

    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    page.until_text("#write-dialog", "No controller owns it", SOON).await;
    page.until_text("#write-dialog", "killed immediately", SOON).await;
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
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=delete][data-outcome=seen]").await;
    page.until_text("#write-outcome", "The pod is deleted.", SOON).await;
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
    let page = open_to_write(&stage, "web").await;
    open_pod(&page, &stage.key("web")).await;
    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    // The server takes its time, and the user does not wait for it.
    stage.cluster.simulator().set_faults(Faults {
        applies_to: RequestFilter {
            requests: Requests::NoWatches,
            contains: Some("pods/web".to_owned()),
        },
        latency: Duration::from_millis(500),
        ..Faults::default()
    });
    confirm(&page).await;
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
    let page = open_to_write(&stage, "web").await;
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
    let page = open_to_write(&stage, "web").await;
    open_pod(&page, &stage.key("web")).await;
    click(&page, "#drawer [data-action=delete]").await;
    until_asked(&page, "Delete the pod web in e2e?").await;
    api.delete_pod("web").await;
    let second = api.create_running_pod("web", &node).await;
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=delete][data-outcome=seen]").await;
    page.until_text(
        "#write-outcome",
        "The pod is deleted. Another pod has its name now.",
        SOON,
    )
    .await;
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
    let page = open_to_write(&stage, "web").await;
    click(&page, &format!("#map [data-node=\"{node}\"] button.node")).await;
    for (action, question, says, status) in [
        ("cordon", "Cordon", "The node is cordoned.", "Ready,SchedulingDisabled"),
        ("uncordon", "Uncordon", "The node is uncordoned.", "Ready"),
    ] {
        click(&page, &format!("#drawer [data-action={action}]")).await;
        until_asked(&page, &format!("{question} {node}?")).await;
        confirm(&page).await;
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

#[browser_test::in_every_browser]
async fn the_dialog_is_used_by_keyboard() {
    let Some(stage) = simulated("scaling by keyboard").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    workload(&stage.cluster.api, &node, "web").await;
    let page = open_to_write(&stage, "web-5d4-1").await;
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
    let page = open_to_write(&stage, "web-5d4-1").await;
    open_pod(&page, &stage.key("web-5d4-1")).await;

    ask_for(&page, "3").await;
    until_asked(&page, "Scale the Deployment web from 1 to 3?").await;
    page.until_text("#write-dialog", "2 more pods are created.", SOON).await;
    assert_eq!(replicas(&stage).await, 1, "the rehearsal has changed nothing");
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=scale][data-outcome=pending]").await;
    assert_eq!(replicas(&stage).await, 3);
    // Accepted is not done: no controller has made a pod yet.
    page.until_text("#write-outcome", "It has 1 pod; 3 pods are requested.", SOON)
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
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=scale][data-outcome=not-done]").await;
    assert_eq!(replicas(&stage).await, 9);

    // No number, no question.
    ask_for(&page, "many").await;
    page.until_text("#write-dialog", "Write a whole number", SOON).await;
    page.assert_clean().await;
}

/// The number of an object's pods, by its path below `/apis`.
async fn replicas_of(stage: &Stage, plural: &str, name: &str) -> Value {
    stage.cluster.api.get(plural, name).await["spec"]["replicas"].clone()
}

/// A ReplicaSet of an Argo Rollout: the Rollout would set the number of the ReplicaSet back.
#[browser_test::in_chromium]
async fn the_top_owner_is_scaled_whatever_its_kind() {
    let Some(stage) = simulated("scaling a custom resource").await else {
        return;
    };
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let labels = json!({"app": "web", "rollouts-pod-template-hash": "bcdfg"});
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]}});
    let selector = json!({"matchLabels": {"app": "web"}});
    let owned = |api_version: &str, kind: &str, name: &str, uid: &Value| json!([{"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true}]);
    let rollouts = "apis/argoproj.io/v1alpha1/rollouts";
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "spec": {"selector": selector, "template": template},
    });
    let rollout = api.create(rollouts, &rollout).await;
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": "web-bcdfg", "ownerReferences": owned("argoproj.io/v1alpha1", "Rollout", "web", &rollout["metadata"]["uid"])},
        "spec": {"replicas": 0, "selector": selector, "template": template},
    });
    let set = api.create("apis/apps/v1/replicasets", &set).await;
    let mut pod = objects::bound_pod("web-bcdfg-1", &node);
    pod["metadata"]["labels"] = labels;
    pod["metadata"]["ownerReferences"] = owned("apps/v1", "ReplicaSet", "web-bcdfg", &set["metadata"]["uid"]);
    api.create_pod(&pod).await;
    api.patch_pod_status("web-bcdfg-1", &objects::running_status(0)).await;

    let page = open_to_write(&stage, "web-bcdfg-1").await;
    open_pod(&page, &stage.key("web-bcdfg-1")).await;
    ask_for(&page, "3").await;
    // Its own number is left out, as a zero is.
    until_asked(&page, "Scale the Rollout web from 0 to 3?").await;
    confirm(&page).await;
    page.until_text("#write-outcome", "It has 1 pod; 3 pods are requested.", SOON)
        .await;
    assert_eq!(replicas_of(&stage, rollouts, "web").await, 3);
    assert_eq!(replicas_of(&stage, "apis/apps/v1/replicasets", "web-bcdfg").await, 0);

    // Somebody else was faster, from a number that was left out.
    api.patch(rollouts, "web", &json!({"spec": {"replicas": null}})).await;
    ask_for(&page, "5").await;
    until_asked(&page, "from 0 to 5?").await;
    api.patch(rollouts, "web", &json!({"spec": {"replicas": 9}})).await;
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=scale][data-outcome=not-done]").await;
    page.until_text("#write-outcome", "A read shows that the change was not made.", SOON)
        .await;
    assert_eq!(replicas_of(&stage, rollouts, "web").await, 9);
    page.assert_clean().await;
}

/// A node that was deleted and has come again is another one.
#[browser_test::in_chromium]
async fn a_node_that_was_replaced_meanwhile_is_not_cordoned() {
    let Some(stage) = simulated("another node of the name").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    api.create_running_pod("web", &node).await;
    let page = open_to_write(&stage, "web").await;
    click(&page, &format!("#map [data-node=\"{node}\"] button.node")).await;
    click(&page, "#drawer [data-action=cordon]").await;
    until_asked(&page, &format!("Cordon {node}?")).await;
    api.delete_node(&node).await;
    api.create_node(&node).await;
    confirm(&page).await;
    until_there(&page, "#write-dialog[data-stage=refused]").await;
    page.until_text("#write-dialog", "changed or replaced meanwhile", SOON)
        .await;
    let nodes = api.list("/api/v1/nodes").await;
    assert!(
        nodes.iter().all(|node| node["spec"]["unschedulable"] != json!(true)),
        "{nodes:?}"
    );
    page.assert_clean().await;
}

/// Every request about a pod, but for watches.
fn about(pod: &str) -> RequestFilter {
    RequestFilter {
        requests: Requests::NoWatches,
        contains: Some(format!("pods/{pod}")),
    }
}

#[browser_test::in_chromium]
async fn a_write_without_an_answer_is_neither_done_nor_failed() {
    let Some(stage) = simulated("no answer").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    let (api, simulator) = (&stage.cluster.api, stage.cluster.simulator());
    let uid = api.create_running_pod("web", &node).await;
    let page = open_to_write(&stage, "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    let delete = async || {
        click(&page, "#drawer [data-action=delete]").await;
        until_asked(&page, "Delete the pod web in e2e?").await;
    };

    // A proxy on the way gives up. The outcome of the request is unknown.
    delete().await;
    simulator.set_faults(Faults {
        applies_to: about("web"),
        refuse: Some(Refusal {
            status: 504,
            content_type: "text/plain",
            body: "upstream timed out".to_owned(),
            retry_after_seconds: None,
        }),
        ..Faults::default()
    });
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=delete][data-outcome=unknown]").await;
    page.until_text("#write-outcome", "Outcome unknown.", SOON).await;
    until_gone(&page, "#write-dialog[data-stage=refused]").await;
    // A read shows that it has not happened so far.
    simulator.clear_faults();
    page.until_text("#write-outcome", "nothing has changed yet", SOON).await;
    assert_eq!(api.get("api/v1/pods", "web").await["metadata"]["uid"], json!(uid));

    // It happens, and the answer is lost: the watch tells.
    delete().await;
    simulator.set_faults(Faults {
        applies_to: about("web"),
        cut_after_bytes: Some(0),
        ..Faults::default()
    });
    confirm(&page).await;
    until_there(&page, "#write-outcome [data-write=delete][data-outcome=seen]").await;
    page.until_text("#write-outcome", "The pod is deleted.", SOON).await;
    until_gone(&page, "#write-dialog[data-stage=refused]").await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_pod_that_is_terminating_is_not_deleted_again() {
    let Some(stage) = simulated("a terminating pod").await else {
        return;
    };
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    let mut pod = objects::bound_pod("web", &node);
    pod["spec"]["terminationGracePeriodSeconds"] = json!(3_600);
    api.create_pod(&pod).await;
    api.patch_pod_status("web", &objects::running_status(0)).await;
    let page = open_to_write(&stage, "web").await;
    open_pod(&page, &stage.key("web")).await;
    until_there(&page, "#drawer [data-container=app]").await;
    api.delete_pod_gracefully("web").await;
    page.until("it is terminating", |seen| seen.is_pod("web", "Terminating"))
        .await;
    let before = changes(&stage).len();
    click(&page, "#drawer [data-action=delete]").await;
    until_there(&page, "#write-dialog[data-stage=refused]").await;
    for words in [
        "has been terminating for",
        "Another request changes nothing.",
        "Its grace period ends in",
    ] {
        page.until_text("#write-dialog", words, SOON).await;
    }
    assert_eq!(changes(&stage).len(), before);
    page.assert_clean().await;
}

/// Owner references are written by whoever may make pods.
#[browser_test::in_chromium]
async fn hostile_names_stay_names() {
    const PATH: &str = "../../kube-system/deployments/coredns/scale?x=";
    const MARKUP: &str = "<img src=x onerror=alert(1)>\u{202e}gpj";
    let Some(stage) = simulated("hostile names").await else {
        return;
    };
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    let target = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "coredns"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "dns"}}, "template": {
            "metadata": {"labels": {"app": "dns"}}, "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]}}},
    });
    let system = api.in_namespace("kube-system");
    system.create("apis/apps/v1/deployments", &target).await;
    for (pod_name, kind, owner) in [("path", "Deployment", PATH), ("markup", MARKUP, MARKUP)] {
        let mut pod = objects::bound_pod(pod_name, &node);
        pod["metadata"]["ownerReferences"] = json!([
            {"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": "u-1", "controller": true}]);
        pod["metadata"]["labels"] = json!({"app": "x"});
        api.create_pod(&pod).await;
        api.patch_pod_status(pod_name, &objects::running_status(0)).await;
    }
    let page = open_to_write(&stage, "path").await;
    page.until("both are there", |seen| seen.is_pod("markup", "Running"))
        .await;
    let text = "return document.querySelector(arguments[0])?.textContent ?? ''";
    for (pod, owner) in [("path", PATH), ("markup", MARKUP)] {
        open_pod(&page, &stage.key(pod)).await;
        until_there(&page, "#drawer .owners [data-owner]").await;
        let shown: String = page.eval(text, &[json!("#drawer .owners")]).await;
        assert!(
            shown.contains(owner.split('\u{202e}').next().expect("a part")),
            "{shown}"
        );
        page.until_text("#drawer .owners", "not a name that the API allows", SOON)
            .await;

        // What would be scaled is refused with a sentence, and no request is made of the name.
        click(&page, "#drawer [data-action=scale]").await;
        until_there(&page, "#write-dialog[data-stage=refused]").await;
        page.until_text("#write-dialog", "K8bit sends no request with it.", SOON)
            .await;
        click(&page, "#write-dialog [data-action=cancel]").await;

        click(&page, "#drawer [data-action=delete]").await;
        until_asked(&page, &format!("Delete the pod {pod} in e2e?")).await;
        page.until_text("#write-dialog .consequences", "replaces it.", SOON)
            .await;
        let said: String = page.eval(text, &[json!("#write-dialog")]).await;
        assert!(!said.contains('\u{202e}'), "{said}");
        click(&page, "#write-dialog [data-action=cancel]").await;
        until_gone(&page, "#write-dialog[open]").await;
    }
    until_gone(&page, "#app img").await;
    let asked = stage.cluster.simulator().requests();
    let strange: Vec<_> = asked
        .iter()
        .filter(|it| it.path_and_query.contains("coredns") && it.method != "POST")
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(
        system.get("apis/apps/v1/deployments", "coredns").await["spec"]["replicas"],
        2
    );

    // Commands are shown for objects that exist, and for names that the API could have.
    for selected in [
        "node:--selector%3Dkubernetes.io/os%3Dlinux",
        "node:--all",
        "pod:e2e/nobody",
        "node:nobody",
    ] {
        let page = open(&stage, &format!("#sel={selected}"), "path").await;
        until_there(&page, "#drawer[data-subject]").await;
        page.until_text("#explanation", "no such", SOON).await;
        until_gone(&page, "#drawer .commands").await;
    }
    let page = open(&stage, &format!("#sel=node:{node}"), "path").await;
    page.until_text("#drawer .commands", &format!("kubectl drain {node}"), SOON)
        .await;
    page.assert_clean().await;
}
