//! A simulated Kubernetes API server and a small world behind it, for tests, demo and benches.
//!
//! It stands apart from the dashboard on purpose: it shares no code with it, so that what the dashboard shows can
//! be checked against what this server knows. It is no test double of one client: it keeps the contract of the
//! real server (resourceVersions, paging, watches, errors) for any client, kubectl included, and is compared with
//! recorded bytes. It runs no containers and stores nothing on disk.
//!
//! | module | what it is | what is absent |
//! |---|---|---|
//! | [`api`] | the API server: request in, response or watch out | sockets, clock, threads |
//! | [`world`] | controllers, scheduler, kubelets and incidents that act on the API | clock, threads, entropy |
//! | [`http`] | both on a socket or in memory, with static files, WebSockets and faults | decisions about the API |
//! | [`port`] | a port that is kept while nobody listens | |
//! | [`sample`] | objects to start a test from | |
//! | [`quantity`] | Kubernetes quantities | |
//!
//! # On a socket
//!
//! ```
//! use k8bit_simulator::api::Resource;
//! use k8bit_simulator::http::{Faults, RequestFilter, Server, ServerOptions};
//! use k8bit_simulator::sample;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(ServerOptions::default())?;
//! let now = server.now();
//! server.with_api(|api| api.create(now, Resource::Nodes, None, sample::node("node-1")).map(drop)).map_err(|status| status.message)?;
//! // GET {server.url()}/api/v1/nodes; then make its watches break after 100 bytes:
//! server.set_faults(Faults {
//!     applies_to: RequestFilter::watches(),
//!     cut_after_bytes: Some(100),
//!     ..Faults::default()
//! });
//! # Ok(())
//! # }
//! ```
//!
//! # On virtual time
//!
//! ```
//! use bytes::Bytes;
//! use k8bit_simulator::api::{ApiOptions, ApiServer, Payload};
//! use k8bit_simulator::world::{World, WorldOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut now: jiff::Timestamp = "2026-11-23T09:00:00Z".parse()?;
//! let end = now + std::time::Duration::from_secs(5);
//! let mut api = ApiServer::new(now, ApiOptions { seed: 7, ..ApiOptions::default() });
//! let mut world = World::new(now, WorldOptions { seed: 7, ..WorldOptions::default() }, &mut api);
//! let request = http::Request::get("/api/v1/pods?watch=1&resourceVersion=0").body(Bytes::new())?;
//! if let Payload::Watch(id) = api.handle(now, &request).into_body() {
//!     while let Some(next) = world.next_wakeup().filter(|next| *next < end) {
//!         now = now.max(next);
//!         world.step(now, &mut api);
//!         for line in api.poll_watch(now, id).lines {
//!             assert!(line.ends_with(b"\n"));
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```

pub mod api;
pub mod http;
pub mod port;
pub mod quantity;
pub mod sample;
pub mod world;
