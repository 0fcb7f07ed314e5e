//! The page on a wall.

use serde::Deserialize;
use serde_json::json;
use thirtyfour::prelude::Key;

use crate::harness::{
    objects,
    page::Page,
    stage::Stage,
    wait::{LATER, SOON, eventually},
};

async fn stage_with_a_problem() -> Stage {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    api.create_running_pod("well", &node).await;
    api.create_running_pod("crash", &node).await;
    api.patch_pod_status(
        "crash",
        &objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting"),
    )
    .await;
    stage
}

async fn open<'a>(stage: &'a Stage, query: &str) -> Page<'a> {
    let page = stage.open(query).await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == 2 && seen.is_pod("crash", "CrashLoopBackOff")
    })
    .await;
    page
}

const IS_SHOWN: &str = "return document.querySelector(arguments[0])?.checkVisibility() ?? false";
const IS_HIDDEN: &str = "return !(document.querySelector(arguments[0])?.checkVisibility() ?? false)";

#[browser_test::in_every_browser]
async fn a_wall_shows_numbers_time_liveness_and_one_problem_after_the_other() {
    let stage = stage_with_a_problem().await;
    let page = open(&stage, "#kiosk=1").await;
    for hidden in [".bar", "#summary", ".legend"] {
        page.until_true(&format!("{hidden} is hidden"), IS_HIDDEN, &[json!(hidden)])
            .await;
    }
    page.until_text("#wall-pods", "2", SOON).await;
    page.until_text("#wall-nodes", "1", SOON).await;
    page.until_text("#wall-problems", "1", SOON).await;
    page.until_text("#wall-badge", "LIVE", SOON).await;
    let runs = "const [hours, minutes] = document.querySelector('#wall-clock').innerText.split(':');
        return Number(hours) === new Date().getHours() && Number(minutes) === new Date().getMinutes()";
    page.until_true("the clock is right", runs, &[]).await;
    page.until_text("#spotlight", &stage.key("crash"), SOON).await;
    page.until_text("#spotlight", "CrashLoopBackOff", SOON).await;
    page.until_text("#spotlight", "back-off 40s restarting", SOON).await;
    page.until_true(
        "the pointer is hidden",
        "return document.documentElement.hasAttribute('data-idle')",
        &[],
    )
    .await;
    // Nothing scrolls, and the light goes out with the last problem.
    let fits = "const root = document.documentElement; return root.scrollHeight <= root.clientHeight && root.scrollWidth <= root.clientWidth";
    page.until_true("the page fits the screen", fits, &[]).await;
    stage.cluster.api.delete_pod("crash").await;
    page.until_true(
        "the light goes out",
        "return document.querySelector('#spotlight').hasAttribute('data-calm') && document.querySelector('#spotlight').innerText.trim() === ''",
        &[],
    )
    .await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_wall_with_a_query_is_about_what_matches() {
    let stage = stage_with_a_problem().await;
    let api = &stage.cluster.api;
    let failing = objects::waiting_status("ImagePullBackOff", "Back-off pulling image");
    api.patch_pod_status("well", &failing).await;
    let page = stage.open("#kiosk=1&q=name:crash").await;
    page.until_text("#wall-query", "name:crash", SOON).await;
    for (figure, number) in [("#wall-pods", "1"), ("#wall-problems", "1"), ("#wall-nodes", "1")] {
        let shows = "return document.querySelector(`${arguments[0]} .number`)?.innerText === arguments[1]";
        page.until_true(
            &format!("{figure} shows {number}"),
            shows,
            &[json!(figure), json!(number)],
        )
        .await;
    }
    page.until_text("#spotlight", &stage.key("crash"), SOON).await;
    page.until_text("#spotlight", "1 of 1", SOON).await;
    // Another query, and one that cannot be read.
    page.eval::<()>("location.hash = 'kiosk=1&q=name:well'; return null", &[])
        .await;
    page.until_text("#spotlight", &stage.key("well"), SOON).await;
    page.eval::<()>("location.hash = 'kiosk=1&q=name:'; return null", &[])
        .await;
    page.until_text(
        "#wall-query",
        "Invalid query: name:. The page applies the query name:well.",
        SOON,
    )
    .await;
    page.eval::<()>("location.hash = 'kiosk=1'; return null", &[]).await;
    page.until_text("#wall-pods", "2", SOON).await;
    page.until_text("#wall-problems", "2", SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn escape_leaves_the_wall() {
    let stage = stage_with_a_problem().await;
    let page = open(&stage, "").await;
    page.eval::<()>("document.querySelector('#open-kiosk').click(); return null", &[])
        .await;
    page.until_true("the wall is there", IS_SHOWN, &[json!(".wall")]).await;
    page.until_true("the address says so", "return location.hash === '#kiosk=1'", &[])
        .await;
    page.driver()
        .action_chain()
        .send_keys(String::from(char::from(Key::Escape)))
        .perform()
        .await
        .expect("keys can be pressed");
    page.until_true("the page is back", IS_SHOWN, &[json!("#summary")])
        .await;
    page.until_true(
        "the wall is gone",
        "return !document.querySelector('.wall') && location.hash === ''",
        &[],
    )
    .await;
    page.assert_clean().await;
}

/// The wake lock is asked for on entering and whenever the page is shown again, and given back on leaving.
#[browser_test::in_chromium]
async fn a_wall_stays_awake() {
    let stage = stage_with_a_problem().await;
    let page = open(&stage, "").await;
    let observe = "window.locks = []; const request = navigator.wakeLock.request.bind(navigator.wakeLock);
        navigator.wakeLock.request = async (kind) => { const lock = await request(kind); window.locks.push(lock); return lock; };
        return navigator.wakeLock !== undefined";
    assert!(page.eval::<bool>(observe, &[]).await, "this browser has wake locks");
    page.eval::<()>("document.querySelector('#open-kiosk').click(); return null", &[])
        .await;
    let held = "return window.locks.length === arguments[0] && !window.locks.at(-1).released";
    page.until_true("the screen is kept awake", held, &[json!(1)]).await;
    page.eval::<()>(
        "document.dispatchEvent(new Event('visibilitychange')); return null",
        &[],
    )
    .await;
    page.until_true("and again when the page is shown again", held, &[json!(2)])
        .await;
    page.eval::<()>("document.querySelector('.leave').click(); return null", &[])
        .await;
    page.until_true(
        "it may sleep again",
        "return window.locks.every((lock) => lock.released)",
        &[],
    )
    .await;
    page.assert_clean().await;
}

/// Notes every place of the picture, when it came there by the page's clock, and whether anything could be scrolled then.
const WATCH_DRIFT: &str = "const app = document.querySelector('#app');
    window.places = [];
    const note = () => {
        const [x, y = 0] = (app.style.translate || '0px 0px').split(' ').map((length) => parseInt(length));
        const last = places.at(-1);
        if (last && last.x === x && last.y === y) return;
        const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
        const parts = ['.wall', '#map', '#spotlight'].map((part) => document.querySelector(part).getBoundingClientRect());
        places.push({
            x, y, atMs: Date.now(),
            fits: scrollWidth <= clientWidth && scrollHeight <= clientHeight
                && parts.every(({ left, top, right, bottom }) => left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight),
        });
        // The next minute begins, by the clock on the wall alone: deadlines of requests are those of a real page.
        k8bitProbe.skip(0, 60_000);
    };
    note();
    new MutationObserver(note).observe(app, { attributeFilter: ['style'] });
    return null";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Drifted {
    x: i64,
    y: i64,
    at_ms: f64,
    fits: bool,
}

#[browser_test::in_chromium]
async fn the_picture_drifts_by_a_pixel_a_minute_and_stays_on_the_screen() {
    let stage = stage_with_a_problem().await;
    // The server's clock is not moved, so its `Date` is kept from the page.
    stage.browser.hasten(1.0).await;
    let page = open(&stage, "#kiosk=1").await;
    page.eval::<()>(WATCH_DRIFT, &[]).await;
    eventually("it has drifted", LATER, async || {
        match page.eval::<usize>("return places.length", &[]).await {
            places if places > 30 => Ok(()),
            places => Err(format!("{places} places")),
        }
    })
    .await;
    let places: Vec<Drifted> = page.eval("return places", &[]).await;
    let mut all_the_way = 0;
    for pair in places.windows(2) {
        let way = (pair[1].x - pair[0].x).abs() + (pair[1].y - pair[0].y).abs();
        let minutes = (pair[1].at_ms - pair[0].at_ms) / 60_000.0;
        // A minute ends somewhere between two.
        assert!(
            way >= 1 && way as f64 <= minutes + 1.0,
            "{way} pixels in {minutes:.1} minutes: {pair:?}"
        );
        all_the_way += way;
    }
    let minutes = (places[places.len() - 1].at_ms - places[0].at_ms) / 60_000.0;
    assert!(
        all_the_way as f64 <= minutes + 1.0,
        "{all_the_way} pixels in {minutes:.1} minutes"
    );
    let stray = places
        .iter()
        .find(|place| !place.fits || place.x.abs() > 4 || place.y.abs() > 4);
    assert!(stray.is_none(), "{stray:?}");
    page.assert_clean().await;
}

/// The cluster is as large as the screen allows, also where its boxes would just not fit; and nothing of it is cut off.
#[browser_test::in_chromium]
async fn a_wall_is_filled_and_cuts_nothing_off() {
    let stage = stage_with_a_problem().await;
    for number in 0..30 {
        stage.cluster.create_node(&format!("more-{number}")).await;
    }
    stage.cluster.api.create_pod(&objects::pod("waiting")).await;
    let page = stage.open("#kiosk=1").await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == 3 && seen.nodes.len() == 31
    })
    .await;
    let is_filled = "const rect = (selector) => document.querySelector(selector).getBoundingClientRect();
        const [map, tray, root, light] = ['#map', '#unscheduled', '#map .cards', '#spotlight'].map(rect);
        const ring = document.querySelector('#map .ring')?.getBoundingClientRect();
        const share = root.height / (light.top - root.top);
        return tray.top >= map.top && root.bottom <= light.top && share > 0.35
            && (!ring || (ring.top >= root.top - 5 && ring.bottom <= root.bottom + 5))
            || JSON.stringify({ map, tray, root, light, ring })";
    for (width, height) in [(1_280, 720), (1_440, 900), (1_920, 1_080), (1_280, 600)] {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        page.until_true(&format!("{width} by {height} pixels are filled"), is_filled, &[])
            .await;
    }
    page.assert_clean().await;
}
