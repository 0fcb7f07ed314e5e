//! One GET, its body read piece by piece.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use k8bit_informer::{
    failure::{End, ResponseHead},
    fetch::Body,
    limits::MAX_ERROR_BODY_BYTES,
};
use web_sys::{AbortSignal, RequestCache, RequestRedirect};

use crate::{bearer_token::TokenState, limits::INGEST_PIECE_BYTES, resource::Timestamp};

use super::{
    clock, login,
    token::{self, Credentials},
};

/// What is accepted where nothing but JSON or text is read.
pub(super) const ACCEPT_JSON: &str = "application/json";

/// What is accepted of a single object: nothing shows its `managedFields`, which servers leave out that know KEP-5958.
pub(super) const ACCEPT_OBJECT: &str = "application/json;drop=metadata.managedFields,application/json";

/// Makes a request for objects. The browser's cache is left out of it: an answer from there has made watches loop on an old
/// resourceVersion, and its lock lets a second tab wait for the first.
///
/// # Errors
/// The browser's words when there was no response; [`End::Broken`] for `handle_end`.
pub(super) async fn get(url: &str, accept: &str, signal: &AbortSignal) -> Result<Response, End> {
    let request = to(Method::GET, url, accept, signal)
        .build()
        .map_err(|error| End::Broken(error.to_string()))?;
    send(request).await.map_err(|error| End::Broken(error.to_string()))
}

/// Any request to the API. Redirects are not followed: the API has none, so they lead to a login page, elsewhere often, where
/// a browser would say no more than that it failed. The user's token, if requests carry one, goes to this origin alone.
pub(super) fn to(method: Method, url: &str, accept: &str, signal: &AbortSignal) -> RequestBuilder {
    let builder = RequestBuilder::new(url)
        .method(method)
        .cache(RequestCache::NoStore)
        .redirect(RequestRedirect::Manual)
        .header("Accept", accept)
        .abort_signal(Some(signal));
    match token::credentials(url) {
        Credentials::None | Credentials::Missing => builder,
        Credentials::Token(token) => builder.header("Authorization", &token.header()),
    }
}

/// Sends any request to the API, and learns from the answer the cluster's time and whether a login or another token is wanted.
/// Where a token is required and there is none, the answer is 401 without a request.
///
/// # Errors
/// The browser's, when there was no response.
pub(super) async fn send(request: Request) -> Result<Response, gloo_net::Error> {
    let number = token::number();
    if token::state() == TokenState::Missing {
        let status = Response::builder()
            .status(401)
            .header("Content-Type", "application/json");
        return status.body(Some(token::MISSING));
    }
    let sent = clock::monotonic();
    let response = request.send().await?;
    let head = head(&response);
    login::observe(&head);
    token::observe(number, head.code, head.is_page);
    // Another server has a clock of its own, and cached responses are old.
    let headers = response.headers();
    if head.is_ok()
        && headers.get("Age").is_none()
        && let Some(date) = headers.get("Date").as_deref().and_then(Timestamp::parse_http)
    {
        clock::observe(sent, date);
    }
    Ok(response)
}

/// Status, Retry-After, Content-Type and Content-Encoding.
pub(super) fn head(response: &Response) -> ResponseHead {
    let headers = response.headers();
    ResponseHead::of(response.status(), |name| headers.get(name))
}

/// The body of a response, to be read in pieces.
pub(super) fn body_of(response: &Response) -> Body {
    Body::new(response.body().as_ref(), INGEST_PIECE_BYTES)
}

/// Why a body was not read to its end.
pub(super) enum ReadError {
    /// It has more bytes than are wanted.
    TooLarge,
    /// It broke off, in the browser's words.
    Broken(String),
}

/// A whole body of at most this many bytes.
pub(super) async fn whole(response: &Response, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
    let mut body = body_of(response);
    let mut all = Vec::new();
    loop {
        match body.read().await {
            Ok(piece) if all.len() + piece.len() > limit_bytes => {
                body.cancel();
                return Err(ReadError::TooLarge);
            }
            Ok(piece) => all.extend_from_slice(piece),
            Err(End::Clean) => return Ok(all),
            Err(End::Broken(words)) => return Err(ReadError::Broken(words)),
        }
    }
}

/// As much of an error's body as is read, without the user's token.
pub(super) async fn error_body(response: &Response) -> Vec<u8> {
    error_body_and_end(response).await.0
}

/// The same, and how the body ended. What is not read of it does not count.
pub(super) async fn error_body_and_end(response: &Response) -> (Vec<u8>, End) {
    let mut body = body_of(response);
    let mut all = Vec::new();
    let mut end = End::Clean;
    while all.len() < MAX_ERROR_BODY_BYTES {
        match body.read().await {
            Ok(piece) => all.extend_from_slice(piece),
            Err(other) => {
                end = other;
                break;
            }
        }
    }
    body.cancel();
    let mut all = token::redact(all);
    all.truncate(MAX_ERROR_BODY_BYTES);
    (all, end)
}
