//! What the watch knows of the pod or node whose details are shown.

use leptos::prelude::*;

use super::Frame;
use crate::{
    cluster_cache::ClusterCache,
    resource::Timestamp,
    ui::signals::{SubjectSignals, put},
    view::{
        details::{self, Known},
        state::Subject,
        workload_spread::WorkloadSpread,
    },
};

/// Whose details were shown last.
#[derive(Default)]
pub(super) struct Following {
    subject: Option<Subject>,
    /// When its workload was looked at: once a second, because it costs a look at every pod.
    looked: Option<Timestamp>,
}

impl Following {
    pub(super) fn write(&mut self, frame: Frame, cache: &ClusterCache, now: Timestamp) {
        let cluster = cache.cluster();
        let SubjectSignals {
            known,
            gone,
            workload,
            meta,
            sent,
            outcome,
        } = frame.signals.subject;
        // Kiosk mode shows no details.
        let choice = frame.state.get_untracked();
        let subject = choice.selected.filter(|_| !choice.kiosk);
        if self.subject != subject {
            self.subject = subject;
            self.looked = None;
            put(known, Known::default());
            put(gone, None);
            put(workload, None);
            sent.set(None);
        }
        let Some(subject) = &self.subject else {
            put(meta, None);
            return;
        };
        put(meta, details::meta(cache, subject));
        let found = Known::of(cluster, subject);
        if found.is_there {
            if let (Subject::Pod(key), true) = (subject, self.looked.replace(now) != Some(now)) {
                put(workload, WorkloadSpread::of(cluster, key));
            }
            put(gone, None);
            put(known, found);
        } else if known.with_untracked(|known| known.is_there) && gone.with_untracked(Option::is_none) {
            // Its last state stays on the page.
            put(gone, Some(now));
        }
        let seen = sent.with_untracked(|sent| sent.as_ref().map(|sent| (sent.write.slug(), sent.outcome(cluster))));
        put(outcome, seen);
    }
}
