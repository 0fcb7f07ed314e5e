//! The map: the tray of unscheduled pods, a card per node, and what stands there when there are none.

use crate::{
    cluster::PlaceBy,
    view::{
        arrange::place_by,
        connection::{Progress, Scene},
        format::{count, counted, known},
        navigate::Rect,
        state::Tab,
    },
};
use leptos::{
    prelude::*,
    web_sys::{Element, Event, KeyboardEvent, MouseEvent, PointerEvent},
};
use wasm_bindgen::JsCast;

use super::{Page, card_head, dom, drawer, name, parts::Part, picture::CardHandle, sketch::Node, tooltip};

/// How many cards the skeleton has.
const SKELETON_CARDS: usize = 12;

/// The map.
pub(super) const MAP: &str = "<main id=map class=map></main>";

/// What the map listens to. One listener for each kind of event, whatever the number of blocks.
pub(super) const EVENTS: &[&str] = &[
    "pointerover",
    "pointermove",
    "pointerleave",
    "focusin",
    "focusout",
    "blur",
    "click",
    "keydown",
];

/// A card.
pub(super) const CARD: &str = "<div class=card role=group></div>";

/// What stands there while nothing is known, and nobody answers.
const FAILED: &str = "<div class=scene><span class=invader></span><h2>Nothing to show yet</h2>\
    <p>As soon as the API server answers, the cluster appears here by itself. No reload is needed.</p></div>";

/// What stands there while there is nothing.
const EMPTY: &str = "<div class=scene><span class=invader></span><h2>An empty cluster</h2>\
    <p>The API server is there and has neither nodes nor pods. The first ones appear here within a moment of \
    <code>kubectl run web --image=nginx</code>.</p></div>";

/// The value of `data-scene`.
pub(super) fn slug(scene: &Scene) -> &'static str {
    match scene {
        Scene::Loading(_) => "loading",
        Scene::Failed => "failed",
        Scene::Empty => "empty",
        Scene::Current => "current",
        Scene::Stale(_) => "stale",
    }
}

impl Page {
    /// The map: what stands there when there are no boxes, the tray, the boxes, and the tooltip.
    pub(super) fn map(&self) -> Node {
        let picture = self.picture();
        let mut node = Node::new(MAP);
        let scene = self.0.liveness.scene.borrow();
        let is_map = picture.map_block.get().is_some();
        node.set("data-scene", slug(&scene))
            .set("data-zoom", if is_map { "map" } else { "boxes" });
        draw_scene(&mut node, &scene);
        self.tray(&mut node);
        let label = match self.state().with_untracked(|state| place_by(&state.group)) {
            PlaceBy::Node => "Nodes",
            PlaceBy::Namespace => "Namespaces",
            PlaceBy::Workload => "Workloads",
        };
        let cards = node.add("<section class=cards></section>");
        cards
            .set("aria-label", label)
            .style("height", &dom::pixels(picture.height.get()));
        if scene.has_boxes() && !picture.is_measured.get() {
            skeleton(cards);
        }
        for placed in &*picture.headings.borrow() {
            let heading = cards.add("<div class='heading section-heading'></div>");
            heading.style("top", &dom::pixels(placed.top));
            name::put(heading.add("<h2 class=name-parts></h2>"), &placed.heading.title);
            heading.put("<span class=count></span>", &placed.heading.facts);
            heading.put("<span class=trouble data-tone=bad></span>", &placed.heading.trouble);
        }
        for key in &*picture.shown.borrow() {
            if let Some(card) = self.card(key).and_then(|card| card.drawing.element()) {
                cards.add_element(key, card);
            }
        }
        if is_map {
            self.fleet(cards);
        }
        if let Some(tooltip) = self.0.tooltip.element() {
            node.add_element("tooltip", tooltip);
        }
        node
    }

    /// Wakes what of the map draws itself.
    pub(super) fn attach_map(&self) {
        if let Some(blocks) = self.find_in(Part::Map, ".tray .blocks") {
            self.picture().tray_blocks.borrow_mut().attach(blocks);
        }
        if let Some(cards) = self.find_in(Part::Map, ".cards") {
            self.attach_picture(&cards);
        }
    }

    /// Takes an event of the map.
    pub(super) fn handle_map(&self, event: &Event, target: &Element) {
        let subject = dom::subject_of(event);
        let is_image = target.id() == "fleet";
        match event.type_().as_str() {
            "pointermove" if is_image => {
                if let Some(event) = event.dyn_ref::<PointerEvent>() {
                    self.point_map_at(event);
                }
            }
            "pointerleave" if is_image => self.leave_map(),
            // What the reader looks for is shown while the focus stays where it is written.
            "blur" | "focusout" if is_image && self.0.finder.is_revealing() => {}
            "blur" if is_image => self.leave_map(),
            "pointerleave" if target.id() == "map" => self.0.tooltip.hide(),
            "pointerover" => self.point(subject.as_ref()),
            "focusin" => {
                if let Some(element) = &subject {
                    self.0.roving.take(element);
                    self.spotlight(tooltip::subject(element));
                }
                self.point(subject.as_ref());
            }
            "focusout" => {
                self.0.roving.blur();
                self.spotlight(None);
                self.0.tooltip.hide();
            }
            "click" if is_image => {
                // A finger has not pointed before.
                if let Some(event) = event.dyn_ref::<MouseEvent>() {
                    self.point_map_at(event);
                }
                self.open_at_cursor();
            }
            "click" => {
                if let Some(element) = &subject {
                    self.open_drawer(element, Tab::default());
                }
            }
            "keydown" => {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    self.handle_key_on_map(event, subject.as_ref(), is_image);
                }
            }
            _ => {}
        }
    }

    fn handle_key_on_map(&self, event: &KeyboardEvent, subject: Option<&Element>, is_image: bool) {
        if is_image && self.handle_map_key(event) {
            event.prevent_default();
            event.stop_propagation();
        } else if let (Some(tab), Some(element)) = (drawer::tab_of_key(event), subject) {
            event.prevent_default();
            // Not for whoever searches as one types.
            event.stop_propagation();
            self.open_drawer(element, tab);
        } else if self.0.roving.handle_key(event) {
            event.prevent_default();
        }
    }

    /// Shows what something is about, or nothing.
    fn point(&self, subject: Option<&Element>) {
        match subject {
            Some(element) => self.point_at(element),
            None => self.0.tooltip.hide(),
        }
    }

    fn tray(&self, map: &mut Node) {
        let picture = self.picture();
        let tray = picture.tray.borrow();
        let node = map.add("<section id=unscheduled class=tray role=group aria-labelledby=unscheduled-name></section>");
        node.flag("hidden", !picture.has_tray.get());
        let heading = node.add("<div class=heading><h2 id=unscheduled-name>Unscheduled</h2></div>");
        let pods = match tray.pods {
            None => "not known".to_owned(),
            Some(0) => "none".to_owned(),
            Some(pods) => counted(u64::from(pods), "pod", "pods"),
        };
        heading.put("<span class=count></span>", &pods);
        heading.put("<span class=reason></span>", &tray.reason);
        node.add("<div class=screen><div class=blocks></div></div>");
    }
}

impl CardHandle {
    /// Draws the card, all but its blocks.
    pub(super) fn draw(&self, key: &str) {
        let card = self.card.borrow();
        // Only nodes have something to say of themselves; the boxes of namespaces and workloads are but boxes.
        let name = self.place.node_name();
        let mut node = Node::new(CARD);
        match name {
            Some(name) => node.set("data-node", name),
            None => node.set("data-group", key),
        };
        node.set("data-status", &card.status)
            .set("data-state", card.state.slug())
            .set("aria-label", &card.label);
        let top = node.add("<div class=top></div>");
        let title = top.add("<h2 class=name></h2>");
        let title = match name {
            Some(_) => title
                .add("<button type=button class='node name-parts' tabindex=-1></button>")
                .set("aria-label", &card.name),
            None => title.add("<span class='node name-parts'></span>"),
        };
        name::put(title, &card.name);
        let pods = top
            .add("<span class=count></span>")
            .flag("data-crowded", card.is_crowded());
        pods.put("<b></b>", &known(card.pods));
        if let Some(allocatable) = card.allocatable {
            pods.text(&format!("/{}", count(u64::from(allocatable))));
        }
        card_head::words(&mut node, &card);
        card_head::bars(&mut node, &card);
        node.add("<div class=screen><div class=blocks></div></div>");
        self.drawing.draw(node);
    }

    /// Draws the card for the first time, and gives its blocks their place.
    pub(super) fn begin(&self, key: &str) {
        self.draw(key);
        let card = self.drawing.element();
        if let Some(Some(blocks)) = card.and_then(|card| card.query_selector(".blocks").ok()) {
            self.blocks.borrow_mut().attach(blocks);
        }
    }
}

/// Puts an element where a part of the layout is.
pub(super) fn place(node: &mut Node, rect: Rect) {
    node.style("left", &dom::pixels(rect.left))
        .style("top", &dom::pixels(rect.top))
        .style("width", &dom::pixels(rect.width))
        .style("height", &dom::pixels(rect.height));
}

fn draw_scene(map: &mut Node, scene: &Scene) {
    match scene {
        Scene::Current => {}
        Scene::Stale(since) => {
            let note = map.add("<p class=stale-note id=stale></p>");
            note.text(if since.is_empty() { "stale" } else { "stale since " });
            note.text(since);
        }
        Scene::Loading(progress) => loading(map, progress),
        Scene::Failed => map.put(FAILED, ""),
        Scene::Empty => map.put(EMPTY, ""),
    }
}

fn loading(map: &mut Node, progress: &Progress) {
    let node = map.add("<div class=progress id=progress></div>");
    let track = node.add("<div class=track></div>");
    track.flag("data-unknown", progress.percent.is_none());
    track
        .add("<span></span>")
        .style("--part", &progress.percent.unwrap_or(0).to_string());
    let words = match progress.text.as_str() {
        "" => "Asking for nodes and pods…",
        text => text,
    };
    node.put("<span></span>", words);
    skeleton(map);
}

/// Boxes without anything in them.
fn skeleton(into: &mut Node) {
    let skeleton = into.add("<div class=skeleton aria-hidden=true></div>");
    for index in 0..SKELETON_CARDS {
        skeleton
            .add("<div><span class=screen></span></div>")
            .style("--fade", &index.to_string());
    }
}
