//! A faulty network between one page and its API server, on virtual time.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use k8bit::{
    informer::{
        failure::{End, ResponseHead},
        request::{Attempt, Request},
    },
    mirror::StreamId,
};
use k8bit_simulator::api::{ApiServer, Payload, WatcherId};

use crate::faults::{Coverage, Faults};

/// What reaches the page.
#[derive(Debug)]
pub(crate) enum Delivery {
    Head(ResponseHead),
    Body(Vec<u8>),
    End(End),
}

/// One request and all that will come of it.
#[derive(Debug)]
struct Connection {
    /// On their way, in order, each with its time of arrival.
    queue: VecDeque<(Duration, Delivery)>,
    watch: Option<WatcherId>,
    fate: Fate,
    /// Bytes that were sent so far.
    sent: usize,
    /// Nothing arrives before the one before it.
    last_arrival: Duration,
    /// The last lines of this stream, which may be sent again.
    recent: VecDeque<Bytes>,
    ended: bool,
}

/// What will happen to a connection, decided when it is opened.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    cut_after: Option<usize>,
    silent_after: Option<usize>,
    stall_after: Option<(usize, Duration)>,
    corrupt_after: Option<usize>,
    replica: usize,
}

#[derive(Debug)]
pub(crate) struct Network {
    connections: BTreeMap<(StreamId, Attempt), Connection>,
    epoch: Timestamp,
    pub(crate) faults: Faults,
    pub(crate) coverage: Coverage,
    random: fastrand::Rng,
}

impl Network {
    pub(crate) fn new(faults: Faults, epoch: Timestamp, seed: u64) -> Self {
        Self {
            connections: BTreeMap::new(),
            epoch,
            faults,
            coverage: Coverage::default(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    pub(crate) fn time(&self, now: Duration) -> Timestamp {
        self.epoch + jiff::SignedDuration::try_from(now).expect("a short run")
    }

    fn happens(&mut self, probability: f64, kind: &'static str) -> bool {
        let happens = self.random.f64() < probability;
        if happens {
            self.coverage.count(kind);
        }
        happens
    }

    fn latency(&mut self) -> Duration {
        Duration::from_millis(self.random.u64(0..=self.faults.latency_ms))
    }

    /// The page sends a request.
    pub(crate) fn send(&mut self, api: &mut ApiServer, now: Duration, stream: StreamId, request: &Request) {
        let id = (stream, request.attempt);
        let faults = self.faults.clone();
        let mut connection = Connection {
            queue: VecDeque::new(),
            watch: None,
            fate: self.fate(),
            sent: 0,
            last_arrival: now,
            recent: VecDeque::new(),
            ended: false,
        };
        let arrival = now + self.latency();
        if self.happens(faults.unreachable, "network error") {
            connection
                .queue
                .push_back((arrival, Delivery::End(End::Broken("Failed to fetch".into()))));
        } else if self.happens(faults.hang, "request never answered") {
            // Nothing is queued.
        } else if self.happens(faults.refuse, "error status") {
            let (code, retry_after, body) = self.refusal();
            let retry_after = retry_after.map(Duration::from_secs);
            connection
                .queue
                .push_back((arrival, Delivery::Head(ResponseHead { code, retry_after })));
            connection.queue.push_back((arrival, Delivery::Body(body)));
            connection.queue.push_back((arrival, Delivery::End(End::Clean)));
        } else {
            self.answer(api, now, arrival, request, &mut connection);
        }
        self.connections.insert(id, connection);
    }

    fn fate(&mut self) -> Fate {
        let faults = self.faults.clone();
        let some_byte = |happens: bool, random: &mut fastrand::Rng| happens.then(|| random.usize(0..6_000));
        let cut = self.happens(faults.cut, "cut at some byte");
        let silent = self.happens(faults.half_open, "half-open silence");
        let stall = self.happens(faults.stall, "stall");
        let corrupt = self.happens(faults.corrupt, "corrupted line");
        let random = &mut self.random;
        Fate {
            cut_after: some_byte(cut, random),
            silent_after: some_byte(silent, random),
            stall_after: some_byte(stall, random).map(|byte| (byte, Duration::from_secs(random.u64(1..100)))),
            corrupt_after: some_byte(corrupt, random),
            replica: if faults.lag_ms > 0 { random.usize(0..2) } else { 0 },
        }
    }

    fn refusal(&mut self) -> (u16, Option<u64>, Vec<u8>) {
        let status = |code: u16, reason: &str| {
            format!(
                r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"injected","reason":"{reason}","code":{code}}}"#
            )
        };
        let (code, retry_after, body) = match self.random.u8(0..9) {
            0 => (
                500,
                None,
                "dial tcp 127.0.0.1:6443: connect: connection refused\n".to_owned(),
            ),
            1 => (429, Some(self.random.u64(1..5)), status(429, "TooManyRequests")),
            2 => (503, Some(1), status(503, "ServiceUnavailable")),
            3 => (401, None, status(401, "Unauthorized")),
            4 => (403, None, status(403, "Forbidden")),
            5 => (410, None, status(410, "Expired")),
            6 => (504, None, status(504, "Timeout")),
            7 => (500, None, status(500, "InternalError")),
            _ => (200, None, "<!doctype html><title>Sign in</title>".to_owned()),
        };
        (code, retry_after, body.into_bytes())
    }

    fn answer(
        &mut self,
        api: &mut ApiServer,
        now: Duration,
        arrival: Duration,
        request: &Request,
        connection: &mut Connection,
    ) {
        let request = http::Request::get(&request.url)
            .header("User-Agent", "Mozilla/5.0")
            .header("Accept", "application/json")
            .body(Bytes::new())
            .expect("the informer's URLs are URLs");
        let response = api.handle_at(connection.fate.replica, self.time(now), &request);
        let retry_after = response
            .headers()
            .get("Retry-After")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let head = ResponseHead {
            code: response.status().as_u16(),
            retry_after: retry_after.map(Duration::from_secs),
        };
        connection.queue.push_back((arrival, Delivery::Head(head)));
        connection.last_arrival = arrival;
        match response.into_body() {
            Payload::Body(body) => {
                self.push(connection, now, &body.collect());
                self.end(connection, now);
            }
            Payload::Watch(id) => connection.watch = Some(id),
        }
    }

    /// Sends bytes: in pieces, late, damaged, or not at all.
    fn push(&mut self, connection: &mut Connection, now: Duration, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        let range = connection.sent..connection.sent + bytes.len();
        connection.sent = range.end;
        if connection.ended || connection.fate.silent_after.is_some_and(|byte| byte <= range.start) {
            return;
        }
        if let Some(byte) = connection.fate.corrupt_after.filter(|byte| range.contains(byte)) {
            // A brace that is none: no damage that could pass for another truth.
            let from = byte - range.start;
            if let Some(brace) = bytes[from..].iter().position(|byte| b"{}".contains(byte)) {
                bytes[from + brace] = 0xff;
            }
        }
        if let Some(byte) = connection.fate.silent_after.filter(|byte| range.contains(byte)) {
            bytes.truncate(byte - range.start);
        }
        let cut = connection.fate.cut_after.filter(|byte| range.contains(byte));
        if let Some(byte) = cut {
            bytes.truncate(byte - range.start);
        }
        let mut arrival = connection.last_arrival.max(now + self.latency());
        if let Some((_, pause)) = connection.fate.stall_after.filter(|(byte, _)| range.contains(byte)) {
            arrival += pause;
        }
        connection.last_arrival = arrival;
        let size = match self.faults.piece_bytes {
            0 => bytes.len().max(1),
            // Tiny pieces of a large body would only cost time.
            size => size.max(bytes.len() / 60),
        };
        for piece in bytes.chunks(size) {
            connection.queue.push_back((arrival, Delivery::Body(piece.to_vec())));
        }
        if cut.is_some() {
            connection
                .queue
                .push_back((arrival, Delivery::End(End::Broken("network error".into()))));
            connection.ended = true;
        }
    }

    fn end(&mut self, connection: &mut Connection, now: Duration) {
        let silent = connection.fate.silent_after.is_some_and(|byte| byte <= connection.sent);
        if !connection.ended && !silent {
            let arrival = connection.last_arrival.max(now);
            connection.queue.push_back((arrival, Delivery::End(End::Clean)));
        }
        connection.ended = true;
    }

    /// The server's watches speak.
    pub(crate) fn poll_watches(&mut self, api: &mut ApiServer, now: Duration) {
        let ids: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, it)| it.watch.is_some())
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            let Some(mut connection) = self.connections.remove(&id) else {
                continue;
            };
            while let Some(watch) = connection.watch {
                let output = api.poll_watch(self.time(now), watch);
                for line in &output.lines {
                    self.push(&mut connection, now, line);
                    connection.recent.push_back(line.clone());
                    connection.recent.truncate(8);
                }
                if !output.lines.is_empty() && self.happens(self.faults.replay, "replayed events") {
                    for line in connection.recent.clone() {
                        self.push(&mut connection, now, &line);
                    }
                }
                if connection.ended && !output.ended {
                    api.close_watch(watch);
                    connection.watch = None;
                } else if output.ended {
                    connection.watch = None;
                    self.end(&mut connection, now);
                } else if !output.more {
                    break;
                }
            }
            self.connections.insert(id, connection);
        }
    }

    /// When the next thing arrives, or a watch of the server is due.
    pub(crate) fn next_event(&self, api: &ApiServer, now: Duration) -> Option<Duration> {
        let arrivals = self
            .connections
            .values()
            .filter_map(|connection| connection.queue.front())
            .map(|(at, _)| *at);
        let watches = self
            .connections
            .values()
            .filter_map(|connection| api.watch_deadline(self.time(now), connection.watch?))
            .map(|at| Duration::try_from(at.duration_since(self.epoch)).unwrap_or(now));
        arrivals.chain(watches).min()
    }

    /// The next thing that has arrived.
    pub(crate) fn poll(&mut self, now: Duration) -> Option<(StreamId, Attempt, Delivery)> {
        let (id, _) = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.queue.front().is_some_and(|(at, _)| *at <= now))
            .min_by_key(|(id, connection)| (connection.queue.front().map(|(at, _)| *at), **id))?;
        let id = *id;
        let connection = self.connections.get_mut(&id)?;
        let (_, delivery) = connection.queue.pop_front()?;
        if matches!(delivery, Delivery::End(_)) {
            self.connections.remove(&id);
        }
        Some((id.0, id.1, delivery))
    }

    /// The page gives a request up.
    pub(crate) fn abort(&mut self, api: &mut ApiServer, stream: StreamId, attempt: Attempt) {
        if let Some(watch) = self
            .connections
            .remove(&(stream, attempt))
            .and_then(|connection| connection.watch)
        {
            api.close_watch(watch);
        }
    }

    /// The machine slept: whatever was open is dead, and nobody says so.
    pub(crate) fn sleep(&mut self) {
        for connection in self.connections.values_mut() {
            connection.queue.clear();
            connection.fate.silent_after = Some(0);
            connection.ended = true;
        }
    }

    pub(crate) fn open(&self) -> usize {
        self.connections.len()
    }
}
