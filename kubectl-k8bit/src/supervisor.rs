//! The process between this program and `kubectl proxy`. It ends the proxy when this program is gone, however it went.
//!
//! The program holds the other end of the supervisor's standard input and writes nothing to it. When the program ends, be
//! it by SIGKILL, the system closes that end; the supervisor reads the end of its input, and ends the proxy's process
//! group. That is the same on every system. On Linux the proxy is also ended when the supervisor is killed: its parent's
//! death is signalled to it (`PR_SET_PDEATHSIG`), which a step between the two asks for, because the standard library can
//! ask for it in the child only by unsafe code. Elsewhere nothing helps against killing both at once.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::Path,
    process::{Command, ExitCode, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use shared_child::SharedChild;

/// First argument of the supervisor's process.
const SUPERVISE: &str = "supervise-kubectl-proxy";

/// First argument of the process that becomes `kubectl proxy`.
#[cfg(target_os = "linux")]
const BECOME: &str = "become-kubectl-proxy";

/// How long the proxy may take to end when it is asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Exit code where the proxy could not be started, as a shell has it.
const NOT_STARTED: u8 = 127;

/// A command that runs `kubectl` under a supervisor. Its standard input is the lifeline: it must be a pipe.
pub(crate) fn command(kubectl: &Command, folder: &Path) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(SUPERVISE).arg(folder);
    command.arg(kubectl.get_program()).args(kubectl.get_args());
    // Ctrl-C in the terminal goes to the whole foreground group; only the program itself is to hear it.
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
    Ok(command)
}

/// Plays one of the roles of this module where the arguments ask for it.
pub(crate) fn run_if_asked(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let role = arguments.next()?;
    if role == SUPERVISE {
        let folder = arguments.next()?;
        let kubectl = arguments.next()?;
        return Some(supervise(Path::new(&folder), &kubectl, arguments));
    }
    #[cfg(target_os = "linux")]
    if role == BECOME {
        let parent = arguments.next()?;
        let kubectl = arguments.next()?;
        return Some(linux::become_proxy(&parent, kubectl, arguments));
    }
    None
}

/// What ends a supervisor's wait.
enum ProxyEvent {
    /// The program is gone.
    Abandoned,
    /// The supervisor is asked to end.
    Asked,
    /// The proxy has ended.
    Ended(io::Result<ExitStatus>),
}

fn supervise(folder: &Path, kubectl: &OsString, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let child = match spawn(kubectl, arguments) {
        Ok(child) => Arc::new(child),
        Err(error) => {
            eprintln!("{} cannot be started: {error}", kubectl.display());
            return ExitCode::from(NOT_STARTED);
        }
    };
    let (events, next) = mpsc::channel();
    {
        let events = events.clone();
        thread::spawn(move || {
            // Data and errors both mean that the other end is closed.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            let _ = events.send(ProxyEvent::Abandoned);
        });
    }
    {
        let events = events.clone();
        // Without the handler a signal ends the supervisor, and on Linux the proxy with it.
        let _ = ctrlc::set_handler(move || {
            let _ = events.send(ProxyEvent::Asked);
        });
    }
    {
        let child = child.clone();
        thread::spawn(move || events.send(ProxyEvent::Ended(child.wait())));
    }
    match next.recv() {
        Ok(ProxyEvent::Ended(status)) => {
            // A wrapper that was killed may have left the proxy behind.
            end_group(&child, false);
            exit_code(status)
        }
        asked => {
            end(&child, &next);
            if !matches!(asked, Ok(ProxyEvent::Asked)) {
                // Nobody else can remove it, or report an error.
                let _ = fs::remove_dir_all(folder);
            }
            ExitCode::SUCCESS
        }
    }
}

fn spawn(kubectl: &OsString, arguments: impl Iterator<Item = OsString>) -> io::Result<SharedChild> {
    #[cfg(target_os = "linux")]
    let mut command = linux::becoming(kubectl)?;
    #[cfg(not(target_os = "linux"))]
    let mut command = Command::new(kubectl);
    command.args(arguments).stdin(Stdio::null());
    // A group of its own, so that what kubectl has started ends with it.
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    SharedChild::spawn(&mut command)
}

/// Asks the proxy to end, and ends it.
fn end(child: &SharedChild, next: &mpsc::Receiver<ProxyEvent>) {
    end_group(child, false);
    while let Ok(event) = next.recv_timeout(GRACE) {
        if matches!(event, ProxyEvent::Ended(_)) {
            return;
        }
    }
    end_group(child, true);
    // Where it cannot be killed nothing else can be done.
    let _ = child.wait();
}

#[cfg(unix)]
fn end_group(child: &SharedChild, kill: bool) {
    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };
    let signal = if kill { Signal::SIGKILL } else { Signal::SIGTERM };
    if let Ok(group) = i32::try_from(child.id()) {
        // An error means that the group is empty.
        let _ = killpg(Pid::from_raw(group), signal);
    }
}

#[cfg(not(unix))]
fn end_group(child: &SharedChild, _kill: bool) {
    // There is no way to ask. An error means that it has ended.
    let _ = child.kill();
}

/// The exit code of the proxy; of one that a signal has ended, as a shell has it.
fn exit_code(status: io::Result<ExitStatus>) -> ExitCode {
    let Ok(status) = status else {
        return ExitCode::FAILURE;
    };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    match status.code().map(u8::try_from) {
        Some(Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        env,
        ffi::{OsStr, OsString},
        io,
        os::unix::process::CommandExt as _,
        process::{Command, ExitCode},
    };

    use nix::{
        sys::{prctl, signal::Signal},
        unistd::{getpid, getppid},
    };

    use super::{BECOME, NOT_STARTED};

    /// The beginning of a command that becomes `kubectl` and ends with this process.
    pub(super) fn becoming(kubectl: &OsString) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(BECOME).arg(getpid().to_string()).arg(kubectl);
        Ok(command)
    }

    /// Asks for a signal at the parent's death, and becomes `kubectl`, which keeps that. Returns only where it fails.
    pub(super) fn become_proxy(
        parent: &OsStr,
        kubectl: OsString,
        arguments: impl Iterator<Item = OsString>,
    ) -> ExitCode {
        // Where it cannot be asked for, the lifeline is still there.
        let _ = prctl::set_pdeathsig(Signal::SIGTERM);
        if parent.to_str() != Some(&getppid().to_string()) {
            // The parent died before that.
            return ExitCode::FAILURE;
        }
        let error = Command::new(&kubectl).args(arguments).exec();
        eprintln!("{} cannot be started: {error}", kubectl.display());
        ExitCode::from(NOT_STARTED)
    }
}
