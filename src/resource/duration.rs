//! Durations as kubectl prints them.

use super::Timestamp;

/// Go's `time.Duration` ends here, after 292 years, and the difference of two times stops at it.
const LONGEST_SECONDS: i64 = i64::MAX / 1_000_000_000;

/// A duration in seconds as the AGE column has it: `90s`, `5m10s`, `3h`, `2d4h`, `3y12d`.
///
/// Two or three significant figures, exactly as `duration.HumanDuration` of `k8s.io/apimachinery` chooses them. Clocks
/// may disagree by a second; a moment further in the future than that is `<invalid>`.
#[must_use]
pub fn human_duration(seconds: i64) -> String {
    let seconds = seconds.min(LONGEST_SECONDS);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    if seconds < -1 {
        "<invalid>".to_owned()
    } else if seconds < 0 {
        "0s".to_owned()
    } else if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two_units(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two_units(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if days < 8 {
        two_units(days, "d", hours % 24, "h")
    } else if years < 2 {
        format!("{days}d")
    } else if years < 8 {
        two_units(years, "y", days % 365, "d")
    } else {
        format!("{years}y")
    }
}

/// The time since `moment` as the AGE column has it; `<unknown>` without a moment.
#[must_use]
pub fn age(moment: Option<Timestamp>, now: Timestamp) -> String {
    moment.map_or_else(
        || "<unknown>".to_owned(),
        |moment| human_duration(now.0.saturating_sub(moment.0)),
    )
}

/// The larger unit, and the smaller one unless it is zero.
fn two_units(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        return format!("{large}{large_unit}");
    }
    format!("{large}{large_unit}{small}{small_unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;

    #[test]
    fn durations_print_as_in_kubectl() {
        for (seconds, expected) in [
            (i64::MIN, "<invalid>"),
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (1, "1s"),
            (71, "71s"),
            (2 * MINUTE - 1, "119s"),
            (2 * MINUTE, "2m"),
            (2 * MINUTE + 1, "2m1s"),
            (10 * MINUTE - 1, "9m59s"),
            (10 * MINUTE, "10m"),
            (10 * MINUTE + 59, "10m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + 59, "3h"),
            (3 * HOUR + MINUTE, "3h1m"),
            (8 * HOUR - 1, "7h59m"),
            (8 * HOUR, "8h"),
            (2 * DAY - 1, "47h"),
            (2 * DAY, "2d"),
            (2 * DAY + HOUR - 1, "2d"),
            (2 * DAY + HOUR, "2d1h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY, "8d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + DAY, "2y1d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR, "8y"),
            (100 * YEAR, "100y"),
            (i64::MAX, "292y"),
        ] {
            assert_eq!(human_duration(seconds), expected, "{seconds} s");
        }
    }

    #[test]
    fn an_age_needs_a_beginning() {
        assert_eq!(age(None, Timestamp(7)), "<unknown>");
        assert_eq!(age(Some(Timestamp(0)), Timestamp(7)), "7s");
        assert_eq!(age(Some(Timestamp(i64::MAX)), Timestamp(i64::MIN)), "<invalid>");
    }
}
