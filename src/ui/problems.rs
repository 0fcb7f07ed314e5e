//! What is wrong: the counters of the strip, the walk from problem to problem, and the number in the browser's tab.

use std::cell::{Cell, RefCell};

use crate::{
    cluster::Cluster,
    resource::Timestamp,
    view::{
        block::{self, FAMILIES_BY_URGENCY},
        format::{count, known},
        problems::{self, Counter, Problem, Step, Stop, Strip},
        summary::Summary,
        tab,
    },
};
use leptos::{prelude::*, web_sys::Element};

use super::{Page, blocks, dom, parts::Part, replace_if_changed, sketch::Node};

/// Where the walk is read out.
pub(super) const REGION: &str = "<p class=sr-only id=walk role=status aria-live=polite></p>";

/// The problems as the page shows them.
#[derive(Default)]
pub(super) struct Problems {
    strip: RefCell<Strip>,
    total: Cell<u32>,
    /// Where the walk has come to.
    at: RefCell<Option<Stop>>,
    /// What is read out of it.
    said: RefCell<String>,
    tab: Tab,
}

impl Problems {
    /// Brings the counters and the tab up to date; whether they are others than before. `is_current`: what is shown is how
    /// it is.
    pub(super) fn refresh(&self, cluster: &Cluster, is_current: bool, now: Timestamp) -> bool {
        let mut strip = self.strip.borrow().clone();
        strip.update(problems::counters(cluster, now), now);
        let total = problems::total(cluster, now);
        self.tab.show(total, is_current, now);
        let is_other_total = self.total.replace(total) != total;
        replace_if_changed(&self.strip, strip) || is_other_total
    }

    /// How many problems there are.
    pub(super) fn total(&self) -> u32 {
        self.total.get()
    }
}

impl Page {
    /// Goes on to the next or back to the previous problem and shows it; it in words, if there is one.
    pub(super) fn walk(&self, step: Step) -> Option<Problem> {
        let now = self.0.source.now();
        let mut found = None;
        self.0.source.with_cluster(&mut |cluster| {
            let from = self.0.problems.at.borrow().clone();
            let stop = problems::step(cluster, from.as_ref(), step, now);
            found = stop.and_then(|stop| Some((problems::problem(cluster, &stop, now)?, stop)));
        });
        let Some((problem, stop)) = found else {
            self.0.problems.at.replace(None);
            return None;
        };
        let subject = stop.subject();
        self.0.problems.at.replace(Some(stop));
        // Not while the cluster is visited: the focus shows the tooltip, which visits it.
        self.reveal(&subject);
        Some(problem)
    }

    /// The same for somebody who pressed a key, and may not see the page.
    pub(super) fn walk_aloud(&self, step: Step) {
        let said = match self.walk(step) {
            Some(problem) => problem.announcement(),
            None => self.0.summary.borrow().calm_words(&self.0.liveness.scene.borrow()),
        };
        self.0.problems.said.replace(said);
        self.touch(Part::Walk);
    }

    /// The stop that the walk has come to, as it is now; `None` when it is no problem any more.
    pub(super) fn current_problem(&self, cluster: &Cluster, now: Timestamp) -> Option<Problem> {
        let at = self.0.problems.at.borrow();
        problems::problem(cluster, at.as_ref()?, now)
    }

    /// Sets the query to what a counter counts, or takes it out of the query where it was in.
    fn press(&self, term: &str) {
        let strip = self.0.problems.strip.borrow();
        let mut terms: Vec<String> = strip.iter().map(|counter| counter.term.clone()).collect();
        drop(strip);
        terms.extend(FAMILIES_BY_URGENCY.map(family_term));
        self.navigate(|state| {
            let is_of_counter = |token: &str| terms.iter().any(|term| problems::tokens(term).contains(&token));
            state.query = problems::toggle(&state.query, term, is_of_counter);
        });
    }
}

fn family_term(family: crate::resource::status::Family) -> String {
    format!("is:{}", family.slug())
}

impl Page {
    /// The problems, and the pods by family: counters to press.
    pub(super) fn counters(&self, node: &mut Node, summary: &Summary) {
        let strip = self.0.problems.strip.borrow();
        let query = self.state().with_untracked(|state| state.query.clone());
        let counting = node.add("<div class=counting></div>");
        let list = counting.add("<ul class=counters id=counters aria-label=Problems></ul>");
        for place in 0..strip.len() {
            counter(list, strip.get(place), &query);
        }
        let scene = self.0.liveness.scene.borrow();
        list.add("<li class=calm></li>")
            .text(&summary.calm_words(&scene))
            .flag("data-partial", !summary.may_be_calm(&scene))
            .flag("hidden", !strip.is_empty());
        let list = counting.add("<ul class=families id=families aria-label='Pods by state'></ul>");
        for family in FAMILIES_BY_URGENCY {
            let (term, pods) = (family_term(family), summary.pods_of(family));
            let button = list.add("<li></li>").add("<button type=button class=family></button>");
            button
                .set("data-term", &term)
                .flag("data-idle", pods.unwrap_or(0) == 0)
                .set("title", block::meaning(family))
                .set_bool("aria-pressed", problems::is_pressed(&query, &term));
            button.add("<span class=pod></span>").set("data-family", family.slug());
            button.put("<span class=text></span>", family.label());
            button.put("<span class=number></span>", &known(pods));
        }
    }

    /// Presses a counter.
    pub(super) fn press_counter(&self, target: &Element) {
        let button = target.closest("button[data-term]").ok().flatten();
        if let Some(term) = button.and_then(|button| button.get_attribute("data-term")) {
            self.press(&term);
        }
    }

    /// Where the walk is read out.
    pub(super) fn walk_region(&self) -> Node {
        let mut node = Node::new(REGION);
        node.text(&self.0.problems.said.borrow());
        node
    }
}

/// A place of the strip, whatever it counts.
fn counter(list: &mut Node, counter: Option<&Counter>, query: &str) {
    let item = list.add("<li class=place></li>").flag("data-free", counter.is_none());
    let button = item.add("<button type=button class=chip></button>");
    let Some(Counter {
        kind,
        count: number,
        term,
    }) = counter
    else {
        button.set_bool("aria-pressed", false);
        button.add("<span class=text></span>");
        button.add("<span class=number></span>");
        return;
    };
    button
        .set("data-tone", kind.tone().slug())
        .set("data-term", term)
        .flag("data-idle", *number == 0)
        .set("title", &kind.meaning())
        .set_bool("aria-pressed", problems::is_pressed(query, term));
    // A block, or the edge of a node.
    match kind.look() {
        Some((family, glyph)) => blocks::sketch(button, family, glyph),
        None => {
            button
                .add("<span class=node-mark></span>")
                .set("data-tone", kind.tone().slug());
        }
    }
    button.put("<span class=text></span>", &kind.text());
    button.put("<span class=number></span>", &count(u64::from(*number)));
}

/// The browser's tab: written at most once a second, because a title that flickers is read by nobody.
#[derive(Default)]
struct Tab {
    shown: Cell<Option<(u32, bool)>>,
    at: Cell<Option<Timestamp>>,
}

impl Tab {
    fn show(&self, problems: u32, is_current: bool, now: Timestamp) {
        let shown = self.shown.get();
        // The time stands still while nothing is heard, which is to be seen at once.
        let is_early = self.at.get() == Some(now) && shown.is_some_and(|(_, current)| current == is_current);
        if shown == Some((problems, is_current)) || is_early {
            return;
        }
        self.shown.set(Some((problems, is_current)));
        self.at.set(Some(now));
        let document = dom::document();
        document.set_title(&tab::title(problems, is_current));
        if let Ok(Some(link)) = document.query_selector("link[rel=icon]") {
            dom::set(&link, "href", &tab::icon_url(&tab::icon(problems, is_current)));
        }
    }
}
