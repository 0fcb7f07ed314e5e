//! The size and the speed that the page must keep up with.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet, time::interval};

use crate::harness::{
    api::{Api, text},
    cluster::Cluster,
    objects,
    page::Snapshot,
    stage::{Stage, Turn},
    tools,
    wait::LATER,
};

const NODES: usize = 100;
const PODS: usize = 3_000;
const EVENTS_PER_SECOND: usize = 200;
const SECONDS: usize = 30;

/// Requests of the test that are under way at once.
const CONCURRENT: usize = 16;

/// What must be equal: uid, node, READY, RESTARTS by name.
type Table = BTreeMap<String, (String, String, String, u32)>;

#[browser_test::in_chromium]
async fn three_thousand_pods_and_two_hundred_events_a_second() {
    let turn = Turn::take_alone().await;
    let stage = Stage::build_with(turn, Cluster::start().await, &[]).await;
    let cluster = &stage.cluster;
    let nodes: Vec<String> = (0..NODES).map(|index| cluster.node(&format!("{index:03}"))).collect();
    at_once(nodes.iter().cloned(), |name| {
        let api = cluster.api.clone();
        async move { api.create_node(&name).await }
    })
    .await;
    at_once(0..PODS, |index| {
        let (api, node) = (cluster.api.clone(), nodes[index % NODES].clone());
        async move { drop(api.create_running_pod(&pod_name(index), &node).await) }
    })
    .await;

    let began = Instant::now();
    let page = stage.open("").await;
    let all_there = |seen: &Snapshot| seen.is_live() && seen.pods.len() == PODS && seen.nodes.len() == NODES;
    page.until_within("all pods are listed", LATER, all_there).await;
    assert_eq!(page.blocks().await.len(), PODS);
    let listed = began.elapsed();
    let while_listing = page.probe().await.longest_task_ms;
    page.eval::<()>("k8bitProbe.longestTaskMs = 0; return null", &[]).await;

    let began = Instant::now();
    churn(&cluster.api, &nodes).await;
    let lasted = began.elapsed();
    let expected = table(&cluster.api.pods().await);
    page.until_within("no event is lost", LATER, |seen| {
        seen.is_live() && seen_table(seen) == expected
    })
    .await;
    let mut drawn: Vec<String> = page.blocks().await.into_iter().map(|block| block.uid).collect();
    drawn.sort_unstable();
    let mut uids: Vec<String> = expected.values().map(|(uid, ..)| uid.clone()).collect();
    uids.sort_unstable();
    assert_eq!(drawn, uids, "what is drawn");
    let probe = page.assert_clean().await;
    tools::report(&format!(
        "load: {PODS} pods on {NODES} nodes listed and drawn {:.1} s after opening the page (longest task \
         {while_listing:.0} ms); then {} events in {:.1} s (longest task {:.0} ms), none lost",
        listed.as_secs_f64(),
        EVENTS_PER_SECOND * SECONDS,
        lasted.as_secs_f64(),
        probe.longest_task_ms,
    ));
    // A machine that is busy makes less of a load of it.
    tools::measured(
        "load: the events are made",
        lasted,
        Duration::from_secs(SECONDS as u64 + 15),
    );
}

fn pod_name(index: usize) -> String {
    format!("pod-{index:04}")
}

/// Changes, deletes and creates pods at an even pace. Each pod has one change under way at a time.
async fn churn(api: &Api, nodes: &[String]) {
    let under_way = Arc::new(Semaphore::new(CONCURRENT * 4));
    let mut pace = interval(Duration::from_secs(1) / EVENTS_PER_SECOND as u32);
    let mut tasks = JoinSet::new();
    let total = EVENTS_PER_SECOND * SECONDS;
    let mut event = 0;
    while event < total {
        pace.tick().await;
        let permit = Arc::clone(&under_way)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        // Every pod is met once in PODS steps, so that two changes of one pod are many seconds apart.
        let (index, round) = (event % PODS, event / PODS);
        let (api, name, node) = (api.clone(), pod_name(index), nodes[index % NODES].clone());
        // Every tenth step deletes a pod and creates it again under its name, which makes three events of it.
        let recreates = event % 10 == 9;
        event += if recreates { 3 } else { 1 };
        tasks.spawn(async move {
            if recreates {
                api.delete_pod(&name).await;
                api.create_running_pod(&name, &node).await;
            } else {
                let restarts = u32::try_from(round * PODS + index + 1).expect("a small number");
                api.patch_pod_status(&name, &objects::running_status(restarts)).await;
            }
            drop(permit);
        });
        if recreates {
            pace.tick().await;
            pace.tick().await;
        }
    }
    while let Some(result) = tasks.join_next().await {
        result.expect("the request succeeds");
    }
}

/// Does something for each item, some at a time.
async fn at_once<T, F>(items: impl Iterator<Item = T>, work: impl Fn(T) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let under_way = Arc::new(Semaphore::new(CONCURRENT));
    let mut tasks = JoinSet::new();
    for item in items {
        let permit = Arc::clone(&under_way)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let work = work(item);
        tasks.spawn(async move {
            work.await;
            drop(permit);
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.expect("the request succeeds");
    }
}

fn table(pods: &[Value]) -> Table {
    let rows = pods.iter().map(|pod| {
        let container = &pod["status"]["containerStatuses"][0];
        let ready = format!("{}/1", u8::from(container["ready"] == true));
        let restarts = container["restartCount"]
            .as_u64()
            .and_then(|restarts| u32::try_from(restarts).ok());
        let row = (
            text(&pod["metadata"]["uid"]),
            text(&pod["spec"]["nodeName"]),
            ready,
            restarts.unwrap_or(u32::MAX),
        );
        (text(&pod["metadata"]["name"]), row)
    });
    rows.collect()
}

fn seen_table(seen: &Snapshot) -> Table {
    let rows = seen.pods.iter().map(|pod| {
        let row = (
            pod.uid.clone(),
            pod.node.clone().unwrap_or_default(),
            pod.ready.clone(),
            pod.restarts,
        );
        (pod.name.clone(), row)
    });
    rows.collect()
}
