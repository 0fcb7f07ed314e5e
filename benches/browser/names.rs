//! The longest task of the close-up, in which every pod is a chip with words, while its pods change.

use serde_json::json;

use crate::{
    cluster::Bench,
    interaction::meanwhile,
    report::{Report, number},
    tab::Tab,
};

/// Nodes of the cluster, which is as large as a close-up is made for.
pub(crate) const NODES: usize = 3;
/// Its pods.
pub(crate) const PODS: usize = 100;
pub(crate) const EVENTS_PER_SECOND: u32 = 50;
/// How long it is looked at.
pub(crate) const SECONDS: u32 = 15;

/// Opens the page and looks at it while its pods change.
pub(crate) async fn measure(tab: &Tab<'_>, bench: &Bench, report: &mut Report) {
    eprintln!("close-up");
    tab.picture("#zoom=names").await;
    tab.eval("window.k8bitBench.look(arguments[0])", vec![json!(SECONDS)])
        .await;
    let looked = meanwhile(tab, bench, EVENTS_PER_SECOND, "return window.k8bitBench.looked").await;
    assert!(number(&looked, "chips") > 0.0, "no chip is on the page: {looked}");
    report.names(&looked);
}
