//! The projection of `v1.Pod`.

use std::{net::IpAddr, rc::Rc};

use super::{
    DecodeError, Interner, Meta, Resource, Text, Timestamp,
    status::{self, PodStatus},
    template::{Amounts, Owner, PodTemplate},
    text::clip,
    wire,
};
use crate::{json, limits::MAX_MESSAGE_CHARS, protobuf};

/// A pod, cut down to what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Identity and version.
    pub meta: Meta,
    /// `spec.nodeName`; `None` until the pod is bound.
    pub node: Option<Text>,
    /// What kubectl prints.
    pub status: PodStatus,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: when the pod is to be gone; set while it is terminating.
    pub deleted: Option<Timestamp>,
    /// When the `Ready` condition became other than `True`; `None` while it is `True`, and before anybody has looked.
    pub unready_since: Option<Timestamp>,
    /// What it shares with its siblings: labels, owner, images, requests.
    pub template: Rc<PodTemplate>,
    /// `status.podIP`.
    pub ip: Option<IpAddr>,
    /// `status.phase` is `Succeeded` or `Failed`: it has ended for good and holds nothing any more.
    pub finished: bool,
    /// The sentence that explains the state: the scheduler's, a waiting container's, the eviction's.
    ///
    /// At most [`MAX_MESSAGE_CHARS`] characters; a longer one ends in an ellipsis.
    pub message: Option<Text>,
}

impl Pod {
    /// The controlling owner reference.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.template.owner.as_ref()
    }

    /// What the scheduler counts for it on its node: nothing once it has finished.
    #[must_use]
    pub fn reserved(&self) -> Amounts {
        if self.finished {
            Amounts::default()
        } else {
            self.template.requests
        }
    }
}

impl Resource for Pod {
    type Full = k8s_openapi::api::core::v1::Pod;

    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        let pod: wire::Pod<'_> = json::from_slice(json).map_err(DecodeError::Json)?;
        wire::expect_kind::<Self::Full>(&pod.kind, &pod.api_version)?;
        Self::of(&pod, interner)
    }

    fn decode_protobuf(message: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        let pod = protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?;
        Self::of(&pod, interner)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

impl Pod {
    fn of(pod: &wire::Pod<'_>, interner: &mut Interner) -> Result<Self, DecodeError> {
        let metadata = &pod.metadata;
        let row = status::print_pod(pod);
        Ok(Self {
            meta: Meta::new(
                &metadata.namespace,
                &metadata.name,
                &metadata.uid,
                &metadata.resource_version,
                interner,
            )?,
            node: pod.spec.node_name.non_empty().map(|node| interner.intern(node)),
            created: metadata.created,
            deleted: metadata.deleted,
            unready_since: status::unready_since(&pod.status),
            template: interner.intern_template(pod),
            ip: pod.status.ip.parse().ok(),
            finished: matches!(&*pod.status.phase, "Succeeded" | "Failed"),
            // Not interned: most name the pod, and the interner would keep them beyond it.
            message: (!row.message.is_empty()).then(|| Text::new(&clip(row.message, MAX_MESSAGE_CHARS))),
            status: PodStatus {
                text: interner.intern(&row.status),
                ready: u16::try_from(row.ready).unwrap_or(u16::MAX),
                containers: u16::try_from(row.containers).unwrap_or(u16::MAX),
                restarts: u32::try_from(row.restarts.max(0)).unwrap_or(u32::MAX),
                last_restart: row.last_restart,
                family: row.family,
            },
        })
    }
}
