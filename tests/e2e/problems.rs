//! Problems first: counters that are buttons, the walk, the number in the tab, and the help.

use serde_json::{Value, json};
use thirtyfour::prelude::Key;

use crate::{
    drawer::{press, until_gone, until_there},
    harness::{objects, page::Page, stage::Stage, wait::SOON},
};

/// A crashing pod, one that no node takes, a pod that is well, and a node under pressure.
async fn stage_with_problems() -> Stage {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    api.create_running_pod("well", &node).await;
    for name in ["crash-1", "crash-2"] {
        api.create_running_pod(name, &node).await;
        api.patch_pod_status(
            name,
            &objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting"),
        )
        .await;
    }
    api.create_pod(&objects::pod("no-room")).await;
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.", "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    api.patch_pod_status("no-room", &json!({"phase": "Pending", "conditions": [condition]}))
        .await;
    stage
}

async fn open<'a>(stage: &'a Stage, query: &str) -> Page<'a> {
    let page = stage.open(query).await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == 4 && seen.is_pod("crash-2", "CrashLoopBackOff")
    })
    .await;
    page
}

/// What has the focus: a pod's key or a node's name.
async fn focused(page: &Page<'_>) -> String {
    let script = "const it = document.activeElement;
        return it?.dataset.pod ?? it?.closest('[data-node]')?.dataset.node ?? it?.tagName ?? ''";
    page.eval(script, &[]).await
}

async fn fragment(page: &Page<'_>) -> String {
    page.eval("return location.hash", &[]).await
}

const COUNTER: &str = "#counters button[data-term='status:CrashLoopBackOff']";

#[browser_test::in_chromium]
async fn a_counter_sets_the_query_and_clears_it() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    page.until_text(COUNTER, "2", SOON).await;
    page.until_text("#counters button[data-term='is:unschedulable']", "Unschedulable", SOON)
        .await;
    let click = "document.querySelector(arguments[0]).click(); return document.querySelector(arguments[0]).ariaPressed";
    let pressed = "return document.querySelector(arguments[0]).getAttribute('aria-pressed') === arguments[1]";
    page.eval::<Value>(click, &[json!(COUNTER)]).await;
    page.until_true("it is pressed", pressed, &[json!(COUNTER), json!("true")])
        .await;
    assert_eq!(fragment(&page).await, "#q=status:CrashLoopBackOff");
    page.eval::<Value>(click, &[json!("#families button[data-term='is:failing']")])
        .await;
    page.until_true("another is pressed", pressed, &[json!(COUNTER), json!("false")])
        .await;
    assert_eq!(fragment(&page).await, "#q=is:failing");
    page.driver().back().await.expect("there is a way back");
    page.until_true("it is pressed again", pressed, &[json!(COUNTER), json!("true")])
        .await;
    page.eval::<Value>(click, &[json!(COUNTER)]).await;
    page.until_true("it is released", pressed, &[json!(COUNTER), json!("false")])
        .await;
    assert_eq!(fragment(&page).await, "");
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn what_has_ended_is_no_problem_and_what_cannot_go_on_is_one() {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    for name in ["refused-1", "refused-2"] {
        api.create_running_pod(name, &node).await;
        api.patch_pod_status(
            name,
            &json!({"phase": "Failed", "reason": "OutOfcpu", "containerStatuses": null}),
        )
        .await;
    }
    let mut pod = objects::bound_pod("half", &node);
    pod["spec"]["restartPolicy"] = json!("OnFailure");
    let mut second = pod["spec"]["containers"][0].clone();
    second["name"] = json!("bad");
    pod["spec"]["containers"]
        .as_array_mut()
        .expect("containers")
        .push(second);
    let good = pod["spec"]["containers"][0]["name"].clone();
    api.create_pod(&pod).await;
    let image = json!("registry.example/web:1");
    let status = |name: &Value, state: Value| json!({"name": name, "image": image, "imageID": "", "ready": false, "restartCount": 9, "state": state});
    let statuses = json!([
        status(&good, json!({"terminated": {"exitCode": 0, "reason": "Completed"}})),
        status(
            &json!("bad"),
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}})
        ),
    ]);
    api.patch_pod_status("half", &json!({"phase": "Running", "containerStatuses": statuses}))
        .await;
    let page = stage.open("").await;
    page.until("kubectl's STATUS is shown", |seen| {
        seen.is_live() && seen.is_pod("half", "Completed") && seen.is_pod("refused-2", "OutOfcpu")
    })
    .await;
    page.until_true("one problem is counted", "return document.title === '(1!) K8bit'", &[])
        .await;
    page.until_text("#counters button[data-term='status:Completed']", "1", SOON)
        .await;
    page.until_text("#counters button[data-term='status:OutOfcpu']", "2", SOON)
        .await;
    press(&page, "n").await;
    let is_there = "return document.activeElement?.dataset.pod === arguments[0]";
    page.until_true("the walk leads to it", is_there, &[json!(stage.key("half"))])
        .await;
    page.until_text("#walk", "Problem 1 of 1", SOON).await;

    // The legend tells those that are over apart, and once they are alone it is no alarm.
    page.until_text("#families [data-family=failing] .number", "1", SOON)
        .await;
    page.until_text("#families [data-family=failing] .over", "2 failed", SOON)
        .await;
    until_gone(&page, "#families [data-over]").await;
    api.delete_pod("half").await;
    until_there(&page, "#families [data-family=failing][data-over]").await;
    page.until_true("no problem is counted", "return document.title === 'K8bit'", &[])
        .await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn counters_do_not_move_while_data_streams_in() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    page.until_text(COUNTER, "2", SOON).await;
    let places = "return [...document.querySelectorAll('#counters .place:not([data-free]), .card')]
        .map((it) => { const { x, y, width, height } = it.getBoundingClientRect(); return [x, y, width, height].join(); })";
    let before: Vec<String> = page.eval(places, &[]).await;
    let api = &stage.cluster.api;
    api.patch_pod_status("crash-1", &objects::waiting_status("ImagePullBackOff", ""))
        .await;
    page.until_text("#counters button[data-term='status:ImagePullBackOff']", "1", SOON)
        .await;
    api.patch_pod_status("crash-2", &objects::running_status(1)).await;
    let is_idle = "return document.querySelector(arguments[0])?.hasAttribute('data-idle') ?? false";
    page.until_true("a counter of nothing stays for a while", is_idle, &[json!(COUNTER)])
        .await;
    let after: Vec<String> = page.eval(places, &[]).await;
    let moved: Vec<&String> = before.iter().filter(|place| !after.contains(place)).collect();
    assert!(moved.is_empty(), "{moved:?} of {before:?} are not in {after:?}");
}

/// The counters take two rows, whatever the window; a button shows the others, and nothing is cut off.
#[browser_test::in_chromium]
async fn counters_take_two_rows_and_a_button_shows_the_others() {
    let stage = stage_with_problems().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.node("a");
    let reasons = [
        "ImagePullBackOff",
        "CreateContainerConfigError",
        "ErrImageNeverPull",
        "RunContainerError",
        "InvalidImageName",
        "CreateContainerError",
        "PostStartHookError",
    ];
    for (index, reason) in reasons.into_iter().enumerate() {
        let name = format!("broken-{index}");
        api.create_running_pod(&name, &node).await;
        api.patch_pod_status(&name, &objects::waiting_status(reason, "")).await;
    }
    let page = stage.open("").await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == 11 && seen.is_pod("broken-6", "PostStartHookError")
    })
    .await;
    let seen = "const shown = [...document.querySelectorAll('#counters .counter')].filter((it) => it.checkVisibility());
        const rects = shown.map((it) => it.getBoundingClientRect());
        const more = document.querySelector('#more-counters');
        const hidden = document.querySelectorAll('#counters li[hidden] .counter:not(.more)').length;
        const cut = shown.filter((it) => it.scrollWidth > it.clientWidth
            || [...it.children].some((part) => part.getBoundingClientRect().right > it.getBoundingClientRect().right + 0.5));
        return {
            rows: new Set(rects.map(({ top }) => Math.round(top))).size,
            more: more.checkVisibility() ? more.innerText : '',
            says: hidden ? `+${hidden} more` : '',
            outside: rects.filter(({ left, right }) => left < 0 || right > innerWidth).length + cut.length,
        }";
    for width in [360, 480, 768, 1_024, 1_280, 1_440, 1_920] {
        let screen = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        let is_right = format!(
            "const seen = (() => {{ {seen} }})();
            return seen.rows <= 2 && seen.more === seen.says && seen.outside === 0 || JSON.stringify(seen)"
        );
        page.until_true(&format!("counters fit {width} px"), &is_right, &[])
            .await;
    }
    let screen = json!({"width": 360, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    let is_closed = "return /^\\+\\d+ more$/.test(document.querySelector('#more-counters').innerText)";
    page.until_true("there are more", is_closed, &[]).await;
    page.eval::<()>("document.querySelector('#more-counters').click(); return null", &[])
        .await;
    let is_open = "const more = document.querySelector('#more-counters');
        return more.ariaExpanded === 'true' && more.innerText === 'Show fewer'
            && document.querySelectorAll('#counters li[hidden] .counter:not(.more)').length === 0";
    page.until_true("all of them are shown", is_open, &[]).await;
    page.eval::<()>("document.querySelector('#more-counters').click(); return null", &[])
        .await;
    page.until_true("and hidden again", is_closed, &[]).await;
    page.assert_clean().await;
}

/// The picture begins high: in a usual window, with two rows of counters and pods in the tray.
#[browser_test::in_chromium]
async fn the_first_box_starts_within_180_px() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    let screen = json!({"width": 1_440, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    let is_high =
        "const tops = ['#unscheduled', '.card'].map((it) => document.querySelector(it).getBoundingClientRect().top);
        return tops[0] > 100 && tops[1] > tops[0] && tops[1] <= 180 || JSON.stringify(tops)";
    page.until_true("boxes start within 180 px", is_high, &[]).await;
    page.assert_clean().await;
}

/// The menu of namespaces writes into the query, and reads it.
#[browser_test::in_chromium]
async fn a_menu_chooses_namespaces() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "#q=is:problem").await;
    let namespace = stage.cluster.namespace.clone();
    let has_it = "return [...document.querySelector('#namespace').options].some((it) => it.value === arguments[0])";
    page.until_true("it is offered", has_it, &[json!(namespace)]).await;
    crate::arrange::choose(&page, "namespace", &namespace).await;
    let is_asked = "return decodeURIComponent(location.hash) === arguments[0]";
    let query = format!("#q=is:problem+ns:{namespace}");
    page.until_true("the query asks for it", is_asked, &[json!(query)])
        .await;
    page.until_text("#matches", "3 of", SOON).await;
    page.eval::<()>("location.hash = ''; return null", &[]).await;
    let is_all = "return document.querySelector('#namespace').value === ''";
    page.until_true("all are chosen", is_all, &[]).await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn n_and_p_walk_through_the_problems() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    let way = ["crash-1", "crash-2", "no-room"].map(|name| stage.key(name));
    for expected in way.iter().chain(&way[..1]) {
        press(&page, "n").await;
        let is_there = "return document.activeElement?.dataset.pod === arguments[0]";
        page.until_true("the next problem has the focus", is_there, &[json!(expected)])
            .await;
    }
    press(&page, "p").await;
    assert_eq!(focused(&page).await, way[2]);
    page.until_text("#walk", "Problem 3 of 3", SOON).await;
    page.until_text("#walk", "Insufficient cpu", SOON).await;
    // It goes on from where a problem was that is mended.
    stage.cluster.api.delete_pod("no-room").await;
    page.until("it is gone", |seen| seen.pods.len() == 3).await;
    press(&page, "n").await;
    assert_eq!(focused(&page).await, way[0]);
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn the_tab_carries_the_count() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    let title = "return document.title === arguments[0]";
    page.until_true("the title counts", title, &[json!("(3!) K8bit")]).await;
    let icon = "return decodeURIComponent(document.querySelector('link[rel=icon]').href)";
    let with_three: String = page.eval(icon, &[]).await;
    assert!(with_three.starts_with("data:image/svg+xml,<svg"), "{with_three}");
    // The browser can draw it, and the policy lets it.
    let draws = "const done = arguments[0]; const image = new Image();
        image.onload = () => done(image.naturalWidth > 0); image.onerror = () => done(false);
        image.src = document.querySelector('link[rel=icon]').href";
    let drawn = page
        .driver()
        .execute_async(draws, Vec::new())
        .await
        .expect("the script runs");
    assert_eq!(drawn.json(), true);
    for name in ["crash-1", "crash-2", "no-room"] {
        stage.cluster.api.delete_pod(name).await;
    }
    page.until_true("the title is calm", title, &[json!("K8bit")]).await;
    assert_ne!(page.eval::<String>(icon, &[]).await, with_three);
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn the_help_opens_and_closes_by_keyboard() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    let is_open = "return document.querySelector('#help').open === arguments[0]";
    press(&page, "?").await;
    page.until_true("the help is open", is_open, &[json!(true)]).await;
    // Enter closes it, and starts nothing.
    let focused_button = "return document.activeElement.closest('#help') && document.activeElement.innerText";
    assert_eq!(page.eval::<String>(focused_button, &[]).await, "Close");
    page.until_text("#help", "next and previous problem", SOON).await;
    page.until_text("#help", "Failing repeatedly, or failed.", SOON).await;
    page.until_text("#help", "pods in these namespaces", SOON).await;
    // Keys of the page do nothing there.
    press(&page, "n").await;
    assert_ne!(focused(&page).await, stage.key("crash-1"));
    press(&page, &String::from(char::from(Key::Escape))).await;
    page.until_true("the help is closed", is_open, &[json!(false)]).await;
    page.assert_clean().await;
}

/// Whoever has no keys presses buttons, and a counter leads to the first pod of its kind.
#[browser_test::in_chromium]
async fn on_a_phone_buttons_lead_from_problem_to_problem_and_from_match_to_match() {
    let stage = stage_with_problems().await;
    let page = open(&stage, "").await;
    let is_shown = "return document.querySelector('#walk-next').checkVisibility() === arguments[0]";
    page.until_true("a mouse has no need of it", is_shown, &[json!(false)])
        .await;
    let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true});
    page.devtools("Emulation.setDeviceMetricsOverride", phone).await;
    let is_in_reach = "return ['#walk-previous', '#walk-next'].every((id) => {
        const { top, bottom, height, left, right } = document.querySelector(id).getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return height >= 44 && bottom <= innerHeight && at.matches(id);
    })";
    page.until_true("both are in reach of a thumb", is_in_reach, &[]).await;
    let leads_to = async |button: &str, pod: &str| {
        let press = "document.querySelector(arguments[0]).click(); return null";
        page.eval::<()>(press, &[json!(button)]).await;
        let is_there = "const it = document.activeElement, { top, bottom } = it.getBoundingClientRect();
            return it.dataset.pod === arguments[0] && top >= 0 && bottom <= innerHeight || it.outerHTML.slice(0, 200)";
        let key = json!(stage.key(pod));
        page.until_true(&format!("{button} leads to {pod}"), is_there, &[key])
            .await;
    };
    page.until_text("#walk-next", "Next problem", SOON).await;
    leads_to("#walk-next", "crash-1").await;
    leads_to("#walk-next", "crash-2").await;
    leads_to("#walk-previous", "crash-1").await;
    leads_to("#counters button[data-term='is:unschedulable']", "no-room").await;
    page.eval::<()>("location.hash = 'q=crash'; return null", &[]).await;
    page.until_text("#matches", "2 of ", SOON).await;
    page.until_text("#walk-next", "Next match", SOON).await;
    leads_to("#walk-next", "crash-1").await;
    leads_to("#walk-next", "crash-2").await;
    page.assert_clean().await;
}
