//! Requests that are given up.

use web_sys::{AbortController, AbortSignal};

/// Ends a request of the browser when it is dropped.
#[derive(Debug)]
pub struct AbortOnDrop(AbortController);

impl AbortOnDrop {
    /// `None` where the browser has no such thing.
    #[must_use]
    pub fn new() -> Option<Self> {
        AbortController::new().ok().map(Self)
    }

    /// What the request is to listen to.
    #[must_use]
    pub fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        // A request that is over does not mind.
        self.0.abort();
    }
}
