//! From the command line to a page that is served, and on until Ctrl-C.

use std::{
    collections::VecDeque,
    io::{self, Write as _},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::{
    arguments::Arguments,
    kubectl::{Context, Kubectl},
    page::PageFolder,
    ports::{Port, Ports},
    prefix, probe,
    problem::StartProblem,
    proxy::Service,
    session_event::SessionEvent,
};

/// Time after which the program says what it waits for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Waits between runs of a proxy that ends again and again: the first, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A run of this length shows that the proxy works; the next end is waited for from the beginning.
const SOUND: Duration = Duration::from_secs(60);

/// How long the proxy may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Other ports that are tried at the start where one is taken at the last moment.
const OTHER_PORTS: u32 = 3;

/// Lines of the proxy's output that are kept for an error.
const LINES: usize = 20;

/// Serves the page until Ctrl-C.
pub(crate) fn run(arguments: &Arguments) -> Result<(), StartProblem> {
    arguments.check()?;
    let (events, next) = mpsc::channel();
    listen_for_interrupts(&events)?;
    let kubectl = Kubectl::new(arguments);
    let context = kubectl.look(arguments)?;
    let (www_prefix, api_prefix) = (prefix::random()?, prefix::random()?);
    let page = PageFolder::unpack(&api_prefix)?;
    let ports = Ports::of_user();
    let service = Service {
        kubectl: &kubectl,
        folder: page.folder(),
        www_prefix: &www_prefix,
        api_prefix: &api_prefix,
        write: arguments.write,
        more_options: &arguments.proxy_options,
    };
    let session = Session {
        port: ports.choose(&context.key(), arguments.port),
        arguments,
        context,
        ports,
        service,
        events,
        next,
        served: None,
    };
    session.run()
}

/// Sends [`SessionEvent::Interrupted`] for Ctrl-C and what `kill` sends.
pub(crate) fn listen_for_interrupts(events: &Sender<SessionEvent>) -> Result<(), StartProblem> {
    let events = events.clone();
    let listening = ctrlc::set_handler(move || {
        // The receiver is gone once the program ends.
        let _ = events.send(SessionEvent::Interrupted);
    });
    listening.map_err(|error| StartProblem::System(io::Error::other(error)))
}

/// Says where the page is, and opens it.
pub(crate) fn present(arguments: &Arguments, what: &str, address: &str) {
    let may_write = match arguments.write {
        true => "The page can change things once you enable that on it.",
        false => "The page is read-only.",
    };
    say(&format!("K8bit shows {what}. {may_write} Ctrl-C ends it.\n{address}"));
    if !arguments.no_open {
        open(address.to_owned());
    }
}

/// A line to standard output; errors are ignored.
fn say(line: &str) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// A line to standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Opens the browser; `BROWSER` names another than the system's own.
fn open(address: String) {
    thread::spawn(move || {
        let opened = match std::env::var("BROWSER") {
            Ok(browser) if !browser.is_empty() => open::with_detached(&address, browser),
            _ => open::that_detached(&address),
        };
        if let Err(error) = opened {
            complain(&format!(
                "No browser could be started ({error}). Open the address above in one."
            ));
        }
    });
}

struct Session<'a> {
    arguments: &'a Arguments,
    context: Context,
    ports: Ports,
    port: Port,
    service: Service<'a>,
    events: Sender<SessionEvent>,
    next: Receiver<SessionEvent>,
    /// The port that the page is open at, once it is.
    served: Option<u16>,
}

/// How a run of the proxy ended.
enum ProxyEnd {
    Interrupted,
    /// It ended by itself, with this output.
    Ended {
        code: Option<i32>,
        said: VecDeque<String>,
    },
}

impl Session<'_> {
    fn run(mut self) -> Result<(), StartProblem> {
        let mut wait = FIRST_WAIT;
        let mut other_ports = 0;
        for run in 0.. {
            let begun = Instant::now();
            let proxy = self
                .service
                .start(self.served.unwrap_or(self.port.number()), run, &self.events);
            let proxy = proxy.map_err(StartProblem::System)?;
            let end = self.follow(run);
            drop(proxy);
            if !matches!(end, Ok(ProxyEnd::Ended { .. })) {
                self.await_end(run);
            }
            let (code, said) = match end? {
                ProxyEnd::Interrupted => return Ok(()),
                ProxyEnd::Ended { code, said } => (code, said),
            };
            let port_was_taken = said.iter().any(|line| says_that_port_is_taken(line));
            if self.served.is_none() {
                match self.port {
                    Port::Given(port) if port_was_taken => return Err(StartProblem::PortTaken(port)),
                    port if port_was_taken && other_ports < OTHER_PORTS => {
                        other_ports += 1;
                        self.port = self.ports.choose_instead_of(port);
                        continue;
                    }
                    _ => return Err(StartProblem::ProxyEnded(last_words(code, &said))),
                }
            }
            if begun.elapsed() > SOUND {
                wait = FIRST_WAIT;
            }
            complain(&format!(
                "`kubectl proxy` has ended ({}). It is started again.",
                describe(code)
            ));
            if self.is_interrupted_within(wait) {
                return Ok(());
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        Ok(())
    }

    /// Follows a run of the proxy to its end.
    fn follow(&mut self, run: u32) -> Result<ProxyEnd, StartProblem> {
        let mut said = VecDeque::new();
        let mut has_said_to_wait = self.served.is_some();
        let mut last_error = String::new();
        loop {
            let event = match self
                .next
                .recv_timeout(if has_said_to_wait { Duration::MAX } else { PATIENCE })
            {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    has_said_to_wait = true;
                    complain(&format!("Waiting for {} to answer.", self.context));
                    continue;
                }
                // This session holds a sender.
                Err(RecvTimeoutError::Disconnected) => return Ok(ProxyEnd::Interrupted),
            };
            match event {
                SessionEvent::Interrupted => return Ok(ProxyEnd::Interrupted),
                SessionEvent::Serving { run: of, port } if of == run => self.ask(run, port),
                SessionEvent::Said { run: of, line } if of == run => {
                    match request_error(&line) {
                        // The page says that, and asks again and again.
                        Some(error) if self.served.is_none() || error == last_error => {}
                        Some(error) => {
                            complain(&line);
                            error.clone_into(&mut last_error);
                        }
                        None => complain(&line),
                    }
                    if said.len() == LINES {
                        said.pop_front();
                    }
                    said.push_back(line);
                }
                SessionEvent::Asked { run: of, answer } if of == run => {
                    has_said_to_wait = true;
                    self.answered(answer)?;
                }
                SessionEvent::Ended { run: of, code } if of == run => return Ok(ProxyEnd::Ended { code, said }),
                // Of an earlier run.
                SessionEvent::Serving { .. }
                | SessionEvent::Said { .. }
                | SessionEvent::Asked { .. }
                | SessionEvent::Ended { .. } => {}
            }
        }
    }

    /// Asks whether proxy and cluster answer.
    fn ask(&mut self, run: u32, port: u16) {
        if self.served.is_none() && self.port.number() != port {
            // Any free port was asked for, or another one by the user's own options.
            self.port = Port::Given(port);
        }
        let (www_prefix, api_prefix) = (self.service.www_prefix.to_owned(), self.service.api_prefix.to_owned());
        let (events, cluster) = (self.events.clone(), self.context.to_string());
        thread::spawn(move || {
            let answer = probe::ask(port, &www_prefix, &api_prefix, &cluster);
            let _ = events.send(SessionEvent::Asked { run, answer });
        });
    }

    fn answered(&mut self, answer: Result<(), StartProblem>) -> Result<(), StartProblem> {
        if self.served.is_some() {
            match answer {
                Ok(()) => complain("`kubectl proxy` serves the page again."),
                // The open page shows it, and reconnects later.
                Err(problem) => complain(&problem.to_string()),
            }
            return Ok(());
        }
        answer?;
        let port = self.port.number();
        self.served = Some(port);
        if self.port.is_kept() && self.arguments.port != Some(0) {
            let remembered = self.ports.remember(&self.context.key(), port);
            if let Err(error) = remembered {
                complain(&format!(
                    "The port could not be remembered ({error}). The next start may choose another, and not find the views \
                     that you save."
                ));
            }
        }
        if let Port::Instead { own, .. } = self.port {
            complain(&format!(
                "Port {own}, where this context is usually shown, is taken, perhaps by another `kubectl k8bit`. This page \
                 is at port {port}: it has no views that were saved there."
            ));
        }
        let address = format!(
            "http://127.0.0.1:{port}{}{}",
            self.service.www_prefix,
            self.arguments.query_and_fragment()
        );
        present(self.arguments, &self.context.to_string(), &address);
        Ok(())
    }

    /// Waits until a run of the proxy that was ended has come to its end.
    fn await_end(&self, run: u32) {
        let deadline = Instant::now() + FAREWELL;
        loop {
            match self
                .next
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(SessionEvent::Ended { run: of, .. }) if of == run => return,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    fn is_interrupted_within(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        loop {
            match self
                .next
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(SessionEvent::Interrupted) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }
}

fn describe(code: Option<i32>) -> String {
    match code {
        Some(code) if code > 128 => format!("by signal {}", code - 128),
        Some(code) => format!("with code {code}"),
        None => "its supervisor was killed".to_owned(),
    }
}

/// As Unix has it, and Windows.
fn says_that_port_is_taken(line: &str) -> bool {
    line.contains("address already in use") || line.contains("Only one usage of each socket address")
}

fn last_words(code: Option<i32>, said: &VecDeque<String>) -> String {
    let last = said
        .back()
        .map(|line| line.trim_start_matches("error: ").trim_end_matches('.'));
    last.filter(|line| !line.is_empty())
        .map_or_else(|| describe(code), str::to_owned)
}

/// What went wrong, of a line such as `E1130 03:16:02.863100 30768 proxy_server.go:147] Error while proxying request: …`.
fn request_error(line: &str) -> Option<&str> {
    let (_, error) = line.split_once("] Error while proxying request: ")?;
    Some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_requests_are_told_from_what_else_is_said() {
        let line = "E1130 03:16:02.863100   30768 proxy_server.go:147] Error while proxying request: dial tcp: refused";
        assert_eq!(request_error(line), Some("dial tcp: refused"));
        assert_eq!(request_error("Your session has expired. Run: sso login"), None);
    }

    #[test]
    fn the_end_of_the_proxy_is_put_into_words() {
        let said = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(
            last_words(Some(1), &said(&["a", "error: unknown flag: --nonsense."])),
            "unknown flag: --nonsense"
        );
        assert_eq!(last_words(Some(137), &said(&[])), "by signal 9");
        assert_eq!(last_words(Some(2), &said(&[])), "with code 2");
    }
}
