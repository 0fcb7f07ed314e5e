//! The cluster of a benchmark: the simulator, in front of it perhaps `kubectl proxy`, and a folder with the page and the
//! benchmark's own.

use std::{
    convert::Infallible,
    fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bytes::Bytes;
use k8bit_simulator::{
    api::{ApiOptions, ApiServer, DeleteOptions, Payload, Resource, Window},
    http::{Cluster, Faults, Server, ServerHandle, ServerOptions},
    world::{World, WorldOptions},
};
use k8bit_test_support::{
    harness::{kubectl::KubectlProxy, tools},
    pods::patch_status,
    root,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{MissedTickBehavior, interval};

use crate::Options;

/// About what a real pod has.
const OBJECT_BYTES: usize = 8_192;

/// An encoding of the API, with the media type that asks for it.
pub(crate) struct Encoding(&'static str, &'static str);

pub(crate) const JSON: Encoding = Encoding("json", "application/json");
pub(crate) const PROTOBUF: Encoding = Encoding("protobuf", "application/vnd.kubernetes.protobuf");

/// Events that are recorded: 50 MB of JSON.
const EVENTS: usize = 6_000;

/// A v1.36 API server on 30,600 pods: 260 MB of JSON in 2.1 s, 193 MB of protobuf in the 1.6 s after its first byte.
const REAL_BYTES_PER_SECOND: NonZeroU64 = NonZeroU64::new(125_000_000).expect("it is not zero");

/// How fast the API sends bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As fast as they are taken.
    Unlimited,
    /// As a real API server.
    Real,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Bench {
    simulator: ServerHandle,
    proxy: Option<KubectlProxy>,
    folder: TempDir,
}

impl Bench {
    /// Starts it.
    pub(crate) async fn start(options: &Options) -> Self {
        let began = Instant::now();
        let folder = tempfile::Builder::new()
            .prefix("k8bit-bench-")
            .tempdir()
            .expect("a folder for the pages");
        copy(&tools::dist(), folder.path());
        copy(&root().join("benches/page"), &folder.path().join("bench"));
        copy(&root().join("target/bench-page"), &folder.path().join("bench"));
        let npm = root().join("target/npm");
        if npm.is_dir() {
            copy(&npm, &folder.path().join("bench/npm"));
        }

        let server = ServerOptions {
            dist: Some(folder.path().to_owned()),
            ..ServerOptions::default()
        };
        let (cluster, seed) = (options.clone(), options.seed);
        let started = tokio::task::spawn_blocking(move || Server::start_with(server, populate(&cluster, seed)));
        let simulator = started
            .await
            .expect("starting does not panic")
            .unwrap_or_else(|error| panic!("{error}"));
        let proxy = match options.kubectl_proxy {
            true => {
                let www = format!("--www={}", folder.path().display());
                Some(KubectlProxy::start(&simulator.url(), &[&www]).await)
            }
            false => None,
        };
        eprintln!(
            "{} pods on {} nodes, after {:.1} s",
            options.pods,
            options.nodes,
            began.elapsed().as_secs_f64()
        );
        Self {
            simulator,
            proxy,
            folder,
        }
    }

    /// Where the browser finds it, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        self.proxy
            .as_ref()
            .map_or_else(|| self.simulator.url(), KubectlProxy::url)
    }

    /// The API, past all sockets.
    pub(crate) fn with_api<T>(&self, work: impl FnOnce(&mut ApiServer) -> T) -> T {
        self.simulator.with_api(work)
    }

    /// Has the API send bodies as fast as a real API server makes them, or as fast as they are taken.
    pub(crate) fn set_pace(&self, pace: Pace) {
        self.simulator.set_faults(Faults {
            bytes_per_second: match pace {
                Pace::Unlimited => None,
                Pace::Real => Some(REAL_BYTES_PER_SECOND),
            },
            ..Faults::default()
        });
    }

    /// Changes the status of one pod after another, so often in a second, until it is dropped.
    pub(crate) async fn churn(&self, events_per_second: u32) -> Infallible {
        let all: Vec<_> = self.with_api(|api| {
            let pods = api.objects(Resource::Pods);
            pods.map(|pod| (pod.namespace.clone(), pod.name.clone())).collect()
        });
        let mut pace = interval(Duration::from_secs(1) / events_per_second);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut number = 0;
        loop {
            pace.tick().await;
            // Neighbours in the list are not neighbours in time.
            let (namespace, name) = &all[number * 7_919 % all.len()];
            let status = json!({"reason": format!("Round{}", number % 100)});
            let now = jiff::Timestamp::now();
            self.with_api(|api| drop(patch_status(api, now, (namespace, name), &status)));
            number += 1;
        }
    }

    /// The folder of what is recorded, with the modules of the benchmark's page.
    pub(crate) fn recorded(&self) -> PathBuf {
        self.folder.path().join("bench")
    }

    /// Writes the list of all pods, then events that follow it, to where the benchmark's page finds them: nine of ten change
    /// a pod, one deletes one.
    pub(crate) async fn record(&self, encodings: &[Encoding]) {
        let now = self.simulator.now();
        let recorded = self.with_api(|api| {
            let version = api.resource_version();
            let mut recorded = Vec::new();
            for Encoding(name, accept) in encodings {
                let Payload::Body(list) = ask(api, now, "/api/v1/pods?pretty=false", accept) else {
                    panic!("a list is no watch");
                };
                recorded.push((format!("list.{name}"), list.collect()));
            }
            let pods: Vec<_> = api
                .objects(Resource::Pods)
                .map(|pod| (pod.namespace.clone(), pod.name.clone()))
                .collect();
            for event in 0..EVENTS {
                // Neighbours in the list are not neighbours in time.
                let (namespace, name) = &pods[event * 7_919 % pods.len()];
                if event % 10 == 9 {
                    drop(api.delete(now, Resource::Pods, namespace, name, &DeleteOptions::now()));
                } else {
                    let status = json!({"reason": format!("Recorded{}", event % 100)});
                    drop(patch_status(api, now, (namespace, name), &status));
                }
            }
            let path = format!("/api/v1/pods?watch=1&resourceVersion={version}");
            for Encoding(name, accept) in encodings {
                let Payload::Watch(watch) = ask(api, now, &path, accept) else {
                    panic!("a watch is no list");
                };
                let mut events = Vec::new();
                loop {
                    let output = api.poll_watch(now, watch);
                    if output.lines.is_empty() {
                        break;
                    }
                    events.extend(output.lines.iter().flat_map(|line| line.iter().copied()));
                }
                api.close_watch(watch);
                recorded.push((format!("events.{name}"), events));
            }
            recorded
        });
        for (name, bytes) in recorded {
            fs::write(self.recorded().join(name), bytes).expect("a recording can be written");
        }
    }
}

fn populate(options: &Options, seed: u64) -> Cluster {
    let now = jiff::Timestamp::now();
    let mut api = ApiServer::new(
        now,
        ApiOptions {
            seed,
            object_bytes: OBJECT_BYTES,
            window: Window {
                watch_events_max: 100_000,
                history_events_max: 200_000,
                ..Window::default()
            },
            ..ApiOptions::default()
        },
    );
    let world = WorldOptions {
        nodes: options.nodes,
        pods: options.pods,
        seed,
        churn: 0.0,
        troubles: true,
    };
    // Put in and left alone: nothing moves but what is measured.
    drop(World::new(now, world, &mut api));
    Cluster { api, world: None }
}

fn ask(api: &mut ApiServer, now: jiff::Timestamp, path: &str, accept: &str) -> Payload {
    let request = http::Request::get(path).header("Accept", accept);
    let request = request.body(Bytes::new()).expect("a plain path");
    api.handle(now, &request).into_body()
}

/// Copies the files of a folder, and the folders in it.
fn copy(from: &Path, to: &Path) {
    let fail = |error: std::io::Error| -> ! { panic!("{} cannot be copied: {error}", from.display()) };
    fs::create_dir_all(to).unwrap_or_else(|error| fail(error));
    for entry in fs::read_dir(from).unwrap_or_else(|error| fail(error)) {
        let entry = entry.unwrap_or_else(|error| fail(error));
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap_or_else(|error| fail(error));
        }
    }
}
