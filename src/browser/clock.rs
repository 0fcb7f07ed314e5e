//! The time, as the browser tells it.

use std::{cell::Cell, time::Duration};

use crate::{mirror::Clock, resource::Timestamp};

thread_local! {
    /// For how long the browser's monotonic clock stood still.
    static SLEPT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Now. The monotonic part is the time since the page began, sleep included, in which some browsers' clocks stand still.
#[must_use]
pub fn now() -> Clock {
    let since_start = web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now());
    Clock {
        monotonic: Duration::try_from_secs_f64(since_start / 1_000.0).unwrap_or_default() + SLEPT.get(),
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds of a date fit by far")]
        wall: Timestamp((js_sys::Date::now() / 1_000.0) as i64),
    }
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
