//! Patterns that texts are compared with.

use std::fmt::{self, Write as _};

use regex_lite::{Regex, RegexBuilder};

use crate::{cluster::Work, limits::MAX_REGEX_DEPTH};

/// How a value of a query selects texts. Matching ignores case, unless it is [`Pattern::exact`].
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// Literal text.
    Literal {
        /// Lower-case, unless case matters.
        text: Box<str>,
        /// What was written, for [`fmt::Display`].
        written: Box<str>,
    },
    /// Text with `*` for anything: the pieces between the stars, in lower case, at least two.
    Glob { pieces: Box<[Box<str>]>, written: Box<str> },
    /// `/…/`.
    Regex {
        regex: Box<Regex>,
        source: Box<str>,
        /// What every match contains, in lower case; often empty. Looking for it first is a hundred times faster.
        required: Box<str>,
        /// How many states it has, about: each byte of a text may take a step for each of them.
        states: usize,
    },
}

/// What a state of a compiled expression takes: as large as those of `regex-lite`, which cannot be named.
const BYTES_OF_STATE: usize = size_of::<(usize, Vec<u8>)>();

/// What `regex-lite` says of an expression that is larger than its limit.
const OVER_SIZE: &str = "compiled regex exceeded size limit";

/// What a state may take for each byte of a text: it is entered, and what follows it.
const STEPS_OF_STATE: usize = 4;

/// Why a text is no regular expression that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoRegex {
    /// It cannot be read, in the words of the parser.
    Wrong(String),
    /// It has too many states.
    TooLarge,
}

/// Which part of a text has to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it.
    Whole,
    /// Any part of it.
    Part,
    /// A run of whole parts between `/`, `:` and `@`: `nginx` of `docker.io/library/nginx:1.27`.
    Parts,
}

/// Equal when they select the same and print alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal { text: a, .. }, Self::Literal { text: b, .. }) => a == b,
            (Self::Glob { pieces: a, .. }, Self::Glob { pieces: b, .. }) => a == b,
            (Self::Regex { source: a, .. }, Self::Regex { source: b, .. }) => a == b,
            _ => false,
        }
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Text as it stands.
    pub(super) fn literal(text: &str) -> Self {
        Self::Literal {
            text: text.to_ascii_lowercase().into(),
            written: text.into(),
        }
    }

    /// Text whose case matters, as it does in labels.
    pub(super) fn exact(text: &str) -> Self {
        Self::Literal {
            text: text.into(),
            written: text.into(),
        }
    }

    /// Text in which `*` matches any text.
    pub(super) fn glob(text: &str) -> Self {
        if !text.contains('*') {
            return Self::literal(text);
        }
        let folded = text.to_ascii_lowercase();
        Self::Glob {
            pieces: folded.split('*').map(Box::from).collect(),
            written: text.into(),
        }
    }

    /// A regular expression of at most this many states.
    pub(super) fn regex(source: &str, max_states: usize) -> Result<Self, NoRegex> {
        let build = |states: usize| {
            RegexBuilder::new(source)
                .case_insensitive(true)
                .size_limit(states * BYTES_OF_STATE)
                .nest_limit(MAX_REGEX_DEPTH)
                .build()
        };
        // Only the limit tells how large it is.
        let limits =
            std::iter::successors(Some(8), |states| Some(states * 2)).take_while(|states| *states < max_states);
        for states in limits {
            if let Ok(regex) = build(states) {
                return Ok(Self::of_regex(regex, source, states));
            }
        }
        match build(max_states) {
            Ok(regex) => Ok(Self::of_regex(regex, source, max_states)),
            Err(error) if error.to_string() == OVER_SIZE => Err(NoRegex::TooLarge),
            Err(error) => Err(NoRegex::Wrong(error.to_string())),
        }
    }

    fn of_regex(regex: Regex, source: &str, states: usize) -> Self {
        Self::Regex {
            regex: Box::new(regex),
            source: source.into(),
            required: required(source).to_ascii_lowercase().into(),
            states,
        }
    }

    /// How many states of a regular expression it has.
    pub(super) fn states(&self) -> usize {
        match self {
            Self::Regex { states, .. } => *states,
            Self::Literal { .. } | Self::Glob { .. } => 0,
        }
    }

    /// Whether it selects the text. Where that would take too much work, it does not, and the work says so.
    pub(super) fn matches(&self, text: &str, reach: Reach, work: &Work) -> bool {
        match (self, reach) {
            (Self::Literal { text: wanted, .. }, Reach::Whole) => text.eq_ignore_ascii_case(wanted),
            (Self::Literal { text: wanted, .. }, Reach::Part) => contains(text, wanted, work),
            (Self::Literal { text: wanted, .. }, Reach::Parts) => contains_parts(text, wanted, work),
            (Self::Glob { pieces, .. }, Reach::Part) => glob_in(text, pieces, work),
            (Self::Glob { pieces, .. }, Reach::Whole) => glob(text, pieces, work),
            (Self::Glob { pieces, .. }, Reach::Parts) => {
                glob(text, pieces, work) || part_starts(text, work).any(|at| glob(&text[at..], pieces, work))
            }
            // As everywhere, an expression finds a part unless it is anchored.
            (Self::Regex { .. }, _) => self.is_found(text, work),
        }
    }

    /// Whether it is exactly this text, case included; for labels.
    pub(super) fn is(&self, text: &str, work: &Work) -> bool {
        match self {
            Self::Literal { text: wanted, .. } => **wanted == *text,
            Self::Glob { pieces, .. } => glob(text, pieces, work),
            Self::Regex { .. } => self.is_found(text, work),
        }
    }

    /// Whether a regular expression is found in a text.
    fn is_found(&self, text: &str, work: &Work) -> bool {
        let Self::Regex {
            regex,
            required,
            states,
            ..
        } = self
        else {
            return false;
        };
        if !contains(text, required, work) {
            return false;
        }
        let steps = (text.len() + 1).saturating_mul(states * STEPS_OF_STATE);
        if !work.has_room(steps) {
            return false;
        }
        work.add(steps);
        regex.is_match(text)
    }

    /// The literal text, in lower case.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match self {
            Self::Literal { text, .. } => Some(text),
            Self::Glob { .. } | Self::Regex { .. } => None,
        }
    }

    /// Whether it is an empty text, which only quotes can write.
    pub(super) fn is_empty(&self) -> bool {
        self.as_literal() == Some("")
    }

    /// Whether an address, `10.0.0.1` or `fd00::1`, could match.
    pub(super) fn may_match_address(&self) -> bool {
        let is_of_address = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'.' || byte == b':')
        };
        match self {
            Self::Literal { text, .. } => is_of_address(text),
            Self::Glob { pieces, .. } => pieces.iter().all(|piece| is_of_address(piece)),
            Self::Regex { .. } => true,
        }
    }
}

/// As the parser reads it, quoted where it has to be.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glob { written, .. } => f.write_str(written),
            Self::Literal { written, .. } if is_plain(written) => f.write_str(written),
            Self::Literal { written, .. } => {
                f.write_char('"')?;
                for character in written.chars() {
                    if matches!(character, '"' | '\\') {
                        f.write_char('\\')?;
                    }
                    f.write_char(character)?;
                }
                f.write_char('"')
            }
            Self::Regex { source, .. } => write!(f, "/{}/", source.replace('/', "\\/")),
        }
    }
}

/// Whether text reads as itself without quotes, wherever a value may stand.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    !text.is_empty() && !text.starts_with(['-', '/']) && text.bytes().all(is_plain) && !matches!(text, "in" | "notin")
}

/// The longest text that is in every match of an expression, as far as it is seen at a glance: nothing where there are
/// alternatives or flags.
fn required(source: &str) -> String {
    if source.contains("(?") {
        return String::new();
    }
    let mut best = String::new();
    let mut run = String::new();
    let mut keep = |run: &mut String| {
        if run.len() > best.len() {
            best.clone_from(run);
        }
        run.clear();
    };
    let mut depth = 0_usize;
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        let literal = match character {
            '[' => {
                skip_class(&mut characters);
                None
            }
            '(' => {
                depth += 1;
                None
            }
            ')' => {
                depth = depth.saturating_sub(1);
                None
            }
            '|' if depth == 0 => return String::new(),
            // Numbers of a repetition.
            '{' => {
                characters.by_ref().find(|&character| character == '}');
                None
            }
            // The number of a character, or a class: what follows is no text.
            '\\' if matches!(characters.peek(), Some('x' | 'u' | 'U' | 'p' | 'P')) => return String::new(),
            '\\' => characters
                .next()
                .filter(|escaped| escaped.is_ascii_punctuation() && !"<>".contains(*escaped)),
            '.' | '^' | '$' | '*' | '+' | '?' => None,
            other => Some(other),
        };
        // What stands in a group may be repeated no times.
        match literal.filter(|_| depth == 0) {
            Some(_) if matches!(characters.peek(), Some('*' | '+' | '?' | '{')) => keep(&mut run),
            Some(literal) => run.push(literal),
            None => keep(&mut run),
        }
    }
    keep(&mut run);
    best
}

/// Goes behind the `]` of a class whose `[` was taken.
fn skip_class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut depth = 1;
    let mut is_first = true;
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' => depth += 1,
            '^' if is_first => continue,
            // The first one is a literal.
            ']' if is_first => {}
            ']' => depth -= 1,
            _ => {}
        }
        is_first = false;
        if depth == 0 {
            return;
        }
    }
}

/// Whether `text` contains `wanted`, which is in lower case. Matching ignores case.
fn contains(text: &str, wanted: &str, work: &Work) -> bool {
    find(text, wanted, work).is_some()
}

/// Bytes that are compared in one step.
const BYTES_OF_STEP: usize = 16;

/// Where `wanted`, which is in lower case, begins in `text`.
fn find(text: &str, wanted: &str, work: &Work) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let Some((&first, rest)) = wanted.split_first() else {
        return Some(0);
    };
    work.add(1 + text.len() / BYTES_OF_STEP);
    let last_start = text.len().checked_sub(wanted.len())?;
    let starts = &text[..=last_start];
    let steps = 1 + rest.len() / BYTES_OF_STEP;
    let is_here = |at: &usize| {
        work.add(steps);
        text[at + 1..at + wanted.len()].eq_ignore_ascii_case(rest)
    };
    // It may begin at every byte, and be the same up to the last.
    let has_room = |_: &usize| work.has_room(steps);
    let upper = first.to_ascii_uppercase();
    if first == upper {
        return memchr::memchr_iter(first, starts).take_while(has_room).find(is_here);
    }
    memchr::memchr2_iter(first, upper, starts)
        .take_while(has_room)
        .find(is_here)
}

/// Whether `wanted` stands in `text` between ends, `/`, `:` or `@`.
fn contains_parts(text: &str, wanted: &str, work: &Work) -> bool {
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with(['/', ':', '@']);
    part_starts(text, work).any(|at| {
        work.add(1 + wanted.len() / BYTES_OF_STEP);
        let rest = &text[at..];
        rest.get(..wanted.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(wanted))
            && is_end(&rest[wanted.len()..])
    })
}

/// Where the parts of an image's name begin, as far as there is room for them.
fn part_starts(text: &str, work: &Work) -> impl Iterator<Item = usize> {
    work.add(1 + text.len() / BYTES_OF_STEP);
    let after = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'/' | b':' | b'@'));
    let starts = std::iter::once(0).chain(after.map(|(at, _)| at + 1));
    starts.take_while(|_| work.has_room(1))
}

/// Whether the pieces make up `text`, with anything between them.
fn glob(text: &str, pieces: &[Box<str>], work: &Work) -> bool {
    let [first, middle @ .., last] = pieces else {
        return false;
    };
    let starts = text
        .get(..first.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(first));
    if !starts {
        return false;
    }
    let Some(rest) = after_each(&text[first.len()..], middle, work) else {
        return false;
    };
    let end = rest.len().checked_sub(last.len());
    end.and_then(|end| rest.get(end..))
        .is_some_and(|end| end.eq_ignore_ascii_case(last))
}

/// Whether the pieces are in `text`, in their order.
fn glob_in(text: &str, pieces: &[Box<str>], work: &Work) -> bool {
    after_each(text, pieces, work).is_some()
}

/// What is left of `text` after the first place where each piece is found behind the one before.
fn after_each<'t>(text: &'t str, pieces: &[Box<str>], work: &Work) -> Option<&'t str> {
    pieces.iter().try_fold(text, |rest, piece| {
        let at = find(rest, piece, work)?;
        rest.get(at + piece.len()..)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{MAX_OBJECT_STEPS, MAX_REGEX_STATES};

    proptest! {
        #[test]
        fn what_is_required_is_in_every_match(
            pieces in prop::collection::vec(
                prop::sample::select(&["a", "b", "ab", "A", "-", ".", "*", "+", "?", "{0,2}", "{2}", "[ab]", "[^b]", "[]a]", "(", ")", "|", "^", "$", "\\.", "\\b", "\\w", "(?:"][..]),
                1..8,
            ),
            text in "[abAB.-]{0,8}",
        ) {
            let source = pieces.concat();
            if let Ok(Pattern::Regex { regex, required, .. }) = Pattern::regex(&source, MAX_REGEX_STATES) {
                let contains = contains(&text, &required, &Work::default());
                prop_assert!(!regex.is_match(&text) || contains, "{} requires {}", source, required);
            }
        }
    }

    #[track_caller]
    fn check(pattern: &str, reach: Reach, yes: &[&str], no: &[&str]) {
        let pattern = Pattern::glob(pattern);
        for text in yes {
            assert!(
                pattern.matches(text, reach, &Work::default()),
                "{pattern} selects {text}"
            );
        }
        for text in no {
            assert!(
                !pattern.matches(text, reach, &Work::default()),
                "{pattern} does not select {text}"
            );
        }
    }

    #[test]
    fn a_whole_text() {
        check("web", Reach::Whole, &["web", "WEB"], &["", "web-1", "my-web"]);
        check("web-*", Reach::Whole, &["web-", "web-1", "Web-1"], &["web", "my-web-1"]);
        check("*-1", Reach::Whole, &["-1", "web-1"], &["1", "web-12"]);
        check("a*a", Reach::Whole, &["aa", "aba"], &["a", "ab"]);
        check("a*b*c", Reach::Whole, &["abc", "a-b-b-c"], &["acb", "ab", "abcd"]);
        check("*", Reach::Whole, &["", "a"], &[]);
    }

    #[test]
    fn a_part() {
        check("web", Reach::Part, &["web", "my-WEB-1"], &["", "we", "w-eb"]);
        check("w*b", Reach::Part, &["my-web-1", "wb"], &["bw", "w"]);
        check("é", Reach::Part, &["café"], &["cafe"]);
        check("aab", Reach::Part, &["aaab"], &["aaa"]);
    }

    #[test]
    fn parts_of_an_image() {
        let image = "docker.io/library/nginx:1.27@sha256:0a1b";
        for wanted in [
            "nginx",
            "library/nginx",
            "nginx:1.27",
            "1.27",
            "docker.io",
            "NGINX",
            image,
            "sha256:0a1b",
            "nginx*",
            "*nginx*",
        ] {
            check(wanted, Reach::Parts, &[image], &[]);
        }
        for wanted in ["ngin", "inx", "1.2", "library/", "nginx:1", "x*"] {
            check(wanted, Reach::Parts, &[], &[image]);
        }
    }

    #[test]
    fn what_an_expression_requires() {
        for (source, expected) in [
            ("web", "web"),
            ("^we-[0-9]+-api$", "-api"),
            ("web.*", "web"),
            ("webs?", "web"),
            ("ab*c", "a"),
            ("ab+cd", "cd"),
            ("ab{0,3}cd", "cd"),
            ("a|b", ""),
            ("a[|]b", "a"),
            ("(a|b)-cd", "-cd"),
            ("(a(b|c))|d", ""),
            ("(?-i)a", ""),
            ("(ab)*c", "c"),
            ("a\\.b\\d", "a.b"),
            ("\\bweb\\b", "web"),
            ("\\x41bc", ""),
            ("abc\\u{41}bcd", ""),
            ("\\U00000041bc", ""),
            ("[]a]bc[^]a]", "bc"),
            ("[\\]a]bc", "bc"),
            ("[[:alpha:]x]y", "y"),
            ("", ""),
        ] {
            assert_eq!(required(source), expected, "{source}");
        }
    }

    #[test]
    fn expressions_find_a_part_in_either_case() {
        let pattern = Pattern::regex("^web-[0-9]+$", MAX_REGEX_STATES).unwrap();
        assert!(pattern.matches("Web-12", Reach::Whole, &Work::default()));
        assert!(!pattern.matches("web-x", Reach::Part, &Work::default()));
    }

    #[test]
    fn what_cannot_be_used_is_wrong_or_too_large() {
        let refused = |source: &str, states| Pattern::regex(source, states).unwrap_err();
        let deep = "(".repeat(10_000);
        for wrong in ["(", deep.as_str(), "a{2,1}"] {
            assert!(matches!(refused(wrong, MAX_REGEX_STATES), NoRegex::Wrong(_)), "{wrong}");
        }
        for large in ["((a{1000}){1000})", "a{300}"] {
            assert!(matches!(refused(large, MAX_REGEX_STATES), NoRegex::TooLarge), "{large}");
        }
        assert!(matches!(refused("[0-9a-f]{8}", 4), NoRegex::TooLarge));
    }

    #[test]
    fn an_expression_tells_how_large_it_is() {
        let states = |source: &str| Pattern::regex(source, MAX_REGEX_STATES).unwrap().states();
        assert!(states("web") <= 16);
        assert!((32..=64).contains(&states("(^|-)api-[0-9a-f]{8,10}-[a-z0-9]{5}$")));
        assert!(
            states("^kube-(system|public|node-lease)$|^(monitoring|logging|ingress-nginx|cert-manager|argocd)$") > 64
        );
    }

    #[test]
    fn no_text_takes_more_work_than_it_may() {
        let long = |part: &str| part.repeat(1_500_000 / part.len());
        let check = |pattern: &Pattern, text: &str, reach| {
            let work = Work::default();
            assert!(!pattern.matches(text, reach, &work), "{pattern}");
            assert!(work.cuts() > 0, "{pattern} is not compared in full");
            assert!(work.done() < 2 * MAX_OBJECT_STEPS, "{pattern} takes {}", work.done());
        };
        let letters = format!("{}b", "a".repeat(1_000));
        check(&Pattern::literal(&letters), &long("a"), Reach::Part);
        check(&Pattern::glob(&format!("*{letters}*")), &long("a"), Reach::Whole);
        check(&Pattern::glob("a*b*c*d"), &long("a/"), Reach::Parts);
        check(
            &Pattern::regex("(.?){30}x", MAX_REGEX_STATES).unwrap(),
            &long("x"),
            Reach::Part,
        );
        // A usual text is compared in full with the largest expressions.
        let work = Work::default();
        let pattern = Pattern::regex("(.?){30}x", MAX_REGEX_STATES).unwrap();
        assert!(!pattern.matches(&"a".repeat(512), Reach::Part, &work));
        assert_eq!(work.cuts(), 0);
    }
}
