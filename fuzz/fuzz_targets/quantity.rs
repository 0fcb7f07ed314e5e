//! Quantities are those of exact arithmetic by the grammar of Kubernetes.
#![no_main]

use k8bit::resource::Quantity;
use libfuzzer_sys::fuzz_target;
use num_bigint::{BigInt, Sign};

/// The largest exponent for which the model computes; beyond it nothing is left but zero and the largest number.
const MAX_EXPONENT: u64 = 200;

/// Text that the model takes its time for.
const MAX_MODELLED: usize = 64;

/// What the text says.
enum Model {
    /// It is no quantity.
    Refused,
    /// This many billionths.
    Nanos(BigInt),
    /// Larger than the model computes.
    Unknown,
}

fn power(base: u32, exponent: u32) -> BigInt {
    BigInt::from(base).pow(exponent)
}

fn ceil_div(dividend: &BigInt, divisor: &BigInt) -> BigInt {
    (dividend + divisor - 1u32) / divisor
}

fn model(text: &str) -> Model {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits_of = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (whole, rest) = text.split_at(digits_of(text));
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits_of(rest)),
        None => ("", rest),
    };
    let Ok(mantissa) = format!("{whole}{fraction}").parse::<BigInt>() else {
        return Model::Refused;
    };
    let (base, exponent) = match suffix {
        "" => (10, 0),
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        _ => match suffix.strip_prefix(['e', 'E']).map(str::parse::<i64>) {
            Some(Ok(exponent)) => (10, exponent),
            _ => return Model::Refused,
        },
    };
    if exponent.unsigned_abs() > MAX_EXPONENT {
        return Model::Unknown;
    }
    let by = power(
        base,
        u32::try_from(exponent.unsigned_abs()).expect("at most MAX_EXPONENT"),
    );
    let mut divisor = power(10, u32::try_from(fraction.len()).expect("at most MAX_MODELLED"));
    let mut dividend = mantissa * power(10, 9);
    if exponent < 0 {
        divisor *= by;
    } else {
        dividend *= by;
    }
    let nanos = ceil_div(&dividend, &divisor).min(BigInt::from(i64::MAX) * power(10, 9));
    Model::Nanos(if negative { -nanos } else { nanos })
}

/// Rounded away from zero and cut to 63 bits.
fn rounded(nanos: &BigInt, step: u32) -> i64 {
    let magnitude = ceil_div(&BigInt::from(nanos.magnitude().clone()), &power(10, step));
    let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
    if nanos.sign() == Sign::Minus {
        -magnitude
    } else {
        magnitude
    }
}

fuzz_target!(|text: &str| {
    let quantity = Quantity::parse(text);
    if let Some(quantity) = quantity {
        assert!(quantity.value().unsigned_abs() <= quantity.milli_value().unsigned_abs());
        let upside_down = match text.strip_prefix('-') {
            Some(rest) => rest.to_owned(),
            None => format!("-{}", text.strip_prefix('+').unwrap_or(text)),
        };
        let negated = Quantity::parse(&upside_down).expect("a quantity with the other sign is a quantity");
        assert_eq!(negated.milli_value(), -quantity.milli_value());
    }
    if text.len() > MAX_MODELLED {
        return;
    }
    match (model(text), quantity) {
        (Model::Refused, None) | (Model::Unknown, Some(_)) => {}
        (Model::Nanos(nanos), Some(quantity)) => {
            assert_eq!(quantity.value(), rounded(&nanos, 9), "value of {text}");
            assert_eq!(quantity.milli_value(), rounded(&nanos, 6), "milli value of {text}");
            assert_eq!(
                Quantity::parse(&format!("{nanos}n")),
                Some(quantity),
                "billionths of {text}"
            );
        }
        (_, quantity) => panic!("{text:?} was read as {quantity:?}"),
    }
});
