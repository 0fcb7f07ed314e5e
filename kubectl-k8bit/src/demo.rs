//! The simulated cluster of `--demo`, inside this program: no kubectl, no network.

use std::{net::Ipv4Addr, sync::mpsc};

use k8bit_simulator::{
    api::ApiOptions,
    http::{Server, ServerOptions, StartError},
    world::WorldOptions,
};

use crate::{
    arguments::Arguments,
    page::PageFolder,
    ports::{Port, Ports},
    prefix,
    problem::StartProblem,
    session::{listen_for_interrupts, present},
    session_event::SessionEvent,
};

/// What the port is remembered by. No context has a space at its end.
const KEY: &str = "demo ";

/// Small enough to be read at a glance, large enough for something to happen every few seconds.
const NODES: usize = 24;
const PODS: usize = 540;

/// Serves the page in front of a simulated cluster until Ctrl-C.
pub(crate) fn run(arguments: &Arguments) -> Result<(), StartProblem> {
    let (events, next) = mpsc::channel();
    listen_for_interrupts(&events)?;
    let (www_prefix, api_prefix) = (prefix::random()?, prefix::random()?);
    let page = PageFolder::unpack(&api_prefix)?;
    let ports = Ports::of_user();
    let port = ports.choose(KEY, arguments.port);
    let options = |port: u16| ServerOptions {
        port,
        api_prefix: api_prefix.clone(),
        static_prefix: www_prefix.clone(),
        dist: Some(page.folder().to_owned()),
        api: ApiOptions {
            metrics: true,
            ..ApiOptions::default()
        },
        world: Some(WorldOptions {
            nodes: NODES,
            pods: PODS,
            ..WorldOptions::default()
        }),
        ..ServerOptions::default()
    };
    let server = Server::start(options(port.number())).map_err(|error| match (error, port) {
        (StartError::Port(port, error), Port::Given(_)) if error.kind() == std::io::ErrorKind::AddrInUse => {
            StartProblem::PortTaken(port)
        }
        (error, _) => StartProblem::Demo(error.to_string()),
    })?;
    let number = server.address().port();
    if port.is_kept() {
        // Then the next start chooses another port, which nothing depends on here.
        let _ = ports.remember(KEY, number);
    }
    let address = format!(
        "http://{}:{number}{www_prefix}{}",
        Ipv4Addr::LOCALHOST,
        arguments.query_and_fragment()
    );
    present(arguments, "a simulated cluster", &address);
    while !matches!(next.recv(), Ok(SessionEvent::Interrupted) | Err(_)) {}
    Ok(())
}
