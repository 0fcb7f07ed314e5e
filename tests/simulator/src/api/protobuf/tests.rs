//! Both directions against each other, over everything that the server is known to hold.

use jiff::Timestamp;
use serde_json::json;

use super::tables::{Field, Rule, Shape};
use super::*;
use crate::api::{ApiOptions, ApiServer, Payload};
use crate::sample;
use crate::world::{World, WorldOptions};

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).expect("short")];
    out.extend_from_slice(bytes);
    out
}

#[test]
fn reads_an_object_in_its_wrapping() {
    let types = [field(1, b"v1"), field(2, b"Namespace")].concat();
    let label = [field(1, b"team"), field(2, b"a")].concat();
    let metadata = [field(1, b"shop"), field(2, b""), field(11, &label)].concat();
    let raw = field(1, &metadata);
    let body = [MAGIC.to_vec(), field(1, &types), field(2, &raw)].concat();
    assert_eq!(
        decode(&body).expect("reads"),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}})
    );
    for cut in MAGIC.len() + 1..body.len() {
        // Whatever is missing: an error or less of an object, never a panic.
        let _ = decode(&body[..cut]);
    }
    assert_eq!(decode(b"nonsense").expect_err("refused").code, 400);
}

#[test]
fn writes_what_go_writes() {
    // By hand from the rules of the generated code: metadata with all values that are no pointers, then the rest.
    let metadata = [
        field(1, b"e"),
        field(2, b""),
        field(3, b"d"),
        field(4, b""),
        field(5, b"u"),
        field(6, b"7"),
        vec![7 << 3, 0],
        // 2026-11-23T08:00:00Z
        field(8, &[8, 0x80, 0xe5, 0x8f, 0xd8, 0x06, 16, 0]),
    ]
    .concat();
    let reference: Vec<u8> = (1..=7)
        .flat_map(|number| field(number, if number == 1 { b"Pod" } else { b"" }))
        .collect();
    let event = [
        field(1, &metadata),
        field(2, &reference),
        field(3, b"Pulled"),
        field(4, b""),
        field(5, &[field(1, b""), field(2, b"")].concat()),
        field(6, b""),
        field(7, b""),
        vec![8 << 3, 0xac, 0x02],
        field(9, b"Normal"),
        field(10, b""),
        field(12, b""),
        field(14, b""),
        field(15, b""),
    ]
    .concat();
    let value = json!({
        "metadata": {"name": "e", "namespace": "d", "uid": "u", "resourceVersion": "7",
                     "creationTimestamp": "2026-11-23T08:00:00Z"},
        "involvedObject": {"kind": "Pod"}, "reason": "Pulled", "type": "Normal", "count": 300,
        "firstTimestamp": null, "lastTimestamp": null, "eventTime": null,
    });
    let encoded = Encoded::of("Event", &value);
    let mut out = vec![];
    encoded.write(0, |_| {}, &mut out);
    assert_eq!(out, event);
    assert_eq!(encoded.length(0), out.len());
}

#[test]
fn special_values_come_back() {
    let value = json!({
        "metadata": {
            "name": "p",
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u", "controller": false}]
        },
        "spec": {
            "priority": -1,
            "containers": [{
                "name": "c", "args": ["", "x"],
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 3},
                "readinessProbe": {"tcpSocket": {"port": 80}},
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": false}}}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}
            }],
            "ephemeralContainers": [{"name": "e", "image": "i", "targetContainerName": "c", "resources": {}}],
            "volumes": [
                {"name": "tmp", "emptyDir": {}},
                {"name": "token", "projected": {"sources": [
                    {"configMap": {"name": "ca", "items": [{"key": "a", "path": "b"}]}}
                ]}}
            ]
        },
        "status": {}
    });
    assert_eq!(there_and_back("Pod", &value), value);
}

/// Writes an object and reads it again.
fn there_and_back(kind: &str, value: &Value) -> Value {
    let encoded = Encoded::of(kind, value);
    let mut raw = vec![];
    encoded.write(0, |_| {}, &mut raw);
    assert_eq!(raw.len(), encoded.length(0));
    let fields = tables::answered(kind).expect("it is in the tables");
    Value::Object(read(fields, &raw).expect("it is well-formed"))
}

/// The paths of the fields that the tables do not know.
fn unknown(fields: &[Field], value: &Value, path: &str, found: &mut Vec<String>) {
    fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
        fields.iter().find_map(|field| match (field.3, field.2) {
            (Rule::Inline, Shape::Message(inner)) => find(inner, name),
            _ => (field.1 == name).then_some(field),
        })
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match find(fields, name) {
            None => found.push(path),
            Some((_, _, Shape::Message(fields), Rule::Many)) => {
                for item in value.as_array().into_iter().flatten() {
                    unknown(fields, item, &path, found);
                }
            }
            Some((_, _, Shape::Message(fields), _)) => unknown(fields, value, &path, found),
            Some(_) => {}
        }
    }
}

/// Without what is zero in Go: it is in protobuf always, and in JSON of hand-made objects here and there.
fn without_zeros(value: &Value) -> Value {
    let is_zero = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), without_zeros(value)))
            .filter(|(_, value)| !is_zero(value))
            .collect(),
        Value::Array(items) => items.iter().map(without_zeros).collect(),
        other => other.clone(),
    }
}

/// Whether all of an object comes back. `kind` and `apiVersion` are not part of the message.
fn check(kind: &str, value: &Value) {
    let mut value = value.clone();
    let object = value.as_object_mut().expect("an object");
    object.remove("kind");
    object.remove("apiVersion");
    let mut found = vec![];
    unknown(
        tables::answered(kind).expect("it is in the tables"),
        &value,
        kind,
        &mut found,
    );
    assert_eq!(found, Vec::<String>::new());
    let decoded = there_and_back(kind, &value);
    assert_eq!(without_zeros(&decoded), without_zeros(&value));
}

/// A message with every field of a table, each with a value that is like no other.
fn full(fields: &[Field], counter: &mut i64) -> Map<String, Value> {
    let mut object = Map::new();
    for (_, name, shape, rule) in fields {
        *counter += 1;
        let text = format!("t{counter}");
        let value = match (shape, rule) {
            (Shape::Message(inner), Rule::Inline) => {
                object.extend(full(inner, counter));
                continue;
            }
            (Shape::Message(inner), _) => Value::Object(full(inner, counter)),
            (Shape::Text, _) => text.into(),
            (Shape::Int, _) => (*counter).into(),
            (Shape::Bool, _) => true.into(),
            (Shape::Texts | Shape::Quantities, _) => json!({"b": text, "a": "x"}),
            (Shape::Quantity, _) => text.into(),
            (Shape::IntOrString, _) if *counter % 2 == 0 => (*counter).into(),
            (Shape::IntOrString, _) => text.into(),
            (Shape::Time, _) => "2026-11-23T08:40:48Z".into(),
            (Shape::MicroTime, _) => "2026-11-23T08:40:48.123456Z".into(),
            (Shape::FieldsV1, _) => json!({"f:status": {}}),
        };
        let value = match rule {
            Rule::Many => Value::Array(vec![value]),
            _ => value,
        };
        object.insert((*name).to_owned(), value);
    }
    object
}

/// The paths at which two values differ.
fn differences(one: &Value, other: &Value, path: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) => {
            for name in fields
                .keys()
                .chain(others.keys().filter(|name| !fields.contains_key(*name)))
            {
                differences(&one[name], &other[name], &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            for (item, other) in items.iter().zip(others) {
                differences(item, other, path, found);
            }
        }
        _ if one == other => {}
        _ => found.push(path.to_owned()),
    }
}

#[test]
fn every_field_of_the_tables_comes_back_and_has_its_name() {
    use k8s_openapi::api::core::v1 as typed;
    fn retype<T: serde::Serialize + serde::de::DeserializeOwned>(value: &Value) -> Value {
        let typed: T = serde_json::from_value(value.clone()).expect("it has the shape of its type");
        serde_json::to_value(typed).expect("it serialises")
    }
    for (kind, retyped) in [
        ("Pod", retype::<typed::Pod> as fn(&Value) -> Value),
        ("Node", retype::<typed::Node>),
        ("Event", retype::<typed::Event>),
    ] {
        let mut value = Value::Object(full(tables::answered(kind).expect("it is in the tables"), &mut 0));
        assert_eq!(there_and_back(kind, &value), value);
        value["kind"] = kind.into();
        value["apiVersion"] = "v1".into();
        let mut lost = vec![];
        differences(&value, &retyped(&value), kind, &mut lost);
        assert_eq!(lost, Vec::<String>::new());
    }
}

/// Every object of a recorded list or watch.
fn recorded(path: &str) -> Vec<Value> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut objects = vec![];
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let value = value.expect("JSON");
        match (&value["items"], &value["object"]) {
            (Value::Array(items), _) => objects.extend(items.iter().cloned()),
            (_, object) => objects.push(object.clone()),
        }
    }
    assert!(!objects.is_empty(), "{path}");
    objects
}

#[test]
fn recorded_objects_come_back() {
    for (path, kind) in [
        ("../fixtures/list-demo.json", "Pod"),
        ("../fixtures/status-zoo/list.json", "Pod"),
        ("../fixtures/watch-lifecycle.jsonl", "Pod"),
        ("../fixtures/list-nodes-page-1.json", "Node"),
        ("tests/fixtures/list-demo.json", "Pod"),
        ("tests/fixtures/zoo-list.json", "Pod"),
    ] {
        for object in recorded(path) {
            let kind = object["kind"].as_str().unwrap_or(kind);
            if kind != "Status" {
                check(kind, &object);
            }
        }
    }
}

#[test]
fn everything_in_a_moving_world_comes_back() {
    let mut now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
    let end = now + std::time::Duration::from_secs(120);
    let mut api = ApiServer::new(now, ApiOptions::default());
    let mut world = World::new(now, WorldOptions::default(), &mut api);
    while let Some(next) = world.next_wakeup().filter(|next| *next < end) {
        now = now.max(next);
        world.step(now, &mut api);
    }
    for resource in [Resource::Pods, Resource::Nodes, Resource::Events] {
        let kind = resource.kind().kind;
        let before = api.objects(resource).map(|object| object.value());
        let changes = api.changes_after(resource, 0).map(|change| change.object.value());
        let objects: Vec<Value> = before.chain(changes).collect();
        assert!(objects.len() > 2, "{kind}: {}", objects.len());
        for object in objects {
            check(kind, &object);
        }
    }
}

fn samples(object_bytes: usize) -> (ApiServer, Timestamp) {
    let now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
    let options = ApiOptions {
        object_bytes,
        ..ApiOptions::default()
    };
    let mut api = ApiServer::new(now, options);
    api.load(now, Resource::Nodes, sample::node("n"));
    for name in ["a", "b", "c"] {
        api.load(now, Resource::Pods, sample::running_pod("default", name, "n"));
    }
    (api, now)
}

fn get(api: &mut ApiServer, now: Timestamp, uri: &str, accept: &str) -> (u16, String, Vec<u8>) {
    let request = http::Request::get(uri)
        .header("accept", accept)
        .body(Bytes::new())
        .expect("a request");
    let (head, payload) = api.handle(now, &request).into_parts();
    let body = match payload {
        Payload::Body(body) => body.collect(),
        Payload::Watch(id) => api.poll_watch(now, id).lines.concat(),
        Payload::Log(_) => panic!("a log"),
    };
    let content_type = head.headers["content-type"].to_str().expect("a text").to_owned();
    (head.status.as_u16(), content_type, body)
}

const BOTH: &str = "application/vnd.kubernetes.protobuf,application/json";

fn pod_list(body: &[u8]) -> Value {
    const LIST: &[Field] = &[
        (1, "metadata", Shape::Message(tables::LIST_META), Rule::One),
        (2, "items", Shape::Message(POD), Rule::Many),
    ];
    const POD: &[Field] = &[(1, "metadata", Shape::Message(tables::OBJECT_META), Rule::One)];
    let (types, raw) = unwrap(body).expect("a wrapping");
    let mut list = read(LIST, raw).expect("a list");
    list.extend(types);
    Value::Object(list)
}

#[test]
fn lists_say_in_protobuf_what_they_say_in_json() {
    let (mut api, now) = samples(0);
    let uri = "/api/v1/pods?limit=2";
    let (code, content_type, body) = get(&mut api, now, uri, BOTH);
    assert_eq!(
        (code, content_type.as_str()),
        (200, "application/vnd.kubernetes.protobuf")
    );
    let (_, _, json) = get(&mut api, now, uri, "application/json");
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    let list = pod_list(&body);
    assert_eq!(list["metadata"], json["metadata"]);
    assert_eq!(list["metadata"]["remainingItemCount"], 1);
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("PodList"), &json!("v1")));
    let items = |list: &Value| list["items"].as_array().expect("items").clone();
    assert_eq!(items(&list).len(), 2);
    for (item, expected) in items(&list).iter().zip(items(&json)) {
        assert_eq!(item["metadata"], expected["metadata"]);
    }
    let offsets = item_offsets(&body);
    assert_eq!(offsets.len(), 2);
    for (offset, name) in offsets.iter().zip(["a", "b"]) {
        let mut item = Reader(&body[*offset..]);
        let Some((2, Wire::Bytes(raw))) = item.field() else {
            panic!("no item at {offset}");
        };
        let fields = tables::answered("Pod").expect("it is in the tables");
        assert_eq!(
            Value::Object(read(fields, raw).expect("a pod"))["metadata"]["name"],
            name
        );
    }
    assert!(item_offsets(b"nonsense").is_empty());
    let (_, _, empty) = get(&mut api, now, "/api/v1/namespaces/none/pods", BOTH);
    assert_eq!(pod_list(&empty)["kind"], "PodList");
    assert!(item_offsets(&empty).is_empty());
}

#[test]
fn padding_is_the_same_in_protobuf() {
    let (mut api, now) = samples(8192);
    for (uri, resource, name) in [
        ("/api/v1/namespaces/default/pods/a", Resource::Pods, "default"),
        ("/api/v1/nodes/n", Resource::Nodes, ""),
    ] {
        let (_, _, json) = get(&mut api, now, uri, "application/json");
        let (_, content_type, body) = get(&mut api, now, uri, BOTH);
        assert_eq!(content_type, CONTENT_TYPE);
        let json: Value = serde_json::from_slice(&json).expect("JSON");
        let decoded = decode(&body).expect("reads");
        assert_eq!(decoded["metadata"], json["metadata"], "{name}");
        assert_eq!(without_zeros(&decoded), without_zeros(&json));
        let object = api.objects(resource).next().expect("one");
        assert!(body.len() * 10 < 8192 * 9, "{}", body.len());
        assert!(object.json().len() < 8192);
    }
    // A list of what is large enough to be compressed has the same bytes then.
    for number in 0..40 {
        let pod = sample::running_pod("default", &format!("p{number}"), "n");
        api.load(now, Resource::Pods, pod);
    }
    let (_, _, plain) = get(&mut api, now, "/api/v1/pods", BOTH);
    assert_eq!(item_offsets(&plain).len(), 43);
    let request = http::Request::get("/api/v1/pods")
        .header("accept", BOTH)
        .header("accept-encoding", "gzip");
    let response = api.handle(now, &request.body(Bytes::new()).expect("a request"));
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let Payload::Body(body) = response.into_body() else {
        panic!("no body");
    };
    let mut unpacked = vec![];
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(body.collect().as_slice()),
        &mut unpacked,
    )
    .expect("gzip");
    assert!(unpacked == plain);
}

/// The events of a watch in protobuf, as JSON would have them.
fn events(mut bytes: &[u8]) -> Vec<(String, Value)> {
    const EVENT: &[Field] = &[(1, "type", Shape::Text, Rule::One)];
    let mut events = vec![];
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (message, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        bytes = rest;
        let kind = read(EVENT, message).expect("an event")["type"]
            .as_str()
            .expect("a text")
            .to_owned();
        let mut reader = Reader(message);
        let object = std::iter::from_fn(|| reader.field()).find_map(|field| match field {
            (2, Wire::Bytes(bytes)) => Some(bytes),
            _ => None,
        });
        let mut reader = Reader(object.expect("an object"));
        let Some((1, Wire::Bytes(body))) = reader.field() else {
            panic!("no raw object");
        };
        let (types, raw) = unwrap(body).expect("a wrapping");
        let object = match types["kind"].as_str() {
            Some("Status") => Value::Object(read(tables::STATUS, raw).expect("a status")),
            _ => decode(body).expect("an object"),
        };
        events.push((kind, object));
    }
    events
}

#[test]
fn watches_say_in_protobuf_what_they_say_in_json() {
    let (mut api, now) = samples(4096);
    let uri = "/api/v1/pods?watch=1&allowWatchBookmarks=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan";
    let accept = "application/vnd.kubernetes.protobuf;stream=watch,application/json";
    let (code, content_type, body) = get(&mut api, now, uri, accept);
    assert_eq!(
        (code, content_type.as_str()),
        (200, "application/vnd.kubernetes.protobuf;stream=watch")
    );
    let (_, _, lines) = get(&mut api, now, uri, "application/json");
    let lines = serde_json::Deserializer::from_slice(&lines).into_iter::<Value>();
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().expect("JSON");
    let events = events(&body);
    assert_eq!(events.len(), lines.len());
    for ((kind, object), line) in events.iter().zip(&lines) {
        assert_eq!(*kind, line["type"]);
        // A bookmark has no creationTimestamp in either; what is zero is not the same text in both.
        assert_eq!(without_zeros(object), without_zeros(&line["object"]));
        assert_eq!(object["metadata"], line["object"]["metadata"]);
    }
    assert_eq!(events.last().expect("events").0, "BOOKMARK");
}

#[test]
fn errors_are_in_protobuf_where_objects_would_be() {
    let (mut api, now) = samples(0);
    let uri = "/api/v1/namespaces/default/pods/missing";
    let (code, content_type, body) = get(&mut api, now, uri, BOTH);
    assert_eq!((code, content_type.as_str()), (404, CONTENT_TYPE));
    let (types, raw) = unwrap(&body).expect("a wrapping");
    let mut status = read(tables::STATUS, raw).expect("a status");
    status.extend(types);
    let (_, _, json) = get(&mut api, now, uri, "application/json");
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(Value::Object(status), json);
    // In a watch, the event is an error and so is its object.
    let request = http::Request::get("/api/v1/pods?watch=1").header("accept", BOTH);
    let response = api.handle(now, &request.body(Bytes::new()).expect("a request"));
    let Payload::Watch(id) = response.into_body() else {
        panic!("no watch");
    };
    api.poll_watch(now, id);
    api.inject_line("{}\n");
    api.expire_open_watches();
    let output = api.poll_watch(now, id);
    assert!(output.ended);
    let told = events(&output.lines.concat());
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0.as_str(), &told[0].1["code"]), ("ERROR", &json!(410)));
}

#[test]
fn protobuf_is_passed_over_where_it_is_not_spoken() {
    let (mut api, now) = samples(0);
    let table = "application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1,application/json";
    for (uri, accept, expected) in [
        ("/api/v1/namespaces", BOTH, "application/json"),
        ("/api/v1/pods", table, "application/json"),
        (
            "/api/v1/pods",
            "application/json,application/vnd.kubernetes.protobuf",
            "application/json",
        ),
        (
            "/api/v1/pods",
            "application/cbor,application/vnd.kubernetes.protobuf",
            CONTENT_TYPE,
        ),
        (
            "/api/v1/namespaces/default/pods/a",
            "application/vnd.kubernetes.protobuf",
            CONTENT_TYPE,
        ),
        ("/nothing", BOTH, "application/json"),
    ] {
        let (_, content_type, _) = get(&mut api, now, uri, accept);
        assert_eq!(content_type, expected, "{uri} {accept}");
    }
    let (code, _, _) = get(
        &mut api,
        now,
        "/api/v1/namespaces",
        "application/vnd.kubernetes.protobuf",
    );
    assert_eq!(code, 406);
}
