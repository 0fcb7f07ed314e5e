//! Quantities as the API writes them: `110`, `250m`, `1.5Gi`, `12e6`.

/// An amount of a resource, exact to a billionth of its unit (a core, a byte, a pod).
///
/// The grammar is that of `resource.Quantity` in `k8s.io/apimachinery`: a sign, digits with an optional point, and a
/// suffix out of `n u m k M G T P E`, `Ki Mi Gi Ti Pi Ei`, or an exponent `e3`. As there, what is finer than a
/// billionth is rounded away from zero and what is larger than 2⁶³ − 1 is cut to it. No floats on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nanos: i128,
}

const NANOS_PER_UNIT: u64 = 1_000_000_000;
const NANOS_PER_MILLI: u64 = 1_000_000;
const MAX_NANOS: u128 = i64::MAX as u128 * NANOS_PER_UNIT as u128;

/// So many digits fit into 64 bits, whatever they are.
const FEW_DIGITS: usize = 18;

/// `i64::MAX` has that many digits.
const MAX_WHOLE_DIGITS: i64 = 19;

/// A number below the largest factor, 2⁶⁰ billionths, has at most that many digits; divided by ten as often it is zero.
const MAX_FACTOR_DIGITS: usize = 28;

impl Quantity {
    /// Reads a quantity; `None` for anything outside of the grammar.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end_of_number = text
            .bytes()
            .position(|byte| !byte.is_ascii_digit() && byte != b'.')
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(end_of_number);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || whole.len() + fraction.len() == 0 {
            return None;
        }
        let Suffix { shift, exponent } = Suffix::parse(suffix)?;
        let nanos = match few_nanos(number, shift, exponent) {
            Some(nanos) => i128::from(nanos),
            None => {
                let digits: Vec<u8> = whole
                    .bytes()
                    .chain(fraction.bytes())
                    .map(|digit| digit - b'0')
                    .collect();
                let point = exponent.saturating_add_unsigned(whole.len() as u64);
                i128::try_from(scale(&digits, point, u128::from(NANOS_PER_UNIT) << shift)).ok()?
            }
        };
        Some(Self {
            nanos: if negative { -nanos } else { nanos },
        })
    }

    /// A whole number of units.
    #[must_use]
    pub fn from_units(units: i64) -> Self {
        Self {
            nanos: i128::from(units.max(-i64::MAX)) * i128::from(NANOS_PER_UNIT),
        }
    }

    /// Whole units, rounded away from zero like Go's `Quantity.Value`.
    #[must_use]
    pub fn value(self) -> i64 {
        self.rounded(NANOS_PER_UNIT)
    }

    /// Thousandths, rounded away from zero like Go's `Quantity.MilliValue`: the usual measure of processors.
    #[must_use]
    pub fn milli_value(self) -> i64 {
        self.rounded(NANOS_PER_MILLI)
    }

    fn rounded(self, nanos_per_step: u64) -> i64 {
        // Division in 64 bits, where they are enough: for up to 18 GB.
        if let Ok(nanos) = u64::try_from(self.nanos) {
            return nanos.div_ceil(nanos_per_step).cast_signed();
        }
        let nanos_per_step = u128::from(nanos_per_step);
        let steps = i64::try_from(self.nanos.unsigned_abs().div_ceil(nanos_per_step)).unwrap_or(i64::MAX);
        if self.nanos < 0 { -steps } else { steps }
    }
}

/// What a suffix multiplies by: `2^shift * 10^exponent`.
struct Suffix {
    shift: u32,
    exponent: i64,
}

impl Suffix {
    fn parse(suffix: &str) -> Option<Self> {
        let binary = |shift| Some(Self { shift, exponent: 0 });
        let decimal = |exponent| Some(Self { shift: 0, exponent });
        match suffix {
            "" => decimal(0),
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            "Ki" => binary(10),
            "Mi" => binary(20),
            "Gi" => binary(30),
            "Ti" => binary(40),
            "Pi" => binary(50),
            "Ei" => binary(60),
            // `i64::from_str` takes a sign and digits, as the grammar does, and refuses what does not fit, as Go does.
            _ => decimal(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
        }
    }
}

/// `number * 2^shift * 10^exponent` in billionths, in 64 bits: nearly every quantity has few digits, no point, and nothing
/// that is finer than a billionth. `None` for any other.
fn few_nanos(number: &str, shift: u32, exponent: i64) -> Option<u64> {
    if number.len() > FEW_DIGITS {
        return None;
    }
    let whole = number.bytes().try_fold(0, |whole, digit| {
        digit.is_ascii_digit().then(|| whole * 10 + u64::from(digit - b'0'))
    })?;
    let factor = match (shift, exponent) {
        (0, -9..=9) => 10_u64.pow(u32::try_from(exponent + 9).ok()?),
        (..=30, 0) => NANOS_PER_UNIT << shift,
        _ => return None,
    };
    whole.checked_mul(factor)
}

/// `0.digits * 10^point * factor`, rounded up and cut to [`MAX_NANOS`].
///
/// `factor` has at most 90 bits (2⁶⁰ billionths). Linear in the number of digits, whatever the exponent.
fn scale(digits: &[u8], point: i64, factor: u128) -> u128 {
    let leading_zeros = digits.iter().take_while(|&&digit| digit == 0).count();
    let digits = &digits[leading_zeros..];
    let point = point.saturating_sub_unsigned(leading_zeros as u64);
    if digits.is_empty() {
        return 0;
    }
    if point > MAX_WHOLE_DIGITS {
        return MAX_NANOS;
    }

    let whole_len = usize::try_from(point).unwrap_or(0);
    let (whole, fraction) = digits.split_at(whole_len.min(digits.len()));
    let padding = std::iter::repeat_n(&0, whole_len - whole.len());
    let whole = whole
        .iter()
        .chain(padding)
        .fold(0, |whole, &digit| whole * 10 + u128::from(digit));

    // From the last digit to the point: each step divides by ten what has gathered, and stays below `factor`.
    let zeros_after_point = usize::try_from(point.saturating_neg())
        .unwrap_or(0)
        .min(MAX_FACTOR_DIGITS);
    let mut gathered = 0;
    let mut exact = true;
    for &digit in fraction.iter().rev().chain(std::iter::repeat_n(&0, zeros_after_point)) {
        gathered += u128::from(digit) * factor;
        exact &= gathered % 10 == 0;
        gathered /= 10;
    }

    whole
        .saturating_mul(factor)
        .saturating_add(gathered + u128::from(!exact))
        .min(MAX_NANOS)
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    #[test]
    fn quantities_are_exact_to_a_billionth() {
        const UNIT: i128 = 1_000_000_000;
        const MAX: i128 = i64::MAX as i128 * UNIT;
        for (text, nanos) in [
            ("0", 0),
            ("110", 110 * UNIT),
            ("+110", 110 * UNIT),
            ("-110", -110 * UNIT),
            ("007", 7 * UNIT),
            ("250m", UNIT / 4),
            ("1n", 1),
            ("123456789n", 123_456_789),
            ("1u", 1_000),
            ("1k", 1_000 * UNIT),
            ("1M", 1_000_000 * UNIT),
            ("1G", 1_000_000_000 * UNIT),
            ("1T", 1_000_000_000_000 * UNIT),
            ("1P", 1_000_000_000_000_000 * UNIT),
            ("1E", 1_000_000_000_000_000_000 * UNIT),
            ("1Ki", 1_024 * UNIT),
            ("1.5Gi", 3 * (1 << 29) * UNIT),
            ("7Ei", 7 * (1 << 60) * UNIT),
            (".5", UNIT / 2),
            ("5.", 5 * UNIT),
            ("0.1", UNIT / 10),
            ("0.1Ki", 102_400_000_000),
            ("1e3", 1_000 * UNIT),
            ("1E3", 1_000 * UNIT),
            ("1e+3", 1_000 * UNIT),
            ("15e-1", 1_500_000_000),
            ("0.000001e6", UNIT),
            ("1000000000e-9", UNIT),
            // finer than a billionth: away from zero
            ("0.1n", 1),
            ("1.0000000001", UNIT + 1),
            ("-1.0000000001", -UNIT - 1),
            ("1.00000000000000000000000000000000000000000000000000000001", UNIT + 1),
            ("1.000000000000000000000000000000000000000000000000000000000", UNIT),
            ("1e-100", 1),
            ("1e-9223372036854775808", 1),
            ("0e9223372036854775807", 0),
            ("0.0000000001Ki", 103),
            // larger than an i64: cut
            ("9223372036854775807", MAX),
            ("9223372036854775808", MAX),
            ("-9223372036854775808", -MAX),
            ("8Ei", MAX),
            ("99999E", MAX),
            ("9999999999999999999Ei", MAX),
            ("1e9223372036854775807", MAX),
            ("123456789012345678901234567890123456789012345678901234567890", MAX),
        ] {
            assert_eq!(Quantity::parse(text), Some(Quantity { nanos }), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_quantity() {
        for text in [
            "",
            " ",
            "-",
            "+",
            ".",
            "+.",
            "m",
            "Ki",
            "1 ",
            " 1",
            "1 Ki",
            "1ki",
            "1K",
            "1mi",
            "1Mib",
            "1e",
            "1E+",
            "1e1.5",
            "1e1m",
            "1em",
            "--1",
            "1.2.3",
            "1,5",
            "0x10",
            "1_000",
            "١",
            "NaN",
            "inf",
            "1e99999999999999999999",
            "1Kié",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn values_round_away_from_zero() {
        for (text, value, milli_value) in [
            ("110", 110, 110_000),
            ("1500m", 2, 1_500),
            ("-1500m", -2, -1_500),
            ("1n", 1, 1),
            ("0", 0, 0),
            ("7Ei", 7 << 60, i64::MAX),
            ("-7Ei", -7 << 60, -i64::MAX),
        ] {
            let quantity = Quantity::parse(text).unwrap();
            assert_eq!(
                (quantity.value(), quantity.milli_value()),
                (value, milli_value),
                "{text}"
            );
        }
    }

    proptest! {
        /// A point behind the digits says nothing, and costs the short way.
        #[test]
        fn the_short_way_leads_to_the_same(number in "[0-9]{1,20}", suffix in select(vec![
            "", "n", "u", "m", "k", "M", "G", "T", "E", "Ki", "Mi", "Gi", "Ti", "Ei", "e-10", "e-3", "e9", "e10",
        ])) {
            let short = Quantity::parse(&format!("{number}{suffix}"));
            prop_assert!(short.is_some());
            prop_assert_eq!(short, Quantity::parse(&format!("{number}.{suffix}")), "{}{}", number, suffix);
        }
    }

    #[test]
    fn a_long_quantity_takes_linear_time() {
        let digits = "7".repeat(1 << 20);
        assert_eq!(Quantity::parse(&digits).unwrap().value(), i64::MAX);
        assert_eq!(Quantity::parse(&format!("0.{digits}")).unwrap().value(), 1);
    }
}
