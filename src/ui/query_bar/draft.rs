//! The query while the user writes it.

use gloo_timers::callback::Timeout;
use leptos::{html, prelude::*, task::spawn_local, web_sys::Element};

use crate::{
    browser::pointing::Target,
    ui::{dom, frame::Frame, signals::put},
    view::{
        direction::WalkDirection,
        find::{FindResult, Found},
        query::{
            Query, hint,
            press::PressedIn,
            suggest::{Suggestion, Vocabulary, utf16_of},
            text_pieces,
        },
    },
};

/// How long the user must pause before the number of matches is announced, in milliseconds.
const QUIET_MS: u32 = 800;

/// See the [module](self). A copy is the same draft.
#[derive(Clone, Copy)]
pub(in crate::ui) struct QueryDraft {
    pub(super) input: NodeRef<html::Input>,
    /// What lies in colors above what is written.
    pub(super) text_pieces: NodeRef<html::Div>,
    /// What is in the box.
    pub(super) text: RwSignal<String>,
    pub(super) has_focus: RwSignal<bool>,
    pub(super) suggestions: RwSignal<Vec<Suggestion>>,
    /// The suggestion that the arrow keys have come to.
    pub(super) active: RwSignal<Option<usize>>,
    /// What is read out.
    pub(super) said: RwSignal<String>,
    pub(super) frame: Frame,
    /// The announcement after the next pause.
    saying: StoredValue<Option<Timeout>, LocalStorage>,
    pub(super) memory: StoredValue<DraftMemory>,
    pub(super) vocabulary: StoredValue<Vocabulary, LocalStorage>,
}

#[derive(Clone, Default)]
pub(super) struct DraftMemory {
    /// What was last given to the state.
    written: String,
    /// Whether the history has an entry for what is being written.
    is_editing: bool,
    /// Whether the next suggestions are due: those that there are belong to what was written before.
    pub(super) is_due: bool,
    /// Whether the user has written since the focus came.
    has_typed: bool,
    /// Whether a match is being shown, which takes the focus for a moment.
    is_revealing: bool,
    /// The step to take as soon as the matches are counted.
    wanted: Option<WalkDirection>,
    /// When the vocabulary was counted.
    pub(super) counted: Option<f64>,
}

impl QueryDraft {
    /// A draft that follows the state: counters, saved views, back and forward change it, too.
    pub(in crate::ui) fn follow(frame: Frame) -> Self {
        let state = frame.state;
        let draft = Self {
            input: NodeRef::new(),
            text_pieces: NodeRef::new(),
            text: RwSignal::default(),
            has_focus: RwSignal::default(),
            suggestions: RwSignal::default(),
            active: RwSignal::default(),
            said: RwSignal::default(),
            frame,
            saying: StoredValue::new_local(None),
            memory: StoredValue::new(DraftMemory::default()),
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
        Memo::new(move |_| self.text.with(|text| text_pieces(text).1.is_some()))
    }

    /// A hint on a probable mistake, while the user writes.
    pub(super) fn hint(self) -> Memo<Option<String>> {
        Memo::new(move |_| hint(&self.text.get()).filter(|_| self.has_focus.get()))
    }

    /// Whether a match is being shown, so that the focus goes and comes back.
    pub(in crate::ui) fn is_revealing(self) -> bool {
        self.memory.with_value(|memory| memory.is_revealing)
    }

    /// What a key is pressed in.
    pub(super) fn pressed_in(self) -> PressedIn {
        PressedIn {
            suggestions: self.suggestions.with_untracked(Vec::len),
            active: self.active.get_untracked(),
            is_empty: self.text.with_untracked(String::is_empty),
            has_typed: self.memory.with_value(|memory| memory.has_typed),
        }
    }

    /// Takes in what is in the box now.
    pub(super) fn typed(self) {
        self.memory.update_value(|memory| memory.has_typed = true);
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

    /// Shows the next or the previous match, as soon as they are counted. The focus stays in the box if it is there.
    pub(in crate::ui) fn find(self, step: WalkDirection) {
        self.close();
        self.memory.update_value(|memory| memory.is_editing = false);
        let frame = self.frame;
        let found = match frame.find(step) {
            FindResult::Nowhere => return,
            FindResult::Counting => return self.memory.update_value(|memory| memory.wanted = Some(step)),
            FindResult::Nothing => return self.say("Nothing matches."),
            FindResult::Match(found) => found,
        };
        self.say(&found.announcement());
        self.memory.update_value(|memory| memory.is_revealing = true);
        spawn_local(async move {
            frame.reveal(found.subject).await;
            if !frame.is_mounted() {
                return;
            }
            let revealed = dom::document().active_element();
            if self.has_focus.get_untracked() {
                self.focus();
            }
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
            self.memory.update_value(|memory| memory.has_typed = false);
            self.suggest_soon();
        } else {
            self.memory.update_value(|memory| memory.is_editing = false);
            self.close();
            self.leave_match();
        }
        self.scroll_soon();
    }

    /// Removes the mark and the tooltip from the current match.
    fn leave_match(self) {
        mark(None);
        self.frame.leave_map();
        self.frame.point(None);
    }

    /// Removes what is written, and leads to the box. What else may be written is suggested when the user asks for it or
    /// writes.
    pub(in crate::ui) fn clear(self) {
        self.focus();
        self.set_text("");
        self.typed();
        self.close();
    }

    pub(in crate::ui) fn focus(self) {
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
    pub(super) fn write(self, text: &str, cursor: usize) {
        self.set_text(text);
        if let Some(input) = self.input.get_untracked() {
            let cursor = u32::try_from(utf16_of(text, cursor)).unwrap_or(u32::MAX);
            // Fails for fields without a selection, which this is not.
            let _ = input.set_selection_range(cursor, cursor);
        }
    }

    /// Keeps the colors above the text, which the field scrolls where it is longer than the field.
    pub(super) fn scroll(self) {
        // To ask costs a layout of the page.
        if self.text.with_untracked(String::is_empty) {
            return;
        }
        if let Some((text_pieces, input)) = self.text_pieces.get_untracked().zip(self.input.get_untracked()) {
            text_pieces.set_scroll_left(input.scroll_left());
        }
    }

    /// Has the colors follow the text in its field. In the next frame, when the page is laid out anyway.
    fn scroll_soon(self) {
        request_animation_frame(move || {
            if self.frame.is_mounted() {
                self.scroll();
            }
        });
    }
}

/// What is read out.
impl QueryDraft {
    /// Has something read out now.
    fn say(self, text: &str) {
        self.saying.set_value(None);
        self.said.set(text.to_owned());
    }

    /// Announces a text after the next pause; a later text replaces an earlier one.
    fn say_soon(self, text: impl FnOnce() -> String + 'static) {
        let saying = Timeout::new(QUIET_MS, move || self.said.set(text()));
        self.saying.set_value(Some(saying));
    }
}

/// Marks the element of the current match.
fn mark(element: Option<&Element>) {
    if let Ok(Some(old)) = dom::document().query_selector("#map [data-found]") {
        dom::unset(&old, "data-found");
    }
    if let Some(element) = element {
        dom::set(element, "data-found", "");
    }
}
