//! The walk from problem to problem, by key and, in kiosk mode, by the clock.

use leptos::{prelude::*, task::spawn_local};

use super::Frame;
use crate::{
    browser::clock,
    cluster::Cluster,
    resource::Timestamp,
    ui::signals::{Kiosk, put},
    view::{
        direction::WalkDirection,
        kiosk,
        problems::{self, Problem, ProblemScope, Stop},
        state::Subject,
    },
};

/// Where the walk has come to.
#[derive(Default)]
pub(super) struct Walker {
    at: Option<Stop>,
    /// The turn in which the problem was highlighted.
    turn: Option<i64>,
}

impl Walker {
    /// The next or the previous problem, and what it is about.
    pub(super) fn walk(
        &mut self,
        cluster: &Cluster,
        scope: ProblemScope,
        step: WalkDirection,
        now: Timestamp,
    ) -> Option<(Problem, Subject)> {
        let stop = problems::step(cluster, scope, self.at.take().as_ref(), step, now)?;
        let problem = problems::problem(cluster, scope, &stop, now)?;
        let subject = stop.subject();
        self.at = Some(stop);
        Some((problem, subject))
    }

    /// Updates the highlighted problem in kiosk mode, and moves to the next in turn. If one is solved, or the first is known,
    /// the next has its turn at once. Turns continue while `now`, the time of the picture, stands still.
    pub(super) fn tick(&mut self, frame: Frame, cluster: &Cluster, scope: ProblemScope, now: Timestamp) {
        let wall = clock::now().wall;
        let problem = frame.signals.kiosk.problem;
        let at = self.at.as_ref();
        let current = at.and_then(|at| problems::problem(cluster, scope, at, now));
        let is_due = current.is_none() && frame.signals.totals.problems.get_untracked() > 0;
        let turn = Some(kiosk::turn(wall));
        if std::mem::replace(&mut self.turn, turn) == turn && !is_due {
            put(problem, current);
            return;
        }
        // Not now: the walk looks at the cluster, too.
        spawn_local(async move {
            if frame.is_mounted() && frame.state.with_untracked(|state| state.kiosk) {
                put(problem, frame.walk(WalkDirection::Next));
            }
        });
    }

    /// Leaves kiosk mode.
    pub(super) fn rest(&mut self, kiosk: Kiosk) {
        self.turn = None;
        put(kiosk.problem, None);
    }
}
