//! K8bit: a real-time Kubernetes dashboard that needs no server of its own.

pub mod cluster;
pub mod connection;
pub mod informer;
pub mod limits;
pub mod resource;
pub mod store;
pub mod view;
