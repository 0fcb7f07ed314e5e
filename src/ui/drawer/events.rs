//! The second tab: what was reported of the subject, live. Followed only while the tab is shown.

use std::cell::RefCell;

use crate::{
    browser::{feed, task::Task},
    connection::{ConnectionState, KindConnection},
    resource::ObjectEvent,
    store::Store,
    view::{
        events::{self, EventRow, EventRows},
        format::{ago, count, counted},
        visible::visible_lines,
    },
};

use super::{
    super::{Page, parts::Part, replace_if_changed, sketch::Node},
    Drawer,
};

/// How the following goes, in words; empty where all is well.
#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    is_listed: bool,
    problem: String,
}

/// The events that are followed.
#[derive(Default)]
pub(super) struct Following {
    /// Of which uid, and all that it holds open.
    task: RefCell<Option<(String, Task)>>,
    rows: RefCell<EventRows>,
    progress: RefCell<Progress>,
}

impl Following {
    /// Lets go of everything.
    pub(super) fn stop(&self) {
        self.task.take();
        self.rows.take();
        self.progress.take();
    }
}

impl Page {
    /// Follows the events of the subject, once it is known well enough.
    pub(super) fn follow_events(&self) {
        let drawer = &self.0.drawer;
        let uid = match drawer.object.borrow().value.as_ref().and_then(events::uid_of) {
            Some(uid) => uid.to_owned(),
            None if drawer.is_pod() => return,
            None => String::new(),
        };
        let subject = drawer.subject.borrow();
        let Some(subject) = subject.as_ref() else { return };
        let mut task = drawer.events.task.borrow_mut();
        if task.as_ref().is_some_and(|(followed, _)| *followed == uid) {
            return;
        }
        let collection = events::collection(self.0.source.api().root(), subject, &uid);
        let page = self.clone();
        let following = feed::follow(collection, move |store, connection| page.take_events(store, connection));
        *task = Some((uid, following));
    }

    fn take_events(&self, store: &Store<ObjectEvent>, connection: &KindConnection) {
        let events = &self.0.drawer.events;
        let is_other = replace_if_changed(&events.rows, EventRows::of(&store.sorted()));
        if replace_if_changed(&events.progress, told(connection)) || is_other {
            self.touch(Part::Drawer);
        }
    }
}

impl Drawer {
    /// The tab.
    pub(super) fn event_list(&self, panel: &mut Node) {
        let (rows, progress) = (self.events.rows.borrow(), self.events.progress.borrow());
        let is_empty = rows.rows.is_empty();
        let words = match (progress.problem.is_empty(), progress.is_listed) {
            (false, _) => progress.problem.as_str(),
            (true, false) if is_empty => "Asking for its events…",
            (true, true) if is_empty => "Nothing was reported of it lately. The API server keeps events for an hour.",
            (true, _) => "",
        };
        panel
            .add("<p class=state-line id=events-state></p>")
            .flag("data-listed", progress.is_listed)
            .text(words);
        let list = panel.add("<ol class=events aria-label='Events, newest first'></ol>");
        for row in &rows.rows {
            self.event(list, row);
        }
        if rows.hidden > 0 {
            let hidden = counted(rows.hidden as u64, "older event", "older events");
            panel.put("<p class=note></p>", &format!("{hidden} are not shown."));
        }
    }

    fn event(&self, list: &mut Node, row: &EventRow) {
        let now = self.now.get();
        let item = list.add_keyed("<li class=event></li>", &row.id);
        item.set("data-reason", &row.reason)
            .set("data-count", &row.count.to_string())
            .flag("data-warning", row.is_warning);
        let top = item.add("<p class=top></p>");
        top.add("<span class=reason></span>")
            .set("data-tone", if row.is_warning { "bad" } else { "quiet" })
            .text(&row.reason);
        if row.is_warning {
            top.add("<span class=sr-only> (warning)</span>");
        }
        let often = top.add("<b></b>");
        if row.count > 1 {
            often.text(&format!(" ×{}", count(row.count)));
        }
        top.text(" · ");
        let time = top.add("<time></time>");
        if let Some(last) = row.last {
            let exactly = last.to_string();
            time.set("datetime", &exactly)
                .set("title", &exactly)
                .text(&ago(last, now));
        }
        if let Some(first) = row.first {
            time.text(&format!(", first {}", ago(first, now)));
        }
        if !row.source.is_empty() {
            top.text(" · ").text(&row.source);
        }
        item.put("<p class=message></p>", &row.message);
    }
}

fn told(connection: &KindConnection) -> Progress {
    let problem = connection.problem.as_ref().map(|problem| {
        let mut words = format!("{} {}", problem.sentence, problem.advice);
        if connection.state != ConnectionState::Live && !problem.detail.is_empty() {
            words.push_str(&format!(" It says: {}", visible_lines(&problem.detail)));
        }
        words
    });
    Progress {
        is_listed: connection.stale_since.is_some() || connection.state == ConnectionState::Live,
        problem: problem.unwrap_or_default(),
    }
}
