//! Changes: what is sent, and what is said before.

use k8bit::{
    resource::{ObjectKey, Text},
    view::{
        owner::Link,
        write::{Method, Write, parse_replicas, verdict},
    },
};
use serde_json::{Value, json};

fn key() -> ObjectKey {
    ObjectKey {
        namespace: Text::new("shop"),
        name: "web-1".into(),
    }
}

fn delete() -> Write {
    Write::DeletePod {
        key: key(),
        uid: "u-1".to_owned(),
    }
}

fn cordon(unschedulable: bool) -> Write {
    Write::Cordon {
        node: Text::new("worker-1"),
        unschedulable,
    }
}

fn link(kind: &str, name: &str, is_certain: bool) -> Link {
    Link {
        kind: kind.to_owned(),
        api_version: "apps/v1".to_owned(),
        name: name.to_owned(),
        is_certain,
    }
}

fn scale(from: i64, to: i64) -> Write {
    Write::Scale {
        pod: key(),
        workload: link("Deployment", "web", true),
        from,
        to,
    }
}

#[track_caller]
fn check_request(write: &Write, dry_run: bool, method: Method, path: &str, body: &Value) {
    let request = write.request(dry_run).expect("a name");
    assert_eq!((request.method, request.path.as_str()), (method, path));
    assert_eq!(request.body, *body);
}

#[test]
fn a_deletion_names_the_uid_and_rehearses_in_its_body() {
    let path = "api/v1/namespaces/shop/pods/web-1";
    let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "u-1"}});
    check_request(&delete(), false, Method::Delete, path, &options);
    // With a body, the server does not read the query.
    let mut rehearsed = options;
    rehearsed["dryRun"] = json!(["All"]);
    check_request(
        &delete(),
        true,
        Method::Delete,
        &format!("{path}?dryRun=All"),
        &rehearsed,
    );
}

#[test]
fn a_cordon_sets_one_field() {
    for unschedulable in [true, false] {
        check_request(
            &cordon(unschedulable),
            true,
            Method::MergePatch,
            "api/v1/nodes/worker-1?dryRun=All",
            &json!({"spec": {"unschedulable": unschedulable}}),
        );
    }
}

#[test]
fn scaling_fails_where_somebody_else_has_scaled() {
    let path = "apis/apps/v1/namespaces/shop/deployments/web/scale";
    let set = |to: i64| json!({"op": "add", "path": "/spec/replicas", "value": to});
    let test = json!({"op": "test", "path": "/spec/replicas", "value": 3});
    check_request(&scale(3, 5), false, Method::JsonPatch, path, &json!([test, set(5)]));
    // Servers leave zero out, and then there is nothing to test.
    check_request(&scale(0, 5), false, Method::JsonPatch, path, &json!([set(5)]));
}

#[test]
fn a_name_that_is_none_is_not_asked_for() {
    let elsewhere = Write::Cordon {
        node: Text::new("../namespaces/shop"),
        unschedulable: true,
    };
    assert_eq!(elsewhere.request(true), None);
}

#[test]
fn permission_is_asked_for_just_this() {
    let attributes = |write: &Write| write.review().body["spec"]["resourceAttributes"].clone();
    assert_eq!(
        attributes(&delete()),
        json!({"verb": "delete", "group": "", "resource": "pods", "namespace": "shop", "name": "web-1"})
    );
    assert_eq!(
        attributes(&cordon(true)),
        json!({"verb": "patch", "group": "", "resource": "nodes", "name": "worker-1"})
    );
    assert_eq!(
        attributes(&scale(1, 2)),
        json!({"verb": "patch", "group": "apps", "resource": "deployments", "subresource": "scale",
            "namespace": "shop", "name": "web"})
    );
}

#[test]
fn a_verdict_is_allowed_or_says_why_not() {
    assert_eq!(verdict(&json!({"status": {"allowed": true}})), Ok(()));
    assert_eq!(verdict(&json!({"status": {"allowed": false}})), Err(String::new()));
    assert_eq!(
        verdict(&json!({"status": {"allowed": false, "reason": "no RBAC policy matched"}})),
        Err("no RBAC policy matched".to_owned())
    );
    assert_eq!(verdict(&json!("nonsense")), Err(String::new()));
}

#[track_caller]
fn check_words(write: &Write, object: &Value, owners: &[Link], pods: usize, expected: &[&str]) {
    assert_eq!(write.consequences(object, owners, pods), expected);
}

const BUDGETS: &str = "Disruption budgets are not asked: a deletion passes them by.";
const AUTOSCALER: &str = "A HorizontalPodAutoscaler of it may change that again.";

#[test]
fn what_will_happen_is_said_exactly() {
    check_words(
        &delete(),
        &Value::Null,
        &[],
        0,
        &[
            "Its owner, its grace period and its volumes could not be read.",
            BUDGETS,
        ],
    );
    check_words(
        &delete(),
        &json!({"spec": {"terminationGracePeriodSeconds": 90, "volumes": [{"name": "tmp", "emptyDir": {}}]}}),
        &[link("ReplicaSet", "web-5d4", true), link("Deployment", "web", false)],
        0,
        &[
            "Its containers are asked to end and have 1 min 30 s to do so; then they are killed.",
            "The ReplicaSet web-5d4 makes another pod in its place.",
            "What is in its emptyDir volumes is lost.",
            BUDGETS,
        ],
    );
    check_words(
        &delete(),
        &json!({"metadata": {"finalizers": ["x/y"]}, "spec": {"terminationGracePeriodSeconds": 0}}),
        &[],
        0,
        &[
            "Its containers are killed at once.",
            "Nothing owns it: nobody makes another web-1 in its place.",
            "It has finalizers, and stays until those are removed.",
            BUDGETS,
        ],
    );
    check_words(
        &delete(),
        &json!({"status": {"phase": "Succeeded"}}),
        &[link("Job", "backup", true)],
        0,
        &[
            "It has ended already; only its record goes, and its logs with it.",
            "The Job backup starts another pod in its place unless it is complete.",
            BUDGETS,
        ],
    );
    check_words(
        &cordon(true),
        &json!({}),
        &[],
        29,
        &[
            "The scheduler puts no new pods on it, except those of DaemonSets.",
            "29 pods on it stay and run on.",
        ],
    );
    check_words(
        &cordon(false),
        &json!({}),
        &[],
        3,
        &["The scheduler may put new pods on it again."],
    );
    check_words(&scale(3, 5), &json!({}), &[], 0, &["It makes 2 more pods.", AUTOSCALER]);
    check_words(
        &scale(1, 0),
        &json!({}),
        &[],
        0,
        &[
            "It deletes 1 pod; which ones, its controller decides.",
            "Nothing of it is left running.",
            AUTOSCALER,
        ],
    );
    check_words(&scale(2, 2), &json!({}), &[], 0, &["Nothing changes.", AUTOSCALER]);
}

#[test]
fn numbers_of_pods_are_read() {
    for (text, expected) in [("0", Some(0)), (" 12 ", Some(12)), ("1000", Some(1_000))] {
        assert_eq!(parse_replicas(text).ok(), expected);
    }
    for text in ["", "-1", "1.5", "many", "1001", "99999999999999999999"] {
        assert!(parse_replicas(text).is_err(), "{text}");
    }
}
