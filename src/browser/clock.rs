//! The time: the cluster's, counted by the browser's monotonic clock.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use crate::{
    clock::{DateSample, Moment, ServerClock},
    resource::Timestamp,
};

thread_local! {
    /// For how long the browser's monotonic clock stood still.
    static SLEPT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static SERVER: RefCell<ServerClock> = RefCell::default();
}

/// Now. The monotonic part is the time since the page began, sleep included, in which some browsers' clocks stand still. The
/// wall clock is the cluster's, as far as its answers tell it: see [`ServerClock`].
#[must_use]
pub fn now() -> Moment {
    let monotonic = monotonic();
    Moment {
        monotonic,
        wall: SERVER.with_borrow(|server| server.wall(monotonic, browser_millis())),
    }
}

/// How many seconds the browser's clock is ahead of the cluster's; negative where it is behind.
#[must_use]
pub fn browser_ahead() -> i64 {
    SERVER.with_borrow_mut(|server| server.browser_ahead(monotonic(), browser_millis()))
}

/// Takes in the `Date` of an answer of the API server to a request that was sent at `sent`.
pub(super) fn observe(sent: Duration, date: Timestamp) {
    let sample = DateSample {
        sent,
        received: monotonic(),
        date,
    };
    SERVER.with_borrow_mut(|server| server.observe(&sample, browser_millis()));
}

/// Both clocks as the browser itself has them.
pub(super) fn browser() -> Moment {
    Moment {
        monotonic: monotonic(),
        wall: Timestamp(browser_millis().div_euclid(1_000)),
    }
}

/// The time since the page began.
pub(super) fn monotonic() -> Duration {
    let since_start = web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now());
    Duration::try_from_secs_f64(since_start / 1_000.0).unwrap_or_default() + SLEPT.get()
}

/// The browser's own wall clock, in milliseconds since the Unix epoch.
fn browser_millis() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date fit by far")]
    let milliseconds = js_sys::Date::now() as i64;
    milliseconds
}

/// A wait as the browser's timers take it. Rounded up: one that rings early would ring again and again.
pub(super) fn milliseconds(wait: Duration) -> u32 {
    let rounded_up = wait.saturating_add(Duration::from_micros(999)).as_millis();
    u32::try_from(rounded_up).unwrap_or(u32::MAX / 2)
}

/// The machine slept so long without the browser's monotonic clock, as Chromium's on Linux and macOS does. What is
/// measured against the network has to know: a connection that old is dead, and a history that old may be another's.
pub(super) fn sleep(time: Duration) {
    SLEPT.set(SLEPT.get().saturating_add(time));
}

/// Time has jumped. Perhaps a clock was set, so the next response is believed.
pub(super) fn doubt() {
    SERVER.with_borrow_mut(ServerClock::doubt);
}

/// A seed for jitter, another for every page.
#[must_use]
pub fn seed() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "any 64 bits will do"
    )]
    let seed = (js_sys::Math::random() * 2f64.powi(53)) as u64;
    seed
}
