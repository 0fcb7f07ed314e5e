//! The overview of a pod or a node: facts, containers, conditions, labels, as values to draw.
//!
//! Reads whole objects, as they were fetched; [`known_pod`] and [`known_node`] are what the projections know until then.
//! Times are kept as times, so that they tick on the page.

use std::time::Duration;

use k8bit_informer::api_path::{ApiPath, ApiResource, InvalidName, Segment};
use serde_json::Value;

use crate::{
    cluster::{Cluster, GroupKey, PodGroup},
    cluster_cache::ClusterCache,
    limits::{OBJECT_READ_INTERVAL, OBJECT_RETRY_INTERVAL, SIGN_IN_RETRY},
    resource::{
        Amounts, Meta, Node, Pod, Quantity, ResourceVersion, SharedStr, Timestamp,
        condition::{self, Polarity, Verdict},
        node::NodeHealth,
        status::Family,
    },
    view::{
        Tone,
        api_error::ApiError,
        bar::{Bar, BarResource},
        block::{self, Appearance},
        card,
        container::{Container, Role, containers, items},
        explain::{self, Explanation, time},
        format::{count, known},
        state::{Subject, Tab},
        visible::{visible, visible_lines},
    },
};

/// Whether a subject has this tab: the API serves no log of a node.
#[must_use]
pub fn has_tab(subject: &Subject, tab: Tab) -> bool {
    tab != Tab::Logs || matches!(subject, Subject::Pod(_))
}

/// A piece of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValuePart {
    /// Text.
    pub text: String,
    /// How it is meant.
    pub tone: Option<Tone>,
    /// A time whose age follows the text.
    pub since: Option<Timestamp>,
    /// The [`Subject`] that it links to.
    pub leads_to: Option<String>,
}

impl ValuePart {
    /// Plain words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: visible_lines(&text.into()).into_owned(),
            ..Self::default()
        }
    }

    /// Words with a tone.
    #[must_use]
    pub fn toned(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone: Some(tone),
            ..Self::text(text)
        }
    }

    /// Text and its age.
    #[must_use]
    pub fn since(text: impl Into<String>, since: Option<Timestamp>) -> Self {
        Self {
            since,
            ..Self::text(text)
        }
    }
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// Its value, in pieces.
    pub parts: Vec<ValuePart>,
}

impl Fact {
    fn new(name: &'static str, parts: impl Into<Vec<ValuePart>>) -> Self {
        Self {
            name,
            parts: parts.into(),
        }
    }
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerCard {
    /// Its name.
    pub name: String,
    /// How it takes part in its pod.
    pub role: Role,
    /// How it is, since when.
    pub state: ValuePart,
    /// How the previous container ended.
    pub last: Option<ValuePart>,
    /// Whether it is ready; `None` for a container without readiness.
    pub is_ready: Option<bool>,
    /// Number of restarts.
    pub restarts: u64,
    /// Its image.
    pub image: String,
    /// Ports, and requests and limits of CPU, memory and other resources.
    pub facts: Vec<Fact>,
}

/// A condition of the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionRow {
    /// `Ready`, `MemoryPressure`.
    pub kind: String,
    /// `True`, `False` or `Unknown`, with the tone that it has for this condition.
    pub status: ValuePart,
    /// Reason and message.
    pub text: String,
}

/// A resource of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRow {
    /// `cpu`, `memory`, `nvidia.com/gpu`.
    pub name: String,
    /// Capacity of the node.
    pub capacity: String,
    /// Allocatable for pods.
    pub allocatable: String,
}

/// All that the overview shows of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// The facts, in the order of interest.
    pub facts: Vec<Fact>,
    /// The containers of a pod.
    pub containers: Vec<ContainerCard>,
    /// The conditions of its status.
    pub conditions: Vec<ConditionRow>,
    /// The resources of a node.
    pub resources: Vec<ResourceRow>,
    /// The taints of a node, as kubectl writes them.
    pub taints: Vec<String>,
    /// Its labels, by key.
    pub labels: Vec<(String, String)>,
}

/// What the watch knows of a pod or node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Whether it is in the cluster.
    pub is_there: bool,
    /// The block of a pod.
    pub appearance: Option<Appearance>,
    /// Names and values.
    pub facts: Vec<Fact>,
    /// What is wrong, as far as the watch shows.
    pub explanation: Option<Explanation>,
    /// The node that a pod is on.
    pub node: Option<String>,
    /// Whether a node is cordoned.
    pub cordoned: Option<bool>,
    /// How many pods of a node have not ended; `None` where it is not known.
    pub running_pods: Option<u32>,
}

impl Known {
    /// What the cluster has of a subject.
    #[must_use]
    pub fn of(cluster: &Cluster, subject: &Subject) -> Self {
        match subject {
            Subject::Pod(key) => cluster
                .pod(key)
                .map_or_else(Self::default, |(_, _, pod)| Self::of_pod(cluster, pod)),
            Subject::Node(name) => cluster
                .pod_group(&GroupKey::Node(name.clone()))
                .map_or_else(Self::default, |entry| Self::of_node(cluster, entry)),
        }
    }

    fn of_pod(cluster: &Cluster, pod: &Pod) -> Self {
        Self {
            is_there: true,
            appearance: Some(Appearance::of(pod)),
            facts: known_pod(cluster, pod),
            explanation: Some(explain::known_pod(pod)),
            node: pod.node.as_ref().map(|node| node.as_str().to_owned()),
            ..Self::default()
        }
    }

    fn of_node(cluster: &Cluster, entry: &PodGroup) -> Self {
        let mut facts = entry.node().map(|node| known_node(node)).unwrap_or_default();
        facts.push(pods_of(cluster, entry));
        facts.extend(known_amounts(cluster, entry));
        let explanation = match entry.node() {
            Some(node) => explain::known_node(node),
            None => explain::no_such_node(cluster.is_ghost(entry)),
        };
        Self {
            is_there: true,
            facts,
            explanation: Some(explanation),
            cordoned: entry.node().map(|node| node.cordoned),
            running_pods: cluster.are_pods_known().then(|| card::pods_in(entry)),
            ..Self::default()
        }
    }
}

/// Identity and version of a pod or node; newer than what the cluster shows where nothing that is shown has changed.
#[must_use]
pub fn meta(cache: &ClusterCache, subject: &Subject) -> Option<Meta> {
    match subject {
        Subject::Pod(key) => cache.pods().get(key).map(|pod| pod.meta.clone()),
        Subject::Node(name) => cache.nodes().find("", name).map(|node| node.meta.clone()),
    }
}

/// The path of an object, from checked names: someone else may have made the address.
///
/// # Errors
/// When the API does not accept the name.
pub fn path(subject: &Subject) -> Result<ApiPath, InvalidName> {
    let core = |plural| ApiResource::known("", "v1", plural);
    Ok(match subject {
        Subject::Pod(key) => ApiPath::object(
            &core("pods"),
            Some(&Segment::namespace(&key.namespace)?),
            &Segment::subdomain(&key.name, "a pod")?,
        ),
        Subject::Node(name) => ApiPath::object(&core("nodes"), None, &Segment::subdomain(name, "a node")?),
    })
}

/// The overview of a fetched pod.
#[must_use]
pub fn pod(pod: &Value) -> Overview {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let mut facts = Vec::new();
    let mut add = |name, text: &Value| {
        if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
            facts.push(Fact::new(name, [ValuePart::text(text)]));
        }
    };
    add("Message", &status["message"]);
    add("QoS class", &status["qosClass"]);
    add("Priority class", &spec["priorityClassName"]);
    add("Service account", &spec["serviceAccountName"]);
    add("Restart policy", &spec["restartPolicy"]);
    add("Runtime class", &spec["runtimeClassName"]);
    add("Scheduler", none_if(&spec["schedulerName"], "default-scheduler"));
    let addresses: Vec<&str> = items(&status["podIPs"])
        .iter()
        .filter_map(|it| it["ip"].as_str())
        .collect();
    let addresses = match (&addresses[..], status["podIP"].as_str()) {
        ([], address) => address.unwrap_or_default().to_owned(),
        (addresses, _) => addresses.join(", "),
    };
    if !addresses.is_empty() {
        facts.push(Fact::new("IP", [ValuePart::text(addresses)]));
    }
    if let Some(address) = status["hostIP"].as_str() {
        let network = if spec["hostNetwork"] == true {
            " (the pod's, too)"
        } else {
            ""
        };
        facts.push(Fact::new("Node IP", [ValuePart::text(format!("{address}{network}"))]));
    }
    let tolerations: Vec<String> = items(&spec["tolerations"])
        .iter()
        .filter(|it| it["tolerationSeconds"].is_null())
        .map(toleration)
        .collect();
    if !tolerations.is_empty() {
        facts.push(Fact::new("Tolerates", [ValuePart::text(tolerations.join(", "))]));
    }
    // What it asks for as a whole. Of a pod that asks for nothing so, the status repeats the sum of its containers.
    if spec["resources"].is_object() {
        facts.extend(resource_facts(["Pod CPU", "Pod memory"], spec, status));
    }
    let is_over = is_finished(pod);
    let gates = items(&spec["readinessGates"]);
    let polarity = |kind: &str| condition::of_pod(kind, gates.iter().any(|gate| gate["conditionType"] == kind));
    let mut conditions = conditions(pod, polarity);
    for row in &mut conditions {
        // A pod that has ended is not ready, which is as it should be.
        if is_over && row.status.tone == Some(Tone::Bad) {
            row.status.tone = Some(Tone::Quiet);
        }
    }
    Overview {
        facts,
        containers: containers(pod).iter().map(container).collect(),
        conditions,
        labels: labels(pod),
        ..Overview::default()
    }
}

/// Whether the phase of a pod says that it has ended for good.
fn is_finished(pod: &Value) -> bool {
    matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// The overview of a fetched node.
#[must_use]
pub fn node(node: &Value) -> Overview {
    let info = &node["status"]["nodeInfo"];
    let mut facts = Vec::new();
    let mut add = |name, text: &str| {
        if !text.is_empty() {
            facts.push(Fact::new(name, [ValuePart::text(text)]));
        }
    };
    let text = |field: &str| info[field].as_str().unwrap_or_default();
    for address in items(&node["status"]["addresses"]) {
        let kind = match address["type"].as_str() {
            Some("InternalIP") => "Internal IP",
            Some("ExternalIP") => "External IP",
            Some("Hostname") => "Host name",
            Some("InternalDNS") => "Internal DNS",
            Some("ExternalDNS") => "External DNS",
            _ => continue,
        };
        add(kind, address["address"].as_str().unwrap_or_default());
    }
    add("System", text("osImage"));
    add("Kernel", text("kernelVersion"));
    add("Runtime", text("containerRuntimeVersion"));
    let platform = [text("operatingSystem"), text("architecture")];
    add("Platform", platform.join("/").trim_matches('/'));
    add("Pod CIDR", node["spec"]["podCIDR"].as_str().unwrap_or_default());
    add("Provider", node["spec"]["providerID"].as_str().unwrap_or_default());
    Overview {
        facts,
        conditions: conditions(node, condition::of_node),
        resources: resources(&node["status"]),
        taints: items(&node["spec"]["taints"]).iter().map(taint).collect(),
        labels: labels(node),
        ..Overview::default()
    }
}

/// What the watch knows of a pod: the columns of `kubectl get pods -o wide`, and what it requests and uses.
#[must_use]
pub fn known_pod(cluster: &Cluster, pod: &Pod) -> Vec<Fact> {
    let status = &pod.status;
    let tone = match status.family {
        // It has ended.
        Family::Failing if pod.is_finished() => Tone::Quiet,
        family => block::tone_of(family),
    };
    let mut facts = vec![
        Fact::new("Status", [ValuePart::toned(tone, status.text.as_str())]),
        Fact::new(
            "Ready",
            [ValuePart::text(format!("{}/{}", status.ready, status.containers))],
        ),
    ];
    let restarts = ValuePart::text(count(u64::from(status.restarts)));
    let last = status.last_restart.filter(|_| status.restarts > 0);
    let last = last.map(|last| ValuePart {
        tone: Some(Tone::Quiet),
        ..ValuePart::since("last", Some(last))
    });
    facts.push(Fact::new(
        "Restarts",
        std::iter::once(restarts).chain(last).collect::<Vec<_>>(),
    ));
    if let Some(node) = &pod.node {
        facts.push(Fact::new("Node", [node_part(node)]));
    }
    facts.push(Fact::new("Created", [ValuePart::since("", pod.created)]));
    if let Some(resize) = pod.resize {
        facts.push(Fact::new("Resize", [ValuePart::toned(Tone::Warning, resize.label())]));
    }
    let used = cluster.usage().pod(pod);
    // A pod has nothing to take from, so that its bars are sentences alone.
    facts.extend(amounts_of(&Bar::both(
        Some(pod.template.requests),
        used,
        Amounts::default(),
    )));
    facts
}

/// What the watch knows of a node.
#[must_use]
pub fn known_node(node: &Node) -> Vec<Fact> {
    let tone = match node.health {
        NodeHealth::Ready if node.cordoned => Tone::Warning,
        NodeHealth::Ready => Tone::Good,
        NodeHealth::NotReady | NodeHealth::Unknown => Tone::Bad,
    };
    let mut facts = vec![Fact::new("Status", [ValuePart::toned(tone, node.status.as_str())])];
    let roles: Vec<&str> = node.roles.iter().map(|role| role.as_str()).collect();
    if !roles.is_empty() {
        facts.push(Fact::new("Roles", [ValuePart::text(roles.join(", "))]));
    }
    let known = [
        ("Version", &node.version),
        ("Instance type", &node.instance_type),
        ("Zone", &node.zone),
    ];
    for (name, value) in known {
        facts.extend(
            value
                .as_ref()
                .map(|value| Fact::new(name, [ValuePart::text(value.as_str())])),
        );
    }
    facts.push(Fact::new("Created", [ValuePart::since("", node.created)]));
    facts
}

/// CPU and memory of a node: requested by its pods, allocatable, and used where that is known.
#[must_use]
pub fn known_amounts(cluster: &Cluster, entry: &PodGroup) -> Vec<Fact> {
    amounts_of(&card::bars(cluster, entry))
}

fn amounts_of(bars: &[Bar]) -> Vec<Fact> {
    let told = bars
        .iter()
        .filter(|bar| bar.requested.is_some_and(|requested| requested > 0) || bar.used.is_some());
    let facts = told.map(|bar| {
        let name = match bar.resource {
            BarResource::Cpu => "CPU",
            BarResource::Memory => "Memory",
        };
        Fact::new(name, [ValuePart::text(bar.sentence())])
    });
    facts.collect()
}

/// The pods of a node that have not ended, out of those that it takes: `29 of 110`; then all of them by family: `1 failing`,
/// `28 healthy`, `3 done`.
#[must_use]
pub fn pods_of(cluster: &Cluster, entry: &PodGroup) -> Fact {
    let pods = known(cluster.are_pods_known().then(|| card::pods_in(entry)));
    let allocatable = entry.node().and_then(|node| node.allocatable_pods);
    let mut parts = vec![ValuePart::text(match allocatable {
        Some(allocatable) => format!("{pods} of {}", count(u64::from(allocatable))),
        None => pods,
    })];
    for (number, words, tone) in block::counted_families(entry) {
        parts.push(ValuePart::toned(tone, format!("{} {words}", count(u64::from(number)))));
    }
    Fact::new("Pods", parts)
}

fn node_part(node: &SharedStr) -> ValuePart {
    ValuePart {
        leads_to: Some(Subject::Node(node.clone()).to_string()),
        ..ValuePart::text(node.as_str())
    }
}

fn container(container: &Container<'_>) -> ContainerCard {
    let has_status = container.status.is_object();
    let is_over = is_finished(container.pod);
    let counts = matches!(container.role, Role::Main | Role::Sidecar) && has_status && !is_over;
    let mut state = state(container);
    // Nothing that waits is waited for any more, and how a sidecar ends when the others have ended does not count.
    let is_of_no_matter = container.waiting().is_object() || container.role == Role::Sidecar;
    if is_over && is_of_no_matter {
        state.tone = Some(Tone::Quiet);
    }
    ContainerCard {
        name: visible(container.name).into_owned(),
        role: container.role,
        state,
        last: container
            .last_terminated()
            .is_object()
            .then(|| ended(container.last_terminated())),
        is_ready: counts.then(|| container.is_ready()),
        restarts: container.restarts(),
        image: visible(container.spec["image"].as_str().unwrap_or_default()).into_owned(),
        facts: container_facts(container),
    }
}

fn state(container: &Container<'_>) -> ValuePart {
    let (waiting, running, terminated) = (container.waiting(), container.running(), container.terminated());
    if running.is_object() {
        let is_ready = container.is_ready() || container.role == Role::Init;
        let tone = if is_ready { Tone::Good } else { Tone::Warning };
        return ValuePart {
            tone: Some(tone),
            ..ValuePart::since("running, started", time(&running["startedAt"]))
        };
    }
    if terminated.is_object() {
        return ended(terminated);
    }
    match waiting["reason"].as_str() {
        Some(reason @ ("ContainerCreating" | "PodInitializing")) => {
            ValuePart::toned(Tone::Warning, format!("waiting: {reason}"))
        }
        Some(reason) => ValuePart::toned(Tone::Bad, format!("waiting: {reason}")),
        None => ValuePart::toned(Tone::Quiet, "not started"),
    }
}

/// `exit 137, OOMKilled`, and when.
fn ended(terminated: &Value) -> ValuePart {
    let code = terminated["exitCode"].as_i64().unwrap_or(0);
    let reason = terminated["reason"].as_str().unwrap_or_default();
    let mut text = format!("exit {code}");
    if !matches!(reason, "" | "Error") {
        text.push_str(", ");
        text.push_str(reason);
    }
    ValuePart {
        tone: Some(if code == 0 { Tone::Quiet } else { Tone::Bad }),
        ..ValuePart::since(text, time(&terminated["finishedAt"]))
    }
}

fn container_facts(container: &Container<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(resource_facts(["CPU", "Memory"], container.spec, container.status));
    let limits = &container.spec["resources"]["limits"];
    let disk = amounts(&container.spec["resources"], "ephemeral-storage");
    facts.extend((!disk.is_empty()).then(|| Fact::new("Disk", [ValuePart::text(disk)])));
    // GPUs and whatever else is counted by its own name: requests of those are their limits.
    let other = limits.as_object().into_iter().flatten();
    let other: Vec<String> = other
        .filter(|(name, _)| !matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage"))
        .map(|(name, amount)| format!("{name} {}", amount.as_str().unwrap_or_default()))
        .collect();
    if !other.is_empty() {
        facts.push(Fact::new("Devices", [ValuePart::text(other.join(", "))]));
    }
    let ports: Vec<String> = items(&container.spec["ports"]).iter().map(port).collect();
    if !ports.is_empty() {
        facts.push(Fact::new("Ports", [ValuePart::text(ports.join(", "))]));
    }
    facts
}

/// CPU and memory of a container, or of a pod as a whole: what the spec asks for, and where the status says something else,
/// because they are resized in place, what is allocated and what there really is.
fn resource_facts(names: [&'static str; 2], spec: &Value, status: &Value) -> Vec<Fact> {
    let facts = names.into_iter().zip(["cpu", "memory"]).map(|(name, resource)| {
        let mut parts = vec![ValuePart::text(amounts(&spec["resources"], resource))];
        let asked = &spec["resources"]["requests"][resource];
        let allocated = &status["allocatedResources"][resource];
        if is_other(asked, allocated) {
            let text = format!("allocated {}", allocated.as_str().unwrap_or_default());
            parts.push(ValuePart::toned(Tone::Warning, text));
        }
        let actual = &status["resources"];
        let differs = |kind: &str| is_other(&spec["resources"][kind][resource], &actual[kind][resource]);
        if differs("requests") || differs("limits") {
            let text = format!("actual {}", amounts(actual, resource));
            parts.push(ValuePart::toned(Tone::Warning, text));
        }
        parts.retain(|part| !part.text.is_empty());
        Fact::new(name, parts)
    });
    facts.filter(|fact| !fact.parts.is_empty()).collect()
}

/// Whether the status names another amount than the spec. `500m` is `0.5`.
fn is_other(asked: &Value, found: &Value) -> bool {
    let quantity = |value: &Value| value.as_str().map(Quantity::parse);
    found.is_string() && quantity(asked) != quantity(found)
}

/// `requests 100m · limit 1`.
fn amounts(resources: &Value, resource: &str) -> String {
    let parts = [("requests", "requests"), ("limit", "limits")]
        .into_iter()
        .filter_map(|(word, kind)| Some(format!("{word} {}", resources[kind][resource].as_str()?)));
    parts.collect::<Vec<_>>().join(" · ")
}

fn port(port: &Value) -> String {
    let number = port["containerPort"].as_u64().unwrap_or(0);
    let protocol = match port["protocol"].as_str() {
        None | Some("TCP") => String::new(),
        Some(protocol) => format!("/{protocol}"),
    };
    match port["name"].as_str() {
        Some(name) => format!("{number}{protocol} ({name})"),
        None => format!("{number}{protocol}"),
    }
}

/// The conditions of the status; `polarity` says what those of a type mean.
fn conditions(object: &Value, polarity: impl Fn(&str) -> Polarity) -> Vec<ConditionRow> {
    let row = |condition: &Value| {
        let kind = condition["type"].as_str().unwrap_or_default();
        let status = condition["status"].as_str().unwrap_or_default();
        let tone = match polarity(kind).verdict(status) {
            Verdict::Good => Tone::Good,
            Verdict::Neutral => Tone::Quiet,
            Verdict::Notice | Verdict::Unknown => Tone::Warning,
            Verdict::Bad => Tone::Bad,
        };
        let texts = [&condition["reason"], &condition["message"]];
        let texts = texts
            .into_iter()
            .filter_map(Value::as_str)
            .filter(|text| !text.is_empty());
        ConditionRow {
            kind: visible(kind).into_owned(),
            status: ValuePart {
                tone: Some(tone),
                ..ValuePart::since(status, time(&condition["lastTransitionTime"]))
            },
            text: visible_lines(&texts.collect::<Vec<_>>().join(": ")).into_owned(),
        }
    };
    items(&object["status"]["conditions"]).iter().map(row).collect()
}

fn resources(status: &Value) -> Vec<ResourceRow> {
    let capacity = status["capacity"].as_object().into_iter().flatten();
    let row = |(name, capacity): (&String, &Value)| ResourceRow {
        name: visible(name).into_owned(),
        capacity: visible(&amount(name, capacity)).into_owned(),
        allocatable: visible(&amount(name, &status["allocatable"][name])).into_owned(),
    };
    // Huge pages that a node does not have are listed with zero.
    capacity
        .filter(|(name, amount)| !(name.starts_with("hugepages-") && *amount == "0"))
        .map(row)
        .collect()
}

/// An amount as a person would write it: kubelets count memory in `Ki`.
fn amount(name: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let is_bytes = name == "memory" || name == "ephemeral-storage";
    let Some(quantity) = Quantity::parse(text).filter(|_| is_bytes) else {
        return text.to_owned();
    };
    let bytes = quantity.value();
    let (unit, shift) = match bytes {
        0..0x10_0000 => return text.to_owned(),
        0x10_0000..0x4000_0000 => ("Mi", 20),
        0x4000_0000.. => ("Gi", 30),
        _ => return text.to_owned(),
    };
    let tenths = bytes / ((1_i64 << shift) / 10);
    match tenths % 10 {
        0 => format!("{}{unit}", tenths / 10),
        rest => format!("{}.{rest}{unit}", tenths / 10),
    }
}

/// `key=value:NoSchedule`, as kubectl writes it.
fn taint(taint: &Value) -> String {
    let text = |field: &str| taint[field].as_str().unwrap_or_default();
    let taint = match text("value") {
        "" => format!("{}:{}", text("key"), text("effect")),
        value => format!("{}={value}:{}", text("key"), text("effect")),
    };
    visible(&taint).into_owned()
}

/// `key=value:NoSchedule`, `key op=Exists`, or `everything`.
fn toleration(toleration: &Value) -> String {
    let text = |field: &str| toleration[field].as_str().unwrap_or_default();
    let effect = match text("effect") {
        "" => String::new(),
        effect => format!(":{effect}"),
    };
    match (text("key"), text("operator"), text("value")) {
        ("", _, _) => format!("everything{effect}"),
        (key, "Exists", _) | (key, _, "") => format!("{key}{effect}"),
        (key, _, value) => format!("{key}={value}{effect}"),
    }
}

fn labels(object: &Value) -> Vec<(String, String)> {
    let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
    let shown = |text: &str| visible(text).into_owned();
    labels
        .map(|(key, value)| (shown(key), shown(value.as_str().unwrap_or_default())))
        .collect()
}

/// Null in place of a value that goes without saying.
fn none_if<'v>(value: &'v Value, usual: &str) -> &'v Value {
    if value == usual { &Value::Null } else { value }
}

/// The resourceVersion of a fetched object.
#[must_use]
pub fn version(object: &Value) -> Option<ResourceVersion> {
    ResourceVersion::new(object["metadata"]["resourceVersion"].as_str()?)
}

/// Whether an object is to be fetched now. `read`: the version of the one that came, if one came; `api_error`: why no newer
/// one did; `meta`: what the picture knows of it; `waited`: since it was asked for last.
#[must_use]
pub fn is_read_due(
    read: Option<Option<ResourceVersion>>,
    api_error: Option<&ApiError>,
    meta: Option<&Meta>,
    waited: Duration,
) -> bool {
    match (read, api_error) {
        (_, Some(api_error)) if !api_error.is_passing() && meta.is_none() => false,
        (_, Some(api_error)) if api_error.is_login() => waited >= SIGN_IN_RETRY,
        (_, Some(_)) => waited >= OBJECT_RETRY_INTERVAL,
        (None, None) => true,
        (Some(read), None) => {
            let known = meta.and_then(|meta| meta.resource_version.as_ref());
            known.is_some_and(|known| read.as_ref() != Some(known)) && waited >= OBJECT_READ_INTERVAL
        }
    }
}
