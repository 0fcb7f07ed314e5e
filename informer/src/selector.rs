//! Label and field selectors, checked before a request is made of them.
//!
//! A selector that the API server would refuse is refused here, in a sentence, and not by a watch that fails again and again.
//! The grammars are those of `k8s.io/apimachinery`: `labels.Parse` and `fields.ParseSelector`. Which fields a kind can be
//! selected by, only its server knows.

use std::fmt;

use crate::{
    api_path::{Segment, quoted},
    shared_str::SharedStr,
};

/// Longest name of a label, and longest value, in bytes.
const MAX_LABEL_PART_BYTES: usize = 63;

/// A selector that the API does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{selector}” is not a {what} selector: {rule}.")]
pub struct InvalidSelector {
    /// The selector, cut off where it is long, with control and format characters written out.
    selector: String,
    what: &'static str,
    rule: &'static str,
}

/// Only objects with these labels: `app=web,tier!=cache,release in (a,b),!canary`.
///
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelSelector(SharedStr);

/// Only objects with these fields: `status.phase=Running,spec.nodeName!=node-1`.
///
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/>
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSelector(SharedStr);

impl LabelSelector {
    /// Checks a selector; an empty one selects everything.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn parse(selector: &str) -> Result<Self, InvalidSelector> {
        match check_labels(selector) {
            Ok(()) => Ok(Self(SharedStr::new(selector.trim()))),
            Err(rule) => Err(InvalidSelector {
                selector: quoted(selector),
                what: "label",
                rule,
            }),
        }
    }

    /// The selector as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldSelector {
    /// Checks a selector; an empty one selects everything.
    ///
    /// # Errors
    /// When the API server would refuse it, whatever the kind.
    pub fn parse(selector: &str) -> Result<Self, InvalidSelector> {
        match check_fields(selector) {
            Ok(()) => Ok(Self(SharedStr::new(selector))),
            Err(rule) => Err(InvalidSelector {
                selector: quoted(selector),
                what: "field",
                rule,
            }),
        }
    }

    /// Only objects of which each of these fields has this value, whatever characters are in it.
    #[must_use]
    pub fn equal(fields: &[(&'static str, &str)]) -> Self {
        let terms: Vec<String> = fields
            .iter()
            .map(|(field, value)| format!("{field}={}", escaped(value)))
            .collect();
        Self(SharedStr::new(&terms.join(",")))
    }

    /// The same, and of these only the object of this name.
    #[must_use]
    pub(crate) fn and_name(&self, name: &str) -> Self {
        let own = Self::equal(&[("metadata.name", name)]);
        match self.as_str() {
            "" => own,
            others => Self(SharedStr::new(&format!("{others},{own}"))),
        }
    }

    /// The selector as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `fields.EscapeValue`.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '\\' | ',' | '=') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

fn check_labels(selector: &str) -> Result<(), &'static str> {
    if selector.trim().is_empty() {
        return Ok(());
    }
    // A comma between parentheses does not end a requirement.
    let mut depth = 0_u32;
    let requirements = selector.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    requirements.map(str::trim).try_for_each(check_requirement)
}

fn check_requirement(requirement: &str) -> Result<(), &'static str> {
    if let Some(key) = requirement.strip_prefix('!') {
        return check_label_key(key.trim());
    }
    let end = requirement
        .find(|character: char| character.is_whitespace() || "=!<>(".contains(character))
        .unwrap_or(requirement.len());
    let (key, rest) = requirement.split_at(end);
    check_label_key(key)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok(());
    }
    for operator in ["==", "!=", "="] {
        if let Some(value) = rest.strip_prefix(operator) {
            return check_label_value(value.trim());
        }
    }
    if let Some(number) = rest.strip_prefix(['<', '>']) {
        return match number.trim().parse::<i64>() {
            Ok(_) => Ok(()),
            Err(_) => Err("“>” and “<” compare with a whole number"),
        };
    }
    let set = rest.strip_prefix("notin").or_else(|| rest.strip_prefix("in"));
    let values = set.and_then(|set| set.trim().strip_prefix('(')?.strip_suffix(')'));
    match values {
        Some(values) => values.split(',').map(str::trim).try_for_each(check_label_value),
        None => Err("after a key comes =, ==, !=, <, >, “in (a,b)”, “notin (a,b)” or nothing"),
    }
}

/// `ValidateLabelName`: `app`, `app.kubernetes.io/name`.
fn check_label_key(key: &str) -> Result<(), &'static str> {
    let rule = "a key is a name of at most 63 letters, digits and -_. between letters or digits, perhaps after the name of a \
                domain and a slash";
    let name = match key.split_once('/') {
        Some((domain, name)) => {
            Segment::subdomain(domain, "a domain").map_err(|_| rule)?;
            name
        }
        None => key,
    };
    match is_label_text(name) && !name.is_empty() {
        true => Ok(()),
        false => Err(rule),
    }
}

fn check_label_value(value: &str) -> Result<(), &'static str> {
    match is_label_text(value) {
        true => Ok(()),
        false => Err("a value has at most 63 letters, digits and -_. between letters or digits"),
    }
}

/// `(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?`
fn is_label_text(text: &str) -> bool {
    let has_ends = match (text.bytes().next(), text.bytes().last()) {
        (Some(first), Some(last)) => first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric(),
        _ => true,
    };
    let is_within = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.len() <= MAX_LABEL_PART_BYTES && has_ends && text.bytes().all(is_within)
}

fn check_fields(selector: &str) -> Result<(), &'static str> {
    let mut rest = selector;
    while !rest.is_empty() {
        let (term, more) = split_term(rest)?;
        rest = more;
        if term.is_empty() {
            continue;
        }
        let operator = term.find("!=").into_iter().chain(term.find('=')).min();
        let at = operator.ok_or("a field is followed by =, == or != and its value")?;
        let value = ["!=", "==", "="].iter().find_map(|it| term[at..].strip_prefix(it));
        if term[..at].is_empty() || term[..at].contains('\\') {
            return Err("a field has a name");
        }
        let mut is_escaped = false;
        for character in value.unwrap_or_default().chars() {
            match (is_escaped, character) {
                (true, _) => is_escaped = false,
                (false, '\\') => is_escaped = true,
                (false, '=') => return Err("“=” in a value is written “\\=”"),
                (false, _) => {}
            }
        }
    }
    Ok(())
}

/// What comes before the next comma that is not escaped, and what comes after it.
fn split_term(text: &str) -> Result<(&str, &str), &'static str> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match (is_escaped, character) {
            (true, '\\' | ',' | '=') => is_escaped = false,
            (true, _) => return Err("a backslash stands before a comma, “=” or another backslash"),
            (false, '\\') => is_escaped = true,
            (false, ',') => return Ok((&text[..at], &text[at + 1..])),
            (false, _) => {}
        }
    }
    match is_escaped {
        true => Err("a backslash stands before a comma, “=” or another backslash"),
        false => Ok((text, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors_are_those_of_the_api() {
        let long = "a".repeat(63);
        for selector in [
            "",
            "app",
            "!canary",
            "! canary",
            "app=web",
            "app = web",
            "app==web",
            "app!=web,tier",
            "app=",
            "app.kubernetes.io/name=web",
            "release in (a,b)",
            "release in(a, b),app",
            "release notin (a,)",
            "cpus>4,cpus<64",
            &format!("{long}={long}"),
        ] {
            let parsed = LabelSelector::parse(selector);
            assert_eq!(parsed.as_ref().map(LabelSelector::as_str), Ok(selector), "{selector:?}");
        }
        for selector in [
            ",",
            "app,",
            "=web",
            "app=we b",
            "app=a/b",
            "-app",
            "app-",
            "App.Io/name=x",
            "a/b/c",
            "/name",
            "app~web",
            "app in a",
            "app in (a",
            "app (a)",
            "cpus>many",
            "äpp",
            "app=x&watch=1",
            &format!("{long}a"),
            &format!("a={long}a"),
        ] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector:?}");
        }
    }

    #[test]
    fn field_selectors_are_those_of_the_api() {
        for selector in [
            "",
            "metadata.name=web-0",
            "status.phase!=Running,spec.nodeName==node-1",
            "involvedObject.uid=",
            r"a=x\,y\=z\\",
            "a=b,",
        ] {
            let parsed = FieldSelector::parse(selector);
            assert_eq!(parsed.as_ref().map(FieldSelector::as_str), Ok(selector), "{selector:?}");
        }
        for selector in ["name", "=x", "a=b=c", "a=b,c", r"a=\x", r"a=b\", r"a\==b"] {
            assert!(FieldSelector::parse(selector).is_err(), "{selector:?}");
        }
    }

    #[test]
    fn a_refusal_is_a_sentence() {
        assert_eq!(
            LabelSelector::parse("cpus>many").expect_err("no number").to_string(),
            "“cpus>many” is not a label selector: “>” and “<” compare with a whole number."
        );
        assert_eq!(
            FieldSelector::parse("name").expect_err("no value").to_string(),
            "“name” is not a field selector: a field is followed by =, == or != and its value."
        );
    }

    #[test]
    fn values_are_escaped() {
        let selector = FieldSelector::equal(&[("a", r"x,y=z\"), ("b", "7")]);
        assert_eq!(selector.as_str(), r"a=x\,y\=z\\,b=7");
        assert_eq!(FieldSelector::parse(selector.as_str()), Ok(selector.clone()));
        assert_eq!(selector.and_name("n").as_str(), r"a=x\,y\=z\\,b=7,metadata.name=n");
        assert_eq!(FieldSelector::default().and_name("n").as_str(), "metadata.name=n");
    }
}
