//! The summary: totals, counters and recent changes.

use leptos::prelude::*;

use super::{problem_counters::ProblemCounters, words::Words};
use crate::{
    resource::status::Family,
    ui::signals::{Liveness, Totals},
    view::format::{known, unit},
};

/// See the [module](self).
#[component]
pub(in crate::ui) fn Summary() -> impl IntoView {
    let Totals { summary, .. } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let node_words = move || summary.with(|summary| summary.node_words.clone());
    view! {
        <section class="summary" id="summary" aria-label="Summary" data-scene=move || scene.with(|scene| scene.slug())>
            <div class="figure" id="total-nodes">
                <span class="number">{move || summary.with(|summary| known(summary.nodes))}</span>
                " "
                <span class="unit">{move || unit(summary.with(|summary| summary.nodes), "node", "nodes")}</span>
                <p class="words">{move || view! { <Words words=node_words() between=" · "/> }}</p>
                <p class="recent">{move || summary.with(|summary| summary.recent_nodes.clone())}</p>
            </div>
            <div class="figure" id="total-pods">
                <span class="number">{move || summary.with(|summary| known(summary.pods))}</span>
                " "
                <span class="unit">{move || unit(summary.with(|summary| summary.pods), "pod", "pods")}</span>
                <p class="words">{move || summary.with(|summary| summary.ready_words())}</p>
                <p class="recent" id="recent">{move || summary.with(|summary| summary.recent.clone())}</p>
            </div>
            <ProblemCounters/>
            <Spectrum/>
        </section>
    }
}

/// The pods by family, as one bar.
#[component]
fn Spectrum() -> impl IntoView {
    let Totals { summary, .. } = expect_context();
    let part = move |(family, pods): (Family, u32)| {
        view! { <span data-family=family.slug() style:--part=pods.to_string() hidden=pods == 0></span> }
    };
    let parts = move || {
        summary
            .with(|summary| summary.families.clone())
            .into_iter()
            .map(part)
            .collect_view()
    };
    view! {
        <div class="spectrum" aria-hidden="true">{parts}</div>
    }
}
