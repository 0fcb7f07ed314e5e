//! How far apart bookmarks are, learnt from those that came.
//!
//! Silence is no proof of death, because a quiet kind has no bookmarks. So a watch that is silent for longer than
//! bookmarks ever were apart is reopened, which costs one request; and if the next one is silent too, the interval is
//! forgotten.

use std::{mem, time::Duration};

use crate::limits::{BOOKMARK_PERIOD, SILENT_BOOKMARK_PERIODS};

/// The interval between the bookmarks of one collection.
#[derive(Debug, Default)]
pub(crate) struct BookmarkInterval {
    /// The longest time between two bookmarks of one watch.
    period: Option<Duration>,
    /// The last bookmark of this watch.
    last: Option<Duration>,
    /// This watch was opened because the one before was silent, and nothing has come since.
    suspicious: bool,
}

impl BookmarkInterval {
    /// A watch begins.
    pub(crate) fn begin(&mut self) {
        self.last = None;
    }

    /// Anything but a bookmark came.
    pub(crate) fn hear(&mut self) {
        self.suspicious = false;
    }

    /// A bookmark came.
    pub(crate) fn hear_bookmark(&mut self, now: Duration) {
        self.suspicious = false;
        if let Some(last) = self.last.replace(now) {
            let apart = now.saturating_sub(last);
            // The server sends one more just before the end of a watch, so the longest time is the period.
            if BOOKMARK_PERIOD.contains(&apart) && self.period.is_none_or(|period| period < apart) {
                self.period = Some(apart);
            }
        }
    }

    /// How long a silence has to be to raise doubt; `None` while no interval is known.
    pub(crate) fn silence(&self) -> Option<Duration> {
        self.period.map(|period| period.mul_f64(SILENT_BOOKMARK_PERIODS))
    }

    /// A watch was silent for that long. Whether the connection is doubted: the second time in a row it is the interval
    /// that was wrong.
    pub(crate) fn doubt(&mut self) -> bool {
        if mem::replace(&mut self.suspicious, true) {
            *self = Self::default();
        }
        self.suspicious
    }
}
