//! The port of each context, remembered, so that what the browser keeps for the page is found again: saved views belong to
//! an origin, and the port is part of it.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    path::PathBuf,
};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

/// Ports to choose from: registered to few, and below those that systems give to outgoing connections.
const CHOICE: Range<u16> = 20_000..32_768;

/// How often a port is drawn before any free one is taken.
const DRAWS: usize = 50;

/// Which port to serve at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// The one that was asked for, or any free one for 0.
    Given(u16),
    /// The context's own.
    Own(u16),
    /// Another one, because the context's own is taken.
    Instead {
        /// The context's own.
        own: u16,
        /// The one to use.
        other: u16,
    },
}

impl Port {
    /// The number for `kubectl proxy`.
    pub(crate) fn number(self) -> u16 {
        match self {
            Self::Given(port) | Self::Own(port) => port,
            Self::Instead { other, .. } => other,
        }
    }

    /// Whether the context keeps it. A port that stands in for another is not kept.
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::Instead { .. } | Self::Given(0))
    }
}

/// The file of ports. Where there is none, or where it cannot be read, nothing is remembered and everything else works.
#[derive(Debug)]
pub(crate) struct Ports {
    path: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Contents {
    #[serde(default)]
    ports: BTreeMap<String, u16>,
}

impl Ports {
    /// The user's.
    pub(crate) fn of_user() -> Self {
        let folder = etcetera::choose_base_strategy()
            .ok()
            .map(|strategy| strategy.state_dir().unwrap_or_else(|| strategy.data_dir()));
        Self {
            path: folder.map(|folder| folder.join("k8bit").join("ports.json")),
        }
    }

    /// The port for a context.
    pub(crate) fn choose(&self, context: &str, given: Option<u16>) -> Port {
        if let Some(port) = given {
            return Port::Given(port);
        }
        let known = self.read();
        match known.ports.get(context) {
            Some(&own) if is_free(own) => Port::Own(own),
            Some(&own) => Port::Instead {
                own,
                other: draw(&known),
            },
            None => Port::Own(draw(&known)),
        }
    }

    /// Another port than one that turned out to be taken.
    pub(crate) fn choose_instead_of(&self, port: Port) -> Port {
        let own = match port {
            Port::Instead { own, .. } => own,
            Port::Given(port) | Port::Own(port) => port,
        };
        Port::Instead {
            own,
            other: draw(&self.read()),
        }
    }

    /// Remembers the port of a context.
    pub(crate) fn remember(&self, context: &str, port: u16) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        // Two clusters may be opened at the same moment.
        file.lock()?;
        let mut contents = parse(&mut file);
        if contents.ports.insert(context.to_owned(), port) == Some(port) {
            return Ok(());
        }
        file.rewind()?;
        file.set_len(0)?;
        writeln!(file, "{}", serde_json::to_string_pretty(&contents)?)
    }

    fn read(&self) -> Contents {
        let open = self.path.as_ref().and_then(|path| File::open(path).ok());
        open.map_or_else(Contents::default, |mut file| {
            // Without the lock a file might be read while it is written; it would then count as empty.
            let _ = file.lock_shared();
            parse(&mut file)
        })
    }
}

fn parse(file: &mut File) -> Contents {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Contents::default(),
    }
}

/// A free port that no context has. 0, which is any, where none is found.
fn draw(known: &Contents) -> u16 {
    for _ in 0..DRAWS {
        let Ok(random) = getrandom::u32() else { break };
        let offset = random % u32::from(CHOICE.end - CHOICE.start);
        let port = CHOICE.start + u16::try_from(offset).unwrap_or_default();
        if !known.ports.values().any(|taken| *taken == port) && is_free(port) {
            return port;
        }
    }
    0
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(folder: &tempfile::TempDir) -> Ports {
        Ports {
            path: Some(folder.path().join("state").join("ports.json")),
        }
    }

    #[test]
    fn each_context_keeps_its_port() {
        let folder = tempfile::tempdir().unwrap();
        let ports = ports(&folder);
        let (one, other) = (ports.choose("one", None), ports.choose("other", None));
        ports.remember("one", one.number()).unwrap();
        ports.remember("other", other.number()).unwrap();
        assert_eq!(ports.choose("one", None), one);
        assert_eq!(ports.choose("other", None), other);
        assert_ne!(one, other);
        assert!(one.is_kept() && CHOICE.contains(&one.number()));
    }

    #[test]
    fn a_port_that_is_taken_stays_the_contexts_own() {
        let folder = tempfile::tempdir().unwrap();
        let ports = ports(&folder);
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = taken.local_addr().unwrap().port();
        ports.remember("one", own).unwrap();
        let port = ports.choose("one", None);
        assert!(
            matches!(port, Port::Instead { own: kept, other } if kept == own && other != own),
            "{port:?}"
        );
        assert!(!port.is_kept());
        drop(taken);
        assert_eq!(ports.choose("one", None), Port::Own(own));
    }

    #[test]
    fn a_given_port_is_used_whatever_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let ports = ports(&folder);
        ports.remember("one", 20_001).unwrap();
        assert_eq!(ports.choose("one", Some(9_000)), Port::Given(9_000));
        assert!(Port::Given(9_000).is_kept());
        assert!(!Port::Given(0).is_kept());
    }

    #[test]
    fn a_file_that_cannot_be_read_counts_as_empty() {
        let folder = tempfile::tempdir().unwrap();
        let ports = ports(&folder);
        ports.remember("one", 20_001).unwrap();
        fs::write(ports.path.as_ref().unwrap(), "no JSON").unwrap();
        assert_eq!(ports.read(), Contents::default());
        ports.remember("other", 20_002).unwrap();
        assert_eq!(ports.read().ports, BTreeMap::from([("other".to_owned(), 20_002)]));
        let nowhere = Ports { path: None };
        nowhere.remember("one", 1).unwrap();
        assert!(matches!(nowhere.choose("one", None), Port::Own(_)));
    }
}
