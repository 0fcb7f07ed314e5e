//! `window.k8bit.snapshot()`: all nodes and pods as plain JSON, visible or not.
//!
//! The field names are an interface for tests and scripts; `docs/hooks.md` documents them.

use serde::Serialize;

use crate::{
    cluster::Cluster,
    connection::{Connection, ConnectionProblem, KindConnection},
    resource::{Node, Pod, ResourceVersion},
};

/// Everything that is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot<'a> {
    nodes: Vec<NodeSnapshot<'a>>,
    pods: Vec<PodSnapshot<'a>>,
    connection: ConnectionSnapshot<'a>,
    resource_version: ResourceVersionSnapshot<'a>,
}

/// The resourceVersion up to which each kind is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceVersions {
    /// Of nodes.
    pub nodes: Option<ResourceVersion>,
    /// Of pods, one for each watch: a string in the snapshot where there is one watch, an array where there are more.
    pub pods: Vec<Option<ResourceVersion>>,
}

#[derive(Serialize)]
struct ResourceVersionSnapshot<'a> {
    nodes: Option<&'a str>,
    pods: OneOrMore<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    One(Option<&'a str>),
    More(Vec<Option<&'a str>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeSnapshot<'a> {
    name: &'a str,
    status: &'a str,
    roles: Vec<&'a str>,
    cordoned: bool,
    pressure: Vec<&'a str>,
    allocatable_pods: Option<u32>,
    zone: Option<&'a str>,
    instance_type: Option<&'a str>,
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct PodSnapshot<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: String,
    node: Option<&'a str>,
    status: &'a str,
    family: &'static str,
    ready: String,
    restarts: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionSnapshot<'a> {
    state: &'static str,
    events_per_second: u32,
    kinds: Vec<KindSnapshot<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KindSnapshot<'a> {
    what: &'a str,
    state: &'static str,
    listed: u64,
    remaining: Option<u64>,
    attempt: u32,
    retry_in_seconds: Option<f64>,
    /// Seconds since the Unix epoch.
    stale_since: Option<i64>,
    problem: Option<ProblemSnapshot<'a>>,
}

#[derive(Serialize)]
struct ProblemSnapshot<'a> {
    sentence: &'a str,
    advice: &'a str,
    detail: &'a str,
}

impl<'a> Snapshot<'a> {
    /// Nodes by name and pods by namespace and name, each in the order of bytes.
    #[must_use]
    pub fn of(cluster: &'a Cluster, connection: &'a Connection, versions: &'a ResourceVersions) -> Self {
        let pod_groups = || cluster.groups().chain([cluster.unscheduled()]);
        let mut nodes: Vec<&Node> = pod_groups()
            .filter_map(|pod_group| pod_group.node())
            .map(|node| &**node)
            .collect();
        nodes.sort_by(|left, right| left.meta.key.cmp(&right.meta.key));
        let mut pods: Vec<&Pod> = pod_groups()
            .flat_map(|pod_group| pod_group.pods().iter())
            .map(|(_, pod)| &**pod)
            .collect();
        pods.sort_by(|left, right| left.meta.key.cmp(&right.meta.key));
        Self {
            nodes: nodes.into_iter().map(node).collect(),
            pods: pods.into_iter().map(pod).collect(),
            connection: ConnectionSnapshot {
                state: connection.state.slug(),
                events_per_second: connection.events_per_second,
                kinds: connection.kinds.iter().map(kind).collect(),
            },
            resource_version: resource_version(versions),
        }
    }
}

fn node(node: &Node) -> NodeSnapshot<'_> {
    NodeSnapshot {
        name: &node.meta.key.name,
        status: &node.status,
        roles: node.roles.iter().map(|role| role.as_str()).collect(),
        cordoned: node.cordoned,
        pressure: node.pressures().map(|pressure| pressure.as_str()).collect(),
        allocatable_pods: node.allocatable_pods,
        zone: node.zone.as_deref(),
        instance_type: node.instance_type.as_deref(),
        version: node.version.as_deref(),
    }
}

fn pod(pod: &Pod) -> PodSnapshot<'_> {
    PodSnapshot {
        namespace: &pod.meta.key.namespace,
        name: &pod.meta.key.name,
        uid: pod.meta.uid.to_string(),
        node: pod.node.as_deref(),
        status: &pod.status.text,
        family: pod.status.family.slug(),
        ready: format!("{}/{}", pod.status.ready, pod.status.containers),
        restarts: pod.status.restarts,
    }
}

fn kind(kind: &KindConnection) -> KindSnapshot<'_> {
    KindSnapshot {
        what: &kind.what,
        state: kind.state.slug(),
        listed: kind.listed,
        remaining: kind.remaining,
        attempt: kind.attempt,
        retry_in_seconds: kind.retry_in.map(|wait| wait.as_secs_f64()),
        stale_since: kind.stale_since.map(|since| since.0),
        problem: kind.problem.as_ref().map(problem),
    }
}

fn problem(problem: &ConnectionProblem) -> ProblemSnapshot<'_> {
    ProblemSnapshot {
        sentence: &problem.sentence,
        advice: &problem.advice,
        detail: &problem.detail,
    }
}

fn resource_version(versions: &ResourceVersions) -> ResourceVersionSnapshot<'_> {
    let mut pods: Vec<Option<&str>> = versions
        .pods
        .iter()
        .map(|version| version.as_ref().map(ResourceVersion::as_str))
        .collect();
    ResourceVersionSnapshot {
        nodes: versions.nodes.as_ref().map(ResourceVersion::as_str),
        pods: if pods.len() > 1 {
            OneOrMore::More(pods)
        } else {
            OneOrMore::One(pods.pop().flatten())
        },
    }
}
