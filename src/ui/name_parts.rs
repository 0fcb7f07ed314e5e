//! A name in pieces, so that its end stays where there is no room for all of it: `.name-parts` of `style.css`.

use leptos::prelude::*;

use crate::view::format::divided;

/// The pieces of a name, in an element which has the class `name-parts`.
#[component]
pub(super) fn NameParts(name: String) -> impl IntoView {
    divided(&name)
        .map(|piece| view! { <span>{piece.to_owned()}</span> })
        .collect_view()
}
