//! Which page may hold a connection open.
//!
//! Browsers give a server of HTTP/1.1, as `kubectl proxy` is, six connections for all pages together; a seventh request
//! waits without end. So a stream over `fetch` takes one of a few locks that all pages of this origin share, and a page
//! that gets none uses a WebSocket, which browsers count elsewhere.
//!
//! <https://developer.mozilla.org/docs/Web/API/Web_Locks_API>

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// One of the shared streams, until it is dropped or the page is gone.
#[derive(Debug)]
pub struct Permit {
    release: Function,
}

impl Drop for Permit {
    fn drop(&mut self) {
        // Fails only if the function throws, which a resolve function does not.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Takes one of this many shared streams if one is free. Does not wait.
///
/// `None` as well where there are no locks: browsers have them in secure contexts only, which `localhost` is, but a
/// plain-http host name is not.
pub async fn acquire(streams: usize) -> Option<Permit> {
    let (locks, request) = locks()?;
    for number in 0..streams {
        if let Some(permit) = try_lock(&locks, &request, &format!("k8bit-stream-{number}")).await {
            return Some(permit);
        }
    }
    None
}

/// Whether the browser has locks for this page.
#[must_use]
pub fn are_there_locks() -> bool {
    locks().is_some()
}

/// The page's locks, and the function that asks for one.
fn locks() -> Option<(JsValue, Function)> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some((locks, request))
}

async fn try_lock(locks: &JsValue, request: &Function, name: &str) -> Option<Permit> {
    let (held, release) = promise();
    let (answer, give_answer) = promise();
    // The lock is held for as long as the promise that the callback returns is pending.
    let callback = Closure::once_into_js(move |lock: JsValue| {
        let granted = !lock.is_null() && !lock.is_undefined();
        let _ = give_answer.call1(&JsValue::UNDEFINED, &JsValue::from_bool(granted));
        if granted { held.into() } else { JsValue::UNDEFINED }
    });
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE).ok()?;
    // From here on, so that a lock that is granted too late is released.
    let permit = Permit { release };
    let outcome = request.call3(locks, &name.into(), &options, &callback).ok()?;
    // A refusal to try, as of a page that is going, calls nothing back but is the outcome.
    let first = Promise::race(&Array::of2(&answer, &outcome));
    let granted = JsFuture::from(first).await.ok()?.is_truthy();
    granted.then_some(permit)
}

/// A promise and the function that resolves it.
fn promise() -> (Promise, Function) {
    let mut resolve = None;
    let promise = Promise::new(&mut |resolve_it, _| resolve = Some(resolve_it));
    (promise, resolve.expect("the executor of a promise runs at once"))
}
