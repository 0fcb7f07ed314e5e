//! (being written)

use crate::resource::{Meta, Resource};

/// What an informer says of its objects, in order; the vocabulary of kube-rs' `watcher::Event`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<K: Resource> {
    /// A list begins. What was known stays valid until [`Event::InitDone`].
    Init,
    /// An object of the list. Belongs to no picture before [`Event::InitDone`].
    InitApply(K),
    /// The list is complete: exactly the objects since [`Event::Init`] exist.
    InitDone,
    /// An object was added or modified.
    Apply(K),
    /// An object was deleted, or no longer matches. Its identity is enough: the store knows the last state.
    Delete(Meta),
}
