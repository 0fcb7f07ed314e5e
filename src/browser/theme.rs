//! The theme that the address or an earlier visit asks for.

use super::storage;
use crate::view::state::Theme;

/// Where the choice is kept. `boot.js` reads it, too.
const KEY: &str = "k8bit-theme";

/// `?theme=`, which stands before the fragment and yields to it.
#[must_use]
pub fn of_query() -> Option<Theme> {
    let search = web_sys::window()?.location().search().ok()?;
    let mut pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs.find_map(|(name, value)| (name == "theme").then(|| Theme::parse(&value)).flatten())
}

/// The theme that was chosen before; `?theme=` in the address goes before it.
#[must_use]
pub fn remembered() -> Theme {
    let stored = || Theme::parse(&storage::get(KEY)?);
    of_query().or_else(stored).unwrap_or(Theme::Auto)
}

/// Keeps a choice for later visits.
pub fn remember(theme: Theme) {
    // Where it cannot be kept, it lasts as long as the page.
    storage::set(KEY, theme.slug());
}
