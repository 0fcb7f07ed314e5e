//! Volumes and all their sources.

use super::Shape::{Bool, Int, Message, Quantities, Quantity, Text, Texts};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::resources::{LOCAL_OBJECT_REFERENCE, TYPED_LOCAL_OBJECT_REFERENCE};
use super::{Field, always, inline, many, maybe, one};

pub(super) const VOLUME: &[Field] = &[always(1, "name", Text), inline(2, VOLUME_SOURCE)];
const VOLUME_SOURCE: &[Field] = &[
    maybe(1, "hostPath", Message(HOST_PATH_VOLUME_SOURCE)),
    maybe(2, "emptyDir", Message(EMPTY_DIR_VOLUME_SOURCE)),
    maybe(3, "gcePersistentDisk", Message(GCE_PERSISTENT_DISK_VOLUME_SOURCE)),
    maybe(
        4,
        "awsElasticBlockStore",
        Message(AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE),
    ),
    maybe(5, "gitRepo", Message(GIT_REPO_VOLUME_SOURCE)),
    maybe(6, "secret", Message(SECRET_VOLUME_SOURCE)),
    maybe(7, "nfs", Message(NFS_VOLUME_SOURCE)),
    maybe(8, "iscsi", Message(ISCSI_VOLUME_SOURCE)),
    maybe(9, "glusterfs", Message(GLUSTERFS_VOLUME_SOURCE)),
    maybe(
        10,
        "persistentVolumeClaim",
        Message(PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE),
    ),
    maybe(11, "rbd", Message(RBD_VOLUME_SOURCE)),
    maybe(12, "flexVolume", Message(FLEX_VOLUME_SOURCE)),
    maybe(13, "cinder", Message(CINDER_VOLUME_SOURCE)),
    maybe(14, "cephfs", Message(CEPH_FS_VOLUME_SOURCE)),
    maybe(15, "flocker", Message(FLOCKER_VOLUME_SOURCE)),
    maybe(16, "downwardAPI", Message(DOWNWARD_API_VOLUME_SOURCE)),
    maybe(17, "fc", Message(FC_VOLUME_SOURCE)),
    maybe(18, "azureFile", Message(AZURE_FILE_VOLUME_SOURCE)),
    maybe(19, "configMap", Message(CONFIG_MAP_VOLUME_SOURCE)),
    maybe(20, "vsphereVolume", Message(VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE)),
    maybe(21, "quobyte", Message(QUOBYTE_VOLUME_SOURCE)),
    maybe(22, "azureDisk", Message(AZURE_DISK_VOLUME_SOURCE)),
    maybe(
        23,
        "photonPersistentDisk",
        Message(PHOTON_PERSISTENT_DISK_VOLUME_SOURCE),
    ),
    maybe(24, "portworxVolume", Message(PORTWORX_VOLUME_SOURCE)),
    maybe(25, "scaleIO", Message(SCALE_IO_VOLUME_SOURCE)),
    maybe(26, "projected", Message(PROJECTED_VOLUME_SOURCE)),
    maybe(27, "storageos", Message(STORAGE_OS_VOLUME_SOURCE)),
    maybe(28, "csi", Message(CSI_VOLUME_SOURCE)),
    maybe(29, "ephemeral", Message(EPHEMERAL_VOLUME_SOURCE)),
    maybe(30, "image", Message(IMAGE_VOLUME_SOURCE)),
];
const HOST_PATH_VOLUME_SOURCE: &[Field] = &[always(1, "path", Text), maybe(2, "type", Text)];
const EMPTY_DIR_VOLUME_SOURCE: &[Field] = &[one(1, "medium", Text), maybe(2, "sizeLimit", Quantity)];
const GCE_PERSISTENT_DISK_VOLUME_SOURCE: &[Field] = &[
    always(1, "pdName", Text),
    one(2, "fsType", Text),
    one(3, "partition", Int),
    one(4, "readOnly", Bool),
];
const AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: &[Field] = &[
    always(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "partition", Int),
    one(4, "readOnly", Bool),
];
const GIT_REPO_VOLUME_SOURCE: &[Field] = &[
    always(1, "repository", Text),
    one(2, "revision", Text),
    one(3, "directory", Text),
];
const SECRET_VOLUME_SOURCE: &[Field] = &[
    one(1, "secretName", Text),
    many(2, "items", Message(KEY_TO_PATH)),
    maybe(3, "defaultMode", Int),
    maybe(4, "optional", Bool),
];
const KEY_TO_PATH: &[Field] = &[always(1, "key", Text), always(2, "path", Text), maybe(3, "mode", Int)];
const NFS_VOLUME_SOURCE: &[Field] = &[
    always(1, "server", Text),
    always(2, "path", Text),
    one(3, "readOnly", Bool),
];
const ISCSI_VOLUME_SOURCE: &[Field] = &[
    always(1, "targetPortal", Text),
    always(2, "iqn", Text),
    always(3, "lun", Int),
    one(4, "iscsiInterface", Text),
    one(5, "fsType", Text),
    one(6, "readOnly", Bool),
    many(7, "portals", Text),
    one(8, "chapAuthDiscovery", Bool),
    maybe(10, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
    one(11, "chapAuthSession", Bool),
    maybe(12, "initiatorName", Text),
];
const GLUSTERFS_VOLUME_SOURCE: &[Field] = &[
    always(1, "endpoints", Text),
    always(2, "path", Text),
    one(3, "readOnly", Bool),
];
const PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: &[Field] = &[always(1, "claimName", Text), one(2, "readOnly", Bool)];
const RBD_VOLUME_SOURCE: &[Field] = &[
    many(1, "monitors", Text),
    always(2, "image", Text),
    one(3, "fsType", Text),
    one(4, "pool", Text),
    one(5, "user", Text),
    one(6, "keyring", Text),
    maybe(7, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
    one(8, "readOnly", Bool),
];
const FLEX_VOLUME_SOURCE: &[Field] = &[
    always(1, "driver", Text),
    one(2, "fsType", Text),
    maybe(3, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
    one(4, "readOnly", Bool),
    one(5, "options", Texts),
];
const CINDER_VOLUME_SOURCE: &[Field] = &[
    always(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "readOnly", Bool),
    maybe(4, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
];
const CEPH_FS_VOLUME_SOURCE: &[Field] = &[
    many(1, "monitors", Text),
    one(2, "path", Text),
    one(3, "user", Text),
    one(4, "secretFile", Text),
    maybe(5, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
    one(6, "readOnly", Bool),
];
const FLOCKER_VOLUME_SOURCE: &[Field] = &[one(1, "datasetName", Text), one(2, "datasetUUID", Text)];
const DOWNWARD_API_VOLUME_SOURCE: &[Field] = &[
    many(1, "items", Message(DOWNWARD_API_VOLUME_FILE)),
    maybe(2, "defaultMode", Int),
];
const DOWNWARD_API_VOLUME_FILE: &[Field] = &[
    always(1, "path", Text),
    maybe(2, "fieldRef", Message(OBJECT_FIELD_SELECTOR)),
    maybe(3, "resourceFieldRef", Message(RESOURCE_FIELD_SELECTOR)),
    maybe(4, "mode", Int),
];
pub(super) const OBJECT_FIELD_SELECTOR: &[Field] = &[one(1, "apiVersion", Text), always(2, "fieldPath", Text)];
pub(super) const RESOURCE_FIELD_SELECTOR: &[Field] = &[
    one(1, "containerName", Text),
    always(2, "resource", Text),
    one(3, "divisor", Quantity),
];
const FC_VOLUME_SOURCE: &[Field] = &[
    many(1, "targetWWNs", Text),
    maybe(2, "lun", Int),
    one(3, "fsType", Text),
    one(4, "readOnly", Bool),
    many(5, "wwids", Text),
];
const AZURE_FILE_VOLUME_SOURCE: &[Field] = &[
    always(1, "secretName", Text),
    always(2, "shareName", Text),
    one(3, "readOnly", Bool),
];
const CONFIG_MAP_VOLUME_SOURCE: &[Field] = &[
    inline(1, LOCAL_OBJECT_REFERENCE),
    many(2, "items", Message(KEY_TO_PATH)),
    maybe(3, "defaultMode", Int),
    maybe(4, "optional", Bool),
];
const VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: &[Field] = &[
    always(1, "volumePath", Text),
    one(2, "fsType", Text),
    one(3, "storagePolicyName", Text),
    one(4, "storagePolicyID", Text),
];
const QUOBYTE_VOLUME_SOURCE: &[Field] = &[
    always(1, "registry", Text),
    always(2, "volume", Text),
    one(3, "readOnly", Bool),
    one(4, "user", Text),
    one(5, "group", Text),
    one(6, "tenant", Text),
];
const AZURE_DISK_VOLUME_SOURCE: &[Field] = &[
    always(1, "diskName", Text),
    always(2, "diskURI", Text),
    maybe(3, "cachingMode", Text),
    maybe(4, "fsType", Text),
    maybe(5, "readOnly", Bool),
    maybe(6, "kind", Text),
];
const PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: &[Field] = &[always(1, "pdID", Text), one(2, "fsType", Text)];
const PORTWORX_VOLUME_SOURCE: &[Field] = &[
    always(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "readOnly", Bool),
];
const SCALE_IO_VOLUME_SOURCE: &[Field] = &[
    always(1, "gateway", Text),
    always(2, "system", Text),
    maybe(3, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
    one(4, "sslEnabled", Bool),
    one(5, "protectionDomain", Text),
    one(6, "storagePool", Text),
    one(7, "storageMode", Text),
    one(8, "volumeName", Text),
    one(9, "fsType", Text),
    one(10, "readOnly", Bool),
];
const PROJECTED_VOLUME_SOURCE: &[Field] = &[
    many(1, "sources", Message(VOLUME_PROJECTION)),
    maybe(2, "defaultMode", Int),
];
const VOLUME_PROJECTION: &[Field] = &[
    maybe(1, "secret", Message(SECRET_PROJECTION)),
    maybe(2, "downwardAPI", Message(DOWNWARD_API_PROJECTION)),
    maybe(3, "configMap", Message(CONFIG_MAP_PROJECTION)),
    maybe(4, "serviceAccountToken", Message(SERVICE_ACCOUNT_TOKEN_PROJECTION)),
    maybe(5, "clusterTrustBundle", Message(CLUSTER_TRUST_BUNDLE_PROJECTION)),
    maybe(6, "podCertificate", Message(POD_CERTIFICATE_PROJECTION)),
];
const SECRET_PROJECTION: &[Field] = &[
    inline(1, LOCAL_OBJECT_REFERENCE),
    many(2, "items", Message(KEY_TO_PATH)),
    maybe(4, "optional", Bool),
];
const DOWNWARD_API_PROJECTION: &[Field] = &[many(1, "items", Message(DOWNWARD_API_VOLUME_FILE))];
const CONFIG_MAP_PROJECTION: &[Field] = &[
    inline(1, LOCAL_OBJECT_REFERENCE),
    many(2, "items", Message(KEY_TO_PATH)),
    maybe(4, "optional", Bool),
];
const SERVICE_ACCOUNT_TOKEN_PROJECTION: &[Field] = &[
    one(1, "audience", Text),
    maybe(2, "expirationSeconds", Int),
    always(3, "path", Text),
];
const CLUSTER_TRUST_BUNDLE_PROJECTION: &[Field] = &[
    maybe(1, "name", Text),
    maybe(2, "signerName", Text),
    maybe(3, "labelSelector", Message(LABEL_SELECTOR)),
    always(4, "path", Text),
    maybe(5, "optional", Bool),
];
const POD_CERTIFICATE_PROJECTION: &[Field] = &[
    one(1, "signerName", Text),
    one(2, "keyType", Text),
    maybe(3, "maxExpirationSeconds", Int),
    one(4, "credentialBundlePath", Text),
    one(5, "keyPath", Text),
    one(6, "certificateChainPath", Text),
    one(7, "userAnnotations", Texts),
];
const STORAGE_OS_VOLUME_SOURCE: &[Field] = &[
    one(1, "volumeName", Text),
    one(2, "volumeNamespace", Text),
    one(3, "fsType", Text),
    one(4, "readOnly", Bool),
    maybe(5, "secretRef", Message(LOCAL_OBJECT_REFERENCE)),
];
const CSI_VOLUME_SOURCE: &[Field] = &[
    always(1, "driver", Text),
    maybe(2, "readOnly", Bool),
    maybe(3, "fsType", Text),
    one(4, "volumeAttributes", Texts),
    maybe(5, "nodePublishSecretRef", Message(LOCAL_OBJECT_REFERENCE)),
];
const EPHEMERAL_VOLUME_SOURCE: &[Field] = &[maybe(
    1,
    "volumeClaimTemplate",
    Message(PERSISTENT_VOLUME_CLAIM_TEMPLATE),
)];
const PERSISTENT_VOLUME_CLAIM_TEMPLATE: &[Field] = &[
    one(1, "metadata", Message(OBJECT_META)),
    one(2, "spec", Message(PERSISTENT_VOLUME_CLAIM_SPEC)),
];
const PERSISTENT_VOLUME_CLAIM_SPEC: &[Field] = &[
    many(1, "accessModes", Text),
    one(2, "resources", Message(VOLUME_RESOURCE_REQUIREMENTS)),
    one(3, "volumeName", Text),
    maybe(4, "selector", Message(LABEL_SELECTOR)),
    maybe(5, "storageClassName", Text),
    maybe(6, "volumeMode", Text),
    maybe(7, "dataSource", Message(TYPED_LOCAL_OBJECT_REFERENCE)),
    maybe(8, "dataSourceRef", Message(TYPED_OBJECT_REFERENCE)),
    maybe(9, "volumeAttributesClassName", Text),
];
const VOLUME_RESOURCE_REQUIREMENTS: &[Field] = &[one(1, "limits", Quantities), one(2, "requests", Quantities)];
const TYPED_OBJECT_REFERENCE: &[Field] = &[
    maybe(1, "apiGroup", Text),
    always(2, "kind", Text),
    always(3, "name", Text),
    maybe(4, "namespace", Text),
];
const IMAGE_VOLUME_SOURCE: &[Field] = &[one(1, "reference", Text), one(2, "pullPolicy", Text)];
