//! An object as YAML, as `kubectl get -o yaml` writes it.
//!
//! Only what JSON can hold: mappings, sequences, strings, numbers, booleans, null. Keys come in the order of the
//! alphabet, as in kubectl. What a YAML 1.1 reader would take for something else than a string is quoted, and characters
//! that show nothing are escaped.
//! A small emitter of its own, because a library would bring a parser, too; the tests read what it writes with one.

use serde_json::Value;

use crate::view::visible::is_hidden;

/// The object as YAML, without `metadata.managedFields`, as kubectl has it, too.
#[must_use]
pub fn of_object(object: &Value) -> String {
    let mut out = String::new();
    match object {
        Value::Object(fields) => {
            let mut fields = fields.clone();
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                metadata.remove("managedFields");
            }
            emit(&mut out, &Value::Object(fields));
        }
        other => emit(&mut out, other),
    }
    out
}

/// A value as a YAML document.
#[must_use]
pub fn of_value(value: &Value) -> String {
    let mut out = String::new();
    emit(&mut out, value);
    out
}

fn emit(out: &mut String, value: &Value) {
    match value {
        Value::Object(fields) if !fields.is_empty() => mapping(out, value, 0, true),
        Value::Array(items) if !items.is_empty() => sequence(out, items, 0, true),
        scalar => {
            self::scalar(out, scalar, 0);
            out.push('\n');
        }
    }
}

/// Spaces by which a mapping stands further in than the one that it is in.
const INDENT: usize = 2;

/// The entries of a mapping, each on its line. `starts_line` is false for the first one after a `- `.
fn mapping(out: &mut String, value: &Value, indent: usize, starts_line: bool) {
    // By the alphabet, however the map keeps them.
    let mut entries: Vec<_> = value.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if starts_line || index > 0 {
            spaces(out, indent);
        }
        string(out, key, indent, true);
        out.push(':');
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                out.push('\n');
                mapping(out, value, indent + INDENT, true);
            }
            // kubectl writes sequences as far out as the key that they belong to.
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(out, items, indent, true);
            }
            other => {
                out.push(' ');
                scalar(out, other, indent);
                out.push('\n');
            }
        }
    }
}

fn sequence(out: &mut String, items: &[Value], indent: usize, starts_line: bool) {
    for (index, item) in items.iter().enumerate() {
        if starts_line || index > 0 {
            spaces(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => mapping(out, item, indent + INDENT, false),
            Value::Array(items) if !items.is_empty() => sequence(out, items, indent + INDENT, false),
            other => {
                scalar(out, other, indent);
                out.push('\n');
            }
        }
    }
}

/// Whatever fits behind a key or a dash.
fn scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => string(out, text, indent, false),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// A string in the plainest style that reads back as the same. A key has one line.
fn string(out: &mut String, text: &str, indent: usize, is_key: bool) {
    if needs_escapes(text) || (is_key && text.contains('\n')) || is_other_type(text) {
        double_quoted(out, text);
    } else if text.contains('\n') {
        literal(out, text, indent);
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    }
}

/// A block of lines behind `|`.
fn literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push_str(&INDENT.to_string());
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => out.push('-'),
        1 => {}
        _ => out.push('+'),
    }
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            spaces(out, indent + INDENT);
            out.push_str(line);
        }
    }
}

fn double_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_special = is_special(before, character, characters.peek().copied());
        before = Some(character);
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_special => {
                let code = u32::from(character);
                match code {
                    0..=0xff => out.push_str(&format!("\\x{code:02X}")),
                    0x100..=0xffff => out.push_str(&format!("\\u{code:04X}")),
                    _ => out.push_str(&format!("\\U{code:08X}")),
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// Whether a string holds what only double quotes can write: characters that show nothing, or white space where lines end.
fn needs_escapes(text: &str) -> bool {
    let mut before = None;
    let mut characters = text.chars().peekable();
    let has_special = std::iter::from_fn(|| {
        let character = characters.next()?;
        let is_special = is_special(before.replace(character), character, characters.peek().copied());
        Some(is_special && character != '\n')
    })
    .any(|is_special| is_special);
    let is_blank = text.contains('\n') && text.trim().is_empty();
    has_special || is_blank || (text.contains('\n') && (text.ends_with([' ', '\t']) || text.starts_with('\t')))
}

/// Whether a character between these two is one that YAML does not print, or that shows nothing.
fn is_special(before: Option<char>, character: char, after: Option<char>) -> bool {
    is_hidden(before, character, after) || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Whether a string without line breaks may stand as it is.
fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return false;
    };
    let second = characters.next();
    let begins_well = match first {
        '-' | '?' | ':' => second.is_some_and(|second| second != ' '),
        _ => !",[]{}#&*!|>'\"%@`".contains(first),
    };
    begins_well
        && !text.starts_with(' ')
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
}

/// Whether a reader of YAML 1.1 or 1.2 would take the bare text for null, a boolean, a number, a time or a merge.
fn is_other_type(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "=",
    ];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || is_number(text) || is_date(text)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    if matches!(lower.as_str(), ".inf" | ".nan") {
        return true;
    }
    let radix = ["0x", "0o", "0b"].iter().find_map(|prefix| lower.strip_prefix(prefix));
    if let Some(rest) = radix {
        return rest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    let starts_as_number = lower.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let is_sexagesimal = lower.contains(':')
        && lower
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b":._".contains(&byte));
    starts_as_number && (is_sexagesimal || is_decimal(&lower.replace('_', "")))
}

/// Digits with an optional point and an optional exponent, in lower case.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_empty = whole.is_empty() && fraction.is_empty() || exponent.is_empty();
    !is_empty && [whole, fraction, exponent].into_iter().all(is_digits)
}

/// `2026-11-23`, alone or with a time behind it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is_digits = |part: Option<&str>, length: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| length.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_digits(parts.next(), 4..=4)
        && is_digits(parts.next(), 1..=2)
        && parts
            .next()
            .is_some_and(|day| day.starts_with(|first: char| first.is_ascii_digit()))
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
