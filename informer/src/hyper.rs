//! Requests over hyper on tokio, for servers and command-line tools.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{ACCEPT, AUTHORIZATION, InvalidHeaderValue},
};
use http_body_util::Empty;
use hyper::body::{Body as _, Incoming};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use tokio::time::Instant;

use crate::{
    config::InformerConfig,
    failure::ResponseHead,
    request::{Collection, Request},
    resource::Resource,
    shared::{NoResponse, SharedInformer, StreamedResponse, Transport},
    transport::{Carrier, TransportState},
};

/// A transport over HTTP/1.1 on tokio. Clones share their connections.
///
/// By itself it speaks with `kubectl proxy`, or with whatever else answers without TLS. For TLS, bring a connector, such as
/// the one of `hyper-rustls`, to [`HyperTransport::with_connector`].
#[derive(Clone)]
pub struct HyperTransport<C = HttpConnector> {
    client: Client<C, Empty<Bytes>>,
    base: Uri,
    headers: HeaderMap,
    begun: Instant,
}

/// An address that no requests can be made to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not the address of a server, such as http://127.0.0.1:8001, without a path")]
pub struct InvalidAddress(String);

impl HyperTransport {
    /// Requests to `http://HOST:PORT`. Where the API does not begin at `/`, say so with
    /// [`Collection::with_root`](crate::request::Collection::with_root).
    ///
    /// # Errors
    /// When it is no such address.
    pub fn http(address: &str) -> Result<Self, InvalidAddress> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self::with_connector(connector, address)
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HyperTransport<C> {
    /// Requests over connections that `connector` makes.
    ///
    /// # Errors
    /// When the address is not of the form `SCHEME://HOST:PORT`.
    pub fn with_connector(connector: C, address: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress(address.to_owned());
        let base: Uri = address.parse().map_err(|_| invalid())?;
        let is_plain = base.scheme().is_some() && base.authority().is_some() && matches!(base.path(), "" | "/");
        if !is_plain || base.query().is_some() {
            return Err(invalid());
        }
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base,
            headers: HeaderMap::new(),
            begun: Instant::now(),
        })
    }

    /// The same with one more header in each request.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same with a token, as of a ServiceAccount, in each request.
    ///
    /// # Errors
    /// When the token has characters that no header can have.
    pub fn with_bearer_token(self, token: &str) -> Result<Self, InvalidHeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))?;
        value.set_sensitive(true);
        Ok(self.with_header(AUTHORIZATION, value))
    }
}

impl<C> fmt::Debug for HyperTransport<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Transport for HyperTransport<C> {
    type Body = IncomingPieces;

    async fn send(&self, request: Request) -> Result<StreamedResponse<IncomingPieces>, NoResponse> {
        if request.carrier == Carrier::Socket {
            return Err(NoResponse::NoCarrier);
        }
        let unreachable = |error: &dyn std::error::Error| NoResponse::Unreachable(words(error));
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = Some(request.url.parse().map_err(|error| unreachable(&error))?);
        let uri = Uri::from_parts(parts).map_err(|error| unreachable(&error))?;
        let mut get = http::Request::get(uri)
            .body(Empty::new())
            .map_err(|error| unreachable(&error))?;
        get.headers_mut().extend(self.headers.clone());
        get.headers_mut()
            .insert(ACCEPT, HeaderValue::from_static(request.accept));
        let response = self.client.request(get).await.map_err(|error| unreachable(&error))?;
        let (head, body) = response.into_parts();
        Ok(StreamedResponse {
            head: head_of(&head),
            body: IncomingPieces(body),
        })
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// No browser is in between: what is sent arrives.
    fn state(&self) -> TransportState {
        TransportState::PROMPT
    }
}

fn head_of(head: &http::response::Parts) -> ResponseHead {
    ResponseHead::of(head.status.as_u16(), |name| head.headers.get(name)?.to_str().ok())
}

/// An error and what led to it.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

/// A body as it arrives.
#[derive(Debug)]
pub struct IncomingPieces(Incoming);

impl Stream for IncomingPieces {
    type Item = Result<Bytes, String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match Pin::new(&mut self.0).poll_frame(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(words(&error)))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => Poll::Ready(Some(Ok(bytes))),
                    // Trailers, which the API does not have.
                    Err(_) => continue,
                },
            };
        }
    }
}

impl<K> SharedInformer<K>
where
    K: Resource + Send + Sync,
    K::Interner: Send,
{
    /// An informer that runs as a task of the present tokio runtime.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[must_use]
    pub fn spawn<T: Transport>(transport: T, collection: Collection, config: InformerConfig) -> Self {
        let (informer, running) = Self::new(transport, collection, config);
        tokio::spawn(running);
        informer
    }
}
