//! What can be chosen of a log, and the search in it.

use leptos::{
    ev::{Event, KeyboardEvent},
    prelude::*,
};

use super::{
    copy_button::CopyButton,
    log::{LOG_VIEW, Log},
};
use crate::view::{
    log::LogChoice,
    log_window::{LogSummary, LogWindow},
};

/// Which log it is, and how it is shown.
#[component]
pub(super) fn LogTools(
    log: Log,
    choices: Memo<(Vec<LogChoice>, usize)>,
    container: Memo<Option<String>>,
) -> impl IntoView {
    let Log { previous, told, .. } = log;
    let has_previous = move || {
        let chosen = container.get();
        let is_meant = |it: &LogChoice| Some(&it.name) == chosen.as_ref() && it.has_previous;
        choices.with(|(choices, _)| choices.iter().any(is_meant))
    };
    let text = move || log.rows.with_value(|rows| rows.window.buffer().text(false));
    view! {
        <div class="tools">
            <ContainerMenu log choices container/>
            <button type="button" class="button" data-action="previous"
                aria-pressed=move || previous.get().to_string() disabled=move || !(has_previous() || previous.get())
                on:click=move |_| previous.update(|previous| *previous = !*previous)>
                "Previous"
            </button>
            <Toggle label="Pause" action="pause"
                is_pressed=Signal::derive(move || told.with(|told| told.held.is_some()))
                press=move || log.change(LogWindow::toggle_pause)/>
            <Toggle label="Follow" action="autoscroll"
                is_pressed=Signal::derive(move || told.with(|told| told.follows))
                press=move || log.change(LogWindow::toggle_following)/>
            <Toggle label="Wrap" action="wrap" is_pressed=Signal::derive(move || told.with(|told| told.wraps))
                press=move || log.change(LogWindow::toggle_wrap)/>
            <CopyButton name="Copy the log".to_owned() shown=LOG_VIEW text/>
        </div>
    }
}

/// Whose log it is.
#[component]
fn ContainerMenu(log: Log, choices: Memo<(Vec<LogChoice>, usize)>, container: Memo<Option<String>>) -> impl IntoView {
    let option = move |LogChoice { name, label, role, .. }: LogChoice| {
        let words = match role {
            "" => label,
            role => format!("{label} ({role})"),
        };
        let value = name.clone();
        let is_chosen = move || container.with(|chosen| chosen.as_ref() == Some(&name));
        view! { <option value=value prop:selected=is_chosen>{words}</option> }
    };
    let choose = move |event: Event| {
        log.previous.set(false);
        log.container.set(Some(event_target_value(&event)));
    };
    view! {
        <label class="button select">
            <span class="sr-only">"Container"</span>
            <select id="log-container" data-action="container" on:change=choose>
                {move || choices.get().0.into_iter().map(option).collect_view()}
            </select>
        </label>
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

/// What is searched for, and the way from match to match.
#[component]
pub(super) fn LogSearch(log: Log) -> impl IntoView {
    let Log { told, .. } = log;
    let search = move |event: Event| {
        let words = event_target_value(&event);
        log.change(|window| window.search(&words));
    };
    let key = move |event: KeyboardEvent| {
        let is_searching = told.with_untracked(|told| !told.words.is_empty());
        match event.key().as_str() {
            "Enter" => log.change(|window| window.go_to_match(event.shift_key())),
            // First the search, then the drawer.
            "Escape" if is_searching => log.change(|window| window.search("")),
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
            <span class="note" id="log-matches" role="status">{move || told.with(LogSummary::matches)}</span>
            <button type="button" class="button" aria-label="Previous match" data-action="match-before"
                disabled=has_none on:click=move |_| log.change(|window| window.go_to_match(true))>
                "↑"
            </button>
            <button type="button" class="button" aria-label="Next match" data-action="match-next" disabled=has_none
                on:click=move |_| log.change(|window| window.go_to_match(false))>
                "↓"
            </button>
        </div>
    }
}
