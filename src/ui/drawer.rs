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
    rc::Rc,
};

use crate::{
    browser::task::Task,
    cluster::{Cluster, Place},
    limits::{OBJECT_READ_INTERVAL, OBJECT_RETRY_INTERVAL, SIGN_IN_RETRY},
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
        visible::visible,
        write::WriteAccess,
    },
};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, HtmlElement, KeyboardEvent},
};
use serde_json::Value;
use wasm_bindgen::{JsCast, closure::Closure};

use self::{events::Following, logs::Log, write::Writing};
use super::{Page, blocks, dom, parts::Part, replace_if_changed, sketch::Node};

/// The element of the drawer.
pub(super) const DRAWER: &str = "<aside id=drawer class=drawer aria-labelledby=drawer-name></aside>";

/// What the drawer listens to.
pub(super) const EVENTS: &[&str] = &["click", "keydown", "input", "change", "submit", "close", "scroll"];

/// What is selected, and all that is known of it.
pub(super) struct Drawer {
    /// Whether something is selected.
    is_open: ArcRwSignal<bool>,
    tab: Cell<Tab>,
    subject: RefCell<Option<Subject>>,
    /// The time as of the last commit, for whatever ticks.
    now: Cell<Timestamp>,
    known: RefCell<Known>,
    object: RefCell<Fetched>,
    /// The object as kubectl would write it, once somebody has looked at it.
    yaml: RefCell<Option<String>>,
    /// Since when it is gone.
    gone: Cell<Option<Timestamp>>,
    owners: RefCell<Vec<Link>>,
    /// Where the pods of its workload are. Looked at once a second, because it costs a look at every pod.
    workload: RefCell<Option<Spread>>,
    reading: Reading,
    writing: Writing,
    events: Following,
    log: RefCell<Rc<Log>>,
    /// What was copied last, by the element that shows it, and what is said of that.
    copied: RefCell<(String, &'static str)>,
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
#[derive(Debug, Default)]
struct Fetched {
    /// The last one that came.
    value: Option<Value>,
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
            is_open: ArcRwSignal::new(false),
            tab: Cell::default(),
            subject: RefCell::default(),
            now: Cell::new(Timestamp(0)),
            known: RefCell::default(),
            object: RefCell::default(),
            yaml: RefCell::default(),
            gone: Cell::new(None),
            owners: RefCell::default(),
            workload: RefCell::default(),
            reading: Reading::default(),
            writing: Writing::default(),
            events: Following::default(),
            log: RefCell::default(),
            copied: RefCell::default(),
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
    pub(super) fn follow_selection(&self) {
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
        let is_other_tab = drawer.tab.replace(tab) != tab;
        let is_other = drawer.subject.borrow().as_ref() != subject;
        if is_other {
            drawer.forget();
            self.clear_part(Part::Drawer);
            drawer.subject.replace(subject.cloned());
            self.refresh_drawer(self.0.source.now());
            drawer.is_open.set(subject.is_some());
        }
        if is_other || is_other_tab {
            drawer.make_room();
            self.follow_tab();
            self.touch(Part::Drawer);
        }
    }

    /// Holds open what the tab shows, and nothing else.
    fn follow_tab(&self) {
        let drawer = &self.0.drawer;
        let tab = drawer.subject.borrow().is_some().then(|| drawer.tab.get());
        if tab == Some(Tab::Events) {
            self.follow_events();
        } else {
            drawer.events.stop();
        }
        if tab == Some(Tab::Logs) {
            self.follow_log();
        } else {
            drawer.log.take();
        }
    }

    /// Follows the picture and the clock.
    pub(super) fn refresh_drawer(&self, now: Timestamp) {
        let drawer = &self.0.drawer;
        let Some(subject) = drawer.subject.borrow().clone() else {
            drawer.mark(None);
            return;
        };
        drawer.mark(Some(&subject));
        let was_there = drawer.known.borrow().is_there;
        let mut is_changed = drawer.now.replace(now) != now;
        let looks_around = !was_there || is_changed;
        let mut known = Known::default();
        let mut workload = None;
        self.0.source.with_cluster(&mut |cluster| {
            known = Known::of(cluster, &subject);
            is_changed |= drawer.writing.refresh(cluster);
            if let (Subject::Pod(key), true) = (&subject, looks_around) {
                workload = Spread::of(cluster, key);
            }
        });
        if looks_around && known.is_there {
            is_changed |= replace_if_changed(&drawer.workload, workload);
        }
        if known.is_there {
            is_changed |= drawer.gone.take().is_some();
            is_changed |= replace_if_changed(&drawer.known, known);
        } else if was_there && drawer.gone.get().is_none() {
            // Its last state stays on the page.
            drawer.gone.set(Some(now));
            is_changed = true;
        }
        let meta = self.0.source.meta(&subject);
        if drawer.is_read_due(meta.as_ref()) {
            self.read_object(&subject);
        }
        if let Some(meta) = &meta {
            self.follow_log_of(meta);
        }
        if is_changed {
            self.touch(Part::Drawer);
        }
    }

    fn read_object(&self, subject: &Subject) {
        let drawer = &self.0.drawer;
        let path = match details::path(subject) {
            Ok(path) => path,
            Err(error) => {
                drawer.object.replace(Fetched {
                    value: None,
                    refusal: Some(Refusal::invalid_name(&error)),
                });
                return;
            }
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
                if drawer.owners.borrow().first() != told.first() {
                    drawer.owners.replace(told);
                    self.read_owner(&object);
                }
                drawer.yaml.take();
                drawer.object.replace(Fetched {
                    value: Some(object),
                    refusal: None,
                });
            }
            Err(refusal) => {
                let mut object = drawer.object.borrow_mut();
                if refusal.is_not_found() && object.value.is_some() {
                    let gone = drawer.gone.get().unwrap_or_else(|| self.0.source.now());
                    drawer.gone.set(Some(gone));
                }
                object.refusal = Some(refusal);
            }
        }
        self.follow_tab();
        self.touch(Part::Drawer);
    }

    /// Asks the controller who owns it.
    fn read_owner(&self, object: &Value) {
        let drawer = &self.0.drawer;
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        drawer.reading.owner_task.take();
        let controller = drawer.owners.borrow().first().cloned();
        let Some(path) = controller.and_then(|link| owner::path(&link, namespace)) else {
            return;
        };
        let (page, client) = (self.clone(), self.0.source.api());
        let task = Task::spawn(async move {
            // Where that is forbidden, the guess stays a guess.
            if let Ok(controller) = client.get(&path).await {
                let owners = &page.0.drawer.owners;
                let confirmed = owner::confirmed(&owners.borrow(), &controller);
                owners.replace(confirmed);
                page.touch(Part::Drawer);
            }
        });
        drawer.reading.owner_task.replace(Some(task));
    }

    /// Brings what is beside the sketch up to date: the dialog, and the window on the log.
    pub(super) fn follow_drawing(&self) {
        self.show_dialog();
        self.attach_log();
    }

    /// The drawer.
    pub(super) fn drawer(&self) -> Node {
        let mut node = Node::new(DRAWER);
        if let Some(subject) = &*self.0.drawer.subject.borrow() {
            self.0.drawer.sketch(&mut node, subject, self.0.source.write_access());
        }
        node
    }

    /// Takes every event of the drawer.
    pub(super) fn handle_drawer(&self, event: &Event, target: &Element) {
        match (event.type_().as_str(), target.id().as_str()) {
            ("click", _) => {
                if let Ok(Some(button)) = target.closest("button") {
                    self.press_in_drawer(&button);
                }
            }
            ("keydown", _) => {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    self.handle_drawer_key(event, target);
                }
            }
            ("submit", _) => {
                event.prevent_default();
                self.choose_number();
            }
            ("close", _) => self.follow_dialog(),
            (kind, id) => self.handle_log(kind, id, target),
        }
    }

    fn press_in_drawer(&self, button: &Element) {
        let value = |name: &str| button.get_attribute(name).unwrap_or_default();
        match value("data-action").as_str() {
            "" => {
                let tab = button.id();
                if let Some(tab) = tab.strip_prefix("tab-").and_then(Tab::parse) {
                    self.choose_tab(tab);
                }
            }
            "close" => self.close_drawer(),
            "go" => {
                self.show(Subject::parse(&value("data-leads-to")).as_ref(), Tab::Overview);
                focus_soon("drawer-name".to_owned());
            }
            "copy" => self.copy(value("data-copies")),
            action => {
                if !self.press_in_log(action) {
                    self.press_writing(action);
                }
            }
        }
    }

    fn handle_drawer_key(&self, event: &KeyboardEvent, target: &Element) {
        // A dialog has keys of its own.
        if target.closest("dialog").ok().flatten().is_some() {
            return;
        }
        let is_tab = target.matches("[role=tab]").unwrap_or(false);
        if event.default_prevented()
            || is_tab && self.move_among_tabs(event)
            || target.id() == logs::SEARCH && self.handle_search_key(event)
        {
            return;
        }
        let is_written_into = target.matches("input, textarea, select").unwrap_or(false);
        if event.key() == "Escape" {
            event.stop_propagation();
            self.close_drawer();
        } else if let Some(tab) = tab_of_key(event).filter(|_| !is_written_into) {
            event.prevent_default();
            // Not for whoever searches as one types.
            event.stop_propagation();
            self.choose_tab(tab);
        }
    }

    /// Whether the key was one for moving among the tabs.
    fn move_among_tabs(&self, event: &KeyboardEvent) -> bool {
        let drawer = &self.0.drawer;
        let tabs = drawer.tabs();
        let at = tabs.iter().position(|tab| *tab == drawer.tab.get()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
            "ArrowRight" => (at + 1) % tabs.len(),
            "Home" => 0,
            "End" => tabs.len() - 1,
            _ => return false,
        };
        event.prevent_default();
        self.choose_tab(tabs[to]);
        focus_soon(format!("tab-{}", tabs[to].slug()));
        true
    }

    fn choose_tab(&self, tab: Tab) {
        let subject = self.0.drawer.subject.borrow().clone();
        self.show(subject.as_ref(), tab);
    }

    /// Closes the drawer and gives the focus back to where it came from.
    fn close_drawer(&self) {
        let subject = self.0.drawer.subject.borrow().clone();
        let back = subject.and_then(|subject| element_of(&subject)).or_else(|| {
            let first = dom::document().query_selector("#map [tabindex=\"0\"]").ok()??;
            first.dyn_into().ok()
        });
        // First: to remove what has the focus costs a layout of the page, and to give it after that another one.
        if let Some(back) = back {
            let _ = back.focus();
        }
        self.show(None, Tab::default());
    }

    /// Opens what an element stands for, if it stands for something.
    pub(super) fn open_drawer(&self, element: &Element, tab: Tab) {
        let Some(subject) = super::tooltip::subject(element) else {
            return;
        };
        self.0.tooltip.hide();
        self.show(Some(&subject), tab);
        focus_soon("drawer-name".to_owned());
    }
}

impl Drawer {
    /// Lets go of everything about the subject.
    fn forget(&self) {
        self.writing.clear();
        self.reading.task.take();
        self.reading.owner_task.take();
        self.reading.is_under_way.set(false);
        self.reading.last.set(f64::NEG_INFINITY);
        self.object.take();
        self.yaml.take();
        self.gone.take();
        self.owners.take();
        self.workload.take();
        self.known.take();
        self.events.stop();
        self.log.take();
        self.copied.take();
    }

    /// Tells the style sheet how much room it takes. An attribute of the root, because a style sheet that asks whether there is
    /// a drawer (`:has()`) asks anew with each block that comes or goes: half of all its time in a cluster that moves.
    fn make_room(&self) {
        let is_open = self.subject.borrow().is_some();
        dom::with_root(|root| match is_open {
            true => dom::set(root, "data-drawer", self.tab.get().slug()),
            false => dom::unset(root, "data-drawer"),
        });
    }

    /// Whether there is such an object: what could be made of its name alone is not to be run in a terminal.
    fn exists(&self) -> bool {
        let known = self.known.borrow();
        let is_known = known.cordoned.is_some() || known.is_there && self.is_pod();
        self.gone.get().is_none() && (is_known || self.object.borrow().value.is_some())
    }

    fn is_pod(&self) -> bool {
        matches!(&*self.subject.borrow(), Some(Subject::Pod(_)))
    }

    /// What is asked for, in a refusal.
    fn asked(&self) -> &'static str {
        if self.is_pod() { "get pods" } else { "get nodes" }
    }

    fn tabs(&self) -> Vec<Tab> {
        let subject = self.subject.borrow();
        let has = |tab: &Tab| subject.as_ref().is_some_and(|subject| details::has_tab(subject, *tab));
        Tab::ALL.iter().copied().filter(has).collect()
    }

    /// Whether the object is to be fetched: for the first time, or because the picture knows another version.
    fn is_read_due(&self, meta: Option<&Meta>) -> bool {
        if self.reading.is_under_way.get() {
            return false;
        }
        let waited = dom::milliseconds() - self.reading.last.get();
        let object = self.object.borrow();
        match (&object.value, &object.refusal) {
            (_, Some(refusal)) if !refusal.is_passing() && meta.is_none() => false,
            (_, Some(refusal)) => {
                let interval = if refusal.is_login() {
                    SIGN_IN_RETRY
                } else {
                    OBJECT_RETRY_INTERVAL
                };
                waited >= interval.as_secs_f64() * 1_000.0
            }
            (None, None) => true,
            (Some(_), None) => {
                let version = meta.and_then(|meta| meta.resource_version.as_ref());
                let is_newer =
                    version.is_some_and(|version| object.field("/metadata/resourceVersion") != Some(version.as_str()));
                is_newer && waited >= OBJECT_READ_INTERVAL.as_secs_f64() * 1_000.0
            }
        }
    }

    fn sketch(&self, node: &mut Node, subject: &Subject, access: WriteAccess) {
        let tab = self.tab.get().slug();
        node.set("data-subject", &subject.to_string())
            .set("data-tab", tab)
            .flag("data-gone", self.gone.get().is_some());
        self.head(node, subject);
        self.explanation(node);
        if access == WriteAccess::Allowed {
            self.actions(node);
        }
        let tabs = node.add("<div class=tabs role=tablist aria-label=Details></div>");
        for tab in self.tabs() {
            let is_current = tab == self.tab.get();
            tabs.add("<button type=button role=tab aria-controls=drawer-panel></button>")
                .set("id", &format!("tab-{}", tab.slug()))
                .set_bool("aria-selected", is_current)
                .set("tabindex", if is_current { "0" } else { "-1" })
                .text(tab.label());
        }
        let panel = node.add("<div class=panel id=drawer-panel role=tabpanel tabindex=0></div>");
        panel.set("aria-labelledby", &format!("tab-{tab}"));
        match self.tab.get() {
            Tab::Overview => self.overview(panel, subject),
            Tab::Events => self.event_list(panel),
            Tab::Logs => self.log_view(panel),
            Tab::Yaml => self.yaml_view(panel),
        }
    }

    fn head(&self, drawer: &mut Node, subject: &Subject) {
        let known = self.known.borrow();
        let (kind, namespace, name) = match subject {
            Subject::Pod(key) => ("Pod", Some(key.namespace.as_str()), key.name.as_str()),
            Subject::Node(name) => ("Node", None, name.as_str()),
        };
        let head = drawer.add("<header class=head></header>");
        let title = head.add("<h2 id=drawer-name tabindex=-1></h2>");
        if let Some(look) = known.look {
            blocks::sketch(title, look.family, look.glyph);
        }
        title.add("<span class=sr-only></span>").text(kind).text(" ");
        title.put("<span class=name></span>", &visible(name));
        head.add("<button type=button class='button close' aria-label=Close data-action=close>×</button>");
        let place = head.add("<p class=place></p>").text(kind);
        if let Some(namespace) = namespace {
            place.text(" · ").text(&visible(namespace));
        }
        if let Some(node) = &known.node {
            place.text(" · ");
            parts::link(place, &format!("node:{node}"), &visible(node));
        }
    }

    /// The plain words, first of all.
    fn explanation(&self, drawer: &mut Node) {
        let words = self.words();
        let section =
            drawer.add("<section class=explanation id=explanation aria-label='What is the matter'></section>");
        section
            .set("data-tone", words.tone.slug())
            .flag("data-long", words.text.chars().count() > 600);
        section.put("<p class=title></p>", &words.title);
        section.put("<p class=text></p>", &words.text);
    }

    fn words(&self) -> Explanation {
        let (is_pod, now) = (self.is_pod(), self.now.get());
        if let Some(gone) = self.gone.get() {
            return explain::gone(is_pod, gone, now);
        }
        let (object, known) = (self.object.borrow(), self.known.borrow());
        match (&object.value, &object.refusal, &known.explanation) {
            (Some(object), ..) if is_pod => explain::pod(object, now),
            (Some(object), ..) => explain::node(object, now),
            (None, _, Some(explanation)) => explanation.clone(),
            (None, Some(refusal), None) if refusal.is_not_found() => explain::absent(is_pod),
            (None, Some(refusal), None) => Explanation {
                tone: Tone::Bad,
                title: "It could not be read.".to_owned(),
                text: refusal.words(self.asked()),
            },
            (None, None, None) => explain::unread(),
        }
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
                facts.push(details::pods_of(cluster, entry));
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

/// Gives the focus to an element of the drawer, once it has been drawn.
fn focus_soon(id: String) {
    dom::before_frame(move || {
        let element = dom::document().get_element_by_id(&id);
        if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// Follows the size of the window, as long as the page.
pub(super) fn install(page: &Page) {
    let page = page.clone();
    let resized: Closure<dyn Fn()> = Closure::new(move || page.resize_log());
    // Fails only for a callback that is no function.
    let _ = dom::window().add_event_listener_with_callback("resize", resized.into_js_value().unchecked_ref());
}

/// Whether there is a drawer.
pub(super) fn is_open(page: &Page) -> Memo<bool> {
    let is_open = page.0.drawer.is_open.clone();
    Memo::new(move |_| is_open.get())
}
