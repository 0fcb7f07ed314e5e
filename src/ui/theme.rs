//! The colours of the page: as the address says, else as they were chosen before, else as the system has them.

use crate::view::state::Theme;
use leptos::prelude::*;

use super::{Page, dom, parts::Part, sketch::Node, toolbar};

/// Where the choice is kept. `boot.js` reads it, too.
const STORAGE_KEY: &str = "k8bit-theme";

impl Page {
    /// The theme of the address, else the one that was chosen before.
    pub(super) fn theme(&self) -> Theme {
        let named = self.state().with_untracked(|state| state.theme);
        named.unwrap_or_else(|| self.0.chosen_theme.get())
    }

    /// Shows the page in its theme.
    pub(super) fn show_theme(&self) {
        apply(self.theme());
    }

    /// The menu of themes.
    pub(super) fn theme_menu(&self, into: &mut Node) {
        let mut themes = Theme::ALL
            .iter()
            .map(|theme| (theme.slug().to_owned(), theme.label().to_owned()));
        toolbar::menu(into, ("theme", "Theme"), &mut themes, self.theme().slug());
    }

    /// Takes a choice from the menu.
    pub(super) fn choose_theme(&self, value: &str) {
        let Some(next) = Theme::parse(value) else { return };
        self.0.chosen_theme.set(next);
        remember(next);
        apply(next);
        // An address that names a theme goes on naming the one that is seen.
        if from_query().is_some() || self.state().with_untracked(|state| state.theme.is_some()) {
            self.navigate(|state| state.theme = Some(next));
        }
        self.touch(Part::Legend);
        // The image of the map has its colours in it.
        self.commit(self.0.source.now());
    }
}

/// `?theme=`, which stands before the fragment and yields to it.
fn from_query() -> Option<Theme> {
    let search = dom::window().location().search().ok()?;
    let mut pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs.find_map(|(name, value)| (name == "theme").then(|| Theme::parse(&value)).flatten())
}

/// The theme that was chosen before; `?theme=` in the address goes before it.
pub(super) fn remembered() -> Theme {
    let from_storage = || {
        let storage = dom::window().local_storage().ok()??;
        Theme::parse(&storage.get_item(STORAGE_KEY).ok()??)
    };
    from_query().or_else(from_storage).unwrap_or(Theme::Auto)
}

/// Storage may be forbidden or full; then the choice lasts as long as the page.
fn remember(theme: Theme) {
    if let Ok(Some(storage)) = dom::window().local_storage() {
        let _ = storage.set_item(STORAGE_KEY, theme.slug());
    }
}

fn apply(theme: Theme) {
    dom::with_root(|root| match theme {
        Theme::Auto => dom::unset(root, "data-theme"),
        chosen => dom::set(root, "data-theme", chosen.slug()),
    });
}
