//! What may be written where the cursor is.

use leptos::prelude::*;

use super::QueryDraft;
use crate::{ui::name_parts::NameParts, view::query::suggest::Suggestion};

/// See the [module](self).
#[component]
pub(super) fn Suggestions() -> impl IntoView {
    let QueryDraft { suggestions, .. } = expect_context();
    let options = move || {
        let options = suggestions.get().into_iter().enumerate();
        options
            .map(|(index, suggestion)| view! { <SuggestionOption index suggestion/> })
            .collect_view()
    };
    view! {
        <ul id="suggestions" class="suggestions" role="listbox" aria-label="Suggestions"
            hidden=move || suggestions.with(Vec::is_empty)>
            {options}
        </ul>
    }
}

#[component]
fn SuggestionOption(index: usize, suggestion: Suggestion) -> impl IntoView {
    let draft = expect_context::<QueryDraft>();
    let active = draft.active;
    view! {
        <li
            id=option_id(index)
            role="option"
            aria-selected=move || (active.get() == Some(index)).to_string()
            // The focus stays in the box.
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| draft.accept(index)
        >
            <span class="text name-parts"><NameParts name=suggestion.label().to_string()/></span>
            <span class="detail">{suggestion.detail}</span>
        </li>
    }
}

pub(super) fn option_id(index: usize) -> String {
    format!("suggestion-{index}")
}
