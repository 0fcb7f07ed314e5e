//! The third tab: the log of a container, followed only while the tab is shown.
//!
//! Lines go into a [`LogWindow`] as they come; counts and messages follow once a frame.

use leptos::{ev, html, prelude::*};
use leptos_use_event_listener::use_event_listener;

use super::{
    log::{LOG_VIEW, Log},
    log_rows::LogRows,
    log_tools::{LogSearch, LogTools},
    object::{Object, ReadError},
};
use crate::{
    ui::{dom, signals::Clock},
    view::{
        log::{LogState, caption, choices},
        log_window::{LogSummary, LogWindow},
    },
};

/// See the [module](self).
#[component]
pub(super) fn Logs() -> impl IntoView {
    let object = expect_context::<Object>();
    let log = Log {
        rows: StoredValue::new_local(LogRows::default()),
        container: RwSignal::default(),
        previous: RwSignal::default(),
        state: RwSignal::new(LogState::Opening),
        told: RwSignal::new(LogWindow::default().summary()),
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
            // Without the pod its containers are unknown.
            {move || is_unread().then(|| view! { <ReadError/> })}
            <LogTools log choices container/>
            <LogSearch log/>
            <Caption log container/>
            <View log/>
            <State log/>
        </div>
    }
}

/// Which run the log is of, or why there is none yet.
#[component]
fn Caption(log: Log, container: Memo<Option<String>>) -> impl IntoView {
    let object = expect_context::<Object>();
    let Clock { now, .. } = expect_context();
    let is_empty = Memo::new(move |_| log.told.with(|told| told.lines == 0));
    let words = Memo::new(move |_| {
        let container = container.get()?;
        object.value.with(|pod| {
            let pod = pod.as_ref()?;
            caption(pod, &container, log.previous.get(), is_empty.get(), now.get())
        })
    });
    view! {
        <p class="state-line" id="log-run" hidden=move || words.with(Option::is_none)>{move || words.get()}</p>
    }
}

/// The window on the lines.
#[component]
fn View(log: Log) -> impl IntoView {
    let view = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(view) = view.get() {
            log.with(|rows| rows.attach(view.into()));
        }
    });
    let _ = use_event_listener(dom::window(), ev::resize, move |_| log.with(LogRows::draw));
    view! {
        <div id=LOG_VIEW class="log-view" role="log" aria-live="off" aria-label="Log" tabindex="0" node_ref=view
            on:scroll=move |_| log.with(LogRows::handle_scroll)></div>
    }
}

/// How the following goes, and how much there is.
#[component]
fn State(log: Log) -> impl IntoView {
    let Log { state, told, .. } = log;
    let is_empty = move || told.with(|told| told.lines == 0);
    view! {
        <p class="state-line" id="log-state" data-state=move || state.with(LogState::slug)>
            <span>{move || state.with(|state| state.words(is_empty()))}</span>
            <span id="log-held">{move || told.with(LogSummary::held)}</span>
            <span class="count" id="log-lines">{move || told.with(LogSummary::lines)}</span>
        </p>
    }
}
