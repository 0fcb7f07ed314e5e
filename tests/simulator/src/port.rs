//! A port that is kept for somebody who does not listen on it now.
//!
//! A port that nobody has bound may be taken at any moment, be it as the near end of some other connection. Who stops
//! listening and means to listen again keeps it bound meanwhile: Linux then refuses connections to it, gives it to nobody
//! who asks for any port, and lets those bind it who set `SO_REUSEADDR`, as Go's and tokio's listeners do
//! (`socket(7)`, `SO_REUSEADDR`).

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 that is bound, and refuses connections. Free again once this is dropped.
#[derive(Debug)]
pub struct HeldPort {
    number: u16,
    /// Keeps the port.
    _socket: TcpSocket,
}

impl HeldPort {
    /// Keeps a port; with 0 one that is free.
    ///
    /// # Errors
    /// When somebody listens on it, or has it for a connection that did not set `SO_REUSEADDR`.
    pub fn hold(number: u16) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)))?;
        Ok(Self {
            number: socket.local_addr()?.port(),
            _socket: socket,
        })
    }

    /// Its number, which whoever is to listen there binds while it is still kept.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }
}
