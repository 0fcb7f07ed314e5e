//! What a server says of its API groups: whether there are metrics, without asking for them in vain.

use serde::Deserialize;

use super::{GROUP, VERSION};

/// Aggregated discovery, which also says whether the server behind a group answers; before Kubernetes 1.30 the plain list.
///
/// <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery>
pub(super) const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// Whether there are metrics, as `/apis` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Availability {
    Served,
    /// They are installed, and what serves them does not answer.
    Stale,
    Missing,
}

/// `APIGroupDiscoveryList`, or `APIGroupList`.
#[derive(Deserialize)]
struct ApiGroups {
    kind: String,
    #[serde(default)]
    items: Vec<Aggregated>,
    #[serde(default)]
    groups: Vec<Plain>,
}

#[derive(Deserialize)]
struct Aggregated {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<Version>,
}

/// The core group has no name.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Plain {
    #[serde(default)]
    name: String,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    freshness: String,
}

/// Reads an answer; `None` where it is none.
pub(super) fn presence(body: &[u8]) -> Option<Availability> {
    let groups: ApiGroups = serde_json::from_slice(body).ok()?;
    let aggregated = groups.items.iter().map(|group| (&group.metadata.name, &group.versions));
    let plain = groups.groups.iter().map(|group| (&group.name, &group.versions));
    let mut found = match groups.kind.as_str() {
        "APIGroupDiscoveryList" => aggregated.filter(|(name, _)| *name == GROUP).collect::<Vec<_>>(),
        "APIGroupList" => plain.filter(|(name, _)| *name == GROUP).collect(),
        _ => return None,
    };
    let versions = found.pop().map(|(_, versions)| versions.as_slice()).unwrap_or_default();
    Some(match versions.iter().find(|version| version.version == VERSION) {
        None => Availability::Missing,
        Some(version) if version.freshness == "Stale" => Availability::Stale,
        Some(_) => Availability::Served,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Option<Availability>) {
        assert_eq!(presence(body.as_bytes()), expected, "{body}");
    }

    fn aggregated(version: &str, freshness: &str) -> String {
        format!(
            r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{{}},"items":[
                {{"metadata":{{"name":"apps","creationTimestamp":null}},"versions":[{{"version":"v1","resources":[
                    {{"resource":"deployments"}}],"freshness":"Current"}}]}},
                {{"metadata":{{"name":"metrics.k8s.io"}},"versions":[{{"version":"{version}","freshness":"{freshness}"}}]}}]}}"#
        )
    }

    #[test]
    fn both_kinds_of_discovery_tell() {
        check(&aggregated("v1beta1", "Current"), Some(Availability::Served));
        check(&aggregated("v1beta1", "Stale"), Some(Availability::Stale));
        check(&aggregated("v9", "Current"), Some(Availability::Missing));
        check(
            r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1"}]}]}"#,
            Some(Availability::Missing),
        );
        let plain = |groups: &str| format!(r#"{{"kind":"APIGroupList","apiVersion":"v1","groups":[{groups}]}}"#);
        let metrics = r#"{"name":"metrics.k8s.io","versions":[{"groupVersion":"metrics.k8s.io/v1beta1","version":"v1beta1"}],
            "preferredVersion":{"groupVersion":"metrics.k8s.io/v1beta1","version":"v1beta1"}}"#;
        check(&plain(metrics), Some(Availability::Served));
        check(&plain(""), Some(Availability::Missing));
        check(
            r#"{"kind":"APIGroupList","apiVersion":"v1"}"#,
            Some(Availability::Missing),
        );
    }

    #[test]
    fn anything_else_tells_nothing() {
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            r#"{"kind":"Status","code":403}"#,
            r#"{"groups":[]}"#,
            r#"{"kind":"APIGroupList","groups":[{"name":"metrics.k8s.io","versions":[7]}]}"#,
        ] {
            check(body, None);
        }
    }
}
