//! Points in time as the API writes them.

use std::fmt;

/// A point in time in whole seconds since the Unix epoch.
///
/// `metav1.Time` has second precision; four bytes would do until 2106, eight need no such sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

const SECONDS_PER_DAY: i64 = 86_400;

/// Days from 0000-03-01, where the calendar below begins, to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

/// Days in 400 years, after which the Gregorian calendar repeats itself.
const ERA_DAYS: i64 = 146_097;

/// The years that RFC 3339 can write: 0 to 9999.
const WRITABLE_SECONDS: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

/// As HTTP writes them.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Timestamp {
    /// This many seconds since the Unix epoch; `None` where RFC 3339 has no way to write it.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        WRITABLE_SECONDS.contains(&seconds).then_some(Self(seconds))
    }

    /// Reads RFC 3339 as the API writes it, `2026-11-23T08:43:03Z`; fractions of a second are dropped.
    /// `None` for anything else, leap seconds among it, as Go's `time.Parse(time.RFC3339, …)` has it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date_time, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let [
            year @ ..,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
        ] = date_time
        else {
            return None;
        };
        let year = number(year)?;
        let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
        let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
        let is_valid = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        let days = days_from_civil(year, month, day);
        let local = days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second;
        let offset = offset_seconds(skip_fraction(rest)?)?;
        is_valid.then_some(Self(local - offset))
    }

    /// Reads the date of an HTTP header as servers write it, `Mon, 23 Nov 2026 08:43:03 GMT`. The day of the week is not
    /// looked at. `None` for anything else; the two obsolete forms are long out of use.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats>
    #[must_use]
    pub fn parse_http(text: &str) -> Option<Self> {
        let (_, date) = text.split_once(", ")?;
        let [
            d1,
            d2,
            b' ',
            month @ ..,
            b' ',
            y1,
            y2,
            y3,
            y4,
            b' ',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
            b' ',
            b'G',
            b'M',
            b'T',
        ] = date.as_bytes()
        else {
            return None;
        };
        let month = MONTHS.iter().position(|name| name.as_bytes() == month)? + 1;
        let month = i64::try_from(month).ok()?;
        let year = number(&[*y1, *y2, *y3, *y4])?;
        let day = number(&[*d1, *d2])?;
        let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
        let is_valid = (1..=days_in_month(year, month)).contains(&day) && hour < 24 && minute < 60 && second < 60;
        let days = days_from_civil(year, month, day);
        is_valid.then_some(Self(days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second))
    }

    /// Seconds from `self` to `later`; zero when clocks disagree and `later` comes first.
    #[must_use]
    pub fn seconds_until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }
}

/// RFC 3339 in UTC: `2026-11-23T08:43:03Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(SECONDS_PER_DAY));
        let second = self.0.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Decimal digits, and nothing but them.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// What follows the fraction of a second, where there is one; `None` for a dot without digits.
fn skip_fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = rest.strip_prefix(b".") else {
        return Some(rest);
    };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| &fraction[digits..])
}

/// `Z` or `±hh:mm`.
fn offset_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match zone {
        b"Z" => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, h1, h2, m1, m2),
        [b'-', h1, h2, b':', m1, m2] => (-1, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the Unix epoch. Years are counted from March, so that the leap day comes last.
///
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * ERA_DAYS + day_of_era - EPOCH_DAYS
}

/// Year, month and day of this many days since the Unix epoch.
///
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let day_of_era = days.rem_euclid(ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + days.div_euclid(ERA_DAYS) * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(Timestamp::parse(text), expected.map(Timestamp), "{text:?}");
    }

    #[test]
    fn reads_what_the_api_writes() {
        check("2026-11-23T08:43:03Z", Some(1_795_423_383));
        check("1970-01-01T00:00:00Z", Some(0));
        check("1969-12-31T23:59:59Z", Some(-1));
        // The zero value of Go's `time.Time`.
        check("0001-01-01T00:00:00Z", Some(-62_135_596_800));
        check("0000-01-01T00:00:00Z", Some(-62_167_219_200));
    }

    #[test]
    fn reads_the_dates_of_http() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(Timestamp::parse_http(text), expected.map(Timestamp), "{text:?}");
        };
        check("Mon, 23 Nov 2026 08:43:03 GMT", Some(1_795_423_383));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800));
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Mon, 23 Nov 2026 08:43:03 UTC",
            "Mon, 23 nov 2026 08:43:03 GMT",
            "Mon, 23 Nov 2026 24:43:03 GMT",
            "Wed, 29 Feb 2023 00:00:00 GMT",
            "Mon, 0 Nov 2026 08:43:03 GMT",
            "2026-11-23T08:43:03Z",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn drops_fractions() {
        check("2026-11-23T08:43:03.9Z", Some(1_795_423_383));
        check("2026-11-23T08:43:03.123456Z", Some(1_795_423_383));
        check("2026-11-23T08:43:03.999999999999+00:00", Some(1_795_423_383));
        check("2026-11-23T08:43:03.Z", None);
        check("2026-11-23T08:43:03.x1Z", None);
    }

    #[test]
    fn moves_by_the_offset() {
        check("2026-11-23T09:43:03+01:00", Some(1_795_423_383));
        check("2026-11-23T03:13:03-05:30", Some(1_795_423_383));
        check("2026-11-23T08:43:03-00:00", Some(1_795_423_383));
        for zone in [
            "", "z", "+1:00", "+0100", "+01", "+24:00", "+01:60", " Z", "ZZ", "+01:000",
        ] {
            check(&format!("2026-11-23T08:43:03{zone}"), None);
        }
    }

    #[test]
    fn knows_the_calendar() {
        check("2024-02-29T00:00:00Z", Some(1_709_164_800));
        check("2000-02-29T00:00:00Z", Some(951_782_400));
        for date in [
            "2026-02-29",
            "1900-02-29",
            "2026-02-30",
            "2026-04-31",
            "2026-00-10",
            "2026-13-01",
            "2026-01-00",
            "2026-01-32",
        ] {
            check(&format!("{date}T00:00:00Z"), None);
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2026-11-23",
            "2026-11-23 08:43:03Z",
            "2026-11-23t08:43:03Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T08:60:03Z",
            "2026-11-23T08:43:60Z",
            "2026-11-23T08:43Z",
            "+026-11-23T08:43:03Z",
            "2026-1é-23T08:43:03Z",
            "20261-11-23T08:43:03Z",
        ] {
            check(text, None);
        }
    }

    proptest! {
        /// Against jiff, which is a parser of many more formats; where both read a text, they agree.
        #[test]
        fn agrees_with_jiff(
            (year, month, day) in (0..9_999, 1..=12, 1..=31),
            (hour, minute, second) in (0..=24, 0..=60, 0..=60),
            fraction in prop_oneof![Just(String::new()), "\\.[0-9]{1,9}"],
            zone in prop_oneof![Just("Z".to_owned()), "[+-][01][0-9]:[0-6][0-9]"],
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
            // jiff takes the leap second for the one before it; Go and we refuse it.
            let expected = text.parse::<jiff::Timestamp>().ok().filter(|_| second < 60);
            let expected = expected.map(|time| Timestamp(time.as_millisecond().div_euclid(1_000)));
            prop_assert_eq!(Timestamp::parse(&text), expected, "{}", text);
        }

        #[test]
        fn writes_what_it_reads(seconds in -62_167_219_200_i64..253_402_300_800) {
            let text = Timestamp(seconds).to_string();
            prop_assert_eq!(Timestamp::parse(&text), Some(Timestamp(seconds)), "{}", text);
        }

        #[test]
        fn panics_never(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
