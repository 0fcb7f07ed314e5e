//! Who is scaled: the owner that nobody controls, found by reads of what an API serves.

use std::collections::BTreeMap;

use k8bit::{
    resource::ObjectKey,
    view::{
        api_error::ApiError,
        owner::{Climb, ScaleTarget, chain, confirmed, query},
    },
};
use serde_json::{Value, json};

fn key(name: &str) -> ObjectKey {
    ObjectKey {
        namespace: "shop".into(),
        name: name.into(),
    }
}

/// An object of this uid, controlled by `apiVersion kind name uid` or by nobody.
fn object(uid: &str, owner: &str) -> Value {
    let words: Vec<&str> = owner.split_whitespace().collect();
    let owners = match words[..] {
        [api_version, kind, name, uid] => json!([
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "unrelated", "uid": "u-0"},
            {"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true},
        ]),
        _ => json!([]),
    };
    json!({"metadata": {"uid": uid, "ownerReferences": owners}})
}

fn scale(uid: &str, replicas: &Value) -> Value {
    json!({
        "kind": "Scale", "metadata": {"uid": uid, "resourceVersion": "77"},
        "spec": {"replicas": replicas}, "status": {"replicas": 2, "selector": "app=web"},
    })
}

#[test]
fn an_owner_that_pods_name_leads_to_its_pods() {
    let of = |labels: Value, top: &str| {
        let mut pod = object("u-pod", "apps/v1 ReplicaSet web-5d4 u-set");
        pod["metadata"]["labels"] = labels;
        confirmed(&chain(&pod), &object("u-set", top))
    };
    let hashed = json!({"pod-template-hash": "5d4"});
    let queries = |links: &[_], workload| -> Vec<Option<String>> {
        (0..links.len())
            .map(|index| query(links, index, Some(workload), "shop"))
            .collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let deployment = of(hashed, "apps/v1 Deployment web u-top");
    assert_eq!(
        queries(&deployment, ("Deployment", "web")),
        [some("ns:shop owner:rs/web-5d4"), some("ns:shop owner:deploy/web")]
    );
    // No pod names this one, so that no query finds it.
    let other = of(json!({}), "example.org/v1 Fleet web u-top");
    assert_eq!(
        queries(&other, ("ReplicaSet", "web-5d4")),
        [some("ns:shop owner:rs/web-5d4"), None]
    );
    assert_eq!(query(&other, 2, None, "shop"), None);
}

/// Climbs from the pod `web` in an API that serves these paths; what was asked for, and what came of it.
fn climb(api: &[(&str, Value)]) -> (Vec<String>, Result<ScaleTarget, String>) {
    let api: BTreeMap<&str, &Value> = api.iter().map(|(path, object)| (*path, object)).collect();
    let mut climb = Climb::new(&key("web"), "u-pod");
    let mut asked = Vec::new();
    while let Some(path) = climb.ask() {
        let path = path.to_string();
        assert!(asked.len() < 40, "it comes to an end: {asked:?}");
        climb.take(match api.get(path.as_str()) {
            Some(Value::Number(code)) => Err(ApiError::of_response(
                u16::try_from(code.as_u64().expect("a code")).expect("a code"),
                br#"{"kind":"Status","reason":"Forbidden","message":"no"}"#,
            )),
            Some(object) => Ok((*object).clone()),
            None => Err(ApiError::of_response(
                404,
                br#"{"kind":"Status","reason":"NotFound","message":"not found"}"#,
            )),
        });
        asked.push(path);
    }
    (asked, climb.finish())
}

#[track_caller]
fn check_refused(api: &[(&str, Value)], parts: &[&str]) {
    let (asked, found) = climb(api);
    let words = found.expect_err("nothing is to be scaled");
    for part in parts {
        assert!(words.contains(part), "{words}");
    }
    assert!(!asked.iter().any(|path| path.ends_with("/scale")), "{asked:?}");
}

const POD: &str = "api/v1/namespaces/shop/pods/web";
const SET: &str = "apis/apps/v1/namespaces/shop/replicasets/web-bcdfg";
const DEPLOYMENT: &str = "apis/apps/v1/namespaces/shop/deployments/web";

fn of_set() -> Value {
    object("u-pod", "apps/v1 ReplicaSet web-bcdfg u-set")
}

fn kinds(resources: &[(&str, &str, bool)]) -> Value {
    let resources: Vec<Value> = resources
        .iter()
        .map(|(name, kind, namespaced)| json!({"name": name, "kind": kind, "namespaced": namespaced}))
        .collect();
    json!({"kind": "APIResourceList", "resources": resources})
}

#[test]
fn a_deployment_is_scaled_and_not_its_replica_set() {
    let (asked, found) = climb(&[
        (POD, of_set()),
        (SET, object("u-set", "apps/v1 Deployment web u-top")),
        (DEPLOYMENT, object("u-top", "")),
        (&format!("{DEPLOYMENT}/scale"), scale("u-top", &json!(3))),
    ]);
    assert_eq!(asked, [POD, SET, DEPLOYMENT, &format!("{DEPLOYMENT}/scale")]);
    let target = found.expect("a target");
    assert_eq!(target.title(), "Deployment web");
    assert_eq!((target.uid.as_str(), target.resource_version.as_str()), ("u-top", "77"));
    assert_eq!((target.replicas, target.current()), (Some(3), 3));
    assert!(target.selector.is_some());
    assert_eq!(target.path().to_string(), format!("{DEPLOYMENT}/scale"));
}

#[test]
fn a_set_that_nobody_controls_is_scaled_itself() {
    let (_, found) = climb(&[
        (POD, of_set()),
        (SET, object("u-set", "")),
        (&format!("{SET}/scale"), scale("u-set", &Value::Null)),
    ]);
    let target = found.expect("a target");
    assert_eq!(
        (target.title().as_str(), target.replicas),
        ("ReplicaSet web-bcdfg", None)
    );
}

#[test]
fn custom_resources_are_scaled_where_they_have_a_scale() {
    // Argo Rollouts: the ReplicaSet is of a Rollout.
    let rollout = "apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web";
    let (asked, found) = climb(&[
        (POD, of_set()),
        (SET, object("u-set", "argoproj.io/v1alpha1 Rollout web u-top")),
        (
            "apis/argoproj.io/v1alpha1",
            kinds(&[
                ("rollouts", "Rollout", true),
                ("rollouts/scale", "Scale", true),
                ("rollouts/status", "Rollout", true),
            ]),
        ),
        (rollout, object("u-top", "")),
        (&format!("{rollout}/scale"), scale("u-top", &json!(5))),
    ]);
    let scaled = format!("{rollout}/scale");
    assert_eq!(asked, [POD, SET, "apis/argoproj.io/v1alpha1", rollout, &scaled]);
    assert_eq!(found.expect("a target").title(), "Rollout web");

    // OpenShift: the ReplicationController is of a DeploymentConfig.
    let config = "apis/apps.openshift.io/v1/namespaces/shop/deploymentconfigs/web";
    let (_, found) = climb(&[
        (POD, object("u-pod", "v1 ReplicationController web-3 u-set")),
        (
            "api/v1/namespaces/shop/replicationcontrollers/web-3",
            object("u-set", "apps.openshift.io/v1 DeploymentConfig web u-top"),
        ),
        (
            "apis/apps.openshift.io/v1",
            kinds(&[
                ("deploymentconfigs", "DeploymentConfig", true),
                ("deploymentconfigs/scale", "Scale", true),
            ]),
        ),
        (config, object("u-top", "")),
        (&format!("{config}/scale"), scale("u-top", &json!(1))),
    ]);
    assert_eq!(found.expect("a target").path().to_string(), format!("{config}/scale"));

    // Kruise: a StatefulSet of another group.
    let kruise = "apis/apps.kruise.io/v1beta1/namespaces/shop/statefulsets/db";
    let (_, found) = climb(&[
        (POD, object("u-pod", "apps.kruise.io/v1beta1 StatefulSet db u-top")),
        (
            "apis/apps.kruise.io/v1beta1",
            kinds(&[
                ("statefulsets/scale", "Scale", true),
                ("statefulsets", "StatefulSet", true),
            ]),
        ),
        (kruise, object("u-top", "")),
        (&format!("{kruise}/scale"), scale("u-top", &json!(2))),
    ]);
    assert_eq!(found.expect("a target").path().to_string(), format!("{kruise}/scale"));

    // An owner without a namespace.
    let cluster = "apis/example.com/v1/fleets/all";
    let (_, found) = climb(&[
        (POD, object("u-pod", "example.com/v1 Fleet all u-top")),
        (
            "apis/example.com/v1",
            kinds(&[("fleets", "Fleet", false), ("fleets/scale", "Scale", false)]),
        ),
        (cluster, object("u-top", "")),
        (&format!("{cluster}/scale"), scale("u-top", &json!(2))),
    ]);
    assert_eq!(found.expect("a target").path().to_string(), format!("{cluster}/scale"));
}

#[test]
fn who_sets_the_number_back_is_named_and_nothing_is_scaled() {
    // Knative: the Deployment is scaled by a Revision.
    check_refused(
        &[
            (POD, of_set()),
            (SET, object("u-set", "apps/v1 Deployment web u-deploy")),
            (
                DEPLOYMENT,
                object("u-deploy", "serving.knative.dev/v1 Revision web-00001 u-top"),
            ),
            (
                "apis/serving.knative.dev/v1",
                kinds(&[("revisions", "Revision", true), ("services", "Service", true)]),
            ),
            (
                "apis/serving.knative.dev/v1/namespaces/shop/revisions/web-00001",
                object("u-top", ""),
            ),
        ],
        &[
            "Deployment web belongs to Revision web-00001 (serving.knative.dev/v1), which has no scale subresource.",
            "Revision web-00001 decides how many pods there are and would set another number back. Change it there.",
        ],
    );
    check_refused(
        &[
            (POD, object("u-pod", "batch.volcano.sh/v1alpha1 Job train u-top")),
            ("apis/batch.volcano.sh/v1alpha1", kinds(&[("jobs", "Job", true)])),
            (
                "apis/batch.volcano.sh/v1alpha1/namespaces/shop/jobs/train",
                object("u-top", ""),
            ),
        ],
        &["Job train (batch.volcano.sh/v1alpha1) has no scale subresource"],
    );
    check_refused(&[(POD, object("u-pod", ""))], &["No controller owns this pod"]);
}

#[test]
fn nothing_is_written_to_a_guess() {
    let unknown = "So K8bit does not know what sets the number of pods, and changes nothing.";
    // The name suggests a Deployment; the set may not be read, so nobody says that it is one.
    check_refused(
        &[(POD, of_set()), (SET, json!(403)), (DEPLOYMENT, object("u-top", ""))],
        &["You may not get replicasets.", unknown],
    );
    check_refused(
        &[
            (POD, of_set()),
            (SET, object("u-set", "apps/v1 Deployment web u-top")),
            (DEPLOYMENT, json!(503)),
        ],
        &[unknown],
    );
    check_refused(&[(POD, json!(403))], &["You may not get the pod.", unknown]);
    check_refused(
        &[(POD, of_set()), (SET, object("u-set", "example.com/v1 Foo web u-top"))],
        &["Foo web has the API version example.com/v1, which the API server does not serve"],
    );
    check_refused(
        &[
            (POD, of_set()),
            (SET, object("u-set", "example.com/v1 Foo web u-top")),
            ("apis/example.com/v1", kinds(&[("bars", "Bar", true)])),
        ],
        &["The API server does not have the kind of the owner Foo web in example.com/v1"],
    );
}

#[test]
fn another_object_of_the_name_is_not_the_owner() {
    check_refused(&[(POD, object("u-other", ""))], &["Another pod has this name now."]);
    check_refused(&[(POD, of_set())], &["ReplicaSet web-bcdfg no longer exists"]);
    check_refused(
        &[(POD, of_set()), (SET, object("u-other", ""))],
        &["ReplicaSet web-bcdfg was replaced by another object of this name"],
    );
    let (_, found) = climb(&[
        (POD, of_set()),
        (SET, object("u-set", "")),
        (&format!("{SET}/scale"), scale("u-other", &json!(3))),
    ]);
    assert!(found.expect_err("another set").contains("was replaced"));
}

#[test]
fn hostile_owners_cause_no_request() {
    let owner = |api_version: &str, kind: &str, name: &str| {
        json!({"metadata": {"uid": "u-pod", "ownerReferences": [
            {"apiVersion": api_version, "kind": kind, "name": name, "uid": "u-top", "controller": true}]}})
    };
    for (api_version, kind, name) in [
        (
            "apps/v1",
            "Deployment",
            "../../kube-system/deployments/coredns/scale?x=",
        ),
        ("apps/v1", "ReplicaSet", ".."),
        ("apps/v1", "ReplicaSet", "a%2f..%2fb"),
        ("apps/v1", "ReplicaSet", ""),
        ("apps/v1", "ReplicaSet", "web?dryRun=All"),
        ("../../api/v1", "Secret", "web"),
        ("a/../../v1", "Secret", "web"),
        ("example.com/v1?x=", "Secret", "web"),
    ] {
        let (asked, found) = climb(&[(POD, owner(api_version, kind, name))]);
        assert_eq!(asked, [POD], "{api_version} {kind} {name}");
        let words = found.expect_err("no target");
        assert!(words.contains("K8bit sends no request with it."), "{words}");
    }
    // A server that names a resource so.
    let (asked, found) = climb(&[
        (POD, owner("example.com/v1", "Foo", "web")),
        ("apis/example.com/v1", kinds(&[("foos?x=", "Foo", true)])),
    ]);
    assert_eq!(asked, [POD, "apis/example.com/v1"]);
    assert!(found.expect_err("no target").contains("is not the name of a resource"));
    let (asked, _) = climb(&[(POD, owner("apps/v1", "ReplicaSet", "web"))]);
    assert_eq!(asked.len(), 2, "{asked:?}");
    // Nothing is asked of a pod whose own name cannot be.
    assert_eq!(Climb::new(&key("../../x"), "u").ask(), None);
}

#[test]
fn owners_that_own_each_other_come_to_an_end() {
    check_refused(
        &[
            (POD, of_set()),
            (SET, object("u-set", "apps/v1 Deployment web u-top")),
            (DEPLOYMENT, object("u-top", "apps/v1 ReplicaSet web-bcdfg u-set")),
        ],
        &["K8bit did not find the top owner of this pod"],
    );
    let long: Vec<(String, Value)> = (0..20)
        .map(|index| {
            let path = format!("apis/apps/v1/namespaces/shop/replicasets/s-{index}");
            (
                path,
                object(
                    &format!("u-{index}"),
                    &format!("apps/v1 ReplicaSet s-{0} u-{0}", index + 1),
                ),
            )
        })
        .collect();
    let mut api: Vec<(&str, Value)> = long
        .iter()
        .map(|(path, object)| (path.as_str(), object.clone()))
        .collect();
    api.push((POD, object("u-pod", "apps/v1 ReplicaSet s-0 u-0")));
    check_refused(&api, &["It stopped at ReplicaSet s-8 after 8 others."]);
}
