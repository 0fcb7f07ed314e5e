//! What is wrong, as counters to press, in two rows; the rest on request.

use std::time::Duration;

use leptos::{html, prelude::*};
use leptos_use_resize_observer::use_resize_observer;

use super::{block_icon::BlockIcon, query_terms::use_query_terms};
use crate::{
    ui::{
        dom,
        name_parts::NameParts,
        signals::{Liveness, Totals},
    },
    view::{
        format::count,
        problems::{Counter, CounterKind, Strip},
    },
};

/// See the [module](self).
#[component]
pub(super) fn ProblemCounters() -> impl IntoView {
    let Totals {
        strip,
        summary,
        counter_columns,
        ..
    } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let may_be_calm = move || scene.with(|scene| summary.with(|summary| summary.may_be_calm(scene)));
    let calm_words = move || scene.with(|scene| summary.with(|summary| summary.calm_words(scene)));
    let list = NodeRef::<html::Ul>::new();
    let columns = use_columns(list);
    let is_open = RwSignal::new(false);
    // None moves under the eye of somebody who has all of them shown.
    Effect::new(move |_| counter_columns.set((!is_open.get()).then(|| columns.get())));
    let fitting = Memo::new(move |_| strip.with(|strip| strip.fitting(columns.get())));
    let shown = Memo::new(move |_| {
        if is_open.get() {
            strip.with(Strip::len)
        } else {
            fitting.get().0
        }
    });
    let groups = move || 0..strip.with(Strip::len);
    let has_more = move || fitting.get().1 > 0;
    let more_words = move || {
        if is_open.get() {
            "Show fewer".to_owned()
        } else {
            format!("+{} more", count(fitting.get().1 as u64))
        }
    };
    view! {
        <ul class="counters" id="counters" aria-label="Problems" node_ref=list>
            <For each=groups key=|place| *place children=move |place| view! { <ProblemCounter place shown/> }/>
            <li class="place" hidden=move || !has_more()>
                <button type="button" class="counter more" id="more-counters" aria-controls="counters"
                    aria-expanded=move || is_open.get().to_string() on:click=move |_| is_open.update(|open| *open = !*open)>
                    {more_words}
                </button>
            </li>
            <li class="calm" data-partial=move || (!may_be_calm()).then_some("")
                hidden=move || strip.with(|strip| !strip.is_empty())>
                {calm_words}
            </li>
        </ul>
    }
}

/// How many cells stand in a row, as the style sheet has them.
fn use_columns(list: NodeRef<html::Ul>) -> RwSignal<usize> {
    let columns = RwSignal::new(1);
    let measure = move || {
        if let Some(list) = list.try_get_untracked().flatten() {
            let _ = columns.try_set(dom::grid_columns(&list));
        }
    };
    // Not within the observer's own turn, which the browser reports as an error.
    let _ = use_resize_observer(list, move |_, _| set_timeout(measure, Duration::ZERO));
    columns
}

/// The counter at a place of the strip, whatever it counts.
#[component]
fn ProblemCounter(place: usize, shown: Memo<usize>) -> impl IntoView {
    let Totals { strip, .. } = expect_context();
    let query_terms = use_query_terms();
    let kind = Memo::new(move |_| strip.with(|strip| strip.get(place).map(|counter| counter.kind.clone())));
    let number = Memo::new(move |_| strip.with(|strip| strip.get(place).map(|Counter { count, .. }| *count)));
    let of_kind = move |of: fn(&CounterKind) -> String| move || kind.with(|kind| kind.as_ref().map(of));
    let tone = move || kind.with(|kind| kind.as_ref().map(|kind| kind.tone().slug()));
    let term = Memo::new(move |_| strip.with(|strip| strip.get(place).map(|counter| counter.term.clone())));
    let is_pressed = move || term.with(|term| term.as_ref().is_some_and(|term| query_terms.is_pressed(term)));
    let is_hidden = move || shown.get() <= place;
    let press = move |_| {
        if let Some(term) = term.get_untracked() {
            query_terms.press(&term);
        }
    };
    view! {
        <li class="place" data-free=move || kind.with(Option::is_none).then_some("") hidden=is_hidden>
            <button type="button" class="counter" data-tone=tone data-term=move || term.get()
                data-idle=move || (number.get() == Some(0)).then_some("") title=of_kind(CounterKind::meaning)
                aria-pressed=move || is_pressed().to_string() on:click=press>
                {move || kind.get().map(|kind| view! { <Mark kind/> })}
                <span class="text name-parts">{move || kind.with(|kind| kind.as_ref().map(CounterKind::text)).map(|name| view! { <NameParts name/> })}</span>
                <span class="number">{move || number.get().map(|number| count(u64::from(number)))}</span>
            </button>
        </li>
    }
}

/// What stands before the words: a block, or the edge of a node.
#[component]
fn Mark(kind: CounterKind) -> impl IntoView {
    match kind.appearance() {
        Some((family, glyph)) => view! { <BlockIcon family glyph/> }.into_any(),
        None => view! { <span class="node-mark" data-tone=kind.tone().slug()></span> }.into_any(),
    }
}
