//! The summary: how many nodes and pods there are, what changed lately, what is wrong, and the pods by family.

use leptos::prelude::*;

use super::{family_counters::FamilyCounters, problem_counters::ProblemCounters, words::Words};
use crate::{
    ui::signals::{Liveness, Totals},
    view::format::{known, unit},
};

/// See the [module](self).
#[component]
pub(in crate::ui) fn Summary() -> impl IntoView {
    let Totals { summary, .. } = expect_context();
    let Liveness { scene, .. } = expect_context();
    let node_words = move || summary.with(|summary| summary.node_words.clone());
    let node_changes = move || summary.with(|summary| summary.recent_nodes.clone());
    view! {
        <section class="summary" id="summary" aria-label="Summary" data-scene=move || scene.with(|scene| scene.slug())>
            <div class="figure" id="total-nodes">
                <span class="number">{move || summary.with(|summary| known(summary.nodes))}</span>
                " "
                <span class="unit">{move || unit(summary.with(|summary| summary.nodes), "node", "nodes")}</span>
                <p>
                    <span class="words">{move || view! { <Words words=node_words() between=" · "/> }}</span>
                    " "
                    <span class="recent">{node_changes}</span>
                </p>
            </div>
            <div class="figure" id="total-pods">
                <span class="number">{move || summary.with(|summary| known(summary.pods))}</span>
                " "
                <span class="unit">{move || unit(summary.with(|summary| summary.pods), "pod", "pods")}</span>
                <p>
                    <span class="words">{move || summary.with(|summary| summary.pods_note())}</span>
                    <span class="recent" id="recent">{move || summary.with(|summary| summary.recent.clone())}</span>
                </p>
            </div>
            <ProblemCounters/>
            <FamilyCounters/>
        </section>
    }
}
