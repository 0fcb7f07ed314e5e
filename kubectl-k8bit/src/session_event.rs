//! What happens to a session.

use crate::problem::StartProblem;

/// What the session waits for.
#[derive(Debug)]
pub(crate) enum SessionEvent {
    /// Ctrl-C, or the like.
    Interrupted,
    /// The proxy listens.
    Serving { run: u32, port: u16 },
    /// The proxy or a credential plugin says something.
    Said { run: u32, line: String },
    /// Whether proxy and cluster answer.
    Asked { run: u32, answer: Result<(), StartProblem> },
    /// The proxy has ended.
    Ended { run: u32, code: Option<i32> },
}
