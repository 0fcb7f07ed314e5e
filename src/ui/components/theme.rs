//! The colors of the page: as the address says, else as they were chosen before, else as the system has them.

use leptos::prelude::*;

use super::menus::Menu;
use crate::{
    browser::theme as kept,
    ui::{dom, state::State},
    view::state::Theme,
};

/// What is chosen of the colors.
#[derive(Clone, Copy)]
pub(in crate::ui) struct ThemeChoice {
    /// The theme of the address, else the one that was chosen before.
    pub(in crate::ui) theme: Memo<Theme>,
    /// The theme that the page has by now.
    pub(in crate::ui) shown: RwSignal<Theme>,
    /// What was chosen before.
    chosen: RwSignal<Theme>,
}

/// Shows the page in its theme for as long as the caller's owner lives.
pub(in crate::ui) fn use_theme(state: State) -> ThemeChoice {
    let chosen = RwSignal::new(kept::remembered());
    let theme = Memo::new(move |_| state.with(|state| state.theme).unwrap_or_else(|| chosen.get()));
    // Now, and not after the first frame.
    apply(theme.get_untracked());
    let shown = RwSignal::new(theme.get_untracked());
    Effect::new(move |_| {
        apply(theme.get());
        shown.set(theme.get());
    });
    ThemeChoice { theme, shown, chosen }
}

/// The menu of themes.
#[component]
pub(super) fn ThemeMenu() -> impl IntoView {
    let state = expect_context::<State>();
    let ThemeChoice { theme, chosen, .. } = expect_context();
    let themes = Theme::ALL
        .iter()
        .map(|theme| (theme.slug().to_owned(), theme.label().to_owned()))
        .collect();
    let choose = move |value: String| {
        let Some(next) = Theme::parse(&value) else { return };
        kept::remember(next);
        chosen.set(next);
        // An address that names a theme goes on naming the one that is seen.
        if kept::of_query().is_some() || state.with_untracked(|state| state.theme.is_some()) {
            state.navigate(|state| state.theme = Some(next));
        }
    };
    let slug = Memo::new(move |_| theme.get().slug().to_owned());
    view! { <Menu id="theme" label="Theme" choices=themes chosen=slug choose/> }
}

fn apply(theme: Theme) {
    dom::with_root(|root| match theme {
        Theme::Auto => dom::unset(root, "data-theme"),
        chosen => dom::set(root, "data-theme", chosen.slug()),
    });
}
