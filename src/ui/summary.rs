//! The strip on top of the map.

use crate::view::{Word, format::count};
use leptos::prelude::*;

use super::{PageRef, problems};

/// Totals, counters by STATUS, and what changed lately.
pub(super) fn strip(page: PageRef) -> impl IntoView {
    let (summary, scene) = page.with_value(|page| (page.0.summary.clone(), page.0.connection.scene.clone()));
    macro_rules! part {
        ($of:expr) => {{
            let summary = summary.clone();
            move || summary.with($of)
        }};
    }
    let nodes = part!(|summary| count(u64::from(summary.nodes)));
    let node_words = part!(|summary| words(&summary.node_words, " · "));
    let pods = part!(|summary| count(u64::from(summary.pods)));
    let pod_words = part!(|summary| summary.ready_words());
    let spectrum = part!(|summary| {
        let part = |&(family, pods): &(crate::resource::status::Family, u32)| {
            view! { <span data-family=family.slug() style=("--part", pods.to_string()) hidden={pods == 0}></span> }
        };
        summary.families.iter().map(part).collect_view()
    });
    let recent = part!(|summary| summary.recent.clone());
    let recent_nodes = part!(|summary| summary.recent_nodes.clone());
    view! {
        <section class="summary" id="summary" aria-label="Summary" data-scene=move || scene.with(super::map::slug)>
            <div class="figure" id="total-nodes">
                <span class="number">{nodes}</span>
                " "
                <span class="unit">"nodes"</span>
                <p class="words">{node_words}</p>
                <p class="recent">{recent_nodes}</p>
            </div>
            <div class="figure" id="total-pods">
                <span class="number">{pods}</span>
                " "
                <span class="unit">"pods"</span>
                <p class="words">{pod_words}</p>
                <p class="recent" id="recent">{recent}</p>
            </div>
            {problems::counters(page, summary.clone())}
            <div class="spectrum" aria-hidden="true">{spectrum}</div>
        </section>
    }
}

/// Words with their tones, and what stands between them.
pub(super) fn words(words: &[Word], between: &'static str) -> impl IntoView + use<> {
    let words = words.iter().enumerate().map(|(index, word)| {
        view! {
            {(index > 0).then_some(between)}
            <span data-tone=word.tone.slug()>{word.text.clone()}</span>
        }
    });
    words.collect_view()
}
