//! What can go wrong on the wire, as options of a running server.

use std::num::NonZeroU64;
use std::time::Duration;

/// Which requests a fault meets. Static files are never met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// Lists and single objects, watches, or both.
    pub requests: Requests,
    /// Only requests whose path and query contain this.
    pub contains: Option<String>,
}

/// The kinds of request that a [`RequestFilter`] tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Requests {
    /// All requests to the API.
    #[default]
    All,
    /// Watches alone.
    Watches,
    /// All but watches.
    NoWatches,
}

impl RequestFilter {
    /// All watches.
    #[must_use]
    pub fn watches() -> Self {
        Self {
            requests: Requests::Watches,
            contains: None,
        }
    }

    /// All requests but watches.
    #[must_use]
    pub fn lists() -> Self {
        Self {
            requests: Requests::NoWatches,
            contains: None,
        }
    }

    /// Narrows the filter to requests whose path and query contain a text.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.contains = Some(text.to_owned());
        self
    }

    pub(super) fn fits(&self, path_and_query: &str, watch: bool) -> bool {
        let kind = match self.requests {
            Requests::All => true,
            Requests::Watches => watch,
            Requests::NoWatches => !watch,
        };
        kind && self.contains.as_ref().is_none_or(|text| path_and_query.contains(text))
    }
}

/// An answer that the API is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// `Retry-After` in seconds.
    pub retry_after_seconds: Option<u32>,
}

impl Refusal {
    fn new(status: u16, content_type: &'static str, body: &str) -> Self {
        Self {
            status,
            content_type,
            body: body.to_owned(),
            retry_after_seconds: None,
        }
    }

    /// A `Status` with its code.
    #[must_use]
    pub fn of_status(status: &crate::api::Status) -> Self {
        Self {
            retry_after_seconds: status.retry_after_seconds,
            ..Self::new(
                status.http_status().as_u16(),
                "application/json",
                &format!("{}\n", status.to_json()),
            )
        }
    }

    /// What kubectl proxy answers while the API server is down: 500 in plain text.
    #[must_use]
    pub fn api_server_down() -> Self {
        let body = "dial tcp 127.0.0.1:6443: connect: connection refused\n";
        Self::new(500, "text/plain; charset=utf-8", body)
    }

    /// What kubectl proxy's own filter answers: 403 in plain text.
    #[must_use]
    pub fn proxy_filter() -> Self {
        Self::new(403, "text/plain; charset=utf-8", "Forbidden\n")
    }

    /// 429 as `Status`, with Retry-After.
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let message = "Too many requests, please try again later.";
        Self::of_status(&crate::api::Status::too_many_requests(message, retry_after_seconds))
    }

    /// 503 of an API server that shuts down, with Retry-After 1.
    #[must_use]
    pub fn shutting_down() -> Self {
        let body = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"apiserver is shutting down","reason":"ServiceUnavailable","code":503}"#;
        Self {
            retry_after_seconds: Some(1),
            ..Self::new(503, "application/json", body)
        }
    }

    /// A page of HTML with status 200, as a captive portal answers.
    #[must_use]
    pub fn captive_portal() -> Self {
        Self::new(200, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title>")
    }
}

/// How a watch that is made to expire says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// HTTP status 410.
    Http,
    /// HTTP status 200 and an ERROR event with code 410.
    InStream,
}

/// Faults of the wire, for the requests that start while they are set. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Which requests are met.
    pub applies_to: RequestFilter,
    /// Only this many requests are met, then the faults end. `None` is all.
    pub requests: Option<u32>,
    /// Wait before the response head.
    pub latency: Duration,
    /// Answer this instead of asking the API.
    pub refuse: Option<Refusal>,
    /// Answer watches with 410.
    pub expire_watches: Option<Expiry>,
    /// Send bodies in pieces of this many bytes, each flushed.
    pub chunk_bytes: Option<usize>,
    /// Wait between pieces.
    pub chunk_delay: Duration,
    /// Make bodies no faster than this, counted before they are compressed. Watches and logs have no pace.
    pub bytes_per_second: Option<NonZeroU64>,
    /// Break the connection after this many bytes of the body, without an end of the body.
    pub cut_after_bytes: Option<u64>,
    /// Stop sending after this many bytes of the body, with the connection open.
    pub stall_after_bytes: Option<u64>,
    /// Replace a byte in this line of the body (from 0) by one that no JSON can hold there. In a watch in protobuf, the
    /// lines are its frames, and the byte is one that begins no message.
    pub corrupt_line: Option<u64>,
    /// Send only the first half of this line of the body (from 0), with its newline. In a watch in protobuf: of this
    /// frame, with the length of the half.
    pub truncate_line: Option<u64>,
}
