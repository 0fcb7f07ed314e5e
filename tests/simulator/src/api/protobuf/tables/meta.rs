//! `apimachinery/pkg/apis/meta/v1`: metadata of objects and lists, `Status`, label selectors.

use super::Shape::{Bool, FieldsV1, Int, Message, Text, Texts, Time};
use super::{Field, always, many, maybe, one};

pub(in crate::api::protobuf) const OBJECT_META: &[Field] = &[
    one(1, "name", Text),
    one(2, "generateName", Text),
    one(3, "namespace", Text),
    one(4, "selfLink", Text),
    one(5, "uid", Text),
    one(6, "resourceVersion", Text),
    one(7, "generation", Int),
    one(8, "creationTimestamp", Time),
    maybe(9, "deletionTimestamp", Time),
    maybe(10, "deletionGracePeriodSeconds", Int),
    one(11, "labels", Texts),
    one(12, "annotations", Texts),
    many(13, "ownerReferences", Message(OWNER_REFERENCE)),
    many(14, "finalizers", Text),
    many(17, "managedFields", Message(MANAGED_FIELDS_ENTRY)),
];
const OWNER_REFERENCE: &[Field] = &[
    always(1, "kind", Text),
    always(3, "name", Text),
    always(4, "uid", Text),
    always(5, "apiVersion", Text),
    maybe(6, "controller", Bool),
    maybe(7, "blockOwnerDeletion", Bool),
];
pub(in crate::api::protobuf) const MANAGED_FIELDS_ENTRY: &[Field] = &[
    one(1, "manager", Text),
    one(2, "operation", Text),
    one(3, "apiVersion", Text),
    maybe(4, "time", Time),
    one(6, "fieldsType", Text),
    maybe(7, "fieldsV1", FieldsV1),
    one(8, "subresource", Text),
];
pub(in crate::api::protobuf) const LIST_META: &[Field] = &[
    one(1, "selfLink", Text),
    one(2, "resourceVersion", Text),
    one(3, "continue", Text),
    maybe(4, "remainingItemCount", Int),
];
pub(in crate::api::protobuf) const STATUS: &[Field] = &[
    one(1, "metadata", Message(LIST_META)),
    one(2, "status", Text),
    one(3, "message", Text),
    one(4, "reason", Text),
    maybe(5, "details", Message(STATUS_DETAILS)),
    one(6, "code", Int),
];
const STATUS_DETAILS: &[Field] = &[
    one(1, "name", Text),
    one(2, "group", Text),
    one(3, "kind", Text),
    many(4, "causes", Message(STATUS_CAUSE)),
    one(5, "retryAfterSeconds", Int),
    one(6, "uid", Text),
];
const STATUS_CAUSE: &[Field] = &[one(1, "reason", Text), one(2, "message", Text), one(3, "field", Text)];
pub(super) const LABEL_SELECTOR: &[Field] = &[
    one(1, "matchLabels", Texts),
    many(2, "matchExpressions", Message(LABEL_SELECTOR_REQUIREMENT)),
];
const LABEL_SELECTOR_REQUIREMENT: &[Field] = &[
    always(1, "key", Text),
    always(2, "operator", Text),
    many(3, "values", Text),
];
