//! The system's nginx with a configuration of `deploy/`.
//!
//! Of that configuration only what belongs to the pod is replaced: where it listens, where the page is, what it passes
//! requests on to, and the folders that it writes to. A line that is not there to be replaced fails the test.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Stdio,
};

use k8bit_simulator::port::HeldPort;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{
    kubectl, suite, tools,
    wait::{SOON, eventually},
};

/// A running nginx; killed when dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    _child: Child,
    port: u16,
    folder: TempDir,
}

/// Lines of the configuration, each with what stands in its place.
type Replacements = Vec<(&'static str, String)>;

impl Nginx {
    /// One that serves the page by `deploy/overlays/OVERLAY/nginx.conf`, in front of a server. Where there is no nginx, the
    /// test is skipped and has to return.
    pub(crate) async fn of_overlay(overlay: &str, upstream: &str) -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("deploy/overlays/{overlay}/nginx.conf"));
        let config = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let pass = match overlay {
            "token" => "proxy_pass https://kubernetes.default.svc;",
            _ => "proxy_pass http://127.0.0.1:8001;",
        };
        let replacements = vec![
            ("root /srv/k8bit/dist;", format!("root {};", kubectl::www().display())),
            (pass, format!("proxy_pass {upstream};")),
        ];
        Self::start(&config, replacements).await
    }

    /// One as a gateway in front of another server, at a path that it takes away.
    pub(crate) async fn gateway(prefix: &str, upstream: &str) -> Option<Self> {
        let config = format!(
            "worker_processes 1;
            pid /tmp/nginx.pid;
            events {{}}
            http {{
                include /etc/nginx/mime.types;
                client_body_temp_path /tmp/body;
                proxy_temp_path /tmp/proxy;
                fastcgi_temp_path /tmp/fastcgi;
                uwsgi_temp_path /tmp/uwsgi;
                scgi_temp_path /tmp/scgi;
                access_log /dev/stdout;
                large_client_header_buffers 4 32k;
                map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
                server {{
                    listen 8080;
                    location {prefix} {{
                        proxy_pass {upstream}/;
                        proxy_http_version 1.1;
                        proxy_buffering off;
                        proxy_set_header Host $http_host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                    }}
                }}
            }}"
        );
        Self::start(&config, Vec::new()).await
    }

    async fn start(config: &str, mut replacements: Replacements) -> Option<Self> {
        let Some(program) = tools::nginx() else {
            suite::skip(
                "there is no nginx; `scripts/setup test` installs it where it can, and K8BIT_NGINX names another one",
            );
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let written = folder.path().display().to_string();
        let held = HeldPort::hold(0).expect("a free port");
        let port = held.number();
        replacements.extend([
            ("listen 8080;", format!("listen 127.0.0.1:{port};")),
            ("pid /tmp/", format!("pid {written}/")),
            (
                "client_body_temp_path /tmp/",
                format!("client_body_temp_path {written}/"),
            ),
            ("proxy_temp_path /tmp/", format!("proxy_temp_path {written}/")),
            ("fastcgi_temp_path /tmp/", format!("fastcgi_temp_path {written}/")),
            ("uwsgi_temp_path /tmp/", format!("uwsgi_temp_path {written}/")),
            ("scgi_temp_path /tmp/", format!("scgi_temp_path {written}/")),
            (
                "include /etc/nginx/mime.types;",
                format!("include {};", mime_types(&program).display()),
            ),
        ]);
        let mut config = config.to_owned();
        for (line, other) in replacements {
            assert_eq!(config.matches(line).count(), 1, "{line:?} in {config}");
            config = config.replace(line, &other);
        }
        let path = folder.path().join("nginx.conf");
        fs::write(&path, config).expect("a file");
        let log = File::create(folder.path().join("log")).expect("a file");
        let both = log.try_clone().expect("a file");
        let mut command = Command::new(&program);
        // One process, with the rights of whoever runs the test. The rest are the arguments of the pod.
        command.arg("-c").arg(&path).arg("-p").arg(folder.path()).args([
            "-e",
            "/dev/stderr",
            "-g",
            "daemon off; master_process off;",
        ]);
        command.stdin(Stdio::null()).stdout(log).stderr(both).kill_on_drop(true);
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let nginx = Self {
            _child: child,
            port,
            folder,
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        eventually("nginx listens", SOON, async || match TcpStream::connect(address) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{error}; it said:\n{}", nginx.log())),
        })
        .await;
        drop(held);
        Some(nginx)
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All that it has written: a line for each request that has ended, and errors.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("its log can be read")
    }
}

/// The types of files: those that came with this nginx.
fn mime_types(program: &Path) -> PathBuf {
    let beside = program.ancestors().nth(3).map(|root| root.join("etc/nginx/mime.types"));
    match beside.filter(|file| file.is_file()) {
        Some(file) => file,
        None => "/etc/nginx/mime.types".into(),
    }
}
