//! Saved views: names for what the address says, kept by the browser. A popover, which the browser opens and closes.

use crate::view::{
    saved::{NotSaved, SavedViews},
    state::ViewState,
};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, HtmlElement, HtmlInputElement},
};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{Page, dom};

/// Where they are kept.
const STORAGE_KEY: &str = "k8bit-views";

/// The button.
pub(super) const BUTTON: &str =
    "<button type=button class=button id=open-views popovertarget=views-menu>views</button>";

/// Its menu.
pub(super) const MENU: &str = r#"
<div class="views-menu" id="views-menu" popover="auto" role="group" aria-label="Saved views">
<form>
  <input type="text" id="view-name" aria-label="Name for this view" aria-describedby="view-refusal" autocomplete="off"
    placeholder="Name for this view" autofocus>
  <button type="submit" class="button">Save</button>
</form>
<p class="refusal" id="view-refusal" role="status"></p>
<p class="none">Nothing is saved yet. A view is the query and whatever else the address says.</p>
<ul></ul>
</div>
"#;

/// What other tabs have saved, too. Storage may be forbidden; then there are none.
fn stored() -> SavedViews {
    let text = dom::window().local_storage().ok().flatten();
    let text = text.and_then(|storage| storage.get_item(STORAGE_KEY).ok()?);
    SavedViews::parse(&text.unwrap_or_default())
}

/// Whether the views could be kept.
fn store(views: &SavedViews) -> bool {
    let storage = dom::window().local_storage().ok().flatten();
    storage.is_some_and(|storage| storage.set_item(STORAGE_KEY, &views.to_string()).is_ok())
}

/// Listens to the menu.
pub(super) fn attach(root: &Element, page: &Page) {
    let page = page.clone();
    let menu = root.clone();
    let listener: Closure<dyn Fn(Event)> = Closure::new(move |event: Event| match event.type_().as_str() {
        "beforetoggle" => draw(&menu, &stored(), ""),
        "submit" => {
            event.prevent_default();
            save(&menu, &page);
        }
        _ => {
            let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
            if let Some(target) = target {
                press(&menu, &target, &page);
            }
        }
    });
    dom::listen(root, &["beforetoggle", "submit", "click"], listener);
}

/// Saves the present view.
fn save(menu: &Element, page: &Page) {
    let Some(field) = part(menu, "input").and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let fragment = page.state().with_untracked(ToString::to_string);
    let mut views = stored();
    let refusal = match views.save(&field.value(), &fragment) {
        Ok(()) if store(&views) => {
            field.set_value("");
            String::new()
        }
        Ok(()) => NotSaved::NoStorage.to_string(),
        Err(error) => error.to_string(),
    };
    draw(menu, &stored(), &refusal);
}

/// Opens or deletes the view of a row.
fn press(menu: &Element, target: &Element, page: &Page) {
    let button = target.closest("button[data-view]").ok().flatten();
    let Some((button, name)) = button.and_then(|button| Some((button.clone(), button.get_attribute("data-view")?)))
    else {
        return;
    };
    let mut views = stored();
    if button.class_name() == "delete-view" {
        views.delete(&name);
        store(&views);
        draw(menu, &views, "");
        // The button that had the focus is gone.
        if let Some(field) = part(menu, "input").and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
        }
    } else if let Some(view) = views.as_slice().iter().find(|view| view.name == name) {
        let view = ViewState::parse(&view.fragment);
        page.navigate(|state| *state = view);
    }
}

fn draw(menu: &Element, views: &SavedViews, refusal: &str) {
    let parts = (part(menu, "ul"), part(menu, ".none"), part(menu, ".refusal"));
    let (Some(list), Some(none), Some(note)) = parts else {
        return;
    };
    note.set_text_content(Some(refusal));
    dom::set_present(&none, "hidden", !views.as_slice().is_empty());
    list.set_text_content(None);
    for view in views.as_slice() {
        let row = dom::append(&list, "li", "");
        let open = dom::append(&row, "button", "");
        dom::set(&open, "class", "open-view");
        // The browser closes the menu by it.
        dom::set(&open, "popovertarget", "views-menu");
        dom::set(&open, "popovertargetaction", "hide");
        dom::append(&open, "b", &view.name);
        let fragment = match view.fragment.as_str() {
            "" => "as usual".to_owned(),
            fragment => format!("#{fragment}"),
        };
        dom::append(&open, "span", &fragment);
        let delete = dom::append(&row, "button", "×");
        dom::set(&delete, "class", "delete-view");
        dom::set(&delete, "aria-label", &format!("Delete {}", view.name));
        for button in [open, delete] {
            dom::set(&button, "type", "button");
            dom::set(&button, "data-view", &view.name);
        }
    }
}

fn part(menu: &Element, selector: &str) -> Option<Element> {
    menu.query_selector(selector).ok().flatten()
}
