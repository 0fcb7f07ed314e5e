//! Bodies on their way to the socket: from the API, through the faults, as frames.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::StreamBody;
use hyper::body::Frame;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::faults::Faults;
use super::{Control, Shared};
use crate::api::{Body, LogFollow, WatcherId};

/// The body type of all responses.
pub(super) type ResponseBody = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;

/// An open watch; closed when dropped.
pub(super) struct WatchStream {
    shared: Arc<Shared>,
    id: WatcherId,
    changed: watch::Receiver<u64>,
}

impl WatchStream {
    pub(super) fn new(shared: Arc<Shared>, id: WatcherId) -> Self {
        let changed = shared.changed.subscribe();
        Self { shared, id, changed }
    }

    /// The next lines, as soon as there are any; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Vec<Bytes>> {
        loop {
            self.changed.mark_unchanged();
            let now = self.shared.clock.now();
            let (output, deadline) = self.shared.with(|cluster| {
                let output = cluster.api.poll_watch(now, self.id);
                let deadline = cluster.api.watch_deadline(now, self.id);
                (output, deadline)
            });
            if !output.lines.is_empty() {
                return Some(output.lines);
            }
            if output.ended {
                return None;
            }
            let wait = deadline.map_or(Duration::from_secs(60), |deadline| until(now, deadline));
            tokio::select! {
                changed = self.changed.changed() => changed.ok()?,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

impl Drop for WatchStream {
    fn drop(&mut self) {
        self.shared.with(|cluster| cluster.api.close_watch(self.id));
    }
}

/// What is written within so long goes out together.
const LOG_STEP: Duration = Duration::from_millis(5);

/// A log that is followed.
pub(super) struct LogStream {
    shared: Arc<Shared>,
    log: LogFollow,
    changed: watch::Receiver<u64>,
    ended: bool,
}

impl LogStream {
    pub(super) fn new(shared: Arc<Shared>, log: LogFollow) -> Self {
        shared.open_logs.fetch_add(1, Ordering::Relaxed);
        let changed = shared.changed.subscribe();
        Self {
            shared,
            log,
            changed,
            ended: false,
        }
    }

    /// What is written next, as soon as there is something; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.ended {
                return None;
            }
            self.changed.mark_unchanged();
            let now = self.shared.clock.now();
            let output = self.shared.with(|cluster| cluster.api.poll_log(now, &mut self.log));
            self.ended = output.ended;
            if !output.text.is_empty() {
                return Some(output.text.into());
            }
            if self.ended {
                return None;
            }
            let wait = output.due.map_or(Duration::from_secs(60), |due| until(now, due));
            tokio::select! {
                changed = self.changed.changed() => changed.ok()?,
                () = tokio::time::sleep(wait.max(LOG_STEP)) => {}
            }
        }
    }
}

impl Drop for LogStream {
    fn drop(&mut self) {
        self.shared.open_logs.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The time until a moment, rounded up to a millisecond, so that it has come after sleeping.
pub(super) fn until(now: Timestamp, moment: Timestamp) -> Duration {
    let wait = moment.duration_since(now);
    if wait.is_negative() {
        return Duration::ZERO;
    }
    wait.unsigned_abs() + Duration::from_millis(1)
}

/// Where the bytes of a response come from.
pub(super) enum Source {
    /// A body that is made on the way.
    Body(Box<Body>),
    /// A watch.
    Watch(WatchStream),
    /// A log.
    Log(LogStream),
}

/// What the lines of a body are, for the faults that name one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Lines.
    Text,
    /// Frames of a watch, each after its length in four bytes.
    Frames,
    /// There are none.
    None,
}

impl Lines {
    /// By the content type.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
            Some(protobuf) if protobuf.starts_with(b"application/vnd.kubernetes.protobuf;stream=watch") => Self::Frames,
            Some(protobuf) if protobuf.starts_with(b"application/vnd.kubernetes.protobuf") => Self::None,
            _ => Self::Text,
        }
    }

    /// How long the first line of some is.
    fn first(self, bytes: &[u8]) -> usize {
        let end = match (self, bytes) {
            (Self::Text, _) => bytes.iter().position(|byte| *byte == b'\n').map(|newline| newline + 1),
            (Self::Frames, [a, b, c, d, ..]) => Some(4 + u32::from_be_bytes([*a, *b, *c, *d]) as usize),
            _ => None,
        };
        end.map_or(bytes.len(), |end| end.min(bytes.len()))
    }
}

/// As `perFlushGzipWriter` in `apiserver/pkg/endpoints/handlers/watch.go` of 1.37 writes it.
fn gzip_member(bytes: &[u8]) -> Bytes {
    let mut member = GzEncoder::new(Vec::new(), Compression::fast());
    member.write_all(bytes).expect("writing to memory does not fail");
    member.finish().expect("writing to memory does not fail").into()
}

/// One body on its way.
struct Sending {
    source: Source,
    lines: Lines,
    /// What is flushed together is a gzip member of its own.
    is_compressed: bool,
    faults: Faults,
    control: watch::Receiver<Control>,
    /// How often connections had been cut when the response started.
    cut: u64,
    /// How often they had been silenced.
    silenced: u64,
    pending: Bytes,
    /// When the response started.
    started: Instant,
    sent_bytes: u64,
    seen_lines: u64,
    failed: bool,
}

/// Makes a body of a source, under the faults that hold when it starts.
pub(super) fn body(shared: &Arc<Shared>, source: Source, headers: &HeaderMap, faults: Faults) -> ResponseBody {
    // Other bodies are compressed where they are made.
    let is_compressed = matches!(source, Source::Watch(_)) && headers.contains_key(CONTENT_ENCODING);
    let mut control = shared.control.subscribe();
    let since = *control.borrow_and_update();
    let sending = Sending {
        source,
        lines: Lines::of(headers),
        is_compressed,
        faults,
        control,
        cut: since.cut_watches,
        silenced: since.silence_watches,
        pending: Bytes::new(),
        started: Instant::now(),
        sent_bytes: 0,
        seen_lines: 0,
        failed: false,
    };
    let stream = futures_util::stream::unfold(sending, |mut sending| async move {
        if sending.failed {
            return None;
        }
        let frame = match sending.next().await {
            Ok(None) => return None,
            Ok(Some(chunk)) => Ok(Frame::data(chunk)),
            Err(error) => {
                sending.failed = true;
                Err(error)
            }
        };
        Some((frame, sending))
    });
    http_body_util::BodyExt::boxed_unsync(StreamBody::new(stream))
}

impl Sending {
    /// The next frame, `None` at a clean end, an error where the connection is to break.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut control = self.control.clone();
        tokio::select! {
            biased;
            () = cut(&mut control, self.cut, matches!(self.source, Source::Watch(_))) => {
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            result = self.next_uncut() => result,
        }
    }

    async fn next_uncut(&mut self) -> io::Result<Option<Bytes>> {
        self.wait_while_stalled().await;
        if self.pending.is_empty() {
            let Some(chunk) = self.fetch().await else {
                return Ok(None);
            };
            self.pending = self.spoil(chunk);
            if self.is_compressed {
                self.pending = gzip_member(&self.pending);
            }
            self.wait_for_pace().await;
        }
        // What came while the source was waited for may be held back by now.
        self.wait_while_stalled().await;
        let mut length = self.pending.len();
        if let Some(bytes) = self.faults.chunk_bytes {
            if self.sent_bytes > 0 {
                // Leaves the poll loop, so that the piece before is flushed on its own.
                tokio::task::yield_now().await;
            }
            length = length.min(bytes.max(1));
        }
        if !self.faults.chunk_delay.is_zero() {
            tokio::time::sleep(self.faults.chunk_delay).await;
        }
        if let Some(limit) = self.faults.stall_after_bytes {
            length = self.left_before(limit, length);
            if length == 0 {
                return std::future::pending().await;
            }
        }
        if let Some(limit) = self.faults.cut_after_bytes {
            length = self.left_before(limit, length);
            if length == 0 {
                // Time for what was sent before to be flushed; the error drops the connection.
                tokio::time::sleep(Duration::from_millis(1)).await;
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        self.sent_bytes += length as u64;
        Ok(Some(self.pending.split_to(length)))
    }

    /// Waits until a server of that pace would have made what is pending.
    async fn wait_for_pace(&self) {
        if let (Source::Body(body), Some(rate)) = (&self.source, self.faults.bytes_per_second) {
            let due = Duration::from_secs_f64(body.plain_bytes() as f64 / rate.get() as f64);
            tokio::time::sleep_until(self.started + due).await;
        }
    }

    fn left_before(&self, limit: u64, length: usize) -> usize {
        let left = limit.saturating_sub(self.sent_bytes);
        length.min(usize::try_from(left).unwrap_or(usize::MAX))
    }

    async fn wait_while_stalled(&mut self) {
        if matches!(self.source, Source::Watch(_)) {
            let silenced = self.silenced;
            // An error means that the server is gone, and the connection with it.
            let _ = self
                .control
                .wait_for(|control| !control.stall_watches && control.silence_watches == silenced)
                .await;
        }
    }

    async fn fetch(&mut self) -> Option<Bytes> {
        match &mut self.source {
            Source::Body(body) => body.next_chunk(),
            Source::Log(log) => log.next().await,
            Source::Watch(watch) => {
                let lines = watch.next().await?;
                let length = lines.iter().map(Buf::remaining).sum();
                let mut chunk = BytesMut::with_capacity(length);
                for line in lines {
                    chunk.extend_from_slice(&line);
                }
                Some(chunk.freeze())
            }
        }
    }

    /// Corrupts or truncates the lines that the faults name.
    fn spoil(&mut self, chunk: Bytes) -> Bytes {
        let asked = self.faults.corrupt_line.is_some() || self.faults.truncate_line.is_some();
        if !asked || self.lines == Lines::None {
            return chunk;
        }
        let mut out = BytesMut::with_capacity(chunk.len());
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let (line, after) = rest.split_at(self.lines.first(rest));
            rest = after;
            let number = Some(self.seen_lines);
            self.seen_lines += 1;
            if number == self.faults.truncate_line {
                out.extend_from_slice(&truncated(line, self.lines));
            } else if number == self.faults.corrupt_line {
                out.extend_from_slice(&corrupted(line, self.lines));
            } else {
                out.extend_from_slice(line);
            }
        }
        out.freeze()
    }
}

/// The first half of a line, with what ends it or says how long it is.
fn truncated(line: &[u8], lines: Lines) -> Vec<u8> {
    match lines {
        Lines::Frames => {
            let half = line.get(4..).map_or(&[][..], |message| &message[..message.len() / 2]);
            let length = u32::try_from(half.len()).unwrap_or_default();
            [&length.to_be_bytes(), half].concat()
        }
        Lines::Text | Lines::None => [&line[..line.len() / 2], b"\n"].concat(),
    }
}

/// A line with a byte in it that cannot be there.
fn corrupted(line: &[u8], lines: Lines) -> Vec<u8> {
    let (place, byte) = match lines {
        // A tag of a wire type that does not exist.
        Lines::Frames => (4, 0x0f),
        Lines::Text | Lines::None => (line.len() / 2, 0x01),
    };
    let mut line = line.to_vec();
    if let Some(found) = line.get_mut(place) {
        *found = byte;
    }
    line
}

/// Resolves when watches are cut after the response started.
async fn cut(control: &mut watch::Receiver<Control>, since: u64, watch: bool) {
    if !watch {
        return std::future::pending().await;
    }
    // An error means that the server is gone: cut as well.
    let _ = control.wait_for(|control| control.cut_watches > since).await;
}
