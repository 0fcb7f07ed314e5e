//! One request of an informer, carried as the informer asks: over `fetch` or a WebSocket.

use k8bit_informer::{
    failure::{End, ResponseHead},
    fetch::{AbortOnDrop, SocketEvent, acquire},
    request::Request,
    transport::Carrier,
};
use web_sys::AbortSignal;

use crate::limits::SHARED_FETCH_STREAMS;

use super::{fetch, login, token, websocket};

/// The receiver of a request's response.
pub(super) trait Sink {
    /// The headers.
    async fn head(&self, head: ResponseHead);

    /// A piece of the body. The next one is read when this has been taken in, so that a server that is faster waits.
    async fn body(&self, bytes: &[u8]);
}

/// How it came to an end.
pub(super) enum ExchangeOutcome {
    /// Ends the response, or says that there was none.
    Ended(End),
    /// The carrier that the request names is not available.
    NoCarrier,
}

/// Makes a request and hands on what comes of it. Dropping the future gives the request up.
pub(super) async fn carry(request: &Request, sink: &impl Sink) -> ExchangeOutcome {
    let permit = match request.carrier {
        Carrier::Socket => return over_socket(&request.url, sink).await,
        Carrier::Fetch => None,
        Carrier::SharedFetch => match acquire(SHARED_FETCH_STREAMS).await {
            Some(permit) => Some(permit),
            None => return ExchangeOutcome::NoCarrier,
        },
    };
    let end = match AbortOnDrop::new() {
        Some(abort) => over_fetch(request, &abort.signal(), sink).await,
        None => End::Broken("the browser cannot give requests up".to_owned()),
    };
    drop(permit);
    ExchangeOutcome::Ended(end)
}

async fn over_fetch(request: &Request, signal: &AbortSignal, sink: &impl Sink) -> End {
    let response = match fetch::get(&request.url, request.accept, signal).await {
        Ok(response) => response,
        Err(end) => return end,
    };
    let head = fetch::head(&response);
    let is_ok = head.is_ok();
    sink.head(head).await;
    if !is_ok {
        let (body, end) = fetch::error_body_and_end(&response).await;
        sink.body(&body).await;
        return end;
    }
    let mut body = fetch::body_of(&response);
    loop {
        match body.read().await {
            Ok(piece) => sink.body(piece).await,
            Err(end) => return end,
        }
    }
}

async fn over_socket(url: &str, sink: &impl Sink) -> ExchangeOutcome {
    let number = token::number();
    let Some(mut socket) = websocket::open(url) else {
        return ExchangeOutcome::NoCarrier;
    };
    let mut is_open = false;
    loop {
        match socket.next().await {
            SocketEvent::Open => {
                is_open = true;
                login::observe_websocket();
                token::observe(number, 200, false);
                let head = ResponseHead {
                    code: 200,
                    ..ResponseHead::default()
                };
                sink.head(head).await;
            }
            SocketEvent::Line(line) => {
                let mut bytes = line.into_bytes();
                bytes.push(b'\n');
                sink.body(&bytes).await;
            }
            SocketEvent::Closed(end) if is_open => return ExchangeOutcome::Ended(end),
            SocketEvent::Closed(_) => return ExchangeOutcome::NoCarrier,
        }
    }
}
