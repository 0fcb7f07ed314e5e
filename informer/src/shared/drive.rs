//! The loop that lets an informer run: its requests, its time, and its readers.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;

use super::{
    SharedState,
    transport::{NoResponse, StreamedResponse, Transport},
};
use crate::{
    failure::{End, ResponseHead},
    request::{Request, RequestId},
    resource::Resource,
};

/// Longest time without a look at the clock: what counts as live depends on it.
const MAX_SLEEP: Duration = Duration::from_secs(1);

/// Pieces of bodies that are taken in before other tasks have their turn.
const ARRIVALS_PER_TURN: u32 = 32;

/// What comes of a request.
pub(super) enum Arrival {
    Head(ResponseHead),
    Piece(Bytes),
    NoCarrier,
    End(End),
}

type Sending<B> = Pin<Box<dyn Future<Output = Result<StreamedResponse<B>, NoResponse>> + Send>>;

/// A request under way; dropping it gives the request up.
struct OpenRequest<T: Transport> {
    attempt: RequestId,
    stage: RequestStage<T>,
}

enum RequestStage<T: Transport> {
    Sending(Sending<T::Body>),
    Reading(T::Body),
    Done,
}

impl<T: Transport> OpenRequest<T> {
    fn begin(transport: &Arc<T>, request: Request) -> Self {
        let transport = Arc::clone(transport);
        Self {
            attempt: request.attempt,
            stage: RequestStage::Sending(Box::pin(async move { transport.send(request).await })),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Arrival> {
        let arrival = match &mut self.stage {
            RequestStage::Sending(sending) => match sending.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(StreamedResponse { head, body })) => {
                    self.stage = RequestStage::Reading(body);
                    return Poll::Ready(Arrival::Head(head));
                }
                Poll::Ready(Err(NoResponse::NoCarrier)) => Arrival::NoCarrier,
                Poll::Ready(Err(NoResponse::Unreachable(words))) => Arrival::End(End::Broken(words)),
            },
            RequestStage::Reading(body) => match futures_core::Stream::poll_next(Pin::new(body), context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(piece))) => return Poll::Ready(Arrival::Piece(piece)),
                Poll::Ready(Some(Err(words))) => Arrival::End(End::Broken(words)),
                Poll::Ready(None) => Arrival::End(End::Clean),
            },
            RequestStage::Done => return Poll::Pending,
        };
        self.stage = RequestStage::Done;
        Poll::Ready(arrival)
    }
}

/// Tells the readers that nothing will come any more, however the loop ends.
struct StopOnDrop<K: Resource>(Arc<SharedState<K>>);

impl<K: Resource> Drop for StopOnDrop<K> {
    fn drop(&mut self) {
        self.0.lock().stop();
    }
}

/// Runs until the last handle is gone.
pub(super) async fn drive<K, T>(transport: Arc<T>, shared: Arc<SharedState<K>>)
where
    T: Transport,
    K: Resource + Send + Sync,
    K::Interner: Send,
{
    let _stop = StopOnDrop(Arc::clone(&shared));
    let mut open: Vec<OpenRequest<T>> = Vec::new();
    let mut arrivals = 0_u32;
    shared.lock().begin(transport.now());
    loop {
        let now = transport.now();
        let wait = {
            let mut state = shared.lock();
            let actions = state.settle(now);
            // The requests that are given up go first: their connections serve the next ones.
            open.retain(|request| !actions.aborted.contains(&request.attempt));
            let sent = actions.sent.into_iter();
            open.extend(sent.map(|request| OpenRequest::begin(&transport, request)));
            if state.is_closed() {
                return;
            }
            state.next_timeout(now).saturating_sub(now).min(MAX_SLEEP)
        };
        let mut timer = pin!(transport.sleep(wait));
        let arrived = poll_fn(|context| {
            if shared.lock().is_called(context.waker()) {
                return Poll::Ready(None);
            }
            let arrival = open.iter_mut().find_map(|request| match request.poll(context) {
                Poll::Ready(arrival) => Some((request.attempt, arrival)),
                Poll::Pending => None,
            });
            match arrival {
                Some(arrival) => Poll::Ready(Some(arrival)),
                None => timer.as_mut().poll(context).map(|()| None),
            }
        })
        .await;
        let Some((attempt, arrival)) = arrived else { continue };
        if matches!(arrival, Arrival::NoCarrier | Arrival::End(_)) {
            open.retain(|request| request.attempt != attempt);
        }
        // A probe has its turn beside a list or a watch that is never silent.
        let by = usize::from(!open.is_empty());
        open.rotate_left(by);
        shared.lock().receive(transport.now(), attempt, arrival);
        arrivals = arrivals.wrapping_add(1);
        if arrivals.is_multiple_of(ARRIVALS_PER_TURN) {
            yield_now().await;
        }
    }
}

/// Lets the other tasks of the runtime run.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| match std::mem::replace(&mut has_yielded, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}
