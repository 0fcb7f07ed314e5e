//! Bytes and shapes compared with recorded ones, and everything served parsed as the full API types.

use std::io::Write;
use std::sync::Arc;

use k8bit_simulator::api::{Access, ApiOptions, Object, Resource, StreamingLists, summarise_pod};
use k8bit_simulator::world::{World, WorldOptions};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Namespace, Node, Pod};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{Answer, Sim, fixture, recorded};

/// Numbers and names in messages that differ from run to run.
fn without_chance(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(message) = value["message"].as_str() {
        let mut plain = String::new();
        for c in message.chars() {
            match (c.is_ascii_digit(), plain.ends_with('0')) {
                (true, true) => {}
                (true, false) => plain.push('0'),
                (false, _) => plain.push(c),
            }
        }
        value["message"] = plain.into();
    }
    if value["object"].is_object() {
        value["object"] = without_chance(&value["object"]);
    }
    if value["metadata"]["continue"].is_string() {
        value["metadata"]["continue"] = "a token".into();
    }
    value
}

fn check(answer: &Answer, name: &str) {
    let (status, headers, body) = recorded(name);
    assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text());
    for header in ["content-type", "cache-control", "retry-after"] {
        let expected = headers
            .iter()
            .find(|(key, _)| key == header)
            .map(|(_, value)| value.as_str());
        let found = answer.headers.get(header).map(|value| value.to_str().unwrap());
        assert_eq!(found, expected, "{name}: {header}");
    }
    let expected: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(without_chance(&answer.json()), without_chance(&expected), "{name}");
}

#[test]
fn errors_are_as_recorded() {
    let mut sim = Sim::with_pods(3);
    check(&sim.get("/nonsense"), "notfound.http");
    check(
        &sim.get("/api/v1/pods?resourceVersion=99999999"),
        "too-large-rv-list.http",
    );
    check(
        &sim.get("/api/v1/pods?watch=1&sendInitialEvents=true"),
        "watchlist-bad.http",
    );

    let token = sim.get("/api/v1/pods?limit=1").json()["metadata"]["continue"]
        .as_str()
        .unwrap()
        .to_owned();
    sim.create_pod("x");
    sim.api.compact();
    let expired = sim.get(&format!("/api/v1/pods?limit=1&continue={token}"));
    check(&expired, "list-continue-expired.http");
    // The fresh token goes on after the first pod, inconsistently.
    let fresh = expired.json()["metadata"]["continue"].as_str().unwrap().to_owned();
    let rest = sim.get(&format!("/api/v1/pods?continue={fresh}")).json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 3);

    let bad = sim.get("/api/v1/pods?continue=x1");
    let (status, _, body) = recorded("bad-continue.http");
    assert_eq!(bad.status.as_u16(), status);
    let expected: Value = serde_json::from_str(&body).unwrap();
    let prefix = "invalid continue token: continue key is not valid: ";
    assert!(bad.json()["message"].as_str().unwrap().starts_with(prefix));
    assert!(expected["message"].as_str().unwrap().starts_with(prefix));
    assert_eq!(bad.json()["reason"], expected["reason"]);

    sim.api.set_access(Access::deny_cluster_wide("pods"));
    check(&sim.get("/api/v1/pods"), "list-forbidden.http");
    assert_eq!(sim.get("/api/v1/namespaces/default/pods").status, 200);
    assert_eq!(sim.get("/api/v1/nodes").status, 200);
    sim.api.set_access(Access {
        unauthenticated: true,
        ..Access::default()
    });
    check(&sim.get("/api/v1/pods"), "list-unauthorized.http");
}

#[test]
fn an_expired_watch_is_as_recorded() {
    let mut sim = Sim::with_pods(3);
    sim.api.expire_watch_window();
    let answer = sim.get("/api/v1/pods?watch=1&resourceVersion=1");
    check(&answer, "watch-expired.http");
}

#[test]
fn servers_without_streaming_lists_refuse_or_ignore_them() {
    for (streaming_lists, code) in [(StreamingLists::Refused, 422), (StreamingLists::Ignored, 200)] {
        let mut sim = Sim::new(ApiOptions {
            streaming_lists,
            ..ApiOptions::default()
        });
        sim.create_pod("a");
        let uri = "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1";
        let answer = sim.get(uri);
        assert_eq!(answer.status, code);
        assert!(!answer.text().contains("initial-events-end"));
        assert_eq!(answer.text().contains("ADDED"), code == 200);
    }
}

/// The server's own Table row for every pod of the zoo.
#[test]
fn pods_are_summarised_as_the_server_does() {
    let list: Value = serde_json::from_str(&fixture("zoo-list.json")).unwrap();
    let table: Value = serde_json::from_str(&fixture("zoo-table.json")).unwrap();
    let now = "2026-11-23T08:43:04Z".parse().unwrap();
    let mut wrong = vec![];
    for (pod, row) in list["items"].as_array().unwrap().iter().zip(table.as_array().unwrap()) {
        let summary = summarise_pod(pod, now);
        assert_eq!(pod["metadata"]["name"], row["Name"]);
        // The exact second at which a row was printed is not recorded.
        let restarts = |text: &str| text.split(' ').next().unwrap().to_owned();
        let found = (
            summary.ready.as_str(),
            summary.status.as_str(),
            restarts(&summary.restarts),
        );
        let text = |column: &str| row[column].as_str().unwrap();
        let expected = (text("Ready"), text("Status"), restarts(text("Restarts")));
        if found != expected || summary.restarts.contains("ago") != text("Restarts").contains("ago") {
            wrong.push(format!("{}: {found:?}, expected {expected:?}", row["Name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn table_rows_are_as_recorded() {
    let list: Value = serde_json::from_str(&fixture("list-demo.json")).unwrap();
    let table: Value = serde_json::from_str(&fixture("table-demo.json")).unwrap();
    let mut sim = Sim::default();
    sim.api
        .create(
            sim.now,
            Resource::Namespaces,
            None,
            serde_json::json!({"metadata": {"name": "demo"}}),
        )
        .unwrap();
    sim.now = "2026-11-23T08:40:51Z".parse().unwrap();
    for pod in list["items"].as_array().unwrap() {
        sim.api.load(sim.now, Resource::Pods, pod.clone());
    }
    let request = http::Request::get("/api/v1/namespaces/demo/pods").header(
        "accept",
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    );
    let ours = sim.send(request.body(bytes::Bytes::new()).unwrap()).json();
    assert_eq!(ours["kind"], "Table");
    let columns = |table: &Value| -> Vec<Value> {
        let columns = table["columnDefinitions"].as_array().unwrap();
        columns
            .iter()
            .map(|column| serde_json::json!([column["name"], column["type"], column["format"], column["priority"]]))
            .collect()
    };
    assert_eq!(columns(&ours), columns(&table));
    for (row, expected) in ours["rows"]
        .as_array()
        .unwrap()
        .iter()
        .zip(table["rows"].as_array().unwrap())
    {
        assert_eq!(row["cells"], expected["cells"]);
        assert_eq!(row["object"]["kind"], "PartialObjectMetadata");
        assert_eq!(row["object"]["metadata"]["uid"], expected["object"]["metadata"]["uid"]);
    }
}

#[test]
fn everything_in_a_moving_world_parses_as_the_full_types() {
    let mut sim = Sim::default();
    let options = WorldOptions {
        nodes: 8,
        pods: 120,
        churn: 5.0,
        ..WorldOptions::default()
    };
    let mut world = World::new(sim.now, options, &mut sim.api);
    for _ in 0..60 {
        sim.advance(2);
        world.step(sim.now, &mut sim.api);
    }
    parse::<Node>(&sim, Resource::Nodes);
    parse::<Pod>(&sim, Resource::Pods);
    parse::<Event>(&sim, Resource::Events);
    parse::<Namespace>(&sim, Resource::Namespaces);
    parse::<Deployment>(&sim, Resource::Deployments);
    parse::<ReplicaSet>(&sim, Resource::ReplicaSets);
    parse::<DaemonSet>(&sim, Resource::DaemonSets);
    parse::<StatefulSet>(&sim, Resource::StatefulSets);
    parse::<Job>(&sim, Resource::Jobs);
}

fn parse<T: DeserializeOwned>(sim: &Sim, resource: Resource) {
    assert!(sim.api.objects(resource).len() > 0, "{resource:?}");
    for object in sim.api.objects(resource) {
        let object: &Arc<Object> = object;
        if let Err(error) = serde_json::from_value::<T>(object.full_value()) {
            let mut all = std::io::stderr();
            let _ = writeln!(all, "{}", String::from_utf8_lossy(object.json()));
            panic!("{resource:?} {}: {error}", object.name);
        }
    }
}

/// Discovery in one document says of every group what the documents of its versions say.
#[test]
fn aggregated_discovery_is_the_same_as_the_plain_one() {
    const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let mut sim = Sim::with_pods(0);
    sim.api.set_options(|options| options.metrics = true);
    let aggregated = |sim: &mut Sim, path: &str| {
        let accept = format!("{AGGREGATED},application/json");
        let request = http::Request::get(path).header("accept", accept);
        let answer = sim.send(request.body(bytes::Bytes::new()).unwrap());
        assert_eq!(answer.headers["content-type"], AGGREGATED);
        answer.json()
    };
    let names = |list: &Value, name: &str| -> Vec<String> {
        let names = list.as_array().unwrap().iter();
        names
            .map(|it| it[name].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let groups = aggregated(&mut sim, "/apis?pretty=false");
    assert_eq!(groups["kind"], "APIGroupDiscoveryList");
    let found: Vec<String> = groups["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["metadata"]["name"].to_string())
        .collect();
    let plain = sim.get("/apis").json();
    assert_eq!(
        found,
        names(&plain["groups"], "name")
            .iter()
            .map(|name| format!("{name:?}"))
            .collect::<Vec<_>>()
    );
    let core = aggregated(&mut sim, "/api");
    for group in core["items"]
        .as_array()
        .unwrap()
        .iter()
        .chain(groups["items"].as_array().unwrap())
    {
        let version = &group["versions"][0];
        assert_eq!(version["freshness"], "Current");
        let path = match group["metadata"]["name"].as_str() {
            None => "/api/v1".to_owned(),
            Some(name) => format!("/apis/{name}/{}", version["version"].as_str().unwrap()),
        };
        let plain = sim.get(&path).json();
        let (subresources, resources): (Vec<String>, Vec<String>) = names(&plain["resources"], "name")
            .into_iter()
            .partition(|name| name.contains('/'));
        assert_eq!(names(&version["resources"], "resource"), resources, "{path}");
        let below = version["resources"].as_array().unwrap().iter().flat_map(|resource| {
            let name = resource["resource"].as_str().unwrap().to_owned();
            let below = resource["subresources"].as_array().cloned().unwrap_or_default();
            below
                .into_iter()
                .map(move |sub| format!("{name}/{}", sub["subresource"].as_str().unwrap()))
        });
        assert_eq!(below.collect::<Vec<_>>(), subresources, "{path}");
    }
    let pods = core["items"][0]["versions"][0]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["resource"] == "pods");
    let pods = pods.unwrap();
    assert_eq!(
        (&pods["scope"], &pods["singularResource"], &pods["shortNames"][0]),
        (&"Namespaced".into(), &"pod".into(), &"po".into())
    );
    // Whoever does not ask for it, or asks a server that does not know it, gets the plain one.
    sim.api.set_options(|options| options.aggregated_discovery = false);
    assert_eq!(sim.get("/apis").json()["kind"], "APIGroupList");
}
