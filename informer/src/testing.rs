//! What the tests of this crate, and of kinds that are built on it, have in common: serde's reading of what
//! [`object!`](crate::object) declares, as the model, and damage to what it reads.

use std::{
    borrow::Cow,
    fmt::{self, Debug},
    ops::ControlFlow,
};

use proptest::{prelude::*, sample::Index};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;

use crate::{
    json::{Read, Reader},
    list_decoder::{ListDecoder, ListEnvelope, ListError},
    part_reader::PartReader,
    quantity::Quantity,
    resource::Resource,
    timestamp::Timestamp,
    wire::{Presence, Str},
};

/// Serde's reading of what [`object!`](crate::object) declares, as the model.
///
/// Its derive would do, were it not that it takes an array for a struct, stumbles over `null` and refuses a key that
/// stands twice.
#[macro_export]
#[doc(hidden)]
macro_rules! serde_model {
    ($(#[$meta:meta])* map $name:ident $(<$de:lifetime>)? { $($key:literal => $field:ident: $type:ty,)* }) => {
        $crate::serde_model!(@model $name $(<$de>)?, $($key => $field: $type,)*);
    };
    ($(#[$meta:meta])* $name:ident $(<$de:lifetime>)? { $($number:literal $key:literal => $field:ident: $type:ty,)* }) => {
        $crate::serde_model!(@model $name $(<$de>)?, $($key => $field: $type,)*);
    };
    (@model $name:ident<$de:lifetime>, $($key:literal => $field:ident: $type:ty,)*) => {
        $crate::serde_model!(@impl $de, $name<$de>, $($key => $field: $type,)*);
    };
    (@model $name:ident, $($key:literal => $field:ident: $type:ty,)*) => {
        $crate::serde_model!(@impl 'de, $name, $($key => $field: $type,)*);
    };
    (@impl $de:lifetime, $object:ty, $($key:literal => $field:ident: $type:ty,)*) => {
        const _: () = {
            use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
            use std::fmt;

            impl<$de> Deserialize<$de> for $object {
                fn deserialize<D: Deserializer<$de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct ObjectVisitor;

                    impl<$de> Visitor<$de> for ObjectVisitor {
                        type Value = $object;

                        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                            f.write_str("an object")
                        }

                        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                            Ok(Self::Value::default())
                        }

                        fn visit_map<A: MapAccess<$de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                            let mut object = Self::Value::default();
                            while let Some(key) = map.next_key::<$crate::wire::Str<'_>>()? {
                                match &*key {
                                    $($key => object.$field = map.next_value::<Option<$type>>()?.unwrap_or_default(),)*
                                    _ => drop(map.next_value::<IgnoredAny>()?),
                                }
                            }
                            Ok(object)
                        }
                    }

                    deserializer.deserialize_any(ObjectVisitor)
                }
            }
        };
    };
}

impl<'de> Deserialize<'de> for Str<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StrVisitor;

        impl<'de> Visitor<'de> for StrVisitor {
            type Value = Str<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(StrVisitor)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Str::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    /// From a string, or from a number as lenient clients write it; a number with a point or an exponent is refused.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct QuantityVisitor;

        impl Visitor<'_> for QuantityVisitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).ok_or_else(|| E::custom("not a quantity"))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
                Ok(Quantity::from_units(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Quantity, E> {
                Ok(Quantity::from_units(i64::try_from(value).unwrap_or(i64::MAX)))
            }
        }

        deserializer.deserialize_any(QuantityVisitor)
    }
}

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

/// The objects of recorded lists and of recorded watches, element by element, in one line and in several; and behind them
/// [`STRANGE`] that a kubelet of another mind might write.
///
/// # Panics
/// When a record is no list or no watch.
#[must_use]
pub fn objects(lists: &[&str], watch: &str) -> Vec<String> {
    let lists = lists.iter().flat_map(|list| {
        let list: Value = serde_json::from_str(list).expect("a recorded list is JSON");
        list["items"].as_array().cloned().expect("a list has items")
    });
    let events = watch.lines().map(|line| {
        let event: Value = serde_json::from_str(line).expect("a recorded event is JSON");
        event["object"].clone()
    });
    let compact = lists
        .chain(events)
        .flat_map(|object| [object.to_string(), format!("{object:#}")]);
    compact.chain(STRANGE.map(str::to_owned)).collect()
}

/// See [`objects`].
pub const STRANGE: [&str; 3] = [
    r#"{"metadata":{"name":"a","name":"b","labels":{"b":"1","a":null,"b":"2"}},"spec":null,"status":{"phase":"\u0052unning"}}"#,
    r#"{"spec":{"containers":[null,{"resources":{"requests":{"cpu":2}}}]},"status":{"containerStatuses":[{"restartCount":3.0}]}}"#,
    "{ \"metadata\" : { \"na\\u006de\" : \"x\", \"x\" : [ { \"}\" : \"]\\\"\" } ] } ,\r\n\t\"status\" : { } }",
];

/// Serde's reading of these bytes is the model: what the reader refuses, serde refuses, and what both read is the same.
/// Where serde refuses them and the reader does not, all that is wrong must lie in what the reader passed over.
pub fn check<'a, T: Read<'a> + Deserialize<'a> + Debug + Default>(json: &'a [u8]) -> bool {
    let mut reader = Reader::new(json);
    let mut read = T::default();
    if read.read(&mut reader).filter(|()| reader.is_at_end()).is_none() {
        let model = serde_json::from_slice::<T>(json);
        assert!(model.is_err(), "{}", String::from_utf8_lossy(json));
        return false;
    }
    let read = format!("{read:?}");
    match serde_json::from_slice::<T>(json) {
        Ok(model) => assert_eq!(read, format!("{model:?}"), "{}", String::from_utf8_lossy(json)),
        Err(error) => {
            let blanked = reader.without_skipped();
            // Leaked, because a deserializer for one lifetime borrows; some kilobytes a case.
            let model = serde_json::from_slice::<T>(blanked.leak());
            let model = model.map(|model| format!("{model:?}")).map_err(|_| error.to_string());
            assert_eq!(Ok(read), model, "{}", String::from_utf8_lossy(json));
        }
    }
    true
}

/// Reads the objects of a list, as the informer does or with a search for the end of each of them first.
struct Objects<K: Resource> {
    /// `None` for one that cannot be decoded.
    read: Vec<Option<K>>,
    may_read_first: bool,
    read_first: usize,
    interner: K::Interner,
}

impl<K: Resource> PartReader<()> for Objects<K> {
    fn read(&mut self, element: &[u8]) -> ControlFlow<()> {
        self.read.push(K::decode(element, &mut self.interner).ok());
        ControlFlow::Continue(())
    }

    fn read_first(&mut self, rest: &[u8]) -> Option<(usize, ControlFlow<()>)> {
        if !self.may_read_first {
            return None;
        }
        let (object, length) = K::decode_first(rest, &mut self.interner)?;
        self.read.push(Some(object));
        self.read_first += 1;
        Some((length, ControlFlow::Continue(())))
    }
}

impl<K: Resource> Objects<K> {
    fn of<'l>(pieces: impl Iterator<Item = &'l [u8]>, may_read_first: bool) -> (Self, Result<ListEnvelope, ListError>) {
        let mut objects = Self {
            read: Vec::new(),
            may_read_first,
            read_first: 0,
            interner: K::Interner::default(),
        };
        let mut decoder = ListDecoder::default();
        for piece in pieces {
            if let Err(error) = decoder.feed_to(piece, &mut objects) {
                return (objects, Err(error));
            }
        }
        (objects, decoder.finish())
    }
}

/// A list that arrives in these pieces is the same whether its objects are read in one pass or are searched for their ends
/// first; so is what is wrong with it. Returns how many were read in one pass.
pub fn check_list<'l, K: Resource>(pieces: impl Iterator<Item = &'l [u8]> + Clone) -> usize {
    let (expected, expected_end) = Objects::<K>::of(pieces.clone(), false);
    let (found, end) = Objects::<K>::of(pieces, true);
    assert_eq!(found.read, expected.read);
    assert_eq!(end, expected_end);
    found.read_first
}

/// A change of some bytes of an object.
#[derive(Clone, Debug)]
pub enum Damage {
    /// This many bytes are missing.
    Remove(Index, usize),
    /// A byte is another.
    Replace(Index, u8),
    /// There is more.
    Insert(Index, &'static str),
    /// This many bytes stand twice.
    Repeat(Index, usize),
    /// Nothing follows.
    End(Index),
}

/// Any change of some bytes.
pub fn damage() -> impl Strategy<Value = Damage> {
    let snippets = [
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "true",
        "1e3",
        "-0",
        "00",
        "\u{1}",
        "é",
        " ",
        "\"name\":",
        "\\u00e9",
        "\\ud83e",
        "\\\"",
    ];
    prop_oneof![
        (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (any::<Index>(), proptest::sample::select(snippets.to_vec())).prop_map(|(at, text)| Damage::Insert(at, text)),
        (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Damage::Repeat(at, length)),
        any::<Index>().prop_map(Damage::End),
    ]
}

impl Damage {
    /// Makes the change.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let place = |at: &Index| at.index(bytes.len());
        match self {
            Self::Remove(at, length) => {
                let at = place(at);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Replace(at, byte) => {
                let at = place(at);
                bytes[at] = *byte;
            }
            Self::Insert(at, text) => {
                let at = place(at);
                bytes.splice(at..at, text.bytes());
            }
            Self::Repeat(at, length) => {
                let at = place(at);
                let part = bytes[at..bytes.len().min(at + length)].to_vec();
                bytes.splice(at..at, part);
            }
            Self::End(at) => bytes.truncate(place(at)),
        }
    }
}
