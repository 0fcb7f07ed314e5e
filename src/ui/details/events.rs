//! The second tab: what was reported of the subject, live. Followed only while the tab is shown.

use leptos::prelude::*;

use super::object::Object;
use crate::{
    browser::{feed, task::Task},
    ui::{
        frame::Frame,
        signals::{Clock, put},
    },
    view::{
        events::{self, EventRow, EventRows, Progress},
        format::{ago, count, counted},
    },
};

/// What is followed.
#[derive(Clone, Copy)]
struct FollowedEvents {
    rows: RwSignal<EventRows>,
    progress: RwSignal<Progress>,
}

/// See the [module](self).
#[component]
pub(super) fn Events() -> impl IntoView {
    let FollowedEvents { rows, progress } = FollowedEvents::begin();
    let words = move || {
        let is_empty = rows.with(|rows| rows.rows.is_empty());
        progress.with(|progress| progress.words(is_empty).to_owned())
    };
    let hidden = move || {
        let hidden = rows.with(|rows| rows.hidden);
        (hidden > 0).then(|| {
            let hidden = counted(hidden as u64, "older event", "older events");
            view! { <p class="note">{format!("{hidden} not shown.")}</p> }
        })
    };
    view! {
        <p class="state-line" id="events-state"
            data-listed=move || progress.with(|progress| progress.is_listed).then_some("")>
            {words}
        </p>
        <ol class="events" aria-label="Events, newest first">
            <For each=move || rows.get().rows key=|row| row.id.clone() children=move |row| {
                view! { <Event id=row.id rows/> }
            }/>
        </ol>
        {hidden}
    }
}

/// An event, which may happen again.
#[component]
fn Event(id: String, rows: RwSignal<EventRows>) -> impl IntoView {
    let row = Memo::new(move |_| rows.with(|rows| rows.rows.iter().find(|row| row.id == id).cloned()));
    let Clock { now, .. } = expect_context();
    move || row.get().map(|row| view! { <EventWords row now/> })
}

#[component]
fn EventWords(row: EventRow, now: RwSignal<crate::resource::Timestamp>) -> impl IntoView {
    let (last, first) = (row.last, row.first);
    let when = move || {
        let last = last.map(|last| ago(last, now.get()));
        let first = first.map(|first| format!(", first {}", ago(first, now.get())));
        format!("{}{}", last.unwrap_or_default(), first.unwrap_or_default())
    };
    let exactly = last.map(|last| last.to_string());
    let tone = if row.is_warning { "bad" } else { "quiet" };
    view! {
        <li class="event" data-reason=row.reason data-count=row.count.to_string()
            data-warning=row.is_warning.then_some("")>
            <p class="top">
                <span class="reason" data-tone=tone>{row.reason.clone()}</span>
                {row.is_warning.then(|| view! { <span class="sr-only">" (warning)"</span> })}
                <b>{(row.count > 1).then(|| format!(" ×{}", count(row.count)))}</b>
                " · "
                <time datetime=exactly.clone() title=exactly>{when}</time>
                {(!row.source.is_empty()).then(|| format!(" · {}", row.source))}
            </p>
            <p class="message">{row.message}</p>
        </li>
    }
}

impl FollowedEvents {
    /// Follows the events of the subject once it is known well enough, for as long as the caller's owner lives.
    fn begin() -> Self {
        let following = Self {
            rows: RwSignal::default(),
            progress: RwSignal::default(),
        };
        let object = expect_context::<Object>();
        let frame = expect_context::<Frame>();
        let uid = Memo::new(move |_| {
            match object
                .value
                .with(|value| value.as_ref().and_then(events::uid_of).map(str::to_owned))
            {
                None if !object.is_pod => Some(String::new()),
                // Who may not read the pod may still read its events, by its name.
                None if object
                    .api_error
                    .with(|api_error| api_error.as_ref().is_some_and(|it| it.code == Some(403))) =>
                {
                    Some(String::new())
                }
                uid => uid,
            }
        });
        let task = StoredValue::new_local(None::<Task>);
        Effect::new(move |_| {
            let Some(uid) = uid.get() else { return };
            let collection = object
                .subject
                .with_value(|subject| events::collection(frame.api().root(), subject, &uid));
            let Ok(collection) = collection else { return };
            // The old one ends first, so that its stream is free.
            task.set_value(None);
            let followed = feed::follow(collection, move |store, connection| {
                put(following.rows, EventRows::of(&store.sorted()));
                put(following.progress, Progress::of(connection));
            });
            task.set_value(Some(followed));
        });
        following
    }
}
