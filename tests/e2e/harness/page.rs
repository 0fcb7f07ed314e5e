//! The page in the browser, through its documented hooks.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use thirtyfour::{By, WebDriver, error::WebDriverError};

use super::{
    browser::Browser,
    wait::{SOON, eventually},
};

/// `window.k8bit.snapshot()`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    /// By name.
    pub(crate) nodes: Vec<NodeRow>,
    /// By namespace and name.
    pub(crate) pods: Vec<PodRow>,
    /// How the connection is.
    pub(crate) connection: ConnectionRow,
    /// Up to which version each kind is known.
    pub(crate) resource_version: Value,
}

/// A node in the snapshot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct NodeRow {
    pub(crate) name: String,
    pub(crate) status: String,
}

/// A pod in the snapshot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct PodRow {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) node: Option<String>,
    pub(crate) status: String,
    pub(crate) family: String,
    pub(crate) ready: String,
    pub(crate) restarts: u32,
}

/// The connection in the snapshot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ConnectionRow {
    pub(crate) state: String,
    pub(crate) kinds: Vec<KindRow>,
}

/// A watched collection in the snapshot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct KindRow {
    pub(crate) what: String,
    pub(crate) state: String,
    pub(crate) problem: Option<ProblemRow>,
}

/// What is wrong with a collection.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ProblemRow {
    pub(crate) sentence: String,
    pub(crate) advice: String,
    pub(crate) detail: String,
}

impl Snapshot {
    /// A pod by name; the tests know its namespace.
    pub(crate) fn pod(&self, name: &str) -> Option<&PodRow> {
        self.pods.iter().find(|pod| pod.name == name)
    }

    /// A node by name.
    pub(crate) fn node(&self, name: &str) -> Option<&NodeRow> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Whether a pod has a STATUS.
    pub(crate) fn is_pod(&self, name: &str, status: &str) -> bool {
        self.pod(name).is_some_and(|pod| pod.status == status)
    }

    /// Whether every watch is open.
    pub(crate) fn is_live(&self) -> bool {
        self.connection.state == "live"
    }
}

/// A pod's block as it is in the document.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Block {
    /// `data-pod`.
    pub(crate) pod: String,
    /// `data-uid`.
    pub(crate) uid: String,
    /// `data-status`.
    pub(crate) status: String,
    /// `data-family`.
    pub(crate) family: String,
    /// `data-node` of the box it is in; `None` in the tray.
    pub(crate) node: Option<String>,
}

/// A node's box as it is in the document.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct NodeBox {
    /// `data-node`.
    pub(crate) node: String,
    /// `data-status`.
    pub(crate) status: String,
    /// All that is written in it.
    pub(crate) text: String,
}

/// What the probe has noted since the page was opened.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Probe {
    pub(crate) violations: Vec<String>,
    pub(crate) errors: Vec<String>,
    pub(crate) longest_task_ms: f64,
    pub(crate) long_tasks: u32,
    pub(crate) long_tasks_ms: f64,
    pub(crate) fewest_blocks: Option<usize>,
}

/// The open page. It sees the pods and nodes of the test alone, whatever else is in the cluster.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    driver: &'a WebDriver,
    scope: Option<String>,
}

impl<'a> Page<'a> {
    /// Opens an address. `scope` is the namespace of the test; without one everything is seen.
    pub(crate) async fn open(browser: &'a Browser, url: &str, scope: Option<&str>) -> Self {
        let page = Self {
            driver: browser.driver(),
            scope: scope.map(str::to_owned),
        };
        page.go_to(url).await;
        page
    }

    /// Opens another address in the same tab.
    pub(crate) async fn go_to(&self, url: &str) {
        self.driver
            .goto(url)
            .await
            .unwrap_or_else(|error| panic!("{url} cannot be opened: {error}"));
    }

    /// The session, for what is not asked for often enough to stand here.
    pub(crate) fn driver(&self) -> &'a WebDriver {
        self.driver
    }

    /// Runs the body of a function in the page.
    pub(crate) async fn eval<T: DeserializeOwned>(&self, body: &str, arguments: &[Value]) -> T {
        let result = self.driver.execute(body, arguments.to_vec()).await;
        let result = result.unwrap_or_else(|error| panic!("the script fails: {error}\n{body}"));
        result
            .convert()
            .unwrap_or_else(|error| panic!("{error}: {:?}\n{body}", result.json()))
    }

    /// Evaluates an expression, and what it promises, without what WebDriver leaves behind in the page: for tests that
    /// measure it.
    pub(crate) async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> T {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.devtools("Runtime.evaluate", parameters).await;
        assert!(answer["exceptionDetails"].is_null(), "{expression} fails: {answer}");
        serde_json::from_value(answer["result"]["value"].take())
            .unwrap_or_else(|error| panic!("{error}: {answer}\n{expression}"))
    }

    /// Waits until the body of a function is true in the page.
    pub(crate) async fn until_true(&self, what: &str, body: &str, arguments: &[Value]) {
        let wait = eventually(what, SOON, async || match self.eval::<Value>(body, arguments).await {
            Value::Bool(true) => Ok(()),
            other => Err(other.to_string()),
        });
        wait.await;
    }

    /// What the page knows; `None` before it runs.
    pub(crate) async fn try_snapshot(&self) -> Option<Snapshot> {
        let mut snapshot: Option<Snapshot> = self.eval("return window.k8bit?.snapshot() ?? null", &[]).await;
        if let (Some(snapshot), Some(scope)) = (&mut snapshot, &self.scope) {
            snapshot.pods.retain(|pod| pod.namespace == *scope);
            snapshot.nodes.retain(|node| node.name.starts_with(scope));
        }
        snapshot
    }

    /// What the page knows.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        self.try_snapshot().await.expect("the page runs")
    }

    /// Waits until nothing is left to draw.
    pub(crate) async fn settled(&self) {
        let script =
            "const done = arguments[0]; window.k8bit.settled().then(() => done(null), (error) => done(String(error)))";
        let result = self.driver.execute_async(script, Vec::new()).await;
        let result = result.unwrap_or_else(|error| panic!("settled() does not come to an end: {error}"));
        assert!(result.json().is_null(), "settled() fails: {}", result.json());
    }

    /// Waits until what the page knows is as it should be and has been drawn.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Snapshot) -> bool) -> Snapshot {
        self.until_within(what, SOON, holds).await
    }

    /// The same, with other patience.
    pub(crate) async fn until_within(
        &self,
        what: &str,
        patience: Duration,
        holds: impl Fn(&Snapshot) -> bool,
    ) -> Snapshot {
        let snapshot = eventually(what, patience, async || match self.try_snapshot().await {
            Some(snapshot) if holds(&snapshot) => Ok(snapshot),
            seen => Err(self.describe(seen).await),
        })
        .await;
        self.settled().await;
        snapshot
    }

    /// Waits until every watch is open.
    pub(crate) async fn until_live(&self) -> Snapshot {
        self.until("the page is live", Snapshot::is_live).await
    }

    /// `data-state` of the connection indicator.
    pub(crate) async fn state(&self) -> String {
        self.eval("return document.querySelector('#connection')?.dataset.state ?? ''", &[])
            .await
    }

    /// Waits until the connection indicator shows one of these states.
    pub(crate) async fn until_state(&self, states: &[&str], patience: Duration) {
        let what = format!("#connection shows {}", states.join(" or "));
        eventually(&what, patience, async || {
            let state = self.state().await;
            if states.contains(&state.as_str()) {
                Ok(())
            } else {
                Err(self.describe(self.try_snapshot().await).await)
            }
        })
        .await;
    }

    /// The blocks in the document.
    pub(crate) async fn blocks(&self) -> Vec<Block> {
        let script = "return [...document.querySelectorAll('#map [data-pod]')].map((block) => ({
            pod: block.dataset.pod,
            uid: block.dataset.uid,
            status: block.dataset.status,
            family: block.dataset.family,
            node: block.closest('#unscheduled') ? null : block.closest('[data-node]').dataset.node,
        }))";
        let mut blocks: Vec<Block> = self.eval(script, &[]).await;
        if let Some(scope) = &self.scope {
            blocks.retain(|block| block.pod.starts_with(&format!("{scope}/")));
        }
        blocks
    }

    /// The block of a pod, given as `namespace/name`.
    ///
    /// # Panics
    /// When there is not exactly one.
    pub(crate) async fn block(&self, pod: &str) -> Block {
        let mut blocks = self.blocks().await;
        blocks.retain(|block| block.pod == pod);
        match <[Block; 1]>::try_from(blocks) {
            Ok([block]) => block,
            Err(blocks) => panic!("{} blocks for {pod}: {blocks:?}", blocks.len()),
        }
    }

    /// The boxes in the document.
    pub(crate) async fn boxes(&self) -> Vec<NodeBox> {
        let script = "return [...document.querySelectorAll('#map [data-node]')].map((box) => ({
            node: box.dataset.node, status: box.dataset.status ?? '', text: box.innerText,
        }))";
        let mut boxes: Vec<NodeBox> = self.eval(script, &[]).await;
        if let Some(scope) = &self.scope {
            boxes.retain(|node| node.node.starts_with(scope));
        }
        boxes
    }

    /// The box of a node.
    pub(crate) async fn node_box(&self, node: &str) -> NodeBox {
        let found = self.boxes().await.into_iter().find(|found| found.node == node);
        found.unwrap_or_else(|| panic!("no box of {node}"))
    }

    /// What is written in an element; nothing where there is none.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let text = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let text = self.eval::<Option<String>>(text, &[json!(selector)]).await;
        // Firefox answers with nothing while one page makes way for another.
        text.unwrap_or_default()
    }

    /// Waits until an element says something.
    pub(crate) async fn until_text(&self, selector: &str, part: &str, patience: Duration) {
        eventually(&format!("{selector} says {part:?}"), patience, async || {
            let text = self.text(selector).await;
            // The pieces of a name that can be cut in its middle are boxes, between which the browser puts a line break.
            if text.contains(part) || text.replace('\n', "").contains(part) {
                Ok(())
            } else {
                Err(text)
            }
        })
        .await;
    }

    /// Moves the pointer onto the block of a pod, given as `namespace/name`.
    pub(crate) async fn point_at_pod(&self, pod: &str) {
        self.point_at(&format!("#map [data-pod=\"{pod}\"]")).await;
    }

    /// Gives the focus to the block of a pod, given as `namespace/name`.
    pub(crate) async fn focus(&self, pod: &str) {
        let script = "document.querySelector(`#map [data-pod=\"${arguments[0]}\"]`).focus(); return null";
        self.eval::<()>(script, &[json!(pod)]).await;
    }

    /// Moves the pointer onto the name of a node.
    pub(crate) async fn point_at_node(&self, node: &str) {
        self.point_at(&format!("#map [data-node=\"{node}\"] button.node")).await;
    }

    /// Again where the layout moved at that moment: the pointer is then on something else.
    async fn point_at(&self, selector: &str) {
        let is_shown = "return document.querySelector(arguments[0])?.getAttribute('aria-describedby') === 'tooltip'";
        eventually(&format!("the tooltip of {selector} is shown"), SOON, async || {
            let missed = |error: WebDriverError| error.to_string();
            let element = self.driver.find(By::Css(selector)).await.map_err(missed)?;
            // From outside of the page's parts, so that the pointer comes again.
            let chain = self
                .driver
                .action_chain()
                .move_to(0, 0)
                .move_to_element_center(&element);
            chain.perform().await.map_err(missed)?;
            match self.eval::<bool>(is_shown, &[json!(selector)]).await {
                true => Ok(()),
                false => Err(self.text("#tooltip").await),
            }
        })
        .await;
    }

    /// Asserts that the page has violated no policy and thrown no error, in whatever the test did; what was noted.
    pub(crate) async fn assert_clean(&self) -> Probe {
        let probe = self.probe().await;
        assert!(
            probe.violations.is_empty(),
            "violations of the Content-Security-Policy: {:?}",
            probe.violations
        );
        assert!(probe.errors.is_empty(), "errors in the page: {:?}", probe.errors);
        probe
    }

    /// Waits until a problem's details, which are folded, say something.
    pub(crate) async fn until_said(&self, part: &str) {
        let script = "return [...document.querySelectorAll('#problems details')].some((it) => it.textContent.includes(arguments[0]))";
        self.until_true(&format!("what was said holds {part:?}"), script, &[json!(part)])
            .await;
    }

    /// What the probe has noted.
    pub(crate) async fn probe(&self) -> Probe {
        self.eval("return window.k8bitProbe", &[]).await
    }

    /// From now on the probe notes the fewest blocks that were there at any time.
    pub(crate) async fn watch_blocks(&self) {
        self.eval::<()>("k8bitProbe.watchBlocks(); return null", &[]).await;
    }

    /// Sends a command of the Chrome DevTools Protocol; its answer.
    pub(crate) async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap_or_else(|error| panic!("{method} fails: {error}"))
    }

    /// How often the page has asked for something: the requests whose address holds all of the parts.
    pub(crate) async fn count_requests(&self, parts: &[&str]) -> usize {
        let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)";
        let urls: Vec<String> = self.eval(script, &[]).await;
        urls.iter()
            .filter(|url| parts.iter().all(|part| url.contains(part)))
            .count()
    }

    /// What to read when a condition does not come true.
    async fn describe(&self, seen: Option<Snapshot>) -> String {
        let Some(mut seen) = seen else {
            return format!("the page does not run; it shows {:?}", self.text("body").await);
        };
        let pods = seen.pods.len();
        seen.pods.truncate(30);
        let steps = "const steps = k8bit.diagnostics().log.slice(-20);
            return steps.map((step) => `${step.time} ${step.kind}: ${step.from} to ${step.to}, ${step.reason}`)";
        let steps: Vec<String> = self.eval(steps, &[]).await;
        format!("{pods} pods in {seen:#?}\nafter\n{}", steps.join("\n"))
    }
}
