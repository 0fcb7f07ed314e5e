//! The language in which the user says what to find: `ns:shop !status:Completed restarts>3`.
//!
//! A [`Query`] is read once from text and then asked about each pod. Reading folds the case of what is compared, so that
//! asking allocates nothing; it never fails silently: a text that is no query is a [`QueryError`] that says where and
//! what to write instead. [`help()`] is the documentation of the language, as data.
//!
//! Knows nothing of the picture: what is done with pods that do not match is decided elsewhere.

pub mod key;
pub mod press;
pub mod suggest;

mod candidate;
mod help;
mod number;
mod parse;
mod pattern;
mod term;

use std::{fmt, ops::Range};

use self::{candidate::Candidate, term::Term};
use crate::{
    cluster::{Criterion, Work},
    resource::{Node, Pod, Timestamp},
    view::visible::visible,
};

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

    /// Whether a pod is what the user looks for. `node` is the node that it is bound to, where that is known.
    #[must_use]
    pub fn matches(&self, pod: &Pod, node: Option<&Node>, now: Timestamp) -> bool {
        self.is_pod(pod, node, now, &Work::default())
    }

    /// Whether a node is what the user looks for. A query that asks for what only pods have, `ns:shop`, finds no node,
    /// negated or not.
    #[must_use]
    pub fn matches_node(&self, node: &Node, now: Timestamp) -> bool {
        self.is_node(node, now, &Work::default())
    }

    fn holds(&self, subject: Candidate<'_>, now: Timestamp, work: &Work) -> bool {
        let Some(root) = &self.root else { return true };
        root.holds(subject, now, work) == Some(true)
    }
}

impl Criterion for Query {
    fn is_pod(&self, pod: &Pod, node: Option<&Node>, now: Timestamp, work: &Work) -> bool {
        self.holds(Candidate::Pod(pod, node), now, work)
    }

    fn is_node(&self, node: &Node, now: Timestamp, work: &Work) -> bool {
        self.holds(Candidate::Node(node), now, work)
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
    fn holds(&self, subject: Candidate<'_>, now: Timestamp, work: &Work) -> Option<bool> {
        match self {
            Self::Term(term) => term.holds(subject, now, work),
            Self::Not(inner) => inner.holds(subject, now, work).map(|holds| !holds),
            Self::All(inner) => decide(inner, false, subject, now, work),
            Self::Any(inner) => decide(inner, true, subject, now, work),
        }
    }
}

/// The first verdict that decides; else the opposite, unless one of them says nothing.
fn decide(exprs: &[Expr], deciding: bool, subject: Candidate<'_>, now: Timestamp, work: &Work) -> Option<bool> {
    let mut verdict = Some(!deciding);
    for expr in exprs {
        match expr.holds(subject, now, work) {
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

/// A value as it has to be written behind a key so that it is found in full, whatever is in it.
#[must_use]
pub fn literal(value: &str) -> String {
    pattern::Pattern::literal(value).to_string()
}

/// The query for the pods of an owner in a namespace: `ns:shop owner:deploy/web`. `None` if the language has no words for
/// such a kind or name.
#[must_use]
pub fn owned_by(namespace: &str, kind: &str, name: &str) -> Option<String> {
    let owner = format!("{}/{name}", suggest::short_kind(kind));
    let query = format!("ns:{} owner:{}", literal(namespace), literal(&owner));
    Query::parse(&query).is_ok().then_some(query)
}

/// What a user may have meant who writes as for `kubectl -l`: `!app`, "without the label app", asks here for what does not
/// contain the text. `None` where nothing is in doubt.
#[must_use]
pub fn hint(text: &str) -> Option<String> {
    let (spans, error) = highlight(text);
    let mut pairs = spans.windows(2);
    let (operator, word) = pairs.find_map(|pair| {
        let (operator, word) = (text.get(pair[0].range.clone())?, text.get(pair[1].range.clone())?);
        let is_negated = operator == "!" && pair[0].range.end == pair[1].range.start;
        let is_word = pair[1].part == Part::Text && parse::is_label_key(word);
        (is_negated && is_word).then_some((operator, word))
    })?;
    error.is_none().then(|| {
        format!(
            "{operator}{word} excludes everything that contains the text “{word}”. For pods without the label {word}, write \
             {operator}has:{word}."
        )
    })
}

/// What is shown while a text is no query yet: everything, or the last that was one. `None` where that is the beginning of
/// the word that is being written, such as `owner` before `owner:`.
#[must_use]
pub fn meanwhile(text: &str, in_force: &str) -> Option<String> {
    if in_force.is_empty() {
        return Some("Until then, the page shows all pods.".to_owned());
    }
    let rest = text.trim_start().strip_prefix(in_force);
    let is_begun = rest.is_some_and(|rest| rest.starts_with(|next: char| !next.is_whitespace()));
    (!is_begun).then(|| format!("Until then, the page applies the query {}.", visible(in_force)))
}

/// A piece of a text and how it is to look. All pieces together are the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPiece<'t> {
    /// What is written; empty where something is missing.
    pub text: &'t str,
    /// What it is.
    pub part: Option<Part>,
    /// Whether it is at fault.
    pub is_wrong: bool,
}

/// A text in pieces, and what is wrong with it.
#[must_use]
pub fn text_pieces(text: &str) -> (Vec<TextPiece<'_>>, Option<QueryError>) {
    let (spans, error) = highlight(text);
    let wrong = error.as_ref().map(|error| error.span.clone());
    let mut cuts: Vec<usize> = Vec::new();
    let ranges = spans.iter().map(|span| &span.range).chain(&wrong);
    for cut in ranges.flat_map(|range| [range.start, range.end]).chain([0, text.len()]) {
        if let Err(at) = cuts.binary_search(&cut) {
            cuts.insert(at, cut);
        }
    }
    let mut pieces: Vec<TextPiece<'_>> = cuts
        .windows(2)
        .map(|cut| TextPiece {
            text: &text[cut[0]..cut[1]],
            part: spans
                .iter()
                .find(|span| span.range.contains(&cut[0]))
                .map(|span| span.part),
            is_wrong: wrong.as_ref().is_some_and(|wrong| wrong.contains(&cut[0])),
        })
        .collect();
    if let Some(missing) = wrong.filter(|wrong| wrong.is_empty()) {
        let at = cuts.partition_point(|&cut| cut < missing.start);
        let piece = TextPiece {
            text: "",
            part: None,
            is_wrong: true,
        };
        pieces.insert(at, piece);
    }
    (pieces, error)
}

/// The parts of a text for coloring, in their order, up to where it is no query any more; and what is wrong there.
#[must_use]
pub fn highlight(text: &str) -> (Vec<Span>, Option<QueryError>) {
    let parsed = parse::parse(text);
    let mut spans: Vec<Span> = Vec::with_capacity(parsed.spans.len());
    // All but a few are noted in their order.
    for span in parsed.spans {
        let at = spans.partition_point(|before| before.range.start <= span.range.start);
        spans.insert(at, span);
    }
    (spans, parsed.result.err())
}
