//! The colors of the page: as the address says, else as they were chosen before, else as the system has them.

use leptos::prelude::*;

use super::menus::Menu;
use crate::{
    browser::storage,
    ui::{dom, state::State},
    view::state::Theme,
};

/// Where the choice is kept. `boot.js` reads it, too.
const STORAGE_KEY: &str = "k8bit-theme";

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
    let chosen = RwSignal::new(remembered());
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
        storage::set(STORAGE_KEY, next.slug());
        chosen.set(next);
        // An address that names a theme goes on naming the one that is seen.
        if from_query().is_some() || state.with_untracked(|state| state.theme.is_some()) {
            state.navigate(|state| state.theme = Some(next));
        }
    };
    let slug = Memo::new(move |_| theme.get().slug().to_owned());
    view! { <Menu id="theme" label="Theme" choices=themes chosen=slug choose/> }
}

/// `?theme=`, which stands before the fragment and yields to it.
fn from_query() -> Option<Theme> {
    let search = dom::window().location().search().ok()?;
    let mut pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs.find_map(|(name, value)| (name == "theme").then(|| Theme::parse(&value)).flatten())
}

/// The theme that was chosen before; `?theme=` in the address goes before it.
fn remembered() -> Theme {
    let stored = || Theme::parse(&storage::get(STORAGE_KEY)?);
    from_query().or_else(stored).unwrap_or(Theme::Auto)
}

fn apply(theme: Theme) {
    dom::with_root(|root| match theme {
        Theme::Auto => dom::unset(root, "data-theme"),
        chosen => dom::set(root, "data-theme", chosen.slug()),
    });
}
