//! A cluster that is written to, and a server in front of it that fails as a scenario says.
//!
//! Both clients get a stage of their own from the same seed: the same objects, writes and faults at the same times.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use k8bit_simulator::{
    api::{ApiServer, DeleteOptions, Object, Part, PatchKind, Resource},
    http::{InMemoryServer, Server, ServerOptions},
    sample,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use k8bit_test_support::in_memory::Connector;

/// Every request takes so long at least, so that a client that asks without end still lets time pass.
const LATENCY: Duration = Duration::from_millis(10);
/// Pods at the beginning.
const PODS: u32 = 20;
/// How long a scenario waits for a client to do something before it goes on without.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Stage {
    pub(crate) server: Arc<InMemoryServer>,
    random: fastrand::Rng,
    created: u32,
}

impl Stage {
    /// A server with some pods.
    pub(crate) fn new(options: impl FnOnce(&mut ServerOptions)) -> Self {
        let epoch: Timestamp = "2026-11-25T08:00:00Z".parse().expect("a time");
        let mut server = ServerOptions {
            latency: LATENCY,
            ..ServerOptions::default()
        };
        options(&mut server);
        let mut stage = Self {
            server: Arc::new(Server::in_memory(&server, epoch)),
            random: fastrand::Rng::with_seed(7),
            created: 0,
        };
        for _ in 0..PODS {
            stage.create();
        }
        stage
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector(self.server.clone())
    }

    // Time.

    pub(crate) async fn pass(&self, seconds: u64) {
        sleep(Duration::from_secs(seconds)).await;
    }

    /// Waits until something holds of the server, but not for ever: a client may never bring it about.
    pub(crate) async fn until(&self, holds: impl Fn(&InMemoryServer) -> bool) {
        let begun = Instant::now();
        while !holds(&self.server) && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// The client has listed, and watches.
    pub(crate) async fn until_watched(&self) {
        self.until(|server| server.open_watches() > 0).await;
        sleep(Duration::from_millis(100)).await;
    }

    // Writes.

    fn write<T>(&self, work: impl FnOnce(&mut ApiServer, Timestamp) -> T) -> T {
        let now = self.server.now();
        self.server.with_api(|api| work(api, now))
    }

    pub(crate) fn create(&mut self) -> Arc<Object> {
        let name = format!("pod-{:04}", self.created);
        self.created += 1;
        self.create_named(&name)
    }

    pub(crate) fn create_named(&self, name: &str) -> Arc<Object> {
        let pod = sample::running_pod("default", name, "node-1");
        self.write(|api, now| api.create(now, Resource::Pods, Some("default"), pod))
            .expect("the name is free")
    }

    pub(crate) fn delete(&self, name: &str) {
        self.write(|api, now| api.delete(now, Resource::Pods, "default", name, &DeleteOptions::now()))
            .expect("the pod is there");
    }

    /// The names of the pods, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.server
            .with_api(|api| api.objects(Resource::Pods).map(|pod| pod.name.to_string()).collect())
    }

    /// Changes the status of a pod.
    pub(crate) fn invalidate(&mut self, name: &str) {
        let patch = json!({"status": {"message": format!("changed {}", self.random.u32(..))}});
        self.write(|api, now| {
            api.patch(
                now,
                Resource::Pods,
                "default",
                name,
                Part::Status,
                PatchKind::Merge,
                &patch,
            )
        })
        .expect("the pod is there");
    }

    /// One write of some kind, to some pod.
    pub(crate) fn change(&mut self) {
        let names = self.names();
        let name = &names[self.random.usize(..names.len())];
        match self.random.u8(0..4) {
            0 if names.len() > 5 => self.delete(name),
            1 => drop(self.create()),
            _ => self.invalidate(name),
        }
    }

    /// A write every half second on average.
    pub(crate) async fn churn(&mut self, seconds: u64) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            self.change();
            sleep(Duration::from_millis(self.random.u64(1..1_000))).await;
        }
    }
}
