//! Any kind, without a projection of one's own.
//!
//! | type | what it holds | for |
//! |---|---|---|
//! | [`Typed<K>`](Typed) | the whole object as the type `K` of `k8s_openapi` | kinds that are built in |
//! | [`DynamicObject`] | the whole object as JSON | custom resources, and kinds that are only known at run time |
//! | [`PartialObjectMetadata`] | its metadata | names, labels, owners of any kind |
//! | [`TableRow`] | a row of the server's table | what kubectl would print of any kind |
//!
//! They all do without `metadata.managedFields`, which are often more than half of an object and no reader's business. A
//! projection ([`Resource`](crate::Resource) by hand) is several times as fast and holds a fraction of the memory.

mod dynamic;
mod partial;
mod table;
mod typed;

pub use dynamic::DynamicObject;
pub use partial::PartialObjectMetadata;
pub use table::{TableColumn, TableColumns, TableRow};
pub use typed::Typed;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{
    error::DecodeError,
    meta::{Meta, ResourceVersion},
    text::Intern,
};

/// Identity and version, of metadata that was read as a whole.
fn meta_of(metadata: &ObjectMeta, interner: &mut impl Intern) -> Result<Meta, DecodeError> {
    let text = |field: &Option<String>| field.as_deref().unwrap_or_default().to_owned();
    Meta::new(
        &text(&metadata.namespace),
        &text(&metadata.name),
        &text(&metadata.uid),
        &text(&metadata.resource_version),
        interner,
    )
}

fn set_version(metadata: &mut ObjectMeta, version: Option<&ResourceVersion>) {
    metadata.resource_version = version.map(|version| version.as_str().to_owned());
}
