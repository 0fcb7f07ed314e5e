//! Farther, as it fits, closer.

use leptos::prelude::*;

use crate::{
    ui::{signals::NodeList, state::State},
    view::state::{Closeness, Zoom, ZoomStep},
};

/// A step of zoom from what is shown.
pub(in crate::ui) fn zoom(state: State, scale: Closeness, step: ZoomStep) {
    state.navigate(|state| state.zoom = Zoom::stepped(step, scale));
}

/// The three buttons.
#[component]
pub(super) fn ZoomSteps() -> impl IntoView {
    let state = expect_context::<State>();
    let NodeList { scale, .. } = expect_context();
    let press = move |step| move |_| zoom(state, scale.get_untracked(), step);
    view! {
        <div class="steps" role="group" aria-label="Zoom">
            <button type="button" class="button step" id="zoom-out" aria-label="Farther" title="Farther"
                on:click=press(ZoomStep::Out)>
                "−"
            </button>
            <button type="button" class="button step" id="zoom-fit" aria-label="Zoom to fit" title="Zoom to fit"
                on:click=press(ZoomStep::Fit)>
                "fit"
            </button>
            <button type="button" class="button step" id="zoom-in" aria-label="Closer" title="Closer"
                on:click=press(ZoomStep::In)>
                "+"
            </button>
        </div>
    }
}
