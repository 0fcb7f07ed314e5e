//! `window.k8bit`: what tests and power users may rely on. `docs/hooks.md` documents it.

use js_sys::{JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

use super::dom;

/// The name on the window.
const NAME: &str = "k8bit";

/// The functions on the window. Dropping them takes them from it.
pub struct Hooks {
    #[expect(dead_code, reason = "JavaScript calls them until they are dropped")]
    texts: [Closure<dyn Fn() -> JsValue>; 2],
    #[expect(dead_code, reason = "JavaScript calls them until they are dropped")]
    settled: Closure<dyn Fn() -> Promise>,
}

impl Hooks {
    /// Puts `k8bit` on the window. `snapshot` and `diagnostics` give JSON; what `settled` gives ends when what is known at the
    /// call has been drawn and nothing moves any more.
    #[must_use]
    pub fn install<S>(
        snapshot: impl Fn() -> String + 'static,
        diagnostics: impl Fn() -> String + 'static,
        settled: impl Fn() -> S + 'static,
    ) -> Self
    where
        S: Future<Output = ()> + 'static,
    {
        // By way of text: the browser's own parser makes objects faster than many calls from here.
        let parse = |json: String| JSON::parse(&json).unwrap_or(JsValue::NULL);
        let texts: [Closure<dyn Fn() -> JsValue>; 2] = [
            Closure::new(move || parse(snapshot())),
            Closure::new(move || parse(diagnostics())),
        ];
        let settled: Closure<dyn Fn() -> Promise> = Closure::new(move || {
            let settled = settled();
            future_to_promise(async {
                settled.await;
                Ok(JsValue::UNDEFINED)
            })
        });
        let hooks = Object::new();
        for (name, value) in [
            ("version", &JsValue::from_str(env!("CARGO_PKG_VERSION"))),
            ("snapshot", texts[0].as_ref()),
            ("diagnostics", texts[1].as_ref()),
            ("settled", settled.as_ref()),
        ] {
            // Fails only on a frozen object, and this one is new.
            let _ = Reflect::set(&hooks, &name.into(), value);
        }
        let _ = Reflect::set(&dom::window(), &NAME.into(), &hooks);
        Self { texts, settled }
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        // Fails only where somebody has made it permanent.
        let _ = Reflect::delete_property(&dom::window(), &NAME.into());
    }
}
