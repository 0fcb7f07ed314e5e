//! Any kind, without a projection of one's own.
//!
//! | type | what it holds | for |
//! |---|---|---|
//! | [`Typed<K>`](Typed) | the whole object as the type `K` of `k8s_openapi` | kinds that are built in |
//! | [`DynamicObject`] | the whole object as JSON | custom resources, and kinds that are only known at run time |
//! | [`PartialObjectMetadata`] | its metadata | names, labels, owners of any kind |
//! | [`TableRow`] | a row of the server's table | what kubectl would print of any kind |
//!
//! They all do without `metadata.managedFields`, which are often more than half of an object and no reader's business:
//! [`ObjectText`] passes over them before anything is parsed. A projection ([`Resource`](crate::Resource) by hand) is several
//! times as fast and holds a fraction of the memory.

mod dynamic;
mod partial;
mod table;
mod text;
mod typed;

pub use dynamic::DynamicObject;
pub use partial::PartialObjectMetadata;
pub use table::{TableColumn, TableColumns, TableRow};
pub use text::ObjectText;
pub use typed::Typed;

use serde::de::DeserializeOwned;

use crate::{error::DecodeError, meta::ResourceVersion};

/// Parses the JSON of a part of an object.
fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(json).map_err(|error| DecodeError::Json(error.to_string()))
}

/// A version as metadata that is held as a whole has it.
fn version_text(version: Option<&ResourceVersion>) -> Option<String> {
    version.map(|version| version.as_str().to_owned())
}
