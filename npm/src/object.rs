//! Objects that JavaScript holds.

use hashbrown::DefaultHashBuilder;
use js_sys::JSON;
use k8bit_informer::{
    DecodeError, Meta, Representation, Resource, ResourceVersion,
    fetch::error_words,
    kinds::ObjectText,
    shared_str::{Intern, Interner, SharedStr},
};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;

/// An object that `JSON.parse` has made, once, and that JavaScript alone holds. What stands here is what the informer has
/// to know: its identity, and whether another state of it differs.
#[derive(Clone, Debug)]
pub(crate) struct JsObject {
    meta: Meta,
    /// Of everything but the resourceVersion.
    content_hash: u64,
    /// Of the one thread that a page has.
    object: SendWrapper<JsValue>,
}

/// Strings that objects share, and the hasher for all that are compared.
#[derive(Debug, Default)]
pub(crate) struct JsInterner {
    strings: Interner,
    hasher: DefaultHashBuilder,
}

impl Intern for JsInterner {
    fn intern(&mut self, text: &str) -> SharedStr {
        self.strings.intern(text)
    }
}

impl JsObject {
    fn of(text: ObjectText<'_>, interner: &JsInterner) -> Result<Self, DecodeError> {
        let object = JSON::parse(text.as_str()?).map_err(|error| DecodeError::Json(error_words(&error)))?;
        Ok(Self {
            content_hash: text.content_hash(&interner.hasher),
            object: SendWrapper::new(object),
            meta: text.into_meta(),
        })
    }

    /// The object of JavaScript.
    pub(crate) fn value(&self) -> &JsValue {
        &self.object
    }
}

impl PartialEq for JsObject {
    fn eq(&self, other: &Self) -> bool {
        self.content_hash == other.content_hash && self.meta == other.meta
    }
}

impl Resource for JsObject {
    type Interner = JsInterner;

    const REPRESENTATION: Representation = Representation::Json;

    fn decode(json: &[u8], interner: &mut JsInterner) -> Result<Self, DecodeError> {
        let text = ObjectText::read(json, interner)?;
        Self::of(text, interner)
    }

    fn decode_first(json: &[u8], interner: &mut JsInterner) -> Option<(Self, usize)> {
        let (text, length) = ObjectText::read_first(json, interner)?;
        Some((Self::of(text, interner).ok()?, length))
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The object keeps its own: JavaScript holds it.
    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.meta.resource_version = version;
    }
}
