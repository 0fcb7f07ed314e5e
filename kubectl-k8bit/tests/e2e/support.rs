//! A cluster, a kubeconfig, and the program in front of them.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use k8bit_simulator::{
    api::Resource,
    http::{Server, ServerHandle, ServerOptions},
    sample,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// Whatever is waited for comes within this, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until something is found. What is said of a miss ends up in the panic.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) => assert!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {what}\nlast seen: {seen}"
            ),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// A simulated cluster with one pod, in which nothing moves.
pub(crate) fn cluster(pod: &str) -> ServerHandle {
    let server = Server::start(ServerOptions::default()).unwrap();
    let now = server.now();
    server.with_api(|api| {
        api.create(now, Resource::Nodes, None, sample::node("node-1")).unwrap();
        api.create(now, Resource::Pods, None, sample::pod("default", pod))
            .unwrap();
    });
    server
}

/// Folders of one test: a home without anything in it, and one for temporary files.
#[derive(Debug)]
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("k8bit-test-").tempdir().unwrap();
        for folder in ["home", "tmp", "bin"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A kubeconfig whose contexts, `first` the current one, lead to these servers.
    pub(crate) fn kubeconfig(&self, contexts: &[(&str, &str)]) -> PathBuf {
        let [mut clusters, mut entries] = [String::new(), String::new()];
        for (name, server) in contexts {
            clusters += &format!("- {{name: {name}, cluster: {{server: \"{server}\"}}}}\n");
            entries += &format!("- {{name: {name}, context: {{cluster: {name}, user: someone}}}}\n");
        }
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n{clusters}contexts:\n{entries}users:\n- {{name: someone, user: {{}}}}\n\
             current-context: {}\n",
            contexts[0].0
        );
        self.file("kubeconfig", &text)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// An executable script.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The program, with nothing of the developer's own configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-k8bit"));
        command
            .args(arguments)
            .env_remove("KUBERNETES_SERVICE_HOST")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("BROWSER")
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("KUBECONFIG", self.path("kubeconfig"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program without a browser, and waits for its address.
    pub(crate) fn start(&self, arguments: &[&str]) -> Program {
        let mut command = self.command(arguments);
        Program::start(command.arg("--no-open"))
    }

    /// Runs the program to its end, which it is expected to come to by itself; what it complains of.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        fails(self.command(arguments).arg("--no-open"))
    }

    /// The processes that have one of the test's folders on their command line.
    #[cfg(target_os = "linux")]
    pub(crate) fn processes(&self) -> Vec<Process> {
        let marker = self.root.path().display().to_string();
        let entries = fs::read_dir("/proc").unwrap().map_while(Result::ok);
        let read = |entry: fs::DirEntry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command_line = fs::read(entry.path().join("cmdline")).ok()?;
            let command_line = String::from_utf8_lossy(&command_line).replace('\0', " ");
            command_line.contains(&marker).then_some(Process { pid, command_line })
        };
        entries.filter_map(read).collect()
    }

    /// The supervisors, or the proxies under them.
    #[cfg(target_os = "linux")]
    pub(crate) fn running(&self, supervisors: bool) -> Vec<Process> {
        let mut processes = self.processes();
        processes.retain(|process| process.command_line.contains("supervise-kubectl-proxy") == supervisors);
        processes.retain(|process| !process.command_line.contains("become-kubectl-proxy"));
        processes
    }

    /// Waits until no process of the test and no unpacked page is left.
    #[cfg(target_os = "linux")]
    pub(crate) fn until_nothing_is_left(&self) {
        eventually("nothing is left", || {
            let processes = self.processes();
            let files: Vec<_> = fs::read_dir(self.path("tmp")).unwrap().map_while(Result::ok).collect();
            match processes.is_empty() && files.is_empty() {
                true => Ok(()),
                false => Err(format!("{processes:?} {files:?}")),
            }
        });
    }
}

/// Runs a command to its end, which must be a failure; what it complains of.
pub(crate) fn fails(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "it did not fail: {said}");
    assert!(
        output.stdout.is_empty(),
        "it printed an address: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    said
}

/// A process of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) command_line: String,
}

impl Process {
    pub(crate) fn kill(&self) {
        kill(Pid::from_raw(self.pid), Signal::SIGKILL).unwrap();
    }
}

/// The program, serving. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    /// The address that it printed.
    pub(crate) address: String,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it and waits for its address.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (addresses, address) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if line.starts_with("http://127.0.0.1:") {
                    let _ = addresses.send(line);
                }
            }
        });
        let complaints = BufReader::new(child.stderr.take().unwrap());
        let reader = {
            let said = said.clone();
            thread::spawn(move || {
                for line in complaints.lines().map_while(Result::ok) {
                    *said.lock().unwrap() += &format!("{line}\n");
                }
            })
        };
        let address = address.recv_timeout(PATIENCE);
        let address = address.unwrap_or_else(|_| {
            let _ = child.kill();
            let _ = reader.join();
            panic!("it printed no address. It said:\n{}", said.lock().unwrap())
        });
        Self { child, address, said }
    }

    /// All that it has complained of.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has complained of something.
    pub(crate) fn until_said(&self, part: &str) {
        eventually(&format!("it says {part:?}"), || {
            let said = self.said();
            if said.contains(part) { Ok(()) } else { Err(said) }
        });
    }

    pub(crate) fn port(&self) -> u16 {
        let (port, _) = self.address["http://127.0.0.1:".len()..].split_once('/').unwrap();
        port.parse().unwrap()
    }

    /// The path of the page.
    pub(crate) fn www_prefix(&self) -> String {
        let path = &self.address[format!("http://127.0.0.1:{}", self.port()).len()..];
        path.split(['?', '#']).next().unwrap().to_owned()
    }

    /// The path of the API, as the page reads it.
    pub(crate) fn api_prefix(&self) -> String {
        let page = self.get(&self.www_prefix());
        assert_eq!(page.status, 200, "{page:?}");
        let (_, rest) = page.body.split_once(r#"<meta name="k8bit-api" content=""#).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Asks its port as a browser does that the user has typed the address into.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[])
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Asks its port for something.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> std::io::Result<Answer> {
        send(self.port(), method, path, headers)
    }

    /// Whether the API behind it has a pod.
    pub(crate) fn shows_pod(&self, api_prefix: &str, pod: &str) -> Result<(), String> {
        let answer = self.send("GET", &format!("{api_prefix}api/v1/pods"), &[]);
        match answer {
            Ok(answer) if answer.status == 200 && answer.body.contains(&format!("\"{pod}\"")) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn until_ended(&mut self) -> ExitStatus {
        eventually("it ends", || match self.child.try_wait().unwrap() {
            Some(status) => Ok(status),
            None => Err("it runs".to_owned()),
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer over HTTP. Of an upgraded connection, the head.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends a request byte by byte as it is given: no client stands between that would correct it. `Host` is added where it is
/// not among the headers.
pub(crate) fn send(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        request += &format!("Host: 127.0.0.1:{port}\r\n");
    }
    if !headers.iter().any(|(name, _)| *name == "Connection") {
        request += "Connection: close\r\n";
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{request}Content-Length: 0\r\n\r\n").as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    // A connection that was to be upgraded stays open where that is refused.
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let length = if status == 101 { 0 } else { length.unwrap_or(u64::MAX) };
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(Answer {
        status,
        head,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The real kubectl.
pub(crate) fn kubectl() -> OsString {
    let given = env::var_os("K8BIT_KUBECTL").filter(|given| !given.is_empty());
    if let Some(given) = given {
        return given;
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join("kubectl"))
        .find(|path| path.is_file());
    found
        .expect("these tests need kubectl: run `make setup`, or name it in K8BIT_KUBECTL")
        .into()
}

/// A path as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
