//! Kubernetes kinds as the rest of the program sees them: trimmed projections of the API types.
//!
//! A projection keeps what is shown and nothing else, because a whole `Pod` is about eight kilobytes of JSON and the
//! tab has to hold 150,000 of them. This module knows nothing of requests, streams or stores; [`Resource`] is the seam
//! between a kind and the generic [informer](k8bit_informer) and store.

pub mod condition;
pub mod duration;
pub mod event;
pub mod metrics;
pub mod node;
pub mod pod;
pub mod status;
pub mod template;
pub mod workload;

mod interner;
mod wire;

pub use event::ObjectEvent;
pub use interner::ResourceInterner;
/// What every kind is made of.
pub use k8bit_informer::{
    Bookmark, DecodeError, Intern, Meta, ObjectKey, Quantity, Resource, ResourceVersion, SharedStr, Timestamp, Uid,
};
pub use node::Node;
pub use pod::Pod;
pub use template::{Amounts, Labels, Owner, PodTemplate, QosClass};
pub use workload::{Workload, guess};
