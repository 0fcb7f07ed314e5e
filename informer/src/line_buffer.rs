//! Bytes to lines.
//!
//! A watch is a stream of JSON values, one a line. Bytes are split at `\n` before anything reads them as UTF-8, so a
//! chunk may end anywhere, inside a character too. Knows nothing of JSON.

use std::ops::ControlFlow;

use crate::part_reader::{FirstPart, PartReader};

/// A line outgrew the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line of the stream is longer than {limit} bytes")]
pub struct LineTooLong {
    /// The limit in bytes.
    pub limit: usize,
}

/// Joins the pieces of lines that chunks cut apart.
///
/// Each byte is searched once and copied at most once; a line that lies within one chunk is not copied at all.
#[derive(Debug)]
pub struct LineBuffer {
    /// The beginning of a line whose end has not arrived. Holds no `\n`, and at most `limit` bytes.
    partial: Vec<u8>,
    /// Longest line in bytes, its `\n` not counted.
    limit: usize,
    first: FirstPart,
    work: ReadingCost,
}

/// What reading has cost, in bytes: linear in what was fed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadingCost {
    /// Searched for the end of a line.
    pub searched_bytes: u64,
    /// Copied to join pieces of a line, and moved where their buffer grew.
    pub copied_bytes: u64,
}

impl LineBuffer {
    /// An empty buffer that refuses lines over `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            partial: Vec::new(),
            limit,
            first: FirstPart::default(),
            work: ReadingCost::default(),
        }
    }

    /// What reading has cost so far.
    #[must_use]
    pub fn work(&self) -> ReadingCost {
        self.work
    }

    /// Calls `line` with each line that `chunk` completes, in order and without its `\n`, until it breaks.
    ///
    /// Lines of nothing but white space (keep-alives of some proxies) are passed over, and a `\r` before the `\n` is left
    /// to JSON, to which it is white space.
    ///
    /// # Errors
    /// [`LineTooLong`] once a line exceeds the limit; the buffer is then empty, and the rest of the stream is lost.
    pub fn feed<B>(
        &mut self,
        chunk: &[u8],
        mut line: impl FnMut(&[u8]) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, LineTooLong> {
        self.feed_to(chunk, &mut line)
    }

    /// Has each line read that `chunk` completes, in order, until `reader` breaks; where it reads the first of several, that
    /// is one with its `\n`.
    ///
    /// # Errors
    /// As [`LineBuffer::feed`].
    pub fn feed_to<B>(&mut self, chunk: &[u8], reader: &mut impl PartReader<B>) -> Result<ControlFlow<B>, LineTooLong> {
        let mut rest = chunk;
        loop {
            if self.partial.is_empty() {
                // A line and its end, and not more than a line may have.
                let allowed = &rest[..rest.len().min(self.limit.saturating_add(1))];
                if let Some((length, flow)) = self.first.read(allowed, reader) {
                    if flow.is_break() {
                        return Ok(flow);
                    }
                    rest = &rest[length..];
                    continue;
                }
            }
            let end = memchr::memchr(b'\n', rest);
            self.work.searched_bytes += end.map_or(rest.len(), |end| end + 1) as u64;
            let Some(end) = end else { break };
            let (head, tail) = (&rest[..end], &rest[end + 1..]);
            rest = tail;
            self.check(head)?;
            self.first.note(self.partial.len() + head.len() + 1);
            let flow = if self.partial.is_empty() {
                visit(head, reader)
            } else {
                self.keep(head);
                let flow = visit(&self.partial, reader);
                self.partial.clear();
                flow
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        self.check(rest)?;
        self.keep(rest);
        Ok(ControlFlow::Continue(()))
    }

    /// What stands after the last `\n` when the stream has ended; empty after a clean end.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.partial
    }

    fn keep(&mut self, piece: &[u8]) {
        let (before, capacity) = (self.partial.len(), self.partial.capacity());
        self.partial.extend_from_slice(piece);
        let moved = if self.partial.capacity() == capacity { 0 } else { before };
        self.work.copied_bytes += (piece.len() + moved) as u64;
    }

    fn check(&mut self, addition: &[u8]) -> Result<(), LineTooLong> {
        if self.partial.len() + addition.len() <= self.limit {
            return Ok(());
        }
        self.partial = Vec::new();
        Err(LineTooLong { limit: self.limit })
    }
}

fn visit<B>(line: &[u8], reader: &mut impl PartReader<B>) -> ControlFlow<B> {
    if line.trim_ascii().is_empty() {
        ControlFlow::Continue(())
    } else {
        reader.read(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]], limit: usize) -> Result<(Vec<String>, Vec<u8>), LineTooLong> {
        let mut buffer = LineBuffer::new(limit);
        let mut lines = Vec::new();
        for chunk in chunks {
            let flow = buffer.feed(chunk, |line| {
                lines.push(String::from_utf8_lossy(line).into_owned());
                ControlFlow::<()>::Continue(())
            })?;
            assert!(flow.is_continue());
        }
        Ok((lines, buffer.finish()))
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str], rest: &str) {
        let bytes = text.as_bytes();
        for size in 1..=bytes.len().max(1) {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            let (found, left) = lines(&chunks, 64).expect("within the limit");
            assert_eq!(found, expected, "in chunks of {size}");
            assert_eq!(left, rest.as_bytes(), "in chunks of {size}");
        }
    }

    #[test]
    fn any_split_gives_the_same_lines() {
        check("", &[], "");
        check("a\nb\n", &["a", "b"], "");
        check("a\n\n\r\nb", &["a"], "b");
        check("grün ☸\nπ\r\n", &["grün ☸", "π\r"], "");
    }

    #[test]
    fn a_line_over_the_limit_is_refused_in_one_chunk_or_in_many() {
        assert_eq!(lines(&[b"12345\n"], 4), Err(LineTooLong { limit: 4 }));
        assert_eq!(lines(&[b"123", b"45"], 4), Err(LineTooLong { limit: 4 }));
        assert!(lines(&[b"12", b"34\n1234\n"], 4).is_ok());
    }

    /// Reads lines that begin with an `a` in one pass.
    struct Reads(Vec<String>, usize);

    impl PartReader<()> for Reads {
        fn read(&mut self, line: &[u8]) -> ControlFlow<()> {
            self.0.push(String::from_utf8_lossy(line).into_owned());
            ControlFlow::Continue(())
        }

        fn read_first(&mut self, rest: &[u8]) -> Option<(usize, ControlFlow<()>)> {
            let end = rest.starts_with(b"a").then(|| memchr::memchr(b'\n', rest))??;
            self.1 += 1;
            Some((end + 1, self.read(&rest[..end])))
        }
    }

    #[test]
    fn lines_that_are_read_in_one_pass_are_the_same() {
        let text = "a1\nb2\na3456\n\na\naaaaaaaaaaaaaaaaaa\na7\nb";
        let bytes = text.as_bytes();
        for size in 1..=bytes.len() {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            for limit in [4, 18, 64] {
                let expected = lines(&chunks, limit);
                let (mut buffer, mut reads) = (LineBuffer::new(limit), Reads(Vec::new(), 0));
                let end = chunks
                    .iter()
                    .try_for_each(|chunk| buffer.feed_to(chunk, &mut reads).map(drop));
                match expected {
                    Ok((expected, rest)) => assert_eq!((reads.0, buffer.finish()), (expected, rest)),
                    Err(too_long) => assert_eq!(end, Err(too_long)),
                }
                assert!(
                    size < bytes.len() || limit < 64 || reads.1 > 1,
                    "{} in one pass",
                    reads.1
                );
            }
        }
    }

    #[test]
    fn a_break_stops_at_once() {
        let mut buffer = LineBuffer::new(64);
        let mut seen = 0;
        let flow = buffer.feed(b"a\nb\nc\n", |line| {
            seen += 1;
            if line == b"b" {
                ControlFlow::Break("b")
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(flow, Ok(ControlFlow::Break("b")));
        assert_eq!(seen, 2);
    }
}
