//! Writes: create, update, patches, subresources, deletion.

use k8bit_simulator::api::{Access, Denial, Resource, Scope};
use k8bit_simulator::sample;
use serde_json::{Value, json};

use crate::support::Sim;

const POD: &str = "/api/v1/namespaces/default/pods/p000";

#[test]
fn creation_fills_in_what_the_server_owns() {
    let mut sim = Sim::default();
    let pod = json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"generateName": "web-", "uid": "mine", "resourceVersion": "1"},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]}, "status": {"phase": "Running"}
    });
    let created = sim.post("/api/v1/namespaces/default/pods", &pod);
    assert_eq!(created.status, 201);
    let created = created.json();
    let name = created["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("web-") && name.len() == 9, "{name}");
    assert_eq!(created["metadata"]["uid"].as_str().unwrap().len(), 36);
    assert_eq!(created["metadata"]["creationTimestamp"], "2026-11-23T09:00:00Z");
    assert_eq!(created["metadata"]["generation"], 1);
    assert_eq!(created["status"], json!({"phase": "Pending", "qosClass": "BestEffort"}));
    assert_eq!(created["spec"]["restartPolicy"], "Always");
    assert_eq!(created["spec"]["containers"][0]["imagePullPolicy"], "Always");
    assert!(created["spec"].get("initContainers").is_none());
}

#[test]
fn refusals() {
    let mut sim = Sim::with_pods(1);
    let pods = "/api/v1/namespaces/default/pods";
    let mut check = |method: &str, uri: &str, body: Value, code: u16, reason: &str, message: &str| {
        let content_type = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let answer = sim.write(method, uri, content_type, &body);
        assert_eq!(answer.status.as_u16(), code, "{method} {uri}: {}", answer.text());
        let status = answer.json();
        assert_eq!(status["reason"], reason);
        assert!(status["message"].as_str().unwrap().contains(message), "{status}");
    };
    check(
        "POST",
        pods,
        sample::pod("default", "p000"),
        409,
        "AlreadyExists",
        "pods \"p000\" already exists",
    );
    check(
        "POST",
        pods,
        json!({"metadata": {"name": "x"}}),
        422,
        "Invalid",
        "Pod \"x\" is invalid: spec.containers: Required value",
    );
    check("POST", pods, sample::pod("other", "x"), 400, "BadRequest", "namespace");
    check(
        "POST",
        "/api/v1/namespaces/no/pods",
        sample::pod("no", "x"),
        404,
        "NotFound",
        "namespaces \"no\" not found",
    );
    check("POST", pods, json!({"kind": "Node"}), 400, "BadRequest", "Node");
    check("POST", pods, json!([]), 400, "BadRequest", "");
    check(
        "PUT",
        "/api/v1/namespaces/default/pods/no",
        sample::pod("default", "no"),
        404,
        "NotFound",
        "pods \"no\" not found",
    );
    let mut stale = sample::pod("default", "p000");
    stale["metadata"]["resourceVersion"] = "1".into();
    check("PUT", POD, stale, 409, "Conflict", "the object has been modified");
    check(
        "PATCH",
        POD,
        json!({"spec": {"nodeName": "x"}}),
        422,
        "Invalid",
        "pod updates may not change fields",
    );
    check(
        "DELETE",
        POD,
        json!({"preconditions": {"uid": "x"}}),
        409,
        "Conflict",
        "Precondition failed",
    );
    check(
        "PATCH",
        "/apis/apps/v1/namespaces/default/deployments/x",
        json!({}),
        404,
        "NotFound",
        "deployments.apps \"x\" not found",
    );
    check(
        "POST",
        "/api/v1/namespaces/default/pods/p000/exec",
        json!({}),
        404,
        "NotFound",
        "",
    );
    check("PUT", "/api/v1/pods", json!({}), 405, "MethodNotAllowed", "");
    let answer = sim.write("POST", pods, "application/yaml", &json!({}));
    assert_eq!(answer.status, 415);
    let request =
        http::Request::get(pods).header("accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
    assert_eq!(sim.send(request.body(bytes::Bytes::new()).unwrap()).status, 406);
}

#[test]
fn patches_of_every_kind_change_what_they_name() {
    let mut sim = Sim::with_pods(1);
    for (content_type, patch, pointer, expected) in [
        (
            "application/strategic-merge-patch+json",
            json!({"spec": {"containers": [{"name": "app", "image": "nginx:2"}]}}),
            "/spec/containers/0/image",
            json!("nginx:2"),
        ),
        (
            "application/merge-patch+json",
            json!({"metadata": {"labels": {"a": "b"}}}),
            "/metadata/labels/a",
            json!("b"),
        ),
        (
            "application/json-patch+json",
            json!([{"op": "remove", "path": "/metadata/labels/a"}]),
            "/metadata/labels",
            json!({"app": "p000"}),
        ),
        (
            "application/apply-patch+yaml",
            json!({"metadata": {"annotations": {"note": "naïve 日本語 🚀"}}}),
            "/metadata/annotations/note",
            json!("naïve 日本語 🚀"),
        ),
    ] {
        let answer = sim.write("PATCH", POD, content_type, &patch);
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text());
        assert_eq!(answer.json().pointer(pointer), Some(&expected), "{content_type}");
    }
    // Only the change of spec counts as a generation; status cannot be changed this way.
    let merge = "application/merge-patch+json";
    let pod = sim
        .write("PATCH", POD, merge, &json!({"status": {"phase": "Failed"}}))
        .json();
    assert_eq!(
        (&pod["metadata"]["generation"], &pod["status"]["phase"]),
        (&json!(2), &json!("Pending"))
    );
    let patch = json!({"status": {"phase": "Running"}, "spec": {"nodeName": "x"}});
    let pod = sim.write("PATCH", &format!("{POD}/status"), merge, &patch).json();
    assert_eq!(pod["status"]["phase"], "Running");
    assert!(pod["spec"].get("nodeName").is_none());
}

#[test]
fn dry_runs_change_nothing() {
    let mut sim = Sim::with_pods(1);
    let version = sim.api.resource_version();
    let pod = sample::pod("default", "dry");
    assert_eq!(sim.post("/api/v1/namespaces/default/pods?dryRun=All", &pod).status, 201);
    assert_eq!(
        sim.write("DELETE", POD, "application/json", &json!({"dryRun": ["All"]}))
            .status,
        200
    );
    assert_eq!(sim.api.resource_version(), version);
    assert_eq!(sim.api.objects(Resource::Pods).len(), 1);
}

#[test]
fn bound_pods_are_deleted_gracefully() {
    let mut sim = Sim::with_pods(2);
    let version = sim.api.resource_version();
    let id = sim.watch(&format!("/api/v1/pods?watch=1&resourceVersion={version}"));
    // A pod without a node goes at once.
    sim.write(
        "DELETE",
        "/api/v1/namespaces/default/pods/p001",
        "application/json",
        &json!({}),
    );
    assert_eq!(sim.told(id), ["DELETED p001"]);
    let binding = json!({"target": {"kind": "Node", "name": "n1"}});
    assert_eq!(sim.post(&format!("{POD}/binding"), &binding).status, 201);
    assert_eq!(sim.post(&format!("{POD}/binding"), &binding).status, 409);
    let answer = sim
        .write("DELETE", POD, "application/json", &json!({"gracePeriodSeconds": 20}))
        .json();
    assert_eq!(answer["metadata"]["deletionTimestamp"], "2026-11-23T09:00:20Z");
    assert_eq!(answer["metadata"]["deletionGracePeriodSeconds"], 20);
    assert_eq!(sim.told(id), ["MODIFIED p000", "MODIFIED p000"]);
    sim.advance(19);
    assert!(sim.told(id).is_empty());
    sim.advance(1);
    // The end of the grace period is told first, as recorded from a real server.
    assert_eq!(sim.told(id), ["MODIFIED p000", "DELETED p000"]);
    // The same name again is another pod.
    sim.create_pod("p000");
    sim.api.bind(sim.now, "default", "p000", "n1").unwrap();
    sim.write("DELETE", POD, "application/json", &json!({"gracePeriodSeconds": 0}));
    assert_eq!(sim.told(id), ["ADDED p000", "MODIFIED p000", "DELETED p000"]);
}

#[test]
fn eviction_collections_and_namespaces_delete() {
    let mut sim = Sim::with_pods(4);
    let eviction = json!({"kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "p000"}});
    assert_eq!(sim.post(&format!("{POD}/eviction"), &eviction).status, 201);
    let selected = "/api/v1/namespaces/default/pods?labelSelector=app%3Dp001";
    assert_eq!(
        sim.write("DELETE", selected, "application/json", &json!({})).status,
        200
    );
    assert_eq!(sim.api.objects(Resource::Pods).len(), 2);
    sim.api
        .create(sim.now, Resource::Namespaces, None, sample::namespace("gone"))
        .unwrap();
    sim.api
        .create(
            sim.now,
            Resource::Pods,
            Some("gone"),
            sample::running_pod("gone", "a", "n1"),
        )
        .unwrap();
    let answer = sim
        .write("DELETE", "/api/v1/namespaces/gone", "application/json", &json!({}))
        .json();
    assert_eq!(answer["status"]["phase"], "Terminating");
    assert_eq!(
        sim.post("/api/v1/namespaces/gone/pods", &sample::pod("gone", "b"))
            .status,
        403
    );
    sim.advance(1);
    assert_eq!(sim.get("/api/v1/namespaces/gone").status, 200);
    sim.advance(30);
    assert_eq!(sim.get("/api/v1/namespaces/gone").status, 404);
    assert_eq!(sim.get("/api/v1/namespaces/gone/pods/a").status, 404);
}

#[test]
fn scale_is_a_resource_of_its_own() {
    let mut sim = Sim::default();
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    assert_eq!(
        sim.post(deployments, &sample::deployment("default", "web", "nginx", 2))
            .status,
        201
    );
    let uri = format!("{deployments}/web/scale");
    let mut scale = sim.get(&uri).json();
    assert_eq!(
        (&scale["kind"], &scale["spec"]["replicas"]),
        (&json!("Scale"), &json!(2))
    );
    scale["spec"]["replicas"] = 20.into();
    assert_eq!(sim.write("PUT", &uri, "application/json", &scale).status, 200);
    assert_eq!(sim.write("PUT", &uri, "application/json", &scale).status, 409);
    let deployment = sim.get(&format!("{deployments}/web")).json();
    assert_eq!(
        (&deployment["spec"]["replicas"], &deployment["metadata"]["generation"]),
        (&json!(20), &json!(2))
    );
}

#[test]
fn a_scale_can_be_rehearsed_and_tested() {
    let mut sim = Sim::default();
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    sim.post(deployments, &sample::deployment("default", "web", "nginx", 2));
    let uri = format!("{deployments}/web/scale");
    let set = |from: i64, to: i64| {
        json!([
            {"op": "test", "path": "/spec/replicas", "value": from},
            {"op": "add", "path": "/spec/replicas", "value": to},
        ])
    };
    let patch = "application/json-patch+json";
    let answer = sim.write("PATCH", &format!("{uri}?dryRun=All"), patch, &set(2, 5));
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["spec"]["replicas"]),
        (200, &json!(5))
    );
    assert_eq!(sim.get(&uri).json()["spec"]["replicas"], 2);
    assert_eq!(sim.write("PATCH", &uri, patch, &set(3, 5)).status, 422);
    assert_eq!(sim.write("PATCH", &uri, patch, &set(2, -1)).status, 422);
    assert_eq!(sim.write("PATCH", &uri, patch, &set(2, 0)).status, 200);
    // As Go leaves a zero out.
    assert!(sim.get(&uri).json()["spec"].get("replicas").is_none());
}

#[test]
fn with_a_body_the_query_of_a_deletion_is_not_read() {
    let mut sim = Sim::with_pods(1);
    let uri = format!("{POD}?dryRun=All");
    assert_eq!(
        sim.write("DELETE", &uri, "application/json", &json!({"dryRun": ["All"]}))
            .status,
        200
    );
    assert_eq!(sim.get(POD).status, 200);
    let wrong = json!({"preconditions": {"uid": "another"}});
    assert_eq!(sim.write("DELETE", &uri, "application/json", &wrong).status, 409);
    assert_eq!(sim.write("DELETE", &uri, "application/json", &json!({})).status, 200);
    assert_eq!(sim.get(POD).status, 404);
}

#[test]
fn access_is_denied_by_verb_resource_and_namespace() {
    let mut sim = Sim::with_pods(1);
    sim.api.set_access(Access {
        denied: vec![
            Denial::new("delete", "pods", Scope::Namespace("default".to_owned())),
            Denial::new("", "nodes", Scope::Everywhere),
        ],
        ..Access::default()
    });
    let answer = sim.write("DELETE", POD, "application/json", &json!({}));
    assert_eq!(
        answer.json()["message"],
        "pods \"p000\" is forbidden: User \"viewer\" cannot delete resource \"pods\" in API group \"\" in the namespace \"default\""
    );
    assert_eq!(sim.get(POD).status, 200);
    assert_eq!(sim.get("/api/v1/nodes").status, 403);
    for (verb, resource, allowed) in [
        ("delete", "pods", false),
        ("list", "pods", true),
        ("list", "nodes", false),
    ] {
        let review = json!({
            "spec": {"resourceAttributes": {"verb": verb, "resource": resource, "namespace": "default"}}
        });
        let uri = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        assert_eq!(
            sim.post(uri, &review).json()["status"]["allowed"],
            allowed,
            "{verb} {resource}"
        );
    }
}
