//! The filter, and a measure of its work.

use std::{cell::Cell, fmt, rc::Rc};

use crate::{
    limits::MAX_OBJECT_STEPS,
    resource::{Node, Pod, Timestamp},
};

/// A filter that the user can set.
pub trait Criterion {
    /// Whether a pod matches, on a node that may be unknown. Counts the work.
    fn is_pod(&self, pod: &Pod, node: Option<&Node>, now: Timestamp, work: &Work) -> bool;

    /// Whether a node matches.
    fn is_node(&self, node: &Node, now: Timestamp, work: &Work) -> bool;
}

/// The filter that is set.
#[derive(Clone)]
pub struct Filter(Rc<dyn Criterion>);

impl Filter {
    /// A filter by this criterion.
    #[must_use]
    pub fn new(criterion: Rc<impl Criterion + 'static>) -> Self {
        Self(criterion)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

/// What it takes at least to ask about an object: most of it is to fetch the object from memory.
const STEPS_OF_ASKING: usize = 32;

/// Whether a pod matches a filter. `node` is looked up only where there is a filter.
pub(super) fn lets_pod<'n>(
    filter: Option<&Filter>,
    pod: &Pod,
    node: impl FnOnce() -> Option<&'n Node>,
    now: Timestamp,
    work: &Work,
) -> bool {
    work.begin_object();
    filter.is_none_or(|Filter(criterion)| criterion.is_pod(pod, node(), now, work))
}

/// Whether a node matches a filter.
pub(super) fn lets_node(filter: Option<&Filter>, node: &Node, now: Timestamp, work: &Work) -> bool {
    work.begin_object();
    filter.is_none_or(|Filter(criterion)| criterion.is_node(node, now, work))
}

/// Work that was done, in steps of some nanoseconds. It measures time without a clock, and no object gets
/// more than [`MAX_OBJECT_STEPS`]: users who create pods choose how long their texts are.
#[derive(Clone, Debug, Default)]
pub struct Work {
    done: Cell<u64>,
    /// What was done before the object that is asked about.
    before: Cell<u64>,
    /// How often there was no room.
    cuts: Cell<u32>,
}

impl Work {
    /// Counts steps.
    pub fn add(&self, steps: usize) {
        self.done.set(self.done.get().saturating_add(steps as u64));
    }

    /// Whether the current object may take this many more steps. If not, that is [noted](Work::cuts).
    #[must_use]
    pub fn has_room(&self, steps: usize) -> bool {
        let of_object = self.done.get() - self.before.get();
        let has_room = of_object.saturating_add(steps as u64) <= MAX_OBJECT_STEPS;
        if !has_room {
            self.cuts.set(self.cuts.get().saturating_add(1));
        }
        has_room
    }

    /// How many steps were done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.get()
    }

    /// How often something was not compared, because the object would have taken too many steps.
    #[must_use]
    pub fn cuts(&self) -> u32 {
        self.cuts.get()
    }

    /// The next object is asked about.
    fn begin_object(&self) {
        self.before.set(self.done.get());
        self.add(STEPS_OF_ASKING);
    }
}
