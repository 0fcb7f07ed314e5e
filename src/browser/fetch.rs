//! One GET, its body read piece by piece.

use std::time::Duration;

use gloo_net::http::{Request, Response};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestCache};

use crate::{
    informer::{
        encoding::Encoding,
        failure::{End, ResponseHead},
    },
    limits::INGEST_PIECE_BYTES,
};

/// What is accepted where nothing but JSON or text is read.
pub(super) const ACCEPT_JSON: &str = "application/json";

/// Makes the request. The browser's cache is left out of it: an answer from there has made watches loop on an old
/// resourceVersion, and its lock lets a second tab wait for the first.
///
/// # Errors
/// The browser's words when there was no response; [`End::Broken`] for `handle_end`.
pub(super) async fn get(url: &str, accept: &str, signal: &AbortSignal) -> Result<Response, End> {
    let request = Request::get(url)
        .cache(RequestCache::NoStore)
        .header("Accept", accept)
        .abort_signal(Some(signal))
        .build()
        .map_err(|error| End::Broken(error.to_string()))?;
    request.send().await.map_err(|error| End::Broken(error.to_string()))
}

/// Status, Retry-After and Content-Type.
pub(super) fn head(response: &Response) -> ResponseHead {
    let headers = response.headers();
    let retry_after = headers.get("Retry-After").and_then(|value| value.trim().parse().ok());
    let content_type = headers.get("Content-Type").unwrap_or_default();
    ResponseHead {
        code: response.status(),
        retry_after: retry_after.map(Duration::from_secs),
        encoding: Encoding::of_content_type(&content_type),
    }
}

/// The body of a response in pieces of at most [`INGEST_PIECE_BYTES`]: what the browser holds ready may be megabytes, and a
/// WebAssembly memory that has grown for them never shrinks.
pub(super) struct Body {
    /// `None` for a response without a body.
    reader: Option<ReadableStreamDefaultReader>,
    /// What has not been copied yet of what the browser has handed on.
    rest: Option<Uint8Array>,
    done: JsValue,
    value: JsValue,
}

impl Body {
    /// Takes the body of `response`.
    pub(super) fn of(response: &Response) -> Self {
        let reader = response.body().map(|stream| stream.get_reader().unchecked_into());
        Self {
            reader,
            rest: None,
            done: JsValue::from_str("done"),
            value: JsValue::from_str("value"),
        }
    }

    /// Reads no further, and lets the browser give up the rest.
    pub(super) fn cancel(&self) {
        if let Some(reader) = &self.reader {
            // What comes of it interests nobody.
            let _ = reader.cancel();
        }
    }

    /// The next piece, copied into `buffer`, or how the body ended.
    pub(super) async fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(), End> {
        let bytes = match self.rest.take() {
            Some(rest) => rest,
            None => self.next().await?,
        };
        let length = bytes.length();
        let piece = length.min(INGEST_PIECE_BYTES as u32);
        buffer.resize(piece as usize, 0);
        bytes.subarray(0, piece).copy_to(buffer);
        self.rest = (piece < length).then(|| bytes.subarray(piece, length));
        Ok(())
    }

    /// What the browser hands on next.
    async fn next(&self) -> Result<Uint8Array, End> {
        let Some(reader) = &self.reader else {
            return Err(End::Clean);
        };
        let result = JsFuture::from(reader.read())
            .await
            .map_err(|error| End::Broken(words(&error)))?;
        let field = |name| Reflect::get(&result, name).unwrap_or(JsValue::UNDEFINED);
        if field(&self.done).is_truthy() {
            return Err(End::Clean);
        }
        Ok(field(&self.value).unchecked_into())
    }
}

/// What a JavaScript error says of itself.
fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "the browser gave no reason".to_owned(),
        |error| String::from(error.message()),
    )
}
