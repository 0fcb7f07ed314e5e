//! The connection in words: the badge, a line per kind, problems, and the state of the page.

use std::time::Duration;

use crate::{
    connection::{Connection, ConnectionProblem, ConnectionState, KindConnection, Remedy},
    limits::{MENTIONED_CLOCK_DIFFERENCE_SECONDS, WARNED_CLOCK_DIFFERENCE_SECONDS},
    resource::Timestamp,
    view::{
        Tone,
        format::{clock, count, counted, spoken_duration},
        visible::visible_lines,
    },
};

/// The connection indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badge {
    /// Its `data-state`.
    pub state: ConnectionState,
    /// One word in capitals.
    pub title: &'static str,
    /// The number that matters in this state; may be empty.
    pub detail: String,
}

/// One watched collection in the connection's details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindLine {
    /// `nodes`, `pods`.
    pub what: String,
    /// Its state.
    pub state: ConnectionState,
    /// Attempt, seconds to the next attempt, progress, since when it is stale.
    pub facts: String,
    /// Why, in a sentence, or why it is watched in an unusual way; may be empty.
    pub reason: String,
}

/// A problem and the collections that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How bad it is.
    pub tone: Tone,
    /// `nodes, pods`; empty if it concerns the whole page.
    pub whats: String,
    /// What is wrong and what to do.
    pub problem: ConnectionProblem,
    /// `Trying again in 4 s (attempt 3).`; empty without a next attempt.
    pub next: String,
}

/// Progress of the first lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadProgress {
    /// `1,204 of about 3,000 pods`.
    pub text: String,
    /// 0 to 100, where the server says how many there are.
    pub percent: Option<u8>,
}

/// What is shown in the area of the cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Nothing has been listed: a skeleton.
    Loading(LoadProgress),
    /// Nothing has been listed, and it failed: the problems say why.
    Failed,
    /// Listed, with no node and no pod.
    Empty,
    /// The picture, current.
    Current,
    /// The picture as of the time given, `hh:mm:ss`.
    Stale(String),
}

impl Default for Scene {
    fn default() -> Self {
        Self::Loading(LoadProgress::default())
    }
}

/// The badge's word.
#[must_use]
pub fn title(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Live => "LIVE",
        ConnectionState::Connecting => "CONNECTING",
        ConnectionState::Listing => "LISTING",
        ConnectionState::Resyncing => "RESYNCING",
        ConnectionState::Reconnecting => "RECONNECTING",
        ConnectionState::Stale => "STALE",
        ConnectionState::Failed => "FAILED",
    }
}

/// The state in a sentence, for the badge's accessible name and the live region.
#[must_use]
pub fn sentence(connection: &Connection, utc_offset_minutes: i32) -> String {
    let since = stale_since(connection).map(|since| clock(since, utc_offset_minutes));
    match (connection.state, since) {
        (ConnectionState::Live, _) => "Live: the page is current.".to_owned(),
        (ConnectionState::Connecting, _) => "Connecting to the API server.".to_owned(),
        (ConnectionState::Listing, _) => "Listing nodes and pods.".to_owned(),
        (ConnectionState::Resyncing, _) => "Resyncing: the history was lost. Listing again.".to_owned(),
        (ConnectionState::Reconnecting, _) => "Reconnecting: the watch was lost a moment ago.".to_owned(),
        (ConnectionState::Stale, Some(since)) => format!("Stale: the page shows the state of {since}."),
        (ConnectionState::Stale, None) => "Stale: the page shows an old state.".to_owned(),
        (ConnectionState::Failed, _) => "Failed: there is nothing to show.".to_owned(),
    }
}

/// The badge.
#[must_use]
pub fn badge(connection: &Connection, utc_offset_minutes: i32) -> Badge {
    let detail = match connection.state {
        ConnectionState::Live => format!("{} ev/s", count(u64::from(connection.events_per_second))),
        ConnectionState::Connecting => String::new(),
        ConnectionState::Listing | ConnectionState::Resyncing => progress(connection).text,
        ConnectionState::Reconnecting | ConnectionState::Failed => soonest(connection).map_or_else(String::new, retry),
        ConnectionState::Stale => {
            let since = stale_since(connection).map(|since| format!("since {}", clock(since, utc_offset_minutes)));
            since.unwrap_or_default()
        }
    };
    Badge {
        state: connection.state,
        title: title(connection.state),
        detail,
    }
}

impl Scene {
    /// The value of `data-scene`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Loading(_) => "loading",
            Self::Failed => "failed",
            Self::Empty => "empty",
            Self::Current => "current",
            Self::Stale(_) => "stale",
        }
    }

    /// Whether the shown state is current, as far as is known.
    #[must_use]
    pub fn is_current(&self) -> bool {
        !matches!(self, Self::Stale(_) | Self::Failed)
    }

    /// Whether boxes are shown, and nothing in their place.
    #[must_use]
    pub fn has_boxes(&self) -> bool {
        matches!(self, Self::Current | Self::Stale(_))
    }
}

/// A line per kind.
#[must_use]
pub fn lines(connection: &Connection, utc_offset_minutes: i32) -> Vec<KindLine> {
    connection
        .kinds
        .iter()
        .map(|kind| line(kind, utc_offset_minutes))
        .collect()
}

fn line(kind: &KindConnection, utc_offset_minutes: i32) -> KindLine {
    let mut facts = Vec::new();
    if matches!(kind.state, ConnectionState::Listing | ConnectionState::Resyncing) {
        facts.push(received(kind));
    }
    if kind.attempt > 0 {
        facts.push(format!("attempt {}", kind.attempt));
    }
    if let Some(wait) = kind.retry_in {
        facts.push(retry(wait));
    }
    if let Some(since) = kind.stale_since {
        facts.push(format!("stale since {}", clock(since, utc_offset_minutes)));
    }
    let reason = match &kind.problem {
        Some(problem) => problem.sentence.clone(),
        None => kind.detour.clone(),
    };
    KindLine {
        what: kind.what.clone(),
        state: kind.state,
        facts: facts.join(" · "),
        reason,
    }
}

/// The problems, each once, with the collections that have it.
///
/// A problem that passes soon, such as a closed watch, is left to the badge and the lines: a banner that comes and goes
/// would move the page. A problem that needs the user is shown at once.
#[must_use]
pub fn notes(connection: &Connection) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for kind in &connection.kinds {
        let is_passing = matches!(kind.state, ConnectionState::Reconnecting | ConnectionState::Resyncing);
        let is_due = |problem: &&ConnectionProblem| !is_passing || problem.remedy.is_some();
        let Some(problem) = kind.problem.as_ref().filter(is_due) else {
            continue;
        };
        let same =
            |note: &&mut Note| note.problem.sentence == problem.sentence && note.problem.advice == problem.advice;
        if let Some(note) = notes.iter_mut().find(same) {
            note.whats.push_str(", ");
            note.whats.push_str(&kind.what);
            continue;
        }
        let next = kind.retry_in.map(|wait| match kind.attempt {
            0 => format!("Trying again in {} s.", seconds(wait)),
            attempt => format!("Trying again in {} s (attempt {attempt}).", seconds(wait)),
        });
        notes.push(Note {
            tone: Tone::Bad,
            whats: kind.what.clone(),
            problem: ConnectionProblem {
                detail: visible_lines(&problem.detail).into_owned(),
                ..problem.clone()
            },
            next: next.unwrap_or_default(),
        });
    }
    if connection.wants_login && notes.iter().all(|note| note.problem.remedy != Some(Remedy::SignIn)) {
        // The watches were opened before it expired, and continue for now.
        notes.push(Note {
            tone: Tone::Warning,
            whats: String::new(),
            problem: ConnectionProblem {
                sentence: "Sign in again: a login page answers new requests.".to_owned(),
                advice:
                    "Your login has expired. The button loads this page again and keeps its address. Details, logs and \
                         events need a login; nodes and pods are current until their watches end."
                        .to_owned(),
                detail: String::new(),
                remedy: Some(Remedy::SignIn),
            },
            next: String::new(),
        });
    }
    let asks_already = |note: &Note| note.problem.remedy == Some(Remedy::EnterToken);
    if connection.token.is_asked_for() && !notes.iter().any(asks_already) {
        // The watches were opened before it expired, and go on for now.
        notes.push(Note {
            tone: Tone::Warning,
            whats: String::new(),
            problem: ConnectionProblem {
                sentence: "Enter a new token: the API server no longer accepts the previous one for new requests.".to_owned(),
                advice: "It has expired or was revoked. Details, logs and events need a new one; nodes and pods are current \
                         until their watches end."
                    .to_owned(),
                detail: String::new(),
                remedy: Some(Remedy::EnterToken),
            },
            next: String::new(),
        });
    }
    if connection.browser_clock_ahead.unsigned_abs() >= WARNED_CLOCK_DIFFERENCE_SECONDS {
        notes.push(Note {
            tone: Tone::Warning,
            whats: String::new(),
            problem: ConnectionProblem {
                sentence: clock_difference(connection),
                advice: "Ages and times on this page follow the cluster's clock. Correct the clock that is wrong; on Linux, \
                         `timedatectl` shows whether a clock is synchronized."
                    .to_owned(),
                detail: String::new(),
                remedy: None,
            },
            next: String::new(),
        });
    }
    notes
}

/// The line on the clocks in the connection's details; empty while they agree.
#[must_use]
pub fn clock_line(connection: &Connection) -> String {
    if connection.browser_clock_ahead.unsigned_abs() < MENTIONED_CLOCK_DIFFERENCE_SECONDS {
        return String::new();
    }
    format!(
        "{} Ages and times on this page follow the cluster's clock.",
        clock_difference(connection)
    )
}

/// The line on what browsers deny a page without a secure context; empty with one.
#[must_use]
pub fn context_line(is_secure: bool) -> &'static str {
    if is_secure {
        return "";
    }
    "This page came over plain http under a host name. Browsers give such a page no locks between tabs, no way to keep the \
     screen on and no clipboard: watches use WebSockets, and a log is asked for every few seconds. Open it over https or as \
     localhost."
}

fn clock_difference(connection: &Connection) -> String {
    let ahead = connection.browser_clock_ahead;
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    // `Date` has whole seconds: the last digit is not known.
    let seconds = match ahead.unsigned_abs() {
        seconds @ ..60 => seconds,
        seconds => (seconds + 5) / 10 * 10,
    };
    format!(
        "This computer's clock is {} {direction} the cluster's.",
        spoken_duration(seconds)
    )
}

/// What is shown in the area of the cards. `is_blank`: there is neither node nor pod.
#[must_use]
pub fn scene(connection: &Connection, is_blank: bool, utc_offset_minutes: i32) -> Scene {
    // A new list may take long.
    if connection.kinds.iter().any(|kind| kind.is_stale) && !connection.state.is_heard() {
        let since = stale_since(connection).map(|since| clock(since, utc_offset_minutes));
        return Scene::Stale(since.unwrap_or_default());
    }
    match connection.state {
        ConnectionState::Failed if is_blank => Scene::Failed,
        ConnectionState::Connecting | ConnectionState::Listing if is_blank => Scene::Loading(progress(connection)),
        ConnectionState::Reconnecting | ConnectionState::Resyncing | ConnectionState::Stale if is_blank => {
            // Listed once and empty: it stays so until something else is known.
            if connection.kinds.iter().any(|kind| kind.stale_since.is_some()) {
                Scene::Empty
            } else {
                Scene::Loading(progress(connection))
            }
        }
        ConnectionState::Live if is_blank => Scene::Empty,
        // If one kind was never listed, nothing shown is old.
        _ => Scene::Current,
    }
}

/// The earliest moment since when something shown is old.
fn stale_since(connection: &Connection) -> Option<Timestamp> {
    connection.kinds.iter().filter_map(|kind| kind.stale_since).min()
}

fn soonest(connection: &Connection) -> Option<Duration> {
    connection.kinds.iter().filter_map(|kind| kind.retry_in).min()
}

fn retry(wait: Duration) -> String {
    format!("next try in {} s", seconds(wait))
}

/// Whole seconds, rounded up: a countdown that reaches 0 when it is due.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// `1,204 of about 3,000 pods`.
fn received(kind: &KindConnection) -> String {
    match kind.remaining {
        Some(remaining) if remaining > 0 => {
            format!(
                "{} of about {} {}",
                count(kind.listed),
                count(kind.listed + remaining),
                kind.what
            )
        }
        _ => counted(kind.listed, &kind.what, &kind.what),
    }
}

/// How far the first lists have come.
#[must_use]
pub fn progress(connection: &Connection) -> LoadProgress {
    let listing = || {
        connection
            .kinds
            .iter()
            .filter(|kind| matches!(kind.state, ConnectionState::Listing | ConnectionState::Resyncing))
    };
    let text: Vec<String> = listing().filter(|kind| kind.listed > 0).map(received).collect();
    let (listed, remaining) = listing().fold((0, Some(0)), |(listed, remaining), kind| {
        (
            listed + kind.listed,
            remaining.zip(kind.remaining).map(|(sum, more)| sum + more),
        )
    });
    let percent = remaining
        .filter(|_| listed > 0)
        .map(|remaining| listed * 100 / (listed + remaining));
    LoadProgress {
        text: text.join(" · "),
        percent: percent.and_then(|percent| u8::try_from(percent).ok()),
    }
}
