//! The program itself, with the real kubectl, in front of simulated clusters: what it serves, to whom, and what it leaves
//! behind. The page in a browser is looked at in `tests/e2e/plugin.rs` of the project.
//!
//! Each test has folders, ports and clusters of its own. They want `dist/` at the time of compiling, because the page is
//! embedded, and kubectl on PATH or named in `K8BIT_KUBECTL`; the program says so where one is missing.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test, what cannot be had is a failure")]

mod arguments;
mod demo;
mod endings;
mod guards;
mod manifests;
mod ports;
mod problems;
mod support;
