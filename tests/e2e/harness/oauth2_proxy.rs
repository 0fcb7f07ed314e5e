//! A stand-in for oauth2-proxy with the settings of `deploy/overlays/sso/oauth2-proxy.cfg`, and for its issuer.
//!
//! It serves the page and passes the API on, for whoever has the cookie of a session. Of others it redirects what asks for
//! pages to the issuer, and answers 401 to the API's paths (`api_routes`) and to whoever wants JSON. The issuer is another
//! origin, whose page has a link that leads back with a code.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use hyper::{
    HeaderMap, Request,
    body::Incoming,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderValue, LOCATION, SET_COOKIE},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    kubectl,
    reverse_proxy::{Behaviour, PollOutcome, pass_on, plain, serve},
    stand_in::{Reply, StandIn},
};

/// The name of the cookie.
const COOKIE_NAME: &str = "_oauth2_proxy";

/// Where the issuer leads back to.
const CALLBACK: &str = "/oauth2/callback";

/// The running stand-ins; ended when dropped.
#[derive(Debug)]
pub(crate) struct Oauth2Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    _issuer: StandIn,
}

#[derive(Debug)]
struct Shared {
    api: SocketAddr,
    /// The page.
    folder: PathBuf,
    /// Where who is not signed in is sent.
    issuer: String,
    same_site: &'static str,
    sessions: Mutex<Sessions>,
    /// The next answer brings another cookie.
    is_refresh_due: AtomicBool,
}

#[derive(Debug, Default)]
struct Sessions {
    valid: BTreeSet<String>,
    made: u32,
    /// The cookie of the last request that was passed on.
    last_used: String,
}

impl Sessions {
    fn make(&mut self) -> String {
        self.made += 1;
        let id = format!("session-{}", self.made);
        self.valid.insert(id.clone());
        id
    }
}

impl Oauth2Proxy {
    /// Starts them in front of an API. `issuer_host` is the issuer's name of this machine: of `127.0.0.1`, as the page is, it
    /// belongs to the same site.
    pub(crate) async fn start(api: SocketAddr, issuer_host: &str, same_site: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a socket has an address");
        let issuer = StandIn::start(move |head| {
            let target = head.split_whitespace().nth(1).unwrap_or_default();
            let state = target.split_once("state=").map_or("/", |(_, state)| state);
            let back = format!("http://{address}{CALLBACK}?code=1&state={state}");
            Reply {
                status: 200,
                headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
                body: format!(
                    "<!doctype html><title>Issuer</title><h1>Issuer</h1><a id=sign-in href=\"{back}\">Sign in</a>"
                ),
            }
        })
        .await;
        let shared = Arc::new(Shared {
            api,
            folder: kubectl::www(),
            issuer: issuer.url().replace("127.0.0.1", issuer_host),
            same_site,
            sessions: Mutex::default(),
            is_refresh_due: AtomicBool::new(false),
        });
        let for_task = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&for_task);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(&shared, request));
                    // Errors are browsers that went away.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades()
                        .await;
                });
            }
        });
        Self {
            address,
            shared,
            task,
            _issuer: issuer,
        }
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All sessions end. What is open stays open.
    pub(crate) fn expire(&self) {
        self.shared.sessions().valid.clear();
    }

    /// The next answer refreshes the session: it brings another cookie.
    pub(crate) fn refresh(&self) {
        self.shared.is_refresh_due.store(true, Ordering::Relaxed);
    }

    /// How many sessions are valid.
    pub(crate) fn sessions(&self) -> usize {
        self.shared.sessions().valid.len()
    }

    /// The cookie of the last request that was passed on.
    pub(crate) fn last_used(&self) -> String {
        self.shared.sessions().last_used.clone()
    }

    /// A session ends that was refreshed.
    pub(crate) fn forget(&self, session: &str) {
        self.shared.sessions().valid.remove(session);
    }
}

impl Drop for Oauth2Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_cookie(&self, session: &str) -> HeaderValue {
        let cookie = format!("{COOKIE_NAME}={session}; Path=/; HttpOnly; SameSite={}", self.same_site);
        HeaderValue::from_str(&cookie).expect("a cookie of the test")
    }
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Result<PollOutcome, Infallible> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    if path == CALLBACK {
        let state = query.split_once("state=").map_or("/", |(_, state)| state);
        let session = shared.sessions().make();
        let mut answer = redirect(&state.replace("%3F", "?").replace("%26", "&"));
        answer.headers_mut().insert(SET_COOKIE, shared.set_cookie(&session));
        return Ok(answer);
    }
    let is_api = path.starts_with("/api") || path.starts_with("/version");
    let session = session_of(request.headers()).filter(|session| shared.sessions().valid.contains(session));
    let Some(session) = session else {
        let wants_json = request
            .headers()
            .get(ACCEPT)
            .is_some_and(|accept| accept == "application/json");
        return Ok(match is_api || wants_json {
            true => unauthorized(),
            false => {
                let asked = request.uri().path_and_query().map_or("/", |it| it.as_str());
                redirect(&format!(
                    "{}/authorize?state={}",
                    shared.issuer,
                    asked.replace('?', "%3F").replace('&', "%26")
                ))
            }
        });
    };
    shared.sessions().last_used = session;
    let mut answer = match is_api {
        true => pass_on(shared.api, Behaviour::default(), request)
            .await
            .unwrap_or_else(|error| plain(502, error.to_string())),
        false => serve(&shared.folder, path.trim_start_matches('/')).await,
    };
    if shared.is_refresh_due.swap(false, Ordering::Relaxed) {
        let session = shared.sessions().make();
        answer.headers_mut().insert(SET_COOKIE, shared.set_cookie(&session));
    }
    Ok(answer)
}

fn session_of(headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split("; "))
        .filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, session)| session.to_owned())
}

fn unauthorized() -> PollOutcome {
    let mut answer = plain(401, "{}".to_owned());
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn redirect(to: &str) -> PollOutcome {
    let mut answer = plain(302, String::new());
    answer
        .headers_mut()
        .insert(LOCATION, HeaderValue::from_str(to).expect("the test's own address"));
    answer
}
