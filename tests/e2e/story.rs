//! The article's story: run a pod, change its image, scale to twenty, delete.

use k8bit_simulator::{http::ServerOptions, world::WorldOptions};
use serde_json::json;

use crate::harness::{
    cluster::Cluster,
    kubectl, objects,
    page::{Page, PodRow},
    stage::{Stage, Turn},
    tools,
    wait::{LATER, SOON, eventually},
};

#[browser_test::in_every_browser]
async fn a_pod_is_run_bound_changed_and_deleted() {
    let stage = Stage::build().await;
    let (cluster, api) = (&stage.cluster, &stage.cluster.api);
    let node = cluster.create_node("a").await;
    let page = stage.open("").await;
    page.until("the node is there", |seen| seen.is_live() && seen.node(&node).is_some())
        .await;
    assert_eq!(page.blocks().await, []);

    let uid = api.create_pod(&objects::pod("web")).await;
    page.until("the pod is there", |seen| seen.is_pod("web", "Pending"))
        .await;
    let block = page.block(&stage.key("web")).await;
    assert_eq!((block.node.as_deref(), block.uid.as_str()), (None, uid.as_str()));

    api.bind("web", &node).await;
    page.until("the pod is bound", |seen| {
        seen.pod("web").is_some_and(|pod| pod.node.as_ref() == Some(&node))
    })
    .await;
    assert_eq!(page.block(&stage.key("web")).await.node.as_ref(), Some(&node));

    api.patch_pod_status("web", &objects::waiting_status("ContainerCreating", ""))
        .await;
    page.until("the pod starts", |seen| seen.is_pod("web", "ContainerCreating"))
        .await;
    assert_eq!(page.block(&stage.key("web")).await.family, "starting");

    api.patch_pod_status("web", &objects::running_status(0)).await;
    let seen = page.until("the pod runs", |seen| seen.is_pod("web", "Running")).await;
    assert_eq!(seen.pod("web").map(|pod| pod.ready.as_str()), Some("1/1"));
    assert_eq!(page.block(&stage.key("web")).await.family, "healthy");

    let image = json!({"spec": {"containers": [{"name": "app", "image": "registry.example/app:2"}]}});
    api.patch_pod("web", &image).await;
    api.patch_pod_status(
        "web",
        &objects::waiting_status("ImagePullBackOff", "Back-off pulling image"),
    )
    .await;
    page.until("the image cannot be pulled", |seen| {
        seen.is_pod("web", "ImagePullBackOff")
    })
    .await;
    assert_eq!(page.block(&stage.key("web")).await.family, "failing");
    api.patch_pod_status("web", &objects::running_status(1)).await;
    let seen = page.until("it runs again", |seen| seen.is_pod("web", "Running")).await;
    assert_eq!(
        seen.pod("web").map(|pod| (pod.restarts, pod.uid.as_str())),
        Some((1, uid.as_str()))
    );

    api.delete_pod("web").await;
    page.until("the pod is gone", |seen| seen.pods.is_empty()).await;
    assert_eq!(page.blocks().await, []);
}

/// "How many more Pods were created? You had to parse the output a couple of times": here the page says it.
#[browser_test::in_every_browser]
async fn twenty_pods_are_created_and_deleted_and_the_summary_says_so() {
    let stage = Stage::build().await;
    let (cluster, api) = (&stage.cluster, &stage.cluster.api);
    let nodes = [cluster.create_node("a").await, cluster.create_node("b").await];
    let page = stage.open("").await;
    page.until("the nodes are there", |seen| seen.is_live() && seen.nodes.len() == 2)
        .await;

    for index in 0..20 {
        api.create_running_pod(&format!("web-{index}"), &nodes[index % 2]).await;
    }
    page.until("twenty pods run", |seen| {
        seen.pods.len() == 20
            && seen
                .pods
                .iter()
                .all(|pod| pod.status == "Running" && pod.ready == "1/1")
    })
    .await;
    let blocks = page.blocks().await;
    for node in &nodes {
        assert_eq!(
            blocks.iter().filter(|block| block.node.as_ref() == Some(node)).count(),
            10,
            "{node}"
        );
        assert!(
            page.node_box(node).await.text.contains("10/110"),
            "{:?}",
            page.node_box(node).await
        );
    }
    until_changed(&page, 20, 0).await;

    for index in 0..15 {
        api.delete_pod(&format!("web-{index}")).await;
    }
    page.until("five pods are left", |seen| seen.pods.len() == 5).await;
    assert_eq!(page.blocks().await.len(), 5);
    until_changed(&page, 20, 15).await;
}

/// Waits until the summary says how many pods were created and deleted; more in a given cluster, which has others.
async fn until_changed(page: &Page<'_>, created: u32, deleted: u32) {
    let counts = "const text = document.querySelector('#recent').innerText;
        return [/\\+(\\d+) created/, /(\\d+) deleted/].map((part) => Number(text.match(part)?.[1] ?? 0))";
    eventually("the summary counts what was created and deleted", SOON, async || {
        let (seen_created, seen_deleted): (u32, u32) = page.eval(counts, &[]).await;
        let is_right = match tools::given_server() {
            None => (seen_created, seen_deleted) == (created, deleted),
            Some(_) => seen_created >= created && seen_deleted >= deleted,
        };
        if is_right {
            Ok(())
        } else {
            Err(format!("+{seen_created} created, {seen_deleted} deleted"))
        }
    })
    .await;
}

/// The commands of the article, in a cluster that moves by itself.
#[browser_test::in_every_browser]
async fn the_articles_commands_are_followed() {
    let turn = Turn::take().await;
    let world = WorldOptions {
        nodes: 3,
        pods: 0,
        churn: 0.0,
        ..WorldOptions::default()
    };
    let options = ServerOptions {
        world: Some(world),
        ..ServerOptions::default()
    };
    let Some(cluster) = Cluster::simulated("the article's commands", options).await else {
        return;
    };
    let stage = Stage::build_with(turn, cluster, &[]).await;
    let kubectl = async |arguments: &str| {
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        arguments.push("--namespace=e2e");
        kubectl::run(stage.cluster.url(), &arguments).await
    };
    let page = stage.open("").await;
    page.until_live().await;

    kubectl("run web --image=nginx:1.29").await;
    page.until("the pod runs", |seen| seen.is_pod("web", "Running")).await;
    assert!(page.block(&stage.key("web")).await.node.is_some());

    kubectl("set image pod/web web=nginx:1.30").await;
    page.until_within("the container has restarted", LATER, |seen| {
        seen.pod("web")
            .is_some_and(|pod| pod.restarts == 1 && pod.status == "Running")
    })
    .await;

    kubectl("create deployment shop --image=nginx:1.29").await;
    kubectl("scale deployment shop --replicas=20").await;
    let is_shop = |pod: &&PodRow| pod.name.starts_with("shop-") && pod.status == "Running" && pod.ready == "1/1";
    page.until_within("twenty pods run", LATER, |seen| {
        seen.pods.iter().filter(is_shop).count() == 20
    })
    .await;
    assert_eq!(page.blocks().await.len(), 21);

    kubectl("delete deployment shop").await;
    kubectl("delete pod web").await;
    page.until_within("all pods are gone", LATER, |seen| seen.pods.is_empty())
        .await;
    assert_eq!(page.blocks().await, []);
}
