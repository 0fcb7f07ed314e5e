//! A list in protobuf comes out the same wherever its chunks were cut; and of what is a list of pods, it is the one that
//! another decoder reads.
#![no_main]

use std::ops::ControlFlow;

use k8bit::resource::{ResourceInterner, Pod, Resource as _};
use k8bit_fuzz::{envelope, pieces, split_head};
use k8bit_informer::{
    list_decoder::{ListEnvelope, ListError},
    list_message::ListMessage,
};
use k8s_pb::api::core::v1::PodList;
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, Result<ListEnvelope, ListError>) {
    let mut message = ListMessage::default();
    let mut items = Vec::new();
    for chunk in chunks {
        let flow = message.begin(chunk).and_then(|used| {
            message.feed(&chunk[used..], |item| {
                items.push(item.to_vec());
                ControlFlow::<()>::Continue(())
            })
        });
        match flow {
            Ok(flow) => assert!(flow.is_continue()),
            Err(error) => return (items, Err(error)),
        }
    }
    (items, message.finish())
}

fuzz_target!(|input: &[u8]| {
    let Some((sizes, body)) = split_head::<4>(input) else {
        return;
    };
    let (whole_items, whole) = decode(std::iter::once(body));
    let (items, result) = decode(pieces(body, sizes));
    assert_eq!(items, whole_items);
    assert_eq!(result, whole);
    for item in &items {
        let _ = Pod::decode_protobuf(item, &mut ResourceInterner::default());
    }

    // As another encoder writes it, in whatever way the fuzzer came upon it.
    let list = body.strip_prefix(b"k8s\0").and_then(|body| {
        let unknown = k8s_pb::apimachinery::pkg::runtime::Unknown::decode(body).ok()?;
        PodList::decode(unknown.raw.as_deref()?).ok()
    });
    let Some(list) = list else { return };
    let body = envelope("v1", "PodList", &list.encode_to_vec());
    let (items, result) = decode(pieces(&body, sizes));
    let metadata = result.expect("a list").metadata;
    let version = list.metadata.and_then(|metadata| metadata.resource_version);
    assert_eq!(metadata.and_then(|metadata| metadata.resource_version), version);
    assert_eq!(items.len(), list.items.len());
    for (item, model) in items.iter().zip(&list.items) {
        let metadata = model.metadata.clone().unwrap_or_default();
        // Quantities and times may be written that are none.
        let Ok(pod) = Pod::decode_protobuf(item, &mut ResourceInterner::default()) else {
            continue;
        };
        assert_eq!(pod.meta.key.name, metadata.name.unwrap_or_default());
        assert_eq!(pod.meta.key.namespace.as_str(), metadata.namespace.unwrap_or_default());
        assert_eq!(pod.meta.uid.to_string(), metadata.uid.unwrap_or_default());
        let spec = model.spec.clone().unwrap_or_default();
        assert_eq!(
            pod.node.map_or(String::new(), |node| node.to_string()),
            spec.node_name.unwrap_or_default()
        );
        let created = metadata.creation_timestamp.filter(|time| time.encoded_len() > 0);
        assert_eq!(
            pod.created.map(|time| time.0),
            created.map(|time| time.seconds.unwrap_or_default())
        );
    }
});
