//! What the pods of one workload have in common, kept once.
//!
//! The pods of a ReplicaSet have the same labels, images, requests and owner. Held by each of 150,000 pods they would be
//! most of what a pod takes; a [`PodTemplate`] is shared by all that equal it. A template that is known is found from the
//! receive buffer without an allocation.

use std::{
    hash::{BuildHasher, Hash, Hasher},
    sync::Arc,
};

use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};
use k8bit_informer::{Intern as _, Interner, wire::Str};

use crate::limits::MAX_AMOUNT;

use super::{Quantity, SharedStr, wire};

/// See the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTemplate {
    /// `metadata.labels`.
    pub labels: Labels,
    /// The controlling owner reference.
    pub owner: Option<Owner>,
    /// The images of all containers, in their order, init containers first; each once.
    pub images: Box<[SharedStr]>,
    /// What the scheduler reserves for the pod.
    pub requests: Amounts,
    /// `status.qosClass`; `None` where the server says nothing that is known.
    pub qos: Option<QosClass>,
}

/// Labels, sorted by key, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Box<[(SharedStr, SharedStr)]>);

/// The owner reference with `controller: true`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Its API group and version: `apps/v1`.
    pub api_version: SharedStr,
    /// `ReplicaSet`, `Job`, `Node` for a static pod.
    pub kind: SharedStr,
    /// Its name.
    pub name: SharedStr,
}

/// Processor time and memory: of a pod, of a node, or summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amounts {
    /// Thousandths of a core.
    pub cpu_millis: u64,
    /// Bytes.
    pub memory_bytes: u64,
}

/// `status.qosClass`; <https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QosClass {
    /// Limits equal requests, in every container.
    Guaranteed,
    /// Some requests or limits.
    Burstable,
    /// None at all: the first to be evicted.
    BestEffort,
}

impl Labels {
    /// The value of a label.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&SharedStr> {
        let index = self.0.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()?;
        Some(&self.0[index].1)
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&SharedStr, &SharedStr)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// How many labels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of pairs that are sorted by key, each key once.
    pub(super) fn intern(pairs: &[(Str<'_>, Str<'_>)], interner: &mut Interner) -> Self {
        let pairs = pairs
            .iter()
            .map(|(key, value)| (interner.intern(key), interner.intern(value)));
        Self(pairs.collect())
    }
}

/// From pairs in any order; of a key that comes twice the last one counts.
impl<'p> FromIterator<(&'p str, &'p str)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'p str, &'p str)>>(pairs: I) -> Self {
        let pairs: std::collections::BTreeMap<_, _> = pairs.into_iter().collect();
        Self(
            pairs
                .into_iter()
                .map(|(key, value)| (SharedStr::new(key), SharedStr::new(value)))
                .collect(),
        )
    }
}

impl Amounts {
    /// Both added up. No sum over a cluster overflows, because each amount is at most [`MAX_AMOUNT`].
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_add(other.cpu_millis),
            memory_bytes: self.memory_bytes.saturating_add(other.memory_bytes),
        }
    }

    /// What is left of both; nothing where more is taken than there is.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_sub(other.cpu_millis),
            memory_bytes: self.memory_bytes.saturating_sub(other.memory_bytes),
        }
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.max(other.cpu_millis),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
        }
    }

    pub(super) fn of(list: &wire::ResourceList) -> Self {
        let positive = |value: i64| u64::try_from(value).unwrap_or(0).min(MAX_AMOUNT);
        Self {
            cpu_millis: list.cpu.map_or(0, |cpu| positive(cpu.milli_value())),
            memory_bytes: list.memory.map_or(0, |memory| positive(memory.value())),
        }
    }

    /// What the scheduler reserves, by `PodRequests` of `k8s.io/component-helpers/resource/helpers.go` with
    /// `UseStatusResources` in Kubernetes 1.36: the sum of the containers and sidecars, or what the init phase needs at its
    /// height if that is more; what the pod asks for as a whole instead, where it does; and its overhead.
    pub(super) fn requested(pod: &wire::Pod<'_>) -> Self {
        let (spec, status) = (&pod.spec, &pod.status);
        let resize = status.conditions.iter().find(|it| &*it.kind == "PodResizePending");
        let is_infeasible = resize.is_some_and(|it| &*it.reason == "Infeasible");
        let statuses = StatusesByName::of(&status.containers);
        let mut running = spec
            .containers
            .iter()
            .map(|container| Self::held(container, &statuses, is_infeasible))
            .fold(Self::default(), Self::plus);
        let statuses = StatusesByName::of(&status.init_containers);
        let mut sidecars = Self::default();
        let mut init = Self::default();
        for container in &spec.init_containers {
            let needed = if container.is_sidecar() {
                let requests = Self::held(container, &statuses, is_infeasible);
                running = running.plus(requests);
                sidecars = sidecars.plus(requests);
                sidecars
            } else {
                Self::of(&container.resources.requests).plus(sidecars)
            };
            init = init.max(needed);
        }
        Self::instead(running.max(init), &whole_requests(pod, is_infeasible)).plus(Self::of(&spec.overhead))
    }

    /// What the whole pod asks for in place of the sum of its containers, resource by resource.
    fn instead(sum: Self, whole: &wire::ResourceList) -> Self {
        let asked = Self::of(whole);
        Self {
            cpu_millis: whole.cpu.map_or(sum.cpu_millis, |_| asked.cpu_millis),
            memory_bytes: whole.memory.map_or(sum.memory_bytes, |_| asked.memory_bytes),
        }
    }

    /// Of a container that goes on running, by `determineContainerReqs` there. While it is resized in place it holds the
    /// most of what it asks for, was allocated and has; what no node can give it does not count.
    fn held(container: &wire::Container<'_>, statuses: &StatusesByName<'_>, is_infeasible: bool) -> Self {
        let asked = Self::of(&container.resources.requests);
        let Some((status, actual)) = statuses
            .named(&container.name)
            .and_then(|it| Some((it, it.resources.as_ref()?)))
        else {
            return asked;
        };
        let held = Self::of(&actual.requests).max(Self::of(&status.allocated));
        if is_infeasible { held } else { held.max(asked) }
    }
}

/// So many are compared one by one. Of more there is a table: no pod costs more than its size.
const FEW: usize = 16;

/// The statuses of containers by name; of two with the same name, the first.
struct StatusesByName<'p> {
    list: &'p [wire::ContainerStatus<'p>],
    /// Empty if they are few.
    by_name: HashMap<&'p str, &'p wire::ContainerStatus<'p>>,
}

impl<'p> StatusesByName<'p> {
    fn of(list: &'p [wire::ContainerStatus<'p>]) -> Self {
        let mut by_name = HashMap::new();
        if list.len() > FEW {
            for status in list {
                by_name.entry(&*status.name).or_insert(status);
            }
        }
        Self { list, by_name }
    }

    fn named(&self, name: &str) -> Option<&'p wire::ContainerStatus<'p>> {
        if self.list.len() > FEW {
            self.by_name.get(name).copied()
        } else {
            self.list.iter().find(|status| *status.name == *name)
        }
    }
}

/// What a pod asks for as a whole, by `effectivePodLevelResources` there: while it is resized, the most of that, of what
/// was allocated and of what it has. The status counts only for a pod that asks for something as a whole, because that of
/// any other repeats the sum of its containers.
fn whole_requests(pod: &wire::Pod<'_>, is_infeasible: bool) -> wire::ResourceList {
    let (asked, status) = (&pod.spec.resources.requests, &pod.status);
    let is_asked = asked.cpu.is_some() || asked.memory.is_some();
    let actual = status.resources.as_ref().filter(|_| is_asked);
    let most = |amount: fn(&wire::ResourceList) -> Option<Quantity>| match actual {
        None => amount(asked),
        Some(actual) => {
            let asked = amount(asked).filter(|_| !is_infeasible);
            asked.max(amount(&actual.requests)).max(amount(&status.allocated))
        }
    };
    wire::ResourceList {
        cpu: most(|list| list.cpu),
        memory: most(|list| list.memory),
        pods: None,
    }
}

impl QosClass {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guaranteed => "Guaranteed",
            Self::Burstable => "Burstable",
            Self::BestEffort => "BestEffort",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Guaranteed, Self::Burstable, Self::BestEffort]
            .into_iter()
            .find(|class| class.as_str() == text)
    }
}

/// The images of a pod's containers in their order, each once.
fn images<'p>(pod: &'p wire::Pod<'_>) -> Vec<&'p str> {
    let mut images = Vec::new();
    // Allocates nothing while it is empty.
    let mut seen = HashSet::new();
    for container in pod.spec.init_containers.iter().chain(&pod.spec.containers) {
        let image = &*container.image;
        if images.len() == FEW && seen.is_empty() {
            seen.extend(images.iter().copied());
        }
        let is_known = if seen.is_empty() {
            images.contains(&image)
        } else {
            seen.contains(image)
        };
        if image.is_empty() || is_known {
            continue;
        }
        if !seen.is_empty() {
            seen.insert(image);
        }
        images.push(image);
    }
    images
}

/// A template as it lies in the receive buffer.
struct Draft<'p> {
    labels: &'p [(Str<'p>, Str<'p>)],
    owner: Option<(&'p str, &'p str, &'p str)>,
    images: Vec<&'p str>,
    requests: Amounts,
    qos: Option<QosClass>,
}

impl<'p> Draft<'p> {
    fn of(pod: &'p wire::Pod<'_>) -> Self {
        let controller = pod.metadata.owners.iter().find(|owner| owner.controller);
        Self {
            labels: &pod.metadata.labels.0,
            owner: controller.map(|owner| (&*owner.api_version, &*owner.kind, &*owner.name)),
            images: images(pod),
            requests: Amounts::requested(pod),
            qos: QosClass::parse(&pod.status.qos_class),
        }
    }

    fn is(&self, template: &PodTemplate) -> bool {
        let pairs = template.labels.0.iter().map(|(key, value)| (&**key, &**value));
        let owner = template
            .owner
            .as_ref()
            .map(|owner| (&*owner.api_version, &*owner.kind, &*owner.name));
        self.requests == template.requests
            && self.qos == template.qos
            && self.owner == owner
            && self
                .images
                .iter()
                .copied()
                .eq(template.images.iter().map(|image| &**image))
            && self.labels.iter().map(|(key, value)| (&**key, &**value)).eq(pairs)
    }

    fn intern(&self, interner: &mut Interner) -> PodTemplate {
        PodTemplate {
            labels: Labels::intern(self.labels, interner),
            owner: self.owner.map(|(api_version, kind, name)| Owner {
                api_version: interner.intern(api_version),
                kind: interner.intern(kind),
                name: interner.intern(name),
            }),
            images: self.images.iter().map(|image| interner.intern(image)).collect(),
            requests: self.requests,
            qos: self.qos,
        }
    }
}

/// What templates are found by: the labels and the owner tell nearly all of them apart.
fn hash<'p>(
    hasher: &DefaultHashBuilder,
    labels: impl Iterator<Item = (&'p str, &'p str)>,
    owner: Option<(&'p str, &'p str, &'p str)>,
) -> u64 {
    let mut hasher = hasher.build_hasher();
    for pair in labels {
        pair.hash(&mut hasher);
    }
    owner.hash(&mut hasher);
    hasher.finish()
}

/// Every template that some pod holds, once.
#[derive(Debug, Default)]
pub(super) struct Templates {
    table: HashTable<Arc<PodTemplate>>,
    /// Seeded, because whoever may create pods chooses the labels.
    hasher: DefaultHashBuilder,
}

impl Templates {
    /// The one shared template of the pod.
    pub(super) fn intern(&mut self, pod: &wire::Pod<'_>, interner: &mut Interner) -> Arc<PodTemplate> {
        let draft = Draft::of(pod);
        let pairs = draft.labels.iter().map(|(key, value)| (&**key, &**value));
        let hash = hash(&self.hasher, pairs, draft.owner);
        if let Some(known) = self.table.find(hash, |known| draft.is(known)) {
            return Arc::clone(known);
        }
        let template = Arc::new(draft.intern(interner));
        let hasher = &self.hasher;
        self.table
            .insert_unique(hash, Arc::clone(&template), |known| hash_of(hasher, known));
        template
    }

    /// Drops those that nobody else holds.
    pub(super) fn release(&mut self) {
        self.table.retain(|template| Arc::strong_count(template) > 1);
        let hasher = &self.hasher;
        self.table.shrink_to_fit(|known| hash_of(hasher, known));
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }
}

fn hash_of(hasher: &DefaultHashBuilder, template: &PodTemplate) -> u64 {
    let pairs = template.labels.0.iter().map(|(key, value)| (&**key, &**value));
    let owner = template
        .owner
        .as_ref()
        .map(|owner| (&*owner.api_version, &*owner.kind, &*owner.name));
    hash(hasher, pairs, owner)
}
