//! What may be written where the cursor is.

use leptos::prelude::*;

use super::QueryDraft;
use crate::{ui::name_parts::NameParts, view::query::suggest::Suggestion};

/// See the [module](self).
#[component]
pub(super) fn Suggestions() -> impl IntoView {
    let QueryDraft { suggestions, .. } = expect_context();
    view! {
        <ul id="suggestions" class="suggestions" role="listbox" aria-label="Suggestions"
            hidden=move || suggestions.with(Vec::is_empty)>
            // An option that stays keeps its element: the browser clicks what the pointer was pressed and released on.
            <ForEnumerate each=move || suggestions.get() key=what_is_seen let(index, suggestion)>
                <SuggestionOption index suggestion/>
            </ForEnumerate>
        </ul>
    }
}

#[component]
fn SuggestionOption(index: ReadSignal<usize>, suggestion: Suggestion) -> impl IntoView {
    let draft = expect_context::<QueryDraft>();
    let active = draft.active;
    let text = suggestion.text.clone();
    view! {
        <li
            id=move || option_id(index.get())
            role="option"
            aria-selected=move || (active.get() == Some(index.get())).to_string()
            // The focus stays in the box.
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| draft.accept_clicked(&text)
        >
            <span class="text name-parts"><NameParts name=suggestion.label().to_string()/></span>
            <span class="detail">{suggestion.detail}</span>
        </li>
    }
}

fn what_is_seen(suggestion: &Suggestion) -> (String, String) {
    (suggestion.text.clone(), suggestion.detail.clone())
}

pub(super) fn option_id(index: usize) -> String {
    format!("suggestion-{index}")
}
