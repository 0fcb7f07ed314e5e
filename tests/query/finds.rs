//! What queries find.

use k8bit::{
    resource::{Node, Pod},
    view::query::owned_by,
};
use serde_json::{Value, json};

use super::{NOW, node, parse, pod};

/// Checks which of the queries find the pod, on that node.
#[track_caller]
fn check_on(pod: &Pod, node: Option<&Node>, found: &[&str], not_found: &[&str]) {
    for text in found {
        assert!(parse(text).matches(pod, node, NOW), "{text} finds the pod");
        assert!(
            !parse(&format!("!({text})")).matches(pod, node, NOW),
            "!({text}) does not find the pod"
        );
    }
    for text in not_found {
        assert!(!parse(text).matches(pod, node, NOW), "{text} does not find the pod");
        assert!(
            parse(&format!("!({text})")).matches(pod, node, NOW),
            "!({text}) finds the pod"
        );
    }
}

#[track_caller]
fn check(changes: &Value, found: &[&str], not_found: &[&str]) {
    check_on(&pod(changes), Some(&node(&json!({}))), found, not_found);
}

#[track_caller]
fn check_node(node: &Node, found: &[&str], not_found: &[&str]) {
    for text in found {
        assert!(parse(text).matches_node(node, NOW), "{text} finds the node");
    }
    for text in not_found {
        assert!(!parse(text).matches_node(node, NOW), "{text} does not find the node");
    }
}

/// A container that restarted some time before [`NOW`].
fn restarted(at: &str, count: u32) -> Value {
    json!({ "status": { "containerStatuses": [{
        "name": "web", "ready": false, "restartCount": count,
        "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        "lastState": { "terminated": { "exitCode": 137, "reason": "OOMKilled", "finishedAt": at } },
    }] } })
}

#[test]
fn the_empty_query_finds_everything() {
    assert!(parse("").matches(&pod(&json!({})), None, NOW));
    assert!(parse(" ").matches_node(&node(&json!({})), NOW));
}

#[test]
fn free_text() {
    check(
        &json!({}),
        &[
            "web",
            "WEB",
            "shop",
            "worker-1",
            "running",
            "nginx",
            "envoy",
            "1.27",
            "227z",
            "10.244.7",
            "244.7.19",
            "\"7.19\"",
            "shop/web",
            "op/web-7f8",
            "w*227",
            "/^web-[0-9a-f]+-/",
            "/SHOP|payments/",
            "/10[.]244/",
            "\"docker.io/library/nginx:1.27\"",
        ],
        &[
            "api",
            "web-8",
            "10.245",
            "shop/api",
            "pay/web",
            "/^7f8/",
            "burstable",
            "worker-12",
            "web*shop",
        ],
    );
    check(
        &json!({ "status": { "podIP": "FD00:0::1" } }),
        &["\"fd00::1\"", "fd00"],
        &["10.244"],
    );
    // Every address of a pod with two.
    check(
        &json!({ "status": { "podIPs": [{ "ip": "10.244.7.19" }, { "ip": "fd00:10:244::7:13" }] } }),
        &["10.244.7.19", "ip:10.244.*", "ip:\"fd00:10:244::7:13\"", "\"244::7\""],
        &["10.245", "ip:\"fd00:11::7:13\""],
    );
}

#[test]
fn an_ipv6_address_needs_no_quotes() {
    check(
        &json!({ "status": { "podIP": "fd00:10:244::5" } }),
        &[
            "fd00:10:244::5",
            "FD00:10:244::5",
            "fd00:10:244:",
            "10:244::",
            "::5",
            "fd00:10:*",
            "fd00:10:244:0:0:0:0:5",
            "ip:fd00:10:244::5",
            "ip:fd00:0010:244:0::5",
            "ip:fd00:10:*",
            "(fd00:10:244::5 | api) web",
            "\"fd00:10:244::5\"",
        ],
        &[
            "fd00:10:244::6",
            "::1",
            "fd00:11:*",
            "ip:fd00:10:244::",
            "fd01:10:244:0:0:0:0:5",
        ],
    );
    check(&json!({}), &["10.244.7.19"], &["::1", "fd00::1"]);
}

#[test]
fn fields_are_compared_in_full() {
    check(
        &json!({}),
        &[
            "ns:shop",
            "namespace:shop",
            "namespace=shop",
            "ns==shop",
            "NS:SHOP",
            "ns:payments,shop",
            "ns:s*p",
            "ns:/ho/",
            "ns:\"shop\"",
            "ns in (payments, shop)",
            "ns notin (payments)",
            "ns!=payments",
            "node:worker-1",
            "node:worker-*",
            "node:*",
            "status:running",
            "name:web-*",
            "pod:*227zt",
            "qos:burstable",
            "ip:10.244.7.19",
            "ip:10.244.*",
            "zone:eu-1a",
            "role:worker",
            "type:m5.*",
            "version:v1.36.*",
            "taint:dedicated",
            "taint:dedicated=gpu:NoSchedule",
        ],
        &[
            "ns:sho",
            "ns:shop-2",
            "ns:hop",
            "ns!=shop",
            "ns notin (shop,payments)",
            "node:worker",
            "node:worker-11",
            "status:Run",
            "name:web",
            "qos:Guaranteed",
            "ip:10.244.7.1",
            "zone:eu-1",
            "role:control-plane",
            "taint:gpu",
        ],
    );
}

#[test]
fn what_a_pod_has_through_its_node_needs_a_node() {
    check_on(
        &pod(&json!({ "spec": { "nodeName": null } })),
        None,
        &["is:unscheduled", "node!=worker-1", "zone!=eu-1a"],
        &["node:*", "zone:*", "role:*", "is:cordoned", "cpu>0%", "cpu<100%"],
    );
}

#[test]
fn images_are_compared_by_whole_parts() {
    check(
        &json!({}),
        &[
            "image:nginx",
            "image:library/nginx",
            "image:nginx:1.27",
            "image:envoy",
            "image:docker.io/*",
            "image:*ngi*",
            "image:/nginx:1[.]2[0-9]/",
        ],
        &["image:ngi", "image:nginx:1", "image:librar", "image:apache"],
    );
}

#[test]
fn owners_are_found_through_the_names_of_replica_sets_and_jobs() {
    check(
        &json!({}),
        &[
            "owner:web",
            "owner:web-7f8fbb96d",
            "owner:deploy/web",
            "owner:Deployment/web",
            "owner:deployments.apps/web",
            "owner:rs/web-7f8fbb96d",
            "owner:deploy/*",
            "owner:w*",
            "owner:/^we/",
        ],
        &[
            "owner:we",
            "owner:rs/web",
            "owner:deploy/web-7f8fbb96d",
            "owner:ds/web",
            "owner:Me",
        ],
    );
    let owner = |kind: &str, name: &str| json!({ "metadata": { "ownerReferences": [{ "kind": kind, "name": name, "controller": true }] } });
    // The links of the details find the pods of that namespace.
    let find = |namespace: &str, kind: &str, name: &str| owned_by(namespace, kind, name).expect("a query");
    assert_eq!(find("shop", "Deployment", "web"), "ns:shop owner:deploy/web");
    check(
        &json!({}),
        &[
            &find("shop", "Deployment", "web"),
            &find("shop", "ReplicaSet", "web-7f8fbb96d"),
        ],
        &[&find("pay", "Deployment", "web"), &find("shop", "Rollout", "web")],
    );
    check(
        &owner("Rollout", "two \"words\" *"),
        &[&find("shop", "Rollout", "two \"words\" *")],
        &[&find("shop", "Rollout", "two \"words\" x")],
    );
    assert_eq!(owned_by("shop", "no kind", "web"), None);
    check(
        &owner("Job", "backup-29501230"),
        &[
            "owner:backup",
            "owner:cj/backup",
            "owner:cronjob/backup",
            "owner:job/backup-29501230",
        ],
        &["owner:job/backup", "owner:web"],
    );
    check(
        &owner("StatefulSet", "db"),
        &["owner:sts/db", "owner:db"],
        &["owner:deploy/db"],
    );
    check(
        &owner("Rollout", "web"),
        &["owner:rollout/web", "owner:rollout.argoproj.io/web", "owner:web"],
        &["owner:deploy/web"],
    );
    check(
        &json!({ "metadata": { "ownerReferences": null } }),
        &[],
        &["owner:*", "owner:web"],
    );
}

#[test]
fn labels_select_as_in_kubectl() {
    check(
        &json!({}),
        &[
            "app=web",
            "app==web",
            "app = web",
            "app in (api, web)",
            "app!=api",
            "app notin (api,db)",
            "tier!=front",
            "tier notin (a)",
            "has:app",
            "label:app",
            "!has:tier",
            "app.kubernetes.io/name=Web",
            "label:owner=Me",
            "label:owner!=you",
            "app=w*",
            "app=/^w/",
            "empty=\"\"",
            "app=\"web\"",
            "label:app=web,api",
        ],
        &[
            "app=Web",
            "App=web",
            "app!=web",
            "app notin (web)",
            "tier=front",
            "tier in (a,b)",
            "has:tier",
            "app.kubernetes.io/name=web",
            "owner=Me",
            "empty=x",
            "app=\"\"",
        ],
    );
}

#[test]
fn numbers_are_compared() {
    check(
        &restarted("2026-11-23T08:40:03Z", 4),
        &[
            "restarts>3",
            "restarts>=4",
            "restarts<5",
            "restarts<=4",
            "restarts=4",
            "restarts:4",
            "restarts!=3",
            "restarts > 3",
            "age>40m",
            "age<1h",
            "age<=43m3s",
            "age>=43m3s",
            "age<1d",
            "restarted<10m",
            "restarted>2m",
            "ready<1",
            "ready=0/2",
            "ready<100%",
            "ready:0",
            "ready!=1/2",
            "cpu=500m",
            "cpu>0.4",
            "cpu<1",
            "cpu>12%",
            "cpu<=13%",
            "memory>1000M",
            "memory=1Gi",
            "mem<2Gi",
            "memory<7%",
        ],
        &[
            "restarts>4",
            "restarts<4",
            "restarts!=4",
            "age>1h",
            "age<43m",
            "restarted<1m",
            "ready>0",
            "ready=1/2",
            "ready=100%",
            "cpu>500m",
            "cpu>13%",
            "memory>1Gi",
        ],
    );
    check(
        &json!({}),
        &["ready=2", "ready=2/2", "ready=100%", "restarts=0"],
        &["restarted<10y", "restarted>0s", "ready<100%"],
    );
    check(
        &json!({ "metadata": { "creationTimestamp": null } }),
        &[],
        &["age<10y", "age>0s"],
    );
}

#[test]
fn states() {
    check(
        &json!({}),
        &["is:ready", "is:healthy", "family:healthy"],
        &[
            "is:problem",
            "is:pending",
            "is:failing",
            "is:restarted",
            "is:terminating",
            "is:stuck",
            "is:slow",
            "is:lost",
            "is:unschedulable",
            "is:cordoned",
            "is:pressure",
            "is:node-not-ready",
            "is:node-unreachable",
            "is:node-missing",
            "is:evicted",
            "is:unscheduled",
        ],
    );
    check(
        &restarted("2026-11-23T08:40:03Z", 4),
        &[
            "is:failing",
            "family:failing",
            "is:problem",
            "is:restarted",
            "status:CrashLoopBackOff",
        ],
        &["is:ready", "is:healthy"],
    );
    check(
        &restarted("2026-11-23T07:40:03Z", 4),
        &["is:problem"],
        &["is:restarted"],
    );
    check(
        &json!({ "status": { "phase": "Pending", "containerStatuses": null } }),
        &["is:pending", "is:starting", "is:slow", "is:problem"],
        &["is:ready", "is:unschedulable"],
    );
    check(
        &json!({
            "metadata": { "creationTimestamp": "2026-11-23T08:40:03Z" },
            "status": { "phase": "Pending", "containerStatuses": null },
        }),
        &["is:pending", "is:starting"],
        &["is:slow", "is:problem"],
    );
    check(
        &json!({ "spec": { "nodeName": null }, "status": { "phase": "Pending", "containerStatuses": null, "conditions": [
            { "type": "PodScheduled", "status": "False", "reason": "Unschedulable" },
        ] } }),
        &["is:unschedulable", "is:blocked", "is:unscheduled", "is:problem"],
        &["is:slow", "is:starting"],
    );
    check(
        &json!({
            "metadata": { "deletionTimestamp": "2026-11-23T08:00:33Z" },
            "status": { "reason": "NodeLost" },
        }),
        &["is:lost", "is:gone", "is:problem"],
        &["is:stuck"],
    );
    let deleted = |at: &str| json!({ "metadata": { "deletionTimestamp": at } });
    check(
        &deleted("2026-11-23T08:42:34Z"),
        &["is:terminating", "is:gone"],
        &["is:stuck", "is:problem", "is:lost"],
    );
    check(
        &deleted("2026-11-23T08:40:33Z"),
        &["is:terminating", "is:stuck", "is:problem"],
        &["is:ready"],
    );
    check(
        &json!({ "status": { "phase": "Failed", "reason": "Evicted", "containerStatuses": null } }),
        &["is:evicted", "is:failing", "is:failed", "is:finished"],
        &["is:problem"],
    );
    // What it is, whatever its STATUS.
    let ended = |code: i32, reason: &str| json!([{ "name": "web", "ready": false, "restartCount": 0, "state": { "terminated": { "exitCode": code, "reason": reason } } }]);
    check(
        &json!({ "status": { "phase": "Failed", "reason": "Evicted", "containerStatuses": ended(137, "Error") } }),
        &[
            "status:Error",
            "is:evicted",
            "is:failed",
            "is:finished",
            "family:failing",
        ],
        &["is:problem", "is:ready", "is:pending", "is:slow"],
    );
    check(
        &json!({ "status": { "phase": "Succeeded", "containerStatuses": ended(1, "Error") } }),
        &["status:Error", "is:finished", "is:done"],
        &["is:problem", "is:failed", "is:failing", "is:restarted"],
    );
    check(
        &json!({ "status": { "phase": "Pending", "containerStatuses": [
            { "name": "web", "restartCount": 0, "state": { "waiting": { "reason": "ImagePullBackOff" } } },
        ] } }),
        &["is:pending", "is:failing", "is:problem"],
        &["is:starting", "is:failed"],
    );
    check(
        &json!({ "status": { "conditions": [{ "type": "Ready", "status": "False" }] } }),
        &["status:Running", "is:not-ready", "ready=100%"],
        &["is:ready", "is:healthy"],
    );
    let resize = |kind: &str, reason: &str| json!({ "status": { "conditions": [{ "type": kind, "status": "True", "reason": reason }] } });
    for (kind, reason) in [
        ("PodResizePending", "Deferred"),
        ("PodResizePending", "Infeasible"),
        ("PodResizeInProgress", ""),
    ] {
        check(&resize(kind, reason), &["is:resizing", "is:ready"], &["is:problem"]);
    }
    check(&json!({}), &[], &["is:resizing", "is:finished", "is:failed"]);
    check_on(
        &pod(&json!({})),
        None,
        &["is:node-missing"],
        &["is:node-unreachable", "is:problem"],
    );
    check_on(
        &pod(&json!({})),
        Some(&node(
            &json!({ "spec": { "unschedulable": true }, "status": { "conditions": [
            { "type": "Ready", "status": "True" }, { "type": "MemoryPressure", "status": "True" },
        ] } }),
        )),
        &[
            "is:cordoned",
            "is:pressure",
            "pressure:memory",
            "pressure:MemoryPressure",
        ],
        &["is:problem", "pressure:disk", "pressure:mem"],
    );
    let conditions = |kinds: &[(&str, &str)]| {
        let list: Vec<Value> = kinds
            .iter()
            .map(|(kind, status)| json!({ "type": kind, "status": status }))
            .collect();
        node(&json!({ "status": { "conditions": list } }))
    };
    let agent = [
        ("Ready", "True"),
        ("NetworkingReady", "False"),
        ("KernelReady", "True"),
        ("Drained", "True"),
    ];
    check_on(
        &pod(&json!({})),
        Some(&conditions(&agent)),
        &["condition:NetworkingReady", "condition:drained", "condition:*"],
        &["condition:KernelReady", "is:pressure", "pressure:*", "is:problem"],
    );
    check_node(
        &conditions(&agent),
        &["condition:NetworkingReady", "is:problem", "is:ready"],
        &["is:pressure", "is:terminating"],
    );
    check_node(
        &node(&json!({ "metadata": { "deletionTimestamp": "2026-11-23T08:42:34Z" } })),
        &["is:terminating"],
        &["is:problem", "condition:*"],
    );
}

#[test]
fn terms_combine() {
    check(
        &json!({}),
        &[
            "ns:shop web",
            "ns:shop | api",
            "api | ns:shop",
            "(api | web) ns:shop",
            "ns:shop !api",
            "!(api | db)",
            "-api web",
            "a | b | web",
        ],
        &[
            "ns:shop api",
            "api | db",
            "(api | web) ns:pay",
            "ns:shop !web",
            "web -shop",
        ],
    );
}

#[test]
fn nodes_are_found_by_what_nodes_have() {
    let ready = node(&json!({}));
    check_node(
        &ready,
        &[
            "worker-1",
            "eu-1a",
            "m5.xlarge",
            "v1.36",
            "worker",
            "ready",
            "node:worker-1",
            "name:worker-*",
            "status:Ready",
            "zone:eu-1a",
            "role:worker",
            "type:m5.xlarge",
            "taint:dedicated",
            "version:v1.36.2",
            "disk=ssd",
            "has:disk",
            "disk!=hdd",
            "is:ready",
            "age>10d",
            "zone:eu-1a !is:cordoned",
            "node:worker-1 | ns:shop",
        ],
        &[
            "shop",
            "node:worker-2",
            "disk=hdd",
            "is:problem",
            "is:cordoned",
            "is:not-ready",
            "age<10d",
        ],
    );
    // What only a pod has finds no node, negated or not.
    for text in [
        "ns:shop",
        "owner:web",
        "image:nginx",
        "restarts>3",
        "cpu<1",
        "qos:Burstable",
        "app=web",
        "has:app",
        "is:failing",
        "is:restarted",
        "ip:10.*",
        "ready<1",
    ] {
        check_node(
            &ready,
            &[],
            &[
                text,
                &format!("!{text}"),
                &format!("zone:eu-1a {text}"),
                &format!("zone:eu-1a !{text}"),
            ],
        );
    }
    check_node(
        &node(&json!({ "spec": { "unschedulable": true }, "status": { "conditions": [
            { "type": "Ready", "status": "False" }, { "type": "DiskPressure", "status": "True" },
        ] } })),
        &[
            "is:problem",
            "is:cordoned",
            "is:pressure",
            "is:not-ready",
            "status:NotReady",
            "status:SchedulingDisabled",
            "status:\"NotReady,SchedulingDisabled\"",
        ],
        &["is:ready", "status:Ready"],
    );
}
