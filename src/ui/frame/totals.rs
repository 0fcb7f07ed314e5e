//! Totals and counters, at a pace at which somebody can read them.

use std::time::Duration;

use leptos::prelude::*;

use super::Frame;
use crate::{
    cluster::Cluster,
    resource::Timestamp,
    ui::{
        dom,
        signals::{Totals, put},
    },
    view::{
        problems::{self, ProblemScope},
        summary::Summary,
    },
};

/// Shortest time between two drawings of the totals, in milliseconds. Nobody reads sixty numbers a second, and each of them
/// moves what stands beside it: the browser laid out the strip in every frame.
const TOTALS_MS: f64 = 100.0;

/// When the totals were counted last.
#[derive(Default)]
pub(super) struct Pace {
    /// In milliseconds since the page was opened.
    counted: f64,
    /// Whether they will be counted again.
    is_held: bool,
}

impl Pace {
    /// Whether the last count has stood for long enough. If not, the frame advances again as soon as it has.
    pub(super) fn is_due(&mut self, frame: Frame) -> bool {
        let now = dom::milliseconds();
        let wait = self.counted + TOTALS_MS - now;
        if wait <= 0.0 {
            self.counted = now;
            return true;
        }
        if !std::mem::replace(&mut self.is_held, true) {
            let again = move || {
                if frame.is_mounted() {
                    frame.remember(|memory| memory.pace.is_held = false);
                    frame.advance();
                }
            };
            set_timeout(again, Duration::from_millis(wait.ceil() as u64));
        }
        false
    }

    /// Whether what has changed last may not be counted yet.
    pub(super) fn is_held(&self) -> bool {
        self.is_held
    }
}

/// Counts what there is and what is wrong in a scope.
pub(super) fn write(totals: Totals, cluster: &Cluster, scope: ProblemScope, now: Timestamp) {
    if scope == ProblemScope::Matches && !cluster.is_filtered() {
        // The last numbers stay until all matches are known.
        return;
    }
    let mut strip = totals.strip.get_untracked();
    strip.update(problems::counters(cluster, now), now);
    if let Some(columns) = totals.counter_columns.get_untracked() {
        strip.make_room(columns);
    }
    put(totals.strip, strip);
    put(totals.problems, problems::total(cluster, scope, now));
    let summary = Summary::within(cluster, scope, now);
    let mut families = totals.families.get_untracked();
    families.update(&summary, now);
    put(totals.families, families);
    put(totals.summary, summary);
}
