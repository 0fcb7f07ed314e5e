//! The table of resources that the server knows: names, scope, subresources and selectable fields.
//!
//! Everything else in [`crate::api`] is generic over this table. It holds no objects and no behaviour
//! beyond looking itself up.

/// A resource that the server stores. Closed, so that storage can be an array and `match` is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each variant is the resource of that name")]
pub enum Resource {
    Namespaces,
    Nodes,
    Pods,
    Events,
    Services,
    ConfigMaps,
    Deployments,
    ReplicaSets,
    DaemonSets,
    StatefulSets,
    Jobs,
    Leases,
    Rollouts,
}

/// What discovery says of a resource, and the few rules that differ between resources.
///
/// Follows `APIResource` of the discovery API
/// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#discovery-api>).
#[derive(Debug)]
pub struct Kind {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// CamelCase kind of one object.
    pub kind: &'static str,
    /// Plural name, as in paths.
    pub plural: &'static str,
    /// Lower-case singular.
    pub singular: &'static str,
    /// What kubectl accepts as abbreviation.
    pub short_names: &'static [&'static str],
    /// kubectl's `all` category.
    pub in_all: bool,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// Subresources served beside the object itself.
    pub subresources: &'static [&'static str],
    /// Whether `metadata.generation` counts changes of `spec`.
    pub generation: bool,
    /// Fields that `fieldSelector` accepts besides `metadata.name` and `metadata.namespace`.
    pub selectable: &'static [&'static str],
    /// What a bookmark of this kind carries besides `metadata`: the zero value of the Go type, which the real
    /// server does not omit.
    pub bookmark_tail: &'static str,
}

impl Kind {
    const BASE: Self = Self {
        group: "",
        version: "v1",
        kind: "",
        plural: "",
        singular: "",
        short_names: &[],
        in_all: false,
        namespaced: true,
        subresources: &[],
        generation: false,
        selectable: &[],
        bookmark_tail: "",
    };

    /// `v1` or `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `pods` or `deployments.apps`, as error messages name resources.
    #[must_use]
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// Path of the group and version: `/api/v1` or `/apis/apps/v1`.
    #[must_use]
    pub fn root(&self) -> String {
        if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        }
    }

    /// Path of the collection: in one namespace, or over all of them with `None`.
    #[must_use]
    pub fn path(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) if self.namespaced => {
                format!("{}/namespaces/{namespace}/{}", self.root(), self.plural)
            }
            _ => format!("{}/{}", self.root(), self.plural),
        }
    }
}

const EVENT_FIELDS: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

static KINDS: [Kind; 13] = [
    Kind {
        kind: "Namespace",
        plural: "namespaces",
        singular: "namespace",
        short_names: &["ns"],
        namespaced: false,
        subresources: &["status"],
        selectable: &["status.phase"],
        bookmark_tail: r#","spec":{},"status":{}"#,
        ..Kind::BASE
    },
    Kind {
        kind: "Node",
        plural: "nodes",
        singular: "node",
        short_names: &["no"],
        namespaced: false,
        subresources: &["status"],
        selectable: &["spec.unschedulable"],
        bookmark_tail: r#","spec":{},"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":0}},"nodeInfo":{"machineID":"","systemUUID":"","bootID":"","kernelVersion":"","osImage":"","containerRuntimeVersion":"","kubeletVersion":"","kubeProxyVersion":"","operatingSystem":"","architecture":""}}"#,
        ..Kind::BASE
    },
    Kind {
        kind: "Pod",
        plural: "pods",
        singular: "pod",
        short_names: &["po"],
        in_all: true,
        subresources: &["status", "binding", "eviction", "log"],
        generation: true,
        selectable: &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        bookmark_tail: r#","spec":{"containers":null},"status":{}"#,
        ..Kind::BASE
    },
    Kind {
        kind: "Event",
        plural: "events",
        singular: "event",
        short_names: &["ev"],
        selectable: EVENT_FIELDS,
        bookmark_tail: r#","involvedObject":{},"source":{},"firstTimestamp":null,"lastTimestamp":null,"eventTime":null,"reportingComponent":"","reportingInstance":"""#,
        ..Kind::BASE
    },
    Kind {
        kind: "Service",
        plural: "services",
        singular: "service",
        short_names: &["svc"],
        in_all: true,
        subresources: &["status"],
        selectable: &["spec.clusterIP", "spec.type"],
        bookmark_tail: r#","spec":{},"status":{"loadBalancer":{}}"#,
        ..Kind::BASE
    },
    Kind {
        kind: "ConfigMap",
        plural: "configmaps",
        singular: "configmap",
        short_names: &["cm"],
        ..Kind::BASE
    },
    Kind {
        group: "apps",
        kind: "Deployment",
        plural: "deployments",
        singular: "deployment",
        short_names: &["deploy"],
        in_all: true,
        subresources: &["status", "scale"],
        generation: true,
        bookmark_tail: r#","spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"strategy":{}},"status":{}"#,
        ..Kind::BASE
    },
    Kind {
        group: "apps",
        kind: "ReplicaSet",
        plural: "replicasets",
        singular: "replicaset",
        short_names: &["rs"],
        in_all: true,
        subresources: &["status", "scale"],
        generation: true,
        selectable: &["status.replicas"],
        bookmark_tail: r#","spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}}},"status":{"replicas":0}"#,
        ..Kind::BASE
    },
    Kind {
        group: "apps",
        kind: "DaemonSet",
        plural: "daemonsets",
        singular: "daemonset",
        short_names: &["ds"],
        in_all: true,
        subresources: &["status"],
        generation: true,
        bookmark_tail: r#","spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"updateStrategy":{}},"status":{"currentNumberScheduled":0,"numberMisscheduled":0,"desiredNumberScheduled":0,"numberReady":0}"#,
        ..Kind::BASE
    },
    Kind {
        group: "apps",
        kind: "StatefulSet",
        plural: "statefulsets",
        singular: "statefulset",
        short_names: &["sts"],
        in_all: true,
        subresources: &["status", "scale"],
        generation: true,
        bookmark_tail: r#","spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"serviceName":"","updateStrategy":{}},"status":{"replicas":0}"#,
        ..Kind::BASE
    },
    Kind {
        group: "batch",
        kind: "Job",
        plural: "jobs",
        singular: "job",
        in_all: true,
        subresources: &["status"],
        generation: true,
        selectable: &["status.successful"],
        bookmark_tail: r#","spec":{"template":{"metadata":{},"spec":{"containers":null}}},"status":{}"#,
        ..Kind::BASE
    },
    Kind {
        group: "coordination.k8s.io",
        kind: "Lease",
        plural: "leases",
        singular: "lease",
        bookmark_tail: r#","spec":{}"#,
        ..Kind::BASE
    },
    // Of Argo Rollouts: a custom resource with a scale subresource.
    Kind {
        group: "argoproj.io",
        version: "v1alpha1",
        kind: "Rollout",
        plural: "rollouts",
        singular: "rollout",
        short_names: &["ro"],
        subresources: &["status", "scale"],
        generation: true,
        ..Kind::BASE
    },
];

impl Resource {
    /// Every resource, in the order of the variants.
    pub const ALL: [Self; 13] = [
        Self::Namespaces,
        Self::Nodes,
        Self::Pods,
        Self::Events,
        Self::Services,
        Self::ConfigMaps,
        Self::Deployments,
        Self::ReplicaSets,
        Self::DaemonSets,
        Self::StatefulSets,
        Self::Jobs,
        Self::Leases,
        Self::Rollouts,
    ];

    /// The row of the table.
    #[must_use]
    pub fn kind(self) -> &'static Kind {
        &KINDS[self as usize]
    }

    /// Finds a resource by group, version and plural name, as they stand in a path.
    #[must_use]
    pub fn find(group: &str, version: &str, plural: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| {
            let kind = resource.kind();
            kind.group == group && kind.version == version && kind.plural == plural
        })
    }

    /// Finds a resource by the kind of its objects, as owner references name it.
    #[must_use]
    pub fn find_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.kind().kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_the_order_of_the_variants() {
        for (index, resource) in Resource::ALL.into_iter().enumerate() {
            assert_eq!(resource as usize, index);
            let kind = resource.kind();
            assert_eq!(format!("{resource:?}").to_lowercase(), kind.plural);
            assert_eq!(Resource::find(kind.group, kind.version, kind.plural), Some(resource));
        }
    }
}
