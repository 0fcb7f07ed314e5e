//! The two encodings of the API tell the same: what an informer learns from protobuf is what it learns from JSON, of every
//! object that was recorded, of every change, and of every refusal.

use std::{fmt::Debug, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;
use k8bit::resource::{Node, ObjectEvent, Pod, Resource as Projection};
use k8bit_informer::{
    Informer, InformerConfig, InitialList, Output,
    encoding::Encoding,
    failure::{Cause, End, ResponseHead},
    request::{Collection, Request, RequestId},
    store::{Scope, Store},
    transport::TransportState,
};
use k8bit_simulator::api::{
    ApiOptions, ApiServer, DeleteOptions, Part, PatchKind, Payload, Resource, StreamingLists, WatcherId,
};
use k8s_openapi::{ListableResource, api::core::v1};
use serde_json::{Value, json};

/// Sizes of the pieces that bodies come in; the last one is all of most bodies.
const PIECES: [usize; 3] = [1, 61, 1 << 20];

/// A projection, and the API's own type that it is cut from.
trait Kind: Projection {
    type Full: ListableResource;
}

impl Kind for Node {
    type Full = v1::Node;
}

impl Kind for Pod {
    type Full = v1::Pod;
}

impl Kind for ObjectEvent {
    type Full = v1::Event;
}

/// An informer with its store, and what it needs to be answered.
struct Page<K: Kind> {
    /// In place of what the informer says.
    accept: Option<&'static str>,
    piece: usize,
    informer: Informer<K>,
    store: Store<K>,
    interner: K::Interner,
    now: Duration,
    watch: Option<(RequestId, WatcherId)>,
}

impl<K: Kind> Page<K> {
    fn new(accept: Option<&'static str>, initial: InitialList, piece: usize) -> Self {
        let collection = Collection::of::<K::Full>();
        let mut informer = Informer::new(collection, InformerConfig::listing(initial), 1);
        informer.set_transport(TransportState::PROMPT);
        informer.resume(Duration::ZERO);
        Self {
            accept,
            piece,
            informer,
            store: Store::default(),
            interner: K::Interner::default(),
            now: Duration::ZERO,
            watch: None,
        }
    }

    /// Answers what is asked for, until nothing but a watch is open or something has failed.
    fn follow(&mut self, api: &mut ApiServer) {
        while let Some(output) = self.informer.poll_output() {
            match output {
                Output::Send(request) => self.answer(api, &request),
                Output::Abort(_) => self.watch = None,
                Output::Event(event) => self.store.handle(&Scope::Cluster, event, &mut Vec::new()),
                Output::Count(count) => assert_eq!(self.store.len() as u64, count),
            }
        }
    }

    fn answer(&mut self, api: &mut ApiServer, request: &Request) {
        let asked = http::Request::get(&request.url)
            .header("Accept", self.accept.unwrap_or(request.accept))
            .body(Bytes::new())
            .expect("the informer's URLs are URLs");
        let response = api.handle(time(self.now), &asked);
        let content_type = response.headers()["Content-Type"].to_str().expect("it is ASCII");
        let head = ResponseHead {
            code: response.status().as_u16(),
            retry_after: None,
            encoding: Encoding::of_content_type(content_type),
            ..ResponseHead::default()
        };
        self.informer.handle_response(self.now, request.attempt, head);
        match response.into_body() {
            Payload::Body(body) => {
                self.take(request.attempt, &body.collect());
                let end = End::Clean;
                self.informer
                    .handle_end(self.now, request.attempt, end, &mut self.interner);
            }
            Payload::Watch(id) => self.watch = Some((request.attempt, id)),
            Payload::Log(_) => unreachable!("informers read no logs"),
        }
    }

    fn take(&mut self, attempt: RequestId, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece) {
            self.informer.handle_body(self.now, attempt, piece, &mut self.interner);
        }
    }

    /// Lets time pass, and the watch speak.
    fn wait(&mut self, api: &mut ApiServer, time_passed: Duration) {
        self.now += time_passed;
        if let Some((attempt, id)) = self.watch {
            loop {
                let output = api.poll_watch(time(self.now), id);
                for event in &output.lines {
                    self.take(attempt, event);
                }
                if output.ended {
                    self.watch = None;
                    let end = End::Clean;
                    self.informer.handle_end(self.now, attempt, end, &mut self.interner);
                }
                if output.ended || !output.more {
                    break;
                }
            }
        }
        self.informer.handle_timeout(self.now);
        self.follow(api);
    }
}

fn time(since: Duration) -> Timestamp {
    let epoch: Timestamp = "2026-11-23T08:43:00Z".parse().expect("a time");
    epoch + jiff::SignedDuration::try_from(since).expect("a short test")
}

fn server(options: ApiOptions) -> ApiServer {
    ApiServer::new(time(Duration::ZERO), options)
}

/// The same page twice, one for each encoding.
fn both<K: Kind>(initial: InitialList, piece: usize) -> [Page<K>; 2] {
    [
        Page::new(Some("application/json"), initial, piece),
        Page::new(None, initial, piece),
    ]
}

/// That both know the same, each in its own encoding.
#[track_caller]
fn check<K: Kind + Debug>([json, protobuf]: &[Page<K>; 2], objects: usize) {
    assert_eq!(json.informer.encoding(), Some(Encoding::Json));
    assert_eq!(protobuf.informer.encoding(), Some(Encoding::Protobuf));
    assert_eq!(json.store.len(), objects);
    for (of_json, of_protobuf) in json.store.sorted().into_iter().zip(protobuf.store.sorted()) {
        assert_eq!(of_json, of_protobuf);
    }
    assert_eq!(protobuf.store.len(), objects);
    assert_eq!(json.informer.resource_version(), protobuf.informer.resource_version());
    for page in [json, protobuf] {
        let counters = page.informer.counters();
        assert_eq!(
            (counters.malformed_objects, counters.ignored_events, counters.failures),
            (0, 0, 0)
        );
    }
}

/// The objects of a recorded list, without what the server gives them.
fn recorded(list: &str) -> Vec<Value> {
    let list: Value = serde_json::from_str(list).expect("a recorded list is JSON");
    list["items"].as_array().cloned().expect("a list has items")
}

/// All pods of the recordings, each under a name of its own.
fn recorded_pods() -> Vec<Value> {
    let lists = [
        include_str!("../fixtures/list-demo.json"),
        include_str!("../fixtures/status-zoo/list.json"),
    ];
    let lines = include_str!("../fixtures/watch-lifecycle.jsonl").lines();
    let of_events = lines.filter_map(|line| {
        let mut event: Value = serde_json::from_str(line).expect("a recorded event is JSON");
        let object = event["object"].take();
        (object["kind"] == "Pod" && event["type"] != "BOOKMARK").then_some(object)
    });
    let pods = lists.into_iter().flat_map(recorded).chain(of_events);
    pods.enumerate()
        .map(|(number, mut pod)| {
            pod["metadata"]["name"] = format!("pod-{number}").into();
            pod["metadata"]["uid"] = format!("00000000-0000-0000-0000-{number:012}").into();
            pod
        })
        .collect()
}

fn check_recorded<K: Kind + Debug>(resource: Resource, objects: &[Value]) {
    assert!(!objects.is_empty());
    for object_bytes in [0, 8 << 10] {
        let mut api = server(ApiOptions {
            object_bytes,
            ..ApiOptions::default()
        });
        for object in objects {
            api.load(time(Duration::ZERO), resource, object.clone());
        }
        for initial in [InitialList::Unlimited, InitialList::Pages(3), InitialList::Stream] {
            for piece in PIECES {
                let mut pages = both::<K>(initial, piece);
                for page in &mut pages {
                    page.follow(&mut api);
                    page.wait(&mut api, Duration::from_millis(1));
                }
                check(&pages, objects.len());
            }
        }
    }
}

#[test]
fn recorded_pods_are_the_same() {
    check_recorded::<Pod>(Resource::Pods, &recorded_pods());
}

#[test]
fn recorded_nodes_are_the_same() {
    check_recorded::<Node>(
        Resource::Nodes,
        &recorded(include_str!("../fixtures/list-nodes-page-1.json")),
    );
}

#[test]
fn recorded_events_are_the_same() {
    check_recorded::<ObjectEvent>(
        Resource::Events,
        &recorded(include_str!("../fixtures/list-events-demo.json")),
    );
}

#[test]
fn changes_and_bookmarks_are_the_same() {
    for piece in PIECES {
        let mut api = server(ApiOptions {
            bookmark_interval: Duration::from_secs(10),
            ..ApiOptions::default()
        });
        let pods = recorded_pods();
        let start = time(Duration::ZERO);
        for pod in &pods {
            api.load(start, Resource::Pods, pod.clone());
        }
        let mut pages = both::<Pod>(InitialList::Unlimited, piece);
        for page in &mut pages {
            page.follow(&mut api);
        }
        for (number, pod) in pods.iter().enumerate() {
            let (namespace, name) = (
                pod["metadata"]["namespace"].as_str().expect("a namespace"),
                pod["metadata"]["name"].as_str().expect("a name"),
            );
            if number % 5 == 4 {
                let options = DeleteOptions {
                    grace_period_seconds: Some(0),
                    ..DeleteOptions::default()
                };
                api.delete(start, Resource::Pods, namespace, name, &options)
                    .expect("it is there");
            } else {
                let status = json!({"status": {"phase": "Failed", "reason": format!("Röund{number}")}});
                api.patch(
                    start,
                    Resource::Pods,
                    namespace,
                    name,
                    Part::Status,
                    PatchKind::Merge,
                    &status,
                )
                .expect("it is there");
            }
        }
        for page in &mut pages {
            page.wait(&mut api, Duration::from_secs(11));
            page.wait(&mut api, Duration::from_secs(11));
        }
        // Those that a finalizer holds are still there.
        let left = api.objects(Resource::Pods).count();
        assert!(left < pods.len());
        check(&pages, left);
        let [json, protobuf] = &pages;
        assert_eq!(json.informer.counters().events, protobuf.informer.counters().events);
        assert!(protobuf.informer.counters().events > 0);
        assert!(protobuf.informer.counters().bookmarks > 0);
        assert_eq!(
            json.informer.counters().bookmarks,
            protobuf.informer.counters().bookmarks
        );
    }
}

#[test]
fn an_expired_history_is_the_same() {
    let mut api = server(ApiOptions::default());
    api.load(time(Duration::ZERO), Resource::Pods, recorded_pods().remove(0));
    let mut pages = both::<Pod>(InitialList::Unlimited, 7);
    for page in &mut pages {
        page.follow(&mut api);
    }
    api.expire_open_watches();
    let failures = pages.each_mut().map(|page| {
        page.wait(&mut api, Duration::from_millis(1));
        page.informer.failure().cloned()
    });
    assert_eq!(failures[0], failures[1]);
    assert_eq!(failures[1].as_ref().map(|failure| failure.cause), Some(Cause::Expired));
    for page in &mut pages {
        page.wait(&mut api, Duration::from_secs(60));
    }
    let counters = pages.each_ref().map(|page| page.informer.counters());
    assert_eq!((counters[0].lists, counters[1].lists), (2, 2));
}

#[test]
fn a_refusal_is_the_same() {
    let mut api = server(ApiOptions {
        streaming_lists: StreamingLists::Refused,
        ..ApiOptions::default()
    });
    api.load(time(Duration::ZERO), Resource::Pods, recorded_pods().remove(0));
    let mut pages = both::<Pod>(InitialList::Stream, 7);
    let failures = pages.each_mut().map(|page| {
        page.follow(&mut api);
        page.informer.failure().cloned()
    });
    assert_eq!(failures[0], failures[1]);
    assert_eq!(failures[1].as_ref().map(|failure| failure.cause), Some(Cause::Invalid));
}

/// managedFields are asked to be left out: by a server that knows that, a list and the events of a watch come without
/// them; one that does not know it sends what it always did.
#[test]
fn managed_fields_are_left_out_by_servers_that_know_that() {
    let received = |drops_managed_fields| {
        let mut api = server(ApiOptions {
            object_bytes: 8 << 10,
            drops_managed_fields,
            ..ApiOptions::default()
        });
        let start = time(Duration::ZERO);
        for pod in recorded_pods() {
            api.load(start, Resource::Pods, pod);
        }
        let mut page = Page::<Pod>::new(None, InitialList::Unlimited, 4_096);
        page.follow(&mut api);
        let listed = page.informer.counters().bytes;
        let status = json!({"status": {"phase": "Failed"}});
        let pod = api.objects(Resource::Pods).next().expect("a pod").clone();
        api.patch(
            start,
            Resource::Pods,
            &pod.namespace,
            &pod.name,
            Part::Status,
            PatchKind::Merge,
            &status,
        )
        .expect("it is there");
        page.wait(&mut api, Duration::from_millis(1));
        let counters = page.informer.counters();
        assert_eq!(
            (counters.events, counters.failures, counters.malformed_objects),
            (1, 0, 0)
        );
        let pods: Vec<Pod> = page.store.sorted().into_iter().map(|pod| Pod::clone(pod)).collect();
        (listed, counters.bytes - listed, pods)
    };
    let (list, event, pods) = received(false);
    let (short_list, short_event, same_pods) = received(true);
    assert_eq!(pods, same_pods);
    assert!(short_list * 2 < list, "{short_list} of {list} bytes");
    assert!(short_event * 2 < event, "{short_event} of {event} bytes");
}
