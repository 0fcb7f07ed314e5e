//! What reads the parts of a body: the elements of a list, the lines of a watch.

use std::ops::ControlFlow;

/// Reads the parts of a body in their order, until it breaks with a `B`. A closure does, of parts whose ends were searched
/// for.
///
/// Whoever reads JSON finds out on the way where it ends. So a part that lies whole in a piece of the body need not be
/// searched for its end first: each of its bytes is looked at once.
pub trait PartReader<B> {
    /// Reads a part.
    fn read(&mut self, part: &[u8]) -> ControlFlow<B>;

    /// Reads the part that `rest` begins with, if it is complete and as it should be, and says how long it is. With `None`
    /// nothing has happened: the end of the part is searched for, and [`PartReader::read`] called.
    fn read_first(&mut self, _rest: &[u8]) -> Option<(usize, ControlFlow<B>)> {
        None
    }
}

impl<B, F: FnMut(&[u8]) -> ControlFlow<B>> PartReader<B> for F {
    fn read(&mut self, part: &[u8]) -> ControlFlow<B> {
        self(part)
    }
}

/// When it is worth trying to read a part in one pass: where the piece of the body has at least as many bytes left as the
/// part before had, because parts of one body are about equal. A try that fails has looked at them in vain.
#[derive(Debug, Default)]
pub(crate) struct FirstPart {
    last_length: usize,
}

impl FirstPart {
    /// Has the part that `rest` begins with read in one pass, or says that its end has to be searched for.
    pub(crate) fn read<B>(&mut self, rest: &[u8], reader: &mut impl PartReader<B>) -> Option<(usize, ControlFlow<B>)> {
        if rest.len() < self.last_length {
            return None;
        }
        let (length, flow) = reader.read_first(rest)?;
        self.last_length = length;
        Some((length, flow))
    }

    /// A part had this many bytes.
    pub(crate) fn note(&mut self, length: usize) {
        self.last_length = length;
    }
}
