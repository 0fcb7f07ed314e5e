//! What the page holds: WebAssembly's memory, JavaScript's heap, and the whole tab beside an empty one.

use crate::{Bench, open_browser, renderer::Running, report::Report, tab::Tab};

/// Opens the page in front of `pods` pods, in a browser that has seen no other, and measures it at rest.
pub(crate) async fn measure(tab: &Tab<'_>, bench: &Bench, pods: usize, report: &mut Report) {
    eprintln!("memory at {pods} pods");
    match tab.measure("store", &["".into()]).await {
        Ok(store) => report.store_memory(pods, &store),
        Err(error) => eprintln!("  the store alone: {error}"),
    }
    tab.open_blank().await;
    let others = Running::now();
    let browser = open_browser().await;
    let tab = Tab::new(&browser, bench);
    tab.open_blank().await;
    let empty = others.bytes_of_later();
    let seen = tab.picture("").await;
    let (wasm, heap) = (tab.wasm_bytes().await, tab.js_heap_bytes().await);
    report.memory(pods, wasm, heap, others.bytes_of_later() - empty, &seen);
}
