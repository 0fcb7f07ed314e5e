//! The objects of one kind, by key, and exactly what changed.

use std::rc::Rc;

use crate::resource::Resource;

/// One change of the store. Objects are shared, so a change costs no copy.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<K: Resource> {
    /// The object is new.
    Added(Rc<K>),
    /// The same object (same uid) in another state.
    Modified {
        /// As it was.
        old: Rc<K>,
        /// As it is.
        new: Rc<K>,
    },
    /// The object is gone; its last known state.
    Deleted(Rc<K>),
}
