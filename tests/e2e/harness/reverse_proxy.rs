//! A plain reverse proxy: serves `dist/` at a path of its own and passes everything else on to the API.

use std::{convert::Infallible, net::SocketAddr, path::Path};

use http_body_util::{Either, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HOST, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::tools;

/// A running proxy; ended when dropped.
#[derive(Debug)]
pub(crate) struct ReverseProxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl ReverseProxy {
    /// Starts one. `prefix` begins and ends with a slash; `api` is `host:port`.
    pub(crate) async fn start(prefix: &'static str, api: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a socket has an address");
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(prefix, api, request));
                    // Errors are browsers that went away.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, task }
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

type Answer = Response<Either<Full<Bytes>, Incoming>>;

async fn answer(prefix: &str, api: SocketAddr, request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(match request.uri().path().strip_prefix(prefix) {
        Some(file) => serve(file).await,
        None => pass_on(api, request)
            .await
            .unwrap_or_else(|error| plain(502, error.to_string())),
    })
}

async fn serve(file: &str) -> Answer {
    let file = if file.is_empty() { "index.html" } else { file };
    let content_type = match Path::new(file).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let Ok(content) = tokio::fs::read(tools::dist().join(file)).await else {
        return plain(404, "not found".to_owned());
    };
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(content))));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

async fn pass_on(api: SocketAddr, mut request: Request<Incoming>) -> Result<Answer, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(api).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    request
        .headers_mut()
        .insert(HOST, HeaderValue::from_str(&api.to_string())?);
    Ok(sender.send_request(request).await?.map(Either::Right))
}

fn plain(status: u16, text: String) -> Answer {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(text))));
    *response.status_mut() = status.try_into().expect("a status code");
    response
}
