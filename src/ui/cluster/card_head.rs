//! The head of a card: its name, how many pods there are, the words, and the bars.
//!
//! Everything has its place whether or not there is something to say, so that a card never grows while data stream in.

use leptos::prelude::*;

use crate::{
    cluster::GroupKey,
    ui::{components::Words, name_parts::NameParts},
    view::{
        bar::{Bar, BarResource},
        card::Card,
        format::{count, known},
    },
};

/// Who this is.
#[component]
pub(super) fn CardName(group_key: GroupKey, name: String) -> impl IntoView {
    // Only nodes have something to say of themselves; the boxes of namespaces and workloads are but boxes.
    let title = if group_key.node_name().is_some() {
        view! {
            <button type="button" class="node name-parts" tabindex="-1" aria-label=name.clone()><NameParts name=name.clone()/></button>
        }
        .into_any()
    } else {
        view! { <span class="node name-parts"><NameParts name/></span> }.into_any()
    };
    view! { <h2 class="name">{title}</h2> }
}

/// How many pods there are, and how many there may be.
#[component]
pub(super) fn CardCount(card: RwSignal<Card>) -> impl IntoView {
    let allocatable = move || {
        let pods = card.with(|card| card.allocatable);
        pods.map(|pods| format!("/{}", count(u64::from(pods))))
    };
    view! {
        <span class="count" data-crowded=move || card.with(Card::is_crowded).then_some("")>
            <b>{move || card.with(|card| known(card.pods))}</b>
            {allocatable}
        </span>
    }
}

/// What is wrong, and the kind of node.
#[component]
pub(super) fn CardWords(card: RwSignal<Card>) -> impl IntoView {
    move || {
        let (words, traits) = card.with(|card| (card.words.clone(), card.traits.clone()));
        view! {
            <p class="words">
                <Words words/>
                <span class="traits name-parts"><NameParts name=traits/></span>
            </p>
        }
    }
}

/// The bars: an outline as far as it is requested, filled as far as it is used.
#[component]
pub(super) fn CardBars(card: RwSignal<Card>) -> impl IntoView {
    let row = |(bar, resource): (Bar, BarResource)| view! { <BarRow bar label=resource.label()/> };
    move || {
        let bars = card.with(|card| card.bars);
        let [cpu, memory] = bars;
        view! { <div class="bars">{row((cpu, BarResource::Cpu))} {row((memory, BarResource::Memory))}</div> }
    }
}

#[component]
fn BarRow(bar: Bar, label: &'static str) -> impl IntoView {
    let texts = bar.texts().into_iter().flatten().enumerate();
    let texts = texts.map(|(index, text)| {
        let comma = if index > 0 { ", " } else { "" };
        view! { <span>{format!("{comma}{text}")}</span> }
    });
    view! {
        <div class="bar-row" data-resource=label data-level=bar.level().slug()>
            <span>{label}</span>
            <span class="track" aria-hidden="true" style:--requested=drawn(bar.requested_percent())
                style:--used=drawn(bar.used_percent())></span>
            <span class="percent">{texts.collect_view()}</span>
        </div>
    }
}

/// A percentage as far as the bar reaches.
fn drawn(percent: Option<u32>) -> String {
    percent.unwrap_or(0).min(100).to_string()
}
