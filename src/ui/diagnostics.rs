//! The diagnostics on the page: the report as text, to be read or copied into a bug report.

use std::cell::{Cell, RefCell};

use crate::{resource::Timestamp, view::visible::visible_lines};
use wasm_bindgen_futures::spawn_local;

use super::{Page, Source, clipboard, dom, parts::Part, sketch::Node};

/// The id of the element that holds the report.
const REPORT: &str = "report";

/// The report and whether somebody reads it.
#[derive(Default)]
pub(super) struct Report {
    text: RefCell<String>,
    /// What came of copying it.
    said: Cell<&'static str>,
    is_open: Cell<bool>,
    taken: RefCell<Option<Timestamp>>,
}

impl Report {
    /// Once a second while it is open, unless a part of it is selected: that is to stay what was selected. Whether it is
    /// another one now.
    pub(super) fn refresh(&self, source: &dyn Source) -> bool {
        if !self.is_open.get() || *self.taken.borrow() == Some(source.wall_clock()) || is_selecting() {
            return false;
        }
        self.take(source);
        true
    }

    fn take(&self, source: &dyn Source) {
        let diagnostics = source.diagnostics();
        self.taken.replace(Some(diagnostics.time));
        self.text.replace(visible_lines(&diagnostics.report()).into_owned());
    }

    /// A part of the connection's details that opens by itself.
    pub(super) fn panel(&self, details: &mut Node) {
        let panel = details.add("<details id=diagnostics class=diagnostics><summary>Diagnostics</summary></details>");
        let actions =
            panel.add("<p class=actions><button type=button class=button id=copy-report>Copy report</button></p>");
        actions.put("<span role=status></span>", self.said.get());
        actions.add("<span class=facts>Servers' messages in it may name users and namespaces.</span>");
        panel.put(
            "<pre id=report tabindex=0 role=region aria-label='Diagnostic report'></pre>",
            &self.text.borrow(),
        );
    }
}

impl Page {
    /// The report was opened or closed.
    pub(super) fn open_report(&self, is_open: bool) {
        self.0.report.is_open.set(is_open);
        if is_open {
            self.0.report.take(&*self.0.source);
            self.touch(Part::Details);
        }
    }

    /// Copies the report.
    pub(super) fn copy_report(&self) {
        let (page, report) = (self.clone(), self.0.report.text.borrow().clone());
        // In any case, so that one sees what is copied, and the report stays as it is.
        clipboard::select(REPORT);
        spawn_local(async move {
            page.0.report.said.set(if clipboard::copy(&report, REPORT).await {
                "Copied."
            } else {
                "Selected: press Ctrl+C or ⌘C."
            });
            page.touch(Part::Details);
        });
    }
}

/// Whether a selection begins in the report.
fn is_selecting() -> bool {
    let selection = clipboard::selection().filter(|selection| !selection.is_collapsed());
    let report = dom::document().get_element_by_id(REPORT);
    selection.is_some_and(|selection| report.is_some_and(|report| report.contains(selection.anchor_node().as_ref())))
}
