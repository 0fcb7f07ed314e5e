//! Why a request failed, in words: for the details, their streams and writes.

use k8bit_informer::{api_path::InvalidName, failure::ResponseHead, limits::MAX_MESSAGE_CHARS};
use serde_json::Value;

use crate::view::visible::visible_lines;

/// [`ApiError::reason`] of a request that was not made.
const INVALID_NAME: &str = "InvalidName";

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status; `None` when nothing answered.
    pub code: Option<u16>,
    /// `reason` of the server's `Status`; empty without one.
    pub reason: String,
    /// The message of the server or the browser.
    pub message: String,
}

impl ApiError {
    /// No response; with the browser's message.
    #[must_use]
    pub fn unreachable(words: &str) -> Self {
        Self {
            code: None,
            reason: String::new(),
            message: clip(words),
        }
    }

    /// A response whose status is an error.
    #[must_use]
    pub fn of_response(code: u16, body: &[u8]) -> Self {
        let status: Option<Value> = serde_json::from_slice(body).ok();
        let status = status.filter(|status| status["kind"] == "Status");
        let text = |field: &str| status.as_ref().and_then(|it| it[field].as_str()).map(str::to_owned);
        Self {
            code: Some(code),
            reason: text("reason").unwrap_or_default(),
            message: clip(&text("message").unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())),
        }
    }

    /// An unexpected response: an error, or a web page.
    #[must_use]
    pub fn of_answer(head: &ResponseHead, body: &[u8]) -> Self {
        if !head.asks_for_login(body) {
            return Self::of_response(head.code, body);
        }
        Self {
            code: (head.code != 0).then_some(head.code),
            reason: SIGN_IN.to_owned(),
            message: String::new(),
        }
    }

    /// A response that cannot be read.
    #[must_use]
    pub fn unreadable(code: u16, words: &str) -> Self {
        Self {
            code: Some(code),
            reason: "Unreadable".to_owned(),
            message: clip(words),
        }
    }

    /// A name that the API does not accept: no request was made.
    #[must_use]
    pub fn invalid_name(error: &InvalidName) -> Self {
        Self {
            code: Some(404),
            reason: INVALID_NAME.to_owned(),
            message: error.to_string(),
        }
    }

    /// A response that is too large.
    #[must_use]
    pub fn too_large(code: u16, limit_bytes: usize) -> Self {
        Self {
            code: Some(code),
            reason: "TooLarge".to_owned(),
            message: format!("It has more than {} MiB.", limit_bytes >> 20),
        }
    }

    /// Whether the server says that there is no such object, or there could be none. A proxy's own 404 does not count.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code == Some(404) && matches!(self.reason.as_str(), "NotFound" | INVALID_NAME)
    }

    /// Whether it says that what was asked for did not happen and will not. No answer does not, nor an error of a server or
    /// a proxy on the way, nor an answer that cannot be read: the request may have been carried out.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        matches!(self.code, Some(400..=407 | 409..=499)) && self.reason != "Unreadable"
    }

    /// Whether the user must log in first.
    #[must_use]
    pub fn is_login(&self) -> bool {
        self.code == Some(401) || self.reason == SIGN_IN
    }

    /// Whether a later attempt may succeed without action by the user.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        !self.is_login() && matches!(self.code, None | Some(408 | 409 | 429 | 500..=599))
    }

    /// What is wrong, in a sentence or two. `asked` completes `You may not …`.
    #[must_use]
    pub fn words(&self, asked: &str) -> String {
        if self.reason == INVALID_NAME {
            return self.message.clone();
        }
        let beginning = match (self.code, self.reason.as_str()) {
            (_, SIGN_IN) => "Sign in again: a login page answers instead of the API server.".to_owned(),
            (None, _) => "No answer: kubectl proxy is not running, or the network is down.".to_owned(),
            (Some(401), _) => {
                "Sign in again: the API server rejected your credentials. They may have expired.".to_owned()
            }
            (Some(403), "Forbidden") => format!("You may not {asked}."),
            (Some(403), _) => {
                "kubectl proxy refuses this request (--reject-methods, --reject-paths, --accept-hosts).".to_owned()
            }
            (Some(404), "NotFound") => "The API server has no such object.".to_owned(),
            (Some(404), _) => "The response is not from a Kubernetes API.".to_owned(),
            (Some(405), _) => "The API server does not support this request.".to_owned(),
            (Some(409), "Conflict") => {
                "It was changed at the same time by someone else. Check it and try again.".to_owned()
            }
            (Some(410), _) => "The server no longer has this part of the history.".to_owned(),
            (Some(422), _) => "The API server rejected the change as invalid.".to_owned(),
            (Some(429), _) => "The API server is busy, or a PodDisruptionBudget allows no more disruptions.".to_owned(),
            (Some(502..=504), "") => "kubectl proxy is running, but it cannot reach the API server.".to_owned(),
            (Some(_), "TooLarge") => return format!("The response is too large for this page. {}", self.message),
            (Some(code), "Unreadable") => format!("The response could not be read (HTTP {code})."),
            (Some(code), _) => format!("The API server could not {asked} (HTTP {code})."),
        };
        // The browser's message for this helps nobody.
        match self.message.trim() {
            "" => beginning,
            _ if self.code.is_none() => beginning,
            message => format!("{beginning} It says: {message}"),
        }
    }
}

/// In place of the server's own reason.
const SIGN_IN: &str = "SignIn";

fn clip(text: &str) -> String {
    let text = &*visible_lines(text.trim());
    match text.char_indices().nth(MAX_MESSAGE_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8bit_informer::api_path::Segment;

    #[track_caller]
    fn check(code: u16, body: &str, expected: &str) {
        let api_error = ApiError::of_response(code, body.as_bytes());
        assert_eq!(api_error.words("delete pods"), expected);
    }

    #[test]
    fn each_error_has_its_sentence() {
        check(
            403,
            r#"{"kind":"Status","reason":"Forbidden","message":"pods \"a\" is forbidden","code":403}"#,
            "You may not delete pods. It says: pods \"a\" is forbidden",
        );
        check(
            403,
            "<h3>Unauthorized</h3>",
            "kubectl proxy refuses this request (--reject-methods, --reject-paths, --accept-hosts). It says: <h3>Unauthorized</h3>",
        );
        check(
            404,
            r#"{"kind":"Status","reason":"NotFound","message":"pods \"a\" not found"}"#,
            "The API server has no such object. It says: pods \"a\" not found",
        );
        check(404, "", "The response is not from a Kubernetes API.");
        check(502, "", "kubectl proxy is running, but it cannot reach the API server.");
        check(
            400,
            r#"{"kind":"Status","reason":"BadRequest","message":"container \"web\" is waiting to start"}"#,
            "The API server could not delete pods (HTTP 400). It says: container \"web\" is waiting to start",
        );
        check(
            401,
            r#"{"kind":"Status","reason":"Unauthorized","message":"Unauthorized"}"#,
            "Sign in again: the API server rejected your credentials. They may have expired. It says: Unauthorized",
        );
        for code in [0, 200, 302, 401] {
            let head = ResponseHead {
                code,
                is_page: true,
                ..ResponseHead::default()
            };
            let login = ApiError::of_answer(&head, b"<title>Sign in</title>");
            assert_eq!(
                login.words("x"),
                "Sign in again: a login page answers instead of the API server."
            );
            assert!(
                login.is_login() && !login.is_passing() && !login.is_not_found(),
                "{login:?}"
            );
        }
        let gone = ApiError::unreachable("NetworkError when attempting to fetch resource.");
        assert_eq!(
            gone.words("x"),
            "No answer: kubectl proxy is not running, or the network is down."
        );
        assert!(gone.is_passing() && !gone.is_not_found());
        let large = ApiError::too_large(200, 16 << 20);
        assert_eq!(
            large.words("x"),
            "The response is too large for this page. It has more than 16 MiB."
        );
    }

    #[test]
    fn only_an_answer_of_the_server_decides() {
        for code in [400, 401, 403, 404, 405, 409, 410, 422, 429] {
            assert!(ApiError::of_response(code, b"").is_decided(), "{code}");
        }
        for code in [408, 500, 502, 503, 504] {
            assert!(!ApiError::of_response(code, b"").is_decided(), "{code}");
        }
        assert!(!ApiError::unreachable("no response in time").is_decided());
        assert!(!ApiError::unreadable(200, "EOF").is_decided());
    }

    #[test]
    fn a_name_that_cannot_be_is_not_found_and_says_why() {
        let error = Segment::subdomain("--all", "a node").expect_err("no name");
        let api_error = ApiError::invalid_name(&error);
        assert!(api_error.is_not_found() && !api_error.is_passing());
        assert!(
            api_error
                .words("get nodes")
                .starts_with("“--all” is not the name of a node: ")
        );
    }

    #[test]
    fn a_long_message_is_cut() {
        let api_error = ApiError::of_response(500, "ü".repeat(5_000).as_bytes());
        assert_eq!(api_error.message.chars().count(), MAX_MESSAGE_CHARS + 1);
    }
}
