//! An API server on virtual time, with requests as short as tests want them.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use k8bit_simulator::api::{ApiOptions, ApiServer, Payload, Resource, WatcherId};
use k8bit_simulator::sample;
use serde_json::Value;

/// The time at which tests start.
pub(crate) fn start_time() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// A server and a clock.
pub(crate) struct Sim {
    pub(crate) api: ApiServer,
    pub(crate) now: Timestamp,
}

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

impl Default for Sim {
    fn default() -> Self {
        Self::new(ApiOptions::default())
    }
}

impl Sim {
    pub(crate) fn new(options: ApiOptions) -> Self {
        let now = start_time();
        Self {
            api: ApiServer::new(now, options),
            now,
        }
    }

    /// With this many pods `p000`, `p001`, … in `default`.
    pub(crate) fn with_pods(count: usize) -> Self {
        let mut sim = Self::default();
        for number in 0..count {
            sim.create_pod(&format!("p{number:03}"));
        }
        sim
    }

    pub(crate) fn create_pod(&mut self, name: &str) {
        let pod = sample::pod("default", name);
        self.api.create(self.now, Resource::Pods, None, pod).unwrap();
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.api.step(self.now);
    }

    pub(crate) fn send(&mut self, request: Request<Bytes>) -> Answer {
        let (head, payload) = self.api.handle(self.now, &request).into_parts();
        let body = match payload {
            Payload::Body(body) => body.collect(),
            Payload::Watch(id) => {
                let lines = self.api.poll_watch(self.now, id).lines;
                lines.concat()
            }
            Payload::Log(mut log) => self.api.poll_log(self.now, &mut log).text.into_bytes(),
        };
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    pub(crate) fn get(&mut self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Bytes::new()).unwrap())
    }

    pub(crate) fn write(&mut self, method: &str, uri: &str, content_type: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", content_type)
            .body(Bytes::from(body.to_string()))
            .unwrap();
        self.send(request)
    }

    pub(crate) fn post(&mut self, uri: &str, body: &Value) -> Answer {
        self.write("POST", uri, "application/json", body)
    }

    pub(crate) fn watch(&mut self, uri: &str) -> WatcherId {
        let request = Request::get(uri).body(Bytes::new()).unwrap();
        match self.api.handle(self.now, &request).into_body() {
            Payload::Watch(id) => id,
            Payload::Body(body) => panic!("no watch: {}", String::from_utf8_lossy(&body.collect())),
            Payload::Log(_) => panic!("no watch, but a log"),
        }
    }

    /// All events that are due on a watch, and whether it ended.
    pub(crate) fn events(&mut self, id: WatcherId) -> (Vec<Value>, bool) {
        let mut events = vec![];
        loop {
            let output = self.api.poll_watch(self.now, id);
            events.extend(
                output
                    .lines
                    .iter()
                    .map(|line| serde_json::from_slice::<Value>(line).unwrap()),
            );
            if output.ended || !output.more {
                return (events, output.ended);
            }
        }
    }

    /// The events as `ADDED p000`, `BOOKMARK 17`, …
    pub(crate) fn told(&mut self, id: WatcherId) -> Vec<String> {
        let (events, _) = self.events(id);
        events.iter().map(tell).collect()
    }
}

fn tell(event: &Value) -> String {
    let object = &event["object"];
    let what = object["metadata"]["name"]
        .as_str()
        .or(object["reason"].as_str())
        .or(object["metadata"]["resourceVersion"].as_str());
    let end = match object["metadata"]["annotations"]["k8s.io/initial-events-end"].as_str() {
        Some(_) => " end",
        None => "",
    };
    format!("{} {}{end}", event["type"].as_str().unwrap(), what.unwrap_or_default())
}

/// Reads a fixture.
pub(crate) fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Status code, headers and body of a recorded response.
pub(crate) fn recorded(name: &str) -> (u16, Vec<(String, String)>, String) {
    let text = fixture(name).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    (status, headers, body.to_owned())
}
