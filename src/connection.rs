//! What the connection to the API server is worth, in words: pure, from the informers' phases.

use std::time::Duration;

use crate::resource::Timestamp;

/// The closed set of states that the page shows; `data-state` of `#connection`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionState {
    /// The watch is open and the picture is current.
    Live,
    /// The first request is under way.
    Connecting,
    /// The first list is arriving.
    Listing,
    /// The history was lost (410); a new list is on its way while the old picture stays.
    Resyncing,
    /// The watch was lost a moment ago and is being reopened.
    Reconnecting,
    /// Not live for longer than a moment: what is shown is old.
    Stale,
    /// There is nothing to show, and trying again alone may not help.
    Failed,
}

/// The connection of one watched collection.
#[derive(Clone, Debug, PartialEq)]
pub struct KindConnection {
    /// `nodes`, `pods`, `pods in shop`.
    pub what: String,
    /// Its state.
    pub state: ConnectionState,
    /// Objects received so far while listing.
    pub listed: u64,
    /// How many objects the server expects beyond those, where it says so.
    pub remaining: Option<u64>,
    /// Attempts that failed since it was last live.
    pub attempt: u32,
    /// Time until the next attempt, while waiting for one.
    pub retry_in: Option<Duration>,
    /// When it was last live, while it is not.
    pub stale_since: Option<Timestamp>,
    /// What is wrong.
    pub problem: Option<Problem>,
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, a plain sentence.
    pub sentence: String,
    /// What to do about it, a plain sentence; may hold a command in backticks.
    pub advice: String,
    /// What the server or the browser said, verbatim and bounded; empty when it said nothing.
    pub detail: String,
}

/// The connection as a whole: the worst of its kinds.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The worst state among the kinds that the picture needs.
    pub state: ConnectionState,
    /// Each watched collection, nodes first.
    pub kinds: Vec<KindConnection>,
    /// Events applied in the last second, of all kinds.
    pub events_per_second: u32,
}

impl ConnectionState {
    /// The value of `data-state`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Connecting => "connecting",
            Self::Listing => "listing",
            Self::Resyncing => "resyncing",
            Self::Reconnecting => "reconnecting",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}
