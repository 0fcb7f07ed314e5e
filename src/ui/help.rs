//! The help: every key, the language of the query, and what each block means. A dialog; Escape closes it.

use crate::{
    resource::status::Family,
    view::{
        block::{self, Glyph},
        query::{self, Example},
    },
};
use leptos::web_sys::{Element, HtmlDialogElement};
use wasm_bindgen::JsCast;

use super::{Page, blocks, dom, sketch::Node};

/// The button that opens the help.
pub(super) const BUTTON: &str =
    "<button type=button class=button id=open-help aria-label=Help aria-haspopup=dialog>?</button>";

/// The dialog.
pub(super) const DIALOG: &str = "<dialog id=help class=help aria-labelledby=help-title><header>\
    <h2 id=help-title>Help</h2><span class=spacer></span>\
    <button type=button class=button id=open-kiosk>Show on a wall</button>\
    <button type=button class=button>Close</button></header></dialog>";

/// What the edges of nodes mean.
const EDGES: &str = "<ul class=edges>\
    <li><span class=edge data-state=ready></span>Ready.</li>\
    <li><span class=edge data-state=cordoned></span>Cordoned: it takes no new pods.</li>\
    <li><span class=edge data-state=not-ready></span>NotReady, or silent.</li>\
    <li><span class=edge data-state=ghost></span>Missing: pods are bound to it, but there is no such node.</li></ul>";

/// Keys, and what they do.
const KEYS: [(&[&str], &str); 10] = [
    (
        &["←", "→", "↑", "↓"],
        "move between pods and nodes, as the eye sees them",
    ),
    (&["Home", "End"], "first and last of a box; with Ctrl of the whole map"),
    (&["n", "p"], "next and previous problem"),
    (&["Enter"], "open the details of what has the focus"),
    (&["l", "e", "y"], "open its logs, its events, its YAML"),
    (&["/"], "find"),
    (&["Enter"], "in the query: next match, with Shift the previous"),
    (&["0", "+", "-"], "zoom: as it fits, closer, farther"),
    (&["?"], "this help"),
    (&["Esc"], "close what is open, clear the query, leave the wall"),
];

/// The glyphs that refine a family, and what they mean.
const GLYPHS: [(Family, Glyph, &str); 2] = [
    (
        Family::Failing,
        Glyph::Over,
        "Failed and over, as Evicted: nothing will be tried again.",
    ),
    (Family::Gone, Glyph::Lost, "Lost with its node."),
];

fn element() -> Option<HtmlDialogElement> {
    dom::document().get_element_by_id("help")?.dyn_into().ok()
}

/// Opens the help.
pub(super) fn open() {
    // Fails only while it is open already.
    let _ = element()
        .filter(|dialog| !dialog.open())
        .map(|dialog| dialog.show_modal());
}

/// What is in the dialog.
pub(super) fn dialog() -> Node {
    let mut node = Node::new(DIALOG);
    let columns = node.add("<div class=columns tabindex=0 role=region aria-label='Help text'></div>");
    let keys = columns
        .add("<section><h3>Keys</h3></section>")
        .add("<dl class=keys></dl>");
    for (names, meaning) in &KEYS {
        let name = keys.add("<dt></dt>");
        for key in *names {
            name.put("<kbd></kbd>", key);
        }
        keys.put("<dd></dd>", meaning);
    }
    let language = columns.add(
        "<section class=language><h3>Query</h3><p>Letters of either case are the same, except in labels. What does not \
         match is dimmed or hidden; bars and numbers of a node always count all of its pods.</p></section>",
    );
    let examples = language.add("<dl></dl>");
    for Example { query, meaning, .. } in query::help() {
        examples.add("<dt></dt>").put("<code></code>", query);
        examples.put("<dd></dd>", meaning);
    }
    let blocks = columns.add("<section><h3>Blocks</h3></section>");
    let list = blocks.add("<ul class=blocks-legend></ul>");
    for family in Family::ALL {
        legend(list, (family, Glyph::Plain), family.label(), block::meaning(family));
    }
    for (family, glyph, meaning) in GLYPHS {
        legend(list, (family, glyph), "", meaning);
    }
    blocks.add("<h3>Node edges</h3>");
    blocks.add(EDGES);
    node
}

fn legend(list: &mut Node, (family, glyph): (Family, Glyph), label: &str, meaning: &str) {
    let item = list.add("<li></li>");
    blocks::sketch(item.add("<span class=swatch-ground></span>"), family, glyph);
    let words = item.add("<span></span>");
    if !label.is_empty() {
        words.put("<b></b>", label);
        words.text(": ");
    }
    words.text(meaning);
}

impl Page {
    /// Presses a button of the dialog: each closes it.
    pub(super) fn press_in_help(&self, target: &Element) {
        let Ok(Some(button)) = target.closest("button") else {
            return;
        };
        if let Some(dialog) = element() {
            dialog.close();
        }
        if button.id() == "open-kiosk" {
            self.navigate(|state| state.kiosk = true);
        }
    }
}
