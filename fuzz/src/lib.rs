//! What the fuzz targets share: cutting an input into its head, which decides how, and its body, which is fed.

use k8s_pb::apimachinery::pkg::runtime::{TypeMeta, Unknown};
use prost::Message as _;

/// The first `N` bytes decide how the rest is fed; `None` for an input that is too short.
#[must_use]
pub fn split_head<const N: usize>(input: &[u8]) -> Option<(&[u8; N], &[u8])> {
    input.split_first_chunk()
}

/// Cuts `body` into pieces whose sizes are `sizes`, over and over. A size of 0 stands for all that is left.
pub fn pieces<'a>(mut body: &'a [u8], sizes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        if body.is_empty() {
            return None;
        }
        let size = match sizes.next() {
            None | Some(0) => body.len(),
            Some(size) => body.len().min(usize::from(*size)),
        };
        let (piece, rest) = body.split_at(size);
        body = rest;
        Some(piece)
    })
}

/// An object in its protobuf envelope.
#[must_use]
pub fn envelope(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
    let unknown = Unknown {
        type_meta: Some(TypeMeta {
            api_version: Some(api_version.into()),
            kind: Some(kind.into()),
        }),
        raw: Some(object.to_vec()),
        content_encoding: Some(String::new()),
        content_type: Some(String::new()),
    };
    [b"k8s\0", unknown.encode_to_vec().as_slice()].concat()
}
