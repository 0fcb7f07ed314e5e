//! K8bit: a real-time Kubernetes dashboard that needs no server of its own.

pub mod cluster;
pub mod config;
pub mod connection;
pub mod informer;
pub mod limits;
pub mod mirror;
pub mod resource;
pub mod store;
pub mod view;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod ui;
