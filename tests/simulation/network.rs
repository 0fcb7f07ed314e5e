//! A faulty network between one page and its API server, on virtual time.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use k8bit::cluster_cache::CollectionId;
use k8bit_informer::{
    encoding::Encoding,
    failure::{End, ResponseHead, Verb},
    request::{Request, RequestId},
    transport::Carrier,
};
use k8bit_simulator::api::{ApiServer, Payload, WatcherId, item_offsets};

use crate::faults::{Coverage, Fault, Faults};

/// Faults of a response that happen at a byte happen before this one.
const FATEFUL_BYTES: usize = 3_000;
/// Pieces in a stretch of small ones. More of them would cost time and show nothing new: every seed has its own.
const PIECES: usize = 16;
/// Bytes of a length before each frame.
const FRAME_PREFIX_BYTES: usize = 4;
/// Lines that may come again.
const REPLAYED_LINES: usize = 8;

/// What reaches the page.
#[derive(Debug)]
pub(crate) enum Delivery {
    Head(ResponseHead),
    Body(Bytes),
    End(End),
    /// The requested carrier is not available.
    NoCarrier,
}

/// One request and all that will come of it.
#[derive(Debug)]
struct Connection {
    /// On their way, in order, each with its time of arrival.
    queue: VecDeque<(Duration, Delivery)>,
    watch: Option<WatcherId>,
    carrier: Carrier,
    /// Headers that wait for the first byte of the body.
    late_head: Option<ResponseHead>,
    /// What a proxy holds back.
    held: Vec<u8>,
    /// How the body is written.
    encoding: Encoding,
    fate: Fate,
    /// Bytes that were sent so far.
    sent: usize,
    /// Nothing arrives before the one before it.
    last_arrival: Duration,
    /// The last lines of this stream, which may be sent again.
    recent: VecDeque<Bytes>,
    /// Its end is on its way, or will never come.
    ended: bool,
    /// The server was made to expire it.
    expired: bool,
    /// The page gave it up. What is on its way arrives all the same.
    given_up: bool,
}

/// What will happen to a connection, decided when it is opened: each at some byte, if there are as many.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    cut: Option<usize>,
    silence: Option<usize>,
    stall: Option<(usize, Duration)>,
    corruption: Option<usize>,
    truncation: Option<usize>,
    replica: usize,
}

/// How an outage looks from the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// Nothing answers.
    Unreachable,
    /// A proxy answers that nothing does.
    Proxied,
}

#[derive(Debug)]
pub(crate) struct Network {
    connections: BTreeMap<(CollectionId, RequestId), Connection>,
    epoch: Timestamp,
    pub(crate) faults: Faults,
    pub(crate) coverage: Coverage,
    /// Nothing gets through.
    pub(crate) outage: Option<Outage>,
    random: fastrand::Rng,
}

impl Network {
    pub(crate) fn new(faults: Faults, epoch: Timestamp, seed: u64) -> Self {
        Self {
            connections: BTreeMap::new(),
            epoch,
            faults,
            coverage: Coverage::default(),
            outage: None,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    pub(crate) fn time(&self, now: Duration) -> Timestamp {
        self.epoch + jiff::SignedDuration::try_from(now).expect("a short run")
    }

    /// The time since the beginning.
    pub(crate) fn since_epoch(&self, time: Timestamp) -> Duration {
        Duration::try_from(time.duration_since(self.epoch)).unwrap_or_default()
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.random.f64() < probability
    }

    fn latency(&mut self) -> Duration {
        Duration::from_millis(self.random.u64(0..=self.faults.latency_ms))
    }

    // Requests.

    /// The page sends a request.
    pub(crate) fn send(&mut self, api: &mut ApiServer, now: Duration, stream: CollectionId, request: &Request) {
        let arrival = now + self.latency();
        if arrival > now + Duration::from_secs(1) {
            self.coverage.count(Fault::Late);
        }
        let mut connection = Connection {
            queue: VecDeque::new(),
            watch: None,
            carrier: request.carrier,
            late_head: None,
            held: Vec::new(),
            encoding: Encoding::default(),
            fate: self.fate(),
            sent: 0,
            last_arrival: arrival,
            recent: VecDeque::new(),
            ended: false,
            expired: false,
            given_up: false,
        };
        let is_socket = request.carrier == Carrier::Socket;
        // Of a handshake that fails, nothing is told.
        let broken = || match is_socket {
            true => Delivery::NoCarrier,
            false => Delivery::End(End::Broken("Failed to fetch".into())),
        };
        if request.carrier == Carrier::SharedFetch && self.faults.way.no_streams {
            self.coverage.count(Fault::NoStream);
            connection.queue.push_back((now, Delivery::NoCarrier));
        } else if is_socket && self.faults.way.no_sockets {
            self.coverage.count(Fault::NoSocket);
            connection.queue.push_back((arrival, Delivery::NoCarrier));
        } else if self.outage == Some(Outage::Unreachable) || is_socket && self.outage.is_some() {
            connection.queue.push_back((arrival, broken()));
        } else if self.outage == Some(Outage::Proxied) {
            refuse(&mut connection, arrival, &API_SERVER_DOWN);
        } else if self.happens(self.faults.unreachable) {
            self.coverage.count(Fault::Unreachable);
            connection.queue.push_back((arrival, broken()));
        } else if self.happens(self.faults.hang) {
            self.coverage.count(Fault::Hang);
        } else if let Some((fault, api_error)) = self.api_error(request) {
            self.coverage.count(fault);
            match is_socket {
                true => connection.queue.push_back((arrival, broken())),
                false => refuse(&mut connection, arrival, api_error),
            }
        } else {
            self.answer(api, now, arrival, request, &mut connection);
        }
        self.connections.insert((stream, request.attempt), connection);
    }

    fn fate(&mut self) -> Fate {
        let faults = self.faults.clone();
        let mut at_some_byte = |probability: f64| {
            let happens = self.random.f64() < probability;
            happens.then(|| self.random.usize(0..FATEFUL_BYTES))
        };
        let [cut, silence, stall, corruption, truncation] = [
            faults.cut,
            faults.half_open,
            faults.stall,
            faults.corrupt,
            faults.truncate,
        ]
        .map(&mut at_some_byte);
        Fate {
            cut,
            silence,
            stall: stall.map(|byte| (byte, Duration::from_secs(self.random.u64(1..100)))),
            corruption,
            truncation,
            replica: if faults.lag_ms > 0 { self.random.usize(0..2) } else { 0 },
        }
    }

    fn api_error(&mut self, request: &Request) -> Option<(Fault, &'static ApiError)> {
        let is_watch = request.verb == Verb::Watch;
        if request.url.contains("continue=") && self.happens(self.faults.expire_page) {
            Some((Fault::PageExpired, &EXPIRED))
        } else if is_watch && self.happens(self.faults.expire_start) {
            Some((Fault::StartExpired, &EXPIRED))
        } else if self.happens(self.faults.refuse) {
            let api_error = &REFUSALS[self.random.usize(..REFUSALS.len())];
            let fault = match api_error.code {
                429 => Fault::Refused429,
                400..500 => Fault::Refused4xx,
                500.. => Fault::Refused5xx,
                _ => Fault::Html,
            };
            Some((fault, api_error))
        } else {
            None
        }
    }

    fn answer(
        &mut self,
        api: &mut ApiServer,
        now: Duration,
        arrival: Duration,
        request: &Request,
        connection: &mut Connection,
    ) {
        if connection.fate.replica > 0 {
            self.coverage.count(Fault::Replica);
        }
        let is_socket = request.carrier == Carrier::Socket;
        if is_socket {
            self.coverage.count(Fault::Socket);
        }
        let asked = http::Request::get(&request.url)
            .header("User-Agent", "Mozilla/5.0")
            .header(
                "Accept",
                if self.faults.json_only || is_socket {
                    "application/json"
                } else {
                    request.accept
                },
            )
            .body(Bytes::new())
            .expect("the informer's URLs are URLs");
        let response = api.handle_at(connection.fate.replica, self.time(now), &asked);
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header("Retry-After").and_then(|seconds| seconds.parse().ok());
        let encoding = Encoding::of_content_type(header("Content-Type").unwrap_or_default());
        if encoding == Encoding::Json {
            self.coverage.count(Fault::Json);
        }
        connection.encoding = encoding;
        let head = ResponseHead {
            code: response.status().as_u16(),
            retry_after: retry_after.map(Duration::from_secs),
            encoding,
            is_compressed: false,
            is_page: false,
        };
        if is_socket && head.code != 200 {
            connection.queue.push_back((arrival, Delivery::NoCarrier));
            return;
        }
        if self.faults.way.late_headers && !is_socket {
            self.coverage.count(Fault::LateHeaders);
            connection.late_head = Some(head);
        } else {
            connection.queue.push_back((arrival, Delivery::Head(head)));
        }
        match response.into_body() {
            Payload::Body(body) => {
                self.push(connection, now, body.collect().into());
                self.end(connection, now);
            }
            Payload::Watch(id) => connection.watch = Some(id),
            Payload::Log(_) => unreachable!("informers read no logs"),
        }
    }

    // Bytes.

    /// Sends bytes: in pieces, late, damaged, or not at all.
    fn push(&mut self, connection: &mut Connection, now: Duration, bytes: Bytes) {
        let range = connection.sent..connection.sent + bytes.len();
        connection.sent = range.end;
        let fate = connection.fate;
        if connection.ended || fate.silence.is_some_and(|byte| byte < range.start) {
            return;
        }
        let at = |byte: Option<usize>| byte.filter(|byte| range.contains(byte)).map(|byte| byte - range.start);
        let (corruption, truncation) = (at(fate.corruption), at(fate.truncation));
        let mut bytes = match connection.encoding {
            Encoding::Json => self.damage(bytes, corruption, truncation),
            Encoding::Protobuf => self.damage_message(bytes, connection.watch.is_some(), corruption),
        };
        if let Some(byte) = at(fate.silence) {
            self.coverage.count(Fault::HalfOpen);
            bytes.truncate(byte);
        }
        let cut = at(fate.cut);
        if let Some(byte) = cut {
            self.coverage.count(Fault::Cut);
            bytes.truncate(byte);
        }
        let mut arrival = connection.last_arrival.max(now + self.latency());
        if let Some((byte, pause)) = fate.stall
            && range.contains(&byte)
        {
            self.coverage.count(Fault::Stall);
            arrival += pause;
        }
        connection.last_arrival = arrival;
        self.push_pieces(connection, arrival, bytes);
        if cut.is_some() {
            let broken = Delivery::End(End::Broken("network error".into()));
            connection.queue.push_back((arrival, broken));
            connection.ended = true;
        }
    }

    /// Damage that cannot pass for another truth: a brace that is none, and a line without its end.
    fn damage(&mut self, bytes: Bytes, corruption: Option<usize>, truncation: Option<usize>) -> Bytes {
        let brace = corruption.and_then(|from| {
            let brace = bytes[from..].iter().position(|byte| b"{}".contains(byte))?;
            Some(from + brace)
        });
        // A line that is gone altogether would be an event lost without a trace, which is another fault.
        let dropped = truncation.and_then(|from| {
            let from = from.max(1);
            let end = bytes.get(from..)?.iter().position(|byte| *byte == b'\n')?;
            (end > 0).then_some(from..from + end)
        });
        if brace.is_none() && dropped.is_none() {
            return bytes;
        }
        let mut damaged = bytes.to_vec();
        if let Some(brace) = brace {
            self.coverage.count(Fault::Corrupted);
            damaged[brace] = 0xff;
        }
        if let Some(dropped) = dropped {
            self.coverage.count(Fault::Truncated);
            damaged.drain(dropped);
        }
        damaged.into()
    }

    /// The same of a frame or of a list in protobuf: a field that is none, where an event or an element should be. A frame
    /// without its end would shorten the one behind it, and might pass for another truth.
    fn damage_message(&mut self, bytes: Bytes, is_frame: bool, corruption: Option<usize>) -> Bytes {
        let field = corruption.and_then(|from| match is_frame {
            true => Some(FRAME_PREFIX_BYTES),
            false => item_offsets(&bytes).into_iter().find(|offset| *offset >= from),
        });
        let Some(field) = field else { return bytes };
        self.coverage.count(Fault::Corrupted);
        let mut damaged = bytes.to_vec();
        damaged[field] = 0xff;
        damaged.into()
    }

    /// Puts bytes on their way, unless a proxy holds them back.
    fn push_pieces(&mut self, connection: &mut Connection, arrival: Duration, bytes: Bytes) {
        let most = self.faults.way.held_bytes;
        if most == 0 || connection.carrier == Carrier::Socket {
            return self.release(connection, arrival, bytes);
        }
        connection.held.extend_from_slice(&bytes);
        let full = connection.held.len() / most * most;
        if full < connection.held.len() {
            self.coverage.count(Fault::HeldBack);
        }
        let released: Vec<u8> = connection.held.drain(..full).collect();
        self.release(connection, arrival, released.into());
    }

    /// A stretch of them in small pieces.
    fn release(&mut self, connection: &mut Connection, arrival: Duration, mut bytes: Bytes) {
        if !bytes.is_empty()
            && let Some(head) = connection.late_head.take()
        {
            connection.queue.push_back((arrival, Delivery::Head(head)));
        }
        let size = self.faults.piece_bytes;
        let mut push = |piece: Bytes| {
            if !piece.is_empty() {
                connection.queue.push_back((arrival, Delivery::Body(piece)));
            }
        };
        if size > 0 && !bytes.is_empty() {
            push(bytes.split_to(self.random.usize(..bytes.len())));
            for _ in 0..PIECES {
                let piece = bytes.split_to(size.min(bytes.len()));
                if piece.len() == 1 {
                    self.coverage.count(Fault::Piece);
                }
                push(piece);
            }
        }
        push(bytes);
    }

    fn end(&mut self, connection: &mut Connection, now: Duration) {
        let is_silent = connection.fate.silence.is_some_and(|byte| byte < connection.sent);
        if !connection.ended && !is_silent {
            let arrival = connection.last_arrival.max(now);
            let rest = std::mem::take(&mut connection.held);
            self.release(connection, arrival, rest.into());
            if let Some(head) = connection.late_head.take() {
                connection.queue.push_back((arrival, Delivery::Head(head)));
            }
            connection.queue.push_back((arrival, Delivery::End(End::Clean)));
        }
        connection.ended = true;
    }

    /// The server's watches speak.
    pub(crate) fn poll_watches(&mut self, api: &mut ApiServer, now: Duration) {
        let mut connections = std::mem::take(&mut self.connections);
        for connection in connections.values_mut() {
            while let Some(watch) = connection.watch {
                let output = api.poll_watch(self.time(now), watch);
                self.push_lines(connection, now, &output.lines);
                if connection.ended && !output.ended {
                    api.close_watch(watch);
                    connection.watch = None;
                } else if output.ended {
                    connection.watch = None;
                    self.end(connection, now);
                } else if !output.more {
                    break;
                }
            }
        }
        self.connections = connections;
    }

    fn push_lines(&mut self, connection: &mut Connection, now: Duration, lines: &[Bytes]) {
        for line in lines {
            if line.starts_with(br#"{"type":"ERROR""#) || line[FRAME_PREFIX_BYTES..].starts_with(b"\x0a\x05ERROR") {
                self.coverage.count(if connection.expired {
                    Fault::StreamExpired
                } else {
                    Fault::HistoryGone
                });
            }
            self.push(connection, now, line.clone());
            if self.happens(self.faults.duplicate) {
                self.coverage.count(Fault::Duplicated);
                self.push(connection, now, line.clone());
            }
            connection.recent.push_back(line.clone());
            if connection.recent.len() > REPLAYED_LINES {
                connection.recent.pop_front();
            }
        }
        if !lines.is_empty() && self.happens(self.faults.replay) {
            self.coverage.count(Fault::Replayed);
            // Not up to the last: of what was deleted meanwhile, only the life may come again.
            let end = self.random.usize(0..connection.recent.len()) + 1;
            let begin = self.random.usize(0..end);
            let again: Vec<Bytes> = connection.recent.range(begin..end).cloned().collect();
            for line in again {
                self.push(connection, now, line);
            }
        }
    }

    // What arrives, and when.

    /// When a watch of the server is due.
    pub(crate) fn next_watch(&self, api: &ApiServer, now: Duration) -> Option<Duration> {
        let time = self.time(now);
        let due = |connection: &Connection| api.watch_deadline(time, connection.watch?);
        let due = self.connections.values().filter_map(due).min()?;
        Some(self.since_epoch(due))
    }

    /// When the next thing arrives.
    pub(crate) fn next_arrival(&self) -> Option<Duration> {
        let queues = self.connections.values().map(|connection| &connection.queue);
        queues.filter_map(VecDeque::front).map(|(at, _)| *at).min()
    }

    /// The next thing that has arrived.
    pub(crate) fn poll(&mut self, now: Duration) -> Option<(CollectionId, RequestId, Delivery)> {
        let due = |connection: &Connection| connection.queue.front().map(|(at, _)| *at).filter(|at| *at <= now);
        let arrived = self
            .connections
            .iter()
            .filter_map(|(id, connection)| Some((due(connection)?, *id)));
        let (_, id) = arrived.min()?;
        let connection = self.connections.get_mut(&id)?;
        let (_, delivery) = connection.queue.pop_front()?;
        if matches!(delivery, Delivery::End(_) | Delivery::NoCarrier)
            || (connection.given_up && connection.queue.is_empty())
        {
            self.connections.remove(&id);
        }
        Some((id.0, id.1, delivery))
    }

    /// The page gives a request up.
    pub(crate) fn abort(&mut self, api: &mut ApiServer, stream: CollectionId, attempt: RequestId) {
        let leaves_rest = self.faults.leftover > 0.0 && self.happens(self.faults.leftover);
        let Some(mut connection) = self.connections.remove(&(stream, attempt)) else {
            return;
        };
        if let Some(watch) = connection.watch.take() {
            api.close_watch(watch);
        }
        if leaves_rest && !connection.queue.is_empty() {
            self.coverage.count(Fault::Leftover);
            connection.ended = true;
            connection.given_up = true;
            self.connections.insert((stream, attempt), connection);
        }
    }

    /// How many requests are under way.
    pub(crate) fn open(&self) -> usize {
        let is_open = |connection: &&Connection| !connection.given_up;
        self.connections.values().filter(is_open).count()
    }

    /// Whether something is on its way to this informer.
    pub(crate) fn is_awaited(&self, stream: CollectionId) -> bool {
        let mut connections = self.connections.iter().filter(|((of, _), _)| *of == stream);
        connections.any(|(_, connection)| !connection.given_up && !connection.queue.is_empty())
    }

    /// How many of them are watches that the server still answers.
    pub(crate) fn watches(&self) -> usize {
        let is_watch = |connection: &&Connection| connection.watch.is_some() && !connection.ended;
        self.connections.values().filter(is_watch).count()
    }

    // Disasters.

    /// The machine slept: whatever was open is dead, and nobody says so.
    pub(crate) fn sleep(&mut self) {
        for connection in self.connections.values_mut() {
            connection.queue.clear();
            connection.fate.silence = Some(0);
            connection.ended = true;
        }
    }

    /// Whatever is open breaks off.
    pub(crate) fn break_off(&mut self, api: &mut ApiServer, now: Duration) {
        for connection in self.connections.values_mut() {
            if let Some(watch) = connection.watch.take() {
                api.close_watch(watch);
            }
            if !connection.ended {
                let arrival = connection.last_arrival.max(now);
                let broken = Delivery::End(End::Broken("network error".into()));
                connection.queue.push_back((arrival, broken));
                connection.ended = true;
            }
        }
    }

    /// The server ends all watches with 410.
    pub(crate) fn expire(&mut self, api: &mut ApiServer) {
        api.expire_open_watches();
        for connection in self.connections.values_mut() {
            connection.expired = true;
        }
    }
}

fn refuse(connection: &mut Connection, arrival: Duration, api_error: &ApiError) {
    let head = ResponseHead {
        code: api_error.code,
        retry_after: api_error.retry_after.map(Duration::from_secs),
        is_page: api_error.body.starts_with('<'),
        ..ResponseHead::default()
    };
    let body = Bytes::from_static(api_error.body.as_bytes());
    for delivery in [Delivery::Head(head), Delivery::Body(body), Delivery::End(End::Clean)] {
        connection.queue.push_back((arrival, delivery));
    }
}

/// An answer that is none.
#[derive(Debug)]
struct ApiError {
    code: u16,
    /// In seconds.
    retry_after: Option<u64>,
    body: &'static str,
}

const API_SERVER_DOWN: ApiError = ApiError {
    code: 500,
    retry_after: None,
    body: "dial tcp 127.0.0.1:6443: connect: connection refused\n",
};

/// A `Status` with this reason and code.
macro_rules! status {
    ($code:literal, $reason:literal, $retry_after:expr) => {
        ApiError {
            code: $code,
            retry_after: $retry_after,
            body: concat!(
                r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"injected","reason":""#,
                $reason,
                r#"","code":"#,
                $code,
                "}"
            ),
        }
    };
}

const EXPIRED: ApiError = status!(410, "Expired", None);

const REFUSALS: [ApiError; 15] = [
    API_SERVER_DOWN,
    ApiError {
        code: 502,
        retry_after: None,
        body: "<html><title>502 Bad Gateway</title></html>",
    },
    status!(500, "InternalError", None),
    status!(503, "ServiceUnavailable", Some(1)),
    status!(504, "Timeout", None),
    status!(429, "TooManyRequests", Some(1)),
    status!(429, "TooManyRequests", Some(4)),
    status!(400, "BadRequest", None),
    status!(401, "Unauthorized", None),
    status!(403, "Forbidden", None),
    status!(404, "NotFound", None),
    status!(405, "MethodNotAllowed", None),
    status!(422, "Invalid", None),
    ApiError {
        code: 200,
        retry_after: None,
        body: "<!doctype html><title>Sign in</title>",
    },
    // A redirect, as browsers tell of it.
    ApiError {
        code: 0,
        retry_after: None,
        body: "",
    },
];
