//! What a WebSocket has received and nobody has read yet: lines, bounded in the memory that they take.
//!
//! The body of a response waits in the network until it is read. A WebSocket hands on whatever comes, as it comes; so where
//! it comes faster than it is read, the only bound is to stop.

use std::collections::VecDeque;

/// Lines in their order.
#[derive(Debug)]
pub struct Inbox {
    lines: VecDeque<String>,
    /// Of all lines together, and of what holds them.
    bytes: usize,
    limit_bytes: usize,
}

/// What a line takes beside its text: its place in the queue, and what an allocation costs. So empty lines cannot go on
/// for ever.
const LINE_BYTES: usize = size_of::<String>() + 2 * size_of::<usize>();

/// There is no room for one more line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {} MiB were received than could be read", limit_bytes >> 20)]
pub struct InboxFull {
    /// The limit that was reached.
    pub limit_bytes: usize,
}

impl Inbox {
    /// An empty one that holds at most this many bytes.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            limit_bytes,
        }
    }

    /// Whether a line of this many bytes has room. To be asked before the line is copied out of the browser.
    ///
    /// # Errors
    /// When it has none.
    pub fn reserve(&self, bytes: usize) -> Result<(), InboxFull> {
        match self.bytes.saturating_add(LINE_BYTES).saturating_add(bytes) <= self.limit_bytes {
            true => Ok(()),
            false => Err(InboxFull {
                limit_bytes: self.limit_bytes,
            }),
        }
    }

    /// Appends a line.
    ///
    /// # Errors
    /// When it has no room. The lines before it stay.
    pub fn push(&mut self, line: String) -> Result<(), InboxFull> {
        self.reserve(line.len())?;
        self.bytes += LINE_BYTES + line.len();
        self.lines.push_back(line);
        Ok(())
    }

    /// Takes the oldest line.
    pub fn pop(&mut self) -> Option<String> {
        let line = self.lines.pop_front()?;
        self.bytes -= LINE_BYTES + line.len();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_in_order_and_never_hold_more_than_the_limit() {
        let limit_bytes = 10 + 2 * LINE_BYTES;
        let mut inbox = Inbox::new(limit_bytes);
        let full = Err(InboxFull { limit_bytes });
        assert_eq!(inbox.push("12345".into()), Ok(()));
        assert_eq!(inbox.push("67890".into()), Ok(()));
        assert_eq!(inbox.push("x".into()), full);
        assert_eq!(inbox.reserve(usize::MAX), full);
        // What was taken makes room; what was refused is not there.
        assert_eq!(inbox.pop().as_deref(), Some("12345"));
        assert_eq!(inbox.push("x".into()), Ok(()));
        assert_eq!(inbox.pop().as_deref(), Some("67890"));
        assert_eq!(inbox.pop().as_deref(), Some("x"));
        assert_eq!(inbox.pop(), None);
        assert_eq!(inbox.push("1".repeat(limit_bytes)), full);
    }

    #[test]
    fn empty_lines_take_room_too() {
        let mut inbox = Inbox::new(100 * LINE_BYTES);
        let taken = (0..1_000).take_while(|_| inbox.push(String::new()).is_ok()).count();
        assert_eq!(taken, 100);
    }

    #[test]
    fn the_limit_is_said() {
        let error = InboxFull { limit_bytes: 32 << 20 };
        assert_eq!(error.to_string(), "more than 32 MiB were received than could be read");
    }
}
