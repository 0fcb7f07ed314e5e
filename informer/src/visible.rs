//! Text of the cluster as it may be shown: nothing in it is hidden, and nothing in it moves other text.
//!
//! Names, messages, images, labels and logs are written by whoever may write to the cluster. Unicode has characters that
//! show nothing, and some that change the order in which others are shown (<https://www.unicode.org/reports/tr36/>,
//! "Trojan Source"): `nginx<U+202E>gpj.exe` reads as `nginxexe.jpg`. They are written as `<U+202E>`, as `less`
//! does. A request is made from the text itself, never from this one.
//!
//! What is written out:
//!
//! - control characters of C0 and C1, and DEL;
//! - format characters (`Cf`): bidirectional marks, embeddings, overrides and isolates, zero-width characters, the byte
//!   order mark, the soft hyphen, tags;
//! - whatever else a font shows nothing for (`Default_Ignorable_Code_Point`), such as the Hangul fillers and variation
//!   selectors, and the separators of lines and paragraphs.
//!
//! What stays, because it shows: the signs of Arabic and Kaithi that stand before numbers, which are `Cf` by mistake of
//! history; joiners between letters of scripts that need them, and between pictures (👩‍🚀); one selector behind a sign
//! that has two presentations (❤️), or behind a Han character.

use std::borrow::Cow;

/// A text on one line. Line breaks and tabs are written out, too.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    write_out(text, false)
}

/// A text that may have several lines. Line breaks and tabs stay.
#[must_use]
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    write_out(text, true)
}

fn write_out(text: &str, has_lines: bool) -> Cow<'_, str> {
    let is_plain = |byte: &u8| (0x20..0x7f).contains(byte) || has_lines && matches!(byte, b'\n' | b'\t');
    if text.bytes().all(|byte| is_plain(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut written = String::new();
    // Up to where the text is written already.
    let mut end = 0;
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|(_, after)| *after);
        let stays = has_lines && (matches!(character, '\n' | '\t') || (character == '\r' && after == Some('\n')));
        if !stays && is_hidden(before, character, after) {
            written.push_str(&text[end..at]);
            push_code(&mut written, character);
            end = at + character.len_utf8();
            // What was written out is no letter to join.
            before = None;
        } else {
            before = Some(character);
        }
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    written.push_str(&text[end..]);
    Cow::Owned(written)
}

/// Writes a character out, as `<U+202E>`.
pub fn push_code(out: &mut String, character: char) {
    out.push_str(&format!("<U+{:04X}>", u32::from(character)));
}

/// Whether a character between these two shows nothing of itself.
#[must_use]
pub fn is_hidden(before: Option<char>, character: char, after: Option<char>) -> bool {
    // Most text is ASCII, and most of the rest is below U+0300.
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    match character {
        '\u{200c}' | '\u{200d}' => !is_joined(before, after),
        '\u{fe0e}' | '\u{fe0f}' => !before.is_some_and(|before| has_presentations(before, after)),
        '\u{e0100}'..='\u{e01ef}' => !before.is_some_and(is_han),
        other => is_ignorable(other),
    }
}

/// Characters that show nothing, whatever they stand between: `Cc`, `Cf` but for the signs before numbers, `Zl`, `Zp` and
/// `Default_Ignorable_Code_Point`.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a joiner between these two does what it is for: letters of scripts whose letters change their shapes, or
/// pictures that become one.
fn is_joined(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let is_picture = |character| is_picture(character) || matches!(character, '\u{fe0f}' | '\u{2640}' | '\u{2642}');
    has_joiners(before) && has_joiners(after) || is_picture(before) && is_picture(after)
}

/// Letters and marks of Arabic, Syriac, N'Ko, the scripts of India and their kin, Myanmar, Khmer and Mongolian.
fn has_joiners(character: char) -> bool {
    matches!(character,
        '\u{620}'..='\u{6dc}' | '\u{6de}'..='\u{70d}' | '\u{710}'..='\u{88f}' | '\u{8a0}'..='\u{8e1}'
        | '\u{8e3}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1700}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}'
        | '\u{1810}'..='\u{18af}' | '\u{1900}'..='\u{1aaf}' | '\u{1b00}'..='\u{1c4f}' | '\u{a800}'..='\u{aaff}'
        | '\u{abc0}'..='\u{abff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{110bc}'
        | '\u{110be}'..='\u{110cc}' | '\u{110ce}'..='\u{11fff}')
}

/// Pictures, arrows and signs of the blocks that emoji are in.
fn is_picture(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Signs that are shown as text or as a picture: [`is_picture`], some older ones, and those of keys (1️⃣).
fn has_presentations(character: char, after: Option<char>) -> bool {
    match character {
        '#' | '*' | '0'..='9' => after == Some('\u{20e3}'),
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' => true,
        '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' => true,
        other => is_picture(other),
    }
}

/// Characters of which there are variants.
fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
