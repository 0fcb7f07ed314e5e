//! Bytes to frames.
//!
//! A watch in protobuf is a stream of frames: four bytes of a length, the most significant first, and as many bytes of
//! an event. Knows nothing of protobuf. Follows `lengthDelimitedFrameReader` of
//! `apimachinery/pkg/util/framer/framer.go`.

use std::ops::ControlFlow;

use crate::line_buffer::LineTooLong;

/// Bytes of a frame's length.
const PREFIX_BYTES: usize = 4;

/// Joins the pieces of frames that chunks cut apart.
///
/// Each byte is copied at most once; a frame that lies within one chunk is not copied at all.
#[derive(Debug)]
pub struct FrameBuffer {
    /// The beginning of a frame whose end has not arrived, with its length.
    partial: Vec<u8>,
    /// Longest frame in bytes.
    limit: usize,
}

impl FrameBuffer {
    /// An empty buffer that refuses frames over `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            partial: Vec::new(),
            limit,
        }
    }

    /// Calls `frame` with each frame that `chunk` completes, in order and without its length, until it breaks. Empty frames
    /// are passed over.
    ///
    /// # Errors
    /// [`LineTooLong`] as soon as a length exceeds the limit; the rest of the stream is lost.
    pub fn feed<B>(
        &mut self,
        chunk: &[u8],
        mut frame: impl FnMut(&[u8]) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, LineTooLong> {
        let mut rest = chunk;
        while !self.partial.is_empty() && !rest.is_empty() {
            let wanted = match self.length(&self.partial)? {
                None => PREFIX_BYTES,
                Some(length) => PREFIX_BYTES + length,
            };
            let (head, tail) = rest.split_at(rest.len().min(wanted - self.partial.len()));
            self.partial.extend_from_slice(head);
            rest = tail;
            if self.is_whole(&self.partial)? {
                let flow = visit(&self.partial[PREFIX_BYTES..], &mut frame);
                self.partial.clear();
                if flow.is_break() {
                    return Ok(flow);
                }
            }
        }
        while let Some(length) = self.length(rest)? {
            let Some((head, tail)) = rest.split_at_checked(PREFIX_BYTES + length) else {
                break;
            };
            rest = tail;
            let flow = visit(&head[PREFIX_BYTES..], &mut frame);
            if flow.is_break() {
                return Ok(flow);
            }
        }
        self.partial.extend_from_slice(rest);
        Ok(ControlFlow::Continue(()))
    }

    /// The length that stands at the beginning of `bytes`, once it is there.
    fn length(&self, bytes: &[u8]) -> Result<Option<usize>, LineTooLong> {
        let Some(prefix) = bytes.first_chunk::<PREFIX_BYTES>() else {
            return Ok(None);
        };
        match usize::try_from(u32::from_be_bytes(*prefix)) {
            Ok(length) if length <= self.limit => Ok(Some(length)),
            _ => Err(LineTooLong { limit: self.limit }),
        }
    }

    fn is_whole(&self, bytes: &[u8]) -> Result<bool, LineTooLong> {
        let length = self.length(bytes)?;
        Ok(length.is_some_and(|length| bytes.len() == PREFIX_BYTES + length))
    }
}

fn visit<B>(frame: &[u8], visitor: &mut impl FnMut(&[u8]) -> ControlFlow<B>) -> ControlFlow<B> {
    if frame.is_empty() {
        ControlFlow::Continue(())
    } else {
        visitor(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8], size: usize, limit: usize) -> Result<Vec<String>, LineTooLong> {
        let mut buffer = FrameBuffer::new(limit);
        let mut frames = Vec::new();
        for chunk in bytes.chunks(size) {
            let flow = buffer.feed(chunk, |frame| {
                frames.push(String::from_utf8_lossy(frame).into_owned());
                ControlFlow::<()>::Continue(())
            })?;
            assert!(flow.is_continue());
        }
        Ok(frames)
    }

    #[test]
    fn any_split_gives_the_same_frames() {
        let bytes = b"\0\0\0\x03abc\0\0\0\0\0\0\0\x01d\0\0\0\x02e";
        for size in 1..=bytes.len() {
            assert_eq!(
                frames(bytes, size, 64),
                Ok(vec!["abc".into(), "d".into()]),
                "in chunks of {size}"
            );
        }
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_by_its_length() {
        for size in 1..=6 {
            assert_eq!(frames(b"\0\0\0\x05a", size, 4), Err(LineTooLong { limit: 4 }));
            // Text is a length of a gigabyte.
            assert_eq!(frames(b"{\"type", size, 4), Err(LineTooLong { limit: 4 }));
        }
        assert!(frames(b"\0\0\0\x04abcd", 2, 4).is_ok());
    }

    #[test]
    fn a_break_stops_at_once() {
        for size in [1, 12] {
            let mut buffer = FrameBuffer::new(64);
            let mut seen = 0;
            let mut flow = Ok(ControlFlow::Continue(()));
            for chunk in b"\0\0\0\x01a\0\0\0\x01b\0\0\0\x01c".chunks(size) {
                flow = buffer
                    .feed(chunk, |frame| {
                        seen += 1;
                        if frame == b"b" {
                            ControlFlow::Break("b")
                        } else {
                            ControlFlow::Continue(())
                        }
                    })
                    .map(|flow| flow.map_continue(|()| ()));
                if matches!(flow, Ok(ControlFlow::Break(_))) {
                    break;
                }
            }
            assert_eq!(flow, Ok(ControlFlow::Break("b")));
            assert_eq!(seen, 2);
        }
    }
}
