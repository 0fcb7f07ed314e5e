//! The query bar: the field, its messages, and the way from match to match.
//!
//! What is written is a draft. As soon as it is a query it is the state's, and the address's; while it is none, the last
//! one stays in force, and a sentence below the box says what to write. The box is a combobox of WAI-ARIA: the focus stays
//! in it while the arrow keys choose among the suggestions.

mod draft;
mod suggesting;
mod suggestions;

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::*,
};

pub(super) use self::draft::QueryDraft;
use self::suggestions::{Suggestions, option_id};
use super::{signals::QuerySignals, state::State};
use crate::{
    limits::MAX_QUERY_BYTES,
    view::{
        find::Found,
        query::{meanwhile, press::Press, text_pieces},
    },
};

/// What stands in place of a number that is not known yet.
const COUNTING: &str = "counting…";

/// See the [module](self).
#[component]
pub(super) fn QueryBar() -> impl IntoView {
    let draft = expect_context::<QueryDraft>();
    let said = draft.said;
    view! {
        <div class="finder" id="find" role="search" aria-label="Pods and nodes">
            <QueryBox/>
            <Popup/>
            <HideSwitch/>
            <p class="sr-only" id="found" role="status" aria-live="polite">{move || said.get()}</p>
        </div>
    }
}

/// What is written, in colors, and how much matches.
#[component]
fn QueryBox() -> impl IntoView {
    let draft = expect_context::<QueryDraft>();
    let QueryDraft { text, has_focus, .. } = draft;
    let is_wrong = draft.is_wrong();
    view! {
        <div class="query-box" data-invalid=move || is_wrong.get().then_some("")>
            <div class="field">
                <QueryField/>
                <ColoredText/>
            </div>
            <Matches/>
            <button type="button" class="clear" id="clear-query" aria-label="Clear the query"
                hidden=move || text.with(String::is_empty) on:click=move |_| draft.clear()>
                "×"
            </button>
            <kbd class="hint" aria-hidden="true" hidden=move || has_focus.get() || !text.with(String::is_empty)>
                "/"
            </kbd>
        </div>
    }
}

#[component]
fn QueryField() -> impl IntoView {
    let draft = expect_context::<QueryDraft>();
    let is_wrong = draft.is_wrong();
    let QueryDraft {
        suggestions, active, ..
    } = draft;
    let has_suggestions = move || suggestions.with(|it| !it.is_empty());
    let key = move |event: KeyboardEvent| {
        if handle_key(draft, &event) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let moved = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") {
            draft.suggest();
        }
    };
    view! {
        <input type="text" id="query" role="combobox" aria-label="Find pods and nodes" aria-autocomplete="list"
            aria-haspopup="listbox" aria-expanded=move || has_suggestions().to_string() aria-controls="suggestions"
            aria-describedby="query-error query-hint" aria-keyshortcuts="/" aria-invalid=move || is_wrong.get().to_string()
            aria-activedescendant=move || active.get().map(option_id) autocomplete="off" autocapitalize="off"
            spellcheck="false" enterkeyhint="search" placeholder="Find: web, ns:shop, is:problem…"
            maxlength=MAX_QUERY_BYTES.to_string() node_ref=draft.input on:input=move |_| draft.typed()
            on:focus=move |_| draft.follow_focus(true) on:blur=move |_| draft.follow_focus(false)
            on:scroll=move |_| draft.scroll() on:keydown=key on:keyup=moved on:click=move |_| draft.suggest()/>
    }
}

/// Whether the key was one of ours.
fn handle_key(draft: QueryDraft, event: &KeyboardEvent) -> bool {
    if event.is_composing() || event.ctrl_key() || event.alt_key() || event.meta_key() {
        return false;
    }
    let key = event.key();
    // A user who is faster than the frames chooses among the suggestions for the present text.
    if matches!(key.as_str(), "ArrowDown" | "ArrowUp" | "Tab") {
        draft.suggest_now();
    }
    match draft.pressed_in().press(&key, event.shift_key()) {
        Some(Press::Suggest) => draft.suggest(),
        Some(Press::Choose(step)) => draft.move_active(step),
        Some(Press::Accept(index)) => draft.accept(index),
        Some(Press::Find(step)) => draft.find(step),
        Some(Press::Close) => draft.close(),
        Some(Press::Clear) => draft.clear(),
        Some(Press::Leave) => draft.blur(),
        None => return false,
    }
    true
}

/// What is written, in colors. It lies above what is written, in the same place.
#[component]
fn ColoredText() -> impl IntoView {
    let QueryDraft {
        text,
        text_pieces: element,
        ..
    } = expect_context();
    let pieces = move || {
        let text = text.get();
        let (pieces, _) = text_pieces(&text);
        let piece = |piece: &crate::view::query::TextPiece<'_>| {
            view! {
                <span data-part=piece.part.map(|part| part.slug()) data-wrong=piece.is_wrong.then_some("")>
                    {piece.text.to_owned()}
                </span>
            }
        };
        pieces.iter().map(piece).collect_view()
    };
    view! {
        <div class="ink" aria-hidden="true" node_ref=element>{pieces}</div>
    }
}

/// The number of matches, and the current one.
#[component]
fn Matches() -> impl IntoView {
    let QuerySignals {
        found,
        position,
        is_searching,
        ..
    } = expect_context();
    let words = move || {
        let position = position.get().map(|position| format!("{position}/"));
        let words = found.get().map_or_else(|| COUNTING.to_owned(), Found::words);
        format!("{}{words}", position.unwrap_or_default())
    };
    let note = move || found.get().map(Found::note).filter(|note| !note.is_empty());
    view! {
        <span class="matches" id="matches" title=note hidden=move || !is_searching.get()>{words}</span>
    }
}

/// What is wrong with what is written, what may be meant, and what may be written. There for any of them.
#[component]
fn Popup() -> impl IntoView {
    let draft = expect_context::<QueryDraft>();
    let QuerySignals { in_force, .. } = expect_context();
    let QueryDraft { text, suggestions, .. } = draft;
    let (is_wrong, hint) = (draft.is_wrong(), draft.hint());
    let is_empty = move || !is_wrong.get() && hint.with(Option::is_none) && suggestions.with(Vec::is_empty);
    let message = move || text.with(|text| text_pieces(text).1).map(|error| error.message);
    let meanwhile = move || text.with(|text| in_force.with(|in_force| meanwhile(text, in_force)));
    view! {
        <div class="query-popup" hidden=is_empty>
            <p class="query-error" id="query-error" hidden=move || !is_wrong.get()>
                <span class="message">{message}</span>
                " "
                <span class="meanwhile">{meanwhile}</span>
            </p>
            <p class="query-hint" id="query-hint" hidden=move || hint.with(Option::is_none)>{move || hint.get()}</p>
            <Suggestions/>
        </div>
    }
}

/// Whether what does not match is dimmed or hidden.
#[component]
fn HideSwitch() -> impl IntoView {
    let state = expect_context::<State>();
    let press = move |_: MouseEvent| state.navigate(|state| state.hides = !state.hides);
    view! {
        <button type="button" class="button switch" id="hides" role="switch"
            aria-checked=move || state.with(|state| state.hides).to_string() aria-label="Hide pods that do not match"
            title="Dim or hide pods that do not match" on:click=press>
            <span>"dim"</span>
            <span>"hide"</span>
        </button>
    }
}
