//! The informer as JavaScript sees it: what `js/index.js` stands on.
//!
//! It does the bookkeeping: it follows the collection, cuts what arrives into objects, reads their metadata, and says what
//! changed. `JSON.parse` makes the objects, of the text that is left without `managedFields`, and JavaScript holds them.
//! So each object is parsed once and exists once.
#![cfg(target_arch = "wasm32")]

mod object;

use std::cell::RefCell;

use futures_util::{
    StreamExt as _,
    future::{AbortHandle, abortable},
};
use js_sys::{Array, Function, Object, Reflect};
use k8bit_informer::{
    InformerConfig,
    fetch::FetchTransport,
    request::Collection,
    selector::{FieldSelector, LabelSelector},
    shared::{InformerStatus, SharedInformer, StatusStream, Subscription},
    store::Change,
};
use object::JsObject;
use serde_json::json;
use wasm_bindgen::{JsCast as _, JsError, JsValue, prelude::wasm_bindgen};

/// Changes that are handed on together at most.
const BATCH: usize = 1_000;

/// Panics reach the console with a message.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// An informer that runs until it is stopped.
#[wasm_bindgen]
pub struct RawInformer {
    informer: SharedInformer<JsObject>,
    task: AbortHandle,
}

#[wasm_bindgen]
impl RawInformer {
    /// Begins to follow the collection of this path. `options` may have `base`, `fetch`, `headers`, `labelSelector`,
    /// `fieldSelector` and `maxObjects`.
    #[wasm_bindgen(constructor)]
    pub fn new(path: &str, options: &Object) -> Result<RawInformer, JsError> {
        let text = |name: &str| option(options, name).and_then(|value| value.as_string());
        let mut collection = Collection::from_path(path)?;
        if let Some(selector) = text("labelSelector") {
            collection = collection.with_label_selector(LabelSelector::parse(&selector)?);
        }
        if let Some(selector) = text("fieldSelector") {
            collection = collection.with_field_selector(FieldSelector::parse(&selector)?);
        }
        let mut config = InformerConfig::default();
        if let Some(most) = option(options, "maxObjects").and_then(|value| value.as_f64()) {
            config.max_objects = most as usize;
        }
        let (informer, running) = SharedInformer::new(transport(options)?, collection, config);
        let (running, task) = abortable(running);
        wasm_bindgen_futures::spawn_local(async move {
            // Stopped, or its last handle is gone.
            let _ = running.await;
        });
        Ok(Self { informer, task })
    }

    /// The objects that exist, and then what changes.
    #[must_use]
    pub fn subscribe(&self) -> RawChanges {
        RawChanges(RefCell::new(Some(self.informer.subscribe())))
    }

    /// The states, beginning with the present one.
    #[must_use]
    pub fn states(&self) -> RawStates {
        RawStates(RefCell::new(Some(self.informer.statuses())))
    }

    /// The present state as JSON.
    #[must_use]
    pub fn state(&self) -> String {
        state_json(&self.informer.status())
    }

    /// Looks at the connection at once: the network is back, or the page is shown again.
    pub fn resume(&self) {
        self.informer.resume();
    }

    /// Lets the connection go until [`RawInformer::resume`].
    pub fn pause(&self) {
        self.informer.pause();
    }

    /// Ends all requests, for good.
    pub fn stop(&self) {
        self.task.abort();
    }
}

/// What `options` has under this name.
fn option(options: &Object, name: &str) -> Option<JsValue> {
    let value = Reflect::get(options, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn transport(options: &Object) -> Result<FetchTransport, JsError> {
    let mut transport = match option(options, "fetch").map(JsValue::dyn_into::<Function>) {
        Some(Ok(fetch)) => FetchTransport::with_fetch(fetch),
        Some(Err(_)) => return Err(JsError::new("the option fetch is not a function")),
        None => FetchTransport::new().map_err(|_| JsError::new("there is no fetch here"))?,
    };
    if let Some(base) = option(options, "base").and_then(|base| base.as_string()) {
        transport = transport.with_base(&base);
    }
    if let Some(headers) = option(options, "headers").and_then(|headers| headers.dyn_into::<Object>().ok()) {
        for name in Object::keys(&headers).iter().filter_map(|name| name.as_string()) {
            if let Some(value) = option(&headers, &name).and_then(|value| value.as_string()) {
                transport = transport.with_header(&name, &value);
            }
        }
    }
    Ok(transport)
}

/// The changes of an informer.
#[wasm_bindgen]
pub struct RawChanges(RefCell<Option<Subscription<JsObject>>>);

#[wasm_bindgen]
impl RawChanges {
    /// The next changes as triples in one array: the first letter of listed, added, modified or deleted; the object as it
    /// is, or was last; and as it was before, if it was modified. `undefined` once the informer was stopped.
    pub async fn next(&self) -> Option<Array> {
        let mut changes = self.0.borrow_mut().take()?;
        let first = changes.next().await?;
        let batch = Array::new();
        push_change(&batch, &first);
        for _ in 1..BATCH {
            let Some(change) = changes.try_next() else { break };
            push_change(&batch, &change);
        }
        self.0.replace(Some(changes));
        Some(batch)
    }

    /// Wants no more of them.
    pub fn close(&self) {
        self.0.replace(None);
    }
}

fn push_change(batch: &Array, change: &Change<JsObject>) {
    let (kind, old) = match change {
        Change::Listed(_) => ("l", &JsValue::UNDEFINED),
        Change::Added(_) => ("a", &JsValue::UNDEFINED),
        Change::Modified { old, .. } => ("m", old.value()),
        Change::Deleted(old) => ("d", old.value()),
    };
    batch.push(&kind.into());
    batch.push(change.object().value());
    batch.push(old);
}

/// The states of an informer.
#[wasm_bindgen]
pub struct RawStates(RefCell<Option<StatusStream<JsObject>>>);

#[wasm_bindgen]
impl RawStates {
    /// The next state as JSON; `undefined` once the informer was stopped.
    pub async fn next(&self) -> Option<String> {
        let mut states = self.0.borrow_mut().take()?;
        let state = states.next().await?;
        self.0.replace(Some(states));
        Some(state_json(&state))
    }
}

fn state_json(status: &InformerStatus) -> String {
    let error = status.last_failure.as_ref().map(|failure| {
        json!({
            "cause": format!("{:?}", failure.cause),
            "verb": failure.verb.name(),
            "code": failure.code,
            "message": failure.detail,
        })
    });
    json!({
        "ready": status.is_ready,
        "live": status.is_live,
        "lostForSeconds": status.lost_for.map(|time| time.as_secs_f64()),
        "nextAttemptInSeconds": status.next_attempt_in.map(|time| time.as_secs_f64()),
        "error": error,
        "objects": status.objects,
        "leftOut": status.left_out,
        "resourceVersion": status.resource_version.as_ref().map(ToString::to_string),
    })
    .to_string()
}
