//! What stands in the head of a card beside its name: the words, and the bars.
//!
//! Everything has its place whether or not there is something to say, so that a card never grows while data stream in.

use leptos::prelude::*;

use crate::view::{
    bar::{Bar, BarResource},
    card::Card,
};

use super::summary;

/// The words row: what is the matter, and what kind of node it is.
pub(super) fn words(card: &ArcRwSignal<Card>) -> impl IntoView + use<> {
    let (words, traits) = (card.clone(), card.clone());
    view! {
        <p class="words">
            {move || words.with(|card| summary::words(&card.words, ""))}
            <span class="traits">{move || traits.with(|card| card.traits.clone())}</span>
        </p>
    }
}

/// The bars: an outline as far as it is requested, filled as far as it is used.
pub(super) fn bars(card: &ArcRwSignal<Card>) -> impl IntoView + use<> {
    let row = |index: usize, resource: BarResource| {
        macro_rules! part {
            ($of:expr) => {{
                let card = card.clone();
                move || card.with(|card| $of(&card.bars[index]))
            }};
        }
        let level = part!(|bar: &Bar| bar.level().slug());
        let requested = part!(|bar: &Bar| drawn(bar.requested_percent()));
        let used = part!(|bar: &Bar| drawn(bar.used_percent()));
        let text = part!(Bar::text);
        view! {
            <div class="bar-row" data-resource=resource.label() data-level=level>
                <span>{resource.label()}</span>
                <span class="track" aria-hidden="true" style=("--requested", requested) style=("--used", used)></span>
                <span class="percent">{text}</span>
            </div>
        }
    };
    view! { <div class="bars">{row(0, BarResource::Cpu)} {row(1, BarResource::Memory)}</div> }
}

/// A percentage as far as the bar reaches.
fn drawn(percent: Option<u32>) -> String {
    percent.unwrap_or(0).min(100).to_string()
}
