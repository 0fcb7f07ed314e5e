//! A node and its pods; or a namespace or workload and its pods, by the user's grouping.

use leptos::prelude::*;

use super::{
    card_head::{CardBars, CardCount, CardName, CardWords},
    pod_chips::PodChips,
    pod_grid::PodGrid,
};
use crate::{
    ui::signals::{NodeCardSignals, NodeList},
    view::{card::group_slug, format::pixels},
};

/// See the [module](self).
#[component]
pub(super) fn NodeCard(node: NodeCardSignals) -> impl IntoView {
    let NodeCardSignals {
        group_key,
        card,
        rect,
        blocks,
        chips,
        ..
    } = node;
    let NodeList { scale, .. } = expect_context();
    let is_names = Memo::new(move |_| scale.get().is_names());
    let pods = move || {
        if is_names.get() {
            view! { <PodChips chips/> }.into_any()
        } else {
            view! { <PodGrid blocks/> }.into_any()
        }
    };
    let group_key = group_key.get_value();
    let name = group_key.node_name().map(|name| name.as_str().to_owned());
    let group = name.is_none().then(|| group_slug(&group_key));
    view! {
        <div class="card" role="group" data-node=name data-group=group
            data-status=move || card.with(|card| card.status.clone())
            data-state=move || card.with(|card| card.state.slug())
            aria-label=move || card.with(|card| card.label.clone()) style:left=move || pixels(rect.get().left)
            style:top=move || pixels(rect.get().top) style:width=move || pixels(rect.get().width)
            style:height=move || pixels(rect.get().height)>
            <div class="top">
                <CardName group_key name=card.with_untracked(|card| card.name.clone())/>
                <CardCount card/>
            </div>
            <CardWords card/>
            <CardBars card/>
            <div class="screen">{pods}</div>
        </div>
    }
}
