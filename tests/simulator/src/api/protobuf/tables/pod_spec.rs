//! Pods, and what is wanted of one.

use super::Shape::{Bool, Int, Message, Quantities, Text, Texts};
use super::affinity::AFFINITY;
use super::container::{
    APP_ARMOR_PROFILE, CONTAINER, EPHEMERAL_CONTAINER, SE_LINUX_OPTIONS, SECCOMP_PROFILE,
    WINDOWS_SECURITY_CONTEXT_OPTIONS,
};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::pod_status::POD_STATUS;
use super::resources::{LOCAL_OBJECT_REFERENCE, RESOURCE_REQUIREMENTS};
use super::volume::VOLUME;
use super::{Field, always, many, maybe, one};

pub(super) const POD: &[Field] = &[
    one(1, "metadata", Message(OBJECT_META)),
    one(2, "spec", Message(POD_SPEC)),
    one(3, "status", Message(POD_STATUS)),
];
pub(super) const POD_SPEC: &[Field] = &[
    many(1, "volumes", Message(VOLUME)),
    many(2, "containers", Message(CONTAINER)),
    one(3, "restartPolicy", Text),
    maybe(4, "terminationGracePeriodSeconds", Int),
    maybe(5, "activeDeadlineSeconds", Int),
    one(6, "dnsPolicy", Text),
    one(7, "nodeSelector", Texts),
    one(8, "serviceAccountName", Text),
    one(9, "serviceAccount", Text),
    one(10, "nodeName", Text),
    one(11, "hostNetwork", Bool),
    one(12, "hostPID", Bool),
    one(13, "hostIPC", Bool),
    maybe(14, "securityContext", Message(POD_SECURITY_CONTEXT)),
    many(15, "imagePullSecrets", Message(LOCAL_OBJECT_REFERENCE)),
    one(16, "hostname", Text),
    one(17, "subdomain", Text),
    maybe(18, "affinity", Message(AFFINITY)),
    one(19, "schedulerName", Text),
    many(20, "initContainers", Message(CONTAINER)),
    maybe(21, "automountServiceAccountToken", Bool),
    many(22, "tolerations", Message(TOLERATION)),
    many(23, "hostAliases", Message(HOST_ALIAS)),
    one(24, "priorityClassName", Text),
    maybe(25, "priority", Int),
    maybe(26, "dnsConfig", Message(POD_DNS_CONFIG)),
    maybe(27, "shareProcessNamespace", Bool),
    many(28, "readinessGates", Message(POD_READINESS_GATE)),
    maybe(29, "runtimeClassName", Text),
    maybe(30, "enableServiceLinks", Bool),
    maybe(31, "preemptionPolicy", Text),
    one(32, "overhead", Quantities),
    many(33, "topologySpreadConstraints", Message(TOPOLOGY_SPREAD_CONSTRAINT)),
    many(34, "ephemeralContainers", Message(EPHEMERAL_CONTAINER)),
    maybe(35, "setHostnameAsFQDN", Bool),
    maybe(36, "os", Message(POD_OS)),
    maybe(37, "hostUsers", Bool),
    many(38, "schedulingGates", Message(POD_SCHEDULING_GATE)),
    many(39, "resourceClaims", Message(POD_RESOURCE_CLAIM)),
    maybe(40, "resources", Message(RESOURCE_REQUIREMENTS)),
    maybe(41, "hostnameOverride", Text),
];
const POD_SECURITY_CONTEXT: &[Field] = &[
    maybe(1, "seLinuxOptions", Message(SE_LINUX_OPTIONS)),
    maybe(2, "runAsUser", Int),
    maybe(3, "runAsNonRoot", Bool),
    many(4, "supplementalGroups", Int),
    maybe(5, "fsGroup", Int),
    maybe(6, "runAsGroup", Int),
    many(7, "sysctls", Message(SYSCTL)),
    maybe(8, "windowsOptions", Message(WINDOWS_SECURITY_CONTEXT_OPTIONS)),
    maybe(9, "fsGroupChangePolicy", Text),
    maybe(10, "seccompProfile", Message(SECCOMP_PROFILE)),
    maybe(11, "appArmorProfile", Message(APP_ARMOR_PROFILE)),
    maybe(12, "supplementalGroupsPolicy", Text),
    maybe(13, "seLinuxChangePolicy", Text),
];
const SYSCTL: &[Field] = &[always(1, "name", Text), always(2, "value", Text)];
pub(super) const TOLERATION: &[Field] = &[
    one(1, "key", Text),
    one(2, "operator", Text),
    one(3, "value", Text),
    one(4, "effect", Text),
    maybe(5, "tolerationSeconds", Int),
];
const HOST_ALIAS: &[Field] = &[always(1, "ip", Text), many(2, "hostnames", Text)];
const POD_DNS_CONFIG: &[Field] = &[
    many(1, "nameservers", Text),
    many(2, "searches", Text),
    many(3, "options", Message(POD_DNS_CONFIG_OPTION)),
];
const POD_DNS_CONFIG_OPTION: &[Field] = &[one(1, "name", Text), maybe(2, "value", Text)];
const POD_READINESS_GATE: &[Field] = &[always(1, "conditionType", Text)];
const TOPOLOGY_SPREAD_CONSTRAINT: &[Field] = &[
    always(1, "maxSkew", Int),
    always(2, "topologyKey", Text),
    always(3, "whenUnsatisfiable", Text),
    maybe(4, "labelSelector", Message(LABEL_SELECTOR)),
    maybe(5, "minDomains", Int),
    maybe(6, "nodeAffinityPolicy", Text),
    maybe(7, "nodeTaintsPolicy", Text),
    many(8, "matchLabelKeys", Text),
];
const POD_OS: &[Field] = &[always(1, "name", Text)];
const POD_SCHEDULING_GATE: &[Field] = &[always(1, "name", Text)];
const POD_RESOURCE_CLAIM: &[Field] = &[
    always(1, "name", Text),
    maybe(3, "resourceClaimName", Text),
    maybe(4, "resourceClaimTemplateName", Text),
];
