//! What goes wrong in a run, and how often.

use std::collections::BTreeMap;

/// Every fault as a knob. Probabilities are per occasion, named in each comment; zero is never.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// Longest time from server to client, in milliseconds.
    pub(crate) latency_ms: u64,
    /// Largest piece of a body, in bytes; 0 for whole pieces.
    pub(crate) piece_bytes: usize,
    /// A response breaks off at some byte: per request.
    pub(crate) cut: f64,
    /// A response stops for some seconds: per request.
    pub(crate) stall: f64,
    /// A response falls silent for ever, the connection open: per request.
    pub(crate) half_open: f64,
    /// A request is never answered: per request.
    pub(crate) hang: f64,
    /// The browser reports a network error: per request.
    pub(crate) unreachable: f64,
    /// An error status instead of an answer: per request.
    pub(crate) refuse: f64,
    /// A line or an element comes damaged: per request.
    pub(crate) corrupt: f64,
    /// A watch begins with events that its client has seen before: per request.
    pub(crate) replay: f64,
    /// Histories are compacted: per second.
    pub(crate) compact: f64,
    /// Open watches expire: per second.
    pub(crate) expire: f64,
    /// Open watches are closed as too slow: per second.
    pub(crate) terminate: f64,
    /// The API server restarts: per second.
    pub(crate) restart: f64,
    /// etcd is restored from a backup: per second.
    pub(crate) rewind: f64,
    /// The machine sleeps: per second.
    pub(crate) sleep: f64,
    /// The page is hidden, or frozen, for a while: per second.
    pub(crate) hide: f64,
    /// The second replica lags behind the first by so many milliseconds; 0 for a single server.
    pub(crate) lag_ms: u64,
}

impl Faults {
    /// Each seed has some of the faults, and often none of a kind: what only shows in the absence of another fault
    /// shows as well.
    pub(crate) fn of_seed(random: &mut fastrand::Rng) -> Self {
        let mut some = |most: f64| if random.bool() { random.f64() * most } else { 0.0 };
        let mut faults = Self {
            cut: some(0.5),
            stall: some(0.3),
            half_open: some(0.2),
            hang: some(0.1),
            unreachable: some(0.4),
            refuse: some(0.4),
            corrupt: some(0.2),
            replay: some(0.5),
            compact: some(0.02),
            expire: some(0.02),
            terminate: some(0.1),
            restart: some(0.005),
            rewind: some(0.004),
            sleep: some(0.004),
            hide: some(0.01),
            ..Self::default()
        };
        faults.latency_ms = if random.bool() { random.u64(0..2_000) } else { 5 };
        faults.piece_bytes = [0, 0, 1, 7, 100, 4_096][random.usize(0..6)];
        faults.lag_ms = if random.u8(0..4) == 0 {
            random.u64(100..20_000)
        } else {
            0
        };
        faults
    }
}

/// How often each kind of fault happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage(BTreeMap<&'static str, u64>);

impl Coverage {
    pub(crate) fn count(&mut self, kind: &'static str) {
        *self.0.entry(kind).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (kind, count) in &other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(kind, count)| (*kind, *count))
    }

    pub(crate) fn get(&self, kind: &str) -> u64 {
        self.0.get(kind).copied().unwrap_or(0)
    }
}
