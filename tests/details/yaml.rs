//! YAML: as kubectl writes it, and whatever the object holds, a YAML reader finds the same in it.

use k8bit::view::yaml;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn an_object_is_written_as_kubectl_does() {
    let object = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web-1",
            "managedFields": [{"manager": "kubectl"}],
            "creationTimestamp": "2026-11-23T08:43:03Z",
            "annotations": {"a/b": "true", "config": "a: 1\nb: 2\n", "note": "two\nlines", "empty": ""},
        },
        "spec": {
            "containers": [{
                "args": ["-c", "--port=80", "sleep 5 # not a comment", "*", "0x1F", "1e3", "10.0.0.7", "it's"],
                "image": "registry.example/web:1",
                "ports": [{"containerPort": 8080}],
                "resources": {},
            }],
            "volumes": [],
            "priority": null,
        },
        "nested": [[1, [2, {"a": []}]], {}],
    });
    let expected = "\
apiVersion: v1
kind: Pod
metadata:
  annotations:
    a/b: \"true\"
    config: |
      a: 1
      b: 2
    empty: ''
    note: |-
      two
      lines
  creationTimestamp: \"2026-11-23T08:43:03Z\"
  name: web-1
nested:
- - 1
  - - 2
    - a: []
- {}
spec:
  containers:
  - args:
    - -c
    - --port=80
    - 'sleep 5 # not a comment'
    - '*'
    - \"0x1F\"
    - \"1e3\"
    - 10.0.0.7
    - it's
    image: registry.example/web:1
    ports:
    - containerPort: 8080
    resources: {}
  priority: null
  volumes: []
";
    assert_eq!(yaml::of_object(&object), expected);
}

#[track_caller]
fn check_read_back(value: &Value) -> Result<(), TestCaseError> {
    let text = yaml::of_value(value);
    let read: Result<Value, _> = serde_norway::from_str(&text);
    match read {
        Ok(read) => prop_assert_eq!(&read, value, "{}", text),
        Err(error) => prop_assert!(false, "{}: {}\n{}", error, value, text),
    }
    Ok(())
}

/// Strings that look like something else, or that end lines in unusual ways.
const TRICKY: &[&str] = &[
    "",
    " ",
    "~",
    "null",
    "Null",
    "yes",
    "NO",
    "on",
    "1",
    "-1",
    "+1",
    "1_000",
    "0x",
    "0o17",
    "017",
    ".5",
    "5.",
    ".",
    "..",
    "...",
    "1:20",
    "12:30:45.5",
    ".inf",
    "-.INF",
    ".nan",
    "1e5",
    "infinity",
    "nan",
    "2026-11-23",
    "2026-1-1 10:00",
    "-",
    "- a",
    "-a",
    "?",
    "? a",
    ":",
    ": a",
    "a:",
    "a: b",
    "a :b",
    "a #b",
    "a# b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'",
    "\"",
    "%a",
    "@a",
    "`a",
    "{",
    "}",
    "[",
    "]",
    ",",
    "<<",
    "=",
    "---",
    "--- a",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "\na",
    " a\nb",
    "a \nb",
    "a\n b",
    "a\nb ",
    "a\tb",
    "\ta",
    "\ta\nb",
    "a\r\nb",
    "a\u{85}b",
    "a\u{2028}b",
    "\u{feff}a",
    "a\u{202e}b",
    "a\u{200b}\nb",
    "👩\u{200d}🚀",
    "a\u{200d}b",
    "\u{e0061}",
    "\u{0}",
    "\u{1b}[31m",
    "ü",
    "☸ \u{1f680}",
    "a\\b",
    "key: |\n  x",
    "a\n---\nb",
    "\n a\n",
    "a\n\t",
    " ",
];

#[test]
fn what_shows_nothing_is_escaped() {
    for (text, expected) in [
        ("nginx\u{202e}gpj.exe", "\"nginx\\u202Egpj.exe\"\n"),
        ("a\u{ad}\u{200b}", "\"a\\xAD\\u200B\"\n"),
        ("tag\u{e0061}", "\"tag\\U000E0061\"\n"),
        ("two\nli\u{2066}nes", "\"two\\nli\\u2066nes\"\n"),
        // What shows stays.
        ("👩\u{200d}🚀 ❤\u{fe0f}", "👩\u{200d}🚀 ❤\u{fe0f}\n"),
    ] {
        assert_eq!(yaml::of_value(&json!(text)), expected);
    }
}

#[test]
fn tricky_strings_stay_strings() {
    for text in TRICKY {
        let inside = json!({"a": text, "list": [text, [text], {"k": text}], (*text).to_owned(): {"x": text}});
        for value in [json!(text), json!([text]), inside] {
            check_read_back(&value).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        prop::sample::select(TRICKY).prop_map(str::to_owned),
        any::<String>(),
        "[ -~\n]{0,24}",
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back_the_same(value in any_value()) {
        check_read_back(&value)?;
    }
}
