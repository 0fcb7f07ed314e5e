//! What it is like to use the page: a keystroke in the query, and a click on a pod, while things happen.

use std::time::Duration;

use k8bit_simulator::api::{Part, PatchKind, Resource};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::{cluster::Bench, report::Report, tab::Tab};

/// Nodes of the cluster.
pub(crate) const NODES: usize = 100;
/// Its pods.
pub(crate) const PODS: usize = 3_000;
const EVENTS_PER_SECOND: u64 = 200;

/// Opens the page, and uses it until it has said how long everything took.
pub(crate) async fn measure(tab: &Tab<'_>, bench: &Bench, report: &mut Report) {
    eprintln!("interaction");
    tab.picture("").await;
    let all: Vec<_> = bench.with_api(|api| {
        let pods = api.objects(Resource::Pods);
        pods.map(|pod| (pod.namespace.clone(), pod.name.clone()))
            .collect::<Vec<_>>()
    });
    tab.eval("window.k8bitBench.use()", Vec::new()).await;
    let mut pace = interval(Duration::from_secs(1) / EVENTS_PER_SECOND as u32);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let happen = async {
        for number in 0.. {
            pace.tick().await;
            let (namespace, name) = &all[number * 7_919 % all.len()];
            let patch = json!({"status": {"reason": format!("Round{}", number % 100)}});
            bench.with_api(|api| {
                let now = jiff::Timestamp::now();
                drop(api.patch(
                    now,
                    Resource::Pods,
                    namespace,
                    name,
                    Part::Status,
                    PatchKind::Merge,
                    &patch,
                ));
            });
        }
    };
    let used = tokio::select! {
        used = tab.until("the use of the page", "return window.k8bitBench.used") => used,
        () = happen => unreachable!("it goes on for as long as it is looked at"),
    };
    let sorted = |name: &str| {
        let times = used[name].as_array().into_iter().flatten();
        let mut times: Vec<f64> = times.filter_map(Value::as_f64).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    report.interaction(&sorted("keystrokes"), &sorted("drawers"), &used);
}
