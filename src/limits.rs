//! Every bound of the program in one place; those of the informer and its store are in [`k8bit_informer::limits`].
//!
//! Whatever can grow has its limit here, and reaching one is visible to the user (invariant 4 of the architecture).

use std::time::Duration;

/// Most unread bytes of a WebSocket: four thousand pods. It cannot be asked to wait, as the
/// body of a response can; beyond this it is closed, and its watch resumes where it ended.
pub const MAX_UNREAD_SOCKET_BYTES: usize = 32 << 20;

/// Pieces of a body, each of at most [`INGEST_PIECE_BYTES`] or a line, that wait between a request and the informer of a
/// collection that somebody looks at.
pub const MAX_UNREAD_PIECES: usize = 4;

/// Largest single object that is read, in bytes. etcd refuses objects over 1.5 MiB.
pub const MAX_OBJECT_BYTES: usize = 16 << 20;

/// Longest bearer token, in bytes. As a subprotocol it is a third longer, and has to fit into the header buffers of
/// `deploy/overlays/token/nginx.conf`.
pub const MAX_TOKEN_BYTES: usize = 16 << 10;

/// Largest amount that one object may request or offer, in bytes or thousandths of a core: 64 TiB. Sums over 100,000
/// objects then stay exact.
pub const MAX_AMOUNT: u64 = 1 << 46;

/// Most namespaces that `?namespace=a,b` may name: each is a watch of its own.
pub const MAX_NAMESPACES: usize = 16;

/// How long a browser remembers that its `fetch` brings headers late.
pub const REMEMBERED_DELIVERY: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How far back "lately" goes in the summary, in seconds: one counter each.
pub const RECENT_SECONDS: usize = 60;

/// How long a restart is news, in seconds.
pub const RESTART_IS_NEWS_SECONDS: i64 = 600;

/// How long after its grace period a pod that is still terminating is stuck, in seconds.
pub const STUCK_AFTER_SECONDS: i64 = 30;

/// How long a pod may be starting or not ready before that is trouble, in seconds. A Deployment gives up on its progress
/// after 600.
pub const SLOW_AFTER_SECONDS: i64 = 300;

/// How long a counter of problems stays after it has fallen to zero, in seconds: a pod that crashes again and again is
/// `Error` and `CrashLoopBackOff` in turn.
pub const COUNTER_LINGERS_SECONDS: u64 = 60;

/// Most statuses of failing pods that have a counter each; of more, there is one for all. A container may end with any exit
/// code.
pub const MAX_FAILING_COUNTERS: usize = 16;

/// Bytes of a body that are decoded in one go.
pub const INGEST_PIECE_BYTES: usize = 256 << 10;

/// How long decoding may hold the page before it lets others run.
pub const INGEST_SLICE: Duration = Duration::from_millis(8);

/// Shortest time between two drawings of a first list that is arriving. The first objects are drawn at once.
pub const FILLING_COMMIT_INTERVAL: Duration = Duration::from_millis(200);

/// A frame that took longer than this is followed by a pause from drawing that is as long.
pub const SMOOTH_FRAME: Duration = Duration::from_millis(25);

/// The longest such pause.
pub const MAX_DRAWING_PAUSE: Duration = Duration::from_millis(100);

/// A tick of the page's own one-second clock that comes this late means that the machine or the page slept.
pub const CLOCK_JUMP: Duration = Duration::from_secs(10);

/// How fast the browser's clock and the cluster's may drift apart, in millionths. Quartz stays below 100, and NTP corrects by
/// 500 at most.
pub const MAX_CLOCK_DRIFT_PPM: i64 = 500;

/// A difference between the browser's clock and the cluster's that the details of the connection mention, in seconds.
pub const MENTIONED_CLOCK_DIFFERENCE_SECONDS: u64 = 2;

/// A difference between the two clocks that the page warns of, in seconds: the time on the page is then not that of the
/// computer.
pub const WARNED_CLOCK_DIFFERENCE_SECONDS: u64 = 30;

/// Changes of state that the diagnostics remember, of all kinds together: a bad day, and still a bug report.
pub const MAX_TRANSITIONS: usize = 200;

/// Interned strings below which looking for unused ones is not worth it.
pub const MIN_INTERNED: usize = 4_096;

/// [`CLOCK_JUMP`] for a hidden page, whose timers browsers hold back for up to a minute.
pub const HIDDEN_CLOCK_JUMP: Duration = Duration::from_secs(150);

/// How long a hidden page keeps its streams: a browser has six for all pages of one server.
pub const HIDDEN_PAUSE: Duration = Duration::from_secs(300);

/// Watches over `fetch` that all pages of one server have between them. Browsers give HTTP/1.1 six connections; with
/// all of them held open, nothing of that server loads any more, this page included.
pub const SHARED_FETCH_STREAMS: usize = 3;

/// How long a single request of the user may take.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// Longest time between two tries of a single request that a login page answers: the user must log in first.
pub const SIGN_IN_RETRY: Duration = Duration::from_secs(30);

/// Shortest time between two reads of the object that the drawer shows.
pub const OBJECT_READ_INTERVAL: Duration = Duration::from_secs(1);

/// The same where the read before failed.
pub const OBJECT_RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Lines of a log that are requested when it is opened.
pub const LOG_TAIL_LINES: usize = 1_000;

/// Lines of a log that are kept: the oldest go first.
pub const MAX_LOG_LINES: usize = 10_000;

/// Bytes of a log that are kept, whatever the number of lines.
pub const MAX_LOG_BYTES: usize = 8 << 20;

/// Most bytes of a line of a log that are kept, for searching and copying, too; the line says so at its end. A line of
/// JSON with a stack trace has some tens of kilobytes.
pub const MAX_LOG_LINE_BYTES: usize = 1 << 20;

/// Most columns of a row of the log: a longer line continues in the next row, even if lines are not wrapped.
pub const MAX_LOG_ROW_COLUMNS: usize = 4_096;

/// Time between two reads of a log that cannot be followed.
pub const LOG_POLL_INTERVAL: Duration = Duration::from_secs(3);

/// Answers in a row that there is no such pod, after which its log is given up.
pub const MAX_MISSING_LOGS: u32 = 3;

/// Shortest and longest time before the stream of a log is reopened.
pub const LOG_RETRY: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(10);

/// Most owners above each other that are read before a workload is scaled: a pod of Knative has five.
pub const MAX_OWNERS: usize = 8;

/// How long a write without an answer may still come to pass: an API server ends what takes longer than a minute.
pub const UNANSWERED_WRITE: Duration = Duration::from_secs(75);

/// How long the button that confirms a change is visible and its page has the focus before it can be pressed.
pub const CONFIRM_AFTER: Duration = Duration::from_millis(500);

/// Most pods that a workload can be given from the page. kubectl sets more.
pub const MAX_REPLICAS: i64 = 1_000;

/// Events of an object that are shown: the newest.
pub const MAX_SHOWN_EVENTS: usize = 200;

/// Time between two lists of a collection of metrics. metrics-server scrapes every 15 s.
pub const METRICS_INTERVAL: Duration = Duration::from_secs(15);

/// Time between two looks for metrics that are absent or forbidden.
pub const METRICS_PROBE_INTERVAL: Duration = Duration::from_secs(300);

/// How long a list of metrics may take.
pub const METRICS_DEADLINE: Duration = Duration::from_secs(10);

/// Usage that was not renewed for so long is not shown any more.
pub const METRICS_STALE_AFTER: Duration = Duration::from_secs(60);

/// Usage that was measured longer ago than this is not shown as current, in seconds. metrics-server measures every 15 s, or as
/// seldom as somebody has told it, and what it then serves is as old as that.
pub const USAGE_OLD_AFTER_SECONDS: i64 = 180;

/// Largest list of metrics that is taken in: some 50,000 pods, at 315 bytes each in the simulator. It is read in one go.
pub const MAX_METRICS_BYTES: usize = 16 << 20;

/// Longest query, in bytes. The longest of the documentation is fifty.
pub const MAX_QUERY_BYTES: usize = 2_048;

/// Parentheses of a query inside of each other: reading it is recursive.
pub const MAX_QUERY_DEPTH: usize = 32;

/// Regular expressions of one query.
pub const MAX_QUERY_REGEXES: usize = 8;

/// States of the compiled regular expressions of one query together. The time that a match takes grows with them, and
/// there are 150,000 pods. One of nine alternatives, `^kube-(system|public|node-lease)$|^(monitoring|logging|…)$`, has 150.
pub const MAX_REGEX_STATES: usize = 256;

/// Groups of a regular expression inside of each other: compiling it is recursive.
pub const MAX_REGEX_DEPTH: u32 = 16;

/// Pods that are looked at for suggestions. Of more, every second, third, … is.
pub const MAX_SUGGESTED_FROM_PODS: usize = 20_000;

/// Nodes that are looked at for suggestions.
pub const MAX_SUGGESTED_FROM_NODES: usize = 5_000;

/// Distinct values that are remembered for suggestions, of each key.
pub const MAX_SUGGESTED_VALUES: usize = 2_000;

/// Suggestions that are shown at a time.
pub const MAX_SUGGESTIONS: usize = 10;

/// Pods of a cluster that is shown by names without being asked: chips are components, and many of them say little.
pub const MAX_NAMED_PODS: usize = 200;

/// Namespaces that the menu offers; it says how many more there are, and the query finds them all.
pub const MAX_MENU_NAMESPACES: usize = 500;

/// Pods of a cluster that is drawn as elements from top to bottom. Of a larger one only the boxes near the window exist,
/// because an element takes some kilobytes and 150,000 of them no browser.
pub const MAX_WHOLE_PODS: usize = 6_000;

/// Boxes of such a cluster.
pub const MAX_WHOLE_BOXES: usize = 600;

/// Boxes far from the window that become elements at a time: all of them at once would be a long task.
pub const MAX_NEW_BOXES: usize = 24;

/// Pods without a node that are drawn; a count tells of the others.
pub const MAX_TRAY_BLOCKS: usize = 1_000;

/// How long the filter is asked in one frame.
pub const FILTER_SLICE: Duration = Duration::from_millis(8);

/// Steps of [`Work`](crate::cluster::Work) between two looks at the clock while the filter is asked: about half a
/// millisecond.
pub const MAX_UNMEASURED_STEPS: u64 = 1 << 17;

/// Steps that comparing one object with the filter may take; then it counts as none that is looked for, and the number of
/// matches says so. Texts of a usual pod, a few hundred bytes, stay far below with the largest regular expressions.
pub const MAX_OBJECT_STEPS: u64 = 1 << 22;

/// Steps that asking the filter about objects that come may take between two pictures; about the others it is asked later.
pub const MAX_ARRIVAL_STEPS: u64 = 1 << 21;

/// Boxes of the map that are painted one by one; where more have changed, all that is seen is painted at once.
pub const MAX_SINGLE_PAINTINGS: usize = 48;

/// Views that can be saved in a browser.
pub const MAX_SAVED_VIEWS: usize = 50;

/// Longest name of a saved view, in characters.
pub const MAX_SAVED_VIEW_NAME_CHARS: usize = 60;

/// Longest fragment of a saved view: a query of [`MAX_QUERY_BYTES`] with every byte escaped, and room for the rest.
pub const MAX_SAVED_VIEW_BYTES: usize = 4 * MAX_QUERY_BYTES;
