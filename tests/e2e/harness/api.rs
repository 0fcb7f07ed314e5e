//! A small client of the Kubernetes API: all that the tests do to a cluster, they do through it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::{
    objects,
    wait::{SOON, eventually},
};

/// A patch that replaces fields, and lists as a whole.
const MERGE_PATCH: &str = "application/merge-patch+json";

/// A patch that knows how Kubernetes' lists are merged.
const STRATEGIC_MERGE_PATCH: &str = "application/strategic-merge-patch+json";

/// Talks to one server, and by default within one namespace.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    server: String,
    namespace: String,
}

impl Api {
    /// A client of the server at a URL.
    pub(crate) fn new(server: &str, namespace: &str) -> Self {
        Self {
            client: Client::builder()
                .no_proxy()
                .build()
                .expect("a client without TLS needs nothing"),
            server: server.to_owned(),
            namespace: namespace.to_owned(),
        }
    }

    /// The same server, another namespace.
    pub(crate) fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            ..self.clone()
        }
    }

    /// Makes a namespace.
    pub(crate) async fn create_namespace(&self, name: &str) {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.send(Method::POST, "/api/v1/namespaces", "application/json", Some(&namespace))
            .await;
    }

    /// Waits until the namespace has its service account: a real cluster refuses pods before.
    pub(crate) async fn until_pods_are_accepted(&self) {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/default", self.namespace);
        eventually("the namespace has a service account", SOON, async || {
            let (_, answer) = self.try_send(Method::GET, &path, "", None).await;
            // A server that knows no service accounts at all does not ask for one.
            match answer["message"].as_str() {
                Some(message) if message.contains("\"default\" not found") => Err(message.to_owned()),
                _ => Ok(()),
            }
        })
        .await;
    }

    /// Makes a node that is ready.
    pub(crate) async fn create_node(&self, name: &str) {
        self.send(
            Method::POST,
            "/api/v1/nodes",
            "application/json",
            Some(&objects::node(name)),
        )
        .await;
        self.patch_node_status(name, &objects::ready_node_status()).await;
    }

    /// Changes a node.
    pub(crate) async fn patch_node(&self, name: &str, patch: &Value) {
        self.send(
            Method::PATCH,
            &format!("/api/v1/nodes/{name}"),
            STRATEGIC_MERGE_PATCH,
            Some(patch),
        )
        .await;
    }

    /// Changes the status of a node.
    pub(crate) async fn patch_node_status(&self, name: &str, status: &Value) {
        let patch = json!({"status": status});
        self.send(
            Method::PATCH,
            &format!("/api/v1/nodes/{name}/status"),
            MERGE_PATCH,
            Some(&patch),
        )
        .await;
    }

    /// Deletes a node.
    pub(crate) async fn delete_node(&self, name: &str) {
        self.send(
            Method::DELETE,
            &format!("/api/v1/nodes/{name}"),
            "application/json",
            None,
        )
        .await;
    }

    /// Makes a pod; its uid.
    pub(crate) async fn create_pod(&self, pod: &Value) -> String {
        let created = self
            .send(Method::POST, &self.pods_path(), "application/json", Some(pod))
            .await;
        text(&created["metadata"]["uid"])
    }

    /// Makes a pod on a node, running and ready; its uid.
    pub(crate) async fn create_running_pod(&self, name: &str, node: &str) -> String {
        let uid = self.create_pod(&objects::bound_pod(name, node)).await;
        self.patch_pod_status(name, &objects::running_status(0)).await;
        uid
    }

    /// Makes an object in the namespace; `collection` is such as `apis/apps/v1/deployments`.
    pub(crate) async fn create(&self, collection: &str, object: &Value) -> Value {
        let path = self.path_in_namespace(collection);
        self.send(Method::POST, &path, "application/json", Some(object)).await
    }

    /// Changes an object of the namespace.
    pub(crate) async fn patch(&self, collection: &str, name: &str, patch: &Value) {
        let path = format!("{}/{name}", self.path_in_namespace(collection));
        self.send(Method::PATCH, &path, MERGE_PATCH, Some(patch)).await;
    }

    /// Reads an object of the namespace.
    pub(crate) async fn get(&self, collection: &str, name: &str) -> Value {
        let path = format!("{}/{name}", self.path_in_namespace(collection));
        self.send(Method::GET, &path, "", None).await
    }

    /// `/apis/apps/v1/namespaces/shop/deployments` of `apis/apps/v1/deployments`.
    fn path_in_namespace(&self, collection: &str) -> String {
        let (group, plural) = collection.rsplit_once('/').expect("a group and a plural");
        format!("/{group}/namespaces/{}/{plural}", self.namespace)
    }

    /// Puts a pod on a node, as a scheduler does.
    pub(crate) async fn bind(&self, pod: &str, node: &str) {
        let binding = json!({
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": pod},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        });
        let path = format!("{}/{pod}/binding", self.pods_path());
        self.send(Method::POST, &path, "application/json", Some(&binding)).await;
    }

    /// Changes a pod.
    pub(crate) async fn patch_pod(&self, name: &str, patch: &Value) {
        let path = format!("{}/{name}", self.pods_path());
        self.send(Method::PATCH, &path, STRATEGIC_MERGE_PATCH, Some(patch))
            .await;
    }

    /// Changes the status of a pod, as a kubelet does.
    pub(crate) async fn patch_pod_status(&self, name: &str, status: &Value) {
        let path = format!("{}/{name}/status", self.pods_path());
        self.send(Method::PATCH, &path, MERGE_PATCH, Some(&json!({"status": status})))
            .await;
    }

    /// Deletes a pod at once: there is no kubelet that would let it end.
    pub(crate) async fn delete_pod(&self, name: &str) {
        let path = format!("{}/{name}?gracePeriodSeconds=0", self.pods_path());
        self.send(Method::DELETE, &path, "application/json", None).await;
    }

    /// Deletes a pod, which has its grace period to end.
    pub(crate) async fn delete_pod_gracefully(&self, name: &str) {
        let path = format!("{}/{name}", self.pods_path());
        self.send(Method::DELETE, &path, "application/json", None).await;
    }

    /// Deletes the namespace with all that is in it.
    pub(crate) async fn delete_namespace(&self) {
        let pods = format!("{}?gracePeriodSeconds=0", self.pods_path());
        self.send(Method::DELETE, &pods, "application/json", None).await;
        let namespace = format!("/api/v1/namespaces/{}", self.namespace);
        self.send(Method::DELETE, &namespace, "application/json", None).await;
    }

    /// The names of all nodes.
    pub(crate) async fn node_names(&self) -> Vec<String> {
        let nodes = self.list("/api/v1/nodes").await;
        nodes.iter().map(|node| text(&node["metadata"]["name"])).collect()
    }

    /// The pods of the namespace.
    pub(crate) async fn pods(&self) -> Vec<Value> {
        self.list(&self.pods_path()).await
    }

    /// The objects of a path such as `/api/v1/pods`.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let mut list = self.send(Method::GET, path, "", None).await;
        match list["items"].take() {
            Value::Array(items) => items,
            other => panic!("a list has items: {other}"),
        }
    }

    fn pods_path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods", self.namespace)
    }

    /// Sends a request that has to succeed; the answer.
    async fn send(&self, method: Method, path: &str, content_type: &str, body: Option<&Value>) -> Value {
        let answer = self.try_send(method.clone(), path, content_type, body).await;
        checked(method.as_str(), path, answer)
    }

    async fn try_send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.server));
        if let Some(body) = body {
            request = request.header("Content-Type", content_type).body(body.to_string());
        }
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let code = response.status();
        let bytes = response
            .bytes()
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let answer = serde_json::from_slice(&bytes);
        (
            code,
            answer.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        )
    }
}

fn checked(method: &str, path: &str, (code, answer): (StatusCode, Value)) -> Value {
    assert!(code.is_success(), "{method} {path}: {code} {answer}");
    answer
}

/// A JSON string.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a string, not {value}"))
        .to_owned()
}
