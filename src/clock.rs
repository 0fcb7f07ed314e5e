//! The cluster's time, from the `Date` header of its answers.
//!
//! The computer with the browser may be minutes ahead of the cluster or behind it. Ages and alarms compare the cluster's
//! timestamps with the present, so the present has to be the cluster's. Each answer bounds it: the server wrote `Date`, cut to
//! a whole second, after the request was sent and before the headers came. The bounds of several answers are intersected, so
//! that a slow answer, which bounds little, costs nothing. The estimate moves only when the bounds exclude it: the time on the
//! page does not jitter, and where the clocks agree nothing is corrected at all.
//!
//! Counts from the monotonic clock, so a browser clock that is set while the page is open changes nothing. Pure: the driver
//! hands in the samples.

use std::time::Duration;

use crate::{limits::MAX_CLOCK_DRIFT_PPM, resource::Timestamp};

/// The time, in both ways that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since an origin of the driver's choice; never goes back.
    pub monotonic: Duration,
    /// By the wall clock, which may jump. Only ever shown.
    pub wall: Timestamp,
}

/// One answer of the API server. Both times are monotonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateSample {
    /// When the request was sent.
    pub sent: Duration,
    /// When the headers of the answer came.
    pub received: Duration,
    /// The `Date` header.
    pub date: Timestamp,
}

/// The cluster's time as a function of the monotonic clock.
#[derive(Clone, Debug, Default)]
pub struct ServerClock {
    /// What the answers so far agree on.
    bounds: Option<Bounds>,
    /// The last answer, if it contradicted the bounds.
    outlier: Option<(Bounds, Timestamp)>,
    /// The cluster's time less the monotonic one, in milliseconds; within the bounds.
    estimate: Option<i64>,
    /// Time may have been lost or gained since the last answer.
    is_doubted: bool,
    /// See [`ServerClock::browser_ahead`].
    told: i64,
}

/// The cluster's time less the monotonic one lies between these, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    /// When they were known, monotonic.
    at: Duration,
    low: i64,
    high: i64,
}

impl Bounds {
    fn of(sample: &DateSample) -> Self {
        let date = sample.date.0.saturating_mul(1_000);
        Self {
            at: sample.received,
            low: date.saturating_sub(milliseconds(sample.received)),
            // The second was cut off.
            high: date.saturating_add(1_000).saturating_sub(milliseconds(sample.sent)),
        }
    }

    /// Clocks drift apart, so old knowledge is vaguer.
    fn at(self, now: Duration) -> Self {
        let elapsed = milliseconds(now.saturating_sub(self.at));
        let drift = elapsed.saturating_mul(MAX_CLOCK_DRIFT_PPM) / 1_000_000;
        Self {
            at: now.max(self.at),
            low: self.low.saturating_sub(drift),
            high: self.high.saturating_add(drift),
        }
    }

    fn intersect(self, other: Self) -> Option<Self> {
        let both = Self {
            at: self.at.max(other.at),
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        };
        (both.low <= both.high).then_some(both)
    }

    fn contains(self, base: i64) -> bool {
        (self.low..=self.high).contains(&base)
    }

    fn middle(self) -> i64 {
        self.low.midpoint(self.high)
    }
}

impl ServerClock {
    /// Takes in an answer. `browser` is the browser's own time in milliseconds since the Unix epoch: it is believed as long as
    /// no answer contradicts it.
    ///
    /// One answer that contradicts those before it changes nothing: it may come from a cache, or from another API server with
    /// a clock of its own. A second one that agrees with it, and is of a later second, replaces them.
    pub fn observe(&mut self, sample: &DateSample, browser: i64) {
        let seen = Bounds::of(sample);
        let is_confirmed =
            |(outlier, date): (Bounds, Timestamp)| date < sample.date && outlier.at(seen.at).intersect(seen).is_some();
        let known = self.bounds.map(|bounds| bounds.at(seen.at));
        let outlier = self.outlier.take();
        let bounds = match known.map(|known| known.intersect(seen)) {
            None => seen,
            Some(Some(both)) => both,
            Some(None) if self.is_doubted || outlier.is_some_and(is_confirmed) => seen,
            Some(None) => {
                self.outlier = Some((seen, sample.date));
                return;
            }
        };
        self.is_doubted = false;
        self.bounds = Some(bounds);
        let estimate = self
            .estimate
            .unwrap_or_else(|| browser.saturating_sub(milliseconds(sample.received)));
        self.estimate = Some(if bounds.contains(estimate) {
            estimate
        } else {
            bounds.middle()
        });
    }

    /// The monotonic clock may have stood still, or was moved: the next answer is believed, whatever it says.
    pub fn doubt(&mut self) {
        self.is_doubted = true;
    }

    /// The cluster's time; the browser's own, in milliseconds since the Unix epoch, before any answer.
    #[must_use]
    pub fn wall(&self, monotonic: Duration, browser: i64) -> Timestamp {
        let now = self
            .estimate
            .map_or(browser, |estimate| milliseconds(monotonic).saturating_add(estimate));
        Timestamp(now.div_euclid(1_000))
    }

    /// How many seconds the browser's clock is ahead of the cluster's, negative where it is behind; zero before any answer,
    /// and where the answers leave it open whether it is.
    ///
    /// Mutable, because the number is kept until it is wrong by a second: it stands on the page.
    pub fn browser_ahead(&mut self, monotonic: Duration, browser: i64) -> i64 {
        let own = browser.saturating_sub(milliseconds(monotonic));
        let ahead = match self.bounds.zip(self.estimate) {
            Some((bounds, estimate)) if !bounds.at(monotonic).contains(own) => own.saturating_sub(estimate),
            _ => 0,
        };
        if ahead == 0 || ahead.abs_diff(self.told.saturating_mul(1_000)) >= 1_000 {
            self.told = ahead.saturating_add(500).div_euclid(1_000);
        }
        self.told
    }
}

/// The time of the picture, to which ages and durations are counted: the present, or the beginning of an outage. What ran
/// for a minute then may have ended since.
#[derive(Clone, Copy, Debug, Default)]
pub struct PictureClock(Option<Timestamp>);

impl PictureClock {
    /// The time of the picture at `now`.
    pub fn follow(&mut self, now: Timestamp, is_heard: bool) -> Timestamp {
        match self.0 {
            Some(stopped) if !is_heard => stopped,
            _ => *self.0.insert(now),
        }
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the browser's clock, when the page was opened.
    const OPENED: i64 = 1_795_423_383_000;

    /// A browser and a server whose clock differs by this many milliseconds.
    struct Pair {
        clock: ServerClock,
        server_ahead: i64,
    }

    impl Pair {
        fn new(server_ahead: i64) -> Self {
            Self {
                clock: ServerClock::default(),
                server_ahead,
            }
        }

        /// An exchange: when it was sent, when the server wrote the head, and when that came; milliseconds after the page was
        /// opened.
        fn exchange(&mut self, sent: i64, written: i64, received: i64) {
            let at = |time: i64| Duration::from_millis(time.unsigned_abs());
            let sample = DateSample {
                sent: at(sent),
                received: at(received),
                date: Timestamp((OPENED + written + self.server_ahead).div_euclid(1_000)),
            };
            self.clock.observe(&sample, OPENED + received);
        }

        /// By how much the page's time is wrong, in seconds.
        fn error(&self, now: i64) -> i64 {
            let monotonic = Duration::from_millis(now.unsigned_abs());
            let shown = self.clock.wall(monotonic, OPENED + now).0;
            shown - (OPENED + now + self.server_ahead).div_euclid(1_000)
        }

        fn ahead(&mut self, now: i64) -> i64 {
            self.clock
                .browser_ahead(Duration::from_millis(now.unsigned_abs()), OPENED + now)
        }
    }

    #[test]
    fn the_browsers_clock_is_used_until_an_answer_contradicts_it() {
        let mut pair = Pair::new(0);
        assert_eq!((pair.error(10), pair.ahead(10)), (0, 0));
        for start in [0, 700, 5_300, 90_999] {
            pair.exchange(start, start + 4, start + 9);
            assert_eq!((pair.error(start + 9), pair.ahead(start + 9)), (0, 0));
        }
    }

    #[test]
    fn ten_minutes_ahead_or_behind_are_corrected_by_the_first_answer() {
        for server_ahead in [-600_000, 600_000] {
            let mut pair = Pair::new(server_ahead);
            pair.exchange(20, 25, 30);
            assert!(pair.error(30).abs() <= 1, "{}", pair.error(30));
            // A second is as exact as one answer is.
            assert!((pair.ahead(30) + server_ahead / 1_000).abs() <= 1, "{}", pair.ahead(30));
            // The next ones, at other fractions of a second, narrow it down.
            for start in [1_250, 2_500, 3_750, 4_990] {
                pair.exchange(start, start + 5, start + 10);
            }
            assert_eq!(pair.ahead(5_000), -server_ahead / 1_000);
        }
    }

    #[test]
    fn a_slow_answer_changes_nothing() {
        let mut pair = Pair::new(-600_000);
        pair.exchange(0, 5, 10);
        let before = pair.clock.clone();
        // Written at once and 40 s on the way; then asked for early and written late.
        pair.exchange(1_000, 1_005, 41_000);
        pair.exchange(42_000, 80_000, 80_005);
        assert_eq!(before.estimate, pair.clock.estimate);
    }

    #[test]
    fn an_answer_from_a_cache_or_from_another_server_moves_nothing() {
        let mut pair = Pair::new(3_000);
        pair.exchange(0, 5, 10);
        let estimate = pair.clock.estimate;
        // The same old answer again and again.
        for received in [60_000, 60_400, 60_800] {
            let stored = DateSample {
                sent: Duration::from_millis(received - 5),
                received: Duration::from_millis(received),
                date: Timestamp((OPENED + 3_005).div_euclid(1_000)),
            };
            pair.clock.observe(&stored, OPENED);
        }
        // Two servers behind one address.
        for round in 2..6 {
            for server_ahead in [3_000, 9_000] {
                pair.server_ahead = server_ahead;
                let start = round * 60_000 + server_ahead;
                pair.exchange(start, start + 5, start + 10);
            }
        }
        assert_eq!(pair.clock.estimate, estimate);
    }

    #[test]
    fn a_server_whose_clock_was_set_is_believed_at_its_second_answer() {
        let mut pair = Pair::new(0);
        pair.exchange(0, 5, 10);
        pair.server_ahead = 600_000;
        pair.exchange(60_000, 60_005, 60_010);
        assert_eq!(pair.error(60_010), -600);
        pair.exchange(75_000, 75_005, 75_010);
        assert!(pair.error(75_010).abs() <= 1, "{}", pair.error(75_010));
    }

    #[test]
    fn after_sleep_the_first_answer_is_believed() {
        let mut pair = Pair::new(0);
        pair.exchange(0, 5, 10);
        pair.server_ahead = 3_600_000;
        pair.clock.doubt();
        pair.exchange(1_000, 1_005, 1_010);
        assert!(pair.error(1_010).abs() <= 1, "{}", pair.error(1_010));
    }

    #[test]
    fn a_browser_clock_that_is_set_moves_nothing_but_the_difference() {
        let mut pair = Pair::new(0);
        pair.exchange(0, 5, 10);
        pair.exchange(1_500, 1_505, 1_510);
        let now = Duration::from_secs(10);
        // Set by -10 min: both the time on the page and what is said of the difference.
        let browser = OPENED + 10_000 - 600_000;
        assert_eq!(pair.clock.wall(now, browser), Timestamp((OPENED + 10_000) / 1_000));
        assert_eq!(pair.clock.browser_ahead(now, browser), -600);
    }

    #[test]
    fn clocks_that_drift_apart_are_followed() {
        let mut pair = Pair::new(0);
        // 100 ppm: a second in 10,000 s.
        for minutes in 0..1_000 {
            let start = minutes * 60_000;
            pair.server_ahead = start / 10_000;
            pair.exchange(start, start + 5, start + 10);
            assert!(pair.error(start + 10).abs() <= 1, "after {minutes} min");
        }
        // By 6 s in the end; the number moves once it is wrong by a second.
        assert!((-6..=-5).contains(&pair.ahead(60_000_000)));
    }

    proptest! {
        /// However slow the exchanges are, the page is never wrong by more than the fastest of them, and a second.
        #[test]
        fn the_error_is_bounded(
            server_ahead in -100_000_000_i64..100_000_000,
            exchanges in proptest::collection::vec((0_i64..5_000, 0_i64..2_000, 0_i64..2_000), 1..40),
        ) {
            let mut pair = Pair::new(server_ahead);
            let (mut now, mut fastest) = (0, i64::MAX);
            for (pause, there, back) in exchanges {
                let sent = now + pause;
                now = sent + there + back;
                fastest = fastest.min(there + back);
                pair.exchange(sent, sent + there, now);
                prop_assert!(pair.error(now).abs() * 1_000 <= 2_000 + fastest, "{} s", pair.error(now));
            }
        }

        /// No sequence of dates and times does more than give a wrong time.
        #[test]
        fn anything_may_come(dates in proptest::collection::vec((any::<i64>(), any::<u64>(), any::<u64>(), any::<i64>()), 0..20)) {
            let mut clock = ServerClock::default();
            for (date, sent, received, browser) in dates {
                let sample = DateSample {
                    sent: Duration::from_millis(sent),
                    received: Duration::from_millis(received),
                    date: Timestamp(date),
                };
                clock.observe(&sample, browser);
                let _ = clock.wall(sample.received, browser);
                let _ = clock.browser_ahead(sample.received, browser);
            }
        }
    }
}
