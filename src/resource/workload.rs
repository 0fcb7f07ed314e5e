//! What a pod belongs to, as people name it: the Deployment, not the ReplicaSet; the CronJob, not the Job.
//!
//! Told from the names alone, which the controllers make by rules that have not changed in years. No request is made, so a
//! Job that somebody made by hand from a CronJob stays a Job.

use std::fmt;

use super::PodTemplate;

/// The kind and the name of a workload. Within its namespace it is the same for all its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Workload<'t> {
    /// `Deployment`, `StatefulSet`, `DaemonSet`, `CronJob`; `Node` for a static pod.
    pub kind: &'t str,
    /// Its name.
    pub name: &'t str,
}

/// `Deployment/web`.
impl fmt::Display for Workload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Digits that the CronJob controller appends to a Job's name: minutes since 1970, seconds before Kubernetes 1.21.
const SCHEDULED_DIGITS: std::ops::RangeInclusive<usize> = 8..=10;

impl<'t> Workload<'t> {
    /// The workload of the pods of this template; `None` for pods that nobody controls.
    #[must_use]
    pub fn of(template: &'t PodTemplate) -> Option<Self> {
        let owner = template.owner.as_ref()?;
        let (kind, name) = (owner.kind.as_str(), owner.name.as_str());
        let label = |key| template.labels.get(key).map_or("", |value| value.as_str());
        let above = match kind {
            "ReplicaSet" => [
                ("Deployment", "pod-template-hash"),
                ("Rollout", "rollouts-pod-template-hash"),
            ]
            .into_iter()
            .find_map(|(kind, key)| Some((kind, without_suffix(name, label(key))?))),
            "ReplicationController" => deployment_config(name, label("deploymentconfig")),
            "Job" => scheduled(name).map(|name| ("CronJob", name)),
            _ => None,
        };
        let (kind, name) = above.unwrap_or((kind, name));
        Some(Self { kind, name })
    }
}

/// `web` of `web-5d4` and `5d4`.
fn without_suffix<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    let rest = name.strip_suffix(suffix).filter(|_| !suffix.is_empty())?;
    rest.strip_suffix('-').filter(|name| !name.is_empty())
}

/// `web` of `web-3`, if OpenShift's label says so too.
fn deployment_config<'n>(name: &'n str, label: &str) -> Option<(&'static str, &'n str)> {
    let (base, version) = name.rsplit_once('-')?;
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (is_version && base == label).then_some(("DeploymentConfig", base))
}

/// `backup` of `backup-29384760`.
fn scheduled(name: &str) -> Option<&str> {
    let (base, time) = name.rsplit_once('-')?;
    let is_time = SCHEDULED_DIGITS.contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit());
    (is_time && !base.is_empty()).then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Owner, template::Labels};

    /// `labels` are `key=value`, with spaces between.
    #[track_caller]
    fn check(owner: &str, labels: &str, expected: &str) {
        let pairs = labels.split_whitespace().filter_map(|label| label.split_once('='));
        let template = PodTemplate {
            labels: pairs.collect::<Labels>(),
            owner: owner.split_once('/').map(|(kind, name)| Owner {
                kind: kind.into(),
                name: name.into(),
            }),
            ..PodTemplate::default()
        };
        let workload = Workload::of(&template).map_or_else(|| "none".to_owned(), |it| it.to_string());
        assert_eq!(workload, expected, "{owner} {labels}");
    }

    #[test]
    fn names_what_people_name() {
        check("", "app=web", "none");
        check("StatefulSet/db", "", "StatefulSet/db");
        check("DaemonSet/agent-12345678", "", "DaemonSet/agent-12345678");
        check("Node/worker-1", "", "Node/worker-1");
        check("Workflow/etl", "", "Workflow/etl");
    }

    #[test]
    fn a_replica_set_has_its_template_hash_in_its_name() {
        check("ReplicaSet/web-5d4", "app=web pod-template-hash=5d4", "Deployment/web");
        check("ReplicaSet/my-web-5d4", "pod-template-hash=5d4", "Deployment/my-web");
        check("ReplicaSet/web-5d4", "rollouts-pod-template-hash=5d4", "Rollout/web");
        // Made by hand, or of something else.
        check("ReplicaSet/web-5d4", "app=web", "ReplicaSet/web-5d4");
        check("ReplicaSet/web-5d4", "pod-template-hash=d4", "ReplicaSet/web-5d4");
        check("ReplicaSet/web-5d4", "pod-template-hash=", "ReplicaSet/web-5d4");
        check("ReplicaSet/-5d4", "pod-template-hash=5d4", "ReplicaSet/-5d4");
        check("ReplicaSet/5d4", "pod-template-hash=5d4", "ReplicaSet/5d4");
    }

    #[test]
    fn a_job_of_a_cron_job_has_the_time_in_its_name() {
        check("Job/backup-29384760", "", "CronJob/backup");
        check("Job/backup-1763085600", "", "CronJob/backup");
        check("Job/nightly-2-29384760", "", "CronJob/nightly-2");
        check("Job/migrate-2", "", "Job/migrate-2");
        check("Job/migrate-20261125120000", "", "Job/migrate-20261125120000");
        check("Job/backup-2938476x", "", "Job/backup-2938476x");
        check("Job/-29384760", "", "Job/-29384760");
        check("Job/migrate", "", "Job/migrate");
    }

    #[test]
    fn a_replication_controller_may_be_of_a_deployment_config() {
        check(
            "ReplicationController/web-3",
            "deploymentconfig=web",
            "DeploymentConfig/web",
        );
        check("ReplicationController/web-3", "", "ReplicationController/web-3");
        check(
            "ReplicationController/web-x",
            "deploymentconfig=web",
            "ReplicationController/web-x",
        );
    }
}
