//! `kubectl k8bit`: the dashboard of a cluster, in one command.
//!
//! The page is embedded. The program unpacks it into a private folder, has `kubectl proxy` serve it beside the API, opens
//! the browser, and keeps the proxy running until Ctrl-C. It never talks to the cluster itself: certificates, tokens,
//! credential plugins and proxies are kubectl's, and the page's requests go through `kubectl proxy` alone.
//!
//! | module | what it does |
//! |---|---|
//! | [`arguments`] | the command line |
//! | [`session`] | from the command line to a page that is served, and on until Ctrl-C |
//! | [`kubectl`] | which kubectl, how old, and which cluster it leads to |
//! | [`proxy`] | one run of `kubectl proxy`: its options, and what it says |
//! | [`supervisor`] | the process between this program and `kubectl proxy`, which ends the proxy when this program dies |
//! | [`probe`] | whether the proxy and the cluster behind it answer |
//! | [`page`] | the embedded page, and the folder that it is served from |
//! | [`prefix`] | the random paths that keep other pages and programs out |
//! | [`ports`] | the port of each context, remembered |
//! | [`demo`] | the simulated cluster of `--demo` |
//! | [`problem`] | what can go wrong, in sentences |
//!
//! # Why the paths are random
//!
//! `kubectl proxy` adds the user's credentials to whatever reaches its port. It checks the `Host` of API requests, so that
//! another site's name that is pointed at 127.0.0.1 gets nothing from the API; but it checks it for no static file, and it
//! accepts WebSockets from every `Origin`. So both prefixes are 128 random bits, new at each start: a page of another
//! origin knows neither where the API is nor where the page is that would tell.

use std::{env, process::ExitCode};

use clap::Parser as _;

mod arguments;
mod demo;
mod kubectl;
mod page;
mod ports;
mod prefix;
mod probe;
mod problem;
mod proxy;
mod session;
mod session_event;
mod supervisor;

fn main() -> ExitCode {
    if let Some(code) = supervisor::run_if_asked(env::args_os().skip(1)) {
        return code;
    }
    let arguments = arguments::Arguments::parse();
    let ended = if arguments.demo {
        demo::run(&arguments)
    } else {
        session::run(&arguments)
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            session::complain(&format!("error: {problem}"));
            ExitCode::FAILURE
        }
    }
}
