//! Programs that end with the test.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// How long a program may take to say that it is ready.
const START: Duration = Duration::from_secs(60);

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program that says nothing of itself.
    ///
    /// # Panics
    /// When there is no such program.
    pub fn spawn(command: &mut Command) -> Self {
        let name = command.as_std().get_program().display().to_string();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        Self { child }
    }

    /// Starts a program and waits for the line of its output from which `ready` reads something.
    ///
    /// # Panics
    /// When it does not start, or ends without that line.
    pub async fn start<T>(command: &mut Command, ready: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let name = command.as_std().get_program().display().to_string();
        let started = Self::try_start(command, ready).await;
        started.unwrap_or_else(|said| panic!("{name} did not become ready. It said:\n{said}"))
    }

    /// The same; the error is what the program complained of.
    ///
    /// # Panics
    /// When there is no such program.
    pub async fn try_start<T>(command: &mut Command, ready: impl Fn(&str) -> Option<T>) -> Result<(Self, T), String> {
        let name = command.as_std().get_program().display().to_string();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let mut complaints = child.stderr.take().expect("its output is piped");
        let found = timeout(START, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(found) = ready(&line) {
                    return Some(found);
                }
            }
            None
        });
        let Ok(Some(found)) = found.await else {
            // It has ended, or is ended here so that what it complains of is complete.
            let _ = child.start_kill();
            let mut said = String::new();
            let _ = complaints.read_to_string(&mut said).await;
            return Err(said);
        };
        // A pipe that nobody empties would stop the program one day.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        tokio::spawn(async move { tokio::io::copy(&mut complaints, &mut tokio::io::sink()).await });
        Ok((Self { child }, found))
    }

    /// Ends it at once, as a crash would.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a child of ours can be killed");
    }
}
