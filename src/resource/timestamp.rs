//! Points in time as the API writes them.

/// A point in time in whole seconds since the Unix epoch.
///
/// `metav1.Time` has second precision; four bytes would do until 2106, eight need no such sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339 as the API writes it, `2026-11-23T08:43:03Z`; fractions of a second are dropped.
    /// `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_second()))
    }

    /// Seconds from `self` to `later`; zero when clocks disagree and `later` comes first.
    #[must_use]
    pub fn seconds_until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_api_writes() {
        assert_eq!(Timestamp::parse("2026-11-23T08:43:03Z"), Some(Timestamp(1_795_423_383)));
        assert_eq!(
            Timestamp::parse("2026-11-23T08:43:03.123456Z"),
            Some(Timestamp(1_795_423_383))
        );
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
