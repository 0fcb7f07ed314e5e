//! Lists: the rules of `resourceVersion`, `resourceVersionMatch`, `limit` and `continue`.
//!
//! Follows `apiserver/pkg/storage/cacher/cacher.go`, `apimachinery/pkg/apis/meta/internalversion/validation` and
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list>. Every page of a
//! list is read at one resourceVersion, so paging gives a consistent snapshot while the cluster changes.

use std::ops::Bound;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ApiServer;
use super::body::{Head, ListBody};
use super::negotiate::Format;
use super::object::{Key, Object};
use super::query::Query;
use super::resource::Resource;
use super::selector::Selector;
use super::status::{Cause, Status};
use super::table;

/// Which state of the collection a list is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Version {
    /// The latest, consistent.
    Latest,
    /// Whatever this server has, however old.
    Any,
    /// Not older than this.
    NotOlderThan(u64),
    /// Exactly this.
    Exact(u64),
    /// The rest of a paged list, after the key.
    Continue(ContinueToken),
}

/// What a `continue` token holds, in the encoding of `apiserver/pkg/storage/continue.go`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ContinueToken {
    v: String,
    /// The snapshot's resourceVersion; -1 for a token that goes on inconsistently.
    rv: i64,
    start: String,
}

impl ContinueToken {
    fn after(resource_version: i64, resource: Resource, key: &Key) -> Self {
        let start = match resource.kind().namespaced {
            true => format!("/{}/{}\0", key.0, key.1),
            false => format!("/{}\0", key.1),
        };
        Self {
            v: "meta.k8s.io/v1".into(),
            rv: resource_version,
            start,
        }
    }

    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_string(self).expect("plain strings serialise"))
    }

    fn decode(text: &str) -> Result<Self, Status> {
        let refuse =
            |why: String| Status::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim_end_matches('='))
            .map_err(|error| refuse(error.to_string()))?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
        if token.v != "meta.k8s.io/v1" || !token.start.starts_with('/') {
            return Err(refuse(
                "incorrect encoded start resourceVersion (version meta.k8s.io/v1)".to_owned(),
            ));
        }
        Ok(token)
    }

    fn key(&self) -> Key {
        let start = self.start.trim_start_matches('/').trim_end_matches('\0');
        match start.split_once('/') {
            Some((namespace, name)) => (namespace.into(), name.into()),
            None => ("".into(), start.into()),
        }
    }
}

impl ApiServer {
    pub(super) fn list(
        &self,
        replica: usize,
        now: Timestamp,
        resource: Resource,
        namespace: Option<&str>,
        query: &Query,
        format: Format,
    ) -> Result<ListBody, Status> {
        let kind = resource.kind();
        let selector = Selector::parse(
            kind,
            namespace,
            query.text("labelSelector"),
            query.text("fieldSelector"),
        )?;
        let limit = usize::try_from(query.number("limit").unwrap_or(0)).unwrap_or(usize::MAX);
        let version = version(query, limit)?;
        let collection = self.collection(resource);
        let seen = self.visible_version(replica, resource, now);
        let floor = collection.history_floor();
        // A list from the watch cache that may be of any age ignores the limit.
        let limit = match version {
            Version::Any => 0,
            _ => limit,
        };
        let (at, from) = match &version {
            Version::Latest => (self.revision, None),
            Version::Any => (seen, None),
            Version::NotOlderThan(asked) if *asked > seen => {
                return Err(Status::resource_version_too_large(*asked, seen));
            }
            Version::NotOlderThan(_) => (seen, None),
            Version::Exact(asked) if *asked > seen => return Err(Status::resource_version_too_large(*asked, seen)),
            Version::Exact(asked) if *asked < floor => return Err(Status::list_expired(*asked, floor)),
            Version::Exact(asked) => (*asked, None),
            Version::Continue(token) => match u64::try_from(token.rv) {
                Ok(version) if version < floor => {
                    return Err(Status::continue_expired(
                        ContinueToken::after(-1, resource, &token.key()).encode(),
                    ));
                }
                // After a restore, a token may be of a future that never was.
                Ok(version) if version > self.revision => {
                    return Err(Status::resource_version_too_large(version, self.revision));
                }
                Ok(version) => (version, Some(token.key())),
                Err(_) => (self.revision, Some(token.key())),
            },
        };
        let from = from.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut items = collection.at(at.max(floor), from);
        items.retain(|object| selector.matches(object));
        let rest = match limit {
            0 => None,
            _ if items.len() > limit => {
                let rest = items.len() - limit;
                items.truncate(limit);
                Some(rest)
            }
            _ => None,
        };
        let mut metadata = Map::new();
        metadata.insert("resourceVersion".into(), at.to_string().into());
        if let (Some(rest), Some(last)) = (rest, items.last()) {
            let at = i64::try_from(at).expect("a counter of writes stays below 2^63");
            metadata.insert(
                "continue".into(),
                ContinueToken::after(at, resource, &last.key()).encode().into(),
            );
            if !selector.is_filtering() {
                metadata.insert("remainingItemCount".into(), rest.into());
            }
        }
        Ok(self.list_body(now, resource, &metadata, items, format))
    }

    fn list_body(
        &self,
        now: Timestamp,
        resource: Resource,
        metadata: &Map<String, Value>,
        items: Vec<Arc<Object>>,
        format: Format,
    ) -> ListBody {
        let kind = resource.kind();
        let json = metadata_json(metadata);
        let head = match format {
            Format::Protobuf => Head::Protobuf(kind, metadata.clone()),
            Format::Json => Head::of(format!(
                r#"{{"kind":"{}List","apiVersion":"{}","metadata":{json},"items":["#,
                kind.kind,
                kind.api_version()
            )),
            Format::Metadata => Head::of(format!(
                r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{json},"items":["#
            )),
            Format::Table(_) => Head::of(format!(
                r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{json},"columnDefinitions":{},"rows":["#,
                table::column_definitions(resource)
            )),
        };
        ListBody {
            head,
            items: items.into_iter(),
            format,
            padding: self.padding.clone(),
            now,
            started: false,
            ended: false,
        }
    }
}

/// The fields of list metadata in the order of the wire.
fn metadata_json(metadata: &Map<String, Value>) -> String {
    let fields: Vec<String> = ["resourceVersion", "continue", "remainingItemCount"]
        .iter()
        .filter_map(|field| Some(format!(r#""{field}":{}"#, metadata.get(*field)?)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// Parses a `resourceVersion` parameter; `None` if it is unset.
pub(super) fn parse_version(text: &str) -> Result<Option<u64>, Status> {
    match text {
        "" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| {
            Status::invalid_options(&[Cause::invalid(
                "resourceVersion",
                text,
                "strconv.ParseUint: invalid syntax",
            )])
        }),
    }
}

fn version(query: &Query, limit: usize) -> Result<Version, Status> {
    let forbid = |field: &str, why: &str| Err(Status::invalid_options(&[Cause::forbidden(field, why)]));
    let asked = parse_version(query.text("resourceVersion"))?;
    let matching = query.text("resourceVersionMatch");
    let token = query.text("continue");
    if query.get("sendInitialEvents").is_some() {
        return forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
    }
    if !matching.is_empty() {
        if asked.is_none() {
            return forbid(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            );
        }
        if !token.is_empty() {
            return forbid(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden when continue is provided",
            );
        }
        if !["Exact", "NotOlderThan"].contains(&matching) {
            return Err(Status::invalid_options(&[Cause::invalid(
                "resourceVersionMatch",
                matching,
                "supported values: \"Exact\", \"NotOlderThan\"",
            )]));
        }
        if matching == "Exact" && asked == Some(0) {
            return forbid(
                "resourceVersionMatch",
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            );
        }
    }
    if !token.is_empty() {
        if asked.is_some_and(|version| version != 0) {
            return Err(Status::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        return ContinueToken::decode(token).map(Version::Continue);
    }
    Ok(match (asked, matching) {
        (None, _) => Version::Latest,
        (Some(0), _) => Version::Any,
        (Some(version), "Exact") => Version::Exact(version),
        (Some(version), "") if limit > 0 => Version::Exact(version),
        (Some(version), _) => Version::NotOlderThan(version),
    })
}
