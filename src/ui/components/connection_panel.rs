//! The connection in detail: a line for each watched collection, usage, and the report for bugs.

use leptos::{ev::KeyboardEvent, prelude::*};

use super::diagnostics::Diagnostics;
use crate::{
    ui::{dom, signals::Liveness},
    view::connection::{KindLine, context_line, title},
};

/// See the [module](self). Escape closes it.
#[component]
pub(in crate::ui) fn ConnectionPanel(is_open: RwSignal<bool>) -> impl IntoView {
    let Liveness {
        lines,
        usage,
        clock_line,
        ..
    } = expect_context();
    let close = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            is_open.set(false);
            // The focus must not stay in what is hidden.
            dom::focus_on("connection");
        }
    };
    view! {
        <section id="connection-details" class="details" aria-label="Connection" hidden=move || !is_open.get()
            on:keydown=close>
            <h2>"Connection"</h2>
            <ul class="kinds">{move || lines.get().into_iter().map(|line| view! { <Kind line/> }).collect_view()}</ul>
            <p id="usage" class="usage-note">{move || usage.get()}</p>
            <p id="clock-line" class="usage-note">{move || clock_line.get()}</p>
            <p id="context-line" class="usage-note">{context_line(dom::window().is_secure_context())}</p>
            <Diagnostics/>
        </section>
    }
}

/// A watched collection.
#[component]
fn Kind(line: KindLine) -> impl IntoView {
    view! {
        <li data-state=line.state.slug() data-kind=line.what>
            <span class="lamp"></span>
            <span class="what">{line.what.clone()}</span>
            <span class="state">{title(line.state)}</span>
            <span class="facts">{line.facts}</span>
            <span class="reason">{line.reason}</span>
        </li>
    }
}
