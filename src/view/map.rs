//! The map: the whole cluster as one image, from the same layout as the boxes, and the way of a cursor on it.

use crate::{
    cluster::{Cluster, GroupKey, PodGroup},
    view::{
        arrangement::Arrangement,
        block_style::StyleContext,
        format::counted,
        layout::Hit,
        navigate::{Direction, Rect},
        paint::{Palette, Sheet, View, paint_box},
        state::Subject,
    },
};

/// How far the ring of the cursor is from its block, in CSS pixels.
const RING: f64 = 2.0;

/// What a map is drawn of.
#[derive(Clone, Copy, Debug)]
pub struct Map<'m> {
    /// The boxes and their pods.
    pub cluster: &'m Cluster,
    /// Where the boxes stand.
    pub arrangement: &'m Arrangement,
    /// How their blocks are drawn.
    pub style_context: &'m StyleContext,
}

/// The part of the map that is on a canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Where in the layout it begins, in CSS pixels from the top.
    pub top: f64,
    /// Its height, in CSS pixels.
    pub height: f64,
    /// Pixels of the canvas in a CSS pixel.
    pub scale: f64,
}

/// Pixels, and where on the canvas they belong.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPiece {
    /// The pixels.
    pub sheet: Sheet,
    /// From the left edge of the canvas, in its pixels.
    pub left: f64,
    /// From its upper edge.
    pub top: f64,
    /// Whether it is all of the canvas.
    pub is_whole: bool,
}

impl Map<'_> {
    /// The window that begins at `top` of the layout, as far as the map reaches.
    #[must_use]
    pub fn window(&self, (top, height): (f64, f64), scale: f64) -> Window {
        let whole = self.arrangement.layout().height();
        let height = height.min(whole).max(1.0);
        let top = top.clamp(0.0, (whole - height).max(0.0));
        Window { top, height, scale }
    }

    /// Paints all of a window; `None` where there is no map.
    #[must_use]
    pub fn paint(&self, window: Window, palette: &Palette) -> Option<MapPiece> {
        let Window { top, height, scale } = window;
        let room = self.arrangement.room().filter(|_| self.arrangement.scale().is_map())?;
        // Saturating casts; a window has some thousands of pixels.
        let (width, rows) = ((room.width * scale) as usize, (height * scale).ceil() as usize);
        let mut sheet = Sheet::new(width, rows, palette.ground);
        let view = View { left: 0.0, top, scale };
        for index in self.arrangement.layout().visible(top, top + height) {
            self.paint_box(&mut sheet, index, palette, view);
        }
        Some(MapPiece {
            sheet,
            left: 0.0,
            top: 0.0,
            is_whole: true,
        })
    }

    /// Paints one box again, on whole pixels, so that what is put back lies where it lay; `None` where it is above the window.
    #[must_use]
    pub fn paint_group(&self, group_key: &GroupKey, window: Window, palette: &Palette) -> Option<MapPiece> {
        let Window { top, scale, .. } = window;
        let index = self.arrangement.index_of(group_key)?;
        let rect = self.arrangement.layout().rect(index)?;
        let (left, upper) = ((rect.left * scale).floor(), ((rect.top - top) * scale).floor());
        if upper + rect.height * scale < 0.0 {
            return None;
        }
        let size = |length: f64| (length * scale).ceil() as usize + 1;
        let mut sheet = Sheet::new(size(rect.width), size(rect.height), palette.ground);
        let view = View {
            left: left / scale,
            top: top + upper / scale,
            scale,
        };
        self.paint_box(&mut sheet, index, palette, view);
        Some(MapPiece {
            sheet,
            left,
            top: upper,
            is_whole: false,
        })
    }

    fn paint_box(&self, sheet: &mut Sheet, index: usize, palette: &Palette, view: View) {
        if let Some(pod_group) = self.pod_group(index) {
            let layout = self.arrangement.layout();
            paint_box(
                sheet,
                layout,
                index,
                (self.cluster, pod_group),
                (self.style_context, palette),
                view,
            );
        }
    }

    fn pod_group(&self, index: usize) -> Option<&PodGroup> {
        self.cluster.shown().pod_group(self.arrangement.boxes().get(index)?)
    }

    /// The description of the map for screen readers.
    #[must_use]
    pub fn label(&self) -> String {
        let totals = self.cluster.totals();
        format!(
            "Map of {} and {}. Arrow keys move from pod to pod, Enter shows the box of a pod, plus and minus zoom.",
            counted(u64::from(totals.nodes.total()), "node", "nodes"),
            counted(u64::from(totals.pods.total()), "pod", "pods"),
        )
    }

    /// Where a pod or a node is.
    #[must_use]
    pub fn hit_of(&self, subject: &Subject) -> Option<Hit> {
        let (index, slot) = self.arrangement.locate(self.cluster, subject)?;
        Some(Hit { index, slot })
    }

    /// The pod in a slot, or the node of a box, and where it is drawn.
    #[must_use]
    pub fn subject_at(&self, hit: Hit) -> Option<(Subject, Rect)> {
        let layout = self.arrangement.layout();
        let pod_group = self.pod_group(hit.index)?;
        let pod = hit.slot.and_then(|slot| Some((slot, pod_group.pods().get(slot)?)));
        match pod {
            Some((slot, pod)) => Some((Subject::Pod(pod.meta.key.clone()), layout.block_rect(hit.index, slot)?)),
            None => {
                let name = pod_group.group_key().node_name()?;
                Some((Subject::Node(name.clone()), layout.rect(hit.index)?))
            }
        }
    }

    /// The first block below `top`.
    #[must_use]
    pub fn first_hit(&self, top: f64) -> Hit {
        Hit {
            index: self.arrangement.layout().visible(top, f64::INFINITY).start,
            slot: Some(0),
        }
    }

    /// The next pod straight on from a block.
    #[must_use]
    pub fn next_hit(&self, start: Hit, direction: Direction) -> Option<Hit> {
        let layout = self.arrangement.layout();
        let from = layout.block_rect(start.index, start.slot.unwrap_or(0))?;
        let pitch = layout.metrics().pitch();
        let (dx, dy) = match direction {
            Direction::Left => (-pitch, 0.0),
            Direction::Right => (pitch, 0.0),
            Direction::Up => (0.0, -pitch),
            Direction::Down => (0.0, pitch),
        };
        let is_pod = |hit: &Hit| {
            let pods = self.pod_group(hit.index).map(PodGroup::pods);
            pods.zip(hit.slot).is_some_and(|(pods, slot)| pods.get(slot).is_some())
        };
        let width = self.arrangement.room().map_or(0.0, |room| room.width);
        let longest_way = layout.height().max(width);
        let (mut x, mut y) = (from.left + from.width / 2.0, from.top + from.height / 2.0);
        let mut walked = 0.0;
        while walked < longest_way {
            (x, y) = (x + dx, y + dy);
            walked += pitch;
            let hit = layout.hit(x, y).filter(|hit| *hit != start);
            if let Some(hit) = hit.filter(is_pod) {
                return Some(hit);
            }
        }
        None
    }
}

/// The ring around what the cursor is at.
#[must_use]
pub fn ring_around(rect: Rect) -> Rect {
    Rect {
        left: rect.left - RING,
        top: rect.top - RING,
        width: rect.width + 2.0 * RING,
        height: rect.height + 2.0 * RING,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        resource::{Node, Pod, Resource as _, ResourceInterner},
        view::{
            arrangement::Room,
            layout::Lengths,
            state::{ViewState, Zoom},
        },
    };

    /// Two nodes, `a` with three pods and `b` with one.
    fn cluster() -> Cluster {
        let mut interner = ResourceInterner::default();
        let node = |name: &str, interner: &mut ResourceInterner| {
            let json = format!(r#"{{"metadata":{{"name":"{name}"}}}}"#);
            Arc::new(Node::decode(json.as_bytes(), interner).expect("a node"))
        };
        let nodes = ["a", "b"].map(|name| node(name, &mut interner));
        let pods = [("a0", "a"), ("a1", "a"), ("a2", "a"), ("b0", "b")].map(|(name, node)| {
            let json = format!(r#"{{"metadata":{{"name":"{name}","namespace":"d"}},"spec":{{"nodeName":"{node}"}}}}"#);
            Arc::new(Pod::decode(json.as_bytes(), &mut interner).expect("a pod"))
        });
        Cluster::rebuild(nodes, pods)
    }

    fn arrangement(cluster: &Cluster) -> Arrangement {
        let choice = ViewState {
            zoom: Zoom::Map(6),
            ..ViewState::default()
        };
        let room = Room {
            width: 300.0,
            height: 200.0,
            lengths: Lengths::default(),
        };
        let boxes = Arrangement::default().arranged(cluster, &choice, false);
        boxes.laid_out(cluster, &choice, Some(room))
    }

    fn name_at(map: &Map<'_>, hit: Hit) -> String {
        match map.subject_at(hit).expect("something is there").0 {
            Subject::Pod(key) => key.name.to_string(),
            Subject::Node(name) => format!("node {name}"),
        }
    }

    #[test]
    fn the_cursor_walks_from_pod_to_pod_and_stops_at_the_last() {
        let (cluster, style_context) = (cluster(), StyleContext::default());
        let arrangement = arrangement(&cluster);
        let map = Map {
            cluster: &cluster,
            arrangement: &arrangement,
            style_context: &style_context,
        };
        let mut hit = map.first_hit(0.0);
        let mut names = vec![name_at(&map, hit)];
        while let Some(next) = map.next_hit(hit, Direction::Right) {
            hit = next;
            names.push(name_at(&map, hit));
        }
        assert_eq!(names, ["a0", "a1", "a2", "b0"]);
        let back = map.next_hit(hit, Direction::Left).expect("the pods of the other box");
        assert_eq!(name_at(&map, back), "a2");
        let subject = map.subject_at(back).expect("a pod").0;
        assert_eq!(map.hit_of(&subject), Some(back));
    }

    #[test]
    fn beside_the_blocks_is_the_node() {
        let (cluster, style_context) = (cluster(), StyleContext::default());
        let arrangement = arrangement(&cluster);
        let map = Map {
            cluster: &cluster,
            arrangement: &arrangement,
            style_context: &style_context,
        };
        assert_eq!(name_at(&map, Hit { index: 1, slot: None }), "node b");
        assert!(map.subject_at(Hit { index: 2, slot: None }).is_none());
    }

    #[test]
    fn a_box_painted_alone_has_the_pixels_that_it_has_in_the_whole() {
        let (cluster, style_context, palette) = (cluster(), StyleContext::default(), Palette::greys());
        let arrangement = arrangement(&cluster);
        let map = Map {
            cluster: &cluster,
            arrangement: &arrangement,
            style_context: &style_context,
        };
        let window = map.window((0.0, 200.0), 2.0);
        let whole = map.paint(window, &palette).expect("a map");
        for group_key in arrangement.boxes() {
            let piece = map.paint_group(group_key, window, &palette).expect("it is seen");
            // The last row and column belong to what is beside it.
            for y in 0..piece.sheet.height() - 1 {
                for x in 0..piece.sheet.width() - 1 {
                    let at = (x + piece.left as usize, y + piece.top as usize);
                    assert_eq!(
                        piece.sheet.pixel(x, y),
                        whole.sheet.pixel(at.0, at.1),
                        "{group_key:?} at {at:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_window_stays_within_the_map() {
        let (cluster, style_context) = (cluster(), StyleContext::default());
        let arrangement = arrangement(&cluster);
        let map = Map {
            cluster: &cluster,
            arrangement: &arrangement,
            style_context: &style_context,
        };
        let height = arrangement.layout().height();
        assert_eq!(map.window((-20.0, 9_000.0), 1.0).top, 0.0);
        assert_eq!(map.window((9_000.0, 10.0), 1.0).top, height - 10.0);
        assert_eq!(map.window((0.0, 9_000.0), 1.0).height, height);
    }
}
