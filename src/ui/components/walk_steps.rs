//! Previous and next for whoever has no keys: matches while something is looked for, otherwise problems.

use leptos::prelude::*;

use crate::{
    ui::{
        frame::Frame,
        query_bar::QueryDraft,
        signals::{QuerySignals, Totals},
    },
    view::direction::WalkDirection,
};

/// See the [module](self). The style sheet shows it on phones and where there is no mouse.
#[component]
pub(super) fn WalkSteps() -> impl IntoView {
    let frame = expect_context::<Frame>();
    let draft = expect_context::<QueryDraft>();
    let QuerySignals { is_searching, .. } = expect_context();
    let Totals { problems, .. } = expect_context();
    let button = |id: &'static str, word: &'static str, step: WalkDirection| {
        let walk = move |_| {
            if is_searching.get_untracked() {
                draft.find(step);
            } else {
                frame.walk_aloud(step);
            }
        };
        let what = move || if is_searching.get() { "match" } else { "problem" };
        view! { <button type="button" class="button" id=id on:click=walk>{word} " " {what}</button> }
    };
    let has_none = move || !is_searching.get() && problems.get() == 0;
    view! {
        <div class="walk-steps" role="group" aria-label="Step through" hidden=has_none>
            {button("walk-previous", "Previous", WalkDirection::Previous)}
            {button("walk-next", "Next", WalkDirection::Next)}
        </div>
    }
}
