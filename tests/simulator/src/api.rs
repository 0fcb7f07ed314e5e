//! The API server, without sockets, clock or threads: [`ApiServer::handle`] turns a request into a response.
//!
//! Time comes in as a parameter and randomness from a seed, so a run can be replayed byte by byte on virtual
//! time. A response is a [`Body`] that is taken chunk by chunk, or a watch that is polled for its lines.
//! Objects are stored as serialised JSON; the rules that differ between resources stand in one table
//! ([`Resource`], [`Kind`]). There is no authentication (but `Impersonate-User` is heeded), no admission and no field ownership. JSON is spoken of
//! everything, protobuf of pods, nodes and events when they are read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use compact_str::CompactString;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

mod access;
mod authentication;
mod body;
mod collection;
mod defaults;
mod discovery;
mod list;
mod log;
mod metrics;
mod negotiate;
mod object;
mod padding;
mod patch;
mod path;
mod pretty;
mod protobuf;
mod query;
mod resource;
mod selector;
mod status;
pub(crate) mod subresource;
mod table;
mod template;
mod watch;
mod write;

pub use access::{Access, Denial, Grant, Scope};
use authentication::Tokens;
pub(crate) use authentication::other_protocols;
pub use body::Body;
pub use collection::{Change, ChangeKind, Collection, Window};
pub use log::{LOG_LINES, LOG_NOTE, LogFollow, LogOutput};
pub use object::{Key, Object};
pub use padding::Padding;
pub use patch::PatchKind;
pub use protobuf::item_offsets;
pub use query::Query;
pub use resource::{Kind, Resource};
pub use selector::Selector;
pub use status::{Cause, Status};
pub use table::{PodSummary, human_duration, summarise_pod};
pub use template::Template;
pub use watch::{StreamingLists, WatchOutput, WatcherId};
pub use write::{DeleteOptions, Deleted, Part};

use negotiate::Format;
use path::Target;

/// How the server behaves. The default is a server of 1.36 as it comes.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// Seeds uids, generated names and random timeouts.
    pub seed: u64,
    /// How much of the past can be watched from and read.
    pub window: Window,
    /// Time between bookmarks of a watch (real server: about 60 s).
    pub bookmark_interval: Duration,
    /// Whether `sendInitialEvents` is known.
    pub streaming_lists: StreamingLists,
    /// Answers a watch from too old a version with the HTTP status 410, not with an ERROR event; aggregated API servers
    /// do.
    pub refuses_expired_watches: bool,
    /// Compact JSON of a pod or node is padded to about this many bytes with managedFields; 0 is none.
    pub object_bytes: usize,
    /// Whether streaming lists are gzip for whoever takes that (`WatchListCompression`, on from 1.37): a member for each
    /// flush, of which browsers read the first and then report a clean end. Never over a WebSocket.
    pub compresses_streams: bool,
    /// Whether `drop=metadata.managedFields` in `Accept` is known (`ManagedFieldsOptOut` of 1.37, off by default). Servers
    /// that do not know it pass it over.
    pub drops_managed_fields: bool,
    /// How far each replica of the server lags behind, by index. Replicas that are not named do not lag.
    pub replica_lags: Vec<Duration>,
    /// Whether `metrics.k8s.io` is served.
    pub metrics: bool,
    /// Whether discovery in one document is known, as from 1.26 on.
    pub aggregated_discovery: bool,
    /// How often a container writes a line into its log.
    pub log_line_interval: Duration,
    /// Whether pods that are being deleted go by themselves when their grace period is over. True unless
    /// kubelets do it.
    pub finish_deletions: bool,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            window: Window::default(),
            bookmark_interval: Duration::from_secs(60),
            streaming_lists: StreamingLists::default(),
            refuses_expired_watches: false,
            object_bytes: 0,
            compresses_streams: false,
            drops_managed_fields: false,
            replica_lags: vec![],
            metrics: false,
            aggregated_discovery: true,
            log_line_interval: Duration::from_secs(3),
            finish_deletions: true,
        }
    }
}

/// What a response carries.
#[derive(Debug)]
pub enum Payload {
    /// A body to be taken chunk by chunk.
    Body(Box<Body>),
    /// A watch to be polled with [`ApiServer::poll_watch`] until it ends, or closed.
    Watch(WatcherId),
    /// A log to be polled with [`ApiServer::poll_log`] until it ends.
    Log(Box<LogFollow>),
}

/// A copy of all objects, to go back to with [`ApiServer::restore`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    revision: u64,
    collections: [Collection; Resource::ALL.len()],
}

/// See the [module](self).
#[derive(Debug)]
pub struct ApiServer {
    options: ApiOptions,
    revision: u64,
    collections: [Collection; Resource::ALL.len()],
    watchers: BTreeMap<WatcherId, watch::Watcher>,
    next_watcher: u64,
    pending_removals: BTreeSet<(Timestamp, Key, CompactString)>,
    rng: fastrand::Rng,
    access: Access,
    /// What those may do who have a token or are impersonated, by name.
    identities: BTreeMap<String, Access>,
    tokens: Tokens,
    padding: Arc<Padding>,
}

impl ApiServer {
    /// A server with the namespaces that every cluster has, and nothing else.
    #[must_use]
    pub fn new(now: Timestamp, options: ApiOptions) -> Self {
        let mut server = Self {
            revision: 0,
            collections: Default::default(),
            watchers: BTreeMap::new(),
            next_watcher: 1,
            pending_removals: BTreeSet::new(),
            rng: fastrand::Rng::with_seed(options.seed),
            access: Access::default(),
            identities: BTreeMap::new(),
            tokens: Tokens::new(),
            padding: Arc::new(Padding::to(options.object_bytes)),
            options,
        };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            let namespace = json!({"metadata": {"name": name}});
            server
                .create(now, Resource::Namespaces, None, namespace)
                .expect("these names are valid and free");
        }
        server
    }

    /// Answers a request to the first replica.
    pub fn handle(&mut self, now: Timestamp, request: &Request<Bytes>) -> Response<Payload> {
        self.handle_at(0, now, request)
    }

    /// Answers a request to one of the replicas, which may lag.
    pub fn handle_at(&mut self, replica: usize, now: Timestamp, request: &Request<Bytes>) -> Response<Payload> {
        self.step(now);
        let query = Query::parse(request.uri().query());
        let pretty = negotiate::pretty(request.headers(), &query);
        let is_compressed =
            self.options.compresses_streams && watch::is_streaming_list(&query) && negotiate::gzip(request.headers());
        match self.route_as(replica, now, request, &query) {
            Ok(Answer::Watch(id, format)) => {
                let content_type = match format {
                    Format::Protobuf => protobuf::WATCH_CONTENT_TYPE,
                    _ => "application/json",
                };
                let mut response = response(StatusCode::OK, content_type, Payload::Watch(id));
                if is_compressed {
                    let gzip = HeaderValue::from_static("gzip");
                    response.headers_mut().insert(CONTENT_ENCODING, gzip);
                }
                response
            }
            Ok(Answer::Log(log)) => response(StatusCode::OK, "text/plain", Payload::Log(log)),
            Ok(Answer::Text(text)) => plain(StatusCode::OK, "text/plain; charset=utf-8", Body::plain(text), false),
            Ok(Answer::Json(code, body)) => plain(
                code,
                "application/json",
                body.pretty(pretty),
                negotiate::gzip(request.headers()),
            ),
            Ok(Answer::Discovery(body)) => plain(
                StatusCode::OK,
                discovery::AGGREGATED,
                body.pretty(pretty),
                negotiate::gzip(request.headers()),
            ),
            Ok(Answer::Protobuf(code, body)) => {
                plain(code, protobuf::CONTENT_TYPE, *body, negotiate::gzip(request.headers()))
            }
            Err(status) => {
                let protobuf = reads_protobuf(request.method(), request.uri().path(), request.headers());
                let (content_type, body) = error_body(&status, protobuf, false);
                let body = Body::plain(body).pretty(pretty && !protobuf);
                let mut response = plain(status.http_status(), content_type, body, false);
                if let Some(seconds) = status.retry_after_seconds {
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                response
            }
        }
    }

    /// Does what is due by itself: ends of grace periods and of namespaces.
    pub fn step(&mut self, now: Timestamp) {
        while let Some((due, key, uid)) = self.pending_removals.first().cloned()
            && due <= now
        {
            self.pending_removals.pop_first();
            let options = DeleteOptions {
                uid: Some(uid.into()),
                ..DeleteOptions::now()
            };
            if self.options.finish_deletions {
                // The pod may be gone already, or be another one of the same name.
                let _ = self.delete(now, Resource::Pods, &key.0, &key.1, &options);
            }
        }
        self.finish_namespaces(now);
    }

    /// When [`Self::step`] has something to do.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.pending_removals.first().map(|(due, ..)| *due)
    }

    /// The latest resourceVersion of all.
    #[must_use]
    pub fn resource_version(&self) -> u64 {
        self.revision
    }

    /// How the server was set up.
    #[must_use]
    pub fn options(&self) -> &ApiOptions {
        &self.options
    }

    /// Changes how the server behaves from now on. The seed has no further effect.
    pub fn set_options(&mut self, change: impl FnOnce(&mut ApiOptions)) {
        change(&mut self.options);
        self.padding = Arc::new(Padding::to(self.options.object_bytes));
    }

    /// Sets who may do what. Open watches go on.
    pub fn set_access(&mut self, access: Access) {
        self.access = access;
    }

    /// Makes a token of a user, who may do what [`Self::set_identity`] says of that name, and nothing if it says nothing. A
    /// request without a token has the rights of [`Self::set_access`], as behind `kubectl proxy`.
    pub fn set_token(&mut self, token: &str, user: &str) {
        self.tokens.insert(token.to_owned(), user.to_owned());
    }

    /// Lets a token expire: requests with it are answered 401. Open watches go on.
    pub fn expire_token(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// Sets what somebody may do who has a token or is impersonated. Whoever is impersonated and is not named here has the rights of the impersonator.
    pub fn set_identity(&mut self, user: &str, access: Access) {
        self.identities.insert(user.to_owned(), access);
    }

    /// The truth: all objects of a resource as they are now, in the order of lists.
    pub fn objects(&self, resource: Resource) -> impl ExactSizeIterator<Item = &Arc<Object>> {
        self.collection(resource).iter()
    }

    /// One object. `namespace` is `""` for cluster-scoped ones.
    #[must_use]
    pub fn get(&self, resource: Resource, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.collection(resource).get(&(namespace.into(), name.into()))
    }

    /// The changes of a resource after a resourceVersion, as far as they are kept.
    pub fn changes_after(&self, resource: Resource, resource_version: u64) -> impl Iterator<Item = &Change> {
        self.collection(resource).changes_after(resource_version)
    }

    /// The oldest resourceVersion of a resource that can still be read, in full and as changes.
    #[must_use]
    pub fn history_floor(&self, resource: Resource) -> u64 {
        self.collection(resource).history_floor()
    }

    /// Puts a complete object in without an event, as if it had been there before the server started. The
    /// resourceVersion still counts up; missing uid, creationTimestamp and defaults are filled in.
    pub fn load(&mut self, now: Timestamp, resource: Resource, mut object: Value) -> Arc<Object> {
        self.revision += 1;
        let uid = self.new_uid();
        let metadata = &mut object["metadata"];
        if metadata["uid"].is_null() {
            metadata["uid"] = uid.into();
        }
        if metadata["creationTimestamp"].is_null() {
            metadata["creationTimestamp"] = format_time(now).into();
        }
        if resource.kind().generation && metadata["generation"].is_null() {
            metadata["generation"] = json!(1);
        }
        metadata["resourceVersion"] = self.revision.to_string().into();
        defaults::fill(resource, &mut object);
        let object = Arc::new(Object::new(resource, &object));
        self.collections[resource as usize].load(object.clone());
        object
    }

    /// Puts in a copy of a template, as [`Self::load`] does with an object. `values` are for the gaps from 2 on.
    pub fn load_from(&mut self, template: &Template, values: &[&str]) -> Arc<Object> {
        self.revision += 1;
        let (version, uid) = (self.revision.to_string(), self.new_uid());
        let values: Vec<&str> = [version.as_str(), uid.as_str()]
            .into_iter()
            .chain(values.iter().copied())
            .collect();
        let object = Arc::new(template.fill(self.revision, &values));
        self.collections[object.resource as usize].load(object.clone());
        object
    }

    /// Fills in the defaults of an object that is to become a [`Template`].
    #[must_use]
    pub fn with_defaults(resource: Resource, mut object: Value) -> Value {
        defaults::fill(resource, &mut object);
        if resource.kind().generation {
            object["metadata"]["generation"] = json!(1);
        }
        object
    }

    /// Compacts the past (etcd): continue tokens and exact lists from before now are answered 410.
    pub fn compact(&mut self) {
        for collection in &mut self.collections {
            collection.compact(self.revision);
        }
    }

    /// Empties the watch window: watches from before now are answered 410, lagging watchers are ended.
    pub fn expire_watch_window(&mut self) {
        for collection in &mut self.collections {
            collection.expire_watches(self.revision);
        }
    }

    /// Restarts the server: open watches end, the watch window is empty. The objects stay (etcd does).
    pub fn restart(&mut self) {
        self.end_watches();
        self.expire_watch_window();
    }

    /// A copy of all objects, to be restored later.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            revision: self.revision,
            collections: self.collections.clone(),
        }
    }

    /// Goes back to a snapshot, as when etcd is restored from a backup: resourceVersions rewind and will be
    /// given out again. Open watches end.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        self.end_watches();
        self.revision = snapshot.revision;
        self.collections = snapshot.collections.clone();
        for collection in &mut self.collections {
            collection.forget(snapshot.revision);
        }
        self.pending_removals.clear();
        for object in self.collections[Resource::Pods as usize].iter() {
            let due = object.value()["metadata"]["deletionTimestamp"]
                .as_str()
                .and_then(|text| text.parse().ok());
            if let Some(due) = due {
                self.pending_removals.insert((due, object.key(), object.uid.clone()));
            }
        }
    }

    fn collection(&self, resource: Resource) -> &Collection {
        &self.collections[resource as usize]
    }

    /// The managedFields of an answer: none where the client leaves them out.
    fn padding_for(&self, headers: &HeaderMap) -> Arc<Padding> {
        match self.options.drops_managed_fields && negotiate::drops_managed_fields(headers) {
            true => Arc::new(Padding::none()),
            false => self.padding.clone(),
        }
    }

    fn lag(&self, replica: usize) -> Duration {
        self.options.replica_lags.get(replica).copied().unwrap_or_default()
    }

    /// The latest resourceVersion that a replica has seen.
    fn visible_version(&self, replica: usize, resource: Resource, now: Timestamp) -> u64 {
        match self.lag(replica) {
            Duration::ZERO => self.revision,
            lag => self.collection(resource).resource_version_at(now - lag, self.revision),
        }
    }

    fn finish_namespaces(&mut self, now: Timestamp) {
        let terminating: Vec<Key> = self
            .objects(Resource::Namespaces)
            .filter(|namespace| namespace.field("status.phase") == "Terminating")
            .map(|namespace| namespace.key())
            .collect();
        for (_, namespace) in terminating {
            let mut left = 0;
            for resource in Resource::ALL {
                if !resource.kind().namespaced {
                    continue;
                }
                let collection = self.collection(resource);
                let names: Vec<_> = collection.in_namespace(&namespace).map(|object| object.key()).collect();
                for (namespace, name) in names {
                    let deleted = self.delete(now, resource, &namespace, &name, &DeleteOptions::default());
                    left += usize::from(matches!(deleted, Ok(Deleted::Terminating(_))));
                }
            }
            if left == 0 {
                let kind = Resource::Namespaces;
                if let Ok(before) = self.existing(kind, "", &namespace) {
                    let last = before.value();
                    self.commit(now, kind, ChangeKind::Deleted, Some(before), last, false);
                }
            }
        }
    }

    /// Routes a request by the rights of whoever its token belongs to, or it names in `Impersonate-User`, as `kubectl --as`
    /// does.
    fn route_as(
        &mut self,
        replica: usize,
        now: Timestamp,
        request: &Request<Bytes>,
        query: &Query,
    ) -> Result<Answer, Status> {
        let user = request
            .headers()
            .get("impersonate-user")
            .and_then(|user| user.to_str().ok());
        let access = match authentication::user(request.headers(), &self.tokens)? {
            Some(user) => {
                let nothing = || Access::granting(user, Vec::new());
                Some(self.identities.get(user).cloned().unwrap_or_else(nothing))
            }
            None => user.and_then(|user| self.identities.get(user)).cloned(),
        };
        let Some(access) = access else {
            return self.route(replica, now, request, query);
        };
        let own = std::mem::replace(&mut self.access, access);
        let answer = self.route(replica, now, request, query);
        self.access = own;
        answer
    }

    fn route(
        &mut self,
        replica: usize,
        now: Timestamp,
        request: &Request<Bytes>,
        query: &Query,
    ) -> Result<Answer, Status> {
        if self.access.unauthenticated {
            return Err(Status::unauthorized());
        }
        let path = request.uri().path();
        match path {
            "/healthz" | "/readyz" | "/livez" => return Ok(Answer::Text("ok".to_owned())),
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" if request.method() == Method::POST => {
                let review = self.review_access(parse_body(request)?);
                return Ok(Answer::value(StatusCode::CREATED, &review));
            }
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" if request.method() == Method::POST => {
                let review = self.review_rules(parse_body(request)?);
                return Ok(Answer::value(StatusCode::CREATED, &review));
            }
            _ => {}
        }
        if self.options.aggregated_discovery
            && request.method() == Method::GET
            && negotiate::aggregated_discovery(request.headers())
            && let Some(found) = discovery::aggregated(path, self.options.metrics)
        {
            return Ok(Answer::Discovery(Box::new(Body::plain(format!("{found}\n")))));
        }
        if let Some(found) = discovery::answer(path, self.options.metrics) {
            return match *request.method() {
                Method::GET | Method::HEAD => Ok(Answer::value(StatusCode::OK, &found)),
                _ => Err(Status::method_not_allowed()),
            };
        }
        if self.options.metrics
            && let Some(found) = self.metrics(now, path)
        {
            return found.map(|found| Answer::value(StatusCode::OK, &found));
        }
        let target = path::parse(path).ok_or_else(Status::no_such_resource)?;
        self.route_target(replica, now, request, query, &target)
    }

    fn route_target(
        &mut self,
        replica: usize,
        now: Timestamp,
        request: &Request<Bytes>,
        query: &Query,
        target: &Target,
    ) -> Result<Answer, Status> {
        let kind = target.resource.kind();
        let verb = verb(request.method(), query, target)?;
        let resource_name = match &target.subresource {
            Some(sub) => format!("{}/{sub}", kind.plural),
            None => kind.plural.to_owned(),
        };
        // In the path of a namespace itself, that is the namespace.
        let namespace = match target.resource {
            Resource::Namespaces => target.name.as_deref(),
            _ => target.namespace.as_deref(),
        };
        self.access
            .check(verb, kind.group, &resource_name, namespace, target.name.as_deref())?;
        let namespace = target.namespace.as_deref();
        let (resource, Some(name)) = (target.resource, target.name.as_deref()) else {
            return self.route_collection(replica, now, request, query, target.resource, namespace, verb);
        };
        if let Some(subresource) = target.subresource.as_deref() {
            return self.route_subresource(now, request, query, target, name, subresource);
        }
        let namespace = namespace.unwrap_or_default();
        let dry_run = is_dry_run(query);
        match verb {
            "get" => {
                let format = negotiate::format(request.headers(), query, resource, false)?;
                let object = self.existing(resource, namespace, name)?;
                Ok(self.object_answer(now, StatusCode::OK, &object, format))
            }
            "watch" => {
                let format = negotiate::format(request.headers(), query, resource, false)?;
                let selector = form_urlencoded::Serializer::new(request.uri().query().unwrap_or_default().to_owned())
                    .append_pair("fieldSelector", &format!("metadata.name={name}"))
                    .finish();
                let query = Query::parse(Some(&selector));
                let namespace = target.namespace.as_deref();
                self.open_watch(replica, now, resource, namespace, &query, format)
                    .map(|id| Answer::Watch(id, format))
            }
            "update" => {
                let object = parse_body(request)?;
                let object = self.update_with(now, resource, namespace, name, Part::Main, object, dry_run)?;
                Ok(self.object_answer(now, StatusCode::OK, &object, Format::Json))
            }
            "patch" => {
                let (patch_kind, patch) = parse_patch(request)?;
                let created = patch_kind == PatchKind::Apply && self.get(resource, namespace, name).is_none();
                let object =
                    self.patch_with(now, resource, namespace, name, Part::Main, patch_kind, &patch, dry_run)?;
                let code = if created { StatusCode::CREATED } else { StatusCode::OK };
                Ok(self.object_answer(now, code, &object, Format::Json))
            }
            "delete" => {
                let options = delete_options(request, query)?;
                let deleted = self.delete(now, resource, namespace, name, &options)?;
                Ok(self.deleted_answer(now, &deleted))
            }
            _ => Err(Status::method_not_allowed()),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of one request")]
    fn route_collection(
        &mut self,
        replica: usize,
        now: Timestamp,
        request: &Request<Bytes>,
        query: &Query,
        resource: Resource,
        namespace: Option<&str>,
        verb: &str,
    ) -> Result<Answer, Status> {
        match verb {
            "list" => {
                let format = negotiate::format(request.headers(), query, resource, true)?;
                let mut list = self.list(replica, now, resource, namespace, query, format)?;
                list.padding = self.padding_for(request.headers());
                Ok(Answer::of(StatusCode::OK, Body::list(list), format))
            }
            "watch" => {
                let format = negotiate::format(request.headers(), query, resource, false)?;
                let id = self.open_watch(replica, now, resource, namespace, query, format)?;
                let padding = self.padding_for(request.headers());
                self.pad_watch(id, padding);
                Ok(Answer::Watch(id, format))
            }
            "create" => {
                let mut object = parse_body(request)?;
                // As the strategies of these resources do: a client cannot create an object with a status. Nodes can,
                // because kubelets register themselves.
                if resource != Resource::Nodes && kind_has_status(resource) {
                    object.as_object_mut().map(|object| object.remove("status"));
                }
                let object = self.create_with(now, resource, namespace, object, is_dry_run(query))?;
                Ok(self.object_answer(now, StatusCode::CREATED, &object, Format::Json))
            }
            "deletecollection" => {
                let options = delete_options(request, query)?;
                let list = self.list(replica, now, resource, namespace, query, Format::Json)?;
                for object in list.items.as_slice() {
                    // One that went meanwhile is as good as deleted.
                    let _ = self.delete(now, resource, &object.namespace, &object.name, &options);
                }
                Ok(Answer::Json(StatusCode::OK, Box::new(Body::list(list))))
            }
            _ => Err(Status::method_not_allowed()),
        }
    }

    fn route_subresource(
        &mut self,
        now: Timestamp,
        request: &Request<Bytes>,
        query: &Query,
        target: &Target,
        name: &str,
        subresource: &str,
    ) -> Result<Answer, Status> {
        let resource = target.resource;
        let namespace = target.namespace.as_deref().unwrap_or_default();
        if !resource.kind().subresources.contains(&subresource) {
            return Err(Status::no_such_resource());
        }
        let dry_run = is_dry_run(query);
        match (subresource, request.method().clone()) {
            ("status", Method::GET) => {
                let format = negotiate::format(request.headers(), query, resource, false)?;
                let object = self.existing(resource, namespace, name)?;
                Ok(self.object_answer(now, StatusCode::OK, &object, format))
            }
            ("status", Method::PUT) => {
                let object = parse_body(request)?;
                let object = self.update_with(now, resource, namespace, name, Part::Status, object, dry_run)?;
                Ok(self.object_answer(now, StatusCode::OK, &object, Format::Json))
            }
            ("status", Method::PATCH) => {
                let (kind, patch) = parse_patch(request)?;
                let object = self.patch_with(now, resource, namespace, name, Part::Status, kind, &patch, dry_run)?;
                Ok(self.object_answer(now, StatusCode::OK, &object, Format::Json))
            }
            ("binding", Method::POST) => {
                let answer = self.post_binding(now, namespace, name, &parse_body(request)?)?;
                Ok(Answer::value(StatusCode::CREATED, &answer))
            }
            ("eviction", Method::POST) => {
                let answer = self.post_eviction(now, namespace, name, &parse_body(request)?)?;
                Ok(Answer::value(StatusCode::CREATED, &answer))
            }
            ("scale", Method::GET) => Ok(Answer::value(StatusCode::OK, &self.scale(resource, namespace, name)?)),
            ("scale", Method::PUT) => {
                let scale = parse_body(request)?;
                let scale = self.set_scale(now, resource, namespace, name, &scale, dry_run)?;
                Ok(Answer::value(StatusCode::OK, &scale))
            }
            ("scale", Method::PATCH) => {
                let (kind, patch) = parse_patch(request)?;
                let mut scale = self.scale(resource, namespace, name)?;
                kind.apply(&mut scale, &patch)?;
                let scale = self.set_scale(now, resource, namespace, name, &scale, dry_run)?;
                Ok(Answer::value(StatusCode::OK, &scale))
            }
            ("log", Method::GET) => {
                let mut log = self.open_log(now, namespace, name, query)?;
                Ok(match query.flag("follow") {
                    true => Answer::Log(Box::new(log)),
                    false => Answer::Text(self.poll_log(now, &mut log).text),
                })
            }
            _ => Err(Status::method_not_allowed()),
        }
    }

    fn object_answer(&self, now: Timestamp, code: StatusCode, object: &Object, format: Format) -> Answer {
        let mut out = Vec::with_capacity(object.json().len() + 128);
        match format {
            Format::Protobuf => protobuf::write_object(object, &self.padding, &mut out),
            Format::Json => object.write_full(&self.padding, &mut out),
            Format::Metadata => object.write_metadata(&self.padding, &mut out),
            Format::Table(include) => table::write_single(object, include, true, now, &self.padding, &mut out),
        }
        if format != Format::Protobuf {
            out.push(b'\n');
        }
        Answer::of(code, Body::plain(out), format)
    }

    fn deleted_answer(&self, now: Timestamp, deleted: &Deleted) -> Answer {
        let object = deleted.object();
        let kind = object.resource.kind();
        if matches!(deleted, Deleted::Terminating(_)) || object.resource == Resource::Pods {
            return self.object_answer(now, StatusCode::OK, object, Format::Json);
        }
        let mut details = json!({"name": object.name.as_str(), "kind": kind.plural, "uid": object.uid.as_str()});
        if !kind.group.is_empty() {
            details["group"] = kind.group.into();
        }
        Answer::value(
            StatusCode::OK,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
        )
    }
}

/// What a route comes to.
enum Answer {
    Json(StatusCode, Box<Body>),
    Protobuf(StatusCode, Box<Body>),
    Discovery(Box<Body>),
    Text(String),
    Watch(WatcherId, Format),
    Log(Box<LogFollow>),
}

impl Answer {
    fn of(code: StatusCode, body: Body, format: Format) -> Self {
        match format {
            Format::Protobuf => Self::Protobuf(code, Box::new(body)),
            Format::Json | Format::Metadata | Format::Table(_) => Self::Json(code, Box::new(body)),
        }
    }

    fn value(code: StatusCode, value: &Value) -> Self {
        Self::Json(code, Box::new(Body::plain(format!("{value}\n"))))
    }
}

/// Whether a request reads what is answered in protobuf, and asks for that.
pub(crate) fn reads_protobuf(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
        && path::parse(path).is_some_and(|target| negotiate::is_protobuf(headers, target.resource))
}

/// The content type and the body of an error, or of a watch that holds nothing but one.
pub(crate) fn error_body(status: &Status, protobuf: bool, watch: bool) -> (&'static str, Bytes) {
    match (protobuf, watch) {
        (false, false) => ("application/json", format!("{}\n", status.to_json()).into()),
        (false, true) => ("application/json", watch::error_event(status, Format::Json)),
        (true, false) => (protobuf::CONTENT_TYPE, protobuf::status(status).into()),
        (true, true) => (
            protobuf::WATCH_CONTENT_TYPE,
            watch::error_event(status, Format::Protobuf),
        ),
    }
}

/// A time as the API writes it: RFC 3339 in UTC, to the second.
#[must_use]
pub fn format_time(time: Timestamp) -> String {
    let seconds = Timestamp::from_second(time.as_second()).unwrap_or(time);
    seconds.to_string()
}

fn verb(method: &Method, query: &Query, target: &Target) -> Result<&'static str, Status> {
    Ok(match (method.as_str(), &target.name) {
        ("GET", _) if query.flag("watch") && target.subresource.is_none() => "watch",
        ("GET" | "HEAD", Some(_)) => "get",
        ("GET" | "HEAD", None) => "list",
        ("POST", None) => "create",
        ("POST", Some(_)) if target.subresource.is_some() => "create",
        ("PUT", Some(_)) => "update",
        ("PATCH", Some(_)) => "patch",
        ("DELETE", Some(_)) => "delete",
        ("DELETE", None) => "deletecollection",
        _ => return Err(Status::method_not_allowed()),
    })
}

fn kind_has_status(resource: Resource) -> bool {
    resource.kind().subresources.contains(&"status")
}

fn parse_body(request: &Request<Bytes>) -> Result<Value, Status> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/json");
    if content_type.starts_with(protobuf::CONTENT_TYPE) {
        return protobuf::decode(request.body());
    }
    if !content_type.starts_with("application/json") && !content_type.starts_with("text/json") {
        return Err(Status::unsupported_media_type());
    }
    serde_json::from_slice(request.body())
        .map_err(|error| Status::bad_request(format!("the object provided is unrecognized: {error}")))
}

fn parse_patch(request: &Request<Bytes>) -> Result<(PatchKind, Value), Status> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = PatchKind::of_content_type(content_type)?;
    let patch = serde_json::from_slice(request.body())
        .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
    Ok((kind, patch))
}

/// As the real server does: the query counts only where there is no body.
fn delete_options(request: &Request<Bytes>, query: &Query) -> Result<DeleteOptions, Status> {
    if !request.body().is_empty() {
        return Ok(DeleteOptions::from_value(&parse_body(request)?));
    }
    Ok(DeleteOptions {
        grace_period_seconds: query.text("gracePeriodSeconds").parse().ok(),
        dry_run: is_dry_run(query),
        ..DeleteOptions::default()
    })
}

fn is_dry_run(query: &Query) -> bool {
    query.text("dryRun") == "All"
}

fn plain(code: StatusCode, content_type: &'static str, mut body: Body, gzip: bool) -> Response<Payload> {
    let gzip = gzip && body.gzip();
    let length = body.known_length();
    let mut response = response(code, content_type, Payload::Body(Box::new(body)));
    let headers = response.headers_mut();
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    response
}

fn response(code: StatusCode, content_type: &'static str, payload: Payload) -> Response<Payload> {
    let mut response = Response::new(payload);
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}
