//! The cluster as a picture in words and numbers: what each card, block, counter and badge shows.
//!
//! Pure functions from the cluster and the connection to small values that compare cheaply, so that what changed on
//! screen is what differs here. Knows nothing of elements, signals or clocks: the time is an argument, and so is the
//! offset of the user's time zone.

pub mod announce;
pub mod api_error;
pub mod arrange;
pub mod arrangement;
pub mod bar;
pub mod block;
pub mod block_style;
pub mod blocks;
pub mod card;
pub mod chip;
pub mod clipboard;
pub mod color;
pub mod commands;
pub mod connection;
pub mod container;
pub mod details;
pub mod direction;
pub mod draw_queue;
pub mod events;
pub mod explain;
pub mod families;
pub mod find;
pub mod format;
pub mod freshness;
pub mod help;
pub mod hover;
pub mod kiosk;
pub mod layout;
pub mod log;
pub mod log_window;
pub mod map;
pub mod namespaces;
pub mod navigate;
pub mod owner;
pub mod paint;
pub mod problems;
pub mod query;
pub mod saved;
pub mod selector;
pub mod snapshot;
pub mod state;
pub mod summary;
pub mod tab;
pub mod terminal;
pub mod tooltip;
pub mod trouble;
pub mod usage;
pub mod visible;
pub mod workload_spread;
pub mod write;
pub mod write_stage;
pub mod yaml;

/// How a word on screen is meant; each tone has a color, and the word itself carries the meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither good nor bad.
    Quiet,
    /// Deserves a look.
    Warning,
    /// Something is broken.
    Bad,
}

impl Tone {
    /// The value of `data-tone`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Quiet => "quiet",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A short text with its tone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

impl Word {
    /// A word.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: visible::visible(&text.into()).into_owned(),
        }
    }
}
