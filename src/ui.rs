//! The page: Leptos components around blocks that are drawn by hand.
//!
//! Store and cluster live outside of the reactive graph. [`Page::commit`] takes what is dirty, compares the new words
//! and numbers of `view` with the old, and sets the signals of what differs: one signal per card, a few for the page.
//! Blocks have no signals: `blocks::BlockGrid` keeps one element per pod and touches those whose pod is another object.
//!
//! Knows nothing of requests, streams and watch events; what it needs of them is [`Source`].

mod announce;
mod blocks;
mod card_head;
mod chrome;
mod connection;
mod diagnostics;
mod dom;
mod drawer;
mod help;
mod hooks;
mod keyboard;
mod kiosk;
mod map;
mod problems;
mod shortcuts;
mod state;
mod summary;
mod theme;
mod tooltip;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use crate::{
    browser::api::ApiClient,
    cluster::{Cluster, Place},
    connection::Connection,
    diagnostics::Diagnostics,
    resource::{Meta, Text, Timestamp},
    view::{
        card::{self, Card, Tray},
        connection::{Badge, KindLine, Note, Scene, badge, lines, notes, scene},
        snapshot::ResourceVersions,
        state::{Subject, ViewState},
        summary::Summary,
    },
};
use hashbrown::HashMap;
use leptos::prelude::*;

use self::{
    announce::Announcer, blocks::BlockGrid, diagnostics::Report, drawer::Drawer, keyboard::Roving, kiosk::Kiosk,
    problems::Problems, tooltip::TooltipState,
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
    /// The time.
    fn now(&self) -> Timestamp;
}

/// Most blocks that move at the same time. Beyond it movement tells nothing and costs much: at 100 events a second and
/// 3,000 blocks, moving every one of them doubled the time that the browser needs for a frame.
const MAX_MOVING_BLOCKS: usize = 24;

/// How long first drawings may take in one turn, in milliseconds: the rest of a frame belongs to the browser.
const DRAWING_SLICE_MS: f64 = 6.0;

/// Shortest time between two sweeps, in milliseconds: where blocks leave all the time, many are swept at once.
const SWEEP_MS: f64 = 40.0;

/// The mounted page. A clone is the same page.
#[derive(Clone)]
pub struct Page(Rc<Inner>);

/// A handle that components may capture: the reactive graph wants `Send`, and one thread is all there is.
type PageRef = StoredValue<Page, LocalStorage>;

struct Inner {
    source: Rc<dyn Source>,
    connection: ConnectionSignals,
    summary: ArcRwSignal<Summary>,
    state: RwSignal<ViewState, LocalStorage>,
    problems: Problems,
    kiosk: Kiosk,
    tray: ArcRwSignal<Tray>,
    tray_blocks: Rc<RefCell<BlockGrid>>,
    /// The nodes in the order of their cards.
    names: ArcRwSignal<Vec<String>>,
    cards: RefCell<HashMap<String, CardHandle>>,
    /// Pods at the last drawing.
    pods_drawn: Cell<u32>,
    /// Cards on the page whose blocks have not been drawn yet.
    undrawn: RefCell<VecDeque<Place>>,
    /// Commits so far.
    commits: Cell<u64>,
    drawing: Cell<bool>,
    sweeping: Cell<bool>,
    tooltip: TooltipState,
    drawer: Drawer,
    roving: Roving,
    announcer: Announcer,
    report: Report,
}

/// Liveness, each part with its own signal because each changes at its own pace.
struct ConnectionSignals {
    badge: ArcRwSignal<Badge>,
    lines: ArcRwSignal<Vec<KindLine>>,
    notes: ArcRwSignal<Vec<Note>>,
    /// On usage.
    usage: ArcRwSignal<String>,
    scene: ArcRwSignal<Scene>,
    /// Whether the details are shown.
    details_open: ArcRwSignal<bool>,
}

/// A card on the page.
#[derive(Clone)]
struct CardHandle {
    card: ArcRwSignal<Card>,
    blocks: Rc<RefCell<BlockGrid>>,
}

impl Page {
    /// Puts the page into `#app`, or into the body where there is none, and installs `window.k8bit`.
    pub fn mount(source: Rc<dyn Source>) -> Self {
        let now = source.now();
        let connection = source.connection();
        let offset = dom::utc_offset_minutes();
        let mut first = None;
        source.with_cluster(&mut |cluster| {
            first = Some((Summary::of(cluster, now), scene(&connection, is_blank(cluster), offset)));
        });
        let (summary, scene) = first.expect("a source visits its cluster before it returns");
        let page = Self(Rc::new(Inner {
            source,
            connection: ConnectionSignals {
                badge: ArcRwSignal::new(badge(&connection, offset)),
                lines: ArcRwSignal::new(lines(&connection, offset)),
                notes: ArcRwSignal::new(notes(&connection)),
                usage: ArcRwSignal::default(),
                scene: ArcRwSignal::new(scene),
                details_open: ArcRwSignal::new(false),
            },
            summary: ArcRwSignal::new(summary),
            state: RwSignal::new_local(state::of_address()),
            problems: Problems::default(),
            kiosk: Kiosk::default(),
            tray: ArcRwSignal::new(Tray::default()),
            tray_blocks: Rc::default(),
            names: ArcRwSignal::new(Vec::new()),
            cards: RefCell::default(),
            pods_drawn: Cell::new(0),
            undrawn: RefCell::default(),
            commits: Cell::new(0),
            drawing: Cell::new(false),
            sweeping: Cell::new(false),
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
        hooks::install(&page);
        page.commit_all(now);
        page
    }

    /// Brings the page up to date: what is dirty, and what the clock changes.
    ///
    /// For the driver: at most once per animation frame when something changed, and once a second.
    pub fn commit(&self, now: Timestamp) {
        self.0.commits.set(self.0.commits.get() + 1);
        let mut dirty = None;
        self.0
            .source
            .with_cluster(&mut |cluster| dirty = Some(cluster.take_dirty()));
        let dirty = dirty.expect("a source visits its cluster before it returns");
        self.0.source.with_cluster(&mut |cluster| {
            if dirty.order_changed {
                self.arrange(cluster, now);
            }
            self.draw(cluster, &dirty.places, now);
            self.tick(cluster, now);
        });
        self.0.roving.repair();
        self.refresh_drawer(now);
        self.refresh_connection();
    }

    /// The first commit: everything, whatever was dirty before.
    fn commit_all(&self, now: Timestamp) {
        self.0.source.with_cluster(&mut |cluster| {
            cluster.take_dirty();
            self.arrange(cluster, now);
            self.draw(cluster, &[Place::Unscheduled], now);
            self.tick(cluster, now);
        });
        self.refresh_connection();
    }

    /// Whether first drawings are left to do.
    fn is_drawing(&self) -> bool {
        self.0.drawing.get() || !self.0.undrawn.borrow().is_empty()
    }

    /// Whether a block that moved at that time still does.
    fn is_moving_since(&self, time: f64) -> bool {
        self.next_rest()
            .is_some_and(|rest| rest <= time + f64::from(blocks::MOTION_MS))
    }

    /// When the next movement ends, in milliseconds since the page was opened.
    fn next_rest(&self) -> Option<f64> {
        let cards = self.0.cards.borrow();
        let grids = cards.values().map(|handle| &handle.blocks).chain([&self.0.tray_blocks]);
        grids
            .filter_map(|blocks| blocks.borrow().next_rest())
            .min_by(f64::total_cmp)
    }

    /// How many more blocks may begin to move.
    fn movements_left(&self) -> usize {
        if !dom::wants_motion() {
            return 0;
        }
        let cards = self.0.cards.borrow();
        let grids = cards.values().map(|handle| &handle.blocks).chain([&self.0.tray_blocks]);
        let moving: usize = grids.map(|blocks| blocks.borrow().moving_count()).sum();
        MAX_MOVING_BLOCKS.saturating_sub(moving)
    }

    /// Makes a card for each place and puts them in order.
    fn arrange(&self, cluster: &Cluster, now: Timestamp) {
        let mut cards = self.0.cards.borrow_mut();
        let mut names = Vec::with_capacity(cluster.place_count());
        for entry in cluster.places() {
            let Place::Node(name) = entry.place() else { continue };
            if !cards.contains_key(name.as_str()) {
                let card = ArcRwSignal::new(Card::of(cluster, entry, now));
                cards.insert(
                    name.to_string(),
                    CardHandle {
                        card,
                        blocks: Rc::default(),
                    },
                );
                self.0.undrawn.borrow_mut().push_back(entry.place().clone());
            }
            names.push(name.to_string());
        }
        if cards.len() > names.len() {
            let places: hashbrown::HashSet<&str> = names.iter().map(String::as_str).collect();
            cards.retain(|name, _| places.contains(name.as_str()));
        }
        drop(cards);
        if self.0.names.with_untracked(|old| *old != names) {
            self.0.names.set(names);
        }
        self.continue_drawing();
    }

    /// Draws the blocks and words of places that changed.
    fn draw(&self, cluster: &Cluster, places: &[Place], now: Timestamp) {
        let pods = cluster.totals().pods.total();
        let jumped = pods.abs_diff(self.0.pods_drawn.replace(pods)) as usize > MAX_MOVING_BLOCKS;
        // A list that has just arrived is no news of each of its pods.
        let mut movements = if jumped { 0 } else { self.movements_left() };
        for place in places {
            let Some(entry) = cluster.entry(place) else { continue };
            match place {
                Place::Unscheduled => {
                    set_if_changed(&self.0.tray, Tray::of(cluster));
                    self.0.tray_blocks.borrow_mut().draw(entry.pods(), &mut movements);
                }
                Place::Node(name) => {
                    let cards = self.0.cards.borrow();
                    let Some(handle) = cards.get(name.as_str()) else {
                        continue;
                    };
                    set_if_changed(&handle.card, Card::of(cluster, entry, now));
                    let mut blocks = handle.blocks.borrow_mut();
                    if blocks.is_drawn() {
                        blocks.draw(entry.pods(), &mut movements);
                    }
                }
            }
        }
        self.continue_sweeping();
    }

    /// Draws what has not been drawn yet, a slice at a time, so that thousands of first blocks block nothing.
    fn continue_drawing(&self) {
        if self.0.undrawn.borrow().is_empty() || self.0.drawing.replace(true) {
            return;
        }
        let page = self.clone();
        dom::after(0, move || {
            page.0.drawing.set(false);
            page.draw_slice();
            page.continue_drawing();
        });
    }

    fn draw_slice(&self) {
        let end = dom::milliseconds() + DRAWING_SLICE_MS;
        self.0.source.with_cluster(&mut |cluster| {
            while dom::milliseconds() < end {
                let Some(place) = self.0.undrawn.borrow_mut().pop_front() else {
                    break;
                };
                let Place::Node(name) = &place else { continue };
                let Some(entry) = cluster.entry(&place) else { continue };
                let handle = self.0.cards.borrow().get(name.as_str()).cloned();
                if let Some(handle) = handle {
                    handle.blocks.borrow_mut().draw(entry.pods(), &mut 0);
                }
            }
        });
        self.0.roving.repair();
    }

    /// Removes blocks that have left, once their movement has ended.
    fn continue_sweeping(&self) {
        let Some(rest) = self.next_rest() else { return };
        if self.0.sweeping.replace(true) {
            return;
        }
        let page = self.clone();
        let wait = (rest - dom::milliseconds()).max(SWEEP_MS);
        // At most the length of a movement.
        dom::after(wait.ceil() as i32, move || {
            page.0.sweeping.set(false);
            let now = dom::milliseconds();
            page.0.tray_blocks.borrow_mut().sweep(now);
            for handle in page.0.cards.borrow().values() {
                handle.blocks.borrow_mut().sweep(now);
            }
            page.continue_sweeping();
        });
    }

    /// What changes with the clock alone, and totals.
    fn tick(&self, cluster: &Cluster, now: Timestamp) {
        set_if_changed(&self.0.summary, Summary::of(cluster, now));
        for entry in cluster.places().filter(|entry| card::ticks(entry)) {
            let Place::Node(name) = entry.place() else { continue };
            if let Some(handle) = self.0.cards.borrow().get(name.as_str()) {
                set_if_changed(&handle.card, Card::of(cluster, entry, now));
            }
        }
        let is_current = self.0.connection.scene.with_untracked(Scene::is_current);
        self.0.problems.refresh(cluster, is_current, now);
        self.tick_kiosk(cluster, now);
        self.0.tooltip.refresh(cluster, now);
    }

    fn refresh_connection(&self) {
        let offset = dom::utc_offset_minutes();
        let connection = self.0.source.connection();
        let mut blank = true;
        self.0.source.with_cluster(&mut |cluster| blank = is_blank(cluster));
        let signals = &self.0.connection;
        set_if_changed(&signals.badge, badge(&connection, offset));
        set_if_changed(&signals.lines, lines(&connection, offset));
        set_if_changed(&signals.notes, notes(&connection));
        set_if_changed(&signals.usage, self.0.source.usage_note());
        set_if_changed(&signals.scene, scene(&connection, blank, offset));
        self.0.announcer.announce(&connection, offset);
        self.0.report.refresh(&*self.0.source);
    }

    fn card(&self, name: &str) -> Option<CardHandle> {
        self.0.cards.borrow().get(name).cloned()
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
    theme::follow(page);
    kiosk::follow(page);
    view! {
        {kiosk::head(page)}
        {chrome::header(page)}
        {connection::details(page)}
        {connection::problems(page)}
        {summary::strip(page)}
        {map::map(page)}
        {drawer::drawer(page)}
        {kiosk::spotlight(page)}
        {chrome::legend()}
        {help::dialog(page)}
        {announce::live_region(page)}
        {problems::live_region(page)}
    }
}

/// Sets a signal unless its value is the same already, so that nothing is drawn twice.
fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

/// A `data-node` name as the cluster knows it.
fn node_name(name: &str) -> Text {
    Text::new(name)
}
