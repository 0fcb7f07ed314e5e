//! The deployments of a cluster in a browser, live: a line for each, and whether the picture is current.
//!
//! ```sh
//! cargo build --target wasm32-unknown-unknown --features fetch --example deployments
//! wasm-bindgen --target web --no-typescript --out-dir www --out-name deployments \
//!     target/wasm32-unknown-unknown/debug/examples/deployments.wasm
//! cp informer/examples/deployments.html www/index.html
//! kubectl proxy --www=www      # then open http://127.0.0.1:8001/static/
//! ```
#![cfg(target_arch = "wasm32")]

use futures_util::StreamExt as _;
use k8bit_informer::{
    InformerConfig, Resource as _,
    fetch::FetchTransport,
    kinds::Typed,
    request::Collection,
    shared::{SharedInformer, StatusStream, Subscription},
    store::Change,
};
use k8s_openapi::api::apps::v1::Deployment;
use wasm_bindgen::{JsError, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element};

#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document());
    let document = document.ok_or_else(|| JsError::new("this is no page"))?;
    let find = |id: &str| document.get_element_by_id(id).ok_or_else(|| JsError::new(id));
    let (list, state) = (find("deployments")?, find("state")?);

    let all = Collection::of::<Deployment>();
    let transport = FetchTransport::new()?;
    let (deployments, running) = SharedInformer::<Typed<Deployment>>::new(transport, all, InformerConfig::default());
    spawn_local(running);
    spawn_local(show_state(deployments.statuses(), state));
    spawn_local(async move {
        // It throws where the page cannot be changed, which the console then shows.
        let _ = show_changes(deployments.subscribe(), &document, &list).await;
    });
    Ok(())
}

/// Shows every change, beginning with what exists.
async fn show_changes(
    mut changes: Subscription<Typed<Deployment>>,
    document: &Document,
    list: &Element,
) -> Result<(), JsValue> {
    while let Some(change) = changes.next().await {
        let key = change.object().meta().key.to_string();
        let shown = document.get_element_by_id(&key);
        match &change {
            Change::Deleted(_) => shown.iter().for_each(Element::remove),
            Change::Listed(new) | Change::Added(new) | Change::Modified { new, .. } => {
                let line = match shown {
                    Some(line) => line,
                    None => {
                        let line = document.create_element("li")?;
                        line.set_id(&key);
                        list.append_child(&line)?;
                        line
                    }
                };
                line.set_text_content(Some(&format!("{key}: {}", ready(new))));
            }
        }
    }
    Ok(())
}

/// As kubectl prints it: `2/3`.
fn ready(deployment: &Deployment) -> String {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    let ready = deployment.status.as_ref().and_then(|status| status.ready_replicas);
    format!("{}/{} ready", ready.unwrap_or(0), wanted.unwrap_or(1))
}

/// Says whether every change arrives, and if not, why.
async fn show_state(mut states: StatusStream<Typed<Deployment>>, element: Element) {
    while let Some(status) = states.next().await {
        let words = match (status.is_live, status.last_failure) {
            (true, _) => "Live".to_owned(),
            (false, None) => "Connecting".to_owned(),
            (false, Some(failure)) => format!("Reconnecting: {:?} {}", failure.cause, failure.detail),
        };
        element.set_text_content(Some(words.trim_end()));
    }
}
