//! The colours of the page: as the address says, else as they were chosen before, else as the system has them.

use crate::view::state::Theme;
use leptos::prelude::*;

use super::{Page, PageRef, dom};

/// Where the choice is kept.
const STORAGE_KEY: &str = "k8bit-theme";

/// Shows the page in the theme of its address, and follows it.
pub(super) fn follow(page: PageRef) {
    let state = page.with_value(Page::state);
    let theme = Memo::new(move |_| state.with(|state| state.theme));
    let follow = move || apply(theme.get().unwrap_or_else(remembered));
    // Now, and not after the first picture.
    untrack(follow);
    Effect::new(follow);
}

/// The menu of themes.
pub(super) fn menu(page: PageRef) -> impl IntoView {
    let chosen = RwSignal::new(remembered());
    let state = page.with_value(Page::state);
    let theme = Memo::new(move |_| state.with(|state| state.theme).unwrap_or_else(|| chosen.get()));
    let choose = move |event| {
        let Some(next) = Theme::parse(&event_target_value(&event)) else {
            return;
        };
        chosen.set(next);
        remember(next);
        apply(next);
        page.with_value(|page| {
            // An address that names a theme goes on naming the one that is seen.
            if from_query().is_some() || page.state().with_untracked(|state| state.theme.is_some()) {
                page.navigate(|state| state.theme = Some(next));
            }
        });
    };
    let option = move |choice: &Theme| {
        let choice = *choice;
        view! {
            <option value=choice.slug() selected=move || theme.get() == choice>
                {choice.label()}
            </option>
        }
    };
    view! {
        <label class="button select">
            <span class="prefix">"theme: "</span>
            <select id="theme" aria-label="Theme" on:change=choose prop:value=move || theme.get().slug()>
                {Theme::ALL.iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// `?theme=`, which stands before the fragment and yields to it.
fn from_query() -> Option<Theme> {
    let search = dom::window().location().search().ok()?;
    let mut pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs.find_map(|(name, value)| (name == "theme").then(|| Theme::parse(&value)).flatten())
}

/// The theme that was chosen before; `?theme=` in the address goes before it.
fn remembered() -> Theme {
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
    let Some(root) = dom::document().document_element() else {
        return;
    };
    match theme {
        Theme::Auto => dom::unset(&root, "data-theme"),
        chosen => dom::set(&root, "data-theme", chosen.slug()),
    }
}
