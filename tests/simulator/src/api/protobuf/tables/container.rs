//! Containers, with probes, environment and security.

use super::Shape::{Bool, Int, IntOrString, Message, Text};
use super::resources::{LOCAL_OBJECT_REFERENCE, RESOURCE_REQUIREMENTS};
use super::volume::{OBJECT_FIELD_SELECTOR, RESOURCE_FIELD_SELECTOR};
use super::{Field, always, inline, many, maybe, one};

pub(super) const CONTAINER: &[Field] = &[
    always(1, "name", Text),
    one(2, "image", Text),
    many(3, "command", Text),
    many(4, "args", Text),
    one(5, "workingDir", Text),
    many(6, "ports", Message(CONTAINER_PORT)),
    many(7, "env", Message(ENV_VAR)),
    one(8, "resources", Message(RESOURCE_REQUIREMENTS)),
    many(9, "volumeMounts", Message(VOLUME_MOUNT)),
    maybe(10, "livenessProbe", Message(PROBE)),
    maybe(11, "readinessProbe", Message(PROBE)),
    maybe(12, "lifecycle", Message(LIFECYCLE)),
    one(13, "terminationMessagePath", Text),
    one(14, "imagePullPolicy", Text),
    maybe(15, "securityContext", Message(SECURITY_CONTEXT)),
    one(16, "stdin", Bool),
    one(17, "stdinOnce", Bool),
    one(18, "tty", Bool),
    many(19, "envFrom", Message(ENV_FROM_SOURCE)),
    one(20, "terminationMessagePolicy", Text),
    many(21, "volumeDevices", Message(VOLUME_DEVICE)),
    maybe(22, "startupProbe", Message(PROBE)),
    many(23, "resizePolicy", Message(CONTAINER_RESIZE_POLICY)),
    maybe(24, "restartPolicy", Text),
    many(25, "restartPolicyRules", Message(CONTAINER_RESTART_RULE)),
];
const CONTAINER_PORT: &[Field] = &[
    one(1, "name", Text),
    one(2, "hostPort", Int),
    always(3, "containerPort", Int),
    one(4, "protocol", Text),
    one(5, "hostIP", Text),
];
const ENV_VAR: &[Field] = &[
    always(1, "name", Text),
    one(2, "value", Text),
    maybe(3, "valueFrom", Message(ENV_VAR_SOURCE)),
];
const ENV_VAR_SOURCE: &[Field] = &[
    maybe(1, "fieldRef", Message(OBJECT_FIELD_SELECTOR)),
    maybe(2, "resourceFieldRef", Message(RESOURCE_FIELD_SELECTOR)),
    maybe(3, "configMapKeyRef", Message(CONFIG_MAP_KEY_SELECTOR)),
    maybe(4, "secretKeyRef", Message(SECRET_KEY_SELECTOR)),
    maybe(5, "fileKeyRef", Message(FILE_KEY_SELECTOR)),
];
const CONFIG_MAP_KEY_SELECTOR: &[Field] = &[
    inline(1, LOCAL_OBJECT_REFERENCE),
    always(2, "key", Text),
    maybe(3, "optional", Bool),
];
const SECRET_KEY_SELECTOR: &[Field] = &[
    inline(1, LOCAL_OBJECT_REFERENCE),
    always(2, "key", Text),
    maybe(3, "optional", Bool),
];
const FILE_KEY_SELECTOR: &[Field] = &[
    always(1, "volumeName", Text),
    always(2, "path", Text),
    always(3, "key", Text),
    maybe(4, "optional", Bool),
];
const VOLUME_MOUNT: &[Field] = &[
    always(1, "name", Text),
    one(2, "readOnly", Bool),
    always(3, "mountPath", Text),
    one(4, "subPath", Text),
    maybe(5, "mountPropagation", Text),
    one(6, "subPathExpr", Text),
    maybe(7, "recursiveReadOnly", Text),
];
const PROBE: &[Field] = &[
    inline(1, PROBE_HANDLER),
    one(2, "initialDelaySeconds", Int),
    one(3, "timeoutSeconds", Int),
    one(4, "periodSeconds", Int),
    one(5, "successThreshold", Int),
    one(6, "failureThreshold", Int),
    maybe(7, "terminationGracePeriodSeconds", Int),
];
const PROBE_HANDLER: &[Field] = &[
    maybe(1, "exec", Message(EXEC_ACTION)),
    maybe(2, "httpGet", Message(HTTP_GET_ACTION)),
    maybe(3, "tcpSocket", Message(TCP_SOCKET_ACTION)),
    maybe(4, "grpc", Message(GRPC_ACTION)),
];
const EXEC_ACTION: &[Field] = &[many(1, "command", Text)];
const HTTP_GET_ACTION: &[Field] = &[
    one(1, "path", Text),
    one(2, "port", IntOrString),
    one(3, "host", Text),
    one(4, "scheme", Text),
    many(5, "httpHeaders", Message(HTTP_HEADER)),
];
const HTTP_HEADER: &[Field] = &[always(1, "name", Text), always(2, "value", Text)];
const TCP_SOCKET_ACTION: &[Field] = &[one(1, "port", IntOrString), one(2, "host", Text)];
const GRPC_ACTION: &[Field] = &[always(1, "port", Int), maybe(2, "service", Text)];
const LIFECYCLE: &[Field] = &[
    maybe(1, "postStart", Message(LIFECYCLE_HANDLER)),
    maybe(2, "preStop", Message(LIFECYCLE_HANDLER)),
    maybe(3, "stopSignal", Text),
];
const LIFECYCLE_HANDLER: &[Field] = &[
    maybe(1, "exec", Message(EXEC_ACTION)),
    maybe(2, "httpGet", Message(HTTP_GET_ACTION)),
    maybe(3, "tcpSocket", Message(TCP_SOCKET_ACTION)),
    maybe(4, "sleep", Message(SLEEP_ACTION)),
];
const SLEEP_ACTION: &[Field] = &[always(1, "seconds", Int)];
const SECURITY_CONTEXT: &[Field] = &[
    maybe(1, "capabilities", Message(CAPABILITIES)),
    maybe(2, "privileged", Bool),
    maybe(3, "seLinuxOptions", Message(SE_LINUX_OPTIONS)),
    maybe(4, "runAsUser", Int),
    maybe(5, "runAsNonRoot", Bool),
    maybe(6, "readOnlyRootFilesystem", Bool),
    maybe(7, "allowPrivilegeEscalation", Bool),
    maybe(8, "runAsGroup", Int),
    maybe(9, "procMount", Text),
    maybe(10, "windowsOptions", Message(WINDOWS_SECURITY_CONTEXT_OPTIONS)),
    maybe(11, "seccompProfile", Message(SECCOMP_PROFILE)),
    maybe(12, "appArmorProfile", Message(APP_ARMOR_PROFILE)),
];
const CAPABILITIES: &[Field] = &[many(1, "add", Text), many(2, "drop", Text)];
pub(super) const SE_LINUX_OPTIONS: &[Field] = &[
    one(1, "user", Text),
    one(2, "role", Text),
    one(3, "type", Text),
    one(4, "level", Text),
];
pub(super) const WINDOWS_SECURITY_CONTEXT_OPTIONS: &[Field] = &[
    maybe(1, "gmsaCredentialSpecName", Text),
    maybe(2, "gmsaCredentialSpec", Text),
    maybe(3, "runAsUserName", Text),
    maybe(4, "hostProcess", Bool),
];
pub(super) const SECCOMP_PROFILE: &[Field] = &[always(1, "type", Text), maybe(2, "localhostProfile", Text)];
pub(super) const APP_ARMOR_PROFILE: &[Field] = &[always(1, "type", Text), maybe(2, "localhostProfile", Text)];
const ENV_FROM_SOURCE: &[Field] = &[
    one(1, "prefix", Text),
    maybe(2, "configMapRef", Message(CONFIG_MAP_ENV_SOURCE)),
    maybe(3, "secretRef", Message(SECRET_ENV_SOURCE)),
];
const CONFIG_MAP_ENV_SOURCE: &[Field] = &[inline(1, LOCAL_OBJECT_REFERENCE), maybe(2, "optional", Bool)];
const SECRET_ENV_SOURCE: &[Field] = &[inline(1, LOCAL_OBJECT_REFERENCE), maybe(2, "optional", Bool)];
const VOLUME_DEVICE: &[Field] = &[always(1, "name", Text), always(2, "devicePath", Text)];
const CONTAINER_RESIZE_POLICY: &[Field] = &[always(1, "resourceName", Text), always(2, "restartPolicy", Text)];
const CONTAINER_RESTART_RULE: &[Field] = &[
    one(1, "action", Text),
    maybe(2, "exitCodes", Message(CONTAINER_RESTART_RULE_ON_EXIT_CODES)),
];
const CONTAINER_RESTART_RULE_ON_EXIT_CODES: &[Field] = &[one(1, "operator", Text), many(2, "values", Int)];
pub(super) const EPHEMERAL_CONTAINER: &[Field] = &[
    inline(1, EPHEMERAL_CONTAINER_COMMON),
    one(2, "targetContainerName", Text),
];
const EPHEMERAL_CONTAINER_COMMON: &[Field] = &[
    always(1, "name", Text),
    one(2, "image", Text),
    many(3, "command", Text),
    many(4, "args", Text),
    one(5, "workingDir", Text),
    many(6, "ports", Message(CONTAINER_PORT)),
    many(7, "env", Message(ENV_VAR)),
    one(8, "resources", Message(RESOURCE_REQUIREMENTS)),
    many(9, "volumeMounts", Message(VOLUME_MOUNT)),
    maybe(10, "livenessProbe", Message(PROBE)),
    maybe(11, "readinessProbe", Message(PROBE)),
    maybe(12, "lifecycle", Message(LIFECYCLE)),
    one(13, "terminationMessagePath", Text),
    one(14, "imagePullPolicy", Text),
    maybe(15, "securityContext", Message(SECURITY_CONTEXT)),
    one(16, "stdin", Bool),
    one(17, "stdinOnce", Bool),
    one(18, "tty", Bool),
    many(19, "envFrom", Message(ENV_FROM_SOURCE)),
    one(20, "terminationMessagePolicy", Text),
    many(21, "volumeDevices", Message(VOLUME_DEVICE)),
    maybe(22, "startupProbe", Message(PROBE)),
    many(23, "resizePolicy", Message(CONTAINER_RESIZE_POLICY)),
    maybe(24, "restartPolicy", Text),
    many(25, "restartPolicyRules", Message(CONTAINER_RESTART_RULE)),
];
