//! The conformance checklist of the informer: every test is named after the row that it proves.

mod checklist;
mod kinds;
mod lifecycle;
mod list;
mod reconnect;
mod rig;
mod silence;
mod store;
mod stream;
mod streaming;
mod transport;

use k8bit_test_support::{changes, objects};
