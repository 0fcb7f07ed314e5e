//! How a block is drawn by the reader's choice: dimmed or hidden, tinted, marked.
//!
//! What a pod is like in itself is its [`Look`](super::block::Look). Elements and the map's canvas use the same brush.

use std::rc::Rc;

use crate::{
    resource::{ObjectKey, Pod, Text, Timestamp, Workload},
    view::state::Colour,
};

/// The reader's choice, as far as it concerns blocks.
#[derive(Clone, Debug, Default)]
pub struct Brush {
    /// What does not match is hidden instead of dimmed.
    pub hides: bool,
    /// What a colour tells.
    pub colour: Colour,
    /// The time, for colours that tell an age.
    pub now: Option<Timestamp>,
    /// The workload whose pods are outlined.
    pub spotlight: Option<Spotlight>,
}

/// A workload whose pods are outlined, and the pod that it was chosen by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spotlight {
    /// The chosen pod.
    pub pod: ObjectKey,
    /// The kind and the name of its workload; `None` where nothing controls it.
    pub workload: Option<(Text, Text)>,
}

/// How one block is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stroke {
    /// Of what does not match.
    pub visibility: Visibility,
    /// Instead of the colour of the family.
    pub tint: Option<Tint>,
    /// An outline.
    pub mark: Mark,
}

/// Whether a block is among what the reader looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// It is, or the reader looks for nothing.
    #[default]
    Full,
    /// It is not.
    Dimmed,
    /// It is not, and the place is left free.
    Hidden,
}

/// An outline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// None.
    #[default]
    None,
    /// A pod of the same workload.
    Sibling,
    /// The chosen pod itself.
    Chosen,
}

impl Mark {
    /// The value of `data-mark`.
    #[must_use]
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Sibling => Some("sibling"),
            Self::Chosen => Some("chosen"),
        }
    }
}

impl Spotlight {
    /// On the workload of a pod.
    #[must_use]
    pub fn of(pod: &Rc<Pod>) -> Self {
        Self {
            pod: pod.meta.key.clone(),
            workload: Workload::of(&pod.template).map(|workload| (workload.kind.into(), workload.name.into())),
        }
    }

    /// How a pod is outlined in it.
    #[must_use]
    pub fn mark(&self, pod: &Pod) -> Mark {
        if pod.meta.key == self.pod {
            return Mark::Chosen;
        }
        let is_sibling = pod.meta.key.namespace == self.pod.namespace
            && self.workload.as_ref().is_some_and(|(kind, name)| {
                Workload::of(&pod.template).is_some_and(|workload| (workload.kind, workload.name) == (kind, name))
            });
        if is_sibling { Mark::Sibling } else { Mark::None }
    }
}

impl Brush {
    /// How a pod's block is drawn; `is_match` says whether the reader looks for it.
    #[must_use]
    pub fn stroke(&self, pod: &Pod, is_match: bool) -> Stroke {
        Stroke {
            visibility: match (is_match, self.hides) {
                (true, _) => Visibility::Full,
                (false, false) => Visibility::Dimmed,
                (false, true) => Visibility::Hidden,
            },
            tint: None,
            mark: self
                .spotlight
                .as_ref()
                .map_or(Mark::None, |spotlight| spotlight.mark(pod)),
        }
    }
}
