//! What components and hooks ask of the frame. It answers with view values.

use leptos::{
    prelude::*,
    task::{spawn_local, tick},
};
use serde_json::Value;

use super::Frame;
use crate::{
    browser::{api::ApiClient, model::Model},
    ui::{focus::focus_on_subject, signals::put},
    view::{
        arrangement::Room,
        direction::WalkDirection,
        find::{self, FindResult},
        navigate::Rect,
        problems::Problem,
        query::suggest::Vocabulary,
        snapshot::Snapshot,
        state::Subject,
        visible::visible_lines,
        write::{Write, WriteAccess},
    },
};

/// What components ask of the frame.
impl Frame {
    /// Makes room for the boxes as it was measured. Where the width is another, as when details open, boxes stand elsewhere:
    /// what the details are about stays in the window.
    pub(in crate::ui) fn set_room(self, room: Room) {
        let old = self.remember(|memory| memory.nodes.set_room(room));
        if old == Some(room) {
            return;
        }
        self.advance();
        let selected = self
            .state
            .with_untracked(|state| state.selected.clone().filter(|_| !state.kiosk));
        let Some(subject) = selected.filter(|_| old.is_none_or(|old| old.width != room.width)) else {
            return;
        };
        spawn_local(async move {
            // Until the page is as high as it has to be.
            tick().await;
            if let Some(rect) = self.is_mounted().then(|| self.rect_of(&subject)).flatten() {
                self.scroll_to(rect);
            }
        });
    }

    /// The window was moved or has another size.
    pub(in crate::ui) fn follow_window(self) {
        self.viewport.window();
        self.show_boxes();
        self.draw();
    }

    /// Puts the pods of a workload into the light, or none.
    pub(in crate::ui) fn highlight(self, subject: Option<Subject>) {
        if self.remember(|memory| memory.nodes.set_focused(subject)) {
            spawn_local(async move { self.advance() });
        }
    }

    /// The diagnostics as text, as they are now.
    pub(in crate::ui) fn report(self) -> String {
        visible_lines(&self.model.with_value(Model::diagnostics).report()).into_owned()
    }

    /// Goes on to the next or back to the previous problem and shows it; it in words, if there is one.
    pub(in crate::ui) fn walk(self, step: WalkDirection) -> Option<Problem> {
        let driver = self.driver();
        let (problem, subject) = self.remember(|memory| {
            let cache = driver.cache();
            memory.walker.walk(cache.cluster(), memory.scope, step, self.now())
        })?;
        spawn_local(self.reveal(subject));
        Some(problem)
    }

    /// The same for somebody who pressed a key, and may not see the page.
    pub(in crate::ui) fn walk_aloud(self, step: WalkDirection) {
        let said = match self.walk(step) {
            Some(problem) => problem.announcement(),
            None => {
                let (totals, liveness) = (self.signals.totals, self.signals.liveness);
                let scene = liveness.scene.get_untracked();
                totals.summary.with_untracked(|summary| summary.calm_words(&scene))
            }
        };
        self.signals.walk.said.set(said);
    }

    /// Goes on to the next or back to the previous match.
    pub(in crate::ui) fn find(self, step: WalkDirection) -> FindResult {
        let text = self.state.with_untracked(|state| state.query.clone());
        if !self.remember(|memory| memory.current_query.is_of(&text)) {
            self.advance();
        }
        let driver = self.driver();
        self.remember(|memory| {
            let cache = driver.cache();
            memory.current_query.step(self.signals.query, cache.cluster(), step)
        })
    }

    /// What there is to suggest.
    pub(in crate::ui) fn vocabulary(self) -> Vocabulary {
        let driver = self.driver();
        let cache = driver.cache();
        find::vocabulary(cache.cluster())
    }

    /// Moves the window to a pod or a node and gives it the focus.
    pub(in crate::ui) async fn reveal(self, subject: Subject) {
        let is_map = self.signals.list.scale.get_untracked().is_map();
        if is_map {
            return self.reveal_on_map(&subject);
        }
        if let Some(rect) = self.rect_of(&subject) {
            self.scroll_to(rect);
        }
        self.draw_slice(f64::INFINITY, true).await;
        focus_on_subject(&subject);
    }

    /// The part of the boxes that a pod or a node takes.
    fn rect_of(self, subject: &Subject) -> Option<Rect> {
        let driver = self.driver();
        self.remember(|memory| {
            let cache = driver.cache();
            memory.nodes.arrangement().rect_of(cache.cluster(), subject)
        })
    }

    pub(in crate::ui) fn scroll_to(self, rect: Rect) {
        if self.viewport.scroll_to(rect) {
            self.follow_window();
        }
    }

    /// Single requests to the same API.
    pub(in crate::ui) fn api(self) -> ApiClient {
        self.model.with_value(|model| model.api.clone())
    }

    /// The root of the API, where the address of the page says it.
    pub(in crate::ui) fn shown_root(self) -> Option<String> {
        self.model.with_value(|model| model.shown_root.clone())
    }

    /// Allows changes in this tab, or forbids them again.
    pub(in crate::ui) fn allow_writes(self, is_allowed: bool) {
        let access = self.model.with_value(|model| {
            model.writes.allow(is_allowed);
            model.writes.access()
        });
        put(self.signals.access.write, access);
    }

    /// Whether changes are allowed in this tab.
    pub(in crate::ui) fn may_write(self) -> bool {
        self.model.with_value(|model| model.writes.access()) == WriteAccess::Allowed
    }

    /// Why a change need not be made, if that is so.
    pub(in crate::ui) fn needless(self, write: &Write, object: &Value) -> Option<String> {
        let driver = self.driver();
        let cache = driver.cache();
        write.needless(cache.cluster(), object, self.now())
    }
}

/// What the hooks ask of the frame.
impl Frame {
    /// What a bug report needs to know, as JSON.
    pub(in crate::ui) fn diagnostics(self) -> String {
        serde_json::to_string(&self.model.with_value(Model::diagnostics)).unwrap_or_default()
    }

    /// All that is known, as JSON.
    pub(in crate::ui) fn snapshot(self) -> String {
        let (connection, versions) = self
            .model
            .with_value(|model| (model.connection(), model.resource_versions()));
        let driver = self.driver();
        let cache = driver.cache();
        // Strings and numbers are always JSON.
        serde_json::to_string(&Snapshot::of(cache.cluster(), &connection, &versions)).unwrap_or_default()
    }

    /// Advances so far.
    pub(in crate::ui) fn advances(self) -> u64 {
        self.remember(|memory| memory.advances)
    }

    /// Whether something has arrived that is still to be shown.
    pub(in crate::ui) fn is_pending(self) -> bool {
        self.model.with_value(Model::is_pending)
    }
}
