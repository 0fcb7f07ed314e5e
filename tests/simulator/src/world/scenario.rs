//! What people and fate do to the cluster: scaling, releases good and bad, deletions, resizes, jobs, cordons, lost nodes.
//!
//! Acts on what the world put there at the start, never on what users created.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{Task, World, names};
use crate::api::{ApiServer, DeleteOptions, Key, Part, Resource};

/// At churn 1 something happens this often on average.
const MEAN_INTERVAL: Duration = Duration::from_secs(3);
/// No more nodes than one in this many are in trouble at a time.
const TROUBLED_NODES_ONE_IN: usize = 8;

/// The tag of an image that nobody has pushed begins so.
const BROKEN: &str = "does-not-exist-";

/// The kinds of things that happen.
#[derive(Clone, Copy)]
enum Incident {
    Scale,
    Release,
    BadRelease,
    DeletePod,
    Job,
    Evict,
    Resize,
    Cordon,
    LoseNode,
    MemoryPressure,
}

/// How often each happens, relative to the others.
const WEIGHTS: [(Incident, u32); 10] = [
    (Incident::Scale, 30),
    (Incident::Release, 12),
    (Incident::BadRelease, 3),
    (Incident::DeletePod, 24),
    (Incident::Job, 16),
    (Incident::Evict, 4),
    (Incident::Resize, 4),
    (Incident::Cordon, 4),
    (Incident::LoseNode, 2),
    (Incident::MemoryPressure, 3),
];

impl World {
    pub(super) fn schedule_scenario(&mut self, now: Timestamp) {
        if self.options.churn <= 0.0 || !self.options.churn.is_finite() {
            return;
        }
        // Exponential intervals, cut off where they would be felt as a pause.
        let draw = -(1.0 - self.rng.f64()).ln();
        let interval = MEAN_INTERVAL.mul_f64(draw.min(4.0) / self.options.churn);
        self.schedule_task(now + interval, Task::Scenario);
    }

    pub(super) fn happen(&mut self, now: Timestamp, api: &mut ApiServer) {
        self.happened += 1;
        let total: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut draw = self.rng.u32(..total);
        let incident = WEIGHTS
            .iter()
            .find(|(_, weight)| match draw.checked_sub(*weight) {
                Some(rest) => {
                    draw = rest;
                    false
                }
                None => true,
            })
            .map_or(Incident::Scale, |(incident, _)| *incident);
        match incident {
            Incident::Scale => self.scale_some(now, api),
            Incident::Release => self.release_some(now, api, false),
            Incident::BadRelease => self.release_some(now, api, true),
            Incident::DeletePod => self.delete_some(now, api),
            Incident::Job => self.start_job(now, api),
            Incident::Evict => {
                if let Some(key) = self.some_pod(api) {
                    self.evict(now, api, &key);
                    self.clear_evicted(now, api);
                }
            }
            Incident::Resize => {
                if let Some(key) = self.some_pod(api) {
                    self.resize(now, api, &key);
                }
            }
            Incident::Cordon => {
                if let Some(name) = self.some_sound_node() {
                    self.set_cordon(now, api, &name, true);
                    let back = now + Duration::from_secs(self.rng.u64(20..90));
                    self.schedule_task(back, Task::Uncordon(name.into()));
                }
            }
            Incident::LoseNode => {
                if let Some(name) = self.some_sound_node() {
                    let away = Duration::from_secs(self.rng.u64(25..120));
                    self.lose_node(now, api, &name, away);
                }
            }
            Incident::MemoryPressure => {
                if let Some(name) = self.some_sound_node() {
                    self.set_memory_pressure(now, api, &name, true);
                    let over = now + Duration::from_secs(self.rng.u64(20..60));
                    self.schedule_task(over, Task::RelieveMemory(name.into()));
                }
            }
        }
    }

    fn some_deployment(&mut self) -> Option<(Key, i64)> {
        match self.fleet.len() {
            0 => None,
            many => Some(self.fleet[self.rng.usize(..many)].clone()),
        }
    }

    fn scale_some(&mut self, now: Timestamp, api: &mut ApiServer) {
        let Some((key, usual)) = self.some_deployment() else {
            return;
        };
        let Some(deployment) = api.get(Resource::Deployments, &key.0, &key.1) else {
            return;
        };
        let mut value = deployment.value();
        let most = usual + usual / 2 + 1;
        value["spec"]["replicas"] = self.rng.i64((usual / 2).max(1)..=most).into();
        // Its namespace may be going away.
        let _ = api.update(now, Resource::Deployments, &key.0, &key.1, Part::Main, value);
    }

    fn release_some(&mut self, now: Timestamp, api: &mut ApiServer, bad: bool) {
        let Some((key, _)) = self.some_deployment() else {
            return;
        };
        let Some(deployment) = api.get(Resource::Deployments, &key.0, &key.1) else {
            return;
        };
        let value = deployment.value();
        let image = value["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let repository = image
            .rsplit_once(':')
            .map_or(image.as_str(), |(repository, _)| repository);
        if bad && image.contains(BROKEN) {
            // Two at a time would be taken back to each other.
        } else if bad {
            let broken = format!("{repository}:{BROKEN}{}", self.happened);
            self.set_image(now, api, &key, &broken);
            let back = now + Duration::from_secs(self.rng.u64(30..90));
            self.schedule_task(back, Task::RollBack(key, image));
        } else {
            let next = format!("{repository}:1.{}.{}", self.rng.u32(1..40), self.rng.u32(..10));
            self.set_image(now, api, &key, &next);
        }
    }

    pub(super) fn set_image(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key, image: &str) {
        let Some(deployment) = api.get(Resource::Deployments, &key.0, &key.1) else {
            return;
        };
        let mut value = deployment.value();
        let containers = value["spec"]["template"]["spec"]["containers"].as_array_mut();
        if let Some(container) = containers.and_then(|containers| containers.first_mut()) {
            container["image"] = image.into();
        }
        let _ = api.update(now, Resource::Deployments, &key.0, &key.1, Part::Main, value);
    }

    /// A running pod of a deployment that scenarios may act on.
    fn some_pod(&mut self, api: &ApiServer) -> Option<Key> {
        let (key, _) = self.some_deployment()?;
        let deployment = api.get(Resource::Deployments, &key.0, &key.1)?;
        let pods: Vec<Key> = self
            .owned
            .get(&deployment.uid)
            .into_iter()
            .flatten()
            .filter_map(|(resource, key)| api.get(*resource, &key.0, &key.1))
            .filter_map(|set| self.owned.get(&set.uid))
            .flatten()
            .map(|(_, key)| key)
            .filter(|key| self.pods.get(*key).is_some_and(|pod| pod.is_active() && pod.ready))
            .cloned()
            .collect();
        match pods.len() {
            0 => None,
            many => Some(pods[self.rng.usize(..many)].clone()),
        }
    }

    fn delete_some(&mut self, now: Timestamp, api: &mut ApiServer) {
        if let Some(key) = self.some_pod(api) {
            let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
        }
    }

    /// Somebody tidies up: only a few evicted pods lie about.
    fn clear_evicted(&mut self, now: Timestamp, api: &mut ApiServer) {
        /// So many may lie about.
        const EVICTED_MAX: usize = 6;
        let evicted: Vec<Key> = self
            .pods
            .iter()
            .filter(|(_, pod)| pod.phase == super::Phase::Failed)
            .filter(|(_, pod)| matches!(pod.owner, Some((Resource::ReplicaSets, _))))
            .map(|(key, _)| key.clone())
            .collect();
        for key in evicted.iter().take(evicted.len().saturating_sub(EVICTED_MAX)) {
            let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
        }
    }

    fn start_job(&mut self, now: Timestamp, api: &mut ApiServer) {
        let (namespace, name) = names::JOBS[self.rng.usize(..names::JOBS.len())];
        let seconds = self.rng.u64(4..25);
        let command = match self.rng.u32(..6) {
            0 => format!("sleep {seconds}; exit 1"),
            _ => format!("sleep {seconds}"),
        };
        let job = json!({
            "metadata": {"name": format!("{name}-{}", 29_400_000 + self.happened), "labels": {"app": name}},
            "spec": {
                "backoffLimit": 1,
                "ttlSecondsAfterFinished": 60,
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{
                            "name": name,
                            "image": format!("registry.example.com/{namespace}/{name}:2.4.0"),
                            "command": ["sh", "-c", command],
                            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}
                        }]
                    }
                }
            }
        });
        // Its namespace may have been deleted.
        let _ = api.create(now, Resource::Jobs, Some(namespace), job);
    }

    /// A node that is in no trouble, unless too many are already.
    fn some_sound_node(&mut self) -> Option<String> {
        let sound: Vec<&str> = self
            .nodes
            .iter()
            .filter(|(_, node)| node.ready && !node.down && !node.unschedulable && node.taints.is_empty())
            .map(|(name, _)| name.as_str())
            .collect();
        let troubled = self.nodes.len() - sound.len();
        if sound.is_empty() || (troubled + 1) * TROUBLED_NODES_ONE_IN > self.nodes.len() {
            return None;
        }
        let choice = self.rng.usize(..sound.len());
        Some(sound[choice].to_owned())
    }
}
