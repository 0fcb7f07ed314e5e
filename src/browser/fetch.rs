//! One GET, its body read piece by piece.

use std::time::Duration;

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use k8bit_informer::{
    encoding::Encoding,
    failure::{End, ResponseHead, is_page},
    limits::MAX_ERROR_BODY_BYTES,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader, ReadableStreamReadResult,
    RequestCache, RequestRedirect,
};

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
    let retry_after = headers.get("Retry-After").and_then(|value| value.trim().parse().ok());
    let content_type = headers.get("Content-Type").unwrap_or_default();
    ResponseHead {
        code: response.status(),
        retry_after: retry_after.map(Duration::from_secs),
        encoding: Encoding::of_content_type(&content_type),
        is_page: is_page(&content_type),
        is_compressed: headers
            .get("Content-Encoding")
            .is_some_and(|coding| coding != "identity"),
    }
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
    let mut body = Body::of(response);
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
    let mut body = Body::of(response);
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

/// The body of a response in pieces of at most [`INGEST_PIECE_BYTES`]: what the browser holds ready may be megabytes, and a
/// WebAssembly memory that has grown for them never shrinks.
pub(super) struct Body {
    /// `None` for a response without a body.
    reader: Option<BodyReader>,
    /// The last piece, and what is left of longer ones before it.
    piece: Vec<u8>,
}

enum BodyReader {
    /// Into one buffer that goes back and forth, a fifth faster than with a new one for each piece.
    Bytes {
        reader: ReadableStreamByobReader,
        buffer: ArrayBuffer,
    },
    /// Where a body is no byte stream, as in Safari, pieces are as large as the browser makes them.
    Chunks {
        reader: ReadableStreamDefaultReader,
        /// What has not been copied yet of the last one.
        rest: Option<Uint8Array>,
    },
}

impl Body {
    /// Takes the body of `response`.
    pub(super) fn of(response: &Response) -> Self {
        Self {
            reader: response.body().map(|stream| BodyReader::of(&stream)),
            piece: Vec::new(),
        }
    }

    /// Reads no further, and lets the browser give up the rest.
    pub(super) fn cancel(&self) {
        let cancelled = match &self.reader {
            None => return,
            Some(BodyReader::Bytes { reader, .. }) => reader.cancel(),
            Some(BodyReader::Chunks { reader, .. }) => reader.cancel(),
        };
        // A body that was cut off cannot be cancelled, and an unhandled promise would write to the console.
        wasm_bindgen_futures::spawn_local(async move {
            let _ = JsFuture::from(cancelled).await;
        });
    }

    /// The next piece, or how the body ended.
    pub(super) async fn read(&mut self) -> Result<&[u8], End> {
        let bytes = match &mut self.reader {
            None => return Err(End::Clean),
            Some(BodyReader::Bytes { reader, buffer }) => {
                let bytes = bytes_of(reader.read_with_array_buffer_view(&Uint8Array::new(buffer))).await?;
                *buffer = bytes.buffer();
                bytes
            }
            Some(BodyReader::Chunks { reader, rest }) => {
                let bytes = match rest.take() {
                    Some(rest) => rest,
                    None => bytes_of(reader.read()).await?,
                };
                let length = bytes.length().min(INGEST_PIECE_BYTES as u32);
                *rest = (length < bytes.length()).then(|| bytes.subarray(length, bytes.length()));
                bytes.subarray(0, length)
            }
        };
        let length = bytes.length() as usize;
        if self.piece.len() < length {
            self.piece.resize(length, 0);
        }
        let piece = &mut self.piece[..length];
        bytes.copy_to(piece);
        Ok(piece)
    }
}

impl BodyReader {
    fn of(stream: &ReadableStream) -> Self {
        match ReadableStreamByobReader::new(stream) {
            Ok(reader) => Self::Bytes {
                reader,
                buffer: ArrayBuffer::new(INGEST_PIECE_BYTES as u32),
            },
            Err(_) => Self::Chunks {
                reader: stream.get_reader().unchecked_into(),
                rest: None,
            },
        }
    }
}

/// What the browser hands on of a body.
async fn bytes_of(read: Promise) -> Result<Uint8Array, End> {
    let result = JsFuture::from(read).await.map_err(|error| End::Broken(words(&error)))?;
    let result: ReadableStreamReadResult = result.unchecked_into();
    if result.get_done() == Some(true) {
        return Err(End::Clean);
    }
    Ok(result.get_value().unchecked_into())
}

/// What a JavaScript error says of itself.
fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "the browser gave no reason".to_owned(),
        |error| String::from(error.message()),
    )
}
