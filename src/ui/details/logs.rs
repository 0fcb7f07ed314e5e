//! The third tab: the log of a container, followed only while the tab is shown.
//!
//! Lines go into a [`LogBuffer`](crate::view::log::LogBuffer) as they come; what is told of them follows once a frame.

use leptos::{
    ev::{self, Event, KeyboardEvent},
    html,
    prelude::*,
};
use leptos_use_event_listener::use_event_listener;
use serde_json::Value;

use super::{
    copy_button::CopyButton,
    log_rows::Screen,
    object::{Object, ReadRefusal},
};
use crate::{
    browser::{
        log::{self, LogSource},
        task::Task,
    },
    ui::{
        dom,
        frame::Frame,
        signals::{SubjectSignals, put},
    },
    view::{
        details,
        format::{count, counted},
        log::{LogChoice, LogState, choices, is_over},
    },
};

/// The element that scrolls.
const VIEW: &str = "log-view";

/// The log, what can be chosen of it, and what is told of it. A copy is the same log.
#[derive(Clone, Copy)]
struct Log {
    screen: StoredValue<Screen, LocalStorage>,
    /// The container that was chosen; `None` for the usual one.
    container: RwSignal<Option<String>>,
    /// Whether the run before is shown.
    previous: RwSignal<bool>,
    state: RwSignal<LogState>,
    told: RwSignal<Told>,
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

/// See the [module](self).
#[component]
pub(super) fn Logs() -> impl IntoView {
    let object = expect_context::<Object>();
    let log = Log {
        screen: StoredValue::new_local(Screen::default()),
        container: RwSignal::default(),
        previous: RwSignal::default(),
        state: RwSignal::new(LogState::Opening),
        told: RwSignal::new(Told::of(&Screen::default())),
    };
    let choices = Memo::new(move |_| {
        object
            .value
            .with(|value| value.as_ref().map(choices))
            .unwrap_or_default()
    });
    // The container that was chosen, else the usual one.
    let container = Memo::new(move |_| {
        let usual = || choices.with(|(choices, usual)| choices.get(*usual).map(|choice| choice.name.clone()));
        log.container.get().or_else(usual)
    });
    log.follow(object, container);
    let is_unread = move || object.value.with(Option::is_none);
    view! {
        <div class="log">
            // Without the pod nobody knows its containers.
            {move || is_unread().then(|| view! { <ReadRefusal/> })}
            <Tools log choices container/>
            <Search log/>
            <Rows log/>
            <State log/>
        </div>
    }
}

#[component]
fn Tools(log: Log, choices: Memo<(Vec<LogChoice>, usize)>, container: Memo<Option<String>>) -> impl IntoView {
    let Log { previous, told, .. } = log;
    let has_previous = move || {
        let chosen = container.get();
        let is_meant = |it: &LogChoice| Some(&it.name) == chosen.as_ref() && it.has_previous;
        choices.with(|(choices, _)| choices.iter().any(is_meant))
    };
    let option = move |choice: LogChoice| {
        let role = choice.role;
        let words = if role.is_empty() {
            choice.label.clone()
        } else {
            format!("{} ({role})", choice.label)
        };
        let value = choice.name.clone();
        let is_chosen = move || container.with(|chosen| chosen.as_deref() == Some(choice.name.as_str()));
        view! {
            <option value=value prop:selected=is_chosen>{words}</option>
        }
    };
    let choose = move |event: Event| {
        if let Some(select) = dom::target(&event) {
            previous.set(false);
            log.container.set(Some(dom::value(&select)));
        }
    };
    let text = move || log.screen.with_value(|screen| screen.buffer().text(false));
    view! {
        <div class="tools">
            <label class="button select">
                <span class="sr-only">"Container"</span>
                <select id="log-container" data-action="container" on:change=choose>
                    {move || choices.get().0.into_iter().map(option).collect_view()}
                </select>
            </label>
            <button type="button" class="button" data-action="previous"
                aria-pressed=move || previous.get().to_string() disabled=move || !(has_previous() || previous.get())
                on:click=move |_| previous.update(|previous| *previous = !*previous)>
                "Run before"
            </button>
            <Toggle label="Pause" action="pause"
                is_pressed=Signal::derive(move || told.with(|told| told.held.is_some()))
                press=move || log.with(Screen::toggle_pause)/>
            <Toggle label="To the end" action="autoscroll"
                is_pressed=Signal::derive(move || told.with(|told| told.follows))
                press=move || log.with(Screen::toggle_following)/>
            <Toggle label="Wrap" action="wrap" is_pressed=Signal::derive(move || told.with(|told| told.wraps))
                press=move || log.with(Screen::toggle_wrap)/>
            <CopyButton name="Copy the log".to_owned() shown=VIEW text/>
        </div>
    }
}

/// A button that is pressed or not.
#[component]
fn Toggle(
    label: &'static str,
    action: &'static str,
    is_pressed: Signal<bool>,
    press: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="button" data-action=action aria-pressed=move || is_pressed.get().to_string()
            on:click=move |_| press()>
            {label}
        </button>
    }
}

#[component]
fn Search(log: Log) -> impl IntoView {
    let Log { told, .. } = log;
    let search = move |event: Event| {
        if let Some(field) = dom::target(&event) {
            let words = dom::value(&field);
            log.with(|screen| screen.search(&words));
        }
    };
    let key = move |event: KeyboardEvent| {
        let is_searching = told.with_untracked(|told| !told.words.is_empty());
        match event.key().as_str() {
            "Enter" => log.with(|screen| screen.go_to_match(event.shift_key())),
            // First the search, then the drawer.
            "Escape" if is_searching => log.with(|screen| screen.search("")),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let has_none = move || told.with(|told| told.matches == 0);
    view! {
        <div class="tools">
            <input type="search" id="log-search" class="search" placeholder="Search the log"
                aria-label="Search the log" autocomplete="off" spellcheck="false"
                prop:value=move || told.with(|told| told.words.clone()) on:input=search on:keydown=key/>
            <span class="note" id="log-matches" role="status">{move || told.with(Told::matches)}</span>
            <button type="button" class="button" aria-label="Match before" data-action="match-before"
                disabled=has_none on:click=move |_| log.with(|screen| screen.go_to_match(true))>
                "↑"
            </button>
            <button type="button" class="button" aria-label="Next match" data-action="match-next" disabled=has_none
                on:click=move |_| log.with(|screen| screen.go_to_match(false))>
                "↓"
            </button>
        </div>
    }
}

/// The window on the lines.
#[component]
fn Rows(log: Log) -> impl IntoView {
    let view = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(view) = view.get() {
            log.with(|screen| screen.attach(view.into()));
        }
    });
    let _ = use_event_listener(dom::window(), ev::resize, move |_| log.with(Screen::draw));
    view! {
        <div id=VIEW class="log-view" role="log" aria-live="off" aria-label="Log" tabindex="0" node_ref=view
            on:scroll=move |_| log.with(Screen::handle_scroll)></div>
    }
}

/// How the following goes, and how much there is.
#[component]
fn State(log: Log) -> impl IntoView {
    let Log { state, told, .. } = log;
    let is_empty = move || told.with(|told| told.lines == 0);
    let held = move || {
        let held = told.with(|told| told.held);
        held.map(|held| format!(" Paused: {} meanwhile.", counted(held, "new line", "new lines")))
    };
    view! {
        <p class="state-line" id="log-state" data-state=move || state.with(LogState::slug)>
            <span>{move || state.with(|state| state.words(is_empty()))}</span>
            <span id="log-held">{held}</span>
            <span class="count" id="log-lines">{move || told.with(Told::lines)}</span>
        </p>
    }
}

impl Log {
    /// Works with the window on the log and brings what is told up to date.
    fn with(self, work: impl FnOnce(&mut Screen)) {
        let told = self.screen.try_update_value(|screen| {
            work(screen);
            Told::of(screen)
        });
        // Whoever lets it work later may find that the tab is gone.
        if let Some(told) = told {
            put(self.told, told);
        }
    }

    /// Follows the log that is chosen, from its beginning, for as long as the caller's owner lives. A pod that is gone keeps
    /// the log that was read of it; one that is not listed yet is known by its object alone. Another pod of the name has
    /// another log, and no run before.
    fn follow(self, object: Object, container: Memo<Option<String>>) {
        let SubjectSignals { meta, gone, .. } = expect_context();
        let frame = expect_context::<Frame>();
        let uid = Memo::new(move |old: Option<&Option<String>>| {
            let listed = meta.with(|meta| meta.as_ref().map(|meta| meta.uid.to_string()));
            listed
                .or_else(|| old.cloned().flatten())
                .or_else(|| object.field("/metadata/uid"))
        });
        Effect::new(move |old: Option<Option<String>>| {
            let uid = uid.get();
            if old.flatten().is_some_and(|old| Some(old) != uid) {
                self.previous.set(false);
            }
            uid
        });
        let choice = Memo::new(move |_| Some((uid.get().unwrap_or_default(), container.get()?, self.previous.get())));
        let task = StoredValue::new_local(None::<Task>);
        Effect::new(move |_| {
            let path = object.subject.with_value(details::path).ok();
            let Some(((uid, container, previous), pod)) = choice.get().zip(path) else {
                return;
            };
            let source = LogSource {
                root: frame.api().root().clone(),
                pod,
                uid,
                container,
                previous,
            };
            // The old one ends first, so that its stream is free.
            task.set_value(None);
            self.with(Screen::clear);
            let take = move |line| {
                let is_first = self.screen.try_update_value(|screen| screen.push(line));
                if is_first == Some(true) {
                    dom::before_frame(move || self.with(Screen::draw));
                }
            };
            let container = source.container.clone();
            let is_over = move || {
                let ends = |pod: &Value| is_over(pod, &container);
                gone.get_untracked().is_some() || object.value.with_untracked(|pod| pod.as_ref().is_some_and(ends))
            };
            let followed = log::follow(source, is_over, take, move |state| drop(self.state.try_set(state)));
            task.set_value(Some(followed));
        });
    }
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
