//! Header and legend.

use crate::{
    resource::status::Family,
    view::{
        block,
        colour::Legend,
        format::{count, counted},
    },
};
use leptos::prelude::*;

use super::{PageRef, connection, help, query_bar, theme, toolbar};

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
            {query_bar::bar(page)}
            {toolbar::toolbar(page)}
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
pub(super) fn legend(page: PageRef) -> impl IntoView {
    let spread = page.with_value(|page| page.picture().spread.clone());
    let legend = page.with_value(|page| page.picture().legend.clone());
    let entries = move || {
        let legend = legend.get();
        if legend.title.is_empty() {
            families().into_any()
        } else {
            tints(&legend).into_any()
        }
    };
    view! {
        <footer class="legend">
            {entries}
            <p class="spread" id="spread">{move || spread.get()}</p>
            <span class="keys">"/ find · arrows move · n p problems · ? help"</span>
        </footer>
    }
}

fn families() -> impl IntoView {
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
    view! { <ul aria-label="Legend">{families.into_iter().collect_view()}</ul> }
}

/// The legend of colours that do not tell the status.
fn tints(legend: &Legend) -> impl IntoView + use<> {
    let entries = legend.entries.iter().map(|entry| {
        view! {
            <li>
                <span class="swatch-ground">
                    <span class="pod" data-family="healthy" data-tint=entry.tint.slug()></span>
                </span>
                {entry.label.clone()}
                <span class="number">{count(u64::from(entry.pods))}</span>
            </li>
        }
    });
    let others = (legend.others > 0).then(|| {
        let others = counted(u64::from(legend.others), "pod of others", "pods of others");
        view! { <li>{others}</li> }
    });
    view! {
        <ul aria-label=legend.title id="tints">
            <li class="title">{legend.title}</li>
            {entries.collect_view()}
            {others}
        </ul>
    }
}
