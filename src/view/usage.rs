//! What is known of usage, as one sentence.

use crate::{
    limits::{METRICS_INTERVAL, USAGE_OLD_AFTER_SECONDS},
    metrics::{Condition, Poller, Usage},
    view::format::{coarse_duration, counted},
};

/// What is known of usage, one quiet sentence: why there is none, or how much there is.
#[must_use]
pub fn note(poller: &Poller, usage: &Usage) -> String {
    let (nodes, pods) = usage.len();
    let mut conditions = poller.conditions();
    let of_nodes = conditions.next().and_then(Condition::reason);
    let of_pods = conditions.find_map(Condition::reason);
    let old = poller.too_old();
    let too_old = coarse_duration(USAGE_OLD_AFTER_SECONDS.unsigned_abs());
    match (of_nodes, of_pods) {
        (Some(reason), _) if nodes == 0 => format!("No usage: {reason}. Bars show requests only."),
        (_, Some(reason)) if pods == 0 => format!("Usage of nodes only: {reason} for pods."),
        _ if usage.is_empty() && old > 0 => {
            format!("No usage: it was measured more than {too_old} ago. Bars show requests only.")
        }
        _ if usage.is_empty() => "Requesting usage…".to_owned(),
        _ => {
            let left_out = match old {
                0 => String::new(),
                old => {
                    let measurements = counted(old, "measurement", "measurements");
                    format!(" {measurements} from more than {too_old} ago left out.")
                }
            };
            format!(
                "Usage of {} and {}, every {} s.{left_out}",
                counted(nodes as u64, "node", "nodes"),
                counted(pods as u64, "pod", "pods"),
                METRICS_INTERVAL.as_secs()
            )
        }
    }
}
