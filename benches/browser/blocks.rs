//! A block as a component with one signal beside a block of the imperative grid: what it takes to mount and to change so many
//! of them, and what they hold. Everything takes turns; medians are compared.

use serde_json::Value;

use crate::tab::Tab;

/// The grid first: the others are compared with it.
const WAYS: [&str; 3] = ["Grid", "Component", "ComponentOfEffects"];

/// Blocks near the window of a large cluster, and the most that exist of a small one.
const PODS: [usize; 2] = [1_500, 3_000];

/// An odd number, so that what was changed is to be seen in the end.
const UPDATES: usize = 21;

/// What is told of each way, and its unit.
const COLUMNS: [(&str, &str); 6] = [
    ("mountMs", "mount, ms"),
    ("mountLaidOutMs", "mount and layout, ms"),
    ("updateMs", "change 10 %, ms"),
    ("updateLaidOutMs", "change 10 % and layout, ms"),
    ("wasmBytesPerBlock", "WebAssembly, bytes a block"),
    ("jsBytesPerBlock", "JavaScript, bytes a block"),
];

/// Measures all ways and prints a table.
pub(crate) async fn measure(tab: &Tab<'_>, rounds: usize) {
    for pods in PODS {
        let mut laps: [Vec<Value>; WAYS.len()] = Default::default();
        for round in 0..rounds.max(5) {
            eprintln!("{pods} blocks, round {}", round + 1);
            for (way, laps) in WAYS.iter().zip(&mut laps) {
                laps.push(lap(tab, way, pods).await);
            }
        }
        println!("\n| {pods} blocks | {} |\n|---|---|---|---|", WAYS.join(" | "));
        for (column, name) in COLUMNS {
            let medians = laps.each_ref().map(|laps| median(laps, column));
            let cells = medians.map(|median| format!("{median:.2} ({:.2} ×)", median / medians[0]));
            println!("| {name} | {} |", cells.join(" | "));
        }
    }
}

async fn lap(tab: &Tab<'_>, way: &str, pods: usize) -> Value {
    let empty = {
        let empty = tab.measure("blocks", &[way.into(), 0.into(), 1.into()]).await;
        empty.unwrap_or_else(|error| panic!("{way} without blocks: {error}"));
        tab.js_heap_bytes().await
    };
    let lap = tab.measure("blocks", &[way.into(), pods.into(), UPDATES.into()]).await;
    let mut lap = lap.unwrap_or_else(|error| panic!("{way}: {error}"));
    lap["jsBytesPerBlock"] = ((tab.js_heap_bytes().await - empty) / pods as f64).into();
    lap["wasmBytesPerBlock"] = (lap["wasmBytes"].as_f64().unwrap_or_default() / pods as f64).into();
    lap
}

fn median(laps: &[Value], column: &str) -> f64 {
    let mut values: Vec<f64> = laps.iter().filter_map(|lap| lap[column].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
