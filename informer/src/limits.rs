//! Every bound of the informer and its store in one place.
//!
//! Whatever can grow has its limit here, and reaching one is visible to the caller.

use std::time::Duration;

/// Longest line of a watch stream, in bytes. etcd refuses objects over 1.5 MiB; client-go's reader stops at 16 MiB.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Most objects of a kind that are held: twice the pods that Kubernetes is made for. The page says when there are more.
/// <https://kubernetes.io/docs/setup/best-practices/cluster-large/>
pub const MAX_STORE_OBJECTS: usize = 300_000;

/// Longest element of a list's `items`, in bytes. The same object can arrive as a line, so the same bound.
pub const MAX_ITEM_BYTES: usize = MAX_LINE_BYTES;

/// Most bytes of a list response outside of its items: `kind`, `metadata` with the continue token, white space.
pub const MAX_LIST_ENVELOPE_BYTES: usize = 1 << 20;

/// Most bytes of an error response that are read; a `Status` is a few hundred.
pub const MAX_ERROR_BODY_BYTES: usize = 64 << 10;

/// Most characters of a server's message that are kept and shown.
pub const MAX_MESSAGE_CHARS: usize = 1_024;

/// Deepest nesting of JSON that is scanned. Kubernetes itself stops at 10,000; no built-in kind comes near 100.
pub const MAX_JSON_DEPTH: usize = 512;

/// Shortest and longest `timeoutSeconds` of a watch. Below 240 s, because load balancers cut idle streams there.
pub const WATCH_TIMEOUT_SECONDS: std::ops::Range<u32> = 200..235;

/// How long after its own `timeoutSeconds` a watch may stay open before the client ends it.
pub const WATCH_DEADLINE_MARGIN: Duration = Duration::from_secs(10);

/// Requests of one informer that may start without waiting, after a quiet time. Pages of one list count as one.
pub const REQUEST_BURST: u32 = 10;

/// Longest `Retry-After` that is honoured. Kubernetes asks for seconds; a damaged number must not stop a page for ever.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// Time between requests of one informer once the burst is used up: at most 70 in any minute.
pub const REQUEST_INTERVAL: Duration = Duration::from_secs(1);

/// How long a request may wait for its response headers. Longer than a bookmark period, because some proxies send
/// no headers before the first event.
pub const HEADER_DEADLINE: Duration = Duration::from_secs(75);

/// The same, once this server was seen to send headers at once: a dead connection upstream is then found sooner.
pub const PROMPT_HEADER_DEADLINE: Duration = Duration::from_secs(20);

/// Headers that come within this time are prompt.
pub const PROMPT_HEADERS: Duration = Duration::from_secs(5);

/// How long the headers of a watch are awaited before a WebSocket is tried: [`SOCKET_PATIENCE_FACTOR`] times as long as
/// those of the list before it took, within these bounds.
pub const SOCKET_PATIENCE: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5);

/// See [`SOCKET_PATIENCE`].
pub const SOCKET_PATIENCE_FACTOR: u32 = 5;

/// If it is noticed that much later that they did not come, the page was held up, and they are awaited once more.
pub const SOCKET_PATIENCE_SLACK: Duration = Duration::from_millis(100);

/// Watches in a row whose headers were not waited for, after which a way that was prompt is not any more.
pub const MAX_LATE_HEADERS: u32 = 2;

/// How long the handshake of a WebSocket may take.
pub const SOCKET_DEADLINE: Duration = Duration::from_secs(10);

/// How long a page that was refused WebSockets does without, before it tries again.
pub const SOCKET_RETRY: Duration = Duration::from_secs(600);

/// Within what time the event of a probe has to arrive, for `fetch` to be trusted with a watch.
pub const PROBE_DEADLINE: Duration = Duration::from_secs(3);

/// `timeoutSeconds` of a probe: more than [`PROBE_DEADLINE`], so that what a proxy releases at its end is too late.
pub const PROBE_TIMEOUT_SECONDS: u32 = 10;

/// Probes in a row that may break off without an answer; then nothing is proven.
pub const MAX_BROKEN_PROBES: u32 = 2;

/// `timeoutSeconds` of a short watch. Its events may arrive that late.
pub const SHORT_WATCH_SECONDS: u32 = 5;

/// How long after its own `timeoutSeconds` the end of a short watch may come. The picture counts as live until then.
pub const SHORT_WATCH_MARGIN: Duration = Duration::from_secs(4);

/// How long a list may pause between two pieces of its body.
pub const LIST_IDLE_DEADLINE: Duration = Duration::from_secs(30);

/// Silence of a watch, in bookmark periods, after which it is reopened. Costs one request when it was only quiet.
pub const SILENT_BOOKMARK_PERIODS: f64 = 1.8;

/// Shortest and longest time between bookmarks that is believed to be the server's period.
pub const BOOKMARK_PERIOD: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(120);

/// A watch that was open this long was healthy: its end is no failure and backoff starts again.
pub const HEALTHY_WATCH: Duration = Duration::from_secs(60);

/// A watch that ended by itself still counts as live for this long, while it is reopened.
pub const REOPEN_GRACE: Duration = Duration::from_secs(2);

/// Not live for longer than this is stale.
pub const STALE_AFTER: Duration = Duration::from_secs(10);

/// Page size once a list has to be paged: client-go's and kube-rs' default.
pub const PAGE_LIMIT: u32 = 500;

/// Time between lists of a kind that cannot be watched.
pub const POLL_INTERVAL: Duration = Duration::from_secs(15);

/// Watches that failed since a kind was last live, from which on it is taken for one that can be listed, but not watched.
pub const UNWATCHED_FAILURES: u32 = 3;

/// Time between lists of such a kind, to which at most the delay after a failure is added.
pub const UNWATCHED_RELIST_INTERVAL: Duration = Duration::from_secs(60);

/// Unreadable lines of a watch in a row, without an event between, after which it is listed again.
pub const MAX_UNREADABLE_LINES: u32 = 2;

/// Watches in a row that ended cleanly without an event before they were healthy; then the history is taken for lost
/// and the kind is listed again. Some managed servers close instead of answering 410.
pub const MAX_EMPTY_WATCHES: u32 = 3;

/// Events that a list under way may hold beside half as many as it has objects, before repetitions are dropped.
pub const STAGING_SLACK: usize = 1_024;

/// How long a streaming list may be silent before its end bookmark; servers that ignore `sendInitialEvents` never
/// send one.
pub const STREAM_LIST_DEADLINE: Duration = Duration::from_secs(15);

/// Streaming lists in a row that may break before lists are used instead.
pub const MAX_BROKEN_STREAMS: u32 = 3;

/// At the end of a watch, a list of one object compares versions and counts, unless one did so this recently; and
/// always after nothing answered.
pub const AUDIT_INTERVAL: Duration = Duration::from_secs(180);

/// No API server is stopped, restored from a backup and started again in less. Whoever heard nothing of it for so long
/// compares versions before going on.
pub const FASTEST_RESTORE: Duration = Duration::from_secs(10);

/// At the end of a watch, everything is listed again, unless it was this recently: the last resort against whatever
/// loses events without a trace.
pub const RELIST_INTERVAL: Duration = Duration::from_secs(1_800);

/// Handshakes of WebSockets that may be refused in a row, while `fetch` is answered, before a page gives up on them.
pub const MAX_REFUSED_HANDSHAKES: u32 = 3;
