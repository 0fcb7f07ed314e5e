//! How long to wait before the next attempt.
//!
//! Exponential with jitter, never shorter than a `Retry-After`, and behind it a token bucket, so that no sequence of
//! answers makes the informer ask without end. Reads no clock: time is passed in, randomness is seeded.

use std::time::Duration;

use crate::limits::MAX_RETRY_AFTER;

/// First and longest delay of a sequence of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The delay after the first failure, before jitter.
    pub first: Duration,
    /// The delay that doubling stops at, before jitter.
    pub longest: Duration,
}

/// Delays that grow with each failure.
#[derive(Debug)]
pub struct Backoff {
    random: fastrand::Rng,
    failures: u32,
}

impl Backoff {
    /// No failure so far.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            failures: 0,
        }
    }

    /// Failures since the last [`Backoff::reset`].
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Counts a failure and says how long to wait: between half and all of `first · 2ⁿ`, at most `longest`; and at
    /// least what the server asked for, [`MAX_RETRY_AFTER`] at most, plus up to a fifth, so that its clients do not
    /// return all at once.
    pub fn next(&mut self, policy: Policy, retry_after: Option<Duration>) -> Duration {
        let doubled = policy.first.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let delay = doubled.min(policy.longest).mul_f64(0.5 + 0.5 * self.random.f64());
        match retry_after {
            Some(asked) => delay.max(asked.min(MAX_RETRY_AFTER).mul_f64(1.0 + 0.2 * self.random.f64())),
            None => delay,
        }
    }

    /// Forgets the failures.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// A token bucket over all requests that are not the next page of a list.
#[derive(Debug)]
pub struct RateLimit {
    /// When the bucket is full again. At most `burst · interval` ahead of now, but for requests that did not ask first.
    full_at: Duration,
    burst: u32,
    interval: Duration,
}

impl RateLimit {
    /// A full bucket: of requests, `burst` may start at once, and then one in each `interval`.
    #[must_use]
    pub fn new(burst: u32, interval: Duration) -> Self {
        Self {
            full_at: Duration::ZERO,
            burst: burst.max(1),
            interval,
        }
    }

    /// When a request may start that wants to at `start`.
    #[must_use]
    pub fn next(&self, start: Duration) -> Duration {
        let burst = self.interval.saturating_mul(self.burst - 1);
        start.max(self.full_at.saturating_sub(burst))
    }

    /// Takes a token for a request that starts.
    pub fn take(&mut self, now: Duration) {
        self.full_at = self.full_at.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(30),
    };

    #[test]
    fn delays_double_up_to_the_longest() {
        let mut backoff = Backoff::new(7);
        let mut expected = POLICY.first;
        for _ in 0..12 {
            let delay = backoff.next(POLICY, None);
            assert!(delay >= expected / 2 && delay <= expected, "{delay:?} of {expected:?}");
            expected = (expected * 2).min(POLICY.longest);
        }
        backoff.reset();
        assert!(backoff.next(POLICY, None) <= POLICY.first);
    }

    #[test]
    fn a_server_that_asks_for_time_gets_it() {
        let asked = Duration::from_secs(7);
        for seed in 0..100 {
            let delay = Backoff::new(seed).next(POLICY, Some(asked));
            assert!(delay >= asked && delay <= asked.mul_f64(1.2));
        }
    }

    #[test]
    fn a_server_that_asks_for_ages_gets_the_longest() {
        let delay = Backoff::new(7).next(POLICY, Some(Duration::MAX));
        assert!(delay >= MAX_RETRY_AFTER && delay <= MAX_RETRY_AFTER.mul_f64(1.2));
    }

    #[test]
    fn the_bucket_admits_a_burst_and_then_a_rate() {
        let (burst, interval) = (10, Duration::from_secs(1));
        let mut limit = RateLimit::new(burst, interval);
        let now = Duration::from_secs(100);
        for _ in 0..burst {
            assert_eq!(limit.next(now), now);
            limit.take(now);
        }
        let next = now + interval;
        assert_eq!(limit.next(now), next);
        limit.take(next);
        assert_eq!(limit.next(next), next + interval);
        let later = now + Duration::from_secs(3_600);
        assert_eq!(limit.next(later), later);
    }
}
