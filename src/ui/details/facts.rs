//! Values with their tones and times, and links to other pods and nodes.

use leptos::prelude::*;

use super::navigate::go;
use crate::{
    resource::Timestamp,
    ui::{signals::Clock, state::State},
    view::{
        details::{Fact, ValuePart},
        format::ago,
        state::{Subject, Tab},
    },
};

/// Facts as a list of names and values.
#[component]
pub(super) fn Facts(facts: Vec<Fact>) -> impl IntoView {
    view! { <dl class="facts">{facts.into_iter().map(|fact| view! { <FactRow fact/> }).collect_view()}</dl> }
}

/// A fact in a list of names and values.
#[component]
pub(super) fn FactRow(fact: Fact) -> impl IntoView {
    let parts = fact.parts.into_iter().enumerate().map(|(index, part)| {
        view! {
            {(index > 0).then_some(" · ")}
            <FactPart part/>
        }
    });
    view! {
        <dt>{fact.name}</dt>
        <dd>{parts.collect_view()}</dd>
    }
}

/// A piece of a value. Its time ticks.
#[component]
pub(super) fn FactPart(part: ValuePart) -> impl IntoView {
    let ValuePart {
        text,
        tone,
        since,
        leads_to,
    } = part;
    if let Some(leads_to) = leads_to {
        return view! { <SubjectLink leads_to text/> }.into_any();
    }
    let between = if text.is_empty() { "" } else { " " };
    view! {
        <span data-tone=tone.map(|tone| tone.slug())>{text} {since.map(|since| view! { <Ago since between/> })}</span>
    }
    .into_any()
}

/// How long ago something was.
#[component]
fn Ago(since: Timestamp, between: &'static str) -> impl IntoView {
    let Clock { now, .. } = expect_context();
    let time = since.to_string();
    view! {
        <time datetime=time.clone() title=time>{move || format!("{between}{}", ago(since, now.get()))}</time>
    }
}

/// Leads to another pod or node.
#[component]
pub(super) fn SubjectLink(leads_to: String, text: String) -> impl IntoView {
    let state = expect_context::<State>();
    let slug = leads_to.clone();
    view! {
        <button type="button" class="link" data-action="go" data-leads-to=leads_to
            on:click=move |_| go(state, Subject::parse(&slug), Tab::Overview)>
            {text}
        </button>
    }
}
