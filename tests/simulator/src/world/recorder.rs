//! Event objects: written as components write them, counted up when repeated, removed when old.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::api::{ApiServer, DeleteOptions, Key, Object, Part, Resource, format_time};

/// Events are kept for so long, as by the real server's default `--event-ttl`.
const KEEP: Duration = Duration::from_secs(3600);
/// At most this many are kept.
const EVENTS_MAX: usize = 4_000;

#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// Events by involved uid, reason and message, to be counted up.
    known: BTreeMap<(String, String), Key>,
    written: VecDeque<(Timestamp, Key, (String, String))>,
}

impl Recorder {
    /// Tells something about an object.
    #[allow(clippy::too_many_arguments, reason = "they are the fields of an Event")]
    pub(super) fn record(
        &mut self,
        now: Timestamp,
        api: &mut ApiServer,
        about: &Object,
        warning: bool,
        reason: &str,
        message: &str,
        component: &str,
        host: &str,
    ) {
        let same = (about.uid.to_string(), format!("{reason} {message}"));
        if let Some((namespace, name)) = self.known.get(&same)
            && let Some(event) = api.get(Resource::Events, namespace, name)
        {
            let mut event = event.value();
            event["count"] = (event["count"].as_i64().unwrap_or(1) + 1).into();
            event["lastTimestamp"] = format_time(now).into();
            // It was there a line above.
            let _ = api.update(now, Resource::Events, namespace, name, Part::All, event);
            return;
        }
        let kind = about.resource.kind();
        let namespace = match about.namespace.as_str() {
            "" => "default",
            namespace => namespace,
        };
        let stamp = format!("{:x}{:x}", now.as_nanosecond(), self.written.len());
        let mut event = json!({
            "metadata": {"name": format!("{}.{stamp}", about.name), "namespace": namespace},
            "involvedObject": {
                "kind": kind.kind,
                "name": about.name.as_str(),
                "uid": about.uid.as_str(),
                "apiVersion": kind.api_version(),
                "resourceVersion": about.resource_version.to_string()
            },
            "reason": reason,
            "message": message,
            "source": {"component": component},
            "firstTimestamp": format_time(now),
            "lastTimestamp": format_time(now),
            "count": 1,
            "type": if warning { "Warning" } else { "Normal" },
            "eventTime": null,
            "reportingComponent": component,
            "reportingInstance": host
        });
        if !about.namespace.is_empty() {
            event["involvedObject"]["namespace"] = namespace.into();
        }
        if !host.is_empty() {
            event["source"]["host"] = host.into();
        }
        // The namespace may be on its way out; then there is nobody to tell.
        if let Ok(event) = api.create(now, Resource::Events, Some(namespace), event) {
            self.known.insert(same.clone(), event.key());
            self.written.push_back((now, event.key(), same));
        }
    }

    /// Removes what is old or too much.
    pub(super) fn trim(&mut self, now: Timestamp, api: &mut ApiServer) {
        while let Some((time, ..)) = self.written.front()
            && (self.written.len() > EVENTS_MAX || *time + KEEP < now)
        {
            let Some((_, (namespace, name), same)) = self.written.pop_front() else {
                return;
            };
            self.known.remove(&same);
            // Somebody else may have removed it.
            let _ = api.delete(now, Resource::Events, &namespace, &name, &DeleteOptions::now());
        }
    }
}
