//! Finding: the box in which the reader writes a query, what it says of it, and the way from match to match.
//!
//! What is written is a draft. As soon as it is a query it is the state's, and the address's; while it is none, the last
//! one stays in force, and a sentence below the box says what to write. The box is a combobox of WAI-ARIA: the focus stays
//! in it while the arrow keys choose among the suggestions.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    cluster::Cluster,
    resource::Timestamp,
    view::{
        find::{self, Found},
        problems::Step,
        query::{
            Query, ink,
            suggest::{Suggestion, Vocabulary, byte_of, suggest, utf16_of},
        },
        state::Subject,
    },
};
use leptos::{
    html::Input,
    prelude::*,
    web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent, PointerEvent},
};
use wasm_bindgen::JsCast;

use super::{Page, PageRef, dom, saved_views, set_if_changed};

/// The id of the box.
const INPUT: &str = "query";

/// How long the reader has to be still before the number of matches is read out, in milliseconds.
const QUIET_MS: i32 = 800;

/// How old the values of the suggestions may become while the reader writes, in milliseconds.
const VOCABULARY_MS: f64 = 10_000.0;

/// What is looked for, and what was found.
pub(super) struct Finder {
    parsed: RefCell<Parsed>,
    /// `None` while nothing is looked for.
    found: ArcRwSignal<Option<Found>>,
    /// Which of the matches the reader has come to, from one on.
    position: ArcRwSignal<Option<usize>>,
    at: RefCell<Option<Subject>>,
    /// What is read out.
    said: ArcRwSignal<String>,
    /// Counts what was to be said, so that only the last of it is.
    said_count: Cell<u32>,
    /// Whether a match is being shown, which takes the focus for a moment.
    is_revealing: Cell<bool>,
}

/// The query of the state, as far as it could be read.
#[derive(Default)]
struct Parsed {
    /// What was read last.
    text: String,
    /// The last of it that was a query, and stays in force.
    in_force: String,
    query: Option<Rc<Query>>,
}

impl Default for Finder {
    fn default() -> Self {
        Self {
            parsed: RefCell::default(),
            found: ArcRwSignal::new(None),
            position: ArcRwSignal::new(None),
            at: RefCell::default(),
            said: ArcRwSignal::new(String::new()),
            said_count: Cell::new(0),
            is_revealing: Cell::new(false),
        }
    }
}

impl Finder {
    /// Counts the matches.
    pub(super) fn refresh(&self, cluster: &Cluster, query: Option<&Query>, now: Timestamp) {
        set_if_changed(&self.found, query.map(|query| Found::of(cluster, query, now)));
    }

    /// Has something read out once the reader is still; a later text takes the place of an earlier one.
    fn say_soon(page: PageRef, text: impl FnOnce(&Self) -> String + 'static) {
        let count = page.with_value(|page| {
            let said_count = &page.0.finder.said_count;
            said_count.set(said_count.get().wrapping_add(1));
            said_count.get()
        });
        dom::after(QUIET_MS, move || {
            page.with_value(|page| {
                let finder = &page.0.finder;
                if finder.said_count.get() == count {
                    set_if_changed(&finder.said, text(finder));
                }
            });
        });
    }

    /// Has something read out now.
    fn say(&self, text: String) {
        self.said_count.set(self.said_count.get().wrapping_add(1));
        self.said.set(text);
    }
}

impl Page {
    /// What the reader looks for: the last query that could be read; `None` for everything.
    ///
    /// It is read once for each text. Whoever draws what matches asks anew for each picture.
    pub(super) fn query(&self) -> Option<Rc<Query>> {
        self.0.state.with_untracked(|state| {
            let mut parsed = self.0.finder.parsed.borrow_mut();
            if parsed.text != state.query {
                // What cannot be read leaves in force what was.
                if let Ok(query) = Query::parse(&state.query) {
                    parsed.query = (!query.is_empty()).then(|| Rc::new(query));
                    parsed.in_force.clone_from(&state.query);
                }
                parsed.text.clone_from(&state.query);
            }
            parsed.query.clone()
        })
    }

    /// How [`Page::query`] was written.
    fn query_in_force(&self) -> String {
        self.query();
        self.0.finder.parsed.borrow().in_force.clone()
    }

    /// Counts the matches of another query.
    fn find_anew(&self) {
        let now = self.0.source.now();
        let query = self.query();
        self.0.finder.at.replace(None);
        self.0.finder.position.set(None);
        self.0.source.with_cluster(&mut |cluster| {
            self.0.finder.refresh(cluster, query.as_deref(), now);
        });
    }

    /// Shows the next or the previous match. The focus stays where it is.
    fn find(&self, step: Step) {
        let Some(query) = self.query() else { return };
        let finder = &self.0.finder;
        let now = self.0.source.now();
        let mut found = None;
        self.0.source.with_cluster(&mut |cluster| {
            found = find::step(cluster, &query, finder.at.borrow().as_ref(), step, now);
        });
        finder.position.set(found.as_ref().map(|found| found.position));
        let Some(found) = found else {
            finder.at.replace(None);
            finder.say("Nothing matches.".to_owned());
            return;
        };
        finder.say(found.announcement());
        finder.at.replace(Some(found.subject.clone()));
        // Not while the cluster is visited: the focus shows the tooltip, which visits it.
        finder.is_revealing.set(true);
        self.reveal(&found.subject);
        let revealed = dom::document().active_element();
        focus_input();
        finder.is_revealing.set(false);
        if let Some(element) = revealed.filter(|element| element.matches(dom::SUBJECTS).unwrap_or(false)) {
            mark(Some(&element));
            self.point_at(&element);
        }
    }

    /// Takes the mark and the tooltip from the match that the reader had come to.
    fn leave_match(&self) {
        mark(None);
        self.0.tooltip.hide();
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

fn input() -> Option<HtmlInputElement> {
    dom::document().get_element_by_id(INPUT)?.dyn_into().ok()
}

fn focus_input() {
    if let Some(input) = input() {
        let _ = input.focus();
    }
}

/// Leads to the box for `/`: what is in it is selected, so that a new query takes its place.
pub(super) fn open() {
    if let Some(input) = input() {
        let _ = input.focus();
        input.select();
    }
}

/// Leads to the box for a letter that begins a word, which the browser then writes there.
pub(super) fn begin_word() {
    let Some(input) = input() else { return };
    let _ = input.focus();
    let text = input.value();
    if !text.is_empty() && !text.ends_with(' ') {
        input.set_value(&format!("{text} "));
    }
    let end = u32::try_from(utf16_of(&input.value(), usize::MAX)).unwrap_or(u32::MAX);
    let _ = input.set_selection_range(end, end);
}

/// Whether a key writes something that may begin a query, and is none of the page's own.
pub(super) fn begins_word(key: &str) -> bool {
    let mut characters = key.chars();
    let (Some(first), None) = (characters.next(), characters.next()) else {
        return false;
    };
    !first.is_whitespace() && !first.is_control() && !"npley?/0+-".contains(first)
}

/// The parts of the box and how they stand.
#[derive(Clone, Copy)]
struct Bar {
    page: PageRef,
    input: NodeRef<Input>,
    /// What is written in the box.
    draft: RwSignal<String>,
    /// What of it was last given to the state.
    written: StoredValue<String>,
    suggestions: RwSignal<Vec<Suggestion>>,
    /// The suggestion that the arrow keys have come to.
    active: RwSignal<Option<usize>>,
    has_focus: RwSignal<bool>,
    /// Whether the history has an entry for what is being written.
    is_editing: StoredValue<bool>,
    vocabulary: StoredValue<(Vocabulary, f64), LocalStorage>,
    /// What is wrong with the draft.
    error: Memo<Option<String>>,
}

impl Bar {
    fn new(page: PageRef) -> Self {
        let text = page.with_value(|page| page.state().with_untracked(|state| state.query.clone()));
        let draft = RwSignal::new(text.clone());
        let message = move || draft.with(|draft| Query::parse(draft).err().map(|error| error.message));
        Self {
            page,
            input: NodeRef::new(),
            draft,
            error: Memo::new(move |_| message()),
            written: StoredValue::new(text),
            suggestions: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            has_focus: RwSignal::new(false),
            is_editing: StoredValue::new(false),
            vocabulary: StoredValue::new_local((Vocabulary::default(), f64::NEG_INFINITY)),
        }
    }

    /// Follows the state, which counters, saved views, back and forward change too.
    fn follow(self) {
        let state = self.page.with_value(Page::state);
        let text = Memo::new(move |_| state.with(|state| state.query.clone()));
        Effect::new(move |_| {
            let text = text.get();
            if self.written.with_value(|written| *written != text) {
                self.written.set_value(text.clone());
                self.draft.set(text);
                self.is_editing.set_value(false);
            }
            self.page.with_value(Page::find_anew);
        });
    }

    /// Takes in what is in the box now.
    fn typed(self, text: String) {
        self.page.with_value(Page::leave_match);
        let query = text.trim().to_owned();
        self.draft.set(text);
        match Query::parse(&query) {
            Err(error) => Finder::say_soon(self.page, move |_| error.message),
            Ok(_) => {
                self.give(query);
                Finder::say_soon(self.page, |finder| {
                    let found = finder.found.get_untracked();
                    found.map(Found::sentence).unwrap_or_default()
                });
            }
        }
        self.suggest();
    }

    /// Gives a query to the state. The first change of several makes an entry of the history, the others change it: the
    /// way back leads to what was looked for before, and not through every letter.
    fn give(self, query: String) {
        if self.written.with_value(|written| *written == query) {
            return;
        }
        self.written.set_value(query.clone());
        let is_editing = self.is_editing.get_value();
        self.is_editing.set_value(true);
        self.page.with_value(|page| {
            let change = |state: &mut crate::view::state::ViewState| state.query = query;
            if is_editing {
                page.amend(change);
            } else {
                page.navigate(change);
            }
        });
    }

    /// What is suggested where the cursor is.
    fn suggest(self) {
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        self.active.set(None);
        if !self.has_focus.get_untracked() {
            self.suggestions.set(Vec::new());
            return;
        }
        self.refresh_vocabulary();
        let text = input.value();
        let cursor = input.selection_end().ok().flatten();
        let cursor = byte_of(&text, cursor.map_or(usize::MAX, |cursor| cursor as usize));
        let found = self
            .vocabulary
            .with_value(|(vocabulary, _)| suggest(&text, cursor, vocabulary));
        // What is there already is no suggestion.
        let is_new = |suggestion: &Suggestion| text.get(suggestion.replaces.clone()) != Some(suggestion.text.as_str());
        self.suggestions.set(found.into_iter().filter(is_new).collect());
    }

    fn refresh_vocabulary(self) {
        let now = dom::milliseconds();
        if self.vocabulary.with_value(|(_, counted)| now - counted < VOCABULARY_MS) {
            return;
        }
        self.page.with_value(|page| {
            page.0.source.with_cluster(&mut |cluster| {
                let entries = || std::iter::once(cluster.unscheduled()).chain(cluster.places());
                let pods = entries().flat_map(|entry| entry.pods().iter().map(|(_, pod)| pod));
                let count = cluster.totals().pods.total() as usize;
                let nodes = entries().filter_map(crate::cluster::Entry::node);
                self.vocabulary.set_value((Vocabulary::of(pods, count, nodes), now));
            });
        });
    }

    /// Puts a suggestion in its place.
    fn accept(self, index: usize) {
        let Some(suggestion) = self.suggestions.with_untracked(|all| all.get(index).cloned()) else {
            return;
        };
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        let (text, cursor) = suggestion.apply(&input.value());
        input.set_value(&text);
        let cursor = u32::try_from(utf16_of(&text, cursor)).unwrap_or(u32::MAX);
        let _ = input.set_selection_range(cursor, cursor);
        self.typed(text);
    }

    /// Moves through the suggestions, round and round by way of none.
    fn move_active(self, step: Step) {
        let last = self.suggestions.with_untracked(Vec::len).checked_sub(1);
        let next = match (self.active.get_untracked(), step) {
            (None, Step::Next) => last.map(|_| 0),
            (None, Step::Previous) => last,
            (Some(at), Step::Next) => Some(at + 1).filter(|&next| Some(next) <= last),
            (Some(at), Step::Previous) => at.checked_sub(1),
        };
        self.active.set(next);
    }

    fn close(self) {
        self.active.set(None);
        self.suggestions.set(Vec::new());
    }

    fn clear(self) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
        }
        self.typed(String::new());
    }

    /// Whether the key was one of ours.
    fn handle_key(self, event: &KeyboardEvent) -> bool {
        if event.is_composing() || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let active = self.active.get_untracked();
        match (event.key().as_str(), active) {
            ("ArrowDown" | "ArrowUp", None) if self.suggestions.with_untracked(Vec::is_empty) => self.suggest(),
            ("ArrowDown", _) => self.move_active(Step::Next),
            ("ArrowUp", _) => self.move_active(Step::Previous),
            ("Enter" | "Tab", Some(index)) => self.accept(index),
            ("Enter", None) => {
                self.close();
                self.is_editing.set_value(false);
                let step = if event.shift_key() { Step::Previous } else { Step::Next };
                self.page.with_value(|page| page.find(step));
            }
            ("Escape", Some(_)) => self.close(),
            ("Escape", None) if !self.draft.with_untracked(String::is_empty) => self.clear(),
            ("Escape", None) => self.leave(),
            _ => return false,
        }
        true
    }

    fn leave(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.blur();
        }
    }

    /// Whether the focus goes and comes only because a match is being shown.
    fn is_revealing(self) -> bool {
        self.page.with_value(|page| page.0.finder.is_revealing.get())
    }

    fn focused(self) {
        if !self.is_revealing() {
            self.has_focus.set(true);
            self.suggest();
        }
    }

    fn blurred(self) {
        if self.is_revealing() {
            return;
        }
        self.has_focus.set(false);
        self.is_editing.set_value(false);
        self.close();
        self.page.with_value(Page::leave_match);
    }
}

fn option_id(index: usize) -> String {
    format!("suggestion-{index}")
}

/// The box, the switch beside it, and the saved views.
pub(super) fn bar(page: PageRef) -> impl IntoView {
    let bar = Bar::new(page);
    bar.follow();
    view! {
        <div class="finder" role="search" id="find" aria-label="Pods and nodes">
            <div class="query-box" data-wrong=move || is_wrong(bar).then_some("")>
                {field(bar)}
                {matches(page)}
                {clear(bar)}
                <kbd class="hint" aria-hidden="true" hidden=move || bar.has_focus.get() || !bar.draft.with(String::is_empty)>
                    "/"
                </kbd>
            </div>
            <div class="query-popup" hidden=move || !is_open(bar)>
                {explanation(bar)}
                {suggestions(bar)}
            </div>
            {hides(page)}
            {saved_views::menu(page)}
        </div>
    }
}

fn is_wrong(bar: Bar) -> bool {
    bar.error.with(Option::is_some)
}

fn is_open(bar: Bar) -> bool {
    is_wrong(bar) || !bar.suggestions.with(Vec::is_empty)
}

/// The text field, and above it the same text in colours.
fn field(bar: Bar) -> impl IntoView {
    let ink_ref = NodeRef::<leptos::html::Div>::new();
    let scroll = move || {
        if let (Some(input), Some(ink)) = (bar.input.get_untracked(), ink_ref.get_untracked()) {
            ink.set_scroll_left(input.scroll_left());
        }
    };
    let pieces = move || {
        bar.draft.with(|draft| {
            let (pieces, _) = ink(draft);
            let piece = |piece: &crate::view::query::Ink<'_>| {
                let (part, wrong) = (piece.part.map(|part| part.slug()), piece.is_wrong.then_some(""));
                view! { <span data-part=part data-wrong=wrong>{piece.text.to_owned()}</span> }
            };
            pieces.iter().map(piece).collect_view()
        })
    };
    // The field scrolls by itself when the text is longer than it, once the new text has been laid out.
    Effect::new(move |_| {
        bar.draft.track();
        request_animation_frame(scroll);
    });
    let typed = move |event| bar.typed(event_target_value(&event));
    let key = move |event: KeyboardEvent| {
        if bar.handle_key(&event) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let moved = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") {
            bar.suggest();
        }
    };
    let expanded = move || (!bar.suggestions.with(Vec::is_empty)).to_string();
    view! {
        <div
            class="field"
            on:input=typed
            on:keydown=key
            on:keyup=moved
            on:click=move |_| bar.suggest()
            on:focusin=move |_| bar.focused()
            on:focusout=move |_| bar.blurred()
        >
            <input
                type="text"
                id=INPUT
                node_ref=bar.input
                role="combobox"
                aria-label="Find pods and nodes"
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-expanded=expanded
                aria-controls="suggestions"
                aria-activedescendant=move || bar.active.get().map(option_id)
                aria-invalid=move || is_wrong(bar).to_string()
                aria-describedby="query-error"
                aria-keyshortcuts="/"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="search"
                maxlength=crate::limits::MAX_QUERY_BYTES.to_string()
                placeholder="Find: web, ns:shop, is:problem…"
                prop:value=move || bar.draft.get()
                on:scroll=move |_| scroll()
            />
            <div class="ink" aria-hidden="true" node_ref=ink_ref>
                {pieces}
            </div>
        </div>
    }
}

/// How many match.
fn matches(page: PageRef) -> impl IntoView {
    let (found, position) = page.with_value(|page| (page.0.finder.found.clone(), page.0.finder.position.clone()));
    let is_hidden = {
        let found = found.clone();
        move || found.with(Option::is_none)
    };
    let words = move || {
        let found = found.get()?;
        let position = position.get().map(|position| format!("{position}/"));
        Some(format!("{}{}", position.unwrap_or_default(), found.words()))
    };
    view! {
        <span class="matches" id="matches" hidden=is_hidden>
            {words}
        </span>
    }
}

fn clear(bar: Bar) -> impl IntoView {
    let press = move |_| {
        bar.clear();
        focus_input();
    };
    view! {
        <button
            type="button"
            class="clear"
            id="clear-query"
            aria-label="Clear the query"
            hidden=move || bar.draft.with(String::is_empty)
            on:click=press
        >
            "×"
        </button>
    }
}

/// What is wrong with the draft, and what is looked for in the meantime.
fn explanation(bar: Bar) -> impl IntoView {
    let state = bar.page.with_value(Page::state);
    let meanwhile = move || {
        state.track();
        let query = bar.page.with_value(Page::query_in_force);
        match query.trim() {
            "" => "Until then, everything is shown.".to_owned(),
            query => format!("Until then, {query} stays in force."),
        }
    };
    view! {
        <p class="query-error" id="query-error" hidden=move || !is_wrong(bar)>
            {move || bar.error.get()}
            " "
            <span class="meanwhile">{meanwhile}</span>
        </p>
    }
}

fn suggestions(bar: Bar) -> impl IntoView {
    let options = move || {
        bar.suggestions.with(|suggestions| {
            let option = |(index, suggestion): (usize, &Suggestion)| {
                let is_active = move || bar.active.get() == Some(index);
                // The focus stays in the box.
                let keep_focus = move |event: PointerEvent| event.prevent_default();
                view! {
                    <li
                        id=option_id(index)
                        role="option"
                        aria-selected=move || is_active().to_string()
                        on:pointerdown=keep_focus
                        on:mousedown=move |event| event.prevent_default()
                        on:click=move |_| bar.accept(index)
                    >
                        <span class="text">{suggestion.text.clone()}</span>
                        <span class="detail">{suggestion.detail.clone()}</span>
                    </li>
                }
            };
            suggestions.iter().enumerate().map(option).collect_view()
        })
    };
    view! {
        <ul
            id="suggestions"
            class="suggestions"
            role="listbox"
            aria-label="Suggestions"
            hidden=move || bar.suggestions.with(Vec::is_empty)
        >
            {options}
        </ul>
    }
}

/// The switch between dimming and hiding what does not match.
fn hides(page: PageRef) -> impl IntoView {
    let state = page.with_value(Page::state);
    let is_on = Memo::new(move |_| state.with(|state| state.hides));
    let press = move |_| page.with_value(|page| page.navigate(|state| state.hides = !state.hides));
    view! {
        <button
            type="button"
            class="button switch"
            id="hides"
            role="switch"
            aria-label="Hide what does not match"
            title="What does not match is dimmed or hidden"
            aria-checked=move || is_on.get().to_string()
            on:click=press
        >
            <span data-on=move || (!is_on.get()).then_some("")>"dim"</span>
            <span data-on=move || is_on.get().then_some("")>"hide"</span>
        </button>
    }
}

/// Where the matches and mistakes are read out.
pub(super) fn live_region(page: PageRef) -> impl IntoView {
    let said = page.with_value(|page| page.0.finder.said.clone());
    view! { <p class="sr-only" id="found" role="status" aria-live="polite">{move || said.get()}</p> }
}

/// Gives the focus to an element of this id.
pub(super) fn focus_by_id(id: &str) {
    let element = dom::document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
