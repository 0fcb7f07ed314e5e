//! The conformance checklist of the informer: every test is named after the row that it proves.

#[path = "../objects/changes.rs"]
mod changes;
mod checklist;
mod lifecycle;
mod list;
#[path = "../objects/mod.rs"]
mod objects;
mod reconnect;
mod rig;
mod silence;
mod store;
mod stream;
mod streaming;
mod transport;
