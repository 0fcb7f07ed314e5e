//! The connection indicator; a button that opens the panel.

use leptos::prelude::*;

use crate::ui::signals::Liveness;

/// See the [module](self).
#[component]
pub(super) fn ConnectionBadge(is_panel_open: RwSignal<bool>) -> impl IntoView {
    let Liveness { badge, .. } = expect_context();
    view! {
        <button type="button" id="connection" class="badge" aria-controls="connection-details"
            aria-expanded=move || is_panel_open.get().to_string()
            data-state=move || badge.with(|badge| badge.state.slug())
            on:click=move |_| is_panel_open.update(|is_open| *is_open = !*is_open)>
            <Indicator/>
        </button>
    }
}

/// What stands in an indicator.
#[component]
pub(super) fn Indicator() -> impl IntoView {
    let Liveness { badge, .. } = expect_context();
    view! {
        <span class="lamp"></span>
        <strong>{move || badge.with(|badge| badge.title)}</strong>
        <span class="detail">{move || badge.with(|badge| badge.detail.clone())}</span>
    }
}
