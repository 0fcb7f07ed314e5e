//! The boxes: which there are, where they stand, and how their blocks are drawn.
//!
//! Geometry is arithmetic ([`Arrangement`]), so nothing is measured but the room. A small cluster exists as elements from top
//! to bottom; of a large one only the boxes near the window do ([`Cards`]), and from afar it is one image.

use std::{mem, rc::Rc};

use super::cards::Cards;
use crate::{
    cluster::{Cluster, Dirty, Filter, GroupKey},
    limits::{FILTER_SLICE, MAX_TRAY_BLOCKS, MAX_WHOLE_PODS},
    resource::Timestamp,
    ui::{
        dom,
        signals::{NodeList, put},
        viewport::Viewport,
    },
    view::{
        arrange::{self, group_by},
        arrangement::{Arrangement, Room, is_arranged_alike},
        block_style::StyleContext,
        card::{Tray, TrayPresence},
        color::{ColorContext, Legend},
        map::Map,
        namespaces::Namespaces,
        query::Query,
        state::{Group, Subject, ViewState},
        workload_spread::WorkloadSpread,
    },
};

/// How often everything is looked at in a large cluster, in seconds: ages grow, nodes change their labels.
const SELDOM: i64 = 10;

/// See the [module](self).
pub(super) struct Nodes {
    signals: NodeList,
    pub(super) cards: Cards,
    /// The user's choice at the last advance.
    applied: Option<ViewState>,
    /// What the cluster was last told to look for.
    query: Option<Rc<Query>>,
    /// The pod that has the focus.
    focused: Option<Subject>,
    room: Option<Room>,
    arrangement: Arrangement,
    style_context: StyleContext,
    tray: TrayPresence,
    /// The second of the last look at orders and headings.
    second: Timestamp,
}

/// What an advance is made with.
pub(super) struct Inputs<'i> {
    pub(super) choice: &'i ViewState,
    pub(super) query: Option<&'i Rc<Query>>,
    pub(super) viewport: Viewport,
    /// Whether a first list is arriving.
    pub(super) is_filling: bool,
    pub(super) now: Timestamp,
}

/// What an advance has changed.
pub(super) struct Advanced {
    pub(super) dirty: Dirty,
    /// Everything is seen in another light or stands elsewhere.
    pub(super) is_everything: bool,
    /// Whether the filter was asked about every pod. Half of a cluster in another light tells nothing, and to paint it again
    /// takes as long as to filter a third of it.
    pub(super) is_filtered: bool,
    pub(super) has_more_to_filter: bool,
}

/// The result of the user's choice.
#[derive(Clone, Copy, Default)]
struct Choice {
    /// Other boxes, or boxes in other places.
    is_arranged: bool,
    /// Other blocks in them.
    is_drawn: bool,
}

impl Nodes {
    pub(super) fn new(signals: NodeList) -> Self {
        Self {
            signals,
            cards: Cards::new(signals),
            applied: None,
            query: None,
            focused: None,
            room: None,
            arrangement: Arrangement::default(),
            style_context: StyleContext::default(),
            tray: TrayPresence::default(),
            second: Timestamp(0),
        }
    }

    pub(super) fn arrangement(&self) -> &Arrangement {
        &self.arrangement
    }

    /// The same as an image.
    pub(super) fn map<'m>(&'m self, cluster: &'m Cluster) -> Map<'m> {
        Map {
            cluster,
            arrangement: &self.arrangement,
            style_context: &self.style_context,
        }
    }

    /// Takes the room as it was measured; gives back the former.
    pub(super) fn set_room(&mut self, room: Room) -> Option<Room> {
        self.room.replace(room)
    }

    /// Takes the pod that has the focus; whether it is another.
    pub(super) fn set_focused(&mut self, subject: Option<Subject>) -> bool {
        let is_other = self.focused != subject;
        self.focused = subject;
        is_other
    }

    /// Filters, groups and sorts the cluster by the user's choice, and notes what to draw.
    pub(super) fn advance(&mut self, cluster: &mut Cluster, inputs: &Inputs<'_>) -> Advanced {
        let mut choice = self.choose(cluster, inputs);
        let is_just_filtered = filter(cluster, inputs.now);
        choice.is_arranged |= is_just_filtered && inputs.choice.hides;
        let dirty = cluster.take_dirty();
        let is_new_second = mem::replace(&mut self.second, inputs.now) != inputs.now;
        if is_new_second {
            choice.is_drawn |= self.look_again(cluster, inputs);
        }
        let was_names = self.arrangement.scale().is_names();
        let is_laid_out = self.arrange(cluster, inputs, &dirty, choice.is_arranged, is_new_second);
        let is_names = self.arrangement.scale().is_names();
        self.cards.show_names(is_names);
        choice.is_drawn |= was_names != is_names;
        if is_laid_out || is_new_second {
            put(self.signals.headings, self.arrangement.headings(cluster));
        }
        if is_laid_out {
            self.show(cluster, inputs.viewport, inputs.now);
        }
        self.note_changes(cluster, &dirty.groups, choice, inputs);
        self.show_tray(cluster, inputs.now);
        if is_new_second {
            self.cards.tick((cluster, &self.style_context), inputs.now);
        }
        let is_filtered = cluster.is_filtered();
        let has_more_to_filter = !is_filtered || (is_new_second && self.invalidate_filter(cluster, inputs.now));
        Advanced {
            dirty,
            is_everything: is_laid_out || choice.is_drawn || is_just_filtered,
            is_filtered,
            has_more_to_filter,
        }
    }

    /// Passes the user's choice to the cluster, and returns what changed.
    fn choose(&mut self, cluster: &mut Cluster, inputs: &Inputs<'_>) -> Choice {
        let old = self.applied.replace(inputs.choice.clone());
        let mut choice = Choice {
            is_arranged: old.as_ref().is_none_or(|old| !is_arranged_alike(old, inputs.choice)),
            // The image of the map has the colors of the theme in it.
            is_drawn: old.is_none_or(|old| old.theme != inputs.choice.theme),
        };
        if choice.is_arranged {
            cluster.show(group_by(&inputs.choice.group));
            put(self.signals.group_by, group_by(&inputs.choice.group));
        }
        if self.query.as_ref() != inputs.query {
            self.query = inputs.query.cloned();
            cluster.set_filter(self.query.clone().map(Filter::new));
            // Typing does not wait for invisible boxes. On a map all are visible.
            if !self.arrangement.scale().is_map() {
                let seen = self.arrangement.boxes_within(inputs.viewport.seen());
                cluster.filter_first(&self.arrangement.boxes()[seen]);
            }
            choice.is_drawn = true;
        }
        choice.is_drawn |= self.update_style_context(cluster, inputs);
        choice
    }

    /// The style context of the user's choice, and whether it changed.
    fn update_style_context(&mut self, cluster: &Cluster, inputs: &Inputs<'_>) -> bool {
        let style_context = StyleContext::of(inputs.choice, self.focused.as_ref(), cluster, inputs.now);
        let is_other = self.style_context != style_context;
        if is_other {
            self.style_context = style_context;
            self.write_spread(cluster);
            self.write_legend(cluster, inputs.now);
        }
        is_other
    }

    fn write_legend(&self, cluster: &Cluster, now: Timestamp) {
        let color_context = ColorContext {
            color: self.style_context.color,
            usage: cluster.usage(),
            now,
        };
        let legend = Legend::of(cluster.pods().map(|pod| &**pod), &color_context);
        put(self.signals.legend, legend);
    }

    fn write_spread(&self, cluster: &Cluster) {
        let spread = self.style_context.highlight.as_ref().and_then(|highlight| {
            let spread = WorkloadSpread::of(cluster, &highlight.pod)?;
            Some((spread.heading(&[]), spread.sentence()))
        });
        put(self.signals.spread, spread.unwrap_or_default());
    }

    /// What time and usage make of the colors; whether blocks look otherwise.
    fn look_again(&mut self, cluster: &Cluster, inputs: &Inputs<'_>) -> bool {
        self.write_spread(cluster);
        if is_its_turn(cluster, inputs.now) {
            self.write_legend(cluster, inputs.now);
            put(self.signals.namespaces, Namespaces::of(cluster));
        }
        self.update_style_context(cluster, inputs) || self.style_context.is_measured()
    }

    /// Whether to run the query again, because its matches depend on the time.
    fn invalidate_filter(&self, cluster: &mut Cluster, now: Timestamp) -> bool {
        // Not before the last round is over: one that takes longer would never come to its end.
        let doubts = self.query.is_some() && cluster.is_filtered() && is_its_turn(cluster, now);
        if doubts {
            cluster.invalidate_filter();
        }
        doubts
    }

    /// Decides which boxes there are and where they stand; whether anything of that is new.
    fn arrange(
        &mut self,
        cluster: &Cluster,
        inputs: &Inputs<'_>,
        dirty: &Dirty,
        is_chosen: bool,
        is_new_second: bool,
    ) -> bool {
        let (choice, old) = (inputs.choice, &self.arrangement);
        let is_other = is_chosen
            || dirty.order_changed
            || (is_new_second && arrange::follows_pods(choice))
            || old.is_moved(cluster, &choice.group, &dirty.groups);
        let is_elsewhere =
            self.room != old.room() || old.is_outgrown(cluster, &dirty.groups) || old.has_another_size(cluster, choice);
        if !is_other && !is_elsewhere {
            return false;
        }
        let old = mem::take(&mut self.arrangement);
        let arranged = if is_other {
            old.arranged(cluster, choice, self.query.is_some())
        } else {
            old
        };
        self.arrangement = arranged.laid_out(cluster, choice, self.room);
        put(self.signals.scale, self.arrangement.scale());
        put(self.signals.enlarged_blocks, self.arrangement.enlarged_blocks());
        put(self.signals.height, self.arrangement.layout().height());
        true
    }

    /// Makes elements of the boxes that are to be some.
    pub(super) fn show(&mut self, cluster: &Cluster, viewport: Viewport, now: Timestamp) {
        self.cards.show(&self.arrangement, cluster, viewport, now);
    }

    /// Notes which boxes are to be drawn: what has changed, and where the light is another, everything; what is seen first.
    fn note_changes(&mut self, cluster: &Cluster, groups: &[GroupKey], choice: Choice, inputs: &Inputs<'_>) {
        self.cards
            .note_changes(cluster, groups, choice.is_drawn, inputs.is_filling);
        if choice.is_arranged || choice.is_drawn || groups.contains(&GroupKey::Unscheduled) {
            self.write_tray(cluster);
        }
        if choice.is_drawn {
            self.cards.note_everything(&self.arrangement, inputs.viewport.seen());
        }
    }

    fn write_tray(&self, cluster: &Cluster) {
        put(self.signals.tray, Tray::of(cluster));
        let most = if self.may_have_tray() { MAX_TRAY_BLOCKS } else { 0 };
        self.cards.draw_tray(cluster, &self.style_context, most);
    }

    /// Where there is no tray, its pods are in boxes: a second block of each would be found in place of the one that is seen.
    fn may_have_tray(&self) -> bool {
        let group = self.applied.as_ref().map(|choice| &choice.group);
        !matches!(group, Some(Group::Namespace | Group::Owner))
    }

    /// Shows the tray, or takes it away.
    fn show_tray(&mut self, cluster: &Cluster, now: Timestamp) {
        let pods = Tray::count(cluster);
        put(
            self.signals.has_tray,
            self.tray.update(pods, now) && self.may_have_tray(),
        );
    }

    /// Draws the next box; whether there was one.
    pub(super) fn draw_next(&mut self, cluster: &Cluster, now: Timestamp, has_time: bool, with_undrawn: bool) -> bool {
        self.cards
            .draw_next((cluster, &self.style_context), now, has_time, with_undrawn)
    }
}

/// Asks the filter about some more pods; whether it has been asked about all of them by that.
fn filter(cluster: &mut Cluster, now: Timestamp) -> bool {
    if cluster.is_filtered() {
        return false;
    }
    let end = dom::milliseconds() + FILTER_SLICE.as_secs_f64() * 1e3;
    cluster.filter_some(now, || dom::milliseconds() >= end);
    cluster.is_filtered()
}

/// Whether everything is looked at in this second.
fn is_its_turn(cluster: &Cluster, now: Timestamp) -> bool {
    cluster.totals().pods.total() as usize <= MAX_WHOLE_PODS || now.0 % SELDOM == 0
}
