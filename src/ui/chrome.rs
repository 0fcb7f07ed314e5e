//! Header and legend.

use crate::{resource::status::Family, view::block};
use leptos::prelude::*;

use super::{PageRef, connection, theme};

/// The header: who this is, how the connection is, how it looks.
pub(super) fn header(page: PageRef) -> impl IntoView {
    view! {
        <header class="bar">
            <h1 class="brand">
                <span class="logo"></span>
                <span class="wordmark">"K8BIT"</span>
            </h1>
            {connection::badge(page)}
            <span class="spacer"></span>
            {theme_switch()}
        </header>
    }
}

fn theme_switch() -> impl IntoView {
    let theme = RwSignal::new(theme::remembered());
    let choose = move |_| {
        let next = theme.get_untracked().next();
        theme::choose(next);
        theme.set(next);
    };
    let label = move || format!("theme: {}", theme.get().slug());
    view! {
        <button type="button" class="button" id="theme" aria-label=label on:click=choose>
            <span class="prefix">"theme: "</span>
            <span>{move || theme.get().slug()}</span>
        </button>
    }
}

/// What is what.
pub(super) fn legend() -> impl IntoView {
    let families = Family::ALL.map(|family| {
        view! {
            <li title=block::meaning(family)>
                <span class="swatch-ground">
                    <span class="pod" data-family=family.slug()></span>
                </span>
                {family.label()}
            </li>
        }
    });
    view! {
        <footer class="legend">
            <ul aria-label="Legend">{families.into_iter().collect_view()}</ul>
            <span class="keys">"arrow keys move between pods · Esc closes"</span>
        </footer>
    }
}
