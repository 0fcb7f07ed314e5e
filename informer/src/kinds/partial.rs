//! The metadata of objects.

use std::ops::Deref;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{ObjectText, parse, version_text};
use crate::{
    error::DecodeError,
    meta::{Meta, ResourceVersion},
    representation::Representation,
    resource::Resource,
    shared_str::Interner,
};

/// The metadata of an object of any kind, and nothing else of it. Derefs to the metadata.
///
/// The server leaves the rest out, so that whoever counts pods or follows owners transfers a fraction of the bytes. A
/// server, or a WebSocket, that cannot leave it out sends whole objects, of which the same is read.
///
/// ```
/// use k8bit_informer::{Resource, kinds::PartialObjectMetadata, shared_str::Interner};
///
/// let json = br#"{"kind":"PartialObjectMetadata","metadata":{"name":"web-0","labels":{"app":"web"}}}"#;
/// let pod = PartialObjectMetadata::decode(json, &mut Interner::default())?;
/// assert_eq!(pod.labels.as_ref().map(|labels| labels["app"].as_str()), Some("web"));
/// # Ok::<(), k8bit_informer::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PartialObjectMetadata {
    meta: Meta,
    metadata: ObjectMeta,
}

impl PartialObjectMetadata {
    fn of(text: ObjectText<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            metadata: parse(text.metadata())?,
            meta: text.into_meta(),
        })
    }

    /// The metadata itself.
    #[must_use]
    pub fn into_metadata(self) -> ObjectMeta {
        self.metadata
    }
}

impl Deref for PartialObjectMetadata {
    type Target = ObjectMeta;

    fn deref(&self) -> &ObjectMeta {
        &self.metadata
    }
}

impl Resource for PartialObjectMetadata {
    type Interner = Interner;

    const REPRESENTATION: Representation = Representation::Metadata;

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
        self.metadata.resource_version = version_text(version.as_ref());
        self.meta.resource_version = version;
    }
}
