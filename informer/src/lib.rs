//! Keeps up with a collection of the Kubernetes API, by list and watch, as client-go's shared informer does.
//!
//! The README has a quick start, the guarantees, and a comparison with kube-rs and client-go.
//!
//! The core knows no kind and no page, and it does no I/O: an [`Informer`] says which requests to make and is told what came
//! of them, and a [`Store`](store::Store) turns what it learns into objects by key and exact
//! [`Change`](store::Change)s. So it runs in a browser, on a server, and in a test on virtual time. A shared informer (feature
//! `shared`) lets it run over a `Transport`; the features `hyper` and `fetch` bring one.
//!
//! ```text
//!  driver ─► Informer ────────────────────────────► Event ─► Store ─► Change
//!  bytes     ListBody / WatchBody ─► Resource                by key   exact
//!            bytes ─► elements / events ─► objects
//! ```
//!
//! A [`Collection`](request::Collection) says which objects are followed, and can be described at run time. A kind takes part
//! by implementing [`Resource`]: it says which fields it keeps, and both encodings of the API are read from one declaration,
//! [`object!`].
//!
//! # Modules
//!
//! | module | what it knows |
//! |---|---|
//! | [`informer`] | the state machine; its documentation is the table of transitions |
//! | [`config`] | what can be chosen of an informer, with its defaults |
//! | [`request`], [`api_path`], [`selector`] | which collection is followed, and the URLs of list and watch; paths and selectors, checked by the API server's rules |
//! | [`transport`] | what carries a watch: `fetch` or a WebSocket |
//! | [`failure`], [`backoff`] | what went wrong, and when to try again |
//! | [`encoding`], [`list_decoder`], [`list_message`], [`watch_event`], [`line_buffer`], [`frame_buffer`] | bodies, in pieces, as JSON and as protobuf |
//! | [`part_reader`] | who reads the elements of a list or the lines of a watch, in one pass where it can |
//! | [`inbox`] | what a WebSocket received and nobody has read yet, bounded |
//! | [`resource`], [`meta`], [`error`] | what the informer needs to know of a kind; identity and version of an object |
//! | [`representation`] | whole objects, metadata alone, or rows of the server's table |
//! | [`kinds`] | any kind without a projection: typed, as JSON, metadata, rows |
//! | [`wire`], [`json`], [`protobuf`] | objects as they lie in the receive buffer; the fields that are asked for, and nothing else |
//! | [`visible`] | text of the cluster as it may be shown: characters that show nothing are written out |
//! | [`timestamp`], [`quantity`], [`shared_str`] | values of the API, and strings that many objects share |
//! | [`store`], [`hash_index`] | the objects of a kind, by key; atomic replacement; exactly what changed |
//! | `shared` (feature `shared`) | one informer for many readers: subscriptions, status, and the `Transport` it needs |
//! | `hyper` (feature `hyper`) | that transport on tokio, for servers |
//! | `fetch` (feature `fetch`, in browsers) | that transport over `fetch` and WebSockets, and what it is made of |
//! | [`limits`] | every bound that protects the program from its server |
//!
//! `k8s-openapi` names the kinds. As a library this crate enables none of its `v1_*` features: the program that uses it
//! does.

pub mod api_path;
pub mod backoff;
mod bookmark_interval;
pub mod config;
pub mod encoding;
pub mod error;
pub mod failure;
#[cfg(all(feature = "fetch", target_arch = "wasm32"))]
pub mod fetch;
pub mod frame_buffer;
pub mod hash_index;
#[cfg(all(feature = "hyper", not(target_arch = "wasm32")))]
pub mod hyper;
pub mod inbox;
pub mod informer;
pub mod json;
pub mod kinds;
pub mod limits;
pub mod line_buffer;
pub mod list_decoder;
pub mod list_message;
pub mod meta;
pub mod part_reader;
pub mod protobuf;
pub mod quantity;
pub mod representation;
pub mod request;
pub mod resource;
#[cfg(test)]
mod sample;
pub mod selector;
#[cfg(feature = "shared")]
pub mod shared;
pub mod shared_str;
pub mod store;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;
pub mod timestamp;
pub mod transport;
pub mod visible;
pub mod watch_event;
pub mod wire;

pub use config::{InformerConfig, InitialList};
pub use error::DecodeError;
pub use informer::{Counters, Event, Informer, ListProgress, Output};
pub use meta::{Bookmark, Meta, ObjectKey, ResourceVersion, Uid};
pub use quantity::Quantity;
pub use representation::Representation;
pub use resource::Resource;
pub use shared_str::{Intern, Interner, SharedStr};
pub use timestamp::Timestamp;

/// What the README shows is compiled, but for what only a browser has: that is in the example `deployments`.
#[cfg(all(doctest, feature = "hyper"))]
#[doc = include_str!("../README.md")]
struct Readme;
