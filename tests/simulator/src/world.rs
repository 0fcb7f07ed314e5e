//! A small cluster that lives on an [`ApiServer`]: controllers, a scheduler, kubelets, and things that happen.
//!
//! Deterministic and stepwise: [`World::step`] does everything that is due at a time, [`World::next_wakeup`] says
//! when to step again, and all chance comes from one seed. It acts on the API as real components do, by reading
//! changes and writing objects, so clients see the order of events that a cluster shows. It is not a simulator
//! of containers: names of images decide what they do (see the table in `world/behaviour.rs`), and nothing is
//! ever routed, mounted or executed.
//!
//! | module | part of a cluster |
//! |---|---|
//! | `populate` | what is there at the start |
//! | `workload` | the controllers of deployments, replica sets, daemon sets, stateful sets and jobs; garbage collection |
//! | `scheduler` | binds pods to nodes, or says why not |
//! | `kubelet`, `behaviour` | containers of bound pods |
//! | `node` | taints, lost nodes, pods of nodes that are gone |
//! | `scenario` | what people and fate do: scaling, releases, deletions, failures; the more the higher the churn |
//! | `recorder` | Event objects |

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::Value;

use crate::api::{ApiServer, ChangeKind, DeleteOptions, Key, Object, Part, Resource};
use crate::quantity;

mod behaviour;
mod kubelet;
mod names;
mod node;
mod populate;
mod recorder;
mod resize;
mod scenario;
mod scheduler;
mod workload;

use kubelet::Step;
use recorder::Recorder;

/// A step does at most this many timed tasks, so that the API answers others in between.
const TASKS_PER_STEP: usize = 2_000;
/// Changes cause changes (deployment, replica set, pod, binding); a step follows them this many times at most.
const ROUNDS_PER_STEP: usize = 32;

/// What owns pods, or owns what owns pods.
const CONTROLLERS: [Resource; 5] = [
    Resource::ReplicaSets,
    Resource::Deployments,
    Resource::DaemonSets,
    Resource::StatefulSets,
    Resource::Jobs,
];

/// What the world is like.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// How many nodes there are at the start.
    pub nodes: usize,
    /// About how many pods there are at the start; daemon pods on every node count among them.
    pub pods: usize,
    /// Seed of everything that happens by chance.
    pub seed: u64,
    /// How much happens by itself: 0 is nothing (controllers and kubelets only answer what others do), 1 is an
    /// incident or change every few seconds, 100 a hundred times as many.
    pub churn: f64,
    /// Whether there are workloads in trouble at the start: crash loops, bad images, pods that do not fit.
    pub troubles: bool,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            nodes: 24,
            pods: 240,
            seed: 1,
            churn: 1.0,
            troubles: true,
        }
    }
}

/// What the world remembers of a pod, to find it and to count it.
#[derive(Clone, Debug)]
struct PodState {
    uid: CompactString,
    /// Empty until it is bound.
    node: CompactString,
    cpu_millis: i64,
    memory_millis: i64,
    owner: Option<(Resource, CompactString)>,
    phase: Phase,
    ready: bool,
    deleting: bool,
    gated: bool,
    created: Timestamp,
    /// `pod-template-hash` or `controller-revision-hash`.
    hash: CompactString,
    /// When its kubelet last did something to it.
    since: Timestamp,
    timer: Option<(Timestamp, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
}

impl PodState {
    fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Counts as a replica.
    fn is_active(&self) -> bool {
        !self.deleting && !self.is_finished()
    }

    fn uses_node(&self) -> bool {
        !self.node.is_empty() && !self.is_finished()
    }
}

/// What the world remembers of a node.
#[derive(Clone, Debug, Default)]
struct NodeState {
    cpu_millis: i64,
    memory_millis: i64,
    pods: i64,
    used_cpu_millis: i64,
    used_memory_millis: i64,
    used_pods: i64,
    unschedulable: bool,
    ready: bool,
    /// Its kubelet does not answer.
    down: bool,
    ip: CompactString,
    labels: BTreeMap<CompactString, CompactString>,
    /// Key, value and effect of taints that keep pods off.
    taints: Vec<(CompactString, CompactString, CompactString)>,
}

/// Something to do at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    /// The next step of a pod's kubelet.
    Kubelet(Key, CompactString),
    /// Try the pods again that did not fit.
    RetryScheduling,
    /// Look at a workload again.
    Workload(Resource, Key),
    /// Something happens.
    Scenario,
    /// A lost node comes back.
    NodeReturns(CompactString),
    /// The pods of a lost node are given up.
    EvictFromLostNode(CompactString),
    /// A cordoned node is opened again.
    Uncordon(CompactString),
    /// Memory pressure is over.
    RelieveMemory(CompactString),
    /// What was asked of a pod in place is there, or taken back.
    EndResize(Key, CompactString),
    /// A bad release is taken back: the deployment, and the image to go back to.
    RollBack(Key, String),
    /// A pod on a node that does not exist is removed.
    RemoveGhost(Key, CompactString),
    /// A finished job is removed.
    RemoveJob(Key, CompactString),
    /// All nodes report that they live.
    Heartbeat,
}

/// See the [module](self).
#[derive(Debug)]
pub struct World {
    options: WorldOptions,
    rng: fastrand::Rng,
    /// Changes up to this resourceVersion have been seen.
    cursor: u64,
    pods: BTreeMap<Key, PodState>,
    nodes: BTreeMap<CompactString, NodeState>,
    /// Pods per node, finished ones among them.
    on_node: BTreeMap<CompactString, BTreeSet<Key>>,
    /// Objects per uid of their controller.
    owned: BTreeMap<CompactString, BTreeSet<(Resource, Key)>>,
    timers: BTreeMap<(Timestamp, u64), Task>,
    sequence: u64,
    /// Workloads to be looked at.
    dirty: BTreeSet<(Resource, Key)>,
    /// Pods to be scheduled at once.
    unscheduled: BTreeSet<Key>,
    /// Pods that did not fit when last tried.
    unschedulable: BTreeSet<Key>,
    /// When those are tried again.
    retry: Option<(Timestamp, u64)>,
    /// Pods to be looked at because their node came or came back.
    wake_pods: BTreeSet<Key>,
    daemon_sets: BTreeSet<Key>,
    recorder: Recorder,
    /// Deployments that scenarios may act on, with the replicas they started with.
    fleet: Vec<(Key, i64)>,
    /// Number of the next scenario, for names.
    happened: u64,
}

impl World {
    /// Populates the API server and takes it over: from now on, kubelets remove deleted pods.
    #[must_use]
    pub fn new(now: Timestamp, options: WorldOptions, api: &mut ApiServer) -> Self {
        api.set_options(|options| options.finish_deletions = false);
        let mut world = Self {
            rng: fastrand::Rng::with_seed(options.seed),
            options,
            cursor: 0,
            pods: BTreeMap::new(),
            nodes: BTreeMap::new(),
            on_node: BTreeMap::new(),
            owned: BTreeMap::new(),
            timers: BTreeMap::new(),
            sequence: 0,
            dirty: BTreeSet::new(),
            unscheduled: BTreeSet::new(),
            unschedulable: BTreeSet::new(),
            retry: None,
            wake_pods: BTreeSet::new(),
            daemon_sets: BTreeSet::new(),
            recorder: Recorder::default(),
            fleet: vec![],
            happened: 0,
        };
        world.populate(now, api);
        // Pods were adopted as they were put in.
        for resource in CONTROLLERS {
            for object in api.objects(resource) {
                world.see(now, resource, object, false);
            }
        }
        world.cursor = api.resource_version();
        if world.options.troubles {
            world.populate_troubles(now, api);
        }
        world.step(now, api);
        world.schedule_scenario(now);
        world.schedule_task(now + node::HEARTBEAT_EVERY, Task::Heartbeat);
        world
    }

    /// Does everything that is due.
    pub fn step(&mut self, now: Timestamp, api: &mut ApiServer) {
        let mut tasks_left = TASKS_PER_STEP;
        for _ in 0..ROUNDS_PER_STEP {
            let before = (api.resource_version(), tasks_left);
            self.observe(now, api);
            while tasks_left > 0
                && let Some(entry) = self.timers.first_entry()
                && entry.key().0 <= now
            {
                let task = entry.remove();
                tasks_left -= 1;
                self.perform(now, api, task);
            }
            self.observe(now, api);
            for key in std::mem::take(&mut self.wake_pods) {
                if let Some(pod) = api.get(Resource::Pods, &key.0, &key.1) {
                    let value = pod.value();
                    self.plan_pod(now, &key, &value);
                }
            }
            for (resource, key) in std::mem::take(&mut self.dirty) {
                match resource {
                    Resource::Pods => self.collect_pod(now, api, &key),
                    _ => self.reconcile(now, api, resource, &key),
                }
            }
            self.observe(now, api);
            self.schedule_pods(now, api);
            if before == (api.resource_version(), tasks_left) {
                break;
            }
        }
        self.recorder.trim(now, api);
        self.observe(now, api);
    }

    /// When [`Self::step`] has something to do by itself.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.timers.first_key_value().map(|((due, _), _)| *due)
    }

    /// Sets how much happens by itself; see [`WorldOptions::churn`].
    pub fn set_churn(&mut self, now: Timestamp, churn: f64) {
        self.options.churn = churn;
        self.timers.retain(|_, task| *task != Task::Scenario);
        self.schedule_scenario(now);
    }

    fn schedule_task(&mut self, due: Timestamp, task: Task) -> (Timestamp, u64) {
        self.sequence += 1;
        let key = (due, self.sequence);
        self.timers.insert(key, task);
        key
    }

    fn perform(&mut self, now: Timestamp, api: &mut ApiServer, task: Task) {
        match task {
            Task::Kubelet(key, uid) => self.move_pod(now, api, &key, &uid),
            Task::RetryScheduling => {
                self.retry = None;
                self.unscheduled.append(&mut self.unschedulable);
            }
            Task::Workload(resource, key) => {
                self.dirty.insert((resource, key));
            }
            Task::Scenario => {
                self.happen(now, api);
                self.schedule_scenario(now);
            }
            Task::NodeReturns(name) => self.return_node(now, api, &name),
            Task::EvictFromLostNode(name) => self.evict_from_lost_node(now, api, &name),
            Task::Uncordon(name) => self.set_cordon(now, api, &name, false),
            Task::RelieveMemory(name) => self.set_memory_pressure(now, api, &name, false),
            Task::EndResize(key, uid) => self.end_resize(now, api, &key, &uid),
            Task::RollBack(key, image) => self.set_image(now, api, &key, &image),
            Task::RemoveGhost(key, uid) => self.remove_ghost(now, api, &key, &uid),
            Task::RemoveJob(key, uid) => {
                let options = DeleteOptions {
                    uid: Some(uid.into()),
                    ..DeleteOptions::default()
                };
                // It may have been deleted by hand.
                let _ = api.delete(now, Resource::Jobs, &key.0, &key.1, &options);
            }
            Task::Heartbeat => {
                self.beat(now, api);
                self.schedule_task(now + node::HEARTBEAT_EVERY, Task::Heartbeat);
            }
        }
    }

    /// Sees what changed since the last time.
    fn observe(&mut self, now: Timestamp, api: &ApiServer) {
        let version = api.resource_version();
        if version == self.cursor {
            return;
        }
        let floor = Resource::ALL
            .into_iter()
            .map(|resource| api.history_floor(resource))
            .max()
            .unwrap_or_default();
        if version < self.cursor || self.cursor < floor {
            // The past was restored, or forgotten before it was seen.
            self.resync(now, api);
            return;
        }
        let cursor = std::mem::replace(&mut self.cursor, version);
        for resource in [Resource::Nodes, Resource::Pods].into_iter().chain(CONTROLLERS) {
            for change in api.changes_after(resource, cursor) {
                let gone = change.kind == ChangeKind::Deleted;
                self.see(now, resource, &change.object, gone);
            }
        }
    }

    /// Forgets what it knows and looks at everything.
    fn resync(&mut self, now: Timestamp, api: &ApiServer) {
        self.pods.clear();
        self.nodes.clear();
        self.on_node.clear();
        self.owned.clear();
        self.unscheduled.clear();
        self.unschedulable.clear();
        self.timers.retain(|_, task| !matches!(task, Task::Kubelet(..)));
        self.cursor = api.resource_version();
        for resource in [Resource::Nodes, Resource::Pods].into_iter().chain(CONTROLLERS) {
            for object in api.objects(resource) {
                self.see(now, resource, object, false);
            }
        }
    }

    fn see(&mut self, now: Timestamp, resource: Resource, object: &Object, gone: bool) {
        match resource {
            Resource::Nodes => self.see_node(now, object, gone),
            Resource::Pods => self.see_pod(now, object, &object.value(), gone),
            _ => self.see_workload(resource, object, gone),
        }
    }

    fn see_workload(&mut self, resource: Resource, object: &Object, gone: bool) {
        let key = object.key();
        if resource == Resource::DaemonSets {
            match gone {
                true => self.daemon_sets.remove(&key),
                false => self.daemon_sets.insert(key.clone()),
            };
        }
        if let Some((owner, uid, name)) = controller(&object.value()) {
            let owned = self.owned.entry(uid).or_default();
            if gone {
                owned.remove(&(resource, key.clone()));
            } else {
                owned.insert((resource, key.clone()));
            }
            self.dirty.insert((owner, (key.0.clone(), name)));
        }
        if gone {
            // What it owned is garbage now.
            for (resource, key) in self.owned.remove(&object.uid).unwrap_or_default() {
                self.dirty.insert((resource, key));
            }
        } else {
            self.dirty.insert((resource, key));
        }
    }

    fn see_pod(&mut self, now: Timestamp, object: &Object, value: &Value, gone: bool) {
        let key = object.key();
        let before = self.pods.remove(&key);
        if let Some(before) = &before {
            if let Some(timer) = before.timer {
                self.timers.remove(&timer);
            }
            self.count_on_node(before, -1);
            if !before.node.is_empty()
                && let Some(pods) = self.on_node.get_mut(&before.node)
            {
                pods.remove(&key);
            }
        }
        self.unscheduled.remove(&key);
        let owner = controller(value);
        if let Some((resource, uid, name)) = &owner {
            let owned = self.owned.entry(uid.clone()).or_default();
            if gone {
                owned.remove(&(Resource::Pods, key.clone()));
            } else {
                owned.insert((Resource::Pods, key.clone()));
            }
            self.dirty.insert((*resource, (key.0.clone(), name.clone())));
        }
        if gone {
            self.unschedulable.remove(&key);
            self.retry_scheduling(now);
            return;
        }
        let same = before.as_ref().filter(|before| before.uid == object.uid);
        let bound_now = same.is_some_and(|before| before.node.is_empty()) && !object.field("spec.nodeName").is_empty();
        let since = same.filter(|_| !bound_now).map_or(now, |before| before.since);
        let state = pod_state(value, object, owner, since);
        self.count_on_node(&state, 1);
        if !state.node.is_empty() {
            self.on_node.entry(state.node.clone()).or_default().insert(key.clone());
        }
        if before.is_some_and(|before| before.uses_node()) && !state.uses_node() {
            self.retry_scheduling(now);
        }
        if state.node.is_empty() && !state.gated && !state.deleting && !state.is_finished() {
            if !self.unschedulable.contains(&key) {
                self.unscheduled.insert(key.clone());
            }
        } else {
            self.unschedulable.remove(&key);
        }
        self.pods.insert(key.clone(), state);
        self.plan_pod(now, &key, value);
    }

    /// Takes on a pod that is known already and to which nothing will happen by itself.
    fn adopt(&mut self, pod: &Object, state: PodState) {
        let key = pod.key();
        self.count_on_node(&state, 1);
        self.on_node.entry(state.node.clone()).or_default().insert(key.clone());
        if let Some((_, uid)) = &state.owner {
            let owned = self.owned.entry(uid.clone()).or_default();
            owned.insert((Resource::Pods, key.clone()));
        }
        self.pods.insert(key, state);
    }

    /// Sets the timer of a pod's next step.
    fn plan_pod(&mut self, now: Timestamp, key: &Key, value: &Value) {
        let Some(state) = self.pods.get_mut(key) else { return };
        if let Some(timer) = state.timer.take() {
            self.timers.remove(&timer);
        }
        if state.node.is_empty() {
            return;
        }
        let task = match self.nodes.get(&state.node) {
            Some(node) if node.down => None,
            Some(_) => kubelet::next(value, state.since).map(|(due, _)| {
                let task = Task::Kubelet(key.clone(), state.uid.clone());
                (due.max(now), task)
            }),
            None => Some((
                now + node::REMOVE_GHOSTS_AFTER,
                Task::RemoveGhost(key.clone(), state.uid.clone()),
            )),
        };
        let timer = task.map(|(due, task)| self.schedule_task(due, task));
        if let Some(state) = self.pods.get_mut(key) {
            state.timer = timer;
        }
    }

    /// Lets a pod's kubelet do what is due.
    fn move_pod(&mut self, now: Timestamp, api: &mut ApiServer, key: &Key, uid: &str) {
        let Some(object) = api.get(Resource::Pods, &key.0, &key.1).cloned() else {
            return;
        };
        let Some(state) = self.pods.get_mut(key) else { return };
        state.timer = None;
        if object.uid != uid || state.uid != uid {
            return;
        }
        let mut value = object.value();
        let Some((due, step)) = kubelet::next(&value, state.since) else {
            return;
        };
        if due > now {
            self.plan_pod(now, key, &value);
            return;
        }
        if step == Step::Remove {
            let options = DeleteOptions {
                uid: Some(uid.to_owned()),
                ..DeleteOptions::now()
            };
            // It may be gone already.
            let _ = api.delete(now, Resource::Pods, &key.0, &key.1, &options);
            return;
        }
        state.since = now;
        let ip = self
            .nodes
            .get(&state.node)
            .map_or_else(CompactString::default, |node| node.ip.clone());
        let node = state.node.clone();
        let notes = kubelet::apply(&mut value, step, &ip, now);
        // The world is the only writer of status between reading and writing here.
        let written = api.update(now, Resource::Pods, &key.0, &key.1, Part::All, value);
        if let Ok(pod) = written {
            for (warning, reason, message) in notes {
                self.recorder
                    .record(now, api, &pod, warning, reason, &message, "kubelet", &node);
            }
            if pod.resource_version == object.resource_version {
                // Nothing changed, so nothing will be observed: plan on.
                let value = pod.value();
                self.plan_pod(now, key, &value);
            }
        }
    }

    fn count_on_node(&mut self, pod: &PodState, sign: i64) {
        if !pod.uses_node() {
            return;
        }
        if let Some(node) = self.nodes.get_mut(&pod.node) {
            node.used_cpu_millis += sign * pod.cpu_millis;
            node.used_memory_millis += sign * pod.memory_millis;
            node.used_pods += sign;
        }
    }

    /// Tries again at a time, or before if that is planned already.
    fn retry_scheduling_at(&mut self, due: Timestamp) {
        if let Some(planned) = self.retry {
            if planned.0 <= due {
                return;
            }
            self.timers.remove(&planned);
        }
        self.retry = Some(self.schedule_task(due, Task::RetryScheduling));
    }

    /// Tries again soon to schedule what did not fit.
    fn retry_scheduling(&mut self, now: Timestamp) {
        if !self.unschedulable.is_empty() {
            self.retry_scheduling_at(now + Duration::from_secs(1));
        }
    }
}

/// The controller of an object: its resource, uid and name.
fn controller(value: &Value) -> Option<(Resource, CompactString, CompactString)> {
    let owners = value["metadata"]["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let resource = Resource::find_kind(owner["kind"].as_str()?)?;
    Some((resource, owner["uid"].as_str()?.into(), owner["name"].as_str()?.into()))
}

fn pod_state(
    value: &Value,
    object: &Object,
    owner: Option<(Resource, CompactString, CompactString)>,
    since: Timestamp,
) -> PodState {
    let (spec, status) = (&value["spec"], &value["status"]);
    let requested = |what: &str| -> i64 {
        // What no node can grant does not count.
        let held = match resize::is_infeasible(value) {
            true => &status["containerStatuses"],
            false => &spec["containers"],
        };
        held.as_array()
            .into_iter()
            .flatten()
            .filter_map(|container| container["resources"]["requests"][what].as_str())
            .filter_map(quantity::millis)
            .sum()
    };
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let hash = object
        .label("pod-template-hash")
        .or_else(|| object.label("controller-revision-hash"));
    PodState {
        uid: object.uid.clone(),
        node: object.field("spec.nodeName").into(),
        cpu_millis: requested("cpu"),
        memory_millis: requested("memory"),
        owner: owner.map(|(resource, uid, _)| (resource, uid)),
        phase: match object.field("status.phase") {
            "Running" => Phase::Running,
            "Succeeded" => Phase::Succeeded,
            "Failed" => Phase::Failed,
            _ => Phase::Pending,
        },
        ready: conditions
            .into_iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True"),
        deleting: value["metadata"]["deletionTimestamp"].is_string(),
        gated: spec["schedulingGates"]
            .as_array()
            .is_some_and(|gates| !gates.is_empty()),
        created: value["metadata"]["creationTimestamp"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(since),
        hash: hash.unwrap_or_default().into(),
        since,
        timer: None,
    }
}
