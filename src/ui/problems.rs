//! What is wrong: the counters of the strip, the walk from problem to problem, and the number in the browser's tab.

use std::cell::{Cell, RefCell};

use crate::{
    cluster::Cluster,
    resource::Timestamp,
    view::{
        block::FAMILIES_BY_URGENCY,
        format::count,
        problems::{self, Problem, Step, Stop, Strip},
        summary::Summary,
        tab,
    },
};
use leptos::prelude::*;

use super::{Page, PageRef, dom, set_if_changed};

/// The problems as the page shows them.
pub(super) struct Problems {
    strip: ArcRwSignal<Strip>,
    total: ArcRwSignal<u32>,
    /// Where the walk has come to.
    at: RefCell<Option<Stop>>,
    /// What is read out of it.
    said: ArcRwSignal<String>,
    tab: Tab,
}

impl Default for Problems {
    fn default() -> Self {
        Self {
            strip: ArcRwSignal::new(Strip::default()),
            total: ArcRwSignal::new(0),
            at: RefCell::default(),
            said: ArcRwSignal::new(String::new()),
            tab: Tab::default(),
        }
    }
}

impl Problems {
    /// Brings the counters and the tab up to date. `is_current`: what is shown is how it is.
    pub(super) fn refresh(&self, cluster: &Cluster, is_current: bool, now: Timestamp) {
        let mut strip = self.strip.get_untracked();
        strip.update(problems::counters(cluster, now), now);
        set_if_changed(&self.strip, strip);
        let total = problems::total(cluster, now);
        set_if_changed(&self.total, total);
        self.tab.show(total, is_current, now);
    }

    /// How many problems there are.
    pub(super) fn total(&self) -> ArcRwSignal<u32> {
        self.total.clone()
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
            None => "There is no problem.".to_owned(),
        };
        self.0.problems.said.set(said);
    }

    /// The stop that the walk has come to, as it is now; `None` when it is no problem any more.
    pub(super) fn current_problem(&self, cluster: &Cluster, now: Timestamp) -> Option<Problem> {
        let at = self.0.problems.at.borrow();
        problems::problem(cluster, at.as_ref()?, now)
    }

    /// Sets the query to what a counter counts, or takes it out of the query where it was in.
    fn press(&self, term: &str) {
        let mut terms: Vec<String> = self
            .0
            .problems
            .strip
            .with_untracked(|strip| strip.iter().map(|counter| counter.kind.term()).collect());
        terms.extend(FAMILIES_BY_URGENCY.map(family_term));
        self.navigate(|state| {
            state.query = problems::toggle(&state.query, term, |token| terms.iter().any(|term| term == token));
        });
    }
}

fn family_term(family: crate::resource::status::Family) -> String {
    format!("is:{}", family.slug())
}

/// The problems, and the pods by family: counters to press.
pub(super) fn counters(page: PageRef, summary: ArcRwSignal<Summary>) -> impl IntoView {
    let strip = page.with_value(|page| page.0.problems.strip.clone());
    let places = {
        let strip = strip.clone();
        move || 0..strip.with(Strip::len)
    };
    let is_calm = {
        let strip = strip.clone();
        move || strip.with(|strip| strip.is_empty())
    };
    view! {
        <div class="counting">
            <ul class="counters" id="counters" aria-label="Problems">
                <For each=places key=|place| *place children=move |place| counter(page, strip.clone(), place)/>
                <li class="calm" hidden=move || !is_calm()>
                    "Nothing is wrong."
                </li>
            </ul>
            <ul class="families" id="families" aria-label="Pods by state">
                {FAMILIES_BY_URGENCY.map(|family| family_counter(page, summary.clone(), family)).collect_view()}
            </ul>
        </div>
    }
}

/// The counter at a place of the strip, whatever it counts.
fn counter(page: PageRef, strip: ArcRwSignal<Strip>, place: usize) -> impl IntoView {
    let counter = Memo::new(move |_| strip.with(|strip| strip.get(place).cloned()));
    let kind = Memo::new(move |_| counter.with(|counter| counter.as_ref().map(|counter| counter.kind.clone())));
    macro_rules! part {
        ($of:expr) => {
            move || kind.with(|kind| kind.as_ref().map($of))
        };
    }
    let query = page.with_value(Page::state);
    let is_pressed = move || {
        let term = part!(|kind| kind.term())();
        let is_on = query.with(|state| term.is_some_and(|term| problems::is_pressed(&state.query, &term)));
        is_on.to_string()
    };
    let press = move |_| {
        if let Some(term) = kind.with_untracked(|kind| kind.as_ref().map(problems::Kind::term)) {
            page.with_value(|page| page.press(&term));
        }
    };
    let number = move || counter.with(|counter| counter.as_ref().map(|counter| count(u64::from(counter.count))));
    let is_idle = move || counter.with(|counter| counter.as_ref().is_some_and(|counter| counter.count == 0));
    view! {
        <li class="place" data-free=move || kind.with(Option::is_none).then_some("")>
            <button
                type="button"
                class="chip"
                data-tone=part!(|kind| kind.tone().slug())
                data-term=part!(|kind| kind.term())
                data-idle=move || is_idle().then_some("")
                title=part!(|kind| kind.meaning())
                aria-pressed=is_pressed
                on:click=press
            >
                {part!(mark)}
                <span class="text">{part!(|kind| kind.text())}</span>
                <span class="number">{number}</span>
            </button>
        </li>
    }
}

/// What stands before the words: a block, or the edge of a node.
fn mark(kind: &problems::Kind) -> impl IntoView + use<> {
    match kind.look() {
        Some((family, glyph)) => {
            view! { <span class="pod" data-family=family.slug() data-glyph=glyph.slug()></span> }.into_any()
        }
        None => view! { <span class="node-mark" data-tone=kind.tone().slug()></span> }.into_any(),
    }
}

fn family_counter(
    page: PageRef,
    summary: ArcRwSignal<Summary>,
    family: crate::resource::status::Family,
) -> impl IntoView {
    let term = family_term(family);
    let query = page.with_value(Page::state);
    let pods = Memo::new(move |_| {
        summary.with(|summary| {
            let mut families = summary.families.iter();
            families
                .find(|(other, _)| *other == family)
                .map_or(0, |(_, pods)| *pods)
        })
    });
    let is_pressed = {
        let term = term.clone();
        move || {
            query
                .with(|state| problems::is_pressed(&state.query, &term))
                .to_string()
        }
    };
    let press = {
        let term = term.clone();
        move |_| page.with_value(|page| page.press(&term))
    };
    view! {
        <li>
            <button
                type="button"
                class="family"
                data-term=term
                data-idle=move || (pods.get() == 0).then_some("")
                title=crate::view::block::meaning(family)
                aria-pressed=is_pressed
                on:click=press
            >
                <span class="pod" data-family=family.slug()></span>
                <span class="text">{family.label()}</span>
                <span class="number">{move || count(u64::from(pods.get()))}</span>
            </button>
        </li>
    }
}

/// Where the walk is read out.
pub(super) fn live_region(page: PageRef) -> impl IntoView {
    let said = page.with_value(|page| page.0.problems.said.clone());
    view! { <p class="sr-only" id="walk" role="status" aria-live="polite">{move || said.get()}</p> }
}

/// The browser's tab: written at most once a second, because a title that flickers is read by nobody.
#[derive(Default)]
struct Tab {
    shown: Cell<Option<(u32, bool)>>,
    at: Cell<Option<Timestamp>>,
}

impl Tab {
    fn show(&self, problems: u32, is_current: bool, now: Timestamp) {
        if self.shown.get() == Some((problems, is_current)) || self.at.get() == Some(now) {
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
