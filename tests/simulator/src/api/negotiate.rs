//! Content negotiation: `Accept`, `pretty` and `Accept-Encoding`.
//!
//! JSON is spoken of everything, protobuf of pods, nodes and events as they are. CBOR, YAML and other protobuf in `Accept`
//! are passed over, which is what clients that list JSON as their last choice expect.

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, USER_AGENT};

use super::protobuf;
use super::query::Query;
use super::resource::Resource;
use super::status::Status;

/// Representation of the objects in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The objects themselves.
    Json,
    /// The objects themselves, in protobuf.
    Protobuf,
    /// `PartialObjectMetadata` or a list of them.
    Metadata,
    /// `Table`, for kubectl.
    Table(Include),
}

/// What of the object a table row carries (`includeObject=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Include {
    /// Nothing.
    None,
    /// `PartialObjectMetadata`, the default.
    Metadata,
    /// All of it.
    Object,
}

/// Chooses the first representation in `Accept` that is spoken here.
///
/// `list` is whether the answer is a list: the list form of metadata is refused elsewhere, and the single form
/// there.
///
/// # Errors
/// 406 if nothing in `Accept` is spoken.
pub(super) fn format(headers: &HeaderMap, query: &Query, resource: Resource, list: bool) -> Result<Format, Status> {
    let accept = header(headers, ACCEPT.as_str());
    if accept.is_empty() {
        return Ok(Format::Json);
    }
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        if media == protobuf::CONTENT_TYPE
            && protobuf::is_spoken(resource)
            && !parts.any(|part| part.starts_with("as="))
        {
            return Ok(Format::Protobuf);
        }
        if !["application/json", "*/*", "application/*"].contains(&media) {
            continue;
        }
        let shape = parts.find_map(|part| part.strip_prefix("as="));
        return Ok(match shape {
            None => Format::Json,
            Some("Table") => Format::Table(match query.get("includeObject") {
                Some("None") => Include::None,
                Some("Object") => Include::Object,
                _ => Include::Metadata,
            }),
            Some("PartialObjectMetadataList") if list => Format::Metadata,
            Some("PartialObjectMetadata") if !list => Format::Metadata,
            // Other shapes, such as aggregated discovery, are not spoken; the next range may be.
            Some(_) => continue,
        });
    }
    Err(Status::not_acceptable())
}

/// Whether what a request asks for is answered in protobuf, and so errors are as well.
pub(super) fn is_protobuf(headers: &HeaderMap, resource: Resource) -> bool {
    format(headers, &Query::parse(None), resource, false) == Ok(Format::Protobuf)
}

/// Whether the first representation in `Accept` is to come without `metadata.managedFields`.
///
/// Follows KEP-5958, whose parameter stands beside the media type.
pub(super) fn drops_managed_fields(headers: &HeaderMap) -> bool {
    let accept = header(headers, ACCEPT.as_str());
    let first = accept.split(',').next().unwrap_or_default();
    first
        .split(';')
        .any(|part| part.trim() == "drop=metadata.managedFields")
}

/// Whether discovery is asked for in one document, as clients from 1.26 on do.
#[must_use]
pub(super) fn aggregated_discovery(headers: &HeaderMap) -> bool {
    let is_aggregated = |range: &str| {
        let parts: Vec<&str> = range.split(';').map(str::trim).collect();
        let wanted = [
            "application/json",
            "g=apidiscovery.k8s.io",
            "v=v2",
            "as=APIGroupDiscoveryList",
        ];
        wanted.iter().all(|part| parts.contains(part))
    };
    // The first range that is spoken counts, and this is what clients ask for first.
    let accept = header(headers, ACCEPT.as_str());
    accept.split(',').next().is_some_and(is_aggregated)
}

/// Whether JSON is indented: as asked by `pretty`, else for browsers and command-line tools.
///
/// Follows `isPrettyPrint` in `apiserver/pkg/endpoints/handlers/negotiation/negotiate.go`.
#[must_use]
pub(super) fn pretty(headers: &HeaderMap, query: &Query) -> bool {
    match query.get("pretty") {
        Some(value) if !value.is_empty() => !["false", "0", "f", "F", "FALSE", "False"].contains(&value),
        _ => {
            let agent = header(headers, USER_AGENT.as_str());
            ["curl", "Wget", "Mozilla/5.0"]
                .iter()
                .any(|prefix| agent.starts_with(prefix))
        }
    }
}

/// Whether the client takes gzip.
#[must_use]
pub(super) fn gzip(headers: &HeaderMap) -> bool {
    header(headers, ACCEPT_ENCODING.as_str())
        .split(',')
        .any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "gzip"))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
