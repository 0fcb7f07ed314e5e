//! kubectl: its proxy, which is how the page is served, and the command itself, which is what the page is compared with.

use std::path::PathBuf;

use k8bit_simulator::port::HeldPort;
use tokio::process::Command;

use super::{
    process::Process,
    suite::{Engine, Run},
    tools,
};

/// A running `kubectl proxy --www=dist`.
#[derive(Debug)]
pub struct KubectlProxy {
    process: Process,
    port: u16,
}

impl KubectlProxy {
    /// Starts one in front of a server on a free port. `options` are added to `--www=dist`.
    pub async fn start(server: &str, options: &[&str]) -> Self {
        Self::start_at(0, server, options).await
    }

    /// Starts one on a port that was kept for it.
    pub async fn start_on(port: HeldPort, server: &str, options: &[&str]) -> Self {
        Self::start_at(port.number(), server, options).await
    }

    async fn start_at(port: u16, server: &str, options: &[&str]) -> Self {
        let mut command = kubectl(server);
        command
            .arg("proxy")
            .arg(format!("--port={port}"))
            .arg(format!("--www={}", www().display()))
            .args(options);
        // "Starting to serve on 127.0.0.1:8001"
        let read_port = |line: &str| line.rsplit_once("127.0.0.1:")?.1.trim().parse().ok();
        let (process, port) = Process::start(&mut command, read_port).await;
        Self { process, port }
    }

    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash would; its port, which nobody else has meanwhile.
    pub async fn kill(self) -> HeldPort {
        self.process.kill().await;
        HeldPort::hold(self.port).expect("nobody has the port yet")
    }
}

/// The folder of what is served: the built page, or its copy with the test's script in browsers that have no other way to run one.
pub fn www() -> PathBuf {
    let run = Run::current();
    match run.engine {
        Engine::Chromium => tools::dist(),
        Engine::Firefox | Engine::Webkit => run.prelude.folder(),
    }
}

/// Runs a kubectl command against a server; its output.
///
/// # Panics
/// When it fails, with what it complains of.
pub async fn run(server: &str, arguments: &[&str]) -> String {
    let output = kubectl(server).args(arguments).output().await.expect("kubectl runs");
    assert!(
        output.status.success(),
        "kubectl {arguments:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("kubectl writes UTF-8")
}

fn kubectl(server: &str) -> Command {
    let mut command = Command::new(tools::kubectl());
    // Whatever cluster the developer is connected to is not ours.
    command
        .env("KUBECONFIG", "/dev/null")
        .arg(format!("--server={server}"))
        .kill_on_drop(true);
    command
}
