//! Who may do what: a policy that tests set, and the reviews that clients ask for.
//!
//! Not RBAC: there are no roles and bindings, only what they come to, a list of grants, and a list of what is denied.

use serde_json::{Value, json};

use super::status::Status;

/// The policy. The default allows everything.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Every request is answered 401.
    pub unauthenticated: bool,
    /// What is answered 403. The first rule that fits decides.
    pub denied: Vec<Denial>,
    /// What is allowed, as roles grant it; `None` is everything that is not denied.
    pub granted: Option<Vec<Grant>>,
    /// The name in messages; `viewer` where it is empty.
    pub user: String,
}

/// A rule of a role, and where it is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `""` for the core group.
    pub group: String,
    /// Plurals, such as `pods` or `pods/log`.
    pub resources: Vec<String>,
    /// `get`, `list`, `watch`, …
    pub verbs: Vec<String>,
    /// `None` for a ClusterRoleBinding: everywhere.
    pub namespace: Option<String>,
}

impl Grant {
    /// Grants verbs on resources of a group everywhere. `resources` and `verbs` are lists with spaces between.
    #[must_use]
    pub fn new(group: &str, resources: &str, verbs: &str) -> Self {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect();
        Self {
            group: group.to_owned(),
            resources: list(resources),
            verbs: list(verbs),
            namespace: None,
        }
    }

    /// The same in one namespace alone.
    #[must_use]
    pub fn within(self, namespace: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            ..self
        }
    }

    fn holds_in(&self, namespace: Option<&str>) -> bool {
        self.namespace.is_none() || self.namespace.as_deref() == namespace
    }

    fn fits(&self, verb: &str, group: &str, resource: &str, namespace: Option<&str>) -> bool {
        self.group == group
            && self.resources.iter().any(|granted| granted == resource)
            && self.verbs.iter().any(|granted| granted == verb)
            && self.holds_in(namespace)
    }
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

/// The user that denials name where nobody else is named.
const USER: &str = "viewer";

/// Its plurals are those of the core group, too.
const METRICS_GROUP: &str = "metrics.k8s.io";

impl Access {
    /// Allows a user what these rules grant, and nothing else.
    #[must_use]
    pub fn granting(user: &str, granted: Vec<Grant>) -> Self {
        Self {
            granted: Some(granted),
            user: user.to_owned(),
            ..Self::default()
        }
    }

    /// Forbids to list and watch a resource over all namespaces.
    #[must_use]
    pub fn deny_cluster_wide(resource: &str) -> Self {
        Self {
            denied: vec![
                Denial::new("list", resource, Scope::Cluster),
                Denial::new("watch", resource, Scope::Cluster),
            ],
            ..Self::default()
        }
    }

    /// Allows to get, list and watch everything, and nothing else.
    #[must_use]
    pub fn read_only() -> Self {
        let writes = ["create", "update", "patch", "delete", "deletecollection"];
        Self {
            denied: writes.map(|verb| Denial::new(verb, "", Scope::Everywhere)).to_vec(),
            ..Self::default()
        }
    }

    /// Forbids to read what nodes and pods use.
    #[must_use]
    pub fn deny_metrics() -> Self {
        Self {
            denied: vec![
                Denial::new("", "nodes.metrics.k8s.io", Scope::Everywhere),
                Denial::new("", "pods.metrics.k8s.io", Scope::Everywhere),
            ],
            ..Self::default()
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
        let verb = if name.is_some() { "get" } else { "list" };
        self.check(verb, METRICS_GROUP, resource, namespace, name)
    }

    /// Whether somebody may do this.
    pub(super) fn allows(&self, verb: &str, group: &str, resource: &str, namespace: Option<&str>) -> bool {
        let denied_name = match group {
            METRICS_GROUP => format!("{resource}.{group}"),
            _ => resource.to_owned(),
        };
        let is_denied = self.denied.iter().any(|it| it.fits(verb, &denied_name, namespace));
        let is_granted = |granted: &Vec<Grant>| granted.iter().any(|it| it.fits(verb, group, resource, namespace));
        !is_denied && self.granted.as_ref().is_none_or(is_granted)
    }

    /// The status of a `SelfSubjectRulesReview`: what is allowed in a namespace.
    pub(super) fn rules_in(&self, namespace: &str) -> Value {
        let rules: Vec<Value> = match &self.granted {
            None => vec![json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})],
            Some(granted) => granted
                .iter()
                .filter(|grant| grant.holds_in(Some(namespace)))
                .map(|grant| json!({"verbs": grant.verbs, "apiGroups": [grant.group], "resources": grant.resources}))
                .collect(),
        };
        // Rules cannot say what is denied.
        json!({"resourceRules": rules, "nonResourceRules": [], "incomplete": !self.denied.is_empty()})
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
        if self.allows(verb, group, resource, namespace) {
            return Ok(());
        }
        let scope = match namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        let user = if self.user.is_empty() { USER } else { &self.user };
        Err(Status::forbidden(group, resource, name, user, verb, &scope))
    }
}
