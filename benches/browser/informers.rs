//! Informers on the same recorded bytes, in one run: ours, the npm package, `JSON.parse` with a Map, the official
//! JavaScript client, and kube-rs'. Each row says in what it runs; engines are not compared with each other.

use std::path::Path;

use k8bit_test_support::root;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    replayed,
    report::{InformerRow, Report},
    tab::Tab,
};

/// In what a row runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// On tokio.
    Native,
    /// In the tab.
    Chromium,
    /// In a process of Node.js.
    Node,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Chromium => "Chromium",
            Self::Node => "Node",
        }
    }
}

/// What is compared, in the order of the table: the row, and how it is asked for.
pub(crate) const ROWS: [(InformerRow, &str); 13] = [
    (
        row("ours, projections", Engine::Native, "protobuf"),
        "projection-protobuf",
    ),
    (row("ours, projections", Engine::Native, "JSON"), "projection"),
    (row("ours, serde: Typed<Pod>", Engine::Native, "JSON"), "typed"),
    (row("ours, dynamic", Engine::Native, "JSON"), "dynamic"),
    (row("kube-rs, reflector of Pod", Engine::Native, "JSON"), "kube-rs"),
    (row("ours, projections", Engine::Chromium, "protobuf"), "ours-protobuf"),
    (row("ours, projections", Engine::Chromium, "JSON"), "ours-json"),
    (row("npm package", Engine::Chromium, "JSON"), "npm"),
    (row("JSON.parse and a Map", Engine::Chromium, "JSON"), "parse-whole"),
    (
        row("JSON.parse and a Map of projections", Engine::Chromium, "JSON"),
        "parse-projection",
    ),
    (row("npm package", Engine::Node, "JSON"), "npm"),
    (row("JSON.parse and a Map", Engine::Node, "JSON"), "parse-whole"),
    (
        row("@kubernetes/client-node, over loopback", Engine::Node, "JSON"),
        "client-node",
    ),
];

const fn row(name: &'static str, engine: Engine, encoding: &'static str) -> InformerRow {
    InformerRow { name, engine, encoding }
}

/// Lets everything take its turn; what it reads was recorded before.
pub(crate) async fn measure(tab: &Tab<'_>, recorded: &Path, rounds: usize, report: &mut Report) {
    for round in 0..rounds {
        eprintln!("informers, round {} of {rounds}", round + 1);
        for (row, way) in ROWS {
            let result = match row.engine {
                Engine::Native => replayed::measure(way, recorded).await,
                Engine::Chromium => tab.measure("informer", &[json!(way)]).await,
                Engine::Node => in_node(way, recorded).await,
            };
            report.informer(row, result);
        }
    }
    report.compare_informers();
}

/// Runs one row in Node.js.
async fn in_node(way: &str, recorded: &Path) -> Result<Value, String> {
    let packages = root().join("target/bench-node");
    if way == "client-node" && !packages.join("node_modules/@kubernetes/client-node").is_dir() {
        return Err("not measured: npm could not install @kubernetes/client-node".to_owned());
    }
    let mut command = Command::new("node");
    // Lists of 250 MB, as text and as objects.
    command.args(["--max-old-space-size=8192", "informers.mjs", way]);
    command.arg(recorded).current_dir(packages).kill_on_drop(true);
    let output = command
        .output()
        .await
        .map_err(|error| format!("not measured: Node.js does not start: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}
