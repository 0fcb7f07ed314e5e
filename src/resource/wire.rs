//! The JSON of the API as it lies in the receive buffer: only the fields that are shown, borrowed.
//!
//! Reading follows what Go's decoder does to the same bytes: `null` and an absent key are the zero value, a key that
//! stands twice counts the last time, keys that nobody asked for are skipped whatever they hold. A field that is read
//! must have its documented type, otherwise the object is an error. Nothing is interpreted here; see
//! [`status`](super::status), [`pod`](super::pod) and [`node`](super::node).

use std::{borrow::Cow, fmt, ops::Deref};

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
        "containers" => containers: Count,
        "initContainers" => init_containers: Vec<InitContainer<'de>>,
    }
}

object! {
    InitContainer<'de> {
        "name" => name: Str<'de>,
        "restartPolicy" => restart_policy: Str<'de>,
    }
}

object! {
    PodStatus<'de> {
        "phase" => phase: Str<'de>,
        "reason" => reason: Str<'de>,
        "message" => message: Str<'de>,
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
    Node<'de> {
        "kind" => kind: Str<'de>,
        "apiVersion" => api_version: Str<'de>,
        "metadata" => metadata: NodeMetadata<'de>,
        "spec" => spec: NodeSpec,
        "status" => status: NodeStatus<'de>,
    }
}

object! {
    NodeMetadata<'de> {
        "name" => name: Str<'de>,
        "uid" => uid: Str<'de>,
        "resourceVersion" => resource_version: Str<'de>,
        "creationTimestamp" => created: Option<Timestamp>,
        "labels" => labels: NodeLabels<'de>,
    }
}

object! {
    NodeSpec {
        "unschedulable" => unschedulable: bool,
    }
}

object! {
    NodeStatus<'de> {
        "allocatable" => allocatable: Allocatable,
        "conditions" => conditions: Vec<NodeCondition<'de>>,
        "nodeInfo" => info: NodeInfo<'de>,
    }
}

object! {
    Allocatable {
        "pods" => pods: Option<Quantity>,
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

/// The labels of a node that are shown.
#[derive(Debug, Default)]
pub(super) struct NodeLabels<'de> {
    /// Unsorted, with repetitions.
    pub(super) roles: Vec<Str<'de>>,
    pub(super) zone: Option<Str<'de>>,
    pub(super) legacy_zone: Option<Str<'de>>,
    pub(super) instance_type: Option<Str<'de>>,
    pub(super) legacy_instance_type: Option<Str<'de>>,
}

impl<'de> Deserialize<'de> for NodeLabels<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelsVisitor;

        impl<'de> Visitor<'de> for LabelsVisitor {
            type Value = NodeLabels<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut labels = NodeLabels::default();
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    match &*key {
                        "topology.kubernetes.io/zone" => labels.zone = map.next_value()?,
                        "failure-domain.beta.kubernetes.io/zone" => labels.legacy_zone = map.next_value()?,
                        "node.kubernetes.io/instance-type" => labels.instance_type = map.next_value()?,
                        "beta.kubernetes.io/instance-type" => labels.legacy_instance_type = map.next_value()?,
                        "kubernetes.io/role" => labels.roles.extend(map.next_value::<Option<Str<'de>>>()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            labels.roles.extend(key.strip_prefix("node-role.kubernetes.io/"));
                        }
                    }
                }
                labels.roles.retain(|role| !role.is_empty());
                Ok(labels)
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
    /// The rest after `prefix`, borrowed as long as this is.
    fn strip_prefix(self, prefix: &str) -> Option<Self> {
        match self.0 {
            Cow::Borrowed(text) => text.strip_prefix(prefix).map(|rest| Self(Cow::Borrowed(rest))),
            Cow::Owned(text) => text.strip_prefix(prefix).map(|rest| Self(Cow::Owned(rest.to_owned()))),
        }
    }

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

/// How many elements an array has; what they are does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(pub(super) usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;

        impl<'de> Visitor<'de> for CountVisitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while array.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }

        deserializer.deserialize_seq(CountVisitor)
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
