//! What the reader is writing, and what follows from it.

use leptos::{html, prelude::*, task::spawn_local, web_sys::Element};

use crate::{
    ui::{
        dom,
        frame::{Finding, Frame},
        pointing::Target,
        signals::put,
    },
    view::{
        find::Found,
        problems::Step,
        query::{
            Query, hint, ink,
            suggest::{Suggestion, Vocabulary, byte_of, suggest, utf16_of},
        },
    },
};

/// How long the reader has to be still before the number of matches is read out, in milliseconds.
const QUIET_MS: i32 = 800;

/// How old the values of the suggestions may become while the reader writes, in milliseconds.
const VOCABULARY_MS: f64 = 10_000.0;

/// See the [module](self). A copy is the same draft.
#[derive(Clone, Copy)]
pub(in crate::ui) struct QueryDraft {
    pub(super) input: NodeRef<html::Input>,
    /// What lies in colours above what is written.
    pub(super) ink: NodeRef<html::Div>,
    /// What is in the box.
    pub(super) text: RwSignal<String>,
    pub(super) has_focus: RwSignal<bool>,
    pub(super) suggestions: RwSignal<Vec<Suggestion>>,
    /// The suggestion that the arrow keys have come to.
    pub(super) active: RwSignal<Option<usize>>,
    /// What is read out.
    pub(super) said: RwSignal<String>,
    frame: Frame,
    memory: StoredValue<Memory>,
    vocabulary: StoredValue<Vocabulary, LocalStorage>,
}

#[derive(Clone, Default)]
struct Memory {
    /// What was last given to the state.
    written: String,
    /// Whether the history has an entry for what is being written.
    is_editing: bool,
    /// Whether the next suggestions are due: those that there are belong to what was written before.
    is_due: bool,
    /// Whether a match is being shown, which takes the focus for a moment.
    is_revealing: bool,
    /// The step that the reader wants to go as soon as the matches are counted.
    wanted: Option<Step>,
    /// Counts what was to be said, so that only the last of it is.
    said_count: u32,
    /// When the vocabulary was counted.
    counted: Option<f64>,
}

impl QueryDraft {
    /// A draft that follows the state: counters, saved views, back and forward change it, too.
    pub(in crate::ui) fn follow(frame: Frame) -> Self {
        let state = frame.state;
        let draft = Self {
            input: NodeRef::new(),
            ink: NodeRef::new(),
            text: RwSignal::default(),
            has_focus: RwSignal::default(),
            suggestions: RwSignal::default(),
            active: RwSignal::default(),
            said: RwSignal::default(),
            frame,
            memory: StoredValue::new(Memory::default()),
            vocabulary: StoredValue::new_local(Vocabulary::default()),
        };
        Effect::new(move |_| {
            let text = state.with(|state| state.query.clone());
            if draft.input.get().is_none() || draft.memory.with_value(|memory| memory.written == text) {
                return;
            }
            draft.set_text(&text);
            draft.memory.update_value(|memory| {
                memory.written = text;
                memory.is_editing = false;
            });
        });
        Effect::new(move |_| {
            if frame.signals.query.is_counted.get()
                && let Some(Some(step)) = draft.memory.try_update_value(|memory| memory.wanted.take())
            {
                draft.find(step);
            }
        });
        draft
    }

    /// Whether what is written is no query.
    pub(super) fn is_wrong(self) -> Memo<bool> {
        Memo::new(move |_| self.text.with(|text| ink(text).1.is_some()))
    }

    /// What may be meant otherwise than it is written, while the reader writes.
    pub(super) fn hint(self) -> Memo<Option<String>> {
        Memo::new(move |_| hint(&self.text.get()).filter(|_| self.has_focus.get()))
    }

    /// Whether a match is being shown, so that the focus goes and comes back.
    pub(in crate::ui) fn is_revealing(self) -> bool {
        self.memory.with_value(|memory| memory.is_revealing)
    }

    /// Takes in what is in the box now.
    pub(super) fn typed(self) {
        self.leave_match();
        let text = self
            .input
            .get_untracked()
            .map(|input| input.value())
            .unwrap_or_default();
        put(self.text, text.clone());
        let query = text.trim();
        match Query::parse(query) {
            Err(error) => self.say_soon(move || error.message),
            Ok(_) => {
                self.give(query);
                let found = self.frame.signals.query.found;
                self.say_soon(move || found.get_untracked().map(Found::sentence).unwrap_or_default());
            }
        }
        self.suggest_soon();
        self.scroll_soon();
    }

    /// Gives a query to the state. The first change of several makes an entry of the history, the others change it: the
    /// way back leads to what was looked for before, and not through every letter.
    fn give(self, query: &str) {
        let is_editing = self.memory.try_update_value(|memory| {
            (memory.written != query).then(|| {
                query.clone_into(&mut memory.written);
                std::mem::replace(&mut memory.is_editing, true)
            })
        });
        match is_editing.flatten() {
            Some(true) => self.frame.state.amend(|state| query.clone_into(&mut state.query)),
            Some(false) => self.frame.state.navigate(|state| query.clone_into(&mut state.query)),
            None => {}
        }
    }

    /// Shows the next or the previous match, as soon as they are counted. The focus stays where it is.
    pub(super) fn find(self, step: Step) {
        self.close();
        self.memory.update_value(|memory| memory.is_editing = false);
        let frame = self.frame;
        let found = match frame.find(step) {
            Finding::Nowhere => return,
            Finding::Counting => return self.memory.update_value(|memory| memory.wanted = Some(step)),
            Finding::Nothing => return self.say("Nothing matches."),
            Finding::Match(found) => found,
        };
        self.say(&found.announcement());
        self.memory.update_value(|memory| memory.is_revealing = true);
        spawn_local(async move {
            frame.reveal(found.subject).await;
            let revealed = dom::document().active_element();
            self.focus();
            self.memory.update_value(|memory| memory.is_revealing = false);
            if let Some(element) = revealed.filter(|element| element.matches(dom::SUBJECTS).unwrap_or(false)) {
                mark(Some(&element));
                frame.point(Target::of(&element));
            }
        });
    }

    /// The focus came or went, unless only because a match is being shown.
    pub(super) fn follow_focus(self, has_focus: bool) {
        if self.is_revealing() {
            return;
        }
        self.has_focus.set(has_focus);
        if has_focus {
            self.suggest_soon();
        } else {
            self.memory.update_value(|memory| memory.is_editing = false);
            self.close();
            self.leave_match();
        }
        self.scroll_soon();
    }

    /// Takes the mark and the tooltip from the match that the reader had come to.
    fn leave_match(self) {
        mark(None);
        self.frame.leave_map();
        self.frame.point(None);
    }

    pub(super) fn clear(self) {
        self.set_text("");
        self.typed();
    }

    pub(super) fn focus(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }

    pub(super) fn blur(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.blur();
        }
    }

    /// Leads to the box for `/`: what is in it is selected, so that a new query takes its place.
    pub(in crate::ui) fn open(self) {
        self.focus();
        if let Some(input) = self.input.get_untracked() {
            input.select();
        }
    }

    fn set_text(self, text: &str) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value(text);
        }
        put(self.text, text.to_owned());
        self.scroll_soon();
    }

    /// Writes a text into the box, with the cursor behind one of its bytes.
    fn write(self, text: &str, cursor: usize) {
        self.set_text(text);
        if let Some(input) = self.input.get_untracked() {
            let cursor = u32::try_from(utf16_of(text, cursor)).unwrap_or(u32::MAX);
            // Fails for fields without a selection, which this is not.
            let _ = input.set_selection_range(cursor, cursor);
        }
    }

    /// Keeps the colours above the text, which the field scrolls where it is longer than the field.
    pub(super) fn scroll(self) {
        // To ask costs a layout of the page.
        if self.text.with_untracked(String::is_empty) {
            return;
        }
        if let Some((ink, input)) = self.ink.get_untracked().zip(self.input.get_untracked()) {
            ink.set_scroll_left(input.scroll_left());
        }
    }

    /// Has the colours follow the text in its field. In the next frame, when the page is laid out anyway.
    fn scroll_soon(self) {
        dom::before_frame(move || self.scroll());
    }
}

/// What is read out.
impl QueryDraft {
    /// Has something read out now.
    fn say(self, text: &str) {
        self.count_said();
        self.said.set(text.to_owned());
    }

    /// Has something read out once the reader is still; a later text takes the place of an earlier one.
    fn say_soon(self, text: impl FnOnce() -> String + 'static) {
        let count = self.count_said();
        dom::after(QUIET_MS, move || {
            if self.memory.with_value(|memory| memory.said_count) == count {
                self.say(&text());
            }
        });
    }

    fn count_said(self) -> u32 {
        self.memory
            .update_value(|memory| memory.said_count = memory.said_count.wrapping_add(1));
        self.memory.with_value(|memory| memory.said_count)
    }
}

/// Suggestions.
impl QueryDraft {
    /// Suggests after the next frame, which shows what was found: that comes first.
    fn suggest_soon(self) {
        self.active.set(None);
        self.memory.update_value(|memory| memory.is_due = true);
        dom::after_frame(move || self.suggest_now());
    }

    /// Suggests if that is due.
    pub(super) fn suggest_now(self) {
        if self.memory.with_value(|memory| memory.is_due) {
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
        let mut found = self
            .vocabulary
            .with_value(|vocabulary| suggest(&text, cursor, vocabulary));
        // What is there already is no suggestion.
        found.retain(|suggestion| text.get(suggestion.replaces.clone()) != Some(suggestion.text.as_str()));
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

    /// Puts a suggestion in its place.
    pub(super) fn accept(self, index: usize) {
        let suggestion = self.suggestions.with_untracked(|it| it.get(index).cloned());
        let Some(suggestion) = suggestion else { return };
        let (text, cursor) = suggestion.apply(&self.text.get_untracked());
        self.write(&text, cursor);
        self.typed();
    }

    pub(super) fn close(self) {
        self.memory.update_value(|memory| memory.is_due = false);
        self.active.set(None);
        put(self.suggestions, Vec::new());
    }

    /// Moves through the suggestions, round and round by way of none.
    pub(super) fn move_active(self, step: Step) {
        let count = self.suggestions.with_untracked(Vec::len);
        let next = match (self.active.get_untracked(), step) {
            (None, Step::Next) => Some(0),
            (None, Step::Previous) => count.checked_sub(1),
            (Some(at), Step::Next) => Some(at + 1),
            (Some(at), Step::Previous) => at.checked_sub(1),
        };
        self.active.set(next.filter(|&next| next < count));
    }
}

/// Marks the element of the match that the reader has come to.
fn mark(element: Option<&Element>) {
    if let Ok(Some(old)) = dom::document().query_selector("#map [data-found]") {
        dom::unset(&old, "data-found");
    }
    if let Some(element) = element {
        dom::set(element, "data-found", "");
    }
}
