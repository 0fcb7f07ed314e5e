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
        block::{self, FAMILIES_BY_URGENCY, Glyph},
        families::FamilyWords,
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

/// How many pods of a family there are. As wide as their part, and never narrower than its words. A family without pods keeps
/// its room where there is enough: one that comes moves no other.
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
        <li hidden=move || words.get().is_none() data-absent=move || pods.get().is_none().then_some("")
            style:--pods=move || pods.get().unwrap_or(0).to_string()>
            <button type="button" class="family" data-term=term data-family=family.slug()
                data-idle=move || (pods.get().unwrap_or(0) == 0).then_some("")
                data-over=move || words.get().is_some_and(FamilyWords::is_over).then_some("") title=block::meaning(family)
                aria-pressed=is_pressed on:click=move |_| query_terms.press(&pressed)>
                <BlockIcon family/>
                <span class="text">{family.label()}</span>
                <span class="number">{move || known(words.get().and_then(|words| words.pods))}</span>
                <FailedPods words=Signal::derive(move || words.get().unwrap_or_default())/>
            </button>
        </li>
    }
}

/// How many pods failed for good, beside those that are failing: with a sign of their own.
#[component]
pub(super) fn FailedPods(words: Signal<FamilyWords>) -> impl IntoView {
    move || {
        let failed = words.get().failed()?;
        Some(view! {
            <span class="over" title="Kubernetes does not restart failed pods. They are counted separately.">
                <BlockIcon family=Family::Failing glyph=Glyph::Over/>
                {failed}
            </span>
        })
    }
}
