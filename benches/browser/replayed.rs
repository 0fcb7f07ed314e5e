//! Informers on recorded bytes, native: ours and kube-rs', each in a process of its own.
//!
//! What arrives comes out of memory in pieces, so that nothing but the informer and its store is measured: from the
//! first piece of a list to the complete store, and from the first piece of a watch to its last event in the store.

use std::{
    convert::Infallible,
    env, fs,
    path::Path,
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt as _, TryStreamExt as _,
    stream::{iter, once, pending},
};
use http_body_util::StreamBody;
use hyper::body::Frame;
use k8bit::resource::Pod;
use k8bit_informer::{
    InformerConfig, Resource,
    encoding::Encoding,
    failure::{ResponseHead, Verb},
    kinds::{DynamicObject, Typed},
    request::{Collection, Request},
    shared::{NoResponse, SharedInformer, StreamedResponse, Transport},
    store::Change,
    transport::TransportState,
};
use k8s_openapi::api::core::v1;
use kube::{
    Api, Client,
    runtime::{
        reflector,
        watcher::{self, Event, watcher},
    },
};
use serde_json::{Value, json};
use tokio::{process::Command, sync::watch, time::Instant as TokioInstant};

/// The argument that makes this program one of these informers, followed by which, and by the folder of what is recorded.
pub(crate) const ARGUMENT: &str = "--replay";

/// Bytes that arrive together, as those of a socket do.
const PIECE_BYTES: usize = 64 << 10;

/// Lets an informer list and watch once: the times of both.
///
/// # Errors
/// What it said when it failed.
pub(crate) async fn measure(way: &str, folder: &Path) -> Result<Value, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args([ARGUMENT, way]).arg(folder).kill_on_drop(true);
    let output = command.output().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What the other process does: prints one line of JSON.
pub(crate) async fn run(way: &str, folder: &Path) {
    let times = match way {
        "projection" => ours::<Pod>(Recording::read(folder, Encoding::Json)).await,
        "projection-protobuf" => ours::<Pod>(Recording::read(folder, Encoding::Protobuf)).await,
        "typed" => ours::<Typed<v1::Pod>>(Recording::read(folder, Encoding::Json)).await,
        "dynamic" => ours::<DynamicObject>(Recording::read(folder, Encoding::Json)).await,
        "kube-rs" => kube_rs(Recording::read(folder, Encoding::Json)).await,
        other => panic!("{other} is none of these informers"),
    };
    println!("{times}");
}

/// A list and the watch that follows it.
struct Recording {
    encoding: Encoding,
    list: Bytes,
    events: Bytes,
    last: LastEvent,
    /// Says when the events begin.
    gate: watch::Sender<bool>,
}

/// The event that ends the watch.
#[derive(Clone, Debug)]
struct LastEvent {
    is_deletion: bool,
    namespace: String,
    name: String,
    version: String,
}

impl LastEvent {
    fn of(events: &[u8]) -> Self {
        let line = events.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
        let event: Value = serde_json::from_slice(line.unwrap_or_default()).expect("an event");
        let metadata = |field: &str| {
            event["object"]["metadata"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            is_deletion: event["type"] == "DELETED",
            namespace: metadata("namespace"),
            name: metadata("name"),
            version: metadata("resourceVersion"),
        }
    }

    fn is(&self, is_deletion: bool, namespace: &str, name: &str, version: &str) -> bool {
        (is_deletion, namespace, name) == (self.is_deletion, &*self.namespace, &*self.name)
            && (is_deletion || version == self.version)
    }
}

impl Recording {
    fn read(folder: &Path, encoding: Encoding) -> Arc<Self> {
        let file = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let suffix = match encoding {
            Encoding::Json => "json",
            Encoding::Protobuf => "protobuf",
        };
        Arc::new(Self {
            encoding,
            list: file(&format!("list.{suffix}")).into(),
            events: file(&format!("events.{suffix}")).into(),
            last: LastEvent::of(&file("events.json")),
            gate: watch::Sender::new(false),
        })
    }

    /// The body of a list or of a watch, which never ends by itself.
    fn body(&self, is_watch: bool) -> Pin<Box<dyn Stream<Item = Bytes> + Send>> {
        if !is_watch {
            return Box::pin(iter(pieces(self.list.clone())));
        }
        let mut gate = self.gate.subscribe();
        let opened = once(async move {
            // Whoever holds the recording opens it.
            let _ = gate.wait_for(|is_open| *is_open).await;
            Bytes::new()
        });
        Box::pin(opened.chain(iter(pieces(self.events.clone()))).chain(pending()))
    }

    /// Begins with the events.
    fn open_gate(&self) -> Instant {
        let began = Instant::now();
        self.gate.send_replace(true);
        began
    }
}

fn pieces(bytes: Bytes) -> impl Iterator<Item = Bytes> {
    (0..bytes.len())
        .step_by(PIECE_BYTES)
        .map(move |at| bytes.slice(at..bytes.len().min(at + PIECE_BYTES)))
}

fn times(list: Duration, events: Duration, pods: usize) -> Value {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    json!({"listMs": ms(list), "eventsMs": ms(events), "pods": pods})
}

/// Ours: the shared informer, with one reader.
async fn ours<K>(recording: Arc<Recording>) -> Value
where
    K: Resource + Send + Sync,
    K::Interner: Send,
{
    let transport = Recorded {
        recording: Arc::clone(&recording),
        begun: TokioInstant::now(),
    };
    let began = Instant::now();
    let config = InformerConfig::default();
    let (pods, running) = SharedInformer::<K>::new(transport, Collection::of::<v1::Pod>(), config);
    let running = tokio::spawn(running);
    pods.ready().await.expect("it runs");
    let list = began.elapsed();
    // Only the store is read for the listed objects.
    let mut changes = pods.subscribe();
    while changes.try_next().is_some() {}
    let began = recording.open_gate();
    while let Some(change) = changes.next().await {
        let meta = change.object().meta();
        let version = meta.resource_version.as_ref().map_or("", |version| version.as_str());
        let is_deletion = matches!(change, Change::Deleted(_));
        if recording
            .last
            .is(is_deletion, &meta.key.namespace, &meta.key.name, version)
        {
            break;
        }
    }
    let events = began.elapsed();
    running.abort();
    times(list, events, pods.store().len())
}

/// A transport whose server is a recording.
struct Recorded {
    recording: Arc<Recording>,
    begun: TokioInstant,
}

impl Transport for Recorded {
    type Body = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;

    async fn send(&self, request: Request) -> Result<StreamedResponse<Self::Body>, NoResponse> {
        let head = ResponseHead {
            code: 200,
            encoding: self.recording.encoding,
            ..ResponseHead::default()
        };
        let body = self.recording.body(request.verb == Verb::Watch);
        Ok(StreamedResponse {
            head,
            body: Box::pin(body.map(Ok)),
        })
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn state(&self) -> TransportState {
        TransportState::PROMPT
    }
}

/// kube-rs' reflector, as its documentation wires it, above a client whose server is the recording.
async fn kube_rs(recording: Arc<Recording>) -> Value {
    let server = Arc::clone(&recording);
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
        let body = server.body(is_watch).map(Frame::data).map(Ok::<_, Infallible>);
        async move { Ok::<_, Infallible>(http::Response::new(StreamBody::new(body))) }
    });
    let (store, writer) = reflector::store::<v1::Pod>();
    let pods = Api::all(Client::new(service, "default"));
    let began = Instant::now();
    let mut events = pin!(reflector(writer, watcher(pods, watcher::Config::default())));
    let mut next = async || events.try_next().await.expect("nothing fails").expect("it runs");
    while !matches!(next().await, Event::InitDone) {}
    let list = began.elapsed();
    let began = recording.open_gate();
    loop {
        let (is_deletion, pod) = match next().await {
            Event::Apply(pod) => (false, pod),
            Event::Delete(pod) => (true, pod),
            Event::Init | Event::InitApply(_) | Event::InitDone => panic!("it was listed"),
        };
        let text = |field: Option<String>| field.unwrap_or_default();
        let metadata = pod.metadata;
        let [namespace, name, version] = [metadata.namespace, metadata.name, metadata.resource_version].map(text);
        if recording.last.is(is_deletion, &namespace, &name, &version) {
            break;
        }
    }
    times(list, began.elapsed(), store.len())
}
