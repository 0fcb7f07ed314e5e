//! Watches over WebSocket: one event per frame, a text frame for JSON and a binary one for protobuf.
//!
//! Follows `HandleWS` in `apiserver/pkg/endpoints/handlers/watch.go`.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::Control;
use super::stream::WatchStream;
use crate::api::other_protocols;

/// Whether a request asks for a WebSocket.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        && headers.contains_key(SEC_WEBSOCKET_KEY)
}

/// The head that accepts it, or refuses it as `golang.org/x/net/websocket` does, by which the API server serves watches: who
/// names no origin, or more subprotocols than one, is refused.
pub(super) fn accept(headers: &HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let protocols = other_protocols(headers);
    let refusal = match protocols.len() {
        _ if !headers.contains_key(ORIGIN) => Some(StatusCode::FORBIDDEN),
        0 | 1 => None,
        _ => Some(StatusCode::BAD_REQUEST),
    };
    if let Some(refusal) = refusal {
        *response.status_mut() = refusal;
        return response;
    }
    let protocol = protocols
        .first()
        .and_then(|protocol| HeaderValue::from_str(protocol).ok());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()));
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Some(key) = key.and_then(|key| HeaderValue::from_str(&key).ok()) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    }
    if let Some(protocol) = protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

/// Sends the events of a watch until it, the client, the connection or the server ends. `since` is the state of
/// the control when the request was answered: what is cut after that is cut, even before this runs. `binary` is whether
/// the events are protobuf.
pub(super) async fn serve(
    upgrade: OnUpgrade,
    mut events: WatchStream,
    binary: bool,
    since: Control,
    mut control: watch::Receiver<Control>,
) {
    let (cut, down) = (since.cut_watches, since.cut_connections);
    let is_cut = |control: &Control| {
        let is_gone = control.stop || control.unreachable;
        is_gone || control.cut_watches > cut || control.cut_connections > down
    };
    let Ok(upgraded) = upgrade.await else { return };
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let mut stalled = control.clone();
    let mut cut_while_stalled = control.clone();
    loop {
        tokio::select! {
            biased;
            () = until(&mut control, is_cut) => return,
            lines = events.next() => {
                tokio::select! {
                    biased;
                    () = until(&mut cut_while_stalled, is_cut) => return,
                    () = until(&mut stalled, |control| !control.stall_watches) => {}
                }
                let Some(lines) = lines else {
                    let _ = socket.close(None).await;
                    return;
                };
                for line in lines {
                    let message = match binary {
                        // A WebSocket frame has a length of its own.
                        true => Message::binary(line.slice(4..)),
                        false => Message::text(String::from_utf8_lossy(line.trim_ascii_end()).into_owned()),
                    };
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
            }
            // Pings are answered by the library while it reads; a close or an error ends the watch.
            message = socket.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

/// Waits for a state of the control; or for the server's end.
async fn until(control: &mut watch::Receiver<Control>, holds: impl FnMut(&Control) -> bool) {
    let _ = control.wait_for(holds).await;
}
