//! Who owns a pod, up to the workload that somebody wrote.
//!
//! A pod names its controller alone. That a ReplicaSet belongs to a Deployment, and a Job to a CronJob, is told by how
//! their names are made, until the controller itself has been fetched and says so.

use serde_json::Value;

use crate::view::container::items;

/// One step of the chain, from the pod upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `ReplicaSet`, `Deployment`.
    pub kind: String,
    /// Its API group and version, such as `apps/v1`; empty where it was only told by a name.
    pub api_version: String,
    /// Its name.
    pub name: String,
    /// Whether an object says so, or only a name.
    pub is_certain: bool,
}

/// The owners that an object itself makes known: its controller, and what that one's name tells.
#[must_use]
pub fn chain(object: &Value) -> Vec<Link> {
    let Some(controller) = controller(object) else {
        return Vec::new();
    };
    let hash = object["metadata"]["labels"]["pod-template-hash"].as_str();
    let above = match controller.kind.as_str() {
        "ReplicaSet" => deployment(&controller.name, hash).map(|name| ("Deployment", "apps/v1", name)),
        "Job" => cron_job(&controller.name).map(|name| ("CronJob", "batch/v1", name)),
        _ => None,
    };
    let above = above.map(|(kind, api_version, name)| Link {
        kind: kind.to_owned(),
        api_version: api_version.to_owned(),
        name: name.to_owned(),
        is_certain: false,
    });
    std::iter::once(controller).chain(above).collect()
}

/// The chain once the controller has been fetched: what its name told is replaced by what it says.
#[must_use]
pub fn confirmed(chain: &[Link], controller_object: &Value) -> Vec<Link> {
    let own = chain.first().cloned();
    own.into_iter().chain(controller(controller_object)).collect()
}

/// The path of a workload of the API's own groups, from the API root; `None` for what others have defined, whose plural
/// a name does not tell.
#[must_use]
pub fn path(link: &Link, namespace: &str) -> Option<String> {
    let (prefix, plural) = match link.kind.as_str() {
        "ReplicaSet" => ("apis/apps/v1", "replicasets"),
        "Deployment" => ("apis/apps/v1", "deployments"),
        "StatefulSet" => ("apis/apps/v1", "statefulsets"),
        "DaemonSet" => ("apis/apps/v1", "daemonsets"),
        "Job" => ("apis/batch/v1", "jobs"),
        "CronJob" => ("apis/batch/v1", "cronjobs"),
        "ReplicationController" => ("api/v1", "replicationcontrollers"),
        _ => return None,
    };
    let known_group = prefix.strip_prefix("apis/").or(prefix.strip_prefix("api/"));
    let is_known = link.api_version.is_empty() || known_group == Some(link.api_version.as_str());
    is_known.then(|| format!("{prefix}/namespaces/{namespace}/{plural}/{}", link.name))
}

/// The workload whose number of replicas can be set: the highest of the chain that has one.
#[must_use]
pub fn scalable(chain: &[Link]) -> Option<&Link> {
    let is_scalable = |link: &&Link| {
        matches!(
            link.kind.as_str(),
            "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
        )
    };
    chain.iter().rev().find(is_scalable)
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
        is_certain: true,
    })
}

/// `web` of the ReplicaSet `web-7f8fbb96d`, whose pods carry the hash as a label.
fn deployment<'n>(replica_set: &'n str, hash: Option<&str>) -> Option<&'n str> {
    let (name, ending) = replica_set.rsplit_once('-')?;
    let is_hash = match hash {
        Some(hash) => ending == hash,
        // The alphabet of `rand.SafeEncodeString`.
        None => {
            (5..=10).contains(&ending.len())
                && ending
                    .bytes()
                    .all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
        }
    };
    (is_hash && !name.is_empty()).then_some(name)
}

/// `backup` of the Job `backup-29382930`: the minute that it was planned for.
fn cron_job(job: &str) -> Option<&str> {
    let (name, minute) = job.rsplit_once('-')?;
    let is_minute = (8..=10).contains(&minute.len()) && minute.bytes().all(|byte| byte.is_ascii_digit());
    (is_minute && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(kind: &str, name: &str, hash: Option<&str>, expected: &[&str]) {
        let mut pod = json!({"metadata": {"ownerReferences": [
            {"kind": "Foo", "name": "other"},
            {"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": true},
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
    fn the_workload_is_told_by_names() {
        check(
            "ReplicaSet",
            "web-7f8fbb96d",
            Some("7f8fbb96d"),
            &["ReplicaSet/web-7f8fbb96d", "Deployment/web?"],
        );
        check(
            "ReplicaSet",
            "web-7f8fbb96d",
            None,
            &["ReplicaSet/web-7f8fbb96d", "Deployment/web?"],
        );
        // Somebody's own ReplicaSet: its name ends in no hash.
        check("ReplicaSet", "web-frontend", None, &["ReplicaSet/web-frontend"]);
        check(
            "ReplicaSet",
            "web-7f8fbb96d",
            Some("other"),
            &["ReplicaSet/web-7f8fbb96d"],
        );
        check("ReplicaSet", "web", None, &["ReplicaSet/web"]);
        check(
            "Job",
            "backup-29382930",
            None,
            &["Job/backup-29382930", "CronJob/backup?"],
        );
        check("Job", "migrate-2", None, &["Job/migrate-2"]);
        check("StatefulSet", "db", None, &["StatefulSet/db"]);
        assert!(chain(&json!({})).is_empty());
    }

    #[test]
    fn a_controller_that_was_fetched_has_the_last_word() {
        let pod = json!({"metadata": {"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-bcdfg", "controller": true},
        ]}});
        let told = chain(&pod);
        let orphan = confirmed(&told, &json!({"metadata": {}}));
        assert_eq!(orphan.len(), 1);
        let owned = json!({"metadata": {"ownerReferences": [
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "controller": true},
        ]}});
        let chain = confirmed(&told, &owned);
        assert_eq!((chain[1].kind.as_str(), chain[1].is_certain), ("Rollout", true));
        assert_eq!(path(&chain[1], "shop"), None);
        assert_eq!(
            path(&chain[0], "shop").as_deref(),
            Some("apis/apps/v1/namespaces/shop/replicasets/web-bcdfg")
        );
        assert_eq!(scalable(&told).map(|link| link.name.as_str()), Some("web"));
        assert_eq!(scalable(&chain).map(|link| link.kind.as_str()), Some("ReplicaSet"));
    }

    #[test]
    fn a_kind_of_another_group_has_another_path() {
        let link = Link {
            kind: "Job".to_owned(),
            api_version: "batch.volcano.sh/v1alpha1".to_owned(),
            name: "x".to_owned(),
            is_certain: true,
        };
        assert_eq!(path(&link, "shop"), None);
    }
}
