//! What a query is asked about.

use crate::resource::{Node, Pod};

/// The object that is compared.
#[derive(Clone, Copy)]
pub(super) enum Candidate<'s> {
    /// A pod, and its node where there is one.
    Pod(&'s Pod, Option<&'s Node>),
    /// A node.
    Node(&'s Node),
}
