//! A reverse proxy: serves `dist/` at a path of its own and passes everything else on to the API. It may want a login first,
//! and buffer as others do.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::stream;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    header::{CONTENT_TYPE, HOST, HeaderValue, LOCATION, UPGRADE},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::kubectl;

/// What a proxy answers to everybody who is not logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// A redirect to another origin.
    Elsewhere,
    /// A redirect to its own login page.
    Here,
    /// The login page itself, with status 200.
    Page,
    /// 401 with the login page.
    Unauthorized,
}

/// The path of the login page. With `?done` behind it, the user has logged in.
const LOGIN_PATH: &str = "/login";

/// How a proxy treats what it passes on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behaviour {
    /// Bodies are held back until this many bytes have come together, or they end; 0 is not at all. Headers go on at once.
    pub(crate) held_bytes: usize,
    /// WebSockets are refused, as by what does not know them.
    pub(crate) no_sockets: bool,
}

/// A running proxy; ended when dropped.
#[derive(Debug)]
pub(crate) struct ReverseProxy {
    address: SocketAddr,
    login: Arc<Mutex<Option<Login>>>,
    task: JoinHandle<()>,
}

/// Where requests go.
#[derive(Clone, Debug)]
struct Routes {
    prefix: &'static str,
    /// The page.
    folder: PathBuf,
    api: SocketAddr,
    login: Arc<Mutex<Option<Login>>>,
    behaviour: Behaviour,
}

impl ReverseProxy {
    /// Starts a plain one. `prefix` begins and ends with a slash; `api` is `host:port`.
    pub(crate) async fn start(prefix: &'static str, api: SocketAddr) -> Self {
        Self::start_with(prefix, api, Behaviour::default()).await
    }

    /// Starts one.
    pub(crate) async fn start_with(prefix: &'static str, api: SocketAddr, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a socket has an address");
        let login = Arc::<Mutex<Option<Login>>>::default();
        let routes = Routes {
            prefix,
            folder: kubectl::www(),
            api,
            login: Arc::clone(&login),
            behaviour,
        };
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let routes = routes.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(&routes, request));
                    // Errors are browsers that went away.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades()
                        .await;
                });
            }
        });
        Self { address, login, task }
    }

    /// Wants a login from now on, or none. What is open stays open.
    pub(crate) fn set_login(&self, login: Option<Login>) {
        *self.login.lock().unwrap_or_else(PoisonError::into_inner) = login;
    }

    /// What ends a login: an address to go to.
    pub(crate) fn login_url(&self) -> String {
        format!("{}{LOGIN_PATH}?done", self.url())
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;
pub(super) type PollOutcome = Response<UnsyncBoxBody<Bytes, Error>>;

async fn answer(routes: &Routes, request: Request<Incoming>) -> Result<PollOutcome, Infallible> {
    if let Some(answer) = ask_for_login(routes, &request) {
        return Ok(answer);
    }
    Ok(match request.uri().path().strip_prefix(routes.prefix) {
        Some(file) => serve(&routes.folder, file).await,
        None => pass_on(routes.api, routes.behaviour, request)
            .await
            .unwrap_or_else(|error| plain(502, error.to_string())),
    })
}

/// `None` for those who are logged in.
fn ask_for_login(routes: &Routes, request: &Request<Incoming>) -> Option<PollOutcome> {
    const PAGE: &str = "<!doctype html><title>Sign in</title><h1>Sign in</h1><form method=post></form>";
    let mut wanted = routes.login.lock().unwrap_or_else(PoisonError::into_inner);
    let is_login = request.uri().path() == LOGIN_PATH;
    if is_login && request.uri().query() == Some("done") {
        *wanted = None;
        return Some(redirect(routes.prefix));
    }
    let page = |status| {
        let mut response = plain(status, PAGE.to_owned());
        let content_type = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    };
    Some(match (*wanted)? {
        _ if is_login => page(200),
        // A name that nobody has.
        Login::Elsewhere => redirect("https://idp.invalid/login"),
        Login::Here => redirect(LOGIN_PATH),
        Login::Page => page(200),
        Login::Unauthorized => page(401),
    })
}

fn redirect(to: &str) -> PollOutcome {
    let mut response = plain(302, String::new());
    let to = HeaderValue::from_str(to).expect("the test's own address");
    response.headers_mut().insert(LOCATION, to);
    response
}

pub(super) async fn serve(folder: &Path, file: &str) -> PollOutcome {
    let file = if file.is_empty() { "index.html" } else { file };
    let content_type = match Path::new(file).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let Ok(content) = tokio::fs::read(folder.join(file)).await else {
        return plain(404, "not found".to_owned());
    };
    let mut response = Response::new(whole(content));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(super) async fn pass_on(
    api: SocketAddr,
    behaviour: Behaviour,
    mut request: Request<Incoming>,
) -> Result<PollOutcome, Error> {
    let is_upgrade = request.headers().contains_key(UPGRADE);
    if is_upgrade && behaviour.no_sockets {
        return Ok(plain(400, "WebSockets are not passed on".to_owned()));
    }
    let stream = TcpStream::connect(api).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());
    request
        .headers_mut()
        .insert(HOST, HeaderValue::from_str(&api.to_string())?);
    let ours = is_upgrade.then(|| hyper::upgrade::on(&mut request));
    let mut response = sender.send_request(request).await?;
    if let Some(ours) = ours
        && response.status() == StatusCode::SWITCHING_PROTOCOLS
    {
        let theirs = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            let (Ok(ours), Ok(theirs)) = tokio::join!(ours, theirs) else {
                return;
            };
            let (mut ours, mut theirs) = (TokioIo::new(ours), TokioIo::new(theirs));
            // Ends with either side.
            let _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs).await;
        });
    }
    Ok(response.map(|body| match behaviour.held_bytes {
        0 => body.map_err(Error::from).boxed_unsync(),
        held_bytes => held_back(body, held_bytes),
    }))
}

/// A body in stretches of this many bytes, and a last one at its end.
fn held_back(body: Incoming, held_bytes: usize) -> UnsyncBoxBody<Bytes, Error> {
    let pieces = stream::unfold((Some(body), Vec::new()), move |(mut body, mut held)| async move {
        loop {
            if held.len() >= held_bytes {
                let rest = held.split_off(held.len() / held_bytes * held_bytes);
                return Some((Ok(Frame::data(Bytes::from(held))), (body, rest)));
            }
            match body.as_mut()?.frame().await {
                Some(Ok(frame)) => held.extend(frame.into_data().unwrap_or_default()),
                Some(Err(error)) => return Some((Err(Error::from(error)), (None, Vec::new()))),
                None if held.is_empty() => return None,
                None => return Some((Ok(Frame::data(Bytes::from(held))), (None, Vec::new()))),
            }
        }
    });
    StreamBody::new(pieces).boxed_unsync()
}

pub(super) fn plain(status: u16, text: String) -> PollOutcome {
    let mut response = Response::new(whole(text));
    *response.status_mut() = status.try_into().expect("a status code");
    response
}

fn whole(content: impl Into<Bytes>) -> UnsyncBoxBody<Bytes, Error> {
    Full::new(content.into()).map_err(|never| match never {}).boxed_unsync()
}
