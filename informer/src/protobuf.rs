//! Reading the API's protobuf: the fields that are asked for, and the rest passed over by its length.
//!
//! A message is a run of fields, each a number and a value (<https://protobuf.dev/programming-guides/encoding/>). What is
//! not read costs nothing but its length, and managedFields are one field: so decoding costs what is shown, whatever an
//! object weighs. The numbers are those of the `generated.proto` files of `k8s.io/api` and `k8s.io/apimachinery`; which
//! objects are served in this way, and what stands around them, is in
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>.

use std::borrow::Cow;

/// What every body begins with that holds an object or a list.
pub(crate) const MAGIC: &[u8] = b"k8s\0";

/// The value of a field as it lies in the receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer or a bool.
    Varint(u64),
    /// A string, a message, or one entry of a map.
    Bytes(&'a [u8]),
    /// Four or eight bytes of a number. Nothing that is read is one.
    Fixed,
}

impl<'a> Value<'a> {
    /// The bytes of a string or a message.
    #[must_use]
    pub fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Varint(_) | Self::Fixed => None,
        }
    }

    /// Two's complement, as Go writes `int32` and `int64`.
    fn integer(self) -> Option<i64> {
        match self {
            Self::Varint(number) => Some(number.cast_signed()),
            Self::Bytes(_) | Self::Fixed => None,
        }
    }
}

/// What can be read.
pub trait Merge<'a> {
    /// Takes in one more value of a field: of several the last counts, messages are merged, and lists grow. `None` where it
    /// is not of the field's type.
    fn merge(&mut self, value: Value<'a>) -> Option<()>;
}

/// Reads one message that is all of `bytes`; `None` if they are none, or a field is not of its type.
#[must_use]
pub fn from_slice<'a, T: Merge<'a> + Default>(bytes: &'a [u8]) -> Option<T> {
    let mut message = T::default();
    message.merge(Value::Bytes(bytes))?;
    Some(message)
}

/// Whether the bytes are the fields of a message, whatever they mean.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    Fields::of(bytes).all(|field| field.is_some())
}

/// Merges a message: the fields whose numbers are given, into the fields they are given for.
#[doc(hidden)]
#[macro_export]
macro_rules! merge_message {
    ($value:expr, $object:expr, $($number:literal => $field:ident,)*) => {{
        let object = $object;
        for field in $crate::protobuf::Fields::of($value.bytes()?) {
            let (number, value) = field?;
            $(
                if number == $number {
                    $crate::protobuf::Merge::merge(&mut object.$field, value)?;
                    continue;
                }
            )*
        }
        Some(())
    }};
}

/// The fields of a message. `None` in place of a field that cannot be read; nothing follows it.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Of a whole message.
    #[must_use]
    pub fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    #[inline(always)]
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        // No field has the number zero.
        (tag > 7).then_some((tag >> 3, value))
    }

    #[inline(always)]
    fn varint(&mut self) -> Option<u64> {
        match self.rest {
            [byte @ ..0x80, rest @ ..] => {
                self.rest = rest;
                Some((*byte).into())
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Option<u64> {
        let (value, length) = varint(self.rest)?;
        self.rest = &self.rest[length..];
        Some(value)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Most bytes of a varint: seven bits in each.
const MAX_VARINT_BYTES: usize = 10;

/// A varint at the beginning of `bytes`, and how long it is; `None` if it does not end in them.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((first.into(), 1));
    }
    let mut value = 0;
    for (index, byte) in bytes.iter().take(MAX_VARINT_BYTES).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Some((value, index + 1));
        }
    }
    None
}

/// The beginning of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// More bytes are needed.
    Short,
    /// Whatever follows, it is no field.
    Broken,
    /// A message or a string: its number, and how many bytes the head and the value have.
    Bytes(u64, usize, usize),
    /// Any other field: how long it is as a whole.
    Other(usize),
}

/// What `bytes` begin with, of which the end may not have arrived.
pub(crate) fn head(bytes: &[u8]) -> Head {
    let missing = |from: usize| match bytes.len() - from < MAX_VARINT_BYTES {
        true => Head::Short,
        false => Head::Broken,
    };
    let Some((tag, tag_length)) = varint(bytes) else {
        return missing(0);
    };
    match (tag >> 3, tag & 7) {
        (1.., 1) => Head::Other(tag_length + 8),
        (1.., 5) => Head::Other(tag_length + 4),
        (number @ 1.., kind @ (0 | 2)) => match varint(&bytes[tag_length..]) {
            None => missing(tag_length),
            Some((_, length)) if kind == 0 => Head::Other(tag_length + length),
            Some((value, length)) => {
                usize::try_from(value).map_or(Head::Broken, |value| Head::Bytes(number, tag_length + length, value))
            }
        },
        _ => Head::Broken,
    }
}

/// An object with its type: `k8s\0` and a `runtime.Unknown`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unknown<'a> {
    pub(crate) type_meta: TypeMeta<'a>,
    /// The object's message.
    pub(crate) raw: Raw<'a>,
}

impl<'a> Unknown<'a> {
    /// Reads all of a body, or the object of an event.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        from_slice(bytes.strip_prefix(MAGIC)?)
    }
}

impl<'a> Merge<'a> for Unknown<'a> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        crate::merge_message!(value, self, 1 => type_meta, 2 => raw,)
    }
}

/// `runtime.TypeMeta`.
#[derive(Clone, Debug, Default)]
pub(crate) struct TypeMeta<'a> {
    pub(crate) api_version: Cow<'a, str>,
    pub(crate) kind: Cow<'a, str>,
}

impl<'a> Merge<'a> for TypeMeta<'a> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        crate::merge_message!(value, self, 1 => api_version, 2 => kind,)
    }
}

/// The bytes of a field, whatever they mean.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Raw<'a>(pub(crate) &'a [u8]);

impl<'a> Merge<'a> for Raw<'a> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        self.0 = value.bytes()?;
        Some(())
    }
}

/// A string. One that is no UTF-8, which Go does not mind, is mended as Go's JSON encoder would.
impl<'a> Merge<'a> for Cow<'a, str> {
    #[inline(always)]
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        let bytes = value.bytes()?;
        *self = std::str::from_utf8(bytes).map_or_else(|_| mended(bytes), Cow::Borrowed);
        Some(())
    }
}

#[cold]
fn mended(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

impl Merge<'_> for String {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        *self = mended(value.bytes()?).into_owned();
        Some(())
    }
}

impl Merge<'_> for bool {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        *self = value.integer()? != 0;
        Some(())
    }
}

impl Merge<'_> for i32 {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        *self = value.integer()?.try_into().ok()?;
        Some(())
    }
}

impl Merge<'_> for i64 {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        *self = value.integer()?;
        Some(())
    }
}

impl Merge<'_> for u64 {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        *self = value.integer()?.try_into().ok()?;
        Some(())
    }
}

impl<'a, T: Merge<'a> + Default> Merge<'a> for Vec<T> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        let mut element = T::default();
        element.merge(value)?;
        self.push(element);
        Some(())
    }
}

impl<'a, T: Merge<'a> + Default> Merge<'a> for Option<T> {
    fn merge(&mut self, value: Value<'a>) -> Option<()> {
        self.get_or_insert_default().merge(value)
    }
}

/// One entry of a map: its key and its value, which is empty where it is not written.
#[must_use]
pub fn entry<'a>(value: Value<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
    let mut key = Cow::Borrowed("");
    let mut found = Value::Bytes(&[]);
    for field in Fields::of(value.bytes()?) {
        match field? {
            (1, value) => key.merge(value)?,
            (2, value) => found = value,
            _ => {}
        }
    }
    Some((key, found))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
        while value > 0x7f {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
    }

    /// A message of fields that are strings or messages.
    pub(crate) fn message(fields: &[(u64, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, value) in fields {
            push_varint(&mut bytes, number << 3 | 2);
            push_varint(&mut bytes, value.len() as u64);
            bytes.extend_from_slice(value);
        }
        bytes
    }

    /// An object in its envelope, as Go writes it.
    pub(crate) fn body(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
        let types = message(&[(1, api_version.as_bytes()), (2, kind.as_bytes())]);
        [MAGIC, &message(&[(1, &types), (2, object), (3, b""), (4, b"")])].concat()
    }

    fn fields(bytes: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
        Fields::of(bytes).collect()
    }

    #[test]
    fn fields_are_cut_by_their_types() {
        assert_eq!(fields(&[]), Some(vec![]));
        assert_eq!(
            fields(b"\x08\x96\x01\x12\x02hi\x1d....\x21........\x28\x00"),
            Some(vec![
                (1, Value::Varint(150)),
                (2, Value::Bytes(b"hi")),
                (3, Value::Fixed),
                (4, Value::Fixed),
                (5, Value::Varint(0)),
            ])
        );
        for broken in [
            &b"\x08"[..],
            b"\x12\x03hi",
            b"\x1d...",
            b"\x0b",
            b"\x02\x00",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ] {
            assert_eq!(fields(broken), None, "{broken:?}");
            assert!(!is_message(broken));
        }
    }

    #[test]
    fn values_follow_go() {
        let mut number = 7_i32;
        // -1 of 32 bits is written as 64 bits.
        let minus_one = Value::Varint(u64::MAX);
        assert_eq!(number.merge(minus_one), Some(()));
        assert_eq!(number, -1);
        assert_eq!(number.merge(Value::Varint(1 << 40)), None);
        assert_eq!(number.merge(Value::Bytes(b"")), None);
        let mut text = Cow::Borrowed("");
        assert_eq!(text.merge(Value::Bytes(b"gr\xc3\xbcn\xff")), Some(()));
        assert_eq!(text, "grün\u{fffd}");
        let (key, value) = entry(Value::Bytes(b"\x0a\x03app")).expect("an entry");
        assert_eq!((&*key, value), ("app", Value::Bytes(b"")));
    }

    proptest! {
        /// What is seen of a field before its end has come is what it then turns out to be.
        #[test]
        fn heads_are_those_of_fields(bytes in vec(any::<u8>(), 0..40)) {
            let whole = fields(&bytes);
            for end in 0..bytes.len() {
                match head(&bytes[..end]) {
                    Head::Short => {}
                    Head::Broken => prop_assert_eq!(&whole, &None),
                    Head::Bytes(number, head, length) => {
                        if let Some(fields) = &whole {
                            prop_assert_eq!(fields[0].0, number);
                            prop_assert_eq!(fields[0].1.bytes().map(<[u8]>::len), Some(length));
                            prop_assert_eq!(fields[0].1.bytes(), Some(&bytes[head..head + length]));
                        }
                    }
                    Head::Other(length) => {
                        if let Some(fields) = &whole {
                            prop_assert!(fields[0].1.bytes().is_none());
                            prop_assert!(length <= bytes.len());
                        }
                    }
                }
            }
        }

        #[test]
        fn nothing_panics(bytes in vec(any::<u8>(), 0..60)) {
            let _ = Unknown::read(&bytes);
            let _ = entry(Value::Bytes(&bytes));
        }
    }
}
