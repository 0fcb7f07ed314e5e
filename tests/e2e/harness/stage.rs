//! All of it together, for the tests that want the usual: a cluster behind `kubectl proxy --www=dist`, and a browser.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{browser::Browser, cluster::Cluster, kubectl::KubectlProxy, page::Page};

/// Browsers that run at the same time, over all tests.
const BROWSERS: u32 = 3;

static TURNS: Semaphore = Semaphore::const_new(BROWSERS as usize);

/// The right to run a browser.
#[derive(Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "held, and given back by its drop")] SemaphorePermit<'static>);

impl Turn {
    /// Waits for a turn.
    pub(crate) async fn take() -> Self {
        Self::take_permits(1).await
    }

    /// Waits until no other browser runs, for a test that measures.
    pub(crate) async fn take_alone() -> Self {
        Self::take_permits(BROWSERS).await
    }

    async fn take_permits(permits: u32) -> Self {
        Self(
            TURNS
                .acquire_many(permits)
                .await
                .expect("the semaphore is never closed"),
        )
    }
}

/// A cluster, a `kubectl proxy` in front of it and a browser.
#[derive(Debug)]
pub(crate) struct Stage {
    // In the order of their ends.
    pub(crate) browser: Browser,
    pub(crate) proxy: KubectlProxy,
    pub(crate) cluster: Cluster,
    _turn: Turn,
}

impl Stage {
    /// With a cluster in which nothing moves by itself.
    pub(crate) async fn build() -> Self {
        let turn = Turn::take().await;
        Self::build_with(turn, Cluster::start().await, &[]).await
    }

    /// With another cluster, or other options of `kubectl proxy`.
    pub(crate) async fn build_with(turn: Turn, cluster: Cluster, proxy_options: &[&str]) -> Self {
        Self::build_for(turn, cluster, Browser::start().await, proxy_options).await
    }

    /// With a browser that the test started itself.
    pub(crate) async fn build_for(turn: Turn, cluster: Cluster, browser: Browser, proxy_options: &[&str]) -> Self {
        let proxy = KubectlProxy::start(cluster.url(), proxy_options).await;
        Self {
            browser,
            proxy,
            cluster,
            _turn: turn,
        }
    }

    /// Opens the page; `query` is what stands behind its address, such as `?theme=dark`.
    pub(crate) async fn open(&self, query: &str) -> Page<'_> {
        let url = format!("{}/static/{query}", self.proxy.url());
        Page::open(&self.browser, &url, Some(&self.cluster.namespace)).await
    }

    /// `namespace/name` of a pod of the test.
    pub(crate) fn key(&self, pod: &str) -> String {
        format!("{}/{pod}", self.cluster.namespace)
    }
}
