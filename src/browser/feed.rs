//! One more collection, followed for as long as somebody looks at it.
//!
//! The same informer as the picture's, with a driver that is one loop. Its watch takes one of the shared streams if one is
//! free, else a WebSocket; where neither is to be had, it is listed again and again.

use std::{pin::pin, rc::Rc, time::Duration};

use futures::{
    StreamExt as _,
    channel::mpsc,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;

use super::{
    clock::{self, milliseconds},
    fetch::{self, Body},
    permit,
    task::{AbortOnDrop, Task},
    websocket::{Socket, SocketEvent},
};
use crate::{
    connection::{self, KindConnection},
    informer::{
        Informer, InitialList, Output,
        encoding::ACCEPT,
        failure::{End, ResponseHead, Verb},
        request::{Attempt, Collection, Request},
    },
    limits::PAGE_LIMIT,
    resource::{Interner, Resource},
    store::{Scope, Store},
};

/// What comes of a request.
enum Piece {
    Head(ResponseHead),
    Bytes(Vec<u8>),
    End(End),
}

/// Longest time between two looks at the clock.
const IDLE: Duration = Duration::from_secs(1);

/// Follows a collection until the task is dropped. `show` is called with all that is known whenever that has changed, or
/// the state of the connection has.
pub fn follow<K: Resource>(collection: Collection, show: impl Fn(&Store<K>, &KindConnection) + 'static) -> Task {
    let scope = match &collection.namespace {
        None => Scope::Cluster,
        Some(namespace) => Scope::Namespace(namespace.clone()),
    };
    let informer = Informer::new(collection, InitialList::Pages(PAGE_LIMIT), clock::seed());
    Task::spawn(run(informer, scope, show))
}

async fn run<K: Resource>(mut informer: Informer<K>, scope: Scope, show: impl Fn(&Store<K>, &KindConnection)) {
    let mut store = Store::default();
    let mut interner = Interner::default();
    let (sender, mut pieces) = mpsc::unbounded();
    let sender = Rc::new(sender);
    let mut under_way: Option<Task> = None;
    let mut shown = None;
    informer.resume(clock::now().monotonic);
    loop {
        let now = clock::now();
        let mut changes = Vec::new();
        while let Some(output) = informer.poll_output() {
            match output {
                Output::Send(next) => drop(under_way.replace(exchange(next, Rc::clone(&sender)))),
                Output::Abort(_) => drop(under_way.take()),
                Output::Event(event) => store.handle(&scope, event, &mut changes),
                Output::Count(counted) => informer.compare_count(now.monotonic, store.count(&scope), counted),
            }
        }
        let connection = connection::of_informer(&informer, now);
        if !changes.is_empty() || shown.as_ref() != Some(&connection) {
            show(&store, &connection);
            shown = Some(connection);
        }
        let due = informer.next_timeout().map(|due| due.saturating_sub(now.monotonic));
        let timer = TimeoutFuture::new(milliseconds(due.unwrap_or(IDLE).min(IDLE)));
        let piece = match select(pieces.next(), timer).await {
            Either::Left((piece, _)) => piece,
            Either::Right(_) => None,
        };
        let now = clock::now().monotonic;
        match piece {
            None => informer.handle_timeout(now),
            Some((attempt, Piece::Head(head))) => informer.handle_response(now, attempt, head),
            Some((attempt, Piece::Bytes(bytes))) => informer.handle_body(now, attempt, &bytes, &mut interner),
            Some((attempt, Piece::End(end))) => informer.handle_end(now, attempt, end, &mut interner),
        }
    }
}

fn exchange(request: Request, sender: Rc<mpsc::UnboundedSender<(Attempt, Piece)>>) -> Task {
    Task::spawn(async move {
        // Nobody listens any more where this fails, and then the task is about to end.
        let tell = |piece| drop(sender.unbounded_send((request.attempt, piece)));
        let permit = match request.verb {
            Verb::Watch => permit::acquire().await,
            Verb::List => None,
        };
        let end = if request.verb == Verb::Watch && permit.is_none() {
            over_socket(&request.url, &tell).await
        } else {
            over_fetch(&request.url, &tell).await
        };
        tell(Piece::End(end));
    })
}

async fn over_fetch(url: &str, tell: &impl Fn(Piece)) -> End {
    let Some(abort) = AbortOnDrop::new() else {
        return End::Broken("the browser cannot give requests up".to_owned());
    };
    let response = match fetch::get(url, ACCEPT, &abort.signal()).await {
        Ok(response) => response,
        Err(end) => return end,
    };
    tell(Piece::Head(fetch::head(&response)));
    let mut body = Body::of(&response);
    loop {
        match body.read().await {
            Ok(piece) => tell(Piece::Bytes(piece.to_vec())),
            Err(end) => return end,
        }
    }
}

/// A handshake that is refused is told as 405, "cannot be watched": the informer then lists again and again, and hears from the
/// lists what else may be wrong.
async fn over_socket(url: &str, tell: &impl Fn(Piece)) -> End {
    let head = |code| {
        Piece::Head(ResponseHead {
            code,
            ..ResponseHead::default()
        })
    };
    let mut socket = match Socket::open(url) {
        Ok(socket) => socket,
        Err(end) => return end,
    };
    let mut is_open = false;
    loop {
        match pin!(socket.next()).await {
            SocketEvent::Open => {
                is_open = true;
                tell(head(200));
            }
            SocketEvent::Line(line) => {
                let mut bytes = line.into_bytes();
                bytes.push(b'\n');
                tell(Piece::Bytes(bytes));
            }
            SocketEvent::Closed(end) if is_open => return end,
            SocketEvent::Closed(_) => {
                tell(head(405));
                return End::Clean;
            }
        }
    }
}
