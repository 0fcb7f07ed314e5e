//! Lists of metrics are read or refused, whatever the bytes; and of what is JSON, as many elements as there are. Of an element
//! that is none only the brackets have to match: it costs itself alone.

#![no_main]

use k8bit::{
    metrics::list::{Measured, MetricsList},
    resource::{
        ResourceInterner, Timestamp,
        metrics::{Metrics, NodeMetrics, PodMetrics},
    },
};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

#[derive(serde::Deserialize)]
struct List {
    items: Option<Vec<Box<RawValue>>>,
    kind: Option<IgnoredAny>,
    metadata: Option<IgnoredAny>,
}

/// 2026-11-23T08:43:18Z.
const NOW: Timestamp = Timestamp(1_795_423_398);

fn check<M: Metrics>(json: &[u8]) {
    // serde takes an array for a struct; a list is an object.
    let is_object = json.trim_ascii_start().starts_with(b"{");
    let model = serde_json::from_slice::<List>(json).map_err(drop);
    let model = model.and_then(|list| if is_object { Ok(list) } else { Err(()) });
    let mut list = MetricsList::<M>::default();
    let list = list
        .feed(json, &mut ResourceInterner::default())
        .and_then(|()| list.finish(NOW));
    match (model, list) {
        (Ok(model), Ok(Measured { items, old, malformed })) => {
            let expected = model.items.map_or(0, |items| items.len());
            assert_eq!(items.len() as u64 + old + malformed, expected as u64);
        }
        // What every list has besides has to be of its type.
        (Ok(model), Err(error)) if model.kind.is_none() && model.metadata.is_none() => {
            panic!("a list that is refused: {error}")
        }
        _ => {}
    }
}

fuzz_target!(|json: &[u8]| {
    check::<NodeMetrics>(json);
    check::<PodMetrics>(json);
});
