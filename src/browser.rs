//! The only modules that touch the browser's interfaces, but for the components in [`crate::ui`].
//!
//! They make the requests that the mirror asks for, tell it the time, and decide nothing about the protocol.

pub mod clock;
pub mod driver;
mod fetch;
pub mod metrics;
pub mod page_config;
mod permit;
mod turn;
mod websocket;
