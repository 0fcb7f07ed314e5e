//! A sentence that marks what to type.

use leptos::prelude::*;

use crate::view::format::{Piece, pieces};

/// A sentence whose backticks mark what to type.
#[component]
pub(in crate::ui) fn Rich(sentence: String) -> impl IntoView {
    let pieces = pieces(&sentence).into_iter().map(|piece| match piece {
        Piece::Words(words) => words.into_any(),
        Piece::Code(code) => view! { <code>{code}</code> }.into_any(),
    });
    pieces.collect_view()
}
