//! The drawer: all about one pod or node, beside the map.
//!
//! The head of it comes from the picture and is there at once; the object itself is fetched when the drawer opens and
//! again when the picture knows a newer version. Tabs are mounted only while they are shown, and what they hold open
//! ends with them. Not modal: the map stays usable.

mod events;
mod logs;
mod overview;
mod parts;
mod write;
mod yaml;

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use crate::{
    browser::task::Task,
    cluster::{Cluster, Place},
    limits::{OBJECT_READ_INTERVAL, OBJECT_RETRY_INTERVAL},
    resource::{Meta, Pod, Timestamp},
    view::{
        Tone,
        block::Look,
        details::{self, Fact},
        explain::{self, Explanation},
        owner::{self, Link},
        refusal::Refusal,
        spotlight::Spread,
        state::{Subject, Tab},
    },
};
use leptos::{
    prelude::*,
    web_sys::{Element, HtmlElement, KeyboardEvent},
};
use serde_json::Value;
use wasm_bindgen::JsCast;

use self::write::Writing;
use super::{Page, PageRef, dom, set_if_changed};

/// The element of the drawer.
const DRAWER: &str = "drawer";

/// What is selected, and all that is known of it.
pub(super) struct Drawer {
    /// What is shown, as a [`Subject`] is written; signals hold what may be sent, and a subject shares its strings.
    selected: ArcRwSignal<Option<String>>,
    tab: ArcRwSignal<Tab>,
    subject: RefCell<Option<Subject>>,
    /// The time as of the last commit, for whatever ticks.
    now: ArcRwSignal<Timestamp>,
    known: ArcRwSignal<Known>,
    object: ArcRwSignal<Fetched>,
    /// Since when it is gone.
    gone: ArcRwSignal<Option<Timestamp>>,
    owners: ArcRwSignal<Vec<Link>>,
    /// Where the pods of its workload are. Looked at once a second, because it costs a look at every pod.
    workload: ArcRwSignal<Option<Spread>>,
    reading: Reading,
    writing: Writing,
    marked: RefCell<Option<HtmlElement>>,
}

/// What the picture knows of the subject.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    is_there: bool,
    look: Option<Look>,
    facts: Vec<Fact>,
    explanation: Option<Explanation>,
    /// The node that a pod is on.
    node: Option<String>,
    /// Whether a node is cordoned.
    cordoned: Option<bool>,
}

/// What came of fetching the object.
#[derive(Clone, Debug, Default)]
struct Fetched {
    /// The last one that came.
    value: Option<Arc<Value>>,
    /// Why there is no newer one.
    refusal: Option<Refusal>,
}

impl Fetched {
    fn field(&self, pointer: &str) -> Option<&str> {
        self.value.as_ref()?.pointer(pointer)?.as_str()
    }
}

/// Fetching the object and its controller.
#[derive(Default)]
struct Reading {
    task: RefCell<Option<Task>>,
    owner_task: RefCell<Option<Task>>,
    is_under_way: Cell<bool>,
    /// In milliseconds since the page was opened.
    last: Cell<f64>,
}

impl Default for Drawer {
    fn default() -> Self {
        Self {
            selected: ArcRwSignal::new(None),
            tab: ArcRwSignal::new(Tab::default()),
            subject: RefCell::default(),
            now: ArcRwSignal::new(Timestamp(0)),
            known: ArcRwSignal::new(Known::default()),
            object: ArcRwSignal::new(Fetched::default()),
            gone: ArcRwSignal::new(None),
            owners: ArcRwSignal::new(Vec::new()),
            workload: ArcRwSignal::new(None),
            reading: Reading::default(),
            writing: Writing::default(),
            marked: RefCell::default(),
        }
    }
}

impl Page {
    /// Chooses what the drawer shows, or nothing, and notes it in the address.
    pub(super) fn show(&self, subject: Option<&Subject>, tab: Tab) {
        self.navigate(|state| {
            state.selected = subject.cloned();
            state.tab = if subject.is_some() { tab } else { Tab::default() };
        });
        // At once, so that the drawer is there to take the focus.
        self.follow_selection();
    }

    /// Brings the drawer to what the address asks for. What is shown already stays, on another tab.
    fn follow_selection(&self) {
        let (subject, tab) = self.state().with_untracked(|state| {
            // Nobody is there to read it on a wall.
            let subject = state.selected.clone().filter(|_| !state.kiosk);
            (subject, state.tab)
        });
        self.turn_to(subject.as_ref(), tab);
    }

    fn turn_to(&self, subject: Option<&Subject>, tab: Tab) {
        let drawer = &self.0.drawer;
        let tab = if subject.is_some_and(|subject| details::has_tab(subject, tab)) {
            tab
        } else {
            Tab::default()
        };
        set_if_changed(&drawer.tab, tab);
        if drawer.subject.borrow().as_ref() == subject {
            return;
        }
        drawer.writing.clear();
        drawer.reading.task.take();
        drawer.reading.owner_task.take();
        drawer.reading.is_under_way.set(false);
        drawer.reading.last.set(f64::NEG_INFINITY);
        drawer.object.set(Fetched::default());
        drawer.gone.set(None);
        drawer.owners.set(Vec::new());
        drawer.workload.set(None);
        drawer.known.set(Known::default());
        drawer.subject.replace(subject.cloned());
        self.refresh_drawer(self.0.source.now());
        drawer.selected.set(subject.map(ToString::to_string));
    }

    /// Follows the picture and the clock.
    pub(super) fn refresh_drawer(&self, now: Timestamp) {
        let drawer = &self.0.drawer;
        let Some(subject) = drawer.subject.borrow().clone() else {
            drawer.mark(None);
            return;
        };
        drawer.mark(Some(&subject));
        let was_there = drawer.known.with_untracked(|known| known.is_there);
        let looks_around = !was_there || drawer.now.get_untracked() != now;
        set_if_changed(&drawer.now, now);
        let mut known = Known::default();
        let mut workload = None;
        self.0.source.with_cluster(&mut |cluster| {
            known = Known::of(cluster, &subject);
            drawer.writing.refresh(cluster);
            if let (Subject::Pod(key), true) = (&subject, looks_around) {
                workload = Spread::of(cluster, key);
            }
        });
        if looks_around && known.is_there {
            set_if_changed(&drawer.workload, workload);
        }
        if known.is_there {
            set_if_changed(&drawer.gone, None);
            set_if_changed(&drawer.known, known);
        } else if was_there && drawer.gone.with_untracked(Option::is_none) {
            // Its last state stays on the page.
            drawer.gone.set(Some(now));
        }
        let meta = self.0.source.meta(&subject);
        if drawer.is_read_due(meta.as_ref()) {
            self.read_object(subject);
        }
    }

    fn read_object(&self, subject: Subject) {
        let drawer = &self.0.drawer;
        let Some(path) = details::path(&subject) else {
            drawer.object.set(Fetched {
                value: None,
                refusal: Some(Refusal::of_response(404, br#"{"kind":"Status","reason":"NotFound"}"#)),
            });
            return;
        };
        drawer.reading.is_under_way.set(true);
        drawer.reading.last.set(dom::milliseconds());
        let (page, client) = (self.clone(), self.0.source.api());
        let task = Task::spawn(async move {
            let result = client.get(&path).await;
            page.0.drawer.reading.is_under_way.set(false);
            page.take_object(result);
        });
        drawer.reading.task.replace(Some(task));
    }

    fn take_object(&self, result: Result<Value, Refusal>) {
        let drawer = &self.0.drawer;
        match result {
            Ok(object) => {
                let told = owner::chain(&object);
                if drawer.owners.with_untracked(|known| known.first() != told.first()) {
                    drawer.owners.set(told);
                    self.read_owner(&object);
                }
                drawer.object.set(Fetched {
                    value: Some(Arc::new(object)),
                    refusal: None,
                });
            }
            Err(refusal) => {
                let has_object = drawer.object.with_untracked(|object| object.value.is_some());
                if refusal.is_not_found() && has_object {
                    let now = self.0.source.now();
                    drawer.gone.update(|gone| *gone = gone.or(Some(now)));
                }
                drawer.object.update(|object| object.refusal = Some(refusal));
            }
        }
    }

    /// Asks the controller who owns it. Where that is forbidden, its name has to do.
    fn read_owner(&self, object: &Value) {
        let drawer = &self.0.drawer;
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let controller = drawer.owners.with_untracked(|owners| owners.first().cloned());
        let Some(path) = controller.and_then(|link| owner::path(&link, namespace)) else {
            return;
        };
        let (page, client) = (self.clone(), self.0.source.api());
        let task = Task::spawn(async move {
            if let Ok(controller) = client.get(&path).await {
                page.0
                    .drawer
                    .owners
                    .update(|owners| *owners = owner::confirmed(owners, &controller));
            }
        });
        drawer.reading.owner_task.replace(Some(task));
    }
}

impl Drawer {
    /// Whether the object is to be fetched: for the first time, or because the picture knows another version.
    fn is_read_due(&self, meta: Option<&Meta>) -> bool {
        if self.reading.is_under_way.get() {
            return false;
        }
        let waited = dom::milliseconds() - self.reading.last.get();
        self.object
            .with_untracked(|object| match (&object.value, &object.refusal) {
                (_, Some(refusal)) if !refusal.is_passing() && meta.is_none() => false,
                (_, Some(_)) => waited >= OBJECT_RETRY_INTERVAL.as_secs_f64() * 1_000.0,
                (None, None) => true,
                (Some(_), None) => {
                    let version = meta.and_then(|meta| meta.resource_version.as_ref());
                    let is_newer = version
                        .is_some_and(|version| object.field("/metadata/resourceVersion") != Some(version.as_str()));
                    is_newer && waited >= OBJECT_READ_INTERVAL.as_secs_f64() * 1_000.0
                }
            })
    }

    /// Marks the block or the box of what is shown. Blocks come and go, so this is looked after at each commit.
    fn mark(&self, subject: Option<&Subject>) {
        let mut marked = self.marked.borrow_mut();
        let is_right = |element: &HtmlElement| element.is_connected() && stands_for(element, subject);
        if marked.as_ref().is_some_and(is_right) {
            return;
        }
        if let Some(old) = marked.take() {
            dom::unset(&old, "data-selected");
        }
        let Some(element) = subject.and_then(element_of) else {
            return;
        };
        dom::set(&element, "data-selected", "");
        *marked = Some(element);
    }
}

impl Known {
    fn of(cluster: &Cluster, subject: &Subject) -> Self {
        match subject {
            Subject::Pod(key) => cluster
                .pod(key)
                .map_or_else(Self::default, |(_, _, pod)| Self::of_pod(cluster, pod)),
            Subject::Node(name) => {
                let Some(entry) = cluster.entry(&Place::Node(name.clone())) else {
                    return Self::default();
                };
                let mut facts = entry.node().map(|node| details::known_node(node)).unwrap_or_default();
                facts.push(details::pods_of(entry));
                facts.extend(details::known_amounts(cluster, entry));
                let explanation = match entry.node() {
                    Some(node) => explain::known_node(node),
                    None => explain::no_such_node(cluster.is_ghost(entry)),
                };
                Self {
                    is_there: true,
                    look: None,
                    facts,
                    explanation: Some(explanation),
                    node: None,
                    cordoned: entry.node().map(|node| node.cordoned),
                }
            }
        }
    }

    fn of_pod(cluster: &Cluster, pod: &Pod) -> Self {
        Self {
            is_there: true,
            look: Some(Look::of(pod)),
            facts: details::known_pod(cluster, pod),
            explanation: Some(explain::known_pod(pod)),
            node: pod.node.as_ref().map(|node| node.as_str().to_owned()),
            cordoned: None,
        }
    }
}

/// The block or name that stands for a subject on the map.
fn element_of(subject: &Subject) -> Option<HtmlElement> {
    let quoted = |text: &str| text.replace(['\\', '"'], "");
    let selector = match subject {
        Subject::Pod(key) => format!("#map button[data-pod=\"{}\"]", quoted(&key.to_string())),
        Subject::Node(name) => format!("#map [data-node=\"{}\"] button.node", quoted(name)),
    };
    dom::document().query_selector(&selector).ok()??.dyn_into().ok()
}

fn stands_for(element: &HtmlElement, subject: Option<&Subject>) -> bool {
    match subject {
        Some(Subject::Pod(key)) => element.get_attribute("data-pod").as_deref() == Some(key.to_string().as_str()),
        Some(Subject::Node(name)) => {
            let card = element.closest("[data-node]").ok().flatten();
            card.and_then(|card| card.get_attribute("data-node")).as_deref() == Some(name.as_str())
        }
        None => false,
    }
}

/// Opens what an element stands for, if it stands for something.
pub(super) fn open(page: PageRef, element: &Element, tab: Tab) {
    let Some(subject) = super::tooltip::subject(element) else {
        return;
    };
    page.with_value(|page| {
        page.0.tooltip.hide();
        page.show(Some(&subject), tab);
    });
    focus_soon(None);
}

/// Which tab a key on a block opens.
pub(super) fn tab_of_key(event: &KeyboardEvent) -> Option<Tab> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    match event.key().as_str() {
        "l" => Some(Tab::Logs),
        "e" => Some(Tab::Events),
        "y" => Some(Tab::Yaml),
        _ => None,
    }
}

/// Whether a key is meant for a field.
fn is_written_into(event: &KeyboardEvent) -> bool {
    let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
    target.is_some_and(|target| target.matches("input, textarea, select").unwrap_or(false))
}

/// Closes the drawer and gives the focus back to where it came from.
fn close(page: PageRef) {
    let back = page.with_value(|page| {
        let subject = page.0.drawer.subject.borrow().clone();
        page.show(None, Tab::default());
        subject.and_then(|subject| element_of(&subject))
    });
    let back = back.or_else(|| {
        let first = dom::document().query_selector("#map [tabindex=\"0\"]").ok()??;
        first.dyn_into().ok()
    });
    if let Some(back) = back {
        let _ = back.focus();
    }
}

/// Gives the focus to the drawer, or to one of its tabs, once it has been drawn.
fn focus_soon(tab: Option<Tab>) {
    request_animation_frame(move || {
        let id = tab.map_or_else(|| "drawer-name".to_owned(), |tab| format!("tab-{}", tab.slug()));
        let element = dom::document().get_element_by_id(&id);
        if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// The drawer, where there is something to show in it.
pub(super) fn drawer(page: PageRef) -> impl IntoView {
    let state = page.with_value(Page::state);
    Effect::new(move |_| {
        state.track();
        page.with_value(Page::follow_selection);
    });
    let selected = page.with_value(|page| page.0.drawer.selected.clone());
    move || {
        let slug = selected.get()?;
        let subject = Subject::parse(&slug)?;
        Some(shell(page, slug, &subject))
    }
}

fn shell(page: PageRef, slug: String, subject: &Subject) -> impl IntoView + use<> {
    let (tab, known, gone) = page.with_value(|page| {
        let drawer = &page.0.drawer;
        (drawer.tab.clone(), drawer.known.clone(), drawer.gone.clone())
    });
    let (kind, namespace, name) = match subject {
        Subject::Pod(key) => ("Pod", Some(key.namespace.to_string()), key.name.to_string()),
        Subject::Node(name) => ("Node", None, name.to_string()),
    };
    let tabs: Vec<Tab> = Tab::ALL
        .iter()
        .copied()
        .filter(|tab| details::has_tab(subject, *tab))
        .collect();
    let slug_of_tab = {
        let tab = tab.clone();
        move || tab.get().slug()
    };
    let key = move |event: KeyboardEvent| {
        if event.default_prevented() || is_written_into(&event) && event.key() != "Escape" {
            return;
        }
        if event.key() == "Escape" {
            event.stop_propagation();
            close(page);
        } else if let Some(tab) = tab_of_key(&event) {
            event.prevent_default();
            // Not for whoever searches as one types.
            event.stop_propagation();
            choose(page, tab);
        }
    };
    let block = {
        let known = known.clone();
        move || {
            let look = known.with(|known| known.look)?;
            Some(view! { <span class="pod" data-family=look.family.slug() data-glyph=look.glyph.slug()></span> })
        }
    };
    let node = move || known.with(|known| known.node.clone());
    let place = move || {
        node().map(|node| {
            let slug = format!("node:{node}");
            view! { " · " {parts::link(page, slug, node)} }
        })
    };
    let is_gone = {
        let gone = gone.clone();
        move || gone.with(Option::is_some).then_some("")
    };
    view! {
        <aside
            id=DRAWER
            class="drawer"
            aria-labelledby="drawer-name"
            data-subject=slug
            data-tab=slug_of_tab
            data-gone=is_gone
            on:keydown=key
        >
            <header class="head">
                <h2 id="drawer-name" tabindex="-1">
                    {block}
                    <span class="sr-only">{kind} " "</span>
                    <span class="name">{name}</span>
                </h2>
                <button
                    type="button"
                    class="button close"
                    aria-label="Close"
                    data-action="close"
                    on:click=move |_| close(page)
                >
                    "×"
                </button>
                <p class="place">
                    {kind} {namespace.map(|namespace| format!(" · {namespace}"))} {place}
                </p>
            </header>
            {explanation(page)}
            {write::actions(page)}
            {tab_list(page, tabs)}
            <div
                class="panel"
                id="drawer-panel"
                role="tabpanel"
                aria-labelledby=move || format!("tab-{}", tab.get().slug())
                tabindex="0"
            >
                {panel(page)}
            </div>
        </aside>
    }
}

/// What is shown below the tabs. Another tab takes everything of the one before with it.
fn panel(page: PageRef) -> impl IntoView {
    let tab = page.with_value(|page| page.0.drawer.tab.clone());
    move || match tab.get() {
        Tab::Overview => overview::overview(page).into_any(),
        Tab::Events => events::events(page).into_any(),
        Tab::Logs => logs::logs(page).into_any(),
        Tab::Yaml => yaml::yaml(page).into_any(),
    }
}

/// The plain words, first of all.
fn explanation(page: PageRef) -> impl IntoView {
    let words = words(page);
    let tone = move || words.with(|words| words.tone.slug());
    let title = move || words.with(|words| words.title.clone());
    let text = move || words.with(|words| words.text.clone());
    let is_long = move || text().chars().count() > 600;
    view! {
        <section class="explanation" id="explanation" aria-label="What is the matter" data-tone=tone data-long=is_long>
            <p class="title">{title}</p>
            <p class="text">{text}</p>
        </section>
    }
}

fn words(page: PageRef) -> Memo<Explanation> {
    let (object, known, gone, now) = page.with_value(|page| {
        let drawer = &page.0.drawer;
        (
            drawer.object.clone(),
            drawer.known.clone(),
            drawer.gone.clone(),
            drawer.now.clone(),
        )
    });
    let is_pod = page.with_value(|page| matches!(&*page.0.drawer.subject.borrow(), Some(Subject::Pod(_))));
    Memo::new(move |_| {
        let now = now.get();
        if let Some(gone) = gone.get() {
            return explain::gone(is_pod, gone, now);
        }
        let fetched = object.get();
        match (&fetched.value, &fetched.refusal) {
            (Some(object), _) if is_pod => explain::pod(object, now),
            (Some(object), _) => explain::node(object, now),
            (None, Some(refusal)) => known.with(|known| match &known.explanation {
                Some(explanation) => explanation.clone(),
                None if refusal.is_not_found() => explain::absent(is_pod),
                None => Explanation {
                    tone: Tone::Bad,
                    title: "It could not be read.".to_owned(),
                    text: refusal.words(if is_pod { "get pods" } else { "get nodes" }),
                },
            }),
            (None, None) => known
                .with(|known| known.explanation.clone())
                .unwrap_or_else(explain::unread),
        }
    })
}

fn tab_list(page: PageRef, tabs: Vec<Tab>) -> impl IntoView {
    let current = page.with_value(|page| page.0.drawer.tab.clone());
    let for_keys = (tabs.clone(), current.clone());
    let key = move |event: KeyboardEvent| {
        let (tabs, current) = &for_keys;
        let at = tabs.iter().position(|tab| *tab == current.get_untracked()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
            "ArrowRight" => (at + 1) % tabs.len(),
            "Home" => 0,
            "End" => tabs.len() - 1,
            _ => return,
        };
        event.prevent_default();
        choose(page, tabs[to]);
        focus_soon(Some(tabs[to]));
    };
    let buttons = tabs.into_iter().map(|tab| {
        let is_current = {
            let current = current.clone();
            move || current.get() == tab
        };
        let stop = is_current.clone();
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{}", tab.slug())
                aria-controls="drawer-panel"
                aria-selected=move || is_current().to_string()
                tabindex=move || if stop() { "0" } else { "-1" }
                on:click=move |_| choose(page, tab)
            >
                {tab.label()}
            </button>
        }
    });
    view! {
        <div class="tabs" role="tablist" aria-label="Details" on:keydown=key>
            {buttons.collect_view()}
        </div>
    }
}

fn choose(page: PageRef, tab: Tab) {
    page.with_value(|page| {
        let subject = page.0.drawer.subject.borrow().clone();
        page.show(subject.as_ref(), tab);
    });
}
