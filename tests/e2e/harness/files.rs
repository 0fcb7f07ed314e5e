//! A server of files that are not as they should be: an index.html that is out of date, a type that is wrong, a page
//! around the page.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use http_body_util::Full;
use hyper::{
    Response,
    body::Bytes,
    header::{HeaderMap, HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

use super::tools;

/// What is served at a path.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) content: Vec<u8>,
    /// Names and values.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

impl File {
    /// A page.
    pub(crate) fn html(html: &str) -> Self {
        Self {
            content: html.as_bytes().to_vec(),
            headers: vec![("content-type", "text/html; charset=utf-8")],
        }
    }

    /// A file of `dist/`, as a server sends it that knows its type.
    pub(crate) fn of_dist(name: &str) -> Option<Self> {
        let name = if name.is_empty() { "index.html" } else { name };
        let content_type = match Path::new(name).extension().and_then(|extension| extension.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("wasm") => "application/wasm",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        };
        let content = std::fs::read(tools::dist().join(name)).ok()?;
        Some(Self {
            content,
            headers: vec![("content-type", content_type)],
        })
    }
}

/// A running server; ended when dropped.
#[derive(Debug)]
pub(crate) struct FileServer {
    address: SocketAddr,
    task: JoinHandle<()>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FileServer {
    /// Starts one. `answer` is asked for a path without its slash, and how often that was asked for before; `None` is 404.
    pub(crate) async fn start(answer: impl Fn(&str, usize) -> Option<File> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a socket has an address");
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move {
                    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
                        let path = request.uri().path().trim_start_matches('/').to_owned();
                        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                        let before = log.iter().filter(|asked| **asked == path).count();
                        let file = answer(&path, before);
                        log.push(path);
                        async move { Ok::<_, Infallible>(response(file)) }
                    });
                    // Errors are browsers that went away.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            address,
            task,
            requests,
        }
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|asked| *asked == path).count()
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn response(file: Option<File>) -> Response<Full<Bytes>> {
    let Some(file) = file else {
        let mut response = Response::new(Full::new(Bytes::from_static(b"404 page not found\n")));
        *response.status_mut() = hyper::StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Full::new(Bytes::from(file.content)));
    let headers: HeaderMap = file
        .headers
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    *response.headers_mut() = headers;
    response
}
