//! What keeps the screen on: the browser's Screen Wake Lock, which web-sys does not have without unstable interfaces.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::VisibilityState;

use crate::view::kiosk::WakeLock;

/// Keeps the screen on while that is wanted. Dropping it lets the screen go dark.
pub struct ScreenLock(Rc<Lock>);

struct Lock {
    /// Whether it is to be held: a request may be answered when nobody wants it any more.
    is_wanted: Cell<bool>,
    sentinel: RefCell<Option<JsValue>>,
    /// Told what the browser said to the last request.
    tell: Box<dyn Fn(WakeLock)>,
}

impl ScreenLock {
    /// One that is not wanted yet.
    pub fn new(tell: impl Fn(WakeLock) + 'static) -> Self {
        Self(Rc::new(Lock {
            is_wanted: Cell::default(),
            sentinel: RefCell::default(),
            tell: Box::new(tell),
        }))
    }

    /// Asks the browser to keep the screen on. It takes the lock back whenever the page is hidden.
    pub fn keep_awake(&self) {
        let lock = Rc::clone(&self.0);
        lock.is_wanted.set(true);
        let Some(window) = web_sys::window() else { return };
        let Some(wake_lock) = get(&window.navigator(), "wakeLock") else {
            return (lock.tell)(if window.is_secure_context() {
                WakeLock::Unsupported
            } else {
                WakeLock::Insecure
            });
        };
        let request =
            function(&wake_lock, "request").and_then(|request| request.call1(&wake_lock, &"screen".into()).ok());
        let Some(promise) = request else { return };
        spawn_local(async move {
            // Refused when the battery is low, or while the page is hidden; asked for again when it is shown.
            let Ok(sentinel) = JsFuture::from(promise.unchecked_into::<Promise>()).await else {
                let document = window.document();
                let is_seen = document.is_some_and(|it| it.visibility_state() == VisibilityState::Visible);
                return (lock.tell)(if is_seen { WakeLock::Refused } else { WakeLock::Unknown });
            };
            (lock.tell)(WakeLock::Held);
            if let Some(older) = lock.sentinel.replace(Some(sentinel)) {
                release(&older);
            }
            if !lock.is_wanted.get() {
                lock.let_sleep();
            }
        });
    }

    /// Lets the screen go dark.
    pub fn let_sleep(&self) {
        self.0.let_sleep();
    }
}

impl Drop for ScreenLock {
    fn drop(&mut self) {
        self.0.let_sleep();
    }
}

impl Lock {
    fn let_sleep(&self) {
        self.is_wanted.set(false);
        if let Some(sentinel) = self.sentinel.take() {
            release(&sentinel);
        }
    }
}

fn release(sentinel: &JsValue) {
    if let Some(release) = function(sentinel, "release") {
        // A lock that was taken back already is released in vain.
        let _ = release.call0(sentinel);
    }
}

fn function(object: &JsValue, name: &str) -> Option<Function> {
    get(object, name)?.dyn_into().ok()
}

/// A property that is there and not `undefined`.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}
