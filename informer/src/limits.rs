//! Every bound of the informer and its store in one place.
//!
//! Whatever can grow has its limit here, and reaching one is visible to the caller. What a user may wish to choose is in
//! [`InformerConfig`](crate::InformerConfig) instead, with a default.

use std::time::Duration;

/// Longest line of a watch stream, in bytes. etcd refuses objects over 1.5 MiB; client-go's reader stops at 16 MiB.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Most objects of a kind that are held, unless [`InformerConfig`](crate::InformerConfig) says otherwise. The page says when
/// there are more.
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

/// Longest `Retry-After` that is honoured. Kubernetes asks for seconds; a damaged number must not stop a page for ever.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

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

/// Silence of a watch, in bookmark periods, after which it is reopened. Costs one request when it was only quiet.
pub const SILENT_BOOKMARK_PERIODS: f64 = 1.8;

/// Shortest and longest time between bookmarks that is believed to be the server's period.
pub const BOOKMARK_PERIOD: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(120);

/// Not live for longer than this is stale.
pub const STALE_AFTER: Duration = Duration::from_secs(10);

/// Watches that failed since a kind was last live, from which on it is taken for one that can be listed, but not watched.
pub const UNWATCHED_FAILURES: u32 = 3;

/// Unreadable lines of a watch in a row, without an event between, after which it is listed again.
pub const MAX_UNREADABLE_LINES: u32 = 2;

/// Watches in a row that ended cleanly without an event before they were healthy; then the history is taken for lost
/// and the kind is listed again. Some managed servers close instead of answering 410.
pub const MAX_EMPTY_WATCHES: u32 = 3;

/// Events that a list under way may hold beside half as many as it has objects, before repetitions are dropped.
pub const STAGING_SLACK: usize = 1_024;

/// Streaming lists in a row that may break before lists are used instead.
pub const MAX_BROKEN_STREAMS: u32 = 3;

/// No API server is stopped, restored from a backup and started again in less. Whoever heard nothing of it for so long
/// compares versions before going on.
pub const FASTEST_RESTORE: Duration = Duration::from_secs(10);

/// Handshakes of WebSockets that may be refused in a row, while `fetch` is answered, before a page gives up on them.
pub const MAX_REFUSED_HANDSHAKES: u32 = 3;
