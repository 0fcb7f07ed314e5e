//! What the end-to-end tests stand on: a cluster, a `kubectl proxy` in front of it, a browser and the page in it.
//!
//! Everything listens on free ports of 127.0.0.1, belongs to one test, and ends with it, also when it panics. Waiting is
//! for a condition with a deadline, never for a time.

pub(crate) use k8bit_test_support::harness::{browser, kubectl, process, suite, tools, wait};

pub(crate) mod api;
pub(crate) mod cluster;
pub(crate) mod files;
pub(crate) mod nginx;
pub(crate) mod oauth2_proxy;
pub(crate) mod objects;
pub(crate) mod page;
pub(crate) mod reverse_proxy;
pub(crate) mod stage;
pub(crate) mod stand_in;
