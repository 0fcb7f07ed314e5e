//! What was ever true, to hold against what the store says.

use hashbrown::HashMap;

use k8bit::resource::{Node, Pod, Resource, ResourceInterner, Uid};
use k8bit_simulator::api::{ApiServer, Object, Resource as Kind};

/// Every version of every object that the server ever held.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    nodes: Versions<Node>,
    pods: Versions<Pod>,
    interner: ResourceInterner,
    /// Up to which version changes have been taken down.
    seen: u64,
}

/// After a restore, one version number may name two states.
type Versions<K> = HashMap<(Uid, String), Vec<K>>;

impl Truth {
    /// Takes down what the server holds now, and what it held in between.
    pub(crate) fn record(&mut self, api: &ApiServer) {
        let now = api.resource_version();
        if now != self.seen {
            // Rewound: what comes now has old numbers.
            let since = if now < self.seen { 0 } else { self.seen };
            record::<Node>(&mut self.nodes, api, Kind::Nodes, since, &mut self.interner);
            record::<Pod>(&mut self.pods, api, Kind::Pods, since, &mut self.interner);
            self.seen = now;
        }
    }

    pub(crate) fn knows_pod(&self, pod: &Pod) -> bool {
        knows(&self.pods, pod)
    }

    pub(crate) fn knows_node(&self, node: &Node) -> bool {
        knows(&self.nodes, node)
    }

    /// How many distinct versions there were.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len() + self.pods.len()
    }
}

fn record<K: Resource<Interner = ResourceInterner>>(
    versions: &mut Versions<K>,
    api: &ApiServer,
    kind: Kind,
    since: u64,
    interner: &mut ResourceInterner,
) {
    let present = api.objects(kind).filter(|object| object.resource_version > since);
    let since_then = api.changes_after(kind, since).map(|change| &change.object);
    for object in present.chain(since_then) {
        let projection = decode::<K>(object, interner);
        let known = versions.entry(identity(&projection)).or_default();
        if !known.contains(&projection) {
            known.push(projection);
        }
    }
}

fn knows<K: Resource<Interner = ResourceInterner>>(versions: &Versions<K>, object: &K) -> bool {
    versions
        .get(&identity(object))
        .is_some_and(|known| known.contains(object))
}

fn identity<K: Resource<Interner = ResourceInterner>>(object: &K) -> (Uid, String) {
    let meta = object.meta();
    (
        meta.uid.clone(),
        meta.resource_version
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    )
}

/// The server's object as the projection that a client should have of it.
pub(crate) fn decode<K: Resource<Interner = ResourceInterner>>(object: &Object, interner: &mut ResourceInterner) -> K {
    K::decode(object.json(), interner).expect("the server's objects decode")
}
