//! The log of one container, followed for as long as somebody looks at it.
//!
//! Follows over one of the shared streams; without one, it asks again and again for what is new. A stream that ends is
//! taken up again where it ended, because containers are started again and connections are cut.

use std::ops::ControlFlow;

use gloo_net::http::Response;
use gloo_timers::future::TimeoutFuture;

use super::{
    clock::{self, milliseconds},
    fetch::{self, Body},
    permit,
    task::{AbortOnDrop, Task},
};
use crate::{
    informer::{
        failure::End,
        line_buffer::{LineBuffer, LineTooLong},
    },
    limits::{
        INGEST_PIECE_BYTES, INGEST_SLICE, LOG_POLL_INTERVAL, LOG_RETRY, LOG_TAIL_LINES, MAX_ERROR_BODY_BYTES,
        MAX_LOG_LINE_BYTES, MAX_LOG_LINES, MAX_MISSING_LOGS,
    },
    view::{
        log::{Line, LogState, Resume},
        refusal::Refusal,
    },
};

/// Which log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    /// Path of the pod, API root included.
    pub pod: String,
    /// The uid of the pod: another one of the same name has a log of its own.
    pub uid: String,
    /// The container.
    pub container: String,
    /// That of the run before this one.
    pub previous: bool,
}

/// Reads a log until the task is dropped. `take` gets each line that is new, `tell` how it goes.
pub fn follow(source: LogSource, take: impl FnMut(Line) + 'static, tell: impl Fn(LogState) + 'static) -> Task {
    Task::spawn(run(source, take, tell))
}

async fn run(source: LogSource, mut take: impl FnMut(Line), tell: impl Fn(LogState)) {
    let mut resume = Resume::default();
    let mut pause = *LOG_RETRY.start();
    let mut missing = 0;
    tell(LogState::Opening);
    loop {
        let permit = if source.previous { None } else { permit::acquire().await };
        let follows = permit.is_some();
        let began = clock::now().monotonic;
        let outcome = read(&source, follows, &mut resume, &mut take, &tell).await;
        drop(permit);
        let lasted = clock::now().monotonic.saturating_sub(began);
        let is_missing = matches!(&outcome, Err(refusal) if refusal.code == Some(404));
        missing = if is_missing { missing + 1 } else { 0 };
        let wait = match outcome {
            Ok(()) if source.previous => return tell(LogState::Complete),
            Ok(()) if !follows => LOG_POLL_INTERVAL,
            Ok(()) => {
                tell(LogState::Reopening);
                pause
            }
            Err(refusal) => {
                // The pod is gone, unless its kubelet has only not heard of it yet; or nothing that passes keeps the log of
                // a run that has ended. Otherwise a container that is about to start has a log soon (400), and who may not
                // read one now may log in, or be allowed to.
                let is_lasting = source.previous && !refusal.is_passing() && refusal.code != Some(401);
                if is_lasting || missing >= MAX_MISSING_LOGS {
                    return tell(LogState::Refused(refusal));
                }
                tell(LogState::Waiting(refusal));
                pause
            }
        };
        pause = if lasted >= *LOG_RETRY.end() {
            *LOG_RETRY.start()
        } else {
            (pause * 2).min(*LOG_RETRY.end())
        };
        TimeoutFuture::new(milliseconds(wait)).await;
    }
}

async fn read(
    source: &LogSource,
    follows: bool,
    resume: &mut Resume,
    take: &mut impl FnMut(Line),
    tell: &impl Fn(LogState),
) -> Result<(), Refusal> {
    let Some(abort) = AbortOnDrop::new() else {
        return Err(Refusal::unreachable(""));
    };
    resume.begin();
    let url = url(source, follows, resume.since());
    let response = match fetch::get(&url, fetch::ACCEPT_JSON, &abort.signal()).await {
        Ok(response) => response,
        Err(End::Broken(words)) => return Err(Refusal::unreachable(&words)),
        Err(End::Clean) => return Err(Refusal::unreachable("")),
    };
    if !response.ok() {
        return Err(refusal(&response).await);
    }
    tell(match (source.previous, follows) {
        (true, _) => LogState::Opening,
        (false, true) => LogState::Following,
        (false, false) => LogState::Polling,
    });
    let mut body = Body::of(&response);
    let mut reader = LineReader::new();
    let end = loop {
        match body.read().await {
            Ok(piece) => reader.feed(piece, resume, take).await,
            Err(end) => break end,
        }
    };
    reader.finish(resume, take);
    match end {
        End::Clean => Ok(()),
        // A stream is cut sooner or later; the next one begins where it ended.
        End::Broken(_) if follows => Ok(()),
        End::Broken(words) => Err(Refusal::unreachable(&words)),
    }
}

fn url(source: &LogSource, follows: bool, since: Option<&str>) -> String {
    let tail = if since.is_some() { MAX_LOG_LINES } else { LOG_TAIL_LINES };
    let mut query = form_urlencoded::Serializer::new(format!("{}/log?", source.pod));
    query
        .append_pair("container", &source.container)
        .append_pair("timestamps", "true")
        .append_pair("tailLines", &tail.to_string());
    if follows {
        query.append_pair("follow", "true");
    }
    if source.previous {
        query.append_pair("previous", "true");
    }
    if let Some(since) = since {
        query.append_pair("sinceTime", since);
    }
    query.finish()
}

async fn refusal(response: &Response) -> Refusal {
    let mut body = Body::of(response);
    let mut all = Vec::new();
    while all.len() < MAX_ERROR_BODY_BYTES
        && let Ok(piece) = body.read().await
    {
        all.extend_from_slice(piece);
    }
    Refusal::of_response(response.status(), &all)
}

/// Bytes to lines, a slice of time at a time.
struct LineReader {
    lines: LineBuffer,
    /// The rest of a line that was too long is passed over.
    skips: bool,
}

impl LineReader {
    fn new() -> Self {
        Self {
            lines: LineBuffer::new(MAX_LOG_LINE_BYTES),
            skips: false,
        }
    }

    async fn feed(&mut self, bytes: &[u8], resume: &mut Resume, take: &mut impl FnMut(Line)) {
        let mut began = clock::now().monotonic;
        for piece in bytes.chunks(INGEST_PIECE_BYTES) {
            self.feed_piece(piece, resume, take);
            if clock::now().monotonic.saturating_sub(began) >= INGEST_SLICE {
                // A macrotask: microtasks would keep the page from being drawn.
                TimeoutFuture::new(0).await;
                began = clock::now().monotonic;
            }
        }
    }

    fn feed_piece(&mut self, piece: &[u8], resume: &mut Resume, take: &mut impl FnMut(Line)) {
        let mut rest = piece;
        if self.skips {
            let Some(end) = memchr::memchr(b'\n', rest) else { return };
            rest = &rest[end + 1..];
            self.skips = false;
        }
        let fed = self.lines.feed(rest, |line| {
            accept(line, resume, take);
            ControlFlow::<()>::Continue(())
        });
        if let Err(LineTooLong { limit }) = fed {
            // Pieces are shorter than the limit, so that the line began before this one and ends here or later.
            let after = memchr::memchr(b'\n', rest).map(|end| rest[end + 1..].to_vec());
            self.skips = after.is_none();
            take(Line {
                time: "".into(),
                text: format!("[a line of more than {limit} bytes is not shown]").into(),
            });
            if let Some(after) = after {
                self.feed_piece(&after, resume, take);
            }
        }
    }

    /// What stands behind the last newline is a line, too.
    fn finish(self, resume: &mut Resume, take: &mut impl FnMut(Line)) {
        let rest = self.lines.finish();
        if !rest.trim_ascii().is_empty() {
            accept(&rest, resume, take);
        }
    }
}

fn accept(bytes: &[u8], resume: &mut Resume, take: &mut impl FnMut(Line)) {
    let line = Line::parse(bytes);
    if resume.accept(&line) {
        take(line);
    }
}
