//! What a pod is doing.

use super::Shape::{Bool, Int, Message, Quantities, Text, Time};
use super::resources::RESOURCE_REQUIREMENTS;
use super::{Field, always, many, maybe, one};

pub(super) const POD_STATUS: &[Field] = &[
    one(1, "phase", Text),
    many(2, "conditions", Message(POD_CONDITION)),
    one(3, "message", Text),
    one(4, "reason", Text),
    one(5, "hostIP", Text),
    one(6, "podIP", Text),
    maybe(7, "startTime", Time),
    many(8, "containerStatuses", Message(CONTAINER_STATUS)),
    one(9, "qosClass", Text),
    many(10, "initContainerStatuses", Message(CONTAINER_STATUS)),
    one(11, "nominatedNodeName", Text),
    many(12, "podIPs", Message(POD_IP)),
    many(13, "ephemeralContainerStatuses", Message(CONTAINER_STATUS)),
    one(14, "resize", Text),
    many(15, "resourceClaimStatuses", Message(POD_RESOURCE_CLAIM_STATUS)),
    many(16, "hostIPs", Message(HOST_IP)),
    one(17, "observedGeneration", Int),
    maybe(
        18,
        "extendedResourceClaimStatus",
        Message(POD_EXTENDED_RESOURCE_CLAIM_STATUS),
    ),
    one(19, "allocatedResources", Quantities),
    maybe(20, "resources", Message(RESOURCE_REQUIREMENTS)),
];
const POD_CONDITION: &[Field] = &[
    always(1, "type", Text),
    always(2, "status", Text),
    one(3, "lastProbeTime", Time),
    one(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
    one(7, "observedGeneration", Int),
];
const CONTAINER_STATUS: &[Field] = &[
    always(1, "name", Text),
    one(2, "state", Message(CONTAINER_STATE)),
    one(3, "lastState", Message(CONTAINER_STATE)),
    always(4, "ready", Bool),
    always(5, "restartCount", Int),
    always(6, "image", Text),
    always(7, "imageID", Text),
    one(8, "containerID", Text),
    maybe(9, "started", Bool),
    one(10, "allocatedResources", Quantities),
    maybe(11, "resources", Message(RESOURCE_REQUIREMENTS)),
    many(12, "volumeMounts", Message(VOLUME_MOUNT_STATUS)),
    maybe(13, "user", Message(CONTAINER_USER)),
    many(14, "allocatedResourcesStatus", Message(RESOURCE_STATUS)),
    maybe(15, "stopSignal", Text),
];
const CONTAINER_STATE: &[Field] = &[
    maybe(1, "waiting", Message(CONTAINER_STATE_WAITING)),
    maybe(2, "running", Message(CONTAINER_STATE_RUNNING)),
    maybe(3, "terminated", Message(CONTAINER_STATE_TERMINATED)),
];
const CONTAINER_STATE_WAITING: &[Field] = &[one(1, "reason", Text), one(2, "message", Text)];
const CONTAINER_STATE_RUNNING: &[Field] = &[one(1, "startedAt", Time)];
const CONTAINER_STATE_TERMINATED: &[Field] = &[
    always(1, "exitCode", Int),
    one(2, "signal", Int),
    one(3, "reason", Text),
    one(4, "message", Text),
    one(5, "startedAt", Time),
    one(6, "finishedAt", Time),
    one(7, "containerID", Text),
];
const VOLUME_MOUNT_STATUS: &[Field] = &[
    always(1, "name", Text),
    always(2, "mountPath", Text),
    one(3, "readOnly", Bool),
    maybe(4, "recursiveReadOnly", Text),
];
const CONTAINER_USER: &[Field] = &[maybe(1, "linux", Message(LINUX_CONTAINER_USER))];
const LINUX_CONTAINER_USER: &[Field] = &[
    always(1, "uid", Int),
    always(2, "gid", Int),
    many(3, "supplementalGroups", Int),
];
const RESOURCE_STATUS: &[Field] = &[always(1, "name", Text), many(2, "resources", Message(RESOURCE_HEALTH))];
const RESOURCE_HEALTH: &[Field] = &[always(1, "resourceID", Text), one(2, "health", Text)];
const POD_IP: &[Field] = &[always(1, "ip", Text)];
const POD_RESOURCE_CLAIM_STATUS: &[Field] = &[always(1, "name", Text), maybe(2, "resourceClaimName", Text)];
const HOST_IP: &[Field] = &[always(1, "ip", Text)];
const POD_EXTENDED_RESOURCE_CLAIM_STATUS: &[Field] = &[
    many(1, "requestMappings", Message(CONTAINER_EXTENDED_RESOURCE_REQUEST)),
    always(2, "resourceClaimName", Text),
];
const CONTAINER_EXTENDED_RESOURCE_REQUEST: &[Field] = &[
    always(1, "containerName", Text),
    always(2, "resourceName", Text),
    always(3, "requestName", Text),
];
