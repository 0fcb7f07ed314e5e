//! The URLs of list and watch.

use k8s_openapi::Resource as _;

use crate::{
    api_path::{ApiPath, ApiResource, ApiRoot, Segment},
    failure::Verb,
    limits::PROBE_TIMEOUT_SECONDS,
    meta::ResourceVersion,
    resource::Resource,
    text::Text,
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
    /// What carries it. If that is not available, the driver calls
    /// [`handle_no_carrier`](super::Informer::handle_no_carrier).
    pub carrier: Carrier,
    /// Path and query, beginning with the API root.
    pub url: String,
}

/// Which collection is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Where the API begins.
    pub root: ApiRoot,
    /// One namespace, or all.
    pub namespace: Option<Segment>,
    /// Only objects whose fields are so, such as `involvedObject.uid=…`.
    pub field_selector: Option<Text>,
}

impl Collection {
    /// `GET` of a list. `resourceVersion` stays unset: the most recent state, consistently read.
    /// `pretty=false`, because the server indents for browsers, which doubles the bytes.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>
    #[must_use]
    pub fn list_url<K: Resource>(&self, limit: Option<u32>, continue_token: Option<&str>) -> String {
        let mut path = self.selected(self.path::<K>().with("pretty", "false"));
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
    pub fn watch_url<K: Resource>(&self, version: &ResourceVersion, timeout_seconds: u32) -> String {
        let path = self
            .watch::<K>()
            .with("resourceVersion", version.as_str())
            .with("timeoutSeconds", &timeout_seconds.to_string());
        self.selected(path).below(&self.root)
    }

    /// `GET` of a watch that begins with every object, consistently read, and says with a bookmark when they end.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists>
    #[must_use]
    pub fn stream_url<K: Resource>(&self, timeout_seconds: u32) -> String {
        let path = self
            .watch::<K>()
            .with("sendInitialEvents", "true")
            .with("resourceVersionMatch", "NotOlderThan")
            .with("resourceVersion", "")
            .with("timeoutSeconds", &timeout_seconds.to_string());
        self.selected(path).below(&self.root)
    }

    fn watch<K: Resource>(&self) -> ApiPath {
        self.path::<K>()
            .with("watch", "1")
            .with("allowWatchBookmarks", "true")
            .with("pretty", "false")
    }

    /// `GET` of a watch that any API server answers with one event at once: the present state of an object, as its watch
    /// cache has it. Without bookmarks, because with them servers from 1.34 on take it for a streaming list.
    ///
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch>
    #[must_use]
    pub fn probe_url<K: Resource>(&self, name: &str) -> String {
        let own = format!("metadata.name={name}");
        let selector = match &self.field_selector {
            Some(selector) => format!("{selector},{own}"),
            None => own,
        };
        let path = self
            .path::<K>()
            .with("watch", "1")
            .with("pretty", "false")
            .with("resourceVersion", "0")
            .with("timeoutSeconds", &PROBE_TIMEOUT_SECONDS.to_string())
            .with("fieldSelector", &selector);
        path.below(&self.root)
    }

    fn selected(&self, path: ApiPath) -> ApiPath {
        match &self.field_selector {
            Some(selector) => path.with("fieldSelector", selector),
            None => path,
        }
    }

    fn path<K: Resource>(&self) -> ApiPath {
        let resource = ApiResource::known(K::Full::GROUP, K::Full::VERSION, K::Full::URL_PATH_SEGMENT);
        ApiPath::collection(&resource, self.namespace.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Event, Node, Pod};

    use super::*;
    use crate::sample::Sample;

    #[test]
    fn urls_are_those_of_the_api() {
        let all = Collection {
            root: ApiRoot::default(),
            namespace: None,
            field_selector: None,
        };
        assert_eq!(all.list_url::<Sample<Node>>(None, None), "/api/v1/nodes?pretty=false");
        let shop = Collection {
            root: ApiRoot::parse("/k8s/").expect("a root"),
            namespace: Some(Segment::namespace("shop").expect("a namespace")),
            field_selector: None,
        };
        assert_eq!(
            shop.list_url::<Sample<Pod>>(Some(500), Some("x=&y")),
            "/k8s/api/v1/namespaces/shop/pods?pretty=false&limit=500&continue=x%3D%26y"
        );
        let version = ResourceVersion::new("42").expect("not empty");
        assert_eq!(
            all.watch_url::<Sample<Pod>>(&version, 210),
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&pretty=false&resourceVersion=42&timeoutSeconds=210"
        );
        let chosen = Collection {
            field_selector: Some("involvedObject.uid=7".into()),
            ..shop
        };
        assert_eq!(
            all.probe_url::<Sample<Pod>>("web-0"),
            "/api/v1/pods?watch=1&pretty=false&resourceVersion=0&timeoutSeconds=10&fieldSelector=metadata.name%3Dweb-0"
        );
        assert!(
            chosen
                .probe_url::<Sample<Event>>("web.1")
                .ends_with("&fieldSelector=involvedObject.uid%3D7%2Cmetadata.name%3Dweb.1")
        );
        let list = "/k8s/api/v1/namespaces/shop/events?pretty=false&fieldSelector=involvedObject.uid%3D7";
        assert_eq!(chosen.list_url::<Sample<Event>>(None, None), list);
        assert!(
            chosen
                .watch_url::<Sample<Event>>(&version, 210)
                .ends_with("&timeoutSeconds=210&fieldSelector=involvedObject.uid%3D7")
        );
    }
}
