//! A small controller: for each Deployment it keeps a ConfigMap of the same name that says how many replicas are wanted.
//!
//! It shows how a controller reacts to changes. A change only says *which* object to look at; what to do follows from the
//! two stores, so that nothing is lost when changes are merged, and a write that was made twice does no harm. What fails is
//! tried again later. What somebody else changes or deletes is put right, because the ConfigMaps are followed, too.
//!
//! ```sh
//! kubectl proxy &
//! cargo run --example controller --features hyper,k8s-openapi/v1_36 -- http://127.0.0.1:8001
//! ```

use std::{collections::BTreeSet, env, error::Error, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use k8bit_informer::{
    InformerConfig, ObjectKey, Resource as _,
    hyper::HyperTransport,
    kinds::Typed,
    request::Collection,
    selector::LabelSelector,
    shared::{SharedInformer, StoreReader},
};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::ConfigMap};
use serde_json::{Value, json};

/// The label by which the controller knows what is its own.
const LABEL: (&str, &str) = ("app.kubernetes.io/managed-by", "replica-notes");

/// How long to wait before what failed is tried again.
const RETRY: Duration = Duration::from_secs(2);

struct Controller {
    deployments: StoreReader<Typed<Deployment>>,
    notes: StoreReader<Typed<ConfigMap>>,
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
}

impl Controller {
    /// Brings the note of one Deployment in line with it.
    async fn reconcile(&self, key: &ObjectKey) -> Result<(), Box<dyn Error>> {
        let folder = format!("/api/v1/namespaces/{}/configmaps", key.namespace);
        let own = format!("{folder}/{}", key.name);
        let wanted = self.deployments.get(key).map(|deployment| {
            let replicas = deployment.spec.as_ref().and_then(|spec| spec.replicas);
            replicas.unwrap_or(1).to_string()
        });
        let found = self
            .notes
            .get(key)
            .map(|note| note.data.as_ref().and_then(|data| data.get("replicas").cloned()));
        match (wanted, found) {
            (None, None) => Ok(()),
            (None, Some(_)) => self.write("DELETE", &own, &Value::Null).await,
            (Some(wanted), None) => {
                let note = json!({
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": {"name": key.name.as_str(), "labels": {LABEL.0: LABEL.1}},
                    "data": {"replicas": wanted},
                });
                self.write("POST", &folder, &note).await
            }
            (Some(wanted), Some(found)) if found.as_deref() == Some(&wanted) => Ok(()),
            (Some(wanted), Some(_)) => self.write("PATCH", &own, &json!({"data": {"replicas": wanted}})).await,
        }
    }

    async fn write(&self, method: &str, path: &str, body: &Value) -> Result<(), Box<dyn Error>> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let content_type = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("Content-Type", content_type)
            .body(Full::from(body))?;
        let response = self.client.request(request).await?;
        // 404 and 409: somebody was faster, and the watch will tell.
        match response.status().as_u16() {
            200..300 | 404 | 409 => Ok(()),
            code => Err(format!("{method} {path}: HTTP {code}").into()),
        }
    }
}

async fn run(address: &str) -> Result<(), Box<dyn Error>> {
    let transport = HyperTransport::http(address)?;
    let label = LabelSelector::parse(&format!("{}={}", LABEL.0, LABEL.1))?;
    let own = Collection::of::<ConfigMap>().with_label_selector(label);
    let all = Collection::of::<Deployment>();
    let deployments = SharedInformer::<Typed<Deployment>>::spawn(transport.clone(), all, InformerConfig::default());
    let notes = SharedInformer::<Typed<ConfigMap>>::spawn(transport, own, InformerConfig::default());
    // With half of a picture, everything that is missing would be created or deleted.
    deployments.ready().await?;
    notes.ready().await?;

    let controller = Controller {
        deployments: deployments.store(),
        notes: notes.store(),
        client: Client::builder(TokioExecutor::new()).build_http(),
        address: address.trim_end_matches('/').to_owned(),
    };
    let of_deployments = deployments.subscribe().map(|change| change.object().meta().key.clone());
    let of_notes = notes.subscribe().map(|change| change.object().meta().key.clone());
    let mut changed = stream::select(of_deployments, of_notes);
    let mut failed: BTreeSet<ObjectKey> = BTreeSet::new();
    loop {
        let keys = tokio::select! {
            key = changed.next() => key.into_iter().collect(),
            () = tokio::time::sleep(RETRY), if !failed.is_empty() => std::mem::take(&mut failed),
        };
        for key in keys {
            if let Err(error) = controller.reconcile(&key).await {
                eprintln!("{key}: {error}");
                failed.insert(key);
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(address) = env::args().nth(1) else {
        return Err("usage: controller http://127.0.0.1:8001".into());
    };
    run(&address).await
}

#[cfg(test)]
mod tests {
    use k8bit_simulator::{
        api::{ApiServer, DeleteOptions, Part, PatchKind, Resource},
        http::{Faults, Refusal, RequestFilter, Server, ServerHandle, ServerOptions},
        sample,
    };

    use super::*;

    /// Waits until the ConfigMaps of the server are these: `name replicas`.
    async fn until_notes_are(server: &ServerHandle, expected: &[&str]) {
        let notes = || {
            server.with_api(|api| {
                let notes = api
                    .objects(Resource::ConfigMaps)
                    .filter(|note| note.namespace == "shop");
                let lines = notes.map(|note| {
                    let json: Value = serde_json::from_slice(note.json()).expect("JSON");
                    format!(
                        "{} {}",
                        note.name,
                        json["data"]["replicas"].as_str().unwrap_or_default()
                    )
                });
                lines.collect::<Vec<_>>()
            })
        };
        let wait = async {
            while notes() != expected {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), wait).await.is_err() {
            assert_eq!(notes(), expected);
        }
    }

    #[tokio::test]
    async fn notes_follow_deployments_whatever_happens() {
        let server = Server::start(ServerOptions::default()).expect("a port is free");
        let now = server.now();
        let deploy = |api: &mut ApiServer, name: &str, replicas| {
            let deployment = sample::deployment("shop", name, "image:1", replicas);
            api.create(now, Resource::Deployments, Some("shop"), deployment)
                .map(drop)
                .expect("it can be created");
        };
        let scale = |api: &mut ApiServer, name: &str, replicas: u32| {
            let patch = json!({"spec": {"replicas": replicas}});
            let (part, kind) = (Part::Main, PatchKind::Merge);
            api.patch(now, Resource::Deployments, "shop", name, part, kind, &patch)
                .map(drop)
                .expect("it is there");
        };
        let remove = |api: &mut ApiServer, resource, name: &str| {
            api.delete(now, resource, "shop", name, &DeleteOptions::now())
                .map(drop)
                .expect("it is there");
        };
        server.with_api(|api| {
            api.create(now, Resource::Namespaces, None, sample::namespace("shop"))
                .map(drop)
                .expect("it can be created");
            deploy(api, "web", 3);
        });
        let address = server.url();
        let controller = async { run(&address).await.expect("it runs") };
        let script = async {
            until_notes_are(&server, &["web 3"]).await;
            server.with_api(|api| {
                scale(api, "web", 5);
                deploy(api, "api", 1);
            });
            until_notes_are(&server, &["api 1", "web 5"]).await;
            // Somebody else deletes a note.
            server.with_api(|api| remove(api, Resource::ConfigMaps, "api"));
            until_notes_are(&server, &["api 1", "web 5"]).await;
            // The server is overloaded while a Deployment goes and another one changes; then its watches break.
            server.set_faults(Faults {
                applies_to: RequestFilter::lists().containing("configmaps/"),
                refuse: Some(Refusal::shutting_down()),
                ..Faults::default()
            });
            server.with_api(|api| {
                remove(api, Resource::Deployments, "web");
                scale(api, "api", 7);
            });
            server.cut_watches();
            while !server.requests().iter().any(|request| request.status >= 500) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            server.clear_faults();
            until_notes_are(&server, &["api 7"]).await;
        };
        tokio::select! {
            () = controller => unreachable!("a controller does not end"),
            () = script => {}
        }
    }
}
