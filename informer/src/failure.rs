//! What went wrong with a request, as a closed set.
//!
//! Names the cause and says how soon another attempt is worth it; the sentences for people are
//! the caller's.

use std::time::Duration;

use k8s_openapi::{
    Resource as _,
    apimachinery::pkg::apis::meta::v1::{Status, StatusCause, StatusDetails},
};

use crate::{
    backoff::Policy,
    encoding::Encoding,
    json::{self, JsonStr, Read, Reader},
    limits::MAX_MESSAGE_CHARS,
    list_decoder::ListError,
    protobuf::{self, MAGIC, Merge, Unknown, Value},
};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No answer at all: `kubectl proxy` is gone, or the network. Browsers tell no more.
    Unreachable,
    /// The answer broke off.
    Cut,
    /// No answer, or no more of it, for too long.
    TimedOut,
    /// A proxy answers in place of the API server: it cannot reach it.
    ApiServerDown,
    /// `kubectl proxy` refuses the host name or the path (`--accept-hosts`).
    HostRejected,
    /// 401 by the API server.
    Unauthorized,
    /// A login page, or a redirect, answers in place of the API: a login in between has expired.
    SignIn,
    /// 403 by the API server.
    Forbidden,
    /// 404 by the API server: it does not serve this kind.
    NotFound,
    /// Something answers that is not a Kubernetes API: the prefix is wrong.
    NotKubernetes,
    /// 405: the kind cannot be watched.
    WatchUnsupported,
    /// 410: the history that was asked for is gone.
    Expired,
    /// 429.
    TooManyRequests,
    /// 504 with its own cause: this server lags behind what another one has told.
    TooLargeResourceVersion,
    /// 400, 406 or 422: the server does not understand the request.
    Invalid,
    /// Any other error status.
    ServerError,
    /// The answer is broken: no list, unreadable lines, too large.
    Unreadable,
}

/// What was asked of the API server; Kubernetes' name for it, which RBAC rules use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `list`.
    #[default]
    List,
    /// `watch`.
    Watch,
}

/// What went wrong, and what was said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was asked for.
    pub verb: Verb,
    /// The cause.
    pub cause: Cause,
    /// The HTTP status, where there was one.
    pub code: Option<u16>,
    /// What the server or the browser said, at most [`MAX_MESSAGE_CHARS`] characters.
    pub detail: String,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// The part of a response that comes before its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// The HTTP status; 0 for a redirect, of which browsers tell no more.
    pub code: u16,
    /// `Retry-After`, when it is given in seconds, as Kubernetes does.
    pub retry_after: Option<Duration>,
    /// How the body is written, by its `Content-Type`.
    pub encoding: Encoding,
    /// Whether the body was compressed on its way, by its `Content-Encoding`.
    pub is_compressed: bool,
    /// The body is a page of HTML, by its `Content-Type`. No API server answers with one.
    pub is_page: bool,
}

impl ResponseHead {
    /// Of a status and of headers, of which `header` finds one by its name.
    pub fn of<T: AsRef<str>>(code: u16, header: impl Fn(&str) -> Option<T>) -> Self {
        let content_type = header("Content-Type");
        let content_type = content_type.as_ref().map_or("", T::as_ref);
        Self {
            code,
            retry_after: header("Retry-After")
                .and_then(|seconds| seconds.as_ref().trim().parse().ok())
                .map(Duration::from_secs),
            encoding: Encoding::of_content_type(content_type),
            is_compressed: header("Content-Encoding").is_some_and(|coding| coding.as_ref() != "identity"),
            is_page: is_page(content_type),
        }
    }

    /// Whether the API server answers as it was asked to.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.code) && !self.is_page
    }

    /// Whether somebody in between asks for a login, as far as the head tells: by a redirect, which Kubernetes never answers
    /// with, or by a page where objects were asked for.
    #[must_use]
    pub fn is_login(&self) -> bool {
        match self.code {
            0 | 300..=399 => true,
            200..300 | 401 | 407 => self.is_page,
            _ => false,
        }
    }

    /// The same, once the body is there, which is no `Status`: the API server's own 401 has one. oauth2-proxy asks with 403
    /// and a form.
    #[must_use]
    pub fn asks_for_login(&self, body: &[u8]) -> bool {
        let has_form = || body.windows(5).any(|word| word.eq_ignore_ascii_case(b"<form"));
        let may_ask =
            self.is_login() || matches!(self.code, 401 | 407) || self.code == 403 && self.is_page && has_form();
        // JSON that says nothing of what it is may be anybody's.
        may_ask && parse_status(body).is_none_or(|status| status.reason.is_none() && status.code.is_none())
    }
}

/// Whether a `Content-Type` is that of a page.
#[must_use]
pub fn is_page(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("text/html") || kind.eq_ignore_ascii_case("application/xhtml+xml")
}

/// How the exchange of a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The body is complete.
    Clean,
    /// No response, or the body broke off; in the browser's words.
    Broken(String),
}

impl Cause {
    /// Its name in diagnostics: of Kubernetes' `StatusReason`s where there is one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "Unreachable",
            Self::Cut => "Cut",
            Self::TimedOut => "TimedOut",
            Self::ApiServerDown => "ApiServerDown",
            Self::HostRejected => "HostRejected",
            Self::Unauthorized => "Unauthorized",
            Self::SignIn => "SignIn",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::NotKubernetes => "NotKubernetes",
            Self::WatchUnsupported => "MethodNotAllowed",
            Self::Expired => "Expired",
            Self::TooManyRequests => "TooManyRequests",
            Self::TooLargeResourceVersion => "ResourceVersionTooLarge",
            Self::Invalid => "Invalid",
            Self::ServerError => "InternalError",
            Self::Unreadable => "Unreadable",
        }
    }
}

impl Verb {
    /// Its name in RBAC rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Watch => "watch",
        }
    }
}

impl Failure {
    pub(crate) fn new(cause: Cause, detail: &str) -> Self {
        let detail = detail.trim();
        let detail = match detail.char_indices().nth(MAX_MESSAGE_CHARS) {
            None => detail.to_owned(),
            Some(_) => detail.chars().take(MAX_MESSAGE_CHARS - 1).chain(['…']).collect(),
        };
        Self {
            verb: Verb::default(),
            cause,
            code: None,
            detail,
            retry_after: None,
        }
    }

    /// Reads an answer whose status is an error.
    pub(crate) fn from_response(head: &ResponseHead, body: &[u8]) -> Self {
        let mut failure = match parse_status(body) {
            _ if head.asks_for_login(body) => Self::new(Cause::SignIn, ""),
            Some(status) => Self::from_status(&status),
            None => Self::new(cause_of_text(head.code), &String::from_utf8_lossy(body)),
        };
        if failure.cause == Cause::ServerError {
            failure.cause = cause_of_code(head.code);
        }
        failure.code = (head.code != 0).then_some(head.code);
        failure.retry_after = head.retry_after.or(failure.retry_after);
        failure
    }

    /// Reads a `Status`, the object of an ERROR event or the body of an error. Reason and code are both looked at,
    /// because either may be absent or say less than the other.
    pub(crate) fn from_status(status: &Status) -> Self {
        let code = status.code.and_then(|code| u16::try_from(code).ok());
        let cause = match status.reason.as_deref() {
            Some("Expired" | "Gone") => Cause::Expired,
            Some("Unauthorized") => Cause::Unauthorized,
            Some("Forbidden") => Cause::Forbidden,
            Some("NotFound") => Cause::NotFound,
            Some("MethodNotAllowed") => Cause::WatchUnsupported,
            Some("TooManyRequests") => Cause::TooManyRequests,
            Some("BadRequest" | "Invalid" | "NotAcceptable") => Cause::Invalid,
            _ if is_too_large_resource_version(status) => Cause::TooLargeResourceVersion,
            _ => code.map_or(Cause::ServerError, cause_of_code),
        };
        let retry_after = status.details.as_ref().and_then(|details| details.retry_after_seconds);
        // Protobuf writes the zero that JSON leaves out.
        let retry_after = retry_after.filter(|seconds| *seconds != 0);
        Self {
            code,
            retry_after: retry_after
                .and_then(|seconds| u64::try_from(seconds).ok())
                .map(Duration::from_secs),
            ..Self::new(cause, status.message.as_deref().unwrap_or_default())
        }
    }

    /// How soon the next attempt is worth it.
    pub(crate) fn policy(&self) -> Policy {
        const fn millis(first: u64, longest: u64) -> Policy {
            Policy {
                first: Duration::from_millis(first),
                longest: Duration::from_millis(longest),
            }
        }
        match self.cause {
            // Cheap and local, and the user is waiting for it to come back.
            Cause::Unreachable | Cause::Cut | Cause::TimedOut => millis(250, 1_500),
            Cause::ApiServerDown => millis(500, 5_000),
            // Somebody has to do something first.
            Cause::HostRejected
            | Cause::Unauthorized
            | Cause::SignIn
            | Cause::Forbidden
            | Cause::NotFound
            | Cause::NotKubernetes
            | Cause::WatchUnsupported => millis(5_000, 60_000),
            Cause::Expired
            | Cause::TooManyRequests
            | Cause::TooLargeResourceVersion
            | Cause::Invalid
            | Cause::ServerError
            | Cause::Unreadable => millis(500, 30_000),
        }
    }
}

impl From<ListError> for Failure {
    fn from(error: ListError) -> Self {
        let cause = match error {
            ListError::NotJson(_) | ListError::NotAList(_) => Cause::NotKubernetes,
            ListError::Incomplete => Cause::Cut,
            ListError::TooLarge { .. } | ListError::TooDeep | ListError::Damaged => Cause::Unreadable,
        };
        Self::new(cause, &error.to_string())
    }
}

/// `None` for anything but a `Status`; one that does not say what it is may be one.
pub(crate) fn parse_status(bytes: &[u8]) -> Option<Status> {
    if !bytes.starts_with(MAGIC) {
        return json::from_slice::<Option<Status>>(bytes).ok().flatten();
    }
    let Unknown { type_meta, raw } = Unknown::read(bytes)?;
    let is_status = type_meta.kind == Status::KIND && type_meta.api_version == Status::API_VERSION;
    is_status.then(|| protobuf::from_slice(raw.0)).flatten()
}

impl Merge<'_> for Status {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        crate::merge_message!(value, self, 3 => message, 4 => reason, 5 => details, 6 => code,)
    }
}

impl Merge<'_> for StatusDetails {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        crate::merge_message!(value, self, 4 => causes, 5 => retry_after_seconds,)
    }
}

impl Merge<'_> for StatusCause {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        crate::merge_message!(value, self, 1 => reason,)
    }
}

/// What `Failure::from_status` looks at. Its own `kind` and `apiVersion` are part of what a `Status` is.
impl Read<'_> for Status {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let (mut kind, mut api_version) = (JsonStr::default(), JsonStr::default());
        reader.object(
            &["kind", "apiVersion", "code", "message", "reason", "details"],
            &mut |reader, key| match key {
                0 => kind.read(reader),
                1 => api_version.read(reader),
                2 => self.code.read(reader),
                3 => self.message.read(reader),
                4 => self.reason.read(reader),
                5 => self.details.read(reader),
                _ => reader.skip(),
            },
        )?;
        let is_status =
            (kind.is_empty() || kind == Self::KIND) && (api_version.is_empty() || api_version == Self::API_VERSION);
        reader.want("a Status", is_status.then_some(()))
    }
}

impl Read<'_> for StatusDetails {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        crate::read_object!(reader, self, "causes" => causes, "retryAfterSeconds" => retry_after_seconds,)
    }
}

impl Read<'_> for StatusCause {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        crate::read_object!(reader, self, "reason" => reason,)
    }
}

/// The cause of an error that the API server states.
fn cause_of_code(code: u16) -> Cause {
    match code {
        401 => Cause::Unauthorized,
        403 => Cause::Forbidden,
        404 => Cause::NotFound,
        405 => Cause::WatchUnsupported,
        410 => Cause::Expired,
        429 => Cause::TooManyRequests,
        400 | 406 | 422 => Cause::Invalid,
        _ => Cause::ServerError,
    }
}

/// The cause of an error without a `Status`: somebody in between states it.
fn cause_of_text(code: u16) -> Cause {
    match code {
        403 => Cause::HostRejected,
        404 => Cause::NotKubernetes,
        500 | 502 | 503 | 504 => Cause::ApiServerDown,
        _ => cause_of_code(code),
    }
}

/// `storage.IsTooLargeResourceVersion` and, for servers before 1.17, the message alone, as client-go's reflector does.
fn is_too_large_resource_version(status: &Status) -> bool {
    let causes = status
        .details
        .iter()
        .flat_map(|details| details.causes.iter().flatten());
    causes
        .into_iter()
        .any(|cause| cause.reason.as_deref() == Some("ResourceVersionTooLarge"))
        || status
            .message
            .as_deref()
            .is_some_and(|message| message.contains("Too large resource version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_say_what_their_headers_say() {
        let head = |headers: &[(&str, &str)]| {
            let find = |name: &str| {
                headers
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| *value)
            };
            ResponseHead::of(200, find)
        };
        let plain = ResponseHead {
            code: 200,
            encoding: Encoding::Json,
            ..ResponseHead::default()
        };
        assert_eq!(head(&[]), plain);
        assert_eq!(
            head(&[
                ("Retry-After", "Mon, 23 Nov 2026 08:43:03 GMT"),
                ("Content-Encoding", "identity")
            ]),
            plain
        );
        assert_eq!(
            head(&[
                ("Content-Type", "application/vnd.kubernetes.protobuf;stream=watch"),
                ("Retry-After", " 7 "),
                ("Content-Encoding", "gzip"),
            ]),
            ResponseHead {
                encoding: Encoding::Protobuf,
                retry_after: Some(Duration::from_secs(7)),
                is_compressed: true,
                ..plain.clone()
            }
        );
        let page = head(&[("Content-Type", "text/html; charset=utf-8")]);
        assert_eq!(page, ResponseHead { is_page: true, ..plain });
    }

    #[track_caller]
    fn check(code: u16, body: &str, cause: Cause, retry_after: Option<u64>) {
        let failure = Failure::from_response(
            &ResponseHead {
                code,
                ..ResponseHead::default()
            },
            body.as_bytes(),
        );
        assert_eq!(
            (failure.cause, failure.retry_after),
            (cause, retry_after.map(Duration::from_secs)),
            "{failure:?}"
        );
    }

    #[test]
    fn recorded_answers_have_a_cause() {
        let status = |rest: &str| format!(r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},{rest}}}"#);
        check(
            403,
            &status(r#""reason":"Forbidden","code":403"#),
            Cause::Forbidden,
            None,
        );
        check(403, "Forbidden", Cause::HostRejected, None);
        check(
            401,
            &status(r#""reason":"Unauthorized","code":401"#),
            Cause::Unauthorized,
            None,
        );
        check(404, &status(r#""reason":"NotFound","code":404"#), Cause::NotFound, None);
        check(404, "404 page not found\n", Cause::NotKubernetes, None);
        check(410, &status(r#""reason":"Expired","code":410"#), Cause::Expired, None);
        check(410, "gone", Cause::Expired, None);
        check(
            500,
            "dial tcp 127.0.0.1:6999: connect: connection refused\n",
            Cause::ApiServerDown,
            None,
        );
        check(
            500,
            &status(r#""reason":"InternalError","code":500"#),
            Cause::ServerError,
            None,
        );
        check(
            504,
            &status(
                r#""message":"Timeout: Too large resource version: 9, current: 1","reason":"Timeout","code":504,
                "details":{"causes":[{"reason":"ResourceVersionTooLarge"}],"retryAfterSeconds":1}"#,
            ),
            Cause::TooLargeResourceVersion,
            Some(1),
        );
        check(
            504,
            &status(r#""message":"Timeout: Too large resource version: 9, current: 1","code":504"#),
            Cause::TooLargeResourceVersion,
            None,
        );
        check(
            429,
            &status(r#""reason":"TooManyRequests","details":{"retryAfterSeconds":3}"#),
            Cause::TooManyRequests,
            Some(3),
        );
    }

    #[test]
    fn a_login_in_between_is_known_by_its_redirects_and_pages() {
        #[track_caller]
        fn check(code: u16, content_type: &str, body: &str, cause: Cause) {
            let head = ResponseHead {
                code,
                is_page: is_page(content_type),
                ..ResponseHead::default()
            };
            let failure = Failure::from_response(&head, body.as_bytes());
            assert_eq!(failure.cause, cause, "{failure:?}");
            // Somebody has to do something first.
            let is_slow = failure.policy().first >= Duration::from_secs(5);
            assert_eq!(is_slow, cause != Cause::ApiServerDown, "{failure:?}");
        }
        let page = "<!DOCTYPE html><title>Sign in</title><FORM method=post></FORM>";
        // A redirect that is not followed, and one that a test can see.
        check(0, "", "", Cause::SignIn);
        check(
            302,
            "text/html",
            "<a href=\"https://idp.example/login\">Found</a>",
            Cause::SignIn,
        );
        check(307, "", "", Cause::SignIn);
        check(200, "text/html; charset=utf-8", page, Cause::SignIn);
        check(200, "TEXT/HTML", page, Cause::SignIn);
        check(401, "text/html", page, Cause::SignIn);
        check(401, "application/json", r#"{"error":"session expired"}"#, Cause::SignIn);
        check(401, "", "", Cause::SignIn);
        check(403, "text/html", page, Cause::SignIn);
        // These are no logins.
        check(403, "text/html", "<h3>Unauthorized</h3>", Cause::HostRejected);
        check(
            404,
            "text/html",
            "<html><h1>404 Not Found</h1></html>",
            Cause::NotKubernetes,
        );
        check(
            502,
            "text/html",
            "<html><h1>502 Bad Gateway</h1></html>",
            Cause::ApiServerDown,
        );
        let status = r#"{"kind":"Status","apiVersion":"v1","reason":"Unauthorized","code":401}"#;
        check(401, "application/json", status, Cause::Unauthorized);
    }

    #[test]
    fn a_status_without_code_or_without_reason_is_understood() {
        let read = |text: &str| Failure::from_status(&parse_status(text.as_bytes()).expect("a Status")).cause;
        assert_eq!(
            read(r#"{"kind":"Status","apiVersion":"v1","reason":"Expired"}"#),
            Cause::Expired
        );
        assert_eq!(
            read(r#"{"kind":"Status","apiVersion":"v1","code":410}"#),
            Cause::Expired
        );
        assert_eq!(
            read(r#"{"kind":"Status","apiVersion":"v1","code":-1}"#),
            Cause::ServerError
        );
    }

    #[test]
    fn what_is_said_is_bounded() {
        let failure = Failure::new(Cause::ServerError, &"ü".repeat(5_000));
        assert_eq!(failure.detail.chars().count(), MAX_MESSAGE_CHARS);
        assert!(failure.detail.ends_with('…'));
    }
}
