//! Finding: the box in which the reader writes a query, what it says of it, and the way from match to match.
//!
//! What is written is a draft. As soon as it is a query it is the state's, and the address's; while it is none, the last
//! one stays in force, and a sentence below the box says what to write. The box is a combobox of WAI-ARIA: the focus stays
//! in it while the arrow keys choose among the suggestions.
//!
//! Drawn by hand, as the blocks are.
//! One listener takes every event of the bar.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use crate::{
    cluster::{Cluster, Entry},
    limits::MAX_QUERY_BYTES,
    view::{
        find::{self, Found},
        problems::Step,
        query::{
            Query, hint, ink,
            suggest::{Suggestion, Vocabulary, byte_of, suggest, utf16_of},
        },
        state::Subject,
        visible::visible,
    },
};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, HtmlInputElement, KeyboardEvent},
};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{Page, dom};

/// What stands in place of a number that is not known yet.
const COUNTING: &str = "counting…";

/// How long the reader has to be still before the number of matches is read out, in milliseconds.
const QUIET_MS: i32 = 800;

/// How old the values of the suggestions may become while the reader writes, in milliseconds.
const VOCABULARY_MS: f64 = 10_000.0;

/// The bar. What is in colours lies above what is written, in the same place.
pub(super) const BAR: &str = r#"
<div class="finder" id="find" role="search" aria-label="Pods and nodes">
<div class="query-box">
  <div class="field">
    <input type="text" id="query" role="combobox" aria-label="Find pods and nodes" aria-autocomplete="list"
      aria-haspopup="listbox" aria-expanded="false" aria-controls="suggestions" aria-describedby="query-error query-hint"
      aria-keyshortcuts="/" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search"
      placeholder="Find: web, ns:shop, is:problem…">
    <div class="ink" aria-hidden="true"></div>
  </div>
  <span class="matches" id="matches" hidden></span>
  <button type="button" class="clear" id="clear-query" aria-label="Clear the query" hidden>×</button>
  <kbd class="hint" aria-hidden="true">/</kbd>
</div>
<div class="query-popup" hidden>
  <p class="query-error" id="query-error" hidden><span class="message"></span> <span class="meanwhile"></span></p>
  <p class="query-hint" id="query-hint" hidden></p>
  <ul id="suggestions" class="suggestions" role="listbox" aria-label="Suggestions" hidden></ul>
</div>
<button type="button" class="button switch" id="hides" role="switch" aria-checked="false"
  aria-label="Hide what does not match" title="What does not match is dimmed or hidden"><span>dim</span><span>hide</span></button>
<p class="sr-only" id="found" role="status" aria-live="polite"></p>
</div>
"#;

/// What is looked for, what was found, and the bar that shows it.
#[derive(Default)]
pub(super) struct Finder {
    parsed: RefCell<Parsed>,
    /// `None` while nothing is looked for, or while it is being counted.
    found: Cell<Option<Found>>,
    /// The query that was counted last, or is being counted.
    counted_for: RefCell<Option<Rc<Query>>>,
    /// The step that the reader wants to go as soon as the matches are counted.
    wanted: Cell<Option<Step>>,
    /// The match that the reader has come to, and which one it is, from one on.
    at: RefCell<Option<(Subject, usize)>>,
    /// Whether a match is being shown, which takes the focus for a moment.
    is_revealing: Cell<bool>,
    bar: OnceCell<Bar>,
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

/// The elements of the bar.
struct Bar {
    root: Element,
    input: HtmlInputElement,
    draft: RefCell<Draft>,
    /// Counts what was to be said, so that only the last of it is.
    said_count: Cell<u32>,
}

/// What the reader is writing.
#[derive(Default)]
struct Draft {
    /// What of it was last given to the state.
    written: String,
    /// Whether the history has an entry for what is being written.
    is_editing: bool,
    has_focus: bool,
    suggestions: Vec<Suggestion>,
    /// Whether the next ones are due: those that there are belong to what was written before.
    is_due: bool,
    /// The suggestion that the arrow keys have come to.
    active: Option<usize>,
    vocabulary: Vocabulary,
    /// When the vocabulary was counted.
    counted: Option<f64>,
}

impl Finder {
    /// Counts the matches, once the filter was asked about every pod. `is_applied` says whether it is that of the query;
    /// what was found for another one is not shown. Whether the reader waits for a step to a match.
    pub(super) fn refresh(&self, cluster: &Cluster, query: Option<&Rc<Query>>, is_applied: bool) -> bool {
        let counted = Found::of(cluster).filter(|_| is_applied);
        let is_other = self.counted_for.borrow().as_ref() != query;
        if counted.is_none() && query.is_some() && !is_other {
            return false;
        }
        if is_other {
            self.counted_for.replace(query.cloned());
        }
        let found = query.and(counted);
        if self.found.replace(found) != found || is_other {
            self.draw_found();
        }
        found.is_some() && self.wanted.get().is_some()
    }

    /// Whether a match is being shown, so that the focus goes and comes back.
    pub(super) fn is_revealing(&self) -> bool {
        self.is_revealing.get()
    }

    /// Shows how many match, and which of them the reader has come to.
    fn draw_found(&self) {
        let Some(bar) = self.bar.get() else { return };
        let position = self.at.borrow().as_ref().map(|(_, position)| format!("{position}/"));
        let is_hidden = self.counted_for.borrow().is_none();
        let found = self.found.get();
        let words = found.map_or_else(|| COUNTING.to_owned(), Found::words);
        let words = format!("{}{}", position.unwrap_or_default(), words);
        bar.show("#matches", is_hidden, Some(&words));
        dom::set(&bar.part("#matches"), "title", found.map_or("", Found::note));
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

    /// Takes in what the state has become: counters, saved views, back and forward change it, too.
    pub(super) fn follow_query(&self) {
        let finder = &self.0.finder;
        let Some(bar) = finder.bar.get() else { return };
        let (text, hides) = self.0.state.with_untracked(|state| (state.query.clone(), state.hides));
        dom::set(
            &bar.part("#hides"),
            "aria-checked",
            if hides { "true" } else { "false" },
        );
        let is_from_elsewhere = bar.draft.borrow().written != text;
        if is_from_elsewhere {
            bar.input.set_value(&text);
            let mut draft = bar.draft.borrow_mut();
            draft.written = text;
            draft.is_editing = false;
        }
        let query = self.query();
        finder.at.replace(None);
        let is_applied = self.is_applied(query.as_ref());
        self.0.source.with_cluster(&mut |cluster| {
            finder.refresh(cluster, query.as_ref(), is_applied);
        });
        finder.draw_found();
        self.draw_draft(bar);
    }

    /// Counts the matches with the cluster, and goes the step that the reader waits for.
    pub(super) fn refresh_found(&self, cluster: &Cluster) {
        let query = self.query();
        let is_applied = self.is_applied(query.as_ref());
        if self.0.finder.refresh(cluster, query.as_ref(), is_applied) {
            // Not while the cluster is visited.
            let page = self.clone();
            dom::after(0, move || {
                let finder = &page.0.finder;
                if let (Some(bar), Some(step)) = (finder.bar.get(), finder.wanted.take()) {
                    page.find(bar, step);
                }
            });
        }
    }

    /// Shows the next or the previous match, as soon as they are counted. The focus stays where it is.
    fn find(&self, bar: &Bar, step: Step) {
        let Some(query) = self.query() else { return };
        let finder = &self.0.finder;
        let is_applied = self.is_applied(Some(&query));
        let mut found = None;
        let mut is_counted = false;
        self.0.source.with_cluster(&mut |cluster| {
            let at = finder.at.borrow();
            is_counted = is_applied && cluster.is_filtered();
            if is_counted {
                found = find::step(cluster, at.as_ref().map(|(subject, _)| subject), step);
            }
        });
        if !is_counted {
            finder.wanted.set(Some(step));
            return;
        }
        let at = found.as_ref().map(|found| (found.subject.clone(), found.position));
        finder.at.replace(at);
        finder.draw_found();
        let Some(found) = found else {
            return bar.say("Nothing matches.");
        };
        bar.say(&found.announcement());
        // Not while the cluster is visited: the focus shows the tooltip, which visits it.
        finder.is_revealing.set(true);
        self.reveal(&found.subject);
        let revealed = dom::document().active_element();
        let _ = bar.input.focus();
        finder.is_revealing.set(false);
        if let Some(element) = revealed.filter(|element| element.matches(dom::SUBJECTS).unwrap_or(false)) {
            mark(Some(&element));
            self.point_at(&element);
        }
    }

    /// Takes the mark and the tooltip from the match that the reader had come to.
    fn leave_match(&self) {
        mark(None);
        self.leave_map();
        self.0.tooltip.hide();
    }

    /// Takes in what is in the box now.
    fn typed(&self, bar: &Bar) {
        self.leave_match();
        let text = bar.input.value();
        let query = text.trim();
        match Query::parse(query) {
            Err(error) => self.say_soon(bar, move |_| error.message),
            Ok(_) => {
                self.give(bar, query);
                self.say_soon(bar, |finder| {
                    finder.found.get().map(Found::sentence).unwrap_or_default()
                });
            }
        }
        self.suggest_soon(bar);
        self.draw_draft(bar);
    }

    /// Gives a query to the state. The first change of several makes an entry of the history, the others change it: the
    /// way back leads to what was looked for before, and not through every letter.
    fn give(&self, bar: &Bar, query: &str) {
        let mut draft = bar.draft.borrow_mut();
        if draft.written == query {
            return;
        }
        query.clone_into(&mut draft.written);
        let is_editing = std::mem::replace(&mut draft.is_editing, true);
        drop(draft);
        if is_editing {
            self.amend(|state| query.clone_into(&mut state.query));
        } else {
            self.navigate(|state| query.clone_into(&mut state.query));
        }
    }

    /// Has something read out once the reader is still; a later text takes the place of an earlier one.
    fn say_soon(&self, bar: &Bar, text: impl FnOnce(&Finder) -> String + 'static) {
        let count = bar.said_count.get().wrapping_add(1);
        bar.said_count.set(count);
        let page = self.clone();
        dom::after(QUIET_MS, move || {
            let finder = &page.0.finder;
            if let Some(bar) = finder.bar.get().filter(|bar| bar.said_count.get() == count) {
                bar.say(&text(finder));
            }
        });
    }

    /// Suggests after the next frame, which shows what was found: that comes first.
    fn suggest_soon(&self, bar: &Bar) {
        let mut draft = bar.draft.borrow_mut();
        draft.active = None;
        draft.is_due = true;
        drop(draft);
        let page = self.clone();
        dom::after_frame(move || {
            let bar = page.0.finder.bar.get();
            if let Some(bar) = bar.filter(|bar| bar.draft.borrow().is_due) {
                page.suggest(bar);
            }
        });
    }

    /// What is suggested where the cursor is.
    fn suggest(&self, bar: &Bar) {
        self.refresh_vocabulary(bar);
        let text = bar.input.value();
        let cursor = bar.input.selection_end().ok().flatten();
        let cursor = byte_of(&text, cursor.map_or(usize::MAX, |cursor| cursor as usize));
        let mut draft = bar.draft.borrow_mut();
        let mut found = suggest(&text, cursor, &draft.vocabulary);
        // What is there already is no suggestion.
        found.retain(|suggestion| text.get(suggestion.replaces.clone()) != Some(suggestion.text.as_str()));
        draft.suggestions = found;
        draft.is_due = false;
        drop(draft);
        bar.draw_suggestions();
    }

    fn refresh_vocabulary(&self, bar: &Bar) {
        let now = dom::milliseconds();
        let mut draft = bar.draft.borrow_mut();
        if draft.counted.is_some_and(|counted| now - counted < VOCABULARY_MS) {
            return;
        }
        draft.counted = Some(now);
        self.0.source.with_cluster(&mut |cluster| {
            let entries = || std::iter::once(cluster.unscheduled()).chain(cluster.places());
            let pods = entries().flat_map(|entry| entry.pods().iter().map(|(_, pod)| pod));
            let count = cluster.totals().pods.total() as usize;
            let nodes = entries().filter_map(Entry::node);
            draft.vocabulary = Vocabulary::of(pods, count, nodes);
        });
    }

    /// Puts a suggestion in its place.
    fn accept(&self, bar: &Bar, index: usize) {
        let suggestion = bar.draft.borrow().suggestions.get(index).cloned();
        let Some(suggestion) = suggestion else { return };
        let (text, cursor) = suggestion.apply(&bar.input.value());
        bar.write(&text, cursor);
        self.typed(bar);
    }

    fn clear_query(&self, bar: &Bar) {
        bar.input.set_value("");
        self.typed(bar);
        let _ = bar.input.focus();
    }

    /// Colours what is written, and explains what is wrong with it.
    fn draw_draft(&self, bar: &Bar) {
        let text = bar.input.value();
        let (pieces, error) = ink(&text);
        let ink = bar.part(".ink");
        ink.set_text_content(None);
        for piece in pieces {
            let span = dom::append(&ink, "span", piece.text);
            if let Some(part) = piece.part {
                dom::set(&span, "data-part", part.slug());
            }
            if piece.is_wrong {
                dom::set(&span, "data-wrong", "");
            }
        }
        let is_wrong = error.is_some();
        dom::set(&bar.input, "aria-invalid", if is_wrong { "true" } else { "false" });
        dom::set_present(&bar.part(".query-box"), "data-invalid", is_wrong);
        bar.show("#query-error", !is_wrong, None);
        bar.part("#query-error .message")
            .set_text_content(error.map(|error| error.message).as_deref());
        let parsed = self.0.finder.parsed.borrow();
        let meanwhile = match parsed.in_force.as_str() {
            "" => "Until then, everything is shown.".to_owned(),
            query => format!("Until then, {} stays in force.", visible(query)),
        };
        bar.part("#query-error .meanwhile").set_text_content(Some(&meanwhile));
        let hint = hint(&text).filter(|_| bar.draft.borrow().has_focus);
        bar.show("#query-hint", hint.is_none(), Some(&hint.unwrap_or_default()));
        bar.show("#clear-query", text.is_empty(), None);
        bar.show(".hint", !text.is_empty() || bar.draft.borrow().has_focus, None);
        bar.draw_popup();
        self.scroll_soon();
    }

    /// Has the colours follow the text in its field. In the next frame, when the page is laid out anyway.
    fn scroll_soon(&self) {
        let page = self.clone();
        dom::before_frame(move || {
            if let Some(bar) = page.0.finder.bar.get() {
                bar.scroll();
            }
        });
    }

    /// Whether the key was one of ours.
    fn handle_query_key(&self, bar: &Bar, event: &KeyboardEvent) -> bool {
        if event.is_composing() || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let key = event.key();
        // A reader who is faster than the frames chooses among what belongs to what is written.
        let is_due = bar.draft.borrow().is_due;
        if is_due && matches!(key.as_str(), "ArrowDown" | "ArrowUp") {
            self.suggest(bar);
        }
        let (active, has_suggestions) = {
            let draft = bar.draft.borrow();
            (draft.active, !draft.suggestions.is_empty())
        };
        match (key.as_str(), active) {
            ("ArrowDown" | "ArrowUp", None) if !has_suggestions => self.suggest(bar),
            ("ArrowDown", _) => bar.move_active(Step::Next),
            ("ArrowUp", _) => bar.move_active(Step::Previous),
            ("Enter" | "Tab", Some(index)) => self.accept(bar, index),
            ("Enter", None) => {
                bar.close();
                bar.draft.borrow_mut().is_editing = false;
                let step = if event.shift_key() { Step::Previous } else { Step::Next };
                self.find(bar, step);
            }
            ("Escape", Some(_)) => bar.close(),
            ("Escape", None) if !bar.input.value().is_empty() => self.clear_query(bar),
            ("Escape", None) => drop(bar.input.blur()),
            _ => return false,
        }
        true
    }

    /// The focus came or went, unless only because a match is being shown.
    fn focus_query(&self, bar: &Bar, has_focus: bool) {
        if self.0.finder.is_revealing.get() {
            return;
        }
        bar.draft.borrow_mut().has_focus = has_focus;
        if has_focus {
            self.suggest_soon(bar);
        } else {
            bar.draft.borrow_mut().is_editing = false;
            bar.close();
            self.leave_match();
        }
        self.draw_draft(bar);
    }

    /// Takes every event of the bar.
    fn handle_bar(&self, bar: &Bar, event: &Event) {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        let is_in_box = *target == ***bar.input;
        match event.type_().as_str() {
            "input" if is_in_box => self.typed(bar),
            "focusin" if is_in_box => self.focus_query(bar, true),
            "focusout" if is_in_box => self.focus_query(bar, false),
            "scroll" if is_in_box => bar.scroll(),
            "keydown" if is_in_box => {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>()
                    && self.handle_query_key(bar, event)
                {
                    event.prevent_default();
                    event.stop_propagation();
                }
            }
            "keyup" if is_in_box => {
                let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
                if matches!(key.as_deref(), Some("ArrowLeft" | "ArrowRight" | "Home" | "End")) {
                    self.suggest(bar);
                }
            }
            // The focus stays in the box.
            "mousedown" if option_of(&target).is_some() => event.prevent_default(),
            "click" if is_in_box => self.suggest(bar),
            "click" => match (option_of(&target), button_of(&target).as_deref()) {
                (Some(index), _) => self.accept(bar, index),
                (None, Some("clear-query")) => self.clear_query(bar),
                (None, Some("hides")) => self.navigate(|state| state.hides = !state.hides),
                _ => {}
            },
            _ => {}
        }
    }
}

impl Bar {
    /// A part by its selector, which [`BAR`] has.
    fn part(&self, selector: &str) -> Element {
        part(&self.root, selector)
    }

    /// Shows or hides a part, and says what is in it.
    fn show(&self, selector: &str, is_hidden: bool, text: Option<&str>) {
        let part = self.part(selector);
        dom::set_present(&part, "hidden", is_hidden);
        if text.is_some() {
            part.set_text_content(text);
        }
    }

    /// Has something read out now.
    fn say(&self, text: &str) {
        self.said_count.set(self.said_count.get().wrapping_add(1));
        self.part("#found").set_text_content(Some(text));
    }

    /// Writes a text into the box, with the cursor behind one of its bytes.
    fn write(&self, text: &str, cursor: usize) {
        self.input.set_value(text);
        let cursor = u32::try_from(utf16_of(text, cursor)).unwrap_or(u32::MAX);
        // Fails for fields without a selection, which this is not.
        let _ = self.input.set_selection_range(cursor, cursor);
    }

    fn close(&self) {
        let mut draft = self.draft.borrow_mut();
        draft.suggestions.clear();
        draft.is_due = false;
        drop(draft);
        self.draw_suggestions();
    }

    /// Shows other suggestions, none of them chosen.
    fn draw_suggestions(&self) {
        let mut draft = self.draft.borrow_mut();
        draft.active = None;
        let list = self.part("#suggestions");
        list.set_text_content(None);
        for (index, suggestion) in draft.suggestions.iter().enumerate() {
            let option = dom::append(&list, "li", "");
            dom::set(&option, "id", &option_id(index));
            dom::set(&option, "role", "option");
            dom::set(&option, "aria-selected", "false");
            dom::set(&dom::append(&option, "span", &suggestion.label()), "class", "text");
            dom::set(&dom::append(&option, "span", &suggestion.detail), "class", "detail");
        }
        let is_empty = draft.suggestions.is_empty();
        drop(draft);
        dom::set_present(&list, "hidden", is_empty);
        dom::set(&self.input, "aria-expanded", if is_empty { "false" } else { "true" });
        dom::unset(&self.input, "aria-activedescendant");
        self.draw_popup();
    }

    /// The popup is there for suggestions, for mistakes and for hints.
    fn draw_popup(&self) {
        let is_hidden = |selector| self.part(selector).has_attribute("hidden");
        self.show(
            ".query-popup",
            ["#suggestions", "#query-error", "#query-hint"]
                .into_iter()
                .all(is_hidden),
            None,
        );
    }

    /// Moves through the suggestions, round and round by way of none.
    fn move_active(&self, step: Step) {
        let mut draft = self.draft.borrow_mut();
        let count = draft.suggestions.len();
        let next = match (draft.active, step) {
            (None, Step::Next) => Some(0),
            (None, Step::Previous) => count.checked_sub(1),
            (Some(at), Step::Next) => Some(at + 1),
            (Some(at), Step::Previous) => at.checked_sub(1),
        };
        let next = next.filter(|&next| next < count);
        let old = std::mem::replace(&mut draft.active, next);
        drop(draft);
        for (index, is_chosen) in old
            .map(|old| (old, "false"))
            .into_iter()
            .chain(next.map(|next| (next, "true")))
        {
            dom::set(
                &self.part(&format!("#{}", option_id(index))),
                "aria-selected",
                is_chosen,
            );
        }
        match next {
            Some(index) => dom::set(&self.input, "aria-activedescendant", &option_id(index)),
            None => dom::unset(&self.input, "aria-activedescendant"),
        }
    }

    /// Keeps the colours above the text, which the field scrolls where it is longer than the field.
    fn scroll(&self) {
        // To ask costs a layout of the page.
        if self.input.value().is_empty() {
            return;
        }
        self.part(".ink").set_scroll_left(self.input.scroll_left());
    }
}

fn part(root: &Element, selector: &str) -> Element {
    let part = root.query_selector(selector).ok().flatten();
    part.expect("the bar has all of its parts")
}

fn option_id(index: usize) -> String {
    format!("suggestion-{index}")
}

/// The suggestion that an element is in.
fn option_of(target: &Element) -> Option<usize> {
    let option = target.closest("[role=option]").ok()??;
    option.id().strip_prefix("suggestion-")?.parse().ok()
}

/// The id of the button that an element is in.
fn button_of(target: &Element) -> Option<String> {
    Some(target.closest("button").ok()??.id())
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

/// Leads to the box for `/`: what is in it is selected, so that a new query takes its place.
pub(super) fn open(page: &Page) {
    if let Some(bar) = page.0.finder.bar.get() {
        let _ = bar.input.focus();
        bar.input.select();
    }
}

/// Listens to the bar.
pub(super) fn attach(root: Element, page: &Page) {
    let input: HtmlInputElement = part(&root, "#query").unchecked_into();
    dom::set(&input, "maxlength", &MAX_QUERY_BYTES.to_string());
    let bar = Bar {
        root: root.clone(),
        input,
        draft: RefCell::default(),
        said_count: Cell::new(0),
    };
    // There is one.
    let _ = page.0.finder.bar.set(bar);
    let page = page.clone();
    let listener: Closure<dyn Fn(Event)> = Closure::new(move |event: Event| {
        if let Some(bar) = page.0.finder.bar.get() {
            page.handle_bar(bar, &event);
        }
    });
    dom::listen(
        &root,
        &[
            "input",
            "keydown",
            "keyup",
            "click",
            "mousedown",
            "focusin",
            "focusout",
            "scroll",
        ],
        listener,
    );
}
