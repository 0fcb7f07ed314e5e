//! A workload over the whole cluster: its pods, how many are ready, and over how many nodes and zones they are spread.

use std::sync::Arc;

use hashbrown::HashSet;

use crate::{
    cluster::{Cluster, GroupKey},
    resource::{ObjectKey, Pod, Workload, status::Family},
    view::{
        format::{count, counted},
        owner::Link,
        visible::visible,
    },
};

/// A workload, and where its pods are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadSpread {
    /// Its kind as it may be shown: `Deployment`.
    pub kind: String,
    /// Its name as it may be shown.
    pub name: String,
    /// Whether it is guessed from the name of the pods' controller.
    pub is_guessed: bool,
    /// Its pods that have not ended.
    pub pods: u32,
    /// Those of which every container is ready.
    pub ready: u32,
    /// Its pods that have ended: of a Job, they are what it was about.
    pub finished: u32,
    /// Nodes on which some of its pods are that have not ended.
    pub nodes: u32,
    /// Zones of those nodes, as far as they are known.
    pub zones: u32,
    /// Its pods that are not bound to a node.
    pub unscheduled: u32,
}

/// The pods of the same workload in the same namespace, this one among them: over all ReplicaSets of a Deployment and all
/// runs of a CronJob. A pod that nobody controls is alone. Costs a look at every pod.
pub fn siblings<'c>(cluster: &'c Cluster, pod: &'c Pod) -> impl Iterator<Item = &'c Arc<Pod>> {
    let workload = Workload::of(pod);
    let namespace = &pod.meta.key.namespace;
    all_pods(cluster).filter(move |other| match workload {
        Some(_) => other.meta.key.namespace == *namespace && Workload::of(other) == workload,
        None => other.meta.key == pod.meta.key,
    })
}

fn all_pods(cluster: &Cluster) -> impl Iterator<Item = &Arc<Pod>> {
    let pod_groups = std::iter::once(cluster.unscheduled()).chain(cluster.groups());
    pod_groups.flat_map(|pod_group| pod_group.pods().iter().map(|(_, pod)| pod))
}

impl WorkloadSpread {
    /// How the workload of a pod is spread; `None` when the pod is gone, or when nobody controls it.
    #[must_use]
    pub fn of(cluster: &Cluster, key: &ObjectKey) -> Option<Self> {
        let (_, _, pod) = cluster.pod(key)?;
        let workload = Workload::of(pod)?;
        let mut spread = Self {
            kind: visible(workload.kind).into_owned(),
            name: visible(workload.name).into_owned(),
            is_guessed: Workload::is_guessed(workload.kind),
            ..Self::default()
        };
        let (mut nodes, mut zones) = (HashSet::new(), HashSet::new());
        for sibling in siblings(cluster, pod) {
            if sibling.is_finished() {
                spread.finished += 1;
                continue;
            }
            spread.pods += 1;
            spread.ready += u32::from(is_ready(sibling));
            let Some(node) = &sibling.node else {
                spread.unscheduled += 1;
                continue;
            };
            if nodes.insert(&**node) {
                let pod_group = cluster.pod_group(&GroupKey::Node(node.clone()));
                let zone = pod_group.and_then(|pod_group| pod_group.node()?.zone.as_deref());
                zones.extend(zone);
            }
        }
        spread.nodes = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        spread.zones = u32::try_from(zones.len()).unwrap_or(u32::MAX);
        Some(spread)
    }

    /// Its name, with a question mark as long as it is a guess that none of these owners confirms: `web?`.
    #[must_use]
    pub fn heading(&self, owners: &[Link]) -> String {
        let confirms = |link: &Link| {
            link.is_certain && visible(&link.kind) == self.kind.as_str() && visible(&link.name) == self.name.as_str()
        };
        let mark = if self.is_guessed && !owners.iter().any(confirms) {
            "?"
        } else {
            ""
        };
        format!("{}{mark}", self.name)
    }

    /// `12 of 12 ready over 5 nodes, 3 zones`; its name stands before it. What is zero and says nothing is left out.
    #[must_use]
    pub fn sentence(&self) -> String {
        let number = |number: u32| u64::from(number);
        let mut parts = Vec::new();
        if self.pods > 0 {
            let mut ready = format!("{} of {} ready", count(number(self.ready)), count(number(self.pods)));
            if self.nodes > 0 {
                ready.push_str(&format!(" over {}", counted(number(self.nodes), "node", "nodes")));
            }
            parts.push(ready);
        }
        if self.zones > 0 {
            parts.push(counted(number(self.zones), "zone", "zones"));
        }
        if self.unscheduled > 0 {
            parts.push(format!("{} not scheduled", count(number(self.unscheduled))));
        }
        if self.finished > 0 {
            parts.push(format!("{} ended", count(number(self.finished))));
        }
        parts.join(", ")
    }
}

/// It is ready, and not on its way out.
fn is_ready(pod: &Pod) -> bool {
    pod.status.family == Family::Healthy && pod.status.containers > 0
}
