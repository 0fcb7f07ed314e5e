//! Events of the core group.

use super::Shape::{Int, Message, MicroTime, Text, Time};
use super::meta::OBJECT_META;
use super::resources::OBJECT_REFERENCE;
use super::{Field, always, maybe, one};

pub(super) const EVENT: &[Field] = &[
    one(1, "metadata", Message(OBJECT_META)),
    one(2, "involvedObject", Message(OBJECT_REFERENCE)),
    one(3, "reason", Text),
    one(4, "message", Text),
    one(5, "source", Message(EVENT_SOURCE)),
    one(6, "firstTimestamp", Time),
    one(7, "lastTimestamp", Time),
    one(8, "count", Int),
    one(9, "type", Text),
    one(10, "eventTime", MicroTime),
    maybe(11, "series", Message(EVENT_SERIES)),
    one(12, "action", Text),
    maybe(13, "related", Message(OBJECT_REFERENCE)),
    always(14, "reportingComponent", Text),
    always(15, "reportingInstance", Text),
];
const EVENT_SOURCE: &[Field] = &[one(1, "component", Text), one(2, "host", Text)];
const EVENT_SERIES: &[Field] = &[one(1, "count", Int), one(2, "lastObservedTime", MicroTime)];
