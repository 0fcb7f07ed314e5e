//! Single requests to the API: an object is read, changed or deleted, on behalf of the user.
//!
//! The driver makes lists and watches. These requests are few, short, and follow a click.

use futures::future::{Either, select};
use gloo_net::http::Method;
use gloo_timers::future::TimeoutFuture;
use k8bit_informer::{
    api_path::{ApiPath, ApiRoot},
    fetch::AbortOnDrop,
};
use serde_json::Value;

use super::{
    clock::milliseconds,
    fetch::{self, ReadError},
};
use crate::{
    limits::{MAX_OBJECT_BYTES, REQUEST_DEADLINE},
    view::{
        api_error::ApiError,
        write::{self, WriteRequest},
    },
};

/// Talks to the API of this page. A clone is the same client.
#[derive(Clone, Debug)]
pub struct ApiClient {
    root: ApiRoot,
}

impl ApiClient {
    /// A client of the API under `root`.
    #[must_use]
    pub fn new(root: ApiRoot) -> Self {
        Self { root }
    }

    /// Where the API begins.
    #[must_use]
    pub fn root(&self) -> &ApiRoot {
        &self.root
    }

    /// Reads an object.
    ///
    /// # Errors
    /// When the answer is no JSON, or an error.
    pub async fn get(&self, path: &ApiPath) -> Result<Value, ApiError> {
        json(self.exchange(Method::GET, path, None).await?)
    }

    /// Does something to an object and returns what the server says of it.
    ///
    /// # Errors
    /// When the answer is no JSON, or an error.
    pub async fn write(&self, request: &WriteRequest) -> Result<Value, ApiError> {
        let (method, content_type) = match request.method {
            write::Method::Create => (Method::POST, "application/json"),
            write::Method::JsonPatch => (Method::PATCH, "application/json-patch+json"),
            write::Method::Delete => (Method::DELETE, "application/json"),
        };
        let body = Some((content_type, &request.body));
        json(self.exchange(method, &request.path, body).await?)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &ApiPath,
        body: Option<(&str, &Value)>,
    ) -> Result<(u16, Vec<u8>), ApiError> {
        let Some(abort) = AbortOnDrop::new() else {
            return Err(ApiError::unreachable(""));
        };
        let deadline = TimeoutFuture::new(milliseconds(REQUEST_DEADLINE));
        let answer = self.answer(method, path, body, &abort);
        match select(Box::pin(answer), deadline).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(ApiError::unreachable("no response in time")),
        }
    }

    async fn answer(
        &self,
        method: Method,
        path: &ApiPath,
        body: Option<(&str, &Value)>,
        abort: &AbortOnDrop,
    ) -> Result<(u16, Vec<u8>), ApiError> {
        let unreachable = |error: gloo_net::Error| ApiError::unreachable(&error.to_string());
        let builder = fetch::to(method, &path.below(&self.root), fetch::ACCEPT_OBJECT, &abort.signal());
        let request = match body {
            Some((content_type, body)) => builder.header("Content-Type", content_type).body(body.to_string()),
            None => builder.build(),
        };
        let response = fetch::send(request.map_err(unreachable)?).await.map_err(unreachable)?;
        let head = fetch::head(&response);
        if !head.is_ok() {
            return Err(ApiError::of_answer(&head, &fetch::error_body(&response).await));
        }
        match fetch::whole(&response, MAX_OBJECT_BYTES).await {
            Ok(bytes) => Ok((head.code, bytes)),
            Err(ReadError::TooLarge) => Err(ApiError::too_large(head.code, MAX_OBJECT_BYTES)),
            Err(ReadError::Broken(words)) => Err(ApiError::unreachable(&words)),
        }
    }
}

fn json((code, bytes): (u16, Vec<u8>)) -> Result<Value, ApiError> {
    serde_json::from_slice(&bytes).map_err(|error| ApiError::unreadable(code, &error.to_string()))
}
