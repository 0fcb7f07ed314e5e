//! Words with their tones, and what stands between them.

use leptos::prelude::*;

use crate::view::Word;

/// See the [module](self).
#[component]
pub(in crate::ui) fn Words(words: Vec<Word>, #[prop(default = "")] between: &'static str) -> impl IntoView {
    let words = words.into_iter().enumerate().map(|(index, word)| {
        view! {
            {(index > 0).then_some(between)}
            <span data-tone=word.tone.slug()>{word.text}</span>
        }
    });
    words.collect_view()
}
