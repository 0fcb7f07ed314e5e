//! Whatever a server sends is a projection or an error, and never a panic.

use k8bit::resource::{
    Bookmark, DecodeError, Meta, Node, Pod, Quantity, Resource, ResourceInterner, ResourceVersion, Uid,
};
use k8bit_informer::limits::MAX_MESSAGE_CHARS;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{decode, decode_value, fixture, items};

fn pod() -> Value {
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "namespace": "demo",
            "name": "web",
            "uid": "0c1a72e8-6dc6-4ed0-b068-6c35209896fe",
            "resourceVersion": "7",
            "creationTimestamp": "2026-11-23T08:40:43Z",
            "deletionTimestamp": null,
            "labels": { "app": "web" },
            "ownerReferences": [{ "kind": "Job", "name": "job", "controller": true }],
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [{
                "name": "web",
                "image": "web:1",
                "resources": { "requests": { "cpu": "250m", "memory": "1Gi" } },
            }],
            "initContainers": [{ "name": "init", "image": "init:1", "restartPolicy": "Always" }],
            "resources": { "requests": { "cpu": "2" } },
            "overhead": { "memory": "1Mi" },
        },
        "status": {
            "phase": "Running",
            "reason": "",
            "message": "",
            "podIP": "10.0.0.1",
            "qosClass": "Burstable",
            "conditions": [{ "type": "Ready", "status": "True", "reason": "", "message": "" }],
            "initContainerStatuses": [{
                "name": "init",
                "ready": true,
                "started": true,
                "restartCount": 1,
                "state": { "running": {} },
                "lastState": { "terminated": { "finishedAt": "2026-11-23T08:40:44Z" } },
            }],
            "containerStatuses": [{
                "name": "web",
                "state": {
                    "waiting": { "reason": "A", "message": "a" },
                    "terminated": { "exitCode": 1, "signal": 2, "reason": "B", "message": "b" },
                },
                "allocatedResources": { "cpu": "300m" },
                "resources": { "requests": { "cpu": "250m", "memory": "1Gi" } },
            }],
        },
    })
}

fn node() -> Value {
    json!({
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": { "name": "node-1", "labels": { "topology.kubernetes.io/zone": "a", "kubernetes.io/role": "b" } },
        "spec": {
            "unschedulable": true,
            "taints": [{ "key": "dedicated", "value": "gpu", "effect": "NoSchedule" }],
        },
        "status": {
            "allocatable": { "pods": "110", "cpu": "4", "memory": "16Gi" },
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T08:40:43Z" }],
            "nodeInfo": { "kubeletVersion": "v1.36.2" },
        },
    })
}

/// JSON pointers to every value below `value`.
fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, child)| (key.replace('/', "~1"), child))
            .collect(),
        Value::Array(array) => array
            .iter()
            .enumerate()
            .map(|(index, child)| (index.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    let below = children.into_iter().flat_map(|(key, child)| {
        let deeper = pointers(child)
            .into_iter()
            .map(|pointer| format!("/{key}{pointer}"))
            .collect::<Vec<_>>();
        std::iter::once(format!("/{key}")).chain(deeper)
    });
    below.collect()
}

fn with(value: &Value, pointer: &str, replacement: Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(pointer).unwrap() = replacement;
    value
}

fn decode_all(json: &[u8]) {
    let mut interner = ResourceInterner::default();
    let _ = Pod::decode(json, &mut interner);
    let _ = Node::decode(json, &mut interner);
    let _ = Meta::decode(json, &mut interner);
    let _ = Bookmark::decode(json);
}

#[test]
fn a_field_that_is_read_must_have_its_type() {
    fn check<R: Resource>(object: &Value, is_opaque: impl Fn(&str) -> bool) {
        decode_value::<R>(object).unwrap();
        for pointer in pointers(object).iter().filter(|pointer| !is_opaque(pointer)) {
            for wrong in [
                json!(true),
                json!(1.5),
                json!("word"),
                json!(["word"]),
                json!({ "word": 1 }),
            ] {
                let original = object.pointer(pointer).unwrap();
                if std::mem::discriminant(original) == std::mem::discriminant(&wrong) || original.is_null() {
                    continue;
                }
                let result = decode_value::<R>(&with(object, pointer, wrong.clone()));
                assert!(
                    matches!(result, Err(DecodeError::Json(_))),
                    "{pointer} = {wrong}: {result:?}"
                );
            }
        }
    }
    // Its presence counts.
    check::<Pod>(&pod(), |pointer| pointer.ends_with("/running"));
    check::<Node>(&node(), |_| false);
}

#[test]
fn null_is_the_default() {
    for (object, required) in [
        (pod(), ["/metadata", "/metadata/name"]),
        (node(), ["/metadata", "/metadata/name"]),
    ] {
        for pointer in pointers(&object) {
            let nulled = with(&object, &pointer, Value::Null).to_string();
            let error = match object["kind"].as_str() {
                Some("Pod") => decode::<Pod>(&nulled).err(),
                _ => decode::<Node>(&nulled).err(),
            };
            match error {
                None => assert!(!required.contains(&&*pointer), "{pointer}"),
                Some(error) => {
                    assert!(required.contains(&&*pointer), "{pointer}: {error}");
                    assert!(matches!(error, DecodeError::NoName), "{pointer}: {error}");
                }
            }
        }
    }
}

#[test]
fn fields_that_are_not_read_may_hold_anything() {
    let expected: Pod = decode_value(&pod()).unwrap();
    for pointer in [
        "/metadata/annotations",
        "/metadata/managedFields",
        "/spec/volumes",
        "/spec/containers/0/env",
        "/status/hostIP",
        "/status/conditions/0/lastProbeTime",
        "/status/containerStatuses/0/resources/limits",
        "/status/containerStatuses/0/state/waiting/colour",
    ] {
        for odd in [
            json!(null),
            json!(7),
            json!("word"),
            json!([[]]),
            json!({ "name": { "deep": [1.5e300] } }),
        ] {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut object = pod();
            object.pointer_mut(parent).unwrap()[key] = odd;
            assert_eq!(decode_value::<Pod>(&object).unwrap(), expected, "{pointer}");
        }
    }
}

#[test]
fn objects_that_nobody_asked_for() {
    for (json, expected) in [
        (
            r#"{"kind":"Node","apiVersion":"v1","metadata":{"name":"a"}}"#,
            "v1 Node instead of v1 Pod",
        ),
        (
            r#"{"kind":"Pod","apiVersion":"v2","metadata":{"name":"a"}}"#,
            "v2 Pod instead of v1 Pod",
        ),
        (
            r#"{"kind":"Status","metadata":{},"status":{}}"#,
            "Status instead of v1 Pod",
        ),
    ] {
        match decode::<Pod>(json) {
            Err(error @ DecodeError::Kind { .. }) => assert_eq!(error.to_string(), expected),
            other => panic!("{json}: {other:?}"),
        }
    }
    for json in [
        "{}",
        "null",
        r#"{"metadata":{"name":""}}"#,
        r#"{"kind":"Pod","apiVersion":"v1"}"#,
    ] {
        assert!(matches!(decode::<Pod>(json), Err(DecodeError::NoName)), "{json}");
        assert!(
            matches!(
                decode::<Node>(json).unwrap_err(),
                DecodeError::NoName | DecodeError::Kind { .. }
            ),
            "{json}"
        );
    }
    for json in [
        "",
        " ",
        "[]",
        "7",
        "\"x\"",
        "true",
        "{",
        "}",
        "{\"metadata\":{}}}",
        "nul",
        "\u{0}",
        "<html>",
    ] {
        assert!(matches!(decode::<Pod>(json), Err(DecodeError::Json(_))), "{json}");
        assert!(
            Meta::decode(json.as_bytes(), &mut ResourceInterner::default()).is_err(),
            "{json}"
        );
        assert!(Bookmark::decode(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn metadata_survives_the_rest() {
    for pointer in [
        "/spec",
        "/status",
        "/status/phase",
        "/status/containerStatuses",
        "/metadata/creationTimestamp",
    ] {
        let json = with(&pod(), pointer, json!(7)).to_string();
        assert!(decode::<Pod>(&json).is_err(), "{pointer}");
        let meta = Meta::decode(json.as_bytes(), &mut ResourceInterner::default()).unwrap();
        assert_eq!(meta, decode_value::<Pod>(&pod()).unwrap().meta, "{pointer}");
    }
    let bare = Meta::decode(br#"{"metadata":{"name":"a"}}"#, &mut ResourceInterner::default()).unwrap();
    assert_eq!(
        (bare.key.to_string().as_str(), bare.uid, bare.resource_version),
        ("a", Uid::Other("".into()), None)
    );
}

#[test]
fn every_truncation_is_an_error() {
    let item = items(&fixture("list-demo.json")).remove(1);
    let json = item.get();
    assert!(decode::<Pod>(json).is_ok());
    for end in 0..json.len() {
        assert!(
            Pod::decode(&json.as_bytes()[..end], &mut ResourceInterner::default()).is_err(),
            "{end} bytes"
        );
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    const DEPTH: usize = 1 << 20;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let inner = if open == "[" { "" } else { "0" };
        let deep = format!("{}{inner}{}", open.repeat(DEPTH), close.repeat(DEPTH));
        assert!(decode::<Pod>(&format!(r#"{{"metadata":{{"name":"a","managedFields":{deep}}}}}"#)).is_ok());
        assert!(decode::<Pod>(&format!(r#"{{"metadata":{{"name":{deep}}}}}"#)).is_err());
        assert!(decode::<Pod>(&deep).is_err());
        assert!(decode::<Pod>(&open.repeat(DEPTH)).is_err());
    }
}

#[test]
fn huge_strings_end_up_bounded_where_they_are_free_text() {
    let huge = "é".repeat(1 << 20);
    let message = decode_value::<Pod>(&with(&pod(), "/status/message", json!(huge)))
        .unwrap()
        .message
        .unwrap();
    assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
    assert!(message.ends_with("é…"));

    let errors = [
        decode_value::<Pod>(&with(&pod(), "/metadata", json!(huge))).unwrap_err(),
        decode_value::<Pod>(&with(&pod(), "/kind", json!(huge))).unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().chars().count() <= MAX_MESSAGE_CHARS + 32);
    }
}

#[test]
fn many_init_containers_take_linear_time() {
    let (names, count) = (|index: usize| format!("init-{index}"), 100_000);
    let mut object = pod();
    object["spec"]["initContainers"] = (0..count)
        .map(|index| json!({ "name": names(index), "restartPolicy": "Always", "image": names(index % (count / 2)) }))
        .collect();
    object["status"]["initContainerStatuses"] = (0..count)
        .rev()
        .map(|index| json!({ "name": names(index), "ready": true, "started": true, "state": { "running": {} } }))
        .collect();
    let pod: Pod = decode_value(&object).unwrap();
    assert_eq!((pod.status.ready, pod.status.containers), (u16::MAX, u16::MAX));
    // Each image once.
    let images = &pod.template.images;
    assert_eq!((images.len(), images[0].as_str()), (count / 2 + 1, "init-0"));
}

#[test]
fn bytes_that_are_not_utf_8() {
    let shown = b"{\"metadata\":{\"name\":\"a\xff\"}}";
    assert!(Pod::decode(shown, &mut ResourceInterner::default()).is_err());
    let unread = b"{\"metadata\":{\"name\":\"a\",\"annotations\":{\"b\":\"\xff\"}}}";
    decode_all(unread);
}

#[test]
fn a_key_that_stands_twice_counts_the_last_time() {
    let json = r#"{"metadata":{"name":"a","name":"b"},"spec":{"nodeName":"x"},"spec":{"containers":[{}]}}"#;
    let pod: Pod = decode(json).unwrap();
    assert_eq!(
        (pod.meta.key.name.as_str(), pod.node, pod.status.containers),
        ("b", None, 1)
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["Always", "Completed", "True", "2026-11-23T08:40:43Z", "1e99"]).prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "name",
        "state",
        "waiting",
        "running",
        "terminated",
        "reason",
        "message",
        "exitCode",
        "type",
        "status",
        "ready",
    ]);
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..5)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        decode_all(&bytes);
    }

    #[test]
    fn any_value(value in any_json()) {
        decode_all(value.to_string().as_bytes());
    }

    #[test]
    fn any_value_in_place_of_any_field(
        (object, pointer) in prop::sample::select(vec![pod(), node()]).prop_flat_map(|object| {
            let pointers = pointers(&object);
            (Just(object), prop::sample::select(pointers))
        }),
        value in any_json(),
    ) {
        decode_all(with(&object, &pointer, value).to_string().as_bytes());
    }

    #[test]
    fn any_byte_of_a_recorded_pod_changed(index in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let item = items(&fixture("list-demo.json")).remove(1);
        let mut json = item.get().as_bytes().to_owned();
        *index.get_mut(&mut json) = byte;
        decode_all(&json);
    }

    #[test]
    fn any_quantity(text in "[+-]?[0-9.]{0,40}([numkMGTPEKi]{0,2}|[eE][+-]?[0-9]{0,20})") {
        if let Some(quantity) = Quantity::parse(&text) {
            // A unit is a thousand thousandths, give or take the rounding.
            let (units, millis) = (i128::from(quantity.value()), i128::from(quantity.milli_value()));
            prop_assert!(millis.abs() == i128::from(i64::MAX) || (units * 1_000 - millis).abs() < 1_000);
        }
    }

    #[test]
    fn any_text_is_a_quantity_or_not(text in ".{0,16}") {
        let _ = Quantity::parse(&text);
    }

    #[test]
    fn resource_versions_compare_as_numbers(this in 1..=u128::MAX, that in 1..=u128::MAX) {
        let version = |number: u128| ResourceVersion::new(&number.to_string()).unwrap();
        prop_assert_eq!(version(this).compare(&version(that)), Some(this.cmp(&that)));
    }

    #[test]
    fn any_uid_displays_as_it_came(text in "([0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|.{0,40}") {
        prop_assert_eq!(Uid::new(&text).to_string(), text);
    }
}
