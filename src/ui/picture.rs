//! The picture of the cluster: which boxes there are, where they stand, which of them exist as elements, and their blocks.
//!
//! Geometry is arithmetic ([`Layout`]), so nothing is measured but the width of the page. A small cluster exists as elements
//! from top to bottom; of a large one only the boxes near the window do, and from afar it is one image: see `fleet`.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use hashbrown::HashMap;
use leptos::{
    prelude::*,
    web_sys::{Element, HtmlElement, ResizeObserver},
};
use wasm_bindgen::{JsCast, closure::Closure};

use crate::{
    cluster::{Cluster, Dirty, Entry, Filter, Place, Slots},
    limits::{FILTER_SLICE, MAX_NEW_BOXES, MAX_TRAY_BLOCKS, MAX_WHOLE_BOXES, MAX_WHOLE_PODS},
    resource::Timestamp,
    view::{
        arrange::{self, Heading, Section},
        brush::{Brush, Spotlight},
        card::{self, Card, Tray},
        colour::{Legend, Light},
        layout::{Layout, Lengths, Metrics, fitting_block},
        navigate::Rect,
        query::Query,
        spotlight::Spread,
        state::{Colour, Group, Subject, ViewState, Zoom},
    },
};

use super::{
    DRAWING_SLICE_MS, MAX_MOVING_BLOCKS, Page, blocks::BlockGrid, dom, map, parts::Part, replace_if_changed,
    sketch::Drawing,
};

/// See the [module](self).
pub(super) struct Picture {
    /// What the reader had chosen when everything was last drawn.
    applied: RefCell<Option<ViewState>>,
    /// What the cluster was last told to look for.
    query: RefCell<Option<Rc<Query>>>,
    sections: RefCell<Vec<Section>>,
    /// All boxes in the order of the layout.
    boxes: RefCell<Vec<Place>>,
    /// Where in that order each is, by [`key`].
    index: RefCell<HashMap<String, usize>>,
    layout: RefCell<Layout>,
    frame: Cell<Frame>,
    /// Whether the frame has been measured once. Until then there are no boxes: they would stand where they do not stay.
    pub(super) is_measured: Cell<bool>,
    /// Whether it is about to be.
    is_measuring: Cell<bool>,
    pub(super) brush: RefCell<Brush>,
    /// The boxes that are elements, by [`key`].
    cards: RefCell<HashMap<String, Rc<CardHandle>>>,
    /// Their keys in order.
    pub(super) shown: RefCell<Vec<String>>,
    pub(super) headings: RefCell<Vec<PlacedHeading>>,
    /// The height of all boxes.
    pub(super) height: Cell<f64>,
    /// From one block of the map to the next; `None` while boxes are elements.
    pub(super) map_block: Cell<Option<u8>>,
    /// The block that was found to fit, for so many slots and boxes, in which room.
    fitted: Cell<Option<(u8, usize, Frame)>>,
    /// How narrow boxes have become on a wall, in which room.
    narrowed: Cell<Option<(Frame, usize)>>,
    /// The element that the boxes are children of.
    root: RefCell<Option<HtmlElement>>,
    /// The part of the picture that was seen when it was last looked at: from where, and how much. To look costs a layout.
    seen: Cell<(f64, f64)>,
    pub(super) tray: RefCell<Tray>,
    pub(super) tray_blocks: Rc<RefCell<BlockGrid>>,
    /// Whether pods without a node have a place of their own.
    pub(super) has_tray: Cell<bool>,
    /// How the workload in the spotlight is spread: `web: 12 of 12 ready over 5 nodes, 3 zones`.
    pub(super) spread: RefCell<String>,
    /// What the colours mean, where they do not tell the status.
    pub(super) legend: RefCell<Legend>,
    /// The pod that has the focus.
    focused: RefCell<Option<Subject>>,
    /// Pods at the last drawing.
    pods_drawn: Cell<u32>,
    /// Boxes that have changed and are still to be drawn anew, the longest first; by [`key`].
    changed: RefCell<VecDeque<String>>,
    /// Boxes on the page whose blocks are still to be drawn, for the first time or as the reader now wants them.
    undrawn: RefCell<VecDeque<String>>,
    /// Boxes are left that are to become elements.
    unshown: Cell<bool>,
    drawing: Cell<bool>,
    /// The filter is still to be asked about some pods.
    filtering: Cell<bool>,
    sweeping: Cell<bool>,
    /// The second of the last look at orders and headings.
    looked: Cell<Timestamp>,
}

/// The room that there is, and the lengths of the style sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    width: f64,
    /// Of the window below the upper edge of the map, when it is scrolled to its top.
    height: f64,
    lengths: Lengths,
}

/// A heading and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlacedHeading {
    pub(super) top: f64,
    pub(super) heading: Heading,
}

/// A box that is an element.
pub(super) struct CardHandle {
    pub(super) place: Place,
    pub(super) card: RefCell<Card>,
    /// Where it stands.
    rect: Cell<Option<Rect>>,
    pub(super) blocks: RefCell<BlockGrid>,
    pub(super) drawing: Drawing,
    /// Whether it is among those that have changed.
    is_waiting: Cell<bool>,
}

/// A box's name among all boxes, unique whatever they stand for.
pub(super) fn key(place: &Place) -> String {
    match place {
        Place::Unscheduled => String::new(),
        Place::Node(name) => format!("node/{name}"),
        Place::Namespace(name) => format!("namespace/{name}"),
        Place::Workload { namespace, kind, name } => format!("workload/{namespace}/{kind}/{name}"),
    }
}

impl CardHandle {
    /// Puts the box where it stands now. Not part of its sketch: all boxes are put elsewhere at once when the room changes.
    fn place(&self, rect: Rect) {
        let old = self.rect.replace(Some(rect));
        let element = self
            .drawing
            .element()
            .and_then(|card| card.dyn_into::<HtmlElement>().ok());
        let Some(element) = element.filter(|_| old != Some(rect)) else {
            return;
        };
        for (name, length, old) in [
            ("left", rect.left, old.map(|old| old.left)),
            ("top", rect.top, old.map(|old| old.top)),
            ("width", rect.width, old.map(|old| old.width)),
            ("height", rect.height, old.map(|old| old.height)),
        ] {
            if old != Some(length) {
                dom::set_style(&element, name, &dom::pixels(length));
            }
        }
    }

    /// Shows what is known of the box now.
    fn show(&self, card: Card) {
        if replace_if_changed(&self.card, card) {
            self.draw(&key(&self.place));
        }
    }
}

impl Default for Picture {
    fn default() -> Self {
        let frame = Frame {
            width: 1_024.0,
            height: 640.0,
            lengths: Lengths::default(),
        };
        Self {
            applied: RefCell::default(),
            query: RefCell::default(),
            sections: RefCell::default(),
            boxes: RefCell::default(),
            index: RefCell::default(),
            layout: RefCell::new(Layout::new(&[], frame.width, Metrics::boxes(frame.lengths))),
            frame: Cell::new(frame),
            is_measured: Cell::new(false),
            is_measuring: Cell::new(false),
            brush: RefCell::default(),
            cards: RefCell::default(),
            shown: RefCell::default(),
            headings: RefCell::default(),
            height: Cell::new(0.0),
            map_block: Cell::new(None),
            fitted: Cell::new(None),
            narrowed: Cell::new(None),
            root: RefCell::default(),
            seen: Cell::new((0.0, frame.height)),
            tray: RefCell::default(),
            tray_blocks: Rc::new(RefCell::new(BlockGrid::of_at_most(MAX_TRAY_BLOCKS))),
            has_tray: Cell::new(true),
            spread: RefCell::default(),
            legend: RefCell::default(),
            changed: RefCell::default(),
            undrawn: RefCell::default(),
            focused: RefCell::default(),
            pods_drawn: Cell::new(0),
            unshown: Cell::new(false),
            drawing: Cell::new(false),
            filtering: Cell::new(false),
            sweeping: Cell::new(false),
            looked: Cell::new(Timestamp(0)),
        }
    }
}

impl Picture {
    /// Where in the order of the layout a box is.
    pub(super) fn index_of(&self, key: &str) -> Option<usize> {
        self.index.borrow().get(key).copied()
    }
}

impl Page {
    pub(super) fn picture(&self) -> &Picture {
        &self.0.picture
    }

    /// Draws what is dirty, or everything where the reader has chosen something else.
    pub(super) fn draw_picture(&self, cluster: &mut Cluster, now: Timestamp) {
        let mut choice = self.apply_choice(cluster, now);
        let is_just_filtered = self.filter_slice(cluster, now);
        if is_just_filtered {
            choice.is_arranged |= self.state().with_untracked(|state| state.hides);
        }
        let dirty = cluster.take_dirty();
        let is_new_second = self.0.picture.looked.replace(now) != now;
        let follows_pods = self.state().with_untracked(arrange::follows_pods);
        let is_moved = dirty.order_changed || self.is_moved(cluster, &dirty.places);
        if choice.is_arranged || is_moved || (is_new_second && follows_pods) {
            self.arrange(cluster, now);
        } else if self.has_outgrown(cluster, &dirty.places) || self.has_another_size(cluster) {
            self.lay_out(cluster, now);
        }
        if choice.is_drawn {
            self.redraw(cluster, now);
        } else {
            self.draw(cluster, &dirty.places, now);
        }
        // Half of a cluster in another light tells nothing, and to paint it anew takes as long as to filter a third of it.
        if cluster.is_filtered() {
            let everything = choice.is_arranged || choice.is_drawn || is_just_filtered;
            self.draw_map(cluster, &dirty, everything);
        }
        if is_new_second {
            self.refresh_headings(cluster);
            self.refresh_spread(cluster);
            self.refresh_brush(cluster, now);
        }
    }

    /// Tells the cluster what the reader has chosen, and says what differs from before.
    fn apply_choice(&self, cluster: &mut Cluster, now: Timestamp) -> Choice {
        let picture = &self.0.picture;
        let state = self.state().get_untracked();
        let old = picture.applied.replace(Some(state.clone()));
        if old.as_ref() == Some(&state) {
            return Choice::default();
        }
        let mut choice = Choice {
            is_arranged: old.as_ref().is_none_or(|old| !is_arranged_alike(old, &state)),
            // The image of the map has the colours of the theme in it.
            is_drawn: old.is_none_or(|old| old.theme != state.theme),
        };
        if choice.is_arranged {
            cluster.show(arrange::place_by(&state.group));
            picture
                .has_tray
                .set(!matches!(state.group, Group::Namespace | Group::Owner));
            self.draw_tray(cluster, &mut 0);
            self.touch(Part::Map);
        }
        let query = self.query();
        if *picture.query.borrow() != query {
            picture.query.replace(query.clone());
            cluster.set_filter(query.map(Filter::new));
            self.filter_seen(cluster);
            choice.is_drawn = true;
        }
        choice.is_drawn |= self.update_brush(cluster, now);
        choice
    }

    /// Whether the cluster's filter is that of a query.
    pub(super) fn is_applied(&self, query: Option<&Rc<Query>>) -> bool {
        self.0.picture.query.borrow().as_ref() == query
    }

    /// Has the filter asked about the boxes that are seen before others, so that whoever types waits for no other.
    fn filter_seen(&self, cluster: &mut Cluster) {
        let picture = &self.0.picture;
        if picture.map_block.get().is_some() {
            // All of them are seen.
            return;
        }
        let (top, height) = picture.seen.get();
        let seen = picture.layout.borrow().visible(top, top + height);
        cluster.filter_first(picture.boxes.borrow().get(seen).into_iter().flatten());
    }

    /// Asks the filter for a while, and sees to it that the rest comes after the next frame. Whether that was the end of it.
    fn filter_slice(&self, cluster: &mut Cluster, now: Timestamp) -> bool {
        if cluster.is_filtered() {
            return false;
        }
        let end = dom::milliseconds() + FILTER_SLICE.as_secs_f64() * 1e3;
        cluster.filter_some(now, || dom::milliseconds() >= end);
        if !cluster.is_filtered() {
            self.filter_later();
        }
        cluster.is_filtered()
    }

    fn filter_later(&self) {
        if self.0.picture.filtering.replace(true) {
            return;
        }
        let page = self.clone();
        dom::after_frame(move || {
            page.0.picture.filtering.set(false);
            page.commit(page.0.source.now());
        });
    }

    /// The brush of the reader's choice; whether it is another than before.
    fn update_brush(&self, cluster: &Cluster, now: Timestamp) -> bool {
        let picture = &self.0.picture;
        let focused = picture.focused.borrow().clone();
        let brush = self.state().with_untracked(|state| Brush {
            hides: state.hides,
            colour: state.colour,
            now: if matches!(state.colour, Colour::Age) {
                now
            } else {
                Timestamp(0)
            },
            spotlight: focused
                .or_else(|| state.selected.clone())
                .and_then(|subject| match subject {
                    Subject::Pod(key) => cluster.pod(&key).map(|(_, _, pod)| Spotlight::of(pod)),
                    Subject::Node(_) => None,
                }),
        });
        let is_other = *picture.brush.borrow() != brush;
        if is_other {
            picture.brush.replace(brush);
            self.refresh_spread(cluster);
            self.refresh_legend(cluster);
        }
        is_other
    }

    /// What time and usage make of the colours.
    fn refresh_brush(&self, cluster: &mut Cluster, now: Timestamp) {
        let is_filtered = self.picture().query.borrow().is_some();
        let is_large = cluster.totals().pods.total() as usize > MAX_WHOLE_PODS;
        // Not before the last round is over: one that takes longer would never come to its end.
        if is_filtered && cluster.is_filtered() && (!is_large || now.0 % SELDOM == 0) {
            cluster.doubt_filter();
            self.filter_later();
        }
        if !is_large || now.0 % SELDOM == 0 {
            self.refresh_legend(cluster);
        }
        let is_measured = matches!(
            self.picture().brush.borrow().colour,
            Colour::Cpu | Colour::Memory | Colour::Age
        );
        if self.update_brush(cluster, now) || is_measured {
            self.redraw(cluster, now);
            self.draw_map(cluster, &Dirty::default(), true);
        }
    }

    /// Puts the pods of a workload into the light, or none.
    pub(super) fn spotlight(&self, subject: Option<Subject>) {
        self.0.picture.focused.replace(subject);
        // Not now: the focus also moves where a block is taken away, and then the cluster is being visited.
        let page = self.clone();
        dom::after(0, move || page.follow_spotlight());
    }

    fn follow_spotlight(&self) {
        let now = self.0.source.now();
        self.0.source.with_cluster(&mut |cluster| {
            if self.update_brush(cluster, now) {
                self.redraw(cluster, now);
                self.draw_map(cluster, &Dirty::default(), true);
            }
        });
    }

    fn refresh_legend(&self, cluster: &Cluster) {
        let picture = &self.0.picture;
        let brush = picture.brush.borrow();
        let light = Light {
            colour: brush.colour,
            usage: cluster.usage(),
            now: self.0.source.now(),
        };
        let legend = Legend::of(cluster.pods().map(|pod| &**pod), &light);
        if replace_if_changed(&picture.legend, legend) {
            self.touch(Part::Legend);
        }
    }

    fn refresh_spread(&self, cluster: &Cluster) {
        let picture = &self.0.picture;
        let spread = picture.brush.borrow().spotlight.as_ref().and_then(|spotlight| {
            let spread = Spread::of(cluster, &spotlight.pod)?;
            Some(format!("{}: {}", spread.name, spread.sentence()))
        });
        if replace_if_changed(&picture.spread, spread.unwrap_or_default()) {
            self.touch(Part::Legend);
        }
    }

    // Where boxes stand.

    /// Whether a node went to another section.
    fn is_moved(&self, cluster: &Cluster, places: &[Place]) -> bool {
        let state = self.state();
        let group = state.with_untracked(|state| state.group.clone());
        if matches!(group, Group::None | Group::Namespace | Group::Owner) {
            return false;
        }
        let sections = self.0.picture.sections.borrow();
        places.iter().any(|place| {
            let Some(entry) = cluster.shown().entry(place).filter(|_| place.node_name().is_some()) else {
                return false;
            };
            let title = arrange::title(&group, entry);
            // Sections are few.
            let section = sections.iter().find(|section| section.title == title);
            section.is_none_or(|section| !section.places.contains(place))
        })
    }

    /// Whether a box needs more room than its row has.
    fn has_outgrown(&self, cluster: &Cluster, places: &[Place]) -> bool {
        let picture = &self.0.picture;
        let (index, layout) = (picture.index.borrow(), picture.layout.borrow());
        places.iter().any(|place| {
            let entry = cluster.shown().entry(place);
            let at = index.get(&key(place));
            entry
                .zip(at)
                .is_some_and(|(entry, at)| !layout.fits(*at, entry.pods().slot_count()))
        })
    }

    /// Whether the picture would be a map now and is none, or the other way round.
    fn has_another_size(&self, cluster: &Cluster) -> bool {
        let (zoom, is_kiosk) = self.state().with_untracked(|state| (state.zoom, state.kiosk));
        let picture = self.picture();
        let boxes = picture.boxes.borrow().len();
        // A wall becomes a map when its boxes need more room, and that is noticed as such.
        zoom == Zoom::Auto
            && !is_kiosk
            && boxes > 0
            && picture.is_measured.get()
            && self.is_small(cluster, boxes) == picture.map_block.get().is_some()
    }

    /// Whether the cluster is shown as boxes unless the reader wants otherwise.
    fn is_small(&self, cluster: &Cluster, boxes: usize) -> bool {
        // What is drawn in one way stays so until it is clearly of the other kind.
        let slack = match self.picture().map_block.get().is_some() {
            true => 5,
            false => 6,
        };
        cluster.totals().pods.total() as usize <= MAX_WHOLE_PODS * slack / 6 && boxes <= MAX_WHOLE_BOXES * slack / 6
    }

    /// Decides which boxes there are and in which order, and lays them out.
    fn arrange(&self, cluster: &Cluster, now: Timestamp) {
        let picture = &self.0.picture;
        let is_searching = self.query().is_some();
        let sections = self
            .state()
            .with_untracked(|state| arrange::arrange(cluster, state, is_searching));
        let boxes: Vec<Place> = sections.iter().flat_map(|section| section.places.clone()).collect();
        let index = boxes.iter().enumerate().map(|(index, place)| (key(place), index));
        picture.index.replace(index.collect());
        picture.boxes.replace(boxes);
        picture.sections.replace(sections);
        self.lay_out(cluster, now);
    }

    /// Decides where the boxes stand.
    fn lay_out(&self, cluster: &Cluster, now: Timestamp) {
        let picture = &self.0.picture;
        let slots: Vec<Vec<usize>> = picture
            .sections
            .borrow()
            .iter()
            .map(|section| {
                let entries = section.places.iter().map(|place| cluster.shown().entry(place));
                entries
                    .map(|entry| entry.map_or(0, |entry| entry.pods().slot_count()))
                    .collect()
            })
            .collect();
        let frame = picture.frame.get();
        let boxes = self.boxes_for(&slots, frame);
        let is_measured = picture.is_measured.get();
        let block = is_measured.then(|| self.map_block_for(cluster, &slots, frame, boxes.is_some()));
        let block = block.flatten();
        let metrics = match block {
            Some(block) => Metrics::map(block, typical(&slots)),
            None => boxes.unwrap_or_else(|| Metrics::boxes(frame.lengths)),
        };
        picture.layout.replace(Layout::new(&slots, frame.width, metrics));
        picture.map_block.set(block);
        picture.height.set(picture.layout.borrow().height());
        self.forget_painting();
        self.touch(Part::Map);
        self.refresh_headings(cluster);
        self.show_visible(cluster, now);
    }

    /// The lengths of boxes; `None` on a wall on which they do not fit. There, what became narrower stays so in the same frame:
    /// boxes that change their width cannot be followed.
    fn boxes_for(&self, slots: &[Vec<usize>], frame: Frame) -> Option<Metrics> {
        if !self.state().with_untracked(|state| state.kiosk) {
            return Some(Metrics::boxes(frame.lengths));
        }
        let narrowed = &self.0.picture.narrowed;
        let before = narrowed
            .get()
            .filter(|(of, _)| *of == frame)
            .map_or(0, |(_, step)| step);
        let fits = |metrics: Metrics| Layout::new(slots, frame.width, metrics).height() <= frame.height;
        let steps = Metrics::wall_boxes(frame.lengths);
        let step = (before..steps.len()).find(|step| fits(steps[*step]))?;
        narrowed.set(Some((frame, step)));
        Some(steps[step])
    }

    /// From one block of the map to the next; `None` for boxes, which may not fit.
    fn map_block_for(&self, cluster: &Cluster, slots: &[Vec<usize>], frame: Frame, boxes_fit: bool) -> Option<u8> {
        let picture = &self.0.picture;
        let (zoom, is_kiosk) = self.state().with_untracked(|state| (state.zoom, state.kiosk));
        let boxes: usize = slots.iter().map(Vec::len).sum();
        match zoom {
            Zoom::Boxes => return None,
            Zoom::Map(block) => return Some(block),
            Zoom::Auto if boxes == 0 => return None,
            Zoom::Auto => {}
        }
        let is_small = if is_kiosk {
            boxes_fit
        } else {
            self.is_small(cluster, boxes)
        };
        if is_small {
            return None;
        }
        // What fitted stays until there is clearly more or less to fit: a map that changes its scale cannot be followed.
        let all: usize = slots.iter().flatten().map(|slots| slots + 1).sum();
        // On a wall nobody scrolls: there it has to fit.
        let fits =
            |block| Layout::new(slots, frame.width, Metrics::map(block, typical(slots))).height() <= frame.height;
        let fitted = picture.fitted.get().filter(|(block, fitted_slots, fitted_frame)| {
            *fitted_frame == frame && all.abs_diff(*fitted_slots) * 10 <= *fitted_slots && (!is_kiosk || fits(*block))
        });
        let (block, ..) = fitted.unwrap_or_else(|| {
            let pitches = if is_kiosk { Zoom::WALL_PITCH } else { Zoom::MAP_PITCH };
            let block = fitting_block(slots, frame.width, frame.height, typical(slots), pitches);
            (block, all, frame)
        });
        if fitted.is_none() {
            picture.fitted.set(Some((block, all, frame)));
        }
        Some(block)
    }

    fn refresh_headings(&self, cluster: &Cluster) {
        let picture = &self.0.picture;
        let (sections, layout) = (picture.sections.borrow(), picture.layout.borrow());
        let headings = layout.headings().iter().map(|heading| PlacedHeading {
            top: heading.top,
            heading: arrange::heading(cluster, &sections[heading.section]),
        });
        if replace_if_changed(&picture.headings, headings.collect()) {
            self.touch(Part::Map);
        }
    }

    /// Makes elements of the boxes near the window, of the others of a small cluster a few at a time, and lets the others of a
    /// large one go.
    fn show_visible(&self, cluster: &Cluster, now: Timestamp) {
        let picture = &self.0.picture;
        let (boxes, layout) = (picture.boxes.borrow(), picture.layout.borrow());
        let is_map = picture.map_block.get().is_some();
        let is_whole = cluster.totals().pods.total() as usize <= MAX_WHOLE_PODS && boxes.len() <= MAX_WHOLE_BOXES;
        let (near, range) = if is_map || !picture.is_measured.get() {
            (0..0, 0..0)
        } else {
            let (top, height) = if is_whole { picture.seen.get() } else { self.window() };
            let near = layout.visible(top - height, top + 2.0 * height);
            let range = if is_whole { 0..boxes.len() } else { near.clone() };
            (near, range)
        };
        let mut cards = picture.cards.borrow_mut();
        let mut keys = Vec::with_capacity(range.len());
        let (mut is_unshown, mut room) = (false, MAX_NEW_BOXES);
        for index in range {
            let (place, Some(rect)) = (&boxes[index], layout.rect(index)) else {
                continue;
            };
            let key = key(place);
            match cards.get(&key) {
                Some(handle) => {
                    handle.place(rect);
                }
                None if room == 0 && !near.contains(&index) => {
                    is_unshown = true;
                    continue;
                }
                None => {
                    let Some(entry) = cluster.shown().entry(place) else {
                        continue;
                    };
                    if !near.contains(&index) {
                        room -= 1;
                    }
                    let handle = CardHandle {
                        place: place.clone(),
                        card: RefCell::new(Card::of(cluster, entry, now)),
                        rect: Cell::default(),
                        blocks: RefCell::default(),
                        drawing: Drawing::new(map::CARD),
                        is_waiting: Cell::new(false),
                    };
                    handle.begin(&key);
                    handle.place(rect);
                    cards.insert(key.clone(), Rc::new(handle));
                    picture.undrawn.borrow_mut().push_back(key.clone());
                }
            }
            keys.push(key);
        }
        if cards.len() > keys.len() {
            let kept: hashbrown::HashSet<&str> = keys.iter().map(String::as_str).collect();
            cards.retain(|key, _| kept.contains(key.as_str()));
        }
        drop(cards);
        picture.unshown.set(is_unshown);
        if replace_if_changed(&picture.shown, keys) {
            self.touch(Part::Map);
        }
        self.continue_drawing();
    }

    /// The part of the picture that is seen: from where, and how much. Costs a layout of the page where something has changed.
    pub(super) fn window(&self) -> (f64, f64) {
        let height = dom::window()
            .inner_height()
            .ok()
            .and_then(|it| it.as_f64())
            .unwrap_or(0.0);
        let root = self.0.picture.root.borrow();
        let top = root.as_ref().map_or(0.0, |root| -root.get_bounding_client_rect().top());
        self.0.picture.seen.set((top, height));
        (top, height)
    }

    /// Takes the element that the boxes are to be children of.
    pub(super) fn attach_picture(&self, root: &Element) {
        let Some(root) = root.dyn_ref::<HtmlElement>() else {
            return;
        };
        self.0.picture.root.replace(Some(root.clone()));
        // Not within the observer's own turn, which the browser reports as an error; right after the frame, because then to
        // measure costs no layout.
        let page = self.clone();
        let resized: Closure<dyn Fn()> = Closure::new(move || {
            let page = page.clone();
            dom::after(0, move || page.measure());
        });
        // Fails only for a callback that is no function; without it the picture keeps its first width.
        if let Ok(observer) = ResizeObserver::new(resized.into_js_value().unchecked_ref()) {
            observer.observe(root);
            std::mem::forget(observer);
        }
        let page = self.clone();
        let moved: Closure<dyn Fn()> = Closure::new(move || page.follow_window());
        let _ = dom::window().add_event_listener_with_callback("scroll", moved.into_js_value().unchecked_ref());
        let page = self.clone();
        let resized: Closure<dyn Fn()> = Closure::new(move || {
            page.measure();
            page.follow_window();
        });
        let _ = dom::window().add_event_listener_with_callback("resize", resized.into_js_value().unchecked_ref());
    }

    /// How high the picture can be without scrolling, in CSS pixels.
    fn room(&self) -> f64 {
        let (top, height) = self.window();
        let root = self.0.picture.root.borrow();
        let wall = root.as_ref().filter(|_| self.is_kiosk());
        match wall.and_then(|root| root.closest(".map").ok()?) {
            // What stands below leaves this room, whatever stands above. Whole pixels: the place of the picture drifts.
            Some(map) => (map.get_bounding_client_rect().bottom() + top - BELOW_ON_WALL * dom::lengths().rem).floor(),
            None => height + top - dom::scroll_top() - BELOW,
        }
    }

    /// Looks how much room there is as soon as there are boxes, and draws the first of them. In tasks of their own: to lay the
    /// page out in order to measure it takes as long as to draw them.
    pub(super) fn measure_first(&self) {
        let picture = self.picture();
        let is_due = !picture.is_measured.get() && self.0.liveness.scene.borrow().has_boxes();
        if !is_due || picture.is_measuring.replace(true) {
            return;
        }
        let page = self.clone();
        dom::after(0, move || {
            let frame = page.look();
            dom::after(0, move || {
                page.0.picture.is_measuring.set(false);
                if let Some(frame) = frame {
                    page.fill(frame);
                }
            });
        });
    }

    /// Looks how much room there is, and lays out anew if it is another.
    pub(super) fn measure(&self) {
        if let Some(frame) = self.look() {
            self.fill(frame);
        }
    }

    /// How much room there is; `None` while nothing is shown that could be measured. Costs a layout of the page.
    fn look(&self) -> Option<Frame> {
        let root = self.0.picture.root.borrow();
        let width = f64::from(root.as_ref()?.client_width());
        drop(root);
        (width > 0.0).then(|| Frame {
            width,
            height: self.room().max(240.0),
            lengths: dom::lengths(),
        })
    }

    /// Lays out anew if there is another room than before.
    fn fill(&self, frame: Frame) {
        let picture = &self.0.picture;
        let is_first = !picture.is_measured.replace(true);
        if picture.frame.replace(frame) != frame || is_first {
            let now = self.0.source.now();
            self.0.source.with_cluster(&mut |cluster| {
                self.lay_out(cluster, now);
                self.draw_map(cluster, &Dirty::default(), true);
            });
        }
    }

    /// The window was moved or has another size.
    fn follow_window(&self) {
        self.window();
        let now = self.0.source.now();
        self.0.source.with_cluster(&mut |cluster| {
            self.show_visible(cluster, now);
            self.draw_map(cluster, &Dirty::default(), true);
        });
    }

    /// Where a pod or a node stands in the layout: its box, and its slot there.
    pub(super) fn locate(&self, cluster: &Cluster, subject: &Subject) -> Option<(usize, Option<usize>)> {
        let (place, slot) = match subject {
            Subject::Node(name) => (Place::Node(name.clone()), None),
            Subject::Pod(key) => {
                let (entry, slot, _) = cluster.shown().pod(key)?;
                (entry.place().clone(), Some(slot))
            }
        };
        let index = *self.0.picture.index.borrow().get(&key(&place))?;
        Some((index, slot))
    }

    /// Moves the window so that a part of the layout is in it.
    pub(super) fn scroll_to(&self, rect: Rect) {
        let (top, height) = self.window();
        let (above, below) = (rect.top - top, rect.top + rect.height - top - height);
        if above < MARGIN || below > -MARGIN {
            let target = dom::scroll_top() + above - (height - rect.height) / 2.0;
            dom::window().scroll_to_with_x_and_y(0.0, target.max(0.0));
            self.follow_window();
        }
    }

    // What is in the boxes.

    /// Draws the blocks and words of places that changed.
    fn draw(&self, cluster: &Cluster, places: &[Place], now: Timestamp) {
        let picture = &self.0.picture;
        let pods = cluster.totals().pods.total();
        let jumped = pods.abs_diff(picture.pods_drawn.replace(pods)) as usize > MAX_MOVING_BLOCKS;
        // A list that has just arrived is no news of each of its pods, and where everything moves, movement tells nothing.
        let is_much = jumped || places.len() > MAX_MOVING_BLOCKS;
        let mut movements = if is_much { 0 } else { self.movements_left() };
        for place in places {
            if *place == Place::Unscheduled {
                self.draw_tray(cluster, &mut movements);
            } else {
                self.put_off(place);
            }
        }
        self.draw_changed(cluster, dom::milliseconds() + DRAWING_SLICE_MS, &mut movements, now);
        self.continue_sweeping();
        self.continue_drawing();
    }

    /// Notes that a box has changed, if it is an element.
    fn put_off(&self, place: &Place) {
        let key = key(place);
        if self.card(&key).is_some_and(|handle| !handle.is_waiting.replace(true)) {
            self.0.picture.changed.borrow_mut().push_back(key);
        }
    }

    /// Draws boxes that have changed until the time is over: however much changes, a frame is not held up by it, and no box
    /// waits for longer than all the others take.
    fn draw_changed(&self, cluster: &Cluster, end: f64, movements: &mut usize, now: Timestamp) {
        let picture = &self.0.picture;
        while dom::milliseconds() < end {
            let Some(key) = picture.changed.borrow_mut().pop_front() else {
                break;
            };
            let Some(handle) = self.card(&key) else { continue };
            handle.is_waiting.set(false);
            if let Some(entry) = cluster.shown().entry(&handle.place) {
                self.draw_card(&handle, cluster, entry, movements, now);
            }
        }
    }

    /// Draws everything that is an element, without movement: at once what is seen, and slice by slice the blocks of the other
    /// boxes, so that whoever types or presses something waits for nothing that is not seen.
    fn redraw(&self, cluster: &Cluster, now: Timestamp) {
        let picture = &self.0.picture;
        self.draw_tray(cluster, &mut 0);
        let (top, height) = picture.seen.get();
        let seen = picture.layout.borrow().visible(top, top + height);
        let mut later = VecDeque::new();
        for key in &*picture.shown.borrow() {
            let Some(handle) = self.card(key) else { continue };
            let Some(entry) = cluster.shown().entry(&handle.place) else {
                continue;
            };
            let is_seen = picture.index_of(key).is_some_and(|index| seen.contains(&index));
            match (is_seen, handle.blocks.borrow().is_drawn()) {
                (true, true) => {}
                (true, false) => later.push_front(key.clone()),
                (false, _) => later.push_back(key.clone()),
            }
            if is_seen {
                self.draw_card(&handle, cluster, entry, &mut 0, now);
            } else {
                handle.show(Card::of(cluster, entry, now));
            }
        }
        picture.undrawn.replace(later);
        // What is seen first: whatever runs before the frame delays it.
        let page = self.clone();
        dom::after_frame(move || page.continue_drawing());
    }

    /// Where there is no tray, its pods are in boxes: a second block of each would be found in place of the one that is seen.
    fn draw_tray(&self, cluster: &Cluster, movements: &mut usize) {
        let picture = &self.0.picture;
        if replace_if_changed(&picture.tray, Tray::of(cluster)) {
            self.touch(Part::Map);
        }
        let brush = picture.brush.borrow();
        let mut blocks = picture.tray_blocks.borrow_mut();
        let none = Slots::default();
        let pods = match picture.has_tray.get() {
            true => cluster.unscheduled().pods(),
            false => &none,
        };
        blocks.draw(pods, (&brush, cluster.usage()), movements);
    }

    fn draw_card(&self, handle: &CardHandle, cluster: &Cluster, entry: &Entry, movements: &mut usize, now: Timestamp) {
        handle.show(Card::of(cluster, entry, now));
        let mut blocks = handle.blocks.borrow_mut();
        if blocks.is_drawn() {
            let brush = self.0.picture.brush.borrow();
            blocks.draw(entry.pods(), (&brush, cluster.usage()), movements);
        }
    }

    /// What changes with the clock alone.
    pub(super) fn tick_cards(&self, cluster: &Cluster, now: Timestamp) {
        for handle in self.0.picture.cards.borrow().values() {
            let entry = cluster.shown().entry(&handle.place);
            if let Some(entry) = entry.filter(|entry| card::ticks(entry)) {
                handle.show(Card::of(cluster, entry, now));
            }
        }
    }

    pub(super) fn card(&self, key: &str) -> Option<Rc<CardHandle>> {
        self.0.picture.cards.borrow().get(key).cloned()
    }

    /// Whether all boxes that are elements are drawn as they are.
    fn is_drawn(&self) -> bool {
        let picture = &self.0.picture;
        picture.changed.borrow().is_empty() && picture.undrawn.borrow().is_empty()
    }

    /// Whether drawings are left to do.
    pub(super) fn is_drawing(&self) -> bool {
        let picture = &self.0.picture;
        let is_awaited = [
            &picture.is_measuring,
            &picture.drawing,
            &picture.filtering,
            &picture.unshown,
        ];
        is_awaited.into_iter().any(Cell::get) || !self.is_drawn()
    }

    /// Whether a block that moved at that time still does.
    pub(super) fn is_moving_since(&self, time: f64) -> bool {
        self.next_rest()
            .is_some_and(|rest| rest <= time + f64::from(super::blocks::MOTION_MS))
    }

    fn visit_grids(&self, mut visit: impl FnMut(&RefCell<BlockGrid>)) {
        visit(&self.0.picture.tray_blocks);
        for handle in self.0.picture.cards.borrow().values() {
            visit(&handle.blocks);
        }
    }

    /// When the next movement ends, in milliseconds since the page was opened.
    fn next_rest(&self) -> Option<f64> {
        let mut next: Option<f64> = None;
        self.visit_grids(|grid| {
            if let Some(rest) = grid.borrow().next_rest() {
                next = Some(next.map_or(rest, |next| next.min(rest)));
            }
        });
        next
    }

    /// How many more blocks may begin to move.
    fn movements_left(&self) -> usize {
        if !dom::wants_motion() {
            return 0;
        }
        let mut moving = 0;
        self.visit_grids(|grid| moving += grid.borrow().moving_count());
        MAX_MOVING_BLOCKS.saturating_sub(moving)
    }

    /// Draws what is still to be drawn, a slice after each frame, so that thousands of blocks block nothing: neither this
    /// program nor the browser, which lays out and paints what a slice has drawn.
    fn continue_drawing(&self) {
        let picture = &self.0.picture;
        if (self.is_drawn() && !picture.unshown.get()) || picture.drawing.replace(true) {
            return;
        }
        let page = self.clone();
        dom::after_frame(move || {
            page.0.picture.drawing.set(false);
            page.draw_slice();
            page.continue_drawing();
        });
    }

    /// Draws at once what is left to draw near the window.
    pub(super) fn draw_pending(&self) {
        self.draw_until(f64::INFINITY);
    }

    fn draw_slice(&self) {
        if self.is_drawn() {
            let now = self.0.source.now();
            self.0
                .source
                .with_cluster(&mut |cluster| self.show_visible(cluster, now));
        }
        self.draw_until(dom::milliseconds() + DRAWING_SLICE_MS);
    }

    fn draw_until(&self, end: f64) {
        let picture = &self.0.picture;
        let now = self.0.source.now();
        self.0.source.with_cluster(&mut |cluster| {
            self.draw_changed(cluster, end, &mut 0, now);
            while dom::milliseconds() < end {
                let Some(key) = picture.undrawn.borrow_mut().pop_front() else {
                    break;
                };
                let Some(handle) = self.card(&key) else { continue };
                if let Some(entry) = cluster.shown().entry(&handle.place) {
                    let brush = picture.brush.borrow();
                    let mut blocks = handle.blocks.borrow_mut();
                    blocks.draw(entry.pods(), (&brush, cluster.usage()), &mut 0);
                }
            }
        });
        self.0.roving.repair();
    }

    /// Removes blocks that have left, once their movement has ended.
    fn continue_sweeping(&self) {
        let Some(rest) = self.next_rest() else { return };
        if self.0.picture.sweeping.replace(true) {
            return;
        }
        let page = self.clone();
        let wait = (rest - dom::milliseconds()).max(super::SWEEP_MS);
        // At most the length of a movement.
        dom::after(wait.ceil() as i32, move || {
            page.0.picture.sweeping.set(false);
            let now = dom::milliseconds();
            page.visit_grids(|grid| grid.borrow_mut().sweep(now));
            page.continue_sweeping();
        });
    }

    /// Where the picture is in the window.
    pub(super) fn root_rect(&self) -> Option<Rect> {
        let root = self.0.picture.root.borrow();
        let rect = root.as_ref()?.get_bounding_client_rect();
        Some(Rect {
            left: rect.left(),
            top: rect.top(),
            width: rect.width(),
            height: rect.height(),
        })
    }

    pub(super) fn frame_width(&self) -> f64 {
        self.0.picture.frame.get().width
    }

    pub(super) fn with_layout<T>(&self, look: impl FnOnce(&Layout, &[Place]) -> T) -> T {
        look(&self.0.picture.layout.borrow(), &self.0.picture.boxes.borrow())
    }
}

/// How often everything is looked at in a large cluster, in seconds: ages grow, nodes change their labels.
const SELDOM: i64 = 10;

/// Room below the picture that the map leaves free, in CSS pixels: the legend.
const BELOW: f64 = 64.0;

/// The same on a wall, in sizes of the type: `.map` has that much below.
const BELOW_ON_WALL: f64 = 0.5;

/// How near to the edge of the window something may be and still count as seen, in CSS pixels.
const MARGIN: f64 = 48.0;

/// What another choice of the reader's makes of the picture.
#[derive(Clone, Copy, Default)]
struct Choice {
    /// Other boxes, or boxes in other places.
    is_arranged: bool,
    /// Other blocks in them.
    is_drawn: bool,
}

/// Whether two choices lead to the same boxes in the same places.
fn is_arranged_alike(old: &ViewState, new: &ViewState) -> bool {
    let arranged = |state: &ViewState| ViewState {
        // What does not match loses its box only where it is hidden.
        query: if state.hides {
            state.query.clone()
        } else {
            String::new()
        },
        group: state.group.clone(),
        sort: state.sort,
        zoom: state.zoom,
        hides: state.hides,
        kiosk: state.kiosk,
        ..ViewState::default()
    };
    arranged(old) == arranged(new)
}

/// How many blocks most boxes have room for: the third quartile.
fn typical(slots: &[Vec<usize>]) -> usize {
    let mut all: Vec<usize> = slots.iter().flatten().copied().collect();
    if all.is_empty() {
        return 0;
    }
    let at = all.len() * 3 / 4;
    *all.select_nth_unstable(at).1
}
