//! The objects of the API as they lie in the receive buffer, JSON or protobuf: only the fields that are asked for, borrowed.
//!
//! Reading JSON follows what Go's decoder does to the same bytes: `null` and an absent key are the zero value, a key that
//! stands twice counts the last time, keys that nobody asked for are skipped whatever they hold. So it is with protobuf
//! and its numbers. A field that is read must have its documented type, otherwise the object is an error. Nothing is
//! interpreted here.

use std::{borrow::Cow, ops::Deref};

use crate::{
    json::{Read, Reader},
    protobuf::{Fields, Merge, Value},
    quantity::Quantity,
    timestamp::Timestamp,
};

/// Declares an object of the API: its fields, the keys that they have in JSON, and their numbers in protobuf. Those with
/// the number zero stand around the object there. What is a map of Kubernetes has no numbers.
///
/// The struct and its fields are visible in the crate. Every field is of a type that implements
/// [`Read`], [`Merge`] and [`Default`]; objects do.
///
/// ```
/// use k8bit_informer::{object, wire::Str};
///
/// object! {
///     ConfigMap<'de> {
///         1 "metadata" => metadata: Metadata<'de>,
///         4 "immutable" => immutable: bool,
///     }
/// }
///
/// object! {
///     Metadata<'de> {
///         1 "name" => name: Str<'de>,
///     }
/// }
///
/// let json = br#"{"metadata":{"name":"ca","labels":{}},"data":{"a":"b"},"immutable":true}"#;
/// let map: ConfigMap<'_> = k8bit_informer::json::from_slice(json).expect("it is an object");
/// assert_eq!(&*map.metadata.name, "ca");
/// assert!(map.immutable);
/// ```
#[macro_export]
macro_rules! object {
    ($(#[$meta:meta])* $name:ident<$de:lifetime> { $($number:literal $key:literal => $field:ident: $type:ty,)* }) => {
        $crate::object!(@struct $(#[$meta])* $name<$de> { $($field: $type,)* });
        $crate::object!(@read $de, $name<$de>, $($key => $field: $type,)*);
        $crate::object!(@message $de, $name<$de>, $($number => $field,)*);
    };
    ($(#[$meta:meta])* $name:ident { $($number:literal $key:literal => $field:ident: $type:ty,)* }) => {
        $crate::object!(@struct $(#[$meta])* $name { $($field: $type,)* });
        $crate::object!(@read 'de, $name, $($key => $field: $type,)*);
        $crate::object!(@message 'de, $name, $($number => $field,)*);
    };
    ($(#[$meta:meta])* map $name:ident<$de:lifetime> { $($key:literal => $field:ident: $type:ty,)* }) => {
        $crate::object!(@struct $(#[$meta])* $name<$de> { $($field: $type,)* });
        $crate::object!(@read $de, $name<$de>, $($key => $field: $type,)*);
        $crate::object!(@entry $de, $name<$de>, $($key => $field,)*);
    };
    ($(#[$meta:meta])* map $name:ident { $($key:literal => $field:ident: $type:ty,)* }) => {
        $crate::object!(@struct $(#[$meta])* $name { $($field: $type,)* });
        $crate::object!(@read 'de, $name, $($key => $field: $type,)*);
        $crate::object!(@entry 'de, $name, $($key => $field,)*);
    };
    (@struct $(#[$meta:meta])* $name:ident $(<$de:lifetime>)? { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(crate) struct $name $(<$de>)? { $(pub(crate) $field: $type,)* }
    };
    (@read $de:lifetime, $object:ty, $($key:literal => $field:ident: $type:ty,)*) => {
        impl<$de> $crate::json::Read<$de> for $object {
            fn read(&mut self, reader: &mut $crate::json::Reader<$de>) -> Option<()> {
                *self = Self::default();
                $crate::read_object!(reader, self, $($key => $field,)*)
            }
        }
    };
    (@message $de:lifetime, $object:ty, $($number:literal => $field:ident,)*) => {
        impl<$de> $crate::protobuf::Merge<$de> for $object {
            fn merge(&mut self, value: $crate::protobuf::Value<$de>) -> Option<()> {
                $crate::merge_message!(value, self, $($number => $field,)*)
            }
        }
    };
    (@entry $de:lifetime, $object:ty, $($key:literal => $field:ident,)*) => {
        impl<$de> $crate::protobuf::Merge<$de> for $object {
            fn merge(&mut self, value: $crate::protobuf::Value<$de>) -> Option<()> {
                let (key, value) = $crate::protobuf::entry(value)?;
                match &*key {
                    $($key => self.$field.merge(value),)*
                    _ => Some(()),
                }
            }
        }
    };
}

/// The objects below, and in tests serde's reading of each.
macro_rules! objects {
    ($({ $($object:tt)* })*) => {
        $(
            object! { $($object)* }
            #[cfg(test)]
            crate::serde_model! { $($object)* }
        )*
    };
}

objects! {
    {
        /// An object of any kind, of which nothing but the metadata is read.
        Object<'de> {
            1 "metadata" => metadata: Metadata<'de>,
        }
    }
    {
        Metadata<'de> {
            3 "namespace" => namespace: Str<'de>,
            1 "name" => name: Str<'de>,
            5 "uid" => uid: Str<'de>,
            6 "resourceVersion" => resource_version: Str<'de>,
        }
    }
    {
        /// The object of a `BOOKMARK` event.
        Bookmark<'de> {
            1 "metadata" => metadata: BookmarkMetadata<'de>,
        }
    }
    {
        BookmarkMetadata<'de> {
            6 "resourceVersion" => resource_version: Str<'de>,
            12 "annotations" => annotations: BookmarkAnnotations<'de>,
        }
    }
    {
        map BookmarkAnnotations<'de> {
            "k8s.io/initial-events-end" => initial_events_end: Str<'de>,
        }
    }
}

/// A string that borrows from the receive buffer unless it holds escapes.
///
/// serde borrows a bare `Cow` only where told to by an attribute, and never one inside of an `Option`.
#[derive(Clone, Debug, Default)]
pub struct Str<'de>(pub Cow<'de, str>);

impl Str<'_> {
    /// `None` for the zero value.
    #[must_use]
    pub fn non_empty(&self) -> Option<&str> {
        (!self.is_empty()).then_some(&**self)
    }
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Read<'de> for Str<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Option<()> {
        self.0.read(reader)
    }
}

impl<'de> Merge<'de> for Str<'de> {
    #[inline]
    fn merge(&mut self, value: Value<'de>) -> Option<()> {
        self.0.merge(value)
    }
}

/// That something is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence(pub bool);

impl Read<'_> for Presence {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.0 = !reader.null()?;
        if self.0 { reader.skip() } else { Some(()) }
    }
}

impl Merge<'_> for Presence {
    fn merge(&mut self, _: Value<'_>) -> Option<()> {
        self.0 = true;
        Some(())
    }
}

impl Read<'_> for Option<Timestamp> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = None;
        if !reader.null()? {
            let time = Timestamp::parse(&reader.string()?);
            *self = Some(reader.want("an RFC 3339 time", time)?);
        }
        Some(())
    }
}

/// `metav1.Time` or `metav1.MicroTime`, whose zero is an empty message.
impl Merge<'_> for Option<Timestamp> {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        let bytes = value.bytes()?;
        let mut seconds = 0;
        for field in Fields::of(bytes) {
            if let (1, value) = field? {
                Merge::merge(&mut seconds, value)?;
            }
        }
        *self = match bytes {
            [] => None,
            _ => Some(Timestamp::from_seconds(seconds)?),
        };
        Some(())
    }
}

impl Read<'_> for Option<Quantity> {
    /// From a string, or from a number as lenient clients write it; a number with a point or an exponent is refused.
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        *self = None;
        if reader.null()? {
            return Some(());
        }
        let quantity = if reader.is_string()? {
            Quantity::parse(&reader.string()?)
        } else {
            let units = reader.integer()?;
            (units >= i64::MIN.into()).then(|| Quantity::from_units(i64::try_from(units).unwrap_or(i64::MAX)))
        };
        *self = Some(reader.want("a quantity", quantity)?);
        Some(())
    }
}

/// `resource.Quantity`, a message of one string.
impl Merge<'_> for Option<Quantity> {
    fn merge(&mut self, value: Value<'_>) -> Option<()> {
        let mut text = Str::default();
        for field in Fields::of(value.bytes()?) {
            if let (1, value) = field? {
                text.merge(value)?;
            }
        }
        *self = Some(Quantity::parse(&text)?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;
    use crate::testing::{check, damage};

    fn objects() -> Vec<String> {
        let lists = [
            include_str!("../../tests/fixtures/list-demo.json"),
            include_str!("../../tests/fixtures/list-nodes-page-1.json"),
        ];
        crate::testing::objects(&lists, include_str!("../../tests/fixtures/watch-lifecycle.jsonl"))
    }

    fn check_all(json: &[u8]) -> [bool; 2] {
        [check::<Object<'_>>(json), check::<Bookmark<'_>>(json)]
    }

    #[test]
    fn what_servers_send_is_read_without_serde_and_as_serde_reads_it() {
        let objects = objects();
        let (recorded, strange) = objects.split_at(objects.len() - crate::testing::STRANGE.len());
        assert!(recorded.len() > 20);
        for object in recorded {
            assert!(check::<Object<'_>>(object.as_bytes()), "{object}");
            check_all(object.as_bytes());
        }
        for object in strange {
            check_all(object.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn what_is_damaged_is_read_as_serde_reads_it(object in any::<Index>(), damages in vec(damage(), 1..4)) {
            thread_local!(static OBJECTS: Vec<String> = objects());
            let mut bytes = OBJECTS.with(|objects| object.get(objects).clone().into_bytes());
            for damage in &damages {
                damage.apply(&mut bytes);
            }
            check_all(&bytes);
        }
    }
}
