//! Headless Chromium, driven through chromedriver.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, error::WebDriverError,
};
use tokio::process::Command;

use super::{process::Process, tools};

/// How long one command to the browser may take.
const COMMAND: Duration = Duration::from_secs(60);

/// Runs headless, as root as well, without asking anybody on the network anything.
const ARGUMENTS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--window-size=1280,900",
];

/// How often chromedriver may look for a port.
const ATTEMPTS: u32 = 5;

/// A browser with one tab; ended when dropped.
#[derive(Debug)]
pub(crate) struct Browser {
    // In the order of their ends: the session, which takes the browser with it; its server; the browser's files.
    driver: WebDriver,
    _chromedriver: Process,
    _profile: TempDir,
}

impl Browser {
    /// Starts one, with the probe in every page and a log of every request.
    pub(crate) async fn start() -> Self {
        Self::launch(&[], true, include_str!("probe.js")).await
    }

    /// Starts one with more arguments, and without the log of its requests, which costs what a test may want to measure.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        Self::launch(arguments, false, include_str!("probe.js")).await
    }

    /// Starts one with `script` in every page.
    pub(crate) async fn launch(arguments: &[&str], logs_requests: bool, script: &str) -> Self {
        let profile = tempfile::Builder::new()
            .prefix("k8bit-e2e-")
            .tempdir()
            .expect("a folder for the profile");
        // "ChromeDriver was started successfully on port 41233."
        let read_port = |line: &str| {
            line.rsplit_once("successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse::<u16>()
                .ok()
        };
        let mut command = Command::new(tools::chromedriver());
        // What the browser leaves behind in a folder for temporary files goes with the profile.
        command.arg("--port=0").env("TMPDIR", profile.path());
        // It looks for a port that is free for IPv4 and then wants the same for IPv6, which another may have taken.
        let mut attempt = 1;
        let (chromedriver, port) = loop {
            match Process::try_start(&mut command, read_port).await {
                Ok(started) => break started,
                Err(said) if said.contains("Address already in use") && attempt < ATTEMPTS => attempt += 1,
                Err(said) => panic!(
                    "{} did not become ready. It said:\n{said}",
                    tools::chromedriver().display()
                ),
            }
        };
        let driver = WebDriver::builder(
            format!("http://127.0.0.1:{port}"),
            capabilities(&profile, arguments, logs_requests),
        )
        .request_timeout(COMMAND)
        .await
        .unwrap_or_else(|error| panic!("{} does not start: {error}", tools::chromium().display()));
        let browser = Self {
            driver,
            _chromedriver: chromedriver,
            _profile: profile,
        };
        browser.prepare(script).await;
        browser
    }

    /// In the pages opened from now on, clocks and timers run so many times as fast.
    pub(crate) async fn hasten(&self, speed: f64) {
        self.prepare(&format!("k8bitProbe.hasten({speed})")).await;
    }

    /// Runs a script in the pages opened from now on, before their own.
    pub(crate) async fn prepare(&self, script: &str) {
        let added = self
            .driver
            .cdp()
            .send_raw("Page.addScriptToEvaluateOnNewDocument", json!({"source": script}))
            .await;
        added.expect("the browser takes a script");
    }

    /// The session.
    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }
}

fn capabilities(profile: &TempDir, arguments: &[&str], logs_requests: bool) -> thirtyfour::ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    let binary = tools::chromium();
    let profile = format!("--user-data-dir={}", profile.path().display());
    let mut set = || {
        capabilities.set_binary(&binary.display().to_string())?;
        for argument in ARGUMENTS
            .into_iter()
            .chain([profile.as_str()])
            .chain(arguments.iter().copied())
        {
            capabilities.add_arg(argument)?;
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        if logs_requests {
            // Every request of the tab, in the "performance" log.
            capabilities.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
        }
        Ok::<_, WebDriverError>(())
    };
    set().expect("capabilities are JSON");
    capabilities
}
