//! The cluster as it is, kept up by informers.
//!
//! One informer for the nodes, one for the pods (or one for each namespace), the stores they fill and the cluster that
//! joins them. Sans-IO like the informers: the browser drives it over `fetch`, the simulation over a faulty network on
//! virtual time, and both drive the same code.

use std::time::Duration;

use k8bit_informer::{
    Event, Informer, InformerConfig, Output,
    api_path::Segment,
    failure::{Cause, End, ResponseHead, Verb},
    request::{Collection, Request, RequestId},
    store::{Change, Scope, Store},
    transport::TransportState,
};
use k8s_openapi::api::core::v1 as core;

use crate::{
    clock::Moment,
    cluster::Cluster,
    config::Config,
    connection::{self, Connection, KindConnection},
    diagnostics::{Diagnostics, KindDiagnostics, Observer, StoreDiagnostics, TransitionLog},
    limits::MIN_INTERNED,
    resource::{Node, Pod, Resource, ResourceInterner, ResourceVersion},
};

/// Which informer: 0 is the nodes', the others are the pods', in the order of [`Config::namespaces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(pub usize);

/// What the driver is to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make this request, and hand back what comes of it under this name.
    Send(CollectionId, Request),
    /// Give it up.
    Abort(CollectionId, RequestId),
}

/// See the [module](self).
#[derive(Debug)]
pub struct ClusterCache {
    nodes: WatchedCollection<Node>,
    pods: Vec<WatchedCollection<Pod>>,
    node_store: Store<Node>,
    pod_store: Store<Pod>,
    cluster: Cluster,
    interner: ResourceInterner,
    /// Strings that were interned after the last release: the next one is due when they have doubled.
    interned: usize,
    rate: EventRate,
    log: TransitionLog,
}

/// An informer and the part of the store that is its own.
#[derive(Debug)]
struct WatchedCollection<K: Resource> {
    informer: Informer<K>,
    scope: Scope,
    observer: Observer,
}

/// Events in the last full second.
#[derive(Debug, Default)]
struct EventRate {
    second: u64,
    current: u32,
    previous: u32,
}

impl ClusterCache {
    /// A cluster cache that begins with [`ClusterCache::resume`]. `seed` decides all jitter.
    #[must_use]
    pub fn new(config: &Config, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let chosen = InformerConfig::listing(config.initial);
        let nodes = Collection::of::<core::Node>().with_root(config.root.clone());
        let pods = Collection::of::<core::Pod>().with_root(config.root.clone());
        let namespaces: Vec<Option<Segment>> = match &config.namespaces[..] {
            [] => vec![None],
            namespaces => namespaces.iter().cloned().map(Some).collect(),
        };
        Self {
            nodes: WatchedCollection {
                informer: Informer::new(nodes, chosen.clone(), random.u64(..)),
                scope: Scope::Cluster,
                observer: Observer::default(),
            },
            pods: namespaces
                .into_iter()
                .map(|namespace| pods.clone().with_namespace(namespace))
                .map(|pods| WatchedCollection {
                    scope: Scope::of(&pods),
                    informer: Informer::new(pods, chosen.clone(), random.u64(..)),
                    observer: Observer::default(),
                })
                .collect(),
            node_store: Store::default(),
            pod_store: Store::default(),
            cluster: Cluster::default(),
            interner: ResourceInterner::default(),
            interned: 0,
            rate: EventRate::default(),
            log: TransitionLog::default(),
        }
    }

    // What it holds.

    /// The joined picture.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The joined model, for the caller who takes what became dirty.
    pub fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    /// Every node.
    #[must_use]
    pub fn nodes(&self) -> &Store<Node> {
        &self.node_store
    }

    /// Every pod.
    #[must_use]
    pub fn pods(&self) -> &Store<Pod> {
        &self.pod_store
    }

    /// The informer of the nodes.
    #[must_use]
    pub fn node_informer(&self) -> &Informer<Node> {
        &self.nodes.informer
    }

    /// The informers of the pods, one for each namespace that is watched.
    pub fn pod_informers(&self) -> impl Iterator<Item = &Informer<Pod>> {
        self.pods.iter().map(|collection| &collection.informer)
    }

    /// The versions that the next watches begin after: the nodes', and the pods' of each namespace.
    #[must_use]
    pub fn resource_versions(&self) -> (Option<&ResourceVersion>, Vec<Option<&ResourceVersion>>) {
        (
            self.nodes.informer.resource_version(),
            self.pod_informers().map(Informer::resource_version).collect(),
        )
    }

    /// What its informers have learnt of the way to the server.
    #[must_use]
    pub fn transport(&self) -> TransportState {
        let of_pods = self.pod_informers().map(Informer::transport);
        of_pods.fold(self.nodes.informer.transport(), TransportState::and)
    }

    /// What an earlier page has learnt of the way to the server.
    pub fn set_transport(&mut self, transport: TransportState) {
        self.nodes.informer.set_transport(transport);
        for collection in &mut self.pods {
            collection.informer.set_transport(transport);
        }
    }

    /// Whether a first list is arriving: what is there of it is a part.
    #[must_use]
    pub fn is_filling(&self) -> bool {
        fn fills<K: Resource>(informer: &Informer<K>) -> bool {
            !informer.is_synced() && informer.listing().is_some()
        }
        fills(&self.nodes.informer) || self.pod_informers().any(fills)
    }

    /// Whether changes of everything that is shown are received. While a part receives none, its current state is unknown.
    #[must_use]
    pub fn is_heard(&self, now: Duration) -> bool {
        let nodes = &self.nodes.informer;
        let mut pods = self.pod_informers().filter(|informer| informer.is_synced());
        (!nodes.is_synced() || connection::is_heard(nodes, now))
            && pods.all(|informer| connection::is_heard(informer, now))
    }

    /// What the connection is worth, in words.
    #[must_use]
    pub fn connection(&self, clock: Moment) -> Connection {
        let nodes = self.nodes.connection(clock, &self.node_store);
        let pods = self
            .pods
            .iter()
            .map(|collection| collection.connection(clock, &self.pod_store));
        let kinds = std::iter::once(nodes).chain(pods).collect();
        connection::of_kinds(kinds, self.rate.per_second(clock.monotonic))
    }

    /// What a bug report needs to know.
    #[must_use]
    pub fn diagnostics(&self, clock: Moment) -> Diagnostics {
        let pods = self.pods.iter().map(|collection| collection.diagnose(clock));
        let stores = vec![
            StoreDiagnostics::of("nodes", &self.node_store),
            StoreDiagnostics::of("pods", &self.pod_store),
        ];
        let kinds = std::iter::once(self.nodes.diagnose(clock)).chain(pods).collect();
        Diagnostics::new(clock.wall, kinds, stores, &self.log)
    }

    // What it wants.

    /// When [`ClusterCache::handle_timeout`] is to be called, unless something comes first.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        let pods = self
            .pods
            .iter()
            .filter_map(|collection| collection.informer.next_timeout());
        self.nodes.informer.next_timeout().into_iter().chain(pods).min()
    }

    // What happens to it. Each hands the driver what it is to do.

    /// Begins, or doubts every connection. See [`Informer::resume`].
    pub fn resume(&mut self, clock: Moment, tasks: &mut Vec<Action>) {
        self.nodes.informer.resume(clock.monotonic);
        for collection in &mut self.pods {
            collection.informer.resume(clock.monotonic);
        }
        self.drain_all(clock, tasks);
    }

    /// Gives every connection up until [`ClusterCache::resume`].
    pub fn pause(&mut self, clock: Moment, tasks: &mut Vec<Action>) {
        self.nodes.informer.pause(clock.monotonic);
        for collection in &mut self.pods {
            collection.informer.pause(clock.monotonic);
        }
        self.drain_all(clock, tasks);
    }

    /// Forgets the whole picture, for [`ClusterCache::resume`] to ask for it again: from now on requests are those of another user, who
    /// may see less.
    pub fn start_over(&mut self, clock: Moment, tasks: &mut Vec<Action>) {
        self.nodes.informer.start_over(clock.monotonic);
        for collection in &mut self.pods {
            collection.informer.start_over(clock.monotonic);
        }
        self.drain_all(clock, tasks);
        self.cluster.set_unknown();
        self.interner.release();
    }

    /// The user may have logged in. See [`Informer::retry_sign_in`].
    pub fn retry_sign_in(&mut self, clock: Moment, tasks: &mut Vec<Action>) {
        self.nodes.informer.retry_sign_in(clock.monotonic);
        for collection in &mut self.pods {
            collection.informer.retry_sign_in(clock.monotonic);
        }
        self.drain_all(clock, tasks);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, clock: Moment, tasks: &mut Vec<Action>) {
        self.nodes.informer.handle_timeout(clock.monotonic);
        for collection in &mut self.pods {
            collection.informer.handle_timeout(clock.monotonic);
        }
        self.drain_all(clock, tasks);
    }

    /// Takes the headers of a response.
    pub fn handle_response(
        &mut self,
        clock: Moment,
        stream: CollectionId,
        attempt: RequestId,
        head: ResponseHead,
        tasks: &mut Vec<Action>,
    ) {
        match stream.0.checked_sub(1) {
            None => self.nodes.informer.handle_response(clock.monotonic, attempt, head),
            Some(index) => {
                if let Some(collection) = self.pods.get_mut(index) {
                    collection.informer.handle_response(clock.monotonic, attempt, head);
                }
            }
        }
        self.drain(clock, stream, tasks);
    }

    /// A piece of a body has come.
    pub fn handle_body(
        &mut self,
        clock: Moment,
        stream: CollectionId,
        attempt: RequestId,
        bytes: &[u8],
        tasks: &mut Vec<Action>,
    ) {
        match stream.0.checked_sub(1) {
            None => self
                .nodes
                .informer
                .handle_body(clock.monotonic, attempt, bytes, &mut self.interner),
            Some(index) => {
                if let Some(collection) = self.pods.get_mut(index) {
                    collection
                        .informer
                        .handle_body(clock.monotonic, attempt, bytes, &mut self.interner);
                }
            }
        }
        self.drain(clock, stream, tasks);
    }

    /// The carrier that a request names is not available.
    pub fn handle_no_carrier(
        &mut self,
        clock: Moment,
        stream: CollectionId,
        attempt: RequestId,
        tasks: &mut Vec<Action>,
    ) {
        match stream.0.checked_sub(1) {
            None => self.nodes.informer.handle_no_carrier(clock.monotonic, attempt),
            Some(index) => {
                if let Some(collection) = self.pods.get_mut(index) {
                    collection.informer.handle_no_carrier(clock.monotonic, attempt);
                }
            }
        }
        self.drain(clock, stream, tasks);
    }

    /// A response is over, or there was none.
    pub fn handle_end(
        &mut self,
        clock: Moment,
        stream: CollectionId,
        attempt: RequestId,
        end: End,
        tasks: &mut Vec<Action>,
    ) {
        match stream.0.checked_sub(1) {
            None => self
                .nodes
                .informer
                .handle_end(clock.monotonic, attempt, end, &mut self.interner),
            Some(index) => {
                if let Some(collection) = self.pods.get_mut(index) {
                    collection
                        .informer
                        .handle_end(clock.monotonic, attempt, end, &mut self.interner);
                }
            }
        }
        self.drain(clock, stream, tasks);
    }

    fn drain_all(&mut self, clock: Moment, tasks: &mut Vec<Action>) {
        for index in 0..=self.pods.len() {
            self.drain(clock, CollectionId(index), tasks);
        }
    }

    /// Takes what an informer has to say: events into the store and from there into the cluster, requests to the
    /// driver.
    fn drain(&mut self, clock: Moment, stream: CollectionId, tasks: &mut Vec<Action>) {
        match stream.0.checked_sub(1) {
            None => {
                let (changes, events) = self.nodes.drain(clock.monotonic, stream, &mut self.node_store, tasks);
                self.rate.count(clock.monotonic, events);
                self.cluster.apply_nodes(&changes, clock.wall);
                self.cluster.set_nodes_known(self.nodes_are_known());
                self.nodes.observe(clock, &mut self.log);
            }
            Some(index) => {
                if let Some(collection) = self.pods.get_mut(index) {
                    let (changes, events) = collection.drain(clock.monotonic, stream, &mut self.pod_store, tasks);
                    self.rate.count(clock.monotonic, events);
                    self.cluster.apply_pods(&changes, clock.wall);
                    collection.observe(clock, &mut self.log);
                }
                if self.pods.iter().all(|collection| collection.informer.is_synced()) {
                    self.cluster.set_pods_known();
                }
            }
        }
        let now = clock.monotonic;
        let nodes_heard = connection::is_kept_up(&self.nodes.informer, now);
        let pods_heard = self
            .pods
            .iter()
            .all(|collection| connection::is_kept_up(&collection.informer, now));
        self.cluster.set_heard(nodes_heard, pods_heard, clock.wall);
        if self.interner.len() > self.interned.saturating_mul(2).max(MIN_INTERNED) {
            self.interner.release();
            self.interned = self.interner.len();
        }
    }

    /// Whether a pod's node that is not among the nodes is missing, or only not ours to see.
    fn nodes_are_known(&self) -> bool {
        let informer = &self.nodes.informer;
        let hidden = informer
            .failure()
            .is_some_and(|failure| failure.cause == Cause::Forbidden && failure.verb == Verb::List);
        informer.is_synced() && !hidden
    }
}

impl<K: Resource> WatchedCollection<K> {
    /// What changed in the store, and how many events of a watch there were; the objects of a list are none.
    fn drain(
        &mut self,
        now: Duration,
        stream: CollectionId,
        store: &mut Store<K>,
        tasks: &mut Vec<Action>,
    ) -> (Vec<Change<K>>, usize) {
        let (mut changes, mut events) = (Vec::new(), 0);
        while let Some(output) = self.informer.poll_output() {
            match output {
                Output::Send(request) => tasks.push(Action::Send(stream, request)),
                Output::Abort(attempt) => tasks.push(Action::Abort(stream, attempt)),
                Output::Event(event) => {
                    events += usize::from(matches!(event, Event::Apply(_) | Event::Delete(_)));
                    store.handle(&self.scope, event, &mut changes);
                }
                Output::Count(counted) => self.informer.compare_count(now, store.count(&self.scope), counted),
            }
        }
        (changes, events)
    }

    fn connection(&self, clock: Moment, store: &Store<K>) -> KindConnection {
        let mut kind = connection::of_informer(&self.informer, clock);
        connection::note_left_out(&mut kind, self.informer.collection(), store);
        kind
    }

    fn observe(&mut self, clock: Moment, log: &mut TransitionLog) {
        self.observer.observe(&self.informer, clock, log);
    }

    fn diagnose(&self, clock: Moment) -> KindDiagnostics {
        self.observer.diagnose(&self.informer, clock)
    }
}

impl EventRate {
    fn count(&mut self, now: Duration, events: usize) {
        self.move_to(now.as_secs());
        self.current = self.current.saturating_add(u32::try_from(events).unwrap_or(u32::MAX));
    }

    fn move_to(&mut self, second: u64) {
        if second != self.second {
            self.previous = if second == self.second + 1 { self.current } else { 0 };
            self.current = 0;
            self.second = second;
        }
    }

    fn per_second(&self, now: Duration) -> u32 {
        match now.as_secs().saturating_sub(self.second) {
            0 => self.previous,
            1 => self.current,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::PictureClock;
    use crate::resource::Timestamp;

    fn at(seconds: u64) -> Moment {
        Moment {
            monotonic: Duration::from_secs(seconds),
            wall: Timestamp(0),
        }
    }

    const NODES: CollectionId = CollectionId(0);

    /// Answers the newest request for nodes.
    fn answer(cache: &mut ClusterCache, tasks: &mut Vec<Action>, second: u64, body: &str) -> RequestId {
        let asked = tasks.drain(..).rev().find_map(|task| match task {
            Action::Send(NODES, request) => Some(request.attempt),
            _ => None,
        });
        let attempt = asked.expect("it is asked for");
        let head = ResponseHead {
            code: 200,
            ..ResponseHead::default()
        };
        cache.handle_response(at(second), NODES, attempt, head, tasks);
        cache.handle_body(at(second), NODES, attempt, body.as_bytes(), tasks);
        attempt
    }

    /// Nodes and pods are listed and watched.
    fn live() -> (ClusterCache, Vec<(CollectionId, RequestId)>) {
        let mut cache = ClusterCache::new(&Config::default(), 1);
        let mut tasks = Vec::new();
        cache.resume(at(0), &mut tasks);
        let head = || ResponseHead {
            code: 200,
            ..ResponseHead::default()
        };
        let asked = |tasks: &mut Vec<Action>| -> Vec<(CollectionId, RequestId)> {
            let sent = tasks.drain(..).filter_map(|task| match task {
                Action::Send(stream, request) => Some((stream, request.attempt)),
                Action::Abort(..) => None,
            });
            sent.collect()
        };
        for (stream, attempt) in asked(&mut tasks) {
            let kind = if stream == NODES { "NodeList" } else { "PodList" };
            let list = format!(r#"{{"kind":"{kind}","metadata":{{"resourceVersion":"7"}},"items":[]}}"#);
            cache.handle_response(at(0), stream, attempt, head(), &mut tasks);
            cache.handle_body(at(0), stream, attempt, list.as_bytes(), &mut tasks);
            cache.handle_end(at(0), stream, attempt, End::Clean, &mut tasks);
        }
        let watches = asked(&mut tasks);
        for (stream, attempt) in &watches {
            cache.handle_response(at(0), *stream, *attempt, head(), &mut tasks);
        }
        (cache, watches)
    }

    #[test]
    fn of_one_user_another_one_sees_nothing() {
        let (mut cache, watches) = live();
        let mut tasks = Vec::new();
        for (stream, attempt) in watches {
            let kind = if stream == NODES { "Node" } else { "Pod" };
            let event = format!(
                r#"{{"type":"ADDED","object":{{"kind":"{kind}","metadata":{{"name":"a","uid":"1","resourceVersion":"8"}}}}}}"#
            );
            cache.handle_body(at(1), stream, attempt, format!("{event}\n").as_bytes(), &mut tasks);
        }
        assert_eq!((cache.nodes().len(), cache.pods().len()), (1, 1));
        assert!(cache.cluster().are_nodes_known() && cache.cluster().are_pods_known());
        tasks.clear();

        cache.start_over(at(2), &mut tasks);
        let all_are_given_up = tasks.iter().all(|task| matches!(task, Action::Abort(..)));
        assert!(all_are_given_up && tasks.len() == 2, "{tasks:?}");
        assert_eq!((cache.nodes().len(), cache.pods().len()), (0, 0));
        let cluster = cache.cluster();
        assert!(!cluster.are_nodes_known() && !cluster.are_pods_known());
        assert_eq!(cluster.recent(Timestamp(2)), crate::cluster::Recent::default());
        assert!(cache.resource_versions().0.is_none());

        tasks.clear();
        cache.resume(at(2), &mut tasks);
        for task in &tasks {
            let Action::Send(_, request) = task else { continue };
            assert!(!request.url.contains("watch=1"), "{}: a list comes first", request.url);
        }
        assert_eq!(tasks.len(), 2);
    }

    #[test]
    fn while_nothing_is_heard_time_stands_still_and_recent_changes_are_not_known() {
        let (mut cache, watches) = live();
        let wall = |seconds: u64| Timestamp(i64::try_from(seconds).expect("few"));
        let heard = |cache: &ClusterCache, second| cache.cluster().recent(wall(second)).pods_heard_seconds;
        let clock = |second| Moment {
            wall: wall(second),
            ..at(second)
        };
        let mut tasks = Vec::new();
        cache.handle_timeout(clock(5), &mut tasks);
        assert!(cache.is_heard(at(5).monotonic));
        assert_eq!(heard(&cache, 12), Some(12));
        for (stream, attempt) in watches {
            cache.handle_end(clock(100), stream, attempt, End::Broken(String::new()), &mut tasks);
        }
        assert!(!cache.is_heard(at(100).monotonic));
        // What comes within a moment is all that happened.
        assert_eq!(heard(&cache, 101), Some(60));
        let mut picture = PictureClock::default();
        assert_eq!(picture.follow(wall(99), true), wall(99));
        assert_eq!(picture.follow(wall(105), false), wall(99));
        assert_eq!(picture.follow(wall(120), true), wall(120));
        for second in 101..120 {
            cache.handle_timeout(clock(second), &mut tasks);
        }
        assert_eq!(heard(&cache, 120), None);
    }

    #[test]
    fn the_objects_of_a_list_are_no_events() {
        let mut cache = ClusterCache::new(&Config::default(), 1);
        cache.set_transport(TransportState::PROMPT);
        let mut tasks = Vec::new();
        cache.resume(at(0), &mut tasks);
        let list = r#"{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}"#;
        let attempt = answer(&mut cache, &mut tasks, 1, list);
        cache.handle_end(at(1), NODES, attempt, End::Clean, &mut tasks);
        assert_eq!(cache.nodes().len(), 2);
        assert_eq!(cache.connection(at(2)).events_per_second, 0);
        let event = r#"{"type":"MODIFIED","object":{"kind":"Node","metadata":{"name":"a","resourceVersion":"8"}}}"#;
        answer(&mut cache, &mut tasks, 3, &format!("{event}\n"));
        assert_eq!(cache.connection(at(4)).events_per_second, 1);
    }
}
