//! The two ways in which an API server writes its objects.
//!
//! Protobuf is asked for first: a fifth fewer bytes, and what is not shown is passed over by its length. JSON is read
//! from whoever has nothing else: WebSockets, older proxies, custom resources.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources>

use std::ops::ControlFlow;

use crate::{
    error::DecodeError,
    frame_buffer::FrameBuffer,
    json,
    limits::MAX_LINE_BYTES,
    line_buffer::{LineBuffer, LineTooLong},
    list_decoder::{ListDecoder, ListEnvelope, ListError},
    list_message::ListMessage,
    part_reader::PartReader,
    protobuf,
    representation::Representation,
    resource::Resource,
};

/// How the objects of a body are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// A list is one object, a watch is a line for each event.
    #[default]
    Json,
    /// A list is one message, a watch is a frame for each event.
    Protobuf,
}

impl Encoding {
    /// What a `Content-Type` says. What it does not know is taken for JSON, and its bytes will show what it is.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Self {
        match content_type
            .trim_start()
            .starts_with("application/vnd.kubernetes.protobuf")
        {
            true => Self::Protobuf,
            false => Self::Json,
        }
    }

    /// Its name in diagnostics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Protobuf => "protobuf",
        }
    }

    pub(crate) fn decode<K: Resource>(self, bytes: &[u8], interner: &mut K::Interner) -> Result<K, DecodeError> {
        match self {
            Self::Json => K::decode(bytes, interner),
            Self::Protobuf => K::decode_protobuf(bytes, interner),
        }
    }

    /// Whether the bytes are written so at all: an object that then cannot be decoded costs itself alone.
    pub(crate) fn is_sound(self, bytes: &[u8]) -> bool {
        match self {
            Self::Json => json::check(bytes).is_ok(),
            Self::Protobuf => protobuf::is_message(bytes),
        }
    }
}

/// A list on its way in.
#[derive(Debug)]
pub(crate) enum ListBody {
    Json(ListDecoder),
    Protobuf(ListMessage),
}

impl ListBody {
    pub(crate) fn new(encoding: Encoding, representation: Representation) -> Self {
        match encoding {
            Encoding::Json => Self::Json(ListDecoder::of(representation.items())),
            Encoding::Protobuf => Self::Protobuf(ListMessage::default()),
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        match self {
            Self::Json(_) => Encoding::Json,
            Self::Protobuf(_) => Encoding::Protobuf,
        }
    }

    /// [`ListDecoder::begin`].
    pub(crate) fn begin(&mut self, chunk: &[u8]) -> Result<usize, ListError> {
        match self {
            Self::Json(decoder) => decoder.begin(chunk),
            Self::Protobuf(message) => message.begin(chunk),
        }
    }

    /// [`ListDecoder::envelope`].
    pub(crate) fn envelope(&self) -> Option<ListEnvelope> {
        match self {
            Self::Json(decoder) => decoder.envelope(),
            Self::Protobuf(message) => message.envelope(),
        }
    }

    /// [`ListDecoder::envelope_json`].
    pub(crate) fn envelope_json(&self) -> Option<Vec<u8>> {
        match self {
            Self::Json(decoder) => decoder.envelope_json(),
            Self::Protobuf(_) => None,
        }
    }

    /// [`ListDecoder::feed_to`].
    pub(crate) fn feed_to<B>(
        &mut self,
        chunk: &[u8],
        reader: &mut impl PartReader<B>,
    ) -> Result<ControlFlow<B>, ListError> {
        match self {
            Self::Json(decoder) => decoder.feed_to(chunk, reader),
            Self::Protobuf(message) => message.feed(chunk, |element| reader.read(element)),
        }
    }

    /// [`ListDecoder::finish`].
    pub(crate) fn finish(self) -> Result<ListEnvelope, ListError> {
        match self {
            Self::Json(decoder) => decoder.finish(),
            Self::Protobuf(message) => message.finish(),
        }
    }
}

/// The events of a watch on their way in.
#[derive(Debug)]
pub(crate) enum WatchBody {
    Lines(LineBuffer),
    Frames(FrameBuffer),
}

impl WatchBody {
    pub(crate) fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Json => Self::Lines(LineBuffer::new(MAX_LINE_BYTES)),
            Encoding::Protobuf => Self::Frames(FrameBuffer::new(MAX_LINE_BYTES)),
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        match self {
            Self::Lines(_) => Encoding::Json,
            Self::Frames(_) => Encoding::Protobuf,
        }
    }

    /// Has each event read that `chunk` completes, in order, until `reader` breaks.
    pub(crate) fn feed_to<B>(
        &mut self,
        chunk: &[u8],
        reader: &mut impl PartReader<B>,
    ) -> Result<ControlFlow<B>, LineTooLong> {
        match self {
            Self::Lines(lines) => lines.feed_to(chunk, reader),
            Self::Frames(frames) => frames.feed(chunk, |event| reader.read(event)),
        }
    }

    /// What stands at the end of a stream and may be an event: a line that lacks only its newline is complete, a frame
    /// that lacks anything is not.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Lines(lines) => lines.finish(),
            Self::Frames(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_name_encodings() {
        for (content_type, encoding) in [
            ("application/vnd.kubernetes.protobuf", Encoding::Protobuf),
            ("application/vnd.kubernetes.protobuf;stream=watch", Encoding::Protobuf),
            ("application/json", Encoding::Json),
            ("application/json;stream=watch", Encoding::Json),
            ("text/html; charset=utf-8", Encoding::Json),
            ("", Encoding::Json),
        ] {
            assert_eq!(Encoding::of_content_type(content_type), encoding, "{content_type}");
        }
    }
}
