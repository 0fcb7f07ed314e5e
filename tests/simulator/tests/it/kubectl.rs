//! The real kubectl, directly and through `kubectl proxy`, against the moving world.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use k8bit_simulator::http::{Server, ServerHandle, ServerOptions};
use k8bit_simulator::world::WorldOptions;

/// Whatever is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(90);

fn start() -> ServerHandle {
    Server::start(ServerOptions {
        world: Some(WorldOptions {
            nodes: 3,
            pods: 12,
            churn: 0.0,
            troubles: false,
            ..WorldOptions::default()
        }),
        ..ServerOptions::default()
    })
    .unwrap()
}

/// kubectl: the one that `K8BIT_KUBECTL` names, the one of the set-up, or the one on PATH.
fn program() -> PathBuf {
    let given = env::var_os("K8BIT_KUBECTL").filter(|given| !given.is_empty());
    let set_up = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/kubectl");
    match given {
        Some(given) => given.into(),
        None if set_up.is_file() => set_up,
        None => "kubectl".into(),
    }
}

fn command(url: &str, arguments: &str) -> Command {
    let mut command = Command::new(program());
    command.env("KUBECONFIG", "/dev/null").args(["--server", url]);
    command.args(arguments.split(' '));
    command
}

/// Runs kubectl; its output.
fn kubectl(url: &str, arguments: &str) -> String {
    let output = command(url, arguments)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}. `make test` installs kubectl.", program().display()));
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl {arguments}: {errors}{text}");
    text
}

/// Runs kubectl until its output is as wished.
fn wait_for(url: &str, arguments: &str, wished: impl Fn(&str) -> bool) -> String {
    let start = Instant::now();
    loop {
        let text = kubectl(url, arguments);
        if wished(&text) {
            return text;
        }
        assert!(start.elapsed() < PATIENCE, "kubectl {arguments} stays at:\n{text}");
    }
}

/// A process that is ended when the test is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn the_story(url: &str) {
    assert!(kubectl(url, "version").contains("v1.36"));
    let nodes = kubectl(url, "get nodes -o wide");
    assert_eq!(nodes.matches(" Ready ").count(), 3, "{nodes}");
    assert!(nodes.contains("containerd://"), "{nodes}");

    let mut watch = command(url, "get pods --watch");
    let mut watch = Running(watch.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(watch.0.stdout.take().unwrap()).lines();
    kubectl(url, "run my-pod --image=nginx");
    let mut statuses = vec![];
    while statuses.last().map(String::as_str) != Some("1/1 Running") {
        let line = lines.next().unwrap().unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        if cells[0] == "my-pod" {
            statuses.push(format!("{} {}", cells[1], cells[2]));
        }
    }
    assert_eq!(statuses[0], "0/1 Pending");
    assert!(statuses.contains(&"0/1 ContainerCreating".to_owned()), "{statuses:?}");

    kubectl(url, "set image pod/my-pod my-pod=nginx:1.29");
    wait_for(url, "get pod my-pod", |text| text.contains("1 ("));
    let description = kubectl(url, "describe pod my-pod");
    assert!(
        description.contains("Successfully assigned default/my-pod"),
        "{description}"
    );
    assert!(kubectl(url, "logs my-pod").starts_with("starting my-pod"));

    kubectl(url, "create deployment web --image=nginx --replicas=2");
    kubectl(url, "scale deployment web --replicas=20");
    kubectl(url, "rollout status deployment web --timeout=90s");
    let pods = kubectl(url, "get pods -l app=web --no-headers");
    assert_eq!(pods.matches("1/1 ").count(), 20, "{pods}");
    assert!(kubectl(url, "get all").contains("deployment.apps/web   20/20"));

    let node = nodes.lines().nth(1).unwrap().split(' ').next().unwrap();
    kubectl(url, &format!("cordon {node}"));
    assert!(kubectl(url, &format!("get node {node}")).contains("Ready,SchedulingDisabled"));
    kubectl(url, &format!("uncordon {node}"));
    kubectl(url, "label pod my-pod tier=front");
    assert!(kubectl(url, "get pods -l tier=front -A").contains("my-pod"));
    kubectl(url, "delete pod my-pod");
    wait_for(url, "get pods", |text| !text.contains("my-pod"));
    kubectl(url, "create job once --image=busybox -- sleep 1");
    wait_for(url, "get jobs", |text| text.contains("Complete"));
    kubectl(url, "delete deployment web");
    wait_for(url, "get pods", |text| !text.contains("web-"));
    assert!(kubectl(url, "get events").contains("Scheduled"));
    assert_eq!(kubectl(url, "auth can-i delete pods").trim(), "yes");
}

/// Runs kubectl; its output, and what it logs of its requests.
fn logged(url: &str, arguments: &str) -> (String, String) {
    let output = command(url, &format!("{arguments} -v=8")).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "kubectl {arguments}: {log}");
    (String::from_utf8(output.stdout).unwrap(), log)
}

#[test]
fn kubectl_reads_protobuf() {
    const PROTOBUF: &str = "Content-Type: application/vnd.kubernetes.protobuf";
    let server = start();
    let url = server.url();
    kubectl(&url, "run my-pod --image=nginx");
    wait_for(&url, "get pod my-pod", |text| text.contains("1/1"));

    // One object.
    let (pod, log) = logged(&url, "describe pod my-pod");
    assert!(log.contains(PROTOBUF), "{log}");
    let node = kubectl(&url, "get pod my-pod -o jsonpath={.spec.nodeName}");
    for line in [
        "Status:Running",
        "Image:nginx",
        "RestartCount:0",
        "QoSClass:BestEffort",
        "ContainersReadyTrue",
    ] {
        assert!(pod.replace(' ', "").contains(line), "{line}: {pod}");
    }
    assert!(pod.contains(&format!("{node}/")), "{pod}");

    // Lists of pods and events, and a node.
    let (node, log) = logged(&url, &format!("describe node {node}"));
    assert!(log.matches(PROTOBUF).count() >= 3, "{log}");
    assert!(
        node.contains("my-pod") && node.contains("kubelet is posting ready status"),
        "{node}"
    );
    let (events, log) = logged(&url, "events");
    assert!(log.contains(PROTOBUF), "{log}");
    assert!(events.contains("Successfully assigned default/my-pod"), "{events}");

    // A watch.
    let mut watch = command(&url, "events --watch");
    let mut watch = Running(watch.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(watch.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("LAST SEEN"));
    kubectl(&url, "run another --image=nginx");
    let told = lines.map(Result::unwrap).find(|line| line.contains("Pod/another"));
    assert!(told.unwrap().contains("Successfully assigned default/another"));

    // An error, and what it says.
    let missing = command(&url, "describe pod missing").output().unwrap();
    let errors = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(errors.contains(r#"pods "missing" not found"#), "{errors}");
}

#[test]
fn kubectl_tells_its_story() {
    let server = start();
    the_story(&server.url());
}

#[test]
fn kubectl_tells_its_story_through_kubectl_proxy() {
    let server = start();
    let mut proxy = command(&server.url(), "proxy --port=0");
    let mut proxy = Running(
        proxy
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}. `make test` installs kubectl.", program().display())),
    );
    let mut greeting = String::new();
    BufReader::new(proxy.0.stdout.take().unwrap())
        .read_line(&mut greeting)
        .unwrap();
    let address = greeting.trim().rsplit(' ').next().unwrap();
    the_story(&format!("http://{address}"));
}
