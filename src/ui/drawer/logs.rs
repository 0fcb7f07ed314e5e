//! The third tab: the log of a container, followed only while the tab is shown.
//!
//! Lines go into a [`LogBuffer`](crate::view::log::LogBuffer) as they come. Once a frame the rows of the window are drawn from it, into elements that
//! are used again and again: whatever comes, there are never more of them than fit on the screen.

mod screen;

use std::{cell::RefCell, rc::Rc};

use crate::{
    browser::{
        log::{self, LogSource},
        task::Task,
    },
    view::{
        details,
        format::{count, counted},
        log::{LogChoice, LogState, choices},
    },
};
use leptos::{
    prelude::*,
    web_sys::{HtmlElement, KeyboardEvent},
};

use self::screen::Screen;
use super::{
    super::{PageRef, set_if_changed},
    parts,
};

/// What can be chosen, and what is told of it.
#[derive(Clone)]
struct Log {
    screen: StoredValue<Rc<RefCell<Screen>>, LocalStorage>,
    container: ArcRwSignal<Option<String>>,
    previous: ArcRwSignal<bool>,
    state: ArcRwSignal<LogState>,
    told: ArcRwSignal<Told>,
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

impl Log {
    fn new() -> Self {
        Self {
            screen: StoredValue::new_local(Rc::default()),
            container: ArcRwSignal::new(None),
            previous: ArcRwSignal::new(false),
            state: ArcRwSignal::new(LogState::Opening),
            told: ArcRwSignal::new(Told::default()),
        }
    }

    /// Works with the screen and brings the words up to date. Nothing to do once the tab is gone.
    fn with(&self, work: impl FnOnce(&mut Screen)) {
        let Some(screen) = self.screen.try_with_value(Rc::clone) else {
            return;
        };
        work(&mut screen.borrow_mut());
        let told = Told::of(&screen.borrow());
        set_if_changed(&self.told, told);
    }

    /// Follows a log from its beginning.
    fn follow(&self, source: LogSource) -> Task {
        self.with(Screen::clear);
        let for_lines = self.clone();
        let state = self.state.clone();
        let screen = self.screen.try_with_value(Rc::clone).unwrap_or_default();
        log::follow(
            source,
            move |line| {
                let is_first = screen.borrow_mut().push(line);
                if is_first {
                    let log = for_lines.clone();
                    request_animation_frame(move || log.with(Screen::draw));
                }
            },
            move |new| set_if_changed(&state, new),
        )
    }
}

/// The tab.
pub(super) fn logs(page: PageRef) -> impl IntoView {
    let object = page.with_value(|page| page.0.drawer.object.clone());
    let for_refusal = object.clone();
    let refusal = move || {
        for_refusal.with(|object| match (&object.value, &object.refusal) {
            // Without the pod nobody knows its containers.
            (None, Some(refusal)) => Some(refusal.words("get pods")),
            _ => None,
        })
    };
    let offered = Memo::new(move |_| object.with(|object| object.value.as_deref().map(choices)));
    let log = Log::new();
    let task = StoredValue::new_local(None::<Task>);
    let chosen = {
        let container = log.container.clone();
        Memo::new(move |_| {
            let offered = offered.get();
            container.get().or_else(|| {
                let (choices, usual) = offered?;
                choices.get(usual).map(|it| it.name.clone())
            })
        })
    };
    {
        let log = log.clone();
        Effect::new(move |_| {
            let (container, previous) = (chosen.get(), log.previous.get());
            let Some((container, pod)) = container.zip(pod_path(page)) else {
                return;
            };
            let source = LogSource {
                pod,
                container,
                previous,
            };
            // The old one ends first, so that its stream is free.
            task.set_value(None);
            task.set_value(Some(log.follow(source)));
        });
    }
    let resize = {
        let log = log.clone();
        window_event_listener(leptos::ev::resize, move |_| log.with(Screen::draw))
    };
    on_cleanup(move || resize.remove());
    let has_previous = Memo::new(move |_| {
        let name = chosen.get();
        offered.get().is_some_and(|(choices, _)| {
            choices
                .iter()
                .any(|it| Some(&it.name) == name.as_ref() && it.has_previous)
        })
    });
    let picker = picker(&log, offered, chosen);
    view! {
        <div class="log">
            {move || refusal().map(|words| view! { <p class="refusal" role="status">{words}</p> })}
            <div class="tools">
                {picker} {previous_button(&log, has_previous)} {buttons(&log)}
            </div>
            <div class="tools">{search(&log)}</div>
            {view_of(&log)}
            {status(&log)}
        </div>
    }
}

/// The path of the pod whose log is meant.
fn pod_path(page: PageRef) -> Option<String> {
    page.with_value(|page| {
        let path = details::path(page.0.drawer.subject.borrow().as_ref()?)?;
        Some(format!("{}{path}", page.0.source.api().root()))
    })
}

fn picker(
    log: &Log,
    offered: Memo<Option<(Vec<LogChoice>, usize)>>,
    chosen: Memo<Option<String>>,
) -> impl IntoView + use<> {
    let (container, previous) = (log.container.clone(), log.previous.clone());
    let choose = move |event| {
        previous.set(false);
        container.set(Some(event_target_value(&event)));
    };
    let names = Memo::new(move |_| {
        let names = offered.get().map(|(choices, _)| choices).unwrap_or_default();
        names.into_iter().map(|it| (it.name, it.role)).collect::<Vec<_>>()
    });
    let options =
        move || {
            let options = names.get().into_iter().map(|(name, role)| {
            let label = if role.is_empty() { name.clone() } else { format!("{name} ({role})") };
            let this = name.clone();
            view! { <option value=name selected=move || chosen.with(|it| it.as_ref() == Some(&this))>{label}</option> }
        });
            options.collect_view()
        };
    view! {
        <label class="button select">
            <span class="sr-only">"Container"</span>
            <select id="log-container" data-action="container" on:change=choose>
                {options}
            </select>
        </label>
    }
}

fn previous_button(log: &Log, has_previous: Memo<bool>) -> impl IntoView + use<> {
    let previous = log.previous.clone();
    let is_pressed = {
        let previous = previous.clone();
        move || previous.get().to_string()
    };
    let is_offered = {
        let previous = previous.clone();
        move || !(has_previous.get() || previous.get())
    };
    view! {
        <button
            type="button"
            class="button"
            data-action="previous"
            aria-pressed=is_pressed
            disabled=is_offered
            on:click=move |_| previous.update(|it| *it = !*it)
        >
            "Run before"
        </button>
    }
}

/// A button that is pressed or not, and what a press does to the screen.
fn toggle(
    log: &Log,
    label: &'static str,
    action: &'static str,
    is_pressed: fn(&Told) -> bool,
    press: fn(&mut Screen),
) -> impl IntoView + use<> {
    let (told, log) = (log.told.clone(), log.clone());
    view! {
        <button
            type="button"
            class="button"
            data-action=action
            aria-pressed=move || told.with(is_pressed).to_string()
            on:click=move |_| log.with(press)
        >
            {label}
        </button>
    }
}

fn buttons(log: &Log) -> impl IntoView + use<> {
    let screen = log.screen;
    let text = move || {
        screen
            .try_with_value(|screen| screen.borrow().buffer().text(false))
            .unwrap_or_default()
    };
    view! {
        {toggle(log, "Pause", "pause", |told| told.held.is_some(), Screen::toggle_pause)}
        {toggle(log, "To the end", "autoscroll", |told| told.follows, Screen::toggle_following)}
        {toggle(log, "Wrap", "wrap", |told| told.wraps, Screen::toggle_wrap)}
        {parts::copy_button("Copy", || "Copy the log".to_owned(), text, screen::VIEW)}
    }
}

fn search(log: &Log) -> impl IntoView + use<> {
    let input = {
        let log = log.clone();
        move |event| {
            let words = event_target_value(&event);
            log.with(|screen| screen.search(&words));
        }
    };
    let key = {
        let log = log.clone();
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                let back = event.shift_key();
                log.with(|screen| screen.go_to_match(back));
            }
            // First the search, then the drawer.
            "Escape" if log.told.with_untracked(|told| !told.words.is_empty()) => {
                event.prevent_default();
                event.stop_propagation();
                log.with(|screen| screen.search(""));
            }
            _ => {}
        }
    };
    let words = {
        let told = log.told.clone();
        move || told.with(|told| told.words.clone())
    };
    let matches = {
        let told = log.told.clone();
        move || told.with(Told::matches)
    };
    let none = {
        let told = log.told.clone();
        move || told.with(|told| told.matches == 0)
    };
    let step = |back: bool, name: &'static str, action: &'static str, sign: &'static str| {
        let log = log.clone();
        let none = none.clone();
        view! {
            <button
                type="button"
                class="button"
                aria-label=name
                data-action=action
                disabled=none
                on:click=move |_| log.with(|screen| screen.go_to_match(back))
            >
                {sign}
            </button>
        }
    };
    view! {
        <input
            type="search"
            id="log-search"
            class="search"
            placeholder="Search the log"
            aria-label="Search the log"
            autocomplete="off"
            spellcheck="false"
            prop:value=words
            on:input=input
            on:keydown=key
        />
        <span class="note" id="log-matches" role="status">{matches}</span>
        {step(true, "Match before", "match-before", "↑")}
        {step(false, "Next match", "match-next", "↓")}
    }
}

/// The window on the log. Its rows are drawn by hand.
fn view_of(log: &Log) -> impl IntoView + use<> {
    let scrolled = {
        let log = log.clone();
        move |_| log.with(Screen::handle_scroll)
    };
    let log = log.clone();
    let attach = move |element: HtmlElement| log.with(|screen| screen.attach(element));
    view! {
        <div
            id=screen::VIEW
            class="log-view"
            role="log"
            aria-live="off"
            aria-label="Log"
            tabindex="0"
            on:scroll=scrolled
            use:take_element=attach
        ></div>
    }
}

fn take_element(element: leptos::web_sys::Element, take: impl Fn(HtmlElement)) {
    use wasm_bindgen::JsCast;
    if let Ok(element) = element.dyn_into() {
        take(element);
    }
}

fn status(log: &Log) -> impl IntoView + use<> {
    let (state, told) = (log.state.clone(), log.told.clone());
    let slug = {
        let state = state.clone();
        move || state.with(LogState::slug)
    };
    let words = {
        let told = told.clone();
        move || {
            let is_empty = told.with(|told| told.lines == 0);
            state.with(|state| state.words(is_empty))
        }
    };
    let lines = {
        let told = told.clone();
        move || told.with(Told::lines)
    };
    let held = move || {
        told.with(|told| told.held)
            .map(|held| format!(" Paused: {} meanwhile.", counted(held, "new line", "new lines")))
    };
    view! {
        <p class="state-line" id="log-state" data-state=slug>
            <span>{words}</span>
            <span id="log-held">{held}</span>
            <span class="count" id="log-lines">{lines}</span>
        </p>
    }
}
