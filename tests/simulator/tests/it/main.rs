//! Tests of the simulator: the API on virtual time, the world, the HTTP layer, and kubectl against all of it.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod http;
mod kubectl;
mod lists;
mod logs;
mod shapes;
mod support;
mod watches;
mod world;
mod writes;
