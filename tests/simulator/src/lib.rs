//! A simulated Kubernetes API server and a small world behind it, for tests, demo and benches.
pub mod api;
pub mod http;
pub mod quantity;
pub mod sample;
pub mod world;
