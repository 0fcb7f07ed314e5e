//! One watch over a WebSocket: a text frame for every event.
//!
//! Browsers hide why a handshake was refused; a request with `fetch` shows it.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use js_sys::JsString;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::{
    failure::End,
    inbox::{Inbox, InboxFull},
};

/// What happens to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// The handshake succeeded.
    Open,
    /// A frame, a line without its newline.
    Line(String),
    /// It is over.
    Closed(End),
}

/// A socket, closed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    socket: WebSocket,
    received: Rc<RefCell<Received>>,
    /// The handlers; they must live as long as the socket may call them.
    _handlers: [Closure<dyn FnMut(JsValue)>; 3],
}

/// What has happened and has not been looked at. It is looked at in the order of the fields.
#[derive(Debug)]
struct Received {
    open: bool,
    inbox: Inbox,
    /// Whatever comes after it is passed over.
    end: Option<End>,
    waker: Option<Waker>,
}

impl Socket {
    /// Begins the handshake with `ws://HOST/PATH`, with these subprotocols if any. At most `max_unread_bytes` are kept unread;
    /// more of them end the stream as broken.
    ///
    /// # Errors
    /// The browser's refusal to try, for instance by its policy.
    pub fn open(url: &str, subprotocols: Option<&JsValue>, max_unread_bytes: usize) -> Result<Self, End> {
        let socket = match subprotocols {
            None => WebSocket::new(url),
            Some(protocols) => WebSocket::new_with_str_sequence(url, protocols),
        };
        let socket = socket.map_err(|_| End::Broken("the browser refused to open a WebSocket".to_owned()))?;
        let received = Rc::new(RefCell::new(Received {
            open: false,
            inbox: Inbox::new(max_unread_bytes),
            end: None,
            waker: None,
        }));
        let handler = |happen: fn(&mut Received, JsValue)| {
            let received = Rc::clone(&received);
            Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                let mut received = received.borrow_mut();
                happen(&mut received, event);
                if let Some(waker) = received.waker.take() {
                    waker.wake();
                }
            })
        };
        let handlers = [
            handler(|received, _| received.open = true),
            handler(Received::take),
            handler(|received, event| {
                let event: CloseEvent = event.unchecked_into();
                received.close(match event.was_clean() {
                    true => End::Clean,
                    false => End::Broken("the WebSocket was closed".to_owned()),
                });
            }),
        ];
        socket.set_onopen(Some(handlers[0].as_ref().unchecked_ref()));
        socket.set_onmessage(Some(handlers[1].as_ref().unchecked_ref()));
        socket.set_onclose(Some(handlers[2].as_ref().unchecked_ref()));
        Ok(Self {
            socket,
            received,
            _handlers: handlers,
        })
    }

    /// What happens next.
    pub async fn next(&mut self) -> SocketEvent {
        poll_fn(|context| {
            let mut received = self.received.borrow_mut();
            match received.next() {
                Some(event) => Poll::Ready(event),
                None => {
                    received.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Received {
    fn next(&mut self) -> Option<SocketEvent> {
        if std::mem::take(&mut self.open) {
            return Some(SocketEvent::Open);
        }
        if let Some(line) = self.inbox.pop() {
            return Some(SocketEvent::Line(line));
        }
        self.end.clone().map(SocketEvent::Closed)
    }

    /// Takes in a message. One for which there is no room, or that is none of ours, ends the stream: without it, what follows
    /// would leave something out.
    fn take(&mut self, event: JsValue) {
        if self.end.is_some() {
            return;
        }
        let message: MessageEvent = event.unchecked_into();
        let Ok(text) = message.data().dyn_into::<JsString>() else {
            return self.close(End::Broken("a frame of the WebSocket is no text".to_owned()));
        };
        if let Err(full) = self.push(&text) {
            self.close(End::Broken(full.to_string()));
        }
    }

    fn push(&mut self, text: &JsString) -> Result<(), InboxFull> {
        // A character takes at least one byte.
        self.inbox.reserve(text.length() as usize)?;
        self.inbox.push(text.into())
    }

    fn close(&mut self, end: End) {
        self.end.get_or_insert(end);
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
