//! The objects of the API as they lie in the receive buffer, JSON or protobuf: only the fields that are shown, borrowed.
//!
//! Reading JSON follows what Go's decoder does to the same bytes: `null` and an absent key are the zero value, a key that
//! stands twice counts the last time, keys that nobody asked for are skipped whatever they hold. So it is with protobuf
//! and its numbers. A field that is read must have its documented type, otherwise the object is an error. Nothing is
//! interpreted here; see [`status`](super::status), [`pod`](super::pod) and [`node`](super::node).
//!
//! Fields stand in the order in which Go writes them to JSON: each is looked for first behind the one before it.

use std::cmp::Ordering;

use k8bit_informer::{
    json::{Read, Reader},
    protobuf::{self, Merge, Value},
    wire::{Presence, Str},
};

use super::{Quantity, Timestamp};

/// Declares an object of the API; in tests with serde's reading of the same as the model.
macro_rules! object {
    ($($object:tt)*) => {
        k8bit_informer::object! { $($object)* }
        #[cfg(test)]
        k8bit_informer::serde_model! { $($object)* }
    };
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
        1 "name" => name: Str<'de>,
        3 "namespace" => namespace: Str<'de>,
        5 "uid" => uid: Str<'de>,
        6 "resourceVersion" => resource_version: Str<'de>,
        8 "creationTimestamp" => created: Option<Timestamp>,
        9 "deletionTimestamp" => deleted: Option<Timestamp>,
        11 "labels" => labels: LabelMap<'de>,
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
        20 "initContainers" => init_containers: Vec<Container<'de>>,
        2 "containers" => containers: Vec<Container<'de>>,
        10 "nodeName" => node_name: Str<'de>,
        32 "overhead" => overhead: ResourceList,
        40 "resources" => resources: Resources,
    }
}

object! {
    /// A regular or an init container.
    Container<'de> {
        1 "name" => name: Str<'de>,
        2 "image" => image: Str<'de>,
        8 "resources" => resources: Resources,
        24 "restartPolicy" => restart_policy: Str<'de>,
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
        2 "conditions" => conditions: Vec<Condition<'de>>,
        3 "message" => message: Str<'de>,
        4 "reason" => reason: Str<'de>,
        6 "podIP" => ip: Str<'de>,
        12 "podIPs" => ips: Vec<PodIp<'de>>,
        10 "initContainerStatuses" => init_containers: Vec<ContainerStatus<'de>>,
        8 "containerStatuses" => containers: Vec<ContainerStatus<'de>>,
        9 "qosClass" => qos_class: Str<'de>,
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
        4 "lastTransitionTime" => last_transition: Option<Timestamp>,
        5 "reason" => reason: Str<'de>,
        6 "message" => message: Str<'de>,
    }
}

object! {
    ContainerStatus<'de> {
        1 "name" => name: Str<'de>,
        2 "state" => state: ContainerState<'de>,
        3 "lastState" => last_state: LastState,
        4 "ready" => ready: bool,
        5 "restartCount" => restart_count: i32,
        9 "started" => started: bool,
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
        11 "labels" => labels: LabelMap<'de>,
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
    MetricsMetadata<'de> {
        3 "namespace" => namespace: Str<'de>,
        1 "name" => name: Str<'de>,
    }
}

object! {
    NodeMetrics<'de> {
        1 "metadata" => metadata: MetricsMetadata<'de>,
        2 "timestamp" => measured: Option<Timestamp>,
        4 "usage" => usage: ResourceList,
    }
}

object! {
    PodMetrics<'de> {
        1 "metadata" => metadata: MetricsMetadata<'de>,
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
pub(crate) struct LabelMap<'de>(pub(crate) Vec<(Str<'de>, Str<'de>)>);

impl<'de> Read<'de> for LabelMap<'de> {
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

impl<'de> Merge<'de> for LabelMap<'de> {
    fn merge(&mut self, value: Value<'de>) -> Option<()> {
        let (key, value) = protobuf::entry(value)?;
        let mut text = Str::default();
        text.merge(value)?;
        self.put(Str(key), text);
        Some(())
    }
}

impl<'de> LabelMap<'de> {
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

impl Container<'_> {
    /// An init container that keeps running beside the others.
    pub(super) fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use k8bit_informer::testing::{STRANGE, check, check_list, damage};
    use proptest::{collection::vec, prelude::*, sample::Index};
    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

    use super::*;
    use crate::resource::{ObjectEvent, node, pod};

    impl<'de> Deserialize<'de> for LabelMap<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct LabelsVisitor;

            impl<'de> Visitor<'de> for LabelsVisitor {
                type Value = LabelMap<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut labels = LabelMap::default();
                    while let Some(key) = map.next_key::<Str<'de>>()? {
                        labels.put(key, map.next_value::<Option<Str<'de>>>()?.unwrap_or_default());
                    }
                    Ok(labels)
                }
            }

            deserializer.deserialize_map(LabelsVisitor)
        }
    }

    fn objects() -> Vec<String> {
        let lists = [
            include_str!("../../tests/fixtures/list-demo.json"),
            include_str!("../../tests/fixtures/list-nodes-page-1.json"),
            include_str!("../../tests/fixtures/status-zoo/list.json"),
        ];
        k8bit_informer::testing::objects(&lists, include_str!("../../tests/fixtures/watch-lifecycle.jsonl"))
    }

    fn check_all(json: &[u8]) -> [bool; 2] {
        [check::<Pod<'_>>(json), check::<Node<'_>>(json)]
    }

    #[test]
    fn what_servers_send_is_read_without_serde_and_as_serde_reads_it() {
        let objects = objects();
        let (recorded, strange) = objects.split_at(objects.len() - STRANGE.len());
        assert!(recorded.len() > 60);
        for object in recorded {
            let [pod, node] = check_all(object.as_bytes());
            assert!(pod || node, "{object}");
        }
        for object in strange {
            check_all(object.as_bytes());
        }
    }

    /// Recorded lists, the larger ones in pieces of several sizes, the smaller ones cut at every byte.
    #[test]
    fn lists_are_read_in_one_pass_as_after_a_search_for_the_ends_of_their_objects() {
        let zoo = include_bytes!("../../tests/fixtures/status-zoo/list.json");
        for size in [zoo.len(), 64 << 10, 10_000, 1_000, 7] {
            let in_one_pass = check_list::<pod::Pod>(zoo.chunks(size));
            assert_eq!(in_one_pass > 40, size > 9_000, "{in_one_pass} in pieces of {size}");
        }
        let pods = include_bytes!("../../tests/fixtures/list-demo.json");
        let nodes = include_bytes!("../../tests/fixtures/list-nodes-page-1.json");
        let events = include_bytes!("../../tests/fixtures/list-events-demo.json");
        for cut in 0..pods.len() {
            check_list::<pod::Pod>([&pods[..cut], &pods[cut..]].into_iter());
        }
        for cut in 0..nodes.len() {
            check_list::<node::Node>([&nodes[..cut], &nodes[cut..]].into_iter());
        }
        for cut in 0..events.len() {
            check_list::<ObjectEvent>([&events[..cut], &events[cut..]].into_iter());
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
