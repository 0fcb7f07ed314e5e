//! A kind for tests: any that `k8s_openapi` names, of which the metadata is kept and one field of its spec is read.

use std::{fmt::Debug, marker::PhantomData};

use crate::{
    error::DecodeError,
    json,
    meta::{Meta, ResourceVersion},
    object, protobuf,
    resource::{Resource, expect_kind},
    shared_str::Interner,
    wire::Str,
};

object! {
    Whole<'de> {
        0 "kind" => kind: Str<'de>,
        0 "apiVersion" => api_version: Str<'de>,
        1 "metadata" => metadata: Metadata<'de>,
        2 "spec" => spec: Spec<'de>,
    }
}

object! {
    Metadata<'de> {
        3 "namespace" => namespace: Str<'de>,
        1 "name" => name: Str<'de>,
        5 "uid" => uid: Str<'de>,
        6 "resourceVersion" => resource_version: Str<'de>,
    }
}

object! {
    Spec<'de> {
        1 "name" => name: Str<'de>,
    }
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample<F> {
    pub(crate) meta: Meta,
    full: PhantomData<F>,
}

impl<F: k8s_openapi::ListableResource + Clone + Debug + PartialEq + 'static> Resource for Sample<F> {
    type Interner = Interner;

    fn decode(json: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        Self::of_json(&json::from_slice(json).map_err(DecodeError::Json)?, interner)
    }

    fn decode_first(json: &[u8], interner: &mut Interner) -> Option<(Self, usize)> {
        let (whole, length) = json::first_of(json)?;
        Some((Self::of_json(&whole, interner).ok()?, length))
    }

    fn decode_protobuf(message: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        Self::of(&protobuf::from_slice(message).ok_or(DecodeError::Protobuf)?, interner)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.meta.resource_version = version;
    }
}

impl<F: k8s_openapi::Resource> Sample<F> {
    fn of_json(whole: &Whole<'_>, interner: &mut Interner) -> Result<Self, DecodeError> {
        expect_kind::<F>(&whole.kind, &whole.api_version)?;
        Self::of(whole, interner)
    }

    fn of(Whole { metadata, .. }: &Whole<'_>, interner: &mut Interner) -> Result<Self, DecodeError> {
        Ok(Self {
            meta: Meta::new(
                &metadata.namespace,
                &metadata.name,
                &metadata.uid,
                &metadata.resource_version,
                interner,
            )?,
            full: PhantomData,
        })
    }
}
