//! `kubectl k8bit` in a browser: the page that it serves, and what a page of another origin gets of it. What it does
//! without a browser is tested beside the program, in `kubectl-k8bit/tests`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::harness::{
    browser::Browser,
    cluster::Cluster,
    page::Page,
    process::Process,
    stage::Turn,
    tools,
    wait::{LATER, eventually},
};

/// The program, serving.
#[derive(Debug)]
struct Plugin {
    // In the order of their ends.
    _process: Process,
    /// The address that it printed.
    address: String,
    folder: TempDir,
}

impl Plugin {
    /// Starts it in front of a cluster.
    async fn start(cluster: &Cluster) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let kubeconfig = folder.path().join("kubeconfig");
        let url = cluster.url();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "e2e",
            "clusters": [{"name": "e2e", "cluster": {"server": url}}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": ""}}],
        });
        // JSON is YAML.
        std::fs::write(&kubeconfig, config.to_string()).expect("a kubeconfig");
        Self::run(folder, &[&format!("--kubeconfig={}", kubeconfig.display())]).await
    }

    /// Starts it with its own simulated cluster.
    async fn start_demo() -> Self {
        Self::run(tempfile::tempdir().expect("a folder"), &["--demo"]).await
    }

    async fn run(folder: TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .arg("--no-open")
            .env("K8BIT_KUBECTL", tools::kubectl())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env_remove("XDG_STATE_HOME");
        let read_address = |line: &str| line.starts_with("http://127.0.0.1:").then(|| line.to_owned());
        let (process, address) = Process::start(&mut command, read_address).await;
        Self {
            _process: process,
            address,
            folder,
        }
    }

    /// `http://127.0.0.1:PORT`.
    fn origin(&self) -> &str {
        let path = self.address["http://".len()..]
            .find('/')
            .expect("the address has a path");
        &self.address[.."http://".len() + path]
    }

    /// The `kubectl proxy` under it: the one process that serves a folder of this test and is no supervisor.
    fn proxy(&self) -> Result<u32, String> {
        let marker = format!("--www={}", self.folder.path().display());
        let entries = std::fs::read_dir("/proc").map_err(|error| error.to_string())?;
        let mut found = entries.map_while(Result::ok).filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line);
            (line.contains(&marker) && !line.contains("-kubectl-proxy\0")).then_some(pid)
        });
        found.next().ok_or_else(|| "there is none".to_owned())
    }
}

/// The program: another one by `K8BIT_PLUGIN`, otherwise the one that cargo has put beside this test.
fn program() -> PathBuf {
    if let Some(given) = std::env::var_os("K8BIT_PLUGIN") {
        return given.into();
    }
    let test = std::env::current_exe().expect("this test is a file");
    let folder = test.parent().and_then(Path::parent).expect("it is in target/…/deps");
    let program = folder.join(format!("kubectl-k8bit{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "There is no {}. `make test` and `scripts/test --test e2e` build it, as does `cargo build -p kubectl-k8bit`.",
        program.display()
    );
    program
}

async fn cluster_with_pod(test: &str) -> Option<(Cluster, String)> {
    let cluster = Cluster::simulated(test, k8bit_simulator::http::ServerOptions::default()).await?;
    let node = cluster.create_node("a").await;
    cluster.api.create_running_pod("web", &node).await;
    Some((cluster, node))
}

#[browser_test::in_chromium]
async fn the_plugins_page_is_live_and_outlives_its_proxy() {
    let turn = Turn::take().await;
    let Some((cluster, node)) = cluster_with_pod("the_plugins_page_is_live_and_outlives_its_proxy").await else {
        return;
    };
    let plugin = Plugin::start(&cluster).await;
    let browser = Browser::start().await;
    let page = Page::open(&browser, &plugin.address, Some(&cluster.namespace)).await;
    page.until("the pod is shown", |seen| {
        seen.is_live() && seen.is_pod("web", "Running")
    })
    .await;
    let version: String = page.eval("return window.k8bit.version", &[]).await;
    assert_eq!(version, env!("CARGO_PKG_VERSION"), "one version, on the page too");
    page.assert_clean().await;

    let before = plugin.proxy().expect("a proxy");
    let killed = Command::new("kill").args(["-9", &before.to_string()]).status().await;
    assert!(killed.expect("kill runs").success());
    eventually("another proxy is there", LATER, async || match plugin.proxy() {
        Ok(pid) if pid != before => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    cluster.api.create_running_pod("later", &node).await;
    page.until_within("the page is live again", LATER, |seen| {
        seen.is_live() && seen.is_pod("later", "Running") && seen.is_pod("web", "Running")
    })
    .await;
    drop((browser, plugin, cluster, turn));
}

#[browser_test::in_chromium]
async fn the_plugins_demo_is_live() {
    let turn = Turn::take().await;
    let plugin = Plugin::start_demo().await;
    let browser = Browser::start().await;
    let page = Page::open(&browser, &plugin.address, None).await;
    page.until("a cluster is shown", |seen| {
        seen.is_live() && seen.nodes.len() >= 20 && seen.pods.len() >= 400
    })
    .await;
    page.assert_clean().await;
    drop((browser, plugin, turn));
}

/// Asks for something in every way that a page has. Yields what was got, of `http`, `opaque` and `websocket`.
const ATTEMPT: &str = "
    const [url, done] = arguments;
    const readable = fetch(url).then((answer) => answer.text().then((text) => `http ${answer.status}: ${text}`), () => null);
    const socket = new Promise((resolve) => {
        const socket = new WebSocket(url.replace('http:', 'ws:') + '?watch=1');
        socket.onmessage = (message) => resolve(`websocket: ${message.data}`);
        socket.onopen = () => resolve('websocket: opened');
        socket.onerror = () => resolve(null);
    });
    Promise.all([readable, socket]).then((got) => done(got.filter((it) => it !== null)));
";

async fn attempt(page: &Page<'_>, url: &str) -> Vec<String> {
    let got = page.driver().execute_async(ATTEMPT, vec![json!(url)]).await;
    let got = got.unwrap_or_else(|error| panic!("{url}: {error}"));
    got.convert().expect("a list of strings")
}

#[browser_test::in_chromium]
async fn a_page_of_another_origin_gets_nothing_of_the_plugins() {
    let turn = Turn::take().await;
    let Some((cluster, _)) = cluster_with_pod("a_page_of_another_origin_gets_nothing_of_the_plugins").await else {
        return;
    };
    let plugin = Plugin::start(&cluster).await;
    // Another site's name that leads to this machine, as after DNS rebinding.
    let browser = Browser::start_with(&["--host-resolver-rules=MAP evil.example 127.0.0.1"]).await;
    let page = Page::open(&browser, &plugin.address, Some(&cluster.namespace)).await;
    page.until_live().await;
    let api: Value = page
        .eval("return document.querySelector('meta[name=k8bit-api]').content", &[])
        .await;
    let api = api.as_str().expect("the prefix of the API").to_owned();
    let (origin, port) = (
        plugin.origin(),
        plugin.origin().rsplit(':').next().expect("a port").to_owned(),
    );
    let known = ["/api/v1/pods", "/static/", "/", "/k8s/api/v1/pods"];

    // A document without a policy of its own, which would keep the browser from asking.
    page.go_to(&format!("{}/version", cluster.url())).await;
    for path in known {
        assert_eq!(attempt(&page, &format!("{origin}{path}")).await, [""; 0], "{path}");
    }
    // Answers it may not read even there, and from WebSockets, of which `kubectl proxy` accepts every Origin, the path
    // alone keeps it away.
    let pods = format!("{origin}{api}api/v1/pods");
    assert_eq!(
        attempt(&page, &pods).await,
        ["websocket: opened"],
        "the attempt is a good one"
    );

    page.go_to(&format!("http://evil.example:{port}/static/")).await;
    for path in known {
        let got = attempt(&page, &format!("http://evil.example:{port}{path}")).await;
        assert_eq!(got, ["http 404: 404 page not found\n"], "{path}");
    }
    let got = attempt(&page, &format!("http://evil.example:{port}{api}api/v1/pods")).await;
    assert_eq!(got, ["http 403: Forbidden\n"], "the API is for names of this machine");
    drop((browser, plugin, cluster, turn));
}
