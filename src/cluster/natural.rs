//! The order in which people expect numbered names: `worker-2` before `worker-10`.

use std::cmp::Ordering;

/// Compares two names; digits in a row count as one number, everything else byte by byte.
///
/// A total order: names that differ only in leading zeros, `a1` and `a01`, compare as bytes. Numbers have any length.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // Names of nodes begin alike and differ in a number near the end: one pass finds where, and its length decides.
    let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (x, y) = (&a[common..], &b[common..]);
    let shared = a[..common]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (more_x, more_y) = (leading_digits(x), leading_digits(y));
    let by_bytes = x.first().cmp(&y.first());
    if shared + more_x == 0 || shared + more_y == 0 {
        return by_bytes;
    }
    let start = common - shared;
    if a[start] == b'0' || b[start] == b'0' {
        return compare_runs(&a[start..], &b[start..]).then(by_bytes);
    }
    more_x.cmp(&more_y).then(by_bytes)
}

/// The same by definition, run of digits by run of digits; names that differ only in leading zeros are equal.
fn compare_runs(mut a: &[u8], mut b: &[u8]) -> Ordering {
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

fn leading_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Takes the digits at the front of `text`, and gives them back without leading zeros.
fn split_number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let (number, rest) = text.split_at(leading_digits(text));
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

    proptest::proptest! {
        #[test]
        fn the_short_way_equals_the_definition(a in "[019a-]{0,8}", b in "[019a-]{0,8}") {
            let by_definition = compare_runs(a.as_bytes(), b.as_bytes()).then(a.cmp(&b));
            proptest::prop_assert_eq!(compare(&a, &b), by_definition);
        }
    }
}
