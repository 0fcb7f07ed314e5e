//! `metrics.k8s.io/v1beta1`: usage of nodes and pods, made up around what the pods request.
//!
//! Nothing is measured and nothing is kept; the figures depend on uid and time alone.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::object::Object;
use super::resource::Resource;
use super::status::Status;
use super::{ApiServer, format_time};
use crate::quantity;

/// Metrics are averaged over this many seconds.
const WINDOW_SECONDS: i64 = 15;

impl ApiServer {
    /// The answer to a path of the metrics API; `None` if it is none.
    pub(super) fn metrics(&self, now: Timestamp, path: &str) -> Option<Result<Value, Status>> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let ["apis", "metrics.k8s.io", "v1beta1", rest @ ..] = parts.as_slice() else {
            return None;
        };
        let (resource, namespace, name) = match *rest {
            ["nodes"] => ("nodes", None, None),
            ["nodes", name] => ("nodes", None, Some(name)),
            ["pods"] => ("pods", None, None),
            ["namespaces", namespace, "pods"] => ("pods", Some(namespace), None),
            ["namespaces", namespace, "pods", name] => ("pods", Some(namespace), Some(name)),
            _ => return None,
        };
        if let Err(status) = self.access.check_metrics(resource, namespace, name) {
            return Some(Err(status));
        }
        let list = |kind: &str, items: Vec<Value>| json!({"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items});
        let running = |pod: &&std::sync::Arc<Object>| pod.field("status.phase") == "Running";
        Some(match rest {
            ["nodes"] => {
                let usage = self.usage_by_node(now);
                let nodes = self.objects(Resource::Nodes);
                Ok(list(
                    "NodeMetricsList",
                    nodes.map(|node| node_metrics(node, &usage, now)).collect(),
                ))
            }
            ["nodes", name] => self
                .existing(Resource::Nodes, "", name)
                .map(|node| node_metrics(&node, &self.usage_by_node(now), now)),
            ["pods"] => {
                let pods = self.objects(Resource::Pods).filter(running);
                Ok(list("PodMetricsList", pods.map(|pod| pod_metrics(pod, now)).collect()))
            }
            ["namespaces", namespace, "pods"] => {
                let pods = self.objects(Resource::Pods).filter(running);
                let pods = pods.filter(|pod| pod.namespace == *namespace);
                Ok(list("PodMetricsList", pods.map(|pod| pod_metrics(pod, now)).collect()))
            }
            ["namespaces", namespace, "pods", name] => self
                .existing(Resource::Pods, namespace, name)
                .map(|pod| pod_metrics(&pod, now)),
            _ => return None,
        })
    }

    fn usage_by_node(&self, now: Timestamp) -> std::collections::BTreeMap<String, (i64, i64)> {
        let mut usage = std::collections::BTreeMap::new();
        for pod in self.objects(Resource::Pods) {
            if pod.field("status.phase") == "Running" {
                let total: &mut (i64, i64) = usage.entry(pod.field("spec.nodeName").to_owned()).or_default();
                for (_, cpu_millis, memory_bytes) in container_usage(pod, now) {
                    total.0 += cpu_millis;
                    total.1 += memory_bytes;
                }
            }
        }
        usage
    }
}

fn node_metrics(node: &Object, usage: &std::collections::BTreeMap<String, (i64, i64)>, now: Timestamp) -> Value {
    let (cpu_millis, memory_bytes) = usage.get(node.name.as_str()).copied().unwrap_or_default();
    json!({
        "metadata": {
            "name": node.name.as_str(), "creationTimestamp": format_time(now),
            "labels": node.value()["metadata"]["labels"]
        },
        "timestamp": format_time(now),
        "window": format!("{WINDOW_SECONDS}s"),
        "usage": usage_json(cpu_millis + 80, memory_bytes + (600 << 20))
    })
}

fn pod_metrics(pod: &Object, now: Timestamp) -> Value {
    let containers: Vec<Value> = container_usage(pod, now)
        .into_iter()
        .map(|(name, cpu_millis, memory_bytes)| json!({"name": name, "usage": usage_json(cpu_millis, memory_bytes)}))
        .collect();
    json!({
        "metadata": {
            "name": pod.name.as_str(), "namespace": pod.namespace.as_str(), "creationTimestamp": format_time(now),
            "labels": pod.value()["metadata"]["labels"]
        },
        "timestamp": format_time(now),
        "window": format!("{WINDOW_SECONDS}s"),
        "containers": containers
    })
}

fn usage_json(cpu_millis: i64, memory_bytes: i64) -> Value {
    json!({"cpu": format!("{}n", cpu_millis * 1_000_000), "memory": format!("{}Ki", memory_bytes / 1024)})
}

/// Name, CPU in thousandths of a core and memory in bytes, per container: 20 % to 120 % of the request, moving
/// with time.
fn container_usage(pod: &Object, now: Timestamp) -> Vec<(String, i64, i64)> {
    let value = pod.value();
    let containers = value["spec"]["containers"].as_array().cloned().unwrap_or_default();
    containers
        .iter()
        .map(|container| {
            let name = container["name"].as_str().unwrap_or_default().to_owned();
            let request = |what: &str, least: i64| {
                let text = container["resources"]["requests"][what].as_str().unwrap_or_default();
                quantity::millis(text).unwrap_or_default().max(least)
            };
            let step = now.as_second() / WINDOW_SECONDS;
            let seed = pod
                .uid
                .bytes()
                .chain(name.bytes())
                .fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
            let level = i64::try_from(fastrand::Rng::with_seed(seed).u64(20..100)).unwrap_or(50);
            let moving = fastrand::Rng::with_seed(seed ^ step.unsigned_abs()).u64(0..20);
            let percent = level + i64::try_from(moving).unwrap_or(0);
            let cpu = request("cpu", 10) * percent / 100;
            let memory = request("memory", 16 << 20) / 1000 * level / 100;
            (name, cpu, memory.max(4 << 20))
        })
        .collect()
}
