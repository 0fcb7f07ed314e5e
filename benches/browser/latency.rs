//! How long an event takes to be in the picture, while a thousand come every second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use k8bit_simulator::api::Resource;
use k8bit_test_support::pods::patch_status;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::{cluster::Bench, report::Report, tab::Tab};

const SECONDS: usize = 15;
const BURSTS_PER_SECOND: usize = 200;
const EVENTS_PER_BURST: usize = 5;
/// One of this many events is measured: that of a pod whose block is on the page.
const MEASURED: usize = 10;

/// Opens the page and lets things happen.
pub(crate) async fn measure(tab: &Tab<'_>, bench: &Bench, report: &mut Report) {
    eprintln!("events to picture");
    // As boxes, whose blocks can be watched; a map is pixels.
    tab.picture("#zoom=boxes").await;
    let shown = tab
        .eval(
            "window.k8bitBench.watchLatencies();
             Object.assign(window.k8bitBench, { longestTask: 0, longTasks: 0 });
             const visible = (block) => {
               const { top, bottom } = block.getBoundingClientRect();
               return top >= 0 && bottom <= innerHeight;
             };
             return [...document.querySelectorAll('#map [data-pod]')].filter(visible).slice(0, 100).map((it) => it.dataset.pod)",
            Vec::new(),
        )
        .await;
    let shown: Vec<String> = serde_json::from_value(shown).expect("names of pods");
    assert!(!shown.is_empty(), "no block is on the page");
    let all: Vec<String> = bench.with_api(|api| {
        let pods = api.objects(Resource::Pods);
        pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect()
    });

    let mut pace = interval(Duration::from_secs(1) / BURSTS_PER_SECOND as u32);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let began = std::time::Instant::now();
    for burst in 0..SECONDS * BURSTS_PER_SECOND {
        pace.tick().await;
        bench.with_api(|api| {
            for event in 0..EVENTS_PER_BURST {
                let number = burst * EVENTS_PER_BURST + event;
                let (key, reason) = if number.is_multiple_of(MEASURED) {
                    (&shown[number / MEASURED % shown.len()], format!("T{}", milliseconds()))
                } else {
                    (&all[number * 7_919 % all.len()], format!("Round{}", number % 100))
                };
                let (namespace, name) = key.split_once('/').expect("a key of a pod");
                // A pod that another measurement deleted has no event.
                drop(patch_status(
                    api,
                    jiff::Timestamp::now(),
                    (namespace, name),
                    &json!({"reason": reason}),
                ));
            }
        });
    }
    let lasted = began.elapsed();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let seen = tab
        .eval(
            "const { latencies, longestTask, longTasks } = window.k8bitBench; return { latencies, longestTask, longTasks }",
            Vec::new(),
        )
        .await;
    let mut latencies: Vec<f64> = seen["latencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect();
    latencies.sort_by(f64::total_cmp);
    let rate = (SECONDS * BURSTS_PER_SECOND * EVENTS_PER_BURST) as f64 / lasted.as_secs_f64();
    report.latency(rate, &latencies, &seen);
}

fn milliseconds() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| time.as_millis())
}
