//! What the page holds: WebAssembly's memory, JavaScript's heap, and the whole tab beside an empty one.

use crate::{renderer, report::Report, tab::Tab};

/// Opens the page in front of `pods` pods and measures it at rest.
pub(crate) async fn measure(tab: &Tab<'_>, pods: usize, report: &mut Report) {
    eprintln!("memory at {pods} pods");
    match tab.measure("store", &["".into()]).await {
        Ok(store) => report.store_memory(pods, &store),
        Err(error) => eprintln!("  the store alone: {error}"),
    }
    tab.open_blank().await;
    let empty = renderer::bytes();
    let seen = tab.picture("").await;
    let (wasm, heap) = (tab.wasm_bytes().await, tab.js_heap_bytes().await);
    report.memory(pods, wasm, heap, renderer::bytes() - empty, &seen);
}
