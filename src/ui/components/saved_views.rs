//! Saved views: names for what the address says, kept by the browser. A popover, which the browser opens and closes.

use leptos::{
    ev::{Event, SubmitEvent},
    html,
    prelude::*,
};

use crate::{
    browser::saved_views,
    ui::{name_parts::NameParts, state::State},
    view::{
        saved::{SavedView, SavedViews as Saved},
        state::ViewState,
    },
};

/// The button and its menu.
#[component]
pub(super) fn SavedViews() -> impl IntoView {
    let state = expect_context::<State>();
    let views = RwSignal::new(Saved::default());
    let refusal = RwSignal::new(String::new());
    let name = NodeRef::<html::Input>::new();
    let show = move |refused: String| {
        views.set(saved_views::read());
        refusal.set(refused);
    };
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = name.get_untracked() else { return };
        match saved_views::save(&field.value(), &state.with_untracked(ToString::to_string)) {
            Ok(()) => {
                field.set_value("");
                show(String::new());
            }
            Err(refused) => show(refused.to_string()),
        }
    };
    let delete = move |view: &str| {
        saved_views::delete(view);
        show(String::new());
        // The button that had the focus is gone.
        if let Some(field) = name.get_untracked() {
            let _ = field.focus();
        }
    };
    let rows = move || {
        let rows = views.get().as_slice().to_vec();
        rows.into_iter().map(|view| view! { <Row view delete/> }).collect_view()
    };
    view! {
        <button type="button" class="button" id="open-views" popovertarget="views-menu">"views"</button>
        <div class="views-menu" id="views-menu" popover="auto" role="group" aria-label="Saved views"
            on:beforetoggle=move |_: Event| show(String::new())>
            <form on:submit=save>
                <input type="text" id="view-name" aria-label="Name for this view" aria-describedby="view-refusal"
                    autocomplete="off" placeholder="Name for this view" autofocus node_ref=name/>
                <button type="submit" class="button">"Save"</button>
            </form>
            <p class="refusal" id="view-refusal" role="status">{move || refusal.get()}</p>
            <p class="none" hidden=move || views.with(|views| !views.as_slice().is_empty())>
                "No saved views. A view is the query and everything else in the address."
            </p>
            <ul>{rows}</ul>
        </div>
    }
}

/// A saved view: to open, which closes the menu, or to delete.
#[component]
fn Row(view: SavedView, delete: impl Fn(&str) + 'static) -> impl IntoView {
    let state = expect_context::<State>();
    let SavedView { name, fragment } = view;
    let words = match fragment.as_str() {
        "" => "as usual".to_owned(),
        fragment => format!("#{fragment}"),
    };
    let open = move |_| state.navigate(|state| *state = ViewState::parse(&fragment));
    let deleted = name.clone();
    view! {
        <li>
            <button type="button" class="open-view" popovertarget="views-menu" popovertargetaction="hide"
                data-view=name.clone() on:click=open>
                <b class="name-parts"><NameParts name=name.clone()/></b>
                <span>{words}</span>
            </button>
            <button type="button" class="delete-view" aria-label=format!("Delete {name}") data-view=name
                on:click=move |_| delete(&deleted)>
                "×"
            </button>
        </li>
    }
}
