//! The pods of a box, as they are to be drawn.

use std::sync::Arc;

use crate::{
    cluster::Slots,
    metrics::Usage,
    resource::Pod,
    view::block_style::{BlockStyle, StyleContext, Visibility},
};

/// A pod and how it is drawn.
#[derive(Clone, Debug)]
pub struct Block {
    /// The pod.
    pub pod: Arc<Pod>,
    /// How it is drawn.
    pub block_style: BlockStyle,
}

impl PartialEq for Block {
    /// A pod that has changed is another object.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pod, &other.pod) && self.block_style == other.block_style
    }
}

/// The blocks of a box by slot; `None` for an empty slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blocks(Vec<Option<Block>>);

impl FromIterator<Option<Block>> for Blocks {
    /// One slot after the other.
    fn from_iter<I: IntoIterator<Item = Option<Block>>>(slots: I) -> Self {
        Self(slots.into_iter().collect())
    }
}

impl Blocks {
    /// The pods as the style context has them, at most this many slots of them.
    #[must_use]
    pub fn of(pods: &Slots, style_context: &StyleContext, usage: &Usage, most: usize) -> Self {
        let count = pods.slot_count().min(most);
        let block = |slot: usize| {
            let pod = pods.get(slot)?;
            let block_style = style_context.block_style(pod, pods.is_match(slot), usage);
            (block_style.visibility != Visibility::Hidden).then(|| Block {
                pod: Arc::clone(pod),
                block_style,
            })
        };
        Self((0..count).map(block).collect())
    }

    /// How many slots there are.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.0.len()
    }

    /// What is in a slot.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&Block> {
        self.0.get(slot)?.as_ref()
    }
}
