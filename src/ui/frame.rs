//! The one place where the model meets the page.
//!
//! Once per animation frame that something happened in, and when the user chooses something, the frame advances the model
//! with the current [`ViewState`](crate::view::state::ViewState) and writes view values into the signals that have changed.
//! Components follow their signals; nothing that they do changes the model. What they want is an intent: another choice in
//! `State`, or a request to the frame, which answers with a view value.
//!
//! How much is drawn in a frame, in which slices and what comes first is decided in `drawing` and `cards`.

mod cards;
mod current_query;
mod drawing;
mod map;
mod nodes;
mod requests;
mod subject;
mod tooltip;
mod totals;
mod walk;

use std::rc::Rc;

use leptos::prelude::*;

use self::{
    current_query::CurrentQuery,
    map::Painter,
    nodes::{Inputs, Nodes},
    subject::Following,
    totals::Pace,
    walk::Walker,
};
use super::{
    dom,
    signals::{Signals, put},
    state::State,
    viewport::Viewport,
};
use crate::{
    browser::{clock, driver::Driver, model::Model},
    cluster::Cluster,
    cluster_cache::ClusterCache,
    connection::Connection,
    resource::Timestamp,
    view::{announce::Announcer, connection, problems::ProblemScope},
};

/// The frame. A copy is the same frame.
#[derive(Clone, Copy)]
pub(super) struct Frame {
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
    current_query: CurrentQuery,
    walker: Walker,
    /// The problems that are counted and walked.
    scope: ProblemScope,
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
        let signals = Signals::default();
        put(signals.access.write, model.writes.access());
        let memory = Memory {
            nodes: Nodes::new(signals.list),
            painter: Painter::default(),
            current_query: CurrentQuery::default(),
            walker: Walker::default(),
            scope: ProblemScope::default(),
            subject: Following::default(),
            pace: Pace::default(),
            announcer: Announcer::default(),
            advances: 0,
            under_way: UnderWay::default(),
        };
        let frame = Self {
            model: StoredValue::new_local(model),
            memory: StoredValue::new_local(memory),
            state,
            signals,
            viewport: Viewport::new(),
        };
        frame.write_liveness(&frame.model.with_value(Model::connection));
        frame
    }

    /// Follows the driver: at most once per animation frame when something changed, and once a second.
    pub(super) fn follow_driver(self) {
        self.model.update_value(Model::look);
        self.advance();
    }

    /// Advances the model, and writes what has changed into the signals.
    pub(super) fn advance(self) {
        if !self.is_mounted() {
            return;
        }
        let now = self.now();
        let driver = self.driver();
        put(self.signals.clock.now, now);
        put(self.signals.clock.wall, clock::now().wall);
        self.remember(|memory| {
            memory.advances += 1;
            let mut cache = driver.cache();
            let is_filling = cache.is_filling();
            self.advance_nodes(memory, cache.cluster_mut(), is_filling, now);
            // From here on the model is only looked at.
            self.write(memory, &cache, now);
        });
        self.draw();
    }

    /// The steps of the model: filter, groups and order.
    fn advance_nodes(self, memory: &mut Memory, cluster: &mut Cluster, is_filling: bool, now: Timestamp) {
        let choice = self.state.get_untracked();
        let query = memory.current_query.read(&choice.query, self.signals.query);
        memory.scope = ProblemScope::of(choice.kiosk && query.is_some());
        let inputs = Inputs {
            choice: &choice,
            query: query.as_ref(),
            viewport: self.viewport,
            is_filling,
            now,
        };
        let advanced = memory.nodes.advance(cluster, &inputs);
        if advanced.has_more_to_filter && !std::mem::replace(&mut memory.under_way.is_filtering, true) {
            self.after_frame(move || {
                self.remember(|memory| memory.under_way.is_filtering = false);
                self.advance();
            });
        }
        memory
            .painter
            .paint(self.signals.map, &memory.nodes, cluster, self.viewport, &advanced);
    }

    /// Everything else that is shown of the model.
    fn write(self, memory: &mut Memory, cache: &ClusterCache, now: Timestamp) {
        let cluster = cache.cluster();
        if memory.pace.is_due(self) {
            totals::write(self.signals.totals, cluster, memory.scope, now);
        }
        memory.current_query.write(self.signals.query, cluster);
        memory.subject.write(self, cache, now);
        tooltip::refresh(self.signals.tooltip, cluster, now);
        if self.state.with_untracked(|state| state.kiosk) {
            memory.walker.tick(self, cluster, memory.scope, now);
        } else {
            memory.walker.rest(self.signals.kiosk);
        }
    }

    fn write_connection(self) {
        let connection = self.model.with_value(Model::connection);
        self.write_liveness(&connection);
        self.remember(|memory| {
            if memory.announcer.is_due(connection.state, dom::milliseconds()) {
                let sentence = connection::sentence(&connection, dom::utc_offset_minutes());
                self.signals.liveness.announcement.set(sentence);
            }
        });
    }

    fn write_liveness(self, connection: &Connection) {
        let driver = self.driver();
        let offset = dom::utc_offset_minutes();
        let is_blank = {
            let cache = driver.cache();
            let cluster = cache.cluster();
            cluster.group_count() == 0 && cluster.unscheduled().pods().is_empty()
        };
        let liveness = self.signals.liveness;
        put(liveness.badge, connection::badge(connection, offset));
        put(liveness.lines, connection::lines(connection, offset));
        put(liveness.notes, connection::notes(connection));
        put(liveness.token, connection.token);
        put(liveness.clock_line, connection::clock_line(connection));
        put(liveness.usage, self.model.with_value(Model::usage_note));
        put(liveness.scene, connection::scene(connection, is_blank, offset));
    }

    /// Where requests to the API go, as a sentence has it.
    pub(super) fn api_address(self) -> String {
        let origin = dom::window().location().origin().unwrap_or_default();
        self.model.with_value(|model| format!("{origin}{}", model.api.root()))
    }

    /// The time of the picture.
    fn now(self) -> Timestamp {
        let now = self.model.try_update_value(Model::now);
        now.expect("the model lasts as long as the page")
    }

    /// Whether the page is still there: what was begun may go on for a moment after it.
    pub(super) fn is_mounted(self) -> bool {
        !self.memory.is_disposed()
    }

    /// Runs `task` after the next frame has been drawn, unless the page is gone by then.
    fn after_frame(self, task: impl FnOnce() + 'static) {
        dom::after_frame(move || {
            if self.is_mounted() {
                task();
            }
        });
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
