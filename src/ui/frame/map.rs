//! The map: which pixels are painted again, and the cursor on it.
//!
//! What is painted is a value of [`view::map`](crate::view::map); `cluster::cluster_map` puts it on its canvas.

use leptos::{prelude::*, task::spawn_local};

use super::{
    Frame,
    nodes::{Advanced, Nodes},
};
use crate::{
    browser::pointing::{Anchor, Target},
    cluster::{Cluster, Dirty},
    limits::MAX_SINGLE_PAINTINGS,
    ui::{
        signals::{MapSignals, put},
        viewport::Viewport,
    },
    view::{
        layout::Hit,
        map::{Map, Window, ring_around},
        navigate::Direction,
        paint::Palette,
        state::{Subject, Zoom},
    },
};

/// What was painted last.
#[derive(Default)]
pub(super) struct Painter {
    window: Option<Window>,
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
        if !nodes.arrangement().scale().is_map() || palette.is_none() {
            self.window = None;
            return;
        }
        if !advanced.is_filtered {
            return;
        }
        let Dirty {
            groups, order_changed, ..
        } = &advanced.dirty;
        let is_everything =
            advanced.is_everything || self.palette != palette || *order_changed || groups.len() > MAX_SINGLE_PAINTINGS;
        match (self.window, &palette) {
            (Some(window), Some(palette)) if !is_everything => {
                let map = nodes.map(cluster);
                let pieces = groups
                    .iter()
                    .filter_map(|group_key| map.paint_group(group_key, window, palette));
                let mut pieces: Vec<_> = pieces.collect();
                if !pieces.is_empty() {
                    signals.pieces.update(|all| all.append(&mut pieces));
                }
            }
            _ => self.paint_all(signals, nodes, cluster, viewport),
        }
    }

    /// Paints everything that is seen.
    pub(super) fn paint_all(&mut self, signals: MapSignals, nodes: &Nodes, cluster: &Cluster, viewport: Viewport) {
        self.palette = signals.palette.get_untracked();
        let map = nodes.map(cluster);
        let window = map.window(viewport.window(), viewport.scale());
        let piece = self.palette.as_ref().and_then(|palette| map.paint(window, palette));
        let Some(piece) = piece else { return };
        self.window = Some(window);
        put(signals.label, map.label());
        put(signals.top, window.top);
        put(signals.canvas_height, window.height);
        signals.pieces.set(vec![piece]);
        self.follow_cursor(signals, map);
    }

    /// Puts the ring where the block of the cursor stands by now.
    fn follow_cursor(&mut self, signals: MapSignals, map: Map<'_>) {
        self.cursor = self
            .cursor
            .take()
            .and_then(|(_, subject)| Some((map.hit_of(&subject)?, subject)));
        let found = self.cursor.as_ref().and_then(|(hit, _)| map.subject_at(*hit));
        put(signals.ring, found.map(|(_, rect)| ring_around(rect)));
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
        let next = self.with_map(|map, painter| match painter.cursor {
            Some((start, _)) => map.next_hit(start, direction),
            None => Some(map.first_hit(top)),
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
        spawn_local(self.reveal(subject));
    }

    /// Moves the cursor to a subject.
    pub(super) fn reveal_on_map(self, subject: &Subject) {
        let hit = self.with_map(|map, _| map.hit_of(subject));
        if hit.is_some() {
            self.signals.map.focus();
            self.go_to(hit);
        }
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
        let other = self.with_map(|map, painter| {
            let at = hit.and_then(|hit| Some((hit, map.subject_at(hit)?)));
            let is_same = at.is_some() && painter.cursor.as_ref().map(|(hit, _)| *hit) == hit;
            painter.cursor = at.as_ref().map(|(hit, (subject, _))| (*hit, subject.clone()));
            (!is_same).then_some(at)
        });
        let Some(at) = other else { return };
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

    fn with_map<T>(self, look: impl FnOnce(Map<'_>, &mut Painter) -> T) -> T {
        let driver = self.driver();
        self.remember(|memory| {
            let cache = driver.cache();
            look(memory.nodes.map(cache.cluster()), &mut memory.painter)
        })
    }
}
