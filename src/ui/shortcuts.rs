//! Keys that work anywhere on the page, but not where somebody writes, nor in a dialog. Letters are shortcuts, so that typing
//! leads nowhere: `/` comes first.

use leptos::{
    ev::{self, KeyboardEvent},
    prelude::*,
};
use leptos_use_event_listener::{UseEventListenerOptions, use_event_listener_with_options};

use super::{
    components::{HelpDialog, zoom},
    dom,
    frame::Frame,
    query_bar::QueryDraft,
    signals::NodeList,
    state::State,
};
use crate::view::{direction::WalkDirection, state::ZoomStep};

/// What the keys act on.
#[derive(Clone, Copy)]
struct Shortcuts {
    state: State,
    frame: Frame,
    help: HelpDialog,
    list: NodeList,
    draft: QueryDraft,
}

/// Listens for the keys, before anything else on the page does.
pub(super) fn use_shortcuts() {
    let shortcuts = Shortcuts {
        state: expect_context(),
        frame: expect_context(),
        help: expect_context(),
        list: expect_context(),
        draft: expect_context(),
    };
    let handle = move |event: KeyboardEvent| {
        if is_for_the_page(&event) && shortcuts.handle(&event.key()) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let first = UseEventListenerOptions::default().capture(true);
    let _ = use_event_listener_with_options(dom::document(), ev::keydown, handle, first);
}

impl Shortcuts {
    /// Whether the key was one of ours.
    fn handle(self, key: &str) -> bool {
        let Self {
            state,
            frame,
            help,
            draft,
            ..
        } = self;
        let is_kiosk = state.with_untracked(|state| state.kiosk);
        match key {
            "n" => frame.walk_aloud(WalkDirection::Next),
            "p" => frame.walk_aloud(WalkDirection::Previous),
            "?" => help.open(),
            "0" => self.zoom(ZoomStep::Fit),
            "+" | "=" => self.zoom(ZoomStep::In),
            "-" => self.zoom(ZoomStep::Out),
            "/" if !is_kiosk => draft.open(),
            "Escape" if is_kiosk => state.navigate(|state| state.kiosk = false),
            _ => return false,
        }
        true
    }

    fn zoom(self, step: ZoomStep) {
        zoom(self.state, self.list.scale.get_untracked(), step);
    }
}

fn is_for_the_page(event: &KeyboardEvent) -> bool {
    let is_free = !(event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented());
    let takes_keys = "input, textarea, select, [contenteditable], dialog[open], dialog[open] *";
    let is_page_inert = dom::document().query_selector("dialog:modal").ok().flatten().is_some();
    is_free
        && !is_page_inert
        && dom::target(event).is_none_or(|target| target.closest(takes_keys).ok().flatten().is_none())
}
