//! Reading what is asked for and passing over the rest.
//!
//! What kinds call is not inlined into them: the crate of a kind may be compiled for size, and what is inlined there with it.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{PlainText, container_length};

/// A string; borrowed unless it is spelt with escapes.
pub type JsonStr<'a> = Cow<'a, str>;

/// Reads one JSON value. Everything is `None` where the bytes are not what was asked for, and the reader is then of no
/// further use but to say so.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes of something else may follow the value.
    is_open_ended: bool,
    /// What was asked for last and not found.
    wanted: &'static str,
    /// What was passed over.
    #[cfg(any(test, feature = "test-util"))]
    skipped: Vec<std::ops::Range<usize>>,
}

/// What can be read.
pub trait Read<'a> {
    /// Reads one value in place of this one, whatever it was. `null` is the default, as an absent key is.
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()>;
}

/// Reads one value that is all of `json`.
///
/// # Errors
/// What is wrong, in a few words: serde_json's where it is no JSON at all.
pub fn from_slice<'a, T: Read<'a> + Default>(json: &'a [u8]) -> Result<T, String> {
    let mut reader = Reader::new(json);
    let mut value = T::default();
    match value.read(&mut reader) {
        Some(()) if reader.is_at_end() => Ok(value),
        _ => Err(reader.api_error()),
    }
}

/// Reads the value that `json` begins with: it, and its length. `None` where it does not end, is not as it should be, takes
/// more than a line or is nested unusually deep: once its end is known, [`from_slice`] reads it, or has the words.
#[must_use]
pub fn first_of<'a, T: Read<'a> + Default>(json: &'a [u8]) -> Option<(T, usize)> {
    let mut reader = Reader {
        is_open_ended: true,
        ..Reader::new(json)
    };
    let mut value = T::default();
    value.read(&mut reader)?;
    Some((value, reader.at))
}

/// Whether it is JSON.
///
/// # Errors
/// What is wrong, in serde_json's words.
#[cold]
pub fn check(json: &[u8]) -> Result<(), String> {
    match serde_json::from_slice::<IgnoredAny>(json) {
        Ok(IgnoredAny) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads an object: the values of the keys that are named, into the fields they are named for. A key that stands twice
/// counts the last time, others are passed over.
#[doc(hidden)]
#[macro_export]
macro_rules! read_object {
    ($reader:expr, $object:expr, $($key:literal => $field:ident,)*) => {{
        #[expect(non_camel_case_types, reason = "named like the fields")]
        enum Index { $($field,)* }
        const KEYS: &[&str] = &[$($key,)*];
        let object = $object;
        $reader.object(KEYS, &mut |reader, index| match index {
            $(index if index == Index::$field as usize => object.$field.read(reader),)*
            _ => reader.skip(),
        })
    }};
}

impl<'a, T: Read<'a> + Default> Read<'a> for Option<T> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        *self = None;
        if reader.null()? {
            return Some(());
        }
        self.insert(T::default()).read(reader)
    }
}

impl<'a, T: Read<'a> + Default> Read<'a> for Vec<T> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        self.clear();
        reader.array(&mut |reader| {
            let mut element = T::default();
            element.read(reader)?;
            self.push(element);
            Some(())
        })
    }
}

impl Read<'_> for bool {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = !reader.null()? && reader.boolean()?;
        Some(())
    }
}

impl Read<'_> for i32 {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut wide = 0_i64;
        wide.read(reader)?;
        *self = reader.want("an integer of 32 bits", Self::try_from(wide).ok())?;
        Some(())
    }
}

impl Read<'_> for i64 {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = 0;
        if !reader.null()? {
            let integer = reader.integer()?;
            *self = reader.want("an integer of 64 bits", Self::try_from(integer).ok())?;
        }
        Some(())
    }
}

impl Read<'_> for u64 {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = 0;
        if !reader.null()? {
            let integer = reader.integer()?;
            *self = reader.want("a natural number", Self::try_from(integer).ok())?;
        }
        Some(())
    }
}

impl Read<'_> for String {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut text = JsonStr::default();
        text.read(reader)?;
        *self = text.into_owned();
        Some(())
    }
}

impl<'a> Read<'a> for JsonStr<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        *self = match reader.null()? {
            true => Cow::Borrowed(""),
            false => reader.string()?,
        };
        Some(())
    }
}

impl<'a> Reader<'a> {
    /// Reads from the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            is_open_ended: false,
            wanted: "",
            #[cfg(any(test, feature = "test-util"))]
            skipped: Vec::new(),
        }
    }

    /// What is wrong, once something was.
    #[cold]
    fn api_error(&self) -> String {
        match check(self.bytes) {
            Ok(()) => format!("{} was expected near byte {}", self.wanted, self.at),
            Err(error) => error,
        }
    }

    /// Takes note of what was asked for where there is no such value.
    pub fn want<T>(&mut self, what: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.wanted = what;
        }
        value
    }

    /// Whether nothing is left but white space.
    pub fn is_at_end(&mut self) -> bool {
        self.next().is_none()
    }

    /// Reads `null`, if that is what comes next.
    pub fn null(&mut self) -> Option<bool> {
        match self.next()? {
            b'n' => self.word(b"null").map(|()| true),
            _ => Some(false),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self) -> Option<bool> {
        let value = match self.next()? {
            b't' => self.word(b"true").map(|()| true),
            _ => self.word(b"false").map(|()| false),
        };
        self.want("true or false", value)
    }

    /// An integer without fraction and exponent, of at most 64 bits and a sign.
    pub fn integer(&mut self) -> Option<i128> {
        self.next()?;
        let length = self.rest().iter().take_while(|byte| is_of_number(**byte)).count();
        let (number, _) = self.rest().split_at(length);
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        // What JSON has beyond integers is not asked for; `007` is not JSON.
        let is_plain = digits.first().is_some_and(u8::is_ascii_digit) && (digits.len() == 1 || digits[0] != b'0');
        let magnitude = digits.iter().try_fold(0_u64, |value, digit| {
            let digit = digit.is_ascii_digit().then_some(digit & 0xf)?;
            value.checked_mul(10)?.checked_add(digit.into())
        });
        let magnitude = self.want("an integer", magnitude.filter(|_| is_plain))?;
        self.at += length;
        let magnitude = i128::from(magnitude);
        Some(if digits.len() < length { -magnitude } else { magnitude })
    }

    /// Whether a string comes next.
    pub fn is_string(&mut self) -> Option<bool> {
        self.next().map(|byte| byte == b'"')
    }

    /// A string.
    pub fn string(&mut self) -> Option<JsonStr<'a>> {
        self.open(b'"', "a string")?;
        let rest = self.rest();
        let PlainText { length, .. } = PlainText::of(rest)?;
        if rest[length] == b'"' {
            self.at += length + 1;
            let text = std::str::from_utf8(&rest[..length]).ok().map(Cow::Borrowed);
            return self.want("UTF-8", text);
        }
        self.string_with_escapes(length)
    }

    /// The key of a field: its index among `keys`, or their number if it is none of them. It is most likely the one at
    /// `expected`, or none.
    #[inline]
    fn key(&mut self, keys: &[&str], expected: usize) -> Option<usize> {
        self.open(b'"', "a string")?;
        let rest = self.rest();
        let PlainText { length, is_ascii } = PlainText::of(rest)?;
        if rest[length] != b'"' {
            let key = self.string_with_escapes(length)?;
            return Some(index_of(keys, key.as_bytes(), expected));
        }
        self.at += length + 1;
        let key = &rest[..length];
        let is_text = is_ascii || std::str::from_utf8(key).is_ok();
        self.want("UTF-8", is_text.then(|| index_of(keys, key, expected)))
    }

    /// The rest of a string, of which `plain` bytes are known to have no escapes. The rules are those of serde_json, which
    /// is not asked, because it would bring along all that it can say about strings that are none.
    #[cold]
    fn string_with_escapes(&mut self, plain: usize) -> Option<JsonStr<'a>> {
        let mut text = Vec::new();
        let mut plain = Some(plain);
        loop {
            let length = self.want("the end of a string", plain)?;
            text.extend_from_slice(&self.rest()[..length]);
            self.at += length + 1;
            match self.bytes[self.at - 1] {
                b'"' => break,
                b'\\' => {
                    let character = self.escape();
                    let character = self.want("an escape", character)?;
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return self.want("no control character", None),
            }
            plain = PlainText::of(self.rest()).map(|plain| plain.length);
        }
        let text = String::from_utf8(text).ok().map(Cow::Owned);
        self.want("UTF-8", text)
    }

    /// What a backslash, which has been read, escapes.
    fn escape(&mut self) -> Option<char> {
        let kind = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(match kind {
            b'"' | b'\\' | b'/' => kind.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hexadecimal()?;
                // Half of a pair, whose other half must follow.
                if matches!(first, 0xd800..0xdc00) {
                    self.word(b"\\u")?;
                    let second = self.hexadecimal()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)?
                } else {
                    char::from_u32(first)?
                }
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits
            .iter()
            .try_fold(0, |value, digit| Some(value << 4 | char::from(*digit).to_digit(16)?))
    }

    /// Visits the fields of an object. `field` reads the value of each, the key's index among `keys` given: of a key that
    /// is none of them, an index beyond. `null` has no fields.
    pub fn object(&mut self, keys: &[&str], field: &mut dyn FnMut(&mut Self, usize) -> Option<()>) -> Option<()> {
        // Servers write the fields of a kind always in the same order.
        let mut expected = 0;
        self.entries(|reader| {
            let key = reader.key(keys, expected)?;
            if key < keys.len() {
                expected = key + 1;
            }
            reader.open(b':', "a colon")?;
            field(reader, key)
        })
    }

    /// Visits the fields of an object, whatever they are called. `field` reads the value of each. `null` has none.
    #[inline]
    pub fn fields(&mut self, mut field: impl FnMut(&mut Self, JsonStr<'a>) -> Option<()>) -> Option<()> {
        self.entries(|reader| {
            let key = reader.string()?;
            reader.open(b':', "a colon")?;
            field(reader, key)
        })
    }

    /// Visits the fields of an object. `entry` reads key, colon and value of each.
    #[inline]
    fn entries(&mut self, mut entry: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.null()? {
            return Some(());
        }
        self.open(b'{', "an object")?;
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            entry(self)?;
            if self.is_last(b'}')? {
                return Some(());
            }
        }
    }

    /// Visits the elements of an array. `element` reads each. `null` has none.
    pub fn array(&mut self, element: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.null()? {
            return Some(());
        }
        self.open(b'[', "an array")?;
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

    /// Passes over a value, whatever it is: its bytes.
    pub fn raw(&mut self) -> Option<&'a [u8]> {
        self.next()?;
        let begin = self.at;
        self.skip()?;
        Some(&self.bytes[begin..self.at])
    }

    /// Passes over a value, whatever it is.
    pub fn skip(&mut self) -> Option<()> {
        self.next()?;
        #[cfg(any(test, feature = "test-util"))]
        let begin = self.at;
        self.skip_value()?;
        #[cfg(any(test, feature = "test-util"))]
        self.skipped.push(begin..self.at);
        Some(())
    }

    fn skip_value(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => {
                self.at += 1;
                self.end_string()
            }
            b'{' | b'[' => {
                self.at += container_length(self.rest(), self.is_open_ended)?;
                Some(())
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => {
                let length = self.rest().iter().take_while(|byte| is_of_number(**byte)).count();
                let (number, _) = self.rest().split_at(length);
                self.at += length;
                // Digits alone are the usual case. For anything else serde_json knows the rules.
                let is_number = matches!(number, [b'1'..=b'9', digits @ ..] if digits.iter().all(u8::is_ascii_digit));
                self.want("a value", (is_number || check(number).is_ok()).then_some(()))
            }
        }
    }

    /// Behind the closing quote. Stands inside of the string, and not behind a backslash.
    fn end_string(&mut self) -> Option<()> {
        loop {
            let PlainText { length, .. } = PlainText::of(self.rest())?;
            self.at += length + 1;
            match self.bytes[self.at - 1] {
                b'"' => return Some(()),
                // What is escaped may be a quote.
                b'\\' if self.at < self.bytes.len() => self.at += 1,
                _ => return None,
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
    fn open(&mut self, byte: u8, what: &'static str) -> Option<()> {
        let is_here = self.next()? == byte;
        self.want(what, is_here.then_some(()))?;
        self.at += 1;
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    /// The next byte that is no white space.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match *self.bytes.get(self.at)? {
                b'\n' if self.is_open_ended => return None,
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// The same bytes with an empty object for everything that was passed over.
    #[cfg(any(test, feature = "test-util"))]
    #[must_use]
    pub fn without_skipped(&self) -> Vec<u8> {
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

/// The index of `key` among `keys`, or their number. Looks from `expected` on, and then before.
#[inline]
fn index_of(keys: &[&str], key: &[u8], expected: usize) -> usize {
    let is_it = |known: &&str| known.as_bytes() == key;
    let (before, after) = keys.split_at(expected);
    match after.iter().position(is_it) {
        Some(index) => expected + index,
        None => before.iter().position(is_it).unwrap_or(keys.len()),
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
                reader.fields(|reader, key| {
                    object.insert(key.into_owned(), read(reader)?);
                    Some(())
                })?;
                Some(Value::Object(object))
            }
            b'[' => {
                let mut array = Vec::new();
                reader.array(&mut |reader| {
                    array.push(read(reader)?);
                    Some(())
                })?;
                Some(Value::Array(array))
            }
            b'"' => Some(Value::String(reader.string()?.into_owned())),
            b'n' => reader.null()?.then_some(Value::Null),
            b't' | b'f' => reader.boolean().map(Value::Bool),
            _ => reader
                .integer()
                .map(|integer| Value::from(i64::try_from(integer).unwrap())),
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
            // Numbers that are no integers, or none of 64 bits, are not for this reader.
            let is_plain = !text.contains("1.5") && !text.contains("e3") && text.matches("2147483648").count() < 2;
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
