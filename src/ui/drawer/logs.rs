//! The third tab: the log of a container, followed only while the tab is shown.
//!
//! Lines go into a [`LogBuffer`](crate::view::log::LogBuffer) as they come. Once a frame the rows of the window are drawn
//! from it, into elements that are used again and again: whatever comes, there are never more of them than fit on the
//! screen.

mod screen;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    browser::{
        log::{self, LogSource},
        task::Task,
    },
    resource::Meta,
    view::{
        details,
        format::{count, counted},
        log::{LogChoice, LogState, choices, is_over},
    },
};
use leptos::web_sys::{Element, HtmlElement, KeyboardEvent};
use wasm_bindgen::JsCast;

use self::screen::Screen;
pub(super) use self::screen::VIEW;
use super::{
    super::{Page, dom, parts::Part, replace_if_changed, sketch::Node},
    Drawer, parts,
};

/// The field for what is searched for.
pub(super) const SEARCH: &str = "log-search";

/// What can be chosen, and what is told of it.
pub(super) struct Log {
    screen: RefCell<Screen>,
    container: RefCell<Option<String>>,
    previous: Cell<bool>,
    state: RefCell<LogState>,
    told: RefCell<Told>,
    /// What is followed.
    source: RefCell<Option<LogSource>>,
    task: RefCell<Option<Task>>,
}

/// What is told of the lines, at most once a frame.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    lines: usize,
    dropped: u64,
    held: Option<u64>,
    follows: bool,
    wraps: bool,
    words: String,
    matches: usize,
    /// Which of them was gone to, from 1.
    at: Option<usize>,
}

impl Told {
    fn of(screen: &Screen) -> Self {
        let buffer = screen.buffer();
        Self {
            lines: buffer.len(),
            dropped: buffer.dropped(),
            held: buffer.held(),
            follows: screen.follows(),
            wraps: screen.wraps(),
            words: screen.words().to_owned(),
            matches: buffer.match_count(),
            at: screen.match_at().map(|at| at + 1),
        }
    }

    /// `1,000 lines, 200 older ones dropped`.
    fn lines(&self) -> String {
        let lines = counted(self.lines as u64, "line", "lines");
        match self.dropped {
            0 => lines,
            dropped => format!("{lines}; {} older ones had to go", count(dropped)),
        }
    }

    /// `3 of 12 lines`.
    fn matches(&self) -> String {
        match (self.words.is_empty(), self.matches, self.at) {
            (true, ..) => String::new(),
            (_, 0, _) => "no line".to_owned(),
            (_, matches, Some(at)) => format!("{} of {}", count(at as u64), counted(matches as u64, "line", "lines")),
            (_, matches, None) => counted(matches as u64, "line", "lines"),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            screen: RefCell::default(),
            container: RefCell::default(),
            previous: Cell::default(),
            state: RefCell::new(LogState::Opening),
            told: RefCell::default(),
            source: RefCell::default(),
            task: RefCell::default(),
        }
    }
}

impl Log {
    /// All of it that is kept.
    pub(super) fn text(&self) -> String {
        self.screen.borrow().buffer().text(false)
    }

    /// The uid of the pod whose log it is, once it is followed.
    fn uid(&self) -> Option<String> {
        self.source.borrow().as_ref().map(|source| source.uid.clone())
    }
}

impl Page {
    /// Works with the window on the log and brings the words up to date.
    pub(super) fn with_log(&self, work: &dyn Fn(&mut Screen)) {
        let log = Rc::clone(&self.0.drawer.log.borrow());
        work(&mut log.screen.borrow_mut());
        let told = Told::of(&log.screen.borrow());
        if replace_if_changed(&log.told, told) {
            self.touch(Part::Drawer);
        }
    }

    /// Draws the log for another size of the window.
    pub(in super::super) fn resize_log(&self) {
        if self.0.drawer.log.borrow().source.borrow().is_some() {
            self.with_log(&Screen::draw);
        }
    }

    /// Draws the log where the tab has its place now.
    pub(super) fn attach_log(&self) {
        let drawer = &self.0.drawer;
        let view = self.find_in(Part::Drawer, ".log-view");
        let Some(view) = view.and_then(|view| view.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        if !drawer.log.borrow().screen.borrow().is_in(&view) {
            self.with_log(&|screen| screen.attach(view.clone()));
        }
    }

    /// Follows the log of this pod if that of another one was followed which had its name; not of a run before.
    pub(super) fn follow_log_of(&self, meta: &Meta) {
        let log = Rc::clone(&self.0.drawer.log.borrow());
        if log.uid().is_some_and(|uid| uid != meta.uid.to_string()) {
            log.previous.set(false);
            self.follow_log();
        }
    }

    /// Follows the log that is chosen, from its beginning.
    pub(super) fn follow_log(&self) {
        let drawer = &self.0.drawer;
        let log = Rc::clone(&drawer.log.borrow());
        let Some(container) = drawer.container(&log) else {
            return;
        };
        let subject = drawer.subject.borrow().clone();
        let Some((subject, path)) = subject.and_then(|it| details::path(&it).ok().map(|path| (it, path))) else {
            return;
        };
        // A pod that is gone keeps the log that was read of it; one that is not listed yet is known by its object alone.
        let uid = self.0.source.meta(&subject).map(|meta| meta.uid.to_string());
        let uid = uid.or_else(|| log.uid()).or_else(|| {
            let object = drawer.object.borrow();
            object.field("/metadata/uid").map(str::to_owned)
        });
        let source = LogSource {
            root: self.0.source.api().root().clone(),
            pod: path,
            uid: uid.unwrap_or_default(),
            container,
            previous: log.previous.get(),
        };
        if log.source.borrow().as_ref() == Some(&source) {
            return;
        }
        // The old one ends first, so that its stream is free.
        log.task.take();
        log.source.replace(Some(source.clone()));
        self.with_log(&Screen::clear);
        let (page, for_lines, for_state) = (self.clone(), Rc::downgrade(&log), Rc::downgrade(&log));
        let take = move |line| {
            let Some(log) = for_lines.upgrade() else { return };
            let is_first = log.screen.borrow_mut().push(line);
            if is_first {
                let page = page.clone();
                dom::before_frame(move || page.with_log(&Screen::draw));
            }
        };
        let (page, container) = (self.clone(), source.container.clone());
        let is_over = move || page.0.drawer.is_log_over(&container);
        let page = self.clone();
        let tell = move |state| {
            let Some(log) = for_state.upgrade() else { return };
            if replace_if_changed(&log.state, state) {
                page.touch(Part::Drawer);
            }
        };
        log.task.replace(Some(log::follow(source, is_over, take, tell)));
    }

    /// Takes an event of the tab.
    pub(super) fn handle_log(&self, kind: &str, id: &str, target: &Element) {
        match (kind, id) {
            ("input", SEARCH) => {
                let words = dom::value(target);
                self.with_log(&|screen| screen.search(&words));
            }
            ("change", "log-container") => {
                {
                    let log = self.0.drawer.log.borrow();
                    log.previous.set(false);
                    log.container.replace(Some(dom::value(target)));
                }
                self.follow_log();
                self.touch(Part::Drawer);
            }
            ("scroll", VIEW) => self.with_log(&Screen::handle_scroll),
            _ => {}
        }
    }

    /// Presses a button of the tab; whether it is one.
    pub(super) fn press_in_log(&self, action: &str) -> bool {
        match action {
            "pause" => self.with_log(&Screen::toggle_pause),
            "autoscroll" => self.with_log(&Screen::toggle_following),
            "wrap" => self.with_log(&Screen::toggle_wrap),
            "match-before" => self.with_log(&|screen| screen.go_to_match(true)),
            "match-next" => self.with_log(&|screen| screen.go_to_match(false)),
            "previous" => {
                {
                    let log = self.0.drawer.log.borrow();
                    log.previous.set(!log.previous.get());
                }
                self.follow_log();
                self.touch(Part::Drawer);
            }
            _ => return false,
        }
        true
    }

    /// Whether the key was one of the search.
    pub(super) fn handle_search_key(&self, event: &KeyboardEvent) -> bool {
        let is_searching = !self.0.drawer.log.borrow().told.borrow().words.is_empty();
        match event.key().as_str() {
            "Enter" => {
                let back = event.shift_key();
                self.with_log(&|screen| screen.go_to_match(back));
            }
            // First the search, then the drawer.
            "Escape" if is_searching => {
                event.stop_propagation();
                self.with_log(&|screen| screen.search(""));
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }
}

impl Drawer {
    fn choices(&self) -> Option<(Vec<LogChoice>, usize)> {
        self.object.borrow().value.as_ref().map(choices)
    }

    /// Whether nothing more will be written into the log of a container.
    fn is_log_over(&self, container: &str) -> bool {
        let object = self.object.borrow();
        self.gone.get().is_some() || object.value.as_ref().is_some_and(|pod| is_over(pod, container))
    }

    /// The container that was chosen, else the usual one.
    fn container(&self, log: &Log) -> Option<String> {
        let chosen = log.container.borrow().clone();
        chosen.or_else(|| {
            let (choices, usual) = self.choices()?;
            choices.get(usual).map(|it| it.name.clone())
        })
    }

    /// The tab.
    pub(super) fn log_view(&self, panel: &mut Node) {
        let log = self.log.borrow();
        let (told, state) = (log.told.borrow(), log.state.borrow());
        let node = panel.add("<div class=log></div>");
        if self.object.borrow().value.is_none() {
            // Without the pod nobody knows its containers.
            self.refusal(node);
        }
        self.log_tools(node, &log, &told);
        search(node, &told);
        node.add("<div id=log-view class=log-view role=log aria-live=off aria-label=Log tabindex=0></div>");
        let line = node.add("<p class=state-line id=log-state></p>");
        line.set("data-state", state.slug());
        line.put("<span></span>", &state.words(told.lines == 0));
        let held = told.held.map(|held| counted(held, "new line", "new lines"));
        let held = held.map(|held| format!(" Paused: {held} meanwhile."));
        line.put("<span id=log-held></span>", &held.unwrap_or_default());
        line.put("<span class=count id=log-lines></span>", &told.lines());
    }

    fn log_tools(&self, into: &mut Node, log: &Log, told: &Told) {
        let tools = into.add("<div class=tools></div>");
        let choices = self.choices().map(|(choices, _)| choices).unwrap_or_default();
        let chosen = self.container(log);
        let label = tools.add("<label class='button select'><span class=sr-only>Container</span></label>");
        let select = label.add("<select id=log-container data-action=container></select>");
        for choice in &choices {
            let option = select.add("<option></option>");
            option.set("value", &choice.name).text(&choice.label);
            if !choice.role.is_empty() {
                option.text(&format!(" ({})", choice.role));
            }
        }
        if let Some(chosen) = &chosen {
            select.property("value", chosen);
        }
        let is_meant = |it: &LogChoice| Some(&it.name) == chosen.as_ref() && it.has_previous;
        let has_previous = choices.iter().any(is_meant);
        toggle(tools, "Run before", "previous", log.previous.get())
            .flag("disabled", !(has_previous || log.previous.get()));
        toggle(tools, "Pause", "pause", told.held.is_some());
        toggle(tools, "To the end", "autoscroll", told.follows);
        toggle(tools, "Wrap", "wrap", told.wraps);
        parts::copy_button(tools, "Copy the log", VIEW, &self.copied.borrow());
    }
}

/// A button that is pressed or not.
fn toggle<'n>(tools: &'n mut Node, label: &str, action: &'static str, is_pressed: bool) -> &'n mut Node {
    tools
        .add("<button type=button class=button></button>")
        .set("data-action", action)
        .set_bool("aria-pressed", is_pressed)
        .text(label)
}

fn search(into: &mut Node, told: &Told) {
    let tools = into.add("<div class=tools></div>");
    tools
        .add(
            "<input type=search id=log-search class=search placeholder='Search the log' aria-label='Search the log' \
             autocomplete=off spellcheck=false>",
        )
        .property("value", &told.words);
    tools.put("<span class=note id=log-matches role=status></span>", &told.matches());
    for html in [
        "<button type=button class=button aria-label='Match before' data-action=match-before>↑</button>",
        "<button type=button class=button aria-label='Next match' data-action=match-next>↓</button>",
    ] {
        tools.add(html).flag("disabled", told.matches == 0);
    }
}
