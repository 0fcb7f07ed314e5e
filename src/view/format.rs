//! Numbers, times and sentences as they are written on the page.

use crate::resource::Timestamp;

/// A count with its thousands apart: `12,345`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Cores from thousandths: `15.8`, `0.25`, `96`. A positive amount is never shown as zero.
#[must_use]
pub fn cores(millis: u64) -> String {
    match millis {
        0 => "0".to_owned(),
        1..1_000 => decimal(millis.max(10), 1_000, 2),
        1_000..100_000 => decimal(millis, 1_000, 1),
        _ => count(rounded(millis, 1_000)),
    }
}

/// Bytes with the suffix of the API: `251Mi`, `61.2Gi`. A positive amount is never shown as zero.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let (suffix, unit) = [("Ti", 1 << 40), ("Gi", 1 << 30)]
        .into_iter()
        .find(|(_, unit)| bytes >= *unit)
        .unwrap_or(("Mi", 1 << 20));
    let number = match bytes {
        0 => return "0".to_owned(),
        _ if suffix == "Mi" => rounded(bytes, unit).max(1).to_string(),
        _ if bytes >= 100 * unit => count(rounded(bytes, unit)),
        _ => decimal(bytes, unit, 1),
    };
    number + suffix
}

/// `part` of `whole` in percent, rounded down as in kubectl; `None` if `whole` is zero.
#[must_use]
pub fn percent(part: u64, whole: u64) -> Option<u32> {
    let percent = (u128::from(part) * 100).checked_div(u128::from(whole))?;
    Some(u32::try_from(percent).unwrap_or(u32::MAX))
}

/// `amount` in units, with at most this many decimals and no trailing zeros.
fn decimal(amount: u64, unit: u64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let scaled = rounded(amount.saturating_mul(scale), unit);
    let text = format!(
        "{}.{:0width$}",
        scaled / scale,
        scaled % scale,
        width = decimals as usize
    );
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Half a unit is one more.
fn rounded(amount: u64, unit: u64) -> u64 {
    amount.saturating_add(unit / 2) / unit
}

/// A length as a style has it, to a thousandth of a pixel: `12px`, `-0.25px`.
///
/// The standard library prints a float so that it can be read back, and brings along the tables which that takes.
#[must_use]
pub fn pixels(length: f64) -> String {
    let thousandths = (length.abs() * 1_000.0).round() as u64;
    let sign = if length < 0.0 && thousandths > 0 { "-" } else { "" };
    let (whole, fraction) = (thousandths / 1_000, thousandths % 1_000);
    if fraction == 0 {
        return format!("{sign}{whole}px");
    }
    let digits = format!("{fraction:03}");
    format!("{sign}{whole}.{}px", digits.trim_end_matches('0'))
}

/// Reads a number as styles have it: digits, with an optional sign and an optional point. What [`pixels`] is to writing,
/// this is to reading.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut value, mut scale) = (0.0, 1.0);
    for digit in whole.bytes().chain(fraction.bytes()) {
        value = value * 10.0 + f64::from(digit.is_ascii_digit().then_some(digit & 0xf)?);
    }
    for _ in fraction.bytes() {
        scale *= 10.0;
    }
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    Some(sign * value / scale)
}

/// A count as [`count`] writes it, `?` if unknown.
#[must_use]
pub fn known(number: Option<u32>) -> String {
    number.map_or_else(|| "?".to_owned(), |number| count(u64::from(number)))
}

/// `1 node`, `2 nodes`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A name in pieces, by turns such as may be cut and such as may not: names often differ at their end alone, as
/// `general-1a-0012` and its neighbours do. Of a name with a domain the end of the first label stays, and the end of the
/// domain: `ip-10-0`, `-1-23`, `.eu-west-1.compute`, `.internal`.
#[must_use]
pub fn divided(name: &str) -> [&str; 4] {
    let (label, domain) = name.split_at(name.find('.').unwrap_or(name.len()));
    let (beginning, end) = with_end(label, '-');
    let (middle, last) = with_end(domain, '.');
    [beginning, end, middle, last]
}

/// Splits off the end of a text: its last words, as far as there is room for them, else its last letters.
fn with_end(text: &str, separator: char) -> (&str, &str) {
    let words = text
        .char_indices()
        .filter(|(at, _)| text.len() - at <= MAX_NAME_END)
        .find(|(_, letter)| *letter == separator);
    let letters = || {
        text.char_indices()
            .rev()
            .nth(NAME_END_LETTERS - 1)
            .filter(|_| text.len() > LONG_NAME)
    };
    match words.or_else(letters) {
        // A domain of one label is all end.
        Some((0, _)) if separator == '-' => (text, ""),
        Some((at, _)) => text.split_at(at),
        None => (text, ""),
    }
}

/// Most bytes at the end of a name that are kept for the words that they are.
const MAX_NAME_END: usize = 9;

/// Letters at the end of a long name without such words that are kept.
const NAME_END_LETTERS: usize = 6;

/// From this length on, in bytes.
const LONG_NAME: usize = 16;

/// The time of day `hh:mm:ss`, `utc_offset_minutes` east of Greenwich.
#[must_use]
pub fn clock(time: Timestamp, utc_offset_minutes: i32) -> String {
    let second_of_day = time
        .0
        .saturating_add(i64::from(utc_offset_minutes) * 60)
        .rem_euclid(86_400);
    let (hours, minutes, seconds) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}")
}

/// `nodes`, or `node` where there is one.
#[must_use]
pub fn unit<'w>(number: Option<u32>, one: &'w str, many: &'w str) -> &'w str {
    if number == Some(1) { one } else { many }
}

/// A duration in its largest unit, `40 s`, `4 min`, `3 h`, `12 d`: for places where seconds would flicker.
#[must_use]
pub fn coarse_duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The age of a time: `40 s ago`. Clocks differ: a time in the future is `a moment ago`.
#[must_use]
pub fn ago(since: Timestamp, now: Timestamp) -> String {
    match since.seconds_until(now) {
        0 => "a moment ago".to_owned(),
        seconds => format!("{} ago", spoken_duration(seconds)),
    }
}

/// A duration: `40 s`, `1 min 20 s`, `14 min`, `3 h 5 min`, `2 d 4 h`. The page writes all durations like this,
/// except in the columns of kubectl.
#[must_use]
pub fn spoken_duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let (large, small) = match seconds {
        0..60 => ((seconds, "s"), (0, "")),
        60..600 => ((minutes, "min"), (seconds % 60, "s")),
        600..3_600 => ((minutes, "min"), (0, "")),
        3_600..86_400 => ((hours, "h"), (minutes % 60, "min")),
        86_400..691_200 => ((days, "d"), (hours % 24, "h")),
        _ => ((days, "d"), (0, "")),
    };
    match small {
        (0, _) => format!("{} {}", large.0, large.1),
        (rest, unit) => format!("{} {} {rest} {unit}", large.0, large.1),
    }
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Plain words.
    Words(String),
    /// What stood between backticks: something to type.
    Code(String),
}

/// Splits a sentence at its backticks. A backtick without a partner stays a character.
#[must_use]
pub fn pieces(sentence: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else {
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Words(before.to_owned()));
        }
        pieces.push(Piece::Code(code.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_and_read() {
        for (length, text) in [
            (0.0, "0px"),
            (-0.000_1, "0px"),
            (12.0, "12px"),
            (1_048_576.5, "1048576.5px"),
            (-0.25, "-0.25px"),
            (1.0 / 3.0, "0.333px"),
            (2.05, "2.05px"),
            (9.999_9, "10px"),
        ] {
            assert_eq!(pixels(length), text);
            let read = number(text.trim_end_matches("px")).expect("a number");
            assert!((read - length).abs() <= 0.000_5, "{text}: {read}");
        }
        for (text, expected) in [("+.5", 0.5), ("7.", 7.0), ("-12.5", -12.5), ("255", 255.0)] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", ".", "-", "1e3", "12px", "auto", "1.2.3", "é"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_divided_before_their_last_words() {
        for (name, parts) in [
            ("general-1a-0012", ["general", "-1a-0012", "", ""]),
            ("gke-prod-pool-1-7f8a-x2k9", ["gke-prod-pool-1-7f8a", "-x2k9", "", ""]),
            ("shop/web-7f8fbb96d-227zt", ["shop/web-7f8fbb96d", "-227zt", "", ""]),
            (
                "ip-10-0-1-23.eu-west-1.compute.internal",
                ["ip-10", "-0-1-23", ".eu-west-1.compute", ".internal"],
            ),
            ("worker.cluster-a.example", ["worker", "", ".cluster-a", ".example"]),
            ("worker.cluster-b.example", ["worker", "", ".cluster-b", ".example"]),
            ("10.0.0.11", ["10", "", "", ".0.0.11"]),
            ("node.internal", ["node", "", "", ".internal"]),
            (
                "averyveryverylongnamespace1",
                ["averyveryverylongname", "space1", "", ""],
            ),
            ("a.averyveryverylongdomain1", ["a", "", ".averyveryverylongd", "omain1"]),
            ("minikube", ["minikube", "", "", ""]),
            ("größe-ü", ["größe", "-ü", "", ""]),
            ("-x", ["-x", "", "", ""]),
            ("ääääääääääää", ["ääääää", "ääääää", "", ""]),
            ("", ["", "", "", ""]),
        ] {
            assert_eq!(divided(name), parts, "{name}");
            assert_eq!(divided(name).concat(), name);
        }
    }

    #[test]
    fn what_is_kept_of_a_name_tells_it_from_one_with_another_end() {
        for (one, other) in [
            ("general-1a-0012", "general-1a-0013"),
            ("averyveryverylongnamespace1", "averyveryverylongnamespace2"),
            (
                "ip-10-0-1-23.eu-west-1.compute.internal",
                "ip-10-0-1-24.eu-west-1.compute.internal",
            ),
            ("10.0.0.11", "10.0.0.12"),
        ] {
            let kept = |name| {
                let [_, end, _, last] = divided(name);
                (end, last)
            };
            assert_ne!(kept(one), kept(other), "{one} and {other}");
        }
    }

    #[test]
    fn amounts_have_as_many_digits_as_one_reads() {
        for (millis, expected) in [
            (0, "0"),
            (1, "0.01"),
            (50, "0.05"),
            (250, "0.25"),
            (500, "0.5"),
            (999, "1"),
            (1_000, "1"),
            (6_840, "6.8"),
            (15_890, "15.9"),
            (96_000, "96"),
            (1_234_567, "1,235"),
        ] {
            assert_eq!(cores(millis), expected, "{millis}");
        }
        for (number, expected) in [
            (0, "0"),
            (1, "1Mi"),
            (251 << 20, "251Mi"),
            ((1 << 30) - 1, "1024Mi"),
            (1 << 30, "1Gi"),
            ((61 << 30) + (205 << 20), "61.2Gi"),
            (250 << 30, "250Gi"),
            (3 << 39, "1.5Ti"),
            (1 << 63, "8,388,608Ti"),
        ] {
            assert_eq!(bytes(number), expected, "{number}");
        }
        for (part, whole, expected) in [
            (0, 0, None),
            (0, 7, Some(0)),
            (2, 3, Some(66)),
            (7, 4, Some(175)),
            (u64::MAX, 1, Some(u32::MAX)),
        ] {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), expected);
        }
        assert_eq!(counted(1, "node", "nodes"), "1 node");
        assert_eq!(counted(1_200, "node", "nodes"), "1,200 nodes");
    }

    #[test]
    fn coarse_durations_have_one_unit() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (7_300, "2 h"),
            (200_000, "2 d"),
        ] {
            assert_eq!(coarse_duration(seconds), expected);
        }
    }

    #[test]
    fn what_was_is_told_in_the_same_words() {
        for (seconds, expected) in [
            (-5, "a moment ago"),
            (0, "a moment ago"),
            (62, "1 min 2 s ago"),
            (7_200, "2 h ago"),
        ] {
            assert_eq!(ago(Timestamp(1_000), Timestamp(1_000 + seconds)), expected);
        }
    }

    #[test]
    fn one_is_no_plural() {
        for (number, expected) in [
            (None, "nodes"),
            (Some(0), "nodes"),
            (Some(1), "node"),
            (Some(2), "nodes"),
        ] {
            assert_eq!(unit(number, "node", "nodes"), expected);
        }
    }

    #[test]
    fn durations_in_sentences_have_two_units_at_most() {
        for (seconds, expected) in [
            (0, "0 s"),
            (40, "40 s"),
            (60, "1 min"),
            (80, "1 min 20 s"),
            (600, "10 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (11_100, "3 h 5 min"),
            (86_400, "1 d"),
            (187_200, "2 d 4 h"),
            (8 * 86_400 + 3_600, "8 d"),
        ] {
            assert_eq!(spoken_duration(seconds), expected);
        }
    }

    #[test]
    fn the_clock_is_the_readers() {
        let time = Timestamp(1_795_423_383); // 2026-11-23T08:43:03Z
        for (offset, expected) in [(0, "08:43:03"), (60, "09:43:03"), (-600, "22:43:03"), (345, "14:28:03")] {
            assert_eq!(clock(time, offset), expected);
        }
        assert_eq!(clock(Timestamp(-1), 0), "23:59:59");
    }

    #[test]
    fn backticks_mark_what_to_type() {
        let words = |text: &str| Piece::Words(text.to_owned());
        let code = |text: &str| Piece::Code(text.to_owned());
        for (sentence, expected) in [
            (
                "Start `kubectl proxy` again.",
                vec![words("Start "), code("kubectl proxy"), words(" again.")],
            ),
            ("`a``b`", vec![code("a"), code("b")]),
            ("one ` alone", vec![words("one ` alone")]),
            ("", vec![]),
        ] {
            assert_eq!(pieces(sentence), expected, "{sentence}");
        }
    }
}
