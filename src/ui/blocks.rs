//! The blocks of one node, one element per pod, drawn by hand.
//!
//! A slot of the cluster is a child of the grid: a block, a hole, or a block that is leaving. Drawing compares slot by
//! slot, by address first, and touches the attributes that differ. Where a pod leaves, its block stays in its slot until
//! its movement has ended, or until another pod takes the slot.

use std::rc::Rc;

use crate::{
    cluster::Slots,
    metrics::Usage,
    resource::{Pod, status::Family},
    view::{
        block::{self, Glyph, Look},
        brush::{Brush, Stroke, Visibility},
        colour::Tint,
    },
};
use leptos::web_sys::{self, Element, HtmlElement};
use wasm_bindgen::JsCast;

use super::{dom, sketch::Node};

/// How long the longest movement of a block lasts; `--change` in style.css.
pub(super) const MOTION_MS: i32 = 400;

/// The blocks of one place.
#[derive(Default)]
pub(super) struct BlockGrid {
    root: Option<Element>,
    slots: Vec<Slot>,
    drawn: bool,
    moving: Vec<Movement>,
    /// Most blocks that are drawn, where there is such a limit.
    most: Option<usize>,
}

enum Slot {
    Hole(Element),
    Block {
        element: HtmlElement,
        pod: Rc<Pod>,
        look: Look,
        stroke: Stroke,
    },
    Leaving(HtmlElement),
}

/// A block that moves until the time given, in milliseconds since the page was opened.
struct Movement {
    element: HtmlElement,
    until: f64,
}

impl Slot {
    fn element(&self) -> &Element {
        match self {
            Self::Hole(element) => element,
            Self::Block { element, .. } | Self::Leaving(element) => element,
        }
    }
}

impl BlockGrid {
    /// A place that may hold any number of pods, of which so many are drawn.
    pub(super) fn of_at_most(most: usize) -> Self {
        Self {
            most: Some(most),
            ..Self::default()
        }
    }

    /// Takes the element that the blocks are to be children of, and moves those that were drawn already.
    pub(super) fn attach(&mut self, root: Element) {
        for slot in &self.slots {
            append(&root, slot.element());
        }
        self.root = Some(root);
    }

    /// Whether it has been drawn once.
    pub(super) fn is_drawn(&self) -> bool {
        self.drawn
    }

    /// When the next movement ends, in milliseconds since the page was opened; `None` while nothing moves.
    pub(super) fn next_rest(&self) -> Option<f64> {
        self.moving.iter().map(|movement| movement.until).min_by(f64::total_cmp)
    }

    /// How many blocks are moving.
    pub(super) fn moving_count(&self) -> usize {
        self.moving.len()
    }

    /// Draws the pods as the brush has it. Each change moves as long as `movements` lasts; the first drawing never does.
    pub(super) fn draw(&mut self, pods: &Slots, (brush, usage): (&Brush, &Usage), movements: &mut usize) {
        let mut none = 0;
        let movements = if self.drawn { movements } else { &mut none };
        self.drawn = true;
        let count = pods.slot_count().min(self.most.unwrap_or(usize::MAX));
        for index in 0..count.max(self.slots.len()) {
            let pod = if index < count { pods.get(index) } else { None };
            let stroke = pod
                .map(|pod| brush.stroke(pod, pods.is_match(index), usage))
                .unwrap_or_default();
            let pod = pod.filter(|_| stroke.visibility != Visibility::Hidden);
            self.draw_slot(index, pod, stroke, movements);
        }
        self.trim(count);
    }

    /// Ends the movements whose time has come.
    pub(super) fn sweep(&mut self, now: f64) {
        if self.next_rest().is_none_or(|rest| rest > now) {
            return;
        }
        self.moving.retain(|movement| {
            let is_over = movement.until <= now;
            if is_over {
                dom::unset(&movement.element, "data-motion");
            }
            !is_over
        });
        for index in 0..self.slots.len() {
            let Slot::Leaving(element) = &self.slots[index] else {
                continue;
            };
            if !self.moving.iter().any(|movement| movement.element == *element) {
                self.replace(index, Slot::Hole(hole()));
            }
        }
        let used = self
            .slots
            .iter()
            .rposition(|slot| !matches!(slot, Slot::Hole(_)))
            .map_or(0, |last| last + 1);
        self.trim(used);
    }

    fn draw_slot(&mut self, index: usize, pod: Option<&Rc<Pod>>, stroke: Stroke, movements: &mut usize) {
        match (self.slots.get_mut(index), pod) {
            (
                Some(Slot::Block {
                    pod: old,
                    stroke: drawn,
                    element,
                    ..
                }),
                Some(pod),
            ) if Rc::ptr_eq(old, pod) => {
                set_stroke(element, drawn, stroke);
            }
            (
                Some(Slot::Block {
                    element,
                    pod: old,
                    look,
                    stroke: drawn,
                }),
                Some(pod),
            ) if old.meta.uid == pod.meta.uid => {
                let new_look = Look::of(pod);
                update(element, old, pod, *look, new_look);
                set_stroke(element, drawn, stroke);
                let is_other = look.family != new_look.family;
                *old = Rc::clone(pod);
                *look = new_look;
                if is_other {
                    let element = element.clone();
                    self.start(element, "change", movements);
                }
            }
            (_, Some(pod)) => {
                let look = Look::of(pod);
                let element = create(pod, look);
                set_stroke(&element, &mut Stroke::default(), stroke);
                self.start(element.clone(), "enter", movements);
                self.put(
                    index,
                    Slot::Block {
                        element,
                        pod: Rc::clone(pod),
                        look,
                        stroke,
                    },
                );
            }
            (Some(Slot::Block { element, .. }), None) => {
                let element = element.clone();
                // Before it leaves the document, so that losing the focus to that is told from leaving the block.
                leave(&element);
                if *movements > 0 {
                    self.start(element.clone(), "leave", movements);
                    self.slots[index] = Slot::Leaving(element);
                } else {
                    self.replace(index, Slot::Hole(hole()));
                }
            }
            (Some(_), None) => {}
            (None, None) => self.put(index, Slot::Hole(hole())),
        }
    }

    fn start(&mut self, element: HtmlElement, motion: &str, movements: &mut usize) {
        // A pod that has just come may well change at once; that it came is the greater news.
        let is_entering = motion == "change" && self.moving.iter().any(|movement| movement.element == element);
        if *movements == 0 || is_entering {
            return;
        }
        *movements -= 1;
        dom::set(&element, "data-motion", motion);
        self.moving.retain(|movement| movement.element != element);
        self.moving.push(Movement {
            element,
            until: dom::milliseconds() + f64::from(MOTION_MS),
        });
    }

    /// Puts a slot at the end or in place of another.
    fn put(&mut self, index: usize, slot: Slot) {
        if index < self.slots.len() {
            self.replace(index, slot);
            return;
        }
        if let Some(root) = &self.root {
            append(root, slot.element());
        }
        self.slots.push(slot);
    }

    fn replace(&mut self, index: usize, slot: Slot) {
        let old = std::mem::replace(&mut self.slots[index], slot);
        if let Some(root) = &self.root {
            // Fails only if the old element is no child of the grid; then there is nothing to replace.
            let _ = root.replace_child(self.slots[index].element(), old.element());
        }
        let old: &web_sys::Node = old.element();
        self.moving.retain(|movement| {
            let element: &web_sys::Node = &movement.element;
            element != old
        });
    }

    /// Drops the holes behind the last used slot.
    fn trim(&mut self, used: usize) {
        while self.slots.len() > used && matches!(self.slots.last(), Some(Slot::Hole(_))) {
            if let Some(hole) = self.slots.pop() {
                hole.element().remove();
            }
        }
    }
}

/// A picture of a block, among words.
pub(super) fn sketch(into: &mut Node, family: Family, glyph: Glyph) {
    into.add("<span class=pod></span>")
        .set("data-family", family.slug())
        .set_some("data-glyph", glyph.slug());
}

fn append(root: &Element, child: &Element) {
    // Fails only for a child that contains its parent.
    let _ = root.append_child(child);
}

thread_local! {
    /// An empty block to copy: one call instead of one per attribute.
    static BLOCK: HtmlElement = {
        let block = new("button");
        for (name, value) in [("type", "button"), ("class", "pod"), ("tabindex", "-1")] {
            dom::set(&block, name, value);
        }
        block
    };
    static HOLE: HtmlElement = {
        let hole = new("span");
        dom::set(&hole, "class", "hole");
        hole
    };
}

fn new(tag: &str) -> HtmlElement {
    let element = dom::document().create_element(tag).expect("a tag of HTML");
    element.unchecked_into()
}

fn copy(template: &HtmlElement) -> HtmlElement {
    template
        .clone_node()
        .expect("an element can be copied")
        .unchecked_into()
}

fn hole() -> Element {
    HOLE.with(copy).into()
}

fn create(pod: &Pod, look: Look) -> HtmlElement {
    let element = BLOCK.with(copy);
    dom::set(&element, "data-pod", &pod.meta.key.to_string());
    dom::set(&element, "data-uid", &pod.meta.uid.to_string());
    dom::set(&element, "data-status", &pod.status.text);
    dom::set(&element, "aria-label", &block::label(pod));
    set_look(&element, look);
    element
}

fn update(element: &HtmlElement, old: &Pod, new: &Pod, old_look: Look, new_look: Look) {
    if old.status.text != new.status.text {
        dom::set(element, "data-status", &new.status.text);
    }
    if old_look != new_look {
        set_look(element, new_look);
    }
    let label = block::label(new);
    if block::label(old) != label {
        dom::set(element, "aria-label", &label);
    }
}

fn set_look(element: &HtmlElement, look: Look) {
    dom::set(element, "data-family", look.family.slug());
    match look.glyph.slug() {
        Some(glyph) => dom::set(element, "data-glyph", glyph),
        None => dom::unset(element, "data-glyph"),
    }
    // Through the object model: the page's policy forbids the attribute. Fails never for a custom property.
    let style = element.style();
    let _ = if look.filled_percent == 100 {
        style.remove_property("--part").map(drop)
    } else {
        style.set_property("--part", &look.filled_percent.to_string())
    };
}

/// Draws what differs between two strokes.
fn set_stroke(element: &HtmlElement, drawn: &mut Stroke, stroke: Stroke) {
    let old = std::mem::replace(drawn, stroke);
    let put = |name: &str, value: Option<&str>| match value {
        Some(value) => dom::set(element, name, value),
        None => dom::unset(element, name),
    };
    if old.visibility != stroke.visibility {
        put("data-dim", (stroke.visibility == Visibility::Dimmed).then_some(""));
    }
    if old.tint != stroke.tint {
        put("data-tint", stroke.tint.map(Tint::slug));
    }
    if old.mark != stroke.mark {
        put("data-mark", stroke.mark.slug());
    }
}

/// Makes a block a mere picture: whoever looks for the pod must not find it.
fn leave(element: &HtmlElement) {
    for name in ["data-pod", "data-uid", "data-status", "aria-label"] {
        dom::unset(element, name);
    }
    dom::set(element, "aria-hidden", "true");
    dom::set(element, "tabindex", "-1");
    dom::set(element, "disabled", "");
}
