//! What several of the project's test programs and benchmarks stand on.
//!
//! | module | for |
//! |---|---|
//! | [`objects`], [`changes`] | store and cluster: pods and events, and what comes of them, a line each |
//! | [`contrast`] | colors: how far they are from each other |
//! | [`kube_rs`] | comparison: kube-rs' informer as its documentation wires it |
//! | [`in_memory`] | comparison: HTTP clients of a server in memory |
//! | [`pods`] | load: another status of a pod of the simulated cluster |
//! | [`harness`] | end to end: browsers, `kubectl proxy`, the list of the tests, waiting for a condition |

pub mod changes;
pub mod contrast;
pub mod harness;
pub mod in_memory;
pub mod kube_rs;
pub mod objects;
pub mod pods;

use std::path::{Path, PathBuf};

/// The folder of the project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
