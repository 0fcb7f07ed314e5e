//! The URLs of list and watch.

use crate::{
    api_path::{ApiPath, ApiResource, ApiRoot, InvalidName, Segment, quoted},
    failure::Verb,
    limits::PROBE_TIMEOUT_SECONDS,
    meta::ResourceVersion,
    resource::ObjectType,
    selector::{FieldSelector, LabelSelector},
    transport::Carrier,
};

/// Numbers the requests of one informer; input of an older attempt is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A GET that the driver is to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Goes with everything that the driver hands back.
    pub attempt: RequestId,
    /// What for.
    pub verb: Verb,
    /// Its `Accept` header; a WebSocket goes without.
    pub accept: &'static str,
    /// What carries it. If that is not available, the driver calls
    /// [`handle_no_carrier`](super::Informer::handle_no_carrier).
    pub carrier: Carrier,
    /// Path and query, beginning with the API root.
    pub url: String,
}

/// A text that is not the path of a collection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// It has another form.
    #[error(
        "“{0}” is not the path of a collection, such as /api/v1/pods or /apis/apps/v1/namespaces/shop/deployments."
    )]
    NotACollection(String),
    /// A name in it is not one that the API allows.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// Which objects are followed: those of a resource, in one namespace or all, of which each matches the selectors.
///
/// It can be described at run time. Each of its parts is checked where it is made, by the API server's rules:
///
/// ```
/// use k8bit_informer::{api_path::{ApiResource, Segment}, request::Collection, selector::LabelSelector};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rockets = Collection::new(ApiResource::parse("space.example.com/v1", "rockets")?)
///     .with_kind("Rocket")
///     .with_namespace(Segment::namespace("launchpad")?)
///     .with_label_selector(LabelSelector::parse("stage in (1,2)")?);
/// assert_eq!(
///     rockets.list_url(None, None),
///     "/apis/space.example.com/v1/namespaces/launchpad/rockets?pretty=false&labelSelector=stage%20in%20%281%2C2%29"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    root: ApiRoot,
    resource: ApiResource,
    object_type: ObjectType,
    namespace: Option<Segment>,
    label_selector: LabelSelector,
    field_selector: FieldSelector,
}

impl Collection {
    /// All objects of a type that `k8s_openapi` names.
    #[must_use]
    pub fn of<F: k8s_openapi::ListableResource>() -> Self {
        Self {
            object_type: ObjectType::of::<F>(),
            ..Self::new(ApiResource::known(F::GROUP, F::VERSION, F::URL_PATH_SEGMENT))
        }
    }

    /// All objects of a resource that is described at run time. What its objects are called is not known, and so any kind
    /// is accepted, until [`Collection::with_kind`] names it.
    #[must_use]
    pub fn new(resource: ApiResource) -> Self {
        Self {
            root: ApiRoot::default(),
            object_type: ObjectType::of_version(&resource.api_version()),
            resource,
            namespace: None,
            label_selector: LabelSelector::default(),
            field_selector: FieldSelector::default(),
        }
    }

    /// All objects of a path of the API: `/api/v1/pods`, `/apis/apps/v1/namespaces/shop/deployments`. What comes before `/api`
    /// is the root of the API.
    ///
    /// # Errors
    /// When it is no such path, or a name in it cannot be one.
    pub fn from_path(path: &str) -> Result<Self, InvalidPath> {
        let not_a_path = || InvalidPath::NotACollection(quoted(path));
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        // Two slashes at the beginning would name another host.
        if segments.iter().any(|segment| segment.is_empty()) {
            return Err(not_a_path());
        }
        // The last one: a root may have such a name in it.
        let api = segments.iter().rposition(|segment| matches!(*segment, "api" | "apis"));
        let api = api.ok_or_else(not_a_path)?;
        let root = ApiRoot::parse(&segments[..api].join("/")).map_err(|_| not_a_path())?;
        let (api_version, rest) = match (segments[api], &segments[api + 1..]) {
            ("api", [version, rest @ ..]) => ((*version).to_owned(), rest),
            ("apis", [group, version, rest @ ..]) => (format!("{group}/{version}"), rest),
            _ => return Err(not_a_path()),
        };
        let (namespace, plural) = match rest {
            [plural] => (None, plural),
            ["namespaces", namespace, plural] => (Some(Segment::namespace(namespace)?), plural),
            _ => return Err(not_a_path()),
        };
        let resource = ApiResource::parse(&api_version, plural)?;
        Ok(Self::new(resource).with_root(root).with_namespace(namespace))
    }

    /// The same, whose objects are of this kind: an answer of another kind is then refused.
    #[must_use]
    pub fn with_kind(self, kind: &str) -> Self {
        Self {
            object_type: self.object_type.with_kind(kind),
            ..self
        }
    }

    /// The same below another root of the API, as behind `kubectl proxy --api-prefix`.
    #[must_use]
    pub fn with_root(self, root: ApiRoot) -> Self {
        Self { root, ..self }
    }

    /// The objects of one namespace; with `None`, of all.
    #[must_use]
    pub fn with_namespace(self, namespace: impl Into<Option<Segment>>) -> Self {
        Self {
            namespace: namespace.into(),
            ..self
        }
    }

    /// Only objects with such labels.
    #[must_use]
    pub fn with_label_selector(self, label_selector: LabelSelector) -> Self {
        Self { label_selector, ..self }
    }

    /// Only objects with such fields.
    #[must_use]
    pub fn with_field_selector(self, field_selector: FieldSelector) -> Self {
        Self { field_selector, ..self }
    }

    /// Where the API begins.
    #[must_use]
    pub fn root(&self) -> &ApiRoot {
        &self.root
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &ApiResource {
        &self.resource
    }

    /// The type of its objects.
    #[must_use]
    pub fn object_type(&self) -> &ObjectType {
        &self.object_type
    }

    /// The one namespace; `None` if it is all.
    #[must_use]
    pub fn namespace(&self) -> Option<&Segment> {
        self.namespace.as_ref()
    }

    /// `GET` of a list. `resourceVersion` stays unset: the most recent state, consistently read.
    /// `pretty=false`, because the server indents for browsers, which doubles the bytes.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>
    #[must_use]
    pub fn list_url(&self, limit: Option<u32>, continue_token: Option<&str>) -> String {
        let mut path = self.selected(self.path().with("pretty", "false"), &self.field_selector);
        if let Some(limit) = limit {
            path = path.with("limit", &limit.to_string());
        }
        if let Some(token) = continue_token {
            path = path.with("continue", token);
        }
        path.below(&self.root)
    }

    /// `GET` of a watch of everything after `version`, with bookmarks, that the server ends after `timeout_seconds`.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>
    #[must_use]
    pub fn watch_url(&self, version: &ResourceVersion, timeout_seconds: u32) -> String {
        let path = self
            .watch()
            .with("resourceVersion", version.as_str())
            .with("timeoutSeconds", &timeout_seconds.to_string());
        self.selected(path, &self.field_selector).below(&self.root)
    }

    /// `GET` of a watch that begins with every object, consistently read, and says with a bookmark when they end.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists>
    #[must_use]
    pub fn stream_url(&self, timeout_seconds: u32) -> String {
        let path = self
            .watch()
            .with("sendInitialEvents", "true")
            .with("resourceVersionMatch", "NotOlderThan")
            .with("resourceVersion", "")
            .with("timeoutSeconds", &timeout_seconds.to_string());
        self.selected(path, &self.field_selector).below(&self.root)
    }

    fn watch(&self) -> ApiPath {
        self.path()
            .with("watch", "1")
            .with("allowWatchBookmarks", "true")
            .with("pretty", "false")
    }

    /// `GET` of a watch that any API server answers with one event at once: the present state of an object, as its watch
    /// cache has it. Without bookmarks, because with them servers from 1.34 on take it for a streaming list.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch>
    #[must_use]
    pub fn probe_url(&self, name: &str) -> String {
        let path = self
            .path()
            .with("watch", "1")
            .with("pretty", "false")
            .with("resourceVersion", "0")
            .with("timeoutSeconds", &PROBE_TIMEOUT_SECONDS.to_string());
        self.selected(path, &self.field_selector.and_name(name))
            .below(&self.root)
    }

    fn selected(&self, mut path: ApiPath, field_selector: &FieldSelector) -> ApiPath {
        if !self.label_selector.as_str().is_empty() {
            path = path.with("labelSelector", self.label_selector.as_str());
        }
        if !field_selector.as_str().is_empty() {
            path = path.with("fieldSelector", field_selector.as_str());
        }
        path
    }

    fn path(&self) -> ApiPath {
        ApiPath::collection(&self.resource, self.namespace.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Event, Node, Pod};

    use super::*;

    #[test]
    fn urls_are_those_of_the_api() {
        assert_eq!(
            Collection::of::<Node>().list_url(None, None),
            "/api/v1/nodes?pretty=false"
        );
        let shop = |all: Collection| {
            all.with_root(ApiRoot::parse("/k8s/").expect("a root"))
                .with_namespace(Segment::namespace("shop").expect("a namespace"))
        };
        assert_eq!(
            shop(Collection::of::<Pod>()).list_url(Some(500), Some("x=&y")),
            "/k8s/api/v1/namespaces/shop/pods?pretty=false&limit=500&continue=x%3D%26y"
        );
        let version = ResourceVersion::new("42").expect("not empty");
        let pods = Collection::of::<Pod>();
        assert_eq!(
            pods.watch_url(&version, 210),
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&pretty=false&resourceVersion=42&timeoutSeconds=210"
        );
        assert_eq!(
            pods.probe_url("web-0"),
            "/api/v1/pods?watch=1&pretty=false&resourceVersion=0&timeoutSeconds=10&fieldSelector=metadata.name%3Dweb-0"
        );
        let chosen =
            shop(Collection::of::<Event>()).with_field_selector(FieldSelector::equal(&[("involvedObject.uid", "7")]));
        assert!(
            chosen
                .probe_url("web.1")
                .ends_with("&fieldSelector=involvedObject.uid%3D7%2Cmetadata.name%3Dweb.1")
        );
        let list = "/k8s/api/v1/namespaces/shop/events?pretty=false&fieldSelector=involvedObject.uid%3D7";
        assert_eq!(chosen.list_url(None, None), list);
        assert!(
            chosen
                .watch_url(&version, 210)
                .ends_with("&timeoutSeconds=210&fieldSelector=involvedObject.uid%3D7")
        );
    }

    #[test]
    fn paths_are_read() {
        for (path, expected) in [
            ("/api/v1/pods", "/api/v1/pods"),
            ("api/v1/namespaces", "/api/v1/namespaces"),
            ("/api/v1/namespaces/shop/pods", "/api/v1/namespaces/shop/pods"),
            ("/apis/apps/v1/deployments", "/apis/apps/v1/deployments"),
            (
                "/k8s/apis/space.example.com/v1/namespaces/pad/rockets",
                "/k8s/apis/space.example.com/v1/namespaces/pad/rockets",
            ),
            ("/api/gateway/api/v1/pods", "/api/gateway/api/v1/pods"),
        ] {
            let collection = Collection::from_path(path).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(collection.list_url(None, None), format!("{expected}?pretty=false"));
        }
        for path in [
            "",
            "/",
            "/api",
            "/api/v1",
            "/apis/apps/v1",
            "/api/v1/pods/web",
            "/api/v1/pods?watch=1",
            "/api/v1/namespaces/Shop/pods",
            "/api/v1/namespaces/../pods",
            "/api/v1/namespaces/shop/pods/web/log",
            "/version",
            "//evil.example/api/v1/pods",
            "/api/v1/services/x:80/proxy/api/v1/pods",
        ] {
            assert!(Collection::from_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_collection_of_run_time_is_the_same_as_one_of_a_type() {
        let pods = Collection::new(ApiResource::parse("v1", "pods").expect("a resource"));
        assert_eq!(pods.clone().with_kind("Pod"), Collection::of::<Pod>());
        assert_eq!(pods.object_type().kind(), None);
        let labelled = pods.with_label_selector(LabelSelector::parse("app=web").expect("a selector"));
        for url in [
            labelled.list_url(Some(1), None),
            labelled.stream_url(210),
            labelled.probe_url("web-0"),
            labelled.watch_url(&ResourceVersion::new("42").expect("not empty"), 210),
        ] {
            assert!(url.contains("&labelSelector=app%3Dweb"), "{url}");
        }
    }
}
