//! The blocks of 1,500 or 3,000 pods, in boxes of thirty, in three ways: as the grid of the page, and as components with one
//! signal each, whose attributes are either one effect or one for each.
//!
//! Values are made before the clock runs: what is measured is what Leptos, the grid and the document do with them.

use std::sync::Arc;

use k8bit::{
    resource::{Pod, Resource, ResourceInterner},
    ui::{Drawing, Motion, PodGrid},
    view::{
        block::{self, Appearance},
        block_style::{BlockStyle, Visibility},
        blocks::{Block, Blocks},
        color::Tint,
    },
};
use leptos::{mount::mount_to, prelude::*, web_sys::HtmlElement};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};

/// Pods of a box.
const BOX: usize = 30;

/// A signal of what is no `Send`.
type Local<T> = RwSignal<T, LocalStorage>;

/// How blocks are made.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the leaf of the page.
    Grid,
    /// A component and a signal each; one effect compares all attributes.
    Component,
    /// A component and a signal each; an effect for each attribute.
    ComponentOfEffects,
}

/// Blocks that can be mounted and changed.
#[wasm_bindgen]
pub struct BlockBench {
    way: Way,
    /// The pods as they are, and as they will be: every tenth is another.
    blocks: [Vec<Block>; 2],
    signals: Vec<Local<Block>>,
    boxes: Vec<Local<Option<Drawing>>>,
    is_changed: bool,
    mounted: Option<Box<dyn std::any::Any>>,
}

#[wasm_bindgen]
impl BlockBench {
    /// this many pods.
    #[wasm_bindgen(constructor)]
    pub fn new(way: Way, pods: usize) -> Self {
        let mut interner = ResourceInterner::default();
        let before: Vec<Block> = (0..pods).map(|index| block(index, false, &mut interner)).collect();
        let after = before.iter().enumerate().map(|(index, old)| match index % 10 {
            0 => block(index, true, &mut interner),
            _ => old.clone(),
        });
        Self {
            way,
            blocks: [before.clone(), after.collect()],
            signals: Vec::new(),
            boxes: Vec::new(),
            is_changed: false,
            mounted: None,
        }
    }

    /// Makes the elements, in `#app`. Effects run when the caller has returned.
    pub fn mount(&mut self) {
        let root = document().get_element_by_id("app").expect("the page has a root");
        let root: HtmlElement = root.unchecked_into();
        let (blocks, way, owner) = (&self.blocks[0], self.way, Owner::new());
        owner.with(|| {
            if way == Way::Grid {
                self.boxes = blocks
                    .chunks(BOX)
                    .map(|pods| RwSignal::new_local(drawing(pods)))
                    .collect();
            } else {
                self.signals = blocks.iter().cloned().map(RwSignal::new_local).collect();
            }
        });
        let (boxes, signals) = (self.boxes.clone(), self.signals.clone());
        let mounted = mount_to(root, move || {
            provide_context(Motion::at_rest());
            let grids = boxes.into_iter().map(|blocks| view! { <PodGrid blocks/> });
            let components = signals
                .chunks(BOX)
                .map(|blocks| view! { <BlockBox blocks=blocks.to_vec() way/> });
            (grids.collect_view(), components.collect_view())
        });
        self.mounted = Some(Box::new((mounted, owner)));
    }

    /// Changes every tenth pod. Effects run when the caller has returned.
    pub fn update(&mut self) {
        self.is_changed = !self.is_changed;
        let blocks = &self.blocks[usize::from(self.is_changed)];
        for (signal, block) in self.signals.iter().zip(blocks) {
            if signal.with_untracked(|old| old != block) {
                signal.set(block.clone());
            }
        }
        for (signal, pods) in self.boxes.iter().zip(blocks.chunks(BOX)) {
            let drawing = drawing(pods);
            if signal.with_untracked(|old| *old != drawing) {
                signal.set(drawing);
            }
        }
    }

    /// Removes the elements.
    pub fn unmount(&mut self) {
        self.mounted = None;
    }
}

fn drawing(pods: &[Block]) -> Option<Drawing> {
    let blocks: Blocks = pods.iter().cloned().map(Some).collect();
    Some(Drawing { blocks, moves: false })
}

fn block(index: usize, fails: bool, interner: &mut ResourceInterner) -> Block {
    let phase = if fails { "Failed" } else { "Running" };
    let json = format!(
        r#"{{"metadata":{{"namespace":"shop","name":"web-{index}","uid":"00000000-0000-4000-8000-{index:012}"}},"spec":{{"nodeName":"n"}},"status":{{"phase":"{phase}"}}}}"#
    );
    let pod = Pod::decode(json.as_bytes(), interner).expect("a pod");
    Block {
        pod: Arc::new(pod),
        block_style: BlockStyle::default(),
    }
}

#[component]
fn BlockBox(blocks: Vec<Local<Block>>, way: Way) -> impl IntoView {
    let blocks = blocks.into_iter().map(|block| match way {
        Way::ComponentOfEffects => view! { <BlockOfEffects block/> }.into_any(),
        _ => view! { <BlockComponent block/> }.into_any(),
    });
    view! { <div class="blocks">{blocks.collect_view()}</div> }
}

/// A block whose attributes are compared together.
#[component]
fn BlockComponent(block: Local<Block>) -> impl IntoView {
    move || {
        block.with(|Block { pod, block_style }| {
            let look = Appearance::of(pod);
            let is_dimmed = block_style.visibility == Visibility::Dimmed;
            view! {
                <button type="button" class="pod" tabindex="-1" data-pod=pod.meta.key.to_string()
                    data-uid=pod.meta.uid.to_string() data-status=pod.status.text.to_string() aria-label=block::label(pod)
                    data-family=look.family.slug() data-glyph=look.glyph.slug()
                    style:--part=(look.filled_percent != 100).then(|| look.filled_percent.to_string())
                    data-dim=is_dimmed.then_some("") data-tint=block_style.tint.map(Tint::slug)
                    data-mark=block_style.mark.slug()></button>
            }
        })
    }
}

/// A block each of whose attributes is an effect of its own.
#[component]
fn BlockOfEffects(block: Local<Block>) -> impl IntoView {
    let pod = move || block.with(|block| Arc::clone(&block.pod));
    let look = move || block.with(|block| Appearance::of(&block.pod));
    let block_style = move || block.with(|block| block.block_style);
    let Block { pod: first, .. } = block.get_untracked();
    let part = move || match look().filled_percent {
        100 => None,
        percent => Some(percent.to_string()),
    };
    view! {
        <button type="button" class="pod" tabindex="-1" data-pod=first.meta.key.to_string()
            data-uid=first.meta.uid.to_string() data-status=move || pod().status.text.to_string()
            aria-label=move || block::label(&pod()) data-family=move || look().family.slug()
            data-glyph=move || look().glyph.slug() style:--part=part
            data-dim=move || (block_style().visibility == Visibility::Dimmed).then_some("")
            data-tint=move || block_style().tint.map(Tint::slug) data-mark=move || block_style().mark.slug()></button>
    }
}
