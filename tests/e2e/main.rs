//! End-to-end tests: what a user sees, in a real browser, through the real `kubectl proxy --www=dist`.
//!
//! A test says by its attribute whether it runs in Chromium alone or in Firefox and WebKit too, and `K8BIT_E2E_BROWSERS`
//! says which of them are asked for: none for Chromium, `firefox webkit` for these. `harness::suite` is the list of them.
//!
//! The cluster is the simulator, one per test, or with `K8BIT_E2E_SERVER=http://127.0.0.1:8001` any cluster that answers
//! there without credentials; the tests then work in namespaces of their own and clean up, and those that need faults are
//! skipped, which is counted. They want `dist/` and the programs that `make test` sets up, and they say so where one is
//! missing. Nothing here looks into the program: only the API, the document and `window.k8bit`.

mod access;
mod accessibility;
mod address;
mod arrange;
mod diagnostics;
mod drawer;
mod forced_colors;
mod harness;
mod hidden_text;
mod in_cluster;
mod kiosk;
mod lifecycle;
mod load;
mod logs;
mod names;
mod nodes;
mod npm_package;
mod picture;
mod places;
mod plugin;
mod problems;
mod proxies;
mod query;
mod reading;
mod reconnect;
mod same_as_kubectl;
mod serving;
mod shift;
mod soak;
mod story;
mod tabs;
mod text;
mod torrent;
mod transport;
mod unknown;
mod writes;

use k8bit_test_support::contrast;

fn main() -> std::process::ExitCode {
    harness::suite::main()
}
