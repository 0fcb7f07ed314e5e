//! Saved views: names for what the address says, kept by the browser.

use crate::view::{
    saved::{SavedView, SavedViews},
    state::ViewState,
};
use leptos::{
    html::Input,
    prelude::*,
    web_sys::{FocusEvent, KeyboardEvent, Node, SubmitEvent},
};
use wasm_bindgen::JsCast;

use super::{PageRef, dom};

/// Where they are kept.
const STORAGE_KEY: &str = "k8bit-views";

/// The ids of the button and of the field for a name.
const BUTTON: &str = "open-views";
const NAME: &str = "view-name";

/// What other tabs have saved, too. Storage may be forbidden; then there are none.
fn stored() -> SavedViews {
    let json = dom::window().local_storage().ok().flatten();
    let json = json.and_then(|storage| storage.get_item(STORAGE_KEY).ok()?);
    SavedViews::parse(&json.unwrap_or_default())
}

/// Whether the views could be kept.
fn store(views: &SavedViews) -> bool {
    let storage = dom::window().local_storage().ok().flatten();
    storage.is_some_and(|storage| storage.set_item(STORAGE_KEY, &views.to_json()).is_ok())
}

/// The menu and how it stands.
#[derive(Clone, Copy)]
struct Menu {
    page: PageRef,
    views: RwSignal<SavedViews>,
    is_open: RwSignal<bool>,
    name: NodeRef<Input>,
    /// Why the last view was not saved.
    refusal: RwSignal<String>,
}

impl Menu {
    fn toggle(self) {
        if self.is_open.get_untracked() {
            return self.close();
        }
        self.views.set(stored());
        self.refusal.set(String::new());
        self.is_open.set(true);
        // Once it is shown.
        request_animation_frame(|| super::query_bar::focus_by_id(NAME));
    }

    /// Closes it; the focus goes back to the button.
    fn close(self) {
        self.is_open.set(false);
        super::query_bar::focus_by_id(BUTTON);
    }

    /// Saves the present view.
    fn save(self) {
        let Some(field) = self.name.get_untracked() else { return };
        let fragment = self
            .page
            .with_value(|page| page.state().with_untracked(ToString::to_string));
        let mut views = stored();
        match views.save(&field.value(), &fragment) {
            Err(error) => self.refusal.set(error.to_string()),
            Ok(()) if store(&views) => {
                field.set_value("");
                self.refusal.set(String::new());
                self.views.set(views);
            }
            Ok(()) => self
                .refusal
                .set("This browser does not let the page keep anything.".to_owned()),
        }
    }

    fn open(self, fragment: &str) {
        let view = ViewState::parse(fragment);
        self.page.with_value(|page| page.navigate(|state| *state = view));
        self.close();
    }

    fn delete(self, name: &str) {
        let mut views = stored();
        views.delete(name);
        store(&views);
        self.views.set(views);
        // The button that had the focus is gone.
        super::query_bar::focus_by_id(NAME);
    }
}

/// The button and its menu.
pub(super) fn menu(page: PageRef) -> impl IntoView {
    let menu = Menu {
        page,
        views: RwSignal::new(SavedViews::default()),
        is_open: RwSignal::new(false),
        name: NodeRef::new(),
        refusal: RwSignal::new(String::new()),
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && menu.is_open.get_untracked() {
            event.stop_propagation();
            menu.close();
        }
    };
    let left = move |event: FocusEvent| {
        let inside = dom::document().get_element_by_id("views");
        let to: Option<Node> = event.related_target().and_then(|to| to.dyn_into().ok());
        // To nothing at all when the window loses the focus, or a row is deleted.
        if to.is_some_and(|to| inside.is_none_or(|inside| !inside.contains(Some(&to)))) {
            menu.is_open.set(false);
        }
    };
    view! {
        <div class="views" id="views" on:keydown=escape on:focusout=left>
            <button
                type="button"
                class="button"
                id=BUTTON
                aria-expanded=move || menu.is_open.get().to_string()
                aria-controls="views-menu"
                on:click=move |_| menu.toggle()
            >
                "views"
            </button>
            {panel(menu)}
        </div>
    }
}

fn panel(menu: Menu) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        menu.save();
    };
    let rows = move || {
        menu.views
            .with(|views| views.as_slice().iter().map(|view| row(menu, view)).collect_view())
    };
    view! {
        <div class="views-menu" id="views-menu" role="group" aria-label="Saved views" hidden=move || !menu.is_open.get()>
            <form on:submit=submit>
                <input
                    type="text"
                    id=NAME
                    node_ref=menu.name
                    aria-label="Name for this view"
                    aria-describedby="view-refusal"
                    autocomplete="off"
                    placeholder="Name for this view"
                />
                <button type="submit" class="button">
                    "Save"
                </button>
            </form>
            <p class="refusal" id="view-refusal" role="status">
                {move || menu.refusal.get()}
            </p>
            <p class="none" hidden=move || !menu.views.with(|views| views.as_slice().is_empty())>
                "Nothing is saved yet. A view is the query and whatever else the address says."
            </p>
            <ul>{rows}</ul>
        </div>
    }
}

fn row(menu: Menu, view: &SavedView) -> impl IntoView + use<> {
    let SavedView { name, fragment } = view.clone();
    let shown = if fragment.is_empty() {
        "as usual".to_owned()
    } else {
        format!("#{fragment}")
    };
    let (label, for_delete, text) = (format!("Delete {name}"), name.clone(), name);
    view! {
        <li>
            <button type="button" class="open-view" on:click=move |_| menu.open(&fragment)>
                <b>{text}</b>
                <span>{shown}</span>
            </button>
            <button type="button" class="delete-view" aria-label=label on:click=move |_| menu.delete(&for_delete)>
                "×"
            </button>
        </li>
    }
}
