//! The order in which people expect numbered names: `worker-2` before `worker-10`.

use std::cmp::Ordering;

/// Compares two names; digits in a row count as one number, everything else byte by byte.
///
/// A total order: names that differ only in leading zeros, `a1` and `a01`, compare as bytes. Numbers have any length.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    compare_numbers_as_such(a.as_bytes(), b.as_bytes()).then_with(|| a.cmp(b))
}

fn compare_numbers_as_such(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let (Some(first), Some(second)) = (a.first(), b.first()) else {
            return a.len().cmp(&b.len());
        };
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (x, y) = (split_number(&mut a), split_number(&mut b));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            let order = first.cmp(second);
            (a, b) = (&a[1..], &b[1..]);
            order
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the digits at the front of `text`, and gives them back without leading zeros.
fn split_number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_like_people() {
        let ascending = [
            "",
            "0",
            "00",
            "01",
            "1",
            "2",
            "10",
            "18446744073709551616",
            "99999999999999999999",
            "control-plane",
            "ip-10-0-2-7.eu",
            "ip-10-0-2-7.eu-1",
            "ip-10-0-2-31.eu",
            "ip-10-0-12-4.eu",
            "worker",
            "worker-",
            "worker-2",
            "worker-2a",
            "worker-10",
            "worker-10-1",
            "worker-a",
            "worker-é",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} against {b}");
            }
        }
    }
}
