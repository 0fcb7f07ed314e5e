//! Mounts the page in front of the server, finds its elements, and does what a reader does.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use k8bit::{
    browser::{clock, driver::Driver, metrics::MetricsDriver, model::Model},
    cluster_cache::ClusterCache,
    config::Config,
    ui::Page,
};
use leptos::{
    prelude::{document, window},
    web_sys::{Element, HtmlElement},
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::cluster;

/// Where pods are listed and watched.
pub(crate) const PODS_PATH: &str = "/api/v1/pods";

/// Time between two looks at a condition.
const LOOK_MS: u32 = 10;

/// Looks until a condition is given up.
const LOOKS: u32 = 6_000;

#[wasm_bindgen(module = "/tests/components/server.js")]
extern "C" {
    fn serve(path: &str, list: &str);
    /// Something changes: an event for whoever watches a path, or will from a version before it.
    pub(crate) fn send(path: &str, version: u32, line: &str);
    /// What was asked for beside lists and watches, a line each.
    pub(crate) fn asked() -> String;
    /// What the page has started and not ended.
    pub(crate) fn started() -> String;
}

#[wasm_bindgen(module = "/tests/components/reader.js")]
extern "C" {
    /// Presses a key on an element and lets it go.
    pub(crate) fn key(element: &Element, key: &str);
    /// Something happens to an element.
    pub(crate) fn fire(element: &Element, kind: &str);
    fn is_seen(element: &Element) -> bool;
    /// What is written or chosen in a field.
    pub(crate) fn value(field: &Element) -> String;
    fn set_value(field: &Element, text: &str, kind: &str);
    /// Whether a button cannot be pressed.
    pub(crate) fn is_disabled(button: &Element) -> bool;
    /// Whether a dialog is open, and the rest of the page out of reach.
    pub(crate) fn is_modal(dialog: &Element) -> bool;
}

thread_local! {
    /// One for all tests: it runs for as long as the page of the tests.
    static DRIVER: RefCell<Option<Rc<Driver>>> = const { RefCell::new(None) };
    /// The page that is mounted.
    static PAGE: RefCell<Option<Rc<Page>>> = const { RefCell::new(None) };
}

/// The page, while this lives.
pub(crate) struct Mounted(());

impl Mounted {
    /// The page at a fragment of the address, once it shows the cluster.
    pub(crate) async fn at(fragment: &str) -> Self {
        let driver = prepare().await;
        // A test that failed leaves its page behind.
        PAGE.take();
        let history = window().history().expect("a window has a history");
        let fragment = if fragment.is_empty() { "#" } else { fragment };
        history
            .replace_state_with_url(&JsValue::NULL, "", Some(fragment))
            .expect("the fragment can be another");
        let config = config();
        let metrics = MetricsDriver::new(Rc::clone(&driver), &config);
        let page = Rc::new(Page::mount(Model::new(driver, metrics, &config, None)));
        page.advance();
        PAGE.set(Some(page));
        let mounted = Self(());
        until("four pods", || all("#map button[data-pod]").len() == 4).await;
        settled().await;
        mounted
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        PAGE.take();
    }
}

fn config() -> Config {
    Config::parse("write=1", None).expect("an address that can be")
}

/// Everything that outlives a page: the root, the style sheet, the server and the driver, whose list is complete.
pub(crate) async fn prepare() -> Rc<Driver> {
    if let Some(driver) = DRIVER.with_borrow(Clone::clone) {
        return driver;
    }
    let style = document().create_element("style").expect("a tag of HTML");
    style.set_text_content(Some(include_str!("../../style.css")));
    let root = document().create_element("div").expect("a tag of HTML");
    root.set_id("app");
    for element in [style, root] {
        body().append_child(&element).expect("it can be appended");
    }
    serve("/api/v1/nodes", &cluster::nodes());
    serve(PODS_PATH, &cluster::pods());
    let driver = Driver::new(ClusterCache::new(&config(), clock::seed()));
    driver.run(|| {
        let page = PAGE.with_borrow(Clone::clone);
        if let Some(page) = page {
            page.follow_driver();
        }
    });
    DRIVER.set(Some(Rc::clone(&driver)));
    until("the list of pods", || driver.cache().pods().len() == 4).await;
    driver
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if is_so() {
            return;
        }
        TimeoutFuture::new(LOOK_MS).await;
    }
    panic!("{what}: has not come");
}

/// Waits until everything is drawn.
pub(crate) async fn settled() {
    let hooks = js_sys::Reflect::get(&window(), &"k8bit".into()).expect("the window has properties");
    let settled = js_sys::Reflect::get(&hooks, &"settled".into()).expect("the page has its hooks");
    let settled: js_sys::Function = settled.unchecked_into();
    let promise: js_sys::Promise = settled.call0(&hooks).expect("it can be called").unchecked_into();
    let is_settled = Rc::new(Cell::new(false));
    let for_promise = Rc::clone(&is_settled);
    spawn_local(async move {
        JsFuture::from(promise).await.expect("it is fulfilled");
        for_promise.set(true);
    });
    until("the end of drawing", || is_settled.get()).await;
}

/// Whether `window.k8bit` is there.
pub(crate) fn has_hooks() -> bool {
    js_sys::Reflect::has(&window(), &"k8bit".into()).unwrap_or(true)
}

/// Has the page offer changes, as somebody who presses the button.
pub(crate) async fn allow_writes() {
    if all("[data-action=enable-writes]").is_empty() {
        return;
    }
    click(&find("[data-action=enable-writes]"));
    until("changes to be allowed", || {
        !all("[data-action=disable-writes]").is_empty()
    })
    .await;
}

/// The element of a selector.
#[track_caller]
pub(crate) fn find(selector: &str) -> Element {
    let found = document().query_selector(selector).expect("a selector");
    found.unwrap_or_else(|| panic!("there is no {selector}"))
}

/// The elements of a selector.
pub(crate) fn all(selector: &str) -> Vec<Element> {
    let found = document().query_selector_all(selector).expect("a selector");
    let elements = (0..found.length()).filter_map(|index| found.item(index));
    elements.map(JsCast::unchecked_into).collect()
}

/// The element that has the focus.
pub(crate) fn active() -> Option<Element> {
    document().active_element()
}

/// Its id.
pub(crate) fn active_id() -> String {
    active().map(|element| element.id()).unwrap_or_default()
}

/// The body of the document.
pub(crate) fn body() -> HtmlElement {
    document().body().expect("a document has a body")
}

/// The root of the document.
pub(crate) fn root() -> Element {
    document().document_element().expect("a document has a root")
}

/// The fragment of the address.
pub(crate) fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// An attribute; empty where there is none.
pub(crate) fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

/// What is written in an element.
pub(crate) fn text(element: &Element) -> String {
    element.text_content().unwrap_or_default()
}

/// Whether the element of a selector is there and takes room.
pub(crate) fn is_shown(selector: &str) -> bool {
    all(selector).first().is_some_and(is_seen)
}

/// Gives an element the focus.
pub(crate) fn focus(element: &Element) {
    let element: &HtmlElement = element.unchecked_ref();
    element.focus().expect("it takes the focus");
}

/// Presses an element.
pub(crate) fn click(element: &Element) {
    element.unchecked_ref::<HtmlElement>().click();
}

/// Writes into a field.
pub(crate) fn input(field: &Element, text: &str) {
    set_value(field, text, "input");
}

/// Chooses in a menu.
pub(crate) fn choose(menu: &Element, value: &str) {
    set_value(menu, value, "change");
}

/// Lays something over an element, in its dialog.
pub(crate) fn cover(element: &Element) -> Element {
    let cover: HtmlElement = document()
        .create_element("div")
        .expect("a tag of HTML")
        .unchecked_into();
    let style = cover.style();
    for (name, value) in [("position", "fixed"), ("inset", "0"), ("z-index", "9999")] {
        style.set_property(name, value).expect("a property of CSS");
    }
    let dialog = element
        .closest("dialog")
        .expect("a selector")
        .expect("it is in a dialog");
    dialog.append_child(&cover).expect("it can be appended");
    cover.into()
}
