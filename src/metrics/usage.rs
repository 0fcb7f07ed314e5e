//! What nodes and pods use, beside the objects themselves: it comes from elsewhere and at another pace.

use hashbrown::{HashMap, HashSet};

use crate::resource::{
    Amounts, ObjectKey, Pod, SharedStr, Timestamp,
    metrics::{NodeMetrics, PodMetrics},
};

/// What is known of usage, and what of it changed.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    nodes: HashMap<SharedStr, Amounts>,
    /// What was measured, and when.
    pods: HashMap<ObjectKey, (Amounts, Option<Timestamp>)>,
    /// Nodes whose usage is another one than when they were last asked for.
    dirty: HashSet<SharedStr>,
    pods_revision: u64,
}

impl Usage {
    /// What a node uses, if it is known.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<Amounts> {
        self.nodes.get(name).copied()
    }

    /// What a pod uses, if it is known. One that has ended uses nothing, and what was measured before the pod was created is
    /// of another one that had its name.
    #[must_use]
    pub fn pod(&self, pod: &Pod) -> Option<Amounts> {
        let (usage, measured) = *self.pods.get(&pod.meta.key)?;
        let is_of_another = measured
            .zip(pod.created)
            .is_some_and(|(measured, created)| measured < created);
        (!is_of_another && !pod.is_finished()).then_some(usage)
    }

    /// Takes in a list of all nodes. Nodes that are not in it are not known any more.
    pub fn set_nodes(&mut self, list: Vec<NodeMetrics>) {
        let new: HashMap<SharedStr, Amounts> = list.into_iter().map(|node| (node.name, node.usage)).collect();
        let changed = new
            .iter()
            .filter(|(name, usage)| self.nodes.get(*name) != Some(usage))
            .map(|(name, _)| name);
        let gone = self.nodes.keys().filter(|name| !new.contains_key(*name));
        self.dirty.extend(changed.chain(gone).cloned());
        self.nodes = new;
    }

    /// Takes in a list of the pods of a namespace, or of all where none is named.
    pub fn set_pods(&mut self, namespace: Option<&str>, list: Vec<PodMetrics>) {
        let is_of_list = |key: &ObjectKey| namespace.is_none_or(|namespace| &*key.namespace == namespace);
        self.pods.retain(|key, _| !is_of_list(key));
        self.pods
            .extend(list.into_iter().map(|pod| (pod.key, (pod.usage, pod.measured))));
        self.pods_revision += 1;
    }

    /// Forgets what nodes use: it is too old to be shown.
    pub fn forget_nodes(&mut self) {
        self.set_nodes(Vec::new());
    }

    /// Forgets what the pods of a namespace use, or all of them.
    pub fn forget_pods(&mut self, namespace: Option<&str>) {
        if !self.pods.is_empty() {
            self.set_pods(namespace, Vec::new());
        }
    }

    /// How many nodes and pods are known.
    #[must_use]
    pub fn len(&self) -> (usize, usize) {
        (self.nodes.len(), self.pods.len())
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == (0, 0)
    }

    /// A number that is another one whenever the usage of some pod may be.
    #[must_use]
    pub fn pods_revision(&self) -> u64 {
        self.pods_revision
    }

    /// Nodes whose usage changed since the last call, sorted.
    pub fn take_dirty_nodes(&mut self) -> Vec<SharedStr> {
        let mut nodes: Vec<SharedStr> = self.dirty.drain().collect();
        nodes.sort();
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Resource, ResourceInterner};

    fn amounts(cpu_millis: u64) -> Amounts {
        Amounts {
            cpu_millis,
            memory_bytes: 1 << 20,
        }
    }

    fn nodes(list: &[(&str, u64)]) -> Vec<NodeMetrics> {
        let of = |(name, cpu): &(&str, u64)| NodeMetrics {
            name: (*name).into(),
            usage: amounts(*cpu),
            measured: None,
        };
        list.iter().map(of).collect()
    }

    fn key(namespace: &str, name: &str) -> ObjectKey {
        ObjectKey {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    fn pod(namespace: &str, name: &str) -> PodMetrics {
        PodMetrics {
            key: key(namespace, name),
            usage: amounts(5),
            measured: None,
        }
    }

    /// A pod as the picture knows it, with changes merged into it.
    fn known(namespace: &str, name: &str, phase: &str, created: &str) -> Pod {
        let json = format!(
            r#"{{"metadata": {{"namespace": "{namespace}", "name": "{name}", "creationTimestamp": "{created}"}},
                 "status": {{"phase": "{phase}"}}}}"#
        );
        Pod::decode(json.as_bytes(), &mut ResourceInterner::default()).expect("a pod")
    }

    #[test]
    fn usage_is_of_the_pod_that_was_measured() {
        let at = |second: i64| Some(Timestamp(1_795_423_383 + second));
        for (measured, phase, expected) in [
            (at(0), "Running", Some(amounts(5))),
            (at(15), "Running", Some(amounts(5))),
            (None, "Running", Some(amounts(5))),
            // Before it was created there was another pod of its name, of a StatefulSet for instance.
            (at(-1), "Running", None),
            (at(15), "Succeeded", None),
        ] {
            let mut usage = Usage::default();
            let list = vec![PodMetrics {
                measured,
                ..pod("shop", "db-0")
            }];
            usage.set_pods(None, list);
            let db = known("shop", "db-0", phase, "2026-11-23T08:43:03Z");
            assert_eq!(usage.pod(&db), expected, "{measured:?}, {phase}");
        }
    }

    #[test]
    fn only_what_changed_is_dirty() {
        let mut usage = Usage::default();
        let mut check = |list: &[(&str, u64)], dirty: &[&str]| {
            usage.set_nodes(nodes(list));
            let found = usage.take_dirty_nodes();
            assert_eq!(found.iter().map(|name| &**name).collect::<Vec<_>>(), dirty);
        };
        check(&[("a", 1), ("b", 2)], &["a", "b"]);
        check(&[("a", 1), ("b", 3)], &["b"]);
        check(&[("b", 3)], &["a"]);
        check(&[("b", 3)], &[]);
        check(&[], &["b"]);
    }

    #[test]
    fn namespaces_do_not_disturb_each_other() {
        let mut usage = Usage::default();
        usage.set_pods(Some("shop"), vec![pod("shop", "web"), pod("shop", "db")]);
        usage.set_pods(Some("pay"), vec![pod("pay", "web")]);
        usage.set_pods(Some("shop"), vec![pod("shop", "db")]);
        let of = |namespace, name| usage.pod(&known(namespace, name, "Running", "2026-11-23T08:43:03Z"));
        assert_eq!(of("shop", "web"), None);
        assert_eq!(of("shop", "db"), Some(amounts(5)));
        assert_eq!(of("pay", "web"), Some(amounts(5)));
        assert_eq!(usage.len(), (0, 2));
        assert_eq!(usage.pods_revision(), 3);
        usage.set_pods(None, vec![pod("other", "x")]);
        assert_eq!(usage.len(), (0, 1));
        usage.forget_pods(None);
        assert!(usage.is_empty());
    }
}
