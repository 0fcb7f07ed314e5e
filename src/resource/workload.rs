//! What a pod belongs to, as people name it: the Deployment, not the ReplicaSet; the CronJob, not the Job.
//!
//! A pod names its controller alone. What controls that is guessed from its name, which the controllers make by rules that
//! have not changed in years, and the guess is checked against what the pod itself says: the hash in its labels, the time at
//! which it was created. No request is made, so a Job that somebody made by hand from a CronJob stays a Job.

use std::fmt;

use super::{Labels, Owner, Pod, Timestamp};

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

/// The controller of a pod's controller, as their names tell: a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess<'n> {
    /// Its API group and version: `apps/v1`.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// Its name.
    pub name: &'n str,
}

/// Digits that the CronJob controller appends to a Job's name: the minutes since 1970 for which it was planned.
const SCHEDULED_DIGITS: usize = 8;

/// The controller counts in minutes since Kubernetes 1.21, which came after this one: January 2021. A date as `20261130` is
/// less.
const FIRST_MINUTE: i64 = 26_800_000;

/// Clocks may disagree by this many minutes.
const CLOCK_MINUTES: i64 = 5;

impl<'t> Workload<'t> {
    /// The workload of a pod; `None` for one that nobody controls.
    #[must_use]
    pub fn of(pod: &'t Pod) -> Option<Self> {
        Self::of_owner(pod.owner()?, &pod.template.labels, pod.created)
    }

    /// The workload of the pods that have this controller and these labels, of which one was created at this time.
    #[must_use]
    pub fn of_owner(owner: &'t Owner, labels: &Labels, created: Option<Timestamp>) -> Option<Self> {
        let label = |key: &str| labels.get(key).map(|value| value.as_str());
        let guess = guess(&owner.api_version, &owner.kind, &owner.name, label, created);
        let (kind, name) = guess.map_or((&*owner.kind, &*owner.name), |guess| (guess.kind, guess.name));
        Some(Self { kind, name })
    }

    /// Whether a workload of this kind is known by a guess alone: it never controls a pod itself.
    #[must_use]
    pub fn is_guessed(kind: &str) -> bool {
        matches!(kind, "Deployment" | "Rollout" | "DeploymentConfig" | "CronJob")
    }

    /// What is written behind a guess, to mark it: a question mark, or nothing.
    #[must_use]
    pub fn mark(&self) -> &'static str {
        if Self::is_guessed(self.kind) { "?" } else { "" }
    }
}

/// What controls the controller of a pod, by its kind and its name and what the pod says of itself; `None` where nothing
/// speaks for it, or something against it. A kind of the same name in another group is made by other rules.
#[must_use]
pub fn guess<'n, 'l>(
    api_version: &str,
    kind: &str,
    name: &'n str,
    label: impl Fn(&str) -> Option<&'l str>,
    created: Option<Timestamp>,
) -> Option<Guess<'n>> {
    let of = |api_version, kind, name| Guess {
        api_version,
        kind,
        name,
    };
    // The API demands a version; where there is none, the kind has to do.
    let is_of = |group: &str| {
        let found = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        api_version.is_empty() || found == group
    };
    match kind {
        "ReplicaSet" if is_of("apps") => [
            ("apps/v1", "Deployment", "pod-template-hash"),
            ("argoproj.io/v1alpha1", "Rollout", "rollouts-pod-template-hash"),
        ]
        .into_iter()
        .find_map(|(version, kind, key)| Some(of(version, kind, without_suffix(name, label(key)?)?))),
        "ReplicationController" if is_of("") => {
            let config = deployment_config(name, label("deploymentconfig")?)?;
            Some(of("apps.openshift.io/v1", "DeploymentConfig", config))
        }
        "Job" if is_of("batch") => Some(of("batch/v1", "CronJob", scheduled(name, created)?)),
        _ => None,
    }
}

/// `web` of `web-5d4` and `5d4`.
fn without_suffix<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    let rest = name.strip_suffix(suffix).filter(|_| !suffix.is_empty())?;
    rest.strip_suffix('-').filter(|name| !name.is_empty())
}

/// `web` of `web-3`, if OpenShift's label says so too.
fn deployment_config<'n>(name: &'n str, label: &str) -> Option<&'n str> {
    let (base, version) = name.rsplit_once('-')?;
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (is_version && base == label).then_some(base)
}

/// `backup` of `backup-29384760`, whose pod was not created before that minute.
fn scheduled(name: &str, created: Option<Timestamp>) -> Option<&str> {
    let (base, digits) = name.rsplit_once('-')?;
    let is_time = digits.len() == SCHEDULED_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    let minute: i64 = digits.parse().ok().filter(|_| is_time && !base.is_empty())?;
    let latest = created.map_or(i64::MAX, |created| created.0 / 60 + CLOCK_MINUTES);
    (FIRST_MINUTE..=latest).contains(&minute).then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T08:43:03Z, in the minute 29,923,723.
    const CREATED: Timestamp = Timestamp(1_795_423_383);

    /// `labels` are `key=value`, with spaces between.
    #[track_caller]
    fn check(owner: &str, labels: &str, expected: &str) {
        let pairs = labels.split_whitespace().filter_map(|label| label.split_once('='));
        let labels = pairs.collect::<Labels>();
        let (kind, name) = owner.split_once('/').expect("a kind and a name");
        let (kind, api_version) = match kind {
            "VolcanoJob" => ("Job", "batch.volcano.sh/v1alpha1"),
            "Job" => (kind, "batch/v1"),
            "ReplicationController" | "Node" => (kind, "v1"),
            kind => (kind, "apps/v1"),
        };
        let owner = Owner {
            api_version: api_version.into(),
            kind: kind.into(),
            name: name.into(),
        };
        let workload = Workload::of_owner(&owner, &labels, Some(CREATED)).expect("it has an owner");
        assert_eq!(workload.to_string(), expected, "{owner:?} {labels:?}");
        let is_guess = (workload.kind, workload.name) != (kind, name);
        assert_eq!(Workload::is_guessed(workload.kind), is_guess, "{expected}");
    }

    #[test]
    fn names_what_people_name() {
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
        check("Job/nightly-2-29384760", "", "CronJob/nightly-2");
        // Planned for the very minute, by a clock that is ahead.
        check("Job/backup-29923726", "", "CronJob/backup");
        check("Job/migrate-2", "", "Job/migrate-2");
        // A date, a time in seconds, and a minute that had not come when the pod was created.
        check("Job/report-20261123", "", "Job/report-20261123");
        check("Job/backup-1763085600", "", "Job/backup-1763085600");
        check("Job/import-29933723", "", "Job/import-29933723");
        check("Job/import-87654321", "", "Job/import-87654321");
        check("VolcanoJob/backup-29384760", "", "Job/backup-29384760");
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
