//! The pods by family: the parts of the cluster as one bar, each over its sign, its name and its number. They are the legend,
//! and set the query when they are pressed. The help explains those without pods, too.

use leptos::prelude::*;

use super::{
    block_icon::BlockIcon,
    query_terms::{family_term, use_query_terms},
};
use crate::{
    resource::status::Family,
    ui::signals::Totals,
    view::{
        block::{self, FAMILIES_BY_URGENCY},
        format::known,
    },
};

/// See the [module](self).
#[component]
pub(super) fn FamilyCounters() -> impl IntoView {
    view! {
        <ul class="families" id="families" aria-label="Pods by state">
            {FAMILIES_BY_URGENCY.map(|family| view! { <FamilyCounter family/> }).collect_view()}
        </ul>
    }
}

/// How many pods of a family there are. As wide as their part, and never narrower than its words.
#[component]
fn FamilyCounter(family: Family) -> impl IntoView {
    let Totals { families, .. } = expect_context();
    let query_terms = use_query_terms();
    let term = family_term(family);
    let pods = Memo::new(move |_| families.with(|families| families.pods_of(family)));
    let words = Memo::new(move |_| families.with(|families| families.words_of(family)));
    let is_pressed = {
        let term = term.clone();
        move || query_terms.is_pressed(&term).to_string()
    };
    let pressed = term.clone();
    view! {
        <li hidden=move || pods.get().is_none() style:--pods=move || pods.get().unwrap_or(0).to_string()>
            <button type="button" class="family" data-term=term data-family=family.slug()
                data-idle=move || (pods.get() == Some(0)).then_some("")
                data-over=move || words.get().is_over().then_some("") title=block::meaning(family)
                aria-pressed=is_pressed on:click=move |_| query_terms.press(&pressed)>
                <BlockIcon family/>
                <span class="text">{family.label()}</span>
                <span class="number">{move || known(words.get().pods)}</span>
                <span class="over">{move || words.get().failed()}</span>
            </button>
        </li>
    }
}
