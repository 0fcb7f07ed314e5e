//! The page on a wall.

use serde_json::json;
use thirtyfour::prelude::Key;

use crate::harness::{objects, page::Page, stage::Stage, wait::SOON};

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

#[tokio::test(flavor = "multi_thread")]
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

#[tokio::test(flavor = "multi_thread")]
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
#[tokio::test(flavor = "multi_thread")]
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
