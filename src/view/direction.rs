//! Which way to walk through what was found.

/// Which way to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkDirection {
    /// To what is less urgent.
    Next,
    /// To what is more urgent.
    Previous,
}
