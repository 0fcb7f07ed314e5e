//! The events of a pod or a node: what was reported of it, newest first.

use std::rc::Rc;

use crate::{
    api_path::{ApiRoot, InvalidName, Segment},
    informer::request::Collection,
    limits::MAX_SHOWN_EVENTS,
    order,
    resource::{ObjectEvent, Timestamp},
    view::state::Subject,
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
    pub fn of(events: &[&Rc<ObjectEvent>]) -> Self {
        let mut events: Vec<&Rc<ObjectEvent>> = events.to_vec();
        // By name where the times, which have whole seconds, are the same: the recorder's names rise with time.
        order::sort_by(&mut events, |left, right| {
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
        reason: event.reason.to_string(),
        message: event.message.to_string(),
        count: event.count,
        first: event.first.filter(|_| event.count > 1 && event.first != event.last),
        last: event.last,
        source: event.source.to_string(),
    }
}

/// The events of a subject. `uid` is that of a pod, so that the events of one before it under the same name do not come
/// along. Nodes are told by their name: kubelets write it in place of the uid.
///
/// # Errors
/// When the subject has a name that the API could not have.
pub fn collection(root: &ApiRoot, subject: &Subject, uid: &str) -> Result<Collection, InvalidName> {
    let (namespace, selector) = match subject {
        Subject::Pod(key) => (key.namespace.as_str(), format!("involvedObject.uid={uid}")),
        Subject::Node(name) => {
            let name = Segment::subdomain(name, "a node")?;
            (
                NAMESPACE_OF_THE_REST,
                format!("involvedObject.kind=Node,involvedObject.name={name}"),
            )
        }
    };
    Ok(Collection {
        root: root.clone(),
        namespace: Some(Segment::namespace(namespace)?),
        field_selector: Some(selector.as_str().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Interner, Resource};
    use serde_json::json;

    fn event(name: &str, count: u64, first: &str, last: &str) -> Rc<ObjectEvent> {
        let event = json!({
            "metadata": {"namespace": "shop", "name": name, "uid": "u", "resourceVersion": "7"},
            "type": "Normal", "reason": "Pulled", "message": "m", "count": count,
            "firstTimestamp": format!("2026-11-23T08:00:{first}Z"), "lastTimestamp": format!("2026-11-23T08:00:{last}Z"),
            "source": {"component": "kubelet"},
        });
        Rc::new(ObjectEvent::decode(event.to_string().as_bytes(), &mut Interner::default()).expect("an event"))
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
    fn events_of_one_object_are_asked_for() {
        let of = |subject: &str| {
            let subject = Subject::parse(subject).expect("a subject");
            collection(&ApiRoot::default(), &subject, "u-1").map(|it| it.list_url::<ObjectEvent>(None, None))
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
        for subject in ["pod:../web", "node:a,involvedObject.kind!=Node"] {
            assert!(of(subject).is_err(), "{subject}");
        }
    }
}
