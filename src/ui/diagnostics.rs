//! The diagnostics on the page: the report as text, to be read or copied into a bug report.

use std::cell::{Cell, RefCell};

use crate::resource::Timestamp;
use leptos::{
    prelude::*,
    web_sys::{Element, Event, Selection},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{PageRef, Source, dom};

/// The id of the element that holds the report.
const REPORT: &str = "report";

/// The report and whether somebody reads it.
#[derive(Default)]
pub(super) struct Report {
    text: ArcRwSignal<String>,
    is_open: Cell<bool>,
    taken: RefCell<Option<Timestamp>>,
}

impl Report {
    /// Once a second while it is open, unless a part of it is selected: that is to stay what was selected.
    pub(super) fn refresh(&self, source: &dyn Source) {
        if !self.is_open.get() || *self.taken.borrow() == Some(source.now()) || is_selecting() {
            return;
        }
        self.take(source);
    }

    fn take(&self, source: &dyn Source) {
        let diagnostics = source.diagnostics();
        self.taken.replace(Some(diagnostics.time));
        self.text.set(diagnostics.report());
    }
}

/// A part of the connection's details that opens by itself.
pub(super) fn panel(page: PageRef) -> impl IntoView {
    let text = page.with_value(|page| page.0.report.text.clone());
    let toggle = move |event: Event| {
        let details: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let is_open = details.is_some_and(|details| details.has_attribute("open"));
        page.with_value(|page| {
            page.0.report.is_open.set(is_open);
            if is_open {
                page.0.report.take(&*page.0.source);
            }
        });
    };
    let said = RwSignal::new("");
    let copy = move |_| {
        let report = page.with_value(|page| page.0.report.text.get_untracked());
        // Selected in any case: where the browser gives no clipboard to a page, a key copies it.
        select(REPORT);
        spawn_local(async move {
            said.set(if write_clipboard(&report).await {
                "Copied."
            } else {
                "Selected: press Ctrl+C or ⌘C."
            });
        });
    };
    view! {
        <details id="diagnostics" class="diagnostics" on:toggle=toggle>
            <summary>"Diagnostics"</summary>
            <p class="actions">
                <button type="button" class="button" id="copy-report" on:click=copy>
                    "Copy report"
                </button>
                <span role="status">{move || said.get()}</span>
                <span class="facts">"Servers' messages in it may name users and namespaces."</span>
            </p>
            <pre id=REPORT tabindex="0" role="region" aria-label="Diagnostic report">
                {move || text.get()}
            </pre>
        </details>
    }
}

/// Whether it worked. Pages that came over plain HTTP from elsewhere than this machine have no clipboard.
pub(super) async fn write_clipboard(text: &str) -> bool {
    let clipboard = dom::window().navigator().clipboard();
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

fn selection() -> Option<Selection> {
    dom::window().get_selection().ok().flatten()
}

/// Selects all that is written in an element.
pub(super) fn select(id: &str) {
    if let (Some(selection), Some(element)) = (selection(), dom::document().get_element_by_id(id)) {
        // Fails only for a node that is no longer in the document.
        let _ = selection.select_all_children(&element);
    }
}

/// Whether a selection begins in the report.
fn is_selecting() -> bool {
    let selection = selection().filter(|selection| !selection.is_collapsed());
    let report = dom::document().get_element_by_id(REPORT);
    selection.is_some_and(|selection| report.is_some_and(|report| report.contains(selection.anchor_node().as_ref())))
}
