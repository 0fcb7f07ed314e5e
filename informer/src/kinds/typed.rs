//! Objects as `k8s_openapi` has them.

use std::{fmt::Debug, ops::Deref};

use k8s_openapi::{ListableResource, Metadata, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use serde::de::DeserializeOwned;

use super::{ObjectText, parse, version_text};
use crate::{
    error::DecodeError,
    meta::{Meta, ResourceVersion},
    representation::Representation,
    resource::Resource,
    shared_str::Interner,
};

/// A whole object of a type that `k8s_openapi` names, or any other that implements its traits.
///
/// It derefs to the object, whose `metadata` is complete but for `managedFields`.
///
/// ```
/// use k8bit_informer::{Resource, kinds::Typed, shared_str::Interner};
/// use k8s_openapi::api::apps::v1::Deployment;
///
/// let json = br#"{"metadata":{"name":"web","namespace":"shop","resourceVersion":"7"},"spec":{"replicas":3,
///     "selector":{},"template":{}}}"#;
/// let web = Typed::<Deployment>::decode(json, &mut Interner::default())?;
/// assert_eq!(web.meta().key.to_string(), "shop/web");
/// assert_eq!(web.spec.as_ref().and_then(|spec| spec.replicas), Some(3));
/// # Ok::<(), k8bit_informer::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Typed<K> {
    meta: Meta,
    object: K,
}

impl<K: ListableResource + DeserializeOwned> Typed<K> {
    fn of(text: ObjectText<'_>) -> Result<Self, DecodeError> {
        text.expect_kind::<K>()?;
        Ok(Self {
            object: parse(text.as_bytes())?,
            meta: text.into_meta(),
        })
    }
}

impl<K> Typed<K> {
    /// The object itself.
    #[must_use]
    pub fn into_object(self) -> K {
        self.object
    }
}

impl<K> Deref for Typed<K> {
    type Target = K;

    fn deref(&self) -> &K {
        &self.object
    }
}

impl<K> Resource for Typed<K>
where
    K: ListableResource + Metadata<Ty = ObjectMeta> + DeserializeOwned + Clone + PartialEq + Debug + 'static,
{
    type Interner = Interner;

    const REPRESENTATION: Representation = Representation::Json;

    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        Self::of(ObjectText::read(json, interner)?)
    }

    fn decode_first(json: &[u8], interner: &mut Interner) -> Option<(Self, usize)> {
        let (text, length) = ObjectText::read_first(json, interner)?;
        Some((Self::of(text).ok()?, length))
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.object.metadata_mut().resource_version = version_text(version.as_ref());
        self.meta.resource_version = version;
    }
}
