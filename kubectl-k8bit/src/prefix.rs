//! Random paths.

use std::fmt::Write as _;

use crate::problem::StartProblem;

/// Bytes of randomness in a prefix: as many as in a UUID, too many to try.
const BYTES: usize = 16;

/// A path of one random segment, with a slash on both sides.
///
/// It is hexadecimal, so that it never begins with `/api`: `kubectl proxy` would not strip such an `--api-prefix`.
pub(crate) fn random() -> Result<String, StartProblem> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StartProblem::Randomness(error.to_string()))?;
    let mut prefix = String::from("/");
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(prefix, "{byte:02x}");
    }
    prefix.push('/');
    Ok(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_path_of_one_segment_and_never_the_same() {
        let [one, other] = [random().unwrap(), random().unwrap()];
        assert_ne!(one, other);
        assert_eq!(one.len(), 2 + 2 * BYTES);
        let segment = one.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap();
        assert!(segment.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    }
}
