//! The HTTP layer: puts an [`ApiServer`], and perhaps a [`World`], on a socket, with faults.
//!
//! Thin on purpose: it reads the clock, moves bytes, and decides nothing about the API. [`Server::start`] runs
//! on threads of its own, so that it serves synchronous tests, asynchronous tests and the binary alike.
//! [`Server::in_memory`] has no thread and no port: it runs on the runtime of whoever starts it, by that runtime's
//! clock, so that hours of HTTP fit into a test whose clock is paused. All control is through [`Controls`]; nothing is
//! controlled by special paths.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::api::{ApiOptions, ApiServer, Payload, Query, Status, error_body, reads_protobuf};
use crate::port::HeldPort;
use crate::world::{World, WorldOptions};

mod faults;
mod files;
mod stream;
mod websocket;

pub use faults::{Expiry, Faults, Refusal, RequestFilter, Requests};

use stream::{Lines, LogStream, ResponseBody, Source, WatchStream, until};

/// Bodies of requests above this are refused, as by the real server.
const REQUEST_BODY_BYTES_MAX: usize = 3 * 1024 * 1024;
/// How many of the latest requests the log keeps.
const REQUEST_LOG_MAX: usize = 10_000;
/// The world moves at most every so often, so that a busy one does not hold the lock all the time.
const WORLD_STEP_MIN: Duration = Duration::from_millis(5);
/// Bytes that a connection in memory holds on their way, in each direction: the order of a socket's buffers.
const PIPE_BYTES: usize = 64 * 1024;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Port on 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Prefix of the API, as `kubectl proxy --api-prefix`. Starts and ends with `/`.
    pub api_prefix: String,
    /// Folder that is served under [`Self::static_prefix`], as `kubectl proxy --www`.
    pub dist: Option<PathBuf>,
    /// Prefix of static files, as `kubectl proxy --www-prefix`. Starts and ends with `/`.
    pub static_prefix: String,
    /// How the API server behaves.
    pub api: ApiOptions,
    /// The world behind the API; without one nothing moves by itself.
    pub world: Option<WorldOptions>,
    /// Wait before the head of every response of the API, beside what [`Faults::latency`] adds.
    pub latency: Duration,
    /// How far the server's clock is ahead of the machine's: all that it writes times by, the `Date` of its answers included.
    pub clock_ahead: SignedDuration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            port: 0,
            api_prefix: "/".to_owned(),
            dist: None,
            static_prefix: "/static/".to_owned(),
            api: ApiOptions::default(),
            world: None,
            latency: Duration::ZERO,
            clock_ahead: SignedDuration::ZERO,
        }
    }
}

/// Why a server did not start.
#[derive(Debug)]
pub enum StartError {
    /// The port cannot be listened on.
    Port(u16, io::Error),
    /// The folder of static files is not there or has no index.html.
    Dist(PathBuf),
    /// The thread or its runtime could not be started.
    Runtime(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port, error) if error.kind() == io::ErrorKind::AddrInUse => write!(
                formatter,
                "port {port} on 127.0.0.1 is taken by another program (perhaps a kubectl proxy); end that program, or choose another port with --port (0 takes any free one)"
            ),
            Self::Port(port, error) => write!(
                formatter,
                "cannot listen on port {port} of 127.0.0.1: {error}; choose another port with --port (0 takes any free one)"
            ),
            Self::Dist(path) => write!(
                formatter,
                "there is no {}; build the page first with `make build`, or leave --dist out to serve the API alone",
                path.join("index.html").display()
            ),
            Self::Runtime(error) => write!(formatter, "cannot start the server's threads: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The API server and the world behind it, which move together under one lock.
#[derive(Debug)]
pub struct Cluster {
    /// The API server.
    pub api: ApiServer,
    /// The world, if there is one.
    pub world: Option<World>,
}

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// When it came.
    pub time: Timestamp,
    /// `GET`, …
    pub method: String,
    /// Path and query, without the API prefix.
    pub path_and_query: String,
    /// Status code of the answer.
    pub status: u16,
    /// Whether it came over WebSocket.
    pub websocket: bool,
}

/// Things that happen to what is open, counted up to happen again.
#[derive(Clone, Copy, Debug, Default)]
struct Control {
    cut_watches: u64,
    silence_watches: u64,
    cut_connections: u64,
    stall_watches: bool,
    unreachable: bool,
    stop: bool,
}

/// The time that a server goes by.
#[derive(Clone, Copy, Debug)]
enum Clock {
    /// Of the machine, set wrong by so much.
    Wall { ahead: SignedDuration },
    /// Of the runtime, which a test may have paused, from a beginning.
    Runtime { epoch: Timestamp, begun: Instant },
}

impl Clock {
    fn of(options: &ServerOptions) -> Self {
        Self::Wall {
            ahead: options.clock_ahead,
        }
    }

    fn now(self) -> Timestamp {
        match self {
            Self::Wall { ahead } => Timestamp::now() + ahead,
            Self::Runtime { epoch, begun } => epoch + begun.elapsed(),
        }
    }
}

/// What the server's tasks and the handle share.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    cluster: Mutex<Cluster>,
    /// The latest resourceVersion, and a bump for whatever else concerns open watches.
    changed: watch::Sender<u64>,
    control: watch::Sender<Control>,
    faults: Mutex<Faults>,
    log: Mutex<VecDeque<RequestRecord>>,
    open_logs: AtomicUsize,
    api_prefix: String,
    static_prefix: String,
    dist: Option<PathBuf>,
    latency: Duration,
}

impl Shared {
    fn new(clock: Clock, options: &ServerOptions, cluster: Cluster) -> Arc<Self> {
        Arc::new(Self {
            clock,
            changed: watch::Sender::new(cluster.api.resource_version()),
            cluster: Mutex::new(cluster),
            control: watch::Sender::new(Control::default()),
            faults: Mutex::new(Faults::default()),
            log: Mutex::new(VecDeque::new()),
            open_logs: AtomicUsize::new(0),
            api_prefix: options.api_prefix.clone(),
            static_prefix: options.static_prefix.clone(),
            dist: options.dist.clone(),
            latency: options.latency,
        })
    }

    /// Works with the cluster, and wakes whom the changes concern.
    fn with<T>(&self, work: impl FnOnce(&mut Cluster) -> T) -> T {
        let mut cluster = lock(&self.cluster);
        let result = work(&mut cluster);
        let version = cluster.api.resource_version();
        drop(cluster);
        self.changed.send_if_modified(|seen| {
            let modified = *seen != version;
            *seen = version;
            modified
        });
        result
    }

    /// The faults that meet a request, counted down.
    fn faults_for(&self, path_and_query: &str, watch: bool) -> Faults {
        let mut faults = lock(&self.faults);
        if !faults.applies_to.fits(path_and_query, watch) {
            return Faults::default();
        }
        match &mut faults.requests {
            None => {}
            Some(0) => return Faults::default(),
            Some(left) => *left -= 1,
        }
        faults.clone()
    }

    fn record(&self, record: RequestRecord) {
        let mut log = lock(&self.log);
        if log.len() == REQUEST_LOG_MAX {
            log.pop_front();
        }
        log.push_back(record);
    }
}

/// A test that panics while it holds the cluster shall not make the server's other tests hang.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Starts a server on threads of its own. It serves when this returns.
    ///
    /// # Errors
    /// When the port is taken, the folder of static files is missing, or no thread can be started.
    pub fn start(options: ServerOptions) -> Result<ServerHandle, StartError> {
        let now = Clock::of(&options).now();
        let mut api = ApiServer::new(now, options.api.clone());
        let world = options.world.clone().map(|world| World::new(now, world, &mut api));
        Self::start_with(options, Cluster { api, world })
    }

    /// Starts a server on a cluster that exists already. `options.api` and `options.world` are not looked at.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(options: ServerOptions, cluster: Cluster) -> Result<ServerHandle, StartError> {
        if let Some(dist) = &options.dist
            && !dist.join("index.html").is_file()
        {
            return Err(StartError::Dist(dist.clone()));
        }
        let shared = Shared::new(Clock::of(&options), &options, cluster);
        let (ready, started) = mpsc::sync_channel(1);
        let thread = {
            let shared = shared.clone();
            let port = options.port;
            std::thread::Builder::new()
                .name("simulator".to_owned())
                .spawn(move || run(&shared, port, &ready))
                .map_err(StartError::Runtime)?
        };
        let address = match started.recv() {
            Ok(result) => result?,
            Err(_) => return Err(StartError::Runtime(io::Error::other("the server's thread ended"))),
        };
        Ok(ServerHandle {
            controls: Controls { shared },
            address,
            thread: Some(thread),
        })
    }

    /// Starts a server without a port on the runtime of whoever calls, at `epoch` by that runtime's clock.
    /// `options.port` is not looked at.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[must_use]
    pub fn in_memory(options: &ServerOptions, epoch: Timestamp) -> InMemoryServer {
        let mut api = ApiServer::new(epoch, options.api.clone());
        let world = options.world.clone().map(|world| World::new(epoch, world, &mut api));
        let begun = Instant::now();
        let shared = Shared::new(Clock::Runtime { epoch, begun }, options, Cluster { api, world });
        tokio::spawn(move_world(shared.clone()));
        InMemoryServer {
            controls: Controls { shared },
        }
    }
}

/// What can be done to a running server, and known of it.
#[derive(Debug)]
pub struct Controls {
    shared: Arc<Shared>,
}

/// A running server on a socket. Dropping it stops the server and closes all connections.
#[derive(Debug)]
pub struct ServerHandle {
    controls: Controls,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// A running server that is connected to in memory. Dropping it closes all connections.
#[derive(Debug)]
pub struct InMemoryServer {
    controls: Controls,
}

impl Deref for ServerHandle {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.controls
    }
}

impl Deref for InMemoryServer {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.controls
    }
}

impl Controls {
    /// The time that the server goes by.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Works with the API server directly, while no request is served. Open watches see the changes.
    pub fn with_api<T>(&self, work: impl FnOnce(&mut ApiServer) -> T) -> T {
        self.with_cluster(|cluster| work(&mut cluster.api))
    }

    /// Works with the API server and the world.
    pub fn with_cluster<T>(&self, work: impl FnOnce(&mut Cluster) -> T) -> T {
        let result = self.shared.with(work);
        // What was done may concern watches without a new resourceVersion, such as a restart.
        self.wake_watches();
        result
    }

    /// Sets the faults of the wire for requests that start from now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.shared.faults) = faults;
    }

    /// Ends the faults for requests that start from now on.
    pub fn clear_faults(&self) {
        self.set_faults(Faults::default());
    }

    /// Breaks all open watches: no end of the body, no ERROR event.
    pub fn cut_watches(&self) {
        self.shared.control.send_modify(|control| control.cut_watches += 1);
    }

    /// Lets all open watches fall silent for ever, with the connections open: a path that is gone, and nobody says so.
    pub fn silence_watches(&self) {
        self.shared.control.send_modify(|control| control.silence_watches += 1);
    }

    /// Breaks all connections, whatever they do.
    pub fn cut_connections(&self) {
        self.shared.control.send_modify(|control| control.cut_connections += 1);
    }

    /// Stops sending on all watches, now and later, with the connections open, until called with `false`.
    pub fn stall_watches(&self, stall: bool) {
        self.shared.control.send_modify(|control| control.stall_watches = stall);
    }

    /// Ends all open watches cleanly.
    pub fn end_watches(&self) {
        self.with_api(ApiServer::end_watches);
    }

    /// Sends ERROR 410 on all open watches and ends them.
    pub fn expire_watches(&self) {
        self.with_api(ApiServer::expire_open_watches);
    }

    /// The latest requests to the API, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.shared.log).iter().cloned().collect()
    }

    /// How many logs are followed.
    #[must_use]
    pub fn open_logs(&self) -> usize {
        self.shared.open_logs.load(Ordering::Relaxed)
    }

    /// How many watches are open.
    #[must_use]
    pub fn open_watches(&self) -> usize {
        self.shared.with(|cluster| cluster.api.open_watches())
    }

    fn wake_watches(&self) {
        self.shared.changed.send_modify(|_| {});
    }
}

impl InMemoryServer {
    /// A new connection, to speak HTTP/1.1 on.
    ///
    /// # Errors
    /// While the server is unreachable.
    pub fn connect(&self) -> io::Result<DuplexStream> {
        if self.shared.control.borrow().unreachable {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        tokio::spawn(serve_connection(self.shared.clone(), theirs));
        Ok(ours)
    }

    /// With `false`, refuses and closes all connections; with `true`, accepts them again. The cluster lives on
    /// meanwhile.
    pub fn set_reachable(&self, reachable: bool) {
        self.shared
            .control
            .send_modify(|control| control.unreachable = !reachable);
    }
}

impl Drop for InMemoryServer {
    fn drop(&mut self) {
        self.shared.control.send_modify(|control| control.stop = true);
    }
}

impl ServerHandle {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end and without the API prefix.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// With `false`, closes the port and all connections; with `true`, opens the same port again. The cluster
    /// lives on meanwhile. Returns when it is so.
    ///
    /// # Errors
    /// When the port was taken by somebody else meanwhile.
    pub fn set_reachable(&self, reachable: bool) -> io::Result<()> {
        self.shared
            .control
            .send_modify(|control| control.unreachable = !reachable);
        // The listener follows within moments; whoever asks must be able to rely on it.
        for _ in 0..2_000 {
            let answers = std::net::TcpStream::connect(self.address).is_ok();
            if answers == reachable {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "{} did not become {}",
                self.address,
                if reachable { "reachable" } else { "unreachable" }
            ),
        ))
    }

    /// Stops the server and gives the cluster back, to look at it or to start another server on it.
    ///
    /// # Panics
    /// If the server's thread panicked.
    #[must_use]
    pub fn stop(mut self) -> Cluster {
        self.stop_thread();
        let shared = self.shared.clone();
        drop(self);
        let shared = Arc::into_inner(shared).expect("the thread that shared it has ended");
        shared.cluster.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop_thread(&mut self) {
        self.shared.control.send_modify(|control| control.stop = true);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.stop_thread();
    }
}

/// The server's thread.
fn run(shared: &Arc<Shared>, port: u16, ready: &mpsc::SyncSender<Result<SocketAddr, StartError>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("simulator-io")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(StartError::Runtime(error)));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match listen(port).await {
            Ok(bound) => bound,
            Err(error) => {
                let _ = ready.send(Err(StartError::Port(port, error)));
                return;
            }
        };
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(error) => {
                let _ = ready.send(Err(StartError::Port(port, error)));
                return;
            }
        };
        let _ = ready.send(Ok(address));
        tokio::spawn(move_world(shared.clone()));
        accept(shared, listener, address.port()).await;
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Accepts connections until the server stops, and closes the port while it is unreachable.
async fn accept(shared: &Arc<Shared>, first: TcpListener, port: u16) {
    let mut control = shared.control.subscribe();
    let mut listener = Some(first);
    // Nobody else may have the port meanwhile.
    let mut held = None;
    loop {
        let state = *control.borrow_and_update();
        if state.stop {
            return;
        }
        if state.unreachable {
            listener = None;
            held = held.or_else(|| HeldPort::hold(port).ok());
        } else if listener.is_none() {
            listener = listen(port).await.ok();
        }
        if listener.is_some() {
            held = None;
        }
        let Some(open) = &listener else {
            let retry = tokio::time::sleep(Duration::from_millis(20));
            tokio::select! {
                changed = control.changed() => if changed.is_err() { return },
                () = retry => {}
            }
            continue;
        };
        tokio::select! {
            accepted = open.accept() => if let Ok((stream, _)) = accepted {
                // Small events must not wait for acknowledgements; if that cannot be set, they are late and that is all.
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve_connection(shared.clone(), stream));
            },
            changed = control.changed() => if changed.is_err() { return },
        }
    }
}

async fn serve_connection<S>(shared: Arc<Shared>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut control = shared.control.subscribe();
    let before = control.borrow_and_update().cut_connections;
    let service = {
        let shared = shared.clone();
        service_fn(move |request| {
            let shared = shared.clone();
            async move { Ok::<_, Infallible>(answer(&shared, request).await) }
        })
    };
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        // Errors are clients that went away and cuts that were asked for.
        _ = connection => {}
        _ = control.wait_for(|control| control.stop || control.unreachable || control.cut_connections > before) => {}
    }
}

async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<ResponseBody> {
    let path = request.uri().path().to_owned();
    if let Some(dist) = &shared.dist {
        if let Some(rest) = path.strip_prefix(&shared.static_prefix) {
            return full(files::serve(dist, rest, request.headers()).await);
        }
        if path == shared.static_prefix.trim_end_matches('/') {
            return full(files::redirect(&shared.static_prefix));
        }
    }
    let Some(rest) = path.strip_prefix(&shared.api_prefix) else {
        return full(files::text(StatusCode::NOT_FOUND, "404 page not found\n"));
    };
    let path_and_query = match request.uri().query() {
        Some(query) => format!("/{rest}?{query}"),
        None => format!("/{rest}"),
    };
    let record = RequestRecord {
        time: shared.clock.now(),
        method: request.method().to_string(),
        path_and_query,
        status: 0,
        websocket: websocket::is_asked_for(request.headers()),
    };
    let mut response = answer_api(shared, request, &record).await;
    response.headers_mut().insert(DATE, date(shared.clock.now()));
    shared.record(RequestRecord {
        status: response.status().as_u16(),
        ..record
    });
    response
}

async fn answer_api(
    shared: &Arc<Shared>,
    mut request: Request<Incoming>,
    record: &RequestRecord,
) -> Response<ResponseBody> {
    let watch = Query::parse(request.uri().query()).flag("watch");
    let faults = shared.faults_for(&record.path_and_query, watch);
    let latency = shared.latency + faults.latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if let Some(refusal) = &faults.refuse {
        return refuse(refusal);
    }
    if watch && let Some(expiry) = faults.expire_watches {
        let path = record.path_and_query.split('?').next().unwrap_or_default();
        let protobuf = reads_protobuf(request.method(), path, request.headers());
        let version = shared.with(|cluster| cluster.api.resource_version());
        return full(expired(expiry, version, protobuf));
    }
    let upgrade = record.websocket.then(|| hyper::upgrade::on(&mut request));
    let (mut head, body) = request.into_parts();
    head.uri = match record.path_and_query.parse() {
        Ok(uri) => uri,
        Err(_) => return status(&Status::bad_request("the path cannot be read")),
    };
    let limited = http_body_util::Limited::new(body, REQUEST_BODY_BYTES_MAX);
    let body = match limited.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return status(&Status::bad_request(format!("the body cannot be read: {error}"))),
    };
    let request = Request::from_parts(head, body);
    let response = shared.with(|cluster| cluster.api.handle(shared.clock.now(), &request));
    let (head, payload) = response.into_parts();
    let source = match (payload, upgrade) {
        (Payload::Watch(id), Some(upgrade)) => {
            let events = WatchStream::new(shared.clone(), id);
            let response = websocket::accept(request.headers());
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                return full(response);
            }
            let control = shared.control.subscribe();
            let since = *control.borrow();
            let binary = Lines::of(&head.headers) == Lines::Frames;
            tokio::spawn(websocket::serve(upgrade, events, binary, since, control));
            return full(response);
        }
        (Payload::Watch(id), None) => Source::Watch(WatchStream::new(shared.clone(), id)),
        (Payload::Log(log), _) => Source::Log(LogStream::new(shared.clone(), *log)),
        (Payload::Body(body), _) => Source::Body(body),
    };
    let body = stream::body(shared, source, &head.headers, faults);
    Response::from_parts(head, body)
}

/// As HTTP writes it, cut to a second.
fn date(now: Timestamp) -> HeaderValue {
    let text = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    let value = text.ok().and_then(|text| HeaderValue::from_str(&text).ok());
    value.expect("a date of these centuries is ASCII")
}

fn expired(expiry: Expiry, version: u64, protobuf: bool) -> Response<Bytes> {
    let status = Status::watch_expired(version, version);
    match expiry {
        Expiry::Http => error_response(StatusCode::GONE, error_body(&status, protobuf, false)),
        Expiry::InStream => error_response(StatusCode::OK, error_body(&status, protobuf, true)),
    }
}

fn status(status: &Status) -> Response<ResponseBody> {
    full(error_response(status.http_status(), error_body(status, false, false)))
}

fn error_response(code: StatusCode, (content_type, body): (&'static str, Bytes)) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn refuse(refusal: &Refusal) -> Response<ResponseBody> {
    let mut response = Response::new(Bytes::from(refusal.body.clone()));
    *response.status_mut() = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(refusal.content_type));
    if let Some(seconds) = refusal.retry_after_seconds {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    full(response)
}

fn full(response: Response<Bytes>) -> Response<ResponseBody> {
    response.map(|body| Full::new(body).map_err(|never| match never {}).boxed_unsync())
}

/// Moves the world, and what the API does by itself, when it is time or something changed.
async fn move_world(shared: Arc<Shared>) {
    let mut changed = shared.changed.subscribe();
    loop {
        changed.mark_unchanged();
        let now = shared.clock.now();
        let next = shared.with(|cluster| {
            cluster.api.step(now);
            if let Some(world) = &mut cluster.world {
                world.step(now, &mut cluster.api);
            }
            let world = cluster.world.as_ref().and_then(World::next_wakeup);
            [cluster.api.next_wakeup(), world].into_iter().flatten().min()
        });
        tokio::time::sleep(WORLD_STEP_MIN).await;
        let wait = next.map_or(Duration::from_secs(3600), |next| until(shared.clock.now(), next));
        tokio::select! {
            changed = changed.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(wait) => {}
        }
    }
}
