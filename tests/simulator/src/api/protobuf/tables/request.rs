//! Kinds that kubectl sends and that are not answered in protobuf, with the fields that simple objects use.

use super::Shape::{Int, IntOrString, Message, Text, Texts};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::pod_spec::POD_SPEC;
use super::{Field, Shape, always, many, maybe, one};

const TEMPLATE: &[Field] = &[
    one(1, "metadata", Message(OBJECT_META)),
    one(2, "spec", Message(POD_SPEC)),
];
const ROLLING_UPDATE: &[Field] = &[
    maybe(1, "maxUnavailable", IntOrString),
    maybe(2, "maxSurge", IntOrString),
];
const STRATEGY: &[Field] = &[one(1, "type", Text), maybe(2, "rollingUpdate", Message(ROLLING_UPDATE))];
const DEPLOYMENT_SPEC: &[Field] = &[
    maybe(1, "replicas", Int),
    maybe(2, "selector", Message(LABEL_SELECTOR)),
    one(3, "template", Message(TEMPLATE)),
    one(4, "strategy", Message(STRATEGY)),
    one(5, "minReadySeconds", Int),
    maybe(6, "revisionHistoryLimit", Int),
    one(7, "paused", Shape::Bool),
    maybe(9, "progressDeadlineSeconds", Int),
];
const JOB_SPEC: &[Field] = &[
    maybe(1, "parallelism", Int),
    maybe(2, "completions", Int),
    maybe(3, "activeDeadlineSeconds", Int),
    one(6, "template", Message(TEMPLATE)),
    maybe(7, "backoffLimit", Int),
    maybe(8, "ttlSecondsAfterFinished", Int),
];
const SERVICE_PORT: &[Field] = &[
    one(1, "name", Text),
    one(2, "protocol", Text),
    always(3, "port", Int),
    one(4, "targetPort", IntOrString),
];
const SERVICE_SPEC: &[Field] = &[
    many(1, "ports", Message(SERVICE_PORT)),
    one(2, "selector", Texts),
    one(3, "clusterIP", Text),
    one(4, "type", Text),
];
const PRECONDITIONS: &[Field] = &[maybe(1, "uid", Text), maybe(2, "resourceVersion", Text)];
const DELETE_OPTIONS: &[Field] = &[
    maybe(1, "gracePeriodSeconds", Int),
    maybe(2, "preconditions", Message(PRECONDITIONS)),
    maybe(4, "propagationPolicy", Text),
    many(5, "dryRun", Text),
];
// JSON leaves out a zero here too. The rule keeps it, so that a scale to zero can be told from one that says nothing.
const SCALE_SPEC: &[Field] = &[always(1, "replicas", Int)];
const TARGET: &[Field] = &[one(1, "kind", Text), one(3, "name", Text)];
const RESOURCE_ATTRIBUTES: &[Field] = &[
    one(1, "namespace", Text),
    one(2, "verb", Text),
    one(3, "group", Text),
    one(4, "version", Text),
    one(5, "resource", Text),
    one(6, "subresource", Text),
    one(7, "name", Text),
];
const RULES_REVIEW_SPEC: &[Field] = &[one(1, "namespace", Text)];
const ACCESS_REVIEW_SPEC: &[Field] = &[maybe(1, "resourceAttributes", Message(RESOURCE_ATTRIBUTES))];

/// The fields of an object that `metadata` and one more message make up.
macro_rules! object {
    ($number:literal, $name:literal, $shape:expr) => {
        const {
            &[
                one(1, "metadata", Message(OBJECT_META)),
                one($number, $name, $shape),
            ]
        }
    };
}

/// The table of a kind.
pub(super) fn table(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "Deployment" => object!(2, "spec", Message(DEPLOYMENT_SPEC)),
        "Job" => object!(2, "spec", Message(JOB_SPEC)),
        "Service" => object!(2, "spec", Message(SERVICE_SPEC)),
        "ConfigMap" => object!(2, "data", Texts),
        "Eviction" => object!(2, "deleteOptions", Message(DELETE_OPTIONS)),
        "Binding" => object!(2, "target", Message(TARGET)),
        "Scale" => object!(2, "spec", Message(SCALE_SPEC)),
        "SelfSubjectAccessReview" => object!(2, "spec", Message(ACCESS_REVIEW_SPEC)),
        "SelfSubjectRulesReview" => object!(2, "spec", Message(RULES_REVIEW_SPEC)),
        "Namespace" => const { &[one(1, "metadata", Message(OBJECT_META))] },
        "DeleteOptions" => DELETE_OPTIONS,
        _ => return None,
    })
}
