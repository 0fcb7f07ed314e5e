//! Nodes.

use super::Shape::{Bool, Int, Message, Quantities, Text, Time};
use super::meta::OBJECT_META;
use super::{Field, always, many, maybe, one};

pub(super) const NODE: &[Field] = &[
    one(1, "metadata", Message(OBJECT_META)),
    one(2, "spec", Message(NODE_SPEC)),
    one(3, "status", Message(NODE_STATUS)),
];
const NODE_SPEC: &[Field] = &[
    one(1, "podCIDR", Text),
    one(2, "externalID", Text),
    one(3, "providerID", Text),
    one(4, "unschedulable", Bool),
    many(5, "taints", Message(TAINT)),
    maybe(6, "configSource", Message(NODE_CONFIG_SOURCE)),
    many(7, "podCIDRs", Text),
];
const TAINT: &[Field] = &[
    always(1, "key", Text),
    one(2, "value", Text),
    always(3, "effect", Text),
    maybe(4, "timeAdded", Time),
];
const NODE_CONFIG_SOURCE: &[Field] = &[maybe(2, "configMap", Message(CONFIG_MAP_NODE_CONFIG_SOURCE))];
const CONFIG_MAP_NODE_CONFIG_SOURCE: &[Field] = &[
    always(1, "namespace", Text),
    always(2, "name", Text),
    one(3, "uid", Text),
    one(4, "resourceVersion", Text),
    always(5, "kubeletConfigKey", Text),
];
const NODE_STATUS: &[Field] = &[
    one(1, "capacity", Quantities),
    one(2, "allocatable", Quantities),
    one(3, "phase", Text),
    many(4, "conditions", Message(NODE_CONDITION)),
    many(5, "addresses", Message(NODE_ADDRESS)),
    one(6, "daemonEndpoints", Message(NODE_DAEMON_ENDPOINTS)),
    one(7, "nodeInfo", Message(NODE_SYSTEM_INFO)),
    many(8, "images", Message(CONTAINER_IMAGE)),
    many(9, "volumesInUse", Text),
    many(10, "volumesAttached", Message(ATTACHED_VOLUME)),
    maybe(11, "config", Message(NODE_CONFIG_STATUS)),
    many(12, "runtimeHandlers", Message(NODE_RUNTIME_HANDLER)),
    maybe(13, "features", Message(NODE_FEATURES)),
    many(14, "declaredFeatures", Text),
];
const NODE_CONDITION: &[Field] = &[
    always(1, "type", Text),
    always(2, "status", Text),
    one(3, "lastHeartbeatTime", Time),
    one(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
];
const NODE_ADDRESS: &[Field] = &[always(1, "type", Text), always(2, "address", Text)];
const NODE_DAEMON_ENDPOINTS: &[Field] = &[one(1, "kubeletEndpoint", Message(DAEMON_ENDPOINT))];
const DAEMON_ENDPOINT: &[Field] = &[always(1, "Port", Int)];
const NODE_SYSTEM_INFO: &[Field] = &[
    always(1, "machineID", Text),
    always(2, "systemUUID", Text),
    always(3, "bootID", Text),
    always(4, "kernelVersion", Text),
    always(5, "osImage", Text),
    always(6, "containerRuntimeVersion", Text),
    always(7, "kubeletVersion", Text),
    always(8, "kubeProxyVersion", Text),
    always(9, "operatingSystem", Text),
    always(10, "architecture", Text),
    maybe(11, "swap", Message(NODE_SWAP_STATUS)),
];
const NODE_SWAP_STATUS: &[Field] = &[maybe(1, "capacity", Int)];
const CONTAINER_IMAGE: &[Field] = &[many(1, "names", Text), one(2, "sizeBytes", Int)];
const ATTACHED_VOLUME: &[Field] = &[always(1, "name", Text), always(2, "devicePath", Text)];
const NODE_CONFIG_STATUS: &[Field] = &[
    maybe(1, "assigned", Message(NODE_CONFIG_SOURCE)),
    maybe(2, "active", Message(NODE_CONFIG_SOURCE)),
    maybe(3, "lastKnownGood", Message(NODE_CONFIG_SOURCE)),
    one(4, "error", Text),
];
const NODE_RUNTIME_HANDLER: &[Field] = &[
    always(1, "name", Text),
    maybe(2, "features", Message(NODE_RUNTIME_HANDLER_FEATURES)),
];
const NODE_RUNTIME_HANDLER_FEATURES: &[Field] = &[
    maybe(1, "recursiveReadOnlyMounts", Bool),
    maybe(2, "userNamespaces", Bool),
];
const NODE_FEATURES: &[Field] = &[maybe(1, "supplementalGroupsPolicy", Bool)];
