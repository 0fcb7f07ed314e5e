//! Frames come out the same wherever their chunks were cut; and what is an event to another decoder is that event.
#![no_main]

use std::ops::ControlFlow;

use k8bit::resource::{ResourceInterner, Pod};
use k8bit_fuzz::{envelope, pieces, split_head};
use k8bit_informer::{
    encoding::Encoding,
    frame_buffer::FrameBuffer,
    line_buffer::LineTooLong,
    resource::ObjectType,
    watch_event::{self, WatchEvent},
};
use k8s_pb::{
    api::core::v1::Pod as Model,
    apimachinery::pkg::{
        apis::meta::v1::WatchEvent as ModelEvent,
        runtime::{RawExtension, Unknown},
    },
};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

/// Longest frame.
const LIMIT: usize = 1 << 16;

fn split<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, Option<LineTooLong>) {
    let mut buffer = FrameBuffer::new(LIMIT);
    let mut frames = Vec::new();
    for chunk in chunks {
        let flow = buffer.feed(chunk, |frame| {
            frames.push(frame.to_vec());
            ControlFlow::<()>::Continue(())
        });
        match flow {
            Ok(flow) => assert!(flow.is_continue()),
            Err(error) => return (frames, Some(error)),
        }
    }
    (frames, None)
}

fn decode(frame: &[u8]) -> Option<WatchEvent<Pod>> {
    let pods = ObjectType::of_version("v1").with_kind("Pod");
    watch_event::decode(Encoding::Protobuf, frame, &pods, &mut ResourceInterner::default()).ok()
}

/// The event as another encoder writes it, with the type and the pod in it.
fn model(frame: &[u8]) -> Option<(Vec<u8>, String, Model)> {
    let event = ModelEvent::decode(frame).ok()?;
    let raw = event.object?.raw?;
    let unknown = Unknown::decode(raw.strip_prefix(b"k8s\0")?).ok()?;
    let pod = Model::decode(unknown.raw.as_deref()?).ok()?;
    let raw = Some(envelope("v1", "Pod", &pod.encode_to_vec()));
    let canonical = ModelEvent {
        r#type: event.r#type.clone(),
        object: Some(RawExtension { raw }),
    };
    Some((canonical.encode_to_vec(), event.r#type.unwrap_or_default(), pod))
}

fuzz_target!(|input: &[u8]| {
    let Some((sizes, body)) = split_head::<4>(input) else {
        return;
    };
    let (frames, error) = split(std::iter::once(body));
    assert_eq!(split(pieces(body, sizes)), (frames.clone(), error));
    for frame in &frames {
        let _ = decode(frame);
        let Some((canonical, event_type, pod)) = model(frame) else {
            continue;
        };
        let event = decode(&canonical).expect("an event is readable");
        let metadata = pod.metadata.unwrap_or_default();
        let (name, version) = (
            metadata.name.unwrap_or_default(),
            metadata.resource_version.unwrap_or_default(),
        );
        match (event_type.as_str(), event) {
            ("ADDED" | "MODIFIED", WatchEvent::Apply(object)) => assert_eq!(object.meta.key.name, name),
            ("ADDED" | "MODIFIED", WatchEvent::Malformed(meta)) | ("DELETED", WatchEvent::Delete(meta)) => {
                assert_eq!(meta.key.name, name);
            }
            ("BOOKMARK", WatchEvent::Bookmark(bookmark)) => assert_eq!(bookmark.resource_version.as_str(), version),
            ("BOOKMARK", WatchEvent::Ignored) => assert!(version.is_empty()),
            ("ADDED" | "MODIFIED" | "DELETED", WatchEvent::Ignored) => assert!(name.is_empty()),
            (_, WatchEvent::Ignored) => {}
            (event_type, event) => panic!("{event_type} was read as {event:?}"),
        }
    }
});
