//! From text to a query. Recursive descent in one pass, which also notes how to color the parts, and what is at the end of
//! the text, for suggestions.
//!
//! ```text
//! any    = all { "|" all }
//! all    = term { term }
//! term   = ( "!" | "-" ) term | "(" any ")" | quoted | regex | address | word | key relation values
//! values = value { "," value } | ( "in" | "notin" ) "(" value { "," value } ")"
//! value  = quoted | regex | word
//! ```

use std::{borrow::Cow, ops::Range};

use super::{
    Expr, QueryError,
    key::{Key, NamedState, ValueKind},
    number::{Comparison, Relation},
    pattern::{NoRegex, Pattern},
    term::{Term, owner_kind},
};
use crate::{
    limits::{MAX_QUERY_BYTES, MAX_QUERY_DEPTH, MAX_QUERY_REGEXES, MAX_REGEX_STATES},
    view::visible::visible,
};

/// How a part of the text is colored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `ns:`, `restarts>`, `app=`.
    Key,
    /// The value of a key.
    Value,
    /// Free text.
    Text,
    /// `/…/`.
    Regex,
    /// `!`, `-`, `|`, `in`, parentheses.
    Operator,
}

impl Part {
    /// The value of `data-part`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
            Self::Text => "text",
            Self::Regex => "regex",
            Self::Operator => "operator",
        }
    }
}

/// A part of the text and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Bytes.
    pub range: Range<usize>,
    /// What it is.
    pub part: Part,
}

/// What the user is writing at the end of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Where it begins.
    pub(super) start: usize,
    /// What it is.
    pub(super) about: About,
}

/// What is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A key, or free text.
    Term,
    /// The value of a key.
    Value(Key),
    /// The value of a label.
    LabelValue(Box<str>),
}

/// What was read.
pub(super) struct Parsed {
    pub(super) spans: Vec<Span>,
    pub(super) slot: Slot,
    pub(super) result: Result<Option<Expr>, QueryError>,
}

/// Reads a query; `None` for an empty one.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        regexes: 0,
        states: 0,
        spans: Vec::new(),
        slot: Slot {
            start: 0,
            about: About::Term,
        },
    };
    let result = parser.query();
    Parsed {
        spans: parser.spans,
        slot: parser.slot,
        result,
    }
}

struct Parser<'t> {
    text: &'t str,
    /// Where the rest begins; at the border of a character.
    at: usize,
    /// Parentheses that are open.
    depth: usize,
    /// Regular expressions so far.
    regexes: usize,
    /// Their states.
    states: usize,
    spans: Vec<Span>,
    slot: Slot,
}

/// What stands between a key and its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// `:`.
    Colon,
    /// `<`, `=`, …
    Relation(Relation),
    /// `in`, and `notin`, which is negated.
    In { negated: bool },
}

/// A value as it was written.
enum WrittenValue<'t> {
    Word(&'t str),
    Quoted(String),
    Regex(String),
}

type Parse<T> = Result<T, QueryError>;

impl<'t> Parser<'t> {
    fn query(&mut self) -> Parse<Option<Expr>> {
        if self.text.len() > MAX_QUERY_BYTES {
            return fail(
                0..self.text.len(),
                format!("Write a shorter query: at most {MAX_QUERY_BYTES} bytes."),
            );
        }
        self.skip_space();
        if self.rest().is_empty() {
            return Ok(None);
        }
        let expr = self.any()?;
        match self.peek() {
            None => Ok(Some(expr)),
            Some(_) => fail(self.at..self.at + 1, "Remove this ), or write ( before it."),
        }
    }

    fn any(&mut self) -> Parse<Expr> {
        let mut branches = Vec::new();
        loop {
            flatten(self.all()?, &mut branches, |expr| match expr {
                Expr::Any(inner) => Ok(inner),
                other => Err(other),
            });
            if !self.take_operator("|") {
                return Ok(one_or(branches, Expr::Any));
            }
        }
    }

    fn all(&mut self) -> Parse<Expr> {
        let mut terms = Vec::new();
        loop {
            let before = self.at;
            self.skip_space();
            if terms.is_empty() || self.at > before {
                self.set_slot(About::Term);
            }
            match self.peek() {
                None | Some('|' | ')') if terms.is_empty() => {
                    let end = self.at + self.peek().map_or(0, char::len_utf8);
                    return fail(self.at..end, self.what_is_missing());
                }
                None | Some('|' | ')') => return Ok(one_or(terms, Expr::All)),
                Some(_) => flatten(self.term()?, &mut terms, |expr| match expr {
                    Expr::All(inner) => Ok(inner),
                    other => Err(other),
                }),
            }
        }
    }

    fn what_is_missing(&self) -> &'static str {
        let before = self.text[..self.at].trim_end();
        if before.ends_with('|') || self.peek() == Some('|') {
            "Write something on both sides of |: web | api."
        } else {
            "Write something between the parentheses: (web | api)."
        }
    }

    fn term(&mut self) -> Parse<Expr> {
        self.set_slot(About::Term);
        let negations_from = self.at;
        let mut negated = false;
        while self.rest().starts_with(['!', '-']) {
            self.operator(1);
            negated = !negated;
        }
        self.set_slot(About::Term);
        let expr = match self.peek() {
            next if self.at > negations_from && next.is_none_or(|next| "|)".contains(next) || next.is_whitespace()) => {
                let sign = &self.text[self.at - 1..self.at];
                let message = format!("Write the term right after {sign}: {sign}web.");
                return fail(negations_from..self.at, message);
            }
            Some('(') => self.group()?,
            Some('"') => {
                let from = self.at;
                let text = self.quoted()?;
                self.span(from, Part::Text);
                Expr::Term(Term::Free(self.free(WrittenValue::Quoted(text), from)?))
            }
            Some('/') => {
                let from = self.at;
                let source = self.regex()?;
                Expr::Term(Term::Free(self.free(WrittenValue::Regex(source), from)?))
            }
            _ => self.word_or_key()?,
        };
        Ok(if negated { negate(expr) } else { expr })
    }

    fn group(&mut self) -> Parse<Expr> {
        let open = self.at;
        self.enter(open)?;
        self.operator(1);
        let expr = self.any()?;
        if !self.take_operator(")") {
            return fail(open..self.at, "Close the parenthesis with ).");
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn enter(&mut self, from: usize) -> Parse<()> {
        self.depth += 1;
        if self.depth > MAX_QUERY_DEPTH {
            return fail(
                from..from + 1,
                format!("Write at most {MAX_QUERY_DEPTH} parentheses inside of each other."),
            );
        }
        Ok(())
    }

    fn word_or_key(&mut self) -> Parse<Expr> {
        let from = self.at;
        if let Some(address) = self.take_address() {
            self.span(from, Part::Text);
            return Ok(Expr::Term(Term::Free(self.free(WrittenValue::Word(address), from)?)));
        }
        let word = self.take_word(Self::is_relation);
        let word_end = self.at;
        let Some(operator) = self.operator_behind(word) else {
            self.span(from, Part::Text);
            return Ok(Expr::Term(Term::Free(self.free(WrittenValue::Word(word), from)?)));
        };
        match operator {
            Operator::In { .. } => {
                self.spans.push(Span {
                    range: from..word_end,
                    part: Part::Key,
                });
            }
            _ => self.span(from, Part::Key),
        }
        if word.is_empty() {
            return fail(
                from..self.at,
                "Write a key before this, such as ns:shop, app=web or restarts>3.",
            );
        }
        self.keyed(word, from..self.at, operator)
    }

    /// An IPv6 address or a part of one, `fd00::1`, `fd00:10:*`, that no key begins.
    fn take_address(&mut self) -> Option<&'t str> {
        let before = self.at;
        let word = self.take_word(|rest| rest.starts_with(','));
        let is_address = word.bytes().filter(|byte| *byte == b':').count() >= 2
            && word
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || b":.*".contains(&byte));
        if !is_address {
            self.at = before;
        }
        is_address.then_some(word)
    }

    /// The relation behind a word, with or without spaces before it. Leaves the place as it is where there is none.
    fn operator_behind(&mut self, word: &str) -> Option<Operator> {
        let before = self.at;
        if self.take(":") {
            return Some(Operator::Colon);
        }
        self.skip_space();
        let is_spaced = self.at > before;
        let spaces_end = self.at;
        // The longer ones first.
        for (written, relation) in [
            ("==", Relation::Equal),
            ("!=", Relation::NotEqual),
            (">=", Relation::AtLeast),
            ("<=", Relation::AtMost),
            ("=", Relation::Equal),
            (">", Relation::Greater),
            ("<", Relation::Less),
        ] {
            if self.take(written) {
                if is_spaced {
                    self.skip_space();
                }
                return Some(Operator::Relation(relation));
            }
        }
        for (written, negated) in [("in", false), ("notin", true)] {
            self.at = spaces_end;
            if is_spaced && !word.is_empty() && self.take(written) {
                let end = self.at;
                self.skip_space();
                if self.peek() == Some('(') {
                    self.spans.push(Span {
                        range: spaces_end..end,
                        part: Part::Operator,
                    });
                    return Some(Operator::In { negated });
                }
            }
        }
        self.at = before;
        None
    }

    fn keyed(&mut self, word: &str, span: Range<usize>, operator: Operator) -> Parse<Expr> {
        let key = Key::parse(word);
        if (key, operator) == (Some(Key::Label), Operator::Colon)
            && let Some(labels) = self.behind_label(span.start)
        {
            return labels;
        }
        match (key, operator) {
            (None, Operator::Colon) => fail(span, no_such_key(word)),
            (None, Operator::Relation(Relation::Equal | Relation::NotEqual) | Operator::In { .. }) => {
                self.label_values(word, span, operator)
            }
            (None, Operator::Relation(_)) => fail(span, what_compares(word)),
            (Some(key), operator) => match (key.kind(), operator) {
                (ValueKind::Number, Operator::Colon) => self.number(key, Relation::Equal),
                (ValueKind::Number, Operator::Relation(relation)) => self.number(key, relation),
                (ValueKind::Number, Operator::In { .. }) => {
                    let example = key.example();
                    fail(span, format!("Compare {word} with a number: {example}."))
                }
                (_, Operator::Relation(relation)) if !matches!(relation, Relation::Equal | Relation::NotEqual) => {
                    fail(span, what_compares(word))
                }
                _ => {
                    let make = |parser: &mut Self, value, from| parser.field(key, value, from);
                    self.values(&About::Value(key), operator, word, make)
                }
            },
        }
    }

    /// `label:owner=web`, for a label whose key is a key of the language, too; `None` where no relation follows.
    fn behind_label(&mut self, start: usize) -> Option<Parse<Expr>> {
        let from = self.at;
        let key = self.take_word(|rest| Self::is_relation(rest) || rest.starts_with(','));
        match self.operator_behind(key) {
            Some(operator @ (Operator::Relation(Relation::Equal | Relation::NotEqual) | Operator::In { .. })) => {
                if !key.is_empty() {
                    self.spans.push(Span {
                        range: from..from + key.len(),
                        part: Part::Key,
                    });
                }
                Some(self.label_values(key, start..self.at, operator))
            }
            _ => {
                self.at = from;
                None
            }
        }
    }

    fn number(&mut self, key: Key, relation: Relation) -> Parse<Expr> {
        self.set_slot(About::Value(key));
        let from = self.at;
        let written = self.take_word(|_| false);
        self.span(from, Part::Value);
        let comparison = Comparison::parse(key, relation, written);
        // Where nothing is written, the key is what is underlined.
        let from = if written.is_empty() {
            self.start_of_last_key()
        } else {
            from
        };
        let comparison = comparison.or_else(|message| fail(from..self.at, message))?;
        Ok(Expr::Term(Term::Compare(comparison)))
    }

    fn label_values(&mut self, key: &str, span: Range<usize>, operator: Operator) -> Parse<Expr> {
        check_label_key(key, span)?;
        let key: Box<str> = key.into();
        self.values(
            &About::LabelValue(key.clone()),
            operator,
            &key.clone(),
            move |parser, value, from| parser.label(&key, value, from),
        )
    }

    /// One value, or several of which one has to match.
    fn values(
        &mut self,
        about: &About,
        operator: Operator,
        word: &str,
        make: impl Fn(&mut Self, WrittenValue<'t>, usize) -> Parse<Term>,
    ) -> Parse<Expr> {
        let is_list = matches!(operator, Operator::In { .. });
        let open = self.at;
        if is_list {
            self.operator(1);
        }
        let mut terms = Vec::new();
        loop {
            if is_list {
                self.skip_space();
            }
            self.set_slot(about.clone());
            let from = self.at;
            let value = self.value(word)?;
            let term = make(self, value, from)?;
            terms.push(Expr::Term(term));
            if is_list {
                self.skip_space();
            }
            if !self.take(",") {
                break;
            }
        }
        if is_list && !self.take_operator(")") {
            return fail(open..self.at, "Close the list with ): app in (web, api).");
        }
        if terms.len() > 1 {
            // It prints with parentheses.
            self.enter(open)?;
            self.depth -= 1;
        }
        let expr = one_or(terms, Expr::Any);
        let negated = matches!(
            operator,
            Operator::Relation(Relation::NotEqual) | Operator::In { negated: true }
        );
        Ok(if negated { negate(expr) } else { expr })
    }

    fn value(&mut self, word: &str) -> Parse<WrittenValue<'t>> {
        let from = self.at;
        match self.peek() {
            Some('"') => {
                let text = self.quoted()?;
                self.span(from, Part::Value);
                Ok(WrittenValue::Quoted(text))
            }
            Some('/') => Ok(WrittenValue::Regex(self.regex()?)),
            Some(relation @ ('=' | '<' | '>')) => {
                let _ = self.take_word(|rest| rest.starts_with(','));
                fail(
                    from..self.at,
                    format!("Remove this {relation}, or put the value into quotes."),
                )
            }
            Some('!' | '-') => {
                let value = self.take_word(|rest| rest.starts_with(','));
                let plain = value.trim_start_matches(['!', '-']);
                let message = format!("Write ! before the whole term, !{word}:{plain}, or put the value into quotes.");
                fail(from..self.at, message)
            }
            _ => {
                let value = self.take_word(|rest| rest.starts_with(','));
                if value.is_empty() {
                    let key_from = self.start_of_last_key();
                    let key = Key::parse(word);
                    let example = key.map_or("app=web", Key::example);
                    let what = if self.text[..from].ends_with(',') {
                        "the comma"
                    } else {
                        word
                    };
                    let message = match key {
                        // What its values are does not go without saying.
                        Some(Key::Owner) => format!("Choose a workload, or write its name: {example}."),
                        _ => format!("Write a value after {what}: {example}."),
                    };
                    return fail(key_from..from, message);
                }
                self.span(from, Part::Value);
                Ok(WrittenValue::Word(value))
            }
        }
    }

    fn free(&mut self, value: WrittenValue<'_>, from: usize) -> Parse<Pattern> {
        let pattern = self.pattern(value, from)?;
        if pattern.is_empty() {
            return fail(from..self.at, "Write something between the quotes.");
        }
        Ok(pattern)
    }

    fn field(&mut self, key: Key, value: WrittenValue<'_>, from: usize) -> Parse<Term> {
        let span = from..self.at;
        match (key.kind(), &value) {
            (ValueKind::Name, WrittenValue::Word(name)) => named(key, name, span),
            (ValueKind::Name, WrittenValue::Quoted(name)) => named(key, name, span),
            (ValueKind::Name, WrittenValue::Regex(_)) => fail(span, what_is(key)),
            (ValueKind::LabelKey, WrittenValue::Word(word)) => has_label(word, span),
            (ValueKind::LabelKey, WrittenValue::Quoted(word)) => has_label(word, span),
            (ValueKind::LabelKey, WrittenValue::Regex(_)) => fail(
                span,
                "Write the key of a label here, without slashes around it: has:app.",
            ),
            _ if key == Key::Owner => self.owner(value, from),
            _ => Ok(Term::Field(key, self.pattern(value, from)?)),
        }
    }

    fn label(&mut self, key: &str, value: WrittenValue<'_>, from: usize) -> Parse<Term> {
        let value = match value {
            WrittenValue::Word(text) if !text.contains('*') => Pattern::exact(text),
            WrittenValue::Quoted(text) => Pattern::exact(&text),
            other => self.pattern(other, from)?,
        };
        Ok(Term::Label { key: key.into(), value })
    }

    /// `web`, or `deploy/web`.
    fn owner(&mut self, value: WrittenValue<'_>, from: usize) -> Parse<Term> {
        let span = from..self.at;
        let (text, is_quoted): (Cow<'_, str>, bool) = match value {
            WrittenValue::Word(text) => (text.into(), false),
            WrittenValue::Quoted(text) => (text.into(), true),
            WrittenValue::Regex(_) => return Ok(Term::Field(Key::Owner, self.pattern(value, from)?)),
        };
        let name_of = |text: &str| {
            if is_quoted {
                Pattern::literal(text)
            } else {
                Pattern::glob(text)
            }
        };
        let Some((kind, name)) = text.split_once('/') else {
            return Ok(Term::Field(Key::Owner, name_of(&text)));
        };
        let kind = owner_kind(kind);
        let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_kind || name.is_empty() {
            return fail(
                span,
                "Write the kind and the name of an owner, owner:deploy/web, or its name alone.",
            );
        }
        Ok(Term::OwnerOfKind {
            kind: kind.into(),
            name: name_of(name),
        })
    }

    fn pattern(&mut self, value: WrittenValue<'_>, from: usize) -> Parse<Pattern> {
        match value {
            WrittenValue::Word(text) => Ok(Pattern::glob(text)),
            WrittenValue::Quoted(text) => Ok(Pattern::literal(&text)),
            WrittenValue::Regex(source) => {
                self.regexes += 1;
                if self.regexes > MAX_QUERY_REGEXES {
                    let message = format!("Write at most {MAX_QUERY_REGEXES} regular expressions in one query.");
                    return fail(from..self.at, message);
                }
                let message = match Pattern::regex(&source, MAX_REGEX_STATES.saturating_sub(self.states)) {
                    Ok(pattern) => {
                        self.states += pattern.states();
                        return Ok(pattern);
                    }
                    Err(NoRegex::Wrong(reason)) => format!(
                        "This regular expression cannot be used: {reason}. For plain text write quotes instead of slashes."
                    ),
                    Err(NoRegex::TooLarge) if self.states > 0 => {
                        "The regular expressions of this query are too large together: write shorter or fewer ones."
                            .to_owned()
                    }
                    Err(NoRegex::TooLarge) => "This regular expression is too large: write a shorter one, with fewer \
                                               alternatives or smaller numbers in {}."
                        .to_owned(),
                };
                fail(from..self.at, message)
            }
        }
    }

    /// Text between quotes; `\"` is a quote and `\\` a backslash.
    fn quoted(&mut self) -> Parse<String> {
        let from = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.at = from + index + 1;
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                other => text.push(other),
            }
        }
        self.at = self.text.len();
        fail(from..self.at, "Close the quotes with \".")
    }

    /// An expression between slashes; `\/` is a slash.
    fn regex(&mut self) -> Parse<String> {
        let from = self.at;
        let mut source = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '/' => {
                    self.at = from + index + 1;
                    self.span(from, Part::Regex);
                    if source.is_empty() {
                        return fail(
                            from..self.at,
                            "Write a regular expression between the slashes: /^web-[0-9]/.",
                        );
                    }
                    return Ok(source);
                }
                '\\' => match characters.next() {
                    Some((_, '/')) => source.push('/'),
                    Some((_, other)) => source.extend(['\\', other]),
                    None => source.push('\\'),
                },
                other => source.push(other),
            }
        }
        self.at = self.text.len();
        self.span(from, Part::Regex);
        fail(
            from..self.at,
            "Close the regular expression with /. For text that begins with / write quotes.",
        )
    }

    /// A word up to white space, an operator, a quote, or where `ends` says so.
    fn take_word(&mut self, ends: impl Fn(&str) -> bool) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest
            .char_indices()
            .find(|&(index, character)| {
                character.is_whitespace() || matches!(character, '|' | '(' | ')' | '"') || ends(&rest[index..])
            })
            .map_or(rest.len(), |(index, _)| index);
        self.at += end;
        &rest[..end]
    }

    /// Whether a relation begins here.
    fn is_relation(rest: &str) -> bool {
        rest.starts_with([':', '=', '<', '>']) || rest.starts_with("!=")
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    /// Takes an operator behind white space, and notes it.
    fn take_operator(&mut self, wanted: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(wanted);
        if found {
            self.operator(wanted.len());
        }
        found
    }

    /// Notes an operator of this many bytes, and what may be written behind it.
    fn operator(&mut self, len: usize) {
        let from = self.at;
        self.at += len;
        self.span(from, Part::Operator);
        self.set_slot(About::Term);
    }

    fn span(&mut self, from: usize, part: Part) {
        if self.at > from {
            self.spans.push(Span {
                range: from..self.at,
                part,
            });
        }
    }

    fn set_slot(&mut self, about: About) {
        self.slot = Slot { start: self.at, about };
    }

    fn start_of_last_key(&self) -> usize {
        let key = self.spans.iter().rev().find(|span| span.part == Part::Key);
        key.map_or(self.at, |span| span.range.start)
    }
}

fn fail<T>(span: Range<usize>, message: impl Into<String>) -> Parse<T> {
    Err(QueryError {
        span,
        message: visible(&message.into()).into_owned(),
    })
}

/// Takes an expression apart that is of the kind that is being built.
fn flatten(expr: Expr, into: &mut Vec<Expr>, inner: impl Fn(Expr) -> Result<Vec<Expr>, Expr>) {
    match inner(expr) {
        Ok(inner) => into.extend(inner),
        Err(other) => into.push(other),
    }
}

fn one_or(mut exprs: Vec<Expr>, many: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    match exprs.pop() {
        Some(only) if exprs.is_empty() => only,
        last => {
            exprs.extend(last);
            many(exprs)
        }
    }
}

fn negate(expr: Expr) -> Expr {
    match expr {
        Expr::Not(inner) => *inner,
        other => Expr::Not(Box::new(other)),
    }
}

fn named(key: Key, name: &str, span: Range<usize>) -> Parse<Term> {
    let state = NamedState::parse(name).filter(|state| key == Key::Is || matches!(state, NamedState::Family(_)));
    match state {
        Some(state) => Ok(Term::Is(state)),
        None => fail(span, what_is(key)),
    }
}

/// The names that may stand behind `is:` and `family:`.
fn what_is(key: Key) -> String {
    let names: Vec<&str> = NamedState::all()
        .filter(|state| key == Key::Is || matches!(state, NamedState::Family(_)))
        .map(NamedState::as_str)
        .collect();
    format!("After {}: write one of {}.", key.as_str(), names.join(", "))
}

fn has_label(key: &str, span: Range<usize>) -> Parse<Term> {
    check_label_key(key, span)?;
    Ok(Term::HasLabel(key.into()))
}

/// Whether a text may be the key of a label.
pub(super) fn is_label_key(text: &str) -> bool {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(is_key)
}

fn check_label_key(key: &str, span: Range<usize>) -> Parse<()> {
    if is_label_key(key) {
        return Ok(());
    }
    let message =
        format!("“{key}” cannot be the key of a label. Write app=web, app.kubernetes.io/name=web or has:app.");
    fail(span, message)
}

fn no_such_key(word: &str) -> String {
    let word_folded = word.to_ascii_lowercase();
    let near = Key::ALL.into_iter().find(|key| is_near(&word_folded, key.as_str()));
    match near {
        Some(key) => format!("There is no key “{word}”. Did you mean {}:?", key.as_str()),
        None if is_group_of_address(word) => {
            format!("There is no key “{word}”. For an address write ip:{word}:*, for text put it into quotes.")
        }
        None => format!("There is no key “{word}”. For a label write {word}=VALUE, for text put it into quotes."),
    }
}

/// Whether a word looks like the beginning of an IPv6 address: `fd00`.
fn is_group_of_address(word: &str) -> bool {
    let is_hex = (1..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex && word.bytes().any(|byte| byte.is_ascii_digit())
}

fn what_compares(word: &str) -> String {
    let numbers = Key::ALL.into_iter().filter(|key| key.kind() == ValueKind::Number);
    let numbers: Vec<&str> = numbers.map(Key::as_str).collect();
    format!(
        "“{word}” is no number. Numbers are {}; for others write {word}=VALUE.",
        numbers.join(", ")
    )
}

/// Whether a word is a key that was not finished, or with one letter too many, too few or another.
fn is_near(word: &str, key: &str) -> bool {
    if word.len() >= 2 && (key.starts_with(word) || word.starts_with(key) && word.len() <= key.len() + 2) {
        return true;
    }
    let common = word.bytes().zip(key.bytes()).take_while(|(a, b)| a == b).count();
    let (word, key) = (&word.as_bytes()[common..], &key.as_bytes()[common..]);
    let without_first = |text: &[u8]| text.get(1..).map(<[u8]>::to_vec).unwrap_or_default();
    let is_one_apart =
        without_first(word) == key || word == without_first(key) || without_first(word) == without_first(key);
    common > 0 && word.len().max(key.len()) > 0 && is_one_apart
}
