//! kube-rs' client for a server in memory.

use hyper_util::rt::TokioExecutor;
use k8bit_test_support::in_memory::Connector;
use kube::{
    Client, Config,
    client::{ConfigExt as _, retry::RetryPolicy},
};
use tower::{BoxError, ServiceBuilder, retry::RetryLayer};

/// kube-rs' client above such connections: the layers of its default client that decide anything, which are the base
/// URL and the retries. Absent are tracing and the deadlines of connecting and writing, for which nothing here waits.
pub(crate) fn kube_client(connector: Connector) -> Client {
    let config = Config::new(http::Uri::from_static("http://in-memory"));
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(RetryLayer::new(RetryPolicy::server_retry()))
        .map_err(BoxError::from)
        .service(hyper_util::client::legacy::Builder::new(TokioExecutor::new()).build(connector));
    Client::new(service, config.default_namespace)
}
