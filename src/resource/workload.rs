//! What a pod works for, as people name it.

use super::PodTemplate;

/// The owner that somebody wrote down: a Deployment rather than its ReplicaSet, a CronJob rather than its Job.
///
/// By the names that the controllers give, without asking the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Workload<'t> {
    /// `Deployment`, `StatefulSet`, `DaemonSet`, `CronJob`, `Job`, or `Node` for a static pod.
    pub kind: &'t str,
    /// Its name.
    pub name: &'t str,
}

impl<'t> Workload<'t> {
    /// The workload of the pods of this template; `None` where nothing controls them.
    #[must_use]
    pub fn of(template: &'t PodTemplate) -> Option<Self> {
        let owner = template.owner.as_ref()?;
        let (kind, name) = (&*owner.kind, &*owner.name);
        let above = match kind {
            "ReplicaSet" => template
                .labels
                .get("pod-template-hash")
                .and_then(|hash| without_suffix(name, hash))
                .map(|name| ("Deployment", name)),
            "Job" => scheduled(name).map(|name| ("CronJob", name)),
            _ => None,
        };
        let (kind, name) = above.unwrap_or((kind, name));
        Some(Self { kind, name })
    }
}

/// `web` of `web-5d4` and `5d4`.
fn without_suffix<'t>(name: &'t str, suffix: &str) -> Option<&'t str> {
    let name = name.strip_suffix(suffix)?.strip_suffix('-')?;
    (!name.is_empty() && !suffix.is_empty()).then_some(name)
}

/// `backup` of `backup-29501230`: a CronJob appends the minute for which a Job is scheduled, since 1970
/// (`getJobName` of `pkg/controller/cronjob/utils.go`), which has eight digits from 1989 to 2160.
fn scheduled(name: &str) -> Option<&str> {
    let (name, minute) = name.rsplit_once('-')?;
    let is_minute = minute.len() == 8 && minute.bytes().all(|byte| byte.is_ascii_digit());
    (is_minute && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Labels, Owner};

    #[track_caller]
    fn check(kind: &str, name: &str, hash: &str, expected: (&str, &str)) {
        let template = PodTemplate {
            owner: Some(Owner {
                kind: kind.into(),
                name: name.into(),
            }),
            labels: [("app", "web"), ("pod-template-hash", hash)]
                .into_iter()
                .collect::<Labels>(),
            ..PodTemplate::default()
        };
        let workload = Workload::of(&template).expect("it has an owner");
        assert_eq!((workload.kind, workload.name), expected);
    }

    #[test]
    fn names_tell_what_is_above() {
        check("ReplicaSet", "web-5d4", "5d4", ("Deployment", "web"));
        check("ReplicaSet", "web-api-5d4", "5d4", ("Deployment", "web-api"));
        check("ReplicaSet", "web-5d4", "6e5", ("ReplicaSet", "web-5d4"));
        check("ReplicaSet", "-5d4", "5d4", ("ReplicaSet", "-5d4"));
        check("ReplicaSet", "web-", "", ("ReplicaSet", "web-"));
        check("Job", "backup-29501230", "", ("CronJob", "backup"));
        check("Job", "backup-2950123", "", ("Job", "backup-2950123"));
        check("Job", "migrate", "", ("Job", "migrate"));
        check("DaemonSet", "proxy", "", ("DaemonSet", "proxy"));
        check("Node", "control-1", "", ("Node", "control-1"));
        assert_eq!(Workload::of(&PodTemplate::default()), None);
    }
}
