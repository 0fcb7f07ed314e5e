//! The picture against `kubectl get pods`, in a cluster that moves.

use std::collections::BTreeMap;

use k8bit_simulator::{http::ServerOptions, world::WorldOptions};

use crate::harness::{
    cluster::Cluster,
    kubectl,
    page::{Page, Snapshot},
    stage::{Stage, Turn},
    wait::{LATER, eventually},
};

/// `namespace/name` → READY, STATUS, RESTARTS.
type Table = BTreeMap<String, (String, String, String)>;

/// Comparisons that have to succeed, each at another moment of the world.
const MOMENTS: usize = 3;

#[browser_test::in_chromium]
async fn the_page_says_what_kubectl_says() {
    let turn = Turn::take().await;
    let world = WorldOptions {
        nodes: 12,
        pods: 200,
        churn: 1.0,
        ..WorldOptions::default()
    };
    let options = ServerOptions {
        world: Some(world),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("the same as kubectl", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let page = Page::open(&stage.browser, &format!("{}/static/", stage.proxy.url()), None).await;
    page.until_live().await;
    let mut last = Table::new();
    for _ in 0..MOMENTS {
        last = eventually("the page and kubectl agree, on something new", LATER, async || {
            let before = page.snapshot().await;
            let printed = kubectl::run(
                stage.cluster.url(),
                &["get", "pods", "--all-namespaces", "--no-headers"],
            )
            .await;
            let after = page.snapshot().await;
            let (kubectl, page) = (read_table(&printed), table(&after));
            if kubectl == page {
                return if kubectl == last {
                    Err("the same as before".to_owned())
                } else {
                    Ok(kubectl)
                };
            }
            // The world has moved on in between, or the two differ.
            let moved = if before.pods == after.pods {
                ""
            } else {
                "the world moved; "
            };
            Err(format!("{moved}{}", difference(&kubectl, &page)))
        })
        .await;
    }
    assert!(last.len() > 100, "{} pods", last.len());
    // What is drawn is what is known.
    page.until_live().await;
    let shown = page.blocks().await.len();
    assert!(shown > 100, "{shown} blocks");
}

fn read_table(printed: &str) -> Table {
    let rows = printed.lines().map(|line| {
        let mut columns = line.split_whitespace().map(str::to_owned);
        let mut next = || columns.next().unwrap_or_default();
        let key = format!("{}/{}", next(), next());
        (key, (next(), next(), next()))
    });
    rows.collect()
}

fn table(snapshot: &Snapshot) -> Table {
    let rows = snapshot.pods.iter().map(|pod| {
        let row = (pod.ready.clone(), pod.status.clone(), pod.restarts.to_string());
        (format!("{}/{}", pod.namespace, pod.name), row)
    });
    rows.collect()
}

fn difference(kubectl: &Table, page: &Table) -> String {
    let keys = kubectl
        .keys()
        .chain(page.keys().filter(|key| !kubectl.contains_key(*key)));
    let different = keys.filter(|key| kubectl.get(*key) != page.get(*key));
    let lines = different.map(|key| format!("{key}: kubectl {:?}, page {:?}", kubectl.get(key), page.get(key)));
    lines.take(10).collect::<Vec<_>>().join("\n")
}
