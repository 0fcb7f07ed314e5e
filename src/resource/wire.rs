//! The objects of the API as they lie in the receive buffer, JSON or protobuf: only the fields that are shown, borrowed.
//!
//! Reading JSON follows what Go's decoder does to the same bytes: `null` and an absent key are the zero value, a key that
//! stands twice counts the last time, keys that nobody asked for are skipped whatever they hold. So it is with protobuf
//! and its numbers. A field that is read must have its documented type, otherwise the object is an error. Nothing is
//! interpreted here; see [`status`](super::status), [`pod`](super::pod) and [`node`](super::node).

use std::{borrow::Cow, cmp::Ordering, ops::Deref};

use super::{DecodeError, Quantity, Timestamp};
use crate::{
    json::{self, Read, Reader},
    protobuf::{self, Fields, Merge, Value},
};

/// Declares an object: its fields, the keys that they have in JSON, and their numbers in protobuf. Those with the number
/// zero stand around the object there. What is a map of Kubernetes has no numbers.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident<$de:lifetime> { $($number:literal $key:literal => $field:ident: $type:ty,)* }) => {
        object!(@struct $(#[$meta])* $name<$de> { $($field: $type,)* });
        object!(@read $de, $name<$de>, $($key => $field: $type,)*);
        object!(@message $de, $name<$de>, $($number => $field,)*);
    };
    ($(#[$meta:meta])* $name:ident { $($number:literal $key:literal => $field:ident: $type:ty,)* }) => {
        object!(@struct $(#[$meta])* $name { $($field: $type,)* });
        object!(@read 'de, $name, $($key => $field: $type,)*);
        object!(@message 'de, $name, $($number => $field,)*);
    };
    ($(#[$meta:meta])* map $name:ident<$de:lifetime> { $($key:literal => $field:ident: $type:ty,)* }) => {
        object!(@struct $(#[$meta])* $name<$de> { $($field: $type,)* });
        object!(@read $de, $name<$de>, $($key => $field: $type,)*);
        object!(@entry $de, $name<$de>, $($key => $field,)*);
    };
    ($(#[$meta:meta])* map $name:ident { $($key:literal => $field:ident: $type:ty,)* }) => {
        object!(@struct $(#[$meta])* $name { $($field: $type,)* });
        object!(@read 'de, $name, $($key => $field: $type,)*);
        object!(@entry 'de, $name, $($key => $field,)*);
    };
    (@struct $(#[$meta:meta])* $name:ident $(<$de:lifetime>)? { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(super) struct $name $(<$de>)? { $(pub(super) $field: $type,)* }
    };
    (@read $de:lifetime, $object:ty, $($key:literal => $field:ident: $type:ty,)*) => {
        impl<$de> Read<$de> for $object {
            fn read(&mut self, reader: &mut Reader<$de>) -> Option<()> {
                *self = Self::default();
                json::read_object!(reader, self, $($key => $field,)*)
            }
        }

        #[cfg(test)]
        tests::model!($de, $object, $($key => $field: $type,)*);
    };
    (@message $de:lifetime, $object:ty, $($number:literal => $field:ident,)*) => {
        impl<$de> Merge<$de> for $object {
            fn merge(&mut self, value: Value<$de>) -> Option<()> {
                protobuf::merge_message!(value, self, $($number => $field,)*)
            }
        }
    };
    (@entry $de:lifetime, $object:ty, $($key:literal => $field:ident,)*) => {
        impl<$de> Merge<$de> for $object {
            fn merge(&mut self, value: Value<$de>) -> Option<()> {
                let (key, value) = protobuf::entry(value)?;
                match &*key {
                    $($key => self.$field.merge(value),)*
                    _ => Some(()),
                }
            }
        }
    };
}

object! {
    /// An object of any kind, of which nothing but the metadata is read.
    Object<'de> {
        1 "metadata" => metadata: Metadata<'de>,
    }
}

object! {
    Metadata<'de> {
        3 "namespace" => namespace: Str<'de>,
        1 "name" => name: Str<'de>,
        5 "uid" => uid: Str<'de>,
        6 "resourceVersion" => resource_version: Str<'de>,
    }
}

object! {
    /// The object of a `BOOKMARK` event.
    Bookmark<'de> {
        1 "metadata" => metadata: BookmarkMetadata<'de>,
    }
}

object! {
    BookmarkMetadata<'de> {
        6 "resourceVersion" => resource_version: Str<'de>,
        12 "annotations" => annotations: BookmarkAnnotations<'de>,
    }
}

object! {
    map BookmarkAnnotations<'de> {
        "k8s.io/initial-events-end" => initial_events_end: Str<'de>,
    }
}

object! {
    Pod<'de> {
        0 "kind" => kind: Str<'de>,
        0 "apiVersion" => api_version: Str<'de>,
        1 "metadata" => metadata: PodMetadata<'de>,
        2 "spec" => spec: PodSpec<'de>,
        3 "status" => status: PodStatus<'de>,
    }
}

object! {
    PodMetadata<'de> {
        3 "namespace" => namespace: Str<'de>,
        1 "name" => name: Str<'de>,
        5 "uid" => uid: Str<'de>,
        6 "resourceVersion" => resource_version: Str<'de>,
        8 "creationTimestamp" => created: Option<Timestamp>,
        9 "deletionTimestamp" => deleted: Option<Timestamp>,
        11 "labels" => labels: Labels<'de>,
        13 "ownerReferences" => owners: Vec<OwnerReference<'de>>,
    }
}

object! {
    OwnerReference<'de> {
        5 "apiVersion" => api_version: Str<'de>,
        1 "kind" => kind: Str<'de>,
        3 "name" => name: Str<'de>,
        6 "controller" => controller: bool,
    }
}

object! {
    PodSpec<'de> {
        10 "nodeName" => node_name: Str<'de>,
        2 "containers" => containers: Vec<Container<'de>>,
        20 "initContainers" => init_containers: Vec<Container<'de>>,
        40 "resources" => resources: Resources,
        32 "overhead" => overhead: ResourceList,
    }
}

object! {
    /// A regular or an init container.
    Container<'de> {
        1 "name" => name: Str<'de>,
        2 "image" => image: Str<'de>,
        24 "restartPolicy" => restart_policy: Str<'de>,
        8 "resources" => resources: Resources,
    }
}

object! {
    Resources {
        2 "requests" => requests: ResourceList,
    }
}

object! {
    map ResourceList {
        "cpu" => cpu: Option<Quantity>,
        "memory" => memory: Option<Quantity>,
        "pods" => pods: Option<Quantity>,
    }
}

object! {
    PodStatus<'de> {
        1 "phase" => phase: Str<'de>,
        4 "reason" => reason: Str<'de>,
        3 "message" => message: Str<'de>,
        6 "podIP" => ip: Str<'de>,
        12 "podIPs" => ips: Vec<PodIp<'de>>,
        9 "qosClass" => qos_class: Str<'de>,
        2 "conditions" => conditions: Vec<Condition<'de>>,
        10 "initContainerStatuses" => init_containers: Vec<ContainerStatus<'de>>,
        8 "containerStatuses" => containers: Vec<ContainerStatus<'de>>,
        19 "allocatedResources" => allocated: ResourceList,
        20 "resources" => resources: Option<Resources>,
    }
}

object! {
    PodIp<'de> {
        1 "ip" => ip: Str<'de>,
    }
}

object! {
    Condition<'de> {
        1 "type" => kind: Str<'de>,
        2 "status" => status: Str<'de>,
        5 "reason" => reason: Str<'de>,
        6 "message" => message: Str<'de>,
        4 "lastTransitionTime" => last_transition: Option<Timestamp>,
    }
}

object! {
    ContainerStatus<'de> {
        1 "name" => name: Str<'de>,
        4 "ready" => ready: bool,
        9 "started" => started: bool,
        5 "restartCount" => restart_count: i32,
        2 "state" => state: ContainerState<'de>,
        3 "lastState" => last_state: LastState,
        10 "allocatedResources" => allocated: ResourceList,
        11 "resources" => resources: Option<Resources>,
    }
}

object! {
    ContainerState<'de> {
        1 "waiting" => waiting: Option<Waiting<'de>>,
        2 "running" => running: Presence,
        3 "terminated" => terminated: Option<Terminated<'de>>,
    }
}

object! {
    Waiting<'de> {
        1 "reason" => reason: Str<'de>,
        2 "message" => message: Str<'de>,
    }
}

object! {
    Terminated<'de> {
        1 "exitCode" => exit_code: i32,
        2 "signal" => signal: i32,
        3 "reason" => reason: Str<'de>,
        4 "message" => message: Str<'de>,
    }
}

object! {
    LastState {
        3 "terminated" => terminated: LastTerminated,
    }
}

object! {
    LastTerminated {
        6 "finishedAt" => finished_at: Option<Timestamp>,
    }
}

object! {
    /// `core/v1`'s, whose fields of the older and the newer API of events stand side by side.
    Event<'de> {
        0 "kind" => kind: Str<'de>,
        0 "apiVersion" => api_version: Str<'de>,
        1 "metadata" => metadata: EventMetadata<'de>,
        9 "type" => severity: Str<'de>,
        3 "reason" => reason: Str<'de>,
        4 "message" => message: Str<'de>,
        8 "count" => count: i64,
        6 "firstTimestamp" => first: Option<Timestamp>,
        7 "lastTimestamp" => last: Option<Timestamp>,
        10 "eventTime" => event_time: Option<Timestamp>,
        11 "series" => series: EventSeries,
        5 "source" => source: EventSource<'de>,
        14 "reportingComponent" => reporter: Str<'de>,
    }
}

object! {
    EventMetadata<'de> {
        3 "namespace" => namespace: Str<'de>,
        1 "name" => name: Str<'de>,
        5 "uid" => uid: Str<'de>,
        6 "resourceVersion" => resource_version: Str<'de>,
        8 "creationTimestamp" => created: Option<Timestamp>,
    }
}

object! {
    EventSeries {
        1 "count" => count: i64,
        2 "lastObservedTime" => last: Option<Timestamp>,
    }
}

object! {
    EventSource<'de> {
        1 "component" => component: Str<'de>,
    }
}

object! {
    Node<'de> {
        0 "kind" => kind: Str<'de>,
        0 "apiVersion" => api_version: Str<'de>,
        1 "metadata" => metadata: NodeMetadata<'de>,
        2 "spec" => spec: NodeSpec<'de>,
        3 "status" => status: NodeStatus<'de>,
    }
}

object! {
    NodeMetadata<'de> {
        1 "name" => name: Str<'de>,
        5 "uid" => uid: Str<'de>,
        6 "resourceVersion" => resource_version: Str<'de>,
        8 "creationTimestamp" => created: Option<Timestamp>,
        9 "deletionTimestamp" => deleted: Option<Timestamp>,
        11 "labels" => labels: Labels<'de>,
    }
}

object! {
    NodeSpec<'de> {
        4 "unschedulable" => unschedulable: bool,
        5 "taints" => taints: Vec<Taint<'de>>,
    }
}

object! {
    Taint<'de> {
        1 "key" => key: Str<'de>,
        2 "value" => value: Str<'de>,
        3 "effect" => effect: Str<'de>,
    }
}

object! {
    NodeStatus<'de> {
        2 "allocatable" => allocatable: ResourceList,
        4 "conditions" => conditions: Vec<NodeCondition<'de>>,
        7 "nodeInfo" => info: NodeInfo<'de>,
    }
}

object! {
    NodeCondition<'de> {
        1 "type" => kind: Str<'de>,
        2 "status" => status: Str<'de>,
        4 "lastTransitionTime" => last_transition: Option<Timestamp>,
    }
}

object! {
    NodeInfo<'de> {
        7 "kubeletVersion" => kubelet_version: Str<'de>,
    }
}

object! {
    NodeMetrics<'de> {
        1 "metadata" => metadata: Metadata<'de>,
        2 "timestamp" => measured: Option<Timestamp>,
        4 "usage" => usage: ResourceList,
    }
}

object! {
    PodMetrics<'de> {
        1 "metadata" => metadata: Metadata<'de>,
        2 "timestamp" => measured: Option<Timestamp>,
        4 "containers" => containers: Vec<ContainerMetrics>,
    }
}

object! {
    ContainerMetrics {
        2 "usage" => usage: ResourceList,
    }
}

/// `metadata.labels`, sorted by key, each key once.
#[derive(Debug, Default)]
pub(super) struct Labels<'de>(pub(super) Vec<(Str<'de>, Str<'de>)>);

impl<'de> Read<'de> for Labels<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Option<()> {
        self.0.clear();
        reader.fields(|reader, key| {
            let mut value = Str::default();
            value.read(reader)?;
            self.put(Str(key), value);
            Some(())
        })
    }
}

impl<'de> Merge<'de> for Labels<'de> {
    fn merge(&mut self, value: Value<'de>) -> Option<()> {
        let (key, value) = protobuf::entry(value)?;
        let mut text = Str::default();
        text.merge(value)?;
        self.put(Str(key), text);
        Some(())
    }
}

impl<'de> Labels<'de> {
    /// Go writes maps in the order of their keys; others may not.
    fn put(&mut self, key: Str<'de>, value: Str<'de>) {
        match self.0.last().map(|(last, _)| (**last).cmp(&*key)) {
            None | Some(Ordering::Less) => self.0.push((key, value)),
            Some(_) => match self.0.binary_search_by(|(known, _)| (**known).cmp(&*key)) {
                Ok(index) => self.0[index].1 = value,
                Err(index) => self.0.insert(index, (key, value)),
            },
        }
    }

    /// The value of a label.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[index].1)
    }
}

/// A string that borrows from the receive buffer unless it holds escapes.
///
/// serde borrows a bare `Cow` only where told to by an attribute, and never one inside of an `Option`.
#[derive(Clone, Debug, Default)]
pub(super) struct Str<'de>(Cow<'de, str>);

impl<'de> Str<'de> {
    /// `None` for the zero value.
    pub(super) fn non_empty(&self) -> Option<&str> {
        (!self.is_empty()).then_some(&**self)
    }
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Read<'de> for Str<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Option<()> {
        self.0.read(reader)
    }
}

impl<'de> Merge<'de> for Str<'de> {
    #[inline]
    fn merge(&mut self, value: Value<'de>) -> Option<()> {
        self.0.merge(value)
    }
}

/// That something is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Presence(pub(super) bool);

impl Read<'_> for Presence {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.0 = !reader.null()?;
        if self.0 { reader.skip() } else { Some(()) }
    }
}

impl Merge<'_> for Presence {
    fn merge(&mut self, _: Value<'_>) -> Option<()> {
        self.0 = true;
        Some(())
    }
}

impl Read<'_> for Option<Timestamp> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = None;
        if !reader.null()? {
            let time = Timestamp::parse(&reader.string()?);
            *self = Some(reader.want("an RFC 3339 time", time)?);
        }
        Some(())
    }
}

/// `metav1.Time` or `metav1.MicroTime`, whose zero is an empty message.
impl Merge<'_> for Option<Timestamp> {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        let bytes = value.bytes()?;
        let mut seconds = 0;
        for field in Fields::of(bytes) {
            if let (1, value) = field? {
                Merge::merge(&mut seconds, value)?;
            }
        }
        *self = match bytes {
            [] => None,
            _ => Some(Timestamp::from_seconds(seconds)?),
        };
        Some(())
    }
}

impl Read<'_> for Option<Quantity> {
    /// From a string, or from a number as lenient clients write it; a number with a point or an exponent is refused.
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = None;
        if reader.null()? {
            return Some(());
        }
        let quantity = if reader.is_string()? {
            Quantity::parse(&reader.string()?)
        } else {
            let units = reader.integer()?;
            (units >= i64::MIN.into()).then(|| Quantity::from_units(i64::try_from(units).unwrap_or(i64::MAX)))
        };
        *self = Some(reader.want("a quantity", quantity)?);
        Some(())
    }
}

/// `resource.Quantity`, a message of one string.
impl Merge<'_> for Option<Quantity> {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        let mut text = Str::default();
        for field in Fields::of(value.bytes()?) {
            if let (1, value) = field? {
                text.merge(value)?;
            }
        }
        *self = Some(Quantity::parse(&text)?);
        Some(())
    }
}

impl Container<'_> {
    /// An init container that keeps running beside the others.
    pub(super) fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

/// Refuses an object that says of itself that it is of another kind; one in a list's `items` says nothing.
///
/// # Errors
/// [`DecodeError::Kind`].
pub(super) fn expect_kind<K: k8s_openapi::Resource>(kind: &str, api_version: &str) -> Result<(), DecodeError> {
    let same = |found: &str, expected: &str| found.is_empty() || found == expected;
    if same(kind, K::KIND) && same(api_version, K::API_VERSION) {
        return Ok(());
    }
    Err(DecodeError::kind::<K>(kind, api_version))
}

#[cfg(test)]
mod tests {
    use std::fmt::{self, Debug};

    use proptest::{collection::vec, prelude::*, sample::Index};
    use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
    use serde_json::Value;

    use super::*;

    /// Serde's reading of the same object, as the model.
    ///
    /// Its derive would do, were it not that it takes an array for a struct, stumbles over `null` and refuses a key that
    /// stands twice.
    macro_rules! model {
        ($de:lifetime, $object:ty, $($key:literal => $field:ident: $type:ty,)*) => {
            const _: () = {
                use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
                use std::fmt;

                impl<$de> Deserialize<$de> for $object {
                    fn deserialize<D: Deserializer<$de>>(deserializer: D) -> Result<Self, D::Error> {
                        struct ObjectVisitor;

                        impl<$de> Visitor<$de> for ObjectVisitor {
                            type Value = $object;

                            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                                f.write_str("an object")
                            }

                            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                                Ok(Self::Value::default())
                            }

                            fn visit_map<A: MapAccess<$de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                                let mut object = Self::Value::default();
                                while let Some(key) = map.next_key::<Str<'_>>()? {
                                    match &*key {
                                        $($key => object.$field = map.next_value::<Option<$type>>()?.unwrap_or_default(),)*
                                        _ => drop(map.next_value::<IgnoredAny>()?),
                                    }
                                }
                                Ok(object)
                            }
                        }

                        deserializer.deserialize_any(ObjectVisitor)
                    }
                }
            };
        };
    }
    pub(super) use model;

    impl<'de> Deserialize<'de> for Labels<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct LabelsVisitor;

            impl<'de> Visitor<'de> for LabelsVisitor {
                type Value = Labels<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut labels = Labels::default();
                    while let Some(key) = map.next_key::<Str<'de>>()? {
                        labels.put(key, map.next_value::<Option<Str<'de>>>()?.unwrap_or_default());
                    }
                    Ok(labels)
                }
            }

            deserializer.deserialize_map(LabelsVisitor)
        }
    }

    impl<'de> Deserialize<'de> for Str<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct StrVisitor;

            impl<'de> Visitor<'de> for StrVisitor {
                type Value = Str<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a string")
                }

                fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                    Ok(Str(Cow::Borrowed(text)))
                }

                fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                    Ok(Str(Cow::Owned(text.to_owned())))
                }
            }

            deserializer.deserialize_str(StrVisitor)
        }
    }

    impl<'de> Deserialize<'de> for Timestamp {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = Str::deserialize(deserializer)?;
            Self::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
        }
    }

    impl<'de> Deserialize<'de> for Quantity {
        /// From a string, or from a number as lenient clients write it; a number with a point or an exponent is refused.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct QuantityVisitor;

            impl Visitor<'_> for QuantityVisitor {
                type Value = Quantity;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a quantity")
                }

                fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
                    Quantity::parse(text).ok_or_else(|| E::custom("not a quantity"))
                }

                fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
                    Ok(Quantity::from_units(value))
                }

                fn visit_u64<E: Error>(self, value: u64) -> Result<Quantity, E> {
                    Ok(Quantity::from_units(i64::try_from(value).unwrap_or(i64::MAX)))
                }
            }

            deserializer.deserialize_any(QuantityVisitor)
        }
    }

    impl<'de> Deserialize<'de> for Presence {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self(true))
        }
    }

    /// Everything that was recorded, element by element, and what a kubelet of another mind might write.
    fn objects() -> Vec<String> {
        let lists = [
            include_str!("../../tests/fixtures/list-demo.json"),
            include_str!("../../tests/fixtures/list-nodes-page-1.json"),
            include_str!("../../tests/fixtures/status-zoo/list.json"),
        ];
        let lists = lists.iter().flat_map(|list| {
            let list: Value = serde_json::from_str(list).expect("a recorded list is JSON");
            list["items"].as_array().cloned().expect("a list has items")
        });
        let events = include_str!("../../tests/fixtures/watch-lifecycle.jsonl")
            .lines()
            .map(|line| {
                let event: Value = serde_json::from_str(line).expect("a recorded event is JSON");
                event["object"].clone()
            });
        let written = [
            r#"{"metadata":{"name":"a","name":"b","labels":{"b":"1","a":null,"b":"2"}},"spec":null,"status":{"phase":"\u0052unning"}}"#,
            r#"{"spec":{"containers":[null,{"resources":{"requests":{"cpu":2}}}]},"status":{"containerStatuses":[{"restartCount":3.0}]}}"#,
            "{ \"metadata\" : { \"na\\u006de\" : \"x\", \"x\" : [ { \"}\" : \"]\\\"\" } ] } ,\r\n\t\"status\" : { } }",
        ];
        let recorded = lists.chain(events);
        let compact = recorded.flat_map(|object| [object.to_string(), format!("{object:#}")]);
        compact.chain(written.map(str::to_owned)).collect()
    }

    /// Serde's reading of these bytes is the model: what the reader refuses, serde refuses, and what both read is the same.
    /// Where serde refuses them and the reader does not, all that is wrong must lie in what the reader passed over.
    fn check<'a, T: Read<'a> + Deserialize<'a> + Debug + Default>(json: &'a [u8]) -> bool {
        let mut reader = Reader::new(json);
        let mut read = T::default();
        if read.read(&mut reader).filter(|()| reader.is_at_end()).is_none() {
            let model = serde_json::from_slice::<T>(json);
            assert!(model.is_err(), "{}", String::from_utf8_lossy(json));
            return false;
        }
        let read = format!("{read:?}");
        match serde_json::from_slice::<T>(json) {
            Ok(model) => assert_eq!(read, format!("{model:?}"), "{}", String::from_utf8_lossy(json)),
            Err(error) => {
                let blanked = reader.without_skipped();
                // Leaked, because a deserializer for one lifetime borrows; some kilobytes a case.
                let model = serde_json::from_slice::<T>(blanked.leak());
                let model = model.map(|model| format!("{model:?}")).map_err(|_| error.to_string());
                assert_eq!(Ok(read), model, "{}", String::from_utf8_lossy(json));
            }
        }
        true
    }

    fn check_all(json: &[u8]) -> [bool; 4] {
        [
            check::<Pod<'_>>(json),
            check::<Node<'_>>(json),
            check::<Object<'_>>(json),
            check::<Bookmark<'_>>(json),
        ]
    }

    #[test]
    fn what_servers_send_is_read_without_serde_and_as_serde_reads_it() {
        let objects = objects();
        let (strange, recorded) = objects.split_at(objects.len() - 3);
        let [strange, recorded] = [recorded, strange];
        assert!(recorded.len() > 60);
        for object in recorded {
            assert!(check::<Object<'_>>(object.as_bytes()), "{object}");
            let [pod, node, ..] = check_all(object.as_bytes());
            assert!(pod || node, "{object}");
        }
        for object in strange {
            check_all(object.as_bytes());
        }
    }

    /// A change of some bytes of an object.
    #[derive(Clone, Debug)]
    enum Damage {
        Remove(Index, usize),
        Replace(Index, u8),
        Insert(Index, &'static str),
        Repeat(Index, usize),
        End(Index),
    }

    fn damage() -> impl Strategy<Value = Damage> {
        let snippets = [
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "null",
            "true",
            "1e3",
            "-0",
            "00",
            "\u{1}",
            "é",
            " ",
            "\"name\":",
            "\\u00e9",
            "\\ud83e",
            "\\\"",
        ];
        prop_oneof![
            (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Damage::Remove(at, length)),
            (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
            (any::<Index>(), proptest::sample::select(snippets.to_vec()))
                .prop_map(|(at, text)| Damage::Insert(at, text)),
            (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Damage::Repeat(at, length)),
            any::<Index>().prop_map(Damage::End),
        ]
    }

    impl Damage {
        fn apply(&self, bytes: &mut Vec<u8>) {
            if bytes.is_empty() {
                return;
            }
            let place = |at: &Index| at.index(bytes.len());
            match self {
                Self::Remove(at, length) => {
                    let at = place(at);
                    bytes.drain(at..bytes.len().min(at + length));
                }
                Self::Replace(at, byte) => {
                    let at = place(at);
                    bytes[at] = *byte;
                }
                Self::Insert(at, text) => {
                    let at = place(at);
                    bytes.splice(at..at, text.bytes());
                }
                Self::Repeat(at, length) => {
                    let at = place(at);
                    let part = bytes[at..bytes.len().min(at + length)].to_vec();
                    bytes.splice(at..at, part);
                }
                Self::End(at) => bytes.truncate(place(at)),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

        #[test]
        fn what_is_damaged_is_read_as_serde_reads_it(object in any::<Index>(), damages in vec(damage(), 1..4)) {
            thread_local!(static OBJECTS: Vec<String> = objects());
            let mut bytes = OBJECTS.with(|objects| object.get(objects).clone().into_bytes());
            for damage in &damages {
                damage.apply(&mut bytes);
            }
            check_all(&bytes);
        }
    }
}
