//! Affinity of pods.

use super::Shape::{Int, Message, Text};
use super::meta::LABEL_SELECTOR;
use super::resources::{NODE_SELECTOR, NODE_SELECTOR_TERM};
use super::{Field, always, many, maybe, one};

pub(super) const AFFINITY: &[Field] = &[
    maybe(1, "nodeAffinity", Message(NODE_AFFINITY)),
    maybe(2, "podAffinity", Message(POD_AFFINITY)),
    maybe(3, "podAntiAffinity", Message(POD_ANTI_AFFINITY)),
];
const NODE_AFFINITY: &[Field] = &[
    maybe(
        1,
        "requiredDuringSchedulingIgnoredDuringExecution",
        Message(NODE_SELECTOR),
    ),
    many(
        2,
        "preferredDuringSchedulingIgnoredDuringExecution",
        Message(PREFERRED_SCHEDULING_TERM),
    ),
];
const PREFERRED_SCHEDULING_TERM: &[Field] = &[
    always(1, "weight", Int),
    one(2, "preference", Message(NODE_SELECTOR_TERM)),
];
const POD_AFFINITY: &[Field] = &[
    many(
        1,
        "requiredDuringSchedulingIgnoredDuringExecution",
        Message(POD_AFFINITY_TERM),
    ),
    many(
        2,
        "preferredDuringSchedulingIgnoredDuringExecution",
        Message(WEIGHTED_POD_AFFINITY_TERM),
    ),
];
const POD_AFFINITY_TERM: &[Field] = &[
    maybe(1, "labelSelector", Message(LABEL_SELECTOR)),
    many(2, "namespaces", Text),
    always(3, "topologyKey", Text),
    maybe(4, "namespaceSelector", Message(LABEL_SELECTOR)),
    many(5, "matchLabelKeys", Text),
    many(6, "mismatchLabelKeys", Text),
];
const WEIGHTED_POD_AFFINITY_TERM: &[Field] = &[
    always(1, "weight", Int),
    one(2, "podAffinityTerm", Message(POD_AFFINITY_TERM)),
];
const POD_ANTI_AFFINITY: &[Field] = &[
    many(
        1,
        "requiredDuringSchedulingIgnoredDuringExecution",
        Message(POD_AFFINITY_TERM),
    ),
    many(
        2,
        "preferredDuringSchedulingIgnoredDuringExecution",
        Message(WEIGHTED_POD_AFFINITY_TERM),
    ),
];
