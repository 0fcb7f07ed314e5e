//! Pods and events written as one line each, for the tests of store and cluster.

use std::sync::Arc;

use compact_str::CompactString;
use k8bit::resource::{
    Meta, ObjectKey, Pod, ResourceVersion, SharedStr, Uid,
    pod::PodIps,
    status::{Family, Phase, PodStatus, Variant},
};
use k8bit_informer::{Event, Resource};

/// A pod from `NAMESPACE/NAME UID VERSION STATUS`, followed by its node if it has one; `-` is an absent uid or version.
pub fn pod(line: &str) -> Pod {
    let words: Vec<_> = line.split_whitespace().collect();
    let [key, uid, version, text, node @ ..] = &words[..] else {
        panic!("not a pod: {line}")
    };
    let family = match *text {
        "Running" => Family::Healthy,
        "Pending" => Family::Starting,
        "Completed" => Family::Done,
        "Terminating" => Family::Gone,
        _ => Family::Failing,
    };
    let phase = match *text {
        "Pending" => Phase::Pending,
        "Completed" => Phase::Succeeded,
        "Evicted" => Phase::Failed,
        _ => Phase::Running,
    };
    Pod {
        meta: meta(key, uid, version),
        node: node.first().map(|node| SharedStr::new(node)),
        status: PodStatus {
            text: SharedStr::new(text),
            ready: 0,
            containers: 1,
            restarts: 0,
            last_restart: None,
            family,
            variant: if phase == Phase::Failed {
                Variant::Over
            } else {
                Variant::Plain
            },
        },
        created: None,
        deleted: None,
        unready_since: None,
        template: Arc::default(),
        ips: PodIps::default(),
        phase,
        is_evicted: *text == "Evicted",
        resize: None,
        message: None,
    }
}

/// The identity of an object; `-` is an absent uid or version.
pub fn meta(key: &str, uid: &str, version: &str) -> Meta {
    let (namespace, name) = key.split_once('/').expect("a key is NAMESPACE/NAME");
    Meta {
        key: ObjectKey {
            namespace: SharedStr::new(namespace),
            name: CompactString::from(name),
        },
        uid: Uid::new(uid.trim_matches('-')),
        resource_version: ResourceVersion::new(version.trim_matches('-')),
    }
}

/// An event from `INIT`, `ITEM` and a pod, `DONE`, `APPLY` and a pod, or `DELETE NAMESPACE/NAME UID VERSION`.
pub fn event(line: &str) -> Event<Pod> {
    event_of(line, pod)
}

/// The same of objects of any kind, which `read` makes of what stands behind the word.
pub fn event_of<K: Resource>(line: &str, read: impl Fn(&str) -> K) -> Event<K> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "INIT" => Event::Init,
        "ITEM" => Event::InitApply(read(rest)),
        "DONE" => Event::InitDone,
        "APPLY" => Event::Apply(read(rest)),
        "DELETE" => {
            let words: Vec<_> = rest.split_whitespace().collect();
            let [key, uid, version] = words[..] else {
                panic!("not an identity: {rest}")
            };
            Event::Delete(meta(key, uid, version))
        }
        _ => panic!("not an event: {line}"),
    }
}

/// The lines of a script that say something, without the white space around them.
pub fn lines(script: &str) -> Vec<&str> {
    script.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}
