//! A line as a terminal shows it.

use k8bit::view::{
    terminal::{Shown, columns_of, show},
    visible::visible,
};
use proptest::prelude::*;

const LIMIT: usize = 1_000;

#[track_caller]
fn check(line: &str, expected: &str) {
    let Shown { text, is_cut } = show(line, LIMIT);
    assert_eq!((text.as_str(), is_cut), (expected, false), "{line:?}");
}

#[test]
fn sequences_are_not_shown() {
    for (line, expected) in [
        // Row 17 of what users met.
        ("\x1b[31mERROR\x1b(B\x1b[m done", "ERROR done"),
        ("a\x1b)0b", "ab"),
        ("a\x1b#8b", "ab"),
        ("a\x1bP1$r0m\x1b\\b", "ab"),
        ("a\u{9b}31mb", "ab"),
        // CSI: with parameters, private ones, and intermediates.
        ("\x1b[1;38;5;196mred\x1b[0m", "red"),
        ("\x1b[38:2::255:0:0mred\x1b[m", "red"),
        ("\x1b[?25lhidden cursor\x1b[?25h", "hidden cursor"),
        ("a\x1b[ qb\x1b[!pc\x1b[1\"qd", "abcd"),
        ("up\x1b[1A and \x1b[2Jclear\x1b[H", "up and clear"),
        // OSC: up to ST in both its forms, or BEL.
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("a\u{9d}0;title\u{9c}b", "ab"),
        // DCS, SOS, PM, APC: up to ST, not BEL.
        (
            "a\x1bPq#0~~\x1b\\b\x1bXtext\x1b\\c\x1b^text\x07more\x1b\\d\x1b_text\x1b\\e",
            "abcde",
        ),
        ("a\u{90}q\u{9c}b\u{98}q\u{9c}c\u{9e}q\u{9c}d\u{9f}q\u{9c}e", "abcde"),
        // Escapes of two and more characters.
        (
            "a\x1b7b\x1b8c\x1b=d\x1b>e\x1bMf\x1bcg\x1b%Gh\x1b Fi\x1b$(Bj",
            "abcdefghij",
        ),
        // One that another one, CAN or SUB ends.
        ("a\x1b\x1b[1mb\x1b[3\x18c\x1b]0;title\x1ad\x1b]0;title\x1b[1me", "abcde"),
        // Functions that show nothing.
        ("a\0b\x07c\x7fd\u{85}e", "abcde"),
    ] {
        check(line, expected);
    }
}

#[test]
fn what_is_no_sequence_is_shown() {
    for (line, expected) in [
        ("a\x1b", "a<U+001B>"),
        ("a\x1b[31", "a<U+001B>[31"),
        ("a\x1b[31é", "a<U+001B>[31é"),
        ("a\x1b]0;it never ends", "a<U+001B>]0;it never ends"),
        ("a\u{9d}0;it never ends", "a<U+009D>0;it never ends"),
        ("a\x1b(", "a<U+001B>("),
        ("a\x1bé", "a<U+001B>é"),
        // Controls that a log has no use for.
        ("a\x01b\x0cc", "a<U+0001>b<U+000C>c"),
        // Format characters.
        ("user\u{202e}gpj.exe", "user<U+202E>gpj.exe"),
        ("\u{feff}{\"a\":1}", "<U+FEFF>{\"a\":1}"),
        ("👩\u{200d}🚀", "👩\u{200d}🚀"),
    ] {
        check(line, expected);
    }
}

#[test]
fn the_cursor_moves() {
    for (line, expected) in [
        // Progress.
        (" 10%\r 55%\r100%", "100%"),
        ("abcdef\rXY", "XYcdef"),
        ("downloading 10%\r\x1b[Kdone", "done"),
        ("\x1b[2K\x1b[1Gfetch 1/3\x1b[2K\x1b[1Gfetch 3/3", "fetch 3/3"),
        ("windows\r", "windows"),
        ("a\r\r", "a"),
        // A spinner, and bold as typewriters have it.
        ("| \x08\x08/ \x08\x08- ", "- "),
        ("N\x08NA\x08AM\x08ME\x08E", "NAME"),
        ("\x08a", "a"),
        // Tabs go to columns, and erase nothing.
        ("a\tb", "a       b"),
        ("12345678\tb", "12345678        b"),
        ("abcdefghij\r\tX", "abcdefghXj"),
        // Columns.
        ("abc\x1b[2DX", "aXc"),
        ("abc\x1b[5GX", "abc X"),
        ("a\x1b[3CX", "a   X"),
        ("abc\x1b[`X", "Xbc"),
        // Erasing.
        ("abcdef\x1b[3D\x1b[K", "abc"),
        ("abcdef\x1b[3D\x1b[1K", "    ef"),
        ("abcdef\x1b[2Kg", "      g"),
        ("abcdef\r\x1b[2X", "  cdef"),
        // Again.
        ("-\x1b[4b", "-----"),
        ("\x1b[4b", ""),
        // Wide characters are overwritten as a whole.
        ("日本\rx", "x 本"),
        ("日本\x1b[2Gx", " x本"),
        ("e\u{301}a\rx", "xa"),
        ("abc\re\u{301}", "e\u{301}bc"),
        // Lines and corners.
        ("\x1b(0lqk\x1b(Blqk", "┌─┐lqk"),
        ("\x1b)0\x0ex\x0fx", "│x"),
    ] {
        check(line, expected);
    }
}

#[test]
fn a_line_has_a_bound() {
    let cut = |line: &str| show(line, LIMIT);
    let ones = "1".repeat(LIMIT);
    check(&ones, &ones);
    assert_eq!(
        cut(&format!("{ones}2")),
        Shown {
            text: ones.clone(),
            is_cut: true
        }
    );
    assert_eq!(
        cut(&format!("\x1b[1m{ones}2")),
        Shown {
            text: ones.clone(),
            is_cut: true
        }
    );
    // No character is cut in two.
    let wide = cut(&"é".repeat(LIMIT));
    assert_eq!((wide.text.len(), wide.is_cut), (LIMIT, true));
    // A few bytes cannot make many.
    for line in [
        "\x1b[999999999Cx",
        "-\x1b[999999999b",
        &"\t".repeat(LIMIT),
        "\x1b[18446744073709551616Gx",
    ] {
        assert!(cut(line).text.len() <= LIMIT, "{line:?}");
    }
    // Nor keep it busy: this many columns are touched, and then the line is cut.
    for line in ["\x1b[2K\x1b[900Gx", "\x1b[900G\x1b[1Kx\r", "\r-\x1b[900b"] {
        assert!(cut(&line.repeat(100_000)).is_cut, "{line:?}");
    }
}

proptest! {
    #[test]
    fn nothing_hidden_is_left(line in "[ -~é日\u{0}-\u{1f}\u{7f}-\u{9f}\u{202e}\u{200d}\u{feff}👩\u{301}]{0,60}") {
        let Shown { text, is_cut } = show(&line, LIMIT);
        prop_assert!(!is_cut);
        // A joiner may have lost its neighbour to the cursor.
        let text = text.replace('\u{200d}', "");
        prop_assert_eq!(visible(&text), text.as_str());
    }

    #[test]
    fn text_without_controls_is_itself(line in "[a-z é日]{0,60}") {
        prop_assert_eq!(show(&line, LIMIT).text, line);
    }

    #[test]
    fn what_is_written_over_has_the_columns_of_the_longer(a in "[a-z日]{0,20}", b in "[a-z日]{0,20}") {
        let columns = |text: &str| text.chars().map(columns_of).sum::<usize>();
        let text = show(&format!("{a}\r{b}"), LIMIT).text;
        prop_assert!(text.starts_with(&b));
        prop_assert_eq!(columns(&text), columns(&a).max(columns(&b)));
    }
}
