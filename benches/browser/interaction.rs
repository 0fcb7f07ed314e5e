//! What it is like to use the page while things happen: a keystroke in the query and a click on a pod in a cluster of
//! everyday size; scrolling, zooming, hovering and querying in the largest.

use serde_json::Value;

use crate::{cluster::Bench, report::Report, tab::Tab};

/// Nodes of the cluster.
pub(crate) const NODES: usize = 100;
/// Its pods.
pub(crate) const PODS: usize = 3_000;
pub(crate) const EVENTS_PER_SECOND: u32 = 200;

/// Opens the page, and uses it until it has said how long everything took.
pub(crate) async fn measure(tab: &Tab<'_>, bench: &Bench, report: &mut Report) {
    eprintln!("interaction");
    tab.picture("").await;
    tab.eval("window.k8bitBench.use()", Vec::new()).await;
    let used = meanwhile(tab, bench, EVENTS_PER_SECOND, "return window.k8bitBench.used").await;
    report.interaction(&sorted(&used, "keystrokes"), &sorted(&used, "drawers"), &used);
}

/// Opens the page in front of the largest cluster, and looks around in it.
pub(crate) async fn roam(tab: &Tab<'_>, bench: &Bench, pods: usize, report: &mut Report) {
    eprintln!("looking around among {pods} pods");
    tab.picture("").await;
    tab.eval("window.k8bitBench.roam()", Vec::new()).await;
    let roamed = meanwhile(tab, bench, EVENTS_PER_SECOND, "return window.k8bitBench.roamed").await;
    report.roaming(pods, &roamed);
}

/// The result of a script, while this many events a second happen.
pub(crate) async fn meanwhile(tab: &Tab<'_>, bench: &Bench, events_per_second: u32, script: &str) -> Value {
    tokio::select! {
        found = tab.until("the use of the page", script) => found,
        never = bench.churn(events_per_second) => match never {},
    }
}

fn sorted(used: &Value, name: &str) -> Vec<f64> {
    let times = used[name].as_array().into_iter().flatten();
    let mut times: Vec<f64> = times.filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    times
}
