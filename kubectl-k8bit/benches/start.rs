//! How long it takes from one command to LIVE, with the released archive, in an empty home and with a PATH that holds a
//! kubectl and a browser; and how much of it `kubectl proxy` alone would take. `make bench-start` runs it.
//!
//! The cluster is a simulated one of 24 nodes and 540 pods on the same machine. `K8BIT_PLUGIN` measures another program,
//! `K8BIT_ROUNDS` more or fewer rounds than ten.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};

use k8bit_simulator::{
    http::{Server, ServerHandle, ServerOptions},
    world::WorldOptions,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::Message;

/// Time after which a round has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a headless browser is started with, beside a new profile.
const BROWSER_OPTIONS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage \
    --disable-background-networking --disable-component-update --disable-sync --no-first-run --no-default-browser-check \
    --no-proxy-server --remote-debugging-port=0";

/// Resolves when the page is live, to the time by the browser's clock, which is the machine's.
const LIVE: &str = "new Promise((resolve) => {
    const look = () => document.querySelector('#connection')?.dataset.state === 'live'
        ? resolve(Date.now()) : setTimeout(look, 2);
    look();
})";

/// A process that ends with its round.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // By SIGINT, as with Ctrl-C, so that it can clear up; and by SIGKILL where that does not help.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a round has measured.
#[derive(Clone, Copy)]
struct Round {
    /// Until the program printed the address: proxy and cluster answer.
    address: Duration,
    /// Until the page was live.
    live: Duration,
}

fn main() {
    let rounds: usize = env::var("K8BIT_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(10);
    let unpacked = tempfile::tempdir().expect("a folder");
    let program = program(unpacked.path());
    let cluster = cluster();
    let kubectl = found("K8BIT_KUBECTL", &["kubectl"]);
    let chromium = found("K8BIT_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);

    // Files are in the system's cache from the second round on, for all of them alike.
    let mut measured: Vec<Round> = (0..=rounds)
        .map(|_| round(&program, &cluster, &kubectl, &chromium))
        .collect();
    let mut alone: Vec<Duration> = (0..=rounds).map(|_| proxy_alone(&cluster, &kubectl)).collect();
    let cold = measured.remove(0);
    alone.remove(0);

    let address = median(measured.iter().map(|round| round.address));
    let live = median(measured.iter().map(|round| round.live));
    let slowest = measured.iter().map(|round| round.live).max().unwrap_or_default();
    let alone = median(alone.into_iter());
    println!("| from one command to | median of {rounds} |");
    println!("|---|---:|");
    println!(
        "| `kubectl proxy` alone answers for page and cluster | {} ms |",
        alone.as_millis()
    );
    println!("| `kubectl k8bit` prints the address | {} ms |", address.as_millis());
    println!(
        "| beyond `kubectl proxy` (goal: 300 ms) | {} ms |",
        address.saturating_sub(alone).as_millis()
    );
    println!(
        "| LIVE, the browser's start included (goal: 10,000 ms) | {} ms |",
        live.as_millis()
    );
    println!("| LIVE, the slowest round | {} ms |", slowest.as_millis());
    println!("| LIVE, the first round of all | {} ms |", cold.live.as_millis());
    println!("\n| file | bytes |\n|---|---:|");
    for (name, bytes) in sizes(&program) {
        println!("| {name} | {bytes} |");
    }
}

/// The program: that of `K8BIT_PLUGIN`, or the one in the archive for this machine.
fn program(unpacked: &Path) -> PathBuf {
    if let Some(given) = env::var_os("K8BIT_PLUGIN").filter(|given| !given.is_empty()) {
        return given.into();
    }
    let archive = artefacts().join(format!(
        "kubectl-k8bit-{}-linux-amd64.tar.gz",
        env!("CARGO_PKG_VERSION")
    ));
    assert!(
        archive.is_file(),
        "There is no {}. Build it with `make release`, or name a program in K8BIT_PLUGIN.",
        archive.display()
    );
    let mut tar = Command::new("tar");
    tar.arg("--extract")
        .arg("--gzip")
        .arg("--file")
        .arg(archive)
        .arg("--directory")
        .arg(unpacked);
    assert!(tar.status().expect("tar runs").success(), "the archive can be unpacked");
    unpacked.join("kubectl-k8bit")
}

fn artefacts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release-artifacts")
}

fn sizes(program: &Path) -> Vec<(String, u64)> {
    let archives = fs::read_dir(artefacts())
        .into_iter()
        .flatten()
        .map_while(Result::ok)
        .map(|entry| entry.path());
    let mut files: Vec<PathBuf> = archives
        .filter(|path| path.extension().is_some_and(|end| end == "gz"))
        .collect();
    files.sort();
    files.push(program.to_owned());
    let size = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, path.metadata().ok()?.len()))
    };
    files.into_iter().filter_map(size).collect()
}

fn cluster() -> ServerHandle {
    Server::start(ServerOptions {
        world: Some(WorldOptions {
            nodes: 24,
            pods: 540,
            ..WorldOptions::default()
        }),
        ..ServerOptions::default()
    })
    .expect("a simulated cluster")
}

fn found(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(given) = env::var_os(variable).filter(|given| !given.is_empty()) {
        return given.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    let mut candidates = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = candidates.find(|candidate| candidate.is_file());
    found.unwrap_or_else(|| panic!("{} is missing: run `make setup`, or name it in {variable}", names[0]))
}

/// A home in which nothing is, but a kubeconfig, and a PATH with two programs.
fn home(cluster: &ServerHandle, kubectl: &Path, chromium: &Path) -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let bin = home.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    symlink(kubectl, bin.join("kubectl")).expect("a link");
    let browser = bin.join("chromium");
    let profile = home.path().join("profile");
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin exec '{}' {BROWSER_OPTIONS} --user-data-dir='{}' \"$@\"\n",
        chromium.display(),
        profile.display()
    );
    fs::write(&browser, script).expect("a script");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("an executable");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": cluster.url()}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": ""}}],
    });
    fs::create_dir(home.path().join(".kube")).expect("a folder");
    fs::write(home.path().join(".kube/config"), config.to_string()).expect("a kubeconfig");
    home
}

fn round(program: &Path, cluster: &ServerHandle, kubectl: &Path, chromium: &Path) -> Round {
    let home = home(cluster, kubectl, chromium);
    let began = (Instant::now(), SystemTime::now());
    let child = Command::new(program)
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", home.path().join("bin"))
        .env("BROWSER", "chromium")
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    let mut running = Running(child.expect("the program starts"));
    let output = BufReader::new(running.0.stdout.take().expect("it is piped"));
    let mut lines = output.lines().map_while(Result::ok);
    let url = lines
        .find(|line| line.starts_with("http://"))
        .expect("it prints an address");
    let address = began.0.elapsed();
    let (live, browser) = live_at(&home.path().join("profile"), &url);
    let began = began.1.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let live = live.saturating_sub(began);
    browser.close();
    drop(running);
    Round { address, live }
}

/// The connection to a browser's DevTools.
struct Browser(tungstenite::WebSocket<TcpStream>);

impl Browser {
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        let request = json!({"id": 1, "method": method, "params": parameters}).to_string();
        self.0.send(Message::text(request)).expect("DevTools listens");
        loop {
            let Ok(message) = self.0.read() else { return Value::Null };
            let answer: Value = serde_json::from_str(message.to_text().unwrap_or("null")).unwrap_or_default();
            if answer["id"] == 1 {
                return answer;
            }
        }
    }

    fn close(mut self) {
        self.call("Browser.close", &json!({}));
    }
}

/// When the page was live, since the epoch, by the clock of the machine.
fn live_at(profile: &Path, url: &str) -> (Duration, Browser) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "the browser does not show {url}");
        let Some(socket) = page_socket(profile, url) else {
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let mut browser = Browser(socket);
        let parameters = json!({"expression": LIVE, "awaitPromise": true, "returnByValue": true});
        let answer = browser.call("Runtime.evaluate", &parameters);
        if let Some(milliseconds) = answer["result"]["result"]["value"].as_f64() {
            return (Duration::from_secs_f64(milliseconds / 1000.0), browser);
        }
        // The page was loading, and its first document went with the question.
    }
}

/// Connects to the tab that shows the address.
fn page_socket(profile: &Path, url: &str) -> Option<tungstenite::WebSocket<TcpStream>> {
    let port = fs::read_to_string(profile.join("DevToolsActivePort")).ok()?;
    let port: u16 = port.lines().next()?.parse().ok()?;
    let tabs: Value = serde_json::from_str(&get(port, "/json/list")?).ok()?;
    let is_ours = |tab: &&Value| tab["type"] == "page" && tab["url"].as_str().is_some_and(|at| at.starts_with(url));
    let socket = tabs.as_array()?.iter().find(is_ours)?["webSocketDebuggerUrl"].as_str()?;
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    Some(tungstenite::client(socket, stream).ok()?.0)
}

/// The body of an answer, where it is 200.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), None);
    while answer.read_line(&mut head).ok()? > 2 {
        let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
        length = line
            .strip_prefix("content-length:")
            .and_then(|length| length.trim().parse().ok())
            .or(length);
    }
    let mut body = Vec::new();
    answer.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body).ok()?;
    head.contains(" 200 ")
        .then(|| String::from_utf8_lossy(&body).into_owned())
}

/// `kubectl proxy` with a page, until it answers for both.
fn proxy_alone(cluster: &ServerHandle, kubectl: &Path) -> Duration {
    let home = home(cluster, kubectl, Path::new("/bin/true"));
    let www = home.path().join("www");
    fs::create_dir(&www).expect("a folder");
    fs::write(www.join("index.html"), "<!doctype html>").expect("a file");
    let began = Instant::now();
    let child = Command::new("kubectl")
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", home.path().join("bin"))
        .args(["proxy", "--port=0"])
        .arg(format!("--www={}", www.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut running = Running(child.expect("kubectl starts"));
    let output = BufReader::new(running.0.stdout.take().expect("it is piped"));
    let line = output
        .lines()
        .map_while(Result::ok)
        .next()
        .expect("it says where it serves");
    let port = line
        .rsplit_once(':')
        .and_then(|(_, port)| port.trim().parse().ok())
        .expect("a port");
    for path in ["/static/", "/api"] {
        assert!(get(port, path).is_some(), "{path} is answered");
    }
    began.elapsed()
}

fn median(values: impl Iterator<Item = Duration>) -> Duration {
    let mut values: Vec<Duration> = values.collect();
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
