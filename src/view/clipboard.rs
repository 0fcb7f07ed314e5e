//! Copied text: safe to paste into a terminal.

use std::borrow::Cow;

/// The text without control characters, which a terminal would obey when the text is pasted. Newlines and tabs stay; every
/// other one becomes the picture of itself (`␛`), or `�` where there is none.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_bad = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    // The end of a line as Windows writes it is one newline.
    let text = text.replace("\r\n", "\n");
    let cleaned = text.chars().map(|character| match character {
        character if !is_bad(character) => character,
        '\u{7f}' => '␡',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::REPLACEMENT_CHARACTER,
    });
    Cow::Owned(cleaned.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_seen_instead() {
        assert_eq!(clean("kubectl get pods\n\tä"), "kubectl get pods\n\tä");
        assert_eq!(clean("a\x1b[201~\nreboot\r\n"), "a␛[201~\nreboot\n");
        assert_eq!(clean("\0\x07\x08\r\x7f\u{9b}31m"), "␀␇␈␍␡�31m");
    }

    proptest! {
        #[test]
        fn no_control_character_is_left(text in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f]){0,40}") {
            let cleaned = clean(&text);
            prop_assert!(!cleaned.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\t')), "{:?}", cleaned);
            let other = |text: &str| text.chars().filter(|it| !it.is_control()).collect::<String>();
            prop_assert!(other(&cleaned).len() >= other(&text).len());
            prop_assert_eq!(clean(&cleaned).into_owned(), cleaned.clone().into_owned());
        }
    }
}
