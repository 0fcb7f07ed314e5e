//! Which boxes there are and where they stand: the node list as geometry.
//!
//! A new arrangement follows from the cluster, the user's choice, the room and the previous arrangement: boxes that became
//! narrower in kiosk mode stay so, and a map that fits keeps its scale.

use std::ops::Range;

use hashbrown::HashMap;

use crate::{
    cluster::{Cluster, GroupKey},
    limits::{MAX_NAMED_PODS, MAX_WHOLE_BOXES, MAX_WHOLE_PODS},
    view::{
        arrange::{self, Section},
        layout::{Layout, LayoutMetrics, Lengths, fitting_block},
        navigate::Rect,
        state::{ChipSize, Closeness, Group, Subject, ViewState, Zoom},
    },
};

/// The available room, and the lengths of the style sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Of the boxes, in CSS pixels.
    pub width: f64,
    /// Of the window below the upper edge of the boxes, when it is scrolled to its top.
    pub height: f64,
    /// The lengths of the style sheet.
    pub lengths: Lengths,
}

impl Room {
    /// The height before it was measured, in CSS pixels.
    pub const USUAL_HEIGHT: f64 = 640.0;
}

/// A heading and its position.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedHeading {
    /// From the upper edge of the boxes.
    pub top: f64,
    /// What stands in it.
    pub heading: arrange::Heading,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Arrangement {
    sections: Vec<Section>,
    /// All boxes in the order of the layout.
    boxes: Vec<GroupKey>,
    /// The index of each in that order.
    index: HashMap<GroupKey, usize>,
    layout: Layout,
    /// `None` until it was measured. Until then boxes would not stay in their positions.
    room: Option<Room>,
    /// What is shown of them.
    scale: Closeness,
    /// Whether details were open when it was made.
    is_beside_details: bool,
    /// The block that fits, and the slots, boxes and room that it fits.
    fitted: Option<(u8, usize, Room)>,
    /// How narrow boxes became in kiosk mode, and in which room.
    narrowed: Option<(Room, usize)>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self {
            sections: Vec::new(),
            boxes: Vec::new(),
            index: HashMap::new(),
            layout: Layout::new(&[], USUAL_WIDTH, LayoutMetrics::boxes(Lengths::default())),
            room: None,
            scale: Closeness::Boxes,
            is_beside_details: false,
            fitted: None,
            narrowed: None,
        }
    }
}

/// The width before it was measured, in CSS pixels.
const USUAL_WIDTH: f64 = 1_024.0;

impl Arrangement {
    /// Other boxes, or the same ones in another order. `is_searching`: whether the user looks for something.
    #[must_use]
    pub fn arranged(&self, cluster: &Cluster, state: &ViewState, is_searching: bool) -> Self {
        let sections = arrange::arrange(cluster, state, is_searching);
        let boxes: Vec<GroupKey> = sections.iter().flat_map(|section| section.groups.clone()).collect();
        let index = boxes
            .iter()
            .cloned()
            .enumerate()
            .map(|(index, group_key)| (group_key, index));
        let arranged = Self {
            index: index.collect(),
            boxes,
            sections,
            layout: self.layout.clone(),
            ..*self
        };
        arranged.laid_out(cluster, state, self.room)
    }

    /// The same boxes in other places.
    #[must_use]
    pub fn laid_out(self, cluster: &Cluster, state: &ViewState, room: Option<Room>) -> Self {
        let slots = self.slots(cluster);
        let usual = Lengths::default();
        let (width, lengths) = room.map_or((USUAL_WIDTH, usual), |room| (room.width, room.lengths));
        let narrowed = room.and_then(|room| self.narrowed(state, &slots, room));
        let boxes = match (state.kiosk, narrowed) {
            (false, _) => Some(LayoutMetrics::boxes(lengths)),
            (true, narrowed) => narrowed.map(|(room, step)| LayoutMetrics::wall_boxes(room.lengths)[step]),
        };
        let names = room.and_then(|room| self.names(cluster, state, &slots, room));
        let fitted = room.filter(|_| names.is_none());
        let fitted = fitted.and_then(|room| self.fitted(cluster, state, &slots, room, boxes.is_some()));
        let scale = match (state.zoom, names, room) {
            (Zoom::Boxes, ..) => Closeness::Boxes,
            (Zoom::Map(block), _, Some(_)) => Closeness::Map(block),
            (_, Some((size, _)), _) => Closeness::Names(size),
            (Zoom::Auto, ..) => fitted.map_or(Closeness::Boxes, |(block, ..)| Closeness::Map(block)),
            (Zoom::Names | Zoom::Map(_), ..) => Closeness::Boxes,
        };
        let metrics = match (scale, names) {
            (Closeness::Map(block), _) => LayoutMetrics::map(block, typical(&slots)),
            (Closeness::Names(_), Some((_, metrics))) => metrics,
            _ => boxes.unwrap_or_else(|| LayoutMetrics::boxes(lengths)),
        };
        Self {
            layout: Layout::new(&slots, width, metrics),
            room,
            scale,
            is_beside_details: state.selected.is_some(),
            fitted: fitted.or(self.fitted),
            narrowed: narrowed.or(self.narrowed),
            ..self
        }
    }

    /// How many slots each box has, by section.
    fn slots(&self, cluster: &Cluster) -> Vec<Vec<usize>> {
        let slots = |group_key| {
            cluster
                .shown()
                .pod_group(group_key)
                .map_or(0, |pod_group| pod_group.pods().slot_count())
        };
        let sections = self.sections.iter();
        sections
            .map(|section| section.groups.iter().map(slots).collect())
            .collect()
    }

    /// The close-up, where it is chosen or fits.
    fn names(
        &self,
        cluster: &Cluster,
        state: &ViewState,
        slots: &[Vec<usize>],
        room: Room,
    ) -> Option<(ChipSize, LayoutMetrics)> {
        match state.zoom {
            Zoom::Names => {
                let fitting = fitting_names(slots, room, Showing::Already);
                Some(fitting.unwrap_or_else(|| shortest_names(slots, room)))
            }
            Zoom::Auto if may_have_names(cluster) => {
                let showing = match (self.scale.is_names(), &state.selected) {
                    (true, Some(_)) => Showing::BesideDetails,
                    (true, None) => Showing::Already,
                    (false, _) => Showing::NotYet,
                };
                if state.kiosk {
                    // Nobody scrolls there, on a phone either.
                    largest_names(slots, room, room.height * showing.share())
                } else {
                    fitting_names(slots, room, showing)
                }
            }
            _ => None,
        }
    }

    /// How large blocks can be, or how narrow boxes must be, in kiosk mode; `None` if they do not fit. They stay narrow in the
    /// same room: the eye cannot follow boxes that change their width.
    fn narrowed(&self, state: &ViewState, slots: &[Vec<usize>], room: Room) -> Option<(Room, usize)> {
        if !state.kiosk {
            return None;
        }
        let before = self.narrowed.filter(|(of, _)| *of == room).map_or(0, |(_, step)| step);
        let steps = LayoutMetrics::wall_boxes(room.lengths);
        let fits = |step: &usize| Layout::new(slots, room.width, steps[*step]).height() <= room.height;
        let step = (before..steps.len()).find(fits)?;
        Some((room, step))
    }

    /// The block of the map that fits; `None` for boxes. It stays until there is clearly more or less to fit: the eye cannot
    /// follow a map that changes its scale.
    fn fitted(
        &self,
        cluster: &Cluster,
        state: &ViewState,
        slots: &[Vec<usize>],
        room: Room,
        boxes_fit: bool,
    ) -> Option<(u8, usize, Room)> {
        let boxes: usize = slots.iter().map(Vec::len).sum();
        let is_small = if state.kiosk {
            boxes_fit
        } else {
            self.is_small(cluster, boxes)
        };
        if state.zoom != Zoom::Auto || boxes == 0 || is_small {
            return None;
        }
        let all: usize = slots.iter().flatten().map(|slots| slots + 1).sum();
        // Nobody scrolls in kiosk mode: everything must fit.
        let fits = |block| {
            let metrics = LayoutMetrics::map(block, typical(slots));
            Layout::new(slots, room.width, metrics).height() <= room.height
        };
        let before = self.fitted.filter(|(block, slots, of)| {
            *of == room && all.abs_diff(*slots) * 10 <= *slots && (!state.kiosk || fits(*block))
        });
        Some(before.unwrap_or_else(|| {
            let pitches = if state.kiosk { Zoom::WALL_PITCH } else { Zoom::MAP_PITCH };
            let block = fitting_block(slots, room.width, room.height, typical(slots), pitches);
            (block, all, room)
        }))
    }

    /// Whether the cluster is shown as boxes by default. It changes only if the cluster is clearly of the other kind.
    fn is_small(&self, cluster: &Cluster, boxes: usize) -> bool {
        let slack = if self.scale.is_map() { 5 } else { 6 };
        cluster.totals().pods.total() as usize <= MAX_WHOLE_PODS * slack / 6 && boxes <= MAX_WHOLE_BOXES * slack / 6
    }

    /// Whether all boxes exist as elements, and not only those near the window.
    #[must_use]
    pub fn is_whole(&self, cluster: &Cluster) -> bool {
        cluster.totals().pods.total() as usize <= MAX_WHOLE_PODS && self.boxes.len() <= MAX_WHOLE_BOXES
    }

    /// The boxes from `top` to `top + height` of the layout.
    #[must_use]
    pub fn boxes_within(&self, (top, height): (f64, f64)) -> Range<usize> {
        let within = self.layout.visible(top, top + height);
        within.start.min(self.boxes.len())..within.end.min(self.boxes.len())
    }

    /// The boxes near what is seen, and those that are to be elements: all of a small cluster, none of a map or before the
    /// room was measured.
    #[must_use]
    pub fn wanted(&self, cluster: &Cluster, (top, height): (f64, f64)) -> (Range<usize>, Range<usize>) {
        if self.scale.is_map() || self.room.is_none() {
            return (0..0, 0..0);
        }
        let near = self.boxes_within((top - height, 3.0 * height));
        let all = if self.is_whole(cluster) {
            0..self.boxes.len()
        } else {
            near.clone()
        };
        (near, all)
    }

    /// Whether one of these nodes went to another section.
    #[must_use]
    pub fn is_moved(&self, cluster: &Cluster, group: &Group, groups: &[GroupKey]) -> bool {
        if matches!(group, Group::None | Group::Namespace | Group::Owner) {
            return false;
        }
        groups.iter().any(|group_key| {
            let Some(pod_group) = cluster
                .shown()
                .pod_group(group_key)
                .filter(|_| group_key.node_name().is_some())
            else {
                return false;
            };
            let title = arrange::title(group, pod_group);
            // Sections are few.
            let section = self.sections.iter().find(|section| section.title == title);
            section.is_none_or(|section| !section.groups.contains(group_key))
        })
    }

    /// Whether one of these boxes needs more room than its row has.
    #[must_use]
    pub fn is_outgrown(&self, cluster: &Cluster, groups: &[GroupKey]) -> bool {
        groups.iter().any(|group_key| {
            let at = cluster.shown().pod_group(group_key).zip(self.index_of(group_key));
            at.is_some_and(|(pod_group, index)| !self.layout.fits(index, pod_group.pods().slot_count()))
        })
    }

    /// Whether names should become boxes now, or boxes a map; or the other way round. In kiosk mode boxes become a map when
    /// they need more room.
    #[must_use]
    pub fn has_another_size(&self, cluster: &Cluster, state: &ViewState) -> bool {
        let Some(room) = self.room.filter(|_| state.zoom == Zoom::Auto && !self.boxes.is_empty()) else {
            return false;
        };
        if self.is_beside_details && state.selected.is_none() {
            // The details were closed, and the room is about to be another.
            return false;
        }
        // In a large cluster, to look at every box would be done for nothing.
        let names = may_have_names(cluster).then(|| self.names(cluster, state, &self.slots(cluster), room));
        let names = names.flatten();
        names.is_some() != self.scale.is_names()
            || !state.kiosk && names.is_none() && self.is_small(cluster, self.boxes.len()) == self.scale.is_map()
    }

    /// The headings of the sections.
    #[must_use]
    pub fn headings(&self, cluster: &Cluster) -> Vec<PlacedHeading> {
        let headings = self.layout.headings().iter().map(|heading| PlacedHeading {
            top: heading.top,
            heading: arrange::heading(cluster, &self.sections[heading.section]),
        });
        headings.collect()
    }

    /// All boxes in order.
    #[must_use]
    pub fn boxes(&self) -> &[GroupKey] {
        &self.boxes
    }

    /// Where in that order a box is.
    #[must_use]
    pub fn index_of(&self, group_key: &GroupKey) -> Option<usize> {
        self.index.get(group_key).copied()
    }

    /// Where the boxes stand.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The room that it was made for.
    #[must_use]
    pub fn room(&self) -> Option<Room> {
        self.room
    }

    /// Side and gap of the blocks in kiosk mode, in CSS pixels, where they are larger than the style sheet has them.
    #[must_use]
    pub fn enlarged_blocks(&self) -> Option<(f64, f64)> {
        let metrics = self.layout.metrics();
        let is_enlarged = self.scale == Closeness::Boxes && metrics.block > self.room?.lengths.block;
        is_enlarged.then_some((metrics.block, metrics.gap))
    }

    /// What is shown of them.
    #[must_use]
    pub fn scale(&self) -> Closeness {
        self.scale
    }

    /// Where a pod or a node stands: its box, and its slot there.
    #[must_use]
    pub fn locate(&self, cluster: &Cluster, subject: &Subject) -> Option<(usize, Option<usize>)> {
        match subject {
            Subject::Node(name) => Some((self.index_of(&GroupKey::Node(name.clone()))?, None)),
            Subject::Pod(key) => {
                let (pod_group, slot, _) = cluster.shown().pod(key)?;
                Some((self.index_of(pod_group.group_key())?, Some(slot)))
            }
        }
    }

    /// The part of the boxes that a pod or a node takes.
    #[must_use]
    pub fn rect_of(&self, cluster: &Cluster, subject: &Subject) -> Option<Rect> {
        let (index, slot) = self.locate(cluster, subject)?;
        self.layout
            .block_rect(index, slot.unwrap_or(0))
            .or_else(|| self.layout.rect(index))
    }
}

/// Whether a cluster is small enough for the close-up, and known: while it is being listed, names would come and go.
fn may_have_names(cluster: &Cluster) -> bool {
    cluster.are_pods_known() && cluster.totals().pods.total() as usize <= MAX_NAMED_PODS
}

/// Most boxes that stand beside each other in the close-up.
const MAX_NAME_COLUMNS: usize = 6;

/// Whether the close-up is shown, when it is asked whether it fits: it does not come and go with one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// It comes only where some room is left.
    NotYet,
    /// It stays for as long as it fits.
    Already,
    /// Details were opened beside it: it stays, and one scrolls.
    BesideDetails,
}

impl Showing {
    /// How much of the height that there is the close-up may take.
    fn share(self) -> f64 {
        match self {
            Self::NotYet => NAMES_PERCENT / 100.0,
            Self::Already | Self::BesideDetails => 1.0,
        }
    }
}

/// How much of the height that there is the close-up may take before it is shown, in percent.
const NAMES_PERCENT: f64 = 95.0;

/// From this width on, in sizes of the type, a window is no phone.
const PHONE_REMS: f64 = 40.0;

/// How many times as high as the room the close-up may be: names for which one has to scroll say more than blocks in a window
/// that is half empty. A hundred pods of three nodes have names in a window of 1280 by 800 pixels.
const ROOMS: f64 = 2.6;

/// The same on a phone: there is little room below the header, a box is as wide as the window, and who holds it scrolls.
const ROOMS_ON_PHONE: f64 = 16.0;

/// The same where details were opened beside it.
const ROOMS_BESIDE_DETAILS: f64 = 6.0;

/// The close-up with the largest chips with which everything fits the window, in boxes as wide as can be; otherwise the one
/// that takes least of the height; `None` if that is too high.
#[must_use]
pub fn fitting_names(slots: &[Vec<usize>], room: Room, showing: Showing) -> Option<(ChipSize, LayoutMetrics)> {
    let is_phone = room.width < PHONE_REMS * room.lengths.rem;
    let (rooms_of_largest, rooms) = match showing {
        _ if is_phone => (ROOMS_ON_PHONE / 2.0, ROOMS_ON_PHONE),
        Showing::BesideDetails => (ROOMS_BESIDE_DETAILS, ROOMS_BESIDE_DETAILS),
        Showing::NotYet | Showing::Already => (1.0, ROOMS),
    };
    let height = |rooms: f64| room.height * rooms * showing.share();
    largest_names(slots, room, height(rooms_of_largest)).or_else(|| {
        let (size, metrics) = shortest_names(slots, room);
        let is_low = Layout::new(slots, room.width, metrics).height() <= height(rooms);
        let has_boxes = slots.iter().any(|section| !section.is_empty());
        (has_boxes && is_low).then_some((size, metrics))
    })
}

/// The largest chips with which everything fits this height.
fn largest_names(slots: &[Vec<usize>], room: Room, height: f64) -> Option<(ChipSize, LayoutMetrics)> {
    if slots.iter().all(Vec::is_empty) {
        return None;
    }
    names(slots, room).find(|(_, metrics)| Layout::new(slots, room.width, *metrics).height() <= height)
}

/// The close-up that takes least of the height.
fn shortest_names(slots: &[Vec<usize>], room: Room) -> (ChipSize, LayoutMetrics) {
    let height = |metrics: LayoutMetrics| Layout::new(slots, room.width, metrics).height();
    names(slots, room)
        .min_by(|(_, one), (_, other)| height(*one).total_cmp(&height(*other)))
        .unwrap_or_else(|| {
            let size = ChipSize::Compact;
            (size, LayoutMetrics::names(room.lengths, size, room.width))
        })
}

/// The close-ups that there are, the largest first. A box has room for one chip at least.
fn names(slots: &[Vec<usize>], room: Room) -> impl Iterator<Item = (ChipSize, LayoutMetrics)> {
    let boxes = slots.iter().map(Vec::len).max().unwrap_or(0).clamp(1, MAX_NAME_COLUMNS);
    let close_up = move |size: ChipSize, columns: usize| {
        let gaps = (columns - 1) as f64 * 0.75 * room.lengths.rem;
        let width = ((room.width - gaps) / columns as f64).floor();
        let metrics = LayoutMetrics::names(room.lengths, size, width);
        let has_room = columns == 1 || width >= metrics.block + 2.0 * metrics.pad;
        has_room.then_some((size, metrics))
    };
    ChipSize::ALL
        .into_iter()
        .flat_map(move |size| (1..=boxes).filter_map(move |columns| close_up(size, columns)))
}

/// Whether two choices lead to the same boxes in the same positions.
#[must_use]
pub fn is_arranged_alike(old: &ViewState, new: &ViewState) -> bool {
    let arranged = |state: &ViewState| ViewState {
        // Without a match, a box is left out only if it is hidden.
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
