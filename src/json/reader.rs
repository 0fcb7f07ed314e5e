//! Reading what is asked for and passing over the rest.

use std::borrow::Cow;

use serde::de::{Deserialize, IgnoredAny};

use super::container_length;

/// A string; borrowed unless it is spelt with escapes.
pub(crate) type Text<'a> = Cow<'a, str>;

/// Reads one JSON value. Everything is `None` where the bytes are not what was asked for, and the reader is then of no
/// further use.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What was passed over.
    #[cfg(test)]
    skipped: Vec<std::ops::Range<usize>>,
}

/// What can be read without serde. Whatever is read so, serde reads as the same.
pub(crate) trait Read<'a>: Sized {
    /// Reads one value.
    fn read(reader: &mut Reader<'a>) -> Option<Self>;
}

/// Reads one value that is all of `json`. What the reader cannot make out, serde_json decides: it is right in all cases,
/// and says what is wrong.
///
/// # Errors
/// Those of serde_json.
pub(crate) fn from_slice<'a, T: Read<'a> + Deserialize<'a>>(json: &'a [u8]) -> serde_json::Result<T> {
    let mut reader = Reader::new(json);
    match T::read(&mut reader).filter(|_| reader.is_at_end()) {
        Some(value) => Ok(value),
        None => serde_json::from_slice(json),
    }
}

/// Absent and `null` are the same.
impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        match reader.null()? {
            true => Some(None),
            false => T::read(reader).map(Some),
        }
    }
}

impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let mut elements = Self::new();
        reader.array(|reader| {
            elements.push(T::read(reader)?);
            Some(())
        })?;
        Some(elements)
    }
}

impl Read<'_> for bool {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.boolean()
    }
}

impl Read<'_> for i32 {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.integer()
    }
}

impl Read<'_> for i64 {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.integer()
    }
}

/// That something is there is all that counts.
impl Read<'_> for IgnoredAny {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.skip().map(|()| Self)
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            #[cfg(test)]
            skipped: Vec::new(),
        }
    }

    /// Whether nothing is left but white space.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.next().is_none()
    }

    /// Reads `null`, if that is what comes next.
    #[inline]
    pub(crate) fn null(&mut self) -> Option<bool> {
        match self.next()? {
            b'n' => self.word(b"null").map(|()| true),
            _ => Some(false),
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.next()? {
            b't' => self.word(b"true").map(|()| true),
            _ => self.word(b"false").map(|()| false),
        }
    }

    /// An integer without fraction and exponent.
    pub(crate) fn integer<N: std::str::FromStr>(&mut self) -> Option<N> {
        self.next()?;
        let length = self.rest().iter().take_while(|byte| is_of_number(**byte)).count();
        let (number, _) = self.rest().split_at(length);
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        // Rust reads more than JSON allows: `+1` and `007`. What JSON has beyond integers is not for this reader.
        let is_plain = digits.first().is_some_and(u8::is_ascii_digit) && (digits.len() == 1 || digits[0] != b'0');
        self.at += length;
        std::str::from_utf8(number).ok().filter(|_| is_plain)?.parse().ok()
    }

    /// A string.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<Text<'a>> {
        self.expect(b'"')?;
        let rest = self.rest();
        // Most are shorter than what a search by SIMD is worth.
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
        if rest[plain] == b'"' {
            self.at += plain + 1;
            return std::str::from_utf8(&rest[..plain]).ok().map(Cow::Borrowed);
        }
        self.string_with_escapes(plain)
    }

    #[cold]
    fn string_with_escapes(&mut self, plain: usize) -> Option<Text<'a>> {
        let begin = self.at - 1;
        self.at += plain;
        self.end_string()?;
        let text: String = serde_json::from_slice(&self.bytes[begin..self.at]).ok()?;
        Some(Cow::Owned(text))
    }

    /// Visits the fields of an object. `field` reads the value of each.
    #[inline]
    pub(crate) fn object(&mut self, mut field: impl FnMut(&mut Self, Text<'a>) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            field(self, key)?;
            if self.is_last(b'}')? {
                return Some(());
            }
        }
    }

    /// Visits the elements of an array. `element` reads each.
    #[inline]
    pub(crate) fn array(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        if self.next()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            element(self)?;
            if self.is_last(b']')? {
                return Some(());
            }
        }
    }

    /// Passes over a value, whatever it is.
    #[inline]
    pub(crate) fn skip(&mut self) -> Option<()> {
        self.next()?;
        #[cfg(test)]
        let begin = self.at;
        self.skip_value()?;
        #[cfg(test)]
        self.skipped.push(begin..self.at);
        Some(())
    }

    #[inline]
    fn skip_value(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => {
                self.at += 1;
                self.end_string()
            }
            b'{' | b'[' => {
                self.at += container_length(self.rest())?;
                Some(())
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => {
                let length = self.rest().iter().take_while(|byte| is_of_number(**byte)).count();
                let number = std::str::from_utf8(&self.rest()[..length]).ok()?;
                self.at += length;
                // Digits alone are the usual case. For anything else serde_json knows the rules.
                let is_number =
                    matches!(number.as_bytes(), [b'1'..=b'9', digits @ ..] if digits.iter().all(u8::is_ascii_digit));
                (is_number || serde_json::from_str::<IgnoredAny>(number).is_ok()).then_some(())
            }
        }
    }

    /// Behind the closing quote. Stands inside of the string, and not behind a backslash.
    fn end_string(&mut self) -> Option<()> {
        loop {
            let found = memchr::memchr2(b'"', b'\\', self.rest())?;
            if self.rest()[..found].iter().any(|byte| *byte < 0x20) {
                return None;
            }
            let is_end = self.rest()[found] == b'"';
            self.at += found + if is_end { 1 } else { 2 };
            if is_end {
                return Some(());
            }
            if self.at > self.bytes.len() {
                return None;
            }
        }
    }

    /// Behind a comma, or behind the closing bracket, which is then the last.
    #[inline]
    fn is_last(&mut self, closing: u8) -> Option<bool> {
        let byte = self.next()?;
        self.at += 1;
        match byte {
            b',' => Some(false),
            byte if byte == closing => Some(true),
            _ => None,
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    /// The next byte that is no white space.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match *self.bytes.get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// The same bytes with an empty object for everything that was passed over.
    #[cfg(test)]
    pub(crate) fn without_skipped(&self) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        for range in self.skipped.iter().rev() {
            bytes.splice(range.clone(), *b"{}");
        }
        bytes
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::select};
    use serde_json::Value;

    /// Everything, so that it can be compared.
    fn read(reader: &mut Reader<'_>) -> Option<Value> {
        match reader.next()? {
            b'{' => {
                let mut object = serde_json::Map::new();
                reader.object(|reader, key| {
                    object.insert(key.into_owned(), read(reader)?);
                    Some(())
                })?;
                Some(Value::Object(object))
            }
            b'[' => {
                let mut array = Vec::new();
                reader.array(|reader| {
                    array.push(read(reader)?);
                    Some(())
                })?;
                Some(Value::Array(array))
            }
            b'"' => Some(Value::String(reader.string()?.into_owned())),
            b'n' => reader.null()?.then_some(Value::Null),
            b't' | b'f' => reader.boolean().map(Value::Bool),
            _ => reader.integer::<i64>().map(Value::from),
        }
    }

    fn whole<T>(text: &[u8], read: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<T> {
        let mut reader = Reader::new(text);
        read(&mut reader).filter(|_| reader.is_at_end())
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_reads(parts in vec(select(vec![
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"\\\"\\\\é\\n\"", "\"\\u00e9\\ud83e\\udd80\"", "\"\\x\"", "\"\u{1}\"", "1", "-7", "01",
            "+1", "2147483648", "true", "false", "null", "nul", " ", "\n\t", "\"", "\\", "1.5", "1e3", "{\"a\":[1,{}]}", "{\"a\":1,\"b\":",
        ]), 1..9)) {
            let text = parts.concat();
            let expected = serde_json::from_str::<Value>(&text).ok();
            let is_plain = !text.contains("1.5") && !text.contains("e3");
            let found = whole(text.as_bytes(), read);
            if is_plain {
                prop_assert_eq!(&found, &expected, "{}", text);
            }
            // What it passes over may be wrong inside, but nothing that is right is refused.
            if expected.is_some() {
                prop_assert!(whole(text.as_bytes(), |reader| reader.skip()).is_some(), "{}", text);
            }
        }

        #[test]
        fn nothing_panics(bytes in vec(any::<u8>(), 0..100)) {
            let _ = whole(&bytes, read);
            let _ = whole(&bytes, |reader| reader.skip());
        }
    }
}
