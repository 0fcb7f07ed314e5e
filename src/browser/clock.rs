//! The time, as the browser tells it.

use std::time::Duration;

use crate::{mirror::Clock, resource::Timestamp};

/// Now. The monotonic part is milliseconds since the page began; in some browsers it stands still during sleep.
#[must_use]
pub fn now() -> Clock {
    let since_start = web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now());
    Clock {
        monotonic: Duration::try_from_secs_f64(since_start / 1_000.0).unwrap_or_default(),
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds of a date fit by far")]
        wall: Timestamp((js_sys::Date::now() / 1_000.0) as i64),
    }
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
