//! The kinds for which the rows are tested, and their pods as a server sends them.

use std::borrow::Cow;

use k8bit::resource::Pod;
use k8bit_informer::{
    Resource,
    kinds::{DynamicObject, TableRow, Typed},
};
use k8s_openapi::api::core::v1;
use serde_json::{Value, json};

/// What is kept of a pod: whatever it is, it is followed in the same way.
pub(crate) trait Kind: Resource {
    /// A body of whole objects in the form in which this kind is sent.
    fn sent(body: &str) -> Cow<'_, str> {
        Cow::Borrowed(body)
    }

    /// Its status in a word.
    fn status(&self) -> String;

    /// Its node.
    fn node(&self) -> Option<String>;
}

impl Kind for Pod {
    fn status(&self) -> String {
        self.status.text.to_string()
    }

    fn node(&self) -> Option<String> {
        self.node.as_ref().map(ToString::to_string)
    }
}

impl Kind for Typed<v1::Pod> {
    fn status(&self) -> String {
        let status = self.status.as_ref();
        let reason = status.and_then(|status| status.reason.clone());
        reason
            .or_else(|| status.and_then(|status| status.phase.clone()))
            .unwrap_or_default()
    }

    fn node(&self) -> Option<String> {
        self.spec.as_ref()?.node_name.clone()
    }
}

impl Kind for DynamicObject {
    fn status(&self) -> String {
        let text = |path: &str| self.pointer(path).and_then(Value::as_str);
        let status = text("/status/reason").or_else(|| text("/status/phase"));
        status.unwrap_or_default().to_owned()
    }

    fn node(&self) -> Option<String> {
        self.pointer("/spec/nodeName")
            .and_then(Value::as_str)
            .map(str::to_owned)
    }
}

/// A row of the server's table.
impl Kind for TableRow {
    fn sent(body: &str) -> Cow<'_, str> {
        if let Ok(list) = serde_json::from_str::<Value>(body)
            && list["kind"] == "PodList"
        {
            return Cow::Owned(table_of(list).to_string());
        }
        let lines: Vec<Cow<'_, str>> = body.split_inclusive('\n').map(event_of).collect();
        match lines.iter().all(|line| matches!(line, Cow::Borrowed(_))) {
            true => Cow::Borrowed(body),
            false => Cow::Owned(lines.concat()),
        }
    }

    fn status(&self) -> String {
        self.text(1)
    }

    fn node(&self) -> Option<String> {
        Some(self.text(2)).filter(|node| !node.is_empty())
    }
}

/// The columns, which a server sends of a list, and with the first event of a watch; here with each.
fn columns() -> Value {
    json!([{"name": "Name", "type": "string"}, {"name": "Status", "type": "string"}, {"name": "Node", "type": "string"}])
}

fn row_of(pod: &Value) -> Value {
    let status = &pod["status"];
    let word = if status["reason"].is_string() {
        &status["reason"]
    } else {
        &status["phase"]
    };
    json!({
        "cells": [pod["metadata"]["name"], word, pod["spec"]["nodeName"]],
        "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": pod["metadata"]},
    })
}

/// A list of pods as a table.
fn table_of(mut list: Value) -> Value {
    let rows: Vec<Value> = list["items"].as_array().into_iter().flatten().map(row_of).collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": list["metadata"].take(),
        "columnDefinitions": columns(), "rows": rows,
    })
}

/// An event of a pod as one of a table; whatever else a line is stays as it is.
fn event_of(line: &str) -> Cow<'_, str> {
    let Ok(mut event) = serde_json::from_str::<Value>(line) else {
        return Cow::Borrowed(line);
    };
    let object = &event["object"];
    let is_pod = object["metadata"].is_object() && matches!(object["kind"].as_str(), None | Some("Pod"));
    let table = match event["type"].as_str() {
        Some("ERROR") | None => return Cow::Borrowed(line),
        Some(_) if !is_pod => return Cow::Borrowed(line),
        Some("BOOKMARK") => json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]}),
        Some(_) => json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": columns(), "rows": [row_of(object)],
        }),
    };
    event["object"] = table;
    let end = if line.ends_with("\r\n") {
        "\r\n"
    } else if line.ends_with('\n') {
        "\n"
    } else {
        ""
    };
    Cow::Owned(format!(
        "{{\"type\":{},\"object\":{}}}{end}",
        event["type"], event["object"]
    ))
}

/// Declares the tests of rows: each function for each kind to which it applies. `all` are pods as projections, as
/// `k8s_openapi` has them, as JSON, and as rows of a table; `objects` are these without the rows.
macro_rules! rows {
    ($($kinds:ident { $($row:ident,)+ })+) => {
        $($(mod $row { crate::kinds::rows!(@ $kinds $row); })+)+
    };
    (@ all $row:ident) => {
        crate::kinds::rows!(@ objects $row);
        #[test]
        fn table() {
            super::$row::<k8bit_informer::kinds::TableRow>();
        }
    };
    (@ objects $row:ident) => {
        crate::kinds::rows!(@ projections $row);
        #[test]
        fn serde() {
            super::$row::<k8bit_informer::kinds::Typed<k8s_openapi::api::core::v1::Pod>>();
        }
        #[test]
        fn dynamic() {
            super::$row::<k8bit_informer::kinds::DynamicObject>();
        }
    };
    (@ projections $row:ident) => {
        #[test]
        fn projections() {
            super::$row::<k8bit::resource::Pod>();
        }
    };
}

pub(crate) use rows;
