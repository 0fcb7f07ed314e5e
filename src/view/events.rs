//! The events of a pod or a node: what was reported of it, newest first.

use std::sync::Arc;

use k8bit_informer::{
    api_path::{ApiRoot, InvalidName, Segment},
    request::Collection,
    selector::FieldSelector,
};
use serde_json::Value;

use crate::{
    connection::{ConnectionState, KindConnection},
    limits::MAX_SHOWN_EVENTS,
    resource::{ObjectEvent, Timestamp},
    view::{
        state::Subject,
        visible::{visible, visible_lines},
    },
};

/// Events of nodes, which are in no namespace, are kept in this one.
const NAMESPACE_OF_THE_REST: &str = "default";

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its name and version: the same as long as it says the same.
    pub id: String,
    /// `type: Warning`.
    pub is_warning: bool,
    /// `Scheduled`, `BackOff`.
    pub reason: String,
    /// What happened.
    pub message: String,
    /// How often.
    pub count: u64,
    /// Since when, where it happened more than once.
    pub first: Option<Timestamp>,
    /// When it happened last.
    pub last: Option<Timestamp>,
    /// Who reports it: `kubelet`.
    pub source: String,
}

/// The events that are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRows {
    /// The newest, at most [`MAX_SHOWN_EVENTS`].
    pub rows: Vec<EventRow>,
    /// Those that are older.
    pub hidden: usize,
}

impl EventRows {
    /// Puts events in order.
    #[must_use]
    pub fn of(events: &[&Arc<ObjectEvent>]) -> Self {
        let mut events: Vec<&Arc<ObjectEvent>> = events.to_vec();
        // By name where the times, which have whole seconds, are the same: the recorder's names rise with time.
        events.sort_by(|left, right| {
            let key = |event: &ObjectEvent| (event.last, event.first);
            let by_time = key(right).cmp(&key(left));
            by_time.then_with(|| right.meta.key.name.cmp(&left.meta.key.name))
        });
        let hidden = events.len().saturating_sub(MAX_SHOWN_EVENTS);
        events.truncate(MAX_SHOWN_EVENTS);
        Self {
            rows: events.into_iter().map(|event| row(event)).collect(),
            hidden,
        }
    }
}

fn row(event: &ObjectEvent) -> EventRow {
    let version = event.meta.resource_version.as_ref();
    let version = version.map(|version| version.as_str()).unwrap_or_default();
    EventRow {
        id: format!("{}@{version}", event.meta.key.name),
        is_warning: event.is_warning,
        reason: visible(&event.reason).into_owned(),
        message: visible_lines(&event.message).into_owned(),
        count: event.count,
        first: event.first.filter(|_| event.count > 1 && event.first != event.last),
        last: event.last,
        source: visible(&event.source).into_owned(),
    }
}

/// How the following of events goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether they were listed once.
    pub is_listed: bool,
    /// What is wrong with it; empty where nothing is.
    problem: String,
}

impl Progress {
    /// By the connection that they come over.
    #[must_use]
    pub fn of(connection: &KindConnection) -> Self {
        let problem = connection.problem.as_ref().map(|problem| {
            let mut words = format!("{} {}", problem.sentence, problem.advice);
            if connection.state != ConnectionState::Live && !problem.detail.is_empty() {
                words.push_str(&format!(" It says: {}", visible_lines(&problem.detail)));
            }
            words
        });
        Self {
            is_listed: connection.stale_since.is_some() || connection.state == ConnectionState::Live,
            problem: problem.unwrap_or_default(),
        }
    }

    /// In words; empty where all is well and there are events to read.
    #[must_use]
    pub fn words(&self, is_empty: bool) -> &str {
        match (self.problem.is_empty(), self.is_listed) {
            (false, _) => &self.problem,
            (true, false) if is_empty => "Requesting events…",
            (true, true) if is_empty => "No recent events. The API server keeps events for 1 h by default.",
            (true, _) => "",
        }
    }
}

/// The uid under which the events of a fetched object are reported. That of a mirror pod is made by the API server, and the
/// kubelet, which runs the pod from a file, knows it by a uid of its own: as in `kubectl describe`, the annotation has it.
#[must_use]
pub fn uid_of(object: &Value) -> Option<&str> {
    let metadata = &object["metadata"];
    // Anybody may write an annotation, and this one becomes a part of a selector.
    let is_uid = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let of_kubelet = metadata["annotations"][MIRROR_POD].as_str().filter(is_uid);
    of_kubelet.or(metadata["uid"].as_str())
}

/// The annotation of a mirror pod.
const MIRROR_POD: &str = "kubernetes.io/config.mirror";

/// The events of a subject. `uid` is that of a pod, so that the events of one before it under the same name do not come
/// along; empty if the pod may not be read, and then its name has to do. Nodes are told by their name: kubelets write it in
/// place of the uid.
///
/// # Errors
/// When the API does not accept the name.
pub fn collection(root: &ApiRoot, subject: &Subject, uid: &str) -> Result<Collection, InvalidName> {
    let (namespace, selector) = match subject {
        Subject::Pod(key) if uid.is_empty() => {
            let name = Segment::subdomain(&key.name, "a pod")?;
            let fields = [("involvedObject.kind", "Pod"), ("involvedObject.name", name.as_str())];
            (key.namespace.as_str(), FieldSelector::equal(&fields))
        }
        Subject::Pod(key) => (
            key.namespace.as_str(),
            FieldSelector::equal(&[("involvedObject.uid", uid)]),
        ),
        Subject::Node(name) => {
            let name = Segment::subdomain(name, "a node")?;
            (
                NAMESPACE_OF_THE_REST,
                FieldSelector::equal(&[("involvedObject.kind", "Node"), ("involvedObject.name", name.as_str())]),
            )
        }
    };
    Ok(Collection::of::<k8s_openapi::api::core::v1::Event>()
        .with_root(root.clone())
        .with_namespace(Segment::namespace(namespace)?)
        .with_field_selector(selector))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::ConnectionProblem;
    use crate::resource::{Resource, ResourceInterner};
    use serde_json::json;

    fn event(name: &str, count: u64, first: &str, last: &str) -> Arc<ObjectEvent> {
        let event = json!({
            "metadata": {"namespace": "shop", "name": name, "uid": "u", "resourceVersion": "7"},
            "type": "Normal", "reason": "Pulled", "message": "m", "count": count,
            "firstTimestamp": format!("2026-11-23T08:00:{first}Z"), "lastTimestamp": format!("2026-11-23T08:00:{last}Z"),
            "source": {"component": "kubelet"},
        });
        Arc::new(ObjectEvent::decode(event.to_string().as_bytes(), &mut ResourceInterner::default()).expect("an event"))
    }

    #[test]
    fn what_is_said_of_the_following() {
        let problem = ConnectionProblem {
            sentence: "Listing events is forbidden.".to_owned(),
            advice: "Ask for the right.".to_owned(),
            detail: "no\u{202e}".to_owned(),
            remedy: None,
        };
        let failed = Progress::of(&KindConnection::failed("events", problem));
        assert!(!failed.is_listed);
        let words = "Listing events is forbidden. Ask for the right. It says: no<U+202E>";
        assert_eq!(failed.words(true), words);
        assert_eq!(Progress::default().words(true), "Requesting events…");
        assert_eq!(Progress::default().words(false), "");
        let listed = Progress {
            is_listed: true,
            ..Progress::default()
        };
        assert!(listed.words(true).starts_with("No recent events."));
        assert_eq!(listed.words(false), "");
    }

    #[test]
    fn the_newest_comes_first() {
        let events = [
            event("a.1", 1, "01", "01"),
            event("a.2", 3, "00", "09"),
            event("a.3", 1, "05", "05"),
            event("a.4", 1, "05", "05"),
        ];
        let rows = EventRows::of(&events.iter().collect::<Vec<_>>());
        let ids: Vec<&str> = rows.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["a.2@7", "a.4@7", "a.3@7", "a.1@7"]);
        // Since when, only where it happened more than once.
        assert!(rows.rows[0].first.is_some() && rows.rows[1].first.is_none());
        assert_eq!(rows.hidden, 0);
    }

    #[test]
    fn the_oldest_are_counted_only() {
        let event = event("a", 1, "00", "00");
        let many = vec![&event; MAX_SHOWN_EVENTS + 5];
        let rows = EventRows::of(&many);
        assert_eq!((rows.rows.len(), rows.hidden), (MAX_SHOWN_EVENTS, 5));
    }

    #[test]
    fn a_mirror_pod_has_the_uid_of_its_kubelet() {
        // Row 1 of what users met: a static pod.
        let mut pod = json!({"metadata": {
            "name": "etcd-cp1", "namespace": "kube-system", "uid": "11111111-1111-1111-1111-111111111111",
            "annotations": {"kubernetes.io/config.mirror": "9aac5b5c8815def09a2ef9e37b89da55"},
        }});
        assert_eq!(uid_of(&pod), Some("9aac5b5c8815def09a2ef9e37b89da55"));
        pod["metadata"]["annotations"] = json!({"kubernetes.io/config.hash": "9aac5b5c8815def09a2ef9e37b89da55"});
        assert_eq!(uid_of(&pod), Some("11111111-1111-1111-1111-111111111111"));
        pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "a,type!=Warning"});
        assert_eq!(uid_of(&pod), Some("11111111-1111-1111-1111-111111111111"));
        assert_eq!(uid_of(&json!({})), None);
    }

    #[test]
    fn what_hides_is_written_out() {
        let event = json!({
            "metadata": {"namespace": "shop", "name": "a", "uid": "u"},
            "reason": "Back\u{202e}Off", "message": "two\nlines\u{200b}", "source": {"component": "kube\u{ad}let"},
        });
        let event =
            ObjectEvent::decode(event.to_string().as_bytes(), &mut ResourceInterner::default()).expect("an event");
        let row = &EventRows::of(&[&Arc::new(event)]).rows[0];
        assert_eq!(
            (row.reason.as_str(), row.message.as_str(), row.source.as_str()),
            ("Back<U+202E>Off", "two\nlines<U+200B>", "kube<U+00AD>let")
        );
    }

    #[test]
    fn events_of_one_object_are_asked_for() {
        let of = |subject: &str| {
            let subject = Subject::parse(subject).expect("a subject");
            collection(&ApiRoot::default(), &subject, "u-1").map(|it| it.list_url(None, None))
        };
        assert_eq!(
            of("pod:shop/web").as_deref(),
            Ok("/api/v1/namespaces/shop/events?pretty=false&fieldSelector=involvedObject.uid%3Du-1")
        );
        assert_eq!(
            of("node:worker-1").as_deref(),
            Ok(
                "/api/v1/namespaces/default/events?pretty=false&fieldSelector=involvedObject.kind%3DNode%2C\
             involvedObject.name%3Dworker-1"
            )
        );
        // Without permission to read the pod, the uid that the kubelet uses is unknown.
        let web = Subject::parse("pod:shop/web").expect("a subject");
        assert_eq!(
            collection(&ApiRoot::default(), &web, "")
                .map(|it| it.list_url(None, None))
                .as_deref(),
            Ok(
                "/api/v1/namespaces/shop/events?pretty=false&fieldSelector=involvedObject.kind%3DPod%2C\
             involvedObject.name%3Dweb"
            )
        );
        for subject in ["pod:../web", "node:a,involvedObject.kind!=Node"] {
            assert!(of(subject).is_err(), "{subject}");
        }
    }
}
