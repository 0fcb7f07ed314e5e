//! Discovery: versions, groups, resources, and as much OpenAPI as makes kubectl validate on the server.
//!
//! The OpenAPI documents describe no schemas.

use serde_json::{Value, json};

use super::resource::{Kind, Resource};

/// Group and version of the metrics API, which is served beside the table of resources.
pub(super) const METRICS_GROUP: &str = "metrics.k8s.io";

/// The content type of aggregated discovery.
pub(super) const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The answer to `/api` and `/apis` in one document; `None` for any other path.
pub(super) fn aggregated(path: &str, metrics: bool) -> Option<Value> {
    let groups = match path.trim_end_matches('/') {
        "/api" => vec![("", "v1")],
        "/apis" => groups(metrics),
        _ => return None,
    };
    let items = groups.iter().map(|(group, version)| {
        let resources = resources(group, version, metrics);
        let entries = resources["resources"].as_array().cloned().unwrap_or_default();
        let name = match *group {
            "" => json!({"creationTimestamp": null}),
            name => json!({"name": name, "creationTimestamp": null}),
        };
        let version = json!({
            "version": version, "resources": aggregated_resources(group, version, &entries), "freshness": "Current"
        });
        json!({"metadata": name, "versions": [version]})
    });
    Some(json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
        "items": items.collect::<Vec<_>>()
    }))
}

/// The entries of an `APIResourceList`, with subresources below their resource.
fn aggregated_resources(group: &str, version: &str, entries: &[Value]) -> Vec<Value> {
    let name = |entry: &Value| entry["name"].as_str().unwrap_or_default().to_owned();
    let kind = |entry: &Value| {
        json!({
            "group": entry["group"].as_str().unwrap_or(group),
            "version": entry["version"].as_str().unwrap_or(version),
            "kind": entry["kind"]
        })
    };
    let resources = entries.iter().filter(|entry| !name(entry).contains('/'));
    let resource = |entry: &Value| {
        let subresources = entries.iter().filter_map(|sub| {
            let path = name(sub);
            let subresource = path.strip_prefix(&format!("{}/", name(entry)))?;
            Some(json!({"subresource": subresource, "responseKind": kind(sub), "verbs": sub["verbs"]}))
        });
        let subresources: Vec<Value> = subresources.collect();
        let mut aggregated = json!({
            "resource": entry["name"],
            "responseKind": kind(entry),
            "scope": if entry["namespaced"] == true { "Namespaced" } else { "Cluster" },
            "singularResource": entry["singularName"],
            "verbs": entry["verbs"]
        });
        for (field, value) in [
            ("shortNames", &entry["shortNames"]),
            ("categories", &entry["categories"]),
        ] {
            if !value.is_null() {
                aggregated[field] = value.clone();
            }
        }
        if !subresources.is_empty() {
            aggregated["subresources"] = subresources.into();
        }
        aggregated
    };
    resources.map(resource).collect()
}

/// `/version`.
pub(super) fn version() -> Value {
    json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.0-k8bit-simulator",
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2026-04-22T12:00:00Z",
        "goVersion": "go1.26.0",
        "compiler": "gc",
        "platform": "linux/amd64"
    })
}

/// The answer to a discovery path; `None` if it is none.
pub(super) fn answer(path: &str, metrics: bool) -> Option<Value> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        [""] => {
            let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
            paths.extend(
                groups(metrics)
                    .iter()
                    .map(|(group, version)| format!("/apis/{group}/{version}")),
            );
            paths.extend(
                [
                    "/healthz",
                    "/livez",
                    "/openapi/v2",
                    "/openapi/v3",
                    "/readyz",
                    "/version",
                ]
                .map(str::to_owned),
            );
            Some(json!({"paths": paths}))
        }
        ["version"] => Some(version()),
        ["api"] => Some(json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]
        })),
        ["apis"] => {
            let groups: Vec<Value> = groups(metrics)
                .iter()
                .map(|(name, version)| group(name, version))
                .collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["api", "v1"] => Some(resources("", "v1", metrics)),
        ["apis", name] => {
            let found = groups(metrics).into_iter().find(|(group, _)| group == name)?;
            let mut group = group(found.0, found.1);
            group["kind"] = "APIGroup".into();
            group["apiVersion"] = "v1".into();
            Some(group)
        }
        ["apis", name, version] => groups(metrics)
            .contains(&(*name, *version))
            .then(|| resources(name, version, metrics)),
        ["openapi", "v3"] => Some(openapi_index(metrics)),
        ["openapi", "v3", "api", "v1"] => Some(openapi("", "v1")),
        ["openapi", "v3", "apis", name, version] => groups(metrics)
            .contains(&(*name, *version))
            .then(|| openapi(name, version)),
        ["openapi", "v2"] => Some(json!({
            "swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.0"}, "paths": {}, "definitions": {}
        })),
        _ => None,
    }
}

fn groups(metrics: bool) -> Vec<(&'static str, &'static str)> {
    let mut groups = vec![];
    for resource in Resource::ALL {
        let kind = resource.kind();
        let group = (kind.group, kind.version);
        if !kind.group.is_empty() && !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups.push(("authorization.k8s.io", "v1"));
    if metrics {
        groups.push((METRICS_GROUP, "v1beta1"));
    }
    groups
}

fn group(name: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn kinds_of(group: &str, version: &str) -> impl Iterator<Item = &'static Kind> {
    let wanted = (group.to_owned(), version.to_owned());
    Resource::ALL
        .into_iter()
        .map(Resource::kind)
        .filter(move |kind| kind.group == wanted.0 && kind.version == wanted.1)
}

fn resources(group: &str, version: &str, metrics: bool) -> Value {
    let mut list: Vec<Value> = kinds_of(group, version).flat_map(resource_entries).collect();
    if group == "authorization.k8s.io" {
        list.push(json!({
            "name": "selfsubjectaccessreviews", "singularName": "selfsubjectaccessreview", "namespaced": false,
            "kind": "SelfSubjectAccessReview", "verbs": ["create"]
        }));
        list.push(json!({
            "name": "selfsubjectrulesreviews", "singularName": "selfsubjectrulesreview", "namespaced": false,
            "kind": "SelfSubjectRulesReview", "verbs": ["create"]
        }));
    }
    if group == METRICS_GROUP && metrics {
        for (name, kind, namespaced) in [("nodes", "NodeMetrics", false), ("pods", "PodMetrics", true)] {
            list.push(json!({
                "name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]
            }));
        }
    }
    let group_version = match group {
        "" => version.to_owned(),
        _ => format!("{group}/{version}"),
    };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list})
}

fn resource_entries(kind: &'static Kind) -> Vec<Value> {
    let mut entry = json!({
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    });
    if !kind.short_names.is_empty() {
        entry["shortNames"] = json!(kind.short_names);
    }
    if kind.in_all {
        entry["categories"] = json!(["all"]);
    }
    let subresources = kind.subresources.iter().map(|name| {
        let (group, version, shape, verbs): (&str, &str, &str, &[&str]) = match *name {
            "scale" => ("autoscaling", "v1", "Scale", &["get", "patch", "update"]),
            "binding" => ("", "", "Binding", &["create"]),
            "eviction" => ("policy", "v1", "Eviction", &["create"]),
            "log" => ("", "", "Pod", &["get"]),
            _ => ("", "", kind.kind, &["get", "patch", "update"]),
        };
        let mut entry = json!({
            "name": format!("{}/{name}", kind.plural), "singularName": "", "namespaced": kind.namespaced,
            "kind": shape, "verbs": verbs
        });
        if !group.is_empty() {
            entry["group"] = group.into();
            entry["version"] = version.into();
        }
        entry
    });
    std::iter::once(entry).chain(subresources).collect()
}

fn openapi_index(metrics: bool) -> Value {
    let mut paths = json!({"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1?hash=0"}});
    for (group, version) in groups(metrics) {
        let path = format!("apis/{group}/{version}");
        paths[&path] = json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=0")});
    }
    json!({"paths": paths})
}

/// A document that tells kubectl one thing: PATCH takes `fieldValidation`, so the server validates.
fn openapi(group: &str, version: &str) -> Value {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let mut paths = json!({});
    for kind in kinds_of(group, version) {
        let namespace = if kind.namespaced { Some("{namespace}") } else { None };
        let path = format!("{}/{{name}}", kind.path(namespace));
        let operation = json!({
            "parameters": [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation"), parameter("force")],
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind.kind}
        });
        paths[&path] = json!({"patch": operation});
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.36.0"},
        "paths": paths,
        "components": {"schemas": {}}
    })
}
