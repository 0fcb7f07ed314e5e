//! Which boxes there are and where they stand: the node list as geometry.
//!
//! A new arrangement follows from the cluster, the user's choice, the room and the previous arrangement: boxes that became
//! narrower in kiosk mode stay so, and a map that fits keeps its scale.

use std::ops::Range;

use hashbrown::HashMap;

use crate::{
    cluster::{Cluster, Place},
    limits::{MAX_WHOLE_BOXES, MAX_WHOLE_PODS},
    view::{
        arrange::{self, Section},
        layout::{Layout, LayoutMetrics, Lengths, fitting_block},
        navigate::Rect,
        state::{Group, Subject, ViewState, Zoom},
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
    boxes: Vec<Place>,
    /// The index of each in that order.
    index: HashMap<Place, usize>,
    layout: Layout,
    /// `None` until it was measured. Until then boxes would not stay in their positions.
    room: Option<Room>,
    /// From one block of the map to the next; `None` while boxes are elements.
    map_block: Option<u8>,
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
            map_block: None,
            fitted: None,
            narrowed: None,
        }
    }
}

/// The width before it was measured, in CSS pixels.
const USUAL_WIDTH: f64 = 1_024.0;

impl Arrangement {
    /// Other boxes, or the same ones in another order. `is_searching`: whether the reader looks for something.
    #[must_use]
    pub fn arranged(&self, cluster: &Cluster, state: &ViewState, is_searching: bool) -> Self {
        let sections = arrange::arrange(cluster, state, is_searching);
        let boxes: Vec<Place> = sections.iter().flat_map(|section| section.places.clone()).collect();
        let index = boxes.iter().cloned().enumerate().map(|(index, place)| (place, index));
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
        let fitted = room.and_then(|room| self.fitted(cluster, state, &slots, room, boxes.is_some()));
        let map_block = match state.zoom {
            Zoom::Boxes => None,
            Zoom::Map(block) => room.map(|_| block),
            Zoom::Auto => fitted.map(|(block, ..)| block),
        };
        let metrics = match map_block {
            Some(block) => LayoutMetrics::map(block, typical(&slots)),
            None => boxes.unwrap_or_else(|| LayoutMetrics::boxes(lengths)),
        };
        Self {
            layout: Layout::new(&slots, width, metrics),
            room,
            map_block,
            fitted: fitted.or(self.fitted),
            narrowed: narrowed.or(self.narrowed),
            ..self
        }
    }

    /// How many slots each box has, by section.
    fn slots(&self, cluster: &Cluster) -> Vec<Vec<usize>> {
        let slots = |place| {
            cluster
                .shown()
                .entry(place)
                .map_or(0, |entry| entry.pods().slot_count())
        };
        let sections = self.sections.iter();
        sections
            .map(|section| section.places.iter().map(slots).collect())
            .collect()
    }

    /// How narrow boxes must be in kiosk mode; `None` if they do not fit. They stay narrow in the same room: the eye cannot
    /// follow boxes that change their width.
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
        let slack = if self.map_block.is_some() { 5 } else { 6 };
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
        if self.map_block.is_some() || self.room.is_none() {
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
    pub fn is_moved(&self, cluster: &Cluster, group: &Group, places: &[Place]) -> bool {
        if matches!(group, Group::None | Group::Namespace | Group::Owner) {
            return false;
        }
        places.iter().any(|place| {
            let Some(entry) = cluster.shown().entry(place).filter(|_| place.node_name().is_some()) else {
                return false;
            };
            let title = arrange::title(group, entry);
            // Sections are few.
            let section = self.sections.iter().find(|section| section.title == title);
            section.is_none_or(|section| !section.places.contains(place))
        })
    }

    /// Whether one of these boxes needs more room than its row has.
    #[must_use]
    pub fn is_outgrown(&self, cluster: &Cluster, places: &[Place]) -> bool {
        places.iter().any(|place| {
            let at = cluster.shown().entry(place).zip(self.index_of(place));
            at.is_some_and(|(entry, index)| !self.layout.fits(index, entry.pods().slot_count()))
        })
    }

    /// Whether boxes should become a map now, or a map boxes. In kiosk mode that happens when boxes need more room.
    #[must_use]
    pub fn has_another_size(&self, cluster: &Cluster, state: &ViewState) -> bool {
        state.zoom == Zoom::Auto
            && !state.kiosk
            && !self.boxes.is_empty()
            && self.room.is_some()
            && self.is_small(cluster, self.boxes.len()) == self.map_block.is_some()
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
    pub fn boxes(&self) -> &[Place] {
        &self.boxes
    }

    /// Where in that order a box is.
    #[must_use]
    pub fn index_of(&self, place: &Place) -> Option<usize> {
        self.index.get(place).copied()
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

    /// From one block of the map to the next; `None` while boxes are elements.
    #[must_use]
    pub fn map_block(&self) -> Option<u8> {
        self.map_block
    }

    /// Where a pod or a node stands: its box, and its slot there.
    #[must_use]
    pub fn locate(&self, cluster: &Cluster, subject: &Subject) -> Option<(usize, Option<usize>)> {
        match subject {
            Subject::Node(name) => Some((self.index_of(&Place::Node(name.clone()))?, None)),
            Subject::Pod(key) => {
                let (entry, slot, _) = cluster.shown().pod(key)?;
                Some((self.index_of(entry.place())?, Some(slot)))
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
