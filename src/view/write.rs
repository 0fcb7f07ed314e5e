//! What the page may change, if it is asked to: what is sent, and what exactly will happen, in words.
//!
//! Pure. A write goes through four steps: may I (`SelfSubjectAccessReview`), would it work (`dryRun=All`), does the reader
//! want it (a dialog), and only then the write. That it was accepted says little; whether it came to pass, the watch says,
//! and [`Write::outcome`] reads it from the cluster.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, Place},
    limits::MAX_REPLICAS,
    resource::{ObjectKey, Pod, Text, Workload},
    view::{
        container::items,
        details,
        format::{count, counted, spoken_duration},
        owner::{self, Link},
        state::Subject,
    },
};

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Deletes a pod, and no other of its name.
    DeletePod {
        /// The pod.
        key: ObjectKey,
        /// Its uid: should another one have its name by now, nothing is deleted.
        uid: String,
    },
    /// Lets a node take new pods, or no more.
    Cordon {
        /// The node.
        node: Text,
        /// Whether it takes no new pods any more.
        unschedulable: bool,
    },
    /// Sets how many pods a workload shall have.
    Scale {
        /// A pod of the workload, by which the cluster knows it.
        pod: ObjectKey,
        /// The workload.
        workload: Link,
        /// What it says now.
        from: i64,
        /// What it shall say.
        to: i64,
    },
}

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `POST`.
    Create,
    /// `PATCH` with a JSON merge patch.
    MergePatch,
    /// `PATCH` with a JSON patch.
    JsonPatch,
    /// `DELETE`.
    Delete,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRequest {
    /// How.
    pub method: Method,
    /// Path and query below the API root.
    pub path: String,
    /// What is sent.
    pub body: Value,
}

/// The path of access reviews below the API root.
const REVIEWS: &str = "apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// What the cluster shows of a change that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet, or not all of it; how far it is.
    Pending(String),
    /// It has come to pass.
    Seen(String),
}

impl Write {
    /// What is asked before anything else: `SelfSubjectAccessReview`.
    #[must_use]
    pub fn review(&self) -> WriteRequest {
        let attributes = match self {
            Self::DeletePod { key, .. } => json!({
                "verb": "delete", "group": "", "resource": "pods",
                "namespace": key.namespace.as_str(), "name": &*key.name,
            }),
            Self::Cordon { node, .. } => json!({
                "verb": "patch", "group": "", "resource": "nodes", "name": node.as_str(),
            }),
            Self::Scale { pod, workload, .. } => json!({
                "verb": "patch", "group": group_of(workload), "resource": plural_of(workload), "subresource": "scale",
                "namespace": pod.namespace.as_str(), "name": workload.name,
            }),
        };
        WriteRequest {
            method: Method::Create,
            path: REVIEWS.to_owned(),
            body: json!({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            }),
        }
    }

    /// The change itself, or its dry run. `None` where a name cannot be one.
    #[must_use]
    pub fn request(&self, dry_run: bool) -> Option<WriteRequest> {
        let query = if dry_run { "?dryRun=All" } else { "" };
        let (method, path, body) = match self {
            Self::DeletePod { key, uid } => {
                let mut options = json!({
                    "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid},
                });
                // The server reads the query only where there is no body.
                if dry_run {
                    options["dryRun"] = json!(["All"]);
                }
                let path = details::path(&Subject::Pod(key.clone()))?;
                (Method::Delete, path, options)
            }
            Self::Cordon { node, unschedulable } => {
                let path = details::path(&Subject::Node(node.clone()))?;
                (
                    Method::MergePatch,
                    path,
                    json!({"spec": {"unschedulable": unschedulable}}),
                )
            }
            Self::Scale {
                pod,
                workload,
                from,
                to,
                ..
            } => {
                let path = format!("{}/scale", owner::path(workload, &pod.namespace)?);
                let set = json!({"op": "add", "path": "/spec/replicas", "value": to});
                // Fails where somebody else has set it meanwhile. Zero is left out of what the server tests against.
                let test = json!({"op": "test", "path": "/spec/replicas", "value": from});
                let patch = if *from == 0 { json!([set]) } else { json!([test, set]) };
                (Method::JsonPatch, path, patch)
            }
        };
        Some(WriteRequest {
            method,
            path: format!("{path}{query}"),
            body,
        })
    }

    /// `delete`, `cordon`, `uncordon`, `scale`: the value of `data-write`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::DeletePod { .. } => "delete",
            Self::Cordon {
                unschedulable: true, ..
            } => "cordon",
            Self::Cordon { .. } => "uncordon",
            Self::Scale { .. } => "scale",
        }
    }

    /// What RBAC calls it, to complete `You may not …`.
    #[must_use]
    pub fn asked(&self) -> String {
        match self {
            Self::DeletePod { key, .. } => format!("delete pods in {}", key.namespace),
            Self::Cordon { .. } => "patch nodes".to_owned(),
            Self::Scale { pod, workload, .. } => format!("patch {}/scale in {}", plural_of(workload), pod.namespace),
        }
    }

    /// The question of the dialog.
    #[must_use]
    pub fn question(&self) -> String {
        match self {
            Self::DeletePod { key, .. } => format!("Delete the pod {} in {}?", key.name, key.namespace),
            Self::Cordon {
                node,
                unschedulable: true,
            } => format!("Cordon {node}?"),
            Self::Cordon { node, .. } => format!("Uncordon {node}?"),
            Self::Scale { workload, from, to, .. } => format!(
                "Scale the {} {} from {} to {}?",
                workload.kind,
                workload.name,
                count_of(*from),
                count_of(*to)
            ),
        }
    }

    /// The word on the button that does it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::DeletePod { .. } => "Delete the pod".to_owned(),
            Self::Cordon {
                unschedulable: true, ..
            } => "Cordon the node".to_owned(),
            Self::Cordon { .. } => "Uncordon the node".to_owned(),
            Self::Scale { to, .. } => format!("Scale to {}", count_of(*to)),
        }
    }

    /// What exactly will happen, in sentences. `object` is the pod or node as it was fetched; `owners` those of the pod.
    #[must_use]
    pub fn consequences(&self, object: &Value, owners: &[Link], pods_on_node: usize) -> Vec<String> {
        match self {
            Self::DeletePod { key, .. } => deletion(key, object, owners),
            Self::Cordon {
                unschedulable: true, ..
            } => vec![
                "The scheduler puts no new pods on it, except those of DaemonSets.".to_owned(),
                format!("{} on it stay and run on.", counted(pods_on_node as u64, "pod", "pods")),
            ],
            Self::Cordon { .. } => vec!["The scheduler may put new pods on it again.".to_owned()],
            Self::Scale { workload, from, to, .. } => scaling(workload, *from, *to),
        }
    }

    /// What the watch shows of it.
    #[must_use]
    pub fn outcome(&self, cluster: &Cluster) -> Outcome {
        match self {
            Self::DeletePod { key, uid } => match cluster.pod(key) {
                Some((_, _, pod)) if pod.meta.uid.to_string() != *uid => {
                    Outcome::Seen("It is gone; another pod has its name now.".to_owned())
                }
                Some((_, _, pod)) if pod.deleted.is_some() => Outcome::Pending("It is terminating.".to_owned()),
                Some(_) => Outcome::Pending("The API server has accepted it; nothing is seen of it yet.".to_owned()),
                None => Outcome::Seen("It is gone.".to_owned()),
            },
            Self::Cordon { node, unschedulable } => {
                let entry = cluster.entry(&Place::Node(node.clone()));
                match entry.and_then(|entry| entry.node()) {
                    Some(node) if node.cordoned == *unschedulable => Outcome::Seen(if *unschedulable {
                        "It is cordoned.".to_owned()
                    } else {
                        "It takes new pods again.".to_owned()
                    }),
                    Some(_) => {
                        Outcome::Pending("The API server has accepted it; nothing is seen of it yet.".to_owned())
                    }
                    None => Outcome::Seen("The node is gone.".to_owned()),
                }
            }
            Self::Scale { pod, workload, to, .. } => {
                let pods = pods_of(cluster, pod, workload);
                let has = format!("It has {}", counted(pods, "pod", "pods"));
                if pods == to.unsigned_abs() {
                    Outcome::Seen(format!("{has} now."))
                } else {
                    Outcome::Pending(format!("{has}; {} are asked for.", count_of(*to)))
                }
            }
        }
    }
}

/// The pods of a workload that are not on their way out.
fn pods_of(cluster: &Cluster, pod: &ObjectKey, workload: &Link) -> u64 {
    let entries = std::iter::once(cluster.unscheduled()).chain(cluster.places());
    let pods = entries.flat_map(|entry| entry.pods().iter().map(|(_, pod)| pod));
    let is_of_it = |other: &&Rc<Pod>| {
        let of = Workload::of(other);
        other.meta.key.namespace == pod.namespace
            && of.is_some_and(|it| it.kind == workload.kind && it.name == workload.name)
            && !other.is_finished()
            && other.deleted.is_none()
    };
    pods.filter(is_of_it).count() as u64
}

fn deletion(key: &ObjectKey, pod: &Value, owners: &[Link]) -> Vec<String> {
    let budgets = "Disruption budgets are not asked: a deletion passes them by.".to_owned();
    if pod.is_null() {
        return vec![
            "Its owner, its grace period and its volumes could not be read.".to_owned(),
            budgets,
        ];
    }
    let grace = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
    let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let mut sentences = Vec::new();
    sentences.push(match (finished, grace) {
        (true, _) => "It has ended already; only its record goes, and its logs with it.".to_owned(),
        (false, 0) => "Its containers are killed at once.".to_owned(),
        (false, grace) => format!(
            "Its containers are asked to end and have {} to do so; then they are killed.",
            spoken_duration(grace)
        ),
    });
    sentences.push(match owners.first() {
        Some(owner) if owner.kind == "Node" => {
            format!(
                "It is a static pod of {}: its kubelet shows it again at once.",
                owner.name
            )
        }
        Some(owner) if owner.kind == "Job" => {
            format!(
                "The Job {} starts another pod in its place unless it is complete.",
                owner.name
            )
        }
        Some(owner) => format!("The {} {} makes another pod in its place.", owner.kind, owner.name),
        None => format!("Nothing owns it: nobody makes another {} in its place.", key.name),
    });
    let has_finalizers = !items(&pod["metadata"]["finalizers"]).is_empty();
    if has_finalizers {
        sentences.push("It has finalizers, and stays until those are removed.".to_owned());
    }
    let is_local = |volume: &Value| volume["emptyDir"].is_object();
    if items(&pod["spec"]["volumes"]).iter().any(is_local) {
        sentences.push("What is in its emptyDir volumes is lost.".to_owned());
    }
    sentences.push(budgets);
    sentences
}

fn scaling(workload: &Link, from: i64, to: i64) -> Vec<String> {
    let mut sentences = vec![match to - from {
        0 => "Nothing changes.".to_owned(),
        more @ 1.. => format!("It makes {}.", counted(more.unsigned_abs(), "more pod", "more pods")),
        fewer => format!(
            "It deletes {}; which ones, its controller decides.",
            counted(fewer.unsigned_abs(), "pod", "pods")
        ),
    }];
    if to == 0 && from != 0 {
        sentences.push("Nothing of it is left running.".to_owned());
    }
    if matches!(workload.kind.as_str(), "ReplicaSet") && !workload.is_certain {
        sentences.push("If a Deployment owns it, that one sets it back.".to_owned());
    }
    sentences.push("A HorizontalPodAutoscaler of it may change that again.".to_owned());
    sentences
}

/// Reads what somebody typed as the number of pods.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn parse_replicas(text: &str) -> Result<i64, String> {
    match text.trim().parse::<i64>() {
        Ok(number @ 0..=MAX_REPLICAS) => Ok(number),
        Ok(number) if number > MAX_REPLICAS => Err(format!(
            "More than {} are not set from here; kubectl does it.",
            count(MAX_REPLICAS.unsigned_abs())
        )),
        _ => Err("Write a whole number, 0 or more.".to_owned()),
    }
}

fn count_of(number: i64) -> String {
    count(number.unsigned_abs())
}

fn group_of(link: &Link) -> &str {
    match link.kind.as_str() {
        "ReplicationController" => "",
        _ => "apps",
    }
}

fn plural_of(link: &Link) -> String {
    format!("{}s", link.kind.to_ascii_lowercase())
}

/// What a review says: allowed, or the words of why not.
///
/// # Errors
/// Why not; may be empty.
pub fn verdict(review: &Value) -> Result<(), String> {
    let status = &review["status"];
    if status["allowed"] == true {
        return Ok(());
    }
    let why = [&status["reason"], &status["evaluationError"]];
    let why = why.into_iter().filter_map(Value::as_str).find(|why| !why.is_empty());
    Err(why.unwrap_or_default().to_owned())
}
