//! The metadata of objects.

use std::ops::Deref;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use super::{meta_of, set_version};
use crate::{
    error::DecodeError,
    meta::{Meta, ResourceVersion},
    representation::Representation,
    resource::Resource,
    text::Texts,
};

/// The metadata of an object of any kind, and nothing else of it. Derefs to the metadata.
///
/// The server leaves the rest out, so that whoever counts pods or follows owners transfers a fraction of the bytes. A
/// server, or a WebSocket, that cannot leave it out sends whole objects, of which the same is read.
///
/// ```
/// use k8bit_informer::{Resource, kinds::PartialObjectMetadata, text::Texts};
///
/// let json = br#"{"kind":"PartialObjectMetadata","metadata":{"name":"web-0","labels":{"app":"web"}}}"#;
/// let pod = PartialObjectMetadata::decode(json, &mut Texts::default())?;
/// assert_eq!(pod.labels.as_ref().map(|labels| labels["app"].as_str()), Some("web"));
/// # Ok::<(), k8bit_informer::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PartialObjectMetadata {
    meta: Meta,
    metadata: ObjectMeta,
}

/// As it lies in a body.
#[derive(Deserialize)]
pub(super) struct MetadataOnly {
    #[serde(default)]
    pub(super) metadata: ObjectMeta,
}

impl PartialObjectMetadata {
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
    type Interner = Texts;

    const REPRESENTATION: Representation = Representation::Metadata;

    fn decode(json: &[u8], interner: &mut Texts) -> Result<Self, DecodeError> {
        let MetadataOnly { mut metadata } =
            serde_json::from_slice(json).map_err(|error| DecodeError::Json(error.to_string()))?;
        metadata.managed_fields = None;
        Ok(Self {
            meta: meta_of(&metadata, interner)?,
            metadata,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        set_version(&mut self.metadata, version.as_ref());
        self.meta.resource_version = version;
    }
}
