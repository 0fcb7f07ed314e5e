//! Response bodies that are made while they are sent: lists, indentation, gzip.
//!
//! A list of 150,000 objects is more than a gigabyte of text. It is held as shared objects and turned into
//! bytes a chunk at a time, so no body ever exists as one buffer, and the server's lock is not held meanwhile.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::negotiate::Format;
use super::object::Object;
use super::padding::Padding;
use super::pretty::Indenter;
use super::protobuf;
use super::resource::Kind;
use super::table;

/// Bytes made at a time, before compression.
const CHUNK_BYTES: usize = 64 * 1024;

/// What was compressed goes out after this many bytes: of what compresses well, megabytes would wait otherwise.
const FLUSH_BYTES: usize = 256 * 1024;
/// Bodies above this are compressed, as in `apiserver/pkg/endpoints/handlers/responsewriters/writers.go`.
const GZIP_ABOVE_BYTES: usize = 128 * 1024;

/// A body to be taken chunk by chunk.
#[derive(Debug)]
pub struct Body {
    source: Source,
    indenter: Option<Indenter>,
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Made ahead, to decide about compression.
    ready: Vec<u8>,
    /// Of all that was made, before it was compressed.
    plain_bytes: u64,
    /// Bytes that the encoder has not returned yet.
    unflushed_bytes: usize,
    finished: bool,
}

#[derive(Debug)]
enum Source {
    Bytes(Bytes),
    List(ListBody),
}

/// The items of a list with all that surrounds them.
#[derive(Debug)]
pub(super) struct ListBody {
    pub(super) head: Head,
    pub(super) items: std::vec::IntoIter<Arc<Object>>,
    pub(super) format: Format,
    pub(super) padding: Arc<Padding>,
    pub(super) now: Timestamp,
    pub(super) started: bool,
    pub(super) ended: bool,
}

/// What comes before the items of a list.
#[derive(Debug)]
pub(super) enum Head {
    /// It is known, and may have been sent.
    Bytes(Vec<u8>),
    /// Kind and metadata. It holds the length of all items, and so is made when the first chunk is: outside of the
    /// server's lock, because items that were never asked for in protobuf are turned into it then.
    Protobuf(&'static Kind, Map<String, Value>),
}

impl Head {
    pub(super) fn of(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

impl Default for Head {
    fn default() -> Self {
        Self::Bytes(vec![])
    }
}

impl Body {
    /// A body that is known whole.
    #[must_use]
    pub fn plain(bytes: impl Into<Bytes>) -> Self {
        Self::new(Source::Bytes(bytes.into()))
    }

    pub(super) fn list(list: ListBody) -> Self {
        Self::new(Source::List(list))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            indenter: None,
            encoder: None,
            ready: vec![],
            plain_bytes: 0,
            unflushed_bytes: 0,
            finished: false,
        }
    }

    /// How long what was taken out so far is without compression.
    #[must_use]
    pub fn plain_bytes(&self) -> u64 {
        self.plain_bytes
    }

    /// Indents the JSON as the server does for browsers.
    #[must_use]
    pub fn pretty(mut self, pretty: bool) -> Self {
        self.indenter = pretty.then(Indenter::default);
        self
    }

    /// Compresses the body if it is large. The answer says whether it will be.
    pub fn gzip(&mut self) -> bool {
        if let Source::List(list) = &self.source
            && list.is_large_protobuf()
        {
            self.encoder = Some(encoder());
            return true;
        }
        while self.ready.len() <= GZIP_ABOVE_BYTES {
            let Some(chunk) = self.next_plain() else {
                self.finished = true;
                return false;
            };
            self.ready.extend_from_slice(&chunk);
        }
        let mut encoder = encoder();
        encoder.write_all(&self.ready).expect("writing to memory does not fail");
        self.ready.clear();
        self.encoder = Some(encoder);
        true
    }

    /// The length, if the body is known whole and goes out as it is.
    #[must_use]
    pub fn known_length(&self) -> Option<usize> {
        match (&self.source, self.finished) {
            _ if self.encoder.is_some() => None,
            (_, true) => Some(self.ready.len()),
            (Source::Bytes(bytes), false) if self.indenter.is_none() => Some(bytes.len()),
            _ => None,
        }
    }

    /// The next chunk; `None` at the end. Never empty.
    pub fn next_chunk(&mut self) -> Option<Bytes> {
        if !self.ready.is_empty() {
            return Some(std::mem::take(&mut self.ready).into());
        }
        if self.finished {
            return None;
        }
        if self.encoder.is_none() {
            let chunk = self.next_plain();
            self.finished = chunk.is_none();
            return chunk;
        }
        loop {
            let chunk = self.next_plain();
            let encoder = self.encoder.as_mut().expect("checked above");
            let Some(chunk) = chunk else {
                self.finished = true;
                let rest = self.encoder.take().expect("checked above").finish();
                return Some(rest.expect("writing to memory does not fail").into());
            };
            encoder.write_all(&chunk).expect("writing to memory does not fail");
            self.unflushed_bytes += chunk.len();
            if self.unflushed_bytes >= FLUSH_BYTES {
                self.unflushed_bytes = 0;
                encoder.flush().expect("writing to memory does not fail");
            }
            let made = std::mem::take(encoder.get_mut());
            if !made.is_empty() {
                return Some(made.into());
            }
        }
    }

    /// The whole body in one buffer, for tests and small bodies.
    #[must_use]
    pub fn collect(mut self) -> Vec<u8> {
        let mut all = vec![];
        while let Some(chunk) = self.next_chunk() {
            all.extend_from_slice(&chunk);
        }
        all
    }

    fn next_plain(&mut self) -> Option<Bytes> {
        let chunk = match &mut self.source {
            Source::Bytes(bytes) => std::mem::take(bytes),
            Source::List(list) => list.next_chunk(),
        };
        if chunk.is_empty() {
            return None;
        }
        let chunk = match &mut self.indenter {
            None => chunk,
            Some(indenter) => indenter.indent(&chunk).into(),
        };
        self.plain_bytes += chunk.len() as u64;
        Some(chunk)
    }
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::with_capacity(CHUNK_BYTES), Compression::new(1))
}

impl ListBody {
    /// Whether a list in protobuf will be compressed; found without looking at more items than that takes.
    fn is_large_protobuf(&self) -> bool {
        let mut bytes = 0;
        self.format == Format::Protobuf
            && self.items.as_slice().iter().any(|object| {
                bytes += protobuf::item_length(object, &self.padding);
                bytes > GZIP_ABOVE_BYTES
            })
    }

    fn take_head(&mut self) -> Vec<u8> {
        match std::mem::take(&mut self.head) {
            Head::Bytes(bytes) => bytes,
            Head::Protobuf(kind, metadata) => {
                let items = self.items.as_slice().iter();
                let bytes = items.map(|object| protobuf::item_length(object, &self.padding)).sum();
                protobuf::list_head(kind, &metadata, bytes)
            }
        }
    }

    /// Empty at the end.
    fn next_chunk(&mut self) -> Bytes {
        if self.ended {
            return Bytes::new();
        }
        let mut out = self.take_head();
        out.reserve(CHUNK_BYTES + 16 * 1024);
        while out.len() < CHUNK_BYTES {
            let Some(object) = self.items.next() else {
                out.extend_from_slice(match self.format {
                    Format::Protobuf => protobuf::LIST_END,
                    _ => b"]}\n",
                });
                self.ended = true;
                break;
            };
            if self.started && self.format != Format::Protobuf {
                out.push(b',');
            }
            self.started = true;
            match self.format {
                Format::Protobuf => protobuf::write_item(&object, &self.padding, &mut out),
                Format::Json => object.write_item(&self.padding, &mut out),
                Format::Metadata => object.write_metadata(&self.padding, &mut out),
                Format::Table(include) => table::write_row(&object, include, self.now, &self.padding, &mut out),
            }
        }
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn compresses_large_bodies_only() {
        for (length, expected) in [(100, false), (GZIP_ABOVE_BYTES, false), (GZIP_ABOVE_BYTES + 1, true)] {
            let text = vec![b'x'; length];
            let mut body = Body::plain(text.clone());
            assert_eq!(body.gzip(), expected, "{length}");
            let sent = body.collect();
            let received = if expected {
                let mut plain = vec![];
                GzDecoder::new(sent.as_slice()).read_to_end(&mut plain).expect("gzip");
                plain
            } else {
                sent
            };
            assert_eq!(received, text);
        }
    }
}
