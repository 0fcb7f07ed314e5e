//! Who owns a pod, and who sets the number of its siblings.
//!
//! A pod names only its controller. The Deployment of a ReplicaSet and the CronJob of a Job are [guessed](guess) from their
//! names until the controller has been read. Guesses are shown as guesses. Nothing is written to a guess: before a change,
//! [`Climb`] reads every owner up to the top one.

use k8bit_informer::api_path::{ApiPath, ApiResource, InvalidName, Segment, quoted};
use serde_json::Value;

use crate::{
    limits::MAX_OWNERS,
    resource::{ObjectKey, Timestamp, guess},
    view::{api_error::ApiError, container::items, details, query::owned_by, selector::PodSelector, state::Subject},
};

/// One step of the chain, from the pod upwards. Its texts come from a server and are checked before use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `ReplicaSet`, `Deployment`.
    pub kind: String,
    /// Its API group and version, such as `apps/v1`.
    pub api_version: String,
    /// Its name.
    pub name: String,
    /// Its uid; empty for a guess.
    pub uid: String,
    /// Whether an object says so, or only a name suggests it.
    pub is_certain: bool,
}

impl Link {
    /// `Deployment web`, for a sentence.
    #[must_use]
    pub fn title(&self) -> String {
        let kind = quoted(&self.kind);
        match self.checked_name() {
            Ok(name) => format!("{kind} {name}"),
            Err(_) => format!("{kind} {}", quoted(&self.name)),
        }
    }

    /// Why the API does not accept it.
    #[must_use]
    pub fn flaw(&self) -> Option<InvalidName> {
        self.checked_name().err()
    }

    fn checked_name(&self) -> Result<Segment, InvalidName> {
        Segment::subdomain(&self.name, &format!("a {}", quoted(&self.kind)))
    }
}

/// The owners that an object shows: its controller, and the owner that the controller's name suggests.
#[must_use]
pub fn chain(object: &Value) -> Vec<Link> {
    let Some(controller) = controller(object) else {
        return Vec::new();
    };
    let metadata = &object["metadata"];
    let label = |key: &str| metadata["labels"][key].as_str();
    let created = metadata["creationTimestamp"].as_str().and_then(Timestamp::parse);
    let above = guess(
        &controller.api_version,
        &controller.kind,
        &controller.name,
        label,
        created,
    );
    let above = above.map(|above| Link {
        kind: above.kind.to_owned(),
        api_version: above.api_version.to_owned(),
        name: above.name.to_owned(),
        uid: String::new(),
        is_certain: false,
    });
    std::iter::once(controller).chain(above).collect()
}

/// The chain once the controller has been read: its real owner replaces the guess. Another object of the same name does not
/// count.
#[must_use]
pub fn confirmed(chain: &[Link], controller_object: &Value) -> Vec<Link> {
    match chain.first() {
        Some(own) if has_uid(controller_object, &own.uid) => std::iter::once(own.clone())
            .chain(controller(controller_object))
            .collect(),
        _ => chain.to_vec(),
    }
}

/// The query that finds the pods of an owner: of the controller, and of the workload that its name suggests. `None` for any
/// other, which no query knows: pods do not name it. `workload` is the kind and the name of what the pod belongs to.
#[must_use]
pub fn query(chain: &[Link], index: usize, workload: Option<(&str, &str)>, namespace: &str) -> Option<String> {
    let link = chain.get(index)?;
    let is_workload = workload == Some((link.kind.as_str(), link.name.as_str()));
    (index == 0 || is_workload)
        .then(|| owned_by(namespace, &link.kind, &link.name))
        .flatten()
}

/// The path of a workload of the API's own groups; `None` for other groups, whose plural is unknown, and for a name that
/// the API does not accept.
#[must_use]
pub fn path(link: &Link, namespace: &str) -> Option<ApiPath> {
    let known = KnownKind::of(&link.api_version, &link.kind)?;
    let (namespace, name) = (Segment::namespace(namespace).ok()?, link.checked_name().ok()?);
    Some(ApiPath::object(&known.resource, Some(&namespace), &name))
}

/// Whether to offer scaling: the pod has a controller, which is not a DaemonSet or a Job.
#[must_use]
pub fn may_have_scale(chain: &[Link]) -> bool {
    let never = [("apps/v1", "DaemonSet"), ("batch/v1", "Job"), ("v1", "Node")];
    chain
        .first()
        .is_some_and(|link| !never.contains(&(link.api_version.as_str(), link.kind.as_str())))
}

/// A kind of the API's own that controls pods.
struct KnownKind {
    resource: ApiResource,
    has_scale: bool,
}

impl KnownKind {
    fn of(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version, plural, has_scale) = match (api_version, kind) {
            ("apps/v1", "ReplicaSet") => ("apps", "v1", "replicasets", true),
            ("apps/v1", "Deployment") => ("apps", "v1", "deployments", true),
            ("apps/v1", "StatefulSet") => ("apps", "v1", "statefulsets", true),
            ("apps/v1", "DaemonSet") => ("apps", "v1", "daemonsets", false),
            ("batch/v1", "Job") => ("batch", "v1", "jobs", false),
            ("batch/v1", "CronJob") => ("batch", "v1", "cronjobs", false),
            ("v1", "ReplicationController") => ("", "v1", "replicationcontrollers", true),
            _ => return None,
        };
        Some(Self {
            resource: ApiResource::known(group, version, plural),
            has_scale,
        })
    }
}

/// What can be scaled: the top owner, as its `scale` subresource describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleTarget {
    /// `Deployment`.
    pub kind: String,
    /// The plural of its kind, for paths.
    pub resource: ApiResource,
    /// Its namespace, if it has one.
    pub namespace: Option<Segment>,
    /// Its name.
    pub name: Segment,
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion when it was read.
    pub resource_version: String,
    /// `spec.replicas`; `None` if left out, as zero is.
    pub replicas: Option<i64>,
    /// Its selector, if it has one.
    pub selector: Option<PodSelector>,
}

impl ScaleTarget {
    /// The path of its `scale` subresource.
    #[must_use]
    pub fn path(&self) -> ApiPath {
        ApiPath::object(&self.resource, self.namespace.as_ref(), &self.name).subresource("scale")
    }

    /// Number of desired pods.
    #[must_use]
    pub fn current(&self) -> i64 {
        self.replicas.unwrap_or(0)
    }

    /// `Deployment web`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

/// Finds the top owner of a pod: reads the pod, its controller, the controller's controller, up to the top, and its scale.
/// No I/O: [`Climb::ask`] returns what to read next, [`Climb::take`] takes the response.
#[derive(Clone, Debug)]
pub struct Climb {
    namespace: Option<Segment>,
    uid: String,
    chain: Vec<Link>,
    next: Next,
}

/// What to read next.
#[derive(Clone, Debug)]
enum Next {
    Pod(ApiPath),
    /// The resources of the last link's group and version.
    Kinds(ApiPath, Segment),
    /// The last link.
    Object(LocatedOwner),
    Scale(LocatedOwner),
    Done(Result<Box<ScaleTarget>, String>),
}

/// An owner whose path is known.
#[derive(Clone, Debug)]
struct LocatedOwner {
    resource: ApiResource,
    namespace: Option<Segment>,
    name: Segment,
    has_scale: bool,
}

impl LocatedOwner {
    fn path(&self) -> ApiPath {
        ApiPath::object(&self.resource, self.namespace.as_ref(), &self.name)
    }
}

impl Climb {
    /// Begins with a pod, of which `uid` is known.
    #[must_use]
    pub fn new(pod: &ObjectKey, uid: &str) -> Self {
        let next = match details::path(&Subject::Pod(pod.clone())) {
            Ok(path) => Next::Pod(path),
            Err(error) => Next::Done(Err(error.to_string())),
        };
        Self {
            namespace: Segment::namespace(&pod.namespace).ok(),
            uid: uid.to_owned(),
            chain: Vec::new(),
            next,
        }
    }

    /// What to read; `None` when all is known.
    #[must_use]
    pub fn ask(&self) -> Option<ApiPath> {
        match &self.next {
            Next::Pod(path) | Next::Kinds(path, _) => Some(path.clone()),
            Next::Object(owner) => Some(owner.path()),
            Next::Scale(owner) => Some(owner.path().subresource("scale")),
            Next::Done(_) => None,
        }
    }

    /// The result.
    ///
    /// # Errors
    /// Why nothing can be scaled, in sentences.
    pub fn finish(self) -> Result<ScaleTarget, String> {
        match self.next {
            Next::Done(result) => result.map(|target| *target),
            _ => Err("Not all owners of the pod have been read.".to_owned()),
        }
    }

    /// Takes the response to the last request.
    pub fn take(&mut self, answer: Result<Value, ApiError>) {
        let done = Next::Done(Err(String::new()));
        self.next = match std::mem::replace(&mut self.next, done) {
            Next::Pod(_) => self.take_pod(answer),
            Next::Kinds(_, name) => self.take_kinds(answer, name),
            Next::Object(owner) => self.take_object(answer, owner),
            Next::Scale(owner) => self.take_scale(answer, owner),
            done @ Next::Done(_) => done,
        };
    }

    fn take_pod(&mut self, answer: Result<Value, ApiError>) -> Next {
        let pod = match answer {
            Ok(pod) => pod,
            Err(api_error) => return refused(self.unread(&api_error, "get the pod")),
        };
        if !has_uid(&pod, &self.uid) {
            return refused("Another pod has this name now.".to_owned());
        }
        match controller(&pod) {
            Some(link) => self.climb_to(link),
            None => refused("No controller owns this pod, so there is no number of pods to set.".to_owned()),
        }
    }

    fn climb_to(&mut self, link: Link) -> Next {
        let is_known = |known: &Link| known.uid == link.uid;
        if link.uid.is_empty() || self.chain.len() >= MAX_OWNERS || self.chain.iter().any(is_known) {
            return refused(format!(
                "K8bit did not find the top owner of this pod: the owners go in a circle, or are too many. It stopped at {} after {} others.",
                link.title(),
                self.chain.len()
            ));
        }
        let name = match link.checked_name() {
            Ok(name) => name,
            Err(error) => {
                return refused(format!(
                    "{error} It stands in an owner reference; K8bit sends no request with it."
                ));
            }
        };
        let next = match KnownKind::of(&link.api_version, &link.kind) {
            Some(known) => Next::Object(LocatedOwner {
                resource: known.resource,
                namespace: self.namespace.clone(),
                name,
                has_scale: known.has_scale,
            }),
            None => match ApiPath::discovery(&link.api_version) {
                Ok(path) => Next::Kinds(path, name),
                Err(error) => refused(format!(
                    "{error} It stands in an owner reference; K8bit sends no request with it."
                )),
            },
        };
        self.chain.push(link);
        next
    }

    fn take_kinds(&mut self, answer: Result<Value, ApiError>, name: Segment) -> Next {
        let Some(link) = self.chain.last() else {
            return refused(String::new());
        };
        let (title, version) = (link.title(), quoted(&link.api_version));
        let list = match answer {
            Ok(list) => list,
            Err(api_error) if api_error.code == Some(404) => {
                return refused(format!(
                    "The owner {title} has the API version {version}, which the API server does not serve. So K8bit does not \
                     know what sets the number of pods, and changes nothing."
                ));
            }
            Err(api_error) => return refused(self.unread(&api_error, &format!("read which kinds {version} has"))),
        };
        let resources = items(&list["resources"]);
        let own = resources.iter().find(|resource| {
            resource["kind"] == link.kind.as_str() && !resource["name"].as_str().unwrap_or("/").contains('/')
        });
        let Some(own) = own else {
            return refused(format!(
                "The API server does not have the kind of the owner {title} in {version}. So K8bit does not know what sets the \
                 number of pods, and changes nothing."
            ));
        };
        let plural = own["name"].as_str().unwrap_or_default();
        let scale = format!("{plural}/scale");
        match ApiResource::parse(&link.api_version, plural) {
            Ok(resource) => Next::Object(LocatedOwner {
                resource,
                namespace: self.namespace.clone().filter(|_| own["namespaced"] == true),
                name,
                has_scale: resources.iter().any(|resource| resource["name"] == scale.as_str()),
            }),
            Err(error) => refused(error.to_string()),
        }
    }

    fn take_object(&mut self, answer: Result<Value, ApiError>, owner: LocatedOwner) -> Next {
        let Some(link) = self.chain.last() else {
            return refused(String::new());
        };
        let title = link.title();
        let object = match answer {
            Ok(object) => object,
            Err(api_error) if api_error.is_not_found() => {
                return refused(format!(
                    "The owner {title} no longer exists. There is nothing to scale."
                ));
            }
            Err(api_error) => return refused(self.unread(&api_error, &format!("get {}", owner.resource.plural()))),
        };
        if !has_uid(&object, &link.uid) {
            return refused(format!(
                "The owner {title} was replaced by another object of this name. There is nothing to scale."
            ));
        }
        match controller(&object) {
            Some(above) => self.climb_to(above),
            None if owner.has_scale => Next::Scale(owner),
            None => refused(self.without_scale()),
        }
    }

    fn take_scale(&mut self, answer: Result<Value, ApiError>, owner: LocatedOwner) -> Next {
        let Some(link) = self.chain.last() else {
            return refused(String::new());
        };
        let scale = match answer {
            Ok(scale) => scale,
            Err(api_error) => {
                return refused(self.unread(&api_error, &format!("get {}/scale", owner.resource.plural())));
            }
        };
        if !has_uid(&scale, &link.uid) {
            return refused(format!(
                "The owner {} was replaced by another object of this name. There is nothing to scale.",
                link.title()
            ));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Next::Done(Ok(Box::new(ScaleTarget {
            kind: quoted(&link.kind),
            uid: link.uid.clone(),
            resource_version: text(&scale["metadata"]["resourceVersion"]),
            replicas: scale["spec"]["replicas"].as_i64(),
            selector: scale["status"]["selector"].as_str().and_then(PodSelector::parse),
            resource: owner.resource,
            namespace: owner.namespace,
            name: owner.name,
        })))
    }

    /// Refuses a change if an unknown owner could revert it.
    fn unread(&self, api_error: &ApiError, asked: &str) -> String {
        let words = api_error.words(asked);
        format!("{words} So K8bit does not know what sets the number of pods, and changes nothing.")
    }

    fn without_scale(&self) -> String {
        let Some((top, below)) = self.chain.split_last() else {
            return String::new();
        };
        let (title, version) = (top.title(), quoted(&top.api_version));
        match below.last() {
            None => {
                format!("{title} ({version}) has no scale subresource, so it has no number of pods to set from here.")
            }
            Some(below) => format!(
                "{} belongs to {title} ({version}), which has no scale subresource. {title} decides how many pods there are and \
                 would set another number back. Change it there.",
                below.title()
            ),
        }
    }
}

fn refused(words: String) -> Next {
    Next::Done(Err(words))
}

fn has_uid(object: &Value, uid: &str) -> bool {
    !uid.is_empty() && object["metadata"]["uid"] == uid
}

/// The owner reference with `controller: true`.
fn controller(object: &Value) -> Option<Link> {
    let owner = items(&object["metadata"]["ownerReferences"])
        .iter()
        .find(|owner| owner["controller"] == true)?;
    let text = |field: &str| owner[field].as_str().unwrap_or_default().to_owned();
    Some(Link {
        kind: text("kind"),
        api_version: text("apiVersion"),
        name: text("name"),
        uid: text("uid"),
        is_certain: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(api_version: &str, kind: &str, name: &str, hash: Option<&str>, expected: &[&str]) {
        let mut pod = json!({"metadata": {"ownerReferences": [
            {"kind": "Foo", "name": "other"},
            {"apiVersion": api_version, "kind": kind, "name": name, "controller": true},
        ]}});
        if let Some(hash) = hash {
            pod["metadata"]["labels"] = json!({"pod-template-hash": hash});
        }
        let found: Vec<String> = chain(&pod)
            .iter()
            .map(|link| format!("{}/{}{}", link.kind, link.name, if link.is_certain { "" } else { "?" }))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_workload_is_guessed_from_names() {
        let set = |name, hash, expected: &[&str]| check("apps/v1", "ReplicaSet", name, hash, expected);
        let job = |name, expected: &[&str]| check("batch/v1", "Job", name, None, expected);
        set(
            "web-7f8fbb96d",
            Some("7f8fbb96d"),
            &["ReplicaSet/web-7f8fbb96d", "Deployment/web?"],
        );
        // The pods of a Deployment have the hash in their labels.
        set("web-7f8fbb96d", None, &["ReplicaSet/web-7f8fbb96d"]);
        // A ReplicaSet without a Deployment: its name has no hash.
        set("web-frontend", None, &["ReplicaSet/web-frontend"]);
        set("web-7f8fbb96d", Some("other"), &["ReplicaSet/web-7f8fbb96d"]);
        set("web", None, &["ReplicaSet/web"]);
        job("backup-29382930", &["Job/backup-29382930", "CronJob/backup?"]);
        job("migrate-2", &["Job/migrate-2"]);
        job("report-20261123", &["Job/report-20261123"]);
        check("apps/v1", "StatefulSet", "db", None, &["StatefulSet/db"]);
        // A kind of the same name in another group is made by other rules.
        check(
            "batch.volcano.sh/v1alpha1",
            "Job",
            "x-29382930",
            None,
            &["Job/x-29382930"],
        );
        assert!(chain(&json!({})).is_empty());
    }

    #[test]
    fn a_controller_that_was_read_has_the_last_word() {
        let pod = json!({"metadata": {"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-bcdfg", "uid": "u-set", "controller": true},
        ]}});
        let guessed = chain(&pod);
        let orphan = confirmed(&guessed, &json!({"metadata": {"uid": "u-set"}}));
        assert_eq!(orphan.len(), 1);
        let mut set = json!({"metadata": {"uid": "u-set", "ownerReferences": [
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "uid": "u-top", "controller": true},
        ]}});
        let chain = confirmed(&guessed, &set);
        assert_eq!((chain[1].kind.as_str(), chain[1].is_certain), ("Rollout", true));
        assert_eq!(path(&chain[1], "shop"), None);
        assert_eq!(
            path(&chain[0], "shop").map(|path| path.to_string()).as_deref(),
            Some("apis/apps/v1/namespaces/shop/replicasets/web-bcdfg")
        );
        // Another ReplicaSet of the name tells nothing of this pod.
        set["metadata"]["uid"] = json!("u-other");
        assert_eq!(confirmed(&guessed, &set), guessed);
    }

    #[test]
    fn a_path_leads_to_the_owner_or_there_is_none() {
        let link = |api_version: &str, kind: &str, name: &str| Link {
            kind: kind.to_owned(),
            api_version: api_version.to_owned(),
            name: name.to_owned(),
            uid: "u".to_owned(),
            is_certain: true,
        };
        for (api_version, kind, name) in [
            // A kind of another group has another path.
            ("batch.volcano.sh/v1alpha1", "Job", "x"),
            ("apps.kruise.io/v1beta1", "StatefulSet", "x"),
            ("", "Deployment", "x"),
            (
                "apps/v1",
                "Deployment",
                "../../kube-system/deployments/coredns/scale?x=",
            ),
            ("apps/v1", "Deployment", ".."),
            ("apps/v1", "Deployment", "a?b"),
            ("apps/v1", "Deployment", "a%2fb"),
            ("apps/v1", "Deployment", ""),
        ] {
            assert_eq!(
                path(&link(api_version, kind, name), "shop"),
                None,
                "{api_version} {kind} {name}"
            );
        }
        assert_eq!(path(&link("apps/v1", "Deployment", "web"), "../shop"), None);
    }

    #[test]
    fn nobody_offers_to_scale_what_has_no_number() {
        let of = |api_version: &str, kind: &str| {
            may_have_scale(&chain(&json!({"metadata": {"ownerReferences": [
                {"apiVersion": api_version, "kind": kind, "name": "x", "controller": true}]}})))
        };
        assert!(of("apps/v1", "ReplicaSet") && of("apps.kruise.io/v1beta1", "StatefulSet"));
        assert!(of("apps.kruise.io/v1alpha1", "DaemonSet"));
        assert!(!of("apps/v1", "DaemonSet") && !of("batch/v1", "Job") && !of("v1", "Node"));
        assert!(!may_have_scale(&[]));
    }
}
