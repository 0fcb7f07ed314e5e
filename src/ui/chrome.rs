//! Header and legend.

use crate::{resource::status::Family, view::block};
use leptos::prelude::*;

use super::{PageRef, connection, help, theme};

/// The header: who this is, how the connection is, how it looks.
pub(super) fn header(page: PageRef) -> impl IntoView {
    view! {
        <header class="bar">
            <h1 class="brand">
                <span class="logo"></span>
                <span class="wordmark">"K8BIT"</span>
            </h1>
            {connection::badge(page)}
            {write_mark(page)}
            <span class="spacer"></span>
            {theme::menu(page)}
            {help::button()}
        </header>
    }
}

/// Says that this page can change things.
fn write_mark(page: PageRef) -> impl IntoView {
    page.with_value(|page| page.0.source.may_write()).then(|| {
        view! {
            <strong class="write-mark" id="write-mark" title="The address has write=1: pods can be deleted, nodes cordoned, workloads scaled.">
                "can write"
            </strong>
        }
    })
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
            <span class="keys">"arrows move · n p problems · ? help"</span>
        </footer>
    }
}
