//! What `kubectl kustomize` makes of each overlay, decoded into the API's own types: what it grants, and how its pod runs.

use std::{path::Path, process::Command};

use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        core::v1::{ConfigMap, Container, Namespace, PodSpec, Service, ServiceAccount},
        networking::v1::{Ingress, NetworkPolicy},
        rbac::v1::{ClusterRole, ClusterRoleBinding},
    },
    serde::de::DeserializeOwned,
};
use serde::Deserialize;
use serde_json::Value;

const OVERLAYS: [&str; 3] = ["token", "sso", "wall"];

/// The objects of an overlay.
struct Manifests {
    overlay: String,
    objects: Vec<Value>,
}

impl Manifests {
    fn of(overlay: &str) -> Self {
        Self::build(overlay, &root().join("overlays").join(overlay))
    }

    fn build(overlay: &str, folder: &Path) -> Self {
        let kubectl = std::env::var("K8BIT_KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
        let output = Command::new(&kubectl).arg("kustomize").arg(folder).output();
        let output =
            output.unwrap_or_else(|error| panic!("{kubectl} does not run: {error}. `make setup` installs it."));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{overlay}: {errors}");
        let text = String::from_utf8(output.stdout).expect("kubectl prints UTF-8");
        let documents = serde_norway::Deserializer::from_str(&text);
        let objects = documents.map(|document| Value::deserialize(document).expect("kubectl prints YAML"));
        Self {
            overlay: overlay.to_owned(),
            objects: objects.collect(),
        }
    }

    fn all<T: DeserializeOwned>(&self, kind: &str) -> Vec<T> {
        let of_kind = self.objects.iter().filter(|object| object["kind"] == kind);
        of_kind.map(|object| decode(&self.overlay, object)).collect()
    }

    fn one<T: DeserializeOwned>(&self, kind: &str) -> T {
        let mut all = self.all(kind);
        assert_eq!(all.len(), 1, "{}: objects of kind {kind}", self.overlay);
        all.remove(0)
    }

    fn pod(&self) -> PodSpec {
        let deployment: Deployment = self.one("Deployment");
        let template = deployment.spec.expect("a spec").template;
        template.spec.expect("a spec of the pod")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every field must be one that the type knows: a misspelled one would be ignored by nobody but us.
fn decode<T: DeserializeOwned>(overlay: &str, object: &Value) -> T {
    let name = &object["metadata"]["name"];
    T::deserialize(object).unwrap_or_else(|error| panic!("{overlay}: {} {name}: {error}", object["kind"]))
}

fn containers(pod: &PodSpec) -> impl Iterator<Item = &Container> {
    pod.init_containers.iter().flatten().chain(&pod.containers)
}

#[test]
fn every_object_is_one_of_the_api_with_known_fields_alone() {
    for overlay in OVERLAYS {
        let manifests = Manifests::of(overlay);
        for object in &manifests.objects {
            let again = match object["kind"].as_str().expect("a kind") {
                "Namespace" => serde_json::to_value(decode::<Namespace>(overlay, object)),
                "ServiceAccount" => serde_json::to_value(decode::<ServiceAccount>(overlay, object)),
                "ClusterRole" => serde_json::to_value(decode::<ClusterRole>(overlay, object)),
                "ClusterRoleBinding" => serde_json::to_value(decode::<ClusterRoleBinding>(overlay, object)),
                "ConfigMap" => serde_json::to_value(decode::<ConfigMap>(overlay, object)),
                "Service" => serde_json::to_value(decode::<Service>(overlay, object)),
                "Deployment" => serde_json::to_value(decode::<Deployment>(overlay, object)),
                "NetworkPolicy" => serde_json::to_value(decode::<NetworkPolicy>(overlay, object)),
                kind => panic!("{overlay}: {kind} is not checked by any test"),
            };
            assert_eq!(
                &again.expect("it can be encoded"),
                object,
                "{overlay}: a field that the API does not have"
            );
        }
    }
}

#[test]
fn only_the_wall_has_rights_of_its_own_and_they_are_to_read_nodes_pods_and_events() {
    for overlay in ["token", "sso"] {
        let manifests = Manifests::of(overlay);
        for kind in [
            "ServiceAccount",
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
            "Secret",
        ] {
            assert!(manifests.all::<Value>(kind).is_empty(), "{overlay} has a {kind}");
        }
    }
    let wall = Manifests::of("wall");
    let role: ClusterRole = wall.one("ClusterRole");
    let mut granted: Vec<String> = Vec::new();
    for rule in role.rules.expect("rules") {
        assert_eq!(rule.api_groups, Some(vec![String::new()]));
        assert_eq!((rule.non_resource_urls, rule.resource_names), (None, None));
        for resource in rule.resources.expect("resources") {
            granted.extend(rule.verbs.iter().map(|verb| format!("{verb} {resource}")));
        }
    }
    granted.sort();
    assert_eq!(
        granted,
        [
            "get events",
            "list events",
            "list nodes",
            "list pods",
            "watch events",
            "watch nodes",
            "watch pods"
        ]
    );
    let binding: ClusterRoleBinding = wall.one("ClusterRoleBinding");
    assert_eq!(binding.role_ref.name, "k8bit-wall");
    let subjects = binding.subjects.expect("a subject");
    let subjects: Vec<_> = subjects
        .iter()
        .map(|subject| {
            (
                subject.kind.as_str(),
                subject.namespace.as_deref(),
                subject.name.as_str(),
            )
        })
        .collect();
    assert_eq!(subjects, [("ServiceAccount", Some("k8bit"), "k8bit-wall")]);
}

#[test]
fn no_pod_has_a_token_but_the_one_container_that_needs_it() {
    for overlay in OVERLAYS {
        let manifests = Manifests::of(overlay);
        let pod = manifests.pod();
        assert_eq!(pod.automount_service_account_token, Some(false), "{overlay}");
        for account in manifests.all::<ServiceAccount>("ServiceAccount") {
            assert_eq!(account.automount_service_account_token, Some(false), "{overlay}");
        }
        let volumes = pod.volumes.iter().flatten();
        let tokens: Vec<_> = volumes
            .filter(|volume| {
                let projected = volume
                    .projected
                    .as_ref()
                    .and_then(|projected| projected.sources.as_ref());
                projected
                    .into_iter()
                    .flatten()
                    .any(|source| source.service_account_token.is_some())
            })
            .map(|volume| volume.name.clone())
            .collect();
        let readers: Vec<_> = containers(&pod)
            .filter(|container| {
                let mounts = container.volume_mounts.iter().flatten();
                mounts.into_iter().any(|mount| tokens.contains(&mount.name))
            })
            .map(|container| container.name.as_str())
            .collect();
        let expected: &[&str] = if overlay == "wall" { &["kubectl-proxy"] } else { &[] };
        assert_eq!(readers, expected, "{overlay}");
    }
}

#[test]
fn every_pod_fits_the_restricted_pod_security_standard() {
    for overlay in OVERLAYS {
        let manifests = Manifests::of(overlay);
        let namespace: Namespace = manifests.one("Namespace");
        let labels = namespace.metadata.labels.expect("labels");
        assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted", "{overlay}");

        let pod = manifests.pod();
        for is_host in [pod.host_network, pod.host_pid, pod.host_ipc] {
            assert_ne!(is_host, Some(true), "{overlay}");
        }
        let security = pod.security_context.as_ref().expect("a security context");
        assert_eq!(security.run_as_non_root, Some(true), "{overlay}");
        assert_eq!(
            security.seccomp_profile.as_ref().expect("a profile").type_,
            "RuntimeDefault",
            "{overlay}"
        );
        for volume in pod.volumes.iter().flatten() {
            assert!(volume.host_path.is_none(), "{overlay}: {} is of the host", volume.name);
        }
        for container in containers(&pod) {
            let name = format!("{overlay}: {}", container.name);
            let security = container.security_context.as_ref().expect("a security context");
            assert_eq!(security.allow_privilege_escalation, Some(false), "{name}");
            assert_eq!(security.read_only_root_filesystem, Some(true), "{name}");
            assert_ne!(security.privileged, Some(true), "{name}");
            assert_ne!(security.run_as_user.expect("a user"), 0, "{name}");
            let capabilities = security.capabilities.as_ref().expect("capabilities");
            assert_eq!(capabilities.drop, Some(vec!["ALL".to_owned()]), "{name}");
            assert_eq!(capabilities.add, None, "{name}");
            let resources = container.resources.as_ref().expect("resources");
            for request in ["cpu", "memory"] {
                assert!(
                    resources.requests.as_ref().is_some_and(|all| all.contains_key(request)),
                    "{name}"
                );
            }
            assert!(
                resources.limits.as_ref().is_some_and(|all| all.contains_key("memory")),
                "{name}"
            );
            for port in container.ports.iter().flatten() {
                assert_eq!(port.host_port, None, "{name}");
            }
        }
        for container in &pod.containers {
            assert!(container.readiness_probe.is_some(), "{overlay}: {}", container.name);
        }
    }
}

#[test]
fn every_volume_that_is_mounted_exists_and_the_service_reaches_the_pod() {
    for overlay in OVERLAYS {
        let manifests = Manifests::of(overlay);
        let pod = manifests.pod();
        let volumes: Vec<_> = pod
            .volumes
            .iter()
            .flatten()
            .map(|volume| volume.name.as_str())
            .collect();
        for container in containers(&pod) {
            for mount in container.volume_mounts.iter().flatten() {
                assert!(volumes.contains(&mount.name.as_str()), "{overlay}: {}", mount.name);
            }
        }
        let maps: Vec<ConfigMap> = manifests.all("ConfigMap");
        let maps: Vec<_> = maps.iter().filter_map(|map| map.metadata.name.as_deref()).collect();
        for volume in pod.volumes.iter().flatten() {
            if let Some(map) = &volume.config_map {
                // Kubernetes puts this one into every namespace.
                let is_there = map.name == "kube-root-ca.crt" || maps.contains(&map.name.as_str());
                assert!(is_there, "{overlay}: the ConfigMap {} is not there", map.name);
            }
        }
        let service: Service = manifests.one("Service");
        let service = service.spec.expect("a spec");
        let deployment: Deployment = manifests.one("Deployment");
        let template = deployment.spec.expect("a spec").template;
        let labels = template.metadata.expect("metadata").labels.expect("labels");
        for (key, value) in service.selector.expect("a selector") {
            assert_eq!(labels.get(&key), Some(&value), "{overlay}");
        }
        let ports = pod
            .containers
            .iter()
            .flat_map(|container| container.ports.iter().flatten());
        assert!(
            ports.into_iter().any(|port| port.name.as_deref() == Some("http")),
            "{overlay}"
        );
    }
}

/// One change in `components/image` reaches the image volume, and with the other component the init container, too.
#[test]
fn the_image_is_named_in_one_place_for_volumes_and_init_containers() {
    let image = "registry.example.com/k8bit:0.1.0";
    for overlay in OVERLAYS {
        let pod = Manifests::of(overlay).pod();
        let volumes = pod.volumes.iter().flatten();
        let references: Vec<_> = volumes
            .filter_map(|volume| volume.image.as_ref()?.reference.as_deref())
            .collect();
        assert_eq!(references, [image], "{overlay}");

        // Beside the overlays, because kustomize reads nothing above the folder of a kustomization but other kustomizations.
        let folder = tempfile::tempdir_in(root().join("overlays")).expect("a folder");
        let text = format!(
            "resources: [../{overlay}]\ncomponents: [../../components/init-container, ../../components/image]\n"
        );
        std::fs::write(folder.path().join("kustomization.yaml"), text).expect("a kustomization can be written");
        let pod = Manifests::build(overlay, folder.path()).pod();
        assert!(
            pod.volumes.iter().flatten().all(|volume| volume.image.is_none()),
            "{overlay}"
        );
        let images: Vec<_> = pod
            .init_containers
            .iter()
            .flatten()
            .map(|container| container.image.as_deref())
            .collect();
        assert_eq!(images, [Some(image)], "{overlay}");
    }
}

#[test]
fn the_wall_is_reached_by_labelled_namespaces_alone() {
    let policy: NetworkPolicy = Manifests::of("wall").one("NetworkPolicy");
    let spec = policy.spec.expect("a spec");
    assert_eq!(spec.policy_types, Some(vec!["Ingress".to_owned(), "Egress".to_owned()]));
    for rule in spec.ingress.expect("rules") {
        for peer in rule.from.expect("an empty list would let everybody in") {
            let selector = peer.namespace_selector.expect("a selector of namespaces");
            assert!(selector.match_labels.is_some_and(|labels| !labels.is_empty()));
        }
        assert!(rule.ports.is_some_and(|ports| !ports.is_empty()));
    }
}

#[test]
fn the_examples_lead_to_the_service() {
    let read = |name: &str| {
        let path = root().join("examples").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let ingress: Ingress = serde_norway::from_str(&read("ingress.yaml")).expect("an Ingress");
    let rules = ingress.spec.expect("a spec").rules.expect("rules");
    let paths = &rules[0].http.as_ref().expect("HTTP").paths;
    assert_eq!(paths[0].backend.service.as_ref().expect("a Service").name, "k8bit");
    // The API's own types do not have it: it is a custom resource.
    let route: Value = serde_norway::from_str(&read("httproute.yaml")).expect("YAML");
    assert_eq!(route["spec"]["rules"][0]["backendRefs"][0]["name"], "k8bit");
    assert_eq!(route["spec"]["rules"][0]["backendRefs"][0]["port"], 80);
}

/// What a rule of nginx is worth is shown end to end; this shows that each configuration has them all.
#[test]
fn the_configurations_say_what_they_must() {
    for overlay in ["token", "wall"] {
        let maps: Vec<ConfigMap> = Manifests::of(overlay).all("ConfigMap");
        let config = &maps[0].data.as_ref().expect("data")["nginx.conf"];
        for wanted in [
            "frame-ancestors 'none'",
            "X-Content-Type-Options nosniff",
            "proxy_buffering off",
            "proxy_read_timeout 10m",
            "if ($is_foreign)",
        ] {
            assert!(config.contains(wanted), "{overlay}: {wanted}");
        }
        assert!(!config.contains("proxy_ssl_verify off"), "{overlay}");
    }
    let maps: Vec<ConfigMap> = Manifests::of("sso").all("ConfigMap");
    let config = &maps[0].data.as_ref().expect("data")["oauth2-proxy.cfg"];
    for wanted in [
        "cookie_samesite = \"strict\"",
        "pass_authorization_header = true",
        "cookie_secure = true",
    ] {
        assert!(config.contains(wanted), "sso: {wanted}");
    }
    assert!(!config.contains("insecure"), "sso: verification is never skipped");
    let pod = Manifests::of("sso").pod();
    let environment = pod.containers[0].env.as_ref().expect("an environment");
    let certificates = environment.iter().find(|variable| variable.name == "SSL_CERT_DIR");
    let folders = certificates
        .and_then(|variable| variable.value.as_deref())
        .expect("SSL_CERT_DIR");
    assert!(folders.split(':').any(|folder| folder == "/etc/k8bit-ca"));
}
