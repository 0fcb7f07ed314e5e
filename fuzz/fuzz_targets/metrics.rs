//! Lists of metrics are read or refused, whatever the bytes; and what is read is as many elements as there are.

#![no_main]

use k8bit::resource::{
    Interner,
    metrics::{Metrics, MetricsList, NodeMetrics, PodMetrics},
};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

#[derive(serde::Deserialize)]
struct List {
    items: Option<Vec<Box<RawValue>>>,
}

fn check<M: Metrics>(json: &[u8]) {
    let model = serde_json::from_slice::<List>(json);
    let list = MetricsList::<M>::decode(json, &mut Interner::default());
    match (model, list) {
        (Ok(model), Ok(list)) => {
            let expected = model.items.map_or(0, |items| items.len());
            assert_eq!(list.items.len() as u64 + list.malformed, expected as u64);
        }
        (Err(_), Err(_)) => {}
        (model, list) => panic!("{:?} but {:?}", model.is_ok(), list.is_ok()),
    }
}

fuzz_target!(|json: &[u8]| {
    check::<NodeMetrics>(json);
    check::<PodMetrics>(json);
});
