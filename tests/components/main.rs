//! The components of the page in a browser, in front of an API server that is a few lines of JavaScript beside them:
//! what end-to-end tests cannot see, such as which elements stay, and what is left when the page goes.
//!
//! Each test mounts the page, works with it as a reader does, and drops it. Nothing waits for a time: conditions are waited
//! for, and a test fails when one does not come.

#![cfg(target_arch = "wasm32")]

mod cluster;
mod harness;

use harness::{
    Mounted, active_id, all, attribute, choose, click, find, input, is_disabled, is_modal, is_shown, key, text, until,
    value,
};
use leptos::web_sys::Element;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The pod that tests work with.
const POD: &str = "#map button[data-pod='shop/web-0']";

#[wasm_bindgen_test]
async fn the_help_gives_the_focus_back() {
    let _page = Mounted::at("").await;
    let button = find("#open-help");
    harness::focus(&button);
    click(&button);
    let dialog = find("#help");
    assert!(is_modal(&dialog), "the rest of the page is out of reach");
    assert!(
        dialog.contains(harness::active().as_deref()),
        "the focus is in the dialog"
    );
    click(&all("#help button")[1]);
    assert!(!is_modal(&dialog));
    assert_eq!(active_id(), "open-help");
}

#[wasm_bindgen_test]
async fn suggestions_are_chosen_with_the_keyboard() {
    let _page = Mounted::at("").await;
    let field = find("#query");
    harness::focus(&field);
    input(&field, "is:no");
    until("suggestions", || {
        is_shown("#suggestions") && !all("#suggestions li").is_empty()
    })
    .await;
    let options: Vec<String> = all("#suggestions .text").iter().map(text).collect();
    key(&field, "ArrowDown");
    until("the first one", || {
        attribute(&field, "aria-activedescendant") == "suggestion-0"
    })
    .await;
    assert_eq!(attribute(&find("#suggestion-0"), "aria-selected"), "true");
    key(&field, "ArrowUp");
    until("none", || attribute(&field, "aria-activedescendant").is_empty()).await;
    key(&field, "ArrowUp");
    let last = format!("suggestion-{}", options.len() - 1);
    until("the last one", || attribute(&field, "aria-activedescendant") == last).await;
    key(&field, "Enter");
    assert_eq!(
        value(&field).trim(),
        format!("is:{}", options[options.len() - 1]),
        "it is written into the field"
    );
    assert_eq!(active_id(), "query", "the focus stays where the user writes");
    until("the address", || harness::fragment().contains("q=")).await;
}

#[wasm_bindgen_test]
async fn escape_closes_suggestions_then_clears_then_leaves() {
    let _page = Mounted::at("").await;
    let field = find("#query");
    harness::focus(&field);
    input(&field, "is:no");
    until("suggestions", || is_shown("#suggestions")).await;
    key(&field, "ArrowDown");
    until("the first one", || {
        !attribute(&field, "aria-activedescendant").is_empty()
    })
    .await;
    key(&field, "Escape");
    until("no suggestions", || !is_shown("#suggestions")).await;
    assert_eq!(value(&field), "is:no");
    key(&field, "Escape");
    assert_eq!((value(&field), active_id()), (String::new(), "query".to_owned()));
    key(&field, "Escape");
    assert_ne!(active_id(), "query");
}

#[wasm_bindgen_test]
async fn menus_follow_the_address_and_change_it() {
    let _page = Mounted::at("#group=label:rack").await;
    let menu = find("#group");
    until("a value that is in no menu", || value(&menu) == "label:rack").await;
    choose(&menu, "namespace");
    until("the address", || harness::fragment().contains("group=namespace")).await;
    until("boxes of namespaces", || {
        !all("[data-group='namespace/shop']").is_empty()
    })
    .await;
    assert!(
        all("#group option")
            .iter()
            .all(|option| attribute(option, "value") != "label:rack")
    );
}

#[wasm_bindgen_test]
async fn tabs_are_walked_with_arrow_keys_and_escape_leads_back() {
    let _page = Mounted::at("").await;
    click(&find(POD));
    until("the drawer", || active_id() == "drawer-name").await;
    let selected = || attribute(&find("[role=tab][aria-selected=true]"), "id");
    assert_eq!(selected(), "tab-overview");
    for (pressed, expected) in [
        ("ArrowRight", "tab-events"),
        ("End", "tab-yaml"),
        ("ArrowRight", "tab-overview"),
        ("ArrowLeft", "tab-yaml"),
        ("Home", "tab-overview"),
    ] {
        key(&find(".tabs"), pressed);
        until(expected, || selected() == expected && active_id() == expected).await;
        assert_eq!(attribute(&find("#drawer-panel"), "aria-labelledby"), expected);
    }
    key(&find(".tabs"), "Escape");
    until("no drawer", || all("#drawer").is_empty()).await;
    assert_eq!(harness::active(), Some(find(POD)), "the focus is back on the pod");
}

#[wasm_bindgen_test]
async fn escape_closes_the_connection_panel() {
    let _page = Mounted::at("").await;
    click(&find("#connection"));
    until("the panel", || is_shown("#connection-details")).await;
    key(&find("#copy-report"), "Escape");
    until("no panel", || !is_shown("#connection-details")).await;
    assert_eq!(active_id(), "connection");
    assert_eq!(attribute(&find("#connection"), "aria-expanded"), "false");
}

#[wasm_bindgen_test]
async fn the_tooltip_follows_the_pod_and_goes_with_it() {
    let _page = Mounted::at("").await;
    let block = find(POD);
    harness::fire(&block, "pointerover");
    until("the tooltip", || is_shown("#tooltip")).await;
    assert!(text(&find("#tooltip .title")).contains("web-0"));
    assert_eq!(attribute(&block, "aria-describedby"), "tooltip");
    key(&harness::body(), "Escape");
    until("no tooltip", || !is_shown("#tooltip")).await;
    assert_eq!(attribute(&block, "aria-describedby"), "");
    let other = find("#map button[data-pod='shop/gone']");
    harness::fire(&other, "pointerover");
    until("the tooltip", || is_shown("#tooltip")).await;
    cluster::delete("gone");
    until("no tooltip of what is gone", || !is_shown("#tooltip")).await;
    cluster::add("gone", "node-1");
    until("the pod again", || !all("#map button[data-pod='shop/gone']").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_change_is_confirmed_only_where_its_button_was_seen() {
    let _page = Mounted::at("").await;
    harness::allow_writes().await;
    click(&find(POD));
    until("the action", || !all("[data-action=delete]").is_empty()).await;
    until("the object", || !all(".container").is_empty()).await;
    let action = find("[data-action=delete]");
    harness::focus(&action);
    click(&action);
    let stage = || attribute(&find("#write-dialog"), "data-stage");
    until("the question", || {
        stage() == "confirm" && !all("[data-action=confirm]").is_empty()
    })
    .await;
    let confirm = find("[data-action=confirm]");
    assert!(
        is_disabled(&confirm),
        "a click that was meant for something else does not confirm"
    );
    assert!(
        find("#write-dialog").contains(harness::active().as_deref()),
        "the focus is in the dialog"
    );
    until("the button", || !is_disabled(&confirm)).await;
    // Something lies over it.
    let cover = harness::cover(&confirm);
    until("the button to be out of reach", || is_disabled(&confirm)).await;
    cover.remove();
    until("the button again", || !is_disabled(&confirm)).await;
    assert!(!harness::asked().lines().any(is_deletion), "nothing was sent");
    click(&find("#write-dialog [data-action=cancel]"));
    until("no dialog", || stage().is_empty()).await;
    assert_eq!(harness::active(), Some(action), "the focus is back on the action");
    assert!(!harness::asked().lines().any(is_deletion), "nothing was sent");
}

/// Whether a request deletes indeed, and does not only rehearse it.
fn is_deletion(request: &str) -> bool {
    request.starts_with("DELETE") && !request.contains("dryRun")
}

#[wasm_bindgen_test]
async fn cards_and_blocks_stay_the_same_elements() {
    let _page = Mounted::at("").await;
    let (card, block) = (find("[data-node=node-0]"), find(POD));
    harness::focus(&block);
    cluster::fail("web-0");
    until("the change", || attribute(&block, "data-family") == "failing").await;
    cluster::add("new", "node-0");
    until("another pod", || !all("#map button[data-pod='shop/new']").is_empty()).await;
    assert_eq!((find("[data-node=node-0]"), find(POD)), (card.clone(), block.clone()));
    // In another order.
    let menu = find("#sort");
    choose(&menu, "problems");
    until("the address", || harness::fragment().contains("sort=problems")).await;
    harness::settled().await;
    assert_eq!((find("[data-node=node-0]"), find(POD)), (card, block.clone()));
    assert_eq!(harness::active(), Some(block), "the focus stays on the pod");
    cluster::delete("new");
    until("no other pod", || all("#map button[data-pod='shop/new']").is_empty()).await;
    cluster::restore("web-0");
    until("the pod as it was", || {
        attribute(&find(POD), "data-family") == "healthy"
    })
    .await;
}

#[wasm_bindgen_test]
async fn nothing_is_left_of_a_page_that_goes() {
    harness::prepare().await;
    let before = harness::started();
    let page = Mounted::at("#kiosk=1").await;
    until("the lock of the screen", || harness::started().contains("\"locks\":1")).await;
    assert_eq!(attribute(&harness::root(), "data-kiosk"), "");
    assert!(harness::root().has_attribute("data-kiosk"));
    drop(page);
    until("the screen to be let go", || harness::started().contains("\"locks\":0")).await;
    let page = Mounted::at("").await;
    click(&find(POD));
    until("the drawer", || active_id() == "drawer-name").await;
    harness::allow_writes().await;
    until("the action", || !all("[data-action=delete]").is_empty()).await;
    click(&find("[data-action=delete]"));
    until("the question", || !all("[data-action=confirm]").is_empty()).await;
    assert_ne!(harness::started(), before, "a page has listeners and timers");
    drop(page);
    assert_eq!(harness::started(), before);
    let left: Vec<Element> = all("#app > *");
    assert!(left.is_empty(), "{} elements are left", left.len());
    for name in ["data-kiosk", "data-idle", "data-drawer"] {
        assert!(!harness::root().has_attribute(name), "{name} is left");
    }
    assert!(!harness::has_hooks());
}
