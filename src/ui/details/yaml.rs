//! The last tab: the object as kubectl would write it.

use leptos::prelude::*;

use super::{
    copy_button::CopyButton,
    object::{Object, ReadError},
};
use crate::view::yaml;

/// See the [module](self).
#[component]
pub(super) fn Yaml() -> impl IntoView {
    let object = expect_context::<Object>();
    let text = Memo::new(move |_| object.value.with(|value| value.as_ref().map(yaml::of_object)));
    let is_read = Memo::new(move |_| text.with(Option::is_some));
    let copied = move || text.get_untracked().unwrap_or_default();
    let tab = move || {
        if !is_read.get() {
            return view! { <p class="state-line">"Requesting the object…"</p> }.into_any();
        }
        view! {
            <div class="tools">
                <p class="note">"The stored object, without managedFields."</p>
                <CopyButton name="Copy the YAML".to_owned() shown="yaml" text=copied/>
            </div>
            <pre class="yaml" id="yaml" tabindex="0" role="region" aria-label="YAML">{move || text.get()}</pre>
        }
        .into_any()
    };
    view! {
        <ReadError/>
        {tab}
    }
}
