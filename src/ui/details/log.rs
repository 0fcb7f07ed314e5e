//! The log of a container, as long as its tab is shown.

use leptos::prelude::*;
use serde_json::Value;

use super::{log_rows::LogRows, object::Object};
use crate::{
    browser::{
        log::{self, LogSource},
        task::Task,
    },
    ui::{
        frame::Frame,
        signals::{SubjectSignals, put},
    },
    view::{
        details,
        log::{LogState, is_over},
        log_window::{LogSummary, LogWindow},
    },
};

/// The element that scrolls.
pub(super) const LOG_VIEW: &str = "log-view";

/// The log, its choices and its messages. A copy is the same log.
#[derive(Clone, Copy)]
pub(super) struct Log {
    pub(super) rows: StoredValue<LogRows, LocalStorage>,
    /// The container that was chosen; `None` for the usual one.
    pub(super) container: RwSignal<Option<String>>,
    /// Whether the run before is shown.
    pub(super) previous: RwSignal<bool>,
    pub(super) state: RwSignal<LogState>,
    /// Counts and messages on the lines, at most once a frame.
    pub(super) told: RwSignal<LogSummary>,
}

impl Log {
    /// Works with the rows of the log and updates the counts and messages.
    pub(super) fn with(self, work: impl FnOnce(&mut LogRows)) {
        let told = self.rows.try_update_value(|rows| {
            work(rows);
            rows.window.summary()
        });
        // The tab may be gone by then.
        if let Some(told) = told {
            put(self.told, told);
        }
    }

    /// Changes the window on the log, and draws it.
    pub(super) fn change(self, change: impl FnOnce(&mut LogWindow)) {
        self.with(|rows| {
            change(&mut rows.window);
            rows.draw();
        });
    }

    /// Follows the log that is chosen, from its beginning, for as long as the caller's owner lives. A pod that is gone keeps
    /// the log that was read of it; one that is not listed yet is known by its object alone. Another pod of the name has
    /// another log, and no run before.
    pub(super) fn follow(self, object: Object, container: Memo<Option<String>>) {
        let SubjectSignals { meta, gone, .. } = expect_context();
        let frame = expect_context::<Frame>();
        let uid = Memo::new(move |old: Option<&Option<String>>| {
            let listed = meta.with(|meta| meta.as_ref().map(|meta| meta.uid.to_string()));
            listed
                .or_else(|| old.cloned().flatten())
                .or_else(|| object.field("/metadata/uid"))
        });
        Effect::new(move |old: Option<Option<String>>| {
            let uid = uid.get();
            if old.flatten().is_some_and(|old| Some(old) != uid) {
                self.previous.set(false);
            }
            uid
        });
        let choice = Memo::new(move |_| Some((uid.get().unwrap_or_default(), container.get()?, self.previous.get())));
        let task = StoredValue::new_local(None::<Task>);
        Effect::new(move |_| {
            let path = object.subject.with_value(details::path).ok();
            let Some(((uid, container, previous), pod)) = choice.get().zip(path) else {
                return;
            };
            let source = LogSource {
                root: frame.api().root().clone(),
                pod,
                uid,
                container,
                previous,
            };
            // The old one ends first, so that its stream is free.
            task.set_value(None);
            self.change(LogWindow::clear);
            let take = move |line| {
                let is_first = self.rows.try_update_value(|rows| rows.push(line));
                if is_first == Some(true) {
                    request_animation_frame(move || self.with(LogRows::draw));
                }
            };
            let container = source.container.clone();
            let is_over = move || {
                let ends = |pod: &Value| is_over(pod, &container);
                gone.get_untracked().is_some() || object.value.with_untracked(|pod| pod.as_ref().is_some_and(ends))
            };
            let followed = log::follow(source, is_over, take, move |state| drop(self.state.try_set(state)));
            task.set_value(Some(followed));
        });
    }
}
