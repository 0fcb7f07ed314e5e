//! Controllers: deployments, replica sets, daemon sets, stateful sets and jobs; and the garbage collector.
//!
//! Each looks at one object as it is and takes the next steps towards what it asks for. Follows the controllers of
//! `pkg/controller`, without adoption, expectations and rate limits, which this world does not need: it sees its
//! own writes at once.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{PodState, Task, World};
use crate::api::subresource::set_condition;
use crate::api::{ApiServer, DeleteOptions, Deleted, Key, Object, Part, Resource, format_time};

/// A controller creates or deletes at most this many pods at a time and looks again soon.
const BURST: usize = 250;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl World {
    pub(super) fn reconcile(&mut self, now: Timestamp, api: &mut ApiServer, resource: Resource, key: &Key) {
        if resource == Resource::Nodes {
            self.reconcile_node(now, api, &key.1);
            return;
        }
        let Some(object) = api.get(resource, &key.0, &key.1).cloned() else {
            return;
        };
        let value = object.value();
        if self.is_garbage(api, &key.0, &value) {
            // It may be on its way already.
            let _ = api.delete(now, resource, &key.0, &key.1, &DeleteOptions::default());
            return;
        }
        if value["metadata"]["deletionTimestamp"].is_string() {
            return;
        }
        match resource {
            Resource::Deployments => self.reconcile_deployment(now, api, &object, value),
            Resource::ReplicaSets => self.reconcile_replica_set(now, api, &object, value),
            Resource::DaemonSets => self.reconcile_daemon_set(now, api, &object, value),
            Resource::StatefulSets => self.reconcile_stateful_set(now, api, &object, value),
            Resource::Jobs => self.reconcile_job(now, api, &object, value),
            _ => {}
        }
    }

    /// Whether the controller of an object is gone.
    fn is_garbage(&self, api: &ApiServer, namespace: &str, value: &Value) -> bool {
        let Some((resource, uid, name)) = super::controller(value) else {
            return false;
        };
        let namespace = if resource.kind().namespaced { namespace } else { "" };
        api.get(resource, namespace, &name).is_none_or(|owner| owner.uid != uid)
    }

    fn pods_of(&self, owner: &Object) -> Vec<(&Key, &PodState)> {
        self.owned
            .get(&owner.uid)
            .into_iter()
            .flatten()
            .filter(|(resource, _)| *resource == Resource::Pods)
            .filter_map(|(_, key)| Some((key, self.pods.get(key)?)))
            .collect()
    }

    fn reconcile_replica_set(&mut self, now: Timestamp, api: &mut ApiServer, set: &Object, mut value: Value) {
        let wanted = count(&value["spec"]["replicas"]);
        let mut active: Vec<(Key, PodState)> = self
            .pods_of(set)
            .into_iter()
            .filter(|(_, pod)| pod.is_active())
            .map(|(key, pod)| (key.clone(), pod.clone()))
            .collect();
        let (have, ready) = (active.len(), active.iter().filter(|(_, pod)| pod.ready).count());
        if have < wanted {
            let many = (wanted - have).min(BURST);
            for _ in 0..many {
                let pod = pod_of(set, &value["spec"]["template"], None);
                match api.create(now, Resource::Pods, Some(&set.namespace), pod) {
                    Ok(pod) => {
                        let message = format!("Created pod: {}", pod.name);
                        self.tell(now, api, set, "SuccessfulCreate", &message, "replicaset-controller");
                    }
                    // The namespace is going away.
                    Err(_) => return,
                }
            }
        } else if have > wanted {
            active.sort_by_key(|(key, pod)| {
                (
                    pod.ready,
                    !pod.node.is_empty(),
                    std::cmp::Reverse(pod.created),
                    key.clone(),
                )
            });
            for (key, _) in active.iter().take((have - wanted).min(BURST)) {
                let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
                let message = format!("Deleted pod: {}", key.1);
                self.tell(now, api, set, "SuccessfulDelete", &message, "replicaset-controller");
            }
        }
        if have.abs_diff(wanted) > BURST {
            self.schedule_task(now + LOOK_AGAIN, Task::Workload(Resource::ReplicaSets, set.key()));
        }
        let generation = value["metadata"]["generation"].clone();
        value["status"] = replica_status(
            have,
            &[
                ("fullyLabeledReplicas", have),
                ("readyReplicas", ready),
                ("availableReplicas", ready),
            ],
        );
        value["status"]["observedGeneration"] = generation;
        let _ = api.update(
            now,
            Resource::ReplicaSets,
            &set.namespace,
            &set.name,
            Part::Status,
            value,
        );
    }

    fn reconcile_deployment(&mut self, now: Timestamp, api: &mut ApiServer, deployment: &Object, mut value: Value) {
        let namespace = deployment.namespace.clone();
        let hash = template_hash(&value["spec"]["template"]);
        let wanted = count(&value["spec"]["replicas"]);
        let mut sets: Vec<Value> = self
            .owned
            .get(&deployment.uid)
            .into_iter()
            .flatten()
            .filter(|(resource, _)| *resource == Resource::ReplicaSets)
            .filter_map(|(resource, key)| Some(api.get(*resource, &key.0, &key.1)?.value()))
            .collect();
        sets.sort_by_key(revision);
        let is_new = |set: &Value| set["metadata"]["labels"]["pod-template-hash"] == hash.as_str();
        let paused = value["spec"]["paused"] == true;
        let total: usize = sets.iter().map(|set| count(&set["spec"]["replicas"])).sum();
        let recreate = value["spec"]["strategy"]["type"] == "Recreate";
        let limits = &value["spec"]["strategy"]["rollingUpdate"];
        let mut surge = portion(&limits["maxSurge"], wanted, true);
        let mut unavailable = portion(&limits["maxUnavailable"], wanted, false);
        if recreate {
            (surge, unavailable) = (0, wanted);
        } else if surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        let old_total: usize = sets
            .iter()
            .filter(|set| !is_new(set))
            .map(|set| count(&set["spec"]["replicas"]))
            .sum();
        let old_pods: usize = sets
            .iter()
            .filter(|set| !is_new(set))
            .map(|set| count(&set["status"]["replicas"]))
            .sum();

        if !sets.iter().any(&is_new) && !paused {
            let last = sets.iter().map(revision).max().unwrap_or(0);
            let room = (wanted + surge).saturating_sub(total).min(wanted);
            let replicas = match recreate && old_pods > 0 {
                true => 0,
                false => room,
            };
            let set = replica_set_of(deployment, &value, &hash, replicas, last + 1);
            if let Ok(set) = api.create(now, Resource::ReplicaSets, Some(&namespace), set) {
                self.tell_scaled(now, api, deployment, &set.name, 0, replicas);
            }
            value["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = (last + 1).to_string().into();
            let _ = api.update(
                now,
                Resource::Deployments,
                &namespace,
                &deployment.name,
                Part::Main,
                value,
            );
            return;
        }
        // A rollback makes an old set the newest again.
        if let Some(set) = sets.iter().find(|set| is_new(set)) {
            let last = sets.iter().map(revision).max().unwrap_or(0);
            if revision(set) < last && !paused {
                let mut set = set.clone();
                set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = (last + 1).to_string().into();
                value["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = (last + 1).to_string().into();
                let name = text(&set["metadata"]["name"]).to_owned();
                let _ = api.update(now, Resource::ReplicaSets, &namespace, &name, Part::Main, set);
                let _ = api.update(
                    now,
                    Resource::Deployments,
                    &namespace,
                    &deployment.name,
                    Part::Main,
                    value,
                );
                return;
            }
        }

        let scale = |world: &mut Self, api: &mut ApiServer, set: &Value, to: usize| {
            let from = count(&set["spec"]["replicas"]);
            if from == to {
                return;
            }
            let name = text(&set["metadata"]["name"]).to_owned();
            let mut set = set.clone();
            set["spec"]["replicas"] = to.into();
            set["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"] = wanted.to_string().into();
            if api
                .update(now, Resource::ReplicaSets, &namespace, &name, Part::Main, set)
                .is_ok()
            {
                world.tell_scaled(now, api, deployment, &name, from, to);
            }
        };
        if let Some(new) = sets.iter().find(|set| is_new(set)) {
            let have = count(&new["spec"]["replicas"]);
            let ready = count(&new["status"]["readyReplicas"]);
            if old_total == 0 {
                // Nothing to roll: the set follows the deployment; with Recreate once the old pods are gone.
                if !recreate || old_pods == 0 {
                    scale(self, api, new, wanted);
                }
            } else if !paused {
                if recreate {
                    for set in sets.iter().filter(|set| !is_new(set)) {
                        scale(self, api, set, 0);
                    }
                } else {
                    let room = (wanted + surge).saturating_sub(total);
                    let target = wanted.min(have + room);
                    scale(self, api, new, if have > wanted { wanted } else { target });
                    // Old pods go as far as enough others are ready, those that are not ready first.
                    let available: usize = sets.iter().map(|set| count(&set["status"]["readyReplicas"])).sum();
                    let least = wanted.saturating_sub(unavailable);
                    let new_unready = have.saturating_sub(ready);
                    let mut unhealthy = total.saturating_sub(least).saturating_sub(new_unready);
                    let mut healthy = available.saturating_sub(least);
                    for set in sets.iter().filter(|set| !is_new(set)) {
                        let replicas = count(&set["spec"]["replicas"]);
                        let set_ready = count(&set["status"]["readyReplicas"]).min(replicas);
                        let drop_unhealthy = (replicas - set_ready).min(unhealthy);
                        unhealthy -= drop_unhealthy;
                        let drop_healthy = set_ready.min(healthy).min(unhealthy);
                        healthy -= drop_healthy;
                        unhealthy -= drop_healthy;
                        scale(self, api, set, replicas - drop_unhealthy - drop_healthy);
                    }
                }
            }
        }
        if old_total == 0 {
            let limit = value["spec"]["revisionHistoryLimit"].as_u64().unwrap_or(10);
            let old: Vec<&Value> = sets
                .iter()
                .filter(|set| !is_new(set) && count(&set["status"]["replicas"]) == 0)
                .collect();
            let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
            for set in old.into_iter().take(surplus) {
                let name = text(&set["metadata"]["name"]);
                let _ = api.delete(now, Resource::ReplicaSets, &namespace, name, &DeleteOptions::default());
            }
        }
        self.write_deployment_status(now, api, deployment, &hash);
    }

    fn write_deployment_status(&mut self, now: Timestamp, api: &mut ApiServer, deployment: &Object, hash: &str) {
        let Some(current) = api.get(Resource::Deployments, &deployment.namespace, &deployment.name) else {
            return;
        };
        let mut value = current.value();
        let (mut replicas, mut ready, mut updated) = (0, 0, 0);
        for (resource, key) in self.owned.get(&deployment.uid).into_iter().flatten() {
            let Some(set) = api.get(*resource, &key.0, &key.1) else {
                continue;
            };
            let value = set.value();
            let status = &value["status"];
            replicas += count(&status["replicas"]);
            ready += count(&status["readyReplicas"]);
            if set.label("pod-template-hash") == Some(hash) {
                updated += count(&status["replicas"]);
            }
        }
        let wanted = count(&value["spec"]["replicas"]);
        let conditions = value["status"]["conditions"].clone();
        let unavailable = wanted.saturating_sub(ready);
        let mut status = replica_status(
            replicas,
            &[
                ("readyReplicas", ready),
                ("availableReplicas", ready),
                ("updatedReplicas", updated),
                ("unavailableReplicas", unavailable),
            ],
        );
        status["observedGeneration"] = value["metadata"]["generation"].clone();
        if conditions.is_array() {
            status["conditions"] = conditions;
        }
        let allowed = portion(
            &value["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"],
            wanted,
            false,
        );
        let enough = ready + allowed >= wanted;
        let (reason, message) = match enough {
            true => ("MinimumReplicasAvailable", "Deployment has minimum availability."),
            false => (
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
            ),
        };
        set_deployment_condition(&mut status, "Available", enough, now, reason, message);
        let done = updated == wanted && replicas == wanted && ready == wanted;
        let (reason, message) = match done {
            true => (
                "NewReplicaSetAvailable",
                format!("ReplicaSet \"{}-{hash}\" has successfully progressed.", deployment.name),
            ),
            false => (
                "ReplicaSetUpdated",
                format!("ReplicaSet \"{}-{hash}\" is progressing.", deployment.name),
            ),
        };
        set_deployment_condition(&mut status, "Progressing", true, now, reason, &message);
        value["status"] = status;
        let _ = api.update(
            now,
            Resource::Deployments,
            &deployment.namespace,
            &deployment.name,
            Part::Status,
            value,
        );
    }

    fn reconcile_daemon_set(&mut self, now: Timestamp, api: &mut ApiServer, set: &Object, mut value: Value) {
        let template = value["spec"]["template"].clone();
        let hash = template_hash(&template);
        let selector = template["spec"]["nodeSelector"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let wanted: Vec<_> = self
            .nodes
            .iter()
            .filter(|(_, node)| {
                selector.iter().all(|(key, value)| {
                    node.labels.get(key.as_str()).map(compact_str::CompactString::as_str) == value.as_str()
                })
            })
            .map(|(name, _)| name.clone())
            .collect();
        let pods: Vec<(Key, PodState)> = self
            .pods_of(set)
            .into_iter()
            .map(|(key, pod)| (key.clone(), pod.clone()))
            .collect();
        let active = || pods.iter().filter(|(_, pod)| pod.is_active());
        let mut covered = BTreeMap::new();
        for (key, pod) in &pods {
            if pod.is_finished() {
                // A daemon pod that failed is replaced.
                let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
            }
            covered.insert(pod.node.clone(), ());
        }
        for node in wanted.iter().filter(|node| !covered.contains_key(*node)).take(BURST) {
            let mut pod = pod_of(set, &template, Some(("controller-revision-hash", &hash)));
            pod["spec"]["nodeName"] = node.as_str().into();
            tolerate_everything(&mut pod);
            if let Ok(pod) = api.create(now, Resource::Pods, Some(&set.namespace), pod) {
                let message = format!("Created pod: {}", pod.name);
                self.tell(now, api, set, "SuccessfulCreate", &message, "daemonset-controller");
            }
        }
        let outdated = active().find(|(_, pod)| pod.hash != hash.as_str());
        let ready = active().filter(|(_, pod)| pod.ready).count();
        if let Some((key, _)) = outdated
            && ready == wanted.len()
        {
            let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
        }
        let scheduled = active().count();
        let updated = active().filter(|(_, pod)| pod.hash == hash.as_str()).count();
        value["status"] = json!({
            "currentNumberScheduled": scheduled,
            "numberMisscheduled": 0,
            "desiredNumberScheduled": wanted.len(),
            "numberReady": ready,
            "observedGeneration": value["metadata"]["generation"],
            "updatedNumberScheduled": updated,
            "numberAvailable": ready
        });
        if ready < wanted.len() {
            value["status"]["numberUnavailable"] = (wanted.len() - ready).into();
        }
        let _ = api.update(
            now,
            Resource::DaemonSets,
            &set.namespace,
            &set.name,
            Part::Status,
            value,
        );
    }

    fn reconcile_stateful_set(&mut self, now: Timestamp, api: &mut ApiServer, set: &Object, mut value: Value) {
        let wanted = count(&value["spec"]["replicas"]);
        let hash = template_hash(&value["spec"]["template"]);
        let pods: BTreeMap<usize, (Key, PodState)> = self
            .pods_of(set)
            .into_iter()
            .filter_map(|(key, pod)| {
                let ordinal = key.1.rsplit('-').next()?.parse().ok()?;
                Some((ordinal, (key.clone(), pod.clone())))
            })
            .collect();
        let ready = pods.values().filter(|(_, pod)| pod.ready && pod.is_active()).count();
        // In order, each after the one before is ready; away from the last to the first.
        let next = (0..wanted).find(|ordinal| pods.get(ordinal).is_none_or(|(_, pod)| !pod.ready || !pod.is_active()));
        match next {
            Some(ordinal) if !pods.contains_key(&ordinal) => {
                let mut pod = pod_of(
                    set,
                    &value["spec"]["template"],
                    Some(("controller-revision-hash", &hash)),
                );
                let name = format!("{}-{ordinal}", set.name);
                pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] = name.as_str().into();
                pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = ordinal.to_string().into();
                pod["metadata"]["name"] = name.into();
                let _ = api.create(now, Resource::Pods, Some(&set.namespace), pod);
            }
            Some(ordinal) if pods[&ordinal].1.is_finished() => {
                let key = &pods[&ordinal].0;
                let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
            }
            Some(_) => {}
            None => {
                let surplus = pods.iter().next_back().filter(|(ordinal, _)| **ordinal >= wanted);
                let outdated = pods.iter().rev().find(|(_, (_, pod))| pod.hash != hash.as_str());
                if let Some((_, (key, pod))) = surplus.or(outdated)
                    && !pod.deleting
                {
                    let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
                }
            }
        }
        let updated = pods.values().filter(|(_, pod)| pod.hash == hash.as_str()).count();
        value["status"] = replica_status(
            pods.len(),
            &[
                ("readyReplicas", ready),
                ("availableReplicas", ready),
                ("currentReplicas", pods.len()),
                ("updatedReplicas", updated),
            ],
        );
        value["status"]["observedGeneration"] = value["metadata"]["generation"].clone();
        let _ = api.update(
            now,
            Resource::StatefulSets,
            &set.namespace,
            &set.name,
            Part::Status,
            value,
        );
    }

    fn reconcile_job(&mut self, now: Timestamp, api: &mut ApiServer, job: &Object, mut value: Value) {
        let finished = value["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|condition| {
                condition["status"] == "True" && (condition["type"] == "Complete" || condition["type"] == "Failed")
            });
        if finished || value["spec"]["suspend"] == true {
            return;
        }
        let pods: Vec<PodState> = self.pods_of(job).into_iter().map(|(_, pod)| pod.clone()).collect();
        let of = |phase: super::Phase| pods.iter().filter(|pod| pod.phase == phase).count();
        let (succeeded, failed) = (of(super::Phase::Succeeded), of(super::Phase::Failed));
        let active = pods.iter().filter(|pod| pod.is_active()).count();
        let ready = pods.iter().filter(|pod| pod.is_active() && pod.ready).count();
        let completions = value["spec"]["completions"]
            .as_u64()
            .map_or(1, |count| usize::try_from(count).unwrap_or(1));
        let parallelism = count(&value["spec"]["parallelism"]);
        let limit = value["spec"]["backoffLimit"]
            .as_u64()
            .map_or(6, |limit| usize::try_from(limit).unwrap_or(6));
        let complete = succeeded >= completions;
        let hopeless = failed > limit;
        if !complete && !hopeless {
            let many = parallelism.min(completions - succeeded).saturating_sub(active);
            for _ in 0..many.min(BURST) {
                let pod = pod_of(job, &value["spec"]["template"], None);
                if let Ok(pod) = api.create(now, Resource::Pods, Some(&job.namespace), pod) {
                    let message = format!("Created pod: {}", pod.name);
                    self.tell(now, api, job, "SuccessfulCreate", &message, "job-controller");
                }
            }
        }
        let status = &mut value["status"];
        if status["startTime"].is_null() {
            status["startTime"] = format_time(now).into();
        }
        let is_over = complete || hopeless;
        for (field, number) in [
            ("active", if is_over { 0 } else { active }),
            ("ready", if is_over { 0 } else { ready }),
            ("succeeded", succeeded),
            ("failed", failed),
        ] {
            match number {
                0 => {
                    status.as_object_mut().map(|status| status.remove(field));
                }
                number => status[field] = number.into(),
            }
        }
        if complete {
            status["completionTime"] = format_time(now).into();
            set_condition(
                status,
                "Complete",
                true,
                now,
                "CompletionsReached",
                "Reached expected number of succeeded pods",
            );
            self.tell(now, api, job, "Completed", "Job completed", "job-controller");
        } else if hopeless {
            let message = "Job has reached the specified backoff limit";
            set_condition(status, "Failed", true, now, "BackoffLimitExceeded", message);
            self.tell(now, api, job, "BackoffLimitExceeded", message, "job-controller");
        }
        if is_over && let Some(seconds) = value["spec"]["ttlSecondsAfterFinished"].as_u64() {
            let task = Task::RemoveJob(job.key(), job.uid.clone());
            self.schedule_task(now + Duration::from_secs(seconds), task);
        }
        let _ = api.update(now, Resource::Jobs, &job.namespace, &job.name, Part::Status, value);
    }

    /// Removes pods whose controller is gone.
    pub(super) fn collect_pod(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key) {
        let Some(pod) = api.get(Resource::Pods, &key.0, &key.1) else {
            return;
        };
        let value = pod.value();
        if self.is_garbage(api, &key.0, &value) && value["metadata"]["deletionTimestamp"].is_null() {
            let deleted: Result<Deleted, _> =
                api.delete(now, Resource::Pods, &key.0, &key.1, &DeleteOptions::default());
            // It was there a line above.
            let _ = deleted;
        }
    }

    fn tell(
        &mut self,
        now: Timestamp,
        api: &mut ApiServer,
        about: &Object,
        reason: &str,
        message: &str,
        component: &str,
    ) {
        self.recorder
            .record(now, api, about, false, reason, message, component, "");
    }

    fn tell_scaled(&mut self, now: Timestamp, api: &mut ApiServer, about: &Object, set: &str, from: usize, to: usize) {
        let direction = if to > from { "up" } else { "down" };
        let message = format!("Scaled {direction} replica set {set} from {from} to {to}");
        self.tell(now, api, about, "ScalingReplicaSet", &message, "deployment-controller");
    }
}

/// A pod of a template. The label names the template's version, where the template does not do so itself.
pub(super) fn pod_of(owner: &Object, template: &Value, version: Option<(&str, &str)>) -> Value {
    let kind = owner.resource.kind();
    let mut pod = json!({"metadata": template["metadata"], "spec": template["spec"]});
    if !pod["metadata"].is_object() {
        pod["metadata"] = json!({});
    }
    let metadata = &mut pod["metadata"];
    metadata["generateName"] = format!("{}-", owner.name).into();
    metadata["namespace"] = owner.namespace.as_str().into();
    metadata["ownerReferences"] = json!([{
        "apiVersion": kind.api_version(), "kind": kind.kind, "name": owner.name.as_str(), "uid": owner.uid.as_str(),
        "controller": true, "blockOwnerDeletion": true
    }]);
    if let Some((label, value)) = version {
        metadata["labels"][label] = value.into();
    }
    pod
}

/// Lets a pod stay where its node is in trouble, as daemon pods do.
pub(super) fn tolerate_everything(pod: &mut Value) {
    let mut tolerations = pod["spec"]["tolerations"].as_array().cloned().unwrap_or_default();
    for (key, effect) in [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ] {
        tolerations.push(json!({"key": key, "operator": "Exists", "effect": effect}));
    }
    pod["spec"]["tolerations"] = tolerations.into();
}

/// A replica set of a deployment.
pub(super) fn replica_set_of(deployment: &Object, value: &Value, hash: &str, replicas: usize, revision: u64) -> Value {
    let kind = deployment.resource.kind();
    let mut template = value["spec"]["template"].clone();
    template["metadata"]["labels"]["pod-template-hash"] = hash.into();
    let mut selector = value["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = hash.into();
    json!({
        "metadata": {
            "name": format!("{}-{hash}", deployment.name),
            "namespace": deployment.namespace.as_str(),
            "labels": template["metadata"]["labels"],
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": value["spec"]["replicas"].to_string(),
                "deployment.kubernetes.io/revision": revision.to_string()
            },
            "ownerReferences": [{
                "apiVersion": kind.api_version(), "kind": kind.kind, "name": deployment.name.as_str(),
                "uid": deployment.uid.as_str(), "controller": true, "blockOwnerDeletion": true
            }]
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template}
    })
}

/// Names the version of a template as controllers do: a short hash without vowels.
pub(super) fn template_hash(template: &Value) -> String {
    // Go clients write an unset time as null; `kubectl rollout undo` sends templates back like that.
    let mut template = template.clone();
    if let Some(metadata) = template["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let hash = template
        .to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    // As safeEncodeString does with the digits of a 32-bit hash.
    let digits = (hash ^ (hash >> 32)) & 0xffff_ffff;
    digits
        .to_string()
        .bytes()
        .map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()]))
        .collect()
}

fn set_deployment_condition(status: &mut Value, kind: &str, holds: bool, now: Timestamp, reason: &str, message: &str) {
    let before = status["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == kind)
        .cloned();
    set_condition(status, kind, holds, now, reason, message);
    let conditions = status["conditions"].as_array_mut().into_iter().flatten();
    for condition in conditions.filter(|condition| condition["type"] == kind) {
        let same = before.as_ref().filter(|before| {
            before["reason"] == reason && before["message"] == message && before["status"] == condition["status"]
        });
        condition["lastUpdateTime"] =
            same.map_or_else(|| format_time(now).into(), |before| before["lastUpdateTime"].clone());
        condition
            .as_object_mut()
            .map(|condition| condition.remove("lastProbeTime"));
    }
}

/// `replicas` and those of the other counts that are not zero, as the Go types write them.
fn replica_status(replicas: usize, counts: &[(&str, usize)]) -> Value {
    let mut status = json!({"replicas": replicas});
    for (field, count) in counts {
        if *count > 0 {
            status[*field] = (*count).into();
        }
    }
    status
}

fn revision(set: &Value) -> u64 {
    text(&set["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
        .parse()
        .unwrap_or(0)
}

/// A number or a percentage of `whole`, rounded up or down.
fn portion(value: &Value, whole: usize, up: bool) -> usize {
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).unwrap_or(usize::MAX);
    }
    let percent: usize = text(value).trim_end_matches('%').parse().unwrap_or(25);
    match up {
        true => (whole * percent).div_ceil(100),
        false => whole * percent / 100,
    }
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or(0)).unwrap_or(usize::MAX)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions() {
        for (value, whole, up, expected) in [
            (json!(3), 10, true, 3),
            (json!("25%"), 10, true, 3),
            (json!("25%"), 10, false, 2),
            (json!("0%"), 10, true, 0),
            (json!(null), 4, true, 1),
        ] {
            assert_eq!(portion(&value, whole, up), expected, "{value} of {whole}");
        }
    }
}
