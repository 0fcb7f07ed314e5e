//! The user's choices, bound to the fragment of the address.

use leptos::{ev, prelude::*};
use leptos_use_event_listener::use_event_listener;

use super::dom;
use crate::{browser::address, view::state::ViewState};

/// The user's choices. A copy shares them.
#[derive(Clone, Copy)]
pub(super) struct State {
    chosen: RwSignal<ViewState, LocalStorage>,
    /// Whether the address does not tell yet what was amended last.
    is_address_old: StoredValue<bool>,
}

impl State {
    /// The choice of the address, followed for as long as the caller's owner lives.
    pub(super) fn of_address() -> Self {
        let state = Self {
            chosen: RwSignal::new_local(address::read()),
            is_address_old: StoredValue::new(false),
        };
        let follow = move || {
            // The entry that was amended has been left.
            state.is_address_old.set_value(false);
            let chosen = address::read();
            if state.with_untracked(|old| *old != chosen) {
                state.chosen.set(chosen);
            }
        };
        let _ = use_event_listener(dom::window(), ev::popstate, move |_| follow());
        let _ = use_event_listener(dom::window(), ev::hashchange, move |_| follow());
        state
    }

    /// Looks at the choice, and again when it is another.
    pub(super) fn with<T>(self, look: impl FnOnce(&ViewState) -> T) -> T {
        self.chosen.with(look)
    }

    /// Looks at the choice once.
    pub(super) fn with_untracked<T>(self, look: impl FnOnce(&ViewState) -> T) -> T {
        self.chosen.with_untracked(look)
    }

    /// The choice as it is.
    pub(super) fn get_untracked(self) -> ViewState {
        self.chosen.get_untracked()
    }

    /// Runs the caller's effect again when another choice is made.
    pub(super) fn track(self) {
        self.chosen.track();
    }

    /// Chooses something else; the way back leads to what was chosen before.
    pub(super) fn navigate(self, change: impl FnOnce(&mut ViewState)) {
        if let Some(state) = self.changed(change) {
            self.follow_amendment();
            address::push(&state);
            self.chosen.set(state);
        }
    }

    /// Chooses something else in place of what was chosen last: the way back leads to what was before that. The address
    /// follows after the frame, because to note it takes longer than to draw what was typed.
    pub(super) fn amend(self, change: impl FnOnce(&mut ViewState)) {
        let Some(state) = self.changed(change) else { return };
        self.chosen.set(state);
        if !self.is_address_old.get_value() {
            self.is_address_old.set_value(true);
            dom::after_frame(move || self.follow_amendment());
        }
    }

    fn changed(self, change: impl FnOnce(&mut ViewState)) -> Option<ViewState> {
        let mut state = self.chosen.get_untracked();
        change(&mut state);
        self.with_untracked(|old| *old != state).then_some(state)
    }

    /// Notes in the address what was amended last.
    fn follow_amendment(self) {
        // Nothing is to be noted of a page that is gone.
        if self.is_address_old.try_get_value() == Some(true) {
            self.is_address_old.set_value(false);
            address::replace(&self.get_untracked());
        }
    }
}
