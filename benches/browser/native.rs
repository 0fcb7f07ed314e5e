//! kube-rs' reflector, native, from the same server: the time to its complete store, and the memory that it takes.
//!
//! It runs in a process of its own, this program once more, because only so its memory can be told from the server's.

use std::{env, fs, time::Instant};

use kube::runtime::watcher;
use serde_json::{Value, json};
use tokio::process::Command;

use k8bit_test_support::kube_rs::{self, Reflector};

/// The argument that makes this program a reflector, followed by how it lists and where.
pub(crate) const ARGUMENT: &str = "--kube-rs";

/// How kube-rs lists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// In pages of 500, its default.
    Pages,
    /// By a streaming list.
    Stream,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Stream => "stream",
        }
    }
}

/// Lets it list all pods once.
///
/// # Errors
/// What it said when it failed.
pub(crate) async fn measure(url: &str, way: Way) -> Result<Value, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args([ARGUMENT, way.name(), url]).kill_on_drop(true);
    let output = command.output().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What the other process does: prints one line of JSON.
pub(crate) async fn run(way: &str, url: &str) {
    let config = match way {
        "stream" => watcher::Config::default().streaming_lists(),
        _ => watcher::Config::default(),
    };
    let began = Instant::now();
    let reflector = Reflector::start(kube_rs::client(url), config);
    reflector.wait_until_ready().await;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    let pods = reflector.pods().len();
    println!("{}", json!({"ms": ms, "pods": pods, "peakBytes": peak_bytes()}));
}

/// The most memory that this process ever held.
fn peak_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024.0)
}
