//! Kubernetes quantities, as far as scheduling and metrics need them.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

/// A quantity in thousandths: `100m` is 100, `2` is 2000, `1Ki` is 1,024,000. `None` if the text is none or it
/// does not fit.
#[must_use]
pub fn millis(text: &str) -> Option<i64> {
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-' || c == '+'))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let factor = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        _ => return None,
    };
    let millis = (number * factor * 1000.0).ceil();
    // 2^53: above that a float does not count in ones.
    (millis.abs() < 9.007e15 * 1000.0).then_some(millis as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        for (text, expected) in [
            ("100m", Some(100)),
            ("2", Some(2000)),
            ("0.5", Some(500)),
            ("1Ki", Some(1_024_000)),
            ("64Gi", Some((64 << 30) * 1000)),
            ("15800m", Some(15_800)),
            ("1M", Some(1_000_000_000)),
            ("", None),
            ("x", None),
            ("1Xi", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
