//! What the user chooses of the picture: every order of the boxes, every grouping, every color of the blocks.
//!
//! What has to be shown is worked out here from the objects of the API, by rules written down a second time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8bit_simulator::{
    api::{Access, ApiOptions, Resource, format_time},
    http::{ServerHandle, ServerOptions},
    quantity, sample,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::{
    api::{Api, text},
    cluster::Cluster,
    objects,
    page::Page,
    stage::{Stage, Turn},
    wait::{LATER, SOON, eventually},
};

/// Every order, by its name in the address, as its menu has them.
const SORTS: [&str; 6] = ["name", "age", "pods", "cpu", "memory", "problems"];

/// Every grouping in the same way. Its menu has that by a label only where the address asks for it.
const GROUPS: [&str; 8] = [
    "none",
    "zone",
    "pool",
    "role",
    "type",
    "namespace",
    "owner",
    "label:rack",
];

/// Every coloring, and the title of its legend.
const COLORS: [(&str, &str); 8] = [
    ("status", ""),
    ("namespace", "Namespace"),
    ("owner", "Owner"),
    ("age", "Age"),
    ("restarts", "Restarts"),
    ("qos", "QoS class"),
    ("cpu", "CPU, used or else requested"),
    ("memory", "Memory, used or else requested"),
];

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A node: its name, age, cores, memory in GiB, whether it is ready, its labels.
type NodeFacts = (
    &'static str,
    i64,
    u32,
    u32,
    bool,
    &'static [(&'static str, &'static str)],
);

/// No two of them are alike in anything that boxes are ordered by. Numbers in names count as numbers.
const NODES: [NodeFacts; 5] = [
    (
        "n1",
        30 * DAY,
        8,
        32,
        true,
        &[
            ("topology.kubernetes.io/zone", "eu-10"),
            ("karpenter.sh/nodepool", "general"),
            ("node-role.kubernetes.io/worker", ""),
            ("node.kubernetes.io/instance-type", "m8"),
            ("rack", "r10"),
        ],
    ),
    (
        "n2",
        3 * DAY,
        4,
        64,
        true,
        &[
            ("topology.kubernetes.io/zone", "eu-9"),
            ("cloud.google.com/gke-nodepool", "batch"),
            ("node-role.kubernetes.io/worker", ""),
            ("node-role.kubernetes.io/control-plane", ""),
            ("node.kubernetes.io/instance-type", "c4"),
            ("rack", "r9"),
        ],
    ),
    (
        "n3",
        90 * DAY,
        2,
        4,
        false,
        &[
            ("topology.kubernetes.io/zone", "eu-9"),
            ("karpenter.sh/nodepool", "general"),
            ("node-role.kubernetes.io/worker", ""),
            ("node.kubernetes.io/instance-type", "m8"),
        ],
    ),
    (
        "n10",
        HOUR,
        16,
        16,
        true,
        &[("topology.kubernetes.io/zone", "eu-10"), ("rack", "r9")],
    ),
    ("n11", 2 * HOUR, 16, 128, true, &[]),
];

/// A pod: its namespace, name, node, controller and state; its restarts and age; its requests of processor time and of
/// memory, which are limits, too, where a `!` stands before them.
type PodFacts = ([&'static str; 5], u32, i64, &'static str, &'static str);

const PODS: [PodFacts; 17] = [
    (
        ["shop", "web-5d4-a", "n1", "ReplicaSet/web-5d4", "running"],
        0,
        5 * MINUTE,
        "20m",
        "32Mi",
    ),
    (
        ["shop", "web-5d4-b", "n2", "ReplicaSet/web-5d4", "running"],
        2,
        30 * MINUTE,
        "100m",
        "128Mi",
    ),
    (
        ["shop", "web-5d4-c", "n10", "ReplicaSet/web-5d4", "not ready"],
        1,
        5 * HOUR,
        "300m",
        "512Mi",
    ),
    (
        ["shop", "db-0", "n1", "StatefulSet/db", "running"],
        5,
        3 * DAY,
        "!2",
        "!8Gi",
    ),
    (
        ["shop", "db-1", "n11", "StatefulSet/db", "running"],
        12,
        20 * DAY,
        "!2",
        "!1Gi",
    ),
    (
        ["batch9", "backup-29384760-x", "n3", "Job/backup-29384760", "done"],
        0,
        2 * HOUR,
        "500m",
        "1Gi",
    ),
    (["batch9", "crash-1", "n10", "", "failing"], 60, 8 * DAY, "4", "2Gi"),
    (["batch9", "crash-2", "n11", "", "failing"], 3, 2 * DAY, "", "5Gi"),
    (["batch10", "crash-3", "n10", "", "failing"], 49, 2 * DAY, "1", ""),
    (
        ["e2e", "agent-1", "n1", "DaemonSet/agent", "running"],
        0,
        2 * DAY,
        "",
        "",
    ),
    (
        ["e2e", "agent-2", "n2", "DaemonSet/agent", "running"],
        0,
        2 * DAY,
        "",
        "",
    ),
    (
        ["e2e", "agent-3", "n3", "DaemonSet/agent", "running"],
        0,
        9 * DAY,
        "",
        "",
    ),
    (
        ["e2e", "agent-4", "n10", "DaemonSet/agent", "running"],
        1,
        2 * DAY,
        "",
        "",
    ),
    (["e2e", "starting", "n2", "", "starting"], 0, 2 * MINUTE, "100m", "10Gi"),
    (["e2e", "going", "n3", "", "going"], 0, 2 * HOUR, "1500m", "64Mi"),
    (["e2e", "waiting", "", "", "blocked"], 0, MINUTE, "500m", "64Mi"),
    // Its node is gone.
    (["e2e", "lost", "n20", "", "running"], 0, MINUTE, "", ""),
];

/// Puts all of it into a cluster, as if it had been there before.
fn populate(simulator: &ServerHandle) {
    let now = simulator.now();
    let since = |age: i64| format_time(Timestamp::from_second(now.as_second() - age).expect("a time of this century"));
    simulator.with_api(|api| {
        for (name, age, cores, memory, is_ready, labels) in NODES {
            let mut node = sample::node_of(name, cores, memory);
            node["metadata"]["creationTimestamp"] = since(age).into();
            for (key, value) in labels {
                node["metadata"]["labels"][*key] = (*value).into();
            }
            if !is_ready {
                node["status"]["conditions"] =
                    json!([{"type": "Ready", "status": "False", "reason": "KubeletNotReady"}]);
            }
            api.load(now, Resource::Nodes, node);
        }
        for ([namespace, name, node, controller, state], restarts, age, cpu, memory) in PODS {
            let mut pod = sample::running_pod(namespace, name, node);
            let metadata = &mut pod["metadata"];
            metadata["creationTimestamp"] = since(age).into();
            if let Some((kind, name)) = controller.split_once('/') {
                metadata["ownerReferences"] = json!([{
                    "apiVersion": if kind == "Job" { "batch/v1" } else { "apps/v1" }, "kind": kind, "name": name, "controller": true,
                    "uid": "0c1a72e8-6dc6-4ed0-b068-6c35209896fe",
                }]);
                metadata["labels"]["pod-template-hash"] = "5d4".into();
            }
            pod["spec"]["containers"][0]["resources"] = resources(cpu, memory);
            pod["status"]["containerStatuses"][0]["restartCount"] = restarts.into();
            enter(&mut pod, state, &since(0));
            api.load(now, Resource::Pods, pod);
        }
    });
}

fn resources(cpu: &str, memory: &str) -> Value {
    let mut resources = json!({});
    for (name, amount) in [("cpu", cpu), ("memory", memory)] {
        let requested = amount.trim_start_matches('!');
        if !amount.is_empty() {
            resources["requests"][name] = requested.into();
        }
        if requested != amount {
            resources["limits"][name] = requested.into();
        }
    }
    resources
}

/// Brings a running pod into another state.
fn enter(pod: &mut Value, state: &str, now: &str) {
    let container = "/status/containerStatuses/0";
    let mut stop = |waiting: Option<&str>| {
        let status = pod.pointer_mut(container).expect("it has a container");
        status["ready"] = false.into();
        if let Some(reason) = waiting {
            status["state"] = json!({"waiting": {"reason": reason}});
        }
    };
    match state {
        "not ready" => stop(None),
        "failing" => stop(Some("CrashLoopBackOff")),
        "starting" => stop(Some("ContainerCreating")),
        "done" => {
            stop(None);
            pod["status"]["phase"] = "Succeeded".into();
            pod["status"]["containerStatuses"][0]["state"] =
                json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
        }
        "going" => pod["metadata"]["deletionTimestamp"] = now.into(),
        "blocked" => {
            let reason = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable"});
            pod["status"] = json!({"phase": "Pending", "conditions": [reason], "qosClass": "Burstable"});
            pod["spec"]["nodeName"] = Value::Null;
        }
        _ => {}
    }
}

/// The objects of the API.
#[derive(Debug)]
struct Objects {
    nodes: Vec<Value>,
    pods: Vec<Value>,
    /// What pods use, by `namespace/name`; empty where nobody may know.
    usage: BTreeMap<String, Value>,
}

impl Objects {
    async fn of(api: &Api) -> Self {
        Self {
            nodes: api.list("/api/v1/nodes").await,
            pods: api.list("/api/v1/pods").await,
            usage: BTreeMap::new(),
        }
    }

    async fn with_usage(api: &Api) -> Self {
        let measured = api.list("/apis/metrics.k8s.io/v1beta1/pods").await;
        let usage = |pod: Value| (key(&pod), pod["containers"][0]["usage"].clone());
        Self {
            usage: measured.into_iter().map(usage).collect(),
            ..Self::of(api).await
        }
    }
}

/// `namespace/name`.
fn key(pod: &Value) -> String {
    let metadata = &pod["metadata"];
    format!("{}/{}", text(&metadata["namespace"]), text(&metadata["name"]))
}

/// Seconds since 1970; nothing of what has no such time.
fn created(object: &Value) -> i64 {
    let time = object["metadata"]["creationTimestamp"].as_str();
    time.map_or(0, |time| time.parse::<Timestamp>().expect("a time").as_second())
}

/// The kind and the name of the workload that a pod belongs to.
fn workload(pod: &Value) -> Option<(String, String)> {
    let owner = pod["metadata"]["ownerReferences"].get(0)?;
    let (kind, name) = (text(&owner["kind"]), text(&owner["name"]));
    Some(match (kind.as_str(), name.rsplit_once('-')) {
        ("ReplicaSet", Some((deployment, _))) => ("Deployment".to_owned(), deployment.to_owned()),
        ("Job", Some((cron_job, _))) => ("CronJob".to_owned(), cron_job.to_owned()),
        _ => (kind, name),
    })
}

/// What the legend calls the family of a pod's STATUS.
fn family(pod: &Value) -> &'static str {
    let status = &pod["status"];
    let container = &status["containerStatuses"][0];
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return "Going or lost";
    }
    match (
        status["phase"].as_str(),
        container["state"]["waiting"]["reason"].as_str(),
    ) {
        (Some("Succeeded"), _) => "Done",
        (_, Some("CrashLoopBackOff")) => "Failing",
        (_, Some("ContainerCreating")) => "Starting",
        (Some("Pending"), None) => "Blocked",
        _ if container["ready"] == json!(true) => "Healthy",
        _ => "Not ready",
    }
}

/// What a pod requests, in thousandths of a unit; nothing once it has ended.
fn requested(pod: &Value, resource: &str) -> i64 {
    let request = pod["spec"]["containers"][0]["resources"]["requests"][resource].as_str();
    match request {
        Some(request) if family(pod) != "Done" => quantity::millis(request).expect("a quantity"),
        _ => 0,
    }
}

/// Numbers are compared as numbers: `n2` before `n10`.
fn natural(name: &str) -> String {
    let digits = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let (letters, number) = name.split_at(name.len() - digits.len());
    let end = number
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(number.len());
    let (number, rest) = number.split_at(end);
    if number.is_empty() {
        return letters.to_owned();
    }
    format!("{letters}{number:0>10}{}", natural(rest))
}

/// A box.
struct BoxOf<'o> {
    /// The heading that it stands under.
    section: String,
    name: String,
    node: Option<&'o Value>,
    pods: Vec<&'o Value>,
}

/// The boxes of a grouping.
fn boxes<'o>(group: &str, objects: &'o Objects) -> Vec<BoxOf<'o>> {
    let mut boxes: BTreeMap<[String; 3], BoxOf<'o>> = BTreeMap::new();
    let node_of = |name: &str| objects.nodes.iter().find(|node| node["metadata"]["name"] == name);
    let of_node = |name: &str| [section(group, node_of(name)), "Node".to_owned(), name.to_owned()];
    if !["namespace", "owner"].contains(&group) {
        for node in &objects.nodes {
            put(&mut boxes, of_node(&text(&node["metadata"]["name"])), Some(node));
        }
    }
    for pod in &objects.pods {
        let [namespace, name] = ["namespace", "name"].map(|field| text(&pod["metadata"][field]));
        let bound = pod["spec"]["nodeName"].as_str();
        let place = match group {
            "namespace" => [String::new(), "Namespace".to_owned(), namespace],
            "owner" => {
                let (kind, name) = workload(pod).unwrap_or((String::new(), name));
                [namespace, kind, name]
            }
            _ => match bound {
                Some(node) => of_node(node),
                // It is in the tray.
                None => continue,
            },
        };
        let node = bound.filter(|_| place[1] == "Node").and_then(node_of);
        put(&mut boxes, place, node).pods.push(pod);
    }
    boxes.into_values().collect()
}

/// The box of a section, kind and name.
fn put<'b, 'o>(
    boxes: &'b mut BTreeMap<[String; 3], BoxOf<'o>>,
    place: [String; 3],
    node: Option<&'o Value>,
) -> &'b mut BoxOf<'o> {
    let [section, _, name] = place.clone();
    boxes.entry(place).or_insert(BoxOf {
        section,
        name,
        node,
        pods: Vec::new(),
    })
}

/// The heading that a node stands under.
fn section(group: &str, node: Option<&Value>) -> String {
    let Some(node) = node else {
        return match group {
            "none" => String::new(),
            _ => "no node".to_owned(),
        };
    };
    let labels = node["metadata"]["labels"].as_object().expect("every node has labels");
    let first = |keys: &[&str]| keys.iter().find_map(|key| labels.get(*key)?.as_str());
    let title = match group {
        "none" => Some(String::new()),
        "zone" => first(&["topology.kubernetes.io/zone"]).map(str::to_owned),
        "pool" => first(&["karpenter.sh/nodepool", "cloud.google.com/gke-nodepool"]).map(str::to_owned),
        "type" => first(&["node.kubernetes.io/instance-type"]).map(str::to_owned),
        "role" => {
            let roles: BTreeSet<&str> = labels
                .keys()
                .filter_map(|key| key.strip_prefix("node-role.kubernetes.io/"))
                .collect();
            let roles: Vec<&str> = roles.into_iter().collect();
            Some(roles.join(", ")).filter(|roles| !roles.is_empty())
        }
        _ => first(&["rack"]).map(|rack| format!("rack={rack}")),
    };
    title.unwrap_or_else(|| {
        let what = match group {
            "type" => "instance type",
            "label:rack" => "rack",
            group => group,
        };
        format!("no {what}")
    })
}

impl BoxOf<'_> {
    /// The larger, the earlier.
    fn rank(&self, sort: &str) -> i64 {
        let pods = || self.pods.iter();
        // Thousandths of what the node has; of a box without one, the amount itself.
        let share = |resource: &str, divisor: i64| {
            let sum: i64 = pods().map(|pod| requested(pod, resource) / divisor).sum();
            self.node.map_or(sum, |node| {
                let whole = node["status"]["allocatable"][resource]
                    .as_str()
                    .and_then(quantity::millis);
                sum * 1_000 / (whole.expect("a quantity") / divisor)
            })
        };
        match sort {
            "age" => self
                .node
                .map_or_else(|| pods().map(|pod| created(pod)).max().unwrap_or(0), created),
            "pods" => self.pods.len() as i64,
            "cpu" => share("cpu", 1),
            "memory" => share("memory", 1_000),
            "problems" => {
                let troubled = pods().filter(|pod| ["Failing", "Blocked", "Not ready"].contains(&family(pod)));
                let is_bad = self.node.is_some_and(|node| {
                    let conditions = node["status"]["conditions"].as_array().expect("conditions");
                    conditions
                        .iter()
                        .any(|it| it["type"] == "Ready" && it["status"] != "True")
                });
                troubled.count() as i64 + if is_bad { 1_000 } else { 0 }
            }
            _ => 0,
        }
    }
}

/// What stands under one heading.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
struct Section {
    title: String,
    /// How many boxes and pods; nothing where there is no heading.
    facts: String,
    boxes: Vec<Shown>,
}

/// A box as it is seen.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Shown {
    name: String,
    pods: Vec<String>,
}

/// What has to be seen.
fn arranged(group: &str, sort: &str, objects: &Objects) -> Vec<Section> {
    let mut boxes = boxes(group, objects);
    boxes.sort_by_cached_key(|it| {
        let is_last = it.section.starts_with("no ");
        (is_last, natural(&it.section), -it.rank(sort), natural(&it.name))
    });
    let mut sections: Vec<Section> = Vec::new();
    for it in &boxes {
        if sections.last().is_none_or(|section| section.title != it.section) {
            sections.push(Section {
                title: it.section.clone(),
                ..Section::default()
            });
        }
        let mut pods: Vec<String> = it.pods.iter().map(|pod| key(pod)).collect();
        pods.sort_unstable();
        let section = sections.last_mut().expect("there is one now");
        section.boxes.push(Shown {
            name: it.name.clone(),
            pods,
        });
    }
    if let [section] = &mut sections[..] {
        section.title.clear();
        return sections;
    }
    let counted = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let what = if group == "owner" { "workload" } else { "node" };
    for section in &mut sections {
        let pods = section.boxes.iter().map(|it| it.pods.len()).sum();
        section.facts = format!("{} · {}", counted(section.boxes.len(), what), counted(pods, "pod"));
    }
    sections
}

/// Headings and boxes as they stand: from above, from the left.
const PICTURE: &str = "const parts = [...document.querySelectorAll('.section-heading, .card')].map((it) => [it.getBoundingClientRect(), it]);
    parts.sort(([a], [b]) => a.y - b.y || a.x - b.x);
    const sections = [];
    for (const [, it] of parts) {
        if (it.matches('.section-heading')) {
            const facts = it.querySelector('.count').textContent.split(' · ').slice(0, 2).join(' · ');
            sections.push({ title: it.querySelector('h2').textContent, facts, boxes: [] });
        } else {
            if (sections.length === 0) sections.push({ title: '', facts: '', boxes: [] });
            const pods = [...it.querySelectorAll('[data-pod]')].map((block) => block.dataset.pod).sort();
            sections.at(-1).boxes.push({ name: it.querySelector('.name .node').textContent, pods });
        }
    }
    return sections";

async fn until_arranged(page: &Page<'_>, group: &str, sort: &str, objects: &Objects) {
    let expected = arranged(group, sort, objects);
    eventually(
        &format!("grouped by {group} and sorted by {sort}: {expected:#?}"),
        SOON,
        async || {
            let seen: Vec<Section> = page.eval(PICTURE, &[]).await;
            if seen == expected {
                Ok(())
            } else {
                Err(format!("{seen:#?}"))
            }
        },
    )
    .await;
}

/// Chooses from a menu of the header.
pub(crate) async fn choose(page: &Page<'_>, menu: &str, value: &str) {
    let script = "const menu = document.getElementById(arguments[0]); menu.value = arguments[1];
        menu.dispatchEvent(new Event('change', { bubbles: true })); return menu.value";
    let chosen: String = page.eval(script, &[json!(menu), json!(value)]).await;
    assert_eq!(chosen, value, "the menu {menu} has it");
}

async fn go_to_fragment(page: &Page<'_>, fragment: &str) {
    page.eval::<()>("location.hash = arguments[0]; return null", &[json!(fragment)])
        .await;
}

/// The choices of a menu.
async fn choices(page: &Page<'_>, menu: &str) -> Vec<String> {
    let script = "return [...document.getElementById(arguments[0]).options].map((option) => option.value)";
    page.eval(script, &[json!(menu)]).await
}

/// Waits until address and menu agree on a choice; what is as usual is not in the address.
async fn until_chosen(page: &Page<'_>, menu: &str, name: &str, value: &str) {
    let script = "const named = new URLSearchParams(location.hash.slice(1)).get(arguments[1]);
        const menu = document.getElementById(arguments[0]);
        return menu.value === arguments[2] && (named ?? menu.options[0].value) === arguments[2] || `${menu.value} ${location.hash}`";
    page.until_true(
        &format!("{name} is {value}"),
        script,
        &[json!(menu), json!(name), json!(value)],
    )
    .await;
}

/// A cluster of all that can be told apart, in which nobody may read metrics at first.
async fn stage_with_everything(test: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let options = ServerOptions {
        api: ApiOptions {
            metrics: true,
            ..ApiOptions::default()
        },
        ..ServerOptions::default()
    };
    let cluster = Cluster::simulated(test, options).await?;
    populate(cluster.simulator());
    cluster
        .simulator()
        .with_api(|api| api.set_access(Access::deny_metrics()));
    Some(Stage::build_with(turn, cluster, &[]).await)
}

#[browser_test::in_chromium]
async fn boxes_stand_in_every_order_and_every_grouping() {
    let Some(stage) = stage_with_everything("orders and groupings").await else {
        return;
    };
    let api = &stage.cluster.api;
    let objects = Objects::of(api).await;
    let orders: BTreeSet<String> = SORTS
        .iter()
        .map(|sort| format!("{:?}", arranged("none", sort, &objects)))
        .collect();
    assert_eq!(
        orders.len(),
        SORTS.len(),
        "the cluster tells every order from every other"
    );
    let page = stage.open("").await;
    page.until_live().await;
    assert_eq!(choices(&page, "sort").await, SORTS);
    assert_eq!(choices(&page, "group").await, GROUPS[..GROUPS.len() - 1]);

    // By the menus, each order within each grouping.
    for group in GROUPS {
        if group.starts_with("label:") {
            go_to_fragment(&page, &format!("group={group}")).await;
        } else {
            choose(&page, "group", group).await;
        }
        for sort in SORTS {
            choose(&page, "sort", sort).await;
            until_arranged(&page, group, sort, &objects).await;
            until_chosen(&page, "sort", "sort", sort).await;
        }
        until_chosen(&page, "group", "group", group).await;
    }
    // By the address.
    for group in GROUPS {
        go_to_fragment(&page, &format!("group={group}")).await;
        until_arranged(&page, group, "name", &objects).await;
        until_chosen(&page, "group", "group", group).await;
    }
    for sort in SORTS {
        go_to_fragment(&page, &format!("sort={sort}")).await;
        until_arranged(&page, "none", sort, &objects).await;
        until_chosen(&page, "sort", "sort", sort).await;
    }
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn boxes_follow_their_order_and_grouping() {
    let Some(stage) = stage_with_everything("orders that change").await else {
        return;
    };
    let api = &stage.cluster.api;
    let page = stage.open("#group=zone&sort=problems").await;
    page.until_live().await;
    let mut last = arranged("zone", "problems", &Objects::of(api).await);
    let mut until_another = async |what: &str| {
        let objects = Objects::of(api).await;
        let now = arranged("zone", "problems", &objects);
        assert_ne!(now, last, "{what} changes the picture");
        until_arranged(&page, "zone", "problems", &objects).await;
        last = now;
    };
    for agent in ["agent-2", "starting"] {
        let status = objects::waiting_status("CrashLoopBackOff", "");
        api.patch_pod_status(agent, &status).await;
    }
    api.create_running_pod("new", "n11").await;
    until_another("what crashes and what comes").await;
    let zone = |zone: &str| json!({"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}});
    api.patch_node("n10", &zone("eu-9")).await;
    until_another("a node that goes into another zone").await;
    api.patch_node("n11", &zone("eu-8")).await;
    until_another("a zone that comes").await;
    api.delete_node("n1").await;
    until_another("a node that goes, and its zone with it").await;
    api.delete_pod("lost").await;
    until_another("the last pod of a node that is gone").await;
    page.assert_clean().await;
}

/// What the page shows of its colors.
#[derive(Debug, Deserialize)]
struct Colors {
    /// What the legend is about.
    title: String,
    legend: Vec<Meaning>,
    blocks: Vec<Colored>,
}

/// An entry of the legend.
#[derive(Debug, Deserialize)]
struct Meaning {
    label: String,
    /// Its number; nothing where it has none.
    pods: String,
    paint: [String; 2],
}

/// A block.
#[derive(Debug, Deserialize)]
struct Colored {
    pod: String,
    /// `data-tint`, or `data-family` where there is none, and the color.
    paint: [String; 2],
}

const COLORING: &str = "const paint = (it) => [it.dataset.tint ?? it.dataset.family, getComputedStyle(it).color];
    const words = (it) => [...it.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join('');
    return {
        title: document.querySelector('.legend ul .title')?.textContent ?? '',
        legend: [...document.querySelectorAll(document.querySelector('#tints') ? '#tints li:not(.title)' : '#families li:not([data-absent])')].map((it) => ({
            label: words(it) || it.querySelector('.text').textContent, pods: it.querySelector('.number')?.textContent ?? '', paint: paint(it.querySelector('.pod')),
        })),
        blocks: [...document.querySelectorAll('#map [data-pod]')].map((it) => ({ pod: it.dataset.pod, paint: paint(it) })),
    }";

/// The steps of a scale: below which number, and what they are called.
type Steps = [(i64, &'static str); 5];

fn steps(color: &str) -> Option<Steps> {
    Some(match color {
        "age" => [
            (10 * MINUTE, "under 10 min"),
            (HOUR, "under 1 h"),
            (DAY, "under 1 d"),
            (7 * DAY, "under 7 d"),
            (i64::MAX, "7 d and older"),
        ],
        "restarts" => [
            (1, "0"),
            (3, "1–2"),
            (10, "3–9"),
            (50, "10–49"),
            (i64::MAX, "50 and more"),
        ],
        "cpu" => [
            (50, "under 50m"),
            (250, "under 250m"),
            (1_000, "under 1 core"),
            (4_000, "under 4 cores"),
            (i64::MAX, "4 cores and more"),
        ],
        "memory" => [
            (64 << 20, "under 64Mi"),
            (256 << 20, "under 256Mi"),
            (1 << 30, "under 1Gi"),
            (4 << 30, "under 4Gi"),
            (i64::MAX, "4Gi and more"),
        ],
        _ => return None,
    })
}

/// What the legend has to say of a pod's color.
fn meaning(pod: &Value, color: &str, objects: &Objects, now: Timestamp) -> String {
    let namespace = text(&pod["metadata"]["namespace"]);
    let amount = |resource: &str| match objects.usage.get(&key(pod)) {
        Some(used) => used[resource].as_str().and_then(quantity::millis),
        None => (family(pod) != "Done").then(|| requested(pod, resource)),
    };
    let number = match color {
        "status" => return family(pod).to_owned(),
        "namespace" => return namespace,
        "owner" => {
            return workload(pod).map_or_else(
                || "no owner".to_owned(),
                |(kind, name)| {
                    // What is told by a name alone is marked.
                    let mark = if matches!(kind.as_str(), "Deployment" | "CronJob") {
                        "?"
                    } else {
                        ""
                    };
                    format!("{namespace}/{name}{mark}")
                },
            );
        }
        "qos" => return text(&pod["status"]["qosClass"]),
        "age" => Some(now.as_second() - created(pod)),
        "restarts" => Some(
            pod["status"]["containerStatuses"][0]["restartCount"]
                .as_i64()
                .unwrap_or(0),
        ),
        "cpu" => amount("cpu"),
        _ => amount("memory").map(|thousandths| thousandths / 1_000),
    };
    let Some(number) = number else {
        return "unknown or over".to_owned();
    };
    let steps = steps(color).expect("it is a scale");
    let step = steps.iter().find(|(end, _)| number < *end);
    step.expect("the last step has no end").1.to_owned()
}

/// What is wrong with the colors, if anything is.
fn check_colors(seen: &Colors, color: &str, title: &str, objects: &Objects, now: Timestamp) -> Result<(), String> {
    let expected: BTreeMap<String, String> = objects
        .pods
        .iter()
        .map(|pod| (key(pod), meaning(pod, color, objects, now)))
        .collect();
    if seen.title != title || seen.blocks.len() != expected.len() {
        return Err(format!("{:?}, {} blocks", seen.title, seen.blocks.len()));
    }
    for block in &seen.blocks {
        let meanings = seen.legend.iter().filter(|entry| entry.paint == block.paint);
        let meanings: Vec<&str> = meanings.map(|entry| entry.label.as_str()).collect();
        // Of categories, two may have one color.
        let is_one = meanings.len() == 1 || ["namespace", "owner"].contains(&color);
        if !is_one || !meanings.contains(&expected[&block.pod].as_str()) {
            return Err(format!("{block:?} means {meanings:?}, not {:?}", expected[&block.pod]));
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for meaning in expected.values() {
        *counts.entry(meaning).or_default() += 1;
    }
    for entry in &seen.legend {
        let pods = counts.remove(entry.label.as_str()).unwrap_or(0);
        if entry.pods != pods.to_string() && color != "status" {
            return Err(format!("{entry:?}, not {pods}"));
        }
    }
    if !counts.is_empty() {
        return Err(format!("the legend lacks {counts:?}"));
    }
    let labels: Vec<&str> = seen.legend.iter().map(|entry| entry.label.as_str()).collect();
    if let Some(mut steps) = steps(color) {
        // Ages have the oldest first, as brightness grows.
        if color == "age" {
            steps.reverse();
        }
        if labels[..steps.len()] != steps.map(|(_, label)| label) {
            return Err(format!("the legend is {labels:?}"));
        }
    } else if color != "status"
        && !seen
            .legend
            .is_sorted_by_key(|entry| -entry.pods.parse::<i64>().unwrap_or(0))
    {
        return Err(format!("the most frequent are not first: {:?}", seen.legend));
    }
    Ok(())
}

#[browser_test::in_chromium]
async fn blocks_have_every_color_and_the_legend_tells_what_it_means() {
    let Some(stage) = stage_with_everything("colors").await else {
        return;
    };
    let (api, simulator) = (&stage.cluster.api, stage.cluster.simulator());
    let objects = Objects::of(api).await;
    let page = stage.open("").await;
    page.until_live().await;
    assert_eq!(choices(&page, "color").await, COLORS.map(|(color, _)| color));
    let until_colored = async |(color, title): (&str, &str), objects: &Objects| {
        eventually(&format!("blocks are colored by {color}"), SOON, async || {
            let seen: Colors = page.eval(COLORING, &[]).await;
            check_colors(&seen, color, title, objects, simulator.now())
        })
        .await;
        until_chosen(&page, "color", "color", color).await;
    };
    // By the menu from the last to the first, by the address back again.
    for color in COLORS.into_iter().rev() {
        choose(&page, "color", color.0).await;
        until_colored(color, &objects).await;
    }
    for color in COLORS {
        go_to_fragment(&page, &format!("color={}", color.0)).await;
        until_colored(color, &objects).await;
    }
    // They stay what they mean where boxes stand for something else.
    go_to_fragment(&page, "group=owner&color=owner").await;
    until_colored(COLORS[2], &objects).await;

    // What is used goes before what is requested.
    simulator.with_api(|api| api.set_access(Access::default()));
    for color in [COLORS[6], COLORS[7]] {
        go_to_fragment(&page, &format!("color={}", color.0)).await;
        // What is used changes every 15 seconds, and the page asks for it as often, but not at the same moment: it shows
        // what is there now, or what was before.
        let mut known = vec![Objects::with_usage(api).await];
        page.driver().refresh().await.expect("the page loads again");
        page.until_live().await;
        eventually(&format!("blocks are colored by {} used", color.0), LATER, async || {
            let objects = Objects::with_usage(api).await;
            if known[0].usage != objects.usage {
                known.insert(0, objects);
                known.truncate(2);
            }
            let seen: Colors = page.eval(COLORING, &[]).await;
            let mut checks = known
                .iter()
                .map(|objects| check_colors(&seen, color.0, color.1, objects, simulator.now()));
            let now = checks.next().expect("there is one");
            now.or_else(|wrong| checks.find(Result::is_ok).unwrap_or(Err(wrong)))
        })
        .await;
    }
    page.assert_clean().await;
}
