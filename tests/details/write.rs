//! Changes: what is sent, and what is said before.

use std::{sync::Arc, time::Duration};

use k8bit::{
    cluster::Cluster,
    limits::{CONFIRM_AFTER, UNANSWERED_WRITE},
    resource::{Node, ObjectKey, Pod, Resource, ResourceInterner, SharedStr, Timestamp},
    view::{
        api_error::ApiError,
        owner::{Link, ScaleTarget},
        selector::PodSelector,
        write::{ConfirmGuard, Method, Sent, Write, WriteAccess, parse_replicas, verdict},
    },
};
use k8bit_informer::{
    api_path::{ApiResource, Segment},
    store::Change,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn key() -> ObjectKey {
    ObjectKey {
        namespace: SharedStr::new("shop"),
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
        node: SharedStr::new("worker-1"),
        uid: "u-node".to_owned(),
        unschedulable,
    }
}

fn link(kind: &str, name: &str, is_certain: bool) -> Link {
    Link {
        kind: kind.to_owned(),
        api_version: "apps/v1".to_owned(),
        name: name.to_owned(),
        uid: "u-owner".to_owned(),
        is_certain,
    }
}

fn target(replicas: Option<i64>) -> ScaleTarget {
    ScaleTarget {
        kind: "Deployment".to_owned(),
        resource: ApiResource::known("apps", "v1", "deployments"),
        namespace: Some(Segment::namespace("shop").expect("a namespace")),
        name: Segment::subdomain("web", "a Deployment").expect("a name"),
        uid: "u-web".to_owned(),
        resource_version: "42".to_owned(),
        replicas,
        selector: PodSelector::parse("app=web"),
    }
}

fn scale(replicas: impl Into<Option<i64>>, to: i64) -> Write {
    Write::Scale {
        pod: key(),
        target: Box::new(target(replicas.into())),
        to,
    }
}

#[track_caller]
fn check_request(write: &Write, dry_run: bool, method: Method, path: &str, body: &Value) {
    let request = write.request(dry_run).expect("a name");
    assert_eq!((request.method, request.path.to_string().as_str()), (method, path));
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
fn a_cordon_sets_one_field_of_the_node_that_was_confirmed() {
    for unschedulable in [true, false] {
        check_request(
            &cordon(unschedulable),
            true,
            Method::JsonPatch,
            "api/v1/nodes/worker-1?dryRun=All",
            &json!([
                {"op": "test", "path": "/metadata/uid", "value": "u-node"},
                {"op": "add", "path": "/spec/unschedulable", "value": unschedulable},
            ]),
        );
    }
}

#[test]
fn scaling_fails_where_it_was_replaced_or_somebody_else_has_scaled() {
    let path = "apis/apps/v1/namespaces/shop/deployments/web/scale";
    let set = |to: i64| json!({"op": "add", "path": "/spec/replicas", "value": to});
    let uid = json!({"op": "test", "path": "/metadata/uid", "value": "u-web"});
    let test = json!({"op": "test", "path": "/spec/replicas", "value": 3});
    check_request(
        &scale(3, 5),
        false,
        Method::JsonPatch,
        path,
        &json!([uid, test, set(5)]),
    );
    // Servers leave zero out: then the version tells.
    let version = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "42"});
    check_request(
        &scale(None, 5),
        false,
        Method::JsonPatch,
        path,
        &json!([uid, version, set(5)]),
    );
    // One that does not leave it out.
    let zero = json!({"op": "test", "path": "/spec/replicas", "value": 0});
    check_request(
        &scale(0, 5),
        true,
        Method::JsonPatch,
        &format!("{path}?dryRun=All"),
        &json!([uid, zero, set(5)]),
    );
}

/// Every write names the uid that was confirmed.
#[test]
fn every_write_carries_the_uid() {
    for (write, uid) in [
        (delete(), "u-1"),
        (cordon(true), "u-node"),
        (cordon(false), "u-node"),
        (scale(3, 5), "u-web"),
        (scale(None, 5), "u-web"),
    ] {
        for dry_run in [true, false] {
            let body = write.request(dry_run).expect("a name").body;
            let has_precondition = body["preconditions"]["uid"] == uid;
            let test = json!({"op": "test", "path": "/metadata/uid", "value": uid});
            let has_test = body.as_array().is_some_and(|patch| patch.first() == Some(&test));
            assert!(has_precondition || has_test, "{body}");
        }
    }
}

#[test]
fn a_name_that_is_none_is_not_asked_for() {
    for name in ["../namespaces/shop", "..", "a?b", "--all", ""] {
        let elsewhere = Write::Cordon {
            node: SharedStr::new(name),
            uid: "u".to_owned(),
            unschedulable: true,
        };
        let error = elsewhere.request(true).expect_err(name);
        assert!(error.to_string().contains("is not the name of a node"), "{error}");
    }
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
    assert_eq!(
        verdict(&json!({"status": {"reason": "no \u{202e}way"}})),
        Err("no <U+202E>way".to_owned())
    );
    assert_eq!(verdict(&json!("nonsense")), Err(String::new()));
}

#[track_caller]
fn check_words(write: &Write, object: &Value, owners: &[Link], pods: Option<u32>, expected: &[&str]) {
    assert_eq!(write.consequences(object, owners, pods), expected);
}

const BUDGETS: &str = "Deleting a pod bypasses PodDisruptionBudgets.";
const AUTOSCALER: &str = "A HorizontalPodAutoscaler may change the number again.";

#[test]
fn what_will_happen_is_said_exactly() {
    check_words(
        &delete(),
        &Value::Null,
        &[],
        Some(0),
        &[
            "Its owner, its grace period and its volumes could not be read.",
            BUDGETS,
        ],
    );
    check_words(
        &delete(),
        &json!({"spec": {"terminationGracePeriodSeconds": 90, "volumes": [{"name": "tmp", "emptyDir": {}}]}}),
        &[link("ReplicaSet", "web-5d4", true), link("Deployment", "web", false)],
        Some(0),
        &[
            "Its containers receive SIGTERM and are killed after 1 min 30 s.",
            "ReplicaSet web-5d4 replaces it.",
            "The data in its emptyDir volumes is lost.",
            BUDGETS,
        ],
    );
    check_words(
        &delete(),
        &json!({"metadata": {"finalizers": ["x/y"]}, "spec": {"terminationGracePeriodSeconds": 0}}),
        &[],
        Some(0),
        &[
            "Its containers are killed immediately.",
            "No controller owns it: nothing replaces web-1.",
            "It has finalizers and stays until they are removed.",
            BUDGETS,
        ],
    );
    check_words(
        &delete(),
        &json!({"status": {"phase": "Succeeded"}}),
        &[link("Job", "backup", true)],
        Some(0),
        &[
            "It has already ended. Only its record and its logs are deleted.",
            "Job backup replaces it unless the Job is complete.",
            BUDGETS,
        ],
    );
    for (pods, words) in [
        (None, "The pods on it keep running. Their number is unknown."),
        (Some(0), "No pods run on it."),
        (Some(1), "The pod on it keeps running."),
        (Some(29), "29 pods on it keep running."),
    ] {
        check_words(
            &cordon(true),
            &json!({}),
            &[],
            pods,
            &["The scheduler assigns no new pods to it; DaemonSets still do.", words],
        );
    }
    check_words(
        &cordon(false),
        &json!({}),
        &[],
        Some(3),
        &["The scheduler can assign new pods to it again."],
    );
    let scaling = |from: Option<i64>, to: i64, words: &[&str]| {
        let expected: Vec<&str> = words.iter().copied().chain([AUTOSCALER]).collect();
        check_words(&scale(from, to), &json!({}), &[], Some(0), &expected);
    };
    scaling(Some(3), 5, &["2 more pods are created."]);
    scaling(Some(3), 4, &["1 more pod is created."]);
    scaling(None, 2, &["2 more pods are created."]);
    scaling(Some(5), 3, &["2 pods are deleted; the controller decides which."]);
    scaling(
        Some(1),
        0,
        &[
            "1 pod is deleted; the controller decides which.",
            "No pod of it keeps running.",
        ],
    );
    scaling(Some(2), 2, &["Nothing changes."]);
}

// What is known afterwards.

fn add_pod(cluster: &mut Cluster, pod: &Value) {
    let pod = Pod::decode(pod.to_string().as_bytes(), &mut ResourceInterner::default()).expect("a pod");
    cluster.apply_pods(&[Change::Added(Arc::new(pod))], NOW);
}

fn pod_json(name: &str, uid: &str) -> Value {
    json!({
        "metadata": {"namespace": "shop", "name": name, "uid": uid, "resourceVersion": "1", "labels": {"app": "web"}},
        "spec": {"nodeName": "worker-1", "containers": [{"name": "app"}]}, "status": {"phase": "Running"},
    })
}

fn node_json(uid: &str, cordoned: bool, ready: &str) -> Value {
    json!({
        "metadata": {"name": "worker-1", "uid": uid, "resourceVersion": "1"}, "spec": {"unschedulable": cordoned},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    })
}

fn cluster(pods: &[Value], node: &Value) -> Cluster {
    let mut cluster = Cluster::default();
    cluster.set_nodes_known(true);
    let node = Node::decode(node.to_string().as_bytes(), &mut ResourceInterner::default()).expect("a node");
    cluster.apply_nodes(&[Change::Added(Arc::new(node))], NOW);
    for pod in pods {
        add_pod(&mut cluster, pod);
    }
    cluster
}

/// With the pod, and the node that it is on.
fn usual() -> Cluster {
    cluster(&[pod_json("web-1", "u-1")], &node_json("u-node", false, "True"))
}

fn terminating(since: i64, grace: i64) -> Value {
    let mut pod = pod_json("web-1", "u-1");
    pod["metadata"]["deletionTimestamp"] = json!(Timestamp(NOW.0 - since + grace).to_string());
    pod["metadata"]["deletionGracePeriodSeconds"] = json!(grace);
    pod
}

fn sent(write: Write, answer: Result<Value, ApiError>) -> Sent {
    Sent::answered(write, answer).expect("it was not refused")
}

#[track_caller]
fn check_outcome(sent: &Sent, cluster: &Cluster, slug: &str, part: &str) {
    let outcome = sent.outcome(cluster);
    assert_eq!(outcome.slug(), slug, "{outcome:?}");
    assert!(outcome.words().contains(part), "{outcome:?}");
}

#[test]
fn the_watch_tells_what_came_of_an_accepted_change() {
    let accepted = |write| sent(write, Ok(json!({})));
    let waiting = "Accepted. Waiting for the watch to confirm.";
    let deletion = accepted(delete());
    assert_eq!(deletion.ask(), None);
    check_outcome(&deletion, &usual(), "pending", waiting);
    let node = node_json("u-node", true, "True");
    check_outcome(
        &deletion,
        &cluster(&[terminating(5, 30)], &node),
        "pending",
        "terminating",
    );
    check_outcome(&deletion, &cluster(&[], &node), "seen", "The pod is deleted.");
    check_outcome(
        &deletion,
        &cluster(&[pod_json("web-1", "u-2")], &node),
        "seen",
        "Another pod has its name",
    );
    check_outcome(&accepted(cordon(true)), &usual(), "pending", waiting);
    check_outcome(
        &accepted(cordon(true)),
        &cluster(&[], &node),
        "seen",
        "The node is cordoned.",
    );
    check_outcome(&accepted(cordon(false)), &usual(), "seen", "The node is uncordoned.");
    let other = cluster(&[], &node_json("u-other", true, "True"));
    check_outcome(&accepted(cordon(true)), &other, "seen", "Another node has its name");
    check_outcome(&accepted(scale(1, 1)), &usual(), "seen", "It has 1 pod now.");
    check_outcome(
        &accepted(scale(1, 3)),
        &usual(),
        "pending",
        "It has 1 pod; 3 pods are requested.",
    );
}

#[test]
fn pods_are_counted_by_the_selector_of_the_scale() {
    // Whatever owns them: a Rollout, a StatefulSet of another group.
    let mut elsewhere = pod_json("web-9", "u-9");
    elsewhere["metadata"]["namespace"] = json!("other");
    let mut foreign = pod_json("api-1", "u-8");
    foreign["metadata"]["labels"]["app"] = json!("api");
    let pods = [pod_json("web-1", "u-1"), pod_json("web-2", "u-2"), elsewhere, foreign];
    let cluster = cluster(&pods, &node_json("u-node", false, "True"));
    check_outcome(
        &sent(scale(1, 2), Ok(json!({}))),
        &cluster,
        "seen",
        "It has 2 pods now.",
    );
    // Where it names no selector, and the pods do not name it either, nobody counts to zero for ever.
    let mut target = target(Some(1));
    (target.selector, target.kind) = (None, "Fleet".to_owned());
    let write = Write::Scale {
        pod: key(),
        target: Box::new(target),
        to: 2,
    };
    let words = "2 pods are requested. K8bit cannot tell which pods belong to this Fleet.";
    check_outcome(&sent(write, Ok(json!({}))), &cluster, "pending", words);
}

#[test]
fn a_refused_request_is_an_error() {
    for code in [400, 401, 403, 422, 429] {
        let api_error = ApiError::of_response(code, br#"{"kind":"Status","reason":"Conflict","message":"UID"}"#);
        assert_eq!(
            Sent::answered(delete(), Err(api_error.clone())),
            Err(api_error),
            "{code}"
        );
    }
    let not_found = ApiError::of_response(404, br#"{"kind":"Status","reason":"NotFound"}"#);
    assert_eq!(Sent::answered(cordon(true), Err(not_found.clone())), Err(not_found));
    let invalid = ApiError::of_response(
        422,
        br#"{"kind":"Status","reason":"Invalid","message":"error in our request"}"#,
    );
    let words = cordon(true).refused(&invalid);
    assert!(
        words.starts_with("Nothing was changed: the object may have been changed or replaced meanwhile."),
        "{words}"
    );
    assert!(words.contains("error in our request"), "{words}");
    assert!(!delete().refused(&invalid).contains("replaced"));
    // Told when the user has gone on to something else.
    check_outcome(
        &Sent::refused(cordon(true), &invalid),
        &usual(),
        "not-done",
        "Cordon worker-1?",
    );
}

#[test]
fn a_dry_run_is_refused_or_gets_no_answer() {
    let denied = ApiError::of_response(403, br#"{"kind":"Status","reason":"Forbidden","message":"no"}"#);
    let words = delete().dry_run_failed(&denied);
    assert!(words.starts_with("The API server rejected the dry run."), "{words}");
    for api_error in [
        ApiError::unreachable("no response in time"),
        ApiError::of_response(504, b""),
    ] {
        let words = delete().dry_run_failed(&api_error);
        assert!(
            words.starts_with("The dry run got no answer, so nothing was changed."),
            "{words}"
        );
        assert!(!words.contains("refused"), "{words}");
    }
}

/// Deadlines, cuts, errors on the way and answers that cannot be read tell nothing of the change.
#[test]
fn a_write_without_an_answer_is_unknown_until_the_watch_or_a_read_tells() {
    let no_answers = [
        ApiError::unreachable("no response in time"),
        ApiError::of_response(500, b"dial tcp"),
        ApiError::of_response(502, b""),
        ApiError::of_response(504, b""),
        ApiError::of_response(408, b""),
        ApiError::unreadable(200, "EOF"),
    ];
    // A browser sends a deletion again when its answer is lost. The second answer finds no such pod.
    for body in [&br#"{"kind":"Status","reason":"NotFound"}"#[..], b""] {
        let mut echoed = sent(delete(), Err(ApiError::of_response(404, body)));
        check_outcome(&echoed, &usual(), "unknown", "Outcome unknown.");
        let not_found = ApiError::of_response(404, br#"{"kind":"Status","reason":"NotFound"}"#);
        echoed.take(&Err(not_found), Duration::from_secs(5));
        check_outcome(&echoed, &usual(), "pending", "Done.");
    }
    // Or another pod of the name.
    let conflict = br#"{"kind":"Status","reason":"Conflict","message":"UID in precondition"}"#;
    let mut echoed = sent(delete(), Err(ApiError::of_response(409, conflict)));
    check_outcome(&echoed, &usual(), "unknown", "Outcome unknown.");
    echoed.take(&Ok(json!({"metadata": {"uid": "another"}})), Duration::from_secs(5));
    check_outcome(&echoed, &usual(), "pending", "Done.");
    // And a scaled workload has no longer the number that the patch tests.
    let invalid = br#"{"kind":"Status","reason":"Invalid","message":"error in our request"}"#;
    let scaled = |replicas: i64| Ok(json!({"metadata": {"uid": "u-web"}, "spec": {"replicas": replicas}}));
    let echo = || sent(scale(3, 5), Err(ApiError::of_response(422, invalid)));
    let mut echoed = echo();
    check_outcome(&echoed, &usual(), "unknown", "Outcome unknown.");
    echoed.take(&scaled(5), Duration::from_secs(1));
    check_outcome(&echoed, &usual(), "pending", "requested");
    // Where it was refused in truth the first read tells: nothing is on its way any more.
    let mut refused = echo();
    refused.take(&scaled(4), Duration::from_secs(1));
    check_outcome(&refused, &usual(), "not-done", "the change was not made");
    assert_eq!(refused.ask(), None);
    let soon = Duration::from_secs(5);
    for api_error in no_answers {
        let unanswered = |write| sent(write, Err(api_error.clone()));
        let deletion = unanswered(delete());
        check_outcome(&deletion, &usual(), "unknown", "Outcome unknown.");
        assert!(
            deletion
                .outcome(&usual())
                .words()
                .starts_with(&api_error.words("delete pods in shop"))
        );
        assert_eq!(
            deletion.ask().map(|path| path.to_string()).as_deref(),
            Some("api/v1/namespaces/shop/pods/web-1")
        );
        // The watch tells.
        let node = node_json("u-node", true, "True");
        check_outcome(
            &deletion,
            &cluster(&[terminating(5, 30)], &node),
            "pending",
            "terminating",
        );
        check_outcome(&deletion, &cluster(&[], &node), "seen", "The pod is deleted.");
        check_outcome(&unanswered(cordon(true)), &cluster(&[], &node), "seen", "cordoned");
        // A number of pods may have other reasons.
        check_outcome(&unanswered(scale(3, 1)), &usual(), "unknown", "Outcome unknown");

        // A read tells that it was done.
        for (write, read) in [
            (delete(), terminating(5, 30)),
            (delete(), pod_json("web-1", "u-2")),
            (cordon(true), node),
            (
                scale(3, 5),
                json!({"metadata": {"uid": "u-web"}, "spec": {"replicas": 5}}),
            ),
            (scale(3, 0), json!({"metadata": {"uid": "u-web"}, "spec": {}})),
        ] {
            let mut sent = unanswered(write);
            sent.take(&Ok(read), soon);
            assert_eq!(sent.ask(), None);
            assert_eq!(sent.outcome(&usual()).slug(), "pending", "{sent:?}");
        }
        let mut gone = unanswered(delete());
        let not_found = ApiError::of_response(404, br#"{"kind":"Status","reason":"NotFound"}"#);
        gone.take(&Err(not_found), soon);
        check_outcome(&gone, &usual(), "pending", "Done.");

        // Or that it was not, which is only final when no server would still be at it.
        for (write, read) in [
            (delete(), pod_json("web-1", "u-1")),
            (cordon(true), node_json("u-node", false, "True")),
            (
                scale(3, 5),
                json!({"metadata": {"uid": "u-web"}, "spec": {"replicas": 3}}),
            ),
        ] {
            let mut sent = unanswered(write);
            sent.take(&Ok(read.clone()), soon);
            check_outcome(&sent, &usual(), "unknown", "nothing has changed yet");
            assert!(sent.ask().is_some());
            sent.take(&Ok(read), UNANSWERED_WRITE);
            check_outcome(
                &sent,
                &usual(),
                "not-done",
                "A read shows that the change was not made. You can try again.",
            );
            assert_eq!(sent.ask(), None);
        }
        // A read that fails tells nothing.
        let mut sent = unanswered(delete());
        sent.take(&Err(ApiError::unreachable("")), UNANSWERED_WRITE);
        check_outcome(&sent, &usual(), "unknown", "Outcome unknown");
        assert!(sent.ask().is_some());
    }
}

#[test]
fn a_pod_that_is_terminating_is_not_deleted_again() {
    let words = |pod: &Value, node: &Value| {
        let cluster = cluster(std::slice::from_ref(pod), node);
        delete().needless(&cluster, pod, NOW).expect("it is terminating")
    };
    let ready = node_json("u-node", false, "True");
    assert_eq!(delete().needless(&usual(), &pod_json("web-1", "u-1"), NOW), None);
    assert_eq!(
        words(&terminating(5, 30), &ready),
        "This pod has been terminating for 5 s. Another request changes nothing. Its grace period ends in 25 s."
    );
    let force = "Only a forced deletion removes it from the API; its containers may keep running on worker-1: `kubectl delete \
                 pod web-1 -n shop --force --grace-period=0`.";
    let hour =
        "This pod has been terminating for 1 h. Another request changes nothing. Its grace period of 30 s has ended.";
    let lost = "Its node worker-1 is not ready, so no kubelet confirms that the containers have stopped.";
    assert_eq!(words(&terminating(3_600, 30), &ready), format!("{hour} {force}"));
    for status in ["False", "Unknown"] {
        let node = node_json("u-node", false, status);
        assert_eq!(words(&terminating(3_600, 30), &node), format!("{hour} {lost} {force}"));
    }
    let mut held = terminating(3_600, 30);
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    assert_eq!(
        words(&held, &ready),
        format!("{hour} It stays until its finalizers are removed: example.com/hold.")
    );
    // Another pod of the name is not terminating for this one.
    let mut other = terminating(3_600, 30);
    other["metadata"]["uid"] = json!("u-2");
    let cluster = cluster(std::slice::from_ref(&other), &ready);
    assert_eq!(delete().needless(&cluster, &other, NOW), None);
    assert_eq!(cordon(true).needless(&cluster, &Value::Null, NOW), None);
}

// Whether anything can be changed at all.

#[test]
fn changes_are_allowed_by_the_reader_in_a_page_of_its_own() {
    for (asked, framed, allowed, expected) in [
        (false, false, false, WriteAccess::ReadOnly),
        (false, false, true, WriteAccess::ReadOnly),
        (false, true, true, WriteAccess::ReadOnly),
        (true, false, false, WriteAccess::Offered),
        (true, false, true, WriteAccess::Allowed),
        (true, true, false, WriteAccess::Framed),
        (true, true, true, WriteAccess::Framed),
    ] {
        assert_eq!(
            WriteAccess::of(asked, framed, allowed),
            expected,
            "{asked} {framed} {allowed}"
        );
    }
}

#[test]
fn the_button_that_confirms_waits_until_it_was_to_be_seen() {
    let at = |millis| Duration::from_secs(10) + Duration::from_millis(millis);
    let mut guard = ConfirmGuard::default();
    assert!(!guard.look(at(0), true));
    assert!(!guard.look(at(499), true));
    assert!(guard.look(at(500), true));
    // The focus was elsewhere for a moment: it waits again.
    assert!(!guard.look(at(600), false));
    assert!(!guard.look(at(650), true));
    assert!(!guard.look(at(1_100), true));
    assert!(guard.look(at(1_150), true));
    assert_eq!(CONFIRM_AFTER, Duration::from_millis(500));
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
