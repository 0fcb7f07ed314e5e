//! What is wrong, as counters to press: problems, and the pods by family.

use leptos::prelude::*;

use super::block_icon::BlockIcon;
use crate::{
    resource::status::Family,
    ui::{
        signals::{Liveness, Totals},
        state::State,
    },
    view::{
        block::{self, FAMILIES_BY_URGENCY},
        format::{count, known},
        problems::{self, Counter, CounterKind, Strip},
    },
};

/// See the [module](self).
#[component]
pub(super) fn ProblemCounters() -> impl IntoView {
    let Totals { strip, summary, .. } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let may_be_calm = move || scene.with(|scene| summary.with(|summary| summary.may_be_calm(scene)));
    let calm_words = move || scene.with(|scene| summary.with(|summary| summary.calm_words(scene)));
    let places = move || 0..strip.with(Strip::len);
    view! {
        <div class="counting">
            <ul class="counters" id="counters" aria-label="Problems">
                <For each=places key=|place| *place children=move |place| view! { <ProblemCounter place/> }/>
                <li class="calm" data-partial=move || (!may_be_calm()).then_some("")
                    hidden=move || strip.with(|strip| !strip.is_empty())>
                    {calm_words}
                </li>
            </ul>
            <ul class="families" id="families" aria-label="Pods by state">
                {FAMILIES_BY_URGENCY.map(|family| view! { <FamilyCounter family/> }).collect_view()}
            </ul>
        </div>
    }
}

/// The counter at a place of the strip, whatever it counts.
#[component]
fn ProblemCounter(place: usize) -> impl IntoView {
    let Totals { strip, .. } = expect_context();
    let query_terms = use_query_terms();
    let kind = Memo::new(move |_| strip.with(|strip| strip.get(place).map(|counter| counter.kind.clone())));
    let number = Memo::new(move |_| strip.with(|strip| strip.get(place).map(|Counter { count, .. }| *count)));
    let of_kind = move |of: fn(&CounterKind) -> String| move || kind.with(|kind| kind.as_ref().map(of));
    let tone = move || kind.with(|kind| kind.as_ref().map(|kind| kind.tone().slug()));
    let term = Memo::new(move |_| strip.with(|strip| strip.get(place).map(|counter| counter.term.clone())));
    let is_pressed = move || term.with(|term| term.as_ref().is_some_and(|term| query_terms.is_pressed(term)));
    let press = move |_| {
        if let Some(term) = term.get_untracked() {
            query_terms.press(&term);
        }
    };
    view! {
        <li class="place" data-free=move || kind.with(Option::is_none).then_some("")>
            <button type="button" class="chip" data-tone=tone data-term=move || term.get()
                data-idle=move || (number.get() == Some(0)).then_some("") title=of_kind(CounterKind::meaning)
                aria-pressed=move || is_pressed().to_string() on:click=press>
                {move || kind.get().map(|kind| view! { <Mark kind/> })}
                <span class="text">{of_kind(CounterKind::text)}</span>
                <span class="number">{move || number.get().map(|number| count(u64::from(number)))}</span>
            </button>
        </li>
    }
}

/// What stands before the words: a block, or the edge of a node.
#[component]
fn Mark(kind: CounterKind) -> impl IntoView {
    match kind.look() {
        Some((family, glyph)) => view! { <BlockIcon family glyph/> }.into_any(),
        None => view! { <span class="node-mark" data-tone=kind.tone().slug()></span> }.into_any(),
    }
}

/// How many pods of a family there are.
#[component]
fn FamilyCounter(family: Family) -> impl IntoView {
    let Totals { summary, .. } = expect_context();
    let query_terms = use_query_terms();
    let term = family_term(family);
    let pods = Memo::new(move |_| summary.with(|summary| summary.pods_of(family)));
    let is_pressed = {
        let term = term.clone();
        move || query_terms.is_pressed(&term).to_string()
    };
    let pressed = term.clone();
    view! {
        <li>
            <button type="button" class="family" data-term=term
                data-idle=move || (pods.get().unwrap_or(0) == 0).then_some("") title=block::meaning(family)
                aria-pressed=is_pressed on:click=move |_| query_terms.press(&pressed)>
                <BlockIcon family/>
                <span class="text">{family.label()}</span>
                <span class="number">{move || known(pods.get())}</span>
            </button>
        </li>
    }
}

/// What counters make of the query.
#[derive(Clone, Copy)]
struct QueryTerms {
    state: State,
    strip: RwSignal<Strip>,
}

fn use_query_terms() -> QueryTerms {
    let Totals { strip, .. } = expect_context();
    QueryTerms {
        state: expect_context(),
        strip,
    }
}

impl QueryTerms {
    fn is_pressed(self, term: &str) -> bool {
        self.state.with(|state| problems::is_pressed(&state.query, term))
    }

    /// Sets the query to what a counter counts, or takes it out of the query where it was in.
    fn press(self, term: &str) {
        let mut terms: Vec<String> = self
            .strip
            .with_untracked(|strip| strip.iter().map(|counter| counter.term.clone()).collect());
        terms.extend(FAMILIES_BY_URGENCY.map(family_term));
        self.state.navigate(|state| {
            let is_of_counter = |token: &str| terms.iter().any(|term| problems::tokens(term).contains(&token));
            state.query = problems::toggle(&state.query, term, is_of_counter);
        });
    }
}

fn family_term(family: Family) -> String {
    format!("is:{}", family.slug())
}
