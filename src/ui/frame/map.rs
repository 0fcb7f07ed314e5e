//! The map: the whole cluster as one image, and the cursor on it.
//!
//! Pixels are painted here, from the same layout as the boxes; `cluster::cluster_map` puts them on its
//! canvas.

use leptos::prelude::*;

use super::{
    Frame,
    nodes::{Advanced, Nodes},
};
use crate::{
    cluster::{Cluster, Dirty, Place},
    limits::MAX_SINGLE_PAINTINGS,
    ui::{
        pointing::{Anchor, Target},
        signals::{MapSignals, Piece, put},
        viewport::Viewport,
    },
    view::{
        format::counted,
        layout::{Hit, Layout},
        navigate::{Direction, Rect},
        paint::{Palette, Sheet, View, paint_box},
        state::{Subject, Zoom},
    },
};

/// What was painted last.
#[derive(Default)]
pub(super) struct Painter {
    /// Where in the layout it began, and how many pixels stood for one of CSS.
    painted: Option<(f64, f64)>,
    palette: Option<Palette>,
    /// The block that the keyboard or the pointer is at, and what stands there: the cursor stays with it where boxes move.
    cursor: Option<(Hit, Subject)>,
}

impl Painter {
    /// Paints what changed, or everything that is seen.
    pub(super) fn paint(
        &mut self,
        signals: MapSignals,
        nodes: &Nodes,
        cluster: &Cluster,
        viewport: Viewport,
        advanced: &Advanced,
    ) {
        let palette = signals.palette.get_untracked();
        if nodes.arrangement().map_block().is_none() || palette.is_none() {
            self.painted = None;
            return;
        }
        if !advanced.is_filtered {
            return;
        }
        let is_new = advanced.is_everything || self.palette != palette || self.painted.is_none();
        let Dirty {
            places, order_changed, ..
        } = &advanced.dirty;
        if is_new || *order_changed || places.len() > MAX_SINGLE_PAINTINGS {
            self.paint_all(signals, nodes, cluster, viewport);
        } else if let (Some(painted), Some(palette)) = (self.painted, &palette) {
            for place in places {
                if let Some(piece) = paint_place(nodes, cluster, palette, painted, place) {
                    signals.pieces.update(|pieces| pieces.push(piece));
                }
            }
        }
    }

    /// Paints everything that is seen.
    pub(super) fn paint_all(&mut self, signals: MapSignals, nodes: &Nodes, cluster: &Cluster, viewport: Viewport) {
        self.palette = signals.palette.get_untracked();
        let Some(palette) = &self.palette else { return };
        let arrangement = nodes.arrangement();
        let Some(room) = arrangement.room().filter(|_| arrangement.map_block().is_some()) else {
            return;
        };
        let layout = arrangement.layout();
        let scale = viewport.scale();
        let (top, height) = viewport.window();
        let whole = layout.height();
        let height = height.min(whole).max(1.0);
        let top = top.clamp(0.0, (whole - height).max(0.0));
        // Saturating casts; a window has some thousands of pixels.
        let (width, rows) = ((room.width * scale) as usize, (height * scale).ceil() as usize);
        let mut sheet = Sheet::new(width, rows, palette.ground);
        let view = View { left: 0.0, top, scale };
        for index in layout.visible(top, top + height) {
            if let Some(entry) = cluster.shown().entry(&arrangement.boxes()[index]) {
                paint_box(
                    &mut sheet,
                    layout,
                    index,
                    (cluster, entry),
                    (nodes.brush(), palette),
                    view,
                );
            }
        }
        self.painted = Some((top, scale));
        put(signals.label, label(cluster));
        put(signals.top, top);
        put(signals.canvas_height, height);
        signals.pieces.set(vec![Piece {
            sheet,
            left: 0.0,
            top: 0.0,
            is_whole: true,
        }]);
        self.follow_cursor(signals, nodes, cluster);
    }

    /// Puts the ring where the block of the cursor stands by now.
    fn follow_cursor(&mut self, signals: MapSignals, nodes: &Nodes, cluster: &Cluster) {
        self.cursor = self.cursor.take().and_then(|(_, subject)| {
            let (index, slot) = nodes.arrangement().locate(cluster, &subject)?;
            Some((Hit { index, slot }, subject))
        });
        let found = self.cursor.as_ref();
        let rect = found.and_then(|(hit, _)| Some(subject_at(nodes, cluster, *hit)?.1));
        put(signals.ring, rect.map(ring_around));
    }
}

/// A box, painted anew on whole pixels, so that what is put back lies where it lay.
fn paint_place(
    nodes: &Nodes,
    cluster: &Cluster,
    palette: &Palette,
    (top, scale): (f64, f64),
    place: &Place,
) -> Option<Piece> {
    let entry = cluster.shown().entry(place)?;
    let layout = nodes.arrangement().layout();
    let index = nodes.arrangement().index_of(place)?;
    let rect = layout.rect(index)?;
    let (left, upper) = ((rect.left * scale).floor(), ((rect.top - top) * scale).floor());
    let size = |length: f64| (length * scale).ceil() as usize + 1;
    if upper + rect.height * scale < 0.0 {
        return None;
    }
    let mut sheet = Sheet::new(size(rect.width), size(rect.height), palette.ground);
    let view = View {
        left: left / scale,
        top: top + upper / scale,
        scale,
    };
    paint_box(
        &mut sheet,
        layout,
        index,
        (cluster, entry),
        (nodes.brush(), palette),
        view,
    );
    Some(Piece {
        sheet,
        left,
        top: upper,
        is_whole: false,
    })
}

fn label(cluster: &Cluster) -> String {
    let totals = cluster.totals();
    format!(
        "Map of {} and {}. Arrow keys move from pod to pod, Enter shows the box of a pod, plus and minus zoom.",
        counted(u64::from(totals.nodes.total()), "node", "nodes"),
        counted(u64::from(totals.pods.total()), "pod", "pods"),
    )
}

/// The pod in a slot, or the node of a box, and where it is drawn.
fn subject_at(nodes: &Nodes, cluster: &Cluster, hit: Hit) -> Option<(Subject, Rect)> {
    let layout = nodes.arrangement().layout();
    let entry = cluster.shown().entry(nodes.arrangement().boxes().get(hit.index)?)?;
    let pod = hit.slot.and_then(|slot| Some((slot, entry.pods().get(slot)?)));
    match pod {
        Some((slot, pod)) => Some((Subject::Pod(pod.meta.key.clone()), layout.block_rect(hit.index, slot)?)),
        None => {
            let name = entry.place().node_name()?;
            Some((Subject::Node(name.clone()), layout.rect(hit.index)?))
        }
    }
}

/// The next pod straight on from the cursor.
fn next_hit(nodes: &Nodes, cluster: &Cluster, start: Hit, direction: Direction) -> Option<Hit> {
    let layout = nodes.arrangement().layout();
    let from = layout.block_rect(start.index, start.slot.unwrap_or(0))?;
    let pitch = layout.metrics().pitch();
    let (dx, dy) = match direction {
        Direction::Left => (-pitch, 0.0),
        Direction::Right => (pitch, 0.0),
        Direction::Up => (0.0, -pitch),
        Direction::Down => (0.0, pitch),
    };
    let (mut x, mut y) = (from.left + from.width / 2.0, from.top + from.height / 2.0);
    let is_pod = |hit: &Hit| {
        let entry = nodes.arrangement().boxes().get(hit.index);
        let entry = entry.and_then(|place| cluster.shown().entry(place));
        hit.slot
            .is_some_and(|slot| entry.is_some_and(|entry| entry.pods().get(slot).is_some()))
    };
    let mut walked = 0.0;
    while walked < longest_way(layout, nodes) {
        (x, y) = (x + dx, y + dy);
        walked += pitch;
        let hit = layout.hit(x, y).filter(|hit| *hit != start);
        if let Some(hit) = hit.filter(is_pod) {
            return Some(hit);
        }
    }
    None
}

fn longest_way(layout: &Layout, nodes: &Nodes) -> f64 {
    let width = nodes.arrangement().room().map_or(0.0, |room| room.width);
    layout.height().max(width)
}

fn ring_around(rect: Rect) -> Rect {
    Rect {
        left: rect.left - 2.0,
        top: rect.top - 2.0,
        width: rect.width + 4.0,
        height: rect.height + 4.0,
    }
}

/// The cursor of the map.
impl Frame {
    /// Moves the cursor to what is painted at a point of the layout, or away.
    pub(in crate::ui) fn point_map_at(self, x: f64, y: f64) {
        let hit = self.remember(|memory| memory.nodes.arrangement().layout().hit(x, y));
        self.put_cursor(hit, false);
    }

    /// Takes the cursor from the map.
    pub(in crate::ui) fn leave_map(self) {
        if self.remember(|memory| memory.painter.cursor.is_some()) {
            self.put_cursor(None, false);
        }
    }

    /// Moves the cursor to the next pod in a direction, or to the first that is seen.
    pub(in crate::ui) fn move_cursor(self, direction: Direction) {
        let top = self.viewport.window().0;
        let driver = self.driver();
        let next = self.remember(|memory| {
            let (nodes, mirror) = (&memory.nodes, driver.mirror());
            match memory.painter.cursor {
                Some((start, _)) => next_hit(nodes, mirror.cluster(), start, direction),
                None => {
                    let index = nodes.arrangement().layout().visible(top, f64::INFINITY).start;
                    Some(Hit { index, slot: Some(0) })
                }
            }
        });
        self.go_to(next);
    }

    /// Moves the cursor to the first pod of all.
    pub(in crate::ui) fn move_cursor_home(self) {
        self.go_to(Some(Hit {
            index: 0,
            slot: Some(0),
        }));
    }

    /// Shows what the cursor is at as a box with a heading.
    pub(in crate::ui) fn open_at_cursor(self) {
        let subject = self.remember(|memory| memory.painter.cursor.as_ref().map(|(_, subject)| subject.clone()));
        let Some(subject) = subject else { return };
        self.leave_map();
        self.state.navigate(|state| state.zoom = Zoom::Boxes);
        self.advance();
        leptos::task::spawn_local(self.reveal(subject));
    }

    /// Moves the cursor to a subject.
    pub(super) fn reveal_on_map(self, subject: &Subject) {
        let driver = self.driver();
        let at = self.remember(|memory| {
            let mirror = driver.mirror();
            memory.nodes.arrangement().locate(mirror.cluster(), subject)
        });
        let Some((index, slot)) = at else { return };
        self.signals.map.focus();
        self.go_to(Some(Hit { index, slot }));
    }

    fn go_to(self, hit: Option<Hit>) {
        let Some(hit) = hit else { return };
        let rect = self.remember(|memory| memory.nodes.arrangement().layout().rect(hit.index));
        if let Some(rect) = rect {
            self.scroll_to(rect);
        }
        self.put_cursor(Some(hit), true);
    }

    /// Marks a block and describes it.
    fn put_cursor(self, hit: Option<Hit>, aloud: bool) {
        let driver = self.driver();
        let found = self.remember(|memory| {
            let mirror = driver.mirror();
            let at = hit.and_then(|hit| Some((hit, subject_at(&memory.nodes, mirror.cluster(), hit)?)));
            let is_same = at.is_some() && memory.painter.cursor.as_ref().map(|(hit, _)| *hit) == hit;
            memory.painter.cursor = at.as_ref().map(|(hit, (subject, _))| (*hit, subject.clone()));
            (!is_same).then_some(at)
        });
        let Some(at) = found else { return };
        let map = self.signals.map;
        put(map.ring, at.as_ref().map(|(_, (_, rect))| ring_around(*rect)));
        let Some((_, (subject, rect))) = at else {
            return self.point(None);
        };
        self.point(Some(Target {
            anchor: Anchor::Place(self.viewport.on_screen(rect)),
            subject: subject.clone(),
        }));
        if aloud {
            let words = self.signals.tooltip.content.get_untracked();
            put(map.spoken, words.map(|tooltip| tooltip.sentence()).unwrap_or_default());
            self.highlight(Some(subject));
        }
    }
}
