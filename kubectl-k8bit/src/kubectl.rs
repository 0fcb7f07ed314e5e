//! kubectl: where it is, how old it is, and which cluster it leads to.

use std::{
    env,
    ffi::OsString,
    fmt, io,
    process::{Command, Output, Stdio},
    thread,
};

use serde::Deserialize;

use crate::{arguments::Arguments, problem::StartProblem};

/// The oldest version that the tests have run with: Debian 12's.
const MINIMUM: KubectlVersion = KubectlVersion { major: 1, minor: 20 };

/// kubectl, with the options that say which cluster is meant.
#[derive(Clone, Debug)]
pub(crate) struct Kubectl {
    program: OsString,
    cluster_options: Vec<OsString>,
}

/// A version as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KubectlVersion {
    major: u32,
    minor: u32,
}

/// The cluster that kubectl talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// As `--context` names it.
    name: String,
    /// The URL of the API server.
    server: Option<String>,
}

impl fmt::Display for KubectlVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Some(server) => write!(formatter, "context “{}” ({server})", self.name),
            None => write!(formatter, "context “{}”", self.name),
        }
    }
}

impl Context {
    /// What the port is remembered by. Contexts of different files often have the same name, such as `default`.
    pub(crate) fn key(&self) -> String {
        match &self.server {
            Some(server) => format!("{} {server}", self.name),
            None => self.name.clone(),
        }
    }
}

impl Kubectl {
    /// The one that is used; whether it is there is seen when it is started.
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let named = env::var_os("K8BIT_KUBECTL").filter(|named| !named.is_empty());
        let mut cluster_options = Vec::new();
        if let Some(context) = &arguments.context {
            cluster_options.push(format!("--context={context}").into());
        }
        if let Some(file) = &arguments.kubeconfig {
            let mut option = OsString::from("--kubeconfig=");
            option.push(file);
            cluster_options.push(option);
        }
        Self {
            program: named.unwrap_or_else(|| "kubectl".into()),
            cluster_options,
        }
    }

    /// A command for the cluster that is meant.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(name).args(&self.cluster_options);
        command
    }

    /// Checks the version and finds the context, both at once: each takes a start of kubectl.
    pub(crate) fn look(&self, arguments: &Arguments) -> Result<Context, StartProblem> {
        thread::scope(|scope| {
            let version = scope.spawn(|| self.check_version());
            let context = self.find_context(arguments);
            version.join().unwrap_or(Ok(()))?;
            context
        })
    }

    fn check_version(&self) -> Result<(), StartProblem> {
        let mut command = Command::new(&self.program);
        let output = self.run(command.args(["version", "--client", "--output=json"]))?;
        judge_version(&String::from_utf8_lossy(&output.stdout))
    }

    fn find_context(&self, arguments: &Arguments) -> Result<Context, StartProblem> {
        let mut command = self.command("config");
        let output = self.run(command.args(["view", "--minify", "--output=json"]))?;
        if output.status.success() {
            return Ok(read_context(&output.stdout));
        }
        // `--server` needs no kubeconfig, and neither does kubectl in a pod, which finds its ServiceAccount.
        if arguments.names_server() {
            return Ok(Context::of("the server that was named"));
        }
        let is_default = arguments.context.is_none() && arguments.kubeconfig.is_none();
        if is_default && env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            return Ok(Context::of("in-cluster"));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("error: ");
        if said.contains("current-context must exist") && is_existing(arguments.kubeconfig.as_ref()) {
            return Err(StartProblem::NoContext);
        }
        match &arguments.kubeconfig {
            Some(file) if !is_existing(Some(file)) => Err(StartProblem::Configuration(format!(
                "there is no file {}",
                file.display()
            ))),
            _ => Err(StartProblem::Configuration(said.to_owned())),
        }
    }

    fn run(&self, command: &mut Command) -> Result<Output, StartProblem> {
        let output = command.stdin(Stdio::null()).output();
        output.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if self.program == "kubectl" => StartProblem::NoKubectl,
            _ => StartProblem::KubectlBroken {
                program: self.program.display().to_string(),
                error,
            },
        })
    }
}

impl Context {
    fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            server: None,
        }
    }
}

/// Without `--kubeconfig`, kubectl takes files that are not there for empty ones.
fn is_existing(file: Option<&OsString>) -> bool {
    file.is_none_or(|file| std::path::Path::new(file).exists())
}

/// A kubectl that does not say its version is not held to be old.
fn judge_version(json: &str) -> Result<(), StartProblem> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct VersionOutput {
        client_version: ClientVersion,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ClientVersion {
        git_version: String,
    }
    let Ok(answer) = serde_json::from_str::<VersionOutput>(json) else {
        return Ok(());
    };
    let said = answer.client_version.git_version;
    match parse_version(&said) {
        Some(version) if version < MINIMUM => Err(StartProblem::KubectlTooOld {
            version: said,
            minimum: MINIMUM.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Reads `v1.32.4-dispatcher`.
fn parse_version(text: &str) -> Option<KubectlVersion> {
    let mut parts = text.trim_start_matches('v').split('.');
    Some(KubectlVersion {
        major: parts.next()?.parse().ok()?,
        minor: parts.next()?.parse().ok()?,
    })
}

/// Reads what `kubectl config view --minify` prints: one context, and its cluster.
fn read_context(json: &[u8]) -> Context {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct ConfigView {
        #[serde(rename = "current-context")]
        current_context: Option<String>,
        clusters: Option<Vec<NamedContext>>,
    }
    #[derive(Deserialize)]
    struct NamedContext {
        cluster: NamedCluster,
    }
    #[derive(Deserialize)]
    struct NamedCluster {
        server: Option<String>,
    }
    let view: ConfigView = serde_json::from_slice(json).unwrap_or_default();
    let cluster = view.clusters.unwrap_or_default().into_iter().next();
    Context {
        name: view.current_context.unwrap_or_default(),
        server: cluster.and_then(|named| named.cluster.server),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_version(git_version: &str, will_do: bool) {
        let json = format!(r#"{{"clientVersion":{{"major":"1","minor":"0","gitVersion":"{git_version}"}}}}"#);
        assert_eq!(judge_version(&json).is_ok(), will_do, "{git_version}");
    }

    #[test]
    fn old_versions_are_refused() {
        check_version("v1.19.16", false);
        check_version("v1.4.0", false);
        check_version("v0.21.4", false);
        check_version("v1.20.5+really1.20.2-dirty", true);
        check_version("v1.32.4-dispatcher", true);
        check_version("v2.0.0", true);
        // What says no version is tried.
        check_version("", true);
        assert!(judge_version("Client Version: v1.2.3").is_ok());
    }

    #[test]
    fn the_context_is_read_from_what_kubectl_prints() {
        let json = r#"{"kind":"Config","clusters":[{"name":"c","cluster":{"server":"https://10.0.0.1:6443"}}],"users":null,
            "contexts":[{"name":"prod","context":{"cluster":"c","user":"u"}}],"current-context":"prod"}"#;
        let context = read_context(json.as_bytes());
        assert_eq!(context.to_string(), "context “prod” (https://10.0.0.1:6443)");
        assert_eq!(context.key(), "prod https://10.0.0.1:6443");
        let json = r#"{"clusters":null,"current-context":"empty"}"#;
        assert_eq!(read_context(json.as_bytes()).to_string(), "context “empty”");
    }
}
