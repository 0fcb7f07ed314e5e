//! One more collection, followed while it is shown.
//!
//! The same informer as the picture's, with a driver that is one loop. A server that is faster than it waits.

use std::{cell::RefCell, time::Duration};

use futures::{
    SinkExt as _, StreamExt as _,
    channel::mpsc,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use k8bit_informer::{
    Informer, InformerConfig, InitialList, Output,
    failure::ResponseHead,
    request::{Collection, Request, RequestId},
    store::{Scope, Store},
};

use super::{
    clock::{self, milliseconds},
    exchange::{self, ExchangeOutcome, Sink},
    task::Task,
    token, transport,
};
use crate::{
    connection::{self, KindConnection},
    limits::MAX_UNREAD_PIECES,
    resource::Resource,
};

/// What comes of a request.
enum ResponsePiece {
    Head(ResponseHead),
    Bytes(Vec<u8>),
    End(ExchangeOutcome),
}

/// Longest time between two looks at the clock.
const IDLE: Duration = Duration::from_secs(1);

/// Passes the response of one request to the loop below; waits beyond [`MAX_UNREAD_PIECES`].
struct FeedSink {
    attempt: RequestId,
    sender: RefCell<mpsc::Sender<(RequestId, ResponsePiece)>>,
}

impl FeedSink {
    async fn send(&self, piece: ResponsePiece) {
        // Its own, because a piece is awaited; one request sends one piece at a time.
        let mut sender = self.sender.borrow().clone();
        // This fails if the receiver is gone; then the task is about to end.
        let _ = sender.send((self.attempt, piece)).await;
    }
}

impl Sink for FeedSink {
    async fn head(&self, head: ResponseHead) {
        self.send(ResponsePiece::Head(head)).await;
    }

    async fn body(&self, bytes: &[u8]) {
        self.send(ResponsePiece::Bytes(bytes.to_vec())).await;
    }
}

/// Follows a collection until the task is dropped. `show` is called with all that is known whenever that has changed, or
/// the state of the connection has.
pub fn follow<K: Resource>(collection: Collection, show: impl Fn(&Store<K>, &KindConnection) + 'static) -> Task {
    let scope = Scope::of(&collection);
    let config = InformerConfig::default();
    let config = InformerConfig::listing(InitialList::Pages(config.page_limit));
    let mut informer = Informer::new(collection, config, clock::seed());
    informer.set_transport(transport::known());
    Task::spawn(run(informer, scope, show))
}

async fn run<K: Resource>(mut informer: Informer<K>, scope: Scope, show: impl Fn(&Store<K>, &KindConnection)) {
    let mut store = Store::default();
    let mut interner = K::Interner::default();
    let (sender, mut pieces) = mpsc::channel(MAX_UNREAD_PIECES);
    // Dropping one gives the request up.
    let mut under_way: Vec<(RequestId, Task)> = Vec::new();
    let mut shown = None;
    let mut token = token::number();
    informer.resume(clock::now().monotonic);
    loop {
        let now = clock::now();
        let mut changes = Vec::new();
        if token != token::number() {
            token = token::number();
            informer.resume(now.monotonic);
        }
        while let Some(output) = informer.poll_output() {
            match output {
                Output::Send(request) => under_way.push((request.attempt, exchange(request, sender.clone()))),
                Output::Abort(attempt) => under_way.retain(|(open, _)| *open != attempt),
                Output::Event(event) => store.handle(&scope, event, &mut changes),
                Output::Count(counted) => informer.compare_count(now.monotonic, store.count(&scope), counted),
            }
        }
        let mut connection = connection::of_informer(&informer, now);
        connection::note_left_out(&mut connection, informer.collection(), &store);
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
            Some((attempt, ResponsePiece::Head(head))) => informer.handle_response(now, attempt, head),
            Some((attempt, ResponsePiece::Bytes(bytes))) => informer.handle_body(now, attempt, &bytes, &mut interner),
            Some((attempt, ResponsePiece::End(outcome))) => {
                under_way.retain(|(open, _)| *open != attempt);
                match outcome {
                    ExchangeOutcome::Ended(end) => informer.handle_end(now, attempt, end, &mut interner),
                    ExchangeOutcome::NoCarrier => informer.handle_no_carrier(now, attempt),
                }
            }
        }
        transport::learn(informer.transport());
    }
}

fn exchange(request: Request, sender: mpsc::Sender<(RequestId, ResponsePiece)>) -> Task {
    let sink = FeedSink {
        attempt: request.attempt,
        sender: RefCell::new(sender),
    };
    Task::spawn(async move {
        let outcome = exchange::carry(&request, &sink).await;
        sink.send(ResponsePiece::End(outcome)).await;
    })
}
