//! The map: the whole cluster as one image, for when a pod is a few pixels.
//!
//! A canvas as large as the window is painted from memory over the same layout as the boxes. It answers to the pointer and to
//! the keyboard: a ring marks the block that they are at, the tooltip describes it, and a press leads to its box.

use std::cell::{Cell, RefCell};

use leptos::web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ImageData, KeyboardEvent, MouseEvent};
use wasm_bindgen::{Clamped, JsCast};

use crate::{
    cluster::{Cluster, Dirty, Entry, Place},
    limits::MAX_SINGLE_PAINTINGS,
    resource::status::Family,
    view::{
        colour::Tint,
        format::counted,
        layout::Hit,
        navigate::{Direction, Rect},
        paint::{Palette, Rgba, Sheet, View, paint_box},
        state::{Subject, Theme, Zoom},
    },
};

use super::{Page, dom, map, parts::Part, picture, sketch::Node};

/// What the system may want of the look of a page.
const SYSTEM_LOOKS: [&str; 3] = [
    "(prefers-color-scheme: light)",
    "(prefers-contrast: more)",
    "(forced-colors: active)",
];

/// All that the colours depend on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    theme: Theme,
    /// Which of [`SYSTEM_LOOKS`] hold.
    system: [bool; SYSTEM_LOOKS.len()],
}

/// What the map remembers between two paintings.
#[derive(Default)]
pub(super) struct Fleet {
    canvas: RefCell<Option<HtmlCanvasElement>>,
    /// The colours, and the look that they are of.
    palette: RefCell<Option<(Look, Palette)>>,
    /// What was painted last, where in the layout it began, and how many pixels stood for one of CSS.
    painted: Cell<Option<(f64, f64)>>,
    /// The block that the keyboard or the pointer is at: its box and its slot.
    cursor: Cell<Option<Hit>>,
    /// What stands there: the cursor stays with it where boxes move.
    subject: RefCell<Option<Subject>>,
    ring: Cell<Option<Rect>>,
    /// What the cursor is at, for a screen reader.
    spoken: RefCell<String>,
    /// What the map is, for whoever does not see it.
    label: RefCell<String>,
}

impl Page {
    /// The map, while the picture is one.
    pub(super) fn fleet(&self, cards: &mut Node) {
        let fleet = &self.0.fleet;
        cards
            .add("<canvas id=fleet class=fleet tabindex=0 role=application aria-describedby=fleet-cursor></canvas>")
            .set("aria-label", &fleet.label.borrow())
            .flag("hidden", self.picture().height.get() < 1.0);
        let ring = cards.add("<div class=ring aria-hidden=true></div>");
        if let Some(rect) = fleet.ring.get() {
            map::place(ring, rect);
        }
        cards.put(
            "<p id=fleet-cursor class=sr-only aria-live=polite></p>",
            &fleet.spoken.borrow(),
        );
    }

    /// Paints on the canvas of the map as soon as there is another one.
    pub(super) fn follow_canvas(&self) {
        let fleet = &self.0.fleet;
        let canvas = self.find_in(Part::Map, "#fleet");
        let canvas = canvas.and_then(|canvas| canvas.dyn_into::<HtmlCanvasElement>().ok());
        if *fleet.canvas.borrow() == canvas {
            return;
        }
        fleet.canvas.replace(canvas);
        fleet.painted.set(None);
        self.0.source.with_cluster(&mut |cluster| {
            self.label_map(cluster);
            self.draw_map(cluster, &Dirty::default(), true);
        });
        self.touch(Part::Map);
    }

    /// Paints what changed, or everything that is seen.
    pub(super) fn draw_map(&self, cluster: &Cluster, dirty: &Dirty, everything: bool) {
        let fleet = &self.0.fleet;
        if self.picture().map_block.get().is_none() {
            fleet.painted.set(None);
            return;
        }
        let Some(canvas) = fleet.canvas.borrow().clone() else {
            return;
        };
        let (palette, is_other) = self.palette();
        let is_new = everything || is_other || dirty.order_changed || fleet.painted.get().is_none();
        if is_new || dirty.places.len() > MAX_SINGLE_PAINTINGS {
            self.paint_all(cluster, &canvas, &palette);
            self.follow_cursor(cluster);
        } else {
            self.paint_boxes(cluster, &canvas, &palette, &dirty.places);
        }
    }

    /// Everything is painted next time: what is there stands where it no longer belongs.
    pub(super) fn forget_painting(&self) {
        self.0.fleet.painted.set(None);
    }

    /// The colours of the page, and whether they are others than at the last call. To ask for them takes as long as to paint
    /// the map, so that it is asked once for each look.
    fn palette(&self) -> (Palette, bool) {
        let look = Look {
            theme: self.theme(),
            system: SYSTEM_LOOKS.map(dom::matches_media),
        };
        let mut known = self.0.fleet.palette.borrow_mut();
        match &*known {
            Some((of, palette)) if *of == look => (palette.clone(), false),
            _ => (known.insert((look, read_palette())).1.clone(), true),
        }
    }

    fn paint_all(&self, cluster: &Cluster, canvas: &HtmlCanvasElement, palette: &Palette) {
        let scale = dom::window().device_pixel_ratio().clamp(1.0, 3.0);
        let (top, height) = self.window();
        let (width, whole) = self.with_layout(|layout, _| (f64::from(canvas.client_width()), layout.height()));
        let height = height.min(whole).max(1.0);
        let top = top.clamp(0.0, (whole - height).max(0.0));
        // Saturating casts; a window has some thousands of pixels.
        let mut sheet = Sheet::new(
            (width * scale) as usize,
            (height * scale).ceil() as usize,
            palette.ground,
        );
        let view = View { left: 0.0, top, scale };
        let brush = self.picture().brush.borrow();
        self.with_layout(|layout, boxes| {
            for index in layout.visible(top, top + height) {
                if let Some(entry) = cluster.shown().entry(&boxes[index]) {
                    paint_box(&mut sheet, layout, index, (cluster, entry), (&brush, palette), view);
                }
            }
        });
        let size = (sheet.width() as u32, sheet.height() as u32);
        if (canvas.width(), canvas.height()) != size {
            canvas.set_width(size.0);
            canvas.set_height(size.1);
        }
        dom::set_style(canvas, "height", &dom::pixels(height));
        put(canvas, &sheet, 0.0, 0.0);
        self.0.fleet.painted.set(Some((top, scale)));
    }

    fn paint_boxes(&self, cluster: &Cluster, canvas: &HtmlCanvasElement, palette: &Palette, places: &[Place]) {
        let Some((top, scale)) = self.0.fleet.painted.get() else {
            return;
        };
        let brush = self.picture().brush.borrow();
        for place in places {
            let Some(entry) = cluster.shown().entry(place) else {
                continue;
            };
            let Some((index, rect)) = self.box_of(place) else {
                continue;
            };
            // On whole pixels, so that what is put back lies where it lay.
            let (left, upper) = ((rect.left * scale).floor(), ((rect.top - top) * scale).floor());
            let size = |length: f64| (length * scale).ceil() as usize + 1;
            if upper + rect.height * scale < 0.0 || upper > f64::from(canvas.height()) {
                continue;
            }
            let mut sheet = Sheet::new(size(rect.width), size(rect.height), palette.ground);
            let view = View {
                left: left / scale,
                top: top + upper / scale,
                scale,
            };
            self.with_layout(|layout, _| {
                paint_box(&mut sheet, layout, index, (cluster, entry), (&brush, palette), view);
            });
            put(canvas, &sheet, left, upper);
        }
    }

    fn box_of(&self, place: &Place) -> Option<(usize, Rect)> {
        let index = self.picture().index_of(&picture::key(place))?;
        Some((index, self.with_layout(|layout, _| layout.rect(index))?))
    }

    fn label_map(&self, cluster: &Cluster) {
        let totals = cluster.totals();
        self.0.fleet.label.replace(format!(
            "Map of {} and {}. Arrow keys move from pod to pod, Enter shows the box of a pod, plus and minus zoom.",
            counted(u64::from(totals.nodes.total()), "node", "nodes"),
            counted(u64::from(totals.pods.total()), "pod", "pods"),
        ));
    }

    pub(super) fn point_map_at(&self, event: &MouseEvent) {
        let Some(canvas) = self.0.fleet.canvas.borrow().clone() else {
            return;
        };
        let Some((top, _)) = self.0.fleet.painted.get() else {
            return;
        };
        let rect = canvas.get_bounding_client_rect();
        let (x, y) = (
            f64::from(event.client_x()) - rect.left(),
            f64::from(event.client_y()) - rect.top() + top,
        );
        let hit = self.with_layout(|layout, _| layout.hit(x, y));
        self.put_cursor(hit, false);
    }

    pub(super) fn leave_map(&self) {
        if self.0.fleet.cursor.get().is_some() {
            self.put_cursor(None, false);
        }
    }

    /// Marks a block and describes it.
    fn put_cursor(&self, hit: Option<Hit>, aloud: bool) {
        let fleet = &self.0.fleet;
        if fleet.cursor.replace(hit) == hit && hit.is_some() {
            return;
        }
        let mut found = None;
        self.0.source.with_cluster(&mut |cluster| {
            let Some((subject, rect)) = hit.and_then(|hit| self.subject_at(cluster, hit)) else {
                return;
            };
            let window = self.window().0;
            let on_screen = self.root_rect().map(|root| Rect {
                left: root.left + rect.left,
                top: rect.top - window,
                ..rect
            });
            let now = self.0.source.now();
            self.0
                .tooltip
                .show_at(&subject, on_screen.unwrap_or(rect), cluster, now);
            found = Some((subject, rect));
        });
        match found {
            Some((subject, rect)) => {
                fleet.ring.set(Some(ring_around(rect)));
                fleet.subject.replace(Some(subject.clone()));
                if aloud {
                    fleet.spoken.replace(self.0.tooltip.sentence());
                    self.spotlight(Some(subject));
                }
            }
            None => {
                fleet.ring.set(None);
                fleet.subject.take();
                self.0.tooltip.hide();
            }
        }
        self.touch(Part::Map);
    }

    /// Puts the ring where the block of the cursor stands by now.
    fn follow_cursor(&self, cluster: &Cluster) {
        let fleet = &self.0.fleet;
        let subject = fleet.subject.borrow().clone();
        let hit = subject.and_then(|subject| {
            let (index, slot) = self.locate(cluster, &subject)?;
            Some(Hit { index, slot })
        });
        fleet.cursor.set(hit);
        let found = hit.and_then(|hit| self.subject_at(cluster, hit));
        let ring = found.map(|(_, rect)| ring_around(rect));
        if fleet.ring.replace(ring) != ring {
            self.touch(Part::Map);
        }
    }

    /// The pod in a slot, or the node of a box, and where it is drawn.
    fn subject_at(&self, cluster: &Cluster, hit: Hit) -> Option<(Subject, Rect)> {
        self.with_layout(|layout, boxes| {
            let entry = cluster.shown().entry(boxes.get(hit.index)?)?;
            let pod = hit.slot.and_then(|slot| Some((slot, entry.pods().get(slot)?)));
            match pod {
                Some((slot, pod)) => Some((Subject::Pod(pod.meta.key.clone()), layout.block_rect(hit.index, slot)?)),
                None => {
                    let name = entry.place().node_name()?;
                    Some((Subject::Node(name.clone()), layout.rect(hit.index)?))
                }
            }
        })
    }

    /// Shows what the cursor is at as a box with a heading.
    pub(super) fn open_at_cursor(&self) {
        let Some(hit) = self.0.fleet.cursor.get() else { return };
        let mut subject = None;
        self.0.source.with_cluster(&mut |cluster| {
            subject = self.subject_at(cluster, hit).map(|(subject, _)| subject);
        });
        let Some(subject) = subject else { return };
        self.leave_map();
        self.navigate(|state| state.zoom = Zoom::Boxes);
        let page = self.clone();
        // Once the boxes are there.
        dom::after(0, move || page.reveal(&subject));
    }

    /// Moves the cursor to a subject.
    pub(super) fn reveal_on_map(&self, subject: &Subject) {
        let mut at = None;
        self.0
            .source
            .with_cluster(&mut |cluster| at = self.locate(cluster, subject));
        let Some((index, slot)) = at else { return };
        let hit = Hit { index, slot };
        if let Some(rect) = self.with_layout(|layout, _| layout.rect(index)) {
            self.scroll_to(rect);
        }
        if let Some(canvas) = &*self.0.fleet.canvas.borrow() {
            let _ = canvas.focus();
        }
        self.put_cursor(Some(hit), true);
    }

    pub(super) fn handle_map_key(&self, event: &KeyboardEvent) -> bool {
        let direction = match event.key().as_str() {
            "ArrowLeft" => Direction::Left,
            "ArrowRight" => Direction::Right,
            "ArrowUp" => Direction::Up,
            "ArrowDown" => Direction::Down,
            "Enter" => {
                self.open_at_cursor();
                return true;
            }
            "Home" => {
                self.go_to(Some(Hit {
                    index: 0,
                    slot: Some(0),
                }));
                return true;
            }
            _ => return false,
        };
        let mut next = None;
        self.0
            .source
            .with_cluster(&mut |cluster| next = self.next_hit(cluster, direction));
        self.go_to(next);
        true
    }

    fn go_to(&self, hit: Option<Hit>) {
        let Some(hit) = hit else { return };
        let rect = self.with_layout(|layout, _| layout.rect(hit.index));
        if let Some(rect) = rect {
            self.scroll_to(rect);
        }
        self.put_cursor(Some(hit), true);
    }

    /// The next pod straight on from the cursor.
    fn next_hit(&self, cluster: &Cluster, direction: Direction) -> Option<Hit> {
        let start = self.0.fleet.cursor.get();
        self.with_layout(|layout, boxes| {
            let entry = |index: usize| -> Option<&Entry> { cluster.shown().entry(boxes.get(index)?) };
            let Some(start) = start else {
                let index = layout.visible(self.window().0, f64::INFINITY).start;
                return Some(Hit { index, slot: Some(0) });
            };
            let from = layout.block_rect(start.index, start.slot.unwrap_or(0))?;
            let pitch = layout.metrics().pitch();
            let (dx, dy) = match direction {
                Direction::Left => (-pitch, 0.0),
                Direction::Right => (pitch, 0.0),
                Direction::Up => (0.0, -pitch),
                Direction::Down => (0.0, pitch),
            };
            let (mut x, mut y) = (from.left + from.width / 2.0, from.top + from.height / 2.0);
            let limit = layout.height().max(self.frame_width());
            let mut walked = 0.0;
            while walked < limit {
                (x, y) = (x + dx, y + dy);
                walked += pitch;
                let hit = layout.hit(x, y).filter(|hit| *hit != start);
                let is_pod = |hit: &Hit| {
                    hit.slot
                        .is_some_and(|slot| entry(hit.index).is_some_and(|entry| entry.pods().get(slot).is_some()))
                };
                if let Some(hit) = hit.filter(is_pod) {
                    return Some(hit);
                }
            }
            None
        })
    }
}

fn ring_around(rect: Rect) -> Rect {
    Rect {
        left: rect.left - 2.0,
        top: rect.top - 2.0,
        width: rect.width + 4.0,
        height: rect.height + 4.0,
    }
}

fn put(canvas: &HtmlCanvasElement, sheet: &Sheet, left: f64, top: f64) {
    let context = canvas
        .get_context("2d")
        .ok()
        .flatten()
        .and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
    let image = ImageData::new_with_u8_clamped_array(Clamped(sheet.bytes()), sheet.width() as u32);
    if let (Some(context), Ok(image)) = (context, image) {
        // Fails only for numbers that are none.
        let _ = context.put_image_data(&image, left, top);
    }
}

/// The colours that the style sheet has at the moment. Custom properties may hold anything, so that the browser is asked
/// for the colour of an element that has it.
fn read_palette() -> Palette {
    let probe = dom::document()
        .create_element("span")
        .ok()
        .and_then(|probe| probe.dyn_into::<HtmlElement>().ok());
    let Some(probe) = probe else { return grey() };
    dom::set(&probe, "hidden", "");
    // A canvas is not recoloured by the system, so that neither are its colours.
    let _ = probe.style().set_property("forced-color-adjust", "none");
    // As long as it takes to ask.
    let body = dom::app_root();
    let _ = body.append_child(&probe);
    let colour = |property: &str| {
        let _ = probe.style().set_property("color", &format!("var({property})"));
        let computed = dom::window().get_computed_style(&probe).ok().flatten();
        let text = computed.and_then(|style| style.get_property_value("color").ok());
        text.as_deref().and_then(parse).unwrap_or([128, 128, 128, 255])
    };
    let palette = Palette {
        ground: colour("--ground"),
        screen: colour("--screen"),
        bad_screen: colour("--bad-ground"),
        ready: colour("--pink-deep"),
        cordoned: colour("--cordoned"),
        not_ready: colour("--failing"),
        other: colour("--line-strong"),
        families: Family::ALL.map(|family| colour(&format!("--{}", family.slug()))),
        tints: Tint::all().map(|tint| colour(&format!("--{}", tint.slug()))).collect(),
        chosen: colour("--text"),
        sibling: colour("--pink"),
    };
    probe.remove();
    palette
}

fn grey() -> Palette {
    let grey = [128, 128, 128, 255];
    Palette {
        ground: grey,
        screen: grey,
        bad_screen: grey,
        ready: grey,
        cordoned: grey,
        not_ready: grey,
        other: grey,
        families: [grey; Family::ALL.len()],
        tints: Vec::new(),
        chosen: grey,
        sibling: grey,
    }
}

/// `rgb(12, 34, 56)` or `rgba(12, 34, 56, 0.5)`, as browsers write computed colours; opaque.
fn parse(text: &str) -> Option<Rgba> {
    let numbers = text.strip_prefix("rgb")?.trim_start_matches('a').strip_prefix('(')?;
    let mut channels = numbers.split([',', ' ', ')']).filter(|part| !part.is_empty());
    let mut channel = || dom::number(channels.next()?).map(|value| value.round() as u8);
    Some([channel()?, channel()?, channel()?, 255])
}
