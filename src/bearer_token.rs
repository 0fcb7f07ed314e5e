//! The bearer token that a user enters, and the forms in which a request carries it.
//!
//! Pure. What holds the token in the browser, and sends it, is `browser::token`. The token has no `Display`, is not
//! serialized, and its `Debug` does not show it: only a request that asks for one of the forms below gets it.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::limits::MAX_TOKEN_BYTES;

/// Before the token in the subprotocol of a WebSocket, as the API server reads it.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/authentication/request/websocket/protocol.go>
const SUBPROTOCOL_PREFIX: &str = "base64url.bearer.authorization.k8s.io.";

/// The subprotocol that is offered beside the token's. The API server takes the token's away and answers with the one that is
/// left; without one it answers 401, and with two it cannot choose.
pub const WATCH_SUBPROTOCOL: &str = "k8bit";

/// What stands in a text in place of the token.
const REDACTED: &str = "[token]";

/// A bearer token: one word of printable ASCII.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

/// Why a text is no token, in a sentence that does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// There is nothing.
    #[error("Enter a token.")]
    Empty,
    /// It has a character that a header cannot carry.
    #[error("This is not a token: it has spaces or characters other than printable ASCII. Copy the token alone.")]
    Characters,
    /// It is longer than proxies pass on.
    #[error("This is not a token: it has more than {} KiB. Copy the token alone.", MAX_TOKEN_BYTES >> 10)]
    TooLong,
}

impl BearerToken {
    /// Reads what somebody has entered or pasted: the token alone, or an `Authorization` header's `Bearer TOKEN`.
    ///
    /// # Errors
    /// When no request could carry it.
    pub fn parse(entered: &str) -> Result<Self, InvalidToken> {
        let entered = entered.trim();
        let token = match entered.split_once(char::is_whitespace) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
            _ => entered,
        };
        if token.is_empty() {
            return Err(InvalidToken::Empty);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(InvalidToken::TooLong);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidToken::Characters);
        }
        Ok(Self(token.to_owned()))
    }

    /// The value of the `Authorization` header.
    #[must_use]
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// The subprotocol of a WebSocket, in whose handshake a browser sends no header.
    #[must_use]
    pub fn subprotocol(&self) -> String {
        format!("{SUBPROTOCOL_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(&self.0))
    }

    /// Whether both are surely tokens of one user: the same token, or two JSON Web Tokens of one issuer for one subject.
    /// Nothing is verified: it decides only whether a picture stays that the page has already.
    #[must_use]
    pub fn is_of_same_user(&self, other: &Self) -> bool {
        self == other || self.user().is_some_and(|user| Some(user) == other.user())
    }

    /// Issuer and subject, which together name a user: RFC 7519, sections 4.1.1 and 4.1.2.
    fn user(&self) -> Option<(String, String)> {
        #[derive(serde::Deserialize)]
        struct Claims {
            #[serde(default)]
            iss: String,
            sub: String,
        }
        let claims = BASE64_URL_SAFE_NO_PAD.decode(self.0.split('.').nth(1)?).ok()?;
        let Claims { iss, sub } = serde_json::from_slice(&claims).ok()?;
        Some((iss, sub))
    }

    /// A text, such as an error page that repeats the headers of its request, without this token in either form.
    #[must_use]
    pub fn redact(&self, text: &[u8]) -> Vec<u8> {
        let without = replace(text, self.0.as_bytes());
        replace(&without, BASE64_URL_SAFE_NO_PAD.encode(&self.0).as_bytes())
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken")
    }
}

/// What is known of the token that requests carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenState {
    /// Requests carry none: who serves the page answers for whoever reads it.
    #[default]
    Unused,
    /// None was entered yet, and so nothing is asked for.
    Missing,
    /// One was entered, and nothing has come back yet.
    Unproven,
    /// The API server has accepted it.
    Accepted,
    /// The API server has never accepted it.
    Refused,
    /// The API server had accepted it and does so no longer.
    Expired,
}

impl TokenState {
    /// After an answer to a request that carried the token, by its status.
    #[must_use]
    pub fn after(self, status: u16, is_page: bool) -> Self {
        match (self, status) {
            (Self::Unused | Self::Missing, _) => self,
            // Whoever answers with a page stands between here and the API server.
            _ if is_page => self,
            (Self::Accepted | Self::Expired, 401) => Self::Expired,
            (_, 401) => Self::Refused,
            // Whoever is known may be refused, or ask for what is not there.
            (_, 200..300 | 403 | 404 | 410) => Self::Accepted,
            _ => self,
        }
    }

    /// Whether the user is asked for one.
    #[must_use]
    pub fn is_asked_for(self) -> bool {
        matches!(self, Self::Missing | Self::Refused | Self::Expired)
    }
}

/// Whether a request goes to this page's own origin: an absolute path, which names no other host.
#[must_use]
pub fn is_own_path(url: &str) -> bool {
    let mut bytes = url.bytes();
    bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'))
}

fn replace(text: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(REDACTED.as_bytes());
        rest = &rest[at + secret.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

    #[test]
    fn a_token_is_one_word_of_printable_ascii() {
        let parsed = |text: &str| BearerToken::parse(text).map(|token| token.header());
        let header = format!("Bearer {TOKEN}");
        for text in [
            TOKEN,
            &format!("  {TOKEN}\n"),
            &format!("Bearer {TOKEN}"),
            &format!("bearer\t{TOKEN}"),
        ] {
            assert_eq!(parsed(text), Ok(header.clone()), "{text}");
        }
        for (text, error) in [
            ("", InvalidToken::Empty),
            (" \n", InvalidToken::Empty),
            ("a b", InvalidToken::Characters),
            ("Bearer a b", InvalidToken::Characters),
            ("a\nX-Injected: b", InvalidToken::Characters),
            ("tökén", InvalidToken::Characters),
        ] {
            assert_eq!(parsed(text), Err(error), "{text:?}");
        }
        assert!(parsed(&"x".repeat(MAX_TOKEN_BYTES)).is_ok());
        assert_eq!(parsed(&"x".repeat(MAX_TOKEN_BYTES + 1)), Err(InvalidToken::TooLong));
    }

    #[test]
    fn a_user_is_known_by_issuer_and_subject() {
        let token = |claims: &str| {
            let claims = BASE64_URL_SAFE_NO_PAD.encode(claims);
            BearerToken::parse(&format!("eyJhbGciOiJSUzI1NiJ9.{claims}.c2ln")).expect("a token")
        };
        let ada = token(r#"{"iss":"https://kubernetes","sub":"ada","exp":1}"#);
        for (other, is_same) in [
            (token(r#"{"iss":"https://kubernetes","sub":"ada","exp":2}"#), true),
            (token(r#"{"iss":"https://kubernetes","sub":"bob","exp":2}"#), false),
            (token(r#"{"iss":"https://elsewhere","sub":"ada","exp":2}"#), false),
            (token(r#"{"iss":"https://kubernetes"}"#), false),
            (token("[]"), false),
            (BearerToken::parse("opaque").expect("a token"), false),
        ] {
            assert_eq!(ada.is_of_same_user(&other), is_same, "{}", other.header());
            assert!(other.is_of_same_user(&other.clone()));
        }
    }

    /// What Go's `base64.RawURLEncoding` writes.
    #[test]
    fn the_subprotocol_is_what_the_api_server_decodes() {
        let subprotocol = |token: &str| BearerToken::parse(token).map(|token| token.subprotocol());
        for (token, encoded) in [
            ("a", "YQ"),
            ("ab", "YWI"),
            ("abc", "YWJj"),
            ("abcd", "YWJjZA"),
            ("~~~~", "fn5-fg"),
            ("???>", "Pz8_Pg"),
        ] {
            let expected = format!("base64url.bearer.authorization.k8s.io.{encoded}");
            assert_eq!(subprotocol(token), Ok(expected), "{token}");
        }
    }

    #[test]
    fn nothing_but_a_request_shows_it() {
        let token = BearerToken::parse(TOKEN).expect("a token");
        assert_eq!(format!("{token:?} {:#?}", Some(&token)).matches("eyJ").count(), 0);
        for error in [InvalidToken::Empty, InvalidToken::Characters, InvalidToken::TooLong] {
            assert!(error.to_string().ends_with('.'), "{error}");
        }
        let echo = format!("400: {} and {}; {TOKEN}", token.header(), token.subprotocol());
        let redacted = String::from_utf8(token.redact(echo.as_bytes())).expect("UTF-8");
        assert_eq!(
            redacted,
            "400: Bearer [token] and base64url.bearer.authorization.k8s.io.[token]; [token]"
        );
        assert_eq!(token.redact(b"nothing of it"), b"nothing of it");
    }

    #[test]
    fn it_goes_to_paths_of_this_origin_alone() {
        for own in ["/", "/api/v1/pods", "/k8s/api/v1/pods?watch=1&x=//y"] {
            assert!(is_own_path(own), "{own}");
        }
        for other in [
            "",
            "api",
            "//evil.example/api",
            "/\\evil.example/api",
            "https://evil.example/",
            "\\\\evil",
        ] {
            assert!(!is_own_path(other), "{other}");
        }
    }

    #[test]
    fn answers_tell_what_the_token_is_worth() {
        use TokenState::{Accepted, Expired, Missing, Refused, Unproven, Unused};
        for (before, status, is_page, after) in [
            (Unproven, 200, false, Accepted),
            (Unproven, 403, false, Accepted),
            (Unproven, 401, false, Refused),
            (Unproven, 401, true, Unproven),
            (Unproven, 502, false, Unproven),
            (Unproven, 0, false, Unproven),
            (Refused, 401, false, Refused),
            // An API server whose authenticators were not ready yet.
            (Refused, 200, false, Accepted),
            (Accepted, 401, false, Expired),
            (Expired, 401, false, Expired),
            (Expired, 200, false, Accepted),
            (Unused, 401, false, Unused),
            (Missing, 401, false, Missing),
        ] {
            assert_eq!(before.after(status, is_page), after, "{before:?} {status} {is_page}");
        }
        let asked: Vec<_> = [Unused, Missing, Unproven, Accepted, Refused, Expired]
            .into_iter()
            .filter(|state| state.is_asked_for())
            .collect();
        assert_eq!(asked, [Missing, Refused, Expired]);
    }
}
