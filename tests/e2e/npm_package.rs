//! The informer in a browser, in front of `kubectl proxy --www`. As the npm package `k8bit-informer`: the dashboard of the
//! documentation, and code that was written for the official client. As the crate: its example.

use std::{fs, path::Path};

use k8bit_simulator::{
    api::{DeleteOptions, Resource},
    http::ServerOptions,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::WebDriver;

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    kubectl::KubectlProxy,
    stage::Turn,
    tools,
    wait::{LATER, SOON, eventually},
};

/// What the documentation of the official client shows, with its import changed.
const CLIENT: &str = r#"<!doctype html>
<meta charset="utf-8" />
<title>Rollouts</title>
<script type="module">
    import * as k8s from './k8bit-informer/index.js';

    Object.assign(window, { KubeConfig: k8s.KubeConfig, CustomObjectsApi: k8s.CustomObjectsApi });
    window.told = [];
    const tell = (event) => (object) => told.push(`${event} ${object.metadata.name} ${object.spec.replicas}`);
    const kc = new k8s.KubeConfig();
    kc.loadFromDefault();
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${location.hash.slice(1)}/rollouts`;
    const listFn = () => kc.makeApiClient(k8s.CustomObjectsApi).listNamespacedCustomObject({});
    const informer = k8s.makeInformer(kc, path, listFn, 'app=web');
    const never = () => told.push('never');
    for (const event of [k8s.ADD, k8s.UPDATE, k8s.DELETE]) {
        informer.on(event, tell(event));
        informer.on(event, never);
        informer.off(event, never);
    }
    window.errors = [];
    informer.on(k8s.ERROR, (error) => {
        errors.push(error.message);
        setTimeout(() => informer.start(), 100);
    });
    window.connections = 0;
    informer.on(k8s.CONNECT, () => connections++);
    await informer.start();
    window.informer = informer;
</script>
"#;

/// A folder with the package, the dashboard and the page above.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("k8bit-npm-")
        .tempdir()
        .expect("a folder");
    let package = folder.path().join("k8bit-informer");
    fs::create_dir(&package).expect("a folder");
    for entry in fs::read_dir(tools::npm_package()).expect("the package is there") {
        let from = entry.expect("it can be read").path();
        fs::copy(&from, package.join(from.file_name().expect("a file"))).expect("it can be copied");
    }
    let dashboard = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/informer.html");
    fs::copy(dashboard, folder.path().join("index.html")).expect("it can be copied");
    fs::write(folder.path().join("client.html"), CLIENT).expect("it can be written");
    folder
}

async fn start_proxy(cluster: &Cluster, folder: &TempDir) -> KubectlProxy {
    let www = format!("--www={}", folder.path().display());
    KubectlProxy::start(cluster.url(), &[&www]).await
}

async fn eval(driver: &WebDriver, script: &str) -> Value {
    let result = driver.execute(script, vec![]).await;
    result
        .unwrap_or_else(|error| panic!("{error}: {script}"))
        .json()
        .clone()
}

/// Waits until a script returns this.
async fn until(driver: &WebDriver, script: &str, expected: Value) {
    eventually(script, LATER, async || {
        let found = eval(driver, script).await;
        match found == expected {
            true => Ok(()),
            false => Err(found.to_string()),
        }
    })
    .await;
}

#[browser_test::in_every_browser]
async fn the_dashboard_of_one_file_survives_kubectl_proxy() {
    const PODS: &str = "return [...document.querySelectorAll('section i')].map((it) => it.title.split('/')[1]).sort()";
    const STATE: &str = "return document.querySelector('#state').textContent === 'Live'";
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("kubectl proxy killed", ServerOptions::default()).await else {
        return;
    };
    let node = cluster.create_node("a").await;
    for name in ["stays", "goes"] {
        cluster.api.create_running_pod(name, &node).await;
    }
    let folder = folder();
    let proxy = start_proxy(&cluster, &folder).await;
    let browser = Browser::start().await;
    let driver = browser.driver();
    driver.goto(format!("{}/static/", proxy.url())).await.expect("it opens");
    until(driver, PODS, json!(["goes: Running", "stays: Running"])).await;
    until(driver, STATE, json!(true)).await;
    let boxes = "return [...document.querySelectorAll('section')].map((it) => it.firstChild.textContent)";
    until(driver, boxes, json!([node])).await;

    let port = proxy.kill().await;
    until(driver, STATE, json!(false)).await;
    cluster.api.delete_pod("goes").await;
    cluster.api.create_running_pod("comes", &node).await;
    assert_eq!(eval(driver, PODS).await, json!(["goes: Running", "stays: Running"]));
    let www = format!("--www={}", folder.path().display());
    let proxy = KubectlProxy::start_on(port, cluster.url(), &[&www]).await;
    until(driver, PODS, json!(["comes: Running", "stays: Running"])).await;
    until(driver, STATE, json!(true)).await;
    drop((browser, proxy, cluster, turn));
}

#[browser_test::in_every_browser]
async fn code_for_the_official_client_runs_with_its_import_changed() {
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("kubectl proxy killed", ServerOptions::default()).await else {
        return;
    };
    let rollout =
        |name: &str, app: &str| json!({"metadata": {"name": name, "labels": {"app": app}}, "spec": {"replicas": 1}});
    let rollouts = "apis/argoproj.io/v1alpha1/rollouts";
    for (name, app) in [("one", "web"), ("two", "web"), ("other", "api")] {
        cluster.api.create(rollouts, &rollout(name, app)).await;
    }
    let scale = async |name: &str, replicas: u32| {
        let patch = json!({"spec": {"replicas": replicas}});
        cluster.api.patch(rollouts, name, &patch).await;
    };
    let folder = folder();
    let proxy = start_proxy(&cluster, &folder).await;
    let browser = Browser::start().await;
    let driver = browser.driver();
    let address = format!("{}/static/client.html#{}", proxy.url(), cluster.namespace);
    driver.goto(&address).await.expect("it opens");
    const TOLD: &str = "return window.told";
    until(driver, TOLD, json!(["add one 1", "add two 1"])).await;
    until(driver, "return window.connections", json!(1)).await;
    scale("one", 2).await;
    until(driver, TOLD, json!(["add one 1", "add two 1", "update one 2"])).await;

    let port = proxy.kill().await;
    eventually("an error is told", SOON, async || {
        match eval(driver, "return errors.length > 0").await {
            Value::Bool(true) => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    scale("two", 3).await;
    let namespace = cluster.namespace.clone();
    let simulator = cluster.simulator();
    let now = simulator.now();
    simulator
        .with_api(|api| {
            let options = DeleteOptions::now();
            api.delete(now, Resource::Rollouts, &namespace, "one", &options)
                .map(drop)
        })
        .expect("it is there");
    let www = format!("--www={}", folder.path().display());
    let proxy = KubectlProxy::start_on(port, cluster.url(), &[&www]).await;
    let told = json!(["add one 1", "add two 1", "update one 2", "update two 3", "delete one 2"]);
    let sorted = "return [...told.slice(0, 3), ...told.slice(3).sort().reverse()]";
    until(driver, sorted, told).await;
    until(driver, "return connections", json!(2)).await;
    let held = "return [informer.list().map((it) => it.metadata.name), informer.get('two').spec.replicas]";
    assert_eq!(eval(driver, held).await, json!([["two"], 3]));
    // What there is no client for says what to use.
    let call = "const kc = new window.KubeConfig();
        return kc.makeApiClient(window.CustomObjectsApi).getClusterCustomObject({}).catch((error) => error.message)";
    assert_eq!(
        eval(driver, call).await,
        json!(
            "k8bit-informer has no CustomObjectsApi.getClusterCustomObject. To follow a collection, use \
             makeInformer(kubeConfig, path) or informer({ path }); for a single request, use fetch, for instance \
             fetch('/api/v1/pods')."
        )
    );
    // Nothing was told twice or by mistake.
    assert_eq!(eval(driver, "return told.length").await, json!(5));
    drop((browser, proxy, turn));
}

#[browser_test::in_every_browser]
async fn the_example_of_the_crate_follows_deployments() {
    const LINES: &str = "return [...document.querySelectorAll('#deployments li')].map((it) => it.textContent).sort()";
    const STATE: &str = "return document.querySelector('#state').textContent === 'Live'";
    let turn = Turn::take().await;
    let Some(cluster) = Cluster::simulated("kubectl proxy killed", ServerOptions::default()).await else {
        return;
    };
    let deployments = "apis/apps/v1/deployments";
    let deployment = |name: &str| {
        let labels = json!({"app": name});
        let container = json!({"name": "app", "image": "app"});
        json!({"metadata": {"name": name}, "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        }})
    };
    cluster.api.create(deployments, &deployment("web")).await;
    let example = tools::informer_example();
    let www = format!("--www={}", example.display());
    let proxy = KubectlProxy::start(cluster.url(), &[&www]).await;
    let browser = Browser::start().await;
    let driver = browser.driver();
    driver.goto(format!("{}/static/", proxy.url())).await.expect("it opens");
    let line = |name: &str, wanted: u32| format!("{}/{name}: 0/{wanted} ready", cluster.namespace);
    until(driver, LINES, json!([line("web", 3)])).await;
    until(driver, STATE, json!(true)).await;
    cluster.api.create(deployments, &deployment("api")).await;
    let scaled = json!({"spec": {"replicas": 5}});
    cluster.api.patch(deployments, "web", &scaled).await;
    until(driver, LINES, json!([line("api", 3), line("web", 5)])).await;

    // It says that it is not current, and makes up for what it has missed.
    let port = proxy.kill().await;
    until(driver, STATE, json!(false)).await;
    cluster.api.patch(deployments, "api", &scaled).await;
    let proxy = KubectlProxy::start_on(port, cluster.url(), &[&www]).await;
    until(driver, LINES, json!([line("api", 5), line("web", 5)])).await;
    until(driver, STATE, json!(true)).await;
    drop((browser, proxy, turn));
}
