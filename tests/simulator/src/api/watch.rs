//! Watches: from a resourceVersion or from an initial state, through selectors, with bookmarks, to the end.
//!
//! A watcher is a cursor into the log of its collection, polled for the lines that are due, or frames in protobuf;
//! nothing is queued for it. One that lags so far that the log no longer holds its next change is ended, as the real
//! server ends slow watchers. Follows `apiserver/pkg/storage/cacher/cache_watcher.go` and
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ApiServer;
use super::collection::{Change, ChangeKind};
use super::list::parse_version;
use super::negotiate::Format;
use super::object::Object;
use super::padding::Padding;
use super::protobuf;
use super::query::Query;
use super::resource::Resource;
use super::selector::Selector;
use super::status::{Cause, Status};
use super::table;

/// Bytes of lines that one poll gives at most, so that a long backlog does not become one buffer.
const POLL_BYTES: usize = 256 * 1024;
/// The last bookmark comes so long before a watch's deadline.
const LAST_BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);

/// Names an open watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatcherId(u64);

/// Whether the server knows `sendInitialEvents`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamingLists {
    /// As a server of 1.34 or later.
    #[default]
    Supported,
    /// Answers 422, as with the feature gate off.
    Refused,
    /// Ignores the parameter, as servers before 1.27: objects come, the end bookmark never does.
    Ignored,
}

/// What a poll of a watch gave.
#[derive(Debug, Default)]
pub struct WatchOutput {
    /// Events, each a line with its newline, or a frame with its length. Empty if nothing is due.
    pub lines: Vec<Bytes>,
    /// The watch ended after these lines. Its id is gone.
    pub ended: bool,
    /// More may be due at once: poll again.
    pub more: bool,
}

#[derive(Debug)]
pub(super) struct Watcher {
    replica: usize,
    selector: Selector,
    encoder: Encoder,
    /// Synthetic ADDED events still to be sent.
    initial: std::vec::IntoIter<Arc<Object>>,
    /// resourceVersion of the bookmark that ends the initial events, until it is sent.
    initial_end: Option<u64>,
    /// The last change looked at.
    cursor: u64,
    /// Bookmarks are sent only for versions after this.
    start: u64,
    next_bookmark: Option<Timestamp>,
    deadline: Timestamp,
    /// Sent instead of anything else, then the end.
    error: Option<Status>,
    /// Lines that somebody in between adds, sent before anything else.
    injected: Vec<Bytes>,
}

#[derive(Debug)]
struct Encoder {
    resource: Resource,
    format: Format,
    /// Table columns are named in the first event only.
    headers: bool,
    padding: Arc<Padding>,
}

struct WatchOptions {
    version: Option<u64>,
    initial_events: bool,
    initial_end: bool,
    bookmarks: bool,
}

impl WatchOptions {
    fn parse(query: &Query, streaming: StreamingLists) -> Result<Self, Status> {
        let forbid = |field: &str, why: &str| Err(Status::invalid_options(&[Cause::forbidden(field, why)]));
        let version = parse_version(query.text("resourceVersion"))?;
        let matching = query.text("resourceVersionMatch");
        let bookmarks = query.flag("allowWatchBookmarks");
        let from_now = version.is_none_or(|version| version == 0);
        if streaming == StreamingLists::Ignored {
            return Ok(Self {
                version,
                initial_events: from_now,
                initial_end: false,
                bookmarks,
            });
        }
        let asked = query.get("sendInitialEvents").is_some();
        if asked {
            if streaming == StreamingLists::Refused {
                return forbid(
                    "sendInitialEvents",
                    "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
                );
            }
            if matching != "NotOlderThan" {
                return forbid(
                    "resourceVersionMatch",
                    "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                );
            }
        } else if !matching.is_empty() {
            return forbid(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            );
        }
        let initial_events = match asked {
            true => query.flag("sendInitialEvents"),
            false => from_now,
        };
        let initial_end = initial_events && bookmarks && streaming == StreamingLists::Supported;
        Ok(Self {
            version,
            initial_events,
            initial_end,
            bookmarks,
        })
    }
}

/// Whether a watch begins with the objects that there are, and says where they end: asked for, or because it begins from
/// nothing and takes bookmarks, as `SetListOptionsDefaults` in `apimachinery/pkg/apis/meta/internalversion` has it.
pub(super) fn is_streaming_list(query: &Query) -> bool {
    let from_nothing = matches!(query.text("resourceVersion"), "" | "0") && query.flag("allowWatchBookmarks");
    query.flag("watch") && (query.flag("sendInitialEvents") || from_nothing)
}

impl ApiServer {
    pub(super) fn open_watch(
        &mut self,
        replica: usize,
        now: Timestamp,
        resource: Resource,
        namespace: Option<&str>,
        query: &Query,
        format: Format,
    ) -> Result<WatcherId, Status> {
        let options = WatchOptions::parse(query, self.options.streaming_lists)?;
        let kind = resource.kind();
        let selector = Selector::parse(
            kind,
            namespace,
            query.text("labelSelector"),
            query.text("fieldSelector"),
        )?;
        let seen = self.visible_version(replica, resource, now);
        let collection = self.collection(resource);
        let asked = options.version.unwrap_or(0);
        let mut error = None;
        let mut initial = vec![];
        let start = if options.initial_events {
            if asked > seen {
                error = Some(Status::resource_version_too_large(asked, seen));
            }
            // Without a version the state must be the latest, whatever this replica has seen so far.
            let at = if options.version.is_none() { self.revision } else { seen };
            initial = collection.at(at, std::ops::Bound::Unbounded);
            initial.retain(|object| selector.matches(object));
            at
        } else if asked == 0 {
            seen
        } else {
            // A version that this server has not reached is accepted; the watch stays silent until then.
            if asked < collection.watch_floor() {
                error = Some(Status::watch_expired(asked, collection.watch_floor()));
            }
            asked
        };
        if self.options.refuses_expired_watches
            && let Some(status) = error
        {
            return Err(status);
        }
        let timeout = match query.number("timeoutSeconds") {
            Some(seconds) if seconds > 0 => Duration::from_secs(seconds.min(86_400)),
            _ => Duration::from_secs(self.rng.u64(1800..3600)),
        };
        let id = WatcherId(self.next_watcher);
        self.next_watcher += 1;
        let deadline = now + timeout;
        let watcher = Watcher {
            replica,
            selector,
            encoder: Encoder {
                resource,
                format,
                headers: true,
                padding: self.padding.clone(),
            },
            initial: initial.into_iter(),
            initial_end: (options.initial_end && error.is_none()).then_some(start),
            cursor: start,
            start,
            next_bookmark: options.bookmarks.then(|| self.next_bookmark(now, deadline)).flatten(),
            deadline,
            error,
            injected: vec![],
        };
        self.watchers.insert(id, watcher);
        Ok(id)
    }

    /// The lines that are due on a watch. An unknown id gives the end.
    pub fn poll_watch(&mut self, now: Timestamp, id: WatcherId) -> WatchOutput {
        self.step(now);
        let Some(mut watcher) = self.watchers.remove(&id) else {
            return WatchOutput {
                ended: true,
                ..WatchOutput::default()
            };
        };
        let output = self.advance(now, &mut watcher);
        if !output.ended {
            self.watchers.insert(id, watcher);
        }
        output
    }

    /// When a watch has something to do by itself: a bookmark, its end, or a change that its replica sees late.
    #[must_use]
    pub fn watch_deadline(&self, now: Timestamp, id: WatcherId) -> Option<Timestamp> {
        let watcher = self.watchers.get(&id)?;
        let lag = self.lag(watcher.replica);
        let late = match lag.is_zero() {
            true => None,
            false => self
                .collection(watcher.encoder.resource)
                .changes_after(watcher.cursor)
                .map(|change| change.time + lag)
                .find(|time| *time > now),
        };
        [watcher.next_bookmark, Some(watcher.deadline), late]
            .into_iter()
            .flatten()
            .min()
    }

    /// Gives the objects of a watch other managedFields than those of the server.
    pub(super) fn pad_watch(&mut self, id: WatcherId, padding: Arc<Padding>) {
        if let Some(watcher) = self.watchers.get_mut(&id) {
            watcher.encoder.padding = padding;
        }
    }

    /// Forgets a watch whose client has gone.
    pub fn close_watch(&mut self, id: WatcherId) {
        self.watchers.remove(&id);
    }

    /// Ends all open watches cleanly, as at a graceful shutdown.
    pub fn end_watches(&mut self) {
        self.watchers.clear();
    }

    /// Sends an ERROR event of 410 to all open watches and ends them.
    pub fn expire_open_watches(&mut self) {
        let revision = self.revision;
        for watcher in self.watchers.values_mut() {
            watcher.error = Some(Status::watch_expired(watcher.cursor, revision));
        }
    }

    /// Adds a line, with its newline, to all open watches, as a proxy that repeats itself or a broken server does.
    /// Watches in protobuf are left alone: they have no lines.
    pub fn inject_line(&mut self, line: &str) {
        let of_lines = |watcher: &&mut Watcher| watcher.encoder.format != Format::Protobuf;
        for watcher in self.watchers.values_mut().filter(of_lines) {
            watcher.injected.push(Bytes::copy_from_slice(line.as_bytes()));
        }
    }

    /// Withholds what open watches have not been told so far, for ever and without a trace.
    pub fn lose_events(&mut self) {
        for watcher in self.watchers.values_mut() {
            watcher.cursor = self.revision;
        }
    }

    /// How many watches are open.
    #[must_use]
    pub fn open_watches(&self) -> usize {
        self.watchers.len()
    }

    fn advance(&mut self, now: Timestamp, watcher: &mut Watcher) -> WatchOutput {
        let mut output = WatchOutput {
            lines: std::mem::take(&mut watcher.injected),
            ..WatchOutput::default()
        };
        if let Some(status) = watcher.error.take() {
            output.lines.push(error_event(&status, watcher.encoder.format));
            output.ended = true;
            return output;
        }
        if now >= watcher.deadline {
            output.ended = true;
            return output;
        }
        let resource = watcher.encoder.resource;
        let mut bytes = 0;
        while bytes < POLL_BYTES
            && let Some(object) = watcher.initial.next()
        {
            let line = watcher.encoder.event("ADDED", &object, now);
            bytes += line.len();
            output.lines.push(line);
        }
        if bytes >= POLL_BYTES {
            output.more = true;
            return output;
        }
        if let Some(version) = watcher.initial_end.take() {
            output.lines.push(watcher.encoder.bookmark(version, true));
        }
        let collection = self.collection(resource);
        if watcher.cursor < collection.watch_floor() {
            output.ended = true;
            return output;
        }
        let seen = self.visible_version(watcher.replica, resource, now);
        for change in collection.changes_after(watcher.cursor) {
            let version = change.object.resource_version;
            if version > seen {
                break;
            }
            if bytes >= POLL_BYTES {
                output.more = true;
                return output;
            }
            watcher.cursor = version;
            if let Some((kind, object)) = transition(&watcher.selector, change) {
                let line = watcher.encoder.event(kind, &object, now);
                bytes += line.len();
                output.lines.push(line);
            }
        }
        if watcher.next_bookmark.is_some_and(|due| now >= due) {
            if seen > watcher.start {
                output.lines.push(watcher.encoder.bookmark(seen, false));
            }
            watcher.next_bookmark = self.next_bookmark(now, watcher.deadline);
        }
        output
    }

    /// The next periodic bookmark, or the last one shortly before the deadline; `None` after that.
    fn next_bookmark(&self, now: Timestamp, deadline: Timestamp) -> Option<Timestamp> {
        let last = deadline - LAST_BOOKMARK_BEFORE_END;
        let periodic = now + self.options.bookmark_interval;
        (now < last).then(|| periodic.min(last))
    }
}

/// What a watcher with a selector sees of a change: an object that starts to match is ADDED, one that stops to
/// match is DELETED, in its former state under the new resourceVersion.
fn transition(selector: &Selector, change: &Change) -> Option<(&'static str, Arc<Object>)> {
    let before = change.before.as_ref().filter(|object| selector.matches(object));
    let after = match change.kind {
        ChangeKind::Deleted => None,
        ChangeKind::Added | ChangeKind::Modified => Some(&change.object).filter(|object| selector.matches(object)),
    };
    match (before, after) {
        (None, None) => None,
        (None, Some(object)) => Some(("ADDED", object.clone())),
        (Some(_), Some(object)) => Some(("MODIFIED", object.clone())),
        (Some(_), None) if change.kind == ChangeKind::Deleted => Some(("DELETED", change.object.clone())),
        (Some(before), None) => {
            let gone = before.with_resource_version(change.object.resource_version);
            Some(("DELETED", Arc::new(gone)))
        }
    }
}

/// The event that ends a watch with an error.
pub(super) fn error_event(status: &Status, format: Format) -> Bytes {
    match format {
        Format::Protobuf => protobuf::frame("ERROR", &protobuf::status(status)),
        _ => format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status.to_json()).into(),
    }
}

impl Encoder {
    fn event(&mut self, kind: &str, object: &Object, now: Timestamp) -> Bytes {
        let mut line = Vec::with_capacity(object.json().len() + 128);
        line.extend_from_slice(format!(r#"{{"type":"{kind}","object":"#).as_bytes());
        match self.format {
            Format::Json => object.write_full(&self.padding, &mut line),
            Format::Protobuf => {
                line.clear();
                protobuf::write_object(object, &self.padding, &mut line);
                return protobuf::frame(kind, &line);
            }
            Format::Metadata => object.write_metadata(&self.padding, &mut line),
            Format::Table(include) => {
                let headers = std::mem::take(&mut self.headers);
                table::write_single(object, include, headers, now, &self.padding, &mut line);
            }
        }
        line.extend_from_slice(b"}\n");
        line.into()
    }

    fn bookmark(&mut self, version: u64, initial_end: bool) -> Bytes {
        let kind = self.resource.kind();
        let annotations = match initial_end {
            true => r#","annotations":{"k8s.io/initial-events-end":"true"}"#,
            false => "",
        };
        let metadata = format!(r#""metadata":{{"resourceVersion":"{version}"{annotations}}}"#);
        let object = match self.format {
            Format::Protobuf => {
                let mut metadata = json!({"resourceVersion": version.to_string()});
                if initial_end {
                    metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
                }
                return protobuf::frame("BOOKMARK", &protobuf::bookmark(kind, metadata));
            }
            Format::Json => format!(
                r#"{{"kind":"{}","apiVersion":"{}",{metadata}{}}}"#,
                kind.kind,
                kind.api_version(),
                kind.bookmark_tail
            ),
            Format::Metadata => {
                format!(r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",{metadata}}}"#)
            }
            Format::Table(_) => {
                let columns = match std::mem::take(&mut self.headers) {
                    true => table::column_definitions(self.resource),
                    false => Value::Null,
                };
                format!(
                    r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"{version}"}},"columnDefinitions":{columns},"rows":[{{"cells":[],"object":{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",{metadata}}}}}]}}"#
                )
            }
        };
        format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n").into()
    }
}
