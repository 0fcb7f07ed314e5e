//! The projection of `v1.Event`: a report about an object.

use k8bit_informer::{json, limits::MAX_MESSAGE_CHARS, protobuf, resource::expect_kind, shared_str::clip};

use super::{DecodeError, Intern as _, Meta, Resource, ResourceInterner, ResourceVersion, SharedStr, Timestamp, wire};

/// An event of an object. The name differs from an event of an informer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEvent {
    /// Identity and version of the event itself.
    pub meta: Meta,
    /// `type: Warning`.
    pub is_warning: bool,
    /// `Scheduled`, `BackOff`.
    pub reason: SharedStr,
    /// What happened, at most [`MAX_MESSAGE_CHARS`] characters.
    pub message: SharedStr,
    /// How often it happened.
    pub count: u64,
    /// When it happened first.
    pub first: Option<Timestamp>,
    /// When it happened last.
    pub last: Option<Timestamp>,
    /// Who reports it: `kubelet`, `default-scheduler`.
    pub source: SharedStr,
}

impl Resource for ObjectEvent {
    type Interner = ResourceInterner;

    fn decode(json: &[u8], interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        Self::of_json(&json::from_slice(json).map_err(DecodeError::Json)?, interner)
    }

    fn decode_first(json: &[u8], interner: &mut ResourceInterner) -> Option<(Self, usize)> {
        let (event, length) = json::first_of(json)?;
        Some((Self::of_json(&event, interner).ok()?, length))
    }

    fn decode_protobuf(message: &[u8], interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        let event = protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?;
        Self::of(&event, interner)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.meta.resource_version = version;
    }
}

impl ObjectEvent {
    fn of_json(event: &wire::Event<'_>, interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        expect_kind::<k8s_openapi::api::core::v1::Event>(&event.kind, &event.api_version)?;
        Self::of(event, interner)
    }

    fn of(event: &wire::Event<'_>, interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        let metadata = &event.metadata;
        let reporter = event.source.component.non_empty().or(event.reporter.non_empty());
        let first = event.first.or(event.event_time).or(metadata.created);
        Ok(Self {
            meta: Meta::new(
                &metadata.namespace,
                &metadata.name,
                &metadata.uid,
                &metadata.resource_version,
                interner,
            )?,
            is_warning: &*event.severity == "Warning",
            reason: interner.intern(&event.reason),
            message: SharedStr::new(&clip(&event.message, MAX_MESSAGE_CHARS)),
            count: u64::try_from(event.series.count.max(event.count)).unwrap_or(0).max(1),
            first,
            last: event.series.last.or(event.last).or(first),
            source: interner.intern(reporter.unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(event: &Value, count: u64, first: i64, last: i64, source: &str) {
        let mut whole = json!({"metadata": {"namespace": "shop", "name": "web.1", "uid": "u"}});
        let fields = whole.as_object_mut().expect("an object");
        fields.extend(event.as_object().cloned().expect("an object"));
        let event =
            ObjectEvent::decode(whole.to_string().as_bytes(), &mut ResourceInterner::default()).expect("readable");
        assert_eq!(event.count, count);
        assert_eq!(
            (event.first, event.last),
            (Some(Timestamp(first)), Some(Timestamp(last)))
        );
        assert_eq!(event.source.as_str(), source);
    }

    #[test]
    fn events_of_both_apis_are_read() {
        // As the kubelet writes them.
        check(
            &json!({
                "type": "Warning", "reason": "BackOff", "count": 6, "eventTime": null,
                "firstTimestamp": "1970-01-01T00:00:10Z", "lastTimestamp": "1970-01-01T00:01:00Z",
                "source": {"component": "kubelet", "host": "worker-1"}, "reportingComponent": "kubelet",
            }),
            6,
            10,
            60,
            "kubelet",
        );
        // As the scheduler does.
        check(
            &json!({
                "type": "Normal", "reason": "Scheduled", "eventTime": "1970-01-01T00:00:10.123456Z",
                "firstTimestamp": null, "lastTimestamp": null, "source": {}, "reportingComponent": "default-scheduler",
                "series": {"count": 3, "lastObservedTime": "1970-01-01T00:02:00.000000Z"},
            }),
            3,
            10,
            120,
            "default-scheduler",
        );
        check(
            &json!({"metadata": {"name": "x", "creationTimestamp": "1970-01-01T00:00:07Z"}}),
            1,
            7,
            7,
            "",
        );
    }
}
