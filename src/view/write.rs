//! Changes: the requests, and sentences about what exactly will happen.
//!
//! Pure. A write has four steps: the permission (`SelfSubjectAccessReview`), a dry run (`dryRun=All`), the confirmation (a
//! dialog), and the write itself. It carries the uid of the confirmed object, so that another object of the same name is not
//! changed. Accepted is not done: the watch confirms the change, and [`Sent::outcome`] reads it from the cluster. The
//! outcome of a write without a response is unknown until the watch or a read shows it.

use std::{sync::Arc, time::Duration};

use k8bit_informer::api_path::{ApiPath, ApiResource, InvalidName, Segment, quoted};
use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, GroupKey},
    limits::{CONFIRM_AFTER, MAX_REPLICAS, UNANSWERED_WRITE},
    resource::{ObjectKey, Pod, SharedStr, Timestamp, Workload, node::NodeHealth},
    view::{
        api_error::ApiError,
        container::items,
        details,
        format::{count, counted, spoken_duration},
        owner::{Link, ScaleTarget},
        state::Subject,
        visible::visible,
    },
};

/// Whether the page can change things now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteAccess {
    /// The address does not ask for it.
    #[default]
    ReadOnly,
    /// The address asks for it, but the page is in a frame of another page, which could cover the buttons.
    Framed,
    /// The user can allow it.
    Offered,
    /// The user has allowed it in this tab.
    Allowed,
}

impl WriteAccess {
    /// `asked`: by the address, which a link can set. `framed`: the page is in a frame. `allowed`: by the user, in this tab.
    #[must_use]
    pub fn of(asked: bool, framed: bool, allowed: bool) -> Self {
        match (asked, framed, allowed) {
            (false, ..) => Self::ReadOnly,
            (true, true, _) => Self::Framed,
            (true, false, false) => Self::Offered,
            (true, false, true) => Self::Allowed,
        }
    }
}

/// Disables the button that confirms a change until it was visible for a while, so that a click that was meant for
/// something else does not confirm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConfirmGuard {
    seen_since: Option<Duration>,
}

impl ConfirmGuard {
    /// Returns whether the button can be pressed at `now`, which has any origin. `is_seen`: the button is visible, nothing
    /// covers it, and the page has the focus.
    pub fn look(&mut self, now: Duration, is_seen: bool) -> bool {
        if !is_seen {
            self.seen_since = None;
            return false;
        }
        let since = *self.seen_since.get_or_insert(now);
        now.saturating_sub(since) >= CONFIRM_AFTER
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Deletes a pod, and no other of its name.
    DeletePod {
        /// The pod.
        key: ObjectKey,
        /// Its uid: another pod of that name is not deleted.
        uid: String,
    },
    /// Cordons or uncordons a node.
    Cordon {
        /// The node.
        node: SharedStr,
        /// Its uid.
        uid: String,
        /// Whether to cordon it.
        unschedulable: bool,
    },
    /// Scales a workload.
    Scale {
        /// A pod of the workload, by which the cluster knows it.
        pod: ObjectKey,
        /// The workload.
        target: Box<ScaleTarget>,
        /// The new number of pods.
        to: i64,
    },
}

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `POST`.
    Create,
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
    /// Where.
    pub path: ApiPath,
    /// What is sent.
    pub body: Value,
}

/// Outcome of a change, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted; the watch has not confirmed all of it yet. How far it is.
    Pending(String),
    /// Unknown whether it was made.
    Unknown(String),
    /// Not made.
    NotDone(String),
    /// The watch confirmed it.
    Seen(String),
}

impl Outcome {
    /// The value of `data-outcome`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Unknown(_) => "unknown",
            Self::NotDone(_) => "not-done",
            Self::Seen(_) => "seen",
        }
    }

    /// The sentence about it.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Pending(words) | Self::Unknown(words) | Self::NotDone(words) | Self::Seen(words) => words,
        }
    }
}

/// How far the cluster shows a change.
enum WriteProgress {
    Nothing,
    /// Begun, or partly done.
    Some(String),
    /// Complete.
    All(String),
}

/// A change that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The change.
    pub write: Write,
    answer: WriteResponse,
}

/// The response.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WriteResponse {
    Accepted,
    /// Nothing has happened, and why.
    Refused(String),
    /// No clear response: why, and what a read has shown since.
    None {
        why: String,
        /// Whether the server has answered: then nothing that was sent is on its way any more.
        is_over: bool,
        read: Option<ReadBack>,
    },
}

/// What a read shows of a change without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadBack {
    Done,
    /// Not made yet; whether it may still be made.
    NotDone {
        is_final: bool,
    },
}

impl Sent {
    /// A change that got a response.
    ///
    /// # Errors
    /// When the response says that it was rejected: nothing has changed.
    pub fn answered(write: Write, answer: Result<Value, ApiError>) -> Result<Self, ApiError> {
        let answer = match answer {
            Ok(_) => WriteResponse::Accepted,
            Err(api_error) if api_error.is_decided() && !write.may_be_an_echo(&api_error) => return Err(api_error),
            Err(api_error) => WriteResponse::None {
                why: api_error.words(&write.asked()),
                is_over: api_error.is_decided(),
                read: None,
            },
        };
        Ok(Self { write, answer })
    }

    /// A change whose refusal came when the user had gone on to something else.
    #[must_use]
    pub fn refused(write: Write, api_error: &ApiError) -> Self {
        let answer = WriteResponse::Refused(format!("{} {}", write.question(), write.refused(api_error)));
        Self { write, answer }
    }

    /// What to read, as long as the outcome is unknown.
    #[must_use]
    pub fn ask(&self) -> Option<ApiPath> {
        match &self.answer {
            WriteResponse::Accepted | WriteResponse::Refused(_) => None,
            WriteResponse::None { read, .. } => match read {
                None | Some(ReadBack::NotDone { is_final: false }) => self.write.path().ok(),
                Some(ReadBack::Done | ReadBack::NotDone { is_final: true }) => None,
            },
        }
    }

    /// Takes the result of a read, this long after the change was sent.
    pub fn take(&mut self, answer: &Result<Value, ApiError>, after: Duration) {
        let is_done = self.write.is_done(answer);
        if let (WriteResponse::None { read, is_over, .. }, Some(is_done)) = (&mut self.answer, is_done) {
            *read = Some(if is_done {
                ReadBack::Done
            } else {
                ReadBack::NotDone {
                    is_final: *is_over || after >= UNANSWERED_WRITE,
                }
            });
        }
    }

    /// The outcome: from the response, a read, and the watch, which decides.
    #[must_use]
    pub fn outcome(&self, cluster: &Cluster) -> Outcome {
        let (is_known, why, read) = match &self.answer {
            WriteResponse::Accepted => (true, "", None),
            WriteResponse::Refused(why) => return Outcome::NotDone(why.clone()),
            WriteResponse::None { why, read, .. } => (*read == Some(ReadBack::Done), why.as_str(), *read),
        };
        // Numbers of pods change for many reasons. A pod that terminates, or a cordoned node, was not so before.
        let is_proof = is_known || !matches!(self.write, Write::Scale { .. });
        match self.write.progress(cluster) {
            WriteProgress::All(words) if is_proof => Outcome::Seen(words),
            WriteProgress::Some(words) if is_proof => Outcome::Pending(words),
            _ if is_known && why.is_empty() => {
                Outcome::Pending("Accepted. Waiting for the watch to confirm.".to_owned())
            }
            _ if is_known => Outcome::Pending("Done. Waiting for the watch to confirm.".to_owned()),
            _ => match read {
                Some(ReadBack::NotDone { is_final: true }) => Outcome::NotDone(format!(
                    "{why} A read shows that the change was not made. You can try again."
                )),
                Some(_) => Outcome::Unknown(format!("{why} Outcome unknown: nothing has changed yet.")),
                None => Outcome::Unknown(format!("{why} Outcome unknown.")),
            },
        }
    }
}

impl Write {
    /// The first request: `SelfSubjectAccessReview`.
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
            Self::Scale { target, .. } => json!({
                "verb": "patch", "group": target.resource.group(), "resource": target.resource.plural(),
                "subresource": "scale", "namespace": target.namespace.as_ref().map_or("", Segment::as_str),
                "name": target.name.as_str(),
            }),
        };
        let reviews = ApiResource::known("authorization.k8s.io", "v1", "selfsubjectaccessreviews");
        WriteRequest {
            method: Method::Create,
            path: ApiPath::collection(&reviews, None),
            body: json!({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            }),
        }
    }

    /// The path of the object.
    ///
    /// # Errors
    /// When the API does not accept its name.
    pub fn path(&self) -> Result<ApiPath, InvalidName> {
        match self {
            Self::DeletePod { key, .. } => details::path(&Subject::Pod(key.clone())),
            Self::Cordon { node, .. } => details::path(&Subject::Node(node.clone())),
            Self::Scale { target, .. } => Ok(target.path()),
        }
    }

    /// The change itself, or its dry run. Both fail if another object has the name now, or if the workload was scaled
    /// meanwhile.
    ///
    /// # Errors
    /// When the API does not accept its name.
    pub fn request(&self, dry_run: bool) -> Result<WriteRequest, InvalidName> {
        let test = |path: &str, value: &str| json!({"op": "test", "path": path, "value": value});
        let (method, body) = match self {
            Self::DeletePod { uid, .. } => {
                let mut options = json!({
                    "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid},
                });
                // The server reads the query only where there is no body.
                if dry_run {
                    options["dryRun"] = json!(["All"]);
                }
                (Method::Delete, options)
            }
            Self::Cordon { uid, unschedulable, .. } => {
                let set = json!({"op": "add", "path": "/spec/unschedulable", "value": unschedulable});
                (Method::JsonPatch, json!([test("/metadata/uid", uid), set]))
            }
            Self::Scale { target, to, .. } => {
                // A zero is left out of what the server tests against. Then the version has to tell.
                let same = match target.replicas {
                    Some(replicas) => json!({"op": "test", "path": "/spec/replicas", "value": replicas}),
                    None => test("/metadata/resourceVersion", &target.resource_version),
                };
                let set = json!({"op": "add", "path": "/spec/replicas", "value": to});
                (
                    Method::JsonPatch,
                    json!([test("/metadata/uid", &target.uid), same, set]),
                )
            }
        };
        let path = self.path()?;
        Ok(WriteRequest {
            method,
            path: if dry_run { path.with("dryRun", "All") } else { path },
            body,
        })
    }

    /// Whether the refusal may answer a request that the browser has sent again by itself, because the connection closed
    /// before the first answer. The first request may have succeeded; then the second one finds the pod gone or another pod
    /// of its name, or another number of pods than it expects. A node that is cordoned already is no such case: to cordon it
    /// again succeeds.
    ///
    /// Browsers do so with every method, although <https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2> allows it for
    /// idempotent ones alone.
    fn may_be_an_echo(&self, api_error: &ApiError) -> bool {
        match self {
            Self::DeletePod { .. } => matches!(api_error.code, Some(404 | 409)),
            Self::Scale { .. } => api_error.code == Some(422),
            Self::Cordon { .. } => false,
        }
    }

    /// Whether what was read shows the change; `None` where it does not tell.
    fn is_done(&self, answer: &Result<Value, ApiError>) -> Option<bool> {
        let object = match answer {
            Ok(object) => object,
            Err(api_error) => {
                let is_gone = matches!(self, Self::DeletePod { .. }) && api_error.is_not_found();
                return is_gone.then_some(true);
            }
        };
        let is_same = |uid: &str| object["metadata"]["uid"] == uid;
        match self {
            Self::DeletePod { uid, .. } => Some(!is_same(uid) || object["metadata"]["deletionTimestamp"].is_string()),
            Self::Cordon { uid, unschedulable, .. } => {
                is_same(uid).then(|| object["spec"]["unschedulable"].as_bool().unwrap_or(false) == *unschedulable)
            }
            Self::Scale { target, to, .. } => {
                is_same(&target.uid).then(|| object["spec"]["replicas"].as_i64().unwrap_or(0) == *to)
            }
        }
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

    /// The action, to complete `You may not …`.
    #[must_use]
    pub fn asked(&self) -> String {
        match self {
            Self::DeletePod { key, .. } => format!("delete pods in {}", key.namespace),
            Self::Cordon { .. } => "patch nodes".to_owned(),
            Self::Scale { target, .. } => match &target.namespace {
                Some(namespace) => format!("patch {}/scale in {namespace}", target.resource.plural()),
                None => format!("patch {}/scale", target.resource.plural()),
            },
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
                ..
            } => format!("Cordon {node}?"),
            Self::Cordon { node, .. } => format!("Uncordon {node}?"),
            Self::Scale { target, to, .. } => format!(
                "Scale the {} from {} to {}?",
                target.title(),
                count_of(target.current()),
                count_of(*to)
            ),
        }
    }

    /// The label of the button that confirms.
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
    ///
    /// `pods_on_node` counts those that have not ended; `None` where it is not known which pods run on the node.
    #[must_use]
    pub fn consequences(&self, object: &Value, owners: &[Link], pods_on_node: Option<u32>) -> Vec<String> {
        match self {
            Self::DeletePod { key, .. } => deletion(key, object, owners),
            Self::Cordon {
                unschedulable: true, ..
            } => vec![
                "The scheduler assigns no new pods to it; DaemonSets still do.".to_owned(),
                match pods_on_node {
                    None => "The pods on it keep running. Their number is unknown.".to_owned(),
                    Some(0) => "No pods run on it.".to_owned(),
                    Some(1) => "The pod on it keeps running.".to_owned(),
                    Some(pods) => format!("{} pods on it keep running.", count(pods.into())),
                },
            ],
            Self::Cordon { .. } => vec!["The scheduler can assign new pods to it again.".to_owned()],
            Self::Scale { target, to, .. } => scaling(target.current(), *to),
        }
    }

    /// Why it would change nothing, in sentences: the pod is already terminating. `object` is the pod as it was read.
    #[must_use]
    pub fn needless(&self, cluster: &Cluster, object: &Value, now: Timestamp) -> Option<String> {
        match self {
            Self::DeletePod { key, uid } => deletion_under_way(cluster, key, uid, object, now),
            Self::Cordon { .. } | Self::Scale { .. } => None,
        }
    }

    /// Why it was rejected, in sentences. `api_error` is the response to the change or to its dry run.
    #[must_use]
    pub fn refused(&self, api_error: &ApiError) -> String {
        let words = api_error.words(&self.asked());
        // A test of a JSON patch that fails is answered as an invalid request, without a word on which one it was.
        let has_tests = matches!(self, Self::Cordon { .. } | Self::Scale { .. });
        if has_tests && api_error.code == Some(422) {
            return format!(
                "Nothing was changed: the object may have been changed or replaced meanwhile. Check it and try again. {words}"
            );
        }
        words
    }

    /// Why its dry run has failed, in sentences: nothing was changed.
    #[must_use]
    pub fn dry_run_failed(&self, api_error: &ApiError) -> String {
        if api_error.is_decided() {
            return format!("The API server rejected the dry run. {}", self.refused(api_error));
        }
        let why = api_error.words(&self.asked());
        format!("The dry run got no answer, so nothing was changed. {why}")
    }

    /// What the watch shows of it.
    fn progress(&self, cluster: &Cluster) -> WriteProgress {
        match self {
            Self::DeletePod { key, uid } => match cluster.pod(key) {
                Some((_, _, pod)) if pod.meta.uid.to_string() != *uid => {
                    WriteProgress::All("The pod is deleted. Another pod has its name now.".to_owned())
                }
                // Whoever asked for it: it was not terminating before.
                Some((_, _, pod)) if pod.deleted.is_some() => WriteProgress::Some("The pod is terminating.".to_owned()),
                Some(_) => WriteProgress::Nothing,
                None => WriteProgress::All("The pod is deleted.".to_owned()),
            },
            Self::Cordon {
                node,
                uid,
                unschedulable,
            } => {
                let entry = cluster.pod_group(&GroupKey::Node(node.clone()));
                match entry.and_then(|entry| entry.node()) {
                    Some(node) if node.meta.uid.to_string() != *uid => {
                        WriteProgress::All("The node is deleted. Another node has its name now.".to_owned())
                    }
                    Some(node) if node.cordoned == *unschedulable => WriteProgress::All(if *unschedulable {
                        "The node is cordoned.".to_owned()
                    } else {
                        "The node is uncordoned.".to_owned()
                    }),
                    Some(_) => WriteProgress::Nothing,
                    None => WriteProgress::All("The node is deleted.".to_owned()),
                }
            }
            Self::Scale { pod, target, to } => match pods_of(cluster, pod, target) {
                Some(pods) if pods == to.unsigned_abs() => {
                    WriteProgress::All(format!("It has {} now.", counted(pods, "pod", "pods")))
                }
                Some(pods) => WriteProgress::Some(format!(
                    "It has {}; {} requested.",
                    counted(pods, "pod", "pods"),
                    counted_of(*to)
                )),
                None => WriteProgress::Some(format!(
                    "{} requested. K8bit cannot tell which pods belong to this {}.",
                    counted_of(*to),
                    target.kind
                )),
            },
        }
    }
}

/// The number of pods of a workload that are not terminating; `None` if its pods are unknown.
fn pods_of(cluster: &Cluster, pod: &ObjectKey, target: &ScaleTarget) -> Option<u64> {
    let is_of_workload = |other: &Pod| {
        let workload = Workload::of(other);
        workload.is_some_and(|it| it.kind == target.kind && it.name == target.name.as_str())
    };
    if target.selector.is_none() && !cluster.pod(pod).is_some_and(|(_, _, pod)| is_of_workload(pod)) {
        return None;
    }
    let is_own = |other: &&Arc<Pod>| {
        let is_of_it = match &target.selector {
            Some(selector) => selector.selects(&other.template.labels),
            None => is_of_workload(other),
        };
        is_of_it && other.meta.key.namespace == pod.namespace && !other.is_finished() && other.deleted.is_none()
    };
    Some(cluster.pods().filter(is_own).count() as u64)
}

/// What another request for the deletion of a pod would do: nothing.
fn deletion_under_way(cluster: &Cluster, key: &ObjectKey, uid: &str, object: &Value, now: Timestamp) -> Option<String> {
    let (_, _, pod) = cluster.pod(key)?;
    let ends = pod.deleted.filter(|_| pod.meta.uid.to_string() == uid)?;
    let metadata = &object["metadata"];
    let grace = metadata["deletionGracePeriodSeconds"]
        .as_i64()
        .or(object["spec"]["terminationGracePeriodSeconds"].as_i64())
        .unwrap_or(30);
    let asked = Timestamp(ends.0.saturating_sub(grace));
    let mut sentences = vec![format!(
        "This pod has been terminating for {}. Another request changes nothing.",
        spoken_duration(asked.seconds_until(now))
    )];
    if now < ends {
        sentences.push(format!(
            "Its grace period ends in {}.",
            spoken_duration(now.seconds_until(ends))
        ));
    } else {
        let finalizers: Vec<&str> = items(&metadata["finalizers"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let node = pod.node.clone();
        let health = node.as_ref().and_then(|node| {
            let entry = cluster.pod_group(&GroupKey::Node(node.clone()))?;
            Some(entry.node().map_or(NodeHealth::Unknown, |node| node.health))
        });
        sentences.push(format!(
            "Its grace period of {} has ended.",
            spoken_duration(grace.unsigned_abs())
        ));
        if let (Some(node), Some(NodeHealth::NotReady | NodeHealth::Unknown)) = (&node, health) {
            sentences.push(format!(
                "Its node {} is not ready, so no kubelet confirms that the containers have stopped.",
                visible(node)
            ));
        }
        if finalizers.is_empty() {
            let on_node = node.map_or_else(String::new, |node| format!(" on {}", visible(&node)));
            sentences.push(match details::path(&Subject::Pod(key.clone())) {
                Ok(_) => format!(
                    "Only a forced deletion removes it from the API; its containers may keep running{on_node}: `kubectl delete \
                     pod {} -n {} --force --grace-period=0`.",
                    key.name, key.namespace
                ),
                Err(error) => error.to_string(),
            });
        } else {
            sentences.push(format!(
                "It stays until its finalizers are removed: {}.",
                finalizers.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    Some(sentences.join(" "))
}

fn deletion(key: &ObjectKey, pod: &Value, owners: &[Link]) -> Vec<String> {
    let budgets = "Deleting a pod bypasses PodDisruptionBudgets.".to_owned();
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
        (true, _) => "It has already ended. Only its record and its logs are deleted.".to_owned(),
        (false, 0) => "Its containers are killed immediately.".to_owned(),
        (false, grace) => format!(
            "Its containers receive SIGTERM and are killed after {}.",
            spoken_duration(grace)
        ),
    });
    sentences.push(match owners.first() {
        Some(owner) if owner.kind == "Node" => format!(
            "It is a static pod of {}: the kubelet creates its mirror pod again at once.",
            quoted(&owner.name)
        ),
        Some(owner) if owner.kind == "Job" => format!("{} replaces it unless the Job is complete.", owner.title()),
        Some(owner) => format!("{} replaces it.", owner.title()),
        None => format!("No controller owns it: nothing replaces {}.", key.name),
    });
    let has_finalizers = !items(&pod["metadata"]["finalizers"]).is_empty();
    if has_finalizers {
        sentences.push("It has finalizers and stays until they are removed.".to_owned());
    }
    let is_local = |volume: &Value| volume["emptyDir"].is_object();
    if items(&pod["spec"]["volumes"]).iter().any(is_local) {
        sentences.push("The data in its emptyDir volumes is lost.".to_owned());
    }
    sentences.push(budgets);
    sentences
}

fn scaling(from: i64, to: i64) -> Vec<String> {
    let mut sentences = vec![match to - from {
        0 => "Nothing changes.".to_owned(),
        1 => "1 more pod is created.".to_owned(),
        more @ 2.. => format!("{} more pods are created.", count(more.unsigned_abs())),
        -1 => "1 pod is deleted; the controller decides which.".to_owned(),
        fewer => format!(
            "{} pods are deleted; the controller decides which.",
            count(fewer.unsigned_abs())
        ),
    }];
    if to == 0 && from != 0 {
        sentences.push("No pod of it keeps running.".to_owned());
    }
    sentences.push("A HorizontalPodAutoscaler may change the number again.".to_owned());
    sentences
}

/// Parses the number of pods that the user typed.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn parse_replicas(text: &str) -> Result<i64, String> {
    match text.trim().parse::<i64>() {
        Ok(number @ 0..=MAX_REPLICAS) => Ok(number),
        Ok(number) if number > MAX_REPLICAS => Err(format!(
            "K8bit sets at most {}. Use kubectl for more.",
            count(MAX_REPLICAS.unsigned_abs())
        )),
        _ => Err("Write a whole number, 0 or more.".to_owned()),
    }
}

fn count_of(number: i64) -> String {
    count(number.unsigned_abs())
}

/// `1 pod is`, `3 pods are`.
fn counted_of(number: i64) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(number.unsigned_abs(), "pod", "pods"))
}

/// The result of a review: allowed, or why not.
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
    Err(visible(why.unwrap_or_default()).into_owned())
}
