//! kube-rs' informer as its documentation wires it: `watcher`, `default_backoff`, `reflector`.
//!
//! Nothing in here is ours: the client is the crate's own, with its default retries and deadlines. Benches use this
//! module as well.

use std::sync::Arc;

use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client, Config,
    runtime::{
        WatchStreamExt as _, reflector,
        reflector::Store,
        watcher::{self, watcher},
    },
};
use tokio::task::JoinHandle;

/// A reflector of all pods, kept up by a task until it is dropped.
#[derive(Debug)]
pub struct Reflector {
    store: Store<Pod>,
    task: JoinHandle<()>,
}

impl Reflector {
    /// Starts on the runtime of whoever calls.
    pub fn start(client: Client, config: watcher::Config) -> Self {
        let (store, writer) = reflector::store();
        let events = watcher(Api::all(client), config).default_backoff();
        let reflected = reflector(writer, events);
        // Errors are retried by the stream itself.
        let task = tokio::spawn(reflected.for_each(|_| std::future::ready(())));
        Self { store, task }
    }

    /// Returns when the first list is complete.
    pub async fn wait_until_ready(&self) {
        self.store
            .wait_until_ready()
            .await
            .expect("the writer lives as long as its task");
    }

    /// Every pod that it holds, in no order.
    pub fn pods(&self) -> Vec<Arc<Pod>> {
        self.store.state()
    }
}

impl Drop for Reflector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// kube-rs' client for a server without TLS, as it comes.
pub fn client(url: &str) -> Client {
    Client::try_from(Config::new(url.parse().expect("a URL"))).expect("plain HTTP needs no more than a URL")
}
