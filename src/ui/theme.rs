//! Dark, light, or as the system has it: remembered, and settable by `?theme=`.

use leptos::web_sys::Url;

use super::dom;

/// Where the choice is kept.
const STORAGE_KEY: &str = "k8bit-theme";

/// The choices, in the order of the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the system has it.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Its name, in the URL, in storage and on the switch.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice after this one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.slug() == text)
    }
}

/// The theme of the URL, else the one remembered, else the system's.
pub(super) fn remembered() -> Theme {
    let from_url = || url()?.search_params().get("theme");
    let from_storage = || dom::window().local_storage().ok()??.get_item(STORAGE_KEY).ok()?;
    let parsed = |text: Option<String>| text.and_then(|text| Theme::parse(&text));
    parsed(from_url())
        .or_else(|| parsed(from_storage()))
        .unwrap_or(Theme::Auto)
}

/// Shows the page in the remembered theme.
pub(super) fn apply_remembered() {
    apply(remembered());
}

/// Shows the page in a theme and remembers it; a `?theme=` in the URL follows.
pub(super) fn choose(theme: Theme) {
    apply(theme);
    // Storage may be forbidden or full; then the choice lasts as long as the page.
    if let Ok(Some(storage)) = dom::window().local_storage() {
        let _ = storage.set_item(STORAGE_KEY, theme.slug());
    }
    let Some(url) = url().filter(|url| url.search_params().has("theme")) else {
        return;
    };
    url.search_params().set("theme", theme.slug());
    if let Ok(history) = dom::window().history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&url.href()));
    }
}

fn apply(theme: Theme) {
    let Some(root) = dom::document().document_element() else {
        return;
    };
    match theme {
        Theme::Auto => dom::unset(&root, "data-theme"),
        Theme::Light | Theme::Dark => dom::set(&root, "data-theme", theme.slug()),
    }
}

fn url() -> Option<Url> {
    Url::new(&dom::window().location().href().ok()?).ok()
}
