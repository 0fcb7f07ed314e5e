//! The projections of `metrics.k8s.io/v1beta1`: what nodes and pods use.
//!
//! These lists are polled, never watched, and have no versions. Only names and sums are kept.

use k8bit_informer::json;

use super::{Amounts, DecodeError, Intern as _, ObjectKey, ResourceInterner, SharedStr, Timestamp, wire};

/// What a node uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeMetrics {
    /// Its name.
    pub name: SharedStr,
    /// What it uses, its own processes among it.
    pub usage: Amounts,
    /// When that was measured.
    pub measured: Option<Timestamp>,
}

/// What a pod uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodMetrics {
    /// Which pod.
    pub key: ObjectKey,
    /// What its containers use together.
    pub usage: Amounts,
    /// When that was measured.
    pub measured: Option<Timestamp>,
}

/// A kind of `metrics.k8s.io`.
pub trait Metrics: Sized {
    /// Reads one element of a list.
    ///
    /// # Errors
    /// When it is no object of this shape.
    fn decode(json: &[u8], interner: &mut ResourceInterner) -> Result<Option<Self>, DecodeError>;

    /// When it was measured, where that is known.
    fn measured(&self) -> Option<Timestamp>;
}

impl Metrics for NodeMetrics {
    fn decode(json: &[u8], interner: &mut ResourceInterner) -> Result<Option<Self>, DecodeError> {
        let metrics: wire::NodeMetrics<'_> = json::from_slice(json).map_err(DecodeError::Json)?;
        Ok(metrics.metadata.name.non_empty().map(|name| Self {
            name: interner.intern(name),
            usage: Amounts::of(&metrics.usage),
            measured: metrics.measured,
        }))
    }

    fn measured(&self) -> Option<Timestamp> {
        self.measured
    }
}

impl Metrics for PodMetrics {
    fn decode(json: &[u8], interner: &mut ResourceInterner) -> Result<Option<Self>, DecodeError> {
        let metrics: wire::PodMetrics<'_> = json::from_slice(json).map_err(DecodeError::Json)?;
        let usages = metrics.containers.iter().map(|container| Amounts::of(&container.usage));
        let usage = usages.fold(Amounts::default(), Amounts::plus);
        Ok(metrics.metadata.name.non_empty().map(|name| Self {
            key: ObjectKey {
                namespace: interner.intern(&metrics.metadata.namespace),
                name: name.into(),
            },
            usage,
            measured: metrics.measured,
        }))
    }

    fn measured(&self) -> Option<Timestamp> {
        self.measured
    }
}
