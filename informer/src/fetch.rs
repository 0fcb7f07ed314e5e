//! Requests with the browser's own `fetch` and WebSockets.
//!
//! [`FetchTransport`] is a [`Transport`] for the shared informer. What it is made of is there for pages that carry requests
//! themselves: [`Body`], [`Socket`], the [`Permit`]s that keep all tabs of a server within the browser's limit of
//! connections, and [`Yielder`], with which long work lets the page be drawn.

mod abort;
mod body;
mod permit;
mod socket;
mod yielder;

use std::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Response};

pub use abort::AbortOnDrop;
pub use body::{Body, error_words};
pub use permit::{Permit, acquire, are_there_locks};
pub use socket::{Socket, SocketEvent};
pub use yielder::Yielder;

use crate::{
    failure::{End, ResponseHead},
    request::Request,
    shared::{NoResponse, StreamedResponse, Transport},
    transport::Carrier,
};

/// Bytes of a body that are decoded in one go.
const PIECE_BYTES: usize = 256 << 10;

/// How long decoding may hold the page, in milliseconds, before it lets others run.
const SLICE_MS: f64 = 8.0;

/// Watches over `fetch` of all tabs together: browsers have six connections for a server of HTTP/1.1.
const SHARED_STREAMS: usize = 3;

/// Most unread bytes of a WebSocket, which cannot be asked to wait.
const MAX_UNREAD_SOCKET_BYTES: usize = 32 << 20;

/// A difference between two clocks from which on the machine has slept, in milliseconds: one of them stood still.
const SLEPT_MS: f64 = 5_000.0;

/// A transport over `fetch` and WebSockets of the page's own origin, or of another server.
#[derive(Debug)]
pub struct FetchTransport {
    fetch: SendWrapper<Function>,
    /// What comes before paths: empty for the page's own origin, or `https://HOST`.
    base: String,
    headers: Vec<(String, String)>,
    clock: SendWrapper<AwakeClock>,
}

/// The time of the page, with the time that the machine slept.
#[derive(Debug)]
struct AwakeClock {
    /// `performance.now()` does not go on everywhere while the machine sleeps; the date does.
    last: Cell<(f64, f64)>,
    slept_ms: Cell<f64>,
}

impl FetchTransport {
    /// Requests to the page's own origin, as behind `kubectl proxy --www`.
    ///
    /// # Errors
    /// When there is no `fetch` here.
    pub fn new() -> Result<Self, JsValue> {
        let fetch = Reflect::get(&js_sys::global(), &"fetch".into())?;
        Ok(Self::with_fetch(fetch.dyn_into()?))
    }

    /// The same with another function in place of `fetch`, which is called as that one is. WebSockets are not used then.
    #[must_use]
    pub fn with_fetch(fetch: Function) -> Self {
        let clock = AwakeClock {
            last: Cell::new((performance_now(), js_sys::Date::now())),
            slept_ms: Cell::new(0.0),
        };
        Self {
            fetch: SendWrapper::new(fetch),
            base: String::new(),
            headers: Vec::new(),
            clock: SendWrapper::new(clock),
        }
    }

    /// Requests to `https://HOST`, without a slash at its end.
    #[must_use]
    pub fn with_base(self, base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            ..self
        }
    }

    /// The same with one more header in each request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn may_use_sockets(&self) -> bool {
        let global = Reflect::get(&js_sys::global(), &"fetch".into());
        // Whoever brings a `fetch` or headers of its own does so for a reason, and a WebSocket has neither.
        global.is_ok_and(|global| global == JsValue::from(&*self.fetch)) && self.headers.is_empty()
    }

    async fn over_fetch(&self, request: &Request) -> Result<StreamedResponse<FetchBody>, NoResponse> {
        let permit = match request.carrier {
            Carrier::SharedFetch => Some(acquire(SHARED_STREAMS).await.ok_or(NoResponse::NoCarrier)?),
            Carrier::Fetch | Carrier::Socket => None,
        };
        let unreachable = |error: JsValue| NoResponse::Unreachable(error_words(&error));
        let abort = AbortOnDrop::new().ok_or(NoResponse::NoCarrier)?;
        let options = self.options(request, &abort.signal()).map_err(unreachable)?;
        let url = format!("{}{}", self.base, request.url);
        let response = self.fetch.call2(&JsValue::UNDEFINED, &url.into(), &options);
        let response = response.and_then(JsValue::dyn_into::<Promise>).map_err(unreachable)?;
        let response: Response = JsFuture::from(response).await.map_err(unreachable)?.unchecked_into();
        let head = head_of(&response);
        let body = Body::new(response.body().as_ref(), PIECE_BYTES);
        Ok(StreamedResponse {
            head,
            body: FetchBody::fetched(body, abort, permit),
        })
    }

    fn options(&self, request: &Request, signal: &AbortSignal) -> Result<Object, JsValue> {
        let headers = Object::new();
        for (name, value) in &self.headers {
            Reflect::set(&headers, &name.into(), &value.into())?;
        }
        Reflect::set(&headers, &"Accept".into(), &request.accept.into())?;
        let options = Object::new();
        // An answer from the browser's cache has made watches loop on an old resourceVersion, and its lock lets a second tab
        // wait for the first. Redirects lead to login pages, of another origin often.
        for (name, value) in [("cache", "no-store"), ("redirect", "manual")] {
            Reflect::set(&options, &name.into(), &value.into())?;
        }
        Reflect::set(&options, &"headers".into(), &headers)?;
        Reflect::set(&options, &"signal".into(), signal)?;
        Ok(options)
    }

    async fn over_socket(&self, request: &Request) -> Result<StreamedResponse<FetchBody>, NoResponse> {
        if !self.may_use_sockets() {
            return Err(NoResponse::NoCarrier);
        }
        let url = socket_url(&self.base, &request.url).ok_or(NoResponse::NoCarrier)?;
        let mut socket = Socket::open(&url, None, MAX_UNREAD_SOCKET_BYTES).map_err(|_| NoResponse::NoCarrier)?;
        match socket.next().await {
            SocketEvent::Open => Ok(StreamedResponse {
                head: ResponseHead {
                    code: 200,
                    ..ResponseHead::default()
                },
                body: FetchBody::received(socket),
            }),
            // Browsers hide why a handshake was refused; a request with `fetch` shows it.
            SocketEvent::Line(_) | SocketEvent::Closed(_) => Err(NoResponse::NoCarrier),
        }
    }
}

/// The address of a WebSocket: of `path` behind `base`, or on the page's own origin if that is empty.
#[must_use]
pub fn socket_url(base: &str, path: &str) -> Option<String> {
    if let Some(rest) = base.strip_prefix("http") {
        return Some(format!("ws{rest}{path}"));
    }
    let location = Reflect::get(&js_sys::global(), &"location".into()).ok()?;
    let part = |name: &str| Reflect::get(&location, &name.into()).ok()?.as_string();
    let scheme = if part("protocol")? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}{path}", part("host")?))
}

fn performance_now() -> f64 {
    let now = || {
        let performance = Reflect::get(&js_sys::global(), &"performance".into()).ok()?;
        let now: Function = Reflect::get(&performance, &"now".into()).ok()?.dyn_into().ok()?;
        now.call0(&performance).ok()?.as_f64()
    };
    now().unwrap_or_else(js_sys::Date::now)
}

fn head_of(response: &Response) -> ResponseHead {
    ResponseHead::of(response.status(), |name| response.headers().get(name).ok().flatten())
}

type NextPiece = Pin<Box<dyn Future<Output = Option<(Result<Bytes, String>, Source)>>>>;

/// Where pieces come from.
enum Source {
    Fetched {
        body: Body,
        /// Held as long as the body is read.
        _abort: AbortOnDrop,
        _permit: Option<Permit>,
        slices: Slices,
    },
    Received(Socket),
}

/// Lets the page be drawn while much arrives: the browser hands on what it holds ready without a pause between.
struct Slices {
    yielder: Yielder,
    began: f64,
}

/// The pieces of a body, or the lines of a WebSocket.
pub struct FetchBody(SendWrapper<Option<NextPiece>>);

impl std::fmt::Debug for FetchBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FetchBody").finish_non_exhaustive()
    }
}

impl FetchBody {
    fn fetched(body: Body, abort: AbortOnDrop, permit: Option<Permit>) -> Self {
        let slices = Slices {
            yielder: Yielder::new(),
            began: performance_now(),
        };
        Self::of(Source::Fetched {
            body,
            _abort: abort,
            _permit: permit,
            slices,
        })
    }

    fn received(socket: Socket) -> Self {
        Self::of(Source::Received(socket))
    }

    fn of(source: Source) -> Self {
        Self(SendWrapper::new(Some(Box::pin(source.next()))))
    }
}

impl Source {
    async fn next(mut self) -> Option<(Result<Bytes, String>, Self)> {
        let piece = match &mut self {
            Self::Fetched { body, slices, .. } => {
                if performance_now() - slices.began >= SLICE_MS {
                    slices.yielder.next().await;
                    slices.began = performance_now();
                }
                match body.read().await {
                    Ok(piece) => Ok(Bytes::copy_from_slice(piece)),
                    Err(End::Clean) => return None,
                    Err(End::Broken(words)) => Err(words),
                }
            }
            Self::Received(socket) => match socket.next().await {
                SocketEvent::Line(line) => {
                    let mut bytes = line.into_bytes();
                    bytes.push(b'\n');
                    Ok(Bytes::from(bytes))
                }
                SocketEvent::Open => Ok(Bytes::new()),
                SocketEvent::Closed(End::Clean) => return None,
                SocketEvent::Closed(End::Broken(words)) => Err(words),
            },
        };
        Some((piece, self))
    }
}

impl Stream for FetchBody {
    type Item = Result<Bytes, String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(next) = self.0.as_mut() else {
            return Poll::Ready(None);
        };
        let Poll::Ready(outcome) = next.as_mut().poll(context) else {
            return Poll::Pending;
        };
        *self.0 = None;
        Poll::Ready(outcome.map(|(piece, source)| {
            if piece.is_ok() {
                *self.0 = Some(Box::pin(source.next()));
            }
            piece
        }))
    }
}

impl Transport for FetchTransport {
    type Body = FetchBody;

    fn send(&self, request: Request) -> impl Future<Output = Result<StreamedResponse<FetchBody>, NoResponse>> + Send {
        // A page has one thread.
        SendWrapper::new(async move {
            match request.carrier {
                Carrier::Socket => self.over_socket(&request).await,
                Carrier::Fetch | Carrier::SharedFetch => self.over_fetch(&request).await,
            }
        })
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        let milliseconds = u32::try_from(duration.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX);
        SendWrapper::new(TimeoutFuture::new(milliseconds))
    }

    fn now(&self) -> Duration {
        let clock = &self.clock;
        let (now, date) = (performance_now(), js_sys::Date::now());
        let (last_now, last_date) = clock.last.replace((now, date));
        let slept = (date - last_date) - (now - last_now);
        if slept >= SLEPT_MS {
            clock.slept_ms.set(clock.slept_ms.get() + slept);
        }
        Duration::from_secs_f64((now + clock.slept_ms.get()).max(0.0) / 1_000.0)
    }

    fn seed(&self) -> u64 {
        // The seed of a WebAssembly module's own hashers is the same in every tab.
        (js_sys::Math::random() * 9e15) as u64
    }
}
