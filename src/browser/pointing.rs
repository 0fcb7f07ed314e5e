//! What the pointer or the focus is at.

use web_sys::Element;

use super::dom;
use crate::{
    resource::{ObjectKey, SharedStr},
    view::{navigate::Rect, state::Subject},
};

/// A pod or a node, and where it is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Where it is seen.
    pub anchor: Anchor,
    /// Which pod or node it is.
    pub subject: Subject,
}

/// What a tooltip stands beside.
#[derive(Clone, Debug, PartialEq)]
pub enum Anchor {
    /// A block or the name of a node.
    Element(Element),
    /// A place in the window, of what is no element.
    Place(Rect),
}

impl Target {
    /// What an element stands for, if it stands for something.
    pub fn of(element: &Element) -> Option<Self> {
        Some(Self {
            subject: subject_of(element)?,
            anchor: Anchor::Element(element.clone()),
        })
    }

    /// Whether its place still stands for it.
    pub fn is_there(&self) -> bool {
        match &self.anchor {
            Anchor::Element(element) => element.is_connected() && subject_of(element).as_ref() == Some(&self.subject),
            Anchor::Place(_) => true,
        }
    }

    /// Where in the window it is.
    pub fn rect(&self) -> Rect {
        match &self.anchor {
            Anchor::Place(rect) => *rect,
            Anchor::Element(element) => dom::rect_of(element),
        }
    }
}

/// What an element stands for.
pub fn subject_of(element: &Element) -> Option<Subject> {
    if let Some(pod) = element.get_attribute("data-pod") {
        let (namespace, name) = pod.split_once('/')?;
        return Some(Subject::Pod(ObjectKey {
            namespace: SharedStr::new(namespace),
            name: name.into(),
        }));
    }
    let card = element.closest("[data-node]").ok().flatten()?;
    Some(Subject::Node(SharedStr::new(&card.get_attribute("data-node")?)))
}
