//! The projection of `v1.Pod`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use k8bit_informer::{json, limits::MAX_MESSAGE_CHARS, protobuf, resource::expect_kind, shared_str::clip};

use super::{
    DecodeError, Intern as _, Meta, Resource, ResourceInterner, ResourceVersion, SharedStr, Timestamp,
    status::{self, Phase, PodStatus, Resize},
    template::{Amounts, Owner, PodTemplate},
    wire,
};

/// A pod, reduced to the shown fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Identity and version.
    pub meta: Meta,
    /// `spec.nodeName`; `None` until the pod is bound.
    pub node: Option<SharedStr>,
    /// What kubectl prints.
    pub status: PodStatus,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: when the pod is to be gone; set while it is terminating.
    pub deleted: Option<Timestamp>,
    /// When the `Ready` condition became other than `True`; `None` while it is `True`, and before anybody has looked.
    pub unready_since: Option<Timestamp>,
    /// The fields that it shares with its siblings: labels, owner, images, requests.
    pub template: Arc<PodTemplate>,
    /// `status.podIPs`.
    pub ips: PodIps,
    /// `status.phase`.
    pub phase: Phase,
    /// Whether `status.reason` is `Evicted`. STATUS may show how a container ended instead.
    pub is_evicted: bool,
    /// State of a resize in place.
    pub resize: Option<Resize>,
    /// The sentence that explains the state: the scheduler's, a waiting container's, the eviction's.
    ///
    /// At most [`MAX_MESSAGE_CHARS`] characters; a longer one ends in an ellipsis.
    pub message: Option<SharedStr>,
}

// Of 150,000 pods each byte counts.
#[cfg(target_arch = "wasm32")]
const _: () = assert!(size_of::<Pod>() <= 176);

/// The addresses of a pod: at most one of each family, which the API guarantees. The first one is its primary address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodIps {
    v4: Option<Ipv4Addr>,
    /// Elsewhere, because few pods have one, and there would be room for it in all of them.
    v6: Option<Box<Ipv6Addr>>,
    is_v6_first: bool,
}

impl PodIps {
    /// Each of them, the primary one first.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> {
        let v4 = self.v4.map(IpAddr::V4);
        let v6 = self.v6.as_deref().copied().map(IpAddr::V6);
        let ordered = if self.is_v6_first { [v6, v4] } else { [v4, v6] };
        ordered.into_iter().flatten()
    }
}

/// Of each family, the first address counts.
impl FromIterator<IpAddr> for PodIps {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(addresses: I) -> Self {
        let mut ips = Self::default();
        for address in addresses {
            match address {
                IpAddr::V4(address) => ips.v4 = ips.v4.or(Some(address)),
                IpAddr::V6(address) if ips.v6.is_none() => {
                    ips.is_v6_first = ips.v4.is_none();
                    ips.v6 = Some(Box::new(address));
                }
                IpAddr::V6(_) => {}
            }
        }
        ips
    }
}

impl Pod {
    /// The controlling owner reference.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.template.owner.as_ref()
    }

    /// Whether it has ended, and no longer holds resources of its node.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.phase.is_finished()
    }

    /// What the scheduler counts for it on its node: nothing once it has ended.
    #[must_use]
    pub fn reserved(&self) -> Amounts {
        if self.is_finished() {
            Amounts::default()
        } else {
            self.template.requests
        }
    }
}

impl Resource for Pod {
    type Interner = ResourceInterner;

    fn decode(json: &[u8], interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        Self::of_json(&json::from_slice(json).map_err(DecodeError::Json)?, interner)
    }

    fn decode_first(json: &[u8], interner: &mut ResourceInterner) -> Option<(Self, usize)> {
        let (pod, length) = json::first_of(json)?;
        Some((Self::of_json(&pod, interner).ok()?, length))
    }

    fn decode_protobuf(message: &[u8], interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        let pod = protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?;
        Self::of(&pod, interner)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.meta.resource_version = version;
    }
}

impl Pod {
    fn of_json(pod: &wire::Pod<'_>, interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
        expect_kind::<k8s_openapi::api::core::v1::Pod>(&pod.kind, &pod.api_version)?;
        Self::of(pod, interner)
    }

    fn of(pod: &wire::Pod<'_>, interner: &mut ResourceInterner) -> Result<Self, DecodeError> {
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
            ips: addresses(&pod.status),
            phase: row.phase,
            is_evicted: &*pod.status.reason == "Evicted",
            resize: status::resize(&pod.status),
            // Not interned: most name the pod, and the interner would keep them beyond it.
            message: (!row.message.is_empty()).then(|| SharedStr::new(&clip(row.message, MAX_MESSAGE_CHARS))),
            status: PodStatus {
                text: interner.intern(&row.status),
                ready: u16::try_from(row.ready).unwrap_or(u16::MAX),
                containers: u16::try_from(row.containers).unwrap_or(u16::MAX),
                restarts: u32::try_from(row.restarts.max(0)).unwrap_or(u32::MAX),
                last_restart: row.last_restart,
                family: row.family,
                variant: row.variant,
            },
        })
    }
}

/// `podIPs`, and `podIP` where a server does not repeat it there.
fn addresses(status: &wire::PodStatus<'_>) -> PodIps {
    let interner = std::iter::once(&status.ip).chain(status.ips.iter().map(|it| &it.ip));
    interner.filter_map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_of_each_family_counts_in_the_order_of_the_families() {
        for (addresses, expected) in [
            ("", ""),
            ("10.0.0.7", "10.0.0.7"),
            ("10.0.0.7 10.0.0.7 fd00::7", "10.0.0.7 fd00::7"),
            ("fd00::7 fd00::7 10.0.0.7", "fd00::7 10.0.0.7"),
            ("fd00::7", "fd00::7"),
            ("10.0.0.7 10.0.0.8 fd00::7 fd00::8", "10.0.0.7 fd00::7"),
        ] {
            let ips: PodIps = addresses.split_whitespace().map(|text| text.parse().unwrap()).collect();
            let found: Vec<String> = ips.iter().map(|ip: IpAddr| ip.to_string()).collect();
            assert_eq!(found.join(" "), expected);
        }
    }
}
