//! Prints the changes of any resource, built in or custom, as they happen.
//!
//! ```sh
//! kubectl proxy &
//! cargo run --example custom_resource --features hyper,k8s-openapi/v1_36 -- http://127.0.0.1:8001 argoproj.io/v1alpha1 rollouts
//! ```

use std::{env, error::Error};

use futures_util::StreamExt as _;
use k8bit_informer::{
    InformerConfig, Resource as _, api_path::ApiResource, hyper::HyperTransport, kinds::DynamicObject,
    request::Collection, shared::SharedInformer, store::Change,
};

/// Follows a resource, and hands on a line for each change, until `print` has had enough.
async fn follow(
    address: &str,
    api_version: &str,
    plural: &str,
    mut print: impl FnMut(String) -> bool,
) -> Result<(), Box<dyn Error>> {
    let collection = Collection::new(ApiResource::parse(api_version, plural)?);
    let transport = HyperTransport::http(address)?;
    let informer = SharedInformer::<DynamicObject>::spawn(transport, collection, InformerConfig::default());
    let mut changes = informer.subscribe();
    while let Some(change) = changes.next().await {
        let key = &change.object().meta().key;
        let line = match &change {
            Change::Listed(_) => format!("{key}"),
            Change::Added(_) => format!("{key} added"),
            Change::Modified { old, new } => {
                let fields = new.fields().iter();
                let changed = fields.filter(|(name, value)| old.fields().get(*name) != Some(value));
                let mut names: Vec<&str> = changed.map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                format!("{key} modified: {}", names.join(", "))
            }
            Change::Deleted(_) => format!("{key} deleted"),
        };
        if !print(line) {
            break;
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, api_version, plural] = &arguments[..] else {
        return Err("usage: custom_resource http://127.0.0.1:8001 argoproj.io/v1alpha1 rollouts".into());
    };
    let print = |line| {
        println!("{line}");
        true
    };
    follow(address, api_version, plural, print).await
}

#[cfg(test)]
mod tests {
    use k8bit_simulator::{
        api::{DeleteOptions, Part, PatchKind, Resource},
        http::{Server, ServerOptions},
        sample,
    };
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn changes_of_a_custom_resource_are_printed() {
        let server = Server::start(ServerOptions::default()).expect("a port is free");
        let now = server.now();
        let rollout = |name: &str| json!({"metadata": {"name": name}, "spec": {"replicas": 1}});
        server.with_api(|api| {
            let create = |api: &mut k8bit_simulator::api::ApiServer, resource, namespace, object| {
                api.create(now, resource, namespace, object)
                    .map(drop)
                    .expect("it can be created");
            };
            create(api, Resource::Namespaces, None, sample::namespace("shop"));
            create(api, Resource::Rollouts, Some("shop"), rollout("web"));
        });
        let mut lines = Vec::new();
        let print = |line| {
            lines.push(line);
            // Each line leads to the next thing that happens.
            server
                .with_api(|api| match lines.len() {
                    1 => {
                        let patch = json!({"spec": {"replicas": 2}});
                        let (part, kind) = (Part::Main, PatchKind::Merge);
                        api.patch(now, Resource::Rollouts, "shop", "web", part, kind, &patch)
                            .map(drop)
                    }
                    2 => api
                        .create(now, Resource::Rollouts, Some("shop"), rollout("api"))
                        .map(drop),
                    3 => api
                        .delete(now, Resource::Rollouts, "shop", "web", &DeleteOptions::now())
                        .map(drop),
                    _ => Ok(()),
                })
                .expect("it can be done");
            lines.len() < 4
        };
        follow(&server.url(), "argoproj.io/v1alpha1", "rollouts", print)
            .await
            .expect("it follows");
        assert_eq!(
            lines,
            [
                "shop/web",
                "shop/web modified: metadata, spec",
                "shop/api added",
                "shop/web deleted"
            ]
        );
    }
}
