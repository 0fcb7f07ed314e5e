//! The browser of a test, driven through WebDriver: headless Chromium or Firefox, or WebKitGTK's MiniBrowser.

use std::time::Duration;

use k8bit_simulator::port::HeldPort;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    Capabilities, ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
    error::WebDriverError,
};
use tokio::{net::TcpStream, process::Command};

use super::{
    process::Process,
    suite::{self, Engine, Run},
    tools,
    wait::{SOON, eventually},
};

/// How long one command to the browser may take.
const COMMAND: Duration = Duration::from_secs(120);

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
pub struct Browser {
    // In the order of their ends: the session, which takes the browser with it; its server; the screen; the browser's files.
    driver: WebDriver,
    _server: Server,
    _profile: TempDir,
}

/// A WebDriver server, and the screen that its browser is shown on.
#[derive(Debug)]
struct Server {
    port: u16,
    _process: Process,
    _screen: Option<Process>,
}

impl Browser {
    /// Starts that of the test, with the probe in every page and a log of every request where there is one.
    pub async fn start() -> Self {
        Self::launch(&[], true, include_str!("probe.js")).await
    }

    /// Starts one with more arguments, and without the log of its requests, which costs what a test may want to measure.
    pub async fn start_with(arguments: &[&str]) -> Self {
        Self::launch(arguments, false, include_str!("probe.js")).await
    }

    /// Starts one with `script` in every page.
    ///
    /// # Panics
    /// When `arguments`, which are Chromium's, are for another browser.
    pub async fn launch(arguments: &[&str], logs_requests: bool, script: &str) -> Self {
        let engine = suite::engine();
        assert!(
            arguments.is_empty() || engine == Engine::Chromium,
            "{engine} takes no arguments of Chromium"
        );
        let profile = tempfile::Builder::new()
            .prefix("k8bit-e2e-")
            .tempdir()
            .expect("a folder for the profile");
        let (server, capabilities) = match engine {
            Engine::Chromium => (
                start_chromedriver(&profile).await,
                chromium(&profile, arguments, logs_requests),
            ),
            Engine::Firefox => (start_geckodriver(&profile).await, firefox()),
            Engine::Webkit => (start_webkitdriver(&profile).await, webkit()),
        };
        let driver = WebDriver::builder(format!("http://127.0.0.1:{}", server.port), capabilities)
            .request_timeout(COMMAND)
            .await
            .unwrap_or_else(|error| panic!("{engine} does not start: {error}"));
        if engine != Engine::Chromium {
            size_window(&driver).await;
        }
        let browser = Self {
            driver,
            _server: server,
            _profile: profile,
        };
        browser.prepare(script).await;
        browser
    }

    /// In the pages opened from now on, clocks and timers run this many times as fast.
    pub async fn hasten(&self, speed: f64) {
        self.prepare(&format!("k8bitProbe.hasten({speed})")).await;
    }

    /// Runs a script in the pages opened from now on, before their own.
    pub async fn prepare(&self, script: &str) {
        let run = Run::current();
        if run.engine != Engine::Chromium {
            return run.prelude.add(script);
        }
        let added = self
            .driver
            .cdp()
            .send_raw("Page.addScriptToEvaluateOnNewDocument", json!({"source": script}))
            .await;
        added.expect("the browser takes a script");
    }

    /// The session.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }
}

/// Gives the window the size of all tests, and shows it where it was minimized.
pub async fn size_window(driver: &WebDriver) {
    let sized = driver.set_window_rect(0, 0, 1280, 900).await;
    sized.expect("the window can be sized");
}

async fn start_chromedriver(profile: &TempDir) -> Server {
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
    for attempt in 1.. {
        match Process::try_start(&mut command, read_port).await {
            Ok((process, port)) => {
                return Server {
                    port,
                    _process: process,
                    _screen: None,
                };
            }
            Err(said) if said.contains("Address already in use") && attempt < ATTEMPTS => {}
            Err(said) => panic!(
                "{} did not become ready. It said:\n{said}",
                tools::chromedriver().display()
            ),
        }
    }
    unreachable!("the attempts end")
}

fn chromium(profile: &TempDir, arguments: &[&str], logs_requests: bool) -> Capabilities {
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
    capabilities.into()
}

/// geckodriver has one session, and so one browser.
async fn start_geckodriver(profile: &TempDir) -> Server {
    // "1700000000000	geckodriver	INFO	Listening on 127.0.0.1:41233"
    let read_port = |line: &str| line.rsplit_once("Listening on 127.0.0.1:")?.1.trim().parse().ok();
    let mut command = Command::new(tools::geckodriver());
    command
        .args(["--port=0", "--websocket-port=0"])
        // The profile that it makes goes with ours.
        .env("TMPDIR", profile.path())
        .env("HOME", profile.path());
    let (process, port) = Process::start(&mut command, read_port).await;
    Server {
        port,
        _process: process,
        _screen: None,
    }
}

fn firefox() -> Capabilities {
    capabilities(json!({
        "browserName": "firefox",
        "moz:firefoxOptions": {
            "binary": tools::firefox(),
            "args": ["-headless"],
            "prefs": {
                // Nothing but what the test opens.
                "network.proxy.type": 0,
                "network.captive-portal-service.enabled": false,
                "network.connectivity-service.enabled": false,
                "browser.cache.disk.enable": false,
            },
        },
    }))
}

/// WebKitGTK's browser has no headless mode, so it gets a screen of its own.
async fn start_webkitdriver(profile: &TempDir) -> Server {
    let read_display = |line: &str| line.trim().parse::<u32>().ok();
    let mut screen = Command::new(tools::xvfb());
    screen.args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]);
    let (screen, display) = Process::start(&mut screen, read_display).await;
    // It does not say which port it took, so it is told one that is kept for it.
    let port = HeldPort::hold(0).expect("a free port");
    let number = port.number();
    let mut command = Command::new(tools::webkitdriver());
    command
        .arg(format!("--port={number}"))
        .env("DISPLAY", format!(":{display}"))
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        // All that it remembers goes with the profile.
        .env("HOME", profile.path())
        .env("TMPDIR", profile.path())
        .env("XDG_RUNTIME_DIR", profile.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("DBUS_SESSION_BUS_ADDRESS");
    let process = Process::spawn(&mut command);
    eventually("WebKitWebDriver listens", SOON, async || {
        let connected = TcpStream::connect(("127.0.0.1", number)).await;
        connected.map(drop).map_err(|error| error.to_string())
    })
    .await;
    drop(port);
    Server {
        port: number,
        _process: process,
        _screen: Some(screen),
    }
}

fn webkit() -> Capabilities {
    capabilities(json!({
        "webkitgtk:browserOptions": {"binary": tools::minibrowser(), "args": ["--automation"]},
    }))
}

fn capabilities(value: Value) -> Capabilities {
    match value {
        Value::Object(map) => map.into(),
        other => panic!("capabilities are an object: {other}"),
    }
}
