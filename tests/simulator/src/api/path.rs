//! What a path names: a resource, perhaps a namespace, an object, a subresource.

use super::resource::Resource;

/// A path below `/api/v1` or `/apis/<group>/<version>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) resource: Resource,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
}

/// Parses a path; `None` if it names nothing that is stored.
pub(super) fn parse(path: &str) -> Option<Target> {
    let mut parts = path.trim_matches('/').split('/');
    let (group, version) = match parts.next()? {
        "api" => ("", parts.next()?),
        "apis" => (parts.next()?, parts.next()?),
        _ => return None,
    };
    let rest: Vec<&str> = parts.collect();
    let find = |plural: &str| Resource::find(group, version, plural);
    let owned = |text: &&str| (*text).to_owned();
    let (namespace, rest) = match rest.as_slice() {
        ["namespaces", namespace, plural, ..] if find(plural).is_some_and(|found| found.kind().namespaced) => {
            (Some(namespace), &rest[2..])
        }
        _ => (None, rest.as_slice()),
    };
    let resource = find(rest.first()?)?;
    if rest.len() > 3 || (rest.len() > 1 && resource.kind().namespaced && namespace.is_none()) {
        return None;
    }
    Some(Target {
        resource,
        namespace: namespace.map(owned),
        name: rest.get(1).map(owned),
        subresource: rest.get(2).map(owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<(Resource, &str, &str, &str)>) {
        let found = parse(path).map(|target| {
            (
                target.resource,
                target.namespace.unwrap_or_default(),
                target.name.unwrap_or_default(),
                target.subresource.unwrap_or_default(),
            )
        });
        let expected =
            expected.map(|(resource, namespace, name, sub)| (resource, namespace.into(), name.into(), sub.into()));
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn paths() {
        use Resource::{Deployments, Namespaces, Nodes, Pods};
        check("/api/v1/pods", Some((Pods, "", "", "")));
        check("/api/v1/nodes/n1/status", Some((Nodes, "", "n1", "status")));
        check("/api/v1/namespaces", Some((Namespaces, "", "", "")));
        check("/api/v1/namespaces/shop", Some((Namespaces, "", "shop", "")));
        check(
            "/api/v1/namespaces/shop/status",
            Some((Namespaces, "", "shop", "status")),
        );
        check("/api/v1/namespaces/shop/pods", Some((Pods, "shop", "", "")));
        check("/api/v1/namespaces/shop/pods/a/log", Some((Pods, "shop", "a", "log")));
        check(
            "/apis/apps/v1/namespaces/x/deployments/d/scale",
            Some((Deployments, "x", "d", "scale")),
        );
        check("/apis/apps/v1/pods", None);
        check("/api/v1/pods/a", None);
        check("/api/v1/namespaces/x/nodes", Some((Namespaces, "", "x", "nodes")));
        check("/version", None);
    }
}
