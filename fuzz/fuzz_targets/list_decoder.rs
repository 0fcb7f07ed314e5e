//! A list comes out the same wherever its chunks were cut; and of what is JSON, the elements are those of serde_json.
#![no_main]

use std::{fmt, ops::ControlFlow};

use k8bit_fuzz::{pieces, split_head};
use k8bit_informer::{
    limits::MAX_JSON_DEPTH,
    list_decoder::{ListDecoder, ListEnvelope, ListError},
};
use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, Result<ListEnvelope, ListError>) {
    let mut decoder = ListDecoder::default();
    let mut elements = Vec::new();
    for chunk in chunks {
        let flow = decoder.feed(chunk, |element| {
            elements.push(element.to_vec());
            ControlFlow::<()>::Continue(())
        });
        match flow {
            Ok(flow) => assert!(flow.is_continue()),
            Err(error) => return (elements, Err(error)),
        }
    }
    (elements, decoder.finish())
}

/// The elements of every array that has the key `items`, spelt so, in an object.
#[derive(Default)]
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemsVisitor;

        impl<'de> Visitor<'de> for ItemsVisitor {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Items<'de>, A::Error> {
                let mut items = Items::default();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    if key.get() == r#""items""#
                        && let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(value.get())
                    {
                        items.0.extend(elements);
                    }
                }
                Ok(items)
            }
        }

        deserializer.deserialize_map(ItemsVisitor)
    }
}

/// The envelope, by types that are not of the program.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Envelope {
    kind: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: Option<String>,
    r#continue: Option<String>,
    remaining_item_count: Option<u64>,
}

/// What a list has besides: an array, or nothing.
#[derive(serde::Deserialize)]
struct Shape {
    #[expect(dead_code, reason = "its shape is enough")]
    items: Option<Vec<IgnoredAny>>,
}

impl Envelope {
    fn of(envelope: ListEnvelope) -> Self {
        Self {
            kind: envelope.kind,
            metadata: envelope.metadata.map(|metadata| Metadata {
                resource_version: metadata.resource_version,
                r#continue: metadata.continue_token,
                remaining_item_count: metadata.remaining_item_count,
            }),
        }
    }
}

/// What a decoder that stopped had read depends on the chunk; how it stopped does not.
fn without_excerpt(error: ListError) -> ListError {
    match error {
        ListError::NotJson(_) => ListError::NotJson(String::new()),
        error => error,
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((sizes, body)) = split_head::<4>(input) else {
        return;
    };
    let (whole_elements, whole) = decode(std::iter::once(body));
    let (elements, result) = decode(pieces(body, sizes));
    assert_eq!(elements, whole_elements);
    assert_eq!(result.map_err(without_excerpt), whole.clone().map_err(without_excerpt));

    if let Ok(Items(expected)) = serde_json::from_slice(body)
        && whole != Err(ListError::TooDeep)
    {
        let expected: Vec<_> = expected.iter().map(|element| element.get().as_bytes()).collect();
        let found: Vec<_> = elements.iter().map(|element| element.trim_ascii_end()).collect();
        assert_eq!(found, expected);
        // serde refuses a key that stands twice, which to Go counts the last time.
        if let (Ok(model), Ok(Shape { .. })) = (serde_json::from_slice::<Envelope>(body), serde_json::from_slice(body))
        {
            assert_eq!(whole.clone().map(Envelope::of), Ok(model));
        }
    }
    if whole == Err(ListError::TooDeep) {
        let opened = body.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
        assert!(opened > MAX_JSON_DEPTH);
    }
    // An object of scalars is an envelope in whole: then the decoder may not be more lenient than JSON. Of containers it has no
    // use for only the brackets have to match, and of strings the quotes.
    let is_flat = body.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() == 1 && !body.contains(&b'\\');
    if whole.is_ok() && is_flat {
        assert!(serde_json::from_slice::<IgnoredAny>(body.trim_ascii()).is_ok());
    }
});
