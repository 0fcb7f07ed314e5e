//! The body of a response, read piece by piece.

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader, ReadableStreamReadResult};

use crate::failure::End;

/// The body of a response in pieces of at most a size: what the browser holds ready may be megabytes, and a
/// WebAssembly memory that has grown for them never shrinks.
#[derive(Debug)]
pub struct Body {
    /// `None` for a response without a body.
    reader: Option<BodyReader>,
    piece_bytes: usize,
    /// The last piece, and what is left of longer ones before it.
    piece: Vec<u8>,
}

#[derive(Debug)]
enum BodyReader {
    /// Into one buffer that goes back and forth, a fifth faster than with a new one for each piece.
    Bytes {
        reader: ReadableStreamByobReader,
        buffer: ArrayBuffer,
    },
    /// Where a body is no byte stream, as in Safari, pieces are as large as the browser makes them.
    Chunks {
        reader: ReadableStreamDefaultReader,
        /// What has not been copied yet of the last one.
        rest: Option<Uint8Array>,
    },
}

impl Body {
    /// Takes a body, to be read in pieces of at most `piece_bytes`.
    #[must_use]
    pub fn new(stream: Option<&ReadableStream>, piece_bytes: usize) -> Self {
        Self {
            reader: stream.map(|stream| BodyReader::of(stream, piece_bytes)),
            piece_bytes,
            piece: Vec::new(),
        }
    }

    /// Reads no further, and lets the browser give up the rest.
    pub fn cancel(&self) {
        let cancelled = match &self.reader {
            None => return,
            Some(BodyReader::Bytes { reader, .. }) => reader.cancel(),
            Some(BodyReader::Chunks { reader, .. }) => reader.cancel(),
        };
        // A body that was cut off cannot be cancelled, and an unhandled promise would write to the console.
        wasm_bindgen_futures::spawn_local(async move {
            let _ = JsFuture::from(cancelled).await;
        });
    }

    /// The next piece.
    ///
    /// # Errors
    /// How the body ended.
    pub async fn read(&mut self) -> Result<&[u8], End> {
        let bytes = match &mut self.reader {
            None => return Err(End::Clean),
            Some(BodyReader::Bytes { reader, buffer }) => {
                let bytes = bytes_of(reader.read_with_array_buffer_view(&Uint8Array::new(buffer))).await?;
                *buffer = bytes.buffer();
                bytes
            }
            Some(BodyReader::Chunks { reader, rest }) => {
                let bytes = match rest.take() {
                    Some(rest) => rest,
                    None => bytes_of(reader.read()).await?,
                };
                let length = bytes.length().min(self.piece_bytes as u32);
                *rest = (length < bytes.length()).then(|| bytes.subarray(length, bytes.length()));
                bytes.subarray(0, length)
            }
        };
        let length = bytes.length() as usize;
        if self.piece.len() < length {
            self.piece.resize(length, 0);
        }
        let piece = &mut self.piece[..length];
        bytes.copy_to(piece);
        Ok(piece)
    }
}

impl BodyReader {
    fn of(stream: &ReadableStream, piece_bytes: usize) -> Self {
        match ReadableStreamByobReader::new(stream) {
            Ok(reader) => Self::Bytes {
                reader,
                buffer: ArrayBuffer::new(piece_bytes as u32),
            },
            Err(_) => Self::Chunks {
                reader: stream.get_reader().unchecked_into(),
                rest: None,
            },
        }
    }
}

/// What the browser hands on of a body.
async fn bytes_of(read: Promise) -> Result<Uint8Array, End> {
    let result = JsFuture::from(read)
        .await
        .map_err(|error| End::Broken(error_words(&error)))?;
    let result: ReadableStreamReadResult = result.unchecked_into();
    if result.get_done() == Some(true) {
        return Err(End::Clean);
    }
    Ok(result.get_value().unchecked_into())
}

/// What a JavaScript error says of itself.
#[must_use]
pub fn error_words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "the browser gave no reason".to_owned(),
        |error| String::from(error.message()),
    )
}
