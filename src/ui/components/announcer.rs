//! Announcements for screen readers: the connection, and the walk from problem to problem.

use leptos::prelude::*;

use crate::ui::signals::{Liveness, Walk};

/// The two live regions.
#[component]
pub(in crate::ui) fn Announcer() -> impl IntoView {
    let Liveness { announcement, .. } = expect_context();
    let Walk { said, .. } = expect_context();
    view! {
        <p class="sr-only" role="status" aria-live="polite">{move || announcement.get()}</p>
        <p class="sr-only" id="walk" role="status" aria-live="polite">{move || said.get()}</p>
    }
}
