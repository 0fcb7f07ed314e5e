//! The log of one container, followed while it is shown.
//!
//! Follows over one of the shared streams; without one, it asks again and again for what is new. A stream that ends is
//! resumed where it ended, because containers restart and connections close.

use gloo_net::http::Response;
use gloo_timers::future::TimeoutFuture;
use k8bit_informer::{
    api_path::{ApiPath, ApiRoot},
    failure::{End, ResponseHead},
    fetch::{AbortOnDrop, acquire, are_there_locks},
};

use super::{
    clock::{self, milliseconds},
    fetch::{self, body_of},
    task::Task,
    token,
};
use crate::{
    limits::{
        INGEST_PIECE_BYTES, INGEST_SLICE, LOG_POLL_INTERVAL, LOG_RETRY, LOG_TAIL_LINES, MAX_LOG_LINES,
        MAX_MISSING_LOGS, SHARED_FETCH_STREAMS, SIGN_IN_RETRY,
    },
    view::{
        api_error::ApiError,
        log::{Line, LogReader, LogState, Resume, WhyPolling},
    },
};

/// Which log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    /// Where the API begins.
    pub root: ApiRoot,
    /// The pod.
    pub pod: ApiPath,
    /// The uid of the pod: another one of the same name has a log of its own.
    pub uid: String,
    /// The container.
    pub container: String,
    /// That of the run before this one.
    pub previous: bool,
}

/// Reads a log until the task is dropped, or until it is complete. `take` gets each new line, `tell` how
/// it goes. `is_over` says whether the container has ended for good, as far as is known.
pub fn follow(
    source: LogSource,
    is_over: impl Fn() -> bool + 'static,
    take: impl FnMut(Line) + 'static,
    tell: impl Fn(LogState) + 'static,
) -> Task {
    Task::spawn(run(source, is_over, take, tell))
}

async fn run(source: LogSource, is_over: impl Fn() -> bool, mut take: impl FnMut(Line), tell: impl Fn(LogState)) {
    let mut resume = Resume::default();
    let mut pause = *LOG_RETRY.start();
    let mut missing = 0;
    tell(LogState::Opening);
    loop {
        // If the container had ended before the request, the response is complete.
        let was_over = source.previous || is_over();
        let permit = if source.previous {
            None
        } else {
            acquire(SHARED_FETCH_STREAMS).await
        };
        let how = match &permit {
            _ if source.previous => How::Once,
            Some(_) => How::Follow,
            None => How::Poll(why_none()),
        };
        let began = clock::now().monotonic;
        let outcome = read(&source, &how, &mut resume, &mut take, &tell).await;
        drop(permit);
        let lasted = clock::now().monotonic.saturating_sub(began);
        let is_missing = matches!(&outcome, Err(api_error) if api_error.code == Some(404));
        missing = if is_missing { missing + 1 } else { 0 };
        let mut longest = *LOG_RETRY.end();
        let wait = match outcome {
            Ok(Whole::Yes) if source.previous => return tell(LogState::Complete),
            Ok(Whole::Yes) if was_over => return tell(LogState::Ended),
            Ok(_) if matches!(how, How::Poll(_)) => LOG_POLL_INTERVAL,
            Ok(_) => {
                tell(LogState::Reopening);
                pause
            }
            // What was read of a pod that is gone is all that there is.
            Err(_) if is_missing && was_over && resume.has_read() => return tell(LogState::Ended),
            Err(api_error) => {
                // The pod is gone, unless its kubelet has only not heard of it yet; or nothing that passes keeps the log of
                // a run that has ended. Otherwise a container that is about to start has a log soon (400), and who may not
                // read one now may log in, or be allowed to.
                let is_login = api_error.is_login();
                let is_forbidden = api_error.code == Some(403) && !source.previous;
                let is_lasting = was_over && !api_error.is_passing() && !is_login && !is_forbidden;
                if is_lasting || missing >= MAX_MISSING_LOGS {
                    return tell(LogState::Refused(api_error));
                }
                if is_login {
                    longest = SIGN_IN_RETRY;
                }
                tell(LogState::Waiting(api_error));
                pause
            }
        };
        pause = if lasted >= *LOG_RETRY.end() {
            *LOG_RETRY.start()
        } else {
            (pause * 2).min(longest)
        };
        token::pause(milliseconds(wait)).await;
    }
}

/// How a log is read.
enum How {
    /// That of the run before: it is whole.
    Once,
    /// As it is written, over one of the shared streams.
    Follow,
    /// What there is by now.
    Poll(WhyPolling),
}

/// Why there is no stream for a log.
fn why_none() -> WhyPolling {
    if are_there_locks() {
        WhyPolling::OtherTabs
    } else if web_sys::window().is_some_and(|window| window.is_secure_context()) {
        WhyPolling::NoLocks
    } else {
        WhyPolling::InsecureContext
    }
}

/// Whether an answer came to its end.
enum Whole {
    Yes,
    /// The stream was cut.
    No,
}

async fn read(
    source: &LogSource,
    how: &How,
    resume: &mut Resume,
    take: &mut impl FnMut(Line),
    tell: &impl Fn(LogState),
) -> Result<Whole, ApiError> {
    let Some(abort) = AbortOnDrop::new() else {
        return Err(ApiError::unreachable(""));
    };
    resume.begin();
    let follows = matches!(how, How::Follow);
    let url = url(source, follows, resume.since());
    let response = match fetch::get(&url, fetch::ACCEPT_JSON, &abort.signal()).await {
        Ok(response) => response,
        Err(End::Broken(words)) => return Err(ApiError::unreachable(&words)),
        Err(End::Clean) => return Err(ApiError::unreachable("")),
    };
    let head = fetch::head(&response);
    if !head.is_ok() {
        return Err(api_error(&head, &response).await);
    }
    tell(match how {
        How::Once => LogState::Opening,
        How::Follow => LogState::Following,
        How::Poll(why) => LogState::Polling(*why),
    });
    let mut body = body_of(&response);
    let mut reader = LogReader::default();
    let mut accept = |line: Line| {
        if resume.accept(&line) {
            take(line);
        }
    };
    let end = loop {
        match body.read().await {
            Ok(piece) => feed(&mut reader, piece, &mut accept).await,
            Err(end) => break end,
        }
    };
    match end {
        End::Clean => {
            reader.finish().into_iter().for_each(accept);
            Ok(Whole::Yes)
        }
        // A stream is cut sooner or later; the next one begins where it ended. A line that was cut comes again, whole.
        End::Broken(_) if follows => Ok(Whole::No),
        End::Broken(words) => Err(ApiError::unreachable(&words)),
    }
}

/// Bytes to lines, a slice of time at a time.
async fn feed(reader: &mut LogReader, bytes: &[u8], accept: &mut impl FnMut(Line)) {
    let mut began = clock::now().monotonic;
    for piece in bytes.chunks(INGEST_PIECE_BYTES) {
        reader.feed(piece, &mut *accept);
        if clock::now().monotonic.saturating_sub(began) >= INGEST_SLICE {
            // A macrotask: microtasks would keep the page from being drawn.
            TimeoutFuture::new(0).await;
            began = clock::now().monotonic;
        }
    }
}

fn url(source: &LogSource, follows: bool, since: Option<&str>) -> String {
    let tail = if since.is_some() { MAX_LOG_LINES } else { LOG_TAIL_LINES };
    let mut path = source
        .pod
        .clone()
        .subresource("log")
        .with("container", &source.container)
        .with("timestamps", "true")
        .with("tailLines", &tail.to_string());
    if follows {
        path = path.with("follow", "true");
    }
    if source.previous {
        path = path.with("previous", "true");
    }
    if let Some(since) = since {
        path = path.with("sinceTime", since);
    }
    path.below(&source.root)
}

async fn api_error(head: &ResponseHead, response: &Response) -> ApiError {
    ApiError::of_answer(head, &fetch::error_body(response).await)
}
