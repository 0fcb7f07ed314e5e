//! When what is suggested, and what becomes of it.

use leptos::prelude::*;

use super::QueryDraft;
use crate::{
    ui::{dom, signals::put},
    view::{
        direction::WalkDirection,
        query::suggest::{byte_of, next_choice, suggest_others},
    },
};

/// Maximum age of suggested values while the user writes, in milliseconds.
const VOCABULARY_MS: f64 = 10_000.0;

impl QueryDraft {
    /// Suggests after the next frame, which shows what was found: that comes first.
    pub(super) fn suggest_soon(self) {
        self.active.set(None);
        self.memory.update_value(|memory| memory.is_due = true);
        dom::after_frame(move || self.suggest_now());
    }

    /// Suggests if that is due.
    pub(super) fn suggest_now(self) {
        if self.memory.try_with_value(|memory| memory.is_due) == Some(true) {
            self.suggest();
        }
    }

    /// What is suggested where the cursor is.
    pub(super) fn suggest(self) {
        self.refresh_vocabulary();
        let text = self.text.get_untracked();
        let cursor = self
            .input
            .get_untracked()
            .and_then(|input| input.selection_end().ok().flatten());
        let cursor = byte_of(&text, cursor.map_or(usize::MAX, |cursor| cursor as usize));
        let found = self
            .vocabulary
            .with_value(|vocabulary| suggest_others(&text, cursor, vocabulary));
        self.memory.update_value(|memory| memory.is_due = false);
        self.active.set(None);
        put(self.suggestions, found);
    }

    fn refresh_vocabulary(self) {
        let now = dom::milliseconds();
        let counted = self.memory.with_value(|memory| memory.counted);
        if counted.is_none_or(|counted| now - counted >= VOCABULARY_MS) {
            self.memory.update_value(|memory| memory.counted = Some(now));
            self.vocabulary.set_value(self.frame.vocabulary());
        }
    }

    /// Puts a suggestion in its place. What may follow a value is suggested when the user asks for it or writes: until
    /// then the list would lie over what was found.
    pub(super) fn accept(self, index: usize) {
        let suggestion = self.suggestions.with_untracked(|it| it.get(index).cloned());
        let Some(suggestion) = suggestion else { return };
        let (text, cursor) = suggestion.apply(&self.text.get_untracked());
        self.write(&text, cursor);
        self.typed();
        if suggestion.ends_term {
            self.close();
        }
    }

    /// The same for a suggestion that was clicked. The user may have typed since it was made: it is made again for the present
    /// text.
    pub(super) fn accept_clicked(self, clicked: &str) {
        self.suggest_now();
        let index = self
            .suggestions
            .with_untracked(|present| present.iter().position(|it| it.text == clicked));
        if let Some(index) = index {
            self.accept(index);
        }
    }

    pub(super) fn close(self) {
        self.memory.update_value(|memory| memory.is_due = false);
        self.active.set(None);
        put(self.suggestions, Vec::new());
    }

    /// Moves through the suggestions, round and round by way of none.
    pub(super) fn move_active(self, step: WalkDirection) {
        let count = self.suggestions.with_untracked(Vec::len);
        self.active.update(|active| *active = next_choice(*active, step, count));
    }
}
