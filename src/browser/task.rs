//! Work that runs until its handle is dropped.

use futures::future::{AbortHandle, LocalBoxFuture, abortable};
use wasm_bindgen_futures::spawn_local;

/// Work under way. Dropping it ends the work where it waits, with all that it holds: requests, streams, permits.
#[derive(Debug)]
pub struct Task(AbortHandle);

impl Task {
    /// Begins.
    pub fn spawn(work: impl Future<Output = ()> + 'static) -> Self {
        Self::spawn_boxed(Box::pin(work))
    }

    /// One for all kinds of work: each would need code of its own.
    fn spawn_boxed(work: LocalBoxFuture<'static, ()>) -> Self {
        let (work, handle) = abortable(work);
        spawn_local(async move {
            // That it was given up is no error.
            let _ = work.await;
        });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
