//! Sorting, compiled once.
//!
//! A sort of the standard library is some kilobytes of code for every type and order that it is used with. Here it sorts
//! numbers, whatever they stand for; only the comparison and the moving are compiled for each type.

use std::cmp::Ordering;

/// Sorts what is its own order. Stable.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by `compare`. Stable: what is equal keeps its order.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut targets = targets(items.len(), &|left, right| compare(&items[left], &items[right]));
    for index in 0..items.len() {
        while targets[index] != index {
            let target = targets[index];
            items.swap(index, target);
            targets.swap(index, target);
        }
    }
}

/// Where each of `count` items belongs.
fn targets(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|left, right| compare(*left, *right));
    let mut targets = vec![0; count];
    for (target, item) in order.into_iter().enumerate() {
        targets[item] = target;
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(keys in vec(0_u8..20, 0..100)) {
            let items: Vec<(u8, usize)> = keys.into_iter().enumerate().map(|(index, key)| (key, index)).collect();
            let (mut expected, mut found) = (items.clone(), items.clone());
            expected.sort_by_key(|(key, _)| *key);
            sort_by(&mut found, |(left, _), (right, _)| left.cmp(right));
            prop_assert_eq!(&found, &expected);
            let mut found = items;
            sort(&mut found);
            prop_assert_eq!(found, expected);
        }
    }
}
