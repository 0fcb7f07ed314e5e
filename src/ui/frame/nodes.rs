//! The boxes: which exist as elements, which of them are to be drawn, and in which order.
//!
//! Geometry is arithmetic ([`Arrangement`]), so nothing is measured but the room. A small cluster exists as elements from top
//! to bottom; of a large one only the boxes near the window do, and from afar it is one image.

use std::{collections::VecDeque, mem, rc::Rc};

use hashbrown::{HashMap, HashSet};
use leptos::prelude::*;

use crate::{
    cluster::{Cluster, Dirty, Filter, Place},
    limits::{FILTER_SLICE, MAX_NEW_BOXES, MAX_TRAY_BLOCKS, MAX_WHOLE_PODS},
    resource::Timestamp,
    ui::{
        dom,
        signals::{Drawing, NodeCardSignals, NodeList, put},
        viewport::Viewport,
    },
    view::{
        arrange::{self, place_by},
        arrangement::{Arrangement, Room, is_arranged_alike},
        blocks::Blocks,
        brush::{Brush, Spotlight},
        card::{self, Card, Tray},
        colour::{Legend, Light},
        navigate::Rect,
        query::Query,
        spotlight::Spread,
        state::{Colour, Group, Subject, ViewState},
    },
};

/// Most blocks that move at the same time. Beyond it movement tells nothing and costs much: at 100 events a second and
/// 3,000 blocks, moving every one of them doubled the time that the browser needs for a frame.
pub(in crate::ui) const MAX_MOVING_BLOCKS: usize = 24;

/// How often everything is looked at in a large cluster, in seconds: ages grow, nodes change their labels.
const SELDOM: i64 = 10;

/// See the [module](self).
pub(super) struct Nodes {
    signals: NodeList,
    /// Owns the signals of each box.
    owner: Owner,
    /// What the reader had chosen at the last advance.
    applied: Option<ViewState>,
    /// What the cluster was last told to look for.
    query: Option<Rc<Query>>,
    /// The pod that has the focus.
    focused: Option<Subject>,
    room: Option<Room>,
    arrangement: Arrangement,
    brush: Brush,
    /// The boxes that are elements.
    cards: HashMap<Place, CardEntry>,
    /// Those that are no more, until their elements are gone, too.
    removed: Vec<Owner>,
    queue: Queue,
    /// Pods at the last advance.
    pods_drawn: u32,
    /// Whether what has changed may move.
    moves: bool,
    /// The second of the last look at orders and headings.
    second: Timestamp,
}

/// A box that is an element.
struct CardEntry {
    signals: NodeCardSignals,
    owner: Owner,
    /// Whether its blocks were drawn once.
    is_drawn: bool,
    /// Whether it is among those that have changed.
    is_waiting: bool,
}

/// Boxes to draw.
#[derive(Default)]
struct Queue {
    /// What is seen, and the reader waits for: whatever else there is.
    seen: VecDeque<Place>,
    /// Boxes that have changed, the longest first.
    changed: VecDeque<Place>,
    /// Boxes whose blocks are still to be drawn, for the first time or as the reader now wants them.
    undrawn: VecDeque<Place>,
    /// Boxes are left that are to become elements.
    has_unshown: bool,
}

/// What an advance is made with.
pub(super) struct Inputs<'i> {
    pub(super) choice: &'i ViewState,
    pub(super) query: Option<&'i Rc<Query>>,
    pub(super) viewport: Viewport,
    pub(super) now: Timestamp,
}

/// What an advance has changed.
pub(super) struct Advanced {
    pub(super) dirty: Dirty,
    /// Everything is seen in another light or stands elsewhere.
    pub(super) is_everything: bool,
    /// Whether the filter was asked about every pod. Half of a cluster in another light tells nothing, and to paint it anew
    /// takes as long as to filter a third of it.
    pub(super) is_filtered: bool,
    pub(super) has_more_to_filter: bool,
}

/// What the reader's choice makes of the picture.
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
            owner: Owner::current().expect("the page is being mounted"),
            applied: None,
            query: None,
            focused: None,
            room: None,
            arrangement: Arrangement::default(),
            brush: Brush::default(),
            cards: HashMap::new(),
            removed: Vec::new(),
            queue: Queue::default(),
            pods_drawn: 0,
            moves: false,
            second: Timestamp(0),
        }
    }

    pub(super) fn arrangement(&self) -> &Arrangement {
        &self.arrangement
    }

    pub(super) fn brush(&self) -> &Brush {
        &self.brush
    }

    /// Takes the room as it was measured; whether it is another.
    pub(super) fn set_room(&mut self, room: Room) -> bool {
        self.room.replace(room) != Some(room)
    }

    /// Takes the pod that has the focus; whether it is another.
    pub(super) fn set_focused(&mut self, subject: Option<Subject>) -> bool {
        let is_other = self.focused != subject;
        self.focused = subject;
        is_other
    }

    /// Filters, groups and orders the cluster as the reader has chosen, and notes what is to be drawn of it.
    pub(super) fn advance(&mut self, cluster: &mut Cluster, inputs: &Inputs<'_>) -> Advanced {
        let mut choice = self.choose(cluster, inputs);
        let was_filtered = cluster.is_filtered();
        if !was_filtered {
            let end = dom::milliseconds() + FILTER_SLICE.as_secs_f64() * 1e3;
            cluster.filter_some(inputs.now, || dom::milliseconds() >= end);
        }
        let is_just_filtered = !was_filtered && cluster.is_filtered();
        choice.is_arranged |= is_just_filtered && inputs.choice.hides;
        let dirty = cluster.take_dirty();
        let is_new_second = mem::replace(&mut self.second, inputs.now) != inputs.now;
        if is_new_second {
            choice.is_drawn |= self.look_again(cluster, inputs);
        }
        let is_laid_out = self.arrange(cluster, inputs, &dirty, choice.is_arranged, is_new_second);
        if is_laid_out || is_new_second {
            put(self.signals.headings, self.arrangement.headings(cluster));
        }
        if is_laid_out {
            self.show(cluster, inputs.viewport, inputs.now);
        }
        self.enqueue(cluster, &dirty.places, choice, inputs.viewport);
        if is_new_second {
            self.tick(cluster, inputs.now);
        }
        let is_filtered = cluster.is_filtered();
        let has_more_to_filter = !is_filtered || (is_new_second && self.doubt_filter(cluster, inputs.now));
        Advanced {
            dirty,
            is_everything: is_laid_out || choice.is_drawn || is_just_filtered,
            is_filtered,
            has_more_to_filter,
        }
    }

    /// Tells the cluster what the reader has chosen, and says what differs from before.
    fn choose(&mut self, cluster: &mut Cluster, inputs: &Inputs<'_>) -> Choice {
        let old = self.applied.replace(inputs.choice.clone());
        let mut choice = Choice {
            is_arranged: old.as_ref().is_none_or(|old| !is_arranged_alike(old, inputs.choice)),
            // The image of the map has the colours of the theme in it.
            is_drawn: old.is_none_or(|old| old.theme != inputs.choice.theme),
        };
        if choice.is_arranged {
            cluster.show(place_by(&inputs.choice.group));
            put(self.signals.place_by, place_by(&inputs.choice.group));
        }
        if self.query.as_ref() != inputs.query {
            self.query = inputs.query.cloned();
            cluster.set_filter(self.query.clone().map(Filter::new));
            // Whoever types waits for no box that is not seen. On a map all are.
            if self.arrangement.map_block().is_none() {
                let seen = self.seen(inputs.viewport);
                cluster.filter_first(&self.arrangement.boxes()[seen]);
            }
            choice.is_drawn = true;
        }
        choice.is_drawn |= self.update_brush(cluster, inputs.choice, inputs.now);
        choice
    }

    /// The boxes that are seen.
    fn seen(&self, viewport: Viewport) -> std::ops::Range<usize> {
        let (top, height) = viewport.seen();
        let seen = self.arrangement.layout().visible(top, top + height);
        let count = self.arrangement.boxes().len();
        seen.start.min(count)..seen.end.min(count)
    }

    /// The brush of the reader's choice; whether it is another than before.
    fn update_brush(&mut self, cluster: &Cluster, choice: &ViewState, now: Timestamp) -> bool {
        let shows_age = matches!(choice.colour, Colour::Age);
        let lit = self.focused.as_ref().or(choice.selected.as_ref());
        let brush = Brush {
            hides: choice.hides,
            colour: choice.colour,
            now: if shows_age { now } else { Timestamp(0) },
            spotlight: lit.and_then(|subject| match subject {
                Subject::Pod(key) => cluster.pod(key).map(|(_, _, pod)| Spotlight::of(pod)),
                Subject::Node(_) => None,
            }),
        };
        if self.brush == brush {
            return false;
        }
        self.brush = brush;
        self.write_spread(cluster);
        self.write_legend(cluster, now);
        true
    }

    fn write_legend(&self, cluster: &Cluster, now: Timestamp) {
        let light = Light {
            colour: self.brush.colour,
            usage: cluster.usage(),
            now,
        };
        put(
            self.signals.legend,
            Legend::of(cluster.pods().map(|pod| &**pod), &light),
        );
    }

    fn write_spread(&self, cluster: &Cluster) {
        let spread = self.brush.spotlight.as_ref().and_then(|spotlight| {
            let spread = Spread::of(cluster, &spotlight.pod)?;
            Some(format!("{}: {}", spread.name, spread.sentence()))
        });
        put(self.signals.spread, spread.unwrap_or_default());
    }

    /// What time and usage make of the colours; whether blocks look otherwise.
    fn look_again(&mut self, cluster: &Cluster, inputs: &Inputs<'_>) -> bool {
        self.write_spread(cluster);
        if Self::is_its_turn(cluster, inputs.now) {
            self.write_legend(cluster, inputs.now);
        }
        let is_measured = matches!(self.brush.colour, Colour::Cpu | Colour::Memory | Colour::Age);
        self.update_brush(cluster, inputs.choice, inputs.now) || is_measured
    }

    /// What matches a query may depend on the time. Whether that is to be asked anew.
    fn doubt_filter(&self, cluster: &mut Cluster, now: Timestamp) -> bool {
        // Not before the last round is over: one that takes longer would never come to its end.
        let doubts = self.query.is_some() && cluster.is_filtered() && Self::is_its_turn(cluster, now);
        if doubts {
            cluster.doubt_filter();
        }
        doubts
    }

    /// Whether everything is looked at in this second.
    fn is_its_turn(cluster: &Cluster, now: Timestamp) -> bool {
        cluster.totals().pods.total() as usize <= MAX_WHOLE_PODS || now.0 % SELDOM == 0
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
            || old.is_moved(cluster, &choice.group, &dirty.places);
        let is_elsewhere =
            self.room != old.room() || old.is_outgrown(cluster, &dirty.places) || old.has_another_size(cluster, choice);
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
        put(self.signals.map_block, self.arrangement.map_block());
        put(self.signals.height, self.arrangement.layout().height());
        true
    }

    /// Makes elements of the boxes near the window, of the others of a small cluster a few at a time, and lets the others of a
    /// large one go.
    pub(super) fn show(&mut self, cluster: &Cluster, viewport: Viewport, now: Timestamp) {
        let (near, range) = self.wanted(cluster, viewport);
        let arrangement = &self.arrangement;
        let (mut has_unshown, mut room) = (false, MAX_NEW_BOXES);
        let (mut shown, mut kept) = (Vec::with_capacity(range.len()), HashSet::with_capacity(range.len()));
        for index in range {
            let (place, Some(rect)) = (&arrangement.boxes()[index], arrangement.layout().rect(index)) else {
                continue;
            };
            if !self.cards.contains_key(place) {
                let is_near = near.contains(&index);
                if room == 0 && !is_near {
                    has_unshown = true;
                    continue;
                }
                let Some(entry) = cluster.shown().entry(place) else {
                    continue;
                };
                room -= usize::from(!is_near);
                let card = CardEntry::new(&self.owner, place, Card::of(cluster, entry, now), rect);
                self.cards.insert(place.clone(), card);
                self.queue.undrawn.push_back(place.clone());
            }
            let card = &self.cards[place];
            put(card.signals.rect, rect);
            shown.push(card.signals);
            kept.insert(place);
        }
        let removed = self.cards.extract_if(|place, _| !kept.contains(place));
        self.removed.extend(removed.map(|(_, card)| card.owner));
        self.queue.has_unshown = has_unshown;
        put(self.signals.cards, shown);
    }

    /// The boxes near the window, and those that are to be elements.
    fn wanted(&self, cluster: &Cluster, viewport: Viewport) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let arrangement = &self.arrangement;
        if arrangement.map_block().is_some() || arrangement.room().is_none() {
            return (0..0, 0..0);
        }
        let is_whole = arrangement.is_whole(cluster);
        let (top, height) = if is_whole { viewport.seen() } else { viewport.window() };
        let near = arrangement.layout().visible(top - height, top + 2.0 * height);
        let range = if is_whole {
            0..arrangement.boxes().len()
        } else {
            near.clone()
        };
        (near, range)
    }

    /// Notes which boxes are to be drawn: what has changed, and where the light is another, everything; what is seen first.
    fn enqueue(&mut self, cluster: &Cluster, places: &[Place], choice: Choice, viewport: Viewport) {
        let pods = cluster.totals().pods.total();
        let jumped = pods.abs_diff(mem::replace(&mut self.pods_drawn, pods)) as usize > MAX_MOVING_BLOCKS;
        // A list that has just arrived is no news of each of its pods, and where everything moves, movement tells nothing.
        self.moves = !(jumped || places.len() > MAX_MOVING_BLOCKS || choice.is_drawn);
        if choice.is_arranged || choice.is_drawn || places.contains(&Place::Unscheduled) {
            self.write_tray(cluster);
        }
        for place in places {
            if let Some(card) = self.cards.get_mut(place)
                && !mem::replace(&mut card.is_waiting, true)
            {
                self.queue.changed.push_back(place.clone());
            }
        }
        if choice.is_drawn {
            self.enqueue_everything(viewport);
        }
    }

    fn enqueue_everything(&mut self, viewport: Viewport) {
        let seen = self.seen(viewport);
        self.queue.undrawn.clear();
        for (index, place) in self.arrangement.boxes().iter().enumerate() {
            match self.cards.get(place) {
                Some(card) if seen.contains(&index) && card.is_drawn => self.queue.seen.push_back(place.clone()),
                Some(_) if seen.contains(&index) => self.queue.undrawn.push_front(place.clone()),
                Some(_) => self.queue.undrawn.push_back(place.clone()),
                None => {}
            }
        }
    }

    /// Where there is no tray, its pods are in boxes: a second block of each would be found in place of the one that is seen.
    fn write_tray(&mut self, cluster: &Cluster) {
        put(self.signals.tray, Tray::of(cluster));
        let has_tray = self
            .applied
            .as_ref()
            .is_none_or(|choice| !matches!(choice.group, Group::Namespace | Group::Owner));
        put(self.signals.has_tray, has_tray);
        let most = if has_tray { MAX_TRAY_BLOCKS } else { 0 };
        let blocks = Blocks::of(cluster.unscheduled().pods(), &self.brush, cluster.usage(), most);
        put(self.signals.tray_blocks, Some(Drawing::new(blocks, self.moves)));
    }

    /// What changes with the clock alone.
    fn tick(&self, cluster: &Cluster, now: Timestamp) {
        for (place, card) in &self.cards {
            let entry = cluster.shown().entry(place);
            if let Some(entry) = entry.filter(|entry| card::ticks(entry)) {
                put(card.signals.card, Card::of(cluster, entry, now));
            }
        }
    }

    /// Draws the next box; whether there was one. What is seen has time, whatever the clock says.
    pub(super) fn draw_next(&mut self, cluster: &Cluster, now: Timestamp, has_time: bool, with_undrawn: bool) -> bool {
        let queue = &mut self.queue;
        let mut next = queue.seen.pop_front();
        if has_time {
            next = next.or_else(|| queue.changed.pop_front());
            if with_undrawn {
                next = next.or_else(|| queue.undrawn.pop_front());
            }
        }
        let Some(place) = next else { return false };
        let entry = cluster.shown().entry(&place);
        if let Some((card, entry)) = self.cards.get_mut(&place).zip(entry) {
            (card.is_waiting, card.is_drawn) = (false, true);
            let blocks = Blocks::of(entry.pods(), &self.brush, cluster.usage(), usize::MAX);
            put(card.signals.card, Card::of(cluster, entry, now));
            put(card.signals.blocks, Some(Drawing::new(blocks, self.moves)));
        }
        true
    }

    /// What is drawn later is no news.
    pub(super) fn end_slice(&mut self) {
        self.moves = false;
        // Their elements are gone by now.
        self.removed.clear();
    }

    /// Whether all boxes that are elements are drawn as they are.
    pub(super) fn is_drawn(&self) -> bool {
        let Queue {
            seen, changed, undrawn, ..
        } = &self.queue;
        seen.is_empty() && changed.is_empty() && undrawn.is_empty()
    }

    /// Whether something is left to draw.
    pub(super) fn has_more(&self) -> bool {
        self.queue.has_unshown || !self.is_drawn()
    }
}

impl CardEntry {
    fn new(parent: &Owner, place: &Place, card: Card, rect: Rect) -> Self {
        let owner = parent.child();
        let signals = owner.with(|| NodeCardSignals::new(place, card, rect));
        Self {
            signals,
            owner,
            is_drawn: false,
            is_waiting: false,
        }
    }
}
