//! The cluster that a test shows: a simulated one of its own, or a namespace of the one that `K8BIT_E2E_SERVER` names.

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use k8bit_simulator::{
    api::ApiOptions,
    http::{Server, ServerHandle, ServerOptions},
};

use super::{api::Api, suite, tools};

/// A cluster for one test.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// What the test does to it.
    pub(crate) api: Api,
    /// The namespace of the test.
    pub(crate) namespace: String,
    /// `None` for a given one.
    simulator: Option<ServerHandle>,
    url: String,
}

impl Cluster {
    /// The given cluster if there is one, otherwise a simulated one in which nothing moves by itself.
    pub(crate) async fn start() -> Self {
        match tools::given_server() {
            Some(url) => Self::prepare(url, None).await,
            None => Self::simulate(ServerOptions::default()).await,
        }
    }

    /// A simulated cluster, for a test that does to it what no API can; where a cluster is given, the test is
    /// skipped and has to return.
    pub(crate) async fn simulated(test: &str, options: ServerOptions) -> Option<Self> {
        if tools::given_server().is_some() {
            suite::skip(&format!(
                "{test}: it needs the simulator, and K8BIT_E2E_SERVER names another cluster"
            ));
            return None;
        }
        Some(Self::simulate(options).await)
    }

    /// The same, with a cluster that knows usage.
    pub(crate) async fn simulated_with_metrics(test: &str) -> Option<Self> {
        let api = ApiOptions {
            metrics: true,
            ..ApiOptions::default()
        };
        let options = ServerOptions {
            api,
            ..ServerOptions::default()
        };
        Self::simulated(test, options).await
    }

    async fn simulate(options: ServerOptions) -> Self {
        let simulator = start_simulator(options).await;
        Self::prepare(simulator.url(), Some(simulator)).await
    }

    async fn prepare(url: String, simulator: Option<ServerHandle>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let namespace = match simulator {
            Some(_) => "e2e".to_owned(),
            None => format!("k8bit-e2e-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)),
        };
        let api = Api::new(&url, &namespace);
        api.create_namespace(&namespace).await;
        if simulator.is_none() {
            api.until_pods_are_accepted().await;
        }
        Self {
            api,
            namespace,
            simulator,
            url,
        }
    }

    /// Its API, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The simulator, for its faults.
    ///
    /// # Panics
    /// Where there is none: a test that needs one begins with [`Cluster::simulated`].
    pub(crate) fn simulator(&self) -> &ServerHandle {
        self.simulator.as_ref().expect("the test asked for a simulated cluster")
    }

    /// The name of a node of the test: nodes have no namespace, and a given cluster has others.
    pub(crate) fn node(&self, name: &str) -> String {
        format!("{}-{name}", self.namespace)
    }

    /// Makes a node that is ready; its name.
    pub(crate) async fn create_node(&self, name: &str) -> String {
        let name = self.node(name);
        self.api.create_node(&name).await;
        name
    }
}

impl Drop for Cluster {
    /// Cleans a given cluster up. A simulated one goes as a whole.
    fn drop(&mut self) {
        if self.simulator.is_some() {
            return;
        }
        let (api, prefix) = (self.api.clone(), self.node(""));
        let cleanup = async move {
            for name in api
                .node_names()
                .await
                .into_iter()
                .filter(|name| name.starts_with(&prefix))
            {
                api.delete_node(&name).await;
            }
            api.delete_namespace().await;
        };
        // On a thread of its own: the test's runtime may be about to end, and a client belongs to one runtime.
        let thread = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(cleanup);
        });
        if thread.join().is_err() {
            tools::report(&format!("the namespace {} could not be cleaned up", self.namespace));
        }
    }
}

/// Starts a simulator from within a runtime.
pub(crate) async fn start_simulator(options: ServerOptions) -> ServerHandle {
    // It waits for its own thread, which an asynchronous context must not.
    let started = tokio::task::spawn_blocking(|| Server::start(options)).await;
    started
        .expect("starting does not panic")
        .unwrap_or_else(|error| panic!("{error}"))
}
