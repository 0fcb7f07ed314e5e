//! What a store makes of events, written as one line each.

use k8bit::resource::Pod;
use k8bit_informer::store::{Change, Scope, Store};

use crate::objects::{event, lines};

/// Feeds a store with events, one a line, and tells what changed, one a line.
pub fn handle(store: &mut Store<Pod>, scope: &Scope, script: &str) -> Vec<String> {
    let mut changes = Vec::new();
    for line in lines(script) {
        store.handle(scope, event(line), &mut changes);
    }
    let tell = |change: &Change<Pod>| match change {
        Change::Listed(pod) => format!("LISTED {} {}", pod.meta.key, state(pod)),
        Change::Added(pod) => format!("ADDED {} {}", pod.meta.key, state(pod)),
        Change::Modified { old, new } => format!("MODIFIED {} {} -> {}", new.meta.key, state(old), state(new)),
        Change::Deleted(pod) => format!("DELETED {} {}", pod.meta.key, state(pod)),
    };
    changes.iter().map(tell).collect()
}

/// What a store holds, by namespace and name, as the lines of which pods are made.
pub fn content(store: &Store<Pod>) -> Vec<String> {
    store
        .sorted()
        .iter()
        .map(|pod| format!("{} {}", pod.meta.key, state(pod)))
        .collect()
}

fn state(pod: &Pod) -> String {
    let known = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let version = pod.meta.resource_version.as_ref().map(ToString::to_string);
    let node = pod.node.as_ref().map(|node| format!(" {node}"));
    format!(
        "{} {} {}{}",
        known(pod.meta.uid.to_string()),
        known(version.unwrap_or_default()),
        pod.status.text,
        node.unwrap_or_default()
    )
}
