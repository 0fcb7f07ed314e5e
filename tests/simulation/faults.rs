//! What goes wrong in a run, and how often.

use std::time::Duration;

/// Every fault as a knob. Probabilities are per occasion, named in each comment; zero is never.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// Longest time from server to client, in milliseconds.
    pub(crate) latency_ms: u64,
    /// Size of the pieces that a stretch of each body comes in; 0 for whole bodies and lines.
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
    /// 4xx, 5xx, 429, or a page of HTML instead of an answer: per request.
    pub(crate) refuse: f64,
    /// 410 instead of the next page of a list: per page after the first.
    pub(crate) expire_page: f64,
    /// The HTTP status 410 instead of a watch: per watch.
    pub(crate) expire_start: f64,
    /// A line or an element comes damaged: per request.
    pub(crate) corrupt: f64,
    /// A line comes without its end, and the stream goes on: per request.
    pub(crate) truncate: f64,
    /// A line comes twice: per line.
    pub(crate) duplicate: f64,
    /// Some of the last lines of a stream come again: per batch of lines.
    pub(crate) replay: f64,
    /// What was on its way when a request was given up arrives all the same: per such request.
    pub(crate) leftover: f64,
    /// Histories are compacted: per second.
    pub(crate) compact: f64,
    /// Open watches expire: per second.
    pub(crate) expire: f64,
    /// Open watches are closed as too slow: per second.
    pub(crate) terminate: f64,
    /// Changes are withheld from open watches, without a trace: per second.
    pub(crate) lose: f64,
    /// Nothing answers for a while, or a proxy says so: per second.
    pub(crate) outage: f64,
    /// The API server restarts, too soon to be missed: per second.
    pub(crate) restart: f64,
    /// etcd is restored from a backup, with an outage: per second.
    pub(crate) rewind: f64,
    /// The machine sleeps: per second.
    pub(crate) sleep: f64,
    /// The wall clock is set: per second.
    pub(crate) clock_jump: f64,
    /// The page is hidden for a while, and gives its streams up: per second.
    pub(crate) hide: f64,
    /// The page is frozen for a while, and nobody tells it: per second.
    pub(crate) freeze: f64,
    /// The second replica lags behind the first by this many milliseconds; 0 for a single server.
    pub(crate) lag_ms: u64,
    /// The server knows nothing but JSON.
    pub(crate) json_only: bool,
    /// The way between page and server; no fault, and it stays.
    pub(crate) way: Way,
}

/// How browsers and proxies differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// It is known from the beginning that `fetch` delivers at once.
    pub(crate) known: bool,
    /// Headers come with the first byte of the body, as in Firefox.
    pub(crate) late_headers: bool,
    /// A proxy holds bodies back until this many bytes have come together; 0 is none.
    pub(crate) held_bytes: usize,
    /// Other pages have all the streams over `fetch`.
    pub(crate) no_streams: bool,
    /// Handshakes of WebSockets are refused.
    pub(crate) no_sockets: bool,
}

impl Way {
    /// What a buffering proxy holds, as many do.
    pub(crate) const HELD_BYTES: usize = 8 << 10;

    /// Most seeds have the way that nothing stands in. Not drawn: seeds that were kept mean what they meant.
    fn of_seed(seed: u64) -> Self {
        let variant = seed / 8 % 4;
        let no_sockets = variant >= 2;
        match seed % 8 {
            4 => Self {
                late_headers: true,
                no_sockets,
                ..Self::default()
            },
            5 => Self {
                held_bytes: Self::HELD_BYTES,
                no_sockets,
                ..Self::default()
            },
            6 => Self {
                no_streams: variant % 2 == 1,
                no_sockets,
                ..Self::default()
            },
            _ => Self {
                known: true,
                ..Self::default()
            },
        }
    }
}

impl Faults {
    /// Each seed has some of the faults, and often none of a kind: what only shows in the absence of another fault
    /// shows as well.
    pub(crate) fn of_seed(seed: u64, random: &mut fastrand::Rng) -> Self {
        let mut some = |most: f64| if random.bool() { random.f64() * most } else { 0.0 };
        let mut faults = Self {
            cut: some(0.5),
            stall: some(0.3),
            half_open: some(0.2),
            hang: some(0.1),
            unreachable: some(0.4),
            refuse: some(0.4),
            expire_page: some(0.5),
            expire_start: some(0.2),
            corrupt: some(0.2),
            truncate: some(0.2),
            duplicate: some(0.2),
            replay: some(0.5),
            compact: some(0.02),
            expire: some(0.02),
            terminate: some(0.1),
            outage: some(0.01),
            restart: some(0.005),
            sleep: some(0.004),
            clock_jump: some(0.01),
            hide: some(0.01),
            freeze: some(0.01),
            ..Self::default()
        };
        // Drawn from a branch, so that seeds from before it are the same runs.
        let mut branch = fastrand::Rng::with_seed(random.clone().u64(..));
        if branch.bool() {
            faults.leftover = branch.f64();
        }
        // These are repaired last, and what else would have to be repaired meanwhile is to be seen as well.
        let mut rarely = |most: f64| if random.u8(0..4) == 0 { random.f64() * most } else { 0.0 };
        faults.rewind = rarely(0.008);
        faults.lose = rarely(0.02);
        faults.latency_ms = if random.bool() { random.u64(0..2_000) } else { 5 };
        faults.piece_bytes = [0, 0, 1, 1, 7, 100][random.usize(0..6)];
        faults.lag_ms = if random.u8(0..4) == 0 {
            random.u64(100..20_000)
        } else {
            0
        };
        faults.json_only = seed % 3 == 1;
        faults.way = Way::of_seed(seed);
        faults
    }

    /// What is left when everything is well again: the way is as long as before, and the pieces as small.
    pub(crate) fn over(&self) -> Self {
        Self {
            latency_ms: self.latency_ms,
            piece_bytes: self.piece_bytes,
            json_only: self.json_only,
            way: self.way,
            ..Self::default()
        }
    }
}

/// Declares the kinds of fault with their names in the report.
macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident => $name:literal,)*) => {
        /// A fault that happened, as the report tells them apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Fault { $($fault,)* }

        impl Fault {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$fault,)*];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)* }
            }
        }
    };
}

faults! {
    Late => "answer more than a second late",
    Piece => "piece of one byte",
    Cut => "cut at some byte",
    Stall => "stall",
    HalfOpen => "half-open silence",
    Hang => "request never answered",
    Unreachable => "network error",
    Refused4xx => "status 4xx",
    Refused429 => "status 429 with Retry-After",
    Refused5xx => "status 5xx",
    Html => "HTML instead of an object",
    Json => "JSON instead of protobuf",
    PageExpired => "410 on a page of a list",
    StartExpired => "410 at the start of a watch, as a status",
    StreamExpired => "410 in the stream, injected",
    HistoryGone => "410 in the stream, because the history was gone",
    Corrupted => "corrupted line or element",
    Truncated => "truncated line",
    Duplicated => "duplicated line",
    Replayed => "replayed lines",
    Leftover => "rest of a request that was given up",
    Compaction => "compaction",
    Terminated => "slow watcher terminated",
    Lost => "event lost without a trace",
    Outage => "outage",
    Restart => "API server restart",
    Rewound => "versions rewound (etcd restore)",
    Slept => "sleep",
    ClockJump => "clock jump",
    Hidden => "page hidden",
    Frozen => "page frozen",
    Replica => "request to a lagging replica",
    LateHeaders => "headers that came with the body",
    HeldBack => "bytes held back by a proxy",
    NoStream => "no stream over fetch is available",
    NoSocket => "WebSocket refused",
    Socket => "watch over a WebSocket",
}

/// How often each fault happened, and how long the picture took to be right after the last one.
#[derive(Clone, Debug)]
pub(crate) struct Coverage {
    counts: [u64; Fault::ALL.len()],
    convergence: Vec<Duration>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self {
            counts: [0; Fault::ALL.len()],
            convergence: Vec::new(),
        }
    }
}

impl Coverage {
    pub(crate) fn count(&mut self, fault: Fault) {
        self.counts[fault as usize] += 1;
    }

    pub(crate) fn get(&self, fault: Fault) -> u64 {
        self.counts[fault as usize]
    }

    pub(crate) fn converged(&mut self, after: Duration) {
        self.convergence.push(after);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.convergence.extend(other.convergence);
    }

    /// The time within which this many of a hundred runs converged.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut times = self.convergence.clone();
        times.sort_unstable();
        let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(index).copied().unwrap_or_default()
    }
}
