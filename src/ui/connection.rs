//! How the connection is: the badge, its details, and problems with what to do.

use crate::view::{
    connection::{KindLine, Note, title},
    format::{Piece, pieces},
};
use leptos::{
    prelude::*,
    web_sys::{HtmlElement, KeyboardEvent},
};
use wasm_bindgen::JsCast;

use super::{PageRef, diagnostics, dom};

/// The connection indicator; a button that opens the details.
pub(super) fn badge(page: PageRef) -> impl IntoView {
    let badge = page.with_value(|page| page.0.connection.badge.clone());
    let state = {
        let badge = badge.clone();
        move || badge.with(|badge| badge.state.slug())
    };
    let word = {
        let badge = badge.clone();
        move || badge.with(|badge| badge.title)
    };
    let detail = move || badge.with(|badge| badge.detail.clone());
    let open = page.with_value(|page| page.0.connection.details_open.clone());
    let toggle = {
        let open = open.clone();
        move |_| open.update(|open| *open = !*open)
    };
    view! {
        <button
            type="button"
            id="connection"
            class="badge"
            data-state=state
            aria-expanded=move || open.get().to_string()
            aria-controls="connection-details"
            on:click=toggle
        >
            <span class="lamp"></span>
            <strong>{word}</strong>
            <span class="detail">{detail}</span>
        </button>
    }
}

/// A line per watched collection, and the diagnostics; Escape closes both.
pub(super) fn details(page: PageRef) -> impl IntoView {
    let (lines, usage, open) = page.with_value(|page| {
        let connection = &page.0.connection;
        (
            connection.lines.clone(),
            connection.usage.clone(),
            connection.details_open.clone(),
        )
    });
    let is_hidden = {
        let open = open.clone();
        move || !open.get()
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
            let badge = dom::document().get_element_by_id("connection");
            if let Some(badge) = badge.and_then(|badge| badge.dyn_into::<HtmlElement>().ok()) {
                // The focus must not stay in what is hidden.
                let _ = badge.focus();
            }
        }
    };
    view! {
        <section id="connection-details" class="details" aria-label="Connection" hidden=is_hidden on:keydown=escape>
            <h2>"Connection"</h2>
            <ul class="kinds">{move || lines.get().into_iter().map(line).collect_view()}</ul>
            <p id="usage" class="usage-note">
                {move || usage.get()}
            </p>
            {diagnostics::panel(page)}
        </section>
    }
}

fn line(line: KindLine) -> impl IntoView {
    let state = line.state.slug();
    let kind = line.what.clone();
    view! {
        <li data-state=state data-kind=kind>
            <span class="lamp"></span>
            <span class="what">{line.what}</span>
            <span class="state">{title(line.state)}</span>
            <span class="facts">{line.facts}</span>
            <span class="reason">{line.reason}</span>
        </li>
    }
}

/// What is wrong and what to do about it.
pub(super) fn problems(page: PageRef) -> impl IntoView {
    let notes = page.with_value(|page| page.0.connection.notes.clone());
    view! {
        <section class="problems" id="problems" aria-label="Problems">
            {move || notes.get().into_iter().map(problem).collect_view()}
        </section>
    }
}

fn problem(note: Note) -> impl IntoView {
    let detail = (!note.problem.detail.is_empty()).then(|| {
        view! {
            <details>
                <summary>"What was said"</summary>
                <div class="detail">{note.problem.detail}</div>
            </details>
        }
    });
    view! {
        <div class="problem">
            <span class="pod" data-family="failing"></span>
            <h2>
                {rich(&note.problem.sentence)}
                " "
                <span class="whats">{note.whats}</span>
            </h2>
            <p class="advice">
                {rich(&note.problem.advice)}
                " "
                <span class="next">{note.next}</span>
            </p>
            {detail}
        </div>
    }
}

/// A sentence whose backticks mark what to type.
fn rich(sentence: &str) -> impl IntoView + use<> {
    let pieces = pieces(sentence).into_iter().map(|piece| match piece {
        Piece::Words(words) => words.into_any(),
        Piece::Code(code) => view! { <code>{code}</code> }.into_any(),
    });
    pieces.collect_view()
}
