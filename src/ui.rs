//! The page: a view of Leptos whose parts are drawn by hand.
//!
//! Store and cluster live outside of the reactive graph, and what the reader has chosen is the one signal of the page.
//! [`Page::commit`] takes what is dirty, compares the new words and numbers of `view` with the old, and has the parts
//! drawn that show what differs: see `parts`. `sketch` compares what a part is to be with how it was drawn last.
//! `picture` decides which boxes exist as elements; from afar `fleet` paints them all as one image.
//! Blocks are drawn for themselves: `blocks::BlockGrid` keeps one element per pod and touches those whose pod is another
//! object.
//!
//! Knows nothing of requests, streams and watch events; what it needs of them is [`Source`].

mod announce;
mod blocks;
mod card_head;
mod chrome;
mod clipboard;
mod connection;
mod diagnostics;
mod dom;
mod drawer;
mod fleet;
mod help;
mod hooks;
mod keyboard;
mod kiosk;
mod map;
mod name;
mod parts;
mod picture;
mod problems;
mod query_bar;
mod saved_views;
mod shortcuts;
mod sketch;
mod state;
mod summary;
mod theme;
mod toolbar;
mod tooltip;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    browser::api::ApiClient,
    cluster::Cluster,
    connection::Connection,
    diagnostics::Diagnostics,
    resource::{Meta, Text, Timestamp},
    view::{
        connection::{Scene, badge, clock_line, lines, notes, progress, scene},
        snapshot::ResourceVersions,
        state::{Subject, Theme, ViewState},
        summary::Summary,
    },
};
use leptos::prelude::*;

use self::{
    announce::Announcer,
    connection::Liveness,
    diagnostics::Report,
    drawer::Drawer,
    fleet::Fleet,
    keyboard::Roving,
    kiosk::Kiosk,
    parts::{Part, Parts, part},
    picture::Picture,
    problems::Problems,
    query_bar::Finder,
    summary::TotalsPace,
    tooltip::TooltipState,
};

/// What the page shows, as its driver offers it.
pub trait Source {
    /// Visits the cluster. Mutable, because taking what is dirty forgets it. Never called while another visit lasts.
    fn with_cluster(&self, visit: &mut dyn FnMut(&mut Cluster));
    /// How the connection is now.
    fn connection(&self) -> Connection;
    /// What a bug report needs to know.
    fn diagnostics(&self) -> Diagnostics;
    /// A quiet sentence on usage: how much of it is known, or why none is. Empty where nothing asks for it.
    fn usage_note(&self) -> String {
        String::new()
    }
    /// Up to which versions the kinds are known.
    fn resource_versions(&self) -> ResourceVersions;
    /// Identity and version of a pod or node, as the picture knows it; newer than what the cluster shows where nothing
    /// that is drawn has changed.
    fn meta(&self, subject: &Subject) -> Option<Meta>;
    /// Whether the address asks for a page that changes things, too.
    fn may_write(&self) -> bool {
        false
    }
    /// Single requests to the API that the picture comes from.
    fn api(&self) -> ApiClient;
    /// Whether something was received that [`Page::commit`] has not been called for yet.
    fn is_pending(&self) -> bool;
    /// The time of the picture: the present, or, while nothing is heard, the moment up to which something was.
    fn now(&self) -> Timestamp;
    /// The time, whatever is heard.
    fn wall_clock(&self) -> Timestamp {
        self.now()
    }
}

/// Most blocks that move at the same time. Beyond it movement tells nothing and costs much: at 100 events a second and
/// 3,000 blocks, moving every one of them doubled the time that the browser needs for a frame.
const MAX_MOVING_BLOCKS: usize = 24;

/// How long drawing boxes may take in one turn, in milliseconds: the rest of a frame belongs to the browser.
const DRAWING_SLICE_MS: f64 = 6.0;

/// Shortest time between two sweeps, in milliseconds: where blocks leave all the time, many are swept at once.
const SWEEP_MS: f64 = 40.0;

/// The mounted page. A clone is the same page.
#[derive(Clone)]
pub struct Page(Rc<Inner>);

/// A handle that the view may capture: the reactive graph wants `Send`, and one thread is all there is.
type PageRef = StoredValue<Page, LocalStorage>;

struct Inner {
    source: Rc<dyn Source>,
    parts: Parts,
    liveness: Liveness,
    summary: RefCell<Summary>,
    totals_pace: TotalsPace,
    state: RwSignal<ViewState, LocalStorage>,
    /// Whether the address does not tell yet what was amended last.
    is_address_old: Cell<bool>,
    /// The theme that was chosen before.
    chosen_theme: Cell<Theme>,
    problems: Problems,
    finder: Finder,
    kiosk: Kiosk,
    picture: Picture,
    fleet: Fleet,
    /// Commits so far.
    commits: Cell<u64>,
    tooltip: TooltipState,
    drawer: Drawer,
    roving: Roving,
    announcer: Announcer,
    report: Report,
}

impl Page {
    /// Puts the page into `#app`, or into the body where there is none, and installs `window.k8bit`. Whatever has been listed
    /// by now is drawn by the first [`Page::commit`]: both in one task would be a long one.
    pub fn mount(source: Rc<dyn Source>) -> Self {
        let now = source.now();
        let connection = source.connection();
        let offset = dom::utc_offset_minutes();
        let page = Self(Rc::new(Inner {
            source,
            parts: Parts::default(),
            liveness: Liveness {
                badge: RefCell::new(badge(&connection, offset)),
                lines: RefCell::new(lines(&connection, offset)),
                notes: RefCell::new(notes(&connection)),
                usage: RefCell::default(),
                clock_line: RefCell::default(),
                scene: RefCell::new(Scene::Loading(progress(&connection))),
                details_open: Cell::new(false),
            },
            summary: RefCell::new(Summary::of(&Cluster::default(), now)),
            totals_pace: TotalsPace::default(),
            state: RwSignal::new_local(state::of_address()),
            is_address_old: Cell::new(false),
            chosen_theme: Cell::new(theme::remembered()),
            problems: Problems::default(),
            finder: Finder::default(),
            kiosk: Kiosk::default(),
            picture: Picture::default(),
            fleet: Fleet::default(),
            commits: Cell::new(0),
            tooltip: TooltipState::default(),
            drawer: Drawer::default(),
            roving: Roving::default(),
            announcer: Announcer::default(),
            report: Report::default(),
        }));
        let root = dom::app_root();
        root.set_text_content(None);
        state::follow_address(&page);
        let for_view = page.clone();
        leptos::mount::mount_to(root, move || view(StoredValue::new_local(for_view))).forget();
        shortcuts::install(&page);
        drawer::install(&page);
        tooltip::install(&page);
        kiosk::install(&page);
        hooks::install(&page);
        page
    }

    /// Brings the page up to date: what is dirty, and what the clock changes.
    ///
    /// For the driver: at most once per animation frame when something changed, and once a second.
    pub fn commit_now(&self) {
        self.commit(self.0.source.now());
    }

    /// The same as of `now`, the time of the picture.
    fn commit(&self, now: Timestamp) {
        self.0.commits.set(self.0.commits.get() + 1);
        self.0.source.with_cluster(&mut |cluster| {
            self.draw_picture(cluster, now);
            self.tick(cluster, now);
        });
        self.0.roving.repair();
        self.refresh_drawer(now);
        self.refresh_connection();
    }

    /// What changes with the clock alone, and totals.
    fn tick(&self, cluster: &Cluster, now: Timestamp) {
        let is_current = self.0.liveness.scene.borrow().is_current();
        let is_other = self.0.problems.refresh(cluster, is_current, now);
        if replace_if_changed(&self.0.summary, Summary::of(cluster, now)) || is_other {
            self.touch_totals();
        }
        self.tick_cards(cluster, now);
        self.refresh_found(cluster);
        self.tick_kiosk(cluster, now);
        self.0.tooltip.refresh(cluster, now);
    }

    fn refresh_connection(&self) {
        let offset = dom::utc_offset_minutes();
        let connection = self.0.source.connection();
        let mut blank = true;
        self.0.source.with_cluster(&mut |cluster| blank = is_blank(cluster));
        let liveness = &self.0.liveness;
        if replace_if_changed(&liveness.badge, badge(&connection, offset)) {
            self.touch_all(&[Part::Header, Part::Wall]);
        }
        if replace_if_changed(&liveness.lines, lines(&connection, offset))
            | replace_if_changed(&liveness.usage, self.0.source.usage_note())
            | replace_if_changed(&liveness.clock_line, clock_line(&connection))
            | self.0.report.refresh(&*self.0.source)
        {
            self.touch(Part::Details);
        }
        if replace_if_changed(&liveness.notes, notes(&connection)) {
            self.touch(Part::Problems);
        }
        if replace_if_changed(&liveness.scene, scene(&connection, blank, offset)) {
            self.touch_all(&[Part::Map, Part::Summary, Part::Wall, Part::Spotlight]);
        }
        self.announce(&connection, offset);
    }

    /// Follows what the reader has chosen.
    fn follow_state(&self, is_again: bool) {
        self.show_theme();
        self.follow_kiosk();
        if is_again {
            self.commit(self.0.source.now());
        }
        self.follow_query();
        self.follow_selection();
        self.touch_all(&[Part::Header, Part::Summary, Part::Map, Part::Legend]);
    }

    /// Shows the tooltip of an element that stands for a pod or a node.
    fn point_at(&self, element: &leptos::web_sys::Element) {
        let now = self.0.source.now();
        self.0
            .source
            .with_cluster(&mut |cluster| self.0.tooltip.show(element, cluster, now));
    }
}

fn is_blank(cluster: &Cluster) -> bool {
    cluster.place_count() == 0 && cluster.unscheduled().pods().is_empty()
}

/// The whole page.
fn view(page: PageRef) -> impl IntoView {
    let (state, is_open) = page.with_value(|page| (page.state(), drawer::is_open(page)));
    // Now, and not after the first picture.
    page.get_value().show_theme();
    Effect::new(move |is_again: Option<bool>| {
        state.track();
        page.get_value().follow_state(is_again.is_some());
        true
    });
    let is_kiosk = Memo::new(move |_| state.with(|state| state.kiosk));
    let part = move |which| part(page.get_value(), which);
    view! {
        {move || is_kiosk.get().then(|| part(Part::Wall))}
        {part(Part::Header)}
        {part(Part::Details)}
        {part(Part::Problems)}
        {part(Part::Summary)}
        {part(Part::Map)}
        {move || is_open.get().then(|| part(Part::Drawer))}
        {move || is_kiosk.get().then(|| part(Part::Spotlight))}
        {part(Part::Legend)}
        {part(Part::Help)}
        {part(Part::Announcement)}
        {part(Part::Walk)}
    }
}

/// Replaces a value unless it is the same already; whether it was another.
fn replace_if_changed<T: PartialEq>(cell: &RefCell<T>, value: T) -> bool {
    let is_other = *cell.borrow() != value;
    if is_other {
        cell.replace(value);
    }
    is_other
}

/// A `data-node` name as the cluster knows it.
fn node_name(name: &str) -> Text {
    Text::new(name)
}
