//! A line that is an event is read as one, and means the same in Go's spelling as in any other. In parts that the program does not
//! use, only the brackets have to match, so that more than JSON is read.
#![no_main]

use k8bit::resource::{ResourceInterner, Pod, Resource as _};
use k8bit_informer::{
    encoding::Encoding,
    resource::ObjectType,
    watch_event::{self, WatchEvent},
};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// An event, by a type that owns its strings and is not of the program.
#[derive(Deserialize)]
struct Model {
    r#type: String,
    object: Box<RawValue>,
}

fn decode(line: &[u8]) -> Option<WatchEvent<Pod>> {
    let pods = ObjectType::of_version("v1").with_kind("Pod");
    watch_event::decode(Encoding::Json, line, &pods, &mut ResourceInterner::default()).ok()
}

fuzz_target!(|line: &[u8]| {
    let line = line.trim_ascii_end();
    let event = decode(line);
    // serde takes an array for a struct; an event is an object.
    if event.is_none() && line.trim_ascii_start().starts_with(b"{") {
        let model = serde_json::from_slice::<Model>(line);
        assert!(model.is_err(), "an event that is unreadable");
    }
    if serde_json::from_slice::<IgnoredAny>(line).is_err() {
        return;
    }
    // Only ignored strings may hold anything else, and only in Go's spelling.
    if std::str::from_utf8(line).is_err() {
        return;
    }
    assert_eq!(
        event,
        decode(&[b" ", line].concat()),
        "the two ways to read a line differ"
    );

    let Some(event) = event else { return };
    // serde refuses a key that stands twice, which to Go counts the last time.
    let Ok(model) = serde_json::from_slice::<Model>(line) else {
        return;
    };
    let pod = Pod::decode(model.object.get().as_bytes(), &mut ResourceInterner::default());
    match (model.r#type.as_str(), event) {
        ("ADDED" | "MODIFIED", WatchEvent::Apply(object)) => {
            assert!(!object.meta.key.name.is_empty());
            assert_eq!(Some(object), pod.ok());
        }
        ("ADDED" | "MODIFIED", WatchEvent::Malformed(meta)) => {
            assert!(!meta.key.name.is_empty());
            assert!(pod.is_err());
        }
        ("ADDED" | "MODIFIED", WatchEvent::Ignored) => assert!(pod.is_err()),
        ("DELETED", WatchEvent::Delete(meta)) => assert!(!meta.key.name.is_empty()),
        ("BOOKMARK", WatchEvent::Bookmark(_)) | ("ERROR", WatchEvent::Error(_)) | (_, WatchEvent::Ignored) => {}
        (event_type, event) => panic!("{event_type} was read as {event:?}"),
    }
});
