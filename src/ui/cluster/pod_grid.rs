//! The pods of a box, one element each.
//!
//! A leaf that is drawn by hand. As components with one signal each, 3,000 blocks took 3.6 times as long to change a tenth of them
//! (7.1 ms instead of 2.0), 1.5 times as long to mount (76 ms instead of 52), and 3 KB each instead of 0.1 KB, where a pod
//! may take 500 bytes in all. `ONLY=blocks make bench` measures it again.
//!
//! A slot of the cluster is a child of the grid: a block, a hole, or a block that is leaving. Drawing compares slot by
//! slot, by address first, and touches the attributes that differ. Where a pod leaves, its block stays in its slot until
//! its movement has ended, or until another pod takes the slot. Touches nothing outside of its own element.

use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leptos::{
    html,
    prelude::*,
    web_sys::{Element, HtmlElement},
};
use wasm_bindgen::JsCast;

use super::motion::Motion;
use crate::{
    resource::Pod,
    ui::{
        dom,
        signals::{Drawing, Local},
    },
    view::{
        block::{self, Appearance},
        block_style::{BlockStyle, Visibility},
        blocks::{Block, Blocks},
        color::Tint,
    },
};

/// Shortest time between two sweeps, in milliseconds: where blocks leave all the time, many are swept at once.
const SWEEP_MS: f64 = 40.0;

/// The blocks of a box.
#[component]
pub fn PodGrid(blocks: Local<Option<Drawing>>) -> impl IntoView {
    let motion = expect_context::<Motion>();
    let root = NodeRef::<html::Div>::new();
    let grid = StoredValue::new_local(Grid::new(motion));
    let sweeping = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let Some(root) = root.get() else { return };
        blocks.with(|drawing| {
            if let Some(drawing) = drawing {
                grid.update_value(|grid| grid.draw(&root, drawing));
            }
        });
        sweep_later(root.into(), grid, sweeping);
    });
    view! { <div class="blocks" node_ref=root></div> }
}

/// Ends movements when their time has come, for as long as there are any.
fn sweep_later(
    root: Element,
    grid: StoredValue<Grid, LocalStorage>,
    sweeping: StoredValue<Option<Timeout>, LocalStorage>,
) {
    let Some(rest) = grid.with_value(Grid::next_rest) else {
        return;
    };
    let wait = (rest - dom::milliseconds()).max(SWEEP_MS);
    let sweep = move || {
        grid.update_value(|grid| grid.sweep(&root, dom::milliseconds()));
        sweep_later(root, grid, sweeping);
    };
    // At most the length of a movement. An older one ends with it.
    sweeping.set_value(Some(Timeout::new(wait.ceil() as u32, sweep)));
}

struct Grid {
    motion: Motion,
    slots: Vec<GridSlot>,
    is_drawn: bool,
    moving: Vec<Movement>,
}

enum GridSlot {
    Hole(Element),
    Block {
        element: HtmlElement,
        pod: Arc<Pod>,
        appearance: Appearance,
        block_style: BlockStyle,
    },
    Leaving(HtmlElement),
}

/// A block that moves until the time given, in milliseconds since the page was opened.
struct Movement {
    element: HtmlElement,
    until: f64,
}

impl GridSlot {
    fn element(&self) -> &Element {
        match self {
            Self::Hole(element) => element,
            Self::Block { element, .. } | Self::Leaving(element) => element,
        }
    }
}

impl Grid {
    fn new(motion: Motion) -> Self {
        Self {
            motion,
            slots: Vec::new(),
            is_drawn: false,
            moving: Vec::new(),
        }
    }

    /// When the next movement ends, in milliseconds since the page was opened; `None` while nothing moves.
    fn next_rest(&self) -> Option<f64> {
        self.moving.iter().map(|movement| movement.until).min_by(f64::total_cmp)
    }

    /// Draws the blocks. The first drawing never moves.
    fn draw(&mut self, root: &Element, Drawing { blocks, moves }: &Drawing) {
        let moves = std::mem::replace(&mut self.is_drawn, true) && *moves;
        for index in 0..blocks.slot_count().max(self.slots.len()) {
            self.draw_slot(root, index, blocks.get(index), moves);
        }
        self.trim(Blocks::slot_count(blocks));
    }

    /// Ends the movements whose time has come.
    fn sweep(&mut self, root: &Element, now: f64) {
        for over in self.moving.extract_if(.., |movement| movement.until <= now) {
            dom::unset(&over.element, "data-motion");
            self.motion.end(over.until);
        }
        for index in 0..self.slots.len() {
            let GridSlot::Leaving(element) = &self.slots[index] else {
                continue;
            };
            if !self.moving.iter().any(|movement| movement.element == *element) {
                self.put(root, index, GridSlot::Hole(hole()));
            }
        }
        let used = self.slots.iter().rposition(|slot| !matches!(slot, GridSlot::Hole(_)));
        self.trim(used.map_or(0, |last| last + 1));
    }

    fn draw_slot(&mut self, root: &Element, index: usize, new: Option<&Block>, moves: bool) {
        match (self.slots.get_mut(index), new) {
            (
                Some(GridSlot::Block {
                    element,
                    pod,
                    appearance,
                    block_style,
                }),
                Some(new),
            ) if pod.meta.uid == new.pod.meta.uid => {
                let old_appearance = *appearance;
                if !Arc::ptr_eq(pod, &new.pod) {
                    *appearance = Appearance::of(&new.pod);
                    update(element, pod, &new.pod, old_appearance, *appearance);
                    *pod = Arc::clone(&new.pod);
                }
                set_block_style(element, block_style, new.block_style);
                if old_appearance.family != appearance.family {
                    let element = element.clone();
                    self.start(element, "change", moves);
                }
            }
            (_, Some(new)) => {
                let appearance = Appearance::of(&new.pod);
                let element = create(&new.pod, appearance);
                set_block_style(&element, &mut BlockStyle::default(), new.block_style);
                self.start(element.clone(), "enter", moves);
                let block = GridSlot::Block {
                    element,
                    pod: Arc::clone(&new.pod),
                    appearance,
                    block_style: new.block_style,
                };
                self.put(root, index, block);
            }
            (Some(GridSlot::Block { element, .. }), None) => {
                let element = element.clone();
                // Before it leaves the document, so that losing the focus to that is told from leaving the block.
                leave(&element);
                if self.start(element.clone(), "leave", moves) {
                    self.slots[index] = GridSlot::Leaving(element);
                } else {
                    self.put(root, index, GridSlot::Hole(hole()));
                }
            }
            (Some(_), None) => {}
            (None, None) => self.put(root, index, GridSlot::Hole(hole())),
        }
    }

    /// Has a block move; whether it does.
    fn start(&mut self, element: HtmlElement, motion: &str, moves: bool) -> bool {
        // A pod that has just come may well change at once; that it came is the greater news.
        let is_entering = motion == "change" && self.moving.iter().any(|movement| movement.element == element);
        if !moves || is_entering {
            return false;
        }
        let Some(until) = self.motion.begin() else { return false };
        dom::set(&element, "data-motion", motion);
        self.forget(&element);
        self.moving.push(Movement { element, until });
        true
    }

    /// Puts a slot at the end or in place of another.
    fn put(&mut self, root: &Element, index: usize, slot: GridSlot) {
        let Some(place) = self.slots.get_mut(index) else {
            // Fails only for a child that contains its parent.
            let _ = root.append_child(slot.element());
            self.slots.push(slot);
            return;
        };
        let old = std::mem::replace(place, slot);
        // Fails only if the old element is no child of the grid; then there is nothing to replace.
        let _ = root.replace_child(self.slots[index].element(), old.element());
        self.forget(old.element());
    }

    /// Ends the movement of an element that does something else now.
    fn forget(&mut self, element: &Element) {
        for other in self.moving.extract_if(.., |movement| *movement.element == *element) {
            self.motion.end(other.until);
        }
    }

    /// Drops the holes behind the last used slot.
    fn trim(&mut self, used: usize) {
        while self.slots.len() > used && matches!(self.slots.last(), Some(GridSlot::Hole(_))) {
            if let Some(hole) = self.slots.pop() {
                hole.element().remove();
            }
        }
    }
}

impl Drop for Grid {
    fn drop(&mut self) {
        for movement in &self.moving {
            self.motion.end(movement.until);
        }
    }
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

fn create(pod: &Pod, appearance: Appearance) -> HtmlElement {
    let element = BLOCK.with(copy);
    dom::set(&element, "data-pod", &pod.meta.key.to_string());
    dom::set(&element, "data-uid", &pod.meta.uid.to_string());
    dom::set(&element, "data-status", &pod.status.text);
    dom::set(&element, "aria-label", &block::label(pod));
    set_appearance(&element, appearance);
    element
}

fn update(element: &HtmlElement, old: &Pod, new: &Pod, old_appearance: Appearance, new_appearance: Appearance) {
    if old.status.text != new.status.text {
        dom::set(element, "data-status", &new.status.text);
    }
    if old_appearance != new_appearance {
        set_appearance(element, new_appearance);
    }
    let label = block::label(new);
    if block::label(old) != label {
        dom::set(element, "aria-label", &label);
    }
}

fn set_appearance(element: &HtmlElement, appearance: Appearance) {
    dom::set(element, "data-family", appearance.family.slug());
    dom::set_some(element, "data-glyph", appearance.glyph.slug());
    // Through the object model: the page's policy forbids the attribute. Fails never for a custom property.
    let style = element.style();
    let _ = if appearance.filled_percent == 100 {
        style.remove_property("--part").map(drop)
    } else {
        style.set_property("--part", &appearance.filled_percent.to_string())
    };
}

/// Draws what differs between two styles.
fn set_block_style(element: &HtmlElement, drawn: &mut BlockStyle, block_style: BlockStyle) {
    let old = std::mem::replace(drawn, block_style);
    if old.visibility != block_style.visibility {
        dom::set_present(element, "data-dim", block_style.visibility == Visibility::Dimmed);
    }
    if old.tint != block_style.tint {
        dom::set_some(element, "data-tint", block_style.tint.map(Tint::slug));
    }
    if old.is_restarted != block_style.is_restarted {
        dom::set_present(element, "data-restarted", block_style.is_restarted);
    }
    if old.mark != block_style.mark {
        dom::set_some(element, "data-mark", block_style.mark.slug());
    }
}

/// Removes a block's attributes, so that nothing finds the pod there.
fn leave(element: &HtmlElement) {
    for name in ["data-pod", "data-uid", "data-status", "aria-label"] {
        dom::unset(element, name);
    }
    dom::set(element, "aria-hidden", "true");
    dom::set(element, "tabindex", "-1");
    dom::set(element, "disabled", "");
}
