//! The one place where the model meets the page.
//!
//! Once per animation frame that something happened in, and when the reader chooses something, the frame advances the model
//! with the current [`ViewState`](crate::view::state::ViewState) and writes view values into the signals that have changed.
//! Components follow their signals; nothing that they do changes the model. What they want is an intent: another choice in
//! `State`, or a request to the frame, which answers with a view value.
//!
//! How much is drawn in a frame, in which slices and what comes first is decided here and in `nodes`, too.

mod announce;
mod finder;
mod map;
mod nodes;
mod subject;
mod tooltip;
mod totals;
mod walk;

use std::rc::Rc;

use leptos::{
    prelude::*,
    task::{spawn_local, tick},
};

use serde_json::Value;

use self::{
    announce::announce,
    finder::Finder,
    map::Painter,
    nodes::{Inputs, Nodes},
    subject::Following,
    totals::Pace,
    walk::Walker,
};
pub(super) use self::{finder::Finding, nodes::MAX_MOVING_BLOCKS};
use super::{
    dom,
    focus::focus_on_subject,
    model::Model,
    signals::{Signals, put},
    state::State,
    viewport::Viewport,
};
use crate::{
    browser::{api::ApiClient, clock, driver::Driver},
    cluster::Cluster,
    mirror::Mirror,
    resource::Timestamp,
    view::{
        announce::Announcer,
        arrangement::Room,
        connection,
        problems::{Problem, Step},
        query::suggest::Vocabulary,
        snapshot::Snapshot,
        state::Subject,
        visible::visible_lines,
        write::{Write, WriteAccess},
    },
};

/// How long drawing boxes may take in one turn, in milliseconds: the rest of a frame belongs to the browser.
const DRAWING_SLICE_MS: f64 = 6.0;

/// The frame. A copy is the same frame.
#[derive(Clone, Copy)]
pub struct Frame {
    model: StoredValue<Model, LocalStorage>,
    memory: StoredValue<Memory, LocalStorage>,
    pub(super) state: State,
    pub(super) signals: Signals,
    pub(super) viewport: Viewport,
}

/// What the next advance needs to know of those before.
struct Memory {
    nodes: Nodes,
    painter: Painter,
    finder: Finder,
    walker: Walker,
    subject: Following,
    pace: Pace,
    announcer: Announcer,
    /// Advances so far.
    advances: u64,
    under_way: UnderWay,
}

/// What will go on by itself.
#[derive(Clone, Copy, Default)]
struct UnderWay {
    /// Boxes that have changed are being drawn.
    is_slicing: bool,
    /// The rest is drawn after the next frame.
    is_drawing: bool,
    /// The filter is asked about more pods after the next frame.
    is_filtering: bool,
}

impl Frame {
    /// A frame of this model, for the page that is being mounted.
    pub(super) fn new(model: Model, state: State) -> Self {
        let connection = model.connection();
        let signals = Signals::new(
            &connection,
            model.writes.access(),
            model.now(),
            dom::utc_offset_minutes(),
        );
        let memory = Memory {
            nodes: Nodes::new(signals.list),
            painter: Painter::default(),
            finder: Finder::default(),
            walker: Walker::default(),
            subject: Following::default(),
            pace: Pace::default(),
            announcer: Announcer::default(),
            advances: 0,
            under_way: UnderWay::default(),
        };
        Self {
            model: StoredValue::new_local(model),
            memory: StoredValue::new_local(memory),
            state,
            signals,
            viewport: Viewport::new(),
        }
    }

    /// Follows the driver: at most once per animation frame when something changed, and once a second.
    pub fn follow_driver(self) {
        self.model.with_value(Model::look);
        self.advance();
    }

    /// Advances the model, and writes what has changed into the signals.
    pub fn advance(self) {
        let now = self.now();
        let driver = self.driver();
        put(self.signals.clock.now, now);
        put(self.signals.clock.wall, clock::now().wall);
        self.remember(|memory| {
            memory.advances += 1;
            let mut mirror = driver.mirror();
            self.advance_nodes(memory, mirror.cluster_mut(), now);
            // From here on the model is only looked at.
            self.write(memory, &mirror, now);
        });
        self.draw();
    }

    /// The steps of the model: filter, groups and order.
    fn advance_nodes(self, memory: &mut Memory, cluster: &mut Cluster, now: Timestamp) {
        let choice = self.state.get_untracked();
        let query = memory.finder.read(&choice.query, self.signals.query);
        let inputs = Inputs {
            choice: &choice,
            query: query.as_ref(),
            viewport: self.viewport,
            now,
        };
        let advanced = memory.nodes.advance(cluster, &inputs);
        if advanced.has_more_to_filter && !std::mem::replace(&mut memory.under_way.is_filtering, true) {
            dom::after_frame(move || {
                self.remember(|memory| memory.under_way.is_filtering = false);
                self.advance();
            });
        }
        memory
            .painter
            .paint(self.signals.map, &memory.nodes, cluster, self.viewport, &advanced);
    }

    /// Everything else that is shown of the model.
    fn write(self, memory: &mut Memory, mirror: &Mirror, now: Timestamp) {
        let cluster = mirror.cluster();
        if memory.pace.is_due(self) {
            totals::write(self.signals.totals, cluster, now);
        }
        memory.finder.write(self.signals.query, cluster);
        memory.subject.write(self, mirror, now);
        tooltip::refresh(self.signals.tooltip, cluster, now);
        if self.state.with_untracked(|state| state.kiosk) {
            memory.walker.tick(self, cluster, now, clock::now().wall);
        } else {
            memory.walker.rest(self.signals.kiosk);
        }
    }

    fn write_connection(self) {
        let driver = self.driver();
        let offset = dom::utc_offset_minutes();
        let connection = self.model.with_value(Model::connection);
        let is_blank = {
            let mirror = driver.mirror();
            let cluster = mirror.cluster();
            cluster.place_count() == 0 && cluster.unscheduled().pods().is_empty()
        };
        let liveness = self.signals.liveness;
        put(liveness.badge, connection::badge(&connection, offset));
        put(liveness.lines, connection::lines(&connection, offset));
        put(liveness.notes, connection::notes(&connection));
        put(liveness.token, connection.token);
        put(liveness.clock_line, connection::clock_line(&connection));
        put(liveness.usage, self.model.with_value(Model::usage_note));
        put(liveness.scene, connection::scene(&connection, is_blank, offset));
        self.remember(|memory| announce(&mut memory.announcer, liveness, &connection, offset));
    }

    /// Where requests to the API go, as a sentence has it.
    pub(super) fn api_address(self) -> String {
        let origin = dom::window().location().origin().unwrap_or_default();
        self.model.with_value(|model| format!("{origin}{}", model.api.root()))
    }

    /// The time of the picture.
    fn now(self) -> Timestamp {
        self.model.with_value(Model::now)
    }

    fn driver(self) -> Rc<Driver> {
        self.model.with_value(|model| Rc::clone(&model.driver))
    }

    /// Nothing that is done here may run a component: the memory is in use meanwhile.
    fn remember<T>(self, change: impl FnOnce(&mut Memory) -> T) -> T {
        self.memory
            .try_update_value(change)
            .expect("the memory lasts as long as the page")
    }
}

/// Drawing boxes, slice by slice.
impl Frame {
    /// Draws the boxes that have changed until the slice is over, and sees to the rest.
    fn draw(self) {
        let is_slicing = self.remember(|memory| std::mem::replace(&mut memory.under_way.is_slicing, true));
        if is_slicing {
            return;
        }
        spawn_local(async move {
            self.draw_slice(dom::milliseconds() + DRAWING_SLICE_MS, false).await;
            // Last: what is called live is on the page.
            self.write_connection();
            self.remember(|memory| memory.under_way.is_slicing = false);
            self.draw_rest();
        });
    }

    /// Draws what is left, a slice after each frame, so that thousands of blocks block nothing: neither this program nor the
    /// browser, which lays out and paints what a slice has drawn.
    fn draw_rest(self) {
        let is_idle = self.remember(|memory| {
            let is_idle = !memory.nodes.has_more() || memory.under_way.is_drawing;
            memory.under_way.is_drawing |= !is_idle;
            is_idle
        });
        if is_idle {
            return;
        }
        dom::after_frame(move || {
            if self.remember(|memory| memory.nodes.is_drawn()) {
                self.show_boxes();
            }
            spawn_local(async move {
                self.draw_slice(dom::milliseconds() + DRAWING_SLICE_MS, true).await;
                self.remember(|memory| memory.under_way.is_drawing = false);
                self.draw_rest();
            });
        });
    }

    /// Writes box after box until the time is over, each on the page before the next: however much changes, a frame is not
    /// held up by it, and no box waits for longer than all the others take.
    async fn draw_slice(self, end: f64, with_undrawn: bool) {
        // What the frame has written comes first.
        tick().await;
        while self.draw_next(dom::milliseconds() < end, with_undrawn) {
            tick().await;
        }
        self.remember(|memory| memory.nodes.end_slice());
        self.signals.drawn.set(());
    }

    fn draw_next(self, has_time: bool, with_undrawn: bool) -> bool {
        let driver = self.driver();
        self.remember(|memory| {
            let mirror = driver.mirror();
            memory
                .nodes
                .draw_next(mirror.cluster(), self.now(), has_time, with_undrawn)
        })
    }

    /// Makes elements of the boxes near the window, and paints the map there.
    fn show_boxes(self) {
        let driver = self.driver();
        self.remember(|memory| {
            let mirror = driver.mirror();
            let cluster = mirror.cluster();
            memory.nodes.show(cluster, self.viewport, self.now());
            memory
                .painter
                .paint_all(self.signals.map, &memory.nodes, cluster, self.viewport);
        });
    }
}

/// What components ask of the frame.
impl Frame {
    /// Makes room for the boxes as it was measured.
    pub(super) fn set_room(self, room: Room) {
        if self.remember(|memory| memory.nodes.set_room(room)) {
            self.advance();
        }
    }

    /// The window was moved or has another size.
    pub(super) fn follow_window(self) {
        self.viewport.window();
        self.show_boxes();
        self.draw();
    }

    /// Puts the pods of a workload into the light, or none.
    pub(super) fn highlight(self, subject: Option<Subject>) {
        if self.remember(|memory| memory.nodes.set_focused(subject)) {
            spawn_local(async move { self.advance() });
        }
    }

    /// The diagnostics as text, as they are now.
    pub(super) fn report(self) -> String {
        visible_lines(&self.model.with_value(Model::diagnostics).report()).into_owned()
    }

    /// Goes on to the next or back to the previous problem and shows it; it in words, if there is one.
    pub(super) fn walk(self, step: Step) -> Option<Problem> {
        let driver = self.driver();
        let (problem, subject) = self.remember(|memory| {
            let mirror = driver.mirror();
            memory.walker.walk(mirror.cluster(), step, self.now())
        })?;
        spawn_local(self.reveal(subject));
        Some(problem)
    }

    /// The same for somebody who pressed a key, and may not see the page.
    pub(super) fn walk_aloud(self, step: Step) {
        let said = match self.walk(step) {
            Some(problem) => problem.announcement(),
            None => {
                let (totals, liveness) = (self.signals.totals, self.signals.liveness);
                let scene = liveness.scene.get_untracked();
                totals.summary.with_untracked(|summary| summary.calm_words(&scene))
            }
        };
        self.signals.walk.said.set(said);
    }

    /// Goes on to the next or back to the previous match.
    pub(super) fn find(self, step: Step) -> Finding {
        let text = self.state.with_untracked(|state| state.query.clone());
        if !self.remember(|memory| memory.finder.is_of(&text)) {
            self.advance();
        }
        let driver = self.driver();
        self.remember(|memory| {
            let mirror = driver.mirror();
            memory.finder.step(self.signals.query, mirror.cluster(), step)
        })
    }

    /// What there is to suggest.
    pub(super) fn vocabulary(self) -> Vocabulary {
        let driver = self.driver();
        let mirror = driver.mirror();
        finder::vocabulary(mirror.cluster())
    }

    /// Moves the window to a pod or a node and gives it the focus.
    pub(super) async fn reveal(self, subject: Subject) {
        let is_map = self.signals.list.map_block.with_untracked(Option::is_some);
        if is_map {
            return self.reveal_on_map(&subject);
        }
        let driver = self.driver();
        let rect = self.remember(|memory| {
            let mirror = driver.mirror();
            memory.nodes.arrangement().rect_of(mirror.cluster(), &subject)
        });
        if let Some(rect) = rect {
            self.scroll_to(rect);
        }
        self.draw_slice(f64::INFINITY, true).await;
        focus_on_subject(&subject);
    }

    fn scroll_to(self, rect: crate::view::navigate::Rect) {
        if self.viewport.scroll_to(rect) {
            self.follow_window();
        }
    }

    /// Single requests to the API that the picture comes from.
    pub(super) fn api(self) -> ApiClient {
        self.model.with_value(|model| model.api.clone())
    }

    /// The root of the API, where the address of the page says it.
    pub(super) fn shown_root(self) -> Option<String> {
        self.model.with_value(|model| model.shown_root.clone())
    }

    /// Allows changes in this tab, or forbids them again.
    pub(super) fn allow_writes(self, is_allowed: bool) {
        let access = self.model.with_value(|model| {
            model.writes.allow(is_allowed);
            model.writes.access()
        });
        put(self.signals.access.write, access);
    }

    /// Whether changes are allowed in this tab.
    pub(super) fn may_write(self) -> bool {
        self.model.with_value(|model| model.writes.access()) == WriteAccess::Allowed
    }

    /// Why a change need not be made, if that is so.
    pub(super) fn needless(self, write: &Write, object: &Value) -> Option<String> {
        let driver = self.driver();
        let mirror = driver.mirror();
        write.needless(mirror.cluster(), object, self.now())
    }
}

/// What the hooks ask of the frame.
impl Frame {
    /// What a bug report needs to know.
    pub(super) fn diagnostics(self) -> crate::diagnostics::Diagnostics {
        self.model.with_value(Model::diagnostics)
    }

    /// All that is known, as JSON.
    pub(super) fn snapshot(self) -> String {
        let (connection, versions) = self
            .model
            .with_value(|model| (model.connection(), model.resource_versions()));
        let driver = self.driver();
        let mirror = driver.mirror();
        // Strings and numbers are always JSON.
        serde_json::to_string(&Snapshot::of(mirror.cluster(), &connection, &versions)).unwrap_or_default()
    }

    /// Advances so far.
    pub(super) fn advances(self) -> u64 {
        self.remember(|memory| memory.advances)
    }

    /// Whether something has arrived that is still to be shown.
    pub(super) fn is_pending(self) -> bool {
        self.model.with_value(Model::is_pending)
    }

    /// Whether something is left to draw.
    pub(super) fn is_drawing(self) -> bool {
        let is_measuring = self.signals.list.is_measuring.get_untracked();
        is_measuring
            || self.remember(|memory| {
                let UnderWay {
                    is_slicing,
                    is_drawing,
                    is_filtering,
                } = memory.under_way;
                is_slicing || is_drawing || is_filtering || memory.nodes.has_more() || memory.pace.is_held()
            })
    }
}
