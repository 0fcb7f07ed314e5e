//! The browser's tab, in which everything takes its turn.

use std::time::{Duration, Instant};

use k8bit_test_support::harness::browser::Browser;
use serde_json::{Value, json};
use thirtyfour::WebDriver;
use tokio::time::sleep;

use crate::{Peer, cluster::Bench, renderer::Cpu};

/// How long one measurement may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// Time between two looks; each is work for the tab that is measured.
const LOOK: Duration = Duration::from_millis(250);

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Tab<'a> {
    driver: &'a WebDriver,
    url: String,
}

impl<'a> Tab<'a> {
    pub(crate) fn new(browser: &'a Browser, bench: &Bench) -> Self {
        Self {
            driver: browser.driver(),
            url: bench.url(),
        }
    }

    /// Runs a function of bench.js in a fresh page: what it answers, or what it throws.
    pub(crate) async fn measure(&self, name: &str, parameters: &[Value]) -> Result<Value, String> {
        self.measure_at("", name, parameters).await
    }

    /// The picture of a way of the peer, from the navigation on.
    pub(crate) async fn peer_picture(&self, way: &Peer) -> Result<Value, String> {
        let query = format!("?way={}&limit={}&keep={}", way.how, way.limit, way.keeps);
        self.measure_at(&query, "picture", &[]).await
    }

    async fn measure_at(&self, query: &str, name: &str, parameters: &[Value]) -> Result<Value, String> {
        self.open_blank().await;
        let cpu = Cpu::now();
        self.go_to(&format!("/static/bench/{query}")).await;
        let start = "window.bench.start(arguments[0], arguments[1])";
        self.eval(start, vec![json!(name), json!(parameters)]).await;
        let result = self.until(name, "return window.bench.result").await;
        match result.get("value") {
            Some(value) => {
                let mut value = value.clone();
                value["cpuMs"] = cpu.elapsed_ms().into();
                Ok(value)
            }
            None => Err(result["error"].as_str().unwrap_or("an unknown error").to_owned()),
        }
    }

    /// Opens the page at a fragment and waits for its picture: what the observer noted, and when the list of pods was
    /// answered.
    pub(crate) async fn picture(&self, fragment: &str) -> Value {
        self.open_blank().await;
        let cpu = Cpu::now();
        self.go_to(&format!("/static/{fragment}")).await;
        let script = "
            const seen = window.k8bitBench;
            if (!seen?.picture) return null;
            const isList = ({ name }) => name.includes('/api/v1/pods?') && !name.includes('watch=');
            const list = performance.getEntriesByType('resource').find(isList);
            if (!list) return null;
            const { startTime, responseStart, responseEnd } = list;
            const { firstBlocks, live, picture, longestTask, longTasks } = seen;
            return { startTime, responseStart, responseEnd, firstBlocks, live, picture, longestTask, longTasks };";
        let mut seen = self.until("the page's picture", script).await;
        seen["cpuMs"] = cpu.elapsed_ms().into();
        seen
    }

    /// An empty page, so that what was there before is gone.
    pub(crate) async fn open_blank(&self) {
        self.driver.goto("about:blank").await.expect("an empty page opens");
        self.devtools("HeapProfiler.collectGarbage", json!({})).await;
    }

    /// The JavaScript heap in bytes, without garbage.
    pub(crate) async fn js_heap_bytes(&self) -> f64 {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await;
        self.devtools("Performance.enable", json!({})).await;
        let metrics = self.devtools("Performance.getMetrics", json!({})).await;
        let metrics = metrics["metrics"].as_array().cloned().unwrap_or_default();
        let heap = metrics.iter().find(|metric| metric["name"] == "JSHeapUsedSize");
        heap.and_then(|metric| metric["value"].as_f64())
            .expect("the browser knows the size of its heap")
    }

    /// The linear memories of WebAssembly in bytes.
    pub(crate) async fn wasm_bytes(&self) -> f64 {
        let prototype = json!({"expression": "WebAssembly.Memory.prototype"});
        let prototype = self.devtools("Runtime.evaluate", prototype).await;
        let id = &prototype["result"]["objectId"];
        let memories = self
            .devtools("Runtime.queryObjects", json!({"prototypeObjectId": id}))
            .await;
        let sum = "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }";
        let call = json!({
            "objectId": memories["objects"]["objectId"],
            "functionDeclaration": sum,
            "returnByValue": true,
        });
        let result = self.devtools("Runtime.callFunctionOn", call).await;
        result["result"]["value"]
            .as_f64()
            .unwrap_or_else(|| panic!("the memories have no size: {result}"))
    }

    /// Runs the body of a function in the page.
    pub(crate) async fn eval(&self, body: &str, arguments: Vec<Value>) -> Value {
        let result = self.driver.execute(body, arguments).await;
        result
            .unwrap_or_else(|error| panic!("the script fails: {error}\n{body}"))
            .json()
            .clone()
    }

    /// Waits until the body of a function gives something.
    pub(crate) async fn until(&self, what: &str, body: &str) -> Value {
        let began = Instant::now();
        loop {
            sleep(LOOK).await;
            let found = self.eval(body, Vec::new()).await;
            if !found.is_null() {
                return found;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{what}: no result in {} s",
                PATIENCE.as_secs()
            );
        }
    }

    async fn go_to(&self, path: &str) {
        let url = format!("{}{path}", self.url);
        self.driver
            .goto(&url)
            .await
            .unwrap_or_else(|error| panic!("{url} cannot be opened: {error}"));
    }

    async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap_or_else(|error| panic!("{method} fails: {error}"))
    }
}
