//! Changes, only if the address asks for them and the user has allowed them in this tab: actions on the
//! subject, the dialog that asks, and what the watch shows of it afterwards.

mod dialog;
mod guard;
mod writing;

use leptos::prelude::*;

use self::{dialog::WriteDialog, writing::Writing};
use super::object::Object;
use crate::{ui::signals::SubjectSignals, view::owner};

/// What can be done to the subject, what came of it, and the dialog.
#[component]
pub(super) fn WriteActions() -> impl IntoView {
    let object = expect_context::<Object>();
    let SubjectSignals {
        known, gone, outcome, ..
    } = expect_context();
    let writing = Writing::new();
    provide_context(writing);
    let is_cordoned = Memo::new(move |_| known.with(|known| known.cordoned));
    let is_scalable = Memo::new(move |_| object.owners.with(|owners| owner::may_have_scale(owners)));
    let actions = move || {
        if gone.get().is_some() || !known.with(|known| known.is_there) {
            // Nothing is left to do, or nothing would show the outcome.
            return ().into_any();
        }
        if object.is_pod {
            return view! {
                <Action label="Delete…" slug="delete" begin=move || writing.delete()/>
                {is_scalable.get().then(|| view! {
                    <Action label="Scale its owner…" slug="scale" begin=move || writing.scale()/>
                })}
            }
            .into_any();
        }
        match is_cordoned.get() {
            Some(true) => {
                view! { <Action label="Uncordon…" slug="uncordon" begin=move || writing.cordon(false)/> }.into_any()
            }
            Some(false) => {
                view! { <Action label="Cordon…" slug="cordon" begin=move || writing.cordon(true)/> }.into_any()
            }
            None => ().into_any(),
        }
    };
    let told = move || {
        let (slug, told) = outcome.get()?;
        let words = told.words().to_owned();
        Some(view! { <span data-write=slug data-outcome=told.slug()>{words}</span> })
    };
    view! {
        <div class="actions">{actions}</div>
        <p class="outcome" id="write-outcome" role="status">{told}</p>
        <WriteDialog/>
    }
}

#[component]
fn Action(label: &'static str, slug: &'static str, begin: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class="button" aria-haspopup="dialog" data-action=slug on:click=move |_| begin()>
            {label}
        </button>
    }
}
