//! The footer: what colors mean where they do not show the status, and how near and in which theme the picture is shown.

use leptos::prelude::*;

use super::{theme::ThemeMenu, walk_steps::WalkSteps, zoom_steps::ZoomSteps};
use crate::{
    ui::{name_parts::NameParts, signals::NodeList},
    view::{
        color,
        format::{count, counted},
    },
};

/// See the [module](self).
#[component]
pub(in crate::ui) fn Legend() -> impl IntoView {
    let NodeList { legend, spread, .. } = expect_context();
    let colors = move || {
        let legend = legend.get();
        // The counters are the legend of the status.
        (!legend.title.is_empty()).then(|| view! { <Tints legend/> })
    };
    let spread_words = move || {
        let (name, sentence) = spread.get();
        (!name.is_empty())
            .then(|| view! { <span class="name-parts"><NameParts name/></span> <span>": " {sentence}</span> })
    };
    view! {
        <footer class="legend">
            {colors}
            <p class="spread" id="spread">{spread_words}</p>
            <div class="controls">
                <WalkSteps/>
                <ZoomSteps/>
                <ThemeMenu/>
                <span class="keys">"/ find · arrows move · n p problems · ? help"</span>
            </div>
        </footer>
    }
}

/// The legend of colors that tell something else.
#[component]
fn Tints(legend: color::Legend) -> impl IntoView {
    let items = legend.entries.into_iter().map(|entry| {
        view! {
            <li>
                <span class="swatch-ground">
                    <span class="pod" data-family="healthy" data-tint=entry.tint.slug()></span>
                </span>
                {entry.label}
                <span class="number">{count(u64::from(entry.pods))}</span>
            </li>
        }
    });
    let others = u64::from(legend.others);
    let others = (others > 0).then(|| view! { <li>{counted(others, "other pod", "other pods")}</li> });
    view! {
        <ul id="tints" aria-label=legend.title>
            <li class="title">{legend.title}</li>
            {items.collect_view()}
            {others}
        </ul>
    }
}
