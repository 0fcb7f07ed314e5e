//! The JSON of the API as it lies in the receive buffer: only the fields that are shown, borrowed.
//!
//! Reading follows what Go's decoder does to the same bytes: `null` and an absent key are the zero value, a key that
//! stands twice counts the last time, keys that nobody asked for are skipped whatever they hold. A field that is read
//! must have its documented type, otherwise the object is an error. Nothing is interpreted here; see
//! [`status`](super::status), [`pod`](super::pod) and [`node`](super::node).

use std::{borrow::Cow, cmp::Ordering, fmt, ops::Deref};

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::{DecodeError, Quantity, Timestamp};

/// Declares a JSON object: its fields, and the keys they are read from.
///
/// serde's derive would do, were it not that it takes an array for a struct, stumbles over `null` and refuses a key
/// that stands twice.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident<$de:lifetime> { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(super) struct $name<$de> { $(pub(super) $field: $type,)* }
        object!(@deserialize $de, $name<$de>, $($key => $field: $type,)*);
    };
    ($(#[$meta:meta])* $name:ident { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(super) struct $name { $(pub(super) $field: $type,)* }
        object!(@deserialize 'de, $name, $($key => $field: $type,)*);
    };
    (@deserialize $de:lifetime, $object:ty, $($key:literal => $field:ident: $type:ty,)*) => {
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
        // That it is there is all that counts.
        "running" => running: Option<IgnoredAny>,
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

impl Labels<'_> {
    /// The value of a label.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[index].1)
    }
}

impl<'de> Deserialize<'de> for Labels<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelsVisitor;

        impl<'de> Visitor<'de> for LabelsVisitor {
            type Value = Labels<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut labels: Vec<(Str<'de>, Str<'de>)> = Vec::new();
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    let value = map.next_value::<Option<Str<'de>>>()?.unwrap_or_default();
                    // Go writes maps in the order of their keys.
                    match labels.last().map(|(last, _)| (**last).cmp(&*key)) {
                        None | Some(Ordering::Less) => labels.push((key, value)),
                        Some(_) => match labels.binary_search_by(|(known, _)| (**known).cmp(&*key)) {
                            Ok(index) => labels[index].1 = value,
                            Err(index) => labels.insert(index, (key, value)),
                        },
                    }
                }
                Ok(Labels(labels))
            }
        }

        deserializer.deserialize_map(LabelsVisitor)
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

impl Container<'_> {
    /// An init container that keeps running beside the others.
    pub(super) fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Str::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
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
