//! The diagnostics: the report as text, to be read or copied into a bug report.

use leptos::{ev::Event, prelude::*, task::spawn_local};

use crate::{
    browser::clipboard,
    ui::{dom, frame::Frame, signals::Clock},
};

/// The id of the element that holds the report.
const REPORT: &str = "report";

/// A part of the connection's details that opens by itself.
#[component]
pub(super) fn Diagnostics() -> impl IntoView {
    let frame = expect_context::<Frame>();
    let Clock { wall, .. } = expect_context();
    let (text, said) = (RwSignal::new(String::new()), RwSignal::new(""));
    let is_open = RwSignal::new(false);
    // Once a second while it is open, unless a part of it is selected: that is to stay what was selected.
    Effect::new(move |_| {
        wall.track();
        if is_open.get() && !clipboard::is_selecting(REPORT) {
            text.set(frame.report());
        }
    });
    let copy = move |_| {
        let report = text.get_untracked();
        // In any case, so that one sees what is copied, and the report stays as it is.
        clipboard::select(REPORT);
        spawn_local(async move {
            let _ = said.try_set(if clipboard::copy(&report, REPORT).await {
                "Copied."
            } else {
                "Selected: press Ctrl+C or ⌘C."
            });
        });
    };
    view! {
        <details id="diagnostics" class="diagnostics"
            on:toggle=move |event: Event| is_open.set(dom::target(&event).is_some_and(|it| it.has_attribute("open")))>
            <summary>"Diagnostics"</summary>
            <p class="actions">
                <button type="button" class="button" id="copy-report" on:click=copy>"Copy report"</button>
                <span role="status">{move || said.get()}</span>
                <span class="facts">"It may contain names of users and namespaces."</span>
            </p>
            <pre id=REPORT tabindex="0" role="region" aria-label="Diagnostic report">{move || text.get()}</pre>
        </details>
    }
}
