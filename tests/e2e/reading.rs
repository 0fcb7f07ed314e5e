//! Reading the page: by pointer, by keyboard, with less motion, in either theme, on a small screen.

use k8bit_simulator::{api::ApiOptions, http::ServerOptions, world::WorldOptions};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::drawer::{self, press};
use crate::harness::{
    cluster::Cluster,
    objects,
    page::Page,
    stage::{Stage, Turn},
    tools,
    wait::{SOON, eventually},
};

/// A stage with two nodes and six running pods.
async fn stage_with_pods() -> Stage {
    let stage = Stage::build().await;
    for node in ["a", "b"] {
        let name = stage.cluster.create_node(node).await;
        for index in 0..3 {
            stage
                .cluster
                .api
                .create_running_pod(&format!("{node}-{index}"), &name)
                .await;
        }
    }
    stage
}

async fn open<'a>(stage: &'a Stage, query: &str) -> Page<'a> {
    let page = stage.open(query).await;
    page.until("the pods are there", |seen| seen.is_live() && seen.pods.len() == 6)
        .await;
    page
}

#[browser_test::in_every_browser]
async fn the_pointer_shows_the_facts_of_a_pod_and_of_a_node() {
    let stage = stage_with_pods().await;
    let api = &stage.cluster.api;
    api.patch_pod_status(
        "a-0",
        &objects::waiting_status("CrashLoopBackOff", "back-off 5m0s restarting"),
    )
    .await;
    let page = open(&stage, "").await;
    page.until("the pod crashes", |seen| seen.is_pod("a-0", "CrashLoopBackOff"))
        .await;
    page.point_at_pod(&stage.key("a-0")).await;
    let node = stage.cluster.node("a");
    for fact in [
        &stage.key("a-0"),
        "CrashLoopBackOff",
        "0/1",
        "RESTARTS",
        "AGE",
        &node,
        "back-off 5m0s restarting",
    ] {
        // The namespace and the name are two elements; what is read is one text.
        page.until_text("#tooltip", fact, SOON).await;
    }
    // It follows the pod.
    api.patch_pod_status("a-0", &objects::running_status(3)).await;
    page.until_text("#tooltip", "Running", SOON).await;
    page.until_text("#tooltip", "1/1", SOON).await;

    page.point_at_node(&node).await;
    for fact in [&node[..], "Ready", "v1.36.0", "3 of 110"] {
        page.until_text("#tooltip", fact, SOON).await;
    }
    // It goes with its pod.
    page.point_at_pod(&stage.key("a-1")).await;
    page.until_text("#tooltip", "a-1", SOON).await;
    api.delete_pod("a-1").await;
    page.until("the pod is gone", |seen| seen.pod("a-1").is_none()).await;
    page.until_true(
        "the tooltip is gone",
        "return !document.querySelector('#tooltip').innerText.includes('a-1')",
        &[],
    )
    .await;
}

/// Waits until there is no tooltip, and looks again after some frames: what shows it follows a layout.
async fn until_no_tooltip(page: &Page<'_>, when: &str) {
    let script = "const done = arguments[0];
        const isShown = () => document.querySelector('#tooltip').checkVisibility();
        let left = 8;
        const look = () => {
            if (isShown()) return done(document.querySelector('#tooltip').innerText);
            if (left-- > 0) return requestAnimationFrame(look);
            done(null);
        };
        look();";
    eventually(&format!("no tooltip {when}"), SOON, async || {
        let result = page.driver().execute_async(script, Vec::new()).await;
        match result.map_err(|error| error.to_string())?.json().as_str() {
            None => Ok(()),
            Some(shown) => Err(shown.to_owned()),
        }
    })
    .await;
}

#[browser_test::in_chromium]
async fn the_tooltip_goes_when_the_layout_changes() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#zoom=boxes").await;
    let pod = stage.key("a-1");
    // A click opens the details: all boxes move, and the pointer rests where it was.
    page.point_at_pod(&pod).await;
    let chain = page.driver().action_chain().click();
    chain.perform().await.expect("it can be clicked");
    drawer::until_there(&page, &format!("#drawer[data-subject=\"pod:{pod}\"]")).await;
    until_no_tooltip(&page, "beside the details").await;
    // The focus goes back to the block without one.
    drawer::click(&page, "#drawer [data-action=close]").await;
    drawer::until_gone(&page, "#drawer").await;
    assert_eq!(focused(&page).await, pod);
    until_no_tooltip(&page, "after the details").await;
    // The pointer shows it again as soon as it moves.
    page.point_at_pod(&pod).await;
    page.until_text("#tooltip", "a-1", SOON).await;
    // The same on a wall, on the way there and back.
    page.focus(&stage.key("b-1")).await;
    page.until_text("#tooltip", "b-1", SOON).await;
    page.eval::<()>("location.hash = '#zoom=boxes&kiosk=1'; return null", &[])
        .await;
    drawer::until_there(&page, ".wall").await;
    until_no_tooltip(&page, "on the wall").await;
    page.focus(&stage.key("a-2")).await;
    page.until_text("#tooltip", "a-2", SOON).await;
    press(&page, Key::Escape).await;
    drawer::until_gone(&page, ".wall").await;
    until_no_tooltip(&page, "after the wall").await;
    page.assert_clean().await;
}

/// `data-pod` of the block, or `data-node` of the name, that has the focus.
async fn focused(page: &Page<'_>) -> String {
    let script = "const it = document.activeElement;
        return it.dataset.pod ?? (it.closest('#map') ? it.closest('[data-node]')?.dataset.node : null) ?? ''";
    page.eval(script, &[]).await
}

#[browser_test::in_every_browser]
async fn the_keyboard_reaches_every_block() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#zoom=boxes").await;
    eventually("Tab reaches the map", SOON, async || {
        press(&page, Key::Tab).await;
        let focused = focused(&page).await;
        if focused.is_empty() { Err(focused) } else { Ok(()) }
    })
    .await;
    // A given cluster has other boxes, too: the way is walked from one of ours. There Home leads to the first stop.
    let (a, b) = (stage.cluster.node("a"), stage.cluster.node("b"));
    page.focus(&stage.key("a-2")).await;
    press(&page, Key::Home).await;
    assert_eq!(focused(&page).await, a);
    // Which block lies below the name depends on how long the name is.
    press(&page, Key::Down).await;
    let below = focused(&page).await;
    assert!(below.starts_with(&stage.key("a-")), "{below}");
    press(&page, Key::End).await;
    assert_eq!(focused(&page).await, stage.key("a-2"));
    press(&page, Key::Left).await;
    assert_eq!(focused(&page).await, stage.key("a-1"));
    page.until_text("#tooltip", "a-1", SOON).await;
    press(&page, Key::Right).await;
    assert_eq!(focused(&page).await, stage.key("a-2"));
    if tools::given_server().is_none() {
        press(&page, Key::Right).await;
        assert_eq!(focused(&page).await, stage.key("b-0"));
    }
    page.focus(&stage.key("b-0")).await;
    press(&page, Key::Up).await;
    assert_eq!(focused(&page).await, b);
    page.until_text("#tooltip", &b, SOON).await;
    press(&page, Key::Escape).await;
    page.until_text("#tooltip", "", SOON).await;

    // The focus is not lost with its pod.
    press(&page, Key::End).await;
    assert_eq!(focused(&page).await, stage.key("b-2"));
    stage.cluster.api.delete_pod("b-2").await;
    page.until("the pod is gone", |seen| seen.pod("b-2").is_none()).await;
    eventually("a neighbour has the focus", SOON, async || {
        let focused = focused(&page).await;
        if focused == stage.key("b-1") {
            Ok(())
        } else {
            Err(focused)
        }
    })
    .await;
    // Every block has a name for those who cannot see it.
    let label = "return document.querySelector(`[data-pod=\"${arguments[0]}\"]`).ariaLabel";
    let label: String = page.eval(label, &[json!(stage.key("a-0"))]).await;
    assert!(
        label.contains(&stage.key("a-0")) && label.contains("Running"),
        "{label}"
    );
}

#[browser_test::in_chromium]
async fn changes_move_unless_less_motion_is_wanted() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#zoom=boxes").await;
    // Notes every animation that starts, however short.
    let notice = "window.moved = []; addEventListener('animationstart', (event) => moved.push(event.animationName)); \
                  addEventListener('transitionrun', (event) => moved.push(event.propertyName)); return null";
    let moved = "return window.moved.splice(0)";
    page.eval::<()>(notice, &[]).await;
    let node = stage.cluster.node("a");
    let api = &stage.cluster.api;
    let started = async |animation: &str| {
        let names: Vec<String> = page.eval(moved, &[]).await;
        assert!(
            names.iter().any(|name| name == animation),
            "no {animation} in {names:?}"
        );
    };
    api.create_pod(&objects::bound_pod("new", &node)).await;
    page.until("the pod is there", |seen| seen.is_pod("new", "Pending"))
        .await;
    started("enter").await;
    api.patch_pod_status("new", &objects::running_status(0)).await;
    page.until("the pod runs", |seen| seen.is_pod("new", "Running")).await;
    started("change").await;
    api.delete_pod("new").await;
    page.until("the pod is gone", |seen| seen.pod("new").is_none()).await;
    started("leave").await;

    let reduce = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    page.devtools("Emulation.setEmulatedMedia", reduce).await;
    page.eval::<Vec<String>>(moved, &[]).await;
    api.create_running_pod("calm", &node).await;
    page.until("the pod is there", |seen| seen.is_pod("calm", "Running"))
        .await;
    api.delete_pod("calm").await;
    page.until("the pod is gone", |seen| seen.pod("calm").is_none()).await;
    assert_eq!(page.eval::<Vec<String>>(moved, &[]).await, Vec::<String>::new());
}

/// Notes the pods whose block comes with a movement, from before the page's own scripts on. That of a pod which crashes
/// again meanwhile changes, and may move.
const WATCH_BLOCKS: &str = "window.moving = [];
    const note = (it) => it.dataset?.motion === 'enter' && moving.push(it.dataset.pod);
    const noted = ({ target, addedNodes }) => [target, ...addedNodes].forEach(note);
    const options = { subtree: true, childList: true, attributeFilter: ['data-motion'] };
    new MutationObserver((records) => records.forEach(noted)).observe(document, options);";

/// A list of 3,000 pods with objects of 8 KB arrives in pieces, and takes many turns to draw.
#[browser_test::in_chromium]
async fn pods_that_are_listed_do_not_move_and_one_that_comes_does() {
    let turn = Turn::take().await;
    let options = ServerOptions {
        api: ApiOptions {
            object_bytes: 8_192,
            ..ApiOptions::default()
        },
        world: Some(WorldOptions {
            nodes: 100,
            pods: 3_000,
            churn: 0.0,
            ..WorldOptions::default()
        }),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("pods that are listed", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    stage.browser.prepare(WATCH_BLOCKS).await;
    let url = format!("{}/static/#zoom=boxes", stage.proxy.url());
    let page = Page::open(&stage.browser, &url, None).await;
    page.until("all are there", |seen| seen.is_live() && seen.pods.len() >= 2_900)
        .await;
    let settle = "const done = arguments[0]; k8bit.settled().then(() => done(moving.splice(0)))";
    let moved = page.driver().execute_async(settle, Vec::new()).await;
    let moved: Vec<String> = moved.expect("the page settles").convert().expect("names");
    assert_eq!(moved, Vec::<String>::new());
    // In the first box: what is out of the window is drawn later, when it is no news.
    let first = "return document.querySelector('#map .card').dataset.node";
    let node: String = page.eval(first, &[]).await;
    stage.cluster.api.create_pod(&objects::bound_pod("new", &node)).await;
    let is_noted = "return moving.some((pod) => pod.endsWith('/new')) || moving.join()";
    page.until_true("the new pod moves", is_noted, &[]).await;
    page.assert_clean().await;
}

/// A block that goes at once, because nothing is to move, takes the focus with it.
#[browser_test::in_chromium]
async fn a_pod_that_has_the_focus_may_go() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    let reduce = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    page.devtools("Emulation.setEmulatedMedia", reduce).await;
    for pod in ["a-0", "b-1"] {
        page.focus(&stage.key(pod)).await;
        page.until_text("#tooltip", pod, SOON).await;
        stage.cluster.api.delete_pod(pod).await;
        page.until("the pod is gone", |seen| seen.pod(pod).is_none()).await;
        page.assert_clean().await;
    }
    assert_eq!(page.blocks().await.len(), 4);
}

/// Notes in every frame what is being animated, from before the page's own scripts on.
const WATCH_ANIMATIONS: &str = "window.animated = [];
    const look = () => {
        for (const it of document.getAnimations()) animated.push(it.animationName ?? it.transitionProperty ?? it.constructor.name);
        // What appears where the page has not begun after some seconds moves nothing.
        animated = animated.filter((name) => name !== 'late');
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);";

#[browser_test::in_chromium]
async fn nothing_is_animated_where_less_motion_is_wanted() {
    let stage = stage_with_pods().await;
    stage.browser.prepare(WATCH_ANIMATIONS).await;
    let page = stage.open("").await;
    let reduce = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    page.devtools("Emulation.setEmulatedMedia", reduce).await;
    // From the first frame on, in which it is being listed.
    let page = open(&stage, "?again").await;
    let (node, api) = (stage.cluster.node("a"), &stage.cluster.api);
    for fragment in [
        "",
        "#q=new&hide=1",
        "#color=restarts&group=owner",
        "#zoom=6",
        "#kiosk=1",
    ] {
        page.eval::<()>("location.hash = arguments[0]; return null", &[json!(fragment)])
            .await;
        api.create_running_pod("new", &node).await;
        page.until("the pod runs", |seen| seen.is_pod("new", "Running")).await;
        api.patch_pod_status("new", &objects::waiting_status("CrashLoopBackOff", ""))
            .await;
        page.until("the pod crashes", |seen| seen.is_pod("new", "CrashLoopBackOff"))
            .await;
        api.delete_pod("new").await;
        page.until("the pod is gone", |seen| seen.pod("new").is_none()).await;
    }
    page.eval::<()>("location.hash = ''; return null", &[]).await;
    for selector in [
        "#open-help",
        "#help > header button:last-of-type",
        "#map [data-pod]",
        "#tab-events",
    ] {
        drawer::click(&page, selector).await;
        page.settled().await;
    }
    let animated: Vec<String> = page.eval("return animated", &[]).await;
    assert_eq!(animated, Vec::<String>::new());
    page.assert_clean().await;
}

/// The lightness of the page's background, 0 to 255.
async fn background(page: &Page<'_>) -> u32 {
    let script = "const canvas = document.createElement('canvas').getContext('2d');
        const colors = [document.body, document.documentElement].map((it) => getComputedStyle(it).backgroundColor);
        canvas.fillStyle = colors.find((color) => color !== 'rgba(0, 0, 0, 0)') ?? 'white';
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
        return Math.round((red + green + blue) / 3)";
    page.eval(script, &[]).await
}

#[browser_test::in_chromium]
async fn the_theme_follows_the_system_the_address_and_the_switch() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    let system = async |scheme: &str| {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        page.devtools("Emulation.setEmulatedMedia", features).await;
    };
    system("dark").await;
    assert!(background(&page).await < 64, "dark as the system");
    system("light").await;
    assert!(background(&page).await > 192, "light as the system");

    let page = open(&stage, "?theme=dark").await;
    assert!(background(&page).await < 64, "dark as the address says");
    let page = open(&stage, "").await;
    // Chosen from the menu, and remembered.
    for (theme, is_dark) in [("light", false), ("crt", true), ("light", false), ("contrast", true)] {
        let choose = "const menu = document.querySelector('#theme'); menu.value = arguments[0];
            menu.dispatchEvent(new Event('change', { bubbles: true })); return null";
        page.eval::<()>(choose, &[json!(theme)]).await;
        let is_shown = "return document.documentElement.dataset.theme === arguments[0]";
        page.until_true("the theme is shown", is_shown, &[json!(theme)]).await;
        assert_eq!(background(&page).await < 128, is_dark, "{theme} as the menu says");
    }
    let page = open(&stage, "").await;
    assert!(background(&page).await < 64, "dark as remembered");
    let page = open(&stage, "#theme=light").await;
    page.driver().refresh().await.expect("the page loads again");
    page.until_live().await;
    assert!(
        background(&page).await > 192,
        "light as the fragment says, whatever is remembered"
    );

    // Also before the program is there, which here never comes.
    page.devtools("Network.enable", json!({})).await;
    for (fragment, is_dark) in [("#theme=light", false), ("", true)] {
        page.devtools("Network.setBlockedURLs", json!({"urls": []})).await;
        let page = open(&stage, fragment).await;
        page.devtools("Network.setBlockedURLs", json!({"urls": ["*.wasm"]}))
            .await;
        page.driver().refresh().await.expect("the page loads again");
        page.until_text("#boot-error", "K8bit could not start", SOON).await;
        assert_eq!(background(&page).await < 128, is_dark, "{fragment:?}");
    }
    page.devtools("Network.setBlockedURLs", json!({"urls": []})).await;
}

#[browser_test::in_chromium]
async fn nothing_is_wider_than_a_small_screen() {
    let stage = stage_with_pods().await;
    stage
        .cluster
        .api
        .create_pod(&objects::pod("long-name-".repeat(6).trim_end_matches('-')))
        .await;
    let long_node = format!(
        "{}-{}",
        stage.cluster.node("c"),
        "long-name.".repeat(6).trim_end_matches('.')
    );
    stage.cluster.api.create_node(&long_node).await;
    let page = stage.open("").await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == 7 && seen.nodes.len() == 3
    })
    .await;
    for width in [360, 768, 3840] {
        let screen = json!({"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        page.settled().await;
        page.point_at_pod(&stage.key("a-2")).await;
        page.until_text("#tooltip", "a-2", SOON).await;
        // What lies outside of the screen and outside of a part that scrolls by itself.
        let outside = "const width = document.documentElement.clientWidth;
            const scrolls = (it) => it && it !== document.body && it !== document.documentElement
                && (getComputedStyle(it).overflowX !== 'visible' || scrolls(it.parentElement));
            return {
                page: [document.documentElement.scrollWidth, width],
                elements: [...document.body.querySelectorAll('*')]
                    .filter((it) => it.getBoundingClientRect().right > width + 0.5 && !scrolls(it.parentElement))
                    .map((it) => it.outerHTML.slice(0, 120)),
            }";
        let outside: Value = page.eval(outside, &[]).await;
        assert_eq!(outside["elements"], json!([]), "at {width} px");
        assert_eq!(
            outside["page"][0], outside["page"][1],
            "at {width} px the page scrolls sideways"
        );
        assert_eq!(page.blocks().await.len(), 7, "at {width} px");
    }
}

/// Which parts of the help lie upon each other, with all that stands in them.
const OVERLAPS: &str = "const parts = [...document.querySelectorAll('#help section')].map((it) => {
        const rects = [it, ...it.querySelectorAll('*')].map((part) => part.getBoundingClientRect());
        const edge = (of, side) => of(...rects.map((rect) => rect[side]));
        return {
            name: it.querySelector('h3').innerText,
            left: edge(Math.min, 'left'), right: edge(Math.max, 'right'),
            top: edge(Math.min, 'top'), bottom: edge(Math.max, 'bottom'),
        };
    });
    const overlap = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
    const pairs = parts.flatMap((one, at) => parts.slice(at + 1).filter((other) => overlap(one, other)).map(({ name }) => [one.name, name]));
    return { parts: parts.length, pairs }";

#[browser_test::in_chromium]
async fn the_parts_of_the_help_do_not_overlap() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    drawer::click(&page, "#open-help").await;
    drawer::until_there(&page, "#help[open]").await;
    for width in [360, 800, 900, 1_440] {
        let screen = json!({"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        page.settled().await;
        let overlaps: Value = page.eval(OVERLAPS, &[]).await;
        assert_eq!(overlaps, json!({"parts": 3, "pairs": []}), "at {width} px");
    }
    page.assert_clean().await;
}

/// A heading that the page gives the focus has no frame; what the keyboard leads to has one.
#[browser_test::in_chromium]
async fn a_heading_shows_no_frame_and_controls_do() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    page.focus(&stage.key("a-0")).await;
    press(&page, Key::Enter).await;
    let frame = "const it = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(it);
        return [it.tagName, outlineStyle !== 'none' && parseFloat(outlineWidth) > 0]";
    let is_heading = "return document.activeElement?.tagName === 'H2'";
    page.until_true("the heading has the focus", is_heading, &[]).await;
    assert_eq!(page.eval::<Value>(frame, &[]).await, json!(["H2", false]));
    for _ in 0..4 {
        press(&page, Key::Tab).await;
        let seen: Value = page.eval(frame, &[]).await;
        assert_eq!(seen[1], true, "{seen}");
    }
    page.assert_clean().await;
}

/// What stands alone in a row, or outside of the header: controls of the header, and those of the legend.
const STRAY_CONTROLS: &str = "const rowsOf = (controls) => {
        const rows = [];
        for (const it of controls) {
            const { top, bottom } = it.getBoundingClientRect();
            const middle = (top + bottom) / 2;
            const row = rows.find((row) => row.top < middle && middle < row.bottom);
            if (row) row.controls.push(it); else rows.push({ top, bottom, controls: [it] });
        }
        return rows;
    };
    const width = document.documentElement.clientWidth;
    const header = [...document.querySelectorAll('.bar > :not(.menus, .views-menu), .menus > *')];
    const legend = [...document.querySelectorAll('.legend .controls > *')].filter((it) => it.checkVisibility());
    const alone = [...rowsOf(header), ...rowsOf(legend)].filter(({ controls }) => controls.length === 1 && !controls[0].matches('.finder'));
    const outside = [...header, ...legend].filter((it) => it.getBoundingClientRect().right > width + 0.5);
    return { all: header.length, stray: [...alone.flatMap(({ controls }) => controls), ...outside].map((it) => it.outerHTML.slice(0, 90)) }";

#[browser_test::in_chromium]
async fn no_control_of_the_header_stands_alone_in_a_row() {
    let stage = stage_with_pods().await;
    // Little to say, and much.
    for (query, controls) in [
        ("", 9),
        ("?write=1#group=type&sort=problems&color=namespace&theme=contrast", 10),
    ] {
        let page = stage.open(query).await;
        page.until_live().await;
        for width in [390, 600, 768, 900, 1024, 1199, 1201, 1280, 1440, 2560] {
            let screen = json!({"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false});
            page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
            page.settled().await;
            let seen: Value = page.eval(STRAY_CONTROLS, &[]).await;
            assert_eq!(seen, json!({"all": controls, "stray": []}), "at {width} px, {query:?}");
        }
    }
}
