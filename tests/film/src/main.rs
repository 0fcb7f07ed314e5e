//! Films the page in Chromium: `k8bit-film URL FILE`, where URL is the page in front of a lively cluster and FILE the
//! animated PNG. `K8BIT_CHROMIUM` and `K8BIT_CHROMEDRIVER` name the programs. `make screenshots` runs it.
//!
//! Every frame is a screenshot of the running page, shown for as long as the page looked like it.

mod animation;

use std::{env, error::Error, process::Stdio, time::Duration};

use serde_json::Value;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities as _, DesiredCapabilities, Key, WebDriver};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{Instant, sleep},
};

use animation::Animation;

/// Time from one screenshot to the next, if the browser is fast enough.
const FRAME_INTERVAL: Duration = Duration::from_millis(300);
/// The longest that a condition of the page may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Size of the page in CSS pixels.
const WIDTH: u32 = 1440;
const HEIGHT: u32 = 860;
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
    let (Some(url), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: k8bit-film URL FILE".into());
    };
    let (_server, port) = start_chromedriver().await?;
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities()?).await?;
    let filmed = film(&driver, &url).await;
    driver.quit().await?;
    let bytes = filmed?.encode()?;
    std::fs::write(&file, bytes)?;
    Ok(())
}

/// The story: a live cluster, the next problem, what is wrong with it, its log, and all pods of one workload.
async fn film(driver: &WebDriver, url: &str) -> Result<Animation, Box<dyn Error>> {
    let mut camera = Camera {
        driver,
        animation: Animation::default(),
    };
    camera.size_page().await?;
    driver.goto(url).await?;
    camera
        .until("return document.querySelector('#connection')?.dataset.state === 'live'")
        .await?;
    camera
        .until("return document.querySelectorAll('[data-pod]').length > 100")
        .await?;
    camera.shoot(Duration::from_millis(3000)).await?;
    camera.press("n").await?;
    camera.shoot(Duration::from_millis(1500)).await?;
    camera.press(Key::Enter).await?;
    camera
        .until("return (document.querySelector('#explanation')?.textContent ?? '') !== ''")
        .await?;
    camera.shoot(Duration::from_millis(3000)).await?;
    camera.press("l").await?;
    camera
        .until("return document.querySelector('#log-state') !== null")
        .await?;
    camera.shoot(Duration::from_millis(2500)).await?;
    camera.press(Key::Escape).await?;
    camera.press("/").await?;
    let workload = driver.execute(WORKLOAD, Vec::new()).await?.convert::<String>()?;
    for letter in format!("owner:{workload}").chars() {
        camera.press(letter.to_string()).await?;
        camera.shoot(Duration::ZERO).await?;
    }
    camera.press(Key::Enter).await?;
    camera.shoot(Duration::from_millis(3000)).await?;
    Ok(camera.animation)
}

/// What takes the pictures and presses the keys.
struct Camera<'d> {
    driver: &'d WebDriver,
    animation: Animation,
}

impl Camera<'_> {
    /// Sizes the window, which is larger than the page in it.
    async fn size_page(&self) -> Result<(), Box<dyn Error>> {
        let script = "return [outerWidth - innerWidth, outerHeight - innerHeight]";
        let (width, height) = self.driver.execute(script, Vec::new()).await?.convert::<(u32, u32)>()?;
        self.driver
            .set_window_rect(0, 0, WIDTH + width, HEIGHT + height)
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

    /// Waits until a script answers `true`.
    async fn until(&self, script: &str) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.driver.execute(script, Vec::new()).await?.json() == &Value::Bool(true) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(format!("This did not become true within {PATIENCE:?}: {script}").into())
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
