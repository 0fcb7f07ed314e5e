//! What all of the drawer is made of: values with their tones and times, links to other subjects, what can be copied.

use crate::{
    resource::duration::age,
    view::{
        details::{Fact, Part},
        state::{Subject, Tab},
    },
};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::super::{PageRef, diagnostics, dom};

/// How long a button says that something was copied, in milliseconds.
const COPIED_NOTE_MS: i32 = 4_000;

/// Facts as a list of names and values.
pub(super) fn facts(page: PageRef, facts: Vec<Fact>) -> impl IntoView {
    let rows = facts.into_iter().map(|fact| {
        view! {
            <dt>{fact.name}</dt>
            <dd>{parts(page, fact.parts)}</dd>
        }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }
}

/// The pieces of a value.
pub(super) fn parts(page: PageRef, parts: Vec<Part>) -> impl IntoView {
    let parts = parts.into_iter().enumerate().map(|(index, one)| {
        view! {
            {(index > 0).then_some(" · ")}
            {part(page, one)}
        }
    });
    parts.collect_view()
}

/// A piece of a value. Its time ticks.
pub(super) fn part(page: PageRef, part: Part) -> impl IntoView {
    let Part {
        text,
        tone,
        since,
        leads_to,
    } = part;
    let time = since.map(|since| {
        let now = page.with_value(|page| page.0.drawer.now.clone());
        let between = if text.is_empty() { "" } else { " " };
        let ago = move || format!("{between}{} ago", age(Some(since), now.get()));
        view! { <time datetime=since.to_string() title=since.to_string()>{ago}</time> }
    });
    match leads_to {
        Some(slug) => link(page, slug, text).into_any(),
        None => view! { <span data-tone=tone.map(|tone| tone.slug())>{text} {time}</span> }.into_any(),
    }
}

/// Leads to another pod or node.
pub(super) fn link(page: PageRef, slug: String, text: String) -> impl IntoView {
    let target = slug.clone();
    let go = move |_| {
        let subject = Subject::parse(&target);
        page.with_value(|page| page.show(subject.as_ref(), Tab::Overview));
        super::focus_soon(None);
    };
    view! {
        <button type="button" class="link" data-action="go" data-leads-to=slug on:click=go>
            {text}
        </button>
    }
}

/// A button that copies a text. Where the browser has no clipboard for the page, the text of the element named `shown`
/// is selected instead, for a key to copy.
pub(super) fn copy_button(
    label: &'static str,
    name: impl Fn() -> String + 'static,
    text: impl Fn() -> String + 'static,
    shown: impl Into<String>,
) -> impl IntoView {
    // Counted, because the button may be gone before it has its say.
    let said = ArcRwSignal::new("");
    let shown_said = said.clone();
    let shown: String = shown.into();
    let copy = move |_| {
        let (text, shown, said) = (text(), shown.clone(), said.clone());
        spawn_local(async move {
            if diagnostics::write_clipboard(&text).await {
                said.set("copied");
            } else {
                diagnostics::select(&shown);
                said.set("selected: press Ctrl+C or ⌘C");
            }
            dom::after(COPIED_NOTE_MS, move || said.set(""));
        });
    };
    view! {
        <button type="button" class="button copy" data-action="copy" aria-label=name() on:click=copy>
            {label}
        </button>
        <span class="copied" role="status">{move || shown_said.get()}</span>
    }
}
