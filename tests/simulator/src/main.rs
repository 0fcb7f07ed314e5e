//! The simulated cluster as a program: `k8bit-simulator --nodes 24 --pods 240 --dist dist`.
//!
//! Serves the API at `/` and, if there is a `--dist`, the page at `/static/`, on one port, as
//! `kubectl proxy --www` does. Ends with Ctrl-C.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use k8bit_simulator::api::{Access, ApiOptions, Resource, Window};
use k8bit_simulator::http::{Server, ServerHandle, ServerOptions};
use k8bit_simulator::world::WorldOptions;

/// A simulated Kubernetes API server with a small, moving cluster behind it.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Nodes at the start.
    #[arg(long, default_value_t = 24)]
    nodes: usize,
    /// Pods at the start, daemon pods among them.
    #[arg(long, default_value_t = 240)]
    pods: usize,
    /// Seed of all that happens by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How much happens by itself: 0 is nothing, 1 something every few seconds, 100 a hundred times as much.
    #[arg(long, default_value_t = 1.0)]
    churn: f64,
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8001)]
    port: u16,
    /// Folder to serve at /static/.
    #[arg(long)]
    dist: Option<PathBuf>,
    /// Prefix of the API.
    #[arg(long, default_value = "/")]
    api_prefix: String,
    /// Prefix of the static files.
    #[arg(long, default_value = "/static/")]
    static_prefix: String,
    /// Whether the cluster moves. `off` serves an empty API where nothing happens by itself.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    world: Switch,
    /// Whether some workloads are in trouble from the start.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    troubles: Switch,
    /// Pads pods and nodes with managedFields to about this many bytes of JSON; real pods have about 8192.
    #[arg(long, default_value_t = 0)]
    object_bytes: usize,
    /// Seconds between bookmarks of a watch.
    #[arg(long, default_value_t = 60)]
    bookmark_seconds: u64,
    /// Latest changes of a resource that can be watched from, at most.
    #[arg(long, default_value_t = 20_000)]
    event_window: usize,
    /// Whether metrics.k8s.io is served.
    #[arg(long, value_enum, default_value_t = Metrics::On)]
    metrics: Metrics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Metrics {
    On,
    /// As without metrics-server.
    Off,
    /// As for a user who may not read them.
    Forbidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Arguments {
    fn options(self) -> ServerOptions {
        let window = Window {
            watch_events_max: self.event_window,
            history_events_max: self.event_window * 2,
            ..Window::default()
        };
        ServerOptions {
            port: self.port,
            api_prefix: self.api_prefix,
            static_prefix: self.static_prefix,
            dist: self.dist,
            api: ApiOptions {
                seed: self.seed,
                window,
                bookmark_interval: Duration::from_secs(self.bookmark_seconds),
                object_bytes: self.object_bytes,
                metrics: self.metrics != Metrics::Off,
                ..ApiOptions::default()
            },
            world: (self.world == Switch::On).then_some(WorldOptions {
                nodes: self.nodes,
                pods: self.pods,
                seed: self.seed,
                churn: self.churn,
                troubles: self.troubles == Switch::On,
            }),
            ..ServerOptions::default()
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let forbids_metrics = arguments.metrics == Metrics::Forbidden;
    let options = arguments.options();
    let page = options.dist.is_some().then(|| options.static_prefix.clone());
    match Server::start(options) {
        Ok(server) => {
            if forbids_metrics {
                server.with_api(|api| api.set_access(Access::deny_metrics()));
            }
            println!("{}", greeting(&server, page.as_deref()));
            wait_for_interrupt();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("k8bit-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn greeting(server: &ServerHandle, page: Option<&str>) -> String {
    let (nodes, pods) = server.with_api(|api| (api.objects(Resource::Nodes).len(), api.objects(Resource::Pods).len()));
    let url = server.url();
    let cluster = format!("{nodes} nodes, {pods} pods");
    match page {
        Some(prefix) => format!("{cluster}: open {url}{prefix} (API: kubectl -s {url} get pods); Ctrl-C ends it"),
        None => format!("{cluster}: kubectl -s {url} get pods; Ctrl-C ends it"),
    }
}

/// Waits for Ctrl-C, or for what `kill` sends.
fn wait_for_interrupt() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let waited = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted,
                _ = terminated.recv() => Ok(()),
            }
        })
    });
    if let Err(error) = waited {
        eprintln!("k8bit-simulator: cannot wait for Ctrl-C: {error}; serving until killed");
        loop {
            std::thread::park();
        }
    }
}
