//! Who asks: bearer tokens, in a header or in the subprotocol of a WebSocket, and whom they belong to.
//!
//! Follows `apiserver/pkg/authentication/request`: `bearertoken` and `websocket/protocol.go`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL, UPGRADE};

use super::status::Status;

/// Before the token in a subprotocol.
const PREFIX: &str = "base64url.bearer.authorization.k8s.io.";

/// The tokens that are valid, and their users.
pub(super) type Tokens = BTreeMap<String, String>;

/// The user of a request that carries a token; `None` of one that carries none.
///
/// # Errors
/// 401 for a token that nobody has, or no longer, and for one that comes as the only subprotocol.
pub(super) fn user<'a>(headers: &HeaderMap, tokens: &'a Tokens) -> Result<Option<&'a str>, Status> {
    let Some(token) = bearer(headers).map_or_else(|| of_protocols(headers), |token| Ok(Some(token)))? else {
        return Ok(None);
    };
    match tokens.get(&token) {
        Some(user) => Ok(Some(user)),
        None => Err(Status::unauthorized()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, token) = header.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

fn of_protocols(headers: &HeaderMap) -> Result<Option<String>, Status> {
    let is_socket = headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let mut tokens = protocols(headers).filter_map(|protocol| protocol.strip_prefix(PREFIX));
    let Some(encoded) = tokens.next().filter(|_| is_socket) else {
        return Ok(None);
    };
    let has_another = protocols(headers).any(|protocol| !protocol.starts_with(PREFIX));
    let token = URL_SAFE_NO_PAD
        .decode(encoded)
        .ok()
        .and_then(|token| String::from_utf8(token).ok());
    match token {
        Some(token) if tokens.next().is_none() && has_another => Ok(Some(token)),
        _ => Err(Status::unauthorized()),
    }
}

/// The subprotocols that are left once the token's is taken away.
pub(crate) fn other_protocols(headers: &HeaderMap) -> Vec<&str> {
    protocols(headers)
        .filter(|protocol| !protocol.starts_with(PREFIX))
        .collect()
}

fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}
