//! What the page holds: WebAssembly's memory, JavaScript's heap, and the whole tab beside an empty one.

use std::fs;

use crate::{report::Report, tab::Tab};

/// Opens the page in front of `pods` pods and measures it at rest.
pub(crate) async fn measure(tab: &Tab<'_>, pods: usize, report: &mut Report) {
    eprintln!("memory at {pods} pods");
    match tab.measure("store", &["".into()]).await {
        Ok(store) => report.store_memory(pods, &store),
        Err(error) => eprintln!("  the store alone: {error}"),
    }
    tab.open_blank().await;
    let empty = renderer_bytes();
    let seen = tab.picture().await;
    let (wasm, heap) = (tab.wasm_bytes().await, tab.js_heap_bytes().await);
    report.memory(pods, wasm, heap, renderer_bytes() - empty, &seen);
}

/// The memory of the browser's tabs that belongs to them: their proportional set sizes.
fn renderer_bytes() -> f64 {
    let processes = fs::read_dir("/proc").expect("Linux tells of its processes");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| is_renderer(*pid) && is_ours(*pid))
        .filter_map(pss_bytes)
        .sum()
}

fn is_renderer(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("--type=renderer"))
}

/// Whether this process started it, or one that it started.
fn is_ours(pid: u32) -> bool {
    let mut ancestors = std::iter::successors(Some(pid), |pid| parent(*pid));
    ancestors.any(|pid| pid == std::process::id())
}

fn parent(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok().filter(|parent| *parent != 0)
}

fn pss_bytes(pid: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
