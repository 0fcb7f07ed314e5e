//! JSON at the speed of memory: where things end, 64 bytes at a time, and nothing parsed that is not asked for.
//!
//! Most of an object of Kubernetes is never shown: managedFields alone are often more than all the rest. So what is not
//! read is only searched for its end, by SIMD: the positions of quotes, backslashes and brackets in 64 bytes are the bits
//! of a word, and which of them stand in strings follows from a few operations on words. The method is that of simdjson
//! (Langdale and Lemire, <https://arxiv.org/abs/1902.08318>).
//!
//! It trusts more than a parser does: of what it passes over it sees that brackets balance, that strings end and that
//! no control characters stand in them, and no more. Whoever gets `None` has found something that is not as it should
//! be, and asks serde_json what it is.

mod reader;

pub use reader::{JsonStr, Read, Reader, check, first_of, from_slice};

use wide::u8x16;

use crate::limits::MAX_JSON_DEPTH;

/// Bytes that are looked at together.
pub(crate) const BLOCK_BYTES: usize = 64;

/// What is carried from one block to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scanner {
    /// All ones inside of a string, zero outside.
    in_string: u64,
    /// One if the first byte of the next block is escaped.
    escaped: u64,
}

/// Up to 64 bytes: the brackets outside of strings, a bit for each byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScannedBlock {
    opening: u64,
    closing: u64,
    controls: Controls,
}

/// What the control characters of a block mean. Few blocks have any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Controls {
    /// One of them stands where JSON does not allow it.
    is_broken: bool,
    /// Where the first of them is that ends a line, or the length of the block.
    line_length: usize,
}

/// The depth of brackets fell to where it was to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContainerEnd {
    /// Behind the bracket.
    pub(crate) length: usize,
}

impl Scanner {
    /// Looks at the next bytes, at most [`BLOCK_BYTES`].
    #[inline]
    pub(crate) fn block(&mut self, bytes: &[u8]) -> ScannedBlock {
        match bytes.first_chunk() {
            Some(whole) => self.whole_block(whole),
            None => self.part_of_block(bytes),
        }
    }

    /// Not inlined, so that the loop over whole blocks is.
    #[cold]
    #[inline(never)]
    fn part_of_block(&mut self, bytes: &[u8]) -> ScannedBlock {
        let mut padded = [b' '; BLOCK_BYTES];
        padded[..bytes.len()].copy_from_slice(bytes);
        let escaped = self.escaped;
        let block = self.whole_block(&padded);
        // What is escaped is the first byte of the padding, if the last one before it escapes.
        let escapes = bytes.iter().rev().take_while(|byte| **byte == b'\\').count();
        let is_escaped = match escapes == bytes.len() {
            true => (escapes as u64 + escaped) % 2,
            false => (escapes % 2) as u64,
        };
        self.escaped = is_escaped;
        block
    }

    #[inline(always)]
    fn whole_block(&mut self, bytes: &[u8; BLOCK_BYTES]) -> ScannedBlock {
        let blocks = Lanes::of(bytes);
        let Masks {
            quotes,
            backslashes,
            opening,
            closing,
        } = blocks.masks();
        let quotes = quotes & !self.escapes(backslashes);
        // Ones from each opening quote to before its closing one.
        let in_string = prefix_xor(quotes) ^ self.in_string;
        self.in_string = (in_string.cast_signed() >> 63).cast_unsigned();
        ScannedBlock {
            opening: opening & !in_string,
            closing: closing & !in_string,
            controls: match blocks.have_controls() {
                false => Controls::NONE,
                true => Controls::of(blocks.controls(), in_string, bytes),
            },
        }
    }

    /// Which bytes are escaped: those behind an odd number of backslashes.
    #[inline]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        let backslashes = backslashes & !self.escaped;
        let follows = backslashes << 1 | self.escaped;
        let odd_starts = backslashes & !EVEN & !follows;
        let (even_ends, carry) = odd_starts.overflowing_add(backslashes);
        self.escaped = u64::from(carry);
        (EVEN ^ (even_ends << 1)) & follows
    }
}

impl ScannedBlock {
    /// Takes the brackets in their order into account: the new depth, or where it fell to `floor`. It is above `floor`
    /// before.
    #[inline]
    pub(crate) fn descend(self, depth: usize, floor: usize) -> Result<usize, ContainerEnd> {
        let (opened, closed) = (self.opening.count_ones() as usize, self.closing.count_ones() as usize);
        // Even if all closed first, it would not come down so far: the usual case, deep inside.
        if depth - floor > closed {
            return Ok(depth + opened - closed);
        }
        let mut depth = depth;
        let mut brackets = self.opening | self.closing;
        while brackets != 0 {
            let index = brackets.trailing_zeros();
            if self.opening >> index & 1 == 1 {
                depth += 1;
            } else {
                depth -= 1;
                if depth == floor {
                    return Err(ContainerEnd {
                        length: index as usize + 1,
                    });
                }
            }
            brackets &= brackets - 1;
        }
        Ok(depth)
    }
}

/// A bit for each byte.
struct Masks {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

/// The bytes of a block, 16 in each.
struct Lanes([u8x16; 4]);

impl Lanes {
    #[inline]
    fn of(bytes: &[u8; BLOCK_BYTES]) -> Self {
        let (parts, _) = bytes.as_chunks::<16>();
        Self(std::array::from_fn(|index| u8x16::new(parts[index])))
    }

    #[inline]
    fn masks(&self) -> Masks {
        let equals = |byte: u8| self.mask(|part| part.simd_eq(u8x16::splat(byte)));
        // `{` and `[` differ in this bit alone, and so do `}` and `]`.
        let folded = Self(self.0.map(|part| part | u8x16::splat(0x20)));
        let folded_equals = |byte: u8| folded.mask(|part| part.simd_eq(u8x16::splat(byte)));
        Masks {
            quotes: equals(b'"'),
            backslashes: equals(b'\\'),
            opening: folded_equals(b'{'),
            closing: folded_equals(b'}'),
        }
    }

    /// Whether a byte is below a space. Few blocks have one, so that one comparison for all of them is enough.
    #[inline]
    fn have_controls(&self) -> bool {
        let [a, b, c, d] = self.0;
        is_control(a.min(b).min(c.min(d))).any()
    }

    /// The bytes below a space.
    fn controls(&self) -> u64 {
        self.mask(is_control)
    }

    #[inline]
    fn mask(&self, matches: impl Fn(u8x16) -> u8x16) -> u64 {
        let mask = |index: usize| u64::from(matches(self.0[index]).to_bitmask()) << (16 * index);
        mask(0) | mask(1) | mask(2) | mask(3)
    }
}

/// All ones where a byte is below a space.
#[inline]
fn is_control(part: u8x16) -> u8x16 {
    part.min(u8x16::splat(0x1f)).simd_eq(part)
}

/// The beginning of a string: what stands before the first quote, backslash or control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PlainText {
    length: usize,
    is_ascii: bool,
}

impl PlainText {
    /// `None` where `bytes` end before.
    #[inline]
    fn of(bytes: &[u8]) -> Option<Self> {
        let (mut length, mut is_ascii) = (0, true);
        while let Some(block) = bytes[length..].first_chunk() {
            let block = u8x16::new(*block);
            let ends = block.simd_eq(u8x16::splat(b'"')) | block.simd_eq(u8x16::splat(b'\\')) | is_control(block);
            let ends = ends.to_bitmask();
            // The highest bits of the bytes before the first end.
            let others = block.to_bitmask() & !ends & ends.wrapping_sub(1);
            is_ascii &= others == 0;
            if ends != 0 {
                length += ends.trailing_zeros() as usize;
                return Some(Self { length, is_ascii });
            }
            length += 16;
        }
        let rest = &bytes[length..];
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
        Some(Self {
            length: length + end,
            is_ascii: is_ascii && rest[..end].is_ascii(),
        })
    }
}

impl Controls {
    const NONE: Self = Self {
        is_broken: false,
        line_length: BLOCK_BYTES,
    };

    #[cold]
    fn of(mut controls: u64, in_string: u64, bytes: &[u8; BLOCK_BYTES]) -> Self {
        let mut found = Self::NONE;
        while controls != 0 {
            let index = controls.trailing_zeros();
            let is_white = matches!(bytes[index as usize], b'\n' | b'\r' | b'\t');
            found.is_broken |= in_string >> index & 1 == 1 || !is_white;
            if bytes[index as usize] == b'\n' {
                found.line_length = found.line_length.min(index as usize);
            }
            controls &= controls - 1;
        }
        found
    }
}

/// Each bit is the exclusive or of itself and all bits below.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Deepest nesting in bytes that are read without their end being known. Far less than [`MAX_JSON_DEPTH`], so that whoever
/// holds to that limit never sees it exceeded by them.
const MAX_OPEN_DEPTH: usize = MAX_JSON_DEPTH / 4;

/// The length of the object or array that `bytes` begins with; `None` where it does not end, or cannot be one. If bytes
/// of something else may follow, it must be in one line and not nested unusually deep.
#[inline]
pub(crate) fn container_length(bytes: &[u8], is_open_ended: bool) -> Option<usize> {
    let mut scanner = Scanner::default();
    let mut depth = 1;
    // Behind its opening bracket.
    let mut at = 1;
    while at < bytes.len() {
        let piece = &bytes[at..bytes.len().min(at + BLOCK_BYTES)];
        let block = scanner.block(piece);
        if block.controls.is_broken {
            return None;
        }
        let line_length = block.controls.line_length;
        match block.descend(depth, 0) {
            Ok(deeper) if is_open_ended && (deeper > MAX_OPEN_DEPTH || line_length < BLOCK_BYTES) => return None,
            Ok(deeper) => depth = deeper,
            Err(ContainerEnd { length }) if is_open_ended && line_length < length => return None,
            Err(ContainerEnd { length }) => return Some(at + length),
        }
        at += piece.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::select};

    /// The same, a byte at a time.
    fn naive_length(bytes: &[u8]) -> Option<usize> {
        let (mut depth, mut in_string, mut escaped) = (0, false, false);
        for (index, byte) in bytes.iter().enumerate() {
            match (in_string, byte) {
                (true, _) if escaped => escaped = false,
                (true, b'\\') => escaped = true,
                (true, b'"') => in_string = false,
                (true, _) => {}
                (false, b'"') => in_string = true,
                // Behind a backslash a quote is none, even where no string is: such bytes are not JSON.
                (false, b'\\') => return None,
                (false, b'{' | b'[') => depth += 1,
                (false, b'}' | b']') => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(index + 1);
                    }
                }
                (false, _) => {}
            }
        }
        None
    }

    proptest! {
        #[test]
        fn finds_ends_as_a_loop_over_bytes_does(parts in vec(select(vec![
            "{", "}", "[", "]", "\"", "\\\"", "\"\\\\\"", "\"a\\\\\\\"b\"", ",", ":", "1", "é", "            ",
            "\"managedFields\":[{\"k:{\\\"type\\\":\\\"Ready\\\"}\":{}}]",
        ]), 0..60)) {
            let text = format!("{{{}", parts.concat());
            let expected = naive_length(text.as_bytes());
            if text.len() > 1 && !outside_backslash(&text) {
                prop_assert_eq!(container_length(text.as_bytes(), false), expected, "{}", text);
            }
        }

        #[test]
        fn blocks_may_be_cut_anywhere(text in "[\\\\\"{}a\\[\\]]{0,200}", cuts in vec(1_usize..64, 1..200)) {
            let mut whole = Scanner::default();
            let mut cut = Scanner::default();
            let depth = |block: ScannedBlock| block.opening.count_ones() as i32 - block.closing.count_ones() as i32;
            let mut expected = 0;
            for piece in text.as_bytes().chunks(BLOCK_BYTES) {
                expected += depth(whole.block(piece));
            }
            let (mut found, mut rest, mut cuts) = (0, text.as_bytes(), cuts.into_iter().cycle());
            while !rest.is_empty() {
                let (piece, others) = rest.split_at(rest.len().min(cuts.next().unwrap()));
                found += depth(cut.block(piece));
                rest = others;
            }
            prop_assert_eq!(found, expected);
            prop_assert_eq!((cut.in_string, cut.escaped), (whole.in_string, whole.escaped));
        }
    }

    /// Whether a backslash stands outside of strings before the end.
    fn outside_backslash(text: &str) -> bool {
        let (mut in_string, mut escaped) = (false, false);
        text.bytes().any(|byte| {
            let is_outside = byte == b'\\' && !in_string;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ => {}
            }
            is_outside
        })
    }

    #[test]
    fn control_characters_are_refused_where_json_refuses_them() {
        assert_eq!(container_length(b"{\"a\":\t1\r\n}", false), Some(10));
        assert_eq!(container_length(b"{\"a\x01\":1}", false), None);
        assert_eq!(container_length(b"{\"a\n\":1}", false), None);
        assert_eq!(container_length(b"{\"a\":1\x00}", false), None);
        // Behind an object of a list there may be anything; it is read in one pass if it is in one line.
        assert_eq!(container_length(b"{\"a\":\t1\r},\n", true), Some(9));
        assert_eq!(container_length(b"{\"a\":\n1},", true), None);
    }
}
