//! Who may do what: a policy that tests set, and the reviews that clients ask for.
//!
//! Not RBAC: there are no roles, only a list of what is denied.

use super::status::Status;

/// The policy. The default allows everything.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Every request is answered 401.
    pub unauthenticated: bool,
    /// What is answered 403. The first rule that fits decides.
    pub denied: Vec<Denial>,
}

/// Something that is denied.
#[derive(Clone, Debug, Default)]
pub struct Denial {
    /// `list`, `watch`, `get`, `create`, `update`, `patch`, `delete` or `deletecollection`; `None` is any.
    pub verb: Option<String>,
    /// Plural resource, such as `pods`, or `pods.metrics.k8s.io` for what they use; `None` is any.
    pub resource: Option<String>,
    /// Where.
    pub scope: Scope,
}

/// Where a [`Denial`] holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// In every namespace and over all of them.
    #[default]
    Everywhere,
    /// Over all namespaces at once (and for cluster-scoped objects); one namespace at a time is allowed.
    Cluster,
    /// In one namespace.
    Namespace(String),
}

impl Denial {
    /// Denies a verb on a resource. `""` is any of them.
    #[must_use]
    pub fn new(verb: &str, resource: &str, scope: Scope) -> Self {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            verb: some(verb),
            resource: some(resource),
            scope,
        }
    }

    fn fits(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        self.verb.as_deref().is_none_or(|denied| denied == verb)
            && self.resource.as_deref().is_none_or(|denied| denied == resource)
            && match &self.scope {
                Scope::Everywhere => true,
                Scope::Cluster => namespace.is_none(),
                Scope::Namespace(denied) => namespace == Some(denied),
            }
    }
}

/// The user that denials name.
const USER: &str = "viewer";

impl Access {
    /// Forbids to list and watch a resource over all namespaces.
    #[must_use]
    pub fn deny_cluster_wide(resource: &str) -> Self {
        Self {
            unauthenticated: false,
            denied: vec![
                Denial::new("list", resource, Scope::Cluster),
                Denial::new("watch", resource, Scope::Cluster),
            ],
        }
    }

    /// Allows to get, list and watch everything, and nothing else.
    #[must_use]
    pub fn read_only() -> Self {
        let writes = ["create", "update", "patch", "delete", "deletecollection"];
        Self {
            unauthenticated: false,
            denied: writes.map(|verb| Denial::new(verb, "", Scope::Everywhere)).to_vec(),
        }
    }

    /// Forbids to read what nodes and pods use.
    #[must_use]
    pub fn deny_metrics() -> Self {
        Self {
            unauthenticated: false,
            denied: vec![
                Denial::new("", "nodes.metrics.k8s.io", Scope::Everywhere),
                Denial::new("", "pods.metrics.k8s.io", Scope::Everywhere),
            ],
        }
    }

    /// Whether a resource of `metrics.k8s.io` may be read; denials name it with its group, because its plural is another
    /// resource's too.
    pub(super) fn check_metrics(
        &self,
        resource: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), Status> {
        let (group, verb) = ("metrics.k8s.io", if name.is_some() { "get" } else { "list" });
        if self.allows(verb, &format!("{resource}.{group}"), namespace) {
            return Ok(());
        }
        let scope = match namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        Err(Status::forbidden(group, resource, name, USER, verb, &scope))
    }

    pub(super) fn allows(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        !self.denied.iter().any(|denial| denial.fits(verb, resource, namespace))
    }

    pub(super) fn check(
        &self,
        verb: &str,
        group: &str,
        resource: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), Status> {
        if self.unauthenticated {
            return Err(Status::unauthorized());
        }
        if self.allows(verb, resource, namespace) {
            return Ok(());
        }
        let scope = match namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        Err(Status::forbidden(group, resource, name, USER, verb, &scope))
    }
}
