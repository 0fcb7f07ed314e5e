//! Whatever events come in whatever order, the store equals a naive map, and its changes lead from content to content.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use k8bit::resource::{ObjectKey, Pod, SharedStr};
use k8bit_informer::{
    Event,
    store::{Change, Scope, Store},
};
use proptest::{collection::vec, prelude::*, sample::select};

use k8bit_test_support::{changes::content, objects::event};

/// The rules of the store, written as plainly as possible: a map for the content and one for each list under way.
#[derive(Default)]
struct Naive {
    content: BTreeMap<ObjectKey, Pod>,
    staged: BTreeMap<String, BTreeMap<ObjectKey, Pod>>,
    /// Scopes of which a list was complete.
    listed: BTreeSet<String>,
    /// Scopes whose first list goes straight into the content.
    filling: BTreeSet<String>,
}

impl Naive {
    fn handle(&mut self, scope: &Scope, event: Event<Pod>) {
        let id = format!("{scope:?}");
        let map = self.staged.get_mut(&id).unwrap_or(&mut self.content);
        match event {
            Event::Init => {
                let is_first = !self.listed.contains(&id);
                if is_first && !self.content.keys().any(|key| scope.contains(key)) {
                    self.filling.insert(id);
                } else {
                    self.filling.remove(&id);
                    self.staged.insert(id, BTreeMap::new());
                }
            }
            Event::InitDone => {
                if self.filling.remove(&id) {
                    self.listed.insert(id);
                    return;
                }
                let Some(list) = self.staged.remove(&id) else { return };
                self.listed.insert(id);
                self.content.retain(|key, _| !scope.contains(key));
                self.content.extend(list);
            }
            Event::InitApply(pod) if scope.contains(&pod.meta.key) => {
                let staged = self.staged.get_mut(&id);
                let is_shown = self.filling.contains(&id) || (staged.is_some() && !self.listed.contains(&id));
                if let Some(list) = staged {
                    list.insert(pod.meta.key.clone(), pod.clone());
                }
                if is_shown {
                    self.content.insert(pod.meta.key.clone(), pod);
                }
            }
            Event::Apply(pod) if scope.contains(&pod.meta.key) => {
                let key = pod.meta.key.clone();
                if !map.get(&key).is_some_and(|known| is_old(&pod, known)) {
                    map.insert(key, pod);
                }
            }
            Event::Delete(meta) if scope.contains(&meta.key) => {
                if map
                    .get(&meta.key)
                    .is_some_and(|known| same(&meta.uid.to_string(), &known.meta.uid.to_string()))
                {
                    map.remove(&meta.key);
                }
            }
            Event::InitApply(_) | Event::Apply(_) | Event::Delete(_) => {}
        }
    }
}

/// Versions are small numbers here, or absent, or text.
fn is_old(new: &Pod, known: &Pod) -> bool {
    let version = |pod: &Pod| {
        pod.meta
            .resource_version
            .as_ref()
            .map_or(String::new(), ToString::to_string)
    };
    let (new_version, known_version) = (version(new), version(known));
    match (new_version.parse::<u32>(), known_version.parse::<u32>()) {
        (Ok(new), Ok(known)) if new < known => return true,
        _ => {}
    }
    !new_version.is_empty()
        && new_version == known_version
        && same(&new.meta.uid.to_string(), &known.meta.uid.to_string())
}

fn same(uid: &str, other: &str) -> bool {
    uid.is_empty() || other.is_empty() || uid == other
}

/// The content that the changes lead to. Each has to fit what is there.
fn replay(content: &mut BTreeMap<ObjectKey, Arc<Pod>>, changes: &[Change<Pod>]) {
    for change in changes {
        match change {
            Change::Listed(pod) | Change::Added(pod) => {
                let former = content.insert(pod.meta.key.clone(), Arc::clone(pod));
                assert_eq!(former, None, "only what is absent is added");
            }
            Change::Modified { old, new } => {
                assert!(
                    same(&old.meta.uid.to_string(), &new.meta.uid.to_string()),
                    "another uid is another object"
                );
                assert_ne!(without_version(old), without_version(new), "nothing to show");
                let former = content
                    .insert(new.meta.key.clone(), Arc::clone(new))
                    .expect("only what is there changes");
                assert_eq!(without_version(&former), without_version(old));
            }
            Change::Deleted(pod) => {
                let former = content.remove(&pod.meta.key).expect("only what is there is deleted");
                assert_eq!(without_version(&former), without_version(pod));
            }
        }
    }
}

fn without_version(pod: &Pod) -> Pod {
    let mut pod = pod.clone();
    pod.meta.resource_version = None;
    pod
}

/// Few keys, uids, versions and states, so that they meet often.
fn any_event() -> impl Strategy<Value = String> {
    let key = select(vec!["a/x", "a/y", "b/x", "b/y", "b/z"]);
    let uid = select(vec!["A", "B", "-"]);
    let version = select(vec!["1", "2", "3", "10", "11", "-", "x", "y"]);
    let status = select(vec!["Pending", "Running"]);
    prop_oneof![
        2 => Just("INIT".to_owned()),
        2 => Just("DONE".to_owned()),
        12 => (select(vec!["ITEM", "APPLY"]), key.clone(), uid.clone(), version.clone(), status)
            .prop_map(|(word, key, uid, version, status)| format!("{word} {key} {uid} {version} {status}")),
        3 => (key, uid, version).prop_map(|(key, uid, version)| format!("DELETE {key} {uid} {version}")),
    ]
}

/// One informer for everything, or one for each namespace.
fn any_scopes() -> impl Strategy<Value = Vec<Scope>> {
    let namespaces = ["a", "b"].map(|name| Scope::Namespace(SharedStr::new(name)));
    select(vec![vec![Scope::Cluster], namespaces.to_vec()])
}

proptest! {
    #[test]
    fn equals_a_naive_map(scopes in any_scopes(), script in vec((any::<prop::sample::Index>(), any_event()), 0..60)) {
        let mut store = Store::default();
        let mut naive = Naive::default();
        let mut replayed = BTreeMap::new();
        for (scope, line) in &script {
            let scope = scope.get(&scopes);
            naive.handle(scope, event(line));
            let mut changes = Vec::new();
            store.handle(scope, event(line), &mut changes);

            let held: Vec<_> = store.sorted().into_iter().map(|pod| (**pod).clone()).collect();
            prop_assert_eq!(&held, &naive.content.values().cloned().collect::<Vec<_>>());
            prop_assert_eq!(held.len(), store.len());
            for pod in &held {
                prop_assert_eq!(store.get(&pod.meta.key).map(|found| &**found), Some(pod));
            }
            replay(&mut replayed, &changes);
            let replayed: Vec<_> = replayed.values().map(|pod| without_version(pod)).collect();
            prop_assert_eq!(replayed, held.iter().map(without_version).collect::<Vec<_>>());
        }
    }

    /// A watch that is resumed from an earlier version sends again what was seen already. However often that happens,
    /// the store ends where the server is.
    #[test]
    fn replays_converge(
        history in vec((0..3_u8, any::<bool>()), 1..30),
        watches in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6),
        last in any::<prop::sample::Index>(),
    ) {
        let (log, server) = run(&history);
        let mut store = Store::default();
        let mut watch = |lines: &[String]| {
            for line in lines {
                store.handle(&Scope::Cluster, event(line), &mut Vec::new());
            }
        };
        let mut position = 0;
        for (from, to) in watches {
            let from = from.index(position + 1);
            position = from + to.index(log.len() - from + 1);
            watch(&log[from..position]);
        }
        watch(&log[last.index(position + 1)..]);

        prop_assert_eq!(content(&store), server.into_values().collect::<Vec<_>>());
    }
}

/// The events of a server on which pods are created, modified and deleted (`true`), and the pods that are left.
fn run(history: &[(u8, bool)]) -> (Vec<String>, BTreeMap<String, String>) {
    let mut log = Vec::new();
    let mut pods = BTreeMap::new();
    let mut uids = BTreeMap::new();
    for (version, (name, deletes)) in (1..).zip(history) {
        let key = format!("shop/{name}");
        if let (Some(uid), true) = (uids.get(&key), *deletes) {
            log.push(format!("DELETE {key} {uid} {version}"));
            pods.remove(&key);
            uids.remove(&key);
        } else {
            let uid = uids.entry(key.clone()).or_insert(format!("U{version}"));
            let pod = format!("{key} {uid} {version} Running worker-{version}");
            log.push(format!("APPLY {pod}"));
            pods.insert(key, pod);
        }
    }
    (log, pods)
}
