//! The tray of pods without a node.

use leptos::prelude::*;

use super::pod_grid::PodGrid;
use crate::{ui::signals::NodeList, view::format::counted};

/// See the [module](self).
#[component]
pub(super) fn Tray() -> impl IntoView {
    let NodeList {
        tray,
        tray_blocks,
        has_tray,
        ..
    } = expect_context();
    let pods = move || match tray.with(|tray| tray.pods) {
        None => "not known".to_owned(),
        Some(0) => "none".to_owned(),
        Some(pods) => counted(u64::from(pods), "pod", "pods"),
    };
    let reason = move || tray.with(|tray| tray.reason.clone());
    view! {
        <section id="unscheduled" class="tray" role="group" aria-labelledby="unscheduled-name"
            hidden=move || !has_tray.get()>
            <div class="heading">
                <h2 id="unscheduled-name">"Unscheduled"</h2>
                <span class="count">{pods}</span>
                <span class="reason" title=reason>{reason}</span>
            </div>
            <div class="screen"><PodGrid blocks=tray_blocks/></div>
        </section>
    }
}
