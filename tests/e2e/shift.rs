//! Nothing that is read moves by itself.

use k8bit_simulator::{http::ServerOptions, world::WorldOptions};
use serde::Deserialize;
use serde_json::Value;

use crate::harness::{
    cluster::Cluster,
    stage::{Stage, Turn},
    tools,
    wait::{LATER, eventually},
};

/// Most that may shift from the first paint on, added up; the browser calls 0.1 in five seconds good. It is 0.0003 to 0.0005,
/// because the scrollbar comes with the boxes. On a machine that is busy with something else the first list comes in several
/// frames: the badge counts its objects beside the search box, families come, and it was up to 0.0085.
const MOST_SHIFTED: f64 = 0.01;

/// This many events are seen.
const EVENTS: u64 = 600;

/// What moved in a frame, and how much it counts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shift {
    value: f64,
    #[expect(dead_code, reason = "to be read where too much moves")]
    at_ms: f64,
    #[expect(dead_code, reason = "to be read where too much moves")]
    moved: Vec<String>,
}

/// Notes from the first paint on what the browser counts as a shift, and every place of the parts that are to have but one:
/// from which edges of what a scrollbar leaves of the window, and how high.
const WATCH_SHIFTS: &str = "window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, startTime, sources } of list.getEntries()) {
            const rect = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join();
            const moved = sources.map(({ node, previousRect, currentRect }) =>
                `${node?.outerHTML?.slice(0, 90) ?? node?.nodeName ?? 'gone'}: ${rect(previousRect)} to ${rect(currentRect)}`);
            shifts.push({ value, atMs: startTime, moved });
        }
    }).observe({ type: 'layout-shift', buffered: true });
    window.places = {};
    const look = () => {
        for (const part of ['.bar', '.summary', '.legend']) {
            const it = document.querySelector(part);
            if (!it) continue;
            const { left, right, top, bottom } = it.getBoundingClientRect();
            const seen = (places[part] ??= []), place = [left, document.documentElement.clientWidth - right, top, bottom].join();
            if (!seen.includes(place)) seen.push(place);
        }
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);";

#[browser_test::in_chromium]
async fn nothing_shifts_while_a_cluster_loads_and_lives() {
    let turn = Turn::take().await;
    let world = WorldOptions {
        nodes: 24,
        pods: 540,
        churn: 20.0,
        ..WorldOptions::default()
    };
    let options = ServerOptions {
        world: Some(world),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("shifts", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    stage.browser.prepare(WATCH_SHIFTS).await;
    let page = stage.open("").await;
    page.until_live().await;
    eventually(&format!("{EVENTS} events are seen"), LATER, async || {
        let kinds: Vec<Value> = page.eval("return k8bit.diagnostics().kinds", &[]).await;
        let events = kinds.iter().filter_map(|kind| kind["counters"]["events"].as_u64());
        let events: u64 = events.sum();
        if events >= EVENTS {
            Ok(())
        } else {
            Err(format!("{events}"))
        }
    })
    .await;
    page.settled().await;
    let shifts: Vec<Shift> = page.eval("return shifts", &[]).await;
    let sum: f64 = shifts.iter().map(|shift| shift.value).sum();
    tools::report(&format!("layout shifts: {sum:.4} in {} frames", shifts.len()));
    assert!(sum <= MOST_SHIFTED, "{sum}: {shifts:#?}");
    // The observer would have seen something: words change their length all the time.
    assert!(!shifts.is_empty());
    let places: Value = page.eval("return places", &[]).await;
    for part in [".bar", ".summary", ".legend"] {
        assert_eq!(
            places[part].as_array().map(Vec::len),
            Some(1),
            "{part} is and stays in one place: {places:#}"
        );
    }
    page.assert_clean().await;
}
