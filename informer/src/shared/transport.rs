//! What an informer needs of the world around it: responses and time.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;

use crate::{failure::ResponseHead, request::Request, transport::TransportState};

/// Makes requests, and keeps time.
///
/// The features `hyper` and `fetch` bring one for servers and one for browsers; a program with an HTTP client of its own
/// implements it in some forty lines. All it has to know of the informer is this:
///
/// - Dropping a future or a body gives the request up.
/// - The next piece of a body is only asked for when the one before was taken in. So a server that is faster than the
///   program waits, if the implementation holds no more than a piece or two.
/// - Redirects are not followed: the Kubernetes API has none, and what they lead to is a login page.
/// - It retries nothing and has no deadlines for responses and bodies: when to try again, and what is overdue, is the
///   informer's to know.
pub trait Transport: Send + Sync + 'static {
    /// The pieces of a body, as they arrive; an error is what is known of why it broke off.
    type Body: Stream<Item = Result<Bytes, String>> + Send + Unpin;

    /// Makes a request; the response is there when its headers are.
    fn send(&self, request: Request) -> impl Future<Output = Result<StreamedResponse<Self::Body>, NoResponse>> + Send;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// The time since any moment that stays the same. It never goes back.
    fn now(&self) -> Duration;

    /// What is known of the way to the server before the first request. See [`TransportState`].
    fn state(&self) -> TransportState {
        TransportState::default()
    }

    /// A number that differs from one program to the next, so that they do not all return at the same moment.
    fn seed(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }
}

/// The response to a request.
#[derive(Clone, Debug)]
pub struct StreamedResponse<B> {
    /// Its status and headers.
    pub head: ResponseHead,
    /// Its body.
    pub body: B,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoResponse {
    /// The [`Carrier`](crate::transport::Carrier) that the request names is not available.
    NoCarrier,
    /// Nothing answered; what is known of the reason.
    Unreachable(String),
}
