//! The JSON of the API as it lies in the receive buffer: only the fields that are shown, borrowed.
//!
//! Reading follows what Go's decoder does to the same bytes: `null` and an absent key are the zero value, a key that
//! stands twice counts the last time, keys that nobody asked for are skipped whatever they hold. A field that is read
//! must have its documented type, otherwise the object is an error. Nothing is interpreted here; see
//! [`status`](super::status), [`pod`](super::pod) and [`node`](super::node).

use std::{borrow::Cow, cmp::Ordering, ops::Deref};

use super::{DecodeError, Quantity, Timestamp};
use crate::json::{self, Read, Reader};

/// Declares a JSON object: its fields, and the keys they are read from.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident<$de:lifetime> { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(super) struct $name<$de> { $(pub(super) $field: $type,)* }
        object!(@read $de, $name<$de>, $($key => $field: $type,)*);
    };
    ($(#[$meta:meta])* $name:ident { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(super) struct $name { $(pub(super) $field: $type,)* }
        object!(@read 'de, $name, $($key => $field: $type,)*);
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
}

object! {
    /// An object of any kind, of which nothing but the metadata is read.
    Object<'de> {
        "metadata" => metadata: Metadata<'de>,
    }
}

object! {
    Metadata<'de> {
        "namespace" => namespace: Str<'de>,
        "name" => name: Str<'de>,
        "uid" => uid: Str<'de>,
        "resourceVersion" => resource_version: Str<'de>,
    }
}

object! {
    /// The object of a `BOOKMARK` event.
    Bookmark<'de> {
        "metadata" => metadata: BookmarkMetadata<'de>,
    }
}

object! {
    BookmarkMetadata<'de> {
        "resourceVersion" => resource_version: Str<'de>,
        "annotations" => annotations: BookmarkAnnotations<'de>,
    }
}

object! {
    BookmarkAnnotations<'de> {
        "k8s.io/initial-events-end" => initial_events_end: Str<'de>,
    }
}

object! {
    Pod<'de> {
        "kind" => kind: Str<'de>,
        "apiVersion" => api_version: Str<'de>,
        "metadata" => metadata: PodMetadata<'de>,
        "spec" => spec: PodSpec<'de>,
        "status" => status: PodStatus<'de>,
    }
}

object! {
    PodMetadata<'de> {
        "namespace" => namespace: Str<'de>,
        "name" => name: Str<'de>,
        "uid" => uid: Str<'de>,
        "resourceVersion" => resource_version: Str<'de>,
        "creationTimestamp" => created: Option<Timestamp>,
        "deletionTimestamp" => deleted: Option<Timestamp>,
        "labels" => labels: Labels<'de>,
        "ownerReferences" => owners: Vec<OwnerReference<'de>>,
    }
}

object! {
    OwnerReference<'de> {
        "kind" => kind: Str<'de>,
        "name" => name: Str<'de>,
        "controller" => controller: bool,
    }
}

object! {
    PodSpec<'de> {
        "nodeName" => node_name: Str<'de>,
        "containers" => containers: Vec<Container<'de>>,
        "initContainers" => init_containers: Vec<Container<'de>>,
        "resources" => resources: Resources,
        "overhead" => overhead: ResourceList,
    }
}

object! {
    /// A regular or an init container.
    Container<'de> {
        "name" => name: Str<'de>,
        "image" => image: Str<'de>,
        "restartPolicy" => restart_policy: Str<'de>,
        "resources" => resources: Resources,
    }
}

object! {
    Resources {
        "requests" => requests: ResourceList,
    }
}

object! {
    ResourceList {
        "cpu" => cpu: Option<Quantity>,
        "memory" => memory: Option<Quantity>,
        "pods" => pods: Option<Quantity>,
    }
}

object! {
    PodStatus<'de> {
        "phase" => phase: Str<'de>,
        "reason" => reason: Str<'de>,
        "message" => message: Str<'de>,
        "podIP" => ip: Str<'de>,
        "qosClass" => qos_class: Str<'de>,
        "conditions" => conditions: Vec<Condition<'de>>,
        "initContainerStatuses" => init_containers: Vec<ContainerStatus<'de>>,
        "containerStatuses" => containers: Vec<ContainerStatus<'de>>,
    }
}

object! {
    Condition<'de> {
        "type" => kind: Str<'de>,
        "status" => status: Str<'de>,
        "reason" => reason: Str<'de>,
        "message" => message: Str<'de>,
        "lastTransitionTime" => last_transition: Option<Timestamp>,
    }
}

object! {
    ContainerStatus<'de> {
        "name" => name: Str<'de>,
        "ready" => ready: bool,
        "started" => started: bool,
        "restartCount" => restart_count: i32,
        "state" => state: ContainerState<'de>,
        "lastState" => last_state: LastState,
    }
}

object! {
    ContainerState<'de> {
        "waiting" => waiting: Option<Waiting<'de>>,
        "running" => running: Presence,
        "terminated" => terminated: Option<Terminated<'de>>,
    }
}

object! {
    Waiting<'de> {
        "reason" => reason: Str<'de>,
        "message" => message: Str<'de>,
    }
}

object! {
    Terminated<'de> {
        "exitCode" => exit_code: i32,
        "signal" => signal: i32,
        "reason" => reason: Str<'de>,
        "message" => message: Str<'de>,
    }
}

object! {
    LastState {
        "terminated" => terminated: LastTerminated,
    }
}

object! {
    LastTerminated {
        "finishedAt" => finished_at: Option<Timestamp>,
    }
}

object! {
    /// `core/v1`'s, whose fields of the older and the newer API of events stand side by side.
    Event<'de> {
        "kind" => kind: Str<'de>,
        "apiVersion" => api_version: Str<'de>,
        "metadata" => metadata: EventMetadata<'de>,
        "type" => severity: Str<'de>,
        "reason" => reason: Str<'de>,
        "message" => message: Str<'de>,
        "count" => count: i64,
        "firstTimestamp" => first: Option<Timestamp>,
        "lastTimestamp" => last: Option<Timestamp>,
        "eventTime" => event_time: Option<Timestamp>,
        "series" => series: EventSeries,
        "source" => source: EventSource<'de>,
        "reportingComponent" => reporter: Str<'de>,
    }
}

object! {
    EventMetadata<'de> {
        "namespace" => namespace: Str<'de>,
        "name" => name: Str<'de>,
        "uid" => uid: Str<'de>,
        "resourceVersion" => resource_version: Str<'de>,
        "creationTimestamp" => created: Option<Timestamp>,
    }
}

object! {
    EventSeries {
        "count" => count: i64,
        "lastObservedTime" => last: Option<Timestamp>,
    }
}

object! {
    EventSource<'de> {
        "component" => component: Str<'de>,
    }
}

object! {
    Node<'de> {
        "kind" => kind: Str<'de>,
        "apiVersion" => api_version: Str<'de>,
        "metadata" => metadata: NodeMetadata<'de>,
        "spec" => spec: NodeSpec<'de>,
        "status" => status: NodeStatus<'de>,
    }
}

object! {
    NodeMetadata<'de> {
        "name" => name: Str<'de>,
        "uid" => uid: Str<'de>,
        "resourceVersion" => resource_version: Str<'de>,
        "creationTimestamp" => created: Option<Timestamp>,
        "labels" => labels: Labels<'de>,
    }
}

object! {
    NodeSpec<'de> {
        "unschedulable" => unschedulable: bool,
        "taints" => taints: Vec<Taint<'de>>,
    }
}

object! {
    Taint<'de> {
        "key" => key: Str<'de>,
        "value" => value: Str<'de>,
        "effect" => effect: Str<'de>,
    }
}

object! {
    NodeStatus<'de> {
        "allocatable" => allocatable: ResourceList,
        "conditions" => conditions: Vec<NodeCondition<'de>>,
        "nodeInfo" => info: NodeInfo<'de>,
    }
}

object! {
    NodeCondition<'de> {
        "type" => kind: Str<'de>,
        "status" => status: Str<'de>,
        "lastTransitionTime" => last_transition: Option<Timestamp>,
    }
}

object! {
    NodeInfo<'de> {
        "kubeletVersion" => kubelet_version: Str<'de>,
    }
}

object! {
    /// A list of which nothing but the elements is read.
    List<'de> {
        "items" => items: Vec<Raw<'de>>,
    }
}

object! {
    NodeMetrics<'de> {
        "metadata" => metadata: Metadata<'de>,
        "usage" => usage: ResourceList,
    }
}

object! {
    PodMetrics<'de> {
        "metadata" => metadata: Metadata<'de>,
        "containers" => containers: Vec<ContainerMetrics>,
    }
}

object! {
    ContainerMetrics {
        "usage" => usage: ResourceList,
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

/// That something is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Presence(pub(super) bool);

impl Read<'_> for Presence {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.0 = !reader.null()?;
        if self.0 { reader.skip() } else { Some(()) }
    }
}

/// The bytes of a value, whatever it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Raw<'de>(pub(super) &'de [u8]);

impl<'de> Read<'de> for Raw<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Option<()> {
        self.0 = reader.raw()?;
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

    impl<'de> Deserialize<'de> for Raw<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
            Ok(Self(raw.get().as_bytes()))
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
