//! Our informer on a native runtime: what `browser::driver` is to `fetch`, this is to HTTP/1.1 on tokio.
//!
//! One connection for each request. It knows of the informer what any driver does, and nothing more.

use std::{cell::RefCell, error::Error, io, net::SocketAddr, rc::Rc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use k8bit::resource::{Pod, ResourceInterner};
use k8bit_informer::{
    Informer, InformerConfig, InitialList, Output,
    failure::{End, ResponseHead},
    request::{Collection, Request, RequestId},
    store::{Scope, Store},
    transport::TransportState,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc,
    task::{AbortHandle, JoinHandle, JoinSet},
    time::Instant,
};

/// How long to sleep when nothing is due.
const IDLE: Duration = Duration::from_secs(86_400);
/// Pieces of bodies that may wait to be read.
const INBOX: usize = 16;

/// Makes connections to one server.
pub(crate) trait Connect: Clone + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Connects.
    fn connect(&self) -> impl Future<Output = io::Result<Self::Stream>>;
}

/// An informer of all pods and its store, kept up by a task until it is dropped.
#[derive(Debug)]
pub(crate) struct Ours {
    state: Rc<RefCell<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) informer: Informer<Pod>,
    pub(crate) store: Store<Pod>,
    interner: ResourceInterner,
    begun: Instant,
}

#[derive(Debug)]
enum Delivery {
    Head(ResponseHead),
    Body(Bytes),
    End(End),
}

type Inbox = mpsc::Sender<(RequestId, Delivery)>;

impl Ours {
    /// Starts on the `LocalSet` of whoever calls.
    pub(crate) fn start<C: Connect>(connect: C, initial: InitialList, seed: u64) -> Self {
        let collection = Collection::of::<k8s_openapi::api::core::v1::Pod>();
        let mut informer = Informer::new(collection, InformerConfig::listing(initial), seed);
        // No browser is in between: what is sent arrives.
        informer.set_transport(TransportState::PROMPT);
        let state = Rc::new(RefCell::new(State {
            informer,
            store: Store::default(),
            interner: ResourceInterner::default(),
            begun: Instant::now(),
        }));
        let task = tokio::task::spawn_local(keep_up(connect, state.clone()));
        Self { state, task }
    }

    /// Looks at what it holds.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.borrow())
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn receive(&mut self, attempt: RequestId, delivery: Delivery) {
        let now = self.now();
        match delivery {
            Delivery::Head(head) => self.informer.handle_response(now, attempt, head),
            Delivery::Body(bytes) => self.informer.handle_body(now, attempt, &bytes, &mut self.interner),
            Delivery::End(end) => self.informer.handle_end(now, attempt, end, &mut self.interner),
        }
    }

    /// Takes what the informer has to say; hands on what is for the network.
    fn drain(&mut self, mut network: impl FnMut(Output<Pod>)) {
        let mut changes = Vec::new();
        while let Some(output) = self.informer.poll_output() {
            match output {
                Output::Event(event) => self.store.handle(&Scope::Cluster, event, &mut changes),
                Output::Count(counted) => {
                    self.informer
                        .compare_count(self.begun.elapsed(), self.store.len(), counted);
                }
                Output::Send(_) | Output::Abort(_) => network(output),
            }
        }
    }
}

async fn keep_up<C: Connect>(connect: C, state: Rc<RefCell<State>>) {
    let (sender, mut inbox) = mpsc::channel(INBOX);
    let mut under_way: Option<AbortHandle> = None;
    let mut exchanges = JoinSet::new();
    state.borrow_mut().informer.resume(Duration::ZERO);
    loop {
        let due = {
            let mut state = state.borrow_mut();
            state.drain(|output| {
                // There is never more than one request.
                if let Some(former) = under_way.take() {
                    former.abort();
                }
                if let Output::Send(request) = output {
                    under_way = Some(exchanges.spawn_local(exchange(connect.clone(), request, sender.clone())));
                }
            });
            state.begun + state.informer.next_timeout().unwrap_or(IDLE)
        };
        tokio::select! {
            Some((attempt, delivery)) = inbox.recv() => state.borrow_mut().receive(attempt, delivery),
            () = tokio::time::sleep_until(due) => {
                let mut state = state.borrow_mut();
                let now = state.now();
                state.informer.handle_timeout(now);
            }
            Some(_) = exchanges.join_next() => {}
        }
    }
}

/// Makes a request and hands on what comes of it.
async fn exchange<C: Connect>(connect: C, request: Request, inbox: Inbox) {
    let attempt = request.attempt;
    let end = match answer(connect, request, &inbox).await {
        Ok(()) => End::Clean,
        Err(error) => End::Broken(error.to_string()),
    };
    // Nobody listens once the informer is gone.
    let _ = inbox.send((attempt, Delivery::End(end))).await;
}

async fn answer<C: Connect>(connect: C, request: Request, inbox: &Inbox) -> Result<(), Box<dyn Error>> {
    let stream = connect.connect().await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with this function, and the connection with it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let asked = http::Request::get(&request.url)
        .header(http::header::HOST, "in-memory")
        .header(http::header::ACCEPT, request.accept)
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(asked).await?;
    let headers = response.headers();
    let head = ResponseHead::of(response.status().as_u16(), |name| headers.get(name)?.to_str().ok());
    inbox.send((request.attempt, Delivery::Head(head))).await?;
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            inbox.send((request.attempt, Delivery::Body(bytes))).await?;
        }
    }
    Ok(())
}

impl Connect for SocketAddr {
    type Stream = TcpStream;

    async fn connect(&self) -> io::Result<TcpStream> {
        TcpStream::connect(self).await
    }
}
