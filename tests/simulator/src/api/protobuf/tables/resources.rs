//! Parts of several messages: references, node selectors, resource requirements.

use super::Shape::{Message, Quantities, Text};
use super::{Field, always, many, maybe, one};

pub(super) const OBJECT_REFERENCE: &[Field] = &[
    one(1, "kind", Text),
    one(2, "namespace", Text),
    one(3, "name", Text),
    one(4, "uid", Text),
    one(5, "apiVersion", Text),
    one(6, "resourceVersion", Text),
    one(7, "fieldPath", Text),
];
pub(super) const LOCAL_OBJECT_REFERENCE: &[Field] = &[one(1, "name", Text)];
pub(super) const TYPED_LOCAL_OBJECT_REFERENCE: &[Field] = &[
    maybe(1, "apiGroup", Text),
    always(2, "kind", Text),
    always(3, "name", Text),
];
pub(super) const NODE_SELECTOR: &[Field] = &[many(1, "nodeSelectorTerms", Message(NODE_SELECTOR_TERM))];
pub(super) const NODE_SELECTOR_TERM: &[Field] = &[
    many(1, "matchExpressions", Message(NODE_SELECTOR_REQUIREMENT)),
    many(2, "matchFields", Message(NODE_SELECTOR_REQUIREMENT)),
];
const NODE_SELECTOR_REQUIREMENT: &[Field] = &[
    always(1, "key", Text),
    always(2, "operator", Text),
    many(3, "values", Text),
];
pub(super) const RESOURCE_REQUIREMENTS: &[Field] = &[
    one(1, "limits", Quantities),
    one(2, "requests", Quantities),
    many(3, "claims", Message(RESOURCE_CLAIM)),
];
const RESOURCE_CLAIM: &[Field] = &[always(1, "name", Text), one(2, "request", Text)];
