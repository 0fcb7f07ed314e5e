//! The only modules that touch the browser's interfaces, but for the components in [`crate::ui`].
//!
//! They make the requests that the cluster cache asks for, tell it the time, and decide nothing about the protocol.

pub mod address;
pub mod api;
pub mod clipboard;
pub mod clock;
pub mod dom;
pub mod driver;
mod exchange;
pub mod feed;
mod fetch;
pub mod hooks;
pub mod log;
pub mod login;
pub mod metrics;
pub mod model;
pub mod page_config;
pub mod palette;
pub mod pointing;
pub mod rehearsal;
pub mod saved_views;
pub mod storage;
pub mod task;
pub mod theme;
pub mod token;
mod transport;
pub mod wake_lock;
mod websocket;
pub mod write_switch;
