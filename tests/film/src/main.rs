//! Takes pictures of the page in Chromium: `k8bit-film URL FOLDER < LIST`, where URL is the page in front of a lively
//! cluster. Each line of the list is one picture:
//!
//! ```text
//! still NAME WIDTHxHEIGHT ADDRESS [SELECTOR]
//! film NAME WIDTHxHEIGHT ADDRESS
//! ```
//!
//! ADDRESS is appended to URL. A still is taken as soon as an element matches SELECTOR (without one: the connection is live
//! and pods are there) and everything is drawn. A film tells a story, and becomes an animated PNG: every frame is a
//! screenshot of the running page, shown for as long as the page looked like it. `K8BIT_CHROMIUM` and
//! `K8BIT_CHROMEDRIVER` name the programs. `make screenshots` runs it.

mod animation;
mod shot;

use std::{env, error::Error, io::Read as _, path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities as _, DesiredCapabilities, Key, WebDriver};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{Instant, sleep},
};

use animation::Animation;
use shot::{Kind, Shot};

/// Time from one screenshot to the next, if the browser is fast enough.
const FRAME_INTERVAL: Duration = Duration::from_millis(300);
/// The longest that a condition of the page may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many problems are looked at before one of them is a pod that crashes.
const MOST_PROBLEMS: u32 = 20;
/// Resolves to true when every change is drawn, every font is there, and every transition has ended. What moves for ever
/// goes on.
const DRAWN: &str = "
    await window.k8bit?.settled();
    await document.fonts.ready;
    const ends = (animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime);
    await Promise.allSettled(document.getAnimations().filter(ends).map((animation) => animation.finished));
    return true;";
/// The name of a workload with enough pods to be on several nodes.
const WORKLOAD: &str = "
    const counts = new Map();
    for (const { name } of window.k8bit.snapshot().pods) {
        const workload = /^(.+)-[0-9a-z]+-[0-9a-z]{5}$/.exec(name)?.[1];
        if (workload) counts.set(workload, (counts.get(workload) ?? 0) + 1);
    }
    const fitting = [...counts].filter(([name, pods]) => pods >= 8 && name.length < 12).sort((a, b) => a[1] - b[1]);
    return (fitting[0] ?? [...counts][0])[0];";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(url), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: k8bit-film URL FOLDER < LIST".into());
    };
    let mut list = String::new();
    std::io::stdin().read_to_string(&mut list)?;
    let shots = shot::parse(&list)?;
    let (_server, port) = start_chromedriver().await?;
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities()?).await?;
    let taken = take_all(&driver, &url, Path::new(&folder), &shots).await;
    driver.quit().await?;
    taken
}

async fn take_all(driver: &WebDriver, url: &str, folder: &Path, shots: &[Shot<'_>]) -> Result<(), Box<dyn Error>> {
    for shot in shots {
        let file = folder.join(format!("{}.png", shot.name));
        println!("==> {}", file.display());
        let bytes = take(driver, url, shot)
            .await
            .map_err(|error| format!("{}: {error}", shot.name))?;
        std::fs::write(&file, bytes)?;
    }
    Ok(())
}

/// The file of one picture.
async fn take(driver: &WebDriver, url: &str, shot: &Shot<'_>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut camera = Camera {
        driver,
        animation: Animation::default(),
    };
    camera.size_page(shot).await?;
    // Two addresses that differ in their fragment alone are one page to a browser: it would not be loaded again.
    driver.goto("about:blank").await?;
    driver.goto(format!("{url}{}", shot.address)).await?;
    camera.until_there(shot.until).await?;
    camera.until_drawn().await?;
    match shot.kind {
        Kind::Still => camera.shoot(Duration::ZERO).await?,
        Kind::Film => camera.film().await?,
    }
    camera.animation.encode()
}

/// What takes the pictures and presses the keys.
struct Camera<'d> {
    driver: &'d WebDriver,
    animation: Animation,
}

impl Camera<'_> {
    /// The story: a live cluster, the next problem, what is wrong with it, its log, and all pods of one workload.
    async fn film(&mut self) -> Result<(), Box<dyn Error>> {
        self.shoot(Duration::from_millis(3000)).await?;
        self.go_to_crash().await?;
        self.shoot(Duration::from_millis(1200)).await?;
        self.press(Key::Enter).await?;
        self.until_there("#explanation:not(:empty)").await?;
        self.shoot(Duration::from_millis(3000)).await?;
        self.press("l").await?;
        self.until_there("#log-state").await?;
        self.shoot(Duration::from_millis(2500)).await?;
        self.press(Key::Escape).await?;
        self.press("/").await?;
        let workload = self.driver.execute(WORKLOAD, Vec::new()).await?.convert::<String>()?;
        for letter in format!("owner:{workload}").chars() {
            self.press(letter.to_string()).await?;
            self.shoot(Duration::ZERO).await?;
        }
        self.press(Key::Enter).await?;
        self.shoot(Duration::from_millis(3000)).await
    }

    /// Goes from problem to problem until one is a pod that crashes: it has a log.
    async fn go_to_crash(&mut self) -> Result<(), Box<dyn Error>> {
        for _ in 0..MOST_PROBLEMS {
            self.press("n").await?;
            self.shoot(Duration::from_millis(300)).await?;
            let status = "return document.activeElement?.dataset.status ?? ''";
            let status = self.driver.execute(status, Vec::new()).await?.convert::<String>()?;
            if status == "CrashLoopBackOff" {
                return Ok(());
            }
        }
        Err(format!("none of the first {MOST_PROBLEMS} problems is a pod that crashes").into())
    }

    /// Sizes the page. A window cannot be as narrow as a phone.
    async fn size_page(&self, shot: &Shot<'_>) -> Result<(), Box<dyn Error>> {
        let size = json!({"width": shot.width, "height": shot.height, "deviceScaleFactor": 1, "mobile": false});
        self.driver
            .cdp()
            .send_raw("Emulation.setDeviceMetricsOverride", size)
            .await?;
        Ok(())
    }

    /// Takes pictures for a time, one at least.
    async fn shoot(&mut self, length: Duration) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + length;
        loop {
            let next = Instant::now() + FRAME_INTERVAL;
            let picture = self.driver.screenshot_as_png().await?;
            self.animation.add(&picture, FRAME_INTERVAL)?;
            if next >= end {
                return Ok(());
            }
            tokio::time::sleep_until(next).await;
        }
    }

    /// Presses a key, wherever the focus is.
    async fn press(&self, key: impl Into<thirtyfour::TypingData>) -> Result<(), Box<dyn Error>> {
        let chain = self.driver.action_chain();
        chain.send_keys(key).perform().await?;
        Ok(())
    }

    /// Waits until an element matches a selector.
    async fn until_there(&self, selector: &str) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + PATIENCE;
        let script = "return document.querySelector(arguments[0]) !== null";
        while Instant::now() < end {
            let found = self.driver.execute(script, vec![json!(selector)]).await?;
            if found.json() == &Value::Bool(true) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(format!("nothing matches {selector} within {PATIENCE:?}").into())
    }

    /// Waits until nothing is left to draw.
    async fn until_drawn(&self) -> Result<(), Box<dyn Error>> {
        let done = "arguments[arguments.length - 1]";
        let script = format!("(async () => {{ {DRAWN} }})().then({done}, (error) => {done}(String(error)))");
        match self.driver.execute_async(script, Vec::new()).await?.json() {
            Value::Bool(true) => Ok(()),
            other => Err(format!("the page was not drawn: {other}").into()),
        }
    }
}

fn capabilities() -> Result<ChromeCapabilities, Box<dyn Error>> {
    let mut capabilities = DesiredCapabilities::chrome();
    if let Ok(binary) = env::var("K8BIT_CHROMIUM") {
        capabilities.set_binary(&binary)?;
    }
    for argument in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
    ] {
        capabilities.add_arg(argument)?;
    }
    Ok(capabilities)
}

/// Starts the WebDriver server; the port on which it listens. It ends when it is dropped.
async fn start_chromedriver() -> Result<(Child, u16), Box<dyn Error>> {
    let program = env::var("K8BIT_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let mut child = Command::new(program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("its output is piped")?).lines();
    // "ChromeDriver was started successfully on port 41233."
    while let Some(line) = lines.next_line().await? {
        let port = line.rsplit_once("successfully on port ").map(|(_, port)| port);
        if let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((child, port));
        }
    }
    Err("chromedriver ended without saying on which port it listens".into())
}
