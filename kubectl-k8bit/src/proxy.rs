//! One run of `kubectl proxy`.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::mpsc::{self, Sender},
    thread,
    time::Duration,
};

use crate::{kubectl::Kubectl, session_event::SessionEvent, supervisor};

/// Methods that the proxy refuses where nothing may be written. The API has no other that writes.
const WRITING_METHODS: &str = "(?i)^(POST|PUT|PATCH|DELETE)$";

/// Paths that the proxy refuses always: what runs commands in containers or reaches through the API server into the
/// cluster's network by a GET. kubectl itself refuses only `exec` and `attach` of pods.
const REFUSED_PATHS: &str = "^/api/.*/(nodes|pods|services)/[^/]+/(exec|attach|portforward|proxy)(/.*)?$";

/// How long output of the proxy may arrive after its end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What to serve, and where: the same in every run, so that an open page finds the next one.
#[derive(Debug)]
pub(crate) struct Service<'a> {
    /// kubectl, and the cluster.
    pub(crate) kubectl: &'a Kubectl,
    /// The page.
    pub(crate) folder: &'a Path,
    /// Where the page is.
    pub(crate) www_prefix: &'a str,
    /// Where the API is.
    pub(crate) api_prefix: &'a str,
    /// Whether the page may write.
    pub(crate) write: bool,
    /// What the user adds.
    pub(crate) more_options: &'a [OsString],
}

impl Service<'_> {
    fn command(&self, port: u16) -> Command {
        let mut command = self.kubectl.command("proxy");
        let mut www = OsString::from("--www=");
        www.push(self.folder);
        command
            .arg(format!("--port={port}"))
            .arg(www)
            .arg(format!("--www-prefix={}", self.www_prefix))
            .arg(format!("--api-prefix={}", self.api_prefix))
            .arg(format!("--reject-paths={REFUSED_PATHS}"));
        if !self.write {
            command.arg(format!("--reject-methods={WRITING_METHODS}"));
        }
        // Last, because kubectl lets a later option win.
        command.args(self.more_options);
        command
    }

    /// Starts a run. What comes of it arrives as events that carry its number.
    pub(crate) fn start(&self, port: u16, run: u32, events: &Sender<SessionEvent>) -> io::Result<Proxy> {
        let mut command = supervisor::command(&self.command(port), self.folder)?;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let lifeline = child.stdin.take();
        let (spoken, silent) = mpsc::channel::<()>();
        let output = child.stdout.take().map(|output| {
            let (events, spoken) = (events.clone(), spoken.clone());
            move || {
                for line in lines(output) {
                    if let Some(port) = served_port(&line) {
                        let _ = events.send(SessionEvent::Serving { run, port });
                    }
                }
                drop(spoken);
            }
        });
        let complaints = child.stderr.take().map(|complaints| {
            let events = events.clone();
            move || {
                for line in lines(complaints) {
                    let _ = events.send(SessionEvent::Said { run, line });
                }
                drop(spoken);
            }
        });
        if let Some(output) = output {
            thread::Builder::new().spawn(output)?;
        }
        if let Some(complaints) = complaints {
            thread::Builder::new().spawn(complaints)?;
        }
        let events = events.clone();
        thread::Builder::new().spawn(move || {
            let code = child.wait().ok().and_then(|status| status.code());
            // Its last words first; a process that it left behind may hold the pipes for ever.
            let _ = silent.recv_timeout(LAST_WORDS);
            let _ = events.send(SessionEvent::Ended { run, code });
        })?;
        Ok(Proxy { _lifeline: lifeline })
    }
}

/// A run of `kubectl proxy`. Dropping it ends the proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    _lifeline: Option<ChildStdin>,
}

/// Lines as they come, whatever their encoding.
fn lines(from: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(from).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Reads `Starting to serve on 127.0.0.1:8001`.
fn served_port(line: &str) -> Option<u16> {
    let address = line.strip_prefix("Starting to serve on ")?;
    address.rsplit_once(':')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_what_the_proxy_says() {
        assert_eq!(served_port("Starting to serve on 127.0.0.1:8001"), Some(8001));
        assert_eq!(served_port("Starting to serve on [::]:40937"), Some(40937));
        assert_eq!(served_port("Something else: 7"), None);
    }
}
