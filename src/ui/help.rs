//! The help: every key, the language of the query, and what each block means. A dialog; Escape closes it.

use crate::{
    resource::status::Family,
    view::block::{self, Glyph},
};
use leptos::{prelude::*, web_sys::HtmlDialogElement};
use wasm_bindgen::JsCast;

use super::{PageRef, dom};

/// The id of the dialog.
const DIALOG: &str = "help";

/// Keys, and what they do.
const KEYS: [(&[&str], &str); 9] = [
    (
        &["←", "→", "↑", "↓"],
        "move between pods and nodes, as the eye sees them",
    ),
    (&["Home", "End"], "first and last of a box; with Ctrl of the whole map"),
    (&["n", "p"], "next and previous problem"),
    (&["Enter"], "open the details of what has the focus"),
    (&["l", "e", "y"], "open its logs, its events, its YAML"),
    (&["/"], "search; or just type"),
    (&["0", "+", "-"], "zoom: as it fits, closer, farther"),
    (&["?"], "this help"),
    (&["Esc"], "close what is open, clear the search, leave the kiosk"),
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

/// Opens the help.
pub(super) fn open() {
    let dialog = dom::document()
        .get_element_by_id(DIALOG)
        .and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok());
    // Fails only while it is open already.
    let _ = dialog.filter(|dialog| !dialog.open()).map(|dialog| dialog.show_modal());
}

/// The button that opens the help.
pub(super) fn button() -> impl IntoView {
    view! {
        <button type="button" class="button" id="open-help" aria-label="Help" aria-haspopup="dialog" on:click=|_| open()>
            "?"
        </button>
    }
}

/// The dialog.
pub(super) fn dialog(page: PageRef) -> impl IntoView {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let kiosk = move |_| {
        close();
        page.with_value(|page| page.navigate(|state| state.kiosk = true));
    };
    view! {
        <dialog id=DIALOG class="help" node_ref=dialog aria-labelledby="help-title">
            <header>
                <h2 id="help-title">"Help"</h2>
                <span class="spacer"></span>
                <button type="button" class="button" id="open-kiosk" on:click=kiosk>
                    "Show on a wall"
                </button>
                <button type="button" class="button" on:click=move |_| close()>
                    "Close"
                </button>
            </header>
            <div class="columns" tabindex="0" role="region" aria-label="Help text">
                <section>
                    <h3>"Keys"</h3>
                    <dl class="keys">{KEYS.iter().map(key).collect_view()}</dl>
                </section>
                <section>
                    <h3>"Blocks"</h3>
                    <ul class="blocks-legend">
                        {Family::ALL
                            .map(|family| legend(family, Glyph::Plain, family.label(), block::meaning(family)))
                            .collect_view()}
                        {GLYPHS.map(|(family, glyph, meaning)| legend(family, glyph, "", meaning)).collect_view()}
                    </ul>
                    <h3>"Node edges"</h3>
                    <ul class="edges">
                        <li>
                            <span class="edge" data-state="ready"></span>
                            "Ready."
                        </li>
                        <li>
                            <span class="edge" data-state="cordoned"></span>
                            "Cordoned: it takes no new pods."
                        </li>
                        <li>
                            <span class="edge" data-state="not-ready"></span>
                            "NotReady, or silent."
                        </li>
                        <li>
                            <span class="edge" data-state="ghost"></span>
                            "Missing: pods are bound to it, but there is no such node."
                        </li>
                    </ul>
                </section>
            </div>
        </dialog>
    }
}

fn key((keys, meaning): &(&'static [&'static str], &'static str)) -> impl IntoView + use<> {
    let meaning = *meaning;
    view! {
        <dt>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dt>
        <dd>{meaning}</dd>
    }
}

fn legend(family: Family, glyph: Glyph, label: &'static str, meaning: &'static str) -> impl IntoView {
    view! {
        <li>
            <span class="swatch-ground">
                <span class="pod" data-family=family.slug() data-glyph=glyph.slug()></span>
            </span>
            <span>
                {(!label.is_empty()).then(|| view! { <b>{label}</b> ": " })}
                {meaning}
            </span>
        </li>
    }
}
