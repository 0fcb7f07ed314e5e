//! The conformance checklist of the informer: every test is named after the row that it proves.

#[path = "../objects/changes.rs"]
mod changes;
#[path = "../objects/mod.rs"]
mod objects;
mod store;
