//! The help: every key, the language of the query, and what each block means. A dialog; Escape closes it.

use leptos::prelude::*;

use super::{block_icon::BlockIcon, modal::Modal};
use crate::{
    resource::status::Family,
    ui::state::State,
    view::{
        block::{self, Glyph},
        help::{EDGES, GLYPHS, KEYS},
        query::{self, Example},
    },
};

/// The help, of which there is a dialog.
pub(in crate::ui) enum HelpText {}

/// A handle to open the dialog.
pub(in crate::ui) type HelpDialog = Modal<HelpText>;

/// The button that opens the help.
#[component]
pub(super) fn HelpButton() -> impl IntoView {
    let help = expect_context::<HelpDialog>();
    view! {
        <button type="button" class="button" id="open-help" aria-label="Help" aria-haspopup="dialog"
            on:click=move |_| help.open()>
            "?"
        </button>
    }
}

/// The dialog. Each of its buttons closes it.
#[component]
pub(in crate::ui) fn Help() -> impl IntoView {
    let help = expect_context::<HelpDialog>();
    let state = expect_context::<State>();
    let enter_kiosk_mode = move |_| {
        help.close();
        state.navigate(|state| state.kiosk = true);
    };
    view! {
        <dialog id="help" class="help" aria-labelledby="help-title" node_ref=help.node>
            <header>
                <h2 id="help-title">"Help"</h2>
                <span class="spacer"></span>
                <button type="button" class="button" id="open-kiosk" on:click=enter_kiosk_mode>"Kiosk mode"</button>
                <button type="button" class="button" autofocus=true on:click=move |_| help.close()>"Close"</button>
            </header>
            <div class="columns" tabindex="0" role="region" aria-label="Help text">
                <Keys/>
                <Language/>
                <Blocks/>
            </div>
        </dialog>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let keys = KEYS.map(|(names, meaning)| {
        view! {
            <dt>{names.iter().map(|name| view! { <kbd>{*name}</kbd> }).collect_view()}</dt>
            <dd>{meaning}</dd>
        }
    });
    view! {
        <section>
            <h3>"Keys"</h3>
            <dl class="keys">{keys.collect_view()}</dl>
        </section>
    }
}

#[component]
fn Language() -> impl IntoView {
    let examples = query::help().iter().map(|Example { query, meaning }| {
        view! {
            <dt><code>{*query}</code></dt>
            <dd>{*meaning}</dd>
        }
    });
    view! {
        <section class="language">
            <h3>"Query"</h3>
            <p>
                "Matching ignores case, except in labels. Pods that do not match are dimmed or hidden. Bars and numbers of a \
                 node always count all of its pods."
            </p>
            <dl>{examples.collect_view()}</dl>
        </section>
    }
}

#[component]
fn Blocks() -> impl IntoView {
    let families = Family::ALL.map(|family| {
        view! { <BlockMeaning family glyph=Glyph::Plain label=family.label() meaning=block::meaning(family)/> }
    });
    let glyphs = GLYPHS.map(|(family, glyph, meaning)| view! { <BlockMeaning family glyph label="" meaning/> });
    let edges = EDGES.map(|(state, meaning)| {
        view! {
            <li>
                <span class="edge" data-state=state.slug()></span>
                {meaning}
            </li>
        }
    });
    view! {
        <section>
            <h3>"Blocks"</h3>
            <ul class="blocks-legend">{families.collect_view()} {glyphs.collect_view()}</ul>
            <h3>"Node edges"</h3>
            <ul class="edges">{edges.collect_view()}</ul>
        </section>
    }
}

#[component]
fn BlockMeaning(family: Family, glyph: Glyph, label: &'static str, meaning: &'static str) -> impl IntoView {
    let label = (!label.is_empty()).then(|| view! { <b>{label}</b> ": " });
    view! {
        <li>
            <span class="swatch-ground"><BlockIcon family glyph/></span>
            <span>{label} {meaning}</span>
        </li>
    }
}
