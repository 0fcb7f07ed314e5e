//! How the connection is: the badge, its details, and problems with what to do.

use std::cell::{Cell, RefCell};

use crate::{
    browser::login,
    view::{
        Tone,
        connection::{Badge, KindLine, Note, Scene, context_line, title},
        format::{Piece, pieces},
    },
};
use leptos::web_sys::{Element, Event, HtmlElement, KeyboardEvent};
use wasm_bindgen::JsCast;

use super::{Page, dom, parts::Part, sketch::Node};

/// A line per watched collection, and the diagnostics.
pub(super) const DETAILS: &str =
    "<section id=connection-details class=details aria-label=Connection><h2>Connection</h2></section>";

/// What is wrong and what to do about it.
pub(super) const PROBLEMS: &str = "<section class=problems id=problems aria-label=Problems></section>";

/// Liveness, as it is shown.
pub(super) struct Liveness {
    pub(super) badge: RefCell<Badge>,
    pub(super) lines: RefCell<Vec<KindLine>>,
    pub(super) notes: RefCell<Vec<Note>>,
    /// On usage.
    pub(super) usage: RefCell<String>,
    /// On clocks that differ.
    pub(super) clock_line: RefCell<String>,
    pub(super) scene: RefCell<Scene>,
    /// Whether the details are shown.
    pub(super) details_open: Cell<bool>,
}

impl Page {
    /// The connection indicator; a button that opens the details.
    pub(super) fn badge(&self, header: &mut Node) {
        let liveness = &self.0.liveness;
        let button =
            header.add("<button type=button id=connection class=badge aria-controls=connection-details></button>");
        button.set_bool("aria-expanded", liveness.details_open.get());
        indicator(button, &liveness.badge.borrow());
    }

    /// Shows the details or hides them.
    pub(super) fn toggle_details(&self) {
        self.open_details(!self.0.liveness.details_open.get());
    }

    fn open_details(&self, is_open: bool) {
        self.0.liveness.details_open.set(is_open);
        self.touch(Part::Header);
        self.touch(Part::Details);
    }

    /// The details.
    pub(super) fn connection_details(&self) -> Node {
        let liveness = &self.0.liveness;
        let mut node = Node::new(DETAILS);
        node.flag("hidden", !liveness.details_open.get());
        let list = node.add("<ul class=kinds></ul>");
        for line in &*liveness.lines.borrow() {
            let item = list.add("<li><span class=lamp></span></li>");
            item.set("data-state", line.state.slug()).set("data-kind", &line.what);
            item.put("<span class=what></span>", &line.what);
            item.put("<span class=state></span>", title(line.state));
            item.put("<span class=facts></span>", &line.facts);
            item.put("<span class=reason></span>", &line.reason);
        }
        node.put("<p id=usage class=usage-note></p>", &liveness.usage.borrow());
        node.put("<p id=clock-line class=usage-note></p>", &liveness.clock_line.borrow());
        let is_secure = dom::window().is_secure_context();
        node.put("<p id=context-line class=usage-note></p>", context_line(is_secure));
        self.0.report.panel(&mut node);
        node
    }

    /// Takes an event of the details; Escape closes them.
    pub(super) fn handle_details(&self, event: &Event, target: &Element) {
        match event.type_().as_str() {
            "keydown" => {
                let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
                if key.as_deref() == Some("Escape") {
                    self.open_details(false);
                    let badge = dom::document().get_element_by_id("connection");
                    if let Some(badge) = badge.and_then(|badge| badge.dyn_into::<HtmlElement>().ok()) {
                        // The focus must not stay in what is hidden.
                        let _ = badge.focus();
                    }
                }
            }
            "toggle" => self.open_report(target.has_attribute("open")),
            _ if target.id() == "copy-report" => self.copy_report(),
            _ => {}
        }
    }

    /// Presses the button of a problem.
    pub(super) fn press_remedy(&self, target: &Element) {
        if target.matches("button[data-action=sign-in]").unwrap_or(false) {
            login::sign_in();
        }
    }

    /// The problems.
    pub(super) fn connection_problems(&self) -> Node {
        let mut node = Node::new(PROBLEMS);
        for note in &*self.0.liveness.notes.borrow() {
            let part = node.add("<div class=problem></div>");
            part.set("data-tone", note.tone.slug());
            let is_bad = note.tone == Tone::Bad;
            part.add("<span class=pod></span>")
                .set("data-family", if is_bad { "failing" } else { "not-ready" });
            let sentence = part.add("<h2></h2>");
            rich(sentence, &note.problem.sentence);
            sentence.text(" ").put("<span class=whats></span>", &note.whats);
            let advice = part.add("<p class=advice></p>");
            rich(advice, &note.problem.advice);
            advice.text(" ").put("<span class=next></span>", &note.next);
            if let Some(remedy) = note.problem.remedy {
                part.add("<button type=button class='button remedy' data-action=sign-in></button>")
                    .text(remedy.label());
            }
            if !note.problem.detail.is_empty() {
                part.add("<details><summary>What was said</summary></details>")
                    .put("<div class=detail></div>", &note.problem.detail);
            }
        }
        node
    }
}

/// What stands in an indicator.
pub(super) fn indicator(into: &mut Node, badge: &Badge) {
    into.set("data-state", badge.state.slug());
    into.add("<span class=lamp></span>");
    into.put("<strong></strong>", badge.title);
    into.put("<span class=detail></span>", &badge.detail);
}

/// A sentence whose backticks mark what to type.
pub(super) fn rich(into: &mut Node, sentence: &str) {
    for piece in pieces(sentence) {
        match piece {
            Piece::Words(words) => {
                into.text(&words);
            }
            Piece::Code(code) => into.put("<code></code>", &code),
        }
    }
}
