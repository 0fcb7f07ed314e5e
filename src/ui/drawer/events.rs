//! The second tab: what was reported of the subject, live. Followed only while the tab is shown.

use crate::{
    browser::{feed, task::Task},
    connection::{ConnectionState, KindConnection},
    resource::{ObjectEvent, duration::age},
    view::{
        events::{self, EventRow, EventRows},
        format::{count, counted},
        state::Subject,
    },
};
use leptos::prelude::*;

use super::super::{PageRef, set_if_changed};

/// How the following goes, in words; empty where all is well.
#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    is_listed: bool,
    problem: String,
}

/// The tab.
pub(super) fn events(page: PageRef) -> impl IntoView {
    let object = page.with_value(|page| page.0.drawer.object.clone());
    let subject = page.with_value(|page| page.0.drawer.subject.borrow().clone());
    let is_node = matches!(subject, Some(Subject::Node(_)));
    let uid = Memo::new(move |_| object.with(|object| object.field("/metadata/uid").map(str::to_owned)));
    let (rows, progress) = (
        ArcRwSignal::new(EventRows::default()),
        ArcRwSignal::new(Progress::default()),
    );
    // Ends with the tab, and with it all that it holds open.
    let task = StoredValue::new_local(None::<Task>);
    let (told_rows, told_progress) = (rows.clone(), progress.clone());
    Effect::new(move |_| {
        let uid = match uid.get() {
            Some(uid) => uid,
            None if is_node => String::new(),
            None => return,
        };
        let subject = page.with_value(|page| page.0.drawer.subject.borrow().clone());
        let Some(subject) = subject else { return };
        let root = page.with_value(|page| page.0.source.api().root().to_owned());
        let (rows, progress) = (told_rows.clone(), told_progress.clone());
        let collection = events::collection(&root, &subject, &uid);
        task.set_value(Some(feed::follow::<ObjectEvent>(
            collection,
            move |store, connection| {
                set_if_changed(&rows, EventRows::of(&store.sorted()));
                set_if_changed(&progress, told(connection));
            },
        )));
    });
    let hidden = {
        let rows = rows.clone();
        move || {
            let hidden = rows.with(|rows| rows.hidden) as u64;
            (hidden > 0).then(|| {
                view! { <p class="note">{format!("{} are not shown.", counted(hidden, "older event", "older events"))}</p> }
            })
        }
    };
    let each = {
        let rows = rows.clone();
        move || rows.with(|rows| rows.rows.clone())
    };
    view! {
        {state_line(rows, progress)}
        <ol class="events" aria-label="Events, newest first">
            <For each=each key=|row| row.id.clone() children=move |row| event(page, row)/>
        </ol>
        {hidden}
    }
}

/// What stands above the events, or in their place.
fn state_line(rows: ArcRwSignal<EventRows>, progress: ArcRwSignal<Progress>) -> impl IntoView {
    move || {
        let progress = progress.get();
        let is_empty = rows.with(|rows| rows.rows.is_empty());
        let words = match (progress.problem.is_empty(), progress.is_listed) {
            (false, _) => progress.problem,
            (true, false) if is_empty => "Asking for its events…".to_owned(),
            (true, true) if is_empty => {
                "Nothing was reported of it lately. The API server keeps events for an hour.".to_owned()
            }
            (true, _) => String::new(),
        };
        view! { <p class="state-line" id="events-state" data-listed=progress.is_listed.then_some("")>{words}</p> }
    }
}

fn told(connection: &KindConnection) -> Progress {
    let problem = connection.problem.as_ref().map(|problem| {
        let mut words = format!("{} {}", problem.sentence, problem.advice);
        if connection.state != ConnectionState::Live && !problem.detail.is_empty() {
            words.push_str(&format!(" It says: {}", problem.detail));
        }
        words
    });
    Progress {
        is_listed: connection.stale_since.is_some() || connection.state == ConnectionState::Live,
        problem: problem.unwrap_or_default(),
    }
}

fn event(page: PageRef, row: EventRow) -> impl IntoView {
    let now = page.with_value(|page| page.0.drawer.now.clone());
    let often = (row.count > 1).then(|| format!(" ×{}", count(row.count)));
    let ago = {
        let now = now.clone();
        move || row.last.map(|last| format!("{} ago", age(Some(last), now.get())))
    };
    let span = row
        .first
        .map(|first| move || format!(", first {} ago", age(Some(first), now.get())));
    let time = row.last.map(|last| last.to_string());
    let reason = row.reason.clone();
    let tone = if row.is_warning { "bad" } else { "quiet" };
    view! {
        <li class="event" data-reason=reason data-count=row.count.to_string() data-warning=row.is_warning.then_some("")>
            <p class="top">
                <span class="reason" data-tone=tone>{row.reason}</span>
                {row.is_warning.then(|| view! { <span class="sr-only">" (warning)"</span> })}
                <b>{often}</b>
                " · "
                <time datetime=time.clone() title=time>{ago}{span}</time>
                {(!row.source.is_empty()).then(|| format!(" · {}", row.source))}
            </p>
            <p class="message">{row.message}</p>
        </li>
    }
}
