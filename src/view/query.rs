//! The language in which the reader says what to find: `ns:shop !status:Completed restarts>3`.
//!
//! A [`Query`] is read once from text and then asked about each pod. Reading folds the case of what is compared, so that
//! asking allocates nothing; it never fails silently: a text that is no query is a [`QueryError`] that says where and
//! what to write instead. [`help()`] is the documentation of the language, as data.
//!
//! Knows nothing of the picture: what is done with pods that do not match is decided elsewhere.

pub mod key;
pub mod suggest;

mod help;
mod number;
mod parse;
mod pattern;
mod term;

use std::{fmt, ops::Range};

use self::term::{Subject, Term};
use crate::resource::{Node, Pod, Timestamp};

pub use self::{
    help::{Example, help},
    parse::{Part, Span},
};

/// What to find. The empty query finds everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    root: Option<Expr>,
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The bytes of the text that are at fault; empty where something is missing.
    pub span: Range<usize>,
    /// A sentence that says what to write instead.
    pub message: String,
}

/// A query, or a part of one. None of the lists is shorter than two, or holds another of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Term(Term),
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// When the text is no query; the error says what to write instead.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::parse(text).result.map(|root| Self { root })
    }

    /// Whether everything matches, because nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Whether a pod is what the reader looks for. `node` is the node that it is bound to, where that is known.
    #[must_use]
    pub fn matches(&self, pod: &Pod, node: Option<&Node>, now: Timestamp) -> bool {
        self.holds(Subject::Pod(pod, node), now)
    }

    /// Whether a node is what the reader looks for. A query that asks for what only pods have, `ns:shop`, finds no node,
    /// negated or not.
    #[must_use]
    pub fn matches_node(&self, node: &Node, now: Timestamp) -> bool {
        self.holds(Subject::Node(node), now)
    }

    fn holds(&self, subject: Subject<'_>, now: Timestamp) -> bool {
        let Some(root) = &self.root else { return true };
        root.holds(subject, now) == Some(true)
    }
}

/// A query that reads as this one.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| root.fmt(f))
    }
}

impl Expr {
    /// Three values, as in SQL: what says nothing of the subject neither helps nor, negated, turns to "yes".
    fn holds(&self, subject: Subject<'_>, now: Timestamp) -> Option<bool> {
        match self {
            Self::Term(term) => term.holds(subject, now),
            Self::Not(inner) => inner.holds(subject, now).map(|holds| !holds),
            Self::All(inner) => decide(inner, false, subject, now),
            Self::Any(inner) => decide(inner, true, subject, now),
        }
    }
}

/// The first verdict that decides; else the opposite, unless one of them says nothing.
fn decide(exprs: &[Expr], deciding: bool, subject: Subject<'_>, now: Timestamp) -> Option<bool> {
    let mut verdict = Some(!deciding);
    for expr in exprs {
        match expr.holds(subject, now) {
            Some(holds) if holds == deciding => return Some(deciding),
            Some(_) => {}
            None => verdict = None,
        }
    }
    verdict
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => term.fmt(f),
            Self::Not(inner) if matches!(**inner, Self::All(_) | Self::Any(_)) => write!(f, "!({inner})"),
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::All(inner) => {
                for (index, expr) in inner.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { " " })?;
                    match expr {
                        Self::Any(_) => write!(f, "({expr})")?,
                        _ => expr.fmt(f)?,
                    }
                }
                Ok(())
            }
            Self::Any(inner) => {
                for (index, expr) in inner.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { " | " })?;
                    expr.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

/// The parts of a text for colouring, in their order, up to where it is no query any more; and what is wrong there.
#[must_use]
pub fn highlight(text: &str) -> (Vec<Span>, Option<QueryError>) {
    let mut parsed = parse::parse(text);
    parsed.spans.sort_by_key(|span| span.range.start);
    (parsed.spans, parsed.result.err())
}
