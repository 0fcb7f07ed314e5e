//! One watch over a WebSocket: a text frame for every event.
//!
//! Browsers hide why a handshake was refused, so whoever wants to know asks again with `fetch`.

use std::rc::Rc;

use futures::{StreamExt as _, channel::mpsc};
use js_sys::JsString;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::informer::failure::End;

/// What happens to a socket.
pub(super) enum SocketEvent {
    /// The handshake succeeded.
    Open,
    /// A frame, a line without its newline.
    Line(String),
    /// It is over.
    Closed(End),
}

/// A socket, closed when it is dropped.
pub(super) struct Socket {
    socket: WebSocket,
    events: mpsc::UnboundedReceiver<SocketEvent>,
    /// The handlers; they must live as long as the socket may call them.
    _handlers: [Closure<dyn FnMut(JsValue)>; 3],
}

impl Socket {
    /// Begins the handshake. `path` begins with a slash.
    ///
    /// # Errors
    /// The browser's refusal to try, for instance by its policy.
    pub(super) fn open(path: &str) -> Result<Self, End> {
        let socket = url(path)
            .and_then(|url| WebSocket::new(&url).ok())
            .ok_or_else(|| End::Broken("the browser refused to open a WebSocket".to_owned()))?;
        let (sender, events) = mpsc::unbounded();
        let sender = Rc::new(sender);
        let handler = |read: fn(JsValue) -> Option<SocketEvent>| {
            let sender = Rc::clone(&sender);
            Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                if let Some(event) = read(event) {
                    // Fails once nobody listens any more.
                    let _ = sender.unbounded_send(event);
                }
            })
        };
        let handlers = [
            handler(|_| Some(SocketEvent::Open)),
            handler(|event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                data.dyn_into::<JsString>()
                    .ok()
                    .map(|text| SocketEvent::Line(text.into()))
            }),
            handler(|event| {
                let event: CloseEvent = event.unchecked_into();
                Some(SocketEvent::Closed(if event.was_clean() {
                    End::Clean
                } else {
                    End::Broken("the WebSocket was closed".to_owned())
                }))
            }),
        ];
        socket.set_onopen(Some(handlers[0].as_ref().unchecked_ref()));
        socket.set_onmessage(Some(handlers[1].as_ref().unchecked_ref()));
        socket.set_onclose(Some(handlers[2].as_ref().unchecked_ref()));
        Ok(Self {
            socket,
            events,
            _handlers: handlers,
        })
    }

    /// The socket itself, to close it from elsewhere.
    pub(super) fn handle(&self) -> WebSocket {
        self.socket.clone()
    }

    /// What happens next.
    pub(super) async fn next(&mut self) -> SocketEvent {
        self.events.next().await.unwrap_or(SocketEvent::Closed(End::Clean))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing what is closed already does nothing.
        let _ = self.socket.close();
    }
}

/// The address of `path` on this server.
fn url(path: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}
