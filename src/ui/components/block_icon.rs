//! The icon of a block, within text.

use leptos::prelude::*;

use crate::{resource::status::Family, view::block::Glyph};

/// A block of a family. Stands for no pod.
#[component]
pub(in crate::ui) fn BlockIcon(family: Family, #[prop(default = Glyph::Plain)] glyph: Glyph) -> impl IntoView {
    view! { <span class="pod" data-family=family.slug() data-glyph=glyph.slug()></span> }
}
